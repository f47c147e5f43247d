/* SPDX-License-Identifier: Apache-2.0 */
/* Tells a text from code. */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* True if a file begins as a text does: printable ASCII alone, in a line or in
 * as many bytes as are looked at, which no A64 code has. */
static inline bool text_begins(const uint8_t *bytes, uint64_t size)
{
    enum { LOOKED_AT = 64 };

    size = size < LOOKED_AT ? size : LOOKED_AT;
    if (size < LOOKED_AT && !memchr(bytes, '\n', size)) {
        return false;
    }
    for (uint64_t i = 0; i < size; i++) {
        bool space = bytes[i] == '\t' || bytes[i] == '\n' || bytes[i] == '\r';
        if (!space && (bytes[i] < ' ' || bytes[i] > '~')) {
            return false;
        }
    }
    return true;
}

#endif
