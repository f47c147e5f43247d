/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CMSDK APB watchdog (DDI 0479, 4.4): a counter down whose first 0 interrupts
 * and whose second one, if nobody cleared the interrupt, resets. The same block
 * is in TI's LM3S6965 (data sheet, chapter 10), with other identification,
 * a lock register that reads the other way round, and an enable that stays set.
 */
#include "base/bits.h"
#include "bus/countdown.h"
#include "bus/handlers.h"
#include "devices/arm/cmsdk.h"

enum { UNLOCK = 0x1acce551 };

struct state {
    struct countdown down;
    uint32_t load;
    uint32_t control;
    uint32_t raw;
    uint32_t locked;
    uint32_t test_control;
    uint32_t test_output;
    uint32_t resets; /* the output: until the next reset of this device */
    uint32_t stall;  /* of the LM3S6965 */
};

enum control_bits { CONTROL_INTERRUPT = 1 << 0, CONTROL_RESET = 1 << 1 };
enum outputs { OUTPUT_INTERRUPT, OUTPUT_RESET };

extern const struct device_type lm3s_watchdog;

static uint32_t masked(const struct device *device)
{
    const struct state *state = device->state;
    return state->raw & state->control & CONTROL_INTERRUPT;
}

static void update(struct device *device)
{
    const struct state *state = device->state;
    bool test = state->test_control != 0;

    line_set(&device->outputs[OUTPUT_INTERRUPT],
             test ? state->test_output >> 1 & 1 : masked(device));
    line_set(&device->outputs[OUTPUT_RESET],
             test ? state->test_output & 1 : state->resets);
}

static void rearm(struct device *device)
{
    struct state *state = device->state;

    countdown_reload(&state->down, clocked_now(device), state->load);
    countdown_run(&state->down, clocked_now(device),
                  (state->control & CONTROL_INTERRUPT) != 0);
    countdown_arm(&state->down, &device->fabric->clock, &device->timers[0],
                  clocked_hz(device), 1);
    update(device);
}

static void reached_zero(struct device *device)
{
    struct state *state = device->state;

    if (state->raw != 0 && (state->control & CONTROL_RESET) != 0) {
        state->resets = 1;
    }
    state->raw = 1;
    rearm(device);
}

/* A write to a locked watchdog is lost. */
static bool is_locked(struct device *device, const char *name)
{
    const struct state *state = device->state;

    if (state->locked != 0) {
        device_guest_error(device, 0, "%s written while locked", name);
    }
    return state->locked != 0;
}

static void write_load(struct device *device, const struct access *access,
                       unsigned index, uint32_t value)
{
    struct state *state = device->state;

    if (!is_locked(device, "WDOGLOAD")) {
        state->load = value;
        countdown_set(&state->down, clocked_now(device), value);
        rearm(device);
    }
}

static uint32_t value_of(const struct device *device)
{
    const struct state *state = device->state;

    clock_tell(&device->fabric->clock);
    return countdown_value(&state->down, clocked_now(device));
}

REGISTER_READ(read_value, value_of)

/* Enabling the interrupt loads the counter, if it was disabled (4.4.2). */
static void write_control(struct device *device, const struct access *access,
                          unsigned index, uint32_t value)
{
    struct state *state = device->state;
    uint32_t stays =
        device->type == &lm3s_watchdog ? state->control & CONTROL_INTERRUPT : 0;

    if (is_locked(device, "WDOGCONTROL")) {
        return;
    }
    if ((value & ~state->control & CONTROL_INTERRUPT) != 0) {
        countdown_set(&state->down, clocked_now(device), state->load);
    }
    state->control = value | stays;
    rearm(device);
}

static void write_intclr(struct device *device, const struct access *access,
                         unsigned index, uint32_t value)
{
    struct state *state = device->state;

    if (!is_locked(device, "WDOGINTCLR")) {
        state->raw = 0;
        countdown_set(&state->down, clocked_now(device), state->load);
        rearm(device);
    }
}

REGISTER_READ(read_mis, masked)
REGISTER_SET(write_lock, locked = value != UNLOCK)

static void write_itcr(struct device *device, const struct access *access,
                       unsigned index, uint32_t value)
{
    struct state *state = device->state;

    if (!is_locked(device, "WDOGITCR")) {
        state->test_control = value;
        update(device);
    }
}

static void write_itop(struct device *device, const struct access *access,
                       unsigned index, uint32_t value)
{
    struct state *state = device->state;

    if (!is_locked(device, "WDOGITOP")) {
        state->test_output = value;
        update(device);
    }
}

static void reset(struct device *device, enum reset_domain domain)
{
    struct state *state = device->state;

    countdown_set(&state->down, clocked_now(device), state->load);
    rearm(device);
}

#define WATCHDOG_ID(offset, name, value)                                       \
    REGISTER_CONSTANT(offset, name, value, "identification")

static const struct register_spec registers[] = {
#include "devices/arm/cmsdk_watchdog.def"
    {0xf00,
                                             1, "WDOGITCR",
                                             {RW, RW},
                                             RESET_CORE, 0,
                                             1, FIELD(struct state, test_control),
                                             NULL, write_itcr,
                                             "integration test: ITOP drives the outputs"    },
    {0xf04,
                                             1, "WDOGITOP",
                                             {WO, WO},
                                             RESET_CORE, 0,
                                             3, FIELD(struct state, test_output),
                                             NULL, write_itop,
                                             "outputs in integration test: interrupt, reset"},
    CMSDK_IDENTIFICATION(0x24, 0x1b),
};

/* LM3S6965, 10.4: WDTTEST's stall has no effect, as nothing halts time. */
static const struct register_spec lm3s_registers[] = {
#include "devices/arm/cmsdk_watchdog.def"
    {0x418,
                                             1, "WDTTEST",
                                             {RW, RW},
                                             RESET_CORE, 0,
                                             0x100, FIELD(struct state, stall),
                                             NULL, NULL,
                                             "stored, no effect"},
    WATCHDOG_ID(0xfd0, "WDTPeriphID4", 0),
    WATCHDOG_ID(0xfd4, "WDTPeriphID5", 0),
    WATCHDOG_ID(0xfd8, "WDTPeriphID6", 0),
    WATCHDOG_ID(0xfdc, "WDTPeriphID7", 0),
    WATCHDOG_ID(0xfe0, "WDTPeriphID0", 5),
    WATCHDOG_ID(0xfe4, "WDTPeriphID1", 0x18),
    WATCHDOG_ID(0xfe8, "WDTPeriphID2", 0x18),
    WATCHDOG_ID(0xfec, "WDTPeriphID3", 1),
    WATCHDOG_ID(0xff0, "WDTPCellID0", 0x0d),
    WATCHDOG_ID(0xff4, "WDTPCellID1", 0xf0),
    WATCHDOG_ID(0xff8, "WDTPCellID2", 0x05),
    WATCHDOG_ID(0xffc, "WDTPCellID3", 0xb1),
};

const struct device_type cmsdk_watchdog = {
    .compatible = "arm,cmsdk-watchdog",
    .title = "CMSDK APB watchdog",
    .reference = "Cortex-M System Design Kit TRM, DDI 0479, 4.4",
    .state_size = sizeof(struct state),
    .wiring_size = sizeof(struct clocked),
    DEVICE_BANKS(REGISTER_BANK("watchdog", 0x1000, 1 | 2 | 4, registers)),
    DEVICE_FIELDS(STATE(struct state, down, RESET_CORE),
                  STATE(struct state, resets, RESET_CORE),
                  STATE(struct state, stall, RESET_CORE)),
    DEVICE_OUTPUTS({"interrupt", LINE_INTERRUPT}, {"reset", LINE_RESET}),
    DEVICE_TIMERS(reached_zero),
    .init = cmsdk_init,
    .reset = reset,
    .restored = update,
};

const struct device_type lm3s_watchdog = {
    .compatible = "ti,lm3s-watchdog",
    .title = "Stellaris watchdog",
    .reference = "LM3S6965 data sheet, chapter 10",
    DEVICE_OMISSIONS(
        {"WDTTEST", OMITTED_UNSEEN, 0, 0,
         "the stall of the counter by a debugger, which stops virtual time"}),
    .state_size = sizeof(struct state),
    .wiring_size = sizeof(struct clocked),
    DEVICE_BANKS(REGISTER_BANK("watchdog", 0x1000, 1 | 2 | 4, lm3s_registers)),
    DEVICE_FIELDS(STATE(struct state, down, RESET_CORE),
                  STATE(struct state, test_control, RESET_CORE),
                  STATE(struct state, test_output, RESET_CORE),
                  STATE(struct state, resets, RESET_CORE)),
    DEVICE_OUTPUTS({"interrupt", LINE_INTERRUPT}, {"reset", LINE_RESET}),
    DEVICE_TIMERS(reached_zero),
    .init = cmsdk_init,
    .reset = reset,
    .restored = update,
};
