/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A guest architecture that exists to be added: it shows, under test, that an
 * architecture is a table of traits, a lifter and a core type, and needs no
 * change of the run loop, of the memory path or of the compiler.
 *
 * It has what Arm's T32 asks for: instructions of two and of four bytes, flags,
 * instructions that execute on a condition because one before says so (IT
 * blocks), and a stack pointer for each of two modes. The 16 registers of 32
 * bits are r0 to r12, sp, lr, and r15, which reads as zero. All halfwords begin
 * with the operation in bits 15:12 and a register d in 11:8.
 *
 *   0 d imm8     d = imm8                   8 c n     the next n (1 to 8)
 * halfwords 1 d imm8     d += signed imm8                     execute if c
 * holds 2 d a b      d = a + b, flags           9 0 n     SYS n, see below 3 d
 * a b      d = a - b, flags           a d b     push d, then b 4 d a imm4   d =
 * word at a + imm4 * 4   f d 0, imm16: d = imm16 5 d a imm4   word at a + imm4
 * * 4 = d   f d 1, imm16: d |= imm16 << 16 6 c imm8     branch by imm8
 * halfwords   f d 2, imm16: call the function if c holds imm16 halfwords after
 * reset's 7 a 00       jump to a                    vector, lr = next
 *
 * SYS 0 enters the supervisor at the vector, as do interrupts and faults; SYS 1
 * returns; SYS 2 waits for an interrupt.
 */
#ifndef ENGINE_TOY_TOY_H
#define ENGINE_TOY_TOY_H

#include "engine/memory.h"

enum { TOY_SP = 13, TOY_LR = 14, TOY_NONE = 15 };

/* The condition of the last "8 c n", and the addresses that it is about: from
 * behind that instruction, which is at TOY_IF, to TOY_IF_END. They are
 * registers of the micro-operations that no instruction names, so what decodes
 * from the middle of them, after an interrupt or on the next page, finds them
 * there. */
enum { TOY_IF = 16, TOY_IF_END = 17, TOY_CONDITION = 18 };

enum { TOY_VECTOR = 0x100 }; /* from the reset vector on */

enum toy_cause {
    TOY_SYS,
    TOY_INTERRUPT,
    TOY_BUS_ERROR,
    TOY_MISALIGNED,
    TOY_UNDEFINED,
};

struct toy_state {
    uint64_t r[IR_REGISTERS];
    uint32_t sp[2]; /* of the mode that does not run */
    uint32_t supervisor;
    uint32_t cause;
    uint32_t saved_pc;
    uint32_t saved_supervisor;
    uint32_t saved_if[3]; /* TOY_IF and the two behind it */
    uint32_t line;
    uint32_t power;
    uint64_t retired;
};

struct toy {
    struct vcpu vcpu; /* first */
    struct toy_state state;
};

static inline struct toy *toy_of(struct vcpu *cpu)
{
    return (struct toy *)cpu;
}

enum toy_helper { TOY_HELPER_SYS, TOY_HELPER_UNDEFINED };

extern const struct core_type toy_type;

/* guest_traits.lift (lift.c) */
bool toy_lift(struct vcpu *cpu, struct ir_block *block, uint64_t pc,
              const uint8_t *bytes, size_t size);

#endif
