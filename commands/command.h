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

enum {
    COMMAND_DONE = 0,
    COMMAND_FAILED = 1,
    COMMAND_MISUSED = 2,
    COMMAND_UNDECIDED = 3,
};

/*
 * Rows are full: {letter or 0, name, argument or NULL, group or NULL, needs or
 * NULL, text}. argument is the placeholder that help shows; one with bars
 * ("text|json") lists the values that the parser admits, or in capitals what
 * else it does ("hello|FOLDER": anything). One that ends in "..." may be given
 * several times, any other value once. Placeholders that complete to paths
 * contain FILE or FOLDER. group is a heading of the help page.
 *
 * needs says when the option has an effect, see commands/needs.h; in all other
 * cases it is misuse. NULL: always.
 */
/* The argument is NULL for a flag; "A|b" is a choice, "FILE..." may be given
 * several times, and "[=FILE]" may be left out: it is attached by '='. */
struct option {
    char letter;
    const char *name;
    const char *argument;
    const char *group;
    const char *needs;
    const char *text;
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

/* True if the option's argument may be left out. */
static inline bool option_is_free(const struct option *option)
{
    return option->argument && option->argument[0] == '[' &&
           option->argument[1] == '=';
}

/* For a struct command: the option table and its length. */
#define OPTIONS(table) .options = (table), .option_count = ARRAY_SIZE(table)

struct given {
    const struct option *option;
    const char *value;
};

/* A parsed command line; pointers are into argv, and into what was added. */
struct arguments {
    const struct command *command;
    FILE *out;
    FILE *err;
    const char *const *words; /* behind the command, as they were given */
    size_t word_count;
    const char **operands; /* NULL-terminated */
    size_t operand_count;
    /* the options that were given, in order */
    struct given *given;
    size_t given_count;
};

/* The names must be in the command's table. value is the last one given, or
 * NULL; values counts and numbers repeated ones from 0. */
bool arguments_flag(const struct arguments *arguments, const char *name);
const char *arguments_value(const struct arguments *arguments,
                            const char *name);
const char *arguments_nth(const struct arguments *arguments, const char *name,
                          size_t index);
size_t arguments_count(const struct arguments *arguments, const char *name);
/* For another option, the value that stands behind that one and before the next
 * of its name; NULL: there is none. */
const char *arguments_behind(const struct arguments *arguments,
                             const char *name, size_t index, const char *other);
/* All of them; the caller frees the list, but not the values. */
const char **arguments_all(const struct arguments *arguments, const char *name,
                           size_t *count);
/* Decimal, 0x or 0b, with an optional K, M, G, T, P or E (powers of 1024) in
 * either case, and a decimal one with such a unit may have a fraction ("1.5G").
 * Leaves *value alone when the option was not given. Returns 0, or
 * COMMAND_MISUSED after a complaint. */
int arguments_number(const struct arguments *arguments, const char *name,
                     uint64_t *value);
/* The same of one from least to most. */
int arguments_number_from(const struct arguments *arguments, const char *name,
                          uint64_t least, uint64_t most, uint64_t *value);
/* 0, -EINVAL for what is no number, -ERANGE for one of more than 64 bits. */
int command_read_number(const char *text, uint64_t *value);
bool command_parse_number(const char *text, uint64_t *value);
/* "5s", "250ms", "10us" or "7ns". */
bool command_parse_time(const char *text, uint64_t *ns);

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
