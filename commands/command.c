/* SPDX-License-Identifier: Apache-2.0 */
/* Finding the command that the first words name, and running it. */
#include "commands/command.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/guess.h"
#include "commands/help.h"
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

int command_error(const struct arguments *arguments,
                  const struct session_error *error)
{
    char *text = error->option ? xasprintf("option '--%s': %s", error->option,
                                           error->text)
                               : xstrdup(error->text);
    int result = error->misuse ? command_misuse(arguments, "%s", text)
                               : command_failure(arguments, "%s", text);
    free(text);
    return result;
}

void command_note(const struct arguments *arguments, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    complain(arguments, format, args);
    va_end(args);
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
    struct guess guess = GUESS(rest);
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
    struct guess guess = GUESS(word);
    guess_command(&guess);
    snprintf(name, size, "%s", guess.best);
    return guess.best[0] != '\0';
}

static int unknown_command(const char *word, const char *rest,
                           const struct arguments *top)
{
    struct guess guess = GUESS(word);
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
    struct arguments arguments = {
        .command = command,
        .given = {command->options, command->option_count, NULL, 0},
        .out = out,
        .err = err,
        .words = words,
        .word_count = count
    };
    bool help = false;
    int result = arguments_parse(&arguments, count, words, &help);
    if (help) {
        help_print_command(out, command);
    } else if (result == COMMAND_DONE) {
        result = arguments_check(&arguments, NULL);
        result = result ? result : command->run(&arguments);
    }
    arguments_fini(&arguments);
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
        return command_failure(&top, "standard output: cannot be written");
    }
    return result;
}
