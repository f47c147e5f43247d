/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nRF51 clock, power and memory protection, which share a block (reference
 * manual 3.0, chapters 9, 12 and 13). Clocks start at once.
 */
#include "devices/nordic/nrf51.h"

enum { TASK_HF_START, TASK_HF_STOP, TASK_LF_START, TASK_LF_STOP, TASK_CAL };
enum { TASK_CT_START = 5, TASK_CT_STOP = 6 };
enum { TASK_CONSTLAT = 30, TASK_LOWPWR = 31 };
enum { EVENT_HF_STARTED, EVENT_LF_STARTED, EVENT_DONE = 3, EVENT_CTTO = 4 };
enum { CLOCK_RUNS = 1 << 16 };

struct state {
    struct nrf51_events events;
    uint32_t hf_status;
    uint32_t hf_run;
    uint32_t lf_status;
    uint32_t lf_run;
    uint32_t lf_source;
    uint32_t lf_source_copy;
    uint32_t interval;
    uint32_t crystal;
    uint32_t reset_reason;
    uint32_t power_fail;
    uint32_t retained[2];
    uint32_t ram_on;
    uint32_t ram_on_b;
    uint32_t reset_pin;
    uint32_t dcdc;
    uint32_t regions[3]; /* PERR0, RLENR0, and so on: stored */
    uint32_t protect[4];
    uint32_t off; /* the output */
};

static void update(struct device *device)
{
    const struct state *state = device->state;

    nrf51_update(device);
    line_set(&device->outputs[1], state->off);
}

static const struct logged_omission calibration_timer = {
    "tasks 5 and 6", "the calibration timer"};

/* The external crystal is the source of the high-frequency clock only while it
 * was started; the internal one goes on without it. */
static void start(struct device *device, unsigned task)
{
    struct state *state = device->state;

    switch (task) {
    case TASK_HF_START:
        state->hf_run = 1;
        state->hf_status = CLOCK_RUNS | 1;
        nrf51_happen(device, EVENT_HF_STARTED);
        break;
    case TASK_HF_STOP:
        state->hf_run = 0;
        state->hf_status = CLOCK_RUNS;
        break;
    case TASK_LF_START:
        state->lf_run = 1;
        state->lf_source_copy = state->lf_source;
        state->lf_status = CLOCK_RUNS | state->lf_source;
        nrf51_happen(device, EVENT_LF_STARTED);
        break;
    case TASK_LF_STOP:
        state->lf_run = 0;
        state->lf_status = 0;
        break;
    case TASK_CAL:
        nrf51_happen(device, EVENT_DONE);
        break;
    case TASK_CT_START:
    case TASK_CT_STOP:
        device_omits(device, &calibration_timer);
        break;
    case TASK_CONSTLAT:
    case TASK_LOWPWR:
        break;
    default:
        device_guest_error(device, task * 4, "no task %u", task);
        break;
    }
}

NRF51_HANDLERS(start, nrf51_update)
REGISTER_WRITE(write_systemoff, off |= value, update)

/* Bits of RESETREAS, and one that is not there to see: there was a reset since
 * power-on. */
enum { RESET_REASONS = 0x7000f };
#define RESET_UNTOLD BIT(31)

static const struct logged_omission reset_cause = {
    "RESETREAS", "the cause of a reset other than power-on"};

static uint32_t read_resetreas(struct device *device,
                               const struct access *access, unsigned index)
{
    const struct state *state = device->state;

    if ((state->reset_reason & RESET_UNTOLD) != 0 && !access->debug) {
        device_omits(device, &reset_cause);
    }
    return state->reset_reason & RESET_REASONS;
}

static void reset(struct device *device, enum reset_domain domain)
{
    struct state *state = device->state;

    if (domain != RESET_POWER_ON) {
        state->reset_reason |= RESET_UNTOLD;
    }
    update(device);
}

static const struct register_spec registers[] = {
#include "devices/nordic/nrf51_power.def"
};

/* The internal oscillator runs by itself whenever something needs it; the
 * crystal runs from HFCLKSTART to HFCLKSTOP (13.1.1). */
static const char *const power_states[] = {"idle", "crystal", NULL};

static unsigned power_state(const struct device *device)
{
    const struct state *state = device->state;

    return state->hf_run;
}

static const struct omission omissions[] = {
    {"POFCON",    OMITTED_SET,    1,          0, "power-fail warnings"                },
    {"PERR0",     OMITTED_SET,    UINT32_MAX, 0, "protection of peripherals"          },
    {"PROTENSET", OMITTED_SET,    UINT32_MAX, 0, "protection of flash"                },
    {"RAMON",     OMITTED_UNSEEN, 0,          0, "RAM that is off: all stays on"      },
    {"RAMONB",    OMITTED_UNSEEN, 0,          0, "RAM that is off, second register"   },
    {"RESET",     OMITTED_UNSEEN, 0,          0, "the reset pin, which nothing drives"},
    {"CTIV",      OMITTED_UNSEEN, 0,          0,
     "the interval of the calibration timer, whose start is logged"                   },
    {"XTALFREQ",  OMITTED_UNSEEN, 0,          0, "the frequency of the crystal"       },
    {"DCDCEN",    OMITTED_UNSEEN, 0,          0, "the DC/DC converter"                },
    {NULL,        OMITTED_UNSEEN, 0,          0, "start-up times"                     },
    {NULL,        OMITTED_UNSEEN, 0,          0, "calibration: the clock is exact"    },
    OMISSION_LOGGED(calibration_timer),
    OMISSION_LOGGED(reset_cause),
};

const struct device_type nrf51_power = {
    .compatible = "nordic,nrf51-power",
    .title = "nRF51 clock, power and protection",
    .reference = "nRF51 Series Reference Manual 3.0, chapters 9, 12 and 13",
    DEVICE_TABLE(omission, omissions),
    .state_size = sizeof(struct state),
    DEVICE_BANKS(REGISTER_BANK("power", 0x1000, 4, registers)),
    DEVICE_FIELDS(NRF51_EVENTS_STATE, STATE(struct state, off, RESET_CORE)),
    DEVICE_OUTPUTS({"interrupt", LINE_INTERRUPT}, {"off", LINE_POWER}),
    .reset = reset,
    .restored = update,
    .power_states = power_states,
    .power_state = power_state,
};
