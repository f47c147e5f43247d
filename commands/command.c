/* SPDX-License-Identifier: Apache-2.0 */
#include "commands/command.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "commands/help.h"
#include "commands/needs.h"
#include "host/ending.h"
#include "include/cairn/cairn.h"

#define COMMAND(name) extern const struct command command_##name;
#include "commands/commands.def"
#undef COMMAND

#define COMMAND(name) &command_##name,
static const struct command *const commands[] = {
#include "commands/commands.def"
};
#undef COMMAND

/* Words that --name and a command's name are guessed from may differ by this
 * many edits. */
enum { NEAR = 2 };

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

/* The power of 1024 that a unit stands for, as a shift; -1: it is none. */
static int unit_shift(const char *unit)
{
    static const char units[] = "KMGT";
    const char *at = strchr(units, *unit);
    if (*unit == '\0') {
        return 0;
    }
    return at && unit[1] == '\0' ? 10 * (int)(at - units + 1) : -1;
}

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
    int shift = unit_shift(end);
    if (shift < 0 || end == text) {
        return -EINVAL;
    }
    if (large || number > UINT64_MAX >> shift) {
        return -ERANGE;
    }
    *value = number << shift;
    return 0;
}

bool command_parse_number(const char *text, uint64_t *value)
{
    return command_read_number(text, value) == 0;
}

int arguments_number_from(const struct arguments *arguments, const char *name,
                          uint64_t least, uint64_t most, uint64_t *value)
{
    const char *text = arguments_value(arguments, name);
    uint64_t number = 0;
    int code = text ? command_read_number(text, &number) : 0;
    if (code == -EINVAL) {
        return command_misuse(arguments, "option '--%s': '%s' is not a number",
                              name, text);
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

/* ---- Complaints ---------------------------------------------------------- */

static void complain(const struct arguments *arguments, const char *format,
                     va_list args)
{
    fprintf(arguments->err, "cairn: ");
    if (arguments->command) {
        fprintf(arguments->err, "%s: ", arguments->command->name);
    }
    vfprintf(arguments->err, format, args);
    fputc('\n', arguments->err);
}

int command_failure(const struct arguments *arguments, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    complain(arguments, format, args);
    va_end(args);
    return COMMAND_FAILED;
}

int command_misuse(const struct arguments *arguments, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    complain(arguments, format, args);
    va_end(args);
    return COMMAND_MISUSED;
}

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

/* Edits (insert, delete, replace, swap of two neighbours) that turn a into b;
 * at most NEAR + 1. */
static unsigned distance(const char *a, const char *b)
{
    enum { LONGEST = 32 };
    size_t rows = strlen(a);
    size_t columns = strlen(b);
    unsigned edits[LONGEST][LONGEST];
    if (columns >= LONGEST || rows >= LONGEST) {
        return NEAR + 1;
    }
    for (size_t i = 0; i <= rows; i++) {
        for (size_t j = 0; j <= columns; j++) {
            if (i == 0 || j == 0) {
                edits[i][j] = (unsigned)(i + j);
                continue;
            }
            unsigned one = least(edits[i - 1][j], edits[i][j - 1]) + 1;
            unsigned replaced = edits[i - 1][j - 1] + (a[i - 1] != b[j - 1]);
            edits[i][j] = least(one, replaced);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
                a[i - 2] == b[j - 1]) {
                edits[i][j] = least(edits[i][j], edits[i - 2][j - 2] + 1);
            }
        }
    }
    return edits[rows][columns];
}

struct guess {
    const char *word;
    char best[40]; /* empty: nothing was near */
    unsigned edits;
};

static void guess_consider(struct guess *guess, const char *candidate)
{
    unsigned edits = distance(guess->word, candidate);
    bool prefix = strlen(guess->word) >= 2 &&
                  strncmp(guess->word, candidate, strlen(guess->word)) == 0;
    /* A word that was broken off is likelier than two mistakes. */
    if (prefix && edits > 1) {
        edits = 1;
    }
    /* Half of its letters changed, it is another word. */
    if (edits < guess->edits && 2 * edits < strlen(candidate)) {
        guess->edits = edits;
        snprintf(guess->best, sizeof(guess->best), "%s", candidate);
    }
}

static int unknown_option(const struct arguments *arguments, const char *word)
{
    const struct command *command = arguments->command;
    struct guess guess = {.word = word, .edits = NEAR + 1};
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

/* ---- Parsing ------------------------------------------------------------- */

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
    if (option->argument) {
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

int arguments_add(struct arguments *arguments, size_t count,
                  const char *const *words)
{
    struct parser parser = {arguments, words, count, 0, false};
    make_room(arguments, count, words);
    int result = parse_words(&parser);
    if (result == COMMAND_DONE && parser.help) {
        result = command_misuse(arguments, "unexpected option '--help'");
    }
    return result ? result : check_operands(arguments);
}

/* ---- Dispatch ------------------------------------------------------------ */

const struct command *command_at(size_t index)
{
    return index < ARRAY_SIZE(commands) ? commands[index] : NULL;
}

/* How many words name has if the arguments start with them, else 0. */
static size_t match_words(const char *name, size_t count,
                          const char *const *arguments)
{
    size_t words = 0;
    while (*name) {
        size_t length = strcspn(name, " ");
        if (words == count || strlen(arguments[words]) != length ||
            memcmp(arguments[words], name, length) != 0) {
            return 0;
        }
        words++;
        name += length + (name[length] == ' ');
    }
    return words;
}

const struct command *command_find(size_t count, const char *const *arguments,
                                   size_t *words)
{
    for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
        *words = match_words(commands[i]->name, count, arguments);
        if (*words) {
            return commands[i];
        }
    }
    *words = 0;
    return NULL;
}

static bool is_family(const char *word, const char *name)
{
    size_t length = strlen(word);
    return strncmp(word, name, length) == 0 && name[length] == ' ';
}

bool command_is_family(const char *word)
{
    const struct command *command;
    bool found = false;
    for (size_t i = 0; (command = command_at(i)); i++) {
        found = found || is_family(word, command->name);
    }
    return found;
}

/* `cairn board`: the family's commands, asked for or in place of one. */
static int family(const char *word, const char *rest,
                  const struct arguments *top)
{
    if (rest && (strcmp(rest, "--help") == 0 || strcmp(rest, "-h") == 0)) {
        help_print_family(top->out, word);
        return COMMAND_DONE;
    }
    if (!rest) {
        command_misuse(top, "'%s' needs one of its commands:", word);
        help_print_commands(top->err, word);
        return COMMAND_MISUSED;
    }
    struct guess guess = {.word = rest, .edits = NEAR + 1};
    const struct command *command;
    for (size_t i = 0; (command = command_at(i)); i++) {
        if (is_family(word, command->name)) {
            guess_consider(&guess, command->name + strlen(word) + 1);
        }
    }
    if (guess.best[0]) {
        return command_misuse(top,
                              "unknown command '%s %s', did you mean '%s %s'?",
                              word, rest, word, guess.best);
    }
    return command_misuse(top, "unknown command '%s %s', see 'cairn %s --help'",
                          word, rest, word);
}

/* Commands, and the words that several start with. */
static void guess_command(struct guess *guess)
{
    const struct command *command;
    for (size_t i = 0; (command = command_at(i)); i++) {
        char *family = strndup(command->name, strcspn(command->name, " "));
        guess_consider(guess, command->name);
        guess_consider(guess, family);
        free(family);
    }
}

bool command_guess(const char *word, char *name, size_t size)
{
    struct guess guess = {.word = word, .edits = NEAR + 1};
    guess_command(&guess);
    snprintf(name, size, "%s", guess.best);
    return guess.best[0] != '\0';
}

static int unknown_command(const char *word, const char *rest,
                           const struct arguments *top)
{
    struct guess guess = {.word = word, .edits = NEAR + 1};
    const struct command *command;
    for (size_t i = 0; (command = command_at(i)); i++) {
        if (is_family(word, command->name)) {
            return family(word, rest, top);
        }
    }
    guess_command(&guess);
    if (word[0] == '-') {
        return command_misuse(top, "unknown option '%s', see 'cairn --help'",
                              word);
    }
    if (guess.best[0]) {
        return command_misuse(top, "unknown command '%s', did you mean '%s'?",
                              word, guess.best);
    }
    return command_misuse(top, "unknown command '%s', see 'cairn --help'",
                          word);
}

static int run_command(const struct command *command, size_t count,
                       const char *const *words, FILE *out, FILE *err)
{
    struct arguments arguments = {.command = command, .out = out, .err = err};
    struct parser parser = {&arguments, words, count, 0, false};
    make_room(&arguments, count, words);
    int result = parse_words(&parser);
    if (result == COMMAND_DONE && parser.help) {
        help_print_command(out, command);
    } else if (result == COMMAND_DONE) {
        result = check_operands(&arguments);
        result = result ? result : needs_check(&arguments, NULL);
        result = result ? result : command->run(&arguments);
    }
    free(arguments.operands);
    free(arguments.given);
    return result;
}

static bool process_is_ours;

void command_own_process(void)
{
    process_is_ours = true;
}

bool command_owns_process(void)
{
    return process_is_ours;
}

int command_main(int count, const char *const *words, FILE *out, FILE *err)
{
    const struct arguments top = {.out = out, .err = err};
    if (count < 2) {
        help_print_overview(err);
        return COMMAND_MISUSED;
    }
    if (strcmp(words[1], "--help") == 0 || strcmp(words[1], "-h") == 0) {
        help_print_overview(out);
        return COMMAND_DONE;
    }
    if (strcmp(words[1], "--version") == 0) {
        fprintf(out, "cairn %s\n", cairn_version());
        return COMMAND_DONE;
    }
    size_t named;
    const struct command *command =
        command_find((size_t)count - 1, words + 1, &named);
    int result =
        command ? run_command(command, (size_t)count - 1 - named,
                              words + 1 + named, out, err)
                : unknown_command(words[1], count > 2 ? words[2] : NULL, &top);
    /* A full disk must not pass for success. A reader that left has nothing to
     * be told. */
    bool unwritten = fflush(out) != 0 || ferror(out);
    if (unwritten && !ending_is_unread(out) && result == COMMAND_DONE) {
        return command_failure(&top, "cannot write the output");
    }
    return result;
}
