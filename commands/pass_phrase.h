/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pass phrases of private keys, for all commands that take these: of the file
 * that --password-file names, else of the environment variable CAIRN_PASSWORD,
 * else as an answer at the terminal.
 */
#ifndef COMMANDS_PASS_PHRASE_H
#define COMMANDS_PASS_PHRASE_H

#include "commands/command.h"
#include "crypto/pem.h"

/* The row of an option table, in its group, by what it needs. */
#define PASS_PHRASE_OPTION(group, needs)                                       \
    {                                                                          \
        0, "password-file", "FILE", group, needs, PASS_PHRASE_TEXT             \
    }

struct pass_phrases {
    const struct arguments *arguments;
    struct pass_phrase from; /* for who reads keys */
    bool is_used;
};

void pass_phrases_init(struct pass_phrases *phrases,
                       const struct arguments *arguments);
/* After all keys were read: COMMAND_MISUSED, after a complaint, when there was
 * a --password-file and no key was encrypted. */
int pass_phrases_end(const struct pass_phrases *phrases);

/* Puts the pass phrase of a new key, which the terminal is asked for twice,
 * into text, of PASS_PHRASE_MAX bytes, and its length into *size. An exit code,
 * after a complaint unless it is COMMAND_DONE. */
int pass_phrases_new(struct pass_phrases *phrases, const char *name, char *text,
                     size_t *size);

#endif
