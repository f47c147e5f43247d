/* SPDX-License-Identifier: Apache-2.0 */
/* Instructions of the toy architecture as micro-operations. */
#include <string.h>

#include "engine/toy/toy.h"

struct insn {
    struct ir_block *block;
    uint32_t pc;
    unsigned length;
    unsigned d, a, b; /* the fields below the operation */
    uint16_t second;  /* of instructions of four bytes */
};

typedef void lifter(struct insn *insn);

static unsigned source(unsigned number)
{
    return number == TOY_NONE ? (unsigned)IR_ZERO : number;
}

static unsigned destination(unsigned number)
{
    return number == TOY_NONE ? (unsigned)IR_SINK : number;
}

static int imm8(const struct insn *insn)
{
    return (int8_t)(insn->a << 4 | insn->b);
}

static bool same_page(uint32_t a, uint32_t b)
{
    return ((a ^ b) & ~(uint32_t)(REGION_PAGE_SIZE - 1)) == 0;
}

static uint32_t halfword_of(uint32_t address)
{
    return (address & (REGION_PAGE_SIZE - 1)) / 2;
}

/* Conditions from 14 on always hold, and are no bcond's. */
enum { ALWAYS = 14 };

static void jump_to(struct insn *insn, uint32_t target)
{
    bool near = same_page(insn->pc, target);

    ir_emit(insn->block, near ? IR_jump_near : IR_jump, 0, 0, 0,
            near ? halfword_of(target) : target);
    insn->block->ended = true;
}

static void branch_if(struct insn *insn, unsigned condition, uint32_t target)
{
    bool near = same_page(insn->pc, target);

    ir_emit(insn->block, near ? IR_bcond_near : IR_bcond, 0, condition, 0,
            near ? halfword_of(target) : target);
}

static void call_helper(struct insn *insn, enum toy_helper helper)
{
    struct ir_block *block = insn->block;

    ir_emit(block, IR_helper, IR_SINK, 0, 0, 0);
    block->ops[block->count - 1].low = (int32_t)helper;
    block->ops[block->count - 1].high = (int32_t)insn->b;
    block->ended = true;
}

static void undefined(struct insn *insn)
{
    call_helper(insn, TOY_HELPER_UNDEFINED);
}

static void move(struct insn *insn)
{
    ir_emit(insn->block, IR_const32, destination(insn->d), 0, 0,
            insn->a << 4 | insn->b);
}

static void add_immediate(struct insn *insn)
{
    ir_emit(insn->block, IR_add32i, destination(insn->d), source(insn->d), 0,
            imm8(insn));
}

static void add(struct insn *insn)
{
    ir_emit(insn->block, IR_adds32, destination(insn->d), source(insn->a),
            source(insn->b), 0);
}

static void subtract(struct insn *insn)
{
    ir_emit(insn->block, IR_subs32, destination(insn->d), source(insn->a),
            source(insn->b), 0);
}

static void load(struct insn *insn)
{
    ir_emit(insn->block, IR_load32, destination(insn->d), source(insn->a), 0,
            insn->b * 4);
}

static void store(struct insn *insn)
{
    ir_emit(insn->block, IR_store32, 0, source(insn->a), source(insn->d),
            insn->b * 4);
}

static void branch(struct insn *insn)
{
    uint32_t target = insn->pc + (uint32_t)imm8(insn) * 2;

    if (insn->d >= ALWAYS) {
        jump_to(insn, target);
    } else {
        branch_if(insn, insn->d, target);
    }
}

static void jump(struct insn *insn)
{
    ir_emit(insn->block, IR_jump_register, 0, source(insn->d), 0, 0);
    insn->block->ended = true;
}

static void begin_if(struct insn *insn)
{
    const uint32_t end = insn->pc + 2 + insn->b * 2;

    ir_emit(insn->block, IR_const32, TOY_IF, 0, 0, insn->pc);
    ir_emit(insn->block, IR_const32, TOY_IF_END, 0, 0, end);
    ir_emit(insn->block, IR_const32, TOY_CONDITION, 0, 0, insn->d);
}

static void system_call(struct insn *insn)
{
    call_helper(insn, TOY_HELPER_SYS);
}

/* Two stores and a write-back: the second may fault, so sp comes last. */
static void push(struct insn *insn)
{
    ir_emit(insn->block, IR_store32, 0, TOY_SP, source(insn->d), -4);
    ir_emit(insn->block, IR_store32, 0, TOY_SP, source(insn->b), -8);
    ir_emit(insn->block, IR_add32i, TOY_SP, TOY_SP, 0, -8);
}

static void load_constant(struct insn *insn)
{
    ir_emit(insn->block, IR_const32, destination(insn->d), 0, 0, insn->second);
}

static void add_high_half(struct insn *insn)
{
    ir_emit(insn->block, IR_or32i, destination(insn->d), source(insn->d), 0,
            (int64_t)insn->second << 16);
}

static void call(struct insn *insn, uint32_t target)
{
    bool near = same_page(insn->pc, target);

    ir_emit(insn->block, near ? IR_call_near : IR_call, TOY_LR, 0, 0,
            near ? halfword_of(target) : target);
    insn->block->ended = true;
}

static lifter *const lifters[16] = {
    move,   add_immediate, add,      subtract,    load, store,
    branch, jump,          begin_if, system_call, push,
};

static void lift_long(const struct vcpu *cpu, struct insn *insn)
{
    const uint32_t origin = (uint32_t)cpu->core.config.reset_vector.value;

    switch (insn->b) {
    case 0:
        load_constant(insn);
        break;
    case 1:
        add_high_half(insn);
        break;
    case 2:
        call(insn, origin + insn->second * 2u);
        break;
    default:
        undefined(insn);
        break;
    }
}

/* ---- Conditions ---------------------------------------------------------- */

/* The value that a register of TOY_IF and its kin holds at this place: what the
 * block has set, else what the core has. */
static uint32_t condition_register(const struct vcpu *cpu,
                                   const struct ir_block *block,
                                   unsigned number)
{
    for (size_t i = block->count; i-- > 0;) {
        if (block->ops[i].opcode == IR_const32 && block->ops[i].d == number) {
            return (uint32_t)block->ops[i].imm;
        }
    }
    return (uint32_t)cpu->r[number];
}

/* Skips the instruction unless its condition holds. */
static void heed_condition(const struct vcpu *cpu, struct insn *insn)
{
    uint32_t begin = condition_register(cpu, insn->block, TOY_IF);
    uint32_t end = condition_register(cpu, insn->block, TOY_IF_END);
    uint32_t condition = condition_register(cpu, insn->block, TOY_CONDITION);

    if (insn->pc > begin && insn->pc < end && condition < ALWAYS) {
        branch_if(insn, condition ^ 1, insn->pc + insn->length);
    }
}

bool toy_lift(struct vcpu *cpu, struct ir_block *block, uint64_t pc,
              const uint8_t *bytes, size_t size)
{
    bool any = false;

    do {
        uint16_t half[2] = {0};
        memcpy(half, bytes, size < sizeof(half) ? size : sizeof(half));
        struct insn insn = {
            .block = block,
            .pc = (uint32_t)pc,
            .length = half[0] >> 12 == 15 ? 4 : 2,
            .d = half[0] >> 8 & 15,
            .a = half[0] >> 4 & 15,
            .b = half[0] & 15,
            .second = half[1],
        };
        if (size < insn.length) {
            break;
        }
        any = true;
        ir_begin(block, (uint8_t)insn.length);
        heed_condition(cpu, &insn);
        if (insn.length == 4) {
            lift_long(cpu, &insn);
        } else {
            lifter *lift = lifters[half[0] >> 12];

            (lift != NULL ? lift : undefined)(&insn);
        }
        pc += insn.length;
        bytes += insn.length;
        size -= insn.length;
    } while (ir_next(block));
    return any;
}
