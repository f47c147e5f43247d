/* SPDX-License-Identifier: Apache-2.0 */
/* Random words as programs at every level, with random system registers: the
 * host must survive and the count must land. */
#include "base/bits.h"
#include "tests/a64.h"
#include "tests/harness.h"

static const struct core_config both = {.aarch64.el2 = true,
                                        .aarch64.el3 = true};

static uint64_t next(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

/* Half of the words are system instructions, which random words seldom are. */
static void fill(struct a64 *m, uint64_t *state)
{
    for (uint64_t at = 0; at < 0x4000; at += 4) {
        uint32_t word = (uint32_t)next(state);
        unsigned row = (unsigned)(next(state) % AARCH64_SYSTEM_REGISTERS);

        switch (next(state) & 3) {
        case 0:
            word = 0xd5000000 | aarch64_registers[row].encoding << 5 |
                   (word & 0x20001f);
            break;
        case 1:
            word = 0xd5080000 | (word & 0x7ffff);
            break;
        default:
            break;
        }
        a64_load(m, at, &word, 4);
    }
}

/* All extensions, an odd round's. */
static const struct core_config extended = {.compatible = "arm,neoverse-n1",
                                            .aarch64.features =
                                                "+pauth,+jscvt,+sb",
                                            .aarch64.el2 = true,
                                            .aarch64.el3 = true};

TEST(random_programs_at_every_level_do_no_harm)
{
    uint64_t state = 0x123456789abcdef;

    for (unsigned round = 0; round < 120; round++) {
        OWNED(a64_fini) struct a64 m;

        a64_init(&m, (round & 4) != 0 ? &extended : &both);
        fill(&m, &state);
        for (unsigned row = 0; row < AARCH64_SYSTEM_REGISTERS; row++) {
            if (next(&state) % 4 == 0) {
                aarch64_register_write(m.pe, (enum aarch64_register)row,
                                       next(&state));
            }
        }
        for (unsigned i = 0; i < 32; i++) {
            m.pe->state.r[i] = A64_RAM + (next(&state) & 0xfff8);
        }
        AARCH64_SYS(m.pe, TTBR0_EL3) = A64_RAM;
        AARCH64_SYS(m.pe, VTTBR_EL2) = A64_RAM + 0x1000;
        AARCH64_SYS(m.pe, TTBR0_EL1) = A64_RAM + 0x2000;
        aarch64_set_sp(m.pe, round & 3, (round & 3) != 0);
        aarch64_update(m.pe);
        for (unsigned i = 0; i < 200; i++) {
            uint64_t before = m.core->retired;

            m.core->power = CORE_RUNNING;
            m.pe->state.r[IR_PC] = A64_RAM + (next(&state) & 0x3ffc);
            core_run(m.core, 50);
            EXPECT(m.core->retired - before <= 50);
        }
    }
}

/* ---- Entries of the soft TLB without a page ------------------------------ */

/* Accesses of 1 to 16 bytes, at x1. */
static const uint32_t accesses[] = {
    0xf9400020 /* ldr x0, [x1] */,     0xf9000020 /* str x0, [x1] */,
    0x39400020 /* ldrb w0, [x1] */,    0x39000020 /* strb w0, [x1] */,
    0xa9400820 /* ldp x0, x2, [x1] */, 0xa9000820 /* stp x0, x2, [x1] */,
    0x3dc00020 /* ldr q0, [x1] */,     0x3d800020 /* str q0, [x1] */,
};

/* FAR_EL3 behind the access, which nothing answers, with an empty soft TLB. */
static uint64_t fault_of(uint32_t insn, uint64_t address,
                         enum core_engine engine)
{
    struct core_config config = both;
    struct a64 m;

    config.engine = engine;
    a64_init(&m, &config);
    a64_vectors(&m);
    a64_load(&m, 0, &insn, sizeof(insn));
    AARCH64_SYS(m.pe, CPTR_EL3) = 0;
    m.pe->state.r[0] = 0;
    m.pe->state.r[1] = address;
    m.pe->state.r[IR_PC] = A64_RAM;
    aarch64_update(m.pe);
    core_run(m.core, 4);
    EXPECT_EQ(m.pe->state.r[IR_PC], A64_RAM + A64_VECTORS_3 + 0x200);
    uint64_t far = AARCH64_SYS(m.pe, FAR_EL3);
    a64_fini(&m);
    return far;
}

TEST(no_address_is_taken_for_that_of_an_entry_without_a_page)
{
    for (unsigned bit = 12; bit < 64; bit++) {
        const uint64_t ones = ~(uint64_t)0 << bit;
        const uint64_t addresses[] = {
            ones,     ones + 8,           ones - 4,
            ones + 1, ones ^ 0x3ff000,    (ones ^ 0x3ff000) + 0xffc,
            ones - 1, (uint64_t)1 << bit, ~(uint64_t)0,
        };

        for (size_t i = 0; i < ARRAY_SIZE(addresses); i++) {
            for (size_t j = 0; j < ARRAY_SIZE(accesses); j++) {
                uint64_t at = addresses[i];

                if (at >= A64_RAM - 16 && at < A64_RAM + A64_RAM_SIZE) {
                    continue;
                }
                test_case("%08x at %llx", accesses[j], (unsigned long long)at);
                EXPECT_EQ(fault_of(accesses[j], at, CORE_ENGINE_COMPILER),
                          fault_of(accesses[j], at, CORE_ENGINE_INTERPRETER));
            }
        }
    }
}

/* ---- Debug and counters -------------------------------------------------- */

static bool is_debug_or_counter(unsigned row)
{
    return aarch64_registers[row].encoding >> 14 == 2 ||
           (row >= AARCH64_PMCR_EL0 && row <= AARCH64_PMCCFILTR_EL0) ||
           row == AARCH64_MDCR_EL2 || row == AARCH64_MDCR_EL3 ||
           row == AARCH64_CONTEXTIDR_EL1;
}

/* Values that make something fire: enables, addresses of the program. */
static uint64_t likely(uint64_t *state)
{
    uint64_t value = next(state);

    switch (next(state) & 3) {
    case 0:
        return A64_RAM + (value & 0x7ffc);
    case 1:
        return value | 0xa007;
    case 2:
        return (value & 0xf00f) | 0x1fe7;
    default:
        return value;
    }
}

static void scramble(struct a64 *m, uint64_t *state)
{
    for (unsigned row = 0; row < AARCH64_SYSTEM_REGISTERS; row++) {
        if (is_debug_or_counter(row) && next(state) % 2 == 0) {
            aarch64_register_write(m->pe, (enum aarch64_register)row,
                                   likely(state));
        }
    }
    aarch64_register_write(m->pe, AARCH64_OSLAR_EL1, next(state) % 8 == 0);
    aarch64_register_write(m->pe, AARCH64_OSDLR_EL1, 0);
}

/* Plain arithmetic, accesses, calls and returns, and registers of debug. */
static void fill_for_debug(struct a64 *m, uint64_t *state)
{
    for (uint64_t at = 0; at < 0x8000; at += 4) {
        static const uint32_t plain[] = {
            0x91000421 /* add x1, x1, #1 */,
            0xf9400121 /* ldr x1, [x9] */,
            0xa9000921 /* stp x1, x2, [x9] */,
            0xc85f7d21 /* ldxr x1, [x9] */,
            0xd50b7429 /* dc zva, x9 */,
            0xd4000001 /* svc #0 */,
            0xd69f03e0 /* eret */,
            0x17fffffc /* b . - 16 */,
        };
        uint64_t choice = next(state);
        uint32_t word = plain[choice >> 8 & 7];
        unsigned row = (unsigned)(next(state) % AARCH64_SYSTEM_REGISTERS);

        if ((choice & 7) == 0 && is_debug_or_counter(row)) {
            word = 0xd5000000 | aarch64_registers[row].encoding << 5 |
                   (uint32_t)(choice >> 16 & 0x20001f);
        }
        a64_load(m, at, &word, 4);
    }
}

/* The same in one run and in single steps, at every level and security state:
 * exact, alike, and the decoded code and TLBs never get out of step. */
TEST(debug_registers_and_counters_at_random_stay_exact_at_every_level)
{
    uint64_t state = 0xfedcba987654321;

    for (unsigned round = 0; round < 64; round++) {
        uint64_t seed = next(&state);
        struct a64 machines[2];

        for (unsigned i = 0; i < 2; i++) {
            uint64_t mine = seed;
            struct a64 *m = &machines[i];

            a64_init(m, &both);
            fill_for_debug(m, &mine);
            AARCH64_SYS(m->pe, SCR_EL3) = round & 4 ? 0x530 : 0x531;
            for (unsigned j = 0; j < 32; j++) {
                m->pe->state.r[j] = A64_RAM + (next(&mine) & 0x7ff8);
            }
            AARCH64_SYS(m->pe, ELR_EL1) = A64_RAM + (next(&mine) & 0x7ffc);
            AARCH64_SYS(m->pe, ELR_EL2) = A64_RAM + (next(&mine) & 0x7ffc);
            AARCH64_SYS(m->pe, ELR_EL3) = A64_RAM + (next(&mine) & 0x7ffc);
            AARCH64_SYS(m->pe, SPSR_EL1) = 1 << 21 | (next(&mine) & 5);
            AARCH64_SYS(m->pe, SPSR_EL2) = 1 << 21 | (next(&mine) & 0xd);
            AARCH64_SYS(m->pe, SPSR_EL3) = 1 << 21 | (next(&mine) & 0xd);
            AARCH64_SYS(m->pe, VBAR_EL1) = A64_RAM;
            AARCH64_SYS(m->pe, VBAR_EL2) = A64_RAM + 0x800;
            AARCH64_SYS(m->pe, VBAR_EL3) = A64_RAM + 0x1000;
            m->pe->state.r[IR_PC] = A64_RAM + 0x2000;
            aarch64_set_sp(m->pe, round & 3, (round & 3) != 0);
            m->pe->state.daif = 0;
            aarch64_update(m->pe);
            scramble(m, &mine);
            m->core->power = CORE_RUNNING;
            for (unsigned j = 0; j < (i == 0 ? 1 : 2000); j++) {
                core_run(m->core, i == 0 ? 2000 : 1);
            }
        }
        test_case("round %u", round);
        EXPECT_EQ(machines[0].core->power, machines[1].core->power);
        if (machines[0].core->power == CORE_RUNNING) {
            EXPECT_EQ(machines[0].core->retired, machines[1].core->retired);
            EXPECT_EQ(core_hash(machines[0].core), core_hash(machines[1].core));
        }
        a64_fini(&machines[0]);
        a64_fini(&machines[1]);
    }
}
