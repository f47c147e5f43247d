/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The description of a device for guests: rows in the order in which they are
 * written. The platform writes the guest's device tree and its ACPI tables from
 * these rows and knows no device by name; addresses and interrupts in them come
 * from the board. A device type without a description is in neither.
 *
 * References: the Devicetree Specification 0.4 and the bindings of Linux 6.1;
 * the ACPI Specification 6.4.
 */
#ifndef BUS_DESCRIPTION_H
#define BUS_DESCRIPTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/* The class of a device for an operating system, in the order of the nodes in
 * the tree, which is QEMU's, as systems number devices by it. */
enum description_kind {
    DESCRIBED_OTHER,
    DESCRIBED_FIRMWARE,  /* configuration for firmware */
    DESCRIBED_TRANSPORT, /* a slot for a virtual device */
    DESCRIBED_GPIO,
    DESCRIBED_HOST_BRIDGE,
    DESCRIBED_CLOCK,  /* of the time of day */
    DESCRIBED_SERIAL, /* the first of a world is its console */
    DESCRIBED_INTERRUPTS,
    DESCRIBED_MESSAGES, /* takes message interrupts */
    DESCRIBED_FLASH,
    DESCRIBED_TPM, /* the first one is in the table TPM2 */
    DESCRIPTION_KINDS,
};

/*
 * A row of a device's part of the tree or of the DSDT: a property or an object
 * with its value, or the begin or end of a node. A kind may be ored with
 * WITH_EL2 or WITHOUT_EL2, then the row is there on such machines only.
 */
struct description_row {
    const char *name;
    uint8_t kind; /* enum tree_row or enum acpi_row */
    uint32_t number;
    const char *text; /* or NULL */
};

enum { WITH_EL2 = 0x40, WITHOUT_EL2 = 0x80, ROW_KIND = 0x3f };

enum tree_row {
    TREE_END,         /* of a node */
    TREE_DEVICE,      /* a node with the device's address in its name */
    TREE_NODE,        /* a node without an address */
    TREE_INSIDE,      /* nodes of devices whose `inside` leads to this one */
    TREE_FLAG,        /* no value */
    TREE_NUMBER,      /* number */
    TREE_TEXT,        /* text */
    TREE_WORDS,       /* a list of strings: the words of text */
    TREE_REG,         /* the first number ranges of the board's reg */
    TREE_REG_OF_ALL,  /* the first range of each device of type and world */
    TREE_INTERRUPTS,  /* interrupt outputs, number is enum described_trigger */
    TREE_PRIVATE,     /* private interrupt number, less 16, of each core */
    TREE_CLOCKS,      /* number times the board's fixed clock */
    TREE_HANDLE,      /* the handle by which other nodes name this one */
    TREE_PIN,         /* pin number of this device, as a specifier */
    TREE_STATUS,      /* says so if the device is the secure world's alone */
    TREE_PCI_BUSES,   /* bus numbers that fit in range 0 of reg */
    TREE_PCI_WINDOWS, /* the description's windows */
    TREE_PCI_PINS,    /* INTA to INTD, the device's interrupt outputs */
    TREE_PCI_REQUESTERS, /* requester IDs to where message interrupts go */
    TREE_ROWS
};

/* As arm,gic.yaml counts them. */
enum described_trigger { DESCRIBED_EDGE = 1, DESCRIBED_LEVEL = 4 };

/* Names of devices have digits of the index among its like where rows have #.
 */
enum acpi_row {
    ACPI_END,         /* of a device */
    ACPI_DEVICE,      /* the device, or one inside it or beside it */
    ACPI_TEXT,        /* text */
    ACPI_EISA_ID,     /* text, compressed (6.1.5) */
    ACPI_INTEGER,     /* number */
    ACPI_INDEX,       /* the index among its like */
    ACPI_BASE,        /* the address of range number of reg */
    ACPI_RESOURCES,   /* range 0 of reg as fixed memory, interrupts */
    ACPI_RESERVED,    /* range number of reg as a window of memory */
    ACPI_PIN_EVENT,   /* a rising edge at pin number of this device */
    ACPI_NOTIFY,      /* a method that notifies device text of number */
    ACPI_PCI_ROUTES,  /* interrupts of slots, see TREE_PCI_PINS */
    ACPI_PCI_WINDOWS, /* bus numbers and the description's windows */
    ACPI_PCI_CONTROL, /* _OSC: the system controls all of the bus */
    ACPI_ROWS
};

/* A field of a structure in an ACPI table, little-endian. Kinds may be ored
 * with WITH_EL2, then the field is 0 on other machines. */
struct description_field {
    uint8_t bytes;
    uint8_t kind; /* enum description_field_kind */
    uint32_t number;
    const char *text; /* or NULL */
};

enum description_field_kind {
    FIELD_NUMBER,
    FIELD_BASE,     /* of range number of reg */
    FIELD_SIZE,     /* of range number of reg */
    FIELD_CORE,     /* the index of the core */
    FIELD_CORE_ID,  /* its MPIDR */
    FIELD_PRIVATE,  /* the interrupt that output text of core 0 drives, or 0 */
    FIELD_PROPERTY, /* the number that the board's property text is */
};

/* A structure of the MADT (5.2.12); type and length stand before the fields. */
struct description_record {
    uint8_t type;
    bool each_core; /* else once */
    const struct description_field *fields;
    size_t field_count;
};

/* A window of a host bridge on its bus: the range of reg it is seen through,
 * and where that is on the bus; spaces are those of IEEE 1275's PCI binding. */
enum described_space {
    DESCRIBED_PCI_IO = 0x01000000,
    DESCRIBED_PCI_MEMORY32 = 0x02000000,
    DESCRIBED_PCI_MEMORY64 = 0x03000000,
};

struct description_window {
    uint32_t space;
    uint32_t range;
    uint64_t bus;
};

enum { DESCRIBED_PCI_BUS_SHIFT = 20, DESCRIBED_PCI_PINS = 4 };

struct description {
    uint8_t kind;
    const struct description_row *tree_rows;
    size_t tree_row_count;
    /* In place of those, where the device is the secure world's alone. */
    const struct description_row *secure_rows;
    size_t secure_row_count;
    const struct description_row *acpi_rows;
    size_t acpi_row_count;
    const struct description_record *madt_records;
    size_t madt_record_count;
    const struct description_window *windows;
    size_t window_count;
    bool joined;         /* those of one world are one node, TREE_REG_OF_ALL */
    bool core_mask;      /* TREE_PRIVATE specifiers have a mask of cores */
    bool requester_ids;  /* messages are distinguished by requester: IORT */
    uint8_t serial_type; /* of SPCR and DBG2; 0: not in them */
    /* Its tree_rows are for firmware, from which the system gets ACPI. */
    bool tree_for_firmware;
    uint8_t tpm_start;    /* start method of TPM2; 0: not in it */
    uint32_t tpm_control; /* offset of the control area, 0: none */
    /* The device that this board property names has the node inside; NULL: the
     * root. */
    const char *inside;
};

/* The rows in the tree for a device of either world. */
const struct description_row *description_tree(const struct description *from,
                                               bool secure, size_t *count);
/* The name of the node that stands for the device itself, or NULL. */
const char *description_node_name(const struct description *from, bool secure);

/* Checks whether nodes end where they should, rows have what their kinds need,
 * and ranges are among the range_count that the device has. -EINVAL and *error
 * if not. */
int description_check(const struct description *description, size_t range_count,
                      struct error *error);

#endif
