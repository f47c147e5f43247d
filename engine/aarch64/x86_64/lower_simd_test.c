/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every row of floating point, SIMD, cryptography and checksums, and every
 * load and store of vector registers: compiled code against the interpreter's
 * helpers, which QEMU and GNU MPFR hold. Random encodings and operands of every
 * kind, on all that the host has, and on less of it.
 *
 * CAIRN_LOWER_CASES: encodings of each row (12 unless told), each with as many
 * operands; CAIRN_LOWER_ROW: only rows whose name begins so.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "engine/softfloat/softfloat.h"
#include "engine/x86_64/lower.h"
#include "isa/aarch64/decode.h"
#include "tests/a64.h"
#include "tests/harness.h"
#include "tests/random.h"

enum { DATA = 0x800000, DATA_SIZE = 8192, BASE = 28, MOST_CASES = 1000 };
enum { TABLE = 0xf00000, CODE = 0x100000 };

static const enum aarch64_row tested[] = {
#define INSN(row, mnemonic, pattern, except, syntax, feature, section)         \
    AARCH64_ROW_##row,
#define OVER INSN
#include "isa/aarch64/crypto.def"
#include "isa/aarch64/fp.def"
#include "isa/aarch64/fp_memory.def"
#include "isa/aarch64/simd.def"
#include "isa/aarch64/simd_memory.def"
#include "isa/aarch64/simd_scalar.def"
#undef OVER
#undef INSN
    AARCH64_ROW_CRC32,
    AARCH64_ROW_CRC32C,
};

/* A number of a format, often near one of its edges. */
static uint64_t edge(uint64_t *state, unsigned size)
{
    unsigned width = size == 64 ? 52 : size == 32 ? 23 : 10;
    uint64_t top = size == 64 ? 2047 : size == 32 ? 255 : 31;
    uint64_t half = top / 2;
    const uint64_t exponents[] = {0,        1,    2,        top - 1,  top,
                                  half - 1, half, half + 1, half + 31};
    uint64_t ones = (1ull << width) - 1;
    const uint64_t fractions[] = {0, 1, ones, 1ull << (width - 1),
                                  random64(state) & ones};
    uint64_t exponent = pick(state, 2) == 0 ? half - 4 + pick(state, 9)
                                            : exponents[pick(state, 9)];

    return (uint64_t)pick(state, 2) << (size - 1) | (exponent & top) << width |
           fractions[pick(state, 5)];
}

/* Half of all values are of one format, so that most results are normal. */
static uint64_t value(uint64_t *state, unsigned size)
{
    static const uint8_t bytes[] = {0, 1, 0x7f, 0x80, 0xff, 0x81, 0xfe, 0x0f};
    uint64_t result = 0;

    if (size < 16) {
        for (unsigned i = 0; i < 64; i += 8) {
            result |= (uint64_t)(pick(state, 2) == 0 ? pick(state, 256)
                                                     : bytes[pick(state, 8)])
                      << i;
        }
        return result;
    }
    for (unsigned i = 0; i < 64; i += size) {
        result |= edge(state, size) << i;
    }
    return result;
}

static void fill(uint64_t *state, struct aarch64_state *s)
{
    unsigned size = 8u << pick(state, 4);

    for (unsigned i = 0; i < 32; i++) {
        for (unsigned j = 0; j < 2; j++) {
            s->v[i].d[j] = value(state, size);
        }
        s->r[i] =
            i % 2 == 0 ? value(state, 8u << pick(state, 4)) : pick(state, 64);
    }
    s->r[BASE] = A64_RAM + DATA + pick(state, 64) +
                 (pick(state, 4) == 0 ? 4096 - 64 : 2048);
    s->r[IR_NZCV] = pick(state, 16);
    s->fpcr = pick(state, 8) == 0 ? (random64(state) & 0x7c80000) : 0;
    s->fpsr = pick(state, 4) == 0 ? 0 : FPSR_IXC;
}

/* A random encoding of a row; memory is at the base. */
static bool make(uint64_t *state, enum aarch64_row row,
                 struct aarch64_insn *insn)
{
    const struct aarch64_pattern *pattern = &aarch64_patterns[row];

    for (unsigned tries = 0; tries < 1000; tries++) {
        uint32_t encoding = (uint32_t)random64(state) & ~pattern->mask;

        if ((pattern->match >> 25 & 5) == 4) { /* loads and stores */
            encoding = (encoding & ~0x3e0u) | BASE << 5;
            if ((pattern->match >> 24 & 0x3f) == 0x3d) { /* small offsets */
                encoding &= ~0x3fe000u;
            }
        }
        if (aarch64_decode(encoding | pattern->match, insn) &&
            insn->row == row) {
            return true;
        }
    }
    return false;
}

/* ---- The two machines ---------------------------------------------------- */

enum host { WHOLE, WITHOUT_EXTRAS, WITHOUT_AVX2 };

/* Before anything is compiled. */
static void reduce(struct a64 *m, enum host host)
{
    struct lower_target *target = lower_target_of(m->pe->vcpu.code->compiler);

    if (host == WHOLE) {
        return;
    }
    target->has_avx2 = host == WITHOUT_EXTRAS && target->has_avx2;
    target->has_aes = target->has_sha = target->has_pclmul = false;
    target->has_f16c = target->has_sse42 = target->has_avx512 = false;
}

static void start(struct a64 *m, enum core_engine engine)
{
    a64_init(m, &(struct core_config){.engine = engine,
                                      .compatible = "arm,neoverse-n1"});
    a64_vectors(m); /* accesses may fault */
    AARCH64_SYS(m->pe, CPACR_EL1) = 3 << 20;
    /* All of RAM as one block of normal memory, so that nothing has to be
     * aligned. */
    a64_put(m, TABLE + 8, A64_RAM | 0x701);
    AARCH64_SYS(m->pe, MAIR_EL1) = 0xff;
    AARCH64_SYS(m->pe, TCR_EL1) = 0x803519;
    AARCH64_SYS(m->pe, TTBR0_EL1) = A64_RAM + TABLE;
    AARCH64_SYS(m->pe, SCTLR_EL1) = 0x30d00801;
    aarch64_update(m->pe);
}

static bool run(struct a64 *m, const struct aarch64_state *from,
                const uint8_t *data, uint64_t offset, unsigned count)
{
    struct aarch64_state *state = &m->pe->state;

    memcpy(state->v, from->v, sizeof(state->v));
    memcpy(state->r, from->r, sizeof(uint64_t) * 32);
    state->r[IR_NZCV] = from->r[IR_NZCV];
    state->r[IR_PC] = A64_RAM + offset;
    state->fpcr = from->fpcr;
    state->fpsr = from->fpsr;
    memcpy(region_host(m->ram) + DATA, data, DATA_SIZE);
    return core_run(m->core, count) == CORE_STOP_BUDGET;
}

static bool agree(const struct a64 *a, const struct a64 *b)
{
    const struct aarch64_state *x = &a->pe->state;
    const struct aarch64_state *y = &b->pe->state;

    return memcmp(x->v, y->v, sizeof(x->v)) == 0 &&
           memcmp(x->r, y->r, 33 * sizeof(uint64_t)) == 0 &&
           x->r[IR_NZCV] == y->r[IR_NZCV] && x->fpsr == y->fpsr &&
           memcmp(region_host(a->ram) + DATA, region_host(b->ram) + DATA,
                  DATA_SIZE) == 0;
}

static void explain(const struct aarch64_insn *insn,
                    const struct aarch64_state *from, const struct a64 *ours,
                    const struct a64 *theirs)
{
    const struct aarch64_state *x = &ours->pe->state;
    const struct aarch64_state *y = &theirs->pe->state;

    fprintf(stderr, "%s %08x fpcr %x fpsr %x: %x, not %x; nzcv %x, not %x\n",
            aarch64_rows[insn->row].name, insn->encoding, from->fpcr,
            from->fpsr, x->fpsr, y->fpsr, (unsigned)x->r[IR_NZCV],
            (unsigned)y->r[IR_NZCV]);
    for (unsigned i = 0; i < 32; i++) {
        bool named = i == (insn->encoding & 31) ||
                     i == (insn->encoding >> 5 & 31) ||
                     i == (insn->encoding >> 16 & 31);

        if (named || memcmp(&x->v[i], &y->v[i], 16) != 0) {
            fprintf(
                stderr,
                "  v%u %016llx%016llx: %016llx%016llx, not %016llx%016llx\n", i,
                (unsigned long long)from->v[i].d[1],
                (unsigned long long)from->v[i].d[0],
                (unsigned long long)x->v[i].d[1],
                (unsigned long long)x->v[i].d[0],
                (unsigned long long)y->v[i].d[1],
                (unsigned long long)y->v[i].d[0]);
        }
        if (x->r[i] != y->r[i]) {
            fprintf(stderr, "  x%u %016llx: %016llx, not %016llx\n", i,
                    (unsigned long long)from->r[i], (unsigned long long)x->r[i],
                    (unsigned long long)y->r[i]);
        }
    }
}

/* One row, whose code begins at an offset; how many cases differ. */
static unsigned check(struct a64 *ours, struct a64 *theirs, uint64_t *state,
                      enum aarch64_row row, uint64_t offset, uint64_t cases)
{
    static struct aarch64_state from;
    uint8_t data[DATA_SIZE];
    unsigned differences = 0;

    for (uint64_t i = 0; i < cases; i++, offset += 8) {
        struct aarch64_insn insn;

        if (!EXPECT(make(state, row, &insn))) {
            return 1;
        }
        const uint32_t words[] = {insn.encoding, 0x14000000 /* b . */};
        a64_load(ours, offset, words, sizeof(words));
        a64_load(theirs, offset, words, sizeof(words));
        for (unsigned k = 0; k < DATA_SIZE; k++) {
            data[k] = (uint8_t)pick(state, 256);
        }
        for (uint64_t j = 0; j < cases; j++) {
            fill(state, &from);
            if (!EXPECT(run(ours, &from, data, offset, 2)) ||
                !EXPECT(run(theirs, &from, data, offset, 2))) {
                return 1;
            }
            if (!agree(ours, theirs) && differences++ == 0) {
                explain(&insn, &from, ours, theirs);
            }
        }
    }
    return differences;
}

static void check_rows(enum host host)
{
    struct a64 ours;
    OWNED(a64_fini) struct a64 theirs;
    uint64_t cases = test_number("CAIRN_LOWER_CASES", 12) % MOST_CASES;
    uint64_t state = test_number("CAIRN_LOWER_SEED", 1);
    const char *only = getenv("CAIRN_LOWER_ROW");
    unsigned differing = 0;

    start(&ours, CORE_ENGINE_COMPILER);
    start(&theirs, CORE_ENGINE_INTERPRETER);
    reduce(&ours, host);
    for (size_t i = 0; i < ARRAY_SIZE(tested); i++) {
        const char *name = aarch64_rows[tested[i]].name;

        if (only == NULL || strncmp(only, name, strlen(only)) == 0) {
            differing += check(&ours, &theirs, &state, tested[i],
                               CODE + i * 8 * cases, cases) != 0;
        }
    }
    EXPECT_EQ(differing, 0);
    a64_fini(&ours);
}

/* ---- Sequences, whose results are kept in host registers ----------------- */

enum { LENGTH = 12, SEQUENCES = 400, RUNS = 4 };

static void make_sequence(uint64_t *state, uint32_t *words)
{
    for (unsigned i = 0; i < LENGTH;) {
        enum aarch64_row row =
            tested[pick(state, (unsigned)ARRAY_SIZE(tested))];
        struct aarch64_insn insn;
        uint32_t low_registers = ~(24u | 24u << 16);

        if (make(state, row, &insn)) { /* of V0 to V7, most of the time */
            words[i] = insn.encoding & low_registers;
            if (aarch64_decode(words[i], &insn) && insn.row == row) {
                i++;
            }
        }
    }
    words[LENGTH] = 0x14000000; /* b . */
}

static void check_sequences(enum host host)
{
    static struct aarch64_state from;
    struct a64 ours;
    OWNED(a64_fini) struct a64 theirs;
    uint64_t state = test_number("CAIRN_LOWER_SEED", 1);
    uint64_t sequences = test_number("CAIRN_LOWER_SEQUENCES", SEQUENCES);
    static uint8_t data[DATA_SIZE];
    unsigned differing = 0;

    start(&ours, CORE_ENGINE_COMPILER);
    start(&theirs, CORE_ENGINE_INTERPRETER);
    reduce(&ours, host);
    for (uint64_t i = 0; i < sequences; i++) {
        uint64_t offset = CODE + i % 10000 * 64;
        uint32_t words[LENGTH + 1];

        make_sequence(&state, words);
        a64_load(&ours, offset, words, sizeof(words));
        a64_load(&theirs, offset, words, sizeof(words));
        for (unsigned j = 0; j < RUNS; j++) {
            fill(&state, &from);
            run(&ours, &from, data, offset, LENGTH + 1);
            run(&theirs, &from, data, offset, LENGTH + 1);
            differing += !agree(&ours, &theirs);
            if (!agree(&ours, &theirs) && differing == 1) {
                for (unsigned k = 0; k < LENGTH; k++) {
                    fprintf(stderr, "  .inst 0x%08x\n", words[k]);
                }
            }
        }
    }
    EXPECT_EQ(differing, 0);
    a64_fini(&ours);
}

TEST(sequences_do_what_their_helpers_do)
{
    check_sequences(WHOLE);
}

TEST(sequences_on_hosts_that_have_only_avx2)
{
    check_sequences(WITHOUT_EXTRAS);
}

TEST(every_row_does_what_its_helper_does)
{
    check_rows(WHOLE);
}

TEST(and_on_hosts_that_have_only_avx2)
{
    check_rows(WITHOUT_EXTRAS);
}

TEST(and_on_hosts_without_avx2)
{
    check_rows(WITHOUT_AVX2);
}
