/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The devices of the machine as ACPI has them, written row by row from their
 * descriptions (bus/description.h): a function per kind of row, and no device
 * by name. ACPI Specification 6.4. Devices of the secure world alone are not
 * listed.
 */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/bits.h"
#include "platform/guest/acpi.h"
#include "platform/guest/aml.h"

enum { SPI_FIRST = 32, NAME_SIZE = 5, DEPTH_MAX = 4 };

/* A device whose rows are being written. */
struct entry {
    struct buffer *aml;
    const struct guest_view *view;
    const struct node *node;
    const struct description *description;
    unsigned index;           /* among its like */
    char name[NAME_SIZE];     /* of the outermost ACPI device at hand */
    size_t opened[DEPTH_MAX]; /* ACPI devices that have not ended */
    size_t depth;
};

/* ---- Values of rows ------------------------------------------------------ */

/* The name of a row with digits of the index in place of each #. */
static void make_name(char name[NAME_SIZE], const char *pattern, unsigned index)
{
    snprintf(name, NAME_SIZE, "%s", pattern);
    for (size_t i = strlen(name); i-- > 0;) {
        if (name[i] == '#') {
            name[i] = (char)('0' + index % 10);
            index /= 10;
        }
    }
}

static void put_end(struct entry *entry, const struct description_row *row)
{
    assert(entry->depth > 0);
    aml_close(entry->aml, entry->opened[--entry->depth]);
}

static void put_device(struct entry *entry, const struct description_row *row)
{
    char name[NAME_SIZE];
    make_name(name, row->name, entry->index);
    if (entry->depth == 0) {
        memcpy(entry->name, name, sizeof(name));
    }
    assert(entry->depth < DEPTH_MAX);
    entry->opened[entry->depth++] = aml_open_device(entry->aml, name);
}

static void put_text(struct entry *entry, const struct description_row *row)
{
    aml_name_string(entry->aml, row->name, row->text);
}

static void put_eisa_id(struct entry *entry, const struct description_row *row)
{
    aml_name(entry->aml, row->name);
    aml_eisa_id(entry->aml, row->text);
}

static void put_integer(struct entry *entry, const struct description_row *row)
{
    aml_name_integer(entry->aml, row->name, row->number);
}

static void put_index(struct entry *entry, const struct description_row *row)
{
    aml_name_integer(entry->aml, row->name, entry->index);
}

static void put_base(struct entry *entry, const struct description_row *row)
{
    uint64_t base = 0;
    uint64_t size = 0;
    node_reg(entry->node, row->number, &base, &size, NULL);
    aml_name_integer(entry->aml, row->name, base);
}

static void put_resources(struct entry *entry,
                          const struct description_row *row)
{
    enum { MOST = 64 };
    struct buffer resources = {0};
    uint64_t base = 0;
    uint64_t size = 0;
    uint32_t spis[MOST];
    size_t count = guest_view_spis(entry->view, entry->node, spis, MOST);
    node_reg(entry->node, 0, &base, &size, NULL);
    aml_fixed_memory(&resources, (uint32_t)base, (uint32_t)size);
    for (size_t i = 0; i < count; i++) {
        aml_interrupt(&resources, SPI_FIRST + spis[i]);
    }
    aml_name_resources(entry->aml, row->name, &resources);
}

static void put_reserved(struct entry *entry, const struct description_row *row)
{
    struct buffer resources = {0};
    struct aml_window window = {.range = AML_RANGE_MEMORY};
    node_reg(entry->node, row->number, &window.first, &window.length, NULL);
    aml_window(&resources, 8, &window);
    aml_name_resources(entry->aml, row->name, &resources);
}

static void put_pin_event(struct entry *entry,
                          const struct description_row *row)
{
    struct buffer events = {0};
    aml_pin_interrupt(&events, (uint16_t)row->number, entry->name);
    aml_name_resources(entry->aml, row->name, &events);
}

static void put_notify(struct entry *entry, const struct description_row *row)
{
    size_t method = aml_open_method(entry->aml, row->name, 0);
    aml_op(entry->aml, AML_NOTIFY);
    aml_segment(entry->aml, row->text);
    aml_integer(entry->aml, row->number);
    aml_close(entry->aml, method);
}

/* ---- Host bridges of PCI ------------------------------------------------- */

/* Slots take the four pins in turn (PCI-to-PCI Bridge Specification 1.2,
 * 9.1). */
static void put_pci_routes(struct entry *entry,
                           const struct description_row *row)
{
    enum { SLOTS = 32, PINS = DESCRIBED_PCI_PINS };
    struct buffer *aml = entry->aml;
    aml_name(aml, row->name);
    size_t routes = aml_open_package(aml, SLOTS * PINS);
    for (unsigned i = 0; i < SLOTS * PINS; i++) {
        unsigned slot = i / PINS;
        unsigned pin = i % PINS;
        int spi = guest_view_spi(entry->view, entry->node, (slot + pin) % PINS);
        size_t route = aml_open_package(aml, 4);
        aml_integer(aml, slot << 16 | 0xffff); /* all functions */
        aml_integer(aml, pin);
        aml_integer(aml, 0); /* no link device between */
        aml_integer(aml, SPI_FIRST + (unsigned)(spi < 0 ? 0 : spi));
        aml_close(aml, route);
    }
    aml_close(aml, routes);
}

static void put_window(struct buffer *resources, const struct node *node,
                       const struct description_window *row)
{
    uint64_t base;
    uint64_t size;
    if (node_reg(node, row->range, &base, &size, NULL) == 0) {
        struct aml_window window = {
            .range = row->space == DESCRIBED_PCI_IO ? AML_RANGE_IO
                                                    : AML_RANGE_MEMORY,
            .first = row->bus,
            .length = size,
            .offset = base - row->bus,
        };
        aml_window(resources, row->space == DESCRIBED_PCI_MEMORY64 ? 8 : 4,
                   &window);
    }
}

static void put_pci_windows(struct entry *entry,
                            const struct description_row *row)
{
    /* Systems keep the order: QEMU's. */
    static const uint32_t order[] = {DESCRIBED_PCI_MEMORY32, DESCRIBED_PCI_IO,
                                     DESCRIBED_PCI_MEMORY64};
    const struct description *description = entry->description;
    struct buffer resources = {0};
    uint64_t base = 0;
    uint64_t size = 0;
    node_reg(entry->node, 0, &base, &size, NULL);
    struct aml_window buses = {
        .range = AML_RANGE_BUS,
        .length = size >> DESCRIBED_PCI_BUS_SHIFT,
    };
    aml_window(&resources, 2, &buses);
    for (size_t i = 0; i < ARRAY_SIZE(order); i++) {
        for (size_t n = 0; n < description->window_count; n++) {
            if (description->windows[n].space == order[i]) {
                put_window(&resources, entry->node, &description->windows[n]);
            }
        }
    }
    aml_name_resources(entry->aml, row->name, &resources);
}

/* CDW1 |= bits */
static void put_status(struct buffer *aml, unsigned bits)
{
    aml_op(aml, AML_OR);
    aml_segment(aml, "CDW1");
    aml_integer(aml, bits);
    aml_segment(aml, "CDW1");
}

static void put_dword_field(struct buffer *aml, unsigned offset,
                            const char *name)
{
    aml_op(aml, AML_CREATE_DWORD_FIELD);
    aml_op(aml, AML_ARG3);
    aml_integer(aml, offset);
    aml_segment(aml, name);
}

/* If (left != ...); the right side follows. */
static size_t open_unless_equal(struct buffer *aml, enum aml_op left)
{
    size_t opened = aml_open(aml, AML_IF);
    aml_op(aml, AML_NOT);
    aml_op(aml, AML_EQUAL);
    aml_op(aml, left);
    return opened;
}

/* The system may control hot plug, power events, errors and capabilities
 * itself; nothing here is the firmware's. PCI Firmware Specification 3.3, 4.5;
 * its identifier is 33db4d5b-1ff7-401c-9657-7441c03dd766. */
static void put_pci_control(struct entry *entry,
                            const struct description_row *row)
{
    enum { BAD_UUID = 1 << 2, BAD_REVISION = 1 << 3, MASKED = 1 << 4 };
    enum { GRANTED = 0x1f };
    static const uint8_t uuid[16] = {0x5b, 0x4d, 0xdb, 0x33, 0xf7, 0x1f,
                                     0x1c, 0x40, 0x96, 0x57, 0x74, 0x41,
                                     0xc0, 0x3d, 0xd7, 0x66};
    struct buffer *aml = entry->aml;
    size_t method = aml_open_method(aml, row->name, 4);
    put_dword_field(aml, 0, "CDW1");
    size_t branch = aml_open(aml, AML_IF);
    aml_op(aml, AML_EQUAL);
    aml_op(aml, AML_ARG0);
    aml_bytes(aml, uuid, sizeof(uuid));
    put_dword_field(aml, 8, "CDW3");
    aml_op(aml, AML_STORE);
    aml_segment(aml, "CDW3");
    aml_op(aml, AML_LOCAL0);
    aml_op(aml, AML_AND);
    aml_segment(aml, "CDW3");
    aml_integer(aml, GRANTED);
    aml_segment(aml, "CDW3");
    size_t differs = open_unless_equal(aml, AML_ARG1);
    aml_integer(aml, 1);
    put_status(aml, BAD_REVISION);
    aml_close(aml, differs);
    differs = open_unless_equal(aml, AML_LOCAL0);
    aml_segment(aml, "CDW3");
    put_status(aml, MASKED);
    aml_close(aml, differs);
    aml_close(aml, branch);
    branch = aml_open(aml, AML_ELSE);
    put_status(aml, BAD_UUID);
    aml_close(aml, branch);
    aml_op(aml, AML_RETURN);
    aml_op(aml, AML_ARG3);
    aml_close(aml, method);
}

/* ---- All rows ------------------------------------------------------------ */

static void (*const writers[])(struct entry *entry,
                               const struct description_row *row) = {
    [ACPI_END] = put_end,
    [ACPI_DEVICE] = put_device,
    [ACPI_TEXT] = put_text,
    [ACPI_EISA_ID] = put_eisa_id,
    [ACPI_INTEGER] = put_integer,
    [ACPI_INDEX] = put_index,
    [ACPI_BASE] = put_base,
    [ACPI_RESOURCES] = put_resources,
    [ACPI_RESERVED] = put_reserved,
    [ACPI_PIN_EVENT] = put_pin_event,
    [ACPI_NOTIFY] = put_notify,
    [ACPI_PCI_ROUTES] = put_pci_routes,
    [ACPI_PCI_WINDOWS] = put_pci_windows,
    [ACPI_PCI_CONTROL] = put_pci_control,
};
static_assert(ARRAY_SIZE(writers) == ACPI_ROWS, "each kind has its writer");

/* Devices that are in the DSDT. */
static bool is_listed(const struct node *node)
{
    const struct description *description = guest_description(node);
    return node->device && description && description->acpi_row_count != 0 &&
           !guest_is_secure(node);
}

/* How many devices before the node have the same name but for its digits. */
static unsigned count_like(const struct guest_view *view,
                           const struct node *node)
{
    const char *name = guest_description(node)->acpi_rows[0].name;
    unsigned count = 0;
    for (const struct node *other = view->machine->nodes; other < node;
         other++) {
        count += is_listed(other) &&
                 strcmp(guest_description(other)->acpi_rows[0].name, name) == 0;
    }
    return count;
}

static void put_node(struct buffer *aml, const struct guest_view *view,
                     const struct node *node)
{
    struct entry entry = {
        .aml = aml,
        .view = view,
        .node = node,
        .description = guest_description(node),
        .index = count_like(view, node),
    };
    for (size_t i = 0; i < entry.description->acpi_row_count; i++) {
        const struct description_row *row = &entry.description->acpi_rows[i];
        writers[row->kind](&entry, row);
    }
}

static void put_devices(struct buffer *aml, const struct guest_view *view)
{
    /* Systems number devices by it: QEMU's order of those that it has. */
    static const enum description_kind order[DESCRIPTION_KINDS] = {
        DESCRIBED_SERIAL,     DESCRIBED_FIRMWARE,    DESCRIBED_TRANSPORT,
        DESCRIBED_GPIO,       DESCRIBED_HOST_BRIDGE, DESCRIBED_OTHER,
        DESCRIBED_CLOCK,      DESCRIBED_FLASH,       DESCRIBED_MESSAGES,
        DESCRIBED_INTERRUPTS, DESCRIBED_TPM,
    };
    for (size_t i = 0; i < ARRAY_SIZE(order); i++) {
        const struct node *node = guest_next(view, order[i], NULL);
        for (; node; node = guest_next(view, order[i], node)) {
            if (is_listed(node)) {
                put_node(aml, view, node);
            }
        }
    }
}

static void put_cpus(struct buffer *aml, const struct guest_view *view)
{
    for (unsigned i = 0; i < view->cpu_count; i++) {
        char name[8];
        snprintf(name, sizeof(name), "C%03X", i & 0xfff);
        size_t opened = aml_open_device(aml, name);
        aml_name_string(aml, "_HID", "ACPI0007");
        aml_name_integer(aml, "_UID", i);
        aml_close(aml, opened);
    }
}

void guest_dsdt_write(struct buffer *aml, const struct guest_view *view)
{
    size_t scope = aml_open(aml, AML_SCOPE);
    aml_segment(aml, "\\_SB");
    put_cpus(aml, view);
    put_devices(aml, view);
    aml_close(aml, scope);
}
