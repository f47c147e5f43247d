/* SPDX-License-Identifier: Apache-2.0 */
/* LPIs of a GICv3 and their tables in memory. */
#include "tests/gicv3.h"
#include "tests/harness.h"
#include "tests/told.h"

static uint64_t get(struct test_bus *bus, uint32_t encoding)
{
    return icc_get_as(bus, 0, encoding, &one_state);
}

static void set(struct test_bus *bus, uint32_t encoding, uint64_t value)
{
    icc_set_as(bus, 0, encoding, &one_state, value);
}

/* A configuration table at 0x1000 and pending tables at 0x10000 and 0x20000 of
 * the memory. */
static void start_lpis(struct test_bus *bus, uint32_t cores)
{
    gicv3_start_simple(bus, cores);
    memset(region_host(bus->ram) + 0x1000, 0xa1, 16);
    for (unsigned core = 0; core < cores; core++) {
        uint32_t frame = core * FRAME;
        test_write(bus->device, GICR, frame + 0x70, TEST_RAM + 0x1000 + 13);
        test_write(bus->device, GICR, frame + 0x78,
                   TEST_RAM + (core + 1) * 0x10000);
        test_write(bus->device, GICR, frame, 1);
    }
}

FIXTURE(struct test_bus, bus, test_bus_fini)

TEST_BEGINS(lpis_pend_by_their_configuration_and_have_no_active_state, bus)
{
    start_lpis(bus, 1);
    EXPECT_EQ(gicv3_lpi_set(bus->device, 0, 8192, true), 0);
    EXPECT_EQ(gic_level(bus, "irq0"), 1);
    EXPECT_EQ(get(bus, IAR1), 8192);
    EXPECT_EQ(get(bus, RPR), 0xa0);
    set(bus, EOIR1, 8192);
    EXPECT_EQ(get(bus, RPR), 0xff);
    EXPECT_EQ(gic_level(bus, "irq0"), 0);
    region_host(bus->ram)[0x1001] = 0xa0; /* disabled */
    EXPECT_EQ(gicv3_lpi_set(bus->device, 0, 8193, true), 0);
    EXPECT_EQ(gic_level(bus, "irq0"), 0);
    region_host(bus->ram)[0x1001] = 0x41;
    test_write(bus->device, GICR, 0xb0, 0);
    EXPECT_EQ(gic_level(bus, "irq0"), 1);
    /* the pending table gets what is left, and gives it back */
    test_write(bus->device, GICR, 0, 0);
    EXPECT_EQ(region_host(bus->ram)[0x10000 + 1024], 2);
    EXPECT_EQ(gic_level(bus, "irq0"), 0);
    test_write(bus->device, GICR, 0, 1);
    EXPECT_EQ(get(bus, IAR1), 8193);
    /* of equals that are looked at together the first INTID is first */
    set(bus, EOIR1, 8193);
    region_host(bus->ram)[0x1002] = 0x41;
    region_host(bus->ram)[0x1003] = 0x41;
    EXPECT_EQ(gicv3_lpi_set(bus->device, 0, 8195, true), 0);
    EXPECT_EQ(gicv3_lpi_set(bus->device, 0, 8194, true), 0);
    test_write(bus->device, GICR, 0xb0, 0);
    EXPECT_EQ(get(bus, IAR1), 8194);
    set(bus, EOIR1, 8194);
    EXPECT_EQ(get(bus, IAR1), 8195);
    /* an SPI of the same priority is first */
    region_host(bus->ram)[0x1000] = 0x41;
    EXPECT_EQ(gicv3_lpi_set(bus->device, 0, 8192, true), 0);
    set(bus, EOIR1, 8195);
    EXPECT_EQ(get(bus, HPPIR1), 8192);
    gicv3_enable_spi(bus, 1);
    gicv3_set_priority(bus, 1, 0x40);
    gic_input(bus, "spi1", 1);
    EXPECT_EQ(get(bus, HPPIR1), 33);
}

/* GICR_PROPBASER.IDbits, less one, and what is modelled limit the INTIDs. */
TEST(lpis_are_of_the_range_that_was_set_up)
{
    static const struct {
        uint32_t bits;
        uint32_t intid;
        bool good;
    } rows[] = {
        {0,  8192,  false},
        {12, 8191,  false},
        {12, 8192,  false},
        {13, 8191,  false},
        {13, 8192,  true },
        {13, 16383, true },
        {13, 16384, false},
        {14, 16384, true },
        {14, 32767, true },
        {15, 65535, true },
        {15, 65536, false},
        {31, 65535, true },
        {31, 65536, false},
    };

    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        const uint32_t byte = 0x10000 + rows[i].intid / 8;
        OWNED(test_bus_fini) struct test_bus bus;

        test_case("row %zu", i);
        gicv3_start_simple(&bus, 1);
        uint8_t *ram = region_host(bus.ram);
        ram[0x1000 + (rows[i].intid - 8192) % 0xf000] = 0xa1;
        test_write(bus.device, GICR, 0x70, (TEST_RAM + 0x1000) | rows[i].bits);
        test_write(bus.device, GICR, 0x78, (TEST_RAM + 0x10000) | 0xf81);
        EXPECT_EQ(gicv3_lpi_set(bus.device, 0, rows[i].intid, true), -EINVAL);
        test_write(bus.device, GICR, 0, 1);
        EXPECT_EQ(gicv3_lpi_set(bus.device, 0, rows[i].intid, true),
                  rows[i].good ? 0 : -EINVAL);
        EXPECT_EQ(gic_level(&bus, "irq0"), rows[i].good);
        ram[0x10000 + 1023] = 0x55; /* not of LPIs */
        test_write(bus.device, GICR, 0, 0);
        EXPECT_EQ(gic_level(&bus, "irq0"), 0);
        EXPECT_EQ(ram[0x10000 + 1023], 0x55);
        EXPECT_EQ(ram[byte], rows[i].good            ? 1u << rows[i].intid % 8
                             : rows[i].intid == 8191 ? 0x55
                                                     : 0);
        test_write(bus.device, GICR, 0, 1);
        EXPECT_EQ(get(&bus, HPPIR1), rows[i].good ? rows[i].intid : 1023);
        test_write(bus.device, GICR, 0, 0);
        test_write(bus.device, GICR, 0x7c, 1 << 30); /* said to be zero */
        test_write(bus.device, GICR, 0, 1);
        EXPECT_EQ(get(&bus, HPPIR1), 1023);
        EXPECT_EQ(bus.fabric.log.count[LOG_GUEST], 0);
    }
}

/* Core 1 has fewer LPIs than core 0. */
TEST_BEGINS(an_lpi_beyond_a_cores_range_is_not_signalled_to_it, bus)
{
    start_lpis(bus, 2);
    test_write(bus->device, GICR, 0, 0);
    test_write(bus->device, GICR, 0x70, TEST_RAM + 0x1000 + 14);
    test_write(bus->device, GICR, 0, 1);
    region_host(bus->ram)[0x1000 + 16384 - 8192] = 0xa1;
    EXPECT_EQ(gicv3_lpi_set(bus->device, 0, 16384, true), 0);
    EXPECT_EQ(gic_level(bus, "irq0"), 1);
    EXPECT_EQ(gicv3_lpi_move_all(bus->device, 0, 1), 0);
    EXPECT_EQ(gic_level(bus, "irq0"), 0);
    EXPECT_EQ(gic_level(bus, "irq1"), 0);
}

/* An unreadable configuration is off; that of the table of what pends is told.
 */
TEST_BEGINS(lpis_need_memory, bus)
{
    OWNED(told_fini) struct told told;

    gicv3_start_simple(bus, 1);
    told_init(&told, bus->device);
    test_write(bus->device, GICR, 0x70, 0x1000 + 13);
    test_write(bus->device, GICR, 0x78, TEST_RAM + 0x10000);
    test_write(bus->device, GICR, 0, 1);
    EXPECT_EQ(gicv3_lpi_set(bus->device, 0, 8192, true), 0);
    EXPECT_EQ(gic_level(bus, "irq0"), 0);
    test_write(bus->device, GICR, 0, 0);
    EXPECT(strstr(buffer_text(&told.text), "PENDBASER") == NULL);
    test_write(bus->device, GICR, 0x78, 0x10000);
    test_write(bus->device, GICR, 0, 1);
    EXPECT(strstr(buffer_text(&told.text), "PENDBASER") != NULL);
}

/* Pending LPIs are each core's own, whatever another does with its table. */
TEST_BEGINS(a_core_that_disables_its_lpis_leaves_those_of_others, bus)
{
    gicv3_start_simple(bus, 2);
    EXPECT_EQ(gicv3_lpi_set(bus->device, 0, 8192, true), -EINVAL);
    test_bus_fini(bus);
    start_lpis(bus, 2);
    EXPECT_EQ(gicv3_lpi_set(bus->device, 0, 8193, true), 0);
    EXPECT_EQ(gicv3_lpi_set(bus->device, 1, 8192, true), 0);
    EXPECT_EQ(gicv3_lpi_set(bus->device, 2, 8192, true), -EINVAL);
    region_host(bus->ram)[0x10000 + 2048] = 0x55; /* behind the table */
    EXPECT_EQ(test_read(bus->device, GICR, 2 * FRAME + 8), 0); /* no core 2 */
    test_write(bus->device, GICR, 2 * FRAME, 1);
    EXPECT_EQ(test_read(bus->device, GICR, 2 * FRAME), 0);
    test_write(bus->device, GICR, 0, 0);
    test_write(bus->device, GICR, FRAME + 0xb0, 0);
    EXPECT_EQ(region_host(bus->ram)[0x10000 + 2048], 0x55);
    EXPECT_EQ(gic_level(bus, "irq0"), 0);
    EXPECT_EQ(gic_level(bus, "irq1"), 1);
    EXPECT_EQ(icc_get_as(bus, 1, IAR1, &one_state), 8192);
}

/* GICR_PENDBASER.PTZ: software says that the table is zero, and it is not read.
 * Of two LPIs the one of the higher priority is first. */
TEST(a_pending_table_is_read_unless_it_is_said_to_be_zero)
{
    for (uint32_t zero = 0; zero < 2; zero++) {
        OWNED(test_bus_fini) struct test_bus bus;

        test_case("zero %u", zero);
        gicv3_start_simple(&bus, 1);
        memset(region_host(bus.ram) + 0x1000, 0xa1, 64);
        region_host(bus.ram)[0x1000 + 40] = 0x41;
        region_host(bus.ram)[0x10000 + 1024] = 1;
        region_host(bus.ram)[0x10000 + 1024 + 5] = 1;
        test_write(bus.device, GICR, 0x70, TEST_RAM + 0x1000 + 13);
        test_write(bus.device, GICR, 0x78, TEST_RAM + 0x10000);
        test_write(bus.device, GICR, 0x7c, zero << 30);
        test_write(bus.device, GICR, 0, 1);
        EXPECT_EQ(gic_level(&bus, "irq0"), !zero);
        EXPECT_EQ(get(&bus, HPPIR1), zero ? 1023 : 8192 + 40);
    }
}
