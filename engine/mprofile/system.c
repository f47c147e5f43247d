/* SPDX-License-Identifier: Apache-2.0 */
/* Modes, special registers, waiting, exclusives, and the other helpers of
 * lifters that are not of the Security Extension or FP. */
#include "engine/mprofile/mprofile.h"

#include "engine/memory.h"

/* ---- Modes --------------------------------------------------------------- */

bool mprofile_is_privileged(const struct mprofile *m)
{
    return mprofile_is_handler(m) ||
           (m->state.control[m->state.secure] & CONTROL_NPRIV) == 0;
}

uint32_t *mprofile_sp_home(struct mprofile *m, unsigned bank, bool handler)
{
    return !handler && (m->state.control[bank] & CONTROL_SPSEL) != 0
               ? &m->state.psp[bank]
               : &m->state.msp[bank];
}

static uint32_t *current_sp(struct mprofile *m)
{
    return mprofile_sp_home(m, m->state.secure, mprofile_is_handler(m));
}

void mprofile_put_sp(struct mprofile *m)
{
    *current_sp(m) = (uint32_t)m->state.x[MPROFILE_SP];
}

void mprofile_get_sp(struct mprofile *m)
{
    m->state.x[MPROFILE_SP] = *current_sp(m) & ~3u;
}

/* DDI 0553 B3.7: with STKOFHFNMIGN none holds at negative priority. */
uint32_t mprofile_stack_limit(const struct mprofile *m)
{
    const struct mprofile_state *state = &m->state;
    unsigned bank = state->secure;
    bool process =
        !mprofile_is_handler(m) && (state->control[bank] & CONTROL_SPSEL) != 0;

    if (!mprofile_has_stack_limits(m) ||
        ((state->ccr[bank] & CCR_STKOFHFNMIGN) != 0 &&
         mprofile_execution_priority((struct mprofile *)m) < 0)) {
        return 0;
    }
    return process ? state->psplim[bank] : state->msplim[bank];
}

void mprofile_update_contexts(struct mprofile *m)
{
    unsigned context = mprofile_context(m, m->state.secure == SECURE,
                                        mprofile_is_privileged(m));

    m->vcpu.data_context = context;
    m->vcpu.fetch_context = context;
    m->vcpu.data_level = context;
}

enum { APSR_MASK = (int)0xf8000000, GE_SHIFT = 16, EPSR_T = 1 << 24 };

static uint32_t apsr(const struct mprofile *m)
{
    const uint64_t *x = m->state.x;

    return (uint32_t)(x[IR_NZCV] << 28 | x[T32_Q] << 27 |
                      x[T32_GE] << GE_SHIFT);
}

static uint32_t epsr(const struct mprofile *m)
{
    uint32_t it = (uint32_t)m->state.x[T32_IT];

    return (m->state.not_thumb != 0 ? 0 : (uint32_t)EPSR_T) | (it & 3) << 25 |
           (it & 0xfc) << 8;
}

uint32_t mprofile_xpsr(const struct mprofile *m)
{
    uint32_t sfpa = m->state.secure == SECURE &&
                            (m->state.control[SECURE] & CONTROL_SFPA) != 0
                        ? BIT(20)
                        : 0;

    return apsr(m) | epsr(m) | m->state.exception | sfpa;
}

void mprofile_set_apsr(struct mprofile *m, uint32_t value)
{
    m->state.x[IR_NZCV] = value >> 28;
    m->state.x[T32_Q] = value >> 27 & 1;
    if (mprofile_has(m, MPROFILE_DSP)) {
        m->state.x[T32_GE] = value >> GE_SHIFT & 15;
    }
}

void mprofile_advance_it(struct mprofile *m)
{
    uint64_t it = m->state.x[T32_IT];

    m->state.x[T32_IT] = (it & 7) == 0 ? 0 : (it & 0xe0) | (it << 1 & 0x1f);
}

/* The instruction at hand is done, and whatever it changed may matter at
 * the next. */
static enum vcpu_outcome finish(struct mprofile *m)
{
    mprofile_advance_it(m);
    m->vcpu.attention = true;
    return VCPU_NEXT;
}

/* ---- Exceptions by instructions ------------------------------------------ */

static enum vcpu_outcome undefined(struct vcpu *cpu, const struct ir_op *op)
{
    (void)op;
    return mprofile_usage_fault(mprofile_of(cpu), UFSR_UNDEFINSTR);
}

static enum vcpu_outcome no_coprocessor(struct vcpu *cpu,
                                        const struct ir_op *op)
{
    struct mprofile *m = mprofile_of(cpu);

    (void)op;
    return mprofile_no_coprocessor(m, m->state.secure);
}

/* Retires, and the return address is behind it. */
static enum vcpu_outcome svc(struct vcpu *cpu, const struct ir_op *op)
{
    struct mprofile *m = mprofile_of(cpu);
    uint64_t at = cpu->r[IR_PC];
    uint64_t it = cpu->r[T32_IT];

    (void)op;
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

static bool ask_host(struct mprofile *m)
{
    const struct core_mprofile_config *config = &m->vcpu.core.config.mprofile;
    uint64_t x[8] = {m->state.x[0], m->state.x[1]};

    if (!config->semihosting || config->firmware == NULL ||
        !config->firmware(config->firmware_context, &m->vcpu.core,
                          CORE_CALL_SEMIHOSTING, x)) {
        return false;
    }
    m->state.x[0] = (uint32_t)x[0];
    return true;
}

static enum vcpu_outcome bkpt(struct vcpu *cpu, const struct ir_op *op)
{
    enum { DFSR_BKPT = 2 };
    struct mprofile *m = mprofile_of(cpu);

    if (op->high == SEMIHOSTING && ask_host(m)) {
        return finish(m);
    }
    if (cpu->core.catch_ebreak) {
        cpu->core.stop_address = gva(cpu->r[IR_PC]);
        cpu->stop = CORE_STOP_EBREAK;
        cpu->stopping = true;
        return VCPU_TRAPPED;
    }
    m->state.dfsr |= DFSR_BKPT;
    unsigned bank = mprofile_target(m, EXCEPTION_DEBUG_MONITOR);
    if ((m->state.system_enabled[bank] >> EXCEPTION_DEBUG_MONITOR & 1) != 0 &&
        mprofile_priority(m, EXCEPTION_DEBUG_MONITOR, bank) <
            mprofile_execution_priority(m)) {
        return mprofile_raise(m, EXCEPTION_DEBUG_MONITOR, bank, "");
    }
    m->state.hfsr |= HFSR_DEBUGEVT;
    return mprofile_raise(m, EXCEPTION_HARD_FAULT, m->state.secure,
                          "BKPT with no debugger");
}

/* ---- Special registers --------------------------------------------------- */

enum sysm {
    SYSM_PSR_LAST = 7,
    SYSM_MSP = 8,
    SYSM_PSP = 9,
    SYSM_MSPLIM = 10,
    SYSM_PSPLIM = 11,
    SYSM_PRIMASK = 16,
    SYSM_BASEPRI = 17,
    SYSM_BASEPRI_MAX = 18,
    SYSM_FAULTMASK = 19,
    SYSM_CONTROL = 20,
    SYSM_SP = 24, /* SP_NS alone */
    SYSM_NS = 0x80,
};

/* Where a register of stack pointers, limits and masks is kept; NULL: not
 * there. */
static uint32_t *special(struct mprofile *m, unsigned sysm, unsigned bank)
{
    struct mprofile_state *state = &m->state;
    bool main = mprofile_has(m, MPROFILE_V7M);

    switch (sysm) {
    case SYSM_MSP:
        return &state->msp[bank];
    case SYSM_PSP:
        return &state->psp[bank];
    case SYSM_MSPLIM:
        return mprofile_has_stack_limits(m) ? &state->msplim[bank] : NULL;
    case SYSM_PSPLIM:
        return mprofile_has_stack_limits(m) ? &state->psplim[bank] : NULL;
    case SYSM_PRIMASK:
        return &state->primask[bank];
    case SYSM_BASEPRI:
    case SYSM_BASEPRI_MAX:
        return main ? &state->basepri[bank] : NULL;
    case SYSM_FAULTMASK:
        return main ? &state->faultmask[bank] : NULL;
    case SYSM_CONTROL:
        return &state->control[bank];
    default:
        return NULL;
    }
}

/* Whose register it is; BANKS: none's that may be seen. */
static unsigned bank_of(const struct mprofile *m, unsigned *sysm)
{
    if ((*sysm & SYSM_NS) == 0) {
        return m->state.secure;
    }
    *sysm &= ~(unsigned)SYSM_NS;
    return mprofile_has(m, MPROFILE_SECURITY) && m->state.secure == SECURE
               ? NON_SECURE
               : BANKS;
}

static uint32_t read_psr(const struct mprofile *m, unsigned sysm)
{
    uint32_t value = (sysm & 4) == 0 ? apsr(m) : 0;

    /* EPSR reads as 0. */
    if ((sysm & 1) != 0 && mprofile_is_privileged(m)) {
        value |= m->state.exception;
    }
    return value;
}

static uint32_t read_control(const struct mprofile *m, unsigned bank)
{
    uint32_t value = m->state.control[bank] & (CONTROL_NPRIV | CONTROL_SPSEL);

    value |= m->state.control[NON_SECURE] & CONTROL_FPCA;
    if (bank == SECURE) {
        value |= m->state.control[SECURE] & CONTROL_SFPA;
    }
    return value;
}

static uint32_t read_special(struct mprofile *m, unsigned sysm)
{
    unsigned bank = bank_of(m, &sysm);

    if (sysm <= SYSM_PSR_LAST) {
        return read_psr(m, sysm);
    }
    if (bank == BANKS) {
        return 0;
    }
    if (sysm == SYSM_CONTROL) {
        return read_control(m, bank);
    }
    if (!mprofile_is_privileged(m)) {
        return 0;
    }
    if (sysm == SYSM_SP) {
        return *mprofile_sp_home(m, bank, mprofile_is_handler(m));
    }
    const uint32_t *word = special(m, sysm, bank);

    return word == NULL ? 0 : *word;
}

static enum vcpu_outcome mrs(struct vcpu *cpu, const struct ir_op *op)
{
    struct mprofile *m = mprofile_of(cpu);

    mprofile_put_sp(m);
    cpu->r[op->d] = read_special(m, (unsigned)op->high & 0xff);
    return VCPU_NEXT;
}

static void write_control(struct mprofile *m, unsigned bank, uint32_t value)
{
    struct mprofile_state *state = &m->state;
    uint32_t mask = CONTROL_NPRIV;

    if (!mprofile_has(m, MPROFILE_V7M) && m->model->mpu_regions == 0) {
        mask = 0; /* Armv6-M without the unprivileged extension */
    }
    if (!mprofile_is_handler(m) || mprofile_has(m, MPROFILE_V8M)) {
        mask |= CONTROL_SPSEL;
    }
    state->control[bank] = (state->control[bank] & ~mask) | (value & mask);
    if (mprofile_has(m, MPROFILE_FP)) {
        state->control[NON_SECURE] &= ~(uint32_t)CONTROL_FPCA;
        state->control[NON_SECURE] |= value & CONTROL_FPCA;
    }
    if (bank == SECURE && state->secure == SECURE) {
        state->control[SECURE] &= ~(uint32_t)CONTROL_SFPA;
        state->control[SECURE] |= value & CONTROL_SFPA;
    }
}

static uint32_t basepri_mask(const struct mprofile *m)
{
    uint32_t bits = m->vcpu.core.config.mprofile.priority_bits;

    return 0xffu << (8 - (bits != 0 ? bits : m->model->priority_bits)) & 0xff;
}

static void write_mask(struct mprofile *m, unsigned sysm, unsigned bank,
                       uint32_t value)
{
    struct mprofile_state *state = &m->state;
    uint32_t priority = value & basepri_mask(m);

    switch (sysm) {
    case SYSM_PRIMASK:
        state->primask[bank] = value & 1;
        break;
    case SYSM_BASEPRI:
        state->basepri[bank] = priority;
        break;
    case SYSM_BASEPRI_MAX:
        if (priority != 0 &&
            (state->basepri[bank] == 0 || priority < state->basepri[bank])) {
            state->basepri[bank] = priority;
        }
        break;
    default: /* FAULTMASK: not at the priority of NMI and HardFault */
        if ((value & 1) == 0 || mprofile_execution_priority(m) > -1) {
            state->faultmask[bank] = value & 1;
        }
    }
}

static void write_special(struct mprofile *m, unsigned sysm, uint32_t value)
{
    unsigned bank = bank_of(m, &sysm);

    if (bank == BANKS || !mprofile_is_privileged(m)) {
        return;
    }
    if (sysm == SYSM_SP) {
        *mprofile_sp_home(m, bank, mprofile_is_handler(m)) = value & ~3u;
        return;
    }
    uint32_t *word = special(m, sysm, bank);

    if (word == NULL) {
        return;
    }
    if (sysm == SYSM_CONTROL) {
        write_control(m, bank, value);
    } else if (sysm >= SYSM_PRIMASK) {
        write_mask(m, sysm, bank, value);
    } else {
        *word = sysm >= SYSM_MSPLIM ? value & ~7u : value & ~3u;
    }
}

/* Whether SP may become this, by the register that MSR writes. */
static bool is_within_limit(struct mprofile *m, unsigned sysm, uint32_t value)
{
    unsigned bank = bank_of(m, &sysm);
    const struct mprofile_state *state = &m->state;

    if (bank == BANKS || !mprofile_has_stack_limits(m) ||
        !mprofile_is_privileged(m)) {
        return true;
    }
    if (sysm == SYSM_SP) {
        bool process = mprofile_sp_home(m, bank, mprofile_is_handler(m)) ==
                       &state->psp[bank];

        return value >= (process ? state->psplim : state->msplim)[bank];
    }
    return true;
}

static enum vcpu_outcome msr(struct vcpu *cpu, const struct ir_op *op)
{
    struct mprofile *m = mprofile_of(cpu);
    unsigned sysm = (unsigned)op->high & 0xff;
    unsigned mask = (unsigned)op->high >> 8 & 0xf;
    uint32_t value = (uint32_t)cpu->r[op->a];

    if (sysm <= SYSM_PSR_LAST) {
        if ((sysm & 4) == 0 && (mask & 8) != 0) {
            m->state.x[IR_NZCV] = value >> 28;
            m->state.x[T32_Q] = value >> 27 & 1;
        }
        if ((sysm & 4) == 0 && (mask & 4) != 0 &&
            mprofile_has(m, MPROFILE_DSP)) {
            m->state.x[T32_GE] = value >> GE_SHIFT & 15;
        }
        return finish(m);
    }
    if (!is_within_limit(m, sysm, value)) {
        return mprofile_usage_fault(m, UFSR_STKOF);
    }
    mprofile_put_sp(m);
    write_special(m, sysm, value);
    mprofile_get_sp(m);
    mprofile_nvic_changed(m);
    mprofile_update_contexts(m);
    return finish(m);
}

static enum vcpu_outcome cps(struct vcpu *cpu, const struct ir_op *op)
{
    struct mprofile *m = mprofile_of(cpu);
    unsigned bank = m->state.secure;
    uint32_t value = (unsigned)op->high >> 4 & 1;

    if (mprofile_is_privileged(m)) {
        if ((op->high & 2) != 0) {
            write_mask(m, SYSM_PRIMASK, bank, value);
        }
        if ((op->high & 1) != 0 && mprofile_has(m, MPROFILE_V7M)) {
            write_mask(m, SYSM_FAULTMASK, bank, value);
        }
        mprofile_nvic_changed(m);
        mprofile_update_contexts(m);
    }
    return finish(m);
}

/* ---- Waiting ------------------------------------------------------------- */

static enum vcpu_outcome wfi(struct vcpu *cpu, const struct ir_op *op)
{
    struct mprofile *m = mprofile_of(cpu);

    (void)op;
    m->state.waits_for_event = 0;
    if (!mprofile_wakes(m)) {
        cpu->core.power = CORE_WAITING;
    }
    return finish(m);
}

static enum vcpu_outcome wfe(struct vcpu *cpu, const struct ir_op *op)
{
    struct mprofile *m = mprofile_of(cpu);

    (void)op;
    if (m->state.event != 0) {
        m->state.event = 0;
    } else {
        m->state.waits_for_event = 1;
        cpu->core.power = CORE_WAITING;
    }
    return finish(m);
}

static enum vcpu_outcome sev(struct vcpu *cpu, const struct ir_op *op)
{
    (void)op;
    mprofile_of(cpu)->state.event = 1;
    return VCPU_NEXT;
}

static enum vcpu_outcome sync(struct vcpu *cpu, const struct ir_op *op)
{
    (void)op;
    return finish(mprofile_of(cpu));
}

/* ---- Exclusive and unprivileged accesses --------------------------------- */

static enum vcpu_outcome clrex(struct vcpu *cpu, const struct ir_op *op)
{
    (void)op;
    mprofile_of(cpu)->state.exclusive = 0;
    return VCPU_NEXT;
}

/* The instruction after it has not yet begun when an access fails: pc is its
 * own. */
static enum vcpu_outcome unaligned(struct mprofile *m)
{
    return mprofile_usage_fault(m, UFSR_UNALIGNED);
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
    cpu->r[op->d] = value[0];
    return VCPU_NEXT;
}

static enum vcpu_outcome store_exclusive(struct vcpu *cpu,
                                         const struct ir_op *op)
{
    struct mprofile *m = mprofile_of(cpu);
    uint32_t address = (uint32_t)cpu->r[op->a];
    unsigned size = (unsigned)op->high;
    const uint64_t value[2] = {cpu->r[op->b]};
    bool passes = m->state.exclusive != 0 &&
                  m->state.exclusive_address == address &&
                  m->state.exclusive_size == size;

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
    [T32_HELPER_NOCP] = no_coprocessor,
    [T32_HELPER_SVC] = svc,
    [T32_HELPER_BKPT] = bkpt,
    [T32_HELPER_EXCHANGE] = mprofile_exchange,
    [T32_HELPER_EXCHANGE_LINK] = mprofile_exchange_link,
    [T32_HELPER_BXNS] = mprofile_bxns,
    [T32_HELPER_BLXNS] = mprofile_blxns,
    [T32_HELPER_SG] = mprofile_sg,
    [T32_HELPER_TT] = mprofile_tt,
    [T32_HELPER_MSR] = msr,
    [T32_HELPER_MRS] = mrs,
    [T32_HELPER_CPS] = cps,
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
