/* SPDX-License-Identifier: Apache-2.0 */
/* Runs commands in the process of a test, and keeps what they print. */
#ifndef TESTS_COMMAND_H
#define TESTS_COMMAND_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/buffer.h"
#include "commands/command.h"
#include "tests/harness.h"

/* Free it with outcome_fini. */
struct outcome {
    int code;
    char *out;
    char *err;
};

/* The first word is "cairn". */
static inline struct outcome outcome_of(const char *const *words, size_t count)
{
    struct outcome outcome = {0};
    size_t sizes[2];
    FILE *out = open_memstream(&outcome.out, &sizes[0]);
    FILE *err = open_memstream(&outcome.err, &sizes[1]);

    outcome.code = command_main((int)count, words, out, err);
    fclose(out);
    fclose(err);
    return outcome;
}

#define CAIRN(...)                                                             \
    outcome_of((const char *const[]){"cairn", __VA_ARGS__},                    \
               ARRAY_SIZE(((const char *const[]){"cairn", __VA_ARGS__})))

static inline void outcome_fini(struct outcome *outcome)
{
    free(outcome->out);
    free(outcome->err);
}

/* "cairn LINE", with single blanks between the words; @ in the line stands for
 * the folder, unless that is NULL. */
static inline struct outcome outcome_of_line(const char *line,
                                             const char *folder)
{
    enum { WORDS = 32 };
    struct buffer full = {0};
    const char *words[WORDS] = {"cairn"};
    size_t count = 1;
    char *rest = NULL;

    for (; *line != '\0'; line++) {
        bool stands = *line == '@' && folder != NULL;

        buffer_print(&full, stands ? "%s" : "%.1s", stands ? folder : line);
    }
    char *copy = xstrdup(buffer_text(&full));
    for (char *word = strtok_r(copy, " ", &rest); word && count < WORDS;
         word = strtok_r(NULL, " ", &rest)) {
        words[count++] = word;
    }
    struct outcome outcome = outcome_of(words, count);
    free(copy);
    buffer_fini(&full);
    return outcome;
}

/* The line is misuse and the complaint is exactly this. */
static inline void expect_misuse(const char *line, const char *complaint)
{
    test_case("%s", line);
    struct outcome outcome = outcome_of_line(line, NULL);
    char *expected = xasprintf("cairn: %s\n", complaint);
    EXPECT_EQ(outcome.code, COMMAND_MISUSED);
    EXPECT_STR(outcome.out, "");
    EXPECT_STR(outcome.err, expected);
    free(expected);
    outcome_fini(&outcome);
}

/* The output of a line: the whole complaint, or a part of the output. */
struct answer {
    const char *line;
    const char *text;
};

static inline void expect_misuses(const struct answer *answers, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        expect_misuse(answers[i].line, answers[i].text);
    }
}

/* Ends with this code, and has these parts in what it prints. */
static inline void expect_line(const char *line, const char *folder, int code,
                               const char *out, const char *err)
{
    struct outcome outcome = outcome_of_line(line, folder);

    test_case("%s", line);
    EXPECT_EQ(outcome.code, code);
    if (!EXPECT(strstr(outcome.out, out) != NULL) ||
        !EXPECT(strstr(outcome.err, err) != NULL)) {
        printf("%s%s", outcome.out, outcome.err);
    }
    outcome_fini(&outcome);
}

#endif
