/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ML-KEM-1024 half of Caliptra 2.1's lattice block (abr_reg from 0x9000
 * on); the other, ML-DSA, is a device beside it. The two share their interrupts
 * and forget together: lines lead to the other half. Operands are little-endian
 * byte streams; what came from the key vault, and what goes there, is the other
 * way round and never readable.
 */
#include "crypto/mlkem.h"

#include <string.h>

#include "base/bits.h"
#include "bus/handlers.h"
#include "crypto/words.h"
#include "devices/caliptra/engine.h"
#include "devices/caliptra/key_vault.h"

enum {
    SEED_WORDS = MLKEM1024_SEED_BYTES / 4,
    MESSAGE_WORDS = MLKEM1024_MESSAGE_BYTES / 4,
    SHARED_WORDS = MLKEM1024_SHARED_BYTES / 4,
    ENCAPS_WORDS = MLKEM1024_ENCAPS_BYTES / 4,
    DECAPS_WORDS = MLKEM1024_DECAPS_BYTES / 4,
    CIPHER_WORDS = MLKEM1024_CIPHER_BYTES / 4,
};

struct state {
    struct vault_port seed_port;
    struct vault_port message_port;
    struct vault_port shared_port;
    uint32_t status;
    /* From here to `engine`: what zeroize clears. */
    uint32_t seed_d[SEED_WORDS];
    uint32_t seed_z[SEED_WORDS];
    uint32_t message[MESSAGE_WORDS];
    uint32_t shared[SHARED_WORDS];
    uint32_t decaps[DECAPS_WORDS];
    uint32_t encaps[ENCAPS_WORDS];
    uint32_t cipher[CIPHER_WORDS];
    uint32_t seed_from_vault;
    uint32_t message_from_vault;
    uint32_t shared_to_vault;
    uint32_t decaps_shown; /* generated alone, from a seed in the open */
    struct engine engine;
};

enum control_bits { COMMAND = 7, ZEROIZE = 1 << 3 };
enum commands { NONE, KEYGEN, ENCAPS, DECAPS, KEYGEN_DECAPS };
enum status_bits { READY = 1 << 0, VALID = 1 << 1, FAILED = 1 << 2 };
enum outputs { DONE, ERROR, FORGET };

static void pulse(struct device *device, enum outputs output)
{
    line_raise(&device->outputs[output]);
    line_lower(&device->outputs[output]);
}

static bool are_zero(const uint32_t *words, size_t count)
{
    uint32_t any = 0;

    for (size_t i = 0; i < count; i++) {
        any |= words[i];
    }
    return any == 0;
}

/* ---- Commands ------------------------------------------------------------ */

/* The last word of the secret is the vault's first. */
static void keep_shared(struct device *device, const uint8_t *bytes)
{
    struct state *state = device->state;
    const struct engine_place *place = device->wiring;
    struct vault_port *port = &state->shared_port;
    uint32_t words[SHARED_WORDS];

    words_from_le_bytes(state->shared, bytes, SHARED_WORDS);
    if ((port->control & VAULT_PORT_ENABLE) == 0) {
        return;
    }
    engine_reverse(words, state->shared, SHARED_WORDS);
    bool ok = key_vault_write(place->key_vault, vault_port_slot(port), words,
                              SHARED_WORDS, port->control >> 6);
    vault_port_finish(port, ok ? 0 : VAULT_PORT_WRITE_FAIL);
    state->shared_to_vault = 1;
}

static void keygen(struct state *state, uint8_t *decaps)
{
    uint8_t d[MLKEM1024_SEED_BYTES], z[MLKEM1024_SEED_BYTES];
    uint8_t encaps[MLKEM1024_ENCAPS_BYTES];

    words_to_le_bytes(d, state->seed_d, SEED_WORDS);
    words_to_le_bytes(z, state->seed_z, SEED_WORDS);
    mlkem1024_keygen(d, z, encaps, decaps);
    words_from_le_bytes(state->encaps, encaps, ENCAPS_WORDS);
}

static bool generate(struct state *state)
{
    uint8_t decaps[MLKEM1024_DECAPS_BYTES];

    keygen(state, decaps);
    words_from_le_bytes(state->decaps, decaps, DECAPS_WORDS);
    state->decaps_shown = state->seed_from_vault == 0;
    return true;
}

static bool encapsulate(struct device *device)
{
    struct state *state = device->state;
    uint8_t encaps[MLKEM1024_ENCAPS_BYTES], cipher[MLKEM1024_CIPHER_BYTES];
    uint8_t message[MLKEM1024_MESSAGE_BYTES], shared[MLKEM1024_SHARED_BYTES];

    words_to_le_bytes(encaps, state->encaps, ENCAPS_WORDS);
    words_to_le_bytes(message, state->message, MESSAGE_WORDS);
    if (!mlkem1024_is_encaps(encaps)) {
        return false;
    }
    mlkem1024_encaps(encaps, message, cipher, shared);
    words_from_le_bytes(state->cipher, cipher, CIPHER_WORDS);
    keep_shared(device, shared);
    return true;
}

static bool decapsulate(struct device *device, bool generated)
{
    struct state *state = device->state;
    uint8_t decaps[MLKEM1024_DECAPS_BYTES], cipher[MLKEM1024_CIPHER_BYTES];
    uint8_t shared[MLKEM1024_SHARED_BYTES];

    if (generated) {
        keygen(state, decaps);
    } else {
        words_to_le_bytes(decaps, state->decaps, DECAPS_WORDS);
    }
    words_to_le_bytes(cipher, state->cipher, CIPHER_WORDS);
    if (!mlkem1024_is_decaps(decaps)) {
        return false;
    }
    mlkem1024_decaps(decaps, cipher, shared);
    keep_shared(device, shared);
    return true;
}

/* A vault that gave zeros gave no secret. */
static bool is_empty(const struct state *state)
{
    return (state->seed_from_vault != 0 &&
            are_zero(state->seed_d, SEED_WORDS) &&
            are_zero(state->seed_z, SEED_WORDS)) ||
           (state->message_from_vault != 0 &&
            are_zero(state->message, MESSAGE_WORDS));
}

static bool execute(struct device *device, uint32_t command)
{
    struct state *state = device->state;

    state->decaps_shown = 0;
    if (is_empty(state)) {
        return false;
    }
    switch (command) {
    case KEYGEN:
        return generate(state);
    case ENCAPS:
        return encapsulate(device);
    default:
        return decapsulate(device, command == KEYGEN_DECAPS);
    }
}

static void run(struct device *device, uint32_t command)
{
    struct state *state = device->state;
    bool done = execute(device, command);

    state->status = READY | (done ? VALID : FAILED);
    pulse(device, done ? DONE : ERROR);
}

static void zeroize(struct device *device)
{
    struct state *state = device->state;
    size_t operands = offsetof(struct state, seed_d);

    engine_cancel(device);
    memset((uint8_t *)state + operands, 0,
           offsetof(struct state, engine) - operands);
    vault_port_zeroize(&state->seed_port);
    vault_port_zeroize(&state->message_port);
    vault_port_zeroize(&state->shared_port);
    state->status = READY;
}

/* ---- Registers ----------------------------------------------------------- */

static void write_control(struct device *device, const struct access *access,
                          unsigned index, uint32_t value)
{
    struct state *state = device->state;
    uint32_t command = value & COMMAND;

    if ((value & ZEROIZE) != 0) {
        zeroize(device);
        pulse(device, FORGET);
    } else if (engine_is_busy(&state->engine)) {
        device_guest_error(device, value, "command 0x%x while busy", value);
    } else if (command > KEYGEN_DECAPS) {
        device_guest_error(device, value, "command 0x%x is unknown", value);
    } else if (command != NONE) {
        engine_start(device, command);
    }
}

REGISTER_SET_IF(write_seed_d, state->seed_from_vault == 0,
                seed_d[index] = value)
REGISTER_SET_IF(write_seed_z, state->seed_from_vault == 0,
                seed_z[index] = value)
REGISTER_SET_IF(write_message, state->message_from_vault == 0,
                message[index] = value)

static bool is_valid(const struct state *state)
{
    return (state->status & VALID) != 0;
}

static uint32_t read_shared(struct device *device, const struct access *access,
                            unsigned index)
{
    const struct state *state = device->state;
    bool hidden = state->shared_to_vault != 0 || state->seed_from_vault != 0 ||
                  state->message_from_vault != 0;

    return is_valid(state) && !hidden ? state->shared[index] : 0;
}

REGISTER_OF_STATE(read_decaps, is_valid(state) && state->decaps_shown != 0
                                   ? state->decaps[index]
                                   : 0)
REGISTER_OF_STATE(read_encaps, is_valid(state) ? state->encaps[index] : 0)
REGISTER_OF_STATE(read_cipher, is_valid(state) ? state->cipher[index] : 0)

/* d and z follow each other in a slot. */
static void write_seed_port(struct device *device, const struct access *access,
                            unsigned index, uint32_t value)
{
    struct state *state = device->state;
    uint32_t words[2 * SEED_WORDS];

    if (engine_read_operand(device, &state->seed_port, value,
                            KEY_VAULT_MLKEM_SEED, ENGINE_AS_IS, words,
                            ARRAY_SIZE(words))) {
        engine_reverse(state->seed_d, words, SEED_WORDS);
        engine_reverse(state->seed_z, words + SEED_WORDS, SEED_WORDS);
        state->seed_from_vault = 1;
    }
}

ENGINE_OPERAND_PORT(write_message_port, message_port, KEY_VAULT_MLKEM_MESSAGE,
                    ENGINE_REVERSED, message, message_from_vault, 1)

/* The other half was zeroized. */
ENGINE_ZEROIZED_BY(forget, zeroize)

static const struct engine_type engine_type = {
    .number = KEY_VAULT_ENGINE_MLDSA,
    .field = FIELD(struct state, engine),
    .status = FIELD(struct state, status),
    .run = run,
};

/* Offsets are those of abr_reg less 0x9000. */
static const struct register_spec registers[] = {
    ENGINE_NAME_ROWS("MLKEM", 0x4d2d4b45, "name of the component", 0x32343130,
                     "", 0x302e322e, "version of the component", 0x00003100),
    ENGINE_COMMAND_ROWS("MLKEM", 0xf,
                        "2:0 command (1 keygen, 2 encapsulate, "
                        "3 decapsulate, 4 keygen and decapsulate), 3 zeroize, "
                        "with ML-DSA",
                        0x014, "bit 0 ready, 1 valid, 2 error"),
    ENGINE_OPERAND(0x018, SEED_WORDS, "MLKEM_SEED_D", WO, seed_d, NULL,
                   write_seed_d, "seed of the key pair"),
    ENGINE_OPERAND(0x038, SEED_WORDS, "MLKEM_SEED_Z", WO, seed_z, NULL,
                   write_seed_z,
                   "seed of the implicit rejection of bad ciphertexts"),
    ENGINE_OPERAND(
        0x058, SHARED_WORDS, "MLKEM_SHARED_KEY", RO, shared, read_shared, NULL,
        "shared secret, unless an operand or the result is in the vault"),
    ENGINE_OPERAND(0x080, MESSAGE_WORDS, "MLKEM_MSG", WO, message, NULL,
                   write_message, "randomness of encapsulation"),
    ENGINE_OPERAND(0x1000, DECAPS_WORDS, "MLKEM_DECAPS_KEY", RW, decaps,
                   read_decaps, NULL,
                   "decapsulation key; readable after keygen unless the seeds "
                   "came from the vault"),
    ENGINE_OPERAND(0x2000, ENCAPS_WORDS, "MLKEM_ENCAPS_KEY", RW, encaps,
                   read_encaps, NULL, "encapsulation key; readable when valid"),
    ENGINE_OPERAND(0x2800, CIPHER_WORDS, "MLKEM_CIPHERTEXT", RW, cipher,
                   read_cipher, NULL, "ciphertext; readable when valid"),
    VAULT_PORT_ROWS(0x3000, "kv_mlkem_seed_rd", struct state, seed_port,
                    write_seed_port, "bit 0 read both seeds, 5:1 slot"),
    VAULT_PORT_ROWS(0x3008, "kv_mlkem_msg_rd", struct state, message_port,
                    write_message_port, "bit 0 read the message, 5:1 slot"),
    VAULT_PORT_ROWS(0x3010, "kv_mlkem_sharedkey_wr", struct state, shared_port,
                    NULL,
                    "bit 0 the secret goes to the vault, 5:1 slot, from "
                    "6 on its consumers"),
};

static const struct output_spec outputs[] = {
    [DONE] = {"done",   LINE_SIGNAL},
    [ERROR] = {"error",  LINE_SIGNAL},
    [FORGET] = {"forget", LINE_SIGNAL},
};
const struct device_type caliptra_mlkem = {
    .compatible = "chipsalliance,caliptra-mlkem",
    .title = "Caliptra ML-KEM-1024 engine",
    .reference = "Caliptra 2.1 registers, abr_reg from 0x9000; FIPS 203",
    DEVICE_OMISSIONS(
        {NULL, OMITTED_UNSEEN, 0, 0,
         "that ML-KEM and ML-DSA keep their operands in one memory"},
        {"OCP LOCK in the fuses", OMITTED_ABSENT, 0, 0,
         "the key vault's rules for OCP LOCK"},
        ENGINE_LATENCY_OMITTED),
    .state_size = sizeof(struct state),
    .wiring_size = sizeof(struct engine_place),
    DEVICE_BANKS(REGISTER_BANK("abr_reg", 0x7000, 4, registers)),
    DEVICE_FIELDS(STATE(struct state, seed_from_vault, RESET_WARM),
                  STATE(struct state, message_from_vault, RESET_WARM),
                  STATE(struct state, shared_to_vault, RESET_WARM),
                  STATE(struct state, decaps_shown, RESET_WARM),
                  STATE_TO(struct state, engine, RESET_WARM, COMMAND)),
    DEVICE_TABLE(output, outputs),
    DEVICE_INPUTS({"forget", forget}),
    DEVICE_TIMERS(engine_finished),
    .init = engine_init,
    .restored = engine_restored,
    .interface = &engine_type,
};
