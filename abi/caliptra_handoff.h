/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Data that the ROM of a Caliptra 1.x core leaves in DCCM for the FMC and the
 * runtime: the hand-off table, logs, the request for a certificate; and the
 * PCRs that both generations extend. Addresses are in abi/caliptra_memory.h,
 * the table of 2.x in abi/caliptra2_handoff.h.
 *
 * Freestanding C11, little-endian; "words" as in abi/caliptra_image.h.
 */
#ifndef ABI_CALIPTRA_HANDOFF_H
#define ABI_CALIPTRA_HANDOFF_H

#include <stdint.h>

#include "abi/caliptra_assert.h"
#include "abi/caliptra_image.h"

#define CALIPTRA_FHT_MARKER         0x54484643u /* "CFHT" */
#define CALIPTRA_FHT_INVALID_HANDLE 0xffffffffu

/* A handle says where a value is: vault, register type, number. */
#define CALIPTRA_HANDLE(vault, type, number)                                   \
    ((uint32_t)(vault) << 12 | (uint32_t)(type) << 8 | (uint32_t)(number))
enum {
    CALIPTRA_VAULT_KEY = 1,
    CALIPTRA_VAULT_PCR = 2,
    CALIPTRA_VAULT_DATA = 3
};
enum {
    CALIPTRA_DV_STICKY_32 = 1,
    CALIPTRA_DV_STICKY_384 = 2,
    CALIPTRA_DV_NON_STICKY_32 = 3,
    CALIPTRA_DV_NON_STICKY_384 = 4,
};

/* Firmware hand-off table of 1.x, in DCCM. */
struct caliptra_fht {
    uint32_t marker;
    uint16_t major_version;
    uint16_t minor_version;
    uint32_t manifest_address;
    uint32_t fips_address;
    uint32_t rt_entry_handle;
    uint32_t fmc_tci_handle;
    uint32_t fmc_cdi_handle;
    uint32_t fmc_private_key_handle;
    uint32_t fmc_public_x_handle;
    uint32_t fmc_public_y_handle;
    uint32_t fmc_cert_r_handle;
    uint32_t fmc_cert_s_handle;
    uint32_t fmc_svn_handle;
    uint32_t rt_tci_handle;
    uint32_t rt_cdi_handle;
    uint32_t rt_private_key_handle;
    uint32_t rt_svn_handle;
    uint32_t rt_min_svn_handle;
    uint32_t ldevid_tbs_address;
    uint32_t fmcalias_tbs_address;
    uint16_t ldevid_tbs_size;
    uint16_t fmcalias_tbs_size;
    uint32_t pcr_log_address;
    uint32_t pcr_log_index;
    uint32_t measurement_log_address;
    uint32_t measurement_log_index;
    uint32_t fuse_log_address;
    uint32_t rt_public_key[24];
    uint32_t rt_signature[24];
    uint32_t ldevid_cert_r_handle;
    uint32_t ldevid_cert_s_handle;
    uint32_t idevid_public_key[24];
    uint32_t rom_info_address;
    uint16_t rtalias_tbs_size;
    uint8_t reserved[1642];
};
CALIPTRA_ASSERT_SIZE(caliptra_fht, 2048);

/* The end of a 1.x ROM: the SHA-256 digest of the blocks before it as the
 * processor reads their words. */
struct caliptra_rom_info {
    uint32_t digest[8];
    uint8_t revision[CALIPTRA_REVISION_SIZE];
    uint32_t flags;
    uint16_t version;
    uint16_t reserved;
};
CALIPTRA_ASSERT_SIZE(caliptra_rom_info, 60);

/* The request for a certificate of the IDevID, kept for the runtime. */
#define CALIPTRA_CSR_MAX  512u
#define CALIPTRA_CSR_NONE 0xffffffffu /* size: none was asked for */
struct caliptra_idevid_csr {
    uint32_t size;
    uint8_t bytes[CALIPTRA_CSR_MAX];
};

enum { CALIPTRA_TBS_MAX = 1024 }; /* room of each in DCCM */

struct caliptra_pcr_log_entry {
    uint16_t id;
    uint16_t reserved;
    uint32_t pcr_mask;
    uint32_t words[12];
};

struct caliptra_measurement_log_entry {
    struct caliptra_pcr_log_entry pcr;
    uint8_t metadata[4];
    uint32_t context[12];
    uint32_t svn;
    uint8_t reserved[4];
};

struct caliptra_fuse_log_entry {
    uint32_t id;
    uint32_t value;
    uint32_t reserved[2];
};
CALIPTRA_ASSERT_SIZE(caliptra_pcr_log_entry, 56);
CALIPTRA_ASSERT_SIZE(caliptra_measurement_log_entry, 116);

enum {
    CALIPTRA_PCR_LOG_DEVICE_STATUS = 1, /* 9 bytes in 1.x */
    CALIPTRA_PCR_LOG_VENDOR_KEY_HASH = 2,
    CALIPTRA_PCR_LOG_OWNER_KEY_HASH = 3,
    CALIPTRA_PCR_LOG_FMC_TCI = 4,
    CALIPTRA_PCR_LOG_STASH = 5,
    CALIPTRA_PCR_LOG_RT_TCI = 6,
    CALIPTRA_PCR_LOG_FW_MANIFEST = 7,
    CALIPTRA_PCR_LOG_MAX = 17,
    CALIPTRA_MEASUREMENT_LOG_MAX = 8,
    CALIPTRA_FUSE_LOG_MAX = 62,
};

enum {
    CALIPTRA_FUSE_LOG_VENDOR_ECC_INDEX = 1,
    CALIPTRA_FUSE_LOG_VENDOR_ECC_REVOCATION = 2,
    CALIPTRA_FUSE_LOG_FMC_SVN = 3,
    CALIPTRA_FUSE_LOG_RESERVED0 = 4,
    CALIPTRA_FUSE_LOG_FUSE_FMC_SVN = 5,
    CALIPTRA_FUSE_LOG_RUNTIME_SVN = 6,
    CALIPTRA_FUSE_LOG_RESERVED1 = 7,
    CALIPTRA_FUSE_LOG_FUSE_RUNTIME_SVN = 8,
    CALIPTRA_FUSE_LOG_VENDOR_LMS_INDEX = 9,
    CALIPTRA_FUSE_LOG_VENDOR_LMS_REVOCATION = 10,
};

enum {
    CALIPTRA_PCR_FMC_CURRENT = 0,
    CALIPTRA_PCR_FMC_JOURNEY = 1,
    CALIPTRA_PCR_RT_CURRENT = 2,
    CALIPTRA_PCR_RT_JOURNEY = 3,
    CALIPTRA_PCR_STASH = 31,
};

#endif
