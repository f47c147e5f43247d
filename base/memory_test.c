/* SPDX-License-Identifier: Apache-2.0 */
#include "base/memory.h"

#include <stdint.h>
#include <stdlib.h>

#include "tests/harness.h"

TEST(the_reserve_is_there_while_it_is_held)
{
    EXPECT(!memory_relieve());
    EXPECT(memory_fill_reserve());
    EXPECT(!memory_relieve());
    REQUIRE(memory_hold_reserve());
    REQUIRE(memory_hold_reserve());
    for (int i = 0; i < RESERVE_PIECES; i++) {
        EXPECT(memory_relieve());
    }
    EXPECT(!memory_relieve());
    EXPECT(memory_fill_reserve());
    memory_drop_reserve();
    EXPECT(memory_relieve());
    memory_drop_reserve();
    EXPECT(!memory_relieve());
}

static int succeed(int value)
{
    free(memory_zeroed(1, 16));
    return value;
}

static int ask_for_all(void)
{
    free(memory_resize(NULL, SIZE_MAX, 2));
    return 0;
}

static int ask_inside(int *inner)
{
    bool lost;
    *inner = MEMORY_TRY(ask_for_all(), &lost);
    return 7;
}

TEST(what_needs_more_than_there_is_ends_at_the_innermost_try)
{
    int inner = 5;
    bool lost;
    EXPECT_EQ(MEMORY_TRY(succeed(5), &lost), 5);
    EXPECT(!lost);
    EXPECT_EQ(MEMORY_TRY(ask_for_all(), &lost), -ENOMEM);
    EXPECT(lost);
    EXPECT_EQ(MEMORY_TRY(ask_inside(&inner), &lost), 7);
    EXPECT_EQ(inner, -ENOMEM);
}
