/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Everything in a head but hashes and names follows from sizes that come before
 * it, so whatever does not is an error of its own. The hash finds damage;
 * nothing behind it is trusted for that.
 */
#include "platform/snapshot/head.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/bits.h"
#include "base/hash.h"
#include "bus/region.h"
#include "include/cairn/cairn.h"
#include "platform/machine/origin.h"

enum { HASH_SIZE = 8, BOARD_NAME = 64, MEMORY_TOTAL_SHIFT = 34 };
static const char magic[8] = {'C', 'A', 'I', 'R', 'N', 'S', 'N', 'P'};

static uint64_t align_up(uint64_t value, uint64_t power_of_two)
{
    return (value + power_of_two - 1) & ~(power_of_two - 1);
}

size_t snapshot_map_size(uint64_t size_bytes)
{
    uint64_t pages = size_bytes >> REGION_PAGE_SHIFT;
    return (size_t)(align_up(pages, 64) / 8);
}

bool snapshot_page_held(const struct snapshot_memory *memory, size_t page)
{
    return memory->used[page / 8] >> page % 8 & 1;
}

uint64_t snapshot_page_offset(const struct snapshot_memory *memory, size_t page,
                              uint64_t index)
{
    uint64_t place = memory->blank == 0 ? page : index;
    return memory->offset + (place << REGION_PAGE_SHIFT);
}

/* ---- Layout -------------------------------------------------------------- */

static uint64_t contents_size(const struct snapshot_memory *memory)
{
    return memory->blank == 0 ? memory->size_bytes
                              : memory->pages << REGION_PAGE_SHIFT;
}

static uint64_t head_size(const struct snapshot_head *head)
{
    uint64_t size = SNAPSHOT_FIXED_SIZE + HASH_SIZE +
                    head->memory_count * SNAPSHOT_MEMORY_SIZE +
                    align_up(head->board_size, 8) +
                    align_up(head->origin_size, 8) +
                    align_up(head->state_size, 8);
    for (size_t i = 0; i < head->memory_count; i++) {
        size += snapshot_map_size(head->memories[i].size_bytes);
    }
    return size;
}

void snapshot_head_place(struct snapshot_head *head)
{
    head->size = head_size(head);
    head->file_size = align_up(head->size, REGION_PAGE_SIZE);
    for (size_t i = 0; i < head->memory_count; i++) {
        head->memories[i].offset = head->file_size;
        head->file_size += contents_size(&head->memories[i]);
    }
}

/* ---- Writing ------------------------------------------------------------- */

static void append_le64(struct buffer *out, uint64_t value)
{
    store_le64(buffer_grow(out, 8), value);
}

static void append_name(struct buffer *out, const char *name)
{
    size_t size = strlen(name);
    size = size < SNAPSHOT_NAME_SIZE ? size : SNAPSHOT_NAME_SIZE;
    buffer_append(out, name, size);
    buffer_append_zeros(out, SNAPSHOT_NAME_SIZE - size);
}

static void append_filled(struct buffer *out, const uint8_t *bytes, size_t size)
{
    buffer_append(out, bytes, size);
    buffer_append_zeros(out, (size_t)align_up(size, 8) - size);
}

void snapshot_head_write(const struct snapshot_head *head, struct buffer *out)
{
    size_t start = out->size;
    buffer_append(out, magic, sizeof(magic));
    buffer_append_le32(out, SNAPSHOT_VERSION);
    buffer_append_le32(out, (uint32_t)head->memory_count);
    append_le64(out, head->identity);
    append_le64(out, head->size);
    append_le64(out, head->file_size);
    append_le64(out, head->board_size);
    append_le64(out, head->state_size);
    append_le64(out, head->origin_size);
    append_name(out, head->board_name);
    for (size_t i = 0; i < head->memory_count; i++) {
        const struct snapshot_memory *memory = &head->memories[i];
        append_name(out, memory->name);
        append_le64(out, memory->size_bytes);
        append_le64(out, memory->offset);
        append_le64(out, memory->pages);
        append_le64(out, memory->hash);
        append_le64(out, memory->blank);
    }
    append_filled(out, head->board, head->board_size);
    append_filled(out, head->origin, head->origin_size);
    append_filled(out, head->state, head->state_size);
    for (size_t i = 0; i < head->memory_count; i++) {
        const struct snapshot_memory *memory = &head->memories[i];
        buffer_append(out, memory->used, snapshot_map_size(memory->size_bytes));
    }
    append_le64(out, hash64(0, out->bytes + start, out->size - start));
    assert(out->size - start == head->size);
}

/* ---- Reading ------------------------------------------------------------- */

bool snapshot_recognise(const void *bytes, size_t size)
{
    return size >= sizeof(magic) && memcmp(bytes, magic, sizeof(magic)) == 0;
}

static int expect(struct error *error, uint64_t place, const char *what,
                  uint64_t is, uint64_t must_be)
{
    return is == must_be
               ? 0
               : error_set(error, -EINVAL,
                           "byte %" PRIu64 ": %s: %" PRIu64 ", not %" PRIu64,
                           place, what, is, must_be);
}

static int expect_at_most(struct error *error, uint64_t place, const char *what,
                          uint64_t is, uint64_t limit)
{
    return is <= limit ? 0
                       : error_set(error, -EINVAL,
                                   "byte %" PRIu64 ": %s: %" PRIu64
                                   ", at most %" PRIu64,
                                   place, what, is, limit);
}

int snapshot_head_measure(const uint8_t *bytes, size_t size, uint64_t file_size,
                          uint64_t *head_size, struct error *error)
{
    if (!snapshot_recognise(bytes, size)) {
        return error_set(error, -EINVAL, "no snapshot");
    }
    if (size >= 12 && load_le32(bytes + 8) != SNAPSHOT_VERSION) {
        return error_set(error, -EINVAL,
                         "byte 8: version %u, this program reads version %d",
                         load_le32(bytes + 8), SNAPSHOT_VERSION);
    }
    if (size < SNAPSHOT_FIXED_SIZE) {
        return error_set(error, -EINVAL, "cut short: %zu bytes", size);
    }
    *head_size = load_le64(bytes + 24);
    int code =
        expect(error, 32, "size of the file", file_size, load_le64(bytes + 32));
    if (code == 0) {
        code = expect_at_most(
            error, 24, "size of the head", *head_size,
            file_size < SNAPSHOT_HEAD_MAX ? file_size : SNAPSHOT_HEAD_MAX);
    }
    if (code == 0 && *head_size < SNAPSHOT_FIXED_SIZE + HASH_SIZE) {
        code = error_set(error, -EINVAL,
                         "byte 24: size of the head: %" PRIu64 ", at least %d",
                         *head_size, SNAPSHOT_FIXED_SIZE + HASH_SIZE);
    }
    return code;
}

static int check_hash(const uint8_t *bytes, size_t size, struct error *error)
{
    size_t place = size - HASH_SIZE;
    uint64_t stored = load_le64(bytes + place);
    uint64_t hash = hash64(0, bytes, place);
    return hash == stored
               ? 0
               : error_set(error, -EINVAL,
                           "damaged: the hash of the first %zu bytes is "
                           "%016" PRIx64 ", the file says %016" PRIx64,
                           place, hash, stored);
}

/* Names end, and are printable. */
static int read_name(char name[SNAPSHOT_NAME_SIZE + 1], const uint8_t *bytes,
                     size_t place, struct error *error)
{
    memcpy(name, bytes + place, SNAPSHOT_NAME_SIZE);
    name[SNAPSHOT_NAME_SIZE] = '\0';
    size_t length = strlen(name);
    bool good = length != 0;
    for (size_t i = 0; i < SNAPSHOT_NAME_SIZE; i++) {
        uint8_t byte = bytes[place + i];
        good = good && (i < length ? byte >= ' ' && byte < 0x7f : byte == 0);
    }
    return good ? 0
                : error_set(error, -EINVAL, "byte %zu: an invalid name", place);
}

static int read_memory(struct snapshot_memory *memory, const uint8_t *bytes,
                       size_t place, uint64_t *total, struct error *error)
{
    const uint8_t *row = bytes + place;
    const uint64_t all = (uint64_t)1 << MEMORY_TOTAL_SHIFT;
    uint64_t blank = load_le64(row + 64);
    int code = read_name(memory->name, bytes, place, error);
    memory->size_bytes = load_le64(row + 32);
    memory->offset = load_le64(row + 40);
    memory->pages = load_le64(row + 48);
    memory->hash = load_le64(row + 56);
    memory->blank = (uint8_t)blank;
    if (code == 0) {
        code = expect_at_most(error, place + 32, "size of a memory",
                              memory->size_bytes, all - *total);
    }
    if (code == 0) {
        code = expect(error, place + 32, "size of a memory", memory->size_bytes,
                      align_up(memory->size_bytes, REGION_PAGE_SIZE));
    }
    if (code == 0) {
        code = expect_at_most(error, place + 48, "pages held", memory->pages,
                              memory->size_bytes >> REGION_PAGE_SHIFT);
    }
    if (code == 0 && blank != 0) {
        code = expect(error, place + 64, "blank bytes", blank, 0xff);
    }
    *total += code == 0 ? memory->size_bytes : 0;
    return code;
}

static int read_memories(struct snapshot_head *head, const uint8_t *bytes,
                         size_t size, struct error *error)
{
    uint64_t count = load_le32(bytes + 12);
    uint64_t room =
        (size - SNAPSHOT_FIXED_SIZE - HASH_SIZE) / SNAPSHOT_MEMORY_SIZE;
    uint64_t total = 0;
    int code = expect_at_most(
        error, 12, "memories", count,
        room < SNAPSHOT_MEMORIES_MAX ? room : SNAPSHOT_MEMORIES_MAX);
    if (code != 0) {
        return code;
    }
    head->memory_count = (size_t)count;
    head->memories = xcalloc(head->memory_count + 1, sizeof(*head->memories));
    for (size_t i = 0; code == 0 && i < head->memory_count; i++) {
        code = read_memory(&head->memories[i], bytes,
                           SNAPSHOT_FIXED_SIZE + i * SNAPSHOT_MEMORY_SIZE,
                           &total, error);
    }
    return code;
}

/* Places and sizes are what snapshot_head_place makes of the rest. */
static int check_places(const struct snapshot_head *head, const uint8_t *bytes,
                        size_t size, struct error *error)
{
    struct snapshot_head placed = *head;
    struct snapshot_memory *memories =
        xcalloc(head->memory_count + 1, sizeof(*memories));
    memcpy(memories, head->memories, head->memory_count * sizeof(*memories));
    placed.memories = memories;
    snapshot_head_place(&placed);
    int code = expect(error, 24, "size of the head", size, placed.size);
    for (size_t i = 0; code == 0 && i < head->memory_count; i++) {
        code = expect(
            error, SNAPSHOT_FIXED_SIZE + i * SNAPSHOT_MEMORY_SIZE + 40,
            "place of a memory", head->memories[i].offset, memories[i].offset);
    }
    if (code == 0) {
        code = expect(error, 32, "size of the file", load_le64(bytes + 32),
                      placed.file_size);
    }
    free(memories);
    return code;
}

static int check_map(const struct snapshot_memory *memory, uint64_t place,
                     struct error *error)
{
    uint64_t pages = memory->size_bytes >> REGION_PAGE_SHIFT;
    uint64_t held = 0;
    for (size_t i = 0; i < snapshot_map_size(memory->size_bytes); i += 8) {
        uint64_t bits = load_le64(memory->used + i);
        held += (uint64_t)__builtin_popcountll(bits);
        if (i * 8 + 64 > pages && bits >> pages % 64 != 0) {
            return error_set(error, -EINVAL,
                             "byte %" PRIu64 ": pages behind the end of '%s'",
                             place + i, memory->name);
        }
    }
    return held == memory->pages
               ? 0
               : error_set(error, -EINVAL,
                           "byte %" PRIu64 ": '%s' holds %" PRIu64
                           " pages, not %" PRIu64,
                           place, memory->name, held, memory->pages);
}

/* Board, origin, state and maps, whose sizes are known to fit. */
static int find_parts(struct snapshot_head *head, const uint8_t *bytes,
                      struct error *error)
{
    size_t at =
        SNAPSHOT_FIXED_SIZE + head->memory_count * (size_t)SNAPSHOT_MEMORY_SIZE;
    head->board = bytes + at;
    at += (size_t)align_up(head->board_size, 8);
    head->origin = bytes + at;
    int code = origin_check(head->origin, head->origin_size, at, error);
    at += (size_t)align_up(head->origin_size, 8);
    head->state = bytes + at;
    at += (size_t)align_up(head->state_size, 8);
    for (size_t i = 0; code == 0 && i < head->memory_count; i++) {
        struct snapshot_memory *memory = &head->memories[i];
        memory->used = bytes + at;
        code = check_map(memory, at, error);
        at += snapshot_map_size(memory->size_bytes);
    }
    return code;
}

static int read_fields(struct snapshot_head *head, const uint8_t *bytes,
                       size_t size, struct error *error)
{
    uint64_t board_size = load_le64(bytes + 40);
    uint64_t state_size = load_le64(bytes + 48);
    uint64_t origin_size = load_le64(bytes + 56);
    int code = expect_at_most(error, 40, "size of the board", board_size, size);
    if (code == 0) {
        code = expect_at_most(error, 48, "size of the state", state_size, size);
    }
    if (code == 0) {
        code =
            expect_at_most(error, 56, "size of the origin", origin_size,
                           size < CAIRN_ORIGIN_SIZE ? size : CAIRN_ORIGIN_SIZE);
    }
    if (code == 0) {
        code = read_name(head->board_name, bytes, BOARD_NAME, error);
    }
    head->board_size = (size_t)board_size;
    head->state_size = (size_t)state_size;
    head->origin_size = (size_t)origin_size;
    head->identity = load_le64(bytes + 16);
    head->size = size;
    head->file_size = load_le64(bytes + 32);
    if (code == 0) {
        code = read_memories(head, bytes, size, error);
    }
    if (code == 0) {
        code = check_places(head, bytes, size, error);
    }
    return code ? code : find_parts(head, bytes, error);
}

int snapshot_head_read(struct snapshot_head *head, const uint8_t *bytes,
                       size_t size, struct error *error)
{
    *head = (struct snapshot_head){0};
    int code = check_hash(bytes, size, error);
    if (code == 0) {
        code = read_fields(head, bytes, size, error);
    }
    if (code != 0) {
        snapshot_head_fini(head);
    }
    return code;
}

void snapshot_head_fini(struct snapshot_head *head)
{
    free(head->memories);
    *head = (struct snapshot_head){0};
}
