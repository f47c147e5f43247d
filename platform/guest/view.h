/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a guest is told of the machine, looked up in the machine itself: places
 * are the board's, interrupts are where the board's lines lead. Device tree and
 * ACPI tables are both written from here.
 */
#ifndef PLATFORM_GUEST_VIEW_H
#define PLATFORM_GUEST_VIEW_H

#include "platform/machine/machine.h"

enum {
    GUEST_PPI_MAINTENANCE = 9, /* of the interrupt controller, within it */
    GUEST_TIMERS = 5,
};

/* Windows of the PCIe host onto its bus, by the address spaces of IEEE 1275's
 * PCI binding. */
struct guest_pci_window {
    uint32_t space;
    uint64_t bus;
    uint64_t cpu;
    uint64_t size;
};

enum {
    GUEST_PCI_IO = 0x01000000,
    GUEST_PCI_MEMORY32 = 0x02000000,
    GUEST_PCI_MEMORY64 = 0x03000000,
    GUEST_PCI_WINDOWS = 3,
    GUEST_PCI_PINS = 4,
};
extern const struct guest_pci_window guest_pci_windows[GUEST_PCI_WINDOWS];

struct guest_view {
    struct cairn_machine *machine;
    const struct node *gic; /* or NULL */
    const struct node *msi; /* what takes message interrupts, or NULL */
    bool gicv3;
    unsigned cpu_count;
};

void guest_view_init(struct guest_view *view, struct cairn_machine *machine);
/* The shared interrupt that the index-th interrupt output of a device drives,
 * or -1. */
int guest_view_spi(const struct guest_view *view, const struct node *node,
                   unsigned index);

/* The private interrupt, less 16, that an output of the first processor drives
 * ("pmu"), or -1. */
int guest_view_ppi(const struct guest_view *view, const char *output);
/* Those of the generic timer, in the order that readers of the tree and of
 * ACPI know: Secure, physical, virtual, hypervisor, and on processors with VHE
 * and EL2 the hypervisor's virtual one. Returns how many there are, up to the
 * first that the board leaves out. */
size_t guest_view_timers(const struct guest_view *view,
                         uint32_t ppis[GUEST_TIMERS]);

bool guest_is_a(const struct node *node, const char *compatible);
bool guest_is_secure(const struct node *node);
/* The first device of the board that is one, or NULL. */
const struct node *guest_find_device(struct cairn_machine *machine,
                                     const char *compatible);
/* Where its registers are. */
uint64_t guest_base_of(const struct node *node);

#endif
