/* SPDX-License-Identifier: Apache-2.0 */
/* The Caliptra flash image in the boot flash, and what the root of trust says
 * of its parts. */
#ifndef GUEST_AST2700_IMAGE_H
#define GUEST_AST2700_IMAGE_H

#include <stdint.h>

#include "abi/aspeed_image.h"

/* What went wrong, in words that name the object; NULL: nothing. */
typedef const char *refusal;

struct image {
    uint32_t place; /* in the flash */
    unsigned count;
    struct flash_entry entries[FLASH_IMAGES_MAX];
};

const uint8_t *image_flash(uint32_t place);

/* Checks the directory: magic, version, checksum of its head, bounds. */
refusal image_open(struct image *image, uint32_t place);
/* The entry with an identifier, or NULL. */
const struct flash_entry *image_find(const struct image *image, uint32_t id);
/* Copies an entry to memory of that room, which is where it is digested: the
 * flash is read once. */
refusal image_copy(const struct image *image, const struct flash_entry *entry,
                   void *to, uint32_t room);

/* Digests a copy, and asks the root of trust whether the firmware may run. */
refusal image_authorise(uint32_t firmware, const void *bytes, uint32_t size);

/* Reports, leaves a mark in SCU1's scratch register 0, puts the root of trust
 * back into reset, and sleeps: whoever is held stays so. */
_Noreturn void image_stop(refusal why);

#endif
