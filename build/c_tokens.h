/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tokens of a C file, without its preprocessor: comments and directives are
 * left out, and what they would change is not known.
 */
#ifndef BUILD_C_TOKENS_H
#define BUILD_C_TOKENS_H

#include <stdbool.h>
#include <stddef.h>

enum token_kind { WORD, NUMBER, CHARACTER, STRING, SIGN };

struct token {
    enum token_kind kind;
    size_t offset, length; /* in the text, bytes */
};

struct source {
    const char *path;
    const char *text; /* NUL-terminated; lives as long as the source is used */
    struct token *tokens;
    size_t count;
};

/* Fills tokens (to be freed) and count from text. */
void tokenise(struct source *source);

/* Tests the token at an index; there is none behind the last one.
 * texts end with NULL. */
bool token_is(const struct source *source, size_t index, const char *text);
bool token_is_one_of(const struct source *source, size_t index,
                     const char *const *texts);
bool token_is_kind(const struct source *source, size_t index,
                   enum token_kind kind);
/* A word that is no keyword of a statement. */
bool token_is_name(const struct source *source, size_t index);
/* The index of the bracket that closes the one at index, or count. */
size_t token_closing(const struct source *source, size_t index);

#endif
