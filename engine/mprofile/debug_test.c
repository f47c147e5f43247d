/* SPDX-License-Identifier: Apache-2.0 */
/* Comparators of DWT and FPB, and DebugMonitor: what matches, when it is taken,
 * and that interpreter, compiler and chaos agree. Packets of ITM. */
#include "bus/trace.h"
#include "engine/mprofile/test_machine.h"
#include "tests/harness.h"

#define DWT_CTRL   0xe0001000u
#define DWT_CYCCNT 0xe0001004u
#define DWT_COMP0  0xe0001020u
#define FP_CTRL    0xe0002000u
#define FP_REMAP   0xe0002004u
#define FP_COMP0   0xe0002008u
#define SHPR3      0xe000ed20u
#define DEMCR      0xe000edfcu
#define DAUTHCTRL  0xe000ee04u
enum {
    DATA = RAM + 0x9000,
    MON = DEMCR_TRCENA | DEMCR_MON_EN,
};

static const enum core_engine engines[] = {
    CORE_ENGINE_INTERPRETER,
    CORE_ENGINE_COMPILER,
    CORE_ENGINE_CHAOS,
};

/* Ten words are stored from r0 on, and read again; then it stays. */
static const uint16_t code[] = {
    0x210a, /* 0: movs r1, #10 */
    0x4602, /* 2: mov r2, r0 */
    0x6011, /* 4: str r1, [r2] */
    0x3204, /* 6: adds r2, #4 */
    0x3901, /* 8: subs r1, #1 */
    0xd1fb, /* a: bne 4 */
    0x6803, /* c: ldr r3, [r0] */
    0x7844, /* e: ldrb r4, [r0, #1] */
    0xbf00, /* 10: nop */
    HERE,   /* 12: b . */
};

static void begin(struct machine *machine, const char *model,
                  enum core_engine engine)
{
    init_on(machine, model, engine);
    put(machine, CODE, code, sizeof(code));
    of(machine)->state.x[0] = DATA;
    poke(machine, DEMCR, MON);
}

static void compare(struct machine *machine, unsigned n, uint32_t comp,
                    uint32_t mask, uint32_t function)
{
    poke(machine, DWT_COMP0 + 16 * n, comp);
    poke(machine, DWT_COMP0 + 16 * n + 4, mask);
    poke(machine, DWT_COMP0 + 16 * n + 8, function);
}

/* The return address of the exception that the core is in: DebugMonitor. */
static uint32_t monitored(struct machine *machine)
{
    EXPECT_EQ(of(machine)->state.exception, EXCEPTION_DEBUG_MONITOR);
    return word_at(machine, (uint32_t)of(machine)->state.x[MPROFILE_SP] + 24);
}

static uint32_t matched(struct machine *machine, unsigned n)
{
    return peek(machine, DWT_COMP0 + 16 * n + 8) >> 24 & 1;
}

TEST(a_store_to_a_watched_word_is_taken_behind_it)
{
    for (unsigned i = 0; i < ARRAY_SIZE(engines); i++) {
        OWNED(fini) struct machine machine;

        begin(&machine, "arm,cortex-m3", engines[i]);
        compare(&machine, 0, DATA + 12, 2, 6);
        core_run(machine.core, 100);
        EXPECT_EQ(monitored(&machine), CODE + 6);
        EXPECT_EQ(word_at(&machine, DATA + 12), 7);
        EXPECT_EQ(word_at(&machine, DATA + 16), 0);
        EXPECT_EQ(of(&machine)->state.dfsr, DFSR_DWTTRAP);
        EXPECT_EQ(matched(&machine, 0), 1);
        EXPECT_EQ(matched(&machine, 0), 0);
    }
}

TEST(kinds_of_accesses_and_bytes_of_them_are_told_apart)
{
    static const struct {
        const char *model;
        uint32_t comp, mask, function, pc;
    } cases[] = {
        {"arm,cortex-m4",  DATA + 1, 0, 5,     0xe}, /* by the word */
        {"arm,cortex-m4",  DATA,     2, 5,     0xe},
        {"arm,cortex-m4",  DATA + 4, 2, 5,     0  },
        {"arm,cortex-m4",  DATA + 8, 2, 7,     6  },
        {"arm,cortex-m4",  DATA + 8, 2, 10,    0  }, /* tells others */
        {"arm,cortex-m33", DATA,     0, 0x816, 0xe},
        {"arm,cortex-m33", DATA + 2, 0, 0x016, 0xe},
        {"arm,cortex-m33", DATA + 4, 0, 0x816, 0  },
        {"arm,cortex-m33", DATA + 4, 0, 0x815, 6  },
        {"arm,cortex-m33", DATA + 4, 0, 0x805, 0  }, /* no action */
    };

    for (unsigned i = 0; i < ARRAY_SIZE(cases) * ARRAY_SIZE(engines); i++) {
        const unsigned n = i / ARRAY_SIZE(engines);
        OWNED(fini) struct machine machine;

        begin(&machine, cases[n].model, engines[i % ARRAY_SIZE(engines)]);
        poke(&machine, DAUTHCTRL, 3);
        compare(&machine, 2, cases[n].comp, cases[n].mask, cases[n].function);
        core_run(machine.core, 100);
        if (cases[n].pc == 0) {
            EXPECT_EQ(of(&machine)->state.exception, 0);
        } else {
            EXPECT_EQ(monitored(&machine), CODE + cases[n].pc);
        }
        EXPECT_EQ(matched(&machine, 2), cases[n].pc != 0 ||
                                            cases[n].function == 10 ||
                                            cases[n].function == 0x805);
    }
}

TEST(values_are_compared_at_linked_addresses_or_at_any)
{
    static const struct {
        const char *model;
        uint32_t function0, function1, stored;
    } cases[] = {
  /* DATAVMATCH, a word, linked to comparator 0, then to none. */
        {"arm,cortex-m3",  0,     0x906,   10},
        {"arm,cortex-m3",  0,     0x11906, 4 },
        {"arm,cortex-m33", 0x805, 0x81b,   10},
        {"arm,cortex-m33", 0,     0x819,   4 },
    };

    for (unsigned i = 0; i < ARRAY_SIZE(cases) * ARRAY_SIZE(engines); i++) {
        const unsigned n = i / ARRAY_SIZE(engines);
        struct machine machine;

        begin(&machine, cases[n].model, engines[i % ARRAY_SIZE(engines)]);
        poke(&machine, DAUTHCTRL, 3);
        compare(&machine, 0, DATA, 2, cases[n].function0);
        compare(&machine, 1, cases[n].stored, 0, cases[n].function1);
        core_run(machine.core, 100);
        EXPECT_EQ(monitored(&machine), CODE + 6);
        EXPECT_EQ(of(&machine)->state.x[1], cases[n].stored);
        fini(&machine);
        begin(&machine, cases[n].model, engines[i % ARRAY_SIZE(engines)]);
        compare(&machine, 0, DATA, 2, cases[n].function0);
        compare(&machine, 1, 99, 0, cases[n].function1);
        core_run(machine.core, 100);
        EXPECT_EQ(of(&machine)->state.exception, 0);
        fini(&machine);
    }
}

TEST(an_instruction_that_is_compared_is_executed_first)
{
    static const struct {
        const char *model;
        uint32_t function;
    } cases[] = {
        {"arm,cortex-m3",  4   },
        {"arm,cortex-m33", 0x12},
    };

    for (unsigned i = 0; i < ARRAY_SIZE(cases) * ARRAY_SIZE(engines); i++) {
        const unsigned n = i / ARRAY_SIZE(engines);
        OWNED(fini) struct machine machine;

        begin(&machine, cases[n].model, engines[i % ARRAY_SIZE(engines)]);
        poke(&machine, DAUTHCTRL, 3);
        compare(&machine, 0, CODE + 0xc, 0, cases[n].function);
        core_run(machine.core, 1000);
        EXPECT_EQ(monitored(&machine), CODE + 0xe);
        EXPECT_EQ(of(&machine)->state.x[3], 10);
    }
}

FIXTURE(struct machine, machine, fini)
FIXTURE_BEGIN(machine, begin(machine, "arm,cortex-m33", CORE_ENGINE_ANY))

TEST_ON(ranges_end_at_the_limit_of_the_next_comparator, machine)
{
    poke(machine, DAUTHCTRL, 3);
    compare(machine, 0, DATA + 20, 0, 0x15);
    compare(machine, 1, DATA + 30, 0, 0x07);
    core_run(machine->core, 100);
    EXPECT_EQ(monitored(machine), CODE + 6);
    EXPECT_EQ(word_at(machine, DATA + 20), 5);
    EXPECT_EQ(word_at(machine, DATA + 24), 0);
    EXPECT_EQ(matched(machine, 1), 1);
}

TEST(the_cycle_counter_is_compared_and_repeats_bit_for_bit)
{
    static const struct {
        const char *model;
        uint32_t function;
    } cases[] = {
        {"arm,cortex-m3",  0x84},
        {"arm,cortex-m33", 0x11},
    };

    for (unsigned i = 0; i < ARRAY_SIZE(cases) * ARRAY_SIZE(engines); i++) {
        const unsigned n = i / ARRAY_SIZE(engines);
        OWNED(fini) struct machine machine;

        begin(&machine, cases[n].model, engines[i % ARRAY_SIZE(engines)]);
        poke(&machine, DAUTHCTRL, 3);
        poke(&machine, DWT_CYCCNT, 1000);
        poke(&machine, DWT_CTRL, 1);
        compare(&machine, 0, 1010, 0, cases[n].function);
        for (unsigned budget = 0; budget < 100; budget += 7) {
            core_run(machine.core, 7);
        }
        /* Two, then turns of four: the fourth ends at the count. */
        EXPECT_EQ(monitored(&machine), CODE + 4);
        EXPECT_EQ(of(&machine)->state.x[1], 8);
    }
}

TEST(the_cycle_counter_needs_trcena)
{
    static const struct {
        uint32_t demcr, ctrl;
        bool counts;
    } cases[] = {
        {0,            1, false},
        {DEMCR_TRCENA, 0, false},
        {DEMCR_TRCENA, 1, true },
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        OWNED(fini) struct machine machine;

        test_case("DEMCR 0x%08x, DWT_CTRL %u", cases[i].demcr, cases[i].ctrl);
        begin(&machine, "arm,cortex-m3", CORE_ENGINE_ANY);
        poke(&machine, DEMCR, cases[i].demcr);
        poke(&machine, DWT_CYCCNT, 1000);
        poke(&machine, DWT_CTRL, cases[i].ctrl);
        core_run(machine.core, 7);
        EXPECT_EQ(peek(&machine, DWT_CYCCNT), cases[i].counts ? 1007 : 1000);
        poke(&machine, DEMCR, 0); /* what was counted stays */
        core_run(machine.core, 7);
        EXPECT_EQ(peek(&machine, DWT_CYCCNT), cases[i].counts ? 1007 : 1000);
    }
}

TEST_BEGINS(watching_needs_trcena_and_the_monitor, machine)
{
    begin(machine, "arm,cortex-m3", CORE_ENGINE_ANY);
    compare(machine, 0, DATA, 2, 6);
    poke(machine, DEMCR, DEMCR_MON_EN);
    core_run(machine->core, 100);
    EXPECT_EQ(matched(machine, 0), 0);
    fini(machine);
    begin(machine, "arm,cortex-m3", CORE_ENGINE_ANY);
    compare(machine, 0, DATA, 2, 6);
    poke(machine, DEMCR, DEMCR_TRCENA);
    core_run(machine->core, 100);
    EXPECT_EQ(of(machine)->state.exception, 0);
    EXPECT_EQ(matched(machine, 0), 1);
    EXPECT_EQ(of(machine)->state.dfsr, 0);
}

TEST(a_breakpoint_is_taken_before_its_instruction)
{
    static const struct {
        const char *model;
        uint32_t comp;
    } cases[] = {
  /* REPLACE names the half of a word in the code region. */
        {"arm,cortex-m3",  0x80000001 | (CODE - RAM + 0xc)},
        {"arm,cortex-m3",  0xc0000001 | (CODE - RAM + 0xc)},
        {"arm,cortex-m7",  (CODE - RAM + 0xe) | 1         },
        {"arm,cortex-m33", (CODE - RAM + 0xe) | 1         },
    };

    for (unsigned i = 0; i < ARRAY_SIZE(cases) * ARRAY_SIZE(engines); i++) {
        const unsigned n = i / ARRAY_SIZE(engines);
        OWNED(fini) struct machine machine;
        struct window window = {.name = "code",
                                .size_bytes = RAM_SIZE,
                                .rights = WINDOW_R | WINDOW_X,
                                .enabled = true};

        begin(&machine, cases[n].model, engines[i % ARRAY_SIZE(engines)]);
        window.region = machine.ram;
        space_add_window(machine.space, &window);
        put_word(&machine, RAM + 4, (CODE - RAM) | 1);
        poke(&machine, DAUTHCTRL, 3);
        poke(&machine, FP_CTRL, 3);
        poke(&machine, FP_COMP0, cases[n].comp);
        core_run(machine.core, 1000);
        EXPECT_EQ(monitored(&machine), CODE - RAM + (n == 1 ? 0xc : 0xe));
        EXPECT_EQ(of(&machine)->state.x[3], n == 1 ? 0 : 10);
        EXPECT_EQ(of(&machine)->state.dfsr, DFSR_BKPT);
    }
}

TEST(a_breakpoint_without_a_monitor_is_a_hard_fault_of_armv7)
{
    static const char *const models[] = {"arm,cortex-m7", "arm,cortex-m33"};

    for (unsigned i = 0; i < ARRAY_SIZE(models); i++) {
        OWNED(fini) struct machine machine;

        begin(&machine, models[i], CORE_ENGINE_ANY);
        poke(&machine, DEMCR, 0);
        poke(&machine, FP_CTRL, 3);
        poke(&machine, FP_COMP0, (CODE + 0xe) | 1);
        core_run(machine.core, 1000);
        EXPECT_EQ(of(&machine)->state.exception,
                  i == 0 ? EXCEPTION_HARD_FAULT : 0);
        EXPECT_EQ(of(&machine)->state.hfsr, i == 0 ? HFSR_DEBUGEVT : 0);
    }
}

TEST(words_of_code_and_literals_are_patched)
{
    /* A word of two instructions, and a literal, in the code region. */
    static const uint16_t program[] = {
        0x2001, /* 0: movs r0, #1 */
        0xbf00, /* 2: nop */
        0x2102, /* 4: movs r1, #2 */
        0x2203, /* 6: movs r2, #3 */
        0x4b01, /* 8: ldr r3, [pc, #4] */
        HERE,   /* a: b . */
        0,      0, 0x1111, 0x1111,
    };

    for (unsigned i = 0; i < ARRAY_SIZE(engines); i++) {
        OWNED(fini) struct machine machine;
        struct window window = {.name = "code",
                                .size_bytes = RAM_SIZE,
                                .rights = WINDOW_R | WINDOW_X,
                                .enabled = true};

        begin(&machine, "arm,cortex-m4", engines[i]);
        window.region = machine.ram;
        space_add_window(machine.space, &window);
        put(&machine, CODE, program, sizeof(program));
        put_word(&machine, RAM + 4, (CODE - RAM) | 1);
        poke(&machine, FP_REMAP, DATA);
        EXPECT_EQ(peek(&machine, FP_REMAP), DATA);
        poke(&machine, FP_COMP0 + 4, (CODE - RAM + 4) | 1);
        poke(&machine, FP_COMP0 + 28, (CODE - RAM + 16) | 1);
        put_word(&machine, DATA + 4, 0x22072106); /* r1 = 6, r2 = 7 */
        put_word(&machine, DATA + 28, 0x12345678);
        core_run(machine.core, 10);
        EXPECT_EQ(of(&machine)->state.x[1], 2);
        EXPECT_EQ(of(&machine)->state.x[3], 0x11111111);
        core_reset(machine.core);
        machine.core->power = CORE_RUNNING;
        poke(&machine, FP_REMAP, DATA);
        poke(&machine, FP_COMP0 + 4, (CODE - RAM + 4) | 1);
        poke(&machine, FP_COMP0 + 28, (CODE - RAM + 16) | 1);
        poke(&machine, FP_CTRL, 3);
        core_run(machine.core, 10);
        EXPECT_EQ(of(&machine)->state.x[0], 1);
        EXPECT_EQ(of(&machine)->state.x[1], 6);
        EXPECT_EQ(of(&machine)->state.x[2], 7);
        EXPECT_EQ(of(&machine)->state.x[3], 0x12345678);
    }
}

TEST(the_monitor_steps)
{
    /* The handler counts in r7 and returns. */
    static const uint16_t count[] = {0x3701, BX_LR};

    for (unsigned i = 0; i < ARRAY_SIZE(engines); i++) {
        OWNED(fini) struct machine machine;

        begin(&machine, "arm,cortex-m4", engines[i]);
        put(&machine, HANDLER, count, sizeof(count));
        poke(&machine, DEMCR, MON | DEMCR_MON_STEP);
        for (unsigned budget = 0; budget < 30; budget++) {
            core_run(machine.core, 1);
        }
        /* Each instruction of the program, and two of the handler. */
        EXPECT_EQ(of(&machine)->state.x[7], 10);
        EXPECT_EQ(of(&machine)->state.dfsr, DFSR_HALTED);
        EXPECT_EQ(of(&machine)->state.x[1], 8);
    }
}

TEST_BEGINS(a_step_enters_exceptions_below_the_monitor, machine)
{
    static const uint16_t svc[] = {0xdf00, HERE};

    begin(machine, "arm,cortex-m4", CORE_ENGINE_ANY);
    put(machine, CODE, svc, sizeof(svc));
    put_word(machine, RAM + 4 * EXCEPTION_SVCALL, (HANDLER + 0x40) | 1);
    put(machine, HANDLER + 0x40, code, sizeof(code));
    of(machine)->state.system_priority[NON_SECURE][EXCEPTION_SVCALL] = 0x40;
    poke(machine, DEMCR, MON | DEMCR_MON_STEP);
    core_run(machine->core, 5);
    EXPECT_EQ(monitored(machine), HANDLER + 0x40);
}

TEST_ON(the_monitor_of_the_secure_state_is_hidden_from_the_other, machine)
{
    uint64_t value = 0;

    struct access other = privileged_access(machine, false);
    compare(machine, 0, DATA, 0, 0x15);
    core_run(machine->core, 5);
    EXPECT_EQ(of(machine)->state.exception, 0); /* it is Secure code */
    poke(machine, DAUTHCTRL, 3);
    EXPECT_EQ(peek(machine, DEMCR), MON | DEMCR_SDME);
    space_read(of(machine)->ppb, &other, gpa(DEMCR), 4, &value);
    EXPECT_EQ(value, DEMCR_TRCENA | DEMCR_SDME);
    space_write(of(machine)->ppb, &other, gpa(DEMCR), 4, 0);
    EXPECT_EQ(peek(machine, DEMCR), DEMCR_MON_EN | DEMCR_SDME);
}

TEST_ON(dscsr_tells_the_secure_state_what_runs, machine)
{
    const uint32_t dscsr = 0xe000ee08;
    const struct access other = {.privileged = true};
    uint64_t value;

    EXPECT_EQ(peek(machine, dscsr), 1u << 16);
    space_read(of(machine)->ppb, &other, gpa(dscsr), 4, &value);
    EXPECT_EQ(value, 0);
}

TEST_BEGINS(what_is_armed_survives_a_snapshot, machine)
{
    OWNED(fini) struct machine other;

    begin(machine, "arm,cortex-m3", CORE_ENGINE_ANY);
    begin(&other, "arm,cortex-m3", CORE_ENGINE_ANY);
    compare(machine, 0, CODE + 4, 0, 4);
    core_run(machine->core, 3); /* behind the instruction, not yet taken */
    EXPECT_EQ(of(machine)->state.exception, 0);
    memcpy(other.core->type->state(other.core),
           machine->core->type->state(machine->core),
           machine->core->type->state_size);
    put(&other, RAM, region_host(machine->ram), RAM_SIZE);
    other.core->type->restored(other.core);
    core_run(other.core, 1);
    EXPECT_EQ(monitored(&other), CODE + 6);
}

/* ---- Trace --------------------------------------------------------------- */

#define ITM_STIM 0xe0000000u
#define ITM_TER  0xe0000e00u
#define ITM_TPR  0xe0000e40u
#define ITM_TCR  0xe0000e80u

static uint8_t packets[64];
static size_t packets_size;

static void take_packet(struct device *device, const void *bytes, size_t size)
{
    REQUIRE(packets_size + size <= sizeof(packets));
    memcpy(packets + packets_size, bytes, size);
    packets_size += size;
}

static void take_text(struct device *device, const void *bytes, size_t size)
{
}

static const struct trace_sink sink = {take_packet, take_text};
static const struct device_type port = {.compatible = "test,port",
                                        .interface = &sink};

static void write_as(struct machine *machine, bool privileged, uint32_t address,
                     unsigned size, uint32_t value)
{
    struct access access = privileged_access(machine, false);

    access.privileged = privileged;
    EXPECT_EQ(space_write(of(machine)->ppb, &access, gpa(address), size, value),
              0);
}

TEST_BEGINS(stimulus_ports_are_kept_from_unprivileged_code_by_eights, machine)
{
    static const uint8_t expected[] = {0x01, 1, 0x42, 2, 0, 0x43, 3, 0, 0, 0};
    struct device device = {.type = &port};

    init(machine, "arm,cortex-m4");
    machine->core->config.mprofile.trace = &device;
    poke(machine, DEMCR, DEMCR_TRCENA);
    poke(machine, ITM_TER, 0x101);
    poke(machine, ITM_TPR, 1);
    poke(machine, ITM_TCR, 1);
    packets_size = 0;
    write_as(machine, false, ITM_STIM, 1, 9);
    EXPECT_EQ(packets_size, 0);
    write_as(machine, true, ITM_STIM, 1, 1);
    write_as(machine, false, ITM_STIM + 32, 2, 2);
    write_as(machine, false, ITM_STIM + 32, 4, 3);
    EXPECT_EQ(packets_size, sizeof(expected));
    EXPECT(memcmp(packets, expected, sizeof(expected)) == 0);
}

TEST_BEGINS(the_stream_is_synchronized_when_the_tap_of_the_counter_changes,
            machine)
{
    static const uint8_t expected[] = {0, 0, 0, 0, 0, 0x80, 1, 7, 1, 8};
    struct device device = {.type = &port};

    init(machine, "arm,cortex-m4");
    machine->core->config.mprofile.trace = &device;
    poke(machine, DEMCR, DEMCR_TRCENA);
    poke(machine, DWT_CTRL, 1 << 10 | 1);
    poke(machine, ITM_TER, 1);
    poke(machine, ITM_TCR, 5);
    packets_size = 0;
    write_as(machine, true, ITM_STIM, 1, 7);
    write_as(machine, true, ITM_STIM, 1, 8);
    EXPECT_EQ(packets_size, sizeof(expected));
    EXPECT(memcmp(packets, expected, sizeof(expected)) == 0);
    poke(machine, DWT_CYCCNT, 1 << 24);
    packets_size = 0;
    write_as(machine, true, ITM_STIM, 1, 7);
    EXPECT_EQ(packets_size, 8);
}
