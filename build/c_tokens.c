/* SPDX-License-Identifier: Apache-2.0 */
/* Cuts a C file into tokens, the longest sign first. */
#include "build/c_tokens.h"

#include <ctype.h>
#include <string.h>

#include "base/buffer.h"

static const char *const signs[] = {
    "<<=", ">>=", "...", "->", "++", "--", "<<", ">>", "<=", ">=", "==",
    "!=",  "&&",  "||",  "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=",
};

/* Past a comment, white space or a line of the preprocessor; at itself when
 * there is none. */
static const char *skip_blank(const char *at, bool line_starts)
{
    if (isspace((unsigned char)*at)) {
        return at + 1;
    }
    if (strncmp(at, "/*", 2) == 0) {
        const char *end = strstr(at + 2, "*/");
        return end ? end + 2 : at + strlen(at);
    }
    if (strncmp(at, "//", 2) == 0) {
        return at + strcspn(at, "\n");
    }
    if (*at == '#' && line_starts) {
        do {
            at += strcspn(at, "\n");
            at += *at != '\0';
        } while (at[-1] == '\n' && at[-2] == '\\' && *at != '\0');
    }
    return at;
}

static size_t quoted_length(const char *at)
{
    size_t length = 1;
    while (at[length] != *at && at[length] != '\0') {
        length += at[length] == '\\' && at[length + 1] != '\0' ? 2 : 1;
    }
    return length + (at[length] != '\0');
}

static size_t sign_length(const char *at)
{
    for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++) {
        if (strncmp(at, signs[i], strlen(signs[i])) == 0) {
            return strlen(signs[i]);
        }
    }
    return 1;
}

static struct token token_at(const char *text, size_t offset)
{
    const char *at = text + offset;
    size_t length = 0;
    while (isalnum((unsigned char)at[length]) || at[length] == '_' ||
           (isdigit((unsigned char)*at) && at[length] == '.')) {
        length++;
    }
    if (length > 0) {
        return (struct token){isdigit((unsigned char)*at) ? NUMBER : WORD,
                              offset, length};
    }
    if (*at == '"' || *at == '\'') {
        return (struct token){*at == '"' ? STRING : CHARACTER, offset,
                              quoted_length(at)};
    }
    return (struct token){SIGN, offset, sign_length(at)};
}

void tokenise(struct source *source)
{
    const char *at = source->text;
    bool line_starts = true;
    size_t room = strlen(at) + 1;
    source->tokens = xcalloc(room, sizeof(*source->tokens));
    while (*at != '\0') {
        const char *next = skip_blank(at, line_starts);
        if (next != at) {
            line_starts |= memchr(at, '\n', (size_t)(next - at)) != NULL;
            at = next;
            continue;
        }
        struct token token =
            token_at(source->text, (size_t)(at - source->text));
        source->tokens[source->count++] = token;
        at += token.length;
        line_starts = false;
    }
}

bool token_is(const struct source *source, size_t index, const char *text)
{
    if (index >= source->count) {
        return false;
    }
    const struct token *token = &source->tokens[index];
    return token->length == strlen(text) &&
           memcmp(source->text + token->offset, text, token->length) == 0;
}

bool token_is_one_of(const struct source *source, size_t index,
                     const char *const *texts)
{
    for (; *texts != NULL; texts++) {
        if (token_is(source, index, *texts)) {
            return true;
        }
    }
    return false;
}

bool token_is_kind(const struct source *source, size_t index,
                   enum token_kind kind)
{
    return index < source->count && source->tokens[index].kind == kind;
}

static const char *const keywords[] = {
    "return", "case", "else",    "do",    "if",       "while",  "for",
    "switch", "goto", "default", "break", "continue", "sizeof", NULL};

bool token_is_name(const struct source *source, size_t index)
{
    return token_is_kind(source, index, WORD) &&
           !token_is_one_of(source, index, keywords);
}

size_t token_closing(const struct source *source, size_t index)
{
    static const char *const opens[] = {"(", "[", "{", NULL};
    static const char *const closes[] = {")", "]", "}", NULL};
    unsigned depth = 0;
    for (; index < source->count; index++) {
        depth += token_is_one_of(source, index, opens);
        if (token_is_one_of(source, index, closes) && --depth == 0) {
            break;
        }
    }
    return index;
}
