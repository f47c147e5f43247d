/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CertifyKey, with the mailbox commands around it, and Sign. Requests are
 * copied off first: where they were is room for what is made of them.
 */
#include "abi/caliptra_image.h"
#include "abi/caliptra_mailbox.h"
#include "abi/caliptra_runtime.h"
#include "abi/caliptra_status.h"
#include "guest/caliptra/hardware/ecc.h"
#include "guest/caliptra/hardware/soc_ifc.h"
#include "guest/caliptra/hardware/trng.h"
#include "guest/caliptra/hardware/vault.h"
#include "guest/caliptra/identity/x509.h"
#include "guest/caliptra/runtime/dpe_certificate.h"
#include "guest/caliptra/runtime/dpe_key.h"
#include "guest/kit/memory/memory.h"

_Static_assert(DPE_CERTIFICATE_MAX <= 4 * RUNTIME_REQUEST_WORDS,
               "no room for what is signed");

/* The error that a driver found goes where the SoC can look it up. */
uint32_t dpe_status_of(uint32_t error)
{
    if (error == 0) {
        return DPE_OK;
    }
    soc_ifc_error_extended(0, error);
    return DPE_CRYPTO_ERROR;
}

/* ---- CertifyKey ---------------------------------------------------------- */

struct work {
    struct dpe_leaf leaf;
    uint8_t *scratch; /* DPE_CERTIFICATE_MAX bytes each */
    uint8_t *result;
    uint32_t size; /* of the result, 0: it does not fit */
};

/* The subject signs its request, and the issuer that the key is one of its
 * own. */
static uint32_t make_request(struct work *work)
{
    struct caliptra_ecc_signature signature;
    uint32_t size = dpe_certificate_request(&work->leaf, work->scratch,
                                            DPE_CERTIFICATE_MAX);
    uint32_t error =
        identity_sign(work->leaf.subject, work->scratch, size, &signature);
    if (error != 0 || size == 0) {
        return error;
    }
    size = x509_signed(work->scratch, size, &signature, work->result,
                       DPE_CERTIFICATE_MAX);
    error = identity_sign(work->leaf.issuer, work->result, size, &signature);
    if (error != 0 || size == 0) {
        return error;
    }
    const struct dpe_message message = {work->result, size, work->leaf.issuer,
                                        &signature};
    work->size =
        dpe_certificate_message(&message, work->scratch, DPE_CERTIFICATE_MAX);
    memcpy(work->result, work->scratch, work->size);
    return 0;
}

static struct dpe_key key_of(const uint8_t label[48])
{
    return (struct dpe_key){.purpose = "DPE",
                            .cdi_slot = VAULT_KEY_DPE_CDI,
                            .label = label,
                            .label_size = 48,
                            .context = "ECC"};
}

static uint32_t make(struct runtime *runtime, unsigned index,
                     const struct dpe_certify_command *command, bool other_name,
                     struct dpe_certify_response *response)
{
    const struct dpe_key key = key_of(command->label);
    struct identity subject;
    struct identity issuer;
    uint8_t *scratch = (uint8_t *)runtime->request;
    struct work work = {
        .leaf = {.runtime = runtime,
                 .index = index,
                 .ueid = command->label,
                 .ueid_size = sizeof command->label,
                 .subject = &subject,
                 .issuer = &issuer,
                 .other_name = other_name},
        .scratch = scratch,
        .result = response->certificate,
    };
    dpe_key_issuer(runtime, &issuer);
    uint32_t error = trng_start();
    if (error == 0) {
        error = dpe_key_make(runtime, index, &key, scratch, &subject);
    }
    if (error == 0) {
        error = command->format == DPE_FORMAT_CSR
                    ? make_request(&work)
                    : dpe_certificate_issue(&work.leaf, scratch, work.result,
                                            &work.size);
    }
    dpe_key_forget();
    if (error != 0) {
        return dpe_status_of(error);
    }
    memcpy(response->x, subject.point + 1, sizeof response->x);
    memcpy(response->y, subject.point + 49, sizeof response->y);
    response->size = work.size;
    return work.size != 0 ? DPE_OK : DPE_INTERNAL_ERROR;
}

static uint32_t check_format(const struct dpe_context *context, uint32_t format)
{
    return format == DPE_FORMAT_CSR ||
                   (format == DPE_FORMAT_X509 &&
                    (context->flags & DPE_DERIVE_ALLOW_X509) != 0)
               ? DPE_OK
               : DPE_INVALID_ARGUMENT;
}

static uint32_t certify(struct runtime *runtime,
                        const struct dpe_certify_command *command,
                        bool other_name, struct dpe_certify_response *response)
{
    unsigned index = 0;
    uint32_t status =
        dpe_find(runtime->dpe, &command->handle, runtime->user, &index);
    if (status == DPE_OK) {
        status = check_format(&runtime->dpe->contexts[index], command->format);
    }
    if (status == DPE_OK) {
        status = make(runtime, index, command, other_name, response);
    }
    return status == DPE_OK ? dpe_roll(runtime->dpe, index, &response->handle)
                            : status;
}

/* Certificates are for level 0 alone, requests for all. */
uint32_t dpe_certify(struct runtime *runtime, const void *request,
                     void *response, uint32_t *status)
{
    const struct dpe_certify_command command =
        *(const struct dpe_certify_command *)request;
    if (command.format == DPE_FORMAT_X509 && !runtime_privileged(runtime)) {
        return CALIPTRA_ERROR_RUNTIME_PRIVILEGE;
    }
    *status = certify(runtime, &command, false, response);
    return 0;
}

/* CERTIFY_KEY_EXTENDED, of which none of it is for level 1. */
uint32_t dpe_certify_extended(struct runtime *runtime)
{
    const struct caliptra_certify_request *request =
        (const void *)runtime->request;
    struct caliptra_response_header *header = (void *)runtime->response;
    struct dpe_certify_response *response = (void *)(header + 1);
    struct dpe_certify_command command;
    bool other_name = (request->flags & CALIPTRA_CERTIFY_OTHER_NAME) != 0;
    _Static_assert(sizeof command.header + sizeof request->command ==
                       sizeof command,
                   "the command without its header");
    if (!runtime_privileged(runtime)) {
        return CALIPTRA_ERROR_RUNTIME_PRIVILEGE;
    }
    memcpy((uint8_t *)&command + sizeof command.header, request->command,
           sizeof request->command);
    memset(response, 0, sizeof *response);
    response->header =
        (struct dpe_response){DPE_RESPONSE_MAGIC, DPE_OK, DPE_PROFILE};
    runtime->answered = sizeof *header + sizeof *response;
    return certify(runtime, &command, other_name, response) == DPE_OK
               ? 0
               : CALIPTRA_ERROR_RUNTIME_CERTIFY_KEY;
}

/* ASCII, with two colons. */
static bool is_device_info(const uint8_t *name, uint32_t size)
{
    unsigned colons = 0;
    for (uint32_t i = 0; i < size; i++) {
        if (name[i] >= 0x80) {
            return false;
        }
        colons += name[i] == ':';
    }
    return colons == 2;
}

/* ADD_SUBJECT_ALT_NAME: for certificates until the next reset. */
uint32_t dpe_name_subjects(struct runtime *runtime)
{
    const struct caliptra_sized_request *request =
        (const void *)runtime->request;
    if (runtime->size < sizeof *request ||
        runtime->size > sizeof *request + sizeof runtime->other_name) {
        return CALIPTRA_ERROR_RUNTIME_INSUFFICIENT_MEMORY;
    }
    if (request->size > runtime->size - sizeof *request) {
        return CALIPTRA_ERROR_RUNTIME_INVALID_PARAMETERS;
    }
    if (!is_device_info(request->bytes, request->size)) {
        return CALIPTRA_ERROR_RUNTIME_SUBJECT_NAME;
    }
    memcpy(runtime->other_name, request->bytes, request->size);
    runtime->other_name_size = request->size;
    return 0;
}

/* ---- Sign ---------------------------------------------------------------- */

static uint32_t sign(struct runtime *runtime, unsigned index,
                     const struct dpe_sign_command *command,
                     struct caliptra_ecc_signature *signature)
{
    const struct dpe_key key = key_of(command->label);
    struct identity subject;
    uint32_t digest[12];
    identity_words(command->digest, digest);
    uint32_t error = trng_start();
    if (error == 0) {
        error = dpe_key_make(runtime, index, &key, (uint8_t *)runtime->request,
                             &subject);
    }
    if (error == 0) {
        error = ecc_sign(subject.key_slot, &subject.key, digest, signature);
    }
    dpe_key_forget();
    return dpe_status_of(error);
}

/* A simulation has no key that signs. */
uint32_t dpe_sign(struct runtime *runtime, const void *request, void *answer,
                  uint32_t *status)
{
    const struct dpe_sign_command command =
        *(const struct dpe_sign_command *)request;
    struct dpe_sign_response *response = answer;
    struct caliptra_ecc_signature signature;
    unsigned index = 0;
    *status = dpe_find(runtime->dpe, &command.handle, runtime->user, &index);
    if (*status == DPE_OK && runtime->dpe->contexts[index].simulation != 0) {
        *status = DPE_INVALID_ARGUMENT;
    }
    if (*status == DPE_OK) {
        *status = sign(runtime, index, &command, &signature);
    }
    if (*status == DPE_OK) {
        *status = dpe_roll(runtime->dpe, index, &response->handle);
    }
    if (*status == DPE_OK) {
        identity_bytes(signature.r, response->r);
        identity_bytes(signature.s, response->s);
    }
    return 0;
}
