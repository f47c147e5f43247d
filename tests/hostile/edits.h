/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For fuzzers of file formats: an input is a list of edits, of three bytes each
 * (a 16-bit place and a value), of a valid file that the fuzzer makes by the
 * project's own writer. Long stretches of erased flash or zeros are no places,
 * so that most edits change what a parser looks at.
 */
#ifndef TESTS_HOSTILE_EDITS_H
#define TESTS_HOSTILE_EDITS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"

enum { EDIT_SIZE = 3, EDIT_GAP = 2048, EDIT_SPANS = 32 };

/* A valid file. Zero-initialised is not made yet. */
struct edited {
    struct buffer valid;
    struct {
        size_t offset;
        size_t size;
    } spans[EDIT_SPANS];
    size_t span_count;
    size_t places; /* the sizes of all spans */
};

static inline size_t edits_run(const struct buffer *file, size_t at)
{
    size_t end = at;
    while (end < file->size && file->bytes[end] == file->bytes[at]) {
        end++;
    }
    return end - at;
}

/* After valid was written. */
static inline void edits_find_places(struct edited *edited)
{
    const struct buffer *file = &edited->valid;
    size_t run;
    bool inside = false;
    for (size_t at = 0; at < file->size; at += run) {
        run = edits_run(file, at);
        if (run >= EDIT_GAP && edited->span_count < EDIT_SPANS) {
            inside = false;
            continue;
        }
        if (!inside) {
            edited->spans[edited->span_count++].offset = at;
        }
        inside = true;
        edited->spans[edited->span_count - 1].size += run;
        edited->places += run;
    }
    if (edited->places == 0) {
        abort();
    }
}

static inline size_t edits_place(const struct edited *edited, size_t number)
{
    size_t i = 0;
    number %= edited->places;
    while (number >= edited->spans[i].size) {
        number -= edited->spans[i++].size;
    }
    return edited->spans[i].offset + number;
}

/* The edited file, or the input itself if edited is NULL, in memory of its
 * size, whose end a sanitizer sees; the caller frees it. */
static inline uint8_t *edits_apply(const struct edited *edited,
                                   const uint8_t *input, size_t size,
                                   size_t *file_size)
{
    *file_size = edited ? edited->valid.size : size;
    uint8_t *bytes = malloc(*file_size);
    if (!bytes && *file_size != 0) {
        abort();
    }
    if (*file_size != 0) {
        memcpy(bytes, edited ? edited->valid.bytes : input, *file_size);
    }
    for (size_t at = 0; edited && at + EDIT_SIZE <= size; at += EDIT_SIZE) {
        size_t number = (size_t)(input[at] | input[at + 1] << 8);
        bytes[edits_place(edited, number)] = input[at + 2];
    }
    return bytes;
}

#endif
