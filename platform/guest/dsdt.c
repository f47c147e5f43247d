/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The devices of the machine as ACPI has them: ACPI Specification 6.4, and for
 * identifiers "Arm Identifiers for ACPI" and those that Linux knows. What UEFI
 * drives for the system (flash, clock) is not listed.
 */
#include <stdio.h>
#include <string.h>

#include "base/bits.h"
#include "platform/guest/acpi.h"
#include "platform/guest/aml.h"

enum { SPI_FIRST = 32, SECOND_PAGE = 0x1000 };

/* A device while it is written. */
struct entry {
    struct buffer *aml;
    const struct guest_view *view;
    const struct node *node;
    unsigned index; /* among its like */
};

static size_t begin(const struct entry *entry, const char *name, const char *id)
{
    size_t opened = aml_open_device(entry->aml, name);
    aml_name_string(entry->aml, "_HID", id);
    aml_name_integer(entry->aml, "_UID", entry->index);
    return opened;
}

static void put_resources(const struct entry *entry, uint32_t size)
{
    struct buffer resources = {0};
    int spi = guest_view_spi(entry->view, entry->node, 0);
    aml_fixed_memory(&resources, (uint32_t)guest_base_of(entry->node), size);
    if (spi >= 0) {
        aml_interrupt(&resources, SPI_FIRST + (uint32_t)spi);
    }
    aml_name_resources(entry->aml, "_CRS", &resources);
}

static void put_uart(const struct entry *entry)
{
    char name[8];
    snprintf(name, sizeof(name), "COM%u", entry->index % 10);
    size_t opened = begin(entry, name, "ARMH0011");
    put_resources(entry, SECOND_PAGE);
    aml_close(entry->aml, opened);
}

static void put_fw_cfg(const struct entry *entry)
{
    enum { FW_CFG_SIZE = 0x18, HERE_BUT_HIDDEN = 0xb };
    size_t opened = aml_open_device(entry->aml, "FWCF");
    aml_name_string(entry->aml, "_HID", "QEMU0002");
    aml_name_integer(entry->aml, "_STA", HERE_BUT_HIDDEN);
    aml_name_integer(entry->aml, "_CCA", 1);
    put_resources(entry, FW_CFG_SIZE);
    aml_close(entry->aml, opened);
}

static void put_virtio(const struct entry *entry)
{
    enum { VIRTIO_SIZE = 0x200 };
    char name[8];
    snprintf(name, sizeof(name), "VR%02u", entry->index % 100);
    size_t opened = begin(entry, name, "LNRO0005");
    aml_name_integer(entry->aml, "_CCA", 1);
    put_resources(entry, VIRTIO_SIZE);
    aml_close(entry->aml, opened);
}

/* The power key is at a pin: its edge runs the method of the pin's name
 * (5.6.5.2). */
static void put_gpio(const struct entry *entry)
{
    enum { POWER_PIN = 3, PRESSED = 0x80 };
    struct buffer events = {0};
    size_t opened = begin(entry, "GPO0", "ARMH0061");
    put_resources(entry, SECOND_PAGE);
    aml_pin_interrupt(&events, POWER_PIN, "GPO0");
    aml_name_resources(entry->aml, "_AEI", &events);
    size_t method = aml_open_method(entry->aml, "_E03", 0);
    aml_op(entry->aml, AML_NOTIFY);
    aml_segment(entry->aml, "PWRB");
    aml_integer(entry->aml, PRESSED);
    aml_close(entry->aml, method);
    aml_close(entry->aml, opened);

    opened = aml_open_device(entry->aml, "PWRB");
    aml_name(entry->aml, "_HID");
    aml_eisa_id(entry->aml, "PNP0C0C");
    aml_name_integer(entry->aml, "_UID", 0);
    aml_close(entry->aml, opened);
}

/* ---- PCI Express --------------------------------------------------------- */

/* Slots take the four pins in turn (PCI-to-PCI Bridge Specification 1.2,
 * 9.1). */
static void put_routes(const struct entry *entry)
{
    enum { SLOTS = 32 };
    struct buffer *aml = entry->aml;
    aml_name(aml, "_PRT");
    size_t routes = aml_open_package(aml, SLOTS * GUEST_PCI_PINS);
    for (unsigned i = 0; i < SLOTS * GUEST_PCI_PINS; i++) {
        unsigned slot = i / GUEST_PCI_PINS;
        unsigned pin = i % GUEST_PCI_PINS;
        int spi = guest_view_spi(entry->view, entry->node,
                                 (slot + pin) % GUEST_PCI_PINS);
        size_t route = aml_open_package(aml, 4);
        aml_integer(aml, slot << 16 | 0xffff); /* all functions */
        aml_integer(aml, pin);
        aml_integer(aml, 0); /* no link device between */
        aml_integer(aml, SPI_FIRST + (unsigned)(spi < 0 ? 0 : spi));
        aml_close(aml, route);
    }
    aml_close(aml, routes);
}

static void put_windows(const struct entry *entry, uint64_t buses)
{
    /* Systems keep the order: QEMU's. */
    static const uint8_t order[GUEST_PCI_WINDOWS] = {1, 0, 2};
    struct buffer resources = {0};
    struct aml_window bus = {.range = AML_RANGE_BUS, .length = buses};
    aml_window(&resources, 2, &bus);
    for (size_t i = 0; i < GUEST_PCI_WINDOWS; i++) {
        const struct guest_pci_window *row = &guest_pci_windows[order[i]];
        struct aml_window window = {
            .range =
                row->space == GUEST_PCI_IO ? AML_RANGE_IO : AML_RANGE_MEMORY,
            .first = row->bus,
            .length = row->size,
            .offset = row->cpu - row->bus,
        };
        aml_window(&resources, row->space == GUEST_PCI_MEMORY64 ? 8 : 4,
                   &window);
    }
    aml_name_resources(entry->aml, "_CRS", &resources);
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
static void put_capabilities(struct buffer *aml)
{
    enum { BAD_UUID = 1 << 2, BAD_REVISION = 1 << 3, MASKED = 1 << 4 };
    enum { GRANTED = 0x1f };
    static const uint8_t uuid[16] = {0x5b, 0x4d, 0xdb, 0x33, 0xf7, 0x1f,
                                     0x1c, 0x40, 0x96, 0x57, 0x74, 0x41,
                                     0xc0, 0x3d, 0xd7, 0x66};
    size_t method = aml_open_method(aml, "_OSC", 4);
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

/* The place of the configuration space belongs to the board. */
static void put_reservation(struct buffer *aml, uint64_t base, uint64_t size)
{
    struct buffer resources = {0};
    struct aml_window window = {
        .range = AML_RANGE_MEMORY, .first = base, .length = size};
    size_t opened = aml_open_device(aml, "RES0");
    aml_name(aml, "_HID");
    aml_eisa_id(aml, "PNP0C02");
    aml_window(&resources, 8, &window);
    aml_name_resources(aml, "_CRS", &resources);
    aml_close(aml, opened);
}

static void put_pci(const struct entry *entry)
{
    enum { BUS_SHIFT = 20 };
    struct buffer *aml = entry->aml;
    uint64_t base;
    uint64_t size;
    if (node_reg(entry->node, 0, &base, &size, NULL) != 0) {
        return;
    }
    size_t opened = aml_open_device(aml, "PCI0");
    aml_name(aml, "_HID");
    aml_eisa_id(aml, "PNP0A08");
    aml_name(aml, "_CID");
    aml_eisa_id(aml, "PNP0A03");
    aml_name_integer(aml, "_SEG", 0);
    aml_name_integer(aml, "_BBN", 0);
    aml_name_integer(aml, "_UID", 0);
    aml_name_integer(aml, "_CCA", 1);
    put_routes(entry);
    aml_name_integer(aml, "_CBA", base);
    put_windows(entry, size >> BUS_SHIFT);
    put_capabilities(aml);
    put_reservation(aml, base, size);
    aml_close(aml, opened);
}

/* ---- All of them --------------------------------------------------------- */

static const struct {
    const char *compatible;
    void (*put)(const struct entry *entry);
} devices[] = {
    {"arm,pl011",             put_uart  },
    {"qemu,fw-cfg-mmio",      put_fw_cfg},
    {"virtio,mmio",           put_virtio},
    {"arm,pl061",             put_gpio  },
    {"pci-host-ecam-generic", put_pci   },
};

static void put_devices(struct buffer *aml, const struct guest_view *view,
                        size_t row)
{
    const struct cairn_machine *machine = view->machine;
    struct entry entry = {.aml = aml, .view = view};
    for (size_t n = 0; n < machine->node_count; n++) {
        const struct node *node = &machine->nodes[n];
        if (node->device && guest_is_a(node, devices[row].compatible) &&
            !guest_is_secure(node)) {
            entry.node = node;
            devices[row].put(&entry);
            entry.index++;
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
    for (size_t row = 0; row < ARRAY_SIZE(devices); row++) {
        put_devices(aml, view, row);
    }
    aml_close(aml, scope);
}
