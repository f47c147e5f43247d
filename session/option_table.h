/* SPDX-License-Identifier: Apache-2.0 */
/* The rows of session/options.def that say where values go and what becomes of
 * them, in the order of the file. */
#ifndef SESSION_OPTION_TABLE_H
#define SESSION_OPTION_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum session_value {
    SESSION_VALUE_OWN, /* no field, or one that a function fills */
    SESSION_VALUE_PATH,
    SESSION_VALUE_TEXT,
    SESSION_VALUE_FLAG,
    SESSION_VALUE_NUMBER,
    SESSION_VALUE_TIME,
    SESSION_VALUE_LIST,
};

/* The use that a session makes of a file after the machine is built. */
enum session_use {
    SESSION_USE_NONE, /* it was read, or is open */
    SESSION_USE_READ,
    SESSION_USE_BESIDE,  /* the files of its folder are read */
    SESSION_USE_GUEST,   /* the same, of a folder that was found by its name */
    SESSION_USE_REPLACE, /* as a whole, at the end */
    SESSION_USE_SOCKET, /* an address: the file of one with a path is removed */
    SESSION_USE_FOLDER, /* files in it are read, made, renamed and removed */
};

/*
 * An option shapes the machine, and a snapshot or record keeps it, with a path
 * in its value; or a run that goes on has to name it again: files that a guest
 * changes, networks, and where the run began; or neither.
 */
enum session_origin {
    SESSION_ORIGIN_NOT_KEPT,
    SESSION_ORIGIN_INPUT, /* a file that the machine begins with */
    SESSION_ORIGIN_AGAIN,
    SESSION_ORIGIN_AGAIN_INPUT,
    SESSION_ORIGIN_PLAIN, /* kept, from here on: without a path */
    SESSION_ORIGIN_FILE,
    SESSION_ORIGIN_NAMED_FILE,  /* NAME=FILE: what follows the first '=' */
    SESSION_ORIGIN_PLACED_FILE, /* FILE[@ADDRESS] */
    SESSION_ORIGIN_NAMED_PLACED_FILE, /* NAME=FILE[@ADDRESS] */
    SESSION_ORIGIN_GUEST,  /* a folder, unless the program carries it */
    SESSION_ORIGIN_SHARED, /* a folder whose files a guest changes */
    SESSION_ORIGIN_CLOCK,  /* without a path; "now" is the date that it was */
};

struct session_option {
    const char *name;
    enum session_origin origin;
    enum session_value value;
    size_t field; /* offset in struct session_options, and of a list: */
    size_t count_field;
    size_t item_size;
    uint64_t least; /* of a number */
    uint64_t most;
    enum session_use use; /* of a path */
    int written;          /* enum file_use, or SESSION_READ_ONLY */
};

enum { SESSION_READ_ONLY = -1 };

/* clang-format off */
#define OPTION(letter, name, argument, group, value, origin, needs, text) +1
enum {
    SESSION_OPTIONS = 0
#include "session/options.def"
};
#undef OPTION
/* clang-format on */

extern const struct session_option session_options_table[SESSION_OPTIONS];

struct session_options;

/* The text in the field of a PATH or TEXT; NULL: it was not given. */
const char *session_option_text(const struct session_option *option,
                                const struct session_options *options);

#endif
