/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A tiny test harness.
 *
 * A test file holds TEST(sentence_about_behaviour) { ... } blocks; the harness
 * runs them in the order of the file and ends with "N passed, N failed". A
 * failed EXPECT is printed with its values and the test goes on; REQUIRE leaves
 * the test. SKIP(reason) marks a test whose input is not at hand.
 *
 * Tests that work on the same kind of bench say once what it is and how it is
 * taken down, and their bodies get a pointer to one of their own:
 *
 *     FIXTURE(struct bench, bench, bench_fini)
 *     FIXTURE_BEGIN(bench, bench_init(bench, 4))
 *
 *     TEST_ON(a_bench_has_four_ports, bench) { EXPECT_EQ(bench->ports, 4); }
 *     TEST_BEGINS(a_large_bench_has_more, bench) { bench_init(bench, 9); ... }
 *
 * The bench is zeroed; TEST_ON begins it and runs the body if that succeeded,
 * the body of TEST_BEGINS begins it itself. It is taken down after the body,
 * left by REQUIRE or not, but not after a SKIP, which may precede its begin.
 * What a test has besides is OWNED by its block:
 *
 *     OWNED(buffer_fini) struct buffer text = {0};
 *
 * Command line: no argument runs all; a word runs the tests whose name holds
 * it; --list prints the names.
 */
#ifndef TESTS_HARNESS_H
#define TESTS_HARNESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

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
bool test_skipped(void);
/* False once an expectation of this test has failed, or after a skip. */
bool test_goes_on(void);
/* Zeroed memory; the program ends if there is none. */
void *test_bench(size_t size);
/* In a child: signals that end a program do so, whatever the tests were started
 * with ("make check &" has some ignored, and children inherit that). */
void test_default_signals(void);
/* How many descriptors are open, of the first 1024. */
unsigned test_descriptors(void);
/* The one that is given out next. */
int test_next_descriptor(void);
/* That of a variable of the environment. */
uint64_t test_number(const char *variable, uint64_t otherwise);
/* Names the case of a table that the following expectations belong to. */
void test_case(const char *format, ...) __attribute__((format(printf, 1, 2)));

#define TEST_REGISTER(sentence, function)                                      \
    __attribute__((constructor)) static void register_##sentence(void)         \
    {                                                                          \
        static struct test test = {#sentence, function, NULL};                 \
        test_register(&test);                                                  \
    }

#define TEST(sentence)                                                         \
    static void sentence(void);                                                \
    TEST_REGISTER(sentence, sentence)                                          \
    static void sentence(void)

/* The struct keeps the type, so that the tests need not repeat it. */
#define FIXTURE(type, name, end)                                               \
    static inline void end_##name(type *name)                                  \
    {                                                                          \
        end(name);                                                             \
    }                                                                          \
    struct name##_fixture {                                                    \
        type state;                                                            \
    };

#define FIXTURE_BEGIN(name, ...)                                               \
    static inline void begin_##name(FIXTURE_TYPE(name) * name)                 \
    {                                                                          \
        __VA_ARGS__;                                                           \
    }

#define FIXTURE_TYPE(name) __typeof__(((struct name##_fixture *)0)->state)

#define TEST_OF_FIXTURE(sentence, name, begin)                                 \
    static void sentence(FIXTURE_TYPE(name) * name);                           \
    static void run_##sentence(void)                                           \
    {                                                                          \
        struct name##_fixture *fixture = test_bench(sizeof(*fixture));         \
        begin;                                                                 \
        if (test_goes_on()) {                                                  \
            sentence(&fixture->state);                                         \
        }                                                                      \
        if (!test_skipped()) {                                                 \
            end_##name(&fixture->state);                                       \
        }                                                                      \
        free(fixture);                                                         \
    }                                                                          \
    TEST_REGISTER(sentence, run_##sentence)                                    \
    static void sentence(FIXTURE_TYPE(name) * name)

#define TEST_ON(sentence, name)                                                \
    TEST_OF_FIXTURE(sentence, name, begin_##name(&fixture->state))
#define TEST_BEGINS(sentence, name) TEST_OF_FIXTURE(sentence, name, (void)0)

/* Before a local variable: f(&variable) when its block is left, by REQUIRE or
 * otherwise; the last variable goes first. OWNER makes f_at of an f that takes
 * a pointer instead of the variable's address. */
#define OWNED(f) __attribute__((cleanup(f)))
#define OWNER(type, f)                                                         \
    static inline void f##_at(type **owned)                                    \
    {                                                                          \
        f(*owned);                                                             \
    }

/* Takes the address of a pointer to any type. */
static inline void free_at(void *owned)
{
    free(*(void **)owned);
}

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
