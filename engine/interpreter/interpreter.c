/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The interpreter: threaded code over the micro-operations of decoded pages.
 *
 * The instruction budget is taken off when a block is entered, so no operation
 * counts; who leaves a block early gives back op->rest. pc is written only
 * when somebody may look: at exits and before anything slow.
 */
#include "engine/interpreter/interpreter.h"

#include <string.h>

#include "engine/interpreter/arithmetic.h"

#define likely(x)   __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)

#define A        ((uint32_t)r[op->a])
#define B        ((uint32_t)r[op->b])
#define IMM      ((uint32_t)op->imm)
#define DISPATCH goto *labels[op->opcode]
#define NEXT                                                                   \
    do {                                                                       \
        op++;                                                                  \
        DISPATCH;                                                              \
    } while (0)

#define COMPUTE(name, expression)                                              \
    name:                                                                      \
    r[op->d] = (uint32_t)(expression);                                         \
    NEXT;

/* Goes to a halfword of the same page, if the budget lasts for its block. */
#define ENTER(halfword)                                                        \
    do {                                                                       \
        slot = (uint32_t)(halfword);                                           \
        uint32_t entry = page->map[slot];                                      \
        left -= entry >> 16;                                                   \
        if (unlikely(left < 0)) {                                              \
            left += entry >> 16;                                               \
            goto out_of_budget;                                                \
        }                                                                      \
        op = page->ops + (entry & 0xffff);                                     \
        DISPATCH;                                                              \
    } while (0)

#define GO(target)                                                             \
    do {                                                                       \
        pc = (target);                                                         \
        goto go;                                                               \
    } while (0)

#define BRANCH(name, condition)                                                \
    name##_near : if (condition)                                               \
    {                                                                          \
        left += op->rest;                                                      \
        ENTER(op->imm);                                                        \
    }                                                                          \
    NEXT;                                                                      \
    name:                                                                      \
    if (condition) {                                                           \
        left += op->rest;                                                      \
        GO((uint32_t)op->imm);                                                 \
    }                                                                          \
    NEXT;

/* What a slow path may look at: this instruction has not retired yet. */
#define SYNC()                                                                 \
    do {                                                                       \
        r[IR_PC] = page->base + op->offset;                                    \
        cpu->core.retired = cpu->slice_end - (uint64_t)(left + op->rest + 1);  \
    } while (0)

#define LOAD(name, type, extend, size)                                         \
    name : {                                                                   \
        uint32_t address = A + IMM;                                            \
        const struct vcpu_tlb_entry *entry =                                   \
            &tlb->read[address >> 12 & (VCPU_TLB_ENTRIES - 1)];                \
        if (likely(((address + (size - 1)) & ~0xfffu) == entry->tag)) {        \
            type value;                                                        \
            memcpy(&value, entry->addend + address, sizeof(value));            \
            r[op->d] = extend(value);                                          \
            NEXT;                                                              \
        }                                                                      \
        uint32_t value;                                                        \
        SYNC();                                                                \
        if (!vcpu_load(cpu, address, size, &value)) {                          \
            goto trapped;                                                      \
        }                                                                      \
        r[op->d] = extend((type)value);                                        \
        if (unlikely(cpu->attention)) {                                        \
            goto leave_after;                                                  \
        }                                                                      \
        NEXT;                                                                  \
    }

#define STORE(name, type, size)                                                \
    name : {                                                                   \
        uint32_t address = A + IMM;                                            \
        const struct vcpu_tlb_entry *entry =                                   \
            &tlb->write[address >> 12 & (VCPU_TLB_ENTRIES - 1)];               \
        if (likely(((address + (size - 1)) & ~0xfffu) == entry->tag)) {        \
            type value = (type)B;                                              \
            memcpy(entry->addend + address, &value, sizeof(value));            \
            NEXT;                                                              \
        }                                                                      \
        SYNC();                                                                \
        if (!vcpu_store(cpu, address, size, B)) {                              \
            goto trapped;                                                      \
        }                                                                      \
        if (unlikely(cpu->attention)) {                                        \
            goto leave_after;                                                  \
        }                                                                      \
        NEXT;                                                                  \
    }

enum interpreter_exit interpreter_run(struct vcpu *cpu, struct code_page *page,
                                      const struct ir_op *op, int64_t left)
{
    static const void *const labels[] = {
#define OP(name, operands) &&name,
#include "engine/ir/ops.def"
#undef OP
    };
    uint64_t *const r = cpu->r;
    const struct vcpu_tlb *tlb = &cpu->tlbs[cpu->data_context];
    uint32_t slot = op->offset / 2;
    uint64_t pc;
    enum interpreter_exit result = INTERPRETER_LEFT;

    DISPATCH;

    COMPUTE(const32, IMM)
    COMPUTE(mov32, A)
    COMPUTE(add32, A + B)
    COMPUTE(add32i, A + IMM)
    COMPUTE(sub32, A - B)
    COMPUTE(and32, A & B)
    COMPUTE(and32i, A & IMM)
    COMPUTE(or32, A | B)
    COMPUTE(or32i, A | IMM)
    COMPUTE(xor32, A ^ B)
    COMPUTE(xor32i, A ^ IMM)
    COMPUTE(andn32, A & ~B)
    COMPUTE(orn32, A | ~B)
    COMPUTE(xnor32, ~(A ^ B))
    COMPUTE(shl32, A << (B & 31))
    COMPUTE(shl32i, A << (IMM & 31))
    COMPUTE(shr32, A >> (B & 31))
    COMPUTE(shr32i, A >> (IMM & 31))
    COMPUTE(sar32, (int32_t)A >> (B & 31))
    COMPUTE(sar32i, (int32_t)A >> (IMM & 31))
    COMPUTE(rol32, rotate_right(A, 0 - B))
    COMPUTE(ror32, rotate_right(A, B))
    COMPUTE(ror32i, rotate_right(A, IMM))
    COMPUTE(slt32, (int32_t)A < (int32_t)B)
    COMPUTE(slt32i, (int32_t)A < (int32_t)IMM)
    COMPUTE(sltu32, A < B)
    COMPUTE(sltu32i, A < IMM)
    COMPUTE(shladd32, (A << (IMM & 31)) + B)
    COMPUTE(extract32i, A >> (IMM & 31) & 1)
    COMPUTE(extract32, A >> (B & 31) & 1)
    COMPUTE(bitclear32, A & ~(1u << (B & 31)))
    COMPUTE(bitset32, A | 1u << (B & 31))
    COMPUTE(bitflip32, A ^ 1u << (B & 31))
    COMPUTE(clz32, A == 0 ? 32 : __builtin_clz(A))
    COMPUTE(ctz32, A == 0 ? 32 : __builtin_ctz(A))
    COMPUTE(popcount32, __builtin_popcount(A))
    COMPUTE(sext8, sign_extend8(A))
    COMPUTE(sext16, sign_extend16(A))
    COMPUTE(zext16, (uint16_t)A)
    COMPUTE(orbytes32, or_bytes(A))
    COMPUTE(byteswap32, __builtin_bswap32(A))
    COMPUTE(min32, (int32_t)A < (int32_t)B ? A : B)
    COMPUTE(minu32, A < B ? A : B)
    COMPUTE(max32, (int32_t)A > (int32_t)B ? A : B)
    COMPUTE(maxu32, A > B ? A : B)
    COMPUTE(mul32, A * B)
    COMPUTE(mulh32, multiply_high(A, B))
    COMPUTE(mulhsu32, multiply_high_mixed(A, B))
    COMPUTE(mulhu32, (uint64_t)A * B >> 32)
    COMPUTE(div32, divide(A, B))
    COMPUTE(divu32, B == 0 ? UINT32_MAX : A / B)
    COMPUTE(rem32, remainder_signed(A, B))
    COMPUTE(remu32, B == 0 ? A : A % B)
    COMPUTE(clmul32, carryless(A, B))
    COMPUTE(clmulh32, carryless(A, B) >> 32)
    COMPUTE(clmulr32, carryless(A, B) >> 31)

    LOAD(load8, uint8_t, sign_extend8, 1)
    LOAD(load8u, uint8_t, (uint32_t), 1)
    LOAD(load16, uint16_t, sign_extend16, 2)
    LOAD(load16u, uint16_t, (uint32_t), 2)
    LOAD(load32, uint32_t, (uint32_t), 4)
    STORE(store8, uint8_t, 1)
    STORE(store16, uint16_t, 2)
    STORE(store32, uint32_t, 4)

    BRANCH(beq, A == B)
    BRANCH(bne, A != B)
    BRANCH(blt, (int32_t)A < (int32_t)B)
    BRANCH(bge, (int32_t)A >= (int32_t)B)
    BRANCH(bltu, A < B)
    BRANCH(bgeu, A >= B)

add_beq_near : {
    uint32_t sum = A + (uint32_t)op->low;
    r[op->d] = sum;
    if (sum == B) {
        left += op->rest;
        ENTER(op->high);
    }
    NEXT;
}
add_bne_near : {
    uint32_t sum = A + (uint32_t)op->low;
    r[op->d] = sum;
    if (sum != B) {
        left += op->rest;
        ENTER(op->high);
    }
    NEXT;
}

call_near:
    r[op->d] = (uint32_t)(page->base + op->offset + op->length);
jump_near:
    ENTER(op->imm);
call:
    r[op->d] = (uint32_t)(page->base + op->offset + op->length);
jump:
    GO((uint32_t)op->imm);
jump_register:
    GO((A + IMM) & ~1u);
call_register:
    pc = (A + IMM) & ~1u;
    r[op->d] = (uint32_t)(page->base + op->offset + op->length);
go:
    if (((pc ^ page->base) & ~(uint64_t)0xfff) != 0) {
        const struct vcpu_fetch_entry *entry =
            &cpu->fetch[cpu->fetch_context]
                       [pc >> 12 & (VCPU_FETCH_ENTRIES - 1)];
        if (unlikely(entry->tag != (pc & ~(uint64_t)0xfff))) {
            r[IR_PC] = pc;
            result = INTERPRETER_MISS;
            goto out;
        }
        page = entry->page;
    }
    ENTER((pc & 0xfff) / 2);

helper : {
    SYNC();
    enum vcpu_outcome outcome = cpu->guest->helpers[op->low](cpu, op);
    if (outcome == VCPU_TRAPPED) {
        goto trapped;
    }
    if (outcome == VCPU_NEXT) {
        r[IR_PC] = (uint32_t)(page->base + op->offset + op->length);
    }
    left += op->rest;
    goto out;
}

out_of_budget:
    r[IR_PC] = page->base + slot * 2;
    result = INTERPRETER_SHORT;
    goto out;
miss:
    r[IR_PC] = page->base + slot * 2;
    result = INTERPRETER_MISS;
    goto out;
step:
    r[IR_PC] = page->base + op->offset;
    left += op->rest;
    result = INTERPRETER_STEP;
    goto out;
leave:
    r[IR_PC] = (uint32_t)(page->base + op->offset);
    left += op->rest;
    goto out;
leave_after:
    r[IR_PC] = (uint32_t)(page->base + op->offset + op->length);
    left += op->rest;
    goto out;
trapped:
    left += op->rest + 1;
out:
    cpu->core.retired = cpu->slice_end - (uint64_t)left;
    return result;
}
