#include "fan.h"

int fan_duty(int millidegrees)
{
    (void)millidegrees;
    return 0; /* to be written */
}
