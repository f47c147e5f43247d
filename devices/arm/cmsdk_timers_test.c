/* SPDX-License-Identifier: Apache-2.0 */
/* Timer, dual timer and watchdogs of the CMSDK, at 1 MHz: a tick is 1000 ns. */
#include "devices/test_bus.h"
#include "tests/device.h"
#include "tests/harness.h"

extern const struct device_type cmsdk_timer;
extern const struct device_type cmsdk_dualtimer;
extern const struct device_type cmsdk_watchdog;
extern const struct device_type lm3s_watchdog;

static void start(struct test_bus *bus, const struct device_type *type)
{
    test_bus_init(bus);
    test_bus_property(bus, "clock-frequency", 1000000);
    bus->device = test_bus_make(bus, type);
}

static void pass(struct test_bus *bus, unsigned ticks)
{
    clock_advance(&bus->fabric.clock,
                  bus->fabric.clock.now_ns + (uint64_t)ticks * 1000);
}

static uint32_t level(const struct test_bus *bus, const char *output)
{
    return device_output(bus->device, output)->level;
}

TEST(the_tables_promises_hold)
{
    EXPECT_DEVICE_TYPE(&cmsdk_timer, NULL);
    EXPECT_DEVICE_TYPE(&cmsdk_dualtimer, NULL);
    EXPECT_DEVICE_TYPE(&cmsdk_watchdog, NULL);
    EXPECT_DEVICE_TYPE(&lm3s_watchdog, NULL);
}

TEST(counters_are_read_in_step_with_other_cores)
{
    static const struct device_type *const types[] = {
        &cmsdk_timer, &cmsdk_dualtimer, &cmsdk_watchdog, &lm3s_watchdog};

    for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
        struct test_bus bus;

        test_case("%s", types[i]->compatible);
        start(&bus, types[i]);
        EXPECT_EQ(test_tells(&bus, 4), 1); /* the value, of each */
        test_bus_fini(&bus);
    }
}

TEST(a_clock_of_no_frequency_is_refused)
{
    struct test_bus bus;
    struct error error = {""};

    start(&bus, &cmsdk_timer);
    test_bus_property(&bus, "clock-frequency", 0);
    EXPECT_EQ(device_init(bus.device, &error), -EINVAL);
    EXPECT_EQ(strstr(error.text, "clock-frequency") != NULL, true);
    test_bus_fini(&bus);
}

/* ---- Timer --------------------------------------------------------------- */

enum { CTRL = 0x0, VALUE = 0x4, RELOAD = 0x8, INTSTATUS = 0xc };

TEST(the_period_is_the_reload_value_and_one)
{
    struct test_bus bus;

    start(&bus, &cmsdk_timer);
    test_write(bus.device, 0, RELOAD, 9);
    test_write(bus.device, 0, VALUE, 9);
    pass(&bus, 5);
    EXPECT_EQ(test_read(bus.device, 0, VALUE), 9); /* not enabled */
    test_write(bus.device, 0, CTRL, 9);
    pass(&bus, 8);
    EXPECT_EQ(test_read(bus.device, 0, VALUE), 1);
    EXPECT_EQ(level(&bus, "interrupt"), 0);
    pass(&bus, 1);
    EXPECT_EQ(test_read(bus.device, 0, VALUE), 0);
    EXPECT_EQ(level(&bus, "interrupt"), 1);
    test_write(bus.device, 0, INTSTATUS, 1);
    EXPECT_EQ(level(&bus, "interrupt"), 0);
    pass(&bus, 1);
    EXPECT_EQ(test_read(bus.device, 0, VALUE), 9);
    pass(&bus, 9);
    EXPECT_EQ(level(&bus, "interrupt"), 1);
    test_write(bus.device, 0, INTSTATUS, 1);
    pass(&bus, 1005);
    EXPECT_EQ(test_read(bus.device, 0, VALUE), 5);
    test_write(bus.device, 0, CTRL, 0);
    pass(&bus, 100);
    EXPECT_EQ(test_read(bus.device, 0, VALUE), 5);
    test_bus_fini(&bus);
}

TEST(without_a_reload_value_the_timer_stops_at_0)
{
    struct test_bus bus;

    start(&bus, &cmsdk_timer);
    test_write(bus.device, 0, CTRL, 9);
    pass(&bus, 10);
    EXPECT_EQ(level(&bus, "interrupt"), 0); /* 0 from the start */
    test_write(bus.device, 0, VALUE, 3);
    pass(&bus, 3);
    EXPECT_EQ(level(&bus, "interrupt"), 1);
    test_write(bus.device, 0, INTSTATUS, 1);
    pass(&bus, 1000);
    EXPECT_EQ(test_read(bus.device, 0, VALUE), 0);
    EXPECT_EQ(level(&bus, "interrupt"), 0);
    test_bus_fini(&bus);
}

TEST(a_disabled_interrupt_leaves_no_status)
{
    struct test_bus bus;

    start(&bus, &cmsdk_timer);
    test_write(bus.device, 0, RELOAD, 9);
    test_write(bus.device, 0, CTRL, 1);
    pass(&bus, 100);
    EXPECT_EQ(test_read(bus.device, 0, INTSTATUS), 0);
    test_bus_fini(&bus);
}

/* ---- Dual timer ---------------------------------------------------------- */

enum {
    LOAD1 = 0x00,
    VALUE1 = 0x04,
    CONTROL1 = 0x08,
    INTCLR1 = 0x0c,
    RIS1 = 0x10,
    MIS1 = 0x14,
    BGLOAD1 = 0x18,
    SECOND = 0x20,
};

TEST(a_periodic_counter_takes_the_background_load_at_0)
{
    struct test_bus bus;

    start(&bus, &cmsdk_dualtimer);
    EXPECT_EQ(test_read(bus.device, 0, CONTROL1), 0x20);
    test_write(bus.device, 0, LOAD1, 9);
    test_write(bus.device, 0, CONTROL1, 0xe2);
    test_write(bus.device, 0, BGLOAD1, 4);
    EXPECT_EQ(test_read(bus.device, 0, LOAD1), 4);
    pass(&bus, 8);
    EXPECT_EQ(test_read(bus.device, 0, VALUE1), 1);
    EXPECT_EQ(test_read(bus.device, 0, MIS1), 0);
    pass(&bus, 1);
    EXPECT_EQ(test_read(bus.device, 0, MIS1), 1);
    EXPECT_EQ(level(&bus, "interrupt"), 1);
    EXPECT_EQ(level(&bus, "timer1"), 1);
    EXPECT_EQ(level(&bus, "timer2"), 0);
    test_write(bus.device, 0, INTCLR1, 0);
    EXPECT_EQ(level(&bus, "interrupt"), 0);
    pass(&bus, 1);
    EXPECT_EQ(test_read(bus.device, 0, VALUE1), 4);
    pass(&bus, 4);
    EXPECT_EQ(level(&bus, "interrupt"), 1);
    test_bus_fini(&bus);
}

TEST(the_prescaler_divides_and_sixteen_bits_wrap)
{
    struct test_bus bus;

    start(&bus, &cmsdk_dualtimer);
    test_write(bus.device, 0, SECOND + LOAD1, 0xabcd0002);
    test_write(bus.device, 0, SECOND + CONTROL1, 0x84); /* free, by 16 */
    EXPECT_EQ(test_read(bus.device, 0, SECOND + VALUE1), 2);
    pass(&bus, 16);
    EXPECT_EQ(test_read(bus.device, 0, SECOND + VALUE1), 1);
    pass(&bus, 32);
    EXPECT_EQ(test_read(bus.device, 0, SECOND + VALUE1), 0xffff);
    EXPECT_EQ(test_read(bus.device, 0, SECOND + RIS1), 1);
    EXPECT_EQ(test_read(bus.device, 0, SECOND + MIS1), 0);
    EXPECT_EQ(level(&bus, "interrupt"), 0);
    test_bus_fini(&bus);
}

/* A tick after 0 it is loaded with what the background load is then. */
TEST(a_background_load_counts_until_the_tick_that_takes_it)
{
    struct test_bus bus;

    start(&bus, &cmsdk_dualtimer);
    test_write(bus.device, 0, LOAD1, 2);
    test_write(bus.device, 0, CONTROL1, 0xc6); /* periodic, by 16 */
    pass(&bus, 32);
    EXPECT_EQ(test_read(bus.device, 0, VALUE1), 0);
    test_write(bus.device, 0, BGLOAD1, 7);
    EXPECT_EQ(test_read(bus.device, 0, VALUE1), 0);
    pass(&bus, 16);
    EXPECT_EQ(test_read(bus.device, 0, VALUE1), 7);
    test_write(bus.device, 0, CONTROL1, 0x46); /* not enabled */
    pass(&bus, 64);
    EXPECT_EQ(test_read(bus.device, 0, VALUE1), 7);
    test_bus_fini(&bus);
}

TEST(a_change_of_the_prescaler_keeps_the_count)
{
    struct test_bus bus;

    start(&bus, &cmsdk_dualtimer);
    test_write(bus.device, 0, LOAD1, 1000);
    test_write(bus.device, 0, CONTROL1, 0x82);
    pass(&bus, 96);
    test_write(bus.device, 0, CONTROL1, 0x86);
    EXPECT_EQ(test_read(bus.device, 0, VALUE1), 904);
    pass(&bus, 16);
    EXPECT_EQ(test_read(bus.device, 0, VALUE1), 903);
    test_bus_fini(&bus);
}

TEST(the_prescaler_follows_its_two_bits_and_bit_4_reads_0)
{
    static const struct {
        uint32_t control;
        uint32_t reads;
        unsigned divisor;
    } cases[] = {
        {0x82, 0x82, 1  },
        {0x86, 0x86, 16 },
        {0x8a, 0x8a, 256},
        {0x92, 0x82, 1  },
        {0x9a, 0x8a, 256},
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct test_bus bus;

        test_case("0x%x", cases[i].control);
        start(&bus, &cmsdk_dualtimer);
        test_write(bus.device, 0, LOAD1, 3);
        test_write(bus.device, 0, CONTROL1, cases[i].control);
        EXPECT_EQ(test_read(bus.device, 0, CONTROL1), cases[i].reads);
        pass(&bus, cases[i].divisor - 1);
        EXPECT_EQ(test_read(bus.device, 0, VALUE1), 3);
        pass(&bus, 1);
        EXPECT_EQ(test_read(bus.device, 0, VALUE1), 2);
        pass(&bus, 2 * cases[i].divisor - 1);
        EXPECT_EQ(test_read(bus.device, 0, RIS1), 0);
        pass(&bus, 1);
        EXPECT_EQ(test_read(bus.device, 0, RIS1), 1);
        test_bus_fini(&bus);
    }
}

TEST(a_one_shot_counter_stays_at_0_until_it_is_loaded)
{
    struct test_bus bus;

    start(&bus, &cmsdk_dualtimer);
    test_write(bus.device, 0, CONTROL1, 0xa3);
    test_write(bus.device, 0, LOAD1, 3);
    pass(&bus, 100);
    EXPECT_EQ(test_read(bus.device, 0, VALUE1), 0);
    EXPECT_EQ(level(&bus, "timer1"), 1);
    test_write(bus.device, 0, INTCLR1, 0);
    pass(&bus, 100);
    EXPECT_EQ(level(&bus, "timer1"), 0);
    test_write(bus.device, 0, LOAD1, 3);
    pass(&bus, 3);
    EXPECT_EQ(level(&bus, "timer1"), 1);
    test_bus_fini(&bus);
}

TEST(integration_test_drives_the_outputs)
{
    struct test_bus bus;

    start(&bus, &cmsdk_dualtimer);
    test_write(bus.device, 0, 0xf04, 2);
    EXPECT_EQ(level(&bus, "timer2"), 0);
    test_write(bus.device, 0, 0xf00, 1);
    EXPECT_EQ(level(&bus, "timer2"), 1);
    EXPECT_EQ(level(&bus, "timer1"), 0);
    test_bus_fini(&bus);
}

/* ---- Watchdogs ----------------------------------------------------------- */

enum { WDOGCONTROL = 0x8, WDOGINTCLR = 0xc, WDOGRIS = 0x10, WDOGLOCK = 0xc00 };

TEST(the_first_0_interrupts_and_the_second_resets)
{
    struct test_bus bus;

    start(&bus, &cmsdk_watchdog);
    test_write(bus.device, 0, LOAD1, 99);
    test_write(bus.device, 0, WDOGCONTROL, 3);
    pass(&bus, 98);
    EXPECT_EQ(level(&bus, "interrupt"), 0);
    pass(&bus, 1);
    EXPECT_EQ(level(&bus, "interrupt"), 1);
    pass(&bus, 50);
    test_write(bus.device, 0, WDOGINTCLR, 1);
    EXPECT_EQ(level(&bus, "interrupt"), 0);
    EXPECT_EQ(test_read(bus.device, 0, VALUE1), 99);
    pass(&bus, 99);
    EXPECT_EQ(level(&bus, "interrupt"), 1);
    EXPECT_EQ(level(&bus, "reset"), 0);
    pass(&bus, 99);
    EXPECT_EQ(level(&bus, "reset"), 0);
    pass(&bus, 1);
    EXPECT_EQ(level(&bus, "reset"), 1);
    device_reset(bus.device, RESET_WARM);
    EXPECT_EQ(level(&bus, "reset"), 0);
    EXPECT_EQ(level(&bus, "interrupt"), 0);
    test_bus_fini(&bus);
}

TEST(a_watchdog_that_only_interrupts_resets_nothing)
{
    struct test_bus bus;

    start(&bus, &cmsdk_watchdog);
    test_write(bus.device, 0, LOAD1, 9);
    test_write(bus.device, 0, WDOGCONTROL, 1);
    pass(&bus, 5);
    test_write(bus.device, 0, LOAD1, 20); /* at once */
    EXPECT_EQ(test_read(bus.device, 0, VALUE1), 20);
    pass(&bus, 100);
    EXPECT_EQ(level(&bus, "interrupt"), 1);
    EXPECT_EQ(level(&bus, "reset"), 0);
    test_bus_fini(&bus);
}

TEST(a_locked_watchdog_takes_no_writes)
{
    struct test_bus bus;

    start(&bus, &cmsdk_watchdog);
    test_write(bus.device, 0, WDOGLOCK, 1);
    EXPECT_EQ(test_read(bus.device, 0, WDOGLOCK), 1);
    test_write(bus.device, 0, WDOGCONTROL, 3);
    test_write(bus.device, 0, LOAD1, 5);
    EXPECT_EQ(test_read(bus.device, 0, WDOGCONTROL), 0);
    EXPECT_EQ(test_read(bus.device, 0, LOAD1), UINT32_MAX);
    test_write(bus.device, 0, WDOGLOCK, 0x1acce551);
    EXPECT_EQ(test_read(bus.device, 0, WDOGLOCK), 0);
    test_write(bus.device, 0, WDOGCONTROL, 3);
    EXPECT_EQ(test_read(bus.device, 0, WDOGCONTROL), 3);
    test_bus_fini(&bus);
}

TEST(the_interrupt_of_a_stellaris_watchdog_stays_enabled)
{
    struct test_bus bus;

    start(&bus, &cmsdk_watchdog);
    test_write(bus.device, 0, WDOGCONTROL, 1);
    test_write(bus.device, 0, WDOGCONTROL, 0);
    EXPECT_EQ(test_read(bus.device, 0, WDOGCONTROL), 0);
    test_bus_fini(&bus);
    start(&bus, &lm3s_watchdog);
    test_write(bus.device, 0, WDOGCONTROL, 1);
    test_write(bus.device, 0, WDOGCONTROL, 0);
    EXPECT_EQ(test_read(bus.device, 0, WDOGCONTROL), 1);
    test_bus_fini(&bus);
}
