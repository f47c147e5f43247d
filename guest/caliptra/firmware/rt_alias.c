/* SPDX-License-Identifier: Apache-2.0 */
/* DICE of the runtime layer: measure it, derive its key, certify that. */
#include "guest/caliptra/firmware/rt_alias.h"

#include "abi/caliptra_handoff.h"
#include "abi/caliptra_image.h"
#include "abi/caliptra_soc_ifc.h"
#include "abi/caliptra_status.h"
#include "guest/caliptra/hardware/console.h"
#include "guest/caliptra/hardware/generation.h"
#include "guest/caliptra/hardware/hmac.h"
#include "guest/caliptra/hardware/sha2.h"
#include "guest/caliptra/hardware/soc_ifc.h"
#include "guest/caliptra/hardware/vault.h"
#include "guest/caliptra/identity/identity.h"
#include "guest/caliptra/identity/measure.h"
#include "guest/caliptra/identity/x509.h"

#include <stddef.h>

enum { PATH_LENGTH = 2 };

/* Digests of the runtime and of the manifest it came with.
 */
struct inputs {
    uint8_t tci[CALIPTRA_DIGEST_SIZE];
    uint8_t manifest[CALIPTRA_DIGEST_SIZE];
};

static void gather(const struct handoff *handoff, struct inputs *inputs)
{
    uint32_t words[12];
    identity_bytes(handoff->runtime_digest, inputs->tci);
    if (handoff->manifest_measured) {
        sha2_384(handoff->manifest, handoff->manifest_size, words);
        identity_bytes(words, inputs->manifest);
    }
}

/* How much of it counts. */
static uint32_t inputs_size(const struct handoff *handoff)
{
    return handoff->manifest_measured ? sizeof(struct inputs)
                                      : offsetof(struct inputs, manifest);
}

/* ---- Measurements -------------------------------------------------------- */

/* A warm reset runs what was measured already. */
static uint32_t extend(const struct handoff *handoff,
                       const struct inputs *inputs, enum soc_ifc_reset reset)
{
    const struct measure_log *log = &handoff->pcr_log;
    static const struct measure_pair pair = {CALIPTRA_PCR_RT_CURRENT,
                                             CALIPTRA_PCR_RT_JOURNEY};
    if (reset == SOC_IFC_RESET_UNKNOWN) {
        return CALIPTRA_ERROR_FMC_UNKNOWN_RESET;
    }
    if (reset == SOC_IFC_RESET_WARM) {
        return 0;
    }
    bool done = vault_clear_pcr(pair.current) &&
                measure(log, &pair, CALIPTRA_PCR_LOG_RT_TCI, inputs->tci,
                        sizeof inputs->tci) &&
                (!handoff->manifest_measured ||
                 measure(log, &pair, CALIPTRA_PCR_LOG_FW_MANIFEST,
                         inputs->manifest, sizeof inputs->manifest));
    return done ? 0 : CALIPTRA_ERROR_DRIVER_PCR_LOCKED;
}

static uint32_t measure_runtime(const struct handoff *handoff,
                                const struct inputs *inputs)
{
    enum soc_ifc_reset reset = soc_ifc_reset_reason();
    uint32_t error = extend(handoff, inputs, reset);
    if (error == 0) {
        vault_lock_pcr(CALIPTRA_PCR_RT_CURRENT);
        vault_lock_pcr(CALIPTRA_PCR_RT_JOURNEY);
        handoff_note_svn(reset, handoff->runtime_svn);
        soc_ifc_boot_status(CALIPTRA_BOOT_RT_MEASURED);
    }
    return error;
}

/* ---- Identity ------------------------------------------------------------ */

static bool is_ours(unsigned slot)
{
    return slot == VAULT_KEY_RUNTIME_CDI || slot == VAULT_KEY_RUNTIME ||
           slot == VAULT_KEY_SCRATCH;
}

/*
 * True if the key vault may have been flooded since the ROM made the FMC's key,
 * as hardware does at every warm reset of a part that is open to a debugger:
 * what it held is gone, and the ROM makes identities in a cold boot alone. The
 * key that the slot then gives has no certificate.
 */
static bool may_be_flooded(void)
{
    bool open = !soc_ifc_debug_locked() ||
                (generation.opens_unprovisioned &&
                 soc_ifc_lifecycle() == CALIPTRA_LIFECYCLE_UNPROVISIONED);

    return open && soc_ifc_reset_reason() != SOC_IFC_RESET_COLD;
}

/*
 * The ROM says where the FMC's identity is. A key from what is in its CDI's
 * slot takes the place of one that may be lost, so that the runtime starts; if
 * the vault was not flooded, that is the key which was there before.
 */
static uint32_t find_issuer(const struct handoff *handoff, struct identity *fmc)
{
    if (is_ours(handoff->fmc_cdi_slot)) {
        return CALIPTRA_ERROR_FMC_CDI_COLLISION;
    }
    if (is_ours(handoff->fmc_key_slot)) {
        return CALIPTRA_ERROR_FMC_ALIAS_COLLISION;
    }
    if (may_be_flooded()) {
        return identity_derive(fmc, handoff->fmc_cdi_slot,
                               handoff->names->fmc_key_label,
                               handoff->fmc_key_slot);
    }
    fmc->key = handoff->fmc_key;
    fmc->key_slot = handoff->fmc_key_slot;
    identity_name(fmc);
    return 0;
}

static uint32_t derive(const struct handoff *handoff,
                       const struct inputs *inputs, struct identity *alias)
{
    uint32_t error =
        hmac_derive(handoff->fmc_cdi_slot, handoff->names->cdi_label, inputs,
                    inputs_size(handoff), VAULT_KEY_RUNTIME_CDI);
    if (error == 0) {
        soc_ifc_boot_status(CALIPTRA_BOOT_RT_ALIAS_CDI);
        error = identity_derive(alias, VAULT_KEY_RUNTIME_CDI,
                                handoff->names->key_label, VAULT_KEY_RUNTIME);
    }
    if (error == 0) {
        soc_ifc_boot_status(CALIPTRA_BOOT_RT_ALIAS_KEY);
    }
    return error;
}

static uint32_t certify(const struct handoff *handoff,
                        const struct inputs *inputs, const struct identity *fmc,
                        const struct identity *alias)
{
    uint8_t *tbs = (uint8_t *)(uintptr_t)generation.runtime_tbs;
    struct caliptra_ecc_signature signature;
    uint8_t ueid[IDENTITY_UEID_SIZE];
    struct x509_certificate certificate = {
        .issuer_name = handoff->names->fmc_alias,
        .issuer = fmc,
        .subject_name = handoff->names->runtime_alias,
        .subject = alias,
        .ueid = ueid,
        .path_length = PATH_LENGTH,
        .key_usage = X509_KEY_CERT_SIGN | X509_DIGITAL_SIGNATURE,
        .tcb_count = 1,
        .tcb = {{"RT_INFO", inputs->tci, (uint8_t)handoff->runtime_svn, NULL}},
    };
    soc_ifc_ueid(ueid);
    x509_validity(handoff->vendor_data, handoff->owner_data,
                  &certificate.not_before, &certificate.not_after);
    uint32_t size = x509_certificate(&certificate, tbs, CALIPTRA_TBS_MAX);
    if (size == 0) {
        return CALIPTRA_ERROR_FMC_RT_ALIAS_TBS_SIZE;
    }
    uint32_t error = identity_sign(fmc, tbs, size, &signature);
    if (error == 0) {
        *handoff->runtime_signature = signature;
        *handoff->runtime_tbs_size = (uint16_t)size;
        soc_ifc_boot_status(CALIPTRA_BOOT_RT_ALIAS_CERT);
    }
    return error;
}

/* From here on only the runtime's own key speaks, until the next reset. */
static void hand_over(const struct handoff *handoff,
                      const struct identity *alias)
{
    for (unsigned slot = 0; slot < generation.key_slots; slot++) {
        if ((handoff->fmc_slots >> slot & 1) != 0) {
            vault_lock_key_use(slot);
        }
    }
    *handoff->runtime_cdi_handle =
        CALIPTRA_HANDLE(CALIPTRA_VAULT_KEY, 0, VAULT_KEY_RUNTIME_CDI);
    *handoff->runtime_key_handle =
        CALIPTRA_HANDLE(CALIPTRA_VAULT_KEY, 0, VAULT_KEY_RUNTIME);
    *handoff->runtime_key = alias->key;
    soc_ifc_boot_status(CALIPTRA_BOOT_RT_ALIAS_DONE);
}

uint32_t rt_alias_make(const struct handoff *handoff)
{
    struct inputs inputs;
    struct identity fmc;
    struct identity alias;
    gather(handoff, &inputs);
    uint32_t error = measure_runtime(handoff, &inputs);
    if (error == 0) {
        error = find_issuer(handoff, &fmc);
    }
    if (error == 0) {
        error = derive(handoff, &inputs, &alias);
    }
    if (error == 0) {
        error = certify(handoff, &inputs, &fmc, &alias);
    }
    if (error == 0) {
        hand_over(handoff, &alias);
        console_digest("[fmc] runtime alias X", alias.key.x);
    }
    return error;
}
