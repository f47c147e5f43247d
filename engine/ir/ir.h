/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Micro-operations, which lifters emit, the interpreter executes and compilers
 * lower. Fixed 16-byte records on named guest registers; no SSA.
 *
 * A block is a straight run of guest instructions with side exits. Its
 * instructions are counted when it is entered; an operation that leaves it
 * early returns the instructions that were not executed to the budget: `rest`
 * is the number of the block's instructions after the operation's own.
 */
#ifndef ENGINE_IR_IR_H
#define ENGINE_IR_IR_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum ir_opcode {
#define OP(name, ...) IR_##name,
#include "engine/ir/ops.def"
#undef OP
    IR_OPCODES
};

/* The register file that operations name. The first 32 are the guest's (31
 * and the stack pointer where there is no zero register). */
enum ir_register {
    IR_PC = 32,
    IR_NZCV = 33, /* A64 flags: N 8, Z 4, C 2, V 1 */
    IR_HOST = 34, /* to 36: compiled code's own, while it runs */
    IR_TEMPORARY = 37,
    IR_SECOND = 38, /* a temporary for the next operation alone */
    IR_SINK = 39,   /* takes results that are discarded */
    IR_ZERO = 40,   /* reads as 0; nothing may write it */
    IR_REGISTERS = 41,
};

struct ir_op {
    uint8_t opcode;
    uint8_t d, a, b;
    uint8_t rest;    /* instructions of the block after this one */
    uint8_t length;  /* bytes of the guest instruction(s) */
    uint16_t offset; /* of the guest instruction in its page */
    union {
        int64_t imm;
        struct {
            int32_t low, high;
        };
    };
};
static_assert(sizeof(struct ir_op) == 16, "a micro-operation is 16 bytes");

/* The memory that an operation accesses. */
struct ir_access {
    uint8_t size; /* bytes of one register; 0: no access */
    bool store;
    bool pair;
    bool indexed;
    uint8_t sign; /* bits to extend to, or 0 */
};
extern const struct ir_access ir_accesses[IR_OPCODES];

/* The operands of an operation, as in ops.def. */
const char *ir_operands(unsigned opcode);

enum {
    IR_BLOCK_INSTRUCTIONS = 64,
    /* Maximum of operations of an instruction and of the end of a block. */
    IR_LAST_OPS = 44,
};

/* Collects the operations of one block. */
struct ir_block {
    struct ir_op *ops; /* the caller's array */
    size_t count;
    size_t capacity;
    unsigned instructions; /* begun so far */
    unsigned most;         /* of them, by IR_BLOCK_INSTRUCTIONS at first */
    uint16_t offset;       /* of the instruction at hand in its page */
    uint8_t length;        /* its bytes */
    bool ended;            /* nothing follows the instruction at hand */
    bool fp_checked;       /* A64: the block has asked whether FP is enabled */
    uint16_t last_entry;   /* later instructions rely on those before */
};

void ir_block_init(struct ir_block *block, struct ir_op *ops, size_t capacity);

/* The next operations belong to an instruction of so many bytes. */
static inline void ir_begin(struct ir_block *block, uint8_t length)
{
    block->length = length;
    block->instructions++;
}

/* And no more: true if another instruction may follow. */
static inline bool ir_next(struct ir_block *block)
{
    block->offset = (uint16_t)(block->offset + block->length);
    return !block->ended && block->instructions < block->most &&
           block->count <= block->capacity - IR_LAST_OPS;
}

static inline void ir_emit(struct ir_block *block, enum ir_opcode opcode,
                           unsigned d, unsigned a, unsigned b, int64_t imm)
{
    assert(block->count < block->capacity);
    block->ops[block->count++] = (struct ir_op){
        .opcode = (uint8_t)opcode,
        .d = (uint8_t)d,
        .a = (uint8_t)a,
        .b = (uint8_t)b,
        .rest = (uint8_t)block->instructions, /* until the block is whole */
        .length = block->length,
        .offset = block->offset,
        .imm = imm,
    };
}

/* Fuses the last two operations into the first, where that pays. For lifters of
 * instructions that may end such a pair. */
void ir_join(struct ir_block *block);
/* Makes a comparison that is fused with the branch on it, of `branch`
 * bytes, the comparison alone, with what lies between; false: it is none. */
bool ir_split(struct ir_op *op, unsigned branch);

#endif
