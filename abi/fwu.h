/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Firmware update metadata, version 2 (Arm DEN0118, section 2): which of up to
 * four banks is active, and how far each is trusted. Kept twice; a reader
 * takes the other copy when one is damaged.
 *
 * Freestanding C11, little-endian. The checksum is CRC-32 (IEEE 802.3) over
 * everything behind it, metadata_size bytes in all.
 */
#ifndef ABI_FWU_H
#define ABI_FWU_H

#include "abi/uefi_capsule.h"

enum {
    FWU_VERSION = 2,
    FWU_BANKS_MAX = 4,
    FWU_DESCRIPTOR_OFFSET = 32,
    /* states of a bank: each clears bits of the one before, so that flash takes
     * it without an erase */
    FWU_BANK_INVALID = 0xff,
    FWU_BANK_VALID = 0xfe, /* on trial */
    FWU_BANK_ACCEPTED = 0xfc,
    FWU_IMAGE_ACCEPTED = 1, /* of fwu_bank_entry.accepted */
};

/* Status codes that an update agent answers (section 3.3). */
enum {
    FWU_SUCCESS = 0,
    FWU_OUT_OF_BOUNDS = -3,
    FWU_DENIED = -6,
    FWU_NOT_AVAILABLE = -8,
};

struct fwu_metadata {
    uint32_t crc32;
    uint32_t version;
    uint32_t active_index;
    uint32_t previous_active_index;
    uint32_t metadata_size;
    uint16_t descriptor_offset; /* 0 without a descriptor */
    uint16_t reserved0;
    uint8_t bank_state[FWU_BANKS_MAX];
    uint32_t reserved1;
};

/* The store descriptor; image entries of image_entry_size follow. */
struct fwu_descriptor {
    uint8_t bank_count;
    uint8_t reserved;
    uint16_t image_count;
    uint16_t image_entry_size;
    uint16_t bank_entry_size;
};

/* An image entry: this, then a bank entry for each bank. */
struct fwu_image_entry {
    struct uefi_guid image_type;
    struct uefi_guid location;
};

struct fwu_bank_entry {
    struct uefi_guid image;
    uint32_t accepted;
    uint32_t reserved;
};

_Static_assert(sizeof(struct fwu_metadata) == FWU_DESCRIPTOR_OFFSET, "header");
_Static_assert(sizeof(struct fwu_descriptor) == 8, "descriptor");
_Static_assert(sizeof(struct fwu_image_entry) == 32, "image entry");
_Static_assert(sizeof(struct fwu_bank_entry) == 24, "bank entry");

#endif
