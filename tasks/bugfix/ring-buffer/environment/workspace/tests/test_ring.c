#include <stdio.h>

#include "ring.h"

int main(void)
{
    static ring r;
    int value = 0;

    ring_init(&r);
    for (int i = 0; i < RING_CAPACITY; i++)
        ring_push(&r, i);
    if (ring_push(&r, -1) != RING_EFULL) {
        puts("FAIL: a full ring takes one more value");
        return 1;
    }
    if (ring_pop(&r, &value) != 0 || value != 0) {
        printf("FAIL: the oldest value is 0, got %d\n", value);
        return 1;
    }
    puts("ok");
    return 0;
}
