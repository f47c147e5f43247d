/* SPDX-License-Identifier: Apache-2.0 */
/* The output that the AES engine makes of a block, in each mode and phase. */
#include <string.h>

#include "crypto/words.h"
#include "devices/caliptra/aes_state.h"

static void xor_block(uint8_t *to, const uint8_t *from)
{
    for (int i = 0; i < AES_BLOCK_BYTES; i++) {
        to[i] ^= from[i];
    }
}

static void encrypt(const struct aes_state *state, const uint8_t *in,
                    uint8_t *out)
{
    uint32_t words[KEY_WORDS];
    uint8_t key[AES256_KEY_BYTES];

    for (unsigned i = 0; i < KEY_WORDS; i++) {
        words[i] = (state->control.value & SIDELOAD) != 0
                       ? state->sideloaded[i]
                       : state->key[i] ^ state->key[KEY_WORDS + i];
    }
    words_to_le_bytes(key, words, KEY_WORDS);
    if ((state->control.value & OPERATION) == DECRYPT &&
        (mode_of(state) == MODE_ECB || mode_of(state) == MODE_CBC)) {
        aes256_decrypt(key, in, out);
    } else {
        aes256_encrypt(key, in, out);
    }
}

/* Counts big-endian in the last words of the counter. */
static void increment(struct aes_state *state, int words)
{
    for (int i = BLOCK_WORDS - 1; i >= BLOCK_WORDS - words; i--) {
        uint32_t value = __builtin_bswap32(state->iv[i]) + 1;

        state->iv[i] = __builtin_bswap32(value);
        if (value != 0) {
            break;
        }
    }
}

static void absorb(struct aes_state *state, const uint8_t *block)
{
    unsigned valid = state->gcm.value >> VALID_BYTES_SHIFT;
    uint8_t padded[AES_BLOCK_BYTES] = {0};

    memcpy(padded, block, valid < sizeof(padded) ? valid : sizeof(padded));
    ghash_block(state->hash, state->subkey, padded);
    state->gcm_absorbed = 1;
}

/* The subkey, then E(J0): the counter goes from 0, which software left there,
 * to 1 between the two, and to 2 for the first block of text. */
void aes_cipher_init_gcm(struct aes_state *state)
{
    static const uint8_t zero[AES_BLOCK_BYTES];
    uint8_t counter[AES_BLOCK_BYTES] = {0};

    encrypt(state, zero, state->subkey);
    increment(state, 1);
    words_to_le_bytes(counter, state->iv, BLOCK_WORDS);
    encrypt(state, counter, state->mask);
    increment(state, 1);
    state->gcm_ready = 1;
}

void aes_cipher_chain(struct aes_state *state, const uint8_t *in, uint8_t *out)
{
    bool decrypts = (state->control.value & OPERATION) == DECRYPT;
    uint8_t iv[AES_BLOCK_BYTES], mixed[AES_BLOCK_BYTES];

    words_to_le_bytes(iv, state->iv, BLOCK_WORDS);
    memcpy(mixed, in, sizeof(mixed));
    switch (mode_of(state)) {
    case MODE_ECB:
        encrypt(state, in, out);
        return;
    case MODE_CBC:
        if (!decrypts) {
            xor_block(mixed, iv);
        }
        encrypt(state, mixed, out);
        if (decrypts) {
            xor_block(out, iv);
        }
        words_from_le_bytes(state->iv, decrypts ? in : out, BLOCK_WORDS);
        return;
    case MODE_CFB:
        encrypt(state, iv, out);
        xor_block(out, in);
        words_from_le_bytes(state->iv, decrypts ? in : out, BLOCK_WORDS);
        return;
    case MODE_OFB:
        encrypt(state, iv, out);
        words_from_le_bytes(state->iv, out, BLOCK_WORDS);
        xor_block(out, in);
        return;
    default:
        encrypt(state, iv, out);
        xor_block(out, in);
        increment(state, mode_of(state) == MODE_GCM ? 1 : BLOCK_WORDS);
        return;
    }
}

bool aes_cipher_gcm_block(struct aes_state *state, const uint8_t *in,
                          uint8_t *out)
{
    switch (phase_of(state)) {
    case PHASE_RESTORE:
        memcpy(state->hash, in, sizeof(state->hash));
        state->gcm_absorbed = 1;
        return false;
    case PHASE_AAD:
        absorb(state, in);
        return false;
    case PHASE_TEXT:
        aes_cipher_chain(state, in, out);
        absorb(state, (state->control.value & OPERATION) == DECRYPT ? in : out);
        return true;
    case PHASE_SAVE:
        memcpy(out, state->hash, AES_BLOCK_BYTES);
        state->gcm_ready = 0;
        return true;
    default: /* PHASE_TAG: the block of the lengths */
        absorb(state, in);
        memcpy(out, state->hash, AES_BLOCK_BYTES);
        xor_block(out, state->mask);
        state->gcm_ready = 0;
        return true;
    }
}
