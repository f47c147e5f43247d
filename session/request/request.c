/* SPDX-License-Identifier: Apache-2.0 */
/* Reading all options of a request by their table, and choosing the board. */
#include "session/request/request.h"

#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/number.h"
#include "session/option_table.h"
#include "session/request/word.h"

enum when { EARLY, LATE };

static int take_word(const struct request_word *word, void *item)
{
    *(const char **)item = word->text;
    return 0;
}

static const struct reader {
    enum when when;
    int (*parse)(const struct request_word *word, void *item);
} readers[SESSION_OPTIONS] = {
#define OPTION(letter, name, argument, group, value, origin, needs, text)      \
    {READER_##value},
#define READER_PATH(field, use, written)          EARLY, NULL
#define READER_TEXT(field)                        EARLY, NULL
#define READER_FLAG(field)                        EARLY, NULL
#define READER_NUMBER(field, least, most)         LATE, NULL
#define READER_TIME(field)                        LATE, NULL
#define READER_LIST(when, type, many, one, parse) when, request_parse_##parse
#define READER_WORDS(when, many, one)             when, take_word
#define READER_ONCE(when, parse)                  when, request_parse_##parse
#define READER_OWN                                EARLY, NULL
#include "session/options.def"
};

/* ---- For those who read a value ------------------------------------------ */

void *request_own(struct session_request *request, void *made)
{
    buffer_append(&request->owned, &made, sizeof(made));
    return made;
}

char *request_cut(struct session_request *request, const char *text,
                  const char *end)
{
    return request_own(request, xstrndup(text, (size_t)(end - text)));
}

const char *request_new(const char *value, bool *is_new)
{
    static const char prefix[] = "new:";
    *is_new = strncmp(value, prefix, sizeof(prefix) - 1) == 0;
    return value + (*is_new ? sizeof(prefix) - 1 : 0);
}

static bool is_one_of(const char *value, const char *words)
{
    size_t length = strlen(value);
    for (const char *at = words; *at != '\0';) {
        size_t size = strcspn(at, "|");
        if (size == length && strncmp(at, value, size) == 0) {
            return true;
        }
        at += size + (at[size] == '|');
    }
    return false;
}

bool request_set(const struct request_setting *rows, size_t count,
                 const char *word, void *object)
{
    for (size_t i = 0; i < count; i++) {
        const size_t length = strlen(rows[i].key);
        const char *value = word + length;
        char *field = (char *)object + rows[i].field;
        if (strncmp(rows[i].key, word, length) != 0) {
            continue;
        }
        if (rows[i].key[length - 1] != '=' && *value == '\0') {
            *(bool *)field = true;
            return true;
        }
        if (rows[i].key[length - 1] == '=' &&
            (!rows[i].values ||
             (*rows[i].values ? is_one_of(value, rows[i].values)
                              : *value != '\0'))) {
            memcpy(field, &value, sizeof(value));
            return true;
        }
    }
    return false;
}

/* ---- By the table -------------------------------------------------------- */

static int read_time(const struct request_word *word, uint64_t *ns)
{
    return word->text && (!time_parse(word->text, ns) || *ns == 0)
               ? session_misuse(word->error, word->option,
                                "'%s' is no time above 0, for example 30s or "
                                "250ms",
                                word->text)
               : 0;
}

static int read_list(const struct session_option *option,
                     struct request_word *word,
                     int (*parse)(const struct request_word *word, void *item))
{
    struct session_request *request = word->request;
    char *options = (char *)&request->options;
    const size_t count = given_count(request->given, option->name);
    char *items = request_own(request, xcalloc(count + 1, option->item_size));
    int code = 0;
    for (word->index = 0; code == 0 && word->index < count; word->index++) {
        word->text = given_nth(request->given, option->name, word->index);
        code = parse(word, items + word->index * option->item_size);
    }
    memcpy(options + option->field, &items, sizeof(items));
    memcpy(options + option->count_field, &count, sizeof(count));
    return code;
}

static int read_option(struct session_request *request, size_t row,
                       struct session_error *error)
{
    const struct session_option *option = &session_options_table[row];
    const struct reader *reader = &readers[row];
    const char *text = given_value(request->given, option->name);
    void *field = (char *)&request->options + option->field;
    struct request_word word = {request, option->name, text, 0, error};
    switch (option->value) {
    case SESSION_VALUE_PATH:
    case SESSION_VALUE_TEXT:
        memcpy(field, &text, sizeof(text));
        return 0;
    case SESSION_VALUE_FLAG:
        *(bool *)field = given_flag(request->given, option->name);
        return 0;
    case SESSION_VALUE_NUMBER:
        return given_number(request->given, option->name, option->least,
                            option->most, field, error);
    case SESSION_VALUE_TIME:
        return read_time(&word, field);
    case SESSION_VALUE_LIST:
        return read_list(option, &word, reader->parse);
    default:
        return reader->parse && given_flag(request->given, option->name)
                   ? reader->parse(&word, NULL)
                   : 0;
    }
}

static int read_options(struct session_request *request, enum when when,
                        struct session_error *error)
{
    int code = 0;
    for (size_t i = 0; code == 0 && i < SESSION_OPTIONS; i++) {
        code = readers[i].when == when ? read_option(request, i, error) : 0;
    }
    return code;
}

int session_request_begin(struct session_request *request,
                          struct session_error *error)
{
    struct session_options *options = &request->options;
    session_options_init(options);
    options->board = session_request_board(request);
    int code = read_options(request, EARLY, error);
    if (options->flash) {
        options->flash = request_new(options->flash, &options->new_flash);
    }
    if (options->fuse_array) {
        options->fuse_array =
            request_new(options->fuse_array, &options->new_fuse_array);
    }
    return code;
}

int session_request_complete(struct session_request *request,
                             const struct session *session,
                             struct session_error *error)
{
    request->session = session;
    request->options.terminal = request->has_terminal;
    const struct option_context context = {.request = request};
    int code = given_check(request->given, &context, error);
    return code ? code : read_options(request, LATE, error);
}

void session_request_fini(struct session_request *request)
{
    char **owned = (char **)(void *)request->owned.bytes;
    for (size_t i = 0; i < request->owned.size / sizeof(*owned); i++) {
        free(owned[i]);
    }
    buffer_fini(&request->owned);
}

/* ---- The board ----------------------------------------------------------- */

/* The built-in boards that options choose; the first row that holds counts. */
static const struct choice {
    const char *operand; /* BOARD as it was given; NULL: it was not */
    const char *option;  /* that was given; NULL: any */
    const char *value;   /* its value; NULL: any */
    const char *board;
} choices[] = {
    {NULL,   "guest",      NULL,  "trust"              },
    {NULL,   "generation", "1.0", "caliptra-1.0"       },
    {NULL,   "generation", "1.1", "caliptra-1.1"       },
    {NULL,   NULL,         NULL,  SESSION_BOARD_DEFAULT},
    {"virt", "gic",        "2",   "virt"               },
    {"virt", "gic",        "3",   "virt-gicv3"         },
};

/* True if a row is about the operand that was given, or about none. */
static bool is_about(const struct choice *choice, const char *operand)
{
    return choice->operand ? operand && strcmp(choice->operand, operand) == 0
                           : !operand;
}

static bool holds(const struct choice *choice,
                  const struct session_request *request)
{
    const char *given =
        choice->option ? given_value(request->given, choice->option) : NULL;
    return is_about(choice, request->operand) &&
           (!choice->option ||
            (given && (!choice->value || strcmp(choice->value, given) == 0)));
}

const char *session_request_board(const struct session_request *request)
{
    for (size_t i = 0; i < ARRAY_SIZE(choices); i++) {
        if (holds(&choices[i], request)) {
            return choices[i].board;
        }
    }
    return request->operand;
}

/* An earlier row that holds leaves those behind it nothing to say. */
bool session_request_chooses(const struct session_request *request,
                             const char *option)
{
    for (size_t i = 0; i < ARRAY_SIZE(choices); i++) {
        bool named =
            choices[i].option && strcmp(choices[i].option, option) == 0;
        if (named && is_about(&choices[i], request->operand)) {
            return true;
        }
        if (holds(&choices[i], request)) {
            return false;
        }
    }
    return false;
}
