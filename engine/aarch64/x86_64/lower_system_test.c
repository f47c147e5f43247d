/* SPDX-License-Identifier: Apache-2.0 */
/* System registers, PSTATE, SP, DC and IC as compiled code against the helpers,
 * with all combinations of levels and access controls. */
#include "base/bits.h"
#include "tests/a64.h"
#include "tests/harness.h"

static const struct {
    const char *text;
    uint32_t insn; /* of X0 */
} instructions[] = {
    {"mrs x0, tpidr_el0",   0xd53bd040},
    {"mrs x0, tpidrro_el0", 0xd53bd060},
    {"mrs x0, tpidr_el1",   0xd538d080},
    {"mrs x0, sp_el0",      0xd5384100},
    {"mrs x0, elr_el1",     0xd5384020},
    {"mrs x0, spsr_el1",    0xd5384000},
    {"mrs x0, esr_el1",     0xd5385200},
    {"mrs x0, far_el1",     0xd5386000},
    {"mrs x0, daif",        0xd53b4220},
    {"msr tpidr_el0, x0",   0xd51bd040},
    {"msr tpidrro_el0, x0", 0xd51bd060},
    {"msr tpidr_el1, x0",   0xd518d080},
    {"msr sp_el0, x0",      0xd5184100},
    {"msr elr_el1, x0",     0xd5184020},
    {"msr spsr_el1, x0",    0xd5184000},
    {"msr esr_el1, x0",     0xd5185200},
    {"msr far_el1, x0",     0xd5186000},
    {"msr daif, x0",        0xd51b4220},
    {"msr sp_el0, xzr",     0xd518411f},
    {"msr daifset, #2",     0xd50342df},
    {"msr daifclr, #2",     0xd50342ff},
    {"msr daifclr, #15",    0xd5034fff},
    {"dc zva, x0",          0xd50b7420},
    {"sevl",                0xd50320bf},
    {"wfe",                 0xd503205f},
};

/* State that decides whether an access is allowed and has an effect. */
struct situation {
    unsigned level;
    unsigned spsel;
    uint64_t hcr;
    bool line; /* IRQ is up */
    bool stepping;
    uint8_t daif;
};

enum { X0_PLACE = 0x2008, HCR_E2H = 34 };

static void enter(struct a64 *m, uint32_t insn, const struct situation *now,
                  enum core_engine engine)
{
    static const struct {
        unsigned name;
        uint64_t value;
    } values[] = {
        {AARCH64_SCR_EL3,     0x431 },
        {AARCH64_ELR_EL1,     0x1111},
        {AARCH64_ELR_EL2,     0x2222},
        {AARCH64_ESR_EL1,     0x3333},
        {AARCH64_FAR_EL1,     0x4444},
        {AARCH64_TPIDR_EL0,   0x5555},
        {AARCH64_TPIDRRO_EL0, 0x6666},
        {AARCH64_TPIDR_EL1,   0x7777},
    };
    const uint32_t words[] = {insn, 0x91000529 /* add x9, x9, #1 */,
                              0x14000000 /* b . */};

    a64_init(m, &(struct core_config){.engine = engine,
                                      .aarch64.el2 = true,
                                      .aarch64.el3 = true,
                                      .compatible = "arm,neoverse-n1"});
    a64_vectors(m);
    a64_load(m, 0, words, sizeof(words));
    for (uint64_t at = 0x2000; at < 0x2080; at += 8) {
        a64_put(m, at, UINT64_MAX);
    }
    for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
        m->pe->state.sys[values[i].name] = values[i].value;
    }
    AARCH64_SYS(m->pe, HCR_EL2) = now->hcr | (uint64_t)1 << 31;
    AARCH64_SYS(m->pe, MDSCR_EL1) = now->stepping ? 1 << 13 | 1 : 0;
    aarch64_set_sp(m->pe, now->level, now->spsel);
    m->pe->state.sp[0] = 0x8888;
    m->pe->state.daif = now->daif;
    m->pe->state.event = now->daif != 0; /* each once with each level */
    m->pe->state.inputs[AARCH64_IRQ] = now->line;
    m->pe->state.r[0] = (0x123456789abull << 24) | A64_RAM | X0_PLACE;
    if (insn == 0xd50b7420) {
        m->pe->state.r[0] = A64_RAM + X0_PLACE;
    }
    m->pe->state.r[IR_PC] = A64_RAM;
    aarch64_update(m->pe);
}

static void compare(size_t index, const struct situation *now)
{
    struct a64 plain;
    OWNED(a64_fini) struct a64 compiled;

    test_case("%s at EL%u, SPSel %u, HCR_EL2 %llx%s%s, DAIF %u",
              instructions[index].text, now->level, now->spsel,
              (unsigned long long)now->hcr, now->line ? ", IRQ up" : "",
              now->stepping ? ", stepping" : "", now->daif);
    enter(&plain, instructions[index].insn, now, CORE_ENGINE_INTERPRETER);
    enter(&compiled, instructions[index].insn, now, CORE_ENGINE_COMPILER);
    core_run(plain.core, 4);
    core_run(compiled.core, 4);
    EXPECT_EQ(core_hash(compiled.core), core_hash(plain.core));
    EXPECT_EQ(compiled.pe->state.r[0], plain.pe->state.r[0]);
    EXPECT_EQ(compiled.pe->state.daif, plain.pe->state.daif);
    EXPECT_EQ(compiled.pe->state.event, plain.pe->state.event);
    EXPECT_EQ(compiled.pe->state.r[IR_PC], plain.pe->state.r[IR_PC]);
    EXPECT_EQ(region_hash(compiled.ram, 0), region_hash(plain.ram, 0));
    a64_fini(&plain);
}

/* ---- SP ------------------------------------------------------------------ */

/* Compiled code takes SP for aligned where blocks begin. */
static const struct {
    const char *text;
    uint32_t words[4];
} stacks[] = {
    {"mov sp, x1",         {0x9100003f, 0xf94003e0 /* ldr x0, [sp] */}     },
    {"add sp, sp, #8",     {0x910023ff, 0xf94003e0, 0x910023ff, 0xf94003e0}},
    {"add sp, sp, x1",     {0x8b2163ff, 0xf94003e0, 0xcb2163ff, 0xf94003e0}},
    {"and sp, x1, #-8",    {0x927df03f, 0xf90003e0 /* str x0, [sp] */}     },
    {"ldr x0, [sp], #8",   {0xf84087e0, 0xf94003e0, 0xf85f8fe0, 0xf94003e0}},
    {"str x0, [sp, #-8]!", {0xf81f8fe0, 0xf94003e0, 0x910023ff, 0xf94003e0}},
    {"ldr x0, [sp, #-8]!", {0xf85f8fe0, 0x910023ff, 0xa9bf03e0, 0xf94003e0}},
    {"sub sp, sp, #4080",  {0xd13fc3ff, 0xf94003e0, 0x910027ff, 0xf94003e0}},
    {"msr spsel, #0",      {0xd50040bf, 0xf94003e0, 0xd50041bf, 0xf94003e0}},
    {"cmp x1, x0 over it",
     {0xeb00003f, 0x9100003f, 0x9a811002 /* csel x2, x0, x1, ne */,
      0xf94003e0}                                                          },
    {"nothing",            {0x91000421, 0xf94003e0, 0x91000421, 0xf94003e0}},
};

static void enter_stack(struct a64 *m, const uint32_t *program, unsigned bits,
                        enum core_engine engine)
{
    a64_init(m, &(struct core_config){.engine = engine, .aarch64.el3 = true});
    a64_vectors(m);
    a64_load(m, 0, program, sizeof(stacks[0].words));
    A64_CODE(m, 16, 0x17fffffc /* b . - 16 */);
    AARCH64_SYS(m->pe, SCTLR_EL3) = (bits & 1) != 0 ? 8 /* SA */ : 0;
    aarch64_set_sp(m->pe, 3, true);
    m->pe->state.sp[0] = A64_RAM + 0x3000 + (bits & 2) * 4;
    m->pe->state.r[31] = A64_RAM + 0x4000 + (bits & 4) * 2;
    m->pe->state.r[1] = A64_RAM + 0x5000 + (bits & 8);
    m->pe->state.r[IR_PC] = A64_RAM;
    aarch64_update(m->pe);
}

TEST(a_stack_pointer_that_is_not_aligned_matters_to_its_users_alone)
{
    static const enum core_engine engines[] = {CORE_ENGINE_COMPILER,
                                               CORE_ENGINE_CHAOS};

    for (size_t i = 0; i < ARRAY_SIZE(stacks) * 32; i++) {
        const uint32_t *words = stacks[i / 32].words;
        unsigned bits = i % 16;
        struct a64 plain;
        OWNED(a64_fini) struct a64 compiled;

        test_case("%s, %u", stacks[i / 32].text, (unsigned)(i % 32));
        enter_stack(&plain, words, bits, CORE_ENGINE_INTERPRETER);
        enter_stack(&compiled, words, bits, engines[i / 16 % 2]);
        for (unsigned turn = 1; turn < 30; turn++) {
            core_run(plain.core, turn);
            core_run(compiled.core, turn);
            EXPECT_EQ(core_hash(compiled.core), core_hash(plain.core));
            EXPECT_EQ(compiled.pe->state.r[31], plain.pe->state.r[31]);
            EXPECT_EQ(compiled.pe->state.r[IR_PC], plain.pe->state.r[IR_PC]);
        }
        a64_fini(&plain);
    }
}

/* ---- Access controls ----------------------------------------------------- */

static const uint64_t hcrs[] = {
    0,
    1 << 14 /* TWE */,
    1 << 26 /* TVM */,
    1 << 28 /* TDZ */,
    1 << 30 /* TRVM */,
    1 << 7 /* VI */,
    (uint64_t)1 << HCR_E2H,
};

TEST(each_instruction_does_what_its_helper_does)
{
    for (size_t i = 0; i < ARRAY_SIZE(instructions); i++) {
        for (unsigned level = 0; level < 4; level++) {
            for (size_t j = 0; j < ARRAY_SIZE(hcrs) * 4; j++) {
                const struct situation now = {.level = level,
                                              .spsel = j & level ? 1 : 0,
                                              .hcr = hcrs[j / 4],
                                              .line = (j & 2) != 0,
                                              .daif = j & 1 ? 15 : 0};
                compare(i, &now);
            }
        }
    }
}

/* Executes a read of a register, which has a value of its own where that
 * changes nothing else. */
static void read_row(struct a64 *m, unsigned row, unsigned level)
{
    const uint32_t insn = 0xd5200000 | aarch64_registers[row].encoding << 5;
    uint64_t *place = &m->pe->state.sys[row];
    const uint64_t before = *place;
    const bool controls = row == AARCH64_SCTLR_EL1 ||
                          row == AARCH64_SCTLR_EL2 ||
                          row == AARCH64_SCTLR_EL3 || row == AARCH64_HCR_EL2 ||
                          row == AARCH64_SCR_EL3 || row == AARCH64_MDSCR_EL1 ||
                          aarch64_registers[row].read != NULL;

    *place = controls ? before : 0x10000 + row;
    a64_load(m, 0, &insn, sizeof(insn));
    aarch64_set_sp(m->pe, level, level != 0);
    m->pe->state.r[0] = 0x9999;
    m->pe->state.r[IR_PC] = A64_RAM;
    aarch64_update(m->pe);
    core_run(m->core, 4); /* all of the block */
    *place = before;
}

TEST(each_register_reads_as_its_helper_says)
{
    static const uint64_t controls[] = {
        0,
        1 << 18 /* TID3 */,
        1 << 30 /* TRVM */,
        (uint64_t)1 << HCR_E2H,
        (uint64_t)1 << HCR_E2H | 1 << 27 /* TGE */,
    };

    for (unsigned i = 0; i < ARRAY_SIZE(controls) * 4; i++) {
        const struct situation now = {.level = i % 4, .hcr = controls[i / 4]};
        struct a64 plain;
        OWNED(a64_fini) struct a64 compiled;

        enter(&plain, 0, &now, CORE_ENGINE_INTERPRETER);
        enter(&compiled, 0, &now, CORE_ENGINE_COMPILER);
        for (unsigned row = 0; row < AARCH64_SYSTEM_REGISTERS; row++) {
            test_case("%s at EL%u, HCR_EL2 %llx", aarch64_registers[row].name,
                      now.level, (unsigned long long)now.hcr);
            read_row(&plain, row, now.level);
            read_row(&compiled, row, now.level);
            EXPECT_EQ(compiled.pe->state.r[0], plain.pe->state.r[0]);
            EXPECT_EQ(core_hash(compiled.core), core_hash(plain.core));
        }
        a64_fini(&plain);
    }
}

TEST(a_guest_that_steps_itself_sees_each_instruction)
{
    for (size_t i = 0; i < ARRAY_SIZE(instructions); i++) {
        for (unsigned level = 0; level < 3; level++) {
            compare(i, &(const struct situation){.level = level,
                                                 .spsel = level != 0,
                                                 .stepping = true});
        }
    }
}

/* ---- DC ZVA where there is a soft TLB entry ------------------------------ */

enum { TABLE = 0x3000, USER_VA = 0x80000000, BLOCK = 0x2000, SCTLR_DZE = 14 };

/* EL1 sees RAM where it is, EL0 at USER_VA, by blocks of 1 GiB. */
static void translate(struct a64 *m)
{
    a64_put(m, TABLE + 8, A64_RAM | 0x701);
    a64_put(m, TABLE + 16, A64_RAM | 0x741);
    AARCH64_SYS(m->pe, MAIR_EL1) = 0xff;
    AARCH64_SYS(m->pe, TCR_EL1) = 25 | 1 << 23 | 3 << 12;
    AARCH64_SYS(m->pe, TTBR0_EL1) = A64_RAM + TABLE;
    AARCH64_SYS(m->pe, SCTLR_EL1) |= 1 | 1 << 2 | 1 << SCTLR_DZE;
    aarch64_update(m->pe);
}

/* DC ZVA, and again when it may be forbidden: what is left of the block. */
static uint64_t zero(enum core_engine engine, unsigned level, bool zeroes,
                     uint64_t hcr, uint64_t *hash)
{
    const struct situation now = {.level = level, .spsel = level};
    struct a64 m;
    uint64_t base = level == 0 ? USER_VA : A64_RAM;

    enter(&m, 0xd503201f /* nop */, &now, engine);
    A64_CODE(&m, 0, 0xf800041f, /* str xzr, [x0], #0 */
             0xd50b7421,        /* dc zva, x1 */
             0x91000529,        /* add x9, x9, #1 */
             0x17fffffd);       /* b .-12 */
    translate(&m);
    m.pe->state.r[0] = base + BLOCK + 64;
    m.pe->state.r[1] = base + BLOCK + 24;
    m.pe->state.r[IR_PC] = base;
    core_run(m.core, 3);
    m.pe->state.r[1] += 128;
    a64_put(&m, BLOCK + 128, UINT64_MAX);
    AARCH64_SYS(m.pe, HCR_EL2) |= hcr;
    AARCH64_SYS(m.pe, SCTLR_EL1) &= ~((uint64_t)!zeroes << SCTLR_DZE);
    core_run(m.core, 5);
    *hash = core_hash(m.core) + region_hash(m.ram, 0);
    uint64_t left = a64_at(&m, BLOCK + 128);
    a64_fini(&m);
    return left;
}

TEST(blocks_are_zeroed_unless_that_is_trapped)
{
    for (unsigned i = 0; i < 8; i++) {
        unsigned level = i & 1;
        bool zeroes = (i & 2) != 0;
        uint64_t hcr = (i & 4) != 0 ? 1 << 28 : 0;
        uint64_t plain;
        uint64_t compiled;
        uint64_t expected = hcr == 0 && (level != 0 || zeroes) ? 0 : UINT64_MAX;

        test_case("EL%u, DZE %u, TDZ %u", level, zeroes, hcr != 0);
        EXPECT_EQ(zero(CORE_ENGINE_INTERPRETER, level, zeroes, hcr, &plain),
                  expected);
        EXPECT_EQ(zero(CORE_ENGINE_COMPILER, level, zeroes, hcr, &compiled),
                  expected);
        EXPECT_EQ(compiled, plain);
    }
}

/* ---- DC and IC by address ------------------------------------------------ */

enum { UNTOUCHED = 0x9000, NOWHERE = 0x1000 };

/* Its loop, then the same at an address, with rights taken away. */
static void maintain(struct a64 *m, uint32_t insn, unsigned level, uint64_t at,
                     uint64_t hcr, enum core_engine engine)
{
    const struct situation now = {.level = level, .spsel = level};
    const uint64_t base = level == 0 ? USER_VA : A64_RAM;
    const uint32_t words[] = {insn | 1, 0x91000529 /* add x9, x9, #1 */,
                              0x17fffffe /* b .-8 */};

    enter(m, 0xd503201f /* nop */, &now, engine);
    a64_load(m, 0, words, sizeof(words));
    translate(m);
    AARCH64_SYS(m->pe, SCTLR_EL1) |= 1 << 26; /* UCI */
    aarch64_update(m->pe);
    m->pe->state.r[1] = base + UNTOUCHED;
    m->pe->state.r[IR_PC] = base;
    core_run(m->core, 60);
    AARCH64_SYS(m->pe, HCR_EL2) |= hcr;
    aarch64_update(m->pe);
    m->pe->state.r[1] = at;
    m->pe->state.r[IR_PC] = base;
    core_run(m->core, 3);
}

TEST(lines_are_maintained_where_that_is_allowed)
{
    const uint32_t kinds[] = {0xd50b7a20, 0xd50b7e20, 0xd50b7b20, 0xd50b7520};

    for (unsigned i = 0; i < ARRAY_SIZE(kinds) * 12; i++) {
        const unsigned level = i & 1;
        const uint64_t base = level == 0 ? USER_VA : A64_RAM;
        const uint64_t at = (i & 2) != 0 ? base + UNTOUCHED : NOWHERE;
        const uint64_t hcr =
            i / 4 % 3 == 0 ? 0 : (uint64_t)1 << (22 + i / 4 % 3);
        const uint64_t trap = (uint64_t)1
                              << (i / 24 == 0 ? 23 : 24); /* TPC, TPU */
        struct a64 plain;
        OWNED(a64_fini) struct a64 compiled;

        test_case("%08x, EL%u, 0x%llx, HCR_EL2 %llx", kinds[i / 12], level,
                  (unsigned long long)at, (unsigned long long)hcr);
        maintain(&plain, kinds[i / 12], level, at, hcr,
                 CORE_ENGINE_INTERPRETER);
        maintain(&compiled, kinds[i / 12], level, at, hcr,
                 CORE_ENGINE_COMPILER);
        EXPECT_EQ(core_hash(compiled.core), core_hash(plain.core));
        EXPECT_EQ(compiled.pe->state.r[9] == 21, at != NOWHERE && hcr != trap);
        EXPECT_EQ(compiled.pe->vcpu.statistics.fills[VCPU_READ], 1);
        a64_fini(&plain);
    }
}
