/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The set of images that a bank of boot flash holds: the bundle of the root of
 * trust, a SoC manifest, and the SoC's images, which the manifest admits. This
 * is where a set is signed and laid out, for `cairn pack`, for a session that
 * puts a guest behind the chain of trust, and for tests.
 */
#ifndef TRUST_FLASH_SET_H
#define TRUST_FLASH_SET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "abi/flash_image.h"
#include "base/buffer.h"
#include "base/error.h"
#include "trust/caliptra/bundle.h"
#include "trust/flash/bank.h"

/* Besides bundle and manifest. */
enum { FLASH_SET_IMAGES_MAX = FLASH_IMAGES_MAX - 2 };

struct flash_set_image {
    uint32_t id;
    bool any_contents;   /* the manifest lets every digest pass */
    struct buffer bytes; /* header and payload */
};

/* Zeros are an empty set. All buffers are its own. */
struct flash_set {
    uint32_t version;
    bool vendor_signs; /* the image list too, see struct soc_manifest_pack */
    struct buffer bundle;
    struct buffer manifest; /* of flash_set_sign */
    unsigned count;
    struct flash_set_image images[FLASH_SET_IMAGES_MAX];
};

/* Adds an image that comes with its header; NULL: no room. The caller may set
 * any_contents. */
struct flash_set_image *flash_set_add(struct flash_set *set, uint32_t id,
                                      const void *bytes, size_t size);
/* Adds a payload behind its header, which gets the set's version. *added, if
 * not NULL, is the image. -EINVAL for a place where the boot MCU does not load
 * or start an image, -ENOSPC for too many images. */
int flash_set_wrap(struct flash_set *set, struct boot_image *header,
                   const void *payload, struct flash_set_image **added,
                   struct error *error);
/* Makes the manifest of the images. Errors of soc_manifest_write. */
int flash_set_sign(struct flash_set *set,
                   const struct caliptra_signing *signing, struct error *error);
/* Appends a bank of at most capacity bytes. Errors of flash_bank_write. */
int flash_set_write(const struct flash_set *set, size_t capacity,
                    struct buffer *bank, struct error *error);
void flash_set_fini(struct flash_set *set);

/* Writes the fuses that the bundle needs into the registers at the start of a
 * SoC's fuse array; the words behind these stay. -EINVAL for a bundle that
 * cannot be read or an array that is too short. */
int flash_set_burn(const struct flash_set *set, struct buffer *array,
                   struct error *error);

#endif
