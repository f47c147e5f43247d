/* SPDX-License-Identifier: Apache-2.0 */
/* Callbacks of libcbor that keep the one item they are called for. */
#include "trust/cbor/cbor.h"

#include <cbor.h>
#include <ctype.h>
#include <string.h>

#include "base/bits.h"

/* The object that the callbacks fill in. */
struct seen {
    struct cbor_item item;
    bool is_indefinite;
};

static void see(void *context, enum cbor_kind kind, uint64_t value)
{
    struct seen *seen = context;
    seen->item.kind = kind;
    seen->item.value = value;
}

/* libcbor calls back by the width of a number. */
#define SEE_NUMBERS(width)                                                     \
    static void see_uint##width(void *context, uint##width##_t value)          \
    {                                                                          \
        see(context, CBOR_UNSIGNED, value);                                    \
    }                                                                          \
    static void see_negint##width(void *context, uint##width##_t value)        \
    {                                                                          \
        see(context, CBOR_NEGATIVE, value);                                    \
    }
SEE_NUMBERS(8)
SEE_NUMBERS(16)
SEE_NUMBERS(32)
SEE_NUMBERS(64)

static void see_bytes(void *context, cbor_data bytes, size_t size)
{
    struct seen *seen = context;
    see(context, CBOR_BYTES, size);
    seen->item.bytes = bytes;
}

static void see_text(void *context, cbor_data bytes, size_t size)
{
    struct seen *seen = context;
    see(context, CBOR_TEXT, size);
    seen->item.bytes = bytes;
}

static void see_array(void *context, size_t count)
{
    see(context, CBOR_ARRAY, count);
}

static void see_map(void *context, size_t count)
{
    see(context, CBOR_MAP, count);
}

static void see_tag(void *context, uint64_t tag)
{
    see(context, CBOR_TAG, tag);
}

static void see_float(void *context, float value)
{
    see(context, CBOR_OTHER, 0);
}

static void see_double(void *context, double value)
{
    see(context, CBOR_OTHER, 0);
}

static void see_bool(void *context, bool value)
{
    see(context, CBOR_OTHER, value);
}

static void see_other(void *context)
{
    see(context, CBOR_OTHER, 0);
}

static void see_indefinite(void *context)
{
    struct seen *seen = context;
    seen->is_indefinite = true;
}

static const struct cbor_callbacks callbacks = {
    .uint8 = see_uint8,
    .uint16 = see_uint16,
    .uint32 = see_uint32,
    .uint64 = see_uint64,
    .negint8 = see_negint8,
    .negint16 = see_negint16,
    .negint32 = see_negint32,
    .negint64 = see_negint64,
    .byte_string_start = see_indefinite,
    .byte_string = see_bytes,
    .string = see_text,
    .string_start = see_indefinite,
    .indef_array_start = see_indefinite,
    .array_start = see_array,
    .indef_map_start = see_indefinite,
    .map_start = see_map,
    .tag = see_tag,
    .float2 = see_float,
    .float4 = see_float,
    .float8 = see_double,
    .undefined = see_other,
    .null = see_other,
    .boolean = see_bool,
    .indef_break = see_indefinite,
};

const char *cbor_kind_name(enum cbor_kind kind)
{
    static const char *const names[] = {
        [CBOR_UNSIGNED] = "unsigned number",
        [CBOR_NEGATIVE] = "negative number",
        [CBOR_BYTES] = "byte string",
        [CBOR_TEXT] = "text",
        [CBOR_ARRAY] = "array",
        [CBOR_MAP] = "map",
        [CBOR_TAG] = "tag",
        [CBOR_OTHER] = "simple value",
    };
    return names[kind];
}

/* Tags below 24 are part of their first byte. libcbor 0.8 decodes only those
 * that RFC 7049 had assigned, but COSE's are 16 to 18. */
static bool next_small_tag(struct cbor_reader *reader, struct cbor_item *item)
{
    enum { TAG_FIRST = 0xc0, TAG_LAST = 0xd7 };
    uint8_t head = reader->at < reader->size ? reader->bytes[reader->at] : 0;

    if (head < TAG_FIRST || head > TAG_LAST) {
        return false;
    }
    *item = (struct cbor_item){
        .kind = CBOR_TAG, .value = head - TAG_FIRST, .start = reader->at++};
    return true;
}

int cbor_next(struct cbor_reader *reader, struct cbor_item *item,
              struct error *error)
{
    if (next_small_tag(reader, item)) {
        return 0;
    }
    struct seen seen = {.item = {.start = reader->at}};
    struct cbor_decoder_result result =
        cbor_stream_decode(reader->bytes + reader->at,
                           reader->size - reader->at, &callbacks, &seen);

    if (result.status != CBOR_DECODER_FINISHED) {
        return error_set(error, -EINVAL, "offset 0x%zx: %s", reader->at,
                         result.status == CBOR_DECODER_NEDATA
                             ? "the CBOR item is cut off"
                             : "no CBOR item starts so");
    }
    if (seen.is_indefinite) {
        return error_set(error, -EINVAL,
                         "offset 0x%zx: an item of indefinite length",
                         reader->at);
    }
    reader->at += result.read;
    *item = seen.item;
    return 0;
}

int cbor_expect(struct cbor_reader *reader, enum cbor_kind kind,
                const char *what, struct cbor_item *item, struct error *error)
{
    int status = cbor_next(reader, item, error);

    if (status != 0) {
        error_prefix(error, "%s", what);
        return status;
    }
    return item->kind == kind
               ? 0
               : error_set(error, -EINVAL,
                           "%s: offset 0x%zx: %s expected, found %s", what,
                           item->start, cbor_kind_name(kind),
                           cbor_kind_name(item->kind));
}

/* How many items belong to one. */
static uint64_t parts(const struct cbor_item *item)
{
    switch (item->kind) {
    case CBOR_ARRAY:
        return item->value;
    case CBOR_MAP:
        return item->value <= UINT64_MAX / 2 ? 2 * item->value : UINT64_MAX;
    case CBOR_TAG:
        return 1;
    default:
        return 0;
    }
}

int cbor_skip(struct cbor_reader *reader, const struct cbor_item *item,
              struct error *error)
{
    uint64_t left[CBOR_DEPTH_MAX] = {parts(item)};
    unsigned depth = 0;

    for (;;) {
        struct cbor_item next;
        while (left[depth] == 0) {
            if (depth == 0) {
                return 0;
            }
            depth--;
        }
        left[depth]--;
        if (cbor_next(reader, &next, error) != 0) {
            return -EINVAL;
        }
        if (parts(&next) != 0) {
            if (depth + 1 == CBOR_DEPTH_MAX) {
                return error_set(error, -EINVAL,
                                 "offset 0x%zx: more than %d levels",
                                 next.start, CBOR_DEPTH_MAX);
            }
            left[++depth] = parts(&next);
        }
    }
}

bool cbor_number(const struct cbor_item *item, int64_t *value)
{
    if (item->value > INT64_MAX ||
        (item->kind != CBOR_UNSIGNED && item->kind != CBOR_NEGATIVE)) {
        return false;
    }
    *value = item->kind == CBOR_UNSIGNED ? (int64_t)item->value
                                         : -1 - (int64_t)item->value;
    return true;
}

void cbor_print_text(const struct cbor_item *item, struct buffer *out)
{
    for (uint64_t i = 0; i < item->value; i++) {
        buffer_print(out, "%c", isprint(item->bytes[i]) ? item->bytes[i] : '.');
    }
}

/* ---- Writing ------------------------------------------------------------- */

enum { HEAD_MAX = 9 };

static void put_head(struct buffer *out, uint64_t value,
                     size_t (*encode)(size_t, unsigned char *, size_t))
{
    unsigned char head[HEAD_MAX];
    buffer_append(out, head, encode((size_t)value, head, sizeof(head)));
}

void cbor_put_number(struct buffer *out, int64_t value)
{
    if (value >= 0) {
        put_head(out, (uint64_t)value, cbor_encode_uint);
    } else {
        put_head(out, (uint64_t)(-1 - value), cbor_encode_negint);
    }
}

void cbor_put_bytes(struct buffer *out, const void *bytes, size_t size)
{
    put_head(out, size, cbor_encode_bytestring_start);
    buffer_append(out, bytes, size);
}

void cbor_put_text(struct buffer *out, const char *text)
{
    put_head(out, strlen(text), cbor_encode_string_start);
    buffer_append(out, text, strlen(text));
}

void cbor_put_array(struct buffer *out, size_t count)
{
    put_head(out, count, cbor_encode_array_start);
}

void cbor_put_map(struct buffer *out, size_t count)
{
    put_head(out, count, cbor_encode_map_start);
}
