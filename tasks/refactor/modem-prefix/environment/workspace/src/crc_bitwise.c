#include "crc.h"

unsigned crc16_bitwise(const unsigned char *data, size_t size, unsigned seed)
{
    unsigned crc = seed & 0xffff;

    for (size_t i = 0; i < size; i++) {
        crc ^= (unsigned)data[i] << 8;
        for (int bit = 0; bit < 8; bit++)
            crc = (crc & 0x8000 ? (crc << 1) ^ 0x1021 : crc << 1) & 0xffff;
    }
    return crc;
}
