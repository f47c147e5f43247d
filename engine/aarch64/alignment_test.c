/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Aligned and misaligned accesses to Normal and Device memory, with SCTLR.A set
 * and clear: random loops that the compiler and the interpreter execute, from
 * the same state to the same state. Those of the compiler change between code
 * that checks alignment and code that does not, which the guest may not see.
 */
#include "base/bits.h"
#include "tests/a64.h"
#include "tests/harness.h"

static const struct core_config interpreted = {
    .engine = CORE_ENGINE_INTERPRETER,
};
static const struct core_config compiled = {.engine = CORE_ENGINE_COMPILER};

enum {
    L1 = 0x10000,
    L2 = 0x11000,
    L3 = 0x12000,
    LOOP = 0x1000,
    DATA = 0x100000,
    DATA_PAGES = 8,
    ACCESSES = 12, /* of a loop */
    ROUNDS = 60,
    RUNS = 40, /* of a round */
};

#define ENTRY     ((uint64_t)0x403) /* a page or table, AF */
#define NO_DEVICE ((uint64_t)1 << 2)

static uint64_t next(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

/* Loads and stores of rt at x1 and an offset in units of their own. */
static const struct {
    uint32_t bits;
    uint8_t shift; /* of the offset's field */
    uint8_t width; /* of what is used of it */
} accesses[] = {
    {0x39400020, 10, 6}, /* ldrb */
    {0x39000020, 10, 6}, /* strb */
    {0x79400020, 10, 5}, /* ldrh */
    {0x79000020, 10, 5}, /* strh */
    {0x79800020, 10, 5}, /* ldrsh */
    {0xb9400020, 10, 4}, /* ldr w */
    {0xb9000020, 10, 4}, /* str w */
    {0xf9400020, 10, 3}, /* ldr x */
    {0xf9000020, 10, 3}, /* str x */
    {0xf8400020, 12, 5}, /* ldur x */
    {0xb8000020, 12, 5}, /* stur w */
    {0x29400020, 15, 3}, /* ldp w */
    {0xa9400020, 15, 3}, /* ldp x */
    {0xa9000020, 15, 3}, /* stp x */
    {0x3dc00020, 10, 2}, /* ldr q */
    {0x3d800020, 10, 2}, /* str q */
    {0xad400020, 15, 2}, /* ldp q */
    {0x4c407820, 12, 0}, /* ld1 {v.4s} */
    {0x4c007020, 12, 0}, /* st1 {v.16b} */
    {0x0dc04020, 12, 0}, /* ld1 {v.h}[0], post-indexed by x0 */
    {0xc8dffc20, 12, 0}, /* ldar x */
};

static uint32_t random_access(uint64_t *state)
{
    const size_t row = next(state) % ARRAY_SIZE(accesses);
    const uint32_t offset =
        (uint32_t)next(state) & ((1u << accesses[row].width) - 1);
    /* A pair's registers differ. */
    const uint32_t rt = 2 + (next(state) & 7);

    return accesses[row].bits | offset << accesses[row].shift | rt |
           (accesses[row].shift == 15 ? (rt + 8) << 10 : 0);
}

/* Accesses, and on to the next place; what faults is stepped over. */
static void make_program(struct a64 *m, uint64_t seed)
{
    uint32_t loop[ACCESSES + 3];
    uint64_t state = seed;

    for (unsigned i = 0; i < ACCESSES; i++) {
        loop[i] = random_access(&state);
    }
    loop[ACCESSES] = 0x8b130021;     /* add x1, x1, x19 */
    loop[ACCESSES + 1] = 0x8a140021; /* and x1, x1, x20 */
    loop[ACCESSES + 2] =
        0x14000000 | (-(uint32_t)(ACCESSES + 2) & 0x3ffffff); /* b */
    a64_load(m, LOOP, loop, sizeof(loop));
    A64_CODE(m, A64_VECTORS_1 + 0x200, 0xd5384036 /* mrs x22, elr_el1 */,
             0x910012d6 /* add x22, x22, #4 */,
             0xd5184036 /* msr elr_el1, x22 */,
             0x910006f7 /* add x23, x23, #1 */, 0xd69f03e0 /* eret */);
}

static void make_machine(struct a64 *m, const struct core_config *config,
                         uint64_t seed)
{
    uint64_t state = seed;

    a64_init(m, config);
    a64_vectors(m);
    make_program(m, seed);
    a64_put(m, L1 + 8, (A64_RAM + L2) | ENTRY);
    a64_put(m, L2, (A64_RAM + L3) | ENTRY);
    for (uint64_t page = 0; page < 512; page++) {
        const bool device =
            (seed & 1) != 0 && page * 0x1000 >= DATA && next(&state) % 3 == 0;

        a64_put(m, L3 + page * 8,
                (A64_RAM + page * 0x1000) | ENTRY | (device ? 0 : NO_DEVICE));
    }
    for (uint64_t at = 0; at < DATA_PAGES * 0x1000; at += 8) {
        a64_put(m, DATA + at, next(&state));
    }
    aarch64_register_write(m->pe, AARCH64_TCR_EL1,
                           25 | (uint64_t)1 << 23 | (uint64_t)2 << 32);
    aarch64_register_write(m->pe, AARCH64_MAIR_EL1, 0xff04);
    aarch64_register_write(m->pe, AARCH64_TTBR0_EL1, A64_RAM + L1);
    AARCH64_SYS(m->pe, VBAR_EL1) = A64_RAM + A64_VECTORS_1;
    AARCH64_SYS(m->pe, CPACR_EL1) = 3 << 20;
    for (unsigned i = 2; i < 18; i++) {
        m->pe->state.r[i] = next(&state);
    }
    m->pe->state.r[0] = 6;
    m->pe->state.r[1] = A64_RAM + DATA + (next(&state) & 0xf);
    /* Often a step that keeps the alignment. */
    m->pe->state.r[19] = next(&state) % 0x123 << (next(&state) & 7);
    m->pe->state.r[20] = A64_RAM + DATA + DATA_PAGES * 0x1000 - 1; /* mask */
    m->pe->state.r[IR_PC] = A64_RAM + LOOP;
    aarch64_set_sp(m->pe, 1, true);
    m->pe->state.level = 1;
    aarch64_update(m->pe);
}

/* With the MMU on or off, and SCTLR.A set or clear. */
static void set_control(struct a64 *m, uint64_t choice)
{
    aarch64_register_write(m->pe, AARCH64_SCTLR_EL1,
                           0x30d00800 | (choice % 4 != 0) |
                               (choice >> 2 & 1) << 1);
    aarch64_update(m->pe);
}

TEST(the_compiler_and_the_interpreter_agree_on_alignment)
{
    uint64_t state = 0x1a2b3c4d5e6f7081;
    uint64_t faults = 0;
    uint64_t checked = 0;

    for (unsigned round = 0; round < ROUNDS; round++) {
        const uint64_t seed = next(&state);
        struct a64 m[2];

        make_machine(&m[0], &interpreted, seed);
        make_machine(&m[1], &compiled, seed);
        for (unsigned run = 0; run < RUNS; run++) {
            const uint64_t choice = next(&state);
            const uint64_t budget = 1 + next(&state) % 2000;

            for (unsigned i = 0; i < 2; i++) {
                if (run % 4 == 0) {
                    set_control(&m[i], choice);
                }
                core_run(m[i].core, budget);
            }
            checked +=
                m[1].pe->vcpu.tlbs[m[1].pe->vcpu.data_context].code_checks;
            REQUIRE(core_hash(m[0].core) == core_hash(m[1].core));
        }
        EXPECT(memcmp(region_host(m[0].ram), region_host(m[1].ram),
                      A64_RAM_SIZE) == 0);
        faults += m[0].pe->state.r[23];
        a64_fini(&m[0]);
        a64_fini(&m[1]);
    }
    /* Both kinds of code ran, and not all of it faulted. */
    EXPECT(checked > ROUNDS * RUNS / 4 && checked < ROUNDS * RUNS * 9 / 10);
    EXPECT(faults > 1000);
}

/* One page of the soft TLB's index, in two places: 4 GiB apart. */
TEST(checked_accesses_tell_addresses_by_all_of_their_bits)
{
    enum { FAR_L2 = 0x13000, FAR_L3 = 0x14000, FAR = DATA + 0x1000 };
    OWNED(a64_fini) struct a64 m;

    make_machine(&m, &compiled, 2);
    A64_CODE(&m, LOOP, 0xf9400022 /* ldr x2, [x1] */,
             0xf9400003 /* ldr x3, [x0] */, 0xf9000404 /* str x4, [x0, #8] */,
             0x17fffffd /* b LOOP */);
    a64_put(&m, L1 + 5 * 8, (A64_RAM + FAR_L2) | ENTRY);
    a64_put(&m, FAR_L2, (A64_RAM + FAR_L3) | ENTRY);
    a64_put(&m, FAR_L3 + DATA / 0x1000 * 8,
            (A64_RAM + FAR) | ENTRY | NO_DEVICE);
    a64_put(&m, DATA, 1);
    a64_put(&m, DATA + 8, 2);
    a64_put(&m, FAR, 3);
    m.pe->state.r[0] = ((uint64_t)1 << 32) + A64_RAM + DATA;
    m.pe->state.r[1] = A64_RAM + DATA;
    m.pe->state.r[4] = 4;
    aarch64_register_write(m.pe, AARCH64_SCTLR_EL1, 0x30d00803);
    aarch64_update(m.pe);
    core_run(m.core, 400);
    EXPECT(m.pe->vcpu.tlbs[m.pe->vcpu.data_context].code_checks);
    EXPECT_EQ(m.pe->state.r[2], 1);
    EXPECT_EQ(m.pe->state.r[3], 3);
    EXPECT_EQ(a64_at(&m, DATA + 8), 2);
    EXPECT_EQ(a64_at(&m, FAR + 8), 4);
}
