/* SPDX-License-Identifier: Apache-2.0 */
/* Where two runs of a random RV32 program differ first, for people. */
#include <string.h>

#include "base/bits.h"
#include "isa/riscv/decode.h"
#include "isa/riscv/disassemble.h"
#include "tests/engine/rv32_random.h"
#include "tests/engine/rv32_random_layout.h"

static void list(const struct random_program *p, const struct random_block *b,
                 struct buffer *out)
{
    for (uint32_t at = b->body; at < b->end;) {
        struct riscv_insn insn;

        riscv_decode(load_le32(p->image + at), &insn);
        buffer_print(out, "  %08x: ", absolute(at));
        riscv_disassemble(&insn, gva(absolute(at)), out);
        buffer_print(out, "\n");
        at += insn.length;
    }
}

static void registers(const struct random_program *p, unsigned index,
                      const uint8_t *ours, const uint8_t *theirs,
                      struct buffer *out)
{
    for (unsigned i = 1; i < 32; i++) {
        uint32_t at = OUTPUTS + index * 128 + i * 4;
        uint32_t a = load_le32(ours + at);
        uint32_t b = load_le32(theirs + at);

        buffer_print(out, "  %-4s before %08x  ours %08x  qemu %08x%s\n",
                     riscv_register_name(i),
                     load_le32(p->image + INPUTS + index * 128 + i * 4), a, b,
                     a == b ? "" : "  <--");
    }
}

static void traps(const uint8_t *ours, const uint8_t *theirs,
                  struct buffer *out)
{
    for (uint32_t at = LOG; at < SCRATCH; at += 16) {
        if (memcmp(ours + at, theirs + at, 16) == 0) {
            continue;
        }
        for (unsigned i = 0; i < 2; i++) {
            const uint8_t *record = (i == 0 ? ours : theirs) + at;

            buffer_print(out,
                         "first trap to differ, %s: mcause %x mepc %08x "
                         "mtval %08x mstatus %08x\n",
                         i == 0 ? "ours" : "qemu", load_le32(record),
                         load_le32(record + 4), load_le32(record + 8),
                         load_le32(record + 12));
        }
        return;
    }
}

void random_explain(const struct random_program *p, const uint8_t *ours,
                    const uint8_t *theirs, struct buffer *out)
{
    traps(ours, theirs, out);
    for (unsigned i = 0; i < RANDOM_BLOCKS; i++) {
        uint32_t at = OUTPUTS + i * 128;

        if (memcmp(ours + at, theirs + at, 128) != 0) {
            buffer_print(out, "block %u in %s mode\n", i,
                         p->blocks[i].user ? "U" : "M");
            registers(p, i, ours, theirs, out);
            list(p, &p->blocks[i], out);
            return;
        }
    }
    buffer_print(out, "all blocks end with the same registers\n");
}
