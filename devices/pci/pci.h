/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PCI: what a host bridge and the functions behind it share.
 *
 * A function is a device as any other, on the board a child of its host:
 *
 *     disk@1,0 { compatible = "..."; reg = <0x0800 0 0 0 0>; };
 *
 * where bits 15:8 of the first cell of reg are device and function number (PCI
 * Bus Binding to IEEE 1275). Bank 0 of its type is its configuration space, a
 * table of rows that PCI_HEADER and PCI_MSIX give; BARs show other banks, as
 * its struct pci_function says, which is the type's interface. struct pci_state
 * is the first member of its state, struct pci_wiring that of its wiring; init,
 * reset and restored of the type call the functions of the same names below.
 *
 * It interrupts by pci_set_intx, a line that the host leads to its outputs
 * INTA to INTD, or by pci_message, a write (MSI-X) that an interrupt controller
 * takes. It accesses memory through the DMA view of its host, with its
 * requester ID as the user of its accesses, while it is a bus master.
 *
 * A host keeps a struct pci_host as the first member of its wiring and has
 * pci_host_interface as its type's interface. PCI Local Bus Specification 3.0
 * (sections with "3.0") and PCI Express Base Specification 4.0.
 */
#ifndef DEVICES_PCI_PCI_H
#define DEVICES_PCI_PCI_H

#include "bus/device.h"
#include "bus/dma.h"

enum { PCI_CONFIG_SIZE = 0x1000, PCI_FUNCTIONS = 256, PCI_BARS = 6 };

/* ---- Functions ----------------------------------------------------------- */

enum pci_command {
    PCI_COMMAND_PORTS = 1 << 0,
    PCI_COMMAND_MEMORY = 1 << 1,
    PCI_COMMAND_MASTER = 1 << 2,
    PCI_COMMAND_INTX_OFF = 1 << 10,
    PCI_COMMAND_WRITABLE = 0x547,
};

enum pci_bar_kind {
    PCI_NO_BAR,
    PCI_MEMORY32,
    PCI_MEMORY64, /* the BAR behind it is its upper half */
    PCI_PORTS,
};

/* A BAR shows a bank whose size is a power of two, at least 16. */
struct pci_bar {
    uint8_t kind;
    uint8_t bank;
};

struct pci_function {
    struct pci_bar bars[PCI_BARS];
    /* The output that is its interrupt pin (INTA), and whether it has one. */
    bool has_pin;
    uint8_t pin_output;
    /* MSI-X: vectors, 0 for none, and where control, table (4 words a vector)
     * and pending bits (a word for 32) are in the state. */
    uint16_t vectors;
    uint32_t control_field;
    uint32_t table_field;
    uint32_t pending_field;
};

struct pci_state {
    uint32_t command;
    uint32_t cache_line;
    uint32_t bars[PCI_BARS];
    uint32_t interrupt; /* line and pin */
    uint32_t intx;      /* what pci_set_intx said */
};

struct pci_wiring {
    struct device *host;
    struct dma dma; /* closed if the host has no master's port */
    struct window *windows[PCI_BARS];
};

int pci_function_init(struct device *device, struct error *error);
void pci_function_reset(struct device *device);
void pci_function_restored(struct device *device);

/* The function wants attention, or no longer. */
void pci_set_intx(struct device *device, bool level);
/* True if the system has turned MSI-X on; the pin is silent then. */
bool pci_has_messages(const struct device *device);
/* Sends the message of a vector, or notes that it is pending. */
void pci_message(struct device *device, unsigned vector);
/* The view for accesses of the function's own, or NULL while it may make none.
 */
const struct dma *pci_dma(struct device *device);

/* ---- Rows of configuration space ----------------------------------------- */

register_read pci_read_command;
register_write pci_write_command;
register_read pci_read_bar;
register_write pci_write_bar;
register_write pci_write_msix_control;
register_read pci_read_msix_table;
register_write pci_write_msix_table;

/* Words that a system may write without effect, as PCI wants it. */
#define PCI_WORDS(offset, count, name, value, text)                            \
    {                                                                          \
        offset, count, name, {RW, RW}, RESET_WARM, value, 0, NO_FIELD, NULL,   \
            NULL, text                                                         \
    }

/* A register of configuration space that is kept in a word of the state. */
#define PCI_KEPT(offset, count, name, value, writable, field, read, write,     \
                 text)                                                         \
    {                                                                          \
        offset, count, name, {RW, RW}, RESET_WARM, value, writable, field,     \
            read, write, text                                                  \
    }

/* A header of type 0 (3.0, 6.1): struct state of the function, device and
 * vendor, class and revision, subsystem, and where the list of capabilities
 * begins, or 0; pin is 1 for INTA. */
#define PCI_HEADER(state, id, class, subsystem, capabilities, pin)             \
    PCI_WORDS(0x00, 1, "ID", id, "device and vendor"),                         \
        PCI_KEPT(0x04, 1, "COMMAND", 0, PCI_COMMAND_WRITABLE,                  \
                 FIELD(state, pci.command), pci_read_command,                  \
                 pci_write_command, "command and status"),                     \
        PCI_WORDS(0x08, 1, "CLASS", class, "class and revision"),              \
        PCI_KEPT(0x0c, 1, "CACHE_LINE", 0, 0xff, FIELD(state, pci.cache_line), \
                 NULL, NULL, "cache line size, header type 0"),                \
        PCI_KEPT(0x10, PCI_BARS, "BAR", 0, UINT32_MAX, FIELD(state, pci.bars), \
                 pci_read_bar, pci_write_bar, "base address"),                 \
        PCI_WORDS(0x28, 1, "CIS", 0, "none"),                                  \
        PCI_WORDS(0x2c, 1, "SUBSYSTEM", subsystem, "device and vendor"),       \
        PCI_WORDS(0x30, 1, "ROM", 0, "none"),                                  \
        PCI_WORDS(0x34, 1, "CAPABILITIES", capabilities, "of the first"),      \
        PCI_WORDS(0x38, 1, "RESERVED", 0, "none"),                             \
        PCI_KEPT(0x3c, 1, "INTERRUPT", (pin) << 8, 0xff,                       \
                 FIELD(state, pci.interrupt), NULL, NULL, "pin and line")

/* Words without a meaning read as zero. */
#define PCI_EMPTY(offset, end)                                                 \
    PCI_WORDS(offset, ((end) - (offset)) / 4, "EMPTY", 0, "reads as zero")

/* The MSI-X capability (3.0, 6.8.2), three words; table and pending bits are
 * offsets ored with the number of the BAR that shows them. */
#define PCI_MSIX(offset, next, vectors, control, table, pending)               \
    PCI_KEPT(offset, 1, "MSIX_CONTROL",                                        \
             0x11 | (next) << 8 | ((vectors)-1) << 16, 0xc0000000, control,    \
             NULL, pci_write_msix_control, "MSI-X: control"),                  \
        PCI_WORDS((offset) + 4, 1, "MSIX_TABLE", table,                        \
                  "BAR and offset of the table"),                              \
        PCI_WORDS((offset) + 8, 1, "MSIX_PENDING", pending,                    \
                  "BAR and offset of the pending bits")

/* The words of the table itself, for the bank that holds it. */
#define PCI_MSIX_TABLE(offset, vectors, field)                                 \
    PCI_KEPT(offset, 4 * (vectors), "VECTOR", 0, UINT32_MAX, field,            \
             pci_read_msix_table, pci_write_msix_table,                        \
             "address, upper half of the address, data, bit 0: masked")

/* ---- Hosts --------------------------------------------------------------- */

struct pci_host {
    struct device *device;
    struct device *functions[PCI_FUNCTIONS]; /* of bus 0 */
    struct space *memory;                    /* what BARs show, as the bus */
    struct space *ports;                     /* sees it */
    struct dma dma; /* of functions; closed if the board gives none */
    unsigned pins;  /* the first of four outputs, INTA to INTD */
};

extern const char pci_host_interface[];

void pci_host_init(struct device *device, unsigned pins);
void pci_host_fini(struct device *device);

/* Accesses at the bus of the host `device`. What does not answer reads as ones
 * and takes writes without effect; size is 1, 2, 4 or 8. */
uint64_t pci_config_read(struct device *device, const struct access *access,
                         unsigned id, uint64_t offset, unsigned size);
void pci_config_write(struct device *device, const struct access *access,
                      unsigned id, uint64_t offset, unsigned size,
                      uint64_t value);
uint64_t pci_space_read(struct space *space, const struct access *access,
                        uint64_t address, unsigned size);
void pci_space_write(struct space *space, const struct access *access,
                     uint64_t address, unsigned size, uint64_t value);

/* A function comes to the bus of the host `device`, in its own init. */
int pci_host_attach(struct device *device, struct device *function, unsigned id,
                    struct error *error);

#endif
