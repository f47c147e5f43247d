/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nRF51 GPIO (reference manual 3.0, chapter 14): 32 pins, inputs and outputs
 * "pin0" to "pin31". A pin that the board pulls up, and to which a button to
 * ground is connected, is named by property cairn,active-low: its input's level
 * is 1 while the button is pressed.
 */
#include "bus/handlers.h"
#include "devices/nordic/nrf51.h"

enum { PINS = 32, PULL_UP = 3 };
enum pin_bits { PIN_OUTPUT = 1 << 0 };

struct state {
    uint32_t out;
    uint32_t direction; /* ones: outputs */
    uint32_t configuration[PINS];
};

struct wiring {
    uint32_t active_low;
};

static uint32_t pins(const struct device *device)
{
    const struct state *state = device->state;
    const struct wiring *wiring = device->wiring;
    uint32_t levels = 0;

    for (unsigned i = 0; i < PINS; i++) {
        bool pressed = device->input_levels[i] != 0;
        bool low = (wiring->active_low >> i & 1) != 0;
        bool pulled = bits(state->configuration[i], 3, 2) == PULL_UP;

        levels |= (low ? !pressed : pressed || pulled) ? BIT(i) : 0;
    }
    return (state->out & state->direction) | (levels & ~state->direction);
}

static void update(struct device *device)
{
    const struct state *state = device->state;

    for (unsigned i = 0; i < PINS; i++) {
        line_set(&device->outputs[i], (state->out & state->direction) >> i & 1);
    }
}

REGISTER_WRITE(write_out, out = value, update)
REGISTER_WRITE(write_outset, out |= value, update)
REGISTER_WRITE(write_outclr, out &= ~value, update)
REGISTER_READ(read_in, pins)

/* DIR and the first bit of each PIN_CNF are the same (14.2). */
static void turn(struct device *device, uint32_t direction)
{
    struct state *state = device->state;

    state->direction = direction;
    for (unsigned i = 0; i < PINS; i++) {
        state->configuration[i] &= ~(uint32_t)PIN_OUTPUT;
        state->configuration[i] |= direction >> i & 1;
    }
    update(device);
}

REGISTER_CALL(write_dir, turn(device, value))

static void write_dirset(struct device *device, const struct access *access,
                         unsigned index, uint32_t value)
{
    const struct state *state = device->state;

    turn(device, state->direction | value);
}

static void write_dirclr(struct device *device, const struct access *access,
                         unsigned index, uint32_t value)
{
    const struct state *state = device->state;

    turn(device, state->direction & ~value);
}

static void write_pin_cnf(struct device *device, const struct access *access,
                          unsigned index, uint32_t value)
{
    struct state *state = device->state;

    state->configuration[index] = value;
    state->direction &= ~BIT(index);
    state->direction |= (value & PIN_OUTPUT) << index;
    update(device);
}

static int init(struct device *device, struct error *error)
{
    struct wiring *wiring = device->wiring;

    wiring->active_low = device_property_u32(device, "cairn,active-low", 0);
    return 0;
}

static const struct register_spec registers[] = {
#include "devices/nordic/nrf51_gpio.def"
};

#define PIN_ROWS(row)                                                          \
    row(0) row(1) row(2) row(3) row(4) row(5) row(6) row(7) row(8) row(9)      \
        row(10) row(11) row(12) row(13) row(14) row(15) row(16) row(17)        \
            row(18) row(19) row(20) row(21) row(22) row(23) row(24) row(25)    \
                row(26) row(27) row(28) row(29) row(30) row(31)
#define PIN_OUTPUT_ROW(n) {"pin" #n, LINE_SIGNAL},
#define PIN_INPUT_ROW(n)  {"pin" #n, NULL},

const struct device_type nrf51_gpio = {
    .compatible = "nordic,nrf51-gpio",
    .title = "nRF51 GPIO",
    .reference = "nRF51 Series Reference Manual 3.0, chapter 14",
    DEVICE_OMISSIONS({"PIN_CNF", OMITTED_SET, 0x30000, 0, "sensing"},
                     {"PIN_CNF", OMITTED_UNSEEN, 0, 0, "drive strength"}),
    .state_size = sizeof(struct state),
    .wiring_size = sizeof(struct wiring),
    DEVICE_BANKS(REGISTER_BANK("gpio", 0x1000, 4, registers)),
    DEVICE_OUTPUTS(PIN_ROWS(PIN_OUTPUT_ROW)),
    DEVICE_INPUTS(PIN_ROWS(PIN_INPUT_ROW)),
    .init = init,
    .restored = update,
};
