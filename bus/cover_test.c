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

static int meet(struct device *device, unsigned bank,
                const struct access *access, uint64_t offset)
{
    struct met *met = device->state;

    EXPECT_EQ(bank, 1);
    met->count++;
    met->offset = (uint32_t)offset;
    return access->privileged ? 0 : -EFAULT;
}

static int read_met(struct device *device, unsigned bank,
                    const struct access *access, uint64_t offset, unsigned size,
                    uint64_t *value)
{
    *value = 0;
    return meet(device, bank, access, offset);
}

static int write_met(struct device *device, unsigned bank,
                     const struct access *access, uint64_t offset,
                     unsigned size, uint64_t value)
{
    return meet(device, bank, access, offset);
}

static const struct register_bank banks[] = {
    {"other",  0x10,    4,             NULL, 0},
    {"memory", 0x10000, 1 | 2 | 4 | 8, NULL, 0},
};

static const struct device_type gate = {
    .compatible = "test,gate",
    .state_size = sizeof(struct met),
    DEVICE_TABLE(bank, banks),
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

/* A window of the memory, from 0x1000 on; it is above others. */
static struct window shown(const struct bench *bench, uint64_t base)
{
    return (struct window){.name = "ram",
                           .base = gpa(base),
                           .size_bytes = SIZE,
                           .priority = 3,
                           .rights = ALL,
                           .enabled = true,
                           .region = bench->ram,
                           .offset = 0x1000};
}

static void setup(struct bench *bench)
{
    *bench = (struct bench){0};
    fabric_init(&bench->fabric, 0);
    bench->space = space_create(&bench->fabric, "cpu");
    bench->ram = region_create("ram", 0x10000, NULL);
    bench->device = device_create(&bench->fabric, &gate, "gate", NULL, NULL);
    const struct window window = shown(bench, BASE);
    cover_init(&bench->cover, bench->space, &window, bench->device, 1);
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

FIXTURE(struct bench, bench, teardown)
FIXTURE_BEGIN(bench, setup(bench))

TEST_ON(what_is_covered_is_the_devices_and_the_rest_is_memory, bench)
{
    static const struct cover_run runs[] = {
        {0x2000, 0x2fff},
        {0x3100, 0x31ff},
    };

    const struct met *met = bench->device->state;
    cover_set(&bench->cover, 1, runs, 2);
    EXPECT_EQ(read_at(bench, BASE + 0xffc), 0x11111111);
    EXPECT_EQ(met->count, 0);
    EXPECT_EQ(read_at(bench, BASE + 0x1000), 0);
    EXPECT_EQ(met->offset, 0x2000);
    EXPECT_EQ(read_at(bench, BASE + 0x1ffc), 0);
    EXPECT_EQ(met->offset, 0x2ffc);
    EXPECT_EQ(read_at(bench, BASE + 0x2000), 0x11111111);
    EXPECT_EQ(read_at(bench, BASE + 0x2100), 0);
    EXPECT_EQ(met->offset, 0x3100);
    EXPECT_EQ(read_at(bench, BASE + 0x2200), 0x11111111);
    EXPECT_EQ(met->count, 3);
}

TEST_ON(spans_of_memory_end_where_it_is_covered, bench)
{
    static const struct cover_run run = {0x2000, 0x2fff};
    struct span span;

    cover_set(&bench->cover, 1, &run, 1);
    REQUIRE(space_span(bench->space, gpa(BASE), &span) == 0);
    EXPECT_EQ(span.size_bytes, 0x1000);
    EXPECT_EQ(space_span(bench->space, gpa(BASE + 0x1800), &span), -EFAULT);
    REQUIRE(space_span(bench->space, gpa(BASE + 0x2000), &span) == 0);
    EXPECT_EQ(span.offset, 0x3000);
}

TEST_ON(the_device_may_refuse, bench)
{
    static const struct cover_run run = {0, UINT64_MAX};

    cover_set(&bench->cover, 1, &run, 1);
    EXPECT_EQ(space_write(bench->space, NULL, gpa(BASE), 1, 0), -EFAULT);
    EXPECT_EQ(region_host(bench->ram)[0x1000], 0x11);
}

TEST_ON(listeners_hear_of_each_change_once, bench)
{
    struct cover_run runs[8];

    for (unsigned i = 0; i < 8; i++) {
        runs[i] = (struct cover_run){0x1000 + 0x800 * i, 0x13ff + 0x800 * i};
    }
    cover_set(&bench->cover, 1, runs, 8);
    EXPECT_EQ(bench->changes, 1);
    cover_set(&bench->cover, 1, runs, 8);
    EXPECT_EQ(bench->changes, 1);
    cover_set(&bench->cover, 1, runs, 1);
    EXPECT_EQ(bench->changes, 2);
    EXPECT_EQ(read_at(bench, BASE + 0x800), 0x11111111);
    EXPECT_EQ(read_at(bench, BASE), 0);
    cover_set(&bench->cover, 1, NULL, 0);
    EXPECT_EQ(bench->changes, 3);
    EXPECT_EQ(read_at(bench, BASE), 0x11111111);
}

/* Rows: a run, and where in the window the device is met; none: nowhere. */
TEST_ON(a_window_is_covered_as_far_as_a_run_reaches_into_it, bench)
{
    static const struct {
        struct cover_run run;
        uint32_t first, last;
        bool none;
    } cases[] = {
        {{0x0000, 0x0fff},     0,      0,      true },
        {{0x0000, 0x1003},     0,      0x0,    false},
        {{0x0000, 0x1fff},     0,      0xffc,  false},
        {{0x1000, 0x1fff},     0,      0xffc,  false},
        {{0x1004, 0x1fff},     4,      0xffc,  false},
        {{0x1004, 0x2fff},     4,      0x1ffc, false}, /* longer */
        {{0x2004, 0x3fff},     0x1004, 0x2ffc, false}, /* moved */
        {{0x8ffc, 0x8fff},     0x7ffc, 0x7ffc, false},
        {{0x8ffc, UINT64_MAX}, 0x7ffc, 0x7ffc, false},
        {{0x9000, UINT64_MAX}, 0,      0,      true },
        {{0x0000, UINT64_MAX}, 0,      0x7ffc, false},
    };

    const struct met *met = bench->device->state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        uint32_t first = UINT32_MAX;
        uint32_t last = 0;

        test_case("%zu", i);
        cover_set(&bench->cover, 1, &cases[i].run, 1);
        for (uint32_t at = 0; at < SIZE; at += 4) {
            uint32_t count = met->count;
            read_at(bench, BASE + at);
            if (met->count != count) {
                EXPECT_EQ(met->offset, at + 0x1000);
                first = at < first ? at : first;
                last = at;
            }
        }
        EXPECT_EQ(first, cases[i].none ? UINT32_MAX : cases[i].first);
        EXPECT_EQ(last, cases[i].none ? 0 : cases[i].last);
    }
    /* One covers nothing, and two cover the same as those before them. */
    EXPECT_EQ(bench->changes, ARRAY_SIZE(cases) - 3);
}

TEST_ON(a_device_is_found_by_the_windows_name_and_may_be_fetched_from, bench)
{
    static const struct cover_run run = {0x2000, 0x2fff};
    const struct access fetch = {.privileged = true, .instruction = true};
    uint64_t value;

    cover_set(&bench->cover, 1, &run, 1);
    const struct window *window = space_find(bench->space, gpa(BASE + 0x1000));
    REQUIRE(window != NULL && window->device == bench->device);
    EXPECT_STR(window->name, "ram");
    EXPECT_EQ(window->priority, 4);
    EXPECT_EQ(space_read(bench->space, &fetch, gpa(BASE + 0x1000), 4, &value),
              0);
    EXPECT_EQ(space_write(bench->space, &fetch, gpa(BASE + 0x1000), 4, 1), 0);
}

/* Two covers in the first space, and one in each of the others. */
TEST(covers_of_several_spaces_are_set_together_and_each_space_told_once)
{
    enum { SPACES = 3 };
    static const struct cover_run run = {0x2000, 0x2fff};
    struct bench benches[SPACES];
    struct cover covers[SPACES + 1];

    for (unsigned i = 0; i <= SPACES; i++) {
        struct bench *bench = &benches[i % SPACES];
        if (i < SPACES) {
            setup(bench);
        }
        const struct window window =
            shown(bench, BASE + (i < SPACES ? 0 : 0x10000000));
        if (i == SPACES) {
            space_add_window(bench->space, &window);
        }
        cover_init(&covers[i], bench->space, &window, bench->device, 1);
    }
    benches[0].changes = 0;
    for (unsigned turn = 1; turn <= 2; turn++) {
        cover_set(covers, ARRAY_SIZE(covers), &run, turn == 1);
        for (unsigned i = 0; i < SPACES; i++) {
            EXPECT_EQ(benches[i].changes, turn);
            EXPECT_EQ(read_at(&benches[i], BASE + 0x1000),
                      turn == 1 ? 0 : 0x11111111);
        }
        EXPECT_EQ(read_at(&benches[0], BASE + 0x10001000),
                  turn == 1 ? 0 : 0x11111111);
    }
    for (unsigned i = 0; i <= SPACES; i++) {
        cover_fini(&covers[i]);
    }
    for (unsigned i = 0; i < SPACES; i++) {
        teardown(&benches[i]);
    }
}
