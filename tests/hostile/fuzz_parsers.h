/* SPDX-License-Identifier: Apache-2.0 */
/* The rows of tests/hostile/parsers_fuzz.c. */
#ifndef TESTS_HOSTILE_FUZZ_PARSERS_H
#define TESTS_HOSTILE_FUZZ_PARSERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/error.h"

enum { FUZZ_UNPACKED_MAX = 1 << 20 };

struct fuzz_parser {
    /* Returns 0, or an error with a text. */
    int (*parse)(const uint8_t *bytes, size_t size, struct error *error);
    /* Makes a valid file. */
    void (*write)(struct buffer *out);
    /* Puts the checksums of an edited file right; may be NULL. */
    void (*mend)(uint8_t *bytes, size_t size);
    bool refused; /* what is written is, as its making would take too long */
};

/* A row without a parser is the last. */
extern const struct fuzz_parser fuzz_images[];
extern const struct fuzz_parser fuzz_texts[]; /* and keys */

#endif
