/* SPDX-License-Identifier: Apache-2.0 */
/* For functions that read the value of one option. */
#ifndef SESSION_REQUEST_WORD_H
#define SESSION_REQUEST_WORD_H

#include "session/request/request.h"

/* A value to read. */
struct request_word {
    struct session_request *request;
    const char *option;
    const char *text;
    size_t index; /* among those of the option, from 0 */
    struct session_error *error;
};

/* Reads a value into an item of its list, or into request->options where it is
 * no list's. 0, or -EINVAL after filling the error. */
#define OPTION(letter, name, argument, group, value, origin, needs, text)      \
    PARSE_##value
#define PARSE_PATH(field, use, written)
#define PARSE_TEXT(field)
#define PARSE_FLAG(field)
#define PARSE_NUMBER(field, least, most)
#define PARSE_TIME(field)
#define PARSE_LIST(when, type, many, one, parse) PARSE_ONCE(when, parse)
#define PARSE_WORDS(when, many, one)
#define PARSE_ONCE(when, parse)                                                \
    int request_parse_##parse(const struct request_word *word, void *item);
#define PARSE_OWN
#include "session/options.def"
#undef OPTION
#undef PARSE_PATH
#undef PARSE_TEXT
#undef PARSE_FLAG
#undef PARSE_NUMBER
#undef PARSE_TIME
#undef PARSE_LIST
#undef PARSE_WORDS
#undef PARSE_ONCE
#undef PARSE_OWN

/* Memory that lives as long as the request. */
void *request_own(struct session_request *request, void *made);
/* The text up to `end`, which lives as long. */
char *request_cut(struct session_request *request, const char *text,
                  const char *end);
/* The name in FILE or new:FILE, and which of the two it is. */
const char *request_new(const char *value, bool *is_new);

/* A setting KEY=VALUE, or a word alone. */
struct request_setting {
    const char *key;    /* with its '=', or a word that stands for itself */
    const char *values; /* "a|b"; "": any but an empty one; NULL: any */
    size_t field;       /* of the object: a text, or a bool for a word */
};

/* Sets the field of the row that the word is of; false: it is of none. */
bool request_set(const struct request_setting *rows, size_t count,
                 const char *word, void *object);

#endif
