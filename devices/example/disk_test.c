/* SPDX-License-Identifier: Apache-2.0 */
/* The example disk alone, on a medium that only notes what it is asked;
 * tests/machine/example_disk_test.c has it in a machine with a file. */
#include <string.h>

#include "bus/disk.h"
#include "devices/test_bus.h"
#include "tests/device.h"
#include "tests/harness.h"

extern const struct device_type example_disk;

enum {
    CAPACITY = 0x00,
    FEATURES = 0x08,
    ENABLE = 0x0c,
    DONE = 0x10,
    BUSY = 0x14,
    SECTOR = 0x20,
    COUNT = 0x30,
    ADDRESS = 0x40,
    COMMAND = 0x50,
    RESULT = 0x60,
};
enum { READ = 1, WRITE, FLUSH, DISCARD };

struct medium {
    struct disk disk;
    struct device *device;
    struct disk_request asked[4];
    uint8_t first[4]; /* byte of a write */
    unsigned asks;
    unsigned cancels;
};

static int note_submit(struct disk *disk, unsigned number,
                       const struct disk_request *request)
{
    struct medium *medium = (struct medium *)disk;
    uint8_t bytes[4 * 512];
    if (request->operation == DISK_WRITE) {
        int code = example_disk.disk->gather(medium->device, number, bytes,
                                             (size_t)request->size);
        if (code != 0) {
            return code;
        }
        medium->first[number] = bytes[0];
    }
    medium->asked[number] = *request;
    medium->asks++;
    return 0;
}

static void note_cancel(struct disk *disk, unsigned number)
{
    ((struct medium *)disk)->cancels++;
}

static void setup(struct test_bus *bus, struct medium *medium)
{
    test_bus_start(bus, &example_disk);
    *medium = (struct medium){
        .disk = {64 << 10, false, 4096, note_submit, note_cancel},
        .device = bus->device,
    };
    bus->device->disk = &medium->disk;
}

static void ask(struct test_bus *bus, unsigned request, uint32_t sector,
                uint32_t count, uint32_t address, uint32_t command)
{
    test_write(bus->device, 0, SECTOR + 4 * request, sector);
    test_write(bus->device, 0, COUNT + 4 * request, count);
    test_write(bus->device, 0, ADDRESS + 4 * request, address);
    test_write(bus->device, 0, COMMAND + 4 * request, command);
}

FIXTURE(struct test_bus, bus, test_bus_fini)

TEST_BEGINS(the_tables_promises_hold, bus)
{
    test_bus_start(bus, &example_disk);
    EXPECT_EQ(test_read(bus->device, 0, CAPACITY), 0);
    EXPECT_EQ(test_read(bus->device, 0, FEATURES), 0);
    EXPECT_DEVICE(bus->device, NULL);
}

TEST_BEGINS(commands_become_requests, bus)
{
    static const struct {
        uint32_t command;
        enum disk_operation operation;
        uint64_t size;
        uint64_t latency_ns;
    } rows[] = {
        {READ,    DISK_READ,    1536, 23000 },
        {WRITE,   DISK_WRITE,   1536, 13000 },
        {FLUSH,   DISK_FLUSH,   0,    200000},
        {DISCARD, DISK_DISCARD, 1536, 8000  },
    };
    struct medium medium;

    setup(bus, &medium);
    EXPECT_EQ(test_read(bus->device, 0, CAPACITY), 128);
    EXPECT_EQ(test_read(bus->device, 0, FEATURES), 1);
    region_host(bus->ram)[0x200] = 0x77;
    for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
        ask(bus, i, 5, 3, TEST_RAM + 0x200, rows[i].command);
        EXPECT_EQ(medium.asked[i].operation, rows[i].operation);
        EXPECT_EQ(medium.asked[i].offset, 5 * 512);
        EXPECT_EQ(medium.asked[i].size, rows[i].size);
        EXPECT_EQ(medium.asked[i].latency_ns, rows[i].latency_ns);
    }
    EXPECT_EQ(medium.first[1], 0x77);
    EXPECT_EQ(test_read(bus->device, 0, BUSY), 15);
    /* Ignored: it is in flight, or there is no such command. */
    test_write(bus->device, 0, COMMAND, READ);
    EXPECT_EQ(medium.asks, 4);
    EXPECT_EQ(bus->fabric.log.count[LOG_GUEST], 1);
}

TEST_BEGINS(completions_move_bytes_and_raise_the_interrupt, bus)
{
    static const uint8_t bytes[512] = {1, 2, 3};
    struct medium medium;

    setup(bus, &medium);
    const struct line *interrupt = device_output(bus->device, "interrupt");
    test_write(bus->device, 0, ENABLE, 1 << 2);
    ask(bus, 1, 0, 1, TEST_RAM + TEST_RAM_SIZE, READ);
    ask(bus, 2, 0, 1, TEST_RAM + 0x400, READ);
    /* A request that is in flight does not change with the registers. */
    test_write(bus->device, 0, ADDRESS + 8, 0);
    example_disk.disk->completed(bus->device, 1, DISK_DONE, bytes, 512);
    EXPECT_EQ(test_read(bus->device, 0, RESULT + 4), 3);
    EXPECT_EQ(interrupt->level, 0);
    example_disk.disk->completed(bus->device, 2, DISK_DONE, bytes, 512);
    EXPECT_BYTES(region_host(bus->ram) + 0x400, bytes, 512);
    EXPECT_EQ(test_read(bus->device, 0, RESULT + 8), 0);
    EXPECT_EQ(test_read(bus->device, 0, BUSY), 0);
    EXPECT_EQ(test_read(bus->device, 0, DONE), 6);
    EXPECT_EQ(interrupt->level, 1);
    test_write(bus->device, 0, DONE, 4);
    EXPECT_EQ(interrupt->level, 0);
}

TEST_BEGINS(a_write_from_nowhere_is_a_bus_error_and_a_reset_cancels, bus)
{
    struct medium medium;

    setup(bus, &medium);
    ask(bus, 3, 0, 1, TEST_RAM + TEST_RAM_SIZE, WRITE);
    EXPECT_EQ(test_read(bus->device, 0, RESULT + 12), 3);
    EXPECT_EQ(test_read(bus->device, 0, DONE), 8);
    EXPECT_EQ(medium.asks, 0);
    ask(bus, 0, 0, 1, TEST_RAM, READ);
    medium.cancels = 0;
    device_reset(bus->device, RESET_CORE);
    EXPECT_EQ(medium.cancels, 0);
    EXPECT_EQ(test_read(bus->device, 0, BUSY), 1);
    device_reset(bus->device, RESET_WARM);
    EXPECT_EQ(medium.cancels, 4);
    EXPECT_EQ(test_read(bus->device, 0, BUSY), 0);
}
