/* SPDX-License-Identifier: Apache-2.0 */
/* Published vectors are hexadecimal text: for tests. */
#ifndef CRYPTO_HEX_H
#define CRYPTO_HEX_H

#include <stddef.h>
#include <stdint.h>

/* Reads digit pairs until the text or the room ends; blanks are skipped.
 * Returns the number of bytes. */
static inline size_t hex_bytes(uint8_t *bytes, size_t room, const char *text)
{
    size_t count = 0;
    unsigned pending = 1; /* a one ahead of the digits read so far */

    for (; *text != '\0' && count < room; text++) {
        unsigned digit = (unsigned)*text | 0x20;
        if (digit >= '0' && digit <= '9') {
            digit -= '0';
        } else if (digit >= 'a' && digit <= 'f') {
            digit -= 'a' - 10;
        } else {
            continue;
        }
        pending = pending << 4 | digit;
        if (pending > 0xff) {
            bytes[count++] = (uint8_t)pending;
            pending = 1;
        }
    }
    return count;
}

#endif
