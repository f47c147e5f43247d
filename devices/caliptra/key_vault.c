/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Caliptra key vault (kv_reg): 32 slots of 384 bits, in generation 2 24 of 512,
 * that engines fill and use and software never sees. Software locks slots,
 * clears them, and, by the engines' write controls, selects the engines that
 * may use them.
 *
 * Not modelled: the wipe of all slots when two engines write in one cycle,
 * which needs engines that run in parallel.
 */
#include "devices/caliptra/key_vault.h"

#include <string.h>

#include "base/assert.h"
#include "base/bits.h"
#include "devices/caliptra/generation.h"

struct state {
    uint32_t lock[KEY_VAULT_SLOTS];
    uint32_t reserved[KEY_VAULT_SLOTS];
    uint32_t consumers[KEY_VAULT_SLOTS];
    uint32_t last_word[KEY_VAULT_SLOTS];
    uint32_t words[KEY_VAULT_SLOTS][KEY_VAULT_WIDE_WORDS];
    uint32_t debug_select;
    uint32_t busy; /* bit per engine */
};

struct wiring {
    const struct generation *generation;
};

enum control_bits {
    LOCK_WRITE = 1 << 0,
    LOCK_USE = 1 << 1,
    CLEAR = 1 << 2,
    RESERVED = 0x3f << 3,
    CONSUMERS_SHIFT = 9,
};

enum debug_bits { WRITE_DEBUG_VALUES = 1 << 0, SELECT_DEBUG_VALUE = 1 << 1 };

/* The values that slots hold after a change to debug mode, by select bit. */
static const uint32_t debug_values[] = {0xaaaaaaaa, 0x55555555};

enum inputs { DEBUG_FLUSH };

static_assert((int)KEY_VAULT_SLOTS_2 <= (int)KEY_VAULT_SLOTS &&
                  (int)KEY_VAULT_MLDSA_SIGNING_SLOT < (int)KEY_VAULT_SLOTS_2,
              "each generation has the slots that are wired");
static_assert((int)KEY_VAULT_CONSUMERS_2_1 + (int)CONSUMERS_SHIFT <= 18,
              "consumers end where a slot's last word begins");

bool key_vault_read_wide(struct device *vault, unsigned slot,
                         enum key_vault_consumer consumer,
                         uint32_t words[KEY_VAULT_WIDE_WORDS], unsigned *count)
{
    const struct state *state = vault->state;

    assert(slot < KEY_VAULT_SLOTS && consumer < KEY_VAULT_CONSUMERS_2_1);
    if ((state->lock[slot] & LOCK_USE) != 0 ||
        (state->consumers[slot] & BIT(consumer)) == 0) {
        device_guest_error(vault, slot, "slot %u refused to consumer %u%s",
                           slot, consumer,
                           state->lock[slot] & LOCK_USE ? ", locked" : "");
        memset(words, 0, KEY_VAULT_WIDE_WORDS * sizeof(*words));
        *count = 0;
        return false;
    }
    memcpy(words, state->words[slot], sizeof(state->words[slot]));
    *count = state->last_word[slot] + 1;
    debug_assert(*count <= KEY_VAULT_WIDE_WORDS);
    return true;
}

bool key_vault_read(struct device *vault, unsigned slot,
                    enum key_vault_consumer consumer,
                    uint32_t words[KEY_VAULT_WORDS], unsigned *count)
{
    uint32_t wide[KEY_VAULT_WIDE_WORDS];
    bool ok = key_vault_read_wide(vault, slot, consumer, wide, count);

    memcpy(words, wide, KEY_VAULT_WORDS * sizeof(*words));
    *count = *count < KEY_VAULT_WORDS ? *count : KEY_VAULT_WORDS;
    return ok;
}

bool key_vault_write(struct device *vault, unsigned slot, const uint32_t *words,
                     unsigned count, uint32_t consumers)
{
    struct state *state = vault->state;
    const struct wiring *wiring = vault->wiring;

    assert(slot < KEY_VAULT_SLOTS && count != 0 &&
           count <= KEY_VAULT_WIDE_WORDS);
    if (state->lock[slot] != 0 || slot >= wiring->generation->key_slots) {
        device_guest_error(vault, slot, "slot %u is locked against writes",
                           slot);
        return false;
    }
    memcpy(state->words[slot], words, count * sizeof(*words));
    state->consumers[slot] =
        consumers & (BIT(wiring->generation->key_consumers) - 1);
    state->last_word[slot] = count - 1;
    return true;
}

const uint32_t *key_vault_signing_key(struct device *vault)
{
    const struct state *state = vault->state;
    return state->words[KEY_VAULT_SIGNING_SLOT];
}

const uint32_t *key_vault_mldsa_signing_seed(struct device *vault)
{
    const struct state *state = vault->state;
    return state->words[KEY_VAULT_MLDSA_SIGNING_SLOT];
}

static void update(struct device *device)
{
    const struct state *state = device->state;
    bool several = (state->busy & (state->busy - 1)) != 0;

    line_set(&device->outputs[0], several);
}

void key_vault_set_busy(struct device *vault, enum key_vault_engine engine,
                        bool busy)
{
    struct state *state = vault->state;

    assert(engine <= KEY_VAULT_ENGINE_MLDSA);
    state->busy &= ~BIT(engine);
    state->busy |= busy ? BIT(engine) : 0;
    update(vault);
}

void vault_port_finish(struct vault_port *port, uint32_t error)
{
    assert((error & ~(uint32_t)VAULT_PORT_ERROR) == 0);
    port->control &= ~(uint32_t)VAULT_PORT_ENABLE;
    port->status = VAULT_PORT_READY | VAULT_PORT_VALID | error;
}

void vault_port_zeroize(struct vault_port *port)
{
    port->status &= ~(uint32_t)VAULT_PORT_ERROR;
}

bool vault_port_read_wide(struct vault_port *port, struct device *vault,
                          enum key_vault_consumer consumer,
                          uint32_t words[KEY_VAULT_WIDE_WORDS], unsigned *count)
{
    bool ok = key_vault_read_wide(vault, vault_port_slot(port), consumer, words,
                                  count);

    vault_port_finish(port, ok ? 0 : VAULT_PORT_READ_FAIL);
    return ok;
}

bool vault_port_read(struct vault_port *port, struct device *vault,
                     enum key_vault_consumer consumer,
                     uint32_t words[KEY_VAULT_WORDS], unsigned *count)
{
    bool ok =
        key_vault_read(vault, vault_port_slot(port), consumer, words, count);

    vault_port_finish(port, ok ? 0 : VAULT_PORT_READ_FAIL);
    return ok;
}

static void write_words(struct vault_port *port, struct device *vault,
                        const uint32_t *words, unsigned count)
{
    bool ok = key_vault_write(vault, vault_port_slot(port), words, count,
                              port->control >> 6);

    vault_port_finish(port, ok ? 0 : VAULT_PORT_WRITE_FAIL);
}

void vault_port_write(struct vault_port *port, struct device *vault,
                      const uint32_t words[KEY_VAULT_WORDS])
{
    write_words(port, vault, words, KEY_VAULT_WORDS);
}

void vault_port_write_wide(struct vault_port *port, struct device *vault,
                           const uint32_t words[KEY_VAULT_WIDE_WORDS])
{
    write_words(port, vault, words, KEY_VAULT_WIDE_WORDS);
}

/* Overwrites the words of slots with a debug value; locks hold only against
 * software. */
static void flush(struct state *state, bool locked_too)
{
    uint32_t value = debug_values[state->debug_select != 0];

    for (unsigned slot = 0; slot < KEY_VAULT_SLOTS; slot++) {
        if (state->lock[slot] != 0 && !locked_too) {
            continue;
        }
        for (unsigned i = 0; i < KEY_VAULT_WIDE_WORDS; i++) {
            state->words[slot][i] = value;
        }
    }
}

static void debug_flush_changed(struct device *device, unsigned input,
                                uint32_t level)
{
    if (level != 0) {
        flush(device->state, true);
    }
}

static uint32_t read_control(struct device *device, const struct access *access,
                             unsigned slot)
{
    const struct state *state = device->state;
    const struct wiring *wiring = device->wiring;

    return state->lock[slot] | state->reserved[slot] |
           state->consumers[slot] << CONSUMERS_SHIFT |
           state->last_word[slot] << wiring->generation->key_last_word;
}

/* A slot is cleared by the lock bits it had before this write. */
static void write_control(struct device *device, const struct access *access,
                          unsigned slot, uint32_t value)
{
    struct state *state = device->state;
    const struct wiring *wiring = device->wiring;

    debug_assert(slot < KEY_VAULT_SLOTS);
    if (slot >= wiring->generation->key_slots) {
        return;
    }
    if ((value & CLEAR) != 0) {
        if (state->lock[slot] == 0) {
            memset(state->words[slot], 0, sizeof(state->words[slot]));
            state->consumers[slot] = 0;
            state->last_word[slot] = 0;
        } else {
            device_guest_error(device, slot, "slot %u is locked, not cleared",
                               slot);
        }
    }
    state->lock[slot] |= value & (LOCK_WRITE | LOCK_USE);
    state->reserved[slot] = value & RESERVED;
}

static void write_clear_secrets(struct device *device,
                                const struct access *access, unsigned index,
                                uint32_t value)
{
    struct state *state = device->state;

    state->debug_select = value & SELECT_DEBUG_VALUE;
    if ((value & WRITE_DEBUG_VALUES) != 0 &&
        device->input_levels[DEBUG_FLUSH] != 0) {
        flush(state, false);
    }
}

/* clang-format off */
static const struct register_spec registers[] = {
    {0x000, KEY_VAULT_SLOTS, "KEY_CTRL", {RW, NO}, RESET_CORE, 0, 0x1ff,
     NO_FIELD, read_control, write_control,
     "bit 0 lock_wr, 1 lock_use, 2 clear, 16:9 dest_valid, 20:17 last_dword; "
     "in generation 2.1 17:9 and 21:18; 24 of them since generation 2.0"},
    {0x600, KEY_VAULT_SLOTS * KEY_VAULT_WORDS, "KEY_ENTRY", {NO, NO},
     RESET_POWER_ON, 0, 0, NO_FIELD, NULL, NULL, "never readable, never "
     "writable"},
    {0xc00, 1, "CLEAR_SECRETS", {RW, NO}, RESET_WARM, 0, 0x3,
     FIELD(struct state, debug_select), NULL, write_clear_secrets,
     "in debug mode, bit 0 fills unlocked slots with the value of bit 1"},
};
/* clang-format on */

static int init(struct device *device, struct error *error)
{
    struct wiring *wiring = device->wiring;

    wiring->generation = generation_of(device);
    return 0;
}

const struct device_type caliptra_key_vault = {
    .compatible = KEY_VAULT_COMPATIBLE,
    .title = "Caliptra key vault",
    .reference = "Caliptra 1.1, 2.0 and 2.1 registers, kv_reg",
    DEVICE_OMISSIONS(
        {NULL, OMITTED_UNSEEN, 0, 0, "two engines writing in one cycle"}),
    .state_size = sizeof(struct state),
    .wiring_size = sizeof(struct wiring),
    DEVICE_BANKS(REGISTER_BANK("kv_reg", 0x2000, 4, registers)),
    DEVICE_FIELDS(STATE(struct state, lock, RESET_CORE),
                  STATE(struct state, reserved, RESET_WARM),
                  STATE(struct state, consumers, RESET_POWER_ON),
                  STATE_TO(struct state, last_word, RESET_POWER_ON,
                           KEY_VAULT_WIDE_WORDS - 1),
                  STATE(struct state, words, RESET_POWER_ON),
                  STATE(struct state, busy, RESET_WARM)),
    DEVICE_OUTPUTS({"crypto_error", LINE_SIGNAL}),
    DEVICE_INPUTS([DEBUG_FLUSH] = {"debug_flush", debug_flush_changed}),
    .init = init,
    .restored = update,
};
