#ifndef MODEM_H
#define MODEM_H

#include <stddef.h>

/* Writes length, payload and CRC; returns the frame's size, or -1 if it is too long. */
int mdm_frame(const unsigned char *payload, size_t size, unsigned char *out, size_t room);

/* Returns 0 for a sound frame, else -1. */
int mdm_verify(const unsigned char *frame, size_t size);

/* Milliseconds before an attempt, from 1: doubles up to the fifth. */
int mdm_delay_ms(int attempt);

#endif
