/* SPDX-License-Identifier: Apache-2.0 */
/* Which causes the maintenance interrupt of a virtual CPU interface has. */
#include "devices/arm/gic_maintenance.h"

#include "base/assert.h"

enum causes { /* GICH_MISR, ICH_MISR */
              CAUSE_EOI = 1 << 0,
              CAUSE_U = 1 << 1,
              CAUSE_LRENP = 1 << 2,
              CAUSE_NP = 1 << 3,
};

uint32_t gic_ended_lists(struct gic_lists lists)
{
    return lists.reporting & ~lists.used;
}

uint32_t gic_free_lists(struct gic_lists lists)
{
    uint32_t all = ((uint32_t)1 << lists.count) - 1;

    assert(lists.count > 0 && lists.count <= 16);
    assert(((lists.used | lists.reporting) & ~all) == 0);
    return all & ~lists.used & ~lists.reporting;
}

/* Each group that is enabled, and each that is not, has a cause of its own. */
static uint32_t group_causes(uint32_t machine)
{
    return ((machine & GIC_VM_G0) != 0 ? 1u : 2u) |
           ((machine & GIC_VM_G1) != 0 ? 4u : 8u);
}

uint32_t gic_maintenance_causes(struct gic_lists lists, uint32_t control,
                                uint32_t machine)
{
    bool underflow = (lists.used & (lists.used - 1)) == 0; /* one at most */
    bool uncounted = control >> GIC_HCR_COUNT_SHIFT != 0;

    assert((lists.pending & ~lists.used) == 0);
    return (gic_ended_lists(lists) != 0 ? CAUSE_EOI : 0u) |
           ((control & GIC_HCR_UIE) != 0 && underflow ? CAUSE_U : 0u) |
           ((control & GIC_HCR_LRENPIE) != 0 && uncounted ? CAUSE_LRENP : 0u) |
           ((control & GIC_HCR_NPIE) != 0 && lists.pending == 0 ? CAUSE_NP
                                                                : 0u) |
           (control & group_causes(machine) << GIC_HCR_GROUP_SHIFT);
}
