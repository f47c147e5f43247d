/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A JSON writer: keeps commas and quoting right, nothing more. Values go to a
 * buffer on one line; nesting is at most 32 deep.
 */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"

struct json {
    struct buffer *out;
    unsigned depth;
    uint32_t has_items; /* bit per depth: a comma is due */
};

void json_init(struct json *json, struct buffer *out);
/* key is NULL inside arrays and at the top. */
void json_begin_object(struct json *json, const char *key);
void json_end_object(struct json *json);
void json_begin_array(struct json *json, const char *key);
void json_end_array(struct json *json);
void json_string(struct json *json, const char *key, const char *text);
void json_number(struct json *json, const char *key, uint64_t value);
void json_hex32(struct json *json, const char *key, uint32_t value);
void json_bytes(struct json *json, const char *key, const void *bytes,
                size_t size);
void json_bool(struct json *json, const char *key, bool value);

#endif
