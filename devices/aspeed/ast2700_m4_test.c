/* SPDX-License-Identifier: Apache-2.0 */
/* The code spaces of SSP and TSP, as SCU0 shows them. */
#include "abi/ast2700.h"
#include "base/bits.h"
#include "bus/device_state.h"
#include "devices/test_bus.h"
#include "devices/test_spoil.h"
#include "tests/harness.h"

extern const struct device_type ast2700_scu0;

enum { CODE_BASE = 0x40000000, CODE_SIZE = 0x20000000 };
enum { TCM_SIZE = 0x10000, TCM_PAGE = 0x1000 };

static struct region *tcm;
static const char *missing; /* a memory, or NULL */

static struct region *memory_of(const void *node, const char *name)
{
    if (missing && strcmp(name, missing) == 0) {
        return NULL;
    }
    return strcmp(name, "cairn,tcm") == 0 ? tcm : test_memory(node, name);
}

/* The code that init gives. */
static int make(struct test_bus *bus)
{
    static const struct property_source properties = {
        .find = test_find,
        .memory = memory_of,
    };

    test_bus_init(bus);
    tcm =
        region_create("memory that has no longer name.", TCM_SIZE, &bus->error);
    bus->device =
        device_create(&bus->fabric, &ast2700_scu0, "device", &properties, bus);
    return device_init(bus->device, &bus->error);
}

static void start(struct test_bus *bus)
{
    EXPECT_EQ(make(bus), 0);
    device_reset(bus->device, RESET_POWER_ON);
}

static void finish(struct test_bus *bus, struct space *space)
{
    space_destroy(space);
    test_bus_fini(bus);
    region_destroy(tcm);
}

/* One word for each page: its number, from first on. */
static void number(struct region *region, uint32_t first)
{
    for (uint32_t page = 0; page < region->size_bytes / 0x1000; page++) {
        uint8_t bytes[4];

        store_le32(bytes, first + page);
        region_load(region, (uint64_t)page * 0x1000, bytes, sizeof(bytes));
    }
}

/* The code space of a Cortex-M4F with its windows. */
static struct space *show(struct test_bus *bus, uint32_t port)
{
    struct space *space = space_create(&bus->fabric, "m4");
    struct window code = {
        .base = gpa(CODE_BASE), .size_bytes = CODE_SIZE, .enabled = true};
    struct window *shown = &code;

    EXPECT_EQ(
        bus->device->type->gate(bus->device, port, space, shown, &bus->error),
        0);
    space_add_window(space, shown);
    device_reset(bus->device, RESET_POWER_ON);
    number(bus->ram, 0);
    number(tcm, TCM_PAGE);
    return space;
}

static uint64_t look(struct space *space, uint32_t address)
{
    uint64_t value = 0;

    space_read(space, NULL, gpa(CODE_BASE + address), 4, &value);
    return value;
}

static uint32_t base_of(uint64_t offset)
{
    return (uint32_t)((AST2700_DRAM + offset) >> 4);
}

TEST(a_board_names_both_memories_or_none_at_all)
{
    static const char *const names[] = {"cairn,memory", "cairn,tcm"};
    struct window code = {.size_bytes = CODE_SIZE};
    OWNED(test_bus_fini) struct test_bus bus = {0};

    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        test_case("%s", names[i]);
        missing = names[i];
        EXPECT_EQ(make(&bus), -ENOENT);
        finish(&bus, NULL);
    }
    missing = NULL;
    test_bus_init(&bus);
    bus.device =
        device_create(&bus.fabric, &ast2700_scu0, "device", NULL, NULL);
    EXPECT_EQ(device_init(bus.device, &bus.error), 0);
    EXPECT_EQ(ast2700_scu0.gate(bus.device, 0, bus.space, &code, &bus.error),
              -EINVAL);
}

/* DRAM of the test has 1 MiB, that is at its multiples, too. */
TEST(the_ssp_sees_dram_where_its_remaps_say)
{
    struct test_bus bus;

    start(&bus);
    struct space *space = show(&bus, 0);
    bus_set(&bus, AST2700_SCU0_SSP_DRAM_BASE, base_of(0x3000));
    bus_set(&bus, AST2700_SCU0_SSP_REMAP2_SIZE, 0x8000);
    EXPECT_EQ(look(space, 0x0), 3);
    EXPECT_EQ(look(space, 0x7000), 10);
    EXPECT_EQ(look(space, 0x8000), 0);
    bus_set(&bus, AST2700_SCU0_SSP_REMAP1_BASE, 0x8000);
    bus_set(&bus, AST2700_SCU0_SSP_REMAP1_SIZE, CODE_SIZE - 0x8000);
    bus_set(&bus, AST2700_SCU0_SSP_AHB_BASE, base_of(0x2c0ff000));
    EXPECT_EQ(look(space, 0x8000), 0xff);
    bus_set(&bus, AST2700_SCU0_SSP_AHB_BASE, base_of(0x5000));
    EXPECT_EQ(look(space, 0x8000), 5);
    EXPECT_EQ(look(space, 0x9000), 6);
    bus_set(&bus, AST2700_SCU0_SSP_REMAP1_BASE, 0x8fff); /* whole pages */
    EXPECT_EQ(look(space, 0x8000), 5);
    bus_set(&bus, AST2700_SCU0_SSP_REMAP1_BASE, CODE_SIZE);
    EXPECT_EQ(look(space, 0x8000), 0);
    bus_set(&bus, AST2700_SCU0_SSP_DRAM_BASE, base_of(0x3000) + 1);
    EXPECT_EQ(look(space, 0x0), 3); /* whole pages */
    EXPECT_EQ(bus.fabric.log.count[LOG_UNMODELLED], 0);
    bus_set(&bus, AST2700_SCU0_SSP_DRAM_BASE, 0x1000100); /* no DRAM */
    EXPECT_EQ(look(space, 0x0), 0);
    EXPECT_EQ(bus.fabric.log.count[LOG_UNMODELLED], 1);
    device_reset(bus.device, RESET_WARM);
    EXPECT_EQ(bus_get(&bus, AST2700_SCU0_SSP_DRAM_BASE), 0x42c00000);
    EXPECT_EQ(look(space, 0x1000), 1);
    finish(&bus, space);
}

TEST(the_tsp_sees_dram_from_0_on)
{
    struct test_bus bus;
    struct window other = {.size_bytes = CODE_SIZE, .enabled = true};

    start(&bus);
    struct space *space = show(&bus, 1);
    for (uint32_t port = 1; port < 3; port++) { /* shown already; none such */
        EXPECT_EQ(
            ast2700_scu0.gate(bus.device, port, space, &other, &bus.error),
            -EINVAL);
    }
    bus_set(&bus, AST2700_SCU0_TSP_DRAM_BASE, base_of(0x20000));
    EXPECT_EQ(look(space, 0x1000), 0x21);
    unsigned count = 0;
    struct space_listener listener = {test_note, &count, NULL};
    space_listen(space, &listener);
    bus_set(&bus, AST2700_SCU0_TSP_DRAM_BASE, base_of(0x20000));
    EXPECT_EQ(count, 0); /* nothing moves */
    bus_set(&bus, AST2700_SCU0_TSP_REMAP_SIZE, 0x1000);
    EXPECT_EQ(count, 1);
    space_unlisten(space, &listener);
    EXPECT_EQ(look(space, 0x1000), 0);
    EXPECT_EQ(look(space, 0x0), 0x20);
    EXPECT(space_write(space, NULL, gpa(CODE_BASE + 4), 4, 0x5a5a) == 0);
    EXPECT_EQ(look(space, 4), 0x5a5a);
    finish(&bus, space);
}

/* And ends where it ends; TCM is above remap 2, and that above remap 1. */
TEST(the_ssp_sees_its_tcm_first)
{
    struct test_bus bus;

    start(&bus);
    struct space *space = show(&bus, 0);
    EXPECT_STR(space->windows->name, tcm->name);
    bus_set(&bus, AST2700_SCU0_SSP_REMAP1_BASE, 0);
    bus_set(&bus, AST2700_SCU0_SSP_AHB_BASE, base_of(0x5000));
    bus_set(&bus, AST2700_SCU0_SSP_DRAM_BASE, base_of(0x3000));
    bus_set(&bus, AST2700_SCU0_SSP_REMAP2_SIZE, 0x20000);
    bus_set(&bus, AST2700_SCU0_SSP_REMAP1_SIZE, 0x30000);
    bus_set(&bus, AST2700_SCU0_SSP_REMAP0_BASE, 0x1000);
    bus_set(&bus, AST2700_SCU0_SSP_REMAP0_SIZE, 2 * TCM_SIZE);
    EXPECT_EQ(look(space, 0x0), 3);
    EXPECT_EQ(look(space, 0x1000), TCM_PAGE);
    EXPECT_EQ(look(space, 0x10000), TCM_PAGE + 15);
    EXPECT_EQ(look(space, 0x11000), 3 + 17);
    EXPECT_EQ(look(space, 0x20000), 5 + 32);
    device_reset(bus.device, RESET_CORE);
    device_restored(bus.device);
    EXPECT_EQ(look(space, 0x1000), TCM_PAGE);
    bus_set(&bus, AST2700_SCU0_SSP_REMAP0_SIZE, 0xfff); /* no page */
    EXPECT_EQ(look(space, 0x1000), 4);
    bus_set(&bus, AST2700_SCU0_SSP_REMAP2_BASE, 0x2000);
    EXPECT_EQ(look(space, 0x1000), 6);
    EXPECT_EQ(look(space, 0x2000), 3);
    finish(&bus, space);
}

TEST(a_restore_shows_what_was_seen)
{
    struct test_bus bus;
    struct buffer record = {0};

    start(&bus);
    struct space *space = show(&bus, 0);
    bus_set(&bus, AST2700_SCU0_SSP_DRAM_BASE, base_of(0x3000));
    device_save(bus.device, &record);
    bus_set(&bus, AST2700_SCU0_SSP_DRAM_BASE, base_of(0x7000));
    EXPECT_EQ(look(space, 0), 7);
    const uint8_t *bytes = record.bytes;
    size_t size = record.size;
    EXPECT_EQ(device_restore(bus.device, &bytes, &size, &bus.error), 0);
    device_restored(bus.device);
    EXPECT_EQ(look(space, 0), 3);
    buffer_fini(&record);
    finish(&bus, space);
}

TEST(remaps_are_of_the_8_gib_of_dram)
{
    static const struct {
        uint64_t offset;
        bool is_dram;
    } rows[] = {
        {0,                      true },
        {UINT64_C(0x1fffff000),  true },
        {UINT64_C(0x200000000),  false},
        {UINT64_C(0) - 0x100000, false},
    };
    static const uint32_t bases[] = {AST2700_SCU0_SSP_AHB_BASE,
                                     AST2700_SCU0_SSP_DRAM_BASE,
                                     AST2700_SCU0_TSP_DRAM_BASE};

    for (size_t i = 0; i < ARRAY_SIZE(bases) * ARRAY_SIZE(rows); i++) {
        const bool is_dram = rows[i / 3].is_dram;
        struct test_bus bus;

        test_case("row %zu, base %zu", i / 3, i % 3);
        start(&bus);
        struct space *space = show(&bus, i % 3 == 2);
        bus_set(&bus, AST2700_SCU0_SSP_REMAP1_BASE, 0x4000000);
        bus_set(&bus, AST2700_SCU0_SSP_REMAP1_SIZE, 0x1000);
        region_load(bus.ram, 0, "\x5a", 1);
        region_load(bus.ram, TEST_RAM_SIZE - 0x1000, "\x5a", 1);
        bus_set(&bus, bases[i % 3], base_of(rows[i / 3].offset));
        EXPECT_EQ(bus.fabric.log.count[LOG_UNMODELLED], !is_dram);
        EXPECT_EQ(look(space, i % 3 == 0 ? 0x4000000 : 0) & 0xff,
                  is_dram ? 0x5a : 0);
        finish(&bus, space);
    }
}

/* Whatever a record says of bases and sizes, a window shows memory only. */
TEST(windows_of_made_up_states_end_where_the_memory_does)
{
    enum { STATES = 2000 };

    for (uint32_t port = 0; port < 2; port++) {
        struct test_bus bus;

        start(&bus);
        struct space *space = show(&bus, port);
        for (unsigned i = 0; i < STATES; i++) {
            test_spoil(bus.device);
            for (struct window *window = space->windows; window;
                 window = window->next) {
                EXPECT(!window->enabled || !window->region ||
                       in_range(window->offset, window->size_bytes,
                                window->region->size_bytes));
                EXPECT(!window->enabled ||
                       in_range(window->base.value - CODE_BASE,
                                window->size_bytes, CODE_SIZE));
            }
        }
        finish(&bus, space);
    }
}
