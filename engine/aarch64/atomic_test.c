/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Atomic memory operations (DDI 0487, C3.2.12 to C3.2.14) by a model of their
 * own: interpreted, compiled, and compiled for cores that run at the same time.
 */
#include "base/bits.h"
#include "engine/gate.h"
#include "tests/a64.h"
#include "tests/harness.h"

enum { CODE = 0x1000, DATA = 0x100000, VALUES = 8 };

enum form { LDADD, LDCLR, LDEOR, LDSET, LDSMAX, LDSMIN, LDUMAX, LDUMIN, SWP };

static uint64_t next(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

/* ---- The model ----------------------------------------------------------- */

static int64_t number(uint64_t value, unsigned bits)
{
    const uint64_t sign = (uint64_t)1 << (bits - 1);

    return (int64_t)((value ^ sign) - sign);
}

static uint64_t changed(enum form form, uint64_t old, uint64_t operand,
                        unsigned bits)
{
    const bool less = number(old, bits) < number(operand, bits);

    switch (form) {
    case LDADD:
        return old + operand;
    case LDCLR:
        return old & ~operand;
    case LDEOR:
        return (old | operand) - (old & operand);
    case LDSET:
        return old | operand;
    case LDSMAX:
        return less ? operand : old;
    case LDSMIN:
        return less ? old : operand;
    case LDUMAX:
        return old < operand ? operand : old;
    case LDUMIN:
        return old < operand ? old : operand;
    default:
        return operand;
    }
}

/* ---- The machines -------------------------------------------------------- */

static struct gate gate;

static const struct core_config kinds[] = {
    {.engine = CORE_ENGINE_INTERPRETER},
    {                              .engine = CORE_ENGINE_COMPILER                                },
    { .engine = CORE_ENGINE_COMPILER,                                 .gate = &gate},
};

/* The instruction and a branch back to it, at x1. */
static void start(struct a64 *m, size_t kind, uint32_t insn)
{
    const uint32_t loop[] = {insn, 0x17ffffff /* b -4 */};
    struct core_config config = kinds[kind];

    config.compatible = "arm,neoverse-n1";
    if (config.gate != NULL) {
        gate_init(&gate);
    }
    a64_init(m, &config);
    a64_load(m, CODE, loop, sizeof(loop));
    m->pe->state.r[1] = A64_RAM + DATA;
    m->pe->state.r[IR_PC] = A64_RAM + CODE;
}

static void run(struct a64 *m, size_t kind, uint64_t budget)
{
    if (kinds[kind].gate != NULL) {
        gate_begin(&gate, m->core);
    }
    core_run(m->core, budget);
    if (kinds[kind].gate != NULL) {
        gate_end(&gate, m->core);
    }
}

static void end(struct a64 *m, size_t kind)
{
    a64_fini(m);
    if (kinds[kind].gate != NULL) {
        gate_fini(&gate);
    }
}

static uint64_t of(const uint64_t *r, unsigned index)
{
    return index == 31 ? 0 : r[index];
}

/* The value that a register of that index must hold, the stack pointer in place
 * of XZR.
 */
static void expect_register(const uint64_t *r, unsigned index, uint64_t value,
                            uint64_t sp)
{
    EXPECT_EQ(r[index], index == 31 ? sp : value);
}

/* Registers of Rs and Rt: different, the same, and XZR. */
static const struct {
    unsigned rs, rt;
} registers[] = {
    {2,  4 },
    {14, 0 },
    {2,  2 },
    {31, 4 },
    {2,  31},
    {31, 31},
};

static void try_atomic(size_t kind, enum form form, unsigned log2, size_t which)
{
    const unsigned rs = registers[which].rs;
    const unsigned rt = registers[which].rt;
    const unsigned bits = 8u << log2;
    const uint64_t mask = UINT64_MAX >> (64 - bits);
    const uint32_t opcode = form == SWP ? 0x8000 : (uint32_t)form << 12;
    uint64_t state = 0x9e3779b97f4a7c15 + which;
    struct a64 m;

    start(&m, kind, log2 << 30 | 0x38200000 | opcode | rs << 16 | 1 << 5 | rt);
    for (unsigned i = 0; i < VALUES; i++) {
        uint64_t *r = m.pe->state.r;
        const uint64_t around = next(&state);
        const uint64_t sp = r[31] = next(&state);

        r[rs == 31 ? 3 : rs] = next(&state);
        a64_put(&m, DATA, around);
        const uint64_t operand = of(r, rs) & mask;
        const uint64_t new = changed(form, around & mask, operand, bits) & mask;

        run(&m, kind, 2);
        test_case("kind %zu, form %u, %u bits, %u, %u", kind, form, bits, rs,
                  rt);
        expect_register(r, rt, around & mask, sp);
        EXPECT_EQ(a64_at(&m, DATA), (around & ~mask) | new);
    }
    end(&m, kind);
}

static void try_cas(size_t kind, unsigned log2, size_t which)
{
    const unsigned rs = registers[which].rs;
    const unsigned rt = registers[which].rt;
    const uint64_t mask = UINT64_MAX >> (64 - (8u << log2));
    uint64_t state = 0x123456789abcdef1 + which;
    struct a64 m;

    start(&m, kind, log2 << 30 | 0x08a07c00 | rs << 16 | 1 << 5 | rt);
    for (unsigned i = 0; i < VALUES; i++) {
        uint64_t *r = m.pe->state.r;
        const uint64_t sp = r[31] = next(&state);

        r[rt == 31 ? 3 : rt] = next(&state);
        if (rs != 31) {
            r[rs] = next(&state);
        }
        /* Equal in what is compared, or not. */
        const uint64_t around =
            i % 2 == 0 ? (next(&state) & ~mask) | (of(r, rs) & mask)
                       : next(&state) | 1;
        const bool equal = ((around ^ of(r, rs)) & mask) == 0;
        const uint64_t new = equal ? of(r, rt) & mask : around &mask;

        a64_put(&m, DATA, around);
        run(&m, kind, 2);
        test_case("kind %zu, CAS, log2 %u, %u, %u", kind, log2, rs, rt);
        expect_register(r, rs, around & mask, sp);
        EXPECT_EQ(a64_at(&m, DATA), (around & ~mask) | new);
    }
    end(&m, kind);
}

TEST(atomics_do_what_the_manual_says)
{
    for (size_t kind = 0; kind < ARRAY_SIZE(kinds); kind++) {
        for (unsigned log2 = 0; log2 < 4; log2++) {
            for (size_t which = 0; which < ARRAY_SIZE(registers); which++) {
                for (unsigned form = LDADD; form <= SWP; form++) {
                    try_atomic(kind, (enum form)form, log2, which);
                }
                try_cas(kind, log2, which);
            }
        }
    }
}

/* Two registers of 4 or 8 bytes; the second of a pair of XZR is XZR. */
TEST(pairs_are_compared_and_swapped)
{
    for (size_t kind = 0; kind < ARRAY_SIZE(kinds); kind++) {
        for (unsigned wide = 0; wide < 2; wide++) {
            const uint64_t mask = wide != 0 ? UINT64_MAX : UINT32_MAX;
            struct a64 m;

            start(&m, kind, wide << 30 | 0x08207c00 | 2 << 16 | 1 << 5 | 4);
            for (unsigned i = 0; i < VALUES; i++) {
                uint64_t *r = m.pe->state.r;
                uint64_t old[2] = {0x1111111122222222 + i, 0x3333333344444444};

                a64_put(&m, DATA, old[0]);
                a64_put(&m, DATA + 8, old[1]);
                if (wide == 0) {
                    old[1] = old[0] >> 32;
                }
                r[2] = old[0];
                r[3] = old[1] ^ (i % 2);
                r[4] = 0x5555555566666666;
                r[5] = 0x7777777788888888;
                run(&m, kind, 2);
                test_case("kind %zu, wide %u, turn %u", kind, wide, i);
                EXPECT_EQ(r[2], old[0] & mask);
                EXPECT_EQ(r[3], old[1] & mask);
                const uint64_t first = i % 2 == 0 ? r[4] : old[0];
                const uint64_t second = i % 2 == 0 ? r[5] : old[1];
                EXPECT_EQ(a64_at(&m, DATA),
                          wide != 0 ? first
                                    : (first & UINT32_MAX) | second << 32);
                EXPECT_EQ(a64_at(&m, DATA + 8),
                          wide != 0 ? second : 0x3333333344444444);
            }
            end(&m, kind);
        }
    }
}

/* A page of stage 2 that may only be written: an atomic is a read, too, even
 * where stores have made the page known. */
TEST(what_may_not_be_read_is_not_changed_by_an_atomic)
{
    enum { S2_L2 = 0x20000, BLOCK = 1, TABLE = 3, AF = 1 << 10 };
    static const uint32_t loop[] = {
        0xf9000022 /* str x2, [x1] */,
        0xf8220023 /* ldadd x2, x3, [x1] */,
        0xc8a27c24 /* cas x2, x4, [x1] */,
        0x17fffffd /* b -12 */,
    };

    for (size_t kind = 0; kind < 2; kind++) {
        struct core_config config = kinds[kind];
        OWNED(a64_fini) struct a64 m;

        config.compatible = "arm,neoverse-n1";
        config.aarch64.el2 = true;
        a64_init(&m, &config);
        a64_vectors(&m);
        a64_load(&m, CODE, loop, sizeof(loop));
        /* 2 MiB blocks, the one with DATA not to be read. */
        a64_put(&m, 0x30000 + 8, (A64_RAM + S2_L2) | TABLE);
        a64_put(&m, S2_L2, A64_RAM | 0xfc | AF | BLOCK);
        a64_put(&m, S2_L2 + 8, (A64_RAM + 0x200000) | 0xbc | AF | BLOCK);
        AARCH64_SYS(m.pe, VBAR_EL2) = A64_RAM + A64_VECTORS_2;
        AARCH64_SYS(m.pe, HCR_EL2) |= (uint64_t)1 << 31 | 1; /* RW, VM */
        AARCH64_SYS(m.pe, VTCR_EL2) = 32 | 1 << 6 | 2 << 16;
        AARCH64_SYS(m.pe, VTTBR_EL2) = A64_RAM + 0x30000;
        aarch64_set_sp(m.pe, 1, true);
        m.pe->state.level = 1;
        aarch64_update(m.pe);
        m.pe->state.r[1] = A64_RAM + 0x200000;
        m.pe->state.r[2] = 5;
        m.pe->state.r[IR_PC] = A64_RAM + CODE;
        for (unsigned turn = 0; turn < 30; turn++) {
            const unsigned begin = turn % 3;
            const unsigned fault = begin == 2 ? 2 : 1;

            m.pe->state.r[IR_PC] = A64_RAM + CODE + begin * 4;
            m.pe->state.level = 1;
            aarch64_set_sp(m.pe, 1, true);
            aarch64_update(m.pe);
            core_run(m.core, 2);
            test_case("kind %zu, turn %u", kind, turn);
            EXPECT_EQ(m.pe->state.level, 2);
            EXPECT_EQ(AARCH64_SYS(m.pe, ESR_EL2) >> 26, 0x24); /* data abort */
            EXPECT_EQ(AARCH64_SYS(m.pe, ELR_EL2), A64_RAM + CODE + fault * 4);
            EXPECT_EQ(a64_at(&m, 0x200000), 5);
        }
    }
}
