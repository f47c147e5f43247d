/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of what tests/mprofile/qemu-test.sh cannot ask QEMU about: lockup and
 * its reason, line states, bit-banding, register access rules. The security
 * states are in security_test.c. */
#include <string.h>

#include "base/bits.h"
#include "engine/mprofile/modes.h"
#include "engine/mprofile/omissions.h"
#include "engine/mprofile/test_machine.h"
#include "tests/harness.h"

FIXTURE(struct machine, machine, fini)
FIXTURE_BEGIN(machine, init(machine, "arm,cortex-m3"))

TEST_ON(an_undefined_instruction_is_a_hard_fault_until_usage_faults_are_enabled,
        machine)
{
    static const uint16_t code[] = {UDF};

    run(machine, code, sizeof(code), 3);
    EXPECT_EQ(of(machine)->state.exception, EXCEPTION_HARD_FAULT);
    EXPECT_EQ(of(machine)->state.hfsr, HFSR_FORCED);
    EXPECT_EQ(of(machine)->state.cfsr[NON_SECURE], UFSR_UNDEFINSTR);
    EXPECT_EQ(word_at(machine, STACK - 8), CODE);
    fini(machine);
    init(machine, "arm,cortex-m3");
    of(machine)->state.system_enabled[NON_SECURE] |= BIT(EXCEPTION_USAGE_FAULT);
    run(machine, code, sizeof(code), 3);
    EXPECT_EQ(of(machine)->state.exception, EXCEPTION_USAGE_FAULT);
    EXPECT_EQ(of(machine)->state.hfsr, 0);
}

TEST_BEGINS(a_fault_in_hard_fault_locks_up_and_says_why, machine)
{
    static const uint16_t code[] = {UDF};

    init(machine, "arm,cortex-m4");
    put(machine, HANDLER, code, sizeof(code));
    run(machine, code, sizeof(code), 10);
    EXPECT_EQ(machine->core->power, CORE_STUCK);
    EXPECT(strstr(machine->last,
                  "locked up at 0x20000800, in exception 3: an "
                  "undefined instruction") != NULL);
    core_reset(machine->core);
    EXPECT_EQ(machine->core->power, CORE_RUNNING);
}

TEST_BEGINS(nmi_ends_a_lockup, machine)
{
    static const uint16_t code[] = {UDF};
    const uint16_t stop = HERE;

    init(machine, "arm,cortex-m4");
    put(machine, HANDLER, code, sizeof(code));
    put(machine, HANDLER + 0x100, &stop, 2);
    put_word(machine, RAM + 4 * EXCEPTION_NMI, (HANDLER + 0x100) | 1);
    run(machine, code, sizeof(code), 10);
    REQUIRE(machine->core->power == CORE_STUCK);
    core_input(machine->core, MPROFILE_INPUT_NMI, 1);
    machine->core->power = CORE_RUNNING;
    core_run(machine->core, 2);
    EXPECT_EQ(of(machine)->state.exception, EXCEPTION_NMI);
}

TEST_ON(no_vector_table_locks_up, machine)
{
    machine->core->config.reset_vector = gva(0x60000000);
    core_reset(machine->core);
    machine->core->power = CORE_RUNNING;
    core_run(machine->core, 3);
    EXPECT_EQ(machine->core->power, CORE_STUCK);
    EXPECT(strstr(machine->last, "there is no vector table") != NULL);
}

TEST_ON(handlers_that_are_not_thumb_run_nothing, machine)
{
    static const uint16_t code[] = {UDF};
    static const uint16_t handler[] = {0x2007 /* MOVS r0, #7 */, HERE};

    put(machine, HANDLER, handler, sizeof(handler));
    put_word(machine, RAM + 4 * EXCEPTION_USAGE_FAULT, HANDLER);
    put_word(machine, RAM + 4 * EXCEPTION_HARD_FAULT, HANDLER);
    of(machine)->state.system_enabled[NON_SECURE] |= BIT(EXCEPTION_USAGE_FAULT);
    run(machine, code, sizeof(code), 3);
    EXPECT_EQ(of(machine)->state.x[0], 0);
    EXPECT_EQ(machine->core->power, CORE_STUCK);
    EXPECT_EQ(machine->core->retired, 0);
}

/* ---- Interrupt lines ----------------------------------------------------- */

TEST_BEGINS(a_line_that_stays_high_is_pending_again_behind_its_handler, machine)
{
    static const uint16_t code[] = {NOP, NOP, NOP, NOP, HERE};
    const uint16_t handler[] = {BX_LR};

    init(machine, "arm,cortex-m0");
    put(machine, HANDLER, handler, sizeof(handler));
    of(machine)->state.irq_enabled[0] = 1 << 3;
    core_input(machine->core, 3, 1);
    run(machine, code, sizeof(code), 1); /* BX LR */
    EXPECT_EQ(of(machine)->state.exception, EXCEPTION_IRQ0 + 3);
    EXPECT_EQ(machine->core->traps, 2);
    core_input(machine->core, 3, 0);
    core_run(machine->core, 1); /* of the second time */
    EXPECT_EQ(of(machine)->state.irq_pending[0], 0);
    core_run(machine->core, 2);
    EXPECT_EQ(of(machine)->state.exception, 0);
}

TEST_BEGINS(wfi_ends_at_an_interrupt_that_primask_holds_back, machine)
{
    static const uint16_t code[] = {0xb672 /* CPSID I */, WFI, NOP, HERE};

    init(machine, "arm,cortex-m0plus");
    of(machine)->state.irq_enabled[0] = 1;
    run(machine, code, sizeof(code), 5);
    EXPECT_EQ(machine->core->power, CORE_WAITING);
    core_input(machine->core, 1, 1); /* disabled */
    EXPECT_EQ(machine->core->power, CORE_WAITING);
    core_input(machine->core, 0, 1);
    EXPECT_EQ(machine->core->power, CORE_RUNNING);
    core_run(machine->core, 1);
    EXPECT_EQ(of(machine)->state.exception, 0);
}

TEST_ON(systick_counts_the_cores_instructions, machine)
{
    static const uint16_t code[] = {NOP, NOP, NOP, NOP, HERE};
    struct mprofile *m;

    m = of(machine);
    mprofile_systick_write_rvr(m, NON_SECURE, 99);
    mprofile_systick_write_cvr(m, NON_SECURE);
    mprofile_systick_write_csr(m, NON_SECURE, 7);
    run(machine, code, sizeof(code), 4);
    EXPECT_EQ(mprofile_systick_cvr(m, NON_SECURE), 0); /* reload is next */
    clock_advance(&machine->fabric.clock, 10000);
    EXPECT_EQ(mprofile_systick_cvr(m, NON_SECURE), 90);
    clock_advance(&machine->fabric.clock, 100000);
    EXPECT_EQ(mprofile_systick_cvr(m, NON_SECURE), 0);
    EXPECT_EQ(mprofile_systick_csr(m, NON_SECURE, false), 0x10007);
    EXPECT_EQ(mprofile_systick_csr(m, NON_SECURE, false), 7);
    EXPECT((m->state.system_pending[NON_SECURE] & BIT(EXCEPTION_SYSTICK)) != 0);
}

/* As a snapshot that somebody made may say. */
TEST_ON(a_systick_that_is_far_behind_does_not_catch_up_tick_by_tick, machine)
{
    struct mprofile *m;

    m = of(machine);
    clock_advance(&machine->fabric.clock, 1000000000000);
    mprofile_systick_write_rvr(m, NON_SECURE, 1);
    mprofile_systick_write_csr(m, NON_SECURE, 7);
    m->state.systick_zero[NON_SECURE] = 5;
    m->state.x[T32_IT] = UINT64_MAX;
    m->state.x[IR_NZCV] = UINT64_MAX;
    machine->core->type->restored(machine->core);
    clock_advance(&machine->fabric.clock, 1000000001000);
    EXPECT(m->state.systick_zero[NON_SECURE] >= 1000000000);
    EXPECT_EQ(m->state.systick_zero[NON_SECURE] % 2, 1);
    EXPECT_EQ(m->state.x[T32_IT], 0xff);
    EXPECT_EQ(m->state.x[IR_NZCV], 15);
}

TEST_BEGINS(trace_of_a_board_without_a_port_is_named_as_unmodelled, machine)
{
    enum { STIMULUS = (int)0xe0000000, TER = (int)0xe0000e00 };
    enum { TCR = (int)0xe0000e80, TRCENA = (int)0xe000edfc };
    const struct access access = {.privileged = true};
    uint64_t ready;

    init(machine, "arm,cortex-m3");
    struct space *ppb = of(machine)->ppb;
    space_read(ppb, &access, gpa((uint32_t)STIMULUS), 4, &ready);
    EXPECT_EQ(ready, 0); /* not enabled: it takes nothing */
    space_write(ppb, &access, gpa((uint32_t)STIMULUS), 1, 'a');
    EXPECT_EQ(machine->fabric.log.count[LOG_UNMODELLED], 0);
    space_write(ppb, &access, gpa((uint32_t)TRCENA), 4, DEMCR_TRCENA);
    space_write(ppb, &access, gpa((uint32_t)TER), 4, 1);
    space_write(ppb, &access, gpa((uint32_t)TCR), 4, 1);
    space_read(ppb, &access, gpa((uint32_t)STIMULUS), 4, &ready);
    EXPECT_EQ(ready, 1);
    space_write(ppb, &access, gpa((uint32_t)STIMULUS), 1, 'a');
    EXPECT_EQ(machine->fabric.log.count[LOG_UNMODELLED], 1);
}

TEST_ON(each_omission_of_the_private_peripherals_is_named_when_it_is_asked_for,
        machine)
{
    static const struct {
        uint32_t address, value;
        enum mprofile_omission what;
    } writes[] = {
        {0xe0001000, 1 << 17, MPROFILE_OMITS_COUNTERS      }, /* DWT: EXCEVTENA */
        {0xe0000e80, 1 << 10, MPROFILE_OMITS_STAMPS        }, /* ITM_TCR: GTSFREQ */
        {0xe0000e80, 1 << 3,  MPROFILE_OMITS_PACKETS       }, /* TXENA, with DWT */
        {0xe0001028, 2,       MPROFILE_OMITS_DATA_TRACE    }, /* DWT_FUNCTION0 */
        {0xe000e008, 1,       MPROFILE_OMITS_ACTLR         },
        {0xe000e008, 0,       MPROFILE_OMISSIONS           },
        {0xe0000e00, 1,       MPROFILE_OMISSIONS           }, /* ITM_TER */
        {0xe0000e80, 1,       MPROFILE_OMISSIONS           }, /* ITMENA */
        {0xe0000000, 1,       MPROFILE_OMITS_PORT          },
        {0xe0040304, 2,       MPROFILE_OMITS_FORMATTER     }, /* TPIU_FFCR: EnFCont */
        {0xe0040004, 8,       MPROFILE_OMITS_WIDTH         }, /* TPIU_CSPSR: 4 bits */
        {0xe0040004, 1,       MPROFILE_OMISSIONS           },
        {0xe0000f00, 1,       MPROFILE_OMITS_INTEGRATION   }, /* ITM_IMCR */
        {0xe00ff000, 0,       MPROFILE_OMITS_IDENTIFICATION},
        {0xe000ef98, 1,       MPROFILE_OMITS_IMPLEMENTATION}, /* AHBPCR */
        {0xe0041000, 1,       MPROFILE_OMITS_TRACE_UNITS   }, /* ETMCR */
    };
    const struct access access = {.privileged = true};
    bool met[MPROFILE_OMISSIONS + 1] = {false};

    machine->fabric.log.sink = keep_line;
    machine->fabric.log.context = machine;
    space_write(of(machine)->ppb, &access, gpa(0xe000edfc), 4, DEMCR_TRCENA);
    for (size_t i = 0; i < ARRAY_SIZE(writes); i++) {
        enum mprofile_omission what = writes[i].what;

        test_case("0x%08x", writes[i].address);
        *machine->last = '\0';
        space_write(of(machine)->ppb, &access, gpa(writes[i].address), 4,
                    writes[i].value);
        EXPECT((*machine->last != '\0') == (what != MPROFILE_OMISSIONS));
        EXPECT(what == MPROFILE_OMISSIONS ||
               strstr(machine->last, mprofile_omissions[what].text) != NULL);
        met[what] = true;
    }
    uint64_t sample;
    space_read(of(machine)->ppb, &access, gpa(0xe000101c), 4, &sample);
    met[MPROFILE_OMITS_SAMPLES] =
        strstr(machine->last, mprofile_omissions[MPROFILE_OMITS_SAMPLES].text);
    for (unsigned i = 0; i < MPROFILE_OMISSIONS; i++) {
        EXPECT(met[i]);
    }
}

/* ---- Accesses ------------------------------------------------------------ */

/* Region 0 of the MPU around a word, of a memory type. */
static void set_region(struct machine *machine, bool device)
{
    enum { CTRL = (int)0xe000ed94, RBAR = (int)0xe000ed9c };
    bool v8 = mprofile_has(of(machine), T32_V8M_BASE);

    poke(machine, (uint32_t)RBAR, RAM + 0x2000 + (v8 ? 2 : 0));
    poke(machine, (uint32_t)RBAR + 4,
         v8 ? RAM + 0x2fe1
            : 3u << 24 | (device ? 0 : 1u << 17) | 1u << 16 | 11 << 1 | 1);
    if (v8) {
        poke(machine, (uint32_t)RBAR + 0x24, device ? 4 : 0xff); /* MAIR0 */
    }
    poke(machine, (uint32_t)CTRL, 5);
}

TEST(device_memory_is_accessed_where_it_is_aligned)
{
    static const uint16_t code[] = {
        0x6801, /* LDR r1, [r0] */
        0x6001, /* STR r1, [r0] */
        HERE,
    };
    static const struct {
        const char *model;
        bool device;
        bool faults;
    } cases[] = {
        {"arm,cortex-m4",  true,  false},
        {"arm,cortex-m7",  true,  true },
        {"arm,cortex-m7",  false, false},
        {"arm,cortex-m33", true,  true },
        {"arm,cortex-m33", false, false},
    };

    for (unsigned i = 0; i < ARRAY_SIZE(cases) * 3; i++) {
        static const uint32_t offsets[] = {0x2002, 0x2004, 0x2ffe};
        const unsigned n = i / 3;
        OWNED(fini) struct machine machine;

        init(&machine, cases[n].model);
        set_region(&machine, cases[n].device);
        /* A page that is known takes them aligned, too. */
        of(&machine)->state.x[0] = RAM + 0x2000;
        run(&machine, code, sizeof(code), 2);
        of(&machine)->state.x[IR_PC] = CODE;
        of(&machine)->state.x[0] = RAM + offsets[i % 3];
        core_run(machine.core, 4);
        bool faults = cases[n].faults && i % 3 != 1;
        EXPECT_EQ(of(&machine)->state.exception,
                  faults ? EXCEPTION_HARD_FAULT : 0);
        EXPECT_EQ(of(&machine)->state.cfsr[of(&machine)->state.secure],
                  faults ? UFSR_UNALIGNED : 0);
    }
}

/* Two cores with one memory, which run in turn. */
TEST(a_store_of_another_core_opens_the_monitor)
{
    static const uint16_t code[] = {
        0xe850, 0x1f00, /* LDREX r1, [r0] */
        0xe840, 0x1200, /* STREX r2, r1, [r0] */
        HERE,
    };
    static const uint16_t store[] = {0x6001 /* STR r1, [r0] */, HERE};

    for (unsigned stored = 0; stored < 2; stored++) {
        OWNED(fini) struct machine machine;
        struct core *other;
        struct error error = {""};

        init(&machine, "arm,cortex-m33");
        struct core_config config = machine.core->config;
        config.name = "other";
        config.compatible = "arm,cortex-m33";
        REQUIRE(core_create(&config, &other, &error) == 0);
        core_reset(other);
        other->power = CORE_RUNNING;
        put(&machine, CODE, code, sizeof(code));
        of(&machine)->state.x[0] = RAM + 0x1000;
        core_run(machine.core, 1);
        if (stored != 0) { /* the same value */
            struct mprofile *m = mprofile_of(vcpu_of(other));

            put(&machine, HANDLER, store, sizeof(store));
            put_word(&machine, RAM + 4, HANDLER | 1);
            m->state.x[0] = RAM + 0x1000;
            core_run(other, 1);
        }
        core_run(machine.core, 1);
        EXPECT_EQ(of(&machine)->state.x[2], stored);
        core_destroy(other);
    }
}

TEST_BEGINS(sev_ends_the_wait_of_another_core, machine)
{
    static const uint16_t wfe[] = {0xbf20, HERE};
    static const uint16_t send[] = {0xbf40, HERE};
    struct core *other;
    struct error error = {""};

    init(machine, "arm,cortex-m33");
    struct core_config config = machine->core->config;
    config.name = "other";
    config.compatible = "arm,cortex-m33";
    REQUIRE(core_create(&config, &other, &error) == 0);
    core_reset(other);
    other->power = CORE_RUNNING;
    run(machine, wfe, sizeof(wfe), 10);
    EXPECT_EQ(machine->core->power, CORE_WAITING);
    put(machine, CODE, send, sizeof(send));
    core_run(other, 2);
    EXPECT_EQ(machine->core->power, CORE_RUNNING);
    core_destroy(other);
}

TEST_ON(a_word_of_the_alias_is_a_bit, machine)
{
    static const uint16_t code[] = {
        0x6001, /* STR r1, [r0] */
        0x6802, /* LDR r2, [r0] */
        0x6819, /* LDR r1, [r3] */
        HERE,
    };
    uint64_t *x;

    x = of(machine)->state.x;
    x[0] = 0x22000000 + 0x5000 * 32 + 6 * 4; /* bit 6 of RAM + 0x5000 */
    x[1] = 0xffffffff;
    x[3] = RAM + 0x5000;
    put_word(machine, RAM + 0x5000, 0x81);
    run(machine, code, sizeof(code), 3);
    EXPECT_EQ(x[2], 1);
    EXPECT_EQ(x[1], 0xc1);
    fini(machine);
    init(machine, "arm,cortex-m7"); /* which has none */
    x = of(machine)->state.x;
    x[0] = 0x22000000 + 0x5000 * 32;
    run(machine, code, sizeof(code), 2);
    EXPECT_EQ(of(machine)->state.exception, EXCEPTION_HARD_FAULT);
}

/* ---- Masks, returns and creation ----------------------------------------- */

/* PendSV becomes pending behind the mask that the first instruction sets, and
 * is taken behind the one that clears it. */
TEST(what_a_mask_holds_back_is_taken_behind_the_instruction_that_clears_it)
{
    static const enum core_engine engines[] = {
        CORE_ENGINE_INTERPRETER, CORE_ENGINE_COMPILER, CORE_ENGINE_CHAOS};
    static const uint16_t codes[][8] = {
  /* CPSID I; NOP; STR r1, [r0]; ISB; CPSIE I */
        {0xb672, NOP,    0x6001, 0xf3bf, 0x8f6f, 0xb662, HERE, HERE},
 /* MSR BASEPRI, r2; STR r1, [r0]; MSR BASEPRI, r3 */
        {0xf382, 0x8811, 0x6001, 0xf383, 0x8811, HERE,   HERE, HERE},
    };
    static const uint32_t returns[] = {CODE + 12, CODE + 10};

    for (unsigned i = 0; i < ARRAY_SIZE(codes) * ARRAY_SIZE(engines); i++) {
        const unsigned which = i % ARRAY_SIZE(codes);
        OWNED(fini) struct machine machine;

        test_case("%u", i);
        init_on(&machine, "arm,cortex-m3", engines[i / ARRAY_SIZE(codes)]);
        struct mprofile_state *state = &of(&machine)->state;
        state->system_priority[NON_SECURE][EXCEPTION_PENDSV] = 0x80;
        state->x[0] = 0xe000ed04;
        state->x[1] = BIT(28);
        state->x[2] = 0x40;
        run(&machine, codes[which], sizeof(codes[which]), 7);
        EXPECT_EQ(state->exception, EXCEPTION_PENDSV);
        EXPECT_EQ(word_at(&machine, STACK - 8), returns[which]);
        EXPECT_EQ(machine.core->traps, 1);
    }
}

TEST_BEGINS(a_return_with_a_forged_number_ends_the_negative_priority, machine)
{
    static const uint16_t code[] = {0x4708 /* BX r1 */};
    struct mprofile_state *state;

    init(machine, "arm,cortex-m33");
    state = &of(machine)->state;
    state->vectors_read = 1;
    state->system_active[SECURE] = BIT(EXCEPTION_HARD_FAULT);
    state->system_enabled[SECURE] |= BIT(EXCEPTION_USAGE_FAULT);
    state->exception = EXCEPTION_IRQ0 + 3;
    state->x[MPROFILE_SP] = STACK - 0x20;
    state->x[IR_PC] = CODE;
    state->x[1] = 0xfffffff9;
    put_word(machine, STACK - 8, CODE + 0x100);
    put_word(machine, STACK - 4, 1 << 24);
    mprofile_nvic_changed(of(machine));
    run(machine, code, sizeof(code), 1);
    EXPECT_EQ(state->cfsr[SECURE], UFSR_INVPC);
    EXPECT_EQ(state->system_active[SECURE], BIT(EXCEPTION_USAGE_FAULT));
}

TEST_BEGINS(a_number_that_no_exception_has_is_not_taken_from_a_frame, machine)
{
    static const uint16_t code[] = {0x4708 /* BX r1 */};
    struct mprofile_state *state;

    init(machine, "arm,cortex-m33");
    state = &of(machine)->state;
    state->vectors_read = 1;
    state->system_active[SECURE] = BIT(EXCEPTION_PENDSV);
    state->exception = EXCEPTION_PENDSV;
    state->x[MPROFILE_SP] = STACK - 0x20;
    state->x[IR_PC] = CODE;
    state->x[1] = 0xfffffff1;
    put_word(machine, STACK - 8, CODE + 0x100);
    put_word(machine, STACK - 4, 1 << 24 | 0x1ff);
    mprofile_nvic_changed(of(machine));
    run(machine, code, sizeof(code), 1);
    EXPECT(state->exception < MPROFILE_EXCEPTIONS);
    EXPECT_EQ(state->x[IR_PC], CODE + 0x100);
}

TEST_BEGINS(more_interrupts_than_there_are_is_refused, machine)
{
    struct core *core;
    struct error error = {""};
    struct core_config config = {.name = "m",
                                 .compatible = "arm,cortex-m3",
                                 .frequency_hz = 1000000,
                                 .mprofile.interrupts = 481};

    init(machine, "arm,cortex-m3");
    config.space = machine->space;
    config.fabric = &machine->fabric;
    EXPECT_EQ(core_create(&config, &core, &error), -EINVAL);
    EXPECT_STR(error.text, "core 'm': 481 interrupts: expected 480 at most");
    error = (struct error){""};
    config.mprofile.interrupts = 1;
    config.mprofile.priority_bits = 9;
    EXPECT_EQ(core_create(&config, &core, &error), -EINVAL);
    EXPECT_STR(error.text, "core 'm': 9 priority bits: expected 2 to 8");
}
