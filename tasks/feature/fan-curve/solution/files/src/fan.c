#include "fan.h"

int fan_duty(int millidegrees)
{
    if (millidegrees < 0)
        return FAN_FAIL_DUTY;
    if (millidegrees < FAN_LOW_MC)
        return FAN_LEAST_DUTY;
    if (millidegrees >= FAN_HIGH_MC)
        return 1000;
    return FAN_LEAST_DUTY + (1000 - FAN_LEAST_DUTY) * (millidegrees - FAN_LOW_MC) / (FAN_HIGH_MC - FAN_LOW_MC);
}
