/* SPDX-License-Identifier: Apache-2.0 */
/* Programs are words with their assembly beside them (llvm-mc made them). */
#include "base/bits.h"
#include "base/hash.h"
#include "tests/a64.h"
#include "tests/harness.h"

static const struct core_config plain = {.aarch64.el2 = false};
static const struct core_config both = {.aarch64.el2 = true,
                                        .aarch64.el3 = true};

#define X(machine, number) ((machine)->pe->state.r[number])

FIXTURE(struct a64, m, a64_fini)

TEST_BEGINS(a_cortex_a35_is_found_and_starts_at_its_highest_level, m)
{
    EXPECT(core_type_find("arm,cortex-a35") == &aarch64_type);
    a64_init(m, &both);
    EXPECT_EQ(m->pe->state.level, 3);
    EXPECT_EQ(m->pe->state.daif, 15);
    EXPECT_EQ(X(m, IR_PC), A64_RAM);
    a64_fini(m);
    a64_init(m, &plain);
    EXPECT_EQ(m->pe->state.level, 1);
}

/* x1 counts to x0 and beyond memory and calls. */
static void load_loop(struct a64 *m)
{
    /* clang-format off */
    A64_CODE(m, 0,
        0xd2a80009 /* mov x9, #0x40000000 */,
        0x91440129 /* add x9, x9, #0x100000 */,
        0x9100013f /* mov sp, x9 */,
        0xd28004a0 /* mov x0, #37 */,
        0xd2800001 /* mov x1, #0 */,
        0x91000421 /* add x1, x1, #1 */,
        0xa9bf7be1 /* stp x1, x30, [sp, #-16]! */,
        0x94000006 /* bl . + 24 */,
        0xa8c17be2 /* ldp x2, x30, [sp], #16 */,
        0xeb00003f /* cmp x1, x0 */,
        0x54ffff61 /* b.ne . - 20 */,
        0xd53b4205 /* mrs x5, nzcv */,
        0x14000000 /* b . */,
        0xf240003f /* tst x1, #1 */,
        0x9a830423 /* csinc x3, x1, x3, eq */,
        0x93c31c64 /* ror x4, x3, #7 */,
        0xd65f03c0 /* ret */);
    /* clang-format on */
}

TEST(every_budget_lands_exactly_and_in_the_same_state)
{
    for (uint64_t budget = 0; budget < 120; budget++) {
        struct a64 whole;
        OWNED(a64_fini) struct a64 stepped;

        a64_init(&whole, &plain);
        a64_init(&stepped, &plain);
        load_loop(&whole);
        load_loop(&stepped);
        core_run(whole.core, budget);
        for (uint64_t i = 0; i < budget; i++) {
            EXPECT_EQ(core_run(stepped.core, 1), CORE_STOP_BUDGET);
        }
        test_case("budget %u", (unsigned)budget);
        EXPECT_EQ(whole.core->retired, budget);
        EXPECT_EQ(core_hash(whole.core), core_hash(stepped.core));
        a64_fini(&whole);
    }
}

FIXTURE_BEGIN(m, a64_init(m, &plain))

TEST_ON(a_saved_state_goes_on_as_the_run_did, m)
{
    static struct aarch64_state saved;

    load_loop(m);
    core_run(m->core, 60);
    memcpy(&saved, m->core->type->state(m->core), sizeof(saved));
    core_run(m->core, 500);
    uint64_t hash = core_hash(m->core);
    memcpy(m->core->type->state(m->core), &saved, sizeof(saved));
    m->core->type->restored(m->core);
    EXPECT_EQ(m->core->retired, 60);
    core_run(m->core, 500);
    EXPECT_EQ(core_hash(m->core), hash);
    EXPECT_EQ(X(m, 1), 37);
    EXPECT_EQ(X(m, 5), 0x60000000); /* equal: Z and C */
}

/* ---- Exceptions ---------------------------------------------------------- */

TEST(calls_go_up_and_eret_comes_back_with_flags_and_stack)
{
    static const struct {
        const char *what;
        unsigned number;
        uint64_t value;
    } results[] = {
        {"SP at EL0",              0,  0x7777         },
        {"ESR_EL1",                20, 0x56001234     },
        {"ELR_EL1",                21, A64_RAM + 0x108},
        {"SPSR_EL1",               22, 0x20000000     },
        {"SP at EL1",              23, A64_RAM + 0x200},
        {"CurrentEL at EL1",       24, 4              },
        {"carry after the return", 1,  1              },
    };
    OWNED(a64_fini) struct a64 m;

    a64_init(&m, &plain);
    /* clang-format off */
    A64_CODE(&m, 0,
        0xd2a80009 /* mov x9, #0x40000000 */,
        0x9120012a /* add x10, x9, #0x800 */,
        0xd518c00a /* msr vbar_el1, x10 */,
        0x9108012b /* add x11, x9, #0x200 */,
        0x9100017f /* mov sp, x11 */,
        0x9104012c /* add x12, x9, #0x100 */,
        0xd518402c /* msr elr_el1, x12 */,
        0xd2a4000d /* mov x13, #0x20000000 */,
        0xd518400d /* msr spsr_el1, x13 */,
        0xd28eeeee /* mov x14, #0x7777 */,
        0xd518410e /* msr sp_el0, x14 */,
        0xd69f03e0 /* eret */);
    /* clang-format on */
    /* clang-format off */
    A64_CODE(&m, 0x100,
        0x910003e0 /* mov x0, sp */,
        0xd4024681 /* svc #0x1234 */,
        0x9a9f37e1 /* cset x1, cs */,
        0xd53be002 /* mrs x2, cntfrq_el0 */);
    /* clang-format on */
    /* Synchronous, from a lower level. */
    /* clang-format off */
    A64_CODE(&m, 0x800 + 0x400,
        0xd5385214 /* mrs x20, esr_el1 */,
        0xd5384035 /* mrs x21, elr_el1 */,
        0xd5384016 /* mrs x22, spsr_el1 */,
        0x910003f7 /* mov x23, sp */,
        0xd5384258 /* mrs x24, currentel */,
        0xeb1706ff /* cmp x23, x23, lsl #1 */,
        0xd69f03e0 /* eret */);
    /* clang-format on */
    core_run(m.core, 12 + 2 + 7 + 1);
    for (size_t i = 0; i < ARRAY_SIZE(results); i++) {
        test_case("x%u, %s", results[i].number, results[i].what);
        EXPECT_EQ(X(&m, results[i].number), results[i].value);
    }
    EXPECT_EQ(m.pe->state.level, 0);
    /* The counter's frequency is not for EL0 until EL1 says so. */
    core_run(m.core, 1);
    EXPECT_EQ(m.pe->state.level, 1);
    /* op0 3, op1 3, CRn 14, CRm 0, op2 0, Rt 2, read */
    EXPECT_EQ(X(&m, 20),
              0x62000000 | 3 << 20 | 3 << 14 | 14 << 10 | 2 << 5 | 1);
}

TEST(an_illegal_return_sets_il_and_the_next_instruction_raises)
{
    static const uint32_t illegal[] = {
        0x3c9, /* EL2, which is not there */
        0x3cd, /* EL3 */
        0x3c1, /* EL0 with the stack of EL1 */
        0x3d5, /* AArch32 */
        0x3c7, /* bit 1 */
    };

    for (size_t i = 0; i < sizeof(illegal) / sizeof(illegal[0]); i++) {
        OWNED(a64_fini) struct a64 m;

        a64_init(&m, &plain);
        /* clang-format off */
    A64_CODE(&m, 0,
        0xd69f03e0 /* eret */);
        /* clang-format on */
        AARCH64_SYS(m.pe, SPSR_EL1) = illegal[i];
        AARCH64_SYS(m.pe, ELR_EL1) = A64_RAM + 0x100;
        AARCH64_SYS(m.pe, VBAR_EL1) = A64_RAM + 0x800;
        core_run(m.core, 1);
        test_case("SPSR %x", illegal[i]);
        EXPECT_EQ(m.pe->state.il, 1);
        EXPECT_EQ(m.pe->state.level, 1);
        /* clang-format off */
    A64_CODE(&m, 0x800 + 0x200,
        0x14000000 /* b . */);
        /* clang-format on */
        core_run(m.core, 1);
        EXPECT_EQ(AARCH64_SYS(m.pe, ESR_EL1), 0x3a000000);
        EXPECT_EQ(AARCH64_SYS(m.pe, ELR_EL1), A64_RAM + 0x100);
        EXPECT_EQ(m.pe->state.il, 0);
    }
}

struct refused {
    const char *what;
    uint32_t word;
    uint32_t esr;
};

TEST(what_el1_may_not_do_is_undefined)
{
    static const struct refused cases[] = {
        {"udf #0",                 0x00000000, 0x02000000},
        {"hvc without EL2",        0xd4000002, 0x02000000},
        {"smc without EL3",        0xd4000003, 0x02000000},
        {"mrs x0, sctlr_el2",      0xd53c1000, 0x02000000},
        {"mrs x0, scr_el3",        0xd53e1100, 0x02000000},
        {"msr midr_el1, x0",       0xd5180000, 0x02000000},
        {"hlt #0",                 0xd4400000, 0x02000000},
        {"tlbi alle2",             0xd50c871f, 0x02000000},
        {"brk #7",                 0xd42000e0, 0xf2000007},
        {"fadd, not enabled",      0x1e602800, 0x1fe00000},
        {"mrs x0, fpcr, likewise", 0xd53b4400, 0x1fe00000},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        OWNED(a64_fini) struct a64 m;

        a64_init(&m, &plain);
        a64_load(&m, 0, &cases[i].word, 4);
        /* clang-format off */
    A64_CODE(&m, 0x800 + 0x200,
        0x14000000 /* b . */);
        /* clang-format on */
        AARCH64_SYS(m.pe, VBAR_EL1) = A64_RAM + 0x800;
        core_run(m.core, 1);
        test_case("%s", cases[i].what);
        EXPECT_EQ(AARCH64_SYS(m.pe, ESR_EL1), cases[i].esr);
        EXPECT_EQ(AARCH64_SYS(m.pe, ELR_EL1), A64_RAM);
        EXPECT_EQ(X(&m, IR_PC), A64_RAM + 0x800 + 0x200);
    }
}

TEST(identification_registers_promise_what_is_there)
{
    static const struct {
        const char *name;
        uint32_t insn; /* mrs x0, name */
        uint64_t value;
    } cases[] = {
        {"midr_el1",         0xd5380000, 0x411fd040},
        {"id_aa64pfr0_el1",  0xd5380400, 0x11      },
        {"id_aa64isar0_el1", 0xd5380600, 0x11120   },
        {"id_aa64mmfr1_el1", 0xd5380720, 0         },
        {"s3_0_c0_c7_7",     0xd53807e0, 0         },
        {"s3_0_c0_c1_0",     0xd5380100, 0         },
        {"ctr_el0",          0xd53b0020, 0x84448004},
        {"clidr_el1",        0xd5390020, 0x0a200023},
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        OWNED(a64_fini) struct a64 m;

        test_case("%s", cases[i].name);
        a64_init(&m, &plain);
        a64_load(&m, 0, &cases[i].insn, sizeof(cases[i].insn));
        core_run(m.core, 1);
        EXPECT_EQ(X(&m, 0), cases[i].value);
        EXPECT_EQ(X(&m, IR_PC), A64_RAM + 4);
    }
}

/* ---- Interrupts and timers ----------------------------------------------- */

TEST_ON(an_interrupt_waits_for_the_mask_and_wfi_does_not, m)
{
    /* clang-format off */
    A64_CODE(m, 0,
        0xd503207f /* wfi */,
        0xd503201f /* nop */,
        0xd50342ff /* msr daifclr, #2 */,
        0xd503201f /* nop */);
    /* clang-format on */
    /* clang-format off */
    A64_CODE(m, 0x800 + 0x280,
        0x14000000 /* b . */);
    /* clang-format on */
    AARCH64_SYS(m->pe, VBAR_EL1) = A64_RAM + 0x800;
    EXPECT_EQ(core_run(m->core, 100), CORE_STOP_WAITING);
    EXPECT_EQ(m->core->retired, 1);
    core_input(m->core, AARCH64_IRQ, 1);
    core_run(m->core, 1);
    EXPECT_EQ(X(m, IR_PC), A64_RAM + 8);
    core_run(m->core, 2);
    EXPECT_EQ(X(m, IR_PC), A64_RAM + 0x800 + 0x280);
    EXPECT_EQ(AARCH64_SYS(m->pe, ELR_EL1), A64_RAM + 12);
}

TEST(interrupts_go_where_hcr_and_scr_send_them)
{
    static const struct {
        uint64_t scr, hcr;
        uint8_t from, to; /* to 0: not taken */
    } cases[] = {
        {0x431, 0,    1, 0}, /* masked at EL1 */
        {0x431, 0x10, 1, 2}, /* EL2's, whatever EL1 masks */
        {0x433, 0x10, 1, 3}, /* EL3's first */
        {0x433, 0,    2, 3},
        {0x431, 0x10, 2, 0}, /* masked at EL2 */
        {0x431, 0,    2, 0}, /* for a lower level */
        {0x430, 0x10, 1, 0}, /* secure: no EL2 */
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        OWNED(a64_fini) struct a64 m;

        a64_init(&m, &both);
        /* clang-format off */
    A64_CODE(&m, 0,
        0xd503201f /* nop */);
        /* clang-format on */
        AARCH64_SYS(m.pe, SCR_EL3) = cases[i].scr;
        AARCH64_SYS(m.pe, HCR_EL2) = 0x80000000 | cases[i].hcr;
        AARCH64_SYS(m.pe, VBAR_EL2) = A64_RAM + 0x1000;
        AARCH64_SYS(m.pe, VBAR_EL3) = A64_RAM + 0x2000;
        aarch64_set_sp(m.pe, cases[i].from, 1);
        aarch64_update(m.pe);
        core_input(m.core, AARCH64_IRQ, 1);
        core_run(m.core, 1);
        test_case("case %u", (unsigned)i);
        EXPECT_EQ(m.pe->state.level,
                  cases[i].to != 0 ? cases[i].to : cases[i].from);
    }
}

TEST_ON(a_timer_is_due_at_its_count_and_falls_when_rewritten, m)
{
    /* clang-format off */
    A64_CODE(m, 0,
        0xd2807d00 /* mov x0, #1000 */,
        0xd51be300 /* msr cntv_tval_el0, x0 */,
        0xd2800021 /* mov x1, #1 */,
        0xd51be321 /* msr cntv_ctl_el0, x1 */,
        0xd53be322 /* mrs x2, cntv_ctl_el0 */,
        0xd53be043 /* mrs x3, cntvct_el0 */,
        0xd53be324 /* mrs x4, cntv_ctl_el0 */,
        0xd53be305 /* mrs x5, cntv_tval_el0 */,
        0xd51be300 /* msr cntv_tval_el0, x0 */,
        0xd53be326 /* mrs x6, cntv_ctl_el0 */);
    /* clang-format on */
    struct line *line = &m->core->outputs[AARCH64_TIMER_VIRTUAL];
    core_run(m->core, 5);
    EXPECT_EQ(X(m, 2), 1);
    EXPECT_EQ(clock_next(&m->fabric.clock), 16000);
    clock_advance(&m->fabric.clock, 15999);
    EXPECT_EQ(line->level, 0);
    clock_advance(&m->fabric.clock, 16000);
    EXPECT_EQ(line->level, 1);
    clock_advance(&m->fabric.clock, 16032);
    core_run(m->core, 3);
    EXPECT_EQ(X(m, 3), 1002);
    EXPECT_EQ(X(m, 4), 5);
    EXPECT_EQ(X(m, 5), 0xfffffffe);
    core_run(m->core, 2);
    EXPECT_EQ(line->level, 0);
    EXPECT_EQ(X(m, 6), 1);
}

/* ---- Exclusives, alignment, stacks --------------------------------------- */

TEST_ON(an_exclusive_store_fails_after_eret_clrex_or_another_value, m)
{
    AARCH64_SYS(m->pe, SPSR_EL1) = 0x3c5;
    AARCH64_SYS(m->pe, ELR_EL1) = A64_RAM + 5 * 4;
    X(m, 9) = A64_RAM + 0x1000;
    X(m, 0) = 5;
    /* clang-format off */
    A64_CODE(m, 0,
        0xc85f7d21 /* ldxr x1, [x9] */,
        0xf9400528 /* ldr x8, [x9, #8] */,
        0xc8027d20 /* stxr w2, x0, [x9] */,
        0xc85f7d21 /* ldxr x1, [x9] */,
        0xd69f03e0 /* eret */,
        0xc8037d21 /* stxr w3, x1, [x9] */,
        0xc85f7d21 /* ldxr x1, [x9] */,
        0xd5033f5f /* clrex */,
        0xc8047d21 /* stxr w4, x1, [x9] */,
        0xc87f1925 /* ldxp x5, x6, [x9] */,
        0xc8271526 /* stxp w7, x6, x5, [x9] */);
    /* clang-format on */
    core_run(m->core, 11);
    EXPECT_EQ(X(m, 2), 0);
    EXPECT_EQ(X(m, 3), 1);
    EXPECT_EQ(X(m, 4), 1);
    EXPECT_EQ(X(m, 7), 0);
    EXPECT_EQ(a64_at(m, 0x1000), 0);
    EXPECT_EQ(a64_at(m, 0x1008), 5);
}

TEST_ON(without_translation_unaligned_data_accesses_fault, m)
{
    X(m, 9) = A64_RAM + 0x1001;
    AARCH64_SYS(m->pe, VBAR_EL1) = A64_RAM + 0x800;
    /* clang-format off */
    A64_CODE(m, 0,
        0xf8408521 /* ldr x1, [x9], #8 */);
    /* clang-format on */
    /* clang-format off */
    A64_CODE(m, 0x800 + 0x200,
        0x14000000 /* b . */);
    /* clang-format on */
    core_run(m->core, 1);
    EXPECT_EQ(AARCH64_SYS(m->pe, ESR_EL1), 0x96000021);
    EXPECT_EQ(AARCH64_SYS(m->pe, FAR_EL1), A64_RAM + 0x1001);
    EXPECT_EQ(X(m, 9), A64_RAM + 0x1001); /* no write-back */
}

TEST_ON(a_misaligned_stack_or_pc_faults, m)
{
    AARCH64_SYS(m->pe, VBAR_EL1) = A64_RAM + 0x800;
    X(m, AARCH64_SP) = A64_RAM + 0x1008;
    /* clang-format off */
    A64_CODE(m, 0,
        0xf94007e1 /* ldr x1, [sp, #8] */);
    /* clang-format on */
    /* clang-format off */
    A64_CODE(m, 0x800 + 0x200,
        0xd2800043 /* mov x3, #2 */,
        0xd61f0060 /* br x3 */);
    /* clang-format on */
    core_run(m->core, 1);
    EXPECT_EQ(AARCH64_SYS(m->pe, ESR_EL1), 0x9a000000);
    core_run(m->core, 2);
    EXPECT_EQ(AARCH64_SYS(m->pe, ESR_EL1), 0x8a000000);
    EXPECT_EQ(AARCH64_SYS(m->pe, FAR_EL1), 2);
}

TEST_ON(a_store_to_the_code_that_runs_takes_effect_at_once, m)
{
    X(m, 0) = 0xd28000e5;
    X(m, 9) = A64_RAM;
    /* clang-format off */
    A64_CODE(m, 0,
        0xd503201f /* nop */,
        0xb800cd20 /* str w0, [x9, #12]! */,
        0xd503201f /* nop */,
        0xd2800025 /* mov x5, #1 */);
    /* clang-format on */
    core_run(m->core, 4);
    EXPECT_EQ(X(m, 5), 7);
    EXPECT_EQ(X(m, 9), A64_RAM + 12);
}

static enum core_answer answer(void *context, struct core *core,
                               enum core_call call, uint64_t x[8])
{
    *(int *)context += 1;
    x[0] = call == CORE_CALL_SMC ? x[1] + 1 : 0;
    return CORE_ANSWERED;
}

TEST_BEGINS(firmware_outside_answers_where_there_is_no_el3, m)
{
    int calls = 0;
    struct core_config config = {.aarch64.firmware = answer,
                                 .aarch64.firmware_context = &calls};

    a64_init(m, &config);
    X(m, 1) = 41;
    /* clang-format off */
    A64_CODE(m, 0,
        0xd4000003 /* smc #0 */,
        0xd503201f /* nop */);
    /* clang-format on */
    core_run(m->core, 2);
    EXPECT_EQ(calls, 1);
    EXPECT_EQ(X(m, 0), 42);
    EXPECT_EQ(X(m, IR_PC), A64_RAM + 8);
}

/* ---- Debugging, traps, cache maintenance --------------------------------- */

TEST_ON(software_step_executes_one_instruction_of_the_lower_level, m)
{
    aarch64_register_write(m->pe, AARCH64_MDSCR_EL1, 1);
    AARCH64_SYS(m->pe, OSLSR_EL1) &= ~(uint64_t)2;
    AARCH64_SYS(m->pe, VBAR_EL1) = A64_RAM + 0x800;
    AARCH64_SYS(m->pe, ELR_EL1) = A64_RAM + 0x100;
    AARCH64_SYS(m->pe, SPSR_EL1) = 1 << 21; /* SS, EL0 */
    /* clang-format off */
    A64_CODE(m, 0,
        0xd69f03e0 /* eret */);
    /* clang-format on */
    /* clang-format off */
    A64_CODE(m, 0x100,
        0xd2800020 /* mov x0, #1 */,
        0xd2800021 /* mov x1, #1 */);
    /* clang-format on */
    /* clang-format off */
    A64_CODE(m, 0x800 + 0x400,
        0x14000000 /* b . */);
    /* clang-format on */
    core_run(m->core, 3);
    EXPECT_EQ(X(m, 0), 1);
    EXPECT_EQ(X(m, 1), 0);
    EXPECT_EQ(AARCH64_SYS(m->pe, ESR_EL1), 0xcb000022);
    EXPECT_EQ(AARCH64_SYS(m->pe, ELR_EL1), A64_RAM + 0x104);
}

TEST(a_hypervisor_traps_what_hcr_and_its_like_name)
{
    static const struct {
        const char *what;
        uint32_t word;
        uint32_t hcr;
        uint32_t esr; /* 0: not trapped */
    } cases[] = {
        {"msr ttbr0_el1, x3 (TVM)",  0xd5182003, 1 << 26, 0x62300860},
        {"mrs x3, ttbr0_el1 (TVM)",  0xd5382003, 1 << 26, 0         },
        {"mrs x3, ttbr0_el1 (TRVM)", 0xd5382003, 1 << 30, 0x62300861},
        {"mrs, ID register (TID3)",  0xd5380403, 1 << 18, 0x62300069},
        {"tlbi vmalle1 (TTLB)",      0xd508871f, 1 << 25, 0x621023ee},
        {"dc cisw, x3 (TSW)",        0xd5087e43, 1 << 22, 0x62141c7c},
        {"wfi (TWI)",                0xd503207f, 1 << 13, 0x07e00000},
        {"smc #3 (TSC)",             0xd4000063, 1 << 19, 0x5e000003},
        {"hvc #9",                   0xd4000122, 0,       0x5a000009},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        OWNED(a64_fini) struct a64 m;

        a64_init(&m, &both);
        a64_load(&m, 0, &cases[i].word, 4);
        /* clang-format off */
    A64_CODE(&m, 0x800 + 0x400,
        0x14000000 /* b . */);
        /* clang-format on */
        AARCH64_SYS(m.pe, SCR_EL3) = 0x531; /* NS, HCE */
        AARCH64_SYS(m.pe, HCR_EL2) = 0x80000000 | cases[i].hcr;
        AARCH64_SYS(m.pe, CPTR_EL3) = 0;
        AARCH64_SYS(m.pe, MDCR_EL3) = 0;
        AARCH64_SYS(m.pe, VBAR_EL2) = A64_RAM + 0x800;
        aarch64_set_sp(m.pe, 1, 1);
        aarch64_update(m.pe);
        core_run(m.core, 1);
        test_case("%s", cases[i].what);
        EXPECT_EQ(AARCH64_SYS(m.pe, ESR_EL2), cases[i].esr);
        EXPECT_EQ(m.pe->state.level, cases[i].esr != 0 ? 2 : 1);
    }
}

TEST_ON(dc_zva_zeroes_a_block_and_refuses_device_memory, m)
{
    AARCH64_SYS(m->pe, VBAR_EL1) = A64_RAM + 0x800;
    for (uint64_t i = 0; i < 96; i += 8) {
        a64_put(m, 0x1000 + i, UINT64_MAX);
    }
    X(m, 0) = A64_RAM + 0x1013;
    /* clang-format off */
    A64_CODE(m, 0,
        0xd50b7420 /* dc zva, x0 */);
    /* clang-format on */
    /* clang-format off */
    A64_CODE(m, 0x800 + 0x200,
        0x14000000 /* b . */);
    /* clang-format on */
    /* Without translation all data is Device. */
    core_run(m->core, 1);
    EXPECT_EQ(AARCH64_SYS(m->pe, ESR_EL1), 0x96000061);
    EXPECT_EQ(AARCH64_SYS(m->pe, FAR_EL1), A64_RAM + 0x1013);
    EXPECT_EQ(a64_at(m, 0x1000), UINT64_MAX);
    /* One block of 1 GiB, normal memory. */
    a64_put(m, 0x10008, A64_RAM | 1 << 10 | 1);
    AARCH64_SYS(m->pe, TTBR0_EL1) = A64_RAM + 0x10000;
    AARCH64_SYS(m->pe, TCR_EL1) = 25 | (uint64_t)2 << 32;
    AARCH64_SYS(m->pe, MAIR_EL1) = 0xff;
    AARCH64_SYS(m->pe, SCTLR_EL1) |= 1;
    X(m, IR_PC) = A64_RAM;
    core_run(m->core, 1);
    EXPECT_EQ(a64_at(m, 0x1000), 0);
    EXPECT_EQ(a64_at(m, 0x1038), 0);
    EXPECT_EQ(a64_at(m, 0x1040), UINT64_MAX);
}
