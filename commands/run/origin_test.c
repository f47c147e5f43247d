/* SPDX-License-Identifier: Apache-2.0 */
/* `cairn run --restore` alone: the machine that the snapshot was made with, or
 * a complaint. */
#include "commands/run/origin.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/bits.h"
#include "base/buffer.h"
#include "host/file.h"
#include "include/cairn/cairn.h"
#include "tests/command.h"

#define BENCHMARKS "build/out/guest/bench/a64.bin"

enum { PAGE_FAULTS = 13, TURNS = 5, FILE_MAX = 1 << 20 };

/* ---- Running it ---------------------------------------------------------- */

/* The run's code, and a part of what it complains of. */
static void expect_says(struct outcome outcome, int code, const char *part)
{
    EXPECT_EQ(outcome.code, code);
    if (!EXPECT(strstr(outcome.err, part) || strstr(outcome.out, part))) {
        fprintf(stderr, "  it says: %s%s\n", outcome.out, outcome.err);
    }
    outcome_fini(&outcome);
}

/* Both ended well, at the same instruction in the same state. */
static void expect_same_end(const struct outcome *one,
                            const struct outcome *other)
{
    const char *const lines[] = {"\n  time ", "\n  state "};
    EXPECT_EQ(one->code, COMMAND_DONE);
    EXPECT_EQ(other->code, COMMAND_DONE);
    for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
        const char *left = strstr(one->out, lines[i]);
        const char *right = strstr(other->out, lines[i]);
        REQUIRE(left && right);
        size_t length = strcspn(left + 1, "\n") + 2;
        EXPECT(strncmp(left, right, length) == 0);
    }
}

/* ---- A place to work in -------------------------------------------------- */

/* A folder with a guest in "kernel", which is also here; and the way back. */
struct place {
    char *path;
    int back;
};

static void copy_guest(const char *path)
{
    OWNED(buffer_fini) struct buffer image = {0};
    if (file_read(BENCHMARKS, FILE_MAX, &image, NULL) != 0) {
        abort();
    }
    store_le64(image.bytes + 64, PAGE_FAULTS);
    store_le64(image.bytes + 72, TURNS);
    if (file_write(path, image.bytes, image.size, NULL) != 0) {
        abort();
    }
}

/* A file of the place, as seen from outside. The caller frees it. */
static char *in(const struct place *place, const char *name)
{
    return xasprintf("%s/%s", place->path, name);
}

static void enter(struct place *place)
{
    char made[] = "/tmp/cairn-origin-XXXXXX";
    place->back = open(".", O_RDONLY | O_DIRECTORY);
    place->path = mkdtemp(made) ? realpath(made, NULL) : NULL;
    if (place->back < 0 || !place->path) {
        abort();
    }
    char *kernel = in(place, "kernel");
    copy_guest(kernel);
    free(kernel);
    if (chdir(place->path) != 0 || mkdir("guest", 0755) != 0 ||
        link("kernel", "guest/kernel") != 0) {
        abort();
    }
}

static void leave(struct place *place)
{
    static const char *const files[] = {
        "kernel", "link",  "initrd",       "snap",
        "again",  "other", "guest/kernel", "guest",
    };
    if (chdir(place->path) != 0) {
        abort();
    }
    for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
        remove(files[i]);
    }
    if (fchdir(place->back) != 0 || rmdir(place->path) != 0) {
        abort();
    }
    close(place->back);
    free(place->path);
}

static void save_part(const char *path)
{
    expect_says(CAIRN("run", "virt", "--kernel", "kernel", "--memory", "64M",
                      "--cpus", "2", "--seed=7", "--max-instructions", "10000",
                      "--save", path),
                COMMAND_FAILED, "the limit of 10000 instructions was reached");
}

static struct outcome run_whole(void)
{
    return CAIRN("run", "virt", "--kernel", "kernel", "--memory", "64M",
                 "--cpus", "2", "--seed=7");
}

/* The options are those that the file says that it was made with, and no more.
 */
static void expect_words(const char *path, const char *const *words)
{
    char **read = NULL;
    size_t count = 0;
    REQUIRE(cairn_snapshot_origin(path, &read, &count, NULL) == 0);
    for (size_t i = 0; i < count && words[i]; i++) {
        EXPECT_STR(read[i], words[i]);
    }
    EXPECT(words[count] == NULL);
    free(read);
}

/* A file that an attacker made, of a machine without power. */
static void forge(const char *path, const char *const *words, size_t count)
{
    const struct cairn_guest guest = {.size = sizeof(struct cairn_guest),
                                      .memory_bytes = 64 << 20,
                                      .cpus = 1};
    const struct cairn_options options = {.size = sizeof(struct cairn_options),
                                          .board = "virt",
                                          .seed = 1,
                                          .guest = &guest,
                                          .origin = words,
                                          .origin_count = count};
    struct cairn_machine *machine = NULL;
    if (cairn_create(&options, &machine, NULL) != 0 ||
        cairn_save(machine, path, NULL) != 0) {
        abort();
    }
    cairn_destroy(machine);
}

/* Makes a file older or younger than all others. */
static void date(const char *path, time_t seconds)
{
    const struct timespec times[2] = {{.tv_sec = seconds}, {.tv_sec = seconds}};
    EXPECT_EQ(utimensat(AT_FDCWD, path, times, 0), 0);
}

/* ---- What is kept -------------------------------------------------------- */

/* Options of one run, not of the machine; a new option is for here or for the
 * table. */
static const char *const of_one_run[] = {
    "fuse-array",    "capsule",       "agent",         "flash",
    "expect",        "type",          "input",         "press",
    "output",        "guest-dtb",     "until",         "max-instructions",
    "engine",        "stats",         "parallel",      "power-cut",
    "reset-at",      "strict",        "gdb",           "reverse-memory",
    "restore",       "save",          "hashes",        "hash-every",
    "perf-map",      "symbols",       "trace",         "log",
    "json",          "events",        "report",        "wall-times",
    "quote",         "nonce",         "idevid-issuer", "quiet",
    "allow",         "no-sandbox",    "serial",        "disk",
    "tpm",           "vsock",         "record",        "replay",
    "profile",       "profile-every", "power",         "net",
    "share",         "exit-status",   "max-time",      "timeout",
    "password-file",
};

static bool is_of_one_run(const char *option)
{
    for (size_t i = 0; i < ARRAY_SIZE(of_one_run); i++) {
        if (strcmp(of_one_run[i], option) == 0) {
            return true;
        }
    }
    return false;
}

TEST(every_option_is_of_the_machine_or_of_one_run)
{
    const char *const words[] = {"run"};
    size_t used = 0;
    size_t known = 0;
    const struct command *command = command_find(1, words, &used);
    REQUIRE(command);
    for (size_t i = 0; i < command->option_count; i++) {
        const char *name = command->options[i].name;
        test_case("--%s", name);
        EXPECT((session_options_table[i].origin >= SESSION_ORIGIN_PLAIN) !=
               is_of_one_run(name));
        EXPECT_STR(session_options_table[i].name, name);
        known += is_of_one_run(name);
    }
    EXPECT_EQ(known, ARRAY_SIZE(of_one_run));
}

FIXTURE(struct place, place, leave)
FIXTURE_BEGIN(place, enter(place))

TEST_BEGINS(paths_are_kept_so_that_they_hold_elsewhere, place)
{
    static const struct {
        const char *given;
        const char *before; /* NULL: kept as given */
        const char *file;   /* of the place */
    } rows[] = {
        {"--kernel=kernel",    "--kernel=", "kernel"},
        {"--kernel=./link",    "--kernel=", "link"  },
        {"--memory=0x4000000", NULL,        NULL    },
        {"--virtualization",   NULL,        NULL    },
    };
    enter(place);
    REQUIRE(symlink("kernel", "link") == 0);
    REQUIRE(file_write("initrd", "initrd", 6, NULL) == 0);
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        test_case("%s", rows[i].given);
        char *kept = rows[i].before ? xasprintf("%s%s/%s", rows[i].before,
                                                place->path, rows[i].file)
                                    : xstrdup(rows[i].given);
        struct outcome outcome = CAIRN("run", "virt", rows[i].given,
                                       "--save=snap", "--max-instructions=1");
        outcome_fini(&outcome);
        expect_words("snap", (const char *const[]){"virt", kept, NULL});
        free(kept);
    }
    OWNED(free_at) char *kernel = in(place, "kernel");
    char *kept[] = {
        xasprintf("--kernel=%s", kernel),
        xasprintf("--initrd=%s/initrd", place->path),
        xasprintf("--module=ramdisk=%s/initrd", place->path),
        xasprintf("--module=policy=%s/initrd", place->path),
    };
    struct outcome outcome =
        CAIRN("run", "virt", "--kernel=kernel", "--initrd=guest/../initrd",
              "--module=ramdisk=initrd", "--module=policy=initrd",
              "--module-append=c d", "--append=initrd a=./b", "--save=snap",
              "--max-instructions=1");
    outcome_fini(&outcome);
    expect_words("snap",
                 (const char *const[]){"virt", kept[0], kept[1], kept[2],
                                       kept[3], "--module-append=c d",
                                       "--append=initrd a=./b", NULL});
    for (size_t i = 0; i < ARRAY_SIZE(kept); i++) {
        free(kept[i]);
    }
}

TEST_BEGINS(a_board_of_ones_own_is_kept_by_its_path, place)
{
    char *board = realpath("boards/virt.dts", NULL);
    enter(place);
    REQUIRE(board && fchdir(place->back) == 0 && chdir("boards") == 0);
    char *snap = in(place, "snap");
    char *kernel = in(place, "kernel");
    char *option = xasprintf("--kernel=%s", kernel);
    struct outcome whole = CAIRN("run", "virt.dts", "--kernel", kernel);
    struct outcome part = CAIRN("run", "virt.dts", "--kernel", kernel, "--save",
                                snap, "--max-instructions=10000");
    outcome_fini(&part);
    expect_words(snap, (const char *const[]){board, option, NULL});
    REQUIRE(chdir("/") == 0);
    char *folder = xasprintf("%.*s", (int)(strrchr(board, '/') - board), board);
    struct outcome rest = CAIRN("run", "--restore", snap, "--allow", folder);
    expect_same_end(&whole, &rest);
    outcome_fini(&rest);
    outcome_fini(&whole);
    free(folder);
    free(option);
    free(kernel);
    free(snap);
    free(board);
}

TEST_ON(a_guest_is_kept_by_the_folder_that_it_was_found_in, place)
{
    static const char *const guests[] = {"guest", "./guest", "guest/"};
    OWNED(free_at) char *kept = xasprintf("--guest=%s/guest", place->path);
    for (size_t i = 0; i < ARRAY_SIZE(guests); i++) {
        test_case("--guest %s", guests[i]);
        struct outcome outcome = CAIRN("run", "virt", "--guest", guests[i],
                                       "--save=snap", "--max-instructions=1");
        outcome_fini(&outcome);
        expect_words("snap", (const char *const[]){"virt", kept, NULL});
    }
}

TEST_ON(what_is_of_one_run_is_not_kept, place)
{
    struct outcome outcome =
        CAIRN("run", "virt", "--cpus=2", "--expect=x", "--type=y", "--engine",
              "interpreter", "--output=other", "--press=power@1s", "--quiet",
              "--hashes=/dev/null", "--max-instructions=1", "--save=snap");
    outcome_fini(&outcome);
    expect_words("snap", (const char *const[]){"virt", "--cpus=2", NULL});
}

TEST_ON(words_that_a_snapshot_cannot_hold_leave_it_without, place)
{
    expect_says(CAIRN("run", "virt", "--semihosting", "--append=a\tb",
                      "--save=snap", "--max-instructions=1"),
                COMMAND_FAILED,
                "a snapshot cannot hold $'--append=a\\011b': restoring will "
                "need BOARD and its options");
    expect_words("snap", (const char *const[]){NULL});
}

/* ---- Going on ------------------------------------------------------------ */

TEST_ON(restore_alone_goes_on_from_another_folder, place)
{
    OWNED(free_at) char *path = in(place, "snap");
    OWNED(free_at) char *again = in(place, "again");
    OWNED(outcome_fini) struct outcome whole = run_whole();
    save_part("snap");
    REQUIRE(chdir("/") == 0);
    struct outcome rest = CAIRN("run", "--restore", path);
    EXPECT(strstr(rest.err, "' was made with: virt --kernel=/"));
    expect_same_end(&whole, &rest);
    outcome_fini(&rest);
    /* Once more in two parts, and whatever executes it. */
    expect_says(CAIRN("run", "--restore", path, "--max-instructions", "1000",
                      "--save", again, "--engine", "interpreter"),
                COMMAND_FAILED, "the limit of 1000 instructions was reached");
    rest = CAIRN("run", "--restore", again, "--quiet");
    EXPECT_STR(rest.err, "");
    expect_same_end(&whole, &rest);
    outcome_fini(&rest);
}

TEST_ON(who_names_the_machine_names_all_of_it, place)
{
    struct outcome whole = run_whole();
    save_part("snap");
    struct outcome rest =
        CAIRN("run", "virt", "--kernel", "kernel", "--memory", "64M", "--cpus",
              "2", "--seed=7", "--restore", "snap");
    expect_same_end(&whole, &rest);
    EXPECT_STR(rest.err, "");
    outcome_fini(&rest);
    outcome_fini(&whole);
    expect_says(CAIRN("run", "virt", "--restore", "snap"), COMMAND_FAILED,
                "of board 'virt', which differs from 'virt'");
    expect_says(CAIRN("run", "--memory=64M", "--cpus=2", "--restore", "snap"),
                COMMAND_MISUSED,
                "on the default board 'caliptra-1.1': it has no application "
                "processors");
    expect_says(CAIRN("run", "--seed=7", "--restore", "snap"), COMMAND_FAILED,
                "of board 'virt', which differs from 'caliptra-1.1'");
}

TEST_ON(without_an_origin_the_default_board_is_meant, place)
{
    forge("snap", NULL, 0);
    expect_says(CAIRN("run", "--restore", "snap"), COMMAND_FAILED,
                "of board 'virt', which differs from 'caliptra-1.1'");
    expect_says(CAIRN("run", "virt", "--memory=64M", "--restore", "snap"),
                COMMAND_FAILED, "the machine has no power");
}

/* ---- What others may have written ---------------------------------------- */

TEST_ON(an_origin_that_asks_for_more_than_a_machine_is_refused, place)
{
    static const struct {
        const char *word;
        const char *part;
    } rows[] = {
        {"--save=other",        "its origin has --save=other, which is no opt"},
        {"--output=other",      "its origin has --output=other, which is no"  },
        {"--log=other",         "its origin has --log=other, which is no opt" },
        {"--flash=other",       "its origin has --flash=other, which is no"   },
        {"--report=other",      "its origin has --report=other, which is no"  },
        {"--agent=other",       "its origin has --agent=other, which is no"   },
        {"--restore=snap",      "its origin has --restore=snap, which is no"  },
        {"--gdb=unix:other",    "its origin has --gdb=unix:other, which is"   },
        {"--help",              "its origin has --help, which is no option"   },
        {"--",                  "its origin has --, which is no option"       },
        {"-q",                  "its origin has -q, which is no option"       },
        {"--kern=other",        "its origin has --kern=other, which is no"    },
        {"--kernel",            "its origin has --kernel, which is no option" },
        {"--security=1",        "its origin has --security=1, which is no"    },
        {"--\xc2\x9b=\xc2\x9b", "its origin has $'--\\302\\233=\\302\\233', " },
        {"second",              "unexpected argument 'second'"                },
        {"--gic=4",             "option '--gic': '4' is not one of 2|3"       },
        {"--rom=/dev/null",     "--rom '/dev/null': is no regular file; to"   },
        {"--memory=much",       "option '--memory': 'much' is not a number"   },
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        const char *const words[] = {"virt", rows[i].word, "--memory=64M"};
        test_case("%s", rows[i].word);
        forge("snap", words, ARRAY_SIZE(words) - (i + 1 == ARRAY_SIZE(rows)));
        struct outcome outcome = CAIRN("run", "--restore", "snap");
        EXPECT(strstr(outcome.err, "snapshot 'snap'"));
        EXPECT(access("other", F_OK) != 0);
        expect_says(outcome,
                    i + 1 == ARRAY_SIZE(rows) ? COMMAND_MISUSED
                                              : COMMAND_FAILED,
                    rows[i].part);
    }
}

TEST_ON(a_shared_folder_is_shared_by_who_says_so, place)
{
    struct outcome outcome =
        CAIRN("run", "virt", "--semihosting-folder=.", "--memory=64M",
              "--save=snap", "--max-instructions=1");
    outcome_fini(&outcome);
    OWNED(free_at)
    char *part = xasprintf(
        "snapshot 'snap' was made with --semihosting-folder '%s', "
        "where its guest may read and change all files: name that, "
        "BOARD and the other options that 'cairn inspect' shows, if "
        "it shall",
        place->path);
    expect_says(CAIRN("run", "--restore", "snap"), COMMAND_MISUSED, part);
    expect_says(CAIRN("run", "virt", "--semihosting-folder=.", "--memory=64M",
                      "--restore", "snap", "--max-instructions=1"),
                COMMAND_FAILED,
                "cpu0 is stuck in exceptions without end at 0x200");
}

/* ---- Files --------------------------------------------------------------- */

TEST_ON(files_that_are_gone_or_changed_are_told_by_name, place)
{
    save_part("snap");
    date("snap", 1000000000);
    date("kernel", 1000000000);
    struct outcome outcome = CAIRN("run", "--restore", "snap");
    EXPECT_EQ(outcome.code, COMMAND_DONE);
    outcome_fini(&outcome);
    date("kernel", 1000000001);
    expect_says(CAIRN("run", "--restore", "snap"), COMMAND_FAILED,
                "/kernel': was changed since; to go on with another, name "
                "BOARD and the options that 'cairn inspect' shows");
    outcome = CAIRN("run", "virt", "--kernel", "kernel", "--memory", "64M",
                    "--cpus", "2", "--seed=7", "--restore", "snap");
    EXPECT_EQ(outcome.code, COMMAND_DONE);
    outcome_fini(&outcome);
    REQUIRE(unlink("kernel") == 0);
    OWNED(free_at)
    char *part = xasprintf(
        "cairn: run: snapshot 'snap' was made with --kernel "
        "'%s/kernel': No such file or directory; to go on with another",
        place->path);
    expect_says(CAIRN("run", "--restore", "snap"), COMMAND_FAILED, part);
    expect_says(CAIRN("run", "--restore", "none"), COMMAND_FAILED,
                "file 'none': cannot be looked at: No such file or directory");
}

/* A snapshot in a folder of its own, which was made with the kernel beside that
 * folder. */
TEST_ON(what_a_snapshot_names_is_in_its_folder_or_allowed, place)
{
    save_part("guest/snap");
    expect_says(CAIRN("run", "--restore", "guest/snap"), COMMAND_MISUSED,
                "/kernel', which is outside of its folder");
    struct outcome outcome = CAIRN("run", "--restore", "guest/snap", "--allow",
                                   ".", "--max-instructions=20000", "--quiet");
    EXPECT(strstr(outcome.out, "\n  state "));
    outcome_fini(&outcome);
    REQUIRE(rename("guest/snap", "snap") == 0);
    outcome = CAIRN("run", "--restore", "snap", "--max-instructions=20000",
                    "--quiet");
    EXPECT(strstr(outcome.out, "\n  state "));
    outcome_fini(&outcome);
}
