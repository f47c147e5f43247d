/* SPDX-License-Identifier: Apache-2.0 */
/* Taking samples of the cores of a machine. */
#include "platform/profile/sample.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "bus/region.h"
#include "platform/machine/callback.h"
#include "platform/machine/extension.h"
#include "platform/profile/stack.h"

/* A core's registers by index; those that it does not have are NOWHERE. */
struct registers {
    const struct stack_convention *convention; /* or NULL */
    size_t pc;
    size_t link;
    size_t frame;
};
#define NOWHERE SIZE_MAX

struct sampler {
    uint64_t period;
    void (*take)(void *context, const struct cairn_sample *sample);
    void *context;
    struct registers *registers; /* by core */
};

static struct sampler *sampler_of(const struct cairn_machine *machine)
{
    return machine->extensions[EXTENSION_SAMPLER];
}

/* ---- A sample ------------------------------------------------------------ */

static size_t find_register(const struct core *core, const char *name)
{
    size_t count = core->register_count;

    for (size_t i = 0; name != NULL && i < count; i++) {
        if (strcmp(core->registers[i].name, name) == 0) {
            return i;
        }
    }
    return NOWHERE;
}

static uint64_t get_register(struct core *core, size_t index)
{
    uint64_t value = 0;

    if (index != NOWHERE) {
        (void)core->type->register_get(core, index, &value);
    }
    return value;
}

static void take(const struct sampler *sampler, const struct slot *slot)
{
    struct core *core = slot->core;
    size_t number = (size_t)(slot - slot->machine->slots);
    const struct registers *registers = &sampler->registers[number];
    const struct stack_convention *convention = registers->convention;
    struct stack stack = {.end = CAIRN_STACK_NONE};

    if (registers->frame != NOWHERE) {
        stack_walk(&stack, core, get_register(core, registers->frame));
    }
    const struct cairn_sample sample = {
        .core = core->name,
        .number = number,
        .mode = core->type->mode ? core->type->mode(core) : "",
        .machine = convention ? convention->machine : 0,
        .instructions = core->retired,
        .time_ns = slot_time(slot),
        .pc = get_register(core, registers->pc),
        .link = stack_strip(get_register(core, registers->link)),
        .callers = stack.callers,
        .caller_count = stack.count,
        .stack = stack.end,
    };
    enum callback before = callback_begin(slot->machine, CALLBACK_LOOKS);
    sampler->take(sampler->context, &sample);
    callback_end(slot->machine, before);
}

/* core_run of the slot's core, up to the next sample at most, which is taken.
 */
static enum core_stop run(struct slot *slot, uint64_t budget)
{
    const struct sampler *sampler = sampler_of(slot->machine);
    struct core *core = slot->core;
    uint64_t before = core->retired;
    uint64_t left = sampler->period - before % sampler->period;
    enum core_stop stop = core_run(core, left < budget ? left : budget);
    assert(core->retired <= before + left);
    if (core->retired == before + left) {
        take(sampler, slot);
    }
    return stop;
}

/* ---- From outside -------------------------------------------------------- */

static void destroy(struct cairn_machine *machine)
{
    struct sampler *sampler = sampler_of(machine);
    if (sampler != NULL) {
        free(sampler->registers);
        free(sampler);
    }
}

const struct machine_extension sampler_extension = {.destroy = destroy};

const char *cairn_code_memory(struct cairn_machine *machine, size_t core,
                              uint64_t address)
{
    struct gpa place;
    struct space *space;
    struct span span;

    return core < machine->core_count &&
                   core_translate(machine->cores[core], gva(address), &place,
                                  &space) &&
                   space_span(space, place, &span) == 0
               ? span.region->name
               : NULL;
}

void cairn_sample(struct cairn_machine *machine, uint64_t period,
                  void (*take_sample)(void *context,
                                      const struct cairn_sample *sample),
                  void *context)
{
    if (machine_is_called_back(machine)) {
        return;
    }
    destroy(machine);
    machine->extensions[EXTENSION_SAMPLER] = NULL;
    machine->run_core = NULL;
    if (period == 0) {
        return;
    }
    struct sampler *sampler = xcalloc(1, sizeof(*sampler));
    *sampler = (struct sampler){period, take_sample, context, NULL};
    sampler->registers =
        xcalloc(machine->core_count + 1, sizeof(*sampler->registers));
    for (size_t i = 0; i < machine->core_count; i++) {
        const struct core *core = machine->cores[i];
        const struct stack_convention *convention = stack_convention(core);

        sampler->registers[i] = (struct registers){
            .convention = convention,
            .pc = find_register(core, "pc"),
            .link = find_register(core, convention ? convention->link : NULL),
            .frame = find_register(core, convention ? convention->frame : NULL),
        };
    }
    machine->extensions[EXTENSION_SAMPLER] = sampler;
    machine->run_core = run;
}
