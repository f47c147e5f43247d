/* SPDX-License-Identifier: Apache-2.0 */
/* Special registers: MRS, MSR and CPS (DDI 0553 C2.4, D1.2). */
#include "engine/mprofile/modes.h"

/* Where a register of stack pointers, limits and masks is kept; NULL: not
 * there. */
static uint32_t *special(struct mprofile *m, unsigned sysm, unsigned bank)
{
    struct mprofile_state *state = &m->state;
    bool main = mprofile_has(m, T32_V7M);

    switch (sysm) {
    case T32_SYSM_MSP:
        return &state->msp[bank];
    case T32_SYSM_PSP:
        return &state->psp[bank];
    case T32_SYSM_MSPLIM:
        return mprofile_has_stack_limits(m) ? &state->msplim[bank] : NULL;
    case T32_SYSM_PSPLIM:
        return mprofile_has_stack_limits(m) ? &state->psplim[bank] : NULL;
    case T32_SYSM_PRIMASK:
        return &state->primask[bank];
    case T32_SYSM_BASEPRI:
    case T32_SYSM_BASEPRI_MAX:
        return main ? &state->basepri[bank] : NULL;
    case T32_SYSM_FAULTMASK:
        return main ? &state->faultmask[bank] : NULL;
    case T32_SYSM_CONTROL:
        return &state->control[bank];
    default:
        return NULL;
    }
}

/* Whose register it is; BANKS: none's that may be seen. */
static unsigned bank_of(const struct mprofile *m, unsigned *sysm)
{
    if ((*sysm & T32_SYSM_NS) == 0) {
        return m->state.secure;
    }
    *sysm &= ~(unsigned)T32_SYSM_NS;
    return mprofile_has(m, MPROFILE_SECURITY) && m->state.secure == SECURE
               ? NON_SECURE
               : BANKS;
}

static uint32_t read_psr(const struct mprofile *m, unsigned sysm)
{
    uint32_t value = (sysm & 4) == 0 ? mprofile_apsr(m) : 0;

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

    if (sysm <= T32_SYSM_PSR_LAST) {
        return read_psr(m, sysm);
    }
    if (bank == BANKS) {
        return 0;
    }
    if (sysm == T32_SYSM_CONTROL) {
        return read_control(m, bank);
    }
    if (!mprofile_is_privileged(m)) {
        return 0;
    }
    if (sysm == T32_SYSM_SP) {
        return *mprofile_sp_home(m, bank, mprofile_is_handler(m));
    }
    const uint32_t *word = special(m, sysm, bank);

    return word == NULL ? 0 : *word;
}

enum vcpu_outcome mprofile_mrs(struct vcpu *cpu, const struct ir_op *op)
{
    struct mprofile *m = mprofile_of(cpu);

    mprofile_put_sp(m);
    cpu->r[op->d] = read_special(m, (unsigned)op->high & 0xff);
    return VCPU_NEXT;
}

/* CONTROL.SFPA is for unprivileged code, too, of the Secure state alone. */
static void write_sfpa(struct mprofile *m, unsigned bank, uint32_t value)
{
    if (bank == SECURE && m->state.secure == SECURE &&
        mprofile_has(m, T32_FP_SP)) {
        m->state.control[SECURE] &= ~(uint32_t)CONTROL_SFPA;
        m->state.control[SECURE] |= value & CONTROL_SFPA;
    }
}

static void write_control(struct mprofile *m, unsigned bank, uint32_t value)
{
    struct mprofile_state *state = &m->state;
    uint32_t mask = CONTROL_NPRIV;

    if (!mprofile_has(m, T32_V7M) && m->mpu_regions == 0) {
        mask = 0; /* Armv6-M without the unprivileged extension */
    }
    if (!mprofile_is_handler(m) || mprofile_has(m, T32_V8M_BASE)) {
        mask |= CONTROL_SPSEL;
    }
    state->control[bank] = (state->control[bank] & ~mask) | (value & mask);
    if (mprofile_has(m, T32_FP_SP) && mprofile_stacks_fp_of(m, bank)) {
        state->control[NON_SECURE] &= ~(uint32_t)CONTROL_FPCA;
        state->control[NON_SECURE] |= value & CONTROL_FPCA;
    }
    write_sfpa(m, bank, value);
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
    case T32_SYSM_PRIMASK:
        state->primask[bank] = value & 1;
        break;
    case T32_SYSM_BASEPRI:
        state->basepri[bank] = priority;
        break;
    case T32_SYSM_BASEPRI_MAX:
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
    m->priority_stale = true;
}

static void write_special(struct mprofile *m, unsigned sysm, uint32_t value)
{
    unsigned bank = bank_of(m, &sysm);

    if (bank == BANKS) {
        return;
    }
    if (!mprofile_is_privileged(m)) {
        if (sysm == T32_SYSM_CONTROL) {
            write_sfpa(m, bank, value);
        }
        return;
    }
    if (sysm == T32_SYSM_SP) {
        *mprofile_sp_home(m, bank, mprofile_is_handler(m)) = value & ~3u;
        return;
    }
    uint32_t *word = special(m, sysm, bank);

    if (word == NULL) {
        return;
    }
    if (sysm == T32_SYSM_CONTROL) {
        write_control(m, bank, value);
    } else if (sysm >= T32_SYSM_PRIMASK) {
        write_mask(m, sysm, bank, value);
    } else {
        *word = sysm >= T32_SYSM_MSPLIM ? value & ~7u : value & ~3u;
    }
}

/* True if SP may become this, by the register that MSR writes. */
static bool is_within_limit(struct mprofile *m, unsigned sysm, uint32_t value)
{
    unsigned bank = bank_of(m, &sysm);
    const struct mprofile_state *state = &m->state;

    if (bank == BANKS || !mprofile_has_stack_limits(m) ||
        !mprofile_is_privileged(m)) {
        return true;
    }
    if (sysm == T32_SYSM_SP) {
        bool process = mprofile_sp_home(m, bank, mprofile_is_handler(m)) ==
                       &state->psp[bank];

        return value >= (process ? state->psplim : state->msplim)[bank];
    }
    return true;
}

/* At most SP changes, and whether an exception is taken. */
enum vcpu_outcome mprofile_set_special(struct vcpu *cpu, const struct ir_op *op)
{
    struct mprofile *m = mprofile_of(cpu);
    unsigned sysm = (unsigned)op->high;
    uint32_t value = (uint32_t)cpu->r[op->a];

    if (!is_within_limit(m, sysm, value)) {
        return mprofile_usage_fault(m, UFSR_STKOF);
    }
    mprofile_put_sp(m);
    write_special(m, sysm, value);
    mprofile_get_sp(m);
    cpu->attention = cpu->attention || mprofile_takes(m);
    return VCPU_NEXT;
}

enum { MSR_GE = 1, MSR_NZCVQ = 2 };

enum vcpu_outcome mprofile_msr(struct vcpu *cpu, const struct ir_op *op)
{
    struct mprofile *m = mprofile_of(cpu);
    unsigned sysm = (unsigned)op->high & 0xff;
    unsigned mask = (unsigned)op->high >> 8 & 3;
    uint32_t value = (uint32_t)cpu->r[op->a];

    if (sysm <= T32_SYSM_PSR_LAST) {
        if ((sysm & 4) == 0 && (mask & MSR_NZCVQ) != 0) {
            m->state.x[IR_NZCV] = value >> 28;
            m->state.x[T32_Q] = value >> 27 & 1;
        }
        if ((sysm & 4) == 0 && (mask & MSR_GE) != 0 &&
            mprofile_has(m, T32_V7EM)) {
            m->state.x[T32_GE] = value >> 16 & 15;
        }
        return mprofile_finish(m);
    }
    mprofile_put_sp(m);
    write_special(m, sysm, value);
    mprofile_get_sp(m);
    mprofile_nvic_changed(m);
    mprofile_update_contexts(m);
    return mprofile_finish(m);
}

enum vcpu_outcome mprofile_cps(struct vcpu *cpu, const struct ir_op *op)
{
    struct mprofile *m = mprofile_of(cpu);
    unsigned bank = m->state.secure;
    uint32_t value = (unsigned)op->high >> 4 & 1;

    if (mprofile_is_privileged(m)) {
        if ((op->high & 2) != 0) {
            write_mask(m, T32_SYSM_PRIMASK, bank, value);
        }
        if ((op->high & 1) != 0 && mprofile_has(m, T32_V7M)) {
            write_mask(m, T32_SYSM_FAULTMASK, bank, value);
        }
        mprofile_nvic_changed(m);
        mprofile_update_contexts(m);
    }
    return mprofile_finish(m);
}
