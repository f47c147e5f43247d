/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Contents of the boot flash of an ASPEED AST2700: the header of the boot MCU's
 * first mutable code (FMC), the Caliptra flash image with its SoC manifest, and
 * the FIT that older systems have instead. Freestanding C11, little-endian.
 *
 * Sources: fmc_imgtool 04dbbc3 (hdr_v1.py, hdr_v2.py, main.py), cptra_imgtool
 * 56eec09 (soc_man.rs), caliptra-mcu-sw 2b78374 (flash image of its xtask),
 * vbootrom ast27x0, and the boot MCU's runtime for Zephyr (its manifest code).
 */
#ifndef ABI_ASPEED_IMAGE_H
#define ABI_ASPEED_IMAGE_H

#include "abi/caliptra_assert.h"
#include "abi/caliptra_image.h"
#include "abi/caliptra_soc_manifest.h"
#include "abi/flash_image.h"

/* ---- Places in the flash ------------------------------------------------- */

enum {
    /* A1 boots the FMC header at 0, and its Caliptra flash image is here; A2
     * has no FMC header, and the Caliptra flash image at 0. */
    ASPEED_FLASH_IMAGE_A1 = 0x100000,
    /* Where a FIT is looked for: steps from 0 to a limit. */
    ASPEED_FIT_STEP = 0x10000,
    ASPEED_FIT_LIMIT = 0x400000,
};

/* ---- Firmware and its identifiers ---------------------------------------- */

/* In the SoC manifest. */
enum aspeed_firmware_id {
    ASPEED_FIRMWARE_MANIFEST = 0, /* in no manifest */
    ASPEED_FIRMWARE_MCU = 1,      /* the boot MCU's runtime: the FMC */
    ASPEED_FIRMWARE_DDR4_IMEM = 2,
    ASPEED_FIRMWARE_DDR4_DMEM = 3,
    ASPEED_FIRMWARE_DDR4_2D_IMEM = 4,
    ASPEED_FIRMWARE_DDR4_2D_DMEM = 5,
    ASPEED_FIRMWARE_DDR5_IMEM = 6,
    ASPEED_FIRMWARE_DDR5_DMEM = 7,
    ASPEED_FIRMWARE_DP = 8,
    ASPEED_FIRMWARE_UEFI = 9,
    ASPEED_FIRMWARE_BL31 = 10,
    ASPEED_FIRMWARE_OPTEE = 11,
    ASPEED_FIRMWARE_UBOOT = 12,
    ASPEED_FIRMWARE_SSP = 13,
    ASPEED_FIRMWARE_TSP = 14,
    ASPEED_FIRMWARE_COUNT
};

/* In the directory of the Caliptra flash image (struct flash_directory and
 * flash_entry; images are padded with zeros to words, and digested so). */
enum {
    ASPEED_ENTRY_CALIPTRA = 1,
    ASPEED_ENTRY_MANIFEST = 2,
    ASPEED_ENTRY_MCU = 3,
    ASPEED_ENTRY_SOC = 0x1000, /* firmware ASPEED_FIRMWARE_DDR4_IMEM and on */
};

/* The directory's identifier of a firmware. */
static inline uint32_t aspeed_entry_of(uint32_t firmware)
{
    switch (firmware) {
    case ASPEED_FIRMWARE_MANIFEST:
        return ASPEED_ENTRY_MANIFEST;
    case ASPEED_FIRMWARE_MCU:
        return ASPEED_ENTRY_MCU;
    default:
        return ASPEED_ENTRY_SOC + firmware - ASPEED_FIRMWARE_DDR4_IMEM;
    }
}

/* Where the boot MCU's runtime loads stage 1, as it sees memory: DRAM, which is
 * at 400000000 for the others, is at 80000000. From TF-A's platform, U-Boot's
 * configuration and its boot MCU's tree. */
#define ASPEED_LOAD_UBOOT 0x80000000u
#define ASPEED_LOAD_SSP   0xac000000u
#define ASPEED_LOAD_TSP   0xae000000u
#define ASPEED_LOAD_BL31  0xb0000000u
#define ASPEED_LOAD_OPTEE 0xb0080000u

/* The room that each has: up to the next, or as much as its reserved memory. */
#define ASPEED_ROOM_UBOOT 0x04000000u
#define ASPEED_ROOM_SSP   0x02000000u
#define ASPEED_ROOM_TSP   0x02000000u
#define ASPEED_ROOM_BL31  0x00080000u
#define ASPEED_ROOM_OPTEE 0x01000000u

/* Where the runtime itself is loaded and started: SRAM of the I/O die. */
#define ASPEED_LOAD_MCU 0x14b80000u

/* The stage that loads an image: bits 31:30 of caliptra_soc_image.flags. */
#define ASPEED_STAGE_SHIFT 30
enum {
    ASPEED_STAGE_NONE = 0, /* the boot ROM, or whoever needs it */
    ASPEED_STAGE_MCU = 1,  /* the boot MCU's runtime, before any release */
    ASPEED_STAGE_SSP = 2,
};

/* ---- The SoC manifest ---------------------------------------------------- */

/* Caliptra's preamble with a security version, and signatures over it by the
 * owner's firmware keys. Its size field is that of Caliptra's. */
struct aspeed_soc_preamble {
    uint32_t marker;
    uint32_t size;
    uint32_t version;
    uint32_t security_version;
    uint32_t flags;
    struct caliptra_owner_keys vendor_keys;
    struct caliptra_signatures vendor_endorsement;
    struct caliptra_owner_keys owner_keys;
    struct caliptra_signatures owner_endorsement;
    struct caliptra_signatures owner_security_version; /* q: little-endian */
    struct caliptra_signatures vendor_metadata;
    struct caliptra_signatures owner_metadata;
};

/* A file has all 127 places, and the signatures cover them all. */
struct aspeed_soc_manifest {
    struct aspeed_soc_preamble preamble;
    struct caliptra_soc_images images;
};

/* The data that owner_security_version signs. */
struct aspeed_signed_version {
    uint32_t version;
    uint32_t security_version;
    uint32_t flags;
    struct caliptra_owner_keys owner_keys;
};

CALIPTRA_ASSERT_OFFSET(aspeed_soc_preamble, owner_security_version, 3740);
CALIPTRA_ASSERT_SIZE(aspeed_soc_preamble, 8888);
CALIPTRA_ASSERT_SIZE(aspeed_soc_manifest, 16004);
CALIPTRA_ASSERT_SIZE(aspeed_signed_version, 156);

/* ---- The header of the first mutable code -------------------------------- */

#define ASPEED_FMC_MAGIC 0x48545341u /* "ASTH" */

enum {
    ASPEED_FMC_V1_MAX = 0x16000, /* bytes of code */
    ASPEED_FMC_V2_MAX = 0x38000,
    ASPEED_FMC_SVN_MAX = 64,
    ASPEED_FMC_KEYS = 16,
    ASPEED_FMC_PREBUILTS_V1 = 14,
    ASPEED_FMC_PREBUILTS_V2 = 12,
};

/* Prebuilt binaries lie behind the code, in the order of the list, which ends
 * with type 0. */
struct aspeed_fmc_prebuilt_v1 {
    uint32_t type;
    uint32_t size;
};

/* A0. */
struct aspeed_fmc_v1 {
    uint32_t magic;
    uint32_t version;
    uint32_t size; /* of the code that follows the header */
    struct aspeed_fmc_prebuilt_v1 prebuilts[ASPEED_FMC_PREBUILTS_V1];
    uint32_t reserved;
};

struct aspeed_fmc_prebuilt_v2 {
    uint32_t type;
    uint32_t size;
    uint8_t digest[CALIPTRA_DIGEST_SIZE];
};

/* The signed part of version 2. */
struct aspeed_fmc_body {
    uint32_t svn;
    uint32_t size;
    uint8_t digest[CALIPTRA_DIGEST_SIZE]; /* SHA-384 of the code */
    struct aspeed_fmc_prebuilt_v2 prebuilts[ASPEED_FMC_PREBUILTS_V2];
    uint8_t reserved[40];
};

/* A1 and later; zeros for a signature: there is none. */
struct aspeed_fmc_v2 {
    uint32_t magic;
    uint32_t version;
    uint32_t ecc_key_index;
    uint32_t lms_key_index;
    uint8_t ecc_signature[96];                   /* r, s: big-endian */
    struct caliptra_lms_signature lms_signature; /* q, tree_type: little */
    uint8_t reserved[60];
    struct aspeed_fmc_body body;
};

CALIPTRA_ASSERT_SIZE(aspeed_fmc_v1, 128);
CALIPTRA_ASSERT_SIZE(aspeed_fmc_body, 0x300);
CALIPTRA_ASSERT_OFFSET(aspeed_fmc_v2, body, 0x700);
CALIPTRA_ASSERT_SIZE(aspeed_fmc_v2, 2560);

#endif
