/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bindings: Documentation/devicetree/bindings of Linux 6.1, and the Devicetree
 * Specification 0.4 for the nodes that all machines have.
 */
#include "platform/guest/dtb.h"

#include <libfdt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "platform/guest/view.h"

enum {
    TREE_MAX = 1 << 16, /* of a generated tree */
    CELLS_MAX = 256,
    CLOCK_HZ = 24000000, /* of the PrimeCell devices */
};

/* Handles of nodes that others name. */
enum {
    PHANDLE_CLOCK = 0x8000,
    PHANDLE_GIC,
    PHANDLE_MSI,
    PHANDLE_GPIO,
    PHANDLE_SECURE_GPIO,
    PHANDLE_CPU, /* the first; the others follow */
};

/* Interrupt specifiers: arm,gic-v3.yaml and arm,gic.yaml. */
enum {
    GIC_SPI = 0,
    GIC_PPI = 1,
    IRQ_EDGE = 1,
    IRQ_LEVEL = 4,
};

struct tree {
    struct guest_view view;
    const struct guest_dtb_options *options;
    void *fdt;
    int status; /* of libfdt: the first failure stays */
};

/* ---- Writing ------------------------------------------------------------- */

static void keep(struct tree *tree, int status)
{
    if (tree->status == 0) {
        tree->status = status;
    }
}

static void begin(struct tree *tree, const char *name)
{
    keep(tree, fdt_begin_node(tree->fdt, name));
}

static void begin_at(struct tree *tree, const char *name, uint64_t address)
{
    char full[64];
    snprintf(full, sizeof(full), "%s@%llx", name, (unsigned long long)address);
    begin(tree, full);
}

static void end(struct tree *tree)
{
    keep(tree, fdt_end_node(tree->fdt));
}

static void put(struct tree *tree, const char *name, const void *value,
                size_t size)
{
    keep(tree, fdt_property(tree->fdt, name, value, (int)size));
}

static void put_flag(struct tree *tree, const char *name)
{
    put(tree, name, NULL, 0);
}

static void put_text(struct tree *tree, const char *name, const char *text)
{
    put(tree, name, text, strlen(text) + 1);
}

static void put_u32(struct tree *tree, const char *name, uint32_t value)
{
    keep(tree, fdt_property_u32(tree->fdt, name, value));
}

/* A list of strings, each with its end. */
#define put_texts(tree, name, texts) put(tree, name, texts, sizeof(texts))

/* Numbers of a property on their way. */
struct cells {
    uint8_t bytes[4 * CELLS_MAX];
    size_t count;
};

static void cell(struct cells *cells, uint32_t value)
{
    if (cells->count < CELLS_MAX) {
        store_be32(cells->bytes + 4 * cells->count++, value);
    }
}

static void cell64(struct cells *cells, uint64_t value)
{
    cell(cells, (uint32_t)(value >> 32));
    cell(cells, (uint32_t)value);
}

static void put_cells(struct tree *tree, const char *name,
                      const struct cells *cells)
{
    put(tree, name, cells->bytes, 4 * cells->count);
}

/* ---- Properties that many nodes share ------------------------------------ */

static void put_reg_ranges(struct tree *tree, const struct node *node,
                           size_t first, size_t count)
{
    struct cells cells = {.count = 0};
    uint64_t base;
    uint64_t size;
    for (size_t i = first; i < first + count; i++) {
        if (node_reg(node, i, &base, &size, NULL) == 0) {
            cell64(&cells, base);
            cell64(&cells, size);
        }
    }
    put_cells(tree, "reg", &cells);
}

static void put_interrupt(struct tree *tree, const struct node *node,
                          uint32_t trigger)
{
    struct cells cells = {.count = 0};
    int spi = guest_view_spi(&tree->view, node, 0);
    if (spi >= 0) {
        cell(&cells, GIC_SPI);
        cell(&cells, (uint32_t)spi);
        cell(&cells, trigger);
        put_cells(tree, "interrupts", &cells);
    }
}

/* Of a GICv2, the specifier of a private interrupt has a mask of cores. */
static uint32_t private_flags(const struct tree *tree)
{
    uint32_t mask = tree->view.gicv3 ? 0 : (1u << tree->view.cpu_count) - 1;
    return mask << 8 | IRQ_LEVEL;
}

static void put_private(struct tree *tree, const uint32_t *ppis, size_t count)
{
    struct cells cells = {.count = 0};
    for (size_t i = 0; i < count; i++) {
        cell(&cells, GIC_PPI);
        cell(&cells, ppis[i]);
        cell(&cells, private_flags(tree));
    }
    put_cells(tree, "interrupts", &cells);
}

/* What only the secure world may use is hidden from the other. */
static void put_secure(struct tree *tree, const struct node *node)
{
    if (guest_is_secure(node)) {
        put_text(tree, "status", "disabled");
        put_text(tree, "secure-status", "okay");
    }
}

/* ---- Devices ------------------------------------------------------------- */

static void put_primecell(struct tree *tree, const struct node *node,
                          const char *name, bool has_own_clock)
{
    struct cells clocks = {.count = 0};
    char compatible[64];
    begin_at(tree, name, guest_base_of(node));
    int length = snprintf(compatible, sizeof(compatible),
                          "arm,%s%carm,primecell", name, '\0');
    put(tree, "compatible", compatible, (size_t)length + 1);
    put_reg_ranges(tree, node, 0, 1);
    put_interrupt(tree, node, IRQ_LEVEL);
    cell(&clocks, PHANDLE_CLOCK);
    if (has_own_clock) {
        cell(&clocks, PHANDLE_CLOCK);
        put_texts(tree, "clock-names", "uartclk\0apb_pclk");
    } else {
        put_text(tree, "clock-names", "apb_pclk");
    }
    put_cells(tree, "clocks", &clocks);
    put_secure(tree, node);
}

static void put_uart(struct tree *tree, const struct node *node)
{
    put_primecell(tree, node, "pl011", true);
    end(tree);
}

static void put_rtc(struct tree *tree, const struct node *node)
{
    put_primecell(tree, node, "pl031", false);
    end(tree);
}

/* A key or a switch on one pin of the GPIO. */
static void put_pin(struct tree *tree, uint32_t gpio, uint32_t pin)
{
    struct cells cells = {.count = 0};
    cell(&cells, gpio);
    cell(&cells, pin);
    cell(&cells, 0);
    put_cells(tree, "gpios", &cells);
}

static void put_power_key(struct tree *tree)
{
    enum { KEY_POWER = 116, POWER_PIN = 3 };
    begin(tree, "gpio-keys");
    put_text(tree, "compatible", "gpio-keys");
    begin(tree, "poweroff");
    put_text(tree, "label", "GPIO Key Poweroff");
    put_u32(tree, "linux,code", KEY_POWER);
    put_pin(tree, PHANDLE_GPIO, POWER_PIN);
    end(tree);
    end(tree);
}

static void put_secure_switches(struct tree *tree, const struct node *node)
{
    static const char *const names[] = {"gpio-poweroff", "gpio-restart"};
    for (uint32_t pin = 0; pin < ARRAY_SIZE(names); pin++) {
        begin(tree, names[pin]);
        put_text(tree, "compatible", names[pin]);
        put_pin(tree, PHANDLE_SECURE_GPIO, pin);
        put_secure(tree, node);
        end(tree);
    }
}

static void put_gpio(struct tree *tree, const struct node *node)
{
    bool secure = guest_is_secure(node);
    if (secure) {
        put_secure_switches(tree, node);
    } else {
        put_power_key(tree);
    }
    put_primecell(tree, node, "pl061", false);
    put_flag(tree, "gpio-controller");
    put_u32(tree, "#gpio-cells", 2);
    put_u32(tree, "phandle", secure ? PHANDLE_SECURE_GPIO : PHANDLE_GPIO);
    end(tree);
}

/* The banks of one world are one chip of as many ranges. */
static void put_flash(struct tree *tree, const struct node *node)
{
    const struct cairn_machine *machine = tree->view.machine;
    struct cells reg = {.count = 0};
    bool secure = guest_is_secure(node);
    for (size_t i = 0; i < machine->node_count; i++) {
        const struct node *bank = &machine->nodes[i];
        uint64_t base;
        uint64_t size;
        if (!bank->device || !guest_is_a(bank, "cfi-flash") ||
            guest_is_secure(bank) != secure ||
            node_reg(bank, 0, &base, &size, NULL) != 0) {
            continue;
        }
        if (reg.count == 0 && bank != node) {
            return; /* the first of them has spoken for all */
        }
        cell64(&reg, base);
        cell64(&reg, size);
    }
    begin_at(tree, secure ? "secflash" : "flash", guest_base_of(node));
    put_text(tree, "compatible", "cfi-flash");
    put_cells(tree, "reg", &reg);
    put_u32(tree, "bank-width", 4);
    put_secure(tree, node);
    end(tree);
}

/* Memory of the normal world is described with what changes at each start. */
static void put_secure_memories(struct tree *tree)
{
    const struct cairn_machine *machine = tree->view.machine;
    for (size_t i = 0; i < machine->node_count; i++) {
        const struct node *node = &machine->nodes[i];
        if (node->kind == NODE_MEMORY && guest_is_secure(node)) {
            begin_at(tree, "secram", guest_base_of(node));
            put_text(tree, "device_type", "memory");
            put_reg_ranges(tree, node, 0, 1);
            put_secure(tree, node);
            end(tree);
        }
    }
}

static void put_fw_cfg(struct tree *tree, const struct node *node)
{
    enum { FW_CFG_SIZE = 0x18 };
    struct cells reg = {.count = 0};
    begin_at(tree, "fw-cfg", guest_base_of(node));
    put_text(tree, "compatible", "qemu,fw-cfg-mmio");
    cell64(&reg, guest_base_of(node));
    cell64(&reg, FW_CFG_SIZE);
    put_cells(tree, "reg", &reg);
    put_flag(tree, "dma-coherent");
    end(tree);
}

static void put_virtio(struct tree *tree, const struct node *node)
{
    begin_at(tree, "virtio_mmio", guest_base_of(node));
    put_text(tree, "compatible", "virtio,mmio");
    put_reg_ranges(tree, node, 0, 1);
    put_interrupt(tree, node, IRQ_EDGE);
    put_flag(tree, "dma-coherent");
    end(tree);
}

/* Slots take the four pins in turn (PCI-to-PCI Bridge Specification 1.2,
 * 9.1). */
static void put_pci_interrupts(struct tree *tree, const struct node *node)
{
    struct cells map = {.count = 0};
    struct cells mask = {.count = 0};
    for (uint32_t slot = 0; slot < GUEST_PCI_PINS; slot++) {
        for (uint32_t pin = 0; pin < GUEST_PCI_PINS; pin++) {
            int spi = guest_view_spi(&tree->view, node,
                                     (slot + pin) % GUEST_PCI_PINS);
            if (spi < 0) {
                return;
            }
            cell(&map, slot << 11);
            cell64(&map, 0);
            cell(&map, pin + 1);
            cell(&map, PHANDLE_GIC);
            cell64(&map, 0); /* the GIC's node has two address cells */
            cell(&map, GIC_SPI);
            cell(&map, (uint32_t)spi);
            cell(&map, IRQ_LEVEL);
        }
    }
    cell(&mask, (GUEST_PCI_PINS - 1) << 11);
    cell64(&mask, 0);
    cell(&mask, 7);
    put_u32(tree, "#interrupt-cells", 1);
    put_cells(tree, "interrupt-map", &map);
    put_cells(tree, "interrupt-map-mask", &mask);
}

static void put_pci_windows(struct tree *tree)
{
    struct cells ranges = {.count = 0};
    for (size_t i = 0; i < GUEST_PCI_WINDOWS; i++) {
        cell(&ranges, guest_pci_windows[i].space);
        cell64(&ranges, guest_pci_windows[i].bus);
        cell64(&ranges, guest_pci_windows[i].cpu);
        cell64(&ranges, guest_pci_windows[i].size);
    }
    put_cells(tree, "ranges", &ranges);
}

static void put_pci(struct tree *tree, const struct node *node)
{
    enum { BUS_SHIFT = 20 };
    uint64_t base;
    uint64_t size;
    struct cells buses = {.count = 0};
    struct cells msi = {.count = 0};
    if (node_reg(node, 0, &base, &size, NULL) != 0) {
        return;
    }
    begin_at(tree, "pcie", base);
    put_text(tree, "compatible", "pci-host-ecam-generic");
    put_text(tree, "device_type", "pci");
    put_u32(tree, "#address-cells", 3);
    put_u32(tree, "#size-cells", 2);
    put_u32(tree, "linux,pci-domain", 0);
    cell(&buses, 0);
    cell(&buses, (uint32_t)(size >> BUS_SHIFT) - 1);
    put_cells(tree, "bus-range", &buses);
    put_reg_ranges(tree, node, 0, 1);
    put_flag(tree, "dma-coherent");
    put_pci_windows(tree);
    put_pci_interrupts(tree, node);
    if (tree->view.msi) {
        cell(&msi, 0);
        cell(&msi, PHANDLE_MSI);
        cell(&msi, 0);
        cell(&msi, 0x10000);
        put_cells(tree, "msi-map", &msi);
    }
    end(tree);
}

/* Of another processor than the guest's. */
static bool is_hidden(const struct node *node)
{
    return board_has(&node->machine->board, node->offset, "cairn,hidden");
}

/* All of one kind, in the order of the board. */
static void put_devices(struct tree *tree, const char *compatible,
                        void (*write)(struct tree *tree,
                                      const struct node *node))
{
    const struct cairn_machine *machine = tree->view.machine;
    for (size_t i = 0; i < machine->node_count; i++) {
        const struct node *node = &machine->nodes[i];
        if ((node->kind == NODE_DEVICE || node->kind == NODE_IGNORED) &&
            guest_is_a(node, compatible) && !is_hidden(node)) {
            write(tree, node);
        }
    }
}

/* ---- Interrupt controller ------------------------------------------------ */

static void put_msi(struct tree *tree)
{
    if (!tree->view.msi) {
        return;
    }
    begin_at(tree, tree->view.gicv3 ? "its" : "v2m",
             guest_base_of(tree->view.msi));
    put_text(tree, "compatible",
             tree->view.gicv3 ? "arm,gic-v3-its" : "arm,gic-v2m-frame");
    put_flag(tree, "msi-controller");
    if (tree->view.gicv3) {
        put_u32(tree, "#msi-cells", 1);
    }
    put_reg_ranges(tree, tree->view.msi, 0, tree->view.gicv3 ? 2 : 1);
    put_u32(tree, "phandle", PHANDLE_MSI);
    end(tree);
}

static void put_gic(struct tree *tree)
{
    struct cells maintenance = {.count = 0};
    if (!tree->view.gic) {
        return;
    }
    begin_at(tree, "intc", guest_base_of(tree->view.gic));
    put_text(tree, "compatible",
             tree->view.gicv3 ? "arm,gic-v3" : "arm,cortex-a15-gic");
    put_flag(tree, "interrupt-controller");
    put_u32(tree, "#interrupt-cells", 3);
    put_u32(tree, "#address-cells", 2);
    put_u32(tree, "#size-cells", 2);
    put_flag(tree, "ranges");
    if (tree->view.gicv3) {
        put_u32(tree, "#redistributor-regions", 1);
    }
    /* The second half of a GICv2's is for hypervisors. */
    put_reg_ranges(tree, tree->view.gic, 0,
                   !tree->view.gicv3 && tree->options->el2 ? 4 : 2);
    if (tree->options->el2) {
        cell(&maintenance, GIC_PPI);
        cell(&maintenance, GUEST_PPI_MAINTENANCE);
        cell(&maintenance, IRQ_LEVEL);
        put_cells(tree, "interrupts", &maintenance);
    }
    put_u32(tree, "phandle", PHANDLE_GIC);
    put_msi(tree);
    end(tree);
}

/* ---- Cores --------------------------------------------------------------- */

static void put_cpu(struct tree *tree, unsigned index, const struct core *core)
{
    begin_at(tree, "cpu", core->config.hart_id);
    put_text(tree, "device_type", "cpu");
    put_text(tree, "compatible", core->config.compatible);
    put_u32(tree, "reg", core->config.hart_id);
    if (tree->options->psci_method) {
        put_text(tree, "enable-method", "psci");
    }
    put_u32(tree, "phandle", PHANDLE_CPU + index);
    end(tree);
}

static void put_cpus(struct tree *tree)
{
    begin(tree, "cpus");
    put_u32(tree, "#address-cells", 1);
    put_u32(tree, "#size-cells", 0);
    for (unsigned i = 0; i < tree->view.cpu_count; i++) {
        put_cpu(tree, i, tree->view.machine->cores[i]);
    }
    begin(tree, "cpu-map");
    begin(tree, "socket0");
    begin(tree, "cluster0");
    for (unsigned i = 0; i < tree->view.cpu_count; i++) {
        char name[16];
        snprintf(name, sizeof(name), "core%u", i);
        begin(tree, name);
        put_u32(tree, "cpu", PHANDLE_CPU + i);
        end(tree);
    }
    end(tree);
    end(tree);
    end(tree);
    end(tree);
}

static void put_timer(struct tree *tree)
{
    uint32_t ppis[GUEST_TIMERS];
    size_t count = guest_view_timers(&tree->view, ppis);
    begin(tree, "timer");
    put_texts(tree, "compatible", "arm,armv8-timer\0arm,armv7-timer");
    put_flag(tree, "always-on");
    put_private(tree, ppis, count);
    end(tree);
}

static void put_pmu(struct tree *tree)
{
    int ppi = guest_view_ppi(&tree->view, "pmu");
    uint32_t number = (uint32_t)ppi;
    begin(tree, "pmu");
    put_text(tree, "compatible", "arm,armv8-pmuv3");
    put_private(tree, &number, ppi >= 0);
    end(tree);
}

/* ---- The rest ------------------------------------------------------------ */

/* Function numbers are for readers of PSCI 0.1 (psci.yaml). */
static void put_psci(struct tree *tree)
{
    if (!tree->options->psci_method) {
        return;
    }
    begin(tree, "psci");
    put_texts(tree, "compatible", "arm,psci-1.0\0arm,psci-0.2\0arm,psci");
    put_text(tree, "method", tree->options->psci_method);
    put_u32(tree, "cpu_suspend", 0xc4000001);
    put_u32(tree, "cpu_off", 0x84000002);
    put_u32(tree, "cpu_on", 0xc4000003);
    put_u32(tree, "migrate", 0xc4000005);
    end(tree);
}

static void put_clock(struct tree *tree)
{
    begin(tree, "apb-pclk");
    put_text(tree, "compatible", "fixed-clock");
    put_u32(tree, "#clock-cells", 0);
    put_u32(tree, "clock-frequency", CLOCK_HZ);
    put_text(tree, "clock-output-names", "clk24mhz");
    put_u32(tree, "phandle", PHANDLE_CLOCK);
    end(tree);
}

static void put_memory(struct tree *tree)
{
    struct cells reg = {.count = 0};
    begin_at(tree, "memory", tree->options->memory_start);
    put_text(tree, "device_type", "memory");
    cell64(&reg, tree->options->memory_start);
    cell64(&reg, tree->options->memory_size);
    put_cells(tree, "reg", &reg);
    end(tree);
}

/* The console is the first serial port that a world has for itself. */
static void put_chosen(struct tree *tree, const char *name, bool secure)
{
    struct cairn_machine *machine = tree->view.machine;
    begin(tree, name);
    for (size_t i = 0; i < machine->node_count; i++) {
        const struct node *node = &machine->nodes[i];
        if (node->device && guest_is_a(node, "arm,pl011") &&
            guest_is_secure(node) == secure) {
            char path[64];
            snprintf(path, sizeof(path), "/pl011@%llx",
                     (unsigned long long)guest_base_of(node));
            put_text(tree, "stdout-path", path);
            break;
        }
    }
    end(tree);
}

/* Systems number devices in the order of the tree: it is the order of QEMU's.
 */
static void put_nodes(struct tree *tree)
{
    put_psci(tree);
    put_memory(tree);
    put_devices(tree, "qemu,fw-cfg-mmio", put_fw_cfg);
    put_devices(tree, "virtio,mmio", put_virtio);
    put_devices(tree, "arm,pl061", put_gpio);
    put_devices(tree, "pci-host-ecam-generic", put_pci);
    put_devices(tree, "arm,pl031", put_rtc);
    put_devices(tree, "arm,pl011", put_uart);
    put_pmu(tree);
    put_gic(tree);
    put_devices(tree, "cfi-flash", put_flash);
    put_secure_memories(tree);
    put_cpus(tree);
    put_timer(tree);
    put_clock(tree);
    if (tree->options->el3) {
        put_chosen(tree, "secure-chosen", true);
    }
    put_chosen(tree, "chosen", false);
}

static void put_root(struct tree *tree)
{
    keep(tree, fdt_create(tree->fdt, TREE_MAX));
    keep(tree, fdt_finish_reservemap(tree->fdt));
    begin(tree, "");
    put_text(tree, "model", "linux,dummy-virt");
    put_text(tree, "compatible", "linux,dummy-virt");
    put_u32(tree, "#address-cells", 2);
    put_u32(tree, "#size-cells", 2);
    put_u32(tree, "interrupt-parent", PHANDLE_GIC);
    put_nodes(tree);
    end(tree);
    keep(tree, fdt_finish(tree->fdt));
}

int guest_dtb_make(struct cairn_machine *machine,
                   const struct guest_dtb_options *options, struct buffer *blob,
                   struct error *error)
{
    struct tree tree = {.options = options};
    guest_view_init(&tree.view, machine);
    tree.fdt = xcalloc(1, TREE_MAX);
    put_root(&tree);
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
