/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Certificates of the identities. ROM and FMC leave what is signed and the
 * signatures apart, at places that the hand-off table names; here they become
 * X.509 (RFC 5280, 4.1).
 */
#include "guest/caliptra/runtime/runtime.h"

#include "abi/caliptra_registers.h"
#include "guest/kit/memory/memory.h"
#include "guest/kit/mmio/mmio.h"

enum {
    SEQUENCE = 0x30,
    INTEGER = 0x02,
    BIT_STRING = 0x03,
    SCALAR = 48,
    SIGNATURE_MAX = 2 + 1 + 2 + 2 * (2 + SCALAR + 1),
    HEADER_MAX = 4,
};

/* ecdsa-with-SHA384, RFC 5758, 3.2. */
static const uint8_t algorithm[] = {0x30, 0x0a, 0x06, 0x08, 0x2a, 0x86,
                                    0x48, 0xce, 0x3d, 0x04, 0x03, 0x03};

/* ---- DER ----------------------------------------------------------------- */

static uint8_t *put(uint8_t *to, const void *bytes, uint32_t size)
{
    memcpy(to, bytes, size);
    return to + size;
}

/* Of contents below 64 KiB. */
static uint8_t *put_header(uint8_t *to, uint8_t tag, uint32_t size)
{
    *to++ = tag;
    if (size >= 0x100) {
        *to++ = 0x82;
        *to++ = (uint8_t)(size >> 8);
    } else if (size >= 0x80) {
        *to++ = 0x81;
    }
    *to++ = (uint8_t)size;
    return to;
}

/* Positive, as short as it gets. */
static uint8_t *put_integer(uint8_t *to, const uint8_t number[SCALAR])
{
    uint32_t skip = 0;
    while (skip < SCALAR - 1 && number[skip] == 0) {
        skip++;
    }
    uint32_t sign = number[skip] >> 7;
    to = put_header(to, INTEGER, sign + SCALAR - skip);
    if (sign != 0) {
        *to++ = 0;
    }
    return put(to, number + skip, SCALAR - skip);
}

static uint8_t *put_signature(uint8_t *to, const uint8_t r[SCALAR],
                              const uint8_t s[SCALAR])
{
    uint8_t numbers[SIGNATURE_MAX];
    uint8_t *end = put_integer(put_integer(numbers, r), s);
    uint32_t size = (uint32_t)(end - numbers);
    to = put_header(to, BIT_STRING, 1 + 2 + size);
    *to++ = 0; /* no unused bits */
    to = put_header(to, SEQUENCE, size);
    return put(to, numbers, size);
}

/* Returns its size. */
static uint32_t assemble(uint8_t *certificate, const void *tbs,
                         uint32_t tbs_size, const uint8_t r[SCALAR],
                         const uint8_t s[SCALAR])
{
    uint8_t signature[SIGNATURE_MAX + HEADER_MAX];
    uint32_t signature_size =
        (uint32_t)(put_signature(signature, r, s) - signature);
    uint8_t *to =
        put_header(certificate, SEQUENCE,
                   tbs_size + (uint32_t)sizeof algorithm + signature_size);
    to = put(to, tbs, tbs_size);
    to = put(to, algorithm, sizeof algorithm);
    to = put(to, signature, signature_size);
    return (uint32_t)(to - certificate);
}

/* ---- Where ROM and FMC left them ----------------------------------------- */

static void put_words(uint8_t *bytes, const uint32_t *words)
{
    for (unsigned i = 0; i < SCALAR; i++) {
        bytes[i] = (uint8_t)(words[i / 4] >> (24 - 8 * (i & 3)));
    }
}

/* False when the handle names no digest-sized entry of the data vault. */
static bool read_handle(uint32_t handle, uint8_t bytes[SCALAR])
{
    uint32_t kind = handle & ~0xffu;
    uint32_t number = handle & 0xff;
    uint32_t words[12];
    uint32_t base = CALIPTRA_DV_STICKY_ENTRY;
    if (kind ==
        CALIPTRA_HANDLE(CALIPTRA_VAULT_DATA, CALIPTRA_DV_NON_STICKY_384, 0)) {
        base = CALIPTRA_DV_NONSTICKY_ENTRY;
    } else if (kind != CALIPTRA_HANDLE(CALIPTRA_VAULT_DATA,
                                       CALIPTRA_DV_STICKY_384, 0)) {
        return false;
    }
    if (number >= 10) {
        return false;
    }
    mmio_read_words(base + SCALAR * number, words, 12);
    put_words(bytes, words);
    return true;
}

static uint32_t from_vault(uint8_t *certificate, uint32_t tbs, uint32_t size,
                           uint32_t r_handle, uint32_t s_handle)
{
    uint8_t r[SCALAR];
    uint8_t s[SCALAR];
    if (size == 0 || size > CALIPTRA_CERTIFICATE_MAX - SIGNATURE_MAX ||
        !read_handle(r_handle, r) || !read_handle(s_handle, s)) {
        return 0;
    }
    return assemble(certificate, (const void *)(uintptr_t)tbs, size, r, s);
}

/* Each returns the size, 0 when there is no such certificate. */
static uint32_t ldevid(const struct runtime *runtime, uint8_t *certificate)
{
    const struct caliptra_fht *fht = runtime->fht;
    return from_vault(certificate, CALIPTRA_DCCM_LDEVID_TBS,
                      fht->ldevid_tbs_size, fht->ldevid_cert_r_handle,
                      fht->ldevid_cert_s_handle);
}

static uint32_t fmc_alias(const struct runtime *runtime, uint8_t *certificate)
{
    const struct caliptra_fht *fht = runtime->fht;
    return from_vault(certificate, CALIPTRA_DCCM_FMCALIAS_TBS,
                      fht->fmcalias_tbs_size, fht->fmc_cert_r_handle,
                      fht->fmc_cert_s_handle);
}

static uint32_t runtime_alias(const struct runtime *runtime,
                              uint8_t *certificate)
{
    const struct caliptra_fht *fht = runtime->fht;
    uint8_t r[SCALAR];
    uint8_t s[SCALAR];
    if (fht->rtalias_tbs_size == 0 ||
        fht->rtalias_tbs_size > CALIPTRA_CERTIFICATE_MAX - SIGNATURE_MAX) {
        return 0;
    }
    put_words(r, fht->rt_signature);
    put_words(s, fht->rt_signature + 12);
    return assemble(certificate, (const void *)CALIPTRA_DCCM_RTALIAS_TBS,
                    fht->rtalias_tbs_size, r, s);
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
    return answer(runtime,
                  assemble(certificate(runtime), request->tbs,
                           request->tbs_size, request->r, request->s),
                  CALIPTRA_ERROR_RUNTIME_INVALID_PARAMETERS);
}

uint32_t certificate_idevid_key(struct runtime *runtime)
{
    struct caliptra_idevid_info_response *response = (void *)runtime->response;
    put_words(response->x, runtime->fht->idevid_public_key);
    put_words(response->y, runtime->fht->idevid_public_key + 12);
    runtime->answered = sizeof *response;
    return 0;
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
    uint8_t *to = put(chain, runtime->kept->idevid_certificate,
                      runtime->kept->idevid_size);
    to += ldevid(runtime, to);
    to += fmc_alias(runtime, to);
    to += runtime_alias(runtime, to);
    return (uint32_t)(to - chain);
}
