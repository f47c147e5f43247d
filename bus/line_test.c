/* SPDX-License-Identifier: Apache-2.0 */
#include "bus/line.h"

#include "tests/harness.h"

struct listener {
    unsigned calls;
    unsigned input;
    uint32_t level;
    struct line *lowers;
};

static void listen(void *context, unsigned input, uint32_t level)
{
    struct listener *listener = context;
    listener->calls++;
    listener->input = input;
    listener->level = level;
    if (listener->lowers && level != 0) {
        line_lower(listener->lowers);
    }
}

FIXTURE(struct line, line, line_fini)

TEST_BEGINS(sinks_hear_changes_only, line)
{
    struct listener a = {0};
    line_init(line, LINE_INTERRUPT, "uart0", "irq");
    EXPECT_STR(line->name, "uart0.irq");
    line_connect(line, listen, &a, 5, "pic");
    EXPECT_EQ(a.calls, 0);
    line_lower(line);
    EXPECT_EQ(a.calls, 0);
    line_raise(line);
    line_raise(line);
    EXPECT_EQ(a.calls, 1);
    EXPECT_EQ(a.input, 5);
    line_set(line, 0x1234);
    EXPECT_EQ(a.level, 0x1234);
}

TEST_BEGINS(a_late_sink_learns_the_level_and_a_gone_one_nothing, line)
{
    struct listener a = {0};
    struct listener b = {0};
    line_init(line, LINE_SIGNAL, "a", "b");
    line_set(line, 3);
    line_connect(line, listen, &a, 0, "a");
    EXPECT_EQ(a.level, 3);
    line_connect(line, listen, &b, 1, "b");
    line_disconnect(line, listen, &a);
    line_set(line, 4);
    EXPECT_EQ(a.level, 3);
    EXPECT_EQ(b.level, 4);
}

TEST_BEGINS(a_sink_that_drives_the_line_back_leaves_all_with_the_last_level,
            line)
{
    struct listener a = {0};
    struct listener b = {0};
    line_init(line, LINE_RESET, "a", "b");
    a.lowers = line;
    line_connect(line, listen, &a, 0, "a");
    line_connect(line, listen, &b, 0, "b");
    line_raise(line);
    EXPECT_EQ(line->level, 0);
    EXPECT_EQ(a.level, 0);
    EXPECT_EQ(b.level, 0);
}
