/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CMSDK AHB GPIO (DDI 0479, 3.2): sixteen pins, inputs and outputs "pin0" to
 * "pin15". A pin that is an output is what software drives.
 */
#include "base/bits.h"
#include "bus/handlers.h"
#include "devices/arm/cmsdk.h"

enum { PINS = 16, ALL = 0xffff };

struct state {
    uint32_t driven;
    uint32_t enabled; /* outputs */
    uint32_t alternate;
    uint32_t interrupt_enable;
    uint32_t edge;     /* interrupt by edge, not level */
    uint32_t positive; /* by high or rising */
    uint32_t status;
    uint32_t seen; /* pins when last looked at, for edges */
};

enum outputs { OUTPUT_ANY, OUTPUT_PIN0, OUTPUT_INTERRUPT0 = 1 + PINS };

static uint32_t pins(const struct device *device)
{
    const struct state *state = device->state;
    uint32_t levels = device_input_bits(device);

    return (state->driven & state->enabled) | (levels & ~state->enabled);
}

/* A level that lasts sets the status again as soon as it is cleared. */
static void update(struct device *device)
{
    struct state *state = device->state;
    uint32_t now = pins(device);
    uint32_t active = ~(now ^ state->positive) & ALL;
    uint32_t changed = now ^ state->seen;

    state->status |=
        state->interrupt_enable & active & (changed | ~state->edge);
    state->seen = now;
    for (unsigned i = 0; i < PINS; i++) {
        line_set(&device->outputs[OUTPUT_PIN0 + i],
                 (state->driven & state->enabled) >> i & 1);
        line_set(&device->outputs[OUTPUT_INTERRUPT0 + i],
                 state->status >> i & 1);
    }
    line_set(&device->outputs[OUTPUT_ANY], state->status != 0);
}

static void pin_changed(struct device *device, unsigned index, uint32_t level)
{
    update(device);
}

/* Defines the pair of registers that set and clear bits of a member. */
#define SET_AND_CLEAR(name, member)                                            \
    REGISTER_WRITE(set_##name, member |= value, update)                        \
    REGISTER_CLEAR(clear_##name, member, update)                               \
    static uint32_t read_##name(struct device *device,                         \
                                const struct access *access, unsigned index)   \
    {                                                                          \
        return ((const struct state *)device->state)->member;                  \
    }

SET_AND_CLEAR(outen, enabled)
SET_AND_CLEAR(altfunc, alternate)
SET_AND_CLEAR(inten, interrupt_enable)
SET_AND_CLEAR(inttype, edge)
SET_AND_CLEAR(intpol, positive)

REGISTER_READ(read_data, pins)
REGISTER_STORE(write_dataout, driven, update)
REGISTER_CLEAR(write_intclear, status, update)

/* Address bits 9:2 are a mask of the pins that an access is for; the upper
 * half of the range is for the upper byte. */
static uint32_t mask_of(unsigned index)
{
    return index < 256 ? index : (index - 256) << 8;
}

REGISTER_VALUE(read_masked, pins(device) & mask_of(index))

static void write_masked(struct device *device, const struct access *access,
                         unsigned index, uint32_t value)
{
    struct state *state = device->state;
    uint32_t mask = mask_of(index);

    state->driven = (state->driven & ~mask) | (value & mask);
    update(device);
}

static const struct register_spec registers[] = {
#include "devices/arm/cmsdk_gpio.def"
};

#define PIN_ROWS(row)                                                          \
    row(0) row(1) row(2) row(3) row(4) row(5) row(6) row(7) row(8) row(9)      \
        row(10) row(11) row(12) row(13) row(14) row(15)
#define PIN_OUTPUT(n)       {"pin" #n, LINE_SIGNAL},
#define INTERRUPT_OUTPUT(n) {"interrupt" #n, LINE_INTERRUPT},
#define PIN_INPUT(n)        {"pin" #n, pin_changed},

const struct device_type cmsdk_gpio = {
    .compatible = "arm,cmsdk-gpio",
    .title = "CMSDK AHB GPIO",
    .reference = "Cortex-M System Design Kit TRM, DDI 0479, 3.2",
    DEVICE_OMISSIONS({"ALTFUNCSET", OMITTED_UNSEEN, 0, 0,
                      "which function has a pin: devices reach their pins "
                      "whatever is selected"},
                     {"ALTFUNCCLR", OMITTED_UNSEEN, 0, 0,
                      "which function has a pin: devices reach their pins "
                      "whatever is selected"}),
    .state_size = sizeof(struct state),
    DEVICE_BANKS(REGISTER_BANK("gpio", 0x1000, 1 | 2 | 4, registers)),
    DEVICE_FIELDS(STATE(struct state, alternate, RESET_CORE),
                  STATE(struct state, interrupt_enable, RESET_CORE),
                  STATE(struct state, edge, RESET_CORE),
                  STATE(struct state, positive, RESET_CORE),
                  STATE(struct state, enabled, RESET_CORE),
                  STATE(struct state, seen, RESET_CORE)),
    DEVICE_OUTPUTS({"interrupt", LINE_INTERRUPT},
                   PIN_ROWS(PIN_OUTPUT) PIN_ROWS(INTERRUPT_OUTPUT)),
    DEVICE_INPUTS(PIN_ROWS(PIN_INPUT)),
    .restored = update,
};
