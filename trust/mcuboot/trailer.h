/* SPDX-License-Identifier: Apache-2.0 */
/* The trailer of a slot, by which a boot loader and its images agree on an
 * upgrade. */
#ifndef TRUST_MCUBOOT_TRAILER_H
#define TRUST_MCUBOOT_TRAILER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "trust/mcuboot/image.h"

/* How the flash and the boot loader are. */
struct mcuboot_slot {
    size_t size;
    unsigned write_size;  /* --align: 1 to 32 */
    unsigned alignment;   /* of the trailer's fields: 8, 16 or 32 */
    unsigned sectors_max; /* of a slot */
    bool overwrites;      /* upgrades do not swap: no status is kept */
    uint8_t erased;       /* what erased flash reads as */
};

/* Reads the trailer in the last bytes of a slot's rest, if it is there. */
void mcuboot_trailer_read(struct mcuboot_trailer *trailer, const uint8_t *bytes,
                          size_t size);

/* Bytes of a trailer that has room for so many of two keys (0: none). */
size_t mcuboot_trailer_size(const struct mcuboot_slot *slot, size_t key_size);
/* Appends erased flash and a trailer, so that out is as long as the slot. With
 * is_confirmed the image needs no trial. */
void mcuboot_trailer_write(const struct mcuboot_slot *slot, bool is_confirmed,
                           struct buffer *out);

#endif
