/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Caliptra 1.x deobfuscation engine (doe_reg): decrypts the UDS seed and the
 * field entropy with the obfuscation key (AES-256-CBC) into key vault slots,
 * each once per power-on, and clears the three secrets for good.
 */
#include <string.h>

#include "base/assert.h"
#include "base/bits.h"
#include "bus/handlers.h"
#include "crypto/aes.h"
#include "crypto/words.h"
#include "devices/caliptra/engine.h"
#include "devices/caliptra/generation.h"
#include "devices/caliptra/interrupts.h"
#include "devices/caliptra/key_vault.h"
#include "devices/caliptra/soc_ifc.h"

enum {
    BLOCK_WORDS = 4,
    KEY_WORDS = SOC_IFC_OBF_KEY_WORDS,
    UDS_WORDS_MAX = SOC_IFC_UDS_WORDS_2,
};

struct state {
    struct interrupts interrupts;
    uint32_t iv[BLOCK_WORDS];
    uint32_t chain[BLOCK_WORDS]; /* what the next block is mixed with */
    uint32_t destination;        /* control without its command */
    uint32_t valid;
    uint32_t done; /* sticky status bits */
    struct engine engine;
};

struct wiring {
    struct engine_place place;
    unsigned uds_words;
    struct device *soc_ifc;
};

enum control_bits { COMMAND = 3, SLOT_SHIFT = 2 };
enum commands { IDLE, UDS, FIELD_ENTROPY, CLEAR_SECRETS };

enum status_bits {
    READY = 1 << 0,
    VALID = 1 << 1,
    UDS_DONE = 1 << 2,
    FIELD_ENTROPY_DONE = 1 << 3,
    SECRETS_CLEARED = 1 << 4,
};

enum { NOTIF_DONE = 1 << 0 };

/* The engine lets HMAC use the result, as key and as block. */
enum {
    CONSUMERS = 1 << KEY_VAULT_HMAC_KEY | 1 << KEY_VAULT_HMAC_BLOCK,
};

static void deobfuscate(struct device *device, const uint32_t *secret,
                        unsigned word_count)
{
    struct state *state = device->state;
    const struct wiring *wiring = device->wiring;
    uint8_t key[4 * KEY_WORDS], iv[4 * BLOCK_WORDS], bytes[4 * UDS_WORDS_MAX];
    uint32_t words[UDS_WORDS_MAX];

    assert(word_count <= UDS_WORDS_MAX && word_count % BLOCK_WORDS == 0);
    words_to_bytes(key, soc_ifc_obf_key(wiring->soc_ifc), KEY_WORDS);
    words_to_bytes(iv, state->chain, BLOCK_WORDS);
    words_to_bytes(bytes, secret, word_count);
    aes256_cbc_decrypt(key, iv, bytes, bytes, word_count / BLOCK_WORDS);
    words_from_bytes(words, bytes, word_count);
    words_from_bytes(state->chain, iv, BLOCK_WORDS);
    key_vault_write(wiring->place.key_vault,
                    bits(state->destination, SLOT_SHIFT + 4, SLOT_SHIFT), words,
                    word_count, CONSUMERS);
}

/* A flow that ran before does nothing, and says that it is done. */
static void run_flow(struct device *device, uint32_t done_bit,
                     const uint32_t *secret, unsigned word_count)
{
    struct state *state = device->state;

    if ((state->done & done_bit) == 0) {
        deobfuscate(device, secret, word_count);
    } else {
        device_guest_error(device, done_bit, "this flow runs once");
    }
    state->done |= done_bit;
    state->valid = VALID;
    interrupts_raise(device, INTERRUPT_NOTIF, NOTIF_DONE);
}

static void clear_secrets(struct device *device)
{
    struct state *state = device->state;
    const struct wiring *wiring = device->wiring;

    engine_cancel(device);
    soc_ifc_clear_secrets(wiring->soc_ifc);
    memset(state->iv, 0, sizeof(state->iv));
    memset(state->chain, 0, sizeof(state->chain));
    state->done |= SECRETS_CLEARED;
    state->valid = VALID;
}

static void write_iv(struct device *device, const struct access *access,
                     unsigned index, uint32_t value)
{
    struct state *state = device->state;

    state->iv[index] = value;
    memcpy(state->chain, state->iv, sizeof(state->chain));
}

static void run(struct device *device, uint32_t command)
{
    const struct wiring *wiring = device->wiring;

    if (command == UDS) {
        run_flow(device, UDS_DONE, soc_ifc_uds_seed(wiring->soc_ifc),
                 wiring->uds_words);
    } else {
        run_flow(device, FIELD_ENTROPY_DONE,
                 soc_ifc_field_entropy(wiring->soc_ifc),
                 SOC_IFC_FIELD_ENTROPY_WORDS);
    }
}

static void write_control(struct device *device, const struct access *access,
                          unsigned index, uint32_t value)
{
    struct state *state = device->state;

    if (engine_is_busy(&state->engine) && (value & COMMAND) != CLEAR_SECRETS) {
        device_guest_error(device, value, "control written while busy");
        return;
    }
    state->destination = value & ~(uint32_t)COMMAND;
    state->valid = 0;
    if ((value & COMMAND) == CLEAR_SECRETS) {
        clear_secrets(device);
    } else if ((value & COMMAND) != IDLE) {
        engine_start(device, value & COMMAND);
    }
}

REGISTER_OF_STATE(read_status, (engine_is_busy(&state->engine) ? 0 : READY) |
                                   state->valid | state->done)

ENGINE_ZEROIZED_BY(debug_flush_changed, clear_secrets)

static const struct engine_type engine_type = {
    .number = KEY_VAULT_ENGINE_DOE,
    .field = FIELD(struct state, engine),
    .status = NO_FIELD,
    .has_interrupts = true,
    .run = run,
};

static int init(struct device *device, struct error *error)
{
    struct wiring *wiring = device->wiring;

    wiring->uds_words = generation_of(device)->uds_words;
    wiring->soc_ifc = soc_ifc_peer(device, error);
    return wiring->soc_ifc == NULL ? -EINVAL : engine_init(device, error);
}

/* clang-format off */
static const struct register_spec registers[] = {
    {0x000, BLOCK_WORDS, "DOE_IV", {RW, NO}, RESET_WARM, 0, UINT32_MAX,
     FIELD(struct state, iv), NULL, write_iv, "initialisation vector"},
    {0x010, 1, "DOE_CTRL", {RW, NO}, RESET_WARM, 0, 0x7f,
     FIELD(struct state, destination), NULL, write_control,
     "1:0 command (1 UDS, 2 field entropy, 3 clear secrets), 6:2 slot"},
    {0x014, 1, "DOE_STATUS", {RO, NO}, RESET_WARM, 0, 0, NO_FIELD, read_status,
     NULL, "bit 0 ready, 1 valid, 2 UDS done, 3 field entropy done, 4 secrets "
     "cleared"},
    INTERRUPT_ROWS(0x800, 4, 1),
};
/* clang-format on */

const struct device_type caliptra_doe = {
    .compatible = "chipsalliance,caliptra-doe",
    .title = "Caliptra deobfuscation engine",
    .reference = "Caliptra 1.1 registers, doe_reg",
    DEVICE_OMISSIONS(ENGINE_LATENCY_OMITTED),
    .state_size = sizeof(struct state),
    .wiring_size = sizeof(struct wiring),
    DEVICE_BANKS(REGISTER_BANK("doe_reg", 0x8000, 4, registers)),
    DEVICE_FIELDS(INTERRUPT_STATE(4, 1), STATE(struct state, chain, RESET_WARM),
                  STATE(struct state, valid, RESET_WARM),
                  STATE(struct state, done, RESET_POWER_ON),
                  STATE_TO(struct state, engine, RESET_WARM, COMMAND)),
    DEVICE_OUTPUTS(INTERRUPT_OUTPUTS),
    DEVICE_INPUTS({"debug_flush", debug_flush_changed}),
    DEVICE_TIMERS(engine_finished),
    .init = init,
    .restored = engine_restored,
    .interface = &engine_type,
};
