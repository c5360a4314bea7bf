#include "tidelog.h"

static int slots[RING_SLOTS];
static size_t next, count;

void ring_put(int level)
{
    slots[next] = level;
    next = (next + 1) % RING_SLOTS;
    if (count < RING_SLOTS)
        count++;
}

size_t ring_count(void)
{
    return count;
}

int ring_at(size_t index)
{
    return slots[(next + RING_SLOTS - count + index) % RING_SLOTS];
}
