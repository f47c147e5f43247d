/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The CPU interface of a GICv3 as a core sees it: the system registers ICC_*,
 * ICV_* (the ICC_* of a virtual machine) and ICH_*. The core decodes MRS and
 * MSR, asks here, and takes the exception that the answer names; traps of
 * whole classes of system registers that are not the interrupt controller's
 * are the core's own.
 *
 * The interrupt lines of a core come from the outputs "irqN", "fiqN", "virqN"
 * and "vfiqN" of the controller. Which of IRQ and FIQ an interrupt is depends
 * on the core's security state and on whether it is at EL3: the core tells each
 * change of the two.
 *
 * A device that has such an interface names it in device_type.interface.
 * Engine thread only.
 */
#ifndef BUS_GIC_CPU_H
#define BUS_GIC_CPU_H

#include <stdbool.h>
#include <stdint.h>

struct device;

/* op0, op1, CRn, CRm and op2 of a system register in one number. */
#define GIC_CPU_REGISTER(op0, op1, crn, crm, op2)                              \
    ((uint32_t)((op0) << 14 | (op1) << 11 | (crn) << 7 | (crm) << 3 | (op2)))

/* State of the core that makes the access, and its interrupt routing. */
struct gic_cpu_caller {
    uint8_t level;    /* exception level: 1, 2 or 3 */
    bool non_secure;  /* SCR_EL3.NS, also at EL3; true without EL3 */
    bool irq_to_el3;  /* SCR_EL3.IRQ */
    bool fiq_to_el3;  /* SCR_EL3.FIQ */
    bool irq_virtual; /* HCR_EL2.IMO (or TGE), EL2 being enabled */
    bool fiq_virtual; /* HCR_EL2.FMO (or TGE), EL2 being enabled */
    bool hypervisor;  /* the core has EL2 */
    bool monitor;     /* the core has EL3 */
};

enum gic_cpu_answer {
    GIC_CPU_DONE,
    GIC_CPU_UNDEFINED, /* no such register here, or not from this level */
    GIC_CPU_TRAP_EL2,  /* exception class 0x18 to EL2 */
    GIC_CPU_TRAP_EL3,  /* exception class 0x18 to EL3 */
};

struct gic_cpu {
    enum gic_cpu_answer (*read)(struct device *device, unsigned core,
                                uint32_t encoding,
                                const struct gic_cpu_caller *caller,
                                uint64_t *value);
    enum gic_cpu_answer (*write)(struct device *device, unsigned core,
                                 uint32_t encoding,
                                 const struct gic_cpu_caller *caller,
                                 uint64_t value);
    /* The core changed its security state or entered or left EL3. Without a
     * call the core counts as non-secure and below EL3. */
    void (*moved)(struct device *device, unsigned core, bool non_secure,
                  bool at_el3);
};

#endif
