#include <stdio.h>

#include "fan.h"

int main(void)
{
    int millidegrees;

    while (scanf("%d", &millidegrees) == 1)
        printf("%d\n", fan_duty(millidegrees));
    return 0;
}
