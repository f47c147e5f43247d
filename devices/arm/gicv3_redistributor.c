/* SPDX-License-Identifier: Apache-2.0 */
/*
 * GICv3 redistributors (GICR_*): one frame a core, with its private interrupts
 * and its LPIs. See gicv3.h.
 *
 * Which LPIs are pending is kept here while they are enabled and exchanged with
 * the pending table in memory when GICR_CTLR.EnableLPIs changes; how they are
 * configured is read from memory when it matters, so that nothing is stale.
 */
#include <string.h>

#include "base/assert.h"
#include "bus/handlers.h"
#include "devices/arm/gicv3.h"

static const uint64_t address_mask = 0x000ffffffffff000;
static const uint64_t pending_zero = (uint64_t)1 << 62; /* GICR_PENDBASER.PTZ */

enum { WAKER_SLEEP = 1 << 1, WAKER_CHILDREN_ASLEEP = 1 << 2 };
enum { LPI_FIRST_WORD = GICV3_LPI_FIRST / 32, LPI_ENABLED = 1 };
enum { LPI_STRIDE = 64 }; /* words that are looked at together */
enum { LPI_FIRST_BITS = 13 };

static_assert(BIT(LPI_FIRST_BITS) == GICV3_LPI_FIRST &&
                  LPI_FIRST_WORD % LPI_STRIDE == 0 &&
                  GICV3_LPI_WORDS % LPI_STRIDE == 0,
              "the words up to any limit, a power of two, are whole strides");

/* ---- LPIs ---------------------------------------------------------------- */

/* IDs that the configuration table covers, limited to those that are modelled;
 * those of other interrupts always count. */
static uint32_t lpi_limit(const struct gicv3_redistributor *redistributor)
{
    unsigned bits = (unsigned)(redistributor->properties & 0x1f) + 1;

    bits = bits < GICV3_ID_BITS ? bits : GICV3_ID_BITS;
    return BIT(bits > LPI_FIRST_BITS ? bits : LPI_FIRST_BITS);
}

/* A configuration that cannot be read has all of them off. */
static void look_at_word(struct device *device, unsigned core, unsigned word)
{
    struct gicv3 *gic = device->state;
    struct gicv3_redistributor *redistributor = &gic->redistributors[core];
    const struct gicv3_wiring *wiring = device->wiring;
    uint64_t base = redistributor->properties & address_mask;
    uint8_t configuration[32]; /* a byte for each LPI of the word */

    debug_assert(word >= LPI_FIRST_WORD && word < GICV3_LPI_WORDS);
    base += (uint64_t)(word - LPI_FIRST_WORD) * sizeof(configuration);
    if (dma_read(&wiring->dma, gpa(base), configuration,
                 sizeof(configuration)) != 0) {
        memset(configuration, 0, sizeof(configuration));
    }
    for (uint32_t left = gic->lpi_pending[core][word]; left != 0;
         left &= left - 1) {
        unsigned n = (unsigned)__builtin_ctz(left);
        uint32_t priority = configuration[n] & GIC_PRIORITY_MASK;
        if ((configuration[n] & LPI_ENABLED) != 0 &&
            priority < redistributor->lpi_priority) {
            redistributor->lpi_best = word * 32 + n;
            redistributor->lpi_priority = priority;
        }
    }
}

/* Nearly all words are zero, and each acknowledged message passes over them. */
static bool is_any_pending(const uint32_t words[LPI_STRIDE])
{
    static const uint32_t none[LPI_STRIDE];

    return memcmp(words, none, sizeof(none)) != 0;
}

void gicv3_lpi_look(struct device *device, unsigned core)
{
    struct gicv3 *gic = device->state;
    struct gicv3_redistributor *redistributor = &gic->redistributors[core];
    unsigned words = lpi_limit(redistributor) / 32;

    debug_assert(core < GIC_CORES);
    redistributor->lpi_priority = GIC_IDLE_PRIORITY;
    for (unsigned first = LPI_FIRST_WORD; first < words; first += LPI_STRIDE) {
        if (!is_any_pending(&gic->lpi_pending[core][first])) {
            continue;
        }
        for (unsigned word = first; word < first + LPI_STRIDE; word++) {
            if (gic->lpi_pending[core][word] != 0) {
                look_at_word(device, core, word);
            }
        }
    }
}

int gicv3_lpi_set(struct device *device, unsigned core, uint32_t intid,
                  bool pending)
{
    struct gicv3 *gic = device->state;

    if (!gicv3_has_core(device, core) || intid < GICV3_LPI_FIRST ||
        intid >= lpi_limit(&gic->redistributors[core]) ||
        (gic->redistributors[core].control & GICR_ENABLE_LPIS) == 0) {
        return -EINVAL;
    }
    uint32_t *word = &gic->lpi_pending[core][intid / 32];
    if (pending) {
        *word |= BIT(intid % 32);
        look_at_word(device, core, intid / 32);
    } else {
        *word &= ~BIT(intid % 32);
        gicv3_lpi_look(device, core);
    }
    gicv3_update_core(device, core);
    return 0;
}

void gicv3_lpi_move(struct device *device, unsigned from, unsigned to,
                    uint32_t intid)
{
    const struct gicv3 *gic = device->state;

    if (gicv3_has_core(device, from) && intid < BIT(GICV3_ID_BITS) &&
        (gic->lpi_pending[from][intid / 32] & BIT(intid % 32)) != 0 &&
        gicv3_lpi_set(device, to, intid, true) == 0 && from != to) {
        gicv3_lpi_set(device, from, intid, false);
    }
}

int gicv3_lpi_move_all(struct device *device, unsigned from, unsigned to)
{
    struct gicv3 *gic = device->state;

    debug_assert(gicv3_has_core(device, from) && gicv3_has_core(device, to));
    if (((gic->redistributors[from].control & gic->redistributors[to].control) &
         GICR_ENABLE_LPIS) == 0) {
        return -EINVAL;
    }
    if (from == to) {
        return 0;
    }
    for (unsigned word = LPI_FIRST_WORD;
         word < ARRAY_SIZE(gic->lpi_pending[from]); word++) {
        gic->lpi_pending[to][word] |= gic->lpi_pending[from][word];
        gic->lpi_pending[from][word] = 0;
    }
    gicv3_lpi_look(device, from);
    gicv3_lpi_look(device, to);
    gicv3_update(device);
    return 0;
}

/* IHI 0069, 5.1.2: the table is the redistributor's from here to the next
 * change. */
static void switch_lpis(struct device *device, unsigned core, bool on)
{
    struct gicv3 *gic = device->state;
    const struct gicv3_wiring *wiring = device->wiring;
    struct gicv3_redistributor *redistributor = &gic->redistributors[core];
    uint64_t table = redistributor->pending_table & 0x000fffffffff0000;
    uint32_t *words = &gic->lpi_pending[core][LPI_FIRST_WORD];
    size_t size = (lpi_limit(redistributor) - GICV3_LPI_FIRST) / 8;

    table += GICV3_LPI_FIRST / 8;
    assert(wiring->lpis && core < wiring->core_count);
    if (!on) {
        dma_write(&wiring->dma, gpa(table), words, size);
    }
    memset(words, 0, (GICV3_LPI_WORDS - LPI_FIRST_WORD) * sizeof(*words));
    if (on && (redistributor->pending_table & pending_zero) == 0 &&
        dma_read(&wiring->dma, gpa(table), words, size) != 0) {
        device_guest_error(device, table, "no memory at GICR_PENDBASER");
    }
    redistributor->control = on ? GICR_ENABLE_LPIS : 0;
    gicv3_lpi_look(device, core);
    gicv3_update_core(device, core);
}

void gicv3_redistributor_reset(struct device *device, unsigned core)
{
    struct gicv3 *gic = device->state;

    assert(core < GIC_CORES);
    gic->redistributors[core].waker = WAKER_SLEEP | WAKER_CHILDREN_ASLEEP;
    gic->redistributors[core].lpi_priority = GIC_IDLE_PRIORITY;
}

/* ---- Control frame ------------------------------------------------------- */

static struct gicv3_redistributor *redistributor_of(struct device *device,
                                                    const struct access *access)
{
    struct gicv3 *gic = device->state;
    debug_assert(access->frame < GIC_CORES);
    return &gic->redistributors[access->frame];
}

REGISTER_VALUE(read_ctlr, redistributor_of(device, access)->control)

static void write_ctlr(struct device *device, const struct access *access,
                       unsigned index, uint32_t value)
{
    const struct gicv3_wiring *wiring = device->wiring;

    if (wiring->lpis && gicv3_has_core(device, access->frame) &&
        (value & GICR_ENABLE_LPIS) !=
            redistributor_of(device, access)->control) {
        switch_lpis(device, access->frame, (value & GICR_ENABLE_LPIS) != 0);
    }
}

static uint32_t read_typer(struct device *device, const struct access *access,
                           unsigned index)
{
    const struct gicv3_wiring *wiring = device->wiring;
    uint32_t core = access->frame;

    if (!gicv3_has_core(device, core)) {
        return 0;
    }
    return index != 0
               ? core
               : (wiring->lpis ? 1u : 0) |
                     (core + 1 == wiring->core_count ? 1u << 4 : 0) | core << 8;
}

REGISTER_VALUE(read_waker, gicv3_shifted(device->state, access->secure)
                               ? 0
                               : redistributor_of(device, access)->waker)

static void write_waker(struct device *device, const struct access *access,
                        unsigned index, uint32_t value)
{
    if (!gicv3_shifted(device->state, access->secure)) {
        redistributor_of(device, access)->waker =
            (value & WAKER_SLEEP) != 0 ? WAKER_SLEEP | WAKER_CHILDREN_ASLEEP
                                       : 0;
    }
}

static void set_half(uint64_t *value, unsigned index, uint32_t word)
{
    *value = index != 0 ? (uint32_t)*value | (uint64_t)word << 32
                        : (*value & ~(uint64_t)UINT32_MAX) | word;
}

REGISTER_VALUE(read_propbaser,
               (uint32_t)(redistributor_of(device, access)->properties >>
                          (index ? 32 : 0)))

/* Neither base may change while LPIs are enabled. */
static void write_propbaser(struct device *device, const struct access *access,
                            unsigned index, uint32_t value)
{
    struct gicv3_redistributor *redistributor =
        redistributor_of(device, access);

    if (redistributor->control == 0) {
        set_half(&redistributor->properties, index, value);
    }
}

static uint32_t read_pendbaser(struct device *device,
                               const struct access *access, unsigned index)
{
    return (uint32_t)((redistributor_of(device, access)->pending_table &
                       ~pending_zero) >>
                      (index ? 32 : 0));
}

static void write_pendbaser(struct device *device, const struct access *access,
                            unsigned index, uint32_t value)
{
    struct gicv3_redistributor *redistributor =
        redistributor_of(device, access);

    if (redistributor->control == 0) {
        set_half(&redistributor->pending_table, index, value);
    }
}

static void write_invalidate(struct device *device, const struct access *access,
                             unsigned index, uint32_t value)
{
    if (gicv3_has_core(device, access->frame)) {
        gicv3_lpi_look(device, access->frame);
        gicv3_update_core(device, access->frame);
    }
}

/* ---- Private interrupts -------------------------------------------------- */

static struct gic_bank *bank_of(struct device *device,
                                const struct access *access)
{
    struct gicv3 *gic = device->state;
    return &gic->banks[access->frame];
}

#define SET(name, set)                                                         \
    static uint32_t read_##name(struct device *device,                         \
                                const struct access *access, unsigned index)   \
    {                                                                          \
        return gicv3_set_read(device->state, bank_of(device, access), set,     \
                              access->secure);                                 \
    }                                                                          \
    static void write_##name(struct device *device,                            \
                             const struct access *access, unsigned index,      \
                             uint32_t value)                                   \
    {                                                                          \
        gicv3_set_write(device->state, bank_of(device, access), set,           \
                        access->secure, value);                                \
        gicv3_update_core(device, access->frame);                              \
    }

SET(igroupr, GICV3_GROUP)
SET(igrpmodr, GICV3_MODIFIER)
SET(isenabler, GICV3_ENABLE)
SET(icenabler, GICV3_DISABLE)
SET(ispendr, GICV3_PEND)
SET(icpendr, GICV3_UNPEND)
SET(isactiver, GICV3_ACTIVATE)
SET(icactiver, GICV3_DEACTIVATE)

static uint32_t read_ipriorityr(struct device *device,
                                const struct access *access, unsigned index)
{
    const struct gic_bank *bank = bank_of(device, access);

    return gic_priority_read(bank, index,
                             gicv3_visible(device->state, bank, access->secure),
                             gicv3_shifted(device->state, access->secure));
}

static void write_ipriorityr(struct device *device, const struct access *access,
                             unsigned index, uint32_t value)
{
    struct gic_bank *bank = bank_of(device, access);

    gic_priority_write(bank, index, value,
                       gicv3_visible(device->state, bank, access->secure),
                       gicv3_shifted(device->state, access->secure));
    gicv3_update_core(device, access->frame);
}

static uint32_t read_icfgr(struct device *device, const struct access *access,
                           unsigned index)
{
    const struct gic_bank *bank = bank_of(device, access);

    return gic_config_read(
        bank->edge & gicv3_visible(device->state, bank, access->secure), index);
}

/* SGIs are edges for ever. */
static void write_icfgr(struct device *device, const struct access *access,
                        unsigned index, uint32_t value)
{
    struct gic_bank *bank = bank_of(device, access);
    uint32_t mask =
        0xffff0000 & gicv3_visible(device->state, bank, access->secure);

    if (index == 1) {
        bank->edge = (bank->edge & ~mask) | (gic_config_bits(value, 1) & mask);
        gicv3_update_core(device, access->frame);
    }
}

static uint32_t read_nsacr(struct device *device, const struct access *access,
                           unsigned index)
{
    const struct gicv3 *gic = device->state;

    return gicv3_secure_of_two(gic, access->secure)
               ? gic->sgi_access[access->frame]
               : 0;
}

static void write_nsacr(struct device *device, const struct access *access,
                        unsigned index, uint32_t value)
{
    struct gicv3 *gic = device->state;

    if (gicv3_secure_of_two(gic, access->secure)) {
        gic->sgi_access[access->frame] = value;
    }
}

const struct register_spec gicv3_redistributor_rows[GICV3_REDISTRIBUTOR_ROWS] =
    {
#include "devices/arm/gicv3_redistributor.def"
};
