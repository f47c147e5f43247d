/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Records of state_field tables.
 *
 * A record: "CRNS", version, kind, name, field count, then per field its name,
 * size and bytes. Numbers are 32-bit little endian, strings a length and bytes.
 */
#include "bus/state.h"

#include <assert.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/bits.h"
#include "base/hash.h"

static const char magic[4] = {'C', 'R', 'N', 'S'};
enum { RECORD_VERSION = 1 };

static void put_string(struct buffer *out, const char *text)
{
    buffer_append_le32(out, (uint32_t)strlen(text));
    buffer_append(out, text, strlen(text));
}

/* ---- Tables of fields ---------------------------------------------------- */

void state_table_add(struct state_table *table, const char *name, size_t offset,
                     size_t size, uint32_t most)
{
    if (table->count == table->capacity) {
        size_t capacity = table->capacity ? table->capacity * 2 : 64;
        struct state_field *listed = xcalloc(capacity, sizeof(*listed));
        if (table->count != 0) {
            memcpy(listed, table->listed, table->count * sizeof(*listed));
        }
        free(table->listed);
        table->listed = listed;
        table->fields = listed;
        table->capacity = capacity;
    }
    table->listed[table->count++] = (struct state_field){
        .name = name,
        .offset = (uint32_t)offset,
        .size_bytes = (uint32_t)size,
        .most = most,
    };
}

void state_table_set(struct state_table *table,
                     const struct state_field *fields, size_t count)
{
    assert(table->count == 0);
    table->fields = fields;
    table->count = count;
}

void state_table_fini(struct state_table *table)
{
    for (size_t i = 0; table->listed && i < table->count; i++) {
        free((void *)(uintptr_t)table->listed[i].name);
    }
    free(table->listed);
    *table = (struct state_table){0};
}

/* ---- Writing ------------------------------------------------------------- */

static bool is_saved(const struct state_field *field)
{
    return field->domain != STATE_COPIED;
}

void state_save(const char *kind, const char *name,
                const struct state_field *fields, size_t count,
                const void *state, struct buffer *out)
{
    buffer_append(out, magic, sizeof(magic));
    buffer_append_le32(out, RECORD_VERSION);
    put_string(out, kind);
    put_string(out, name);
    uint32_t saved = 0;
    for (size_t i = 0; i < count; i++) {
        saved += is_saved(&fields[i]);
    }
    buffer_append_le32(out, saved);
    for (size_t i = 0; i < count; i++) {
        if (is_saved(&fields[i])) {
            put_string(out, fields[i].name);
            buffer_append_le32(out, fields[i].size_bytes);
            buffer_append(out, (const uint8_t *)state + fields[i].offset,
                          fields[i].size_bytes);
        }
    }
}

/* ---- Reading ------------------------------------------------------------- */

struct reader {
    const uint8_t *bytes;
    size_t size;
    const char *name; /* whose record, for messages */
    struct error *error;
};

static int cut_short(struct reader *reader)
{
    return error_set(reader->error, -EINVAL, "state of '%s' is cut short",
                     reader->name);
}

/* NULL when there are no more than size - 1 bytes. */
static const uint8_t *take(struct reader *reader, size_t size)
{
    if (size > reader->size) {
        return NULL;
    }
    const uint8_t *start = reader->bytes;
    reader->bytes += size;
    reader->size -= size;
    return start;
}

static int take_number(struct reader *reader, uint32_t *number)
{
    const uint8_t *bytes = take(reader, 4);
    if (!bytes) {
        return cut_short(reader);
    }
    *number = load_le32(bytes);
    return 0;
}

static int take_run(struct reader *reader, const uint8_t **bytes,
                    uint32_t *size)
{
    int result = take_number(reader, size);
    if (result != 0) {
        return result;
    }
    *bytes = take(reader, *size);
    return *bytes ? 0 : cut_short(reader);
}

static int expect_string(struct reader *reader, const char *what,
                         const char *expected)
{
    const uint8_t *text = NULL;
    uint32_t length = 0;
    int result = take_run(reader, &text, &length);
    if (result != 0) {
        return result;
    }
    if (length != strlen(expected) || memcmp(text, expected, length) != 0) {
        return error_set(reader->error, -EINVAL,
                         "state of '%s': %s is '%.*s', expected '%s'",
                         reader->name, what, (int)(length < 64 ? length : 64),
                         (const char *)text, expected);
    }
    return 0;
}

static int read_head(struct reader *reader, const char *kind, uint32_t *count)
{
    const uint8_t *start = take(reader, sizeof(magic));
    if (!start) {
        return cut_short(reader);
    }
    if (memcmp(start, magic, sizeof(magic)) != 0) {
        return error_set(reader->error, -EINVAL,
                         "state of '%s': there is no record", reader->name);
    }
    uint32_t version = 0;
    int result = take_number(reader, &version);
    if (result == 0 && version != RECORD_VERSION) {
        result = error_set(reader->error, -EINVAL,
                           "state of '%s': version %" PRIu32 ", expected %d",
                           reader->name, version, RECORD_VERSION);
    }
    if (result == 0) {
        result = expect_string(reader, "kind", kind);
    }
    if (result == 0) {
        result = expect_string(reader, "name", reader->name);
    }
    return result == 0 ? take_number(reader, count) : result;
}

/* Where the field of that name is in the table, or count. Fields mostly come
 * in the table's order, so the search starts at the place in the record. */
static size_t find_field(const struct state_field *fields, size_t count,
                         size_t start, const uint8_t *name, uint32_t length)
{
    for (size_t i = 0; i < count; i++) {
        size_t at = (start + i) % count;
        if (is_saved(&fields[at]) && strlen(fields[at].name) == length &&
            memcmp(fields[at].name, name, length) == 0) {
            return at;
        }
    }
    return count;
}

static int read_field(struct reader *reader, const struct state_field *fields,
                      size_t count, uint32_t place, const uint8_t **values)
{
    const uint8_t *name = NULL;
    const uint8_t *value = NULL;
    uint32_t length = 0;
    uint32_t size = 0;
    int result = take_run(reader, &name, &length);
    if (result == 0) {
        result = take_run(reader, &value, &size);
    }
    if (result != 0) {
        return result;
    }
    size_t at = find_field(fields, count, place, name, length);
    if (at == count) {
        return error_set(reader->error, -EINVAL,
                         "state of '%s': field '%.*s' is unknown", reader->name,
                         (int)(length < 64 ? length : 64), (const char *)name);
    }
    if (size != fields[at].size_bytes) {
        return error_set(reader->error, -EINVAL,
                         "state of '%s': field '%s' has %" PRIu32
                         " bytes, expected %" PRIu32,
                         reader->name, fields[at].name, size,
                         fields[at].size_bytes);
    }
    if (values[at]) {
        return error_set(reader->error, -EINVAL,
                         "state of '%s': field '%s' comes twice", reader->name,
                         fields[at].name);
    }
    if (!state_allows(&fields[at], value)) {
        return error_set(reader->error, -EINVAL,
                         "state of '%s': field '%s' is above %" PRIu32,
                         reader->name, fields[at].name, fields[at].most);
    }
    values[at] = value;
    return 0;
}

static int read_fields(struct reader *reader, const struct state_field *fields,
                       size_t count, uint32_t present, const uint8_t **values)
{
    for (uint32_t i = 0; i < present; i++) {
        int result = read_field(reader, fields, count, i, values);
        if (result != 0) {
            return result;
        }
    }
    for (size_t i = 0; i < count; i++) {
        if (!values[i] && is_saved(&fields[i])) {
            return error_set(reader->error, -EINVAL,
                             "state of '%s': field '%s' is missing",
                             reader->name, fields[i].name);
        }
    }
    return 0;
}

bool state_allows(const struct state_field *field, const void *bytes)
{
    for (size_t i = 0; field->most != 0 && i < field->size_bytes / 4; i++) {
        uint32_t word;
        memcpy(&word, (const uint8_t *)bytes + 4 * i, sizeof(word));
        if (word > field->most) {
            return false;
        }
    }
    return true;
}

int state_restore(const char *kind, const char *name,
                  const struct state_field *fields, size_t count, void *state,
                  const uint8_t **bytes, size_t *size, struct error *error)
{
    struct reader reader = {*bytes, *size, name, error};
    uint32_t present = 0;
    int result = read_head(&reader, kind, &present);
    if (result != 0) {
        return result;
    }
    const uint8_t **values = xcalloc(count, sizeof(*values));
    result = read_fields(&reader, fields, count, present, values);
    for (size_t i = 0; i < count && result == 0; i++) {
        if (values[i]) {
            memcpy((uint8_t *)state + fields[i].offset, values[i],
                   fields[i].size_bytes);
        }
    }
    free(values);
    if (result == 0) {
        assert(reader.bytes + reader.size == *bytes + *size);
        *bytes = reader.bytes;
        *size = reader.size;
    }
    return result;
}

bool state_is_next(const char *kind, const uint8_t *bytes, size_t size)
{
    struct error ignored = {""};
    struct reader reader = {bytes, size, "", &ignored};
    const uint8_t *text = NULL;
    uint32_t number = 0;
    const uint8_t *start = take(&reader, sizeof(magic));

    return start && memcmp(start, magic, sizeof(magic)) == 0 &&
           take_number(&reader, &number) == 0 && number == RECORD_VERSION &&
           take_run(&reader, &text, &number) == 0 && number == strlen(kind) &&
           memcmp(text, kind, number) == 0;
}

bool state_pass(const char *kind, const uint8_t **bytes, size_t *size)
{
    struct error ignored = {""};
    struct reader reader = {*bytes, *size, "", &ignored};
    const uint8_t *text = NULL;
    uint32_t length = 0;
    uint32_t count = 0;

    if (!state_is_next(kind, *bytes, *size)) {
        return false;
    }
    (void)take(&reader, sizeof(magic) + 4);
    bool whole = take_run(&reader, &text, &length) == 0 &&
                 take_run(&reader, &text, &length) == 0 &&
                 take_number(&reader, &count) == 0;
    /* A name and a value each. */
    for (uint64_t i = 0; whole && i < 2 * (uint64_t)count; i++) {
        whole = take_run(&reader, &text, &length) == 0;
    }
    if (whole) {
        *bytes = reader.bytes;
        *size = reader.size;
    }
    return whole;
}

uint64_t state_hash(uint64_t seed, const struct state_field *fields,
                    size_t count, const void *state)
{
    uint64_t hash = seed;
    for (size_t i = 0; i < count; i++) {
        hash = hash64(hash, (const uint8_t *)state + fields[i].offset,
                      fields[i].size_bytes);
    }
    return hash;
}

const struct state_field *state_compare(const struct state_field *fields,
                                        size_t count, const void *first,
                                        const void *second)
{
    const uint8_t *left = first;
    const uint8_t *right = second;
    for (size_t i = 0; i < count; i++) {
        if (memcmp(left + fields[i].offset, right + fields[i].offset,
                   fields[i].size_bytes) != 0) {
            return &fields[i];
        }
    }
    return NULL;
}
