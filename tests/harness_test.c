/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A fixture is taken down also if REQUIRE leaves its test. The program runs
 * itself, with a variable that makes its bodies fail, and reads the output.
 */
#include "tests/harness.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct bench {
    bool begun;
};

static bool inner(void)
{
    return getenv("CAIRN_HARNESS_TEST") != NULL;
}

static void bench_fini(struct bench *bench)
{
    if (inner()) {
        printf("ended %d\n", bench->begun);
    }
}

FIXTURE(struct bench, bench, bench_fini)
FIXTURE_BEGIN(bench, bench->begun = true)

TEST_ON(failing_body, bench)
{
    REQUIRE(!inner());
}

TEST_BEGINS(skipping_body, bench)
{
    EXPECT(!bench->begun);
    if (inner()) {
        SKIP("asked to");
    }
}

static void run_itself(const char *name, char *text, size_t size)
{
    char path[512] = {0};
    char command[1024];

    REQUIRE(readlink("/proc/self/exe", path, sizeof(path) - 1) > 0);
    snprintf(command, sizeof(command), "CAIRN_HARNESS_TEST=1 '%s' %s", path,
             name);
    FILE *output = popen(command, "r");
    REQUIRE(output != NULL);
    text[fread(text, 1, size - 1, output)] = '\0';
    pclose(output);
}

TEST(a_bench_is_taken_down_after_a_failed_require_but_not_after_a_skip)
{
    char text[512] = "";

    run_itself("failing_body", text, sizeof(text));
    EXPECT(strstr(text, "!inner() is false\nended 1\nfailed: ") != NULL);
    run_itself("skipping_body", text, sizeof(text));
    EXPECT_STR(text,
               "skipped: skipping_body: asked to\n"
               "0 passed, 0 failed, 1 skipped\n");
}
