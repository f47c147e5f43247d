/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CBOR (RFC 8949) item by item, on libcbor's streaming decoder and encoders:
 * the decoder calls back for one item's head and allocates nothing, so that no
 * length in a hostile file is ever asked of an allocator.
 *
 * Items of indefinite length are refused: profiles of attestation tokens ask
 * for definite ones.
 */
#ifndef TRUST_CBOR_CBOR_H
#define TRUST_CBOR_CBOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/error.h"

enum cbor_kind {
    CBOR_UNSIGNED,
    CBOR_NEGATIVE, /* -1 - value */
    CBOR_BYTES,
    CBOR_TEXT,
    CBOR_ARRAY, /* value items follow */
    CBOR_MAP,   /* value pairs of items follow */
    CBOR_TAG,   /* one item follows */
    CBOR_OTHER, /* floats, booleans, null, undefined */
};

struct cbor_item {
    enum cbor_kind kind;
    uint64_t value;
    const uint8_t *bytes; /* of a string, value of them */
    size_t start;         /* offset of its head */
};

/* The bytes left to read of bytes; at is advanced. */
struct cbor_reader {
    const uint8_t *bytes;
    size_t at;
    size_t size;
};

enum { CBOR_DEPTH_MAX = 16 };

/* "byte string", for messages. */
const char *cbor_kind_name(enum cbor_kind kind);
/* -EINVAL with the offset. */
int cbor_next(struct cbor_reader *reader, struct cbor_item *item,
              struct error *error);
/* The next item must be of that kind; what names it in the message. */
int cbor_expect(struct cbor_reader *reader, enum cbor_kind kind,
                const char *what, struct cbor_item *item, struct error *error);
/* Passes over what belongs to the item that was just read. */
int cbor_skip(struct cbor_reader *reader, const struct cbor_item *item,
              struct error *error);
/* A number as int64_t; false if it is none, or too large. */
bool cbor_number(const struct cbor_item *item, int64_t *value);
/* Appends a text, with a dot for what is not printable. */
void cbor_print_text(const struct cbor_item *item, struct buffer *out);

/* Append the shortest form. */
void cbor_put_number(struct buffer *out, int64_t value);
void cbor_put_bytes(struct buffer *out, const void *bytes, size_t size);
void cbor_put_text(struct buffer *out, const char *text);
void cbor_put_array(struct buffer *out, size_t count);
void cbor_put_map(struct buffer *out, size_t count);

#endif
