/* SPDX-License-Identifier: Apache-2.0 */
#include "devices/arm/test_bus.h"
#include "tests/device.h"
#include "tests/harness.h"

extern const struct device_type soc_reset;

enum {
    CAUSE = 0x04,
    LINES = 0x08,
    ASSERT = 0x0c,
    RELEASE = 0x10,
    AUTHORISED = 0x14,
    WARM_RESET = 0x18,
    LOCK = 0x1c,
    POWER_OFF = 0x20,
    REQUIRED = 0x40,
    ENTRY = 0x80,
    SCRATCH = 0xa0,
    PERIOD = 0xc0,
    KICK = 0xc4,
};

static void start(struct test_bus *bus)
{
    test_bus_init(bus);
    bus->device = test_bus_make(bus, &soc_reset);
}

static uint32_t level(const struct test_bus *bus, const char *output)
{
    return device_output(bus->device, output)->level;
}

TEST(the_tables_promises_hold)
{
    struct test_bus bus;

    start(&bus);
    EXPECT_DEVICE(bus.device, NULL);
    test_bus_fini(&bus);
}

TEST(all_lines_are_asserted_at_power_on)
{
    struct test_bus bus;

    start(&bus);
    EXPECT_EQ(test_read(bus.device, 0, LINES), 0x3ff);
    EXPECT_EQ(level(&bus, "line0"), 1);
    EXPECT_EQ(level(&bus, "line9"), 1);
    EXPECT_EQ(test_read(bus.device, 0, CAUSE), 1);
    test_bus_fini(&bus);
}

TEST(a_line_stays_held_until_all_its_images_are_authorised)
{
    struct test_bus bus;

    start(&bus);
    test_write(bus.device, 0, REQUIRED, 5);
    device_input(bus.device, 0, 4);
    test_write(bus.device, 0, RELEASE, 1);
    EXPECT_EQ(level(&bus, "line0"), 1);
    REQUIRE(bus.fabric.events.count == 1);
    EXPECT_STR(bus.fabric.events.events[0].detail,
               "stays held: needs images 0x5, authorised are 0x4");
    device_input(bus.device, 0, 7);
    EXPECT_EQ(test_read(bus.device, 0, AUTHORISED), 7);
    test_write(bus.device, 0, RELEASE, 1);
    EXPECT_EQ(level(&bus, "line0"), 0);
    EXPECT_EQ(level(&bus, "line1"), 1);
    EXPECT_EQ(test_read(bus.device, 0, LINES), 0x3fe);
    test_bus_fini(&bus);
}

/* Nothing is required of nobody: out of reset a line needs every image. */
TEST(a_line_nobody_set_up_cannot_be_released)
{
    struct test_bus bus;

    start(&bus);
    device_input(bus.device, 0, 0x7fffffff);
    test_write(bus.device, 0, RELEASE, 0x3ff);
    EXPECT_EQ(test_read(bus.device, 0, LINES), 0x3ff);
    test_bus_fini(&bus);
}

TEST(an_authorisation_that_goes_takes_its_lines_along)
{
    struct test_bus bus;

    start(&bus);
    test_write(bus.device, 0, REQUIRED, 1);
    test_write(bus.device, 0, REQUIRED + 4, 2);
    device_input(bus.device, 0, 3);
    test_write(bus.device, 0, RELEASE, 3);
    EXPECT_EQ(test_read(bus.device, 0, LINES), 0x3fc);
    device_input(bus.device, 0, 1);
    EXPECT_EQ(test_read(bus.device, 0, LINES), 0x3fe);
    EXPECT_EQ(level(&bus, "line1"), 1);
    test_bus_fini(&bus);
}

TEST(lines_8_and_9_are_the_root_of_trusts_active_low_too)
{
    struct test_bus bus;

    start(&bus);
    EXPECT_EQ(level(&bus, "rot_rst_b"), 0);
    test_write(bus.device, 0, REQUIRED + 4 * 9, 0);
    test_write(bus.device, 0, RELEASE, 0x200);
    EXPECT_EQ(level(&bus, "rot_rst_b"), 1);
    test_write(bus.device, 0, REQUIRED + 4 * 8, 0);
    test_write(bus.device, 0, RELEASE, 0x100);
    EXPECT_EQ(level(&bus, "rot_pwrgood"), 1);
    test_write(bus.device, 0, WARM_RESET, 0x54534552);
    EXPECT_EQ(level(&bus, "rot_rst_b"), 0);
    EXPECT_EQ(level(&bus, "rot_pwrgood"), 1);
    EXPECT_EQ(test_read(bus.device, 0, LINES), 0x2ff);
    test_write(bus.device, 0, ASSERT, 0x100);
    EXPECT_EQ(level(&bus, "rot_pwrgood"), 0);
    test_bus_fini(&bus);
}

TEST(locked_requirements_stay_until_a_reset)
{
    struct test_bus bus;

    start(&bus);
    test_write(bus.device, 0, REQUIRED, 1);
    test_write(bus.device, 0, LOCK, 1);
    test_write(bus.device, 0, REQUIRED, 0);
    test_write(bus.device, 0, LOCK, 0);
    EXPECT_EQ(test_read(bus.device, 0, REQUIRED), 1);
    device_reset(bus.device, RESET_WARM);
    test_write(bus.device, 0, REQUIRED, 2);
    EXPECT_EQ(test_read(bus.device, 0, REQUIRED), 2);
    test_bus_fini(&bus);
}

TEST(an_entry_moves_only_while_its_line_is_asserted)
{
    struct test_bus bus;

    start(&bus);
    test_write(bus.device, 0, ENTRY, 0xe00000);
    EXPECT_EQ(level(&bus, "entry0"), 0xe00000);
    test_write(bus.device, 0, REQUIRED, 0);
    test_write(bus.device, 0, RELEASE, 1);
    test_write(bus.device, 0, ENTRY, 0x1000);
    EXPECT_EQ(level(&bus, "entry0"), 0xe00000);
    test_write(bus.device, 0, ASSERT, 1);
    test_write(bus.device, 0, ENTRY, 0x1000);
    EXPECT_EQ(level(&bus, "entry0"), 0x1000);
    test_bus_fini(&bus);
}

TEST(a_warm_reset_needs_its_key_and_is_a_pulse)
{
    struct test_bus bus;

    start(&bus);
    test_write(bus.device, 0, SCRATCH, 77);
    test_write(bus.device, 0, REQUIRED, 0);
    test_write(bus.device, 0, WARM_RESET, 1);
    EXPECT_EQ(level(&bus, "warm"), 0);
    test_write(bus.device, 0, WARM_RESET, 0x54534552);
    EXPECT_EQ(level(&bus, "warm"), 1);
    EXPECT_EQ(test_read(bus.device, 0, REQUIRED), UINT32_MAX);
    EXPECT_EQ(level(&bus, "line9"), 1);
    clock_advance(&bus.fabric.clock, 1000);
    EXPECT_EQ(level(&bus, "warm"), 0);
    EXPECT_EQ(test_read(bus.device, 0, CAUSE), 3);
    EXPECT_EQ(test_read(bus.device, 0, SCRATCH), 77);
    test_write(bus.device, 0, CAUSE, 1);
    EXPECT_EQ(test_read(bus.device, 0, CAUSE), 2);
    test_bus_fini(&bus);
}

TEST(the_watchdog_bites_unless_kicked)
{
    struct test_bus bus;

    start(&bus);
    test_write(bus.device, 0, PERIOD, 100);
    clock_advance(&bus.fabric.clock, 99999);
    test_write(bus.device, 0, KICK, 1);
    clock_advance(&bus.fabric.clock, 199998);
    EXPECT_EQ(level(&bus, "warm"), 0);
    clock_advance(&bus.fabric.clock, 199999);
    EXPECT_EQ(level(&bus, "warm"), 1);
    EXPECT_EQ(test_read(bus.device, 0, CAUSE), 5);
    test_bus_fini(&bus);
}

TEST(the_power_goes_with_its_key)
{
    struct test_bus bus;

    start(&bus);
    test_write(bus.device, 0, POWER_OFF, 0x54534552);
    EXPECT_EQ(level(&bus, "power_off"), 0);
    test_write(bus.device, 0, POWER_OFF, 0x2146464f);
    EXPECT_EQ(level(&bus, "power_off"), 1);
    device_reset(bus.device, RESET_POWER_ON);
    EXPECT_EQ(level(&bus, "power_off"), 0);
    test_bus_fini(&bus);
}
