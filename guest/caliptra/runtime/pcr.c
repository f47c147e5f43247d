/* SPDX-License-Identifier: Apache-2.0 */
/* Commands about platform configuration registers. */
#include "guest/caliptra/runtime/runtime.h"

#include "abi/caliptra2_runtime.h"
#include "abi/caliptra_handoff.h"
#include "abi/caliptra_registers.h"
#include "abi/caliptra_runtime.h"
#include "abi/caliptra_status.h"
#include "guest/caliptra/hardware/sha2.h"
#include "guest/caliptra/hardware/trng.h"
#include "guest/caliptra/hardware/vault.h"
#include "guest/caliptra/identity/identity.h"
#include "guest/kit/memory/memory.h"
#include "guest/kit/mmio/mmio.h"

/* PCRs that only ROM and FMC extend. */
enum { FIRST_OF_THE_SOC = CALIPTRA_PCR_RT_JOURNEY + 1, INDEX_MAX = 255 };

uint32_t pcr_extend(struct runtime *runtime)
{
    const struct caliptra_extend_pcr_request *request =
        (const void *)runtime->request;
    if (request->index > INDEX_MAX) {
        return CALIPTRA_ERROR_RUNTIME_INVALID_PARAMETERS;
    }
    if (request->index >= CALIPTRA_PCR_COUNT) {
        return CALIPTRA_ERROR_RUNTIME_PCR_INDEX;
    }
    if (request->index < FIRST_OF_THE_SOC) {
        return CALIPTRA_ERROR_RUNTIME_PCR_RESERVED;
    }
    return sha2_384_extend(request->index, request->value,
                           sizeof request->value)
               ? 0
               : CALIPTRA_ERROR_DRIVER_PCR_LOCKED;
}

uint32_t pcr_count_reset(struct runtime *runtime)
{
    const struct caliptra_pcr_reset_request *request =
        (const void *)runtime->request;
    if (request->index >= CALIPTRA_PCR_COUNT) {
        return CALIPTRA_ERROR_RUNTIME_INVALID_PARAMETERS;
    }
    uint32_t *resets = &runtime->kept->pcr_resets[request->index];
    if (*resets == UINT32_MAX) {
        return CALIPTRA_ERROR_RUNTIME_PCR_RESETS_MAX;
    }
    ++*resets;
    return 0;
}

/* ---- The log ------------------------------------------------------------- */

static uint32_t at_most(uint32_t count, uint32_t limit)
{
    return count < limit ? count : limit;
}

/* The log that replays PCR 0 to 3 and 31: the log of ROM and FMC, then the
 * stashes of the ROM, then ours. */
uint32_t pcr_log(struct runtime *runtime)
{
    struct caliptra_sized_response *response = (void *)runtime->response;
    struct caliptra_pcr_log_entry *entry = (void *)response->bytes;
    uint32_t booted =
        at_most(*runtime->handoff.pcr_log.count, CALIPTRA_PCR_LOG_MAX);
    uint32_t stashed =
        at_most(runtime->handoff.stash_count, CALIPTRA_MEASUREMENT_LOG_MAX);
    for (uint32_t i = 0; i < booted; i++) {
        *entry++ = runtime->handoff.pcr_log.entries[i];
    }
    for (uint32_t i = 0; i < stashed; i++) {
        *entry++ = runtime->handoff.stashes[i].pcr;
    }
    for (uint32_t i = 0; i < runtime->kept->stash_count; i++) {
        *entry++ = runtime->kept->stashes[i].pcr;
    }
    response->size = (uint32_t)((uint8_t *)entry - response->bytes);
    runtime->answered = sizeof *response + response->size;
    return 0;
}

/* ---- The quote ----------------------------------------------------------- */

/* The block digests all PCRs and then the nonce, from its last word to its
 * first; so the words go in turned round, and the digest is that of the bytes
 * as they came. */
static bool digest_pcrs(const uint8_t nonce[32], uint32_t digest[12])
{
    mmio_wait(CALIPTRA_SHA512_PCR_HASH_STATUS, CALIPTRA_STATUS_READY);
    for (unsigned i = 0; i < 8; i++) {
        const uint8_t *bytes = nonce + 4 * (size_t)i;
        mmio_write(CALIPTRA_SHA512_PCR_HASH_NONCE + 4 * (7 - i),
                   (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 |
                       (uint32_t)bytes[2] << 8 | bytes[3]);
    }
    mmio_write(CALIPTRA_SHA512_PCR_HASH_CTRL, 1);
    uint32_t status =
        mmio_wait(CALIPTRA_SHA512_PCR_HASH_STATUS, CALIPTRA_STATUS_READY);
    mmio_read_words(CALIPTRA_SHA512_PCR_HASH_DIGEST, digest, 12);
    /* Only another digest takes the write lock off the block. */
    mmio_write(CALIPTRA_SHA512_CTRL,
               CALIPTRA_SHA512_CTRL_384 | CALIPTRA_SHA512_CTRL_INIT);
    mmio_wait(CALIPTRA_SHA512_STATUS, CALIPTRA_STATUS_READY);
    return (status & CALIPTRA_STATUS_VALID) != 0;
}

/* The block takes digest and key by itself: the last PCR digest, the key of the
 * FMC alias. It gives no error that says why it failed. */
static uint32_t sign_pcrs(uint32_t r[12], uint32_t s[12])
{
    uint32_t mask[12];
    uint32_t error = trng_start();
    if (error == 0) {
        error = trng_draw(mask);
    }
    if (error != 0) {
        return error;
    }
    mmio_wait(CALIPTRA_ECC_STATUS, CALIPTRA_STATUS_READY);
    mmio_write_words(CALIPTRA_ECC_IV, mask, 12);
    mmio_write(CALIPTRA_ECC_CTRL,
               CALIPTRA_ECC_CTRL_SIGN | CALIPTRA_ECC_CTRL_PCR_SIGN);
    while ((mmio_read(CALIPTRA_ECC_STATUS) & CALIPTRA_STATUS_VALID) == 0) {
        error = mmio_read(CALIPTRA_ECC_ERROR);
        if (error != 0) {
            mmio_write(CALIPTRA_ECC_ERROR, error);
            return CALIPTRA_ERROR_DRIVER_ECC_HARDWARE;
        }
    }
    mmio_read_words(CALIPTRA_ECC_SIGN_R, r, 12);
    mmio_read_words(CALIPTRA_ECC_SIGN_S, s, 12);
    mmio_write(CALIPTRA_ECC_CTRL, CALIPTRA_ECC_CTRL_ZEROIZE);
    return 0;
}

struct quote {
    uint32_t digest[12];
    uint32_t r[12];
    uint32_t s[12];
};

static uint32_t make_quote(const uint8_t nonce[32], struct quote *quote)
{
    return digest_pcrs(nonce, quote->digest)
               ? sign_pcrs(quote->r, quote->s)
               : CALIPTRA_ERROR_DRIVER_SHA384_STATE;
}

static void copy_pcrs(uint8_t pcrs[CALIPTRA_PCR_COUNT][48])
{
    for (unsigned i = 0; i < CALIPTRA_PCR_COUNT; i++) {
        uint32_t words[12];
        vault_pcr(i, words);
        identity_bytes(words, pcrs[i]);
    }
}

uint32_t pcr_quote(struct runtime *runtime)
{
    const struct caliptra_quote_request *request =
        (const void *)runtime->request;
    struct caliptra_quote_response *response = (void *)runtime->response;
    struct quote quote;
    uint32_t error = make_quote(request->nonce, &quote);
    if (error != 0) {
        return error;
    }
    copy_pcrs(response->pcrs);
    memcpy(response->nonce, request->nonce, sizeof response->nonce);
    identity_bytes(quote.digest, response->digest);
    memcpy(response->resets, runtime->kept->pcr_resets,
           sizeof response->resets);
    identity_bytes(quote.r, response->r);
    identity_bytes(quote.s, response->s);
    runtime->answered = sizeof *response;
    return 0;
}

uint32_t pcr_quote_2(struct runtime *runtime)
{
    const struct caliptra_quote_request *request =
        (const void *)runtime->request;
    struct caliptra2_quote_response *response = (void *)runtime->response;
    struct quote quote;
    uint32_t error = make_quote(request->nonce, &quote);
    if (error != 0) {
        return error;
    }
    copy_pcrs(response->pcrs);
    memcpy(response->nonce, request->nonce, sizeof response->nonce);
    identity_bytes(quote.digest, response->digest);
    memcpy(response->resets, runtime->kept->pcr_resets,
           sizeof response->resets);
    identity_bytes(quote.r, response->r);
    identity_bytes(quote.s, response->s);
    runtime->answered = sizeof *response;
    return 0;
}
