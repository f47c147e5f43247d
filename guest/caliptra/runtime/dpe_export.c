/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A CDI that DPE exports: its holder gets a handle to sign with, and a
 * certificate of an authority, whose certificates DPE has no part in. There is
 * one at a time, in a slot of its own, until it is revoked or power is lost.
 */
#include "abi/caliptra_image.h"
#include "abi/caliptra_runtime.h"
#include "abi/caliptra_status.h"
#include "guest/caliptra/hardware/ecc.h"
#include "guest/caliptra/hardware/soc_ifc.h"
#include "guest/caliptra/hardware/trng.h"
#include "guest/caliptra/hardware/vault.h"
#include "guest/caliptra/runtime/dpe_certificate.h"
#include "guest/caliptra/runtime/dpe_key.h"
#include "guest/kit/memory/memory.h"

static const uint8_t label[] = "Exported ECC";
static const struct dpe_key exported_key = {
    .purpose = "Exported CDI",
    .cdi_slot = VAULT_KEY_EXPORTED_CDI,
    .label = label,
    .label_size = sizeof label - 1,
    .context = "Exported ECC",
};

void dpe_forget_export(struct runtime *runtime)
{
    vault_clear_key(VAULT_KEY_EXPORTED_CDI);
    runtime->kept->exported = 0;
    memset(runtime->kept->export, 0, sizeof runtime->kept->export);
}

/* ---- DeriveContext ------------------------------------------------------- */

static uint32_t make(struct runtime *runtime, unsigned index,
                     struct dpe_export_response *response)
{
    struct identity subject;
    struct identity issuer;
    uint8_t ueid[IDENTITY_UEID_SIZE];
    uint32_t words[12];
    uint8_t *scratch = (uint8_t *)runtime->request;
    const struct dpe_leaf leaf = {.runtime = runtime,
                                  .index = index,
                                  .ueid = ueid,
                                  .ueid_size = sizeof ueid,
                                  .authority = true,
                                  .subject = &subject,
                                  .issuer = &issuer};
    soc_ifc_ueid(ueid);
    dpe_key_issuer(runtime, &issuer);
    uint32_t error = trng_start();
    if (error == 0) {
        error = trng_draw(words);
    }
    if (error == 0) {
        error = dpe_key_make(runtime, index, &exported_key, scratch, &subject);
    }
    if (error == 0) {
        error = dpe_certificate_issue(&leaf, scratch, response->certificate,
                                      &response->size);
    }
    dpe_key_forget();
    if (error != 0) {
        return dpe_status_of(error);
    }
    memcpy(response->export, words, sizeof response->export);
    return response->size != 0 ? DPE_OK : DPE_INTERNAL_ERROR;
}

uint32_t dpe_export(struct runtime *runtime, const void *request,
                    struct dpe_export_response *response)
{
    const struct dpe_derive_command command =
        *(const struct dpe_derive_command *)request;
    struct runtime_kept *kept = runtime->kept;
    unsigned index = 0;
    uint32_t status =
        dpe_find(runtime->dpe, &command.handle, runtime->user, &index);
    if (status == DPE_OK) {
        status = dpe_check_export(runtime->dpe, index, command.flags);
    }
    if (status != DPE_OK) {
        return status;
    }
    if (kept->exported != 0) {
        return DPE_EXPORTED_ALREADY;
    }
    status = make(runtime, index, response);
    if (status == DPE_OK) {
        status = dpe_leave(runtime->dpe, index,
                           (command.flags & DPE_DERIVE_RETAIN_PARENT) != 0,
                           &response->parent_handle);
    }
    if (status != DPE_OK) {
        dpe_forget_export(runtime);
        return status;
    }
    memset(&response->handle, 0xff, sizeof response->handle);
    memcpy(kept->export, response->export, sizeof kept->export);
    kept->exported = 1;
    return DPE_OK;
}

/* ---- Mailbox commands ---------------------------------------------------- */

static bool is_exported(const struct runtime *runtime,
                        const uint8_t export[DPE_EXPORT_SIZE])
{
    return runtime->kept->exported != 0 &&
           memcmp(runtime->kept->export, export, DPE_EXPORT_SIZE) == 0;
}

static uint32_t sign(const uint8_t bytes[48],
                     struct caliptra_export_sign_response *response)
{
    struct caliptra_ecc_signature signature;
    struct identity subject;
    uint32_t digest[12];
    identity_words(bytes, digest);
    if (dpe_key_of_cdi(&exported_key, &subject) != 0) {
        return CALIPTRA_ERROR_RUNTIME_EXPORTED_KEY;
    }
    if (ecc_sign(subject.key_slot, &subject.key, digest, &signature) != 0) {
        return CALIPTRA_ERROR_RUNTIME_EXPORTED_SIGNATURE;
    }
    identity_bytes(subject.key.x, response->x);
    identity_bytes(subject.key.y, response->y);
    identity_bytes(signature.r, response->r);
    identity_bytes(signature.s, response->s);
    return 0;
}

uint32_t dpe_sign_with_export(struct runtime *runtime)
{
    const struct caliptra_export_sign_request *request =
        (const void *)runtime->request;
    struct caliptra_export_sign_response *response = (void *)runtime->response;
    if (!runtime_privileged(runtime)) {
        return CALIPTRA_ERROR_RUNTIME_PRIVILEGE;
    }
    if (!is_exported(runtime, request->export)) {
        return CALIPTRA_ERROR_RUNTIME_EXPORTED_KEY;
    }
    uint32_t error = trng_start();
    if (error == 0) {
        error = sign(request->digest, response);
    }
    dpe_key_forget();
    runtime->answered = sizeof *response;
    return error;
}

uint32_t dpe_revoke_export(struct runtime *runtime)
{
    const struct caliptra_export_revoke_request *request =
        (const void *)runtime->request;
    if (!runtime_privileged(runtime)) {
        return CALIPTRA_ERROR_RUNTIME_PRIVILEGE;
    }
    if (!is_exported(runtime, request->export)) {
        return CALIPTRA_ERROR_RUNTIME_EXPORTED_HANDLE;
    }
    dpe_forget_export(runtime);
    return 0;
}
