/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Caliptra HMAC engine (hmac_reg), with SHA-384, and in generation 2 also with
 * SHA-512 and a register table of its own: one padded block at a time, a tag
 * after each. The key is used for every block anew, to make the outer hash; so
 * software that keys it from the vault, whose key and block are wiped after
 * each block, has to load the key again before the next.
 */
#include <string.h>

#include "base/assert.h"
#include "base/bits.h"
#include "bus/device.h"
#include "crypto/hmac.h"
#include "crypto/words.h"
#include "devices/caliptra/engine.h"
#include "devices/caliptra/generation.h"
#include "devices/caliptra/interrupts.h"
#include "devices/caliptra/key_vault.h"

enum { SEED_WORDS = 12 }; /* at most, see generation.c */

struct state {
    struct interrupts interrupts;
    struct vault_port key_port;
    struct vault_port block_port;
    struct vault_port tag_port;
    uint32_t status;
    uint64_t inner[8];
    uint32_t key[KEY_VAULT_WIDE_WORDS];
    uint32_t block[32];
    uint32_t tag[KEY_VAULT_WIDE_WORDS];
    uint32_t seed[SEED_WORDS]; /* blinds the hardware; no effect here */
    uint32_t from_vault;       /* what came from there; hides the tag */
    struct engine engine;
};

/* Differences between the HMAC-384 engine of 1.x and the HMAC-512 engine of
 * 2.x: constants of each device type. */
struct variant {
    struct engine_type engine; /* the first member: the interface */
    /* Stores a tag in the vault: as many words as slots have. */
    void (*store_tag)(struct vault_port *port, struct device *vault,
                      const uint32_t *words);
    /* Vault keys that are zero, or too short for the mode, are refused. */
    bool checks_keys;
};

struct wiring {
    struct engine_place place;
    unsigned seed_words;
};

enum control_bits {
    INIT = 1 << 0,
    NEXT = 1 << 1,
    ZEROIZE = 1 << 2,
    MODE_512 = 1 << 3, /* since generation 2, as the next */
    CSR_KEY = 1 << 4,
};
enum from_vault {
    FROM_VAULT_KEY = 1 << 0,
    FROM_VAULT_BLOCK = 1 << 1,
    BLOCK_LOCKED = 1 << 2, /* until the next command */
};

enum status_bits { READY = 1 << 0, VALID = 1 << 1 };
enum { NOTIF_DONE = 1 << 0 };
enum error_bits { ERROR_KEY_MODE = 1 << 0, ERROR_KEY_ZERO = 1 << 1 };

static const struct variant *variant_of(const struct device *device)
{
    return device->type->interface;
}

static void wipe_inputs(struct state *state)
{
    memset(state->key, 0, sizeof(state->key));
    memset(state->block, 0, sizeof(state->block));
    state->from_vault = 0;
}

static void deliver_tag(struct device *device, const uint8_t *bytes,
                        unsigned words)
{
    struct state *state = device->state;
    const struct wiring *wiring = device->wiring;
    uint32_t tag[KEY_VAULT_WIDE_WORDS] = {0};
    bool to_vault = (state->tag_port.control & VAULT_PORT_ENABLE) != 0;

    debug_assert(words <= KEY_VAULT_WIDE_WORDS);
    words_from_bytes(tag, bytes, words);
    if (to_vault) {
        variant_of(device)->store_tag(&state->tag_port, wiring->place.key_vault,
                                      tag);
    } else if (state->from_vault == 0) {
        memcpy(state->tag, tag, sizeof(state->tag));
    }
    if (state->from_vault != 0) {
        wipe_inputs(state);
    }
}

/* The errors of the key from the vault: zero, or too short for the mode. */
static uint32_t key_errors(const struct state *state, uint32_t control)
{
    bool low_zero = true, high_zero = true;

    for (unsigned i = 0; i < KEY_VAULT_WIDE_WORDS; i++) {
        if (i < KEY_VAULT_WORDS) {
            low_zero = low_zero && state->key[i] == 0;
        } else {
            high_zero = high_zero && state->key[i] == 0;
        }
    }
    return ((control & MODE_512) != 0 && high_zero ? ERROR_KEY_MODE : 0) |
           (low_zero && high_zero ? ERROR_KEY_ZERO : 0);
}

static unsigned hash_block(struct state *state, uint32_t control, uint8_t *tag)
{
    uint8_t key[HMAC512_SIZE];
    uint8_t block[HMAC384_BLOCK_SIZE];
    bool wide = (control & MODE_512) != 0;

    words_to_bytes(key, state->key, ARRAY_SIZE(state->key));
    words_to_bytes(block, state->block, ARRAY_SIZE(state->block));
    if ((control & NEXT) == 0 && wide) {
        hmac512_start(state->inner, key);
    } else if ((control & NEXT) == 0) {
        hmac384_start(state->inner, key);
    }
    hmac384_block(state->inner, block);
    if (wide) {
        hmac512_tag(state->inner, key, tag);
    } else {
        hmac384_tag(state->inner, key, tag);
    }
    return wide ? KEY_VAULT_WIDE_WORDS : KEY_VAULT_WORDS;
}

static const struct logged_omission csr_key = {
    "HMAC512_CTRL", "the key for certificate requests"};

static void run(struct device *device, uint32_t control)
{
    struct state *state = device->state;
    uint8_t tag[HMAC512_SIZE];
    uint32_t errors = 0;

    if ((control & CSR_KEY) != 0) {
        device_omits(device, &csr_key);
    }
    if (variant_of(device)->checks_keys &&
        (state->from_vault & FROM_VAULT_KEY) != 0) {
        errors = key_errors(state, control);
    }
    if (errors != 0) {
        device_guest_error(device, errors,
                           "a vault key that is zero or too short");
        wipe_inputs(state);
        state->status = READY;
        interrupts_raise(device, INTERRUPT_ERROR, errors);
        return;
    }
    unsigned words = hash_block(state, control, tag);
    state->status = READY | VALID;
    deliver_tag(device, tag, words);
    interrupts_raise(device, INTERRUPT_NOTIF, NOTIF_DONE);
}

static void zeroize(struct device *device)
{
    struct state *state = device->state;

    engine_cancel(device);
    wipe_inputs(state);
    memset(state->inner, 0, sizeof(state->inner));
    memset(state->tag, 0, sizeof(state->tag));
    vault_port_zeroize(&state->key_port);
    vault_port_zeroize(&state->block_port);
    vault_port_zeroize(&state->tag_port);
    state->status = READY;
}

static void write_control(struct device *device, const struct access *access,
                          unsigned index, uint32_t value)
{
    if ((value & ZEROIZE) != 0) {
        zeroize(device);
    } else if ((value & (INIT | NEXT)) != 0) {
        engine_start(device, value);
    }
}

static void write_key(struct device *device, const struct access *access,
                      unsigned index, uint32_t value)
{
    struct state *state = device->state;

    if ((state->from_vault & FROM_VAULT_KEY) == 0 &&
        !vault_port_has_failed(&state->key_port)) {
        state->key[index] = value;
    }
}

static void write_block(struct device *device, const struct access *access,
                        unsigned index, uint32_t value)
{
    struct state *state = device->state;

    debug_assert(index < ARRAY_SIZE(state->block));
    if ((state->from_vault & BLOCK_LOCKED) == 0 &&
        !vault_port_has_failed(&state->block_port)) {
        state->block[index] = value;
    }
}

/* Generation 1.0 has fewer seed words. */
static void write_seed(struct device *device, const struct access *access,
                       unsigned index, uint32_t value)
{
    struct state *state = device->state;
    const struct wiring *wiring = device->wiring;

    if (index < wiring->seed_words) {
        state->seed[index] = value;
    }
}

ENGINE_OPERAND_PORT(write_key_port, key_port, KEY_VAULT_HMAC_KEY, ENGINE_AS_IS,
                    key, from_vault, FROM_VAULT_KEY)

/* The hardware pads what it reads: one block after the block of the key. */
static void write_block_port(struct device *device, const struct access *access,
                             unsigned index, uint32_t value)
{
    struct state *state = device->state;
    const struct wiring *wiring = device->wiring;
    uint32_t words[KEY_VAULT_WIDE_WORDS];
    unsigned count;

    state->block_port.control = value;
    if ((value & VAULT_PORT_ENABLE) == 0) {
        return;
    }
    memset(state->block, 0, sizeof(state->block));
    if (vault_port_read_wide(&state->block_port, wiring->place.key_vault,
                             KEY_VAULT_HMAC_BLOCK, words, &count)) {
        memcpy(state->block, words, count * sizeof(*words));
        state->block[count] = 0x80000000;
        state->block[31] = 32 * count + 8 * HMAC384_BLOCK_SIZE;
    }
    state->from_vault |= FROM_VAULT_BLOCK | BLOCK_LOCKED;
}

ENGINE_RESULT_PORT(write_tag_port, tag_port)
ENGINE_ZEROIZED_BY(debug_flush_changed, zeroize)

#define HMAC_ENGINE                                                            \
    {                                                                          \
        .number = KEY_VAULT_ENGINE_HMAC, .field = FIELD(struct state, engine), \
        .status = FIELD(struct state, status), .has_interrupts = true,         \
        .run = run                                                             \
    }
static const struct variant hmac_384 = {HMAC_ENGINE, vault_port_write, false};
static const struct variant hmac_512 = {HMAC_ENGINE, vault_port_write_wide,
                                        true};

static int init(struct device *device, struct error *error)
{
    struct wiring *wiring = device->wiring;

    wiring->seed_words = generation_of(device)->hmac_seed_words;
    assert(wiring->seed_words <= SEED_WORDS);
    return engine_init(device, error);
}

/* clang-format off */
/* Rows that both engines have, but for the name, which is that of the larger
 * tag, and for the words of keys and tags. */
#define DATA_ROWS(name, words)                                                 \
    ENGINE_OPERAND(0x040, words, name "_KEY", WO, key, NULL, write_key,        \
                   "key"),                                                     \
    ENGINE_OPERAND(0x080, 32, name "_BLOCK", WO, block, NULL, write_block,     \
                   "padded message block"),                                    \
    ENGINE_OPERAND(0x100, words, name "_TAG", RO, tag, NULL, NULL,             \
                   "tag, unless written to the vault")
#define SEED_ROW(offset, name, text)                                           \
    {offset, SEED_WORDS, name "_LFSR_SEED", {WO, NO}, RESET_WARM, 0x3cabffb0,  \
     UINT32_MAX, FIELD(struct state, seed), NULL, write_seed, text}
#define INPUT_PORT_ROWS(name)                                                  \
    VAULT_PORT_ROWS(0x600, name "_KV_RD_KEY", struct state, key_port,          \
                    write_key_port, "bit 0 read the key, 5:1 slot"),           \
    VAULT_PORT_ROWS(0x608, name "_KV_RD_BLOCK", struct state, block_port,      \
                    write_block_port,                                          \
                    "bit 0 read and pad the block, 5:1 slot")

static const struct register_spec registers_1[] = {
    ENGINE_NAME_ROWS("HMAC384", 0x6163686d, "hmac", 0x61327368, "sha2",
                     0x3030312e, "1.00", 0),
    ENGINE_COMMAND_ROWS("HMAC384", 0x7, "bit 0 init, 1 next, 2 zeroize", 0x018,
                        "bit 0 ready, 1 valid"),
    DATA_ROWS("HMAC384", KEY_VAULT_WORDS),
    SEED_ROW(0x130, "HMAC384",
             "seed of the blinding; 5 words in generation 1.0"),
    INPUT_PORT_ROWS("HMAC384"),
    VAULT_PORT_ROWS(0x610, "HMAC384_KV_WR", struct state, tag_port,
                    write_tag_port, "bit 0 write the tag, 5:1 slot, 10:6 its "
                    "consumers (HMAC key, HMAC block, SHA, ECC key, ECC seed)"),
    INTERRUPT_ROWS(0x800, 4, 1),
};

static const struct register_spec registers_2[] = {
    ENGINE_NAME_ROWS("HMAC512", 0x6163686d, "hmac", 0x61327368, "sha2",
                     0x3030322e, "2.00", 0),
    ENGINE_COMMAND_ROWS("HMAC512", 0x1f, "bit 0 init, 1 next, 2 zeroize, "
                        "3 SHA-512 rather than SHA-384, 4 key for certificate "
                        "requests", 0x018, "bit 0 ready, 1 valid"),
    DATA_ROWS("HMAC512", KEY_VAULT_WIDE_WORDS),
    SEED_ROW(0x140, "HMAC512", "seed of the blinding"),
    INPUT_PORT_ROWS("HMAC512"),
    VAULT_PORT_ROWS(0x610, "HMAC512_KV_WR", struct state, tag_port,
                    write_tag_port, "bit 0 write the tag, 5:1 slot, from 6 on "
                    "its consumers"),
    INTERRUPT_ROWS(0x800, 4, 1),
};
/* clang-format on */

#define COMMON_FIELDS                                                          \
    INTERRUPT_STATE(4, 1), STATE(struct state, inner, RESET_WARM),             \
        STATE(struct state, from_vault, RESET_WARM)

const struct device_type caliptra_hmac = {
    .compatible = "chipsalliance,caliptra-hmac",
    .title = "Caliptra HMAC-384 engine",
    .reference = "Caliptra 1.1 registers, hmac_reg",
    DEVICE_OMISSIONS(ENGINE_LATENCY_OMITTED),
    .state_size = sizeof(struct state),
    .wiring_size = sizeof(struct wiring),
    DEVICE_BANKS(REGISTER_BANK("hmac_reg", 0x1000, 4, registers_1)),
    DEVICE_FIELDS(
        COMMON_FIELDS,
        {"key.unused", FIELD(struct state, key[KEY_VAULT_WORDS]),
         4 * (KEY_VAULT_WIDE_WORDS - KEY_VAULT_WORDS), RESET_WARM, 0},
        {"tag.unused", FIELD(struct state, tag[KEY_VAULT_WORDS]),
         4 * (KEY_VAULT_WIDE_WORDS - KEY_VAULT_WORDS), RESET_WARM, 0},
        STATE_TO(struct state, engine, RESET_WARM, INIT | NEXT | ZEROIZE)),
    DEVICE_OUTPUTS(INTERRUPT_OUTPUTS),
    DEVICE_INPUTS({"debug_flush", debug_flush_changed}),
    DEVICE_TIMERS(engine_finished),
    .init = init,
    .restored = engine_restored,
    .interface = &hmac_384,
};

const struct device_type caliptra_hmac_2 = {
    .compatible = "chipsalliance,caliptra-hmac-2",
    .title = "Caliptra HMAC-512 engine",
    .reference = "Caliptra 2.0 registers, hmac_reg",
    DEVICE_OMISSIONS(ENGINE_LATENCY_OMITTED, OMISSION_LOGGED(csr_key)),
    .state_size = sizeof(struct state),
    .wiring_size = sizeof(struct wiring),
    DEVICE_BANKS(REGISTER_BANK("hmac_reg", 0x1000, 4, registers_2)),
    DEVICE_FIELDS(COMMON_FIELDS,
                  STATE_TO(struct state, engine, RESET_WARM,
                           INIT | NEXT | ZEROIZE | MODE_512 | CSR_KEY)),
    DEVICE_OUTPUTS(INTERRUPT_OUTPUTS),
    DEVICE_INPUTS({"debug_flush", debug_flush_changed}),
    DEVICE_TIMERS(engine_finished),
    .init = init,
    .restored = engine_restored,
    .interface = &hmac_512,
};
