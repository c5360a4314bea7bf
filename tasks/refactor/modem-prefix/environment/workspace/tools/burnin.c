/* Burn-in of a modem, as the factory runs it. */
#include <stdio.h>

#include "modem.h"

int main(void)
{
    unsigned char frame[64];
    int size = mdm_frame((const unsigned char *)"burn", 4, frame, sizeof frame);

    frame[2] ^= 1;
    printf("%d %d %d\n", size, mdm_verify(frame, (size_t)size), mdm_delay_ms(3) / mdm_delay_ms(1));
    return 0;
}
