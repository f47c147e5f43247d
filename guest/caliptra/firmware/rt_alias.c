/* SPDX-License-Identifier: Apache-2.0 */
#include "guest/caliptra/firmware/rt_alias.h"

#include "guest/caliptra/hardware/console.h"
#include "guest/caliptra/hardware/hmac.h"
#include "guest/caliptra/hardware/sha2.h"
#include "guest/caliptra/hardware/soc_ifc.h"
#include "guest/caliptra/hardware/vault.h"
#include "guest/caliptra/identity/identity.h"
#include "guest/caliptra/identity/measure.h"
#include "guest/caliptra/identity/x509.h"
#include "guest/kit/memory/memory.h"

enum { PATH_LENGTH = 2 };

/* Of the runtime: its digest, then that of the manifest it came with. */
struct inputs {
    uint8_t tci[CALIPTRA_DIGEST_SIZE];
    uint8_t manifest[CALIPTRA_DIGEST_SIZE];
};

static const struct caliptra_manifest *manifest(void)
{
    return (const void *)CALIPTRA_DCCM_MANIFEST1;
}

static void gather(struct inputs *inputs)
{
    uint32_t words[12];
    vault_digest(VAULT_RUNTIME_DIGEST, words);
    identity_bytes(words, inputs->tci);
    sha2_384(manifest(), sizeof *manifest(), words);
    identity_bytes(words, inputs->manifest);
}

/* ---- Measurements ---------------------------------------------------------
 */

/* A warm reset runs what was measured already. */
static uint32_t extend(const struct inputs *inputs, enum soc_ifc_reset reset)
{
    static const struct measure_pair pair = {CALIPTRA_PCR_RT_CURRENT,
                                             CALIPTRA_PCR_RT_JOURNEY};
    if (reset == SOC_IFC_RESET_UNKNOWN) {
        return CALIPTRA_ERROR_FMC_UNKNOWN_RESET;
    }
    if (reset == SOC_IFC_RESET_WARM) {
        return 0;
    }
    bool done = vault_clear_pcr(pair.current) &&
                measure(&pair, CALIPTRA_PCR_LOG_RT_TCI, inputs->tci,
                        sizeof inputs->tci) &&
                measure(&pair, CALIPTRA_PCR_LOG_FW_MANIFEST, inputs->manifest,
                        sizeof inputs->manifest);
    return done ? 0 : CALIPTRA_ERROR_DRIVER_PCR_LOCKED;
}

/* The lowest version that has run since power-on: who attests to a high one
 * now may have been a low one before. */
static void note_svn(enum soc_ifc_reset reset)
{
    uint32_t svn = vault_word(VAULT_RUNTIME_SVN);
    if (reset != SOC_IFC_RESET_COLD) {
        uint32_t lowest = vault_word(VAULT_RUNTIME_MIN_SVN);
        svn = svn < lowest ? svn : lowest;
    }
    vault_set_word(VAULT_RUNTIME_MIN_SVN, svn);
    vault_lock_word(VAULT_RUNTIME_MIN_SVN);
}

static uint32_t measure_runtime(const struct inputs *inputs)
{
    enum soc_ifc_reset reset = soc_ifc_reset_reason();
    uint32_t error = extend(inputs, reset);
    if (error == 0) {
        vault_lock_pcr(CALIPTRA_PCR_RT_CURRENT);
        vault_lock_pcr(CALIPTRA_PCR_RT_JOURNEY);
        note_svn(reset);
        soc_ifc_boot_status(CALIPTRA_BOOT_RT_MEASURED);
    }
    return error;
}

/* ---- Identity -------------------------------------------------------------
 */

static bool in_key_vault(uint32_t handle)
{
    return (handle & ~0xffu) == CALIPTRA_HANDLE(CALIPTRA_VAULT_KEY, 0, 0);
}

static bool in_sticky_digests(uint32_t handle)
{
    return (handle & ~0xffu) ==
           CALIPTRA_HANDLE(CALIPTRA_VAULT_DATA, CALIPTRA_DV_STICKY_384, 0);
}

static bool is_ours(unsigned slot)
{
    return slot == VAULT_KEY_RUNTIME_CDI || slot == VAULT_KEY_RUNTIME ||
           slot == VAULT_KEY_SCRATCH;
}

/* The ROM says where the FMC's identity is. */
static uint32_t find_issuer(const struct caliptra_fht *fht,
                            struct identity *fmc)
{
    if (!in_key_vault(fht->fmc_cdi_handle) ||
        !in_key_vault(fht->fmc_private_key_handle) ||
        !in_sticky_digests(fht->fmc_public_x_handle) ||
        !in_sticky_digests(fht->fmc_public_y_handle)) {
        return CALIPTRA_ERROR_FMC_HANDOFF_INVALID;
    }
    if (is_ours(fht->fmc_cdi_handle & 0xff)) {
        return CALIPTRA_ERROR_FMC_CDI_COLLISION;
    }
    if (is_ours(fht->fmc_private_key_handle & 0xff)) {
        return CALIPTRA_ERROR_FMC_ALIAS_COLLISION;
    }
    vault_sticky_digest(fht->fmc_public_x_handle & 0xff, fmc->key.x);
    vault_sticky_digest(fht->fmc_public_y_handle & 0xff, fmc->key.y);
    fmc->key_slot = fht->fmc_private_key_handle & 0xff;
    identity_name(fmc);
    return 0;
}

static uint32_t derive(const struct caliptra_fht *fht,
                       const struct inputs *inputs, struct identity *alias)
{
    uint32_t error = hmac_derive(fht->fmc_cdi_handle & 0xff, "rt_alias_cdi",
                                 inputs, sizeof *inputs, VAULT_KEY_RUNTIME_CDI);
    if (error == 0) {
        soc_ifc_boot_status(CALIPTRA_BOOT_RT_ALIAS_CDI);
        error = identity_derive(alias, VAULT_KEY_RUNTIME_CDI, "rt_alias_keygen",
                                VAULT_KEY_RUNTIME);
    }
    if (error == 0) {
        soc_ifc_boot_status(CALIPTRA_BOOT_RT_ALIAS_KEY);
    }
    return error;
}

static uint32_t certify(struct caliptra_fht *fht, const struct inputs *inputs,
                        const struct identity *fmc,
                        const struct identity *alias)
{
    uint8_t *tbs = (uint8_t *)CALIPTRA_DCCM_RTALIAS_TBS;
    struct caliptra_ecc_signature signature;
    uint8_t ueid[IDENTITY_UEID_SIZE];
    struct x509_certificate certificate = {
        .issuer_name = X509_FMC_ALIAS,
        .issuer = fmc,
        .subject_name = X509_RT_ALIAS,
        .subject = alias,
        .ueid = ueid,
        .path_length = PATH_LENGTH,
        .key_usage = X509_KEY_CERT_SIGN | X509_DIGITAL_SIGNATURE,
        .tcb_count = 1,
        .tcb = {{"RT_INFO", inputs->tci, (uint8_t)vault_word(VAULT_RUNTIME_SVN),
                 NULL}},
    };
    soc_ifc_ueid(ueid);
    x509_validity(&manifest()->header, &certificate.not_before,
                  &certificate.not_after);
    uint32_t size = x509_certificate(&certificate, tbs, CALIPTRA_TBS_MAX);
    if (size == 0) {
        return CALIPTRA_ERROR_FMC_RT_ALIAS_TBS_SIZE;
    }
    uint32_t error = identity_sign(fmc, tbs, size, &signature);
    if (error == 0) {
        memcpy(fht->rt_signature, &signature, sizeof signature);
        fht->rtalias_tbs_size = (uint16_t)size;
        soc_ifc_boot_status(CALIPTRA_BOOT_RT_ALIAS_CERT);
    }
    return error;
}

/* From here on only the runtime's own key speaks, until the next reset. */
static void hand_over(struct caliptra_fht *fht, const struct identity *alias)
{
    vault_lock_key_use(fht->fmc_private_key_handle & 0xff);
    vault_lock_key_use(fht->fmc_cdi_handle & 0xff);
    fht->rt_cdi_handle =
        CALIPTRA_HANDLE(CALIPTRA_VAULT_KEY, 0, VAULT_KEY_RUNTIME_CDI);
    fht->rt_private_key_handle =
        CALIPTRA_HANDLE(CALIPTRA_VAULT_KEY, 0, VAULT_KEY_RUNTIME);
    memcpy(fht->rt_public_key, &alias->key, sizeof alias->key);
    soc_ifc_boot_status(CALIPTRA_BOOT_RT_ALIAS_DONE);
}

uint32_t rt_alias_make(struct caliptra_fht *fht)
{
    struct inputs inputs;
    struct identity fmc;
    struct identity alias;
    gather(&inputs);
    uint32_t error = measure_runtime(&inputs);
    if (error == 0) {
        error = find_issuer(fht, &fmc);
    }
    if (error == 0) {
        error = derive(fht, &inputs, &alias);
    }
    if (error == 0) {
        error = certify(fht, &inputs, &fmc, &alias);
    }
    if (error == 0) {
        hand_over(fht, &alias);
        console_digest("[fmc] runtime alias X", alias.key.x);
    }
    return error;
}
