/* SPDX-License-Identifier: Apache-2.0 */
/*
 * GICv3 distributor (GICD_*): shared interrupts, their groups, priorities and
 * routes; and the device type of the whole controller. See gicv3.h.
 *
 * A 1-of-N interrupt (GICD_IROUTER.Interrupt_Routing_Mode) always goes to core
 * 0.
 */
#include "devices/arm/gicv3.h"

uint32_t gicv3_set_read(const struct gicv3 *gic, const struct gic_bank *bank,
                        enum gicv3_set set, bool secure)
{
    uint32_t visible = gicv3_visible(gic, bank, secure);

    switch (set) {
    case GICV3_GROUP:
        return gicv3_shifted(gic, secure) ? 0 : bank->group;
    case GICV3_MODIFIER:
        return gicv3_secure_of_two(gic, secure) ? bank->modifier : 0;
    case GICV3_ENABLE:
    case GICV3_DISABLE:
        return bank->enabled & visible;
    case GICV3_PEND:
    case GICV3_UNPEND:
        return gic_pending(bank) & visible;
    default:
        return bank->active & visible;
    }
}

void gicv3_set_write(struct gicv3 *gic, struct gic_bank *bank,
                     enum gicv3_set set, bool secure, uint32_t value)
{
    uint32_t bits = value & gicv3_visible(gic, bank, secure);

    switch (set) {
    case GICV3_GROUP:
        bank->group = gicv3_shifted(gic, secure) ? bank->group : value;
        break;
    case GICV3_MODIFIER:
        if (gicv3_secure_of_two(gic, secure)) {
            bank->modifier = value;
        }
        break;
    case GICV3_ENABLE:
        bank->enabled |= bits;
        break;
    case GICV3_DISABLE:
        bank->enabled &= ~bits;
        break;
    case GICV3_PEND:
        bank->latched |= bits;
        break;
    case GICV3_UNPEND:
        bank->latched &= ~bits;
        break;
    case GICV3_ACTIVATE:
        bank->active |= bits;
        break;
    case GICV3_DEACTIVATE:
        bank->active &= ~bits;
        break;
    }
}

void gicv3_update_core(struct device *device, unsigned core)
{
    struct gicv3 *gic = device->state;
    struct line *outputs = &device->outputs[4 * core];
    bool irq, fiq, virtual_irq, virtual_fiq, maintenance;

    gicv3_virtual_lines(&gic->cpus[core].virtual, &virtual_irq, &virtual_fiq,
                        &maintenance);
    gic_set_private(device, gic->banks, core, GICV3_MAINTENANCE, maintenance);
    gicv3_cpu_lines(device, core, &irq, &fiq);
    line_set(&outputs[0], irq);
    line_set(&outputs[1], fiq);
    line_set(&outputs[2], virtual_irq);
    line_set(&outputs[3], virtual_fiq);
}

void gicv3_update(struct device *device)
{
    const struct gicv3_wiring *wiring = device->wiring;

    for (unsigned core = 0; core < wiring->core_count; core++) {
        gicv3_update_core(device, core);
    }
}

bool gicv3_has_core(const struct device *device, uint64_t core)
{
    const struct gicv3_wiring *wiring = device->wiring;
    return core < wiring->core_count;
}

static void input_changed(struct device *device, unsigned input, uint32_t level)
{
    struct gicv3 *gic = device->state;
    uint32_t bit;
    struct gic_bank *bank = gic_input_bank(gic->banks, input, &bit);

    gic_set_line(bank, bit, level != 0);
    if (input >= GIC_SPIS) {
        gicv3_update_core(device, (input - GIC_SPIS) / 16);
    } else {
        gicv3_update(device);
    }
}

/* ---- Registers ----------------------------------------------------------- */

/* Word `index` of a bit array that begins with the private interrupts, which
 * are the redistributors' and read as zero here. */
static struct gic_bank *shared_bank(struct gicv3 *gic, unsigned index)
{
    return index == 0 || index > GIC_SHARED_BANKS
               ? NULL
               : &gic->banks[GIC_CORES + index - 1];
}

#define SET(name, set)                                                         \
    static uint32_t read_##name(struct device *device,                         \
                                const struct access *access, unsigned index)   \
    {                                                                          \
        const struct gic_bank *bank = shared_bank(device->state, index);       \
        return bank == NULL                                                    \
                   ? 0                                                         \
                   : gicv3_set_read(device->state, bank, set, access->secure); \
    }                                                                          \
    static void write_##name(struct device *device,                            \
                             const struct access *access, unsigned index,      \
                             uint32_t value)                                   \
    {                                                                          \
        struct gic_bank *bank = shared_bank(device->state, index);             \
        if (bank != NULL) {                                                    \
            gicv3_set_write(device->state, bank, set, access->secure, value);  \
            gicv3_update(device);                                              \
        }                                                                      \
    }

SET(igroupr, GICV3_GROUP)
SET(igrpmodr, GICV3_MODIFIER)
SET(isenabler, GICV3_ENABLE)
SET(icenabler, GICV3_DISABLE)
SET(isactiver, GICV3_ACTIVATE)
SET(icactiver, GICV3_DEACTIVATE)

/* ---- Access granted to the Non-secure state (GICD_NSACR) ----------------- */

static enum gicv3_permission permission(const struct gicv3 *gic, unsigned spi)
{
    return gicv3_permission(gic->access, spi);
}

/* Interrupts of word `index` that an access may see or that it was lent. */
static uint32_t lent(const struct gicv3 *gic, unsigned index, bool secure,
                     enum gicv3_permission least)
{
    const struct gic_bank *bank = &gic->banks[GIC_CORES + index - 1];
    uint32_t visible = gicv3_visible(gic, bank, secure);

    for (unsigned n = 0; n < 32; n++) {
        if (permission(gic, (index - 1) * 32 + n) >= least) {
            visible |= BIT(n);
        }
    }
    return visible;
}

static uint32_t read_ispendr(struct device *device, const struct access *access,
                             unsigned index)
{
    const struct gic_bank *bank = shared_bank(device->state, index);

    return bank == NULL
               ? 0
               : gic_pending(bank) &
                     lent(device->state, index, access->secure, GICV3_MAY_PEND);
}

static void write_ispendr(struct device *device, const struct access *access,
                          unsigned index, uint32_t value)
{
    struct gic_bank *bank = shared_bank(device->state, index);

    if (bank != NULL) {
        bank->latched |=
            value & lent(device->state, index, access->secure, GICV3_MAY_PEND);
        gicv3_update(device);
    }
}

static uint32_t read_icpendr(struct device *device, const struct access *access,
                             unsigned index)
{
    const struct gic_bank *bank = shared_bank(device->state, index);

    return bank == NULL
               ? 0
               : gic_pending(bank) & lent(device->state, index, access->secure,
                                          GICV3_MAY_CLEAR);
}

static void write_icpendr(struct device *device, const struct access *access,
                          unsigned index, uint32_t value)
{
    struct gic_bank *bank = shared_bank(device->state, index);

    if (bank != NULL) {
        bank->latched &= ~(value & lent(device->state, index, access->secure,
                                        GICV3_MAY_CLEAR));
        gicv3_update(device);
    }
}

static uint32_t read_nsacr(struct device *device, const struct access *access,
                           unsigned index)
{
    const struct gicv3 *gic = device->state;

    return index >= 2 && index < GIC_IDS / 16 &&
                   gicv3_secure_of_two(gic, access->secure)
               ? gic->access[index - 2]
               : 0;
}

static void write_nsacr(struct device *device, const struct access *access,
                        unsigned index, uint32_t value)
{
    struct gicv3 *gic = device->state;

    if (index >= 2 && index < GIC_IDS / 16 &&
        gicv3_secure_of_two(gic, access->secure)) {
        gic->access[index - 2] = value;
    }
}

/* GICv3 12.9.4: each state sees the enables of its own groups; bits that the
 * Non-secure view names otherwise are moved. */
static uint32_t read_ctlr(struct device *device, const struct access *access,
                          unsigned index)
{
    const struct gicv3 *gic = device->state;

    if (!gicv3_shifted(gic, access->secure)) {
        return gic->control;
    }
    return (gic->control & GICD_ENABLE_G1NS) |
           ((gic->control & GICD_ARE_NS) != 0 ? 1u << 4 : 0);
}

static void write_ctlr(struct device *device, const struct access *access,
                       unsigned index, uint32_t value)
{
    struct gicv3 *gic = device->state;
    uint32_t mask = GICD_ENABLE_G0 | GICD_ENABLE_G1NS | GICD_ENABLE_G1S;

    if (gicv3_shifted(gic, access->secure)) {
        mask = GICD_ENABLE_G1NS;
    } else if ((gic->control & GICD_DS) != 0) {
        mask = GICD_ENABLE_G0 | GICD_ENABLE_G1NS;
    }
    gic->control = (gic->control & ~mask) | (value & mask);
    /* One way: a machine with one state stays one until the next reset. */
    if (access->secure && (value & GICD_DS) != 0) {
        gic->control =
            (gic->control & ~(uint32_t)(GICD_ARE_NS | GICD_ENABLE_G1S)) |
            GICD_DS;
    }
    gicv3_update(device);
}

static uint32_t read_typer(struct device *device, const struct access *access,
                           unsigned index)
{
    const struct gicv3 *gic = device->state;
    const struct gicv3_wiring *wiring = device->wiring;
    bool two_states = (gic->control & GICD_DS) == 0;

    return GIC_SHARED_BANKS | (two_states ? 1u << 10 : 0) |
           (wiring->lpis ? 1u << 17 : 0) | (GICV3_ID_BITS - 1) << 19 |
           1u << 24 /* A3V */ | 1u << 25 /* No1N */;
}

/* Reserved, since GICD_TYPER does not promise them. */
static void ignore_message(struct device *device, const struct access *access,
                           unsigned index, uint32_t value)
{
    device_guest_error(device, 0, "shared interrupts take no messages");
}

static uint32_t read_ipriorityr(struct device *device,
                                const struct access *access, unsigned index)
{
    const struct gicv3 *gic = device->state;
    const struct gic_bank *bank = shared_bank(device->state, index / 8);

    return bank == NULL
               ? 0
               : gic_priority_read(bank, index % 8,
                                   gicv3_visible(gic, bank, access->secure),
                                   gicv3_shifted(gic, access->secure));
}

static void write_ipriorityr(struct device *device, const struct access *access,
                             unsigned index, uint32_t value)
{
    const struct gicv3 *gic = device->state;
    struct gic_bank *bank = shared_bank(device->state, index / 8);

    if (bank != NULL) {
        gic_priority_write(bank, index % 8, value,
                           gicv3_visible(gic, bank, access->secure),
                           gicv3_shifted(gic, access->secure));
        gicv3_update(device);
    }
}

static uint32_t read_icfgr(struct device *device, const struct access *access,
                           unsigned index)
{
    const struct gicv3 *gic = device->state;
    const struct gic_bank *bank = shared_bank(device->state, index / 2);

    return bank == NULL
               ? 0
               : gic_config_read(bank->edge &
                                     gicv3_visible(gic, bank, access->secure),
                                 index % 2);
}

static void write_icfgr(struct device *device, const struct access *access,
                        unsigned index, uint32_t value)
{
    const struct gicv3 *gic = device->state;
    struct gic_bank *bank = shared_bank(device->state, index / 2);

    if (bank != NULL) {
        uint32_t mask = gicv3_visible(gic, bank, access->secure) &
                        (index % 2 != 0 ? 0xffff0000 : 0xffff);
        bank->edge =
            (bank->edge & ~mask) | (gic_config_bits(value, index % 2) & mask);
        gicv3_update(device);
    }
}

/* Words of 64-bit routes from INTID 32 on. */
static bool route_visible(const struct gicv3 *gic, unsigned spi, bool secure)
{
    const struct gic_bank *bank = &gic->banks[GIC_CORES + spi / 32];
    return (gicv3_visible(gic, bank, secure) >> spi % 32 & 1) != 0 ||
           permission(gic, spi) >= GICV3_MAY_ROUTE;
}

static uint32_t read_irouter(struct device *device, const struct access *access,
                             unsigned index)
{
    const struct gicv3 *gic = device->state;

    if (!route_visible(gic, index / 2, access->secure)) {
        return 0;
    }
    return (uint32_t)(gic->routes[index / 2] >> (index % 2 ? 32 : 0));
}

static void write_irouter(struct device *device, const struct access *access,
                          unsigned index, uint32_t value)
{
    struct gicv3 *gic = device->state;
    uint64_t *route = &gic->routes[index / 2];

    if (!route_visible(gic, index / 2, access->secure)) {
        return;
    }
    if (index % 2 != 0) {
        *route = (uint32_t)*route | (uint64_t)(value & 0xff) << 32;
    } else {
        *route = (*route & ~(uint64_t)UINT32_MAX) | (value & 0x80ffffff);
    }
    gicv3_update(device);
}

/* ---- Life ---------------------------------------------------------------- */

static int init(struct device *device, struct error *error)
{
    struct gicv3_wiring *wiring = device->wiring;
    uint32_t cores = device_property_u32(device, "cairn,core-count", 1);

    if (cores == 0 || cores > GIC_CORES) {
        return error_set(error, -EINVAL,
                         "property 'cairn,core-count': %u cores, at most %u",
                         cores, (unsigned)GIC_CORES);
    }
    wiring->core_count = cores;
    wiring->security = device_property_u32(device, "cairn,security", 0) != 0;
    wiring->lpis = device_property_u32(device, "cairn,lpis", 0) != 0;
    if (wiring->lpis) {
        return dma_open(&wiring->dma, device, error);
    }
    return 0;
}

static void reset(struct device *device, enum reset_domain domain)
{
    struct gicv3 *gic = device->state;
    const struct gicv3_wiring *wiring = device->wiring;

    gic->control =
        wiring->security ? GICD_ARE_S | GICD_ARE_NS : GICD_ARE_S | GICD_DS;
    for (unsigned core = 0; core < GIC_CORES; core++) {
        gic->banks[core].edge = 0xffff; /* SGIs */
        gicv3_redistributor_reset(device, core);
        gicv3_cpu_reset(device, core);
    }
    gic_look_at_inputs(device, gic->banks);
    gicv3_update(device);
}

static const struct register_spec distributor_rows[] = {
#include "devices/arm/gicv3_distributor.def"
};

static struct register_bank const banks[] = {
    {"distributor",   0x10000, 1 | 2 | 4 | 8, distributor_rows,
     ARRAY_SIZE(distributor_rows)},
    {"redistributor", 0x20000, 1 | 2 | 4 | 8, gicv3_redistributor_rows,
     GICV3_REDISTRIBUTOR_ROWS    },
};

static const uint16_t frames[] = {1, GIC_CORES};

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

const struct device_type gicv3 = {
    .compatible = GICV3_COMPATIBLE,
    .title = "GICv3 interrupt controller",
    .reference = "Arm GIC Architecture Specification (IHI 0069), GICv3",
    DEVICE_OMISSIONS(
        {"GICD_TYPER.MBIS", OMITTED_ABSENT, 0, 0, "message-based SPIs"},
        {"GICD_STATUSR", OMITTED_ABSENT, 0, 0,
         "error reporting: it reads as zero"},
        {"GICD_IROUTER", OMITTED_UNSEEN, 0, 0,
         "which core 1-of-N chooses: always core 0"},
        {"GICR_WAKER", OMITTED_UNSEEN, 0, 0,
         "a redistributor that sleeps still forwards interrupts, which is left "
         "open while groups are enabled"}),
    .description = &gicv3_description,
    .state_size = sizeof(struct gicv3),
    .wiring_size = sizeof(struct gicv3_wiring),
    DEVICE_TABLE(bank, banks),
    .frames = frames,
    DEVICE_FIELDS(STATE(struct gicv3, banks, RESET_CORE),
                  STATE(struct gicv3, routes, RESET_CORE),
                  STATE(struct gicv3, redistributors, RESET_CORE),
                  STATE(struct gicv3, cpus, RESET_CORE),
                  STATE(struct gicv3, lpi_pending, RESET_CORE),
                  STATE(struct gicv3, access, RESET_CORE),
                  STATE(struct gicv3, sgi_access, RESET_CORE),
                  STATE(struct gicv3, control, RESET_CORE),
                  STATE(struct gicv3, reserved, RESET_CORE)),
    DEVICE_TABLE(output, outputs),
    DEVICE_TABLE(input, inputs),
    .init = init,
    .reset = reset,
    .restored = gicv3_update,
    .interface = &gicv3_cpu_interface,
};
