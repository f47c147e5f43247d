/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PWM and tachometer of ASPEED's SoCs (AST2600 and later): 16 channels, each
 * with a PWM output and a counter of the time between two pulses of a fan,
 * which gives two in a turn. Input fanN is what the fan of channel N does, in
 * turns a minute; what is written for PWM moves no fan.
 */
#include "base/assert.h"
#include "base/bits.h"
#include "bus/device.h"

enum { CHANNELS = 16, DEFAULT_HZ = 200000000, PULSES_PER_TURN = 2 };
enum {
    TACH_ENABLE = 1 << 28,
    STATUS_UPDATED = 1 << 21,
    STATUS_MEASURED = 1 << 20,
    STATUS_VALUE = 0xfffff,
};

struct channel {
    uint32_t pwm;
    uint32_t duty;
    uint32_t tach;
};

struct state {
    struct channel channels[CHANNELS];
};

struct wiring {
    uint32_t hz;
};

static struct channel *channel_of(const struct device *device,
                                  const struct access *access)
{
    struct state *state = device->state;

    debug_assert(access->frame < CHANNELS);
    return &state->channels[access->frame];
}

#define MEMBER_HANDLERS(name, member)                                          \
    static uint32_t read_##name(struct device *device,                         \
                                const struct access *access, unsigned index)   \
    {                                                                          \
        return channel_of(device, access)->member;                             \
    }                                                                          \
                                                                               \
    static void write_##name(struct device *device,                            \
                             const struct access *access, unsigned index,      \
                             uint32_t value)                                   \
    {                                                                          \
        channel_of(device, access)->member = value;                            \
    }

MEMBER_HANDLERS(pwm, pwm)
MEMBER_HANDLERS(duty, duty)
MEMBER_HANDLERS(tach, tach)

/* A fan that turns so slowly that the counter overflows is not measured. */
static uint32_t read_status(struct device *device, const struct access *access,
                            unsigned index)
{
    const struct wiring *wiring = device->wiring;
    uint32_t control = channel_of(device, access)->tach;
    uint64_t turns = device->input_levels[access->frame];
    uint64_t divisor = UINT64_C(1) << 2 * bits(control, 23, 20);

    if ((control & TACH_ENABLE) == 0 || turns == 0) {
        return 0;
    }
    uint64_t value =
        (uint64_t)wiring->hz * 60 / (turns * divisor * PULSES_PER_TURN);
    return value > STATUS_VALUE
               ? 0
               : STATUS_MEASURED | STATUS_UPDATED | (uint32_t)value;
}

static int init(struct device *device, struct error *error)
{
    struct wiring *wiring = device->wiring;

    wiring->hz = device_own_property_u32(device, "clock-frequency", DEFAULT_HZ);
    return 0;
}

static const struct register_spec registers[] = {
#include "devices/aspeed/aspeed_pwm_tach.def"
};

static const uint16_t frames[] = {CHANNELS};

static const struct input_spec inputs[] = {
    {"fan0",  NULL},
    {"fan1",  NULL},
    {"fan2",  NULL},
    {"fan3",  NULL},
    {"fan4",  NULL},
    {"fan5",  NULL},
    {"fan6",  NULL},
    {"fan7",  NULL},
    {"fan8",  NULL},
    {"fan9",  NULL},
    {"fan10", NULL},
    {"fan11", NULL},
    {"fan12", NULL},
    {"fan13", NULL},
    {"fan14", NULL},
    {"fan15", NULL},
};

const struct device_type aspeed_pwm_tach = {
    .compatible = "aspeed,ast2700-pwm-tach",
    .title = "ASPEED PWM and tachometer",
    .reference = "Linux aspeed-g6-pwm-tach",
    DEVICE_OMISSIONS(
        {"PWM_CTRL", OMITTED_UNSEEN, 0, 0,
         "the PWM outputs: inputs say how fast fans turn"},
        {"TACH_CTRL", OMITTED_SET, 0x80000000, 0, "interrupts of a threshold"},
        {NULL, OMITTED_UNSEEN, 0, 0, "raw inputs"}),
    .state_size = sizeof(struct state),
    .wiring_size = sizeof(struct wiring),
    DEVICE_BANKS(REGISTER_BANK("channel", 0x10, 4, registers)),
    .frames = frames,
    DEVICE_FIELDS(STATE(struct state, channels, RESET_WARM)),
    DEVICE_TABLE(input, inputs),
    .init = init,
};
