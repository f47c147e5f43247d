/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Certificates of the identities. ROM and FMC leave what is signed and the
 * signatures apart, at places that the hand-off table names; here they become
 * X.509 (RFC 5280, 4.1).
 */
#include "guest/caliptra/runtime/runtime.h"

#include "abi/caliptra_handoff.h"
#include "abi/caliptra_image.h"
#include "abi/caliptra_runtime.h"
#include "abi/caliptra_status.h"
#include "guest/caliptra/hardware/generation.h"
#include "guest/caliptra/identity/identity.h"
#include "guest/caliptra/identity/x509.h"
#include "guest/kit/memory/memory.h"

/* ---- Where ROM and FMC left them ----------------------------------------- */

/* Each returns the size, 0 when there is no such certificate. */
static uint32_t assemble(const struct handoff_certificate *parts,
                         uint8_t *certificate)
{
    return parts->size == 0
               ? 0
               : x509_signed(parts->tbs, parts->size, &parts->signature,
                             certificate, RUNTIME_CERTIFICATE_MAX);
}

static uint32_t ldevid(const struct runtime *runtime, uint8_t *certificate)
{
    return assemble(&runtime->handoff.ldevid, certificate);
}

static uint32_t fmc_alias(const struct runtime *runtime, uint8_t *certificate)
{
    return assemble(&runtime->handoff.fmc_alias, certificate);
}

static uint32_t runtime_alias(const struct runtime *runtime,
                              uint8_t *certificate)
{
    const struct handoff_certificate parts = {
        .tbs = (const void *)(uintptr_t)generation.runtime_tbs,
        .size = *runtime->handoff.runtime_tbs_size,
        .signature = *runtime->handoff.runtime_signature,
    };
    return assemble(&parts, certificate);
}

/* ---- Commands ------------------------------------------------------------ */

/* The certificate is in the response; pads the last word. */
static uint32_t answer(struct runtime *runtime, uint32_t size, uint32_t error)
{
    struct caliptra_sized_response *response = (void *)runtime->response;
    response->size = size;
    memset(response->bytes + size, 0, 3);
    runtime->answered = sizeof *response + size;
    return size != 0 ? 0 : error;
}

static uint8_t *certificate(struct runtime *runtime)
{
    return ((struct caliptra_sized_response *)(void *)runtime->response)->bytes;
}

uint32_t certificate_ldevid(struct runtime *runtime)
{
    return answer(runtime, ldevid(runtime, certificate(runtime)),
                  CALIPTRA_ERROR_RUNTIME_LDEVID_CERTIFICATE);
}

uint32_t certificate_fmc_alias(struct runtime *runtime)
{
    return answer(runtime, fmc_alias(runtime, certificate(runtime)),
                  CALIPTRA_ERROR_RUNTIME_FMC_ALIAS_CERTIFICATE);
}

uint32_t certificate_runtime_alias(struct runtime *runtime)
{
    return answer(runtime, runtime_alias(runtime, certificate(runtime)),
                  CALIPTRA_ERROR_RUNTIME_ALIAS_CERTIFICATE);
}

/* The manufacturer's: what it signed comes with the request. */
uint32_t certificate_idevid(struct runtime *runtime)
{
    const struct caliptra_idevid_cert_request *request =
        (const void *)runtime->request;
    if (runtime->size < sizeof *request ||
        runtime->size > sizeof *request + CALIPTRA_IDEVID_TBS_MAX) {
        return CALIPTRA_ERROR_RUNTIME_INSUFFICIENT_MEMORY;
    }
    if (request->tbs_size > runtime->size - sizeof *request) {
        return CALIPTRA_ERROR_RUNTIME_INVALID_PARAMETERS;
    }
    struct caliptra_ecc_signature signature;
    identity_words(request->r, signature.r);
    identity_words(request->s, signature.s);
    return answer(runtime,
                  x509_signed(request->tbs, request->tbs_size, &signature,
                              certificate(runtime), CALIPTRA_CERTIFICATE_MAX),
                  CALIPTRA_ERROR_RUNTIME_INVALID_PARAMETERS);
}

uint32_t certificate_idevid_key(struct runtime *runtime)
{
    struct caliptra_idevid_info_response *response = (void *)runtime->response;
    identity_bytes(runtime->handoff.idevid_key->x, response->x);
    identity_bytes(runtime->handoff.idevid_key->y, response->y);
    runtime->answered = sizeof *response;
    return 0;
}

/* The request for it, if the SoC had the ROM make one. */
uint32_t certificate_idevid_csr(struct runtime *runtime)
{
    const struct caliptra_idevid_csr *csr = runtime->handoff.idevid_csr;
    if (csr->size == 0) {
        return CALIPTRA_ERROR_RUNTIME_ROM_KEEPS_NO_CSR;
    }
    if (csr->size > sizeof csr->bytes) {
        return CALIPTRA_ERROR_RUNTIME_NO_IDEVID_CSR;
    }
    memcpy(certificate(runtime), csr->bytes, csr->size);
    return answer(runtime, csr->size, 0);
}

/* The one that the manufacturer issued, for the chain. */
uint32_t certificate_take_idevid(struct runtime *runtime)
{
    const struct caliptra_sized_request *request =
        (const void *)runtime->request;
    struct runtime_kept *kept = runtime->kept;
    if (runtime->size < sizeof *request ||
        runtime->size > sizeof *request + sizeof kept->idevid_certificate) {
        return CALIPTRA_ERROR_RUNTIME_INSUFFICIENT_MEMORY;
    }
    if (request->size > runtime->size - sizeof *request) {
        return CALIPTRA_ERROR_RUNTIME_INVALID_PARAMETERS;
    }
    if (!runtime_privileged(runtime)) {
        return CALIPTRA_ERROR_RUNTIME_PRIVILEGE;
    }
    memcpy(kept->idevid_certificate, request->bytes, request->size);
    kept->idevid_size = request->size;
    return 0;
}

uint32_t certificate_chain(const struct runtime *runtime, uint8_t *chain)
{
    uint8_t *to = chain + runtime->kept->idevid_size;
    memcpy(chain, runtime->kept->idevid_certificate,
           runtime->kept->idevid_size);
    to += ldevid(runtime, to);
    to += fmc_alias(runtime, to);
    to += runtime_alias(runtime, to);
    return (uint32_t)(to - chain);
}
