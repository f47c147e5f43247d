/* SPDX-License-Identifier: Apache-2.0 */
/*
 * System control of TI's LM3S6965 (data sheet, chapter 5): what the chip is and
 * has, clocks, and why it was reset. The PLL locks at once; clocks that
 * software sets up or gates have no effect.
 */
#include "base/bits.h"
#include "bus/handlers.h"

enum { INTERRUPT_PLL_LOCK = 1 << 6, POWER_DOWN = 1 << 13 };
enum { RESET_CAUSE_POWER_ON = 1 << 1, RESET_CAUSES = 0x1f };
/* In state.cause, not in RESC: there was a reset since. */
#define RESET_CAUSE_UNTOLD BIT(31)

struct state {
    uint32_t brown_out;
    uint32_t regulator;
    uint32_t resets[3];
    uint32_t raw;
    uint32_t mask;
    uint32_t cause;
    uint32_t clocks;
    uint32_t clocks2;
    uint32_t gates[9]; /* run, sleep and deep-sleep, three each */
    uint32_t user[2];
    uint32_t deep_sleep;
};

static uint32_t masked(const struct device *device)
{
    const struct state *state = device->state;
    return state->raw & state->mask;
}

static void update(struct device *device)
{
    line_set(&device->outputs[0], masked(device) != 0);
}

REGISTER_STORE(write_imc, mask, update)
REGISTER_READ(read_misc, masked)
REGISTER_CLEAR(write_misc, raw, update)

/* Power for the PLL: it locks. */
#define CLOCKS(handler, member)                                                \
    static void handler(struct device *device, const struct access *access,    \
                        unsigned index, uint32_t value)                        \
    {                                                                          \
        struct state *state = device->state;                                   \
                                                                               \
        if ((state->member & ~value & POWER_DOWN) != 0) {                      \
            state->raw |= INTERRUPT_PLL_LOCK;                                  \
        }                                                                      \
        state->member = value;                                                 \
        update(device);                                                        \
    }

CLOCKS(write_rcc, clocks)
CLOCKS(write_rcc2, clocks2)

static const struct logged_omission reset_cause = {
    "RESC", "the cause of a reset other than power-on"};

static uint32_t read_resc(struct device *device, const struct access *access,
                          unsigned index)
{
    const struct state *state = device->state;

    if ((state->cause & RESET_CAUSE_UNTOLD) != 0 && !access->debug) {
        device_omits(device, &reset_cause);
    }
    return state->cause & RESET_CAUSES;
}

static void reset(struct device *device, enum reset_domain domain)
{
    struct state *state = device->state;

    if (domain != RESET_POWER_ON) {
        state->cause |= RESET_CAUSE_UNTOLD;
    }
    update(device);
}

static const struct register_spec registers[] = {
#include "devices/ti/lm3s_system.def"
};

static const struct omission omissions[] = {
    {"RCC",        OMITTED_UNSEEN, 0,          0,
     "clocks: they run as the board says, all of them"                                },
    {"RCGC",       OMITTED_UNSEEN, 0,          0, "clock gates: every peripheral runs"},
    {"SCGC",       OMITTED_UNSEEN, 0,          0, "clock gates in sleep"              },
    {"DCGC",       OMITTED_UNSEEN, 0,          0, "clock gates in deep sleep"         },
    {"SRCR",       OMITTED_SET,    UINT32_MAX, 0, "resets of peripherals"             },
    {"PBORCTL",    OMITTED_UNSEEN, 0,          0, "brown-out: there is none"          },
    {"LDOPCTL",    OMITTED_UNSEEN, 0,          0, "the voltage of the regulator"      },
    {"DSLPCLKCFG", OMITTED_UNSEEN, 0,          0, "the clock in deep sleep"           },
    {"USER_REG",   OMITTED_UNSEEN, 0,          0, "user registers that outlast power" },
    OMISSION_LOGGED(reset_cause),
};

const struct device_type lm3s_system = {
    .compatible = "ti,lm3s6965-system",
    .title = "Stellaris system control",
    .reference = "LM3S6965 data sheet, chapter 5",
    DEVICE_TABLE(omission, omissions),
    .state_size = sizeof(struct state),
    DEVICE_BANKS(REGISTER_BANK("system", 0x1000, 1 | 2 | 4, registers)),
    DEVICE_OUTPUTS({"interrupt", LINE_INTERRUPT}),
    .reset = reset,
    .restored = update,
};
