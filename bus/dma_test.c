/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of what a device reaches as a master, what it is refused, and what the
 * rest of the machine learns of its writes. */
#include "bus/dma.h"

#include <stdio.h>
#include <string.h>

#include "base/bits.h"
#include "bus/device.h"
#include "tests/harness.h"

/* RAM is two regions without a gap; behind it lie a ROM, a memory that may
 * only be executed, and the device itself. */
enum {
    RAM = 0x1000,
    RAM_SIZE = 0x2000,
    MORE = RAM + RAM_SIZE,
    MORE_SIZE = 0x1000,
    ROM = 0x8000,
    SHUT = 0x9000,
    SELF = 0xa000,
    HOLE = 0xf000,
    PAGE = 0x1000
};

struct state {
    uint32_t word;
    uint32_t user; /* of the last write */
    uint32_t calls;
};

struct wiring {
    struct dma dma;
};

/* Writes on to itself, for as long as it is let. */
static void write_loop(struct device *device, const struct access *access,
                       unsigned index, uint32_t value)
{
    struct state *state = device->state;
    const struct wiring *wiring = device->wiring;

    state->calls++;
    if (dma_store(&wiring->dma, gpa(SELF + 4), 4, value + 1) != 0) {
        state->word = value;
    }
}

static void write_word(struct device *device, const struct access *access,
                       unsigned index, uint32_t value)
{
    struct state *state = device->state;

    state->word = value;
    state->user = access->user;
}

/* Reads as much as a device at work does. */
static void write_work(struct device *device, const struct access *access,
                       unsigned index, uint32_t value)
{
    struct state *state = device->state;
    const struct wiring *wiring = device->wiring;
    uint8_t bytes[PAGE];

    state->calls += dma_read(&wiring->dma, gpa(RAM), bytes, sizeof(bytes)) == 0;
}

static int init(struct device *device, struct error *error)
{
    struct wiring *wiring = device->wiring;
    return dma_open(&wiring->dma, device, error);
}

static const struct register_spec registers[] = {
    {0,
     1,   "WORD",
     {RW, RW},
     RESET_CORE, 0,
     UINT32_MAX,      FIELD(struct state, word),
     NULL, write_word,
     "storage without effect"},
    {4,
     1, "LOOP",
     {WO, WO},
     RESET_CORE,   0,
     UINT32_MAX, NO_FIELD,
     NULL,                       write_loop,
     "writes itself"},
    {8,
     1, "WORK",
     {WO, WO},
     RESET_CORE,   0,
     UINT32_MAX, NO_FIELD,
     NULL,                       write_work,
     "reads a page"},
};
static const struct register_bank banks[] = {
    {"bank", 0x10, 4, registers, ARRAY_SIZE(registers)},
};
static const struct state_field fields[] = {
    STATE(struct state, user, RESET_CORE),
    STATE(struct state, calls, RESET_CORE),
};
static const struct device_type type = {
    .compatible = "test,master",
    .state_size = sizeof(struct state),
    .wiring_size = sizeof(struct wiring),
    DEVICE_TABLE(bank, banks),
    DEVICE_TABLE(field, fields),
    .init = init,
};

struct bench {
    struct fabric fabric;
    struct space *space;
    struct region *regions[4];
    size_t region_count;
    struct device *device;
    const struct dma *dma;
    struct region_listener listener;
    unsigned code_changes;
    bool has_space; /* the board names one */
    uint8_t user[4];
};

static const void *find(const void *node, const char *name, bool inherited,
                        size_t *size)
{
    const struct bench *bench = node;

    *size = 4;
    return strcmp(name, "cairn,user") == 0 && !inherited ? bench->user : NULL;
}

static struct space *find_space(const void *node)
{
    const struct bench *bench = node;
    return bench->has_space ? bench->space : NULL;
}

static const struct property_source properties = {
    .find = find,
    .space = find_space,
};

static void code_changed(void *context, struct region *region, size_t page,
                         uint64_t granules)
{
    struct bench *bench = context;

    bench->code_changes++;
}

static struct region *add(struct bench *bench, uint64_t base, uint64_t size,
                          unsigned rights)
{
    struct region *region = region_create("memory", size, NULL);
    struct window window = {
        .base = gpa(base),
        .size_bytes = size,
        .rights = rights,
        .enabled = true,
        .region = region,
    };

    bench->regions[bench->region_count++] = region;
    space_add_window(bench->space, &window);
    return region;
}

static void setup(struct bench *bench)
{
    const unsigned all = WINDOW_R | WINDOW_W | WINDOW_X;
    struct error error = {""};

    *bench = (struct bench){.has_space = true};
    fabric_init(&bench->fabric, 0);
    bench->space = space_create(&bench->fabric, "bus");
    bench->space->attributes.view = 1;
    bench->listener.code_changed = code_changed;
    bench->listener.context = bench;
    region_listen(add(bench, RAM, RAM_SIZE, all), &bench->listener);
    add(bench, MORE, MORE_SIZE, all);
    region_set_writable(add(bench, ROM, PAGE, all), false);
    add(bench, SHUT, PAGE, WINDOW_X);
    store_be32(bench->user, 0x123);
    bench->device =
        device_create(&bench->fabric, &type, "engine", &properties, bench);
    EXPECT_EQ(device_init(bench->device, &error), 0);
    device_reset(bench->device, RESET_POWER_ON);
    struct window window = {
        .base = gpa(SELF),
        .size_bytes = 0x10,
        .rights = WINDOW_R | WINDOW_W,
        .enabled = true,
        .device = bench->device,
    };
    space_add_window(bench->space, &window);
    bench->dma = &((const struct wiring *)bench->device->wiring)->dma;
}

static void teardown(struct bench *bench)
{
    device_destroy(bench->device);
    space_destroy(bench->space);
    for (size_t i = 0; i < bench->region_count; i++) {
        region_destroy(bench->regions[i]);
    }
    fabric_fini(&bench->fabric);
}

FIXTURE(struct bench, bench, teardown)
FIXTURE_BEGIN(bench, setup(bench))

TEST_ON(copies_cross_regions_and_registers_and_stop_at_a_refusal, bench)
{
    static const struct {
        const char *name;
        uint64_t address;
        size_t size;
        int write_result;
        int read_result;
        unsigned lines; /* of the log: each refusal of the target, or of both */
    } rows[] = {
        {"memory",            RAM + 5,              100, 0,       0,       0},
        {"two regions",       MORE - 7,             20,  0,       0,       0},
        {"registers",         SELF,                 4,   0,       0,       0},
        {"odd registers",     SELF + 1,             2,   -EFAULT, -EFAULT, 4},
        {"nothing",           HOLE,                 4,   -EFAULT, -EFAULT, 4},
        {"the end of memory", MORE + MORE_SIZE - 4, 8,   -EFAULT, -EFAULT, 4},
        {"a ROM",             ROM,                  8,   -EFAULT, 0,       2},
        {"executed only",     SHUT,                 8,   -EFAULT, -EFAULT, 4},
        {"no bytes",          HOLE,                 0,   0,       0,       0},
    };
    uint8_t in[100];

    for (size_t i = 0; i < sizeof(in); i++) {
        in[i] = (uint8_t)(i + 1);
    }
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        uint64_t lines = bench->fabric.log.count[LOG_GUEST];
        uint8_t out[100] = {0};

        test_case("%s", rows[i].name);
        struct gpa address = gpa(rows[i].address);
        EXPECT_EQ(dma_write(bench->dma, address, in, rows[i].size),
                  rows[i].write_result);
        EXPECT_EQ(dma_read(bench->dma, address, out, rows[i].size),
                  rows[i].read_result);
        if (rows[i].write_result == 0) {
            EXPECT_BYTES(out, in, rows[i].size);
        }
        EXPECT_EQ(bench->fabric.log.count[LOG_GUEST] - lines, rows[i].lines);
    }
    /* The part that lies before the refusal was copied. */
    EXPECT_EQ(region_host(bench->regions[1])[MORE_SIZE - 1], 4);
}

TEST_ON(accesses_carry_the_attributes_of_the_space_and_the_users_own_number,
        bench)
{
    uint64_t value;

    const struct state *state = bench->device->state;
    EXPECT_EQ(bench->dma->access.view, 1);
    EXPECT_EQ(dma_store(bench->dma, gpa(SELF), 4, 0xabcd), 0);
    EXPECT_EQ(state->user, 0x123);
    EXPECT_EQ(dma_load(bench->dma, gpa(SELF), 4, &value), 0);
    EXPECT_EQ(value, 0xabcd);
    EXPECT_EQ(dma_load(bench->dma, gpa(RAM + 1), 4, &value), -EINVAL);
    EXPECT_EQ(dma_store(bench->dma, gpa(HOLE), 8, 1), -EFAULT);
}

TEST(writes_make_pages_dirty_and_drop_code)
{
    struct bench bench;
    struct span span;

    for (unsigned in_place = 0; in_place < 2; in_place++) {
        test_case(in_place ? "in place" : "copied");
        setup(&bench);
        struct region *ram = bench.regions[0];
        region_mark_code(ram, 1, REGION_ALL_GRANULES);
        if (in_place) {
            EXPECT_EQ(dma_span(bench.dma, gpa(RAM + PAGE), 64, DMA_FROM_MEMORY,
                               &span),
                      0);
            EXPECT_EQ(bench.code_changes, 0);
            EXPECT_EQ(
                dma_span(bench.dma, gpa(RAM + PAGE), 64, DMA_TO_MEMORY, &span),
                0);
        } else {
            EXPECT_EQ(dma_write(bench.dma, gpa(RAM + PAGE), "code", 4), 0);
        }
        EXPECT_EQ(bench.code_changes, 1);
        EXPECT_EQ(ram->page_flags[0], 0);
        EXPECT(ram->page_flags[1] & REGION_PAGE_DIRTY);
        teardown(&bench);
    }
}

TEST_ON(a_span_is_memory_with_the_right_for_as_long_as_it_is_contiguous, bench)
{
    static const struct {
        const char *name;
        uint64_t address;
        uint64_t size;
        uint64_t span; /* 0: refused */
        enum dma_direction direction;
    } rows[] = {
        {"all",              RAM + 16,  64, 64, DMA_TO_MEMORY  },
        {"up to the next",   MORE - 16, 64, 16, DMA_TO_MEMORY  },
        {"a ROM, to read",   ROM,       64, 64, DMA_FROM_MEMORY},
        {"a ROM, to write",  ROM,       64, 0,  DMA_TO_MEMORY  },
        {"no right to read", SHUT,      64, 0,  DMA_FROM_MEMORY},
        {"registers",        SELF,      4,  0,  DMA_FROM_MEMORY},
        {"nothing",          HOLE,      4,  0,  DMA_TO_MEMORY  },
    };

    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        uint64_t lines = bench->fabric.log.count[LOG_GUEST];
        struct span span = {.size_bytes = 1, .rights = WINDOW_R};

        test_case("%s", rows[i].name);
        EXPECT_EQ(dma_span(bench->dma, gpa(rows[i].address), rows[i].size,
                           rows[i].direction, &span),
                  rows[i].span ? 0 : -EFAULT);
        EXPECT_EQ(span.size_bytes, rows[i].span);
        EXPECT_EQ(span.host != NULL, rows[i].span != 0);
        EXPECT_EQ(bench->fabric.log.count[LOG_GUEST] - lines, !rows[i].span);
    }
}

TEST_ON(a_device_that_writes_itself_for_ever_is_stopped, bench)
{
    const struct state *state = bench->device->state;
    EXPECT_EQ(dma_store(bench->dma, gpa(SELF + 4), 4, 0), 0);
    EXPECT_EQ(state->calls, DMA_DEPTH_MAX);
    EXPECT_EQ(state->word, DMA_DEPTH_MAX - 1);
    EXPECT_EQ(bench->fabric.dma_depth, 0);
    EXPECT_EQ(bench->fabric.log.count[LOG_GUEST], 1);
}

/* A list of descriptors in one device may start another device many times. */
TEST_BEGINS(accesses_cause_a_bounded_number_of_others_at_one_instant, bench)
{
    enum { STARTS = 100000, MOST = DMA_CAUSED_MAX / (PAGE + 64) };

    setup(bench);
    const struct state *state = bench->device->state;
    for (unsigned i = 0; i < STARTS; i++) {
        EXPECT_EQ(dma_store(bench->dma, gpa(SELF + 8), 4, 0), 0);
    }
    EXPECT_EQ(state->calls, MOST);
    EXPECT_EQ(bench->fabric.log.count[LOG_GUEST], STARTS - state->calls);
    uint32_t before = state->calls;
    clock_advance(&bench->fabric.clock, 1);
    EXPECT_EQ(dma_store(bench->dma, gpa(SELF + 8), 4, 0), 0);
    EXPECT_EQ(state->calls, before + 1);
    /* A processor that starts it meets no bound. */
    for (unsigned i = 0; i < 2 * MOST; i++) {
        device_write(bench->device, 0, &(struct access){0}, 8, 4, 0);
    }
    EXPECT_EQ(state->calls, before + 1 + 2 * MOST);
}

static void keep_line(void *context, enum log_kind kind, const char *line)
{
    strncpy(context, line, 99);
}

/* An access of DMA has caused as much as it may at this instant. */
TEST_ON(every_call_counts_and_is_refused_by_name_once_too_much_was_caused,
        bench)
{
    struct span span = {.size_bytes = 1};
    uint8_t bytes[4] = {0};
    uint64_t value;
    char line[100] = "";

    const struct dma *dma = bench->dma;
    struct fabric *fabric = &bench->fabric;
    fabric->log.sink = keep_line;
    fabric->log.context = line;
    fabric->dma_depth = 1;
    clock_advance(&fabric->clock, 5);
    EXPECT(dma_may_cause(fabric, DMA_CAUSED_MAX - 3 * 68 - 2 * 72));
    EXPECT_EQ(dma_load(dma, gpa(RAM), 4, &value), 0);
    EXPECT_EQ(dma_write(dma, gpa(RAM), bytes, 4), 0);
    EXPECT_EQ(dma_read(dma, gpa(RAM), bytes, 4), 0);
    EXPECT_EQ(dma_span(dma, gpa(RAM), 8, DMA_FROM_MEMORY, &span), 0);
    EXPECT_EQ(dma_span(dma, gpa(RAM), 8, DMA_TO_MEMORY, &span), 0);
    EXPECT_EQ(fabric->dma_caused, DMA_CAUSED_MAX);
    EXPECT_STR(line, "");
    for (unsigned i = 0; i < 8; i++) {
        const struct gpa at = gpa((i < 6 ? RAM : SELF) + 16 * i);
        char expected[100];
        int result = i == 0   ? dma_load(dma, at, 4, &value)
                     : i == 1 ? dma_store(dma, at, 4, 0)
                     : i == 2 ? dma_read(dma, at, bytes, 4)
                     : i == 3 ? dma_write(dma, at, bytes, 4)
                     : i == 4 ? dma_span(dma, at, 4, DMA_FROM_MEMORY, &span)
                     : i == 5 ? dma_span(dma, at, 4, DMA_TO_MEMORY, &span)
                     : i == 6 ? dma_read(dma, at, bytes, 4)
                              : dma_write(dma, at, bytes, 4);
        test_case("%u", i);
        EXPECT_EQ(result, -EFAULT);
        snprintf(expected, sizeof(expected),
                 "engine: DMA %s at 0x%08x: bus error, accesses cause too many "
                 "others",
                 i % 2 ? "write" : "read", (unsigned)at.value);
        EXPECT(strstr(line, expected) != NULL);
        EXPECT_EQ(span.size_bytes, i < 4 ? 8 : 0);
        line[0] = '\0';
    }
    fabric->dma_depth = 0;
    EXPECT_EQ(dma_load(dma, gpa(RAM), 4, &value), 0);
}

TEST_ON(a_board_that_names_no_space_is_told, bench)
{
    struct error error = {""};
    struct dma dma;

    bench->has_space = false;
    EXPECT_EQ(dma_open(&dma, bench->device, &error), -ENOENT);
    EXPECT(!dma_is_open(&dma));
    EXPECT(strstr(error.text, "'cairn,master'") != NULL);
}
