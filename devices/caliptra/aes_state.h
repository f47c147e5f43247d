/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inside the AES engine: what its files share. aes.c holds registers and when a
 * block is started, aes_cipher.c what becomes of one.
 */
#ifndef DEVICES_CALIPTRA_AES_STATE_H
#define DEVICES_CALIPTRA_AES_STATE_H

#include "base/bits.h"
#include "crypto/aes.h"
#include "crypto/ghash.h"
#include "devices/caliptra/interrupts.h"
#include "devices/caliptra/key_vault.h"

enum { KEY_WORDS = 8, BLOCK_WORDS = 4, SEED_WORDS = 9 };

/* A bank of registers that counts once each was written: since the bank was
 * used or cleared, or, when it was complete then, at all. */
struct tracker {
    uint32_t written;
    uint32_t complete;
};

/* A register that takes the second of two equal writes. */
struct shadowed {
    uint32_t value;
    uint32_t staged;
    uint32_t half_written;
};

struct aes_state {
    struct interrupts interrupts;
    struct shadowed control;
    struct shadowed auxiliary;
    struct shadowed gcm;
    uint32_t auxiliary_enable;
    uint32_t key[2 * KEY_WORDS]; /* two shares */
    uint32_t sideloaded[KEY_WORDS];
    uint32_t has_sideloaded;
    uint32_t iv[BLOCK_WORDS];
    uint32_t input[BLOCK_WORDS];
    uint32_t output[BLOCK_WORDS];
    uint32_t held[BLOCK_WORDS]; /* finished while output was not read */
    uint32_t unread;            /* words of output, one bit each */
    uint32_t status;            /* sticky bits and stall */
    struct tracker key_tracker;
    struct tracker iv_tracker;
    struct tracker input_tracker;
    uint8_t subkey[GHASH_BYTES];
    uint8_t mask[GHASH_BYTES]; /* E(J0), added to make the tag */
    uint8_t hash[GHASH_BYTES];
    uint32_t gcm_ready;
    uint32_t gcm_absorbed;
    uint32_t endian_swap;
    uint32_t seed[SEED_WORDS]; /* of the masking; no effect here */
    struct vault_port key_port;
    struct vault_port result_port;
};

enum control_bits {
    OPERATION = 3,
    ENCRYPT = 1,
    DECRYPT = 2,
    MODE_SHIFT = 2,
    MODE = 0x3f << MODE_SHIFT,
    KEY_LENGTH_SHIFT = 8,
    KEY_LENGTH = 7 << KEY_LENGTH_SHIFT,
    KEY_256 = 4,
    SIDELOAD = 1 << 11,
    RESEED_SHIFT = 12,
    RESEED = 7 << RESEED_SHIFT,
    MANUAL = 1 << 15,
    CONTROL_RESET = 0x11fd,
};

enum modes {
    MODE_ECB = 1,
    MODE_CBC = 2,
    MODE_CFB = 4,
    MODE_OFB = 8,
    MODE_CTR = 16,
    MODE_GCM = 32,
    MODE_NONE = 0x3f,
};

enum gcm_bits {
    PHASE = 0x3f,
    PHASE_INIT = 1,
    PHASE_RESTORE = 2,
    PHASE_AAD = 4,
    PHASE_TEXT = 8,
    PHASE_SAVE = 16,
    PHASE_TAG = 32,
    VALID_BYTES_SHIFT = 6,
    GCM_RESET = PHASE_INIT | AES_BLOCK_BYTES << VALID_BYTES_SHIFT,
};

enum trigger_bits {
    START = 1 << 0,
    CLEAR_INPUTS = 1 << 1,
    CLEAR_OUTPUT = 1 << 2,
};

enum status_bits {
    IDLE = 1 << 0,
    STALL = 1 << 1,
    OUTPUT_LOST = 1 << 2,
    OUTPUT_VALID = 1 << 3,
    INPUT_READY = 1 << 4,
    UPDATE_ERROR = 1 << 5,
};

static inline uint32_t mode_of(const struct aes_state *state)
{
    return (state->control.value & MODE) >> MODE_SHIFT;
}

static inline uint32_t phase_of(const struct aes_state *state)
{
    return state->gcm.value & PHASE;
}

static inline bool is_manual(const struct aes_state *state)
{
    return (state->control.value & MANUAL) != 0;
}

/* aes_cipher.c */
/* Makes the subkey of GHASH and the mask of the tag, from key and IV. */
void aes_cipher_init_gcm(struct aes_state *state);
/* One block through the cipher in a mode that chains. */
void aes_cipher_chain(struct aes_state *state, const uint8_t *in, uint8_t *out);
/* One block of a GCM phase; whether it has output. */
bool aes_cipher_gcm_block(struct aes_state *state, const uint8_t *in,
                          uint8_t *out);

/* ---- When it runs: aes_run.c --------------------------------------------- */

/* Word index of a bank of count words was written. */
void aes_track_write(struct tracker *tracker, unsigned index, unsigned count);
/* The bank was used: none of its words counts as new, and it stays complete. */
void aes_track_use(struct tracker *tracker);
void aes_track_clear(struct tracker *tracker);

/* True if all words of the input are new. */
bool aes_has_input(const struct aes_state *state);
void aes_run_block(struct aes_state *state);
/* Starts what can start by itself; to be called whenever software made room or
 * completed a bank. */
void aes_advance(struct aes_state *state);

#endif
