/* SPDX-License-Identifier: Apache-2.0 */
#include "devices/test_bus.h"
#include "tests/device.h"
#include "tests/harness.h"
#include "tests/told.h"

extern const struct device_type aspeed_rtc;

enum { TIME = 0x0, YEAR = 0x4, CTRL = 0x10 };
enum { ENABLE = 1, UNLOCK = 2 };

static void start(struct test_bus *bus, uint32_t seconds)
{
    test_bus_init(bus);
    test_bus_property(bus, "cairn,start-time", seconds);
    bus->device = test_bus_make(bus, &aspeed_rtc);
}

static void pass_seconds(struct test_bus *bus, uint64_t seconds)
{
    clock_advance(&bus->fabric.clock,
                  clock_now(&bus->fabric.clock) + seconds * 1000000000);
}

TEST(the_tables_promises_hold)
{
    EXPECT_DEVICE_TYPE(&aspeed_rtc, NULL);
}

/* The dates that date -u -d prints for these numbers of seconds. */
TEST(the_registers_show_the_date)
{
    static const struct {
        uint32_t seconds;
        uint32_t time;
        uint32_t year;
    } cases[] = {
        {0,          0x01000000, 0x134601}, /* 1970-01-01 00:00:00 */
        {3599,       0x01003b3b, 0x134601},
        {3600,       0x01010000, 0x134601},
        {951782399,  0x1c173b3b, 0x140002}, /* 2000-02-28 23:59:59 */
        {951782400,  0x1d000000, 0x140002}, /* 2000-02-29 */
        {951868800,  0x01000000, 0x140003}, /* 2000-03-01 */
        {1795550399, 0x18133b3b, 0x141a0b}, /* 2026-11-24 19:59:59 */
        {4102444800, 0x01000000, 0x150001}, /* 2100-01-01 */
        {4107542400, 0x01000000, 0x150003}, /* 2100-03-01 */
    };

    for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
        OWNED(test_bus_fini) struct test_bus bus;

        test_case("%u", cases[i].seconds);
        start(&bus, cases[i].seconds);
        EXPECT_EQ(test_read(bus.device, 0, TIME), cases[i].time);
        EXPECT_EQ(test_read(bus.device, 0, YEAR), cases[i].year);
    }
}

FIXTURE(struct test_bus, bus, test_bus_fini)
FIXTURE_BEGIN(bus, start(bus, 0))

/* Days are counted here one by one, and each is set again as it is shown. */
TEST_ON(each_day_of_430_years_is_shown_and_set, bus)
{
    static const uint8_t lengths[] = {31, 28, 31, 30, 31, 30,
                                      31, 31, 30, 31, 30, 31};

    for (uint32_t year = 1970; year < 2400; year++) {
        bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

        for (uint32_t month = 1; month <= 12; month++) {
            uint32_t days = month == 2 && leap ? 29 : lengths[month - 1];
            uint32_t date = year / 100 << 16 | year % 100 << 8 | month;

            for (uint32_t day = 1; day <= days; day++) {
                test_case("%u-%u-%u", year, month, day);
                EXPECT_EQ(test_read(bus->device, 0, TIME), day << 24);
                EXPECT_EQ(test_read(bus->device, 0, YEAR), date);
                test_write(bus->device, 0, CTRL, ENABLE | UNLOCK);
                test_write(bus->device, 0, CTRL, ENABLE);
                pass_seconds(bus, 86400);
            }
        }
    }
}

/* aspeed_rtc_set_time of Linux, to 2024-02-28 23:59:57. */
TEST_BEGINS(a_time_is_set_while_it_is_unlocked, bus)
{
    start(bus, 1000);
    uint32_t control = test_read(bus->device, 0, CTRL);
    EXPECT_EQ(control & ENABLE, ENABLE);
    EXPECT_EQ(test_tells(bus, TIME), 1);
    EXPECT_EQ(test_tells(bus, YEAR), 1);
    test_write(bus->device, 0, TIME, 0x01000000); /* locked */
    EXPECT_EQ(test_read(bus->device, 0, TIME), 0x01001028);
    test_write(bus->device, 0, CTRL, control | UNLOCK);
    test_write(bus->device, 0, TIME, 28u << 24 | 23 << 16 | 59 << 8 | 57);
    test_write(bus->device, 0, YEAR, 20u << 16 | 24 << 8 | 2);
    pass_seconds(bus, 100);
    EXPECT_EQ(test_read(bus->device, 0, TIME), 0x1c173b39);
    test_write(bus->device, 0, CTRL, control | ENABLE);
    pass_seconds(bus, 3);
    EXPECT_EQ(test_read(bus->device, 0, TIME), 0x1d000000);
    EXPECT_EQ(test_read(bus->device, 0, YEAR), 0x141802);
    pass_seconds(bus, 86400);
    EXPECT_EQ(test_read(bus->device, 0, TIME), 0x01000000);
    EXPECT_EQ(test_read(bus->device, 0, YEAR), 0x141803);
    device_reset(bus->device, RESET_POWER_ON);
    EXPECT_EQ(test_read(bus->device, 0, YEAR), 0x141803);
}

TEST_BEGINS(one_that_is_not_enabled_stands_still_and_stays_locked, bus)
{
    OWNED(told_fini) struct told told;

    start(bus, 3723);
    told_init(&told, bus->device);
    test_write(bus->device, 0, CTRL, 0);
    pass_seconds(bus, 100);
    test_write(bus->device, 0, TIME, 0x02000000);
    EXPECT_TOLD(&told, "guest: device: the time is locked\n");
    test_write(bus->device, 0, YEAR, 0x141801);
    EXPECT_TOLD(&told, "guest: device: the time is locked\n");
    EXPECT_EQ(test_read(bus->device, 0, TIME), 0x01010203);
    EXPECT_EQ(test_read(bus->device, 0, YEAR), 0x134601);
    test_write(bus->device, 0, CTRL, ENABLE);
    pass_seconds(bus, 1);
    EXPECT_EQ(test_read(bus->device, 0, TIME), 0x01010204);
}

TEST_ON(the_century_is_shown_up_to_31, bus)
{
    test_write(bus->device, 0, CTRL, UNLOCK);
    test_write(bus->device, 0, TIME, 0x1f000000);
    test_write(bus->device, 0, YEAR, 0x1f630c);
    test_write(bus->device, 0, CTRL, ENABLE);
    EXPECT_EQ(test_read(bus->device, 0, YEAR), 0x1f630c);
    pass_seconds(bus, 86400);
    EXPECT_EQ(test_read(bus->device, 0, YEAR), 1);
    EXPECT_EQ(test_read(bus->device, 0, TIME), 0x01000000);
}

TEST_ON(a_date_that_is_none_harms_nobody, bus)
{
    test_write(bus->device, 0, CTRL, UNLOCK);
    test_write(bus->device, 0, TIME, 0xffffffff);
    test_write(bus->device, 0, YEAR, 0xffffffff);
    test_write(bus->device, 0, CTRL, ENABLE);
    test_read(bus->device, 0, TIME);
    test_write(bus->device, 0, CTRL, UNLOCK);
    test_write(bus->device, 0, TIME, 0);
    test_write(bus->device, 0, YEAR, 0);
    test_write(bus->device, 0, CTRL, ENABLE);
    EXPECT_EQ(test_read(bus->device, 0, CTRL), ENABLE);
    test_read(bus->device, 0, YEAR);
}
