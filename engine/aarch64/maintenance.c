/* SPDX-License-Identifier: Apache-2.0 */
/* SYS: instructions for caches, TLBs and address translation (DDI 0487,
 * C5.3 to C5.5). */
#include "base/bits.h"
#include "engine/aarch64/aarch64.h"
#include "engine/aarch64/system.h"
#include "engine/gate_inside.h"

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
    unsigned needed = aarch64_op1_of(e) == 0   ? 1
                      : aarch64_op1_of(e) == 4 ? 2
                                               : 3;
    unsigned crm = aarch64_crm_of(e);

    if (level < needed ||
        (aarch64_op1_of(e) != 0 && aarch64_op1_of(e) != 4 &&
         aarch64_op1_of(e) != 6) ||
        (needed == 2 &&
         !el3_does(pe, crm == 0 || crm == 4 || aarch64_op2_of(e) == 4 ||
                           aarch64_op2_of(e) == 6))) {
        return aarch64_deny(pe, AARCH64_UNDEFINED, e, rt, false);
    }
    if (level == 1 && aarch64_hcr_controls(pe, 25)) { /* TTLB */
        return aarch64_deny(pe, 2, e, rt, false);
    }
    /* FB makes all of a guest's maintenance broadcast. */
    invalidate(pe, e, operand,
               crm == 3 || crm == 0 || aarch64_hcr_controls(pe, 9));
    return VCPU_NEXT;
}

/* The faults that are not left to PAR_EL1: external aborts of the walk, and at
 * EL1 stage 2 faults of the walk, which are the hypervisor's (D5.2.11). */
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
    unsigned op1 = aarch64_op1_of(e);
    unsigned op2 = aarch64_op2_of(e);
    unsigned needed = op1 == 0 ? 1 : op1 == 4 ? 2 : 3;
    unsigned level = op1 == 6              ? 3
                     : op1 == 4 && op2 < 4 ? 2
                     : (op2 & 2) != 0      ? 0
                                           : 1;
    bool both = op1 == 4 && op2 >= 4;
    enum vcpu_access access = (op2 & 1) != 0 ? VCPU_WRITE : VCPU_READ;
    bool with_pan = aarch64_crm_of(e) == 9; /* S1E1RP, S1E1WP */

    if (pe->state.level < needed || (op1 == 4 && !el3_does(pe, both)) ||
        (with_pan &&
         (op1 != 0 || op2 > 1 || !aarch64_has(pe, AARCH64_FEATURE_ATS1E1)))) {
        return aarch64_deny(pe, AARCH64_UNDEFINED, e, rt, false);
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

    if (!aarch64_translate_again(pe, level, address, VCPU_WRITE, &t)) {
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

    if (level == 0 && !aarch64_user_control(pe, 14)) {
        return aarch64_deny(pe, aarch64_user_trap(pe), e, rt, false);
    }
    if (aarch64_hcr_controls(pe, 28)) { /* TDZ */
        return aarch64_deny(pe, 2, e, rt, false);
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

    if (level == 0 && !aarch64_user_control(pe, 26)) { /* UCI */
        return aarch64_deny(pe, aarch64_user_trap(pe), e, rt, false);
    }
    if (aarch64_hcr_controls(pe, trap_bit)) {
        return aarch64_deny(pe, 2, e, rt, false);
    }
    /* Guests do this line by line. */
    if (pe->debug.watch_count == 0 &&
        (aarch64_reaches(pe, address, access) ||
         (!invalidate && aarch64_enter_page(pe, address)))) {
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

    if (aarch64_crn_of(e) == 8) {
        return tlbi(pe, e, rt, value);
    }
    if (aarch64_crn_of(e) == 7 &&
        (aarch64_crm_of(e) == 8 || aarch64_crm_of(e) == 9)) {
        return translate_address(pe, e, rt, value);
    }
    switch (e) {
    case SYS(3, 7, 4, 1): /* DC ZVA */
        return zero_block(pe, e, rt, value);
    case SYS(3, 7, 12, 1): /* DC CVAP */
        return aarch64_has(pe, AARCH64_FEATURE_DPB)
                   ? maintain(pe, e, rt, value, HCR_TPC)
                   : aarch64_deny(pe, AARCH64_UNDEFINED, e, rt, false);
    case SYS(3, 7, 10, 1): /* DC CVAC, CVAU, CIVAC */
    case SYS(3, 7, 14, 1):
        return maintain(pe, e, rt, value, HCR_TPC);
    case SYS(3, 7, 11, 1):
    case SYS(3, 7, 5, 1): /* IC IVAU */
        return maintain(pe, e, rt, value, HCR_TPU);
    case SYS(0, 7, 6, 1): /* DC IVAC */
        return user ? aarch64_deny(pe, AARCH64_UNDEFINED, e, rt, false)
                    : maintain(pe, e, rt, value, HCR_TPC);
    case SYS(0, 7, 6, 2): /* DC ISW, CSW, CISW */
    case SYS(0, 7, 10, 2):
    case SYS(0, 7, 14, 2):
    case SYS(0, 7, 1, 0): /* IC IALLUIS, IALLU: code is tracked by writes */
    case SYS(0, 7, 5, 0): {
        bool code = aarch64_crm_of(e) == 1 || aarch64_crm_of(e) == 5;

        if (user) {
            return aarch64_deny(pe, AARCH64_UNDEFINED, e, rt, false);
        }
        return aarch64_hcr_controls(pe, code ? HCR_TPU : HCR_TSW)
                   ? aarch64_deny(pe, 2, e, rt, false)
                   : VCPU_NEXT;
    }
    default:
        return aarch64_deny(pe,
                            aarch64_traps_vendor(pe, e) ? 2 : AARCH64_UNDEFINED,
                            e, rt, false);
    }
}
