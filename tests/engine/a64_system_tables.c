/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Translation tables with random descriptors. In the tables of a stage 1 the
 * last entry of each level leads to the stubs (home), so that exceptions of
 * the level find their vectors whatever the rest says. Stage 2 maps the driver
 * and the program one to one, with pages of random rights among them: its
 * faults go to EL2, which has vectors of its own.
 */
#include <string.h>

#include "base/bits.h"
#include "tests/engine/a64_system.h"

enum {
    UNMAPPED = 0x1, /* in GiB 4: no memory there, on either machine */
    VALID = 1,      /* bits of descriptors */
    TABLE_OR_PAGE = 2,
    ACCESS_FLAG = 1 << 10,
};

static unsigned level_shift(const struct system_map *map, unsigned level)
{
    return map->granule + (map->granule - 3) * (3 - level);
}

static unsigned start_level(const struct system_map *map)
{
    unsigned stride = map->granule - 3;

    return 4 - (map->bits - map->granule + stride - 1) / stride;
}

static bool may_be_block(const struct system_map *map, unsigned level)
{
    return level == 2 || (level == 1 && map->granule == 12);
}

static uint64_t take_table(struct system_builder *b, uint64_t bytes)
{
    uint64_t align = bytes < 64 ? 64 : bytes;

    b->tables = (b->tables + align - 1) & ~(align - 1);
    uint64_t table = b->tables;
    b->tables += align;
    return table;
}

static void note(struct system_map *map, uint64_t address, uint64_t output,
                 uint64_t size)
{
    if (map->place_count < SYSTEM_PLACES) {
        map->places[map->place_count++] =
            (struct system_place){address, output, size};
    }
}

static uint64_t full_address(const struct system_map *map, uint64_t low)
{
    return map->upper ? low | ~(uint64_t)0 << map->bits : low;
}

/* ---- Stage 1 ------------------------------------------------------------- */

/* Beyond 36 bits, or beyond 40; at bit 39 QEMU has PCIe memory, which reads as
 * ones. */
static uint64_t beyond(struct system_builder *b)
{
    uint64_t bit = 36 + system_below(b, 12);

    return BIT64(bit == 39 ? 40 : bit);
}

static uint64_t random_output(struct system_builder *b, uint64_t size)
{
    uint64_t output = b->region + SYSTEM_CODE +
                      system_below(b, SYSTEM_CODE_BYTES + SYSTEM_DATA_BYTES);

    switch (system_below(b, 24)) {
    case 0:
        output = (uint64_t)UNMAPPED << 32;
        break;
    case 1:
        output |= beyond(b);
        break;
    default:
        break;
    }
    return output & ~(size - 1);
}

static uint64_t random_attributes(struct system_builder *b, bool code)
{
    uint64_t random = system_next(b);
    uint64_t value = random & (BIT64(54) | BIT64(53) | BIT64(52) | BIT64(11) |
                               0x3dc | (uint64_t)0xf << 55);

    if (system_chance(b, 60)) { /* what is good for its use */
        value &= ~(BIT64(54) | BIT64(53) | 0xc0);
        value |= code ? (random >> 60 & 1) << 7 | 0x40 : 0x40;
        value |= code && system_chance(b, 60) ? 0x80 : 0;
    }
    if (system_chance(b, 92)) {
        value |= ACCESS_FLAG;
    }
    if (system_chance(b, 5)) {
        value |= 0x20; /* NS */
    }
    return value;
}

static uint64_t random_leaf(struct system_builder *b, struct system_map *map,
                            unsigned level, uint64_t address)
{
    uint64_t size = BIT64(level_shift(map, level));
    uint64_t output = random_output(b, size);
    bool code = output - b->region - SYSTEM_CODE < SYSTEM_CODE_BYTES;
    uint64_t type = VALID | (level == 3 ? TABLE_OR_PAGE : 0);

    if (system_chance(b, 4)) {
        type ^= system_chance(b, 50) ? VALID : TABLE_OR_PAGE;
        type &= level == 3 ? 3 : 1; /* no table out of nothing */
    }
    if (!may_be_block(map, level) && level != 3) {
        type = 0; /* reserved; QEMU 7.2 takes it for a block (D5.3.1) */
    }
    note(map, full_address(map, address), output, size);
    return output | random_attributes(b, code) | type;
}

static uint64_t fill(struct system_builder *b, struct system_map *map,
                     unsigned level, uint64_t address, bool home);

static uint64_t random_table(struct system_builder *b, struct system_map *map,
                             unsigned level, uint64_t address)
{
    uint64_t descriptor = fill(b, map, level, address, false) | 3;

    if (system_chance(b, 25)) {
        descriptor |= system_next(b) & (uint64_t)0x1f << 59;
    }
    if (system_chance(b, 5)) {
        descriptor |= beyond(b);
    }
    return descriptor | (system_next(b) & (uint64_t)0x7f << 52);
}

static void random_entry(struct system_builder *b, struct system_map *map,
                         unsigned level, uint64_t table, uint64_t index,
                         uint64_t address)
{
    uint64_t descriptor;
    unsigned choice = (unsigned)system_below(b, 10);

    if (choice == 0) { /* invalid: all other bits are ignored */
        descriptor = system_next(b) & ~(uint64_t)VALID;
        note(map, full_address(map, address), 0,
             BIT64(level_shift(map, level)));
    } else if (level < 3 && choice < 6 && map->tables > 0) {
        map->tables--;
        descriptor = random_table(b, map, level + 1, address);
    } else {
        descriptor = random_leaf(b, map, level, address);
    }
    system_put64(b, table + index * 8, descriptor);
}

/* The last entries of a table lead home. */
static void fill_home(struct system_builder *b, struct system_map *map,
                      unsigned level, uint64_t table, uint64_t entries,
                      uint64_t address)
{
    unsigned shift = level_shift(map, level);
    uint64_t stubs = SYSTEM_IMAGE + SYSTEM_STUBS;

    if (level < 3) {
        uint64_t last = entries - 1;

        system_put64(b, table + last * 8,
                     fill(b, map, level + 1, address + (last << shift), true) |
                         3);
        return;
    }
    uint64_t pages = BIT64(16 - map->granule);
    for (uint64_t i = 0; i < pages; i++) {
        /* read-only: executable with WXN too */
        system_put64(b, table + (entries - pages + i) * 8,
                     stubs + (i << map->granule) + (ACCESS_FLAG | 0x383));
    }
}

static bool is_free(const struct system_builder *b, uint64_t address)
{
    uint64_t descriptor;

    memcpy(&descriptor, b->image + (address - SYSTEM_IMAGE),
           sizeof(descriptor));
    return descriptor == 0;
}

/* A table and all that hangs on it; returns its address. */
static uint64_t fill(struct system_builder *b, struct system_map *map,
                     unsigned level, uint64_t address, bool home)
{
    unsigned shift = level_shift(map, level);
    bool root = level == start_level(map);
    uint64_t entries = BIT64(root ? map->bits - shift : map->granule - 3);
    uint64_t table = take_table(b, entries * 8);
    uint64_t free_entries =
        home ? entries - (level == 3 ? BIT64(16 - map->granule) : 1) : entries;

    for (unsigned i = 0; i < 4 + (level == 3 ? 4 : 0) && free_entries > 0;
         i++) {
        uint64_t index = system_below(b, free_entries);

        if (!is_free(b, table + index * 8)) {
            continue; /* what was noted of it stays true */
        }
        random_entry(b, map, level, table, index, address + (index << shift));
    }
    if (home) {
        fill_home(b, map, level, table, entries, address);
    }
    return table;
}

static void make_stage1(struct system_builder *b, struct system_map *map,
                        bool home, unsigned max_bits)
{
    static const unsigned granules[] = {12, 14, 16};

    map->granule = granules[system_below(b, 3)];
    map->bits = 25 + (unsigned)system_below(b, max_bits - 24);
    map->tables = map->granule == 16 ? 2 : map->granule == 14 ? 5 : 10;
    map->has_home = home;
    map->root = fill(b, map, start_level(map), 0, home);
    map->home = full_address(map, BIT64(map->bits) - 0x10000);
}

/* ---- Stage 2 ------------------------------------------------------------- */

static bool overlaps(uint64_t address, uint64_t size, uint64_t other,
                     uint64_t other_size)
{
    return address < other + other_size && other < address + size;
}

static uint64_t second_attributes(struct system_builder *b, uint64_t address,
                                  uint64_t size)
{
    /* Normal memory, inner shareable, read and write */
    uint64_t value = 0x3c | 0xc0 | 0x300 | ACCESS_FLAG;

    if (overlaps(address, size, SYSTEM_IMAGE, SYSTEM_REGION) ||
        system_chance(b, 80)) {
        return value;
    }
    switch (system_below(b, b->aligned ? 5 : 4)) {
    case 0:
        return value & ~(uint64_t)ACCESS_FLAG;
    case 1:
        return value ^ (1 + system_below(b, 3)) << 6;
    case 2:
        return value | BIT64(54);
    case 3:
        return 0; /* and the descriptor becomes invalid */
    default:
        return value & ~(uint64_t)0x3c; /* Device */
    }
}

static uint64_t fill_second(struct system_builder *b, struct system_map *map,
                            unsigned level, uint64_t address);

static void second_entry(struct system_builder *b, struct system_map *map,
                         unsigned level, uint64_t table, uint64_t index,
                         uint64_t address)
{
    unsigned shift = level_shift(map, level);
    uint64_t size = BIT64(shift);
    bool stubs = overlaps(address, size, SYSTEM_IMAGE, SYSTEM_REGION);
    bool region = overlaps(address, size, b->region, SYSTEM_REGION);
    uint64_t descriptor;

    if (!stubs && !region) {
        return;
    }
    if (level == 3) {
        descriptor = second_attributes(b, address, size);
        descriptor |= descriptor == 0 ? 0 : address | 3;
    } else if (may_be_block(map, level) && system_chance(b, 25)) {
        descriptor = second_attributes(b, address, size);
        descriptor |= descriptor == 0 ? 0 : address | 1;
    } else {
        descriptor = fill_second(b, map, level + 1, address) | 3;
    }
    system_put64(b, table + index * 8, descriptor);
}

static uint64_t fill_second(struct system_builder *b, struct system_map *map,
                            unsigned level, uint64_t address)
{
    unsigned shift = level_shift(map, level);
    bool root = map->root == 0;
    uint64_t entries = BIT64(root ? map->bits - shift : map->granule - 3);
    uint64_t table = take_table(b, entries * 8);

    map->root = table;
    for (uint64_t i = 0; i < entries; i++) {
        second_entry(b, map, level, table, i, address + (i << shift));
    }
    return table;
}

/* SL0 by granule: the level it stands for is 2 - SL0 or 3 - SL0. */
static void make_second(struct system_builder *b)
{
    struct system_map *map = &b->second;
    static const unsigned granules[] = {12, 14, 16};
    static const unsigned tg0[] = {0, 2, 1};
    unsigned which = (unsigned)system_below(b, 3);

    map->granule = granules[which];
    map->bits = 32 + (unsigned)system_below(b, 9);
    unsigned level = start_level(map);
    /* Up to sixteen tables side by side are the first one. */
    /* A 40-bit machine must where that spares level 0, or 1 of 16 KiB. */
    bool must = level == 0 || (level == 1 && map->granule == 14);
    if (map->bits - level_shift(map, level) <= 4 && level < 3 &&
        system_chance(b, must ? 95 : 50)) {
        level++;
    }
    unsigned sl0 = (map->granule == 12 ? 2 : 3) - level;

    uint64_t root = fill_second(b, map, level, 0);
    map->root = root;
    /* An input size above the output size is constrained unpredictable. */
    unsigned least = map->bits <= 32 ? 0 : map->bits <= 36 ? 1 : 2;
    b->vtcr = (64 - map->bits) | sl0 << 6 | tg0[which] << 14 |
              (system_next(b) & 0x3f00) |
              (system_chance(b, 80) ? 2 : least + system_below(b, 7 - least))
                  << 16 |
              BIT64(31);
}

/* ---- A program's --------------------------------------------------------- */

static uint64_t random_mair(struct system_builder *b)
{
    static const uint8_t normal[] = {0xff, 0x44, 0xbb, 0xee, 0x4f, 0xf4};
    static const uint8_t device[] = {0x00, 0x04, 0x08, 0x0c};
    uint64_t mair = 0;

    for (unsigned i = 0; i < 8; i++) {
        bool is_device = b->aligned && i >= 2 && system_chance(b, 30);

        mair = mair << 8 |
               (is_device ? device[system_below(b, ARRAY_SIZE(device))]
                          : normal[system_below(b, ARRAY_SIZE(normal))]);
    }
    return mair;
}

static uint64_t output_size(struct system_builder *b)
{
    return system_chance(b, 75) ? 2 : system_below(b, 7);
}

void system_make_tables(struct system_builder *b)
{
    static const unsigned tg0[] = {0, 2, 1};
    static const unsigned tg1[] = {2, 1, 3};
    bool home_up = system_chance(b, 60);

    b->aligned = system_chance(b, 40);
    b->non_secure = system_chance(b, 80);
    b->has_second = b->non_secure && system_chance(b, 50);
    b->hypervisor_on = !b->aligned || system_chance(b, 50);
    b->mair = random_mair(b);
    b->upper.upper = true;
    make_stage1(b, &b->lower, !home_up, 48);
    make_stage1(b, &b->upper, home_up, 48);
    make_stage1(b, &b->hypervisor, true, 48);
    if (b->has_second) {
        make_second(b);
    }
    unsigned low = (b->lower.granule - 12) / 2;
    unsigned high = (b->upper.granule - 12) / 2;
    unsigned hyp = (b->hypervisor.granule - 12) / 2;
    b->tcr_el1 = (64 - b->lower.bits) | (uint64_t)(64 - b->upper.bits) << 16 |
                 (uint64_t)tg0[low] << 14 | (uint64_t)tg1[high] << 30 |
                 output_size(b) << 32 | (system_next(b) & 0x3f003f00) |
                 (system_next(b) & (uint64_t)7 << 36) |
                 (system_next(b) & BIT64(22));
    b->tcr_el2 = (64 - b->hypervisor.bits) | (uint64_t)tg0[hyp] << 14 |
                 output_size(b) << 16 | (system_next(b) & 0x103f00) |
                 BIT64(31) | BIT64(23);
}
