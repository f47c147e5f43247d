/* SPDX-License-Identifier: Apache-2.0 */
/* Derives the key of a context from its path. */
#include "guest/caliptra/runtime/dpe_key.h"

#include "guest/caliptra/hardware/ecc.h"
#include "guest/caliptra/hardware/hmac.h"
#include "guest/caliptra/hardware/sha2.h"
#include "guest/caliptra/hardware/vault.h"
#include "guest/kit/memory/memory.h"

static uint8_t *put(uint8_t *to, const void *bytes, uint32_t size)
{
    memcpy(to, bytes, size);
    return to + size;
}

/* The inputs of one context, and whether its holder may have certificates. */
static uint8_t *put_node(uint8_t *to, const struct dpe_context *context)
{
    to = put(to, &context->tci_type, sizeof context->tci_type);
    to = put(to, context->cumulative, sizeof context->cumulative);
    to = put(to, context->current, sizeof context->current);
    to = put(to, &context->locality, sizeof context->locality);
    *to++ = (context->flags & DPE_DERIVE_ALLOW_X509) != 0;
    return to;
}

/* The profile of this instance and its certificate chain, as flags select. */
static uint8_t *put_internal(uint8_t *to, const struct runtime *runtime,
                             uint32_t flags)
{
    static const uint32_t number = DPE_PROFILE;
    struct dpe_profile_response profile;
    if ((flags & DPE_DERIVE_INTERNAL_INFO) != 0) {
        dpe_profile(&profile);
        to = put(to, &profile, sizeof profile);
        to = put(to, &number, sizeof number);
    }
    if ((flags & DPE_DERIVE_INTERNAL_DICE) != 0) {
        to += certificate_chain(runtime, to);
    }
    return to;
}

static void digest(const struct runtime *runtime, unsigned index,
                   uint8_t *scratch, uint8_t measurements[48])
{
    uint8_t path[DPE_CONTEXTS];
    uint32_t words[12];
    uint32_t flags = 0;
    uint8_t *to = scratch;
    unsigned count = dpe_path(runtime->dpe, index, path);
    for (unsigned i = 0; i < count; i++) {
        const struct dpe_context *context = &runtime->dpe->contexts[path[i]];
        flags |= context->flags;
        to = put_node(to, context);
    }
    to = put_internal(to, runtime, flags);
    sha2_384(scratch, (uint32_t)(to - scratch), words);
    identity_bytes(words, measurements);
}

static uint32_t length(const char *text)
{
    uint32_t size = 0;
    while (text[size] != '\0') {
        size++;
    }
    return size;
}

static uint32_t derive_cdi(const struct runtime *runtime,
                           const uint8_t measurements[48],
                           const struct dpe_key *key)
{
    uint8_t text[48 + 16];
    uint8_t context[48];
    uint32_t words[12];
    uint32_t size = length(key->purpose);
    memcpy(text, measurements, 48);
    memcpy(text + 48, key->purpose, size);
    sha2_384(text, 48 + size, words);
    identity_bytes(words, context);
    return hmac_derive(*runtime->handoff.runtime_cdi_handle & 0xff,
                       "derive_cdi", context, sizeof context, key->cdi_slot);
}

/* Named after the digest that the profile has, not after that of the layers. */
static void name(struct identity *leaf)
{
    uint32_t words[12];
    uint8_t bytes[48];
    identity_point(leaf);
    sha2_384(leaf->point, sizeof leaf->point, words);
    identity_bytes(words, bytes);
    memcpy(leaf->digest, bytes, sizeof leaf->digest);
    identity_number(leaf);
}

uint32_t dpe_key_of_cdi(const struct dpe_key *key, struct identity *leaf)
{
    const struct hmac_input input = {key->label, key->label_size, key->context,
                                     length(key->context)};
    uint32_t error = hmac_derive_from(key->cdi_slot, &input, VAULT_KEY_SCRATCH);
    if (error == 0) {
        error = ecc_generate(VAULT_KEY_SCRATCH, VAULT_KEY_DPE, &leaf->key);
    }
    leaf->key_slot = VAULT_KEY_DPE;
    name(leaf);
    return error;
}

uint32_t dpe_key_make(const struct runtime *runtime, unsigned index,
                      const struct dpe_key *key, uint8_t *scratch,
                      struct identity *leaf)
{
    uint8_t measurements[48];
    digest(runtime, index, scratch, measurements);
    uint32_t error = derive_cdi(runtime, measurements, key);
    return error != 0 ? error : dpe_key_of_cdi(key, leaf);
}

void dpe_key_issuer(const struct runtime *runtime, struct identity *issuer)
{
    issuer->key = *runtime->handoff.runtime_key;
    issuer->key_slot = *runtime->handoff.runtime_key_handle & 0xff;
    identity_name(issuer);
}

void dpe_key_forget(void)
{
    vault_clear_key(VAULT_KEY_SCRATCH);
    vault_clear_key(VAULT_KEY_DPE_CDI);
    vault_clear_key(VAULT_KEY_DPE);
}
