/* SPDX-License-Identifier: Apache-2.0 */
/* The state that a step starts with: control registers, addresses, and where it
 * enters.
 */
#include <string.h>

#include "base/bits.h"
#include "tests/engine/a64_system.h"

enum { TIMERS = 4, SGIR = 0x08000f00 };

/* Bits of the control registers that are left to chance, each with its own. */
struct chance {
    uint64_t bit;
    unsigned percent;
};

static uint64_t pick(struct system_builder *b, const struct chance *chances,
                     size_t count)
{
    uint64_t value = 0;

    for (size_t i = 0; i < count; i++) {
        if (system_chance(b, chances[i].percent)) {
            value |= chances[i].bit;
        }
    }
    return value;
}

#define PICK(b, chances) pick((b), (chances), ARRAY_SIZE(chances))

/* ---- Controls ------------------------------------------------------------ */

static uint64_t random_sctlr_el1(struct system_builder *b)
{
    static const struct chance chances[] = {
        {BIT(2),  50},
        {BIT(3),  50},
        {BIT(4),  50},
        {BIT(9),  50},
        {BIT(12), 50},
        {BIT(14), 60},
        {BIT(15), 60},
        {BIT(16), 50},
        {BIT(18), 50},
        {BIT(19), 15},
        {BIT(26), 60},
    };
    uint64_t value = 0x30d00800 | PICK(b, chances);

    value &= ~(uint64_t)(BIT(16) | BIT(18)); /* kept by chance below */
    value |= system_chance(b, 50) ? BIT(16) : 0;
    value |= system_chance(b, 50) ? BIT(18) : 0;
    value |= b->aligned ? BIT(1) : 0;
    /* Without translation, data is Device memory. */
    value |= b->aligned && system_chance(b, 8) ? 0 : BIT(0);
    return value;
}

static uint64_t random_hcr(struct system_builder *b)
{
    static const struct chance chances[] = {
        {BIT(3),    15},
        {BIT(4),    15},
        {BIT(5),    15},
        {BIT(9),    10},
        {BIT(12),   3 }, /* DC */
        {BIT(13),   5 },
        {BIT(14),   5 },
        {BIT(16),   10},
        {BIT(17),   10},
        {BIT(18),   10},
        {BIT(19),   10},
        {BIT(21),   10},
        {BIT(22),   10},
        {BIT(23),   10},
        {BIT(24),   10},
        {BIT(25),   10},
        {BIT(26),   10},
        {BIT(28),   10},
        {BIT64(30), 10},
    };
    uint64_t value = BIT64(31) | PICK(b, chances);

    if (!b->non_secure) { /* AT of QEMU 7.2 heeds DC in Secure state too */
        value &= ~(uint64_t)BIT(12);
    }
    if (b->has_second && system_chance(b, 70)) {
        /* PTW alone means nothing; in QEMU 7.2 it does. */
        value |= 1 | (system_next(b) & 4);
    }
    if (b->aligned && system_chance(b, 7)) {
        value |= BIT(27);             /* TGE */
    } else if (system_chance(b, 8)) { /* virtual FIQ, IRQ, SError */
        value |= BIT64(6 + system_below(b, 3)) | BIT(3) | BIT(4) | BIT(5);
    }
    return value;
}

/* Not EA: QEMU 7.2 does not route external aborts by it (D13.2.113). */
static uint64_t random_scr(struct system_builder *b)
{
    static const struct chance chances[] = {
        {BIT(1),  30}, /* IRQ */
        {BIT(2),  30},
        {BIT(8),  70}, /* HCE */
        {BIT(9),  20}, /* SIF */
        {BIT(11), 50}, /* ST */
        {BIT(12), 5 },
        {BIT(13), 5 },
    };

    return 0x430 | (b->non_secure ? 1 : 0) | PICK(b, chances);
}

static void set_levels(struct system_builder *b, struct system_record *record)
{
    static const struct chance coprocessor[] = {
        {BIT(10),   8},
        {BIT64(31), 8},
    };
    static const struct chance debug[] = {
        {BIT(6),  10},
        {BIT(8),  5 },
        {BIT(9),  10},
        {BIT(10), 10},
        {BIT(11), 10},
    };
    static const struct chance debug_el3[] = {
        {BIT(6),  10},
        {BIT(9),  10},
        {BIT(10), 10},
    };
    uint64_t *sys = record->sys;

    sys[SYSTEM_SCR_EL3] = random_scr(b);
    sys[SYSTEM_CPTR_EL3] = PICK(b, coprocessor);
    sys[SYSTEM_MDCR_EL3] = PICK(b, debug_el3);
    sys[SYSTEM_HCR_EL2] = random_hcr(b);
    sys[SYSTEM_CPTR_EL2] = 0x33ff & ~BIT(10);
    sys[SYSTEM_CPTR_EL2] |= PICK(b, coprocessor);
    /* HPMN: all six counters. QEMU 7.2 looks neither at it nor at TPMCR. */
    sys[SYSTEM_MDCR_EL2] = 6 | PICK(b, debug);
    /* EL1PCTEN and EL1PCEN; QEMU 7.2 looks at the wrong one from EL0. */
    sys[SYSTEM_CNTHCTL_EL2] = system_chance(b, 50) ? 3 : 0;
    sys[SYSTEM_CPACR_EL1] =
        system_chance(b, 70) ? 0x300000 : system_next(b) & 0x300000;
    sys[SYSTEM_CNTKCTL_EL1] = system_next(b) & 0x3ff;
    sys[SYSTEM_PMUSERENR_EL0] = system_next(b) & 1;
}

static void set_translation(struct system_builder *b,
                            struct system_record *record)
{
    uint64_t *sys = record->sys;
    uint64_t stubs = SYSTEM_IMAGE + SYSTEM_STUBS;
    const struct system_map *home = b->lower.has_home ? &b->lower : &b->upper;
    /* Nothing walks the half that has no home. */
    uint64_t epd = system_chance(b, 5) ? BIT(b->lower.has_home ? 23 : 7) : 0;

    sys[SYSTEM_SCTLR_EL1] = random_sctlr_el1(b);
    if ((sys[SYSTEM_HCR_EL2] & BIT(27)) != 0) {
        /* TGE stands for M = 0 (D13.2.46); in QEMU 7.2 it does not. */
        sys[SYSTEM_SCTLR_EL1] &= ~(uint64_t)1;
    }
    sys[SYSTEM_TCR_EL1] = b->tcr_el1 | epd;
    sys[SYSTEM_TTBR0_EL1] = b->lower.root | system_below(b, 256) << 48;
    sys[SYSTEM_TTBR1_EL1] = b->upper.root | system_below(b, 256) << 48;
    sys[SYSTEM_MAIR_EL1] = b->mair;
    bool flat = (sys[SYSTEM_SCTLR_EL1] & 1) == 0 ||
                (b->non_secure && (sys[SYSTEM_HCR_EL2] & BIT(12)) != 0);
    sys[SYSTEM_VBAR_EL1] = flat ? stubs : home->home;
    sys[SYSTEM_SCTLR_EL2] = 0x30c50830 | (b->hypervisor_on ? 1 : 0) |
                            (b->aligned ? 2 : 0) | (system_next(b) & 0x1008) |
                            (system_chance(b, 15) ? BIT(19) : 0);
    sys[SYSTEM_TCR_EL2] = b->tcr_el2;
    sys[SYSTEM_TTBR0_EL2] = b->hypervisor.root;
    sys[SYSTEM_MAIR_EL2] = b->mair;
    sys[SYSTEM_VBAR_EL2] = b->hypervisor_on ? b->hypervisor.home : stubs;
    sys[SYSTEM_VTCR_EL2] = b->vtcr;
    sys[SYSTEM_VTTBR_EL2] = b->second.root | system_below(b, 256) << 48;
}

/* ---- Addresses ----------------------------------------------------------- */

static bool is_flat(const struct system_builder *b,
                    const struct system_record *record, unsigned level)
{
    uint64_t hcr = b->non_secure ? record->sys[SYSTEM_HCR_EL2] : 0;

    return level == 2 ? !b->hypervisor_on
                      : (record->sys[SYSTEM_SCTLR_EL1] & 1) == 0 ||
                            (hcr & BIT(12)) != 0 ||
                            (level == 0 && (hcr & BIT(27)) != 0);
}

/* Somewhere in the code or data of the program. */
static uint64_t physical(struct system_builder *b, bool code)
{
    uint64_t page = system_below(b, (SYSTEM_CODE_BYTES >> 12)) << 12;

    return b->region + page + (code ? SYSTEM_CODE : SYSTEM_DATA);
}

/* The start of a page that the tables map, of code or data if it can be had;
 * seldom an address that they do not map. */
static uint64_t page_address(struct system_builder *b,
                             const struct system_record *record, unsigned level,
                             bool code)
{
    if (is_flat(b, record, level)) {
        return physical(b, code);
    }
    const struct system_map *map = level == 2             ? &b->hypervisor
                                   : system_chance(b, 50) ? &b->lower
                                                          : &b->upper;
    const struct system_place *place = NULL;
    for (unsigned tries = 0; tries < 12 && map->place_count > 0; tries++) {
        uint64_t want = physical(b, code);

        place = &map->places[system_below(b, map->place_count)];
        if (place->output != 0 && want - place->output < place->size) {
            return place->address + (want - place->output);
        }
    }
    return place == NULL
               ? system_next(b) & ~(uint64_t)0xfff
               : place->address +
                     (system_next(b) & (place->size - 1) & ~(uint64_t)0xfff);
}

/* A physical address that is none of the machine's devices, which are no matter
 * of this test: below RAM, and PCIe from 256 GiB to 1 TiB. */
static uint64_t off_devices(uint64_t address)
{
    bool pcie = address >> 38 >= 1 && address >> 38 <= 3;

    return address < SYSTEM_RAM || pcie
               ? (address & (BIT64(30) - 1)) | BIT64(32)
               : address;
}

/* Seldom one of code: jumps to it may go round for ever. */
static uint64_t random_address(struct system_builder *b,
                               const struct system_record *record,
                               unsigned level)
{
    uint64_t address = page_address(b, record, level, false);
    uint64_t offset = system_next(b) & 0xfff;

    switch (system_below(b, 8)) {
    case 0:
        offset |= 0xff8; /* near the end */
        break;
    case 1:
        break;
    default:
        offset &= 0xff0;
        break;
    }
    if (system_chance(b, 8)) {
        address ^= system_next(b) << 56; /* the tag */
    }
    if (system_chance(b, 3)) {
        address ^= BIT64(system_below(b, 64));
    }
    address += offset;
    return is_flat(b, record, level) ? off_devices(address) : address;
}

static uint64_t random_value(struct system_builder *b)
{
    uint64_t value = system_next(b);

    switch (system_below(b, 6)) {
    case 0:
        return value & 0xff;
    case 1:
        return 0 - (value & 0xff);
    case 2:
        return BIT64(value & 63);
    case 3:
        return value & UINT32_MAX;
    default:
        return value;
    }
}

/* A PSTATE of level, sometimes an illegal one. */
static uint64_t random_spsr(struct system_builder *b, unsigned level)
{
    uint64_t value = (system_next(b) & 0xf00003c0) | (uint64_t)level << 2;

    if (level != 0 && system_chance(b, 75)) {
        value |= 1;
    }
    if (system_chance(b, 2)) {
        value |= BIT(20);
    }
    /* Not M[4]: QEMU's model has AArch32. */
    if (system_chance(b, 2)) {
        value ^= BIT(system_below(b, 4));
    }
    if (system_chance(b, 50)) {
        value |= 0x3c0;
    }
    return value;
}

static void set_state(struct system_builder *b, struct system_record *record,
                      unsigned level)
{
    static const enum system_register plain[] = {
        SYSTEM_CONTEXTIDR_EL1, SYSTEM_TPIDR_EL0, SYSTEM_TPIDRRO_EL0,
        SYSTEM_TPIDR_EL1,      SYSTEM_TPIDR_EL2, SYSTEM_VMPIDR_EL2};
    uint64_t *sys = record->sys;

    for (size_t i = 0; i < ARRAY_SIZE(plain); i++) {
        sys[plain[i]] = system_next(b);
    }
    sys[SYSTEM_CONTEXTIDR_EL1] &= UINT32_MAX;
    sys[SYSTEM_VPIDR_EL2] = system_next(b) & UINT32_MAX;
    sys[SYSTEM_VMPIDR_EL2] = (system_next(b) & 0xffffff) | BIT64(31);
    for (unsigned i = 0; i < 31; i++) {
        record->x[i] = system_chance(b, 65) ? random_address(b, record, level)
                                            : random_value(b);
        if (is_flat(b, record, level)) {
            record->x[i] = off_devices(record->x[i]);
        }
    }
    /* QEMU 7.2 does not check the alignment of SP (D1.8.2). */
    for (unsigned i = 0; i < 3; i++) {
        sys[SYSTEM_SP_EL0 + i] =
            random_address(b, record, level) & ~(uint64_t)15;
    }
    for (unsigned i = 0; i < 64; i++) {
        record->v[i / 2][i % 2] = random_value(b);
    }
    for (unsigned i = 1; i <= 2; i++) { /* for an ERET of EL1 or EL2 */
        uint64_t spsr = random_spsr(b, (unsigned)system_below(b, i + 1));
        /* EL1 without translation gets an address of memory. */
        uint64_t about = i == 2 && is_flat(b, record, 1)
                             ? physical(b, false)
                             : random_address(b, record, level);
        uint64_t target = system_target(b, about) & ~(uint64_t)3;
        bool legal = (spsr & 2) == 0 && (spsr >> 2 & 3) <= i &&
                     (spsr & 0xd) != 1 && (sys[SYSTEM_HCR_EL2] & BIT(27)) == 0;

        /* QEMU 7.2 keeps the tag when the return is illegal (D1.11.4). */
        sys[i == 1 ? SYSTEM_SPSR_EL1 : SYSTEM_SPSR_EL2] = spsr;
        sys[i == 1 ? SYSTEM_ELR_EL1 : SYSTEM_ELR_EL2] =
            legal ? target : (uint64_t)((int64_t)(target << 8) >> 8);
    }
}

/* Branches, and what may change how the next instruction is stepped, at
 * first; and a return, anywhere. */
static bool is_unsteppable(const uint32_t *code, unsigned count)
{
    bool found = (code[0] & 0xfe000000) == 0xd6000000 ||
                 (code[0] & 0xffc00000) == 0xd5000000;

    for (unsigned i = 0; i < count; i++) {
        found |= code[i] == 0xd69f03e0;
    }
    return found;
}

/* One timer is due long since, or none ever. */
static void set_timers(struct system_builder *b, struct system_record *record,
                       bool due)
{
    uint64_t *timers = &record->sys[SYSTEM_CNTV_CVAL_EL0];
    uint64_t which = system_below(b, TIMERS);

    for (unsigned i = 0; i < TIMERS; i++) {
        timers[i * 2] = due && i == which ? 0 : UINT64_MAX;
        timers[i * 2 + 1] =
            due && i == which ? 1 : system_below(b, 4); /* ENABLE, IMASK */
    }
}

/*
 * Software step, now and then: of one instruction, or pending at once. QEMU
 * 7.2 looks for the page of the PC before it steps, the manual after that
 * (D1.13.4), so that page must be there. In QEMU an instruction that masks
 * debug exceptions is stepped all the same (D2.12.3). No interrupt comes beside
 * it, nor an SGI beside another interrupt: their order is left to the
 * implementation.
 */
static void set_events(struct system_builder *b, struct system_record *record,
                       const uint32_t *code, unsigned count)
{
    uint64_t *sys = record->sys;
    bool pending = (sys[SYSTEM_HCR_EL2] & 0x1c0) != 0;

    if (system_chance(b, 10)) {
        sys[SYSTEM_MDSCR_EL1] |= BIT(12);
    }
    bool due = !pending && system_chance(b, 6);
    set_timers(b, record, due);
    if (pending || due) {
        return;
    }
    if (system_chance(b, 5)) { /* to this core itself */
        record->poke_address = SGIR;
        record->poke_value = 2 << 24 | system_below(b, 16);
    } else if (system_chance(b, 8) && !is_unsteppable(code, count) &&
               !(b->has_second && (sys[SYSTEM_MDCR_EL2] & BIT(8)) != 0)) {
        bool at_once = b->flat && system_chance(b, 30);

        sys[SYSTEM_MDSCR_EL1] |= 1 | (system_next(b) & BIT(13));
        sys[SYSTEM_SPSR_EL3] |= at_once ? 0 : BIT(21);
        sys[SYSTEM_SPSR_EL3] &= ~(system_next(b) & BIT(9));
    }
}

/*
 * The last word of a slot, which is undefined, so that nothing goes round for
 * ever. QEMU 7.2 looks for the page of a misaligned PC first, the manual at
 * its alignment (D1.13.4): none where the page may be missing.
 */
uint64_t system_target(const struct system_builder *b, uint64_t address)
{
    uint64_t low = b->flat && address - b->region - SYSTEM_CODE <
                                  SYSTEM_CODE_BYTES + SYSTEM_DATA_BYTES
                       ? address & 3
                       : 0;

    return (address & ~(uint64_t)(SYSTEM_SLOT_BYTES - 1)) |
           (SYSTEM_SLOT_BYTES - 4) | low;
}

void system_make_step(struct system_builder *b, struct system_record *record)
{
    unsigned choice = (unsigned)system_below(b, 100);
    unsigned level = choice < 42 ? 0 : choice < 85 || !b->non_secure ? 1 : 2;
    uint32_t code[SYSTEM_SLOT_BYTES / 4] = {0};

    set_levels(b, record);
    set_translation(b, record);
    b->flat = is_flat(b, record, level) &&
              (level == 2 || !b->non_secure ||
               (record->sys[SYSTEM_HCR_EL2] & (BIT(12) | 1)) == 0);
    set_state(b, record, level);
    record->sys[SYSTEM_SPSR_EL3] = random_spsr(b, level);
    record->sys[SYSTEM_ELR_EL3] =
        page_address(b, record, level, true) + b->step * SYSTEM_SLOT_BYTES;
    if (system_chance(b, 2)) {
        record->sys[SYSTEM_ELR_EL3] =
            system_target(b, random_address(b, record, level));
    }
    if (((record->sys[SYSTEM_SPSR_EL3] >> 2 & 3) != level) ||
        (record->sys[SYSTEM_SPSR_EL3] & (level == 0 ? 3 : 2)) != 0 ||
        (level == 1 && (record->sys[SYSTEM_HCR_EL2] & BIT(27)) != 0)) {
        /* An illegal return goes on at EL3, with the MMU off. Code is for the
         * level that was asked for: no return to another. */
        record->sys[SYSTEM_SPSR_EL3] |=
            (record->sys[SYSTEM_SPSR_EL3] >> 2 & 3) != level ? 2 : 0;
        record->sys[SYSTEM_ELR_EL3] =
            physical(b, true) + b->step * SYSTEM_SLOT_BYTES;
    }
    unsigned count = system_make_code(b, record, level, code);
    set_events(b, record, code, count);
    /* A call that a lower level can always do. */
    code[count] = level == 0 ? 0xd41bd5a1 : 0xd4000003;
    for (unsigned page = 0; page < SYSTEM_CODE_BYTES; page += 4096) {
        memcpy(b->image + (b->region - SYSTEM_IMAGE) + SYSTEM_CODE + page +
                   b->step * SYSTEM_SLOT_BYTES,
               code, sizeof(code));
    }
}
