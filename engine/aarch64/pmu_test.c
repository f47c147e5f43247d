/* SPDX-License-Identifier: Apache-2.0 */
/* Performance monitors: DDI 0487, D7. */
#include "base/bits.h"
#include "tests/a64.h"
#include "tests/harness.h"

static const struct core_config both = {.aarch64.el2 = true,
                                        .aarch64.el3 = true};

#define X(machine, number)   ((machine)->pe->state.r[number])
#define SET(machine, row, v) aarch64_register_write((machine)->pe, (row), (v))
#define GET(machine, row)    aarch64_register_read((machine)->pe, (row))

enum { E = 1, P = 2, C = 4, D = 8, DP = 32, LC = 64 };

/* At a level of the non-secure state, in a loop of two instructions; counter 0
 * counts instructions and so does the cycle counter. */
static void start(struct a64 *m, unsigned level)
{
    a64_init(m, &both);
    SET(m, AARCH64_SCR_EL3, 0x531);
    a64_vectors(m);
    aarch64_set_sp(m->pe, level, level != 0);
    m->pe->state.daif = 0;
    aarch64_update(m->pe);
    A64_CODE(m, 0, 0x91000421 /* add x1, x1, #1 */, 0x17ffffff /* b . - 4 */);
    SET(m, AARCH64_PMEVTYPER0_EL0, AARCH64_EVENT_INST_RETIRED);
    SET(m, AARCH64_PMCNTENSET_EL0, 0x80000001);
    SET(m, AARCH64_PMCR_EL0, E | LC);
}

FIXTURE(struct a64, m, a64_fini)
FIXTURE_BEGIN(m, start(m, 1))

TEST_ON(instructions_and_cycles_count_what_retires_while_they_are_on, m)
{
    SET(m, AARCH64_PMEVTYPER1_EL0, AARCH64_EVENT_CPU_CYCLES);
    SET(m, AARCH64_PMCNTENSET_EL0, 2);
    core_run(m->core, 1000);
    EXPECT_EQ(GET(m, AARCH64_PMEVCNTR0_EL0), 1000);
    EXPECT_EQ(GET(m, AARCH64_PMEVCNTR1_EL0), 1000);
    EXPECT_EQ(GET(m, AARCH64_PMCCNTR_EL0), 1000);
    SET(m, AARCH64_PMCNTENCLR_EL0, 1);
    core_run(m->core, 10);
    EXPECT_EQ(GET(m, AARCH64_PMEVCNTR0_EL0), 1000);
    EXPECT_EQ(GET(m, AARCH64_PMEVCNTR1_EL0), 1010);
    SET(m, AARCH64_PMCR_EL0, LC);
    core_run(m->core, 10);
    EXPECT_EQ(GET(m, AARCH64_PMEVCNTR1_EL0), 1010);
    EXPECT_EQ(GET(m, AARCH64_PMCCNTR_EL0), 1010);
    /* P clears the event counters, C the cycles; neither reads back. */
    SET(m, AARCH64_PMCR_EL0, LC | P);
    EXPECT_EQ(GET(m, AARCH64_PMEVCNTR1_EL0), 0);
    EXPECT_EQ(GET(m, AARCH64_PMCCNTR_EL0), 1010);
    SET(m, AARCH64_PMCR_EL0, LC | C);
    EXPECT_EQ(GET(m, AARCH64_PMCCNTR_EL0), 0);
    EXPECT_EQ(GET(m, AARCH64_PMCR_EL0), 0x410a3000 | LC);
}

/* Bits 31 to 26 of a filter: P, U, NSK, NSU, NSH, M. */
TEST(filters_choose_levels_and_security_states)
{
    static const struct {
        uint8_t level, secure, filter;
        uint8_t counts;
    } cases[] = {
        {0, 0, 0x00, 1},
        {0, 0, 0x10, 0}, /* U */
        {0, 0, 0x14, 1}, /* U, but NSU says otherwise */
        {0, 0, 0x04, 0},
        {0, 1, 0x00, 1},
        {0, 1, 0x10, 0},
        {0, 1, 0x14, 0}, /* NSU is not for secure code */
        {1, 0, 0x00, 1},
        {1, 0, 0x20, 0}, /* P */
        {1, 0, 0x28, 1},
        {1, 0, 0x08, 0},
        {1, 1, 0x28, 0},
        {1, 1, 0x08, 1},
        {2, 0, 0x00, 0},
        {2, 0, 0x02, 1}, /* NSH lets EL2 in */
        {3, 1, 0x00, 1},
        {3, 1, 0x20, 0},
        {3, 1, 0x21, 1}, /* M as P */
        {3, 1, 0x01, 0},
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        uint64_t filter = (uint64_t)cases[i].filter << 26;
        OWNED(a64_fini) struct a64 m;

        start(&m, cases[i].level);
        SET(&m, AARCH64_SCR_EL3, cases[i].secure ? 0x530 : 0x531);
        SET(&m, AARCH64_MDCR_EL3, 1 << 17); /* SPME */
        SET(&m, AARCH64_PMEVTYPER0_EL0, filter | AARCH64_EVENT_INST_RETIRED);
        SET(&m, AARCH64_PMCCFILTR_EL0, filter);
        core_run(m.core, 100);
        test_case("case %u", (unsigned)i);
        EXPECT_EQ(GET(&m, AARCH64_PMEVCNTR0_EL0), cases[i].counts ? 100 : 0);
        EXPECT_EQ(GET(&m, AARCH64_PMCCNTR_EL0), cases[i].counts ? 100 : 0);
    }
}

TEST(secure_code_is_counted_with_spme_alone_and_cycles_unless_dp)
{
    for (unsigned i = 0; i < 4; i++) {
        bool allowed = (i & 1) != 0;
        bool dp = (i & 2) != 0;
        OWNED(a64_fini) struct a64 m;

        start(&m, 1);
        SET(&m, AARCH64_SCR_EL3, 0x530);
        SET(&m, AARCH64_MDCR_EL3, allowed ? 1 << 17 : 0);
        SET(&m, AARCH64_PMCR_EL0, E | LC | (dp ? DP : 0));
        core_run(m.core, 100);
        test_case("%u", i);
        EXPECT_EQ(GET(&m, AARCH64_PMEVCNTR0_EL0), allowed ? 100 : 0);
        EXPECT_EQ(GET(&m, AARCH64_PMCCNTR_EL0), allowed || !dp ? 100 : 0);
    }
}

/* ---- Overflow ------------------------------------------------------------ */

TEST(an_overflow_interrupts_right_after_the_instruction_that_made_it)
{
    for (unsigned before = 1; before < 70; before++) {
        OWNED(a64_fini) struct a64 m;

        start(&m, 1);
        line_connect(&m.core->outputs[AARCH64_PMU], core_input, m.core,
                     AARCH64_IRQ, "core.irq");
        SET(&m, AARCH64_PMEVCNTR0_EL0, 0x100000000 - before);
        SET(&m, AARCH64_PMINTENSET_EL1, 1);
        core_run(m.core, 1000);
        test_case("%u", before);
        EXPECT_EQ(X(&m, IR_PC), A64_RAM + A64_VECTORS_1 + 0x280);
        EXPECT_EQ(AARCH64_SYS(m.pe, ELR_EL1), A64_RAM + before % 2 * 4);
        EXPECT_EQ(X(&m, 1), (before + 1) / 2);
        EXPECT_EQ(GET(&m, AARCH64_PMOVSSET_EL0), 1);
        EXPECT_EQ(m.core->retired, 1000);
        EXPECT_EQ(GET(&m, AARCH64_PMEVCNTR0_EL0), 1000 - before);
        /* The line is PMOVS and PMINTEN, while PMCR.E is set. */
        EXPECT_EQ(m.core->outputs[AARCH64_PMU].level, 1);
        SET(&m, AARCH64_PMCR_EL0, LC);
        EXPECT_EQ(m.core->outputs[AARCH64_PMU].level, 0);
        SET(&m, AARCH64_PMCR_EL0, LC | E);
        EXPECT_EQ(m.core->outputs[AARCH64_PMU].level, 1);
        SET(&m, AARCH64_PMOVSCLR_EL0, 1);
        EXPECT_EQ(m.core->outputs[AARCH64_PMU].level, 0);
    }
}

TEST(the_cycle_counter_overflows_at_32_or_64_bits_and_may_be_divided)
{
    static const struct {
        uint64_t from, to;
        uint32_t control;
        bool overflow;
    } cases[] = {
        {0xfffffff0,         0x100000034, LC,     false},
        {0xfffffff0,         0x100000034, 0,      true },
        {0xfffffffffffffff0, 0x34,        LC,     true },
        {0xffffffff,         0x100000000, D,      true },
        {7,                  8,           D,      false},
        {7,                  75,          D | LC, false}, /* LC is stronger */
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        OWNED(a64_fini) struct a64 m;

        start(&m, 1);
        SET(&m, AARCH64_PMCR_EL0, E | cases[i].control);
        SET(&m, AARCH64_PMCCNTR_EL0, cases[i].from);
        SET(&m, AARCH64_PMINTENSET_EL1, 0x80000000);
        core_run(m.core, 68);
        test_case("case %u", (unsigned)i);
        EXPECT_EQ(GET(&m, AARCH64_PMCCNTR_EL0), cases[i].to);
        EXPECT_EQ(GET(&m, AARCH64_PMOVSCLR_EL0) >> 31, cases[i].overflow);
        EXPECT_EQ(m.core->outputs[AARCH64_PMU].level, cases[i].overflow);
    }
}

TEST_ON(a_chained_counter_counts_the_overflows_of_the_even_one_below_it, m)
{
    SET(m, AARCH64_PMEVTYPER1_EL0, AARCH64_EVENT_CHAIN);
    SET(m, AARCH64_PMEVTYPER2_EL0, AARCH64_EVENT_CHAIN);
    SET(m, AARCH64_PMCNTENSET_EL0, 7);
    SET(m, AARCH64_PMEVCNTR0_EL0, 0xfffffff0);
    SET(m, AARCH64_PMEVCNTR1_EL0, 0xffffffff);
    core_run(m->core, 20);
    EXPECT_EQ(GET(m, AARCH64_PMEVCNTR0_EL0), 4);
    EXPECT_EQ(GET(m, AARCH64_PMEVCNTR1_EL0), 0);
    EXPECT_EQ(GET(m, AARCH64_PMEVCNTR2_EL0), 0);
    EXPECT_EQ(GET(m, AARCH64_PMOVSSET_EL0), 3);
}

/* ---- Events -------------------------------------------------------------- */

TEST(every_event_that_pmceid_promises_counts)
{
    static const struct {
        enum aarch64_event event;
        uint32_t word;
        uint32_t count; /* of four turns of a loop of two */
    } cases[] = {
        {AARCH64_EVENT_SW_INCR,            0xd51b9c82 /* msr pmswinc_el0, x2 */, 4},
        {AARCH64_EVENT_INST_RETIRED,       0xd503201f /* nop */,                 8},
        {AARCH64_EVENT_CPU_CYCLES,         0xd503201f /* nop */,                 8},
        {AARCH64_EVENT_EXC_TAKEN,          0xd4000001 /* svc #0 */,              1},
        {AARCH64_EVENT_EXC_RETURN,         0xd69f03e0 /* eret */,                4},
        {AARCH64_EVENT_CID_WRITE_RETIRED,
         0xd518d022 /* msr contextidr_el1, x2 */,                                4},
        {AARCH64_EVENT_TTBR_WRITE_RETIRED, 0xd5182022 /* msr ttbr1_el1, x2 */,
         4                                                                        },
        {AARCH64_EVENT_CHAIN,              0xd503201f /* nop */,                 0},
    };
    uint64_t promised = 0;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        OWNED(a64_fini) struct a64 m;

        start(&m, 1);
        a64_load(&m, 0, &cases[i].word, 4);
        X(&m, 2) = 1;
        SET(&m, AARCH64_ELR_EL1, A64_RAM + 4);
        SET(&m, AARCH64_SPSR_EL1, 5);
        SET(&m, AARCH64_PMEVTYPER0_EL0, cases[i].event);
        core_run(m.core, 8);
        test_case("event %x", cases[i].event);
        EXPECT_EQ(GET(&m, AARCH64_PMEVCNTR0_EL0), cases[i].count);
        promised |= (uint64_t)1 << cases[i].event;
        EXPECT_EQ(GET(&m, AARCH64_PMCEID1_EL0), 0);
        if (i + 1 == ARRAY_SIZE(cases)) {
            EXPECT_EQ(GET(&m, AARCH64_PMCEID0_EL0), promised);
        }
    }
}

/* The value of the counter is zero whatever the program does. */
TEST(an_event_that_is_not_counted_is_told)
{
    static const struct {
        uint32_t event;
        bool told;
    } rows[] = {
        {0x13,  true }, /* MEM_ACCESS */
        {0x3f,  true },
        {0x40,  true }, /* past the identification */
        {0x108, true },
        {0x08,  false},
        {0x1e,  false},
    };

    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        OWNED(a64_fini) struct a64 m;

        start(&m, 1);
        const struct log *log = &m.core->config.fabric->log;
        test_case("event %x", rows[i].event);
        SET(&m, AARCH64_PMEVTYPER0_EL0, rows[i].event);
        EXPECT_EQ(log->count[LOG_UNMODELLED], rows[i].told);
    }
}

TEST_BEGINS(a_call_counts_where_it_was_made_and_its_return_likewise, m)
{
    start(m, 0);
    A64_CODE(m, 0, 0xd503201f /* nop */, 0xd4000001 /* svc #0 */,
             0xd503201f /* nop */, 0x14000000 /* b . */);
    A64_CODE(m, A64_VECTORS_1 + 0x400, 0xd503201f /* nop */,
             0xd69f03e0 /* eret */);
    SET(m, AARCH64_PMEVTYPER1_EL0,
        (uint64_t)1 << 30 | AARCH64_EVENT_INST_RETIRED); /* not EL0 */
    SET(m, AARCH64_PMEVTYPER2_EL0,
        (uint64_t)1 << 31 | AARCH64_EVENT_INST_RETIRED); /* not EL1 */
    SET(m, AARCH64_PMCNTENSET_EL0, 7);
    core_run(m->core, 2);
    EXPECT_EQ(GET(m, AARCH64_PMEVCNTR1_EL0), 0);
    EXPECT_EQ(GET(m, AARCH64_PMEVCNTR2_EL0), 2);
    core_run(m->core, 3);
    EXPECT_EQ(GET(m, AARCH64_PMEVCNTR0_EL0), 5);
    EXPECT_EQ(GET(m, AARCH64_PMEVCNTR1_EL0), 2);
    EXPECT_EQ(GET(m, AARCH64_PMEVCNTR2_EL0), 3);
}

/* ---- Access -------------------------------------------------------------- */

TEST_ON(el2_keeps_counters_for_itself, m)
{
    SET(m, AARCH64_MDCR_EL2, 2);
    SET(m, AARCH64_PMEVCNTR3_EL0, 5); /* not EL1's any more */
    SET(m, AARCH64_PMCNTENSET_EL0, 8);
    EXPECT_EQ(GET(m, AARCH64_PMCR_EL0) >> 11 & 31, 2);
    EXPECT_EQ(GET(m, AARCH64_PMCNTENSET_EL0), 0x80000001);
    aarch64_set_sp(m->pe, 2, 1);
    aarch64_update(m->pe);
    EXPECT_EQ(GET(m, AARCH64_PMCR_EL0) >> 11 & 31, 6);
    EXPECT_EQ(GET(m, AARCH64_PMEVCNTR3_EL0), 0);
    SET(m, AARCH64_PMEVTYPER3_EL0, 1 << 27 | AARCH64_EVENT_INST_RETIRED);
    SET(m, AARCH64_PMEVCNTR3_EL0, 5);
    SET(m, AARCH64_PMCNTENSET_EL0, 8);
    core_run(m->core, 10); /* PMCR.E is not for it */
    EXPECT_EQ(GET(m, AARCH64_PMEVCNTR3_EL0), 5);
    SET(m, AARCH64_MDCR_EL2, 0x82); /* HPME is */
    core_run(m->core, 10);
    EXPECT_EQ(GET(m, AARCH64_PMEVCNTR3_EL0), 15);
    aarch64_set_sp(m->pe, 1, 1);
    aarch64_update(m->pe);
    EXPECT_EQ(GET(m, AARCH64_PMEVCNTR3_EL0), 0);
    SET(m, AARCH64_PMCR_EL0, E | LC | P);
    aarch64_set_sp(m->pe, 2, 1);
    aarch64_update(m->pe);
    EXPECT_EQ(GET(m, AARCH64_PMEVCNTR3_EL0), 15);
}

TEST(el0_may_what_pmuserenr_says)
{
    static const struct {
        const char *what;
        uint32_t word;
        uint32_t by; /* bits of PMUSERENR_EL0, each of which allows it */
    } cases[] = {
        {"mrs x0, pmcr_el0",       0xd53b9c00, 1    },
        {"mrs x0, pmccntr_el0",    0xd53b9d00, 1 | 4},
        {"msr pmccntr_el0, x0",    0xd51b9d00, 1    },
        {"mrs x0, pmevcntr0_el0",  0xd53be800, 1 | 8},
        {"mrs x0, pmxevcntr_el0",  0xd53b9d40, 1 | 8},
        {"msr pmxevcntr_el0, x0",  0xd51b9d40, 1    },
        {"msr pmselr_el0, x0",     0xd51b9ca0, 1 | 8},
        {"msr pmswinc_el0, x0",    0xd51b9c80, 1 | 2},
        {"msr pmcntenset_el0, x0", 0xd51b9c20, 1    },
        {"mrs x0, pmuserenr_el0",  0xd53b9e00, 31   },
        {"msr pmuserenr_el0, x0",  0xd51b9e00, 0    },
        {"mrs x0, pmintenset_el1", 0xd5389e20, 0    },
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases) * 5; i++) {
        unsigned bit = (unsigned)(i % 5);
        OWNED(a64_fini) struct a64 m;

        start(&m, 0);
        a64_load(&m, 0, &cases[i / 5].word, 4);
        SET(&m, AARCH64_PMUSERENR_EL0, 1 << bit & 15);
        core_run(m.core, 1);
        test_case("%s, bit %u", cases[i / 5].what, bit);
        EXPECT_EQ(m.pe->state.level == 0, cases[i / 5].by >> bit & 1);
    }
}

/* ---- Whatever the slices ------------------------------------------------- */

TEST(counting_is_the_same_in_slices_of_every_length_and_after_a_restore)
{
    static struct aarch64_state saved;

    for (uint64_t budget = 1; budget < 50; budget++) {
        struct a64 whole;
        OWNED(a64_fini) struct a64 stepped;

        start(&whole, 0);
        start(&stepped, 0);
        A64_CODE(&whole, 4, 0xd4000001 /* svc #0 */);
        A64_CODE(&stepped, 4, 0xd4000001 /* svc #0 */);
        SET(&whole, AARCH64_PMEVCNTR0_EL0, 0xfffffff0);
        SET(&stepped, AARCH64_PMEVCNTR0_EL0, 0xfffffff0);
        core_run(whole.core, budget);
        for (uint64_t i = 0; i < budget; i++) {
            core_run(stepped.core, 1);
            GET(&stepped, AARCH64_PMCCNTR_EL0); /* looking changes nothing */
        }
        test_case("budget %u", (unsigned)budget);
        EXPECT_EQ(core_hash(whole.core), core_hash(stepped.core));
        memcpy(&saved, whole.core->type->state(whole.core), sizeof(saved));
        memcpy(stepped.core->type->state(stepped.core), &saved, sizeof(saved));
        stepped.core->type->restored(stepped.core);
        core_run(whole.core, 100);
        core_run(stepped.core, 100);
        EXPECT_EQ(core_hash(whole.core), core_hash(stepped.core));
        EXPECT_EQ(GET(&stepped, AARCH64_PMCCNTR_EL0), budget + 100);
        a64_fini(&whole);
    }
}
