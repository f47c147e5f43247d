/* SPDX-License-Identifier: Apache-2.0 */
/* The distance between two words, in edits. */
#include "base/guess.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

/* Edits (insert, delete, replace, swap of two neighbours) that turn a into b;
 * at most GUESS_NEAR + 1. */
static unsigned distance(const char *a, const char *b)
{
    enum { LONGEST = 32 };
    size_t rows = strlen(a);
    size_t columns = strlen(b);
    unsigned edits[LONGEST][LONGEST];
    if (columns >= LONGEST || rows >= LONGEST) {
        return GUESS_NEAR + 1;
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

/* True if the word is "PART-candidate". */
static bool ends_with_part(const char *word, const char *candidate)
{
    size_t length = strlen(word);
    size_t part = strlen(candidate);
    return part >= 2 && length > part &&
           strcmp(word + length - part, candidate) == 0 &&
           word[length - part - 1] == '-';
}

void guess_consider(struct guess *guess, const char *candidate)
{
    unsigned edits = distance(guess->word, candidate);
    bool prefix = strlen(guess->word) >= 2 &&
                  strncmp(guess->word, candidate, strlen(guess->word)) == 0;
    /* A word that was broken off, or that has a first part in front as in
     * "mps2-an385", is likelier than two mistakes. */
    if ((prefix || ends_with_part(guess->word, candidate)) && edits > 1) {
        edits = 1;
    }
    /* Half of its letters changed, it is another word. */
    if (edits < guess->edits && 2 * edits < strlen(candidate)) {
        guess->edits = edits;
        snprintf(guess->best, sizeof(guess->best), "%s", candidate);
    }
}
