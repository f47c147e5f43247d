/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a machine was asked for: words as one would type them ("virt",
 * "--cpus=2"), each with its NUL. They come from whoever made the file, so what
 * a terminal would obey is in none of them. Pure: bytes in, words out.
 */
#ifndef PLATFORM_SNAPSHOT_ORIGIN_H
#define PLATFORM_SNAPSHOT_ORIGIN_H

#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/error.h"

/* Bytes that are words: -EINVAL, and the byte with its value in *error, for
 * what is none. place is where the first of them is, for that message. */
int snapshot_origin_check(const uint8_t *bytes, size_t size, uint64_t place,
                          struct error *error);
/* Appends the words; -EINVAL for what a check would refuse. */
int snapshot_origin_pack(struct buffer *out, const char *const *words,
                         size_t count, struct error *error);
/* Words of bytes that were checked: NULL behind the last, all of it one piece,
 * which the caller frees. */
char **snapshot_origin_words(const uint8_t *bytes, size_t size, size_t *count);
/* The same as a line for people and shells. */
void snapshot_origin_print(const uint8_t *bytes, size_t size,
                           struct buffer *out);

#endif
