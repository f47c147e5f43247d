/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The example PCI endpoint in whole machines: an overlay puts it behind the
 * host of virt, and what a system does to use it is done by accesses of the
 * processors' master. Its message reaches a GICv2 by its frame and a GICv3 by
 * the ITS, which knows it by its requester ID; on both boards its pin is the
 * interrupt that the guest's tree gives slot 1.
 */
#include "base/bits.h"
#include "include/cairn/cairn.h"
#include "tests/harness.h"

#define OVERLAY "devices/example/endpoint.dtso"

#define CONFIG 0x4010008000 /* 00:01.0 */
enum { BAR0 = 0x10010000, BAR2 = 0x10020000, BAR4 = 0x2000 };
enum { PORTS = 0x3eff0000, FRAME = 0x08020000, SETSPI = 0x40 };
enum { GICD = 0x08000000, ISPENDR = 0x200, ICFGR = 0xc00 };
enum { PIN_INTID = 36, MESSAGE_INTID = 85 };
enum { MESSAGE = 0x00, LEVEL = 0x04, SCRATCH = 0x14 };
#define MSIX_ENABLE 0x80000000u

static struct cairn_machine *make(const char *board)
{
    static const uint32_t program[] = {0x14000000}; /* b . */
    const char *const overlay = OVERLAY;
    const struct cairn_image image = {"flash0", program, sizeof(program)};
    const struct cairn_guest guest = {.size = sizeof(struct cairn_guest),
                                      .cpus = 1};
    const struct cairn_options options = {
        .size = sizeof(struct cairn_options),
        .board = board,
        .guest = &guest,
        .overlays = &overlay,
        .overlay_count = 1,
        .seed = 1,
        .images = &image,
        .image_count = 1,
    };
    struct cairn_machine *machine = NULL;
    struct cairn_error error = {""};

    if (cairn_create(&options, &machine, &error) != 0) {
        EXPECT_STR(error.text, "");
        return NULL;
    }
    cairn_power(machine);
    return machine;
}

static uint32_t get(struct cairn_machine *machine, uint64_t address)
{
    uint64_t value = 0;

    EXPECT_EQ(cairn_bus_read(machine, "cores", 0, address, 4, &value), 0);
    return (uint32_t)value;
}

static void set(struct cairn_machine *machine, uint64_t address, uint32_t value)
{
    EXPECT_EQ(cairn_bus_write(machine, "cores", 0, address, 4, value), 0);
}

static bool is_pending(struct cairn_machine *machine, unsigned intid)
{
    return get(machine, GICD + ISPENDR + intid / 32 * 4) >> intid % 32 & 1;
}

static void place(struct cairn_machine *machine)
{
    set(machine, CONFIG + 0x10, BAR0);
    set(machine, CONFIG + 0x18, BAR2);
    set(machine, CONFIG + 0x20, BAR4);
    set(machine, CONFIG + 0x04, 7);
}

TEST(the_endpoint_is_found_placed_and_interrupts_by_its_pin)
{
    static const char *const boards[] = {"virt", "virt-gicv3"};

    for (size_t i = 0; i < ARRAY_SIZE(boards); i++) {
        test_case("%s", boards[i]);
        struct cairn_machine *machine = make(boards[i]);
        REQUIRE(machine != NULL);
        EXPECT_EQ(get(machine, CONFIG), 0x0001fffe);
        EXPECT_EQ(get(machine, CONFIG + 0x8000), UINT32_MAX);
        place(machine);
        set(machine, BAR0 + SCRATCH, 0x1234);
        EXPECT_EQ(get(machine, PORTS + BAR4 + SCRATCH), 0x1234);
        set(machine, BAR0 + LEVEL, 1);
        EXPECT(is_pending(machine, PIN_INTID));
        set(machine, BAR0 + LEVEL, 0);
        EXPECT(!is_pending(machine, PIN_INTID));
        cairn_destroy(machine);
    }
}

TEST(a_message_reaches_the_interrupt_controller_and_outlives_a_snapshot)
{
    struct cairn_machine *machine = make("virt");
    struct cairn_snapshot *snapshot = NULL;
    struct cairn_error error = {""};

    REQUIRE(machine != NULL);
    place(machine);
    set(machine, GICD + ICFGR + MESSAGE_INTID / 16 * 4, UINT32_MAX); /* edges */
    set(machine, BAR2, FRAME + SETSPI);
    set(machine, BAR2 + 4, 0);
    set(machine, BAR2 + 8, MESSAGE_INTID);
    set(machine, BAR2 + 12, 0);
    set(machine, CONFIG + 0x40, MSIX_ENABLE);
    uint64_t hash = cairn_state_hash(machine);
    REQUIRE(cairn_snapshot(machine, &snapshot, &error) == 0);
    set(machine, BAR0 + MESSAGE, 0);
    EXPECT(is_pending(machine, MESSAGE_INTID));
    set(machine, CONFIG + 0x10, 0); /* BAR 0 is elsewhere */
    EXPECT_EQ(get(machine, BAR0 + SCRATCH), UINT32_MAX);
    EXPECT_EQ(cairn_restore(machine, snapshot, &error), 0);
    EXPECT_EQ(cairn_state_hash(machine), hash);
    EXPECT(!is_pending(machine, MESSAGE_INTID));
    set(machine, BAR0 + MESSAGE, 0);
    EXPECT(is_pending(machine, MESSAGE_INTID));
    cairn_snapshot_destroy(snapshot);
    cairn_destroy(machine);
}

/* ---- By the ITS ---------------------------------------------------------- */

enum { RAM = 0x40000000, GICR = 0x080a0000, ITS = 0x08080000 };
enum { GICR_CTLR = 0x00, GICR_PROPBASER = 0x70, GICR_PENDBASER = 0x78 };
enum { ITS_CTLR = 0x00, CBASER = 0x80, CWRITER = 0x88, BASER = 0x100 };
enum { TRANSLATER = 0x10040 };
/* Tables in RAM. */
enum {
    CONFIGURATION = RAM + 0x100000,
    PENDING_TABLE = RAM + 0x110000,
    QUEUE = RAM + 0x120000,
    DEVICES = RAM + 0x130000,
    COLLECTIONS = RAM + 0x140000,
    EVENTS = RAM + 0x150000,
};
enum { REQUESTER = 8, EVENT = 3, LPI = 8200, COLLECTION = 1 };
static const uint64_t valid = (uint64_t)1 << 63;

static void set64(struct cairn_machine *machine, uint64_t address,
                  uint64_t value)
{
    EXPECT_EQ(cairn_bus_write(machine, "cores", 0, address, 8, value), 0);
}

/* Maps an event of a requester to the LPI, at core 0. */
static void map_event(struct cairn_machine *machine, uint64_t requester)
{
    const uint64_t commands[][4] = {
        {0x08 | requester << 32, 3,                           valid | EVENTS,     0}, /* MAPD */
        {0x09,                   0,                           valid | COLLECTION, 0}, /* MAPC */
        {0x0a | requester << 32, EVENT | (uint64_t)LPI << 32, COLLECTION,
         0                                                                         }, /* MAPTI */
    };

    set(machine, GICD, 2); /* group 1 */
    set64(machine, GICR + GICR_PROPBASER, CONFIGURATION | 13);
    set64(machine, GICR + GICR_PENDBASER, PENDING_TABLE);
    set(machine, GICR + GICR_CTLR, 1);
    set64(machine, ITS + BASER, valid | DEVICES);
    set64(machine, ITS + BASER + 8, valid | COLLECTIONS);
    set64(machine, ITS + CBASER, valid | QUEUE);
    set(machine, ITS + ITS_CTLR, 1);
    for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
        for (size_t word = 0; word < 4; word++) {
            set64(machine, QUEUE + 32 * i + 8 * word, commands[i][word]);
        }
    }
    set(machine, ITS + CWRITER, sizeof(commands));
}

/* LPIs that are pending are in the table once they are switched off. */
static bool is_lpi_pending(struct cairn_machine *machine)
{
    set(machine, GICR + GICR_CTLR, 0);
    return get(machine, PENDING_TABLE + LPI / 32 * 4) >> LPI % 32 & 1;
}

TEST(the_its_tells_messages_apart_by_requester)
{
    static const struct {
        const char *name;
        uint64_t requester;
        bool pending;
    } rows[] = {
        {"the endpoint's own", REQUESTER,     true },
        {"another's",          REQUESTER + 1, false},
    };

    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        test_case("%s", rows[i].name);
        struct cairn_machine *machine = make("virt-gicv3");
        REQUIRE(machine != NULL);
        map_event(machine, rows[i].requester);
        place(machine);
        set(machine, BAR2, ITS + TRANSLATER);
        set(machine, BAR2 + 4, 0);
        set(machine, BAR2 + 8, EVENT);
        set(machine, BAR2 + 12, 0);
        set(machine, CONFIG + 0x40, MSIX_ENABLE);
        set(machine, BAR0 + MESSAGE, 0);
        EXPECT_EQ(is_lpi_pending(machine), rows[i].pending);
        cairn_destroy(machine);
    }
}
