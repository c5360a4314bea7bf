#include "ring.h"

void ring_init(ring *r)
{
    r->first = r->used = 0;
}

int ring_push(ring *r, int value)
{
    if (r->used > RING_CAPACITY)
        return RING_EFULL;
    r->slots[(r->first + r->used) % RING_CAPACITY] = value;
    r->used++;
    return 0;
}

int ring_pop(ring *r, int *value)
{
    if (r->used == 0)
        return RING_EEMPTY;
    *value = r->slots[r->first];
    r->first = (r->first + 1) % RING_CAPACITY;
    r->used--;
    return 0;
}

int ring_high(const ring *r)
{
    return r->used >= RING_WATERMARK;
}
