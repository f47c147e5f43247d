/* SPDX-License-Identifier: Apache-2.0 */
/* The manifest of generation 1.x up to its header. */
#include <stdlib.h>
#include <string.h>

#include "abi/caliptra_image.h"
#include "abi/caliptra_status.h"
#include "trust/caliptra/checks.h"

static bool check_marker(struct checks *checks,
                         const struct caliptra_manifest *m)
{
    static const char name[] = "manifest marker and size";
    if (m->marker != CALIPTRA_MANIFEST_MARKER) {
        return checks_fail(
            checks, name, CALIPTRA_ERROR_MANIFEST_MARKER_MISMATCH,
            "marker 0x%08x, not 0x%08x", m->marker, CALIPTRA_MANIFEST_MARKER);
    }
    if (m->size != CALIPTRA_MANIFEST_SIZE) {
        return checks_fail(checks, name, CALIPTRA_ERROR_MANIFEST_SIZE_MISMATCH,
                           "size field %u, not %u", m->size,
                           CALIPTRA_MANIFEST_SIZE);
    }
    return checks_pass(checks, name);
}

static bool lms_wanted(const struct checks *checks)
{
    return checks->fuses != NULL && checks->fuses->lms_verify != 0;
}

static bool check_keys(struct checks *checks, const struct caliptra_preamble *p)
{
    const struct fuses *fuses = checks->fuses;
    struct index_check ecc = {
        .name = "vendor ECC key",
        .index = p->vendor_ecc_index,
        .count = CALIPTRA_VENDOR_ECC_KEYS,
        .revocation = fuses != NULL ? fuses->ecc_revocation : 0,
        .bounds_code = CALIPTRA_ERROR_VENDOR_ECC_INDEX_OUT_OF_BOUNDS,
        .revoked_code = CALIPTRA_ERROR_VENDOR_ECC_KEY_REVOKED,
    };
    struct index_check lms = {
        .name = "vendor LMS key",
        .index = p->vendor_lms_index,
        .count = CALIPTRA_VENDOR_LMS_KEYS,
        .revocation = fuses != NULL ? fuses->lms_revocation : 0,
        .bounds_code = CALIPTRA_ERROR_VENDOR_LMS_INDEX_OUT_OF_BOUNDS,
        .revoked_code = CALIPTRA_ERROR_VENDOR_LMS_KEY_REVOKED,
    };
    if (!checks_vendor_hash(checks, &p->vendor_keys, sizeof(p->vendor_keys)) ||
        !checks_owner_hash(checks, &p->owner_keys, sizeof(p->owner_keys)) ||
        !checks_index(checks, &ecc)) {
        return false;
    }
    return lms_wanted(checks) ? checks_index(checks, &lms)
                              : checks_skip(checks, lms.name);
}

static bool check_vendor_signature(struct checks *checks,
                                   const struct caliptra_manifest *m)
{
    const struct caliptra_preamble *p = &m->preamble;
    bool lms = lms_wanted(checks);
    struct signature_check check = {
        .ecc_name = "vendor ECC signature",
        .lms_name = "vendor LMS signature",
        .signed_bytes = &m->header,
        .signed_size = offsetof(struct caliptra_header, owner_data),
        .ecc_key = &p->vendor_keys.ecc[p->vendor_ecc_index],
        .ecc_signature = &p->vendor_signatures.ecc,
        .key_zero_code = CALIPTRA_ERROR_VENDOR_ECC_KEY_ZERO,
        .signature_zero_code = CALIPTRA_ERROR_VENDOR_ECC_SIGNATURE_ZERO,
        .ecc_failure_code = CALIPTRA_ERROR_VENDOR_ECC_VERIFY_FAILURE,
        .ecc_invalid_code = CALIPTRA_ERROR_VENDOR_ECC_SIGNATURE_INVALID,
        .lms = lms,
        /* The index was checked only when LMS counts. */
        .lms_key =
            (const uint8_t *)&p->vendor_keys.lms[lms ? p->vendor_lms_index : 0],
        .lms_signature = (const uint8_t *)&p->vendor_signatures.lms,
        .lms_failure_code = CALIPTRA_ERROR_VENDOR_LMS_VERIFY_FAILURE,
        .lms_invalid_code = CALIPTRA_ERROR_VENDOR_LMS_SIGNATURE_INVALID,
    };
    return checks_ecc(checks, &check) && checks_lms(checks, &check);
}

static bool check_header_indices(struct checks *checks,
                                 const struct caliptra_manifest *m)
{
    static const char name[] = "key indices in header";
    const struct caliptra_preamble *p = &m->preamble;
    if (m->header.vendor_ecc_index != p->vendor_ecc_index) {
        return checks_fail(checks, name,
                           CALIPTRA_ERROR_VENDOR_ECC_INDEX_MISMATCH,
                           "ECC index %u in the header, %u in the preamble",
                           m->header.vendor_ecc_index, p->vendor_ecc_index);
    }
    if (lms_wanted(checks) &&
        m->header.vendor_lms_index != p->vendor_lms_index) {
        return checks_fail(checks, name,
                           CALIPTRA_ERROR_VENDOR_LMS_INDEX_MISMATCH,
                           "LMS index %u in the header, %u in the preamble",
                           m->header.vendor_lms_index, p->vendor_lms_index);
    }
    return checks_pass(checks, name);
}

static bool check_owner_signature(struct checks *checks,
                                  const struct caliptra_manifest *m)
{
    const struct caliptra_preamble *p = &m->preamble;
    struct signature_check check = {
        .ecc_name = "owner ECC signature",
        .lms_name = "owner LMS signature",
        .signed_bytes = &m->header,
        .signed_size = sizeof(m->header),
        .ecc_key = &p->owner_keys.ecc,
        .ecc_signature = &p->owner_signatures.ecc,
        .key_zero_code = CALIPTRA_ERROR_OWNER_ECC_KEY_ZERO,
        .signature_zero_code = CALIPTRA_ERROR_OWNER_ECC_SIGNATURE_ZERO,
        .ecc_failure_code = CALIPTRA_ERROR_OWNER_ECC_VERIFY_FAILURE,
        .ecc_invalid_code = CALIPTRA_ERROR_OWNER_ECC_SIGNATURE_INVALID,
        .lms = lms_wanted(checks),
        .lms_key = (const uint8_t *)&p->owner_keys.lms,
        .lms_signature = (const uint8_t *)&p->owner_signatures.lms,
        .lms_failure_code = CALIPTRA_ERROR_OWNER_LMS_VERIFY_FAILURE,
        .lms_invalid_code = CALIPTRA_ERROR_OWNER_LMS_SIGNATURE_INVALID,
    };
    return checks_ecc(checks, &check) && checks_lms(checks, &check);
}

void caliptra_verify_1(struct checks *checks)
{
    struct caliptra_manifest m;
    memcpy(&m, checks->bytes, sizeof(m));
    struct toc_check toc = {
        .count = m.header.toc_count,
        .digest = m.header.toc_digest,
        .toc_offset = offsetof(struct caliptra_manifest, fmc),
        .manifest_size = CALIPTRA_MANIFEST_SIZE,
        .fmc = &m.fmc,
        .runtime = &m.runtime,
    };
    (void)(check_marker(checks, &m) && check_keys(checks, &m.preamble) &&
           check_vendor_signature(checks, &m) &&
           check_header_indices(checks, &m) &&
           check_owner_signature(checks, &m) && checks_toc(checks, &toc));
}
