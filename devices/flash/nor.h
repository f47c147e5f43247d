/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parts of NOR flashes that all kinds share: contents of which programming
 * clears bits and erasing sets those of a block. Every program and erase has a
 * number, and power may be cut at any byte of any of them.
 *
 * A device that is flash embeds struct nor_state, has the inputs and outputs
 * below, in this order and before its own, and calls nor_program and nor_erase.
 */
#ifndef DEVICES_FLASH_NOR_H
#define DEVICES_FLASH_NOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bus/device.h"
#include "bus/region.h"

struct nor_state {
    uint32_t operations; /* programs and erases since the machine was made */
    uint32_t dead;       /* power was cut: nothing happens until power-on */
};

#define NOR_FIELDS(type, member)                                               \
    STATE(type, member.operations, RESET_NEVER),                               \
        STATE(type, member.dead, RESET_POWER_ON)

/* Levels are numbers. Operation 0 cuts nothing; numbers count from 1. The seed
 * says which bits of the byte at hand were done. */
enum nor_inputs { NOR_CUT_OPERATION, NOR_CUT_BYTE, NOR_CUT_SEED, NOR_INPUTS };
#define NOR_INPUT_SPECS                                                        \
    {"cut_operation", NULL}, {"cut_byte", NULL},                               \
    {                                                                          \
        "cut_seed", NULL                                                       \
    }

/* The number of the last operation; 1 once power was cut. */
enum nor_outputs { NOR_OPERATIONS, NOR_POWER_LOST, NOR_OUTPUTS };
#define NOR_OUTPUT_SPECS                                                       \
    {"operations", LINE_SIGNAL},                                               \
    {                                                                          \
        "power_lost", LINE_POWER                                               \
    }

/* One operation each, on a range inside contents. False when power was cut in
 * it, or before: then a whole number of bytes, or one in part, is done, the
 * cut is an event that names what replays it, and the run stops. An erase is
 * refused, too, where DMA starts too many (bus/dma.h). */
bool nor_program(struct device *device, struct nor_state *state,
                 struct region *contents, uint64_t offset, const uint8_t *bytes,
                 size_t size);
bool nor_erase(struct device *device, struct nor_state *state,
               struct region *contents, uint64_t offset, size_t size);

/* Sets the outputs from the state: for reset and restored. */
void nor_update(struct device *device, const struct nor_state *state);

#endif
