/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/machine.h"

#include "base/hash.h"
#include "host/time.h"
#include "platform/test_bench.h"
#include "tests/harness.h"

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
    const struct cairn_until until = {.instructions = instructions};
    cairn_run(machine, &until);
}

static struct cairn_machine *make(void)
{
    return bench_machine(BOARD, busy, ARRAY_SIZE(busy));
}

TEST(restoring_goes_back_and_the_run_repeats_itself)
{
    struct cairn_machine *machine = make();
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
    cairn_destroy(machine);
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
    /* A machine may go before its snapshots. */
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
    struct cairn_machine *machine = make();
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
    EXPECT(best < (BENCH_SANITIZED ? 10000000u : 1000000u));
    cairn_snapshot_destroy(snapshot);
    cairn_destroy(machine);
}

/* ---- Files ------------------------------------------------------------- */

TEST(a_file_brings_the_machine_back_in_another_process_image)
{
    char *path = bench_file("", ".snapshot");
    struct cairn_machine *machine = make();
    struct cairn_machine *other = make();
    REQUIRE(machine && other);
    cairn_line_set(machine, "bench.strap", 3);
    run(machine, 1003);
    EXPECT_EQ(cairn_save(machine, path, NULL), 0);
    EXPECT_EQ(cairn_load(other, path, NULL), 0);
    EXPECT_EQ(cairn_state_hash(other), cairn_state_hash(machine));
    EXPECT_EQ(cairn_time_ns(other), cairn_time_ns(machine));
    run(machine, 5001);
    run(other, 5001);
    EXPECT_EQ(cairn_state_hash(other), cairn_state_hash(machine));
    cairn_destroy(machine);
    cairn_destroy(other);
    unlink(path);
    free(path);
}

static int load_bytes(struct cairn_machine *machine, const char *path,
                      const void *bytes, size_t size, struct cairn_error *error)
{
    *error = (struct cairn_error){""};
    file_write(path, bytes, size, NULL);
    return cairn_load(machine, path, error);
}

/* A file whose damage the hash does not show. */
static void sign(struct buffer *file)
{
    store_le64(file->bytes + file->size - 8,
               hash64(0, file->bytes, file->size - 8));
}

TEST(cut_and_damaged_files_are_refused_and_change_nothing)
{
    char *path = bench_file("", ".snapshot");
    struct cairn_machine *machine = make();
    REQUIRE(machine);
    run(machine, 1003);
    REQUIRE(cairn_save(machine, path, NULL) == 0);
    struct buffer file = {0};
    struct cairn_error error;
    REQUIRE(file_read(path, 1 << 20, &file, NULL) == 0);
    run(machine, 500);
    uint64_t before = cairn_state_hash(machine);
    size_t step = file.size / 97 + 1;
    for (size_t size = 0; size < file.size; size += step) {
        test_case("cut to %zu", size);
        EXPECT_EQ(load_bytes(machine, path, file.bytes, size, &error), -EINVAL);
        EXPECT(strstr(error.text, "snapshot '/tmp/") == error.text);
    }
    for (size_t at = 0; at < file.size; at += step) {
        test_case("flipped at %zu", at);
        file.bytes[at] ^= 0x40;
        EXPECT_EQ(load_bytes(machine, path, file.bytes, file.size, &error),
                  -EINVAL);
        file.bytes[at] ^= 0x40;
    }
    EXPECT_EQ(cairn_state_hash(machine), before);
    cairn_destroy(machine);
    buffer_fini(&file);
    unlink(path);
    free(path);
}

TEST(forged_files_never_harm_the_host)
{
    char *path = bench_file("", ".snapshot");
    struct cairn_machine *machine = make();
    REQUIRE(machine);
    run(machine, 103);
    REQUIRE(cairn_save(machine, path, NULL) == 0);
    struct buffer file = {0};
    struct cairn_error error;
    REQUIRE(file_read(path, 1 << 20, &file, NULL) == 0);
    unsigned refused = 0;
    for (size_t at = 20; at < file.size - 8; at += at < 4000 ? 1 : 211) {
        uint8_t old = file.bytes[at];
        file.bytes[at] = (uint8_t)(old ^ (0x81 + at));
        sign(&file);
        if (load_bytes(machine, path, file.bytes, file.size, &error) != 0) {
            refused++;
        }
        run(machine, 50);
        file.bytes[at] = old;
    }
    EXPECT(refused > 100);
    cairn_destroy(machine);
    buffer_fini(&file);
    unlink(path);
    free(path);
}

TEST(files_of_other_boards_and_versions_are_told_apart)
{
    char *path = bench_file("", ".snapshot");
    struct cairn_machine *machine = make();
    struct cairn_machine *other =
        bench_machine(BOARD, busy, ARRAY_SIZE(busy) - 1);
    REQUIRE(machine && other);
    REQUIRE(cairn_save(machine, path, NULL) == 0);
    struct cairn_error error = {""};
    EXPECT_EQ(cairn_load(other, path, &error), -EINVAL);
    EXPECT(strstr(error.text, "of another board than") != NULL);
    struct buffer file = {0};
    REQUIRE(file_read(path, 1 << 20, &file, NULL) == 0);
    store_le32(file.bytes + 8, 99);
    EXPECT_EQ(load_bytes(machine, path, file.bytes, file.size, &error),
              -EINVAL);
    EXPECT(strstr(error.text, "version 99, this program knows 1") != NULL);
    EXPECT_EQ(cairn_load(machine, "/nonexistent/file", &error), -ENOENT);
    cairn_destroy(machine);
    cairn_destroy(other);
    buffer_fini(&file);
    unlink(path);
    free(path);
}
