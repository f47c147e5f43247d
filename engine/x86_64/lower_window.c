/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Accesses through windows (engine/window.c), of guests that do not translate
 * addresses: two comparisons and no look into the soft TLB, which is for what
 * lies outside.
 */
#include <stddef.h>

#include "engine/x86_64/lower.h"

static bool is_eligible(const struct lower *l)
{
    return l->windows && l->whole && l->op->opcode >= IR_load8 &&
           l->op->opcode <= IR_store32;
}

static struct x64_operand field(const struct lower *l,
                                const struct ir_access *access, size_t offset)
{
    const bool at_stack = l->op->a == l->compiler->guest->stack_pointer &&
                          (access->store || l->compiler->guest->extent != NULL);
    enum vcpu_window_kind kind = at_stack        ? VCPU_WINDOW_STACK
                                 : access->store ? VCPU_WINDOW_WRITE
                                                 : VCPU_WINDOW_READ;

    return lower_field(l->target, offsetof(struct vcpu_compiled, windows) +
                                      kind * sizeof(struct vcpu_window) +
                                      offset);
}

/* The register = the distance of the access, and `more`, into the window, which
 * holds so many bytes from there on. */
static struct lower_cold *enter(struct lower *l, const struct ir_access *access,
                                int32_t more, int32_t bytes,
                                enum x64_register to)
{
    const size_t size = offsetof(struct vcpu_window, size);

    lower_address(l, access, more, to);
    x64_alu(&l->out, false, X64_SUB, to,
            field(l, access, offsetof(struct vcpu_window, base)));
    if (l->compiler->guest->extent != NULL) {
        x64_lea(&l->out, true, X64_RDX, x64_mem(to, bytes));
        x64_alu(&l->out, true, X64_CMP, X64_RDX, field(l, access, size));
        return lower_cold(l, COLD_OUTSIDE, x64_jcc(&l->out, X64_A, NULL));
    }
    x64_alu(&l->out, false, X64_CMP, to, field(l, access, size));
    return lower_cold(l, COLD_OUTSIDE, x64_jcc(&l->out, X64_AE, NULL));
}

/* In a cold path the target is where it joins. */
static void join(struct lower *l, struct lower_cold *cold)
{
    cold->target = (uintptr_t)l->out.at;
}

struct lower_cold *lower_window(struct lower *l, const struct ir_access *access)
{
    if (!is_eligible(l)) {
        return NULL;
    }
    struct lower_cold *cold = enter(l, access, 0, access->size, X64_RCX);
    x64_mov(&l->out, true, X64_RAX,
            field(l, access, offsetof(struct vcpu_window, host)));
    join(l, cold);
    return cold;
}

bool lower_window_group(struct lower *l, const struct ir_access *access,
                        int32_t low, int32_t bytes)
{
    if (!is_eligible(l)) {
        return false;
    }
    struct lower_cold *cold = enter(l, access, low, bytes, X64_RAX);
    x64_alu(&l->out, true, X64_ADD, X64_RAX,
            field(l, access, offsetof(struct vcpu_window, host)));
    join(l, cold);
    x64_store(&l->out, true, lower_slot(LOWER_POINTERS + access->store),
              X64_RAX);
    return true;
}

void lower_outside(struct lower *l, const struct lower_cold *cold)
{
    const struct ir_access *access = &ir_accesses[cold->op->opcode];
    uint16_t number = lower_group_of(l, cold->op);

    l->op = cold->op;
    if (number == 0) {
        lower_address(l, access, 0, X64_RAX);
        lower_translate(l, access->size, (unsigned)__builtin_ctz(access->size),
                        access->store, l->target->shared.access)
            ->back = cold->back;
    } else {
        lower_reach_group(l, access, &l->survey.groups[number]);
    }
    x64_jmp(&l->out, (const uint8_t *)(uintptr_t)cold->target);
}
