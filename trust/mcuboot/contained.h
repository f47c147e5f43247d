/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which key a boot loader has for an image: images name the hash of their key,
 * and a boot loader contains the key, or that hash.
 */
#ifndef TRUST_MCUBOOT_CONTAINED_H
#define TRUST_MCUBOOT_CONTAINED_H

#include <stdbool.h>
#include <stddef.h>

#include "trust/mcuboot/image.h"
#include "trust/mcuboot/keys.h"

/*
 * Looks in a program for the key of an image: as MCUboot's arrays have it, as
 * the point of a curve, or as its hash if the image has the key itself. Returns
 * the key, for mcuboot_key_destroy, and its offset, or NULL.
 */
struct mcuboot_key *mcuboot_contained_key(const struct mcuboot_image *image,
                                          const void *program, size_t size,
                                          size_t *offset);

#endif
