/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json.h"

#include <assert.h>
#include <inttypes.h>
#include <stddef.h>

void json_init(struct json *json, struct buffer *out)
{
    *json = (struct json){.out = out};
}

/* RFC 8259, section 7. Bytes from 0x80 on pass as the UTF-8 they are. */
static void quote(struct buffer *out, const char *text)
{
    buffer_append(out, "\"", 1);
    for (const char *p = text; *p; p++) {
        unsigned char c = (unsigned char)*p;
        if (c == '"' || c == '\\') {
            buffer_print(out, "\\%c", c);
        } else if (c == '\n') {
            buffer_append(out, "\\n", 2);
        } else if (c == '\t') {
            buffer_append(out, "\\t", 2);
        } else if (c < 0x20) {
            buffer_print(out, "\\u%04x", c);
        } else {
            buffer_append(out, p, 1);
        }
    }
    buffer_append(out, "\"", 1);
}

static void begin_item(struct json *json, const char *key)
{
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
