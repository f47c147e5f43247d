/* SPDX-License-Identifier: Apache-2.0 */
/* Jumps that may be more than jumps, and the instructions of the Security
 * Extension (DDI 0553 B3.18, C2.4). */
#include "engine/mprofile/modes.h"

#include "engine/memory.h"

enum { EXC_RETURN_FIRST = (int)0xff000000, FNC_RETURN = (int)0xfeffffff };

static enum vcpu_outcome jump(struct mprofile *m, uint32_t target)
{
    mprofile_advance_it(m);
    m->state.x[IR_PC] = target & ~1u;
    m->state.not_thumb = (target & 1) == 0;
    m->vcpu.attention = true;
    return VCPU_JUMPED;
}

/* DDI 0553, BXWritePC(). */
enum vcpu_outcome mprofile_exchange(struct vcpu *cpu, const struct ir_op *op)
{
    struct mprofile *m = mprofile_of(cpu);
    uint32_t target = (uint32_t)cpu->r[op->a];

    if (mprofile_is_handler(m) && target >= (uint32_t)EXC_RETURN_FIRST) {
        mprofile_advance_it(m);
        mprofile_exception_return(m, target);
        cpu->attention = true;
        return VCPU_JUMPED;
    }
    if (mprofile_has(m, MPROFILE_SECURITY) && m->state.secure == NON_SECURE &&
        (target & ~1u) == ((uint32_t)FNC_RETURN & ~1u)) {
        mprofile_advance_it(m);
        mprofile_function_return(m);
        cpu->attention = true;
        return VCPU_JUMPED;
    }
    return jump(m, target);
}

enum vcpu_outcome mprofile_exchange_link(struct vcpu *cpu,
                                         const struct ir_op *op)
{
    uint32_t target = (uint32_t)cpu->r[op->a];

    cpu->r[MPROFILE_LR] = (uint32_t)(cpu->r[IR_PC] + op->length) | 1;
    return jump(mprofile_of(cpu), target);
}

void mprofile_note_departure(struct mprofile *m, uint32_t from, uint32_t to,
                             enum core_departure how)
{
    const struct core_watch *watch = m->vcpu.core.watch;

    if (watch != NULL) {
        watch->departed(watch->context, &m->vcpu.core, from, to, how);
    }
}

/* To the Non-secure state where bit 0 of the target is clear. */
static enum vcpu_outcome jump_non_secure(struct mprofile *m, uint32_t target,
                                         enum core_departure how)
{
    struct mprofile_state *state = &m->state;

    if ((target & 1) != 0) {
        return jump(m, target);
    }
    mprofile_note_departure(m, (uint32_t)m->vcpu.r[IR_PC], target, how);
    mprofile_put_sp(m);
    state->secure = NON_SECURE;
    state->control[SECURE] &= ~(uint32_t)CONTROL_SFPA;
    mprofile_get_sp(m);
    mprofile_nvic_changed(m);
    mprofile_update_contexts(m);
    return jump(m, target | 1);
}

enum vcpu_outcome mprofile_bxns(struct vcpu *cpu, const struct ir_op *op)
{
    struct mprofile *m = mprofile_of(cpu);
    uint32_t target = (uint32_t)cpu->r[op->a];

    if (m->state.secure != SECURE) {
        return mprofile_usage_fault(m, UFSR_UNDEFINSTR);
    }
    if ((mprofile_is_handler(m) && target >= (uint32_t)EXC_RETURN_FIRST) ||
        (target & ~1u) == ((uint32_t)FNC_RETURN & ~1u)) {
        return mprofile_exchange(cpu, op);
    }
    return jump_non_secure(m, target, CORE_BY_BXNS);
}

enum vcpu_outcome mprofile_blxns(struct vcpu *cpu, const struct ir_op *op)
{
    struct mprofile *m = mprofile_of(cpu);
    struct mprofile_state *state = &m->state;
    uint32_t target = (uint32_t)cpu->r[op->a];
    uint32_t behind = (uint32_t)cpu->r[IR_PC] + 2;
    uint32_t sp = (uint32_t)cpu->r[MPROFILE_SP] - 8;

    if (state->secure != SECURE) {
        return mprofile_usage_fault(m, UFSR_UNDEFINSTR);
    }
    if ((target & 1) != 0) {
        cpu->r[MPROFILE_LR] = behind | 1;
        return jump(m, target);
    }
    if (sp < mprofile_stack_limit(m) || sp > cpu->r[MPROFILE_SP]) {
        return mprofile_usage_fault(m, UFSR_STKOF);
    }
    uint32_t psr = state->exception;
    uint64_t word[2] = {behind | 1};

    if ((state->control[SECURE] & CONTROL_SFPA) != 0) {
        psr |= 1 << 20;
    }
    if (!vcpu_store(cpu, sp, 4, word)) {
        return VCPU_TRAPPED;
    }
    word[0] = psr;
    if (!vcpu_store(cpu, sp + 4, 4, word)) {
        return VCPU_TRAPPED;
    }
    cpu->r[MPROFILE_SP] = sp;
    cpu->r[MPROFILE_LR] = (uint32_t)FNC_RETURN;
    /* Which handler called is not told. */
    mprofile_put_sp(m);
    if (state->exception != 0) {
        state->exception = 1;
    }
    mprofile_get_sp(m);
    return jump_non_secure(m, target, CORE_BY_BLXNS);
}

/* From the Non-secure state, fetched from callable memory: the Secure state
 * begins. In Secure memory of the Secure state it does nothing. */
enum vcpu_outcome mprofile_sg(struct vcpu *cpu, const struct ir_op *op)
{
    struct mprofile *m = mprofile_of(cpu);
    struct mprofile_state *state = &m->state;
    struct mprofile_extent extent = {0, UINT32_MAX};
    struct mprofile_attribution a;

    a = mprofile_attribution(m, (uint32_t)cpu->r[IR_PC],
                             state->secure == SECURE, &extent);
    if (mprofile_has(m, MPROFILE_SECURITY) && !a.non_secure) {
        if (state->secure == NON_SECURE) {
            mprofile_put_sp(m);
            state->secure = SECURE;
            state->control[SECURE] &= ~(uint32_t)CONTROL_SFPA;
            cpu->r[MPROFILE_LR] &= ~1ull;
            mprofile_get_sp(m);
            mprofile_nvic_changed(m);
            mprofile_update_contexts(m);
        }
        cpu->r[T32_IT] = 0;
        cpu->attention = true;
        return VCPU_NEXT;
    }
    mprofile_advance_it(m);
    cpu->attention = true;
    return VCPU_NEXT;
}

/* ---- Test target --------------------------------------------------------- */

enum tt_response {
    TT_MRVALID = 1 << 16,
    TT_SRVALID = 1 << 17,
    TT_R = 1 << 18,
    TT_RW = 1 << 19,
    TT_NSR = 1 << 20,
    TT_NSRW = 1 << 21,
    TT_S = 1 << 22,
    TT_IRVALID = 1 << 23,
};

/* TT, TTT (T: as unprivileged code), TTA and TTAT (A: of the Non-secure state,
 * which Secure code alone may ask). DDI 0553, TTResp(). */
enum vcpu_outcome mprofile_tt(struct vcpu *cpu, const struct ir_op *op)
{
    struct mprofile *m = mprofile_of(cpu);
    uint32_t address = (uint32_t)cpu->r[op->a];
    bool alternate = (op->high & 1) != 0;
    bool forced = (op->high & 2) != 0;
    bool secure = m->state.secure == SECURE;
    unsigned bank = alternate ? NON_SECURE : m->state.secure;
    uint32_t answer = 0;

    if (alternate && !secure) {
        return mprofile_usage_fault(m, UFSR_UNDEFINSTR);
    }
    bool privileged =
        !forced && (mprofile_is_handler(m) ||
                    (m->state.control[bank] & CONTROL_NPRIV) == 0);
    struct mprofile_extent extent = {0, UINT32_MAX};
    struct mprofile_protection p = mprofile_protection(
        m, mprofile_context(m, bank == SECURE, privileged), address, &extent);
    bool may_ask = mprofile_is_privileged(m) || alternate;

    /* For unprivileged code the MPU answers about the other state alone. */
    if (may_ask) {
        if (p.region >= 0) {
            answer |= TT_MRVALID | (uint32_t)p.region;
        }
        answer |= (p.rights & WINDOW_R) != 0 ? TT_R : 0;
        answer |= (p.rights & WINDOW_W) != 0 ? TT_RW : 0;
    }
    if (secure) {
        struct mprofile_attribution a =
            mprofile_attribution(m, address, true, &extent);

        if (a.sau_region >= 0) {
            answer |= TT_SRVALID | (uint32_t)a.sau_region << 8;
        }
        if (a.idau_region >= 0) {
            answer |= TT_IRVALID | (uint32_t)a.idau_region << 24;
        }
        if (a.non_secure) {
            answer |= (answer & TT_R) != 0 ? TT_NSR : 0;
            answer |= (answer & TT_RW) != 0 ? TT_NSRW : 0;
        } else {
            answer |= TT_S;
        }
    }
    cpu->r[op->d] = answer;
    return VCPU_NEXT;
}
