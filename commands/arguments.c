/* SPDX-License-Identifier: Apache-2.0 */
/* A command line against an option table: parsing it, and asking for what was
 * given. */
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/guess.h"
#include "commands/command.h"

/* ---- What was given ------------------------------------------------------ */

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

int arguments_number_from(const struct arguments *arguments, const char *name,
                          uint64_t least, uint64_t most, uint64_t *value)
{
    struct session_error error = {0};
    return given_number(&arguments->given, name, least, most, value, &error)
               ? command_error(arguments, &error)
               : COMMAND_DONE;
}

int arguments_number(const struct arguments *arguments, const char *name,
                     uint64_t *value)
{
    return arguments_number_from(arguments, name, 0, UINT64_MAX, value);
}

int arguments_check(const struct arguments *arguments,
                    const struct option_context *context)
{
    struct session_error error = {0};
    return given_check(&arguments->given, context, &error)
               ? command_error(arguments, &error)
               : COMMAND_DONE;
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
    arguments->given.list[arguments->given.count++] =
        (struct given){option, value};
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
        given_find(&parser->arguments->given, word, length);
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
    size_t most = arguments->given.count + count;
    for (size_t i = 0; i < count; i++) {
        most += strlen(words[i]);
    }
    const char **operands =
        xcalloc(arguments->operand_count + count + 1, sizeof(*operands));
    struct given *given = xcalloc(most + 1, sizeof(*given));
    for (size_t i = 0; i < arguments->operand_count; i++) {
        operands[i] = arguments->operands[i];
    }
    for (size_t i = 0; i < arguments->given.count; i++) {
        given[i] = arguments->given.list[i];
    }
    free(arguments->operands);
    free(arguments->given.list);
    arguments->operands = operands;
    arguments->given.list = given;
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
    free(arguments->given.list);
}
