/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Firmware bundles of Caliptra 1.x and 2.x: keys, signatures, manifest.
 *
 * Freestanding C11. All integers are little-endian in memory. "Words" means
 * that a big-endian number or digest is cut into 32-bit words, most significant
 * first, each stored as an integer: in a file every group of four bytes is the
 * reverse of the standard encoding. P-384 numbers and SHA-384 digests are
 * words; LMS and ML-DSA fields are plain bytes.
 */
#ifndef ABI_CALIPTRA_IMAGE_H
#define ABI_CALIPTRA_IMAGE_H

#include <stddef.h>
#include <stdint.h>

#include "abi/caliptra_assert.h"

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

/* ---- Generation 1.x ------------------------------------------------------ */

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

/* ---- Generation 2.x ------------------------------------------------------ */

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

#endif
