/* SPDX-License-Identifier: Apache-2.0 */
/* Pointer authentication. Words are by llvm-mc, their assembly beside them. */
#include "engine/aarch64/pauth.h"

#include "base/bits.h"
#include "engine/aarch64/pauth_vectors.h"
#include "tests/a64.h"
#include "tests/harness.h"

static const struct core_config authenticating = {
    .compatible = "arm,neoverse-n1", .aarch64.features = "+pauth"};
static const struct core_config with_levels = {.compatible = "arm,neoverse-n1",
                                               .aarch64.features = "+pauth",
                                               .aarch64.el2 = true,
                                               .aarch64.el3 = true};

#define ENABLES ((uint64_t)0xc8002000) /* EnIA, EnIB, EnDA, EnDB */

enum {
    PACIA = 0xdac10020 /* pacia x0, x1 */,
    AUTIA = 0xdac11020 /* autia x0, x1 */,
    PACGA = 0x9ac13000 /* pacga x0, x0, x1 */,
    XPACI = 0xdac143e0 /* xpaci x0 */,
};

static void init(struct a64 *m, const struct core_config *config)
{
    a64_init(m, config);
    for (unsigned i = 0; i < 10; i++) {
        m->pe->state.sys[AARCH64_APIAKeyLo_EL1 + i] =
            0x0123456789abcdef * (uint64_t)(i + 1);
    }
    AARCH64_SYS(m->pe, SCTLR_EL1) |= ENABLES;
    AARCH64_SYS(m->pe, TCR_EL1) = 25 | 25 << 16;
    AARCH64_SYS(m->pe, VBAR_EL1) = A64_RAM + 0x1000;
    AARCH64_SYS(m->pe, VBAR_EL2) = A64_RAM + 0x2000;
    AARCH64_SYS(m->pe, VBAR_EL3) = A64_RAM + 0x3000;
    for (uint64_t at = 0x1000; at < 0x4000; at += 0x200) {
        a64_put(m, at, 0x14000000); /* b . */
    }
}

/* Executes one word at the start of memory. */
static void execute(struct a64 *m, uint32_t word)
{
    a64_load(m, 0, &word, sizeof(word));
    m->pe->state.r[IR_PC] = A64_RAM;
    core_run(m->core, 1);
}

static uint32_t word_of(unsigned operation)
{
    if (operation < 8) {
        return (uint32_t)PACIA + (operation << 10);
    }
    return operation == 10 ? (uint32_t)PACGA
                           : (uint32_t)XPACI + ((operation - 8) << 10);
}

/* The vector of the paper "The QARMA Block Cipher Family" for QARMA-64, five
 * rounds, sigma 2. */
TEST(the_cipher_gives_the_published_vector)
{
    EXPECT_EQ(qarma64(0xfb623599da6e8127, 0x477d469dec0b8762,
                      0x84be85ce9804e94b, 0xec2802d4e0a488e9),
              0xc003b93999b33765);
}

FIXTURE(struct a64, m, a64_fini)
FIXTURE_BEGIN(m, init(m, &authenticating))

TEST_ON(pointers_become_what_qemu_makes_of_them, m)
{
    for (size_t i = 0; i < ARRAY_SIZE(pauth_vectors); i++) {
        const struct pauth_vector *vector = &pauth_vectors[i];

        AARCH64_SYS(m->pe, TCR_EL1) = vector->tcr;
        m->pe->state.r[0] = vector->pointer;
        m->pe->state.r[1] = vector->modifier;
        execute(m, word_of(vector->operation));
        test_case("vector %u, operation %u", (unsigned)i, vector->operation);
        EXPECT_EQ(m->pe->state.r[0], vector->result);
    }
}

/* QEMU takes the range of such a pointer from bit 55 alone; the manual's AddPAC
 * from bit 63 while no range has tags. */
TEST_ON(a_pointer_of_no_range_is_signed_for_the_range_of_bit_63, m)
{
    AARCH64_SYS(m->pe, TCR_EL1) = 25 | 16 << 16;
    m->pe->state.r[0] = 0x0080001212345678;
    m->pe->state.r[1] = 0;
    execute(m, PACIA);
    EXPECT_EQ(m->pe->state.r[0] >> 55 & 1, 0);
    EXPECT_EQ(m->pe->state.r[0] & 0x7fffffffff, 0x1212345678);
    /* It was none of the range, so it does not authenticate. */
    execute(m, AUTIA);
    EXPECT_EQ(m->pe->state.r[0], 0x2000001212345678);
}

TEST_ON(keys_that_are_not_enabled_leave_pointers_alone, m)
{
    AARCH64_SYS(m->pe, SCTLR_EL1) &= ~((uint64_t)1 << 31); /* EnIA */
    m->pe->state.r[0] = 0x1212345678;
    m->pe->state.r[1] = 5;
    execute(m, PACIA);
    EXPECT_EQ(m->pe->state.r[0], 0x1212345678);
    execute(m, PACIA | 1 << 10);
    EXPECT(m->pe->state.r[0] != 0x1212345678);
    execute(m, PACGA); /* has no enable */
    EXPECT_EQ((uint32_t)m->pe->state.r[0], 0);
}

struct trap_case {
    const char *what;
    uint64_t hcr, scr;
    unsigned level;
    uint32_t word;
    unsigned target; /* 0: none */
    uint32_t class;
};

/* API allows the instructions, APK the keys, from a lower level. */
TEST(higher_levels_trap_instructions_and_keys)
{
    static const struct trap_case cases[] = {
        {"pacia, EL2 traps",          0,                 3 << 16, 1, PACIA,      2, 0x09},
        {"pacia, EL2 lets it",        (uint64_t)1 << 41, 3 << 16, 1, PACIA,      0, 0   },
        {"pacga, EL3 traps",          (uint64_t)1 << 41, 0,       1, PACGA,      3, 0x09},
        {"autia at EL2, EL3 traps",   0,                 0,       2, AUTIA,      3, 0x09},
        {"autia at EL2, EL3 lets it", 0,                 3 << 16, 2, AUTIA,      0, 0   },
        {"xpaci is never trapped",    0,                 0,       1, XPACI,      0, 0   },
        {"mrs x0, apiakeylo_el1",     0,                 3 << 16, 1, 0xd5382100, 2, 0x18},
        {"the same, EL2 lets it",     (uint64_t)1 << 40, 3 << 16, 1, 0xd5382100, 0,
         0                                                                              },
        {"the same, EL3 traps",       (uint64_t)1 << 40, 0,       1, 0xd5382100, 3, 0x18},
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        OWNED(a64_fini) struct a64 m;

        init(&m, &with_levels);
        AARCH64_SYS(m.pe, SCR_EL3) = 0x401 | cases[i].scr;
        AARCH64_SYS(m.pe, HCR_EL2) |= cases[i].hcr;
        AARCH64_SYS(m.pe, SCTLR_EL2) |= ENABLES;
        aarch64_set_sp(m.pe, cases[i].level, 1);
        aarch64_update(m.pe);
        execute(&m, cases[i].word);
        test_case("%s", cases[i].what);
        EXPECT_EQ(m.pe->state.level,
                  cases[i].target != 0 ? cases[i].target : cases[i].level);
        if (cases[i].target != 0) {
            uint64_t esr = cases[i].target == 3 ? AARCH64_SYS(m.pe, ESR_EL3)
                                                : AARCH64_SYS(m.pe, ESR_EL2);

            EXPECT_EQ(esr >> 26, cases[i].class);
        }
    }
}

TEST_ON(signed_returns_branches_and_loads_arrive, m)
{
    /* clang-format off */
    A64_CODE(m, 0,
        0xd503233f /* paciasp */,
        0xd65f0bff /* retaa */);
    A64_CODE(m, 0x100,
        0xdac12fe0 /* pacdzb x0 */,
        0xf8a01c02 /* ldrab x2, [x0, #8]! */,
        0xdac123e3 /* paciza x3 */,
        0xd63f087f /* blraaz x3 */);
    A64_CODE(m, 0x200,
        0xd503203f /* yield */);
    /* clang-format on */
    a64_put(m, 0x808, 0x1122334455667788);
    m->pe->state.r[30] = A64_RAM + 0x100;
    m->pe->state.r[31] = A64_RAM + 0x4000;
    m->pe->state.r[0] = A64_RAM + 0x800;
    m->pe->state.r[3] = A64_RAM + 0x200;
    core_run(m->core, 2);
    EXPECT_EQ(m->pe->state.r[IR_PC], A64_RAM + 0x100);
    core_run(m->core, 4);
    EXPECT_EQ(m->pe->state.r[2], 0x1122334455667788);
    EXPECT_EQ(m->pe->state.r[0], A64_RAM + 0x808);
    EXPECT_EQ(m->pe->state.r[IR_PC], A64_RAM + 0x200);
    EXPECT_EQ(m->pe->state.r[30], A64_RAM + 0x110);
}

TEST_ON(eretaa_returns_to_what_was_signed_and_faults_elsewhere, m)
{
    m->pe->state.r[0] = A64_RAM + 0x300;
    m->pe->state.r[1] = m->pe->state.r[31] = A64_RAM + 0x4000;
    execute(m, PACIA);
    AARCH64_SYS(m->pe, ELR_EL1) = m->pe->state.r[0];
    AARCH64_SYS(m->pe, SPSR_EL1) = 0x3c5;
    execute(m, 0xd69f0bff /* eretaa */);
    EXPECT_EQ(m->pe->state.r[IR_PC], A64_RAM + 0x300);
    AARCH64_SYS(m->pe, ELR_EL1) ^= (uint64_t)1 << 60;
    execute(m, 0xd69f0bff /* eretaa */);
    EXPECT_EQ(m->pe->state.r[IR_PC], 0x2000000000000000 | (A64_RAM + 0x300));
}
