/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of what callbacks may call, and cairn_stop from another thread. */
#include "platform/machine/callback.h"

#include <errno.h>
#include <pthread.h>
#include <unistd.h>

#include "platform/test_bench.h"
#include "tests/harness.h"

enum { OUTSIDE_DEV = 0x30000000 };

/* Writes "x" to the console, raises a line, and writes to the caller. */
static const uint32_t busy[] = {
    LUI(S0, BENCH_DEV), LUI(S1, OUTSIDE_DEV),
    ADDI(T0, X0, 'x'),  SW(T0, BENCH_CONSOLE, S0),
    ADDI(T0, X0, 1),    SW(T0, BENCH_LEVEL, S0),
    SW(T0, 0, S1),      J(0),
};

struct meeting {
    struct cairn_machine *machine;
    unsigned looked;
    unsigned acted;
    bool stops;
};

/* Calls that need the machine at rest. */
static void try_rest(struct cairn_machine *machine)
{
    struct cairn_snapshot *snapshot = NULL;
    struct cairn_error error = {""};
    const struct cairn_agent_options agent = {.size = sizeof(agent)};
    const struct cairn_reset_at at = {.size = sizeof(at)};
    uint8_t *bytes = NULL;
    size_t size;

    EXPECT_EQ((int)cairn_run(machine, NULL), (int)CAIRN_STOP_REFUSED);
    EXPECT_EQ(cairn_destroy(machine), -EBUSY);
    EXPECT_EQ(cairn_power(machine), -EBUSY);
    EXPECT_EQ(cairn_reset(machine), -EBUSY);
    EXPECT_EQ(cairn_reset_line_at(machine, &at), -EBUSY);
    EXPECT_EQ(cairn_snapshot(machine, &snapshot, &error), -EBUSY);
    EXPECT_STR(error.text, "not from within a callback of the machine");
    EXPECT_EQ(cairn_restore(machine, NULL, NULL), -EBUSY);
    EXPECT_EQ(cairn_save(machine, "/nowhere", NULL), -EBUSY);
    EXPECT_EQ(cairn_save_bytes(machine, &bytes, &size, NULL), -EBUSY);
    EXPECT_EQ(cairn_load(machine, "/nowhere", NULL), -EBUSY);
    EXPECT_EQ(cairn_load_bytes(machine, "", 0, NULL), -EBUSY);
    EXPECT_EQ(cairn_agent_run(machine, &agent, NULL), -EBUSY);
    EXPECT_EQ(cairn_debug_listen(machine, "0", NULL), -EBUSY);
    EXPECT_EQ(cairn_debug_serve(machine, "0", NULL, NULL, NULL, NULL), -EBUSY);
    EXPECT_EQ(cairn_record_open(machine, "/nowhere", NULL), -EBUSY);
    EXPECT_EQ(cairn_record_end(machine, NULL, 0, NULL), -EBUSY);
    EXPECT_EQ(cairn_replay_open(machine, "/nowhere", 0, NULL), -EBUSY);
    EXPECT_EQ(cairn_replay(machine, NULL, 0, NULL), -EBUSY);
    EXPECT_EQ(cairn_serve(machine), -EBUSY);
    EXPECT_EQ(cairn_console_input(machine, "bench", "a", 1), -EBUSY);
    EXPECT_EQ(cairn_poke(machine, cairn_master_at(machine, 1), 0, "", 1, &size),
              -EBUSY);
    EXPECT_EQ(cairn_register_set(machine, "hart", "t0", 0), -EBUSY);
}

/* Connections are refused, too. */
static void try_connections(struct cairn_machine *machine)
{
    const struct cairn_disk disk = {.size = sizeof(disk)};
    const struct cairn_share share = {.size = sizeof(share)};
    const struct cairn_map map = {.size = sizeof(map),
                                  .name = "x",
                                  .address = 0x50000000,
                                  .size_bytes = 4096,
                                  .host = machine};
    char name[8];

    EXPECT_EQ(
        cairn_serial_connect(machine, "bench", "pty", name, sizeof(name), NULL),
        -EBUSY);
    EXPECT_EQ(cairn_disk_connect(machine, "disk", &disk, NULL), -EBUSY);
    EXPECT_EQ(cairn_share_connect(machine, "fs", &share, NULL), -EBUSY);
    EXPECT_EQ(cairn_tpm_connect(machine, NULL, NULL), -EBUSY);
    EXPECT_EQ(cairn_entropy_connect(machine, NULL), -EBUSY);
    EXPECT_EQ(cairn_vsock_connect(machine, NULL, NULL, NULL), -EBUSY);
    EXPECT_EQ(cairn_net_connect(machine, "net", "none", NULL), -EBUSY);
    EXPECT_EQ(cairn_net_make_logs(machine, NULL), -EBUSY);
    EXPECT_EQ(cairn_map(machine, &map, NULL, NULL), -EBUSY);
    /* These return nothing and do nothing. */
    cairn_serial_close(machine);
    cairn_sample(machine, 1, NULL, NULL);
    cairn_milestones(machine, 1, NULL, NULL);
    cairn_stay_on(machine);
    cairn_record(machine, 0);
    cairn_judge_slots(machine);
    cairn_watch_code(machine, NULL, NULL);
}

static void on_nothing(void *context, uint32_t level)
{
}

/* Calls of devices: their results where they are legal and where not. */
static void try_acts(struct cairn_machine *machine, int wanted)
{
    struct cairn_line *input = cairn_line_find(machine, "bench.source1");
    struct cairn_watch *watch = NULL;
    uint64_t value;

    EXPECT_EQ(cairn_bus_read(machine, "soc", 0, BENCH_RAM, 4, &value), wanted);
    EXPECT_EQ(cairn_bus_write(machine, "soc", 0, BENCH_RAM, 4, 1), wanted);
    EXPECT_EQ(cairn_line_set(machine, "bench.source2", 1), wanted);
    EXPECT_EQ(cairn_line_drive(machine, input, 1), wanted);
    EXPECT_EQ(cairn_memory_written(machine, "ram", 0, 4), wanted);
    EXPECT_EQ(cairn_line_follow(machine, input, on_nothing, NULL, &watch),
              wanted);
    EXPECT_EQ(cairn_line_watch(machine, "bench.source1", on_nothing, NULL),
              wanted);
    if (watch) {
        EXPECT_EQ(cairn_line_unfollow(machine, watch), wanted);
    }
    EXPECT_EQ(cairn_reset_line(machine, "bench.reset_core", true),
              wanted ? wanted : -EPERM);
}

/* Legal everywhere. */
static void try_looks(struct cairn_machine *machine)
{
    uint32_t level;
    uint64_t value;
    uint8_t byte;
    size_t done;

    EXPECT_EQ(cairn_line_get(machine, "bench.level", &level), 0);
    EXPECT_EQ(cairn_register_get(machine, "hart", "pc", &value), 0);
    EXPECT_EQ(cairn_next_event(machine, &value), 0);
    EXPECT_EQ(
        cairn_peek(machine, cairn_master_at(machine, 1), 0, 0, &byte, 1, &done),
        0);
    EXPECT(cairn_time_ns(machine) < 1000000);
    EXPECT_STR(cairn_standstill(machine), "");
}

static void on_console(void *context, const char *device, uint8_t byte)
{
    struct meeting *meeting = context;
    EXPECT_EQ(byte, 'x');
    meeting->looked++;
    try_rest(meeting->machine);
    try_connections(meeting->machine);
    try_acts(meeting->machine, -EBUSY);
    try_looks(meeting->machine);
}

static void on_level(void *context, uint32_t level)
{
    struct meeting *meeting = context;
    meeting->acted++;
    try_rest(meeting->machine);
    try_connections(meeting->machine);
    try_acts(meeting->machine, 0);
    try_looks(meeting->machine);
}

static int on_write(void *context, const struct cairn_access *access,
                    uint64_t offset, unsigned size, uint64_t value)
{
    struct meeting *meeting = context;
    meeting->acted++;
    try_rest(meeting->machine);
    try_acts(meeting->machine, 0);
    if (meeting->stops) {
        cairn_stop(meeting->machine);
    }
    return 0;
}

static struct cairn_machine *meet(struct meeting *meeting)
{
    const struct cairn_callbacks callbacks = {.console = on_console,
                                              .context = meeting};
    const struct cairn_map map = {.size = sizeof(map),
                                  .name = "outside",
                                  .address = OUTSIDE_DEV,
                                  .size_bytes = 0x1000,
                                  .write = on_write,
                                  .context = meeting};
    struct cairn_machine *machine = NULL;
    if (bench_create(BENCH_ONE_CPU, busy, ARRAY_SIZE(busy), &callbacks,
                     &machine, NULL) != 0) {
        return NULL;
    }
    meeting->machine = machine;
    if (cairn_map(machine, &map, NULL, NULL) != 0) {
        cairn_destroy(machine);
        return NULL;
    }
    cairn_power(machine);
    cairn_line_watch(machine, "bench.level", on_level, meeting);
    return machine;
}

TEST(callbacks_are_refused_what_would_break_the_machine)
{
    struct meeting meeting = {0};
    struct cairn_machine *machine = meet(&meeting);
    const struct cairn_until until = {.size = sizeof(until),
                                      .instructions = 20};

    REQUIRE(machine);
    EXPECT_EQ(cairn_run(machine, &until), CAIRN_STOP_BUDGET);
    EXPECT_EQ(meeting.looked, 1);
    EXPECT_EQ(meeting.acted, 2);
    /* At rest all of it is legal again. */
    try_acts(machine, 0);
    EXPECT_EQ(cairn_power(machine), 0);
    EXPECT_EQ(cairn_destroy(machine), 0);
}

TEST(a_callback_stops_the_run_at_its_instruction)
{
    struct meeting meeting = {.stops = true};
    struct cairn_machine *machine = meet(&meeting);

    REQUIRE(machine);
    EXPECT_EQ(cairn_run(machine, NULL), CAIRN_STOP_REQUESTED);
    EXPECT_EQ(cairn_instructions(machine, NULL), 7);
    cairn_destroy(machine);
}

/* ---- Other threads ------------------------------------------------------- */

static void *stop_soon(void *context)
{
    usleep(2000);
    cairn_stop(context);
    return NULL;
}

TEST(another_thread_stops_a_run)
{
    static const uint32_t forever[] = {ADDI(T0, T0, 1), J(-4)};
    struct cairn_machine *machine = bench_machine(BENCH_ONE_CPU, forever, 2);
    pthread_t thread;

    REQUIRE(machine);
    for (int i = 0; i < 10; i++) {
        REQUIRE(pthread_create(&thread, NULL, stop_soon, machine) == 0);
        EXPECT_EQ(cairn_run(machine, NULL), CAIRN_STOP_REQUESTED);
        pthread_join(thread, NULL);
    }
    cairn_destroy(machine);
}

TEST(a_stop_before_the_run_is_not_lost)
{
    static const uint32_t forever[] = {J(0)};
    struct cairn_machine *machine = bench_machine(BENCH_ONE_CPU, forever, 1);
    const struct cairn_until ten = {.size = sizeof(ten), .instructions = 10};

    REQUIRE(machine);
    cairn_stop(machine);
    EXPECT_EQ(cairn_run(machine, NULL), CAIRN_STOP_REQUESTED);
    EXPECT_EQ(cairn_instructions(machine, NULL), 0);
    EXPECT_EQ(cairn_run(machine, &ten), CAIRN_STOP_BUDGET);
    cairn_destroy(machine);
}
