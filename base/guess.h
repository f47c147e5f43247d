/* SPDX-License-Identifier: Apache-2.0 */
/* Finds the known name that a mistyped one most likely stands for. */
#ifndef BASE_GUESS_H
#define BASE_GUESS_H

/* Start with struct guess guess = GUESS(word). */
struct guess {
    const char *word;
    char best[40]; /* empty: nothing was near */
    unsigned edits;
};

/* A name that differs by this many edits is near enough. */
enum { GUESS_NEAR = 2 };
#define GUESS(text)                                                            \
    {                                                                          \
        .word = (text), .edits = GUESS_NEAR + 1                                \
    }

/* Takes the candidate if it is nearer than the best so far. */
void guess_consider(struct guess *guess, const char *candidate);

#endif
