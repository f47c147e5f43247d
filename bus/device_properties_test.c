/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of what a device learns from its board. */
#include <string.h>

#include "bus/device.h"
#include "tests/harness.h"

/* The devices and the like that its properties name. */
struct board {
    struct device *peer;
    struct device *parent;
    struct region *memory;
    struct space *space;
};

/* Bytes behind the size that is told belong to nobody. */
static const struct {
    const char *name;
    const char *value;
    size_t size;
    bool above; /* said of a node above the device's */
} values[] = {
    {"cell",       "\x00\x01\x02\x03\x04", 4, true },
    {"cells",      "\x00\x00\x00\x05\x06", 5, true },
    {"own",        "\x00\x00\x00\x07",     4, false},
    {"small",      "\x00\x00\x00\x08",     3, false},
    {"text",       "ab",                   3, false},
    {"upper",      "up",                   3, true },
    {"unfinished", "xy",                   2, false},
    {"list",       "a\0bcd\0e",            8, false},
    {"cut",        "a\0bcd",               5, false},
};

static const void *find(const void *node, const char *name, bool inherited,
                        size_t *size)
{
    EXPECT(node != NULL);
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        if (strcmp(values[i].name, name) == 0 &&
            (inherited || !values[i].above)) {
            *size = values[i].size;
            return values[i].value;
        }
    }
    return NULL;
}

static struct device *peer(const void *node, const char *name, unsigned index)
{
    const struct board *board = node;
    return strcmp(name, "peer") == 0 && index == 1 ? board->peer : NULL;
}

static struct region *memory(const void *node, const char *name)
{
    const struct board *board = node;
    return strcmp(name, "memory") == 0 ? board->memory : NULL;
}

static struct space *space(const void *node)
{
    return ((const struct board *)node)->space;
}

static struct device *parent(const void *node)
{
    return ((const struct board *)node)->parent;
}

static const struct property_source nothing = {0};
static const struct property_source properties = {find, peer, memory, space,
                                                  parent};
static const struct device_type type = {.compatible = "test,any",
                                        .role = ROLE_FLASH};

struct bench {
    struct fabric fabric;
    struct device *device;
    struct error error;
    struct board board;
};

static void setup(struct bench *bench)
{
    *bench = (struct bench){0};
    fabric_init(&bench->fabric, 1);
    bench->device =
        device_create(&bench->fabric, &type, "dut", &properties, &bench->board);
}

static void teardown(struct bench *bench)
{
    device_destroy(bench->device);
    fabric_fini(&bench->fabric);
}

FIXTURE(struct bench, bench, teardown)
FIXTURE_BEGIN(bench, setup(bench))

TEST_ON(numbers_are_cells_that_are_whole, bench)
{
    static const struct {
        const char *name;
        uint32_t inherited, own; /* 9: none */
    } cases[] = {
        {"cell",  0x00010203, 9},
        {"cells", 5,          9},
        {"own",   7,          7},
        {"small", 9,          9},
        {"none",  9,          9},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        test_case("%s", cases[i].name);
        EXPECT_EQ(device_property_u32(bench->device, cases[i].name, 9),
                  cases[i].inherited);
        EXPECT_EQ(device_own_property_u32(bench->device, cases[i].name, 9),
                  cases[i].own);
    }
}

TEST_ON(texts_end_within_their_property, bench)
{
    const struct device *dut = bench->device;
    EXPECT_STR(device_property_string(dut, "text", "-"), "ab");
    EXPECT_STR(device_property_string(dut, "upper", "-"), "up");
    EXPECT_STR(device_property_string(dut, "unfinished", "-"), "-");
    EXPECT_STR(device_property_string(dut, "none", "-"), "-");
}

TEST_ON(names_of_a_list_are_counted, bench)
{
    static const struct {
        const char *list;
        unsigned index;
        const char *name; /* or NULL */
    } cases[] = {
        {"text",       0, "ab" },
        {"text",       1, NULL },
        {"list",       0, "a"  },
        {"list",       1, "bcd"},
        {"list",       2, "e"  },
        {"list",       3, NULL },
        {"cut",        0, "a"  },
        {"cut",        1, NULL },
        {"unfinished", 0, NULL },
        {"upper",      0, NULL },
        {"none",       0, NULL },
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const char *name = device_own_property_name(
            bench->device, cases[i].list, cases[i].index);
        test_case("%s %u", cases[i].list, cases[i].index);
        EXPECT_STR(name ? name : "-", cases[i].name ? cases[i].name : "-");
    }
}

/* How many of the others a device finds, all of which it asks for, and says by
 * name if it does not. */
static unsigned find_others(struct bench *bench)
{
    struct device *dut = bench->device;
    struct error *error = &bench->error;
    unsigned found = 0;

    error_clear(error);
    EXPECT(device_peer(dut, "peer", 0, NULL, error) == NULL);
    EXPECT_STR(error->text, "needs property 'peer'");
    error_clear(error);
    found += device_peer(dut, "peer", 1, NULL, error) != NULL;
    EXPECT_STR(error->text, found ? "" : "needs entry 1 of property 'peer'");
    error_clear(error);
    found += device_memory(dut, "memory", error) != NULL;
    EXPECT_STR(error->text,
               found ? "" : "needs property 'memory' to name a memory");
    error_clear(error);
    found += device_space(dut, error) != NULL;
    EXPECT_EQ(strstr(error->text, "'cairn,master'") == NULL, found != 0);
    return found + (device_parent(dut) != NULL);
}

TEST_ON(others_are_found_where_the_board_names_them, bench)
{
    EXPECT_EQ(find_others(bench), 0);
    bench->board = (struct board){
        .peer = bench->device,
        .parent = bench->device,
        .memory = region_create("ram", REGION_PAGE_SIZE, NULL),
        .space = space_create(&bench->fabric, "cpu"),
    };
    EXPECT_EQ(find_others(bench), 4);
    EXPECT(device_memory(bench->device, "other", &bench->error) == NULL);
    bench->device->properties = &nothing;
    EXPECT_EQ(device_property_u32(bench->device, "cell", 9), 9);
    bench->device->properties = NULL;
    EXPECT_EQ(find_others(bench), 0);
    EXPECT_EQ(device_property_u32(bench->device, "cell", 9), 9);
    region_destroy(bench->board.memory);
    space_destroy(bench->board.space);
}

TEST_ON(a_board_need_not_say_all, bench)
{
    static const struct property_source no_others = {.find = find,
                                                     .peer = peer};

    bench->device->properties = &no_others;
    EXPECT(device_memory(bench->device, "memory", &bench->error) == NULL);
    EXPECT(device_space(bench->device, &bench->error) == NULL);
    EXPECT(device_parent(bench->device) == NULL);
    bench->device->properties = &nothing;
    EXPECT_EQ(find_others(bench), 0);
}

TEST_ON(a_peer_is_of_the_wanted_kind, bench)
{
    bench->board.peer = bench->device;
    EXPECT(device_peer(bench->device, "peer", 1, "test,any", &bench->error) ==
           bench->device);
    EXPECT(device_peer(bench->device, "peer", 1, "other", &bench->error) ==
           NULL);
    EXPECT_STR(bench->error.text,
               "property 'peer' names 'dut', a 'test,any', where a 'other' is "
               "needed");
}

TEST_ON(events_have_the_devices_time_role_and_name, bench)
{
    clock_advance(&bench->fabric.clock, 77);
    device_event(bench->device, .number = 5);
    REQUIRE(bench->fabric.events.count == 1);
    const struct event *event = &bench->fabric.events.events[0];
    EXPECT_EQ(event->time_ns, 77);
    EXPECT_EQ(event->role, ROLE_FLASH);
    EXPECT_STR(event->agent, "dut");
    EXPECT_EQ(event->number, 5);
}
