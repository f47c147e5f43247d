/* SPDX-License-Identifier: Apache-2.0 */
/* A machine within a larger simulation: include/cairn/simulator.h. */
#include <errno.h>

#include "platform/machine/machine.h"
#include "platform/test_bench.h"
#include "tests/harness.h"

static const uint32_t sleep_for_ever[] = {WFI, J(-4)};
static const uint32_t count_up[] = {ADDI(T0, T0, 1), J(-4)};

/* The caller's part of the machine. */
enum { HOST_RAM = 0x20000000, HOST_DEV = 0x30000000, SIZE = 0x2000 };
static uint8_t host_ram[SIZE];

/* Copies a word of the caller's memory to the caller's registers. */
static const uint32_t copy_word[] = {
    LUI(S0, HOST_RAM), LUI(S1, HOST_DEV), LW(T0, 4, S0), ADDI(T0, T0, 1),
    SW(T0, 8, S1),     LW(T1, 12, S1),    SW(T1, 0, S0), WFI,
};

struct caller {
    struct cairn_machine *machine;
    uint64_t offset;
    uint64_t value;
    unsigned size;
    unsigned reads;
    unsigned looks;
    unsigned writes;
    uint32_t user;
    int result;
};

static int on_read(void *context, const struct cairn_access *access,
                   uint64_t offset, unsigned size, uint64_t *value)
{
    struct caller *caller = context;
    caller->reads += !access->peek;
    caller->looks += access->peek;
    caller->user = access->user;
    *value = 0xffffffff00000000 + offset + size;
    return caller->result;
}

static int on_write(void *context, const struct cairn_access *access,
                    uint64_t offset, unsigned size, uint64_t value)
{
    struct caller *caller = context;
    caller->writes++;
    caller->user = access->user;
    caller->offset = offset;
    caller->size = size;
    caller->value = value;
    return caller->result;
}

static struct cairn_machine *machine_of(const uint32_t *rom, size_t words)
{
    struct cairn_machine *machine = NULL;
    return bench_create(BENCH_ONE_CPU, rom, words, NULL, &machine, NULL) == 0
               ? machine
               : NULL;
}

static int map_both(struct cairn_machine *machine, struct caller *caller,
                    struct cairn_mapping **ram)
{
    const struct cairn_map memory = {.size = sizeof(memory),
                                     .name = "host-ram",
                                     .address = HOST_RAM,
                                     .size_bytes = SIZE,
                                     .host = host_ram};
    const struct cairn_map registers = {.size = sizeof(registers),
                                        .name = "host-dev",
                                        .address = HOST_DEV,
                                        .size_bytes = 0x1000,
                                        .read = on_read,
                                        .write = on_write,
                                        .context = caller,
                                        .peeks = true};
    int code = cairn_map(machine, &memory, ram, NULL);
    return code ? code : cairn_map(machine, &registers, NULL, NULL);
}

TEST(processors_reach_memory_and_registers_of_the_caller)
{
    struct caller caller = {0};
    struct cairn_mapping *ram = NULL;
    struct cairn_machine *machine =
        machine_of(copy_word, ARRAY_SIZE(copy_word));
    const uint32_t word = 0x1233;
    uint32_t first = 0;
    uint64_t value;

    REQUIRE(machine);
    memcpy(host_ram + 4, &word, sizeof(word));
    REQUIRE(map_both(machine, &caller, &ram) == 0);
    EXPECT(ram != NULL);
    cairn_power(machine);
    EXPECT_EQ(cairn_run(machine, NULL), CAIRN_STOP_IDLE);
    EXPECT_EQ(caller.offset, 8);
    EXPECT_EQ(caller.size, 4);
    EXPECT_EQ(caller.value, 0x1234);
    memcpy(&first, host_ram, sizeof(first));
    EXPECT_EQ(first, 12 + 4);
    /* The outside sees both as its master does. */
    EXPECT_EQ(cairn_bus_read(machine, "soc", 5, HOST_RAM + 4, 4, &value), 0);
    EXPECT_EQ(value, word);
    EXPECT_EQ(cairn_bus_write(machine, "soc", 5, HOST_DEV + 2, 2, 0xabcd), 0);
    EXPECT_EQ(caller.value, 0xabcd);
    EXPECT_EQ(caller.size, 2);
    EXPECT_EQ(caller.user, 5);
    EXPECT_EQ(cairn_mapping_written(ram, SIZE - 4, 4), 0);
    EXPECT_EQ(cairn_mapping_written(ram, SIZE - 4, 5), -ERANGE);
    cairn_destroy(machine);
}

TEST(a_refusal_by_the_caller_is_a_bus_error)
{
    struct caller caller = {.result = -EIO};
    struct cairn_mapping *ram = NULL;
    struct cairn_machine *machine = machine_of(sleep_for_ever, 2);
    uint64_t value = 1;

    REQUIRE(machine);
    REQUIRE(map_both(machine, &caller, &ram) == 0);
    cairn_power(machine);
    EXPECT_EQ(cairn_bus_read(machine, "soc", 0, HOST_DEV, 4, &value), -EFAULT);
    EXPECT_EQ(value, 0);
    EXPECT_EQ(cairn_bus_write(machine, "soc", 0, HOST_DEV, 4, 1), -EFAULT);
    cairn_destroy(machine);
}

TEST(code_in_memory_of_the_caller_is_executed_as_it_is_rewritten)
{
    static const uint32_t jump[] = {J(HOST_RAM - 0x20000000 + 0x10000)};
    static const uint32_t forms[][2] = {
        {ADDI(T0, X0, 1), WFI},
        {ADDI(T0, X0, 2), WFI}
    };
    static uint8_t code[4096];
    struct cairn_machine *machine = machine_of(jump, 1);
    struct cairn_mapping *mapping = NULL;
    const struct cairn_map map = {.size = sizeof(map),
                                  .name = "code",
                                  .master = "cores",
                                  .address = 0x10000,
                                  .size_bytes = sizeof(code),
                                  .priority = 1,
                                  .host = code};
    uint64_t value = 0;

    REQUIRE(machine);
    memcpy(code, forms[0], sizeof(forms[0]));
    REQUIRE(cairn_map(machine, &map, &mapping, NULL) == 0);
    cairn_power(machine);
    EXPECT_EQ(cairn_run(machine, NULL), CAIRN_STOP_IDLE);
    EXPECT_EQ(cairn_register_get(machine, "hart", "t0", &value), 0);
    EXPECT_EQ(value, 1);
    memcpy(code, forms[1], sizeof(forms[1]));
    EXPECT_EQ(cairn_mapping_written(mapping, 0, sizeof(forms[1])), 0);
    EXPECT_EQ(cairn_reset(machine), -ENOTSUP);
    cairn_power(machine);
    EXPECT_EQ(cairn_run(machine, NULL), CAIRN_STOP_IDLE);
    EXPECT_EQ(cairn_register_get(machine, "hart", "t0", &value), 0);
    EXPECT_EQ(value, 2);
    /* The soc was not shown it. */
    EXPECT_EQ(cairn_bus_read(machine, "soc", 0, 0x10000, 4, &value), 0);
    EXPECT_EQ(value, 0);
    cairn_destroy(machine);
}

TEST(mappings_that_are_none_are_refused)
{
    struct cairn_machine *machine = machine_of(sleep_for_ever, 2);
    const struct cairn_map good = {.size = sizeof(good),
                                   .name = "x",
                                   .address = HOST_RAM,
                                   .size_bytes = SIZE,
                                   .host = host_ram};
    struct cairn_map map = good;
    struct cairn_error error = {""};

    REQUIRE(machine);
    map.name = "";
    EXPECT_EQ(cairn_map(machine, &map, NULL, &error), -EINVAL);
    map = good;
    map.size_bytes = 100;
    EXPECT_EQ(cairn_map(machine, &map, NULL, &error), -EINVAL);
    map = good;
    map.address = UINT64_MAX - 4096;
    EXPECT_EQ(cairn_map(machine, &map, NULL, &error), -EINVAL);
    map = good;
    map.host = NULL;
    EXPECT_EQ(cairn_map(machine, &map, NULL, &error), -EINVAL);
    map = good;
    map.read = on_read;
    EXPECT_EQ(cairn_map(machine, &map, NULL, &error), -EINVAL);
    map = good;
    map.master = "nobody";
    EXPECT_EQ(cairn_map(machine, &map, NULL, &error), -ENOENT);
    map = good;
    map.address = 0x10000;
    EXPECT_EQ(cairn_map(machine, &map, NULL, &error), -EEXIST);
    EXPECT(strstr(error.text, "'cores' sees something at 0x10000") != NULL);
    cairn_power(machine);
    EXPECT_EQ(cairn_map(machine, &good, NULL, &error), -EBUSY);
    cairn_destroy(machine);
}

TEST(snapshots_leave_what_is_the_callers_alone)
{
    struct caller caller = {0};
    struct cairn_mapping *ram = NULL;
    struct cairn_machine *machine = machine_of(sleep_for_ever, 2);
    struct cairn_machine *other = machine_of(sleep_for_ever, 2);
    struct cairn_snapshot *snapshot = NULL;
    struct cairn_error error = {""};
    uint8_t *bytes = NULL;
    size_t size = 0;

    REQUIRE(machine && other);
    REQUIRE(map_both(machine, &caller, &ram) == 0);
    cairn_power(machine);
    cairn_power(other);
    const uint64_t hash = cairn_state_hash(machine);
    REQUIRE(cairn_snapshot(machine, &snapshot, NULL) == 0);
    host_ram[100] = 1;
    EXPECT_EQ(cairn_state_hash(machine), hash);
    EXPECT_EQ(cairn_restore(machine, snapshot, NULL), 0);
    EXPECT_EQ(host_ram[100], 1);
    cairn_snapshot_destroy(snapshot);
    /* A machine without the mappings is another. */
    EXPECT_EQ(cairn_save_bytes(machine, &bytes, &size, &error), 0);
    EXPECT_EQ(cairn_load_bytes(other, bytes, size, &error), -EINVAL);
    EXPECT_EQ(cairn_load_bytes(machine, bytes, size, &error), 0);
    EXPECT_EQ(cairn_record_open(machine, "/dev/null", &error), -ENOTSUP);
    free(bytes);
    cairn_destroy(machine);
    cairn_destroy(other);
}

/* ---- Looking and moving -------------------------------------------------- */

TEST(peeks_change_nothing_and_pokes_only_memory)
{
    struct caller caller = {0};
    struct cairn_mapping *ram = NULL;
    struct cairn_machine *machine = machine_of(sleep_for_ever, 2);
    uint8_t bytes[16];
    size_t done;

    REQUIRE(machine);
    REQUIRE(map_both(machine, &caller, &ram) == 0);
    cairn_power(machine);
    struct cairn_master *soc = cairn_master_find(machine, "soc");
    struct cairn_master *cores = cairn_master_find(machine, "cores");
    REQUIRE(soc && cores);
    const uint64_t hash = cairn_state_hash(machine);
    EXPECT_EQ(cairn_peek(machine, cores, 0, 2, bytes, 6, &done), 0);
    EXPECT_EQ(done, 6);
    EXPECT(memcmp(bytes, (const uint8_t *)sleep_for_ever + 2, 6) == 0);
    EXPECT_EQ(cairn_peek(machine, soc, 0, BENCH_DEV + BENCH_SCRATCH + 1, bytes,
                         2, &done),
              0);
    EXPECT_EQ(bytes[0], 0x7c);
    EXPECT_EQ(bytes[1], 0x4a);
    EXPECT_EQ(cairn_peek(machine, soc, 3, HOST_DEV, bytes, 4, &done), 0);
    EXPECT_EQ(caller.looks, 1);
    EXPECT_EQ(caller.reads, 0);
    EXPECT_EQ(caller.user, 3);
    EXPECT_EQ(cairn_peek(machine, soc, 0, 0x1fffc, bytes, 8, &done), -EFAULT);
    EXPECT_EQ(done, 4);
    EXPECT_EQ(cairn_state_hash(machine), hash);

    EXPECT_EQ(cairn_poke(machine, soc, BENCH_RAM + 3, "abcdef", 6, &done), 0);
    EXPECT_EQ(done, 6);
    EXPECT_EQ(bench_read(machine, BENCH_RAM + 4), 0x65646362);
    EXPECT_EQ(cairn_poke(machine, soc, BENCH_DEV, "abcd", 4, &done), -ENOTSUP);
    EXPECT_EQ(cairn_poke(machine, soc, 0, "abcd", 4, &done), -EPERM);
    EXPECT_EQ(cairn_poke(machine, soc, 0x1fffe, "abcd", 4, &done), -EFAULT);
    EXPECT_EQ(done, 2);
    cairn_destroy(machine);
}

TEST(registers_of_a_core_are_set_by_name)
{
    struct cairn_machine *machine = machine_of(count_up, 2);
    const struct cairn_until two = {.size = sizeof(two), .instructions = 2};
    uint64_t value = 0;

    REQUIRE(machine);
    cairn_power(machine);
    EXPECT_EQ(cairn_register_set(machine, "hart", "t0", 41), 0);
    EXPECT_EQ(cairn_register_set(machine, "hart", "q7", 0), -ENOENT);
    EXPECT_EQ(cairn_register_set(machine, "nobody", "t0", 0), -ENOENT);
    EXPECT_EQ(cairn_run(machine, &two), CAIRN_STOP_BUDGET);
    EXPECT_EQ(cairn_register_get(machine, "hart", "t0", &value), 0);
    EXPECT_EQ(value, 42);
    cairn_destroy(machine);
}

TEST(runs_of_bytes_end_at_the_first_refusal)
{
    struct cairn_machine *machine = machine_of(sleep_for_ever, 2);
    const struct cairn_transfer fifo = {
        .size = sizeof(fifo), .width = 4, .fixed = true};
    const struct cairn_transfer wide = {.size = sizeof(wide), .width = 3};
    const struct cairn_transfer bare = {.size = sizeof(bare), .fixed = true};
    static const uint32_t words[] = {1, 2, 3};
    uint8_t out[64] = {0};
    uint8_t in[64];
    size_t done;

    REQUIRE(machine);
    cairn_power(machine);
    struct cairn_master *soc = cairn_master_find(machine, "soc");
    REQUIRE(soc);
    for (size_t i = 0; i < sizeof(out); i++) {
        out[i] = (uint8_t)(i + 1);
    }
    EXPECT_EQ(cairn_master_write_bytes(machine, soc, NULL, BENCH_RAM + 1, out,
                                       61, &done),
              0);
    EXPECT_EQ(done, 61);
    EXPECT_EQ(cairn_master_read_bytes(machine, soc, NULL, BENCH_RAM + 1, in, 61,
                                      &done),
              0);
    EXPECT(memcmp(in, out, 61) == 0);
    EXPECT_EQ(
        cairn_master_write_bytes(machine, soc, NULL, 0x1fff0, out, 64, &done),
        -EFAULT);
    EXPECT_EQ(done, 16);
    EXPECT_EQ(cairn_master_write_bytes(machine, soc, &fifo,
                                       BENCH_DEV + BENCH_SCRATCH, words,
                                       sizeof(words), &done),
              0);
    EXPECT_EQ(done, 12);
    EXPECT_EQ(bench_read(machine, BENCH_DEV + BENCH_SCRATCH), 3);
    EXPECT_EQ(cairn_master_read_bytes(machine, soc, &wide, 0, in, 3, &done),
              -EINVAL);
    EXPECT_EQ(cairn_master_read_bytes(machine, soc, &bare, 0, in, 4, &done),
              -EINVAL);
    EXPECT_EQ(cairn_master_read_bytes(machine, soc, &fifo, 0, in, 6, &done),
              -EINVAL);
    cairn_destroy(machine);
}

/* ---- What there is ------------------------------------------------------- */

TEST(masters_windows_and_memories_are_enumerated)
{
    struct cairn_machine *machine = machine_of(sleep_for_ever, 2);
    struct cairn_window window;
    struct cairn_memory_info memory;

    REQUIRE(machine);
    struct cairn_master *cores = cairn_master_at(machine, 0);
    struct cairn_master *soc = cairn_master_at(machine, 1);
    REQUIRE(cores && soc && !cairn_master_at(machine, 2));
    EXPECT_STR(cairn_master_name(cores), "cores");
    EXPECT(cairn_master_find(machine, "soc") == soc);
    EXPECT(cairn_master_find(machine, "ram") == NULL);
    EXPECT(cairn_master_is_driven(soc));
    REQUIRE(cairn_window_get(machine, cores, 0, &window) == 0);
    EXPECT_STR(window.name, "rom");
    EXPECT(window.memory && !window.device && !window.writable);
    REQUIRE(cairn_window_get(machine, cores, 1, &window) == 0);
    EXPECT_STR(window.name, "ram");
    EXPECT_EQ(window.base, BENCH_RAM);
    EXPECT_EQ(window.size_bytes, 0x10000);
    EXPECT(window.writable && window.executable);
    REQUIRE(cairn_window_get(machine, cores, 2, &window) == 0);
    EXPECT(window.device && !window.memory);
    EXPECT_EQ(cairn_window_get(machine, cores, 3, &window), -ENOENT);
    REQUIRE(cairn_memory_get(machine, 0, &memory) == 0);
    EXPECT_STR(memory.name, "rom");
    EXPECT(memory.read_only);
    REQUIRE(cairn_memory_get(machine, 1, &memory) == 0);
    EXPECT_EQ(memory.size_bytes, 0x10000);
    EXPECT_EQ(cairn_memory_get(machine, 2, &memory), -ENOENT);
    cairn_destroy(machine);
}

struct follower {
    struct cairn_machine *machine;
    struct cairn_watch *watch;
    struct cairn_watch *other;
    unsigned calls;
    uint32_t level;
};

static void on_level(void *context, uint32_t level)
{
    struct follower *follower = context;
    follower->calls++;
    follower->level = level;
    if (level == 9) {
        EXPECT_EQ(cairn_line_unfollow(follower->machine, follower->watch), 0);
        EXPECT_EQ(cairn_line_unfollow(follower->machine, follower->other), 0);
    }
}

TEST(lines_are_driven_and_followed_by_handle)
{
    struct cairn_machine *machine = machine_of(sleep_for_ever, 2);
    struct follower one = {.machine = machine};
    struct follower two = {.machine = machine};

    REQUIRE(machine);
    cairn_power(machine);
    struct cairn_line *level = cairn_line_find(machine, "bench.level");
    struct cairn_line *input = cairn_line_find(machine, "bench.source1");
    REQUIRE(level && input && !cairn_line_find(machine, "bench.nothing"));
    EXPECT_STR(cairn_line_name(level), "bench.level");
    EXPECT(!cairn_line_is_input(machine, level));
    EXPECT(cairn_line_is_input(machine, input));
    EXPECT_EQ(cairn_line_drive(machine, level, 1), -EPERM);
    EXPECT_EQ(cairn_line_drive(machine, input, 3), 0);
    EXPECT_EQ(cairn_line_level(input), 3);
    EXPECT_EQ(cairn_line_follow(machine, level, on_level, &one, &one.watch), 0);
    EXPECT_EQ(cairn_line_follow(machine, level, on_level, &two, &two.watch), 0);
    one.other = two.watch;
    cairn_bus_write(machine, "soc", 0, BENCH_DEV + BENCH_LEVEL, 4, 5);
    EXPECT_EQ(one.level, 5);
    EXPECT_EQ(two.calls, 1);
    /* The first ends both, so the second is not called any more. */
    cairn_bus_write(machine, "soc", 0, BENCH_DEV + BENCH_LEVEL, 4, 9);
    cairn_bus_write(machine, "soc", 0, BENCH_DEV + BENCH_LEVEL, 4, 2);
    EXPECT_EQ(one.calls, 2);
    EXPECT_EQ(two.calls, 1);
    size_t count = 0;
    while (cairn_line_at(machine, count)) {
        count++;
    }
    EXPECT(count > 5 && cairn_line_at(machine, 0) != level);
    cairn_destroy(machine);
}

TEST(the_next_event_is_now_or_a_timer_or_never)
{
    struct cairn_machine *machine = machine_of(sleep_for_ever, 2);
    uint64_t at = 1;

    REQUIRE(machine);
    EXPECT_EQ(cairn_next_event(machine, &at), -EAGAIN);
    cairn_power(machine);
    EXPECT_EQ(cairn_next_event(machine, &at), 0);
    EXPECT_EQ(at, 0);
    EXPECT_EQ(cairn_run(machine, NULL), CAIRN_STOP_IDLE);
    EXPECT_EQ(cairn_next_event(machine, &at), -ENOENT);
    const uint64_t now = cairn_time_ns(machine);
    cairn_bus_write(machine, "soc", 0, BENCH_DEV + BENCH_TIMER, 4, 1234);
    EXPECT_EQ(cairn_next_event(machine, &at), 0);
    EXPECT_EQ(at, now + 1234);
    const struct cairn_until until = {.size = sizeof(until), .time_ns = at};
    EXPECT_EQ(cairn_run(machine, &until), CAIRN_STOP_TIME);
    EXPECT_EQ(cairn_time_ns(machine), at);
    cairn_destroy(machine);
}
