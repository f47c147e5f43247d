/* SPDX-License-Identifier: Apache-2.0 */
/* FP registers of code that is interrupted: enabling, stacking, and its lazy
 * form (DDI 0553 B3.25; DDI 0403 B1.5.7). */
#include "engine/mprofile/modes.h"

#include <string.h>

#include "isa/t32/decode.h"

enum mprofile_fpccr {
    FPCCR_LSPACT = 1 << 0,
    FPCCR_USER = 1 << 1,
    FPCCR_S = 1 << 2,
    FPCCR_THREAD = 1 << 3,
    FPCCR_HFRDY = 1 << 4,
    FPCCR_MMRDY = 1 << 5,
    FPCCR_BFRDY = 1 << 6,
    FPCCR_SFRDY = 1 << 7,
    FPCCR_MONRDY = 1 << 8,
    FPCCR_SPLIMVIOL = 1 << 9,
    FPCCR_UFRDY = 1 << 10,
    FPCCR_TS = 1 << 26,
    FPCCR_LSPEN = 1 << 30,
};
#define FPCCR_ASPEN (1u << 31)

bool mprofile_has_high_fp(const struct mprofile *m, unsigned bank)
{
    return bank == SECURE && (m->state.fpccr[SECURE] & FPCCR_TS) != 0;
}

/* S0 to S15, FPSCR, a word that is kept free, S16 to S31. */
static uint32_t *word_at(struct mprofile *m, unsigned index)
{
    return index < 16    ? &m->state.s[index]
           : index == 16 ? &m->state.fpscr
           : index == 17 ? NULL
                         : &m->state.s[index - 2];
}

static bool copy(struct mprofile *m, unsigned context, uint32_t frame,
                 bool high, bool stores)
{
    unsigned count = high ? 34 : 17;

    for (unsigned i = 0; i < count; i++) {
        uint32_t *word = word_at(m, i);

        if (word != NULL &&
            !(stores ? mprofile_write_word(m, context, frame + i * 4, *word)
                     : mprofile_read_word(m, context, frame + i * 4, word))) {
            return false;
        }
    }
    return true;
}

/* With the Security Extension, registers of which another state could see what
 * is left are zeroed; without it they are unknown, and stay. */
static void zero(struct mprofile *m, bool high)
{
    if (mprofile_has(m, MPROFILE_SECURITY)) {
        memset(m->state.s, 0, (high ? 32 : 16) * sizeof(m->state.s[0]));
        m->state.fpscr = 0;
    }
}

/* DDI 0553, IsCPEnabled(10): the security state that a fault is of, or BANKS:
 * enabled. */
static unsigned disabled_by(const struct mprofile *m, unsigned bank,
                            bool privileged)
{
    uint32_t access = m->state.cpacr[bank] >> 20 & 3;

    if (access == 0 || (access == 1 && !privileged)) {
        return bank;
    }
    return mprofile_stacks_fp_of(m, bank) ? BANKS : SECURE;
}

static unsigned disabled_now(const struct mprofile *m)
{
    return disabled_by(m, m->state.secure, mprofile_is_privileged(m));
}

/* True if the exception could be taken by what is interrupted. HardFault is
 * held to -1 whatever its priority is. */
static bool is_ready(struct mprofile *m, unsigned exception, unsigned bank)
{
    unsigned owner =
        mprofile_is_banked(m, exception) ? bank : mprofile_target(m, exception);

    if (exception == EXCEPTION_HARD_FAULT) {
        return mprofile_execution_priority(m) > -1;
    }
    return (m->state.system_enabled[owner] >> exception & 1) != 0 &&
           mprofile_priority(m, exception, owner) <
               mprofile_execution_priority(m);
}

/* DDI 0553, UpdateFPCCR(): what may be raised when they are stored later. Some
 * bits are kept once, UFRDY for each state, the others for the present one. */
static void prepare(struct mprofile *m, uint32_t frame, bool violates)
{
    static const struct {
        uint8_t exception;
        bool once;
        uint32_t bit;
    } ready[] = {
        {EXCEPTION_HARD_FAULT,    true,  FPCCR_HFRDY },
        {EXCEPTION_BUS_FAULT,     true,  FPCCR_BFRDY },
        {EXCEPTION_SECURE_FAULT,  true,  FPCCR_SFRDY },
        {EXCEPTION_DEBUG_MONITOR, true,  FPCCR_MONRDY},
        {EXCEPTION_MEM_MANAGE,    false, FPCCR_MMRDY },
    };
    struct mprofile_state *state = &m->state;
    unsigned bank = state->secure;
    uint32_t *fpccr = &state->fpccr[bank];
    uint32_t *shared = mprofile_shared_fpccr(m);

    *fpccr &= ~(uint32_t)(FPCCR_USER | FPCCR_THREAD | FPCCR_SPLIMVIOL);
    *fpccr |= FPCCR_LSPACT;
    *fpccr |= mprofile_is_privileged(m) ? 0 : FPCCR_USER;
    *fpccr |= mprofile_is_handler(m) ? 0 : FPCCR_THREAD;
    *fpccr |= violates ? FPCCR_SPLIMVIOL : 0;
    *shared &= ~(uint32_t)FPCCR_S;
    *shared |= bank == SECURE ? FPCCR_S : 0;
    for (unsigned i = 0; i < ARRAY_SIZE(ready); i++) {
        uint32_t *word = ready[i].once ? shared : fpccr;

        *word &= ~ready[i].bit;
        *word |= is_ready(m, ready[i].exception, bank) ? ready[i].bit : 0;
    }
    for (unsigned i = 0; i < BANKS && mprofile_has(m, T32_V8M_BASE); i++) {
        state->fpccr[i] &= ~(uint32_t)FPCCR_UFRDY;
        state->fpccr[i] |=
            is_ready(m, EXCEPTION_USAGE_FAULT, i) ? FPCCR_UFRDY : 0;
    }
    state->fpcar[bank] = frame & ~7u;
}

/* The state whose registers are to be stored when FP is next used, or BANKS. */
static unsigned lazy_bank(struct mprofile *m)
{
    const uint32_t fpccr = *mprofile_shared_fpccr(m);
    unsigned bank = mprofile_has(m, MPROFILE_SECURITY) && (fpccr & FPCCR_S) != 0
                        ? SECURE
                        : NON_SECURE;

    return (m->state.fpccr[bank] & FPCCR_LSPACT) != 0 ? bank : BANKS;
}

static const struct mprofile_status_bits stacking = {
    .memory = MMFSR_MSTKERR, .bus = BFSR_STKERR, .security = SFSR_AUVIOL};

void mprofile_push_fp(struct mprofile *m, uint32_t frame, bool may_store)
{
    struct mprofile_state *state = &m->state;
    unsigned bank = state->secure;
    bool high = mprofile_has_high_fp(m, bank);
    int priority = mprofile_execution_priority(m);

    if (mprofile_has(m, MPROFILE_SECURITY) && lazy_bank(m) != BANKS) {
        /* Registers of two owners: an attack. */
        state->sfsr |= SFSR_LSERR;
        mprofile_derive(m, EXCEPTION_SECURE_FAULT, SECURE, priority);
        return;
    }
    if (!mprofile_stacks_fp_of(m, bank)) {
        state->cfsr[SECURE] |= UFSR_NOCP;
        mprofile_derive(m, EXCEPTION_USAGE_FAULT, SECURE, priority);
        return;
    }
    if ((*mprofile_shared_fpccr(m) & FPCCR_LSPEN) != 0) {
        prepare(m, frame, frame < mprofile_stack_limit(m));
        return;
    }
    if (disabled_now(m) != BANKS) {
        if (may_store) {
            state->cfsr[bank] |= UFSR_NOCP;
            mprofile_derive(m, EXCEPTION_USAGE_FAULT, bank, priority);
        }
        return;
    }
    if (may_store && !copy(m, m->vcpu.data_context, frame, high, true)) {
        mprofile_derive(m, mprofile_note_refusal(m, bank, &stacking), bank,
                        priority);
    }
    zero(m, high);
}

bool mprofile_pop_fp(struct mprofile *m, unsigned context, uint32_t frame)
{
    bool secure = (context & CONTEXT_SECURE) != 0;
    bool high = mprofile_has_high_fp(m, secure ? SECURE : NON_SECURE);
    bool ok = copy(m, context, frame, high, false);

    if (!ok) {
        zero(m, high);
    }
    return ok;
}

/* Armv8-M asks whether what is returned to has FP. */
unsigned mprofile_pop_fp_disabled_by(const struct mprofile *m, unsigned context)
{
    return mprofile_has(m, T32_V8M_BASE)
               ? disabled_by(
                     m, (context & CONTEXT_SECURE) != 0 ? SECURE : NON_SECURE,
                     (context & CONTEXT_PRIVILEGED) != 0)
               : BANKS;
}

/* ---- Before FP instructions ---------------------------------------------- */

/* DDI 0553, TakePreserveFPException(): what the interrupted code could have
 * taken, as FPCCR has it, decides whether the fault is HardFault. True: it was
 * entered; false: it stays pending until the handler ends. */
static bool raise_lazily(struct mprofile *m, unsigned exception, unsigned bank)
{
    const uint32_t shared = *mprofile_shared_fpccr(m);
    uint32_t ready;

    switch (exception) {
    case EXCEPTION_MEM_MANAGE:
        ready = m->state.fpccr[bank] & FPCCR_MMRDY;
        break;
    case EXCEPTION_USAGE_FAULT: /* Armv7-M has no bit for it */
        ready = mprofile_has(m, T32_V8M_BASE)
                    ? m->state.fpccr[bank] & FPCCR_UFRDY
                    : 1;
        break;
    case EXCEPTION_BUS_FAULT:
        ready = shared & FPCCR_BFRDY;
        break;
    default:
        ready = shared & FPCCR_SFRDY;
        break;
    }
    if (!mprofile_is_banked(m, exception)) {
        bank = mprofile_target(m, exception);
    }
    if (ready == 0) {
        exception = EXCEPTION_HARD_FAULT;
        bank = bank == SECURE ? SECURE : mprofile_target(m, exception);
        m->state.hfsr |= HFSR_FORCED;
    }
    mprofile_set_pending(m, exception, bank, true);
    if (!mprofile_takes(m)) {
        if ((shared & FPCCR_HFRDY) == 0) {
            mprofile_lock(m, "FP registers cannot be stored lazily");
        }
        return (shared & FPCCR_HFRDY) == 0;
    }
    mprofile_take(m);
    return true;
}

/* DDI 0553, PreserveFPState(): the registers go to the frame that was kept for
 * them, by the rights and the priority of the code that they are of. False: an
 * exception was taken. */
static bool preserve(struct mprofile *m, unsigned bank)
{
    static const struct mprofile_status_bits lazy = {
        .memory = MMFSR_MLSPERR, .bus = BFSR_LSPERR, .security = SFSR_LSPERR};
    uint32_t fpccr = m->state.fpccr[bank];
    bool privileged = (fpccr & FPCCR_USER) == 0;
    unsigned context =
        mprofile_context_at(m, bank == SECURE, privileged,
                            (*mprofile_shared_fpccr(m) & FPCCR_HFRDY) == 0);
    unsigned disabled = disabled_by(m, bank, privileged);
    bool high = mprofile_has_high_fp(m, bank);

    if (disabled != BANKS) {
        m->state.cfsr[disabled] |= UFSR_NOCP;
        if (raise_lazily(m, EXCEPTION_USAGE_FAULT, disabled)) {
            return false;
        }
    } else if ((fpccr & FPCCR_SPLIMVIOL) == 0 &&
               !copy(m, context, m->state.fpcar[bank], high, true) &&
               raise_lazily(m, mprofile_note_refusal(m, bank, &lazy), bank)) {
        return false;
    }
    m->state.fpccr[bank] &= ~(uint32_t)FPCCR_LSPACT;
    if (high) {
        zero(m, true);
    }
    return true;
}

static void begin_context(struct mprofile *m)
{
    struct mprofile_state *state = &m->state;
    bool active = (state->control[NON_SECURE] & CONTROL_FPCA) != 0 &&
                  (state->secure == NON_SECURE ||
                   (state->control[SECURE] & CONTROL_SFPA) != 0);

    if ((state->fpccr[state->secure] & FPCCR_ASPEN) == 0 || active) {
        return;
    }
    state->control[NON_SECURE] |= CONTROL_FPCA;
    if (state->secure == SECURE) {
        state->control[SECURE] |= CONTROL_SFPA;
    }
    state->fpscr = state->fpdscr[state->secure];
}

static enum vcpu_outcome no_coprocessor(struct mprofile *m, unsigned bank)
{
    m->state.cfsr[bank] |= UFSR_NOCP;
    return mprofile_raise(m, EXCEPTION_USAGE_FAULT, bank,
                          "a coprocessor that is not enabled");
}

enum vcpu_outcome mprofile_coprocessor(struct vcpu *cpu, const struct ir_op *op)
{
    enum { FP = 10, FP_DOUBLE = 11 };
    struct mprofile *m = mprofile_of(cpu);
    const unsigned number = t32_coprocessor((uint32_t)op->high);
    unsigned bank = m->state.secure;

    if (mprofile_has(m, T32_FP_SP) && (number == FP || number == FP_DOUBLE)) {
        bank = disabled_now(m);
    }
    return bank != BANKS ? no_coprocessor(m, bank)
                         : mprofile_usage_fault(m, UFSR_UNDEFINSTR);
}

enum vcpu_outcome mprofile_fp_check(struct vcpu *cpu, const struct ir_op *op)
{
    struct mprofile *m = mprofile_of(cpu);
    unsigned bank = disabled_now(m);

    if (bank != BANKS) {
        return no_coprocessor(m, bank);
    }
    bank = lazy_bank(m);
    if (bank != BANKS && !preserve(m, bank)) {
        return VCPU_TRAPPED;
    }
    if (mprofile_has(m, MPROFILE_SECURITY)) { /* whose registers they are */
        m->state.fpccr[SECURE] &= ~(uint32_t)FPCCR_S;
        m->state.fpccr[SECURE] |= m->state.secure == SECURE ? FPCCR_S : 0;
    }
    begin_context(m);
    m->fp_ready = true;
    return VCPU_NEXT;
}

/* ---- VLLDM and VLSTM (Secure code around calls of Non-secure functions) -- */

enum vcpu_outcome mprofile_vlstm(struct vcpu *cpu, const struct ir_op *op)
{
    struct mprofile *m = mprofile_of(cpu);
    struct mprofile_state *state = &m->state;
    uint32_t address = (uint32_t)cpu->r[op->a];
    bool high = mprofile_has_high_fp(m, SECURE);

    if (state->secure != SECURE) {
        return mprofile_usage_fault(m, UFSR_UNDEFINSTR);
    }
    m->fp_ready = false;
    if ((state->control[SECURE] & CONTROL_SFPA) == 0) {
        mprofile_advance_it(m);
        return VCPU_NEXT;
    }
    if (disabled_now(m) != BANKS) {
        return no_coprocessor(m, disabled_now(m));
    }
    if (lazy_bank(m) != BANKS) {
        return mprofile_secure_fault(m, SFSR_LSERR);
    }
    if ((address & 7) != 0) {
        return mprofile_usage_fault(m, UFSR_UNALIGNED);
    }
    if ((state->fpccr[SECURE] & FPCCR_LSPEN) != 0) {
        prepare(m, address, false);
    } else if (!copy(m, m->vcpu.data_context, address, high, true)) {
        static const struct mprofile_status_bits plain = {
            .memory = MMFSR_DACCVIOL,
            .bus = BFSR_PRECISERR,
            .security = SFSR_AUVIOL};
        return mprofile_raise(m, mprofile_note_refusal(m, SECURE, &plain),
                              SECURE, "VLSTM stores where it may not");
    } else if (high) {
        zero(m, true);
    }
    state->control[NON_SECURE] &= ~(uint32_t)CONTROL_FPCA;
    mprofile_advance_it(m);
    return VCPU_NEXT;
}

enum vcpu_outcome mprofile_vlldm(struct vcpu *cpu, const struct ir_op *op)
{
    struct mprofile *m = mprofile_of(cpu);
    struct mprofile_state *state = &m->state;
    uint32_t address = (uint32_t)cpu->r[op->a];

    if (state->secure != SECURE) {
        return mprofile_usage_fault(m, UFSR_UNDEFINSTR);
    }
    m->fp_ready = false;
    if ((state->control[SECURE] & CONTROL_SFPA) == 0) {
        mprofile_advance_it(m);
        return VCPU_NEXT;
    }
    if (disabled_now(m) != BANKS) {
        return no_coprocessor(m, disabled_now(m));
    }
    if ((state->fpccr[SECURE] & FPCCR_LSPACT) != 0) {
        state->fpccr[SECURE] &= ~(uint32_t)FPCCR_LSPACT;
    } else if ((address & 7) != 0) {
        return mprofile_usage_fault(m, UFSR_UNALIGNED);
    } else if (!copy(m, m->vcpu.data_context, address,
                     mprofile_has_high_fp(m, m->state.secure), false)) {
        static const struct mprofile_status_bits plain = {
            .memory = MMFSR_DACCVIOL,
            .bus = BFSR_PRECISERR,
            .security = SFSR_AUVIOL};
        return mprofile_raise(m, mprofile_note_refusal(m, SECURE, &plain),
                              SECURE, "VLLDM loads where it may not");
    }
    state->control[NON_SECURE] |= CONTROL_FPCA;
    mprofile_advance_it(m);
    return VCPU_NEXT;
}
