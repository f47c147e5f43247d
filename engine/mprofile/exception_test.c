/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of what tests/mprofile-test.sh cannot ask QEMU about: SFAR, INVTRAN,
 * lockup and its reason, line states, bit-banding, register access rules. */
#include <stdio.h>
#include <string.h>

#include "base/bits.h"
#include "engine/mprofile/modes.h"
#include "engine/mprofile/omissions.h"
#include "engine/mprofile/test_machine.h"
#include "tests/harness.h"

TEST(an_undefined_instruction_is_a_hard_fault_until_usage_faults_are_enabled)
{
    static const uint16_t code[] = {UDF};
    struct machine machine;

    init(&machine, "arm,cortex-m3");
    run(&machine, code, sizeof(code), 3);
    EXPECT_EQ(of(&machine)->state.exception, EXCEPTION_HARD_FAULT);
    EXPECT_EQ(of(&machine)->state.hfsr, HFSR_FORCED);
    EXPECT_EQ(of(&machine)->state.cfsr[NON_SECURE], UFSR_UNDEFINSTR);
    EXPECT_EQ(word_at(&machine, STACK - 8), CODE);
    fini(&machine);
    init(&machine, "arm,cortex-m3");
    of(&machine)->state.system_enabled[NON_SECURE] |=
        BIT(EXCEPTION_USAGE_FAULT);
    run(&machine, code, sizeof(code), 3);
    EXPECT_EQ(of(&machine)->state.exception, EXCEPTION_USAGE_FAULT);
    EXPECT_EQ(of(&machine)->state.hfsr, 0);
    fini(&machine);
}

TEST(a_fault_in_hard_fault_locks_up_and_says_why)
{
    static const uint16_t code[] = {UDF};
    struct machine machine;

    init(&machine, "arm,cortex-m4");
    put(&machine, HANDLER, code, sizeof(code));
    run(&machine, code, sizeof(code), 10);
    EXPECT_EQ(machine.core->power, CORE_STUCK);
    EXPECT(strstr(machine.last,
                  "locked up at 0x20000800, in exception 3: an "
                  "undefined instruction") != NULL);
    core_reset(machine.core);
    EXPECT_EQ(machine.core->power, CORE_RUNNING);
    fini(&machine);
}

TEST(nmi_ends_a_lockup)
{
    static const uint16_t code[] = {UDF};
    const uint16_t stop = HERE;
    struct machine machine;

    init(&machine, "arm,cortex-m4");
    put(&machine, HANDLER, code, sizeof(code));
    put(&machine, HANDLER + 0x100, &stop, 2);
    put_word(&machine, RAM + 4 * EXCEPTION_NMI, (HANDLER + 0x100) | 1);
    run(&machine, code, sizeof(code), 10);
    REQUIRE(machine.core->power == CORE_STUCK);
    core_input(machine.core, MPROFILE_INPUT_NMI, 1);
    machine.core->power = CORE_RUNNING;
    core_run(machine.core, 2);
    EXPECT_EQ(of(&machine)->state.exception, EXCEPTION_NMI);
    fini(&machine);
}

TEST(no_vector_table_locks_up)
{
    struct machine machine;

    init(&machine, "arm,cortex-m3");
    machine.core->config.reset_vector = gva(0x60000000);
    core_reset(machine.core);
    machine.core->power = CORE_RUNNING;
    core_run(machine.core, 3);
    EXPECT_EQ(machine.core->power, CORE_STUCK);
    EXPECT(strstr(machine.last, "there is no vector table") != NULL);
    fini(&machine);
}

/* ---- Interrupt lines ----------------------------------------------------- */

TEST(a_line_that_stays_high_is_pending_again_behind_its_handler)
{
    static const uint16_t code[] = {NOP, NOP, NOP, NOP, HERE};
    const uint16_t handler[] = {BX_LR};
    struct machine machine;

    init(&machine, "arm,cortex-m0");
    put(&machine, HANDLER, handler, sizeof(handler));
    of(&machine)->state.irq_enabled[0] = 1 << 3;
    core_input(machine.core, 3, 1);
    run(&machine, code, sizeof(code), 1); /* BX LR */
    EXPECT_EQ(of(&machine)->state.exception, EXCEPTION_IRQ0 + 3);
    EXPECT_EQ(machine.core->traps, 2);
    core_input(machine.core, 3, 0);
    core_run(machine.core, 1); /* of the second time */
    EXPECT_EQ(of(&machine)->state.irq_pending[0], 0);
    core_run(machine.core, 2);
    EXPECT_EQ(of(&machine)->state.exception, 0);
    fini(&machine);
}

TEST(wfi_ends_at_an_interrupt_that_primask_holds_back)
{
    static const uint16_t code[] = {0xb672 /* CPSID I */, WFI, NOP, HERE};
    struct machine machine;

    init(&machine, "arm,cortex-m0plus");
    of(&machine)->state.irq_enabled[0] = 1;
    run(&machine, code, sizeof(code), 5);
    EXPECT_EQ(machine.core->power, CORE_WAITING);
    core_input(machine.core, 1, 1); /* disabled */
    EXPECT_EQ(machine.core->power, CORE_WAITING);
    core_input(machine.core, 0, 1);
    EXPECT_EQ(machine.core->power, CORE_RUNNING);
    core_run(machine.core, 1);
    EXPECT_EQ(of(&machine)->state.exception, 0);
    fini(&machine);
}

TEST(systick_counts_the_cores_instructions)
{
    static const uint16_t code[] = {NOP, NOP, NOP, NOP, HERE};
    struct machine machine;
    struct mprofile *m;

    init(&machine, "arm,cortex-m3");
    m = of(&machine);
    mprofile_systick_write_rvr(m, NON_SECURE, 99);
    mprofile_systick_write_cvr(m, NON_SECURE);
    mprofile_systick_write_csr(m, NON_SECURE, 7);
    run(&machine, code, sizeof(code), 4);
    EXPECT_EQ(mprofile_systick_cvr(m, NON_SECURE), 0); /* reload is next */
    clock_advance(&machine.fabric.clock, 10000);
    EXPECT_EQ(mprofile_systick_cvr(m, NON_SECURE), 90);
    clock_advance(&machine.fabric.clock, 100000);
    EXPECT_EQ(mprofile_systick_cvr(m, NON_SECURE), 0);
    EXPECT_EQ(mprofile_systick_csr(m, NON_SECURE, false), 0x10007);
    EXPECT_EQ(mprofile_systick_csr(m, NON_SECURE, false), 7);
    EXPECT((m->state.system_pending[NON_SECURE] & BIT(EXCEPTION_SYSTICK)) != 0);
    fini(&machine);
}

/* As a snapshot that somebody made may say. */
TEST(a_systick_that_is_far_behind_does_not_catch_up_tick_by_tick)
{
    struct machine machine;
    struct mprofile *m;

    init(&machine, "arm,cortex-m3");
    m = of(&machine);
    clock_advance(&machine.fabric.clock, 1000000000000);
    mprofile_systick_write_rvr(m, NON_SECURE, 1);
    mprofile_systick_write_csr(m, NON_SECURE, 7);
    m->state.systick_zero[NON_SECURE] = 5;
    m->state.x[T32_IT] = UINT64_MAX;
    m->state.x[IR_NZCV] = UINT64_MAX;
    machine.core->type->restored(machine.core);
    clock_advance(&machine.fabric.clock, 1000000001000);
    EXPECT(m->state.systick_zero[NON_SECURE] >= 1000000000);
    EXPECT_EQ(m->state.systick_zero[NON_SECURE] % 2, 1);
    EXPECT_EQ(m->state.x[T32_IT], 0xff);
    EXPECT_EQ(m->state.x[IR_NZCV], 15);
    fini(&machine);
}

TEST(trace_of_a_board_without_a_port_is_named_as_unmodelled)
{
    enum { STIMULUS = (int)0xe0000000, TER = (int)0xe0000e00 };
    enum { TCR = (int)0xe0000e80, TRCENA = (int)0xe000edfc };
    const struct access access = {.privileged = true};
    struct machine machine;
    uint64_t ready;

    init(&machine, "arm,cortex-m3");
    struct space *ppb = of(&machine)->ppb;
    space_read(ppb, &access, gpa((uint32_t)STIMULUS), 4, &ready);
    EXPECT_EQ(ready, 0); /* not enabled: it takes nothing */
    space_write(ppb, &access, gpa((uint32_t)STIMULUS), 1, 'a');
    EXPECT_EQ(machine.fabric.log.count[LOG_UNMODELLED], 0);
    space_write(ppb, &access, gpa((uint32_t)TRCENA), 4, DEMCR_TRCENA);
    space_write(ppb, &access, gpa((uint32_t)TER), 4, 1);
    space_write(ppb, &access, gpa((uint32_t)TCR), 4, 1);
    space_read(ppb, &access, gpa((uint32_t)STIMULUS), 4, &ready);
    EXPECT_EQ(ready, 1);
    space_write(ppb, &access, gpa((uint32_t)STIMULUS), 1, 'a');
    EXPECT_EQ(machine.fabric.log.count[LOG_UNMODELLED], 1);
    fini(&machine);
}

TEST(each_omission_of_the_private_peripherals_is_named_when_it_is_asked_for)
{
    static const struct {
        uint32_t address, value;
        enum mprofile_omission what;
    } writes[] = {
        {0xe0001000, 1 << 17, MPROFILE_OMITS_COUNTERS  }, /* DWT: EXCEVTENA */
        {0xe0000e80, 1 << 10, MPROFILE_OMITS_STAMPS    }, /* ITM_TCR: GTSFREQ */
        {0xe0000e80, 1 << 3,  MPROFILE_OMITS_PACKETS   }, /* TXENA, with DWT */
        {0xe0001028, 2,       MPROFILE_OMITS_DATA_TRACE}, /* DWT_FUNCTION0 */
        {0xe000e008, 1,       MPROFILE_OMITS_ACTLR     },
        {0xe000e008, 0,       MPROFILE_OMISSIONS       },
        {0xe0000e00, 1,       MPROFILE_OMISSIONS       }, /* ITM_TER */
        {0xe0000e80, 1,       MPROFILE_OMISSIONS       }, /* ITMENA */
        {0xe0000000, 1,       MPROFILE_OMITS_PORT      },
        {0xe0040304, 2,       MPROFILE_OMITS_FORMATTER }, /* TPIU_FFCR: EnFCont */
    };
    const struct access access = {.privileged = true};
    struct machine machine;
    bool met[MPROFILE_OMISSIONS + 1] = {false};

    init(&machine, "arm,cortex-m3");
    machine.fabric.log.sink = keep_line;
    machine.fabric.log.context = &machine;
    space_write(of(&machine)->ppb, &access, gpa(0xe000edfc), 4, DEMCR_TRCENA);
    for (size_t i = 0; i < ARRAY_SIZE(writes); i++) {
        enum mprofile_omission what = writes[i].what;

        test_case("0x%08x", writes[i].address);
        *machine.last = '\0';
        space_write(of(&machine)->ppb, &access, gpa(writes[i].address), 4,
                    writes[i].value);
        EXPECT((*machine.last != '\0') == (what != MPROFILE_OMISSIONS));
        EXPECT(what == MPROFILE_OMISSIONS ||
               strstr(machine.last, mprofile_omissions[what].text) != NULL);
        met[what] = true;
    }
    uint64_t sample;
    space_read(of(&machine)->ppb, &access, gpa(0xe000101c), 4, &sample);
    met[MPROFILE_OMITS_SAMPLES] =
        strstr(machine.last, mprofile_omissions[MPROFILE_OMITS_SAMPLES].text);
    for (unsigned i = 0; i < MPROFILE_OMISSIONS; i++) {
        EXPECT(met[i]);
    }
    fini(&machine);
}

/* ---- Accesses ------------------------------------------------------------ */

/* Region 0 of the MPU around a word, of a memory type. */
static void set_region(struct machine *machine, bool device)
{
    enum { CTRL = (int)0xe000ed94, RBAR = (int)0xe000ed9c };
    bool v8 = mprofile_has(of(machine), MPROFILE_V8M);

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
        struct machine machine;

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
        fini(&machine);
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
        struct machine machine;
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
        fini(&machine);
    }
}

TEST(sev_ends_the_wait_of_another_core)
{
    static const uint16_t wfe[] = {0xbf20, HERE};
    static const uint16_t send[] = {0xbf40, HERE};
    struct machine machine;
    struct core *other;
    struct error error = {""};

    init(&machine, "arm,cortex-m33");
    struct core_config config = machine.core->config;
    config.name = "other";
    config.compatible = "arm,cortex-m33";
    REQUIRE(core_create(&config, &other, &error) == 0);
    core_reset(other);
    other->power = CORE_RUNNING;
    run(&machine, wfe, sizeof(wfe), 10);
    EXPECT_EQ(machine.core->power, CORE_WAITING);
    put(&machine, CODE, send, sizeof(send));
    core_run(other, 2);
    EXPECT_EQ(machine.core->power, CORE_RUNNING);
    core_destroy(other);
    fini(&machine);
}

TEST(a_word_of_the_alias_is_a_bit)
{
    static const uint16_t code[] = {
        0x6001, /* STR r1, [r0] */
        0x6802, /* LDR r2, [r0] */
        0x6819, /* LDR r1, [r3] */
        HERE,
    };
    struct machine machine;
    uint64_t *x;

    init(&machine, "arm,cortex-m3");
    x = of(&machine)->state.x;
    x[0] = 0x22000000 + 0x5000 * 32 + 6 * 4; /* bit 6 of RAM + 0x5000 */
    x[1] = 0xffffffff;
    x[3] = RAM + 0x5000;
    put_word(&machine, RAM + 0x5000, 0x81);
    run(&machine, code, sizeof(code), 3);
    EXPECT_EQ(x[2], 1);
    EXPECT_EQ(x[1], 0xc1);
    fini(&machine);
    init(&machine, "arm,cortex-m7"); /* which has none */
    x = of(&machine)->state.x;
    x[0] = 0x22000000 + 0x5000 * 32;
    run(&machine, code, sizeof(code), 2);
    EXPECT_EQ(of(&machine)->state.exception, EXCEPTION_HARD_FAULT);
    fini(&machine);
}

/* ---- Security ------------------------------------------------------------ */

/* The upper half of the memory is Non-secure. */
static void divide(struct machine *machine)
{
    struct mprofile_state *state = &of(machine)->state;

    state->sau_ctrl = 1;
    state->sau_rbar[0] = RAM + 0x8000;
    state->sau_rlar[0] = (RAM + 0xffe0) | 1;
    state->system_enabled[SECURE] |= BIT(EXCEPTION_SECURE_FAULT);
    vcpu_flush_tlb(vcpu_of(machine->core));
}

TEST(secure_code_does_not_run_non_secure_memory)
{
    static const uint16_t code[] = {0x4700 /* BX r0 */};
    struct machine machine;

    init(&machine, "arm,cortex-m33");
    put_word(&machine, RAM, RAM + 0x7000);
    divide(&machine);
    of(&machine)->state.x[0] = (RAM + 0x9000) | 1;
    run(&machine, code, sizeof(code), 3);
    EXPECT_EQ(of(&machine)->state.exception, EXCEPTION_SECURE_FAULT);
    EXPECT_EQ(of(&machine)->state.sfsr, SFSR_INVTRAN);
    fini(&machine);
}

TEST(a_non_secure_load_of_secure_memory_tells_its_address)
{
    static const uint16_t code[] = {0x4704 /* BXNS r0 */};
    static const uint16_t load[] = {0x6808 /* LDR r0, [r1] */};
    struct machine machine;
    struct mprofile_state *state;

    init(&machine, "arm,cortex-m33");
    put_word(&machine, RAM, RAM + 0x7000);
    divide(&machine);
    state = &of(&machine)->state;
    put(&machine, RAM + 0x9000, load, sizeof(load));
    put_word(&machine, RAM + 0x5678, 0x12345678);
    state->msp[NON_SECURE] = RAM + 0xa000;
    state->x[0] = RAM + 0x9000;
    state->x[1] = RAM + 0x5678;
    run(&machine, code, sizeof(code), 3);
    EXPECT_EQ(state->exception, EXCEPTION_SECURE_FAULT);
    EXPECT_EQ(state->sfsr, SFSR_AUVIOL | SFSR_SFARVALID);
    EXPECT_EQ(state->sfar, RAM + 0x5678);
    EXPECT_EQ(state->secure, SECURE);
    /* The frame is on the Non-secure stack, and has not what was asked for. */
    EXPECT_EQ(word_at(&machine, RAM + 0xa000 - 0x20), RAM + 0x9000);
    fini(&machine);
}

TEST(a_forged_return_to_the_secure_state_is_refused)
{
    static const uint16_t code[] = {0x4704 /* BXNS r0 */};
    static const uint16_t call[] = {0xdf00 /* SVC */, HERE};
    static const uint16_t forge[] = {0x4708 /* BX r1 */};
    struct machine machine;
    struct mprofile_state *state;

    init(&machine, "arm,cortex-m33");
    put_word(&machine, RAM, RAM + 0x7000);
    divide(&machine);
    state = &of(&machine)->state;
    put(&machine, RAM + 0x9000, call, sizeof(call));
    put(&machine, RAM + 0x9100, forge, sizeof(forge));
    for (unsigned i = 1; i < 16; i++) {
        put_word(&machine, RAM + 0x8000 + 4 * i, (RAM + 0x9100) | 1);
    }
    state->vtor[NON_SECURE] = RAM + 0x8000;
    state->msp[NON_SECURE] = RAM + 0xa000;
    state->x[0] = RAM + 0x9000;
    state->x[1] = 0xfffffff9; /* ES: as if Secure code had been interrupted */
    run(&machine, code, sizeof(code), 5);
    EXPECT_EQ(state->exception, EXCEPTION_SECURE_FAULT);
    EXPECT_EQ(state->sfsr & SFSR_INVER, SFSR_INVER);
    fini(&machine);
}

/* Non-secure code at an address that ends in 2, with all it needs. */
static void call_non_secure(struct machine *machine, uint32_t target)
{
    static const uint16_t code[] = {0x4704 /* BXNS r0 */};
    struct mprofile_state *state = &of(machine)->state;
    const uint16_t jump[] = {0x4708 /* BX r1 */, HERE};

    put(machine, RAM + 0x9000, jump, sizeof(jump));
    state->msp[NON_SECURE] = RAM + 0xa000;
    state->x[0] = RAM + 0x9000;
    state->x[1] = target | 1;
    run(machine, code, sizeof(code), 3);
}

TEST(half_of_sg_is_no_gate)
{
    static const uint16_t gate[] = {0xe97f, 0xe97f, HERE};
    static const uint16_t other[] = {0xe97f, 0x2302, HERE};

    for (unsigned bit = 0; bit < 4; bit += 2) {
        struct machine machine;

        for (unsigned i = 0; i < 2; i++) {
            init(&machine, "arm,cortex-m33");
            put_word(&machine, RAM, RAM + 0x7000);
            divide(&machine);
            of(&machine)->state.sau_rbar[1] = RAM + 0x6000;
            of(&machine)->state.sau_rlar[1] = (RAM + 0x6fe0) | 3;
            put(&machine, RAM + 0x6000 + bit, i == 0 ? gate : other,
                sizeof(gate));
            call_non_secure(&machine, RAM + 0x6000 + bit);
            EXPECT_EQ(of(&machine)->state.secure, SECURE);
            EXPECT_EQ(of(&machine)->state.exception,
                      i == 0 ? 0 : EXCEPTION_SECURE_FAULT);
            EXPECT_EQ(of(&machine)->state.sfsr, i == 0 ? 0 : SFSR_INVEP);
            fini(&machine);
        }
    }
}

TEST(frames_with_all_fp_registers_are_taken_off_whole)
{
    static const uint16_t code[] = {NOP, NOP, HERE};
    const uint16_t back = BX_LR;
    struct machine machine;
    struct mprofile_state *state;

    init(&machine, "arm,cortex-m33f");
    put_word(&machine, RAM, RAM + 0x7000);
    put(&machine, RAM + 0x9100, &back, 2);
    put_word(&machine, RAM + 0x8000 + 4 * EXCEPTION_IRQ0, (RAM + 0x9100) | 1);
    divide(&machine);
    state = &of(&machine)->state;
    state->vtor[NON_SECURE] = RAM + 0x8000;
    state->msp[NON_SECURE] = RAM + 0xa000;
    state->irq_non_secure[0] = 1;
    state->irq_enabled[0] = 1;
    state->cpacr[SECURE] = state->cpacr[NON_SECURE] = 0xf << 20;
    state->control[NON_SECURE] = CONTROL_FPCA;
    state->control[SECURE] = CONTROL_SFPA;
    state->fpccr[SECURE] = 1u << 31 | 1 << 26 | 1 << 2; /* ASPEN, TS, S */
    state->s[20] = 0x12345678;
    state->x[7] = 0x77777777;
    run(&machine, code, sizeof(code), 1);
    core_input(machine.core, 0, 1);
    core_input(machine.core, 0, 0);
    core_run(machine.core, 1); /* BX LR, and back */
    EXPECT_EQ(state->exception, 0);
    EXPECT_EQ(state->secure, SECURE);
    EXPECT_EQ(state->x[MPROFILE_SP], RAM + 0x7000);
    EXPECT_EQ(state->s[20], 0x12345678);
    EXPECT_EQ(state->x[7], 0x77777777);
    fini(&machine);
}

TEST(the_activity_of_the_secure_hard_fault_is_not_ended_by_a_write)
{
    enum { SHCSR = (int)0xe000ed24, SHCSR_NS = (int)0xe002ed24 };
    const struct access secure = {.secure = true, .privileged = true};
    struct machine machine;
    struct mprofile_state *state;

    init(&machine, "arm,cortex-m33");
    state = &of(&machine)->state;
    state->system_active[SECURE] = BIT(EXCEPTION_HARD_FAULT);
    state->system_active[NON_SECURE] = BIT(EXCEPTION_HARD_FAULT);
    EXPECT_EQ(
        space_write(of(&machine)->ppb, &secure, gpa((uint32_t)SHCSR), 4, 0), 0);
    EXPECT_EQ(state->system_active[SECURE], BIT(EXCEPTION_HARD_FAULT));
    state->aircr = AIRCR_BFHFNMINS;
    EXPECT_EQ(
        space_write(of(&machine)->ppb, &secure, gpa((uint32_t)SHCSR_NS), 4, 0),
        0);
    EXPECT_EQ(state->system_active[SECURE], BIT(EXCEPTION_HARD_FAULT));
    EXPECT_EQ(state->system_active[NON_SECURE], 0);
    fini(&machine);
}

/* A Cortex-M33 in Non-secure Thread mode at RAM + 0x9000, by BXNS; handlers of
 * that state are at RAM + 0x9100. */
static void start_non_secure(struct machine *machine, const uint16_t *code,
                             size_t size)
{
    static const uint16_t jump[] = {0x4704 /* BXNS r0 */};
    struct mprofile_state *state;

    init(machine, "arm,cortex-m33f");
    put_word(machine, RAM, RAM + 0x7000);
    divide(machine);
    state = &of(machine)->state;
    put(machine, RAM + 0x9000, code, size);
    for (unsigned i = 1; i < 64; i++) {
        put_word(machine, RAM + 0x8000 + 4 * i, (RAM + 0x9100) | 1);
    }
    state->vtor[NON_SECURE] = RAM + 0x8000;
    state->msp[NON_SECURE] = RAM + 0xa000;
    state->cpacr[SECURE] = state->cpacr[NON_SECURE] = 0xf << 20;
    state->x[0] = RAM + 0x9000;
    run(machine, jump, sizeof(jump), 1);
}

TEST(unaligned_accesses_trap_by_the_bit_of_the_state_that_makes_them)
{
    static const uint16_t code[] = {0xdf00 /* SVC */, 0x6808 /* LDR r0, [r1] */,
                                    HERE};
    const uint16_t back = BX_LR;
    struct machine machine;
    struct mprofile_state *state;

    start_non_secure(&machine, code, sizeof(code));
    put(&machine, RAM + 0x9100, &back, 2);
    state = &of(&machine)->state;
    /* An interrupt of the Secure state stacks and unstacks at that page. */
    put(&machine, HANDLER, &back, 2);
    state->irq_enabled[0] = 1;
    state->ccr[NON_SECURE] |= CCR_UNALIGN_TRP;
    vcpu_flush_tlb(vcpu_of(machine.core));
    core_input(machine.core, 0, 1);
    core_input(machine.core, 0, 0);
    core_run(machine.core, 3);
    EXPECT_EQ(state->exception, 0);
    state->x[1] = RAM + 0x9f02;
    core_run(machine.core, 1);
    EXPECT_EQ(state->cfsr[NON_SECURE], UFSR_UNALIGNED);
    fini(&machine);
}

TEST(group_priorities_are_compared_before_subpriorities)
{
    static const uint16_t code[] = {HERE};
    struct machine machine;
    struct mprofile_state *state;

    start_non_secure(&machine, code, sizeof(code));
    state = &of(&machine)->state;
    /* Interrupt 0, Secure: no bit is a group's. Interrupt 1, Non-secure. */
    state->prigroup[SECURE] = 7;
    state->irq_non_secure[0] = 2;
    state->irq_enabled[0] = 3;
    state->irq_priority[0] = 0xe0;
    state->irq_priority[1] = 0x20;
    state->primask[SECURE] = 1;
    core_input(machine.core, 0, 1);
    core_input(machine.core, 1, 1);
    mprofile_find_next(of(&machine));
    EXPECT_EQ(of(&machine)->next.exception, EXCEPTION_IRQ0);
    EXPECT_EQ(of(&machine)->next.priority, 0);
    fini(&machine);
}

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
        struct machine machine;

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
        fini(&machine);
    }
}

TEST(without_leave_of_nsacr_no_fp_register_is_stacked_or_told_to_be)
{
    static const uint16_t code[] = {0xdf00 /* SVC */, HERE};
    struct machine machine;
    struct mprofile_state *state;

    start_non_secure(&machine, code, sizeof(code));
    state = &of(&machine)->state;
    state->control[NON_SECURE] |= CONTROL_FPCA;
    state->system_enabled[SECURE] |= BIT(EXCEPTION_USAGE_FAULT);
    core_run(machine.core, 1);
    EXPECT_EQ(state->secure, SECURE);
    EXPECT_EQ(state->exception, EXCEPTION_USAGE_FAULT);
    EXPECT_EQ(state->cfsr[SECURE], UFSR_NOCP);
    EXPECT_EQ(state->msp[NON_SECURE], RAM + 0xa000 - 0x20);
    fini(&machine);
}

TEST(fp_registers_of_two_owners_are_a_secure_fault)
{
    static const uint16_t code[] = {0xdf00 /* SVC */, HERE};
    struct machine machine;
    struct mprofile_state *state;

    start_non_secure(&machine, code, sizeof(code));
    state = &of(&machine)->state;
    state->nsacr = 3 << 10;
    state->control[NON_SECURE] |= CONTROL_FPCA;
    state->fpccr[SECURE] = 1u << 31 | 1 << 30 | 1 << 2 | 1; /* S, LSPACT */
    core_run(machine.core, 1);
    EXPECT_EQ(state->exception, EXCEPTION_SECURE_FAULT);
    EXPECT_EQ(state->sfsr, SFSR_LSERR);
    fini(&machine);
}

TEST(a_return_with_a_forged_number_ends_the_negative_priority)
{
    static const uint16_t code[] = {0x4708 /* BX r1 */};
    struct machine machine;
    struct mprofile_state *state;

    init(&machine, "arm,cortex-m33");
    state = &of(&machine)->state;
    state->vectors_read = 1;
    state->system_active[SECURE] = BIT(EXCEPTION_HARD_FAULT);
    state->system_enabled[SECURE] |= BIT(EXCEPTION_USAGE_FAULT);
    state->exception = EXCEPTION_IRQ0 + 3;
    state->x[MPROFILE_SP] = STACK - 0x20;
    state->x[IR_PC] = CODE;
    state->x[1] = 0xfffffff9;
    put_word(&machine, STACK - 8, CODE + 0x100);
    put_word(&machine, STACK - 4, 1 << 24);
    mprofile_nvic_changed(of(&machine));
    run(&machine, code, sizeof(code), 1);
    EXPECT_EQ(state->cfsr[SECURE], UFSR_INVPC);
    EXPECT_EQ(state->system_active[SECURE], BIT(EXCEPTION_USAGE_FAULT));
    fini(&machine);
}

TEST(a_number_that_no_exception_has_is_not_taken_from_a_frame)
{
    static const uint16_t code[] = {0x4708 /* BX r1 */};
    struct machine machine;
    struct mprofile_state *state;

    init(&machine, "arm,cortex-m33");
    state = &of(&machine)->state;
    state->vectors_read = 1;
    state->system_active[SECURE] = BIT(EXCEPTION_PENDSV);
    state->exception = EXCEPTION_PENDSV;
    state->x[MPROFILE_SP] = STACK - 0x20;
    state->x[IR_PC] = CODE;
    state->x[1] = 0xfffffff1;
    put_word(&machine, STACK - 8, CODE + 0x100);
    put_word(&machine, STACK - 4, 1 << 24 | 0x1ff);
    mprofile_nvic_changed(of(&machine));
    run(&machine, code, sizeof(code), 1);
    EXPECT(state->exception < MPROFILE_EXCEPTIONS);
    EXPECT_EQ(state->x[IR_PC], CODE + 0x100);
    fini(&machine);
}

TEST(secure_unprivileged_code_may_write_sfpa_alone)
{
    static const uint16_t code[] = {0xf381, 0x8814 /* MSR CONTROL, r1 */};
    struct machine machine;
    struct mprofile_state *state;

    init(&machine, "arm,cortex-m33f");
    state = &of(&machine)->state;
    state->control[SECURE] = CONTROL_NPRIV;
    mprofile_update_contexts(of(&machine));
    state->x[1] = CONTROL_SFPA | CONTROL_SPSEL | CONTROL_FPCA;
    run(&machine, code, sizeof(code), 1);
    EXPECT_EQ(state->control[SECURE], CONTROL_NPRIV | CONTROL_SFPA);
    EXPECT_EQ(state->control[NON_SECURE] & CONTROL_FPCA, 0);
    fini(&machine);
}

TEST(a_fetch_that_is_refused_comes_before_what_is_not_thumb)
{
    static const uint16_t code[] = {0x4700 /* BX r0 */};
    struct machine machine;

    init(&machine, "arm,cortex-m33");
    put_word(&machine, RAM, RAM + 0x7000);
    divide(&machine);
    of(&machine)->state.x[0] = RAM + 0x9000;
    run(&machine, code, sizeof(code), 2);
    EXPECT_EQ(of(&machine)->state.sfsr, SFSR_INVTRAN);
    EXPECT_EQ(of(&machine)->state.cfsr[SECURE], 0);
    fini(&machine);
}

TEST(a_gate_is_held_to_the_mpu_of_the_secure_state)
{
    const uint16_t gate[] = {0xe97f, 0xe97f, HERE};
    struct machine machine;
    struct mprofile_state *state;

    init(&machine, "arm,cortex-m33");
    put_word(&machine, RAM, RAM + 0x7000);
    divide(&machine);
    state = &of(&machine)->state;
    state->sau_rbar[1] = RAM + 0x6000;
    state->sau_rlar[1] = (RAM + 0x6fe0) | 3;
    put(&machine, RAM + 0x6000, gate, sizeof(gate));
    /* Only the code that calls is executable. */
    state->mpu_rbar[SECURE][0] = RAM + 2;
    state->mpu_rasr[SECURE][0] = (RAM + 0xfe0) | 1;
    state->mpu_ctrl[SECURE] = 1;
    mprofile_update_contexts(of(&machine));
    vcpu_flush_tlb(vcpu_of(machine.core));
    call_non_secure(&machine, RAM + 0x6000);
    EXPECT_EQ(state->cfsr[NON_SECURE], MMFSR_IACCVIOL);
    EXPECT_EQ(state->sfsr, 0);
    fini(&machine);
}

TEST(the_upper_system_space_is_secure_to_fetches_and_the_lower_exempt)
{
    for (unsigned i = 0; i < 2; i++) {
        struct machine machine;

        init(&machine, "arm,cortex-m33");
        put_word(&machine, RAM, RAM + 0x7000);
        divide(&machine);
        call_non_secure(&machine, i == 0 ? 0xe8000000 : 0xf8000000);
        EXPECT_EQ(of(&machine)->state.sfsr, i == 0 ? 0 : SFSR_INVEP);
        EXPECT_EQ(of(&machine)->state.cfsr[NON_SECURE],
                  i == 0 ? MMFSR_IACCVIOL : 0);
        fini(&machine);
    }
}

TEST(unprivileged_code_learns_nothing_of_its_own_mpu_by_tt)
{
    static const uint16_t code[] = {0xe841, 0xf200 /* TT r2, r1 */, 0xe841,
                                    0xf280 /* TTA r2, r1 */};
    enum { READ_WRITE = 3 << 18 };
    struct machine machine;
    struct mprofile_state *state;

    init(&machine, "arm,cortex-m33");
    state = &of(&machine)->state;
    state->control[SECURE] = CONTROL_NPRIV;
    mprofile_update_contexts(of(&machine));
    state->x[1] = RAM;
    run(&machine, code, sizeof(code), 1);
    EXPECT_EQ(state->x[2] & READ_WRITE, 0);
    core_run(machine.core, 1);
    EXPECT_EQ(state->x[2] & READ_WRITE, READ_WRITE);
    fini(&machine);
}

TEST(bxns_leaves_the_secure_state_for_what_is_no_exc_return_in_thread_mode)
{
    static const uint16_t code[] = {0x4704 /* BXNS r0 */};
    struct machine machine;

    init(&machine, "arm,cortex-m33");
    of(&machine)->state.x[0] = 0xfe001000;
    run(&machine, code, sizeof(code), 1);
    EXPECT_EQ(of(&machine)->state.secure, NON_SECURE);
    EXPECT_EQ(of(&machine)->state.x[IR_PC], 0xfe001000);
    fini(&machine);
}

TEST(handlers_that_are_not_thumb_run_nothing)
{
    static const uint16_t code[] = {UDF};
    static const uint16_t handler[] = {0x2007 /* MOVS r0, #7 */, HERE};
    struct machine machine;

    init(&machine, "arm,cortex-m3");
    put(&machine, HANDLER, handler, sizeof(handler));
    put_word(&machine, RAM + 4 * EXCEPTION_USAGE_FAULT, HANDLER);
    put_word(&machine, RAM + 4 * EXCEPTION_HARD_FAULT, HANDLER);
    of(&machine)->state.system_enabled[NON_SECURE] |=
        BIT(EXCEPTION_USAGE_FAULT);
    run(&machine, code, sizeof(code), 3);
    EXPECT_EQ(of(&machine)->state.x[0], 0);
    EXPECT_EQ(machine.core->power, CORE_STUCK);
    EXPECT_EQ(machine.core->retired, 0);
    fini(&machine);
}

TEST(bus_faults_stay_enabled_when_they_become_the_other_states)
{
    enum { SHCSR = (int)0xe000ed24, AIRCR = (int)0xe000ed0c };
    const struct access secure = {.secure = true, .privileged = true};
    struct machine machine;
    uint64_t value = 0;

    init(&machine, "arm,cortex-m33");
    struct space *ppb = of(&machine)->ppb;
    space_write(ppb, &secure, gpa((uint32_t)SHCSR), 4, 1 << 17);
    for (unsigned i = 0; i < 2; i++) {
        space_write(ppb, &secure, gpa((uint32_t)AIRCR), 4,
                    0x05fa0000 | (i == 0 ? AIRCR_BFHFNMINS : 0));
        space_read(ppb, &secure, gpa((uint32_t)SHCSR), 4, &value);
        EXPECT_EQ(value, 1 << 17);
    }
    fini(&machine);
}

TEST(a_non_secure_vector_in_secure_memory_is_a_fault_of_the_secure_state)
{
    static const uint16_t code[] = {0xdf00 /* SVC */, HERE};
    struct machine machine;
    struct mprofile_state *state;

    start_non_secure(&machine, code, sizeof(code));
    state = &of(&machine)->state;
    state->aircr = AIRCR_BFHFNMINS;
    state->vtor[NON_SECURE] = RAM + 0x1000;
    core_run(machine.core, 1);
    EXPECT_EQ(state->exception, EXCEPTION_HARD_FAULT);
    EXPECT_EQ(state->secure, SECURE);
    EXPECT_EQ(state->hfsr, HFSR_VECTTBL);
    fini(&machine);
}

TEST(registers_that_could_not_be_stacked_are_cleared_all_the_same)
{
    static const uint16_t code[] = {HERE};
    struct machine machine;
    struct mprofile_state *state;

    init(&machine, "arm,cortex-m33");
    put_word(&machine, RAM, RAM + 0x7000);
    divide(&machine);
    state = &of(&machine)->state;
    state->vtor[NON_SECURE] = RAM + 0x8000;
    state->irq_non_secure[0] = 1;
    state->irq_enabled[0] = 1;
    state->system_enabled[SECURE] |= BIT(EXCEPTION_USAGE_FAULT);
    run(&machine, code, sizeof(code), 1);
    state->x[7] = 0x77777777;
    state->msplim[SECURE] = RAM + 0x7000 - 0x20; /* the frame, and no more */
    core_input(machine.core, 0, 1);
    core_run(machine.core, 1);
    EXPECT_EQ(state->exception, EXCEPTION_USAGE_FAULT);
    EXPECT_EQ(state->cfsr[SECURE], UFSR_STKOF);
    EXPECT_EQ(state->x[7], 0);
    fini(&machine);
}

TEST(more_interrupts_than_there_are_is_refused)
{
    struct machine machine;
    struct core *core;
    struct error error = {""};
    struct core_config config = {.name = "m",
                                 .compatible = "arm,cortex-m3",
                                 .frequency_hz = 1000000,
                                 .mprofile.interrupts = 481};

    init(&machine, "arm,cortex-m3");
    config.space = machine.space;
    config.fabric = &machine.fabric;
    EXPECT_EQ(core_create(&config, &core, &error), -EINVAL);
    EXPECT_STR(error.text, "core 'm': 481 interrupts: expected 480 at most");
    error = (struct error){""};
    config.mprofile.interrupts = 1;
    config.mprofile.priority_bits = 9;
    EXPECT_EQ(core_create(&config, &core, &error), -EINVAL);
    EXPECT_STR(error.text, "core 'm': 9 priority bits: expected 2 to 8");
    fini(&machine);
}
