/* SPDX-License-Identifier: Apache-2.0 */
/* GICv2 CPU interface: IHI 0048B, 4.4. See gicv2.h. */
#include "bus/handlers.h"
#include "devices/arm/gicv2.h"

#include <assert.h>

static struct gicv2_cpu *cpu_of(struct device *device,
                                const struct access *access)
{
    struct gicv2 *gic = device->state;
    return &gic->cpus[gicv2_core_of(access)];
}

/* 4.4.1: the Non-secure view has its enable, bypass and EOI bits elsewhere. */
static uint32_t read_cpu_ctlr(struct device *device,
                              const struct access *access, unsigned index)
{
    uint32_t control = cpu_of(device, access)->control;

    if (gicv2_is_secure(device, access)) {
        return control;
    }
    return (control & GICV2_CTLR_G1) >> 1 |
           (control & GICV2_CTLR_BYPASS_G1) >> 2 |
           (control & GICV2_CTLR_EOIMODE_NS) >> 1;
}

static void write_cpu_ctlr(struct device *device, const struct access *access,
                           unsigned index, uint32_t value)
{
    struct gicv2_cpu *cpu = cpu_of(device, access);
    uint32_t mask =
        GICV2_CTLR_G1 | GICV2_CTLR_BYPASS_G1 | GICV2_CTLR_EOIMODE_NS;

    if (gicv2_is_secure(device, access)) {
        cpu->control = value;
    } else {
        uint32_t moved = (value & 1) << 1 | (value & 3 << 5) << 2 |
                         (value & GICV2_CTLR_EOIMODE) << 1;
        cpu->control = (cpu->control & ~mask) | (moved & mask);
    }
    gicv2_update_core(device, gicv2_core_of(access));
}

static uint32_t shifted(uint32_t priority)
{
    return (priority & 0x80) == 0 ? 0 : priority << 1 & 0xff;
}

static uint32_t read_pmr(struct device *device, const struct access *access,
                         unsigned index)
{
    uint32_t mask = cpu_of(device, access)->priority_mask;

    return gicv2_is_secure(device, access) ? mask : shifted(mask);
}

static void write_pmr(struct device *device, const struct access *access,
                      unsigned index, uint32_t value)
{
    struct gicv2_cpu *cpu = cpu_of(device, access);

    if (!gicv2_is_secure(device, access)) {
        if ((cpu->priority_mask & 0x80) == 0) {
            return;
        }
        value = 0x80 | value >> 1;
    }
    cpu->priority_mask = value & GIC_PRIORITY_MASK;
    gicv2_update_core(device, gicv2_core_of(access));
}

/* Register 0 is GICC_BPR, 1 GICC_ABPR, by which the Secure state reaches the
 * Non-secure one's. */
static uint32_t read_bpr(struct device *device, const struct access *access,
                         unsigned index)
{
    const struct gicv2_cpu *cpu = cpu_of(device, access);

    if (gicv2_is_secure(device, access)) {
        return cpu->binary_point[index];
    }
    if (index != 0) {
        return 0;
    }
    uint32_t common = cpu->binary_point[GICV2_G0];
    if ((cpu->control & GICV2_CTLR_CBPR) == 0) {
        return cpu->binary_point[GICV2_GROUP1];
    }
    return common < 7 ? common + 1 : 7;
}

static void set_bpr(struct device *device, const struct access *access,
                    unsigned index, uint32_t value)
{
    struct gicv2_cpu *cpu = cpu_of(device, access);
    bool secure = gicv2_is_secure(device, access);
    unsigned group = secure ? index : GICV2_GROUP1;
    uint32_t least = GICV2_POINT_MIN + (group == GICV2_GROUP1 ? 1u : 0);

    if (!secure && (index != 0 || (cpu->control & GICV2_CTLR_CBPR) != 0)) {
        return;
    }
    cpu->binary_point[group] = value < least ? least : value;
    gicv2_update_core(device, gicv2_core_of(access));
}

REGISTER_CALL(write_bpr, set_bpr(device, access, 0, value))
REGISTER_VALUE(read_abpr, read_bpr(device, access, 1))
REGISTER_CALL(write_abpr, set_bpr(device, access, 1, value))

/* 3.4.3: 1022 reports a pending group 1 interrupt to Secure software. */
static uint32_t visible_intid(struct device *device,
                              const struct access *access,
                              const struct gicv2_best *best, bool alias)
{
    if (best->intid == GIC_SPURIOUS) {
        return GIC_SPURIOUS;
    }
    if (alias || !gicv2_is_secure(device, access)) {
        return best->group == GICV2_GROUP1 ? best->intid
                                           : (uint32_t)GIC_SPURIOUS;
    }
    return best->group == GICV2_GROUP1 &&
                   (cpu_of(device, access)->control & GICV2_CTLR_ACK) == 0
               ? (uint32_t)GICV2_WRONG_GROUP
               : best->intid;
}

static unsigned source_of(const struct gicv2 *gic, unsigned core,
                          unsigned intid)
{
    return intid < GIC_SGIS && gic->sgi_sources[core][intid] != 0
               ? (unsigned)__builtin_ctz(gic->sgi_sources[core][intid])
               : 0;
}

static uint32_t acknowledge(struct device *device, const struct access *access,
                            bool alias)
{
    struct gicv2 *gic = device->state;
    struct gicv2_cpu *cpu = cpu_of(device, access);
    unsigned core = gicv2_core_of(access);
    struct gicv2_best best = gicv2_find_best(device, core);

    if (!gicv2_can_preempt(cpu, &best)) {
        return GIC_SPURIOUS;
    }
    uint32_t intid = visible_intid(device, access, &best, alias);
    if (intid >= GICV2_WRONG_GROUP || access->debug) {
        return intid;
    }
    unsigned source = source_of(gic, core, intid);
    struct gic_bank *bank = &gic->banks[gic_bank_index(core, intid)];
    cpu->active[best.group] |=
        BIT((best.priority & gicv2_group_mask(cpu, best.group)) >> 3);
    gic_activate(bank, BIT(intid % 32));
    if (intid < GIC_SGIS) {
        gicv2_set_sgi(gic, core, intid,
                      (uint8_t)(gic->sgi_sources[core][intid] & ~BIT(source)));
    }
    gicv2_update(device);
    return intid | source << 10;
}

GICV2_READ(read_iar, acknowledge, false)
GICV2_READ(read_aiar, acknowledge, true)

static uint32_t highest_pending(struct device *device,
                                const struct access *access, bool alias)
{
    unsigned core = gicv2_core_of(access);
    struct gicv2_best best = gicv2_find_best(device, core);
    uint32_t intid = visible_intid(device, access, &best, alias);

    return intid | source_of(device->state, core, intid) << 10;
}

REGISTER_VALUE(read_hppir, highest_pending(device, access, false))
REGISTER_VALUE(read_ahppir, highest_pending(device, access, true))

static uint32_t read_rpr(struct device *device, const struct access *access,
                         unsigned index)
{
    uint8_t running = gicv2_running_priority(cpu_of(device, access));

    return gicv2_is_secure(device, access) || running == GIC_IDLE_PRIORITY
               ? running
               : shifted(running);
}

static void deactivate(struct device *device, const struct access *access,
                       uint32_t value)
{
    struct gicv2 *gic = device->state;
    unsigned intid = value & 0x3ff;

    if (intid < GIC_IDS) {
        struct gic_bank *bank =
            &gic->banks[gic_bank_index(gicv2_core_of(access), intid)];
        bank->active &=
            ~(BIT(intid % 32) & gicv2_visible(device, access, bank));
    }
}

/* Priority drop, and deactivation too unless EOImode separates them. */
static void end(struct device *device, const struct access *access,
                uint32_t value, bool alias)
{
    struct gicv2 *gic = device->state;
    struct gicv2_cpu *cpu = cpu_of(device, access);
    unsigned intid = value & 0x3ff;
    bool secure = gicv2_is_secure(device, access);

    if (intid >= GIC_IDS) {
        return;
    }
    const struct gic_bank *bank =
        &gic->banks[gic_bank_index(gicv2_core_of(access), intid)];
    unsigned group = bank->group >> intid % 32 & 1;
    if (group == GICV2_G0 && (alias || !secure)) {
        return;
    }
    cpu->active[group] &= cpu->active[group] - (cpu->active[group] != 0);
    uint32_t split = secure ? GICV2_CTLR_EOIMODE : GICV2_CTLR_EOIMODE_NS;
    if ((cpu->control & split) == 0) {
        deactivate(device, access, value);
    }
    gicv2_update(device);
}

GICV2_WRITE(write_eoir, end, false)
GICV2_WRITE(write_aeoir, end, true)

static void write_dir(struct device *device, const struct access *access,
                      unsigned index, uint32_t value)
{
    uint32_t split = gicv2_is_secure(device, access) ? GICV2_CTLR_EOIMODE
                                                     : GICV2_CTLR_EOIMODE_NS;

    if ((cpu_of(device, access)->control & split) != 0) {
        deactivate(device, access, value);
        gicv2_update(device);
    }
}

/* 4.4.11: to the Non-secure state GICC_APR0 is the upper half of GICC_NSAPR0,
 * as its priorities are the lower half of all. */
static uint32_t read_apr(struct device *device, const struct access *access,
                         unsigned index)
{
    const struct gicv2_cpu *cpu = cpu_of(device, access);

    return gicv2_is_secure(device, access) ? cpu->active[GICV2_G0]
                                           : cpu->active[GICV2_GROUP1] >> 16;
}

static void write_apr(struct device *device, const struct access *access,
                      unsigned index, uint32_t value)
{
    struct gicv2_cpu *cpu = cpu_of(device, access);

    if (gicv2_is_secure(device, access)) {
        cpu->active[GICV2_G0] = value;
    } else {
        cpu->active[GICV2_GROUP1] =
            (cpu->active[GICV2_GROUP1] & 0xffff) | value << 16;
    }
    gicv2_update_core(device, gicv2_core_of(access));
}

REGISTER_VALUE(read_nsapr, gicv2_is_secure(device, access)
                               ? cpu_of(device, access)->active[GICV2_GROUP1]
                               : 0)

static void write_nsapr(struct device *device, const struct access *access,
                        unsigned index, uint32_t value)
{
    if (gicv2_is_secure(device, access)) {
        cpu_of(device, access)->active[GICV2_GROUP1] = value;
        gicv2_update_core(device, gicv2_core_of(access));
    }
}
const struct register_spec gicv2_cpu_rows[] = {
#include "devices/arm/gicv2_cpu_interface.def"
};

static_assert(ARRAY_SIZE(gicv2_cpu_rows) == GICV2_CPU_ROWS, "all rows");
