/* SPDX-License-Identifier: Apache-2.0 */
/* Lifting A64: from the bytes of a page to rows, and to their lifters. */
#include "engine/lift/aarch64.h"

#include <string.h>

static bool is_hint(uint32_t encoding)
{
    return (encoding & 0xfffff01f) == 0xd503201f;
}

/* True if the core has the extension that the instruction belongs to. */
static bool is_present(struct vcpu *cpu, struct aarch64_insn *insn)
{
    if (aarch64_is_base(insn)) {
        return true;
    }
    aarch64_decode(insn->encoding, insn);
    return aarch64_has(aarch64_of(cpu), aarch64_feature_of(insn));
}

bool aarch64_lift(struct vcpu *cpu, struct ir_block *block, uint64_t pc,
                  const uint8_t *bytes, size_t size)
{
    enum { LENGTH = 4 };
    struct aarch64_insn insn;
    struct aarch64_lift lift = {block,
                                &insn,
                                pc & (REGION_PAGE_SIZE - 1),
                                bytes,
                                cpu->core.config.several,
                                cpu->code->parallel};
    uint32_t word;

    if (size < LENGTH) {
        return false;
    }
    do {
        memcpy(&word, lift.bytes, LENGTH);
        ir_begin(block, LENGTH);
        aarch64_find_row(word, &insn);
        if (is_present(cpu, &insn)) {
            aarch64_lifters[insn.row](&lift);
        } else if (!is_hint(word)) { /* a hint of an extension does nothing */
            aarch64_lift_undefined(&lift);
        }
        lift.bytes += LENGTH;
        size -= LENGTH;
        lift.pc += LENGTH;
    } while (ir_next(block) && size >= LENGTH);
    return true;
}
