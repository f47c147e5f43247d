/* SPDX-License-Identifier: Apache-2.0 */
/* Runs the tests, prints what failed, and counts. */
#include "tests/harness.h"

#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct test *first;
static struct test **last = &first;

static const struct test *current;
static char current_case[128];
static bool current_failed;
static const char *current_skip;

/* Why tests were skipped, how many, and the first of them. */
enum { REASONS = 16 };
static struct reason {
    char text[256];
    const char *test;
    unsigned count;
} reasons[REASONS];

void test_register(struct test *test)
{
    *last = test;
    last = &test->next;
}

void test_default_signals(void)
{
    static const int ending[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE};
    for (size_t i = 0; i < sizeof(ending) / sizeof(ending[0]); i++) {
        signal(ending[i], SIG_DFL);
    }
}

int test_next_descriptor(void)
{
    int fd = 0;
    while (fcntl(fd, F_GETFD) >= 0) {
        fd++;
    }
    return fd;
}

unsigned test_descriptors(void)
{
    unsigned count = 0;
    for (int fd = 0; fd < 1024; fd++) {
        count += fcntl(fd, F_GETFD) >= 0;
    }
    return count;
}

uint64_t test_number(const char *variable, uint64_t otherwise)
{
    const char *text = getenv(variable);
    return text != NULL ? strtoull(text, NULL, 0) : otherwise;
}

void test_case(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(current_case, sizeof(current_case), format, args);
    va_end(args);
}

static void fail(const char *file, int line, const char *text)
{
    current_failed = true;
    printf("%s:%d: %s%s%s%s: %s", file, line, current->name,
           current_case[0] ? " [" : "", current_case,
           current_case[0] ? "]" : "", text);
}

bool test_expect(bool ok, const char *file, int line, const char *text)
{
    if (!ok) {
        fail(file, line, text);
        printf(" is false\n");
    }
    return ok;
}

bool test_expect_equal(uint64_t actual, uint64_t expected, const char *file,
                       int line, const char *text)
{
    if (actual != expected) {
        fail(file, line, text);
        printf(" is 0x%llx (%lld), expected 0x%llx (%lld)\n",
               (unsigned long long)actual, (long long)actual,
               (unsigned long long)expected, (long long)expected);
    }
    return actual == expected;
}

bool test_expect_string(const char *actual, const char *expected,
                        const char *file, int line, const char *text)
{
    bool ok = actual && strcmp(actual, expected) == 0;
    if (!ok) {
        fail(file, line, text);
        printf(" is '%s', expected '%s'\n", actual ? actual : "(null)",
               expected);
    }
    return ok;
}

bool test_expect_bytes(const void *actual, const void *expected, size_t size,
                       const char *file, int line, const char *text)
{
    const unsigned char *a = actual;
    const unsigned char *e = expected;
    for (size_t i = 0; i < size; i++) {
        if (a[i] != e[i]) {
            fail(file, line, text);
            printf(": byte %zu of %zu is 0x%02x, expected 0x%02x\n", i, size,
                   a[i], e[i]);
            return false;
        }
    }
    return true;
}

/* The number of the first line that differs, 0 if none does. */
static unsigned differing_line(const char *text, FILE *file)
{
    unsigned lines = 1;
    for (;; text++) {
        int c = getc(file);
        if (c != (*text == '\0' ? EOF : (unsigned char)*text)) {
            return lines;
        }
        if (c == EOF) {
            return 0;
        }
        lines += c == '\n';
    }
}

bool test_expect_approved(const char *text, const char *path, const char *file,
                          int line)
{
    bool approve = getenv("CAIRN_APPROVE") != NULL;
    FILE *approved = fopen(path, approve ? "w" : "r");
    if (approved == NULL) {
        fail(file, line, path);
        printf(" is not there\n");
        return false;
    }
    unsigned differs = 0;
    if (approve) {
        fputs(text, approved);
    } else {
        differs = differing_line(text, approved);
    }
    fclose(approved);
    if (differs != 0) {
        fail(file, line, path);
        printf(":%u is different now; CAIRN_APPROVE=1 writes it\n", differs);
    }
    return differs == 0;
}

void test_skip(const char *reason)
{
    current_skip = reason;
}

bool test_skipped(void)
{
    return current_skip != NULL;
}

bool test_goes_on(void)
{
    return !current_failed && current_skip == NULL;
}

void *test_bench(size_t size)
{
    void *bench = calloc(1, size);
    if (bench == NULL) {
        puts("no memory for a fixture");
        exit(1);
    }
    return bench;
}

/* Reasons that find no room are printed at once. */
static void note_skip(void)
{
    size_t i = 0;
    while (i < REASONS && reasons[i].count != 0 &&
           strcmp(reasons[i].text, current_skip) != 0) {
        i++;
    }
    if (i == REASONS || strlen(current_skip) >= sizeof(reasons[i].text)) {
        printf("skipped: %s: %s\n", current->name, current_skip);
        return;
    }
    if (reasons[i].count++ == 0) {
        reasons[i].test = current->name;
        snprintf(reasons[i].text, sizeof(reasons[i].text), "%s", current_skip);
    }
}

static void print_skips(void)
{
    for (size_t i = 0; i < REASONS && reasons[i].count != 0; i++) {
        const struct reason *reason = &reasons[i];
        if (reason->count == 1) {
            printf("skipped: %s: %s\n", reason->test, reason->text);
        } else {
            printf("skipped: %u tests: %s\n", reason->count, reason->text);
        }
    }
}

int main(int argc, char **argv)
{
    const char *filter = argc > 1 ? argv[1] : NULL;
    bool list = filter && strcmp(filter, "--list") == 0;
    unsigned passed = 0;
    unsigned failed = 0;
    unsigned skipped = 0;

    for (current = first; current; current = current->next) {
        if (list) {
            puts(current->name);
            continue;
        }
        if (filter && !strstr(current->name, filter)) {
            continue;
        }
        current_failed = false;
        current_skip = NULL;
        current_case[0] = '\0';
        current->run();
        if (current_failed) {
            printf("failed: %s\n", current->name);
            failed++;
        } else if (current_skip) {
            note_skip();
            skipped++;
        } else {
            passed++;
        }
        fflush(stdout);
    }
    if (list) {
        return 0;
    }
    print_skips();
    if (skipped) {
        printf("%u passed, %u failed, %u skipped\n", passed, failed, skipped);
    } else {
        printf("%u passed, %u failed\n", passed, failed);
    }
    return failed ? 1 : 0;
}
