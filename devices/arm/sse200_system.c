/* SPDX-License-Identifier: Apache-2.0 */
/*
 * System control of the SSE-200 and the IoTKit (101104, 3.8 and 3.9): where and
 * whether processors start, why the system was last reset, scratch and clock
 * registers; and the constants that identify the subsystem.
 *
 * A processor waits after a reset until its bit of CPUWAIT is cleared; setting
 * the bit has no effect on one that runs.
 */
#include "base/bits.h"
#include "bus/handlers.h"
#include "devices/arm/cmsdk.h"

enum { CORES = 2, CAUSES = 9 };

struct state {
    uint32_t syndrome;
    uint32_t mask;
    uint32_t scratch;
    uint32_t vector[CORES];
    uint32_t wait;
    uint32_t held; /* processors that did not start since their reset */
    uint32_t nmi_enable;
    uint32_t wake_control;
    uint32_t event_control;
    uint32_t debug_set;
    uint32_t lock;
    uint32_t fclk_divider;
    uint32_t sysclk_divider;
    uint32_t clock_force;
    uint32_t power_sense[5];
    uint32_t resets; /* the output */
};

struct wiring {
    uint32_t version;
    uint32_t configuration;
    uint32_t vector;
    uint32_t wait;
};

enum outputs {
    OUTPUT_RESET,
    OUTPUT_WAIT0,
    OUTPUT_WAIT1,
    OUTPUT_VECTOR0,
    OUTPUT_VECTOR1,
};
enum syndrome_bits { SYNDROME_POWER_ON = 1 << 0, SYNDROME_SOFTWARE = 1 << 9 };

static void update(struct device *device)
{
    const struct state *state = device->state;

    for (unsigned i = 0; i < CORES; i++) {
        line_set(&device->outputs[OUTPUT_VECTOR0 + i], state->vector[i] >> 4);
        line_set(&device->outputs[OUTPUT_WAIT0 + i], state->held >> i & 1);
    }
    line_set(&device->outputs[OUTPUT_RESET], state->resets);
}

static void reset_for(struct device *device, uint32_t cause)
{
    struct state *state = device->state;

    state->syndrome |= cause;
    state->resets = 1;
    update(device);
}

/* Causes 1 to 8 of RESET_SYNDROME, inputs in their order. Watchdogs reset the
 * system; the processors' requests and lockups do if RESET_MASK lets them
 * (3.8.8). */
static void cause_changed(struct device *device, unsigned index, uint32_t level)
{
    const struct state *state = device->state;
    uint32_t cause = 2u << index;
    bool masked = (cause & 0xf2) != 0 && (state->mask & cause) == 0;

    if (level != 0 && !masked) {
        reset_for(device, cause);
    }
}

/* Ones stay, zeros clear (3.8.7). */
REGISTER_WRITE(write_syndrome, syndrome &= value, update)
REGISTER_WRITE(write_secdbgset, debug_set |= value, update)
REGISTER_CLEAR(write_secdbgclr, debug_set, update)

static void write_swreset(struct device *device, const struct access *access,
                          unsigned index, uint32_t value)
{
    if (value != 0) {
        reset_for(device, SYNDROME_SOFTWARE);
    }
}

REGISTER_STORE(write_initsvtor, vector[index], update)
REGISTER_OF_STATE(read_initsvtor, state->vector[index])

static uint32_t cpuwait(const struct device *device)
{
    const struct state *state = device->state;
    return state->wait;
}

REGISTER_READ(read_cpuwait, cpuwait)

static void write_cpuwait(struct device *device, const struct access *access,
                          unsigned index, uint32_t value)
{
    struct state *state = device->state;

    state->wait = value;
    state->held &= value;
    update(device);
}

#define WIRED(handler, member)                                                 \
    static uint32_t member##_of(const struct device *device)                   \
    {                                                                          \
        return ((const struct wiring *)device->wiring)->member;                \
    }                                                                          \
    REGISTER_READ(handler, member##_of)

WIRED(read_version, version)
WIRED(read_configuration, configuration)

static int init(struct device *device, struct error *error)
{
    struct wiring *wiring = device->wiring;

    wiring->version = device_property_u32(device, "cairn,version", 0);
    wiring->configuration =
        device_property_u32(device, "cairn,configuration", 0);
    wiring->vector = device_property_u32(device, "cairn,init-vector", 0);
    wiring->wait = device_property_u32(device, "cairn,wait", 0);
    return 0;
}

static void reset(struct device *device, enum reset_domain domain)
{
    struct state *state = device->state;
    const struct wiring *wiring = device->wiring;

    if (domain == RESET_POWER_ON) {
        state->vector[0] = wiring->vector;
        state->vector[1] = wiring->vector;
    }
    state->wait = wiring->wait;
    state->held = wiring->wait;
    update(device);
}

static const struct register_spec registers[] = {
#include "devices/arm/sse200_system.def"
};

static const struct register_spec information[] = {
    {0x000,
     1, "SYS_VERSION",
     {RO, RO},
     RESET_NEVER, 0,
     0, NO_FIELD,
     read_version,       NULL,
     "part number and revision"},
    {0x004,
     1, "SYS_CONFIG",
     {RO, RO},
     RESET_NEVER, 0,
     0, NO_FIELD,
     read_configuration, NULL,
     "memories and processors" },
    CMSDK_IDENTIFICATION(0x58, 0x0b),
};

static const struct input_spec inputs[] = {
    {"ns_watchdog",   cause_changed},
    {"s_watchdog",    cause_changed},
    {"s32k_watchdog", cause_changed},
    {"request0",      cause_changed},
    {"request1",      cause_changed},
    {"lockup0",       cause_changed},
    {"lockup1",       cause_changed},
    {"external",      cause_changed},
};

static const struct omission omissions[] = {
    {"FCLK_DIV",           OMITTED_SET,    0x1f,       0, "clock dividers"                },
    {"SYSCLK_DIV",         OMITTED_SET,    0x1f,       0, "clock dividers of the system"  },
    {"SECDBGSET",          OMITTED_SET,    0xff,       0, "debug authentication"          },
    {"SCSECCTRL",          OMITTED_SET,    7,          0, "what SCSECCTRL locks"          },
    {"NMI_ENABLE",         OMITTED_SET,    UINT32_MAX, 0,
     "which processors have the non-maskable interrupt"                                   },
    {"CLOCK_FORCE",        OMITTED_UNSEEN, 0,          0, "gating of clocks"              },
    {"WICCTRL",            OMITTED_UNSEEN, 0,          0,
     "wake-up controllers: every interrupt wakes a processor"                             },
    {"EWCTRL",             OMITTED_UNSEEN, 0,          0, "wake-up by events from outside"},
    {"PDCM_PD_SYS_SENSE",  OMITTED_UNSEEN, 0,          0, "power domains: all stay on"    },
    {"PDCM_PD_SRAM_SENSE", OMITTED_UNSEEN, 0,          0,
     "power domains of memories: all stay on"                                             },
};

const struct device_type sse200_system = {
    .compatible = "arm,sse-200-system",
    .title = "SSE-200 system control",
    .reference = "SSE-200 TRM 101104, 3.8 and 3.9",
    DEVICE_TABLE(omission, omissions),
    .state_size = sizeof(struct state),
    .wiring_size = sizeof(struct wiring),
    DEVICE_BANKS(REGISTER_BANK("control", 0x1000, 1 | 2 | 4, registers),
                 REGISTER_BANK("information", 0x1000, 1 | 2 | 4, information)),
    DEVICE_FIELDS(STATE(struct state, vector, RESET_POWER_ON),
                  STATE(struct state, wait, RESET_CORE),
                  STATE(struct state, held, RESET_CORE),
                  STATE(struct state, resets, RESET_CORE)),
    DEVICE_OUTPUTS({"reset", LINE_RESET}, {"wait0", LINE_RESET},
                   {"wait1", LINE_RESET}, {"vector0", LINE_SIGNAL},
                   {"vector1", LINE_SIGNAL}),
    DEVICE_TABLE(input, inputs),
    .init = init,
    .reset = reset,
    .restored = update,
};
