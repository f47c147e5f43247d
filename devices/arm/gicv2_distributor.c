/* SPDX-License-Identifier: Apache-2.0 */
/* GICv2 distributor: IHI 0048B, 4.3. See gicv2.h. */
#include "base/assert.h"
#include "bus/handlers.h"
#include "devices/arm/gicv2.h"

static struct gic_bank *bank_at(struct device *device,
                                const struct access *access, unsigned index)
{
    struct gicv2 *gic = device->state;

    if (index == 0) {
        return &gic->banks[gicv2_core_of(access)];
    }
    return index <= GIC_SHARED_BANKS ? &gic->banks[GIC_CORES + index - 1]
                                     : NULL;
}

static uint32_t read_ctlr(struct device *device, const struct access *access,
                          unsigned index)
{
    const struct gicv2 *gic = device->state;

    return gicv2_is_secure(device, access)
               ? gic->control
               : (gic->control & GICV2_CTLR_G1) >> 1;
}

static void write_ctlr(struct device *device, const struct access *access,
                       unsigned index, uint32_t value)
{
    struct gicv2 *gic = device->state;

    gic->control = gicv2_is_secure(device, access)
                       ? value
                       : (gic->control & GICV2_CTLR_G0) | (value & 1) << 1;
    gicv2_update(device);
}

static uint32_t read_typer(struct device *device, const struct access *access,
                           unsigned index)
{
    const struct gicv2_wiring *wiring = device->wiring;

    return GIC_SHARED_BANKS | (wiring->core_count - 1) << 5 |
           (wiring->security ? 1u << 10 : 0);
}

static uint32_t read_igroupr(struct device *device, const struct access *access,
                             unsigned index)
{
    const struct gic_bank *bank = bank_at(device, access, index);
    return bank != NULL && gicv2_is_secure(device, access) ? bank->group : 0;
}

static void write_igroupr(struct device *device, const struct access *access,
                          unsigned index, uint32_t value)
{
    struct gic_bank *bank = bank_at(device, access, index);

    if (bank != NULL && gicv2_is_secure(device, access)) {
        bank->group = value;
        gicv2_update(device);
    }
}

static uint32_t read_enabled(struct device *device, const struct access *access,
                             unsigned index)
{
    const struct gic_bank *bank = bank_at(device, access, index);
    return bank != NULL ? bank->enabled & gicv2_visible(device, access, bank)
                        : 0;
}

static void write_isenabler(struct device *device, const struct access *access,
                            unsigned index, uint32_t value)
{
    struct gic_bank *bank = bank_at(device, access, index);

    if (bank != NULL) {
        bank->enabled |= value & gicv2_visible(device, access, bank);
        gicv2_update(device);
    }
}

/* SGIs cannot be disabled by a GIC-400: they are enabled from reset on. */
static void write_icenabler(struct device *device, const struct access *access,
                            unsigned index, uint32_t value)
{
    struct gic_bank *bank = bank_at(device, access, index);

    if (bank != NULL) {
        bank->enabled &= ~(value & gicv2_visible(device, access, bank)) |
                         (index == 0 ? 0xffffu : 0);
        gicv2_update(device);
    }
}

static uint32_t read_pending(struct device *device, const struct access *access,
                             unsigned index)
{
    const struct gic_bank *bank = bank_at(device, access, index);
    return bank != NULL
               ? gic_pending(bank) & gicv2_visible(device, access, bank)
               : 0;
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
            value & gicv2_visible(device, access, bank) & not_sgis(index);
        gicv2_update(device);
    }
}

static void write_icpendr(struct device *device, const struct access *access,
                          unsigned index, uint32_t value)
{
    struct gic_bank *bank = bank_at(device, access, index);

    if (bank != NULL) {
        bank->latched &=
            ~(value & gicv2_visible(device, access, bank) & not_sgis(index));
        gicv2_update(device);
    }
}

static uint32_t read_active(struct device *device, const struct access *access,
                            unsigned index)
{
    const struct gic_bank *bank = bank_at(device, access, index);
    return bank != NULL ? bank->active & gicv2_visible(device, access, bank)
                        : 0;
}

static void write_isactiver(struct device *device, const struct access *access,
                            unsigned index, uint32_t value)
{
    struct gic_bank *bank = bank_at(device, access, index);

    if (bank != NULL) {
        bank->active |= value & gicv2_visible(device, access, bank);
        gicv2_update(device);
    }
}

static void write_icactiver(struct device *device, const struct access *access,
                            unsigned index, uint32_t value)
{
    struct gic_bank *bank = bank_at(device, access, index);

    if (bank != NULL) {
        bank->active &= ~(value & gicv2_visible(device, access, bank));
        gicv2_update(device);
    }
}

static uint32_t read_ipriorityr(struct device *device,
                                const struct access *access, unsigned index)
{
    const struct gic_bank *bank = bank_at(device, access, index / 8);

    return bank == NULL ? 0
                        : gic_priority_read(bank, index % 8,
                                            gicv2_visible(device, access, bank),
                                            !gicv2_is_secure(device, access));
}

static void write_ipriorityr(struct device *device, const struct access *access,
                             unsigned index, uint32_t value)
{
    struct gic_bank *bank = bank_at(device, access, index / 8);

    if (bank != NULL) {
        gic_priority_write(bank, index % 8, value,
                           gicv2_visible(device, access, bank),
                           !gicv2_is_secure(device, access));
        gicv2_update(device);
    }
}

/* 4.3.12: of the private interrupts a core reads itself; with one core there
 * is nothing to choose, and all is zero. */
static uint32_t read_itargetsr(struct device *device,
                               const struct access *access, unsigned index)
{
    const struct gicv2 *gic = device->state;
    const struct gicv2_wiring *wiring = device->wiring;

    if (wiring->core_count == 1 || index * 4 >= GIC_IDS) {
        return 0;
    }
    if (index < 8) {
        return BIT(gicv2_core_of(access)) * 0x01010101;
    }
    uint32_t value = load_le32(&gic->targets[index * 4 - GIC_PRIVATE]);
    const struct gic_bank *bank = bank_at(device, access, index / 8);
    for (unsigned i = 0; i < 4; i++) {
        if ((gicv2_visible(device, access, bank) >> (index % 8 * 4 + i) & 1) ==
            0) {
            value &= ~(0xffu << (8 * i));
        }
    }
    return value;
}

static void write_itargetsr(struct device *device, const struct access *access,
                            unsigned index, uint32_t value)
{
    struct gicv2 *gic = device->state;
    const struct gicv2_wiring *wiring = device->wiring;

    if (wiring->core_count == 1 || index < 8 || index * 4 >= GIC_IDS) {
        return;
    }
    const struct gic_bank *bank = bank_at(device, access, index / 8);
    for (unsigned i = 0; i < 4; i++) {
        if ((gicv2_visible(device, access, bank) >> (index % 8 * 4 + i) & 1) !=
            0) {
            gic->targets[index * 4 - GIC_PRIVATE + i] =
                (uint8_t)(value >> (8 * i) & (BIT(wiring->core_count) - 1));
        }
    }
    gicv2_update(device);
}

static uint32_t read_icfgr(struct device *device, const struct access *access,
                           unsigned index)
{
    const struct gic_bank *bank = bank_at(device, access, index / 2);

    return bank == NULL ? 0
                        : gic_config_read(
                              bank->edge & gicv2_visible(device, access, bank),
                              index % 2);
}

static void write_icfgr(struct device *device, const struct access *access,
                        unsigned index, uint32_t value)
{
    struct gic_bank *bank = bank_at(device, access, index / 2);

    if (bank != NULL && index != 0) {
        uint32_t mask = gicv2_visible(device, access, bank) &
                        (index % 2 != 0 ? 0xffff0000 : 0xffff);
        bank->edge =
            (bank->edge & ~mask) | (gic_config_bits(value, index % 2) & mask);
        gicv2_update(device);
    }
}

/* ---- SGIs ---------------------------------------------------------------- */

void gicv2_set_sgi(struct gicv2 *gic, unsigned core, unsigned sgi,
                   uint8_t sources)
{
    uint32_t bit = BIT(sgi);

    debug_assert(core < GIC_CORES && sgi < GIC_SGIS);
    gic->sgi_sources[core][sgi] = sources;
    gic->banks[core].latched = sources != 0 ? gic->banks[core].latched | bit
                                            : gic->banks[core].latched & ~bit;
}

/* 4.3.15. NSATT picks the group that a Secure request is for; a Non-secure one
 * is for group 1. */
static void write_sgir(struct device *device, const struct access *access,
                       unsigned index, uint32_t value)
{
    struct gicv2 *gic = device->state;
    const struct gicv2_wiring *wiring = device->wiring;
    unsigned self = gicv2_core_of(access);
    unsigned sgi = value & 0xf;
    bool group1 = !gicv2_is_secure(device, access) || (value >> 15 & 1) != 0;
    uint32_t list[] = {value >> 16 & 0xff, ~BIT(self), BIT(self), 0};

    for (unsigned core = 0; core < wiring->core_count; core++) {
        bool in_group = (gic->banks[core].group >> sgi & 1) == group1;
        if ((list[value >> 24 & 3] >> core & 1) != 0 &&
            (in_group || !wiring->security)) {
            gicv2_set_sgi(gic, core, sgi,
                          (uint8_t)(gic->sgi_sources[core][sgi] | BIT(self)));
        }
    }
    gicv2_update(device);
}

static uint32_t read_sgi_pending(struct device *device,
                                 const struct access *access, unsigned index)
{
    const struct gicv2 *gic = device->state;
    unsigned core = gicv2_core_of(access);
    uint32_t value = load_le32(&gic->sgi_sources[core][index * 4]);

    for (unsigned i = 0; i < 4; i++) {
        if ((gicv2_visible(device, access, &gic->banks[core]) >>
                 (index * 4 + i) &
             1) == 0) {
            value &= ~(0xffu << (8 * i));
        }
    }
    return value;
}

static void change_sgis(struct device *device, const struct access *access,
                        unsigned index, uint32_t value, bool set)
{
    struct gicv2 *gic = device->state;
    unsigned core = gicv2_core_of(access);

    for (unsigned i = 0; i < 4; i++) {
        unsigned sgi = index * 4 + i;
        uint32_t bits = value >> (8 * i) & 0xff;
        uint32_t sources = gic->sgi_sources[core][sgi];
        if ((gicv2_visible(device, access, &gic->banks[core]) >> sgi & 1) !=
            0) {
            sources = set ? sources | bits : sources & ~bits;
            gicv2_set_sgi(gic, core, sgi, (uint8_t)sources);
        }
    }
    gicv2_update(device);
}

REGISTER_CALL(write_cpendsgir, change_sgis(device, access, index, value, false))
REGISTER_CALL(write_spendsgir, change_sgis(device, access, index, value, true))
const struct register_spec gicv2_distributor_rows[] = {
#include "devices/arm/gicv2_distributor.def"
};

static_assert(ARRAY_SIZE(gicv2_distributor_rows) == GICV2_DISTRIBUTOR_ROWS,
              "all rows");
