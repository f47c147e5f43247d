/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/guest_view.h"

#include <stdlib.h>
#include <string.h>

const struct guest_pci_window guest_pci_windows[GUEST_PCI_WINDOWS] = {
    {GUEST_PCI_IO,       0,            0x3eff0000,   0x00010000  },
    {GUEST_PCI_MEMORY32, 0x10000000,   0x10000000,   0x2eff0000  },
    {GUEST_PCI_MEMORY64, 0x8000000000, 0x8000000000, 0x8000000000},
};

bool guest_is_a(const struct node *node, const char *compatible)
{
    return board_is_compatible(&node->machine->board, node->offset, compatible);
}

bool guest_is_secure(const struct node *node)
{
    return node->secure_only;
}

const struct node *guest_find_device(struct cairn_machine *machine,
                                     const char *compatible)
{
    for (size_t i = 0; i < machine->node_count; i++) {
        const struct node *node = &machine->nodes[i];
        if (node->device && guest_is_a(node, compatible)) {
            return node;
        }
    }
    return NULL;
}

uint64_t guest_base_of(const struct node *node)
{
    uint64_t base = 0;
    uint64_t size = 0;
    node_reg(node, 0, &base, &size, NULL);
    return base;
}

/* The application processors come first on boards that have others too. */
static unsigned count_cores(const struct cairn_machine *machine)
{
    unsigned count = 0;
    while (count < machine->core_count &&
           strncmp(machine->cores[count]->config.compatible, "arm,", 4) == 0) {
        count++;
    }
    return count;
}

void guest_view_init(struct guest_view *view, struct cairn_machine *machine)
{
    *view = (struct guest_view){
        .machine = machine,
        .gic = guest_find_device(machine, "arm,gic-v3"),
        .cpu_count = count_cores(machine),
    };
    view->gicv3 = view->gic != NULL;
    if (!view->gic) {
        view->gic = guest_find_device(machine, "arm,cortex-a15-gic");
    }
    view->msi = guest_find_device(machine, view->gicv3 ? "arm,gic-v3-its"
                                                       : "arm,gic-v2m-frame");
}

int guest_view_spi(const struct guest_view *view, const struct node *node,
                   unsigned index)
{
    const struct device *device = node->device;
    const struct line *line = NULL;
    for (size_t i = 0; device && i < device->type->output_count; i++) {
        if (device->outputs[i].kind == LINE_INTERRUPT && index-- == 0) {
            line = &device->outputs[i];
            break;
        }
    }
    size_t count = view->gic ? node_input_count(view->gic) : 0;
    for (size_t i = 0; line && i < count; i++) {
        const char *name = node_input_name(view->gic, i);
        if (view->gic->drivers[i] == line && strncmp(name, "spi", 3) == 0) {
            return (int)strtoul(name + 3, NULL, 10);
        }
    }
    return -1;
}
