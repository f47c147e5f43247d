/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The gate in front of the application cores (docs/design/trust/chain.md).
 *
 * The root of trust has a wire for each of the first images of the SoC, and
 * raises it when it authorised that image. A reset line waits for a set of
 * wires: it can be released when all of them are high, and is asserted when one
 * of them falls. A set is a word with a bit for each wire.
 *
 * Freestanding C11.
 */
#ifndef ABI_GATE_H
#define ABI_GATE_H

#include <stdbool.h>
#include <stdint.h>

#include "abi/flash_image.h"

enum { GATE_WIRES = 32 };

/* True if the image has a wire. Others are authorised or refused by an answer
 * alone, and no line can wait for them; a flash that was packed by this program
 * has none. */
static inline bool gate_has_wire(uint32_t image_id)
{
    return image_id >= FLASH_IMAGE_SOC &&
           image_id - FLASH_IMAGE_SOC < GATE_WIRES;
}

/* The number of the wire of an image that has one. */
static inline uint32_t gate_number(uint32_t image_id)
{
    return image_id - FLASH_IMAGE_SOC;
}

/* The set of the wire with a number, which is below GATE_WIRES. */
static inline uint32_t gate_wire(uint32_t number)
{
    return (uint32_t)1 << number;
}

/* The wires that keep a line asserted: it requires them, and they are low. */
static inline uint32_t gate_missing(uint32_t required, uint32_t authorised)
{
    return required & ~authorised;
}

static inline bool gate_is_open(uint32_t required, uint32_t authorised)
{
    return gate_missing(required, authorised) == 0;
}

#endif
