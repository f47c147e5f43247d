/* SPDX-License-Identifier: Apache-2.0 */
/* Address translation (DDI 0487, D5): VMSAv8-64, both stages. */
#include "base/bits.h"
#include "engine/aarch64/aarch64.h"
#include "engine/aarch64/descriptor.h"

/* Fault status codes; the level of the lookup is added. */
enum {
    FAULT_ADDRESS_SIZE = 0x00,
    FAULT_TRANSLATION = 0x04,
    FAULT_ACCESS_FLAG = 0x08,
    FAULT_PERMISSION = 0x0c,
    FAULT_EXTERNAL_WALK = 0x14,
};

/* A translation regime: whose registers it has, and whether it has two ranges
 * of addresses and unprivileged accesses (EL1&0, EL2&0). */
struct regime {
    bool split;
    uint64_t tcr, ttbr0, ttbr1, mair;
};

static bool fail(struct aarch64_translation *t, unsigned code, unsigned level)
{
    t->status = (uint8_t)(code | level);
    return false;
}

static uint64_t field(uint64_t value, unsigned high, unsigned low)
{
    return value >> low & (((uint64_t)1 << (high - low + 1)) - 1);
}

static unsigned output_bits(const struct aarch64 *pe, unsigned size)
{
    static const uint8_t widths[8] = {32, 36, 40, 42, 44, 48, 48, 48};
    unsigned width = widths[size & 7];

    return width < pe->rules.pa_bits ? width : pe->rules.pa_bits;
}

static bool stage2(struct aarch64 *pe, uint64_t ipa, enum vcpu_access access,
                   bool privileged, struct aarch64_translation *t);

static bool read_descriptor(struct aarch64_walk *walk, uint64_t address,
                            uint64_t *descriptor, struct aarch64_translation *t)
{
    if (walk->two_stages) {
        struct aarch64_translation table = {.ipa = address,
                                            .remembers = t->remembers};
        bool ok = stage2(walk->pe, address, VCPU_READ, true, &table);

        t->resumed |= table.resumed;
        t->uncached |= table.uncached;
        if (!ok) {
            t->status = table.status;
            t->stage2 = true;
            t->walk = true;
            t->ipa = address;
            return false;
        }
        if (table.device && (aarch64_hcr(walk->pe) & 4) != 0) { /* PTW */
            t->stage2 = true;
            t->walk = true;
            t->ipa = address;
            return fail(t, FAULT_PERMISSION, walk->level);
        }
        address = table.pa;
    }
    uint64_t origin = AARCH64_NO_ORIGIN;
    if (!aarch64_read_table(walk->pe, address, walk->limits.non_secure,
                            descriptor, &origin)) {
        return fail(t, FAULT_EXTERNAL_WALK, walk->level);
    }
    if (walk->contexts != 0 && (*descriptor & 1) != 0) {
        aarch64_note_origin(walk, origin, t);
    }
    return true;
}

/* ---- Walks --------------------------------------------------------------- */

/* Kinds of known walks: beside a context, which is a smaller number. */
enum { WALK_FETCH = 1 << 5, WALK_NON_SECURE = 1 << 6, WALK_STAGE_2 = 1 << 7 };
/* Contexts that keep results of the second stage. */
static const uint32_t stage2_contexts = UINT32_MAX << AARCH64_CONTEXT_FIRST;

/* Goes on where an earlier walk was behind level 2 of tables of 4 KiB. All that
 * such walks depend on, besides the register of their tables and `mode`,
 * flushes the soft TLB when it changes. */
static bool resume(struct aarch64_walk *walk, uint64_t ttbr, uint64_t mode,
                   struct aarch64_translation *t)
{
    struct aarch64 *pe = walk->pe;
    const struct aarch64_walk_key key = {
        .flushes = pe->vcpu.flushes,
        .ttbr = ttbr,
        .block = walk->address >> 21 | mode << 48,
    };
    struct aarch64_known_walk *known =
        &pe->walks[(walk->address >> 21 ^ mode ^ ttbr >> 12) % AARCH64_WALKS];

    if (!t->remembers) {
        return false;
    }
    if (known->key.flushes == key.flushes && known->key.ttbr == key.ttbr &&
        known->key.block == key.block) {
        const uint64_t address = walk->address;

        *walk = known->walk;
        walk->address = address;
        walk->whole = address;
        t->resumed = true;
        return true;
    }
    walk->known = known;
    walk->key = key;
    return false;
}

/* The descriptor of the walk's level. */
static bool read_level(struct aarch64_walk *walk, struct aarch64_translation *t)
{
    const unsigned shift = aarch64_walk_shift(walk);
    const uint64_t index = walk->address >> shift &
                           (((uint64_t)1 << (walk->input_bits - shift)) - 1);

    if (!read_descriptor(walk, walk->base + index * 8, &walk->leaf, t)) {
        return false;
    }
    const bool last = walk->level == 3;
    const bool table = (walk->leaf & 2) != 0 && !last;
    const bool block =
        (walk->leaf & 2) == 0 &&
        (walk->level == 2 || (walk->level == 1 && walk->shift == 12));

    walk->ended = last ? (walk->leaf & 2) != 0 : block;
    if ((walk->leaf & 1) == 0 || (!table && !walk->ended)) {
        return fail(t, FAULT_TRANSLATION, walk->level);
    }
    return field(walk->leaf, 47, 12) >> (walk->output_bits - 12) == 0 ||
           fail(t, FAULT_ADDRESS_SIZE, walk->level);
}

/* On to the table that the descriptor is of. */
static void descend(struct aarch64_walk *walk)
{
    const uint64_t descriptor = walk->leaf;

    if (!walk->stage2) {
        walk->limits.non_secure |= field(descriptor, 63, 63) != 0;
    }
    if (!walk->stage2 && !walk->flat_tables) {
        walk->limits.no_privileged_execute |= field(descriptor, 59, 59) != 0;
        walk->limits.no_execute |= field(descriptor, 60, 60) != 0;
        walk->limits.no_user |= field(descriptor, 61, 61) != 0;
        walk->limits.read_only |= field(descriptor, 62, 62) != 0;
    }
    walk->base =
        descriptor & 0xffffffffffff & ~(((uint64_t)1 << walk->shift) - 1);
    walk->input_bits = aarch64_walk_shift(walk);
    walk->level++;
}

/* Walks from walk->base on to a leaf; its address is in t->pa. */
static bool walk_tables(struct aarch64_walk *walk,
                        struct aarch64_translation *t)
{
    while (!walk->ended) {
        const bool remembers =
            walk->known != NULL && walk->level == 2 && walk->shift == 12;

        if (!read_level(walk, t)) {
            return false;
        }
        if (!walk->ended) {
            descend(walk);
        }
        if (remembers && !t->uncached) {
            struct aarch64_known_walk *known = walk->known;

            walk->known = NULL;
            *known = (struct aarch64_known_walk){walk->key, *walk};
        }
    }
    const uint64_t low = ((uint64_t)1 << aarch64_walk_shift(walk)) - 1;
    const uint64_t page = ((uint64_t)1 << walk->shift) - 1;

    t->pa =
        (walk->leaf & 0xffffffffffff & ~(low | page)) | (walk->address & low);
    return true;
}

/* Sets level and the alignment of the first table. */
static void start(struct aarch64_walk *walk, uint64_t ttbr, unsigned level)
{
    unsigned shift = walk->shift + (walk->shift - 3) * (3 - level);
    unsigned bytes = walk->input_bits - shift + 3;

    walk->level = level;
    walk->base = ttbr & 0xfffffffffffe & ~(((uint64_t)1 << bytes) - 1);
}

static unsigned granule0(unsigned tg)
{
    return tg == 1 ? 16 : tg == 2 ? 14 : 12;
}

/* TG1 has an encoding of its own. */
static unsigned granule1(unsigned tg)
{
    return tg == 1 ? 14 : tg == 3 ? 16 : 12;
}

static unsigned limited_size(unsigned tsz)
{
    return tsz < 16 ? 16 : tsz > 39 ? 39 : tsz;
}

/* ---- Stage 2 ------------------------------------------------------------- */

/* XN[1:0]: with FEAT_XNX it tells EL0 and EL1 apart, else XN[1] is for both. */
static bool stage2_executes(const struct aarch64 *pe, uint64_t leaf,
                            bool privileged)
{
    bool xn = field(leaf, 54, 54) != 0;
    bool other = field(leaf, 53, 53) != 0;

    return aarch64_has(pe, AARCH64_FEATURE_XNX)
               ? !(privileged ? xn != other : xn)
               : !xn;
}

/* The cacheability that both stages allow: a half of an attribute as MAIR has
 * it, and one as stage 2 has it (1 none, 2 write-through, 3 write-back). */
static unsigned combined_half(unsigned first, unsigned second)
{
    bool write_back = first > 0xb || (first > 4 && first < 8);

    if (first == 4 || second == 1) {
        return 4;
    }
    /* Hints are those of stage 1, and write-through loses bit 2. */
    return write_back && second == 2 ? (first & 3) | (first > 0xb ? 8 : 0)
                                     : first;
}

/* Memory type and shareability of both stages together (D5.5.5). */
static void combine(struct aarch64_translation *t, uint64_t leaf)
{
    unsigned outer = (unsigned)field(leaf, 5, 4);
    unsigned inner = (unsigned)field(leaf, 3, 2);
    unsigned shareable = (unsigned)field(leaf, 9, 8);

    if (outer == 0) { /* Device, of the stricter kind */
        unsigned kind = t->device ? t->attributes >> 2 & 3u : 3;

        t->device = true;
        t->attributes = (uint8_t)((inner < kind ? inner : kind) << 2);
    } else if (!t->device) {
        t->attributes =
            (uint8_t)(combined_half(t->attributes >> 4, outer) << 4 |
                      combined_half(t->attributes & 15u, inner));
    }
    if (t->shareable != 2 && shareable != 0) {
        t->shareable = shareable == 2 ? 2 : 3;
    }
}

/* VTCR_EL2.SL0 and T0SZ fit each other and the physical address size: the
 * first lookup uses one table or up to sixteen side by side (D5.2.3). */
static bool consistent_start(const struct aarch64_walk *walk, unsigned level)
{
    unsigned stride = walk->shift - 3;
    unsigned resolved = walk->shift + stride * (3 - level);
    bool small = walk->pe->rules.pa_bits <= (walk->shift == 14 ? 40 : 42);
    unsigned first = (walk->shift == 12 ? 0u : 1u) + small;

    return level >= first && level <= 3 && walk->input_bits > resolved &&
           walk->input_bits <= resolved + stride + 4;
}

static bool prepare_stage2(struct aarch64_walk *walk,
                           struct aarch64_translation *t)
{
    uint64_t vtcr = AARCH64_SYS(walk->pe, VTCR_EL2);
    unsigned sl0 = (unsigned)field(vtcr, 7, 6);

    walk->shift = granule0((unsigned)field(vtcr, 15, 14));
    walk->input_bits = 64 - limited_size((unsigned)field(vtcr, 5, 0));
    walk->output_bits = output_bits(walk->pe, (unsigned)field(vtcr, 18, 16));
    unsigned level = walk->shift == 12 ? 2 - sl0 : 3 - sl0;
    if (sl0 == 3 || walk->address >> walk->input_bits != 0 ||
        !consistent_start(walk, level)) {
        return fail(t, FAULT_TRANSLATION, 0);
    }
    start(walk, AARCH64_SYS(walk->pe, VTTBR_EL2), level);
    return walk->base >> walk->output_bits == 0 ||
           fail(t, FAULT_ADDRESS_SIZE, 0);
}

static bool stage2(struct aarch64 *pe, uint64_t ipa, enum vcpu_access access,
                   bool privileged, struct aarch64_translation *t)
{
    struct aarch64_walk walk = {
        .pe = pe,
        .address = ipa,
        .contexts = aarch64_has_origins(pe, t) ? stage2_contexts : 0,
        .limits.non_secure = true,
        .stage2 = true,
    };

    t->stage2 = true;
    t->ipa = ipa;
    if ((!resume(&walk, AARCH64_SYS(pe, VTTBR_EL2), WALK_STAGE_2, t) &&
         !prepare_stage2(&walk, t)) ||
        !walk_tables(&walk, t)) {
        return false;
    }
    if (field(walk.leaf, 10, 10) == 0) {
        return fail(t, FAULT_ACCESS_FLAG, walk.level);
    }
    bool permitted = access == VCPU_READ ? field(walk.leaf, 6, 6) != 0
                     : access == VCPU_WRITE
                         ? field(walk.leaf, 7, 7) != 0
                         : stage2_executes(pe, walk.leaf, privileged);
    if (!permitted) {
        return fail(t, FAULT_PERMISSION, walk.level);
    }
    combine(t, walk.leaf);
    if (!t->device && (aarch64_hcr(pe) >> 32 & 1) != 0) { /* CD */
        t->attributes = 0x44;
    }
    t->stage2 = false;
    return true;
}

/* ---- Stage 1 ------------------------------------------------------------- */

static struct regime regime_of(const struct aarch64 *pe, unsigned level)
{
    if (level == 2 || (level == 0 && aarch64_in_host(pe, 0))) {
        return (struct regime){
            .split = aarch64_in_host(pe, 2),
            .tcr = AARCH64_SYS(pe, TCR_EL2),
            .ttbr0 = AARCH64_SYS(pe, TTBR0_EL2),
            .ttbr1 = AARCH64_SYS(pe, TTBR1_EL2),
            .mair = AARCH64_SYS(pe, MAIR_EL2),
        };
    }
    if (level == 3) {
        return (struct regime){
            .tcr = AARCH64_SYS(pe, TCR_EL3),
            .ttbr0 = AARCH64_SYS(pe, TTBR0_EL3),
            .mair = AARCH64_SYS(pe, MAIR_EL3),
        };
    }
    return (struct regime){
        .split = true,
        .tcr = AARCH64_SYS(pe, TCR_EL1),
        .ttbr0 = AARCH64_SYS(pe, TTBR0_EL1),
        .ttbr1 = AARCH64_SYS(pe, TTBR1_EL1),
        .mair = AARCH64_SYS(pe, MAIR_EL1),
    };
}

uint64_t aarch64_tcr(const struct aarch64 *pe, unsigned level, bool *two_ranges)
{
    struct regime regime = regime_of(pe, level);

    *two_ranges = regime.split;
    return regime.tcr;
}

/* TBI, and for fetches not TBID (FEAT_PAuth; else 0). */
static bool ignores_tag(const struct regime *regime, bool upper, bool fetch)
{
    unsigned tbi = regime->split ? 37 + upper : 20;
    unsigned tbid = regime->split ? 51 + upper : 29;

    return field(regime->tcr, tbi, tbi) != 0 &&
           !(fetch && field(regime->tcr, tbid, tbid) != 0);
}

/* Two ranges: bit 55 picks a table; the other regimes have one. */
static bool prepare(struct aarch64_walk *walk, const struct regime *regime,
                    uint64_t address, bool fetch, struct aarch64_translation *t)
{
    bool split = regime->split;
    bool upper = split && field(address, 55, 55) != 0;
    uint64_t tcr = regime->tcr;
    unsigned hpd = split ? 41 + upper : 24;
    unsigned tsz =
        limited_size((unsigned)(upper ? field(tcr, 21, 16) : field(tcr, 5, 0)));
    unsigned high = ignores_tag(regime, upper, fetch) ? 55 : 63;

    walk->shift = upper ? granule1((unsigned)field(tcr, 31, 30))
                        : granule0((unsigned)field(tcr, 15, 14));
    walk->input_bits = 64 - tsz;
    walk->flat_tables = field(tcr, hpd, hpd) != 0;
    walk->output_bits = output_bits(
        walk->pe, (unsigned)(split ? field(tcr, 34, 32) : field(tcr, 18, 16)));
    uint64_t rest = address << (63 - high) >> (63 - high) >> walk->input_bits;
    uint64_t expected =
        upper ? ((uint64_t)1 << (high + 1 - walk->input_bits)) - 1 : 0;
    if (rest != expected ||
        (split && field(tcr, upper ? 23 : 7, upper ? 23 : 7) != 0)) { /* EPD */
        return fail(t, FAULT_TRANSLATION, 0);
    }
    unsigned stride = walk->shift - 3;
    start(walk, upper ? regime->ttbr1 : regime->ttbr0,
          4 - (walk->input_bits - walk->shift + stride - 1) / stride);
    if (walk->base >> walk->output_bits != 0) {
        return fail(t, FAULT_ADDRESS_SIZE, 0);
    }
    walk->address = address & (((uint64_t)1 << walk->input_bits) - 1);
    return true;
}

/* pan: data at an address that EL0 may read are out of reach. */
static bool permits(const struct aarch64_walk *walk,
                    const struct regime *regime, unsigned level, uint64_t sctlr,
                    enum vcpu_access access, bool pan)
{
    bool wxn = field(sctlr, 19, 19) != 0;
    bool user = field(walk->leaf, 6, 6) != 0 && !walk->limits.no_user;
    bool writable = field(walk->leaf, 7, 7) == 0 && !walk->limits.read_only;
    bool xn = field(walk->leaf, 54, 54) != 0 || walk->limits.no_execute;
    bool pxn =
        field(walk->leaf, 53, 53) != 0 || walk->limits.no_privileged_execute;

    if (access != VCPU_FETCH) {
        return (writable || access == VCPU_READ) &&
               (level == 0      ? user
                : regime->split ? !(user && pan)
                                : true);
    }
    if (level == 0) {
        return !xn && !(wxn && user && writable);
    }
    return regime->split ? !pxn && !(user && writable) && !(wxn && writable)
                         : !xn && !(wxn && writable);
}

uint64_t aarch64_branch_address(const struct aarch64 *pe, uint64_t address)
{
    bool high = field(address, 55, 55) != 0;
    bool extended = (uint64_t)((int64_t)(address << 8) >> 8) == address;

    /* The tag is empty; EL0 and EL1 have two ranges. */
    if (extended && (!high || pe->state.level <= 1)) {
        return address;
    }
    struct regime regime = regime_of(pe, pe->state.level);
    bool upper = regime.split && high;
    if ((extended && upper) || !ignores_tag(&regime, upper, true)) {
        return address;
    }
    return upper ? address | 0xff00000000000000 : address & 0x00ffffffffffffff;
}

static bool flat(struct aarch64 *pe, const struct regime *regime,
                 uint64_t address, enum vcpu_access access, uint64_t hcr,
                 struct aarch64_translation *t)
{
    bool upper = regime->split && field(address, 55, 55) != 0;

    if (ignores_tag(regime, upper, access == VCPU_FETCH)) {
        address &= 0x00ffffffffffffff;
    }
    if (address >> pe->rules.pa_bits != 0) {
        return fail(t, FAULT_ADDRESS_SIZE, 0);
    }
    bool cached = (hcr & (uint64_t)1 << 12) != 0; /* DC */
    t->pa = address;
    t->device = access != VCPU_FETCH && !cached;
    t->attributes = cached ? 0xff : 0;
    t->shareable = cached ? 0 : 2;
    return true;
}

/* HCR_EL2 as it acts on the regime of EL1 and EL0; 0 for the others. */
static uint64_t guest_hcr(const struct aarch64 *pe, unsigned level)
{
    return level <= 1 && !(level == 0 && aarch64_in_host(pe, 0))
               ? aarch64_hcr(pe)
               : 0;
}

static bool stage1(struct aarch64 *pe, unsigned level, uint64_t address,
                   enum vcpu_access access, bool pan, bool two_stages,
                   struct aarch64_translation *t)
{
    const uint64_t sctlr = pe->state.sys[aarch64_sctlr(pe, level)];
    const bool fetch = access == VCPU_FETCH;
    const struct regime regime = regime_of(pe, level);
    const unsigned context = t->remembers ? aarch64_context(pe, level) : 0;
    struct aarch64_walk walk = {
        .pe = pe,
        .whole = address,
        .address = address,
        .contexts = aarch64_has_origins(pe, t) ? 1u << context : 0,
        .two_stages = two_stages,
        .limits.non_secure = t->non_secure,
    };

    if (!resume(&walk,
                field(address, 55, 55) != 0 ? regime.ttbr1 : regime.ttbr0,
                context | (fetch ? WALK_FETCH : 0) |
                    (t->non_secure ? WALK_NON_SECURE : 0),
                t)) {
        uint64_t hcr = guest_hcr(pe, level);

        /* TGE and DC switch stage 1 of EL1 and EL0 off. */
        if ((sctlr & 1) == 0 || (hcr & ((uint64_t)1 << 27 | 1 << 12)) != 0) {
            return flat(pe, &regime, address, access, hcr, t);
        }
        if (!prepare(&walk, &regime, address, fetch, t)) {
            return false;
        }
    }
    if (!walk_tables(&walk, t)) {
        return false;
    }
    if (field(walk.leaf, 10, 10) == 0) {
        return fail(t, FAULT_ACCESS_FLAG, walk.level);
    }
    bool was_secure = !t->non_secure;
    t->non_secure = walk.limits.non_secure || field(walk.leaf, 5, 5) != 0;
    bool forbidden = was_secure && t->non_secure && access == VCPU_FETCH &&
                     (AARCH64_SYS(pe, SCR_EL3) & 1 << 9) != 0; /* SIF */
    if (!permits(&walk, &regime, level, sctlr, access, pan) || forbidden) {
        return fail(t, FAULT_PERMISSION, walk.level);
    }
    t->attributes = (uint8_t)(regime.mair >> field(walk.leaf, 4, 2) * 8);
    t->shareable = (uint8_t)field(walk.leaf, 9, 8);
    t->shift = (uint8_t)aarch64_walk_shift(&walk);
    t->local = level <= 1 && field(walk.leaf, 11, 11) != 0; /* nG */
    t->device = (t->attributes & 0xf0) == 0;
    return true;
}

static bool translate(struct aarch64 *pe, unsigned level, uint64_t address,
                      enum vcpu_access access, bool pan, bool both,
                      bool remembers, struct aarch64_translation *t)
{
    uint64_t hcr = guest_hcr(pe, level);
    /* VM, or DC which implies it; TGE alone does not turn it off. */
    bool second = (hcr & ((uint64_t)1 << 12 | 1)) != 0;

    *t = (struct aarch64_translation){.shift = REGION_PAGE_SHIFT,
                                      .remembers = remembers,
                                      .changes = pe->vcpu.origins.changes};
    t->non_secure = level == 2 || (level == 3 ? false : aarch64_non_secure(pe));
    if (!pe->has_el3) {
        t->non_secure = true;
    }
    if (!stage1(pe, level, address, access, pan, second, t)) {
        return false;
    }
    return !second || !both || stage2(pe, t->pa, access, level != 0, t);
}

bool aarch64_translate(struct aarch64 *pe, unsigned level, uint64_t address,
                       enum vcpu_access access, bool both,
                       struct aarch64_translation *t)
{
    return translate(pe, level, address, access, false, both, false, t);
}

bool aarch64_translate_data(struct aarch64 *pe, unsigned level,
                            uint64_t address, enum vcpu_access access,
                            bool both, struct aarch64_translation *t)
{
    return translate(pe, level, address, access, pe->state.pan != 0, both,
                     false, t);
}

/* Faults are those of the tables as they are now. */
bool aarch64_translate_again(struct aarch64 *pe, unsigned level,
                             uint64_t address, enum vcpu_access access,
                             struct aarch64_translation *t)
{
    const bool pan = access != VCPU_FETCH && pe->state.pan != 0;

    return translate(pe, level, address, access, pan, true, true, t) ||
           (t->resumed &&
            translate(pe, level, address, access, pan, true, false, t));
}
