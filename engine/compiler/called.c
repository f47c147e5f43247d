/* SPDX-License-Identifier: Apache-2.0 */
/* Functions that compiled code calls: helpers, accesses that miss the soft TLB,
 * and operations that are not lowered. */
#include "engine/compiler/target.h"
#include "engine/memory.h"

/* Results of C functions for generated code. */
enum { GO_ON = -1 };

static struct code_page *page_of(const struct vcpu *cpu, uint32_t operation)
{
    struct code_page *page =
        &cpu->compiled.pages[operation / sizeof(struct code_page)];

    page->base = cpu->compiled.base;
    return page;
}

static const struct ir_op *op_at(const struct vcpu *cpu, uint32_t operation)
{
    return (const struct ir_op *)((uintptr_t)cpu->compiled.pages + operation);
}

/* The instruction of op has not retired yet. */
static void sync(struct vcpu *cpu, const struct code_page *page,
                 const struct ir_op *op)
{
    uint64_t left = (uint64_t)cpu->compiled.left;

    cpu->r[IR_PC] = page->base + op->offset;
    cpu->core.retired = cpu->slice_end - (left + op->rest + 1);
}

void called_set_banks(struct vcpu *cpu)
{
    vcpu_match_code(cpu);
    cpu->r[COMPILER_TLB] = (uintptr_t)&cpu->tlbs[cpu->data_context];
    cpu->compiled.unprivileged = cpu->code->compiler->nothing;
    cpu->compiled.nothing = cpu->code->compiler->nothing;
    cpu->compiled.clocked = false;
    vcpu_check_windows(cpu);
    cpu->compiled.fetch = cpu->fetch[cpu->fetch_context];
    cpu->compiled.jumps = &cpu->jumps[cpu->fetch_context];
}

/* Somewhere else, with the budget and PC told: on there, if nothing is to be
 * done before that. */
static int elsewhere(struct vcpu *cpu)
{
    cpu->core.retired = cpu->slice_end - (uint64_t)cpu->compiled.left;
    if (cpu->code->compiler->chaos || !vcpu_goes_on(cpu) ||
        !compiler_is_aligned(cpu)) {
        return INTERPRETER_LEFT;
    }
    cpu->compiled.left = (int64_t)(cpu->slice_end - cpu->core.retired);
    called_set_banks(cpu);
    return COMPILER_AGAIN;
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
    if (!cpu->attention && compiler_is_aligned(cpu)) {
        return GO_ON;
    }
    interpreter_finish(cpu, page, op, cpu->compiled.left);
    cpu->compiled.left = (int64_t)(cpu->slice_end - cpu->core.retired);
    return elsewhere(cpu);
}

int called_assist(struct vcpu *cpu, uint32_t operation)
{
    const struct ir_op *op = op_at(cpu, operation);
    struct code_page *page = page_of(cpu, operation);

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

int called_helper(struct vcpu *cpu, uint32_t operation)
{
    const struct ir_op *op = op_at(cpu, operation);
    struct code_page *page = page_of(cpu, operation);

    sync(cpu, page, op);
    enum vcpu_outcome outcome = cpu->helpers[op->low](cpu, op);
    if (outcome == VCPU_TRAPPED) {
        return trapped(cpu, op);
    }
    if (outcome == VCPU_NEXT) {
        cpu->r[IR_PC] = (page->base + op->offset + op->length) &
                        guest_address_mask(cpu->guest);
    }
    cpu->compiled.left += op->rest;
    return elsewhere(cpu);
}

static uint64_t address_of(const struct vcpu *cpu, const struct ir_op *op,
                           const struct ir_access *access)
{
    uint64_t a = cpu->r[op->a];

    return access->indexed
               ? a + (cpu->r[op->b] << op->imm)
               : (a + (uint64_t)op->imm) & guest_address_mask(cpu->guest);
}

static bool store(struct vcpu *cpu, uint64_t address, unsigned size,
                  uint64_t value)
{
    const uint64_t wide[2] = {
        size == 8 ? value : value & (((uint64_t)1 << size * 8) - 1), 0};

    return vcpu_store(cpu, address, size, wide);
}

static uint64_t extended(uint64_t value, const struct ir_access *access)
{
    unsigned shift = 64 - access->size * 8u;

    if (access->sign == 0) {
        return value << shift >> shift;
    }
    value = (uint64_t)((int64_t)(value << shift) >> shift);
    return access->sign == 32 ? (uint32_t)value : value;
}

static bool load_registers(struct vcpu *cpu, const struct ir_op *op,
                           const struct ir_access *access, uint64_t address)
{
    uint64_t first[2];
    uint64_t second[2] = {0};

    if (!vcpu_load(cpu, address, access->size, first) ||
        (access->pair &&
         !vcpu_load(cpu, address + access->size, access->size, second))) {
        return false;
    }
    cpu->r[op->d] = extended(first[0], access);
    if (access->pair) {
        cpu->r[op->b] = extended(second[0], access);
    }
    return true;
}

static bool store_registers(struct vcpu *cpu, const struct ir_op *op,
                            const struct ir_access *access, uint64_t address)
{
    unsigned first = access->indexed || access->pair ? op->d : op->b;

    return store(cpu, address, access->size, cpu->r[first]) &&
           (!access->pair ||
            store(cpu, address + access->size, access->size, cpu->r[op->b]));
}

int called_access(struct vcpu *cpu, uint32_t operation)
{
    const struct ir_op *op = op_at(cpu, operation);
    struct code_page *page = page_of(cpu, operation);
    const struct ir_access *access = &ir_accesses[op->opcode];

    if (access->indexed && op->b == IR_SECOND) {
        interpreter_compute(cpu, op - 1); /* it was in a register only */
    }
    uint64_t address = address_of(cpu, op, access);
    sync(cpu, page, op);
    bool ok = access->store ? store_registers(cpu, op, access, address)
                            : load_registers(cpu, op, access, address);
    return ok ? done(cpu, page, op) : trapped(cpu, op);
}

/* A helper that touches no register of the guest's that the host keeps, or
 * only such as its code stores and loads itself. */
int called_leaf(struct vcpu *cpu, uint32_t operation)
{
    const struct ir_op *op = op_at(cpu, operation);

    cpu->guest->helpers[op->low](cpu, op);
    return GO_ON;
}

int called_compute(struct vcpu *cpu, uint32_t operation)
{
    interpreter_compute(cpu, op_at(cpu, operation));
    return GO_ON;
}
