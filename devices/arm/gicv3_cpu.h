/* SPDX-License-Identifier: Apache-2.0 */
/* Shared by the files of a GICv3's physical CPU interface, see gicv3.h. */
#ifndef DEVICES_ARM_GICV3_CPU_H
#define DEVICES_ARM_GICV3_CPU_H

#include "devices/arm/gicv3.h"

/* Indices of registers that each security state has. */
enum { SECURE, NON_SECURE };

enum control_bits { /* ICC_CTLR_EL1 */
                    CONTROL_CBPR = 1 << 0,
                    CONTROL_EOIMODE = 1 << 1,
                    CONTROL_PMHE = 1 << 6,
                    CONTROL_CONSTANT =
                        4 << 8 | 1 << 11 | 1 << 15, /* PRIbits, IDbits, A3V */
};

enum { BINARY_POINT_MIN = 2 }; /* of groups 0 and 1 Secure; one more for NS */

/* Registers whose writes send SGIs; index of gicv3_sgi_write. */
enum { SGI0R, SGI1R, ASGI1R };

static inline bool gicv3_one_state(const struct gicv3 *gic)
{
    return (gic->control & GICD_DS) != 0;
}

/* Which group the group 1 registers of a caller mean. */
static inline enum gicv3_group gicv3_group1_of(const struct gicv3_call *call)
{
    return gicv3_one_state(call->gic) || call->caller->non_secure ? GICV3_G1NS
                                                                  : GICV3_G1S;
}

/* gicv3_priority.c */
uint8_t gicv3_running_priority(const struct gicv3_cpu *cpu);
/* True if a group's preemption follows the binary point of group 0. */
bool gicv3_common_binary_point(const struct gicv3 *gic,
                               const struct gicv3_cpu *cpu,
                               enum gicv3_group group);
/* The bits of a priority that preemption looks at. */
uint32_t gicv3_group_mask(const struct gicv3 *gic, const struct gicv3_cpu *cpu,
                          enum gicv3_group group);
bool gicv3_can_preempt(const struct gicv3 *gic, const struct gicv3_cpu *cpu,
                       const struct gicv3_best *best);

/* gicv3_sgi.c */
void gicv3_sgi_write(struct gicv3_call *call, unsigned index, uint64_t value);

#endif
