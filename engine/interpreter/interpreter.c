/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The interpreter: threaded code over the micro-operations of decoded pages.
 *
 * The instruction budget is charged when a block is entered, so no operation
 * counts; an early exit from a block gives back op->rest. pc is written only
 * where it may be read: at exits and before slow paths.
 */
#include "engine/interpreter/interpreter.h"

#include <string.h>

#include "engine/interpreter/arithmetic.h"
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
#define OP(name, ...) &&name,
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

#include "engine/interpreter/operations.def"

accessed:
    if (unlikely(cpu->attention) &&
        (uintptr_t)op - (uintptr_t)cpu->tail >= sizeof(cpu->tail)) {
        op = rest_of_instruction(cpu, op);
        DISPATCH;
    }
    NEXT;

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
    if (op[1].offset != op->offset) { /* there is no rest */
        cpu->r[IR_PC] = (page->base + op->offset + op->length) &
                        guest_address_mask(cpu->guest);
        cpu->core.retired = cpu->slice_end - ((uint64_t)left + op->rest);
        return;
    }
    interpreter_run(cpu, page, rest_of_instruction(cpu, op), left);
}

void interpreter_compute(struct vcpu *cpu, const struct ir_op *op)
{
    cpu->tail[0] = *op;
    cpu->tail[1] = (struct ir_op){.opcode = IR_leave};
    interpreter_run(cpu, cpu->code->scratch, cpu->tail, 0);
}
