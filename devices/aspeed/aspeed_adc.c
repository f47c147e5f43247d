/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ADC of ASPEED's SoCs (AST2600 and later) with eight channels of ten bits.
 * Inputs channel0 to channel7 are what the channels measure, as conversions
 * yield it: 0 to 1023. Conversions take no time; compensation ends at once.
 */
#include "base/bits.h"
#include "bus/handlers.h"

enum { CHANNELS = 8, FULL_SCALE = 1023, NORMAL = 7 };
enum {
    CONTROL_ENABLE = 1 << 0,
    CONTROL_COMPENSATION = 3 << 4,
    CONTROL_READY = 1 << 8,
};

struct state {
    uint32_t control;
    uint32_t interrupts;
    uint32_t vga;
    uint32_t clock;
    uint32_t bounds[CHANNELS];
    uint32_t hysteresis[CHANNELS];
    uint32_t source;
    uint32_t trim;
};

static bool converts(const struct state *state)
{
    return (state->control & CONTROL_ENABLE) != 0 &&
           bits(state->control, 3, 1) == NORMAL;
}

/* Initialisation is done as soon as it may begin. */
REGISTER_OF_STATE(read_control,
                  (state->control & ~(uint32_t)CONTROL_COMPENSATION) |
                      (converts(state) ? CONTROL_READY : 0u))

static uint32_t value_of(const struct device *device, unsigned channel)
{
    const struct state *state = device->state;
    uint32_t level = device->input_levels[channel];

    if (!converts(state) || (state->control >> 16 >> channel & 1) == 0) {
        return 0;
    }
    return level < FULL_SCALE ? level : FULL_SCALE;
}

REGISTER_VALUE(read_data, value_of(device, 2 * index) |
                              value_of(device, 2 * index + 1) << 16)

static const struct register_spec registers[] = {
#include "devices/aspeed/aspeed_adc.def"
};

static const struct input_spec inputs[] = {
    {"channel0", NULL},
    {"channel1", NULL},
    {"channel2", NULL},
    {"channel3", NULL},
    {"channel4", NULL},
    {"channel5", NULL},
    {"channel6", NULL},
    {"channel7", NULL},
};

static const struct omission omissions[] = {
    {"INTERRUPT_CONTROL",  OMITTED_SET,    0xffff0000, 0, "interrupts of bounds"        },
    {"BOUNDS",             OMITTED_SET,    0x03ff03ff, 0, "bounds"                      },
    {"HYSTERESIS",         OMITTED_SET,    0x80000000, 0, "hysteresis"                  },
    {"ENGINE_CONTROL",     OMITTED_SET,    0x2000,     0, "the battery channel"         },
    {"ENGINE_CONTROL",     OMITTED_UNSEEN, 0,          0,
     "reference voltages: inputs are what is read"                                      },
    {NULL,                 OMITTED_UNSEEN, 0,          0, "the time of a measurement"   },
    {"VGA_DETECT_CONTROL", OMITTED_UNSEEN, 0,          0, "detection of a monitor"      },
    {"CLOCK_CONTROL",      OMITTED_UNSEEN, 0,          0, "the clock"                   },
    {"INTERRUPT_SOURCE",   OMITTED_UNSEEN, 0,          0, "which interrupt bounds raise"},
    {"COMPENSATING_TRIM",  OMITTED_UNSEEN, 0,          0, "trimming"                    },
};

const struct device_type aspeed_adc = {
    .compatible = "aspeed,ast2700-adc",
    .title = "ASPEED ADC",
    .reference = "Linux aspeed_adc",
    DEVICE_TABLE(omission, omissions),
    .state_size = sizeof(struct state),
    DEVICE_BANKS(REGISTER_BANK("adc", 0x100, 1 | 2 | 4, registers)),
    DEVICE_TABLE(input, inputs),
};
