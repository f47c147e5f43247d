/* SPDX-License-Identifier: Apache-2.0 */
/* Random RV32 programs: instructions of every row, in blocks between a load of
 * all registers and a store of them, with a handler that logs traps. */
#include "tests/engine/rv32_random.h"

#include <stdlib.h>

#include "base/bits.h"
#include "isa/riscv/csr.h"
#include "isa/riscv/encode.h"
#include "tests/engine/rv32_random_layout.h"

enum { X29 = 29, X30 = 30, X31 = 31 };

static uint64_t next(struct random_program *p)
{
    uint64_t x = p->state += UINT64_C(0x9e3779b97f4a7c15);

    x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
    return x ^ x >> 31;
}

static uint32_t below(struct random_program *p, uint32_t limit)
{
    return (uint32_t)(next(p) % limit);
}

static uint32_t value(struct random_program *p)
{
    static const uint32_t special[] = {
        0,          1,          2,          31,         32,
        0x7f,       0x80,       0xff,       0x7fff,     0x8000,
        0xffff,     0x7fffffff, 0x80000000, 0x80000001, 0xfffffffe,
        0xffffffff, 0x55555555, 0xaaaaaaaa, 0x00ff00ff, 0x01000100};

    return below(p, 3) == 0 ? special[below(p, ARRAY_SIZE(special))]
                            : (uint32_t)next(p);
}

/* ---- Emission ------------------------------------------------------------ */

static void half(struct random_program *p, uint32_t encoding)
{
    p->image[p->here++] = (uint8_t)encoding;
    p->image[p->here++] = (uint8_t)(encoding >> 8);
}

static void word(struct random_program *p, uint32_t encoding)
{
    half(p, encoding);
    half(p, encoding >> 16);
}

static void emit(struct random_program *p, enum riscv_row row, unsigned rd,
                 unsigned rs1, unsigned rs2, int32_t imm)
{
    struct riscv_insn insn = {.rd = (uint8_t)rd,
                              .rs1 = (uint8_t)rs1,
                              .rs2 = (uint8_t)rs2,
                              .imm = imm};

    word(p, riscv_encode(row, &insn));
}

static void emit_csr(struct random_program *p, enum riscv_row row, unsigned rd,
                     unsigned csr, unsigned source)
{
    struct riscv_insn insn = {.rd = (uint8_t)rd,
                              .rs1 = (uint8_t)source,
                              .imm = (int32_t)source,
                              .csr = (uint16_t)csr};

    word(p, riscv_encode(row, &insn));
}

static void constant(struct random_program *p, unsigned rd, uint32_t number)
{
    emit(p, RISCV_LUI, rd, 0, 0, (int32_t)((number + 0x800) & 0xfffff000));
    emit(p, RISCV_ADDI, rd, rd, 0, (int32_t)(number << 20) >> 20);
}

/* ---- Random instructions ------------------------------------------------- */

static unsigned reg(struct random_program *p)
{
    return below(p, 32);
}

static bool is_computation(const struct riscv_insn *insn)
{
    switch (riscv_rows[insn->base].format) {
    case RISCV_FORMAT_R:
    case RISCV_FORMAT_UNARY:
    case RISCV_FORMAT_I:
    case RISCV_FORMAT_SHIFT:
    case RISCV_FORMAT_U:
        return true;
    default:
        return false;
    }
}

static void computation(struct random_program *p)
{
    struct riscv_insn insn;

    if (below(p, 3) == 0) {
        do {
            riscv_decode((uint32_t)next(p) & 0xffff, &insn);
        } while (insn.length != 2 || insn.row == RISCV_ILLEGAL ||
                 !is_computation(&insn));
        half(p, insn.encoding);
        return;
    }
    do {
        insn.base = (uint8_t)(1 + below(p, RISCV_ROWS - 1));
    } while (riscv_rows[insn.base].base != insn.base || !is_computation(&insn));
    emit(p, insn.base, reg(p), reg(p), reg(p), (int32_t)next(p));
}

/* A compressed instruction of this row; with an immediate if wanted >= 0. */
static bool compressed(struct random_program *p, enum riscv_row row,
                       int32_t wanted, struct riscv_insn *insn)
{
    for (unsigned tries = 0; tries < 100000; tries++) {
        riscv_decode((uint32_t)next(p) & 0xffff, insn);
        if (insn->row == row && (wanted < 0 || insn->imm == wanted)) {
            return true;
        }
    }
    return false;
}

static void memory(struct random_program *p)
{
    static const enum riscv_row rows[] = {RISCV_LB,  RISCV_LH,  RISCV_LW,
                                          RISCV_LBU, RISCV_LHU, RISCV_SB,
                                          RISCV_SH,  RISCV_SW};
    static const enum riscv_row small[] = {RISCV_C_LW, RISCV_C_SW, RISCV_C_LWSP,
                                           RISCV_C_SWSP};
    struct riscv_insn insn;
    unsigned base = 1 + below(p, 31);
    /* Around the border of the two pages, at any alignment. */
    uint32_t near = absolute(SCRATCH) + 0x1000 + below(p, 64) - 32;

    if (below(p, 4) == 0 &&
        compressed(p, small[below(p, ARRAY_SIZE(small))], -1, &insn)) {
        constant(p, insn.rs1, near & (below(p, 4) == 0 ? ~0u : ~3u));
        half(p, insn.encoding);
        return;
    }
    int32_t offset = (int32_t)below(p, 4096) - 2048;
    constant(p, base,
             near - (uint32_t)offset +
                 (below(p, 2) == 0 ? below(p, 0x1000) - 0x800 : 0));
    emit(p, rows[below(p, ARRAY_SIZE(rows))], reg(p), base, reg(p), offset);
}

/* A branch over a few computations. */
static void branch(struct random_program *p)
{
    static const enum riscv_row rows[] = {RISCV_BEQ, RISCV_BNE,  RISCV_BLT,
                                          RISCV_BGE, RISCV_BLTU, RISCV_BGEU,
                                          RISCV_JAL};
    static const enum riscv_row small[] = {RISCV_C_BEQZ, RISCV_C_BNEZ,
                                           RISCV_C_J, RISCV_C_JAL};
    uint32_t at = p->here;
    bool is_small = below(p, 3) == 0;
    struct riscv_insn insn;

    p->here += is_small ? 2 : 4;
    for (unsigned count = 1 + below(p, 3); count > 0; count--) {
        computation(p);
    }
    uint32_t end = p->here;
    p->here = at;
    if (!is_small) {
        emit(p, rows[below(p, ARRAY_SIZE(rows))], reg(p), reg(p), reg(p),
             (int32_t)(end - at));
    } else if (compressed(p, small[below(p, ARRAY_SIZE(small))],
                          (int32_t)(end - at), &insn)) {
        half(p, insn.encoding);
    } else {
        half(p, 1);
    }
    p->here = end;
}

static void indirect(struct random_program *p)
{
    unsigned base = 1 + below(p, 31);
    struct riscv_insn insn;

    emit(p, RISCV_AUIPC, base, 0, 0, 0);
    if (below(p, 2) == 0) {
        emit(p, RISCV_JALR, reg(p), base, 0,
             8 + (int32_t)below(p, 2)); /* bit 0 is cleared */
    } else if (compressed(p, below(p, 2) ? RISCV_C_JR : RISCV_C_JALR, -1,
                          &insn)) {
        p->here -= 4;
        emit(p, RISCV_AUIPC, insn.rs1, 0, 0, 0);
        emit(p, RISCV_ADDI, insn.rs1, insn.rs1, 0, 10);
        half(p, insn.encoding);
    }
}

/* A short loop on a register that its body leaves alone. */
static void loop(struct random_program *p)
{
    unsigned counter = 1 + below(p, 31);
    uint32_t top;

    emit(p, RISCV_ADDI, counter, 0, 0, 1 + (int32_t)below(p, 5));
    top = p->here;
    for (unsigned count = 1 + below(p, 4); count > 0; count--) {
        unsigned rd;

        do {
            rd = reg(p);
        } while (rd == counter);
        emit(p, RISCV_ADD, rd, reg(p), reg(p), 0);
    }
    emit(p, RISCV_ADDI, counter, counter, 0, -1);
    emit(p, RISCV_BNE, 0, counter, 0, (int32_t)(top - p->here));
}

static void csr(struct random_program *p)
{
    static const enum riscv_row rows[] = {RISCV_CSRRW,  RISCV_CSRRS,
                                          RISCV_CSRRC,  RISCV_CSRRWI,
                                          RISCV_CSRRSI, RISCV_CSRRCI};
    static const uint16_t numbers[] = {0x340, 0x341, 0x342, 0x343, 0x344,
                                       0x304, 0x300, 0xf14, 0xc00, 0x7c0,
                                       0x3b7, 0x3a1, 0x180, 0xff0};
    unsigned number = numbers[below(p, ARRAY_SIZE(numbers))];
    unsigned source = 1 + below(p, 31);

    switch (number) {
    case 0x304: /* the machine-level enables */
        constant(p, source, value(p) & 0x888);
        emit_csr(p, rows[below(p, 3)], reg(p), number, source);
        break;
    case 0x300: /* MIE, MPIE, MPP as M; no interrupt is ever pending */
        constant(p, source, (value(p) & 0x88) | 0x1800);
        emit_csr(p, RISCV_CSRRW, reg(p), number, source);
        break;
    case 0x342: /* causes that exist */
        constant(p, source, value(p) & 0x8000000f);
        emit_csr(p, RISCV_CSRRW, reg(p), number, source);
        break;
    case 0x341: /* even */
        constant(p, source, value(p) & ~1u);
        emit_csr(p, rows[below(p, 3)], reg(p), number, source);
        break;
    case 0xf14: /* read-only: a read, or a write that traps */
        if (below(p, 2) == 0) {
            emit_csr(p, RISCV_CSRRS, reg(p), number, 0);
        } else {
            emit_csr(p, RISCV_CSRRW, reg(p), number, source);
        }
        break;
    case 0x344:
    case 0xc00:
        emit_csr(p, RISCV_CSRRW, reg(p), number == 0x344 ? 0x340 : 0xff0,
                 source);
        break;
    case 0x3a1: /* entries 4 to 7, unlocked, readable where writable */
        constant(p, source, (value(p) & 0x1f1f1f1f) | 0x01010101);
        constant(p, source, 0x01010101u * (below(p, 32) | 1) & 0x07070707);
        emit_csr(p, RISCV_CSRRW, reg(p), number, source);
        break;
    default:
        emit_csr(p, rows[below(p, ARRAY_SIZE(rows))], reg(p), number, reg(p));
        break;
    }
}

static void exceptional(struct random_program *p)
{
    static const uint32_t illegal[] = {0xffffffff, 0x0000707b, 0x02007053,
                                       0x00000033 | 0x3fu << 25, 0x1000007f};

    switch (below(p, 6)) {
    case 0:
        emit(p, RISCV_ECALL, 0, 0, 0, 0);
        break;
    case 1:
        emit(p, RISCV_EBREAK, 0, 0, 0, 0);
        break;
    case 2:
        half(p, below(p, 2) == 0 ? 0 : 0x9002);
        break;
    case 3:
        word(p, illegal[below(p, ARRAY_SIZE(illegal))]);
        break;
    case 4: /* nothing answers there */
        constant(p, X29, 0x28000000 + below(p, 0x1000) * 4);
        emit(p, below(p, 2) ? RISCV_LW : RISCV_SW, reg(p), X29, reg(p), 0);
        break;
    default: /* the handler goes on at the block's end */
        if (below(p, 4) == 0) {
            constant(p, X29, 0x28000000);
            emit(p, RISCV_JALR, 1, X29, 0, 0);
        }
        break;
    }
}

/* Aligned accesses to, and calls into, the page under PMP. */
static void guarded(struct random_program *p)
{
    static const enum riscv_row rows[] = {RISCV_LB, RISCV_LBU, RISCV_LW,
                                          RISCV_SB, RISCV_SW,  RISCV_JALR};
    enum riscv_row row = rows[below(p, ARRAY_SIZE(rows))];

    constant(p, X30, absolute(GUARDED) + below(p, 32) * 4);
    if (row == RISCV_JALR) {
        emit(p, RISCV_ADDI, X29, 0, 0, 0);
        emit(p, RISCV_JALR, 1, X30, 0, 0);
    } else if (row == RISCV_SB || row == RISCV_SW) {
        /* Stores put back what is there, returns. */
        constant(p, X29, 0x80828082);
        emit(p, row == RISCV_SB ? RISCV_LW : RISCV_SW, 0, X30, X29, 0);
    } else {
        emit(p, row, reg(p), X30, 0, 0);
    }
}

/* Code that rewrites the instruction after it. */
static void self_modifying(struct random_program *p)
{
    struct riscv_insn insn = {.rd = (uint8_t)reg(p),
                              .rs1 = (uint8_t)reg(p),
                              .imm = (int32_t)below(p, 4096) - 2048};
    uint32_t patch = riscv_encode(RISCV_ADDI, &insn);
    unsigned base = 1 + below(p, 15);
    unsigned source = 16 + below(p, 15);

    while ((p->here & 3) != 0) {
        half(p, 1);
    }
    constant(p, source, patch);
    emit(p, RISCV_AUIPC, base, 0, 0, 0);
    emit(p, RISCV_SW, 0, base, source, 12);
    emit(p, RISCV_FENCE_I, 0, 0, 0, 0);
    emit(p, RISCV_XORI, reg(p), reg(p), 0, 5);
}

static void instruction(struct random_program *p)
{
    unsigned dice = below(p, 100);

    if (dice < 60) {
        computation(p);
    } else if (dice < 74) {
        memory(p);
    } else if (dice < 82) {
        branch(p);
    } else if (dice < 86) {
        indirect(p);
    } else if (dice < 89) {
        loop(p);
    } else if (dice < 93) {
        csr(p);
    } else if (dice < 96) {
        exceptional(p);
    } else if (dice < 99 || below(p, 4) != 0) {
        guarded(p);
    } else { /* rare: QEMU translates a whole page again each time */
        self_modifying(p);
    }
}

/* ---- The frame ----------------------------------------------------------- */

/* Entries 0 to 3 guard parts of the page; entry 15 allows all the rest. */
static void protect(struct random_program *p)
{
    uint32_t config = 0;
    uint32_t before = UINT32_MAX; /* no TOR from 0 on: it would hold the code */

    for (unsigned entry = 0; entry < 4; entry++) {
        uint32_t first = absolute(GUARDED) + below(p, 32) * 4;
        uint32_t mode = below(p, 4); /* off, TOR, NA4, NAPOT */
        uint32_t allow = below(p, 8);
        uint32_t address = first >> 2;

        if ((allow & 3) == 2) {
            allow |= 1;
        }
        if (mode == 3) {
            address = (address & ~7u) | ((1u << below(p, 3)) - 1);
        }
        if (mode == 1 && before >= address) {
            mode = 0;
        }
        before = address;
        config |= (mode << 3 | allow) << entry * 8;
        constant(p, X31, address);
        emit_csr(p, RISCV_CSRRW, 0, 0x3b0 + entry, X31);
    }
    constant(p, X31, config);
    emit_csr(p, RISCV_CSRRW, 0, 0x3a0, X31);
}

static void load_registers(struct random_program *p, unsigned index)
{
    uint32_t inputs = INPUTS + index * 128;

    for (unsigned i = 1; i < 32; i++) {
        store_le32(p->image + inputs + i * 4, value(p));
    }
    constant(p, X31, absolute(inputs));
    for (unsigned i = 1; i < 32; i++) {
        emit(p, RISCV_LW, i, X31, 0, (int32_t)i * 4);
    }
}

static void store_registers(struct random_program *p, unsigned index)
{
    emit_csr(p, RISCV_CSRRW, 0, 0x340, X31);
    constant(p, X31, absolute(OUTPUTS + index * 128));
    for (unsigned i = 1; i < 31; i++) {
        emit(p, RISCV_SW, 0, X31, i, (int32_t)i * 4);
    }
    emit_csr(p, RISCV_CSRRS, X30, 0x340, 0);
    emit(p, RISCV_SW, 0, X31, X30, 31 * 4);
}

/* Remembers where the trap handler goes on after a fetch fault, and where U
 * mode ends: filled in by the caller. */
static uint32_t set_resume(struct random_program *p)
{
    uint32_t at = p->here;

    constant(p, X30, 0);
    constant(p, X31, absolute(VARIABLES));
    emit(p, RISCV_SW, 0, X31, X30, 4);
    return at;
}

static void enter_user(struct random_program *p)
{
    constant(p, X31, 0x1800);
    emit_csr(p, RISCV_CSRRC, 0, 0x300, X31);
    uint32_t at = p->here;
    constant(p, X31, 0);
    emit_csr(p, RISCV_CSRRW, 0, 0x341, X31);
    uint32_t index = p->here;
    p->here = at;
    /* mepc: past the loads, which U mode may do itself */
    constant(p, X31, absolute(index + 4));
    p->here = index;
    emit(p, RISCV_MRET, 0, 0, 0, 0);
}

static void block(struct random_program *p, unsigned index)
{
    struct random_block *b = &p->blocks[index];

    b->start = p->here;
    b->user = below(p, 3) == 0;
    if (below(p, 4) == 0) {
        protect(p);
    }
    uint32_t resume_at = set_resume(p);
    if (b->user) {
        enter_user(p);
    }
    load_registers(p, index);
    b->body = p->here;
    for (unsigned i = 0; i < RANDOM_BODY; i++) {
        instruction(p);
    }
    b->resume = p->here;
    if (b->user) {
        emit(p, RISCV_ECALL, 0, 0, 0, 0);
    }
    store_registers(p, index);
    b->end = p->here;
    p->here = resume_at;
    constant(p, X30, absolute(b->resume));
    p->here = b->end;
}

/* Logs the trap, then goes on after the instruction; after a fetch fault, at
 * the block's end; from there in M mode. Uses x29 to x31, saved in variables
 * and mscratch. */
static void handler(struct random_program *p)
{
    static const uint16_t logged[] = {0x342, 0x341, 0x343, 0x300};

    emit_csr(p, RISCV_CSRRW, 0, 0x340, X31);
    constant(p, X31, absolute(VARIABLES));
    emit(p, RISCV_SW, 0, X31, X30, 8);
    emit(p, RISCV_SW, 0, X31, X29, 12);
    emit(p, RISCV_LW, X30, X31, 0, 0);
    for (unsigned i = 0; i < 4; i++) {
        emit_csr(p, RISCV_CSRRS, X29, logged[i], 0);
        emit(p, RISCV_SW, 0, X30, X29, (int32_t)i * 4);
    }
    emit(p, RISCV_ADDI, X30, X30, 0, 16);
    emit(p, RISCV_SW, 0, X31, X30, 0);
    /* x30 = resume */
    emit(p, RISCV_LW, X30, X31, 0, 4);
    emit_csr(p, RISCV_CSRRS, X29, 0x342, 0);
    emit(p, RISCV_ADDI, X29, X29, 0, -1);
    emit(p, RISCV_BNE, 0, X29, 0, 12);
    emit_csr(p, RISCV_CSRRW, 0, 0x341, X30); /* fetch fault: mepc = resume */
    emit(p, RISCV_JAL, 0, 0, 0, 56);
    emit_csr(p, RISCV_CSRRS, X29, 0x341, 0);
    emit(p, RISCV_BNE, 0, X29, X30, 16);
    constant(p, X30, 0x1800); /* at the end of a U block: back to M */
    emit_csr(p, RISCV_CSRRS, 0, 0x300, X30);
    emit(p, RISCV_LHU, X30, X29, 0, 0);
    emit(p, RISCV_ANDI, X30, X30, 0, 3);
    emit(p, RISCV_ADDI, X30, X30, 0, -3);
    emit(p, RISCV_SLTIU, X30, X30, 0, 1);
    emit(p, RISCV_SLLI, X30, X30, 0, 1);
    emit(p, RISCV_ADD, X29, X29, X30, 0);
    emit(p, RISCV_ADDI, X29, X29, 0, 2);
    emit_csr(p, RISCV_CSRRW, 0, 0x341, X29);
    emit(p, RISCV_LW, X30, X31, 0, 8);
    emit(p, RISCV_LW, X29, X31, 0, 12);
    emit_csr(p, RISCV_CSRRS, X31, 0x340, 0);
    emit(p, RISCV_MRET, 0, 0, 0, 0);
}

static void start(struct random_program *p)
{
    uint32_t jump = p->here;

    p->here += 4;
    uint32_t vector = p->here;
    handler(p);
    uint32_t begin = p->here;
    p->here = jump;
    emit(p, RISCV_JAL, 0, 0, 0, (int32_t)(begin - jump));
    p->here = begin;
    constant(p, X31, 0x02004000); /* mtimecmp of the virt machine: never */
    emit(p, RISCV_ADDI, X30, 0, 0, -1);
    emit(p, RISCV_SW, 0, X31, X30, 0);
    emit(p, RISCV_SW, 0, X31, X30, 4);
    constant(p, X31, absolute(vector));
    emit_csr(p, RISCV_CSRRW, 0, 0x305, X31);
    constant(p, X31, UINT32_MAX >> 1);
    emit_csr(p, RISCV_CSRRW, 0, 0x3bf, X31);
    constant(p, X31, 0x1f000000); /* entry 15: NAPOT, all rights */
    emit_csr(p, RISCV_CSRRW, 0, 0x3a3, X31);
    constant(p, X31, 0x1800);
    emit_csr(p, RISCV_CSRRW, 0, 0x300, X31);
}

struct random_program *random_program_create(uint64_t seed)
{
    struct random_program *p = xcalloc(1, sizeof(*p));

    p->image = xcalloc(1, RANDOM_IMAGE_SIZE);
    p->state = seed * UINT64_C(0x2545f4914f6cdd1d);
    store_le32(p->image + VARIABLES, absolute(LOG));
    for (unsigned i = 0; i < 0x1000; i += 4) {
        store_le32(p->image + GUARDED + i, 0x80828082); /* c.jr ra */
    }
    start(p);
    for (unsigned i = 0; i < RANDOM_BLOCKS; i++) {
        block(p, i);
    }
    /* The sifive_test device ends QEMU. */
    constant(p, X31, 0x100000);
    constant(p, X30, 0x5555);
    p->end = absolute(p->here);
    emit(p, RISCV_SW, 0, X31, X30, 0);
    emit(p, RISCV_JAL, 0, 0, 0, 0);
    if (p->here > CODE_END) {
        abort();
    }
    return p;
}

void random_program_destroy(struct random_program *p)
{
    free(p->image);
    free(p);
}
