/* SPDX-License-Identifier: Apache-2.0 */
#include "devices/arm/gic.h"
#include "tests/device.h"
#include "tests/gicv2.h"
#include "tests/harness.h"

static uint32_t get(struct test_bus *bus, unsigned core, uint32_t offset)
{
    return (uint32_t)test_read_as(
        bus->device, (struct test_who){(uint8_t)core, true}, GICC, offset, 4);
}

static void set(struct test_bus *bus, unsigned core, uint32_t offset,
                uint32_t value)
{
    test_write_as(bus->device, (struct test_who){(uint8_t)core, true}, GICC,
                  offset, 4, value);
}

static void start(struct test_bus *bus, uint32_t cores, uint32_t security)
{
    test_bus_init(bus);
    test_bus_property(bus, "cairn,core-count", cores);
    test_bus_property(bus, "cairn,security", security);
    bus->device = test_bus_make(bus, &gicv2);
    test_write_as(bus->device, gic_secure, GICD, 0, 4, security ? 3 : 1);
    for (unsigned core = 0; core < cores; core++) {
        set(bus, core, PMR, 0xf0);
        set(bus, core, CTLR, security ? 0xb : 1); /* with FIQs */
    }
    test_write_as(bus->device, gic_secure, GICD, 0x104, 4, 0xff);
    for (unsigned spi = 0; spi < 8; spi++) {
        test_write_as(bus->device, gic_secure, GICD, 0x820 + spi, 1, 1);
        test_write_as(bus->device, gic_secure, GICD, 0x420 + spi, 1, 0xa0);
    }
}

FIXTURE(struct test_bus, bus, test_bus_fini)
FIXTURE_BEGIN(bus, start(bus, 1, 0))

TEST_BEGINS(the_tables_promises_hold, bus)
{
    start(bus, 2, 1);
    EXPECT_DEVICE(bus->device, NULL);
    test_bus_fini(bus);
    start(bus, 1, 0);
    EXPECT_DEVICE(bus->device, NULL);
}

TEST_BEGINS(identification_is_that_of_a_gicv2, bus)
{
    start(bus, 4, 0);
    EXPECT_EQ(test_read(bus->device, GICD, 4), 0x68);
    EXPECT_EQ(test_read(bus->device, GICD, 0xfe8), 0x2b);
    EXPECT_EQ(test_read(bus->device, GICC, 0xfc), 0x0202143b);
    EXPECT_EQ(
        test_read_as(bus->device, (struct test_who){2, false}, GICD, 0x800, 4),
        0x04040404);
}

/* IHI 0048B, tables 4-1 and 4-2: nothing is there, and that is modelled. */
TEST_ON(reserved_words_read_as_zero_and_ignore_writes, bus)
{
    static const struct {
        unsigned bank;
        uint32_t offset;
    } rows[] = {
        {GICD, 0x00c},
        {GICD, 0x07c},
        {GICD, 0x7fc},
        {GICD, 0x800}, /* targets, of a single core */
        {GICD, 0x820},
        {GICD, 0xbfc},
        {GICD, 0xf04},
        {GICD, 0xf30},
        {GICC, 0x02c},
    };

    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        const struct test_who who = {0, true};

        test_case("bank %u, 0x%x", rows[i].bank, rows[i].offset);
        test_write_as(bus->device, who, rows[i].bank, rows[i].offset, 4,
                      UINT32_MAX);
        EXPECT_EQ(
            test_read_as(bus->device, who, rows[i].bank, rows[i].offset, 4), 0);
    }
    EXPECT_EQ(bus->fabric.log.count[LOG_UNMODELLED], 0);
    EXPECT_EQ(bus->fabric.log.count[LOG_GUEST], 0);
}

TEST_ON(a_level_is_acknowledged_ended_and_pends_again_while_it_is_high, bus)
{
    gic_input(bus, "spi1", 1);
    EXPECT_EQ(gic_level(bus, "irq0"), 1);
    EXPECT_EQ(get(bus, 0, HPPIR), 33);
    EXPECT_EQ(get(bus, 0, IAR), 33);
    EXPECT_EQ(gic_level(bus, "irq0"), 0);
    EXPECT_EQ(get(bus, 0, RPR), 0xa0);
    EXPECT_EQ(get(bus, 0, IAR), 1023);
    set(bus, 0, EOIR, 33);
    EXPECT_EQ(gic_level(bus, "irq0"), 1);
    EXPECT_EQ(get(bus, 0, IAR), 33);
    gic_input(bus, "spi1", 0);
    set(bus, 0, EOIR, 33);
    EXPECT_EQ(gic_level(bus, "irq0"), 0);
    EXPECT_EQ(get(bus, 0, RPR), 0xff);
}

TEST_BEGINS(sgis_pend_once_for_each_source, bus)
{
    start(bus, 3, 0);
    test_write_as(bus->device, (struct test_who){1, true}, GICD, 0xf00, 4,
                  1 << 16 | 5);
    test_write_as(bus->device, (struct test_who){2, true}, GICD, 0xf00, 4,
                  1 << 16 | 5);
    EXPECT_EQ(gic_level(bus, "irq0"), 1);
    EXPECT_EQ(gic_level(bus, "irq1"), 0);
    EXPECT_EQ(test_read(bus->device, GICD, 0xf14), 0x600);
    EXPECT_EQ(get(bus, 0, IAR), 1 << 10 | 5);
    EXPECT_EQ(gic_level(bus, "irq0"), 0);
    set(bus, 0, EOIR, 1 << 10 | 5);
    EXPECT_EQ(gic_level(bus, "irq0"), 1);
    EXPECT_EQ(get(bus, 0, IAR), 2 << 10 | 5);
    set(bus, 0, EOIR, 2 << 10 | 5);
    EXPECT_EQ(gic_level(bus, "irq0"), 0);
    test_write_as(bus->device, (struct test_who){0, true}, GICD, 0xf00, 4,
                  1 << 24 | 7); /* all but itself */
    EXPECT_EQ(gic_level(bus, "irq0"), 0);
    EXPECT_EQ(get(bus, 1, IAR), 7);
    EXPECT_EQ(get(bus, 2, IAR), 7);
    test_write_as(bus->device, (struct test_who){0, true}, GICD, 0xf00, 4,
                  2 << 24 | 9); /* itself */
    EXPECT_EQ(get(bus, 0, IAR), 9);
}

TEST_BEGINS(targets_choose_the_cores, bus)
{
    start(bus, 2, 0);
    test_write_as(bus->device, (struct test_who){0, true}, GICD, 0x823, 1, 2);
    gic_input(bus, "spi3", 1);
    EXPECT_EQ(gic_level(bus, "irq0"), 0);
    EXPECT_EQ(gic_level(bus, "irq1"), 1);
    EXPECT_EQ(test_read(bus->device, GICD, 0x820), 0x02010101);
}

TEST_BEGINS(each_shared_interrupt_reaches_the_core_of_its_target, bus)
{
    start(bus, 2, 0);
    for (unsigned spi = GIC_SPIS; spi-- > 0;) {
        test_write_as(bus->device, gic_secure, GICD, 0x820 + spi, 1,
                      1 << (spi ^ spi / 4) % 2);
    }
    for (unsigned spi = 0; spi < GIC_SPIS; spi++) {
        const unsigned core = (spi ^ spi / 4) % 2;

        test_case("SPI %u", spi);
        test_write(bus->device, GICD, 0x104 + spi / 32 * 4, 1u << spi % 32);
        device_input(bus->device, spi, 1);
        EXPECT_EQ(gic_level(bus, core == 0 ? "irq1" : "irq0"), 0);
        EXPECT_EQ(get(bus, core, IAR), 32 + spi);
        device_input(bus->device, spi, 0);
        set(bus, core, EOIR, 32 + spi);
    }
}

TEST_ON(preemption_needs_a_better_group_priority, bus)
{
    test_write_as(bus->device, gic_secure, GICD, 0x421, 1, 0x98);
    gic_input(bus, "spi0", 1);
    EXPECT_EQ(get(bus, 0, IAR), 32);
    set(bus, 0, BPR, 5); /* groups of 64: 0x80 to 0xbf */
    gic_input(bus, "spi1", 1);
    EXPECT_EQ(gic_level(bus, "irq0"), 0); /* 0x98 is of the same group */
    set(bus, 0, BPR, 0);
    EXPECT_EQ(get(bus, 0, BPR), 2);
    EXPECT_EQ(get(bus, 0, IAR), 33);
    EXPECT_EQ(get(bus, 0, RPR), 0x98);
    set(bus, 0, EOIR, 33);
    EXPECT_EQ(get(bus, 0, RPR), 0xa0);
}

TEST_ON(with_split_end_deactivation_is_separate, bus)
{
    set(bus, 0, CTLR, 1 | 1 << 9);
    gic_input(bus, "spi0", 1);
    EXPECT_EQ(get(bus, 0, IAR), 32);
    set(bus, 0, EOIR, 32);
    EXPECT_EQ(get(bus, 0, RPR), 0xff);
    EXPECT_EQ(gic_level(bus, "irq0"), 0);
    set(bus, 0, DIR, 32);
    EXPECT_EQ(gic_level(bus, "irq0"), 1);
}

TEST_BEGINS(with_security_group_0_is_fiq_and_hidden_from_the_normal_world, bus)
{
    start(bus, 1, 1);
    test_write_as(bus->device, gic_secure, GICD, 0x84, 4, 2); /* 33: group 1 */
    EXPECT_EQ(test_read_as(bus->device, gic_normal, GICD, 0x104, 4), 2);
    EXPECT_EQ(test_read_as(bus->device, gic_normal, GICD, 0x420, 4), 0x4000);
    EXPECT_EQ(test_read_as(bus->device, gic_normal, GICC, PMR, 4), 0xe0);
    gic_input(bus, "spi0", 1);
    EXPECT_EQ(gic_level(bus, "fiq0"), 1);
    EXPECT_EQ(gic_level(bus, "irq0"), 0);
    EXPECT_EQ(test_read_as(bus->device, gic_normal, GICC, IAR, 4), 1023);
    EXPECT_EQ(get(bus, 0, IAR), 32);
    gic_input(bus, "spi0", 0);
    set(bus, 0, EOIR, 32);
    gic_input(bus, "spi1", 1);
    EXPECT_EQ(gic_level(bus, "irq0"), 1);
    EXPECT_EQ(gic_level(bus, "fiq0"), 0);
    EXPECT_EQ(get(bus, 0, IAR), 1022);
    EXPECT_EQ(test_read_as(bus->device, gic_normal, GICC, IAR, 4), 33);
    EXPECT_EQ(test_read_as(bus->device, gic_normal, GICC, RPR, 4), 0x40);
    test_write_as(bus->device, gic_normal, GICC, EOIR, 4, 33);
    EXPECT_EQ(get(bus, 0, RPR), 0xff);
    EXPECT_EQ(get(bus, 0, AIAR), 33);
    set(bus, 0, AEOIR, 33);
    EXPECT_EQ(gic_level(bus, "irq0"), 1);
}
