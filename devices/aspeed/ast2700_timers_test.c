/* SPDX-License-Identifier: Apache-2.0 */
#include "devices/test_bus.h"
#include "tests/device.h"
#include "tests/harness.h"

extern const struct device_type ast2700_timers;

enum { STATUS = 0x0, RELOAD = 0x4, MATCH = 0x8, CTRL = 0x10, CTRL_CLR = 0x14 };
enum { ENABLE = 1, SLOW = 2, OVERFLOW = 4, INTERRUPT = 0x10000 };
enum { TIMER2 = 0x80 };

static void start(struct test_bus *bus)
{
    test_bus_init(bus);
    bus->device = test_bus_make(bus, &ast2700_timers);
}

static void pass_us(struct test_bus *bus, uint64_t us)
{
    clock_advance(&bus->fabric.clock,
                  clock_now(&bus->fabric.clock) + us * 1000);
}

static uint32_t interrupt(const struct test_bus *bus, const char *name)
{
    return device_output(bus->device, name)->level;
}

TEST(the_tables_promises_hold)
{
    EXPECT_DEVICE_TYPE(&ast2700_timers, NULL);
}

/* timer_aspeed_start and timer_aspeed_isr of Zephyr. */
TEST(a_periodic_timer_interrupts_each_time)
{
    struct test_bus bus;

    start(&bus);
    test_write(bus.device, 0, TIMER2 + CTRL_CLR, ENABLE | OVERFLOW | INTERRUPT);
    test_write(bus.device, 0, TIMER2 + RELOAD, 50 * 1000);
    test_write(bus.device, 0, TIMER2 + MATCH, 0xffffffff);
    test_write(bus.device, 0, TIMER2 + MATCH + 4, 0xffffffff);
    test_write(bus.device, 0, TIMER2 + CTRL, ENABLE | OVERFLOW);
    for (unsigned i = 0; i < 3; i++) {
        pass_us(&bus, 999);
        EXPECT_EQ(interrupt(&bus, "timer2"), 0);
        EXPECT_EQ(test_read(bus.device, 0, TIMER2 + STATUS), 50);
        pass_us(&bus, 1);
        EXPECT_EQ(interrupt(&bus, "timer2"), 1);
        EXPECT_EQ(test_read(bus.device, 0, TIMER2 + CTRL),
                  INTERRUPT | OVERFLOW | ENABLE);
        test_write(bus.device, 0, TIMER2 + CTRL_CLR, INTERRUPT);
        EXPECT_EQ(interrupt(&bus, "timer2"), 0);
    }
    EXPECT_EQ(interrupt(&bus, "timer0"), 0);
    test_bus_fini(&bus);
}

TEST(a_stopped_timer_keeps_its_count)
{
    struct test_bus bus;

    start(&bus);
    test_write(bus.device, 0, RELOAD, 1000);
    EXPECT_EQ(test_read(bus.device, 0, STATUS), 1000);
    test_write(bus.device, 0, CTRL, ENABLE | SLOW);
    pass_us(&bus, 300);
    test_write(bus.device, 0, CTRL_CLR, ENABLE);
    pass_us(&bus, 300);
    EXPECT_EQ(test_read(bus.device, 0, STATUS), 700);
    test_write(bus.device, 0, CTRL, ENABLE);
    pass_us(&bus, 100);
    EXPECT_EQ(test_read(bus.device, 0, STATUS), 600);
    test_write(bus.device, 0, RELOAD, 0);
    EXPECT_EQ(test_read(bus.device, 0, STATUS), 0);
    test_bus_fini(&bus);
}

TEST(a_match_interrupts_when_the_counter_comes_to_it)
{
    struct test_bus bus;

    start(&bus);
    test_write(bus.device, 0, RELOAD, 1000);
    test_write(bus.device, 0, MATCH, 400);
    test_write(bus.device, 0, MATCH + 4, 2000);
    test_write(bus.device, 0, CTRL, ENABLE | SLOW);
    pass_us(&bus, 599);
    EXPECT_EQ(interrupt(&bus, "timer0"), 0);
    pass_us(&bus, 1);
    EXPECT_EQ(interrupt(&bus, "timer0"), 1);
    test_write(bus.device, 0, CTRL_CLR, INTERRUPT);
    pass_us(&bus, 999);
    EXPECT_EQ(interrupt(&bus, "timer0"), 0);
    pass_us(&bus, 1);
    EXPECT_EQ(interrupt(&bus, "timer0"), 1);
    test_bus_fini(&bus);
}
