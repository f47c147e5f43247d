/* SPDX-License-Identifier: Apache-2.0 */
/* Machines that are forked from points of another one's run. */
#include "host/memory.h"
#include "platform/test_bench.h"
#include "tests/harness.h"

/* Memory as of a guest that has booted, all of which is in use. */
#define LARGE_SIZE (16u << 20)
#define BOARD                                                                  \
    BENCH_BOARD(BENCH_CPU("hart", "0", "100000000", ""), "")                   \
    "/ { large: memory@80000000 { device_type = \"memory\";\n"                 \
    "    reg = <0x80000000 0x1000000>; }; };\n"

static const uint32_t count_up[] = {
    LUI(S1, BENCH_RAM),
    ADDI(T0, T0, 1),
    SW(T0, 0, S1),
    J(-8),
};

enum { FORKS = 100, POINTS = 3 };

static struct cairn_machine *make(void)
{
    return bench_machine(BOARD, count_up, ARRAY_SIZE(count_up));
}

static void run(struct cairn_machine *machine, uint64_t instructions)
{
    const struct cairn_until until = {.size = sizeof(struct cairn_until),
                                      .instructions = instructions};
    cairn_run(machine, &until);
}

static void fill(struct cairn_machine *machine)
{
    uint8_t *bytes;
    size_t size;
    REQUIRE(cairn_memory(machine, "large", &bytes, &size) == 0);
    EXPECT_EQ(size, LARGE_SIZE);
    for (size_t i = 0; i < size; i++) {
        bytes[i] = (uint8_t)(i * 7 + (i >> 12));
    }
}

TEST(a_hundred_forks_share_what_none_of_them_wrote)
{
    static struct cairn_machine *forks[FORKS];
    struct cairn_fork_point *point;
    struct cairn_machine *machine = make();
    REQUIRE(machine);
    fill(machine);
    run(machine, 1000);
    for (unsigned i = 0; i < FORKS; i++) {
        forks[i] = make();
        REQUIRE(forks[i]);
        run(forks[i], 10);
    }
    const size_t before = memory_resident();
    REQUIRE(cairn_fork_point(machine, &point, NULL) == 0);
    const size_t held = memory_resident();
    for (unsigned i = 0; i < FORKS; i++) {
        EXPECT_EQ(cairn_fork(forks[i], point, NULL), 0);
        run(forks[i], 1000 + i);
    }
    cairn_fork_point_destroy(point);
    /* Each has a page of its RAM, and what its machine notes of pages. */
    const size_t after = memory_resident();
    EXPECT(held - before < LARGE_SIZE / 8);
    EXPECT((after - held) / FORKS < LARGE_SIZE / 64);
    run(machine, 1000);
    EXPECT_EQ(cairn_state_hash(forks[0]), cairn_state_hash(machine));
    run(machine, FORKS - 1);
    EXPECT_EQ(cairn_state_hash(forks[FORKS - 1]), cairn_state_hash(machine));
    for (unsigned i = 0; i < FORKS; i++) {
        cairn_destroy(forks[i]);
    }
    cairn_destroy(machine);
}

TEST(a_machine_has_several_points_and_goes_back_to_each)
{
    struct cairn_fork_point *points[POINTS];
    uint64_t hashes[POINTS];
    struct cairn_machine *machine = make();
    REQUIRE(machine);
    for (unsigned i = 0; i < POINTS; i++) {
        run(machine, 777);
        hashes[i] = cairn_state_hash(machine);
        REQUIRE(cairn_fork_point(machine, &points[i], NULL) == 0);
    }
    for (unsigned i = 0; i < 3 * POINTS; i++) {
        EXPECT_EQ(cairn_fork(machine, points[i * 2 % POINTS], NULL), 0);
        EXPECT_EQ(cairn_state_hash(machine), hashes[i * 2 % POINTS]);
        run(machine, 100);
    }
    for (unsigned i = 0; i < POINTS; i++) {
        cairn_fork_point_destroy(points[i]);
    }
    cairn_destroy(machine);
}

TEST(a_fork_is_of_a_machine_that_is_equipped_alike)
{
    struct cairn_error error = {""};
    struct cairn_fork_point *point;
    struct cairn_machine *machine = make();
    struct cairn_machine *other =
        bench_machine(BENCH_ONE_CPU, count_up, ARRAY_SIZE(count_up));
    REQUIRE(machine && other);
    const uint64_t hash = cairn_state_hash(other);
    REQUIRE(cairn_fork_point(machine, &point, NULL) == 0);
    EXPECT_EQ(cairn_fork(other, point, &error), -EINVAL);
    EXPECT(strstr(error.text, "which differs from") != NULL);
    EXPECT_EQ(cairn_state_hash(other), hash);
    cairn_fork_point_destroy(point);
    cairn_fork_point_destroy(NULL);
    cairn_destroy(machine);
    cairn_destroy(other);
}
