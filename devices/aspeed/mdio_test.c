/* SPDX-License-Identifier: Apache-2.0 */
/* The MDIO controller as U-Boot's driver uses it, and the PHY behind it as its
 * driver does. */
#include "bus/channel.h"
#include "devices/test_bus.h"
#include "tests/device.h"
#include "tests/harness.h"
#include "tests/told.h"

extern const struct device_type aspeed_mdio;
extern const struct device_type ftgmac100;

enum { CTRL = 0, DATA = 4, IDLE = 1 << 16, NOBODY = 0xffff };
enum {
    BMCR = 0,
    BMSR = 1,
    ANAR = 4,
    ANLPAR = 5,
    GBCR = 9,
    GBSR = 10,
    PHYSR = 0x1a,
    PAGE = 31
};

static uint8_t plugged;
static struct channels cable = {.open = &plugged};

static void start(struct test_bus *bus)
{
    test_bus_init(bus);
    bus->peer = test_bus_make(bus, &ftgmac100);
    bus->peer->channels = &cable;
    plugged = 1;
    bus->device = test_bus_make(bus, &aspeed_mdio);
}

static void finish(struct test_bus *bus)
{
    bus->peer->channels = NULL;
    test_bus_fini(bus);
}

static uint32_t command(unsigned operation, unsigned phy, unsigned number)
{
    return 0x90000000u | operation << 26 | phy << 21 | number << 16;
}

static uint32_t phy_read(struct test_bus *bus, unsigned number)
{
    test_write(bus->device, 0, CTRL, command(2, 0, number));
    EXPECT_EQ(test_read(bus->device, 0, CTRL),
              command(2, 0, number) & ~0x80000000u);
    const uint32_t data = test_read(bus->device, 0, DATA);
    EXPECT(data & IDLE);
    return data & 0xffff;
}

static void phy_write(struct test_bus *bus, unsigned number, uint16_t value)
{
    test_write(bus->device, 0, CTRL, command(1, 0, number) | value);
    EXPECT_EQ(test_read(bus->device, 0, CTRL) >> 31, 0);
}

FIXTURE(struct test_bus, bus, finish)
FIXTURE_BEGIN(bus, start(bus))

TEST_ON(the_tables_promises_hold, bus)
{
    EXPECT_DEVICE(bus->device, NULL);
}

TEST_ON(the_phy_is_an_rtl8211f_with_a_gigabit_link, bus)
{
    EXPECT_EQ(phy_read(bus, 2), 0x001c);
    EXPECT_EQ(phy_read(bus, 3), 0xc916);
    EXPECT_EQ(phy_read(bus, BMCR), 0x1140);
    EXPECT_EQ(phy_read(bus, BMSR), 0x796d);
    EXPECT_EQ(phy_read(bus, ANLPAR), 0x45e1);
    EXPECT_EQ(phy_read(bus, GBSR), 0x3800);
    phy_write(bus, PAGE, 0xa43);
    EXPECT_EQ(phy_read(bus, PHYSR), 0x2c);
    EXPECT_EQ(phy_read(bus, PAGE), 0xa43);
}

TEST_ON(without_a_cable_there_is_no_link, bus)
{
    plugged = 0;
    EXPECT_EQ(phy_read(bus, BMSR), 0x7949);
    EXPECT_EQ(phy_read(bus, ANLPAR), 0);
    EXPECT_EQ(phy_read(bus, GBSR), 0);
    phy_write(bus, PAGE, 0xa43);
    EXPECT_EQ(phy_read(bus, PHYSR) & 4, 0);
}

TEST(speed_and_duplex_are_those_that_the_driver_offers)
{
    static const struct {
        const char *name;
        uint16_t control;
        uint16_t offers;
        uint16_t offers_1000;
        uint32_t status; /* speed, duplex and link */
    } rows[] = {
        {"all",              0x1140, 0x01e1, 0x0200, 0x2c},
        {"100 full",         0x1140, 0x0101, 0x0000, 0x1c},
        {"100 half",         0x1140, 0x0081, 0x0000, 0x14},
        {"10 full",          0x1140, 0x0041, 0x0000, 0x0c},
        {"10 half",          0x1140, 0x0021, 0x0000, 0x04},
        {"forced 100 full",  0x2100, 0x01e1, 0x0200, 0x1c},
        {"forced 1000 half", 0x0040, 0x01e1, 0x0200, 0x24},
    };

    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        OWNED(finish) struct test_bus bus;

        test_case("%s", rows[i].name);
        start(&bus);
        phy_write(&bus, ANAR, rows[i].offers);
        phy_write(&bus, GBCR, rows[i].offers_1000);
        phy_write(&bus, BMCR, rows[i].control);
        phy_write(&bus, PAGE, 0xa43);
        EXPECT_EQ(phy_read(&bus, PHYSR), rows[i].status);
    }
}

TEST_ON(its_reset_and_negotiation_are_done_at_once, bus)
{
    phy_write(bus, ANAR, 0x0101);
    phy_write(bus, BMCR, 0x1340);
    EXPECT_EQ(phy_read(bus, BMCR), 0x1140);
    EXPECT_EQ(phy_read(bus, ANAR), 0x0101);
    phy_write(bus, BMCR, 0x8000);
    EXPECT_EQ(phy_read(bus, BMCR), 0x1140);
    EXPECT_EQ(phy_read(bus, ANAR), 0x01e1);
}

TEST_ON(delays_of_both_directions_are_kept, bus)
{
    phy_write(bus, PAGE, 0xd08);
    phy_write(bus, 0x11, 0x0109);
    phy_write(bus, 0x15, 0x0019);
    phy_write(bus, PAGE, 0xa42);
    EXPECT_EQ(bus->fabric.log.count[LOG_UNMODELLED], 0);
    EXPECT_EQ(phy_read(bus, 0x11), 0);
    EXPECT_EQ(bus->fabric.log.count[LOG_UNMODELLED], 1);
    phy_write(bus, 0x11, 1);
    EXPECT_EQ(bus->fabric.log.count[LOG_UNMODELLED], 2);
    phy_write(bus, PAGE, 0xd08);
    EXPECT_EQ(phy_read(bus, 0x11), 0x0109);
    EXPECT_EQ(phy_read(bus, 0x15), 0x0019);
}

TEST_ON(page_0_shows_interrupts_and_status, bus)
{
    phy_write(bus, 0x12, 0x0010);
    EXPECT_EQ(phy_read(bus, 0x1d), 0);
    EXPECT_EQ(phy_read(bus, PHYSR), 0x2c);
    phy_write(bus, PAGE, 0xa42);
    EXPECT_EQ(phy_read(bus, 0x12), 0x0010);
    phy_write(bus, PAGE, 0xa43);
    EXPECT_EQ(phy_read(bus, 0x1d), 0);
    EXPECT_EQ(bus->fabric.log.count[LOG_UNMODELLED], 0);
}

TEST_ON(what_wakes_up_is_kept_and_wakes_nobody, bus)
{
    static const struct {
        uint16_t page;
        uint16_t number;
        uint16_t value;
    } rows[] = {
        {0xd8a, 0x10, 0x1000},
        {0xd8a, 0x11, 0x1fff},
        {0xd8c, 0x10, 0x5452},
        {0xd8c, 0x11, 0x1200},
        {0xd8c, 0x12, 0x5634},
    };

    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        phy_write(bus, PAGE, rows[i].page);
        phy_write(bus, rows[i].number, rows[i].value);
    }
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        phy_write(bus, PAGE, rows[i].page);
        EXPECT_EQ(phy_read(bus, rows[i].number), rows[i].value);
    }
    EXPECT_EQ(bus->fabric.log.count[LOG_UNMODELLED], 0);
}

TEST_ON(operations_that_clause_22_lacks_are_told, bus)
{
    OWNED(told_fini) struct told told;

    told_init(&told, bus->device);
    for (unsigned operation = 0; operation < 4; operation++) {
        test_write(bus->device, 0, CTRL, command(operation, 0, ANAR));
    }
    EXPECT_TOLD(&told,
                "guest: device: MDIO operation 0\n"
                "guest: device: MDIO operation 3\n");
}

TEST_ON(other_addresses_and_clause_45_find_nobody, bus)
{
    for (unsigned phy = 1; phy < 32; phy++) {
        test_write(bus->device, 0, CTRL, command(2, phy, 2));
        EXPECT_EQ(test_read(bus->device, 0, DATA), IDLE | NOBODY);
        test_bus_property(bus, "cairn,phy-address", phy);
        device_destroy(bus->device);
        bus->device = test_bus_make(bus, &aspeed_mdio);
        test_write(bus->device, 0, CTRL, command(2, phy, 2));
        EXPECT_EQ(test_read(bus->device, 0, DATA), IDLE | 0x1c);
        test_write(bus->device, 0, CTRL, command(2, 0, 2));
        EXPECT_EQ(test_read(bus->device, 0, DATA), IDLE | NOBODY);
        test_bus_property(bus, "cairn,phy-address", 0);
        device_destroy(bus->device);
        bus->device = test_bus_make(bus, &aspeed_mdio);
    }
    test_write(bus->device, 0, CTRL, command(2, 0, 2) & ~0x10000000u);
    EXPECT_EQ(test_read(bus->device, 0, DATA), IDLE | NOBODY);
    EXPECT_EQ(bus->fabric.log.count[LOG_UNMODELLED], 1);
    /* Without the fire bit nothing happens. */
    test_write(bus->device, 0, CTRL, command(2, 0, 2) & ~0x80000000u);
    EXPECT_EQ(test_read(bus->device, 0, DATA), IDLE | NOBODY);
}
