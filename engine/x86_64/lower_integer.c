/* SPDX-License-Identifier: Apache-2.0 */
/* Moves, arithmetic and bits. What is missing here is computed by the
 * interpreter, one operation at a time. */
#include <stddef.h>

#include "engine/x86_64/rows.h"

/* ---- Two operands -------------------------------------------------------- */

void lower_op_compute(struct lower *l, bool wide, unsigned number)
{
    enum x64_alu what = (enum x64_alu)number;
    const struct ir_op *op = l->op;
    enum x64_register d = lower_result(l, op->d, X64_RAX);
    enum x64_register a = lower_host(l, op->a);
    enum x64_register b = lower_host(l, op->b);

    if (what == X64_ADD && a != X64_NONE && b != X64_NONE && d != a && d != b) {
        x64_lea(&l->out, wide, d, x64_mem_index(a, b, 0, 0));
        lower_keep(l, op->d, d);
        return;
    }
    if (d != X64_RAX && d == b && op->a != op->b) {
        if (what != X64_SUB) {
            x64_alu(&l->out, wide, what, d, lower_place(l, op->a));
            lower_keep(l, op->d, d);
            return;
        }
        d = X64_RAX;
    }
    if (op->d == IR_SINK && what == X64_SUB) {
        x64_alu(&l->out, wide, X64_CMP, lower_get(l, wide, op->a, X64_RAX),
                lower_place(l, op->b));
        return;
    }
    if (d == X64_RAX && what != X64_SUB && lower_is_kept(l, op->b)) {
        x64_alu(&l->out, wide, what, d, lower_place(l, op->a));
    } else {
        struct x64_operand second = lower_other(l, d);

        lower_load(l, true, d, op->a);
        x64_alu(&l->out, wide, what, d, second);
    }
    lower_keep(l, op->d, d);
}

void lower_op_compute_imm(struct lower *l, bool wide, unsigned number)
{
    const struct ir_op *op = l->op;
    enum x64_alu what = (enum x64_alu)number;
    int64_t imm = op->imm;
    enum x64_register d = lower_result(l, op->d, X64_RAX);
    enum x64_register a = lower_host(l, op->a);
    bool fits = wide ? imm == (int32_t)imm : true;

    if (op->d == IR_SINK && what == X64_SUB && fits) {
        x64_alu_imm(&l->out, wide, X64_CMP, lower_place(l, op->a),
                    (int32_t)imm);
        return;
    }
    if (what == X64_ADD && fits && a != X64_NONE && d != a) {
        x64_lea(&l->out, wide, d, x64_mem(a, (int32_t)imm));
        lower_keep(l, op->d, d);
        return;
    }
    lower_load(l, true, d, op->a);
    if (fits) {
        x64_alu_imm(&l->out, wide, what, x64_reg(d), (int32_t)imm);
    } else {
        x64_mov_imm(&l->out, X64_RCX, (uint64_t)imm);
        x64_alu(&l->out, wide, what, d, x64_reg(X64_RCX));
    }
    lower_keep(l, op->d, d);
}

/* The same where host flags hold NZCV, which stays there: a - b is
 * a + ~b + 1. */
void lower_op_add_or_subtract(struct lower *l, bool wide, unsigned what)
{
    const struct ir_op *op = l->op;

    if (l->flags == FLAGS_STORED) {
        lower_op_compute(l, wide, what);
        return;
    }
    enum x64_register d = lower_result(l, op->d, X64_RAX);
    enum x64_register b = X64_RCX;
    if (what == X64_SUB) {
        lower_load(l, wide, b, op->b);
        x64_op(&l->out, wide, 0xf7, 2, x64_reg(b)); /* not */
    } else {
        b = lower_get(l, wide, op->b, b);
    }
    enum x64_register a = lower_get(l, wide, op->a, X64_RAX);
    x64_lea(&l->out, wide, d, x64_mem_index(a, b, 0, what == X64_SUB));
    lower_keep(l, op->d, d);
}

/* Also where host flags hold NZCV, which stays there if it can. */
static void add_imm_beside_flags(struct lower *l)
{
    const struct ir_op *op = l->op;
    enum x64_register d = lower_result(l, op->d, X64_RAX);

    if (op->imm != (int32_t)op->imm) {
        lower_flush_flags(l);
        lower_op_compute_imm(l, true, X64_ADD);
        return;
    }
    enum x64_register a = lower_get(l, true, op->a, d);
    x64_lea(&l->out, true, d, x64_mem(a, (int32_t)op->imm));
    lower_keep(l, op->d, d);
}

/* SP stays aligned by multiples of 16. */
void lower_op_add_imm64(struct lower *l, bool wide, unsigned what)
{
    const struct ir_op *op = l->op;
    const uint8_t *start = l->out.at;
    const bool aligned = op->a == op->d && (op->imm & 15) == 0;
    const bool sp_written = l->sp_written;

    if (l->flags != FLAGS_STORED) {
        add_imm_beside_flags(l);
    } else {
        lower_op_compute_imm(l, wide, what);
    }
    if (aligned) {
        l->sp_written = sp_written;
    }
    if (l->at_hand_until == start && lower_host(l, op->d) != X64_NONE) {
        l->at_hand_until = l->out.at;
    }
}

/* a with b inverted. */
void lower_op_with_inverse(struct lower *l, bool wide, unsigned what)
{
    const struct ir_op *op = l->op;
    enum x64_register d = lower_result(l, op->d, X64_RAX);

    if (op->a != IR_ZERO || what != X64_OR) {
        lower_flush_flags(l);
    }
    if (what == X64_AND) {
        enum x64_register b = lower_get(l, wide, op->b, X64_RAX);

        /* andn */
        x64_vex(&l->out, 2, 0, wide, 0xf2, d, b, lower_place(l, op->a));
        lower_keep(l, op->d, d);
        return;
    }
    if (d == lower_host(l, op->a)) {
        d = X64_RAX;
    }
    lower_load(l, wide, d, op->b);
    x64_op(&l->out, wide, 0xf7, 2, x64_reg(d)); /* not */
    if (op->a != IR_ZERO || what != X64_OR) {
        x64_alu(&l->out, wide, (enum x64_alu)what, d, lower_place(l, op->a));
    }
    lower_keep(l, op->d, d);
}

/* ---- Shifts -------------------------------------------------------------- */

void lower_op_shift(struct lower *l, bool wide, unsigned what)
{
    const struct ir_op *op = l->op;
    enum x64_register count = lower_get(l, false, op->b, X64_RCX);
    enum x64_register d = lower_result(l, op->d, X64_RAX);

    x64_shiftx(&l->out, wide, (enum x64_shiftx)what, d, lower_place(l, op->a),
               count);
    lower_keep(l, op->d, d);
}

/* b + (a << count) in one instruction. Leaves the flags alone. */
static void add_shifted(struct lower *l, bool wide, const struct ir_op *op,
                        unsigned a, unsigned b, unsigned count)
{
    enum x64_register shifted = lower_get(l, wide, a, X64_RCX);
    enum x64_register base = lower_get(l, wide, b, X64_RAX);
    enum x64_register d = lower_result(l, op->d, X64_RAX);

    x64_lea(&l->out, wide, d, x64_mem_index(base, shifted, count, 0));
    lower_keep(l, op->d, d);
}

void lower_op_shift_imm(struct lower *l, bool wide, unsigned what)
{
    const struct ir_op *op = l->op;
    unsigned count = (unsigned)op->imm & (wide ? 63 : 31);
    enum x64_register d = lower_result(l, op->d, X64_RAX);

    if (op->d == IR_SECOND && what == X64_SHL && count <= 3 &&
        op[1].opcode == (wide ? IR_add64 : IR_add32)) {
        add_shifted(l, wide, &op[1], op->a, op[1].a, count);
        l->skip = 1;
        return;
    }
    if (what == X64_ROR) {
        x64_rotate_right(&l->out, wide, d, lower_source(l, op->a), count);
        lower_keep(l, op->d, d);
        return;
    }
    lower_flush_flags(l);
    lower_load(l, wide, d, op->a);
    if (count != 0) {
        x64_shift_imm(&l->out, wide, (enum x64_shift)what, d, count);
    }
    lower_keep(l, op->d, d);
}

void lower_op_rotate(struct lower *l, bool wide, unsigned what)
{
    lower_load(l, false, X64_RCX, l->op->b);
    lower_load(l, wide, X64_RAX, l->op->a);
    x64_op(&l->out, wide, 0xd3, what, x64_reg(X64_RAX));
    lower_keep(l, l->op->d, X64_RAX);
}

void lower_op_shift_add(struct lower *l, bool wide, unsigned what)
{
    const struct ir_op *op = l->op;

    if (op->imm <= 3) {
        add_shifted(l, wide, op, op->a, op->b, (unsigned)op->imm);
        return;
    }
    lower_flush_flags(l);
    lower_load(l, wide, X64_RAX, op->a);
    x64_shift_imm(&l->out, wide, (enum x64_shift)what, X64_RAX,
                  (unsigned)op->imm & (wide ? 63 : 31));
    x64_alu(&l->out, wide, X64_ADD, X64_RAX, lower_place(l, op->b));
    lower_keep(l, op->d, X64_RAX);
}

/* ---- Fields -------------------------------------------------------------- */

void lower_extend(struct lower *l, enum x64_register d, struct x64_operand s,
                  unsigned width, bool sign)
{
    static const unsigned zeros[] = {0x0fb6, 0x0fb7, 0x8b};
    static const unsigned signs[] = {0x0fbe, 0x0fbf, 0x63};
    unsigned which = width == 8 ? 0 : width == 16 ? 1 : 2;

    x64_op(&l->out, sign, sign ? signs[which] : zeros[which], d, s);
}

void lower_op_extend_to(struct lower *l, bool wide, unsigned width)
{
    enum x64_register d = lower_result(l, l->op->d, X64_RAX);

    x64_op(&l->out, wide,
           width == 8    ? 0x0fbe
           : width == 16 ? 0x0fbf
                         : 0x63,
           d, lower_place(l, l->op->a));
    lower_keep(l, l->op->d, d);
}

/* A64's extended register: option u, then a shift. */
void lower_op_extend_shift(struct lower *l, bool wide, unsigned what)
{
    const struct ir_op *op = l->op;
    unsigned width = 8u << (op->low & 3);
    enum x64_register d = lower_result(l, op->d, X64_RAX);

    if (op->high != 0) {
        lower_flush_flags(l);
    }
    if (width == 64) {
        lower_load(l, wide, d, op->a);
    } else {
        lower_extend(l, d, lower_place(l, op->a), width, (op->low & 4) != 0);
    }
    if (op->high != 0) {
        x64_shift_imm(&l->out, true, X64_SHL, d, (unsigned)op->high);
    }
    lower_keep(l, op->d, d);
}

/* Shifts left, then right: a field to where it belongs. */
static void field(struct lower *l, bool wide, unsigned left, bool sign,
                  unsigned right)
{
    const struct ir_op *op = l->op;
    enum x64_register d = lower_result(l, op->d, X64_RAX);

    lower_flush_flags(l);
    lower_load(l, wide, d, op->a);
    if (left != 0) {
        x64_shift_imm(&l->out, wide, X64_SHL, d, left);
    }
    if (right != 0) {
        x64_shift_imm(&l->out, wide, sign ? X64_SAR : X64_SHR, d, right);
    }
    lower_keep(l, op->d, d);
}

/* RAX = a value with its low `width` bits cleared, below which RCX fits. */
static void clear_low(struct lower *l, bool wide, unsigned width)
{
    x64_shift_imm(&l->out, wide, X64_SHR, X64_RAX, width);
    x64_shift_imm(&l->out, wide, X64_SHL, X64_RAX, width);
}

static void low_bits(struct lower *l, enum x64_register d, unsigned width)
{
    x64_mov_imm(&l->out, X64_RDX, width);
    /* bzhi */
    x64_vex(&l->out, 2, 0, true, 0xf5, d, X64_RDX, x64_reg(d));
}

/* A field into d (BFI), or out of a into d's low bits (BFXIL). */
void lower_op_insert(struct lower *l, bool wide, unsigned what)
{
    const struct ir_op *op = l->op;
    unsigned from = what == BFXIL ? (unsigned)op->low : 0;
    unsigned to = what == BFI ? (unsigned)op->low : 0;
    unsigned width = (unsigned)op->high;

    lower_load(l, true, X64_RCX, op->a);
    if (from != 0) {
        x64_shift_imm(&l->out, true, X64_SHR, X64_RCX, from);
    }
    if (width == (wide ? 64 : 32)) {
        x64_mov(&l->out, wide, X64_RAX, x64_reg(X64_RCX));
        lower_keep(l, op->d, X64_RAX);
        return;
    }
    low_bits(l, X64_RCX, width);
    lower_load(l, wide, X64_RAX, op->d);
    if (to != 0) {
        x64_shift_imm(&l->out, wide, X64_ROR, X64_RAX, to);
    }
    clear_low(l, wide, width);
    x64_alu(&l->out, wide, X64_OR, X64_RAX, x64_reg(X64_RCX));
    if (to != 0) {
        x64_shift_imm(&l->out, wide, X64_ROL, X64_RAX, to);
    }
    lower_keep(l, op->d, X64_RAX);
}

void lower_op_zero_extend(struct lower *l, bool wide, unsigned width)
{
    enum x64_register d = lower_result(l, l->op->d, X64_RAX);

    lower_extend(l, d, lower_place(l, l->op->a), width, wide);
    lower_keep(l, l->op->d, d);
}

void lower_op_extract_field(struct lower *l, bool wide, unsigned sign)
{
    unsigned low = (unsigned)l->op->low;
    unsigned width = (unsigned)l->op->high;
    unsigned bits = wide ? 64 : 32;

    bool whole = low == 0 && (width == 8 || width == 16 || width == 32);

    if (whole && sign != 0 && width < bits) {
        lower_op_extend_to(l, wide, width);
    } else if (whole && sign == 0) {
        lower_op_zero_extend(l, false, width);
    } else {
        field(l, wide, bits - low - width, sign != 0, bits - width);
    }
}

void lower_op_place_field(struct lower *l, bool wide, unsigned sign)
{
    unsigned low = (unsigned)l->op->low;
    unsigned width = (unsigned)l->op->high;
    unsigned bits = wide ? 64 : 32;

    field(l, wide, bits - width, sign != 0, bits - width - low);
}

/* ---- Bits and comparisons ------------------------------------------------ */

void lower_op_count_bits(struct lower *l, bool wide, unsigned opcode)
{
    enum x64_register d = lower_result(l, l->op->d, X64_RAX);

    x64_op_prefixed(&l->out, 0xf3, wide, 0x0f00 | opcode, d,
                    lower_place(l, l->op->a));
    lower_put(l, l->op->d, d);
}

void lower_op_count_sign_bits(struct lower *l, bool wide, unsigned what)
{
    lower_load(l, wide, X64_RAX, l->op->a);
    x64_mov(&l->out, wide, X64_RCX, x64_reg(X64_RAX));
    x64_shift_imm(&l->out, wide, X64_SAR, X64_RCX, 1);
    x64_alu(&l->out, wide, X64_XOR, X64_RAX, x64_reg(X64_RCX));
    x64_op_prefixed(&l->out, 0xf3, wide, 0x0fbd, X64_RAX, x64_reg(X64_RAX));
    x64_alu_imm(&l->out, false, X64_SUB, x64_reg(X64_RAX), 1);
    lower_put(l, l->op->d, X64_RAX);
}

/* Bytes turned round, then halves of `rotated` bits back in order. */
void lower_op_swap_bytes(struct lower *l, bool wide, unsigned rotated)
{
    lower_load(l, wide, X64_RAX, l->op->a);
    x64_bswap(&l->out, wide, X64_RAX);
    if (rotated != 0) {
        x64_shift_imm(&l->out, wide, X64_ROR, X64_RAX, rotated);
    }
    lower_put(l, l->op->d, X64_RAX);
}

static void set_if(struct lower *l, enum x64_condition condition)
{
    x64_setcc(&l->out, condition, X64_RAX);
    x64_op(&l->out, false, 0x0fb6, X64_RAX, x64_reg(X64_RAX));
    lower_put(l, l->op->d, X64_RAX);
}

void lower_op_set_compared(struct lower *l, bool imm, unsigned condition)
{
    const struct ir_op *op = l->op;

    if (imm) {
        x64_alu_imm(&l->out, false, X64_CMP, lower_place(l, op->a),
                    (int32_t)op->imm);
    } else {
        x64_alu(&l->out, false, X64_CMP, lower_get(l, false, op->a, X64_RAX),
                lower_place(l, op->b));
    }
    set_if(l, (enum x64_condition)condition);
}

void lower_op_extremum(struct lower *l, bool wide, unsigned condition)
{
    const struct ir_op *op = l->op;

    lower_load(l, wide, X64_RAX, op->a);
    x64_alu(&l->out, wide, X64_CMP, X64_RAX, lower_place(l, op->b));
    x64_cmov(&l->out, wide, (enum x64_condition)condition, X64_RAX,
             lower_place(l, op->b));
    lower_put(l, op->d, X64_RAX);
}

/* ---- Moves, and all of it ------------------------------------------------ */

void lower_op_page_address(struct lower *l, bool wide, unsigned what)
{
    enum x64_register d = lower_result(l, l->op->d, X64_RAX);

    lower_told_address(l, d, (uint64_t)l->op->imm);
    lower_put(l, l->op->d, d);
}

void lower_op_put_constant(struct lower *l, bool wide, unsigned what)
{
    uint64_t value = wide ? (uint64_t)l->op->imm : (uint32_t)l->op->imm;
    enum x64_register d = lower_host(l, l->op->d);

    if (d == X64_NONE && value == (uint64_t)(int64_t)(int32_t)value &&
        l->op->d != IR_SINK) {
        x64_store_imm(&l->out, true, lower_place(l, l->op->d), (int32_t)value);
        return;
    }
    d = lower_result(l, l->op->d, X64_RAX);
    x64_mov_imm(&l->out, d, value);
    lower_put(l, l->op->d, d);
}

/* Pieces of one double word: (a:b) >> i. */
void lower_op_extract(struct lower *l, bool wide, unsigned what)
{
    const struct ir_op *op = l->op;

    if (op->a == op->b) {
        enum x64_register d = lower_result(l, op->d, X64_RAX);

        x64_rotate_right(&l->out, wide, d, lower_source(l, op->a),
                         (unsigned)op->imm & (wide ? 63 : 31));
        lower_keep(l, op->d, d);
        return;
    }
    lower_flush_flags(l);
    lower_load(l, wide, X64_RAX, op->b);
    lower_load(l, wide, X64_RCX, op->a);
    x64_op(&l->out, wide, 0x0fac, X64_RCX, x64_reg(X64_RAX)); /* shrd */
    x64_byte(&l->out, (unsigned)op->imm & (wide ? 63 : 31));
    lower_put(l, op->d, X64_RAX);
}

void lower_op_move(struct lower *l, bool wide, unsigned what)
{
    enum x64_register d = lower_result(l, l->op->d, X64_RAX);

    x64_mov(&l->out, wide, d, lower_place(l, l->op->a));
    lower_put(l, l->op->d, d);
}
