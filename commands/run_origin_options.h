/* SPDX-License-Identifier: Apache-2.0 */
/* The options of which the origin of a snapshot or record consists: what a
 * machine is made of. */
#ifndef COMMANDS_RUN_ORIGIN_OPTIONS_H
#define COMMANDS_RUN_ORIGIN_OPTIONS_H

#include <stddef.h>

/* The part of a value that is a path. */
enum value {
    VALUE_PLAIN, /* nothing */
    VALUE_FILE,
    VALUE_NAMED_FILE,        /* NAME=FILE: what follows the first '=' */
    VALUE_PLACED_FILE,       /* FILE[@ADDRESS] */
    VALUE_NAMED_PLACED_FILE, /* NAME=FILE[@ADDRESS] */
    VALUE_GUEST,             /* a folder, unless the program carries it */
    VALUE_SHARED, /* a folder whose files a guest changes: not followed */
    VALUE_CLOCK,  /* nothing, and "now" is the date that it was */
};

struct kept {
    const char *option;
    enum value value;
};

/* The index-th option that is kept; NULL past the end. */
const struct kept *run_origin_option(size_t index);
/* The option whose name these characters are; NULL: it is not kept. */
const struct kept *run_origin_find(const char *name, size_t length);
/* The same of options that a record does not bring; the user names them. */
const char *run_origin_find_renamed(const char *name, size_t length);
/* The part of a NAME=FILE that is a path, or the end of it. */
const char *run_origin_named_file(const char *value);

#endif
