/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An encoder of x86-64 instructions (Intel SDM, volume 2): those that the
 * compiler uses, each written where `at` points. Up to X64_SLACK - 1 bytes
 * behind it are overwritten too, without a meaning. Room is checked only at the
 * begin of a block: see COMPILER_ROOM.
 */
#ifndef ENGINE_COMPILER_X64_H
#define ENGINE_COMPILER_X64_H

#include <stdbool.h>
#include <stdint.h>

enum { X64_SLACK = 8 };

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
    X64_NONE = 0xf7 /* bit 3, which is that of R8 to R15, is clear */
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

/* A register, or memory at base + index * 2^scale + displacement, as an
 * instruction tells it (SDM 2.1.5), the lowest byte first: X and B of a REX
 * prefix; how many bytes are used of ModRM, its reg field 0, SIB and
 * displacement; these. */
struct x64_operand {
    uint64_t bits;
};

/* The two upper bits of ModRM; none of them: no displacement. */
enum { X64_NEAR = 0x40, X64_FAR = 0x80, X64_DIRECT = 0xc0 };

/* Bit 3 of a register's number. */
static inline unsigned x64_high(unsigned number)
{
    return number >> 3 & 1;
}

static inline struct x64_operand x64_operand(unsigned rex, unsigned size,
                                             uint64_t bytes)
{
    return (struct x64_operand){rex | size << 8 | bytes << 16};
}

static inline unsigned x64_rex(struct x64_operand operand)
{
    return (uint8_t)operand.bits;
}

/* Bytes of ModRM and what is behind it. */
static inline unsigned x64_size(struct x64_operand operand)
{
    return (uint8_t)(operand.bits >> 8);
}

static inline unsigned x64_modrm(struct x64_operand operand)
{
    return (uint8_t)(operand.bits >> 16);
}

static inline unsigned x64_sib(struct x64_operand operand)
{
    return (uint8_t)(operand.bits >> 24);
}

static inline struct x64_operand x64_reg(enum x64_register number)
{
    return x64_operand(x64_high(number), 1, X64_DIRECT | (number & 7));
}

/* Behind ModRM and perhaps SIB. A base of RBP or R13 always has a displacement;
 * short ones count 1 << unit bytes. */
static inline struct x64_operand x64_displaced(unsigned rex, unsigned start,
                                               unsigned size, unsigned base,
                                               int32_t displacement,
                                               unsigned unit)
{
    /* By form: without a displacement, with a short one, with a long one. */
    static const uint8_t bytes[] = {0, 1, 4};
    int32_t units = displacement >> unit;
    unsigned some = (displacement != 0) | ((base & 7) == X64_RBP);
    unsigned far =
        ((displacement & ((1 << unit) - 1)) != 0) | (units != (int8_t)units);
    uint32_t value = (uint32_t)(far != 0 ? displacement : units);

    return x64_operand(rex, size + bytes[some + far],
                       start | (some + far) * X64_NEAR |
                           (uint64_t)value << size * 8);
}

static inline struct x64_operand x64_mem_index(enum x64_register base,
                                               enum x64_register index,
                                               unsigned scale,
                                               int32_t displacement)
{
    unsigned low = index != X64_NONE ? index & 7 : 4;
    unsigned sib = scale << 6 | low << 3 | (base & 7);

    return x64_displaced(x64_high(index) << 1 | x64_high(base), 4 | sib << 8, 2,
                         base, displacement, 0);
}

static inline struct x64_operand x64_mem(enum x64_register base,
                                         int32_t displacement)
{
    if ((base & 7) == X64_RSP) {
        return x64_mem_index(base, X64_NONE, 0, displacement);
    }
    return x64_displaced(x64_high(base), base & 7, 1, base, displacement, 0);
}

/* In the code itself, at x64.base + offset: for x64_op and x64_op_prefixed,
 * x64_vex and x64_evex. Nothing may follow the operand in its instruction. */
static inline struct x64_operand x64_here(int32_t offset)
{
    return x64_operand(0, 5, 5 | (uint64_t)(uint32_t)offset << 8);
}

static inline bool x64_is_here(struct x64_operand operand)
{
    return x64_modrm(operand) == 5; /* RBP, but without a displacement */
}

static inline bool x64_is_memory(struct x64_operand operand)
{
    return x64_modrm(operand) < X64_DIRECT;
}

/* The register that an operand is, or that its memory's address begins with. */
static inline enum x64_register x64_base(struct x64_operand operand)
{
    bool sib = x64_is_memory(operand) && (x64_modrm(operand) & 7) == 4;
    unsigned low = sib ? x64_sib(operand) : x64_modrm(operand);

    return (enum x64_register)((x64_rex(operand) & 1) << 3 | (low & 7));
}

int32_t x64_displacement(struct x64_operand operand);
/* Memory `bytes` further on. */
struct x64_operand x64_further(struct x64_operand operand, int32_t bytes);

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
/* Shifts of a register by CL's like, without flags (BMI2). */
enum x64_shiftx { X64_SHLX, X64_SARX, X64_SHRX };

void x64_byte(struct x64 *out, unsigned value);
void x64_word16(struct x64 *out, uint16_t value);
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
/* All of a register to memory or a register, or nothing. */
void x64_mov_to(struct x64 *out, struct x64_operand d, enum x64_register s,
                bool needed);
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
/* RORX. */
void x64_rotate_right(struct x64 *out, bool wide, enum x64_register d,
                      struct x64_operand s, unsigned count);
void x64_imul(struct x64 *out, bool wide, enum x64_register d,
              struct x64_operand s);
void x64_cmov(struct x64 *out, bool wide, enum x64_condition condition,
              enum x64_register d, struct x64_operand s);
void x64_bswap(struct x64 *out, bool wide, enum x64_register d);
/* Sets one of AL, CL or DL. */
void x64_setcc(struct x64 *out, enum x64_condition condition,
               enum x64_register d);

/* Jumps: to a place, or to one that is told later. The returned place is that
 * of the 32-bit displacement. */
uint8_t *x64_jmp(struct x64 *out, const uint8_t *target);
uint8_t *x64_jcc(struct x64 *out, enum x64_condition condition,
                 const uint8_t *target);
uint8_t *x64_call(struct x64 *out, const uint8_t *target);
void x64_aim(uint8_t *displacement, const uint8_t *target);
/* The same; what calls `stub` until then becomes a jump. */
void x64_mend(uint8_t *displacement, const uint8_t *stub,
              const uint8_t *target);

#endif
