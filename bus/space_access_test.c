/* SPDX-License-Identifier: Apache-2.0 */
/* Accesses of spaces: to memory, to devices, and to nothing. */
#include <string.h>

#include "base/bits.h"
#include "bus/device.h"
#include "bus/space_bench.h"
#include "tests/harness.h"

FIXTURE(struct bench, bench, teardown)
FIXTURE_BEGIN(bench, setup(bench))

TEST_ON(accesses_of_every_size_reach_memory_little_endian, bench)
{
    uint64_t value;
    add(bench, "ram", 0x40000000, 0x10000, 0, bench->ram);
    struct space *space = bench->space;
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
    EXPECT_EQ(bench->ram->page_flags[0], REGION_PAGE_DIRTY);
    EXPECT_EQ(space_read(space, NULL, gpa(0x4000fff8), 8, &value), 0);
}

TEST_ON(bad_sizes_alignments_and_addresses_fail_and_read_zero, bench)
{
    uint64_t value = 1;
    add(bench, "ram", 0x1000, 0x1004, 0, bench->ram);
    struct space *space = bench->space;
    EXPECT_EQ(space_read(space, NULL, gpa(0x1002), 4, &value), -EINVAL);
    EXPECT_EQ(value, 0);
    EXPECT_EQ(space_read(space, NULL, gpa(0x1000), 3, &value), -EINVAL);
    EXPECT_EQ(space_read(space, NULL, gpa(0x1000), 0, &value), -EINVAL);
    EXPECT_EQ(space_write(space, NULL, gpa(0x1000), 16, 0), -EINVAL);
    EXPECT_EQ(bench->fabric.log.count[LOG_GUEST], 0);
    value = 1;
    EXPECT_EQ(space_read(space, NULL, gpa(0xffc), 4, &value), -EFAULT);
    EXPECT_EQ(value, 0);
    EXPECT_EQ(space_write(space, NULL, gpa(0x2004), 4, 0), -EFAULT);
    EXPECT_EQ(space_read(space, NULL, gpa(0x2000), 8, &value), -EFAULT);
    EXPECT_EQ(bench->fabric.log.count[LOG_GUEST], 3);
    struct access debug = {.debug = true};
    EXPECT_EQ(space_read(space, &debug, gpa(0xffc), 4, &value), -EFAULT);
    EXPECT_EQ(bench->fabric.log.count[LOG_GUEST], 3);
}

TEST_ON(rights_and_read_only_memory_refuse, bench)
{
    uint64_t value;
    struct window *rom = add(bench, "rom", 0, 0x4000, 0, bench->rom);
    region_set_writable(bench->rom, false);
    EXPECT_EQ(space_write(bench->space, NULL, gpa(0), 4, 1), -EFAULT);
    struct access debug = {.debug = true};
    EXPECT_EQ(space_write(bench->space, &debug, gpa(0), 4, 0x1234), 0);
    EXPECT_EQ(space_read(bench->space, NULL, gpa(0), 4, &value), 0);
    EXPECT_EQ(value, 0x1234);
    rom->rights = WINDOW_X;
    EXPECT_EQ(space_read(bench->space, NULL, gpa(0), 4, &value), -EFAULT);
    struct access fetch = {.instruction = true};
    EXPECT_EQ(space_read(bench->space, &fetch, gpa(0), 4, &value), 0);
    rom->rights = WINDOW_R;
    EXPECT_EQ(space_read(bench->space, &fetch, gpa(0), 4, &value), -EFAULT);
    EXPECT_EQ(space_write(bench->space, NULL, gpa(0), 4, 1), -EFAULT);
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

TEST_ON(the_keeper_of_a_memory_takes_what_guests_write, bench)
{
    struct kept kept = {0};
    const struct region_keeper keeper = {keep_write, &kept};
    const struct access debug = {.debug = true};
    add(bench, "rom", 0x1000, 0x4000, 0, bench->rom);
    bench->rom->keeper = &keeper;
    EXPECT_EQ(space_write(bench->space, NULL, gpa(0x1010), 4, 1), 0);
    EXPECT_EQ(kept.writes, 0);
    region_set_writable(bench->rom, false);
    EXPECT_EQ(space_write(bench->space, NULL, gpa(0x1010), 2, 0xabcd), 0);
    EXPECT_EQ(kept.offset, 0x10);
    EXPECT_EQ(kept.size, 2);
    EXPECT_EQ(kept.value, 0xabcd);
    EXPECT_EQ(space_write(bench->space, NULL, gpa(0x1000), 4, 1), -EFAULT);
    EXPECT_EQ(space_write(bench->space, &debug, gpa(0x1010), 4, 0x1234), 0);
    EXPECT_EQ(kept.writes, 2);
    EXPECT_EQ(load_le32(region_host(bench->rom) + 0x10), 0x1234);
}

TEST_ON(a_memory_of_whole_words_takes_no_less_from_guests, bench)
{
    const struct access debug = {.debug = true};
    add(bench, "ram", 0x1000, 0x4000, 0, bench->ram);
    bench->ram->whole_words = true;
    EXPECT_EQ(space_write(bench->space, NULL, gpa(0x1000), 2, 1), -EFAULT);
    EXPECT_EQ(space_write(bench->space, NULL, gpa(0x1000), 4, 0x12345678), 0);
    EXPECT_EQ(space_write(bench->space, NULL, gpa(0x1008), 8, 1), 0);
    EXPECT_EQ(space_write(bench->space, &debug, gpa(0x1000), 1, 0xff), 0);
    EXPECT_EQ(load_le32(region_host(bench->ram)), 0x123456ff);
    EXPECT_EQ(bench->fabric.log.count[LOG_GUEST], 1);
}

TEST_ON(ignored_windows_count_and_are_unmodelled, bench)
{
    uint64_t value = 1;
    struct window *window = add(bench, "later", 0x1000, 0x100, 0, NULL);
    EXPECT_EQ(space_read(bench->space, NULL, gpa(0x1010), 4, &value), 0);
    EXPECT_EQ(value, 0);
    EXPECT_EQ(space_write(bench->space, NULL, gpa(0x1010), 1, 1), 0);
    EXPECT_EQ(window->hits, 2);
    EXPECT_EQ(bench->fabric.log.count[LOG_UNMODELLED], 2);
}

struct lines {
    char last[128];
    unsigned count;
};

static void keep_line(void *context, enum log_kind kind, const char *line)
{
    struct lines *lines = context;
    snprintf(lines->last, sizeof(lines->last), "%s", line);
    lines->count++;
}

/* The windows are memory that may only be executed, a read-only memory, one
 * that takes whole words, and a hole. */
TEST(what_is_refused_or_ignored_is_told_with_the_reason)
{
    static const struct {
        bool write;
        unsigned size;
        uint32_t address;
        const char *line;
    } cases[] = {
        {false, 4, 0x0ffc,
         "guest: cpu: 4-byte read at 0x00000ffc: bus error, nothing answers" },
        {true,  2, 0x0ffe,
         "guest: cpu: 2-byte write at 0x00000ffe: bus error, nothing answers"},
        {false, 8, 0x5ff8,
         "guest: cpu: 8-byte read at 0x00005ff8: bus error, nothing answers" },
        {true,  8, 0x5ff8,
         "guest: cpu: 8-byte write at 0x00005ff8: bus error, nothing answers"},
        {false, 1, 0x1000,
         "guest: cpu: 1-byte read at 0x00001000: bus error, no right to"     },
        {true,  1, 0x1004,
         "guest: cpu: 1-byte write at 0x00001004: bus error, no right to"    },
        {true,  4, 0x2000,
         "guest: cpu: 4-byte write at 0x00002000: bus error, memory is "
         "read-only"                                                         },
        {true,  1, 0x3000,
         "guest: cpu: 1-byte write at 0x00003000: bus error, memory takes "
         "whole words"                                                       },
        {false, 4, 0x5000,
         "unmodelled: hole: 4-byte read at 0x00005000: ignored by the board" },
        {true,  8, 0x5008,
         "unmodelled: hole: 8-byte write at 0x00005008: ignored by the board"},
    };
    struct bench bench;
    struct lines lines = {.count = 0};
    uint64_t value;

    setup(&bench);
    bench.fabric.log.sink = keep_line;
    bench.fabric.log.context = &lines;
    bench.fabric.log.now_ns = NULL;
    struct region *words = region_create("words", 0x1000, NULL);
    words->whole_words = true;
    add(&bench, "code", 0x1000, 0x1000, 0, bench.ram)->rights = WINDOW_X;
    add(&bench, "rom", 0x2000, 0x1000, 0, bench.rom);
    add(&bench, "words", 0x3000, 0x1000, 0, words);
    add(&bench, "hole", 0x5000, 0x0ffc, 0, NULL);
    region_set_writable(bench.rom, false);
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        const bool ignored = cases[i].line[0] == 'u';
        const struct access debug = {.debug = true};
        const struct gpa at = gpa(cases[i].address);
        const unsigned size = cases[i].size;
        int result = cases[i].write
                         ? space_write(bench.space, NULL, at, size, 1)
                         : space_read(bench.space, NULL, at, size, &value);
        test_case("%zu", i);
        EXPECT_EQ(result, ignored ? 0 : -EFAULT);
        EXPECT_EQ(lines.count, i + 1);
        EXPECT_STR(lines.last, cases[i].line);
        /* A debugger leaves no line. */
        if (cases[i].write) {
            space_write(bench.space, &debug, at, size, 0);
        } else {
            space_read(bench.space, &debug, at, size, &value);
        }
        EXPECT_EQ(lines.count, i + 1);
    }
    EXPECT_STR(fabric_maker(&bench.fabric, bench.space->attributes.maker),
               "cpu");
    teardown(&bench);
    region_destroy(words);
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

TEST_ON(device_windows_dispatch_with_their_offset, bench)
{
    uint64_t value;
    struct device *device =
        device_create(&bench->fabric, &words_type, "words", NULL, NULL);
    REQUIRE(device != NULL);
    const struct window window = {.name = "words",
                                  .base = gpa(0x2000),
                                  .size_bytes = 8,
                                  .rights = WINDOW_R | WINDOW_W,
                                  .enabled = true,
                                  .device = device,
                                  .offset = 8};
    space_add_window(bench->space, &window);
    const struct words *state = device->state;
    EXPECT_EQ(space_write(bench->space, NULL, gpa(0x2004), 4, 0xabcd), 0);
    EXPECT_EQ(state->words[3], 0xabcd);
    EXPECT_EQ(space_read(bench->space, NULL, gpa(0x2004), 2, &value), 0);
    EXPECT_EQ(value, 0xabcd);
    bench->space->attributes.view = 1;
    EXPECT_EQ(space_read(bench->space, NULL, gpa(0x2004), 4, &value), 0);
    EXPECT_EQ(value, 0);
    device_destroy(device);
}

TEST_ON(a_device_is_found_where_it_alone_answers, bench)
{
    static const struct {
        uint64_t address, size;
        bool found;
    } cases[] = {
        {0x1000, 8, false},
        {0x2000, 8, true },
        {0x2000, 9, false},
        {0x2004, 4, true },
        {0x2004, 5, false},
        {0x2007, 1, true },
        {0x2008, 1, false},
        {0x1fff, 2, false},
        {0x3000, 1, false},
        {0x4000, 4, false},
        {0x2000, 1, true },
    };
    struct device *device =
        device_create(&bench->fabric, &words_type, "words", NULL, NULL);
    const struct window alone = {.base = gpa(0x2000),
                                 .size_bytes = 8,
                                 .enabled = true,
                                 .device = device};
    struct window beside = {.base = gpa(0x4000),
                            .size_bytes = 8,
                            .enabled = true,
                            .device = device,
                            .region = bench->ram};
    add(bench, "ram", 0x1000, 0x1000, 0, bench->ram);
    add(bench, "none", 0x3000, 0x1000, 0, NULL);
    const struct window *window = space_add_window(bench->space, &alone);
    space_add_window(bench->space, &beside);
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        test_case("%zu", i);
        EXPECT(space_find_device(bench->space, gpa(cases[i].address),
                                 cases[i].size) ==
               (cases[i].found ? window : NULL));
    }
    device_destroy(device);
}

TEST_ON(copies_cross_memory_and_devices_and_tell_where_they_fail, bench)
{
    struct gpa failed;
    struct device *device =
        device_create(&bench->fabric, &words_type, "words", NULL, NULL);
    REQUIRE(device != NULL);
    add(bench, "ram", 0x1000, 0x1000, 0, bench->ram);
    const struct window window = {.name = "words",
                                  .base = gpa(0x2000),
                                  .size_bytes = 16,
                                  .rights = WINDOW_R | WINDOW_W,
                                  .enabled = true,
                                  .device = device};
    space_add_window(bench->space, &window);
    uint8_t in[21];
    uint8_t out[21] = {0};
    for (size_t i = 0; i < sizeof(in); i++) {
        in[i] = (uint8_t)(i + 1);
    }
    EXPECT_EQ(space_copy_in(bench->space, NULL, gpa(0x1ffb), in, 20, &failed),
              0);
    EXPECT_EQ(space_copy_out(bench->space, NULL, gpa(0x1ffb), out, 20, NULL),
              0);
    EXPECT_BYTES(out, in, 20);
    const struct words *state = device->state;
    EXPECT_EQ(state->words[0], 0x09080706);
    EXPECT_EQ(device->writes, 5); /* of 4, 4, 4, 2 and 1 bytes */
    EXPECT_EQ(device->reads, 5);
    EXPECT_EQ(space_copy_in(bench->space, NULL, gpa(0x1ffc), in, 21, &failed),
              -EFAULT);
    EXPECT_EQ(failed.value, 0x2010);
    failed = gpa(0);
    EXPECT_EQ(space_copy_out(bench->space, NULL, gpa(0x1ffc), out, 21, &failed),
              -EFAULT);
    EXPECT_EQ(failed.value, 0x2010);
    region_set_writable(bench->ram, false);
    EXPECT_EQ(space_copy_in(bench->space, NULL, gpa(0x1ffc), in, 4, &failed),
              -EFAULT);
    EXPECT_EQ(failed.value, 0x1ffc);
    struct access debug = {.debug = true};
    EXPECT_EQ(space_copy_in(bench->space, &debug, gpa(0x1ffc), in, 4, NULL), 0);
    struct window *ram = space_find(bench->space, gpa(0x1000));
    ram->rights = WINDOW_X; /* it may be read to be executed */
    EXPECT_EQ(space_copy_out(bench->space, NULL, gpa(0x1ffc), out, 4, &failed),
              0);
    EXPECT_BYTES(out, in, 4);
    ram->rights = WINDOW_W;
    EXPECT_EQ(space_copy_out(bench->space, NULL, gpa(0x1ffc), out, 4, &failed),
              -EFAULT);
    EXPECT_EQ(failed.value, 0x1ffc);
    device_destroy(device);
}

static int raw_read(struct device *device, unsigned bank,
                    const struct access *access, uint64_t offset, unsigned size,
                    uint64_t *value)
{
    *value =
        (uint64_t)access->frame << 16 | (uint64_t)access->master << 12 | offset;
    return size == 8 ? -EFAULT : 0;
}

static int raw_write(struct device *device, unsigned bank,
                     const struct access *access, uint64_t offset,
                     unsigned size, uint64_t value)
{
    uint32_t *last = device->state;
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
    ++*(unsigned *)context;
}

FIXTURE(struct fabric, fabric, fabric_fini)
FIXTURE_BEGIN(fabric, fabric_init(fabric, 1))

TEST_ON(a_bank_without_rows_repeats_and_learns_the_core, fabric)
{
    const struct access access = {.master = 5};
    uint64_t value;
    struct device *device = device_create(fabric, &raw_type, "raw", NULL, NULL);
    REQUIRE(device != NULL);
    EXPECT_EQ(device_bank_size(&raw_type, 0), 0x300);
    EXPECT_EQ(device_read(device, 0, &access, 0x2fc, 4, &value), 0);
    EXPECT_EQ(value, 0x250fc);
    EXPECT_EQ(device_read(device, 0, &access, 0x100, 4, &value), 0);
    EXPECT_EQ(value, 0x15000);
    const struct access passed_on = {.master = 5, .frame = 7};
    EXPECT_EQ(device_read(device, 0, &passed_on, 0xfc, 4, &value), 0);
    EXPECT_EQ(value, 0x50fc);
    EXPECT_EQ(device_read(device, 0, &access, 0x300, 4, &value), -EFAULT);
    EXPECT_EQ(device_read(device, 0, &access, 0x8, 8, &value), -EFAULT);
    EXPECT_EQ(device_read(device, 0, &access, 0x2, 4, &value), -EINVAL);
    EXPECT_EQ(device_write(device, 0, &access, 0x102, 2, 0x1000), 0);
    EXPECT_EQ(*(uint32_t *)device->state, 0x1004);
    device_destroy(device);
}

TEST_ON(a_hidden_memory_shows_its_device, fabric)
{
    struct error error = {""};
    unsigned changes = 0;
    uint64_t value;
    struct span span;
    struct device *device = device_create(fabric, &raw_type, "raw", NULL, NULL);
    struct region *region = region_create("flash", 0x1000, &error);
    struct space *space = space_create(fabric, "core");
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
}
