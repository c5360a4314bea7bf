#ifndef TIDELOG_H
#define TIDELOG_H

#include <stddef.h>

/* ring.c: keeps the last RING_SLOTS levels */
void ring_put(int level);
size_t ring_count(void);
int ring_at(size_t index);

/* frame.c: writes one level as a frame, without a line end */
void frame_format(char *to, size_t size, int level);

#endif
