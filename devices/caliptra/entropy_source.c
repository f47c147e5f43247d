/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Entropy source of a Caliptra core (entropy_src): four noise wires, health
 * tests over windows of them, and conditioned seeds for the random number
 * generator. 2.x has the same registers, CONF in another order, and another
 * encoding of the alarm.
 *
 * Noise comes from the machine's own stream. When the module is enabled, and
 * again for each seed, a window is drawn and tested against the thresholds as
 * firmware or the SoC set them; after as many failures in a row as the alert
 * threshold says the source stops in alarm until it is disabled. The input
 * "noise_stuck" holds the wires at its level minus one, to see that happen.
 */
#include "devices/caliptra/entropy_source.h"
#include "bus/handlers.h"

#include <string.h>

#include "base/bits.h"

enum { WIRES = 4, WINDOW_MAX = 0x1000 };

struct state {
    uint32_t interrupt_state;
    uint32_t interrupt_enable;
    uint32_t enable_writable;
    uint32_t update_writable;
    uint32_t module_enable;
    uint32_t config;
    uint32_t control;
    uint32_t windows;
    uint32_t repetition_limit;
    uint32_t symbol_repetition_limit;
    uint32_t ones_high_limit;
    uint32_t ones_low_limit;
    uint32_t bucket_limit;
    uint32_t markov_high_limit;
    uint32_t markov_low_limit;
    uint32_t external_high_limit;
    uint32_t external_low_limit;
    uint32_t repetition_total;
    uint32_t symbol_repetition_total;
    uint32_t ones_high_total;
    uint32_t ones_low_total;
    uint32_t alert_threshold;
    uint32_t alert_total;
    uint32_t alert_counts; /* a nibble for each test, as in the register */
    uint32_t override_control;
    uint32_t override_start;
    uint32_t observe_threshold;
    uint32_t recoverable;
    uint32_t error_test;
    uint32_t phase; /* as MAIN_SM_STATE shows it */
};

/* Encodings of MAIN_SM_STATE. */
enum phase {
    PHASE_IDLE = 0xf5,
    PHASE_BOOT_DONE = 0x8e,
    PHASE_RUNNING = 0x1a2,
};

enum multi_bit { YES = 6, NO_WAY = 9 };
enum { FIPS_ENABLE = 0 }; /* a shift of CONF in both generations */

/* Differences between the generations: constants of each device type. */
struct layout {
    uint32_t alarm;        /* of MAIN_SM_STATE */
    bool has_fips_flag;    /* 7:4 of CONF */
    uint8_t scope;         /* shifts of CONF */
    uint8_t single_enable; /* one wire alone is looked at, */
    uint8_t single_wire;   /* and this is its number */
};

static const struct layout layout_1 = {
    .alarm = 0x15c,
    .has_fips_flag = false,
    .scope = 12,
    .single_enable = 20,
    .single_wire = 24,
};
static const struct layout layout_2 = {
    .alarm = 0x1fb,
    .has_fips_flag = true,
    .scope = 18,
    .single_enable = 12,
    .single_wire = 16,
};
enum { FIPS_FLAG = 4 };

enum alert_shifts {
    ALERT_REPETITION = 4,
    ALERT_ONES_HIGH = 8,
    ALERT_ONES_LOW = 12,
    ALERT_SYMBOL_REPETITION = 28,
};

static bool is_yes(uint32_t value, unsigned shift)
{
    return (value >> shift & 0xf) == YES;
}

static const struct layout *layout_of(const struct device *device)
{
    return device->type->interface;
}

static bool has_fips(const struct state *state)
{
    return is_yes(state->config, FIPS_ENABLE);
}

/* Low half for FIPS mode, high half for the bypass at boot. */
static uint32_t of_mode(const struct state *state, uint32_t both)
{
    return has_fips(state) ? both & 0xffff : both >> 16;
}

/* ---- Health tests -------------------------------------------------------- */

struct findings {
    uint32_t longest_run;        /* of one wire's equal bits */
    uint32_t longest_symbol_run; /* of equal bits on all wires at once */
    uint32_t most_ones;          /* of a wire, or of all with that scope */
    uint32_t least_ones;
};

static uint8_t next_symbol(struct device *device)
{
    uint8_t symbol;

    fabric_random(device->fabric, &symbol, 1);
    if (device->input_levels[0] != 0) {
        symbol = device->input_levels[0] > 1 ? 0xff : 0;
    }
    return symbol & 0xf;
}

static void raise_to(uint32_t *maximum, uint32_t value)
{
    *maximum = value > *maximum ? value : *maximum;
}

/* One wire alone has to give what four would; its bits then are the symbols. */
static struct findings draw_window(struct device *device)
{
    const struct state *state = device->state;
    const struct layout *layout = layout_of(device);
    bool single = is_yes(state->config, layout->single_enable);
    unsigned first = single ? state->config >> layout->single_wire & 3 : 0;
    unsigned end = single ? first + 1 : WIRES;
    uint32_t wanted = of_mode(state, state->windows);
    uint32_t size =
        (wanted < WINDOW_MAX ? wanted : WINDOW_MAX) * (single ? WIRES : 1);
    uint32_t run[WIRES] = {0}, ones[WIRES] = {0}, sum = 0, symbol_run = 0;
    struct findings found = {0, 0, 0, UINT32_MAX};
    uint8_t last = 0;

    for (uint32_t i = 0; i < size; i++) {
        uint8_t symbol = next_symbol(device);
        bool all_same = i > 0;
        for (unsigned wire = first; wire < end; wire++) {
            bool same = i > 0 && (symbol >> wire & 1) == (last >> wire & 1);
            run[wire] = same ? run[wire] + 1 : 1;
            raise_to(&found.longest_run, run[wire]);
            all_same = all_same && same;
            ones[wire] += symbol >> wire & 1;
        }
        symbol_run = all_same ? symbol_run + 1 : 1;
        raise_to(&found.longest_symbol_run, symbol_run);
        last = symbol;
    }
    for (unsigned wire = first; wire < end; wire++) {
        sum += ones[wire];
        raise_to(&found.most_ones, ones[wire]);
        found.least_ones =
            ones[wire] < found.least_ones ? ones[wire] : found.least_ones;
    }
    if (is_yes(state->config, layout->scope)) {
        found.most_ones = sum;
        found.least_ones = sum;
    }
    return found;
}

static void count(struct state *state, uint32_t *total, unsigned shift)
{
    *total += *total != UINT32_MAX;
    if ((state->alert_counts >> shift & 0xf) != 0xf) {
        state->alert_counts += 1u << shift;
    }
}

static bool pass_window(struct device *device)
{
    struct state *state = device->state;
    struct findings found = draw_window(device);
    bool repeats = found.longest_run >= of_mode(state, state->repetition_limit);
    bool symbol_repeats = found.longest_symbol_run >=
                          of_mode(state, state->symbol_repetition_limit);
    bool high = found.most_ones > of_mode(state, state->ones_high_limit);
    bool low = found.least_ones < of_mode(state, state->ones_low_limit);

    if (repeats) {
        count(state, &state->repetition_total, ALERT_REPETITION);
    }
    if (symbol_repeats) {
        count(state, &state->symbol_repetition_total, ALERT_SYMBOL_REPETITION);
    }
    if (high) {
        count(state, &state->ones_high_total, ALERT_ONES_HIGH);
    }
    if (low) {
        count(state, &state->ones_low_total, ALERT_ONES_LOW);
    }
    return !repeats && !symbol_repeats && !high && !low;
}

/* A good window, or the alarm after so many bad ones in a row. */
static bool test_health(struct device *device)
{
    struct state *state = device->state;
    uint32_t limit = state->alert_threshold & 0xffff;

    state->alert_total = 0;
    state->alert_counts = 0;
    while (!pass_window(device)) {
        state->alert_total++;
        if (state->alert_total >= limit) {
            state->phase = layout_of(device)->alarm;
            device_event(device, .fact = FACT_NOISE_UNHEALTHY,
                         .values = {state->alert_total});
            return false;
        }
    }
    state->alert_total = 0;
    state->alert_counts = 0;
    return true;
}

bool entropy_source_take(struct device *source, void *bytes, size_t size)
{
    const struct state *state = source->state;

    memset(bytes, 0, size);
    if (!is_yes(state->module_enable, 0) ||
        state->phase == layout_of(source)->alarm || !test_health(source)) {
        return false;
    }
    fabric_random(source->fabric, bytes, size);
    return true;
}

bool entropy_source_is_fips(const struct device *source)
{
    const struct state *state = source->state;

    return !layout_of(source)->has_fips_flag ||
           (has_fips(state) && is_yes(state->config, FIPS_FLAG));
}

/* ---- Registers ----------------------------------------------------------- */

static void write_module_enable(struct device *device,
                                const struct access *access, unsigned index,
                                uint32_t value)
{
    struct state *state = device->state;
    bool was_on = is_yes(state->module_enable, 0);

    if (state->enable_writable == 0) {
        device_guest_error(device, index, "MODULE_ENABLE is locked");
        return;
    }
    state->module_enable = value;
    if (!is_yes(value, 0)) {
        state->phase = PHASE_IDLE;
    } else if (!was_on && test_health(device)) {
        state->phase = has_fips(state) ? PHASE_RUNNING : PHASE_BOOT_DONE;
    }
}

static bool is_locked(const struct state *state)
{
    return state->update_writable == 0 || is_yes(state->module_enable, 0);
}

REGISTER_VALUE(read_writable, !is_locked(device->state))

/* Registers that are fixed while the module runs. */
static void configure(struct device *device, uint32_t *word, uint32_t value)
{
    if (is_locked(device->state)) {
        device_guest_error(device, 0, "configured while it runs or is locked");
        return;
    }
    *word = value;
}

#define CONFIGURED(member)                                                     \
    static void write_##member(struct device *device,                          \
                               const struct access *access, unsigned index,    \
                               uint32_t value)                                 \
    {                                                                          \
        struct state *state = device->state;                                   \
        configure(device, &state->member, value);                              \
    }
CONFIGURED(config)
CONFIGURED(control)
CONFIGURED(windows)
CONFIGURED(repetition_limit)
CONFIGURED(symbol_repetition_limit)
CONFIGURED(ones_high_limit)
CONFIGURED(ones_low_limit)
CONFIGURED(bucket_limit)
CONFIGURED(markov_high_limit)
CONFIGURED(markov_low_limit)
CONFIGURED(external_high_limit)
CONFIGURED(external_low_limit)
CONFIGURED(alert_threshold)
CONFIGURED(override_control)
CONFIGURED(observe_threshold)

/* Bits written zero become zero. */
REGISTER_SET(write_enable_writable, enable_writable &= value)
REGISTER_SET(write_update_writable, update_writable &= value)
REGISTER_SET(write_recoverable, recoverable &= value)
REGISTER_OF_STATE(read_debug_status,
                  (state->phase == PHASE_IDLE ? BIT(16) : 0) |
                      (state->phase == PHASE_BOOT_DONE ? BIT(17) : 0))

#define R(member) FIELD(struct state, member)
#define ALL       UINT32_MAX

/* clang-format off */
#define CONST(offset, count, name, value, text)                                \
    {offset, count, name, {RO, NO}, RESET_WARM, value, 0, NO_FIELD, NULL, NULL,\
     text}
#define CONFIG(offset, name, reset, mask, member, text)                        \
    {offset, 1, name, {RW, NO}, RESET_WARM, reset, mask, R(member), NULL,      \
     write_##member, text}
#define FIRST_ROWS                                                             \
    {0x00, 1, "INTERRUPT_STATE", {W1C, NO}, RESET_WARM, 0, 0xf,                \
     R(interrupt_state), NULL, NULL, "interrupt causes; none is raised"},      \
    {0x04, 1, "INTERRUPT_ENABLE", {RW, NO}, RESET_WARM, 0, 0xf,                \
     R(interrupt_enable), NULL, NULL, "interrupt enables; no line"},           \
    {0x08, 1, "INTERRUPT_TEST", {WO, NO}, RESET_WARM, 0, 0, NO_FIELD, NULL,    \
     NULL, "no effect"},                                                       \
    {0x0c, 1, "ALERT_TEST", {WO, NO}, RESET_WARM, 0, 0, NO_FIELD, NULL, NULL,  \
     "no effect"},                                                             \
    {0x10, 1, "ME_REGWEN", {RW, NO}, RESET_WARM, 1, 1, R(enable_writable), NULL,\
     write_enable_writable, "0 locks MODULE_ENABLE"},                          \
    {0x14, 1, "SW_REGUPD", {RW, NO}, RESET_WARM, 1, 1, R(update_writable), NULL,\
     write_update_writable, "0 locks the configuration"},                      \
    {0x18, 1, "REGWEN", {RO, NO}, RESET_WARM, 1, 0, NO_FIELD, read_writable,   \
     NULL, "1: the configuration can be written"},                        \
    CONST(0x1c, 1, "REV", 0x00010303, "revision"),                             \
    {0x20, 1, "MODULE_ENABLE", {RW, NO}, RESET_WARM, NO_WAY, 0xf,              \
     R(module_enable), NULL, write_module_enable, "6 runs the source, 9 stops it"}
#define TEST_ROWS                                                              \
    CONFIG(0x28, "ENTROPY_CONTROL", 0x99, 0xff, control,                       \
           "3:0 route to firmware, 7:4 type; no effect"),                      \
    CONST(0x2c, 1, "ENTROPY_DATA", 0, "entropy for firmware; never available"),           \
    CONFIG(0x30, "HEALTH_TEST_WINDOWS", 0x00600200, ALL, windows,              \
           "symbols in a window: 15:0 FIPS, 31:16 bypass"),                    \
    CONFIG(0x34, "REPCNT_THRESHOLDS", ALL, ALL, repetition_limit,              \
           "limit of equal bits in a row: 15:0 FIPS, 31:16 bypass"),          \
    CONFIG(0x38, "REPCNTS_THRESHOLDS", ALL, ALL, symbol_repetition_limit,      \
           "limit of equal symbols in a row: 15:0 FIPS, 31:16 bypass"),        \
    CONFIG(0x3c, "ADAPTP_HI_THRESHOLDS", ALL, ALL, ones_high_limit,            \
           "maximum of ones in a window: 15:0 FIPS, 31:16 bypass"),                  \
    CONFIG(0x40, "ADAPTP_LO_THRESHOLDS", 0, ALL, ones_low_limit,               \
           "minimum of ones in a window: 15:0 FIPS, 31:16 bypass"),                 \
    CONFIG(0x44, "BUCKET_THRESHOLDS", ALL, ALL, bucket_limit, "not tested"),   \
    CONFIG(0x48, "MARKOV_HI_THRESHOLDS", ALL, ALL, markov_high_limit,          \
           "not tested"),                                                      \
    CONFIG(0x4c, "MARKOV_LO_THRESHOLDS", 0, ALL, markov_low_limit,             \
           "not tested"),                                                      \
    CONFIG(0x50, "EXTHT_HI_THRESHOLDS", ALL, ALL, external_high_limit,         \
           "not tested"),                                                      \
    CONFIG(0x54, "EXTHT_LO_THRESHOLDS", 0, ALL, external_low_limit,            \
           "not tested"),                                                      \
    CONST(0x58, 3, "HI_WATERMARKS", 0, "not kept"),                            \
    CONST(0x64, 1, "ADAPTP_LO_WATERMARKS", ALL, "not kept"),                   \
    CONST(0x68, 1, "EXTHT_HI_WATERMARKS", 0, "not kept"),                      \
    CONST(0x6c, 1, "EXTHT_LO_WATERMARKS", ALL, "not kept"),                    \
    CONST(0x70, 2, "BUCKET_MARKOV_HI_WATERMARKS", 0, "not kept"),              \
    CONST(0x78, 1, "MARKOV_LO_WATERMARKS", ALL, "not kept"),                   \
    {0x7c, 1, "REPCNT_TOTAL_FAILS", {RO, NO}, RESET_WARM, 0, 0,                \
     R(repetition_total), NULL, NULL, "windows that failed by repetition"},    \
    {0x80, 1, "REPCNTS_TOTAL_FAILS", {RO, NO}, RESET_WARM, 0, 0,               \
     R(symbol_repetition_total), NULL, NULL,                                   \
     "windows that failed by equal symbols"},                                  \
    {0x84, 1, "ADAPTP_HI_TOTAL_FAILS", {RO, NO}, RESET_WARM, 0, 0,             \
     R(ones_high_total), NULL, NULL, "windows with too many ones"},            \
    {0x88, 1, "ADAPTP_LO_TOTAL_FAILS", {RO, NO}, RESET_WARM, 0, 0,             \
     R(ones_low_total), NULL, NULL, "windows with too few ones"},              \
    CONST(0x8c, 5, "OTHER_TOTAL_FAILS", 0, "not tested"),                      \
    CONFIG(0xa0, "ALERT_THRESHOLD", 0xfffd0002, ALL, alert_threshold,          \
           "15:0 failed windows in a row until the alarm, 31:16 inverted"),    \
    {0xa4, 1, "ALERT_SUMMARY_FAIL_COUNTS", {RO, NO}, RESET_WARM, 0, 0,         \
     R(alert_total), NULL, NULL, "failed windows in a row"},                   \
    {0xa8, 1, "ALERT_FAIL_COUNTS", {RO, NO}, RESET_WARM, 0, 0, R(alert_counts),\
     NULL, NULL,                                                               \
     "7:4 by repetition, 11:8 too many ones, 15:12 too few, 31:28 by equal "   \
     "symbols"},                                                               \
    CONST(0xac, 1, "EXTHT_FAIL_COUNTS", 0, "not tested"),                      \
    CONFIG(0xb0, "FW_OV_CONTROL", 0x99, 0xff, override_control,                \
           "entropy from firmware; no effect"),                                \
    {0xb4, 1, "FW_OV_SHA3_START", {RW, NO}, RESET_WARM, NO_WAY, 0xf,           \
     R(override_start), NULL, NULL, "no effect"},                              \
    CONST(0xb8, 2, "FW_OV_STATUS", 0, "not observed"),                  \
    CONST(0xc0, 1, "FW_OV_RD_DATA", 0, "not observed"),                 \
    {0xc4, 1, "FW_OV_WR_DATA", {WO, NO}, RESET_WARM, 0, 0, NO_FIELD, NULL,     \
     NULL, "no effect"}
#define LAST_ROWS(alerts, alarm)                                               \
    CONST(0xcc, 1, "OBSERVE_FIFO_DEPTH", 0, "not observed"),            \
    {0xd0, 1, "DEBUG_STATUS", {RO, NO}, RESET_WARM, 0, 0, NO_FIELD,            \
     read_debug_status, NULL, "16 idle, 17 boot phase done"},                  \
    {0xd4, 1, "RECOV_ALERT_STS", {RW, NO}, RESET_WARM, 0, alerts,              \
     R(recoverable), NULL, write_recoverable, "recoverable alerts; none occur"},     \
    CONST(0xd8, 1, "ERR_CODE", 0, "errors of the hardware; none occur"),             \
    {0xdc, 1, "ERR_CODE_TEST", {RW, NO}, RESET_WARM, 0, 0x1f, R(error_test),   \
     NULL, NULL, "no effect"},                                                 \
    {0xe0, 1, "MAIN_SM_STATE", {RO, NO}, RESET_WARM, PHASE_IDLE, 0, R(phase),  \
     NULL, NULL, "0xf5 idle, 0x8e boot phase done, 0x1a2 running, " alarm      \
     " alarm"}

static const struct register_spec registers_1[] = {
    FIRST_ROWS,
    CONFIG(0x24, "CONF", 0x00909099, 0x03f0f0ff, config,
           "3:0 FIPS, 7:4 data register, 15:12 thresholds over all wires, "
           "23:20 single wire, 25:24 which; 6 yes, 9 no"),
    TEST_ROWS,
    CONFIG(0xc8, "OBSERVE_FIFO_THRESH", 0x20, 0x7f, observe_threshold,
           "no effect"),
    LAST_ROWS(0x1ffaf, "0x15c"),
};

static const struct register_spec registers_2[] = {
    FIRST_ROWS,
    CONFIG(0x24, "CONF", 0x02649999, 0x03ffffff, config,
           "3:0 FIPS, 7:4 seeds count as FIPS, 11:8 noise source FIPS, 15:12 "
           "single wire, 17:16 which, 21:18 thresholds over all wires, 25:22 "
           "data register; 6 yes, 9 no"),
    TEST_ROWS,
    CONFIG(0xc8, "OBSERVE_FIFO_THRESH", 0x10, 0x3f, observe_threshold,
           "no effect"),
    LAST_ROWS(0x8007ffaf, "0x1fb"),
};
/* clang-format on */

static const struct omission omissions[] = {
    {"INTERRUPT_ENABLE",            OMITTED_SET,    0xf,        0,          "interrupts"                   },
    {"INTERRUPT_TEST",              OMITTED_SET,    0xf,        0,          "tests of interrupts"          },
    {"ALERT_TEST",                  OMITTED_SET,    3,          0,          "tests of alerts"              },
    {"FW_OV_CONTROL",               OMITTED_VALUE,  0xf,        6,          "entropy to firmware"          },
    {"FW_OV_CONTROL",               OMITTED_VALUE,  0xf0,       0x60,       "entropy from firmware"        },
    {"FW_OV_WR_DATA",               OMITTED_WRITE,  0,          0,          "entropy that firmware inserts"},
    {"ERR_CODE_TEST",               OMITTED_SET,    0x1f,       0,          "errors of the hardware"       },
    {"BUCKET_THRESHOLDS",           OMITTED_OTHER,  UINT32_MAX, UINT32_MAX,
     "the bucket test"                                                                                     },
    {"MARKOV_HI_THRESHOLDS",        OMITTED_OTHER,  UINT32_MAX, UINT32_MAX,
     "the Markov test"                                                                                     },
    {"EXTHT_HI_THRESHOLDS",         OMITTED_OTHER,  UINT32_MAX, UINT32_MAX,
     "the external test"                                                                                   },
    {"MARKOV_LO_THRESHOLDS",        OMITTED_SET,    UINT32_MAX, 0,
     "lower limits of the Markov test"                                                                     },
    {"EXTHT_LO_THRESHOLDS",         OMITTED_SET,    UINT32_MAX, 0,
     "lower limits of the external test"                                                                   },
    {"HI_WATERMARKS",               OMITTED_READ,   0,          0,          "watermarks"                   },
    {"ADAPTP_LO_WATERMARKS",        OMITTED_READ,   0,          0,          "watermarks"                   },
    {"EXTHT_HI_WATERMARKS",         OMITTED_READ,   0,          0,          "watermarks"                   },
    {"EXTHT_LO_WATERMARKS",         OMITTED_READ,   0,          0,          "watermarks"                   },
    {"BUCKET_MARKOV_HI_WATERMARKS", OMITTED_READ,   0,          0,          "watermarks"                   },
    {"MARKOV_LO_WATERMARKS",        OMITTED_READ,   0,          0,          "watermarks"                   },
    {"CONF",                        OMITTED_UNSEEN, 0,          0,          "conditioning"                 },
    {NULL,                          OMITTED_UNSEEN, 0,          0,          "the time that seeds take"     },
    {"ENTROPY_CONTROL",             OMITTED_VALUE,  0xf,        6,          "entropy routed to firmware"   },
    {"FW_OV_SHA3_START",            OMITTED_UNSEEN, 0,          0,
     "conditioning of what firmware inserts, which is logged"                                              },
    {"OBSERVE_FIFO_THRESH",         OMITTED_UNSEEN, 0,          0,
     "the FIFO to firmware, which is logged"                                                               },
};

const struct device_type caliptra_entropy_source = {
    .compatible = ENTROPY_SOURCE_COMPATIBLE,
    .title = "Caliptra entropy source",
    .reference = "Caliptra 1.1 registers, entropy_src",
    DEVICE_TABLE(omission, omissions),
    .role = ROLE_ENTROPY,
    .state_size = sizeof(struct state),
    DEVICE_BANKS(REGISTER_BANK("entropy_src", 0x1000, 4, registers_1)),
    DEVICE_INPUTS({"noise_stuck", NULL}),
    .interface = &layout_1,
};

const struct device_type caliptra_entropy_source_2 = {
    .compatible = ENTROPY_SOURCE_2_COMPATIBLE,
    .title = "Caliptra 2.x entropy source",
    .reference = "Caliptra 2.1 registers, entropy_src",
    DEVICE_TABLE(omission, omissions),
    .role = ROLE_ENTROPY,
    .state_size = sizeof(struct state),
    DEVICE_BANKS(REGISTER_BANK("entropy_src", 0x1000, 4, registers_2)),
    DEVICE_INPUTS({"noise_stuck", NULL}),
    .interface = &layout_2,
};
