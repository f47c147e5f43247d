/* SPDX-License-Identifier: Apache-2.0 */
/* The run loop of cores: slices of a budget, blocks that fit into them, single
 * steps, interrupts and stops in between. */
#include "engine/vcpu.h"

#include <stdlib.h>

#include "base/buffer.h"
#include "engine/compiler/compiler.h"
#include "engine/gate_inside.h"
#include "engine/interpreter/interpreter.h"
#include "host/floating_point.h"

/* Traps in a row without a retired instruction before a core counts as locked
 * up: a trap handler whose first instruction traps. */
enum { BARREN_LIMIT = 64 };

static void space_changed(void *context)
{
    gate_stop(context);
    vcpu_flush_tlb(context);
}

void vcpu_add_space(struct vcpu *cpu, struct space *space)
{
    assert(cpu->space_count < VCPU_SPACES);
    struct space_listener *listener = &cpu->space_listeners[cpu->space_count];
    listener->changed = space_changed;
    listener->context = cpu;
    space_listen(space, listener);
    cpu->spaces[cpu->space_count++] = space;
}

/* The constants that the run loop, the interpreter and the compiler rely on. */
static void check_traits(const struct guest_traits *guest)
{
    assert(guest->granule == 2 || guest->granule == 4);
    assert(guest->longest >= guest->granule && guest->longest <= GUEST_LONGEST);
    assert(guest->longest % guest->granule == 0);
    assert(guest->register_bits == (guest->position_independent ? 64 : 32));
    assert(guest->contexts <= VCPU_CONTEXTS);
    assert(!guest->physical || guest->unprotected != NULL);
}

void vcpu_init(struct vcpu *cpu, const struct guest_traits *guest, uint64_t *r,
               struct vcpu *like)
{
    check_traits(guest);
    cpu->guest = guest;
    cpu->r = r;
    cpu->granule_mask = guest->granule - 1u;
    cpu->due = UINT64_MAX;
    cpu->flushes = 1;
    gate_join(cpu);
    cpu->tlbs = xcalloc(VCPU_CONTEXTS, sizeof(*cpu->tlbs));
    cpu->windows_used = guest->extent != NULL;
    known_init(cpu);
    jumps_init(cpu);
    code_init(cpu, like);
    vcpu_add_space(cpu, cpu->core.config.space);
    /* A guest that translates has many, and prepares those that it picks. */
    for (unsigned context = 0; context < guest->contexts && guest->physical;
         context++) {
        vcpu_prepare_bank(cpu, context);
    }
}

void vcpu_fini(struct vcpu *cpu)
{
    gate_part(cpu);
    for (size_t i = 0; i < cpu->space_count; i++) {
        space_unlisten(cpu->spaces[i], &cpu->space_listeners[i]);
    }
    for (size_t i = 0; i < cpu->region_count; i++) {
        region_unlisten(cpu->regions[i], &cpu->region_listeners[i]);
    }
    free(cpu->tlbs);
    known_fini(cpu);
    origins_fini(cpu);
    jumps_fini(cpu);
    code_fini(cpu);
}

void vcpu_flush(struct vcpu *cpu)
{
    vcpu_flush_tlb(cpu);
    code_drop_all(cpu);
}

static void step(struct vcpu *cpu)
{
    struct code_page *page;

    if (cpu->core.trace) {
        cpu->guest->trace(cpu);
    }
    page = code_step(cpu, cpu->r[IR_PC]);
    if (page != NULL) {
        cpu->slice_end = cpu->core.retired + 1;
        interpreter_run(cpu, page, &page->ops[1], 0);
    }
}

/* Copies a block as far as the budget lasts to the scratch page and puts an end
 * to it there: decoding the rest of each slice one instruction at a time would
 * cost more than the slice. Returns the number of instructions, which is 0
 * where the budget ends within the first operation. */
static unsigned cut_block(struct code_page *scratch,
                          const struct code_page *page, const struct ir_op *op,
                          unsigned count, uint64_t left, unsigned granule)
{
    struct ir_op *copy = scratch->ops;

    for (; count - op->rest <= left; op++) {
        *++copy = *op;
    }
    copy[1] = *op;
    if (count - op->rest - 1 == left && ir_split(&copy[1], granule)) {
        copy++;
    } else {
        /* The last operation of an instruction is fused with the next one. */
        while (copy != scratch->ops && copy->offset == op->offset) {
            copy--;
        }
    }
    if (copy == scratch->ops) {
        return 0;
    }
    unsigned cut = count - copy->rest;
    copy[1] = (struct ir_op){
        .opcode = IR_leave,
        .offset = (uint16_t)(copy->offset + copy->length),
    };
    for (; copy != scratch->ops; copy--) {
        copy->rest = (uint8_t)(copy->rest - (count - cut));
    }
    scratch->base = page->base;
    return cut;
}

/* Executes less than a block. */
static void advance_within(struct vcpu *cpu, const struct code_page *page,
                           const struct ir_op *op, unsigned count,
                           uint64_t left)
{
    struct code_page *scratch = cpu->code->scratch;
    unsigned cut =
        cut_block(scratch, page, op, count, left, cpu->guest->granule);

    if (cut == 0) {
        step(cpu);
        return;
    }
    cpu->slice_end = cpu->core.retired + cut;
    interpreter_run(cpu, scratch, &scratch->ops[1], 0);
}

void vcpu_execute(struct vcpu *cpu, struct code_page *page, unsigned slot,
                  int64_t left)
{
    uint32_t entry = code_slot(page, slot)->map;

    if (cpu->code->compiler != NULL) {
        compiler_run(cpu, page, slot, left);
    } else {
        interpreter_run(cpu, page, &page->ops[entry & 0xffff],
                        left - (entry >> 16));
    }
}

/* Where the run loop has work, at the latest. */
static uint64_t next_end(const struct vcpu *cpu)
{
    uint64_t end = cpu->limit < cpu->due ? cpu->limit : cpu->due;

    return cpu->core.check_at < end ? cpu->core.check_at : end;
}

/* Tells a sum that is the same for the same registers, and hardly ever for
 * others. */
static void check(struct vcpu *cpu)
{
    const struct clock *clock = &cpu->core.config.fabric->clock;
    uint64_t key = 0x9e3779b97f4a7c15;
    uint64_t sum = 0;

    for (unsigned i = 0; i < IR_HOST; i += 2) {
        sum += (cpu->r[i] + key) * (cpu->r[i + 1] ^ ~key);
        key += 0x9e3779b97f4a7c15;
    }
    cpu->core.check_at = UINT64_MAX;
    if (clock->checked != NULL) {
        clock->checked(clock->progress_context, sum);
    }
}

/* Runs on from pc: as far as blocks fit into the budget, or one step. */
static void advance(struct vcpu *cpu)
{
    uint64_t end = next_end(cpu);

    if (cpu->core.retired >= cpu->spin.look_at &&
        cpu->core.retired + SPIN_LEAST <= end && spin_look(cpu, end) &&
        cpu->core.retired == end) {
        return;
    }
    uint64_t pc = cpu->r[IR_PC];
    uint64_t left = end - cpu->core.retired;
    vcpu_match_code(cpu);
    struct code_page *page =
        cpu->core.trace || cpu->step ? NULL : code_find(cpu, pc);

    if (page == NULL) {
        step(cpu);
        return;
    }
    unsigned slot = (unsigned)(pc - page->base) / 2;
    const uint32_t *map = &code_slot(page, slot)->map;
    __builtin_prefetch(page->bytes + slot * 2); /* as far away as map is */
    if ((*map & 0xffff) == 0) {
        code_translate(cpu, page, slot);
    }
    const struct ir_op *op = &page->ops[*map & 0xffff];
    unsigned count = *map >> 16;
    if (op->opcode == IR_step) {
        step(cpu);
        return;
    }
    if (count > left) {
        advance_within(cpu, page, op, count, left);
        return;
    }
    if (cpu->gate != NULL) {
        parallel_execute(cpu, page, slot, end);
        return;
    }
    uint64_t look = cpu->spin.look_at - cpu->core.retired;
    look = look > count ? look : count;
    left = look < left ? look : left;
    cpu->slice_end = cpu->core.retired + left;
    vcpu_execute(cpu, page, slot, (int64_t)left);
}

/* As often as the debugger asked for; interrupts are traps too. */
static bool has_trapped(const struct core *core)
{
    return core->traps >= core->trap_stop;
}

bool vcpu_goes_on(struct vcpu *cpu)
{
    const struct core *core = &cpu->core;
    uint64_t end = next_end(cpu);

    end = cpu->spin.look_at < end ? cpu->spin.look_at : end;
    if (cpu->guest->undisturbed == NULL || cpu->gate != NULL || cpu->stopping ||
        core->stop_requested || core->retired >= end || has_trapped(core) ||
        core->power != CORE_RUNNING || core->breakpoint_count != 0 ||
        core->trace || !cpu->guest->undisturbed(cpu) || has_trapped(core)) {
        return false;
    }
    cpu->attention = false;
    cpu->slice_end = end;
    return true;
}

static enum core_stop run(struct vcpu *cpu)
{
    struct core *core = &cpu->core;
    unsigned barren = 0;

    for (;;) {
        uint64_t before = core->retired;

        cpu->attention = false;
        cpu->compiled.rung = 0;
        if (cpu->stopping) {
            cpu->stopping = false;
            return cpu->stop;
        }
        if (core->stop_requested) {
            core->stop_requested = false;
            return CORE_STOP_REQUESTED;
        }
        if (core->retired >= cpu->limit) {
            return CORE_STOP_BUDGET;
        }
        if (has_trapped(core)) {
            return CORE_STOP_TRAP;
        }
        cpu->guest->interrupts(cpu);
        if (has_trapped(core)) {
            return CORE_STOP_TRAP;
        }
        if (core->power == CORE_WAITING || core->power == CORE_STUCK) {
            return CORE_STOP_WAITING;
        }
        if (core->retired >= core->check_at) {
            check(cpu);
            continue;
        }
        if (vcpu_meets_breakpoint(core)) {
            return CORE_STOP_BREAKPOINT;
        }
        advance(cpu);
        barren = core->retired == before ? barren + 1 : 0;
        if (barren == BARREN_LIMIT) {
            cpu->guest->lock_up(cpu);
        }
    }
}

enum core_stop vcpu_run(struct core *core, uint64_t budget)
{
    struct vcpu *cpu = vcpu_of(core);
    uint64_t room = INT64_MAX - core->retired;
    struct floating_point caller;

    if (core->power != CORE_RUNNING && core->power != CORE_WAITING) {
        return CORE_STOP_WAITING;
    }
    cpu->limit = core->retired + (budget < room ? budget : room);
    spin_begin_slice(cpu);
    floating_point_begin(&caller);
    enum core_stop stop = run(cpu);
    floating_point_end(&caller);
    for (unsigned i = IR_HOST; i < IR_ZERO; i++) {
        cpu->r[i] = 0;
    }
    return stop;
}
