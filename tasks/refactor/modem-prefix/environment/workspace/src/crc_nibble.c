#include "crc.h"

unsigned crc16_nibble(const unsigned char *data, size_t size, unsigned seed)
{
    static const unsigned short table[16] = {
        0x0000, 0x1021, 0x2042, 0x3063, 0x4084, 0x50a5, 0x60c6, 0x70e7,
        0x8108, 0x9129, 0xa14a, 0xb16b, 0xc18c, 0xd1ad, 0xe1ce, 0xf1ef,
    };
    unsigned crc = seed & 0xffff;

    for (size_t i = 0; i < size; i++) {
        crc = ((crc << 4) ^ table[(crc >> 12) ^ (data[i] >> 4)]) & 0xffff;
        crc = ((crc << 4) ^ table[(crc >> 12) ^ (data[i] & 15)]) & 0xffff;
    }
    return crc;
}
