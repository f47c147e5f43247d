/* SPDX-License-Identifier: Apache-2.0 */
/* MRS and MSR: by the table of registers, by the interrupt controller, or to
 * what is not there (DDI 0487, C5). */
#include "engine/aarch64/system.h"

#include <inttypes.h>

#include "bus/gic_cpu.h"

enum vcpu_outcome aarch64_deny(struct aarch64 *pe, unsigned level, uint32_t e,
                               unsigned rt, bool read)
{
    if (level == AARCH64_UNDEFINED) {
        return aarch64_raise(pe, AARCH64_EC_UNKNOWN, 0);
    }
    uint32_t iss = aarch64_op0_of(e) << 20 | aarch64_op2_of(e) << 17 |
                   aarch64_op1_of(e) << 14 | aarch64_crn_of(e) << 10 | rt << 5 |
                   aarch64_crm_of(e) << 1 | (uint32_t)read;

    aarch64_take(pe, level, AARCH64_EC_SYSTEM, iss, pe->state.r[IR_PC]);
    return VCPU_TRAPPED;
}

/* ---- Registers that are not in the table --------------------------------- */

/* The identification space: reads as zero (TID3 traps it). */
static bool is_identification(uint32_t e)
{
    return aarch64_op0_of(e) == 3 && aarch64_op1_of(e) == 0 &&
           aarch64_crn_of(e) == 0 && aarch64_crm_of(e) >= 1 &&
           aarch64_crm_of(e) <= 7;
}

static bool is_interrupt_controller(const struct aarch64 *pe, uint32_t e)
{
    unsigned crn = aarch64_crn_of(e);
    unsigned crm = aarch64_crm_of(e);

    return pe->vcpu.core.config.aarch64.interrupt_controller != NULL &&
           aarch64_op0_of(e) == 3 &&
           ((crn == 4 && crm == 6 && aarch64_op1_of(e) == 0) ||
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
        return aarch64_deny(pe, AARCH64_UNDEFINED, e, rt, read);
    }
    enum gic_cpu_answer answer =
        read ? gic->read(device, port, e, &caller, value)
             : gic->write(device, port, e, &caller, *value);
    switch (answer) {
    case GIC_CPU_DONE:
        return VCPU_NEXT;
    case GIC_CPU_TRAP_EL2:
        return aarch64_deny(pe, 2, e, rt, read);
    case GIC_CPU_TRAP_EL3:
        return aarch64_deny(pe, 3, e, rt, read);
    default:
        return aarch64_deny(pe, AARCH64_UNDEFINED, e, rt, read);
    }
}

static enum vcpu_outcome unlisted(struct aarch64 *pe, uint32_t e, unsigned rt,
                                  bool read, uint64_t *value)
{
    if (is_interrupt_controller(pe, e)) {
        return interrupt_controller(pe, e, rt, read, value);
    }
    if (aarch64_traps_vendor(pe, e)) {
        return aarch64_deny(pe, 2, e, rt, read);
    }
    if (!is_identification(e) || !read || pe->state.level == 0) {
        return aarch64_deny(pe, AARCH64_UNDEFINED, e, rt, read);
    }
    *value = 0;
    return aarch64_hcr_controls(pe, 18) ? aarch64_deny(pe, 2, e, rt, read)
                                        : VCPU_NEXT;
}

/* FPCR and FPSR are as trapped as the arithmetic. */
static bool needs_fp(int row)
{
    return row == AARCH64_FPCR || row == AARCH64_FPSR;
}

/* Finds what an access is to; false: it is to nothing in the table. */
static bool find(const struct aarch64 *pe, int32_t operand, int *name,
                 enum aarch64_register *row)
{
    *name = AARCH64_ROW_OF(operand);
    if (*name >= 0) {
        *row = aarch64_reached_row(pe, *name);
        return true;
    }
    *name = aarch64_find_alias(pe, (uint32_t)operand & 0xffff);
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

    if (!find(pe, op->high, &name, &row)) {
        enum vcpu_outcome outcome = unlisted(pe, e, rt, true, &value);

        if (outcome == VCPU_NEXT) {
            cpu->r[op->d] = value;
        }
        return outcome;
    }
    unsigned trap = aarch64_check_access(pe, name, true);
    if (trap == 0 && is_identification(e) &&
        aarch64_hcr_controls(pe, 18)) { /* TID3 */
        trap = 2;
    }
    if (trap != 0) {
        return aarch64_deny(pe, trap, e, rt, true);
    }
    if (needs_fp(row) && pe->fp_trapped) {
        return aarch64_check_fp_enabled(cpu, op);
    }
    if (aarch64_tells_time(row)) {
        clock_tell(&cpu->core.config.fabric->clock);
    }
    cpu->r[op->d] = aarch64_register_read(pe, row);
    return VCPU_NEXT;
}

bool aarch64_msr_goes_on(int row)
{
    switch (row) {
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

static const bool has_omission[AARCH64_SYSTEM_REGISTERS] = {
#define OMISSION(register, ...) [AARCH64_##register] = true,
#define UNSEEN(...)
#include "engine/aarch64/omissions.def"
#undef OMISSION
#undef UNSEEN
};

static void tell_omitted(const struct aarch64 *pe, enum aarch64_register row,
                         uint64_t value)
{
    const struct core *core = &pe->vcpu.core;

    for (unsigned i = 0; i < AARCH64_OMISSIONS; i++) {
        const struct aarch64_omission *omission = &aarch64_omissions[i];

        if (omission->row == row && omission->logged &&
            (omission->mask & value) != 0) {
            log_write(&core->config.fabric->log, LOG_UNMODELLED, core->name,
                      row, "%s <- 0x%016" PRIx64 ": %s",
                      aarch64_registers[row].name, value, omission->text);
        }
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

    name = AARCH64_ROW_OF(op->high);
    if (name == AARCH64_DAIF || !aarch64_msr_goes_on(name)) {
        cpu->attention = true;
    }
    if (!find(pe, op->high, &name, &row)) {
        return unlisted(pe, e, rt, false, &value);
    }
    unsigned trap = aarch64_check_access(pe, name, false);
    if (trap != 0) {
        return aarch64_deny(pe, trap, e, rt, false);
    }
    if (needs_fp(row) && pe->fp_trapped) {
        return aarch64_check_fp_enabled(cpu, op);
    }
    if (has_omission[row]) {
        tell_omitted(pe, row, value);
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
        if (user && !aarch64_user_control(pe, 9)) {
            uint32_t e = AARCH64_ENCODING(0, 3, 4, value, op->high >> 4 & 7);
            return aarch64_deny(pe, aarch64_user_trap(pe), e, 31, false);
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
