/* SPDX-License-Identifier: Apache-2.0 */
/* Copies by words where both ends are aligned, else by bytes. */
#include "guest/kit/memory/memory.h"

#include <stdbool.h>
#include <stdint.h>

/* Words that may lie over objects of any type. */
typedef uint32_t __attribute__((may_alias)) word;

static bool aligned(const void *left, const void *right, size_t size)
{
    return (((uintptr_t)left | (uintptr_t)right | size) & 3) == 0;
}

void *memcpy(void *restrict to, const void *restrict from, size_t size)
{
    if (aligned(to, from, size)) {
        word *target = to;
        const word *source = from;
        for (size_t i = 0; i < size / 4; i++) {
            target[i] = source[i];
        }
        return to;
    }
    unsigned char *target = to;
    const unsigned char *source = from;
    for (size_t i = 0; i < size; i++) {
        target[i] = source[i];
    }
    return to;
}

void *memmove(void *to, const void *from, size_t size)
{
    unsigned char *target = to;
    const unsigned char *source = from;
    if ((uintptr_t)to <= (uintptr_t)from) {
        for (size_t i = 0; i < size; i++) {
            target[i] = source[i];
        }
        return to;
    }
    for (size_t i = size; i > 0; i--) {
        target[i - 1] = source[i - 1];
    }
    return to;
}

void *memset(void *to, int byte, size_t size)
{
    if (aligned(to, to, size)) {
        word pattern = (word)(byte & 0xff) * 0x01010101u;
        word *target = to;
        for (size_t i = 0; i < size / 4; i++) {
            target[i] = pattern;
        }
        return to;
    }
    unsigned char *target = to;
    for (size_t i = 0; i < size; i++) {
        target[i] = (unsigned char)byte;
    }
    return to;
}

int memcmp(const void *left, const void *right, size_t size)
{
    const unsigned char *a = left;
    const unsigned char *b = right;
    for (size_t i = 0; i < size; i++) {
        if (a[i] != b[i]) {
            return a[i] - b[i];
        }
    }
    return 0;
}
