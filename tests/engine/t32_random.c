/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The values kind: a block is a run of slots, so that branches know where they
 * may go. Registers with a duty: r6 a small index, r7 and the stack pointer
 * addresses in the data. Random instructions write the others below 15, and
 * what their write-back asks for. The block ends with UDF.
 */
#include "tests/engine/t32_random.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/engine/t32_random_inside.h"

enum {
    BLOCKS = 48,
    SETS = 48, /* of register values, for each block */
    SLOTS = 24,
    SLOT_BYTES = 20,
    SLOTS_AFTER = 4, /* of NOPs, where branches land */
    BLOCK_BYTES = 640,
};

enum { V7M = T32_V6M | T32_V7M_BASE | T32_V7M };

/* clang-format off */
const struct t32_target t32_targets[T32_TARGETS] = {
    [T32_CORTEX_M3] = {"cortex-m3", "arm,cortex-m3", "mps2-an385", 0x21000000,
                       0, V7M, 0},
    [T32_CORTEX_M4] = {"cortex-m4", "arm,cortex-m4f", "mps2-an386", 0x21000000,
                       0, V7M | T32_V7EM | T32_FP_SP, T32_FLAG_FP},
    [T32_CORTEX_M7] = {"cortex-m7", "arm,cortex-m7", "mps2-an500", 0x60000000,
                       0, V7M | T32_V7EM | T32_FP_SP | T32_FP_DP | T32_FPV5,
                       T32_FLAG_FP},
    [T32_CORTEX_M33] = {"cortex-m33", "arm,cortex-m33f", "mps2-an505",
                        0x80000000, 0x10000000,
                        V7M | T32_V7EM | T32_FP_SP | T32_FPV5 | T32_V8M_BASE |
                            T32_V8M_MAIN,
                        T32_FLAG_FP | T32_FLAG_LIMITS | T32_FLAG_SECURITY},
};
/* clang-format on */

uint32_t t32_next(struct t32_program *p)
{
    p->state = p->state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(p->state >> 32);
}

bool t32_chance(struct t32_program *p, unsigned percent)
{
    return t32_next(p) % 100 < percent;
}

void t32_put(struct t32_program *p, uint32_t offset, uint32_t word)
{
    memcpy(p->image + offset, &word, sizeof(word));
}

uint32_t t32_get(const uint8_t *image, uint32_t offset)
{
    uint32_t word;

    memcpy(&word, image + offset, sizeof(word));
    return word;
}

void t32_emit(struct t32_emitter *e, uint32_t encoding, unsigned length)
{
    uint16_t halves[2] = {(uint16_t)(encoding >> 16), (uint16_t)encoding};

    if (length == 4) {
        memcpy(e->program->image + e->offset, halves, 4);
    } else {
        memcpy(e->program->image + e->offset, &halves[1], 2);
    }
    e->offset += length;
}

/* ---- Slots --------------------------------------------------------------- */

static void count(struct t32_program *p, unsigned row)
{
    p->runs[row] += SETS;
    p->cases += SETS;
}

static void emit_insn(struct t32_emitter *e, const struct t32_insn *insn)
{
    count(e->program, insn->row);
    t32_emit(e, insn->encoding, insn->length);
}

static void simple_slot(struct t32_emitter *e, uint32_t end)
{
    struct t32_insn insn;

    while (e->offset + 4 <= end) {
        t32_random_simple(e->program, false, &insn);
        emit_insn(e, &insn);
    }
}

/* The condition of the first, and the mask: up to four, of them "else" those
 * that a bit is set of. */
static void it_slot(struct t32_emitter *e)
{
    struct t32_program *p = e->program;
    const unsigned length = 1 + t32_next(p) % 4;
    const unsigned cond = t32_next(p) % 15;
    unsigned mask = 1u << (4 - length);

    for (unsigned i = 1; i < length; i++) {
        unsigned otherwise = cond == 14 ? 0 : t32_next(p) & 1;

        mask |= ((cond & 1) ^ otherwise) << (4 - i);
    }
    count(p, T32_ROW_IT);
    t32_emit(e, 0xbf00 | cond << 4 | mask, 2);
    for (unsigned i = 0; i < length; i++) {
        struct t32_insn insn;

        t32_random_simple(p, true, &insn);
        emit_insn(e, &insn);
    }
}

static void exclusive_slot(struct t32_emitter *e)
{
    struct t32_program *p = e->program;
    enum t32_row row;

    do {
        row = 1 + t32_next(p) % (T32_ROWS - 1);
    } while (
        !t32_is_store_exclusive(row) ||
        (row >= T32_ROW_STLEX && (p->target->features & T32_V8M_BASE) == 0));
    struct t32_insn load;
    struct t32_insn store;
    t32_random_of_row(p, t32_load_of(row), &load);
    t32_random_of_row(p, row, &store);
    store.encoding = (store.encoding & ~0x000f0000u) | (uint32_t)load.rn << 16;
    if (row == T32_ROW_STREX) {
        store.encoding = (store.encoding & ~0xffu) | (load.encoding & 0xff);
    }
    if (!t32_chance(p, 10)) {
        emit_insn(e, &load);
    }
    emit_insn(e, &store);
}

static uint32_t branch_word(struct t32_program *p, unsigned *row,
                            uint32_t offset)
{
    const uint32_t far = (offset - 4) >> 1; /* all targets are ahead */
    const uint32_t wide = (far >> 11 & 0x3ff) << 16 | (far & 0x7ff);
    const uint32_t r = t32_next(p) % 6;

    switch (t32_next(p) % 7) {
    case 0:
        *row = T32_ROW_B;
        return 0xe000 | far;
    case 1:
        *row = T32_ROW_B_COND;
        return 0xd000 | t32_next(p) % 14 << 8 | far;
    case 2:
        *row = T32_ROW_CBZ;
        return 0xb100 | (far >> 5 & 1) << 9 | (far & 31) << 3 | r;
    case 3:
        *row = T32_ROW_CBNZ;
        return 0xb900 | (far >> 5 & 1) << 9 | (far & 31) << 3 | r;
    case 4: /* J1 and J2 are those of a displacement ahead */
        *row = T32_ROW_B;
        return 0xf000b800 | wide;
    case 5:
        *row = T32_ROW_BL;
        return 0xf000f800 | wide;
    default:
        *row = T32_ROW_B_COND;
        return 0xf0008000 | t32_next(p) % 14 << 22 | (far & 0x7ff);
    }
}

static void direct_slot(struct t32_emitter *e, uint32_t to)
{
    unsigned row;
    uint32_t word = branch_word(e->program, &row, to - e->offset);

    count(e->program, row);
    t32_emit(e, word, word >> 16 != 0 ? 4 : 2);
}

/* adr.w, to an odd address. */
static void emit_address(struct t32_emitter *e, unsigned r, uint32_t to)
{
    uint32_t imm = to + 1 - (e->offset + 4) / 4 * 4;

    count(e->program, T32_ROW_ADR);
    t32_emit(e,
             0xf20f0000 | (imm >> 11 & 1) << 26 | (imm >> 8 & 7) << 12 |
                 r << 8 | (imm & 0xff),
             4);
}

static void table_slot(struct t32_emitter *e, uint32_t end, unsigned r)
{
    struct t32_program *p = e->program;
    const bool halves = t32_chance(p, 50);
    const unsigned index = t32_next(p) % 2;

    /* movs; tbb or tbh [pc, r]; the table of two */
    t32_emit(e, 0x2000 | r << 8 | index, 2);
    t32_emit(e, 0xe8dff000 | (uint32_t)halves << 4 | r, 4);
    count(p, halves ? T32_ROW_TBH : T32_ROW_TBB);
    const uint32_t first = (end - e->offset) / 2;
    const uint32_t second = first + SLOT_BYTES / 2;
    if (halves) {
        t32_emit(e, first, 2);
        t32_emit(e, second, 2);
    } else {
        t32_emit(e, first | second << 8, 2);
    }
}

static void indirect_slot(struct t32_emitter *e, uint32_t end, uint32_t to)
{
    struct t32_program *p = e->program;
    const unsigned r = t32_next(p) % 6;

    switch (t32_next(p) % 7) {
    case 0:
        emit_address(e, r, to);
        count(p, T32_ROW_BX);
        t32_emit(e, 0x4700 | r << 3, 2);
        break;
    case 1:
        emit_address(e, r, to);
        count(p, T32_ROW_BLX);
        t32_emit(e, 0x4780 | r << 3, 2);
        break;
    case 2: /* mov pc */
        emit_address(e, r, to);
        count(p, T32_ROW_MOV_REGISTER);
        t32_emit(e, 0x4687 | r << 3, 2);
        break;
    case 3: /* push, pop pc */
        emit_address(e, r, to);
        count(p, T32_ROW_LDM);
        t32_emit(e, 0xb400 | 1u << r, 2);
        t32_emit(e, 0xbd00, 2);
        break;
    case 4: /* str [r7, #-8]; ldr pc, [r7, #-8] */
        emit_address(e, r, to);
        count(p, T32_ROW_LDR_IMMEDIATE);
        t32_emit(e, 0xf8470c08 | r << 12, 4);
        t32_emit(e, 0xf857fc08, 4);
        break;
    case 5: /* movs; add pc */
        count(p, T32_ROW_ADD_REGISTER);
        t32_emit(e, 0x2000 | r << 8 | (to - e->offset - 6), 2);
        t32_emit(e, 0x4487 | r << 3, 2);
        break;
    default:
        table_slot(e, end, r);
        break;
    }
}

static void emit_slot(struct t32_program *p, uint32_t offset)
{
    struct t32_emitter e = {p, offset};
    const uint32_t end = offset + SLOT_BYTES;
    const uint32_t to = offset + (2 + t32_next(p) % 3) * SLOT_BYTES;

    switch (t32_next(p) % 10) {
    case 0:
        direct_slot(&e, to);
        break;
    case 1:
        indirect_slot(&e, end, to);
        break;
    case 2:
        exclusive_slot(&e);
        break;
    case 3:
    case 4:
    case 5:
        it_slot(&e);
        break;
    default:
        simple_slot(&e, end);
        break;
    }
    while (e.offset < end) {
        t32_emit(&e, 0xbf00, 2);
    }
}

static void emit_block(struct t32_program *p, uint32_t offset)
{
    struct t32_emitter e = {p, offset + SLOTS * SLOT_BYTES};

    for (unsigned slot = 0; slot < SLOTS; slot++) {
        emit_slot(p, offset + slot * SLOT_BYTES);
    }
    for (unsigned i = 0; i < SLOTS_AFTER * SLOT_BYTES / 2; i++) {
        t32_emit(&e, 0xbf00, 2);
    }
    t32_emit(&e, 0xde00, 2); /* udf */
}

/* ---- Random values ------------------------------------------------------- */

uint32_t t32_value(struct t32_program *p)
{
    const uint32_t value = t32_next(p);

    switch (t32_next(p) % 8) {
    case 0:
        return value & 0xff;
    case 1:
        return 0 - (value & 0xff);
    case 2:
        return 1u << (value & 31);
    case 3:
        return (1u << (value & 31)) - 1;
    case 4:
        return 0x80008000u ^ (value & 0x00010001);
    default:
        return value;
    }
}

/* Special values of each size of floating point among random ones. */
uint32_t t32_fp_value(struct t32_program *p)
{
    static const uint32_t specials[] = {
        0,          0x80000000, 0x3f800000, 0x7f800000, 0xff800000, 0x7fc00000,
        0x7f800001, 0x00800000, 0x007fffff, 0x7f7fffff, 0x4f000000, 0xcf000000,
        0x4f800000, 0x3f000000, 0xbf000000, 0x33800000, 0x3ff00000, 0x7ff00000,
        0xfff00000, 0x7ff80000, 0x00100000, 0x000fffff, 0x7fefffff, 0x41e00000,
        0x3c007c00, 0xfc007e00, 0x7c010400, 0x7bff03ff, 0x4effffff, 0x00000001,
    };

    if (t32_chance(p, 40)) {
        return specials[t32_next(p) % (sizeof(specials) / sizeof(*specials))];
    }
    if (t32_chance(p, 30)) { /* near 1, where sums cancel */
        return 0x3e800000 ^ (t32_next(p) & 0x81ffffff);
    }
    return t32_value(p);
}

void t32_fill(struct t32_program *p, uint32_t *record)
{
    const bool fp = (p->target->flags & T32_FLAG_FP) != 0;
    const bool dsp = (p->target->features & T32_V7EM) != 0;
    const uint32_t data = p->target->base + T32_DATA;

    for (unsigned i = 0; i < 13; i++) {
        record[T32_R + i] = t32_value(p);
    }
    record[T32_R + T32_INDEX] = t32_next(p) & 0x7ff;
    record[T32_R + T32_POINTER] = data + 0x14000;
    record[T32_LR] = t32_value(p);
    record[T32_FLAGS] = p->target->flags;
    record[T32_XPSR] =
        (t32_next(p) & (dsp ? 0xf80f0000 : 0xf8000000)) | 1u << 24;
    record[T32_MSP] = data + 0x4000;
    record[T32_PSP] = data + 0x6000;
    record[T32_RETURN] = t32_chance(p, 50) ? 0xfffffff9 : 0xfffffffd;
    record[T32_CONTROL] = t32_chance(p, 25);
    record[T32_MSP_NS] = p->target->base + T32_NS_DATA + 0x4000;
    record[T32_PSP_NS] = p->target->base + T32_NS_DATA + 0x6000;
    if (fp) {
        if (t32_chance(p, 50)) {
            record[T32_RETURN] &= ~(1u << 4); /* with FP context */
        }
        if (t32_chance(p, 50)) { /* AHP, DN, FZ, RMode */
            record[T32_FPSCR] = (t32_next(p) & 31) << 22;
        }
        record[T32_FPSCR] |= (t32_next(p) & 15) << 28;
        for (unsigned i = 0; i < 32; i++) {
            record[T32_S + i] = t32_fp_value(p);
        }
    }
}

static void fill_values(struct t32_program *p, uint32_t *record, uint32_t body)
{
    uint32_t *write = record + T32_WRITES;

    t32_fill(p, record);
    record[T32_BODY] = body;
    record[T32_PRIMASK] = t32_next(p) & 1;
    if (p->fp_in_it) { /* SFPA is of the Secure state's registers */
        record[T32_RETURN] &= ~(1u << 4);
        record[T32_XPSR] |=
            (p->target->flags & T32_FLAG_SECURITY) != 0 ? 1u << 20 : 0;
    }
    if ((p->target->flags & T32_FLAG_FP) != 0) {
        *write++ = 0xe000ef3c; /* FPDSCR */
        *write++ = t32_chance(p, 50) ? 0 : (t32_next(p) & 31) << 22;
        *write++ = 0xe000ed88; /* CPACR */
        *write++ = 0xf << 20;
    }
}

/* ---- The image ----------------------------------------------------------- */

/* tests/engine/t32_driver.S */
static const char driver[] = "build/out/guest/t32/driver.bin";

static void put_driver(struct t32_program *p)
{
    const uint32_t base = p->target->base;
    FILE *file = fopen(driver, "rbe");

    if (file == NULL || fread(p->image, 1, T32_TABLE, file) < T32_DRIVER) {
        fprintf(stderr, "%s: cannot be read\n", driver);
        abort();
    }
    fclose(file);
    p->reset = base + t32_get(p->image, 4);
    p->end = base + t32_get(p->image, T32_CURRENT + 4);
    for (uint32_t at = 0; at <= T32_CURRENT; at += 4) {
        t32_put(p, at, base + t32_get(p->image, at));
    }
    t32_put(p, T32_CURRENT + 4, base);
}

static void put_table(struct t32_program *p)
{
    static const uint16_t all[] = {
        0xd28, 0xd2c, 0xd34, 0xd38, /* CFSR, HFSR, MMFAR, BFAR */
        0xd14, 0xd24,               /* CCR, SHCSR */
        0xd18, 0xd1c, 0xd20,        /* SHPR */
        0xd0c, 0x414,               /* AIRCR, IPR of the four that there are */
        0x200, 0x300, 0x100,        /* ISPR, IABR, ISER */
    };
    static const uint16_t fp[] = {0xd88, 0xf34, 0xf38, 0xf3c};
    static const uint16_t security[] = {0xde4, 0xde8};
    uint32_t at = T32_TABLE;
    const uint32_t scs = 0xe000e000;

    for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++, at += 4) {
        t32_put(p, at, scs + all[i]);
    }
    for (size_t i = 0; (p->target->flags & T32_FLAG_FP) != 0 && i < 4;
         i++, at += 4) {
        t32_put(p, at, scs + fp[i]);
    }
    if ((p->target->flags & T32_FLAG_SECURITY) != 0) {
        for (size_t i = 0; i < 2; i++, at += 4) {
            t32_put(p, at, scs + security[i]);
        }
        for (size_t i = 0; i < 10; i++, at += 4) {
            t32_put(p, at, scs + 0x20000 + all[i]);
        }
        t32_put(p, at, scs + 0x20000 + 0xf34); /* FPCCR_NS */
    }
}

static void put_record(struct t32_program *p, uint32_t index,
                       const uint32_t *record)
{
    memcpy(p->image + T32_RECORDS + index * T32_WORDS * 4, record,
           T32_WORDS * 4);
}

/* An empty program for so many records. */
static struct t32_program *new_program(const struct t32_target *target,
                                       enum t32_kind kind, uint32_t records)
{
    struct t32_program *p = calloc(1, sizeof(*p));

    if (p == NULL) {
        abort();
    }
    p->target = target;
    p->kind = kind;
    p->records = records;
    p->image_size = T32_RECORDS + (records + 1) * T32_WORDS * 4;
    p->image = calloc(1, p->image_size);
    if (p->image == NULL) {
        abort();
    }
    put_driver(p);
    put_table(p);
    return p;
}

struct t32_program *t32_program_create(const struct t32_target *target,
                                       enum t32_kind kind, uint64_t seed)
{
    struct t32_program *p = new_program(
        target, kind, kind == T32_VALUES ? BLOCKS * SETS : T32_STEPS);
    uint32_t record[T32_WORDS];

    p->state = (seed + 1) * 0x9e3779b97f4a7c15;
    for (uint32_t at = T32_DATA; at < T32_DATA_END - T32_WORDS * 4; at += 4) {
        t32_put(p, at, t32_fp_value(p));
    }
    if (kind == T32_SYSTEM) {
        t32_make_steps(p);
        return p;
    }
    for (uint32_t block = 0; block < BLOCKS; block++) {
        const uint32_t body = T32_CODE + block * BLOCK_BYTES;

        p->fp_in_it =
            (p->target->flags & T32_FLAG_FP) != 0 && t32_chance(p, 50);
        emit_block(p, body);
        for (uint32_t set = 0; set < SETS; set++) {
            memset(record, 0, sizeof(record));
            fill_values(p, record, target->base + body);
            put_record(p, block * SETS + set, record);
        }
    }
    return p;
}

struct t32_program *t32_program_prefixes(const struct t32_program *whole,
                                         uint32_t record)
{
    const uint32_t from = T32_RECORDS + record * T32_WORDS * 4;
    const uint32_t body = t32_get(whole->image, from) - whole->target->base;
    const uint32_t data = T32_DATA_END - T32_WORDS * 4 - T32_DATA;
    uint32_t words[T32_WORDS];
    uint32_t records = 0;
    struct t32_program *p =
        new_program(whole->target, whole->kind, T32_PREFIXES);

    memcpy(words, whole->image + from, sizeof(words));
    memcpy(p->image + T32_DATA, whole->image + T32_DATA, data);
    for (uint32_t at = 0; at < BLOCK_BYTES && records < T32_PREFIXES;) {
        const uint32_t copy = T32_CODE + records * BLOCK_BYTES;
        const uint16_t first = (uint16_t)t32_get(whole->image, body + at);
        struct t32_emitter e = {p, copy + at};

        memcpy(p->image + copy, whole->image + body, BLOCK_BYTES);
        t32_emit(&e, 0xde00, 2);
        words[T32_BODY] = p->target->base + copy;
        words[T32_END] = words[T32_BODY] + at;
        put_record(p, records++, words);
        at += t32_length(first);
    }
    p->records = records;
    p->is_prefixes = true;
    return p;
}

void t32_program_destroy(struct t32_program *program)
{
    free(program->image);
    free(program);
}
