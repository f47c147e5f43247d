/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Caliptra 2.x ML-DSA-87 engine (mldsa_reg; the same part of abr_reg in 2.1,
 * whose other half, ML-KEM, has its interrupts here and is zeroized with it).
 * Operands are little-endian byte streams. Verification does not say yes or no:
 * it answers with the commitment that a good signature would start with, which
 * software compares. A message is 64 bytes, or a stream of words whose last,
 * with a strobe of fewer than four bytes, ends it.
 */
#include "crypto/mldsa.h"

#include <string.h>

#include "base/assert.h"
#include "base/bits.h"
#include "bus/handlers.h"
#include "crypto/sha2.h"
#include "crypto/words.h"
#include "devices/caliptra/engine.h"
#include "devices/caliptra/interrupts.h"
#include "devices/caliptra/key_vault.h"

enum {
    SEED_WORDS = MLDSA87_SEED_BYTES / 4,
    MESSAGE_WORDS = 16,
    ENTROPY_WORDS = 16,
    CONTEXT_WORDS = 64,
    PUBLIC_WORDS = MLDSA87_PUBLIC_BYTES / 4,
    PRIVATE_WORDS = MLDSA87_PRIVATE_BYTES / 4,
    SIGNATURE_WORDS = (MLDSA87_SIGNATURE_BYTES + 3) / 4,
};

struct state {
    struct interrupts interrupts;
    struct vault_port seed_port;
    uint32_t status;
    struct keccak stream; /* of the message under way */
    uint32_t streamed;    /* the command that waits for the stream's end */
    uint32_t seed_from_vault;
    uint32_t strobe;
    uint32_t seed[SEED_WORDS];
    uint32_t random[SEED_WORDS];
    uint32_t message[MESSAGE_WORDS];
    uint32_t entropy[ENTROPY_WORDS]; /* blinds the hardware; no effect here */
    uint32_t result[MESSAGE_WORDS];
    uint32_t mu[MESSAGE_WORDS];
    uint32_t context_size;
    uint32_t context[CONTEXT_WORDS];
    uint32_t public[PUBLIC_WORDS];
    uint32_t signature[SIGNATURE_WORDS];
    uint32_t private_out[PRIVATE_WORDS];
    uint32_t private_in[PRIVATE_WORDS];
    struct engine engine;
};

enum control_bits {
    COMMAND = 7,
    ZEROIZE = 1 << 3,
    PCR_SIGN = 1 << 4,
    EXTERNAL_MU = 1 << 5,
    STREAM = 1 << 6,
};

enum commands { NONE, KEYGEN, SIGN, VERIFY, KEYGEN_SIGN };
enum status_bits {
    READY = 1 << 0,
    VALID = 1 << 1,
    STREAM_READY = 1 << 2,
    FAILED = 1 << 3,
};
enum outputs { FORGET = 2 }; /* behind those of the interrupts */
enum { ERROR_INTERNAL = 1 << 0, NOTIF_DONE = 1 << 0, WHOLE_WORD = 0xf };

/* ---- Commands ------------------------------------------------------------ */

/* The private key goes nowhere else while its seed is the vault's. */
static void keygen(struct state *state, uint8_t *private)
{
    uint8_t seed[MLDSA87_SEED_BYTES], public[MLDSA87_PUBLIC_BYTES];

    words_to_le_bytes(seed, state->seed, SEED_WORDS);
    mldsa87_keygen(seed, public, private);
    words_from_le_bytes(state->public, public, PUBLIC_WORDS);
    if (state->seed_from_vault == 0) {
        words_from_le_bytes(state->private_out, private, PRIVATE_WORDS);
    }
}

static void load_private(struct state *state, uint32_t command,
                         uint8_t *private)
{
    if (command == SIGN) {
        words_to_le_bytes(private, state->private_in, PRIVATE_WORDS);
    } else {
        keygen(state, private);
    }
}

/* Begins the digest of the message with the key that the command has. */
static void begin_message(struct state *state, uint32_t command)
{
    uint8_t key[MLDSA87_PRIVATE_BYTES];

    debug_assert(command > KEYGEN && command <= KEYGEN_SIGN);
    if (command == VERIFY) {
        words_to_le_bytes(key, state->public, PUBLIC_WORDS);
        mldsa87_begin_public(&state->stream, key);
    } else {
        load_private(state, command, key);
        mldsa87_begin_private(&state->stream, key);
    }
}

static void digest_message(struct state *state, uint32_t control, uint8_t *mu)
{
    uint8_t message[4 * MESSAGE_WORDS];

    if ((control & EXTERNAL_MU) != 0) {
        words_to_le_bytes(mu, state->mu, MESSAGE_WORDS);
        return;
    }
    if ((control & STREAM) == 0) {
        begin_message(state, control & COMMAND);
        words_to_le_bytes(message, state->message, MESSAGE_WORDS);
        keccak_absorb(&state->stream, message, sizeof(message));
    }
    mldsa87_end(&state->stream, mu);
    memset(&state->stream, 0, sizeof(state->stream));
}

static void sign(struct state *state, uint32_t command, const uint8_t *mu)
{
    uint8_t private[MLDSA87_PRIVATE_BYTES], random[MLDSA87_RANDOM_BYTES];
    uint8_t signature[4 * SIGNATURE_WORDS] = {0};

    load_private(state, command, private);
    words_to_le_bytes(random, state->random, SEED_WORDS);
    mldsa87_sign_mu(private, mu, random, signature);
    words_from_le_bytes(state->signature, signature, SIGNATURE_WORDS);
}

static void verify(struct device *device, const uint8_t *mu)
{
    struct state *state = device->state;
    uint8_t public[MLDSA87_PUBLIC_BYTES], signature[4 * SIGNATURE_WORDS];
    uint8_t commitment[MLDSA87_COMMITMENT_BYTES];
    enum event_fact fact = FACT_MLDSA_MALFORMED;
    struct event_key key = {.present = true};

    words_to_le_bytes(public, state->public, PUBLIC_WORDS);
    words_to_le_bytes(signature, state->signature, SIGNATURE_WORDS);
    if (mldsa87_commitment(public, mu, signature, commitment)) {
        fact = memcmp(commitment, signature, sizeof(commitment)) == 0
                   ? FACT_MLDSA_VALID
                   : FACT_MLDSA_INVALID;
    }
    words_from_le_bytes(state->result, commitment, MESSAGE_WORDS);
    sha384(public, sizeof(public), key.fingerprint);
    device_event(device, .fact = fact,
                 .digest = event_digest(mu, MLDSA87_MU_BYTES), .key = key);
}

static void run(struct device *device, uint32_t control)
{
    struct state *state = device->state;
    uint32_t command = control & COMMAND;
    uint8_t private[MLDSA87_PRIVATE_BYTES], mu[MLDSA87_MU_BYTES];

    if (command == KEYGEN) {
        keygen(state, private);
    } else {
        digest_message(state, control, mu);
        if (command == VERIFY) {
            verify(device, mu);
        } else {
            sign(state, command, mu);
        }
    }
    if (state->seed_from_vault != 0) {
        memset(state->seed, 0, sizeof(state->seed));
        state->seed_from_vault = 0;
    }
    state->status = READY | VALID;
    interrupts_raise(device, INTERRUPT_NOTIF, NOTIF_DONE);
}

static void zeroize(struct device *device)
{
    struct state *state = device->state;
    size_t operands = offsetof(struct state, stream);

    engine_cancel(device);
    memset((uint8_t *)state + operands, 0,
           offsetof(struct state, engine) - operands);
    vault_port_zeroize(&state->seed_port);
    state->strobe = WHOLE_WORD;
    state->status = READY;
}

/* The other half, too. */
static void zeroize_both(struct device *device)
{
    zeroize(device);
    line_raise(&device->outputs[FORGET]);
    line_lower(&device->outputs[FORGET]);
}

/* ---- Registers ----------------------------------------------------------- */

static void refuse_command(struct device *device, uint32_t control)
{
    struct state *state = device->state;

    device_guest_error(device, control, "command 0x%x is unknown", control);
    state->status = READY | FAILED;
    interrupts_raise(device, INTERRUPT_ERROR, ERROR_INTERNAL);
}

static const struct logged_omission pcr_signing = {"MLDSA_CTRL",
                                                   "signing of PCRs"};
static const struct logged_omission filled_context = {
    "context", "a context that is not empty"};

static void write_control(struct device *device, const struct access *access,
                          unsigned index, uint32_t value)
{
    struct state *state = device->state;
    uint32_t command = value & COMMAND;

    if ((value & ZEROIZE) != 0) {
        zeroize_both(device);
    } else if (engine_is_busy(&state->engine) || state->streamed != 0) {
        device_guest_error(device, value, "command 0x%x while busy", value);
    } else if ((value & PCR_SIGN) != 0) {
        device_omits(device, &pcr_signing);
        refuse_command(device, value);
    } else if (command > KEYGEN_SIGN) {
        refuse_command(device, value);
    } else if (command > KEYGEN && (value & STREAM) != 0) {
        begin_message(state, command);
        state->streamed = value;
        state->status = STREAM_READY;
    } else if (command != NONE) {
        engine_start(device, value);
    }
}

/* While a stream is open, word 0 is where it goes. */
static void write_message(struct device *device, const struct access *access,
                          unsigned index, uint32_t value)
{
    struct state *state = device->state;
    uint32_t command = state->streamed;
    uint8_t bytes[4];

    if (command == 0 || index != 0) {
        state->message[index] = value;
        return;
    }
    store_le32(bytes, value);
    for (unsigned i = 0; i < sizeof(bytes); i++) {
        if ((state->strobe >> i & 1) != 0) {
            keccak_absorb(&state->stream, &bytes[i], 1);
        }
    }
    if (state->strobe != WHOLE_WORD) {
        state->streamed = 0;
        state->strobe = WHOLE_WORD;
        engine_start(device, command);
    }
}

REGISTER_SET_IF(write_seed, state->seed_from_vault == 0, seed[index] = value)

ENGINE_OPERAND_PORT(write_seed_port, seed_port, KEY_VAULT_MLDSA_SEED,
                    ENGINE_REVERSED, seed, seed_from_vault, 1)

static void write_context_size(struct device *device,
                               const struct access *access, unsigned index,
                               uint32_t value)
{
    struct state *state = device->state;

    state->context_size = value;
    if (value != 0) {
        device_omits(device, &filled_context);
    }
}

ENGINE_ZEROIZED_BY(debug_flush_changed, zeroize_both)

ENGINE_ZEROIZED_BY(other_half_zeroized, zeroize)

static void other_half_done(struct device *device, unsigned input,
                            uint32_t level)
{
    if (level != 0) {
        interrupts_raise(device, INTERRUPT_NOTIF, NOTIF_DONE);
    }
}

static void other_half_failed(struct device *device, unsigned input,
                              uint32_t level)
{
    if (level != 0) {
        interrupts_raise(device, INTERRUPT_ERROR, ERROR_INTERNAL);
    }
}

static const struct engine_type engine_type = {
    .number = KEY_VAULT_ENGINE_MLDSA,
    .field = FIELD(struct state, engine),
    .status = FIELD(struct state, status),
    .has_interrupts = true,
    .run = run,
};

/* The state of a snapshot need not be what this device would have saved. */
static void restored(struct device *device)
{
    struct state *state = device->state;

    if (state->streamed != 0 && (state->stream.rate != SHAKE256_RATE ||
                                 state->stream.position >= SHAKE256_RATE)) {
        zeroize(device);
    }
    engine_restored(device);
}

/* clang-format off */
static const struct register_spec registers[] = {
    {0x000, 2, "MLDSA_NAME", {RO, NO}, RESET_NEVER, 0, 0, NO_FIELD, NULL, NULL,
     "name of the component"},
    {0x008, 2, "MLDSA_VERSION", {RO, NO}, RESET_NEVER, 0, 0, NO_FIELD, NULL,
     NULL, "version of the component"},
    ENGINE_COMMAND_ROWS("MLDSA", 0x7f,
                        "2:0 command (1 keygen, 2 sign, 3 verify, "
                        "4 keygen and sign), 3 zeroize, 4 sign PCRs, 5 mu from "
                        "its register, 6 stream", 0x014,
                        "bit 0 ready, 1 valid, 2 ready for the stream, "
                        "3 error"),
    ENGINE_OPERAND(0x018, ENTROPY_WORDS, "MLDSA_ENTROPY", WO, entropy, NULL,
                   NULL, "seed of the blinding"),
    ENGINE_OPERAND(0x058, SEED_WORDS, "MLDSA_SEED", WO, seed, NULL, write_seed,
                   "seed of key generation"),
    ENGINE_OPERAND(0x078, SEED_WORDS, "MLDSA_SIGN_RND", WO, random, NULL, NULL,
                   "randomness of signing; zero to sign deterministically"),
    ENGINE_OPERAND(0x098, MESSAGE_WORDS, "MLDSA_MSG", WO, message, NULL,
                   write_message,
                   "64 bytes of message, or in word 0 the stream"),
    ENGINE_OPERAND(0x0d8, MESSAGE_WORDS, "MLDSA_VERIFY_RES", RO, result, NULL,
                   NULL,
                   "computed commitment, to be compared; zero if the signature is "
                   "malformed"),
    ENGINE_OPERAND(0x118, MESSAGE_WORDS, "MLDSA_EXTERNAL_MU", WO, mu, NULL,
                   NULL, "mu, used if control bit 5 is set"),
    {0x158, 1, "MLDSA_MSG_STROBE", {WO, NO}, RESET_WARM, WHOLE_WORD, 0xf,
     FIELD(struct state, strobe), NULL, NULL,
     "valid bytes of the next word of the stream; not 0xf: last word"},
    {0x15c, 1, "MLDSA_CTX_CONFIG", {WO, NO}, RESET_WARM, 0, 0xff,
     FIELD(struct state, context_size), NULL, write_context_size,
     "bytes of the context"},
    ENGINE_OPERAND(0x160, CONTEXT_WORDS, "MLDSA_CTX", WO, context, NULL, NULL,
                   "context"),
    ENGINE_OPERAND(0x1000, PUBLIC_WORDS, "MLDSA_PUBKEY", RW, public, NULL, NULL,
                   "public key"),
    ENGINE_OPERAND(0x2000, SIGNATURE_WORDS, "MLDSA_SIGNATURE", RW, signature,
                   NULL, NULL, "signature and a byte of padding"),
    ENGINE_OPERAND(0x4000, PRIVATE_WORDS, "MLDSA_PRIVKEY_OUT", RO, private_out,
                   NULL, NULL,
                   "generated key, unless the seed came from the vault"),
    ENGINE_OPERAND(0x6000, PRIVATE_WORDS, "MLDSA_PRIVKEY_IN", WO, private_in,
                   NULL, NULL, "private key of the signature"),
    VAULT_PORT_ROWS(0x8000, "MLDSA_KV_RD_SEED", struct state, seed_port,
                    write_seed_port, "bit 0 read the seed, 5:1 slot"),
    INTERRUPT_ROWS(0x8100, 1, 1),
};
/* clang-format on */

const struct device_type caliptra_mldsa = {
    .compatible = "chipsalliance,caliptra-mldsa",
    .title = "Caliptra ML-DSA-87 engine",
    .reference = "Caliptra 2.0 registers, mldsa_reg; 2.1, abr_reg",
    DEVICE_OMISSIONS(ENGINE_LATENCY_OMITTED, OMISSION_LOGGED(pcr_signing),
                     OMISSION_LOGGED(filled_context)),
    .role = ROLE_VERIFIER,
    .state_size = sizeof(struct state),
    .wiring_size = sizeof(struct engine_place),
    DEVICE_BANKS(REGISTER_BANK("mldsa_reg", 0x10000, 4, registers)),
    DEVICE_FIELDS(INTERRUPT_STATE(1, 1),
                  STATE(struct state, stream, RESET_WARM),
                  STATE(struct state, streamed, RESET_WARM),
                  STATE(struct state, seed_from_vault, RESET_WARM),
                  STATE_TO(struct state, engine, RESET_WARM,
                           KEYGEN_SIGN | EXTERNAL_MU | STREAM)),
    DEVICE_OUTPUTS(INTERRUPT_OUTPUTS, [FORGET] = {"forget", LINE_SIGNAL}),
    DEVICE_INPUTS(
        {"debug_flush", debug_flush_changed}, {"forget", other_half_zeroized},
        {"mlkem_done", other_half_done}, {"mlkem_error", other_half_failed}),
    DEVICE_TIMERS(engine_finished),
    .init = engine_init,
    .restored = restored,
    .interface = &engine_type,
};
