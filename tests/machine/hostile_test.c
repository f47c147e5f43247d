/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Acts that neither firmware nor a SoC should ever do, done to every board:
 * each place of each device at each size from both sides, and every short
 * sequence of mailbox operations. The machine must stay whole and
 * deterministic. The fuzzers tests/hostile/bus_fuzz.c and
 * tests/hostile/firmware_fuzz.c go on from here.
 */
#include "abi/caliptra_mailbox.h"
#include "abi/caliptra_soc_ifc.h"
#include "base/bits.h"
#include "platform/machine/machine.h"
#include "tests/caliptra/soc.h"
#include "tests/harness.h"
#include "tests/machine.h"

/* Every place up to here, and beyond it every register's first and last. */
enum { POKED_MAX = 0x2000 };

/* The core runs an endless loop: what pokes is the test. */
static struct cairn_machine *spinning_machine(const char *board)
{
    static const uint8_t rom[] = {0x6f, 0x00, 0x00, 0x00};
    const struct cairn_image image = {"rom", rom, sizeof(rom)};
    const struct cairn_options options = {.size = sizeof(struct cairn_options),
                                          .board = board,
                                          .images = &image,
                                          .image_count = 1};
    struct cairn_machine *machine = NULL;
    if (cairn_create(&options, &machine, NULL)) {
        return NULL;
    }
    cairn_power(machine);
    cairn_line_set(machine, "soc_ifc.cptra_pwrgood", 1);
    cairn_line_set(machine, "soc_ifc.cptra_rst_b", 1);
    cairn_bus_write(machine, "soc", SOC_USER,
                    CALIPTRA_SOC_IFC_MBOX_VALID_PAUSER, 4, SOC_USER);
    cairn_bus_write(machine, "soc", SOC_USER, CALIPTRA_SOC_IFC_MBOX_PAUSER_LOCK,
                    4, 1);
    cairn_bus_write(machine, "soc", SOC_USER, CALIPTRA_SOC_IFC_FUSE_WR_DONE, 4,
                    1);
    cairn_bus_write(machine, "soc", SOC_USER, CALIPTRA_SOC_IFC_BOOTFSM_GO, 4,
                    1);
    run_instructions(machine, 100);
    return machine;
}

static void poke(struct cairn_machine *machine, bool core, uint64_t address,
                 unsigned size)
{
    static const uint64_t values[] = {UINT64_MAX, 0, 1};
    struct space *space = machine->cores[0]->config.space;
    uint64_t value;
    for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
        if (core) {
            space_write(space, NULL, gpa(address), size, values[i]);
            space_read(space, NULL, gpa(address), size, &value);
        } else {
            cairn_bus_write(machine, "soc", SOC_USER, address, size, values[i]);
            cairn_bus_read(machine, "soc", SOC_USER, address, size, &value);
        }
    }
}

static void poke_word(struct cairn_machine *machine, bool core,
                      uint64_t address)
{
    for (unsigned size = 1; size <= 8; size *= 2) {
        poke(machine, core, address, size);
    }
}

/* The registers of a large range, and its last places. */
static void poke_beyond(struct cairn_machine *machine, const struct node *node,
                        bool core, size_t range)
{
    const struct device_type *type = node->device->type;
    uint64_t base;
    uint64_t length;
    if (node_reg(node, range, &base, &length, NULL) || length <= POKED_MAX) {
        return;
    }
    for (size_t i = 0;
         range < type->bank_count && i < type->banks[range].register_count;
         i++) {
        const struct register_spec *spec = &type->banks[range].registers[i];
        uint64_t last = spec->offset + 4 * (uint64_t)(spec->count - 1);
        if (last >= POKED_MAX) {
            poke_word(machine, core, base + spec->offset);
            poke_word(machine, core, base + last);
        }
    }
    for (uint64_t at = base + length - 16; at <= base + length; at++) {
        poke_word(machine, core, at);
    }
}

static void poke_device(struct cairn_machine *machine, const struct node *node,
                        bool core)
{
    uint64_t base;
    uint64_t length;
    for (size_t range = 0; node_reg(node, range, &base, &length, NULL) == 0;
         range++) {
        uint64_t end = length < POKED_MAX ? length : POKED_MAX;
        for (unsigned size = 1; size <= 8; size *= 2) {
            for (uint64_t at = 0; at < end; at += size < 4 ? size : 2) {
                poke(machine, core, base + at, size);
            }
            run_instructions(machine, 50);
        }
        poke_beyond(machine, node, core, range);
        run_instructions(machine, 50);
    }
}

TEST(every_register_takes_every_poke_from_both_sides)
{
    static const char *const boards[] = {"caliptra-1.0", "caliptra-1.1",
                                         "caliptra-2.0", "caliptra-2.1"};
    for (size_t b = 0; b < ARRAY_SIZE(boards); b++) {
        struct cairn_machine *machine = spinning_machine(boards[b]);
        struct cairn_snapshot *snapshot = NULL;
        REQUIRE(machine);
        /* It took its fuses and was let go, else little would be poked at. */
        EXPECT_EQ(cairn_instructions(machine, NULL), 100);
        REQUIRE(cairn_snapshot(machine, &snapshot, NULL) == 0);
        uint64_t before = cairn_state_hash(machine);
        size_t devices = 0;
        for (size_t i = 0; i < machine->node_count; i++) {
            const struct node *node = &machine->nodes[i];
            for (int core = 0; node->device && core < 2; core++) {
                test_case("%s: %s by the %s", boards[b], node->name,
                          core ? "core" : "SoC");
                poke_device(machine, node, core);
                uint64_t poked = cairn_state_hash(machine);
                cairn_restore(machine, snapshot, NULL);
                EXPECT_EQ(cairn_state_hash(machine), before);
                poke_device(machine, node, core);
                EXPECT_EQ(cairn_state_hash(machine), poked);
                cairn_restore(machine, snapshot, NULL);
                devices++;
            }
        }
        EXPECT(devices > 10);
        cairn_snapshot_destroy(snapshot);
        cairn_destroy(machine);
    }
}

/* ---- The mailbox --------------------------------------------------------- */

struct operation {
    bool write;
    uint32_t address;
    uint32_t value;
};

static const struct operation operations[] = {
    {false, CALIPTRA_MBOX_LOCK,    0                         },
    {true,  CALIPTRA_MBOX_CMD,     CALIPTRA_CMD_FIRMWARE_LOAD},
    {true,  CALIPTRA_MBOX_DLEN,    8                         },
    {true,  CALIPTRA_MBOX_DLEN,    UINT32_MAX                },
    {true,  CALIPTRA_MBOX_DATAIN,  0x12345678                },
    {false, CALIPTRA_MBOX_DATAOUT, 0                         },
    {true,  CALIPTRA_MBOX_EXECUTE, 1                         },
    {true,  CALIPTRA_MBOX_EXECUTE, 0                         },
    {true,  CALIPTRA_MBOX_STATUS,  2                         },
    {true,  CALIPTRA_MBOX_LOCK,    1                         },
};

enum { LENGTH_MAX = 4, CHOICES = ARRAY_SIZE(operations) };

static void perform(struct cairn_machine *machine, unsigned sequence,
                    unsigned length)
{
    for (unsigned i = 0; i < length; i++, sequence /= CHOICES) {
        const struct operation *op = &operations[sequence % CHOICES];
        uint64_t value;
        if (op->write) {
            cairn_bus_write(machine, "soc", SOC_USER, op->address, 4,
                            op->value);
        } else {
            cairn_bus_read(machine, "soc", SOC_USER, op->address, 4, &value);
        }
    }
}

static bool holds_lock(unsigned sequence, unsigned length)
{
    for (unsigned i = 0; i < length; i++, sequence /= CHOICES) {
        if (sequence % CHOICES == 0) {
            return true;
        }
    }
    return false;
}

static void break_the_protocol(const char *board)
{
    struct cairn_machine *machine = spinning_machine(board);
    struct cairn_snapshot *snapshot = NULL;
    REQUIRE(machine);
    REQUIRE(cairn_snapshot(machine, &snapshot, NULL) == 0);
    unsigned count = CHOICES;
    for (unsigned length = 1; length <= LENGTH_MAX; length++) {
        for (unsigned sequence = 0; sequence < count; sequence++) {
            uint64_t value = 0;
            test_case("%s: sequence %u of length %u", board, sequence, length);
            perform(machine, sequence, length);
            EXPECT_EQ(run_instructions(machine, 20), CAIRN_STOP_BUDGET);
            if (!holds_lock(sequence, length)) {
                cairn_bus_read(machine, "soc", SOC_USER, CALIPTRA_MBOX_EXECUTE,
                               4, &value);
                EXPECT_EQ(value, 0);
            }
            /* The second read finds the lock held, by this reader or another.
             */
            cairn_bus_read(machine, "soc", SOC_USER, CALIPTRA_MBOX_LOCK, 4,
                           &value);
            cairn_bus_read(machine, "soc", SOC_USER, CALIPTRA_MBOX_LOCK, 4,
                           &value);
            EXPECT_EQ(value, 1);
            cairn_restore(machine, snapshot, NULL);
        }
        count *= CHOICES;
    }
    cairn_snapshot_destroy(snapshot);
    cairn_destroy(machine);
}

TEST(a_mailbox_protocol_broken_in_every_order_moves_nothing_without_the_lock)
{
    break_the_protocol("caliptra-1.1");
    break_the_protocol("caliptra-2.0");
}
