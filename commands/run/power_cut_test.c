/* SPDX-License-Identifier: Apache-2.0 */
/* The guest flash erases (operation 1), programs 64 bytes (2) and marks them
 * (3); at its start it tells what it finds. */
#include "commands/command.h"

#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/buffer.h"
#include "tests/command.h"

static struct outcome run(const char *board, const char *cut)
{
    return CAIRN("run", board, "--kernel", "build/out/guest/virt/flash.elf",
                 "--power-cut", cut);
}

TEST(a_guest_goes_on_with_what_the_cut_left)
{
    static const struct {
        const char *cut;
        const char *lost; /* what the event says */
        const char *found;
    } cases[] = {
        {"1:5000",
         "cut in operation 1, erase at 0x0, after 5000 of 262144 "
         "bytes, seed 0", "found 0 words, no mark" },
        {"2:24@7",
         "cut in operation 2, program at 0x0, after 24 of 64 "
         "bytes, seed 7", "found 6 words, no mark" },
        {"2:999@1",
         "cut in operation 2, program at 0x0, after 64 of 64 "
         "bytes, seed 1", "found 16 words, no mark"},
        {"0x3:4@0x2",
         "cut in operation 3, program at 0x1000, after 4 of 4 "
         "bytes, seed 2", "found 16 words, marked" },
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        test_case("%s", cases[i].cut);
        OWNED(outcome_fini) struct outcome outcome = run("virt", cases[i].cut);
        EXPECT_EQ(outcome.code, COMMAND_DONE);
        const char *lost = strstr(outcome.out, cases[i].lost);
        EXPECT(strstr(outcome.out, "found 0 words, no mark"));
        EXPECT(lost && strstr(lost, cases[i].found));
        EXPECT(strstr(outcome.err, "power: nor1: lost in operation"));
        EXPECT(strstr(outcome.err, "on again"));
    }
}

TEST(the_same_cut_is_the_same_run)
{
    struct outcome outcomes[2] = {run("virt", "2:10@3"), run("virt", "2:10@3")};

    EXPECT(strstr(outcomes[0].out, "found 2 words, no mark"));
    EXPECT_STR(outcomes[1].out, outcomes[0].out);
    EXPECT_STR(outcomes[1].err, outcomes[0].err);
    outcome_fini(&outcomes[0]);
    outcome_fini(&outcomes[1]);
}

TEST(an_operation_that_is_never_reached_fails_the_run)
{
    OWNED(outcome_fini) struct outcome outcome = run("virt", "9");

    EXPECT_EQ(outcome.code, COMMAND_FAILED);
    EXPECT(strstr(outcome.err, "cairn: run: --power-cut: nor1: never lost"));
    EXPECT(strstr(outcome.out, "written"));
    EXPECT(strstr(outcome.err,
                  "power: nor1: never lost: 3 operations, none is number 9"));
}

TEST(what_is_no_cut_is_misuse)
{
    static const char *const cuts[] = {
        "", "0", "x", "1:", "1@", "1:2@", "1:@2", "4294967296", "1@2:3"};
    for (size_t i = 0; i < ARRAY_SIZE(cuts); i++) {
        test_case("%s", cuts[i]);
        OWNED(outcome_fini) struct outcome outcome = run("virt", cuts[i]);
        OWNED(free_at)
        char *expected = xasprintf(
            "cairn: run: option '--power-cut': '%s' is not "
            "OPERATION[:BYTE][@SEED], for example 12:100@7\n",
            cuts[i]);
        EXPECT_EQ(outcome.code, COMMAND_MISUSED);
        EXPECT_STR(outcome.err, expected);
    }
}

TEST(a_board_without_flash_loses_no_power)
{
    struct outcome outcome = CAIRN("run", "caliptra-1.1", "--power-cut", "1");

    EXPECT_EQ(outcome.code, COMMAND_MISUSED);
    EXPECT(strstr(outcome.err, "has no flash whose power can be cut"));
    outcome_fini(&outcome);
}

TEST(a_debugger_keeps_the_power_on)
{
    struct outcome outcome =
        CAIRN("run", "virt", "--power-cut", "1", "--gdb", "1234");

    EXPECT_EQ(outcome.code, COMMAND_MISUSED);
    EXPECT(strstr(outcome.err, "no effect with --gdb"));
    outcome_fini(&outcome);
}
