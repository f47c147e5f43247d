/* SPDX-License-Identifier: Apache-2.0 */
/* DICE of the owner's identity (LDevID): its key and certificate. */
#include "guest/caliptra/rom/layers.h"

#include "abi/caliptra_handoff.h"
#include "abi/caliptra_image.h"
#include "abi/caliptra_memory.h"
#include "abi/caliptra_status.h"
#include "guest/caliptra/hardware/console.h"
#include "guest/caliptra/hardware/hmac.h"
#include "guest/caliptra/hardware/soc_ifc.h"
#include "guest/caliptra/hardware/vault.h"
#include "guest/caliptra/identity/x509.h"

enum { PATH_LENGTH = 4 };

uint32_t layer_certify(const struct x509_certificate *certificate,
                       const struct layer_place *place)
{
    uint8_t *tbs = (uint8_t *)(uintptr_t)place->tbs_address;
    struct caliptra_ecc_signature signature;
    uint32_t size = x509_certificate(certificate, tbs, CALIPTRA_TBS_MAX);
    uint32_t error =
        size == 0 ? place->too_large
                  : identity_sign(certificate->issuer, tbs, size, &signature);
    vault_clear_key(certificate->issuer->key_slot);
    if (error != 0) {
        return error;
    }
    *place->tbs_size = (uint16_t)size;
    const struct caliptra_ecc_key *key = &certificate->subject->key;
    vault_set_sticky_digest(place->first_entry, signature.r);
    vault_set_sticky_digest(place->first_entry + 1, signature.s);
    vault_set_sticky_digest(place->first_entry + 2, key->x);
    vault_set_sticky_digest(place->first_entry + 3, key->y);
    return 0;
}

static uint32_t certify(const struct identity *idevid,
                        const struct identity *ldevid)
{
    struct caliptra_fht *fht = (void *)CALIPTRA_DCCM_FHT;
    const struct layer_place place = {
        .tbs_address = CALIPTRA_DCCM_LDEVID_TBS,
        .tbs_size = &fht->ldevid_tbs_size,
        .first_entry = VAULT_LDEVID_CERT_R,
        .too_large = CALIPTRA_ERROR_LDEVID_TBS_SIZE,
    };
    uint8_t ueid[IDENTITY_UEID_SIZE];
    struct x509_certificate certificate = {
        .issuer_name = X509_IDEVID,
        .issuer = idevid,
        .subject_name = X509_LDEVID,
        .subject = ldevid,
        .ueid = ueid,
        .path_length = PATH_LENGTH,
        .key_usage = X509_KEY_CERT_SIGN,
    };
    soc_ifc_ueid(ueid);
    x509_validity(NULL, NULL, &certificate.not_before, &certificate.not_after);
    return layer_certify(&certificate, &place);
}

/* Two steps, so that the owner's entropy comes on top of the vendor's. */
static uint32_t derive(struct identity *ldevid)
{
    static const char label[] = "ldevid_cdi";
    uint32_t error =
        hmac_bytes(VAULT_KEY_CDI, label, sizeof label - 1, VAULT_KEY_CDI);
    if (error == 0) {
        error =
            hmac_slot(VAULT_KEY_CDI, VAULT_KEY_FIELD_ENTROPY, VAULT_KEY_CDI);
    }
    vault_clear_key(VAULT_KEY_FIELD_ENTROPY);
    if (error != 0) {
        return error;
    }
    soc_ifc_boot_status(CALIPTRA_BOOT_LDEVID_CDI);
    error = identity_derive(ldevid, VAULT_KEY_CDI, "ldevid_keygen",
                            VAULT_KEY_LDEVID);
    if (error != 0) {
        return error;
    }
    soc_ifc_boot_status(CALIPTRA_BOOT_LDEVID_KEY);
    soc_ifc_boot_status(CALIPTRA_BOOT_LDEVID_SERIAL);
    soc_ifc_boot_status(CALIPTRA_BOOT_LDEVID_KEY_ID);
    return 0;
}

uint32_t ldevid_make(const struct identity *idevid, struct identity *ldevid)
{
    uint32_t error = derive(ldevid);
    if (error == 0) {
        error = certify(idevid, ldevid);
    }
    if (error != 0) {
        return error;
    }
    soc_ifc_boot_status(CALIPTRA_BOOT_LDEVID_CERT);
    console_digest("[rom] LDevID X", ldevid->key.x);
    soc_ifc_boot_status(CALIPTRA_BOOT_LDEVID_DONE);
    return 0;
}
