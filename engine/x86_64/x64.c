/* SPDX-License-Identifier: Apache-2.0 */
/* Encoding x86-64 instructions: operands, prefixes, jumps and their targets. */
#include "engine/x86_64/x64.h"

#include <stddef.h>
#include <string.h>

void x64_byte(struct x64 *out, unsigned value)
{
    *out->at++ = (uint8_t)value;
}

void x64_word16(struct x64 *out, uint16_t value)
{
    memcpy(out->at, &value, sizeof(value));
    out->at += sizeof(value);
}

void x64_word32(struct x64 *out, uint32_t value)
{
    memcpy(out->at, &value, sizeof(value));
    out->at += sizeof(value);
}

void x64_word64(struct x64 *out, uint64_t value)
{
    memcpy(out->at, &value, sizeof(value));
    out->at += sizeof(value);
}

static inline bool fits8(int32_t value)
{
    return value == (int8_t)value;
}

/* Half of what a block takes to compile goes through here, so bytes are put at
 * a pointer of its own: stores of bytes may be to any memory, out->at too. */
static inline uint8_t *put32(uint8_t *at, uint32_t value)
{
    memcpy(at, &value, sizeof(value));
    return at + sizeof(value);
}

/* ModRM's reg field and REX.R in an operand. */
static const uint32_t in_reg[16] = {
#define REG(n) ((n)&7) << 19 | (n) >> 3 << 2
    REG(0), REG(1), REG(2),  REG(3),  REG(4),  REG(5),  REG(6),  REG(7),
    REG(8), REG(9), REG(10), REG(11), REG(12), REG(13), REG(14), REG(15),
#undef REG
};

/* With ModRM's reg field. In one store: what is too much is overwritten. */
static inline uint8_t *put_operand(uint8_t *at, unsigned reg,
                                   struct x64_operand rm)
{
    uint64_t bytes = (rm.bits | in_reg[reg]) >> 16;

    memcpy(at, &bytes, sizeof(bytes));
    return at + x64_size(rm);
}

/* The same, which may be one of x64_here: counted from the instruction's end
 * on. */
static inline uint8_t *put_any_operand(uint8_t *at, const struct x64 *out,
                                       unsigned reg, struct x64_operand rm)
{
    uint8_t *end = put_operand(at, reg, rm);

    if (x64_is_here(rm)) {
        put32(end - 4, (uint32_t)(rm.bits >> 24) + (uint32_t)(out->base - end));
    }
    return end;
}

/* Byte registers above DL need a REX prefix to be SIL, DIL and so on. */
static inline bool byte_form(unsigned opcode)
{
    return (opcode == 0x88) | (opcode == 0x0fb6) | (opcode == 0x0fbe);
}

/* The functions below have no branches on register numbers, which would be
 * mispredicted: a REX prefix that is not needed is shifted out. */

/* Up to three bytes, and REX. */
static inline uint8_t *put_opcode(uint8_t *at, bool wide, unsigned opcode,
                                  unsigned reg, struct x64_operand rm)
{
    unsigned rex = (uint8_t)(rm.bits | in_reg[reg] | (unsigned)wide << 3);
    unsigned none = (rex == 0) & !byte_form(opcode);
    unsigned size = 1u + (opcode > 0xff) + (opcode > 0xffff);
    uint64_t bytes = __builtin_bswap32(opcode) >> (4 - size) * 8;

    bytes = (bytes << 8 | 0x40 | rex) >> none * 8;
    memcpy(at, &bytes, sizeof(bytes));
    return at + 1 - none + size;
}

/* One that names a register itself. */
static inline uint8_t *put_named(uint8_t *at, bool wide, unsigned opcode,
                                 enum x64_register d)
{
    return put_opcode(at, wide, opcode | (d & 7), 0, x64_reg(d));
}

/* An opcode of one byte, all in one store. */
static inline uint8_t *put_op(uint8_t *at, bool wide, unsigned opcode,
                              unsigned reg, struct x64_operand rm)
{
    uint64_t bytes = rm.bits | in_reg[reg] | (unsigned)wide << 3;
    unsigned rex = (uint8_t)bytes;
    unsigned none = (rex == 0) & !byte_form(opcode);

    bytes =
        ((bytes & ~UINT64_C(0xffff)) | opcode << 8 | 0x40 | rex) >> none * 8;
    memcpy(at, &bytes, sizeof(bytes));
    return at + 2 - none + x64_size(rm);
}

void x64_op_prefixed(struct x64 *out, unsigned prefix, bool wide,
                     unsigned opcode, unsigned reg, struct x64_operand rm)
{
    uint8_t *at = out->at;

    *at = (uint8_t)prefix;
    at += prefix != 0;
    out->at =
        put_any_operand(put_opcode(at, wide, opcode, reg, rm), out, reg, rm);
}

void x64_op(struct x64 *out, bool wide, unsigned opcode, unsigned reg,
            struct x64_operand rm)
{
    x64_op_prefixed(out, 0, wide, opcode, reg, rm);
}

/* Keeps what was put from `at` to `end`, or not. */
static inline uint8_t *keep(uint8_t *at, const uint8_t *end, bool needed)
{
    return at + ((end - at) & -(ptrdiff_t)needed);
}

/* An instruction of operands in registers and the guest's state. */
static inline void plain(struct x64 *out, bool wide, unsigned opcode,
                         unsigned reg, struct x64_operand rm)
{
    out->at = put_op(out->at, wide, opcode, reg, rm);
}

int32_t x64_displacement(struct x64_operand operand)
{
    bool sib = (x64_modrm(operand) & 7) == 4;
    uint32_t displacement = (uint32_t)(operand.bits >> (sib ? 32 : 24));

    switch (x64_modrm(operand) & X64_DIRECT) {
    case X64_NEAR:
        return (int8_t)displacement;
    case X64_FAR:
        return (int32_t)displacement;
    default:
        return 0;
    }
}

/* The same memory `bytes` further on, short displacements in another unit. */
static struct x64_operand moved(struct x64_operand operand, int32_t bytes,
                                unsigned unit)
{
    unsigned start = x64_modrm(operand) & 7;
    bool sib = start == 4;

    return x64_displaced(x64_rex(operand),
                         sib ? start | x64_sib(operand) << 8 : start,
                         sib ? 2 : 1, x64_base(operand),
                         x64_displacement(operand) + bytes, unit);
}

struct x64_operand x64_further(struct x64_operand operand, int32_t bytes)
{
    return moved(operand, bytes, 0);
}

void x64_vex(struct x64 *out, unsigned map, unsigned prefix, bool wide,
             unsigned opcode, unsigned reg, unsigned source,
             struct x64_operand rm)
{
    uint8_t *at = out->at;
    unsigned third = (~source & 15) << 3 | prefix;

    if (map == 1 && !wide && x64_rex(rm) == 0) {
        *at++ = 0xc5;
        *at++ = (uint8_t)((x64_high(reg) ^ 1) << 7 | third);
    } else {
        *at++ = 0xc4;
        *at++ =
            (uint8_t)((x64_high(reg) ^ 1) << 7 | (x64_rex(rm) ^ 3u) << 5 | map);
        *at++ = (uint8_t)((unsigned)wide << 7 | third);
    }
    *at++ = (uint8_t)opcode;
    out->at = put_any_operand(at, out, reg, rm);
}

/* SDM 2.7.1; short displacements count in operands (2.7.5). */
void x64_evex(struct x64 *out, unsigned map, unsigned prefix, bool wide,
              unsigned opcode, unsigned reg, unsigned source,
              struct x64_operand rm)
{
    uint8_t *at = out->at;

    if (x64_is_memory(rm) && !x64_is_here(rm)) {
        rm = moved(rm, 0, 4);
    }
    *at++ = 0x62;
    *at++ = (uint8_t)((x64_high(reg) ^ 1) << 7 | (x64_rex(rm) ^ 3u) << 5 |
                      0x10 | map);
    *at++ = (uint8_t)((unsigned)wide << 7 | (~source & 15) << 3 | 4 | prefix);
    *at++ = 0x08;
    *at++ = (uint8_t)opcode;
    out->at = put_any_operand(at, out, reg, rm);
}

void x64_alu(struct x64 *out, bool wide, enum x64_alu what, enum x64_register d,
             struct x64_operand s)
{
    plain(out, wide, (unsigned)what << 3 | 3, d, s);
}

void x64_alu_imm(struct x64 *out, bool wide, enum x64_alu what,
                 struct x64_operand d, int32_t imm)
{
    const unsigned fits = fits8(imm);
    uint8_t *at = put_op(out->at, wide, 0x81 | fits << 1, what, d);

    put32(at, (uint32_t)imm);
    out->at = at + 4 - fits * 3;
}

void x64_mov(struct x64 *out, bool wide, enum x64_register d,
             struct x64_operand s)
{
    const bool needed = !wide | (s.bits != x64_reg(d).bits);
    uint8_t *at = out->at;

    out->at = keep(at, put_op(at, wide, 0x8b, d, s), needed);
}

void x64_mov_to(struct x64 *out, struct x64_operand d, enum x64_register s,
                bool needed)
{
    uint8_t *at = out->at;

    out->at = keep(at, put_op(at, true, 0x89, s, d), needed);
}

void x64_store(struct x64 *out, bool wide, struct x64_operand d,
               enum x64_register s)
{
    plain(out, wide, 0x89, s, d);
}

void x64_mov_imm(struct x64 *out, enum x64_register d, uint64_t value)
{
    if (value == (uint32_t)value) {
        out->at = put32(put_named(out->at, false, 0xb8, d), (uint32_t)value);
    } else if (value == (uint64_t)(int64_t)(int32_t)value) {
        plain(out, true, 0xc7, 0, x64_reg(d));
        x64_word32(out, (uint32_t)value);
    } else {
        out->at = put_named(out->at, true, 0xb8, d);
        x64_word64(out, value);
    }
}

void x64_store_imm(struct x64 *out, bool wide, struct x64_operand d,
                   int32_t value)
{
    plain(out, wide, 0xc7, 0, d);
    x64_word32(out, (uint32_t)value);
}

void x64_lea(struct x64 *out, bool wide, enum x64_register d,
             struct x64_operand s)
{
    plain(out, wide, 0x8d, d, s);
}

void x64_shift_imm(struct x64 *out, bool wide, enum x64_shift what,
                   enum x64_register d, unsigned count)
{
    uint8_t *at = put_op(out->at, wide, 0xc1, what, x64_reg(d));

    *at++ = (uint8_t)count;
    out->at = at;
}

void x64_shiftx(struct x64 *out, bool wide, enum x64_shiftx what,
                enum x64_register d, struct x64_operand s,
                enum x64_register count)
{
    static const uint8_t prefixes[] = {
        [X64_SHLX] = 1, [X64_SARX] = 2, [X64_SHRX] = 3};

    x64_vex(out, 2, prefixes[what], wide, 0xf7, d, count, s);
}

void x64_rotate_right(struct x64 *out, bool wide, enum x64_register d,
                      struct x64_operand s, unsigned count)
{
    x64_vex(out, 3, 3, wide, 0xf0, d, 0, s);
    x64_byte(out, count);
}

void x64_imul(struct x64 *out, bool wide, enum x64_register d,
              struct x64_operand s)
{
    x64_op(out, wide, 0x0faf, d, s);
}

void x64_cmov(struct x64 *out, bool wide, enum x64_condition condition,
              enum x64_register d, struct x64_operand s)
{
    x64_op(out, wide, 0x0f40u | condition, d, s);
}

void x64_setcc(struct x64 *out, enum x64_condition condition,
               enum x64_register d)
{
    x64_op(out, false, 0x0f90u | condition, 0, x64_reg(d));
}

void x64_aim(uint8_t *displacement, const uint8_t *target)
{
    int32_t distance = (int32_t)(target - (displacement + 4));

    memcpy(displacement, &distance, sizeof(distance));
}

enum { CALL = 0xe8, JMP = 0xe9 };

void x64_mend(uint8_t *displacement, const uint8_t *stub, const uint8_t *target)
{
    int32_t distance;

    memcpy(&distance, displacement, sizeof(distance));
    if (displacement + 4 + distance == stub) {
        displacement[-1] = JMP;
    }
    x64_aim(displacement, target);
}

/* The displacement of a jump whose opcode ends at `at`. */
static uint8_t *put_distance(struct x64 *out, uint8_t *at,
                             const uint8_t *target)
{
    out->at = put32(at, (uint32_t)((uintptr_t)target - (uintptr_t)(at + 4)));
    return at;
}

uint8_t *x64_jmp(struct x64 *out, const uint8_t *target)
{
    uint8_t *at = out->at;

    *at++ = JMP;
    return put_distance(out, at, target);
}

uint8_t *x64_jcc(struct x64 *out, enum x64_condition condition,
                 const uint8_t *target)
{
    uint8_t *at = out->at;

    *at++ = 0x0f;
    *at++ = (uint8_t)(0x80u | condition);
    return put_distance(out, at, target);
}

uint8_t *x64_call(struct x64 *out, const uint8_t *target)
{
    uint8_t *at = out->at;

    *at++ = CALL;
    return put_distance(out, at, target);
}

void x64_bswap(struct x64 *out, bool wide, enum x64_register d)
{
    out->at = put_named(out->at, wide, 0x0fc8, d);
}
