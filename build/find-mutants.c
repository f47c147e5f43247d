/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lists the mutants of C files, in an order that a seed decides, for
 * build/mutate:
 *
 *   find-mutants SEED FILE...
 *
 * A mutant is one small change inside a function, or of a number in an enum: a
 * comparison, an arithmetic or a logical operator, a constant, a condition, a
 * returned value, or a statement that is left out. Files are read as tokens,
 * without the preprocessor: what comes out need not compile. One line each,
 * with tabs between
 *
 *   FILE LINE COLUMN OFFSET LENGTH REPLACEMENT FUNCTION OLD NEW BEFORE AFTER
 *
 * where LENGTH bytes at OFFSET become REPLACEMENT (for printf %b), OLD and NEW
 * say it to people, and BEFORE and AFTER are the line of the source.
 *
 * Left alone: assertions, tables that are initialised, the sizes of arrays and
 * of allocations, a loop that leaves its array, which sanitizers tell,
 * calls that release something, whose loss only a leak checker sees, the place
 * of a logged line, which only tells repeats apart, and the equality of two of
 * which the lesser or the greater is chosen.
 */
#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/error.h"
#include "build/c_tokens.h"
#include "build/mutant_places.h"
#include "host/file.h"

enum { FILE_LIMIT = 1 << 24, SHOWN = 60 };

struct mutant {
    const struct source *source;
    size_t offset, length;
    char *replacement;
    char *function;
};

static struct mutant *mutants;
static size_t mutant_count, mutant_room;

/* ---- mutants ------------------------------------------------------------- */

/* Replaces tokens from first to last, both included; by " " it deletes. */
static void add(const struct source *source, const char *function, size_t first,
                size_t last, const char *replacement)
{
    const struct token *start = &source->tokens[first];
    const struct token *end = &source->tokens[last];
    if (mutant_count == mutant_room) {
        mutant_room = 2 * mutant_room + 256;
        mutants = realloc(mutants, mutant_room * sizeof(*mutants));
        if (mutants == NULL) {
            abort();
        }
    }
    mutants[mutant_count++] = (struct mutant){
        source, start->offset, end->offset + end->length - start->offset,
        xstrdup(replacement), xstrdup(function)};
}

/* With what is there now, from first to last, put into the format. */
static void add_around(const struct source *source, const char *function,
                       size_t first, size_t last, const char *format)
{
    const struct token *start = &source->tokens[first];
    const struct token *end = &source->tokens[last];
    char *old =
        xasprintf("%.*s", (int)(end->offset + end->length - start->offset),
                  source->text + start->offset);
    struct buffer text = {0};
    for (const char *at = format; *at != '\0'; at++) {
        buffer_append(&text, *at == '@' ? old : at,
                      *at == '@' ? strlen(old) : 1);
    }
    add(source, function, first, last, buffer_text(&text));
    buffer_fini(&text);
    free(old);
}

static const struct {
    const char *old;
    const char *replacements[2];
    bool binary; /* only between two operands */
} operators[] = {
    {"==", {"!="},       false},
    {"!=", {"=="},       false},
    {"<",  {"<=", ">="}, false},
    {"<=", {"<", ">"},   false},
    {">",  {">=", "<="}, false},
    {">=", {">", "<"},   false},
    {"&&", {"||"},       true },
    {"||", {"&&"},       false},
    {"+",  {"-"},        true },
    {"-",  {"+"},        true },
    {"*",  {"/"},        true },
    {"/",  {"*"},        false},
    {"%",  {"*"},        false},
    {"&",  {"|"},        true },
    {"|",  {"&"},        false},
    {"^",  {"&"},        false},
    {"<<", {">>"},       false},
    {">>", {"<<"},       false},
    {"+=", {"-="},       false},
    {"-=", {"+="},       false},
    {"*=", {"/="},       false},
    {"/=", {"*="},       false},
    {"|=", {"&="},       false},
    {"&=", {"|="},       false},
    {"^=", {"|="},       false},
    {"++", {"--"},       false},
    {"--", {"++"},       false},
};

static bool ends_operand(const struct source *source, size_t index)
{
    return token_is_name(source, index) ||
           token_is_kind(source, index, NUMBER) ||
           token_is_kind(source, index, CHARACTER) ||
           token_is(source, index, ")") || token_is(source, index, "]");
}

/* Between two operands; a pointer's sign stands before its name with no space
 * between. */
static bool is_binary(const struct source *source, size_t index)
{
    const struct token *token = &source->tokens[index];
    return ends_operand(source, index - 1) &&
           isspace((unsigned char)source->text[token->offset + token->length]);
}

static void add_operators(const struct source *source, const char *function,
                          size_t index)
{
    for (size_t i = 0; i < sizeof(operators) / sizeof(operators[0]); i++) {
        if (!token_is(source, index, operators[i].old) ||
            (operators[i].binary && !is_binary(source, index))) {
            continue;
        }
        /* The first replacement differs by equality alone. */
        for (size_t j = mutant_ends_loop_at_array(source, index) ||
                        mutant_chooses_operand(source, index);
             j < 2 && operators[i].replacements[j]; j++) {
            add(source, function, index, index, operators[i].replacements[j]);
        }
    }
}

static void add_constants(const struct source *source, const char *function,
                          size_t index)
{
    if (token_is_kind(source, index, NUMBER) &&
        !mutant_is_array_size(source, index)) {
        add_around(source, function, index, index, "(@ + 1)");
        if (!token_is(source, index, "0")) {
            add_around(source, function, index, index, "(@ - 1)");
        }
    } else if (token_is_kind(source, index, CHARACTER)) {
        add_around(source, function, index, index, "(@ + 1)");
    } else if (token_is(source, index, "true")) {
        add(source, function, index, index, "false");
    } else if (token_is(source, index, "false")) {
        add(source, function, index, index, "true");
    }
}

/* The operand or operands from first to last are one comparison or begin with
 * "!": changing the sign negates them already. */
static bool has_sign(const struct source *source, size_t first, size_t last)
{
    static const char *const comparisons[] = {
        "==", "!=", "<", "<=", ">", ">=", NULL};
    static const char *const logical[] = {"&&", "||", NULL};
    bool compares = token_is(source, first, "!");
    for (size_t i = first; i <= last; i++) {
        if (token_is_one_of(source, i, logical)) {
            return false;
        }
        compares |= token_is_one_of(source, i, comparisons);
    }
    return compares;
}

static void add_conditions(const struct source *source, const char *function,
                           size_t index)
{
    if ((token_is(source, index, "if") || token_is(source, index, "while")) &&
        token_is(source, index + 1, "(")) {
        size_t end = token_closing(source, index + 1);
        if (!has_sign(source, index + 2, end - 1)) {
            add_around(source, function, index + 1, end, "(!@)");
        }
    } else if (token_is(source, index, "?") && index > 0) {
        size_t start = mutant_condition_start(source, index);
        if (start < index && !has_sign(source, start, index - 1)) {
            add_around(source, function, start, index - 1, "!(@)");
        }
    } else if (token_is(source, index, "!")) {
        add(source, function, index, index, " ");
    }
}

/* The index of the ";", or of the end if a bracket closes before. */
static size_t statement_end(const struct source *source, size_t index)
{
    static const char *const opens[] = {"(", "[", "{", NULL};
    static const char *const closes[] = {")", "]", "}", NULL};
    while (index < source->count && !token_is(source, index, ";")) {
        if (token_is_one_of(source, index, closes)) {
            return source->count;
        }
        index = token_is_one_of(source, index, opens)
                    ? token_closing(source, index) + 1
                    : index + 1;
    }
    return index;
}

static void add_return(const struct source *source, const char *function,
                       size_t index)
{
    size_t end = statement_end(source, index);
    bool constant =
        end == index + 2 && (token_is_kind(source, index + 1, NUMBER) ||
                             token_is(source, index + 1, "true") ||
                             token_is(source, index + 1, "false") ||
                             token_is(source, index + 1, "NULL"));
    if (end > index + 1 && end < source->count && !constant) {
        add(source, function, index + 1, end - 1, "0");
    }
}

/* True if a statement may begin after the token at index. */
static bool ends_statement(const struct source *source, size_t index)
{
    static const char *const ends[] = {";", "{", "}", ":", "else", NULL};
    return token_is_one_of(source, index, ends);
}

/* A call or an assignment as a statement of its own, break or continue. */
static void add_deletion(const struct source *source, const char *function,
                         size_t index)
{
    bool jump =
        token_is(source, index, "break") || token_is(source, index, "continue");
    if (!ends_statement(source, index - 1) ||
        (!jump && !token_is_name(source, index)) ||
        token_is_kind(source, index + 1, WORD) ||
        token_is(source, index + 1, ":") ||
        (token_is(source, index + 1, "(") &&
         mutant_is_release(source, index))) {
        return;
    }
    size_t end = statement_end(source, index);
    if (end < source->count && !token_is(source, index + 1, "*")) {
        add(source, function, index, end - 1, " ");
    }
}

/* ---- functions ----------------------------------------------------------- */

/* The braces from index on are those of an initialiser that stays: of a static
 * table, or all zero. */
static bool is_table(const struct source *source, size_t index)
{
    if (!token_is(source, index - 1, "=")) {
        return false;
    }
    if (token_closing(source, index) == index + 2) {
        return true;
    }
    for (size_t i = index; i > 0 && !ends_statement(source, i - 1); i--) {
        if (token_is(source, i - 1, "static")) {
            return true;
        }
    }
    return false;
}

/* LOG ( DEVICE , PLACE , ... ): the index of the last comma; of the first token
 * if this is no such call. */
static size_t past_place(const struct source *source, size_t index)
{
    static const char *const logs[] = {"device_guest_error",
                                       "device_unmodelled", NULL};
    if (!token_is_one_of(source, index, logs)) {
        return index;
    }
    unsigned commas = 0;
    size_t end = token_closing(source, index + 1);
    for (size_t i = index + 2; i < end; i++) {
        if (token_is(source, i, "(")) {
            i = token_closing(source, i);
        }
        commas += token_is(source, i, ",");
        if (commas == 2) {
            return i;
        }
    }
    return index;
}

static void find_in_function(const struct source *source, const char *function,
                             size_t first, size_t last)
{
    static const char *const left_alone[] = {
        "assert",  "debug_assert", "static_assert", "calloc",   "malloc",
        "realloc", "xcalloc",      "xmalloc",       "xrealloc", NULL};
    size_t loop_end = first; /* of the brackets behind "for" */
    for (size_t i = first + 1; i < last; i++) {
        if (token_is(source, i, "for")) {
            loop_end = token_closing(source, i + 1);
        }
        if (token_is_one_of(source, i, left_alone)) {
            i = token_closing(source, i + 1);
            continue;
        }
        if (token_is(source, i, "{") && is_table(source, i)) {
            i = token_closing(source, i);
            continue;
        }
        add_operators(source, function, i);
        add_constants(source, function, i);
        add_conditions(source, function, i);
        if (i > loop_end) {
            add_deletion(source, function, i);
        }
        if (token_is(source, i, "return")) {
            add_return(source, function, i);
        }
        i = past_place(source, i);
    }
}

static void find_in_enum(const struct source *source, size_t first, size_t last)
{
    for (size_t i = first + 1; i < last; i++) {
        add_constants(source, "enum", i);
    }
}

/* The name of the function whose parameters open at index, "-" if it is none.
 */
static char *name_before(const struct source *source, size_t index)
{
    if (index == 0 || !token_is_name(source, index - 1)) {
        return xstrdup("-");
    }
    const struct token *token = &source->tokens[index - 1];
    return xasprintf("%.*s", (int)token->length, source->text + token->offset);
}

static void find_in_file(const struct source *source)
{
    char *function = xstrdup("-");
    for (size_t i = 0; i < source->count; i++) {
        if (token_is(source, i, "(")) {
            free(function);
            function = name_before(source, i);
            i = token_closing(source, i);
        } else if (token_is(source, i, "{")) {
            size_t end = token_closing(source, i);
            if (i > 0 && token_is(source, i - 1, ")")) {
                find_in_function(source, function, i, end);
            } else if (i > 0 && (token_is(source, i - 1, "enum") ||
                                 (i > 1 && token_is(source, i - 2, "enum")))) {
                find_in_enum(source, i, end);
            }
            i = end;
        }
    }
    free(function);
}

/* ---- out ----------------------------------------------------------------- */

/* splitmix64 */
static uint64_t random_next(uint64_t *state)
{
    uint64_t word = *state += 0x9e3779b97f4a7c15;
    word = (word ^ word >> 30) * 0xbf58476d1ce4e5b9;
    word = (word ^ word >> 27) * 0x94d049bb133111eb;
    return word ^ word >> 31;
}

static void shuffle(uint64_t seed)
{
    for (size_t i = mutant_count; i > 1; i--) {
        size_t other = random_next(&seed) % i;
        struct mutant kept = mutants[i - 1];
        mutants[i - 1] = mutants[other];
        mutants[other] = kept;
    }
}

static void print_escaped(const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text == '\n') {
            fputs("\\n", stdout);
        } else if (*text == '\\') {
            fputs("\\\\", stdout);
        } else {
            putchar(*text);
        }
    }
}

/* On one line, with one blank for each run of them. */
static void print_short(const char *text, size_t length)
{
    size_t shown = 0;
    for (size_t i = 0; i < length && shown < SHOWN; i++) {
        bool blank = isspace((unsigned char)text[i]);
        if (!blank || (i > 0 && !isspace((unsigned char)text[i - 1]))) {
            putchar(blank ? ' ' : text[i]);
            shown++;
        }
    }
    fputs(shown == SHOWN ? "..." : "", stdout);
}

static void print_mutant(const struct mutant *mutant)
{
    const char *text = mutant->source->text;
    const char *at = text + mutant->offset;
    const char *end = at + mutant->length;
    const char *line = at;
    unsigned lines = 1;
    while (line > text && line[-1] != '\n') {
        line--;
    }
    for (const char *c = text; c < line; c++) {
        lines += *c == '\n';
    }
    const char *indented = line + strspn(line, " \t");
    printf("%s\t%u\t%zu\t%zu\t%zu\t", mutant->source->path, lines,
           (size_t)(at - line) + 1, mutant->offset, mutant->length);
    print_escaped(mutant->replacement);
    /* Lines keep their numbers, for __LINE__. */
    size_t kept = 0;
    for (const char *c = mutant->replacement; *c != '\0'; c++) {
        kept += *c == '\n';
    }
    for (const char *c = at; c < end; c++) {
        if (*c == '\n' && kept > 0) {
            kept--;
        } else if (*c == '\n') {
            fputs("\\n", stdout);
        }
    }
    printf("\t%s\t", mutant->function);
    print_short(at, mutant->length);
    putchar('\t');
    bool deleted = strcmp(mutant->replacement, " ") == 0;
    const char *new = deleted ? "nothing" : mutant->replacement;
    print_short(new, strlen(new));
    putchar('\t');
    fwrite(indented, 1, strcspn(indented, "\n"), stdout);
    putchar('\t');
    fwrite(indented, 1, (size_t)(at - indented), stdout);
    fwrite(mutant->replacement, 1, strcspn(mutant->replacement, "\n"), stdout);
    fwrite(end, 1, strcspn(end, "\n"), stdout);
    putchar('\n');
}

int main(int argc, char **argv)
{
    if (argc < 3) {
        fprintf(stderr, "usage: find-mutants SEED FILE...\n");
        return 2;
    }
    for (int i = 2; i < argc; i++) {
        struct source *source = xcalloc(1, sizeof(*source));
        struct buffer *text = xcalloc(1, sizeof(*text));
        struct error error = {""};
        if (file_read(argv[i], FILE_LIMIT, text, &error)) {
            fprintf(stderr, "find-mutants: %s\n", error.text);
            return 1;
        }
        source->path = argv[i];
        source->text = buffer_text(text);
        tokenise(source);
        find_in_file(source);
    }
    shuffle(strtoull(argv[1], NULL, 0));
    for (size_t i = 0; i < mutant_count; i++) {
        print_mutant(&mutants[i]);
    }
    return 0;
}
