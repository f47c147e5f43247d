/* SPDX-License-Identifier: Apache-2.0 */
/* Sets of images and update metadata in the flash of tests/bootmcu/soc.h. */
#ifndef TESTS_BOOTMCU_SET_H
#define TESTS_BOOTMCU_SET_H

#include "abi/flash_image.h"
#include "tests/bootmcu/soc.h"
#include "trust/flash/fwu.h"

struct set_image {
    uint32_t id;
    uint32_t flags;
    uint64_t load_address;
    uint64_t entry_point;
    uint32_t size;    /* of the payload */
    uint32_t version; /* 0: as the set */
};

enum { SET_IMAGES = 4, SET_BUNDLE_SIZE = 1001 };

struct set {
    uint32_t version;
    unsigned count;
    struct set_image images[SET_IMAGES];
    bool without_bundle;
    bool without_manifest;
    uint32_t manifest_size; /* 0: as many bytes as it has */
};

/* A monitor that starts, in Secure memory, and a kernel. */
struct set boot_mcu_set(uint32_t version);
/* Appends its bank; the manifest has the digests of all. */
void boot_mcu_set_write(const struct set *set, struct buffer *out);
/* Into the flash. */
void boot_mcu_set_place(struct boot_mcu_soc *soc, uint32_t place,
                        const struct set *set);

/* Bank 0 is active and accepted, and nothing is in bank 1. */
struct fwu boot_mcu_metadata(void);
void boot_mcu_metadata_place(struct boot_mcu_soc *soc, const struct fwu *fwu);
/* One test's machine: version 5 in bank 0. */
struct boot_mcu_soc *boot_mcu_good(void);

#endif
