/* SPDX-License-Identifier: Apache-2.0 */
/* How places of resets are given; tests/program/reset-at-test.sh has what they
 * do. */
#include "commands/command.h"

#include <stdlib.h>

#include "base/bits.h"
#include "base/buffer.h"
#include "tests/command.h"

TEST(what_names_no_place_is_misuse)
{
    static const char *const places[] = {
        "",     "@5",   "x",     "x@",     "x@5+",
        "x@+5", "x@5z", "x@5+0", "x@5+1z", "x@18446744073709551616"};
    for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
        test_case("%s", places[i]);
        struct outcome outcome = CAIRN("run", "trust", "--reset-at", places[i]);
        char *expected = xasprintf(
            "cairn: run: option '--reset-at': '%s' is not "
            "LINE@INSTRUCTION[+TIME], for example "
            "mcu_reset.line0@4000000+10us\n",
            places[i]);
        EXPECT_EQ(outcome.code, COMMAND_MISUSED);
        EXPECT_STR(outcome.err, expected);
        free(expected);
        outcome_fini(&outcome);
    }
}
