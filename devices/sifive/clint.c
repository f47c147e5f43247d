/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Core-local interruptor of one hart: machine timer and software interrupt
 * (FE310-G002 manual, chapter 9). mtime counts at the rate that property
 * timebase-frequency says.
 */
#include "base/assert.h"
#include "base/bits.h"
#include "bus/handlers.h"
#include "bus/ticks.h"

enum { DEFAULT_HZ = 10000000 };
enum { OUTPUT_TIMER, OUTPUT_SOFTWARE };

struct state {
    uint64_t offset; /* of mtime to the ticks of the clock, modulo 2^64 */
    uint32_t mtimecmp[2];
    uint32_t msip;
    uint32_t reserved;
};

static void update(struct device *device)
{
    const struct state *state = device->state;
    uint64_t compare = join_words(state->mtimecmp);

    line_set(&device->outputs[OUTPUT_SOFTWARE], state->msip);
    line_set(&device->outputs[OUTPUT_TIMER],
             count_now(device, state->offset) >= compare);
    count_arm(device, state->offset, compare, true);
}

REGISTER_STORE(write_msip, msip, update)

static void write_mtimecmp(struct device *device, const struct access *access,
                           unsigned index, uint32_t value)
{
    struct state *state = device->state;

    debug_assert(index < 2);
    state->mtimecmp[index] = value;
    update(device);
}

REGISTER_OF_STATE(read_mtime, count_read(device, state->offset, index))

static void write_mtime(struct device *device, const struct access *access,
                        unsigned index, uint32_t value)
{
    struct state *state = device->state;
    uint64_t now = count_now(device, state->offset);

    clock_tell(&device->fabric->clock);
    state->offset = count_from(device, replace_word(now, index, value));
    update(device);
}

static int init(struct device *device, struct error *error)
{
    struct clocked *wiring = device->wiring;

    wiring->hz = device_property_u32(device, "timebase-frequency", DEFAULT_HZ);
    return wiring->hz != 0
               ? 0
               : error_set(error, -EINVAL, "%s: timebase-frequency is 0",
                           device->name);
}

static void reset(struct device *device, enum reset_domain domain)
{
    struct state *state = device->state;

    if (domain == RESET_POWER_ON) {
        state->offset = count_from(device, 0);
    }
    update(device);
}

static const struct register_spec registers[] = {
#include "devices/sifive/clint.def"
};

const struct device_type sifive_clint = {
    .compatible = "sifive,clint0",
    .title = "core-local interruptor",
    .reference = "SiFive FE310-G002 manual v1p5, chapter 9",
    DEVICE_OMISSIONS(
        {"no register", OMITTED_ABSENT, 0, 0, "more than one hart"}),
    .state_size = sizeof(struct state),
    .wiring_size = sizeof(struct clocked),
    DEVICE_BANKS(REGISTER_BANK("registers", 0x10000, 4 | 8, registers)),
    DEVICE_FIELDS(STATE(struct state, offset, RESET_POWER_ON),
                  STATE(struct state, reserved, RESET_CORE)),
    DEVICE_OUTPUTS({"timer", LINE_INTERRUPT}, {"software", LINE_INTERRUPT}),
    DEVICE_TIMERS(update),
    .init = init,
    .reset = reset,
    .restored = update,
};
