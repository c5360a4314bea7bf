#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "modem.h"

int main(int argc, char **argv)
{
    unsigned char out[512];

    if (argc == 3 && strcmp(argv[1], "frame") == 0) {
        int size = mdm_frame((const unsigned char *)argv[2], strlen(argv[2]), out, sizeof out);
        if (size < 0 || mdm_verify(out, (size_t)size) != 0) {
            fputs("too long\n", stderr);
            return 1;
        }
        for (int i = 0; i < size; i++)
            printf("%02x", out[i]);
        putchar('\n');
        return 0;
    }
    if (argc == 3 && strcmp(argv[1], "delay") == 0) {
        printf("%d\n", mdm_delay_ms(atoi(argv[2])));
        return 0;
    }
    fputs("usage: modem frame TEXT | delay N\n", stderr);
    return 2;
}
