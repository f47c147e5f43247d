/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hostile masters on a Caliptra board: the input is the number of the board and
 * a list of accesses that the SoC side and the core's own side make in any
 * order, at any size and place, between them changes of the board's input lines
 * and stretches of running. Nothing may crash, hang or leak, whatever the
 * order.
 *
 * Every input starts from the same snapshot, taken when the core has been let
 * go, so that a finding is a finding every time.
 */
#include <string.h>

#include "abi/caliptra_soc_ifc.h"
#include "base/bits.h"
#include "include/cairn/cairn.h"
#include "platform/machine/machine.h"
#include "tests/fuzz.h"

enum { OPS_MAX = 512 };

/* Where registers stand on the two sides; the low bits come from the input. */
static const uint32_t soc_pages[] = {0x30020000, 0x30021000, 0x30030000,
                                     0x30030200, 0x30000000, 0x30030600,
                                     0x30022000, 0x30030400};
static const uint32_t core_pages[] = {
    0x10000000, 0x10008000, 0x10010000, 0x10018000, 0x1001a000, 0x1001c000,
    0x10020000, 0x10028000, 0x20002000, 0x20003000, 0x30000000, 0x30020000,
    0x30021000, 0x30030000, 0x40000000, 0x50000000, 0x60000000, 0x00000000,
    /* generation 2 */
    0x10011000, 0x10030000, 0x10031000, 0x10034000, 0x10038000, 0x30022000,
    0x30040000};
static const char *const inputs[] = {
    "soc_ifc.cptra_pwrgood", "soc_ifc.cptra_rst_b", "soc_ifc.security_state",
    "soc_ifc.bootfsm_brkpoint"};

struct op {
    uint8_t what; /* b0 write, b1 core side, b3:2 log2 size, b7:4 kind */
    uint8_t page;
    uint16_t offset;
    uint32_t value;
};

static const char *const boards[] = {"caliptra-1.1", "caliptra-2.0",
                                     "caliptra-2.1"};
static struct cairn_machine *machines[ARRAY_SIZE(boards)];
static struct cairn_snapshot *snapshots[ARRAY_SIZE(boards)];
/* The machine of the board that the input is for. */
static struct cairn_machine *machine;

static void prepare(size_t board)
{
    /* An endless loop at the reset vector: what pokes is the input. */
    static const uint8_t rom[] = {0x6f, 0x00, 0x00, 0x00};
    const struct cairn_image image = {"rom", rom, sizeof(rom)};
    const struct cairn_options options = {.size = sizeof(struct cairn_options),
                                          .board = boards[board],
                                          .images = &image,
                                          .image_count = 1};
    const struct cairn_until until = {.size = sizeof(struct cairn_until),
                                      .instructions = 100};

    if (cairn_create(&options, &machine, NULL)) {
        abort();
    }
    cairn_power(machine);
    cairn_line_set(machine, "soc_ifc.cptra_pwrgood", 1);
    cairn_line_set(machine, "soc_ifc.cptra_rst_b", 1);
    cairn_bus_write(machine, "soc", 1, CALIPTRA_SOC_IFC_FUSE_WR_DONE, 4, 1);
    cairn_bus_write(machine, "soc", 1, CALIPTRA_SOC_IFC_BOOTFSM_GO, 4, 1);
    cairn_run(machine, &until);
    if (cairn_snapshot(machine, &snapshots[board], NULL)) {
        abort();
    }
    machines[board] = machine;
}

static void soc_access(const struct op *op, unsigned bytes)
{
    uint64_t address =
        soc_pages[op->page % ARRAY_SIZE(soc_pages)] + (op->offset & 0xfff);
    uint32_t user = op->page & 0x80 ? 0xffffffff : 1u + (op->page >> 6 & 1);
    uint64_t value;

    if (op->what & 1) {
        cairn_bus_write(machine, "soc", user, address, bytes, op->value);
    } else {
        cairn_bus_read(machine, "soc", user, address, bytes, &value);
    }
}

static void core_access(const struct op *op, unsigned bytes)
{
    struct space *space = machine->cores[0]->config.space;
    struct gpa address =
        gpa(core_pages[op->page % ARRAY_SIZE(core_pages)] + op->offset);
    uint64_t value;

    if (op->what & 1) {
        space_write(space, NULL, address, bytes, op->value);
    } else {
        space_read(space, NULL, address, bytes, &value);
    }
}

static void perform(const struct op *op)
{
    const struct cairn_until until = {.size = sizeof(struct cairn_until),
                                      .instructions = 1 + (op->offset & 0xff)};
    unsigned bytes = 1u << (op->what >> 2 & 3);

    switch (op->what >> 4) {
    case 0:
        cairn_run(machine, &until);
        break;
    case 1:
        cairn_line_set(machine, inputs[op->page % ARRAY_SIZE(inputs)],
                       op->value & 7);
        break;
    default:
        if (op->what & 2) {
            core_access(op, bytes);
        } else {
            soc_access(op, bytes);
        }
    }
}

FUZZ(data, size)
{
    struct op op;
    size_t board = size ? data[0] % ARRAY_SIZE(boards) : 0;

    machine = machines[board];
    if (!machine) {
        prepare(board);
    }
    data += size != 0;
    size -= size != 0;
    for (unsigned i = 0; i < OPS_MAX && size >= sizeof(op); i++) {
        memcpy(&op, data, sizeof(op));
        data += sizeof(op);
        size -= sizeof(op);
        perform(&op);
    }
    if (cairn_restore(machine, snapshots[board], NULL)) {
        abort();
    }
    return 0;
}
