/* SPDX-License-Identifier: Apache-2.0 */
/* The generic timers: DDI 0487, D11. */
#include "base/bits.h"
#include "tests/a64.h"
#include "tests/harness.h"

static const struct core_config plain = {.aarch64.el2 = false};
static const struct core_config both = {.aarch64.el2 = true,
                                        .aarch64.el3 = true};

#define X(machine, number)   ((machine)->pe->state.r[number])
#define SET(machine, row, v) aarch64_register_write((machine)->pe, (row), (v))
#define GET(machine, row)    aarch64_register_read((machine)->pe, (row))

enum { ENABLE = 1, IMASK = 2, ISTATUS = 4, NS_PER_COUNT = 16 };

static const struct {
    const char *what;
    enum aarch64_register value, control, compare;
    enum aarch64_output output;
} timers[] = {
    {"CNTP",  AARCH64_CNTP_TVAL_EL0,  AARCH64_CNTP_CTL_EL0,  AARCH64_CNTP_CVAL_EL0,
     AARCH64_TIMER_PHYSICAL                                                                                 },
    {"CNTV",  AARCH64_CNTV_TVAL_EL0,  AARCH64_CNTV_CTL_EL0,  AARCH64_CNTV_CVAL_EL0,
     AARCH64_TIMER_VIRTUAL                                                                                  },
    {"CNTHP", AARCH64_CNTHP_TVAL_EL2, AARCH64_CNTHP_CTL_EL2,
     AARCH64_CNTHP_CVAL_EL2,                                                        AARCH64_TIMER_HYPERVISOR},
    {"CNTPS", AARCH64_CNTPS_TVAL_EL1, AARCH64_CNTPS_CTL_EL1,
     AARCH64_CNTPS_CVAL_EL1,                                                        AARCH64_TIMER_SECURE    },
};

static void advance(struct a64 *m, uint64_t counts)
{
    clock_advance(&m->fabric.clock,
                  clock_now(&m->fabric.clock) + counts * NS_PER_COUNT);
}

FIXTURE(struct a64, m, a64_fini)
FIXTURE_BEGIN(m, a64_init(m, &both))

TEST_ON(the_frequency_is_there_from_reset_and_the_virtual_count_has_its_offset,
        m)
{
    EXPECT_EQ(GET(m, AARCH64_CNTFRQ_EL0), 62500000);
    advance(m, 1000);
    EXPECT_EQ(GET(m, AARCH64_CNTPCT_EL0), 1000);
    EXPECT_EQ(GET(m, AARCH64_CNTVCT_EL0), 1000);
    SET(m, AARCH64_CNTVOFF_EL2, 300);
    EXPECT_EQ(GET(m, AARCH64_CNTPCT_EL0), 1000);
    EXPECT_EQ(GET(m, AARCH64_CNTVCT_EL0), 700);
    SET(m, AARCH64_CNTVOFF_EL2, 1001);
    EXPECT_EQ(GET(m, AARCH64_CNTVCT_EL0), UINT64_MAX);
}

TEST(a_counter_of_another_frequency_counts_and_is_due_by_it)
{
    static const struct {
        uint32_t hz;
        uint64_t ns, count; /* at the first nanosecond of that count */
    } cases[] = {
        {1600000000, 5,          8         },
        {1600000000, 7,          11        },
        {1600000000, 1000000000, 1600000000},
        {25000000,   40,         1         },
        {3,          1000000000, 3         },
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct core_config config = both;
        OWNED(a64_fini) struct a64 m;

        test_case("%u Hz, %llu ns", cases[i].hz,
                  (unsigned long long)cases[i].ns);
        config.aarch64.counter_hz = cases[i].hz;
        a64_init(&m, &config);
        EXPECT_EQ(GET(&m, AARCH64_CNTFRQ_EL0), cases[i].hz);
        SET(&m, AARCH64_CNTP_CVAL_EL0, cases[i].count);
        SET(&m, AARCH64_CNTP_CTL_EL0, 1);
        clock_advance(&m.fabric.clock,
                      clock_now(&m.fabric.clock) + cases[i].ns - 1);
        EXPECT(GET(&m, AARCH64_CNTPCT_EL0) < cases[i].count);
        EXPECT_EQ(GET(&m, AARCH64_CNTP_CTL_EL0), 1);
        clock_advance(&m.fabric.clock, clock_now(&m.fabric.clock) + 1);
        EXPECT_EQ(GET(&m, AARCH64_CNTPCT_EL0), cases[i].count);
        EXPECT_EQ(GET(&m, AARCH64_CNTP_CTL_EL0), 5);
    }
}

TEST(each_timer_is_due_at_its_count_and_its_line_is_a_level)
{
    for (size_t i = 0; i < ARRAY_SIZE(timers); i++) {
        OWNED(a64_fini) struct a64 m;

        a64_init(&m, &both);
        const struct line *line = &m.core->outputs[timers[i].output];
        test_case("%s", timers[i].what);
        advance(&m, 1000);
        SET(&m, timers[i].value, 100);
        EXPECT_EQ(GET(&m, timers[i].compare), 1100);
        EXPECT_EQ(GET(&m, timers[i].control), 0);
        SET(&m, timers[i].control, ENABLE);
        advance(&m, 99);
        EXPECT_EQ(line->level, 0);
        EXPECT_EQ(GET(&m, timers[i].value), 1);
        advance(&m, 1);
        EXPECT_EQ(line->level, 1);
        EXPECT_EQ(GET(&m, timers[i].control), ENABLE | ISTATUS);
        /* TVAL is a signed view that runs on. */
        advance(&m, 7);
        EXPECT_EQ(GET(&m, timers[i].value), 0xfffffff9);
        /* The mask takes the line, not the status. */
        SET(&m, timers[i].control, ENABLE | IMASK);
        EXPECT_EQ(line->level, 0);
        EXPECT_EQ(GET(&m, timers[i].control), ENABLE | IMASK | ISTATUS);
        SET(&m, timers[i].control, ENABLE);
        EXPECT_EQ(line->level, 1);
        /* A new compare value takes both; a past one gives them. */
        SET(&m, timers[i].compare, 2000);
        EXPECT_EQ(line->level, 0);
        EXPECT_EQ(GET(&m, timers[i].control), ENABLE);
        SET(&m, timers[i].value, 0xffffffff);
        EXPECT_EQ(GET(&m, timers[i].compare), 1106);
        EXPECT_EQ(line->level, 1);
        SET(&m, timers[i].control, 0);
        EXPECT_EQ(line->level, 0);
    }
}

TEST_BEGINS(the_comparison_is_unsigned_and_all_ones_never_come, m)
{
    a64_init(m, &plain);
    SET(m, AARCH64_CNTV_CVAL_EL0, UINT64_MAX);
    SET(m, AARCH64_CNTV_CTL_EL0, ENABLE);
    EXPECT_EQ(GET(m, AARCH64_CNTV_CTL_EL0), ENABLE);
    EXPECT_EQ(clock_next(&m->fabric.clock), TIME_NEVER);
    SET(m, AARCH64_CNTV_CVAL_EL0, (uint64_t)1 << 63);
    EXPECT_EQ(GET(m, AARCH64_CNTV_CTL_EL0), ENABLE);
    SET(m, AARCH64_CNTV_CVAL_EL0, 0);
    EXPECT_EQ(GET(m, AARCH64_CNTV_CTL_EL0), ENABLE | ISTATUS);
}

TEST_ON(a_moved_offset_moves_when_the_virtual_timer_is_due, m)
{
    const struct line *line = &m->core->outputs[AARCH64_TIMER_VIRTUAL];
    advance(m, 1000);
    SET(m, AARCH64_CNTVOFF_EL2, 600);
    SET(m, AARCH64_CNTV_CVAL_EL0, 500);
    SET(m, AARCH64_CNTV_CTL_EL0, ENABLE);
    EXPECT_EQ(clock_next(&m->fabric.clock), 1100 * NS_PER_COUNT);
    SET(m, AARCH64_CNTVOFF_EL2, 500);
    EXPECT_EQ(line->level, 1);
    SET(m, AARCH64_CNTVOFF_EL2, 510);
    EXPECT_EQ(line->level, 0);
    advance(m, 10);
    EXPECT_EQ(line->level, 1);
}

/* ---- Access rules -------------------------------------------------------- */

TEST(cntkctl_and_cnthctl_say_who_may_look)
{
    static const struct {
        const char *what;
        uint32_t word;
        uint32_t user;       /* bits of CNTKCTL_EL1, each of which lets EL0 */
        uint32_t hypervisor; /* the bit of CNTHCTL_EL2 that lets EL1, EL0 */
    } cases[] = {
        {"mrs x0, cntfrq_el0",   0xd53be000, 3,     0},
        {"mrs x0, cntpct_el0",   0xd53be020, 1,     1},
        {"mrs x0, cntvct_el0",   0xd53be040, 2,     0},
        {"mrs x0, cntp_ctl_el0", 0xd53be220, 0x200, 2},
        {"mrs x0, cntv_ctl_el0", 0xd53be320, 0x100, 0},
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases) * 16; i++) {
        const uint32_t bits[4] = {1, 2, 0x100, 0x200};
        uint32_t user = bits[i % 4];
        uint32_t hypervisor = (uint32_t)(i / 4 % 4);
        struct a64 m;

        for (unsigned level = 0; level < 2; level++) {
            bool el1 = level == 0 && (cases[i / 16].user & user) == 0;
            bool el2 = !el1 && cases[i / 16].hypervisor != 0 &&
                       (cases[i / 16].hypervisor & hypervisor) == 0;

            a64_init(&m, &both);
            a64_vectors(&m);
            a64_load(&m, 0, &cases[i / 16].word, 4);
            SET(&m, AARCH64_SCR_EL3, 0x531);
            SET(&m, AARCH64_CNTKCTL_EL1, user);
            SET(&m, AARCH64_CNTHCTL_EL2, hypervisor);
            aarch64_set_sp(m.pe, level, level);
            aarch64_update(m.pe);
            core_run(m.core, 1);
            test_case("%s at EL%u, %x, %x", cases[i / 16].what, level, user,
                      hypervisor);
            EXPECT_EQ(X(&m, IR_PC) == A64_RAM + 4, !el1 && !el2);
            EXPECT_EQ(AARCH64_SYS(m.pe, ESR_EL1) >> 26, el1 ? 0x18 : 0);
            EXPECT_EQ(AARCH64_SYS(m.pe, ESR_EL2) >> 26, el2 ? 0x18 : 0);
            a64_fini(&m);
        }
    }
}

TEST(the_frequency_is_set_by_the_highest_level_and_the_secure_timer_by_scr_st)
{
    static const struct {
        const char *what;
        uint32_t word;
        uint8_t level, secure, st;
        uint8_t trap; /* to EL3; 4: undefined */
    } cases[] = {
        {"msr cntfrq_el0",    0xd51be000, 3, 1, 0, 0},
        {"msr cntfrq_el0",    0xd51be000, 2, 0, 0, 4},
        {"msr cntfrq_el0",    0xd51be000, 1, 1, 0, 4},
        {"mrs cntps_ctl_el1", 0xd53fe220, 3, 1, 0, 0},
        {"mrs cntps_ctl_el1", 0xd53fe220, 1, 1, 1, 0},
        {"mrs cntps_ctl_el1", 0xd53fe220, 1, 1, 0, 3},
        {"mrs cntps_ctl_el1", 0xd53fe220, 1, 0, 1, 4},
        {"mrs cntps_ctl_el1", 0xd53fe220, 2, 0, 1, 4},
        {"mrs cntps_ctl_el1", 0xd53fe220, 0, 1, 1, 4},
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        OWNED(a64_fini) struct a64 m;

        a64_init(&m, &both);
        a64_vectors(&m);
        a64_load(&m, 0, &cases[i].word, 4);
        SET(&m, AARCH64_SCR_EL3,
            0x530 | !cases[i].secure | (uint32_t)cases[i].st << 11);
        aarch64_set_sp(m.pe, cases[i].level, cases[i].level != 0);
        aarch64_update(m.pe);
        core_run(m.core, 1);
        test_case("%s at EL%u, case %u", cases[i].what, cases[i].level,
                  (unsigned)i);
        EXPECT_EQ(X(&m, IR_PC) == A64_RAM + 4, cases[i].trap == 0);
        EXPECT_EQ(AARCH64_SYS(m.pe, ESR_EL3) >> 26,
                  cases[i].trap == 3 ? 0x18 : 0);
    }
}

/* ---- Counters while a core runs ------------------------------------------ */

/* A clock that goes on by so many nanoseconds for each instruction. */
struct rate {
    const struct core *core;
    uint64_t each_ns;
    uint64_t begun; /* instructions when the slice began */
};

static uint64_t progress(void *context)
{
    const struct rate *rate = context;

    return (rate->core->retired - rate->begun) * rate->each_ns;
}

static void tell_nothing(void *context)
{
}

static const struct {
    const char *what;
    uint64_t cnthctl;
    uint64_t each_ns;
    unsigned level;
    bool el2;
    bool host; /* HCR_EL2.E2H */
    bool told; /* other cores read the clock, too */
} clocks[] = {
    {"EL1",                      3, 1, 1, true,  false, false},
    {"EL1 without EL2",          0, 1, 1, false, false, false},
    {"EL1, CNTPCT is trapped",   0, 1, 1, true,  false, false},
    {"EL2",                      0, 1, 2, true,  false, false},
    {"EL2, a host's",            0, 1, 2, true,  true,  false},
    {"EL3",                      0, 1, 3, true,  false, false},
    {"two nanoseconds each",     3, 2, 1, true,  false, false},
    {"among several processors", 3, 1, 1, true,  false, true },
};

/* Reads both counters again and again, between slices that begin later than
 * the one before ended. */
static uint64_t count(size_t row, enum core_engine engine, uint64_t *sum)
{
    const struct core_config config = {.engine = engine,
                                       .aarch64.el2 = clocks[row].el2,
                                       .aarch64.el3 = true,
                                       .compatible = "arm,neoverse-n1"};
    struct a64 m;
    uint64_t random = 88172645463325252;

    a64_init(&m, &config);
    a64_vectors(&m);
    m.core->config.frequency_hz = (uint32_t)(1000000000 / clocks[row].each_ns);
    A64_CODE(&m, 0, 0xd53be041 /* mrs x1, cntvct_el0 */,
             0xca811021 /* eor x1, x1, x1, asr #4 */,
             0x8b010442 /* add x2, x2, x1, lsl #1 */,
             0xd53be035 /* mrs x21, cntpct_el0 */,
             0x8b020ab4 /* add x20, x21, x2, lsl #2 */, 0xd503201f /* nop */,
             0xca140042 /* eor x2, x2, x20 */, 0x17fffff9 /* b .-28 */);
    AARCH64_SYS(m.pe, CNTVOFF_EL2) = 12345;
    AARCH64_SYS(m.pe, CNTHCTL_EL2) = clocks[row].cnthctl;
    AARCH64_SYS(m.pe, SCR_EL3) = 0x531;
    AARCH64_SYS(m.pe, HCR_EL2) = (uint64_t)1 << 31 | (uint64_t)clocks[row].host
                                                         << 34;
    aarch64_set_sp(m.pe, clocks[row].level, true);
    aarch64_update(m.pe);
    X(&m, IR_PC) = A64_RAM;
    for (unsigned slice = 0; slice < 60; slice++) {
        struct rate rate = {m.core, clocks[row].each_ns, m.core->retired};
        struct clock *clock = &m.fabric.clock;

        random ^= random << 13;
        random ^= random >> 7;
        clock->progress_ns = progress;
        clock->progress_context = &rate;
        clock->told = clocks[row].told ? tell_nothing : NULL;
        core_run(m.core, 1 + random % 300);
        clock->progress_ns = NULL;
        clock_advance(clock, clock->now_ns + progress(&rate) + random % 1000);
    }
    *sum = X(&m, 2);
    uint64_t hash = core_hash(m.core);
    a64_fini(&m);
    return hash;
}

TEST(compiled_code_counts_as_the_registers_do)
{
    for (size_t i = 0; i < ARRAY_SIZE(clocks); i++) {
        uint64_t sums[2];

        test_case("%s", clocks[i].what);
        EXPECT_EQ(count(i, CORE_ENGINE_COMPILER, &sums[0]),
                  count(i, CORE_ENGINE_INTERPRETER, &sums[1]));
        EXPECT_EQ(sums[0], sums[1]);
    }
}
