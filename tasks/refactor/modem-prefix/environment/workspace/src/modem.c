#include "modem.h"

#include <string.h>

#include "crc.h"
#include "modem_limits.h"

int mdm_frame(const unsigned char *payload, size_t size, unsigned char *out, size_t room)
{
    if (size > MODEM_PAYLOAD_MAX || room < size + 3)
        return -1;
    out[0] = (unsigned char)size;
    memcpy(out + 1, payload, size);
    unsigned crc = crc16(out, size + 1, MODEM_CRC_SEED);
    out[size + 1] = (unsigned char)(crc >> 8);
    out[size + 2] = (unsigned char)crc;
    return (int)size + 3;
}

int mdm_verify(const unsigned char *frame, size_t size)
{
    if (size < 3 || frame[0] != size - 3)
        return -1;
    unsigned crc = crc16(frame, size - 2, MODEM_CRC_SEED);
    return frame[size - 2] == crc >> 8 && frame[size - 1] == (crc & 255) ? 0 : -1;
}

int mdm_delay_ms(int attempt)
{
    int doublings = attempt < 1 ? 0 : attempt > 5 ? 4 : attempt - 1;

    return MODEM_RETRY_MS << doublings;
}
