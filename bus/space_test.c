/* SPDX-License-Identifier: Apache-2.0 */
#include "bus/space.h"

#include <stdio.h>
#include <string.h>

#include "base/bits.h"
#include "bus/device.h"
#include "tests/harness.h"

enum { ALL = WINDOW_R | WINDOW_W | WINDOW_X };

struct bench {
    struct fabric fabric;
    struct space *space;
    struct region *ram;
    struct region *rom;
    unsigned changes;
    struct space_listener listener;
};

static void changed(void *context)
{
    struct bench *bench = context;
    bench->changes++;
}

static struct window *add(struct bench *bench, const char *name, uint64_t base,
                          uint64_t size, int priority, struct region *region)
{
    struct window window = {.base = gpa(base),
                            .size_bytes = size,
                            .priority = priority,
                            .rights = ALL,
                            .enabled = true,
                            .region = region};
    snprintf(window.name, sizeof(window.name), "%s", name);
    return space_add_window(bench->space, &window);
}

static void setup(struct bench *bench)
{
    *bench = (struct bench){0};
    fabric_init(&bench->fabric, 0);
    bench->space = space_create(&bench->fabric, "cpu");
    bench->ram = region_create("ram", 0x10000, NULL);
    bench->rom = region_create("rom", 0x4000, NULL);
    bench->listener.changed = changed;
    bench->listener.context = bench;
    space_listen(bench->space, &bench->listener);
}

static void teardown(struct bench *bench)
{
    space_destroy(bench->space);
    space_destroy(NULL);
    region_destroy(bench->ram);
    region_destroy(bench->rom);
    fabric_fini(&bench->fabric);
}

static const char *name_at(struct bench *bench, uint64_t address)
{
    const struct window *window = space_find(bench->space, gpa(address));
    return window ? window->name : "-";
}

TEST(accesses_of_every_size_reach_memory_little_endian)
{
    struct bench bench;
    uint64_t value;
    setup(&bench);
    add(&bench, "ram", 0x40000000, 0x10000, 0, bench.ram);
    struct space *space = bench.space;
    EXPECT_EQ(space_write(space, NULL, gpa(0x40000008), 8, 0x1122334455667788),
              0);
    EXPECT_EQ(space_read(space, NULL, gpa(0x40000008), 1, &value), 0);
    EXPECT_EQ(value, 0x88);
    EXPECT_EQ(space_read(space, NULL, gpa(0x4000000a), 2, &value), 0);
    EXPECT_EQ(value, 0x5566);
    EXPECT_EQ(space_read(space, NULL, gpa(0x4000000c), 4, &value), 0);
    EXPECT_EQ(value, 0x11223344);
    EXPECT_EQ(space_write(space, NULL, gpa(0x4000000b), 1, 0xfff), 0);
    EXPECT_EQ(space_read(space, NULL, gpa(0x40000008), 8, &value), 0);
    EXPECT_EQ(value, 0x11223344ff667788);
    EXPECT_EQ(bench.ram->page_flags[0], REGION_PAGE_DIRTY);
    EXPECT_EQ(space_read(space, NULL, gpa(0x4000fff8), 8, &value), 0);
    teardown(&bench);
}

TEST(bad_sizes_alignments_and_addresses_fail_and_read_zero)
{
    struct bench bench;
    uint64_t value = 1;
    setup(&bench);
    add(&bench, "ram", 0x1000, 0x1004, 0, bench.ram);
    struct space *space = bench.space;
    EXPECT_EQ(space_read(space, NULL, gpa(0x1002), 4, &value), -EINVAL);
    EXPECT_EQ(value, 0);
    EXPECT_EQ(space_read(space, NULL, gpa(0x1000), 3, &value), -EINVAL);
    EXPECT_EQ(space_read(space, NULL, gpa(0x1000), 0, &value), -EINVAL);
    EXPECT_EQ(space_write(space, NULL, gpa(0x1000), 16, 0), -EINVAL);
    EXPECT_EQ(bench.fabric.log.count[LOG_GUEST], 0);
    value = 1;
    EXPECT_EQ(space_read(space, NULL, gpa(0xffc), 4, &value), -EFAULT);
    EXPECT_EQ(value, 0);
    EXPECT_EQ(space_write(space, NULL, gpa(0x2004), 4, 0), -EFAULT);
    EXPECT_EQ(space_read(space, NULL, gpa(0x2000), 8, &value), -EFAULT);
    EXPECT_EQ(bench.fabric.log.count[LOG_GUEST], 3);
    struct access debug = {.debug = true};
    EXPECT_EQ(space_read(space, &debug, gpa(0xffc), 4, &value), -EFAULT);
    EXPECT_EQ(bench.fabric.log.count[LOG_GUEST], 3);
    teardown(&bench);
}

TEST(the_higher_window_wins_and_of_equals_the_later)
{
    struct bench bench;
    setup(&bench);
    add(&bench, "low", 0x0, 0x10000, 0, bench.ram);
    struct window *high = add(&bench, "high", 0x4000, 0x1000, 5, bench.ram);
    add(&bench, "equal", 0x3000, 0x3000, 5, bench.ram);
    add(&bench, "under", 0x0, 0x20000, -1, NULL);
    static const struct {
        uint64_t address;
        const char *name;
    } cases[] = {
        {0x0,     "low"  },
        {0x2fff,  "low"  },
        {0x3000,  "equal"},
        {0x4000,  "equal"},
        {0x5fff,  "equal"},
        {0x6000,  "low"  },
        {0x10000, "under"},
        {0x20000, "-"    },
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        test_case("0x%llx", (unsigned long long)cases[i].address);
        EXPECT_STR(name_at(&bench, cases[i].address), cases[i].name);
    }
    for (size_t i = ARRAY_SIZE(cases); i-- > 0;) {
        EXPECT_STR(name_at(&bench, cases[i].address), cases[i].name);
    }
    EXPECT_EQ(bench.changes, 4);
    (void)high;
    teardown(&bench);
}

TEST(all_listeners_hear_until_they_leave)
{
    struct bench bench;
    struct bench others[2];
    setup(&bench);
    for (unsigned i = 0; i < 2; i++) {
        others[i] = (struct bench){
            .listener = {.changed = changed, .context = &others[i]}
        };
        space_listen(bench.space, &others[i].listener);
    }
    add(&bench, "one", 0, 0x1000, 0, bench.ram);
    space_unlisten(bench.space, &others[0].listener);
    space_unlisten(bench.space, &others[0].listener);
    add(&bench, "two", 0x1000, 0x1000, 0, bench.ram);
    EXPECT_EQ(bench.changes, 2);
    EXPECT_EQ(others[0].changes, 1);
    EXPECT_EQ(others[1].changes, 2);
    teardown(&bench);
}

TEST(windows_move_and_switch_while_the_machine_runs)
{
    struct bench bench;
    setup(&bench);
    add(&bench, "ram", 0x0, 0x10000, 0, bench.ram);
    struct window *rom = add(&bench, "rom", 0x0, 0x4000, 1, bench.rom);
    EXPECT_STR(name_at(&bench, 0x100), "rom");
    space_enable_window(bench.space, rom, false);
    EXPECT_STR(name_at(&bench, 0x100), "ram");
    space_enable_window(bench.space, rom, true);
    space_move_window(bench.space, rom, gpa(0x8000));
    EXPECT_STR(name_at(&bench, 0x100), "ram");
    EXPECT_STR(name_at(&bench, 0x8000), "rom");
    bench.changes = 0;
    space_move_window(bench.space, rom, gpa(0x8000));
    space_enable_window(bench.space, rom, true);
    EXPECT_EQ(bench.changes, 0);
    space_unlisten(bench.space, &bench.listener);
    space_enable_window(bench.space, rom, false);
    EXPECT_EQ(bench.changes, 0);
    teardown(&bench);
}

TEST(a_window_may_end_at_the_top_of_the_address_space)
{
    struct bench bench;
    uint64_t value;
    setup(&bench);
    add(&bench, "top", UINT64_MAX - 0xfff, 0x1000, 0, bench.ram);
    EXPECT_STR(name_at(&bench, UINT64_MAX), "top");
    EXPECT_STR(name_at(&bench, 0), "-");
    EXPECT_EQ(space_read(bench.space, NULL, gpa(UINT64_MAX - 7), 8, &value), 0);
    teardown(&bench);
}

/* The winner by the definition, for comparison with the flattened ranges. */
static const struct window *winner(const struct space *space, uint64_t address)
{
    const struct window *window = space->windows;
    for (; window; window = window->next) {
        if (window->enabled && address >= window->base.value &&
            address - window->base.value < window->size_bytes) {
            return window;
        }
    }
    return NULL;
}

TEST(random_overlaps_are_found_as_defined)
{
    struct bench bench;
    setup(&bench);
    struct window *windows[24];
    uint8_t r[4];
    for (size_t i = 0; i < ARRAY_SIZE(windows); i++) {
        fabric_random(&bench.fabric, r, sizeof(r));
        windows[i] = add(&bench, "w", (uint64_t)r[0] << 4, (uint64_t)r[1] << 4,
                         r[2] % 4, bench.ram);
    }
    for (unsigned round = 0; round < 200; round++) {
        fabric_random(&bench.fabric, r, sizeof(r));
        struct window *window = windows[r[0] % ARRAY_SIZE(windows)];
        space_move_window(bench.space, window, gpa((uint64_t)r[1] << 4));
        space_enable_window(bench.space, windows[r[2] % ARRAY_SIZE(windows)],
                            r[3] & 1);
        for (uint64_t address = 0; address < 0x2100; address += 16) {
            if (!EXPECT(space_find(bench.space, gpa(address)) ==
                        winner(bench.space, address))) {
                break;
            }
        }
    }
    teardown(&bench);
}

TEST(rights_and_read_only_memory_refuse)
{
    struct bench bench;
    uint64_t value;
    setup(&bench);
    struct window *rom = add(&bench, "rom", 0, 0x4000, 0, bench.rom);
    region_set_writable(bench.rom, false);
    EXPECT_EQ(space_write(bench.space, NULL, gpa(0), 4, 1), -EFAULT);
    struct access debug = {.debug = true};
    EXPECT_EQ(space_write(bench.space, &debug, gpa(0), 4, 0x1234), 0);
    EXPECT_EQ(space_read(bench.space, NULL, gpa(0), 4, &value), 0);
    EXPECT_EQ(value, 0x1234);
    rom->rights = WINDOW_X;
    EXPECT_EQ(space_read(bench.space, NULL, gpa(0), 4, &value), -EFAULT);
    struct access fetch = {.instruction = true};
    EXPECT_EQ(space_read(bench.space, &fetch, gpa(0), 4, &value), 0);
    rom->rights = WINDOW_R;
    EXPECT_EQ(space_read(bench.space, &fetch, gpa(0), 4, &value), -EFAULT);
    EXPECT_EQ(space_write(bench.space, NULL, gpa(0), 4, 1), -EFAULT);
    teardown(&bench);
}

struct kept {
    uint64_t offset, value;
    unsigned size, writes;
};

static int keep_write(void *context, uint64_t offset, unsigned size,
                      uint64_t value)
{
    struct kept *kept = context;
    *kept = (struct kept){offset, value, size, kept->writes + 1};
    return offset == 0 ? -EFAULT : 0;
}

TEST(the_keeper_of_a_memory_takes_what_guests_write)
{
    struct bench bench;
    struct kept kept = {0};
    const struct region_keeper keeper = {keep_write, &kept};
    const struct access debug = {.debug = true};
    setup(&bench);
    add(&bench, "rom", 0x1000, 0x4000, 0, bench.rom);
    bench.rom->keeper = &keeper;
    EXPECT_EQ(space_write(bench.space, NULL, gpa(0x1010), 4, 1), 0);
    EXPECT_EQ(kept.writes, 0);
    region_set_writable(bench.rom, false);
    EXPECT_EQ(space_write(bench.space, NULL, gpa(0x1010), 2, 0xabcd), 0);
    EXPECT_EQ(kept.offset, 0x10);
    EXPECT_EQ(kept.size, 2);
    EXPECT_EQ(kept.value, 0xabcd);
    EXPECT_EQ(space_write(bench.space, NULL, gpa(0x1000), 4, 1), -EFAULT);
    EXPECT_EQ(space_write(bench.space, &debug, gpa(0x1010), 4, 0x1234), 0);
    EXPECT_EQ(kept.writes, 2);
    EXPECT_EQ(load_le32(region_host(bench.rom) + 0x10), 0x1234);
    teardown(&bench);
}

TEST(a_memory_of_whole_words_takes_no_less_from_guests)
{
    const struct access debug = {.debug = true};
    struct bench bench;
    setup(&bench);
    add(&bench, "ram", 0x1000, 0x4000, 0, bench.ram);
    bench.ram->whole_words = true;
    EXPECT_EQ(space_write(bench.space, NULL, gpa(0x1000), 2, 1), -EFAULT);
    EXPECT_EQ(space_write(bench.space, NULL, gpa(0x1000), 4, 0x12345678), 0);
    EXPECT_EQ(space_write(bench.space, NULL, gpa(0x1008), 8, 1), 0);
    EXPECT_EQ(space_write(bench.space, &debug, gpa(0x1000), 1, 0xff), 0);
    EXPECT_EQ(load_le32(region_host(bench.ram)), 0x123456ff);
    EXPECT_EQ(bench.fabric.log.count[LOG_GUEST], 1);
    teardown(&bench);
}

TEST(ignored_windows_count_and_are_unmodelled)
{
    struct bench bench;
    uint64_t value = 1;
    setup(&bench);
    struct window *window = add(&bench, "later", 0x1000, 0x100, 0, NULL);
    EXPECT_EQ(space_read(bench.space, NULL, gpa(0x1010), 4, &value), 0);
    EXPECT_EQ(value, 0);
    EXPECT_EQ(space_write(bench.space, NULL, gpa(0x1010), 1, 1), 0);
    EXPECT_EQ(window->hits, 2);
    EXPECT_EQ(bench.fabric.log.count[LOG_UNMODELLED], 2);
    teardown(&bench);
}

TEST(a_span_ends_where_another_window_begins)
{
    struct bench bench;
    struct span span;
    setup(&bench);
    add(&bench, "ram", 0x1000, 0x8000, 0, bench.ram);
    add(&bench, "hole", 0x3000, 0x1000, 1, NULL);
    REQUIRE(space_span(bench.space, gpa(0x1800), &span) == 0);
    EXPECT_EQ(span.size_bytes, 0x1800);
    EXPECT(span.host == region_host(bench.ram) + 0x800);
    EXPECT_EQ(span.offset, 0x800);
    EXPECT_EQ(span.rights, ALL);
    EXPECT_EQ(space_span(bench.space, gpa(0x3000), &span), -EFAULT);
    EXPECT_EQ(space_span(bench.space, gpa(0x9000), &span), -EFAULT);
    region_set_writable(bench.ram, false);
    REQUIRE(space_span(bench.space, gpa(0x4000), &span) == 0);
    EXPECT_EQ(span.offset, 0x3000);
    EXPECT_EQ(span.rights, WINDOW_R | WINDOW_X);
    teardown(&bench);
}

/* ---- Devices and copies -------------------------------------------------- */

struct words {
    uint32_t words[4];
};

static const struct register_spec registers[] = {
#include "bus/space_test.def"
};

static const struct register_bank banks[] = {
    {"words", 16, 1 | 2 | 4, registers, ARRAY_SIZE(registers)},
};

static const struct device_type words_type = {
    .compatible = "test,words",
    .state_size = sizeof(struct words),
    .banks = banks,
    .bank_count = 1,
};

TEST(device_windows_dispatch_with_their_offset)
{
    struct bench bench;
    uint64_t value;
    setup(&bench);
    struct device *device =
        device_create(&bench.fabric, &words_type, "words", NULL, NULL);
    REQUIRE(device != NULL);
    const struct window window = {.name = "words",
                                  .base = gpa(0x2000),
                                  .size_bytes = 8,
                                  .rights = WINDOW_R | WINDOW_W,
                                  .enabled = true,
                                  .device = device,
                                  .offset = 8};
    space_add_window(bench.space, &window);
    const struct words *state = device->state;
    EXPECT_EQ(space_write(bench.space, NULL, gpa(0x2004), 4, 0xabcd), 0);
    EXPECT_EQ(state->words[3], 0xabcd);
    EXPECT_EQ(space_read(bench.space, NULL, gpa(0x2004), 2, &value), 0);
    EXPECT_EQ(value, 0xabcd);
    bench.space->attributes.view = 1;
    EXPECT_EQ(space_read(bench.space, NULL, gpa(0x2004), 4, &value), 0);
    EXPECT_EQ(value, 0);
    device_destroy(device);
    teardown(&bench);
}

TEST(copies_cross_memory_and_devices_and_tell_where_they_fail)
{
    struct bench bench;
    struct gpa failed;
    setup(&bench);
    struct device *device =
        device_create(&bench.fabric, &words_type, "words", NULL, NULL);
    REQUIRE(device != NULL);
    add(&bench, "ram", 0x1000, 0x1000, 0, bench.ram);
    const struct window window = {.name = "words",
                                  .base = gpa(0x2000),
                                  .size_bytes = 16,
                                  .rights = WINDOW_R | WINDOW_W,
                                  .enabled = true,
                                  .device = device};
    space_add_window(bench.space, &window);
    uint8_t in[21];
    uint8_t out[21] = {0};
    for (size_t i = 0; i < sizeof(in); i++) {
        in[i] = (uint8_t)(i + 1);
    }
    EXPECT_EQ(space_copy_in(bench.space, NULL, gpa(0x1ffb), in, 20, &failed),
              0);
    EXPECT_EQ(space_copy_out(bench.space, NULL, gpa(0x1ffb), out, 20, NULL), 0);
    EXPECT_BYTES(out, in, 20);
    const struct words *state = device->state;
    EXPECT_EQ(state->words[0], 0x09080706);
    EXPECT_EQ(space_copy_in(bench.space, NULL, gpa(0x1ffc), in, 21, &failed),
              -EFAULT);
    EXPECT_EQ(failed.value, 0x2010);
    region_set_writable(bench.ram, false);
    EXPECT_EQ(space_copy_in(bench.space, NULL, gpa(0x1ffc), in, 4, &failed),
              -EFAULT);
    EXPECT_EQ(failed.value, 0x1ffc);
    struct access debug = {.debug = true};
    EXPECT_EQ(space_copy_in(bench.space, &debug, gpa(0x1ffc), in, 4, NULL), 0);
    device_destroy(device);
    teardown(&bench);
}

static int raw_read(struct device *device, unsigned bank,
                    const struct access *access, uint64_t offset, unsigned size,
                    uint64_t *value)
{
    (void)device;
    (void)bank;
    *value =
        (uint64_t)access->frame << 16 | (uint64_t)access->master << 12 | offset;
    return size == 8 ? -EFAULT : 0;
}

static int raw_write(struct device *device, unsigned bank,
                     const struct access *access, uint64_t offset,
                     unsigned size, uint64_t value)
{
    uint32_t *last = device->state;
    (void)bank;
    (void)access;
    *last = (uint32_t)(value + offset + size);
    return 0;
}

static const struct register_bank raw_banks[] = {
    {"raw", 0x100, 1 | 2 | 4, NULL, 0}
};
static const uint16_t raw_frames[] = {3};
static const struct state_field raw_fields[] = {
    {"last", 0, 4, RESET_CORE, 0}
};
static const struct device_type raw_type = {
    .compatible = "test,raw",
    .state_size = 4,
    .banks = raw_banks,
    .bank_count = 1,
    .frames = raw_frames,
    .fields = raw_fields,
    .field_count = 1,
    .read = raw_read,
    .write = raw_write,
};

static void count_hidden(void *context, struct region *region)
{
    (void)region;
    ++*(unsigned *)context;
}

TEST(a_bank_without_rows_repeats_and_learns_the_core)
{
    struct fabric fabric;
    const struct access access = {.master = 5};
    uint64_t value;
    fabric_init(&fabric, 1);
    struct device *device =
        device_create(&fabric, &raw_type, "raw", NULL, NULL);
    REQUIRE(device != NULL);
    EXPECT_EQ(device_bank_size(&raw_type, 0), 0x300);
    EXPECT_EQ(device_read(device, 0, &access, 0x2fc, 4, &value), 0);
    EXPECT_EQ(value, 0x250fc);
    EXPECT_EQ(device_read(device, 0, &access, 0x300, 4, &value), -EFAULT);
    EXPECT_EQ(device_read(device, 0, &access, 0x8, 8, &value), -EFAULT);
    EXPECT_EQ(device_read(device, 0, &access, 0x2, 4, &value), -EINVAL);
    EXPECT_EQ(device_write(device, 0, &access, 0x102, 2, 0x1000), 0);
    EXPECT_EQ(*(uint32_t *)device->state, 0x1004);
    device_destroy(device);
    fabric_fini(&fabric);
}

TEST(a_hidden_memory_shows_its_device)
{
    struct fabric fabric;
    struct error error = {""};
    unsigned changes = 0;
    uint64_t value;
    struct span span;
    fabric_init(&fabric, 1);
    struct device *device =
        device_create(&fabric, &raw_type, "raw", NULL, NULL);
    struct region *region = region_create("flash", 0x1000, &error);
    struct space *space = space_create(&fabric, "core");
    REQUIRE(device != NULL);
    REQUIRE(region != NULL);
    struct region_listener listener = {.hidden = count_hidden,
                                       .context = &changes};
    region_listen(region, &listener);
    const struct window window = {
        .size_bytes = 0x100,
        .rights = WINDOW_R | WINDOW_W | WINDOW_X,
        .enabled = true,
        .region = region,
        .device = device,
    };
    space_add_window(space, &window);
    region_host(region)[8] = 0x5a;
    EXPECT_EQ(space_read(space, NULL, gpa(8), 1, &value), 0);
    EXPECT_EQ(value, 0x5a);
    EXPECT_EQ(space_span(space, gpa(8), &span), 0);
    EXPECT_EQ(span.rights, WINDOW_R | WINDOW_X);
    EXPECT_EQ(space_write(space, NULL, gpa(8), 1, 0x11), 0);
    EXPECT_EQ(region_host(region)[8], 0x5a);
    EXPECT_EQ(*(uint32_t *)device->state, 0x11 + 8 + 1);
    region_set_hidden(region, true);
    region_set_hidden(region, true);
    EXPECT_EQ(changes, 1);
    EXPECT_EQ(space_read(space, NULL, gpa(8), 1, &value), 0);
    EXPECT_EQ(value, 8);
    EXPECT_EQ(space_span(space, gpa(8), &span), -EFAULT);
    region_set_hidden(region, false);
    EXPECT_EQ(changes, 2);
    EXPECT_EQ(space_span(space, gpa(8), &span), 0);
    region_unlisten(region, &listener);
    space_destroy(space);
    region_destroy(region);
    device_destroy(device);
    fabric_fini(&fabric);
}

/* The window that answers, found the slow way. */
static const struct window *highest(const struct bench *bench, uint64_t address)
{
    const struct window *window = bench->space->windows;

    while (window && !(window->enabled &&
                       address - window->base.value < window->size_bytes)) {
        window = window->next;
    }
    return window;
}

/* One window each at 0x1000, 0x2000 and so on, in the order of the case. */
TEST(windows_that_meet_no_other_are_found_whatever_their_order)
{
    enum { WINDOWS = 9 };
    static const uint8_t orders[][WINDOWS] = {
        {1, 2, 3, 4, 5, 6, 7, 8, 9},
        {9, 8, 7, 6, 5, 4, 3, 2, 1},
        {5, 1, 9, 3, 7, 2, 8, 4, 6},
    };

    for (size_t i = 0; i < ARRAY_SIZE(orders); i++) {
        struct bench bench;

        test_case("order %zu", i);
        setup(&bench);
        for (size_t n = 0; n < WINDOWS; n++) {
            char name[2] = {(char)('0' + orders[i][n]), '\0'};
            add(&bench, name, orders[i][n] * 0x1000u, 0x1000, 0, bench.ram);
        }
        EXPECT_STR(name_at(&bench, 0xfff), "-");
        for (unsigned n = 1; n <= WINDOWS; n++) {
            char name[2] = {(char)('0' + n), '\0'};
            EXPECT_STR(name_at(&bench, n * 0x1000), name);
            EXPECT_STR(name_at(&bench, n * 0x1000 + 0xfff), name);
        }
        EXPECT_STR(name_at(&bench, (WINDOWS + 1) * 0x1000), "-");
        teardown(&bench);
    }
}

TEST(windows_that_share_one_address_have_a_winner_there)
{
    static const struct {
        uint64_t base;
        int priority;
        const char *first; /* who answers at 0x1000 and at 0x1fff */
        const char *last;
    } cases[] = {
        {0x0,    1,  "one", "one"}, /* ends below */
        {0x1,    1,  "two", "one"},
        {0x1,    -1, "one", "one"},
        {0x1fff, 1,  "one", "two"},
        {0x1fff, -1, "one", "one"},
        {0x2000, 1,  "one", "one"}, /* begins above */
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct bench bench;

        test_case("0x%llx %d", (unsigned long long)cases[i].base,
                  cases[i].priority);
        setup(&bench);
        add(&bench, "one", 0x1000, 0x1000, 0, bench.ram);
        add(&bench, "two", cases[i].base, 0x1000, cases[i].priority, bench.ram);
        EXPECT_STR(name_at(&bench, 0x1000), cases[i].first);
        EXPECT_STR(name_at(&bench, 0x1fff), cases[i].last);
        teardown(&bench);
    }
}

TEST(of_many_windows_the_highest_answers_everywhere)
{
    enum { WINDOWS = 60, ROUNDS = 200, SPAN = 64 };
    struct window *windows[WINDOWS];
    struct bench bench;
    uint64_t seed = 1;

    setup(&bench);
    for (unsigned i = 0; i < WINDOWS; i++) {
        windows[i] = add(&bench, "w", 0, 16, (int)(i * 7 % 5), bench.ram);
    }
    for (unsigned round = 0; round < ROUNDS; round++) {
        for (unsigned i = 0; i < WINDOWS; i++) {
            fabric_random(&bench.fabric, &seed, sizeof(seed));
            windows[i]->enabled = seed % 3 != 0;
            windows[i]->base = gpa(seed >> 8 & (SPAN - 1));
            windows[i]->size_bytes = 1 + (seed >> 16 & 15);
        }
        windows[0]->base = gpa(UINT64_MAX - 3);
        windows[0]->size_bytes = 4;
        space_windows_changed(bench.space);
        for (uint64_t at = 0; at < SPAN + 20; at++) {
            REQUIRE(space_find(bench.space, gpa(at)) == highest(&bench, at));
        }
        EXPECT(space_find(bench.space, gpa(UINT64_MAX)) ==
               (windows[0]->enabled ? windows[0] : NULL));
    }
    teardown(&bench);
}
