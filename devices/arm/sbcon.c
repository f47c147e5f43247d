/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Serial bus interface SBCon of Arm's boards (DUI 0225, 4.22; DAI 0385): two
 * wires of an I2C bus that software drives bit by bit. Nothing is on the bus,
 * whose pull-ups keep what is not driven high; "cairn,absent" names what would
 * be there, and a transfer to it is told.
 */
#include "base/bits.h"
#include "bus/device.h"
#include "devices/arm/primecell.h"

enum { SCL = 1 << 0, SDA = 1 << 1 };

struct state {
    uint32_t wires;
};

static void update(struct device *device)
{
    const struct state *state = device->state;

    line_set(&device->outputs[0], state->wires & SCL);
    line_set(&device->outputs[1], (state->wires & SDA) != 0);
}

static uint32_t wires(const struct device *device)
{
    const struct state *state = device->state;
    return state->wires;
}

static const struct logged_omission absent_transfer = {
    "SB_CONTROLC", "a transfer to what is not there"};

REGISTER_READ(read_control, wires)
REGISTER_WRITE(write_set, wires |= value, update)

/* Data that falls while the clock is high begins a transfer. */
static void write_clear(struct device *device, const struct access *access,
                        unsigned index, uint32_t value)
{
    struct state *state = device->state;
    const char *absent = device_property_string(device, "cairn,absent", NULL);
    bool begins = state->wires == (SCL | SDA) && (value & (SCL | SDA)) == SDA;

    if (begins && absent != NULL) {
        device_omits_of(device, &absent_transfer, absent);
    }
    state->wires &= ~value;
    update(device);
}

static const struct register_spec registers[] = {
    {0x0,
     1,     "SB_CONTROLS",
     {W1S, W1S},
     RESET_CORE, SCL | SDA,
     SCL | SDA,
     FIELD(struct state, wires),
     read_control,            write_set,
     "the wires: clock, data; ones set"},
    {0x4,
     1, "SB_CONTROLC",
     {WO, WO},
     RESET_CORE,   0,
     SCL | SDA,
     NO_FIELD,          NULL,
     write_clear, "ones clear"                       },
};

const struct device_type sbcon = {
    .compatible = "arm,versatile-i2c",
    .title = "SBCon serial bus",
    .reference = "Versatile Application Baseboard, DUI 0225, 4.22",
    DEVICE_OMISSIONS(OMISSION_LOGGED(absent_transfer)),
    .state_size = sizeof(struct state),
    DEVICE_BANKS(REGISTER_BANK("i2c", 0x1000, 1 | 2 | 4, registers)),
    DEVICE_OUTPUTS({"scl", LINE_SIGNAL}, {"sda", LINE_SIGNAL}),
    .restored = update,
};
