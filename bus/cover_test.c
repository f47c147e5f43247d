/* SPDX-License-Identifier: Apache-2.0 */
/* A device that covers parts of a memory and counts what meets it there. */
#include "bus/cover.h"

#include <string.h>

#include "base/bits.h"
#include "bus/device.h"
#include "tests/harness.h"

enum { BASE = 0x20000000, SIZE = 0x8000, ALL = WINDOW_R | WINDOW_W | WINDOW_X };

struct met {
    uint32_t count;
    uint32_t offset;
};

static int meet(struct device *device, const struct access *access,
                uint64_t offset)
{
    struct met *met = device->state;

    met->count++;
    met->offset = (uint32_t)offset;
    return access->privileged ? 0 : -EFAULT;
}

static int read_met(struct device *device, unsigned bank,
                    const struct access *access, uint64_t offset, unsigned size,
                    uint64_t *value)
{
    (void)bank;
    (void)size;
    *value = 0;
    return meet(device, access, offset);
}

static int write_met(struct device *device, unsigned bank,
                     const struct access *access, uint64_t offset,
                     unsigned size, uint64_t value)
{
    (void)bank;
    (void)size;
    (void)value;
    return meet(device, access, offset);
}

static const struct register_bank banks[] = {
    {"memory", 0x10000, 1 | 2 | 4 | 8, NULL, 0},
};

static const struct device_type gate = {
    .compatible = "test,gate",
    .state_size = sizeof(struct met),
    .banks = banks,
    .bank_count = ARRAY_SIZE(banks),
    .read = read_met,
    .write = write_met,
};

struct bench {
    struct fabric fabric;
    struct space *space;
    struct region *ram;
    struct device *device;
    struct cover cover;
    unsigned changes;
    struct space_listener listener;
};

static void changed(void *context)
{
    struct bench *bench = context;
    bench->changes++;
}

/* The memory is shown from 0x1000 on. */
static void setup(struct bench *bench)
{
    *bench = (struct bench){0};
    fabric_init(&bench->fabric, 0);
    bench->space = space_create(&bench->fabric, "cpu");
    bench->ram = region_create("ram", 0x10000, NULL);
    bench->device = device_create(&bench->fabric, &gate, "gate", NULL, NULL);
    struct window window = {.name = "ram",
                            .base = gpa(BASE),
                            .size_bytes = SIZE,
                            .rights = ALL,
                            .enabled = true,
                            .region = bench->ram,
                            .offset = 0x1000};
    cover_init(&bench->cover, bench->space, &window, bench->device, 0);
    space_add_window(bench->space, &window);
    bench->listener.changed = changed;
    bench->listener.context = bench;
    space_listen(bench->space, &bench->listener);
    memset(region_host(bench->ram), 0x11, 0x10000);
}

static void teardown(struct bench *bench)
{
    cover_fini(&bench->cover);
    space_destroy(bench->space);
    region_destroy(bench->ram);
    device_destroy(bench->device);
    fabric_fini(&bench->fabric);
}

static uint64_t read_at(const struct bench *bench, uint32_t address)
{
    struct access access = {.privileged = true};
    uint64_t value;

    EXPECT_EQ(space_read(bench->space, &access, gpa(address), 4, &value), 0);
    return value;
}

TEST(what_is_covered_is_the_devices_and_the_rest_is_memory)
{
    static const struct cover_run runs[] = {
        {0x2000, 0x2fff},
        {0x3100, 0x31ff},
    };
    struct bench bench;

    setup(&bench);
    const struct met *met = bench.device->state;
    cover_set(&bench.cover, 1, runs, 2);
    EXPECT_EQ(read_at(&bench, BASE + 0xffc), 0x11111111);
    EXPECT_EQ(met->count, 0);
    EXPECT_EQ(read_at(&bench, BASE + 0x1000), 0);
    EXPECT_EQ(met->offset, 0x2000);
    EXPECT_EQ(read_at(&bench, BASE + 0x1ffc), 0);
    EXPECT_EQ(met->offset, 0x2ffc);
    EXPECT_EQ(read_at(&bench, BASE + 0x2000), 0x11111111);
    EXPECT_EQ(read_at(&bench, BASE + 0x2100), 0);
    EXPECT_EQ(met->offset, 0x3100);
    EXPECT_EQ(read_at(&bench, BASE + 0x2200), 0x11111111);
    EXPECT_EQ(met->count, 3);
    teardown(&bench);
}

TEST(spans_of_memory_end_where_it_is_covered)
{
    static const struct cover_run run = {0x2000, 0x2fff};
    struct bench bench;
    struct span span;

    setup(&bench);
    cover_set(&bench.cover, 1, &run, 1);
    REQUIRE(space_span(bench.space, gpa(BASE), &span) == 0);
    EXPECT_EQ(span.size_bytes, 0x1000);
    EXPECT_EQ(space_span(bench.space, gpa(BASE + 0x1800), &span), -EFAULT);
    REQUIRE(space_span(bench.space, gpa(BASE + 0x2000), &span) == 0);
    EXPECT_EQ(span.offset, 0x3000);
    teardown(&bench);
}

TEST(the_device_may_refuse)
{
    static const struct cover_run run = {0, UINT64_MAX};
    struct bench bench;

    setup(&bench);
    cover_set(&bench.cover, 1, &run, 1);
    EXPECT_EQ(space_write(bench.space, NULL, gpa(BASE), 1, 0), -EFAULT);
    EXPECT_EQ(region_host(bench.ram)[0x1000], 0x11);
    teardown(&bench);
}

TEST(listeners_hear_of_each_change_once)
{
    struct cover_run runs[8];
    struct bench bench;

    setup(&bench);
    for (unsigned i = 0; i < 8; i++) {
        runs[i] = (struct cover_run){0x1000 + 0x800 * i, 0x13ff + 0x800 * i};
    }
    cover_set(&bench.cover, 1, runs, 8);
    EXPECT_EQ(bench.changes, 1);
    cover_set(&bench.cover, 1, runs, 8);
    EXPECT_EQ(bench.changes, 1);
    cover_set(&bench.cover, 1, runs, 1);
    EXPECT_EQ(bench.changes, 2);
    EXPECT_EQ(read_at(&bench, BASE + 0x800), 0x11111111);
    EXPECT_EQ(read_at(&bench, BASE), 0);
    cover_set(&bench.cover, 1, NULL, 0);
    EXPECT_EQ(bench.changes, 3);
    EXPECT_EQ(read_at(&bench, BASE), 0x11111111);
    teardown(&bench);
}

TEST(runs_outside_of_the_window_count_for_nothing)
{
    static const struct cover_run runs[] = {
        {0x0000, 0x0fff},
        {0x0000, 0x1fff},
        {0x9000, 0xffff},
    };
    struct bench bench;

    setup(&bench);
    cover_set(&bench.cover, 1, runs, 1);
    cover_set(&bench.cover, 1, runs + 2, 1);
    EXPECT_EQ(bench.changes, 0);
    cover_set(&bench.cover, 1, runs + 1, 1);
    EXPECT_EQ(read_at(&bench, BASE + 0xffc), 0);
    EXPECT_EQ(read_at(&bench, BASE + 0x1000), 0x11111111);
    teardown(&bench);
}
