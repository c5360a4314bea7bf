#include <stdio.h>
#include <string.h>

#include "tidelog.h"

static void info(void)
{
    printf("tidelog %s for %s\n", VERSION, BOARD);
    printf("%d slots, up to %d cm, zero at %d cm\n", RING_SLOTS, MAX_CM, ZERO_CM);
    printf("flush every %d ms\n", FLUSH_PERIOD_MS);
}

int main(int argc, char **argv)
{
    int level;

    if (argc > 1 && strcmp(argv[1], "--info") == 0) {
        info();
        return 0;
    }
    while (scanf("%d", &level) == 1) {
        if (level <= MAX_CM)
            ring_put(level);
    }
    for (size_t index = 0; index < ring_count(); index++) {
        char frame[64];
        frame_format(frame, sizeof frame, ring_at(index));
        puts(frame);
    }
    return 0;
}
