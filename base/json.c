/* SPDX-License-Identifier: Apache-2.0 */
/* Commas, nesting and escapes; bytes that are not UTF-8 become U+FFFD. */
#include "base/json.h"

#include <inttypes.h>
#include <stddef.h>

#include "base/assert.h"
#include "base/bits.h"

void json_init(struct json *json, struct buffer *out)
{
    *json = (struct json){.out = out};
}

/* The length of the UTF-8 sequence at text (RFC 3629, section 4), or 0 if the
 * bytes are none. The NUL at the end of text is never a continuation. */
static size_t sequence_length(const unsigned char *text)
{
    static const struct {
        unsigned char first, last, low, high, length;
    } rows[] = {
        {0x00, 0x7f, 0x00, 0xff, 1},
        {0xc2, 0xdf, 0x80, 0xbf, 2},
        {0xe0, 0xe0, 0xa0, 0xbf, 3},
        {0xe1, 0xec, 0x80, 0xbf, 3},
        {0xed, 0xed, 0x80, 0x9f, 3},
        {0xee, 0xef, 0x80, 0xbf, 3},
        {0xf0, 0xf0, 0x90, 0xbf, 4},
        {0xf1, 0xf3, 0x80, 0xbf, 4},
        {0xf4, 0xf4, 0x80, 0x8f, 4},
    };
    size_t i = 0;
    while (i < ARRAY_SIZE(rows) &&
           (text[0] < rows[i].first || text[0] > rows[i].last)) {
        i++;
    }
    if (i == ARRAY_SIZE(rows)) {
        return 0;
    }
    for (size_t n = 1; n < rows[i].length; n++) {
        unsigned char low = n == 1 ? rows[i].low : 0x80;
        unsigned char high = n == 1 ? rows[i].high : 0xbf;
        if (text[n] < low || text[n] > high) {
            return 0;
        }
    }
    return rows[i].length;
}

/* RFC 8259, sections 7 and 8.1. Texts may hold what a guest supplied: bytes
 * that are no UTF-8 become the replacement character. */
static void quote(struct buffer *out, const char *text)
{
    const unsigned char *p = (const unsigned char *)text;
    buffer_append(out, "\"", 1);
    while (*p) {
        size_t length = sequence_length(p);
        if (length == 0) {
            buffer_print(out, "\\ufffd");
            length = 1;
        } else if (*p == '"' || *p == '\\') {
            buffer_print(out, "\\%c", *p);
        } else if (*p == '\n') {
            buffer_append(out, "\\n", 2);
        } else if (*p == '\t') {
            buffer_append(out, "\\t", 2);
        } else if (*p < 0x20) {
            buffer_print(out, "\\u%04x", *p);
        } else {
            buffer_append(out, p, length);
        }
        p += length;
    }
    buffer_append(out, "\"", 1);
}

static void begin_item(struct json *json, const char *key)
{
    assert(json->depth < 32);
    uint32_t bit = (uint32_t)1 << json->depth;
    if (json->has_items & bit) {
        buffer_append(json->out, ",", 1);
    }
    json->has_items |= bit;
    if (key) {
        quote(json->out, key);
        buffer_append(json->out, ":", 1);
    }
}

static void begin(struct json *json, const char *key, const char *bracket)
{
    begin_item(json, key);
    buffer_append(json->out, bracket, 1);
    assert(json->depth < 31);
    json->depth++;
    json->has_items &= ~((uint32_t)1 << json->depth);
}

static void end(struct json *json, const char *bracket)
{
    assert(json->depth > 0);
    json->depth--;
    buffer_append(json->out, bracket, 1);
}

void json_begin_object(struct json *json, const char *key)
{
    begin(json, key, "{");
}

void json_end_object(struct json *json)
{
    end(json, "}");
}

void json_begin_array(struct json *json, const char *key)
{
    begin(json, key, "[");
}

void json_end_array(struct json *json)
{
    end(json, "]");
}

void json_string(struct json *json, const char *key, const char *text)
{
    begin_item(json, key);
    quote(json->out, text);
}

void json_number(struct json *json, const char *key, uint64_t value)
{
    begin_item(json, key);
    buffer_print(json->out, "%" PRIu64, value);
}

void json_hex32(struct json *json, const char *key, uint32_t value)
{
    begin_item(json, key);
    buffer_print(json->out, "\"0x%08" PRIx32 "\"", value);
}

void json_bytes(struct json *json, const char *key, const void *bytes,
                size_t size)
{
    begin_item(json, key);
    buffer_append(json->out, "\"", 1);
    buffer_print_hex(json->out, bytes, size);
    buffer_append(json->out, "\"", 1);
}

void json_bool(struct json *json, const char *key, bool value)
{
    begin_item(json, key);
    buffer_print(json->out, "%s", value ? "true" : "false");
}
