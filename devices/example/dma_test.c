/* SPDX-License-Identifier: Apache-2.0 */
/* The example DMA engine alone; tests/machine/example_dma_test.c has it in a
 * machine.
 */
#include <string.h>

#include "devices/test_bus.h"
#include "tests/device.h"
#include "tests/harness.h"

extern const struct device_type example_dma;

enum {
    SOURCE = 0x00,
    TARGET = 0x08,
    SIZE = 0x10,
    CONTROL = 0x14,
    STATUS = 0x18,
    ENABLE = 0x1c,
    BUSY = 0x20,
};
enum { START = 1, STOP = 2, DONE = 1, ERROR = 2 };
enum { SELF = 0x1000, LONG_ENOUGH_NS = 1000000 };

static void setup(struct test_bus *bus)
{
    test_bus_start(bus, &example_dma);
    struct window window = {
        .base = gpa(SELF),
        .size_bytes = 0x1000,
        .rights = WINDOW_R | WINDOW_W,
        .enabled = true,
        .device = bus->device,
    };
    space_add_window(bus->space, &window);
    for (unsigned i = 0; i < 4096; i++) {
        region_host(bus->ram)[i] = (uint8_t)(i * 7 + 1);
    }
}

static void start(struct test_bus *bus, uint32_t source, uint32_t target,
                  uint32_t size)
{
    test_write(bus->device, 0, SOURCE, source);
    test_write(bus->device, 0, TARGET, target);
    test_write(bus->device, 0, SIZE, size);
    test_write(bus->device, 0, CONTROL, START);
}

FIXTURE(struct test_bus, bus, test_bus_fini)
FIXTURE_BEGIN(bus, setup(bus))

TEST_ON(the_tables_promises_hold, bus)
{
    EXPECT_DEVICE(bus->device, NULL);
}

TEST_ON(a_transfer_moves_memory_and_raises_the_interrupt_until_it_is_cleared,
        bus)
{
    const struct line *interrupt = device_output(bus->device, "interrupt");
    test_write(bus->device, 0, ENABLE, DONE);
    start(bus, TEST_RAM + 3, TEST_RAM + 0x10001, 1000);
    EXPECT_EQ(test_read(bus->device, 0, BUSY), 1);
    test_write(bus->device, 0, SIZE, 5); /* ignored: it runs */
    bus_pass(bus, LONG_ENOUGH_NS);
    EXPECT_BYTES(region_host(bus->ram) + 0x10001, region_host(bus->ram) + 3,
                 1000);
    EXPECT_EQ(region_host(bus->ram)[0x10001 + 1000], 0);
    EXPECT_EQ(test_read(bus->device, 0, BUSY), 0);
    EXPECT_EQ(test_read(bus->device, 0, SIZE), 0);
    EXPECT_EQ(test_read(bus->device, 0, STATUS), DONE);
    EXPECT_EQ(interrupt->level, 1);
    test_write(bus->device, 0, STATUS, DONE);
    EXPECT_EQ(interrupt->level, 0);
}

TEST(a_transfer_ends_at_what_does_not_answer)
{
    static const struct {
        const char *name;
        uint32_t source;
        uint32_t target;
        uint32_t moved;
    } rows[] = {
        {"no source",         0x100000, TEST_RAM,                       0  },
        {"no target",         TEST_RAM, 0x100000,                       0  },
        {"the end of memory", TEST_RAM, TEST_RAM + TEST_RAM_SIZE - 512, 512},
    };

    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        OWNED(test_bus_fini) struct test_bus bus;

        test_case("%s", rows[i].name);
        setup(&bus);
        start(&bus, rows[i].source, rows[i].target, 1024);
        bus_pass(&bus, LONG_ENOUGH_NS);
        EXPECT_EQ(test_read(bus.device, 0, STATUS), ERROR);
        EXPECT_EQ(test_read(bus.device, 0, BUSY), 0);
        EXPECT_EQ(test_read(bus.device, 0, SIZE), 1024 - rows[i].moved - 256);
        EXPECT(bus.fabric.log.count[LOG_GUEST] != 0);
    }
}

TEST_ON(a_transfer_may_be_stopped, bus)
{
    start(bus, TEST_RAM, TEST_RAM + 0x10000, 4096);
    bus_pass(bus, 250); /* two blocks */
    test_write(bus->device, 0, CONTROL, STOP);
    bus_pass(bus, LONG_ENOUGH_NS);
    EXPECT_EQ(test_read(bus->device, 0, SIZE), 4096 - 512);
    EXPECT_EQ(test_read(bus->device, 0, STATUS), 0);
    test_write(bus->device, 0, CONTROL, START);
    bus_pass(bus, LONG_ENOUGH_NS);
    EXPECT_BYTES(region_host(bus->ram) + 0x10000, region_host(bus->ram), 4096);
}

/* A block that holds the registers of the next transfer, and its start: the
 * engine is reached again while it copies. */
TEST_ON(a_transfer_into_the_engine_programs_it, bus)
{
    static const uint32_t program[] = {
        TEST_RAM, 0, TEST_RAM + 0x20000, 0, 64, STOP,
    };

    memcpy(region_host(bus->ram) + 0x8000, program, sizeof(program));
    start(bus, TEST_RAM + 0x8000, SELF, sizeof(program));
    bus_pass(bus, LONG_ENOUGH_NS);
    /* Refused while it runs, but for the stop, and then it is done. */
    EXPECT_EQ(test_read(bus->device, 0, SOURCE),
              TEST_RAM + 0x8000 + sizeof(program));
    EXPECT_EQ(test_read(bus->device, 0, STATUS), DONE);
    EXPECT_EQ(test_read(bus->device, 0, BUSY), 0);
    start(bus, TEST_RAM, TEST_RAM + 0x20000, 64);
    bus_pass(bus, LONG_ENOUGH_NS);
    EXPECT_BYTES(region_host(bus->ram) + 0x20000, region_host(bus->ram), 64);
}
