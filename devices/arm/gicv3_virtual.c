/* SPDX-License-Identifier: Apache-2.0 */
/*
 * GICv3 virtual CPU interface: a hypervisor writes interrupts to list registers
 * (ICH_*), and its guest handles them by ICV_*. See gicv3.h; IHI 0069,
 * chapter 6.
 */
#include "base/assert.h"
#include "devices/arm/gic_maintenance.h"
#include "devices/arm/gicv3.h"

enum machine_bits { /* ICH_VMCR, beside enum gic_virtual_machine */
                    VFIQEN = 1 << 3, /* always, with system registers */
                    VCBPR = 1 << 4,
                    VEOIM = 1 << 9,
};

/* The traps of ICH_HCR, beside enum gic_hypervisor_control. */
enum { HCR_TRAPS = 0x1f << 10 };

enum { POINT_MIN = 2 };

static const uint64_t list_pending = (uint64_t)1 << 62;
static const uint64_t list_active = (uint64_t)1 << 63;
static const uint64_t list_hardware = (uint64_t)1 << 61;
static const uint64_t list_eoi = (uint64_t)1 << 41;
static const uint64_t list_writable = 0xf0ff03ffffffffff;

static uint64_t state_of(uint64_t list)
{
    return list & (list_pending | list_active);
}

static unsigned group_of(uint64_t list)
{
    return (unsigned)(list >> 60) & 1;
}

static uint8_t priority_of(uint64_t list)
{
    return (uint8_t)(list >> 48) & GIC_PRIORITY_MASK;
}

void gicv3_virtual_reset(struct gicv3_virtual *virtual)
{
    virtual->machine = VFIQEN | (uint32_t)POINT_MIN << GIC_VM_POINT0_SHIFT |
                       (uint32_t)(POINT_MIN + 1) << GIC_VM_POINT1_SHIFT;
}

/* ---- The best pending list register -------------------------------------- */

static int best_list(const struct gicv3_virtual *virtual)
{
    int best = -1;
    unsigned priority = GIC_IDLE_PRIORITY;

    if ((virtual->control & GIC_HCR_EN) == 0) {
        return best;
    }
    for (size_t i = 0; i < ARRAY_SIZE(virtual->list); i++) {
        uint64_t list = virtual->list[i];
        uint32_t enable = group_of(list) != 0 ? GIC_VM_G1 : GIC_VM_G0;
        if (state_of(list) == list_pending &&
            (virtual->machine & enable) != 0 && priority_of(list) < priority) {
            best = (int)i;
            priority = priority_of(list);
        }
    }
    return best;
}

static uint32_t group_mask(const struct gicv3_virtual *virtual, unsigned group)
{
    uint32_t machine = virtual->machine;

    if (group == 0 || (machine & VCBPR) != 0) {
        return UINT32_MAX << (gic_point_at(machine, GIC_VM_POINT0_SHIFT) + 1);
    }
    return UINT32_MAX << gic_point_at(machine, GIC_VM_POINT1_SHIFT);
}

static uint8_t running_priority(const struct gicv3_virtual *virtual)
{
    uint32_t active = virtual->active[0] | virtual->active[1];
    return (uint8_t)(active == 0 ? GIC_IDLE_PRIORITY
                                 : __builtin_ctz(active) << 3);
}

static bool can_preempt(const struct gicv3_virtual *virtual, int list)
{
    debug_assert(list < GICV3_LIST_REGISTERS);
    if (list < 0) {
        return false;
    }
    uint8_t priority = priority_of(virtual->list[list]);
    uint8_t running = running_priority(virtual);
    uint32_t mask = group_mask(virtual, group_of(virtual->list[list]));
    return priority < virtual->machine >> GIC_VM_MASK_SHIFT &&
           gic_is_better(priority, running, mask);
}

/* ---- Maintenance --------------------------------------------------------- */

static struct gic_lists lists_of(const struct gicv3_virtual *virtual)
{
    struct gic_lists lists = {.count = GICV3_LIST_REGISTERS};

    for (unsigned i = 0; i < ARRAY_SIZE(virtual->list); i++) {
        uint64_t list = virtual->list[i];
        lists.used |= state_of(list) != 0 ? BIT(i) : 0;
        lists.pending |= (list & list_pending) != 0 ? BIT(i) : 0;
        if ((list & list_hardware) == 0 && (list & list_eoi) != 0) {
            lists.reporting |= BIT(i);
        }
    }
    return lists;
}

static uint32_t causes(const struct gicv3_virtual *virtual)
{
    return gic_maintenance_causes(lists_of(virtual), virtual->control,
                                  virtual->machine);
}

void gicv3_virtual_lines(const struct gicv3_virtual *virtual, bool *irq,
                         bool *fiq, bool *maintenance)
{
    int list = best_list(virtual);
    bool signal = can_preempt(virtual, list);

    *irq = signal && group_of(virtual->list[list]) != 0;
    *fiq = signal && group_of(virtual->list[list]) == 0;
    *maintenance = (virtual->control & GIC_HCR_EN) != 0 && causes(virtual) != 0;
}

/* ---- The hypervisor's side ----------------------------------------------- */

uint64_t gicv3_list_read(struct gicv3_call *call, unsigned index)
{
    debug_assert(index < GICV3_LIST_REGISTERS);
    return call->cpu->virtual.list[index];
}

void gicv3_list_write(struct gicv3_call *call, unsigned index, uint64_t value)
{
    debug_assert(index < GICV3_LIST_REGISTERS);
    call->cpu->virtual.list[index] = value & list_writable;
    gicv3_update_core(call->device, call->core);
}

uint64_t gicv3_ich_read(struct gicv3_call *call, unsigned index)
{
    const struct gicv3_virtual *virtual = &call->cpu->virtual;

    switch ((enum gicv3_ich)index) {
    case ICH_AP0R0:
        return virtual->active[0];
    case ICH_AP1R0:
        return virtual->active[1];
    case ICH_HCR:
        return virtual->control;
    case ICH_VTR: /* five bits of priority, TDS, A3V, 24-bit INTIDs */
        return (GICV3_LIST_REGISTERS - 1) | 1u << 19 | 1u << 21 | 1u << 23 |
               4u << 26 | 4u << 29;
    case ICH_MISR:
        return causes(virtual);
    case ICH_EISR:
        return gic_ended_lists(lists_of(virtual));
    case ICH_ELRSR:
        return gic_free_lists(lists_of(virtual));
    default:
        return virtual->machine;
    }
}

static uint32_t legal_machine(uint32_t value)
{
    uint32_t point0 = gic_point_at(value, GIC_VM_POINT0_SHIFT);
    uint32_t point1 = gic_point_at(value, GIC_VM_POINT1_SHIFT);

    point0 = point0 < POINT_MIN ? POINT_MIN : point0;
    point1 = point1 < POINT_MIN + 1 ? POINT_MIN + 1 : point1;
    return (value & (GIC_VM_G0 | GIC_VM_G1 | VCBPR | VEOIM | 0xf8000000)) |
           VFIQEN | point0 << GIC_VM_POINT0_SHIFT |
           point1 << GIC_VM_POINT1_SHIFT;
}

void gicv3_ich_write(struct gicv3_call *call, unsigned index, uint64_t value)
{
    struct gicv3_virtual *virtual = &call->cpu->virtual;

    switch ((enum gicv3_ich)index) {
    case ICH_AP0R0:
        virtual->active[0] = (uint32_t)value;
        break;
    case ICH_AP1R0:
        virtual->active[1] = (uint32_t)value;
        break;
    case ICH_HCR:
        virtual->control = (uint32_t)value & (0xf80000ff | HCR_TRAPS);
        break;
    case ICH_VMCR:
        virtual->machine = legal_machine((uint32_t)value);
        break;
    default:
        break;
    }
    gicv3_update_core(call->device, call->core);
}

/* ---- The guest's side ---------------------------------------------------- */

static uint64_t acknowledge(struct gicv3_call *call, unsigned group)
{
    struct gicv3_virtual *virtual = &call->cpu->virtual;
    int best = best_list(virtual);

    debug_assert(group < ARRAY_SIZE(virtual->active));
    if (!can_preempt(virtual, best) || group_of(virtual->list[best]) != group) {
        return GIC_SPURIOUS;
    }
    uint64_t *list = &virtual->list[best];
    uint32_t priority = priority_of(*list) & group_mask(virtual, group);
    virtual->active[group] |= BIT(priority >> 3);
    *list ^= list_pending;
    if ((uint32_t)*list < GICV3_LPI_FIRST) {
        *list |= list_active;
    }
    gicv3_update_core(call->device, call->core);
    return (uint32_t)*list;
}

static uint64_t highest_pending(const struct gicv3_call *call, unsigned group)
{
    const struct gicv3_virtual *virtual = &call->cpu->virtual;
    int best = best_list(virtual);

    return best >= 0 && group_of(virtual->list[best]) == group
               ? (uint32_t) virtual->list[best]
               : GIC_SPURIOUS;
}

static int find_active(const struct gicv3_virtual *virtual, uint32_t intid)
{
    for (size_t i = 0; i < ARRAY_SIZE(virtual->list); i++) {
        if ((uint32_t) virtual->list[i] == intid &&
            (virtual->list[i] & list_active) != 0) {
            return (int)i;
        }
    }
    return -1;
}

static void deactivate(struct gicv3_call *call, int index)
{
    debug_assert(index >= 0 && index < GICV3_LIST_REGISTERS);
    uint64_t *list = &call->cpu->virtual.list[index];
    uint32_t physical = (uint32_t)(*list >> 32) & 0x1fff;

    debug_assert((*list & list_active) != 0);
    *list &= ~list_active;
    if ((*list & list_hardware) != 0) {
        gicv3_deactivate(call->gic, call->core, physical);
    }
}

static void count_end(struct gicv3_virtual *virtual)
{
    virtual->control += BIT(GIC_HCR_COUNT_SHIFT);
}

static void end(struct gicv3_call *call, unsigned group, uint32_t intid)
{
    struct gicv3_virtual *virtual = &call->cpu->virtual;

    debug_assert(group < ARRAY_SIZE(virtual->active));
    if (virtual->active[group] == 0) {
        return;
    }
    virtual->active[group] &= virtual->active[group] - 1;
    int index = find_active(virtual, intid);
    if (index < 0 && intid < GICV3_LPI_FIRST) {
        count_end(virtual);
    } else if (index >= 0 && (virtual->machine & VEOIM) == 0 &&
               group_of(virtual->list[index]) == group) {
        deactivate(call, index);
    }
    gicv3_update(call->device);
}

static void end_activity(struct gicv3_call *call, uint32_t intid)
{
    struct gicv3_virtual *virtual = &call->cpu->virtual;
    int index = find_active(virtual, intid);

    if ((virtual->machine & VEOIM) == 0) {
        return;
    }
    if (index < 0) {
        count_end(virtual);
    } else {
        deactivate(call, index);
    }
    gicv3_update(call->device);
}

static uint64_t read_point1(uint32_t machine)
{
    uint32_t point0 = gic_point_at(machine, GIC_VM_POINT0_SHIFT);

    if ((machine & VCBPR) == 0) {
        return gic_point_at(machine, GIC_VM_POINT1_SHIFT);
    }
    return point0 < 7 ? point0 + 1 : 7;
}

/* CRm and op2, of the ICC_* encodings that the guest uses. */
#define LOW(crm, op2) ((crm) << 3 | (op2))
enum { PMR = LOW(6, 0) };

uint64_t gicv3_virtual_read(struct gicv3_call *call, uint32_t encoding)
{
    const struct gicv3_virtual *virtual = &call->cpu->virtual;
    uint32_t machine = virtual->machine;

    switch (encoding & 0x7f) {
    case PMR:
        return machine >> GIC_VM_MASK_SHIFT;
    case LOW(8, 0):
        return acknowledge(call, 0);
    case LOW(12, 0):
        return acknowledge(call, 1);
    case LOW(8, 2):
        return highest_pending(call, 0);
    case LOW(12, 2):
        return highest_pending(call, 1);
    case LOW(8, 3):
        return gic_point_at(machine, GIC_VM_POINT0_SHIFT);
    case LOW(12, 3):
        return read_point1(machine);
    case LOW(8, 4):
        return virtual->active[0];
    case LOW(9, 0):
        return virtual->active[1];
    case LOW(11, 3):
        return running_priority(virtual);
    case LOW(12, 4):
        return 4 << 8 | 1 << 11 | 1 << 15 | ((machine & VCBPR) != 0 ? 1 : 0) |
               ((machine & VEOIM) != 0 ? 2 : 0);
    case LOW(12, 6):
        return (machine & GIC_VM_G0) != 0;
    case LOW(12, 7):
        return (machine & GIC_VM_G1) != 0;
    default:
        return 0;
    }
}

static void set_machine(struct gicv3_call *call, uint32_t mask, uint32_t value)
{
    struct gicv3_virtual *virtual = &call->cpu->virtual;

    virtual->machine = legal_machine((virtual->machine & ~mask) |
                                     (value & mask));
    gicv3_update_core(call->device, call->core);
}

void gicv3_virtual_write(struct gicv3_call *call, uint32_t encoding,
                         uint64_t value)
{
    struct gicv3_virtual *virtual = &call->cpu->virtual;
    uint32_t word = (uint32_t)value;

    switch (encoding & 0x7f) {
    case PMR:
        set_machine(call, (uint32_t)GIC_PRIORITY_MASK << GIC_VM_MASK_SHIFT,
                    word << GIC_VM_MASK_SHIFT);
        break;
    case LOW(8, 1):
        end(call, 0, word & 0xffffff);
        break;
    case LOW(12, 1):
        end(call, 1, word & 0xffffff);
        break;
    case LOW(11, 1):
        end_activity(call, word & 0xffffff);
        break;
    case LOW(8, 3):
        set_machine(call, 7u << GIC_VM_POINT0_SHIFT,
                    word << GIC_VM_POINT0_SHIFT);
        break;
    case LOW(12, 3):
        if ((virtual->machine & VCBPR) == 0) {
            set_machine(call, 7u << GIC_VM_POINT1_SHIFT,
                        word << GIC_VM_POINT1_SHIFT);
        }
        break;
    case LOW(8, 4):
        virtual->active[0] = word;
        gicv3_update_core(call->device, call->core);
        break;
    case LOW(9, 0):
        virtual->active[1] = word;
        gicv3_update_core(call->device, call->core);
        break;
    case LOW(12, 4):
        set_machine(call, VCBPR | VEOIM,
                    (word & 1) * VCBPR | (word >> 1 & 1) * VEOIM);
        break;
    case LOW(12, 6):
        set_machine(call, GIC_VM_G0, (word & 1) * GIC_VM_G0);
        break;
    case LOW(12, 7):
        set_machine(call, GIC_VM_G1, (word & 1) * GIC_VM_G1);
        break;
    default:
        break;
    }
}
