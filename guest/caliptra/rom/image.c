/* SPDX-License-Identifier: Apache-2.0 */
/* Verifies keys, signatures, digests, places and versions of a bundle, in that
 * order. */
#include "guest/caliptra/rom/image.h"

#include "abi/caliptra_image.h"
#include "abi/caliptra_memory.h"
#include "abi/caliptra_soc_ifc.h"
#include "abi/caliptra_status.h"
#include "guest/caliptra/hardware/ecc.h"
#include "guest/caliptra/hardware/lms.h"
#include "guest/caliptra/hardware/sha2.h"
#include "guest/caliptra/hardware/soc_ifc.h"
#include "guest/caliptra/hardware/vault.h"
#include "guest/kit/memory/memory.h"

#include <stddef.h>

#define VENDOR_KEYS offsetof(struct caliptra_manifest, preamble.vendor_keys)
#define OWNER_KEYS  offsetof(struct caliptra_manifest, preamble.owner_keys)
#define HEADER      offsetof(struct caliptra_manifest, header)
#define TOC         offsetof(struct caliptra_manifest, fmc)

enum {
    VENDOR_SIGNED_SIZE = offsetof(struct caliptra_header, owner_data),
    HEADER_SIZE = sizeof(struct caliptra_header),
    TOC_SIZE = CALIPTRA_TOC_ENTRIES * sizeof(struct caliptra_toc_entry),
};

struct check {
    const struct caliptra_manifest *manifest;
    uint32_t bundle_size;
    bool update;
    bool lms; /* the fuses ask for LMS signatures */
    struct image_verdict *verdict;
};

static bool equal(const uint32_t left[12], const uint32_t right[12])
{
    return memcmp(left, right, CALIPTRA_DIGEST_SIZE) == 0;
}

static bool zero(const uint32_t words[12])
{
    uint32_t any = 0;
    for (unsigned i = 0; i < CALIPTRA_DIGEST_WORDS; i++) {
        any |= words[i];
    }
    return any == 0;
}

static bool unprovisioned(void)
{
    return soc_ifc_lifecycle() == CALIPTRA_LIFECYCLE_UNPROVISIONED;
}

/* ---- Keys ---------------------------------------------------------------- */

static uint32_t check_vendor_keys(void)
{
    if (unprovisioned()) {
        return 0;
    }
    uint32_t fuse[12];
    soc_ifc_vendor_key_hash(fuse);
    if (zero(fuse)) {
        return CALIPTRA_ERROR_VENDOR_KEY_HASH_INVALID;
    }
    uint32_t digest[12];
    if (!sha2_384_mailbox(VENDOR_KEYS, sizeof(struct caliptra_vendor_keys),
                          digest)) {
        return CALIPTRA_ERROR_VENDOR_KEY_HASH_FAILURE;
    }
    return equal(fuse, digest) ? 0 : CALIPTRA_ERROR_VENDOR_KEY_HASH_MISMATCH;
}

/* An owner fuse of zero names no owner: any owner keys are accepted. */
static uint32_t check_owner_keys(const struct check *check)
{
    uint32_t *digest = check->verdict->owner_key_hash;
    if (!sha2_384_mailbox(OWNER_KEYS, sizeof(struct caliptra_owner_keys),
                          digest)) {
        return CALIPTRA_ERROR_OWNER_KEY_HASH_FAILURE;
    }
    uint32_t fuse[12];
    soc_ifc_owner_key_hash(fuse);
    check->verdict->owner_key_hash_in_fuses = !zero(fuse);
    if (!zero(fuse) && !equal(fuse, digest)) {
        return CALIPTRA_ERROR_OWNER_KEY_HASH_MISMATCH;
    }
    if (check->update) {
        uint32_t cold[12];
        vault_sticky_digest(VAULT_OWNER_KEY_HASH, cold);
        if (!equal(cold, digest)) {
            return CALIPTRA_ERROR_UPDATE_OWNER_KEY_MISMATCH;
        }
    }
    return 0;
}

/* The last key of a set cannot be revoked: a device must not be left without
 * any. */
static uint32_t check_ecc_index(const struct check *check)
{
    uint32_t index = check->manifest->preamble.vendor_ecc_index;
    if (index >= CALIPTRA_VENDOR_ECC_KEYS) {
        return CALIPTRA_ERROR_VENDOR_ECC_INDEX_OUT_OF_BOUNDS;
    }
    if (index != CALIPTRA_VENDOR_ECC_KEYS - 1 &&
        (soc_ifc_ecc_revocation() >> index & 1) != 0) {
        return CALIPTRA_ERROR_VENDOR_ECC_KEY_REVOKED;
    }
    if (check->update && vault_sticky_word(VAULT_ECC_INDEX) != index) {
        return CALIPTRA_ERROR_UPDATE_VENDOR_ECC_INDEX_MISMATCH;
    }
    check->verdict->ecc_index = index;
    return 0;
}

static uint32_t check_lms_index(const struct check *check)
{
    check->verdict->lms_index = UINT32_MAX;
    if (!check->lms) {
        return 0;
    }
    uint32_t index = check->manifest->preamble.vendor_lms_index;
    if (index >= CALIPTRA_VENDOR_LMS_KEYS) {
        return CALIPTRA_ERROR_VENDOR_LMS_INDEX_OUT_OF_BOUNDS;
    }
    if (index != CALIPTRA_VENDOR_LMS_KEYS - 1 &&
        (soc_ifc_lms_revocation() >> index & 1) != 0) {
        return CALIPTRA_ERROR_VENDOR_LMS_KEY_REVOKED;
    }
    if (check->update && vault_sticky_word(VAULT_LMS_INDEX) != index) {
        return CALIPTRA_ERROR_UPDATE_VENDOR_LMS_INDEX_MISMATCH;
    }
    check->verdict->lms_index = index;
    return 0;
}

static uint32_t check_keys(const struct check *check)
{
    uint32_t error = check_vendor_keys();
    if (error == 0) {
        error = check_owner_keys(check);
    }
    if (error == 0) {
        error = check_ecc_index(check);
    }
    return error != 0 ? error : check_lms_index(check);
}

/* ---- Signatures ---------------------------------------------------------- */

/* The errors when a signer's key or signature is not accepted. */
struct signer_errors {
    uint32_t key_zero;
    uint32_t signature_zero;
    uint32_t ecc_failure;
    uint32_t ecc_invalid;
    uint32_t lms_failure;
    uint32_t lms_invalid;
};

static const struct signer_errors vendor_errors = {
    .key_zero = CALIPTRA_ERROR_VENDOR_ECC_KEY_ZERO,
    .signature_zero = CALIPTRA_ERROR_VENDOR_ECC_SIGNATURE_ZERO,
    .ecc_failure = CALIPTRA_ERROR_VENDOR_ECC_VERIFY_FAILURE,
    .ecc_invalid = CALIPTRA_ERROR_VENDOR_ECC_SIGNATURE_INVALID,
    .lms_failure = CALIPTRA_ERROR_VENDOR_LMS_VERIFY_FAILURE,
    .lms_invalid = CALIPTRA_ERROR_VENDOR_LMS_SIGNATURE_INVALID,
};

static const struct signer_errors owner_errors = {
    .key_zero = CALIPTRA_ERROR_OWNER_ECC_KEY_ZERO,
    .signature_zero = CALIPTRA_ERROR_OWNER_ECC_SIGNATURE_ZERO,
    .ecc_failure = CALIPTRA_ERROR_OWNER_ECC_VERIFY_FAILURE,
    .ecc_invalid = CALIPTRA_ERROR_OWNER_ECC_SIGNATURE_INVALID,
    .lms_failure = CALIPTRA_ERROR_OWNER_LMS_VERIFY_FAILURE,
    .lms_invalid = CALIPTRA_ERROR_OWNER_LMS_SIGNATURE_INVALID,
};

static uint32_t check_ecc(const struct caliptra_ecc_key *key,
                          const struct caliptra_ecc_signature *signature,
                          const uint32_t digest[12],
                          const struct signer_errors *errors)
{
    if (zero(key->x) || zero(key->y)) {
        return errors->key_zero;
    }
    if (zero(signature->r) || zero(signature->s)) {
        return errors->signature_zero;
    }
    uint32_t r[12];
    uint32_t cause = ecc_verify(key, digest, signature, r);
    if (cause != 0) {
        soc_ifc_error_extended(0, cause);
        return errors->ecc_failure;
    }
    return equal(r, signature->r) ? 0 : errors->ecc_invalid;
}

static uint32_t check_lms(const struct caliptra_lms_key *key,
                          const struct caliptra_lms_signature *signature,
                          const uint32_t digest[12],
                          const struct signer_errors *errors)
{
    uint8_t root[CALIPTRA_LMS_N];
    uint32_t cause =
        lms_root(key, signature, digest, !soc_ifc_generation_1_0(), root);
    if (cause != 0) {
        soc_ifc_error_extended(0, cause);
        return errors->lms_failure;
    }
    return memcmp(root, key->root, sizeof root) == 0 ? 0 : errors->lms_invalid;
}

static uint32_t check_signatures(const struct caliptra_ecc_key *ecc,
                                 const struct caliptra_lms_key *lms,
                                 const struct caliptra_signatures *signatures,
                                 const uint32_t digest[12],
                                 const struct signer_errors *errors)
{
    uint32_t error = check_ecc(ecc, &signatures->ecc, digest, errors);
    if (error == 0 && lms != NULL) {
        error = check_lms(lms, &signatures->lms, digest, errors);
    }
    return error;
}

/* The header repeats the key indices, so that a signature vouches for them. */
static uint32_t check_header_indices(const struct check *check)
{
    const struct caliptra_header *header = &check->manifest->header;
    if (header->vendor_ecc_index != check->verdict->ecc_index) {
        return CALIPTRA_ERROR_VENDOR_ECC_INDEX_MISMATCH;
    }
    if (check->lms && header->vendor_lms_index != check->verdict->lms_index) {
        return CALIPTRA_ERROR_VENDOR_LMS_INDEX_MISMATCH;
    }
    return 0;
}

static uint32_t check_header(const struct check *check)
{
    uint32_t vendor[12];
    uint32_t owner[12];
    if (!sha2_384_mailbox(HEADER, VENDOR_SIGNED_SIZE, vendor) ||
        !sha2_384_mailbox(HEADER, HEADER_SIZE, owner)) {
        return CALIPTRA_ERROR_HEADER_DIGEST_FAILURE;
    }
    const struct caliptra_preamble *preamble = &check->manifest->preamble;
    const struct caliptra_vendor_keys *keys = &preamble->vendor_keys;
    const struct caliptra_lms_key *vendor_lms = NULL;
    if (check->lms) {
        vendor_lms = &keys->lms[check->verdict->lms_index];
    }
    uint32_t error =
        check_signatures(&keys->ecc[check->verdict->ecc_index], vendor_lms,
                         &preamble->vendor_signatures, vendor, &vendor_errors);
    if (error == 0) {
        error = check_header_indices(check);
    }
    if (error == 0) {
        error =
            check_signatures(&preamble->owner_keys.ecc,
                             check->lms ? &preamble->owner_keys.lms : NULL,
                             &preamble->owner_signatures, owner, &owner_errors);
    }
    return error;
}

/* ---- Table of contents --------------------------------------------------- */

static bool overflows(uint32_t start, uint32_t size)
{
    return size > UINT32_MAX - start;
}

static uint32_t check_places(const struct caliptra_toc_entry *fmc,
                             const struct caliptra_toc_entry *runtime)
{
    if (overflows(fmc->offset, fmc->size) ||
        overflows(runtime->offset, runtime->size)) {
        return CALIPTRA_ERROR_TOC_RANGE_OVERFLOW;
    }
    uint32_t fmc_end = fmc->offset + fmc->size;
    uint32_t runtime_end = runtime->offset + runtime->size;
    if (fmc->offset < runtime_end && fmc_end > runtime->offset) {
        return CALIPTRA_ERROR_FMC_RUNTIME_OVERLAP;
    }
    if (fmc_end > runtime->offset) {
        return CALIPTRA_ERROR_FMC_RUNTIME_ORDER;
    }
    if (overflows(fmc->load_address, fmc->size - 1)) {
        return CALIPTRA_ERROR_FMC_LOAD_ADDRESS_OVERFLOW;
    }
    if (overflows(runtime->load_address, runtime->size - 1)) {
        return CALIPTRA_ERROR_RUNTIME_LOAD_ADDRESS_OVERFLOW;
    }
    if (fmc->load_address <= runtime->load_address + (runtime->size - 1) &&
        fmc->load_address + (fmc->size - 1) >= runtime->load_address) {
        return CALIPTRA_ERROR_LOAD_ADDRESS_OVERLAP;
    }
    return 0;
}

static uint32_t check_toc(const struct check *check)
{
    const struct caliptra_manifest *manifest = check->manifest;
    if (manifest->header.toc_count != CALIPTRA_TOC_ENTRIES) {
        return CALIPTRA_ERROR_TOC_COUNT_INVALID;
    }
    uint32_t digest[12];
    if (!sha2_384_mailbox(TOC, TOC_SIZE, digest)) {
        return CALIPTRA_ERROR_TOC_DIGEST_FAILURE;
    }
    if (!equal(digest, manifest->header.toc_digest)) {
        return CALIPTRA_ERROR_TOC_DIGEST_MISMATCH;
    }
    if (manifest->fmc.size == 0) {
        return CALIPTRA_ERROR_FMC_SIZE_ZERO;
    }
    if (manifest->runtime.size == 0) {
        return CALIPTRA_ERROR_RUNTIME_SIZE_ZERO;
    }
    uint64_t need =
        (uint64_t)manifest->size + manifest->fmc.size + manifest->runtime.size;
    if (need > check->bundle_size) {
        return CALIPTRA_ERROR_IMAGES_EXCEED_BUNDLE;
    }
    return check_places(&manifest->fmc, &manifest->runtime);
}

/* ---- Images -------------------------------------------------------------- */

/* The errors about an image, and the bounds of its security version. */
struct image_rules {
    uint32_t digest_failure;
    uint32_t digest_mismatch;
    uint32_t load_invalid;
    uint32_t load_unaligned;
    uint32_t entry_invalid;
    uint32_t entry_unaligned;
    uint32_t svn_too_large;
    uint32_t svn_below_fuse;
    uint32_t svn_max;
};

static const struct image_rules fmc_rules = {
    .digest_failure = CALIPTRA_ERROR_FMC_DIGEST_FAILURE,
    .digest_mismatch = CALIPTRA_ERROR_FMC_DIGEST_MISMATCH,
    .load_invalid = CALIPTRA_ERROR_FMC_LOAD_ADDRESS_INVALID,
    .load_unaligned = CALIPTRA_ERROR_FMC_LOAD_ADDRESS_UNALIGNED,
    .entry_invalid = CALIPTRA_ERROR_FMC_ENTRY_INVALID,
    .entry_unaligned = CALIPTRA_ERROR_FMC_ENTRY_UNALIGNED,
    .svn_too_large = CALIPTRA_ERROR_FMC_SVN_TOO_LARGE,
    .svn_below_fuse = CALIPTRA_ERROR_FMC_SVN_BELOW_FUSE,
    .svn_max = CALIPTRA_FMC_SVN_MAX,
};

static const struct image_rules runtime_rules = {
    .digest_failure = CALIPTRA_ERROR_RUNTIME_DIGEST_FAILURE,
    .digest_mismatch = CALIPTRA_ERROR_RUNTIME_DIGEST_MISMATCH,
    .load_invalid = CALIPTRA_ERROR_RUNTIME_LOAD_ADDRESS_INVALID,
    .load_unaligned = CALIPTRA_ERROR_RUNTIME_LOAD_ADDRESS_UNALIGNED,
    .entry_invalid = CALIPTRA_ERROR_RUNTIME_ENTRY_INVALID,
    .entry_unaligned = CALIPTRA_ERROR_RUNTIME_ENTRY_UNALIGNED,
    .svn_too_large = CALIPTRA_ERROR_RUNTIME_SVN_TOO_LARGE,
    .svn_below_fuse = CALIPTRA_ERROR_RUNTIME_SVN_BELOW_FUSE,
    .svn_max = CALIPTRA_RUNTIME_SVN_MAX,
};

static bool in_iccm(uint32_t address)
{
    return address >= CALIPTRA_ICCM_BASE &&
           address - CALIPTRA_ICCM_BASE < CALIPTRA_ICCM_SIZE;
}

static uint32_t check_addresses(const struct caliptra_toc_entry *entry,
                                const struct image_rules *rules)
{
    if (!in_iccm(entry->load_address) ||
        !in_iccm(entry->load_address + entry->size - 1)) {
        return rules->load_invalid;
    }
    if ((entry->load_address & 3) != 0) {
        return rules->load_unaligned;
    }
    if (!in_iccm(entry->entry_point)) {
        return rules->entry_invalid;
    }
    return (entry->entry_point & 3) != 0 ? rules->entry_unaligned : 0;
}

static uint32_t check_svn(uint32_t svn, uint32_t fuse,
                          const struct image_rules *rules)
{
    if (unprovisioned() || soc_ifc_anti_rollback_disabled()) {
        return 0;
    }
    if (svn > rules->svn_max) {
        return rules->svn_too_large;
    }
    return svn < fuse ? rules->svn_below_fuse : 0;
}

static uint32_t check_image(const struct caliptra_toc_entry *entry,
                            uint32_t fuse_svn, const struct image_rules *rules)
{
    uint32_t digest[12];
    if (!sha2_384_mailbox(entry->offset, entry->size, digest)) {
        soc_ifc_error_extended(0, CALIPTRA_ERROR_DIGEST_OUT_OF_BOUNDS);
        return rules->digest_failure;
    }
    if (!equal(digest, entry->digest)) {
        return rules->digest_mismatch;
    }
    uint32_t error = check_addresses(entry, rules);
    return error != 0 ? error : check_svn(entry->svn, fuse_svn, rules);
}

static uint32_t check_fmc(const struct check *check)
{
    const struct caliptra_toc_entry *fmc = &check->manifest->fmc;
    uint32_t fuse = soc_ifc_fmc_svn();
    uint32_t error = check_image(fmc, fuse, &fmc_rules);
    if (error != 0) {
        return error;
    }
    check->verdict->fmc_effective_svn =
        soc_ifc_anti_rollback_disabled() ? 0 : fuse;
    if (check->update) {
        uint32_t cold[12];
        vault_sticky_digest(VAULT_FMC_DIGEST, cold);
        if (!equal(cold, fmc->digest)) {
            return CALIPTRA_ERROR_UPDATE_FMC_DIGEST_MISMATCH;
        }
    }
    return 0;
}

uint32_t image_verify(const struct caliptra_manifest *manifest,
                      uint32_t bundle_size, bool update,
                      struct image_verdict *verdict)
{
    if (manifest->marker != CALIPTRA_MANIFEST_MARKER) {
        return CALIPTRA_ERROR_MANIFEST_MARKER_MISMATCH;
    }
    if (manifest->size != CALIPTRA_MANIFEST_SIZE) {
        return CALIPTRA_ERROR_MANIFEST_SIZE_MISMATCH;
    }
    const struct check check = {
        .manifest = manifest,
        .bundle_size = bundle_size,
        .update = update,
        .lms = soc_ifc_lms_verify(),
        .verdict = verdict,
    };
    uint32_t error = check_keys(&check);
    if (error == 0) {
        error = check_header(&check);
    }
    if (error == 0) {
        error = check_toc(&check);
    }
    if (error == 0) {
        error = check_fmc(&check);
    }
    if (error == 0) {
        error = check_image(&manifest->runtime, soc_ifc_runtime_svn(),
                            &runtime_rules);
    }
    return error;
}
