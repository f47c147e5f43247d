/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Mailbox commands of the Caliptra 1.x runtime besides those that its ROM
 * serves too (abi/caliptra_mailbox.h): codes and layouts. (Caliptra runtime
 * 1.2, README, "Mailbox commands")
 *
 * Freestanding C11, little-endian; P-384 numbers and digests are plain bytes
 * here, most significant first.
 */
#ifndef ABI_CALIPTRA_RUNTIME_H
#define ABI_CALIPTRA_RUNTIME_H

#include "abi/caliptra_assert.h"
#include "abi/caliptra_image.h"
#include "abi/caliptra_mailbox.h"

#define CALIPTRA_CMD_SET_AUTH_MANIFEST   0x41544d4eu
#define CALIPTRA_CMD_AUTHORIZE_AND_STASH 0x41545348u
#define CALIPTRA_CMD_FW_INFO             0x494e464fu
#define CALIPTRA_CMD_ECDSA384_VERIFY     0x53494756u
#define CALIPTRA_CMD_LMS_VERIFY          0x4c4d5356u
#define CALIPTRA_CMD_EXTEND_PCR          0x50435245u
#define CALIPTRA_CMD_QUOTE_PCRS          0x50435251u
#define CALIPTRA_CMD_GET_PCR_LOG         0x504c4f47u
#define CALIPTRA_CMD_INCREMENT_PCR_RESET 0x50435252u
#define CALIPTRA_CMD_DISABLE_ATTESTATION 0x4453424cu
#define CALIPTRA_CMD_GET_IDEV_CERT       0x49444543u
#define CALIPTRA_CMD_GET_IDEV_INFO       0x49444549u
#define CALIPTRA_CMD_POPULATE_IDEV_CERT  0x49444550u
#define CALIPTRA_CMD_GET_LDEV_CERT       0x4c444556u
#define CALIPTRA_CMD_GET_FMC_ALIAS_CERT  0x43455246u
#define CALIPTRA_CMD_GET_RT_ALIAS_CERT   0x43455252u
#define CALIPTRA_CMD_INVOKE_DPE          0x44504543u
#define CALIPTRA_CMD_DPE_TAG_TCI         0x54514754u
#define CALIPTRA_CMD_DPE_GET_TAGGED_TCI  0x47544744u
#define CALIPTRA_CMD_ADD_SUBJECT_NAME    0x414c544eu
#define CALIPTRA_CMD_CERTIFY_KEY_EXT     0x434b4558u
#define CALIPTRA_CMD_SIGN_WITH_EXPORTED  0x53574545u
#define CALIPTRA_CMD_REVOKE_EXPORTED     0x52564348u

enum {
    CALIPTRA_PCR_COUNT = 32,
    CALIPTRA_CERTIFICATE_MAX = 1024,
    CALIPTRA_IDEVID_TBS_MAX = 916,
    CALIPTRA_SUBJECT_NAME_MAX = 128,
};

/* The SoC manifest follows. */
struct caliptra_set_auth_manifest_request {
    struct caliptra_request_header header;
    uint32_t manifest_size;
};

enum {
    CALIPTRA_AUTH_MANIFEST_MAX = 14 << 10,
    CALIPTRA_AUTHORIZE_SKIP_STASH = 1
};

struct caliptra_authorize_request {
    struct caliptra_request_header header;
    uint32_t firmware_id;
    uint8_t measurement[48]; /* digest of the image */
    uint8_t context[48];
    uint32_t svn;
    uint32_t flags;  /* CALIPTRA_AUTHORIZE_SKIP_STASH */
    uint32_t source; /* CALIPTRA_SOC_SOURCE_IN_REQUEST */
};

struct caliptra_authorize_response {
    struct caliptra_response_header header;
    uint32_t result; /* CALIPTRA_IMAGE_* */
};
CALIPTRA_ASSERT_SIZE(caliptra_authorize_request, 116);
CALIPTRA_ASSERT_SIZE(caliptra_authorize_response, 12);

struct caliptra_fw_info_response {
    struct caliptra_response_header header;
    uint32_t pl0_pauser;
    uint32_t runtime_svn;
    uint32_t min_runtime_svn; /* lowest since the cold boot */
    uint32_t fmc_svn;
    uint32_t attestation_disabled;
    uint8_t rom_revision[CALIPTRA_REVISION_SIZE];
    uint8_t fmc_revision[CALIPTRA_REVISION_SIZE];
    uint8_t runtime_revision[CALIPTRA_REVISION_SIZE];
    uint32_t rom_digest[8];      /* words */
    uint32_t fmc_digest[12];     /* words */
    uint32_t runtime_digest[12]; /* words */
    uint32_t owner_key_hash[12]; /* words */
};

/* The digest is that in the SHA accelerator. */
struct caliptra_ecdsa_request {
    struct caliptra_request_header header;
    uint8_t x[48];
    uint8_t y[48];
    uint8_t r[48];
    uint8_t s[48];
};

/* The digest is that in the SHA accelerator. Key and signature have the fields
 * of RFC 8554 in its order, but the types are little-endian here. */
struct caliptra_lms_request {
    struct caliptra_request_header header;
    uint32_t key_tree_type;
    uint32_t key_ots_type;
    uint8_t key_id[16];
    uint8_t key_root[24];
    uint32_t q;
    uint8_t ots[1252]; /* type (big-endian), nonce, chains */
    uint32_t tree_type;
    uint8_t path[360];
};

struct caliptra_extend_pcr_request {
    struct caliptra_request_header header;
    uint32_t index;
    uint8_t value[48];
};

struct caliptra_pcr_reset_request {
    struct caliptra_request_header header;
    uint32_t index;
};

struct caliptra_quote_request {
    struct caliptra_request_header header;
    uint8_t nonce[32];
};

struct caliptra_quote_response {
    struct caliptra_response_header header;
    uint8_t pcrs[CALIPTRA_PCR_COUNT][48];
    uint8_t nonce[32];
    uint8_t digest[48]; /* SHA-384 of the PCRs, then the nonce */
    uint32_t resets[CALIPTRA_PCR_COUNT];
    uint8_t r[48];
    uint8_t s[48];
};

struct caliptra_idevid_cert_request {
    struct caliptra_request_header header;
    uint32_t tbs_size;
    uint8_t r[48];
    uint8_t s[48];
    uint8_t tbs[];
};

struct caliptra_idevid_info_response {
    struct caliptra_response_header header;
    uint8_t x[48];
    uint8_t y[48];
};

/* A request of variable size: as many bytes as it says. */
struct caliptra_sized_request {
    struct caliptra_request_header header;
    uint32_t size;
    uint8_t bytes[];
};

struct caliptra_sized_response {
    struct caliptra_response_header header;
    uint32_t size;
    uint8_t bytes[];
};

/* A name for a DPE context, to look up its measurements by. */
struct caliptra_tag_request {
    struct caliptra_request_header header;
    uint8_t handle[16];
    uint32_t tag;
};

struct caliptra_tagged_request {
    struct caliptra_request_header header;
    uint32_t tag;
};

struct caliptra_tagged_response {
    struct caliptra_response_header header;
    uint8_t cumulative[48];
    uint8_t current[48];
};

/* Sign with a key of a CDI that DPE exported. */
struct caliptra_export_sign_request {
    struct caliptra_request_header header;
    uint8_t export[32];
    uint8_t digest[48];
};

struct caliptra_export_sign_response {
    struct caliptra_response_header header;
    uint8_t x[48];
    uint8_t y[48];
    uint8_t r[48];
    uint8_t s[48];
};

struct caliptra_export_revoke_request {
    struct caliptra_request_header header;
    uint8_t export[32];
};

#define CALIPTRA_CERTIFY_OTHER_NAME 0x80000000u

/* CertifyKey of DPE without its header, with a response as DPE gives it. */
struct caliptra_certify_request {
    struct caliptra_request_header header;
    uint32_t flags; /* CALIPTRA_CERTIFY_OTHER_NAME */
    uint8_t command[72];
};

CALIPTRA_ASSERT_SIZE(caliptra_fw_info_response, 264);
CALIPTRA_ASSERT_SIZE(caliptra_ecdsa_request, 196);
CALIPTRA_ASSERT_SIZE(caliptra_lms_request, 1672);
CALIPTRA_ASSERT_SIZE(caliptra_extend_pcr_request, 56);
CALIPTRA_ASSERT_SIZE(caliptra_quote_response, 1848);

#endif
