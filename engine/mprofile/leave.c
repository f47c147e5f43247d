/* SPDX-License-Identifier: Apache-2.0 */
/* Returns from exceptions, and from functions that Secure code called in the
 * Non-secure state (DDI 0553 B3.22, B3.18; DDI 0403 B1.5.8). */
#include "engine/mprofile/modes.h"

#include <string.h>

enum {
    FRAME_WORDS = 8,
    FRAME_XPSR = 28, /* the last of them */
    FP_WORDS = 18,
    HIGH_FP_WORDS = 16,
    CALLEE_WORDS = 10,
};
enum { INTEGRITY_SIGNATURE = (int)0xfefa125a };
enum { XPSR_EXCEPTION = 0x1ff, XPSR_PADDED = 1 << 9, XPSR_SFPA = 1 << 20 };

static const struct mprofile_status_bits unstacking = {
    .memory = MMFSR_MUNSTKERR, .bus = BFSR_UNSTKERR, .security = SFSR_AUVIOL};

/* A return that goes on, word by word. */
struct unstacking {
    uint32_t exc_return;
    bool to_handler;
    unsigned bank; /* the security state that it returns to */
    unsigned context;
    uint32_t *home; /* of the stack pointer of the frame */
    uint32_t sp;
};

/* The fault is entered in place of a return, with the frame left alone. */
static void fault_instead(struct mprofile *m, unsigned exception, unsigned bank,
                          uint32_t exc_return)
{
    mprofile_derive(m, exception, bank, mprofile_execution_priority(m));
    mprofile_chain(m, exc_return);
}

static void usage_instead(struct mprofile *m, uint32_t ufsr, unsigned bank,
                          uint32_t lr)
{
    m->state.cfsr[bank] |= ufsr;
    fault_instead(m, EXCEPTION_USAGE_FAULT, bank, lr);
}

static void security_instead(struct mprofile *m, uint32_t sfsr, uint32_t lr)
{
    m->state.sfsr |= sfsr;
    fault_instead(m, EXCEPTION_SECURE_FAULT, SECURE, lr);
}

static bool is_well_formed(const struct mprofile *m, uint32_t exc_return)
{
    uint32_t fixed = exc_return | EXC_RETURN_FTYPE;

    if (!mprofile_has(m, T32_FP_SP) && (exc_return & EXC_RETURN_FTYPE) == 0) {
        return false;
    }
    if (!mprofile_has(m, T32_V8M_BASE)) {
        return fixed == 0xfffffff1u || fixed == 0xfffffff9u ||
               fixed == 0xfffffffdu;
    }
    return (exc_return & 0x00ffff82u) == 0x00ffff80u &&
           (exc_return & (EXC_RETURN_MODE | EXC_RETURN_SPSEL)) !=
               EXC_RETURN_SPSEL;
}

/* DDI 0553, DeActivate(): FAULTMASK ends with what it was set in. Whatever
 * number Armv8-M was left with, what gave it a negative priority ends. */
static void deactivate(struct mprofile *m, unsigned bank)
{
    unsigned exception = m->state.exception;
    /* The raw priority is below 0 while one of these is active. */
    const uint32_t high =
        (m->state.system_active[NON_SECURE] | m->state.system_active[SECURE]) &
        (BIT(EXCEPTION_NMI) | BIT(EXCEPTION_HARD_FAULT));

    if (m->state.faultmask[bank] != 0 &&
        (mprofile_has(m, MPROFILE_SECURITY) ? high == 0
                                            : exception != EXCEPTION_NMI)) {
        m->state.faultmask[bank] = 0;
    }
    if (mprofile_has(m, T32_V8M_BASE) && high != 0) {
        const int priority = mprofile_raw_priority(m);

        exception = priority == -2 ? EXCEPTION_NMI : EXCEPTION_HARD_FAULT;
        bank = priority == -1 ? mprofile_target(m, exception) : SECURE;
    }
    mprofile_end(m, exception,
                 mprofile_is_banked(m, exception)
                     ? bank
                     : mprofile_target(m, exception));
}

/* DDI 0553, IsActiveForState(): an exception that either state may have is
 * active for the one that has it. */
static bool is_active_for(const struct mprofile *m, unsigned bank)
{
    unsigned exception = m->state.exception;

    return (mprofile_is_banked(m, exception) ||
            mprofile_target(m, exception) == bank) &&
           mprofile_is_active(m, exception, bank);
}

/* DDI 0553 B3.25: what FP code left goes with the handler. True: FP state of
 * the Secure state is in the way. */
static bool clear_fp(struct mprofile *m)
{
    enum { CLRONRET = 1 << 28, LSPACT = 1 };
    struct mprofile_state *state = &m->state;

    if ((*mprofile_shared_fpccr(m) & CLRONRET) == 0 ||
        (state->control[NON_SECURE] & CONTROL_FPCA) == 0) {
        return false;
    }
    if (mprofile_has(m, MPROFILE_SECURITY) &&
        (state->fpccr[SECURE] & LSPACT) != 0) {
        return true;
    }
    for (unsigned i = 0; i < 16; i++) {
        state->s[i] = 0;
    }
    state->fpscr = 0;
    return false;
}

/* ---- Unstacking ---------------------------------------------------------- */

static bool pop(struct mprofile *m, struct unstacking *u, uint32_t *word)
{
    bool ok = mprofile_read_word(m, u->context, u->sp, word);

    u->sp += 4;
    return ok;
}

/* False: the fault that came in its place was entered. */
static bool refused(struct mprofile *m, const struct unstacking *u)
{
    fault_instead(m, mprofile_note_refusal(m, u->bank, &unstacking), u->bank,
                  u->exc_return);
    return false;
}

static bool pop_callee(struct mprofile *m, struct unstacking *u)
{
    uint32_t words[CALLEE_WORDS];

    for (unsigned i = 0; i < CALLEE_WORDS; i++) {
        if (!pop(m, u, &words[i])) {
            return refused(m, u);
        }
    }
    if ((words[0] | (mprofile_has(m, T32_FP_SP) ? 0u : 1u)) !=
        ((uint32_t)INTEGRITY_SIGNATURE |
         ((u->exc_return & EXC_RETURN_FTYPE) != 0 ? 1u : 0))) {
        security_instead(m, SFSR_INVIS, u->exc_return);
        return false;
    }
    for (unsigned i = 0; i < 8; i++) {
        m->state.x[4 + i] = words[2 + i];
    }
    return true;
}

/* False: a fault was entered. */
static bool pop_fp(struct mprofile *m, struct unstacking *u)
{
    enum { LSPACT = 1 };
    uint32_t *fpccr = &m->state.fpccr[u->bank];

    if ((u->exc_return & EXC_RETURN_FTYPE) != 0) {
        return true;
    }
    if (u->bank == NON_SECURE && (m->state.fpccr[SECURE] & LSPACT) != 0 &&
        mprofile_has(m, MPROFILE_SECURITY)) {
        security_instead(m, SFSR_LSERR, u->exc_return);
        return false;
    }
    unsigned disabled = mprofile_pop_fp_disabled_by(m, u->context);

    if ((*fpccr & LSPACT) != 0) {
        *fpccr &= ~(uint32_t)LSPACT; /* they never left the registers */
    } else if (disabled != BANKS) {
        /* By NSACR the return is what is wrong. */
        usage_instead(m, disabled == u->bank ? UFSR_NOCP : UFSR_INVPC, disabled,
                      u->exc_return);
        return false;
    } else if (!mprofile_pop_fp(m, u->context, u->sp)) {
        return refused(m, u);
    }
    u->sp += 4 * FP_WORDS;
    if (mprofile_has_high_fp(m, u->bank)) {
        u->sp += 4 * HIGH_FP_WORDS;
    }
    return true;
}

/* With a number that no exception has, what IPSR becomes is unknown: the last.
 */
static unsigned number_of(uint32_t xpsr)
{
    unsigned exception = xpsr & XPSR_EXCEPTION;

    return exception < MPROFILE_EXCEPTIONS ? exception
                                           : MPROFILE_EXCEPTIONS - 1;
}

static void resume(struct mprofile *m, const struct unstacking *u,
                   const uint8_t *frame)
{
    struct mprofile_state *state = &m->state;
    uint32_t xpsr = load_le32(frame + FRAME_XPSR);
    uint32_t control[BANKS] = {
        state->control[NON_SECURE] & ~(uint32_t)CONTROL_FPCA,
        state->control[SECURE] & ~(uint32_t)CONTROL_SFPA};

    if (state->secure == SECURE && u->bank == NON_SECURE) {
        mprofile_note_departure(m, (uint32_t)state->x[IR_PC], frame[6] & ~1u,
                                CORE_BY_RETURN);
    }
    *u->home = u->sp | ((xpsr & XPSR_PADDED) != 0 ? 4u : 0);
    for (unsigned i = 0; i < 4; i++) {
        state->x[i] = load_le32(frame + i * 4);
    }
    state->x[12] = load_le32(frame + 16);
    state->x[MPROFILE_LR] = load_le32(frame + 20);
    state->x[IR_PC] = load_le32(frame + 24) & ~1u;
    mprofile_set_apsr(m, xpsr);
    state->exception = number_of(xpsr);
    state->x[T32_IT] = (xpsr >> 25 & 3) | (xpsr >> 8 & 0xfc);
    state->not_thumb = (xpsr >> 24 & 1) == 0;
    state->secure = u->bank;
    if ((u->exc_return & EXC_RETURN_FTYPE) == 0) {
        control[NON_SECURE] |= CONTROL_FPCA;
    }
    if (u->bank == SECURE && (xpsr & XPSR_SFPA) != 0) {
        control[SECURE] |= CONTROL_SFPA;
    }
    state->control[NON_SECURE] = control[NON_SECURE];
    state->control[SECURE] = control[SECURE];
    state->exclusive = 0;
    state->event = 1;
    mprofile_get_sp(m);
    m->vcpu.attention = true;
    mprofile_update_contexts(m);
}

/* DDI 0553 B3.23: back in Thread mode, with nothing more to do. As by WFI: what
 * only PRIMASK holds back ends it. */
static void sleep_on_exit(struct mprofile *m)
{
    if (m->state.exception == 0 &&
        (m->state.scr[m->state.secure] & SCR_SLEEPONEXIT) != 0) {
        m->state.waits = CORE_WAIT_ON_EXIT;
        if (!mprofile_wakes(m)) {
            m->vcpu.core.power = CORE_WAITING;
        }
    }
}

static void unstack(struct mprofile *m, uint32_t exc_return)
{
    struct mprofile_state *state = &m->state;
    bool security = mprofile_has(m, MPROFILE_SECURITY);
    struct unstacking u = {
        .exc_return = exc_return,
        .to_handler = (exc_return & EXC_RETURN_MODE) == 0,
        .bank =
            security && (exc_return & EXC_RETURN_S) != 0 ? SECURE : NON_SECURE,
    };
    uint32_t words[FRAME_WORDS];

    u.home = mprofile_sp_home(m, u.bank, u.to_handler);
    u.sp = *u.home;
    u.context = mprofile_context(
        m, u.bank == SECURE,
        u.to_handler || (state->control[u.bank] & CONTROL_NPRIV) == 0);
    if (u.bank == SECURE &&
        (exc_return & (EXC_RETURN_ES | EXC_RETURN_DCRS)) !=
            (EXC_RETURN_ES | EXC_RETURN_DCRS) &&
        !pop_callee(m, &u)) {
        return;
    }
    const uint8_t *frame =
        mprofile_frame(m, u.context, VCPU_READ, u.sp, sizeof(words));

    if (frame != NULL) {
        u.sp += sizeof(words);
    } else {
        for (unsigned i = 0; i < FRAME_WORDS; i++) {
            if (!pop(m, &u, &words[i])) {
                refused(m, &u);
                return;
            }
        }
        frame = (const uint8_t *)words;
    }
    if (((load_le32(frame + FRAME_XPSR) & XPSR_EXCEPTION) != 0) !=
        u.to_handler) {
        usage_instead(m, UFSR_INVPC, u.bank, exc_return);
        return;
    }
    if (pop_fp(m, &u)) {
        resume(m, &u, frame);
        sleep_on_exit(m);
    }
}

/* ---- Returns ------------------------------------------------------------- */

void mprofile_exception_return(struct mprofile *m, uint32_t exc_return)
{
    struct mprofile_state *state = &m->state;
    bool security = mprofile_has(m, MPROFILE_SECURITY);
    bool insecure = security && state->secure == NON_SECURE &&
                    ((exc_return & EXC_RETURN_ES) != 0 ||
                     (exc_return & EXC_RETURN_DCRS) == 0); /* R_SMFL */
    unsigned bank;
    bool valid = is_well_formed(m, exc_return);

    if (insecure) {
        exc_return &= ~(uint32_t)EXC_RETURN_ES; /* R_HXSR */
    }
    bank = security && (exc_return & EXC_RETURN_ES) != 0 ? SECURE : NON_SECURE;
    valid = valid && is_active_for(m, bank);
    deactivate(m, bank);
    if ((exc_return & EXC_RETURN_MODE) != 0 && !mprofile_has(m, T32_V8M_BASE) &&
        (state->ccr[bank] & CCR_NONBASETHRDENA) == 0 &&
        mprofile_has_active(m)) {
        valid = false;
    }
    /* Not SP's yet: in Handler mode that is MSP. */
    state->control[bank] =
        (state->control[bank] & ~(uint32_t)CONTROL_SPSEL) |
        ((exc_return & EXC_RETURN_SPSEL) != 0 ? CONTROL_SPSEL : 0);
    if (clear_fp(m)) {
        security_instead(m, SFSR_LSERR, exc_return);
    } else if (insecure) {
        security_instead(m, SFSR_INVER, exc_return);
    } else if (!valid) {
        usage_instead(m, UFSR_INVPC, state->secure, exc_return);
    } else if (mprofile_takes(m)) {
        mprofile_chain(m, exc_return);
    } else {
        mprofile_put_sp(m);
        unstack(m, exc_return);
    }
}

/* DDI 0553, FunctionReturn(): what BLXNS left on the Secure stack. */
void mprofile_function_return(struct mprofile *m)
{
    struct mprofile_state *state = &m->state;
    bool handler = mprofile_is_handler(m);
    uint32_t *home = mprofile_sp_home(m, SECURE, handler);
    bool privileged = handler || (state->control[SECURE] & CONTROL_NPRIV) == 0;
    unsigned context = mprofile_context(m, true, privileged);
    uint32_t words[2];

    mprofile_put_sp(m);
    for (unsigned i = 0; i < ARRAY_SIZE(words); i++) {
        if (!mprofile_read_word(m, context, *home + i * 4, &words[i])) {
            unsigned exception = mprofile_note_refusal(m, SECURE, &unstacking);

            mprofile_raise(m, exception, SECURE,
                           "the frame of a function call cannot be read");
            return;
        }
    }
    unsigned exception = number_of(words[1]);

    if ((state->exception == 0) != (exception == 0) ||
        (state->exception > 1 && exception != 0)) {
        state->cfsr[NON_SECURE] |= UFSR_INVPC; /* it is still that state's */
        mprofile_raise(m, EXCEPTION_USAGE_FAULT, NON_SECURE,
                       "the frame of a function call is not one");
        return;
    }
    *home += 8;
    state->exception = exception;
    state->secure = SECURE;
    state->control[SECURE] &= ~(uint32_t)CONTROL_SFPA;
    state->control[SECURE] |= (words[1] & XPSR_SFPA) != 0 ? CONTROL_SFPA : 0;
    state->x[T32_IT] = 0;
    state->x[IR_PC] = words[0] & ~1u;
    state->not_thumb = (words[0] & 1) == 0;
    mprofile_get_sp(m);
    mprofile_nvic_changed(m);
    mprofile_update_contexts(m);
}
