/* SPDX-License-Identifier: Apache-2.0 */
/* DICE of the FMC layer: what goes into its identity, its key and its
 * certificate. */
#include "guest/caliptra/rom/layers.h"

#include "abi/caliptra_handoff.h"
#include "abi/caliptra_image.h"
#include "abi/caliptra_memory.h"
#include "abi/caliptra_soc_ifc.h"
#include "abi/caliptra_status.h"
#include "guest/caliptra/hardware/console.h"
#include "guest/caliptra/hardware/hmac.h"
#include "guest/caliptra/hardware/sha2.h"
#include "guest/caliptra/hardware/soc_ifc.h"
#include "guest/caliptra/hardware/vault.h"
#include "guest/caliptra/identity/x509.h"
#include "guest/kit/memory/memory.h"

enum { PATH_LENGTH = 3 };

/* Operational flags of TCG DICE, bit 0 of the bit string first. */
enum {
    NOT_CONFIGURED = 0x80,
    NOT_SECURE = 0x40,
    DEBUG = 0x10,
    FIXED_WIDTH = 0x01, /* in the last byte */
};

static void operational_flags(uint8_t flags[4])
{
    memset(flags, 0, 4);
    if (soc_ifc_lifecycle() == CALIPTRA_LIFECYCLE_UNPROVISIONED) {
        flags[0] |= NOT_CONFIGURED;
    }
    if (soc_ifc_lifecycle() == CALIPTRA_LIFECYCLE_MANUFACTURING) {
        flags[0] |= NOT_SECURE;
    }
    if (!soc_ifc_debug_locked()) {
        flags[0] |= DEBUG;
    }
    flags[3] = FIXED_WIDTH;
}

/* One digest of the device's configuration and the keys that may sign for it.
 */
static void digest_device(const struct image_verdict *verdict,
                          uint8_t digest[48])
{
    uint8_t message[7 + 48 + 48] = {
        (uint8_t)soc_ifc_lifecycle(),
        soc_ifc_debug_locked(),
        soc_ifc_anti_rollback_disabled(),
        (uint8_t)vault_sticky_word(VAULT_ECC_INDEX),
        (uint8_t)vault_sticky_word(VAULT_LMS_INDEX),
        soc_ifc_lms_verify(),
        verdict->owner_key_hash_in_fuses,
    };
    uint32_t words[12];
    soc_ifc_vendor_key_hash(words);
    identity_bytes(words, message + 7);
    vault_sticky_digest(VAULT_OWNER_KEY_HASH, words);
    identity_bytes(words, message + 7 + 48);
    sha2_384(message, sizeof message, words);
    identity_bytes(words, digest);
}

static void digest_fmc(uint8_t digest[48])
{
    uint32_t words[12];
    vault_sticky_digest(VAULT_FMC_DIGEST, words);
    identity_bytes(words, digest);
}

static uint32_t certify(const struct identity *ldevid,
                        const struct identity *alias,
                        const struct caliptra_header *header,
                        const struct image_verdict *verdict)
{
    struct caliptra_fht *fht = (void *)CALIPTRA_DCCM_FHT;
    const struct layer_place place = {
        .tbs_address = CALIPTRA_DCCM_FMCALIAS_TBS,
        .tbs_size = &fht->fmcalias_tbs_size,
        .first_entry = VAULT_FMC_CERT_R,
        .too_large = CALIPTRA_ERROR_FMCALIAS_TBS_SIZE,
    };
    uint8_t ueid[IDENTITY_UEID_SIZE];
    uint8_t device[48];
    uint8_t fmc[48];
    uint8_t flags[4];
    struct x509_certificate certificate = {
        .issuer_name = X509_LDEVID,
        .issuer = ldevid,
        .subject_name = X509_FMC_ALIAS,
        .subject = alias,
        .ueid = ueid,
        .path_length = PATH_LENGTH,
        .key_usage = X509_KEY_CERT_SIGN,
        .tcb_count = 2,
        .tcb =
            {
                  {"DEVICE_INFO", device, (uint8_t)verdict->fmc_effective_svn,
                 flags},
                  {"FMC_INFO", fmc, (uint8_t)vault_sticky_word(VAULT_FMC_SVN),
                 NULL},
                  },
    };
    soc_ifc_ueid(ueid);
    operational_flags(flags);
    digest_device(verdict, device);
    digest_fmc(fmc);
    x509_validity(&header->vendor_data, &header->owner_data,
                  &certificate.not_before, &certificate.not_after);
    return layer_certify(&certificate, &place);
}

static uint32_t derive(struct identity *alias)
{
    uint32_t words[12];
    uint8_t pcr[48];
    vault_pcr(CALIPTRA_PCR_FMC_CURRENT, words);
    identity_bytes(words, pcr);
    uint32_t error = hmac_derive(VAULT_KEY_CDI, "fmc_alias_cdi", pcr,
                                 sizeof pcr, VAULT_KEY_CDI);
    if (error != 0) {
        return error;
    }
    soc_ifc_boot_status(CALIPTRA_BOOT_FMCALIAS_CDI);
    error = identity_derive(alias, VAULT_KEY_CDI, "fmc_alias_keygen",
                            VAULT_KEY_FMC);
    if (error != 0) {
        return error;
    }
    soc_ifc_boot_status(CALIPTRA_BOOT_FMCALIAS_KEY);
    soc_ifc_boot_status(CALIPTRA_BOOT_FMCALIAS_SERIAL);
    soc_ifc_boot_status(CALIPTRA_BOOT_FMCALIAS_KEY_ID);
    return 0;
}

uint32_t fmc_alias_make(const struct identity *ldevid,
                        const struct caliptra_header *header,
                        const struct image_verdict *verdict)
{
    struct identity alias;
    uint32_t error = derive(&alias);
    if (error == 0) {
        error = certify(ldevid, &alias, header, verdict);
    }
    if (error != 0) {
        return error;
    }
    soc_ifc_boot_status(CALIPTRA_BOOT_FMCALIAS_CERT);
    console_digest("[rom] FMC alias X", alias.key.x);
    soc_ifc_boot_status(CALIPTRA_BOOT_FMCALIAS_DONE);
    return 0;
}
