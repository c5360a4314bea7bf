#include <stdio.h>

#include "tidelog.h"

void frame_format(char *to, size_t size, int level)
{
    snprintf(to, size, "$%s,%d", TALKER, level);
}
