/* SPDX-License-Identifier: Apache-2.0 */
/* Heads of snapshot files come from anybody: reading one either refuses it and
 * says why, or its fields make the same head again. */
#include <string.h>

#include "base/bits.h"
#include "base/hash.h"
#include "platform/machine/origin.h"
#include "platform/snapshot/head.h"
#include "tests/fuzz.h"

/* Words have bytes, and a line shows them in plain ASCII. */
static void check_origin(const struct snapshot_head *head)
{
    size_t count = 0;
    struct buffer line = {0};
    char **words = origin_words(head->origin, head->origin_size, &count);
    size_t size = 0;
    for (size_t i = 0; i < count; i++) {
        size += strlen(words[i]) + 1;
        if (words[i][0] == '\0') {
            abort();
        }
    }
    origin_print(head->origin, head->origin_size, &line);
    for (size_t i = 0; i < line.size; i++) {
        if (line.bytes[i] < ' ' || line.bytes[i] >= 0x7f) {
            abort();
        }
    }
    if (size != head->origin_size || words[count] != NULL) {
        abort();
    }
    free(words);
    buffer_fini(&line);
}

/* Checks one that was read, whose last word is its hash. */
static void check_again(const struct snapshot_head *head, const uint8_t *bytes,
                        size_t size)
{
    struct buffer again = {0};
    snapshot_head_write(head, &again);
    /* Padding is not looked at, and is zeros in what is written. */
    if (again.size != size || memcmp(again.bytes, bytes, 64) != 0) {
        abort();
    }
    for (size_t i = 0; i < head->memory_count; i++) {
        const struct snapshot_memory *memory = &head->memories[i];
        size_t pages = (size_t)(memory->size_bytes >> 12);
        uint64_t held = 0;
        for (size_t page = 0; page < pages; page++) {
            held += snapshot_page_held(memory, page);
        }
        if (held != memory->pages ||
            memory->offset + memory->size_bytes < memory->offset) {
            abort();
        }
    }
    buffer_fini(&again);
    check_origin(head);
}

FUZZ(data, size)
{
    struct error error = {""};
    struct snapshot_head head;
    uint64_t head_size = 0;
    uint8_t *bytes = malloc(size + 1);
    if (!bytes) {
        abort();
    }
    memcpy(bytes, data, size);
    /* Sizes are the file's, so that inputs come as far as the fields. */
    if (size >= SNAPSHOT_FIXED_SIZE + 8) {
        store_le64(bytes + 24, size);
        store_le64(bytes + size - 8, hash64(0, bytes, size - 8));
    }
    uint64_t file_size =
        size >= SNAPSHOT_FIXED_SIZE ? load_le64(bytes + 32) : size;
    int code =
        snapshot_head_measure(bytes, size, file_size, &head_size, &error);
    if (code == 0 && head_size == size) {
        code = snapshot_head_read(&head, bytes, size, &error);
        if (code == 0) {
            check_again(&head, bytes, size);
            snapshot_head_fini(&head);
        }
    }
    if (code != 0 && error.text[0] == '\0') {
        abort(); /* a refusal without a reason */
    }
    free(bytes);
    return 0;
}
