/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Serial configuration control of the MPS2 boards (application notes DAI 0385,
 * chapter 4, and the board's manual, 100112): LEDs and switches of the
 * microcontroller on the board, and the access to what that one configures, of
 * which the oscillators are here. Identification is the board's to say.
 */
#include "base/bits.h"
#include "bus/device.h"
#include "devices/arm/primecell.h"

enum { OSCILLATORS = 6, LEDS = 8 };

struct state {
    uint32_t remap;
    uint32_t leds;
    uint32_t oscillator[OSCILLATORS];
    uint32_t data_in;
    uint32_t data_out;
    uint32_t control;
    uint32_t status;
    uint32_t dll;
};

struct wiring {
    uint32_t id;
    uint32_t aid;
    uint32_t revision;
};

enum control_bits { CONTROL_WRITE = 1 << 30 };
enum status_bits { STATUS_DONE = 1 << 0, STATUS_ERROR = 1 << 1 };
enum { FUNCTION_OSCILLATOR = 1 };
/* All phase locks hold. */
enum { DLL_LOCKED = 1 };

static void update(struct device *device)
{
    const struct state *state = device->state;

    for (unsigned i = 0; i < LEDS; i++) {
        line_set(&device->outputs[i], state->leds >> i & 1);
    }
    line_set(&device->outputs[LEDS], state->remap & 1);
}

REGISTER_STORE(write_cfg0, remap, update)
REGISTER_STORE(write_cfg1, leds, update)

static const struct logged_omission other_function = {
    "CFGCTRL", "a configuration function other than the oscillators"};
static const struct logged_omission frequency = {
    "CFGCTRL", "the frequency of an oscillator has no effect"};

REGISTER_READ(read_cfg3, device_input_bits)

#define IDENTIFICATION(handler, member)                                        \
    static uint32_t member##_of(const struct device *device)                   \
    {                                                                          \
        return ((const struct wiring *)device->wiring)->member;                \
    }                                                                          \
    REGISTER_READ(handler, member##_of)

IDENTIFICATION(read_cfg4, revision)
IDENTIFICATION(read_aid, aid)
IDENTIFICATION(read_id, id)

/* A request: function in bits 25:20, device in bits 11:0. It is done at once;
 * what the board does not have is an error. */
static void write_cfgctrl(struct device *device, const struct access *access,
                          unsigned index, uint32_t value)
{
    struct state *state = device->state;
    uint32_t function = bits(value, 25, 20);
    uint32_t which = bits(value, 11, 0);

    if ((value & BIT(31)) == 0) {
        state->control = value;
        return;
    }
    state->control = value & ~BIT(31);
    if (function != FUNCTION_OSCILLATOR || which >= OSCILLATORS) {
        device_omits(device, &other_function);
        state->status = STATUS_DONE | STATUS_ERROR;
        return;
    }
    if ((value & CONTROL_WRITE) != 0) {
        device_omits(device, &frequency);
        state->oscillator[which] = state->data_out;
    } else {
        state->data_in = state->oscillator[which];
    }
    state->status = STATUS_DONE;
}

static int init(struct device *device, struct error *error)
{
    struct wiring *wiring = device->wiring;

    wiring->id = device_property_u32(device, "cairn,scc-id", 0);
    wiring->aid = device_property_u32(device, "cairn,scc-aid", 0);
    wiring->revision = device_property_u32(device, "cairn,scc-revision", 0);
    return 0;
}

static const struct register_spec registers[] = {
#include "devices/arm/mps2_scc.def"
};

static const struct output_spec outputs[] = {
    {"led0",  LINE_SIGNAL},
    {"led1",  LINE_SIGNAL},
    {"led2",  LINE_SIGNAL},
    {"led3",  LINE_SIGNAL},
    {"led4",  LINE_SIGNAL},
    {"led5",  LINE_SIGNAL},
    {"led6",  LINE_SIGNAL},
    {"led7",  LINE_SIGNAL},
    {"remap", LINE_SIGNAL},
};

static const struct input_spec inputs[] = {
    {"switch0", NULL},
    {"switch1", NULL},
    {"switch2", NULL},
    {"switch3", NULL},
    {"switch4", NULL},
    {"switch5", NULL},
    {"switch6", NULL},
    {"switch7", NULL},
};

const struct device_type mps2_scc = {
    .compatible = "arm,mps2-scc",
    .title = "MPS2 serial configuration control",
    .reference = "application notes DAI 0385 and DAI 0521, chapter 4",
    DEVICE_OMISSIONS({"DLL", OMITTED_UNSEEN, 0, 0, "phase locks: all hold"},
                     OMISSION_LOGGED(other_function),
                     OMISSION_LOGGED(frequency)),
    .state_size = sizeof(struct state),
    .wiring_size = sizeof(struct wiring),
    DEVICE_BANKS(REGISTER_BANK("scc", 0x1000, 1 | 2 | 4, registers)),
    DEVICE_FIELDS(STATE(struct state, oscillator, RESET_NEVER)),
    DEVICE_TABLE(output, outputs),
    DEVICE_TABLE(input, inputs),
    .init = init,
    .restored = update,
};
