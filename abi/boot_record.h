/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The record by which the boot MCU tells the monitor of board trust: the images
 * that were authorised and where they are. At a fixed place of Secure memory,
 * which nothing else may be loaded over.
 *
 * Freestanding C11, little-endian.
 */
#ifndef ABI_BOOT_RECORD_H
#define ABI_BOOT_RECORD_H

#include <stdint.h>

#define BOOT_RECORD_PLACE 0x0efff000u
#define BOOT_RECORD_MAGIC 0x54425243u /* "CRBT" */

enum { BOOT_RECORD_IMAGES = 32, BOOT_RECORD_SIZE = 0x1000 };

struct boot_record_image {
    uint32_t id; /* abi/flash_image.h */
    uint32_t size;
    uint64_t address;
};

struct boot_record {
    uint32_t magic;
    uint32_t count;
    struct boot_record_image images[BOOT_RECORD_IMAGES];
};

_Static_assert(sizeof(struct boot_record) <= BOOT_RECORD_SIZE, "record");

#endif
