/* SPDX-License-Identifier: Apache-2.0 */
/* Defaults and the table of a session's options. */
#include "session/options.h"

#include <string.h>

#include "session/option_table.h"

#define REVERSE_MEMORY_DEFAULT (256ull << 20)
#define HASH_DISTANCE_DEFAULT  1000000ull
/* A prime, so that no loop is in step with it. */
#define PROFILE_PERIOD_DEFAULT 20011ull
/* The size of all memories of a board together, as the library has it. */
#define MEMORY_MOST (16ull << 30)

#define OFFSET(field) offsetof(struct session_options, field)
#define READ_ONLY     SESSION_READ_ONLY

#define OPTION(letter, words, argument, group, kind, kept, needs, text)        \
    {.name = (words), .origin = SESSION_ORIGIN_##kept, .value = VALUE_##kind},
#define VALUE_PATH(at, use_made, file_use)                                     \
    SESSION_VALUE_PATH, .field = OFFSET(at), .use = SESSION_USE_##use_made,    \
                        .written = (file_use)
#define VALUE_TEXT(at) SESSION_VALUE_TEXT, .field = OFFSET(at)
#define VALUE_FLAG(at) SESSION_VALUE_FLAG, .field = OFFSET(at)
#define VALUE_NUMBER(at, low, high)                                            \
    SESSION_VALUE_NUMBER, .field = OFFSET(at), .least = (low), .most = (high)
#define VALUE_TIME(at) SESSION_VALUE_TIME, .field = OFFSET(at)
#define VALUE_LIST(when, type, many, one, parse)                               \
    SESSION_VALUE_LIST, .field = OFFSET(many),                                 \
                        .count_field = OFFSET(one##_count),                    \
                        .item_size = sizeof(type)
#define VALUE_WORDS(when, many, one) VALUE_LIST(when, char *, many, one, )
#define VALUE_ONCE(when, parse)      SESSION_VALUE_OWN
#define VALUE_OWN                    SESSION_VALUE_OWN

const struct session_option session_options_table[SESSION_OPTIONS] = {
#include "session/options.def"
};

void session_options_init(struct session_options *options)
{
    *options = (struct session_options){
        .seed = 1,
        .reverse_memory = REVERSE_MEMORY_DEFAULT,
        .hash_distance = HASH_DISTANCE_DEFAULT,
        .profile_period = PROFILE_PERIOD_DEFAULT,
        .mailbox_user = 1,
    };
}

const char *session_option_text(const struct session_option *option,
                                const struct session_options *options)
{
    const char *text;
    memcpy(&text, (const char *)options + option->field, sizeof(text));
    return text;
}
