/* SPDX-License-Identifier: Apache-2.0 */
/* Read and write handlers of system registers; access rules are in traps.c. */
#include "engine/aarch64/registers.h"

#include "base/bits.h"
#include "engine/aarch64/aarch64.h"

#define ALL    UINT64_MAX
#define SCR_NS ((uint64_t)1)

/* Levels that may read, in the lower half, and write. */
enum {
    R0 = 0x40,
    R1 = 0x41,
    R2 = 0x42,
    R3 = 0x43,
    RW0 = 0x00,
    RW1 = 0x11,
    RW2 = 0x22,
    RW3 = 0x33,
    RO0W1 = 0x10,
    W0 = 0x04,
    W1 = 0x14,
    CNTFRQ = 0x50, /* written by the highest level alone */
};

#define aarch64_read_0  NULL
#define aarch64_write_0 NULL

const struct aarch64_register_spec aarch64_registers[AARCH64_SYSTEM_REGISTERS] =
    {
#define REGISTER(name, op0, op1, crn, crm, op2, access, reset, mask, read,     \
                 write)                                                        \
    [AARCH64_##name] = {#name,                                                 \
                        AARCH64_ENCODING(op0, op1, crn, crm, op2),             \
                        access & 15,                                           \
                        access >> 4,                                           \
                        reset,                                                 \
                        mask,                                                  \
                        aarch64_read_##read,                                   \
                        aarch64_write_##write},
#include "engine/aarch64/registers.def"
#undef REGISTER
};

int aarch64_register_find(uint32_t encoding)
{
    switch (encoding) {
#define REGISTER(name, op0, op1, crn, crm, op2, access, reset, mask, read,     \
                 write)                                                        \
    case AARCH64_ENCODING(op0, op1, crn, crm, op2):                            \
        return AARCH64_##name;
#include "engine/aarch64/registers.def"
#undef REGISTER
    default:
        return -1;
    }
}

uint64_t aarch64_register_read(struct aarch64 *pe, enum aarch64_register row)
{
    const struct aarch64_register_spec *spec = &aarch64_registers[row];

    return spec->read != NULL ? spec->read(pe, row) : pe->state.sys[row];
}

void aarch64_register_write(struct aarch64 *pe, enum aarch64_register row,
                            uint64_t value)
{
    const struct aarch64_register_spec *spec = &aarch64_registers[row];

    value = (value & pe->rules.mask[row]) | pe->rules.fixed[row];
    if (spec->write != NULL) {
        spec->write(pe, row, value);
    } else {
        pe->state.sys[row] = value;
    }
}

/* ---- Identification ------------------------------------------------------ */

/* EL1 of a virtual machine sees what the hypervisor says. */
uint64_t aarch64_read_identity(struct aarch64 *pe, enum aarch64_register row)
{
    bool guest = pe->state.level == 1 && aarch64_el2_enabled(pe);

    if (row == AARCH64_MIDR_EL1) {
        return guest ? AARCH64_SYS(pe, VPIDR_EL2) : pe->rules.initial[row];
    }
    uint32_t number = pe->vcpu.core.config.hart_id;
    /* Sixteen cores to a cluster, as GICv3 SGIs address them. */
    return guest ? AARCH64_SYS(pe, VMPIDR_EL2)
                 : pe->rules.initial[row] | (number & 0xffffff);
}

/* See aarch64_identify. */
uint64_t aarch64_read_feature_register(struct aarch64 *pe,
                                       enum aarch64_register row)
{
    return pe->rules.fixed[row];
}

void aarch64_identify(struct aarch64 *pe)
{
    uint64_t *value = &pe->rules.fixed[AARCH64_ID_AA64PFR0_EL1];

    *value &= ~(uint64_t)(pe->has_el2 ? 0 : 0xf00);
    *value &= ~(uint64_t)(pe->has_el3 ? 0 : 0xf000);
    *value |=
        (uint64_t)(pe->vcpu.core.config.aarch64.interrupt_controller != NULL)
        << 24;
}

uint64_t aarch64_read_ccsidr(struct aarch64 *pe, enum aarch64_register row)
{
    uint64_t select = AARCH64_SYS(pe, CSSELR_EL1);
    return select < 3 ? pe->rules.caches[select] : 0;
}

uint64_t aarch64_read_dczid(struct aarch64 *pe, enum aarch64_register row)
{
    bool host = aarch64_in_host(pe, pe->state.level);
    uint64_t sctlr = pe->state.sys[aarch64_sctlr(pe, pe->state.level)];
    bool prohibited =
        pe->state.level == 0 &&
        ((sctlr >> 14 & 1) == 0 || (!host && (aarch64_hcr(pe) >> 28 & 1) != 0));

    prohibited |= pe->state.level == 1 && (aarch64_hcr(pe) >> 28 & 1) != 0;
    return pe->rules.initial[row] | (uint64_t)prohibited << 4;
}

uint64_t aarch64_read_rvbar(struct aarch64 *pe, enum aarch64_register row)
{
    return pe->vcpu.core.config.reset_vector.value;
}

/* ---- Control ------------------------------------------------------------- */

void aarch64_write_control(struct aarch64 *pe, enum aarch64_register row,
                           uint64_t value)
{
    if (pe->state.sys[row] != value) {
        pe->state.sys[row] = value;
        vcpu_flush_tlb(&pe->vcpu);
        aarch64_banks_switch(pe);
    }
}

/* Another address space, as long as a host's own table stays. */
void aarch64_write_translation_base(struct aarch64 *pe,
                                    enum aarch64_register row, uint64_t value)
{
    const uint64_t base = ((uint64_t)1 << 48) - 1;
    uint64_t changed = pe->state.sys[row] ^ value;

    aarch64_pmu_event(pe, AARCH64_EVENT_TTBR_WRITE_RETIRED);
    bool el2 = row == AARCH64_TTBR0_EL2 || row == AARCH64_TTBR1_EL2;
    bool upper = row == AARCH64_TTBR1_EL2 && (changed & base) != 0;
    if (upper || (el2 && !aarch64_in_host(pe, 2))) {
        aarch64_write_control(pe, row, value);
        return;
    }
    pe->state.sys[row] = value;
    if (el2) { /* it has no list of local pages */
        vcpu_flush_bank(&pe->vcpu, 2);
    }
    aarch64_banks_switch(pe);
}

/* The ASID that translation looks at is not here. */
void aarch64_write_context(struct aarch64 *pe, enum aarch64_register row,
                           uint64_t value)
{
    aarch64_pmu_event(pe, AARCH64_EVENT_CID_WRITE_RETIRED);
    pe->state.sys[row] = value;
}

void aarch64_write_hcr(struct aarch64 *pe, enum aarch64_register row,
                       uint64_t value)
{
    aarch64_rules_for_host(&pe->rules, (value >> 34 & 1) != 0);
    aarch64_write_control(pe, row, value | (uint64_t)1 << 31); /* RW */
    aarch64_update(pe);
}

/* Firmware that serves both states changes NS twice for each call. */
void aarch64_write_scr(struct aarch64 *pe, enum aarch64_register row,
                       uint64_t value)
{
    if (((pe->state.sys[row] ^ value) & ~SCR_NS) != 0) {
        aarch64_write_control(pe, row, value);
    } else if (pe->state.sys[row] != value) { /* banks are of one state each */
        pe->state.sys[row] = value;
        aarch64_banks_switch(pe);
    }
    aarch64_update(pe);
}

void aarch64_write_fp_control(struct aarch64 *pe, enum aarch64_register row,
                              uint64_t value)
{
    pe->state.sys[row] = value;
    aarch64_update(pe);
}

/* ---- Processor state ----------------------------------------------------- */

uint64_t aarch64_read_sp(struct aarch64 *pe, enum aarch64_register row)
{
    const struct aarch64_state *s = &pe->state;
    unsigned bank = row - AARCH64_SP_EL0;

    return bank == (s->spsel != 0 ? s->level : 0) ? s->r[AARCH64_SP]
                                                  : s->sp[bank];
}

void aarch64_write_sp(struct aarch64 *pe, enum aarch64_register row,
                      uint64_t value)
{
    struct aarch64_state *s = &pe->state;
    unsigned bank = row - AARCH64_SP_EL0;

    if (bank == (s->spsel != 0 ? s->level : 0u)) {
        s->r[AARCH64_SP] = value;
    } else {
        s->sp[bank] = value;
    }
}

uint64_t aarch64_read_pstate(struct aarch64 *pe, enum aarch64_register row)
{
    const struct aarch64_state *s = &pe->state;

    switch (row) {
    case AARCH64_SPSel:
        return s->spsel;
    case AARCH64_CurrentEL:
        return (uint64_t)s->level << 2;
    case AARCH64_NZCV:
        return s->r[IR_NZCV] << 28;
    case AARCH64_PAN:
        return (uint64_t)s->pan << 22;
    case AARCH64_UAO:
        return (uint64_t)s->uao << 23;
    case AARCH64_SSBS:
        return (uint64_t)s->ssbs << 12;
    default:
        return (uint64_t)s->daif << 6;
    }
}

void aarch64_write_pstate(struct aarch64 *pe, enum aarch64_register row,
                          uint64_t value)
{
    struct aarch64_state *s = &pe->state;

    switch (row) {
    case AARCH64_SPSel:
        aarch64_set_sp(pe, s->level, value & 1);
        break;
    case AARCH64_NZCV:
        s->r[IR_NZCV] = value >> 28 & 15;
        break;
    case AARCH64_PAN:
        s->pan = value >> 22 & 1;
        aarch64_update(pe);
        break;
    case AARCH64_UAO:
        s->uao = value >> 23 & 1;
        break;
    case AARCH64_SSBS:
        s->ssbs = value >> 12 & 1;
        break;
    default:
        s->daif = value >> 6 & 15;
        break;
    }
}

uint64_t aarch64_read_fp(struct aarch64 *pe, enum aarch64_register row)
{
    return row == AARCH64_FPCR ? pe->state.fpcr : pe->state.fpsr;
}

void aarch64_write_fp(struct aarch64 *pe, enum aarch64_register row,
                      uint64_t value)
{
    if (row == AARCH64_FPCR) {
        pe->state.fpcr = (uint32_t)value;
    } else {
        pe->state.fpsr = (uint32_t)value;
    }
}

uint64_t aarch64_read_isr(struct aarch64 *pe, enum aarch64_register row)
{
    uint64_t hcr = aarch64_hcr(pe);
    bool guest = pe->state.level == 1;
    const uint32_t *inputs = pe->state.inputs;
    bool irq = guest && (hcr >> 4 & 1) != 0
                   ? inputs[AARCH64_VIRQ] != 0 || (hcr >> 7 & 1) != 0
                   : inputs[AARCH64_IRQ] != 0;
    bool fiq = guest && (hcr >> 3 & 1) != 0
                   ? inputs[AARCH64_VFIQ] != 0 || (hcr >> 6 & 1) != 0
                   : inputs[AARCH64_FIQ] != 0;

    /* Physical errors do not exist here. */
    bool error = guest && aarch64_virtual_error(pe);

    return (uint64_t)error << 8 | (uint64_t)irq << 7 | (uint64_t)fiq << 6;
}
