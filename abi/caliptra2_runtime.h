/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Mailbox commands of the Caliptra 2.x runtime whose form differs from 1.x
 * (abi/caliptra_runtime.h). (Caliptra runtime 2.0 and 2.1, README, "Mailbox
 * commands")
 *
 * Freestanding C11, little-endian; P-384 numbers and digests are plain bytes
 * unless they are said to be words.
 */
#ifndef ABI_CALIPTRA2_RUNTIME_H
#define ABI_CALIPTRA2_RUNTIME_H

#include "abi/caliptra_runtime.h"

#define CALIPTRA2_CMD_ECDSA384_VERIFY 0x45435632u
#define CALIPTRA2_CMD_LMS_VERIFY      0x4c4d5632u

/* The first part has the form of 1.x, with one version for all firmware: that
 * of the runtime; that of the FMC is the one of the cold boot. */
struct caliptra2_fw_info_response {
    struct caliptra_fw_info_response base;
    uint32_t soc_manifest_digest[12]; /* words */
    uint32_t last_error;
    uint32_t vendor_key_hash[12]; /* words */
    uint32_t pqc_type;
    uint32_t vendor_ecc_index;
    uint32_t vendor_pqc_index;
    uint32_t soc_manifest_svn;
    uint32_t soc_manifest_min_svn;
    uint32_t owner_manifest_svn;
    uint32_t owner_manifest_min_svn;
};
CALIPTRA_ASSERT_OFFSET(caliptra2_fw_info_response, soc_manifest_digest, 264);
CALIPTRA_ASSERT_SIZE(caliptra2_fw_info_response, 392);

/* The digest comes with the request. */
struct caliptra2_ecdsa_request {
    struct caliptra_ecdsa_request base;
    uint8_t digest[CALIPTRA_DIGEST_SIZE];
};

struct caliptra2_lms_request {
    struct caliptra_lms_request base;
    uint8_t digest[CALIPTRA_DIGEST_SIZE];
};

struct caliptra2_quote_response {
    struct caliptra_response_header header;
    uint8_t pcrs[CALIPTRA_PCR_COUNT][48];
    uint8_t nonce[32];
    uint32_t resets[CALIPTRA_PCR_COUNT];
    uint8_t digest[48]; /* SHA-512 of the PCRs, then the nonce: its start */
    uint8_t r[48];
    uint8_t s[48];
};
CALIPTRA_ASSERT_SIZE(caliptra2_quote_response, 1848);

#endif
