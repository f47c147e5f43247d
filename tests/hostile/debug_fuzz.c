/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Anything that a debugger may ask of machines of both architectures: the first
 * byte picks the machine, the lines that follow are packets. Nothing may crash,
 * hang or grow, forth or back in time. Every input starts from the same
 * snapshot.
 */

#include "abi/caliptra_soc_ifc.h"
#include "base/bits.h"
#include "include/cairn/cairn.h"
#include "tests/fuzz.h"
#include "tests/hostile/debug_feed.h"

enum { TEXT_MAX = 4096, REVERSE_BYTES = 4 << 20 };

/* Counts in memory for ever. */
static const uint32_t rv32[] = {
    0x500002b7, 0x0002a303, 0x00130313, 0x0062a023, 0xff5ff06f,
};
static const uint32_t a64[] = {
    0xb0000000, 0xf9400001, 0x91000421, 0xf9000001, 0x17fffffd,
};

static const struct cairn_image rom = {"rom", rv32, sizeof(rv32)};
static const struct cairn_guest guest = {
    .size = sizeof(struct cairn_guest),
    .kernel = {"program", a64, sizeof(a64)},
    .memory_bytes = 16 << 20,
    .cpus = 2,
};
static const struct cairn_options options[] = {
    {.size = sizeof(options[0]),
     .board = "caliptra-1.1",
     .images = &rom,
     .image_count = 1},
    {.size = sizeof(options[0]),                          .board = "virt", .guest = &guest},
};
static struct cairn_machine *machines[ARRAY_SIZE(options)];
static struct cairn_snapshot *snapshots[ARRAY_SIZE(options)];

static void prepare(size_t index)
{
    if (cairn_create(&options[index], &machines[index], NULL)) {
        abort();
    }
    struct cairn_machine *machine = machines[index];
    cairn_power(machine);
    cairn_line_set(machine, "soc_ifc.cptra_pwrgood", 1);
    cairn_line_set(machine, "soc_ifc.cptra_rst_b", 1);
    cairn_bus_write(machine, "soc", 1, CALIPTRA_SOC_IFC_FUSE_WR_DONE, 4, 1);
    cairn_bus_write(machine, "soc", 1, CALIPTRA_SOC_IFC_BOOTFSM_GO, 4, 1);
    cairn_debug_reverse(machine, REVERSE_BYTES);
    if (cairn_snapshot(machine, &snapshots[index], NULL)) {
        abort();
    }
}

FUZZ(data, size)
{
    if (size < 2 || size > TEXT_MAX) {
        return 0;
    }
    size_t index = data[0] % ARRAY_SIZE(options);
    if (!machines[index]) {
        prepare(index);
    }
    if (cairn_restore(machines[index], snapshots[index], NULL)) {
        abort();
    }
    debug_feed(machines[index], (const char *)data + 1, size - 1);
    return 0;
}
