/* SPDX-License-Identifier: Apache-2.0 */
/* The forms of pointer authentication that name no modifier, held to those
 * that do (pauth_test.c holds these to QEMU). */
#include "base/bits.h"
#include "tests/a64.h"
#include "tests/harness.h"

static const struct core_config authenticating = {
    .compatible = "arm,neoverse-n1", .aarch64.features = "+pauth"};

struct form {
    uint32_t word, same; /* `same` works on the register by modifier */
    unsigned pointer, modifier;
};

#define PAC(operation, d, n)                                                   \
    (0xdac10000 | (uint32_t)(operation) << 10 | (uint32_t)(n) << 5 | (d))

/* Operations: PAC IA, IB, DA, DB are 0 to 3, AUT the next four. */
/* clang-format off */
static const struct form forms[] = {
    {0xdac123e0, PAC(0, 0, 1), 0, 1},     /* paciza x0 */
    {0xdac127e0, PAC(1, 0, 1), 0, 1},     /* pacizb x0 */
    {0xdac12be0, PAC(2, 0, 1), 0, 1},     /* pacdza x0 */
    {0xdac12fe0, PAC(3, 0, 1), 0, 1},     /* pacdzb x0 */
    {0xdac133e0, PAC(4, 0, 1), 0, 1},     /* autiza x0 */
    {0xdac137e0, PAC(5, 0, 1), 0, 1},     /* autizb x0 */
    {0xdac13be0, PAC(6, 0, 1), 0, 1},     /* autdza x0 */
    {0xdac13fe0, PAC(7, 0, 1), 0, 1},     /* autdzb x0 */
    {0xd503211f, PAC(0, 17, 16), 17, 16}, /* pacia1716 */
    {0xd503215f, PAC(1, 17, 16), 17, 16}, /* pacib1716 */
    {0xd503219f, PAC(4, 17, 16), 17, 16}, /* autia1716 */
    {0xd50321df, PAC(5, 17, 16), 17, 16}, /* autib1716 */
    {0xd503231f, PAC(0, 30, 1), 30, 1},   /* paciaz */
    {0xd503235f, PAC(1, 30, 1), 30, 1},   /* pacibz */
    {0xd503239f, PAC(4, 30, 1), 30, 1},   /* autiaz */
    {0xd50323df, PAC(5, 30, 1), 30, 1},   /* autibz */
    {0xd503233f, PAC(0, 30, 31), 30, 31}, /* paciasp */
    {0xd503237f, PAC(1, 30, 31), 30, 31}, /* pacibsp */
    {0xd50323bf, PAC(4, 30, 31), 30, 31}, /* autiasp */
    {0xd50323ff, PAC(5, 30, 31), 30, 31}, /* autibsp */
    {0xd50320ff, 0xdac143fe, 30, 1},      /* xpaclri, xpaci x30 */
};
/* clang-format on */

static void start(struct a64 *m)
{
    a64_init(m, &authenticating);
    for (unsigned i = 0; i < 10; i++) {
        m->pe->state.sys[AARCH64_APIAKeyLo_EL1 + i] =
            0x0123456789abcdef * (uint64_t)(i + 1);
    }
    AARCH64_SYS(m->pe, SCTLR_EL1) |= 0xc8002000; /* all keys enabled */
    AARCH64_SYS(m->pe, TCR_EL1) = 25 | 25 << 16;
}

static uint64_t execute(uint32_t word, const struct form *form,
                        uint64_t pointer)
{
    struct a64 m;
    /* x1 is the modifier of forms whose modifier is zero. */
    uint64_t modifier = form->modifier == 1 ? 0 : A64_RAM + 0x4320;

    start(&m);
    m.pe->state.r[form->pointer] = pointer;
    m.pe->state.r[form->modifier] = modifier;
    a64_load(&m, 0, &word, sizeof(word));
    core_run(m.core, 1);
    uint64_t result = m.pe->state.r[form->pointer];
    a64_fini(&m);
    return result;
}

TEST(forms_without_a_modifier_are_like_those_with_it)
{
    static const uint64_t pointers[] = {0x12345678, 0xffffff8012345670,
                                        0x0055aa7012345678};

    for (size_t i = 0; i < ARRAY_SIZE(forms); i++) {
        for (size_t p = 0; p < ARRAY_SIZE(pointers); p++) {
            uint64_t result = execute(forms[i].word, &forms[i], pointers[p]);

            test_case("%08x of 0x%llx", forms[i].word,
                      (unsigned long long)pointers[p]);
            EXPECT_EQ(result, execute(forms[i].same, &forms[i], pointers[p]));
            /* A good pointer is signed, a bad one is told. */
            EXPECT(result != pointers[p] || (p < 2 && i == 20));
        }
    }
}

/* x0 is signed with x1, or with zero, by the word before. */
TEST(every_signed_branch_arrives)
{
    static const struct {
        uint32_t sign, branch;
        bool links;
    } cases[] = {
        {0xdac123e0, 0xd61f081f, false}, /* paciza x0; braaz x0 */
        {0xdac10020, 0xd71f0801, false}, /* pacia x0, x1; braa x0, x1 */
        {0xdac123e0, 0xd63f081f, true }, /* paciza x0; blraaz x0 */
        {0xdac10020, 0xd73f0801, true }, /* pacia x0, x1; blraa x0, x1 */
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        OWNED(a64_fini) struct a64 m;

        start(&m);
        a64_load(&m, 0, &cases[i].sign, 4);
        a64_load(&m, 4, &cases[i].branch, 4);
        m.pe->state.r[0] = A64_RAM + 0x100;
        m.pe->state.r[1] = 0x4320;
        core_run(m.core, 2);
        test_case("%08x", cases[i].branch);
        EXPECT_EQ(m.pe->state.r[IR_PC], A64_RAM + 0x100);
        EXPECT_EQ(m.pe->state.r[30], cases[i].links ? A64_RAM + 8 : 0);
    }
}

TEST(a_load_by_a_signed_pointer_writes_back_where_it_says_so)
{
    static const struct {
        uint32_t word;
        uint64_t value;
        unsigned moved;
    } cases[] = {
        {0xf8200402, 0x1111, 0}, /* ldraa x2, [x0] */
        {0xf8201c02, 0x2222, 8}, /* ldraa x2, [x0, #8]! */
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        static const uint32_t sign = 0xdac12be0; /* pacdza x0 */
        OWNED(a64_fini) struct a64 m;

        start(&m);
        a64_load(&m, 0, &sign, 4);
        a64_load(&m, 4, &cases[i].word, 4);
        a64_put(&m, 0x800, 0x1111);
        a64_put(&m, 0x808, 0x2222);
        m.pe->state.r[0] = A64_RAM + 0x800;
        core_run(m.core, 1);
        uint64_t signed_pointer = m.pe->state.r[0];
        core_run(m.core, 1);
        test_case("%08x", cases[i].word);
        EXPECT_EQ(m.pe->state.r[2], cases[i].value);
        /* Without write-back the base stays signed. */
        EXPECT_EQ(m.pe->state.r[0],
                  cases[i].moved == 0 ? signed_pointer : A64_RAM + 0x808);
        EXPECT(signed_pointer != A64_RAM + 0x800);
    }
}
