/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/compiler/x64.h"

#include <string.h>

void x64_byte(struct x64 *out, unsigned value)
{
    *out->at++ = (uint8_t)value;
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

static bool fits8(int32_t value)
{
    return value == (int8_t)value;
}

/* ModRM, SIB and displacement (SDM 2.1.5). A base of RBP or R13 always has a
 * displacement; one of RSP or R12 a SIB byte. Short displacements count
 * units. */
static void modrm_by(struct x64 *out, unsigned reg, struct x64_operand rm,
                     int32_t unit)
{
    unsigned low = (reg & 7) << 3;

    if (!rm.memory) {
        x64_byte(out, 0xc0 | low | (rm.base & 7));
        return;
    }
    if (rm.base == X64_RIP) {
        x64_byte(out, low | 5);
        x64_word32(out, (uint32_t)(out->base + rm.displacement - out->at - 4));
        return;
    }
    bool sib = rm.index != X64_NONE || (rm.base & 7) == X64_RSP;
    bool none = rm.displacement == 0 && (rm.base & 7) != X64_RBP;
    bool near = rm.displacement % unit == 0 && fits8(rm.displacement / unit);
    unsigned mode = none ? 0 : near ? 0x40 : 0x80;
    x64_byte(out, mode | low | (sib ? 4 : rm.base & 7));
    if (sib) {
        unsigned index = rm.index != X64_NONE ? rm.index & 7 : 4;
        x64_byte(out, (unsigned)rm.scale << 6 | index << 3 | (rm.base & 7));
    }
    if (mode == 0x40) {
        x64_byte(out, (uint8_t)(rm.displacement / unit));
    } else if (mode == 0x80) {
        x64_word32(out, (uint32_t)rm.displacement);
    }
}

static void modrm(struct x64 *out, unsigned reg, struct x64_operand rm)
{
    modrm_by(out, reg, rm, 1);
}

static bool high(unsigned number)
{
    return number != X64_NONE && (number & 8) != 0;
}

static void rex(struct x64 *out, bool wide, bool force, unsigned reg,
                struct x64_operand rm)
{
    unsigned bits = (unsigned)wide << 3 | (unsigned)high(reg) << 2 |
                    (unsigned)high(rm.index) << 1 | (unsigned)high(rm.base);

    if (bits != 0 || force) {
        x64_byte(out, 0x40 | bits);
    }
}

static void opcode_bytes(struct x64 *out, unsigned opcode)
{
    if (opcode > 0xffff) {
        x64_byte(out, opcode >> 16);
    }
    if (opcode > 0xff) {
        x64_byte(out, opcode >> 8 & 0xff);
    }
    x64_byte(out, opcode & 0xff);
}

/* Byte registers above DL need a REX prefix to be SIL, DIL and so on. */
static bool byte_form(unsigned opcode)
{
    return opcode == 0x88 || opcode == 0x0fb6 || opcode == 0x0fbe;
}

void x64_op_prefixed(struct x64 *out, unsigned prefix, bool wide,
                     unsigned opcode, unsigned reg, struct x64_operand rm)
{
    if (prefix != 0) {
        x64_byte(out, prefix);
    }
    rex(out, wide, byte_form(opcode), reg, rm);
    opcode_bytes(out, opcode);
    modrm(out, reg, rm);
}

void x64_op(struct x64 *out, bool wide, unsigned opcode, unsigned reg,
            struct x64_operand rm)
{
    x64_op_prefixed(out, 0, wide, opcode, reg, rm);
}

void x64_vex(struct x64 *out, unsigned map, unsigned prefix, bool wide,
             unsigned opcode, unsigned reg, unsigned source,
             struct x64_operand rm)
{
    if (map == 1 && !wide && !high(rm.index) && !high(rm.base)) {
        x64_byte(out, 0xc5);
        x64_byte(out, (high(reg) ? 0 : 0x80) | (~source & 15) << 3 | prefix);
        x64_byte(out, opcode);
        modrm(out, reg, rm);
        return;
    }
    x64_byte(out, 0xc4);
    x64_byte(out, (high(reg) ? 0 : 0x80) | (high(rm.index) ? 0 : 0x40) |
                      (high(rm.base) ? 0 : 0x20) | map);
    x64_byte(out, (unsigned)wide << 7 | (~source & 15) << 3 | prefix);
    x64_byte(out, opcode);
    modrm(out, reg, rm);
}

/* SDM 2.7.1; short displacements count in operands (2.7.5). */
void x64_evex(struct x64 *out, unsigned map, unsigned prefix, bool wide,
              unsigned opcode, unsigned reg, unsigned source,
              struct x64_operand rm)
{
    x64_byte(out, 0x62);
    x64_byte(out, (high(reg) ? 0 : 0x80) | (high(rm.index) ? 0 : 0x40) |
                      (high(rm.base) ? 0 : 0x20) | 0x10 | map);
    x64_byte(out, (unsigned)wide << 7 | (~source & 15) << 3 | 4 | prefix);
    x64_byte(out, 0x08);
    x64_byte(out, opcode);
    modrm_by(out, reg, rm, 16);
}

void x64_alu(struct x64 *out, bool wide, enum x64_alu what, enum x64_register d,
             struct x64_operand s)
{
    x64_op(out, wide, (unsigned)what << 3 | 3, d, s);
}

void x64_alu_imm(struct x64 *out, bool wide, enum x64_alu what,
                 struct x64_operand d, int32_t imm)
{
    x64_op(out, wide, fits8(imm) ? 0x83 : 0x81, what, d);
    if (fits8(imm)) {
        x64_byte(out, (uint8_t)imm);
    } else {
        x64_word32(out, (uint32_t)imm);
    }
}

void x64_mov(struct x64 *out, bool wide, enum x64_register d,
             struct x64_operand s)
{
    if (s.memory || s.base != d || !wide) {
        x64_op(out, wide, 0x8b, d, s);
    }
}

void x64_store(struct x64 *out, bool wide, struct x64_operand d,
               enum x64_register s)
{
    x64_op(out, wide, 0x89, s, d);
}

void x64_mov_imm(struct x64 *out, enum x64_register d, uint64_t value)
{
    if (value == (uint32_t)value) {
        rex(out, false, false, 0, x64_reg(d));
        x64_byte(out, 0xb8 | (d & 7));
        x64_word32(out, (uint32_t)value);
    } else if (value == (uint64_t)(int64_t)(int32_t)value) {
        x64_op(out, true, 0xc7, 0, x64_reg(d));
        x64_word32(out, (uint32_t)value);
    } else {
        rex(out, true, false, 0, x64_reg(d));
        x64_byte(out, 0xb8 | (d & 7));
        x64_word64(out, value);
    }
}

void x64_store_imm(struct x64 *out, bool wide, struct x64_operand d,
                   int32_t value)
{
    x64_op(out, wide, 0xc7, 0, d);
    x64_word32(out, (uint32_t)value);
}

void x64_lea(struct x64 *out, bool wide, enum x64_register d,
             struct x64_operand s)
{
    x64_op(out, wide, 0x8d, d, s);
}

void x64_shift_imm(struct x64 *out, bool wide, enum x64_shift what,
                   enum x64_register d, unsigned count)
{
    x64_op(out, wide, 0xc1, what, x64_reg(d));
    x64_byte(out, count);
}

void x64_shiftx(struct x64 *out, bool wide, enum x64_shiftx what,
                enum x64_register d, struct x64_operand s,
                enum x64_register count)
{
    static const uint8_t prefixes[] = {
        [X64_SHLX] = 1, [X64_SARX] = 2, [X64_SHRX] = 3};

    x64_vex(out, 2, prefixes[what], wide, 0xf7, d, count, s);
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

static uint8_t *aimed(struct x64 *out, const uint8_t *target)
{
    uint8_t *place = out->at;

    x64_word32(out, 0);
    if (target != NULL) {
        x64_aim(place, target);
    }
    return place;
}

enum { CALL = 0xe8, JMP = 0xe9 };

uint8_t x64_jump_of(uint8_t opcode)
{
    return opcode == CALL ? JMP : opcode;
}

uint8_t *x64_jmp(struct x64 *out, const uint8_t *target)
{
    x64_byte(out, JMP);
    return aimed(out, target);
}

uint8_t *x64_jcc(struct x64 *out, enum x64_condition condition,
                 const uint8_t *target)
{
    x64_byte(out, 0x0f);
    x64_byte(out, 0x80u | condition);
    return aimed(out, target);
}

uint8_t *x64_call(struct x64 *out, const uint8_t *target)
{
    x64_byte(out, CALL);
    return aimed(out, target);
}

void x64_bswap(struct x64 *out, bool wide, enum x64_register d)
{
    rex(out, wide, false, 0, x64_reg(d));
    x64_byte(out, 0x0f);
    x64_byte(out, 0xc8u | (d & 7));
}
