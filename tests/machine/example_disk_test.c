/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The example disk in a whole machine, on a file: the seam from a device's
 * request by a back end to a completion that is an input (bus/disk.h,
 * platform/machine/disk.c).
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bits.h"
#include "base/buffer.h"
#include "include/cairn/cairn.h"
#include "platform/debug/history.h"
#include "platform/machine/machine.h"
#include "tests/harness.h"
#include "tests/machine.h"

enum {
    DISK = 0x09110000,
    FEATURES = 0x08,
    ENABLE = 0x0c,
    DONE = 0x10,
    BUSY = 0x14,
    SECTOR = 0x20,
    COUNT = 0x30,
    ADDRESS = 0x40,
    COMMAND = 0x50,
    RESULT = 0x60,
};
enum { READ = 1, WRITE, FLUSH, DISCARD };
enum { GOOD, REFUSED, FAILED, BUS_ERROR };
enum { RAM = 0x40000000, SECTORS = 128, SECTOR_SIZE = 512, READ_NS = 20000 };
enum { LONG_ENOUGH_NS = 1000000 };

static const uint32_t program[] = {0x14000000}; /* b . */

/* ---- The disk and its machine -------------------------------------------- */

struct bench {
    char path[64];
    char *backend;
    struct cairn_machine *machine;
};

/* Every byte of a sector is its number. */
static void fill(const struct bench *bench)
{
    int fd = open(bench->path, O_RDWR | O_CLOEXEC);
    REQUIRE(fd >= 0);
    for (unsigned i = 0; i < SECTORS; i++) {
        uint8_t bytes[SECTOR_SIZE];
        memset(bytes, (int)i, sizeof(bytes));
        EXPECT_EQ(pwrite(fd, bytes, sizeof(bytes), (off_t)i * SECTOR_SIZE),
                  SECTOR_SIZE);
    }
    close(fd);
}

static uint8_t on_medium(const struct bench *bench, unsigned sector)
{
    uint8_t byte = 0;
    int fd = open(bench->path, O_RDONLY | O_CLOEXEC);
    EXPECT_EQ(pread(fd, &byte, 1, (off_t)sector * SECTOR_SIZE), 1);
    close(fd);
    return byte;
}

enum medium { NO_MEDIUM, MEDIUM, READ_ONLY_MEDIUM };

/* The last line of the log. */
static char logged[256];

static void hear(void *context, enum cairn_log kind, const char *line)
{
    snprintf(logged, sizeof(logged), "%s", line);
}

static struct cairn_machine *make(const char *backend, enum medium medium)
{
    static const char *const overlay = "devices/example/disk.dtso";
    const struct cairn_image image = {"flash0", program, sizeof(program)};
    const struct cairn_guest guest = {.size = sizeof(struct cairn_guest),
                                      .cpus = 1};
    const struct cairn_options options = {
        .size = sizeof(struct cairn_options),
        .board = "virt",
        .guest = &guest,
        .overlays = &overlay,
        .overlay_count = 1,
        .seed = 1,
        .images = &image,
        .image_count = 1,
        .callbacks = {.log = hear},
    };
    struct cairn_machine *machine = NULL;
    struct cairn_error error = {""};
    EXPECT_EQ(cairn_create(&options, &machine, &error), 0);
    if (machine && medium != NO_MEDIUM) {
        const struct cairn_disk disk = {.size = sizeof(struct cairn_disk),
                                        .backend = backend,
                                        .read_only =
                                            medium == READ_ONLY_MEDIUM};
        EXPECT_EQ(cairn_disk_connect(machine, "disk", &disk, &error), 0);
    }
    EXPECT_STR(error.text, "");
    return machine;
}

static void start(struct bench *bench, enum medium medium)
{
    *bench = (struct bench){.path = "/tmp/cairn-disk-XXXXXX"};
    int fd = mkstemp(bench->path);
    REQUIRE(fd >= 0);
    close(fd);
    fill(bench);
    bench->backend = xasprintf("file:%s", bench->path);
    bench->machine = make(bench->backend, medium);
    REQUIRE(bench->machine != NULL);
    cairn_power(bench->machine);
}

static void end(struct bench *bench)
{
    cairn_destroy(bench->machine);
    unlink(bench->path);
    free(bench->backend);
}

/* ---- What a driver does -------------------------------------------------- */

static void set(struct bench *bench, uint32_t offset, uint32_t value)
{
    EXPECT_EQ(
        cairn_bus_write(bench->machine, "cores", 0, DISK + offset, 4, value),
        0);
}

static uint32_t get(struct bench *bench, uint32_t address)
{
    uint64_t value = 0;
    EXPECT_EQ(cairn_bus_read(bench->machine, "cores", 0, address, 4, &value),
              0);
    return (uint32_t)value;
}

static void ask(struct bench *bench, unsigned request, uint32_t command,
                uint32_t sector, uint32_t count, uint32_t address)
{
    set(bench, SECTOR + 4 * request, sector);
    set(bench, COUNT + 4 * request, count);
    set(bench, ADDRESS + 4 * request, address);
    set(bench, COMMAND + 4 * request, command);
}

static void put_ram(struct bench *bench, uint32_t offset, uint8_t byte)
{
    uint8_t *host = NULL;
    size_t size = 0;
    REQUIRE(cairn_memory(bench->machine, "ram", &host, &size) == 0);
    REQUIRE(cairn_memory_written(bench->machine, "ram", offset, SECTOR_SIZE) ==
            0);
    memset(host + offset, byte, SECTOR_SIZE);
}

static uint8_t ram(struct bench *bench, uint32_t offset)
{
    return (uint8_t)get(bench, RAM + offset);
}

static void run(struct bench *bench, uint64_t ns)
{
    run_for_ns(bench->machine, ns);
}

static uint32_t do_one(struct bench *bench, uint32_t command, uint32_t sector,
                       uint32_t count, uint32_t address)
{
    ask(bench, 0, command, sector, count, address);
    run(bench, LONG_ENOUGH_NS);
    EXPECT_EQ(get(bench, DISK + DONE) & 1, 1);
    EXPECT_EQ(get(bench, DISK + BUSY), 0);
    set(bench, DONE, 1);
    return get(bench, DISK + RESULT);
}

/* ---- Requests ------------------------------------------------------------ */

FIXTURE(struct bench, bench, end)
FIXTURE_BEGIN(bench, start(bench, MEDIUM))

TEST_ON(a_disk_is_read_written_flushed_and_discarded, bench)
{
    EXPECT_EQ(get(bench, DISK), SECTORS);
    EXPECT_EQ(do_one(bench, READ, 7, 2, RAM), GOOD);
    EXPECT_EQ(ram(bench, 0), 7);
    EXPECT_EQ(ram(bench, 1020), 8);
    EXPECT_EQ(ram(bench, 1024), 0);
    put_ram(bench, 0, 0xaa);
    EXPECT_EQ(do_one(bench, WRITE, 9, 1, RAM), GOOD);
    EXPECT_EQ(do_one(bench, FLUSH, 0, 0, 0), GOOD);
    EXPECT_EQ(on_medium(bench, 9), 0xaa);
    EXPECT_EQ(on_medium(bench, 10), 10);
    EXPECT_EQ(do_one(bench, DISCARD, 10, 1, 0), GOOD);
    EXPECT_EQ(do_one(bench, READ, 9, 2, RAM + 0x1000), GOOD);
    EXPECT_EQ(ram(bench, 0x1000), 0xaa);
    EXPECT_EQ(ram(bench, 0x1200), 0);
}

TEST(what_cannot_be_done_is_a_result)
{
    static const struct {
        const char *name;
        enum medium medium;
        uint32_t command;
        uint32_t sector;
        uint32_t count;
        uint32_t address;
        bool cut; /* the file, while the machine runs */
        uint32_t result;
    } rows[] = {
        {"the last sector", MEDIUM,           READ,  127, 1, RAM,        0, GOOD     },
        {"beyond the end",  MEDIUM,           READ,  127, 2, RAM,        0, REFUSED  },
        {"far beyond it",   MEDIUM,           WRITE, ~0u, 1, RAM,        0, REFUSED  },
        {"read-only",       READ_ONLY_MEDIUM, WRITE, 0,   1, RAM,        0, REFUSED  },
        {"is read",         READ_ONLY_MEDIUM, READ,  0,   1, RAM,        0, GOOD     },
        {"discard of it",   READ_ONLY_MEDIUM, 4,     0,   1, 0,          0, REFUSED  },
        {"a cut file",      MEDIUM,           READ,  9,   1, RAM,        1, FAILED   },
        {"no memory there", MEDIUM,           READ,  9,   1, 0x0b000000, 0, BUS_ERROR},
        {"no medium",       NO_MEDIUM,        READ,  9,   1, RAM,        0, REFUSED  },
        {"nothing",         MEDIUM,           WRITE, 9,   0, RAM,        0, GOOD     },
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        OWNED(end) struct bench bench;
        test_case("%s", rows[i].name);
        start(&bench, rows[i].medium);
        if (rows[i].cut) {
            EXPECT_EQ(truncate(bench.path, 0), 0);
        }
        EXPECT_EQ(do_one(&bench, rows[i].command, rows[i].sector, rows[i].count,
                         rows[i].address),
                  rows[i].result);
    }
}

TEST_BEGINS(with_a_temporary_overlay_the_file_stays_as_it_was, bench)
{
    start(bench, NO_MEDIUM);
    struct cairn_machine *bare = bench->machine;
    const struct cairn_disk disk = {.size = sizeof(struct cairn_disk),
                                    .backend = bench->backend,
                                    .temporary = true};
    bench->machine = make(NULL, NO_MEDIUM);
    REQUIRE(cairn_disk_connect(bench->machine, "disk", &disk, NULL) == 0);
    cairn_power(bench->machine);
    put_ram(bench, 0, 0xaa);
    EXPECT_EQ(do_one(bench, WRITE, 9, 1, RAM), GOOD);
    EXPECT_EQ(do_one(bench, DISCARD, 10, 1, 0), GOOD);
    EXPECT_EQ(do_one(bench, FLUSH, 0, 0, 0), GOOD);
    EXPECT_EQ(do_one(bench, READ, 8, 4, RAM + 0x1000), GOOD);
    EXPECT_EQ(ram(bench, 0x1000), 8);
    EXPECT_EQ(ram(bench, 0x1200), 0xaa);
    EXPECT_EQ(ram(bench, 0x1400), 0);
    EXPECT_EQ(ram(bench, 0x1600), 11);
    EXPECT_EQ(on_medium(bench, 9), 9);
    EXPECT_EQ(on_medium(bench, 10), 10);
    cairn_destroy(bare);
}

TEST_ON(the_log_names_a_failure_of_the_host_once, bench)
{
    const struct log *log = &bench->machine->fabric.log;
    EXPECT_EQ(do_one(bench, READ, 9, 1, RAM), GOOD);
    EXPECT_EQ(log->count[LOG_HOST], 0);
    EXPECT_EQ(truncate(bench->path, 0), 0);
    EXPECT_EQ(do_one(bench, READ, 9, 1, RAM), FAILED);
    EXPECT_EQ(do_one(bench, READ, 10, 1, RAM), FAILED);
    EXPECT_EQ(log->count[LOG_HOST], 1);
    EXPECT(strstr(logged, "failed: the file is shorter than it was"));
    EXPECT_EQ(do_one(bench, WRITE, 9, 1, RAM), GOOD);
    EXPECT_EQ(do_one(bench, READ, 10, 1, RAM), FAILED);
    EXPECT_EQ(log->count[LOG_HOST], 2);
}

TEST_BEGINS(devices_and_files_that_do_not_go_together_are_refused, bench)
{
    static const struct {
        const char *device;
        const char *backend;
        int code;
        const char *says;
    } rows[] = {
        {"uart", "file:/dev/null", -ENOENT, "board 'virt': no disk 'uart'"              },
        {"disk", "tape",           -EINVAL, "'tape' is none of file:PATH, volatile:PATH"},
        {"disk", "file:/dev/null", -EINVAL, "'/dev/null' is not a regular"              },
        {"disk", "file:/none",     -ENOENT, "cannot open '/none'"                       },
        {"disk", NULL,             0,       ""                                          },
        {"disk", NULL,             -EBUSY,  "disk 'disk' has a back end"                },
    };
    start(bench, NO_MEDIUM);
    struct cairn_machine *machine = make(NULL, NO_MEDIUM);
    EXPECT_STR(cairn_disk_name(machine, 0), "disk");
    EXPECT(!cairn_disk_name(machine, 1));
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct cairn_error error = {""};
        test_case("row %zu", i);
        const struct cairn_disk disk = {
            .size = sizeof(struct cairn_disk),
            .backend = rows[i].backend ? rows[i].backend : bench->backend};
        EXPECT_EQ(cairn_disk_connect(machine, rows[i].device, &disk, &error),
                  rows[i].code);
        EXPECT(strstr(error.text, rows[i].says));
    }
    const struct cairn_disk late = {.size = sizeof(struct cairn_disk),
                                    .backend = bench->backend};
    EXPECT_EQ(cairn_disk_connect(bench->machine, "disk", &late, NULL), -EBUSY);
    cairn_destroy(machine);
}

/* ---- Time and order ------------------------------------------------------ */

/* However slow the host is: a flush of 200 us and a read of 21 us. */
TEST_ON(a_completion_comes_at_its_virtual_time_and_out_of_order, bench)
{
    uint32_t level = 0;
    set(bench, ENABLE, 1 << 1);
    ask(bench, 0, FLUSH, 0, 0, 0);
    ask(bench, 1, READ, 3, 1, RAM + 0x2000);
    EXPECT_EQ(get(bench, DISK + BUSY), 3);
    run(bench, READ_NS + 999);
    EXPECT_EQ(get(bench, DISK + DONE), 0);
    EXPECT_EQ(ram(bench, 0x2000), 0);
    run(bench, 1);
    EXPECT_EQ(get(bench, DISK + DONE), 2);
    EXPECT_EQ(ram(bench, 0x2000), 3);
    EXPECT_EQ(cairn_line_get(bench->machine, "disk.interrupt", &level), 0);
    EXPECT_EQ(level, 1);
    EXPECT_EQ(get(bench, DISK + BUSY), 1);
    run(bench, 200000 - READ_NS - 1001);
    EXPECT_EQ(get(bench, DISK + BUSY), 1);
    run(bench, 1);
    EXPECT_EQ(get(bench, DISK + BUSY), 0);
}

/* Several threads of the host serve them. */
TEST_ON(requests_for_the_same_sectors_take_effect_in_their_order, bench)
{
    for (unsigned i = 0; i < 100; i++) {
        put_ram(bench, 0x0000, (uint8_t)i);
        put_ram(bench, 0x1000, (uint8_t)~i);
        ask(bench, 0, WRITE, 5, 1, RAM);
        ask(bench, 1, READ, 4, 3, RAM + 0x2000);
        ask(bench, 2, WRITE, 5, 1, RAM + 0x1000);
        ask(bench, 3, READ, 5, 1, RAM + 0x3000);
        /* Bytes of a write were taken when it was made. */
        put_ram(bench, 0x0000, 0x11);
        put_ram(bench, 0x1000, 0x11);
        run(bench, LONG_ENOUGH_NS);
        EXPECT_EQ(get(bench, DISK + DONE), 15);
        EXPECT_EQ(ram(bench, 0x2000), 4);
        EXPECT_EQ(ram(bench, 0x2200), (uint8_t)i);
        EXPECT_EQ(ram(bench, 0x3000), (uint8_t)~i);
        set(bench, DONE, 15);
    }
}

TEST(a_run_with_a_disk_is_the_same_however_it_is_cut)
{
    uint64_t hashes[3];
    static const uint64_t pieces[] = {LONG_ENOUGH_NS, 1000, 777};
    for (unsigned i = 0; i < ARRAY_SIZE(pieces); i++) {
        OWNED(end) struct bench bench;
        start(&bench, MEDIUM);
        put_ram(&bench, 0, 0x5c);
        ask(&bench, 0, WRITE, 5, 1, RAM);
        ask(&bench, 1, READ, 5, 3, RAM + 0x2000);
        const uint64_t last = cairn_time_ns(bench.machine) + LONG_ENOUGH_NS;
        while (cairn_time_ns(bench.machine) < last) {
            uint64_t left = last - cairn_time_ns(bench.machine);
            run(&bench, left < pieces[i] ? left : pieces[i]);
        }
        hashes[i] = cairn_state_hash(bench.machine);
        EXPECT_EQ(ram(&bench, 0x2000), 0x5c);
    }
    EXPECT_EQ(hashes[0], hashes[1]);
    EXPECT_EQ(hashes[0], hashes[2]);
}

TEST_ON(a_reset_cancels_requests_in_flight, bench)
{
    set(bench, ENABLE, 15);
    put_ram(bench, 0, 0xcc);
    ask(bench, 0, READ, 3, 1, RAM + 0x1000);
    ask(bench, 1, WRITE, 4, 1, RAM);
    EXPECT_EQ(cairn_reset(bench->machine), 0);
    EXPECT_EQ(get(bench, DISK + BUSY), 0);
    run(bench, LONG_ENOUGH_NS);
    EXPECT_EQ(get(bench, DISK + DONE), 0);
    EXPECT_EQ(ram(bench, 0x1000), 0);
    /* The host did not know of it. */
    EXPECT_EQ(do_one(bench, READ, 4, 1, RAM + 0x2000), GOOD);
    EXPECT_EQ(ram(bench, 0x2000), 0xcc);
}

/* ---- Snapshots ----------------------------------------------------------- */

static void ask_three(struct bench *bench)
{
    put_ram(bench, 0, 0xdd);
    ask(bench, 0, READ, 3, 2, RAM + 0x1000);
    ask(bench, 1, WRITE, 20, 1, RAM);
    ask(bench, 2, FLUSH, 0, 0, 0);
    run(bench, 11000); /* the write has completed */
    EXPECT_EQ(get(bench, DISK + DONE), 2);
}

TEST_ON(requests_in_flight_go_on_from_a_snapshot, bench)
{
    struct cairn_snapshot *snapshot = NULL;
    ask_three(bench);
    REQUIRE(cairn_snapshot(bench->machine, &snapshot, NULL) == 0);
    EXPECT_EQ(on_medium(bench, 20), 0xdd);
    run(bench, LONG_ENOUGH_NS);
    uint64_t hash = cairn_state_hash(bench->machine);
    EXPECT_EQ(ram(bench, 0x1200), 4);
    EXPECT_EQ(cairn_restore(bench->machine, snapshot, NULL), 0);
    EXPECT_EQ(ram(bench, 0x1200), 0);
    EXPECT_EQ(get(bench, DISK + BUSY), 5);
    run(bench, LONG_ENOUGH_NS);
    EXPECT_EQ(cairn_state_hash(bench->machine), hash);
    EXPECT_EQ(ram(bench, 0x1200), 4);
    cairn_snapshot_destroy(snapshot);
}

TEST_ON(requests_in_flight_go_on_from_a_file_on_a_disk_of_that_size, bench)
{
    static const struct {
        enum medium medium;
        int code;
    } rows[] = {
        {MEDIUM,           0      },
        {READ_ONLY_MEDIUM, -EINVAL},
        {NO_MEDIUM,        -EINVAL},
    };
    ask_three(bench);
    OWNED(free_at) char *path = xasprintf("%s.snapshot", bench->path);
    EXPECT_EQ(cairn_save(bench->machine, path, NULL), 0);
    run(bench, LONG_ENOUGH_NS);
    uint64_t hash = cairn_state_hash(bench->machine);
    for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
        struct cairn_error error = {""};
        test_case("row %u", i);
        cairn_destroy(bench->machine);
        bench->machine = make(bench->backend, rows[i].medium);
        EXPECT_EQ(cairn_load(bench->machine, path, &error), rows[i].code);
        if (rows[i].code == 0) {
            EXPECT_STR(error.text, "");
            run(bench, LONG_ENOUGH_NS);
            EXPECT_EQ(cairn_state_hash(bench->machine), hash);
        }
    }
    unlink(path);
}

/* ---- The past ------------------------------------------------------------ */

static void run_on(struct history *history, struct bench *bench, uint64_t ns)
{
    const struct cairn_until until = {.size = sizeof(struct cairn_until),
                                      .time_ns =
                                          cairn_time_ns(bench->machine) + ns};
    history_run_on(history, &until);
}

/* The host's file is another one by then: it is not asked again. */
TEST_ON(completions_come_again_for_a_debugger_that_goes_back, bench)
{
    struct history *history = history_create(bench->machine, 64 << 20);
    REQUIRE(history != NULL);
    const struct moment begin = input_now(bench->machine);
    ask(bench, 0, READ, 3, 1, RAM + 0x1000);
    set(bench, COUNT + 4, 1);
    set(bench, ADDRESS + 4, RAM + 0x1000);
    run_on(history, bench, LONG_ENOUGH_NS);
    set(bench, SECTOR + 4, 30);
    set(bench, COMMAND + 4, WRITE); /* of what was read */
    run_on(history, bench, 5000);   /* in flight */
    set(bench, SECTOR + 8, 31);
    run_on(history, bench, LONG_ENOUGH_NS);
    const uint64_t given = bench->machine->inputs.given;
    uint64_t hash = cairn_state_hash(bench->machine);
    EXPECT_EQ(on_medium(bench, 30), 3);
    /* A file that a replay must neither read nor write. */
    int fd = open(bench->path, O_RDWR | O_CLOEXEC);
    const uint8_t other[SECTORS * SECTOR_SIZE] = {0};
    EXPECT_EQ(pwrite(fd, other, sizeof(other), 0), (ssize_t)sizeof(other));
    close(fd);
    for (unsigned i = 0; i < 2; i++) {
        history_leave(history);
        history_seek(history, &begin);
        EXPECT_EQ(cairn_time_ns(bench->machine), begin.time_ns);
        EXPECT_EQ(history_run(history, UINT64_MAX, NULL), HISTORY_PRESENT);
        EXPECT(!history->diverged);
        EXPECT_EQ(cairn_state_hash(bench->machine), hash);
    }
    EXPECT_EQ(on_medium(bench, 30), 0);
    EXPECT_EQ(bench->machine->inputs.given, given);
    history_destroy(history);
}

/* The list has what was read, so another disk of that size will do. */
TEST(a_run_comes_again_from_a_file_of_its_inputs)
{
    struct bench bench;
    uint64_t hash = 0;
    OWNED(free_at) char *path = NULL;
    for (unsigned again = 0; again < 2; again++) {
        struct cairn_error error = {""};
        start(&bench, MEDIUM);
        cairn_destroy(bench.machine);
        bench.machine = make(bench.backend, MEDIUM);
        if (again) {
            EXPECT_EQ(truncate(bench.path, 0), 0);
            EXPECT_EQ(cairn_replay_open(bench.machine, path, 0, &error), 0);
            EXPECT_EQ(cairn_replay(bench.machine, NULL, 0, &error), 0);
            EXPECT_STR(error.text, "");
            EXPECT_EQ(cairn_state_hash(bench.machine), hash);
        } else {
            path = xasprintf("%s.inputs", bench.path);
            EXPECT_EQ(cairn_record_open(bench.machine, path, &error), 0);
            cairn_record(bench.machine, 0);
            cairn_power(bench.machine);
            EXPECT_EQ(do_one(&bench, READ, 7, 2, RAM + 0x1000), GOOD);
            EXPECT_EQ(do_one(&bench, WRITE, 9, 1, RAM + 0x1000), GOOD);
            ask(&bench, 1, READ, 9, 1, RAM + 0x2000);
            ask(&bench, 2, FLUSH, 0, 0, 0);
            run(&bench, 25000); /* the flush is in flight */
            EXPECT_EQ(ram(&bench, 0x2000), 7);
            hash = cairn_state_hash(bench.machine);
            EXPECT_EQ(cairn_record_end(bench.machine, NULL, 0, &error), 0);
        }
        end(&bench);
    }
    unlink(path);
}

/* Where a debugger changes the past, the request in flight there is served from
 * the disk as it is now. */
TEST_ON(a_read_in_flight_is_read_again_in_another_future, bench)
{
    struct history *history = history_create(bench->machine, 64 << 20);
    REQUIRE(history != NULL);
    ask(bench, 0, READ, 3, 1, RAM + 0x1000);
    put_ram(bench, 0, 0xee);
    ask(bench, 1, WRITE, 40, 1, RAM);
    run_on(history, bench, 5000);
    const struct moment middle = input_now(bench->machine);
    run_on(history, bench, LONG_ENOUGH_NS);
    EXPECT_EQ(get(bench, DISK + DONE), 3);
    history_leave(history);
    history_seek(history, &middle);
    EXPECT(history->past);
    set(bench, ENABLE, 3); /* another future */
    EXPECT(!history->past);
    EXPECT_EQ(get(bench, DISK + BUSY), 3);
    run_on(history, bench, LONG_ENOUGH_NS);
    EXPECT_EQ(get(bench, DISK + DONE), 3);
    EXPECT_EQ(get(bench, DISK + RESULT), GOOD);
    EXPECT_EQ(get(bench, DISK + RESULT + 4), GOOD);
    EXPECT_EQ(ram(bench, 0x1000), 3);
    history_destroy(history);
}
