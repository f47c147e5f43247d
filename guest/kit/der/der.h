/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A writer of DER (X.690) for a few kilobytes without allocation. It writes
 * from the end of a buffer towards its start, so that the length of everything
 * is known when its header is due: the last element is written first, and
 * der_wrap puts a header before all that was written since a mark.
 */
#ifndef GUEST_KIT_DER_H
#define GUEST_KIT_DER_H

#include <stdbool.h>
#include <stdint.h>

enum der_tag {
    DER_BOOLEAN = 0x01,
    DER_INTEGER = 0x02,
    DER_BIT_STRING = 0x03,
    DER_OCTET_STRING = 0x04,
    DER_OBJECT = 0x06,
    DER_UTF8_STRING = 0x0c,
    DER_PRINTABLE_STRING = 0x13,
    DER_GENERALIZED_TIME = 0x18,
    DER_SEQUENCE = 0x30,
    DER_SET = 0x31,
    DER_CONTEXT = 0x80,             /* + number */
    DER_CONTEXT_CONSTRUCTED = 0xa0, /* + number */
};

struct der {
    uint8_t *start;
    uint8_t *at; /* first byte written */
    uint8_t *end;
    bool overflow;
};

void der_begin(struct der *der, uint8_t *buffer, uint32_t size);
/* Moves what was written to the start of the buffer. Returns its size, 0 if
 * the buffer was too small. */
uint32_t der_end(struct der *der);

void der_bytes(struct der *der, const void *bytes, uint32_t size);
void der_element(struct der *der, uint8_t tag, const void *bytes,
                 uint32_t size);
/* INTEGER, or a tag in its place, from a big-endian number without sign. */
void der_unsigned(struct der *der, uint8_t tag, const uint8_t *bytes,
                  uint32_t size);
/* BIT STRING, or a tag in its place, whose last bits do not count. */
void der_bits(struct der *der, uint8_t tag, const uint8_t *bytes, uint32_t size,
              uint8_t unused);

uint8_t *der_mark(const struct der *der);
void der_wrap(struct der *der, uint8_t tag, const uint8_t *mark);

#endif
