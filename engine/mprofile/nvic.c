/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Exceptions that are pending and active, their priorities, and which of them
 * is taken next (DDI 0553 B3.13, B11; DDI 0403 B1.5.4).
 */
#include "engine/mprofile/mprofile.h"

#include <string.h>

/* Exceptions below 16 that each security state has its own of. HardFault is
 * one: AIRCR.BFHFNMINS says whether the Non-secure state's is used. */
enum {
    BANKED = BIT(EXCEPTION_HARD_FAULT) | BIT(EXCEPTION_MEM_MANAGE) |
             BIT(EXCEPTION_USAGE_FAULT) | BIT(EXCEPTION_SVCALL) |
             BIT(EXCEPTION_PENDSV) | BIT(EXCEPTION_SYSTICK),
    LOWEST = 256,
};

bool mprofile_is_banked(const struct mprofile *m, unsigned exception)
{
    return mprofile_has(m, MPROFILE_SECURITY) && exception < EXCEPTION_IRQ0 &&
           (BANKED >> exception & 1) != 0;
}

/* The security state that an exception which is not banked goes to. */
unsigned mprofile_target(const struct mprofile *m, unsigned exception)
{
    const struct mprofile_state *state = &m->state;

    if (!mprofile_has(m, MPROFILE_SECURITY)) {
        return NON_SECURE;
    }
    if (exception >= EXCEPTION_IRQ0) {
        unsigned irq = exception - EXCEPTION_IRQ0;

        return (state->irq_non_secure[irq / 32] >> irq % 32 & 1) != 0
                   ? NON_SECURE
                   : SECURE;
    }
    if (exception == EXCEPTION_SECURE_FAULT) {
        return SECURE;
    }
    if (exception == EXCEPTION_DEBUG_MONITOR) {
        return (state->demcr >> 20 & 1) != 0 ? SECURE : NON_SECURE; /* SDME */
    }
    return (state->aircr & AIRCR_BFHFNMINS) != 0 ? NON_SECURE : SECURE;
}

/* ---- Priorities ---------------------------------------------------------- */

/* Priority as the other state's PRIS bends it. */
static int bent_priority(const struct mprofile *m, unsigned raw, unsigned bank)
{
    return mprofile_has(m, MPROFILE_SECURITY) && bank == NON_SECURE &&
                   (m->state.aircr & AIRCR_PRIS) != 0
               ? 0x80 + (int)(raw >> 1)
               : (int)raw;
}

/* The same without its subpriority. */
static int group_priority(const struct mprofile *m, unsigned raw, unsigned bank)
{
    unsigned low = 2u << m->state.prigroup[bank];

    return bent_priority(m, raw & ~(low - 1), bank);
}

static unsigned raw_priority(const struct mprofile *m, unsigned exception,
                             unsigned bank)
{
    return exception >= EXCEPTION_IRQ0
               ? m->state.irq_priority[exception - EXCEPTION_IRQ0]
               : m->state.system_priority[bank][exception];
}

/* DDI 0553, ExceptionPriority(). */
int mprofile_priority(const struct mprofile *m, unsigned exception,
                      unsigned bank)
{
    switch (exception) {
    case EXCEPTION_RESET:
        return -4;
    case EXCEPTION_NMI:
        return -2;
    case EXCEPTION_HARD_FAULT:
        return bank == SECURE && (m->state.aircr & AIRCR_BFHFNMINS) != 0 ? -3
                                                                         : -1;
    default:
        return group_priority(m, raw_priority(m, exception, bank), bank);
    }
}

static void lower(int *priority, int other)
{
    if (other < *priority) {
        *priority = other;
    }
}

static int active_priority(const struct mprofile *m)
{
    const struct mprofile_state *state = &m->state;
    int priority = LOWEST;

    for (unsigned bank = 0; bank < BANKS; bank++) {
        for (uint32_t rest = state->system_active[bank]; rest != 0;
             rest &= rest - 1) {
            lower(&priority,
                  mprofile_priority(m, (unsigned)__builtin_ctz(rest), bank));
        }
    }
    for (unsigned i = 0; i < m->irq_words; i++) {
        for (uint32_t rest = state->irq_active[i]; rest != 0;
             rest &= rest - 1) {
            unsigned exception =
                EXCEPTION_IRQ0 + i * 32 + (unsigned)__builtin_ctz(rest);

            lower(&priority, mprofile_priority(m, exception,
                                               mprofile_target(m, exception)));
        }
    }
    return priority;
}

/* The priority that BASEPRI and FAULTMASK of a security state mask from. */
static int masked_priority(const struct mprofile *m, unsigned bank)
{
    const struct mprofile_state *state = &m->state;
    bool security = mprofile_has(m, MPROFILE_SECURITY);
    bool bent =
        security && bank == NON_SECURE && (state->aircr & AIRCR_PRIS) != 0;
    bool mine = (state->aircr & AIRCR_BFHFNMINS) != 0;
    int priority = LOWEST;

    if (state->basepri[bank] != 0) {
        lower(&priority, group_priority(m, state->basepri[bank], bank));
    }
    if (state->faultmask[bank] != 0) {
        if (!security) {
            lower(&priority, -1);
        } else if (bank == SECURE) {
            lower(&priority, mine ? -3 : -1);
        } else {
            lower(&priority, mine ? -1 : bent ? 0x80 : 0);
        }
    }
    return priority;
}

/* DDI 0553, RawExecutionPriority(). */
int mprofile_raw_priority(const struct mprofile *m)
{
    return active_priority(m);
}

void mprofile_find_priority(struct mprofile *m)
{
    const struct mprofile_state *state = &m->state;
    int priority = active_priority(m);

    for (unsigned bank = 0; bank < BANKS; bank++) {
        if ((state->basepri[bank] | state->faultmask[bank]) != 0) {
            lower(&priority, masked_priority(m, bank));
        }
        if (state->primask[bank] != 0) {
            lower(&priority, bent_priority(m, 0, bank));
        }
    }
    m->execution_priority = priority;
    m->priority_stale = false;
}

/* ---- The next one -------------------------------------------------------- */

/* One that is pending, small enough for registers: `whole` is its priority,
 * then the subpriority. */
struct candidate {
    int whole;
    uint16_t exception;
    uint16_t bank;
};

/* DDI 0553 R_CQRV: the group priority decides, then the subpriority (each
 * state has its own split of them, so the two cannot be compared as one). Of
 * equal ones the lower number, and of one number the Secure one, wins: both are
 * offered in that order. */
static struct candidate offer(const struct mprofile *m, struct candidate best,
                              unsigned exception, unsigned bank)
{
    const int priority = mprofile_priority(m, exception, bank);
    const unsigned low = priority < 0
                             ? 0
                             : raw_priority(m, exception, bank) &
                                   ((2u << m->state.prigroup[bank]) - 1);
    const int whole = priority * 256 + (int)low;

    return best.exception == 0 || whole < best.whole
               ? (struct candidate){whole, (uint16_t)exception, (uint16_t)bank}
               : best;
}

static struct candidate offer_system(const struct mprofile *m)
{
    const struct mprofile_state *state = &m->state;
    const uint32_t secure =
        state->system_pending[SECURE] & state->system_enabled[SECURE];
    const uint32_t non_secure =
        state->system_pending[NON_SECURE] & state->system_enabled[NON_SECURE];
    struct candidate best = {0};

    for (uint32_t rest = secure | non_secure; rest != 0; rest &= rest - 1) {
        const unsigned exception = (unsigned)__builtin_ctz(rest);

        if ((secure >> exception & 1) != 0) {
            best = offer(m, best, exception, SECURE);
        }
        if ((non_secure >> exception & 1) != 0) {
            best = offer(m, best, exception, NON_SECURE);
        }
    }
    return best;
}

void mprofile_find_next(struct mprofile *m)
{
    const struct mprofile_state *state = &m->state;
    struct candidate best = offer_system(m);

    for (unsigned i = 0; i < m->irq_words; i++) {
        for (uint32_t rest = state->irq_pending[i] & state->irq_enabled[i];
             rest != 0; rest &= rest - 1) {
            const unsigned exception =
                EXCEPTION_IRQ0 + i * 32 + (unsigned)__builtin_ctz(rest);

            best = offer(m, best, exception, mprofile_target(m, exception));
        }
    }
    m->next.exception = best.exception;
    m->next.bank = best.bank;
    m->next.priority = best.exception != 0
                           ? mprofile_priority(m, best.exception, best.bank)
                           : 0;
    m->next_stale = false;
}

/* ICSR.VECTPENDING: BASEPRI and FAULTMASK hide what they mask; PRIMASK and what
 * is active hide nothing (DUI 0553, 4.3.3). */
unsigned mprofile_pending_vector(struct mprofile *m)
{
    const struct mprofile_next *next = mprofile_next(m);
    bool visible = true;

    for (unsigned bank = 0; bank < BANKS; bank++) {
        visible = visible && next->priority < masked_priority(m, bank);
    }
    return visible ? next->exception : 0;
}

/* ---- Waiting ------------------------------------------------------------- */

const char *mprofile_wake_name(unsigned wake, int *input)
{
    *input = wake >= EXCEPTION_IRQ0 ? (int)(wake - EXCEPTION_IRQ0) : -1;
    return wake >= MPROFILE_EXCEPTIONS ? NULL
           : wake >= EXCEPTION_IRQ0    ? "interrupt"
                                       : mprofile_trap_name(wake);
}

/* The event that ends its waiting: an exception, CORE_WAKE_EVENT, or 0. WFI
 * ends at what would be taken if PRIMASK were clear (DDI 0553 B3.23). */
static unsigned find_wake(struct mprofile *m)
{
    struct mprofile_state *state = &m->state;
    uint32_t kept[BANKS] = {state->primask[0], state->primask[1]};

    memset(state->primask, 0, sizeof(state->primask));
    m->priority_stale = true;
    unsigned wake = mprofile_takes(m) ? m->next.exception : 0;
    memcpy(state->primask, kept, sizeof(kept));
    m->priority_stale = true;
    if (wake == 0 && state->waits == CORE_WAIT_EVENT && state->event != 0) {
        wake = CORE_WAKE_EVENT;
    }
    return wake;
}

bool mprofile_wakes(struct mprofile *m)
{
    return find_wake(m) != 0;
}

void mprofile_wake(struct mprofile *m)
{
    struct core *core = &m->vcpu.core;

    unsigned wake = core->power == CORE_WAITING ? find_wake(m) : 0;

    if (wake == 0) {
        return;
    }
    if (m->state.waits == CORE_WAIT_EVENT) {
        m->state.event = 0;
        m->state.waits = CORE_WAIT_INTERRUPT;
    }
    core->woken_by = wake;
    core->power = CORE_RUNNING;
}

static void pending_changed(struct mprofile *m)
{
    m->next_stale = true;
    mprofile_wake(m);
}

void mprofile_nvic_changed(struct mprofile *m)
{
    m->priority_stale = true;
    m->vcpu.attention = true;
    pending_changed(m);
}

/* ---- Pending and active -------------------------------------------------- */

/* DDI 0553 B3.23: a pending interrupt wakes if SEVONPEND is set. */
static void signal_event(struct mprofile *m)
{
    if (((m->state.scr[NON_SECURE] | m->state.scr[SECURE]) & SCR_SEVONPEND) !=
        0) {
        m->state.event = 1;
    }
}

static void set_bit(uint32_t *words, unsigned bit, bool value)
{
    uint32_t mask = BIT(bit % 32);

    words[bit / 32] = value ? words[bit / 32] | mask : words[bit / 32] & ~mask;
}

void mprofile_set_pending(struct mprofile *m, unsigned exception, unsigned bank,
                          bool pending)
{
    struct mprofile_state *state = &m->state;

    if (exception >= EXCEPTION_IRQ0) {
        set_bit(state->irq_pending, exception - EXCEPTION_IRQ0, pending);
    } else {
        set_bit(&state->system_pending[bank], exception, pending);
    }
    if (pending) {
        signal_event(m);
    }
    pending_changed(m);
    m->vcpu.attention = m->vcpu.attention || mprofile_takes(m);
}

void mprofile_begin(struct mprofile *m, const struct mprofile_next *taken)
{
    struct mprofile_state *state = &m->state;
    unsigned irq = taken->exception - EXCEPTION_IRQ0;

    if (taken->exception < EXCEPTION_IRQ0) {
        set_bit(&state->system_active[taken->bank], taken->exception, true);
        set_bit(&state->system_pending[taken->bank], taken->exception, false);
    } else {
        set_bit(state->irq_active, irq, true);
        set_bit(state->irq_pending, irq, false);
    }
    if (!m->priority_stale) {
        lower(&m->execution_priority, taken->priority);
    }
    m->next_stale = true;
    m->vcpu.attention = true;
}

void mprofile_end(struct mprofile *m, unsigned exception, unsigned bank)
{
    struct mprofile_state *state = &m->state;
    unsigned irq = exception - EXCEPTION_IRQ0;

    if (exception < EXCEPTION_IRQ0) {
        set_bit(&state->system_active[bank], exception, false);
    } else {
        set_bit(state->irq_active, irq, false);
        /* A line that is still high is pending again (DDI 0403 B3.4.1). */
        if ((state->irq_level[irq / 32] >> irq % 32 & 1) != 0) {
            set_bit(state->irq_pending, irq, true);
            m->next_stale = true;
        }
    }
    m->priority_stale = true;
    m->vcpu.attention = true;
}

bool mprofile_is_active(const struct mprofile *m, unsigned exception,
                        unsigned bank)
{
    unsigned irq = exception - EXCEPTION_IRQ0;

    return exception < EXCEPTION_IRQ0
               ? (m->state.system_active[bank] >> exception & 1) != 0
               : (m->state.irq_active[irq / 32] >> irq % 32 & 1) != 0;
}

bool mprofile_has_active(const struct mprofile *m)
{
    const struct mprofile_state *state = &m->state;
    uint32_t active =
        state->system_active[NON_SECURE] | state->system_active[SECURE];

    for (unsigned i = 0; i < m->irq_words; i++) {
        active |= state->irq_active[i];
    }
    return active != 0;
}

void mprofile_set_line(struct mprofile *m, unsigned input, uint32_t level)
{
    struct mprofile_state *state = &m->state;

    if (input == MPROFILE_INPUT_NMI) {
        if (level != 0 && state->nmi_level == 0) {
            mprofile_set_pending(m, EXCEPTION_NMI,
                                 mprofile_target(m, EXCEPTION_NMI), true);
        }
        state->nmi_level = level;
        return;
    }
    bool was = (state->irq_level[input / 32] >> input % 32 & 1) != 0;

    set_bit(state->irq_level, input, level != 0);
    if (level != 0 && !was) {
        mprofile_set_pending(m, EXCEPTION_IRQ0 + input, 0, true);
    }
}
