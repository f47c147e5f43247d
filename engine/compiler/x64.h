/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An encoder of x86-64 instructions (Intel SDM, volume 2): as many as the
 * compiler uses, each written where `at` points. Nobody checks for room but
 * who begins a block: see LOWER_ROOM.
 */
#ifndef ENGINE_COMPILER_X64_H
#define ENGINE_COMPILER_X64_H

#include <stdbool.h>
#include <stdint.h>

enum x64_register {
    X64_RAX,
    X64_RCX,
    X64_RDX,
    X64_RBX,
    X64_RSP,
    X64_RBP,
    X64_RSI,
    X64_RDI,
    X64_R8,
    X64_R9,
    X64_R10,
    X64_R11,
    X64_R12,
    X64_R13,
    X64_R14,
    X64_R15,
    /* Of both bit 3 is clear, which is that of R8 to R15. */
    X64_RIP = 0xf5, /* as a base: the displacement is from x64.base on */
    X64_NONE = 0xf7
};

/* Condition codes, as Jcc, SETcc and CMOVcc encode them. */
enum x64_condition {
    X64_O,
    X64_NO,
    X64_B,
    X64_AE,
    X64_E,
    X64_NE,
    X64_BE,
    X64_A,
    X64_S,
    X64_NS,
    X64_P,
    X64_NP,
    X64_L,
    X64_GE,
    X64_LE,
    X64_G
};

/* A register, or memory at base + index * 2^scale + displacement. */
struct x64_operand {
    uint8_t base; /* the register itself when memory is false */
    uint8_t index;
    uint8_t scale;
    bool memory;
    int32_t displacement;
};

static inline struct x64_operand x64_reg(enum x64_register number)
{
    return (struct x64_operand){.base = (uint8_t)number, .index = X64_NONE};
}

static inline struct x64_operand x64_mem(enum x64_register base,
                                         int32_t displacement)
{
    return (struct x64_operand){.base = (uint8_t)base,
                                .index = X64_NONE,
                                .memory = true,
                                .displacement = displacement};
}

static inline struct x64_operand x64_mem_index(enum x64_register base,
                                               enum x64_register index,
                                               unsigned scale,
                                               int32_t displacement)
{
    return (struct x64_operand){.base = (uint8_t)base,
                                .index = (uint8_t)index,
                                .scale = (uint8_t)scale,
                                .memory = true,
                                .displacement = displacement};
}

/* In the code itself; nothing may follow the operand in its instruction. */
static inline struct x64_operand x64_here(int32_t offset)
{
    return x64_mem(X64_RIP, offset);
}

struct x64 {
    uint8_t *at;
    const uint8_t *base;
};

/* The eight operations of one shape: their number is that of /digit forms. */
enum x64_alu {
    X64_ADD,
    X64_OR,
    X64_ADC,
    X64_SBB,
    X64_AND,
    X64_SUB,
    X64_XOR,
    X64_CMP
};

enum x64_shift {
    X64_ROL = 0,
    X64_ROR = 1,
    X64_SHL = 4,
    X64_SHR = 5,
    X64_SAR = 7
};
/* Of a register by CL's like, without flags (BMI2). */
enum x64_shiftx { X64_SHLX, X64_SARX, X64_SHRX };

void x64_byte(struct x64 *out, unsigned value);
void x64_word32(struct x64 *out, uint32_t value);
void x64_word64(struct x64 *out, uint64_t value);

/* Opcode with a ModRM byte; opcode is up to three bytes, 0x0f38.. included. */
void x64_op(struct x64 *out, bool wide, unsigned opcode, unsigned reg,
            struct x64_operand rm);
/* The same behind a mandatory prefix 0x66, 0xf2 or 0xf3 (0: none). */
void x64_op_prefixed(struct x64 *out, unsigned prefix, bool wide,
                     unsigned opcode, unsigned reg, struct x64_operand rm);
/* VEX: map 1 is 0f, 2 is 0f38, 3 is 0f3a; prefix 0, 1 (66), 2 (f3), 3 (f2). */
void x64_vex(struct x64 *out, unsigned map, unsigned prefix, bool wide,
             unsigned opcode, unsigned reg, unsigned source,
             struct x64_operand rm);

/* EVEX of 128 bits without a mask, for the registers that VEX has. */
void x64_evex(struct x64 *out, unsigned map, unsigned prefix, bool wide,
              unsigned opcode, unsigned reg, unsigned source,
              struct x64_operand rm);

void x64_alu(struct x64 *out, bool wide, enum x64_alu what, enum x64_register d,
             struct x64_operand s);
/* To memory or a register. */
void x64_alu_imm(struct x64 *out, bool wide, enum x64_alu what,
                 struct x64_operand d, int32_t imm);
void x64_mov(struct x64 *out, bool wide, enum x64_register d,
             struct x64_operand s);
void x64_store(struct x64 *out, bool wide, struct x64_operand d,
               enum x64_register s);
/* The shortest form; leaves the flags alone. */
void x64_mov_imm(struct x64 *out, enum x64_register d, uint64_t value);
void x64_store_imm(struct x64 *out, bool wide, struct x64_operand d,
                   int32_t value);
void x64_lea(struct x64 *out, bool wide, enum x64_register d,
             struct x64_operand s);
void x64_shift_imm(struct x64 *out, bool wide, enum x64_shift what,
                   enum x64_register d, unsigned count);
void x64_shiftx(struct x64 *out, bool wide, enum x64_shiftx what,
                enum x64_register d, struct x64_operand s,
                enum x64_register count);
void x64_imul(struct x64 *out, bool wide, enum x64_register d,
              struct x64_operand s);
void x64_cmov(struct x64 *out, bool wide, enum x64_condition condition,
              enum x64_register d, struct x64_operand s);
void x64_bswap(struct x64 *out, bool wide, enum x64_register d);
/* Of AL, CL or DL. */
void x64_setcc(struct x64 *out, enum x64_condition condition,
               enum x64_register d);

/* Jumps: to a place, or to one that is told later. The returned place is that
 * of the 32-bit displacement. */
uint8_t *x64_jmp(struct x64 *out, const uint8_t *target);
uint8_t *x64_jcc(struct x64 *out, enum x64_condition condition,
                 const uint8_t *target);
uint8_t *x64_call(struct x64 *out, const uint8_t *target);
void x64_aim(uint8_t *displacement, const uint8_t *target);
/* The opcode before a displacement: a call's becomes a jump's. */
uint8_t x64_jump_of(uint8_t opcode);

#endif
