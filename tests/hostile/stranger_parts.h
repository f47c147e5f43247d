/* SPDX-License-Identifier: Apache-2.0 */
/* Declarations for the makers of strangers' files. */
#ifndef TESTS_HOSTILE_STRANGER_PARTS_H
#define TESTS_HOSTILE_STRANGER_PARTS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/bits.h"
#include "tests/hostile/strangers.h"

/* One of a table. */
#define DRAW(stranger, table)                                                  \
    (table)[stranger_draw(stranger, ARRAY_SIZE(table))]

/* Adds a word to the command line. */
void stranger_say(struct stranger *stranger, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Adds a limit, so that a case ends; and one file that may be written. */
void stranger_say_run(struct stranger *stranger);
/* Writes a file into the case's folder. */
bool stranger_put(const struct stranger *stranger, const char *name,
                  const void *bytes, size_t size);
/* A way to the canary, which must not be one. */
const char *stranger_name_canary(struct stranger *stranger, char *text,
                                 size_t size);
/* Changes some bytes, mostly near the start, where structure is; or cuts the
 * end off, or repeats a part. */
void stranger_spoil(struct stranger *stranger, struct buffer *bytes);

/* A file of the tree, spoilt so. */
bool stranger_put_spoilt(struct stranger *stranger, const char *source,
                         const char *name);

/* Makers of tests/hostile/stranger_talk.c, and of
 * tests/hostile/stranger_images.c. */
bool stranger_make_packets(struct stranger *stranger);
bool stranger_make_script(struct stranger *stranger);
bool stranger_make_image(struct stranger *stranger);
bool stranger_make_token(struct stranger *stranger);

#endif
