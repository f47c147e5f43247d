/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The nodes of devices in a guest's tree, written row by row from their
 * descriptions (bus/description.h): a function per kind of row, and no device
 * by name.
 */
#include <assert.h>
#include <string.h>

#include "base/bits.h"
#include "platform/guest/tree.h"

/* A device whose rows are being written. */
struct entry {
    struct tree *tree;
    const struct node *node;
    const struct description *description;
};

static void put_node(struct tree *tree, const struct node *node);

/* ---- Handles ------------------------------------------------------------- */

/* The handle of a device's node. The first of some kinds have one of their
 * own, whatever else the board has. */
static uint32_t handle_of(const struct tree *tree, const struct node *node)
{
    static const struct {
        enum description_kind kind;
        bool secure;
        uint32_t handle;
    } known[] = {
        {DESCRIBED_INTERRUPTS, false, PHANDLE_CONTROLLER },
        {DESCRIBED_MESSAGES,   false, PHANDLE_MESSAGES   },
        {DESCRIBED_GPIO,       false, PHANDLE_GPIO       },
        {DESCRIBED_GPIO,       true,  PHANDLE_SECURE_GPIO},
    };
    for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
        if (node == guest_first(&tree->view, known[i].kind, known[i].secure)) {
            return known[i].handle;
        }
    }
    return PHANDLE_DEVICE + (uint32_t)(node - tree->view.machine->nodes);
}

/* ---- Values of rows ------------------------------------------------------ */

static void put_end(const struct entry *entry,
                    const struct description_row *row)
{
    tree_end(entry->tree);
}

static void put_device(const struct entry *entry,
                       const struct description_row *row)
{
    tree_begin_at(entry->tree, row->name, guest_base_of(entry->node));
}

static void put_plain_node(const struct entry *entry,
                           const struct description_row *row)
{
    tree_begin(entry->tree, row->name);
}

static void put_inside(const struct entry *entry,
                       const struct description_row *row)
{
    const struct cairn_machine *machine = entry->tree->view.machine;
    for (size_t i = 0; i < machine->node_count; i++) {
        const struct node *node = &machine->nodes[i];
        if (guest_description(node) && guest_is_inside(node, entry->node)) {
            put_node(entry->tree, node);
        }
    }
}

static void put_flag(const struct entry *entry,
                     const struct description_row *row)
{
    tree_put_flag(entry->tree, row->name);
}

static void put_number(const struct entry *entry,
                       const struct description_row *row)
{
    tree_put_u32(entry->tree, row->name, row->number);
}

static void put_text(const struct entry *entry,
                     const struct description_row *row)
{
    tree_put_text(entry->tree, row->name, row->text);
}

static void put_words(const struct entry *entry,
                      const struct description_row *row)
{
    tree_put_words(entry->tree, row->name, row->text);
}

static void put_reg(const struct entry *entry,
                    const struct description_row *row)
{
    tree_put_reg(entry->tree, row->name, entry->node, row->number);
}

/* True if a node is described by the same rows for the same world. */
static bool is_alike(const struct entry *entry, const struct node *node)
{
    return guest_description(node) == entry->description &&
           guest_is_secure(node) == guest_is_secure(entry->node);
}

static void put_reg_of_all(const struct entry *entry,
                           const struct description_row *row)
{
    const struct cairn_machine *machine = entry->tree->view.machine;
    struct tree_cells cells = {.count = 0};
    uint64_t base;
    uint64_t size;
    for (size_t i = 0; i < machine->node_count; i++) {
        const struct node *node = &machine->nodes[i];
        if (is_alike(entry, node) &&
            node_reg(node, 0, &base, &size, NULL) == 0 &&
            cells.count + 4 <= TREE_CELLS_MAX) {
            tree_cell64(&cells, base);
            tree_cell64(&cells, size);
        }
    }
    tree_put_cells(entry->tree, row->name, &cells);
}

static void put_interrupts(const struct entry *entry,
                           const struct description_row *row)
{
    enum { CELLS = 3, MOST = TREE_CELLS_MAX / CELLS };
    struct tree_cells cells = {.count = 0};
    uint32_t spis[MOST];
    size_t count = guest_view_spis(&entry->tree->view, entry->node, spis, MOST);
    for (size_t i = 0; i < count; i++) {
        tree_cell(&cells, GIC_SPI);
        tree_cell(&cells, spis[i]);
        tree_cell(&cells, row->number);
    }
    if (count != 0) {
        tree_put_cells(entry->tree, row->name, &cells);
    }
}

static void put_private(const struct entry *entry,
                        const struct description_row *row)
{
    struct tree_cells cells = {.count = 0};
    tree_cell(&cells, GIC_PPI);
    tree_cell(&cells, row->number);
    tree_cell(&cells, DESCRIBED_LEVEL);
    tree_put_cells(entry->tree, row->name, &cells);
}

static void put_clocks(const struct entry *entry,
                       const struct description_row *row)
{
    struct tree_cells cells = {.count = 0};
    for (uint32_t i = 0; i < row->number; i++) {
        tree_cell(&cells, PHANDLE_CLOCK);
    }
    tree_put_cells(entry->tree, row->name, &cells);
}

static void put_handle(const struct entry *entry,
                       const struct description_row *row)
{
    tree_put_u32(entry->tree, row->name, handle_of(entry->tree, entry->node));
}

static void put_pin(const struct entry *entry,
                    const struct description_row *row)
{
    struct tree_cells cells = {.count = 0};
    tree_cell(&cells, handle_of(entry->tree, entry->node));
    tree_cell(&cells, row->number);
    tree_cell(&cells, 0);
    tree_put_cells(entry->tree, row->name, &cells);
}

static void put_status(const struct entry *entry,
                       const struct description_row *row)
{
    tree_put_status(entry->tree, entry->node);
}

/* ---- Host bridges of PCI ------------------------------------------------- */

static void put_pci_buses(const struct entry *entry,
                          const struct description_row *row)
{
    struct tree_cells cells = {.count = 0};
    uint64_t base = 0;
    uint64_t size = 0;
    node_reg(entry->node, 0, &base, &size, NULL);
    tree_cell(&cells, 0);
    tree_cell(&cells, (uint32_t)(size >> DESCRIBED_PCI_BUS_SHIFT) - 1);
    tree_put_cells(entry->tree, row->name, &cells);
}

static void put_pci_windows(const struct entry *entry,
                            const struct description_row *row)
{
    const struct description *description = entry->description;
    struct tree_cells cells = {.count = 0};
    for (size_t i = 0; i < description->window_count; i++) {
        const struct description_window *window = &description->windows[i];
        uint64_t base;
        uint64_t size;
        if (node_reg(entry->node, window->range, &base, &size, NULL) == 0) {
            tree_cell(&cells, window->space);
            tree_cell64(&cells, window->bus);
            tree_cell64(&cells, base);
            tree_cell64(&cells, size);
        }
    }
    tree_put_cells(entry->tree, row->name, &cells);
}

/* Slots take the four pins in turn (PCI-to-PCI Bridge Specification 1.2,
 * 9.1). A board that leaves a pin unconnected has no map. */
static void put_pci_pins(const struct entry *entry,
                         const struct description_row *row)
{
    enum { PINS = DESCRIBED_PCI_PINS, SLOT_SHIFT = 11 };
    struct tree_cells map = {.count = 0};
    struct tree_cells mask = {.count = 0};
    for (uint32_t i = 0; i < PINS * PINS; i++) {
        uint32_t slot = i / PINS;
        uint32_t pin = i % PINS;
        int spi = guest_view_spi(&entry->tree->view, entry->node,
                                 (slot + pin) % PINS);
        if (spi < 0) {
            return;
        }
        tree_cell(&map, slot << SLOT_SHIFT);
        tree_cell64(&map, 0);
        tree_cell(&map, pin + 1);
        tree_cell(&map, PHANDLE_CONTROLLER);
        tree_cell64(&map, 0); /* the controller has two address cells */
        tree_cell(&map, GIC_SPI);
        tree_cell(&map, (uint32_t)spi);
        tree_cell(&map, DESCRIBED_LEVEL);
    }
    tree_cell(&mask, (PINS - 1) << SLOT_SHIFT);
    tree_cell64(&mask, 0);
    tree_cell(&mask, 7);
    tree_put_u32(entry->tree, "#interrupt-cells", 1);
    tree_put_cells(entry->tree, row->name, &map);
    tree_put_cells(entry->tree, "interrupt-map-mask", &mask);
}

static void put_pci_requesters(const struct entry *entry,
                               const struct description_row *row)
{
    struct tree_cells cells = {.count = 0};
    if (entry->tree->view.messages) {
        tree_cell(&cells, 0);
        tree_cell(&cells, handle_of(entry->tree, entry->tree->view.messages));
        tree_cell(&cells, 0);
        tree_cell(&cells, 0x10000);
        tree_put_cells(entry->tree, row->name, &cells);
    }
}

/* ---- All rows ------------------------------------------------------------ */

static void (*const writers[])(const struct entry *entry,
                               const struct description_row *row) = {
    [TREE_END] = put_end,
    [TREE_DEVICE] = put_device,
    [TREE_NODE] = put_plain_node,
    [TREE_INSIDE] = put_inside,
    [TREE_FLAG] = put_flag,
    [TREE_NUMBER] = put_number,
    [TREE_TEXT] = put_text,
    [TREE_WORDS] = put_words,
    [TREE_REG] = put_reg,
    [TREE_REG_OF_ALL] = put_reg_of_all,
    [TREE_INTERRUPTS] = put_interrupts,
    [TREE_PRIVATE] = put_private,
    [TREE_CLOCKS] = put_clocks,
    [TREE_HANDLE] = put_handle,
    [TREE_PIN] = put_pin,
    [TREE_STATUS] = put_status,
    [TREE_PCI_BUSES] = put_pci_buses,
    [TREE_PCI_WINDOWS] = put_pci_windows,
    [TREE_PCI_PINS] = put_pci_pins,
    [TREE_PCI_REQUESTERS] = put_pci_requesters,
};
static_assert(ARRAY_SIZE(writers) == TREE_ROWS, "each kind has its writer");

static void put_node(struct tree *tree, const struct node *node)
{
    const struct entry entry = {
        .tree = tree, .node = node, .description = guest_description(node)};
    uint8_t absent = tree->el2 ? WITHOUT_EL2 : WITH_EL2;
    size_t count;
    const struct description_row *rows =
        description_tree(entry.description, guest_is_secure(node), &count);
    for (size_t i = 0; i < count; i++) {
        if ((rows[i].kind & absent) == 0) {
            writers[rows[i].kind & ROW_KIND](&entry, &rows[i]);
        }
    }
}

/* True if the node of one before it stands for the device, too. */
static bool is_joined(const struct tree *tree, const struct node *node)
{
    const struct entry entry = {.node = node,
                                .description = guest_description(node)};
    const struct node *other = tree->view.machine->nodes;
    while (entry.description->joined && other < node) {
        if (is_alike(&entry, other++)) {
            return true;
        }
    }
    return false;
}

void tree_put_devices(struct tree *tree, enum description_kind kind)
{
    const struct node *node = guest_next(&tree->view, kind, NULL);
    for (; node; node = guest_next(&tree->view, kind, node)) {
        const struct description *description = guest_description(node);
        if ((tree->acpi || !description->tree_for_firmware) &&
            !description->inside && !is_joined(tree, node)) {
            put_node(tree, node);
        }
    }
}
