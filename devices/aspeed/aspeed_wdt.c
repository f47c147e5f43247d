/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A watchdog of the AST2700. Output reset tells SCU1, for a moment, what it
 * asks for: a reset of the whole SoC, or of the Cortex-A35 alone. A reset of
 * the SoC (or by software) whose masks leave out the boot MCU is modelled as
 * one of the Cortex-A35, if they have that.
 */
#include <inttypes.h>
#include <stdio.h>

#include "abi/ast2700.h"
#include "base/assert.h"
#include "base/bits.h"
#include "bus/countdown.h"
#include "bus/handlers.h"

enum { COUNT_HZ = 1000000, MASKS = 5 };
enum outputs { OUTPUT_INTERRUPT, OUTPUT_RESET };
enum { TIMER_END, TIMER_WARNING };
enum control_bits {
    CONTROL_MODE = 3 << 5,
    CONTROL_SECOND = 1 << 7,
};
#define CONTROL_WARNING 0xfffffc00u
enum status_bits {
    STATUS_ENDED = 1 << 0,
    STATUS_SECOND = 1 << 1,
    STATUS_INTERRUPTED = 1 << 2,
    STATUS_COUNT = 1 << 8,
};
enum { STATUS_COUNT_MASK = 0xfff << 8, ENDS_MAX = 15, EVENTS_SHIFT = 4 };
enum disable_bits {
    DISABLE_ALL = 1 << 0,
    DISABLE_SOC = 1 << 1,
    DISABLE_FULL = 1 << 2,
    DISABLE_CPU = 1 << 3,
    DISABLE_INTERRUPT = 1 << 4,
    DISABLE_SOFTWARE = 1 << 5,
};
enum { MASK_BOOT_MCU = 3, MASK1_CPU = 1 << 0 };
enum { SCRATCH_CLEAR = 0xea };
#define EVENTS_CLEAR 0xdeaddeadu

struct state {
    uint64_t since; /* when the counter held its value, in nanoseconds */
    uint32_t counter;
    uint32_t reload;
    uint32_t control;
    uint32_t status;
    uint32_t width;
    uint32_t mask[MASKS];
    uint32_t software_mask[MASKS];
    uint32_t events;
    uint32_t disable;
    uint32_t scratch;
    uint32_t protect[2 * MASKS + 2];
};

/* ---- The counter --------------------------------------------------------- */

static bool is_running(const struct state *state)
{
    return (state->control & AST2700_WDT_ENABLE) != 0 &&
           (state->disable & DISABLE_ALL) == 0;
}

static uint32_t left(const struct device *device)
{
    const struct state *state = device->state;
    const struct countdown down = {
        .value = state->counter,
        .running = is_running(state),
        .stops = 1,
    };

    return countdown_value(
        &down,
        ticks_of(clock_now(&device->fabric->clock) - state->since, COUNT_HZ));
}

/* The counter goes on from that value, if it runs. */
static void go_on(struct device *device, uint32_t counter)
{
    struct state *state = device->state;
    struct clock *clock = &device->fabric->clock;
    uint32_t warning = state->control & CONTROL_WARNING;

    state->counter = counter;
    state->since = clock_now(clock);
    timer_cancel(clock, &device->timers[TIMER_END]);
    timer_cancel(clock, &device->timers[TIMER_WARNING]);
    if (!is_running(state)) {
        return;
    }
    timer_arm(clock, &device->timers[TIMER_END],
              state->since + ticks_ns(counter, COUNT_HZ));
    if ((state->control & AST2700_WDT_INTERRUPTS) != 0 && warning < counter) {
        timer_arm(clock, &device->timers[TIMER_WARNING],
                  state->since + ticks_ns(counter - warning, COUNT_HZ));
    }
}

/* ---- What it does -------------------------------------------------------- */

/* A pulse: drivers do not clear the status. */
static void warn(struct device *device)
{
    struct state *state = device->state;

    if ((state->disable & DISABLE_INTERRUPT) == 0) {
        state->status |= STATUS_INTERRUPTED;
        line_raise(&device->outputs[OUTPUT_INTERRUPT]);
        line_lower(&device->outputs[OUTPUT_INTERRUPT]);
    }
}

static void ask(struct device *device, uint32_t what)
{
    line_set(&device->outputs[OUTPUT_RESET], what);
    line_set(&device->outputs[OUTPUT_RESET], 0);
}

static const struct logged_omission partial_reset = {
    "RESET_MASK1", "a reset without the boot MCU"};

/* The resets that the masks ask for; 0: none that is modelled. */
static uint32_t by_masks(struct device *device, const uint32_t *masks,
                         uint32_t what)
{
    char mask[24];

    if ((masks[MASK_BOOT_MCU] & AST2700_WDT_MASK4_BOOT_MCU) != 0) {
        return what;
    }
    snprintf(mask, sizeof(mask), "mask 0x%" PRIx32, masks[0]);
    device_omits_of(device, &partial_reset, mask);
    return (masks[0] & MASK1_CPU) != 0 ? what | AST2700_RESET_CPU : 0;
}

static void end(struct device *device)
{
    struct state *state = device->state;
    uint32_t control = state->control;
    uint32_t what = 0;

    state->status |= STATUS_ENDED;
    state->status |= (control & CONTROL_SECOND) != 0 ? STATUS_SECOND : 0;
    if ((state->status & STATUS_COUNT_MASK) != STATUS_COUNT_MASK) {
        state->status += STATUS_COUNT;
    }
    state->events += state->events < ENDS_MAX;
    state->control &= ~(uint32_t)AST2700_WDT_ENABLE;
    go_on(device, 0);
    if ((control & AST2700_WDT_RESETS) == 0) {
        return;
    }
    switch (control & CONTROL_MODE) {
    case AST2700_WDT_MODE_SOC:
        if ((state->disable & DISABLE_SOC) == 0) {
            what = by_masks(device, state->mask, AST2700_RESET_OF_SOC);
        }
        break;
    case AST2700_WDT_MODE_FULL:
        what = (state->disable & DISABLE_FULL) != 0 ? 0 : AST2700_RESET_FULL;
        break;
    default:
        what = (state->disable & DISABLE_CPU) != 0 ? 0 : AST2700_RESET_CPU;
        break;
    }
    ask(device, what);
}

/* ---- Registers ----------------------------------------------------------- */

static uint32_t read_counter(struct device *device, const struct access *access,
                             unsigned index)
{
    clock_tell(&device->fabric->clock);
    return left(device);
}

static void write_restart(struct device *device, const struct access *access,
                          unsigned index, uint32_t value)
{
    struct state *state = device->state;

    if (value == AST2700_WDT_MAGIC) {
        go_on(device, state->reload);
    } else {
        device_guest_error(device, AST2700_WDT_RESTART,
                           "0x%x does not restart the counter", value);
    }
}

static void write_control(struct device *device, const struct access *access,
                          unsigned index, uint32_t value)
{
    struct state *state = device->state;
    uint32_t counter = left(device);

    state->control = value;
    go_on(device, counter);
}

REGISTER_SET_IF(write_clear, (value & 1) != 0, status = 0)
REGISTER_OF_STATE(read_software, state->events << EVENTS_SHIFT)

static void write_software(struct device *device, const struct access *access,
                           unsigned index, uint32_t value)
{
    struct state *state = device->state;

    if (value == EVENTS_CLEAR) {
        state->events = 0;
    } else if (value == AST2700_WDT_SOFTWARE_MAGIC &&
               (state->disable & (DISABLE_ALL | DISABLE_SOFTWARE)) == 0) {
        ask(device,
            by_masks(device, state->software_mask, AST2700_RESET_SOFTWARE));
    }
}

static void write_disable(struct device *device, const struct access *access,
                          unsigned index, uint32_t value)
{
    struct state *state = device->state;
    uint32_t counter = left(device);

    state->disable |= value;
    go_on(device, counter);
}

REGISTER_SET(write_scratch,
             scratch = value >> 24 == SCRATCH_CLEAR ? 0 : value & 0xff)

/* ---- Life ---------------------------------------------------------------- */

static void reset(struct device *device, enum reset_domain domain)
{
    struct state *state = device->state;

    go_on(device, state->counter);
}

static const struct register_spec registers[] = {
#include "devices/aspeed/aspeed_wdt.def"
};

static void (*const timers[])(struct device *device) = {
    [TIMER_END] = end,
    [TIMER_WARNING] = warn,
};

const struct device_type aspeed_wdt = {
    .compatible = "aspeed,ast2700-wdt",
    .title = "ASPEED watchdog",
    .reference =
        "U-Boot wdt_ast2600.h, Linux aspeed_wdt.c and "
        "dt-bindings/watchdog/aspeed-wdt.h",
    DEVICE_OMISSIONS(
        {"CONTROL", OMITTED_SET, 8, 0, "the external signal"},
        {"CONTROL", OMITTED_SET, 0x80, 0, "the choice of the second flash"},
        {"CONTROL", OMITTED_UNSEEN, 0, 0,
         "a full reset, which is a reset of the SoC"},
        {"WRITE_PROTECT", OMITTED_SET, UINT32_MAX, 0,
         "protection of registers"},
        {"RESET_WIDTH", OMITTED_UNSEEN, 0, 0,
         "how long the external signal lasts"},
        OMISSION_LOGGED(partial_reset)),
    .state_size = sizeof(struct state),
    DEVICE_BANKS(REGISTER_BANK("registers", 0x80, 4, registers)),
    DEVICE_FIELDS(STATE(struct state, since, RESET_WARM)),
    DEVICE_OUTPUTS({"interrupt", LINE_INTERRUPT}, {"reset", LINE_SIGNAL}),
    DEVICE_TABLE(timer, timers),
    .reset = reset,
};
