/* SPDX-License-Identifier: Apache-2.0 */
/* A part that only this test has: it says what it holds, adds itself, and is in
 * snapshots, files, hashes and comparisons like all others. */
#include <errno.h>

#include "platform/machine/parts.h"
#include "platform/test_bench.h"
#include "tests/harness.h"
#include "tests/machine.h"

OWNER(struct cairn_machine, cairn_destroy)

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
    run_instructions(machine, 1000);
}

TEST(an_added_part_is_taken_restored_and_hashed)
{
    struct queue queue;
    OWNED(cairn_destroy_at) struct cairn_machine *machine = make(&queue);
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
    OWNED(cairn_destroy_at) struct cairn_machine *machine = make(&queue);
    OWNED(buffer_fini) struct buffer first = {0};
    OWNED(buffer_fini) struct buffer second = {0};
    OWNED(buffer_fini) struct buffer difference = {0};
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
}

TEST(what_a_slot_saves_the_core_does_not_save_too)
{
    struct queue queue;
    OWNED(cairn_destroy_at) struct cairn_machine *machine = make(&queue);
    OWNED(buffer_fini) struct buffer records = {0};
    unsigned found = 0;
    REQUIRE(machine);
    parts_save(machine, &records);
    for (size_t i = 0; i + 7 <= records.size; i++) {
        found += memcmp(records.bytes + i, "retired", 7) == 0 &&
                 (i == 0 || records.bytes[i - 1] == 0);
    }
    EXPECT_EQ(found, 1);
}

/* ---- The machine's own parts --------------------------------------------- */

/* Where the run loop is, in numbers that no run would leave. */
static void set_places(struct cairn_machine *machine, uint32_t base)
{
    struct slot *slot = &machine->slots[0];

    machine->told_ns = base + 1;
    machine->idle_timers = base + 2;
    machine->idle_retired = base + 3;
    machine->guest_status = (uint64_t)(base + 4) << 32 | (base + 5);
    slot->core->check_at = base + 6;
    slot->idle_ns = base + 7;
    slot->check_sum = base + 8;
    slot->checks = base + 9;
    slot->check_distance = base + 10;
    slot->check_pause = base + 11;
    slot->check_gap = base + 12;
    slot->reset_lines = base + 13;
    slot->check_rested = base == 0;
    slot->held = base == 0;
    slot->idle = base == 0;
    slot->reset_pending = base != 0;
    machine->stop_requested = base != 0;
    machine->externals[0].line.level = base + 30;
    slot->anchor_ns = base + 14;
    slot->anchor_retired = base + 15;
    slot->core->retired = base + 16;
    machine->round_core = base == 0;
    machine->round_end_ns = base + 17;
    machine->in_round = base == 0;
    machine->powered = base == 0;
    machine->guest_end = base == 0;
    machine->fabric.clock.now_ns = base + 100;
    machine->fabric.clock.powered_ns = base + 18;
    machine->fabric.clock.next_sequence = base + 19;
    for (unsigned i = 0; i < 4; i++) {
        machine->fabric.random_state[i] = base + 20 + i;
    }
}

static void expect_places(const struct cairn_machine *machine)
{
    const struct slot *slot = &machine->slots[0];

    EXPECT_EQ(machine->told_ns, 1);
    EXPECT_EQ(machine->idle_timers, 2);
    EXPECT_EQ(machine->idle_retired, 3);
    EXPECT_EQ(machine->guest_status, UINT64_C(4) << 32 | 5);
    EXPECT_EQ(slot->core->check_at, 6);
    EXPECT_EQ(slot->idle_ns, 7);
    EXPECT_EQ(slot->check_sum, 8);
    EXPECT_EQ(slot->checks, 9);
    EXPECT_EQ(slot->check_distance, 10);
    EXPECT_EQ(slot->check_pause, 11);
    EXPECT_EQ(slot->check_gap, 12);
    EXPECT_EQ(slot->reset_lines, 13);
    EXPECT_EQ(slot->check_rested, true);
    EXPECT_EQ(slot->held, true);
    EXPECT(slot->idle && !slot->dozes);
    EXPECT(!slot->reset_pending && !machine->stop_requested);
    EXPECT_EQ(machine->externals[0].line.level, 30);
    EXPECT(machine->fabric.clock.progress_ns != NULL);
    EXPECT_EQ(slot->anchor_ns, 14);
    EXPECT_EQ(slot->anchor_retired, 15);
    EXPECT_EQ(slot->core->retired, 16);
    EXPECT_EQ(machine->round_core, 1);
    EXPECT_EQ(machine->round_end_ns, 17);
    EXPECT_EQ(machine->in_round, true);
    EXPECT_EQ(machine->powered, true);
    EXPECT_EQ(machine->guest_end, 1);
    EXPECT_EQ(machine->fabric.clock.now_ns, 100);
    EXPECT_EQ(machine->fabric.clock.powered_ns, 18);
    EXPECT_EQ(machine->fabric.clock.next_sequence, 19);
    for (unsigned i = 0; i < 4; i++) {
        EXPECT_EQ(machine->fabric.random_state[i], 20 + i);
    }
}

TEST(the_place_in_the_run_loop_is_in_snapshots_and_files)
{
    struct cairn_machine *machine =
        bench_machine(BENCH_ONE_CPU, counts, ARRAY_SIZE(counts));
    struct cairn_snapshot *snapshot = NULL;
    struct cairn_snapshot *outside = NULL; /* of a round */
    uint8_t *bytes = NULL;
    size_t size = 0;

    REQUIRE(machine);
    run(machine);
    machine->in_round = false;
    REQUIRE(cairn_snapshot(machine, &outside, NULL) == 0);
    set_places(machine, 0);
    REQUIRE(cairn_snapshot(machine, &snapshot, NULL) == 0);
    REQUIRE(cairn_save_bytes(machine, &bytes, &size, NULL) == 0);
    set_places(machine, 100);
    EXPECT_EQ(cairn_restore(machine, snapshot, NULL), 0);
    expect_places(machine);
    set_places(machine, 100);
    EXPECT_EQ(cairn_load_bytes(machine, bytes, size, NULL), 0);
    expect_places(machine);
    EXPECT_EQ(cairn_restore(machine, outside, NULL), 0);
    EXPECT(!machine->in_round && !machine->fabric.clock.progress_ns);
    free(bytes);
    cairn_snapshot_destroy(outside);
    cairn_snapshot_destroy(snapshot);
    cairn_destroy(machine);
}

/* The hash is of what a guest can tell: registers, power, random numbers. */
TEST(each_part_of_the_state_is_in_the_hash)
{
    struct cairn_machine *machine =
        bench_machine(BENCH_ONE_CPU, counts, ARRAY_SIZE(counts));

    REQUIRE(machine);
    run(machine);
    const uint64_t before = cairn_state_hash(machine);
    struct core *core = machine->cores[0];
    uint8_t *state = core->type->state(core);
    state[core->type->fields[0].offset] ^= 1;
    EXPECT(cairn_state_hash(machine) != before);
    state[core->type->fields[0].offset] ^= 1;
    EXPECT_EQ(cairn_state_hash(machine), before);
    const enum core_power power = core->power;
    core->power = CORE_STUCK;
    EXPECT(cairn_state_hash(machine) != before);
    core->power = power;
    machine->externals[0].line.level ^= 1;
    EXPECT(cairn_state_hash(machine) != before);
    machine->externals[0].line.level ^= 1;
    machine->fabric.random_state[3] ^= 1;
    EXPECT(cairn_state_hash(machine) != before);
    machine->fabric.random_state[3] ^= 1;
    EXPECT_EQ(cairn_state_hash(machine), before);
    region_load(machine_find(machine, NODE_MEMORY, "ram")->region, 0, "x", 1);
    EXPECT(cairn_state_hash(machine) != before);
    cairn_destroy(machine);
}

TEST(a_memory_is_protected_as_it_was)
{
    OWNED(cairn_destroy_at)
    struct cairn_machine *machine = bench_machine(
        BENCH_BOARD(BENCH_CPU("hart", "0", "100000000", ""),
                    "cairn,connect = \"level\", \"ram.write_protect\";\n"),
        counts, ARRAY_SIZE(counts));
    REQUIRE(machine);
    struct line *level = device_output(
        machine_find(machine, NODE_DEVICE, "bench")->device, "level");
    const struct region *ram =
        machine_find(machine, NODE_MEMORY, "ram")->region;
    const struct region *rom =
        machine_find(machine, NODE_MEMORY, "rom")->region;
    for (uint32_t is = 0; is < 2; is++) {
        struct cairn_snapshot *snapshot = NULL;
        line_set(level, is);
        REQUIRE(cairn_snapshot(machine, &snapshot, NULL) == 0);
        line_set(level, !is);
        EXPECT_EQ(ram->writable, is);
        EXPECT_EQ(cairn_restore(machine, snapshot, NULL), 0);
        EXPECT_EQ(ram->writable, !is);
        EXPECT(!rom->writable);
        cairn_snapshot_destroy(snapshot);
    }
}

static unsigned settled;

static void settle(struct device *device)
{
    settled++;
}

TEST(a_device_learns_that_it_was_restored)
{
    struct cairn_machine *machine =
        bench_machine(BENCH_ONE_CPU, counts, ARRAY_SIZE(counts));
    struct cairn_snapshot *snapshot = NULL;
    struct device_type type = bench_type;
    REQUIRE(machine);
    type.restored = settle;
    machine_find(machine, NODE_DEVICE, "bench")->device->type = &type;
    REQUIRE(cairn_snapshot(machine, &snapshot, NULL) == 0);
    EXPECT_EQ(settled, 0);
    EXPECT_EQ(cairn_restore(machine, snapshot, NULL), 0);
    EXPECT_EQ(settled, 1);
    cairn_snapshot_destroy(snapshot);
    cairn_destroy(machine);
}

/* Fields of records, by the name that each begins with, and the most that a
 * machine of one core takes. */
TEST(states_that_are_none_are_refused)
{
    static const struct {
        const char *field; /* with its length in front, its size behind */
        uint32_t most;
        const char *said;
    } rows[] = {
        {"\5\0\0\0power\4\0\0",        CORE_STUCK, "core 'hart': no such state"},
        {"\4\0\0\0idle\4\0\0",         2,          "core 'hart': no such state"},
        {"\12\0\0\0round_core\10\0\0", 1,          "no core 2"                 },
    };
    struct cairn_machine *machine =
        bench_machine(BENCH_ONE_CPU, counts, ARRAY_SIZE(counts));
    struct buffer records = {0};
    REQUIRE(machine);
    parts_save(machine, &records);
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        const size_t length = 4 + (uint8_t)rows[i].field[0] + 4;
        uint8_t *field =
            memmem(records.bytes, records.size, rows[i].field, length);
        test_case("%s", rows[i].said);
        REQUIRE(field != NULL);
        const uint32_t before = load_le32(field + length);
        for (uint32_t more = 0; more < 2; more++) {
            const uint8_t *bytes = records.bytes;
            size_t size = records.size;
            struct error error = {""};
            store_le32(field + length, rows[i].most + more);
            EXPECT_EQ(parts_load(machine, &bytes, &size, &error),
                      more ? -EINVAL : 0);
            EXPECT_STR(error.text, more ? rows[i].said : "");
        }
        store_le32(field + length, before);
    }
    buffer_fini(&records);
    cairn_destroy(machine);
}

/* ---- Times --------------------------------------------------------------- */

enum place {
    TOLD,
    POWERED,
    ROUND_END,
    ROUND_END_OUTSIDE, /* of a round */
    ANCHOR_RETIRED,
    ANCHOR,
    IDLE,
    NOW,
    RETIRED,
    CORE_TIME,
    DOZE, /* begins too early */
    PLACES
};

/* Moves one of them to so far ahead of where it may be at most. */
static void move(struct cairn_machine *machine, enum place place, uint64_t more)
{
    struct slot *slot = &machine->slots[0];
    const uint64_t now = machine->fabric.clock.now_ns;
    const uint64_t ahead = now + machine->quantum_ns + 1000000000;

    machine->in_round = place == ROUND_END;
    slot->anchor_retired = slot->core->retired;
    switch (place) {
    case TOLD:
        machine->told_ns = ahead + more;
        break;
    case POWERED:
        machine->fabric.clock.powered_ns = now + more;
        break;
    case ROUND_END:
    case ROUND_END_OUTSIDE:
        machine->round_end_ns = ahead + more;
        break;
    case ANCHOR_RETIRED:
        slot->anchor_retired += more;
        break;
    case ANCHOR:
        slot->anchor_ns = ahead + more;
        break;
    case IDLE:
        slot->idle_ns = ahead + more;
        break;
    case NOW:
        machine->fabric.clock.now_ns = UINT64_MAX / 4 - 1 + more;
        break;
    case RETIRED:
        slot->core->retired = UINT64_MAX / 4 - 1 + more;
        slot->anchor_retired = slot->core->retired;
        break;
    case CORE_TIME: /* an instruction takes 10 ns */
        slot->anchor_retired--;
        slot->anchor_ns = ahead - 10 + more;
        break;
    default:
        slot->dozes = true;
        slot->anchor_ns = machine->doze_ns - more;
        break;
    }
}

TEST(times_that_no_run_leads_to_are_in_no_file_that_is_loaded)
{
    for (unsigned place = 0; place < PLACES; place++) {
        for (uint64_t more = 0; more < 2; more++) {
            struct cairn_machine *machine =
                bench_machine(BENCH_ONE_CPU, counts, ARRAY_SIZE(counts));
            struct cairn_machine *other =
                bench_machine(BENCH_ONE_CPU, counts, ARRAY_SIZE(counts));
            struct cairn_error error = {""};
            const bool good = more == 0 || place == ROUND_END_OUTSIDE;
            uint8_t *bytes = NULL;
            size_t size = 0;
            REQUIRE(machine && other);
            test_case("place %u, %u more", place, (unsigned)more);
            run(machine);
            move(machine, place, more);
            REQUIRE(cairn_save_bytes(machine, &bytes, &size, NULL) == 0);
            EXPECT_EQ(cairn_load_bytes(other, bytes, size, &error),
                      good ? 0 : -EINVAL);
            EXPECT_STR(error.text,
                       good ? "" : "times that contradict each other");
            free(bytes);
            cairn_destroy(machine);
            cairn_destroy(other);
        }
    }
}
