/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Caliptra 2.x AES engine: OpenTitan's, whose control registers are shadowed
 * (two equal writes take effect) and which starts by itself once a block of
 * input is complete, and stalls with a finished block while the previous one
 * has not been read; behind it Caliptra's own registers for the key vault and
 * the seed of the masking. Registers are little-endian byte streams.
 */
#include <string.h>

#include "base/bits.h"
#include "bus/device.h"
#include "devices/caliptra/aes_state.h"
#include "devices/caliptra/generation.h"

struct wiring {
    struct device *key_vault;
    bool swaps_bytes; /* has the register for it */
};

/* ---- Shadows ------------------------------------------------------------- */

/* True if this write is the second of two equal ones. */
static bool shadow_write(struct device *device, struct shadowed *shadowed,
                         uint32_t value)
{
    struct aes_state *state = device->state;

    if (shadowed->half_written == 0) {
        shadowed->half_written = 1;
        shadowed->staged = value;
        return false;
    }
    shadowed->half_written = 0;
    if (shadowed->staged != value) {
        device_guest_error(device, value,
                           "shadowed register: 0x%x after 0x%x, not taken",
                           value, shadowed->staged);
        state->status |= UPDATE_ERROR;
        return false;
    }
    shadowed->value = value;
    return true;
}

static uint32_t one_hot(uint32_t field, uint32_t allowed, uint32_t otherwise)
{
    bool valid =
        field != 0 && (field & (field - 1)) == 0 && (field & ~allowed) == 0;

    return valid ? field : otherwise;
}

/* ---- Registers ----------------------------------------------------------- */

static bool is_busy(struct device *device, uint32_t value)
{
    const struct aes_state *state = device->state;

    if ((state->status & STALL) != 0) {
        device_guest_error(device, value, "register written while not idle");
        return true;
    }
    return false;
}

static void write_key(struct device *device, const struct access *access,
                      unsigned index, uint32_t value)
{
    struct aes_state *state = device->state;

    if (!is_busy(device, index)) {
        state->key[index] = value;
        aes_track_write(&state->key_tracker, index, 2 * KEY_WORDS);
        aes_advance(state);
    }
}

static void write_iv(struct device *device, const struct access *access,
                     unsigned index, uint32_t value)
{
    struct aes_state *state = device->state;

    if (!is_busy(device, index)) {
        state->iv[index] = value;
        aes_track_write(&state->iv_tracker, index, BLOCK_WORDS);
        aes_advance(state);
    }
}

static uint32_t swapped(const struct aes_state *state, uint32_t value)
{
    return state->endian_swap != 0 ? __builtin_bswap32(value) : value;
}

static void write_input(struct device *device, const struct access *access,
                        unsigned index, uint32_t value)
{
    struct aes_state *state = device->state;

    state->input[index] = swapped(state, value);
    aes_track_write(&state->input_tracker, index, BLOCK_WORDS);
    aes_advance(state);
}

/* The last of the four words read makes room for the block that waits. */
static uint32_t read_output(struct device *device, const struct access *access,
                            unsigned index)
{
    struct aes_state *state = device->state;
    uint32_t value = swapped(state, state->output[index]);

    if (state->unread == 0) {
        return value;
    }
    state->unread &= ~BIT(index);
    if (state->unread == 0) {
        if ((state->status & STALL) != 0) {
            state->status &= ~(uint32_t)STALL;
            memcpy(state->output, state->held, sizeof(state->output));
            memset(state->held, 0, sizeof(state->held));
            state->unread = BIT(BLOCK_WORDS) - 1;
        }
        aes_advance(state);
    }
    return value;
}

static const struct logged_omission short_key = {"CTRL_SHADOWED",
                                                 "a key of less than 256 bits"};
static const struct logged_omission vault_output = {"AES_KV_WR_CTRL",
                                                    "output to the key vault"};

static void write_control(struct device *device, const struct access *access,
                          unsigned index, uint32_t value)
{
    struct aes_state *state = device->state;
    uint32_t taken = value & (SIDELOAD | MANUAL);

    taken |= one_hot(value & OPERATION, OPERATION, ENCRYPT);
    taken |= one_hot((value & MODE) >> MODE_SHIFT, MODE_NONE, MODE_NONE)
             << MODE_SHIFT;
    taken |= one_hot((value & KEY_LENGTH) >> KEY_LENGTH_SHIFT, 7, KEY_256)
             << KEY_LENGTH_SHIFT;
    taken |= one_hot((value & RESEED) >> RESEED_SHIFT, 7, 1) << RESEED_SHIFT;
    if (is_busy(device, value) ||
        !shadow_write(device, &state->control, taken)) {
        return;
    }
    if ((taken & KEY_LENGTH) >> KEY_LENGTH_SHIFT != KEY_256 &&
        (taken & MODE) >> MODE_SHIFT != MODE_NONE) {
        device_omits(device, &short_key);
    }
    aes_track_clear(&state->key_tracker);
    aes_track_clear(&state->iv_tracker);
    aes_track_clear(&state->input_tracker);
    state->unread = 0;
    state->gcm_ready = 0;
    state->status = 0;
}

static void write_auxiliary(struct device *device, const struct access *access,
                            unsigned index, uint32_t value)
{
    struct aes_state *state = device->state;

    if (state->auxiliary_enable != 0) {
        shadow_write(device, &state->auxiliary, value);
    }
}

/* Once zero, zero until reset. */
static void write_auxiliary_enable(struct device *device,
                                   const struct access *access, unsigned index,
                                   uint32_t value)
{
    struct aes_state *state = device->state;

    state->auxiliary_enable &= value;
}

/* Phases that may follow; what may not leaves the phase as it is. */
static uint32_t next_phase(const struct aes_state *state, uint32_t wanted)
{
    uint32_t allowed = PHASE_INIT;
    uint32_t save = state->gcm_absorbed != 0 ? PHASE_SAVE : 0;

    switch (phase_of(state)) {
    case PHASE_INIT:
        if (state->gcm_ready != 0) {
            allowed |= PHASE_RESTORE | PHASE_AAD | PHASE_TEXT | PHASE_TAG;
        }
        break;
    case PHASE_RESTORE:
        allowed |= PHASE_AAD | PHASE_TEXT;
        break;
    case PHASE_AAD:
        allowed |= PHASE_AAD | PHASE_TEXT | PHASE_TAG | save;
        break;
    case PHASE_TEXT:
        allowed |= PHASE_TEXT | PHASE_TAG | save;
        break;
    default:
        break;
    }
    wanted = one_hot(wanted, PHASE, PHASE_INIT);
    return (wanted & allowed) != 0 ? wanted : phase_of(state);
}

static void write_gcm(struct device *device, const struct access *access,
                      unsigned index, uint32_t value)
{
    struct aes_state *state = device->state;
    uint32_t valid = value >> VALID_BYTES_SHIFT;
    uint32_t taken = next_phase(state, value & PHASE);

    if (valid == 0 || valid > AES_BLOCK_BYTES) {
        valid = AES_BLOCK_BYTES;
    }
    if (is_busy(device, value) ||
        !shadow_write(device, &state->gcm,
                      taken | valid << VALID_BYTES_SHIFT)) {
        return;
    }
    if (taken == PHASE_INIT) {
        aes_track_clear(&state->iv_tracker);
        memset(state->hash, 0, sizeof(state->hash));
        state->gcm_ready = 0;
        state->gcm_absorbed = 0;
    }
    aes_advance(state);
}

static void forget_half(struct shadowed *shadowed)
{
    shadowed->half_written = 0;
}

static uint32_t read_control(struct device *device, const struct access *access,
                             unsigned index)
{
    struct aes_state *state = device->state;

    forget_half(&state->control);
    return state->control.value;
}

static uint32_t read_auxiliary(struct device *device,
                               const struct access *access, unsigned index)
{
    struct aes_state *state = device->state;

    forget_half(&state->auxiliary);
    return state->auxiliary.value;
}

static uint32_t read_gcm(struct device *device, const struct access *access,
                         unsigned index)
{
    struct aes_state *state = device->state;

    forget_half(&state->gcm);
    return state->gcm.value;
}

static void clear_inputs(struct aes_state *state)
{
    memset(state->key, 0, sizeof(state->key));
    memset(state->iv, 0, sizeof(state->iv));
    memset(state->input, 0, sizeof(state->input));
    aes_track_clear(&state->key_tracker);
    aes_track_clear(&state->iv_tracker);
    aes_track_clear(&state->input_tracker);
}

static void write_trigger(struct device *device, const struct access *access,
                          unsigned index, uint32_t value)
{
    struct aes_state *state = device->state;

    if ((value & CLEAR_INPUTS) != 0) {
        clear_inputs(state);
    }
    if ((value & CLEAR_OUTPUT) != 0) {
        memset(state->output, 0, sizeof(state->output));
        state->unread = 0;
    }
    if ((value & START) != 0 && is_manual(state) &&
        mode_of(state) != MODE_NONE) {
        if (mode_of(state) == MODE_GCM && phase_of(state) == PHASE_INIT) {
            aes_cipher_init_gcm(state);
            aes_track_use(&state->iv_tracker);
        } else {
            aes_run_block(state);
        }
    }
}

static uint32_t read_status(struct device *device, const struct access *access,
                            unsigned index)
{
    const struct aes_state *state = device->state;

    return state->status | ((state->status & STALL) != 0 ? 0 : IDLE) |
           (state->unread != 0 ? OUTPUT_VALID : 0) |
           (aes_has_input(state) ? 0 : INPUT_READY);
}

/* Vault words are big-endian values of the key's bytes, the engine's are
 * little-endian. */
static void write_key_port(struct device *device, const struct access *access,
                           unsigned index, uint32_t value)
{
    struct aes_state *state = device->state;
    const struct wiring *wiring = device->wiring;
    uint32_t words[KEY_VAULT_WIDE_WORDS];
    unsigned count;

    state->key_port.control = value;
    if ((value & VAULT_PORT_ENABLE) == 0) {
        return;
    }
    state->has_sideloaded = vault_port_read_wide(
        &state->key_port, wiring->key_vault, KEY_VAULT_AES_KEY, words, &count);
    for (unsigned i = 0; i < KEY_WORDS; i++) {
        state->sideloaded[i] = i < count ? __builtin_bswap32(words[i]) : 0;
    }
    aes_advance(state);
}

static uint32_t read_of_2_1(struct device *device, const struct access *access,
                            unsigned index)
{
    const struct aes_state *state = device->state;

    return state->endian_swap;
}

static void write_endian_swap(struct device *device,
                              const struct access *access, unsigned index,
                              uint32_t value)
{
    struct aes_state *state = device->state;
    const struct wiring *wiring = device->wiring;

    state->endian_swap = wiring->swaps_bytes ? value : 0;
}

static void write_result_port(struct device *device,
                              const struct access *access, unsigned index,
                              uint32_t value)
{
    struct aes_state *state = device->state;

    state->result_port.control = value;
    if ((value & VAULT_PORT_ENABLE) != 0) {
        device_omits(device, &vault_output);
    }
}

static void debug_flush_changed(struct device *device, unsigned input,
                                uint32_t level)
{
    struct aes_state *state = device->state;

    if (level != 0) {
        memset(state->sideloaded, 0, sizeof(state->sideloaded));
        state->has_sideloaded = 0;
    }
}

static int init(struct device *device, struct error *error)
{
    struct wiring *wiring = device->wiring;

    wiring->swaps_bytes = generation_of(device)->aes_swaps_bytes;
    wiring->key_vault =
        device_peer(device, "cairn,key-vault", 0, KEY_VAULT_COMPATIBLE, error);
    return wiring->key_vault != NULL ? 0 : -EINVAL;
}

/* clang-format off */
static const struct register_spec registers[] = {
    {0x000, 1, "ALERT_TEST", {WO, NO}, RESET_WARM, 0, 0, NO_FIELD, NULL, NULL,
     "alerts; not connected"},
    {0x004, 2 * KEY_WORDS, "KEY_SHARE", {WO, NO}, RESET_WARM, 0, UINT32_MAX,
     FIELD(struct aes_state, key), NULL, write_key,
     "key, as the exclusive or of the two shares"},
    {0x044, BLOCK_WORDS, "IV", {RW, NO}, RESET_WARM, 0, UINT32_MAX,
     FIELD(struct aes_state, iv), NULL, write_iv,
     "initialisation vector or counter, updated by the mode"},
    {0x054, BLOCK_WORDS, "DATA_IN", {WO, NO}, RESET_WARM, 0, UINT32_MAX,
     FIELD(struct aes_state, input), NULL, write_input,
     "input block; writing the last of the four words starts"},
    {0x064, BLOCK_WORDS, "DATA_OUT", {RO, NO}, RESET_WARM, 0, 0,
     FIELD(struct aes_state, output), read_output, NULL,
     "output block; reading the last word frees it for the next"},
    {0x074, 1, "CTRL_SHADOWED", {RW, NO}, RESET_WARM, CONTROL_RESET, 0xffff,
     FIELD(struct aes_state, control.value), read_control, write_control,
     "1:0 operation, 7:2 mode, 10:8 key length, 11 key from the vault, "
     "14:12 reseed rate, 15 manual; takes effect at the second equal write"},
    {0x078, 1, "CTRL_AUX_SHADOWED", {RW, NO}, RESET_WARM, 1, 0x3,
     FIELD(struct aes_state, auxiliary.value), read_auxiliary, write_auxiliary,
     "reseeding of the masking"},
    {0x07c, 1, "CTRL_AUX_REGWEN", {RW, NO}, RESET_WARM, 1, 0x1,
     FIELD(struct aes_state, auxiliary_enable), NULL, write_auxiliary_enable,
     "zero, and CTRL_AUX_SHADOWED is locked"},
    {0x080, 1, "TRIGGER", {WO, NO}, RESET_WARM, 0, 0xf, NO_FIELD, NULL,
     write_trigger, "0 start (manual), 1 clear key, IV and input, 2 clear "
     "output, 3 reseed"},
    {0x084, 1, "STATUS", {RO, NO}, RESET_WARM, 0, 0, NO_FIELD, read_status,
     NULL, "0 idle, 1 stall, 2 output lost, 3 output valid, 4 input ready, "
     "5 shadow update error"},
    {0x088, 1, "CTRL_GCM_SHADOWED", {RW, NO}, RESET_WARM, GCM_RESET, 0x7ff,
     FIELD(struct aes_state, gcm.value), read_gcm, write_gcm,
     "5:0 phase (1 init, 2 restore, 4 AAD, 8 text, 16 save, 32 tag), "
     "10:6 valid bytes"},
    {0x800, 2, "AES_NAME", {RO, NO}, RESET_NEVER, 0, 0, NO_FIELD, NULL, NULL,
     "reads as zero in hardware too"},
    {0x808, 2, "AES_VERSION", {RO, NO}, RESET_NEVER, 0, 0, NO_FIELD, NULL,
     NULL, "reads as zero in hardware too"},
    {0x910, SEED_WORDS, "ENTROPY_IF_SEED", {WO, NO}, RESET_WARM, 0, UINT32_MAX,
     FIELD(struct aes_state, seed), NULL, NULL, "seed of the masking"},
    {0x934, 1, "CTRL0", {RW, NO}, RESET_WARM, 0, 0x1, NO_FIELD, read_of_2_1,
     write_endian_swap, "bit 0: byte order of DATA_IN and DATA_OUT reversed; since 2.1"},
    VAULT_PORT_ROWS(0xa00, "AES_KV_RD_KEY", struct aes_state, key_port,
                    write_key_port, "bit 0 read the key, 5:1 slot"),
    VAULT_PORT_ROWS(0xa08, "AES_KV_WR", struct aes_state, result_port,
                    write_result_port, "not connected; since 2.1"),
    INTERRUPT_ROWS(0xc00, 4, 1),
};
/* clang-format on */

static const struct state_field fields[] = {
    INTERRUPT_STATE(4, 1),
    STATE(struct aes_state, control.staged, RESET_WARM),
    STATE(struct aes_state, control.half_written, RESET_WARM),
    STATE(struct aes_state, auxiliary.staged, RESET_WARM),
    STATE(struct aes_state, auxiliary.half_written, RESET_WARM),
    STATE(struct aes_state, gcm.staged, RESET_WARM),
    STATE(struct aes_state, gcm.half_written, RESET_WARM),
    STATE(struct aes_state, sideloaded, RESET_WARM),
    STATE(struct aes_state, has_sideloaded, RESET_WARM),
    STATE(struct aes_state, held, RESET_WARM),
    STATE(struct aes_state, unread, RESET_WARM),
    STATE(struct aes_state, status, RESET_WARM),
    STATE(struct aes_state, key_tracker, RESET_WARM),
    STATE(struct aes_state, iv_tracker, RESET_WARM),
    STATE(struct aes_state, input_tracker, RESET_WARM),
    STATE(struct aes_state, subkey, RESET_WARM),
    STATE(struct aes_state, mask, RESET_WARM),
    STATE(struct aes_state, hash, RESET_WARM),
    STATE(struct aes_state, gcm_ready, RESET_WARM),
    STATE(struct aes_state, gcm_absorbed, RESET_WARM),
    STATE(struct aes_state, endian_swap, RESET_WARM),
};

const struct device_type caliptra_aes = {
    .compatible = "chipsalliance,caliptra-aes",
    .title = "Caliptra AES engine",
    .reference = "Caliptra 2.0 and 2.1 registers, aes and aes_clp_reg",
    DEVICE_OMISSIONS({NULL, OMITTED_UNSEEN, 0, 0, "latency and masking"},
                     {NULL, OMITTED_UNSEEN, 0, 0,
                      "the values of cleared registers, which hold zeros"},
                     OMISSION_LOGGED(short_key), OMISSION_LOGGED(vault_output)),
    .state_size = sizeof(struct aes_state),
    .wiring_size = sizeof(struct wiring),
    DEVICE_BANKS(REGISTER_BANK("aes_reg", 0x1000, 4, registers)),
    DEVICE_TABLE(field, fields),
    DEVICE_OUTPUTS(INTERRUPT_OUTPUTS),
    DEVICE_INPUTS({"debug_flush", debug_flush_changed}),
    .init = init,
    .restored = interrupts_update,
};
