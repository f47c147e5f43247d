/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tables of the ACPI Specification 6.4, chapter 5, in the revisions that a
 * machine of 2018 has; SPCR and DBG2 are Microsoft's, MCFG is of the PCI
 * Firmware Specification 3.3, IORT is DEN0049, TPM2 is of the TCG ACPI
 * Specification 1.2. Their selection is that of
 * QEMU's virt machine.
 */
#include "platform/guest/acpi.h"

#include <string.h>

#include "base/bits.h"

enum {
    HEADER_SIZE = 36,
    HEADER_LENGTH = 4, /* offsets */
    HEADER_CHECKSUM = 9,
    PPI_FIRST = 16,
    SPI_FIRST = 32,
    NAME_SIZE = 56, /* of a file in the loader's script */
    ENTRY_SIZE = 128,
};

/* The script's commands, and where a file may be put. */
enum loader_command { ALLOCATE = 1, ADD_POINTER = 2, ADD_CHECKSUM = 3 };
enum loader_zone { ZONE_HIGH = 1, ZONE_LOW = 2 };

struct writer {
    struct guest_acpi *acpi;
    const struct guest_view *view;
    const struct guest_dtb_options *options;
    size_t start; /* of the table being written */
};

static void put_text(struct buffer *out, const char *text, size_t size)
{
    size_t length = strlen(text);
    buffer_append(out, text, length);
    buffer_append_zeros(out, size - length);
}

/* ---- The script ---------------------------------------------------------- */

static void begin_entry(struct buffer *loader, enum loader_command command,
                        const char *file)
{
    buffer_append_le(loader, command, 4);
    put_text(loader, file, NAME_SIZE);
}

static void end_entry(struct buffer *loader)
{
    buffer_append_zeros(loader,
                        (ENTRY_SIZE - loader->size % ENTRY_SIZE) % ENTRY_SIZE);
}

static void allocate(struct buffer *loader, const char *file,
                     uint32_t alignment, enum loader_zone zone)
{
    begin_entry(loader, ALLOCATE, file);
    buffer_append_le(loader, alignment, 4);
    buffer_append_le(loader, zone, 1);
    end_entry(loader);
}

/* The eight bytes at an offset of the file are an offset in the tables. */
static void add_pointer(struct buffer *loader, const char *file, size_t offset)
{
    begin_entry(loader, ADD_POINTER, file);
    put_text(loader, GUEST_ACPI_TABLES, NAME_SIZE);
    buffer_append_le(loader, offset, 4);
    buffer_append_le(loader, 8, 1);
    end_entry(loader);
}

static void add_checksum(struct buffer *loader, const char *file,
                         size_t checksum, size_t start, size_t size)
{
    begin_entry(loader, ADD_CHECKSUM, file);
    buffer_append_le(loader, checksum, 4);
    buffer_append_le(loader, start, 4);
    buffer_append_le(loader, size, 4);
    end_entry(loader);
}

/* ---- A table ------------------------------------------------------------- */

static struct buffer *begin_table(struct writer *writer, const char *signature,
                                  uint8_t revision)
{
    struct buffer *out = &writer->acpi->tables;
    buffer_append_zeros(out, (8 - out->size % 8) % 8);
    writer->start = out->size;
    put_text(out, signature, 4);
    buffer_append_le(out, 0, 4); /* its length, in the end */
    buffer_append_le(out, revision, 1);
    buffer_append_le(out, 0, 1);
    put_text(out, "CAIRN", 6);
    put_text(out, "VIRT", 8);
    buffer_append_le(out, 1, 4);
    put_text(out, "CRN", 4);
    buffer_append_le(out, 1, 4);
    return out;
}

static void end_table(struct writer *writer)
{
    struct buffer *out = &writer->acpi->tables;
    size_t size = out->size - writer->start;
    store_le32(out->bytes + writer->start + HEADER_LENGTH, (uint32_t)size);
    add_checksum(&writer->acpi->loader, GUEST_ACPI_TABLES,
                 writer->start + HEADER_CHECKSUM, writer->start, size);
}

/* A generic address (5.2.3.2) of a register in memory. */
static void put_address(struct buffer *out, uint64_t address)
{
    enum { MEMORY = 0, BYTE_ACCESS = 1 };
    buffer_append_le(out, MEMORY, 1);
    buffer_append_le(out, 8, 1);
    buffer_append_le(out, 0, 1);
    buffer_append_le(out, BYTE_ACCESS, 1);
    buffer_append_le(out, address, 8);
}

static void put_dsdt(struct writer *writer)
{
    struct buffer *out = begin_table(writer, "DSDT", 2);
    guest_dsdt_write(out, writer->view);
    end_table(writer);
}

/* 5.2.9. Hardware-reduced: all fields of PC hardware are 0. */
static void put_fadt(struct writer *writer, size_t dsdt)
{
    enum { SIZE = 276, FLAGS = 112, ARM_FLAGS = 129, X_DSDT = 140 };
    enum { HYPERVISOR = 268, REDUCED = 1 << 20, PSCI = 1, PSCI_BY_HVC = 2 };
    static const uint8_t vendor[8] = {0x43, 0x41, 0x49, 0x52, 0x4e}; /* CAIRN */
    const char *method = writer->options->psci_method;
    struct buffer *out = begin_table(writer, "FACP", 6);
    buffer_append_zeros(out, SIZE - HEADER_SIZE);
    uint8_t *fadt = out->bytes + writer->start;
    store_le32(fadt + FLAGS, REDUCED);
    if (method) {
        fadt[ARM_FLAGS] =
            strcmp(method, "hvc") == 0 ? PSCI | PSCI_BY_HVC : PSCI;
    }
    store_le64(fadt + X_DSDT, dsdt);
    memcpy(fadt + HYPERVISOR, vendor, sizeof(vendor));
    add_pointer(&writer->acpi->loader, GUEST_ACPI_TABLES,
                writer->start + X_DSDT);
    end_table(writer);
}

/* ---- Interrupts: MADT (5.2.12) ------------------------------------------- */

/* The value of a field in the structure of a device; core counts where the
 * structure is one of each core. */
static uint64_t field_value(const struct writer *writer,
                            const struct node *node, unsigned core,
                            const struct description_field *field)
{
    const struct guest_view *view = writer->view;
    uint64_t base = 0;
    uint64_t size = 0;
    int ppi;
    if (field->kind & WITH_EL2 && !writer->options->el2) {
        return 0;
    }
    switch (field->kind & ROW_KIND) {
    case FIELD_BASE:
        node_reg(node, field->number, &base, &size, NULL);
        return base;
    case FIELD_SIZE:
        node_reg(node, field->number, &base, &size, NULL);
        return size;
    case FIELD_CORE:
        return core;
    case FIELD_CORE_ID:
        return view->machine->cores[core]->config.hart_id;
    case FIELD_PRIVATE:
        ppi = guest_view_ppi(view, field->text);
        return ppi < 0 ? 0 : PPI_FIRST + (uint64_t)ppi;
    case FIELD_PROPERTY:
        return board_u32(&view->machine->board, node->offset, field->text, 0);
    default:
        return field->number;
    }
}

static void put_structure(struct writer *writer, const struct node *node,
                          unsigned core,
                          const struct description_record *record)
{
    struct buffer *out = &writer->acpi->tables;
    size_t start = out->size;
    buffer_append_le(out, record->type, 1);
    buffer_append_le(out, 0, 1); /* its length, in the end */
    for (size_t i = 0; i < record->field_count; i++) {
        const struct description_field *field = &record->fields[i];
        buffer_append_le(out, field_value(writer, node, core, field),
                         field->bytes);
    }
    out->bytes[start + 1] = (uint8_t)(out->size - start);
}

static void put_structures(struct writer *writer, const struct node *node)
{
    const struct description *description = guest_description(node);
    for (size_t i = 0; i < description->madt_record_count; i++) {
        const struct description_record *record = &description->madt_records[i];
        unsigned count = record->each_core ? writer->view->cpu_count : 1;
        for (unsigned core = 0; core < count; core++) {
            put_structure(writer, node, core, record);
        }
    }
}

static void put_madt(struct writer *writer)
{
    struct buffer *out = begin_table(writer, "APIC", 4);
    buffer_append_le(out, 0, 8);
    put_structures(writer, writer->view->controller);
    if (writer->view->messages) {
        put_structures(writer, writer->view->messages);
    }
    end_table(writer);
}

/* ---- Processors ---------------------------------------------------------- */

static void put_timer(struct buffer *out, const uint32_t *ppis, size_t count,
                      size_t index)
{
    enum { ALWAYS_ON = 4 };
    buffer_append_le(out, index < count ? PPI_FIRST + ppis[index] : 0, 4);
    buffer_append_le(out, index < count ? ALWAYS_ON : 0, 4);
}

/* 5.2.25. All level-triggered, and no state of a processor stops them.
 * Revision 3 adds the timer of processors with VHE. */
static void put_gtdt(struct writer *writer)
{
    uint32_t ppis[GUEST_TIMERS];
    size_t count = guest_view_timers(writer->view, ppis);
    bool fifth = count == GUEST_TIMERS;
    struct buffer *out = begin_table(writer, "GTDT", fifth ? 3 : 2);
    buffer_append_le(out, UINT64_MAX, 8); /* no registers in memory */
    buffer_append_le(out, 0, 4);
    for (size_t i = 0; i < GUEST_TIMERS - 1; i++) {
        put_timer(out, ppis, count, i);
    }
    buffer_append_le(out, UINT64_MAX, 8);
    buffer_append_le(out, 0, 8);
    if (fifth) {
        put_timer(out, ppis, count, GUEST_TIMERS - 1);
    }
    end_table(writer);
}

/* 5.2.30. */
static void put_topology(struct buffer *out, uint32_t flags, size_t parent,
                         uint32_t cpu)
{
    buffer_append_le(out, 0, 1);
    buffer_append_le(out, 20, 1);
    buffer_append_le(out, 0, 2);
    buffer_append_le(out, flags, 4);
    buffer_append_le(out, parent, 4);
    buffer_append_le(out, cpu, 4);
    buffer_append_le(out, 0, 4);
}

/* One cluster in one package, as the device tree has it. */
static void put_pptt(struct writer *writer)
{
    enum { PACKAGE = 1, IS_CPU = 1 << 1, LEAF = 1 << 3, ALIKE = 1 << 4 };
    struct buffer *out = begin_table(writer, "PPTT", 2);
    put_topology(out, PACKAGE | ALIKE, 0, 0);
    size_t cluster = out->size - writer->start;
    put_topology(out, ALIKE, HEADER_SIZE, 0);
    for (unsigned i = 0; i < writer->view->cpu_count; i++) {
        put_topology(out, IS_CPU | LEAF, cluster, i);
    }
    end_table(writer);
}

/* ---- Devices ------------------------------------------------------------- */

/* The console of the normal world, if those tables know its kind. */
static const struct node *find_serial(const struct guest_view *view)
{
    const struct node *node = guest_first(view, DESCRIBED_SERIAL, false);
    return node && guest_description(node)->serial_type ? node : NULL;
}

static void put_spcr(struct writer *writer, const struct node *serial)
{
    enum { BY_GIC = 1 << 3, BAUD_115200 = 7, NO_PCI = 0xffff };
    struct buffer *out = begin_table(writer, "SPCR", 2);
    buffer_append_le(out, guest_description(serial)->serial_type, 4);
    put_address(out, guest_base_of(serial));
    buffer_append_le(out, BY_GIC, 2);
    buffer_append_le(
        out, SPI_FIRST + (uint32_t)guest_view_spi(writer->view, serial, 0), 4);
    buffer_append_le(out, BAUD_115200, 1);
    buffer_append_le(out, 0, 1); /* no parity */
    buffer_append_le(out, 1, 1); /* stop bit */
    buffer_append_le(out, 0, 1); /* no flow control */
    buffer_append_le(out, 0, 2); /* VT100 */
    buffer_append_le(out, NO_PCI, 2);
    buffer_append_le(out, NO_PCI, 2);
    buffer_append_zeros(out, 12);
    end_table(writer);
}

static void put_dbg2(struct writer *writer, const struct node *serial)
{
    enum { INFO = 44, INFO_SIZE = 43, SERIAL = 0x8000, NAME = 38 };
    enum { ADDRESS = 22, ADDRESS_SIZE = 34 };
    static const char name[] = "COM0";
    uint64_t base = 0;
    uint64_t size = 0;
    node_reg(serial, 0, &base, &size, NULL);
    struct buffer *out = begin_table(writer, "DBG2", 0);
    buffer_append_le(out, INFO, 4);
    buffer_append_le(out, 1, 4);
    buffer_append_le(out, 0, 1);
    buffer_append_le(out, INFO_SIZE, 2);
    buffer_append_le(out, 1, 1);
    buffer_append_le(out, sizeof(name), 2);
    buffer_append_le(out, NAME, 2);
    buffer_append_le(out, 0, 4);
    buffer_append_le(out, SERIAL, 2);
    buffer_append_le(out, guest_description(serial)->serial_type, 2);
    buffer_append_le(out, 0, 2);
    buffer_append_le(out, ADDRESS, 2);
    buffer_append_le(out, ADDRESS_SIZE, 2);
    put_address(out, base);
    buffer_append_le(out, size, 4);
    buffer_append(out, name, sizeof(name));
    end_table(writer);
}

static void put_mcfg(struct writer *writer, const struct node *bridge)
{
    uint64_t base = 0;
    uint64_t size = 0;
    struct buffer *out = begin_table(writer, "MCFG", 1);
    node_reg(bridge, 0, &base, &size, NULL);
    buffer_append_le(out, 0, 8);
    buffer_append_le(out, base, 8);
    buffer_append_le(out, 0, 3);
    buffer_append_le(out, (size >> DESCRIBED_PCI_BUS_SHIFT) - 1, 1);
    buffer_append_le(out, 0, 4);
    end_table(writer);
}

/* 7.3. Without a log area: firmware that measures hands its log on itself. */
static void put_tpm2(struct writer *writer, const struct node *tpm)
{
    enum { CLIENT = 0, PARAMETERS = 12 };
    const struct description *description = guest_description(tpm);
    struct buffer *out = begin_table(writer, "TPM2", 4);
    buffer_append_le(out, CLIENT, 2);
    buffer_append_le(out, 0, 2);
    buffer_append_le(out,
                     description->tpm_control == 0
                         ? 0
                         : guest_base_of(tpm) + description->tpm_control,
                     8);
    buffer_append_le(out, description->tpm_start, 4);
    buffer_append_zeros(out, PARAMETERS);
    end_table(writer);
}

/* The ITS and, as its client, the root of PCI Express with all requesters. */
static void put_iort(struct writer *writer)
{
    enum { NODES = 48, ITS = 0, ITS_SIZE = 24, ROOT = 2, ROOT_SIZE = 56 };
    enum { MAPPINGS = 36, ADDRESS_BITS = 64, COHERENT = 3 };
    struct buffer *out = begin_table(writer, "IORT", 3);
    buffer_append_le(out, 2, 4);
    buffer_append_le(out, NODES, 4);
    buffer_append_le(out, 0, 4);
    buffer_append_le(out, ITS, 1);
    buffer_append_le(out, ITS_SIZE, 2);
    buffer_append_le(out, 1, 1);
    buffer_append_le(out, 0, 4);
    buffer_append_le(out, 0, 8);
    buffer_append_le(out, 1, 4); /* one ITS, the MADT's number 0 */
    buffer_append_le(out, 0, 4);
    buffer_append_le(out, ROOT, 1);
    buffer_append_le(out, ROOT_SIZE, 2);
    buffer_append_le(out, 3, 1);
    buffer_append_le(out, 1, 4);
    buffer_append_le(out, 1, 4); /* one mapping */
    buffer_append_le(out, MAPPINGS, 4);
    buffer_append_le(out, 1, 4); /* fully coherent */
    buffer_append_le(out, 0, 3);
    buffer_append_le(out, COHERENT, 1);
    buffer_append_le(out, 0, 8);
    buffer_append_le(out, ADDRESS_BITS, 1);
    buffer_append_le(out, 0, 3);
    buffer_append_le(out, 0, 4); /* identifiers 0 to 0xffff, unchanged */
    buffer_append_le(out, 0xffff, 4);
    buffer_append_le(out, 0, 4);
    buffer_append_le(out, NODES, 4);
    buffer_append_le(out, 0, 4);
    end_table(writer);
}

/* ---- The roots ----------------------------------------------------------- */

/* Lists the tables behind the DSDT that starts the file. */
static size_t put_xsdt(struct writer *writer, size_t first, size_t end)
{
    struct buffer *out = begin_table(writer, "XSDT", 1);
    for (size_t at = first; at < end;) {
        add_pointer(&writer->acpi->loader, GUEST_ACPI_TABLES, out->size);
        buffer_append_le(out, at, 8);
        at += load_le32(out->bytes + at + HEADER_LENGTH);
        at += (8 - at % 8) % 8;
    }
    end_table(writer);
    return writer->start;
}

/* 5.2.5.3. */
static void put_rsdp(struct writer *writer, size_t xsdt)
{
    enum { CHECKSUM = 8, OLD_SIZE = 20, SIZE = 36, XSDT = 24, EXTENDED = 32 };
    struct buffer *out = &writer->acpi->rsdp;
    struct buffer *loader = &writer->acpi->loader;
    put_text(out, "RSD PTR ", 8);
    buffer_append_le(out, 0, 1);
    put_text(out, "CAIRN", 6);
    buffer_append_le(out, 2, 1);
    buffer_append_le(out, 0, 4); /* no RSDT */
    buffer_append_le(out, SIZE, 4);
    buffer_append_le(out, xsdt, 8);
    buffer_append_le(out, 0, 4);
    add_pointer(loader, GUEST_ACPI_RSDP, XSDT);
    add_checksum(loader, GUEST_ACPI_RSDP, CHECKSUM, 0, OLD_SIZE);
    add_checksum(loader, GUEST_ACPI_RSDP, EXTENDED, 0, SIZE);
}

void guest_acpi_make(struct guest_acpi *acpi, struct cairn_machine *machine,
                     const struct guest_dtb_options *options)
{
    enum { TABLES_ALIGNMENT = 64, RSDP_ALIGNMENT = 16 };
    struct guest_view view;
    struct writer writer = {.acpi = acpi, .view = &view, .options = options};
    guest_view_init(&view, machine);
    allocate(&acpi->loader, GUEST_ACPI_RSDP, RSDP_ALIGNMENT, ZONE_LOW);
    allocate(&acpi->loader, GUEST_ACPI_TABLES, TABLES_ALIGNMENT, ZONE_HIGH);
    put_dsdt(&writer);
    size_t first = acpi->tables.size + (8 - acpi->tables.size % 8) % 8;
    put_fadt(&writer, 0);
    if (view.controller) {
        put_madt(&writer);
    }
    put_pptt(&writer);
    put_gtdt(&writer);
    const struct node *bridge =
        guest_first(&view, DESCRIBED_HOST_BRIDGE, false);
    if (bridge) {
        put_mcfg(&writer, bridge);
    }
    const struct node *serial = find_serial(&view);
    if (serial) {
        put_spcr(&writer, serial);
        put_dbg2(&writer, serial);
    }
    if (bridge && view.messages &&
        guest_description(view.messages)->requester_ids) {
        put_iort(&writer);
    }
    const struct node *tpm = guest_first(&view, DESCRIBED_TPM, false);
    if (tpm && guest_description(tpm)->tpm_start) {
        put_tpm2(&writer, tpm);
    }
    size_t xsdt = put_xsdt(&writer, first, acpi->tables.size);
    put_rsdp(&writer, xsdt);
}

void guest_acpi_fini(struct guest_acpi *acpi)
{
    buffer_fini(&acpi->rsdp);
    buffer_fini(&acpi->tables);
    buffer_fini(&acpi->loader);
}
