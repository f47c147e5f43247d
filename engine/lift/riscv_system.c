/* SPDX-License-Identifier: Apache-2.0 */
/* Zicsr and the privileged instructions: their lifters and the helpers that
 * these call. */
#include "engine/lift/riscv.h"
#include "engine/riscv/omissions.h"
#include "engine/riscv/riscv.h"

/* ---- Helpers ------------------------------------------------------------- */

static enum vcpu_outcome illegal(struct vcpu *cpu, const struct ir_op *op)
{
    riscv_trap(riscv_of(cpu), RISCV_ILLEGAL_INSTRUCTION, (uint32_t)op->high);
    return VCPU_TRAPPED;
}

static enum vcpu_outcome ecall(struct vcpu *cpu, const struct ir_op *op)
{
    struct riscv *hart = riscv_of(cpu);

    riscv_trap(
        hart,
        hart->state.privilege == RISCV_USER ? RISCV_ECALL_U : RISCV_ECALL_M, 0);
    return VCPU_TRAPPED;
}

static enum vcpu_outcome ebreak(struct vcpu *cpu, const struct ir_op *op)
{
    struct riscv *hart = riscv_of(cpu);
    uint32_t pc = (uint32_t)hart->state.x[IR_PC];

    if (cpu->core.catch_ebreak) {
        cpu->core.stop_address = gva(pc);
        cpu->stop = CORE_STOP_EBREAK;
        cpu->stopping = true;
        return VCPU_TRAPPED;
    }
    /* mtval may be the address or 0 (priv 3.1.16). */
    riscv_trap(hart, RISCV_BREAKPOINT, hart->veer ? pc : 0);
    if (hart->veer) {
        RISCV_CSR(hart, mscause) = 2;
    }
    return VCPU_TRAPPED;
}

/* Priv 3.1.6.1. */
static enum vcpu_outcome mret(struct vcpu *cpu, const struct ir_op *op)
{
    struct riscv *hart = riscv_of(cpu);
    uint32_t mstatus = RISCV_CSR(hart, mstatus);
    uint32_t mpp = (mstatus & MSTATUS_MPP) >> 11;

    if (hart->state.privilege != RISCV_MACHINE) {
        return illegal(cpu, op);
    }
    mstatus &= ~(uint32_t)MSTATUS_MIE;
    mstatus |= (mstatus & MSTATUS_MPIE) >> 4;
    mstatus |= MSTATUS_MPIE;
    if (cpu->core.config.riscv.user_mode) {
        mstatus &= ~(uint32_t)MSTATUS_MPP;
    }
    if (mpp != RISCV_MACHINE) {
        mstatus &= ~(uint32_t)MSTATUS_MPRV;
    }
    RISCV_CSR(hart, mstatus) = mstatus;
    if (hart->ibex) {
        riscv_ibex_returned(hart);
    }
    riscv_set_privilege(hart, mpp);
    hart->state.x[IR_PC] = RISCV_CSR(hart, mepc);
    return VCPU_JUMPED;
}

static enum vcpu_outcome wfi(struct vcpu *cpu, const struct ir_op *op)
{
    struct riscv *hart = riscv_of(cpu);

    if (hart->state.privilege == RISCV_USER &&
        (RISCV_CSR(hart, mstatus) & MSTATUS_TW) != 0) {
        return illegal(cpu, op);
    }
    cpu->core.power = CORE_WAITING;
    riscv_wake(hart);
    return VCPU_NEXT;
}

enum csr_operation { CSR_WRITE = 1, CSR_SET = 2, CSR_CLEAR = 3 };

/* The argument packs what an operation record has no room for. */
enum { CSR_IMMEDIATE = 1 << 12, CSR_WRITES = 1 << 13, CSR_OPERATION = 14 };

static uint32_t new_value(unsigned operation, uint32_t old, uint32_t operand)
{
    switch (operation) {
    case CSR_SET:
        return old | operand;
    case CSR_CLEAR:
        return old & ~operand;
    default:
        return operand;
    }
}

static uint32_t encoding_at_pc(struct vcpu *cpu)
{
    uint64_t pc = cpu->r[IR_PC];
    uint32_t bytes = 0;

    space_copy_out(cpu->core.config.space, NULL, gpa(pc), &bytes, 4, NULL);
    return bytes;
}

static enum vcpu_outcome csr(struct vcpu *cpu, const struct ir_op *op)
{
    struct riscv *hart = riscv_of(cpu);
    unsigned number = (unsigned)op->high & 0xfff;
    bool writes = (op->high & CSR_WRITES) != 0;
    uint32_t operand =
        (op->high & CSR_IMMEDIATE) != 0 ? op->a : (uint32_t)cpu->r[op->a];
    int row = riscv_csr_find(number);
    uint32_t old = 0;

    if (row < 0 || !riscv_csr_accessible(hart, number, writes) ||
        !riscv_csr_read(hart, (unsigned)row, &old)) {
        riscv_trap(hart, RISCV_ILLEGAL_INSTRUCTION, encoding_at_pc(cpu));
        return VCPU_TRAPPED;
    }
    if (writes) {
        uint32_t value =
            new_value((unsigned)op->high >> CSR_OPERATION, old, operand);

        riscv_csr_write(hart, (unsigned)row, value);
        riscv_tell_omitted(hart, (unsigned)row, value);
    }
    cpu->r[op->d] = old;
    return VCPU_NEXT;
}

static enum vcpu_outcome sync(struct vcpu *cpu, const struct ir_op *op)
{
    return VCPU_NEXT;
}

vcpu_helper *const riscv_helpers[] = {
    [RISCV_HELPER_ILLEGAL] = illegal, [RISCV_HELPER_ECALL] = ecall,
    [RISCV_HELPER_EBREAK] = ebreak,   [RISCV_HELPER_MRET] = mret,
    [RISCV_HELPER_WFI] = wfi,         [RISCV_HELPER_CSR] = csr,
    [RISCV_HELPER_SYNC] = sync,
};

/* ---- Lifters ------------------------------------------------------------- */

static void privileged(struct riscv_lift *lift, enum riscv_helper helper)
{
    riscv_call_helper(lift, helper, 0, 0, (int32_t)lift->insn->encoding);
}

LIFT(ECALL, privileged(lift, RISCV_HELPER_ECALL))
LIFT(EBREAK, privileged(lift, RISCV_HELPER_EBREAK))
LIFT(MRET, privileged(lift, RISCV_HELPER_MRET))
LIFT(WFI, privileged(lift, RISCV_HELPER_WFI))

/* Set and clear with x0 or 0 do not write (unpriv 9.1). */
static void access_csr(struct riscv_lift *lift, enum csr_operation operation,
                       bool immediate)
{
    const struct riscv_insn *insn = lift->insn;
    bool writes = operation == CSR_WRITE || insn->rs1 != 0;
    int32_t argument = insn->csr | (int32_t)operation << CSR_OPERATION |
                       (immediate ? CSR_IMMEDIATE : 0) |
                       (writes ? CSR_WRITES : 0);

    riscv_call_helper(lift, RISCV_HELPER_CSR, insn->rs1, 0, argument);
}

LIFT(CSRRW, access_csr(lift, CSR_WRITE, false))
LIFT(CSRRS, access_csr(lift, CSR_SET, false))
LIFT(CSRRC, access_csr(lift, CSR_CLEAR, false))
LIFT(CSRRWI, access_csr(lift, CSR_WRITE, true))
LIFT(CSRRSI, access_csr(lift, CSR_SET, true))
LIFT(CSRRCI, access_csr(lift, CSR_CLEAR, true))
