/* SPDX-License-Identifier: Apache-2.0 */
/* Calls as a processor out of reset makes them, whose addresses are physical.
 * tests/program/semihosting-test.sh has a guest that makes them itself. */
#include "platform/machine/machine.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bits.h"
#include "platform/debug/semihosting_files.h"
#include "tests/harness.h"

enum {
    OPEN = 1,
    CLOSE = 2,
    WRITE0 = 4,
    WRITE = 5,
    READ = 6,
    READC = 7,
    IS_ERROR = 8,
    SEEK = 10,
    LENGTH = 12,
    REMOVE = 14,
    TIME = 0x11,
    SYSTEM = 0x12,
    ERRNO = 0x13,
    COMMAND_LINE = 0x15,
    HEAP = 0x16,
    EXIT = 0x18,
    ELAPSED = 0x30,
};

/* Places in the memory, after what the machine puts there itself. */
static const uint64_t memory = 0x40000000;
static const uint64_t memory_end = 0x44000000;
static const uint64_t block = 0x41000000;
static const uint64_t text = 0x41001000;
static const uint64_t nowhere = 0x4000000000000;
static const uint64_t flash = 0x1000;

struct bench {
    char folder[32];
    struct cairn_machine *machine;
    uint8_t *ram;
};

static bool set_up(struct bench *bench)
{
    strcpy(bench->folder, "/tmp/cairn-semihosting-XXXXXX");
    if (!mkdtemp(bench->folder)) {
        return false;
    }
    const struct cairn_guest guest = {
        .size = sizeof(struct cairn_guest),
        .cpus = 1,
        .memory_bytes = 64 << 20,
        .append = "and more",
        .semihosting = true,
        .semihosting_folder = bench->folder,
    };
    const struct cairn_options options = {
        .size = sizeof(struct cairn_options), .board = "virt", .guest = &guest};
    size_t size;
    if (cairn_create(&options, &bench->machine, NULL) != 0 ||
        cairn_memory(bench->machine, "ram", &bench->ram, &size) != 0) {
        return false;
    }
    cairn_power(bench->machine);
    return true;
}

static void tear_down(struct bench *bench)
{
    char command[64];
    cairn_destroy(bench->machine);
    snprintf(command, sizeof(command), "rm -rf '%s'", bench->folder);
    EXPECT_EQ(system(command), 0);
}

static int64_t ask(struct bench *bench, uint64_t operation, uint64_t argument)
{
    uint64_t x[8] = {operation, argument};
    bench->machine->program->call(bench->machine, bench->machine->cores[0], x);
    return (int64_t)x[0];
}

static void poke(struct bench *bench, uint64_t address, const void *bytes,
                 size_t size)
{
    cairn_memory_written(bench->machine, "ram", address - memory, size);
    memcpy(bench->ram + (address - memory), bytes, size);
}

static int64_t call(struct bench *bench, uint64_t operation, uint64_t a,
                    uint64_t b, uint64_t c)
{
    const uint64_t words[3] = {a, b, c};
    poke(bench, block, words, sizeof(words));
    return ask(bench, operation, block);
}

static int64_t open_file(struct bench *bench, const char *name, uint64_t mode)
{
    poke(bench, text, name, strlen(name));
    return call(bench, OPEN, text, mode, strlen(name));
}

static int64_t write_text(struct bench *bench, int64_t handle,
                          const char *bytes)
{
    poke(bench, text, bytes, strlen(bytes));
    return call(bench, WRITE, (uint64_t)handle, text, strlen(bytes));
}

/* The contents that the file of the host holds. */
static void expect_contents(const struct bench *bench, const char *name,
                            const char *contents)
{
    char path[96];
    char bytes[64] = "";
    snprintf(path, sizeof(path), "%s/%s", bench->folder, name);
    FILE *file = fopen(path, "r");
    REQUIRE(file);
    EXPECT_EQ(fread(bytes, 1, sizeof(bytes) - 1, file), strlen(contents));
    EXPECT_STR(bytes, contents);
    fclose(file);
}

FIXTURE(struct bench, bench, tear_down)
FIXTURE_BEGIN(bench, REQUIRE(set_up(bench)))

TEST_ON(what_is_appended_comes_after_what_was_there, bench)
{
    int64_t file = open_file(bench, "log", 4);
    EXPECT_EQ(write_text(bench, file, "one "), 0);
    EXPECT_EQ(call(bench, CLOSE, (uint64_t)file, 0, 0), 0);
    file = open_file(bench, "log", 8);
    EXPECT_EQ(call(bench, SEEK, (uint64_t)file, 0, 0), 0);
    EXPECT_EQ(write_text(bench, file, "two "), 0);
    EXPECT_EQ(call(bench, READ, (uint64_t)file, text, 1), 1);
    EXPECT_EQ(ask(bench, ERRNO, 0), EBADF);
    expect_contents(bench, "log", "one two ");
}

TEST_ON(names_out_of_the_folder_are_refused, bench)
{
    static const char *const names[] = {"/etc/passwd", "../x", "", "."};
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        test_case("%s", names[i]);
        EXPECT_EQ(open_file(bench, names[i], 0), -1);
        EXPECT_EQ(ask(bench, ERRNO, 0), EACCES);
        EXPECT_EQ(call(bench, REMOVE, text, strlen(names[i]), 0), -1);
    }
    EXPECT_EQ(open_file(bench, "new", 12), -1);
    EXPECT_EQ(ask(bench, ERRNO, 0), EINVAL);
    EXPECT_EQ(call(bench, OPEN, text, 0, SEMIHOSTING_NAME), -1);
    EXPECT_EQ(ask(bench, ERRNO, 0), ENAMETOOLONG);
    poke(bench, text, "a\0b", 3);
    EXPECT_EQ(call(bench, OPEN, text, 4, 3), -1);
    EXPECT_EQ(ask(bench, ERRNO, 0), EINVAL);
}

TEST_ON(bad_pointers_are_errors, bench)
{
    int64_t file = open_file(bench, "file", 6);
    EXPECT_EQ(write_text(bench, file, "contents"), 0);
    for (unsigned operation = 0; operation < 0x40; operation++) {
        test_case("operation 0x%x", operation);
        if (operation == EXIT || operation == 0x20) {
            continue;
        }
        int64_t answer = ask(bench, operation, nowhere);
        EXPECT(answer == -1 || operation == 3 || operation == WRITE0 ||
               operation == IS_ERROR || operation == 0x10 ||
               operation == TIME || operation == ERRNO || operation == 0x31);
    }
    EXPECT_EQ(call(bench, WRITE, (uint64_t)file, nowhere, 4), 4);
    EXPECT_EQ(ask(bench, ERRNO, 0), EFAULT);
    EXPECT_EQ(call(bench, WRITE, (uint64_t)file, nowhere, UINT64_MAX), -1);
    /* A print ends with the memory. */
    int64_t out = open_file(bench, ":tt", 4);
    EXPECT_EQ(call(bench, WRITE, (uint64_t)out, memory_end - 37, 40), 3);
    EXPECT_EQ(call(bench, WRITE, (uint64_t)out, memory_end - 37, 37), 0);
    /* Nothing is read where it cannot be put, a flash for example. */
    EXPECT_EQ(call(bench, SEEK, (uint64_t)file, 0, 0), 0);
    EXPECT_EQ(call(bench, READ, (uint64_t)file, nowhere, 4), 4);
    EXPECT_EQ(call(bench, READ, (uint64_t)file, flash, 4), 4);
    EXPECT_EQ(ask(bench, ERRNO, 0), EFAULT);
    EXPECT_EQ(ask(bench, ELAPSED, flash), -1);
    EXPECT_EQ(call(bench, HEAP, flash, 0, 0), -1);
    EXPECT_EQ(call(bench, COMMAND_LINE, flash, 100, 0), -1);
    EXPECT_EQ(call(bench, READ, (uint64_t)file, text, 4), 0);
    EXPECT_BYTES(bench->ram + (text - memory), "cont", 4);
    expect_contents(bench, "file", "contents");
}

TEST_ON(no_file_grows_without_end_and_no_more_are_open_than_there_are_handles,
        bench)
{
    int64_t file = open_file(bench, "file", 4);
    EXPECT_EQ(call(bench, SEEK, (uint64_t)file, SEMIHOSTING_FILE_MAX, 0), 0);
    EXPECT_EQ(write_text(bench, file, "x"), 1);
    EXPECT_EQ(ask(bench, ERRNO, 0), EFBIG);
    EXPECT_EQ(call(bench, SEEK, (uint64_t)file, UINT64_MAX, 0), -1);
    for (unsigned i = 1; i < SEMIHOSTING_HANDLES; i++) {
        EXPECT(open_file(bench, "file", 0) > 0);
    }
    EXPECT_EQ(open_file(bench, "file", 0), -1);
    EXPECT_EQ(ask(bench, ERRNO, 0), EMFILE);
    EXPECT_EQ(call(bench, CLOSE, 3, 0, 0), 0);
    EXPECT_EQ(open_file(bench, ":tt", 0), 3);
}

/* Each of its clocks has the time of day, which is told once. */
TEST(a_machine_with_two_clocks_has_one_time_of_day)
{
    const struct cairn_guest guest = {.size = sizeof(struct cairn_guest),
                                      .cpus = 1,
                                      .semihosting = true,
                                      .has_start_time = true,
                                      .start_time = 1000000000};
    const struct cairn_options options = {
        .size = sizeof(struct cairn_options), .board = "virt", .guest = &guest};
    struct cairn_board *board = NULL;
    struct bench bench = {.machine = NULL};
    char name[CAIRN_PART_NAME_SIZE];
    REQUIRE(cairn_board_open(&options, &board, NULL) == 0);
    EXPECT_EQ(
        cairn_board_plug(board,
                         &(struct cairn_plug){.size = sizeof(struct cairn_plug),
                                              .kind = "rtc"},
                         name, NULL),
        0);
    REQUIRE(cairn_create_on(board, &options, &bench.machine, NULL) == 0);
    cairn_power(bench.machine);
    EXPECT_EQ(ask(&bench, TIME, 0), 1000000000);
    cairn_destroy(bench.machine);
}

TEST_ON(no_program_of_the_host_is_run, bench)
{
    poke(bench, text, "true", 5);
    EXPECT_EQ(call(bench, SYSTEM, text, 4, 0), -1);
    EXPECT_EQ(ask(bench, ERRNO, 0), EPERM);
    EXPECT_EQ(ask(bench, 0x77, 0), -1);
    EXPECT_EQ(ask(bench, ERRNO, 0), ENOSYS);
    EXPECT_EQ(cairn_unmodelled_count(bench->machine), 1);
}

TEST_ON(what_is_typed_is_read_once_and_then_there_is_the_end, bench)
{
    int64_t in = open_file(bench, ":tt", 0);
    EXPECT_EQ(ask(bench, READC, 0), -1);
    EXPECT_EQ(cairn_console_input(bench->machine, "semihosting", "keys", 4), 4);
    EXPECT_EQ(ask(bench, READC, 0), 'k');
    EXPECT_EQ(call(bench, READ, (uint64_t)in, text, 8), 5);
    EXPECT_BYTES(bench->ram + (text - memory), "eys", 3);
    EXPECT_EQ(call(bench, READ, (uint64_t)in, text, 8), 8);
}

TEST_ON(a_read_waits_while_more_is_promised, bench)
{
    EXPECT_EQ(cairn_console_promise(bench->machine, "none", true), -ENOENT);
    EXPECT_EQ(cairn_console_promise(bench->machine, "semihosting", true), 0);
    struct core *core = bench->machine->cores[0];
    const uint64_t in = (uint64_t)open_file(bench, ":tt", 0);
    const uint64_t words[3] = {in, text, 8};
    const uint64_t calls[][2] = {
        {READ,  block},
        {READC, 0    }
    };
    poke(bench, block, words, sizeof(words));
    for (size_t i = 0; i < ARRAY_SIZE(calls); i++) {
        uint64_t x[8] = {calls[i][0], calls[i][1]};
        test_case("call %zu", i);
        EXPECT_EQ(bench->machine->program->call(bench->machine, core, x),
                  CORE_ASKED_AGAIN);
        EXPECT_EQ(x[0], calls[i][0]);
        EXPECT_EQ(x[1], calls[i][1]);
        EXPECT_EQ(cairn_console_input(bench->machine, "semihosting", "k", 1),
                  1);
        EXPECT_EQ(bench->machine->program->call(bench->machine, core, x),
                  CORE_ANSWERED);
        EXPECT_EQ(x[0], i == 0 ? 7 : 'k');
    }
    EXPECT_EQ(call(bench, READ, in, text, 0), 0);
    EXPECT_EQ(cairn_console_promise(bench->machine, "semihosting", false), 0);
    EXPECT_EQ(call(bench, READ, in, text, 8), 8);
}

TEST_ON(names_of_temporary_files_are_in_the_folder, bench)
{
    static const char *const refused[] = {"/tmp/", "/tmp/../x", "/tmp//etc/x",
                                          "/tmpx", "/tmp/tmp/x"};
    EXPECT_EQ(open_file(bench, "/tmp/t1.0", 0), -1); /* as tmpnam asks */
    int64_t file = open_file(bench, "/tmp/t1.0", 4);
    EXPECT_EQ(write_text(bench, file, "kept"), 0);
    EXPECT_EQ(call(bench, CLOSE, (uint64_t)file, 0, 0), 0);
    expect_contents(bench, "t1.0", "kept");
    poke(bench, text, "/tmp/t1.0", 9);
    EXPECT_EQ(call(bench, REMOVE, text, 9, 0), 0);
    EXPECT_EQ(open_file(bench, "t1.0", 0), -1);
    for (size_t i = 0; i < ARRAY_SIZE(refused); i++) {
        test_case("%s", refused[i]);
        EXPECT_EQ(open_file(bench, refused[i], 4), -1);
    }
}

TEST(a_microcontroller_has_a_command_line_too)
{
    const struct cairn_guest guest = {
        .size = sizeof(struct cairn_guest),
        .append = "one 'two three'",
        .semihosting = true,
        .program = "folder/app.elf",
    };
    const struct cairn_options options = {
        .size = sizeof(struct cairn_options),
        .board = "an385",
        .guest = &guest,
    };
    struct bench bench;
    size_t size;
    const uint32_t at = 0x20001000;
    const uint32_t words[2] = {at + 0x100, 64};
    REQUIRE(cairn_create(&options, &bench.machine, NULL) == 0);
    cairn_power(bench.machine);
    struct core *core = bench.machine->cores[0];
    EXPECT_EQ(core_write_memory(core, gva(at), words, sizeof(words)), 0);
    EXPECT_EQ(ask(&bench, COMMAND_LINE, at), 0);
    char line[64] = "";
    size = strlen("app.elf one 'two three'") + 1;
    EXPECT_EQ(core_read_memory(core, gva(at + 0x100), line, size), 0);
    EXPECT_STR(line, "app.elf one 'two three'");
    cairn_destroy(bench.machine);
}

TEST_ON(a_snapshot_knows_what_was_open_and_where, bench)
{
    char path[96];
    struct cairn_snapshot *snapshot = NULL;
    snprintf(path, sizeof(path), "%s/snapshot", bench->folder);
    int64_t file = open_file(bench, "file", 4);
    EXPECT_EQ(write_text(bench, file, "0123"), 0);
    REQUIRE(cairn_snapshot(bench->machine, &snapshot, NULL) == 0);
    REQUIRE(cairn_save(bench->machine, path, NULL) == 0);
    uint64_t hash = cairn_state_hash(bench->machine);
    for (unsigned way = 0; way < 2; way++) {
        EXPECT_EQ(write_text(bench, file, "45"), 0);
        EXPECT(cairn_state_hash(bench->machine) != hash);
        EXPECT_EQ(call(bench, CLOSE, (uint64_t)file, 0, 0), 0);
        EXPECT_EQ(way ? cairn_load(bench->machine, path, NULL)
                      : cairn_restore(bench->machine, snapshot, NULL),
                  0);
        EXPECT_EQ(cairn_state_hash(bench->machine), hash);
        EXPECT_EQ(write_text(bench, file, "ab"), 0);
        expect_contents(bench, "file", "0123ab");
        EXPECT_EQ(call(bench, LENGTH, (uint64_t)file, 0, 0), 6);
        EXPECT_EQ(cairn_restore(bench->machine, snapshot, NULL), 0);
    }
    cairn_power(bench->machine);
    EXPECT_EQ(write_text(bench, file, "x"), 1);
    EXPECT_EQ(ask(bench, ERRNO, 0), EBADF);
    cairn_snapshot_destroy(snapshot);
}

TEST(a_state_of_open_files_that_no_run_makes_is_refused)
{
    OWNED(semihosting_files_fini) struct semihosting_files files = {0};
    REQUIRE(semihosting_files_init(&files, NULL, NULL) == 0);
    files.state.files[0].kind = SEMIHOSTING_FILE;
    memset(files.state.files[0].name, 'a', SEMIHOSTING_NAME);
    EXPECT(!semihosting_files_check(&files.state));
    semihosting_files_reset(&files);
    EXPECT(semihosting_files_check(&files.state));
    files.state.queue_first = SEMIHOSTING_QUEUE;
    EXPECT(!semihosting_files_check(&files.state));
    semihosting_files_reset(&files);
    files.state.files[3].mode = 12;
    EXPECT(!semihosting_files_check(&files.state));
}
