/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The origin of a machine: the words of its command line ("virt", "--cpus=2"),
 * each with its NUL. The maker of the file chose them, so words with control
 * characters for a terminal are refused. Pure: bytes in, words out.
 */
#ifndef PLATFORM_MACHINE_ORIGIN_H
#define PLATFORM_MACHINE_ORIGIN_H

#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/error.h"

/* Bytes that are words: -EINVAL, and the byte with its value in *error, for
 * what is none. place is where the first of them is, for that message. */
int origin_check(const uint8_t *bytes, size_t size, uint64_t place,
                 struct error *error);
/* Appends the words; -EINVAL for what a check would refuse. */
int origin_pack(struct buffer *out, const char *const *words, size_t count,
                struct error *error);
/* Words of bytes that were checked: NULL behind the last, all of it one piece,
 * which the caller frees. */
char **origin_words(const uint8_t *bytes, size_t size, size_t *count);
/* The same as a line for people and shells. */
void origin_print(const uint8_t *bytes, size_t size, struct buffer *out);

#endif
