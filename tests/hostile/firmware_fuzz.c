/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hostile firmware: the first byte of the input is the board, the rest is what
 * its core finds in ICCM, run from there for a bounded number of instructions.
 * Registers start out pointing at devices, so that random loads and stores
 * reach them.
 */
#include <string.h>

#include "abi/caliptra_soc_ifc.h"
#include "base/bits.h"
#include "include/cairn/cairn.h"
#include "platform/machine/machine.h"
#include "tests/fuzz.h"

enum { INPUT_MAX = 0x4000, INSTRUCTIONS = 5000 };

/* lui t0, 0x40000; jr t0 */
static const uint8_t rom[] = {0xb7, 0x02, 0x00, 0x40, 0x67, 0x80, 0x02, 0x00};

static const uint32_t pointers[] = {
    0x10000000, 0x10008000, 0x10010000, 0x10018600, 0x1001a600, 0x1001c000,
    0x10020000, 0x10028000, 0x20002000, 0x20003000, 0x30000000, 0x30020000,
    0x30021000, 0x30030000, 0x30030200, 0x30030600, 0x30030800, 0x40000000,
    0x50000000, 0x60000000, 0x60002000};
/* Generation 2 has other places for x8 to x13. */
static const uint32_t pointers_2[] = {0x10011000, 0x10030000, 0x10032000,
                                      0x10038000, 0x30022000, 0x30040000};

static const char *const boards[] = {"caliptra-1.1", "caliptra-2.0",
                                     "caliptra-2.1"};
static struct cairn_machine *machines[ARRAY_SIZE(boards)];
static struct cairn_snapshot *snapshots[ARRAY_SIZE(boards)];

static void point_registers(struct cairn_machine *machine, size_t board)
{
    struct core *core = machine->cores[0];

    for (size_t i = 0; i < ARRAY_SIZE(pointers); i++) {
        /* x8 to x28: the compressed forms reach the first eight of them. */
        core->type->register_set(core, 8 + i, pointers[i]);
    }
    for (size_t i = 0; board != 0 && i < ARRAY_SIZE(pointers_2); i++) {
        core->type->register_set(core, 8 + i, pointers_2[i]);
    }
}

static void prepare(size_t board)
{
    struct cairn_machine *machine;
    const struct cairn_image image = {"rom", rom, sizeof(rom)};
    const struct cairn_options options = {.size = sizeof(struct cairn_options),
                                          .board = boards[board],
                                          .images = &image,
                                          .image_count = 1};

    if (cairn_create(&options, &machine, NULL)) {
        abort();
    }
    cairn_power(machine);
    cairn_line_set(machine, "soc_ifc.cptra_pwrgood", 1);
    cairn_line_set(machine, "soc_ifc.cptra_rst_b", 1);
    cairn_bus_write(machine, "soc", 1, CALIPTRA_SOC_IFC_FUSE_WR_DONE, 4, 1);
    cairn_bus_write(machine, "soc", 1, CALIPTRA_SOC_IFC_BOOTFSM_GO, 4, 1);
    point_registers(machine, board);
    if (cairn_snapshot(machine, &snapshots[board], NULL)) {
        abort();
    }
    machines[board] = machine;
}

FUZZ(data, size)
{
    const struct cairn_until until = {.size = sizeof(struct cairn_until),
                                      .instructions = INSTRUCTIONS};
    uint8_t *iccm;
    size_t room;

    size_t board = size ? data[0] % ARRAY_SIZE(boards) : 0;
    if (!machines[board]) {
        prepare(board);
    }
    struct cairn_machine *machine = machines[board];
    data += size != 0;
    size -= size != 0;
    if (cairn_memory(machine, "iccm", &iccm, &room) || room < INPUT_MAX) {
        abort();
    }
    size = size < INPUT_MAX ? size : INPUT_MAX;
    cairn_memory_written(machine, "iccm", 0, size);
    memcpy(iccm, data, size);
    cairn_run(machine, &until);
    if (cairn_restore(machine, snapshots[board], NULL)) {
        abort();
    }
    return 0;
}
