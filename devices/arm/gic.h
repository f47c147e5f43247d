/* SPDX-License-Identifier: Apache-2.0 */
/*
 * State that GICv2 and GICv3 have in common: interrupts in banks of 32, one
 * private bank per core and the shared ones, and the inputs.
 */
#ifndef DEVICES_ARM_GIC_H
#define DEVICES_ARM_GIC_H

#include "base/assert.h"
#include "base/bits.h"
#include "bus/device.h"

enum {
    GIC_CORES = 8,
    GIC_PRIVATE = 32, /* INTIDs of SGIs and PPIs */
    GIC_SGIS = 16,
    GIC_SPIS = 256,
    GIC_IDS = GIC_PRIVATE + GIC_SPIS,
    GIC_SHARED_BANKS = GIC_SPIS / 32,
    GIC_BANKS = GIC_CORES + GIC_SHARED_BANKS,
    GIC_SPURIOUS = 1023,
    GIC_IDLE_PRIORITY = 0xff,
    GIC_PRIORITY_MASK = 0xf8, /* 32 levels */
};

struct gic_bank {
    uint32_t group;
    uint32_t modifier;
    uint32_t enabled;
    uint32_t latched; /* edges seen, and interrupts that software set pending */
    uint32_t active;
    uint32_t line; /* levels of the inputs */
    uint32_t edge; /* configured as edge-triggered */
    uint8_t priority[32];
};

static inline unsigned gic_bank_index(unsigned core, unsigned intid)
{
    debug_assert(core < GIC_CORES && intid < GIC_IDS);
    return intid < GIC_PRIVATE ? core : GIC_CORES + intid / 32 - 1;
}

static inline uint32_t gic_pending(const struct gic_bank *bank)
{
    return bank->latched | (bank->line & ~bank->edge);
}

/* Interrupts that may be signalled, as far as the bank decides. */
static inline uint32_t gic_ready(const struct gic_bank *bank)
{
    return gic_pending(bank) & bank->enabled & ~bank->active;
}

/* None may be, as is mostly so. */
static inline bool gic_is_quiet(const struct gic_bank *bank)
{
    return (bank->latched | bank->line) == 0;
}

/* From pending to active: an edge is used up, a level stays. */
static inline void gic_activate(struct gic_bank *bank, uint32_t bit)
{
    debug_assert(bit != 0 && (bit & (bit - 1)) == 0);
    bank->latched &= ~bit;
    bank->active |= bit;
}

static inline void gic_set_line(struct gic_bank *bank, uint32_t bit, bool high)
{
    debug_assert(bit != 0 && (bit & (bit - 1)) == 0);
    if (high && (bank->line & bit) == 0) {
        bank->latched |= bank->edge & bit;
    }
    bank->line = high ? bank->line | bit : bank->line & ~bit;
}

/* Which bank and bit an input drives. */
static inline struct gic_bank *gic_input_bank(struct gic_bank *banks,
                                              unsigned input, uint32_t *bit)
{
    unsigned private = input - GIC_SPIS;

    debug_assert(input < GIC_SPIS + GIC_CORES * 16);
    if (input < GIC_SPIS) {
        *bit = BIT(input % 32);
        return &banks[GIC_CORES + input / 32];
    }
    *bit = BIT(private % 16 + 16);
    return &banks[private / 16];
}

/* A private interrupt that the controller itself makes too. */
static inline void gic_set_private(const struct device *device,
                                   struct gic_bank *banks, unsigned core,
                                   unsigned intid, bool high)
{
    unsigned input = GIC_SPIS + core * 16 + intid - GIC_SGIS;

    debug_assert(core < GIC_CORES);
    debug_assert(intid >= GIC_SGIS && intid < GIC_PRIVATE);
    gic_set_line(&banks[core], BIT(intid),
                 high || device->input_levels[input] != 0);
}

/* True if a pending interrupt preempts a running one: both are compared by
 * their group priorities, the bits above the binary point. */
static inline bool gic_is_better(uint32_t priority, uint32_t running,
                                 uint32_t mask)
{
    return running == GIC_IDLE_PRIORITY || (priority & mask) < (running & mask);
}

/* Levels of all inputs after a reset, which they outlive. */
static inline void gic_look_at_inputs(const struct device *device,
                                      struct gic_bank *banks)
{
    for (unsigned i = 0; i < device->type->input_count; i++) {
        uint32_t bit;
        struct gic_bank *bank = gic_input_bank(banks, i, &bit);
        gic_set_line(bank, bit, device->input_levels[i] != 0);
    }
}

/* Two configuration bits an interrupt, the upper one saying edge. */
static inline uint32_t gic_config_read(uint32_t edge, unsigned half)
{
    uint32_t value = 0;

    debug_assert(half < 2);
    for (unsigned i = 0; i < 16; i++) {
        value |= (edge >> (half * 16 + i) & 1) << (2 * i + 1);
    }
    return value;
}

static inline uint32_t gic_config_bits(uint32_t value, unsigned half)
{
    uint32_t edge = 0;

    debug_assert(half < 2);
    for (unsigned i = 0; i < 16; i++) {
        edge |= (value >> (2 * i + 1) & 1) << (half * 16 + i);
    }
    return edge;
}

/* Four priorities in a word. A Non-secure view shows the lower half of the
 * range, and only of the interrupts in visible. */
static inline uint32_t gic_priority_read(const struct gic_bank *bank,
                                         unsigned word, uint32_t visible,
                                         bool shifted)
{
    uint32_t value = 0;

    debug_assert(word < ARRAY_SIZE(bank->priority) / 4);
    for (unsigned i = 0; i < 4; i++) {
        unsigned n = word * 4 + i;
        uint32_t priority = bank->priority[n];
        if ((visible >> n & 1) != 0) {
            value |= (shifted ? priority << 1 & 0xff : priority) << (8 * i);
        }
    }
    return value;
}

static inline void gic_priority_write(struct gic_bank *bank, unsigned word,
                                      uint32_t value, uint32_t visible,
                                      bool shifted)
{
    debug_assert(word < ARRAY_SIZE(bank->priority) / 4);
    for (unsigned i = 0; i < 4; i++) {
        unsigned n = word * 4 + i;
        uint32_t priority = value >> (8 * i) & 0xff;
        if ((visible >> n & 1) != 0) {
            priority = shifted ? 0x80 | priority >> 1 : priority;
            bank->priority[n] = (uint8_t)(priority & GIC_PRIORITY_MASK);
        }
    }
}

#endif
