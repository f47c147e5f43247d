/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SysTick (DDI 0553 B11.1, DDI 0403 B3.3): one counter, or one of each security
 * state. It counts the core's own clock, or the reference clock.
 */
#include "bus/countdown.h"
#include "engine/mprofile/mprofile.h"

enum {
    CSR_ENABLE = 1,
    CSR_TICKINT = 2,
    CSR_CLKSOURCE = 4,
    CSR_COUNTFLAG = 1 << 16,
    RVR_MASK = 0xffffff,
};

static uint32_t reference_hz(const struct mprofile *m)
{
    return m->vcpu.core.config.mprofile.systick_reference_hz;
}

/* Never 0, whatever a snapshot says of CLKSOURCE. */
static uint32_t frequency(const struct mprofile *m, unsigned bank)
{
    return (m->state.systick_csr[bank] & CSR_CLKSOURCE) != 0 ||
                   reference_hz(m) == 0
               ? m->vcpu.core.config.frequency_hz
               : reference_hz(m);
}

static uint64_t tick_now(const struct mprofile *m, unsigned bank)
{
    return ticks_now(&m->vcpu.core.config.fabric->clock, frequency(m, bank));
}

static bool counts(const struct mprofile *m, unsigned bank)
{
    return (m->state.systick_csr[bank] & CSR_ENABLE) != 0 &&
           m->state.systick_zero[bank] != TICK_NEVER;
}

static void arm_one(struct mprofile *m, unsigned bank)
{
    timer_arm(&m->vcpu.core.config.fabric->clock, &m->systick[bank],
              counts(m, bank)
                  ? ticks_time(m->state.systick_zero[bank], frequency(m, bank))
                  : TIME_NEVER);
}

void mprofile_systick_arm(struct mprofile *m)
{
    arm_one(m, NON_SECURE);
    arm_one(m, SECURE);
}

/* Starts with `held` in the counter: 0 is reloaded at the next tick. */
static void start(struct mprofile *m, unsigned bank, uint32_t held)
{
    uint32_t reload = m->state.systick_rvr[bank];
    uint64_t ticks = held != 0 ? held : reload != 0 ? reload + 1ull : 0;

    m->state.systick_zero[bank] =
        ticks == 0 ? TICK_NEVER : tick_now(m, bank) + ticks;
    arm_one(m, bank);
}

/* The tick that finds 0 after that one, TICK_NEVER if nothing is reloaded. A
 * snapshot may hold any tick: whole periods that have gone by are passed over.
 */
static uint64_t next_zero(const struct mprofile *m, unsigned bank)
{
    const struct countdown down = {
        .since = m->state.systick_zero[bank],
        .reload = m->state.systick_rvr[bank],
        .running = 1,
    };
    uint64_t now = tick_now(m, bank);

    return countdown_zero(&down, now > down.since ? now : down.since);
}

static void fire(struct mprofile *m, unsigned bank)
{
    struct mprofile_state *state = &m->state;

    state->systick_csr[bank] |= CSR_COUNTFLAG;
    state->systick_zero[bank] = next_zero(m, bank);
    if ((state->systick_csr[bank] & CSR_TICKINT) != 0) {
        mprofile_set_pending(m, EXCEPTION_SYSTICK, bank, true);
    }
    arm_one(m, bank);
}

static void fire_non_secure(void *context)
{
    fire(context, NON_SECURE);
}

static void fire_secure(void *context)
{
    fire(context, SECURE);
}

void mprofile_systick_init(struct mprofile *m)
{
    m->systick[NON_SECURE] =
        (struct timer){.fire = fire_non_secure, .context = m, .owner = m};
    m->systick[SECURE] =
        (struct timer){.fire = fire_secure, .context = m, .owner = m};
}

void mprofile_systick_fini(struct mprofile *m)
{
    struct clock *clock = &m->vcpu.core.config.fabric->clock;

    timer_cancel(clock, &m->systick[NON_SECURE]);
    timer_cancel(clock, &m->systick[SECURE]);
}

/* ---- Registers ----------------------------------------------------------- */

uint32_t mprofile_systick_cvr(struct mprofile *m, unsigned bank)
{
    const struct mprofile_state *state = &m->state;

    if (!counts(m, bank)) {
        return state->systick_held[bank];
    }
    uint64_t now = tick_now(m, bank);
    uint64_t left =
        state->systick_zero[bank] > now ? state->systick_zero[bank] - now : 0;

    /* It is 0 for the tick between 1 and the reload. */
    return left == state->systick_rvr[bank] + 1ull ? 0
                                                   : (uint32_t)left & RVR_MASK;
}

uint32_t mprofile_systick_csr(struct mprofile *m, unsigned bank, bool debug)
{
    uint32_t value = m->state.systick_csr[bank];

    if (!debug) {
        m->state.systick_csr[bank] &= ~(uint32_t)CSR_COUNTFLAG;
    }
    return value;
}

void mprofile_systick_write_csr(struct mprofile *m, unsigned bank,
                                uint32_t value)
{
    struct mprofile_state *state = &m->state;
    uint32_t held = mprofile_systick_cvr(m, bank);
    uint32_t old = state->systick_csr[bank];

    if (reference_hz(m) == 0) {
        value |= CSR_CLKSOURCE;
    }
    value &= CSR_ENABLE | CSR_TICKINT | CSR_CLKSOURCE;
    state->systick_csr[bank] = value | (old & CSR_COUNTFLAG);
    if (((old ^ value) & (CSR_ENABLE | CSR_CLKSOURCE)) == 0) {
        return;
    }
    state->systick_held[bank] = held;
    if ((value & CSR_ENABLE) != 0) {
        start(m, bank, held);
    } else {
        arm_one(m, bank);
    }
}

/* Any write clears the counter and the flag. */
void mprofile_systick_write_cvr(struct mprofile *m, unsigned bank)
{
    struct mprofile_state *state = &m->state;

    state->systick_csr[bank] &= ~(uint32_t)CSR_COUNTFLAG;
    state->systick_held[bank] = 0;
    if ((state->systick_csr[bank] & CSR_ENABLE) != 0) {
        start(m, bank, 0);
    }
}

void mprofile_systick_write_rvr(struct mprofile *m, unsigned bank,
                                uint32_t value)
{
    bool idle = !counts(m, bank);

    m->state.systick_rvr[bank] = value & RVR_MASK;
    if (idle && (m->state.systick_csr[bank] & CSR_ENABLE) != 0) {
        start(m, bank, 0);
    }
}

uint32_t mprofile_systick_calib(const struct mprofile *m)
{
    return reference_hz(m) == 0 ? 1u << 31 : reference_hz(m) / 100 - 1;
}
