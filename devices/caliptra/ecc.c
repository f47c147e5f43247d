/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Caliptra ECC engine (ecc_reg): key generation from seed and nonce,
 * deterministic signatures and verification on P-384. Verification answers with
 * the r it computed, which software compares. PCR signing takes the digest from
 * the SHA-512 engine and the key from its fixed slot of the key vault.
 *
 * Generation 2 also computes the shared secret of a Diffie-Hellman exchange.
 *
 * In generation 1.0 software may overwrite a seed or key that came from the
 * vault; here it may not, in either.
 */
#include <string.h>

#include "base/bits.h"
#include "bus/device.h"
#include "crypto/p384.h"
#include "crypto/sha2.h"
#include "crypto/words.h"
#include "devices/caliptra/ecc_known.h"
#include "devices/caliptra/engine.h"
#include "devices/caliptra/generation.h"
#include "devices/caliptra/interrupts.h"
#include "devices/caliptra/key_vault.h"
#include "devices/caliptra/sha512.h"

enum { WORDS = 12 };

struct state {
    struct interrupts interrupts;
    struct vault_port key_port;
    struct vault_port seed_port;
    struct vault_port result_port;
    uint32_t seed[WORDS];
    uint32_t nonce[WORDS];
    uint32_t message[WORDS];
    uint32_t private_out[WORDS];
    uint32_t private_in[WORDS];
    uint32_t public_x[WORDS];
    uint32_t public_y[WORDS];
    uint32_t sign_r[WORDS];
    uint32_t sign_s[WORDS];
    uint32_t verify_r[WORDS];
    uint32_t shared[WORDS];
    uint32_t iv[WORDS]; /* blinds the hardware; no effect here */
    uint32_t status;
    uint32_t seed_from_vault;
    uint32_t key_from_vault;
    struct engine engine;
};

struct wiring {
    struct engine_place place;
    struct device *sha512; /* NULL: no PCR signing on this board */
    struct p384 *p384;
    struct ecc_known known;
    bool has_dh;
};

enum control_bits {
    COMMAND = 3,
    ZEROIZE = 1 << 2,
    PCR_SIGN = 1 << 3,
    SHARED_KEY = 1 << 4, /* since generation 2 */
};

enum commands { NONE, KEYGEN, SIGN, VERIFY };
enum status_bits { READY = 1 << 0, VALID = 1 << 1 };
enum { ERROR_INTERNAL = 1 << 0, NOTIF_DONE = 1 << 0 };

static void keygen(struct device *device)
{
    struct state *state = device->state;
    struct wiring *wiring = device->wiring;
    uint8_t seed[P384_SIZE], nonce[P384_SIZE];
    struct ecc_pair pair;
    uint32_t words[WORDS];

    words_to_bytes(seed, state->seed, WORDS);
    words_to_bytes(nonce, state->nonce, WORDS);
    p384_keygen(wiring->p384, seed, nonce, pair.private, pair.x, pair.y);
    ecc_know_pair(&wiring->known, &pair);
    words_from_bytes(words, pair.private, WORDS);
    words_from_bytes(state->public_x, pair.x, WORDS);
    words_from_bytes(state->public_y, pair.y, WORDS);
    if ((state->result_port.control & VAULT_PORT_ENABLE) != 0) {
        vault_port_write(&state->result_port, wiring->place.key_vault, words);
    } else if (state->seed_from_vault == 0) {
        memcpy(state->private_out, words, sizeof(words));
    }
}

static bool sign(struct device *device)
{
    struct state *state = device->state;
    struct wiring *wiring = device->wiring;
    uint8_t private[P384_SIZE], message[P384_SIZE];
    uint8_t r[P384_SIZE], s[P384_SIZE];

    words_to_bytes(private, state->private_in, WORDS);
    words_to_bytes(message, state->message, WORDS);
    if (p384_sign(wiring->p384, private, message, r, s) != 0) {
        return false;
    }
    ecc_know_signature(&wiring->known, private, message, r, s);
    words_from_bytes(state->sign_r, r, WORDS);
    words_from_bytes(state->sign_s, s, WORDS);
    return true;
}

/* Like a generated key, the secret goes to the vault or to its register. */
static bool share(struct device *device)
{
    struct state *state = device->state;
    const struct wiring *wiring = device->wiring;
    uint8_t private[P384_SIZE], x[P384_SIZE], y[P384_SIZE], shared[P384_SIZE];
    uint32_t words[WORDS];

    words_to_bytes(private, state->private_in, WORDS);
    words_to_bytes(x, state->public_x, WORDS);
    words_to_bytes(y, state->public_y, WORDS);
    if (p384_shared(wiring->p384, private, x, y, shared) != 0) {
        return false;
    }
    words_from_bytes(words, shared, WORDS);
    if ((state->result_port.control & VAULT_PORT_ENABLE) != 0) {
        vault_port_write(&state->result_port, wiring->place.key_vault, words);
    } else if (state->key_from_vault == 0) {
        memcpy(state->shared, words, sizeof(words));
    }
    return true;
}

/* The r that would be right for a signature, or -EINVAL. */
static int compute_r(const struct wiring *wiring,
                     const struct ecc_signature *signature,
                     uint8_t computed[P384_SIZE])
{
    if (ecc_is_known(&wiring->known, signature)) {
        memcpy(computed, signature->r, P384_SIZE);
        return 0;
    }
    return p384_verify(wiring->p384, signature->x, signature->y,
                       signature->digest, signature->r, signature->s, computed);
}

static void tell_verified(struct device *device, enum event_fact fact,
                          const struct ecc_signature *signature)
{
    struct event_key key = {.present = true};
    uint8_t public_key[2 * P384_SIZE];

    memcpy(public_key, signature->x, P384_SIZE);
    memcpy(public_key + P384_SIZE, signature->y, P384_SIZE);
    sha384(public_key, sizeof(public_key), key.fingerprint);
    device_event(device, .fact = fact,
                 .digest =
                     event_digest(signature->digest, sizeof(signature->digest)),
                 .key = key);
}

static bool verify(struct device *device)
{
    struct state *state = device->state;
    struct ecc_signature signature;
    uint8_t computed[P384_SIZE];

    words_to_bytes(signature.x, state->public_x, WORDS);
    words_to_bytes(signature.y, state->public_y, WORDS);
    words_to_bytes(signature.digest, state->message, WORDS);
    words_to_bytes(signature.r, state->sign_r, WORDS);
    words_to_bytes(signature.s, state->sign_s, WORDS);
    if (compute_r(device->wiring, &signature, computed) != 0) {
        tell_verified(device, FACT_ECC_OUT_OF_RANGE, &signature);
        return false;
    }
    words_from_bytes(state->verify_r, computed, WORDS);
    tell_verified(device,
                  memcmp(signature.r, computed, sizeof(computed)) == 0
                      ? FACT_ECC_VALID
                      : FACT_ECC_INVALID,
                  &signature);
    return true;
}

/* The key and digest of a PCR signature stay in the operand registers, as they
 * do in hardware; both are write-only or public. */
static bool load_pcr_operands(struct device *device)
{
    struct state *state = device->state;
    const struct wiring *wiring = device->wiring;

    if (wiring->sha512 == NULL) {
        device_unmodelled(device, PCR_SIGN,
                          "PCR signing on a board without 'cairn,sha512'");
        return false;
    }
    memcpy(state->private_in, key_vault_signing_key(wiring->place.key_vault),
           sizeof(state->private_in));
    memcpy(state->message, sha512_pcr_hash(wiring->sha512),
           sizeof(state->message));
    return true;
}

static bool execute(struct device *device, uint32_t control)
{
    uint32_t command = control & COMMAND;

    if ((control & SHARED_KEY) != 0) {
        return command == NONE && share(device);
    }
    if ((control & PCR_SIGN) != 0 &&
        (command != SIGN || !load_pcr_operands(device))) {
        return false;
    }
    switch (command) {
    case KEYGEN:
        keygen(device);
        return true;
    case SIGN:
        return sign(device);
    default:
        return verify(device);
    }
}

static void run(struct device *device, uint32_t control)
{
    struct state *state = device->state;

    state->status = READY;
    if (!execute(device, control)) {
        device_guest_error(device, control, "command %u: operand out of range",
                           control & COMMAND);
        interrupts_raise(device, INTERRUPT_ERROR, ERROR_INTERNAL);
        return;
    }
    state->status = READY | VALID;
    if (state->seed_from_vault != 0) {
        memset(state->seed, 0, sizeof(state->seed));
        state->seed_from_vault = 0;
    }
    if (state->key_from_vault != 0) {
        memset(state->private_in, 0, sizeof(state->private_in));
        state->key_from_vault = 0;
    }
    interrupts_raise(device, INTERRUPT_NOTIF, NOTIF_DONE);
}

static void zeroize(struct device *device)
{
    struct state *state = device->state;
    size_t operands = offsetof(struct state, seed);

    engine_cancel(device);
    memset((uint8_t *)state + operands, 0, sizeof(*state) - operands);
    vault_port_zeroize(&state->key_port);
    vault_port_zeroize(&state->seed_port);
    vault_port_zeroize(&state->result_port);
    state->status = READY;
}

static void write_control(struct device *device, const struct access *access,
                          unsigned index, uint32_t value)
{
    const struct wiring *wiring = device->wiring;

    if (!wiring->has_dh) {
        value &= ~(uint32_t)SHARED_KEY;
    }
    if ((value & ZEROIZE) != 0) {
        zeroize(device);
    } else if ((value & (COMMAND | SHARED_KEY)) != 0) {
        engine_start(device, value);
    }
}

static void write_seed(struct device *device, const struct access *access,
                       unsigned index, uint32_t value)
{
    struct state *state = device->state;

    if (state->seed_from_vault == 0 &&
        !vault_port_has_failed(&state->seed_port)) {
        state->seed[index] = value;
    }
}

static void write_private_in(struct device *device, const struct access *access,
                             unsigned index, uint32_t value)
{
    struct state *state = device->state;

    if (state->key_from_vault == 0 &&
        !vault_port_has_failed(&state->key_port)) {
        state->private_in[index] = value;
    }
}

ENGINE_OPERAND_PORT(write_key_port, key_port, KEY_VAULT_ECC_KEY, ENGINE_AS_IS,
                    private_in, key_from_vault, 1)
ENGINE_OPERAND_PORT(write_seed_port, seed_port, KEY_VAULT_ECC_SEED,
                    ENGINE_AS_IS, seed, seed_from_vault, 1)
ENGINE_RESULT_PORT(write_result_port, result_port)
ENGINE_ZEROIZED_BY(debug_flush_changed, zeroize)

static const struct engine_type engine_type = {
    .number = KEY_VAULT_ENGINE_ECC,
    .field = FIELD(struct state, engine),
    .status = FIELD(struct state, status),
    .has_interrupts = true,
    .run = run,
};

static int init(struct device *device, struct error *error)
{
    struct wiring *wiring = device->wiring;

    wiring->p384 = p384_create();
    wiring->has_dh = generation_of(device)->ecc_shares_secrets;
    wiring->sha512 =
        device_peer(device, "cairn,sha512", 0, SHA512_COMPATIBLE, NULL);
    return engine_init(device, error);
}

static void fini(struct device *device)
{
    struct wiring *wiring = device->wiring;
    p384_destroy(wiring->p384);
}

static const struct register_spec registers[] = {
    ENGINE_NAME_ROWS("ECC", 0x63707365, "secp", 0x38342d33, "-384", 0x3030312e,
                     "1.00", 0),
    ENGINE_COMMAND_ROWS("ECC", 0x1f,
                        "1:0 command (1 keygen, 2 sign, 3 verify), "
                        "2 zeroize, 3 sign the PCR hash, 4 shared secret "
                        "(generation 2)",
                        0x018, "bit 0 ready, 1 valid"),
    ENGINE_OPERAND(0x080, WORDS, "ECC_SEED", WO, seed, NULL, write_seed,
                   "seed of key generation"),
    ENGINE_OPERAND(0x100, WORDS, "ECC_MSG", WO, message, NULL, NULL,
                   "digest to sign or verify"),
    ENGINE_OPERAND(0x180, WORDS, "ECC_PRIVKEY_OUT", RO, private_out, NULL, NULL,
                   "generated key, unless written to the vault"),
    ENGINE_OPERAND(0x200, WORDS, "ECC_PUBKEY_X", RW, public_x, NULL, NULL,
                   "public key"),
    ENGINE_OPERAND(0x280, WORDS, "ECC_PUBKEY_Y", RW, public_y, NULL, NULL,
                   "public key"),
    ENGINE_OPERAND(0x300, WORDS, "ECC_SIGN_R", RW, sign_r, NULL, NULL,
                   "signature"),
    ENGINE_OPERAND(0x380, WORDS, "ECC_SIGN_S", RW, sign_s, NULL, NULL,
                   "signature"),
    ENGINE_OPERAND(0x400, WORDS, "ECC_VERIFY_R", RO, verify_r, NULL, NULL,
                   "computed r, to be compared with the signature's"),
    ENGINE_OPERAND(0x480, WORDS, "ECC_IV", WO, iv, NULL, NULL,
                   "seed of the blinding"),
    ENGINE_OPERAND(0x500, WORDS, "ECC_NONCE", WO, nonce, NULL, NULL,
                   "nonce of key generation"),
    ENGINE_OPERAND(0x580, WORDS, "ECC_PRIVKEY_IN", WO, private_in, NULL,
                   write_private_in, "private key of the signature"),
    ENGINE_OPERAND(
        0x5c0, WORDS, "ECC_DH_SHARED_KEY", RO, shared, NULL, NULL,
        "shared secret, unless written to the vault; since generation 2"),
    VAULT_PORT_ROWS(0x600, "ECC_KV_RD_PKEY", struct state, key_port,
                    write_key_port, "bit 0 read the private key, 5:1 slot"),
    VAULT_PORT_ROWS(0x608, "ECC_KV_RD_SEED", struct state, seed_port,
                    write_seed_port, "bit 0 read the seed, 5:1 slot"),
    VAULT_PORT_ROWS(0x610, "ECC_KV_WR_PKEY", struct state, result_port,
                    write_result_port,
                    "bit 0 write the generated key, 5:1 "
                    "slot, 10:6 its consumers"),
    INTERRUPT_ROWS(0x800, 1, 1),
};

const struct device_type caliptra_ecc = {
    .compatible = "chipsalliance,caliptra-ecc",
    .title = "Caliptra ECC P-384 engine",
    .reference = "Caliptra 1.1 and 2.0 registers, ecc_reg",
    DEVICE_OMISSIONS(ENGINE_LATENCY_OMITTED),
    .role = ROLE_VERIFIER,
    .state_size = sizeof(struct state),
    .wiring_size = sizeof(struct wiring),
    DEVICE_BANKS(REGISTER_BANK("ecc_reg", 0x8000, 4, registers)),
    DEVICE_FIELDS(INTERRUPT_STATE(1, 1),
                  STATE(struct state, seed_from_vault, RESET_WARM),
                  STATE(struct state, key_from_vault, RESET_WARM),
                  STATE_TO(struct state, engine, RESET_WARM,
                           COMMAND | PCR_SIGN | SHARED_KEY)),
    DEVICE_OUTPUTS(INTERRUPT_OUTPUTS),
    DEVICE_INPUTS({"debug_flush", debug_flush_changed}),
    DEVICE_TIMERS(engine_finished),
    .init = init,
    .fini = fini,
    .restored = engine_restored,
    .interface = &engine_type,
};
