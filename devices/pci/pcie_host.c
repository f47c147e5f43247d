/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The generic PCI Express host: configuration space by ECAM (PCI Express Base
 * Specification, 7.2.2), with the host bridge at 00:00.0, and the windows of
 * I/O ports and memory through which processors see the BARs of functions. The
 * functions are the children of its node, see pci.h. What does not answer reads
 * as ones, and writes to it are lost.
 */
#include "base/assert.h"
#include "base/bits.h"
#include "bus/description.h"
#include "devices/pci/pci.h"

enum { BANK_ECAM, BANK_PORTS, BANK_MEMORY, BANK_MEMORY_HIGH };
enum { CONFIG_WORDS = 16 };

struct state {
    uint32_t config[CONFIG_WORDS]; /* the writable bits of 00:00.0 */
};

struct wiring {
    struct pci_host host;
};

/* Values and writable bits of the bridge's header; registers past it are zero.
 */
static const struct {
    uint32_t fixed;
    uint32_t writable;
} header[CONFIG_WORDS] = {
    [0] = {0x00081b36, 0         }, /* the generic host bridge of QEMU */
    [1] = {0,          0x00000507}, /* command */
    [2] = {0x06000000, 0         }, /* host bridge */
    [3] = {0,          0x000000ff}, /* cache line size */
    [11] = {0x11001af4, 0         }, /* subsystem */
    [15] = {0,          0x000000ff}, /* interrupt line */
};

static uint32_t config_word(const struct state *state, unsigned word)
{
    return word < CONFIG_WORDS ? header[word].fixed | state->config[word] : 0;
}

/* ---- The bridge's own configuration space -------------------------------- */

static uint64_t read_bridge(const struct state *state, uint64_t offset,
                            unsigned size)
{
    unsigned word = (unsigned)(offset / 4);
    uint64_t all =
        config_word(state, word) | (uint64_t)config_word(state, word + 1) << 32;

    all >>= 8 * (offset & 3);
    return size < 8 ? all & (((uint64_t)1 << 8 * size) - 1) : all;
}

static void write_word(struct state *state, unsigned word, uint32_t value,
                       uint32_t lanes)
{
    if (word < CONFIG_WORDS) {
        uint32_t mask = header[word].writable & lanes;
        state->config[word] = (state->config[word] & ~mask) | (value & mask);
    }
}

static void write_bridge(struct state *state, uint64_t offset, unsigned size,
                         uint64_t value)
{
    unsigned word = (unsigned)(offset / 4);
    unsigned shift = 8 * (unsigned)(offset & 3);

    debug_assert(size == 8 || (offset & 3) + size <= 4);
    if (size == 8) {
        write_word(state, word, (uint32_t)value, UINT32_MAX);
        write_word(state, word + 1, (uint32_t)(value >> 32), UINT32_MAX);
        return;
    }
    uint32_t lanes = (uint32_t)((((uint64_t)1 << 8 * size) - 1) << shift);
    write_word(state, word, (uint32_t)value << shift, lanes);
}

/* ---- Windows ------------------------------------------------------------- */

/* Where on the bus the banks begin. */
static const struct description_window windows[] = {
    {DESCRIBED_PCI_IO,       BANK_PORTS,       0           },
    {DESCRIBED_PCI_MEMORY32, BANK_MEMORY,      0x10000000  },
    {DESCRIBED_PCI_MEMORY64, BANK_MEMORY_HIGH, 0x8000000000},
};

struct place {
    struct space *space; /* NULL: configuration space */
    uint64_t address;    /* in the space, or of a function's registers */
    unsigned id;
};

static struct place find(struct device *device, unsigned bank,
                         const struct access *access, uint64_t offset)
{
    const struct wiring *wiring = device->wiring;
    struct place place = {
        .address = offset % PCI_CONFIG_SIZE,
        .id = (unsigned)(offset / PCI_CONFIG_SIZE),
    };

    for (size_t i = 0; i < ARRAY_SIZE(windows); i++) {
        if (windows[i].range == bank) {
            uint64_t frame = device->type->banks[bank].size_bytes;
            place.space = windows[i].space == DESCRIBED_PCI_IO
                              ? wiring->host.ports
                              : wiring->host.memory;
            place.address = windows[i].bus + access->frame * frame + offset;
        }
    }
    return place;
}

static int read(struct device *device, unsigned bank,
                const struct access *access, uint64_t offset, unsigned size,
                uint64_t *value)
{
    struct place place = find(device, bank, access, offset);

    if (place.space != NULL) {
        *value = pci_space_read(place.space, access, place.address, size);
    } else if (place.id == 0) {
        *value = read_bridge(device->state, place.address, size);
    } else {
        *value = pci_config_read(device, access, place.id, place.address, size);
    }
    return 0;
}

static int write(struct device *device, unsigned bank,
                 const struct access *access, uint64_t offset, unsigned size,
                 uint64_t value)
{
    struct place place = find(device, bank, access, offset);

    if (place.space != NULL) {
        pci_space_write(place.space, access, place.address, size, value);
    } else if (place.id == 0) {
        write_bridge(device->state, place.address, size, value);
    } else {
        pci_config_write(device, access, place.id, place.address, size, value);
    }
    return 0;
}

static int init(struct device *device, struct error *error)
{
    pci_host_init(device, 0);
    return 0;
}

static const uint16_t frames[] = {1, 1, 1, 256};

static const struct description_row tree_rows[] = {
    {"pcie",             TREE_DEVICE,         0, NULL                   },
    {"compatible",       TREE_TEXT,           0, "pci-host-ecam-generic"},
    {"device_type",      TREE_TEXT,           0, "pci"                  },
    {"#address-cells",   TREE_NUMBER,         3, NULL                   },
    {"#size-cells",      TREE_NUMBER,         2, NULL                   },
    {"linux,pci-domain", TREE_NUMBER,         0, NULL                   },
    {"bus-range",        TREE_PCI_BUSES,      0, NULL                   },
    {"reg",              TREE_REG,            1, NULL                   },
    {"dma-coherent",     TREE_FLAG,           0, NULL                   },
    {"ranges",           TREE_PCI_WINDOWS,    0, NULL                   },
    {"interrupt-map",    TREE_PCI_PINS,       0, NULL                   },
    {"msi-map",          TREE_PCI_REQUESTERS, 0, NULL                   },
    {"status",           TREE_STATUS,         0, NULL                   },
    {NULL,               TREE_END,            0, NULL                   },
};

/* RES0 keeps the system from using the place of the configuration space for
 * anything else. */
static const struct description_row acpi_rows[] = {
    {"PCI#", ACPI_DEVICE,      0,         NULL     },
    {"_HID", ACPI_EISA_ID,     0,         "PNP0A08"},
    {"_CID", ACPI_EISA_ID,     0,         "PNP0A03"},
    {"_SEG", ACPI_INTEGER,     0,         NULL     },
    {"_BBN", ACPI_INTEGER,     0,         NULL     },
    {"_UID", ACPI_INDEX,       0,         NULL     },
    {"_CCA", ACPI_INTEGER,     1,         NULL     },
    {"_PRT", ACPI_PCI_ROUTES,  0,         NULL     },
    {"_CBA", ACPI_BASE,        BANK_ECAM, NULL     },
    {"_CRS", ACPI_PCI_WINDOWS, 0,         NULL     },
    {"_OSC", ACPI_PCI_CONTROL, 0,         NULL     },
    {"RES0", ACPI_DEVICE,      0,         NULL     },
    {"_HID", ACPI_EISA_ID,     0,         "PNP0C02"},
    {"_CRS", ACPI_RESERVED,    BANK_ECAM, NULL     },
    {NULL,   ACPI_END,         0,         NULL     },
    {NULL,   ACPI_END,         0,         NULL     },
};

static const struct description description = {
    .kind = DESCRIBED_HOST_BRIDGE,
    DEVICE_TABLE(tree_row, tree_rows),
    DEVICE_TABLE(acpi_row, acpi_rows),
    DEVICE_TABLE(window, windows),
};

const struct device_type pcie_host = {
    .compatible = "pci-host-ecam-generic",
    .title = "PCI Express host",
    .reference = "PCI Express Base Specification 7.2.2 (ECAM)",
    DEVICE_OMISSIONS(
        {"a missing function", OMITTED_ABSENT, 0, 0, "bridges to other buses"},
        {"the list of capabilities", OMITTED_ABSENT, 0, 0,
         "MSI without X, error reporting"}),
    .description = &description,
    .state_size = sizeof(struct state),
    .wiring_size = sizeof(struct wiring),
    .interface = pci_host_interface,
    .init = init,
    .fini = pci_host_fini,
    DEVICE_BANKS({"ecam", 0x10000000, 1 | 2 | 4 | 8, NULL, 0},
                 {"ports", 0x00010000, 1 | 2 | 4 | 8, NULL, 0},
                 {"memory", 0x30000000, 1 | 2 | 4 | 8, NULL, 0},
                 {"memory_high", 0x80000000, 1 | 2 | 4 | 8, NULL, 0}),
    .frames = frames,
    DEVICE_FIELDS(STATE(struct state, config, RESET_CORE)),
    DEVICE_OUTPUTS({"inta", LINE_INTERRUPT}, {"intb", LINE_INTERRUPT},
                   {"intc", LINE_INTERRUPT}, {"intd", LINE_INTERRUPT}),
    .read = read,
    .write = write,
};
