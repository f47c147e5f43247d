/* SPDX-License-Identifier: Apache-2.0 */
/* Code that all blocks share: entering and leaving compiled code, calls of C
 * functions, and looking for the code of an address. */
#include "engine/x86_64/lower.h"

#include <assert.h>
#include <stddef.h>

static const uint8_t saved[] = {X64_RBX, X64_RBP, X64_R12,
                                X64_R13, X64_R14, X64_R15};
enum { SAVED = sizeof(saved) };

static void push(struct x64 *out, unsigned number)
{
    if (number >= 8) {
        x64_byte(out, 0x41);
    }
    x64_byte(out, 0x50 | (number & 7));
}

static void pop(struct x64 *out, unsigned number)
{
    if (number >= 8) {
        x64_byte(out, 0x41);
    }
    x64_byte(out, 0x58 | (number & 7));
}

static void ret(struct x64 *out)
{
    x64_byte(out, 0xc3);
}

static void jump_to(struct x64 *out, struct x64_operand to)
{
    x64_op(out, false, 0xff, 4, to);
}

static void move_stack(struct x64 *out, int32_t bytes)
{
    x64_alu_imm(out, true, X64_ADD, x64_reg(X64_RSP), bytes);
}

/* NZCV for C code (PEXT), or for compiled code (PDEP). */
enum { VEX_PEXT = 2, VEX_PDEP = 3 };

static void convert_flags(struct x64 *out, unsigned prefix)
{
    x64_mov(out, false, X64_RCX, lower_slot(IR_NZCV));
    x64_mov_imm(out, X64_RDX, LOWER_NZCV);
    x64_vex(out, 2, prefix, false, 0xf5, X64_RCX, X64_RCX, x64_reg(X64_RDX));
    x64_store(out, false, lower_slot(IR_NZCV), X64_RCX);
}

static void spill(const struct lower_target *target, struct x64 *out)
{
    if (target->compiler.guest->has_flags) {
        convert_flags(out, VEX_PEXT);
    }
    for (unsigned i = 0; i < LOWER_PINNED; i++) {
        x64_store(out, true, lower_slot(target->compiler.pinned[i]),
                  (enum x64_register)lower_pinned_host[i]);
    }
}

static void reload(const struct lower_target *target, struct x64 *out)
{
    if (target->compiler.guest->has_flags) {
        convert_flags(out, VEX_PDEP);
    }
    for (unsigned i = 0; i < LOWER_PINNED; i++) {
        x64_mov(out, true, (enum x64_register)lower_pinned_host[i],
                lower_slot(target->compiler.pinned[i]));
    }
}

static struct x64_operand left_of(const struct lower_target *target)
{
    return lower_field(target, offsetof(struct vcpu_compiled, left));
}

static struct x64_operand stack_of(const struct lower_target *target)
{
    return lower_field(target, offsetof(struct vcpu_compiled, stack));
}

/* d = a place in the code, as it is executed. */
static void load_place(struct x64 *out, enum x64_register d,
                       const uint8_t *place)
{
    x64_byte(out, 0x48); /* lea d, [rip + distance] */
    x64_byte(out, 0x8d);
    x64_byte(out, (uint8_t)(5 | d << 3));
    uint8_t *distance = out->at;
    x64_word32(out, 0);
    x64_aim(distance, place);
}

/*
 * The frame of a call that has not returned is two words: where the host's code
 * behind the call is, and the guest's address of it. Returns compare that with
 * where they go, so that they may be RET, which the host predicts by its own
 * stack of calls. Frames lie below a multiple of their size, where a test of
 * RSP's low bits finds the last one. The outermost has an address where no
 * instruction can begin. Code that is entered, or goes on after C has ended a
 * block, begins with no other; so what drops code or mappings, which ends the
 * block, ends them too.
 */
static void empty_stack(const struct lower_target *target, struct x64 *out)
{
    x64_mov(out, true, X64_RSP, stack_of(target));
    x64_alu_imm(out, true, X64_AND, x64_reg(X64_RSP), -LOWER_CALLS);
    x64_byte(out, 0x6a); /* push 1 */
    x64_byte(out, 1);
    load_place(out, X64_RDX, target->shared.search);
    push(out, X64_RDX);
}

/* enter(RDI: register file and bias, RSI: code, RDX: budget). */
static void make_enter(struct lower_target *target, struct x64 *out)
{
    target->shared.enter = out->at;
    for (unsigned i = 0; i < SAVED; i++) {
        push(out, saved[i]);
    }
    x64_mov(out, true, X64_RBP, x64_reg(X64_RDI));
    x64_mov(out, true, X64_R15, x64_reg(X64_RDX));
    x64_mov(out, true, X64_RAX, x64_reg(X64_RSI));
    x64_store(out, true, stack_of(target), X64_RSP);
    empty_stack(target, out);
    reload(target, out);
    jump_to(out, x64_reg(X64_RAX));
}

/* Returns the place behind the spilling. */
static uint8_t *make_leave(struct lower_target *target, struct x64 *out)
{
    target->shared.leave = out->at;
    spill(target, out);
    x64_store(out, true, left_of(target), X64_R15);
    uint8_t *spilt = out->at;
    x64_mov(out, true, X64_RSP, stack_of(target));
    for (unsigned i = SAVED; i-- > 0;) {
        pop(out, saved[i]);
    }
    ret(out);
    return spilt;
}

/* RCX -= the distance that is told 4 bytes behind it. */
static void go_back(struct x64 *out)
{
    x64_op(out, false, 0x0fb7, X64_RDX, x64_mem(X64_RCX, 4));
    x64_alu(out, true, X64_SUB, X64_RCX, x64_reg(X64_RDX));
}

static void leave_for(struct lower_target *target, struct x64 *out,
                      unsigned exit_code)
{
    x64_store(out, false,
              lower_field(target, offsetof(struct vcpu_compiled, target)),
              X64_RAX);
    x64_mov_imm(out, X64_RAX, exit_code);
    x64_jmp(out, target->shared.leave);
}

/* RCX: behind the call. Leaves for the place that is told there, with the jump
 * to mend told before it: that, or the call itself. */
static void make_link(struct lower_target *target, struct x64 *out, bool told)
{
    pop(out, X64_RCX);
    x64_mov(out, false, X64_RAX, x64_mem(X64_RCX, 0));
    if (told) {
        go_back(out);
    } else {
        x64_alu_imm(out, true, X64_SUB, x64_reg(X64_RCX), 4);
    }
    x64_store(out, true,
              lower_field(target, offsetof(struct vcpu_compiled, site)),
              X64_RCX);
    leave_for(target, out, COMPILER_LINK);
}

/* The block's instructions were taken off the budget. */
static void make_too_short(struct lower_target *target, struct x64 *out)
{
    target->shared.too_short = out->at;
    x64_mov(out, false, X64_RCX, x64_reg(X64_RAX));
    x64_alu_imm(out, false, X64_AND, x64_reg(X64_RCX),
                (1 << COMPILER_COUNT_BITS) - 1);
    x64_alu(out, true, X64_ADD, X64_R15, x64_reg(X64_RCX));
    leave_for(target, out, COMPILER_SHORT);
}

/* RDX = the jumps of the context, RCX = jumps_index of the address in RAX, by
 * four; an entry is at RDX + 4 * RCX. */
static void find_jump(const struct lower_target *target, struct x64 *out)
{
    static_assert(sizeof(struct jump) == 16, "for the scale of operands");
    x64_mov(out, false, X64_RCX, x64_reg(X64_RAX));
    x64_shift_imm(out, false, X64_SHR, X64_RCX, 10);
    x64_alu(out, false, X64_XOR, X64_RCX, x64_reg(X64_RAX));
    x64_alu_imm(out, false, X64_AND, x64_reg(X64_RCX), (JUMPS - 1) << 2);
    x64_mov(out, true, X64_RDX,
            lower_field(target, offsetof(struct vcpu_compiled, jumps)));
}

static struct x64_operand of_jump(size_t offset)
{
    return x64_mem_index(X64_RDX, X64_RCX, 2, (int32_t)offset);
}

/* RDX = the code of the address in RAX by the fetch TLB, which leads to the
 * page, and the page's slot. */
static void find_code(struct lower_target *target, struct x64 *out,
                      const uint8_t *miss)
{
    x64_mov(out, false, X64_RCX, x64_reg(X64_RAX));
    x64_shift_imm(out, false, X64_SHR, X64_RCX, 8);
    x64_alu_imm(out, false, X64_AND, x64_reg(X64_RCX),
                (VCPU_FETCH_ENTRIES - 1) << 4);
    x64_alu(out, true, X64_ADD, X64_RCX,
            lower_field(target, offsetof(struct vcpu_compiled, fetch)));
    x64_mov(out, true, X64_RDX, x64_reg(X64_RAX));
    x64_alu_imm(out, true, X64_AND, x64_reg(X64_RDX), -4096);
    x64_alu(out, true, X64_CMP, X64_RDX, x64_mem(X64_RCX, 0));
    x64_jcc(out, X64_NE, miss);
    x64_store(out, true,
              lower_field(target, offsetof(struct vcpu_compiled, base)),
              X64_RDX);
    x64_mov(out, true, X64_RCX, x64_mem(X64_RCX, 8));
    x64_mov(out, false, X64_RDX, x64_reg(X64_RAX));
    x64_alu_imm(out, false, X64_AND, x64_reg(X64_RDX), 0xffe);
    x64_mov(out, false, X64_RDX,
            x64_mem_index(X64_RCX, X64_RDX,
                          2 - guest_slot_shift(target->compiler.guest),
                          (int32_t)offsetof(struct code_page, slots[0].host)));
}

/* RCX: to the other place of the pair, in units of find_jump. */
static void other_place(struct x64 *out)
{
    x64_alu_imm(out, false, X64_XOR, x64_reg(X64_RCX), 4);
}

/* Enters the code at RDX, from compiler.base on, among the jumps, and goes
 * there. What was in its place goes to the other one of the pair, unless what
 * is there has its home there: else two neighbours would evict each other. */
static void make_entry(const struct lower_target *target, struct x64 *out)
{
    push(out, X64_RSI);
    push(out, X64_RDI);
    push(out, X64_RDX);
    find_jump(target, out);
    other_place(out);
    x64_mov(out, false, X64_RSI, of_jump(offsetof(struct jump, pc)));
    x64_rotate_right(out, false, X64_RDI, x64_reg(X64_RSI), 10);
    x64_alu(out, false, X64_XOR, X64_RDI, x64_reg(X64_RSI));
    x64_alu(out, false, X64_XOR, X64_RDI, x64_reg(X64_RCX));
    other_place(out);
    x64_alu_imm(out, false, X64_AND, x64_reg(X64_RDI), 4);
    uint8_t *at_home = x64_jcc(out, X64_E, NULL);
    x64_mov(out, true, X64_RSI, of_jump(offsetof(struct jump, pc)));
    x64_mov(out, true, X64_RDI, of_jump(offsetof(struct jump, code)));
    other_place(out);
    x64_store(out, true, of_jump(offsetof(struct jump, pc)), X64_RSI);
    x64_store(out, true, of_jump(offsetof(struct jump, code)), X64_RDI);
    other_place(out);
    x64_aim(at_home, out->at);
    x64_store(out, true, of_jump(offsetof(struct jump, pc)), X64_RAX);
    x64_shift_imm(out, false, X64_SHR, X64_RAX, REGION_PAGE_SHIFT);
    x64_alu_imm(out, false, X64_AND, x64_reg(X64_RAX), JUMPS_BUCKETS - 1);
    x64_op(out, false, 0xc6, 0, /* mov byte, 1 */
           x64_mem_index(X64_RDX, X64_RAX, 0,
                         (int32_t)offsetof(struct jumps, pages)));
    x64_byte(out, 1);
    pop(out, X64_RAX);
    pop(out, X64_RDI);
    pop(out, X64_RSI);
    x64_store(out, true, of_jump(offsetof(struct jump, code)), X64_RAX);
    jump_to(out, x64_reg(X64_RAX));
}

/* A place that has no code is at offset 0, where PC is stored already. An
 * address where no instruction can begin is for the run loop. */
static void make_search(struct lower_target *target, struct x64 *out,
                        const uint8_t *miss)
{
    uint8_t *misaligned = out->at;

    x64_mov_imm(out, X64_RAX, INTERPRETER_LEFT);
    x64_jmp(out, target->shared.leave);
    target->shared.search = out->at;
    x64_store(out, true, lower_slot(IR_PC), X64_RAX);
    x64_byte(out, 0xa8); /* test al, granule - 1 */
    x64_byte(out, target->compiler.granule_mask);
    x64_jcc(out, X64_NE, misaligned);
    find_code(target, out, miss);
    x64_alu_imm(out, false, X64_CMP, x64_reg(X64_RDX), COMPILER_COLD_BLOCK);
    load_place(out, X64_RCX, target->compiler.base);
    x64_lea(out, true, X64_RDX, x64_mem_index(X64_RDX, X64_RCX, 0, 0));
    uint8_t *warm = x64_jcc(out, X64_AE, NULL);
    jump_to(out, x64_reg(X64_RDX));
    x64_aim(warm, out->at);
    make_entry(target, out);
}

static void make_lookup(struct lower_target *target, struct x64 *out)
{
    uint8_t *second = out->at;

    other_place(out);
    x64_alu(out, true, X64_CMP, X64_RAX, of_jump(offsetof(struct jump, pc)));
    x64_jcc(out, X64_NE, target->shared.search);
    uint8_t *found = x64_jmp(out, NULL);
    target->shared.lookup = out->at;
    find_jump(target, out);
    x64_alu(out, true, X64_CMP, X64_RAX, of_jump(offsetof(struct jump, pc)));
    x64_jcc(out, X64_NE, second);
    x64_aim(found, out->at);
    x64_alu_imm(out, true, X64_AND, x64_reg(X64_RAX), -4096);
    x64_store(out, true,
              lower_field(target, offsetof(struct vcpu_compiled, base)),
              X64_RAX);
    jump_to(out, of_jump(offsetof(struct jump, code)));
}

static void make_returns(struct lower_target *target, struct x64 *out)
{
    target->shared.returns = out->at;
    x64_alu(out, true, X64_CMP, X64_RAX, x64_mem(X64_RSP, 8));
    x64_jcc(out, X64_NE, target->shared.lookup);
    x64_mov(out, true, X64_RCX, x64_reg(X64_RAX));
    x64_alu_imm(out, true, X64_AND, x64_reg(X64_RCX), -4096);
    x64_store(out, true,
              lower_field(target, offsetof(struct vcpu_compiled, base)),
              X64_RCX);
    ret(out);
}

static void make_forget_calls(struct lower_target *target, struct x64 *out)
{
    struct x64_operand back =
        lower_field(target, offsetof(struct vcpu_compiled, site));

    target->shared.forget_calls = out->at;
    pop(out, X64_RDX);
    x64_store(out, true, back, X64_RDX);
    empty_stack(target, out);
    jump_to(out, back);
}

/* A C function has answered EAX, and will not be gone back from. */
static void make_called(struct lower_target *target, struct x64 *out,
                        const uint8_t *spilt)
{
    target->shared.called = out->at;
    x64_alu_imm(out, false, X64_CMP, x64_reg(X64_RAX), COMPILER_AGAIN);
    x64_jcc(out, X64_NE, spilt);
    empty_stack(target, out);
    reload(target, out);
    x64_mov(out, true, X64_R15, left_of(target));
    x64_mov(out, true, X64_RAX, lower_slot(IR_PC));
    x64_jmp(out, target->shared.lookup);
}

/* Takes the operation from behind the call, and goes on where that says. */
static void make_cold_call(struct x64 *out)
{
    const uint8_t *start = out->at;

    x64_mov(out, true, X64_RCX, x64_mem(X64_RSP, 0));
    x64_mov(out, false, X64_RAX, x64_mem(X64_RCX, 0));
    go_back(out);
    x64_store(out, true, x64_mem(X64_RSP, 0), X64_RCX);
    assert(out->at == start + LOWER_COLD_CALL);
    (void)start;
}

/* function(cpu, EAX) */
static void call_function(const struct lower_target *target, struct x64 *out,
                          int (*function)(struct vcpu *, uint32_t))
{
    x64_mov(out, false, X64_RSI, x64_reg(X64_RAX));
    x64_lea(out, true, X64_RDI, x64_mem(X64_RBP, target->cpu));
    x64_mov_imm(out, X64_RAX, (uint64_t)(uintptr_t)function);
    x64_op(out, false, 0xff, 2, x64_reg(X64_RAX)); /* call rax */
}

/* Calls function(cpu, EAX) with all registers where C looks for them. */
static uint8_t *make_call(struct lower_target *target, struct x64 *out,
                          int (*function)(struct vcpu *, uint32_t))
{
    make_cold_call(out);
    uint8_t *start = out->at;
    move_stack(out, -8);
    spill(target, out);
    x64_store(out, true, left_of(target), X64_R15);
    call_function(target, out, function);
    x64_alu(out, false, X64_OR, X64_RAX, x64_reg(X64_RAX));
    uint8_t *leaves = x64_jcc(out, X64_NS, NULL);
    reload(target, out);
    move_stack(out, 8);
    ret(out);
    x64_aim(leaves, out->at);
    move_stack(out, 16); /* the return address too */
    x64_jmp(out, target->shared.called);
    return start;
}

/* RAX: an address, RCX: its entry of the soft TLB: see lower_shared.refill.
 * Where that has the page, only C knows what it lacks. */
static uint8_t *make_refill(struct lower_target *target, struct x64 *out,
                            enum vcpu_access access)
{
    const int32_t tag = (int32_t)offsetof(struct vcpu_tlb_entry, tag[access]);
    const int32_t stamp = (int32_t)offsetof(struct vcpu_tlb_entry, stamp);
    const size_t known = offsetof(struct vcpu_compiled, known);
    uint8_t *start = out->at;
    uint8_t *misses[2];

    push(out, X64_RSI);
    push(out, X64_RDI);
    x64_mov(out, true, X64_RSI, x64_reg(X64_RAX));
    x64_alu_imm(out, true, X64_AND, x64_reg(X64_RSI), -4096);
    x64_alu(out, true, X64_CMP, X64_RSI, x64_mem(X64_RCX, tag));
    uint8_t *present = x64_jcc(out, X64_E, NULL);
    x64_mov(out, true, X64_RDI, lower_slot(COMPILER_TLB));
    x64_mov(out, true, X64_RDX, x64_reg(X64_RAX));
    x64_shift_imm(out, true, X64_SHR, X64_RDX,
                  REGION_PAGE_SHIFT - VCPU_ENTRY_SHIFT);
    x64_alu(out, false, X64_XOR, X64_RDX,
            x64_mem(X64_RDI, (int32_t)offsetof(struct vcpu_tlb, salt)));
    x64_alu(out, false, X64_AND, X64_RDX,
            lower_field(target, known + offsetof(struct known, mask)));
    x64_alu(out, true, X64_ADD, X64_RDX,
            lower_field(target, known + offsetof(struct known, entries)));
    x64_alu(out, true, X64_CMP, X64_RSI, x64_mem(X64_RDX, tag));
    misses[0] = x64_jcc(out, X64_NE, NULL);
    x64_mov(out, false, X64_RSI,
            x64_mem(X64_RDI, (int32_t)offsetof(struct vcpu_tlb, stamp)));
    x64_alu(out, false, X64_CMP, X64_RSI, x64_mem(X64_RDX, stamp));
    misses[1] = x64_jcc(out, X64_NE, NULL);
    for (int32_t i = 0; i < (int32_t)sizeof(struct vcpu_tlb_entry); i += 8) {
        x64_mov(out, true, X64_RSI, x64_mem(X64_RDX, i));
        x64_store(out, true, x64_mem(X64_RCX, i), X64_RSI);
    }
    x64_aim(misses[0], out->at);
    x64_aim(misses[1], out->at);
    pop(out, X64_RDI);
    pop(out, X64_RSI);
    ret(out);
    x64_aim(present, out->at);
    pop(out, X64_RDI);
    pop(out, X64_RSI);
    x64_alu(out, true, X64_OR, X64_RSP, x64_reg(X64_RSP)); /* not equal */
    ret(out);
    return start;
}

/* The same for called_leaf: only registers that C may change are stored. */
static uint8_t *make_leaf_call(struct lower_target *target, struct x64 *out)
{
    uint8_t *start = out->at;

    move_stack(out, -8);
    convert_flags(out, VEX_PEXT);
    for (unsigned i = 0; i < LOWER_PINNED; i++) {
        if (!lower_survives_calls(lower_pinned_host[i])) {
            x64_store(out, true, lower_slot(target->compiler.pinned[i]),
                      (enum x64_register)lower_pinned_host[i]);
        }
    }
    call_function(target, out, called_leaf);
    for (unsigned i = 0; i < LOWER_PINNED; i++) {
        if (!lower_survives_calls(lower_pinned_host[i])) {
            x64_mov(out, true, (enum x64_register)lower_pinned_host[i],
                    lower_slot(target->compiler.pinned[i]));
        }
    }
    convert_flags(out, VEX_PDEP);
    move_stack(out, 8);
    ret(out);
    return start;
}

/* The same for what never comes back; nothing was called, so the stack is as
 * between operations. */
static uint8_t *make_last_call(struct lower_target *target, struct x64 *out,
                               int (*function)(struct vcpu *, uint32_t))
{
    uint8_t *start = out->at;

    spill(target, out);
    x64_store(out, true, left_of(target), X64_R15);
    call_function(target, out, function);
    x64_jmp(out, target->shared.called);
    return start;
}

void shared_make(struct lower_target *target)
{
    struct lower_shared *shared = &target->shared;
    struct x64 out = {target->compiler.base, target->compiler.base};
    uint8_t *to_leave;

    for (unsigned i = 0; i < COMPILER_COLD_BLOCK; i++) {
        x64_byte(&out, 0x90); /* nop */
    }
    x64_mov_imm(&out, X64_RAX, INTERPRETER_MISS);
    to_leave = x64_jmp(&out, NULL);
    uint8_t *spilt = make_leave(target, &out);
    x64_aim(to_leave, shared->leave);
    make_search(target, &out, target->compiler.base);
    make_lookup(target, &out);
    make_returns(target, &out);
    make_enter(target, &out);
    make_forget_calls(target, &out);
    shared->link = out.at;
    make_link(target, &out, true);
    shared->jump = out.at;
    make_link(target, &out, false);
    make_too_short(target, &out);
    make_called(target, &out, spilt);
    shared->assist = make_call(target, &out, called_assist);
    shared->access = make_call(target, &out, called_access);
    shared->compute = make_call(target, &out, called_compute);
    shared->leaf = make_leaf_call(target, &out);
    if (!target->compiler.guest->physical) {
        shared->refill[0] = make_refill(target, &out, VCPU_READ);
        shared->refill[1] = make_refill(target, &out, VCPU_WRITE);
    }
    if (target->compiler.guest->vectors != 0) {
        shared->vectors = lower_make_vectors(target, &out);
    }
    shared->helper = make_last_call(target, &out, called_helper);
    lower_make_entries(target);
    out.at += -(uintptr_t)out.at & 15;
    target->constants = (int32_t)(out.at - target->compiler.base);
    out.at += lower_write_constants(out.at);
    assert(out.at <= target->compiler.blocks);
}
