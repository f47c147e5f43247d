/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the boot MCU's ROM and its first mutable code have their variables in
 * the SRAM of the I/O die, and what the ROM leaves for the latter. Only
 * preprocessor constants outside of C, so that assembly may include this too.
 */
#ifndef GUEST_AST2700_HANDOFF_H
#define GUEST_AST2700_HANDOFF_H

/* The runtime begins at ASPEED_LOAD_MCU (0x14b80000). */
#define ROM_RAM          0x14bc0000
#define ROM_RAM_SIZE     0x00010000
#define RUNTIME_RAM      0x14bd0000
#define RUNTIME_RAM_SIZE 0x0000e000
#define HANDOFF          0x14bde000

#ifndef __ASSEMBLER__

#include <stdint.h>

#include "abi/caliptra_soc_manifest.h"

#define HANDOFF_MAGIC 0x46464f48u /* "HOFF" */

/* At HANDOFF. */
struct handoff {
    uint32_t magic;
    uint32_t place; /* of the flash image in the flash, and its room */
    uint32_t room;
    uint32_t slot;                     /* its bank, see slots.h */
    uint32_t version;                  /* the security version */
    struct caliptra_soc_images images; /* of the manifest that was accepted */
};

_Static_assert(HANDOFF + sizeof(struct handoff) <= 0x14be0000,
               "the hand-over fits the SRAM");

#endif
#endif
