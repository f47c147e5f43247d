/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Caliptra 2.1 SHA-3 engine: OpenTitan's KMAC without keys and masking, and
 * Caliptra's own window for name and interrupts behind it. A message goes into
 * the FIFO by words, half words and bytes, which count as they are; commands
 * lead from idle over absorbing to squeezing and back.
 */
#include <string.h>

#include "base/assert.h"
#include "base/bits.h"
#include "bus/handlers.h"
#include "crypto/keccak.h"
#include "devices/caliptra/engine.h"
#include "devices/caliptra/interrupts.h"

enum { PREFIX_WORDS = 11, STATE_WORDS = KECCAK_STATE_BYTES / 4 };

enum phases { IDLE, ABSORBING, SQUEEZING };

struct state {
    struct interrupts interrupts;
    uint32_t phase;
    struct keccak keccak;
    uint32_t config;
    uint32_t staged;
    uint32_t half_written;
    uint32_t update_error;
    uint32_t intr_state;
    uint32_t intr_enable;
    uint32_t prefix[PREFIX_WORDS];
    uint32_t error_code;
};

enum config_bits {
    STRENGTH_SHIFT = 1,
    MODE_SHIFT = 4,
    MESSAGE_BIG_ENDIAN = 1 << 8,
    STATE_BIG_ENDIAN = 1 << 9,
};

enum modes { MODE_SHA3 = 0, MODE_SHAKE = 2, MODE_CSHAKE = 3 };

enum commands {
    COMMAND_NONE = 0,
    COMMAND = 0x3f,
    COMMAND_START = 0x1d,
    COMMAND_PROCESS = 0x2e,
    COMMAND_RUN = 0x31,
    COMMAND_DONE = 0x16,
};

enum status_bits {
    STATUS_IDLE = 1 << 0,
    STATUS_ABSORB = 1 << 1,
    STATUS_SQUEEZE = 1 << 2,
    STATUS_FIFO_EMPTY = 1 << 14,
    STATUS_UPDATE_ERROR = 1 << 17,
};

enum intr_bits { INTR_DONE = 1 << 0, INTR_FIFO_EMPTY = 1 << 1, INTR_ERR = 4 };
enum { NOTIF_DONE = 1 << 0, ERROR_SHA3 = 1 << 0 };

enum error_codes {
    ERROR_FIFO = 0x02,
    ERROR_MODE = 0x06,
    ERROR_SEQUENCE = 0x08,
    ERROR_SHIFT = 24,
};

/* Rates in bytes by strength: 128, 224, 256, 384, 512. */
static const uint8_t rates[] = {168, 144, 136, 104, 72};
enum { STRENGTH_128, STRENGTH_256 = 2 };

/* ---- Events -------------------------------------------------------------- */

/* An enabled event that was not pending reaches Caliptra's block. */
static void raise_event(struct device *device, uint32_t events)
{
    struct state *state = device->state;
    uint32_t fresh = events & ~state->intr_state & state->intr_enable;

    state->intr_state |= events;
    if ((fresh & INTR_DONE) != 0) {
        interrupts_raise(device, INTERRUPT_NOTIF, NOTIF_DONE);
    }
    if ((fresh & INTR_ERR) != 0) {
        interrupts_raise(device, INTERRUPT_ERROR, ERROR_SHA3);
    }
}

static void fail(struct device *device, enum error_codes code, uint32_t info,
                 const char *why)
{
    struct state *state = device->state;

    device_guest_error(device, info, "%s", why);
    state->error_code = (uint32_t)code << ERROR_SHIFT | info;
    raise_event(device, INTR_ERR);
}

/* ---- Commands ------------------------------------------------------------ */

static uint32_t mode_of(const struct state *state)
{
    return bits(state->config, MODE_SHIFT + 1, MODE_SHIFT);
}

static uint32_t strength_of(const struct state *state)
{
    return bits(state->config, STRENGTH_SHIFT + 2, STRENGTH_SHIFT);
}

static bool is_supported(uint32_t mode, uint32_t strength)
{
    if (mode == MODE_SHA3) {
        return strength != STRENGTH_128 && strength < ARRAY_SIZE(rates);
    }
    return (mode == MODE_SHAKE || mode == MODE_CSHAKE) &&
           (strength == STRENGTH_128 || strength == STRENGTH_256);
}

/* cSHAKE's first block: the rate, and the encoded name as software put it
 * (SP 800-185, 3.3). */
static void absorb_prefix(struct state *state)
{
    uint8_t block[SHAKE128_RATE] = {1, (uint8_t)state->keccak.rate};

    assert(state->keccak.rate <= SHAKE128_RATE);
    for (size_t i = 0; i < PREFIX_WORDS; i++) {
        store_le32(block + 2 + 4 * i, state->prefix[i]);
    }
    keccak_absorb(&state->keccak, block, state->keccak.rate);
}

static void begin(struct device *device)
{
    struct state *state = device->state;

    debug_assert(state->phase == IDLE);
    if (!is_supported(mode_of(state), strength_of(state))) {
        fail(device, ERROR_MODE, state->config & 0xffff,
             "start with an unsupported mode and strength");
        return;
    }
    keccak_start(&state->keccak, rates[strength_of(state)]);
    if (mode_of(state) == MODE_CSHAKE) {
        absorb_prefix(state);
    }
    state->phase = ABSORBING;
}

static void process(struct device *device)
{
    static const enum keccak_suffix suffixes[] = {
        [MODE_SHA3] = KECCAK_SHA3,
        [MODE_SHAKE] = KECCAK_SHAKE,
        [MODE_CSHAKE] = KECCAK_CSHAKE,
    };
    struct state *state = device->state;

    debug_assert(state->phase == ABSORBING);
    debug_assert(mode_of(state) < ARRAY_SIZE(suffixes));
    keccak_finish(&state->keccak, suffixes[mode_of(state)]);
    state->phase = SQUEEZING;
    raise_event(device, INTR_DONE);
}

static void write_command(struct device *device, const struct access *access,
                          unsigned index, uint32_t value)
{
    struct state *state = device->state;
    uint32_t command = value & COMMAND;

    if (command == COMMAND_NONE) {
        return;
    }
    if (command == COMMAND_START && state->phase == IDLE) {
        begin(device);
    } else if (command == COMMAND_PROCESS && state->phase == ABSORBING) {
        process(device);
    } else if (command == COMMAND_RUN && state->phase == SQUEEZING) {
        keccak_permute(state->keccak.lanes);
    } else if (command == COMMAND_DONE && state->phase == SQUEEZING) {
        memset(&state->keccak, 0, sizeof(state->keccak));
        state->phase = IDLE;
    } else {
        fail(device, ERROR_SEQUENCE, state->phase << 8 | command,
             "command out of sequence");
    }
}

/* ---- Message and digest -------------------------------------------------- */

static void write_fifo(struct device *device, const struct access *access,
                       unsigned index, uint32_t value)
{
    struct state *state = device->state;
    bool reversed = (state->config & MESSAGE_BIG_ENDIAN) != 0;

    if (state->phase != ABSORBING) {
        fail(device, ERROR_FIFO, state->phase << 8,
             "message written while not absorbing");
        return;
    }
    for (unsigned i = 0; i < 4; i++) {
        unsigned lane = reversed ? 3 - i : i;
        uint8_t byte = (uint8_t)(value >> 8 * lane);

        if ((access->lanes >> lane & 1) != 0) {
            keccak_absorb(&state->keccak, &byte, 1);
        }
    }
}

static uint32_t read_state(struct device *device, const struct access *access,
                           unsigned index)
{
    const struct state *state = device->state;
    debug_assert(index / 2 < ARRAY_SIZE(state->keccak.lanes));
    uint32_t value =
        (uint32_t)(state->keccak.lanes[index / 2] >> index % 2 * 32);

    if (state->phase != SQUEEZING) {
        return 0;
    }
    return (state->config & STATE_BIG_ENDIAN) != 0 ? __builtin_bswap32(value)
                                                   : value;
}

/* ---- Other registers ----------------------------------------------------- */

static void write_config(struct device *device, const struct access *access,
                         unsigned index, uint32_t value)
{
    struct state *state = device->state;

    if (state->phase != IDLE) {
        device_guest_error(device, value, "configured while not idle");
    } else if (state->half_written == 0) {
        state->half_written = 1;
        state->staged = value;
    } else {
        state->half_written = 0;
        state->update_error = state->staged != value;
        if (state->update_error == 0) {
            state->config = value;
        }
    }
}

static uint32_t read_config(struct device *device, const struct access *access,
                            unsigned index)
{
    struct state *state = device->state;

    state->half_written = 0;
    return state->config;
}

REGISTER_OF_STATE(read_config_enable, state->phase == IDLE)

static uint32_t read_status(struct device *device, const struct access *access,
                            unsigned index)
{
    static const uint32_t phases[] = {STATUS_IDLE, STATUS_ABSORB,
                                      STATUS_SQUEEZE};
    const struct state *state = device->state;

    return phases[state->phase % ARRAY_SIZE(phases)] | STATUS_FIFO_EMPTY |
           (state->update_error != 0 ? STATUS_UPDATE_ERROR : 0);
}

REGISTER_CALL(write_intr_test, raise_event(device, value))

/* The state of a snapshot need not be what this device would have saved. */
static void restored(struct device *device)
{
    struct state *state = device->state;

    if (state->keccak.rate > SHAKE128_RATE ||
        (state->phase != IDLE &&
         state->keccak.position >= state->keccak.rate)) {
        memset(&state->keccak, 0, sizeof(state->keccak));
        state->phase = IDLE;
    }
    interrupts_update(device);
}

/* clang-format off */
static const struct register_spec kmac_registers[] = {
    {0x000, 1, "INTR_STATE", {W1C, NO}, RESET_WARM, 0, 0x5,
     FIELD(struct state, intr_state), NULL, NULL, "0 done, 1 FIFO empty, 2 error"},
    {0x004, 1, "INTR_ENABLE", {RW, NO}, RESET_WARM, 0, 0x7,
     FIELD(struct state, intr_enable), NULL, NULL, "enables of events"},
    {0x008, 1, "INTR_TEST", {WO, NO}, RESET_WARM, 0, 0x7, NO_FIELD, NULL,
     write_intr_test, "makes events occur"},
    {0x00c, 1, "ALERT_TEST", {WO, NO}, RESET_WARM, 0, 0, NO_FIELD, NULL, NULL,
     "alerts; not connected"},
    {0x010, 1, "CFG_REGWEN", {RO, NO}, RESET_WARM, 1, 0, NO_FIELD,
     read_config_enable, NULL, "1: CFG_SHADOWED can be written (while idle)"},
    {0x014, 1, "CFG_SHADOWED", {RW, NO}, RESET_WARM, 0, 0x33f,
     FIELD(struct state, config), read_config, write_config,
     "3:1 strength (128, 224, 256, 384, 512), 5:4 mode (0 SHA-3, 2 SHAKE, "
     "3 cSHAKE), 8 swaps message, 9 state words; taken at the second write"},
    {0x018, 1, "CMD", {WO, NO}, RESET_WARM, 0, 0x43f, NO_FIELD, NULL,
     write_command, "0x1d start, 0x2e process, 0x31 run, 0x16 done"},
    {0x01c, 1, "STATUS", {RO, NO}, RESET_WARM, STATUS_IDLE | STATUS_FIFO_EMPTY,
     0, NO_FIELD, read_status, NULL, "0 idle, 1 absorb, 2 squeeze, 14 FIFO "
     "empty, 17 shadow update error"},
    {0x020, PREFIX_WORDS, "PREFIX", {RW, NO}, RESET_WARM, 0, UINT32_MAX,
     FIELD(struct state, prefix), NULL, NULL, "encoded name for cSHAKE"},
    {0x04c, 1, "ERR_CODE", {RO, NO}, RESET_WARM, 0, 0,
     FIELD(struct state, error_code), NULL, NULL,
     "31:24 the last error (2 FIFO, 6 mode, 8 sequence), 23:0 details"},
    {0x400, STATE_WORDS, "STATE", {RO, NO}, RESET_WARM, 0, 0, NO_FIELD,
     read_state, NULL, "state of the sponge while squeezing, otherwise zero"},
    {0x800, 0x200, "MSG_FIFO", {WO, NO}, RESET_WARM, 0, UINT32_MAX, NO_FIELD,
     NULL, write_fifo, "bytes of the message, at any offset and of any size"},
};

static const struct register_spec wrapper_registers[] = {
    ENGINE_NAME_ROWS("SHA3", 0x61337368, "sha3", 0, "", 0x3030312e, "1.00", 0),
    INTERRUPT_ROWS(0x400, 4, 2),
};
/* clang-format on */

const struct device_type caliptra_kmac = {
    .compatible = "chipsalliance,caliptra-kmac",
    .title = "Caliptra SHA-3 engine",
    .reference = "Caliptra 2.1 registers, kmac and sha3_reg",
    DEVICE_OMISSIONS(
        {NULL, OMITTED_UNSEEN, 0, 0,
         "latency, and the filling of the FIFO, which empties at once"}),
    .state_size = sizeof(struct state),
    DEVICE_BANKS(REGISTER_BANK("kmac", 0x1000, 1 | 2 | 4, kmac_registers),
                 REGISTER_BANK("sha3_reg", 0x1000, 4, wrapper_registers)),
    DEVICE_FIELDS(INTERRUPT_STATE(4, 2),
                  STATE(struct state, keccak, RESET_WARM),
                  STATE(struct state, phase, RESET_WARM),
                  STATE(struct state, staged, RESET_WARM),
                  STATE(struct state, half_written, RESET_WARM),
                  STATE(struct state, update_error, RESET_WARM)),
    DEVICE_OUTPUTS(INTERRUPT_OUTPUTS),
    .restored = restored,
};
