/* SPDX-License-Identifier: Apache-2.0 */
/* The public calls that reach into a machine from outside: memories, lines, and
 * accesses to a bus as one of its masters. */
#include <string.h>

#include "platform/machine/machine.h"

/* ---- Memory -------------------------------------------------------------- */

int cairn_memory(struct cairn_machine *machine, const char *memory,
                 uint8_t **host, size_t *size)
{
    struct node *node = machine_find(machine, NODE_MEMORY, memory);
    if (!node) {
        return -ENOENT;
    }
    *host = region_host(node->region);
    *size = (size_t)node->size_bytes;
    return 0;
}

int cairn_memory_written(struct cairn_machine *machine, const char *memory,
                         size_t offset, size_t size)
{
    struct node *node = machine_find(machine, NODE_MEMORY, memory);
    if (!node) {
        return -ENOENT;
    }
    if (offset > node->size_bytes || size > node->size_bytes - offset) {
        return -ERANGE;
    }
    region_written(node->region, offset, size);
    return 0;
}

/* ---- Lines --------------------------------------------------------------- */

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

int cairn_line_set(struct cairn_machine *machine, const char *input,
                   uint32_t level)
{
    for (size_t i = 0; i < machine->external_count; i++) {
        struct line *line = &machine->externals[i].line;
        if (strcmp(line->name, input) == 0) {
            struct input given = {
                .type = &input_line,
                .subject = line,
                .value = level,
            };
            return (int)input_give(machine, &given);
        }
    }
    return machine_line(machine, input) ? -EPERM : -ENOENT;
}

const char *cairn_input_name(const struct cairn_machine *machine, size_t index)
{
    return index < machine->external_count ? machine->externals[index].line.name
                                           : NULL;
}

static void tell_watch(void *context, unsigned input, uint32_t level)
{
    const struct watch *watch = context;
    (void)input;
    watch->changed(watch->context, level);
}

int cairn_line_watch(struct cairn_machine *machine, const char *line,
                     void (*changed)(void *context, uint32_t level),
                     void *context)
{
    struct line *found = machine_line(machine, line);
    if (!found) {
        return -ENOENT;
    }
    struct watch *watch = xcalloc(1, sizeof(*watch));
    *watch = (struct watch){changed, context, machine->watches};
    machine->watches = watch;
    line_connect(found, tell_watch, watch, 0, "host");
    return 0;
}

/* ---- Bus ----------------------------------------------------------------- */

static struct node *find_master(struct cairn_machine *machine, const char *name)
{
    struct node *node = machine_find(machine, NODE_AGENT, name);
    return node ? node : machine_find(machine, NODE_CLUSTER, name);
}

/* subject is the master's node. */
static struct access access_by(const struct input *input)
{
    const struct node *node = input->subject;
    struct access access = node->space->attributes;
    access.user = input->user;
    return access;
}

/* Reads have side effects. */
static int64_t apply_read(struct cairn_machine *machine, struct input *input)
{
    const struct node *node = input->subject;
    const struct access access = access_by(input);
    (void)machine;
    input->value = 0;
    return space_read(node->space, &access, gpa(input->address), input->width,
                      &input->value);
}

static int64_t apply_write(struct cairn_machine *machine, struct input *input)
{
    const struct node *node = input->subject;
    const struct access access = access_by(input);
    (void)machine;
    return space_write(node->space, &access, gpa(input->address), input->width,
                       input->value);
}

static bool is_access(const struct cairn_machine *machine,
                      const struct input *input)
{
    const struct node *node = input->subject;
    (void)machine;
    return node && (node->kind == NODE_AGENT || node->kind == NODE_CLUSTER) &&
           (input->width == 1 || input->width == 2 || input->width == 4 ||
            input->width == 8);
}

const struct input_type input_bus_read = {
    .name = "bus read",
    .subject = INPUT_OF_NODE,
    .possible = is_access,
    .apply = apply_read,
};
const struct input_type input_bus_write = {
    .name = "bus write",
    .subject = INPUT_OF_NODE,
    .possible = is_access,
    .apply = apply_write,
};

int cairn_bus_read(struct cairn_machine *machine, const char *master,
                   uint32_t user, uint64_t address, unsigned size,
                   uint64_t *value)
{
    struct input input = {
        .type = &input_bus_read,
        .subject = find_master(machine, master),
        .user = user,
        .address = address,
        .width = size,
    };
    int code = input.subject ? (int)input_give(machine, &input) : -ENOENT;
    *value = input.value;
    return code;
}

int cairn_bus_write(struct cairn_machine *machine, const char *master,
                    uint32_t user, uint64_t address, unsigned size,
                    uint64_t value)
{
    struct input input = {
        .type = &input_bus_write,
        .subject = find_master(machine, master),
        .user = user,
        .address = address,
        .value = value,
        .width = size,
    };
    return input.subject ? (int)input_give(machine, &input) : -ENOENT;
}
