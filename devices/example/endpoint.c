/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A PCI function that does nothing but what shows that the bus works, as an
 * example of devices/pci/pci.h: it interrupts by its pin and by messages when
 * its registers say so, and writes a word to memory. endpoint.dtso puts it into
 * a machine.
 */
#include "base/bits.h"
#include "devices/pci/pci.h"

enum { BANK_CONFIG, BANK_REGISTERS, BANK_MSIX };
enum { VECTORS = 4, TABLE = 0, PENDING = 0x800, BAR_MSIX = 2 };
enum { CAPABILITY = 0x40, CAPABILITY_END = 0x4c };
/* A vendor number that is not assigned. */
enum { ID = 0x0001fffe };
#define CLASS 0xff000001u /* of no class; revision 1 */

struct state {
    struct pci_state pci;
    uint32_t msix;
    uint32_t vectors[4 * VECTORS];
    uint32_t pending;
    uint32_t level;
    uint32_t address[2];
    uint32_t scratch;
};

struct wiring {
    struct pci_wiring pci;
};

static void write_message(struct device *device, const struct access *access,
                          unsigned index, uint32_t value)
{
    if (value < VECTORS) {
        pci_message(device, value);
    }
}

static void write_level(struct device *device, const struct access *access,
                        unsigned index, uint32_t value)
{
    struct state *state = device->state;

    state->level = value;
    pci_set_intx(device, value != 0);
}

static void write_data(struct device *device, const struct access *access,
                       unsigned index, uint32_t value)
{
    const struct state *state = device->state;
    const struct dma *dma = pci_dma(device);

    if (dma != NULL) {
        dma_store(dma, gpa(join_words(state->address)), 4, value);
    }
}

static const struct register_spec config[] = {
    PCI_HEADER(struct state, ID, CLASS, 0, CAPABILITY, 1),
    PCI_MSIX(CAPABILITY, 0, VECTORS, FIELD(struct state, msix),
             TABLE | BAR_MSIX, PENDING | BAR_MSIX),
    PCI_EMPTY(CAPABILITY_END, PCI_CONFIG_SIZE),
};

static const struct register_spec registers[] = {
#include "devices/example/endpoint.def"
};

static const struct register_spec msix[] = {
    PCI_MSIX_TABLE(TABLE, VECTORS, FIELD(struct state, vectors)),
    PCI_KEPT(PENDING, 1, "PENDING", 0, 0, FIELD(struct state, pending), NULL,
             NULL, "masked messages that are pending"),
};

static const struct pci_function function = {
    .bars =
        {
               [0] = {PCI_MEMORY32, BANK_REGISTERS},
               [BAR_MSIX] = {PCI_MEMORY64, BANK_MSIX},
               [4] = {PCI_PORTS, BANK_REGISTERS},
               },
    .has_pin = true,
    .pin_output = 0,
    .vectors = VECTORS,
    .control_field = FIELD(struct state, msix),
    .table_field = FIELD(struct state, vectors),
    .pending_field = FIELD(struct state, pending),
};

static void reset(struct device *device, enum reset_domain domain)
{
    pci_function_reset(device);
}

const struct device_type example_endpoint = {
    .compatible = "cairn,example-endpoint",
    .title = "Example PCI endpoint",
    .reference = "devices/pci/pci.h",
    .state_size = sizeof(struct state),
    .wiring_size = sizeof(struct wiring),
    DEVICE_BANKS(
        REGISTER_BANK("config", PCI_CONFIG_SIZE, 1 | 2 | 4 | 8, config),
        REGISTER_BANK("registers", 0x100, 4, registers),
        REGISTER_BANK("msix", 0x1000, 4 | 8, msix)),
    DEVICE_FIELDS(STATE(struct state, pci.intx, RESET_WARM)),
    DEVICE_OUTPUTS({"inta", LINE_INTERRUPT}),
    .init = pci_function_init,
    .reset = reset,
    .restored = pci_function_restored,
    .interface = &function,
    .behind_bus = true,
};
