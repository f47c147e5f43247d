/* SPDX-License-Identifier: Apache-2.0 */
/* MRS, MSR and SYS: who may, what is trapped, and what the instructions for
 * caches, TLBs and address translation do (DDI 0487, C5 and D1.15). */
#include <string.h>

#include "base/bits.h"
#include "bus/gic_cpu.h"
#include "engine/aarch64/aarch64.h"
#include "engine/aarch64/parallel.h"
#include "engine/gate_inside.h"

/* Where an access ends: at a level's exception, or (0) done. */
enum { UNDEFINED = 4 };

static unsigned op0_of(uint32_t e)
{
    return e >> 14 & 3;
}
static unsigned op1_of(uint32_t e)
{
    return e >> 11 & 7;
}
static unsigned crn_of(uint32_t e)
{
    return e >> 7 & 15;
}
static unsigned crm_of(uint32_t e)
{
    return e >> 3 & 15;
}
static unsigned op2_of(uint32_t e)
{
    return e & 7;
}

static enum vcpu_outcome deny(struct aarch64 *pe, unsigned level, uint32_t e,
                              unsigned rt, bool read)
{
    if (level == UNDEFINED) {
        return aarch64_raise(pe, AARCH64_EC_UNKNOWN, 0);
    }
    uint32_t iss = op0_of(e) << 20 | op2_of(e) << 17 | op1_of(e) << 14 |
                   crn_of(e) << 10 | rt << 5 | crm_of(e) << 1 | (uint32_t)read;

    aarch64_take(pe, level, AARCH64_EC_SYSTEM, iss, pe->state.r[IR_PC]);
    return VCPU_TRAPPED;
}

/* A control of HCR_EL2 over EL1 and EL0; not over a host's EL0. */
static bool hcr_bit(const struct aarch64 *pe, unsigned bit)
{
    return pe->state.level < 2 && !aarch64_in_host(pe, pe->state.level) &&
           (aarch64_hcr(pe) >> bit & 1) != 0;
}

/* Traps of EL0 to EL1 go to EL2 with TGE. */
static unsigned user_trap(const struct aarch64 *pe)
{
    return (aarch64_hcr(pe) >> 27 & 1) != 0 ? 2 : 1;
}

/* SCTLR of EL0's regime. */
static bool user_control(const struct aarch64 *pe, unsigned bit)
{
    return (pe->state.sys[aarch64_sctlr(pe, 0)] >> bit & 1) != 0;
}

static bool between(int row, enum aarch64_register first,
                    enum aarch64_register last)
{
    return row >= (int)first && row <= (int)last;
}

static bool is_pmu(int row)
{
    return between(row, AARCH64_PMCR_EL0, AARCH64_PMCCFILTR_EL0);
}

/* What EL0 may not do though the table lets it. */
static unsigned user_check(const struct aarch64 *pe, int row, bool read)
{
    /* CNTHCTL_EL2 has these bits at the same places with E2H. */
    uint64_t control = aarch64_in_host(pe, 0) ? AARCH64_SYS(pe, CNTHCTL_EL2)
                                              : AARCH64_SYS(pe, CNTKCTL_EL1);
    bool allowed = true;

    if (row == AARCH64_CTR_EL0) {
        allowed = user_control(pe, 15);
    } else if (row == AARCH64_DAIF) {
        allowed = user_control(pe, 9);
    } else if (row == AARCH64_CNTPCT_EL0) {
        allowed = (control & 1) != 0;
    } else if (row == AARCH64_CNTVCT_EL0) {
        allowed = (control & 2) != 0;
    } else if (row == AARCH64_CNTFRQ_EL0) {
        allowed = (control & 3) != 0;
    } else if (between(row, AARCH64_CNTP_TVAL_EL0, AARCH64_CNTP_CVAL_EL0)) {
        allowed = (control >> 9 & 1) != 0;
    } else if (between(row, AARCH64_CNTV_TVAL_EL0, AARCH64_CNTV_CVAL_EL0)) {
        allowed = (control >> 8 & 1) != 0;
    } else if (is_pmu(row)) {
        allowed = aarch64_pmu_user_may(pe, row, read);
    } else if (between(row, AARCH64_MDCCSR_EL0, AARCH64_DBGDTRRX_EL0)) {
        allowed = (AARCH64_SYS(pe, MDSCR_EL1) >> 12 & 1) == 0;
    }
    return allowed ? 0 : user_trap(pe);
}

/* The registers of stage 1 that TVM and TRVM trap. */
static bool is_memory_control(int row)
{
    switch (row) {
    case AARCH64_SCTLR_EL1:
    case AARCH64_TTBR0_EL1:
    case AARCH64_TTBR1_EL1:
    case AARCH64_TCR_EL1:
    case AARCH64_ESR_EL1:
    case AARCH64_FAR_EL1:
    case AARCH64_AFSR0_EL1:
    case AARCH64_AFSR1_EL1:
    case AARCH64_MAIR_EL1:
    case AARCH64_AMAIR_EL1:
    case AARCH64_CONTEXTIDR_EL1:
        return true;
    default:
        return false;
    }
}

static bool is_key(int row)
{
    return between(row, AARCH64_APIAKeyLo_EL1, AARCH64_APGAKeyHi_EL1);
}

static bool is_limited_ordering(int row)
{
    return between(row, AARCH64_LORSA_EL1, AARCH64_LORID_EL1);
}

static bool is_error_record(int row)
{
    return between(row, AARCH64_ERRIDR_EL1, AARCH64_ERXMISC1_EL1);
}

/* Traps of EL1's access to the physical counter (0) and timer (1), at other
 * places with E2H; a host's EL0 has none. */
static bool counter_trapped(const struct aarch64 *pe, unsigned which)
{
    unsigned bit = aarch64_in_host(pe, 2) ? 10 + which : which;

    return !aarch64_in_host(pe, pe->state.level) &&
           (AARCH64_SYS(pe, CNTHCTL_EL2) >> bit & 1) == 0;
}

static bool hypervisor_wants(const struct aarch64 *pe, int row, bool read)
{
    uint64_t debug = AARCH64_SYS(pe, MDCR_EL2);

    if ((debug & 1 << 8) != 0 ||
        (aarch64_hcr(pe) >> 27 & 1) != 0) { /* TDE, TGE */
        debug |= 7 << 9;                    /* TDA, TDOSA, TDRA */
    }
    if (is_memory_control(row)) {
        return hcr_bit(pe, read ? 30 : 26);
    }
    if (row == AARCH64_REVIDR_EL1 || row == AARCH64_AIDR_EL1) {
        return hcr_bit(pe, 16);
    }
    if (between(row, AARCH64_CCSIDR_EL1, AARCH64_CLIDR_EL1) ||
        row == AARCH64_CSSELR_EL1 || row == AARCH64_CTR_EL0) {
        return hcr_bit(pe, 17);
    }
    if (row == AARCH64_ACTLR_EL1) {
        return hcr_bit(pe, 21);
    }
    if (row == AARCH64_CPACR_EL1) {
        return (AARCH64_SYS(pe, CPTR_EL2) >> 31 & 1) != 0;
    }
    if (row == AARCH64_CNTPCT_EL0) {
        return counter_trapped(pe, 0);
    }
    if (between(row, AARCH64_CNTP_TVAL_EL0, AARCH64_CNTP_CVAL_EL0)) {
        return counter_trapped(pe, 1);
    }
    if (is_limited_ordering(row)) {
        return hcr_bit(pe, 35);
    }
    if (is_error_record(row)) {
        return hcr_bit(pe, 36);
    }
    if (is_key(row)) {
        return !hcr_bit(pe, 40);
    }
    if (is_pmu(row)) {
        return (debug >> 6 & 1) != 0 ||
               (row == AARCH64_PMCR_EL0 && (debug >> 5 & 1) != 0);
    }
    if (between(row, AARCH64_OSLAR_EL1, AARCH64_DBGPRCR_EL1)) {
        return (debug >> 10 & 1) != 0;
    }
    return row >= 0 && op0_of(aarch64_registers[row].encoding) == 2 &&
           (debug >> (row == AARCH64_MDRAR_EL1 ? 11 : 9) & 1) != 0;
}

static bool monitor_wants(const struct aarch64 *pe, int row)
{
    uint64_t debug = AARCH64_SYS(pe, MDCR_EL3);

    if (row == AARCH64_CPACR_EL1 || row == AARCH64_CPTR_EL2) {
        return (AARCH64_SYS(pe, CPTR_EL3) >> 31 & 1) != 0;
    }
    if (is_pmu(row)) {
        return (debug >> 6 & 1) != 0;
    }
    if (between(row, AARCH64_CNTPS_TVAL_EL1, AARCH64_CNTPS_CVAL_EL1)) {
        return (AARCH64_SYS(pe, SCR_EL3) >> 11 & 1) == 0; /* ST */
    }
    if (is_limited_ordering(row)) {
        return (AARCH64_SYS(pe, SCR_EL3) >> 14 & 1) != 0;
    }
    if (is_error_record(row)) {
        return (AARCH64_SYS(pe, SCR_EL3) >> 15 & 1) != 0;
    }
    if (is_key(row)) {
        return (AARCH64_SYS(pe, SCR_EL3) >> 16 & 1) == 0;
    }
    if (between(row, AARCH64_OSLAR_EL1, AARCH64_DBGPRCR_EL1)) {
        return (debug >> 10 & 1) != 0;
    }
    return op0_of(aarch64_registers[row].encoding) == 2 &&
           (debug >> 9 & 1) != 0;
}

/* The level that an access goes to instead: 0 none, 4 undefined. */
static unsigned check(const struct aarch64 *pe, int row, bool read)
{
    const struct aarch64_register_spec *spec = &aarch64_registers[row];
    unsigned level = pe->state.level;
    unsigned needed = read ? spec->access.read : spec->access.write;
    unsigned highest = pe->has_el3 ? 3 : pe->has_el2 ? 2 : 1;

    if (needed == 5) { /* the highest level */
        needed = highest;
    }
    if (needed > 3 || level < needed ||
        !aarch64_has(pe, aarch64_register_feature((unsigned)row)) ||
        (is_limited_ordering(row) && !aarch64_non_secure(pe))) {
        return UNDEFINED;
    }
    if ((needed == 2 && !pe->has_el2 && level != 3) ||
        (needed == 3 && !pe->has_el3)) {
        return UNDEFINED;
    }
    if (between(row, AARCH64_RVBAR_EL1, AARCH64_RVBAR_EL3) &&
        row - (int)AARCH64_RVBAR_EL1 + 1 != (int)highest) {
        return UNDEFINED;
    }
    if (row == AARCH64_DSPSR_EL0 || row == AARCH64_DLR_EL0) {
        return UNDEFINED; /* outside of Debug state */
    }
    if (row == AARCH64_SP_EL0 + (int)level && pe->state.spsel == 0 &&
        level == 0) {
        return UNDEFINED;
    }
    if (row == AARCH64_SP_EL0 && pe->state.spsel == 0) {
        return UNDEFINED; /* it is the one in use */
    }
    if (between(row, AARCH64_CNTPS_TVAL_EL1, AARCH64_CNTPS_CVAL_EL1) &&
        level < 3 && (aarch64_non_secure(pe) || level == 2)) {
        return UNDEFINED;
    }
    unsigned trap = level == 0 ? user_check(pe, row, read) : 0;
    if (trap != 0) {
        return trap;
    }
    if (level < 2 && aarch64_el2_enabled(pe) &&
        hypervisor_wants(pe, row, read)) {
        return 2;
    }
    return level < 3 && pe->has_el3 && monitor_wants(pe, row) ? 3 : 0;
}

/* ---- Registers that are not in the table --------------------------------- */

/* The identification space: reads as zero (TID3 traps it). */
static bool is_identification(uint32_t e)
{
    return op0_of(e) == 3 && op1_of(e) == 0 && crn_of(e) == 0 &&
           crm_of(e) >= 1 && crm_of(e) <= 7;
}

static bool is_interrupt_controller(const struct aarch64 *pe, uint32_t e)
{
    unsigned crn = crn_of(e);
    unsigned crm = crm_of(e);

    return pe->vcpu.core.config.aarch64.interrupt_controller != NULL &&
           op0_of(e) == 3 &&
           ((crn == 4 && crm == 6 && op1_of(e) == 0) ||
            (crn == 12 && crm >= 8));
}

static enum vcpu_outcome interrupt_controller(struct aarch64 *pe, uint32_t e,
                                              unsigned rt, bool read,
                                              uint64_t *value)
{
    struct device *device = pe->vcpu.core.config.aarch64.interrupt_controller;
    const struct gic_cpu *gic = device->type->interface;
    unsigned port = pe->vcpu.core.config.aarch64.interrupt_port;
    uint64_t hcr = aarch64_hcr(pe);
    uint64_t scr = pe->has_el3 ? AARCH64_SYS(pe, SCR_EL3) : 1;
    struct gic_cpu_caller caller = {
        .level = pe->state.level,
        .non_secure = (scr & 1) != 0,
        .irq_to_el3 = (scr & 2) != 0,
        .fiq_to_el3 = (scr & 4) != 0,
        .irq_virtual = (hcr & ((uint64_t)1 << 27 | 1 << 4)) != 0,
        .fiq_virtual = (hcr & ((uint64_t)1 << 27 | 1 << 3)) != 0,
        .hypervisor = pe->has_el2,
        .monitor = pe->has_el3,
    };

    if (pe->state.level == 0) {
        return deny(pe, UNDEFINED, e, rt, read);
    }
    enum gic_cpu_answer answer =
        read ? gic->read(device, port, e, &caller, value)
             : gic->write(device, port, e, &caller, *value);
    switch (answer) {
    case GIC_CPU_DONE:
        return VCPU_NEXT;
    case GIC_CPU_TRAP_EL2:
        return deny(pe, 2, e, rt, read);
    case GIC_CPU_TRAP_EL3:
        return deny(pe, 3, e, rt, read);
    default:
        return deny(pe, UNDEFINED, e, rt, read);
    }
}

static enum vcpu_outcome unlisted(struct aarch64 *pe, uint32_t e, unsigned rt,
                                  bool read, uint64_t *value)
{
    if (is_interrupt_controller(pe, e)) {
        return interrupt_controller(pe, e, rt, read, value);
    }
    if (!is_identification(e) || !read || pe->state.level == 0) {
        return deny(pe, UNDEFINED, e, rt, read);
    }
    *value = 0;
    return hcr_bit(pe, 18) ? deny(pe, 2, e, rt, read) : VCPU_NEXT;
}

/* FPCR and FPSR are as trapped as the arithmetic. */
static bool needs_fp(int row)
{
    return row == AARCH64_FPCR || row == AARCH64_FPSR;
}

/* ---- Host extensions (D5.6) ---------------------------------------------- */

/* With HCR_EL2.E2H, a name of EL1 is EL2's register at EL2, and the timers of
 * EL1 are EL2's at a host's EL0. */
static const uint16_t host_rows[AARCH64_SYSTEM_REGISTERS] = {
    [AARCH64_SCTLR_EL1] = AARCH64_SCTLR_EL2,
    [AARCH64_CPACR_EL1] = AARCH64_CPTR_EL2,
    [AARCH64_TTBR0_EL1] = AARCH64_TTBR0_EL2,
    [AARCH64_TTBR1_EL1] = AARCH64_TTBR1_EL2,
    [AARCH64_TCR_EL1] = AARCH64_TCR_EL2,
    [AARCH64_AFSR0_EL1] = AARCH64_AFSR0_EL2,
    [AARCH64_AFSR1_EL1] = AARCH64_AFSR1_EL2,
    [AARCH64_ESR_EL1] = AARCH64_ESR_EL2,
    [AARCH64_FAR_EL1] = AARCH64_FAR_EL2,
    [AARCH64_MAIR_EL1] = AARCH64_MAIR_EL2,
    [AARCH64_AMAIR_EL1] = AARCH64_AMAIR_EL2,
    [AARCH64_VBAR_EL1] = AARCH64_VBAR_EL2,
    [AARCH64_CONTEXTIDR_EL1] = AARCH64_CONTEXTIDR_EL2,
    [AARCH64_CNTKCTL_EL1] = AARCH64_CNTHCTL_EL2,
    [AARCH64_SPSR_EL1] = AARCH64_SPSR_EL2,
    [AARCH64_ELR_EL1] = AARCH64_ELR_EL2,
    [AARCH64_CNTP_TVAL_EL0] = AARCH64_CNTHP_TVAL_EL2,
    [AARCH64_CNTP_CTL_EL0] = AARCH64_CNTHP_CTL_EL2,
    [AARCH64_CNTP_CVAL_EL0] = AARCH64_CNTHP_CVAL_EL2,
    [AARCH64_CNTV_TVAL_EL0] = AARCH64_CNTHV_TVAL_EL2,
    [AARCH64_CNTV_CTL_EL0] = AARCH64_CNTHV_CTL_EL2,
    [AARCH64_CNTV_CVAL_EL0] = AARCH64_CNTHV_CVAL_EL2,
};

/* The row that a name reaches from here, once the access is allowed. */
static enum aarch64_register reached(const struct aarch64 *pe, int row)
{
    unsigned level = pe->state.level;

    if (host_rows[row] != 0 && (level == 2 || level == 0) &&
        aarch64_in_host(pe, level)) {
        return (enum aarch64_register)host_rows[row];
    }
    /* RAS: a virtual machine defers its virtual errors. */
    if (row == AARCH64_DISR_EL1 && level == 1 &&
        (aarch64_hcr(pe) >> 5 & 1) != 0) { /* AMO */
        return AARCH64_VDISR_EL2;
    }
    return (enum aarch64_register)row;
}

/* EL1's registers by the names that end in _EL12 and _EL02: the encoding with
 * op1 5. -1 if it is none, or may not be used here. */
static int find_alias(const struct aarch64 *pe, uint32_t e)
{
    bool timer = crn_of(e) == 14 && crm_of(e) >= 2;
    int row = aarch64_register_find((e & ~(7u << 11)) |
                                    (uint32_t)(timer ? 3 : 0) << 11);

    return op0_of(e) == 3 && op1_of(e) == 5 && row >= 0 &&
                   host_rows[row] != 0 && pe->state.level >= 2 &&
                   aarch64_in_host(pe, 2)
               ? row
               : -1;
}

/* Finds what an access is to; false: it is to nothing in the table. */
static bool find(const struct aarch64 *pe, uint32_t e, int *name,
                 enum aarch64_register *row)
{
    *name = aarch64_register_find(e);
    if (*name >= 0) {
        *row = reached(pe, *name);
        return true;
    }
    *name = find_alias(pe, e);
    *row = (enum aarch64_register) * name;
    return *name >= 0;
}

/* ---- MRS and MSR --------------------------------------------------------- */

enum vcpu_outcome aarch64_mrs(struct vcpu *cpu, const struct ir_op *op)
{
    struct aarch64 *pe = aarch64_of(cpu);
    uint32_t e = (uint32_t)op->high & 0xffff;
    unsigned rt = op->d == IR_SINK ? 31 : op->d;
    enum aarch64_register row;
    int name;
    uint64_t value = 0;

    if (!find(pe, e, &name, &row)) {
        enum vcpu_outcome outcome = unlisted(pe, e, rt, true, &value);

        if (outcome == VCPU_NEXT) {
            cpu->r[op->d] = value;
        }
        return outcome;
    }
    unsigned trap = check(pe, name, true);
    if (trap == 0 && is_identification(e) && hcr_bit(pe, 18)) { /* TID3 */
        trap = 2;
    }
    if (trap != 0) {
        return deny(pe, trap, e, rt, true);
    }
    if (needs_fp(row) && pe->fp_trapped) {
        return aarch64_check_fp_enabled(cpu, op);
    }
    cpu->r[op->d] = aarch64_register_read(pe, row);
    return VCPU_NEXT;
}

bool aarch64_msr_goes_on(uint32_t encoding)
{
    switch (aarch64_register_find(encoding)) {
    case AARCH64_DAIF:
    case AARCH64_ELR_EL1:
    case AARCH64_SPSR_EL1:
    case AARCH64_SP_EL0:
    case AARCH64_TPIDR_EL0:
    case AARCH64_TPIDR_EL1:
        return true;
    default:
        return false;
    }
}

enum vcpu_outcome aarch64_msr(struct vcpu *cpu, const struct ir_op *op)
{
    struct aarch64 *pe = aarch64_of(cpu);
    uint32_t e = (uint32_t)op->high & 0xffff;
    unsigned rt = op->a == IR_ZERO ? 31 : op->a;
    enum aarch64_register row;
    int name;
    uint64_t value = cpu->r[op->a];

    if (e == aarch64_registers[AARCH64_DAIF].encoding ||
        !aarch64_msr_goes_on(e)) {
        cpu->attention = true;
    }
    if (!find(pe, e, &name, &row)) {
        return unlisted(pe, e, rt, false, &value);
    }
    unsigned trap = check(pe, name, false);
    if (trap != 0) {
        return deny(pe, trap, e, rt, false);
    }
    if (needs_fp(row) && pe->fp_trapped) {
        return aarch64_check_fp_enabled(cpu, op);
    }
    aarch64_register_write(pe, row, value);
    return VCPU_NEXT;
}

/* PAN, UAO and SSBS by an immediate of one bit; false: there is no such. */
static bool set_control(struct aarch64 *pe, unsigned which, unsigned value)
{
    enum aarch64_register row = which == 0x03   ? AARCH64_UAO
                                : which == 0x04 ? AARCH64_PAN
                                                : AARCH64_SSBS;

    if (!aarch64_has(pe, aarch64_register_feature(row)) ||
        (pe->state.level == 0 && row != AARCH64_SSBS)) {
        return false;
    }
    aarch64_register_write(pe, row, (value & 1) != 0 ? UINT64_MAX : 0);
    return true;
}

enum vcpu_outcome aarch64_msr_pstate(struct vcpu *cpu, const struct ir_op *op)
{
    struct aarch64 *pe = aarch64_of(cpu);
    unsigned value = (unsigned)op->high & 15;
    bool user = pe->state.level == 0;

    switch ((unsigned)op->high >> 4) {
    case 0x05: /* SPSel */
        if (user) {
            return aarch64_undefined(cpu, op);
        }
        aarch64_set_sp(pe, pe->state.level, value & 1);
        return VCPU_NEXT;
    case AARCH64_DAIF_SET:
    case AARCH64_DAIF_CLR:
        if (user && !user_control(pe, 9)) {
            uint32_t e = AARCH64_ENCODING(0, 3, 4, value, op->high >> 4 & 7);
            return deny(pe, user_trap(pe), e, 31, false);
        }
        pe->state.daif = (uint8_t)(((unsigned)op->high >> 4) == AARCH64_DAIF_SET
                                       ? pe->state.daif | value
                                       : pe->state.daif & ~value);
        cpu->attention = true;
        return VCPU_NEXT;
    case 0x03: /* UAO, PAN, SSBS */
    case 0x04:
    case 0x31:
        return set_control(pe, (unsigned)op->high >> 4, value)
                   ? VCPU_NEXT
                   : aarch64_undefined(cpu, op);
    default:
        return aarch64_undefined(cpu, op);
    }
}

/* ---- SYS ----------------------------------------------------------------- */

#define SYS(op1, crn, crm, op2) AARCH64_ENCODING(1, op1, crn, crm, op2)

static void invalidate(struct aarch64 *pe, uint32_t e, uint64_t operand,
                       bool broadcast)
{
    aarch64_banks_invalidate(pe, e, operand);
    if (broadcast && pe->vcpu.gate != NULL) {
        aarch64_parallel_invalidate(pe, e, operand);
        return;
    }
    for (struct aarch64 *other = aarch64_first(pe); broadcast && other != NULL;
         other = other->next) {
        if (other != pe) {
            aarch64_banks_invalidate(other, e, operand);
        }
    }
}

/* Operations encoded for EL2: those that are about EL1 (ALLE1, IPAS2E1, AT
 * S12E1R) are there at EL3 without it; those about EL2 itself are not. */
static bool el3_does(const struct aarch64 *pe, bool about_el1)
{
    return pe->has_el2 || (about_el1 && pe->state.level == 3);
}

static enum vcpu_outcome tlbi(struct aarch64 *pe, uint32_t e, unsigned rt,
                              uint64_t operand)
{
    unsigned level = pe->state.level;
    unsigned needed = op1_of(e) == 0 ? 1 : op1_of(e) == 4 ? 2 : 3;
    unsigned crm = crm_of(e);

    if (level < needed ||
        (op1_of(e) != 0 && op1_of(e) != 4 && op1_of(e) != 6) ||
        (needed == 2 && !el3_does(pe, crm == 0 || crm == 4 || op2_of(e) == 4 ||
                                          op2_of(e) == 6))) {
        return deny(pe, UNDEFINED, e, rt, false);
    }
    if (level == 1 && hcr_bit(pe, 25)) { /* TTLB */
        return deny(pe, 2, e, rt, false);
    }
    /* FB makes all of a guest's maintenance broadcast. */
    invalidate(pe, e, operand, crm == 3 || crm == 0 || hcr_bit(pe, 9));
    return VCPU_NEXT;
}

/* What is not left to PAR_EL1: external aborts of the walk, and at EL1 stage 2
 * faults of the walk, which are the hypervisor's (D5.2.11). */
static bool at_aborts(const struct aarch64 *pe,
                      const struct aarch64_translation *t)
{
    return (t->status & 0x3c) == 0x14 ||
           (t->stage2 && t->walk && pe->state.level == 1);
}

static enum vcpu_outcome translate_address(struct aarch64 *pe, uint32_t e,
                                           unsigned rt, uint64_t address)
{
    struct aarch64_translation t;
    unsigned op1 = op1_of(e);
    unsigned op2 = op2_of(e);
    unsigned needed = op1 == 0 ? 1 : op1 == 4 ? 2 : 3;
    unsigned level = op1 == 6              ? 3
                     : op1 == 4 && op2 < 4 ? 2
                     : (op2 & 2) != 0      ? 0
                                           : 1;
    bool both = op1 == 4 && op2 >= 4;
    enum vcpu_access access = (op2 & 1) != 0 ? VCPU_WRITE : VCPU_READ;
    bool with_pan = crm_of(e) == 9; /* S1E1RP, S1E1WP */

    if (pe->state.level < needed || (op1 == 4 && !el3_does(pe, both)) ||
        (with_pan &&
         (op1 != 0 || op2 > 1 || !aarch64_has(pe, AARCH64_FEATURE_ATS1E1)))) {
        return deny(pe, UNDEFINED, e, rt, false);
    }
    /* A host's EL1 is itself. */
    if (level == 1 && !both && aarch64_in_host(pe, 0)) {
        level = 2;
    }
    bool good =
        with_pan ? aarch64_translate_data(pe, level, address, access, both, &t)
                 : aarch64_translate(pe, level, address, access, both, &t);
    if (!good && at_aborts(pe, &t)) {
        aarch64_data_abort(pe, address, &t, VCPU_READ, true);
        return VCPU_TRAPPED;
    }
    uint64_t par;
    if (good) {
        uint64_t shareable = t.device || t.attributes == 0x44 ? 2 : t.shareable;

        par = (t.pa & 0xfffffffff000) | (uint64_t)t.attributes << 56 |
              (uint64_t)t.non_secure << 9 | shareable << 7 | 1u << 11;
    } else {
        par = 1u << 11 | (uint64_t)t.stage2 << 9 | (uint64_t)t.walk << 8 |
              (uint64_t)t.status << 1 | 1;
    }
    AARCH64_SYS(pe, PAR_EL1) = par;
    return VCPU_NEXT;
}

static enum vcpu_outcome zero_slowly(struct aarch64 *pe, uint64_t address)
{
    static const uint64_t zeros[2];
    struct aarch64_translation t;
    unsigned level = pe->state.level;

    if (!aarch64_translate_data(pe, level, address, VCPU_WRITE, true, &t)) {
        aarch64_data_abort(pe, address, &t, VCPU_WRITE, false);
        return VCPU_TRAPPED;
    }
    if (t.device) {
        t = (struct aarch64_translation){.status = 0x21};
        aarch64_data_abort(pe, address, &t, VCPU_WRITE, false);
        return VCPU_TRAPPED;
    }
    if (pe->debug.watch_count != 0 &&
        !aarch64_debug_access(pe, level, address & ~(uint64_t)63, 64,
                              VCPU_WRITE, false)) {
        return VCPU_TRAPPED;
    }
    for (unsigned i = 0; i < 64; i += 16) {
        if (!aarch64_store(pe, (address & ~(uint64_t)63) + i, 16, zeros)) {
            return VCPU_TRAPPED;
        }
    }
    return VCPU_NEXT;
}

static enum vcpu_outcome zero_block(struct aarch64 *pe, uint32_t e, unsigned rt,
                                    uint64_t address)
{
    unsigned level = pe->state.level;

    if (level == 0 && !user_control(pe, 14)) {
        return deny(pe, user_trap(pe), e, rt, false);
    }
    if (hcr_bit(pe, 28)) { /* TDZ */
        return deny(pe, 2, e, rt, false);
    }
    if (aarch64_clear(pe, address & ~(uint64_t)63, 64)) {
        return VCPU_NEXT;
    }
    gate_enter(&pe->vcpu);
    enum vcpu_outcome outcome = zero_slowly(pe, address);
    gate_leave(&pe->vcpu);
    return outcome;
}

/* Maintenance by address: nothing to do, but it may fault. */
static enum vcpu_outcome maintain(struct aarch64 *pe, uint32_t e, unsigned rt,
                                  uint64_t address, unsigned trap_bit)
{
    struct aarch64_translation t;
    unsigned level = pe->state.level;
    bool invalidate = e == SYS(0, 7, 6, 1);
    enum vcpu_access access = invalidate ? VCPU_WRITE : VCPU_READ;

    if (level == 0 && !user_control(pe, 26)) { /* UCI */
        return deny(pe, user_trap(pe), e, rt, false);
    }
    if (hcr_bit(pe, trap_bit)) {
        return deny(pe, 2, e, rt, false);
    }
    /* Linux does this line by line. */
    if (pe->debug.watch_count == 0 && aarch64_reaches(pe, address, access)) {
        return VCPU_NEXT;
    }
    if (!aarch64_translate(pe, level, address, access, true, &t)) {
        aarch64_data_abort(pe, address, &t, VCPU_READ, true);
        return VCPU_TRAPPED;
    }
    /* A watchpoint sees of these what changes memory (CheckWatchpoint). */
    return !invalidate || pe->debug.watch_count == 0 ||
                   aarch64_debug_access(pe, level, address, 1, VCPU_WRITE, true)
               ? VCPU_NEXT
               : VCPU_TRAPPED;
}

enum { HCR_TSW = 22, HCR_TPC = 23, HCR_TPU = 24 };

enum vcpu_outcome aarch64_sys(struct vcpu *cpu, const struct ir_op *op)
{
    struct aarch64 *pe = aarch64_of(cpu);
    uint32_t e = (uint32_t)op->high & 0xffff;
    unsigned rt = op->a == IR_ZERO ? 31 : op->a;
    uint64_t value = cpu->r[op->a];
    bool user = pe->state.level == 0;

    if (crn_of(e) == 8) {
        return tlbi(pe, e, rt, value);
    }
    if (crn_of(e) == 7 && (crm_of(e) == 8 || crm_of(e) == 9)) {
        return translate_address(pe, e, rt, value);
    }
    switch (e) {
    case SYS(3, 7, 4, 1): /* DC ZVA */
        return zero_block(pe, e, rt, value);
    case SYS(3, 7, 12, 1): /* DC CVAP */
        return aarch64_has(pe, AARCH64_FEATURE_DPB)
                   ? maintain(pe, e, rt, value, HCR_TPC)
                   : deny(pe, UNDEFINED, e, rt, false);
    case SYS(3, 7, 10, 1): /* DC CVAC, CVAU, CIVAC */
    case SYS(3, 7, 14, 1):
        return maintain(pe, e, rt, value, HCR_TPC);
    case SYS(3, 7, 11, 1):
    case SYS(3, 7, 5, 1): /* IC IVAU */
        return maintain(pe, e, rt, value, HCR_TPU);
    case SYS(0, 7, 6, 1): /* DC IVAC */
        return user ? deny(pe, UNDEFINED, e, rt, false)
                    : maintain(pe, e, rt, value, HCR_TPC);
    case SYS(0, 7, 6, 2): /* DC ISW, CSW, CISW */
    case SYS(0, 7, 10, 2):
    case SYS(0, 7, 14, 2):
    case SYS(0, 7, 1, 0): /* IC IALLUIS, IALLU: code is tracked by writes */
    case SYS(0, 7, 5, 0): {
        bool code = crm_of(e) == 1 || crm_of(e) == 5;

        if (user) {
            return deny(pe, UNDEFINED, e, rt, false);
        }
        return hcr_bit(pe, code ? HCR_TPU : HCR_TSW) ? deny(pe, 2, e, rt, false)
                                                     : VCPU_NEXT;
    }
    default:
        return deny(pe, UNDEFINED, e, rt, false);
    }
}

enum vcpu_outcome aarch64_sysl(struct vcpu *cpu, const struct ir_op *op)
{
    return aarch64_undefined(cpu, op);
}
