/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Data that the ROM of a Caliptra 2.x core leaves in DCCM for the FMC and the
 * runtime. (Caliptra 2.0 and 2.1, drivers: persistent data, hand-off table,
 * data vault) Versions of one generation agree; 2.0 and 2.1 have other places
 * and one word of the table differs.
 *
 * Freestanding C11, little-endian; "words" as in abi/caliptra_image.h.
 */
#ifndef ABI_CALIPTRA2_HANDOFF_H
#define ABI_CALIPTRA2_HANDOFF_H

#include "abi/caliptra_assert.h"
#include "abi/caliptra_handoff.h"
#include "abi/caliptra_image.h"

/* Places, 2.0 and 2.1. */
#define CALIPTRA20_DCCM_BOOT_STATUS 0x500003fcu
#define CALIPTRA20_DCCM_DATA_VAULT  0x50008c00u
#define CALIPTRA20_DCCM_FHT         0x5000c800u
#define CALIPTRA20_DCCM_CSRS        0x50017618u
#define CALIPTRA21_DCCM_BOOT_STATUS 0x5003fffcu
#define CALIPTRA21_DCCM_DATA_VAULT  0x5003535cu
#define CALIPTRA21_DCCM_FHT         0x50038f5cu
#define CALIPTRA21_DCCM_CSRS        0x5003d75cu

/* Where our runtime keeps its own: neither the data nor the stack of a ROM of
 * 2.0 or 2.1 is there at a warm or update reset. Our stack ends the range. */
#define CALIPTRA2_DCCM_REQUEST     0x5001c000u /* lost with each command */
#define CALIPTRA2_DCCM_DPE         0x50027000u
#define CALIPTRA2_DCCM_SOC_IMAGES  0x50028400u
#define CALIPTRA2_DCCM_RUNTIME     0x5002a000u
#define CALIPTRA2_DCCM_RTALIAS_TBS 0x5002b400u
#define CALIPTRA2_DCCM_STACK_END   0x50030000u

/* The hand-off table begins alike... */
struct caliptra2_fht {
    uint32_t marker; /* CALIPTRA_FHT_MARKER */
    uint16_t major_version;
    uint16_t minor_version;
    uint32_t manifest_address;
    uint32_t fips_handle;
    uint32_t fmc_cdi_handle;
    uint32_t fmc_private_key_handle;
    uint32_t fmc_mldsa_seed_handle;
    uint32_t rt_cdi_handle;
    uint32_t rt_private_key_handle;
};

/* ...and goes on alike, at once in 2.0; in 2.1 behind the handle of the
 * runtime's seed for ML-DSA. */
enum { CALIPTRA20_FHT_REST = 36, CALIPTRA21_FHT_REST = 40 };
struct caliptra2_fht_rest {
    uint32_t ldevid_tbs_address;
    uint32_t fmcalias_tbs_address;
    uint16_t ldevid_tbs_size;
    uint16_t fmcalias_tbs_size;
    uint32_t mldsa_ldevid_tbs_address;
    uint32_t mldsa_fmcalias_tbs_address;
    uint16_t mldsa_ldevid_tbs_size;
    uint16_t mldsa_fmcalias_tbs_size;
    uint32_t pcr_log_address;
    uint32_t pcr_log_index;
    uint32_t measurement_log_address;
    uint32_t measurement_log_index;
    uint32_t fuse_log_address;
    struct caliptra_ecc_key rt_public_key;
    struct caliptra_ecc_signature rt_signature;
    struct caliptra_ecc_key idevid_public_key;
    uint32_t idevid_mldsa_key_address;
    uint32_t rom_info_address;
    uint16_t rtalias_tbs_size;
    uint16_t key_ladder_max_svn;
    uint32_t key_ladder_handle;
};
CALIPTRA_ASSERT_SIZE(caliptra2_fht, CALIPTRA20_FHT_REST);
CALIPTRA_ASSERT_OFFSET(caliptra2_fht_rest, pcr_log_address, 24);
CALIPTRA_ASSERT_OFFSET(caliptra2_fht_rest, rt_public_key, 44);
CALIPTRA_ASSERT_SIZE(caliptra2_fht_rest, 348);

/* The ROM locks it with entries of the PMP: the first part until power is
 * lost, the second with each reset. */
struct caliptra2_data_vault {
    struct caliptra_ecc_signature ldevid_signature;
    struct caliptra_ecc_key ldevid_key;
    struct caliptra2_pqc_signature ldevid_mldsa_signature;
    struct caliptra2_pqc_key ldevid_mldsa_key;
    struct caliptra_ecc_signature fmc_signature;
    struct caliptra_ecc_key fmc_key;
    struct caliptra2_pqc_signature fmc_mldsa_signature;
    struct caliptra2_pqc_key fmc_mldsa_key;
    uint32_t fmc_digest[12];     /* words */
    uint32_t owner_key_hash[12]; /* words */
    uint32_t cold_boot_svn;
    uint32_t cold_boot_status;
    uint32_t fmc_entry;
    uint32_t vendor_ecc_index;
    uint32_t vendor_pqc_index;
    uint32_t runtime_digest[12]; /* words */
    uint32_t svn;
    uint32_t runtime_entry;
    uint32_t manifest_address;
    uint32_t min_svn;
    uint32_t update_status;
};
CALIPTRA_ASSERT_OFFSET(caliptra2_data_vault, fmc_digest, 14824);
CALIPTRA_ASSERT_OFFSET(caliptra2_data_vault, runtime_digest, 14940);
CALIPTRA_ASSERT_SIZE(caliptra2_data_vault, 15008);

/* The requests for certificates of the IDevID start so; that for ML-DSA and a
 * code that authenticates both follow. */
struct caliptra2_csrs {
    uint32_t marker;
    uint32_t size;
    struct caliptra_idevid_csr ecc;
};

#endif
