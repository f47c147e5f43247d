/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/lift/aarch64.h"

static aarch64_lifter *const lifters[AARCH64_ROWS] = {
    [AARCH64_UNALLOCATED] = aarch64_lift_undefined,
#define INSN(row, mnemonic, pattern, except, syntax, feature, section)         \
    [AARCH64_ROW_##row] = aarch64_lift_##row,
#define OVER INSN
#include "isa/aarch64/instructions.def"
#undef OVER
#undef INSN
};

static bool is_hint(uint32_t encoding)
{
    return (encoding & 0xfffff01f) == 0xd503201f;
}

unsigned aarch64_lift(struct vcpu *cpu, struct ir_block *block, uint64_t pc,
                      uint32_t bytes, unsigned available)
{
    struct aarch64_insn insn;
    struct aarch64_lift lift = {block, &insn, pc & (REGION_PAGE_SIZE - 1),
                                cpu->gate != NULL};

    if (available < 4) {
        return 0;
    }
    ir_begin(block, block->offset, 4);
    aarch64_decode(bytes, &insn);
    if (aarch64_is_base(&insn) ||
        aarch64_has(aarch64_of(cpu), aarch64_feature_of(&insn))) {
        lifters[insn.row](&lift);
    } else if (!is_hint(bytes)) { /* a hint of an extension does nothing */
        aarch64_lift_undefined(&lift);
    }
    return 4;
}
