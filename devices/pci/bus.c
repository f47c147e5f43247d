/* SPDX-License-Identifier: Apache-2.0 */
/* Work that host bridges of PCI have in common: which function answers in
 * configuration space, the bus's own address spaces, and where interrupt pins
 * lead. See pci.h. */
#include "base/assert.h"
#include "base/bits.h"
#include "devices/pci/pci.h"

const char pci_host_interface[] = "PCI host";

enum { PINS = 4, FUNCTIONS_PER_SLOT = 8 };

static struct pci_host *host_of(struct device *device)
{
    assert(device->type->interface == pci_host_interface);
    return device->wiring;
}

void pci_host_init(struct device *device, unsigned pins)
{
    struct pci_host *host = host_of(device);
    struct error none = {""};

    assert(host->memory == NULL && host->ports == NULL);
    assert(pins + PINS <= device->type->output_count);
    host->device = device;
    host->pins = pins;
    host->memory = space_create(device->fabric, device->name);
    host->ports = space_create(device->fabric, device->name);
    dma_open(&host->dma, device, &none);
}

void pci_host_fini(struct device *device)
{
    struct pci_host *host = host_of(device);

    space_destroy(host->memory);
    space_destroy(host->ports);
}

/* ---- Interrupt pins ------------------------------------------------------ */

static bool is_raised(const struct device *function)
{
    const struct pci_function *type = function->type->interface;
    return type->has_pin && function->outputs[type->pin_output].level != 0;
}

/* Slots take the four pins in turn (PCI-to-PCI Bridge Specification 1.2,
 * 9.1); all functions here have INTA. */
static void pin_changed(void *context, unsigned pin, uint32_t level)
{
    struct pci_host *host = context;
    uint32_t any = level;

    debug_assert(pin < PINS);
    for (unsigned id = 0; id < PCI_FUNCTIONS && any == 0; id++) {
        const struct device *function = host->functions[id];
        if (function != NULL && id / FUNCTIONS_PER_SLOT % PINS == pin) {
            any |= is_raised(function);
        }
    }
    line_set(&host->device->outputs[host->pins + pin], any);
}

int pci_host_attach(struct device *device, struct device *function, unsigned id,
                    struct error *error)
{
    const struct pci_function *type = function->type->interface;
    struct pci_host *host = host_of(device);

    if (id == 0 || id >= PCI_FUNCTIONS) {
        return error_set(error, -EINVAL,
                         "property 'reg': device number %u, expected 1 to %u",
                         id, (unsigned)PCI_FUNCTIONS - 1);
    }
    if (host->functions[id] != NULL) {
        return error_set(error, -EEXIST,
                         "property 'reg': device number %u is taken by "
                         "'%s'",
                         id, host->functions[id]->name);
    }
    host->functions[id] = function;
    if (type->has_pin) {
        line_connect(&function->outputs[type->pin_output], pin_changed, host,
                     id / FUNCTIONS_PER_SLOT % PINS, device->name);
    }
    return 0;
}

/* ---- Accesses ------------------------------------------------------------ */

static uint64_t ones(unsigned size)
{
    debug_assert(size == 1 || size == 2 || size == 4 || size == 8);
    return size < 8 ? ((uint64_t)1 << 8 * size) - 1 : UINT64_MAX;
}

uint64_t pci_config_read(struct device *device, const struct access *access,
                         unsigned id, uint64_t offset, unsigned size)
{
    struct pci_host *host = host_of(device);
    uint64_t value;

    if (id >= PCI_FUNCTIONS || host->functions[id] == NULL ||
        device_read(host->functions[id], 0, access, offset, size, &value)) {
        return ones(size);
    }
    return value;
}

void pci_config_write(struct device *device, const struct access *access,
                      unsigned id, uint64_t offset, unsigned size,
                      uint64_t value)
{
    struct pci_host *host = host_of(device);

    if (id < PCI_FUNCTIONS && host->functions[id] != NULL) {
        device_write(host->functions[id], 0, access, offset, size, value);
    }
}

uint64_t pci_space_read(struct space *space, const struct access *access,
                        uint64_t address, unsigned size)
{
    uint64_t value;

    return space_find(space, gpa(address)) == NULL ||
                   space_read(space, access, gpa(address), size, &value) != 0
               ? ones(size)
               : value;
}

void pci_space_write(struct space *space, const struct access *access,
                     uint64_t address, unsigned size, uint64_t value)
{
    if (space_find(space, gpa(address)) != NULL) {
        space_write(space, access, gpa(address), size, value);
    }
}
