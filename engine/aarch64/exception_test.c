/* SPDX-License-Identifier: Apache-2.0 */
/* Vectors, returns, hints, identification, traps and the handlers of calls:
 * DDI 0487, D1. */
#include <stdio.h>
#include <string.h>

#include "base/bits.h"
#include "tests/a64.h"
#include "tests/harness.h"

static const struct core_config plain = {.aarch64.el2 = false};
static const struct core_config both = {.aarch64.el2 = true,
                                        .aarch64.el3 = true};

#define X(machine, number)   ((machine)->pe->state.r[number])
#define SET(machine, row, v) aarch64_register_write((machine)->pe, (row), (v))
#define GET(machine, row)    aarch64_register_read((machine)->pe, (row))

/* At a level of the non-secure state. */
static void start(struct a64 *m, const struct core_config *config,
                  unsigned level, unsigned spsel)
{
    a64_init(m, config);
    a64_vectors(m);
    SET(m, AARCH64_SCR_EL3, 0x531);
    SET(m, AARCH64_CPTR_EL3, 0);
    aarch64_set_sp(m->pe, level, spsel);
    m->pe->state.daif = 0;
    aarch64_update(m->pe);
}

/* ---- Vectors and returns ------------------------------------------------- */

TEST(the_vector_tells_what_came_from_where_and_the_state_is_saved)
{
    static const struct {
        uint8_t level, spsel, irq;
        uint64_t hcr;
        uint32_t pc; /* from the start of RAM */
        uint32_t spsr;
    } cases[] = {
        {1, 0, 0, 0,        A64_VECTORS_1 + 0x000, 0x4},
        {1, 1, 0, 0,        A64_VECTORS_1 + 0x200, 0x5},
        {0, 0, 0, 0,        A64_VECTORS_1 + 0x400, 0x0},
        {2, 0, 0, 0,        A64_VECTORS_2 + 0x000, 0x8},
        {2, 1, 0, 0,        A64_VECTORS_2 + 0x200, 0x9},
        {3, 1, 0, 0,        A64_VECTORS_3 + 0x200, 0xd},
        {0, 0, 0, 1u << 27, A64_VECTORS_2 + 0x400, 0x0}, /* TGE */
        {1, 0, 1, 0,        A64_VECTORS_1 + 0x080, 0x4},
        {1, 1, 1, 0,        A64_VECTORS_1 + 0x280, 0x5},
        {0, 0, 1, 0,        A64_VECTORS_1 + 0x480, 0x0},
        {1, 1, 1, 1u << 4,  A64_VECTORS_2 + 0x480, 0x5}, /* IMO */
        {0, 0, 1, 1u << 27, A64_VECTORS_2 + 0x480, 0x0},
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        OWNED(a64_fini) struct a64 m;

        start(&m, &both, cases[i].level, cases[i].spsel);
        SET(&m, AARCH64_HCR_EL2, cases[i].hcr);
        X(&m, IR_NZCV) = 6;
        core_input(m.core, AARCH64_IRQ, cases[i].irq);
        if (cases[i].irq) {
            A64_CODE(&m, 0, 0xd503201f /* nop */);
        }
        core_run(m.core, 1);
        test_case("case %u", (unsigned)i);
        EXPECT_EQ(X(&m, IR_PC), A64_RAM + cases[i].pc);
        EXPECT_EQ((GET(&m, AARCH64_SPSR_EL1) | GET(&m, AARCH64_SPSR_EL2) |
                   GET(&m, AARCH64_SPSR_EL3)) &
                      0xffffffff,
                  cases[i].spsr | 6u << 28);
        EXPECT_EQ(m.pe->state.daif, 15);
        EXPECT_EQ(m.pe->state.spsel, 1);
    }
}

FIXTURE(struct a64, m, a64_fini)

TEST_BEGINS(
    a_return_restores_flags_masks_and_stack_and_a_bad_address_faults_there, m)
{
    start(m, &plain, 1, 1);
    A64_CODE(m, 0, 0xd69f03e0 /* eret */);
    SET(m, AARCH64_SPSR_EL1, 0xa0000284); /* N and C, D and F, EL1t */
    SET(m, AARCH64_ELR_EL1, A64_RAM + 0x102);
    X(m, AARCH64_SP) = 0x1111;
    SET(m, AARCH64_SP_EL0, 0x2222);
    core_run(m->core, 1);
    EXPECT_EQ(X(m, IR_NZCV), 10);
    EXPECT_EQ(m->pe->state.daif, AARCH64_D | AARCH64_I);
    EXPECT_EQ(m->pe->state.spsel, 0);
    EXPECT_EQ(X(m, AARCH64_SP), 0x2222);
    EXPECT_EQ(X(m, IR_PC), A64_RAM + 0x102);
    core_run(m->core, 1);
    EXPECT_EQ(GET(m, AARCH64_ESR_EL1), 0x8a000000); /* PC alignment */
    EXPECT_EQ(GET(m, AARCH64_ELR_EL1), A64_RAM + 0x102);
    EXPECT_EQ(GET(m, AARCH64_FAR_EL1), A64_RAM + 0x102);
}

/* ---- Hints, events, the identification space ----------------------------- */

/* PACIASP, BTI, ESB, CSDB and those to come: nothing for this core. */
TEST(hints_that_are_not_there_do_nothing)
{
    for (uint32_t hint = 0; hint < 128; hint++) {
        uint32_t word = 0xd503201f | hint << 5;
        struct a64 m;

        if (hint == 3) { /* WFI */
            continue;
        }
        start(&m, &both, 0, 0);
        SET(&m, AARCH64_SCTLR_EL1, 0x50000); /* nTWI, nTWE */
        for (unsigned i = 0; i < 31; i++) {
            X(&m, i) = 0x1234567800000000 + i;
        }
        a64_load(&m, 0, &word, 4);
        A64_CODE(&m, 4, 0x14000000 /* b . */);
        core_run(m.core, 1);
        test_case("hint %u", hint);
        EXPECT_EQ(m.core->retired, 1);
        EXPECT_EQ(X(&m, IR_PC), A64_RAM + 4);
        for (unsigned i = 0; i < 31; i++) {
            EXPECT_EQ(X(&m, i), 0x1234567800000000 + i);
        }
        a64_fini(&m);
    }
}

TEST(wfe_takes_the_event_and_goes_on_without_one)
{
    static const struct {
        const char *what;
        uint32_t first;
        uint8_t event; /* behind the first instruction */
    } cases[] = {
        {"nop",  0xd503201f, 0},
        {"sevl", 0xd50320bf, 1},
        {"sev",  0xd503209f, 1},
        {"eret", 0xd69f03e0, 1},
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        OWNED(a64_fini) struct a64 m;

        start(&m, &both, 1, 1);
        a64_load(&m, 0, &cases[i].first, 4);
        A64_CODE(&m, 4, 0xd503205f /* wfe */, 0x14000000 /* b . */);
        SET(&m, AARCH64_SPSR_EL1, 5);
        SET(&m, AARCH64_ELR_EL1, A64_RAM + 4);
        core_run(m.core, 1);
        test_case("%s", cases[i].what);
        EXPECT_EQ(m.pe->state.event, cases[i].event);
        core_run(m.core, 99);
        EXPECT_EQ(m.core->retired, 100);
        EXPECT_EQ(X(&m, IR_PC), A64_RAM + 8);
        EXPECT_EQ(m.pe->state.event, 0);
    }
}

TEST(the_identification_space_reads_as_zero_where_nothing_is_and_traps_whole)
{
    for (uint32_t number = 0; number < 7 * 8; number++) {
        uint32_t crm = 1 + number / 8;
        uint32_t op2 = number & 7;
        uint32_t encoding = AARCH64_ENCODING(3, 0, 0, crm, op2);
        uint32_t read = 0xd5200000 | encoding << 5;
        uint32_t write = 0xd5000000 | encoding << 5;
        bool listed = aarch64_register_find(encoding) >= 0;
        struct a64 m;

        test_case("CRm %u, op2 %u", crm, op2);
        start(&m, &both, 1, 1);
        a64_load(&m, 0, &read, 4);
        X(&m, 0) = 0x5555;
        core_run(m.core, 1);
        EXPECT_EQ(X(&m, IR_PC), A64_RAM + 4);
        EXPECT(listed || X(&m, 0) == 0);
        a64_load(&m, 4, &write, 4);
        core_run(m.core, 1);
        EXPECT_EQ(GET(&m, AARCH64_ESR_EL1), 0x02000000);
        a64_fini(&m);
        start(&m, &both, 1, 1);
        a64_load(&m, 0, &read, 4);
        SET(&m, AARCH64_HCR_EL2, 1 << 18); /* TID3 */
        core_run(m.core, 1);
        EXPECT_EQ(GET(&m, AARCH64_ESR_EL2), 0x62300001 | op2 << 17 | crm << 1);
        a64_fini(&m);
        start(&m, &both, 0, 0);
        a64_load(&m, 0, &read, 4);
        core_run(m.core, 1);
        EXPECT_EQ(GET(&m, AARCH64_ESR_EL1), 0x02000000);
        a64_fini(&m);
    }
}

/* ---- Traps of FP and SIMD ------------------------------------------------ */

TEST(fp_traps_where_cpacr_and_cptr_say)
{
    for (unsigned i = 0; i < 4 * 2 * 2 * 4; i++) {
        unsigned fpen = i & 3;
        unsigned tfp2 = i >> 2 & 1;
        unsigned tfp3 = i >> 3 & 1;
        unsigned level = i >> 4;
        unsigned to = 0;
        OWNED(a64_fini) struct a64 m;

        if (level < 2 && ((fpen & 1) == 0 || (fpen == 1 && level == 0))) {
            to = 1;
        } else if (level < 3 && tfp2 != 0) {
            to = 2;
        } else if (tfp3 != 0) {
            to = 3;
        }
        start(&m, &both, level, level != 0);
        A64_CODE(&m, 0, 0x9e670000 /* fmov d0, x0 */);
        X(&m, 0) = 7;
        SET(&m, AARCH64_CPACR_EL1, (uint64_t)fpen << 20);
        SET(&m, AARCH64_CPTR_EL2, (uint64_t)tfp2 << 10);
        SET(&m, AARCH64_CPTR_EL3, (uint64_t)tfp3 << 10);
        core_run(m.core, 1);
        test_case("EL%u, FPEN %u, TFP %u %u", level, fpen, tfp2, tfp3);
        EXPECT_EQ(m.pe->state.level, to != 0 ? to : level);
        EXPECT_EQ(m.pe->state.v[0].d[0], to != 0 ? 0 : 7);
        EXPECT_EQ(GET(&m, AARCH64_ESR_EL1) | GET(&m, AARCH64_ESR_EL2) |
                      GET(&m, AARCH64_ESR_EL3),
                  to != 0 ? 0x1fe00000 : 0);
    }
}

TEST(control_of_fp_is_itself_trapped)
{
    static const struct {
        const char *what;
        uint32_t word;
        uint8_t level;
        bool cptr2, cptr3; /* TCPAC */
        uint8_t to;
    } cases[] = {
        {"mrs x0, cpacr_el1", 0xd5381040, 1, false, false, 1},
        {"mrs x0, cpacr_el1", 0xd5381040, 1, true,  false, 2},
        {"mrs x0, cpacr_el1", 0xd5381040, 1, true,  true,  2},
        {"mrs x0, cpacr_el1", 0xd5381040, 1, false, true,  3},
        {"mrs x0, cptr_el2",  0xd53c1140, 2, true,  false, 2},
        {"mrs x0, cptr_el2",  0xd53c1140, 2, false, true,  3},
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        OWNED(a64_fini) struct a64 m;

        start(&m, &both, cases[i].level, 1);
        a64_load(&m, 0, &cases[i].word, 4);
        SET(&m, AARCH64_CPTR_EL2, (uint64_t)cases[i].cptr2 << 31);
        SET(&m, AARCH64_CPTR_EL3, (uint64_t)cases[i].cptr3 << 31);
        core_run(m.core, 1);
        test_case("%s, case %u", cases[i].what, (unsigned)i);
        EXPECT_EQ(m.pe->state.level, cases[i].to);
    }
}

/* ---- Calls --------------------------------------------------------------- */

static enum core_answer answer(void *context, struct core *core,
                               enum core_call call, uint64_t x[8])
{
    x[0] = 0;
    ++*(unsigned *)context;
    return CORE_ANSWERED;
}

TEST(calls_go_up_are_undefined_or_are_firmwares_by_what_there_is)
{
    static const struct {
        const char *what;
        uint64_t hcr;
        uint32_t word;
        uint32_t scr; /* beside 0x430 */
        uint8_t el2, el3;
        uint8_t level;
        uint8_t to; /* 0: firmware answers; 4: undefined */
    } cases[] = {
        {"hvc",            0,          0xd4000002, 0x101, 1, 1, 1, 2},
        {"hvc, no HCE",    0,          0xd4000002, 1,     1, 1, 1, 4},
        {"hvc, HCD",       1ull << 29, 0xd4000002, 0,     1, 0, 1, 4},
        {"hvc, secure",    0,          0xd4000002, 0x100, 1, 1, 1, 4},
        {"hvc at EL0",     0,          0xd4000002, 0x101, 1, 1, 0, 4},
        {"hvc at EL3",     0,          0xd4000002, 0x101, 1, 1, 3, 3},
        {"hvc, no EL2",    0,          0xd4000002, 0,     0, 0, 1, 0},
        {"hvc, EL0 again", 0,          0xd4000002, 0,     0, 0, 0, 4},
        {"smc",            0,          0xd4000003, 1,     1, 1, 1, 3},
        {"smc, SMD",       0,          0xd4000003, 0x81,  1, 1, 1, 4},
        {"smc, TSC",       1ull << 19, 0xd4000003, 1,     1, 1, 1, 2},
        {"smc, both",      1ull << 19, 0xd4000003, 0x81,  1, 1, 1, 2},
        {"smc at EL0",     0,          0xd4000003, 1,     1, 1, 0, 4},
        {"smc, no EL3",    0,          0xd4000003, 0,     1, 0, 2, 0},
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        unsigned calls = 0;
        const struct core_config config = {.aarch64.el2 = cases[i].el2,
                                           .aarch64.el3 = cases[i].el3,
                                           .aarch64.firmware = answer,
                                           .aarch64.firmware_context = &calls};
        unsigned own = cases[i].level != 0 ? cases[i].level : 1;
        unsigned to = cases[i].to == 4   ? own
                      : cases[i].to == 0 ? cases[i].level
                                         : cases[i].to;
        OWNED(a64_fini) struct a64 m;

        start(&m, &config, cases[i].level, cases[i].level != 0);
        a64_load(&m, 0, &cases[i].word, 4);
        SET(&m, AARCH64_SCR_EL3, 0x430 | cases[i].scr);
        SET(&m, AARCH64_HCR_EL2, cases[i].hcr);
        core_run(m.core, 1);
        test_case("%s", cases[i].what);
        EXPECT_EQ(calls, cases[i].to == 0);
        EXPECT_EQ(m.pe->state.level, to);
        EXPECT_EQ(GET(&m, AARCH64_ESR_EL1) == 0x02000000, cases[i].to == 4);
    }
}

/* ---- Exceptions without end ---------------------------------------------- */

static void keep_line(void *context, enum log_kind kind, const char *line)
{
    char *kept = context;

    if (kind == LOG_GUEST) {
        snprintf(kept, 512, "%s", line);
    }
}

/* A data abort whose vector is where nothing is. */
TEST_BEGINS(a_core_that_is_stuck_tells_its_syndromes_and_how_it_began, m)
{
    static const char told[] =
        "exceptions without end at 0x10200 (ESR_EL1 0x86000010, FAR 0x10200), "
        "which began with ESR_EL1 0x96000010, ELR 0x40000000, FAR 0x12340";
    char line[512] = "";

    start(m, &both, 1, 1);
    m->fabric.log.sink = keep_line;
    m->fabric.log.context = line;
    SET(m, AARCH64_VBAR_EL1, 0x10000);
    X(m, 1) = 0x12340;
    A64_CODE(m, 0, 0xf9400020 /* ldr x0, [x1] */);
    core_run(m->core, 1000);
    EXPECT_EQ(m->core->power, CORE_STUCK);
    test_case("%s", line);
    EXPECT(strstr(line, told) != NULL);
}
