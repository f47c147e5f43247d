/* SPDX-License-Identifier: Apache-2.0 */
/*
 * GPIO controllers of the AST2700, GPIO0 with 12 pins and GPIO1 with 216: a
 * register for each pin. A pin is an input "pinN" from outside and an output of
 * that name, which follows what software drives and is 0 while it drives
 * nothing. What a pin that is driven reads is what it drives.
 */
#include "base/bits.h"
#include "bus/handlers.h"
#include "devices/aspeed/numbered.h"

enum { PINS_MAX = 216, PINS_GPIO0 = 12, WORDS = (PINS_MAX + 31) / 32 };
enum { FIRST_PIN = 1 /* output, behind the interrupt */ };

enum control_bits {
    OUT_DATA = 1 << 0,
    DIRECTION = 1 << 1, /* 1: software drives the pin */
    IRQ_EN = 1 << 2,
    TYPE_HIGH = 1 << 3,  /* rising edge or high level */
    TYPE_LEVEL = 1 << 4, /* level, otherwise an edge */
    TYPE_BOTH = 1 << 5,  /* both edges */
    TOLERANT = 1 << 6,   /* of resets but power-on */
    INPUT_MASK = 1 << 9,
    IRQ_STS = 1 << 12,
    IN_DATA = 1 << 13,
    WRITABLE = 0x3ff,
};

struct state {
    uint32_t control[PINS_MAX]; /* without IRQ_STS and IN_DATA */
    uint32_t status[WORDS];
    uint32_t seen[WORDS]; /* levels when last looked at, for edges */
    uint32_t debounce[2];
};

static unsigned pins_of(const struct device *device)
{
    return (unsigned)device->type->input_count;
}

static bool is_set(const uint32_t *words, unsigned pin)
{
    return (words[pin / 32] >> pin % 32 & 1) != 0;
}

static void assign(uint32_t *words, unsigned pin, bool value)
{
    const uint32_t bit = BIT(pin % 32);

    words[pin / 32] = value ? words[pin / 32] | bit : words[pin / 32] & ~bit;
}

static bool is_high(const struct device *device, unsigned pin)
{
    const struct state *state = device->state;
    const uint32_t control = state->control[pin];

    return (control & DIRECTION) != 0 ? (control & OUT_DATA) != 0
                                      : device->input_levels[pin] != 0;
}

static void update_interrupt(struct device *device)
{
    const struct state *state = device->state;
    bool raised = false;

    for (unsigned i = 0; i < ARRAY_SIZE(state->status); i++) {
        raised = raised || state->status[i] != 0;
    }
    line_set(&device->outputs[0], raised);
}

/* True if the pin asks for an interrupt, now that it may have changed. */
static bool asks(uint32_t control, bool was_high, bool high)
{
    const bool wants_high = (control & TYPE_HIGH) != 0;

    if ((control & IRQ_EN) == 0) {
        return false;
    }
    if ((control & TYPE_BOTH) != 0) {
        return high != was_high;
    }
    return high == wants_high &&
           ((control & TYPE_LEVEL) != 0 || high != was_high);
}

static void look(struct device *device, unsigned pin)
{
    struct state *state = device->state;
    const bool high = is_high(device, pin);

    if (asks(state->control[pin], is_set(state->seen, pin), high)) {
        assign(state->status, pin, true);
    }
    assign(state->seen, pin, high);
}

static void drive(struct device *device, unsigned pin)
{
    const struct state *state = device->state;
    const uint32_t driven = DIRECTION | OUT_DATA;

    line_set(&device->outputs[FIRST_PIN + pin],
             (state->control[pin] & driven) == driven);
}

static void pin_changed(struct device *device, unsigned index, uint32_t level)
{
    look(device, index);
    update_interrupt(device);
}

/* ---- Registers ----------------------------------------------------------- */

static uint32_t read_pin(struct device *device, const struct access *access,
                         unsigned index)
{
    const struct state *state = device->state;

    return state->control[index] |
           (is_set(state->status, index) ? (uint32_t)IRQ_STS : 0) |
           (is_high(device, index) ? (uint32_t)IN_DATA : 0);
}

static void write_pin(struct device *device, const struct access *access,
                      unsigned index, uint32_t value)
{
    struct state *state = device->state;

    state->control[index] = value & WRITABLE;
    if ((value & IRQ_STS) != 0) {
        assign(state->status, index, false);
    }
    look(device, index);
    drive(device, index);
    update_interrupt(device);
}

REGISTER_OF_STATE(read_status, state->status[index])

/* ---- Life ---------------------------------------------------------------- */

static void update(struct device *device)
{
    for (unsigned i = 0; i < pins_of(device); i++) {
        drive(device, i);
    }
    update_interrupt(device);
}

static void reset(struct device *device, enum reset_domain domain)
{
    struct state *state = device->state;

    for (unsigned i = 0; i < pins_of(device); i++) {
        if (domain != RESET_POWER_ON && (state->control[i] & TOLERANT) == 0) {
            state->control[i] = 0;
        }
        assign(state->seen, i, is_high(device, i));
    }
    update(device);
}

/* A one clears the bit of an interrupt. */
/* clang-format off */
#define PINS(count)                                                            \
    {0x180, count, "CTRL", {RW, RW}, RESET_CORE, 0, WRITABLE | IRQ_STS,        \
     NO_FIELD, read_pin, write_pin,                                            \
     "pins: out (0), direction (1), interrupt enable (2) and type (5:3), kept over resets (6), interrupt raised (12), in (13)"}
/* clang-format on */

static const struct register_spec gpio0_registers[] = {
#include "devices/aspeed/aspeed_gpio.def"
    PINS(PINS_GPIO0),
};
static const struct register_spec gpio1_registers[] = {
#include "devices/aspeed/aspeed_gpio.def"
    PINS(PINS_MAX),
};

static const struct register_bank gpio0_banks[] = {
    {"gpio", 0x1000, 4, gpio0_registers, ARRAY_SIZE(gpio0_registers)},
};
static const struct register_bank gpio1_banks[] = {
    {"gpio", 0x1000, 4, gpio1_registers, ARRAY_SIZE(gpio1_registers)},
};

static const struct state_field fields[] = {
    STATE(struct state, control, RESET_POWER_ON), /* see reset */
    STATE(struct state, status, RESET_CORE),
    STATE(struct state, seen, RESET_CORE),
};

#define PIN(name) {name, pin_changed},
static const struct input_spec inputs[] = {
#include "devices/aspeed/aspeed_gpio_pins.def"
};
#undef PIN

#define PIN(name) {name, LINE_SIGNAL},
static const struct output_spec outputs[] = {
    {"interrupt", LINE_INTERRUPT},
#include "devices/aspeed/aspeed_gpio_pins.def"
};
#undef PIN

static_assert(ARRAY_SIZE(inputs) == PINS_MAX, "a pin, an input");
static_assert(ARRAY_SIZE(outputs) == FIRST_PIN + PINS_MAX, "a pin, an output");

static const struct omission omissions[] = {
    {"DEBOUNCE_1", OMITTED_UNSEEN, 0,          0,     "debouncing: pins do not bounce"},
    {"CTRL",       OMITTED_SET,    INPUT_MASK, 0,     "masks of inputs"               },
    {"gpio",       OMITTED_OFFSET, 0,          0x810, "who may write pins"            },
    {"gpio",       OMITTED_OFFSET, 0,          0x910, "who may read pins"             },
    {"gpio",       OMITTED_OFFSET, 0,          0xa10, "targets of interrupts"         },
    {"DEBOUNCE_2", OMITTED_UNSEEN, 0,          0,     "debouncing by the second time" },
};

#define GPIO(symbol, string, words, table, pins)                               \
    const struct device_type symbol = {                                        \
        .compatible = (string),                                                \
        .title = (words),                                                      \
        .reference =                                                           \
            "U-Boot drivers/gpio/gpio-aspeed-g7.c; Linux "                     \
            "drivers/gpio/gpio-aspeed.c",                                      \
        DEVICE_TABLE(omission, omissions),                                     \
        .state_size = sizeof(struct state),                                    \
        DEVICE_TABLE(bank, table),                                             \
        DEVICE_TABLE(field, fields),                                           \
        .inputs = inputs,                                                      \
        .input_count = (pins),                                                 \
        .outputs = outputs,                                                    \
        .output_count = FIRST_PIN + (pins),                                    \
        .reset = reset,                                                        \
        .restored = update,                                                    \
    }

GPIO(ast2700_gpio0, "aspeed,ast2700-gpio0", "GPIO0 of the AST2700", gpio0_banks,
     PINS_GPIO0);
GPIO(ast2700_gpio1, "aspeed,ast2700-gpio1", "GPIO1 of the AST2700", gpio1_banks,
     PINS_MAX);
