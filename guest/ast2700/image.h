/* SPDX-License-Identifier: Apache-2.0 */
/* The Caliptra flash image in the boot flash, and what the root of trust says
 * of its parts. */
#ifndef GUEST_AST2700_IMAGE_H
#define GUEST_AST2700_IMAGE_H

#include <stdint.h>

#include "abi/aspeed_image.h"
#include "guest/bootmcu/images.h"

/* Its entry with an identifier, unless that is empty; or NULL. */
const struct flash_entry *image_find(const struct bank *bank, uint32_t id);

/* Copies an entry to memory of that room, which is where it is digested: the
 * flash is read once. */
refusal image_copy(const struct bank *bank, const struct flash_entry *entry,
                   void *to, uint32_t room);

/* Digests a copy, and asks the root of trust whether the firmware may run. */
refusal image_authorise(uint32_t firmware, const void *bytes, uint32_t size);

/* Reports, leaves a mark in SCU1's scratch register 0, puts the root of trust
 * back into reset, and sleeps: whoever is held stays so. */
_Noreturn void image_stop(refusal why);

#endif
