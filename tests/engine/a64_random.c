/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A block is a run of slots of two instructions, so that branches know where
 * they may go. Registers with a duty: x26 a small index, x27 and the stack
 * pointer addresses in the data, x28 the record, x29 scratch of the frame.
 * Random instructions write x0 to x25, x30 and what their write-back asks for.
 */
#include "tests/engine/a64_random.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "isa/aarch64/disassemble.h"
#include "isa/aarch64/pattern.h"

enum {
    INDEX = 26,
    POINTER = 27,
    RECORD = 28,
    SCRATCH = 29,
    FREE_REGISTERS = 26,
    LOOP = 0x100, /* offsets of the frame's parts */
    SAVE = 0x400,
    EXIT = 0x800,
    PRIVILEGED = 0xc00,
};

#define NOP       0xd503201fu
#define AT(field) ((unsigned)offsetof(struct a64_record, field))

static uint32_t next(struct a64_program *p)
{
    p->state = p->state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(p->state >> 32);
}

static uint64_t next64(struct a64_program *p)
{
    return (uint64_t)next(p) << 32 | next(p);
}

static void put_word(struct a64_program *p, uint32_t offset, uint32_t word)
{
    memcpy(p->image + offset, &word, sizeof(word));
}

/* ---- The frame ----------------------------------------------------------- */

struct emitter {
    struct a64_program *program;
    uint32_t offset;
};

static void emit(struct emitter *e, uint32_t word)
{
    put_word(e->program, e->offset, word);
    e->offset += 4;
}

static void constant(struct emitter *e, unsigned d, uint32_t value)
{
    emit(e, 0xd2800000 | (value & 0xffff) << 5 | d);
    emit(e, 0xf2a00000 | value >> 16 << 5 | d);
}

/* LDR and STR of a field of the record. */
static void field(struct emitter *e, bool store, unsigned t, unsigned at)
{
    emit(e, (store ? 0xf9000000 : 0xf9400000) | at / 8 << 10 | RECORD << 5 | t);
}

static void registers(struct emitter *e, bool store)
{
    for (unsigned t = 0; t < RECORD; t += 2) {
        emit(e, (store ? 0xa9000000 : 0xa9400000) | (AT(x) / 8 + t) << 15 |
                    (t + 1) << 10 | RECORD << 5 | t);
    }
    field(e, store, 30, AT(x) + 30 * 8);
}

static void vector_registers(struct emitter *e, bool store)
{
    for (unsigned t = 0; t < 32; t++) {
        emit(e, (store ? 0x3d800000 : 0x3dc00000) | (AT(v) / 16 + t) << 10 |
                    RECORD << 5 | t);
    }
}

static void branch(struct emitter *e, uint32_t to)
{
    emit(e, 0x14000000 | ((to - e->offset) / 4 & 0x3ffffff));
}

static void emit_load(struct a64_program *p)
{
    struct emitter e = {p, LOOP};

    field(&e, false, SCRATCH, AT(body));
    emit(&e, 0xb4000000 | (EXIT - e.offset) / 4 << 5 | SCRATCH);
    field(&e, false, SCRATCH, AT(nzcv));
    emit(&e, 0xd51b4200 | SCRATCH);
    field(&e, false, SCRATCH, AT(sp));
    emit(&e, 0x910003bf); /* mov sp, x29 */
    if (p->kind != A64_GENERAL) {
        field(&e, false, SCRATCH, AT(fpcr));
        emit(&e, 0xd51b4400 | SCRATCH);
        field(&e, false, SCRATCH, AT(fpsr));
        emit(&e, 0xd51b4420 | SCRATCH);
        vector_registers(&e, false);
    }
    registers(&e, false);
    field(&e, false, SCRATCH, AT(body));
    emit(&e, 0xd61f0000 | SCRATCH << 5);
}

static void emit_save(struct a64_program *p)
{
    struct emitter e = {p, SAVE};

    registers(&e, true);
    emit(&e, 0x910003fd); /* mov x29, sp */
    field(&e, true, SCRATCH, AT(sp));
    emit(&e, 0xd53b4200 | SCRATCH);
    field(&e, true, SCRATCH, AT(nzcv));
    if (p->kind != A64_GENERAL) {
        vector_registers(&e, true);
        emit(&e, 0xd53b4420 | SCRATCH);
        field(&e, true, SCRATCH, AT(fpsr));
    }
    emit(&e, 0x91000000 | (uint32_t)sizeof(struct a64_record) << 10 |
                 RECORD << 5 | RECORD);
    branch(&e, LOOP);
}

/* Linux: write(1, image, size), exit(0). */
static void emit_ends(struct a64_program *p)
{
    struct emitter e = {p, 0};

    constant(&e, RECORD, A64_BASE + A64_RECORDS);
    branch(&e, LOOP);
    e.offset = EXIT;
    constant(&e, 0, 1);
    constant(&e, 1, A64_BASE);
    constant(&e, 2, A64_IMAGE_SIZE);
    constant(&e, 8, 64);
    emit(&e, 0xd4000001);
    constant(&e, 0, 0);
    constant(&e, 8, 93);
    emit(&e, 0xd4000001);
    e.offset = PRIVILEGED;
    emit(&e, 0xd2a00600); /* mov x0, #0x300000: CPACR_EL1.FPEN */
    emit(&e, 0xd5181040); /* msr cpacr_el1, x0 */
    emit(&e, 0xd5033fdf); /* isb */
    branch(&e, 0);
    p->entry = A64_BASE;
    p->exit = A64_BASE + EXIT;
    p->privileged_entry = A64_BASE + PRIVILEGED;
}

/* ---- Random instructions ------------------------------------------------- */

static bool is_vector_feature(enum aarch64_feature feature)
{
    return feature == AARCH64_FEATURE_FP || feature == AARCH64_FEATURE_SIMD ||
           feature == AARCH64_FEATURE_AES || feature == AARCH64_FEATURE_SHA1 ||
           feature == AARCH64_FEATURE_SHA256;
}

static bool is_later_feature(enum aarch64_feature feature)
{
    return feature == AARCH64_FEATURE_LSE || feature == AARCH64_FEATURE_LOR ||
           feature == AARCH64_FEATURE_RCPC || feature == AARCH64_FEATURE_RDM ||
           feature == AARCH64_FEATURE_FP16 ||
           feature == AARCH64_FEATURE_DOTPROD;
}

/* Left out: what a program at EL0 cannot do, and what waits. */
bool a64_row_is_random(enum aarch64_row row, enum a64_kind kind)
{
    enum aarch64_feature feature =
        (enum aarch64_feature)aarch64_kinds[row].feature;

    switch (row) {
    case AARCH64_UNALLOCATED:
    case AARCH64_ROW_SVC:
    case AARCH64_ROW_HVC:
    case AARCH64_ROW_SMC:
    case AARCH64_ROW_BRK:
    case AARCH64_ROW_HLT:
    case AARCH64_ROW_DCPS1:
    case AARCH64_ROW_DCPS2:
    case AARCH64_ROW_DCPS3:
    case AARCH64_ROW_ERET:
    case AARCH64_ROW_DRPS:
    case AARCH64_ROW_WFE:
    case AARCH64_ROW_WFI:
    case AARCH64_ROW_YIELD:
    case AARCH64_ROW_SYS:
    case AARCH64_ROW_SYSL:
    case AARCH64_ROW_MSR_IMM:
        return false;
    default:
        return feature == AARCH64_FEATURE_BASE ||
               feature == AARCH64_FEATURE_CRC32 ||
               (kind != A64_GENERAL && is_vector_feature(feature)) ||
               (kind == A64_NEOVERSE_N1 && is_later_feature(feature));
    }
}

static bool name_has(enum aarch64_row row, const char *part)
{
    return strstr(aarch64_rows[row].name, part) != NULL;
}

static bool is_memory(uint32_t word)
{
    return (word & 0x0a000000) == 0x08000000;
}

static bool is_store_exclusive(enum aarch64_row row)
{
    return row == AARCH64_ROW_STXR || row == AARCH64_ROW_STLXR ||
           row == AARCH64_ROW_STXP || row == AARCH64_ROW_STLXP;
}

static bool is_direct_branch(enum aarch64_row row)
{
    return row == AARCH64_ROW_B || row == AARCH64_ROW_BL ||
           row == AARCH64_ROW_B_COND || row == AARCH64_ROW_CBZ ||
           row == AARCH64_ROW_CBNZ || row == AARCH64_ROW_TBZ ||
           row == AARCH64_ROW_TBNZ;
}

static bool is_indirect_branch(enum aarch64_row row)
{
    return row == AARCH64_ROW_BR || row == AARCH64_ROW_BLR ||
           row == AARCH64_ROW_RET;
}

/* Addresses stay in the data and aligned to 16 bytes where write-back keeps
 * them; transfers name registers without a duty, and different ones. */
static void tame_memory(struct a64_program *p, uint32_t *word,
                        enum aarch64_row row, uint32_t offset)
{
    uint32_t t = next(p) % FREE_REGISTERS;

    aarch64_pattern_put(word, row, 'n', (next(p) & 3) == 0 ? 31 : POINTER);
    aarch64_pattern_put(word, row, 't', next(p) % 16 == 0 ? 31 : t);
    aarch64_pattern_put(word, row, 'u', (t + 1) % FREE_REGISTERS);
    aarch64_pattern_put(word, row, 's', (t + 2) % FREE_REGISTERS);
    /* The post-index of a structure by its size, where that is aligned. */
    bool by_size = name_has(row, "_MULTI_POST") &&
                   aarch64_pattern_get(*word, row, 'q') != 0;
    aarch64_pattern_put(word, row, 'm',
                        by_size && (next(p) & 1) != 0 ? 31 : INDEX);
    if (name_has(row, "LITERAL")) {
        uint32_t target = (offset & ~15u) + next(p) % 8 * 16 - 64;

        aarch64_pattern_put(word, row, 'i', (target - offset) / 4);
    } else if (!name_has(row, "_UNSIGNED")) {
        bool pair = aarch64_pattern_bits(row, 'u') != 0;

        aarch64_pattern_put(word, row, 'i',
                            aarch64_pattern_get(*word, row, 'i') &
                                (pair ? 0x7c : 0x1f0));
    }
}

static void tame(struct a64_program *p, uint32_t *word, enum aarch64_row row,
                 uint32_t offset)
{
    if (is_memory(*word)) {
        tame_memory(p, word, row, offset);
        return;
    }
    bool may_be_31 = strstr(aarch64_rows[row].syntax, "%Pd") == NULL;
    aarch64_pattern_put(
        word, row, 'd',
        may_be_31 && next(p) % 16 == 0 ? 31 : next(p) % FREE_REGISTERS);
    if (row == AARCH64_ROW_MRS || row == AARCH64_ROW_MSR) {
        *word = (*word & ~0x0007ffe0u) | 0x00034200;
        *word |= 1u << 19;
        aarch64_pattern_put(word, row, 't', next(p) % FREE_REGISTERS);
    }
}

/* QEMU 7.2 sign-extends what FCVTZS (scalar, fixed-point) of a half gives to
 * 32 bits; it is one of 16 (DDI 0487, C7.2). */
static bool is_wrong_in_qemu(const struct aarch64_insn *insn)
{
    return insn->row == AARCH64_ROW_FCVTZS_S_FIXED && insn->h >> 1 == 1;
}

static uint32_t random_word(struct a64_program *p, enum aarch64_row row,
                            uint32_t offset)
{
    const struct aarch64_pattern *pattern = &aarch64_patterns[row];
    struct aarch64_insn insn;
    uint32_t word;

    do {
        word = (next(p) & ~pattern->mask) | pattern->match;
        word |= aarch64_pattern_bits(row, '-');
        tame(p, &word, row, offset);
    } while (!aarch64_decode(word, &insn) || insn.row != row ||
             is_wrong_in_qemu(&insn) ||
             (p->kind != A64_NEOVERSE_N1 &&
              aarch64_feature_of(&insn) == AARCH64_FEATURE_FP16));
    return word;
}

static enum aarch64_row random_row(struct a64_program *p)
{
    enum aarch64_row row;

    bool later = p->kind == A64_NEOVERSE_N1 && (next(p) & 1) != 0;

    do {
        row = next(p) % AARCH64_ROWS;
    } while (!a64_row_is_random(row, p->kind) ||
             (later && !is_later_feature(
                           (enum aarch64_feature)aarch64_kinds[row].feature)));
    return row;
}

static uint32_t simple_word(struct a64_program *p, uint32_t offset)
{
    enum aarch64_row row;

    do {
        row = random_row(p);
    } while (is_direct_branch(row) || is_indirect_branch(row) ||
             is_store_exclusive(row));
    p->runs[row] += A64_SETS;
    return random_word(p, row, offset);
}

/* A store-exclusive follows the load-exclusive of its size and address. */
static void exclusive_slot(struct a64_program *p, enum aarch64_row row,
                           uint32_t offset)
{
    uint32_t store = random_word(p, row, offset + 4);
    enum aarch64_row load = aarch64_pattern_bits(row, 'u') != 0
                                ? AARCH64_ROW_LDXP
                                : AARCH64_ROW_LDXR;
    uint32_t word = aarch64_patterns[load].match | 0x001f0000 |
                    (aarch64_pattern_bits(row, 'u') != 0 ? 0 : 0x7c00);

    aarch64_pattern_put(&word, load, 'z', aarch64_pattern_get(store, row, 'z'));
    aarch64_pattern_put(&word, load, 'f', aarch64_pattern_get(store, row, 'f'));
    aarch64_pattern_put(&word, load, 'n', aarch64_pattern_get(store, row, 'n'));
    aarch64_pattern_put(&word, load, 't', 3);
    aarch64_pattern_put(&word, load, 'u', 4);
    put_word(p, offset, word);
    put_word(p, offset + 4, store);
}

static void indirect_slot(struct a64_program *p, enum aarch64_row row,
                          uint32_t offset)
{
    uint32_t through = next(p) % FREE_REGISTERS;
    uint32_t word = random_word(p, row, offset + 4);

    /* adr, to the slot after the next */
    put_word(p, offset, 0x10000000 | 16 / 4 << 5 | through);
    aarch64_pattern_put(&word, row, 'n', through);
    put_word(p, offset + 4, word);
}

static void emit_slot(struct a64_program *p, uint32_t offset)
{
    enum aarch64_row row = random_row(p);

    if (is_store_exclusive(row) || is_indirect_branch(row)) {
        p->runs[row] += A64_SETS;
        (is_indirect_branch(row) ? indirect_slot : exclusive_slot)(p, row,
                                                                   offset);
        return;
    }
    if (is_direct_branch(row)) {
        uint32_t word = random_word(p, row, offset);

        p->runs[row] += A64_SETS;
        aarch64_pattern_put(&word, row, 'i', 2 * (1 + next(p) % 3));
        put_word(p, offset, word);
    } else {
        put_word(p, offset, simple_word(p, offset));
    }
    put_word(p, offset + 4, simple_word(p, offset + 4));
}

static void emit_block(struct a64_program *p, unsigned block)
{
    uint32_t offset = A64_CODE + block * A64_BLOCK_BYTES;
    struct emitter e = {p, offset + A64_SLOTS * 8};

    for (unsigned slot = 0; slot < A64_SLOTS; slot++) {
        emit_slot(p, offset + slot * 8);
    }
    for (unsigned i = 0; i < 8; i++) { /* branches land here */
        emit(&e, NOP);
    }
    branch(&e, SAVE);
}

/* ---- Random values ------------------------------------------------------- */

static uint64_t random_value(struct a64_program *p)
{
    uint64_t value = next64(p);

    switch (next(p) % 8) {
    case 0:
        return value & 0xff;
    case 1:
        return 0 - (value & 0xff);
    case 2:
        return UINT64_C(1) << (value & 63);
    case 3:
        return (UINT64_C(1) << (value & 63)) - 1;
    case 4:
        return value & UINT32_MAX;
    default:
        return value;
    }
}

/* Special values of each size of floating point among random bits. */
static uint64_t random_vector(struct a64_program *p)
{
    static const uint64_t specials[] = {
        0,
        0x8000000000000000,
        0x3ff0000000000000,
        0x7ff0000000000000,
        0xfff0000000000000,
        0x7ff8000000000000,
        0x7ff0000000000001,
        0x0010000000000000,
        0x000fffffffffffff,
        0x7fefffffffffffff,
        0x43e0000000000000,
        0x3f80000040000000,
        0x7f800000ff800000,
        0x7fc000007f800001,
        0x00800000007fffff,
        0x7f7fffff80000001,
        0x4f0000004e800000,
        0x3c007c00fc007e00,
        0x7c0104007bff03ff,
    };

    if (next(p) % 2 == 0) {
        return specials[next(p) % (sizeof(specials) / sizeof(specials[0]))];
    }
    return random_value(p);
}

static void fill_record(struct a64_program *p, struct a64_record *record,
                        unsigned block)
{
    for (unsigned i = 0; i < 31; i++) {
        record->x[i] = random_value(p);
    }
    record->x[INDEX] = next(p) & 0x7f0;
    record->x[POINTER] = A64_BASE + A64_DATA + 0x8000;
    record->sp = A64_BASE + A64_DATA + 0x6000;
    record->nzcv = (uint64_t)(next(p) & 15) << 28;
    record->body = A64_BASE + A64_CODE + block * A64_BLOCK_BYTES;
    /* RMode, FZ, DN, AHP: the default half of the time */
    record->fpcr = next(p) % 2 == 0 ? 0 : (uint64_t)(next(p) & 31) << 22;
    if (p->kind == A64_NEOVERSE_N1 && record->fpcr != 0) { /* FZ16 */
        record->fpcr |= (uint64_t)(next(p) & 1) << 19;
    }
    for (unsigned i = 0; i < 32; i++) {
        record->v[i][0] = random_vector(p);
        record->v[i][1] = random_vector(p);
    }
}

struct a64_program *a64_program_create(uint64_t seed, enum a64_kind kind)
{
    struct a64_program *p = calloc(1, sizeof(*p));

    if (p == NULL || (p->image = calloc(1, A64_IMAGE_SIZE)) == NULL) {
        abort();
    }
    p->state = seed * 0x9e3779b97f4a7c15;
    p->kind = kind;
    emit_ends(p);
    emit_load(p);
    emit_save(p);
    for (unsigned block = 0; block < A64_BLOCKS; block++) {
        emit_block(p, block);
        for (unsigned set = 0; set < A64_SETS; set++) {
            struct a64_record record = {{0}, 0, 0, 0, 0, 0, {{0}}};
            size_t at = A64_RECORDS + (block * A64_SETS + set) * sizeof(record);

            fill_record(p, &record, block);
            memcpy(p->image + at, &record, sizeof(record));
        }
    }
    for (unsigned i = 0; i < A64_DATA_SIZE; i += 8) {
        uint64_t value = random_vector(p);

        memcpy(p->image + A64_DATA + i, &value, sizeof(value));
    }
    return p;
}

void a64_program_destroy(struct a64_program *program)
{
    free(program->image);
    free(program);
}

/* ---- Differences --------------------------------------------------------- */

static void explain_word(const char *name, unsigned index, uint64_t before,
                         uint64_t ours, uint64_t theirs, struct buffer *out)
{
    if (ours != theirs) {
        buffer_print(out,
                     "%s%u: was 0x%016llx, ours 0x%016llx, QEMU 0x%016llx\n",
                     name, index, (unsigned long long)before,
                     (unsigned long long)ours, (unsigned long long)theirs);
    }
}

static void explain_block(const struct a64_program *p, uint64_t body,
                          struct buffer *out)
{
    for (unsigned i = 0; i < A64_SLOTS * 2; i++) {
        uint64_t pc = body + i * 4;
        struct aarch64_insn insn;
        uint32_t word;

        memcpy(&word, p->image + (pc - A64_BASE), sizeof(word));
        aarch64_decode(word, &insn);
        buffer_print(out, "  %llx  %08x  ", (unsigned long long)pc, word);
        aarch64_disassemble(&insn, gva(pc), out);
        buffer_print(out, "\n");
    }
}

void a64_explain(const struct a64_program *program, const uint8_t *ours,
                 const uint8_t *theirs, struct buffer *out)
{
    const size_t size = sizeof(struct a64_record);

    for (unsigned i = 0; i < A64_BLOCKS * A64_SETS; i++) {
        size_t at = A64_RECORDS + i * size;
        struct a64_record before;
        struct a64_record a;
        struct a64_record b;

        if (memcmp(ours + at, theirs + at, size) == 0) {
            continue;
        }
        memcpy(&before, program->image + at, size);
        memcpy(&a, ours + at, size);
        memcpy(&b, theirs + at, size);
        explain_block(program, before.body, out);
        for (unsigned r = 0; r < 31; r++) {
            explain_word("x", r, before.x[r], a.x[r], b.x[r], out);
        }
        explain_word("sp", 0, before.sp, a.sp, b.sp, out);
        explain_word("nzcv", 0, before.nzcv, a.nzcv, b.nzcv, out);
        explain_word("fpcr", 0, before.fpcr, a.fpcr, b.fpcr, out);
        explain_word("fpsr", 0, before.fpsr, a.fpsr, b.fpsr, out);
        for (unsigned r = 0; r < 32; r++) {
            explain_word("v.low", r, before.v[r][0], a.v[r][0], b.v[r][0], out);
            explain_word("v.high", r, before.v[r][1], a.v[r][1], b.v[r][1],
                         out);
        }
        return;
    }
    for (size_t i = 0; i < A64_IMAGE_SIZE; i++) {
        if (ours[i] != theirs[i]) {
            buffer_print(out, "only memory differs, at offset 0x%zx\n", i);
            return;
        }
    }
}
