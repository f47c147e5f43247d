/* SPDX-License-Identifier: Apache-2.0 */
/* A device under test with memory, a master's address space and properties. */
#ifndef DEVICES_TEST_BUS_H
#define DEVICES_TEST_BUS_H

#include <stdio.h>
#include <stdlib.h>

#include "base/bits.h"
#include "base/buffer.h"
#include "bus/device.h"
#include "bus/device_state.h"
#include "bus/region.h"
#include "bus/space.h"

enum { TEST_RAM = 0x40000000, TEST_RAM_SIZE = 1 << 20 };

struct test_bus {
    struct fabric fabric;
    struct device *device;
    struct device *parent; /* of devices to be made, or NULL */
    struct device *peer;   /* answers every peer property, or NULL */
    struct region *ram;
    struct space *space;
    struct error error;
    uint8_t numbers[8][4];
    const char *names[8];
    char console[64];
    size_t console_size;
};

static inline const void *test_find(const void *node, const char *name,
                                    bool inherited, size_t *size)
{
    const struct test_bus *bus = node;

    *size = 4;
    for (size_t i = 0; i < ARRAY_SIZE(bus->names) && bus->names[i]; i++) {
        if (strcmp(bus->names[i], name) == 0) {
            return bus->numbers[i];
        }
    }
    return NULL;
}

static inline struct device *test_peer(const void *node, const char *name,
                                       unsigned index)
{
    const struct test_bus *bus = node;

    return index == 0 ? bus->peer : NULL;
}

static inline struct region *test_memory(const void *node, const char *name)
{
    const struct test_bus *bus = node;

    return bus->ram;
}

static inline struct space *test_space(const void *node)
{
    const struct test_bus *bus = node;

    return bus->space;
}

static inline struct device *test_parent(const void *node)
{
    const struct test_bus *bus = node;
    return bus->parent;
}

static inline void test_console(void *context, const char *device, uint8_t byte)
{
    struct test_bus *bus = context;

    if (bus->console_size < sizeof(bus->console)) {
        bus->console[bus->console_size++] = (char)byte;
    }
}

static inline struct device *test_bus_create(struct test_bus *bus,
                                             const struct device_type *type)
{
    static const struct property_source properties = {
        .find = test_find,
        .peer = test_peer,
        .memory = test_memory,
        .space = test_space,
        .parent = test_parent,
    };

    return device_create(&bus->fabric, type, "device", &properties, bus);
}

static inline struct device *test_bus_make(struct test_bus *bus,
                                           const struct device_type *type)
{
    struct device *device = test_bus_create(bus, type);

    if (device_init(device, &bus->error) != 0) {
        fprintf(stderr, "%s\n", bus->error.text);
        abort();
    }
    device_reset(device, RESET_POWER_ON);
    return device;
}

/* Masters see the memory at that address, too. */
static inline void test_bus_show(struct test_bus *bus, uint64_t address)
{
    struct window window = {
        .base = gpa(address),
        .size_bytes = TEST_RAM_SIZE,
        .rights = WINDOW_R | WINDOW_W | WINDOW_X,
        .enabled = true,
        .region = bus->ram,
    };
    space_add_window(bus->space, &window);
}

static inline void test_bus_init(struct test_bus *bus)
{
    memset(bus, 0, sizeof(*bus));
    fabric_init(&bus->fabric, 1);
    bus->fabric.console = test_console;
    bus->fabric.console_context = bus;
    bus->ram = region_create("ram", TEST_RAM_SIZE, &bus->error);
    bus->space = space_create(&bus->fabric, "master");
    test_bus_show(bus, TEST_RAM);
}

static inline void test_bus_start(struct test_bus *bus,
                                  const struct device_type *type)
{
    test_bus_init(bus);
    bus->device = test_bus_make(bus, type);
}

/* The devices made from now on find that value. */
static inline void test_bus_property(struct test_bus *bus, const char *name,
                                     uint32_t value)
{
    size_t i = 0;

    while (bus->names[i] != NULL && strcmp(bus->names[i], name) != 0) {
        i++;
    }
    bus->names[i] = name;
    store_be32(bus->numbers[i], value);
}

static inline void test_bus_fini(struct test_bus *bus)
{
    device_destroy(bus->device);
    device_destroy(bus->peer);
    space_destroy(bus->space);
    region_destroy(bus->ram);
    fabric_fini(&bus->fabric);
}

/* The requester: its core, and whether it is in Secure state. */
struct test_who {
    uint8_t core;
    bool secure;
};

static inline uint64_t test_read_as(struct device *device, struct test_who who,
                                    unsigned bank, uint64_t offset,
                                    unsigned size)
{
    struct access access = {.master = who.core, .secure = who.secure};
    uint64_t value;

    device_read(device, bank, &access, offset, size, &value);
    return value;
}

static inline void test_write_as(struct device *device, struct test_who who,
                                 unsigned bank, uint64_t offset, unsigned size,
                                 uint64_t value)
{
    struct access access = {.master = who.core, .secure = who.secure};

    device_write(device, bank, &access, offset, size, value);
}

static inline uint32_t test_read(struct device *device, unsigned bank,
                                 uint64_t offset)
{
    return (uint32_t)test_read_as(device, (struct test_who){0, false}, bank,
                                  offset, 4);
}

static inline void test_write(struct device *device, unsigned bank,
                              uint64_t offset, uint32_t value)
{
    test_write_as(device, (struct test_who){0, false}, bank, offset, 4, value);
}

/* The registers of the first bank, and the lines, of the device under test. */
static inline uint32_t bus_get(const struct test_bus *bus, uint32_t offset)
{
    return test_read(bus->device, 0, offset);
}

static inline void bus_set(const struct test_bus *bus, uint32_t offset,
                           uint32_t value)
{
    test_write(bus->device, 0, offset, value);
}

static inline uint32_t bus_level(const struct test_bus *bus, const char *output)
{
    return device_output(bus->device, output)->level;
}

static inline void bus_pass(struct test_bus *bus, uint64_t ns)
{
    clock_advance(&bus->fabric.clock, clock_now(&bus->fabric.clock) + ns);
}

static inline unsigned test_input(const struct device *device, const char *name)
{
    for (unsigned i = 0; i < device->type->input_count; i++) {
        if (strcmp(device->type->inputs[i].name, name) == 0) {
            return i;
        }
    }
    abort();
}

static inline void test_note(void *context)
{
    unsigned *count = context;
    ++*count;
}

/* How often a read waits for other cores, so that time does not go back from
 * one to the next (clock_tell). */
static inline unsigned test_tells(struct test_bus *bus, uint64_t offset)
{
    struct clock *clock = &bus->fabric.clock;
    unsigned count = 0;

    clock->told = test_note;
    clock->progress_context = &count;
    (void)test_read(bus->device, 0, offset);
    clock->told = NULL;
    clock->progress_context = NULL;
    return count;
}

/* True if a record of a device brings back what a guest has made of it. */
static inline bool test_restores(struct device *device)
{
    struct buffer record = {0};
    struct error error = {""};
    const uint64_t before = device_hash(device, 0);

    device_save(device, &record);
    const uint8_t *bytes = record.bytes;
    size_t size = record.size;
    device_reset(device, RESET_POWER_ON);
    bool good = device_restore(device, &bytes, &size, &error) == 0;
    if (good) {
        /* Timers are back in their order: none is armed anew behind others. */
        const uint64_t sequence = device->fabric->clock.next_sequence;
        device_restored(device);
        good = device->fabric->clock.next_sequence == sequence;
    }
    buffer_fini(&record);
    return good && device_hash(device, 0) == before;
}

#endif
