/* SPDX-License-Identifier: Apache-2.0 */
/*
 * GICv2 virtualization: a hypervisor writes interrupts to list registers
 * (GICH_*), and its guest handles them by GICV_*. IHI 0048B, chapter 5. See
 * gicv2.h.
 */
#include "base/assert.h"
#include "bus/handlers.h"
#include "devices/arm/gicv2.h"

#include "devices/arm/gic_maintenance.h"

enum machine_bits { /* GICH_VMCR and GICV_CTLR, beside enum
                     * gic_virtual_machine */
                    VM_ACK = 1 << 2,
                    VM_FIQ = 1 << 3,
                    VM_CBPR = 1 << 4,
                    VM_EOIMODE = 1 << 9,
                    VM_CONTROL = 0x21f,
};

enum { SPECIAL_FIRST = 1020 };

static const uint32_t list_hardware = 1u << 31;
static const uint32_t list_group1 = 1u << 30;
static const uint32_t list_active = 1u << 29;
static const uint32_t list_pending = 1u << 28;
static const uint32_t list_eoi = 1u << 19; /* without list_hardware */

static struct gicv2_virtual *virtual_of(struct device *device,
                                        const struct access *access)
{
    struct gicv2 *gic = device->state;
    return &gic->virtuals[gicv2_core_of(access)];
}

static uint32_t state_of(uint32_t list)
{
    return list & (list_pending | list_active);
}

static uint8_t priority_of(uint32_t list)
{
    return (uint8_t)(bits(list, 27, 23) << 3);
}

/* INTID, and the core that asked for a software generated interrupt. */
static uint32_t identity_of(uint32_t list)
{
    uint32_t intid = bits(list, 9, 0);
    bool has_source = intid < GIC_SGIS && (list & list_hardware) == 0;

    return has_source ? intid | bits(list, 12, 10) << 10 : intid;
}

void gicv2_virtual_reset(struct gicv2_virtual *virtual)
{
    virtual->machine = (uint32_t)GICV2_POINT_MIN << GIC_VM_POINT0_SHIFT |
                       (uint32_t)(GICV2_POINT_MIN + 1) << GIC_VM_POINT1_SHIFT;
}

/* ---- The best pending list register -------------------------------------- */

static int best_list(const struct gicv2_virtual *virtual)
{
    int best = -1;
    unsigned priority = GIC_IDLE_PRIORITY;

    if ((virtual->control & GIC_HCR_EN) == 0) {
        return best;
    }
    for (size_t i = 0; i < ARRAY_SIZE(virtual->list); i++) {
        uint32_t list = virtual->list[i];
        uint32_t enable = (list & list_group1) != 0 ? GIC_VM_G1 : GIC_VM_G0;
        if (state_of(list) == list_pending &&
            (virtual->machine & enable) != 0 && priority_of(list) < priority) {
            best = (int)i;
            priority = priority_of(list);
        }
    }
    return best;
}

static uint32_t group_mask(const struct gicv2_virtual *virtual, bool group1)
{
    uint32_t machine = virtual->machine;

    if (!group1 || (machine & VM_CBPR) != 0) {
        return UINT32_MAX << (gic_point_at(machine, GIC_VM_POINT0_SHIFT) + 1);
    }
    return UINT32_MAX << gic_point_at(machine, GIC_VM_POINT1_SHIFT);
}

static uint8_t running_priority(const struct gicv2_virtual *virtual)
{
    return (uint8_t)(virtual->active == 0
                         ? GIC_IDLE_PRIORITY
                         : __builtin_ctz(virtual->active) << 3);
}

static bool can_preempt(const struct gicv2_virtual *virtual, int best)
{
    debug_assert(best < GICV2_LIST_REGISTERS);
    if (best < 0) {
        return false;
    }
    uint32_t list = virtual->list[best];
    uint8_t running = running_priority(virtual);
    uint32_t mask = group_mask(virtual, (list & list_group1) != 0);
    return priority_of(list) < virtual->machine >> GIC_VM_MASK_SHIFT &&
           gic_is_better(priority_of(list), running, mask);
}

/* ---- Maintenance (5.3.4) ------------------------------------------------- */

static struct gic_lists lists_of(const struct gicv2_virtual *virtual)
{
    struct gic_lists lists = {.count = GICV2_LIST_REGISTERS};

    for (unsigned i = 0; i < ARRAY_SIZE(virtual->list); i++) {
        uint32_t list = virtual->list[i];
        lists.used |= state_of(list) != 0 ? BIT(i) : 0;
        lists.pending |= (list & list_pending) != 0 ? BIT(i) : 0;
        if ((list & list_hardware) == 0 && (list & list_eoi) != 0) {
            lists.reporting |= BIT(i);
        }
    }
    return lists;
}

static uint32_t causes(const struct gicv2_virtual *virtual)
{
    return gic_maintenance_causes(lists_of(virtual), virtual->control,
                                  virtual->machine);
}

void gicv2_virtual_lines(const struct gicv2_virtual *virtual, bool *irq,
                         bool *fiq, bool *maintenance)
{
    int best = best_list(virtual);
    bool signal = can_preempt(virtual, best);
    bool as_fiq = signal && (virtual->list[best] & list_group1) == 0 &&
                  (virtual->machine & VM_FIQ) != 0;

    *irq = signal && !as_fiq;
    *fiq = as_fiq;
    *maintenance = (virtual->control & GIC_HCR_EN) != 0 && causes(virtual) != 0;
}

/* ---- The hypervisor's side ----------------------------------------------- */

REGISTER_VALUE(read_hcr, virtual_of(device, access)->control)

static void write_hcr(struct device *device, const struct access *access,
                      unsigned index, uint32_t value)
{
    virtual_of(device, access)->control = value;
    gicv2_update_core(device, gicv2_core_of(access));
}

REGISTER_VALUE(read_vmcr, virtual_of(device, access)->machine)

static uint32_t legal_machine(uint32_t value)
{
    uint32_t point = gic_point_at(value, GIC_VM_POINT0_SHIFT);
    uint32_t alias = gic_point_at(value, GIC_VM_POINT1_SHIFT);

    point = point < GICV2_POINT_MIN ? GICV2_POINT_MIN : point;
    alias = alias < GICV2_POINT_MIN + 1 ? GICV2_POINT_MIN + 1 : alias;
    return (value & (VM_CONTROL | 0xf8000000)) | point << GIC_VM_POINT0_SHIFT |
           alias << GIC_VM_POINT1_SHIFT;
}

static void set_machine(struct device *device, const struct access *access,
                        uint32_t value)
{
    virtual_of(device, access)->machine = legal_machine(value);
    gicv2_update_core(device, gicv2_core_of(access));
}

REGISTER_CALL(write_vmcr, set_machine(device, access, value))
REGISTER_VALUE(read_misr, causes(virtual_of(device, access)))
REGISTER_VALUE(read_eisr, gic_ended_lists(lists_of(virtual_of(device, access))))
REGISTER_VALUE(read_elrsr, gic_free_lists(lists_of(virtual_of(device, access))))

/* GICH_APR and, under another name, GICV_APR0. */
REGISTER_VALUE(read_apr, virtual_of(device, access)->active)

static void write_apr(struct device *device, const struct access *access,
                      unsigned index, uint32_t value)
{
    virtual_of(device, access)->active = value;
    gicv2_update_core(device, gicv2_core_of(access));
}

static uint32_t read_lr(struct device *device, const struct access *access,
                        unsigned index)
{
    debug_assert(index < GICV2_LIST_REGISTERS);
    return virtual_of(device, access)->list[index];
}

static void write_lr(struct device *device, const struct access *access,
                     unsigned index, uint32_t value)
{
    debug_assert(index < GICV2_LIST_REGISTERS);
    virtual_of(device, access)->list[index] = value;
    gicv2_update_core(device, gicv2_core_of(access));
}

/* ---- The guest's side ---------------------------------------------------- */

REGISTER_VALUE(read_ctlr, VM_CONTROL &virtual_of(device, access)->machine)

static void write_ctlr(struct device *device, const struct access *access,
                       unsigned index, uint32_t value)
{
    uint32_t machine = virtual_of(device, access)->machine;

    set_machine(device, access, (machine & ~(uint32_t)VM_CONTROL) | value);
}

REGISTER_VALUE(read_pmr,
               virtual_of(device, access)->machine >> GIC_VM_MASK_SHIFT &
                   GIC_PRIORITY_MASK)

static void write_pmr(struct device *device, const struct access *access,
                      unsigned index, uint32_t value)
{
    uint32_t machine = virtual_of(device, access)->machine & 0x00ffffff;

    set_machine(device, access, machine | value << GIC_VM_MASK_SHIFT);
}

REGISTER_VALUE(read_bpr, gic_point_at(virtual_of(device, access)->machine,
                                      GIC_VM_POINT0_SHIFT))

static void write_bpr(struct device *device, const struct access *access,
                      unsigned index, uint32_t value)
{
    uint32_t machine = virtual_of(device, access)->machine;

    set_machine(device, access,
                (machine & ~(7u << GIC_VM_POINT0_SHIFT)) |
                    value << GIC_VM_POINT0_SHIFT);
}

REGISTER_VALUE(read_abpr, gic_point_at(virtual_of(device, access)->machine,
                                       GIC_VM_POINT1_SHIFT))

static void write_abpr(struct device *device, const struct access *access,
                       unsigned index, uint32_t value)
{
    uint32_t machine = virtual_of(device, access)->machine;

    set_machine(device, access,
                (machine & ~(7u << GIC_VM_POINT1_SHIFT)) |
                    value << GIC_VM_POINT1_SHIFT);
}

REGISTER_VALUE(read_rpr, running_priority(virtual_of(device, access)))

/* The INTID that a guest reads for a list register: the alias registers return
 * group 1 only, the others hide it unless AckCtl is set (5.5.4). */
static uint32_t visible_identity(const struct gicv2_virtual *virtual, int best,
                                 bool alias)
{
    if (best < 0) {
        return GIC_SPURIOUS;
    }
    uint32_t list = virtual->list[best];
    if ((list & list_group1) == 0) {
        return alias ? (uint32_t)GIC_SPURIOUS : identity_of(list);
    }
    return alias || (virtual->machine & VM_ACK) != 0
               ? identity_of(list)
               : (uint32_t)GICV2_WRONG_GROUP;
}

static uint32_t acknowledge(struct device *device, const struct access *access,
                            bool alias)
{
    struct gicv2_virtual *virtual = virtual_of(device, access);
    int best = best_list(virtual);

    if (!can_preempt(virtual, best)) {
        return GIC_SPURIOUS;
    }
    uint32_t identity = visible_identity(virtual, best, alias);
    if (identity == GIC_SPURIOUS || identity == GICV2_WRONG_GROUP ||
        access->debug) {
        return identity;
    }
    uint32_t *list = &virtual->list[best];
    debug_assert(state_of(*list) == list_pending);
    uint32_t mask = group_mask(virtual, (*list & list_group1) != 0);
    virtual->active |= BIT((priority_of(*list) & mask) >> 3);
    *list ^= list_pending | list_active;
    gicv2_update_core(device, gicv2_core_of(access));
    return identity;
}

GICV2_READ(read_iar, acknowledge, false)
GICV2_READ(read_aiar, acknowledge, true)

static uint32_t read_hppir(struct device *device, const struct access *access,
                           unsigned index)
{
    const struct gicv2_virtual *virtual = virtual_of(device, access);

    return visible_identity(virtual, best_list(virtual), false);
}

static uint32_t read_ahppir(struct device *device, const struct access *access,
                            unsigned index)
{
    const struct gicv2_virtual *virtual = virtual_of(device, access);

    return visible_identity(virtual, best_list(virtual), true);
}

static uint32_t *active_list(struct gicv2_virtual *virtual, uint32_t identity)
{
    for (unsigned i = 0; i < ARRAY_SIZE(virtual->list); i++) {
        uint32_t list = virtual->list[i];
        if ((list & list_active) != 0 && identity_of(list) == identity) {
            return &virtual->list[i];
        }
    }
    return NULL;
}

/* A hardware interrupt is deactivated where it came from too; an interrupt
 * that is in no list register is counted. */
static void deactivate(struct device *device, const struct access *access,
                       uint32_t identity)
{
    struct gicv2 *gic = device->state;
    struct gicv2_virtual *virtual = virtual_of(device, access);
    uint32_t *list = active_list(virtual, identity);

    if (list == NULL) {
        virtual->control += 1u << GIC_HCR_COUNT_SHIFT;
        return;
    }
    *list &= ~list_active;
    uint32_t physical = bits(*list, 19, 10);
    if ((*list & list_hardware) != 0 && physical >= GIC_SGIS &&
        physical < GIC_IDS) {
        struct gic_bank *bank =
            &gic->banks[gic_bank_index(gicv2_core_of(access), physical)];
        bank->active &=
            ~(BIT(physical % 32) & gicv2_visible(device, access, bank));
    }
}

static void end(struct device *device, const struct access *access,
                uint32_t value, bool alias)
{
    struct gicv2_virtual *virtual = virtual_of(device, access);
    uint32_t identity =
        (value & 0x3ff) < GIC_SGIS ? value & 0x1fff : value & 0x3ff;
    const uint32_t *list = active_list(virtual, identity);

    if ((value & 0x3ff) >= SPECIAL_FIRST ||
        (alias && list != NULL && (*list & list_group1) == 0)) {
        return;
    }
    virtual->active &= virtual->active - (virtual->active != 0);
    if ((virtual->machine & VM_EOIMODE) == 0) {
        deactivate(device, access, identity);
    }
    gicv2_update(device);
}

GICV2_WRITE(write_eoir, end, false)
GICV2_WRITE(write_aeoir, end, true)

static void write_dir(struct device *device, const struct access *access,
                      unsigned index, uint32_t value)
{
    uint32_t intid = value & 0x3ff;

    if ((virtual_of(device, access)->machine & VM_EOIMODE) != 0 &&
        intid < SPECIAL_FIRST) {
        deactivate(device, access, intid < GIC_SGIS ? value & 0x1fff : intid);
        gicv2_update(device);
    }
}

const struct register_spec gicv2_hypervisor_rows[] = {
#include "devices/arm/gicv2_hypervisor.def"
};

static_assert(ARRAY_SIZE(gicv2_hypervisor_rows) == GICV2_HYPERVISOR_ROWS,
              "all rows");

const struct register_spec gicv2_virtual_rows[] = {
#include "devices/arm/gicv2_virtual.def"
};

static_assert(ARRAY_SIZE(gicv2_virtual_rows) == GICV2_VIRTUAL_ROWS, "all rows");
