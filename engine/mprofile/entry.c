/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Taking exceptions: escalation, the stack frame, faults of stacking, the
 * handler's first instruction, lockup (DDI 0553 B3.18 to B3.33; DDI 0403
 * B1.5.6 to B1.5.15).
 */
#include "engine/mprofile/modes.h"

#include <string.h>

#include "engine/memory.h"

enum { FRAME_BYTES = 0x20, FP_FRAME_BYTES = 0x68, HIGH_FP_FRAME_BYTES = 0xa8 };

/* The bottom word of the frame of callee registers, with bit 0 for FType. */
enum { INTEGRITY_SIGNATURE = (int)0xfefa125a };

static const char *const names[EXCEPTION_IRQ0 + 1] = {
    [EXCEPTION_NMI] = "NMI",
    [EXCEPTION_HARD_FAULT] = "HardFault",
    [EXCEPTION_MEM_MANAGE] = "MemManage fault",
    [EXCEPTION_BUS_FAULT] = "BusFault",
    [EXCEPTION_USAGE_FAULT] = "UsageFault",
    [EXCEPTION_SECURE_FAULT] = "SecureFault",
    [EXCEPTION_SVCALL] = "SVCall",
    [EXCEPTION_DEBUG_MONITOR] = "DebugMonitor",
    [EXCEPTION_PENDSV] = "PendSV",
    [EXCEPTION_SYSTICK] = "SysTick",
    [EXCEPTION_IRQ0] = "interrupt",
};

const char *mprofile_trap_name(unsigned class)
{
    return class < ARRAY_SIZE(names) ? names[class] : NULL;
}

/* ---- Lockup -------------------------------------------------------------- */

/* DDI 0553 B3.33: until a reset, or an exception of a higher priority. */
void mprofile_lock(struct mprofile *m, const char *why)
{
    struct core *core = &m->vcpu.core;

    m->state.locked_up = 1;
    core->power = CORE_STUCK;
    m->vcpu.attention = true;
    log_write(&core->config.fabric->log, LOG_GUEST, core->name,
              m->state.x[IR_PC],
              "locked up at 0x%08x, in exception %u: %s (CFSR 0x%08x, HFSR "
              "0x%08x)",
              (uint32_t)m->state.x[IR_PC], m->state.exception, why,
              m->state.cfsr[m->state.secure], m->state.hfsr);
}

void mprofile_stuck(const struct core *core, struct event *event)
{
    const struct mprofile *m = (const struct mprofile *)core;

    event->fact = FACT_MPROFILE_STUCK;
    event->values[0] = m->state.x[IR_PC];
    event->values[1] = m->state.exception;
    event->values[2] = m->state.cfsr[m->state.secure];
    event->values[3] = m->state.hfsr;
}

void mprofile_lock_up(struct vcpu *cpu)
{
    mprofile_lock(mprofile_of(cpu), "its handlers fault without end");
}

/* ---- Escalation ---------------------------------------------------------- */

static unsigned hard_fault_bank(const struct mprofile *m, unsigned bank)
{
    return mprofile_has(m, MPROFILE_SECURITY) &&
                   (m->state.aircr & AIRCR_BFHFNMINS) != 0
               ? bank
               : mprofile_target(m, EXCEPTION_HARD_FAULT);
}

/* Makes an exception pending for execution at a priority, as HardFault if it is
 * disabled or not above that. False: HardFault is not above it either. */
static bool pend(struct mprofile *m, unsigned exception, unsigned bank,
                 int priority)
{
    if (!mprofile_is_banked(m, exception)) {
        bank = mprofile_target(m, exception);
    }
    bool hard = exception == EXCEPTION_HARD_FAULT ||
                !mprofile_has(m, T32_V7M) ||
                (m->state.system_enabled[bank] >> exception & 1) == 0 ||
                mprofile_priority(m, exception, bank) >= priority;

    /* SVCall is the one that Armv6-M has beside HardFault. */
    if (exception == EXCEPTION_SVCALL && !mprofile_has(m, T32_V7M)) {
        hard = mprofile_priority(m, exception, bank) >= priority;
    }
    if (hard) {
        if (exception != EXCEPTION_HARD_FAULT) {
            m->state.hfsr |= HFSR_FORCED;
        }
        exception = EXCEPTION_HARD_FAULT;
        bank = hard_fault_bank(m, bank);
        if (mprofile_priority(m, exception, bank) >= priority) {
            return false;
        }
    }
    mprofile_set_pending(m, exception, bank, true);
    return true;
}

void mprofile_derive(struct mprofile *m, unsigned exception, unsigned bank,
                     int priority)
{
    if (!pend(m, exception, bank, priority)) {
        mprofile_lock(m, names[exception]);
    }
}

enum vcpu_outcome mprofile_raise(struct mprofile *m, unsigned exception,
                                 unsigned bank, const char *why)
{
    if (!pend(m, exception, bank, mprofile_execution_priority(m))) {
        mprofile_lock(m, why);
        return VCPU_TRAPPED;
    }
    mprofile_take(m);
    return VCPU_TRAPPED;
}

enum vcpu_outcome mprofile_usage_fault(struct mprofile *m, uint32_t ufsr)
{
    static const char *const reasons[] = {
        "an undefined instruction",
        "an instruction that is not Thumb",
        "an invalid return",
        "a coprocessor that is not enabled",
        "a stack overflow",
        "",
        "",
        "",
        "an unaligned access",
        "a division by zero",
    };

    m->state.cfsr[m->state.secure] |= ufsr;
    return mprofile_raise(m, EXCEPTION_USAGE_FAULT, m->state.secure,
                          reasons[__builtin_ctz(ufsr) - 16]);
}

enum vcpu_outcome mprofile_secure_fault(struct mprofile *m, uint32_t sfsr)
{
    m->state.sfsr |= sfsr;
    return mprofile_raise(m, EXCEPTION_SECURE_FAULT, SECURE,
                          "a violation of security");
}

/* ---- Stacking ------------------------------------------------------------ */

static const struct mprofile_status_bits stacking = {
    .memory = MMFSR_MSTKERR, .bus = BFSR_STKERR, .security = SFSR_AUVIOL};

/* A fault of stacking becomes pending at the priority of what was interrupted.
 */
static void stacking_failed(struct mprofile *m)
{
    unsigned bank = m->state.secure;

    mprofile_derive(m, mprofile_note_refusal(m, bank, &stacking), bank,
                    mprofile_execution_priority(m));
}

static void overflow(struct mprofile *m, uint32_t limit)
{
    m->state.x[MPROFILE_SP] = limit;
    m->state.cfsr[m->state.secure] |= UFSR_STKOF;
    mprofile_derive(m, EXCEPTION_USAGE_FAULT, m->state.secure,
                    mprofile_execution_priority(m));
}

static bool has_fp_context(const struct mprofile *m)
{
    return (m->state.control[NON_SECURE] & CONTROL_FPCA) != 0;
}

static uint32_t frame_size(const struct mprofile *m)
{
    return !has_fp_context(m) || !mprofile_stacks_fp_of(m, m->state.secure)
               ? FRAME_BYTES
           : mprofile_has_high_fp(m, m->state.secure) ? HIGH_FP_FRAME_BYTES
                                                      : FP_FRAME_BYTES;
}

static bool write_frame(struct mprofile *m, uint32_t frame, uint32_t xpsr)
{
    static const uint8_t numbers[] = {0, 1, 2, 3, 12, MPROFILE_LR, IR_PC};
    const uint64_t *x = m->state.x;
    unsigned context = m->vcpu.data_context;
    uint8_t *bytes = mprofile_frame(m, context, VCPU_WRITE, frame, FRAME_BYTES);

    if (bytes != NULL) {
        store_le64(bytes, x[0] | x[1] << 32);
        store_le64(bytes + 8, x[2] | x[3] << 32);
        store_le64(bytes + 16, x[12] | x[MPROFILE_LR] << 32);
        store_le64(bytes + 24, x[IR_PC] | (uint64_t)xpsr << 32);
    } else {
        for (unsigned i = 0; i < ARRAY_SIZE(numbers); i++) {
            if (!mprofile_write_word(m, context, frame + i * 4,
                                     (uint32_t)x[numbers[i]])) {
                return false;
            }
        }
        if (!mprofile_write_word(m, context, frame + 28, xpsr)) {
            return false;
        }
    }
    return true;
}

/* Pushes the frame of what is interrupted; the value for LR. */
static uint32_t push_frame(struct mprofile *m)
{
    struct mprofile_state *state = &m->state;
    bool v8 = mprofile_has(m, T32_V8M_BASE);
    bool aligns = v8 || !mprofile_has(m, T32_V7M) ||
                  (state->ccr[NON_SECURE] & CCR_STKALIGN) != 0;
    uint32_t sp = (uint32_t)state->x[MPROFILE_SP];
    uint32_t size = frame_size(m);
    uint32_t frame = sp - size;
    bool padded = (aligns || size != FRAME_BYTES) && (frame & 4) != 0;
    uint32_t limit = mprofile_stack_limit(m);
    uint32_t lr = 0xffffff80u | EXC_RETURN_DCRS;

    frame &= padded ? ~4u : ~0u;
    if (!has_fp_context(m)) {
        lr |= EXC_RETURN_FTYPE;
    }
    lr |= mprofile_is_handler(m) ? 0 : EXC_RETURN_MODE;
    lr |= state->secure != 0 ? EXC_RETURN_S : 0;
    if (!v8) {
        lr |= EXC_RETURN_S | EXC_RETURN_ES;
        lr |= !mprofile_is_handler(m) &&
                      (state->control[NON_SECURE] & CONTROL_SPSEL) != 0
                  ? EXC_RETURN_SPSEL
                  : 0;
    }
    bool stacked = frame >= limit && frame <= sp;
    uint32_t xpsr = mprofile_xpsr(m) | (padded ? BIT(9) : 0);

    if (!stacked) {
        overflow(m, limit);
    } else {
        state->x[MPROFILE_SP] = frame;
        stacked = write_frame(m, frame, xpsr);
        if (!stacked) {
            stacking_failed(m);
        }
    }
    if (has_fp_context(m)) {
        mprofile_push_fp(m, frame + FRAME_BYTES, stacked);
    }
    return lr;
}

/* DDI 0553 B3.19: registers of Secure code that a Non-secure handler must not
 * see go to the Secure stack: that of the code which EXC_RETURN tells. */
static bool push_callee(struct mprofile *m, uint32_t lr)
{
    bool handler = (lr & EXC_RETURN_MODE) == 0;
    uint32_t *home = mprofile_sp_home(m, SECURE, handler);
    bool in_use = m->state.secure == SECURE &&
                  home == mprofile_sp_home(m, SECURE, mprofile_is_handler(m));
    uint32_t sp = in_use ? (uint32_t)m->state.x[MPROFILE_SP] : *home;
    uint32_t frame = sp - 0x28;
    bool process = home == &m->state.psp[SECURE];
    uint32_t limit =
        process ? m->state.psplim[SECURE] : m->state.msplim[SECURE];
    bool privileged =
        handler || (m->state.control[SECURE] & CONTROL_NPRIV) == 0;
    unsigned context = mprofile_context(m, true, privileged);
    uint32_t words[10] = {(uint32_t)INTEGRITY_SIGNATURE |
                          ((lr & EXC_RETURN_FTYPE) != 0 ? 1u : 0)};
    bool ok = frame >= limit && frame <= sp;

    for (unsigned i = 0; i < 8; i++) {
        words[2 + i] = (uint32_t)m->state.x[4 + i];
    }
    for (unsigned i = 0; ok && i < ARRAY_SIZE(words); i++) {
        if (i != 1 &&
            !mprofile_write_word(m, context, frame + i * 4, words[i])) {
            mprofile_derive(m, mprofile_note_refusal(m, SECURE, &stacking),
                            SECURE, mprofile_execution_priority(m));
            ok = false;
        }
    }
    if (frame < limit || frame > sp) {
        frame = limit;
        m->state.cfsr[SECURE] |= UFSR_STKOF;
        mprofile_derive(m, EXCEPTION_USAGE_FAULT, SECURE,
                        mprofile_execution_priority(m));
    }
    if (in_use) {
        m->state.x[MPROFILE_SP] = frame;
    } else {
        *home = frame;
    }
    return ok;
}

/* ---- The handler --------------------------------------------------------- */

static bool read_vector(struct mprofile *m, uint32_t *vector)
{
    unsigned context = CONTEXT_PRIVILEGED | CONTEXT_NO_MPU |
                       (m->next.bank == SECURE ? (unsigned)CONTEXT_SECURE : 0);

    return mprofile_read_word(
        m, context, m->state.vtor[m->next.bank] + 4 * m->next.exception,
        vector);
}

/* DDI 0553 B3.30: registers that a Non-secure handler is not to see. */
static void clear_registers(struct mprofile *m)
{
    for (unsigned i = 0; i <= 12; i++) {
        m->state.x[i] = 0;
    }
    mprofile_set_apsr(m, 0);
}

/* Follows what EXC_RETURN says of callee registers: they are pushed if they
 * need be. False: that failed, and another exception may be next. */
static bool settle_callee(struct mprofile *m, uint32_t *lr, bool chained)
{
    bool pushed = chained && (*lr & EXC_RETURN_ES) == 0;

    if (!mprofile_has(m, MPROFILE_SECURITY) || (*lr & EXC_RETURN_S) == 0) {
        return true;
    }
    if (m->next.bank == SECURE) {
        *lr &= pushed ? ~(uint32_t)EXC_RETURN_DCRS : ~0u;
        return true;
    }
    if ((*lr & EXC_RETURN_DCRS) != 0 && !pushed) {
        if (!push_callee(m, *lr)) {
            return false;
        }
    }
    *lr |= EXC_RETURN_DCRS;
    return true;
}

static void enter(struct mprofile *m, uint32_t lr, uint32_t vector)
{
    const uint32_t selects = CONTROL_SPSEL;
    struct mprofile_state *state = &m->state;
    struct mprofile_next taken = m->next;

    mprofile_put_sp(m);
    if (mprofile_has(m, T32_V8M_BASE)) {
        lr &= ~(uint32_t)(EXC_RETURN_ES | EXC_RETURN_SPSEL);
        lr |= taken.bank == SECURE ? EXC_RETURN_ES : 0;
        lr |= (state->control[taken.bank] & CONTROL_SPSEL) != 0
                  ? EXC_RETURN_SPSEL
                  : 0;
    }
    if (mprofile_has(m, MPROFILE_SECURITY) && taken.bank == NON_SECURE &&
        (lr & EXC_RETURN_S) != 0) {
        clear_registers(m);
    }
    if (state->secure == SECURE && taken.bank == NON_SECURE) {
        mprofile_note_departure(m, (uint32_t)state->x[IR_PC], vector & ~1u,
                                CORE_BY_EXCEPTION);
    }
    state->control[NON_SECURE] &=
        ~(CONTROL_FPCA | (taken.bank == NON_SECURE ? selects : 0));
    state->control[SECURE] &=
        ~(CONTROL_SFPA | (taken.bank == SECURE ? selects : 0));
    state->exception = taken.exception;
    state->secure = taken.bank;
    state->exclusive = 0;
    state->event = 1;
    state->x[T32_IT] = 0;
    state->x[MPROFILE_LR] = lr;
    state->x[IR_PC] = vector & ~1u;
    state->not_thumb = (vector & 1) == 0;
    mprofile_get_sp(m);
    mprofile_begin(m, &taken);
    mprofile_update_contexts(m);
    m->vcpu.core.power = CORE_RUNNING;
    core_note_trap(&m->vcpu.core, taken.exception < EXCEPTION_IRQ0
                                      ? taken.exception
                                      : EXCEPTION_IRQ0);
}

/* The state of the fault that a vector's read was: a SecureFault is the Secure
 * state's, a BusFault that of AIRCR.BFHFNMINS. */
static unsigned vector_fault_bank(const struct mprofile *m)
{
    return m->refusal == REFUSED_BY_SAU
               ? SECURE
               : mprofile_target(m, EXCEPTION_BUS_FAULT);
}

/* Enters what is next; faults on the way may put another one before it. */
static void enter_next(struct mprofile *m, uint32_t lr, bool chained)
{
    uint32_t vector;

    for (;;) {
        if (m->state.locked_up != 0) {
            return;
        }
        mprofile_next(m);
        assert(m->next.exception != 0);
        if (!settle_callee(m, &lr, chained)) {
            clear_registers(m); /* ExceptionTaken(): whatever became of them */
            chained = false;
            lr &= ~(uint32_t)EXC_RETURN_DCRS;
            continue;
        }
        if (read_vector(m, &vector)) {
            break;
        }
        /* DDI 0553 B3.9: a vector that cannot be read is a HardFault. */
        m->state.hfsr |= HFSR_VECTTBL;
        if (m->next.priority <= -1) {
            mprofile_lock(m, "the vector of HardFault cannot be read");
            return;
        }
        mprofile_set_pending(m, EXCEPTION_HARD_FAULT,
                             hard_fault_bank(m, vector_fault_bank(m)), true);
    }
    enter(m, lr, vector);
}

void mprofile_take(struct mprofile *m)
{
    enter_next(m, push_frame(m), false);
}

void mprofile_chain(struct mprofile *m, uint32_t exc_return)
{
    enter_next(m, exc_return, true);
}

/* ---- The run loop -------------------------------------------------------- */

/* Work that comes before the instruction at pc. */
static void settle(struct mprofile *m)
{
    const struct core *core = &m->vcpu.core;
    uint8_t code[4];

    if (core->power != CORE_WAITING && mprofile_takes(m) &&
        (m->state.locked_up == 0 || m->next.priority < -1)) {
        m->state.locked_up = 0;
        mprofile_take(m);
    }
    /* A fetch that is refused comes before what it would find. The handler of
     * either may be none as well, until the core locks up. */
    while (m->state.not_thumb != 0 && core->power == CORE_RUNNING) {
        if (vcpu_fetch(&m->vcpu, m->state.x[IR_PC], code)) {
            mprofile_usage_fault(m, UFSR_INVSTATE);
        }
    }
}

void mprofile_interrupts(struct vcpu *cpu)
{
    struct mprofile *m = mprofile_of(cpu);

    if (m->debug.active) {
        mprofile_debug_settle(m);
    }
    mprofile_wake(m);
    settle(m);
    cpu->step = false;
    if (m->debug.active) {
        mprofile_debug_begin(m);
    }
    /* Within an IT block no decoded code applies. */
    cpu->step |= m->state.x[T32_IT] != 0;
}

bool mprofile_undisturbed(struct vcpu *cpu)
{
    struct mprofile *m = mprofile_of(cpu);

    if (m->debug.active) {
        return false;
    }
    settle(m);
    return m->state.x[T32_IT] == 0 && cpu->core.power == CORE_RUNNING;
}
