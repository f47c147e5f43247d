/* SPDX-License-Identifier: Apache-2.0 */
/* Micro-operations: their operands and accesses, making blocks of them, and
 * joining two. */
#include "engine/ir/ir.h"

#include "base/bits.h"

static const char *const operands[IR_OPCODES] = {
#define OP(name, operands, ...) operands,
#include "engine/ir/ops.def"
#undef OP
};

/* size, store, pair, indexed, sign */
const struct ir_access ir_accesses[IR_OPCODES] = {
    [IR_load8] = {1, false, false, false, 32},
    [IR_load8u] = {1, false, false, false, 0 },
    [IR_load16] = {2, false, false, false, 32},
    [IR_load16u] = {2, false, false, false, 0 },
    [IR_load32] = {4, false, false, false, 0 },
    [IR_store8] = {1, true,  false, false, 0 },
    [IR_store16] = {2, true,  false, false, 0 },
    [IR_store32] = {4, true,  false, false, 0 },
    [IR_ld8] = {1, false, false, false, 0 },
    [IR_ld16] = {2, false, false, false, 0 },
    [IR_ld32] = {4, false, false, false, 0 },
    [IR_ld64] = {8, false, false, false, 0 },
    [IR_ld8s32] = {1, false, false, false, 32},
    [IR_ld8s64] = {1, false, false, false, 64},
    [IR_ld16s32] = {2, false, false, false, 32},
    [IR_ld16s64] = {2, false, false, false, 64},
    [IR_ld32s64] = {4, false, false, false, 64},
    [IR_st8] = {1, true,  false, false, 0 },
    [IR_st16] = {2, true,  false, false, 0 },
    [IR_st32] = {4, true,  false, false, 0 },
    [IR_st64] = {8, true,  false, false, 0 },
    [IR_ld8x] = {1, false, false, true,  0 },
    [IR_ld16x] = {2, false, false, true,  0 },
    [IR_ld32x] = {4, false, false, true,  0 },
    [IR_ld64x] = {8, false, false, true,  0 },
    [IR_st8x] = {1, true,  false, true,  0 },
    [IR_st16x] = {2, true,  false, true,  0 },
    [IR_st32x] = {4, true,  false, true,  0 },
    [IR_st64x] = {8, true,  false, true,  0 },
    [IR_ldp32] = {4, false, true,  false, 0 },
    [IR_ldp64] = {8, false, true,  false, 0 },
    [IR_stp32] = {4, true,  true,  false, 0 },
    [IR_stp64] = {8, true,  true,  false, 0 },
};

const char *ir_operands(unsigned opcode)
{
    return operands[opcode];
}

void ir_block_init(struct ir_block *block, struct ir_op *ops, size_t capacity)
{
    *block = (struct ir_block){
        .ops = ops,
        .capacity = capacity,
        .most = IR_BLOCK_INSTRUCTIONS,
        .last_entry = UINT16_MAX,
    };
}

/* first does the work of second too; the fused operation ends where second did.
 */
static void extend_to(struct ir_op *first, const struct ir_op *second)
{
    first->rest = second->rest;
    first->length = (uint8_t)(second->offset + second->length - first->offset);
}

/* An addition and a branch on its result, as loops end with. */
static bool fuse_add_branch(struct ir_op *first, const struct ir_op *second)
{
    if (first->opcode != IR_add32i || second->a != first->d ||
        second->b == first->d) {
        return false;
    }
    int32_t addend = (int32_t)first->imm;
    first->opcode =
        second->opcode == IR_beq_near ? IR_add_beq_near : IR_add_bne_near;
    first->b = second->b;
    first->low = addend;
    first->high = (int32_t)second->imm;
    extend_to(first, second);
    return true;
}

/* A constant built in two steps: lui or auipc, then an addition. */
static bool fuse_constant(struct ir_op *first, const struct ir_op *second)
{
    if (first->opcode != IR_const32 || second->a != first->d ||
        second->d != first->d) {
        return false;
    }
    first->imm = (uint32_t)(first->imm + second->imm);
    extend_to(first, second);
    return true;
}

/* Constants built step by step on A64: adrp and add, movz and movk. */
static bool fuse_constant64(struct ir_op *first, const struct ir_op *second)
{
    if (second->a != first->d || second->d != first->d ||
        (first->opcode != IR_const64 &&
         (first->opcode != IR_adr64 || second->opcode != IR_add64i))) {
        return false;
    }
    switch (second->opcode) {
    case IR_add64i:
        first->imm = (int64_t)((uint64_t)first->imm + (uint64_t)second->imm);
        break;
    case IR_and64i:
        first->imm &= second->imm;
        break;
    case IR_or64i:
        first->imm |= second->imm;
        break;
    default:
        return false;
    }
    extend_to(first, second);
    return true;
}

static const uint8_t comparisons[][2] = {
    {IR_subs32,  IR_subs32_bcond },
    {IR_subs64,  IR_subs64_bcond },
    {IR_subs32i, IR_subs32i_bcond},
    {IR_subs64i, IR_subs64i_bcond},
};

/* Exchanges an opcode of the one column for that of the other. */
static bool exchange(struct ir_op *op, bool fuses)
{
    for (size_t i = 0; i < ARRAY_SIZE(comparisons); i++) {
        if (op->opcode == comparisons[i][!fuses]) {
            op->opcode = comparisons[i][fuses];
            return true;
        }
    }
    return false;
}

bool ir_split(struct ir_op *op, unsigned branch)
{
    if (!exchange(op, false)) {
        return false;
    }
    op->imm = op->low;
    op->rest++;
    op->length = (uint8_t)(op->length - branch);
    return true;
}

/* A comparison and the branch on its flags. */
static bool fuse_compare_branch(struct ir_op *first, const struct ir_op *second)
{
    if (first->imm != (int32_t)first->imm || !exchange(first, true)) {
        return false;
    }
    first->low = (int32_t)first->imm;
    first->high = (int32_t)((uint32_t)second->imm | (uint32_t)second->a << 16);
    extend_to(first, second);
    return true;
}

static bool fuse(struct ir_op *first, const struct ir_op *second)
{
    switch (second->opcode) {
    case IR_bcond_near:
        return fuse_compare_branch(first, second);
    case IR_add32i:
        return fuse_constant(first, second);
    case IR_beq_near:
    case IR_bne_near:
        return fuse_add_branch(first, second);
    default:
        return fuse_constant64(first, second);
    }
}

void ir_join(struct ir_block *block)
{
    struct ir_op *end = &block->ops[block->count];

    if (block->count > 1 && fuse(end - 2, end - 1)) {
        block->count--;
    }
}
