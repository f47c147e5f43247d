/* SPDX-License-Identifier: Apache-2.0 */
/* Counts of what the cores and devices of a machine did, for people. */
#include <stdio.h>

#include "base/bits.h"
#include "platform/machine/machine.h"

/* The index-th of the rows that are not zero; -ENOENT leaves how
 * many are to come in *index. */
static int count_of_core(const struct core *core, size_t *index,
                         struct cairn_count *count)
{
    for (unsigned i = 0; i < CORE_TRAPS; i++) {
        const char *name =
            core->type->trap_name ? core->type->trap_name(i) : NULL;

        if (core->trapped[i] != 0 && (*index)-- == 0) {
            *count =
                (struct cairn_count){core->name, "exceptions",
                                     name ? name : "others", core->trapped[i]};
            return 0;
        }
    }
    return -ENOENT;
}

static int count_of_device(const struct device *device, size_t *index,
                           struct cairn_count *count)
{
    const struct cairn_count rows[] = {
        {device->name, "registers", "reads",  device->reads },
        {device->name, "registers", "writes", device->writes},
    };

    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        if (rows[i].count != 0 && (*index)-- == 0) {
            *count = rows[i];
            return 0;
        }
    }
    return -ENOENT;
}

int cairn_count_get(const struct cairn_machine *machine, size_t index,
                    struct cairn_count *count)
{
    int code = -ENOENT;

    for (size_t i = 0; code != 0 && i < machine->core_count; i++) {
        code = count_of_core(machine->cores[i], &index, count);
    }
    for (size_t i = 0; code != 0 && i < machine->node_count; i++) {
        const struct device *device = machine->nodes[i].device;

        code = device ? count_of_device(device, &index, count) : code;
    }
    return code;
}

int cairn_core_time_get(const struct cairn_machine *machine, size_t index,
                        struct cairn_core_time *time)
{
    if (index >= machine->core_count) {
        return -ENOENT;
    }
    const struct core *core = machine->cores[index];
    *time = (struct cairn_core_time){
        .core = core->name,
        .instructions = core->retired,
        .running_ns = slot_duration(&machine->slots[index], core->retired),
    };
    return 0;
}
