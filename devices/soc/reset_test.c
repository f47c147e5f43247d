/* SPDX-License-Identifier: Apache-2.0 */
#include "abi/gate.h"
#include "abi/soc_reset.h"
#include "devices/test_bus.h"
#include "tests/device.h"
#include "tests/harness.h"
#include "tests/told.h"

extern const struct device_type soc_reset;

FIXTURE(struct test_bus, bus, test_bus_fini)
FIXTURE_BEGIN(bus, test_bus_start(bus, &soc_reset))

TEST_ON(the_tables_promises_hold, bus)
{
    EXPECT_DEVICE(bus->device, NULL);
}

TEST_ON(all_lines_are_asserted_at_power_on, bus)
{
    EXPECT_EQ(test_read(bus->device, 0, SOC_RESET_LINES), 0x3ff);
    EXPECT_EQ(bus_level(bus, "line0"), 1);
    EXPECT_EQ(bus_level(bus, "line9"), 1);
    EXPECT_EQ(test_read(bus->device, 0, SOC_RESET_CAUSE), 1);
}

TEST_ON(a_line_stays_held_until_all_its_images_are_authorised, bus)
{
    test_write(bus->device, 0, SOC_RESET_REQUIRED, 5);
    device_input(bus->device, 0, 4);
    test_write(bus->device, 0, SOC_RESET_RELEASE, 1);
    EXPECT_EQ(bus_level(bus, "line0"), 1);
    REQUIRE(bus->fabric.events.count == 1);
    EXPECT_EQ(bus->fabric.events.events[0].fact, FACT_LINE_STAYS_HELD);
    EXPECT_EQ(bus->fabric.events.events[0].number, 0);
    EXPECT_EQ(bus->fabric.events.events[0].values[0], 5);
    EXPECT_EQ(bus->fabric.events.events[0].values[1], 4);
    device_input(bus->device, 0, 7);
    EXPECT_EQ(test_read(bus->device, 0, SOC_RESET_AUTHORISED), 7);
    test_write(bus->device, 0, SOC_RESET_RELEASE, 1);
    EXPECT_EQ(bus_level(bus, "line0"), 0);
    EXPECT_EQ(bus_level(bus, "line1"), 1);
    EXPECT_EQ(test_read(bus->device, 0, SOC_RESET_LINES), 0x3fe);
}

/* After reset a line requires every image, until it was set up. */
TEST_ON(a_line_nobody_set_up_cannot_be_released, bus)
{
    device_input(bus->device, 0, 0x7fffffff);
    test_write(bus->device, 0, SOC_RESET_RELEASE, 0x3ff);
    EXPECT_EQ(test_read(bus->device, 0, SOC_RESET_LINES), 0x3ff);
}

TEST_ON(an_authorisation_that_goes_takes_its_lines_along, bus)
{
    test_write(bus->device, 0, SOC_RESET_REQUIRED, 1);
    test_write(bus->device, 0, SOC_RESET_REQUIRED + 4, 2);
    device_input(bus->device, 0, 3);
    test_write(bus->device, 0, SOC_RESET_RELEASE, 3);
    EXPECT_EQ(test_read(bus->device, 0, SOC_RESET_LINES), 0x3fc);
    device_input(bus->device, 0, 1);
    EXPECT_EQ(test_read(bus->device, 0, SOC_RESET_LINES), 0x3fe);
    EXPECT_EQ(bus_level(bus, "line1"), 1);
}

TEST_ON(lines_8_and_9_are_the_root_of_trusts_active_low_too, bus)
{
    EXPECT_EQ(bus_level(bus, "rot_rst_b"), 0);
    test_write(bus->device, 0, SOC_RESET_REQUIRED + 4 * 9, 0);
    test_write(bus->device, 0, SOC_RESET_RELEASE, 0x200);
    EXPECT_EQ(bus_level(bus, "rot_rst_b"), 1);
    test_write(bus->device, 0, SOC_RESET_REQUIRED + 4 * 8, 0);
    test_write(bus->device, 0, SOC_RESET_RELEASE, 0x100);
    EXPECT_EQ(bus_level(bus, "rot_pwrgood"), 1);
    test_write(bus->device, 0, SOC_RESET_WARM, 0x54534552);
    EXPECT_EQ(bus_level(bus, "rot_rst_b"), 0);
    EXPECT_EQ(bus_level(bus, "rot_pwrgood"), 1);
    EXPECT_EQ(test_read(bus->device, 0, SOC_RESET_LINES), 0x2ff);
    test_write(bus->device, 0, SOC_RESET_ASSERT, 0x100);
    EXPECT_EQ(bus_level(bus, "rot_pwrgood"), 0);
}

TEST_ON(locked_requirements_stay_until_a_reset, bus)
{
    test_write(bus->device, 0, SOC_RESET_REQUIRED, 1);
    test_write(bus->device, 0, SOC_RESET_LOCK, 1);
    test_write(bus->device, 0, SOC_RESET_REQUIRED, 0);
    test_write(bus->device, 0, SOC_RESET_LOCK, 0);
    EXPECT_EQ(test_read(bus->device, 0, SOC_RESET_REQUIRED), 1);
    device_reset(bus->device, RESET_WARM);
    test_write(bus->device, 0, SOC_RESET_REQUIRED, 2);
    EXPECT_EQ(test_read(bus->device, 0, SOC_RESET_REQUIRED), 2);
}

TEST_ON(an_entry_moves_only_while_its_line_is_asserted, bus)
{
    test_write(bus->device, 0, SOC_RESET_ENTRY, 0xe00000);
    EXPECT_EQ(bus_level(bus, "entry0"), 0xe00000);
    test_write(bus->device, 0, SOC_RESET_REQUIRED, 0);
    test_write(bus->device, 0, SOC_RESET_RELEASE, 1);
    test_write(bus->device, 0, SOC_RESET_ENTRY, 0x1000);
    EXPECT_EQ(bus_level(bus, "entry0"), 0xe00000);
    test_write(bus->device, 0, SOC_RESET_ASSERT, 1);
    test_write(bus->device, 0, SOC_RESET_ENTRY, 0x1000);
    EXPECT_EQ(bus_level(bus, "entry0"), 0x1000);
}

TEST_ON(a_warm_reset_needs_its_key_and_is_a_pulse, bus)
{
    test_write(bus->device, 0, SOC_RESET_SCRATCH, 77);
    test_write(bus->device, 0, SOC_RESET_REQUIRED, 0);
    test_write(bus->device, 0, SOC_RESET_WARM, 1);
    EXPECT_EQ(bus_level(bus, "warm"), 0);
    test_write(bus->device, 0, SOC_RESET_WARM, 0x54534552);
    EXPECT_EQ(bus_level(bus, "warm"), 1);
    EXPECT_EQ(test_read(bus->device, 0, SOC_RESET_REQUIRED), UINT32_MAX);
    EXPECT_EQ(bus_level(bus, "line9"), 1);
    clock_advance(&bus->fabric.clock, 1000);
    EXPECT_EQ(bus_level(bus, "warm"), 0);
    EXPECT_EQ(test_read(bus->device, 0, SOC_RESET_CAUSE), 3);
    EXPECT_EQ(test_read(bus->device, 0, SOC_RESET_SCRATCH), 77);
    test_write(bus->device, 0, SOC_RESET_CAUSE, 1);
    EXPECT_EQ(test_read(bus->device, 0, SOC_RESET_CAUSE), 2);
}

TEST_ON(the_watchdog_bites_unless_kicked, bus)
{
    test_write(bus->device, 0, SOC_RESET_PERIOD, 100);
    clock_advance(&bus->fabric.clock, 99999);
    test_write(bus->device, 0, SOC_RESET_KICK, 1);
    clock_advance(&bus->fabric.clock, 199998);
    EXPECT_EQ(bus_level(bus, "warm"), 0);
    clock_advance(&bus->fabric.clock, 199999);
    EXPECT_EQ(bus_level(bus, "warm"), 1);
    EXPECT_EQ(test_read(bus->device, 0, SOC_RESET_CAUSE), 5);
}

TEST_ON(the_power_goes_with_its_key, bus)
{
    test_write(bus->device, 0, SOC_RESET_POWER_OFF, 0x54534552);
    EXPECT_EQ(bus_level(bus, "power_off"), 0);
    test_write(bus->device, 0, SOC_RESET_POWER_OFF, 0x2146464f);
    EXPECT_EQ(bus_level(bus, "power_off"), 1);
    device_reset(bus->device, RESET_POWER_ON);
    EXPECT_EQ(bus_level(bus, "power_off"), 0);
}

/* ---- what others hear of it ---------------------------------------------- */

TEST_ON(each_line_and_entry_has_an_output_of_its_own, bus)
{
    OWNED(told_fini) struct told told;

    device_input(bus->device, 0, UINT32_MAX);
    told_init(&told, bus->device);
    for (unsigned i = 0; i < 8; i++) {
        char entry[64];

        test_case("line %u", i);
        test_write(bus->device, 0, SOC_RESET_ENTRY + 4 * i, 0x100 + i);
        test_write(bus->device, 0, SOC_RESET_SCRATCH + 4 * i, 0x200 + i);
        snprintf(entry, sizeof(entry), "entry%u = 10%u\n", i, i);
        EXPECT_TOLD(&told, entry);
    }
    for (unsigned i = 0; i < 10; i++) {
        char line[64];

        test_case("line %u", i);
        test_write(bus->device, 0, SOC_RESET_RELEASE, 1u << i);
        snprintf(line, sizeof(line), "line%u = 0\n%s", i,
                 i == 8   ? "rot_pwrgood = 1\n"
                 : i == 9 ? "rot_rst_b = 1\n"
                          : "");
        EXPECT_TOLD(&told, line);
        EXPECT_EQ(test_read(bus->device, 0, SOC_RESET_LINES),
                  0x3ff & ~((2u << i) - 1));
    }
}

TEST_ON(whoever_may_not_is_told_why, bus)
{
    OWNED(told_fini) struct told told;

    told_init(&told, bus->device);
    test_write(bus->device, 0, SOC_RESET_REQUIRED, 1);
    test_write(bus->device, 0, SOC_RESET_RELEASE, 0x201);
    EXPECT_TOLD(&told,
                "fact LINE_STAYS_HELD of 0x0 0x1\n"
                "fact LINE_STAYS_HELD of 0x9 0xffffffff\n");
    test_write(bus->device, 0, SOC_RESET_LOCK, 1);
    test_write(bus->device, 0, SOC_RESET_REQUIRED + 4, 1);
    test_write(bus->device, 0, SOC_RESET_WARM, 5);
    test_write(bus->device, 0, SOC_RESET_POWER_OFF, 6);
    EXPECT_TOLD(&told,
                "guest: device: REQUIRED is locked\n"
                "guest: device: 0x5 is not the key\n"
                "guest: device: 0x6 is not the key\n");
    device_input(bus->device, 0, 1);
    test_write(bus->device, 0, SOC_RESET_RELEASE, 1);
    test_write(bus->device, 0, SOC_RESET_ENTRY, 5);
    EXPECT_TOLD(&told,
                "line0 = 0\n"
                "guest: device: entry of line 0 while it is released\n");
    device_input(bus->device, 0, 0);
    EXPECT_TOLD(&told,
                "fact LINES_ASSERTED 0x1\n"
                "line0 = 1\n");
}

/* Neither the root of trust's lines nor what is authorised still. */
TEST_ON(an_authorisation_that_goes_holds_cores_only, bus)
{
    OWNED(told_fini) struct told told;

    device_input(bus->device, 0, UINT32_MAX);
    test_write(bus->device, 0, SOC_RESET_RELEASE, 0x381);
    test_write(bus->device, 0, SOC_RESET_REQUIRED + 4, 0);
    told_init(&told, bus->device);
    device_input(bus->device, 0, UINT32_MAX - 1);
    EXPECT_TOLD(&told,
                "fact LINES_ASSERTED 0x81\n"
                "line0 = 1\n"
                "line7 = 1\n");
    EXPECT_EQ(test_read(bus->device, 0, SOC_RESET_LINES), 0x0ff);
}

TEST_ON(a_warm_reset_says_whose_it_is_and_lasts_a_microsecond, bus)
{
    OWNED(told_fini) struct told told;

    told_init(&told, bus->device);
    test_write(bus->device, 0, SOC_RESET_WARM, SOC_RESET_WARM_KEY);
    EXPECT_TOLD(&told,
                "fact SYSTEM_WARM_RESET\n"
                "warm = 1\n");
    clock_advance(&bus->fabric.clock, 999);
    EXPECT_TOLD(&told, "");
    clock_advance(&bus->fabric.clock, 1000);
    EXPECT_TOLD(&told, "warm = 0\n");
    test_write(bus->device, 0, SOC_RESET_CAUSE, 3);
    test_write(bus->device, 0, SOC_RESET_PERIOD, 1);
    clock_advance(&bus->fabric.clock, 2000);
    EXPECT_TOLD(&told,
                "fact SYSTEM_WATCHDOG_RESET\n"
                "warm = 1\n");
    EXPECT_EQ(test_read(bus->device, 0, SOC_RESET_CAUSE), 4);
    device_reset(bus->device, RESET_POWER_ON);
    EXPECT_TOLD(&told, "warm = 0\n");
}

/* The pulse of one reset does not cut the next one short. */
TEST_ON(power_on_ends_the_pulse_before, bus)
{
    test_write(bus->device, 0, SOC_RESET_WARM, SOC_RESET_WARM_KEY);
    clock_advance(&bus->fabric.clock, 600);
    device_reset(bus->device, RESET_POWER_ON);
    EXPECT_EQ(clock_next(&bus->fabric.clock), TIME_NEVER);
}

TEST_ON(a_watchdog_without_a_period_sleeps, bus)
{
    OWNED(told_fini) struct told told;

    told_init(&told, bus->device);
    test_write(bus->device, 0, SOC_RESET_KICK, 1);
    EXPECT_EQ(clock_next(&bus->fabric.clock), TIME_NEVER);
    test_write(bus->device, 0, SOC_RESET_PERIOD, 3);
    EXPECT_EQ(clock_next(&bus->fabric.clock), 3000);
    test_write(bus->device, 0, SOC_RESET_PERIOD, 0);
    EXPECT_EQ(clock_next(&bus->fabric.clock), TIME_NEVER);
    test_write(bus->device, 0, SOC_RESET_PERIOD, 1);
    device_reset(bus->device, RESET_WARM);
    EXPECT_EQ(clock_next(&bus->fabric.clock), TIME_NEVER);
    EXPECT_TOLD(&told, "");
}

TEST_ON(verdict_and_end_are_outputs, bus)
{
    OWNED(told_fini) struct told told;

    told_init(&told, bus->device);
    test_write(bus->device, 0, SOC_RESET_VERDICT, 2);
    EXPECT_EQ(test_read(bus->device, 0, SOC_RESET_VERDICT), 2);
    test_write(bus->device, 0, SOC_RESET_POWER_OFF, 0x2146464f);
    EXPECT_TOLD(&told,
                "verdict = 2\n"
                "fact SYSTEM_POWER_OFF\n"
                "power_off = 1\n");
}
