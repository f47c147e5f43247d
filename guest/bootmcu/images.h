/* SPDX-License-Identifier: Apache-2.0 */
/* A bank of the boot flash, and the images of the SoC in it. */
#ifndef GUEST_BOOTMCU_IMAGES_H
#define GUEST_BOOTMCU_IMAGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "abi/boot_record.h"
#include "abi/caliptra_soc_manifest.h"
#include "abi/flash_image.h"
#include "guest/bootmcu/metadata.h"

/* Where the banks lie, by their numbers. */
struct bank_place {
    const char *name;
    uint32_t place; /* in the flash */
    uint32_t room;
};
extern const struct bank_place bank_places[METADATA_RECOVERY + 1];

struct bank {
    uint32_t place; /* in the flash */
    uint32_t room;
    unsigned count;
    struct flash_entry entries[FLASH_IMAGES_MAX];
};

/* The reason of a refusal, in words that name the object; NULL: nothing. */
typedef const char *refusal;

/* Reads a bank's directory and checks its bounds and checksum. */
refusal images_open(struct bank *bank, uint32_t place, uint32_t room);
/* The entry with an identifier, or NULL. */
const struct flash_entry *images_find(const struct bank *bank, uint32_t id);
/* Where an entry's bytes are, in the mapped flash. */
const uint8_t *images_bytes(const struct bank *bank,
                            const struct flash_entry *entry);

/* Asks the root of trust about a digest: whether the image may run. */
refusal images_authorise(uint32_t id, const uint8_t digest[48]);

/* The version of a set, which all its images carry; 0 for none. */
uint32_t images_version(const struct bank *bank);

/* State with which the application cores are released. */
struct images_outcome {
    uint32_t version;    /* of the set: the monitor's */
    uint32_t authorised; /* their wires, abi/gate.h */
    uint64_t entry_point;
    bool starts;
    struct boot_record record; /* for the monitor */
};

/* Copies each image of the SoC to where its header says, digests the copy, and
 * asks the root of trust. No two may share a byte, and none that the manifest
 * signs may be missing: the directory is not signed, the set is. Leaves the
 * record of them for the monitor. */
refusal images_load(const struct bank *bank,
                    const struct caliptra_soc_images *all,
                    struct images_outcome *outcome);

#endif
