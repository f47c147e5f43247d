/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Random number generator of a Caliptra core (csrng): a CTR_DRBG with AES-256
 * that firmware commands word by word, seeded by the entropy source or, for
 * tests of the algorithm, by firmware. In 2.x its registers lie elsewhere, a
 * command is refused by its place in the sequence, too, and output ends at the
 * reseed interval.
 *
 * A seed's first word holds its last bytes, and so does a block of output: the
 * hardware sees both as one number, least significant word first.
 */
#include <string.h>

#include "base/bits.h"
#include "bus/device.h"
#include "devices/caliptra/csrng_state.h"
#include "devices/caliptra/entropy_source.h"

/* ---- Registers ----------------------------------------------------------- */

static void write_command(struct device *device, const struct access *access,
                          unsigned index, uint32_t value)
{
    struct csrng_state *state = device->state;

    if (!is_yes(state->control, ENABLE)) {
        device_guest_error(device, index, "command while disabled: dropped");
        return;
    }
    if (state->data_left == 0) {
        csrng_begin(device, value);
    } else {
        if (state->data_count < SEED_WORDS) {
            state->data[state->data_count++] = value;
        }
        state->data_left--;
    }
    if (state->data_left == 0) {
        csrng_run(device);
    }
}

static uint32_t read_command_status(struct device *device,
                                    const struct access *access, unsigned index)
{
    struct csrng_state *state = device->state;

    if (state->waiting != 0 && !access->debug) {
        csrng_seed(device);
    }
    return (state->waiting == 0 ? COMMAND_READY : 0) |
           (state->failed != 0 ? COMMAND_FAILED : 0);
}

/* Ready for words as long as it is enabled, done or not. */
static uint32_t read_command_status_2(struct device *device,
                                      const struct access *access,
                                      unsigned index)
{
    struct csrng_state *state = device->state;

    if (state->waiting != 0 && !access->debug) {
        csrng_seed(device);
    }
    return (is_yes(state->control, ENABLE) ? READY_2 : 0) |
           (state->acknowledged != 0 && state->waiting == 0 ? ACKNOWLEDGED_2
                                                            : 0) |
           state->failed << STATUS_2;
}

static uint32_t read_reseed_counter(struct device *device,
                                    const struct access *access, unsigned index)
{
    return index == FIRMWARE_INSTANCE ? csrng_reseed_count(device->state) : 0;
}

static uint32_t read_output_valid(struct device *device,
                                  const struct access *access, unsigned index)
{
    const struct csrng_state *state = device->state;
    bool forced = is_yes(state->control, FIPS_FORCE_ENABLE) &&
                  (state->fips_force & BIT(FIRMWARE_INSTANCE)) != 0;

    return state->words_left == 0 ? 0
                                  : 1u | (state->fips != 0 || forced ? 2u : 0);
}

static uint32_t read_output(struct device *device, const struct access *access,
                            unsigned index)
{
    struct csrng_state *state = device->state;

    if (state->words_left == 0 || !is_yes(state->control, SW_APP_ENABLE)) {
        device_guest_error(device, 0, "GENBITS read while there are none");
        return 0;
    }
    uint32_t word = state->block[BLOCK_WORDS - state->words_left];
    if (access->debug) {
        return word;
    }
    state->words_left--;
    if (state->words_left == 0 && state->blocks_left != 0) {
        uint8_t additional[CTR_DRBG_SEED_BYTES];
        csrng_collect_data(state, additional);
        csrng_make_block(device, additional);
    }
    return word;
}

/* Counter, V, key, then whether it is instantiated and by the source. */
static uint32_t state_word(const struct device *device, unsigned word)
{
    const struct csrng_state *state = device->state;
    const struct ctr_drbg *drbg = &state->drbg;

    if (word == 0) {
        return variant_of(device)->counts_requests ? csrng_reseed_count(state)
                                                   : drbg->reseed_counter;
    }
    if (word <= 4) {
        return load_be32(drbg->v + 4 * (4 - word));
    }
    if (word <= 12) {
        return load_be32(drbg->key + 4 * (12 - word));
    }
    return (drbg->reseed_counter != 0 ? 1u : 0) | (state->fips != 0 ? 2u : 0);
}

static bool shows_state(const struct device *device)
{
    const struct csrng_state *state = device->state;

    return is_yes(state->control, READ_INT_STATE) &&
           (!variant_of(device)->has_instances ||
            (state->state_number == FIRMWARE_INSTANCE &&
             (state->read_enable & BIT(FIRMWARE_INSTANCE))));
}

static uint32_t read_state_word(struct device *device,
                                const struct access *access, unsigned index)
{
    struct csrng_state *state = device->state;
    unsigned word = state->state_word;

    if (!shows_state(device)) {
        return 0;
    }
    if (!access->debug) {
        state->state_word = (word + 1) % STATE_WORDS;
    }
    return state_word(device, word);
}

static void write_state_number(struct device *device,
                               const struct access *access, unsigned index,
                               uint32_t value)
{
    struct csrng_state *state = device->state;

    state->state_number = value;
    state->state_word = 0;
}

static void write_control(struct device *device, const struct access *access,
                          unsigned index, uint32_t value)
{
    struct csrng_state *state = device->state;

    if (state->writable == 0) {
        device_guest_error(device, index, "CTRL is locked");
        return;
    }
    state->control = value;
    if (!is_yes(value, ENABLE)) {
        csrng_drop_output(state);
        ctr_drbg_uninstantiate(&state->drbg);
        state->data_left = 0;
        state->data_count = 0;
        state->waiting = 0;
        state->acknowledged = 0;
    }
}

static void write_read_enable(struct device *device,
                              const struct access *access, unsigned index,
                              uint32_t value)
{
    struct csrng_state *state = device->state;

    if (state->read_enable_writable == 0) {
        device_guest_error(device, index, "INT_STATE_READ_ENABLE is locked");
        return;
    }
    state->read_enable = value;
}

/* Bits written zero become zero. */
static void write_read_enable_writable(struct device *device,
                                       const struct access *access,
                                       unsigned index, uint32_t value)
{
    struct csrng_state *state = device->state;

    state->read_enable_writable &= value;
}

static void write_writable(struct device *device, const struct access *access,
                           unsigned index, uint32_t value)
{
    struct csrng_state *state = device->state;

    state->writable &= value;
}

static void write_recoverable(struct device *device,
                              const struct access *access, unsigned index,
                              uint32_t value)
{
    struct csrng_state *state = device->state;

    state->recoverable &= value;
}

static const struct csrng_variant variant_1 = {
    .source = ENTROPY_SOURCE_COMPATIBLE,
    .bad_flag0 = ALERT_FLAG0,
};
static const struct csrng_variant variant_2 = {
    .source = ENTROPY_SOURCE_2_COMPATIBLE,
    .bad_flag0 = ALERT_FLAG0_2,
    .refuses = true,
    .has_instances = true,
    .counts_requests = true,
};

static int init(struct device *device, struct error *error)
{
    struct csrng_wiring *wiring = device->wiring;

    wiring->source = device_peer(device, "cairn,entropy-source", 0,
                                 variant_of(device)->source, error);
    return wiring->source != NULL ? 0 : -EINVAL;
}

#define R(member) FIELD(struct csrng_state, member)

/* clang-format off */
#define FIRST_ROWS                                                             \
    {0x00, 1, "INTERRUPT_STATE", {W1C, NO}, RESET_WARM, 0, 0xf,                \
     R(interrupt_state), NULL, NULL, "interrupt causes; none is raised"},      \
    {0x04, 1, "INTERRUPT_ENABLE", {RW, NO}, RESET_WARM, 0, 0xf,                \
     R(interrupt_enable), NULL, NULL, "interrupt enables; no line"},           \
    {0x08, 1, "INTERRUPT_TEST", {WO, NO}, RESET_WARM, 0, 0, NO_FIELD, NULL,    \
     NULL, "no effect"},                                                       \
    {0x0c, 1, "ALERT_TEST", {WO, NO}, RESET_WARM, 0, 0, NO_FIELD, NULL, NULL,  \
     "no effect"},                                                             \
    {0x10, 1, "REGWEN", {RW, NO}, RESET_WARM, 1, 1, R(writable), NULL,         \
     write_writable, "0 locks CTRL"},                                          \
    {0x18, 1, "CMD_REQ", {WO, NO}, RESET_WARM, 0, UINT32_MAX, NO_FIELD, NULL,  \
     write_command, "3:0 command (1 instantiate, 2 reseed, 3 generate, 4 "     \
     "update, 5 uninstantiate), 7:4 data words, 11:8 data alone, 24:12 "       \
     "blocks; then data"}
#define OUTPUT_ROWS(offset)                                                    \
    {(offset), 1, "GENBITS_VLD", {RO, NO}, RESET_WARM, 0, 0, NO_FIELD,         \
     read_output_valid, NULL, "bit 0 output is valid, 1 the instance was seeded by the "  \
     "source"},                                                                \
    {(offset) + 4, 1, "GENBITS", {RO, NO}, RESET_WARM, 0, 0, NO_FIELD,         \
     read_output, NULL, "output, one word for each read"}
#define STATE_ROWS(offset)                                                     \
    {(offset), 1, "INT_STATE_NUM", {RW, NO}, RESET_WARM, 0, 0xf,               \
     R(state_number), NULL, write_state_number, "starts INT_STATE_VAL over"},  \
    {(offset) + 4, 1, "INT_STATE_VAL", {RO, NO}, RESET_WARM, 0, 0, NO_FIELD,   \
     read_state_word, NULL, "counter, V, key and status, 14 reads"}
#define LAST_ROWS(offset, alerts, text)                                        \
    {(offset), 1, "HW_EXC_STS", {RO, NO}, RESET_WARM, 0, 0, NO_FIELD, NULL,    \
     NULL, "failures of hardware users; none occur"},                      \
    {(offset) + 0x4, 1, "RECOV_ALERT_STS", {RW, NO}, RESET_WARM, 0, alerts,    \
     R(recoverable), NULL, write_recoverable, text},                           \
    {(offset) + 0x8, 1, "ERR_CODE", {RO, NO}, RESET_WARM, 0, 0, NO_FIELD,      \
     NULL, NULL, "errors of the hardware; none occur"},                              \
    {(offset) + 0xc, 1, "ERR_CODE_TEST", {RW, NO}, RESET_WARM, 0, 0x1f,        \
     R(error_test), NULL, NULL, "no effect"},                                  \
    {(offset) + 0x10, 1, "MAIN_SM_STATE", {RO, NO}, RESET_WARM, 0x4e, 0,       \
     NO_FIELD, NULL, NULL, "state of the command machine: idle between commands"}

static const struct register_spec registers_1[] = {
    FIRST_ROWS,
    {0x14, 1, "CTRL", {RW, NO}, RESET_WARM, 0x999, 0xfff, R(control), NULL,
     write_control, "3:0 enable, 7:4 output for firmware, 11:8 state readable; "
     "6 yes, 9 no"},
    {0x1c, 1, "SW_CMD_STS", {RO, NO}, RESET_WARM, COMMAND_READY, 0, NO_FIELD,
     read_command_status, NULL, "bit 0 ready, 1 the command failed"},
    OUTPUT_ROWS(0x20),
    STATE_ROWS(0x28),
    LAST_ROWS(0x30, 0x300f, "3 bad flag0, 13 bad command"),
};

static const struct register_spec registers_2[] = {
    FIRST_ROWS,
    {0x14, 1, "CTRL", {RW, NO}, RESET_WARM, 0x9999, 0xffff, R(control), NULL,
     write_control, "3:0 enable, 7:4 output for firmware, 11:8 state readable, "
     "15:12 FIPS_FORCE counts; 6 yes, 9 no"},
    {0x1c, 1, "RESEED_INTERVAL", {RW, NO}, RESET_WARM, UINT32_MAX, UINT32_MAX,
     R(reseed_interval), NULL, NULL, "number of generate commands for one seed"},
    {0x20, 3, "RESEED_COUNTER", {RO, NO}, RESET_WARM, 0, 0, NO_FIELD,
     read_reseed_counter, NULL, "generate commands since the last seed; [2] of "
     "the firmware's instance"},
    {0x2c, 1, "SW_CMD_STS", {RO, NO}, RESET_WARM, 0, 0, NO_FIELD,
     read_command_status_2, NULL, "bit 1 ready for words, 2 done, 5:3 1 unknown "
     "command, 2 no blocks, 3 out of sequence, 4 reseed interval exceeded"},
    OUTPUT_ROWS(0x30),
    {0x38, 1, "INT_STATE_READ_ENABLE", {RW, NO}, RESET_WARM, 7, 7,
     R(read_enable), NULL, write_read_enable, "instances whose state is "
     "readable"},
    {0x3c, 1, "INT_STATE_READ_ENABLE_REGWEN", {RW, NO}, RESET_WARM, 1, 1,
     R(read_enable_writable), NULL, write_read_enable_writable,
     "0 locks INT_STATE_READ_ENABLE"},
    STATE_ROWS(0x40),
    {0x48, 1, "FIPS_FORCE", {RW, NO}, RESET_WARM, 0, 7, R(fips_force), NULL,
     NULL, "instances whose output counts as seeded by the source"},
    LAST_ROWS(0x4c, 0xf01f, "4 bad flag0, 13 bad command, 14 out of sequence, "
              "15 reseed interval exceeded"),
};
/* clang-format on */

#define COMMON_FIELDS                                                          \
    STATE_TO(struct csrng_state, state_word, RESET_WARM, STATE_WORDS - 1),     \
        STATE(struct csrng_state, failed, RESET_WARM),                         \
        STATE(struct csrng_state, acknowledged, RESET_WARM),                   \
        STATE(struct csrng_state, fips, RESET_WARM),                           \
        STATE(struct csrng_state, header, RESET_WARM),                         \
        STATE(struct csrng_state, data_left, RESET_WARM),                      \
        STATE_TO(struct csrng_state, data_count, RESET_WARM, SEED_WORDS),      \
        STATE(struct csrng_state, data, RESET_WARM),                           \
        STATE(struct csrng_state, waiting, RESET_WARM),                        \
        STATE(struct csrng_state, blocks_left, RESET_WARM),                    \
        STATE_TO(struct csrng_state, words_left, RESET_WARM, BLOCK_WORDS),     \
        STATE(struct csrng_state, block, RESET_WARM),                          \
        STATE(struct csrng_state, drbg, RESET_WARM)

static const struct omission omissions[] = {
    {"INTERRUPT_ENABLE", OMITTED_SET,    0xf,  0, "interrupts"                 },
    {"INTERRUPT_TEST",   OMITTED_SET,    0xf,  0, "tests of interrupts"        },
    {"ALERT_TEST",       OMITTED_SET,    3,    0, "tests of alerts"            },
    {"ERR_CODE_TEST",    OMITTED_SET,    0x1f, 0, "errors of the hardware"     },
    {NULL,               OMITTED_UNSEEN, 0,    0, "users other than firmware"  },
    {NULL,               OMITTED_UNSEEN, 0,    0, "the time that commands take"},
    {"CMD_REQ",          OMITTED_UNSEEN, 0,    0,
     "what becomes of the rest of the output when a command comes before it "
     "was read: it is dropped"                                                 },
};

const struct device_type caliptra_csrng = {
    .compatible = "chipsalliance,caliptra-csrng",
    .title = "Caliptra random number generator",
    .reference = "Caliptra 1.1 registers, csrng; SP 800-90A, 10.2.1",
    DEVICE_TABLE(omission, omissions),
    .state_size = sizeof(struct csrng_state),
    .wiring_size = sizeof(struct csrng_wiring),
    DEVICE_BANKS(REGISTER_BANK("csrng", 0x1000, 4, registers_1)),
    /* A register of 2.x is state without one in 1.x. */
    DEVICE_FIELDS(COMMON_FIELDS,
                  STATE(struct csrng_state, reseed_interval, RESET_WARM),
                  STATE(struct csrng_state, read_enable, RESET_WARM),
                  STATE(struct csrng_state, read_enable_writable, RESET_WARM),
                  STATE(struct csrng_state, fips_force, RESET_WARM)),
    .init = init,
    .interface = &variant_1,
};

const struct device_type caliptra_csrng_2 = {
    .compatible = "chipsalliance,caliptra-csrng-2",
    .title = "Caliptra 2.x random number generator",
    .reference = "Caliptra 2.1 registers, csrng; SP 800-90A, 10.2.1",
    DEVICE_TABLE(omission, omissions),
    .state_size = sizeof(struct csrng_state),
    .wiring_size = sizeof(struct csrng_wiring),
    DEVICE_BANKS(REGISTER_BANK("csrng", 0x1000, 4, registers_2)),
    DEVICE_FIELDS(COMMON_FIELDS),
    .init = init,
    .interface = &variant_2,
};
