/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The maintenance interrupt of a virtual CPU interface, which GICv2 (GICH_HCR,
 * IHI 0048B, 5.3.4) and GICv3 (ICH_HCR, IHI 0069, 6.4) define alike but for the
 * layout of their list registers, and the fields of VMCR that both have.
 */
#ifndef DEVICES_ARM_GIC_MAINTENANCE_H
#define DEVICES_ARM_GIC_MAINTENANCE_H

#include <stdbool.h>
#include <stdint.h>

enum gic_hypervisor_control { /* GICH_HCR, ICH_HCR */
                              GIC_HCR_EN = 1 << 0,
                              GIC_HCR_UIE = 1 << 1,
                              GIC_HCR_LRENPIE = 1 << 2,
                              GIC_HCR_NPIE = 1 << 3,
                              GIC_HCR_GROUP_SHIFT = 4, /* as in the causes */
                              GIC_HCR_COUNT_SHIFT = 27,
};

enum gic_virtual_machine { /* GICH_VMCR, ICH_VMCR */
                           GIC_VM_G0 = 1 << 0,
                           GIC_VM_G1 = 1 << 1,
                           GIC_VM_POINT1_SHIFT = 18,
                           GIC_VM_POINT0_SHIFT = 21,
                           GIC_VM_MASK_SHIFT = 24,
};

/* The binary point of group 0 or 1 in a GICH_VMCR or ICH_VMCR. */
static inline uint32_t gic_point_at(uint32_t machine, unsigned shift)
{
    return machine >> shift & 7;
}

/* A set of list registers, a bit each. */
struct gic_lists {
    unsigned count;
    uint32_t used; /* pending or active */
    uint32_t pending;
    uint32_t reporting; /* their end is to be reported to the hypervisor */
};

/* The list registers whose end is to be reported (GICH_EISR), and those that
 * are free (GICH_ELRSR). */
uint32_t gic_ended_lists(struct gic_lists lists);
uint32_t gic_free_lists(struct gic_lists lists);
/* The causes of the interrupt (GICH_MISR). */
uint32_t gic_maintenance_causes(struct gic_lists lists, uint32_t control,
                                uint32_t machine);

#endif
