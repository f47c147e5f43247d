/* SPDX-License-Identifier: Apache-2.0 */
/* The instructions of a step. */
#include <string.h>

#include "base/bits.h"
#include "engine/aarch64/registers.h"
#include "isa/aarch64/pattern.h"
#include "tests/engine/a64_random.h"
#include "tests/engine/a64_system.h"

enum { NOP = (int)0xd503201f, SLOTS_USED = 6 };

/* ---- Loads and stores ---------------------------------------------------- */

static bool is_memory(uint32_t word)
{
    return (word & 0x0a000000) == 0x08000000;
}

static bool name_has(enum aarch64_row row, const char *part)
{
    return strstr(aarch64_rows[row].name, part) != NULL;
}

static bool is_store_exclusive(enum aarch64_row row)
{
    return row == AARCH64_ROW_STXR || row == AARCH64_ROW_STLXR ||
           row == AARCH64_ROW_STXP || row == AARCH64_ROW_STLXP;
}

static bool is_in_core(enum aarch64_feature feature)
{
    return feature == AARCH64_FEATURE_BASE || feature == AARCH64_FEATURE_FP ||
           feature == AARCH64_FEATURE_SIMD;
}

/* True for what a Cortex-A35 has, but is tried at user level alone. */
static bool is_present(enum aarch64_feature feature)
{
    return feature == AARCH64_FEATURE_CRC32 || feature == AARCH64_FEATURE_AES ||
           feature == AARCH64_FEATURE_SHA1 || feature == AARCH64_FEATURE_SHA256;
}

/* Choices of registers that the manual calls unpredictable, and one more. */
static bool is_unpredictable(uint32_t word, enum aarch64_row row)
{
    uint32_t n = aarch64_pattern_get(word, row, 'n');
    uint32_t t = aarch64_pattern_get(word, row, 't');
    uint32_t u = aarch64_pattern_get(word, row, 'u');
    bool vectors = aarch64_kinds[row].feature != AARCH64_FEATURE_BASE;
    bool write_back = name_has(row, "_PRE") || name_has(row, "_POST");
    bool pair = aarch64_pattern_bits(row, 'u') != 0;

    if (write_back && n == 31) { /* SP must stay aligned: a64_system_steps.c */
        return true;
    }
    if (write_back && !vectors && (n == t || (pair && n == u))) {
        return true;
    }
    return pair && t == u && !name_has(row, "STP") && !name_has(row, "STNP");
}

static uint32_t random_word(struct system_builder *b, enum aarch64_row row)
{
    const struct aarch64_pattern *pattern = &aarch64_patterns[row];
    struct aarch64_insn insn;
    uint32_t word;

    do {
        word = ((uint32_t)system_next(b) & ~pattern->mask) | pattern->match |
               aarch64_pattern_bits(row, '-');
    } while (!aarch64_decode(word, &insn) || insn.row != row ||
             is_unpredictable(word, row));
    return word;
}

static bool moves_several(enum aarch64_row row)
{
    const char *name = aarch64_rows[row].name;

    return strncmp(name, "STP", 3) == 0 || strncmp(name, "STNP", 4) == 0 ||
           strncmp(name, "LDP", 3) == 0 || strncmp(name, "LDNP", 4) == 0 ||
           ((strncmp(name, "ST", 2) == 0 || strncmp(name, "LD", 2) == 0) &&
            name[2] >= '1' && name[2] <= '4');
}

/* The data left by an access in several pieces that faults at a later one is
 * not for comparing (D1.13.4): far from the ends of the page. */
static void keep_inside(struct system_record *record, uint32_t n)
{
    uint64_t *sp = &record->sys[SYSTEM_SP_EL0];

    for (unsigned i = 0; i < 3 && n == 31; i++) {
        sp[i] = (sp[i] & ~(uint64_t)0xfff) | 0x800;
    }
    if (n < 31) {
        record->x[n] = (record->x[n] & ~(uint64_t)0xff0) | 0x800;
    }
}

/* Addresses are in the registers: most displacements are small. */
static uint32_t memory_word(struct system_builder *b,
                            struct system_record *record, bool first)
{
    enum aarch64_row row;

    do {
        row = 1 + (enum aarch64_row)system_below(b, AARCH64_ROWS - 1);
    } while (!is_memory(aarch64_patterns[row].match) ||
             !is_in_core(aarch64_kinds[row].feature) ||
             is_store_exclusive(row) || (!first && moves_several(row)));
    uint32_t word;
    do {
        word = random_word(b, row);
        if (!name_has(row, "LITERAL") && system_chance(b, 70)) {
            aarch64_pattern_put(&word, row, 'i', (uint32_t)system_below(b, 2));
        }
        if (aarch64_pattern_bits(row, 'm') != 0 && system_chance(b, 70)) {
            aarch64_pattern_put(&word, row, 'm', 31);
        }
    } while (is_unpredictable(word, row));
    if (moves_several(row)) {
        keep_inside(record, aarch64_pattern_get(word, row, 'n'));
    }
    b->runs[row]++;
    return word;
}

/* A load-exclusive and the store of its kind: without the first the manual
 * lets an implementation choose whether the second faults. */
static unsigned exclusive_words(struct system_builder *b, uint32_t *code)
{
    bool pair = system_chance(b, 40);
    enum aarch64_row load = pair ? AARCH64_ROW_LDXP : AARCH64_ROW_LDXR;
    enum aarch64_row store = pair ? AARCH64_ROW_STXP : AARCH64_ROW_STXR;
    uint32_t words[2] = {random_word(b, load), random_word(b, store)};
    uint32_t n = (uint32_t)system_below(b, 8);

    aarch64_pattern_put(&words[0], load, 'n', n);
    aarch64_pattern_put(&words[0], load, 't', 8);
    aarch64_pattern_put(&words[0], load, 'u', 9);
    aarch64_pattern_put(&words[1], store, 'n', n);
    aarch64_pattern_put(&words[1], store, 's', 10);
    aarch64_pattern_put(&words[1], store, 't', 11);
    aarch64_pattern_put(&words[1], store, 'u', 12);
    aarch64_pattern_put(&words[1], store, 'z',
                        aarch64_pattern_get(words[0], load, 'z'));
    aarch64_pattern_put(&words[1], store, 'f',
                        aarch64_pattern_get(words[0], load, 'f'));
    b->runs[load]++;
    b->runs[store]++;
    memcpy(code, words, sizeof(words));
    return 2;
}

/* ---- System instructions ------------------------------------------------- */

#define SYS(op1, crn, crm, op2) AARCH64_ENCODING(1, op1, crn, crm, op2)

static uint32_t system_word(uint32_t encoding, bool read, unsigned t)
{
    return 0xd5000000 | (uint32_t)read << 21 | encoding << 5 | t;
}

/* Maintenance by address may fault (D5.11); in QEMU 7.2 it does not, so it is
 * tried where it is sure to be trapped or undefined. */
static bool may_be_compared(const struct system_builder *b,
                            const struct system_record *record, unsigned level,
                            uint32_t encoding)
{
    uint64_t hcr = b->non_secure ? record->sys[SYSTEM_HCR_EL2] : 0;
    bool user = level == 0;
    bool user_trap = user && (record->sys[SYSTEM_SCTLR_EL1] >> 26 & 1) == 0;

    switch (encoding) {
    case SYS(3, 7, 4, 1): /* DC ZVA of Device memory must fault */
        return !b->aligned;
    case SYS(0, 7, 6, 1): /* DC IVAC */
        return user || (level == 1 && (hcr >> 23 & 1) != 0);
    case SYS(3, 7, 10, 1): /* DC CVAC, CIVAC */
    case SYS(3, 7, 14, 1):
        return user_trap || (level < 2 && (hcr >> 23 & 1) != 0);
    case SYS(3, 7, 11, 1): /* DC CVAU, IC IVAU */
    case SYS(3, 7, 5, 1):
        return user_trap || (level < 2 && (hcr >> 24 & 1) != 0);
    default:
        return true;
    }
}

static uint32_t sys_word(struct system_builder *b,
                         const struct system_record *record, unsigned level)
{
    static const uint16_t known[] = {
        SYS(3, 7, 4, 1),  SYS(3, 7, 10, 1), SYS(3, 7, 11, 1), SYS(3, 7, 14, 1),
        SYS(3, 7, 5, 1),  SYS(0, 7, 6, 1),  SYS(0, 7, 6, 2),  SYS(0, 7, 10, 2),
        SYS(0, 7, 14, 2), SYS(0, 7, 1, 0),  SYS(0, 7, 5, 0),  SYS(0, 7, 8, 0),
        SYS(0, 7, 8, 1),  SYS(0, 7, 8, 2),  SYS(0, 7, 8, 3),  SYS(4, 7, 8, 0),
        SYS(4, 7, 8, 1),  SYS(4, 7, 8, 4),  SYS(4, 7, 8, 5),  SYS(4, 7, 8, 6),
        SYS(4, 7, 8, 7),  SYS(6, 7, 8, 0),  SYS(6, 7, 8, 1),  SYS(0, 8, 3, 0),
        SYS(0, 8, 3, 1),  SYS(0, 8, 3, 2),  SYS(0, 8, 3, 3),  SYS(0, 8, 3, 5),
        SYS(0, 8, 3, 7),  SYS(0, 8, 7, 0),  SYS(0, 8, 7, 1),  SYS(0, 8, 7, 2),
        SYS(0, 8, 7, 3),  SYS(0, 8, 7, 5),  SYS(0, 8, 7, 7),  SYS(4, 8, 0, 1),
        SYS(4, 8, 0, 5),  SYS(4, 8, 3, 0),  SYS(4, 8, 3, 1),  SYS(4, 8, 3, 4),
        SYS(4, 8, 3, 5),  SYS(4, 8, 3, 6),  SYS(4, 8, 4, 1),  SYS(4, 8, 4, 5),
        SYS(4, 8, 7, 0),  SYS(4, 8, 7, 1),  SYS(4, 8, 7, 4),  SYS(4, 8, 7, 5),
        SYS(4, 8, 7, 6),  SYS(6, 8, 3, 0),  SYS(6, 8, 3, 1),  SYS(6, 8, 3, 5),
        SYS(6, 8, 7, 0),  SYS(6, 8, 7, 1),  SYS(6, 8, 7, 5),
    };
    /* The first sixteen are caches and translations. */
    size_t from = system_chance(b, 75) ? 23 : ARRAY_SIZE(known);
    uint32_t encoding;

    do {
        encoding = known[system_below(b, from)];
    } while (!may_be_compared(b, record, level, encoding));
    if (system_chance(b, 5)) { /* none of them can be read */
        b->runs[AARCH64_ROW_SYSL]++;
        return system_word(encoding, true, 3);
    }
    b->runs[AARCH64_ROW_SYS]++;
    return system_word(encoding, false,
                       system_chance(b, 95) ? (unsigned)system_below(b, 31)
                                            : 31);
}

static const uint16_t unread[] = {
#define UNREAD(name) AARCH64_##name,
#define UNWRITTEN(name)
#define ABSENT(name)
#include "tests/engine/a64_system_excluded.def"
#undef UNREAD
#undef UNWRITTEN
#undef ABSENT
};

static const uint16_t unwritten[] = {
#define UNREAD(name)
#define UNWRITTEN(name) AARCH64_##name,
#define ABSENT(name)
#include "tests/engine/a64_system_excluded.def"
#undef UNREAD
#undef UNWRITTEN
#undef ABSENT
};

static const uint16_t absent[] = {
#define UNREAD(name)
#define UNWRITTEN(name)
#define ABSENT(name) AARCH64_##name,
#include "tests/engine/a64_system_excluded.def"
#undef UNREAD
#undef UNWRITTEN
#undef ABSENT
};

static bool is_among(const uint16_t *rows, size_t count, unsigned row)
{
    for (size_t i = 0; i < count; i++) {
        if (rows[i] == row) {
            return true;
        }
    }
    return false;
}

static uint32_t register_word(struct system_builder *b)
{
    for (;;) {
        bool read = system_chance(b, 60);
        unsigned row = (unsigned)system_below(b, AARCH64_SYSTEM_REGISTERS);

        if (is_among(absent, ARRAY_SIZE(absent), row) ||
            (!read && is_among(unwritten, ARRAY_SIZE(unwritten), row))) {
            continue;
        }
        bool sink = read && is_among(unread, ARRAY_SIZE(unread), row);
        b->runs[read ? AARCH64_ROW_MRS : AARCH64_ROW_MSR]++;
        return system_word(aarch64_registers[row].encoding, read,
                           sink ? 31 : (unsigned)system_below(b, 32));
    }
}

static uint32_t pstate_word(struct system_builder *b)
{
    static const uint32_t known[] = {
        0xd50040bf, /* SPSel */
        0xd50340df, /* DAIFSet */
        0xd50340ff, /* DAIFClr */
    };

    b->runs[AARCH64_ROW_MSR_IMM]++;
    return known[system_below(b, ARRAY_SIZE(known))] |
           (uint32_t)system_below(b, 16) << 8;
}

/* ---- Exceptions and the undefined ---------------------------------------- */

static uint32_t exception_word(struct system_builder *b, unsigned level)
{
    static const struct {
        uint32_t word;
        enum aarch64_row row;
    } known[] = {
        {0xd4000001, AARCH64_ROW_SVC  },
        {0xd4000002, AARCH64_ROW_HVC  },
        {0xd4000003, AARCH64_ROW_SMC  },
        {0xd4200000, AARCH64_ROW_BRK  },
        {0xd4400000, AARCH64_ROW_HLT  },
        {0xd4a00001, AARCH64_ROW_DCPS1},
        {0xd4a00002, AARCH64_ROW_DCPS2},
        {0xd4a00003, AARCH64_ROW_DCPS3},
        {0xd6bf03e0, AARCH64_ROW_DRPS },
    };
    size_t i = system_below(b, ARRAY_SIZE(known));
    if (known[i].row == AARCH64_ROW_HVC && level == 1 && !b->non_secure) {
        i = 0; /* undefined (C6.2.91), but QEMU 7.2 goes to EL2 */
    }
    /* HLT #0xf000 would ask QEMU's host. */
    uint32_t immediate = (uint32_t)system_next(b) & 0x7fff;

    b->runs[known[i].row]++;
    return known[i].row == AARCH64_ROW_DRPS ? known[i].word
                                            : known[i].word | immediate << 5;
}

/* No instruction here; what later versions of the architecture made of these
 * encodings is not in QEMU's cortex-a35. */
static uint32_t undefined_word(struct system_builder *b)
{
    struct aarch64_insn insn;
    uint32_t word;

    if (system_chance(b, 60)) { /* of an extension that is not there */
        enum aarch64_row row;

        do {
            row = 1 + (enum aarch64_row)system_below(b, AARCH64_ROWS - 1);
        } while (is_in_core(aarch64_kinds[row].feature) ||
                 is_present(aarch64_kinds[row].feature));
        b->runs[row]++;
        return random_word(b, row);
    }
    do {
        word = (uint32_t)system_next(b);
        aarch64_decode(word, &insn);
    } while (insn.row != AARCH64_UNALLOCATED &&
             is_in_core(aarch64_feature_of(&insn)));
    return word;
}

static uint32_t jump_word(struct system_builder *b,
                          struct system_record *record)
{
    static const struct {
        uint32_t word;
        enum aarch64_row row;
    } known[] = {
        {0xd61f0000, AARCH64_ROW_BR },
        {0xd63f0000, AARCH64_ROW_BLR},
        {0xd65f0000, AARCH64_ROW_RET},
    };
    size_t i = system_below(b, ARRAY_SIZE(known));

    uint32_t through = (uint32_t)system_below(b, 31);

    record->x[through] = system_target(b, record->x[through]);
    b->runs[known[i].row]++;
    return known[i].word | through << 5;
}

static uint32_t vector_word(struct system_builder *b)
{
    static const uint32_t known[] = {
        0x1e202820, /* fadd s0, s1, s0 */
        0x4e208420, /* add v0.16b, v1.16b, v0.16b */
        0x9e660000, /* fmov x0, d0 */
        0x9e670021, /* fmov d1, x1 */
        0xd53b4423, /* mrs x3, fpsr */
        0xd51b4424, /* msr fpsr, x4 */
    };

    return known[system_below(b, ARRAY_SIZE(known))];
}

/* WFI where it is sure to be trapped. QEMU 7.2 traps no WFE (D1.16). */
static uint32_t wait_word(struct system_builder *b,
                          const struct system_record *record, unsigned level)
{
    const uint64_t *sys = record->sys;
    uint64_t hcr = b->non_secure ? sys[SYSTEM_HCR_EL2] : 0;
    bool trapped = (level == 0 && (sys[SYSTEM_SCTLR_EL1] >> 16 & 1) == 0) ||
                   (level < 2 && (hcr >> 13 & 1) != 0) ||
                   (sys[SYSTEM_SCR_EL3] >> 12 & 1) != 0;

    /* QEMU wakes by virtual interrupts where they are disabled too. */
    if (!trapped || (sys[SYSTEM_HCR_EL2] & 0x1c0) != 0) {
        b->runs[AARCH64_ROW_YIELD]++;
        return 0xd503203f;
    }
    b->runs[AARCH64_ROW_WFI]++;
    return 0xd503207f;
}

static uint32_t one_word(struct system_builder *b, struct system_record *record,
                         unsigned level, bool first)
{
    unsigned choice = (unsigned)system_below(b, 100);

    if (choice < 44) {
        return memory_word(b, record, first);
    }
    if (choice < 60) {
        return register_word(b);
    }
    if (choice < 76) {
        return sys_word(b, record, level);
    }
    if (choice < 80) {
        return pstate_word(b);
    }
    if (choice < 84) {
        return exception_word(b, level);
    }
    if (choice < 87) {
        return undefined_word(b);
    }
    if (choice < 90) { /* later its register might be another */
        return first ? jump_word(b, record) : (uint32_t)NOP;
    }
    if (choice < 94) {
        return vector_word(b);
    }
    if (choice < 96) {
        b->runs[AARCH64_ROW_ERET]++;
        return 0xd69f03e0;
    }
    return choice < 98 ? wait_word(b, record, level) : (uint32_t)NOP;
}

unsigned system_make_code(struct system_builder *b,
                          struct system_record *record, unsigned level,
                          uint32_t *code)
{
    unsigned count = 0;
    unsigned wanted = 1 + (unsigned)system_below(b, SLOTS_USED);

    while (count < wanted) {
        if (system_chance(b, 4)) {
            count += exclusive_words(b, code + count);
        } else {
            code[count] = one_word(b, record, level, count == 0);
            count++;
        }
    }
    return count;
}
