/* SPDX-License-Identifier: Apache-2.0 */
/* A part that only this test has: it says what it holds, adds itself, and is in
 * snapshots, files, hashes and comparisons like all others. */
#include <errno.h>

#include "platform/snapshot/parts.h"
#include "platform/test_bench.h"
#include "tests/harness.h"

/* ---- The part: requests that wait in a back end -------------------------- */

enum { QUEUE_MAX = 4 };

struct queue_state {
    uint32_t count;
    uint32_t requests[QUEUE_MAX];
};

struct queue {
    struct queue_state state;
    unsigned settled;
};

static const struct state_field queue_fields[] = {
    STATE(struct queue_state, count, RESET_NEVER),
    STATE(struct queue_state, requests, RESET_NEVER),
};

static size_t queue_size(const struct part *part)
{
    (void)part;
    return sizeof(struct queue_state);
}

static void queue_take(const struct part *part, void *image)
{
    const struct queue *queue = part->object;
    memcpy(image, &queue->state, sizeof(queue->state));
}

static void queue_put(const struct part *part, const void *image)
{
    struct queue *queue = part->object;
    memcpy(&queue->state, image, sizeof(queue->state));
}

static void list_queue_fields(const struct part *part,
                              struct state_table *table)
{
    (void)part;
    state_table_set(table, queue_fields, ARRAY_SIZE(queue_fields));
}

static int queue_check(const struct part *part, const void *image,
                       struct error *error)
{
    struct queue_state state;
    memcpy(&state, image, sizeof(state));
    return state.count <= QUEUE_MAX
               ? 0
               : error_set(error, -EINVAL, "%s: %u requests", part->name,
                           state.count);
}

static void queue_settle(const struct part *part)
{
    struct queue *queue = part->object;
    queue->settled++;
}

static const struct part_kind part_queue = {
    .record = "test,queue",
    .size = queue_size,
    .take = queue_take,
    .put = queue_put,
    .fields = list_queue_fields,
    .check = queue_check,
    .settle = queue_settle,
};

/* ---- A machine with it --------------------------------------------------- */

/* Counts in memory and in the bench device. */
static const uint32_t counts[] = {LUI(S0, BENCH_DEV), ADDI(T0, T0, 1),
                                  SW(T0, BENCH_SCRATCH, S0), J(-8)};

static struct cairn_machine *make(struct queue *queue)
{
    struct cairn_machine *machine =
        bench_machine(BENCH_ONE_CPU, counts, ARRAY_SIZE(counts));
    const struct part part = {&part_queue, NULL, "disk", queue};
    *queue = (struct queue){
        .state = {2, {7, 8}}
    };
    if (machine) {
        parts_add(machine, &part);
    }
    return machine;
}

static void run(struct cairn_machine *machine)
{
    const struct cairn_until until = {.size = sizeof(struct cairn_until),
                                      .instructions = 1000};
    cairn_run(machine, &until);
}

TEST(an_added_part_is_taken_restored_and_hashed)
{
    struct queue queue;
    struct cairn_machine *machine = make(&queue);
    struct cairn_snapshot *snapshot = NULL;
    REQUIRE(machine);
    run(machine);
    uint64_t before = cairn_state_hash(machine);
    REQUIRE(cairn_snapshot(machine, &snapshot, NULL) == 0);
    queue.state.requests[1] = 9;
    EXPECT(cairn_state_hash(machine) != before);
    queue.state.requests[1] = 8;
    EXPECT_EQ(cairn_state_hash(machine), before);
    queue.state = (struct queue_state){1, {5}};
    run(machine);
    EXPECT_EQ(cairn_restore(machine, snapshot, NULL), 0);
    EXPECT_EQ(cairn_state_hash(machine), before);
    EXPECT_EQ(queue.state.count, 2);
    EXPECT_EQ(queue.state.requests[1], 8);
    EXPECT_EQ(queue.settled, 1);
    cairn_snapshot_destroy(snapshot);
    cairn_destroy(machine);
}

TEST(an_added_part_is_saved_and_loaded)
{
    struct queue queue;
    struct queue other_queue;
    struct cairn_machine *machine = make(&queue);
    struct cairn_machine *other = make(&other_queue);
    struct cairn_machine *without =
        bench_machine(BENCH_ONE_CPU, counts, ARRAY_SIZE(counts));
    char *path = bench_file("", ".snapshot");
    struct cairn_error error = {""};
    REQUIRE(machine && other && without);
    run(machine);
    queue.state = (struct queue_state){
        3, {1, 2, 3}
    };
    REQUIRE(cairn_save(machine, path, NULL) == 0);
    EXPECT_EQ(cairn_load(other, path, &error), 0);
    EXPECT_STR(error.text, "");
    EXPECT_EQ(other_queue.state.count, 3);
    EXPECT_EQ(other_queue.state.requests[2], 3);
    EXPECT_EQ(other_queue.settled, 1);
    EXPECT_EQ(cairn_state_hash(other), cairn_state_hash(machine));
    /* A machine that lacks the part cannot go on from there. */
    EXPECT_EQ(cairn_load(without, path, &error), -EINVAL);
    EXPECT(strstr(error.text, "'test,queue'") != NULL);
    /* A record that the part does not take leaves the machine as it was. */
    uint64_t before = cairn_state_hash(other);
    queue.state.count = QUEUE_MAX + 1;
    REQUIRE(cairn_save(machine, path, NULL) == 0);
    EXPECT_EQ(cairn_load(other, path, &error), -EINVAL);
    EXPECT(strstr(error.text, "disk: 5 requests") != NULL);
    EXPECT_EQ(cairn_state_hash(other), before);
    unlink(path);
    free(path);
    cairn_destroy(machine);
    cairn_destroy(other);
    cairn_destroy(without);
}

TEST(a_comparison_names_the_first_field_that_differs)
{
    struct queue queue;
    struct cairn_machine *machine = make(&queue);
    struct buffer first = {0};
    struct buffer second = {0};
    struct buffer difference = {0};
    REQUIRE(machine);
    parts_take(machine, &first);
    EXPECT(!parts_compare(machine, first.bytes, first.bytes, &difference));
    EXPECT_EQ(difference.size, 0);
    queue.state.requests[3] = 1;
    parts_take(machine, &second);
    EXPECT(parts_compare(machine, first.bytes, second.bytes, &difference));
    EXPECT_STR(buffer_text(&difference), "disk.requests");
    buffer_clear(&difference);
    buffer_clear(&second);
    run(machine); /* the core, then the device, come before it */
    parts_take(machine, &second);
    EXPECT(parts_compare(machine, first.bytes, second.bytes, &difference));
    EXPECT_STR(buffer_text(&difference), "hart.retired");
    buffer_fini(&first);
    buffer_fini(&second);
    buffer_fini(&difference);
    cairn_destroy(machine);
}

TEST(what_a_slot_saves_the_core_does_not_save_too)
{
    struct queue queue;
    struct cairn_machine *machine = make(&queue);
    struct buffer records = {0};
    unsigned found = 0;
    REQUIRE(machine);
    parts_save(machine, &records);
    for (size_t i = 0; i + 7 <= records.size; i++) {
        found += memcmp(records.bytes + i, "retired", 7) == 0 &&
                 (i == 0 || records.bytes[i - 1] == 0);
    }
    EXPECT_EQ(found, 1);
    buffer_fini(&records);
    cairn_destroy(machine);
}
