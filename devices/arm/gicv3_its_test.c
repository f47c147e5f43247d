/* SPDX-License-Identifier: Apache-2.0 */
#include "devices/arm/gicv3.h"
#include "devices/test_bus.h"
#include "tests/device.h"
#include "tests/harness.h"

extern const struct device_type gicv3;
extern const struct device_type gicv3_its;

enum {
    CTLR = 0x0,
    CBASER = 0x80,
    CWRITER = 0x88,
    CREADR = 0x90,
    BASER0 = 0x100,
    BASER1 = 0x108,
    TRANSLATER = 0x10040,
    /* places in the memory */
    QUEUE = 0x40000,
    DEVICES = 0x50000,
    COLLECTIONS = 0x60000,
    EVENTS = 0x70000,
};

static const struct test_who cpu = {0, false};
static const uint64_t valid = (uint64_t)1 << 63;

static void enable_core(struct test_bus *bus, unsigned core)
{
    const struct gic_cpu *interface = gicv3.interface;
    const struct gic_cpu_caller caller = {.level = 1, .non_secure = true};
    uint32_t frame = core * 0x20000;

    interface->write(bus->peer, core, GIC_CPU_REGISTER(3, 0, 4, 6, 0), &caller,
                     0xf0);
    interface->write(bus->peer, core, GIC_CPU_REGISTER(3, 0, 12, 12, 7),
                     &caller, 1);
    test_write(bus->peer, 1, frame + 0x70, TEST_RAM + 0x1000 + 13);
    test_write(bus->peer, 1, frame + 0x78, TEST_RAM + (core + 1) * 0x10000);
    test_write(bus->peer, 1, frame, 1);
}

static void start(struct test_bus *bus)
{
    test_bus_init(bus);
    test_bus_property(bus, "cairn,core-count", 2);
    test_bus_property(bus, "cairn,lpis", 1);
    bus->peer = test_bus_make(bus, &gicv3);
    bus->device = test_bus_make(bus, &gicv3_its);
    test_write(bus->peer, 0, 0, 2);
    memset(region_host(bus->ram) + 0x1000, 0xa1, 64);
    enable_core(bus, 0);
    enable_core(bus, 1);
    test_write_as(bus->device, cpu, 0, BASER0, 8, valid | (TEST_RAM + DEVICES));
    test_write_as(bus->device, cpu, 0, BASER1, 8,
                  valid | (TEST_RAM + COLLECTIONS));
    test_write_as(bus->device, cpu, 0, CBASER, 8,
                  valid | (TEST_RAM + QUEUE) | 1);
    test_write(bus->device, 0, CTLR, 1);
}

static void command(struct test_bus *bus, uint64_t w0, uint64_t w1, uint64_t w2,
                    uint64_t w3)
{
    const uint64_t words[] = {w0, w1, w2, w3};
    uint32_t at = test_read(bus->device, 0, CWRITER);

    for (unsigned i = 0; i < 4; i++) {
        store_le64(region_host(bus->ram) + QUEUE + at + 8 * i, words[i]);
    }
    test_write(bus->device, 0, CWRITER, (at + 32) % 0x2000);
    EXPECT_EQ(test_read(bus->device, 0, CREADR), (at + 32) % 0x2000);
}

static void map(struct test_bus *bus)
{
    command(bus, 0x08 | (uint64_t)7 << 32, 3, valid | (TEST_RAM + EVENTS), 0);
    command(bus, 0x09, 0, valid | (uint64_t)0 << 16 | 4, 0);
    command(bus, 0x09, 0, valid | (uint64_t)1 << 16 | 5, 0);
    command(bus, 0x0a | (uint64_t)7 << 32, 2 | (uint64_t)8200 << 32, 4, 0);
}

static void signal_event(struct test_bus *bus, uint32_t device, uint32_t event)
{
    struct access access = {.user = device};

    EXPECT_EQ(device_write(bus->device, 0, &access, TRANSLATER, 4, event), 0);
}

static uint32_t level(struct test_bus *bus, const char *name)
{
    return device_output(bus->peer, name)->level;
}

FIXTURE(struct test_bus, bus, test_bus_fini)
FIXTURE_BEGIN(bus, start(bus))

TEST_ON(the_tables_promises_hold, bus)
{
    EXPECT_DEVICE(bus->device, NULL);
}

TEST_BEGINS(a_service_needs_its_controller, bus)
{
    test_bus_init(bus);
    bus->device = test_bus_create(bus, &gicv3_its);
    EXPECT_EQ(device_init(bus->device, &bus->error), -ENOENT);
}

TEST_ON(an_event_becomes_the_lpi_that_it_is_mapped_to, bus)
{
    map(bus);
    signal_event(bus, 7, 3);
    signal_event(bus, 8, 2);
    EXPECT_EQ(level(bus, "irq0"), 0);
    signal_event(bus, 7, 2);
    EXPECT_EQ(level(bus, "irq0"), 1);
    EXPECT_EQ(level(bus, "irq1"), 0);
    command(bus, 0x01 | (uint64_t)7 << 32, 2, 5, 0); /* MOVI */
    EXPECT_EQ(level(bus, "irq0"), 0);
    EXPECT_EQ(level(bus, "irq1"), 1);
    command(bus, 0x01 | (uint64_t)7 << 32, 2, 5, 0);
    EXPECT_EQ(level(bus, "irq1"), 1);
    command(bus, 0x0e, 0, (uint64_t)1 << 16, 0); /* MOVALL */
    EXPECT_EQ(level(bus, "irq0"), 1);
    EXPECT_EQ(level(bus, "irq1"), 0);
    command(bus, 0x0e, 0, 0, 0);
    EXPECT_EQ(level(bus, "irq0"), 1);
    command(bus, 0x0e, 0, 0, (uint64_t)1 << 16);
    EXPECT_EQ(level(bus, "irq0"), 0);
    EXPECT_EQ(level(bus, "irq1"), 1);
    command(bus, 0x04 | (uint64_t)7 << 32, 2, 0, 0); /* CLEAR */
    EXPECT_EQ(level(bus, "irq1"), 0);
    command(bus, 0x01 | (uint64_t)7 << 32, 2, 4, 0); /* it does not pend */
    command(bus, 0x01 | (uint64_t)7 << 32, 2, 5, 0);
    EXPECT_EQ(level(bus, "irq0"), 0);
    EXPECT_EQ(level(bus, "irq1"), 0);
    command(bus, 0x03 | (uint64_t)7 << 32, 2, 0, 0); /* INT */
    EXPECT_EQ(level(bus, "irq1"), 1);
    command(bus, 0x0f | (uint64_t)7 << 32, 2, 0, 0); /* DISCARD */
    EXPECT_EQ(level(bus, "irq1"), 0);
    signal_event(bus, 7, 2);
    EXPECT_EQ(level(bus, "irq1"), 0);
}

TEST_ON(a_changed_configuration_counts_after_invalidation, bus)
{
    map(bus);
    region_host(bus->ram)[0x1000 + 8] = 0xa0;
    signal_event(bus, 7, 2);
    EXPECT_EQ(level(bus, "irq0"), 0);
    region_host(bus->ram)[0x1000 + 8] = 0xa1;
    command(bus, 0x0c | (uint64_t)7 << 32, 2, 0, 0); /* INV */
    EXPECT_EQ(level(bus, "irq0"), 1);
    region_host(bus->ram)[0x1000 + 8] = 0xa0;
    command(bus, 0x0d, 0, 4, 0); /* INVALL */
    EXPECT_EQ(level(bus, "irq0"), 0);
}

TEST_ON(an_indirect_table_of_devices_works_alike, bus)
{
    test_write(bus->device, 0, CTLR, 0);
    test_write_as(bus->device, cpu, 0, BASER0, 8,
                  valid | valid >> 1 | (TEST_RAM + DEVICES));
    test_write(bus->device, 0, CTLR, 1);
    store_le64(region_host(bus->ram) + DEVICES, valid | (TEST_RAM + 0x55000));
    map(bus);
    EXPECT_EQ(load_le64(region_host(bus->ram) + 0x55000 + 7 * 8),
              valid | (TEST_RAM + EVENTS) | 3);
    signal_event(bus, 7, 2);
    EXPECT_EQ(level(bus, "irq0"), 1);
}

/* A word is written and read. GITS_BASERn says type and size of an entry. */
TEST_BEGINS(registers_keep_what_is_writable, bus)
{
    static const struct {
        uint32_t offset;
        uint32_t value;
        uint32_t read;
    } rows[] = {
        {CTLR,        UINT32_MAX, 0x80000001}, /* from now on it is enabled */
        {BASER0,      UINT32_MAX, 0x00000200},
        {CBASER,      UINT32_MAX, 0         },
        {CTLR,        0,          0x80000000},
        {BASER0,      0,          0         },
        {BASER0 + 4,  UINT32_MAX, 0xf9e7ffff},
        {BASER0 + 4,  0,          0x01070000},
        {BASER1 + 4,  UINT32_MAX, 0xbce7ffff}, /* it has one level */
        {BASER1,      0x12345678, 0x12345678},
        {BASER1 + 8,  UINT32_MAX, 0         },
        {CBASER + 4,  UINT32_MAX, 0xff0fffff},
        {CBASER,      UINT32_MAX, 0xfffffcff},
        {CWRITER + 4, UINT32_MAX, 0         },
        {CWRITER,     UINT32_MAX, 0xfffe0   },
        {CREADR,      0,          0         },
    };

    test_bus_init(bus);
    bus->peer = test_bus_make(bus, &gicv3);
    bus->device = test_bus_make(bus, &gicv3_its);
    EXPECT_EQ(test_read_as(bus->device, cpu, 0, BASER0, 8), 0x0107000000000200);
    EXPECT_EQ(test_read_as(bus->device, cpu, 0, BASER1, 8), 0x0407000000000200);
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        test_case("row %zu", i);
        test_write(bus->device, 0, rows[i].offset, rows[i].value);
        EXPECT_EQ(test_read(bus->device, 0, rows[i].offset), rows[i].read);
    }
    EXPECT_EQ(test_read_as(bus->device, cpu, 0, BASER0, 8), 0x0107000000000000);
    EXPECT_EQ(test_read_as(bus->device, cpu, 0, CBASER, 8), 0xff0ffffffffffcff);
}

/* Where MAPD writes, by GITS_BASER0: bits 7:0 pages less one, 9:8 their size;
 * with pages of 64 KiB bits 15:12 are bits 51:48 of the address. */
TEST(the_entry_of_a_device_is_in_its_table)
{
    enum { NOWHERE = 1, FIRST = DEVICES + 0x1000, LEVELS = 1 << 30 };
    const uint32_t off = 1u << 31; /* the table is not valid */
    const struct {
        uint32_t baser;
        uint32_t high;
        uint32_t device;
        uint32_t at; /* in memory */
    } rows[] = {
        {FIRST,           0,            1,       FIRST + 8      },
        {FIRST,           0,            511,     FIRST + 0xff8  },
        {FIRST,           0,            512,     NOWHERE        },
        {FIRST,           off,          1,       NOWHERE        },
        {FIRST,           off | LEVELS, 1024,    NOWHERE        },
        {FIRST | 1,       0,            1023,    FIRST + 0x1ff8 },
        {FIRST | 1,       0,            1024,    NOWHERE        },
        {FIRST | 0x100,   0,            2047,    FIRST + 0x3ff8 },
        {FIRST | 0x100,   0,            2048,    NOWHERE        },
        {DEVICES | 0x200, 0,            8191,    DEVICES + 65528},
        {DEVICES | 0x200, 0,            8192,    NOWHERE        },
        {DEVICES | 0x300, 0,            8191,    DEVICES + 65528},
        {FIRST | 0x200,   0,            1,       DEVICES + 8    },
        {FIRST | 0x2200,  0,            1,       NOWHERE        },
        {FIRST | 0xff,    0,            65535,   FIRST + 0x7fff8},
        {FIRST | 0xff,    0,            65536,   NOWHERE        },
        {FIRST,           LEVELS,       511,     EVENTS + 0xff8 },
        {FIRST,           LEVELS,       512,     NOWHERE        },
        {FIRST,           LEVELS,       1024,    EVENTS + 0x1000},
        {FIRST,           LEVELS,       65535,   EVENTS + 0x2ff8},
        {FIRST,           LEVELS,       1 << 18, NOWHERE        },
    };

    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        OWNED(test_bus_fini) struct test_bus bus;
        const uint64_t mapped = valid | (TEST_RAM + EVENTS + 0x100) | 3;

        test_case("row %zu", i);
        start(&bus);
        test_bus_show(&bus, UINT64_C(1) << 48 | TEST_RAM);
        uint8_t *ram = region_host(bus.ram);
        test_write(bus.device, 0, CTLR, 0);
        test_write(bus.device, 0, BASER0, TEST_RAM + rows[i].baser);
        test_write(bus.device, 0, BASER0 + 4, 1u << 31 ^ rows[i].high);
        test_write(bus.device, 0, CTLR, 1);
        if ((rows[i].high & LEVELS) != 0) {
            store_le64(ram + FIRST, valid | (TEST_RAM + EVENTS));
            store_le64(ram + FIRST + 8, TEST_RAM + EVENTS); /* not valid */
            store_le64(ram + FIRST + 16, valid | (TEST_RAM + EVENTS + 0x1000));
            store_le64(ram + FIRST + 127 * 8,
                       valid | (TEST_RAM + EVENTS + 0x2000));
        }
        command(&bus, 0x08 | (uint64_t)rows[i].device << 32, 3, mapped, 0);
        EXPECT_EQ(bus.fabric.log.count[LOG_GUEST] != 0, rows[i].at == NOWHERE);
        if (rows[i].at != NOWHERE) {
            EXPECT_EQ(load_le64(ram + rows[i].at), mapped);
        }
    }
}

TEST_ON(what_is_mapped_can_be_unmapped, bus)
{
    command(bus, 0x08 | (uint64_t)7 << 32, 13, valid | (TEST_RAM + EVENTS), 0);
    command(bus, 0x09, 0, valid | (uint64_t)1 << 16 | 5, 0);
    command(bus, 0x0b | (uint64_t)7 << 32, 8200, 5, 0); /* MAPI */
    signal_event(bus, 7, 8200);
    EXPECT_EQ(level(bus, "irq1"), 1);
    command(bus, 0x04 | (uint64_t)7 << 32, 8200, 0, 0);
    EXPECT_EQ(level(bus, "irq1"), 0);
    EXPECT_EQ(bus->fabric.log.count[LOG_GUEST], 0);
    command(bus, 0x09, 0, (uint64_t)1 << 16 | 5, 0);
    EXPECT_EQ(load_le64(region_host(bus->ram) + COLLECTIONS + 5 * 8), 0);
    signal_event(bus, 7, 8200);
    EXPECT_EQ(level(bus, "irq1"), 0);
    EXPECT_EQ(bus->fabric.log.count[LOG_GUEST], 1);
    command(bus, 0x09, 0, valid | (uint64_t)1 << 16 | 5, 0);
    command(bus, 0x08 | (uint64_t)7 << 32, 13, TEST_RAM + EVENTS, 0);
    EXPECT_EQ(load_le64(region_host(bus->ram) + DEVICES + 7 * 8), 0);
    signal_event(bus, 7, 8200);
    EXPECT_EQ(level(bus, "irq1"), 0);
    EXPECT_EQ(bus->fabric.log.count[LOG_GUEST], 2);
}

/* Each in turn lets the queue run. */
TEST_BEGINS(a_queue_runs_when_it_is_valid_enabled_and_not_stalled, bus)
{
    test_bus_init(bus);
    bus->peer = test_bus_make(bus, &gicv3);
    bus->device = test_bus_make(bus, &gicv3_its);
    test_write(bus->device, 0, CTLR, 1);
    test_write(bus->device, 0, CWRITER, 32);
    EXPECT_EQ(test_read(bus->device, 0, CREADR), 0); /* CBASER is not valid */
    test_write(bus->device, 0, CTLR, 0);
    test_write_as(bus->device, cpu, 0, CBASER, 8, valid | 0x1000);
    test_write(bus->device, 0, CWRITER, 32);
    EXPECT_EQ(test_read(bus->device, 0, CREADR), 0);
    test_write(bus->device, 0, CTLR, 1);
    EXPECT_EQ(test_read(bus->device, 0, CREADR), 1); /* no memory */
    test_bus_show(bus, 0);
    test_write(bus->device, 0, CWRITER, 32 | 2);
    EXPECT_EQ(test_read(bus->device, 0, CREADR), 1);
    test_write(bus->device, 0, CWRITER, 32 | 1);
    EXPECT_EQ(test_read(bus->device, 0, CREADR), 32);
    /* A queue of two pages has 256 commands. */
    test_write(bus->device, 0, CTLR, 0);
    test_write_as(bus->device, cpu, 0, CBASER, 8, valid | 0x1001);
    test_write(bus->device, 0, CTLR, 1);
    test_write(bus->device, 0, CWRITER, 0x1fe0);
    EXPECT_EQ(test_read(bus->device, 0, CREADR), 0x1fe0);
    test_write(bus->device, 0, CWRITER, 0x2000);
    EXPECT_EQ(test_read(bus->device, 0, CREADR), 0x1fe0);
    const uint64_t told = bus->fabric.log.count[LOG_GUEST];
    test_write(bus->device, 0, CWRITER, 0);
    EXPECT_EQ(test_read(bus->device, 0, CREADR), 0);
    EXPECT_EQ(bus->fabric.log.count[LOG_GUEST], told + 1); /* of one command */
    /* A new queue begins at its start. */
    test_write(bus->device, 0, CTLR, 0);
    test_write_as(bus->device, cpu, 0, CBASER, 8, valid | 0x1000);
    EXPECT_EQ(test_read(bus->device, 0, CREADR), 0);
}

TEST_ON(hostile_tables_and_commands_end_in_nothing, bus)
{
    uint64_t random[4];

    map(bus);
    for (unsigned i = 0; i < 20000; i++) {
        fabric_random(&bus->fabric, random, sizeof(random));
        if (i % 2 == 0) {
            random[0] &= (uint64_t)0xf << 32 | 0xf;
            random[1] &= (uint64_t)0x3fff << 32 | 0x1f;
        }
        if (i % 64 == 0) {
            fabric_random(&bus->fabric, region_host(bus->ram) + DEVICES,
                          0x30000);
        }
        command(bus, random[0], random[1], random[2], random[3]);
        signal_event(bus, (uint32_t)random[3] & 0x1f, (uint32_t)random[2] & 7);
    }
    /* a queue outside of memory stalls, until software asks to go on */
    test_write(bus->device, 0, CTLR, 0);
    test_write_as(bus->device, cpu, 0, CBASER, 8, valid | 0x1000);
    test_write(bus->device, 0, CTLR, 1);
    test_write(bus->device, 0, CWRITER, 32);
    EXPECT_EQ(test_read(bus->device, 0, CREADR), 1);
}

static void keep_line(void *context, enum log_kind kind, const char *line)
{
    char *kept = context;

    EXPECT_EQ(kind, LOG_GUEST);
    snprintf(kept, 160, "%s", line);
}

TEST_ON(a_wrong_command_says_what_is_wrong, bus)
{
    static const uint64_t seven = (uint64_t)7 << 32;
    const struct {
        uint64_t words[4];
        const char *said;
    } rows[] = {
        {{0x02, 0, 0, 0},                                            "unknown command"     },
        {{0x08 | seven << 24, 3, valid, 0},
         "MAPD (0x08) of device 0x7000000, event 0x3: the device ID is out of"             },
        {{0x08 | seven, 16, valid, 0},                               "too many events"     },
        {{0x09, 0, valid | 2 << 16 | 4, 0},                          "no such processor"   },
        {{0x09, 0, valid | 0x4000, 0},                               "collection is out of"},
        {{0x0a | (uint64_t)9 << 32, 2 | (uint64_t)8200 << 32, 4, 0},
         "device is not mapped"                                                            },
        {{0x0a | seven, 16 | (uint64_t)8200 << 32, 4, 0},            "event ID is out of"  },
        {{0x0a | seven, 2 | (uint64_t)99 << 32, 4, 0},               "no LPI"              },
        {{0x0b | seven, 3, 4, 0},                                    "no LPI"              },
        {{0x0a | seven, 2 | (uint64_t)8191 << 32, 4, 0},             "no LPI"              },
        {{0x0a | seven, 2 | (uint64_t)8192 << 32, 4, 0},             ""                    },
        {{0x0a | seven, 2 | (uint64_t)65535 << 32, 4, 0},            ""                    },
        {{0x0a | seven, 2 | (uint64_t)65536 << 32, 4, 0},            "no LPI"              },
        {{0x03 | seven, 5, 0, 0},
         "INT (0x03) of device 0x7, event 0x5: the event is not"                           },
        {{0x04 | seven, 5, 0, 0},                                    "CLEAR"               },
        {{0x0c | seven, 5, 0, 0},                                    "INV (0x0c)"          },
        {{0x0f | seven, 5, 0, 0},                                    "DISCARD"             },
        {{0x01 | seven, 2, 9, 0},
         "MOVI (0x01) of device 0x7, event 0x2: the collection is not"                     },
        {{0x0d, 0, 9, 0},                                            "INVALL"              },
        {{0x0e, 0, 0, 5 << 16},
         "MOVALL (0x0e) of device 0x0, event 0x0: no such processor"                       },
        {{0x0e, 0, 5 << 16, 0},                                      "no such processor"   },
        {{0x0e, 0, 0, 0},                                            ""                    },
        {{0x05, 0, 5 << 16, 0},                                      "SYNC"                },
    };
    char line[160];

    map(bus);
    bus->fabric.log.sink = keep_line;
    bus->fabric.log.context = line;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        const uint64_t *words = rows[i].words;
        line[0] = '\0';
        test_case("row %zu", i);
        command(bus, words[0], words[1], words[2], words[3]);
        EXPECT(strstr(line, rows[i].said) != NULL);
        EXPECT_EQ(line[0] == '\0', rows[i].said[0] == '\0');
    }
    line[0] = '\0';
    test_write(bus->peer, 1, 0x20000, 0); /* core 1 takes no LPIs any more */
    command(bus, 0x0e, 0, 0, 1 << 16);
    EXPECT(strstr(line, "out of the processor's range") != NULL);
    line[0] = '\0';
    store_le64(region_host(bus->ram) + DEVICES + 7 * 8,
               valid | 3); /* no memory */
    signal_event(bus, 7, 2);
    EXPECT(strstr(line, "no memory at a table") != NULL);
    line[0] = '\0';
    test_write(bus->device, 0, CWRITER, 0x2000);
    EXPECT(strstr(line, "past the queue") != NULL);
}
