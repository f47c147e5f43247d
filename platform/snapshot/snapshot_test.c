/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/machine/machine.h"

#include "host/time.h"
#include "platform/test_bench.h"
#include "tests/harness.h"
#include "tests/machine.h"

OWNER(struct cairn_machine, cairn_destroy)

#define BOARD BENCH_ONE_CPU

/* Ticks, random numbers, events and memory: state of every kind moves. */
static const uint32_t busy[] = {
    LUI(S0, BENCH_DEV),
    LUI(S1, BENCH_RAM),
    ADDI(T0, X0, 0x80),
    CSRRW(X0, CSR_MIE, T0),
    /* again: */
    ADDI(T1, X0, 333),
    SW(T1, BENCH_TIMER, S0),
    LW(T2, BENCH_RANDOM, S0),
    SW(T2, 0, S1),
    SW(T2, 4, S1),
    WFI,
    SW(T2, BENCH_EVENT, S0),
    SW(T2, BENCH_LEVEL, S0),
    LW(T2, BENCH_NOW, S0),
    SW(T2, 8, S1),
    ADDI(S1, S1, 16),
    J(-44),
};

static void run(struct cairn_machine *machine, uint64_t instructions)
{
    run_instructions(machine, instructions);
}

static struct cairn_machine *make(void)
{
    return bench_machine(BOARD, busy, ARRAY_SIZE(busy));
}

TEST(restoring_goes_back_and_the_run_repeats_itself)
{
    OWNED(cairn_destroy_at) struct cairn_machine *machine = make();
    REQUIRE(machine);
    run(machine, 1003);
    struct cairn_snapshot *snapshot;
    REQUIRE(cairn_snapshot(machine, &snapshot, NULL) == 0);
    uint64_t then = cairn_state_hash(machine);
    size_t events = cairn_event_count(machine);
    run(machine, 5000);
    uint64_t later = cairn_state_hash(machine);
    EXPECT(later != then);
    for (unsigned i = 0; i < 3; i++) {
        EXPECT_EQ(cairn_restore(machine, snapshot, NULL), 0);
        EXPECT_EQ(cairn_state_hash(machine), then);
        EXPECT_EQ(cairn_event_count(machine), events);
        EXPECT_EQ(cairn_instructions(machine, NULL), 1003);
        run(machine, 5000);
        EXPECT_EQ(cairn_state_hash(machine), later);
    }
    cairn_snapshot_destroy(snapshot);
}

TEST(the_count_of_traps_goes_back_with_the_instructions)
{
    OWNED(cairn_destroy_at) struct cairn_machine *machine = make();
    struct cairn_snapshot *snapshot;
    REQUIRE(machine);
    machine->cores[0]->traps = 7;
    REQUIRE(cairn_snapshot(machine, &snapshot, NULL) == 0);
    machine->cores[0]->traps = 9;
    EXPECT_EQ(cairn_restore(machine, snapshot, NULL), 0);
    EXPECT_EQ(machine->cores[0]->traps, 7);
    cairn_snapshot_destroy(snapshot);
}

TEST(older_snapshots_stay_good)
{
    enum { COUNT = 4 };
    struct cairn_machine *machine = make();
    REQUIRE(machine);
    struct cairn_snapshot *snapshots[COUNT];
    uint64_t hashes[COUNT];
    for (unsigned i = 0; i < COUNT; i++) {
        run(machine, 700 + i);
        REQUIRE(cairn_snapshot(machine, &snapshots[i], NULL) == 0);
        hashes[i] = cairn_state_hash(machine);
    }
    static const uint8_t order[] = {0, 3, 1, 2, 3, 0};
    for (unsigned i = 0; i < ARRAY_SIZE(order); i++) {
        test_case("step %u, snapshot %u", i, order[i]);
        EXPECT_EQ(cairn_restore(machine, snapshots[order[i]], NULL), 0);
        EXPECT_EQ(cairn_state_hash(machine), hashes[order[i]]);
        run(machine, 100);
    }
    /* A machine may go before its snapshots. The newest had no memory of its
     * own; the others are of any machine that is as it was. */
    cairn_destroy(machine);
    machine = make();
    REQUIRE(machine);
    EXPECT_EQ(cairn_restore(machine, snapshots[COUNT - 1], NULL), -EINVAL);
    EXPECT_EQ(cairn_restore(machine, snapshots[1], NULL), 0);
    EXPECT_EQ(cairn_state_hash(machine), hashes[1]);
    cairn_destroy(machine);
    for (unsigned i = 0; i < COUNT; i++) {
        cairn_snapshot_destroy(snapshots[i]);
    }
    cairn_snapshot_destroy(NULL);
}

TEST(a_snapshot_of_another_board_is_refused)
{
    struct cairn_machine *machine = make();
    struct cairn_machine *other =
        bench_machine(BOARD, busy, ARRAY_SIZE(busy) - 1);
    REQUIRE(machine && other);
    struct cairn_snapshot *snapshot;
    struct cairn_error error = {""};
    REQUIRE(cairn_snapshot(machine, &snapshot, NULL) == 0);
    EXPECT_EQ(cairn_restore(other, snapshot, &error), -EINVAL);
    EXPECT_STR(error.text, "the snapshot is of another machine");
    cairn_snapshot_destroy(snapshot);
    cairn_destroy(machine);
    cairn_destroy(other);
}

TEST(restoring_takes_less_than_a_millisecond)
{
    OWNED(cairn_destroy_at) struct cairn_machine *machine = make();
    REQUIRE(machine);
    struct cairn_snapshot *snapshot;
    REQUIRE(cairn_snapshot(machine, &snapshot, NULL) == 0);
    uint64_t best = UINT64_MAX;
    for (unsigned i = 0; i < 20; i++) {
        run(machine, 2000);
        uint64_t start = host_time_ns();
        cairn_restore(machine, snapshot, NULL);
        uint64_t took = host_time_ns() - start;
        best = took < best ? took : best;
    }
    EXPECT(best < (TEST_SANITIZED ? 10000000u : 1000000u));
    cairn_snapshot_destroy(snapshot);
}
