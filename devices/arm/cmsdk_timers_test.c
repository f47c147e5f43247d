/* SPDX-License-Identifier: Apache-2.0 */
/* Timer, dual timer and watchdogs of the CMSDK, at 1 MHz: a tick is 1000 ns. */
#include "devices/test_bus.h"
#include "tests/device.h"
#include "tests/harness.h"

extern const struct device_type cmsdk_timer;
extern const struct device_type cmsdk_dualtimer;
extern const struct device_type cmsdk_watchdog;
extern const struct device_type lm3s_watchdog;

static const struct device_type *const types[] = {
    &cmsdk_timer, &cmsdk_dualtimer, &cmsdk_watchdog, &lm3s_watchdog};

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

/* Output n as bit n. */
static uint32_t levels(const struct test_bus *bus)
{
    uint32_t bits = 0;

    for (unsigned i = 0; i < bus->device->type->output_count; i++) {
        bits |= bus->device->outputs[i].level << i;
    }
    return bits;
}

/* A write, unless it is to NOWHERE, and ticks that pass; then what the counter
 * is, the interrupt before masking, and the outputs. */
struct step {
    uint32_t offset, value;
    unsigned ticks;
    uint32_t counter, raw, levels;
};

enum { NOWHERE = 0xfff };

/* Where the counter and the interrupt are read. */
struct place {
    uint32_t base, counter, raw;
};

static void expect_steps(struct test_bus *bus, struct place place,
                         const struct step *steps, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        test_case("base 0x%x, step %zu", place.base, i);
        if (steps[i].offset != NOWHERE) {
            test_write(bus->device, 0, place.base + steps[i].offset,
                       steps[i].value);
        }
        pass(bus, steps[i].ticks);
        EXPECT_EQ(test_read(bus->device, 0, place.base + place.counter),
                  steps[i].counter);
        EXPECT_EQ(test_read(bus->device, 0, place.base + place.raw),
                  steps[i].raw);
        EXPECT_EQ(levels(bus), steps[i].levels);
    }
}

TEST(the_tables_promises_hold)
{
    for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
        EXPECT_DEVICE_TYPE(types[i], NULL);
    }
}

TEST(counters_are_read_in_step_with_other_cores)
{
    for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
        OWNED(test_bus_fini) struct test_bus bus;

        test_case("%s", types[i]->compatible);
        start(&bus, types[i]);
        EXPECT_EQ(test_tells(&bus, 4), 1); /* the value, of each */
    }
}

FIXTURE(struct test_bus, bus, test_bus_fini)
FIXTURE_BEGIN(bus, start(bus, &cmsdk_watchdog))

TEST_BEGINS(a_clock_of_no_frequency_is_refused, bus)
{
    struct error error = {""};

    start(bus, &cmsdk_timer);
    test_bus_property(bus, "clock-frequency", 0);
    EXPECT_EQ(device_init(bus->device, &error), -EINVAL);
    EXPECT_EQ(strstr(error.text, "clock-frequency") != NULL, true);
}

/* ---- Timer --------------------------------------------------------------- */

enum { CTRL = 0x0, VALUE = 0x4, RELOAD = 0x8, INTSTATUS = 0xc };

TEST_BEGINS(a_timers_period_is_the_reload_value_and_one, bus)
{
    static const struct step steps[] = {
        {RELOAD,    9, 0,    0, 0, 0},
        {VALUE,     9, 5,    9, 0, 0}, /* not enabled */
        {CTRL,      9, 8,    1, 0, 0},
        {NOWHERE,   0, 1,    0, 1, 1},
        {INTSTATUS, 0, 0,    0, 1, 1},
        {INTSTATUS, 1, 1,    9, 0, 0},
        {NOWHERE,   0, 9,    0, 1, 1},
        {INTSTATUS, 1, 1005, 5, 1, 1},
        {CTRL,      8, 103,  5, 1, 1},
        {INTSTATUS, 1, 0,    5, 0, 0},
        {CTRL,      1, 100,  5, 0, 0}, /* no interrupt, no status */
        {CTRL,      9, 5,    0, 1, 1},
        {INTSTATUS, 1, 0,    0, 0, 0},
        {RELOAD,    0, 10,   0, 0, 0}, /* it stays at 0 */
        {VALUE,     3, 3,    0, 1, 1},
        {INTSTATUS, 1, 1000, 0, 0, 0},
        {RELOAD,    7, 1,    7, 0, 0},
    };

    start(bus, &cmsdk_timer);
    EXPECT_EQ(cmsdk_timer.power_state(bus->device), 0);
    expect_steps(bus, (struct place){0, VALUE, INTSTATUS}, steps,
                 ARRAY_SIZE(steps));
    EXPECT_EQ(test_read(bus->device, 0, RELOAD), 7);
    EXPECT_EQ(cmsdk_timer.power_state(bus->device), 1);
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

TEST(both_counters_are_periodic_free_or_for_one_time)
{
    static const struct step steps[] = {
        {NOWHERE,  0,          0,   0xffff,     0, 0},
        {LOAD1,    9,          5,   9,          0, 0}, /* not enabled */
        {CONTROL1, 0xe2,       0,   9,          0, 0},
        {NOWHERE,  0,          9,   0,          1, 1},
        {INTCLR1,  0,          1,   9,          0, 0},
        {BGLOAD1,  4,          8,   1,          0, 0},
        {NOWHERE,  0,          1,   0,          1, 1},
        {INTCLR1,  0,          1,   4,          0, 0},
        {NOWHERE,  0,          4,   0,          1, 1},
        {CONTROL1, 0xc2,       0,   0,          1, 0}, /* masked */
        {CONTROL1, 0xe2,       0,   0,          1, 1},
        {CONTROL1, 0xa2,       0,   0,          1, 1}, /* free, 32 bits */
        {INTCLR1,  0,          1,   UINT32_MAX, 0, 0},
        {LOAD1,    0xabcd0002, 1,   0xabcd0001, 0, 0},
        {CONTROL1, 0x80,       0,   1,          0, 0}, /* 16 bits */
        {NOWHERE,  0,          2,   0xffff,     1, 0},
        {LOAD1,    0xabcd0002, 0,   2,          1, 0},
        {INTCLR1,  0,          3,   0xffff,     1, 0},
        {CONTROL1, 0xa3,       0,   0xffff,     1, 1}, /* for one time */
        {LOAD1,    3,          100, 0,          1, 1},
        {INTCLR1,  0,          100, 0,          0, 0},
        {LOAD1,    3,          3,   0,          1, 1},
        {LOAD1,    7,          2,   5,          1, 1},
        {CONTROL1, 0x23,       9,   5,          1, 1},
    };

    for (unsigned n = 0; n < 2; n++) {
        struct step own[ARRAY_SIZE(steps)];
        OWNED(test_bus_fini) struct test_bus bus;

        memcpy(own, steps, sizeof(own));
        for (size_t i = 0; i < ARRAY_SIZE(own); i++) {
            own[i].levels *= 1 | 2u << n; /* of any, and of this one */
        }
        start(&bus, &cmsdk_dualtimer);
        EXPECT_EQ(test_read(bus.device, 0, n * SECOND + CONTROL1), 0x20);
        expect_steps(&bus, (struct place){n * SECOND, VALUE1, RIS1}, own,
                     ARRAY_SIZE(own));
        EXPECT_EQ(test_read(bus.device, 0, n * SECOND + MIS1), 1);
        EXPECT_EQ(test_read(bus.device, 0, n * SECOND + LOAD1), 7);
        test_write(bus.device, 0, n * SECOND + BGLOAD1, 5);
        EXPECT_EQ(test_read(bus.device, 0, n * SECOND + LOAD1), 5);
        device_reset(bus.device, RESET_WARM);
        EXPECT_EQ(levels(&bus), 0);
        test_write(bus.device, 0, n * SECOND + CONTROL1, 2);
        EXPECT_EQ(test_read(bus.device, 0, n * SECOND + VALUE1), UINT32_MAX);
    }
}

/* By 16: a tick after 0 it is loaded with what the background load is then. A
 * change of the prescaler keeps the count. */
TEST_BEGINS(a_prescaled_counter_changes_at_its_own_ticks, bus)
{
    static const struct step steps[] = {
        {LOAD1,    2,    0,  2,    0, 0},
        {CONTROL1, 0xc6, 32, 0,    1, 0},
        {BGLOAD1,  7,    0,  0,    1, 0},
        {NOWHERE,  0,    16, 7,    1, 0},
        {CONTROL1, 0x46, 64, 7,    1, 0}, /* not enabled */
        {LOAD1,    1000, 0,  1000, 1, 0},
        {CONTROL1, 0x82, 96, 904,  1, 0},
        {CONTROL1, 0x86, 0,  904,  1, 0},
        {NOWHERE,  0,    16, 903,  1, 0},
    };

    start(bus, &cmsdk_dualtimer);
    expect_steps(bus, (struct place){0, VALUE1, RIS1}, steps,
                 ARRAY_SIZE(steps));
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
        {0x9a, 0x8a, 256},
        {0x8e, 0x8e, 1  },
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        OWNED(test_bus_fini) struct test_bus bus;

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
    }
}

/* ---- Integration test ---------------------------------------------------- */

/* ITCR has ITOP drive the outputs, whatever interrupts there are. */
TEST(integration_test_drives_the_outputs)
{
    static const struct {
        const struct device_type *type;
        uint32_t levels[4]; /* by ITOP */
    } rows[] = {
        {&cmsdk_dualtimer, {0, 3, 5, 7}},
        {&cmsdk_watchdog,  {0, 2, 1, 3}},
    };

    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        OWNED(test_bus_fini) struct test_bus bus;

        test_case("row %zu", i);
        start(&bus, rows[i].type);
        for (uint32_t value = 0; value < 4; value++) {
            test_write(bus.device, 0, 0xf04, value);
            EXPECT_EQ(levels(&bus), 0);
            test_write(bus.device, 0, 0xf00, 1);
            EXPECT_EQ(levels(&bus), rows[i].levels[value]);
            test_write(bus.device, 0, 0xf04, ~value & 3);
            EXPECT_EQ(levels(&bus), rows[i].levels[~value & 3]);
            test_write(bus.device, 0, 0xf00, 0);
            EXPECT_EQ(levels(&bus), 0);
        }
    }
}

/* ---- Watchdogs ----------------------------------------------------------- */

enum {
    WDOGCONTROL = 0x8,
    WDOGINTCLR = 0xc,
    WDOGRIS = 0x10,
    WDOGMIS = 0x14,
    WDOGLOCK = 0xc00
};

static const struct place wdog = {0, VALUE1, WDOGRIS};

TEST_ON(the_first_0_interrupts_and_the_second_resets, bus)
{
    static const struct step steps[] = {
        {NOWHERE,     0,  10, UINT32_MAX, 0, 0},
        {LOAD1,       99, 10, 99,         0, 0},
        {WDOGCONTROL, 3,  98, 1,          0, 0},
        {WDOGCONTROL, 1,  1,  0,          1, 1}, /* enabled: not loaded anew */
        {NOWHERE,     0,  50, 50,         1, 1},
        {WDOGCONTROL, 3,  0,  50,         1, 1},
        {WDOGINTCLR,  1,  0,  99,         0, 0},
        {NOWHERE,     0,  99, 0,          1, 1},
        {NOWHERE,     0,  99, 1,          1, 1},
        {NOWHERE,     0,  1,  0,          1, 3},
    };

    expect_steps(bus, wdog, steps, ARRAY_SIZE(steps));
    EXPECT_EQ(test_read(bus->device, 0, WDOGMIS), 1);
    device_reset(bus->device, RESET_WARM);
    EXPECT_EQ(levels(bus), 0);
    EXPECT_EQ(test_read(bus->device, 0, VALUE1), UINT32_MAX);
    EXPECT_EQ(test_read(bus->device, 0, LOAD1), UINT32_MAX);
}

TEST_ON(a_watchdog_that_only_interrupts_resets_nothing, bus)
{
    static const struct step steps[] = {
        {LOAD1,       9,  0,   9,  0, 0},
        {WDOGCONTROL, 2,  5,   9,  0, 0}, /* the interrupt has it count */
        {WDOGCONTROL, 1,  5,   4,  0, 0},
        {WDOGCONTROL, 0,  5,   4,  0, 0},
        {WDOGCONTROL, 1,  0,   9,  0, 0},
        {LOAD1,       20, 0,   20, 0, 0}, /* at once */
        {NOWHERE,     0,  100, 4,  1, 1},
        {WDOGCONTROL, 0,  0,   4,  1, 0},
    };

    expect_steps(bus, wdog, steps, ARRAY_SIZE(steps));
    EXPECT_EQ(test_read(bus->device, 0, WDOGMIS), 0);
}

/* An interrupt is pending, which nothing clears or masks. */
TEST_ON(a_locked_watchdog_takes_no_writes, bus)
{
    static const uint32_t offsets[] = {LOAD1, WDOGCONTROL, WDOGINTCLR, 0xf00,
                                       0xf04};

    test_write(bus->device, 0, LOAD1, 5);
    test_write(bus->device, 0, WDOGCONTROL, 1);
    pass(bus, 5);
    EXPECT_EQ(test_read(bus->device, 0, WDOGLOCK), 0);
    test_write(bus->device, 0, WDOGLOCK, 1);
    EXPECT_EQ(test_read(bus->device, 0, WDOGLOCK), 1);
    for (unsigned i = 0; i < ARRAY_SIZE(offsets); i++) {
        test_case("0x%x", offsets[i]);
        test_write(bus->device, 0, offsets[i], 2);
        EXPECT_EQ(bus->fabric.log.count[LOG_GUEST], i + 1);
        EXPECT_EQ(levels(bus), 1);
        EXPECT_EQ(test_read(bus->device, 0, WDOGCONTROL), 1);
        EXPECT_EQ(test_read(bus->device, 0, LOAD1), 5);
    }
    test_write(bus->device, 0, WDOGLOCK, 0x1acce551);
    EXPECT_EQ(test_read(bus->device, 0, WDOGLOCK), 0);
    test_write(bus->device, 0, WDOGCONTROL, 3);
    EXPECT_EQ(test_read(bus->device, 0, WDOGCONTROL), 3);
    test_write(bus->device, 0, 0xf00, 1);
    EXPECT_EQ(levels(bus), 0); /* ITOP was not written */
}

TEST(the_interrupt_of_a_stellaris_watchdog_stays_enabled)
{
    for (unsigned stays = 0; stays < 2; stays++) {
        OWNED(test_bus_fini) struct test_bus bus;

        start(&bus, stays ? &lm3s_watchdog : &cmsdk_watchdog);
        test_write(bus.device, 0, WDOGCONTROL, 3);
        test_write(bus.device, 0, WDOGCONTROL, 0);
        EXPECT_EQ(test_read(bus.device, 0, WDOGCONTROL), stays);
    }
}
