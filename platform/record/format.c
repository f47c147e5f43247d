/* SPDX-License-Identifier: Apache-2.0 */
/* Encodes and decodes files of inputs. */
#include "platform/record/format.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "base/bits.h"
#include "base/hash.h"
#include "include/cairn/cairn.h"
#include "platform/machine/origin.h"

enum { VERSION = 2, MAGIC_SIZE = 16, CHECK_SIZE = 8 };

static const char magic[MAGIC_SIZE] = "cairn inputs\n";

#define INPUT(name) extern const struct input_type input_##name;
#include "platform/machine/inputs.def"
#undef INPUT

static const struct input_type *const types[] = {
#define INPUT(name) &input_##name,
#include "platform/machine/inputs.def"
#undef INPUT
};

const struct input_type *record_type(size_t number)
{
    return number < ARRAY_SIZE(types) ? types[number] : NULL;
}

int record_number(const struct input_type *type, size_t *number)
{
    for (*number = 0; *number < ARRAY_SIZE(types); (*number)++) {
        if (types[*number] == type) {
            return 0;
        }
    }
    return -ENOENT;
}

/* ---- Writing ------------------------------------------------------------- */

static void put(struct buffer *out, uint64_t value, size_t size)
{
    uint8_t bytes[8];
    store_le64(bytes, value);
    buffer_append(out, bytes, size);
}

static void put_moment(struct buffer *out, const struct moment *moment)
{
    put(out, moment->retired, 8);
    put(out, moment->traps, 8);
    put(out, moment->time_ns, 8);
}

static void put_bytes(struct buffer *out, const void *bytes, size_t size)
{
    put(out, size, 4);
    if (size != 0) {
        buffer_append(out, bytes, size);
    }
}

/* The payload is what was appended since `start`, behind room for its size. */
static void close_frame(struct buffer *out, size_t start, uint64_t *check)
{
    const size_t size = out->size - start - 4;
    store_le32(out->bytes + start, (uint32_t)size);
    *check = hash64(*check, out->bytes + start + 4, size);
    put(out, *check, CHECK_SIZE);
}

void record_put_head(const struct record_head *head, uint64_t *check,
                     struct buffer *out)
{
    buffer_append(out, magic, sizeof(magic));
    put(out, VERSION, 4);
    *check = VERSION;
    const size_t start = out->size;
    put(out, 0, 4);
    put(out, head->machine, 8);
    put(out, head->caller, 8);
    put_moment(out, &head->start);
    put(out, head->start_state, 8);
    put_bytes(out, head->origin, head->origin_size);
    close_frame(out, start, check);
}

static void put_input(struct buffer *out, const struct record_item *item)
{
    const struct input *input = &item->input;
    size_t number = 0;
    int known = record_number(input->type, &number);
    assert(known == 0);
    (void)known;
    put(out, number, 1);
    put(out, input->user, 4);
    put(out, input->width, 4);
    put(out, input->address, 8);
    put(out, input->value, 8);
    put(out, (uint64_t)item->result, 8);
    put_bytes(out, item->subject, item->subject_size);
    put_bytes(out, input->bytes, input->size);
}

void record_put_item(const struct record_item *item, uint64_t *check,
                     struct buffer *out)
{
    const size_t start = out->size;
    put(out, 0, 4);
    put(out, item->kind, 1);
    put_moment(out, &item->at);
    put(out, item->has_state, 1);
    put(out, item->state, 8);
    if (item->kind == RECORD_INPUT) {
        put_input(out, item);
    } else {
        put_bytes(out, item->note, item->note_size);
    }
    close_frame(out, start, check);
}

/* ---- Reading ------------------------------------------------------------- */

static int refuse(size_t at, struct error *error, const char *what,
                  uint64_t found, const char *wanted)
{
    return error_set(error, -EINVAL, "byte 0x%zx: %s is %llu, not %s", at, what,
                     (unsigned long long)found, wanted);
}

/* A payload under way; what is not there reads as zeros. */
struct cursor {
    const uint8_t *start; /* of the file */
    const uint8_t *next;
    size_t left;
    bool short_of; /* it lacks some bytes */
};

static const uint8_t *take_bytes(struct cursor *cursor, size_t size)
{
    const uint8_t *bytes = cursor->next;
    if (size > cursor->left) {
        cursor->short_of = true;
        cursor->left = 0;
        return NULL;
    }
    cursor->next += size;
    cursor->left -= size;
    return bytes;
}

static uint64_t take(struct cursor *cursor, size_t size)
{
    uint8_t bytes[8] = {0};
    const uint8_t *from = take_bytes(cursor, size);
    if (from) {
        memcpy(bytes, from, size);
    }
    return load_le64(bytes);
}

static void take_moment(struct cursor *cursor, struct moment *moment)
{
    moment->retired = take(cursor, 8);
    moment->traps = take(cursor, 8);
    moment->time_ns = take(cursor, 8);
}

static const void *take_run(struct cursor *cursor, size_t *size)
{
    *size = (size_t)take(cursor, 4);
    const void *bytes = take_bytes(cursor, *size);
    if (!bytes) {
        *size = 0;
    }
    return bytes;
}

static int end_payload(const struct cursor *cursor, struct error *error)
{
    const size_t at = (size_t)(cursor->next - cursor->start);
    if (cursor->short_of) {
        return error_set(error, -EINVAL, "byte 0x%zx: the frame is too short",
                         at);
    }
    return cursor->left == 0 ? 0
                             : error_set(error, -EINVAL,
                                         "byte 0x%zx: the frame has %zu bytes "
                                         "too many",
                                         at, cursor->left);
}

/* The next frame, whose check is good. */
static int open_frame(struct record_reader *reader, struct cursor *cursor,
                      struct error *error)
{
    const size_t left = reader->size - reader->at;
    *cursor = (struct cursor){0};
    if (left < 4 + CHECK_SIZE) {
        return error_set(error, -EINVAL,
                         "byte 0x%zx: the file ends, where a frame is needed",
                         reader->size);
    }
    const size_t size = load_le32(reader->bytes + reader->at);
    if (size > left - 4 - CHECK_SIZE) {
        return error_set(error, -EINVAL,
                         "byte 0x%zx: a frame of %zu bytes, of which %zu are "
                         "there",
                         reader->at, size, left - 4 - CHECK_SIZE);
    }
    const uint8_t *payload = reader->bytes + reader->at + 4;
    const uint64_t check = hash64(reader->check, payload, size);
    const uint64_t found = load_le64(payload + size);
    if (found != check) {
        return error_set(error, -EINVAL,
                         "byte 0x%zx: the check of a frame is %016llx, and of "
                         "its bytes %016llx",
                         reader->at, (unsigned long long)found,
                         (unsigned long long)check);
    }
    *cursor =
        (struct cursor){.start = reader->bytes, .next = payload, .left = size};
    reader->check = check;
    reader->at += 4 + size + CHECK_SIZE;
    return 0;
}

int record_get_head(struct record_reader *reader, struct record_head *head,
                    struct error *error)
{
    struct cursor cursor;
    *head = (struct record_head){0};
    if (reader->size < MAGIC_SIZE + 4 ||
        memcmp(reader->bytes, magic, MAGIC_SIZE) != 0) {
        return error_set(error, -EINVAL, "byte 0x0: not a file of inputs");
    }
    const uint32_t version = load_le32(reader->bytes + MAGIC_SIZE);
    if (version != VERSION) {
        return refuse(MAGIC_SIZE, error, "the version", version, "2");
    }
    reader->at = MAGIC_SIZE + 4;
    reader->check = VERSION;
    reader->ended = false;
    int code = open_frame(reader, &cursor, error);
    if (code != 0) {
        return code;
    }
    head->machine = take(&cursor, 8);
    head->caller = take(&cursor, 8);
    take_moment(&cursor, &head->start);
    head->start_state = take(&cursor, 8);
    head->origin = take_run(&cursor, &head->origin_size);
    const size_t at = (size_t)(cursor.next - cursor.start) - head->origin_size;
    code = end_payload(&cursor, error);
    if (code == 0 && head->origin_size > CAIRN_ORIGIN_SIZE) {
        return refuse(at, error, "the size of the origin", head->origin_size,
                      "at most 65536");
    }
    return code ? code
                : origin_check(head->origin, head->origin_size, at, error);
}

static int take_input(struct cursor *cursor, struct record_item *item,
                      struct error *error)
{
    struct input *input = &item->input;
    const size_t at = (size_t)(cursor->next - cursor->start);
    const size_t number = (size_t)take(cursor, 1);
    input->type = record_type(number);
    if (!input->type) {
        return refuse(at, error, "the kind of an input", number,
                      "one that there is");
    }
    input->user = (uint32_t)take(cursor, 4);
    input->width = (unsigned)take(cursor, 4);
    input->address = take(cursor, 8);
    input->value = take(cursor, 8);
    item->result = (int64_t)take(cursor, 8);
    item->subject = take_run(cursor, &item->subject_size);
    input->bytes = take_run(cursor, &input->size);
    return 0;
}

int record_get_item(struct record_reader *reader, struct record_item *item,
                    struct error *error)
{
    struct cursor cursor;
    *item = (struct record_item){0};
    if (reader->ended) {
        return reader->at == reader->size
                   ? -ENOENT
                   : error_set(error, -EINVAL,
                               "byte 0x%zx: %zu bytes behind the end",
                               reader->at, reader->size - reader->at);
    }
    const size_t at = reader->at + 4;
    int code = open_frame(reader, &cursor, error);
    if (code != 0) {
        return code;
    }
    const uint64_t kind = take(&cursor, 1);
    if (kind > RECORD_END) {
        return refuse(at, error, "the kind of a frame", kind, "0 or 1");
    }
    item->kind = (enum record_kind)kind;
    take_moment(&cursor, &item->at);
    item->has_state = take(&cursor, 1) != 0;
    item->state = take(&cursor, 8);
    if (item->kind == RECORD_END) {
        item->note = take_run(&cursor, &item->note_size);
        reader->ended = true;
        if (item->note_size > RECORD_NOTE_MAX) {
            return refuse(at, error, "the size of the note", item->note_size,
                          "at most 4096");
        }
    } else {
        code = take_input(&cursor, item, error);
    }
    return code ? code : end_payload(&cursor, error);
}
