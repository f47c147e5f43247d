/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Options in words: their rows, those that were given, and the conditions under
 * which they have an effect. Help, man pages, completion and parsers read the
 * rows.
 */
#ifndef SESSION_REQUEST_OPTION_H
#define SESSION_REQUEST_OPTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "session/error.h"

struct session_request;

/* The facts that conditions judge; each front end fills in its own. */
struct option_context {
    const struct session_request *request;
    unsigned kind;     /* of a file or a generation, a bit of `kinds` */
    const char *words; /* for that kind */
};

/* One part of a condition. */
struct option_need {
    enum {
        OPTION_NEEDS_END,
        OPTION_NEEDS_WITH,    /* the option `name` was given */
        OPTION_NEEDS_WITHOUT, /* it was not, or not with `about` as its value */
        OPTION_NEEDS_BEHIND, /* each stands behind another one of that name; but
                                with the option `about` the first needs none */
        OPTION_NEEDS_HELD,   /* `holds` says so */
    } relation;
    bool either; /* it is enough that this one or the next is met */
    const char *name;
    const char *about;
    unsigned kinds;
    /* If it does not hold, why says why, as the end of a sentence about the
     * option. */
    bool (*holds)(const struct option_context *context,
                  const struct option_need *need, struct buffer *why);
};

/* clang-format off */
/* The column `needs` of a row: all of the list must be met. */
#define NEEDS(...) (const struct option_need[]){__VA_ARGS__, {.name = NULL}}
#define ALWAYS     NULL
#define WITH(option)           {OPTION_NEEDS_WITH, .name = (option)}
#define EITHER_WITH(option)    {OPTION_NEEDS_WITH, true, .name = (option)}
#define WITHOUT(option)        {OPTION_NEEDS_WITHOUT, .name = (option)}
#define EITHER_WITHOUT(option) {OPTION_NEEDS_WITHOUT, true, .name = (option)}
#define WITHOUT_VALUE(option, value) \
    {OPTION_NEEDS_WITHOUT, .name = (option), .about = (value)}
#define BEHIND(option, unless) \
    {OPTION_NEEDS_BEHIND, .name = (option), .about = (unless)}
/* clang-format on */

/* The text of --password-file, which several commands have. */
#define PASS_PHRASE_TEXT                                                       \
    "pass phrase of encrypted private keys: the first line of FILE, "          \
    "which may be /dev/fd/NUMBER (default: CAIRN_PASSWORD of the "             \
    "environment, or the terminal is asked)"

/*
 * Rows are full. argument is the placeholder that help shows, NULL for a flag;
 * one with bars ("text|json") lists the values that the parser admits, or in
 * capitals what else it does ("hello|FOLDER": anything). One that ends in "..."
 * may be given several times, any other value once; "[=FILE]" may be left out,
 * and is attached by '='. Placeholders that complete to paths contain FILE or
 * FOLDER. group is a heading of the help page, or NULL. Where needs are not met
 * the option is misuse.
 */
struct option {
    char letter; /* or 0 */
    const char *name;
    const char *argument;
    const char *group;
    const struct option_need *needs; /* NULL: none */
    const char *text;
};

/* True if the option's argument may be left out. */
static inline bool option_is_free(const struct option *option)
{
    return option->argument && option->argument[0] == '[' &&
           option->argument[1] == '=';
}

/* Options that were given, in order, of a table. */
struct given {
    const struct option *option;
    const char *value;
};

struct given_options {
    const struct option *options;
    size_t option_count;
    struct given *list;
    size_t count;
};

/* The row with a name of so many characters, or NULL. */
const struct option *given_find(const struct given_options *given,
                                const char *name, size_t length);
/* The names must be in the table. value is the last one given, or NULL; nth and
 * count are about repeated ones, from 0. */
bool given_flag(const struct given_options *given, const char *name);
const char *given_value(const struct given_options *given, const char *name);
const char *given_nth(const struct given_options *given, const char *name,
                      size_t index);
size_t given_count(const struct given_options *given, const char *name);
/* For another option, the value that stands behind that one and before the next
 * of its name; NULL: there is none. */
const char *given_behind(const struct given_options *given, const char *name,
                         size_t index, const char *other);
/* A number from least to most, see base/number.h. Leaves *value alone when the
 * option was not given. 0, or -EINVAL after filling *error. */
int given_number(const struct given_options *given, const char *name,
                 uint64_t least, uint64_t most, uint64_t *value,
                 struct session_error *error);
/* -EINVAL, after filling *error, when an option that was given has no effect.
 * Without a context what `holds` says counts as met. */
int given_check(const struct given_options *given,
                const struct option_context *context,
                struct session_error *error);

#endif
