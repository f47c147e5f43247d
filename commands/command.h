/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parts of a command. A command is one file: an option table, a function, a
 * const struct command, and a row in commands.def. Parsing, --help, the man
 * page and shell completion come from the tables.
 *
 * A command prints its result to arguments->out and its complaints with
 * command_failure or command_misuse, whose result it returns. Exit codes are
 * 0 done or trusted, 1 failed or refused, 2 misuse, and 3 undecided: a verdict
 * for which the command was not given what it takes (commands/judged.h).
 */
#ifndef COMMANDS_COMMAND_H
#define COMMANDS_COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/bits.h"
#include "base/buffer.h"
#include "base/number.h"
#include "session/request/option.h"

enum {
    COMMAND_DONE = 0,
    COMMAND_FAILED = 1,
    COMMAND_MISUSED = 2,
    COMMAND_UNDECIDED = 3,
};

struct arguments;

struct command {
    const char *name;     /* "run", or with its family: "pack caliptra" */
    const char *purpose;  /* "boot a machine from a board" */
    const char *operands; /* "[BOARD]", "FILE...", "" for none */
    /* Paragraphs for the man page, separated by an empty line; a line that
     * starts with four spaces is kept as it is. */
    const char *description;
    /* Appends paragraphs that are made from tables, or NULL. */
    void (*describe)(struct buffer *out);
    const struct option *options;
    size_t option_count;
    int (*run)(struct arguments *arguments);
};

/* For a struct command: the option table and its length. */
#define OPTIONS(table) .options = (table), .option_count = ARRAY_SIZE(table)

/* A parsed command line; pointers are into argv, and into what was added. */
struct arguments {
    const struct command *command;
    FILE *out;
    FILE *err;
    const char *const *words; /* behind the command, as they were given */
    size_t word_count;
    const char **operands; /* NULL-terminated */
    size_t operand_count;
    struct given_options given; /* of the command's table */
};

/* See session/request/option.h. */
static inline bool arguments_flag(const struct arguments *arguments,
                                  const char *name)
{
    return given_flag(&arguments->given, name);
}

static inline const char *arguments_value(const struct arguments *arguments,
                                          const char *name)
{
    return given_value(&arguments->given, name);
}

static inline const char *arguments_nth(const struct arguments *arguments,
                                        const char *name, size_t index)
{
    return given_nth(&arguments->given, name, index);
}

static inline size_t arguments_count(const struct arguments *arguments,
                                     const char *name)
{
    return given_count(&arguments->given, name);
}

/* All values of an option; the caller frees the list, but not the values. */
const char **arguments_all(const struct arguments *arguments, const char *name,
                           size_t *count);
/* The number of an option, see given_number; COMMAND_DONE, or COMMAND_MISUSED
 * after a complaint. */
int arguments_number(const struct arguments *arguments, const char *name,
                     uint64_t *value);
/* The same of one from least to most. */
int arguments_number_from(const struct arguments *arguments, const char *name,
                          uint64_t least, uint64_t most, uint64_t *value);
/* COMMAND_MISUSED, after a complaint, when an option has no effect. */
int arguments_check(const struct arguments *arguments,
                    const struct option_context *context);

/* Parses the words behind a command's name, which must live as long as
 * *arguments. *help: --help is among them, and what stands behind it was not
 * looked at. An exit code after its complaint. */
int arguments_parse(struct arguments *arguments, size_t count,
                    const char *const *words, bool *help);
void arguments_fini(struct arguments *arguments);
/* Parses more words, as if they stood behind those that were given; they must
 * live as long as *arguments. An exit code after its complaint. */
int arguments_add(struct arguments *arguments, size_t count,
                  const char *const *words);

/* Print "cairn: run: text" to arguments->err and return the exit code. */
int command_failure(const struct arguments *arguments, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
int command_misuse(const struct arguments *arguments, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* The same of an error, with the option that it names. */
int command_error(const struct arguments *arguments,
                  const struct session_error *error);
/* Prints the same line, for what a command goes on in spite of. */
void command_note(const struct arguments *arguments, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* All commands, in the order of commands.def; NULL past the end. */
const struct command *command_at(size_t index);
/* The command that the first words name; *words is how many they were. */
const struct command *command_find(size_t count, const char *const *arguments,
                                   size_t *words);

/* main says that the process serves one command, which may then give up what
 * the process may do. */
void command_own_process(void);
bool command_owns_process(void);

/* True if several commands start with that word. */
bool command_is_family(const char *word);
/* True if there is a command or a family whose name is near to the word. */
bool command_guess(const char *word, char *name, size_t size);

/* The work that main does, with streams to test it: returns the exit code. */
int command_main(int count, const char *const *words, FILE *out, FILE *err);

#endif
