/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PrimeCell real-time clock PL031 (DDI 0224): seconds of virtual time since
 * the start that property cairn,start-time says (seconds since 1970). It has a
 * battery: no reset sets it back, and no loss of power does.
 */
#include "base/bits.h"
#include "bus/handlers.h"
#include "bus/ticks.h"
#include "devices/arm/primecell.h"

struct state {
    uint32_t offset; /* of RTCDR to the seconds of virtual time */
    uint32_t match;
    uint32_t load;
    uint32_t mask;
    uint32_t raw;
};

static uint64_t seconds_now(const struct device *device)
{
    clock_tell(&device->fabric->clock);
    return ticks_now(&device->fabric->clock, 1);
}

static uint32_t count_of(const struct device *device)
{
    const struct state *state = device->state;
    return state->offset + (uint32_t)seconds_now(device);
}

static uint32_t masked(const struct device *device)
{
    const struct state *state = device->state;
    return state->raw & state->mask;
}

static void update(struct device *device)
{
    line_set(&device->outputs[0], masked(device));
}

/* The interrupt comes when the counter reaches the match value, at once if it
 * is there already. */
static void rearm(struct device *device)
{
    struct state *state = device->state;
    uint64_t ticks = state->match - count_of(device);

    if (ticks == 0) {
        state->raw = 1;
        timer_cancel(&device->fabric->clock, &device->timers[0]);
    } else {
        timer_arm(&device->fabric->clock, &device->timers[0],
                  ticks_time(seconds_now(device) + ticks, 1));
    }
    update(device);
}

static void matched(struct device *device)
{
    struct state *state = device->state;

    state->raw = 1;
    update(device);
}

REGISTER_READ(read_dr, count_of)
REGISTER_STORE(write_mr, match, rearm)

static void write_lr(struct device *device, const struct access *access,
                     unsigned index, uint32_t value)
{
    struct state *state = device->state;

    state->load = value;
    state->offset = value - (uint32_t)seconds_now(device);
    rearm(device);
}

/* Bit 0 starts the counter and cannot stop it. */
REGISTER_VALUE(read_cr, 1)
REGISTER_STORE(write_imsc, mask, update)
REGISTER_READ(read_mis, masked)
REGISTER_CLEAR(write_icr, raw, update)

static int init(struct device *device, struct error *error)
{
    struct state *state = device->state;

    state->offset = device_property_u32(device, "cairn,start-time", 0);
    return 0;
}

static void reset(struct device *device, enum reset_domain domain)
{
    timer_cancel(&device->fabric->clock, &device->timers[0]);
    update(device);
}

static const struct register_spec registers[] = {
#include "devices/arm/pl031.def"
};

/* ACPI systems reach it by UEFI's services. */
static const struct description_row tree_rows[] = {
    {"pl031",       TREE_DEVICE,     0,               NULL                     },
    {"compatible",  TREE_WORDS,      0,               "arm,pl031 arm,primecell"},
    {"reg",         TREE_REG,        1,               NULL                     },
    {"interrupts",  TREE_INTERRUPTS, DESCRIBED_LEVEL, NULL                     },
    {"clock-names", TREE_WORDS,      0,               "apb_pclk"               },
    {"clocks",      TREE_CLOCKS,     1,               NULL                     },
    {"status",      TREE_STATUS,     0,               NULL                     },
    {NULL,          TREE_END,        0,               NULL                     },
};

static const struct description description = {
    .kind = DESCRIBED_CLOCK,
    DEVICE_TABLE(tree_row, tree_rows),
};

const struct device_type pl031 = {
    .compatible = "arm,pl031",
    .title = "PL031 real-time clock",
    .reference = "PrimeCell Real Time Clock (PL031) TRM, DDI 0224",
    .description = &description,
    .state_size = sizeof(struct state),
    DEVICE_BANKS(REGISTER_BANK("rtc", 0x1000, 1 | 2 | 4, registers)),
    DEVICE_FIELDS(STATE(struct state, offset, RESET_NEVER)),
    DEVICE_OUTPUTS({"interrupt", LINE_INTERRUPT}),
    DEVICE_TIMERS(matched),
    .init = init,
    .reset = reset,
    .restored = update,
    .takes_start_time = true,
};
