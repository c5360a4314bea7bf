#include <stdio.h>

#include "board.h"

_Static_assert(WATCHDOG_MS > 2 * SAMPLE_MS, "the watchdog must outlast two samples");
_Static_assert(UART_BAUD >= 9600, "the serial line is too slow");

int main(void)
{
    printf("board %s\n", BOARD_TAG);
    printf("bit time %d ns\n", 1000000000 / UART_BAUD);
    printf("samples per watchdog %d\n", WATCHDOG_MS / SAMPLE_MS);
    printf("sample every %d ms\n", SAMPLE_MS);
    return 0;
}
