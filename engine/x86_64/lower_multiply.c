/* SPDX-License-Identifier: Apache-2.0 */
/* Products and quotients. Where host flags hold NZCV, as in chains of carries,
 * products are MULX's, which changes none. */
#include "engine/x86_64/rows.h"

/* RDX * b of the operation at hand: the upper and the lower half. */
static void mulx(struct lower *l, bool wide, enum x64_register high,
                 enum x64_register low)
{
    lower_load(l, wide, X64_RDX, l->op->a);
    x64_vex(&l->out, 2, 3, wide, 0xf6, high, low, lower_place(l, l->op->b));
}

/* d = the lower half of the product. */
static void multiply_to(struct lower *l, bool wide, enum x64_register d)
{
    const struct ir_op *op = l->op;

    if (l->flags != FLAGS_STORED) {
        mulx(l, wide, X64_RCX, d);
    } else if (d == lower_host(l, op->b)) {
        x64_imul(&l->out, wide, d, lower_place(l, op->a));
    } else {
        lower_load(l, true, d, op->a);
        x64_imul(&l->out, wide, d, lower_place(l, op->b));
    }
}

/* d = the third operand and, or less, RAX: c - x is c + ~x + 1. */
static void add_product(struct lower *l, bool wide, unsigned what)
{
    const struct ir_op *op = l->op;
    enum x64_register d = lower_result(l, op->d, X64_RAX);

    if (what == PLUS && op->imm == IR_ZERO) {
        lower_keep(l, op->d, X64_RAX);
        return;
    }
    if (what == MINUS) {
        x64_op(&l->out, wide, 0xf7, 2, x64_reg(X64_RAX)); /* not */
    }
    enum x64_register c = lower_get(l, wide, (unsigned)op->imm, X64_RCX);
    x64_lea(&l->out, wide, d, x64_mem_index(X64_RAX, c, 0, what == MINUS));
    lower_keep(l, op->d, d);
}

void lower_op_multiply_add(struct lower *l, bool wide, unsigned what)
{
    multiply_to(l, wide, X64_RAX);
    add_product(l, wide, what);
}

/* The product of low words, with their signs or without, 64 bits. */
void lower_op_multiply_long(struct lower *l, bool sign, unsigned what)
{
    const struct ir_op *op = l->op;

    lower_extend(l, X64_RDX, lower_place(l, op->a), 32, sign);
    lower_extend(l, X64_RAX, lower_place(l, op->b), 32, sign);
    if (l->flags != FLAGS_STORED) {
        x64_vex(&l->out, 2, 3, true, 0xf6, X64_RCX, X64_RAX, x64_reg(X64_RAX));
    } else {
        x64_imul(&l->out, true, X64_RAX, x64_reg(X64_RDX));
    }
    add_product(l, true, what);
}

/* True if the next operation is the other half of this product, which then is
 * there already. */
static bool is_other_half(const struct ir_op *op, enum ir_opcode other)
{
    const struct ir_op *next = op + 1;

    return next->opcode == other && next->a == op->a && next->b == op->b &&
           op->d != op->a && op->d != op->b && op->d != next->d;
}

/* Both halves of a product, the lower one's register and the upper's. */
static void multiply_whole(struct lower *l, unsigned low, unsigned high)
{
    enum x64_register to_high = lower_result(l, high, X64_RCX);
    enum x64_register to_low = lower_result(l, low, X64_RAX);

    mulx(l, true, to_high, to_low);
    lower_put(l, high, to_high);
    lower_keep(l, low, to_low);
    l->skip = 1;
}

void lower_op_multiply(struct lower *l, bool wide, unsigned what)
{
    const struct ir_op *op = l->op;
    enum x64_register d = lower_result(l, op->d, X64_RAX);

    if (wide && is_other_half(op, IR_umulh64)) {
        multiply_whole(l, op->d, op[1].d);
        return;
    }
    multiply_to(l, wide, d);
    lower_keep(l, op->d, d);
}

/* The high word of a product of words; the sign of a, and of b. */
void lower_op_multiply_high32(struct lower *l, bool sign_a, unsigned sign_b)
{
    const struct ir_op *op = l->op;

    lower_extend(l, X64_RAX, lower_place(l, op->a), 32, sign_a);
    lower_extend(l, X64_RCX, lower_place(l, op->b), 32, sign_b != 0);
    x64_imul(&l->out, true, X64_RAX, x64_reg(X64_RCX));
    x64_shift_imm(&l->out, true, X64_SHR, X64_RAX, 32);
    lower_put(l, op->d, X64_RAX);
}

void lower_op_multiply_high64(struct lower *l, bool wide, unsigned what)
{
    const struct ir_op *op = l->op;
    enum x64_register d = lower_result(l, op->d, X64_RAX);

    if (is_other_half(op, IR_mul64)) {
        multiply_whole(l, op[1].d, op->d);
        return;
    }
    mulx(l, wide, d, X64_RCX);
    lower_keep(l, op->d, d);
}

void lower_op_multiply_high64_signed(struct lower *l, bool wide, unsigned what)
{
    const struct ir_op *op = l->op;

    lower_load(l, wide, X64_RAX, op->a);
    x64_op(&l->out, wide, 0xf7, 5, lower_place(l, op->b)); /* imul */
    lower_put(l, op->d, X64_RDX);
}

void lower_op_divide(struct lower *l, bool wide, unsigned sign)
{
    const struct ir_op *op = l->op;
    uint8_t *minus = NULL;

    lower_load(l, wide, X64_RAX, op->a);
    lower_load(l, wide, X64_RCX, op->b);
    if (sign != 0) { /* -1 apart: the most negative number has no negative */
        x64_alu_imm(&l->out, wide, X64_CMP, x64_reg(X64_RCX), -1);
        uint8_t *other = x64_jcc(&l->out, X64_NE, NULL);
        x64_op(&l->out, wide, 0xf7, 3, x64_reg(X64_RAX)); /* neg */
        minus = x64_jmp(&l->out, NULL);
        x64_aim(other, l->out.at);
    }
    x64_alu(&l->out, wide, X64_OR, X64_RCX, x64_reg(X64_RCX));
    uint8_t *zero = x64_jcc(&l->out, X64_E, NULL);
    if (sign != 0) {
        if (wide) {
            x64_byte(&l->out, 0x48);
        }
        x64_byte(&l->out, 0x99); /* cdq, cqo */
    } else {
        x64_alu(&l->out, false, X64_XOR, X64_RDX, x64_reg(X64_RDX));
    }
    x64_op(&l->out, wide, 0xf7, sign != 0 ? 7 : 6, x64_reg(X64_RCX));
    uint8_t *done = x64_jmp(&l->out, NULL);
    x64_aim(zero, l->out.at);
    x64_mov_imm(&l->out, X64_RAX, 0);
    x64_aim(done, l->out.at);
    if (minus != NULL) {
        x64_aim(minus, l->out.at);
    }
    lower_put(l, op->d, X64_RAX);
}

/* RISC-V's: x / 0 is -1, x % 0 is x, and the most negative number by -1 is
 * itself, the rest 0. In 64 bits nothing overflows. */
void lower_op_divide_riscv(struct lower *l, bool sign, unsigned what)
{
    const struct ir_op *op = l->op;
    enum x64_register result = what == QUOTIENT ? X64_RAX : X64_RDX;

    lower_extend(l, X64_RAX, lower_place(l, op->a), 32, sign);
    lower_extend(l, X64_RCX, lower_place(l, op->b), 32, sign);
    x64_mov(&l->out, true, X64_RDX, x64_reg(X64_RAX));
    x64_alu(&l->out, false, X64_OR, X64_RCX, x64_reg(X64_RCX));
    uint8_t *zero = x64_jcc(&l->out, X64_E, NULL);
    if (sign) { /* the OR has cleared the upper half */
        lower_extend(l, X64_RCX, x64_reg(X64_RCX), 32, true);
        x64_byte(&l->out, 0x48);
        x64_byte(&l->out, 0x99); /* cqo */
    } else {
        x64_mov_imm(&l->out, X64_RDX, 0);
    }
    x64_op(&l->out, sign, 0xf7, sign ? 7 : 6, x64_reg(X64_RCX));
    uint8_t *done = x64_jmp(&l->out, NULL);
    x64_aim(zero, l->out.at);
    x64_mov_imm(&l->out, X64_RAX, UINT32_MAX);
    x64_aim(done, l->out.at);
    x64_mov(&l->out, false, result, x64_reg(result));
    lower_put(l, op->d, result);
}
