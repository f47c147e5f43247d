/* SPDX-License-Identifier: Apache-2.0 */
/*
 * GICv3 CPU interface (ICC_*): access to its system registers, acknowledge,
 * priority drop and deactivation, masks and control. See gicv3.h; section
 * numbers are of IHI 0069.
 *
 * Five bits of priority and of preemption, so one active priority register a
 * group. The system registers cannot be switched off: ICC_SRE_ELx are constant.
 */
#include "base/assert.h"
#include "devices/arm/gicv3_cpu.h"

enum monitor_control_bits {
    MONITOR_CBPR_S = 1 << 0,
    MONITOR_CBPR_NS = 1 << 1,
    MONITOR_EOIMODE = 1 << 2,
    MONITOR_EOIMODE_S = 1 << 3,
    MONITOR_EOIMODE_NS = 1 << 4,
    MONITOR_RM = 1 << 5,
    MONITOR_PMHE = 1 << 6,
};

void gicv3_cpu_reset(struct device *device, unsigned core)
{
    struct gicv3 *gic = device->state;
    struct gicv3_cpu *cpu = &gic->cpus[core];

    assert(core < GIC_CORES);
    cpu->binary_point[GICV3_G0] = BINARY_POINT_MIN;
    cpu->binary_point[GICV3_G1S] = BINARY_POINT_MIN;
    cpu->binary_point[GICV3_G1NS] = BINARY_POINT_MIN + 1;
    cpu->non_secure = 1;
    gicv3_virtual_reset(&cpu->virtual);
}

/* ---- Views of security states -------------------------------------------- */

/* The bank of registers that both states have: by SCR_EL3.NS, with one state
 * the same for both. */
static unsigned state_of(const struct gicv3_call *call)
{
    return !gicv3_one_state(call->gic) && call->caller->non_secure ? NON_SECURE
                                                                   : SECURE;
}

/* The Non-secure view of priorities holds where Secure firmware has group 0 to
 * itself (4.8.1). */
static bool has_shifted_view(const struct gicv3_call *call)
{
    return call->caller->monitor && call->caller->non_secure &&
           call->caller->level < 3 && call->caller->fiq_to_el3;
}

/* ---- Acknowledge and end ------------------------------------------------- */

static void activate(struct gicv3_call *call, const struct gicv3_best *best)
{
    struct gicv3 *gic = call->gic;
    uint32_t priority =
        best->priority & gicv3_group_mask(gic, call->cpu, best->group);

    debug_assert(best->intid != GIC_SPURIOUS && best->group < GICV3_GROUPS);
    call->cpu->active[best->group] |= BIT(priority >> 3);
    if (best->intid >= GICV3_LPI_FIRST) {
        gicv3_lpi_set(call->device, call->core, best->intid, false);
    } else {
        gic_activate(&gic->banks[gic_bank_index(call->core, best->intid)],
                     BIT(best->intid % 32));
    }
    gicv3_update(call->device);
}

/* 4.2.2, table of special INTIDs: 1020 and 1021 report to EL3 the interrupts
 * of the states below it; group 0 registers see group 0, the others their own.
 */
static uint32_t visible_intid(const struct gicv3_call *call,
                              const struct gicv3_best *best, bool group0)
{
    bool at_el3 = call->caller->level == 3;

    if (best->intid == GIC_SPURIOUS) {
        return GIC_SPURIOUS;
    }
    if (group0) {
        if (best->group != GICV3_G0 && at_el3 && !gicv3_one_state(call->gic)) {
            return best->group == GICV3_G1S ? 1020 : 1021;
        }
        return best->group == GICV3_G0 && (gicv3_one_state(call->gic) ||
                                           !call->caller->non_secure || at_el3)
                   ? best->intid
                   : GIC_SPURIOUS;
    }
    if (at_el3 &&
        !gicv3_one_state(call->gic)) { /* which may handle both states' */
        return best->group != GICV3_G0 ? best->intid : GIC_SPURIOUS;
    }
    return best->group == gicv3_group1_of(call) ? best->intid : GIC_SPURIOUS;
}

static uint64_t read_iar(struct gicv3_call *call, unsigned index)
{
    struct gicv3_best best = gicv3_best(call->device, call->core);

    if (!gicv3_can_preempt(call->gic, call->cpu, &best)) {
        return GIC_SPURIOUS;
    }
    uint32_t intid = visible_intid(call, &best, index == 0);
    if (intid < 1020 || intid >= GICV3_LPI_FIRST) {
        activate(call, &best);
    }
    return intid;
}

static uint64_t read_hppir(struct gicv3_call *call, unsigned index)
{
    struct gicv3_best best = gicv3_best(call->device, call->core);
    return visible_intid(call, &best, index == 0);
}

void gicv3_deactivate(struct gicv3 *gic, unsigned core, uint32_t intid)
{
    debug_assert(core < GIC_CORES);
    if (intid < GIC_IDS) {
        gic->banks[gic_bank_index(core, intid)].active &= ~BIT(intid % 32);
    }
}

/* The group of the highest active priority; -1 if none is active. */
static int active_group(const struct gicv3_cpu *cpu)
{
    int found = -1;
    unsigned best = 32;

    for (int group = 0; group < GICV3_GROUPS; group++) {
        uint32_t active = cpu->active[group];
        if (active != 0 && (unsigned)__builtin_ctz(active) < best) {
            best = (unsigned)__builtin_ctz(active);
            found = group;
        }
    }
    return found;
}

static bool splits_end(const struct gicv3_call *call)
{
    if (call->caller->level == 3) {
        return (call->cpu->monitor_control & MONITOR_EOIMODE) != 0;
    }
    return (call->cpu->control[state_of(call)] & CONTROL_EOIMODE) != 0;
}

/* An end that does not belong to the interrupt being handled is unpredictable
 * (4.1.1); it is ignored here. */
static void write_eoir(struct gicv3_call *call, unsigned index, uint64_t value)
{
    uint32_t intid = (uint32_t)value & 0xffffff;
    int group = active_group(call->cpu);

    if (group < 0 || (intid >= GIC_IDS && intid < GICV3_LPI_FIRST) ||
        (index == 0) != (group == GICV3_G0)) {
        return;
    }
    if (call->caller->level < 3 && !gicv3_one_state(call->gic) &&
        (index != 0 ? group != (int)gicv3_group1_of(call)
                    : call->caller->non_secure)) {
        return;
    }
    call->cpu->active[group] &= call->cpu->active[group] - 1;
    if (!splits_end(call)) {
        gicv3_deactivate(call->gic, call->core, intid);
    }
    gicv3_update(call->device);
}

/* ICC_DIR_EL1 deactivates only interrupts that the caller can take: those of
 * its own state that are not routed to a higher level. */
static bool may_deactivate(const struct gicv3_call *call, uint32_t intid)
{
    const struct gic_cpu_caller *caller = call->caller;
    const struct gic_bank *bank =
        &call->gic->banks[gic_bank_index(call->core, intid)];
    uint32_t bit = BIT(intid % 32);
    bool group0 = (gicv3_group_bits(call->gic, bank, GICV3_G0) & bit) != 0;

    debug_assert(intid < GIC_IDS);
    if (caller->level == 3) {
        return true;
    }
    if (!gicv3_one_state(call->gic) && caller->non_secure &&
        (bank->group & bit) == 0) {
        return false;
    }
    return !(group0 ? caller->fiq_to_el3 : caller->irq_to_el3);
}

static void write_dir(struct gicv3_call *call, unsigned index, uint64_t value)
{
    uint32_t intid = (uint32_t)value & 0xffffff;

    if (intid >= GIC_IDS || !splits_end(call)) {
        return;
    }
    if (may_deactivate(call, intid)) {
        gicv3_deactivate(call->gic, call->core, intid);
        gicv3_update(call->device);
    }
}

/* ---- Masks and points ---------------------------------------------------- */

static uint64_t shifted(uint32_t priority)
{
    return (priority & 0x80) == 0 ? 0 : priority << 1 & 0xff;
}

static uint64_t read_pmr(struct gicv3_call *call, unsigned index)
{
    uint32_t mask = call->cpu->priority_mask;

    return has_shifted_view(call) ? shifted(mask) : mask;
}

static void write_pmr(struct gicv3_call *call, unsigned index, uint64_t value)
{
    uint32_t mask = (uint32_t)value & 0xff;

    if (has_shifted_view(call)) {
        if ((call->cpu->priority_mask & 0x80) == 0) {
            return;
        }
        mask = 0x80 | mask >> 1;
    }
    call->cpu->priority_mask = mask & GIC_PRIORITY_MASK;
    gicv3_update_core(call->device, call->core);
}

static uint64_t read_rpr(struct gicv3_call *call, unsigned index)
{
    uint8_t running = gicv3_running_priority(call->cpu);

    return has_shifted_view(call) && running != GIC_IDLE_PRIORITY
               ? shifted(running)
               : running;
}

/* 12.2.5: below EL3 group 1's register shows group 0's where they share it. */
static bool shares_point(const struct gicv3_call *call, enum gicv3_group group)
{
    return call->caller->level < 3 &&
           gicv3_common_binary_point(call->gic, call->cpu, group);
}

static uint64_t read_bpr(struct gicv3_call *call, unsigned index)
{
    enum gicv3_group group = index == 0 ? GICV3_G0 : gicv3_group1_of(call);

    if (!shares_point(call, group)) {
        return call->cpu->binary_point[group];
    }
    uint32_t point = call->cpu->binary_point[GICV3_G0];
    if (group == GICV3_G1NS) {
        point = point < 7 ? point + 1 : 7;
    }
    return point;
}

static void write_bpr(struct gicv3_call *call, unsigned index, uint64_t value)
{
    enum gicv3_group group = index == 0 ? GICV3_G0 : gicv3_group1_of(call);
    uint32_t least = BINARY_POINT_MIN + (group == GICV3_G1NS ? 1u : 0);
    uint32_t point = (uint32_t)value & 7;

    if (shares_point(call, group)) {
        if (group == GICV3_G1NS) {
            return; /* 12.2.5: writes are ignored */
        }
        group = GICV3_G0;
    }
    call->cpu->binary_point[group] = point < least ? least : point;
    gicv3_update_core(call->device, call->core);
}

static enum gicv3_group index_group(const struct gicv3_call *call,
                                    unsigned index)
{
    return index / 4 == 0 ? GICV3_G0 : gicv3_group1_of(call);
}

static uint64_t read_apr(struct gicv3_call *call, unsigned index)
{
    return index % 4 == 0 ? call->cpu->active[index_group(call, index)] : 0;
}

static void write_apr(struct gicv3_call *call, unsigned index, uint64_t value)
{
    if (index % 4 == 0) {
        call->cpu->active[index_group(call, index)] = (uint32_t)value;
        gicv3_update_core(call->device, call->core);
    }
}

/* ---- Control ------------------------------------------------------------- */

static uint64_t read_ctlr(struct gicv3_call *call, unsigned index)
{
    return call->cpu->control[state_of(call)] | CONTROL_CONSTANT;
}

static void write_ctlr(struct gicv3_call *call, unsigned index, uint64_t value)
{
    uint32_t mask = CONTROL_CBPR | CONTROL_EOIMODE | CONTROL_PMHE;
    uint32_t *control = &call->cpu->control[state_of(call)];

    if (state_of(call) == NON_SECURE) {
        mask = CONTROL_EOIMODE; /* the rest is EL3's with two states */
    }
    *control = (*control & ~mask) | ((uint32_t)value & mask);
    gicv3_update_core(call->device, call->core);
}

/* ICC_CTLR_EL3 shows the bits of both states' ICC_CTLR_EL1. */
static uint64_t read_monitor_control(struct gicv3_call *call, unsigned index)
{
    const struct gicv3_cpu *cpu = call->cpu;
    uint32_t secure = cpu->control[SECURE];
    uint32_t other =
        cpu->control[gicv3_one_state(call->gic) ? SECURE : NON_SECURE];

    return cpu->monitor_control | CONTROL_CONSTANT |
           ((secure & CONTROL_CBPR) != 0 ? MONITOR_CBPR_S : 0) |
           ((other & CONTROL_CBPR) != 0 ? MONITOR_CBPR_NS : 0) |
           ((secure & CONTROL_EOIMODE) != 0 ? MONITOR_EOIMODE_S : 0) |
           ((other & CONTROL_EOIMODE) != 0 ? MONITOR_EOIMODE_NS : 0) |
           ((secure & CONTROL_PMHE) != 0 ? MONITOR_PMHE : 0);
}

static void write_monitor_control(struct gicv3_call *call, unsigned index,
                                  uint64_t value)
{
    uint32_t *control = call->cpu->control;

    call->cpu->monitor_control =
        (uint32_t)value & (MONITOR_EOIMODE | MONITOR_RM);
    control[SECURE] = ((value & MONITOR_CBPR_S) != 0 ? CONTROL_CBPR : 0) |
                      ((value & MONITOR_EOIMODE_S) != 0 ? CONTROL_EOIMODE : 0) |
                      ((value & MONITOR_PMHE) != 0 ? CONTROL_PMHE : 0);
    control[NON_SECURE] =
        ((value & MONITOR_CBPR_NS) != 0 ? CONTROL_CBPR : 0) |
        ((value & MONITOR_EOIMODE_NS) != 0 ? CONTROL_EOIMODE : 0);
    gicv3_update_core(call->device, call->core);
}

static uint64_t read_igrpen(struct gicv3_call *call, unsigned index)
{
    return call->cpu->enabled[index == 0 ? GICV3_G0 : gicv3_group1_of(call)];
}

static void write_igrpen(struct gicv3_call *call, unsigned index,
                         uint64_t value)
{
    call->cpu->enabled[index == 0 ? GICV3_G0 : gicv3_group1_of(call)] =
        (uint32_t)value & 1;
    gicv3_update_core(call->device, call->core);
}

static uint64_t read_igrpen_monitor(struct gicv3_call *call, unsigned index)
{
    return call->cpu->enabled[GICV3_G1NS] | call->cpu->enabled[GICV3_G1S] << 1;
}

static void write_igrpen_monitor(struct gicv3_call *call, unsigned index,
                                 uint64_t value)
{
    call->cpu->enabled[GICV3_G1NS] = (uint32_t)value & 1;
    call->cpu->enabled[GICV3_G1S] = (uint32_t)value >> 1 & 1;
    gicv3_update_core(call->device, call->core);
}

/* SRE, DFB and DIB; above EL1 lower levels may read it too. */
static uint64_t read_sre(struct gicv3_call *call, unsigned index)
{
    return index == 1 ? 0x7 : 0xf;
}

static void write_sre(struct gicv3_call *call, unsigned index, uint64_t value)
{
}

/* ---- Access -------------------------------------------------------------- */

/* Which controls of EL2 and EL3 hold a register back. */
enum kind { PLAIN, GROUP0, GROUP1, COMMON, END, SGI };

enum {
    HCR_TC = 1 << 10,
    HCR_TALL0 = 1 << 11,
    HCR_TALL1 = 1 << 12,
    HCR_TDIR = 1 << 14
};

struct row {
    uint32_t encoding;
    enum kind kind;
    uint64_t (*read)(struct gicv3_call *call, unsigned index);
    void (*write)(struct gicv3_call *call, unsigned index, uint64_t value);
    unsigned index;
    const char *name;
};

static const struct row *find(uint32_t encoding)
{
    switch (encoding) {
#define REGISTER(name, op0, op1, crn, crm, op2, kind, read, write, index)      \
    case GIC_CPU_REGISTER(op0, op1, crn, crm, op2): {                          \
        static const struct row row = {                                        \
            GIC_CPU_REGISTER(op0, op1, crn, crm, op2),                         \
            kind,                                                              \
            read,                                                              \
            write,                                                             \
            index,                                                             \
            name};                                                             \
        return &row;                                                           \
    }
#include "devices/arm/gicv3_cpu_interface.def"
#undef REGISTER
    default:
        return NULL;
    }
}

static bool is_virtual(const struct gic_cpu_caller *caller, enum kind kind)
{
    switch (kind) {
    case GROUP0:
        return caller->fiq_virtual;
    case GROUP1:
        return caller->irq_virtual;
    case PLAIN:
        return false;
    default:
        return caller->irq_virtual || caller->fiq_virtual;
    }
}

static uint32_t hypervisor_traps(enum kind kind)
{
    switch (kind) {
    case GROUP0:
        return HCR_TALL0;
    case GROUP1:
        return HCR_TALL1;
    case COMMON:
    case SGI:
        return HCR_TC;
    case END:
        return HCR_TC | HCR_TDIR;
    default:
        return 0;
    }
}

static bool traps_to_el3(const struct gic_cpu_caller *caller, enum kind kind)
{
    switch (kind) {
    case GROUP0:
        return caller->fiq_to_el3;
    case GROUP1:
        return caller->irq_to_el3;
    case PLAIN:
        return false;
    default:
        return caller->irq_to_el3 && caller->fiq_to_el3;
    }
}

static unsigned least_level(uint32_t encoding)
{
    unsigned op1 = encoding >> 11 & 7;
    return op1 == 6 ? 3 : op1 == 4 ? 2 : 1;
}

static enum gic_cpu_answer check(const struct gicv3_call *call,
                                 const struct row *row, bool *virtual)
{
    const struct gic_cpu_caller *caller = call->caller;
    unsigned least = least_level(row->encoding);

    *virtual = false;
    if (caller->level < least || (least == 2 && !caller->hypervisor) ||
        (least == 3 && !caller->monitor)) {
        return GIC_CPU_UNDEFINED;
    }
    if (caller->level == 1 && caller->hypervisor && caller->non_secure) {
        *virtual = is_virtual(caller, row->kind);
        if ((call->cpu->virtual.control & hypervisor_traps(row->kind)) != 0 ||
            (*virtual && row->kind == SGI)) {
            return GIC_CPU_TRAP_EL2;
        }
        if (*virtual) {
            return GIC_CPU_DONE;
        }
    }
    return caller->level < 3 && caller->monitor &&
                   traps_to_el3(caller, row->kind)
               ? GIC_CPU_TRAP_EL3
               : GIC_CPU_DONE;
}

static struct gicv3_call make_call(struct device *device, unsigned core,
                                   const struct gic_cpu_caller *caller)
{
    struct gicv3 *gic = device->state;
    return (struct gicv3_call){device, gic, &gic->cpus[core], core, caller};
}

static enum gic_cpu_answer read(struct device *device, unsigned core,
                                uint32_t encoding,
                                const struct gic_cpu_caller *caller,
                                uint64_t *value)
{
    const struct row *row = find(encoding);
    bool virtual;

    *value = 0;
    if (row == NULL || row->read == NULL || core >= GIC_CORES) {
        return GIC_CPU_UNDEFINED;
    }
    struct gicv3_call call = make_call(device, core, caller);
    enum gic_cpu_answer answer = check(&call, row, &virtual);
    if (answer == GIC_CPU_DONE) {
        *value = virtual ? gicv3_virtual_read(&call, encoding)
                         : row->read(&call, row->index);
    }
    return answer;
}

static enum gic_cpu_answer write(struct device *device, unsigned core,
                                 uint32_t encoding,
                                 const struct gic_cpu_caller *caller,
                                 uint64_t value)
{
    const struct row *row = find(encoding);
    bool virtual;

    if (row == NULL || row->write == NULL || core >= GIC_CORES) {
        return GIC_CPU_UNDEFINED;
    }
    struct gicv3_call call = make_call(device, core, caller);
    enum gic_cpu_answer answer = check(&call, row, &virtual);
    if (answer == GIC_CPU_DONE && virtual) {
        gicv3_virtual_write(&call, encoding, value);
    } else if (answer == GIC_CPU_DONE) {
        row->write(&call, row->index, value);
    }
    return answer;
}

static void moved(struct device *device, unsigned core, bool non_secure,
                  bool at_el3)
{
    struct gicv3 *gic = device->state;

    if (core < GIC_CORES) {
        gic->cpus[core].non_secure = non_secure;
        gic->cpus[core].at_el3 = at_el3;
        gicv3_update_core(device, core);
    }
}

const struct gic_cpu gicv3_cpu_interface = {read, write, moved};
