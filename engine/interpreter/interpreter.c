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
#include "engine/interpreter/arithmetic64.h"
#include "engine/interpreter/operations.h"
#include "engine/memory.h"

/* Leaves after the instruction of op, whose other operations are still to be
 * executed: a copy of them, with an end put to it. */
static const struct ir_op *rest_of_instruction(struct vcpu *cpu,
                                               const struct ir_op *op)
{
    struct ir_op *tail = cpu->tail;
    struct ir_op end = {
        .opcode = IR_leave,
        .rest = op->rest,
        .offset = (uint16_t)(op->offset + op->length),
    };
    size_t count = 0;

    while (op[count + 1].offset == op->offset && count < VCPU_TAIL_OPS - 1) {
        tail[count] = op[count + 1];
        count++;
    }
    tail[count] = end;
    return tail;
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
    const uint64_t mask = guest_address_mask(cpu->guest);
    const uint64_t distances =
        cpu->guest->position_independent ? UINT64_MAX : 0;
    const struct vcpu_tlb *tlb = &cpu->tlbs[cpu->data_context];
    uint32_t slot = op->offset / 2;
    uint64_t pc;
    enum interpreter_exit exit_code = INTERPRETER_LEFT;

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

    LOAD(load8, A + IMM, uint8_t, sign_extend8(value))
    LOAD(load8u, A + IMM, uint8_t, value)
    LOAD(load16, A + IMM, uint16_t, sign_extend16(value))
    LOAD(load16u, A + IMM, uint16_t, value)
    LOAD(load32, A + IMM, uint32_t, value)
    STORE(store8, A + IMM, uint8_t, B)
    STORE(store16, A + IMM, uint16_t, B)
    STORE(store32, A + IMM, uint32_t, B)

    BRANCH(beq, A == B)
    BRANCH(bne, A != B)
    BRANCH(blt, (int32_t)A < (int32_t)B)
    BRANCH(bge, (int32_t)A >= (int32_t)B)
    BRANCH(bltu, A < B)
    BRANCH(bgeu, A >= B)

    COMPUTE64(const64, XIMM)
    COMPUTE64(adr64, TOLD(XIMM))
    COMPUTE64(mov64, XA)
    COMPUTE64(add64, XA + XB)
    COMPUTE64(add64i, XA + XIMM)
    COMPUTE64(sub64, XA - XB)
    COMPUTE64(and64, XA & XB)
    COMPUTE64(and64i, XA & XIMM)
    COMPUTE64(or64, XA | XB)
    COMPUTE64(or64i, XA | XIMM)
    COMPUTE64(xor64, XA ^ XB)
    COMPUTE64(xor64i, XA ^ XIMM)
    COMPUTE64(andn64, XA & ~XB)
    COMPUTE64(orn64, XA | ~XB)
    COMPUTE64(xnor64, ~(XA ^ XB))
    COMPUTE64(shl64, XA << (XB & 63))
    COMPUTE64(shl64i, XA << (XIMM & 63))
    COMPUTE64(shr64, XA >> (XB & 63))
    COMPUTE64(shr64i, XA >> (XIMM & 63))
    COMPUTE64(sar64, (int64_t)XA >> (XB & 63))
    COMPUTE64(sar64i, (int64_t)XA >> (XIMM & 63))
    COMPUTE64(ror64, rotate_right64(XA, XB))
    COMPUTE64(ror64i, rotate_right64(XA, XIMM))
    COMPUTE64(shladd64, (XA << (XIMM & 63)) + XB)
    COMPUTE(extr32, ((uint64_t)A << 32 | B) >> (IMM & 31))
    COMPUTE64(extr64, extract_pair64(XA, XB, IMM & 63))
    COMPUTE64(extend,
              extend_register(XA, (unsigned)op->low, (unsigned)op->high))
    COMPUTE64(ubfx, XA >> op->low & low_mask((unsigned)op->high))
    COMPUTE(sbfx32, sign_extend(XA >> op->low, (unsigned)op->high))
    COMPUTE64(sbfx64, sign_extend(XA >> op->low, (unsigned)op->high))
    COMPUTE64(ubfiz, (XA & low_mask((unsigned)op->high)) << op->low)
    COMPUTE(sbfiz32, sign_extend(XA, (unsigned)op->high) << op->low)
    COMPUTE64(sbfiz64, sign_extend(XA, (unsigned)op->high) << op->low)
    COMPUTE(bfi32,
            insert_bits(r[op->d], XA, (unsigned)op->low, (unsigned)op->high))
    COMPUTE64(bfi64,
              insert_bits(r[op->d], XA, (unsigned)op->low, (unsigned)op->high))
    COMPUTE(bfxil32,
            insert_bits(r[op->d], XA >> op->low, 0, (unsigned)op->high))
    COMPUTE64(bfxil64,
              insert_bits(r[op->d], XA >> op->low, 0, (unsigned)op->high))
    COMPUTE64(clz64, XA == 0 ? 64 : __builtin_clzll(XA))
    COMPUTE64(cls32, leading_sign_bits(A, 32))
    COMPUTE64(cls64, leading_sign_bits(XA, 64))
    COMPUTE64(bitreverse32, reverse_bits64(XA) >> 32)
    COMPUTE64(bitreverse64, reverse_bits64(XA))
    COMPUTE64(byteswap64, __builtin_bswap64(XA))
    COMPUTE(rev16_32, reverse_halfword_bytes(XA))
    COMPUTE64(rev16_64, reverse_halfword_bytes(XA))
    COMPUTE64(rev32_64, reverse_word_bytes(XA))
    COMPUTE64(sext8_64, (int64_t)(int8_t)XA)
    COMPUTE64(sext16_64, (int64_t)(int16_t)XA)
    COMPUTE64(sext32_64, (int64_t)(int32_t)XA)
    COMPUTE64(mul64, XA * XB)
    COMPUTE64(smulh64, (__int128)(int64_t)XA * (int64_t)XB >> 64)
    COMPUTE64(umulh64, (unsigned __int128)XA * XB >> 64)
    COMPUTE(sdiv32, divide_signed32(A, B))
    COMPUTE64(sdiv64, divide_signed64(XA, XB))
    COMPUTE(udiv32, B == 0 ? 0 : A / B)
    COMPUTE64(udiv64, XB == 0 ? 0 : XA / XB)
    COMPUTE(madd32, (uint32_t)XC + A * B)
    COMPUTE64(madd64, XC + XA * XB)
    COMPUTE(msub32, (uint32_t)XC - A * B)
    COMPUTE64(msub64, XC - XA * XB)
    COMPUTE64(smaddl, XC + (uint64_t)((int64_t)(int32_t)A * (int32_t)B))
    COMPUTE64(smsubl, XC - (uint64_t)((int64_t)(int32_t)A * (int32_t)B))
    COMPUTE64(umaddl, XC + (uint64_t)A * B)
    COMPUTE64(umsubl, XC - (uint64_t)A * B)

    ARITHMETIC(adds32, 32, uint32_t, +, add)
    ARITHMETIC(adds64, 64, uint64_t, +, add)
    ARITHMETIC(subs32, 32, uint32_t, -, sub)
    ARITHMETIC(subs64, 64, uint64_t, -, sub)
    LOGIC_FLAGS(ands32, 32, uint32_t, XB)
    LOGIC_FLAGS(ands32i, 32, uint32_t, XIMM)
    LOGIC_FLAGS(ands64, 64, uint64_t, XB)
    LOGIC_FLAGS(ands64i, 64, uint64_t, XIMM)
    CARRY(adc32, 32, B)
    CARRY(adc64, 64, XB)
    CARRY(sbc32, 32, ~B)
    CARRY(sbc64, 64, ~XB)
    CARRY_FLAGS(adcs32, 32, B)
    CARRY_FLAGS(adcs64, 64, XB)
    CARRY_FLAGS(sbcs32, 32, ~B)
    CARRY_FLAGS(sbcs64, 64, ~XB)
    COMPUTE64(get_nzcv, NZCV << 28)
set_nzcv:
    NZCV = XA >> 28 & 15;
    NEXT;
    COMPUTE64(csel, condition_holds(IMM, NZCV) ? XA : XB)
    COMPUTE(csel32, condition_holds(IMM, NZCV) ? XA : XB)
    COMPUTE(csinc32, condition_holds(IMM, NZCV) ? XA : XB + 1)
    COMPUTE64(csinc64, condition_holds(IMM, NZCV) ? XA : XB + 1)
    COMPUTE(csinv32, condition_holds(IMM, NZCV) ? XA : ~XB)
    COMPUTE64(csinv64, condition_holds(IMM, NZCV) ? XA : ~XB)
    COMPUTE(csneg32, condition_holds(IMM, NZCV) ? XA : 0 - XB)
    COMPUTE64(csneg64, condition_holds(IMM, NZCV) ? XA : 0 - XB)
    COMPARE_IF(ccmp32, 32, -, sub)
    COMPARE_IF(ccmp64, 64, -, sub)
    COMPARE_IF(ccmn32, 32, +, add)
    COMPARE_IF(ccmn64, 64, +, add)
    COMPARE_BRANCH(subs32i_bcond, 32, op->low)
    COMPARE_BRANCH(subs64i_bcond, 64, (int64_t)op->low)
    COMPARE_BRANCH(subs32_bcond, 32, XB)
    COMPARE_BRANCH(subs64_bcond, 64, XB)

    LOAD(ld8, XA + XIMM, uint8_t, value)
    LOAD(ld16, XA + XIMM, uint16_t, value)
    LOAD(ld32, XA + XIMM, uint32_t, value)
    LOAD(ld64, XA + XIMM, uint64_t, value)
    LOAD(ld8s32, XA + XIMM, uint8_t, sign_extend8(value))
    LOAD(ld8s64, XA + XIMM, uint8_t, sign_extend(value, 8))
    LOAD(ld16s32, XA + XIMM, uint16_t, sign_extend16(value))
    LOAD(ld16s64, XA + XIMM, uint16_t, sign_extend(value, 16))
    LOAD(ld32s64, XA + XIMM, uint32_t, sign_extend(value, 32))
    LOAD(ld8x, XA + (XB << op->imm), uint8_t, value)
    LOAD(ld16x, XA + (XB << op->imm), uint16_t, value)
    LOAD(ld32x, XA + (XB << op->imm), uint32_t, value)
    LOAD(ld64x, XA + (XB << op->imm), uint64_t, value)
    STORE(st8, XA + XIMM, uint8_t, XB)
    STORE(st16, XA + XIMM, uint16_t, XB)
    STORE(st32, XA + XIMM, uint32_t, XB)
    STORE(st64, XA + XIMM, uint64_t, XB)
    STORE(st8x, XA + (XB << op->imm), uint8_t, r[op->d])
    STORE(st16x, XA + (XB << op->imm), uint16_t, r[op->d])
    STORE(st32x, XA + (XB << op->imm), uint32_t, r[op->d])
    STORE(st64x, XA + (XB << op->imm), uint64_t, r[op->d])
    LOAD_PAIR(ldp32, uint32_t)
    LOAD_PAIR(ldp64, uint64_t)
    STORE_PAIR(stp32, uint32_t)
    STORE_PAIR(stp64, uint64_t)

    BRANCH64(bcond, condition_holds(op->a, NZCV))
    BRANCH64(cbz32, A == 0)
    BRANCH64(cbnz32, A != 0)
    BRANCH64(cbz64, XA == 0)
    BRANCH64(cbnz64, XA != 0)
    BRANCH64(tbz, (XA >> op->b & 1) == 0)
    BRANCH64(tbnz, (XA >> op->b & 1) != 0)

accessed:
    if (unlikely(cpu->attention) &&
        (uintptr_t)op - (uintptr_t)cpu->tail >= sizeof(cpu->tail)) {
        op = rest_of_instruction(cpu, op);
        DISPATCH;
    }
    NEXT;

check_sp:
    if (unlikely((r[31] & 15) != 0)) {
        SYNC();
        if (cpu->guest->sp_misaligned(cpu)) {
            goto trapped;
        }
    }
    NEXT;

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

call64_near:
    r[op->d] = page->base + op->offset + op->length;
    ENTER(op->imm);
call64:
    r[op->d] = page->base + op->offset + op->length;
jump64:
    GO(TOLD(XIMM));
call_register64:
    pc = XA;
    r[op->d] = page->base + op->offset + op->length;
    goto go64;
jump_register64:
    pc = XA;
go64:
    if (unlikely((pc & cpu->granule_mask) != 0)) {
        r[IR_PC] = pc;
        goto out;
    }
    goto go;
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
            exit_code = INTERPRETER_MISS;
            goto out;
        }
        page = entry->page;
        page->base = entry->tag;
    }
    ENTER((pc & 0xfff) / 2);

helper : {
    SYNC();
    enum vcpu_outcome outcome = cpu->helpers[op->low](cpu, op);
    if (outcome == VCPU_TRAPPED) {
        goto trapped;
    }
    if (outcome == VCPU_NEXT) {
        r[IR_PC] = (page->base + op->offset + op->length) & mask;
    }
    left += op->rest;
    goto out;
}

assist : {
    SYNC();
    enum vcpu_outcome outcome = cpu->helpers[op->low](cpu, op);
    if (likely(outcome == VCPU_NEXT)) {
        goto accessed;
    }
    if (outcome == VCPU_TRAPPED) {
        goto trapped;
    }
    left += op->rest;
    goto out;
}

out_of_budget:
    r[IR_PC] = page->base + slot * 2;
    exit_code = INTERPRETER_SHORT;
    goto out;
miss:
    r[IR_PC] = page->base + slot * 2;
    exit_code = INTERPRETER_MISS;
    goto out;
step:
    r[IR_PC] = page->base + op->offset;
    left += op->rest;
    exit_code = INTERPRETER_STEP;
    goto out;
leave:
    r[IR_PC] = (page->base + op->offset) & mask;
    left += op->rest;
    goto out;
trapped:
    left += op->rest + 1;
out:
    cpu->core.retired = cpu->slice_end - (uint64_t)left;
    return exit_code;
}

void interpreter_finish(struct vcpu *cpu, struct code_page *page,
                        const struct ir_op *op, int64_t left)
{
    interpreter_run(cpu, page, rest_of_instruction(cpu, op), left);
}

void interpreter_compute(struct vcpu *cpu, const struct ir_op *op)
{
    cpu->tail[0] = *op;
    cpu->tail[1] = (struct ir_op){.opcode = IR_leave};
    interpreter_run(cpu, cpu->code->scratch, cpu->tail, 0);
}
