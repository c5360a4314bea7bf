#include <stdio.h>

#include "tidelog.h"

void frame_format(char *to, size_t size, int level)
{
    unsigned char sum = 0;
    int length = snprintf(to, size, "$%s,%d", TALKER, level);

    if (length < 0 || (size_t)length >= size)
        return;
    for (int index = 1; index < length; index++)
        sum ^= (unsigned char)to[index];
    snprintf(to + length, size - (size_t)length, "*%02X", sum);
}
