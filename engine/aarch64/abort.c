/* SPDX-License-Identifier: Apache-2.0 */
/* Aborts of data accesses and fetches: which level takes them, and what the
 * syndrome says (D1.10, D7.2.30). */
#include "base/bits.h"
#include "engine/aarch64/aarch64.h"

/* ISS[23:14] of a stage 2 fault: what the instruction at pc transfers, for the
 * hypervisor to emulate it. 0 where it is not a plain load or store of one
 * general register without write-back. */
static uint32_t transfer_syndrome(struct aarch64 *pe)
{
    struct aarch64_translation t;
    struct access attributes;
    uint64_t word = 0;

    if (!aarch64_translate(pe, pe->state.level, pe->state.r[IR_PC], VCPU_FETCH,
                           true, &t)) {
        return 0;
    }
    struct space *space = aarch64_space(pe, t.non_secure, &attributes);
    attributes.debug = true;
    if (space_read(space, &attributes, gpa(t.pa), 4, &word) != 0) {
        return 0;
    }
    uint32_t insn = (uint32_t)word;
    bool ordered = (insn & 0x3f800000) == 0x08800000; /* LDAR, STLR */
    bool plain = (insn & 0x3f000000) == 0x39000000 || /* unsigned offset */
                 (insn & 0x3f200c00) == 0x38200800 || /* register offset */
                 (insn & 0x3f200400) == 0x38000000;   /* unscaled, LDTR */
    if ((insn & 0x3f000000) == 0x18000000) { /* LDR and LDRSW of a literal */
        unsigned kind = insn >> 30;

        return kind == 3 ? 0
                         : 1u << 24 | (kind == 1 ? 3u : 2u) << 22 |
                               (uint32_t)(kind == 2) << 21 | (insn & 31) << 16 |
                               (uint32_t)(kind != 0) << 15;
    }
    if (!ordered && !plain) {
        return 0;
    }
    unsigned size = insn >> 30;
    unsigned opc = insn >> 22 & 3;
    bool extends = plain && opc >= 2;
    bool wide = plain && opc >= 2 ? opc == 2 : size == 3;
    if (extends && size == 3) { /* PRFM */
        return 0;
    }
    return 1u << 24 | size << 22 | (uint32_t)extends << 21 | (insn & 31) << 16 |
           (uint32_t)wide << 15 | (uint32_t)ordered << 14;
}

static unsigned abort_level(struct aarch64 *pe,
                            const struct aarch64_translation *t)
{
    unsigned level = pe->state.level;

    if ((t->status & 0x3c) == AARCH64_STATUS_EXTERNAL && pe->has_el3 &&
        (AARCH64_SYS(pe, SCR_EL3) & 1 << 3) != 0) { /* EA */
        return 3;
    }
    if (t->stage2) {
        return 2;
    }
    if ((t->status & 0x3c) == AARCH64_STATUS_EXTERNAL && level <= 1 &&
        (aarch64_hcr(pe) >> 37 & 1) != 0) { /* TEA */
        return 2;
    }
    if (level == 0) {
        return (aarch64_hcr(pe) >> 27 & 1) != 0 ? 2 : 1;
    }
    return level;
}

void aarch64_abort(struct aarch64 *pe, uint64_t address,
                   const struct aarch64_translation *t,
                   enum aarch64_class class, uint32_t iss)
{
    static const enum aarch64_register far[4] = {
        [1] = AARCH64_FAR_EL1,
        [2] = AARCH64_FAR_EL2,
        [3] = AARCH64_FAR_EL3,
    };
    unsigned level = abort_level(pe, t);

    if (t->stage2) {
        AARCH64_SYS(pe, HPFAR_EL2) = t->ipa >> 12 << 4;
    }
    pe->state.sys[far[level]] = address;
    /* The class for one's own level follows the one for a lower level. */
    if (pe->state.level == level) {
        class ++;
    }
    aarch64_take(pe, level, class, iss | (uint32_t)t->walk << 7 | t->status,
                 pe->state.r[IR_PC]);
}

void aarch64_data_abort(struct aarch64 *pe, uint64_t address,
                        const struct aarch64_translation *t,
                        enum vcpu_access access, bool maintenance)
{
    uint32_t iss = (uint32_t)(access == VCPU_WRITE || maintenance) << 6 |
                   (uint32_t)maintenance << 8;

    if (t->stage2 && !t->walk && !maintenance) {
        iss |= transfer_syndrome(pe);
    }
    aarch64_abort(pe, address, t, AARCH64_EC_DATA_LOWER, iss);
}

bool aarch64_refuse(struct aarch64 *pe, uint64_t address,
                    enum aarch64_fault_status status, enum vcpu_access access)
{
    struct aarch64_translation t = {.status = (uint8_t)status};

    aarch64_data_abort(pe, address, &t, access, false);
    return false;
}
