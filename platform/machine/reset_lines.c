/* SPDX-License-Identifier: Apache-2.0 */
/* Reset lines that the outside asserts and releases, now or at a place of the
 * run. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/memory.h"
#include "platform/machine/callback.h"
#include "platform/machine/run.h"
#include "platform/machine/sized.h"

/* True if registers of a device assert and release it. */
static bool is_asked(const struct node *node, uint64_t output)
{
    const struct device_type *type = node->device ? node->device->type : NULL;
    return type && type->ask_reset && output < type->output_count &&
           type->outputs[output].kind == LINE_RESET;
}

/* subject is the device's node, address the output, value whether asserted. */
static int64_t apply_reset_line(struct cairn_machine *machine,
                                struct input *input)
{
    const struct node *node = input->subject;
    struct event event = {
        .time_ns = clock_now(&machine->fabric.clock),
        .fact =
            input->value ? FACT_LINE_ASSERTED_OUTSIDE : FACT_LINE_RELEASE_ASKED,
        .role = ROLE_HOST,
        .agent = "host",
    };
    event_set_name(&event, node->device->outputs[input->address].name);
    event_add(&machine->fabric.events, &event);
    node->device->type->ask_reset(node->device, (unsigned)input->address,
                                  input->value != 0);
    return 0;
}

static bool is_possible(const struct cairn_machine *machine,
                        const struct input *input)
{
    return machine->powered && input->value <= 1 && input->subject &&
           is_asked(input->subject, input->address);
}

const struct input_type input_reset_line = {
    .name = "reset_line",
    .subject = INPUT_OF_NODE,
    .possible = is_possible,
    .apply = apply_reset_line,
};

static void give(struct cairn_machine *machine, struct node *node,
                 unsigned output, bool asserted)
{
    struct input input = {
        .type = &input_reset_line,
        .subject = node,
        .address = output,
        .value = asserted,
    };
    input_give(machine, &input);
}

/* ---- By name ------------------------------------------------------------- */

static int find(struct cairn_machine *machine, const char *name,
                struct node **node, unsigned *output)
{
    for (size_t i = 0; i < machine->node_count; i++) {
        const struct device *device = machine->nodes[i].device;
        for (size_t o = 0; device && o < device->type->output_count; o++) {
            if (strcmp(device->outputs[o].name, name) == 0) {
                *node = &machine->nodes[i];
                *output = (unsigned)o;
                return is_asked(*node, o) ? 0 : -EPERM;
            }
        }
    }
    return machine_line(machine, name) ? -EPERM : -ENOENT;
}

const char *cairn_reset_line_name(const struct cairn_machine *machine,
                                  size_t index)
{
    for (size_t i = 0; i < machine->node_count; i++) {
        const struct node *node = &machine->nodes[i];
        size_t count = node->device ? node->device->type->output_count : 0;
        for (size_t o = 0; o < count; o++) {
            if (is_asked(node, o) && index-- == 0) {
                return node->device->outputs[o].name;
            }
        }
    }
    return NULL;
}

int cairn_reset_line(struct cairn_machine *machine, const char *line,
                     bool asserted)
{
    const int busy = callback_refuse_act(machine);
    if (busy != 0) {
        return busy;
    }
    struct node *node;
    unsigned output;
    int code = find(machine, line, &node, &output);
    if (code == 0 && !machine->powered) {
        code = -EAGAIN;
    }
    if (code == 0) {
        give(machine, node, output, asserted);
    }
    return code;
}

/* ---- At a place of the run ----------------------------------------------- */

int cairn_reset_line_at(struct cairn_machine *machine,
                        const struct cairn_reset_at *at)
{
    const int busy = callback_refuse(machine, NULL);
    if (busy != 0) {
        return busy;
    }
    struct planned_resets *planned = &machine->planned_resets;
    struct cairn_reset_at own;
    int code = sized_copy(&own, sizeof(own), at);
    if (code != 0) {
        return code;
    }
    struct planned_reset reset = {
        .retired = own.instructions,
        .release_ns = own.release_ns,
    };
    code = find(machine, own.line, &reset.node, &reset.output);
    if (code != 0 || machine_retired(machine) > own.instructions) {
        return code ? code : -ERANGE;
    }
    planned->resets = memory_resize(planned->resets, planned->count + 1,
                                    sizeof(*planned->resets));
    planned->resets[planned->count++] = reset;
    return 0;
}

size_t cairn_reset_lines_waiting(const struct cairn_machine *machine)
{
    size_t waiting = 0;
    for (size_t i = 0; i < machine->planned_resets.count; i++) {
        waiting += !machine->planned_resets.resets[i].asserted;
    }
    return waiting;
}

/* In the past they are among the inputs that are given again. */
static size_t planned_count(const struct cairn_machine *machine)
{
    return machine->inputs.replaying ? 0 : machine->planned_resets.count;
}

uint64_t planned_resets_instructions(const struct cairn_machine *machine)
{
    const struct planned_resets *planned = &machine->planned_resets;
    uint64_t retired = machine_retired(machine);
    uint64_t next = UINT64_MAX;
    for (size_t i = 0; i < planned_count(machine); i++) {
        const struct planned_reset *reset = &planned->resets[i];
        if (!reset->asserted && reset->retired - retired < next) {
            assert(reset->retired >= retired);
            next = reset->retired - retired;
        }
    }
    return next;
}

uint64_t planned_resets_time(const struct cairn_machine *machine)
{
    const struct planned_resets *planned = &machine->planned_resets;
    uint64_t next = TIME_NEVER;
    for (size_t i = 0; i < planned_count(machine); i++) {
        const struct planned_reset *reset = &planned->resets[i];
        if (reset->asserted && reset->released_ns < next) {
            next = reset->released_ns;
        }
    }
    return next;
}

static bool is_held(const struct planned_reset *reset)
{
    return reset->node->device->outputs[reset->output].level != 0;
}

/* True when nothing of it is left to do. A line that its device asserts already
 * is not released at the end: a reset releases only what it asserted. */
static bool do_planned(struct cairn_machine *machine,
                       struct planned_reset *reset)
{
    uint64_t now = clock_now(&machine->fabric.clock);
    if (!reset->asserted && machine_retired(machine) == reset->retired) {
        const bool held = is_held(reset);
        give(machine, reset->node, reset->output, true);
        reset->asserted = true;
        reset->released_ns = now + reset->release_ns;
        return held || reset->release_ns == 0;
    }
    if (reset->asserted && now >= reset->released_ns) {
        give(machine, reset->node, reset->output, false);
        return true;
    }
    return false;
}

void planned_resets_do(struct cairn_machine *machine)
{
    struct planned_resets *planned = &machine->planned_resets;
    bool inside = machine->inputs.inside;
    machine->inputs.inside = false;
    for (size_t i = 0; i < planned_count(machine);) {
        if (do_planned(machine, &planned->resets[i])) {
            planned->count--;
            memmove(&planned->resets[i], &planned->resets[i + 1],
                    (planned->count - i) * sizeof(*planned->resets));
        } else {
            i++;
        }
    }
    machine->inputs.inside = inside;
}
