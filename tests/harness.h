/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A tiny test harness.
 *
 * A test file holds TEST(sentence_about_behaviour) { ... } blocks; the harness
 * runs them in the order of the file and ends with "N passed, N failed". A
 * failed EXPECT is printed with its values and the test goes on; REQUIRE leaves
 * the test. SKIP(reason) marks a test whose input is not at hand.
 *
 * Command line: no argument runs all; a word runs the tests whose name holds
 * it; --list prints the names.
 */
#ifndef TESTS_HARNESS_H
#define TESTS_HARNESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct test {
    const char *name;
    void (*run)(void);
    struct test *next;
};

void test_register(struct test *test);
bool test_expect(bool ok, const char *file, int line, const char *text);
bool test_expect_equal(uint64_t actual, uint64_t expected, const char *file,
                       int line, const char *text);
bool test_expect_string(const char *actual, const char *expected,
                        const char *file, int line, const char *text);
bool test_expect_bytes(const void *actual, const void *expected, size_t size,
                       const char *file, int line, const char *text);
/* For what is written for people: the text is that of the file, to the byte.
 * With CAIRN_APPROVE in the environment the file becomes the text, for review
 * as a change of the tree. */
bool test_expect_approved(const char *text, const char *path, const char *file,
                          int line);
void test_skip(const char *reason);
/* In a child: signals that end a program do so, whatever the tests were started
 * with ("make check &" has some ignored, and children inherit that). */
void test_default_signals(void);
/* How many descriptors are open, of the first 1024. */
unsigned test_descriptors(void);
/* The one that is given out next. */
int test_next_descriptor(void);
/* Names the case of a table that the following expectations belong to. */
void test_case(const char *format, ...) __attribute__((format(printf, 1, 2)));

#define TEST(sentence)                                                         \
    static void sentence(void);                                                \
    __attribute__((constructor)) static void register_##sentence(void)         \
    {                                                                          \
        static struct test test = {#sentence, sentence, NULL};                 \
        test_register(&test);                                                  \
    }                                                                          \
    static void sentence(void)

#ifdef __SANITIZE_ADDRESS__
#define TEST_SANITIZED 1
#else
#define TEST_SANITIZED 0
#endif

#define EXPECT(cond) test_expect((cond), __FILE__, __LINE__, #cond)
#define EXPECT_EQ(actual, expected)                                            \
    test_expect_equal((uint64_t)(actual), (uint64_t)(expected), __FILE__,      \
                      __LINE__, #actual)
#define EXPECT_STR(actual, expected)                                           \
    test_expect_string((actual), (expected), __FILE__, __LINE__, #actual)
#define EXPECT_BYTES(actual, expected, size)                                   \
    test_expect_bytes((actual), (expected), (size), __FILE__, __LINE__, #actual)
#define EXPECT_APPROVED(text, name)                                            \
    test_expect_approved((text), "tests/approved/" name, __FILE__, __LINE__)
#define REQUIRE(cond)                                                          \
    do {                                                                       \
        if (!test_expect((cond), __FILE__, __LINE__, #cond)) {                 \
            return;                                                            \
        }                                                                      \
    } while (0)
#define SKIP(reason)                                                           \
    do {                                                                       \
        test_skip(reason);                                                     \
        return;                                                                \
    } while (0)

#endif
