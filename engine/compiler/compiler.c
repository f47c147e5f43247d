/* SPDX-License-Identifier: Apache-2.0 */
/* The memory that code lives in, the code that all blocks share, and what
 * they call. */
#include "engine/compiler/compiler.h"

#include <assert.h>
#include <cpuid.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "engine/compiler/lower.h"
#include "host/memory.h"
#include "host/time.h"

/* When its limit is reached all code goes: what is needed comes back quickly,
 * and code that stays would need to know who jumps to it. The limit grows as
 * far as there is memory when it is reached too often: FLUSH_INSTRUCTIONS is
 * a tenth of a second or so. */
enum {
    CODE_BYTES = 64 * 1024 * 1024,
    CODE_BYTES_AT_FIRST = 8 * 1024 * 1024,
    FLUSH_INSTRUCTIONS = 200 * 1000 * 1000,
};

/* No block is shorter than what compiler_drop puts in its place. */
enum { LEAST_BYTES = 19 };

/* What C functions answer to generated code. */
enum { GO_ON = -1 };

/* ---- What generated code calls ------------------------------------------- */

static struct code_page *page_of(const struct vcpu *cpu, uint32_t offset)
{
    struct code_page *page =
        &cpu->compiled.pages[offset / sizeof(struct code_page)];

    page->base = cpu->compiled.base;
    return page;
}

static const struct ir_op *op_at(const struct vcpu *cpu, uint32_t offset)
{
    return (const struct ir_op *)((uintptr_t)cpu->compiled.pages + offset);
}

/* The instruction of op has not retired yet. */
static void sync(struct vcpu *cpu, const struct code_page *page,
                 const struct ir_op *op)
{
    uint64_t left = (uint64_t)cpu->compiled.left;

    cpu->r[IR_PC] = page->base + op->offset;
    cpu->core.retired = cpu->slice_end - (left + op->rest + 1);
}

static void set_banks(struct vcpu *cpu)
{
    cpu->r[LOWER_TLB] = (uintptr_t)&cpu->tlbs[cpu->data_context];
    vcpu_check_windows(cpu);
    cpu->compiled.fetch = cpu->fetch[cpu->fetch_context];
}

/* Somewhere else, with the budget and PC told: on there, if nothing is to be
 * done before that. */
static int elsewhere(struct vcpu *cpu)
{
    cpu->core.retired = cpu->slice_end - (uint64_t)cpu->compiled.left;
    if (cpu->code->compiler->chaos || !vcpu_goes_on(cpu)) {
        return INTERPRETER_LEFT;
    }
    cpu->compiled.left = (int64_t)(cpu->slice_end - cpu->core.retired);
    set_banks(cpu);
    return LOWER_AGAIN;
}

/* Exceptions without an instruction in between are for the run loop, which
 * counts them. */
static int trapped(struct vcpu *cpu, const struct ir_op *op)
{
    uint64_t before = cpu->compiled.trapped_at;

    cpu->compiled.left += op->rest + 1;
    cpu->compiled.trapped_at = cpu->slice_end - (uint64_t)cpu->compiled.left;
    return cpu->compiled.trapped_at != before ? elsewhere(cpu)
                                              : INTERPRETER_LEFT;
}

/* After an access or an assistance that succeeded: on, or out of the block
 * once the instruction is whole. */
static int done(struct vcpu *cpu, struct code_page *page,
                const struct ir_op *op)
{
    if (!cpu->attention) {
        return GO_ON;
    }
    interpreter_finish(cpu, page, op, cpu->compiled.left);
    cpu->compiled.left = (int64_t)(cpu->slice_end - cpu->core.retired);
    return elsewhere(cpu);
}

static int call_assist(struct vcpu *cpu, uint32_t offset)
{
    const struct ir_op *op = op_at(cpu, offset);
    struct code_page *page = page_of(cpu, offset);

    sync(cpu, page, op);
    switch (cpu->helpers[op->low](cpu, op)) {
    case VCPU_NEXT:
        return done(cpu, page, op);
    case VCPU_TRAPPED:
        return trapped(cpu, op);
    case VCPU_JUMPED:
        break;
    }
    cpu->compiled.left += op->rest;
    return elsewhere(cpu);
}

static int call_helper(struct vcpu *cpu, uint32_t offset)
{
    const struct ir_op *op = op_at(cpu, offset);
    struct code_page *page = page_of(cpu, offset);

    sync(cpu, page, op);
    enum vcpu_outcome outcome = cpu->helpers[op->low](cpu, op);
    if (outcome == VCPU_TRAPPED) {
        return trapped(cpu, op);
    }
    if (outcome == VCPU_NEXT) {
        cpu->r[IR_PC] =
            (page->base + op->offset + op->length) & cpu->guest->address_mask;
    }
    cpu->compiled.left += op->rest;
    return elsewhere(cpu);
}

static int call_check_sp(struct vcpu *cpu, uint32_t offset)
{
    const struct ir_op *op = op_at(cpu, offset);

    sync(cpu, page_of(cpu, offset), op);
    return cpu->guest->sp_misaligned(cpu) ? trapped(cpu, op) : GO_ON;
}

static uint64_t address_of(const struct vcpu *cpu, const struct ir_op *op,
                           const struct lower_access *access)
{
    uint64_t a = cpu->r[op->a];

    return access->indexed ? a + (cpu->r[op->b] << op->imm)
                           : (a + (uint64_t)op->imm) & cpu->guest->address_mask;
}

static bool load(struct vcpu *cpu, uint64_t address, unsigned size,
                 uint64_t value[2])
{
    uint32_t word;

    if (cpu->guest->load != NULL) {
        return cpu->guest->load(cpu, address, size, value);
    }
    if (!vcpu_load(cpu, address, size, &word)) {
        return false;
    }
    value[0] = word;
    return true;
}

static bool store(struct vcpu *cpu, uint64_t address, unsigned size,
                  uint64_t value)
{
    const uint64_t wide[2] = {
        size == 8 ? value : value & (((uint64_t)1 << size * 8) - 1), 0};

    return cpu->guest->store != NULL
               ? cpu->guest->store(cpu, address, size, wide)
               : vcpu_store(cpu, address, size, (uint32_t)wide[0]);
}

static uint64_t extended(uint64_t value, const struct lower_access *access)
{
    unsigned shift = 64 - access->size * 8u;

    if (access->sign == 0) {
        return value << shift >> shift;
    }
    value = (uint64_t)((int64_t)(value << shift) >> shift);
    return access->sign == 32 ? (uint32_t)value : value;
}

static bool load_registers(struct vcpu *cpu, const struct ir_op *op,
                           const struct lower_access *access, uint64_t address)
{
    uint64_t first[2];
    uint64_t second[2] = {0};

    if (!load(cpu, address, access->size, first) ||
        (access->pair &&
         !load(cpu, address + access->size, access->size, second))) {
        return false;
    }
    cpu->r[op->d] = extended(first[0], access);
    if (access->pair) {
        cpu->r[op->b] = extended(second[0], access);
    }
    return true;
}

static bool store_registers(struct vcpu *cpu, const struct ir_op *op,
                            const struct lower_access *access, uint64_t address)
{
    unsigned first = access->indexed || access->pair ? op->d : op->b;

    return store(cpu, address, access->size, cpu->r[first]) &&
           (!access->pair ||
            store(cpu, address + access->size, access->size, cpu->r[op->b]));
}

static int call_access(struct vcpu *cpu, uint32_t offset)
{
    const struct ir_op *op = op_at(cpu, offset);
    struct code_page *page = page_of(cpu, offset);
    const struct lower_access *access = &lower_accesses[op->opcode];
    uint64_t address = address_of(cpu, op, access);

    sync(cpu, page, op);
    bool ok = access->store ? store_registers(cpu, op, access, address)
                            : load_registers(cpu, op, access, address);
    return ok ? done(cpu, page, op) : trapped(cpu, op);
}

/* A helper that touches no register of the guest's that the host keeps, or
 * only such as its code stores and loads itself. */
static int call_leaf(struct vcpu *cpu, uint32_t offset)
{
    const struct ir_op *op = op_at(cpu, offset);

    cpu->guest->helpers[op->low](cpu, op);
    return GO_ON;
}

static int call_compute(struct vcpu *cpu, uint32_t offset)
{
    interpreter_compute(cpu, op_at(cpu, offset));
    return GO_ON;
}

/* ---- The code that blocks share ------------------------------------------ */

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

static void spill(const struct compiler *compiler, struct x64 *out)
{
    convert_flags(out, VEX_PEXT);
    for (unsigned i = 0; i < LOWER_PINNED; i++) {
        x64_store(out, true, lower_slot(compiler->pinned[i]),
                  (enum x64_register)lower_pinned_host[i]);
    }
}

static void reload(const struct compiler *compiler, struct x64 *out)
{
    convert_flags(out, VEX_PDEP);
    for (unsigned i = 0; i < LOWER_PINNED; i++) {
        x64_mov(out, true, (enum x64_register)lower_pinned_host[i],
                lower_slot(compiler->pinned[i]));
    }
}

static struct x64_operand left_of(const struct compiler *compiler)
{
    return lower_field(compiler, offsetof(struct vcpu_compiled, left));
}

/* enter(RDI: register file and bias, RSI: code, RDX: budget). */
static void make_enter(struct compiler *compiler, struct x64 *out)
{
    compiler->shared.enter = out->at;
    for (unsigned i = 0; i < SAVED; i++) {
        push(out, saved[i]);
    }
    move_stack(out, -8);
    x64_mov(out, true, X64_RBP, x64_reg(X64_RDI));
    x64_mov(out, true, X64_R15, x64_reg(X64_RDX));
    x64_mov(out, true, X64_RAX, x64_reg(X64_RSI));
    reload(compiler, out);
    x64_op(out, false, 0xff, 4, x64_reg(X64_RAX)); /* jmp rax */
}

/* Returns the place behind the spilling. */
static uint8_t *make_leave(struct compiler *compiler, struct x64 *out)
{
    compiler->shared.leave = out->at;
    spill(compiler, out);
    x64_store(out, true, left_of(compiler), X64_R15);
    uint8_t *spilt = out->at;
    move_stack(out, 8);
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

static void leave_for(struct compiler *compiler, struct x64 *out,
                      unsigned exit_code)
{
    x64_store(out, false,
              lower_field(compiler, offsetof(struct vcpu_compiled, target)),
              X64_RAX);
    x64_mov_imm(out, X64_RAX, exit_code);
    x64_jmp(out, compiler->shared.leave);
}

static void make_link(struct compiler *compiler, struct x64 *out)
{
    compiler->shared.link = out->at;
    pop(out, X64_RCX);
    x64_mov(out, false, X64_RAX, x64_mem(X64_RCX, 0));
    go_back(out);
    x64_store(out, true,
              lower_field(compiler, offsetof(struct vcpu_compiled, site)),
              X64_RCX);
    leave_for(compiler, out, LOWER_LINK);
}

static void make_jump(struct compiler *compiler, struct x64 *out)
{
    compiler->shared.jump = out->at;
    pop(out, X64_RCX);
    x64_mov(out, false, X64_RAX, x64_mem(X64_RCX, 0));
    x64_alu_imm(out, true, X64_SUB, x64_reg(X64_RCX), 4);
    x64_store(out, true,
              lower_field(compiler, offsetof(struct vcpu_compiled, site)),
              X64_RCX);
    leave_for(compiler, out, LOWER_LINK);
}

/* The block's instructions were taken off the budget. */
static void make_too_short(struct compiler *compiler, struct x64 *out)
{
    compiler->shared.too_short = out->at;
    x64_mov(out, false, X64_RCX, x64_reg(X64_RAX));
    x64_alu_imm(out, false, X64_AND, x64_reg(X64_RCX),
                (1 << LOWER_COUNT_BITS) - 1);
    x64_alu(out, true, X64_ADD, X64_R15, x64_reg(X64_RCX));
    leave_for(compiler, out, LOWER_SHORT);
}

/* An address that is no A64 instruction's is for the run loop. */
static void make_lookup64(struct compiler *compiler, struct x64 *out)
{
    uint8_t *misaligned = out->at;

    x64_store(out, true, lower_slot(IR_PC), X64_RAX);
    x64_mov_imm(out, X64_RAX, INTERPRETER_LEFT);
    x64_jmp(out, compiler->shared.leave);
    compiler->shared.lookup64 = out->at;
    x64_byte(out, 0xa8); /* test al, 3 */
    x64_byte(out, 3);
    x64_jcc(out, X64_NE, misaligned);
}

/* By the fetch TLB to the page, by its table to the code. What has none is at
 * offset 0, where PC is stored already. */
static void make_lookup(struct compiler *compiler, struct x64 *out,
                        const uint8_t *miss)
{
    compiler->shared.lookup = out->at;
    x64_store(out, true, lower_slot(IR_PC), X64_RAX);
    x64_mov(out, false, X64_RCX, x64_reg(X64_RAX));
    x64_shift_imm(out, false, X64_SHR, X64_RCX, 8);
    x64_alu_imm(out, false, X64_AND, x64_reg(X64_RCX),
                (VCPU_FETCH_ENTRIES - 1) << 4);
    x64_alu(out, true, X64_ADD, X64_RCX,
            lower_field(compiler, offsetof(struct vcpu_compiled, fetch)));
    x64_mov(out, true, X64_RDX, x64_reg(X64_RAX));
    x64_alu_imm(out, true, X64_AND, x64_reg(X64_RDX), -4096);
    x64_alu(out, true, X64_CMP, X64_RDX, x64_mem(X64_RCX, 0));
    x64_jcc(out, X64_NE, miss);
    x64_store(out, true,
              lower_field(compiler, offsetof(struct vcpu_compiled, base)),
              X64_RDX);
    x64_mov(out, true, X64_RCX, x64_mem(X64_RCX, 8));
    x64_alu_imm(out, false, X64_AND, x64_reg(X64_RAX), 0xffe);
    x64_mov(out, false, X64_RAX,
            x64_mem_index(X64_RCX, X64_RAX, 1 - compiler->slot_shift,
                          (int32_t)offsetof(struct code_page, host)));
    /* lea rcx, [rip + base] */
    x64_byte(out, 0x48);
    x64_byte(out, 0x8d);
    x64_byte(out, 0x0d);
    uint8_t *place = out->at;
    x64_word32(out, 0);
    x64_aim(place, compiler->base);
    x64_alu(out, true, X64_ADD, X64_RAX, x64_reg(X64_RCX));
    x64_op(out, false, 0xff, 4, x64_reg(X64_RAX)); /* jmp rax */
}

/* A C function has answered EAX, and will not be gone back from. */
static void make_called(struct compiler *compiler, struct x64 *out,
                        const uint8_t *spilt)
{
    compiler->shared.called = out->at;
    x64_alu_imm(out, false, X64_CMP, x64_reg(X64_RAX), LOWER_AGAIN);
    x64_jcc(out, X64_NE, spilt);
    reload(compiler, out);
    x64_mov(out, true, X64_R15, left_of(compiler));
    x64_mov(out, true, X64_RAX, lower_slot(IR_PC));
    x64_jmp(out, compiler->shared.lookup);
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

/* Calls function(cpu, EAX) with all registers where C looks for them. */
static uint8_t *make_call(struct compiler *compiler, struct x64 *out,
                          int (*function)(struct vcpu *, uint32_t))
{
    make_cold_call(out);
    uint8_t *start = out->at;
    move_stack(out, -8);
    spill(compiler, out);
    x64_store(out, true, left_of(compiler), X64_R15);
    x64_mov(out, false, X64_RSI, x64_reg(X64_RAX));
    x64_lea(out, true, X64_RDI, x64_mem(X64_RBP, compiler->cpu));
    x64_mov_imm(out, X64_RAX, (uint64_t)(uintptr_t)function);
    x64_op(out, false, 0xff, 2, x64_reg(X64_RAX)); /* call rax */
    x64_alu(out, false, X64_OR, X64_RAX, x64_reg(X64_RAX));
    uint8_t *leaves = x64_jcc(out, X64_NS, NULL);
    reload(compiler, out);
    move_stack(out, 8);
    ret(out);
    x64_aim(leaves, out->at);
    move_stack(out, 16); /* the return address too */
    x64_jmp(out, compiler->shared.called);
    return start;
}

/* The same for call_leaf: only registers that C may change are stored. */
static uint8_t *make_leaf_call(struct compiler *compiler, struct x64 *out)
{
    uint8_t *start = out->at;

    move_stack(out, -8);
    convert_flags(out, VEX_PEXT);
    for (unsigned i = 0; i < LOWER_PINNED; i++) {
        if (!lower_survives_calls(lower_pinned_host[i])) {
            x64_store(out, true, lower_slot(compiler->pinned[i]),
                      (enum x64_register)lower_pinned_host[i]);
        }
    }
    x64_mov(out, false, X64_RSI, x64_reg(X64_RAX));
    x64_lea(out, true, X64_RDI, x64_mem(X64_RBP, compiler->cpu));
    x64_mov_imm(out, X64_RAX, (uint64_t)(uintptr_t)call_leaf);
    x64_op(out, false, 0xff, 2, x64_reg(X64_RAX)); /* call rax */
    for (unsigned i = 0; i < LOWER_PINNED; i++) {
        if (!lower_survives_calls(lower_pinned_host[i])) {
            x64_mov(out, true, (enum x64_register)lower_pinned_host[i],
                    lower_slot(compiler->pinned[i]));
        }
    }
    convert_flags(out, VEX_PDEP);
    move_stack(out, 8);
    ret(out);
    return start;
}

/* The same for what never comes back; nothing was called, so the stack is as
 * between operations. */
static uint8_t *make_last_call(struct compiler *compiler, struct x64 *out,
                               int (*function)(struct vcpu *, uint32_t))
{
    uint8_t *start = out->at;

    spill(compiler, out);
    x64_store(out, true, left_of(compiler), X64_R15);
    x64_mov(out, false, X64_RSI, x64_reg(X64_RAX));
    x64_lea(out, true, X64_RDI, x64_mem(X64_RBP, compiler->cpu));
    x64_mov_imm(out, X64_RAX, (uint64_t)(uintptr_t)function);
    x64_op(out, false, 0xff, 2, x64_reg(X64_RAX)); /* call rax */
    x64_jmp(out, compiler->shared.called);
    return start;
}

static void make_shared(struct compiler *compiler)
{
    struct lower_shared *shared = &compiler->shared;
    struct x64 out = {compiler->base, compiler->base};
    uint8_t *to_leave;

    for (unsigned i = 0; i < LOWER_COLD_BLOCK; i++) {
        x64_byte(&out, 0x90); /* nop */
    }
    x64_mov_imm(&out, X64_RAX, INTERPRETER_MISS);
    to_leave = x64_jmp(&out, NULL);
    uint8_t *spilt = make_leave(compiler, &out);
    x64_aim(to_leave, shared->leave);
    make_enter(compiler, &out);
    make_link(compiler, &out);
    make_jump(compiler, &out);
    make_too_short(compiler, &out);
    make_lookup64(compiler, &out); /* which goes on into the next */
    make_lookup(compiler, &out, compiler->base);
    make_called(compiler, &out, spilt);
    shared->assist = make_call(compiler, &out, call_assist);
    shared->access = make_call(compiler, &out, call_access);
    shared->check_sp = make_call(compiler, &out, call_check_sp);
    shared->compute = make_call(compiler, &out, call_compute);
    shared->leaf = make_leaf_call(compiler, &out);
    shared->vectors = lower_make_vectors(&out);
    shared->helper = make_last_call(compiler, &out, call_helper);
    out.at += -(uintptr_t)out.at & 15;
    compiler->constants = (int32_t)(out.at - compiler->base);
    out.at += lower_write_constants(out.at);
    compiler->blocks = out.at;
    compiler->at = out.at;
}

/* ---- The memory ---------------------------------------------------------- */

/* LZCNT has a bit that compilers do not all know by name (SDM, CPUID). */
static bool host_can(void)
{
    unsigned a, b, c, d;

    return __builtin_cpu_supports("bmi2") &&
           __get_cpuid(0x80000001, &a, &b, &c, &d) != 0 && (c & 1u << 5) != 0;
}

bool compiler_is_possible(void)
{
    return host_can();
}

static void find_host(struct compiler *compiler)
{
    bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    unsigned a, b, c, d;

    compiler->has_avx2 = avx2;
    compiler->has_aes = avx2 && __builtin_cpu_supports("aes");
    compiler->has_pclmul = avx2 && __builtin_cpu_supports("pclmul");
    compiler->has_avx512 = avx2 && __builtin_cpu_supports("avx512vl") &&
                           __builtin_cpu_supports("avx512bw") &&
                           __builtin_cpu_supports("avx512dq");
    compiler->has_sse42 = avx2 && __builtin_cpu_supports("sse4.2");
    /* Bits that compilers do not all know by name. */
    compiler->has_f16c =
        avx2 && __get_cpuid(1, &a, &b, &c, &d) != 0 && (c & 1u << 29) != 0;
    compiler->has_sha = avx2 && __get_cpuid_count(7, 0, &a, &b, &c, &d) != 0 &&
                        (b & 1u << 29) != 0;
}

struct compiler *compiler_create(struct vcpu *cpu)
{
    uint8_t *base = host_can() ? memory_map_code(CODE_BYTES) : NULL;

    if (base == NULL) {
        return NULL;
    }
    struct compiler *compiler = xcalloc(1, sizeof(*compiler));
    uintptr_t rbp = (uintptr_t)cpu->r + LOWER_BIAS;
    compiler->base = base;
    compiler->limit = base + CODE_BYTES_AT_FIRST;
    compiler->code = cpu->code;
    compiler->code_pages = cpu->guest->code_pages;
    compiler->pinned = cpu->guest->pinned;
    memset(compiler->host_of, X64_NONE, sizeof(compiler->host_of));
    for (unsigned i = 0; i < LOWER_PINNED; i++) {
        compiler->host_of[compiler->pinned[i]] = lower_pinned_host[i];
    }
    compiler->address_mask = cpu->guest->address_mask;
    compiler->stack_pointer = cpu->guest->stack_pointer;
    compiler->slot_shift = cpu->guest->fetch_page != NULL; /* words */
    find_host(compiler);
    compiler->relative = cpu->guest->relative;
    compiler->lower_assist = cpu->guest->lower_assist;
    compiler->parallel = cpu->gate != NULL;
    compiler->cpu = (int32_t)((intptr_t)cpu - (intptr_t)rbp);
    compiler->compiled =
        compiler->cpu + (int32_t)offsetof(struct vcpu, compiled);
    compiler->warm =
        cpu->core.config.engine == CORE_ENGINE_ANY ? LOWER_COLD_BLOCK - 1 : 0;
    compiler->chaos = cpu->core.config.engine == CORE_ENGINE_CHAOS;
    compiler->chance = 0x9e3779b97f4a7c15u;
    compiler->lower = xcalloc(1, sizeof(*compiler->lower));
    make_shared(compiler);
    return compiler;
}

void compiler_destroy(struct compiler *compiler)
{
    if (compiler != NULL) {
        memory_unmap(compiler->base, CODE_BYTES);
        free(compiler->lower);
        free(compiler);
    }
}

static void flush(struct compiler *compiler)
{
    for (unsigned i = 0; i < compiler->code_pages; i++) {
        struct code_page *page = &compiler->code->pages[i];

        if (page->compiled) {
            memset(page->host, 0, sizeof(page->host));
            page->compiled = false;
        }
    }
    compiler->at = compiler->blocks;
    compiler->statistics.flushes++;
}

/* Makes room for a block. */
static void reserve(struct compiler *compiler, uint64_t now)
{
    if ((size_t)(compiler->limit - compiler->at) >= LOWER_ROOM) {
        return;
    }
    size_t size = (size_t)(compiler->limit - compiler->base);
    if (now - compiler->flushed_at < FLUSH_INSTRUCTIONS && size < CODE_BYTES) {
        compiler->limit += size;
        return;
    }
    compiler->flushed_at = now;
    flush(compiler);
}

static void tell(const struct code_cache *code, const uint8_t *start,
                 const uint8_t *end, const uint64_t *address)
{
    if (code->watch.made != NULL) {
        code->watch.made(code->watch.context, start, (size_t)(end - start),
                         address);
    }
}

void compiler_watch(struct code_cache *code, const struct code_watch *watch)
{
    const struct compiler *compiler = code->compiler;

    code->watch = *watch;
    tell(code, compiler->base, compiler->blocks, NULL);
}

static void compile(struct vcpu *cpu, struct code_page *page, unsigned slot)
{
    struct compiler *compiler = cpu->code->compiler;

    if ((page->map[slot] & 0xffff) == 0) {
        code_translate(cpu, page, slot);
    }
    const uint64_t began = cpu->code->timed ? host_time_ns() : 0;
    reserve(compiler, cpu->core.retired);
    page->compiled = true;
    const uint8_t *start = compiler->at;
    compiler->lower->windows = cpu->windows_used;
    lower_block(compiler, page, slot);
    assert(compiler->at - start >= LEAST_BYTES);
    compiler->statistics.blocks++;
    compiler->statistics.instructions += page->map[slot] >> 16;
    compiler->statistics.bytes += (uint64_t)(compiler->at - start);
    const uint64_t address = page->base + slot * 2;
    tell(cpu->code, start, compiler->at, &address);
    cpu->code->compile_ns += cpu->code->timed ? host_time_ns() - began : 0;
}

/* Blocks are jumped to at their start alone, and who does is not listed: what
 * is there now looks for the code that the block has by then. */
void compiler_drop(struct compiler *compiler, struct code_page *page,
                   unsigned slot)
{
    uint32_t *host = lower_host_of(compiler, page, slot);

    if (*host >= LOWER_COLD_BLOCK) {
        struct x64 out = {compiler->base + *host, compiler->base};

        if (compiler->relative) {
            x64_mov(
                &out, true, X64_RAX,
                lower_field(compiler, offsetof(struct vcpu_compiled, base)));
            x64_lea(&out, true, X64_RAX, x64_mem(X64_RAX, (int32_t)slot * 2));
        } else {
            x64_mov_imm(&out, X64_RAX, page->base + slot * 2);
        }
        x64_jmp(&out, compiler->shared.lookup);
        assert(out.at <= compiler->base + *host + LEAST_BYTES);
    }
    *host = 0;
}

/* ---- Running ------------------------------------------------------------- */

typedef uint32_t enter_function(uint64_t *registers, const uint8_t *code,
                                int64_t left);

static uint32_t enter(struct vcpu *cpu, struct code_page *page, unsigned slot)
{
    struct compiler *compiler = cpu->code->compiler;
    enter_function *function =
        (enter_function *)(uintptr_t)compiler->shared.enter;

    return function(cpu->r + LOWER_BIAS / 8,
                    compiler->base + *lower_host_of(compiler, page, slot),
                    cpu->compiled.left);
}

static struct code_page *target_of(const struct vcpu *cpu, unsigned *slot)
{
    uint32_t place = cpu->compiled.target >> LOWER_COUNT_BITS;

    *slot = place & (CODE_PAGE_SLOTS - 1);
    struct code_page *page = &cpu->code->pages[place >> LOWER_SLOT_BITS];
    page->base = cpu->compiled.base;
    return page;
}

/* A jump went to a place without code: if that is warm makes it and mends the
 * jump, unless that is gone. */
static struct code_page *follow(struct vcpu *cpu, unsigned *slot)
{
    struct compiler *compiler = cpu->code->compiler;
    struct code_page *page = target_of(cpu, slot);
    uint64_t flushes = compiler->statistics.flushes;
    uint32_t generation = page->generation;

    /* Decoding marks the page, for which the gate's lock is needed. */
    bool decodes = (page->map[*slot] & 0xffff) == 0;
    if (*lower_host_of(compiler, page, *slot) < compiler->warm ||
        (decodes && cpu->gate != NULL)) {
        cpu->r[IR_PC] = page->base + *slot * 2;
        return NULL;
    }
    compiler->statistics.links++;
    if (*lower_host_of(compiler, page, *slot) < LOWER_COLD_BLOCK) {
        compile(cpu, page, *slot);
    }
    if (compiler->statistics.flushes == flushes &&
        page->generation == generation) {
        cpu->compiled.site[-1] = x64_jump_of(cpu->compiled.site[-1]);
        x64_aim(cpu->compiled.site,
                compiler->base + *lower_host_of(compiler, page, *slot));
    }
    return page;
}

/* Less of the budget than there is, and now and then no code. */
static void disturb(struct compiler *compiler, struct vcpu *cpu, int64_t *left)
{
    compiler->chance ^= compiler->chance << 13;
    compiler->chance ^= compiler->chance >> 7;
    compiler->chance ^= compiler->chance << 17;
    uint64_t cut = *left > 256 ? compiler->chance >> 32 & 255 : 0;
    if (cut != 0) {
        cpu->slice_end -= (uint64_t)*left - cut;
        *left = (int64_t)cut;
    }
    if ((compiler->chance & 1023) == 0) {
        flush(compiler);
    }
}

/* From block to block, until something is not the compiler's business. */
static enum interpreter_exit run_blocks(struct vcpu *cpu,
                                        struct code_page *page, unsigned slot)
{
    while (page != NULL) {
        uint32_t exit_code = enter(cpu, page, slot);

        if (exit_code == LOWER_SHORT) {
            page = target_of(cpu, &slot);
            cpu->r[IR_PC] = page->base + slot * 2;
            return INTERPRETER_SHORT;
        }
        if (exit_code != LOWER_LINK) {
            return (enum interpreter_exit)exit_code;
        }
        page = follow(cpu, &slot);
    }
    return INTERPRETER_MISS;
}

/* One block, interpreted: most are never met again. */
static enum interpreter_exit run_cold(struct vcpu *cpu, struct code_page *page,
                                      unsigned slot)
{
    uint32_t entry = page->map[slot];

    cpu->slice_end = cpu->core.retired + (entry >> 16);
    return interpreter_run(cpu, page, &page->ops[entry & 0xffff], 0);
}

enum interpreter_exit compiler_run(struct vcpu *cpu, struct code_page *page,
                                   unsigned slot, int64_t left)
{
    struct vcpu_compiled *compiled = &cpu->compiled;
    struct compiler *compiler = cpu->code->compiler;

    if (*lower_host_of(compiler, page, slot) < compiler->warm) {
        (*lower_host_of(compiler, page, slot))++;
        page->compiled = true;
        return run_cold(cpu, page, slot);
    }
    if (compiler->chaos) {
        disturb(compiler, cpu, &left);
    }
    set_banks(cpu);
    compiled->trapped_at = UINT64_MAX;
    compiled->pages = cpu->code->pages;
    compiled->base = page->base;
    compiled->left = left;
    if (*lower_host_of(compiler, page, slot) < LOWER_COLD_BLOCK) {
        compile(cpu, page, slot);
    }
    compiler->statistics.entries++;
    enum interpreter_exit why = run_blocks(cpu, page, slot);
    compiler->statistics.exits[why]++;
    cpu->core.retired = cpu->slice_end - (uint64_t)compiled->left;
    return why;
}

const struct compiler_statistics *
compiler_statistics(const struct compiler *compiler)
{
    return &compiler->statistics;
}
