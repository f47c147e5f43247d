/* SPDX-License-Identifier: Apache-2.0 */
#include "base/memory.h"

#include <errno.h>
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

static int succeed(void *context)
{
    free(memory_zeroed(1, 16));
    return *(const int *)context;
}

static int ask_for_all(void *context)
{
    free(memory_resize(NULL, SIZE_MAX, 2));
    return 0;
}

static int ask_inside(void *context)
{
    int *inner = context;
    bool lost;
    *inner = memory_try(ask_for_all, NULL, &lost);
    return 7;
}

TEST(what_needs_more_than_there_is_ends_at_the_innermost_try)
{
    int inner = 5;
    bool lost;
    EXPECT_EQ(memory_try(succeed, &inner, &lost), 5);
    EXPECT(!lost);
    EXPECT_EQ(memory_try(ask_for_all, NULL, &lost), -ENOMEM);
    EXPECT(lost);
    EXPECT_EQ(memory_try(ask_inside, &inner, &lost), 7);
    EXPECT_EQ(inner, -ENOMEM);
}
