/* SPDX-License-Identifier: Apache-2.0 */
/* Digests and signatures over the parts of a bundle, in place. */
#include "trust/caliptra/sign.h"

#include <string.h>

#include "base/assert.h"
#include "trust/caliptra/bundle.h"
#include "trust/caliptra/words.h"

static int sign_ecc(const struct ecc_signer *signer, const char *name,
                    const uint8_t *digest, struct caliptra_ecc_signature *out,
                    struct error *error)
{
    if (!signer->has_private) {
        return error_set(error, -ENOKEY, "the %s ECC key has no private part",
                         name);
    }
    struct ecdsa_p384_signature signature;
    int status = ecdsa_p384_sign(&signer->key, digest, &signature);
    if (status != 0) {
        return error_set(error, status, "cannot sign with the %s ECC key",
                         name);
    }
    words_from_bytes(out->r, signature.r);
    words_from_bytes(out->s, signature.s);
    return 0;
}

int signature_slot_sign(const struct signature_slot *slot, bool pqc,
                        int64_t lms_leaf, struct error *error)
{
    uint8_t digest[CALIPTRA_DIGEST_SIZE];
    sha384(slot->signed_bytes, slot->signed_size, digest);
    int status =
        sign_ecc(slot->ecc_signer, slot->name, digest, slot->ecc, error);
    if (status != 0 || !pqc) {
        return status;
    }
    if (slot->mldsa_signer != NULL) {
        /* Not the digest, but the bytes themselves. */
        status = keys_sign_mldsa(slot->mldsa_signer, slot->signed_bytes,
                                 slot->signed_size, slot->pqc, error);
    } else {
        status = keys_sign_lms(slot->lms_signer, lms_leaf, digest,
                               sizeof(digest), slot->pqc, error);
    }
    if (status != 0) {
        error_prefix(error, "%s", slot->name);
    }
    return status;
}

static int check_signing(const struct caliptra_signing *signing,
                         struct error *error)
{
    if (signing->vendor_ecc_index >= CALIPTRA_VENDOR_ECC_KEYS) {
        return error_set(error, -ERANGE,
                         "vendor ECC key index %u is not below %d",
                         signing->vendor_ecc_index, CALIPTRA_VENDOR_ECC_KEYS);
    }
    if (signing->vendor_pqc_index >= CALIPTRA_VENDOR_LMS_KEYS) {
        return error_set(error, -ERANGE,
                         "vendor LMS key index %u is not below %d",
                         signing->vendor_pqc_index, CALIPTRA_VENDOR_LMS_KEYS);
    }
    return 0;
}

static int digest_image(const uint8_t *bytes, size_t size, const char *name,
                        struct caliptra_toc_entry *entry, struct error *error)
{
    if (!in_range(entry->offset, entry->size, size)) {
        return error_set(error, -EINVAL,
                         "%s: offset 0x%x and size 0x%x reach outside the "
                         "bundle of 0x%zx bytes",
                         name, entry->offset, entry->size, size);
    }
    words_sha384(entry->digest, bytes + entry->offset, entry->size);
    return 0;
}

/* Refreshes what the table of contents says of the images, and the header of
 * the table: FMC and runtime are its entries, one after the other. */
static int refresh_digests(const uint8_t *bytes, size_t size, unsigned what,
                           struct caliptra_toc_entry *fmc,
                           struct caliptra_toc_entry *runtime,
                           uint32_t *toc_digest, struct error *error)
{
    int status = 0;

    assert(runtime == fmc + 1);
    if ((what & CALIPTRA_RESIGN_IMAGES) != 0) {
        status = digest_image(bytes, size, "FMC", fmc, error);
        if (status == 0) {
            status = digest_image(bytes, size, "runtime", runtime, error);
        }
    }
    if (status == 0 && (what & CALIPTRA_RESIGN_TOC) != 0) {
        words_sha384(toc_digest, fmc, 2 * sizeof(*fmc));
    }
    return status;
}

static int sign_slots(const struct signature_slot *vendor,
                      const struct signature_slot *owner,
                      const struct caliptra_signing *signing, unsigned what,
                      struct error *error)
{
    int status = 0;
    if ((what & CALIPTRA_RESIGN_VENDOR) != 0) {
        status =
            signature_slot_sign(vendor, signing->lms, signing->lms_leaf, error);
    }
    if (status == 0 && (what & CALIPTRA_RESIGN_OWNER) != 0) {
        status =
            signature_slot_sign(owner, signing->lms, signing->lms_leaf, error);
    }
    return status;
}

static int resign_1(uint8_t *bytes, size_t size,
                    const struct caliptra_signing *signing, unsigned what,
                    struct error *error)
{
    struct caliptra_manifest m;
    memcpy(&m, bytes, sizeof(m));
    int status = refresh_digests(bytes, size, what, &m.fmc, &m.runtime,
                                 m.header.toc_digest, error);
    if (status != 0) {
        return status;
    }
    struct key_ring *keys = signing->keys;
    struct signature_slot vendor = {
        .name = "vendor",
        .ecc_signer = &keys->vendor_ecc[signing->vendor_ecc_index],
        .lms_signer = &keys->vendor_lms[signing->vendor_pqc_index],
        .signed_bytes = &m.header,
        .signed_size = offsetof(struct caliptra_header, owner_data),
        .ecc = &m.preamble.vendor_signatures.ecc,
        .pqc = (uint8_t *)&m.preamble.vendor_signatures.lms,
    };
    struct signature_slot owner = {
        .name = "owner",
        .ecc_signer = &keys->owner_ecc,
        .lms_signer = &keys->owner_lms,
        .signed_bytes = &m.header,
        .signed_size = sizeof(m.header),
        .ecc = &m.preamble.owner_signatures.ecc,
        .pqc = (uint8_t *)&m.preamble.owner_signatures.lms,
    };
    status = sign_slots(&vendor, &owner, signing, what, error);
    if (status == 0) {
        memcpy(bytes, &m, sizeof(m));
    }
    return status;
}

static int resign_2(uint8_t *bytes, size_t size,
                    const struct caliptra_signing *signing, unsigned what,
                    struct error *error)
{
    struct caliptra2_manifest m;
    memcpy(&m, bytes, sizeof(m));
    int status = refresh_digests(bytes, size, what, &m.fmc, &m.runtime,
                                 m.header.toc_digest, error);
    if (status != 0) {
        return status;
    }
    struct key_ring *keys = signing->keys;
    bool mldsa = m.pqc_type == CALIPTRA2_PQC_MLDSA;
    unsigned mldsa_index =
        signing->vendor_pqc_index % CALIPTRA_VENDOR_MLDSA_KEYS;
    struct signature_slot vendor = {
        .name = "vendor",
        .ecc_signer = &keys->vendor_ecc[signing->vendor_ecc_index],
        .lms_signer = &keys->vendor_lms[signing->vendor_pqc_index],
        .mldsa_signer = mldsa ? &keys->vendor_mldsa[mldsa_index] : NULL,
        .signed_bytes = &m.header,
        .signed_size = offsetof(struct caliptra2_header, owner_data),
        .ecc = &m.preamble.vendor_signatures.ecc,
        .pqc = m.preamble.vendor_signatures.pqc.bytes,
    };
    struct signature_slot owner = {
        .name = "owner",
        .ecc_signer = &keys->owner_ecc,
        .lms_signer = &keys->owner_lms,
        .mldsa_signer = mldsa ? &keys->owner_mldsa : NULL,
        .signed_bytes = &m.header,
        .signed_size = sizeof(m.header),
        .ecc = &m.preamble.owner_signatures.ecc,
        .pqc = m.preamble.owner_signatures.pqc.bytes,
    };
    status = sign_slots(&vendor, &owner, signing, what, error);
    if (status == 0) {
        memcpy(bytes, &m, sizeof(m));
    }
    return status;
}

int caliptra_bundle_resign(uint8_t *bytes, size_t size,
                           const struct caliptra_signing *signing,
                           unsigned what, struct error *error)
{
    int status = check_signing(signing, error);
    if (status != 0) {
        return status;
    }
    struct caliptra_bundle bundle;
    status = caliptra_bundle_read(&bundle, bytes, size, error);
    if (status != 0) {
        return status;
    }
    return caliptra_layout(bundle.generation)->number == 2
               ? resign_2(bytes, size, signing, what, error)
               : resign_1(bytes, size, signing, what, error);
}
