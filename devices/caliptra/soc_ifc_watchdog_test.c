/* SPDX-License-Identifier: Apache-2.0 */
/* Watchdogs and timer of the SoC interface, step by step, and held against a
 * model that counts cycle by cycle. */
#include "devices/caliptra/soc_ifc.h"

#include "devices/caliptra/test_soc_ifc.h"
#include "tests/device.h"

enum {
    SECOND = WDT2_EN - WDT1_EN, /* from a register of the first */
    WATCHDOG1 = 1 << 6,         /* in ERROR_STATUS */
    WATCHDOG2 = 1 << 7,
};

struct model {
    bool is_2;
    bool enable[2];
    uint64_t period[2];
    uint64_t count[2];
    bool expired[2];
    uint32_t events; /* sticky */
    bool fatal;
};

static bool is_due(const struct model *model, unsigned i)
{
    return model->count[i] == model->period[i];
}

static bool cascades(const struct model *model)
{
    return !model->enable[1];
}

static bool counts(const struct model *model, unsigned i)
{
    return i == 0 ? model->enable[0] : !cascades(model) || is_due(model, 0);
}

/* Events come with the change to expired. */
static void notice(struct model *model)
{
    for (unsigned i = 0; i < 2; i++) {
        bool due = is_due(model, i);

        if (due && !model->expired[i] && (i == 0 || !cascades(model))) {
            model->events |= i == 0 ? WATCHDOG1 : WATCHDOG2;
        }
        model->fatal |= due && !model->expired[i] && i == 1 && cascades(model);
        model->expired[i] = due;
    }
}

static void tick(struct model *model)
{
    bool advances[2] = {counts(model, 0) && !is_due(model, 0),
                        counts(model, 1) && !is_due(model, 1)};

    model->count[0] += advances[0];
    model->count[1] += advances[1];
    notice(model);
}

static void restart(struct model *model, unsigned i)
{
    bool is_stage = i == 1 && cascades(model);

    if (counts(model, i) && !is_due(model, i) && !(is_stage && model->is_2)) {
        model->count[i] = 0;
    }
    notice(model);
}

static void service(struct model *model, uint32_t events)
{
    bool first = (events & WATCHDOG1) != 0 && is_due(model, 0);
    bool both = cascades(model) && is_due(model, 1);
    bool second =
        (events & WATCHDOG2) != 0 && is_due(model, 1) && !cascades(model);
    bool with_first = first && cascades(model) && !is_due(model, 1);
    bool clears[2] = {first && counts(model, 0) && !both,
                      (second || with_first) && counts(model, 1)};

    model->events &= ~events;
    for (unsigned i = 0; i < 2; i++) {
        model->count[i] = clears[i] ? 0 : model->count[i];
    }
    notice(model);
}

static uint32_t next_random(uint32_t *seed)
{
    *seed = *seed * 1664525 + 1013904223;
    return *seed >> 16;
}

/* Does the same to both. Two cycles of 400 MHz are 5 ns; all numbers are even,
 * so that a second stage begins at a whole nanosecond. */
static void act(struct test_soc *soc, struct model *model, uint32_t *seed)
{
    static const uint32_t masks[] = {WATCHDOG1, WATCHDOG2,
                                     WATCHDOG1 | WATCHDOG2};
    uint32_t kind = next_random(seed) % 10, value = next_random(seed);
    unsigned i = next_random(seed) % 2;

    switch (kind) {
    case 0:
        core_write(soc, WDT1_EN + SECOND * i, value % 4 != 0);
        model->enable[i] = value % 4 != 0;
        notice(model);
        break;
    case 1:
        value = 2 * (value % 12);
        core_write(soc, WDT1_PERIOD + SECOND * i, value);
        model->period[i] = value;
        notice(model);
        break;
    case 2:
        core_write(soc, WDT1_CTRL + SECOND * i, value % 2);
        if (value % 2 != 0) {
            restart(model, i);
        }
        break;
    case 3:
        core_write(soc, ERROR_STATUS, masks[value % 3]);
        service(model, masks[value % 3]);
        break;
    default:
        value = 2 * (value % 12);
        clock_advance(&soc->fabric.clock,
                      clock_now(&soc->fabric.clock) + value / 2 * 5);
        for (uint32_t cycle = 0; cycle < value; cycle++) {
            tick(model);
        }
        break;
    }
}

TEST(watchdogs_do_what_counting_each_cycle_does)
{
    for (uint32_t run = 0; run < 60; run++) {
        struct model model = {
            .is_2 = run % 2 != 0, .period = {20, 20}
        };
        OWNED(test_soc_fini) struct test_soc soc;
        uint32_t seed = run * 7919 + 1;

        test_boot(&soc, model.is_2 ? 0x0200 : 0x0101);
        for (unsigned i = 0; i < 2; i++) {
            core_write(&soc, WDT1_PERIOD + SECOND * i, 20);
            core_write(&soc, WDT1_PERIOD + SECOND * i + 4, 0);
        }
        for (unsigned step = 0; step < 60; step++) {
            test_case("run %u, step %u", run, step);
            act(&soc, &model, &seed);
            uint32_t due =
                (is_due(&model, 0) ? 1u : 0) | (is_due(&model, 1) ? 2u : 0);
            REQUIRE(test_expect_equal(core_read(&soc, WDT_STATUS), due,
                                      __FILE__, __LINE__, "status"));
            EXPECT_EQ(core_read(&soc, ERROR_STATUS) & (WATCHDOG1 | WATCHDOG2),
                      model.events);
            EXPECT_EQ(test_level(soc.soc_ifc, "nmi"),
                      is_due(&model, 1) && cascades(&model));
            EXPECT_EQ(soc_read(&soc, 0) != 0, model.fatal);
        }
    }
}

FIXTURE(struct test_soc, soc, test_soc_fini)
FIXTURE_BEGIN(soc, test_boot(soc, 0x0101))

/* The high word of a period, and the end of the counter. */
TEST_ON(periods_have_64_bits, soc)
{
    core_write(soc, WDT1_PERIOD, 2);
    core_write(soc, WDT1_PERIOD + 4, 1);
    core_write(soc, WDT1_EN, 1);
    uint64_t start = clock_now(&soc->fabric.clock);
    uint64_t cycles = ((uint64_t)1 << 32) + 2;
    clock_advance(&soc->fabric.clock, start + cycles / 2 * 5 - 5);
    EXPECT_EQ(core_read(soc, WDT_STATUS), 0);
    clock_advance(&soc->fabric.clock, start + cycles / 2 * 5);
    EXPECT_EQ(core_read(soc, WDT_STATUS), 1);
}

TEST(timer_counts_cycles_and_interrupts_at_its_compare_value)
{
    static const struct {
        uint32_t mtime[2], compare[2];
        uint64_t cycles; /* until the interrupt, even */
    } cases[] = {
        {{0, 0},          {2, 0},  2         },
        {{0, 0},          {40, 0}, 40        },
        {{10, 0},         {40, 0}, 30        },
        {{0xfffffffe, 0}, {0, 1},  2         },
        {{0xfffffffe, 0}, {8, 1},  10        },
        {{4, 7},          {10, 7}, 6         },
        {{0, 1},          {0, 2},  1ull << 32},
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        OWNED(test_soc_fini) struct test_soc soc;

        test_case("case %zu", i);
        test_boot(&soc, 0x0101);
        core_write(&soc, MTIMECMP, UINT32_MAX);
        core_write(&soc, MTIMECMP + 4, UINT32_MAX);
        core_write(&soc, MTIME, cases[i].mtime[0]);
        core_write(&soc, MTIME + 4, cases[i].mtime[1]);
        core_write(&soc, MTIMECMP, cases[i].compare[0]);
        core_write(&soc, MTIMECMP + 4, cases[i].compare[1]);
        EXPECT_EQ(test_level(soc.soc_ifc, "mtip"), 0);
        uint64_t end = clock_now(&soc.fabric.clock) + cases[i].cycles / 2 * 5;
        clock_advance(&soc.fabric.clock, end - 1);
        EXPECT_EQ(test_level(soc.soc_ifc, "mtip"), 0);
        clock_advance(&soc.fabric.clock, end);
        EXPECT_EQ(test_level(soc.soc_ifc, "mtip"), 1);
        EXPECT_EQ(core_read(&soc, MTIME), cases[i].compare[0]);
        EXPECT_EQ(core_read(&soc, MTIME + 4), cases[i].compare[1]);
        core_write(&soc, MTIMECMP + 4, UINT32_MAX);
        EXPECT_EQ(test_level(soc.soc_ifc, "mtip"), 0);
    }
}

/* An odd number of cycles ends within a nanosecond, which has passed then. */
TEST_ON(cycles_are_rounded_up_to_nanoseconds, soc)
{
    core_write(soc, MTIME, 0);
    core_write(soc, MTIMECMP, 3);
    core_write(soc, MTIME, 3); /* which is enough */
    EXPECT_EQ(test_level(soc->soc_ifc, "mtip"), 1);
    core_write(soc, MTIME, 0);
    EXPECT_EQ(test_level(soc->soc_ifc, "mtip"), 0);
    uint64_t start = clock_now(&soc->fabric.clock);
    clock_advance(&soc->fabric.clock, start + 7);
    EXPECT_EQ(test_level(soc->soc_ifc, "mtip"), 0);
    clock_advance(&soc->fabric.clock, start + 8);
    EXPECT_EQ(test_level(soc->soc_ifc, "mtip"), 1);
    EXPECT_EQ(core_read(soc, MTIME), 3);
}

TEST_ON(each_word_of_the_timer_is_written_by_itself, soc)
{
    for (uint32_t i = 0; i < 2; i++) {
        for (unsigned bit = 0; bit < 64; bit++) {
            uint32_t word = (uint32_t)(1ull << bit % 32);

            test_case("word %u, bit %u", i, bit % 32);
            core_write(soc, MTIME, 0x5a5a5a5a);
            core_write(soc, MTIME + 4, 0xa5a5a5a5);
            core_write(soc, MTIME + 4 * i, bit < 32 ? word : ~word);
            EXPECT_EQ(core_read(soc, MTIME + 4 * i), bit < 32 ? word : ~word);
            EXPECT_EQ(core_read(soc, MTIME + 4 * (1 - i)),
                      i == 0 ? 0xa5a5a5a5 : 0x5a5a5a5a);
        }
    }
}

/* A warm reset stops the watchdogs, and time goes on. */
TEST_ON(time_goes_on_over_a_warm_reset, soc)
{
    core_write(soc, MTIME, 100);
    core_write(soc, MTIME + 4, 3);
    core_write(soc, WDT1_EN, 1);
    test_input(soc->soc_ifc, "cptra_rst_b", 0);
    clock_advance(&soc->fabric.clock, clock_now(&soc->fabric.clock) + 5);
    test_input(soc->soc_ifc, "cptra_rst_b", 1);
    clock_advance(&soc->fabric.clock, clock_now(&soc->fabric.clock) + 5);
    EXPECT_EQ(core_read(soc, MTIME), 104);
    EXPECT_EQ(core_read(soc, MTIME + 4), 3);
    EXPECT_EQ(core_read(soc, WDT1_EN), 0);
}

/* Its own register restarts a second stage, but not since generation 2. */
TEST(a_second_stage_is_restarted_by_its_register_in_generation_1)
{
    for (unsigned is_2 = 0; is_2 < 2; is_2++) {
        OWNED(test_soc_fini) struct test_soc soc;

        test_case("generation %u", 1 + is_2);
        test_boot(&soc, is_2 ? 0x0200 : 0x0101);
        for (unsigned i = 0; i < 2; i++) {
            core_write(&soc, WDT1_PERIOD + SECOND * i, 20);
            core_write(&soc, WDT1_PERIOD + SECOND * i + 4, 0);
        }
        core_write(&soc, WDT1_EN, 1);
        uint64_t start = clock_now(&soc.fabric.clock);
        clock_advance(&soc.fabric.clock, start + 75);
        EXPECT_EQ(core_read(&soc, WDT_STATUS), 1);
        core_write(&soc, WDT1_CTRL + SECOND, 1);
        clock_advance(&soc.fabric.clock, start + 100);
        EXPECT_EQ(core_read(&soc, WDT_STATUS), is_2 ? 3 : 1);
        clock_advance(&soc.fabric.clock, start + 125);
        EXPECT_EQ(core_read(&soc, WDT_STATUS), 3);
    }
}

TEST_ON(a_period_may_be_one_cycle, soc)
{
    core_write(soc, WDT1_PERIOD, 1);
    core_write(soc, WDT1_PERIOD + 4, 0);
    core_write(soc, WDT1_EN, 1);
    EXPECT_EQ(core_read(soc, WDT_STATUS), 0);
    clock_advance(&soc->fabric.clock, clock_now(&soc->fabric.clock) + 3);
    EXPECT_EQ(core_read(soc, WDT_STATUS), 1);
}

/* ---- Step by step -------------------------------------------------------- */

TEST_ON(watchdog_cascade_ends_in_an_nmi_and_a_fatal_error, soc)
{
    core_write(soc, NMI_VECTOR, 0x40);
    EXPECT_EQ(test_level(soc->soc_ifc, "nmi_vector"), 0x40);
    start_watchdog(soc, 1000, 400);
    pass_cycles(soc, 998);
    EXPECT_EQ(core_read(soc, ERROR_STATUS), 0);
    EXPECT_EQ(core_read(soc, WDT_STATUS), 0);
    pass_cycles(soc, 2);
    EXPECT_EQ(core_read(soc, ERROR_STATUS), 1 << 6);
    EXPECT_EQ(test_level(soc->soc_ifc, "error"), 1);
    EXPECT_EQ(core_read(soc, WDT_STATUS), 1);
    pass_cycles(soc, 398);
    EXPECT_EQ(test_level(soc->soc_ifc, "nmi"), 0);
    pass_cycles(soc, 2);
    EXPECT_EQ(test_level(soc->soc_ifc, "nmi"), 1);
    EXPECT_EQ(core_read(soc, WDT_STATUS), 3);
    EXPECT_EQ(soc_read(soc, HW_ERROR_FATAL), 4);
    EXPECT_EQ(test_level(soc->soc_ifc, "cptra_error_fatal"), 1);
    warm_reset(soc);
    EXPECT_EQ(test_level(soc->soc_ifc, "nmi"), 0);
    EXPECT_EQ(core_read(soc, WDT_STATUS), 0);
}

TEST_ON(serviced_watchdog_starts_over_with_both_stages, soc)
{
    start_watchdog(soc, 1000, 400);
    pass_cycles(soc, 1200);
    core_write(soc, ERROR_STATUS, 1 << 6);
    EXPECT_EQ(test_level(soc->soc_ifc, "error"), 0);
    EXPECT_EQ(core_read(soc, WDT_STATUS), 0);
    pass_cycles(soc, 998);
    EXPECT_EQ(core_read(soc, ERROR_STATUS), 0);
    pass_cycles(soc, 2 + 398);
    EXPECT_EQ(core_read(soc, ERROR_STATUS), 1 << 6);
    EXPECT_EQ(test_level(soc->soc_ifc, "nmi"), 0);
}

TEST_ON(restarted_watchdog_counts_from_zero_and_a_stopped_one_stands, soc)
{
    start_watchdog(soc, 1000, 400);
    pass_cycles(soc, 900);
    core_write(soc, WDT1_CTRL, 1);
    pass_cycles(soc, 900);
    EXPECT_EQ(core_read(soc, WDT_STATUS), 0);
    core_write(soc, WDT1_EN, 0);
    pass_cycles(soc, 5000);
    EXPECT_EQ(core_read(soc, WDT_STATUS), 0);
    core_write(soc, WDT1_EN, 1);
    pass_cycles(soc, 100);
    EXPECT_EQ(core_read(soc, WDT_STATUS), 1);
}

TEST_ON(independent_second_watchdog_raises_its_own_interrupt, soc)
{
    core_write(soc, WDT2_EN, 1);
    start_watchdog(soc, 100000, 600);
    pass_cycles(soc, 700);
    EXPECT_EQ(core_read(soc, ERROR_STATUS), 1 << 7);
    EXPECT_EQ(test_level(soc->soc_ifc, "nmi"), 0);
    EXPECT_EQ(soc_read(soc, HW_ERROR_FATAL), 0);
    core_write(soc, ERROR_STATUS, 1 << 7);
    EXPECT_EQ(core_read(soc, WDT_STATUS), 0);
    pass_cycles(soc, 600);
    EXPECT_EQ(core_read(soc, WDT_STATUS), 2);
}

TEST_ON(timer_interrupt_is_there_while_mtime_is_not_below_the_compare_value,
        soc)
{
    EXPECT_EQ(test_level(soc->soc_ifc, "mtip"), 1);
    core_write(soc, MTIMECMP, 1000);
    EXPECT_EQ(test_level(soc->soc_ifc, "mtip"), 0);
    pass_cycles(soc, 998);
    EXPECT_EQ(test_level(soc->soc_ifc, "mtip"), 0);
    pass_cycles(soc, 2);
    EXPECT_EQ(test_level(soc->soc_ifc, "mtip"), 1);
    EXPECT_EQ(core_read(soc, MTIME), 1000);
    core_write(soc, MTIME + 4, 5);
    pass_cycles(soc, 10);
    EXPECT_EQ(core_read(soc, MTIME), 1010);
    EXPECT_EQ(core_read(soc, MTIME + 4), 5);
    core_write(soc, MTIMECMP + 4, 6);
    EXPECT_EQ(test_level(soc->soc_ifc, "mtip"), 0);
}
