/* SPDX-License-Identifier: Apache-2.0 */
/* The effect of helpers in a loop that waits (engine/spin/spin.h). */
#include <string.h>

#include "engine/aarch64/aarch64.h"
#include "engine/aarch64/system.h"

bool aarch64_may_skip(const struct vcpu *cpu)
{
    const struct aarch64 *pe = (const struct aarch64 *)cpu;

    return !pe->pmu.enabled && !pe->debug.active;
}

static enum spin_effect effect_of_mrs(struct aarch64 *pe,
                                      const struct ir_op *op, uint64_t *value)
{
    const int name = AARCH64_ROW_OF(op->high);
    enum aarch64_register row;

    if (name < 0 || aarch64_check_access(pe, name, true) != 0) {
        return SPIN_OTHER;
    }
    row = aarch64_reached_row(pe, name);
    switch (row) {
    case AARCH64_CNTVCT_EL0:
    case AARCH64_CNTPCT_EL0:
    case AARCH64_CNTV_CTL_EL0: /* ISTATUS comes and stays */
    case AARCH64_CNTP_CTL_EL0:
        *value = aarch64_register_read(pe, row);
        return SPIN_CLOCK;
    case AARCH64_CNTFRQ_EL0:
    case AARCH64_TPIDR_EL0:
    case AARCH64_TPIDR_EL1:
    case AARCH64_TPIDR_EL2:
        *value = pe->state.sys[row];
        return SPIN_VALUE;
    default:
        return SPIN_OTHER;
    }
}

/* Accesses of one register that change nothing: a load, a load-exclusive of
 * what is monitored already, and atomics that leave memory as it is. */
static enum spin_effect
effect_of_access(struct aarch64 *pe, const struct ir_op *op, uint64_t *value)
{
    const struct vcpu *cpu = &pe->vcpu;
    const unsigned size = 1u << (op->high & 3);
    const uint64_t address = cpu->r[op->a];
    const bool writes =
        op->low == AARCH64_HELPER_ATOMIC || op->low == AARCH64_HELPER_CAS;
    const uint8_t *bytes =
        address % size != 0
            ? NULL
            : vcpu_tlb_find(&cpu->tlbs[cpu->data_context],
                            writes ? VCPU_WRITE : VCPU_READ, address, size);
    bool same = true;

    *value = 0;
    if (bytes == NULL) {
        return SPIN_OTHER;
    }
    memcpy(value, bytes, size);
    if (op->low == AARCH64_HELPER_LDX) {
        same = pe->state.exclusive == size && (op->high & 16) == 0 &&
               pe->state.exclusive_pa == address &&
               pe->state.exclusive_value[0] == *value && !pe->debug.stepping;
    } else if (op->low == AARCH64_HELPER_ATOMIC) {
        const uint64_t operand = aarch64_low_bytes(cpu->r[op->b], size);
        const uint64_t combined = aarch64_combine(
            (enum aarch64_atomic)(op->high >> 4), *value, operand, size);

        same = aarch64_low_bytes(combined, size) == *value;
    } else if (op->low == AARCH64_HELPER_CAS) {
        same = op->d != 31 && (op->high & 16) == 0 &&
               aarch64_low_bytes(cpu->r[op->d], size) != *value;
    }
    return same ? SPIN_VALUE : SPIN_OTHER;
}

/* Where others run, they do so now. */
static enum spin_effect effect_of_rest(const struct vcpu *cpu)
{
    return cpu->core.unheard == UINT64_MAX ? SPIN_NOTHING : SPIN_OTHER;
}

enum spin_effect aarch64_spin_effect(struct vcpu *cpu, const struct ir_op *op,
                                     uint64_t *value)
{
    struct aarch64 *pe = aarch64_of(cpu);

    switch (op->low) {
    case AARCH64_HELPER_WFE:
        return pe->state.event == 0 && aarch64_wait_target(pe, 1) == 0
                   ? effect_of_rest(cpu)
                   : SPIN_OTHER;
    case AARCH64_HELPER_YIELD:
        return effect_of_rest(cpu);
    case AARCH64_HELPER_MRS:
        return effect_of_mrs(pe, op, value);
    case AARCH64_HELPER_LDAR:
    case AARCH64_HELPER_LDX:
    case AARCH64_HELPER_ATOMIC:
    case AARCH64_HELPER_CAS:
        return effect_of_access(pe, op, value);
    default:
        return SPIN_OTHER;
    }
}
