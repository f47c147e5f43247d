/* SPDX-License-Identifier: Apache-2.0 */
#include "base/bits.h"
#include "devices/devices.h"
#include "tests/device.h"

enum {
    PRIORITY = 0x0000,
    PENDING = 0x1000,
    ENABLE = 0x2000,
    CONFIG = 0x3000,
    GATEWAY = 0x4000,
    CLEAR = 0x5000,
    ACTIVE_LOW = 1,
    EDGE = 2,
};

struct bench {
    struct fabric fabric;
    struct device *pic;
};

static const struct access by_core = {.view = 0};

static void set_up(struct bench *bench)
{
    fabric_init(&bench->fabric, 1);
    bench->pic = device_create(&bench->fabric,
                               device_type_find("chipsalliance,veer-pic"),
                               "pic", NULL, NULL);
    device_init(bench->pic, NULL);
    device_reset(bench->pic, RESET_POWER_ON);
}

static void tear_down(struct bench *bench)
{
    device_destroy(bench->pic);
    fabric_fini(&bench->fabric);
}

static void put(struct bench *bench, uint32_t offset, uint32_t value)
{
    device_write(bench->pic, 0, &by_core, offset, 4, value);
}

static uint32_t get(struct bench *bench, uint32_t offset)
{
    uint64_t value = 0;
    device_read(bench->pic, 0, &by_core, offset, 4, &value);
    return (uint32_t)value;
}

static void drive(struct bench *bench, unsigned source, uint32_t level)
{
    device_input(bench->pic, source - 1, level);
}

static uint32_t winner(const struct bench *bench)
{
    return bench->pic->outputs[0].level;
}

static void use(struct bench *bench, unsigned source, uint32_t priority)
{
    put(bench, PRIORITY + 4 * source, priority);
    put(bench, ENABLE + 4 * source, 1);
}

TEST(registers_keep_the_promises_of_their_table)
{
    EXPECT_DEVICE_TYPE(device_type_find("chipsalliance,veer-pic"), NULL);
}

FIXTURE(struct bench, bench, tear_down)
FIXTURE_BEGIN(bench, set_up(bench))

TEST_ON(best_enabled_source_wins_and_the_lowest_of_equals, bench)
{
    use(bench, 3, 5);
    use(bench, 20, 15);
    use(bench, 7, 5);
    drive(bench, 7, 1);
    EXPECT_EQ(winner(bench), 5 << 8 | 7);
    drive(bench, 3, 1);
    EXPECT_EQ(winner(bench), 5 << 8 | 3);
    drive(bench, 20, 1);
    EXPECT_EQ(winner(bench), 15 << 8 | 20);
    EXPECT_EQ(get(bench, PENDING), BIT(3) | BIT(7) | BIT(20));
    put(bench, ENABLE + 4 * 20, 0);
    EXPECT_EQ(winner(bench), 5 << 8 | 3);
    drive(bench, 3, 0);
    drive(bench, 7, 0);
    EXPECT_EQ(winner(bench), 0);
}

TEST_ON(priority_zero_is_off_and_31_is_the_last_source, bench)
{
    use(bench, 31, 0);
    drive(bench, 31, 1);
    EXPECT_EQ(winner(bench), 0);
    put(bench, PRIORITY + 4 * 31, 1);
    EXPECT_EQ(winner(bench), 1 << 8 | 31);
}

TEST_ON(reversed_order_takes_the_smallest_priority_first, bench)
{
    use(bench, 1, 2);
    use(bench, 2, 9);
    use(bench, 3, 15);
    put(bench, CONFIG, 1);
    drive(bench, 3, 1);
    EXPECT_EQ(winner(bench), 0);
    drive(bench, 2, 1);
    EXPECT_EQ(winner(bench), 6 << 8 | 2);
    drive(bench, 1, 1);
    EXPECT_EQ(winner(bench), 13 << 8 | 1);
}

TEST_ON(edges_are_kept_until_cleared_and_levels_are_not, bench)
{
    use(bench, 4, 3);
    put(bench, GATEWAY + 4 * 4, EDGE);
    drive(bench, 4, 1);
    drive(bench, 4, 0);
    EXPECT_EQ(winner(bench), 3 << 8 | 4);
    put(bench, CLEAR + 4 * 4, 0);
    EXPECT_EQ(winner(bench), 0);
    put(bench, GATEWAY + 4 * 4, 0);
    drive(bench, 4, 1);
    put(bench, CLEAR + 4 * 4, 0);
    EXPECT_EQ(winner(bench), 3 << 8 | 4);
    drive(bench, 4, 0);
    EXPECT_EQ(winner(bench), 0);
}

TEST_ON(active_low_sources_are_pending_while_low, bench)
{
    use(bench, 6, 1);
    put(bench, GATEWAY + 4 * 6, ACTIVE_LOW);
    EXPECT_EQ(winner(bench), 1 << 8 | 6);
    drive(bench, 6, 1);
    EXPECT_EQ(winner(bench), 0);
}

TEST_ON(reset_forgets_the_set_up_but_not_the_wires, bench)
{
    use(bench, 5, 1);
    drive(bench, 5, 1);
    device_reset(bench->pic, RESET_CORE);
    EXPECT_EQ(winner(bench), 0);
    use(bench, 5, 2);
    EXPECT_EQ(winner(bench), 2 << 8 | 5);
}
