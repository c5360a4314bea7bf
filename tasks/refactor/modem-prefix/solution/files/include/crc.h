#ifndef CRC_H
#define CRC_H

#include <stddef.h>

unsigned crc16_nibble(const unsigned char *data, size_t size, unsigned seed);

#define crc16(data, size, seed) crc16_nibble(data, size, seed)

#endif
