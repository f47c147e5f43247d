/* SPDX-License-Identifier: Apache-2.0 */
/* Helpers of lifters that are not of special registers, the Security Extension
 * or FP: exceptions, waiting, exclusives. */
#include "engine/mprofile/modes.h"

#include "engine/memory.h"

/* ---- Exceptions by instructions ------------------------------------------ */

static enum vcpu_outcome undefined(struct vcpu *cpu, const struct ir_op *op)
{
    return mprofile_usage_fault(mprofile_of(cpu), UFSR_UNDEFINSTR);
}

/* Retires, and the return address is behind it. */
static enum vcpu_outcome svc(struct vcpu *cpu, const struct ir_op *op)
{
    struct mprofile *m = mprofile_of(cpu);
    uint64_t at = cpu->r[IR_PC];
    uint64_t it = cpu->r[T32_IT];

    cpu->r[IR_PC] = (uint32_t)(at + 2);
    mprofile_advance_it(m);
    mprofile_raise(m, EXCEPTION_SVCALL, m->state.secure,
                   "SVC where SVCall cannot be taken");
    if (m->state.locked_up != 0) {
        cpu->r[IR_PC] = at;
        cpu->r[T32_IT] = it;
        return VCPU_TRAPPED;
    }
    return VCPU_JUMPED;
}

enum { SEMIHOSTING = 0xab };

static enum core_answer ask_host(struct mprofile *m)
{
    const struct core_mprofile_config *config = &m->vcpu.core.config.mprofile;
    uint64_t x[8] = {m->state.x[0], m->state.x[1]};

    if (!config->semihosting || config->firmware == NULL) {
        return CORE_UNANSWERED;
    }
    enum core_answer answer = config->firmware(
        config->firmware_context, &m->vcpu.core, CORE_CALL_SEMIHOSTING, x);
    if (answer == CORE_ANSWERED) {
        m->state.x[0] = (uint32_t)x[0];
    }
    return answer;
}

static enum vcpu_outcome bkpt(struct vcpu *cpu, const struct ir_op *op)
{
    struct mprofile *m = mprofile_of(cpu);

    if (op->high == SEMIHOSTING) {
        enum core_answer answer = ask_host(m);

        if (answer != CORE_UNANSWERED) {
            return answer == CORE_ANSWERED ? mprofile_finish(m) : VCPU_JUMPED;
        }
    }
    if (cpu->core.catch_ebreak) {
        cpu->core.stop_address = gva(cpu->r[IR_PC]);
        cpu->stop = CORE_STOP_EBREAK;
        cpu->stopping = true;
        return VCPU_TRAPPED;
    }
    if (mprofile_debug_event(m)) {
        return VCPU_TRAPPED;
    }
    m->state.dfsr |= DFSR_BKPT;
    m->state.hfsr |= HFSR_DEBUGEVT;
    return mprofile_raise(m, EXCEPTION_HARD_FAULT, m->state.secure,
                          "BKPT with no debugger");
}

/* ---- Waiting ------------------------------------------------------------- */

static enum vcpu_outcome wfi(struct vcpu *cpu, const struct ir_op *op)
{
    struct mprofile *m = mprofile_of(cpu);

    m->state.waits = CORE_WAIT_INTERRUPT;
    if (!mprofile_wakes(m)) {
        cpu->core.power = CORE_WAITING;
    }
    return mprofile_finish(m);
}

static enum vcpu_outcome wfe(struct vcpu *cpu, const struct ir_op *op)
{
    struct mprofile *m = mprofile_of(cpu);

    if (m->state.event != 0) {
        m->state.event = 0;
    } else {
        m->state.waits = CORE_WAIT_EVENT;
        cpu->core.power = CORE_WAITING;
    }
    return mprofile_finish(m);
}

/* Another core of its cluster, from `from` on: the same memory. NULL: no more.
 */
static struct mprofile *peer_of(const struct mprofile *m, struct mprofile *from)
{
    while (from != NULL && (from == m || from->vcpu.core.config.space !=
                                             m->vcpu.core.config.space)) {
        from = from->next_peer;
    }
    return from;
}

/* To all cores (DDI 0553 B3.23.4). */
static enum vcpu_outcome sev(struct vcpu *cpu, const struct ir_op *op)
{
    struct mprofile *m = mprofile_of(cpu);
    const struct fabric *fabric = cpu->core.config.fabric;
    struct mprofile *peer = peer_of(m, fabric->microcontrollers);

    m->state.event = 1;
    for (; peer != NULL; peer = peer_of(m, peer->next_peer)) {
        peer->state.event = 1;
        mprofile_wake(peer);
    }
    clock_rouse(&fabric->clock);
    return VCPU_NEXT;
}

static enum vcpu_outcome sync(struct vcpu *cpu, const struct ir_op *op)
{
    return mprofile_finish(mprofile_of(cpu));
}

/* ---- Exclusive and unprivileged accesses --------------------------------- */

static enum vcpu_outcome clrex(struct vcpu *cpu, const struct ir_op *op)
{
    mprofile_of(cpu)->state.exclusive = 0;
    return VCPU_NEXT;
}

/* The instruction after it has not yet begun when an access fails: pc is its
 * own. */
static enum vcpu_outcome unaligned(struct mprofile *m)
{
    return mprofile_usage_fault(m, UFSR_UNALIGNED);
}

/* Cores run in turn: while this count stays, no other one has stored. */
static uint64_t retired_by_peers(const struct mprofile *m)
{
    const struct fabric *fabric = m->vcpu.core.config.fabric;
    struct mprofile *peer = peer_of(m, fabric->microcontrollers);
    uint64_t sum = 0;

    for (; peer != NULL; peer = peer_of(m, peer->next_peer)) {
        sum += peer->vcpu.core.retired;
    }
    return sum;
}

static enum vcpu_outcome load_exclusive(struct vcpu *cpu,
                                        const struct ir_op *op)
{
    struct mprofile *m = mprofile_of(cpu);
    uint32_t address = (uint32_t)cpu->r[op->a];
    unsigned size = (unsigned)op->high;
    uint64_t value[2];

    if ((address & (size - 1)) != 0) {
        return unaligned(m);
    }
    if (!vcpu_load(cpu, address, size, value)) {
        return VCPU_TRAPPED;
    }
    m->state.exclusive = 1;
    m->state.exclusive_address = address;
    m->state.exclusive_size = size;
    m->state.exclusive_peers = retired_by_peers(m);
    cpu->r[op->d] = value[0];
    return VCPU_NEXT;
}

/* DDI 0553 B8.2: what another core stores opens the monitor, and other events
 * may do so. Here it opens whenever another core has run. */
static enum vcpu_outcome store_exclusive(struct vcpu *cpu,
                                         const struct ir_op *op)
{
    struct mprofile *m = mprofile_of(cpu);
    uint32_t address = (uint32_t)cpu->r[op->a];
    unsigned size = (unsigned)op->high;
    const uint64_t value[2] = {cpu->r[op->b]};
    bool passes = m->state.exclusive != 0 &&
                  m->state.exclusive_address == address &&
                  m->state.exclusive_size == size &&
                  m->state.exclusive_peers == retired_by_peers(m);

    if ((address & (size - 1)) != 0) {
        return unaligned(m);
    }
    m->state.exclusive = 0;
    if (passes && !vcpu_store(cpu, address, size, value)) {
        return VCPU_TRAPPED;
    }
    cpu->r[op->d] = passes ? 0 : 1;
    return VCPU_NEXT;
}

static uint32_t extend(uint64_t value, unsigned size)
{
    return size == 1 ? (uint32_t)(int8_t)value : (uint32_t)(int16_t)value;
}

/* LDRT and STRT are accesses of unprivileged code. */
static unsigned unprivileged_context(struct mprofile *m)
{
    return mprofile_context(m, m->state.secure == SECURE, false);
}

static enum vcpu_outcome load_unprivileged(struct vcpu *cpu,
                                           const struct ir_op *op)
{
    unsigned context = unprivileged_context(mprofile_of(cpu));
    unsigned size = (unsigned)op->high & 0xff;
    uint64_t value[2];

    if (!vcpu_load_as(cpu, context, context, (uint32_t)cpu->r[op->a], size,
                      value)) {
        return VCPU_TRAPPED;
    }
    cpu->r[op->d] =
        (op->high >> 8) != 0 ? extend(value[0], size) : (uint32_t)value[0];
    return VCPU_NEXT;
}

static enum vcpu_outcome store_unprivileged(struct vcpu *cpu,
                                            const struct ir_op *op)
{
    unsigned context = unprivileged_context(mprofile_of(cpu));
    const uint64_t value[2] = {cpu->r[op->b]};

    return vcpu_store_as(cpu, context, context, (uint32_t)cpu->r[op->a],
                         (unsigned)op->high & 0xff, value)
               ? VCPU_NEXT
               : VCPU_TRAPPED;
}

static enum vcpu_outcome aligned(struct vcpu *cpu, const struct ir_op *op)
{
    return (cpu->r[op->a] & ((uint32_t)op->high - 1)) == 0
               ? VCPU_NEXT
               : unaligned(mprofile_of(cpu));
}

static enum vcpu_outcome divide(struct vcpu *cpu, const struct ir_op *op)
{
    struct mprofile *m = mprofile_of(cpu);

    return (uint32_t)cpu->r[op->b] != 0 ||
                   (m->state.ccr[m->state.secure] & CCR_DIV_0_TRP) == 0
               ? VCPU_NEXT
               : mprofile_usage_fault(m, UFSR_DIVBYZERO);
}

static enum vcpu_outcome stack_limit(struct vcpu *cpu, const struct ir_op *op)
{
    struct mprofile *m = mprofile_of(cpu);
    uint32_t sp = (uint32_t)cpu->r[op->a] + (uint32_t)op->high;

    return sp >= mprofile_stack_limit(m) ? VCPU_NEXT
                                         : mprofile_usage_fault(m, UFSR_STKOF);
}

static enum vcpu_outcome set_sp(struct vcpu *cpu, const struct ir_op *op)
{
    struct mprofile *m = mprofile_of(cpu);
    uint32_t sp = (uint32_t)cpu->r[op->a] & ~3u;

    if (sp < mprofile_stack_limit(m)) {
        return mprofile_usage_fault(m, UFSR_STKOF);
    }
    cpu->r[MPROFILE_SP] = sp;
    return VCPU_NEXT;
}

static enum vcpu_outcome vmrs(struct vcpu *cpu, const struct ir_op *op)
{
    cpu->r[op->d] = mprofile_of(cpu)->state.fpscr;
    return VCPU_NEXT;
}

static enum vcpu_outcome vmsr(struct vcpu *cpu, const struct ir_op *op)
{
    mprofile_of(cpu)->state.fpscr = (uint32_t)cpu->r[op->a] & 0xf7c0009f;
    return VCPU_NEXT;
}

vcpu_helper *const mprofile_helpers[T32_HELPERS] = {
    [T32_HELPER_UNDEFINED] = undefined,
    [T32_HELPER_NOCP] = mprofile_coprocessor,
    [T32_HELPER_SVC] = svc,
    [T32_HELPER_BKPT] = bkpt,
    [T32_HELPER_EXCHANGE] = mprofile_exchange,
    [T32_HELPER_EXCHANGE_LINK] = mprofile_exchange_link,
    [T32_HELPER_BXNS] = mprofile_bxns,
    [T32_HELPER_BLXNS] = mprofile_blxns,
    [T32_HELPER_SG] = mprofile_sg,
    [T32_HELPER_TT] = mprofile_tt,
    [T32_HELPER_MSR] = mprofile_msr,
    [T32_HELPER_SET_SPECIAL] = mprofile_set_special,
    [T32_HELPER_MRS] = mprofile_mrs,
    [T32_HELPER_CPS] = mprofile_cps,
    [T32_HELPER_WFI] = wfi,
    [T32_HELPER_WFE] = wfe,
    [T32_HELPER_SEV] = sev,
    [T32_HELPER_SYNC] = sync,
    [T32_HELPER_CLREX] = clrex,
    [T32_HELPER_LOAD_EXCLUSIVE] = load_exclusive,
    [T32_HELPER_STORE_EXCLUSIVE] = store_exclusive,
    [T32_HELPER_LOAD_UNPRIVILEGED] = load_unprivileged,
    [T32_HELPER_STORE_UNPRIVILEGED] = store_unprivileged,
    [T32_HELPER_ALIGNED] = aligned,
    [T32_HELPER_STACK_LIMIT] = stack_limit,
    [T32_HELPER_SET_SP] = set_sp,
    [T32_HELPER_DIVIDE] = divide,
    [T32_HELPER_FP_CHECK] = mprofile_fp_check,
    [T32_HELPER_VLLDM] = mprofile_vlldm,
    [T32_HELPER_VLSTM] = mprofile_vlstm,
    [T32_HELPER_VMRS] = vmrs,
    [T32_HELPER_VMSR] = vmsr,
    [T32_HELPER_DSP] = mprofile_dsp,
    [T32_HELPER_FP] = mprofile_fp,
};
