/* SPDX-License-Identifier: Apache-2.0 */
/* Follows the board's nodes, lines and address maps to what a guest sees. */
#include "platform/guest/view.h"

#include <stdlib.h>
#include <string.h>

#include "engine/aarch64/aarch64.h"

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

/* The number of the interrupt controller's input that the line drives, behind
 * a prefix of its name; -1: none. */
static int input_of(const struct guest_view *view, const struct line *line,
                    const char *prefix)
{
    size_t count = view->gic && line ? node_input_count(view->gic) : 0;
    size_t length = strlen(prefix);
    for (size_t i = 0; i < count; i++) {
        const char *name = node_input_name(view->gic, i);
        if (view->gic->drivers[i] == line &&
            strncmp(name, prefix, length) == 0) {
            return (int)strtoul(name + length, NULL, 10);
        }
    }
    return -1;
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
    return input_of(view, line, "spi");
}

int guest_view_ppi(const struct guest_view *view, const char *output)
{
    enum { FIRST_PPI = 16 };
    const struct core *core = view->cpu_count ? view->machine->cores[0] : NULL;
    for (size_t i = 0; core && i < core->type->output_count; i++) {
        if (strcmp(core->type->outputs[i].name, output) == 0) {
            int number = input_of(view, &core->outputs[i], "cpu0_ppi");
            return number < FIRST_PPI ? -1 : number - FIRST_PPI;
        }
    }
    return -1;
}

static bool has_host_extensions(const struct guest_view *view)
{
    struct core *core = view->machine->cores[0];
    return core->config.aarch64.el2 &&
           aarch64_has(aarch64_of(vcpu_of(core)), AARCH64_FEATURE_VHE);
}

size_t guest_view_timers(const struct guest_view *view,
                         uint32_t ppis[GUEST_TIMERS])
{
    static const char *const outputs[GUEST_TIMERS] = {
        "timer_secure", "timer_physical", "timer_virtual", "timer_hypervisor",
        "timer_hypervisor_virtual"};
    size_t most = view->cpu_count && has_host_extensions(view)
                      ? GUEST_TIMERS
                      : GUEST_TIMERS - 1;
    size_t count = 0;
    while (count < most) {
        int ppi = guest_view_ppi(view, outputs[count]);
        if (ppi < 0) {
            break;
        }
        ppis[count++] = (uint32_t)ppi;
    }
    return count;
}
