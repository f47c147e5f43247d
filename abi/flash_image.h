/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Contents of the boot flash of board trust: two copies of update metadata, a
 * boot record, a recovery bank, two banks and a place for a capsule. A bank
 * starts with a directory of its images, the Caliptra flash image header that
 * 1.x systems use; each image for an application core starts with a header that
 * says where it goes, and is digested with it.
 *
 * Freestanding C11, little-endian.
 */
#ifndef ABI_FLASH_IMAGE_H
#define ABI_FLASH_IMAGE_H

#include <stddef.h>
#include <stdint.h>

/* ---- The flash ----------------------------------------------------------- */

enum {
    FLASH_SIZE = 128 << 20,
    FLASH_ERASE_SIZE = 64 << 10,
    FLASH_PAGE_SIZE = 256, /* programmed by one command */

    FLASH_METADATA_0 = 0x00000,
    FLASH_METADATA_1 = 0x10000,
    FLASH_BOOT_RECORD = 0x20000,
    FLASH_BOOT_RECORD_BLOCKS = 2, /* one is written while the other is good */
    FLASH_RECOVERY = 0x100000,
    FLASH_RECOVERY_SIZE = 6 << 20,
    FLASH_BANK_0 = FLASH_RECOVERY + FLASH_RECOVERY_SIZE,
    FLASH_BANK_SIZE = 40 << 20,
    FLASH_BANK_1 = FLASH_BANK_0 + FLASH_BANK_SIZE,
    FLASH_CAPSULE = FLASH_BANK_1 + FLASH_BANK_SIZE,
    FLASH_CAPSULE_SIZE = FLASH_SIZE - FLASH_CAPSULE,
};

_Static_assert(FLASH_CAPSULE_SIZE > FLASH_BANK_SIZE, "a capsule fills a bank");

/* ---- A bank's directory -------------------------------------------------- */

#define FLASH_DIRECTORY_MAGIC 0x48534c46u /* "FLSH" */

enum {
    FLASH_DIRECTORY_VERSION = 1,
    FLASH_IMAGES_MAX = 32,
    /* identifiers below FLASH_IMAGE_SOC are not of the SoC manifest */
    FLASH_IMAGE_CALIPTRA = 0,     /* firmware bundle */
    FLASH_IMAGE_SOC_MANIFEST = 1, /* authorization manifest */
    FLASH_IMAGE_SOC = 0x1000,     /* the first of the SoC's images */
    FLASH_IMAGE_MONITOR = 0x1000,
    FLASH_IMAGE_KERNEL = 0x1001,
    FLASH_IMAGE_DEVICE_TREE = 0x1002,
    FLASH_IMAGE_INITRD = 0x1003,
};

struct flash_directory {
    uint32_t magic;
    uint16_t version;
    uint16_t count;
    uint32_t header_crc32;  /* of the 8 bytes before */
    uint32_t payload_crc32; /* of the entries and all bytes of the images */
};

struct flash_entry {
    uint32_t id;
    uint32_t offset; /* from the directory */
    uint32_t size;
};

/* ---- The record of a trial ----------------------------------------------- */

#define FLASH_TRIAL_MAGIC 0x4c495254u /* "TRIL" */

enum { FLASH_TRIAL_BOOTS = 3 };

/* At FLASH_BOOT_RECORD, written before the bank of a new set becomes active. */
struct flash_trial {
    uint32_t magic;
    uint32_t bank;
    uint32_t lowest_version; /* the floor once it is accepted */
    uint32_t os_accepts;     /* 0: the first boot that succeeds accepts */
    uint32_t crc32;          /* of the words before */
    uint32_t boots;          /* a bit is cleared for each */
};

/* ---- An image of the SoC ------------------------------------------------- */

#define BOOT_IMAGE_MAGIC 0x474d4943u /* "CIMG" */

struct boot_image {
    uint32_t magic;
    uint32_t header_size; /* of this struct: the payload follows */
    uint32_t id;          /* as in directory and manifest */
    uint32_t version;
    uint32_t payload_size;
    uint32_t flags;
    uint64_t load_address; /* as the application cores see it */
    uint64_t entry_point;  /* with BOOT_IMAGE_STARTS */
    char name[24];         /* for people, NUL-padded */
};

enum {
    BOOT_IMAGE_STARTS = 1, /* application core 0 starts here */
    BOOT_IMAGE_SECURE = 2, /* loaded through the Secure address space */
};

_Static_assert(sizeof(struct flash_directory) == 16, "directory");
_Static_assert(sizeof(struct flash_entry) == 12, "entry");
_Static_assert(sizeof(struct boot_image) == 64, "boot image");
_Static_assert(sizeof(struct flash_trial) == 24, "trial");

#endif
