/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The interrupt that a GICv3 signals to a core, as IRQ or FIQ: the pending one
 * of the highest priority, unless the running priority or the mask holds it
 * back. See gicv3.h; section numbers are of IHI 0069.
 */
#include "base/assert.h"
#include "devices/arm/gicv3_cpu.h"

/* ---- The best pending interrupt ------------------------------------------ */

static bool routed_here(const struct gicv3 *gic, unsigned core, unsigned spi)
{
    uint64_t route = gic->routes[spi];

    debug_assert(spi < GIC_SPIS);
    if ((route >> 31 & 1) != 0) {
        return core == 0;
    }
    return (route & 0xff00ffffff) == core;
}

static void look_at_group(const struct gicv3 *gic, unsigned core,
                          unsigned index, enum gicv3_group group,
                          struct gicv3_best *best)
{
    const struct gic_bank *bank = &gic->banks[index];
    uint32_t left = gic_ready(bank) & gicv3_group_bits(gic, bank, group);

    debug_assert(index == core || (index >= GIC_CORES && index < GIC_BANKS));
    for (; left != 0; left &= left - 1) {
        unsigned n = (unsigned)__builtin_ctz(left);
        unsigned spi = index < GIC_CORES ? 0 : (index - GIC_CORES) * 32 + n;
        uint32_t intid = index < GIC_CORES ? n : GIC_PRIVATE + spi;
        uint8_t priority = bank->priority[n];
        if ((priority < best->priority ||
             (priority == best->priority && intid < best->intid)) &&
            (index < GIC_CORES || routed_here(gic, core, spi))) {
            *best = (struct gicv3_best){intid, priority, group};
        }
    }
}

static bool group_enabled(const struct gicv3 *gic, unsigned core,
                          enum gicv3_group group)
{
    static const uint32_t masks[] = {
        [GICV3_G0] = GICD_ENABLE_G0,
        [GICV3_G1S] = GICD_ENABLE_G1S,
        [GICV3_G1NS] = GICD_ENABLE_G1NS,
    };
    return (gic->control & masks[group]) != 0 &&
           gic->cpus[core].enabled[group] != 0;
}

static void look_at_bank(const struct gicv3 *gic, unsigned core, unsigned index,
                         struct gicv3_best *best)
{
    if (gic_ready(&gic->banks[index]) == 0) {
        return;
    }
    for (enum gicv3_group group = GICV3_G0; group < GICV3_GROUPS; group++) {
        if (group_enabled(gic, core, group)) {
            look_at_group(gic, core, index, group, best);
        }
    }
}

struct gicv3_best gicv3_best(struct device *device, unsigned core)
{
    const struct gicv3 *gic = device->state;
    const struct gicv3_redistributor *redistributor =
        &gic->redistributors[core];
    struct gicv3_best best = {GIC_SPURIOUS, GIC_IDLE_PRIORITY, GICV3_G0};

    debug_assert(core < GIC_CORES);
    look_at_bank(gic, core, core, &best);
    for (unsigned i = GIC_CORES; i < ARRAY_SIZE(gic->banks); i++) {
        if (!gic_is_quiet(&gic->banks[i])) {
            look_at_bank(gic, core, i, &best);
        }
    }
    if (group_enabled(gic, core, GICV3_G1NS) &&
        redistributor->lpi_priority < best.priority) {
        best = (struct gicv3_best){redistributor->lpi_best,
                                   (uint8_t)redistributor->lpi_priority,
                                   GICV3_G1NS};
    }
    return best;
}

/* ---- Priorities ---------------------------------------------------------- */

uint8_t gicv3_running_priority(const struct gicv3_cpu *cpu)
{
    uint32_t active = cpu->active[0] | cpu->active[1] | cpu->active[2];
    return (uint8_t)(active == 0 ? GIC_IDLE_PRIORITY
                                 : __builtin_ctz(active) << 3);
}

bool gicv3_common_binary_point(const struct gicv3 *gic,
                               const struct gicv3_cpu *cpu,
                               enum gicv3_group group)
{
    unsigned state =
        group == GICV3_G1NS && !gicv3_one_state(gic) ? NON_SECURE : SECURE;
    return group != GICV3_G0 && (cpu->control[state] & CONTROL_CBPR) != 0;
}

/* The bits of a priority that preemption looks at (4.8.6). The Non-secure
 * binary point is one off. */
uint32_t gicv3_group_mask(const struct gicv3 *gic, const struct gicv3_cpu *cpu,
                          enum gicv3_group group)
{
    debug_assert(group < GICV3_GROUPS);
    if (gicv3_common_binary_point(gic, cpu, group)) {
        group = GICV3_G0;
    }
    /* Three bits, whatever a record holds. */
    unsigned point = cpu->binary_point[group] & 7;
    point -= group == GICV3_G1NS ? 1 : 0;
    return UINT32_MAX << (point + 1);
}

bool gicv3_can_preempt(const struct gicv3 *gic, const struct gicv3_cpu *cpu,
                       const struct gicv3_best *best)
{
    uint8_t running = gicv3_running_priority(cpu);

    debug_assert(best->group < GICV3_GROUPS);
    if (best->intid == GIC_SPURIOUS || best->priority >= cpu->priority_mask) {
        return false;
    }
    return gic_is_better(best->priority, running,
                         gicv3_group_mask(gic, cpu, best->group));
}

/* 4.6.2: an interrupt that is not group 1 of the running state is an FIQ. */
void gicv3_cpu_lines(struct device *device, unsigned core, bool *irq, bool *fiq)
{
    const struct gicv3 *gic = device->state;
    const struct gicv3_cpu *cpu = &gic->cpus[core];
    struct gicv3_best best = gicv3_best(device, core);
    bool is_fiq = best.group == GICV3_G0;

    *irq = false;
    *fiq = false;
    if (!gicv3_can_preempt(gic, cpu, &best)) {
        return;
    }
    if (!gicv3_one_state(gic) && best.group == GICV3_G1S) {
        is_fiq = cpu->at_el3 != 0 || cpu->non_secure != 0;
    } else if (!gicv3_one_state(gic) && best.group == GICV3_G1NS) {
        is_fiq = cpu->at_el3 != 0 || cpu->non_secure == 0;
    }
    *irq = !is_fiq;
    *fiq = is_fiq;
}
