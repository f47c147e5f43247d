/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files of inputs, byte by byte; all numbers are little-endian.
 *
 *     16 bytes  "cairn inputs\n", filled up with zeros
 *      4 bytes  version
 *     frames:   4 bytes of size, the payload, 8 bytes of a check of this
 *               payload and all before it
 *
 * The first payload is the head, the last one the end, and all between them are
 * inputs (struct record_item). The files come from anybody: reading refuses
 * what is no such file, damaged or cut short, and says where.
 */
#ifndef PLATFORM_RECORD_FORMAT_H
#define PLATFORM_RECORD_FORMAT_H

#include "base/buffer.h"
#include "base/error.h"
#include "platform/machine/input.h"

enum { RECORD_NOTE_MAX = 4096 };

/* The run that the file is of. */
struct record_head {
    uint64_t machine;     /* machine_identity() */
    uint64_t caller;      /* what the caller knows beside that */
    struct moment start;  /* its inputs are 0 */
    uint64_t start_state; /* cairn_state_hash() there */
    /* The words by which the caller asked for the machine
     * (machine/origin.h); read, they point into the file. */
    const uint8_t *origin;
    size_t origin_size;
};

enum record_kind { RECORD_INPUT, RECORD_END };

struct record_item {
    enum record_kind kind;
    struct moment at;
    bool has_state; /* state is known: of an input of all but memory and time,
                       of the end cairn_state_hash() */
    uint64_t state;
    /* For an input; its subject is the name, its bytes point into the file. */
    struct input input;
    const char *subject; /* subject_size bytes, no NUL behind them */
    size_t subject_size; /* 0: there is none */
    int64_t result;
    /* For the end: the caller's bytes. */
    const void *note;
    size_t note_size;
};

/* A kind by its number in files, NULL past the last. */
const struct input_type *record_type(size_t number);
/* -ENOENT for one that is never in a file. */
int record_number(const struct input_type *type, size_t *number);

/* ---- Writing ------------------------------------------------------------- */

/* Append to *out; *check is carried from frame to frame. */
void record_put_head(const struct record_head *head, uint64_t *check,
                     struct buffer *out);
void record_put_item(const struct record_item *item, uint64_t *check,
                     struct buffer *out);

/* ---- Reading ------------------------------------------------------------- */

struct record_reader {
    const uint8_t *bytes;
    size_t size;
    size_t at;
    uint64_t check;
    bool ended; /* the end was read */
};

/* 0, or -EINVAL and *error, which names the byte. */
int record_get_head(struct record_reader *reader, struct record_head *head,
                    struct error *error);
/* -ENOENT behind the end. */
int record_get_item(struct record_reader *reader, struct record_item *item,
                    struct error *error);

#endif
