/* SPDX-License-Identifier: Apache-2.0 */
/* The toy architecture: its traits, its exceptions and its core type. */
#include "engine/toy/toy.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"

/* ---- Exceptions: a bank of sp for each mode ------------------------------ */

static void change_mode(struct toy *toy, uint32_t supervisor)
{
    struct toy_state *s = &toy->state;

    s->sp[s->supervisor] = (uint32_t)s->r[TOY_SP];
    s->supervisor = supervisor;
    s->r[TOY_SP] = s->sp[supervisor];
}

static void enter(struct toy *toy, enum toy_cause cause, uint32_t from)
{
    struct toy_state *s = &toy->state;

    s->saved_pc = from;
    s->saved_supervisor = s->supervisor;
    s->cause = cause;
    for (unsigned i = 0; i < ARRAY_SIZE(s->saved_if); i++) {
        s->saved_if[i] = (uint32_t)s->r[TOY_IF + i];
        s->r[TOY_IF + i] = 0;
    }
    change_mode(toy, 1);
    s->r[IR_PC] = (uint32_t)toy->vcpu.core.config.reset_vector.value +
                  (uint32_t)TOY_VECTOR;
    core_note_trap(&toy->vcpu.core, 0);
}

static void leave(struct toy *toy)
{
    struct toy_state *s = &toy->state;

    for (unsigned i = 0; i < ARRAY_SIZE(s->saved_if); i++) {
        s->r[TOY_IF + i] = s->saved_if[i];
    }
    change_mode(toy, s->saved_supervisor);
    s->r[IR_PC] = s->saved_pc;
}

static enum vcpu_outcome sys(struct vcpu *cpu, const struct ir_op *op)
{
    struct toy *toy = toy_of(cpu);

    switch (op->high) {
    case 0:
        enter(toy, TOY_SYS, (uint32_t)cpu->r[IR_PC] + 2);
        return VCPU_JUMPED;
    case 1:
        leave(toy);
        return VCPU_JUMPED;
    default:
        cpu->core.power = CORE_WAITING;
        return VCPU_NEXT;
    }
}

static enum vcpu_outcome undefined(struct vcpu *cpu, const struct ir_op *op)
{
    enter(toy_of(cpu), TOY_UNDEFINED, (uint32_t)cpu->r[IR_PC]);
    return VCPU_TRAPPED;
}

static vcpu_helper *const helpers[] = {
    [TOY_HELPER_SYS] = sys,
    [TOY_HELPER_UNDEFINED] = undefined,
};

static void interrupts(struct vcpu *cpu)
{
    struct toy *toy = toy_of(cpu);

    if (toy->state.line == 0 || cpu->core.power == CORE_STUCK) {
        return;
    }
    cpu->core.power = CORE_RUNNING;
    if (!toy->state.supervisor) {
        enter(toy, TOY_INTERRUPT, (uint32_t)cpu->r[IR_PC]);
    }
}

static void lock_up(struct vcpu *cpu)
{
    cpu->core.power = CORE_STUCK;
}

static void trace(struct vcpu *cpu)
{
}

/* ---- Memory -------------------------------------------------------------- */

static bool misaligned(struct vcpu *cpu, const struct guest_access *access)
{
    enter(toy_of(cpu), TOY_MISALIGNED, (uint32_t)cpu->r[IR_PC]);
    return true;
}

static bool bus_error(struct vcpu *cpu, const struct guest_access *access,
                      uint64_t address)
{
    enter(toy_of(cpu), TOY_BUS_ERROR, (uint32_t)cpu->r[IR_PC]);
    return true;
}

static bool permits(struct vcpu *cpu, const struct guest_access *access,
                    bool raises)
{
    return true;
}

static bool unprotected(struct vcpu *cpu, uint64_t first, uint64_t last)
{
    return true;
}

static const struct guest_traits traits = {
    .granule = 2,
    .longest = 4,
    .lift = toy_lift,
    .helpers = helpers,
    .code_pages = 16,
    .register_bits = 32,
    .has_flags = true,
    .pinned = {0, 1, 2, 3, 4, 5, 6, 7, TOY_SP, TOY_LR},
    .stack_pointer = TOY_SP,
    .aligned_register = IR_ZERO,
    .link_register = TOY_LR,
    .contexts = 1,
    .physical = true,
    .unaligned_whole = true,
    .misaligned = misaligned,
    .translate = guest_translate_physical,
    .translate_code = guest_translate_physical_code,
    .permits = permits,
    .page_rights = guest_page_rights_all,
    .bus_error = bus_error,
    .unprotected = unprotected,
    .interrupts = interrupts,
    .lock_up = lock_up,
    .trace = trace,
};

/* ---- The core type ------------------------------------------------------- */

static void list_registers(struct core *core)
{
    static const char *const register_names[TOY_NONE] = {
        "r0", "r1", "r2",  "r3",  "r4",  "r5", "r6", "r7",
        "r8", "r9", "r10", "r11", "r12", "sp", "lr"};

    core->registers = xcalloc(TOY_NONE, sizeof(struct core_register));
    core->register_count = TOY_NONE;
    for (int i = 0; i < TOY_NONE; i++) {
        core->registers[i] = (struct core_register){
            register_names[i], NULL, "int", "general", 32, i};
    }
}

static int create(const struct core_config *config, struct core **core,
                  struct error *error)
{
    struct toy *toy = xcalloc(1, sizeof(*toy));
    *core = &toy->vcpu.core;
    (*core)->config = *config;
    snprintf((*core)->name, sizeof((*core)->name), "%s", config->name);
    (*core)->config.name = (*core)->name;
    list_registers(*core);
    vcpu_init(&toy->vcpu, &traits, toy->state.r, NULL);
    return 0;
}

static void destroy(struct core *core)
{
    vcpu_fini(vcpu_of(core));
    free(core);
}

static void reset(struct core *core)
{
    struct toy *toy = toy_of(vcpu_of(core));

    toy->state = (struct toy_state){.supervisor = 1};
    toy->state.r[IR_PC] = core->config.reset_vector.value;
    vcpu_flush_tlb(&toy->vcpu);
}

static void input(struct core *core, unsigned number, uint32_t level)
{
    struct toy *toy = toy_of(vcpu_of(core));

    toy->state.line = level;
    toy->vcpu.attention = true;
}

static int register_get(struct core *core, size_t index, uint64_t *value)
{
    *value = index < TOY_NONE ? vcpu_of(core)->r[index] : 0;
    return index < TOY_NONE ? 0 : -EINVAL;
}

static int register_set(struct core *core, size_t index, uint64_t value)
{
    if (index >= TOY_NONE) {
        return -EINVAL;
    }
    vcpu_of(core)->r[index] = (uint32_t)value;
    return 0;
}

static void *state(struct core *core)
{
    struct toy *toy = toy_of(vcpu_of(core));

    toy->state.power = core->power;
    toy->state.retired = core->retired;
    return &toy->state;
}

static void restored(struct core *core)
{
    struct toy *toy = toy_of(vcpu_of(core));

    core->power = (enum core_power)toy->state.power;
    core->retired = toy->state.retired;
    vcpu_flush_tlb(&toy->vcpu);
}

static const struct state_field fields[] = {
    STATE(struct toy_state, r, RESET_CORE),
    STATE(struct toy_state, sp, RESET_CORE),
    STATE(struct toy_state, supervisor, RESET_CORE),
    STATE(struct toy_state, cause, RESET_CORE),
    STATE(struct toy_state, saved_pc, RESET_CORE),
    STATE(struct toy_state, saved_supervisor, RESET_CORE),
    STATE(struct toy_state, saved_if, RESET_CORE),
    STATE(struct toy_state, line, RESET_NEVER),
    STATE(struct toy_state, power, RESET_NEVER),
    STATE(struct toy_state, retired, RESET_NEVER),
};

static unsigned disassemble(const struct core *core, struct gva pc,
                            const void *bytes, size_t size, struct buffer *out)
{
    uint16_t half = 0;

    memcpy(&half, bytes, size < sizeof(half) ? size : sizeof(half));
    buffer_print(out, "op%u", half >> 12);
    return half >> 12 == 15 ? 4 : 2;
}

static const char *const names[] = {"cairn,toy", NULL};
static const struct input_spec inputs[] = {
    {"irq", NULL}
};

const struct core_type toy_type = {
    .engine = &vcpu_engine,
    .compatibles = names,
    .architecture = "toy",
    .inputs = inputs,
    .input_count = ARRAY_SIZE(inputs),
    .create = create,
    .destroy = destroy,
    .reset = reset,
    .input = input,
    .register_get = register_get,
    .register_set = register_set,
    .state = state,
    .state_size = sizeof(struct toy_state),
    .fields = fields,
    .field_count = ARRAY_SIZE(fields),
    .restored = restored,
    .disassemble = disassemble,
};
