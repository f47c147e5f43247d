/* SPDX-License-Identifier: Apache-2.0 */
/*
 * GICv2, as a GIC-400 has it: distributor and CPU interfaces for up to eight
 * cores. Registers that are banked per core follow the core that an access
 * comes from (struct access). Section numbers are of IHI 0048B.
 *
 * Without cairn,security all accesses count as Secure, and both groups are
 * there all the same.
 */
#include "devices/arm/gic.h"

enum { SECURE_G0, GROUP1, GROUPS };
enum { SGI_NOT_GROUP0 = 1022, BINARY_POINT_MIN = 2 };

struct cpu {
    uint32_t control; /* GICC_CTLR as the Secure state sees it */
    uint32_t priority_mask;
    uint32_t binary_point[GROUPS];
    uint32_t active[GROUPS]; /* GICC_APR0, GICC_NSAPR0 */
};

struct state {
    struct gic_bank banks[GIC_BANKS];
    uint8_t targets[GIC_SPIS];
    uint8_t sgi_sources[GIC_CORES][GIC_SGIS]; /* cores that asked */
    struct cpu cpus[GIC_CORES];
    uint32_t control; /* GICD_CTLR as the Secure state sees it */
};

struct wiring {
    unsigned core_count;
    bool security;
};

enum control_bits {
    CONTROL_G0 = 1 << 0,
    CONTROL_G1 = 1 << 1,
    CONTROL_ACK = 1 << 2,
    CONTROL_FIQ = 1 << 3,
    CONTROL_CBPR = 1 << 4,

    CONTROL_BYPASS_G1 = 3 << 7, /* where the Non-secure view has bits 5, 6 */
    CONTROL_EOIMODE = 1 << 9,
    CONTROL_EOIMODE_NS = 1 << 10,
};

struct best {
    unsigned intid;
    uint8_t priority;
    unsigned group;
};

static bool is_secure(const struct device *device, const struct access *access)
{
    const struct wiring *wiring = device->wiring;
    return !wiring->security || access->secure;
}

static uint32_t visible(const struct device *device,
                        const struct access *access,
                        const struct gic_bank *bank)
{
    return is_secure(device, access) ? UINT32_MAX : bank->group;
}

static unsigned core_of(const struct access *access)
{
    return access->master % GIC_CORES;
}

/* ---- Which interrupt a core is told of ------------------------------------
 */

static bool targets(const struct device *device, unsigned core, unsigned spi)
{
    const struct state *state = device->state;
    const struct wiring *wiring = device->wiring;

    return wiring->core_count == 1 || (state->targets[spi] >> core & 1) != 0;
}

static void look_at_bank(const struct device *device, unsigned core,
                         unsigned index, struct best *best)
{
    const struct state *state = device->state;
    const struct gic_bank *bank = &state->banks[index];
    uint32_t groups = ((state->control & CONTROL_G0) != 0 ? ~bank->group : 0) |
                      ((state->control & CONTROL_G1) != 0 ? bank->group : 0);
    uint32_t left = gic_pending(bank) & bank->enabled & ~bank->active & groups;

    for (; left != 0; left &= left - 1) {
        unsigned n = (unsigned)__builtin_ctz(left);
        unsigned spi = index < GIC_CORES ? 0 : (index - GIC_CORES) * 32 + n;
        if (bank->priority[n] < best->priority &&
            (index < GIC_CORES || targets(device, core, spi))) {
            *best = (struct best){
                .intid = index < GIC_CORES ? n : GIC_PRIVATE + spi,
                .priority = bank->priority[n],
                .group = bank->group >> n & 1,
            };
        }
    }
}

static struct best find_best(const struct device *device, unsigned core)
{
    struct best best = {GIC_SPURIOUS, GIC_IDLE_PRIORITY, SECURE_G0};

    look_at_bank(device, core, core, &best);
    for (unsigned i = GIC_CORES; i < GIC_BANKS; i++) {
        look_at_bank(device, core, i, &best);
    }
    return best;
}

static uint8_t running_priority(const struct cpu *cpu)
{
    uint32_t active = cpu->active[0] | cpu->active[1];
    return (uint8_t)(active == 0 ? GIC_IDLE_PRIORITY
                                 : __builtin_ctz(active) << 3);
}

/* 3.3.3: the Non-secure binary point is one off. */
static uint32_t group_mask(const struct cpu *cpu, unsigned group)
{
    if (group == SECURE_G0 || (cpu->control & CONTROL_CBPR) != 0) {
        return UINT32_MAX << (cpu->binary_point[SECURE_G0] + 1);
    }
    return UINT32_MAX << cpu->binary_point[GROUP1];
}

static bool can_preempt(const struct cpu *cpu, const struct best *best)
{
    uint8_t running = running_priority(cpu);
    uint32_t enable = best->group == GROUP1 ? CONTROL_G1 : CONTROL_G0;

    return best->intid != GIC_SPURIOUS && (cpu->control & enable) != 0 &&
           best->priority < cpu->priority_mask &&
           (running == GIC_IDLE_PRIORITY ||
            (best->priority & group_mask(cpu, best->group)) < running);
}

static void update_core(struct device *device, unsigned core)
{
    const struct state *state = device->state;
    const struct cpu *cpu = &state->cpus[core];
    struct best best = find_best(device, core);
    bool signal = can_preempt(cpu, &best);
    bool fiq = best.group == SECURE_G0 && (cpu->control & CONTROL_FIQ) != 0;

    line_set(&device->outputs[4 * core], signal && !fiq);
    line_set(&device->outputs[4 * core + 1], signal && fiq);
}

static void update(struct device *device)
{
    const struct wiring *wiring = device->wiring;

    for (unsigned core = 0; core < wiring->core_count; core++) {
        update_core(device, core);
    }
}

static void input_changed(struct device *device, unsigned input, uint32_t level)
{
    struct state *state = device->state;
    uint32_t bit;
    struct gic_bank *bank = gic_input_bank(state->banks, input, &bit);

    gic_set_line(bank, bit, level != 0);
    update(device);
}

/* ---- Distributor -----------------------------------------------------------
 */

static struct gic_bank *bank_at(struct device *device,
                                const struct access *access, unsigned index)
{
    struct state *state = device->state;

    if (index == 0) {
        return &state->banks[core_of(access)];
    }
    return index <= GIC_SHARED_BANKS ? &state->banks[GIC_CORES + index - 1]
                                     : NULL;
}

static uint32_t read_ctlr(struct device *device, const struct access *access,
                          unsigned index)
{
    const struct state *state = device->state;

    (void)index;
    return is_secure(device, access) ? state->control
                                     : (state->control & CONTROL_G1) >> 1;
}

static void write_ctlr(struct device *device, const struct access *access,
                       unsigned index, uint32_t value)
{
    struct state *state = device->state;

    (void)index;
    state->control = is_secure(device, access)
                         ? value
                         : (state->control & CONTROL_G0) | (value & 1) << 1;
    update(device);
}

static uint32_t read_typer(struct device *device, const struct access *access,
                           unsigned index)
{
    const struct wiring *wiring = device->wiring;

    (void)access;
    (void)index;
    return GIC_SHARED_BANKS | (wiring->core_count - 1) << 5 |
           (wiring->security ? 1u << 10 : 0);
}

static uint32_t read_igroupr(struct device *device, const struct access *access,
                             unsigned index)
{
    const struct gic_bank *bank = bank_at(device, access, index);
    return bank != NULL && is_secure(device, access) ? bank->group : 0;
}

static void write_igroupr(struct device *device, const struct access *access,
                          unsigned index, uint32_t value)
{
    struct gic_bank *bank = bank_at(device, access, index);

    if (bank != NULL && is_secure(device, access)) {
        bank->group = value;
        update(device);
    }
}

static uint32_t read_enabled(struct device *device, const struct access *access,
                             unsigned index)
{
    const struct gic_bank *bank = bank_at(device, access, index);
    return bank != NULL ? bank->enabled & visible(device, access, bank) : 0;
}

static void write_isenabler(struct device *device, const struct access *access,
                            unsigned index, uint32_t value)
{
    struct gic_bank *bank = bank_at(device, access, index);

    if (bank != NULL) {
        bank->enabled |= value & visible(device, access, bank);
        update(device);
    }
}

/* SGIs cannot be disabled by a GIC-400: they are enabled from reset on. */
static void write_icenabler(struct device *device, const struct access *access,
                            unsigned index, uint32_t value)
{
    struct gic_bank *bank = bank_at(device, access, index);

    if (bank != NULL) {
        bank->enabled &= ~(value & visible(device, access, bank)) |
                         (index == 0 ? 0xffffu : 0);
        update(device);
    }
}

static uint32_t read_pending(struct device *device, const struct access *access,
                             unsigned index)
{
    const struct gic_bank *bank = bank_at(device, access, index);
    return bank != NULL ? gic_pending(bank) & visible(device, access, bank) : 0;
}

/* SGIs have registers of their own for this. */
static uint32_t not_sgis(unsigned index)
{
    return index == 0 ? 0xffff0000 : UINT32_MAX;
}

static void write_ispendr(struct device *device, const struct access *access,
                          unsigned index, uint32_t value)
{
    struct gic_bank *bank = bank_at(device, access, index);

    if (bank != NULL) {
        bank->latched |=
            value & visible(device, access, bank) & not_sgis(index);
        update(device);
    }
}

static void write_icpendr(struct device *device, const struct access *access,
                          unsigned index, uint32_t value)
{
    struct gic_bank *bank = bank_at(device, access, index);

    if (bank != NULL) {
        bank->latched &=
            ~(value & visible(device, access, bank) & not_sgis(index));
        update(device);
    }
}

static uint32_t read_active(struct device *device, const struct access *access,
                            unsigned index)
{
    const struct gic_bank *bank = bank_at(device, access, index);
    return bank != NULL ? bank->active & visible(device, access, bank) : 0;
}

static void write_isactiver(struct device *device, const struct access *access,
                            unsigned index, uint32_t value)
{
    struct gic_bank *bank = bank_at(device, access, index);

    if (bank != NULL) {
        bank->active |= value & visible(device, access, bank);
        update(device);
    }
}

static void write_icactiver(struct device *device, const struct access *access,
                            unsigned index, uint32_t value)
{
    struct gic_bank *bank = bank_at(device, access, index);

    if (bank != NULL) {
        bank->active &= ~(value & visible(device, access, bank));
        update(device);
    }
}

static uint32_t read_ipriorityr(struct device *device,
                                const struct access *access, unsigned index)
{
    const struct gic_bank *bank = bank_at(device, access, index / 8);

    return bank == NULL ? 0
                        : gic_priority_read(bank, index % 8,
                                            visible(device, access, bank),
                                            !is_secure(device, access));
}

static void write_ipriorityr(struct device *device, const struct access *access,
                             unsigned index, uint32_t value)
{
    struct gic_bank *bank = bank_at(device, access, index / 8);

    if (bank != NULL) {
        gic_priority_write(bank, index % 8, value,
                           visible(device, access, bank),
                           !is_secure(device, access));
        update(device);
    }
}

/* 4.3.12: of the private interrupts a core reads itself; with one core there
 * is nothing to choose, and all is zero. */
static uint32_t read_itargetsr(struct device *device,
                               const struct access *access, unsigned index)
{
    const struct state *state = device->state;
    const struct wiring *wiring = device->wiring;

    if (wiring->core_count == 1 || index * 4 >= GIC_IDS) {
        return 0;
    }
    if (index < 8) {
        return BIT(core_of(access)) * 0x01010101;
    }
    uint32_t value = load_le32(&state->targets[index * 4 - GIC_PRIVATE]);
    const struct gic_bank *bank = bank_at(device, access, index / 8);
    for (unsigned i = 0; i < 4; i++) {
        if ((visible(device, access, bank) >> (index % 8 * 4 + i) & 1) == 0) {
            value &= ~(0xffu << (8 * i));
        }
    }
    return value;
}

static void write_itargetsr(struct device *device, const struct access *access,
                            unsigned index, uint32_t value)
{
    struct state *state = device->state;
    const struct wiring *wiring = device->wiring;

    if (wiring->core_count == 1 || index < 8 || index * 4 >= GIC_IDS) {
        return;
    }
    const struct gic_bank *bank = bank_at(device, access, index / 8);
    for (unsigned i = 0; i < 4; i++) {
        if ((visible(device, access, bank) >> (index % 8 * 4 + i) & 1) != 0) {
            state->targets[index * 4 - GIC_PRIVATE + i] =
                (uint8_t)(value >> (8 * i) & (BIT(wiring->core_count) - 1));
        }
    }
    update(device);
}

static uint32_t read_icfgr(struct device *device, const struct access *access,
                           unsigned index)
{
    const struct gic_bank *bank = bank_at(device, access, index / 2);

    return bank == NULL
               ? 0
               : gic_config_read(bank->edge & visible(device, access, bank),
                                 index % 2);
}

static void write_icfgr(struct device *device, const struct access *access,
                        unsigned index, uint32_t value)
{
    struct gic_bank *bank = bank_at(device, access, index / 2);

    if (bank != NULL && index != 0) {
        uint32_t mask = visible(device, access, bank) &
                        (index % 2 != 0 ? 0xffff0000 : 0xffff);
        bank->edge =
            (bank->edge & ~mask) | (gic_config_bits(value, index % 2) & mask);
        update(device);
    }
}

/* ---- SGIs ------------------------------------------------------------------
 */

static void set_sgi(struct state *state, unsigned core, unsigned sgi,
                    uint8_t sources)
{
    uint32_t bit = BIT(sgi);

    state->sgi_sources[core][sgi] = sources;
    state->banks[core].latched = sources != 0
                                     ? state->banks[core].latched | bit
                                     : state->banks[core].latched & ~bit;
}

/* 4.3.15. NSATT picks the group that a Secure request is for; a Non-secure one
 * is for group 1. */
static void write_sgir(struct device *device, const struct access *access,
                       unsigned index, uint32_t value)
{
    struct state *state = device->state;
    const struct wiring *wiring = device->wiring;
    unsigned self = core_of(access);
    unsigned sgi = value & 0xf;
    bool group1 = !is_secure(device, access) || (value >> 15 & 1) != 0;
    uint32_t list[] = {value >> 16 & 0xff, ~BIT(self), BIT(self), 0};

    (void)index;
    for (unsigned core = 0; core < wiring->core_count; core++) {
        bool in_group = (state->banks[core].group >> sgi & 1) == group1;
        if ((list[value >> 24 & 3] >> core & 1) != 0 &&
            (in_group || !wiring->security)) {
            set_sgi(state, core, sgi,
                    (uint8_t)(state->sgi_sources[core][sgi] | BIT(self)));
        }
    }
    update(device);
}

static uint32_t read_sgi_pending(struct device *device,
                                 const struct access *access, unsigned index)
{
    const struct state *state = device->state;
    unsigned core = core_of(access);
    uint32_t value = load_le32(&state->sgi_sources[core][index * 4]);

    for (unsigned i = 0; i < 4; i++) {
        if ((visible(device, access, &state->banks[core]) >> (index * 4 + i) &
             1) == 0) {
            value &= ~(0xffu << (8 * i));
        }
    }
    return value;
}

static void change_sgis(struct device *device, const struct access *access,
                        unsigned index, uint32_t value, bool set)
{
    struct state *state = device->state;
    unsigned core = core_of(access);

    for (unsigned i = 0; i < 4; i++) {
        unsigned sgi = index * 4 + i;
        uint32_t bits = value >> (8 * i) & 0xff;
        uint32_t sources = state->sgi_sources[core][sgi];
        if ((visible(device, access, &state->banks[core]) >> sgi & 1) != 0) {
            sources = set ? sources | bits : sources & ~bits;
            set_sgi(state, core, sgi, (uint8_t)sources);
        }
    }
    update(device);
}

static void write_cpendsgir(struct device *device, const struct access *access,
                            unsigned index, uint32_t value)
{
    change_sgis(device, access, index, value, false);
}

static void write_spendsgir(struct device *device, const struct access *access,
                            unsigned index, uint32_t value)
{
    change_sgis(device, access, index, value, true);
}

/* ---- CPU interface ----------------------------------------------------------
 */

static struct cpu *cpu_of(struct device *device, const struct access *access)
{
    struct state *state = device->state;
    return &state->cpus[core_of(access)];
}

/* 4.4.1: the Non-secure view has its enable, bypass and EOI bits elsewhere. */
static uint32_t read_cpu_ctlr(struct device *device,
                              const struct access *access, unsigned index)
{
    uint32_t control = cpu_of(device, access)->control;

    (void)index;
    if (is_secure(device, access)) {
        return control;
    }
    return (control & CONTROL_G1) >> 1 | (control & CONTROL_BYPASS_G1) >> 2 |
           (control & CONTROL_EOIMODE_NS) >> 1;
}

static void write_cpu_ctlr(struct device *device, const struct access *access,
                           unsigned index, uint32_t value)
{
    struct cpu *cpu = cpu_of(device, access);
    uint32_t mask = CONTROL_G1 | CONTROL_BYPASS_G1 | CONTROL_EOIMODE_NS;

    (void)index;
    if (is_secure(device, access)) {
        cpu->control = value;
    } else {
        uint32_t moved = (value & 1) << 1 | (value & 3 << 5) << 2 |
                         (value & CONTROL_EOIMODE) << 1;
        cpu->control = (cpu->control & ~mask) | (moved & mask);
    }
    update_core(device, core_of(access));
}

static uint32_t shifted(uint32_t priority)
{
    return (priority & 0x80) == 0 ? 0 : priority << 1 & 0xff;
}

static uint32_t read_pmr(struct device *device, const struct access *access,
                         unsigned index)
{
    uint32_t mask = cpu_of(device, access)->priority_mask;

    (void)index;
    return is_secure(device, access) ? mask : shifted(mask);
}

static void write_pmr(struct device *device, const struct access *access,
                      unsigned index, uint32_t value)
{
    struct cpu *cpu = cpu_of(device, access);

    (void)index;
    if (!is_secure(device, access)) {
        if ((cpu->priority_mask & 0x80) == 0) {
            return;
        }
        value = 0x80 | value >> 1;
    }
    cpu->priority_mask = value & GIC_PRIORITY_MASK;
    update_core(device, core_of(access));
}

/* Register 0 is GICC_BPR, 1 GICC_ABPR, by which the Secure state reaches the
 * Non-secure one's. */
static uint32_t read_bpr(struct device *device, const struct access *access,
                         unsigned index)
{
    const struct cpu *cpu = cpu_of(device, access);

    if (is_secure(device, access)) {
        return cpu->binary_point[index];
    }
    if (index != 0) {
        return 0;
    }
    uint32_t common = cpu->binary_point[SECURE_G0];
    if ((cpu->control & CONTROL_CBPR) == 0) {
        return cpu->binary_point[GROUP1];
    }
    return common < 7 ? common + 1 : 7;
}

static void set_bpr(struct device *device, const struct access *access,
                    unsigned index, uint32_t value)
{
    struct cpu *cpu = cpu_of(device, access);
    bool secure = is_secure(device, access);
    unsigned group = secure ? index : GROUP1;
    uint32_t least = BINARY_POINT_MIN + (group == GROUP1 ? 1u : 0);

    if (!secure && (index != 0 || (cpu->control & CONTROL_CBPR) != 0)) {
        return;
    }
    cpu->binary_point[group] = value < least ? least : value;
    update_core(device, core_of(access));
}

static void write_bpr(struct device *device, const struct access *access,
                      unsigned index, uint32_t value)
{
    (void)index;
    set_bpr(device, access, 0, value);
}

static uint32_t read_abpr(struct device *device, const struct access *access,
                          unsigned index)
{
    (void)index;
    return read_bpr(device, access, 1);
}

static void write_abpr(struct device *device, const struct access *access,
                       unsigned index, uint32_t value)
{
    (void)index;
    set_bpr(device, access, 1, value);
}

/* 3.4.3: 1022 tells Secure software that a group 1 interrupt waits. */
static uint32_t visible_intid(struct device *device,
                              const struct access *access,
                              const struct best *best, bool alias)
{
    if (best->intid == GIC_SPURIOUS) {
        return GIC_SPURIOUS;
    }
    if (alias || !is_secure(device, access)) {
        return best->group == GROUP1 ? best->intid : (uint32_t)GIC_SPURIOUS;
    }
    return best->group == GROUP1 &&
                   (cpu_of(device, access)->control & CONTROL_ACK) == 0
               ? (uint32_t)SGI_NOT_GROUP0
               : best->intid;
}

static unsigned source_of(const struct state *state, unsigned core,
                          unsigned intid)
{
    return intid < GIC_SGIS && state->sgi_sources[core][intid] != 0
               ? (unsigned)__builtin_ctz(state->sgi_sources[core][intid])
               : 0;
}

static uint32_t acknowledge(struct device *device, const struct access *access,
                            bool alias)
{
    struct state *state = device->state;
    struct cpu *cpu = cpu_of(device, access);
    unsigned core = core_of(access);
    struct best best = find_best(device, core);

    if (!can_preempt(cpu, &best)) {
        return GIC_SPURIOUS;
    }
    uint32_t intid = visible_intid(device, access, &best, alias);
    if (intid >= SGI_NOT_GROUP0 || access->debug) {
        return intid;
    }
    unsigned source = source_of(state, core, intid);
    struct gic_bank *bank = &state->banks[gic_bank_index(core, intid)];
    cpu->active[best.group] |=
        BIT((best.priority & group_mask(cpu, best.group)) >> 3);
    gic_activate(bank, BIT(intid % 32));
    if (intid < GIC_SGIS) {
        set_sgi(state, core, intid,
                (uint8_t)(state->sgi_sources[core][intid] & ~BIT(source)));
    }
    update(device);
    return intid | source << 10;
}

static uint32_t read_iar(struct device *device, const struct access *access,
                         unsigned index)
{
    (void)index;
    return acknowledge(device, access, false);
}

static uint32_t read_aiar(struct device *device, const struct access *access,
                          unsigned index)
{
    (void)index;
    return acknowledge(device, access, true);
}

static uint32_t highest_pending(struct device *device,
                                const struct access *access, bool alias)
{
    unsigned core = core_of(access);
    struct best best = find_best(device, core);
    uint32_t intid = visible_intid(device, access, &best, alias);

    return intid | source_of(device->state, core, intid) << 10;
}

static uint32_t read_hppir(struct device *device, const struct access *access,
                           unsigned index)
{
    (void)index;
    return highest_pending(device, access, false);
}

static uint32_t read_ahppir(struct device *device, const struct access *access,
                            unsigned index)
{
    (void)index;
    return highest_pending(device, access, true);
}

static uint32_t read_rpr(struct device *device, const struct access *access,
                         unsigned index)
{
    uint8_t running = running_priority(cpu_of(device, access));

    (void)index;
    return is_secure(device, access) || running == GIC_IDLE_PRIORITY
               ? running
               : shifted(running);
}

static void deactivate(struct device *device, const struct access *access,
                       uint32_t value)
{
    struct state *state = device->state;
    unsigned intid = value & 0x3ff;

    if (intid < GIC_IDS) {
        struct gic_bank *bank =
            &state->banks[gic_bank_index(core_of(access), intid)];
        bank->active &= ~(BIT(intid % 32) & visible(device, access, bank));
    }
}

/* Priority drop, and deactivation too unless EOImode separates them. */
static void end(struct device *device, const struct access *access,
                uint32_t value, bool alias)
{
    struct state *state = device->state;
    struct cpu *cpu = cpu_of(device, access);
    unsigned intid = value & 0x3ff;
    bool secure = is_secure(device, access);

    if (intid >= GIC_IDS) {
        return;
    }
    const struct gic_bank *bank =
        &state->banks[gic_bank_index(core_of(access), intid)];
    unsigned group = bank->group >> intid % 32 & 1;
    if (group == SECURE_G0 && (alias || !secure)) {
        return;
    }
    cpu->active[group] &= cpu->active[group] - (cpu->active[group] != 0);
    uint32_t split = secure ? CONTROL_EOIMODE : CONTROL_EOIMODE_NS;
    if ((cpu->control & split) == 0) {
        deactivate(device, access, value);
    }
    update(device);
}

static void write_eoir(struct device *device, const struct access *access,
                       unsigned index, uint32_t value)
{
    (void)index;
    end(device, access, value, false);
}

static void write_aeoir(struct device *device, const struct access *access,
                        unsigned index, uint32_t value)
{
    (void)index;
    end(device, access, value, true);
}

static void write_dir(struct device *device, const struct access *access,
                      unsigned index, uint32_t value)
{
    uint32_t split =
        is_secure(device, access) ? CONTROL_EOIMODE : CONTROL_EOIMODE_NS;

    (void)index;
    if ((cpu_of(device, access)->control & split) != 0) {
        deactivate(device, access, value);
        update(device);
    }
}

/* Bank 0 is GICC_APR0, which to the Non-secure state is its own. */
static uint32_t read_apr(struct device *device, const struct access *access,
                         unsigned index)
{
    (void)index;
    return cpu_of(device, access)
        ->active[is_secure(device, access) ? SECURE_G0 : GROUP1];
}

static void write_apr(struct device *device, const struct access *access,
                      unsigned index, uint32_t value)
{
    (void)index;
    cpu_of(device, access)
        ->active[is_secure(device, access) ? SECURE_G0 : GROUP1] = value;
    update_core(device, core_of(access));
}

static uint32_t read_nsapr(struct device *device, const struct access *access,
                           unsigned index)
{
    (void)index;
    return is_secure(device, access) ? cpu_of(device, access)->active[GROUP1]
                                     : 0;
}

static void write_nsapr(struct device *device, const struct access *access,
                        unsigned index, uint32_t value)
{
    (void)index;
    if (is_secure(device, access)) {
        cpu_of(device, access)->active[GROUP1] = value;
        update_core(device, core_of(access));
    }
}

/* ---- Life
 * -------------------------------------------------------------------- */

static int init(struct device *device, struct error *error)
{
    struct wiring *wiring = device->wiring;
    uint32_t cores = device_property_u32(device, "cairn,core-count", 1);

    if (cores == 0 || cores > GIC_CORES) {
        return error_set(error, -EINVAL,
                         "property 'cairn,core-count': %u cores, at most %u",
                         cores, (unsigned)GIC_CORES);
    }
    wiring->core_count = cores;
    wiring->security = device_property_u32(device, "cairn,security", 0) != 0;
    return 0;
}

static void reset(struct device *device, enum reset_domain domain)
{
    struct state *state = device->state;

    (void)domain;
    for (unsigned core = 0; core < GIC_CORES; core++) {
        state->banks[core].edge = 0xffff; /* SGIs */
        state->banks[core].enabled = 0xffff;
        state->cpus[core].binary_point[SECURE_G0] = BINARY_POINT_MIN;
        state->cpus[core].binary_point[GROUP1] = BINARY_POINT_MIN + 1;
    }
    gic_look_at_inputs(device, state->banks);
    update(device);
}

static const struct register_spec distributor_rows[] = {
#include "devices/arm/gicv2_distributor.def"
};

static const struct register_spec cpu_rows[] = {
#include "devices/arm/gicv2_cpu_interface.def"
};

static const struct register_bank banks[] = {
    {"distributor",   0x10000, 1 | 2 | 4, distributor_rows,
     ARRAY_SIZE(distributor_rows)                                               },
    {"cpu_interface", 0x10000, 1 | 2 | 4, cpu_rows,         ARRAY_SIZE(cpu_rows)},
};

static const struct state_field fields[] = {
    STATE(struct state, banks, RESET_CORE),
    STATE(struct state, targets, RESET_CORE),
    STATE(struct state, sgi_sources, RESET_CORE),
    STATE(struct state, cpus, RESET_CORE),
    STATE(struct state, control, RESET_CORE),
};

static const struct output_spec outputs[] = {
#define OUTPUT(name) {name, LINE_SIGNAL},
#include "devices/arm/gic_outputs.def"
#undef OUTPUT
};

static const struct input_spec inputs[] = {
#define INPUT(name) {name, input_changed},
#include "devices/arm/gic_inputs.def"
#undef INPUT
};

const struct device_type gicv2 = {
    .compatible = "arm,cortex-a15-gic",
    .title = "GICv2 interrupt controller",
    .reference = "Arm GIC Architecture Specification (IHI 0048), GICv2",
    .omitted = "virtualization (GICH, GICV), GICD_NSACR, bypass",
    .state_size = sizeof(struct state),
    .wiring_size = sizeof(struct wiring),
    .banks = banks,
    .bank_count = ARRAY_SIZE(banks),
    .fields = fields,
    .field_count = ARRAY_SIZE(fields),
    .outputs = outputs,
    .output_count = ARRAY_SIZE(outputs),
    .inputs = inputs,
    .input_count = ARRAY_SIZE(inputs),
    .init = init,
    .reset = reset,
    .restored = update,
};
