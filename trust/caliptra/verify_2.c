/* SPDX-License-Identifier: Apache-2.0 */
/* The manifest of generation 2.x up to its header. */
#include <stdlib.h>
#include <string.h>

#include "abi/caliptra_image.h"
#include "abi/caliptra_status.h"
#include "base/bits.h"
#include "trust/caliptra/checks.h"
#include "trust/caliptra/words.h"

enum { MLDSA_KEYS_MAX = CALIPTRA_VENDOR_MLDSA_KEYS };

static bool check_marker(struct checks *checks,
                         const struct caliptra2_manifest *m)
{
    static const char name[] = "manifest marker and size";
    if (m->marker != CALIPTRA2_MANIFEST_MARKER) {
        return checks_fail(
            checks, name, CALIPTRA_ERROR_MANIFEST_MARKER_MISMATCH,
            "marker 0x%08x, not 0x%08x", m->marker, CALIPTRA2_MANIFEST_MARKER);
    }
    if (m->size != CALIPTRA2_MANIFEST_SIZE) {
        return checks_fail(checks, name, CALIPTRA_ERROR_MANIFEST_SIZE_MISMATCH,
                           "size field %u, not %u", m->size,
                           CALIPTRA2_MANIFEST_SIZE);
    }
    return checks_pass(checks, name);
}

static bool is_pqc_type(uint32_t type)
{
    return type == CALIPTRA2_PQC_MLDSA || type == CALIPTRA2_PQC_LMS;
}

static bool check_type(struct checks *checks,
                       const struct caliptra2_manifest *m)
{
    static const char name[] = "PQC key type";
    if (!is_pqc_type(m->pqc_type)) {
        return checks_fail(checks, name, CALIPTRA_ERROR_PQC_TYPE_INVALID,
                           "type %u", m->pqc_type);
    }
    if (!checks_provisioned(checks)) {
        return checks_skip(checks, name);
    }
    uint32_t fuse = checks->fuses->pqc_key_type;
    if (fuse != m->pqc_type) {
        return checks_fail(checks, name,
                           is_pqc_type(fuse)
                               ? CALIPTRA_ERROR_PQC_TYPE_FUSE_MISMATCH
                               : CALIPTRA_ERROR_PQC_TYPE_FUSE_INVALID,
                           "type %u, the fuse says %u", m->pqc_type, fuse);
    }
    return checks_pass(checks, name);
}

static uint32_t descriptor_code(const struct caliptra2_manifest *m)
{
    const struct caliptra2_ecc_descriptor *ecc = &m->preamble.ecc_descriptor;
    const struct caliptra2_pqc_descriptor *pqc = &m->preamble.pqc_descriptor;
    unsigned pqc_max = m->pqc_type == CALIPTRA2_PQC_MLDSA
                           ? MLDSA_KEYS_MAX
                           : CALIPTRA_VENDOR_LMS_KEYS;
    if (ecc->version != CALIPTRA2_DESCRIPTOR_VERSION) {
        return CALIPTRA_ERROR_ECC_DESCRIPTOR_VERSION;
    }
    if (ecc->count == 0) {
        return CALIPTRA_ERROR_ECC_DESCRIPTOR_COUNT_ZERO;
    }
    if (ecc->count > CALIPTRA_VENDOR_ECC_KEYS) {
        return CALIPTRA_ERROR_ECC_DESCRIPTOR_COUNT_TOO_LARGE;
    }
    if (pqc->version != CALIPTRA2_DESCRIPTOR_VERSION) {
        return CALIPTRA_ERROR_PQC_DESCRIPTOR_VERSION;
    }
    if (pqc->type != m->pqc_type) {
        return CALIPTRA_ERROR_PQC_DESCRIPTOR_TYPE;
    }
    if (pqc->count == 0) {
        return CALIPTRA_ERROR_PQC_DESCRIPTOR_COUNT_ZERO;
    }
    return pqc->count > pqc_max ? CALIPTRA_ERROR_PQC_DESCRIPTOR_COUNT_TOO_LARGE
                                : 0;
}

static bool check_descriptors(struct checks *checks,
                              const struct caliptra2_manifest *m)
{
    static const char name[] = "vendor key descriptors";
    const struct caliptra2_ecc_descriptor *ecc = &m->preamble.ecc_descriptor;
    const struct caliptra2_pqc_descriptor *pqc = &m->preamble.pqc_descriptor;
    /* A zero fuse is found before the descriptors are looked at. */
    static const uint8_t zero[CALIPTRA_DIGEST_SIZE];
    if (memcmp(checks->fuses->vendor_key_hash, zero, sizeof(zero)) == 0) {
        return checks_vendor_hash(checks, ecc, 0);
    }
    uint32_t code = descriptor_code(m);
    if (code != 0) {
        return checks_fail(checks, name, code,
                           "ECC version %u with %u keys, PQC version %u, type "
                           "%u with %u keys",
                           ecc->version, ecc->count, pqc->version, pqc->type,
                           pqc->count);
    }
    return checks_pass(checks, name) &&
           checks_vendor_hash(checks, &m->preamble.ecc_descriptor,
                              sizeof(*ecc) + sizeof(*pqc));
}

static bool check_active(struct checks *checks, const char *name,
                         const uint32_t *expected, const void *key,
                         size_t key_size, uint32_t code)
{
    uint32_t digest[CALIPTRA_DIGEST_WORDS];
    words_sha384(digest, key, key_size);
    if (memcmp(digest, expected, sizeof(digest)) != 0) {
        return checks_fail(checks, name, code,
                           "the key hashes to %08x%08x..., its descriptor "
                           "says %08x%08x...",
                           digest[0], digest[1], expected[0], expected[1]);
    }
    return checks_pass(checks, name);
}

static bool check_active_keys(struct checks *checks,
                              const struct caliptra2_manifest *m)
{
    static const char ecc_name[] = "active vendor ECC key";
    static const char pqc_name[] = "active vendor PQC key";
    const struct caliptra2_preamble *p = &m->preamble;
    bool mldsa = m->pqc_type == CALIPTRA2_PQC_MLDSA;
    if (p->vendor_ecc_index >= CALIPTRA_VENDOR_ECC_KEYS) {
        return checks_fail(checks, ecc_name,
                           CALIPTRA_ERROR_VENDOR_ECC_INDEX_OUT_OF_BOUNDS,
                           "index %u", p->vendor_ecc_index);
    }
    if (!check_active(checks, ecc_name,
                      p->ecc_descriptor.key_digest[p->vendor_ecc_index],
                      &p->vendor_ecc_key, sizeof(p->vendor_ecc_key),
                      CALIPTRA_ERROR_VENDOR_ECC_KEY_DIGEST_MISMATCH)) {
        return false;
    }
    if (p->vendor_pqc_index >= (mldsa ? (uint32_t)MLDSA_KEYS_MAX
                                      : (uint32_t)CALIPTRA_VENDOR_LMS_KEYS)) {
        return checks_fail(checks, pqc_name,
                           CALIPTRA_ERROR_VENDOR_LMS_INDEX_OUT_OF_BOUNDS,
                           "index %u", p->vendor_pqc_index);
    }
    return check_active(checks, pqc_name,
                        p->pqc_descriptor.key_digest[p->vendor_pqc_index],
                        p->vendor_pqc_key.bytes,
                        mldsa ? CALIPTRA_MLDSA_KEY_SIZE : CALIPTRA_LMS_KEY_SIZE,
                        CALIPTRA_ERROR_VENDOR_PQC_KEY_DIGEST_MISMATCH);
}

static bool check_vendor_keys(struct checks *checks,
                              const struct caliptra2_manifest *m)
{
    if (!checks_provisioned(checks)) {
        return checks_skip(checks, "vendor key descriptors") &&
               checks_skip(checks, "vendor key hash") &&
               checks_skip(checks, "active vendor keys");
    }
    return check_descriptors(checks, m) && check_active_keys(checks, m);
}

/* The ROM counts from the descriptor even where it did not check it; a count of
 * 0 then wraps around and bounds nothing. */
static uint32_t key_count(uint8_t count)
{
    return count == 0 ? UINT32_MAX : count;
}

static bool check_indices(struct checks *checks,
                          const struct caliptra2_manifest *m)
{
    const struct caliptra2_preamble *p = &m->preamble;
    const struct fuses *fuses = checks->fuses;
    uint32_t pqc_revocation = 0;
    if (fuses != NULL) {
        pqc_revocation = m->pqc_type == CALIPTRA2_PQC_MLDSA
                             ? fuses->mldsa_revocation
                             : fuses->lms_revocation;
    }
    struct index_check ecc = {
        .name = "vendor ECC key",
        .index = p->vendor_ecc_index,
        .count = key_count(p->ecc_descriptor.count),
        .revocation = fuses != NULL ? fuses->ecc_revocation : 0,
        .bounds_code = CALIPTRA_ERROR_VENDOR_ECC_INDEX_OUT_OF_BOUNDS,
        .revoked_code = CALIPTRA_ERROR_VENDOR_ECC_KEY_REVOKED,
    };
    struct index_check pqc = {
        .name = "vendor PQC key",
        .index = p->vendor_pqc_index,
        .count = key_count(p->pqc_descriptor.count),
        .revocation = pqc_revocation,
        .bounds_code = CALIPTRA_ERROR_VENDOR_LMS_INDEX_OUT_OF_BOUNDS,
        .revoked_code = CALIPTRA_ERROR_VENDOR_PQC_KEY_REVOKED,
    };
    return checks_index(checks, &ecc) && checks_index(checks, &pqc);
}

/* ML-DSA signs the header itself, not its digest. */
static bool check_mldsa(struct checks *checks,
                        const struct caliptra2_manifest *m, const char *name,
                        const struct signature_check *check, uint32_t code)
{
    if (m->pqc_type != CALIPTRA2_PQC_MLDSA) {
        return true;
    }
    if (!mldsa87_verify(check->lms_key, check->signed_bytes, check->signed_size,
                        check->lms_signature)) {
        return checks_fail(checks, name, code,
                           "the header was not signed with this key");
    }
    return checks_pass(checks, name);
}

static bool check_pqc(struct checks *checks, const struct caliptra2_manifest *m,
                      const struct signature_check *check, uint32_t mldsa_code)
{
    return check->lms
               ? checks_lms(checks, check)
               : check_mldsa(checks, m, check->lms_name, check, mldsa_code);
}

static bool check_vendor_signature(struct checks *checks,
                                   const struct caliptra2_manifest *m)
{
    const struct caliptra2_preamble *p = &m->preamble;
    struct signature_check check = {
        .ecc_name = "vendor ECC signature",
        .lms_name = "vendor PQC signature",
        .signed_bytes = &m->header,
        .signed_size = offsetof(struct caliptra2_header, owner_data),
        .ecc_key = &p->vendor_ecc_key,
        .ecc_signature = &p->vendor_signatures.ecc,
        .key_zero_code = CALIPTRA_ERROR_VENDOR_ECC_KEY_ZERO,
        .signature_zero_code = CALIPTRA_ERROR_VENDOR_ECC_SIGNATURE_ZERO,
        .ecc_failure_code = CALIPTRA_ERROR_VENDOR_ECC_VERIFY_FAILURE,
        .ecc_invalid_code = CALIPTRA_ERROR_VENDOR_ECC_SIGNATURE_INVALID,
        .lms = m->pqc_type == CALIPTRA2_PQC_LMS,
        .lms_key = p->vendor_pqc_key.bytes,
        .lms_signature = p->vendor_signatures.pqc.bytes,
        .lms_failure_code = CALIPTRA_ERROR_VENDOR_LMS_VERIFY_FAILURE,
        .lms_invalid_code = CALIPTRA_ERROR_VENDOR_LMS_SIGNATURE_INVALID,
    };
    return checks_ecc(checks, &check) &&
           check_pqc(checks, m, &check,
                     CALIPTRA_ERROR_VENDOR_MLDSA_SIGNATURE_INVALID);
}

static bool check_header_indices(struct checks *checks,
                                 const struct caliptra2_manifest *m)
{
    static const char name[] = "key indices in header";
    const struct caliptra2_preamble *p = &m->preamble;
    uint32_t code = 0;
    if (m->header.vendor_ecc_index != p->vendor_ecc_index) {
        code = CALIPTRA_ERROR_VENDOR_ECC_INDEX_MISMATCH;
    } else if (m->header.vendor_pqc_index != p->vendor_pqc_index) {
        code = CALIPTRA_ERROR_VENDOR_LMS_INDEX_MISMATCH;
    }
    if (code != 0) {
        return checks_fail(checks, name, code,
                           "ECC and PQC index %u and %u in the header, %u and "
                           "%u in the preamble",
                           m->header.vendor_ecc_index,
                           m->header.vendor_pqc_index, p->vendor_ecc_index,
                           p->vendor_pqc_index);
    }
    return checks_pass(checks, name);
}

static bool check_owner_signature(struct checks *checks,
                                  const struct caliptra2_manifest *m)
{
    const struct caliptra2_preamble *p = &m->preamble;
    struct signature_check check = {
        .ecc_name = "owner ECC signature",
        .lms_name = "owner PQC signature",
        .signed_bytes = &m->header,
        .signed_size = sizeof(m->header),
        .ecc_key = &p->owner_keys.ecc,
        .ecc_signature = &p->owner_signatures.ecc,
        .key_zero_code = CALIPTRA_ERROR_OWNER_ECC_KEY_ZERO,
        .signature_zero_code = CALIPTRA_ERROR_OWNER_ECC_SIGNATURE_ZERO,
        .ecc_failure_code = CALIPTRA_ERROR_OWNER_ECC_VERIFY_FAILURE,
        .ecc_invalid_code = CALIPTRA_ERROR_OWNER_ECC_SIGNATURE_INVALID,
        .lms = m->pqc_type == CALIPTRA2_PQC_LMS,
        .lms_key = p->owner_keys.pqc.bytes,
        .lms_signature = p->owner_signatures.pqc.bytes,
        .lms_failure_code = CALIPTRA_ERROR_OWNER_LMS_VERIFY_FAILURE,
        .lms_invalid_code = CALIPTRA_ERROR_OWNER_LMS_SIGNATURE_INVALID,
    };
    return checks_ecc(checks, &check) &&
           check_pqc(checks, m, &check,
                     CALIPTRA_ERROR_OWNER_MLDSA_SIGNATURE_INVALID);
}

void caliptra_verify_2(struct checks *checks)
{
    struct caliptra2_manifest m;
    memcpy(&m, checks->bytes, sizeof(m));
    struct toc_check toc = {
        .count = m.header.toc_count,
        .digest = m.header.toc_digest,
        .toc_offset = offsetof(struct caliptra2_manifest, fmc),
        .manifest_size = CALIPTRA2_MANIFEST_SIZE,
        .fmc = &m.fmc,
        .runtime = &m.runtime,
        .svn_2 = &m.header.svn,
    };
    const struct caliptra2_owner_keys *owner = &m.preamble.owner_keys;
    (void)(check_marker(checks, &m) && check_type(checks, &m) &&
           check_vendor_keys(checks, &m) &&
           checks_owner_hash(checks, owner, sizeof(*owner)) &&
           check_indices(checks, &m) && check_vendor_signature(checks, &m) &&
           check_header_indices(checks, &m) &&
           check_owner_signature(checks, &m) && checks_toc(checks, &toc));
}
