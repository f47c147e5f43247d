/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/machine/machine.h"
#include <errno.h>

#include <pthread.h>

#include "base/hash.h"
#include "host/memory.h"
#include "platform/test_bench.h"
#include "tests/facts.h"
#include "tests/harness.h"
#include "tests/machine.h"

OWNER(struct cairn_machine, cairn_destroy)

#define ONE BENCH_CPU("hart", "0", "100000000", "resets = <&bench 0>;")

static const uint32_t count_up[] = {
    ADDI(T0, T0, 1),
    J(-4),
};

/* Arms the timer for 1000 ns, waits for it, notes the time in RAM, begins
 * anew. */
static const uint32_t tick[] = {
    LUI(S0, BENCH_DEV),
    LUI(S1, BENCH_RAM),
    ADDI(T0, X0, 0x80),
    CSRRW(X0, CSR_MIE, T0),
    ADDI(T1, X0, 1000),
    SW(T1, BENCH_TIMER, S0),
    WFI,
    LW(T2, BENCH_NOW, S0),
    SW(T2, 0, S1),
    ADDI(S1, S1, 4),
    J(-20),
};

TEST(instructions_asked_for_are_run_exactly)
{
    struct cairn_machine *machine =
        bench_machine(BENCH_ONE_CPU, count_up, ARRAY_SIZE(count_up));
    REQUIRE(machine);
    EXPECT_EQ(run_instructions(machine, 1001), CAIRN_STOP_BUDGET);
    EXPECT_EQ(cairn_instructions(machine, NULL), 1001);
    EXPECT_EQ(cairn_instructions(machine, "hart"), 1001);
    EXPECT_EQ(cairn_instructions(machine, "nobody"), 0);
    uint64_t value;
    EXPECT_EQ(cairn_register_get(machine, "hart", "t0", &value), 0);
    EXPECT_EQ(value, 501);
    EXPECT_EQ(cairn_register_get(machine, "hart", "q7", &value), -ENOENT);
    EXPECT_EQ(cairn_time_ns(machine), 10010);
    cairn_destroy(machine);
}

TEST(nothing_runs_before_power)
{
    OWNED(cairn_destroy_at) struct cairn_machine *machine = NULL;
    REQUIRE(bench_create(BENCH_ONE_CPU, count_up, 2, NULL, &machine, NULL) ==
            0);
    EXPECT_EQ(run_instructions(machine, 10), CAIRN_STOP_IDLE);
    EXPECT_EQ(cairn_instructions(machine, NULL), 0);
}

TEST(time_asked_for_is_reached_exactly_and_does_not_drift)
{
    OWNED(cairn_destroy_at)
    struct cairn_machine *machine = bench_machine(
        BENCH_BOARD(BENCH_CPU("hart", "0", "333333333", ""), ""), count_up, 2);
    REQUIRE(machine);
    for (uint64_t ms = 1; ms <= 10; ms++) {
        EXPECT_EQ(run_to_ns(machine, ms * 1000000), CAIRN_STOP_TIME);
        EXPECT(cairn_time_ns(machine) >= ms * 1000000);
        EXPECT(cairn_time_ns(machine) < ms * 1000000 + 4);
    }
    /* 10 ms at 333,333,333 Hz, rounded up. */
    EXPECT_EQ(cairn_instructions(machine, NULL), 3333334);
}

TEST(a_timer_wakes_a_waiting_core_at_its_time)
{
    struct cairn_machine *machine =
        bench_machine(BENCH_ONE_CPU, tick, ARRAY_SIZE(tick));
    REQUIRE(machine);
    EXPECT_EQ(run_to_ns(machine, 5000), CAIRN_STOP_TIME);
    /* Armed by the sixth instruction, which begins at 50 ns. */
    EXPECT_EQ(bench_read(machine, BENCH_RAM), 1050);
    /* LW, SW, ADDI, J, ADDI and then SW: 5 instructions of 10 ns. */
    EXPECT_EQ(bench_read(machine, BENCH_RAM + 4), 1050 + 40 + 1000);
    cairn_destroy(machine);
}

TEST(a_machine_without_work_is_idle)
{
    static const uint32_t sleep[] = {WFI, J(-4)};
    struct cairn_machine *machine = bench_machine(BENCH_ONE_CPU, sleep, 2);
    REQUIRE(machine);
    EXPECT_EQ(cairn_run(machine, NULL), CAIRN_STOP_IDLE);
    EXPECT_EQ(cairn_time_ns(machine), 10);
    EXPECT_EQ(run_to_ns(machine, 777), CAIRN_STOP_TIME);
    EXPECT_EQ(cairn_time_ns(machine), 777);
    cairn_destroy(machine);
}

/* A timer without an effect, armed again whenever it fires. */
struct metronome {
    struct clock *clock;
    struct timer timer;
    uint64_t fired;
};

static void beat(void *context)
{
    struct metronome *metronome = context;
    metronome->fired++;
    timer_arm(metronome->clock, &metronome->timer,
              clock_now(metronome->clock) + 7);
}

static void start(struct metronome *metronome, struct cairn_machine *machine)
{
    metronome->clock = &machine->fabric.clock;
    metronome->timer.fire = beat;
    metronome->timer.context = metronome;
    timer_arm(metronome->clock, &metronome->timer, 7);
}

TEST(timers_that_wake_nobody_do_not_keep_a_run_going_for_ever)
{
    enum { MANY = 1000000 };
    static const uint32_t sleep[] = {WFI, J(-4)};
    struct cairn_machine *machine = bench_machine(BENCH_ONE_CPU, sleep, 2);
    REQUIRE(machine);
    struct metronome metronome = {0};
    start(&metronome, machine);
    /* The first beat is at 7 ns, when the WFI of 10 ns is under way. */
    EXPECT_EQ(run_instructions(machine, 5), CAIRN_STOP_IDLE);
    EXPECT_EQ(metronome.fired, MANY + 1);
    EXPECT_EQ(run_instructions(machine, 5), CAIRN_STOP_IDLE);
    EXPECT_EQ(metronome.fired, 2 * MANY + 1);
    EXPECT_EQ(run_to_ns(machine, 7ull * (4 * MANY)), CAIRN_STOP_TIME);
    EXPECT_EQ(metronome.fired, 4 * MANY);
    EXPECT_EQ(cairn_instructions(machine, NULL), 1);
    cairn_destroy(machine);
}

static void stop_it(void *context)
{
    cairn_stop(context);
}

TEST(a_run_cut_up_while_it_idles_gives_up_at_the_same_timer)
{
    enum { MANY = 1000000 };
    static const uint32_t sleep[] = {WFI, J(-4)};
    struct cairn_machine *machine = bench_machine(BENCH_ONE_CPU, sleep, 2);
    REQUIRE(machine);
    struct metronome metronome = {0};
    start(&metronome, machine);
    struct timer stop = {.fire = stop_it, .context = machine};
    timer_arm(&machine->fabric.clock, &stop, 7 * 1001);
    EXPECT_EQ(cairn_run(machine, NULL), CAIRN_STOP_REQUESTED);
    EXPECT_EQ(metronome.fired, 1001);
    EXPECT_EQ(cairn_run(machine, NULL), CAIRN_STOP_IDLE);
    EXPECT(metronome.fired >= MANY && metronome.fired <= MANY + 1);
    timer_cancel(&machine->fabric.clock, &metronome.timer);
    cairn_destroy(machine);
}

TEST(a_line_stops_the_run_after_the_instruction_that_moved_it)
{
    static const uint32_t program[] = {
        LUI(S0, BENCH_DEV),
        ADDI(T0, X0, 0x12),
        ADDI(T1, T1, 1),
        SW(T0, BENCH_LEVEL, S0),
        J(-8),
    };
    struct cairn_machine *machine =
        bench_machine(BENCH_ONE_CPU, program, ARRAY_SIZE(program));
    REQUIRE(machine);
    struct cairn_until until = {.size = sizeof(struct cairn_until),
                                .line = "bench.level",
                                .level_mask = 0x10,
                                .level = 0x10};
    EXPECT_EQ(cairn_run(machine, &until), CAIRN_STOP_LINE);
    EXPECT_EQ(cairn_instructions(machine, NULL), 4);
    EXPECT_EQ(cairn_run(machine, &until), CAIRN_STOP_LINE);
    EXPECT_EQ(cairn_instructions(machine, NULL), 4);
    uint32_t level;
    EXPECT_EQ(cairn_line_get(machine, "bench.level", &level), 0);
    EXPECT_EQ(level, 0x12);
    EXPECT_EQ(cairn_line_set(machine, "bench.level", 1), -EPERM);
    EXPECT_EQ(cairn_line_set(machine, "bench.nothing", 1), -ENOENT);
    cairn_destroy(machine);
}

TEST(an_address_stops_the_run_before_its_instruction)
{
    struct cairn_machine *machine =
        bench_machine(BENCH_ONE_CPU, tick, ARRAY_SIZE(tick));
    REQUIRE(machine);
    const struct cairn_until until = {
        .size = sizeof(struct cairn_until), .core = "hart", .address = 0x1c};
    EXPECT_EQ(cairn_run(machine, &until), CAIRN_STOP_ADDRESS);
    uint64_t pc;
    EXPECT_EQ(cairn_register_get(machine, "hart", "pc", &pc), 0);
    EXPECT_EQ(pc, 0x1c);
    EXPECT_EQ(cairn_instructions(machine, NULL), 7);
    EXPECT_EQ(machine->cores[0]->breakpoint_count, 0);
    cairn_destroy(machine);
}

static const char two_cpus[] =
    BENCH_BOARD(BENCH_CPU("first", "0", "100000000", "")
                    BENCH_CPU("second", "1", "33000000", ""),
                "");

TEST(a_run_stops_at_an_instruction_of_one_core)
{
    static const struct cairn_until ahead = {.size = sizeof(ahead),
                                             .instructions = 11};
    struct cairn_until until = {.size = sizeof(until), .core = "second"};
    struct cairn_machine *machine =
        bench_machine(two_cpus, count_up, ARRAY_SIZE(count_up));
    REQUIRE(machine);
    struct cairn_machine *straight =
        bench_machine(two_cpus, count_up, ARRAY_SIZE(count_up));
    REQUIRE(straight);
    (void)cairn_run(machine, &ahead);
    for (uint64_t place = 20; place <= 100020; place += 50000) {
        until.core_instructions = place;
        EXPECT_EQ(cairn_run(machine, &until), CAIRN_STOP_BUDGET);
        EXPECT_EQ(cairn_instructions(machine, "second"), place);
    }
    /* It is there, and behind it. */
    const uint64_t all = cairn_instructions(machine, NULL);
    EXPECT_EQ(cairn_run(machine, &until), CAIRN_STOP_BUDGET);
    until.core_instructions = 3;
    EXPECT_EQ(cairn_run(machine, &until), CAIRN_STOP_BUDGET);
    EXPECT_EQ(cairn_instructions(machine, NULL), all);
    /* The run is the same as one that was not stopped. */
    (void)cairn_run(straight, &(struct cairn_until){.size = sizeof(until),
                                                    .instructions = all});
    EXPECT_EQ(cairn_state_hash(machine), cairn_state_hash(straight));
    cairn_destroy(machine);
    cairn_destroy(straight);
}

/* ---- Resets -------------------------------------------------------------- */

TEST(a_core_is_held_while_its_reset_line_is_asserted)
{
    struct cairn_machine *machine =
        bench_machine(BENCH_ONE_CPU, count_up, ARRAY_SIZE(count_up));
    REQUIRE(machine);
    run_instructions(machine, 10);
    EXPECT_EQ(
        cairn_bus_write(machine, "soc", 0, BENCH_DEV + BENCH_RESETS, 4, 1), 0);
    EXPECT_EQ(machine->cores[0]->power, CORE_HELD);
    EXPECT_EQ(run_instructions(machine, 10), CAIRN_STOP_IDLE);
    EXPECT_EQ(cairn_instructions(machine, NULL), 10);
    cairn_bus_write(machine, "soc", 0, BENCH_DEV + BENCH_RESETS, 4, 0);
    EXPECT_EQ(run_instructions(machine, 10), CAIRN_STOP_BUDGET);
    uint64_t value;
    cairn_register_get(machine, "hart", "pc", &value);
    EXPECT_EQ(value, 0);
    EXPECT_EQ(cairn_event_count(machine), 3);
    fact_expect(machine, 1, FACT_PROCESSOR_HELD, ROLE_RESETS, "reset");
    fact_expect(machine, 2, FACT_PROCESSOR_RUNS, ROLE_RESETS, "reset");
    cairn_destroy(machine);
}

TEST(a_line_moves_where_a_core_starts)
{
    struct cairn_machine *machine =
        bench_machine(BENCH_ONE_CPU, count_up, ARRAY_SIZE(count_up));
    REQUIRE(machine);
    uint64_t value;
    EXPECT_EQ(cairn_line_set(machine, "hart.reset_vector", 0x8000001), 0);
    cairn_register_get(machine, "hart", "pc", &value);
    EXPECT_EQ(value, 0);
    cairn_bus_write(machine, "soc", 0, BENCH_DEV + BENCH_RESETS, 4, 1);
    cairn_bus_write(machine, "soc", 0, BENCH_DEV + BENCH_RESETS, 4, 0);
    cairn_register_get(machine, "hart", "pc", &value);
    EXPECT_EQ(value, 0x80000010);
    EXPECT_EQ(cairn_line_set(machine, "hart.reset_vector", 0), 0);
    cairn_power(machine);
    cairn_register_get(machine, "hart", "pc", &value);
    EXPECT_EQ(value, 0);
    cairn_destroy(machine);
}

TEST(a_core_may_reset_itself)
{
    static const uint32_t program[] = {
        LUI(S0, BENCH_DEV),
        LW(T1, BENCH_SCRATCH, S0),
        ADDI(T1, T1, 1),
        SW(T1, BENCH_SCRATCH, S0),
        ADDI(T0, X0, 1),
        SW(T0, BENCH_RESETS, S0),
        SW(X0, BENCH_RESETS, S0), /* never reached */
        J(0),
    };
    struct cairn_machine *machine =
        bench_machine(BENCH_ONE_CPU, program, ARRAY_SIZE(program));
    REQUIRE(machine);
    EXPECT_EQ(cairn_run(machine, NULL), CAIRN_STOP_IDLE);
    EXPECT_EQ(cairn_instructions(machine, NULL), 6);
    EXPECT_EQ(cairn_time_ns(machine),
              6000000000 / machine->cores[0]->config.frequency_hz);
    EXPECT_EQ(bench_read(machine, BENCH_DEV + BENCH_SCRATCH), 0x5c4a7c41);
    cairn_destroy(machine);
}

TEST(devices_are_reset_as_deep_as_their_line_says)
{
    static const char board[] = BENCH_BOARD(
        ONE,
        "};\n"
        "other: other@40001000 { compatible = \"test,bench\";\n"
        "reg = <0x40001000 0x1000>; resets = <&bench 0>, <&bench 1>;\n"
        "reset-names = \"core\", \"warm\";");
    struct cairn_machine *machine = bench_machine(board, count_up, 2);
    REQUIRE(machine);
    const uint32_t other = BENCH_DEV + 0x1000;
    EXPECT_EQ(bench_read(machine, other + BENCH_DEPTH), RESET_POWER_ON);
    cairn_bus_write(machine, "soc", 0, other + BENCH_SCRATCH, 4, 5);
    cairn_bus_write(machine, "soc", 0, BENCH_DEV + BENCH_RESETS, 4, 1);
    EXPECT_EQ(bench_read(machine, other + BENCH_DEPTH), RESET_CORE);
    EXPECT_EQ(bench_read(machine, other + BENCH_SCRATCH), 5);
    cairn_bus_write(machine, "soc", 0, BENCH_DEV + BENCH_RESETS, 4, 3);
    EXPECT_EQ(bench_read(machine, other + BENCH_DEPTH), RESET_WARM);
    EXPECT_EQ(bench_read(machine, other + BENCH_SCRATCH), 0x5c4a7c40);
    EXPECT_EQ(bench_read(machine, other + BENCH_COUNT), 3);
    cairn_destroy(machine);
}

TEST(straps_are_levels_until_somebody_changes_them)
{
    OWNED(cairn_destroy_at) struct cairn_machine *machine = NULL;
    REQUIRE(bench_create(BENCH_ONE_CPU, count_up, 2, NULL, &machine, NULL) ==
            0);
    cairn_power(machine);
    EXPECT_EQ(bench_read(machine, BENCH_DEV + BENCH_STRAP), 7);
    EXPECT_EQ(cairn_line_set(machine, "bench.strap", 9), 0);
    EXPECT_EQ(bench_read(machine, BENCH_DEV + BENCH_STRAP), 9);
    cairn_power(machine);
    EXPECT_EQ(bench_read(machine, BENCH_DEV + BENCH_STRAP), 9);
}

/* As cptra_rst_b does when it falls: from outside, in the middle of a round. */
TEST(a_reset_from_outside_leaves_time_where_it_is)
{
    struct cairn_machine *machine =
        bench_machine(BENCH_ONE_CPU, tick, ARRAY_SIZE(tick));
    REQUIRE(machine);
    EXPECT_EQ(run_instructions(machine, 1000), CAIRN_STOP_BUDGET);
    uint64_t time = cairn_time_ns(machine);
    EXPECT(time != 0);
    cairn_bus_write(machine, "soc", 0, BENCH_DEV + BENCH_RESETS, 4, 1);
    EXPECT_EQ(cairn_time_ns(machine), time);
    cairn_bus_write(machine, "soc", 0, BENCH_DEV + BENCH_RESETS, 4, 0);
    EXPECT_EQ(cairn_time_ns(machine), time);
    EXPECT_EQ(run_instructions(machine, 1000), CAIRN_STOP_BUDGET);
    EXPECT(cairn_time_ns(machine) > time);
    cairn_destroy(machine);
}

/* The second core resets the first, which comes earlier in each round and is
 * ahead of it. */
#define AHEAD                                                                  \
    BENCH_BOARD(BENCH_CPU("first", "0", "50000000", "resets = <&bench 0>;")    \
                    BENCH_CPU("second", "1", "33000000", ""),                  \
                "")

TEST(no_reset_takes_a_core_back_in_time)
{
    static const uint32_t program[] = {
        0xf1402373, /* csrr t1, mhartid */
        0x00030063, /* beqz t1, . */
        LUI(S0, BENCH_DEV),
        ADDI(T0, X0, 1),
        SW(T0, BENCH_RESETS, S0),
        SW(X0, BENCH_RESETS, S0),
        J(-8),
    };
    struct cairn_machine *machine =
        bench_machine(AHEAD, program, ARRAY_SIZE(program));
    uint64_t reached[2] = {0, 0};
    REQUIRE(machine);
    for (unsigned i = 0; i < 1000; i++) {
        run_instructions(machine, 1 + i % 7);
        for (unsigned core = 0; core < 2; core++) {
            uint64_t now = slot_reached(&machine->slots[core]);
            EXPECT(now >= reached[core]);
            reached[core] = now;
        }
    }
    cairn_destroy(machine);
}

TEST(power_on_starts_everything_over_but_time)
{
    struct cairn_machine *machine =
        bench_machine(BENCH_ONE_CPU, tick, ARRAY_SIZE(tick));
    REQUIRE(machine);
    uint64_t fresh = cairn_state_hash(machine);
    run_instructions(machine, 1000);
    uint64_t later = cairn_state_hash(machine);
    EXPECT(fresh != later);
    EXPECT_EQ(bench_read(machine, BENCH_RAM), 1050);
    uint64_t time = cairn_time_ns(machine);
    size_t events = cairn_event_count(machine);
    cairn_power(machine);
    EXPECT_EQ(cairn_time_ns(machine), time);
    EXPECT_EQ(cairn_instructions(machine, NULL), 1000);
    EXPECT_EQ(bench_read(machine, BENCH_RAM), 0);
    fact_expect(machine, events, FACT_SYSTEM_POWERED_AGAIN, ROLE_POWER,
                "power");
    run_instructions(machine, 1000);
    EXPECT_EQ(bench_read(machine, BENCH_RAM), time + 1050);
    EXPECT_EQ(cairn_instructions(machine, NULL), 2000);
    cairn_destroy(machine);
}

TEST(a_system_reset_keeps_memory_time_and_counts)
{
    static const uint32_t program[] = {
        LUI(S0, BENCH_DEV),
        LUI(S1, BENCH_RAM),
        LW(T0, BENCH_NOW, S0),
        SW(T0, 0, S1),
        J(-8),
    };
    struct cairn_machine *machine =
        bench_machine(BENCH_BOARD(BENCH_CPU("hart", "0", "50000000", ""), ""),
                      program, ARRAY_SIZE(program));
    REQUIRE(machine);
    run_instructions(machine, 1000);
    uint64_t time = cairn_time_ns(machine);
    uint64_t left = bench_read(machine, BENCH_RAM);
    uint64_t pc;
    size_t events = cairn_event_count(machine);
    EXPECT(left != 0);
    cairn_bus_write(machine, "soc", 0, BENCH_DEV + BENCH_SCRATCH, 4, 5);
    EXPECT_EQ(cairn_reset(machine), 0);
    EXPECT_EQ(cairn_time_ns(machine), time);
    EXPECT_EQ(cairn_instructions(machine, NULL), 1000);
    EXPECT_EQ(bench_read(machine, BENCH_RAM), left);
    EXPECT_EQ(bench_read(machine, BENCH_DEV + BENCH_SCRATCH), 0x5c4a7c40);
    EXPECT_EQ(bench_read(machine, BENCH_DEV + BENCH_DEPTH), RESET_WARM);
    EXPECT_EQ(cairn_register_get(machine, "hart", "pc", &pc), 0);
    EXPECT_EQ(pc, 0);
    fact_expect(machine, events, FACT_SYSTEM_RESET, ROLE_HOST, "host");
    run_instructions(machine, 1000);
    EXPECT(bench_read(machine, BENCH_RAM) > left);
    EXPECT_EQ(cairn_instructions(machine, NULL), 2000);
    cairn_destroy(machine);
}

TEST(where_reset_lines_say_what_runs_there_is_no_reset_of_all)
{
    OWNED(cairn_destroy_at) struct cairn_machine *machine = NULL;
    REQUIRE(bench_create(BENCH_ONE_CPU, count_up, 2, NULL, &machine, NULL) ==
            0);
    EXPECT_EQ(cairn_reset(machine), -ENOTSUP);
    cairn_power(machine);
    EXPECT_EQ(cairn_reset(machine), -ENOTSUP);
}

/* ---- The same however it is cut up --------------------------------------- */

/* Two cores of different speed that tick, talk through RAM and draw random
 * numbers: what one does depends on when the other did. */
#define TWO                                                                    \
    BENCH_CPU("fast", "0", "70000000", "resets = <&bench 0>;")                 \
    BENCH_CPU("slow", "1", "30000001", "")

static const uint32_t talk[] = {
    LUI(S0, BENCH_DEV),
    LUI(S1, BENCH_RAM),
    ADDI(T0, X0, 0x80),
    CSRRW(X0, CSR_MIE, T0),
    CSRRS(A0, CSR_MHARTID, X0),
    /* again: */
    LW(T0, 0, S1),
    LW(T1, BENCH_RANDOM, S0),
    LW(T2, BENCH_NOW, S0),
    ADDI(T0, T0, 1),
    SW(T0, 0, S1),
    SW(T1, 4, S1),
    SW(T2, 8, S1),
    BNE(A0, X0, -28),
    /* The first core only: a tick, and an event for it. */
    ADDI(T1, X0, 777),
    SW(T1, BENCH_TIMER, S0),
    WFI,
    SW(T0, BENCH_EVENT, S0),
    J(-48),
};

static uint64_t run_in_steps(const char *board, uint64_t total, uint64_t step,
                             uint64_t step_ns, size_t *events)
{
    struct cairn_machine *machine =
        bench_machine(board, talk, ARRAY_SIZE(talk));
    if (!machine) {
        return 0;
    }
    while (cairn_instructions(machine, NULL) < total) {
        uint64_t left = total - cairn_instructions(machine, NULL);
        const struct cairn_until until = {
            .size = sizeof(struct cairn_until),
            .instructions = step < left ? step : left,
            .time_ns = step_ns ? cairn_time_ns(machine) + step_ns : 0,
        };
        cairn_run(machine, &until);
    }
    uint64_t hash = cairn_state_hash(machine);
    const struct event *event;
    for (size_t i = 0; (event = fact_at(machine, i)) != NULL; i++) {
        hash = hash64(hash, &event->time_ns, sizeof(event->time_ns));
        hash = hash64(hash, &event->fact, sizeof(event->fact));
        hash = hash64(hash, &event->number, sizeof(event->number));
        hash = hash64(hash, event->values, sizeof(event->values));
        hash = hash64(hash, event->name, strlen(event->name));
    }
    *events = cairn_event_count(machine);
    cairn_destroy(machine);
    return hash;
}

TEST(a_run_is_the_same_however_it_is_cut_up)
{
    static const char *const boards[] = {
        BENCH_BOARD(BENCH_CPU("fast", "0", "70000000", ""),
                    "cairn,connect = \"timer\", \"fast.mtip\";\n"),
        BENCH_BOARD(TWO, "cairn,connect = \"timer\", \"fast.mtip\";\n"),
    };
    static const struct {
        uint64_t step;
        uint64_t step_ns;
    } cuts[] = {
        {1,     0    },
        {7,     0    },
        {1000,  0    },
        {1001,  0    },
        {4096,  0    },
        {50000, 10   },
        {50000, 12345},
        {13,    100  }
    };
    for (size_t b = 0; b < ARRAY_SIZE(boards); b++) {
        size_t events;
        uint64_t whole = run_in_steps(boards[b], 50000, 50000, 0, &events);
        EXPECT(events > 100);
        for (size_t i = 0; i < ARRAY_SIZE(cuts); i++) {
            size_t count;
            test_case("board %zu, steps of %u instructions, %u ns", b,
                      (unsigned)cuts[i].step, (unsigned)cuts[i].step_ns);
            EXPECT_EQ(run_in_steps(boards[b], 50000, cuts[i].step,
                                   cuts[i].step_ns, &count),
                      whole);
            EXPECT_EQ(count, events);
        }
    }
}

/* ---- Callbacks ----------------------------------------------------------- */

struct heard {
    struct cairn_machine *machine;
    struct buffer console;
    unsigned events;
    unsigned unmodelled;
    uint32_t level;
};

static void hear_console(void *context, const char *device, uint8_t byte)
{
    struct heard *heard = context;
    buffer_print(&heard->console, "%s:%c ", device, byte);
    if (byte == 'B') {
        cairn_stop(heard->machine);
    }
}

static void hear_log(void *context, enum cairn_log kind, const char *line)
{
    struct heard *heard = context;
    heard->unmodelled +=
        kind == CAIRN_LOG_UNMODELLED && strstr(line, "value 0x42") != NULL;
}

static void hear_event(void *context, const char *text, const char *json)
{
    struct heard *heard = context;
    heard->events += text[0] != '\0' && json[0] == '{';
}

static void hear_level(void *context, uint32_t level)
{
    struct heard *heard = context;
    heard->level = level;
}

static const uint32_t say[] = {
    LUI(S0, BENCH_DEV),        ADDI(T0, X0, 'A'),
    SW(T0, BENCH_CONSOLE, S0), ADDI(T0, T0, 1),
    SW(T0, BENCH_CONSOLE, S0), SW(T0, BENCH_LEVEL, S0),
    SW(T0, BENCH_EVENT, S0),   SW(T0, BENCH_UNMODELLED, S0),
    ADDI(T0, T0, 1),           J(0),
};

static struct cairn_machine *listening(struct heard *heard, bool strict)
{
    char *path = bench_file(BENCH_ONE_CPU, ".dts");
    const struct cairn_image image = {"rom", say, sizeof(say)};
    const struct cairn_options options = {
        .size = sizeof(struct cairn_options),
        .board = path,
        .images = &image,
        .image_count = 1,
        .strict = strict,
        .callbacks = {.console = hear_console,
                      .log = hear_log,
                      .event = hear_event,
                      .context = heard},
    };
    if (cairn_create(&options, &heard->machine, NULL) == 0) {
        cairn_line_watch(heard->machine, "bench.level", hear_level, heard);
        cairn_power(heard->machine);
    }
    unlink(path);
    free(path);
    return heard->machine;
}

TEST(console_log_events_and_lines_reach_their_callbacks)
{
    struct heard heard = {0};
    REQUIRE(listening(&heard, false));
    EXPECT_EQ(run_instructions(heard.machine, 1000), CAIRN_STOP_REQUESTED);
    EXPECT_EQ(cairn_instructions(heard.machine, NULL), 5);
    EXPECT_EQ(run_instructions(heard.machine, 1000), CAIRN_STOP_BUDGET);
    EXPECT_STR(buffer_text(&heard.console), "bench:A bench:B ");
    EXPECT_EQ(heard.level, 'B');
    EXPECT_EQ(heard.events, 2);
    EXPECT_EQ(heard.unmodelled, 1);
    EXPECT_EQ(cairn_unmodelled_count(heard.machine), 1);
    EXPECT(cairn_event_json(heard.machine, 1) != NULL);
    EXPECT(cairn_event_json(heard.machine, 2) == NULL);
    cairn_destroy(heard.machine);
    buffer_fini(&heard.console);
}

TEST(strict_stops_at_the_first_unmodelled_access)
{
    struct heard heard = {0};
    REQUIRE(listening(&heard, true));
    EXPECT_EQ(cairn_run(heard.machine, NULL), CAIRN_STOP_REQUESTED);
    EXPECT_EQ(cairn_run(heard.machine, NULL), CAIRN_STOP_UNMODELLED);
    EXPECT_EQ(cairn_instructions(heard.machine, NULL), 8);
    cairn_destroy(heard.machine);
    buffer_fini(&heard.console);
}

/* ---- Bus and memory ------------------------------------------------------ */

TEST(the_bus_and_the_memory_answer_the_host)
{
    struct cairn_machine *machine =
        bench_machine(BENCH_ONE_CPU, count_up, ARRAY_SIZE(count_up));
    REQUIRE(machine);
    uint64_t value;
    EXPECT_EQ(cairn_bus_read(machine, "nobody", 0, 0, 4, &value), -ENOENT);
    EXPECT_EQ(cairn_bus_read(machine, "soc", 0, 0x80000000, 4, &value),
              -EFAULT);
    EXPECT_EQ(cairn_bus_read(machine, "soc", 0, 0, 3, &value), -EINVAL);
    EXPECT_EQ(cairn_bus_write(machine, "soc", 0, BENCH_ROM, 4, 1), -EFAULT);
    EXPECT_EQ(cairn_bus_write(machine, "soc", 0, BENCH_RAM + 8, 4, 0x11223344),
              0);
    uint8_t *host;
    size_t size;
    EXPECT_EQ(cairn_memory(machine, "ram", &host, &size), 0);
    EXPECT_EQ(size, 0x10000);
    EXPECT_EQ(load_le32(host + 8), 0x11223344);
    EXPECT_EQ(cairn_memory_written(machine, "ram", 0xffff, 2), -ERANGE);
    EXPECT_EQ(cairn_memory_written(machine, "ram", 0, 4), 0);
    store_le32(host, 77);
    EXPECT_EQ(bench_read(machine, BENCH_RAM), 77);
    EXPECT_EQ(cairn_memory(machine, "bench", &host, &size), -ENOENT);
    EXPECT_EQ(cairn_line_set(machine, "ram.write_protect", 1), 0);
    EXPECT_EQ(cairn_bus_write(machine, "soc", 0, BENCH_RAM, 4, 1), -EFAULT);
    cairn_destroy(machine);
}

TEST(code_that_the_host_replaces_is_what_runs)
{
    struct cairn_machine *machine =
        bench_machine(BENCH_ONE_CPU, count_up, ARRAY_SIZE(count_up));
    REQUIRE(machine);
    run_instructions(machine, 100);
    uint8_t *host;
    size_t size;
    REQUIRE(cairn_memory(machine, "rom", &host, &size) == 0);
    cairn_memory_written(machine, "rom", 0, 4);
    store_le32(host, ADDI(T0, T0, 5));
    run_instructions(machine, 100);
    uint64_t value;
    cairn_register_get(machine, "hart", "t0", &value);
    EXPECT_EQ(value, 50 + 250);
    cairn_destroy(machine);
}

/* ---- Several machines ---------------------------------------------------- */

static void *run_alone(void *context)
{
    uint64_t *hash = context;
    size_t events;
    *hash = run_in_steps(
        BENCH_BOARD(TWO, "cairn,connect = \"timer\", \"fast.mtip\";\n"), 200000,
        10007, 0, &events);
    return NULL;
}

TEST(machines_in_several_threads_do_not_meet)
{
    enum { THREADS = 4 };
    pthread_t threads[THREADS];
    uint64_t hashes[THREADS];
    for (size_t i = 0; i < THREADS; i++) {
        REQUIRE(pthread_create(&threads[i], NULL, run_alone, &hashes[i]) == 0);
    }
    for (size_t i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
    }
    for (size_t i = 0; i < THREADS; i++) {
        EXPECT(hashes[i] != 0);
        EXPECT_EQ(hashes[i], hashes[0]);
    }
}

static void live_once(const char *path)
{
    const struct cairn_image image = {"rom", tick, sizeof(tick)};
    const struct cairn_options options = {.size = sizeof(struct cairn_options),
                                          .board = path,
                                          .images = &image,
                                          .image_count = 1};
    struct cairn_machine *machine;
    if (cairn_create(&options, &machine, NULL) == 0) {
        cairn_power(machine);
        run_instructions(machine, 1000);
        cairn_destroy(machine);
    }
}

TEST(two_hundred_lives_leave_nothing_behind)
{
    OWNED(free_at) char *path = bench_file(BENCH_ONE_CPU, ".dts");
    struct board board;
    REQUIRE(board_load(&board,
                       &(struct cairn_options){
                           .size = sizeof(struct cairn_options), .board = path},
                       NULL) == 0);
    OWNED(free_at) char *compiled = bench_file("", ".dtb");
    EXPECT_EQ(file_write(compiled, board.fdt, board.size_bytes, NULL), 0);
    board_fini(&board);
    for (unsigned i = 0; i < 20; i++) {
        live_once(compiled);
    }
    size_t before = memory_resident();
    for (unsigned i = 0; i < 200; i++) {
        live_once(compiled);
    }
    size_t after = memory_resident();
    /* Sanitizers keep freed memory for a while. */
    EXPECT(after < before + (TEST_SANITIZED ? 200u << 20 : 256u << 10));
    unlink(compiled);
    unlink(path);
}
