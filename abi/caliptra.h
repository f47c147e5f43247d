/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Caliptra: what the host tools, the SoC side and the firmware inside all see.
 * Firmware bundle layouts of generations 1.x and 2.x, mailbox command codes,
 * the hand-off table of the ROM, boot status and error codes.
 *
 * Freestanding C11. All integers are little-endian in memory. "Words" means
 * that a big-endian number or digest is cut into 32-bit words, most significant
 * first, each stored as an integer: in a file every group of four bytes is the
 * reverse of the standard encoding. P-384 numbers and SHA-384 digests are
 * words; LMS and ML-DSA fields are plain bytes.
 */
#ifndef ABI_CALIPTRA_H
#define ABI_CALIPTRA_H

#include <stddef.h>
#include <stdint.h>

#define CALIPTRA_ASSERT_SIZE(type, size)                                       \
    _Static_assert(sizeof(struct type) == (size), #type " has a wrong size")
#define CALIPTRA_ASSERT_OFFSET(type, field, offset)                            \
    _Static_assert(offsetof(struct type, field) == (offset),                   \
                   #type "." #field " is misplaced")

/* Memories of the 1.x core; 2.x has twice the ICCM, DCCM and mailbox. */
#define CALIPTRA_ROM_BASE   0x00000000u
#define CALIPTRA_ROM_SIZE   0x0000c000u
#define CALIPTRA_MBOX_BASE  0x30000000u
#define CALIPTRA_MBOX_SIZE  0x00020000u
#define CALIPTRA_ICCM_BASE  0x40000000u
#define CALIPTRA_ICCM_SIZE  0x00020000u
#define CALIPTRA_DCCM_BASE  0x50000000u
#define CALIPTRA_DCCM_SIZE  0x00020000u
#define CALIPTRA2_ROM_SIZE  0x00018000u
#define CALIPTRA2_MBOX_BASE 0x30040000u
#define CALIPTRA2_MBOX_SIZE 0x00040000u
#define CALIPTRA2_ICCM_SIZE 0x00040000u
#define CALIPTRA2_DCCM_SIZE 0x00040000u

/* What the 1.x ROM leaves in DCCM. */
#define CALIPTRA_DCCM_CFI_STATE       0x500003e4u
#define CALIPTRA_DCCM_BOOT_STATUS     0x500003fcu
#define CALIPTRA_DCCM_MANIFEST1       0x50000400u
#define CALIPTRA_DCCM_MANIFEST2       0x50001c00u
#define CALIPTRA_DCCM_FHT             0x50003400u
#define CALIPTRA_DCCM_LDEVID_TBS      0x50003c00u
#define CALIPTRA_DCCM_FMCALIAS_TBS    0x50004000u
#define CALIPTRA_DCCM_RTALIAS_TBS     0x50004400u /* by the FMC */
#define CALIPTRA_DCCM_PCR_LOG         0x50004800u
#define CALIPTRA_DCCM_MEASUREMENT_LOG 0x50004c00u
#define CALIPTRA_DCCM_FUSE_LOG        0x50005000u
#define CALIPTRA_DCCM_IDEVID_CSR      0x50008800u /* ROMs since 1.2 */

/* Behind it the runtime keeps what outlives warm and update resets, at places
 * that the ROM leaves alone; the ROM's stack starts above. */
#define CALIPTRA_DCCM_DPE        0x50005400u /* contexts, 5 KiB */
#define CALIPTRA_DCCM_SOC_IMAGES 0x50006c00u /* of the SoC manifest, 7 KiB */
#define CALIPTRA_DCCM_RUNTIME    0x50009000u /* 5 KiB */
#define CALIPTRA_DCCM_REQUEST    0x5000a400u /* lost with each command, 32 KiB */

enum {
    CALIPTRA_DIGEST_WORDS = 12,
    CALIPTRA_DIGEST_SIZE = 48,
    CALIPTRA_ECC_SCALAR_SIZE = 48,
    CALIPTRA_REVISION_SIZE = 20,
    CALIPTRA_DATE_SIZE = 15, /* ASN.1 GeneralizedTime, no terminator */

    CALIPTRA_VENDOR_ECC_KEYS = 4,
    CALIPTRA_VENDOR_LMS_KEYS = 32,
    CALIPTRA_VENDOR_MLDSA_KEYS = 4,
    CALIPTRA_TOC_ENTRIES = 2,

    CALIPTRA_LMS_N = 24,      /* SHA-256/192 */
    CALIPTRA_LMS_CHAINS = 51, /* LMOTS_SHA256_N24_W4 */
    CALIPTRA_LMS_HEIGHT = 15,
    CALIPTRA_LMS_TREE_TYPE = 12,    /* LMS_SHA256_M24_H15 */
    CALIPTRA_LMS_TREE_TYPE_N32 = 7, /* LMS_SHA256_M32_H15 */
    CALIPTRA_LMS_OTS_TYPE = 7,      /* LMOTS_SHA256_N24_W4 */
    CALIPTRA_LMS_KEY_SIZE = 48,
    CALIPTRA_LMS_SIGNATURE_SIZE = 1620,

    CALIPTRA_MLDSA_KEY_SIZE = 2592,
    CALIPTRA_MLDSA_SIGNATURE_SIZE = 4628, /* 4627 and one of padding */

    CALIPTRA_FMC_SVN_MAX = 32,
    CALIPTRA_RUNTIME_SVN_MAX = 128,
};

#define CALIPTRA_MANIFEST_MARKER  0x4e414d43u /* "CMAN" */
#define CALIPTRA2_MANIFEST_MARKER 0x324e4d43u /* "CMN2" */
#define CALIPTRA_MANIFEST_SIZE    5884u
#define CALIPTRA2_MANIFEST_SIZE   16956u

/* Generation 1.x firmware bundle ------------------------------------------ */

struct caliptra_ecc_key {
    uint32_t x[12]; /* words */
    uint32_t y[12];
};

struct caliptra_ecc_signature {
    uint32_t r[12]; /* words */
    uint32_t s[12];
};

struct caliptra_lms_key {
    uint8_t tree_type[4]; /* big-endian */
    uint8_t ots_type[4];  /* big-endian */
    uint8_t id[16];
    uint8_t root[24];
};

struct caliptra_lms_signature {
    uint8_t q[4];        /* big-endian */
    uint8_t ots_type[4]; /* big-endian */
    uint8_t nonce[24];
    uint8_t y[51][24];
    uint8_t tree_type[4]; /* big-endian */
    uint8_t path[15][24];
};

struct caliptra_signatures {
    struct caliptra_ecc_signature ecc;
    struct caliptra_lms_signature lms;
};

struct caliptra_vendor_keys {
    struct caliptra_ecc_key ecc[CALIPTRA_VENDOR_ECC_KEYS];
    struct caliptra_lms_key lms[CALIPTRA_VENDOR_LMS_KEYS];
};

struct caliptra_owner_keys {
    struct caliptra_ecc_key ecc;
    struct caliptra_lms_key lms;
};

struct caliptra_preamble {
    struct caliptra_vendor_keys vendor_keys;
    uint32_t vendor_ecc_index;
    uint32_t vendor_lms_index;
    struct caliptra_signatures vendor_signatures;
    struct caliptra_owner_keys owner_keys;
    struct caliptra_signatures owner_signatures;
    uint32_t reserved[2];
};

/* Validity dates that go into the FMC alias certificate. */
struct caliptra_signed_data {
    uint8_t not_before[CALIPTRA_DATE_SIZE];
    uint8_t not_after[CALIPTRA_DATE_SIZE];
    uint8_t reserved[10];
};

#define CALIPTRA_HEADER_PL0_VALID 0x1u /* flags: pl0_pauser counts */

struct caliptra_header {
    uint32_t revision[2];
    uint32_t vendor_ecc_index;
    uint32_t vendor_lms_index;
    uint32_t flags;
    uint32_t toc_count;
    uint32_t pl0_pauser;
    uint32_t toc_digest[12];                 /* words */
    struct caliptra_signed_data vendor_data; /* the vendor signs up to here */
    struct caliptra_signed_data owner_data;  /* the owner signs all */
};

#define CALIPTRA_TOC_FMC        1u /* id */
#define CALIPTRA_TOC_RUNTIME    2u
#define CALIPTRA_TOC_EXECUTABLE 1u /* type */

struct caliptra_toc_entry {
    uint32_t id;
    uint32_t type;
    uint8_t revision[CALIPTRA_REVISION_SIZE];
    uint32_t version;
    uint32_t svn; /* reserved in 2.x */
    uint32_t reserved;
    uint32_t load_address;
    uint32_t entry_point;
    uint32_t offset; /* from the start of the bundle */
    uint32_t size;
    uint32_t digest[12]; /* words */
};

struct caliptra_manifest {
    uint32_t marker;
    uint32_t size;
    struct caliptra_preamble preamble;
    struct caliptra_header header;
    struct caliptra_toc_entry fmc;
    struct caliptra_toc_entry runtime;
};

CALIPTRA_ASSERT_SIZE(caliptra_ecc_key, 96);
CALIPTRA_ASSERT_SIZE(caliptra_lms_key, CALIPTRA_LMS_KEY_SIZE);
CALIPTRA_ASSERT_SIZE(caliptra_lms_signature, CALIPTRA_LMS_SIGNATURE_SIZE);
CALIPTRA_ASSERT_SIZE(caliptra_vendor_keys, 1920);
CALIPTRA_ASSERT_SIZE(caliptra_owner_keys, 144);
CALIPTRA_ASSERT_SIZE(caliptra_header, 156);
CALIPTRA_ASSERT_OFFSET(caliptra_header, owner_data, 116);
CALIPTRA_ASSERT_SIZE(caliptra_toc_entry, 104);
CALIPTRA_ASSERT_OFFSET(caliptra_manifest, preamble.vendor_ecc_index, 0x788);
CALIPTRA_ASSERT_OFFSET(caliptra_manifest, preamble.vendor_signatures, 0x790);
CALIPTRA_ASSERT_OFFSET(caliptra_manifest, preamble.owner_keys, 0xe44);
CALIPTRA_ASSERT_OFFSET(caliptra_manifest, preamble.owner_signatures, 0xed4);
CALIPTRA_ASSERT_OFFSET(caliptra_manifest, preamble.reserved, 0x1588);
CALIPTRA_ASSERT_OFFSET(caliptra_manifest, header, 0x1590);
CALIPTRA_ASSERT_OFFSET(caliptra_manifest, fmc, 0x162c);
CALIPTRA_ASSERT_SIZE(caliptra_manifest, CALIPTRA_MANIFEST_SIZE);

/* Generation 2.x firmware bundle ------------------------------------------ */

enum { CALIPTRA2_PQC_MLDSA = 1, CALIPTRA2_PQC_LMS = 3 };
enum { CALIPTRA2_DESCRIPTOR_VERSION = 1 };

struct caliptra2_ecc_descriptor {
    uint16_t version;
    uint8_t reserved;
    uint8_t count; /* 1 to 4 */
    uint32_t key_digest[CALIPTRA_VENDOR_ECC_KEYS][12];
};

struct caliptra2_pqc_descriptor {
    uint16_t version;
    uint8_t type;
    uint8_t count; /* 1 to 32 for LMS, 1 to 4 for ML-DSA */
    uint32_t key_digest[CALIPTRA_VENDOR_LMS_KEYS][12];
};

/* LMS keys and signatures take the first bytes, zeros the rest. */
struct caliptra2_pqc_key {
    uint8_t bytes[CALIPTRA_MLDSA_KEY_SIZE];
};

struct caliptra2_pqc_signature {
    uint8_t bytes[CALIPTRA_MLDSA_SIGNATURE_SIZE];
};

struct caliptra2_signatures {
    struct caliptra_ecc_signature ecc;
    struct caliptra2_pqc_signature pqc;
};

struct caliptra2_owner_keys {
    struct caliptra_ecc_key ecc;
    struct caliptra2_pqc_key pqc;
};

struct caliptra2_preamble {
    struct caliptra2_ecc_descriptor ecc_descriptor;
    struct caliptra2_pqc_descriptor pqc_descriptor;
    uint32_t vendor_ecc_index;
    struct caliptra_ecc_key vendor_ecc_key;
    uint32_t vendor_pqc_index;
    struct caliptra2_pqc_key vendor_pqc_key;
    struct caliptra2_signatures vendor_signatures;
    struct caliptra2_owner_keys owner_keys;
    struct caliptra2_signatures owner_signatures;
    uint32_t reserved[2];
};

struct caliptra2_header {
    uint32_t revision[2];
    uint32_t vendor_ecc_index;
    uint32_t vendor_pqc_index;
    uint32_t flags;
    uint32_t toc_count;
    uint32_t pl0_pauser;
    uint32_t toc_digest[12];
    uint32_t svn;
    struct caliptra_signed_data vendor_data;
    struct caliptra_signed_data owner_data;
};

struct caliptra2_manifest {
    uint32_t marker;
    uint32_t size;
    uint8_t pqc_type;
    uint8_t reserved[3];
    struct caliptra2_preamble preamble;
    struct caliptra2_header header;
    struct caliptra_toc_entry fmc;
    struct caliptra_toc_entry runtime;
};

CALIPTRA_ASSERT_SIZE(caliptra2_ecc_descriptor, 196);
CALIPTRA_ASSERT_SIZE(caliptra2_pqc_descriptor, 1540);
CALIPTRA_ASSERT_SIZE(caliptra2_owner_keys, 2688);
CALIPTRA_ASSERT_SIZE(caliptra2_header, 160);
CALIPTRA_ASSERT_OFFSET(caliptra2_header, owner_data, 120);
CALIPTRA_ASSERT_OFFSET(caliptra2_manifest, preamble.pqc_descriptor, 0xd0);
CALIPTRA_ASSERT_OFFSET(caliptra2_manifest, preamble.vendor_ecc_index, 0x6d4);
CALIPTRA_ASSERT_OFFSET(caliptra2_manifest, preamble.vendor_pqc_index, 0x738);
CALIPTRA_ASSERT_OFFSET(caliptra2_manifest, preamble.vendor_signatures, 0x115c);
CALIPTRA_ASSERT_OFFSET(caliptra2_manifest, preamble.owner_keys, 0x23d0);
CALIPTRA_ASSERT_OFFSET(caliptra2_manifest, preamble.owner_signatures, 0x2e50);
CALIPTRA_ASSERT_OFFSET(caliptra2_manifest, header, 0x40cc);
CALIPTRA_ASSERT_OFFSET(caliptra2_manifest, fmc, 0x416c);
CALIPTRA_ASSERT_SIZE(caliptra2_manifest, CALIPTRA2_MANIFEST_SIZE);

/* Mailbox ------------------------------------------------------------------ */

/* Commands that a ROM serves. */
#define CALIPTRA_CMD_FIRMWARE_LOAD         0x46574c44u /* no checksum */
#define CALIPTRA_CMD_VERSION               0x46505652u
#define CALIPTRA_CMD_SELF_TEST_START       0x46504c54u
#define CALIPTRA_CMD_SELF_TEST_GET_RESULTS 0x46504c67u
#define CALIPTRA_CMD_SHUTDOWN              0x46505344u
#define CALIPTRA_CMD_CAPABILITIES          0x43415053u
#define CALIPTRA_CMD_STASH_MEASUREMENT     0x4d454153u
#define CALIPTRA_CMD_GET_IDEV_CSR          0x49444352u
/* Commands that only a runtime serves. */
#define CALIPTRA_CMD_SET_AUTH_MANIFEST   0x41544d4eu
#define CALIPTRA_CMD_AUTHORIZE_AND_STASH 0x41545348u

#define CALIPTRA_RESERVED_USER 0xffffffffu

/* Every other request starts with a checksum: zero minus the sum of the four
 * command bytes and the bytes of the payload that follows. */
struct caliptra_request_header {
    uint32_t checksum;
};

struct caliptra_response_header {
    uint32_t checksum;    /* of the rest of the response, command taken as 0 */
    uint32_t fips_status; /* 0: approved */
};

struct caliptra_stash_request {
    struct caliptra_request_header header;
    uint8_t metadata[4];
    uint8_t measurement[48];
    uint8_t context[48];
    uint32_t svn;
};

struct caliptra_stash_response {
    struct caliptra_response_header header;
    uint32_t dpe_result;
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

struct caliptra_version_response {
    struct caliptra_response_header header;
    uint32_t mode;        /* 0x46495053 */
    uint32_t fips_rev[3]; /* hardware, ROM (low) and FMC (high), runtime */
    uint8_t name[12];
};

struct caliptra_capabilities_response {
    struct caliptra_response_header header;
    uint8_t capabilities[16]; /* big-endian 128-bit mask */
};

CALIPTRA_ASSERT_SIZE(caliptra_stash_request, 108);
CALIPTRA_ASSERT_SIZE(caliptra_version_response, 36);
CALIPTRA_ASSERT_SIZE(caliptra_authorize_request, 116);
CALIPTRA_ASSERT_SIZE(caliptra_authorize_response, 12);

/* Hand-off ----------------------------------------------------------------- */

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

/* Boot status of the ROM (DCCM copy; the register only when debug is
 * unlocked). */
enum caliptra_boot_status {
    CALIPTRA_BOOT_IDEVID_UDS = 1,
    CALIPTRA_BOOT_IDEVID_FE = 2,
    CALIPTRA_BOOT_IDEVID_SECRETS_CLEARED = 3,
    CALIPTRA_BOOT_IDEVID_CDI = 4,
    CALIPTRA_BOOT_IDEVID_KEY = 5,
    CALIPTRA_BOOT_IDEVID_SERIAL = 6,
    CALIPTRA_BOOT_IDEVID_KEY_ID = 7,
    CALIPTRA_BOOT_IDEVID_CSR_MADE = 8,
    CALIPTRA_BOOT_IDEVID_CSR_SENT = 9,
    CALIPTRA_BOOT_IDEVID_DONE = 10,
    CALIPTRA_BOOT_LDEVID_CDI = 65,
    CALIPTRA_BOOT_LDEVID_KEY = 66,
    CALIPTRA_BOOT_LDEVID_SERIAL = 67,
    CALIPTRA_BOOT_LDEVID_KEY_ID = 68,
    CALIPTRA_BOOT_LDEVID_CERT = 69,
    CALIPTRA_BOOT_LDEVID_DONE = 70,
    CALIPTRA_BOOT_FW_DOWNLOADED = 129,
    CALIPTRA_BOOT_FW_MANIFEST = 130,
    CALIPTRA_BOOT_FW_VERIFIED = 131,
    CALIPTRA_BOOT_FW_DATA_VAULT = 132,
    CALIPTRA_BOOT_FW_PCRS = 133,
    CALIPTRA_BOOT_FW_LOADED = 134,
    CALIPTRA_BOOT_FW_TRANSFER_DONE = 135,
    CALIPTRA_BOOT_FW_DONE = 136,
    CALIPTRA_BOOT_FMCALIAS_CDI = 193,
    CALIPTRA_BOOT_FMCALIAS_KEY = 194,
    CALIPTRA_BOOT_FMCALIAS_SERIAL = 195,
    CALIPTRA_BOOT_FMCALIAS_KEY_ID = 196,
    CALIPTRA_BOOT_FMCALIAS_CERT = 197,
    CALIPTRA_BOOT_FMCALIAS_DONE = 198,
    CALIPTRA_BOOT_COLD_STARTED = 257,
    CALIPTRA_BOOT_COLD_DONE = 320,
    CALIPTRA_BOOT_UPDATE_STARTED = 321,
    CALIPTRA_BOOT_UPDATE_DONE = 328,
    CALIPTRA_BOOT_CFI = 385,
    CALIPTRA_BOOT_KAT_STARTED = 386,
    CALIPTRA_BOOT_KAT_DONE = 387,

    /* Of the FMC. */
    CALIPTRA_BOOT_RT_MEASURED = 0x400,
    CALIPTRA_BOOT_RT_ALIAS_CDI = 0x401,
    CALIPTRA_BOOT_RT_ALIAS_KEY = 0x402,
    CALIPTRA_BOOT_RT_ALIAS_SERIAL = 0x403,
    CALIPTRA_BOOT_RT_ALIAS_KEY_ID = 0x404,
    CALIPTRA_BOOT_RT_ALIAS_CERT = 0x405,
    CALIPTRA_BOOT_RT_ALIAS_DONE = 0x406,
    CALIPTRA_BOOT_RUNTIME_READY = 0x600,
    CALIPTRA_BOOT_RUNTIME_SELF_TEST = 0x601,
    CALIPTRA_BOOT_RUNTIME_SELF_TESTED = 0x602,
};

/* CPTRA_FW_ERROR_FATAL ------------------------------------------------------
 */

#define CALIPTRA_ERROR(name, code, text) CALIPTRA_ERROR_##name = (int)(code),
enum caliptra_error {
    CALIPTRA_ERROR_NONE = 0,
#include "abi/caliptra_errors.def"
};
#undef CALIPTRA_ERROR

#endif
