/* SPDX-License-Identifier: Apache-2.0 */
/* Derives the key pair of a layer, and the numbers that name it. */
#include "guest/caliptra/identity/identity.h"

#include "guest/caliptra/hardware/ecc.h"
#include "guest/caliptra/hardware/hmac.h"
#include "guest/caliptra/hardware/sha2.h"
#include "guest/caliptra/hardware/vault.h"
#include "guest/kit/memory/memory.h"

void identity_bytes(const uint32_t words[12], uint8_t bytes[48])
{
    for (unsigned i = 0; i < 48; i++) {
        bytes[i] = (uint8_t)(words[i / 4] >> (24 - 8 * (i & 3)));
    }
}

void identity_words(const uint8_t bytes[48], uint32_t words[12])
{
    for (unsigned i = 0; i < 12; i++) {
        const uint8_t *b = bytes + 4 * (size_t)i;
        words[i] = (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 |
                   (uint32_t)b[2] << 8 | b[3];
    }
}

void identity_point(struct identity *identity)
{
    identity->point[0] = 4;
    identity_bytes(identity->key.x, identity->point + 1);
    identity_bytes(identity->key.y, identity->point + 49);
}

void identity_number(struct identity *identity)
{
    for (unsigned i = 0; i < IDENTITY_SERIAL_SIZE; i++) {
        unsigned shift = (i & 1) != 0 ? 0 : 4;
        identity->serial[i] =
            (uint8_t) "0123456789ABCDEF"[identity->digest[i / 2] >> shift & 15];
    }
    memcpy(identity->key_id, identity->digest, sizeof identity->key_id);
}

void identity_name(struct identity *identity)
{
    struct sha2_256 sha;
    identity_point(identity);
    sha2_256_begin(&sha);
    sha2_256_add(&sha, identity->point, sizeof identity->point);
    sha2_256_end(&sha, identity->digest);
    identity_number(identity);
}

uint32_t identity_derive(struct identity *identity, unsigned cdi_slot,
                         const char *label, unsigned key_slot)
{
    uint32_t error = hmac_derive(cdi_slot, label, NULL, 0, VAULT_KEY_SCRATCH);
    if (error == 0) {
        error = ecc_generate(VAULT_KEY_SCRATCH, key_slot, &identity->key);
    }
    vault_clear_key(VAULT_KEY_SCRATCH);
    if (error == 0) {
        identity->key_slot = key_slot;
        identity_name(identity);
    }
    return error;
}

uint32_t identity_sign(const struct identity *identity, const uint8_t *body,
                       uint32_t size, struct caliptra_ecc_signature *signature)
{
    uint32_t digest[12];
    sha2_384(body, size, digest);
    return ecc_sign(identity->key_slot, &identity->key, digest, signature);
}
