/* SPDX-License-Identifier: Apache-2.0 */
/* A command line against an option table: parsing it, and asking for what was
 * given. */
#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/guess.h"
#include "commands/command.h"

/* ---- What was given ------------------------------------------------------ */

static const struct option *find_option(const struct command *command,
                                        const char *name, size_t length)
{
    for (size_t i = 0; i < command->option_count; i++) {
        const struct option *option = &command->options[i];
        if (strncmp(option->name, name, length) == 0 &&
            option->name[length] == '\0') {
            return option;
        }
    }
    return NULL;
}

const char *arguments_nth(const struct arguments *arguments, const char *name,
                          size_t index)
{
    const struct option *option =
        find_option(arguments->command, name, strlen(name));
    assert(option);
    for (size_t i = 0; i < arguments->given_count; i++) {
        if (arguments->given[i].option == option && index-- == 0) {
            return arguments->given[i].value;
        }
    }
    return NULL;
}

size_t arguments_count(const struct arguments *arguments, const char *name)
{
    const struct option *option =
        find_option(arguments->command, name, strlen(name));
    assert(option);
    size_t count = 0;
    for (size_t i = 0; i < arguments->given_count; i++) {
        count += arguments->given[i].option == option;
    }
    return count;
}

const char *arguments_behind(const struct arguments *arguments,
                             const char *name, size_t index, const char *other)
{
    size_t before = 0; /* how many of that name */
    for (size_t i = 0; i < arguments->given_count; i++) {
        const struct given *given = &arguments->given[i];
        before += strcmp(given->option->name, name) == 0;
        if (before == index + 1 && strcmp(given->option->name, other) == 0) {
            return given->value;
        }
    }
    return NULL;
}

const char **arguments_all(const struct arguments *arguments, const char *name,
                           size_t *count)
{
    *count = arguments_count(arguments, name);
    const char **values = xcalloc(*count + 1, sizeof(*values));
    for (size_t i = 0; i < *count; i++) {
        values[i] = arguments_nth(arguments, name, i);
    }
    return values;
}

bool arguments_flag(const struct arguments *arguments, const char *name)
{
    return arguments_count(arguments, name) != 0;
}

const char *arguments_value(const struct arguments *arguments, const char *name)
{
    size_t count = arguments_count(arguments, name);
    return count ? arguments_nth(arguments, name, count - 1) : NULL;
}

/* The power of 1024 that a unit stands for, as a shift; -1: it is none. They
 * are those of qemu-img(1), in both cases. */
static int unit_shift(const char *unit)
{
    static const char units[] = "KMGTPE";
    if (*unit == '\0') {
        return 0;
    }
    const char *at = strchr(units, toupper((unsigned char)*unit));
    return at && unit[1] == '\0' ? 10 * (int)(at - units + 1) : -1;
}

enum { FRACTION_MAX = 1000000000 };

int command_read_number(const char *text, uint64_t *value)
{
    int base = 10;
    if (text[0] == '0' && (text[1] == 'x' || text[1] == 'b')) {
        base = text[1] == 'x' ? 16 : 2;
        text += 2;
    }
    /* strtoull alone would take signs and blanks. */
    bool digit = (*text >= '0' && *text <= '9') ||
                 (base == 16 && strchr("abcdefABCDEF", *text) && *text);
    if (!digit) {
        return -EINVAL;
    }
    char *end;
    errno = 0;
    unsigned long long number = strtoull(text, &end, base);
    bool large = errno == ERANGE;
    uint64_t fraction = 0;
    uint64_t scale = 1;
    if (base == 10 && *end == '.' && end[1] >= '0' && end[1] <= '9') {
        for (end++; *end >= '0' && *end <= '9'; end++) {
            if (scale < FRACTION_MAX) {
                fraction = 10 * fraction + (uint64_t)(*end - '0');
                scale *= 10;
            }
        }
    }
    int shift = unit_shift(end);
    if (shift < 0 || end == text || (scale != 1 && shift == 0)) {
        return -EINVAL;
    }
    if (large || number > UINT64_MAX >> shift) {
        return -ERANGE;
    }
    /* Whole bytes of the fraction: as shift is at most 60, by 128 bits. */
    *value = (number << shift) +
             (uint64_t)(((unsigned __int128)fraction << shift) / scale);
    return 0;
}

bool command_parse_number(const char *text, uint64_t *value)
{
    return command_read_number(text, value) == 0;
}

bool command_parse_time(const char *text, uint64_t *ns)
{
    static const struct {
        const char *name;
        uint64_t ns;
    } units[] = {
        {"s",  1000000000},
        {"ms", 1000000   },
        {"us", 1000      },
        {"ns", 1         },
    };
    size_t digits = strspn(text, "0123456789");
    if (digits == 0 || digits > 12) {
        return false;
    }
    for (size_t i = 0; i < ARRAY_SIZE(units); i++) {
        if (strcmp(text + digits, units[i].name) == 0) {
            return !__builtin_mul_overflow(strtoull(text, NULL, 10),
                                           units[i].ns, ns);
        }
    }
    return false;
}

int arguments_number_from(const struct arguments *arguments, const char *name,
                          uint64_t least, uint64_t most, uint64_t *value)
{
    const char *text = arguments_value(arguments, name);
    uint64_t number = 0;
    int code = text ? command_read_number(text, &number) : 0;
    if (code == -EINVAL) {
        return command_misuse(
            arguments, "option '--%s': '%s' is not a number%s", name, text,
            *text >= '0' && *text <= '9'
                ? " with one of the units k, M, G, T, P and "
                  "E, powers of 1024"
                : "");
    }
    if (code || (text && (number < least || number > most))) {
        return command_misuse(
            arguments, "option '--%s': '%s' is out of range, %llu to %llu",
            name, text, (unsigned long long)least, (unsigned long long)most);
    }
    *value = text ? number : *value;
    return COMMAND_DONE;
}

int arguments_number(const struct arguments *arguments, const char *name,
                     uint64_t *value)
{
    return arguments_number_from(arguments, name, 0, UINT64_MAX, value);
}

/* ---- Parsing ------------------------------------------------------------- */

static int unknown_option(const struct arguments *arguments, const char *word)
{
    const struct command *command = arguments->command;
    struct guess guess = GUESS(word);
    for (size_t i = 0; i < command->option_count; i++) {
        guess_consider(&guess, command->options[i].name);
    }
    guess_consider(&guess, "help");
    if (guess.best[0]) {
        return command_misuse(arguments,
                              "unknown option '--%s', did you mean '--%s'?",
                              word, guess.best);
    }
    return command_misuse(arguments,
                          "unknown option '--%s', see 'cairn %s --help'", word,
                          command->name);
}

struct parser {
    struct arguments *arguments;
    const char *const *words;
    size_t count;
    size_t next;
    bool help;
};

/* A choice in capitals stands for whatever else there may be. */
static bool is_choice(const char *choices, const char *value)
{
    size_t length = strlen(value);
    for (const char *at = choices; at; at = strchr(at, '|')) {
        at += *at == '|';
        if ((*at >= 'A' && *at <= 'Z' && length != 0) ||
            (strncmp(at, value, length) == 0 &&
             (at[length] == '|' || at[length] == '\0'))) {
            return true;
        }
    }
    return false;
}

static bool repeats(const struct option *option)
{
    size_t length = strlen(option->argument);
    return length > 3 && strcmp(option->argument + length - 3, "...") == 0;
}

static int give(struct parser *parser, const struct option *option,
                const char *value)
{
    struct arguments *arguments = parser->arguments;
    if (value && !repeats(option) &&
        arguments_count(arguments, option->name) != 0) {
        return command_misuse(arguments, "option '--%s' was given twice",
                              option->name);
    }
    if (value && strchr(option->argument, '|') &&
        !is_choice(option->argument, value)) {
        return command_misuse(arguments, "option '--%s': '%s' is not one of %s",
                              option->name, value, option->argument);
    }
    arguments->given[arguments->given_count++] = (struct given){option, value};
    return COMMAND_DONE;
}

/* The value after an option's name: attached, or the next word. */
static int take_value(struct parser *parser, const struct option *option,
                      const char *attached)
{
    if (attached) {
        return give(parser, option, attached);
    }
    if (parser->next == parser->count) {
        return command_misuse(parser->arguments,
                              "option '--%s' needs an argument %s",
                              option->name, option->argument);
    }
    return give(parser, option, parser->words[parser->next++]);
}

static int parse_long(struct parser *parser, const char *word)
{
    const char *equals = strchr(word, '=');
    size_t length = equals ? (size_t)(equals - word) : strlen(word);
    if (!equals && strcmp(word, "help") == 0) {
        parser->help = true;
        return COMMAND_DONE;
    }
    const struct option *option =
        find_option(parser->arguments->command, word, length);
    if (!option) {
        char *name = strndup(word, length);
        int result = unknown_option(parser->arguments, name ? name : word);
        free(name);
        return result;
    }
    if (option->argument && (equals || !option_is_free(option))) {
        return take_value(parser, option, equals ? equals + 1 : NULL);
    }
    if (equals) {
        return command_misuse(parser->arguments,
                              "option '--%s' takes no argument", option->name);
    }
    return give(parser, option, NULL);
}

/* A word of letters: flags, the last of which may take the rest as value. */
static int parse_letters(struct parser *parser, const char *letters)
{
    const struct command *command = parser->arguments->command;
    for (const char *at = letters; *at; at++) {
        const struct option *option = NULL;
        for (size_t i = 0; i < command->option_count && !option; i++) {
            if (command->options[i].letter == *at) {
                option = &command->options[i];
            }
        }
        if (!option && *at == 'h') {
            parser->help = true;
            return COMMAND_DONE;
        }
        if (!option) {
            return command_misuse(parser->arguments,
                                  "unknown option '-%c', see 'cairn %s --help'",
                                  *at, command->name);
        }
        if (option->argument) {
            return take_value(parser, option, at[1] ? at + 1 : NULL);
        }
        int result = give(parser, option, NULL);
        if (result) {
            return result;
        }
    }
    return COMMAND_DONE;
}

static int parse_words(struct parser *parser)
{
    struct arguments *arguments = parser->arguments;
    bool operands_only = false;
    while (parser->next < parser->count && !parser->help) {
        const char *word = parser->words[parser->next++];
        int result = COMMAND_DONE;
        if (operands_only || word[0] != '-' || word[1] == '\0') {
            arguments->operands[arguments->operand_count++] = word;
        } else if (strcmp(word, "--") == 0) {
            operands_only = true;
        } else if (word[1] == '-') {
            result = parse_long(parser, word + 2);
        } else {
            result = parse_letters(parser, word + 1);
        }
        if (result) {
            return result;
        }
    }
    return COMMAND_DONE;
}

/* Compares the operands with their description: "FILE [OTHER]...". */
static int check_operands(const struct arguments *arguments)
{
    const char *at = arguments->command->operands;
    size_t least = 0;
    size_t most = 0;
    const char *missing = NULL;
    while (*at) {
        size_t length = strcspn(at, " ");
        if (at[0] != '[') {
            if (least++ == arguments->operand_count) {
                missing = at;
            }
        }
        most = length > 3 && memcmp(at + length - 3, "...", 3) == 0 ? SIZE_MAX
                                                                    : most + 1;
        at += length + (at[length] == ' ');
    }
    if (missing) {
        return command_misuse(
            arguments, "%.*s is missing, see 'cairn %s --help'",
            (int)strcspn(missing, " ."), missing, arguments->command->name);
    }
    if (arguments->operand_count > most) {
        return command_misuse(arguments, "unexpected argument '%s'",
                              arguments->operands[most]);
    }
    return COMMAND_DONE;
}

/* Makes room for what more words may give. */
static void make_room(struct arguments *arguments, size_t count,
                      const char *const *words)
{
    /* A word of letters may give several flags. */
    size_t most = arguments->given_count + count;
    for (size_t i = 0; i < count; i++) {
        most += strlen(words[i]);
    }
    const char **operands =
        xcalloc(arguments->operand_count + count + 1, sizeof(*operands));
    struct given *given = xcalloc(most + 1, sizeof(*given));
    for (size_t i = 0; i < arguments->operand_count; i++) {
        operands[i] = arguments->operands[i];
    }
    for (size_t i = 0; i < arguments->given_count; i++) {
        given[i] = arguments->given[i];
    }
    free(arguments->operands);
    free(arguments->given);
    arguments->operands = operands;
    arguments->given = given;
}

int arguments_parse(struct arguments *arguments, size_t count,
                    const char *const *words, bool *help)
{
    struct parser parser = {arguments, words, count, 0, false};
    make_room(arguments, count, words);
    int result = parse_words(&parser);
    *help = result == COMMAND_DONE && parser.help;
    return result || *help ? result : check_operands(arguments);
}

int arguments_add(struct arguments *arguments, size_t count,
                  const char *const *words)
{
    bool help = false;
    int result = arguments_parse(arguments, count, words, &help);
    return help ? command_misuse(arguments, "unexpected option '--help'")
                : result;
}

void arguments_fini(struct arguments *arguments)
{
    free(arguments->operands);
    free(arguments->given);
}
