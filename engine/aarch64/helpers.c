/* SPDX-License-Identifier: Apache-2.0 */
/* Hints, exclusive and ordered accesses, and the enable checks. */
#include <string.h>

#include "base/bits.h"
#include "engine/aarch64/aarch64.h"

vcpu_helper *const aarch64_helpers[AARCH64_HELPERS] = {
#define HELPER(name, function, parallel) [AARCH64_HELPER_##name] = (function),
#include "engine/aarch64/helpers.def"
#undef HELPER
};

/* ---- Enables ------------------------------------------------------------- */

/* CPACR_EL1.FPEN, CPTR_EL2.TFP and CPTR_EL3.TFP, in this order; 0: enabled. */
unsigned aarch64_fp_trap_level(const struct aarch64 *pe)
{
    unsigned level = pe->state.level;
    unsigned fpen = AARCH64_SYS(pe, CPACR_EL1) >> 20 & 3;
    unsigned host_fpen = AARCH64_SYS(pe, CPTR_EL2) >> 20 & 3;
    bool tge = (aarch64_hcr(pe) >> 27 & 1) != 0;

    if (level <= 1 && !aarch64_in_host(pe, level) &&
        ((fpen & 1) == 0 || (fpen == 1 && level == 0))) {
        return 1;
    }
    bool hypervisor = level <= 2 && (level == 2 || aarch64_el2_enabled(pe));
    if (hypervisor && aarch64_in_host(pe, 2)) { /* CPTR_EL2 like CPACR_EL1 */
        if ((host_fpen & 1) == 0 || (host_fpen == 1 && level == 0 && tge)) {
            return 2;
        }
    } else if (hypervisor && (AARCH64_SYS(pe, CPTR_EL2) >> 10 & 1) != 0) {
        return 2;
    }
    return pe->has_el3 && (AARCH64_SYS(pe, CPTR_EL3) >> 10 & 1) != 0 ? 3 : 0;
}

enum vcpu_outcome aarch64_check_fp_enabled(struct vcpu *cpu,
                                           const struct ir_op *op)
{
    struct aarch64 *pe = aarch64_of(cpu);
    unsigned level = aarch64_fp_trap_level(pe);

    if (level == 0) {
        return VCPU_NEXT;
    }
    if (level == 1 && (aarch64_hcr(pe) >> 27 & 1) != 0) {
        return aarch64_raise(pe, AARCH64_EC_UNKNOWN, 0); /* to EL2, by TGE */
    }
    /* CV = 1, COND = 14 when the trap is of CPACR; the others likewise. */
    aarch64_take(pe, level, AARCH64_EC_FP_ACCESS, 0x1e00000, cpu->r[IR_PC]);
    return VCPU_TRAPPED;
}

bool aarch64_sp_misaligned(struct vcpu *cpu)
{
    struct aarch64 *pe = aarch64_of(cpu);
    unsigned level = pe->state.level;
    uint64_t sctlr = pe->state.sys[aarch64_sctlr(pe, level)];

    /* SA0 for EL0, SA for the others. */
    if ((sctlr >> (level == 0 ? 4 : 3) & 1) == 0) {
        return false;
    }
    aarch64_raise(pe, AARCH64_EC_SP_ALIGNMENT, 0);
    return true;
}

enum vcpu_outcome aarch64_check_sp_alignment(struct vcpu *cpu,
                                             const struct ir_op *op)
{
    return (cpu->r[AARCH64_SP] & 15) != 0 && aarch64_sp_misaligned(cpu)
               ? VCPU_TRAPPED
               : VCPU_NEXT;
}

/* ---- Hints --------------------------------------------------------------- */

/* WFI (0) and WFE (1) may be trapped: SCTLR_EL1.nTWI, HCR_EL2.TWI, SCR_EL3.TWI
 * and their neighbours. */
unsigned aarch64_wait_target(struct aarch64 *pe, unsigned event)
{
    unsigned level = pe->state.level;
    uint64_t sctlr = pe->state.sys[aarch64_sctlr(pe, level)];
    bool host = aarch64_in_host(pe, level);
    unsigned target = 0;

    if (level == 0 && (sctlr >> (16 + 2 * event) & 1) == 0) {
        target = (aarch64_hcr(pe) >> 27 & 1) != 0 ? 2 : 1;
    } else if (level < 2 && !host &&
               (aarch64_hcr(pe) >> (13 + event) & 1) != 0) {
        target = 2;
    } else if (level < 3 && pe->has_el3 &&
               (AARCH64_SYS(pe, SCR_EL3) >> (12 + event) & 1) != 0) {
        target = 3;
    }
    return target;
}

static bool wait_trapped(struct aarch64 *pe, unsigned event)
{
    unsigned target = aarch64_wait_target(pe, event);

    if (target != 0) {
        aarch64_take(pe, target, AARCH64_EC_WFX, 0x1e00000 | event,
                     pe->state.r[IR_PC]);
    }
    return target != 0;
}

enum vcpu_outcome aarch64_wfi(struct vcpu *cpu, const struct ir_op *op)
{
    struct aarch64 *pe = aarch64_of(cpu);

    if (!aarch64_wakes(pe)) {
        if (wait_trapped(pe, 0)) {
            return VCPU_TRAPPED;
        }
        cpu->core.power = CORE_WAITING;
        cpu->attention = true;
    }
    return VCPU_NEXT;
}

/* May end without an event (D1.16.1): others run first, for long if only SEV or
 * an interrupt can be waited for; a store that clears the monitor is not seen.
 * Cores that run at the same time give way (parallel.c). */
enum vcpu_outcome aarch64_wfe(struct vcpu *cpu, const struct ir_op *op)
{
    struct aarch64 *pe = aarch64_of(cpu);

    if (pe->state.event == 0) {
        if (wait_trapped(pe, 1)) {
            return VCPU_TRAPPED;
        }
        if (pe->state.exclusive == 0 && !aarch64_wakes(pe)) {
            clock_doze(&cpu->core.config.fabric->clock);
        } else {
            clock_rest(&cpu->core.config.fabric->clock);
        }
    }
    pe->state.event = 0;
    return VCPU_NEXT;
}

enum vcpu_outcome aarch64_yield(struct vcpu *cpu, const struct ir_op *op)
{
    clock_rest(&cpu->core.config.fabric->clock);
    return VCPU_NEXT;
}

enum vcpu_outcome aarch64_sev(struct vcpu *cpu, const struct ir_op *op)
{
    for (struct aarch64 *pe = aarch64_first(aarch64_of(cpu)); pe != NULL;
         pe = pe->next) {
        __atomic_store_n(&pe->state.event, 1, __ATOMIC_SEQ_CST);
    }
    clock_rouse(&cpu->core.config.fabric->clock);
    return VCPU_NEXT;
}

enum vcpu_outcome aarch64_sevl(struct vcpu *cpu, const struct ir_op *op)
{
    aarch64_of(cpu)->state.event = 1;
    return VCPU_NEXT;
}

/* ---- Exclusives (B2.9) --------------------------------------------------- */

/*
 * The monitor remembers address, size and contents. A store succeeds if the
 * place still holds them: stores of others that change it make it fail, as the
 * global monitor would, without a look-out on every store.
 */
enum vcpu_outcome aarch64_ldx(struct vcpu *cpu, const struct ir_op *op)
{
    struct aarch64 *pe = aarch64_of(cpu);
    const bool pair = (op->high & 16) != 0;
    const unsigned size = aarch64_size_of(op);
    uint64_t address = cpu->r[op->a];
    uint64_t value[2];

    if (!aarch64_aligned(pe, address, size, VCPU_READ) ||
        !aarch64_load(pe, address, size, value)) {
        return VCPU_TRAPPED;
    }
    if (pe->debug.stepping) {
        pe->state.step |= AARCH64_STEPPED_EXCLUSIVE;
    }
    pe->state.exclusive = (uint8_t)size;
    pe->state.exclusive_pa = address;
    memcpy(pe->state.exclusive_value, value, sizeof(value));
    cpu->r[op->d] = pair && size == 8 ? (uint32_t)value[0] : value[0];
    if (pair) {
        cpu->r[op->b] = size == 8 ? value[0] >> 32 : value[1];
    }
    return VCPU_NEXT;
}

/* The value that is stored, as the bytes of memory. */
void aarch64_gather(struct vcpu *cpu, const struct ir_op *op, uint64_t value[2])
{
    aarch64_pack(op, cpu->r[op->b], cpu->r[(unsigned)op->high >> 8], value);
}

enum vcpu_outcome aarch64_stx(struct vcpu *cpu, const struct ir_op *op)
{
    struct aarch64 *pe = aarch64_of(cpu);
    const unsigned size = aarch64_size_of(op);
    uint64_t address = cpu->r[op->a];
    uint64_t value[2];
    uint64_t present[2];

    if (!aarch64_aligned(pe, address, size, VCPU_WRITE)) {
        return VCPU_TRAPPED;
    }
    bool held =
        pe->state.exclusive == size && pe->state.exclusive_pa == address;
    if (held) {
        if (!aarch64_load_for_store(pe, address, size, present)) {
            return VCPU_TRAPPED;
        }
        held = memcmp(present, pe->state.exclusive_value, 16) == 0;
    }
    if (held) {
        aarch64_gather(cpu, op, value);
        if (!aarch64_store(pe, address, size, value)) {
            return VCPU_TRAPPED;
        }
    }
    pe->state.exclusive = 0;
    cpu->r[op->d] = !held;
    return VCPU_NEXT;
}

enum vcpu_outcome aarch64_clrex(struct vcpu *cpu, const struct ir_op *op)
{
    aarch64_of(cpu)->state.exclusive = 0;
    return VCPU_NEXT;
}

/* ---- Ordered and unprivileged accesses ----------------------------------- */

enum vcpu_outcome aarch64_ldar(struct vcpu *cpu, const struct ir_op *op)
{
    struct aarch64 *pe = aarch64_of(cpu);
    unsigned size = 1u << (op->high & 3);
    uint64_t value[2];

    if (!aarch64_aligned(pe, cpu->r[op->a], size, VCPU_READ) ||
        !aarch64_load(pe, cpu->r[op->a], size, value)) {
        return VCPU_TRAPPED;
    }
    cpu->r[op->d] = value[0];
    return VCPU_NEXT;
}

enum vcpu_outcome aarch64_stlr(struct vcpu *cpu, const struct ir_op *op)
{
    struct aarch64 *pe = aarch64_of(cpu);
    unsigned size = 1u << (op->high & 3);
    const uint64_t value[2] = {cpu->r[op->b], 0};

    return aarch64_aligned(pe, cpu->r[op->a], size, VCPU_WRITE) &&
                   aarch64_store(pe, cpu->r[op->a], size, value)
               ? VCPU_NEXT
               : VCPU_TRAPPED;
}

/* EL1, and EL2 as the host, give up their privilege unless PSTATE.UAO says
 * not to. */
static unsigned unprivileged(const struct aarch64 *pe)
{
    unsigned level = pe->state.level;
    bool gives_up = level == 1 || (level == 2 && aarch64_in_host(pe, 0));

    return gives_up && pe->state.uao == 0 ? 0 : level;
}

/* Compiled code need not ask again, for as long as it goes on. */
static void tell_unprivileged(struct aarch64 *pe)
{
    struct vcpu *cpu = &pe->vcpu;
    const struct vcpu_tlb *tlb =
        &cpu->tlbs[aarch64_context(pe, unprivileged(pe))];

    cpu->compiled.unprivileged =
        tlb->aligned_only ? cpu->compiled.nothing : tlb->data;
}

enum vcpu_outcome aarch64_ldtr(struct vcpu *cpu, const struct ir_op *op)
{
    struct aarch64 *pe = aarch64_of(cpu);
    unsigned size = 1u << (op->high & 3);
    uint64_t address = cpu->r[op->a] + (uint64_t)(int64_t)(op->high >> 8);
    uint64_t value[2];

    if (!aarch64_load_as(pe, unprivileged(pe), address, size, value)) {
        return VCPU_TRAPPED;
    }
    uint64_t result = value[0];
    if ((op->high & 12) != 0) {
        unsigned shift = 64 - 8 * size;

        result = (uint64_t)((int64_t)(result << shift) >> shift);
    }
    if ((op->high & 8) != 0) {
        result = (uint32_t)result;
    }
    cpu->r[op->d] = result;
    tell_unprivileged(pe);
    return VCPU_NEXT;
}

enum vcpu_outcome aarch64_sttr(struct vcpu *cpu, const struct ir_op *op)
{
    struct aarch64 *pe = aarch64_of(cpu);
    unsigned size = 1u << (op->high & 3);
    uint64_t address = cpu->r[op->a] + (uint64_t)(int64_t)(op->high >> 8);
    const uint64_t value[2] = {cpu->r[op->b], 0};

    if (!aarch64_store_as(pe, unprivileged(pe), address, size, value)) {
        return VCPU_TRAPPED;
    }
    tell_unprivileged(pe);
    return VCPU_NEXT;
}
