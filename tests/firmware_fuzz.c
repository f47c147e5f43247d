/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hostile firmware: the input is what a Caliptra core finds in ICCM, run from
 * its first byte for a bounded number of instructions. Registers start out
 * pointing at devices, so that random loads and stores reach them.
 */
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "include/cairn/cairn.h"
#include "platform/machine.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { INPUT_MAX = 0x4000, INSTRUCTIONS = 5000 };

/* lui t0, 0x40000; jr t0 */
static const uint8_t rom[] = {0xb7, 0x02, 0x00, 0x40, 0x67, 0x80, 0x02, 0x00};

static const uint32_t pointers[] = {
    0x10000000, 0x10008000, 0x10010000, 0x10018600, 0x1001a600, 0x1001c000,
    0x10020000, 0x10028000, 0x20002000, 0x20003000, 0x30000000, 0x30020000,
    0x30021000, 0x30030000, 0x30030200, 0x30030600, 0x30030800, 0x40000000,
    0x50000000, 0x60000000, 0x60002000};

static struct cairn_machine *machine;
static struct cairn_snapshot *snapshot;

static void point_registers(void)
{
    struct core *core = machine->cores[0];

    for (size_t i = 0; i < ARRAY_SIZE(pointers); i++) {
        /* x8 to x28: the compressed forms reach the first eight of them. */
        core->type->register_set(core, 8 + i, pointers[i]);
    }
}

static void prepare(void)
{
    const struct cairn_image image = {"rom", rom, sizeof(rom)};
    const struct cairn_options options = {
        .board = "caliptra-1.1", .images = &image, .image_count = 1};

    if (cairn_create(&options, &machine, NULL)) {
        abort();
    }
    cairn_power(machine);
    cairn_line_set(machine, "soc_ifc.cptra_pwrgood", 1);
    cairn_line_set(machine, "soc_ifc.cptra_rst_b", 1);
    cairn_bus_write(machine, "soc", 1, 0x300300b0, 4, 1); /* FUSE_WR_DONE */
    cairn_bus_write(machine, "soc", 1, 0x300300b8, 4, 1); /* BOOTFSM_GO */
    point_registers();
    if (cairn_snapshot(machine, &snapshot, NULL)) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct cairn_until until = {.instructions = INSTRUCTIONS};
    uint8_t *iccm;
    size_t room;

    if (!machine) {
        prepare();
    }
    if (cairn_memory(machine, "iccm", &iccm, &room) || room < INPUT_MAX) {
        abort();
    }
    size = size < INPUT_MAX ? size : INPUT_MAX;
    cairn_memory_written(machine, "iccm", 0, size);
    memcpy(iccm, data, size);
    cairn_run(machine, &until);
    if (cairn_restore(machine, snapshot, NULL)) {
        abort();
    }
    return 0;
}
