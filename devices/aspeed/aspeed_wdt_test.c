/* SPDX-License-Identifier: Apache-2.0 */
#include "abi/ast2700.h"
#include "base/bits.h"
#include "devices/test_bus.h"
#include "tests/device.h"
#include "tests/harness.h"
#include "tests/told.h"

extern const struct device_type aspeed_wdt;

enum { US = 1000, SECOND = 1 << 7 };

/* As drivers arm it: reload, restart, control. */
static void arm(struct test_bus *bus, uint32_t us, uint32_t control)
{
    bus_set(bus, AST2700_WDT_RELOAD, us);
    bus_set(bus, AST2700_WDT_RESTART, AST2700_WDT_MAGIC);
    bus_set(bus, AST2700_WDT_CONTROL, control);
}

FIXTURE(struct test_bus, bus, test_bus_fini)
FIXTURE_BEGIN(bus, test_bus_start(bus, &aspeed_wdt))

TEST_ON(the_tables_promises_hold, bus)
{
    EXPECT_DEVICE(bus->device, NULL);
}

TEST_ON(it_counts_microseconds_while_it_is_enabled, bus)
{
    struct told told;

    bus_pass(bus, 1000 * US);
    EXPECT_EQ(bus_get(bus, AST2700_WDT_COUNTER), 0x14fb180);
    EXPECT_EQ(test_tells(bus, AST2700_WDT_COUNTER), 1);
    bus_set(bus, AST2700_WDT_RELOAD, 100);
    told_init(&told, bus->device);
    bus_set(bus, AST2700_WDT_RESTART, 1); /* not the magic */
    EXPECT_TOLD(&told, "guest: device: 0x1 does not restart the counter\n");
    told_fini(&told);
    EXPECT_EQ(bus_get(bus, AST2700_WDT_COUNTER), 0x14fb180);
    arm(bus, 100, AST2700_WDT_ENABLE);
    bus_pass(bus, 30 * US);
    EXPECT_EQ(bus_get(bus, AST2700_WDT_COUNTER), 70);
    bus_set(bus, AST2700_WDT_CONTROL, 0);
    bus_pass(bus, 100 * US);
    EXPECT_EQ(bus_get(bus, AST2700_WDT_COUNTER), 70);
    bus_set(bus, AST2700_WDT_CONTROL, AST2700_WDT_ENABLE);
    bus_pass(bus, 69 * US);
    EXPECT_EQ(bus_get(bus, AST2700_WDT_STATUS), 0);
    bus_set(bus, AST2700_WDT_RESTART, AST2700_WDT_MAGIC);
    bus_pass(bus, 99 * US);
    EXPECT_EQ(bus_get(bus, AST2700_WDT_STATUS), 0);
    bus_pass(bus, 1 * US);
    EXPECT_EQ(bus_get(bus, AST2700_WDT_STATUS), 0x101);
    EXPECT_EQ(bus_get(bus, AST2700_WDT_CONTROL), 0);
    EXPECT_EQ(bus_get(bus, AST2700_WDT_COUNTER), 0);
    EXPECT_EQ(clock_next(&bus->fabric.clock), TIME_NEVER);
    arm(bus, 100, AST2700_WDT_ENABLE);
    device_reset(bus->device, RESET_WARM);
    EXPECT_EQ(clock_next(&bus->fabric.clock), TIME_NEVER);
    EXPECT_EQ(bus_get(bus, AST2700_WDT_COUNTER), 0x14fb180);
    arm(bus, 100, AST2700_WDT_ENABLE);
    for (uint32_t us = 99; us < 102; us++) { /* a core ahead of the end */
        bus->fabric.clock.now_ns += us == 99 ? 99 * US : US;
        EXPECT_EQ(bus_get(bus, AST2700_WDT_COUNTER), us == 99);
    }
}

TEST(it_asks_for_the_reset_of_its_mode_and_status_outlasts_it)
{
    static const struct {
        uint32_t control;
        uint32_t disable;
        const char *told;
    } rows[] = {
        {AST2700_WDT_MODE_SOC,  0, "reset = 4\nreset = 0\n"},
        {AST2700_WDT_MODE_FULL, 0, "reset = 1\nreset = 0\n"},
        {AST2700_WDT_MODE_CPU,  0, "reset = 2\nreset = 0\n"},
        {AST2700_WDT_MODE_SOC,  2, ""                      },
        {AST2700_WDT_MODE_FULL, 4, ""                      },
        {AST2700_WDT_MODE_CPU,  8, ""                      },
        {SECOND,                0, "reset = 4\nreset = 0\n"},
    };

    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        OWNED(test_bus_fini) struct test_bus bus;
        OWNED(told_fini) struct told told;

        test_case("%zu", i);
        test_bus_start(&bus, &aspeed_wdt);
        told_init(&told, bus.device);
        bus_set(&bus, AST2700_WDT_DISABLE, rows[i].disable);
        arm(&bus, 10, rows[i].control | AST2700_WDT_ENABLE);
        told_clear(&told);
        bus_pass(&bus, 10 * US);
        EXPECT_TOLD(&told, ""); /* it is not to reset anything */
        bus_set(&bus, AST2700_WDT_CLEAR, 2);
        EXPECT_EQ(bus_get(&bus, AST2700_WDT_STATUS),
                  rows[i].control == SECOND ? 0x103 : 0x101);
        bus_set(&bus, AST2700_WDT_CLEAR, 1);
        arm(&bus, 10,
            rows[i].control | AST2700_WDT_ENABLE | AST2700_WDT_RESETS);
        told_clear(&told);
        bus_pass(&bus, 10 * US);
        EXPECT_TOLD(&told, rows[i].told);
        device_reset(bus.device, RESET_WARM);
        EXPECT_EQ(bus_get(&bus, AST2700_WDT_STATUS),
                  rows[i].control == SECOND ? 0x103 : 0x101);
        EXPECT_EQ(bus_get(&bus, AST2700_WDT_RELOAD), 0x14fb180);
        EXPECT_EQ(bus_get(&bus, AST2700_WDT_DISABLE), rows[i].disable);
        bus_set(&bus, AST2700_WDT_CLEAR, 1);
        EXPECT_EQ(bus_get(&bus, AST2700_WDT_STATUS), 0);
    }
}

TEST_ON(a_mask_without_the_boot_mcu_resets_the_cortex_a35, bus)
{
    OWNED(told_fini) struct told told;

    bus_set(bus, AST2700_WDT_MASK + 12, 0);
    told_init(&told, bus->device);
    arm(bus, 10, AST2700_WDT_ENABLE | AST2700_WDT_RESETS);
    bus_pass(bus, 10 * US);
    EXPECT_TOLD(&told,
                "unmodelled: device: a reset without the boot MCU: mask "
                "0x8207ff71\nreset = 6\nreset = 0\n");
    bus_set(bus, AST2700_WDT_SOFTWARE + 16, 0);
    bus_set(bus, AST2700_WDT_SOFTWARE + 4, 0xfffffffe); /* nor these */
    bus_set(bus, AST2700_WDT_SOFTWARE, AST2700_WDT_SOFTWARE_MAGIC);
    EXPECT_TOLD(&told,
                "unmodelled: device: a reset without the boot MCU: mask "
                "0xfffffffe\n");
}

TEST_ON(ends_are_counted_up_to_what_their_fields_hold, bus)
{
    for (uint32_t ends = 1; ends < 4100; ends++) {
        test_case("%u", ends);
        arm(bus, 1, AST2700_WDT_ENABLE);
        bus_pass(bus, 1 * US);
        EXPECT_EQ(bus_get(bus, AST2700_WDT_STATUS),
                  1 | (ends < 4095 ? ends : 4095) << 8);
        EXPECT_EQ(bus_get(bus, AST2700_WDT_SOFTWARE), (ends < 15 ? ends : 15)
                                                          << 4);
    }
    bus_set(bus, AST2700_WDT_SOFTWARE, 0xdeaddeae);
    EXPECT_EQ(bus_get(bus, AST2700_WDT_SOFTWARE), 15 << 4);
    bus_set(bus, AST2700_WDT_SOFTWARE, 0xdeaddead);
    EXPECT_EQ(bus_get(bus, AST2700_WDT_SOFTWARE), 0);
}

TEST_ON(it_warns_before_the_end, bus)
{
    OWNED(told_fini) struct told told;

    told_init(&told, bus->device);
    arm(bus, 5000, 2048 | AST2700_WDT_INTERRUPTS | AST2700_WDT_ENABLE);
    bus_pass(bus, 2951 * US);
    EXPECT_TOLD(&told, "");
    bus_pass(bus, 1 * US);
    EXPECT_TOLD(&told, "interrupt = 1\ninterrupt = 0\n");
    EXPECT_EQ(bus_get(bus, AST2700_WDT_STATUS), 4);
    bus_set(bus, AST2700_WDT_RESTART, AST2700_WDT_MAGIC);
    bus_set(bus, AST2700_WDT_CONTROL, 2048 | AST2700_WDT_ENABLE);
    bus_pass(bus, 4000 * US);
    EXPECT_TOLD(&told, ""); /* it is not to warn */
    arm(bus, 2048, 2048 | AST2700_WDT_INTERRUPTS | AST2700_WDT_ENABLE);
    bus_pass(bus, 2047 * US);
    EXPECT_TOLD(&told, ""); /* it ends as it would warn */
    bus_set(bus, AST2700_WDT_DISABLE, 1 << 4);
    arm(bus, 5000, 2048 | AST2700_WDT_INTERRUPTS | AST2700_WDT_ENABLE);
    bus_pass(bus, 4000 * US);
    EXPECT_TOLD(&told, "");
}

TEST_ON(software_resets_at_once, bus)
{
    OWNED(told_fini) struct told told;

    told_init(&told, bus->device);
    bus_set(bus, AST2700_WDT_SOFTWARE, 1);
    EXPECT_TOLD(&told, "");
    bus_set(bus, AST2700_WDT_SOFTWARE, AST2700_WDT_SOFTWARE_MAGIC);
    EXPECT_TOLD(&told, "reset = 8\nreset = 0\n");
    bus_set(bus, AST2700_WDT_DISABLE, 1 << 5);
    bus_set(bus, AST2700_WDT_SOFTWARE, AST2700_WDT_SOFTWARE_MAGIC);
    EXPECT_TOLD(&told, "");
}

TEST_ON(one_that_is_disabled_while_it_counts_stands_still, bus)
{
    OWNED(told_fini) struct told told;

    told_init(&told, bus->device);
    arm(bus, 10, AST2700_WDT_ENABLE | AST2700_WDT_RESETS);
    bus_pass(bus, 4 * US);
    bus_set(bus, AST2700_WDT_DISABLE, 1);
    bus_pass(bus, 100 * US);
    EXPECT_TOLD(&told, "");
    EXPECT_EQ(bus_get(bus, AST2700_WDT_COUNTER), 6);
    bus_set(bus, AST2700_WDT_SOFTWARE, AST2700_WDT_SOFTWARE_MAGIC);
    EXPECT_TOLD(&told, "");
}

TEST_ON(scratch_holds_a_byte, bus)
{
    bus_set(bus, AST2700_WDT_DISABLE + 4, 0x1234);
    EXPECT_EQ(bus_get(bus, AST2700_WDT_DISABLE + 4), 0x34);
    bus_set(bus, AST2700_WDT_DISABLE + 4, 0xea000056);
    EXPECT_EQ(bus_get(bus, AST2700_WDT_DISABLE + 4), 0);
}
