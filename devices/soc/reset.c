/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reset controller of a SoC behind a root of trust: a reset line for each of
 * eight application cores, each with the images that must be authorised before
 * it may be released and with an entry point, reset causes, a watchdog and the
 * switch of the power supply. A design of ours: what public SoCs have in
 * several blocks, with the gate as a wire (docs/design/trust/chain.md).
 *
 * Input "authorised" is a word of wires from the root of trust. A wire that
 * falls asserts the cores' lines that need it. Lines 8 and 9 are the root of
 * trust's power and reset; outputs rot_pwrgood and rot_rst_b are those lines as
 * such a core wants them, active low. A warm reset asserts all lines but that
 * power: whether the root of trust forgets is for the boot MCU to say.
 */
#include "abi/gate.h"
#include "abi/soc_reset.h"
#include "base/assert.h"
#include "base/bits.h"
#include "bus/handlers.h"

enum {
    CORES = SOC_RESET_CORES,
    LINES = SOC_RESET_LINE_COUNT,
    PULSE_NS = 1000,
    NS_PER_US = 1000
};
enum { INPUT_AUTHORISED };
enum outputs {
    OUTPUT_LINES = 0,
    OUTPUT_WARM = LINES,
    OUTPUT_ENTRIES,
    OUTPUT_ROT_RST_B = OUTPUT_ENTRIES + CORES,
    OUTPUT_ROT_PWRGOOD,
    OUTPUT_VERDICT,
    OUTPUT_POWER_OFF,
};
enum { TIMER_WATCHDOG, TIMER_PULSE };

#define LINES_OF_WARM_RESET (BIT(LINES) - 1 - BIT(SOC_RESET_LINE_POWER))

struct state {
    uint32_t cause;
    uint32_t lines;
    uint32_t lock;
    uint32_t required[LINES];
    uint32_t entry[CORES];
    uint32_t scratch[8];
    uint32_t period_us;
    uint32_t verdict;
    uint32_t warm; /* the warm reset line is asserted */
    uint32_t off;
};

static uint32_t authorised(const struct device *device)
{
    return device->input_levels[INPUT_AUTHORISED];
}

static void update(struct device *device)
{
    const struct state *state = device->state;

    for (unsigned i = 0; i < CORES; i++) {
        line_set(&device->outputs[OUTPUT_ENTRIES + i], state->entry[i]);
    }
    for (unsigned i = 0; i < LINES; i++) {
        line_set(&device->outputs[OUTPUT_LINES + i], state->lines >> i & 1);
    }
    line_set(&device->outputs[OUTPUT_WARM], state->warm);
    line_set(&device->outputs[OUTPUT_VERDICT], state->verdict);
    line_set(&device->outputs[OUTPUT_POWER_OFF], state->off);
    line_set(&device->outputs[OUTPUT_ROT_PWRGOOD],
             (state->lines >> SOC_RESET_LINE_POWER & 1) == 0);
    line_set(&device->outputs[OUTPUT_ROT_RST_B],
             state->warm == 0 && (state->lines >> SOC_RESET_LINE_ROT & 1) == 0);
}

static bool may_release(const struct device *device, unsigned line)
{
    const struct state *state = device->state;

    debug_assert(line < LINES);
    return gate_is_open(state->required[line], authorised(device));
}

REGISTER_READ(read_authorised, authorised)
REGISTER_SET(write_cause, cause &= ~value)
REGISTER_WRITE(write_assert, lines |= value, update)

static void write_release(struct device *device, const struct access *access,
                          unsigned index, uint32_t value)
{
    struct state *state = device->state;

    for (unsigned i = 0; i < LINES; i++) {
        if ((value >> i & 1) == 0) {
            continue;
        }
        if (may_release(device, i)) {
            state->lines &= ~BIT(i);
            continue;
        }
        device_event(device, .fact = FACT_LINE_STAYS_HELD, .number = i,
                     .values = {state->required[i], authorised(device)});
    }
    update(device);
}

static void write_required(struct device *device, const struct access *access,
                           unsigned index, uint32_t value)
{
    struct state *state = device->state;

    if (state->lock != 0) {
        device_guest_error(device, SOC_RESET_REQUIRED + 4 * index,
                           "REQUIRED is locked");
        return;
    }
    state->required[index] = value;
}

static void write_entry(struct device *device, const struct access *access,
                        unsigned index, uint32_t value)
{
    struct state *state = device->state;

    debug_assert(index < CORES);
    if ((state->lines >> index & 1) == 0) {
        device_guest_error(device, SOC_RESET_ENTRY + 4 * index,
                           "entry of line %u while it is released", index);
        return;
    }
    state->entry[index] = value;
    update(device);
}

/* The controller is reset with the rest, but for what says why. */
static void begin_warm_reset(struct device *device, uint32_t cause)
{
    struct state *state = device->state;
    struct clock *clock = &device->fabric->clock;

    device_event(device, .fact = cause == SOC_RESET_CAUSE_WATCHDOG
                                     ? FACT_SYSTEM_WATCHDOG_RESET
                                     : FACT_SYSTEM_WARM_RESET);
    state->cause |= cause;
    state->warm = 1;
    state->lines |= LINES_OF_WARM_RESET;
    device_reset(device, RESET_WARM);
    timer_arm(clock, &device->timers[TIMER_PULSE], clock_now(clock) + PULSE_NS);
}

static void end_warm_reset(struct device *device)
{
    struct state *state = device->state;

    state->warm = 0;
    update(device);
}

static void write_warm(struct device *device, const struct access *access,
                       unsigned index, uint32_t value)
{
    if (value == SOC_RESET_WARM_KEY) {
        begin_warm_reset(device, SOC_RESET_CAUSE_ASKED);
    } else {
        device_guest_error(device, SOC_RESET_WARM, "0x%x is not the key",
                           value);
    }
}

static void write_power_off(struct device *device, const struct access *access,
                            unsigned index, uint32_t value)
{
    struct state *state = device->state;

    if (value != SOC_RESET_POWER_OFF_KEY) {
        device_guest_error(device, SOC_RESET_POWER_OFF, "0x%x is not the key",
                           value);
        return;
    }
    device_event(device, .fact = FACT_SYSTEM_POWER_OFF);
    state->off = 1;
    update(device);
}

/* The lines by their registers; the warm reset ends by itself. */
static void ask_reset(struct device *device, unsigned output, bool asserted)
{
    static const struct access outside;

    if (output == OUTPUT_WARM && asserted) {
        begin_warm_reset(device, SOC_RESET_CAUSE_ASKED);
    } else if (output < OUTPUT_LINES + LINES && asserted) {
        write_assert(device, &outside, 0, BIT(output - OUTPUT_LINES));
    } else if (output < OUTPUT_LINES + LINES) {
        write_release(device, &outside, 0, BIT(output - OUTPUT_LINES));
    }
}

/* ---- Watchdog ------------------------------------------------------------ */

static void kick(struct device *device)
{
    const struct state *state = device->state;
    struct clock *clock = &device->fabric->clock;

    if (state->period_us == 0) {
        timer_cancel(clock, &device->timers[TIMER_WATCHDOG]);
    } else {
        timer_arm(clock, &device->timers[TIMER_WATCHDOG],
                  clock_now(clock) + (uint64_t)state->period_us * NS_PER_US);
    }
}

static void watchdog_bites(struct device *device)
{
    begin_warm_reset(device, SOC_RESET_CAUSE_WATCHDOG);
}

REGISTER_STORE(write_period, period_us, kick)
REGISTER_CALL(write_kick, kick(device))
REGISTER_STORE(write_verdict, verdict, update)

/* ---- Life ---------------------------------------------------------------- */

static void authorised_changed(struct device *device, unsigned index,
                               uint32_t level)
{
    struct state *state = device->state;
    uint32_t held = 0;

    for (unsigned i = 0; i < CORES; i++) {
        if ((state->lines >> i & 1) == 0 && !may_release(device, i)) {
            held |= BIT(i);
        }
    }
    if (held != 0) {
        device_event(device, .fact = FACT_LINES_ASSERTED, .values = {held});
        state->lines |= held;
        update(device);
    }
}

static void reset(struct device *device, enum reset_domain domain)
{
    struct clock *clock = &device->fabric->clock;

    if (domain == RESET_POWER_ON) {
        timer_cancel(clock, &device->timers[TIMER_PULSE]);
    }
    timer_cancel(clock, &device->timers[TIMER_WATCHDOG]);
    update(device);
}

static const struct register_spec registers[] = {
#include "devices/soc/reset.def"
};

static const struct output_spec outputs[] = {
    {"line0",       LINE_RESET },
    {"line1",       LINE_RESET },
    {"line2",       LINE_RESET },
    {"line3",       LINE_RESET },
    {"line4",       LINE_RESET },
    {"line5",       LINE_RESET },
    {"line6",       LINE_RESET },
    {"line7",       LINE_RESET },
    {"line8",       LINE_RESET },
    {"line9",       LINE_RESET },
    {"warm",        LINE_RESET },
    {"entry0",      LINE_SIGNAL},
    {"entry1",      LINE_SIGNAL},
    {"entry2",      LINE_SIGNAL},
    {"entry3",      LINE_SIGNAL},
    {"entry4",      LINE_SIGNAL},
    {"entry5",      LINE_SIGNAL},
    {"entry6",      LINE_SIGNAL},
    {"entry7",      LINE_SIGNAL},
    {"rot_rst_b",   LINE_SIGNAL},
    {"rot_pwrgood", LINE_SIGNAL},
    {"verdict",     LINE_SIGNAL},
    {"power_off",   LINE_POWER },
};

static void (*const timers[])(struct device *device) = {
    [TIMER_WATCHDOG] = watchdog_bites,
    [TIMER_PULSE] = end_warm_reset,
};

const struct device_type soc_reset = {
    .compatible = "cairn,soc-reset",
    .title = "reset controller behind a root of trust",
    .reference = "docs/design/trust/chain.md",
    .role = ROLE_RESET_CONTROLLER,
    .state_size = sizeof(struct state),
    DEVICE_BANKS(REGISTER_BANK("registers", 0x1000, 4, registers)),
    DEVICE_FIELDS(STATE(struct state, warm, RESET_POWER_ON),
                  STATE(struct state, off, RESET_POWER_ON)),
    DEVICE_TABLE(output, outputs),
    DEVICE_INPUTS({"authorised", authorised_changed}),
    DEVICE_TABLE(timer, timers),
    .reset = reset,
    .ask_reset = ask_reset,
    .restored = update,
};
