/* SPDX-License-Identifier: Apache-2.0 */
/* The public calls that look at lines, drive them and follow them. */
#include <stdlib.h>
#include <string.h>

#include "platform/machine/callback.h"

/* ---- Handles ------------------------------------------------------------- */

static struct line *line_of(struct cairn_line *handle)
{
    return (struct line *)(void *)handle;
}

static const struct line *const_line_of(const struct cairn_line *handle)
{
    return (const struct line *)(const void *)handle;
}

static struct cairn_line *handle_of(struct line *line)
{
    return (struct cairn_line *)(void *)line;
}

struct cairn_line *cairn_line_find(struct cairn_machine *machine,
                                   const char *name)
{
    return handle_of(machine_line(machine, name));
}

struct cairn_line *cairn_line_at(struct cairn_machine *machine, size_t index)
{
    if (index < machine->external_count) {
        return handle_of(&machine->externals[index].line);
    }
    index -= machine->external_count;
    for (size_t i = 0; i < machine->node_count; i++) {
        const struct device *device = machine->nodes[i].device;
        const struct core *core = machine->nodes[i].core;
        size_t count = device ? device->type->output_count
                       : core ? core->type->output_count
                              : 0;
        if (index < count) {
            return handle_of(device ? &device->outputs[index]
                                    : &core->outputs[index]);
        }
        index -= count;
    }
    return NULL;
}

const char *cairn_line_name(const struct cairn_line *line)
{
    return const_line_of(line)->name;
}

uint32_t cairn_line_level(const struct cairn_line *line)
{
    return const_line_of(line)->level;
}

static bool is_input(const struct cairn_machine *machine,
                     const struct line *line)
{
    for (size_t i = 0; i < machine->external_count; i++) {
        if (&machine->externals[i].line == line) {
            return true;
        }
    }
    return false;
}

bool cairn_line_is_input(const struct cairn_machine *machine,
                         const struct cairn_line *line)
{
    return is_input(machine, const_line_of(line));
}

/* ---- Levels -------------------------------------------------------------- */

int cairn_line_get(struct cairn_machine *machine, const char *line,
                   uint32_t *level)
{
    const struct line *found = machine_line(machine, line);
    if (!found) {
        return -ENOENT;
    }
    *level = found->level;
    return 0;
}

/* subject is the line, value its level. */
static int64_t apply_line(struct cairn_machine *machine, struct input *input)
{
    struct line *line = input->subject;
    if (machine->powered) {
        line_set(line, (uint32_t)input->value);
    } else {
        line->level = (uint32_t)input->value;
    }
    return 0;
}

const struct input_type input_line = {
    .name = "line",
    .subject = INPUT_OF_LINE,
    .apply = apply_line,
};

static int drive(struct cairn_machine *machine, struct line *line,
                 uint32_t level)
{
    struct input given = {
        .type = &input_line,
        .subject = line,
        .value = level,
    };
    const int busy = callback_refuse_act(machine);
    if (busy != 0) {
        return busy;
    }
    return (int)input_give(machine, &given);
}

int cairn_line_drive(struct cairn_machine *machine, struct cairn_line *line,
                     uint32_t level)
{
    return is_input(machine, line_of(line))
               ? drive(machine, line_of(line), level)
               : -EPERM;
}

int cairn_line_set(struct cairn_machine *machine, const char *input,
                   uint32_t level)
{
    struct line *line = machine_line(machine, input);
    if (!line) {
        return -ENOENT;
    }
    return is_input(machine, line) ? drive(machine, line, level) : -EPERM;
}

const char *cairn_input_name(const struct cairn_machine *machine, size_t index)
{
    return index < machine->external_count ? machine->externals[index].line.name
                                           : NULL;
}

/* ---- Watches ------------------------------------------------------------- */

static void tell_watch(void *context, unsigned input, uint32_t level)
{
    const struct cairn_watch *watch = context;
    if (watch->changed) {
        enum callback before = callback_begin(watch->machine, CALLBACK_ACTS);
        watch->changed(watch->context, level);
        callback_end(watch->machine, before);
    }
}

static int follow(struct cairn_machine *machine, struct line *line,
                  void (*changed)(void *context, uint32_t level), void *context,
                  struct cairn_watch **followed)
{
    const int busy = callback_refuse_act(machine);
    if (busy != 0) {
        return busy;
    }
    struct cairn_watch *watch = xcalloc(1, sizeof(*watch));
    *watch =
        (struct cairn_watch){machine, line, changed, context, machine->watches};
    machine->watches = watch;
    *followed = watch;
    line_connect(line, tell_watch, watch, 0, "host");
    return 0;
}

int cairn_line_watch(struct cairn_machine *machine, const char *line,
                     void (*changed)(void *context, uint32_t level),
                     void *context)
{
    struct line *found = machine_line(machine, line);
    struct cairn_watch *watch;
    return found ? follow(machine, found, changed, context, &watch) : -ENOENT;
}

int cairn_line_follow(struct cairn_machine *machine, struct cairn_line *line,
                      void (*changed)(void *context, uint32_t level),
                      void *context, struct cairn_watch **watch)
{
    *watch = NULL;
    return follow(machine, line_of(line), changed, context, watch);
}

/* While a line tells its sinks none of them may go, so a watch that ends from
 * within a callback is only silent until the machine is at rest. */
void machine_drop_watches(struct cairn_machine *machine)
{
    struct cairn_watch **place = &machine->watches;
    machine->has_silent_watches = false;
    while (*place) {
        struct cairn_watch *watch = *place;
        if (watch->changed) {
            place = &watch->next;
            continue;
        }
        *place = watch->next;
        line_disconnect(watch->line, tell_watch, watch);
        free(watch);
    }
}

int cairn_line_unfollow(struct cairn_machine *machine,
                        struct cairn_watch *watch)
{
    const int busy = callback_refuse_act(machine);
    if (busy != 0) {
        return busy;
    }
    watch->changed = NULL;
    machine->has_silent_watches = true;
    if (!machine_is_called_back(machine)) {
        machine_drop_watches(machine);
    }
    return 0;
}
