/* SPDX-License-Identifier: Apache-2.0 */
/* Places where find-mutants leaves the code alone, by the tokens around them.
 */
#include "build/mutant_places.h"

#include <string.h>

/* The index of the bracket that encloses the one at index, or 0. */
static size_t enclosing(const struct source *source, size_t index)
{
    static const char *const opens[] = {"(", "[", "{", NULL};
    static const char *const closes[] = {")", "]", "}", NULL};
    unsigned depth = 0;
    while (index-- > 0) {
        if (token_is_one_of(source, index, closes)) {
            depth++;
        } else if (token_is_one_of(source, index, opens) && depth-- == 0) {
            return index;
        }
    }
    return 0;
}

bool mutant_ends_loop_at_array(const struct source *source, size_t index)
{
    return token_is(source, index, "<") &&
           token_is(source, index + 1, "ARRAY_SIZE") &&
           token_is(source, enclosing(source, index) - 1, "for");
}

size_t mutant_condition_start(const struct source *source, size_t index)
{
    static const char *const before[] = {"=", ",",  ";",      "?",  ":",
                                         "{", "+=", "return", "|=", NULL};
    unsigned depth = 0;
    while (index > 0) {
        index--;
        depth += token_is(source, index, ")") || token_is(source, index, "]");
        bool opens =
            token_is(source, index, "(") || token_is(source, index, "[");
        if (depth == 0 && (opens || token_is_one_of(source, index, before))) {
            return index + 1;
        }
        depth -= opens;
    }
    return 0;
}

/* The tokens from first on are those from second on, count of them. */
static bool are_alike(const struct source *source, size_t first, size_t second,
                      size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct token *a = &source->tokens[first + i];
        const struct token *b = &source->tokens[second + i];
        if (a->length != b->length ||
            memcmp(source->text + a->offset, source->text + b->offset,
                   a->length) != 0) {
            return false;
        }
    }
    return true;
}

bool mutant_chooses_operand(const struct source *source, size_t index)
{
    static const char *const signs[] = {"<", "<=", ">", ">=", NULL};
    static const char *const stops[] = {"?", ":", ";", ",", ")", "}", NULL};
    size_t question = index + 1;
    while (question < source->count &&
           !token_is_one_of(source, question, stops)) {
        question = token_is(source, question, "(")
                       ? token_closing(source, question) + 1
                       : question + 1;
    }
    if (!token_is_one_of(source, index, signs) ||
        !token_is(source, question, "?")) {
        return false;
    }
    const size_t left = mutant_condition_start(source, index);
    const size_t left_count = index - left;
    const size_t right = index + 1;
    const size_t right_count = question - right;
    const size_t after = question + 1;
    return (token_is(source, after + left_count, ":") &&
            are_alike(source, left, after, left_count) &&
            are_alike(source, right, after + left_count + 1, right_count)) ||
           (token_is(source, after + right_count, ":") &&
            are_alike(source, right, after, right_count) &&
            are_alike(source, left, after + right_count + 1, left_count));
}

bool mutant_is_array_size(const struct source *source, size_t index)
{
    static const char *const stops[] = {"=", "(", "{", "}", ";", ":", NULL};
    size_t open = enclosing(source, index);
    if (!token_is(source, open, "[") || !token_is_name(source, open - 1)) {
        return false;
    }
    size_t start = open - 1;
    while (start > 0 && !token_is_one_of(source, start - 1, stops)) {
        start--;
    }
    return !token_is(source, start - 1, "=") &&
           !token_is(source, start - 1, "(") && start < open - 1 &&
           token_is_name(source, start) &&
           (token_is_name(source, start + 1) ||
            token_is(source, start + 1, "*"));
}

bool mutant_is_release(const struct source *source, size_t index)
{
    static const char *const ends[] = {"free",   "_fini",  "_destroy", "close",
                                       "munmap", "unlink", "cleanse"};
    const struct token *token = &source->tokens[index];
    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
        size_t length = strlen(ends[i]);
        if (token->length >= length &&
            memcmp(source->text + token->offset + token->length - length,
                   ends[i], length) == 0) {
            return true;
        }
    }
    return false;
}
