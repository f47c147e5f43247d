/* SPDX-License-Identifier: Apache-2.0 */
/* The public calls that reach memories and registers of a machine by name. */
#include <string.h>

#include "platform/machine/callback.h"

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
    const int busy = callback_refuse_act(machine);
    if (busy != 0) {
        return busy;
    }
    if (offset > node->size_bytes || size > node->size_bytes - offset) {
        return -ERANGE;
    }
    region_written(node->region, offset, size);
    return 0;
}

int cairn_memory_get(const struct cairn_machine *machine, size_t index,
                     struct cairn_memory_info *memory)
{
    for (size_t i = 0; i < machine->node_count; i++) {
        const struct node *node = &machine->nodes[i];
        if (node->kind == NODE_MEMORY && index-- == 0) {
            *memory = (struct cairn_memory_info){node->name, node->size_bytes,
                                                 node->read_only};
            return 0;
        }
    }
    return -ENOENT;
}

/* ---- Registers ----------------------------------------------------------- */

static int find_register(struct cairn_machine *machine, const char *name,
                         const char *of_core, struct core **core, size_t *index)
{
    const struct node *node = machine_find(machine, NODE_CORE, of_core);
    for (size_t i = 0; node && i < node->core->register_count; i++) {
        if (strcmp(node->core->registers[i].name, name) == 0) {
            *core = node->core;
            *index = i;
            return 0;
        }
    }
    return -ENOENT;
}

int cairn_register_get(struct cairn_machine *machine, const char *core,
                       const char *name, uint64_t *value)
{
    struct core *found;
    size_t index;
    *value = 0;
    int code = find_register(machine, name, core, &found, &index);
    return code ? code : found->type->register_get(found, index, value);
}

/* subject is the core, address the register's index. */
static int64_t apply_register(struct cairn_machine *machine,
                              struct input *input)
{
    struct core *core = input->subject;
    return core->type->register_set(core, (size_t)input->address, input->value);
}

int cairn_register_set(struct cairn_machine *machine, const char *core,
                       const char *name, uint64_t value)
{
    static const struct input_type type = {
        .name = "register",
        .subject = INPUT_OF_INSIDE,
        .apply = apply_register,
    };
    struct core *found;
    size_t index;
    int code = find_register(machine, name, core, &found, &index);
    code = code ? code : callback_refuse(machine, NULL);
    if (code != 0 || machine->inputs.recorded) {
        return code ? code : -ENOTSUP;
    }
    struct input input = {
        .type = &type,
        .subject = found,
        .address = index,
        .value = value,
    };
    return found->registers[index].bits > 64 || input_give(machine, &input) != 0
               ? -EPERM
               : 0;
}
