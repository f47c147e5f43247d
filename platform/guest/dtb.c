/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tree of a machine: memory, cores and what belongs to them, and between
 * them the devices, in the order of QEMU's tree, as systems number devices by
 * it. Bindings: Documentation/devicetree/bindings of Linux 6.1, and the
 * Devicetree Specification 0.4 for the nodes that all machines have.
 */
#include "platform/guest/dtb.h"

#include <libfdt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "abi/psci.h"
#include "base/bits.h"
#include "platform/guest/tree.h"

enum {
    TREE_MAX = 1 << 16,  /* of a generated tree */
    CLOCK_HZ = 24000000, /* of the devices' fixed clock */
};

/* ---- Memory -------------------------------------------------------------- */

static void put_memory(struct tree *tree,
                       const struct guest_dtb_options *options)
{
    struct tree_cells reg = {.count = 0};
    tree_begin_at(tree, "memory", options->memory_start);
    tree_put_text(tree, "device_type", "memory");
    tree_cell64(&reg, options->memory_start);
    tree_cell64(&reg, options->memory_size);
    tree_put_cells(tree, "reg", &reg);
    tree_end(tree);
}

/* Memory of the normal world is described with what changes at each start. */
static void put_secure_memories(struct tree *tree)
{
    const struct cairn_machine *machine = tree->view.machine;
    for (size_t i = 0; i < machine->node_count; i++) {
        const struct node *node = &machine->nodes[i];
        if (node->kind == NODE_MEMORY && guest_is_secure(node)) {
            tree_begin_at(tree, "secram", guest_base_of(node));
            tree_put_text(tree, "device_type", "memory");
            tree_put_reg(tree, "reg", node, 1);
            tree_put_status(tree, node);
            tree_end(tree);
        }
    }
}

/* ---- Cores --------------------------------------------------------------- */

/* Level-triggered private interrupts. Some controllers' specifiers have a mask
 * of the cores. */
static void put_private(struct tree *tree, const uint32_t *ppis, size_t count)
{
    const struct node *controller = tree->view.controller;
    bool masked = !controller || guest_description(controller)->core_mask;
    uint32_t mask = masked ? (1u << tree->view.cpu_count) - 1 : 0;
    struct tree_cells cells = {.count = 0};
    for (size_t i = 0; i < count; i++) {
        tree_cell(&cells, GIC_PPI);
        tree_cell(&cells, ppis[i]);
        tree_cell(&cells, mask << 8 | DESCRIBED_LEVEL);
    }
    tree_put_cells(tree, "interrupts", &cells);
}

static void put_cpu(struct tree *tree, unsigned index, const struct core *core,
                    bool psci)
{
    tree_begin_at(tree, "cpu", core->config.hart_id);
    tree_put_text(tree, "device_type", "cpu");
    tree_put_text(tree, "compatible", core->config.compatible);
    tree_put_u32(tree, "reg", core->config.hart_id);
    if (psci) {
        tree_put_text(tree, "enable-method", "psci");
    }
    tree_put_u32(tree, "phandle", PHANDLE_CPU + index);
    tree_end(tree);
}

static void put_cpus(struct tree *tree, bool psci)
{
    tree_begin(tree, "cpus");
    tree_put_u32(tree, "#address-cells", 1);
    tree_put_u32(tree, "#size-cells", 0);
    for (unsigned i = 0; i < tree->view.cpu_count; i++) {
        put_cpu(tree, i, tree->view.machine->cores[i], psci);
    }
    tree_begin(tree, "cpu-map");
    tree_begin(tree, "socket0");
    tree_begin(tree, "cluster0");
    for (unsigned i = 0; i < tree->view.cpu_count; i++) {
        char name[16];
        snprintf(name, sizeof(name), "core%u", i);
        tree_begin(tree, name);
        tree_put_u32(tree, "cpu", PHANDLE_CPU + i);
        tree_end(tree);
    }
    tree_end(tree);
    tree_end(tree);
    tree_end(tree);
    tree_end(tree);
}

static void put_timer(struct tree *tree)
{
    uint32_t ppis[GUEST_TIMERS];
    size_t count = guest_view_timers(&tree->view, ppis);
    tree_begin(tree, "timer");
    tree_put_words(tree, "compatible", "arm,armv8-timer arm,armv7-timer");
    tree_put_flag(tree, "always-on");
    put_private(tree, ppis, count);
    tree_end(tree);
}

static void put_pmu(struct tree *tree)
{
    int ppi = guest_view_ppi(&tree->view, "pmu");
    uint32_t number = (uint32_t)ppi;
    tree_begin(tree, "pmu");
    tree_put_text(tree, "compatible", "arm,armv8-pmuv3");
    put_private(tree, &number, ppi >= 0);
    tree_end(tree);
}

/* ---- The rest ------------------------------------------------------------ */

/* Function numbers are for readers of PSCI 0.1 (psci.yaml). */
static void put_psci(struct tree *tree, const char *method)
{
    tree_begin(tree, "psci");
    tree_put_words(tree, "compatible", "arm,psci-1.0 arm,psci-0.2 arm,psci");
    tree_put_text(tree, "method", method);
    tree_put_u32(tree, "cpu_suspend", PSCI_CPU_SUSPEND_64);
    tree_put_u32(tree, "cpu_off", PSCI_CPU_OFF);
    tree_put_u32(tree, "cpu_on", PSCI_CPU_ON_64);
    tree_put_u32(tree, "migrate", PSCI_MIGRATE_64);
    tree_end(tree);
}

static void put_clock(struct tree *tree)
{
    tree_begin(tree, "apb-pclk");
    tree_put_text(tree, "compatible", "fixed-clock");
    tree_put_u32(tree, "#clock-cells", 0);
    tree_put_u32(tree, "clock-frequency", CLOCK_HZ);
    tree_put_text(tree, "clock-output-names", "clk24mhz");
    tree_put_u32(tree, "phandle", PHANDLE_CLOCK);
    tree_end(tree);
}

/* The console is the first serial port that a world has for itself. */
static void put_chosen(struct tree *tree, const char *name, bool secure)
{
    const struct node *node =
        guest_first(&tree->view, DESCRIBED_SERIAL, secure);
    char path[64];
    tree_begin(tree, name);
    if (node) {
        snprintf(path, sizeof(path), "/%s@%llx",
                 description_node_name(guest_description(node), secure),
                 (unsigned long long)guest_base_of(node));
        tree_put_text(tree, "stdout-path", path);
    }
    tree_end(tree);
}

static void put_devices(struct tree *tree, enum description_kind first,
                        enum description_kind last)
{
    for (unsigned kind = first; kind <= (unsigned)last; kind++) {
        tree_put_devices(tree, (enum description_kind)kind);
    }
}

static void put_nodes(struct tree *tree,
                      const struct guest_dtb_options *options)
{
    bool psci = options->psci_method != NULL;
    if (psci) {
        put_psci(tree, options->psci_method);
    }
    put_memory(tree, options);
    put_devices(tree, DESCRIBED_OTHER, DESCRIBED_SERIAL);
    put_pmu(tree);
    put_devices(tree, DESCRIBED_INTERRUPTS, DESCRIPTION_KINDS - 1);
    put_secure_memories(tree);
    put_cpus(tree, psci);
    put_timer(tree);
    put_clock(tree);
    if (options->el3) {
        put_chosen(tree, "secure-chosen", true);
    }
    put_chosen(tree, "chosen", false);
}

static void put_root(struct tree *tree, const struct guest_dtb_options *options)
{
    tree_keep(tree, fdt_create(tree->fdt, TREE_MAX));
    tree_keep(tree, fdt_finish_reservemap(tree->fdt));
    tree_begin(tree, "");
    tree_put_text(tree, "model", "linux,dummy-virt");
    tree_put_text(tree, "compatible", "linux,dummy-virt");
    tree_put_u32(tree, "#address-cells", 2);
    tree_put_u32(tree, "#size-cells", 2);
    tree_put_u32(tree, "interrupt-parent", PHANDLE_CONTROLLER);
    put_nodes(tree, options);
    tree_end(tree);
    tree_keep(tree, fdt_finish(tree->fdt));
}

int guest_dtb_make(struct cairn_machine *machine,
                   const struct guest_dtb_options *options, struct buffer *blob,
                   struct error *error)
{
    struct tree tree = {.el2 = options->el2, .acpi = options->acpi};
    guest_view_init(&tree.view, machine);
    tree.fdt = xcalloc(1, TREE_MAX);
    put_root(&tree, options);
    int code = 0;
    if (tree.status != 0) {
        code = error_set(error, -EINVAL, "board '%s': no guest device tree: %s",
                         machine->board.name, fdt_strerror(tree.status));
    } else {
        buffer_append(blob, tree.fdt, fdt_totalsize(tree.fdt));
        code = guest_dtb_choose(options, blob, error);
    }
    free(tree.fdt);
    return code;
}
