/* SPDX-License-Identifier: Apache-2.0 */
/* The client of swtpm on swtpm itself, where it is installed, and on programs
 * of that name that print something and end. */
#include "backends/tpm.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "abi/tpm.h"
#include "base/bits.h"
#include "base/buffer.h"
#include "host/file.h"
#include "host/process.h"
#include "host/time.h"
#include "tests/harness.h"

#define PATIENCE_NS 20000000000ull

/* ---- swtpm itself -------------------------------------------------------- */

static uint8_t response[TPM_BUFFER_MAX];

/* The response code of a command, which is given without its length. */
static uint32_t command(struct tpm *tpm, bool init, uint8_t locality,
                        const void *bytes, size_t size)
{
    uint8_t whole[256] = {locality, init, 0x10, 0};
    memcpy(whole + 4, bytes, size);
    store_be32(whole + 4 + TPM_HEADER_LENGTH, (uint32_t)size);
    size_t got = tpm_serve(tpm, whole, 4 + size, response, sizeof(response));
    return got >= TPM_HEADER_SIZE && response[0] == 0x80
               ? load_be32(response + TPM_HEADER_CODE)
               : UINT32_MAX;
}

static const uint8_t startup[] = {0x80, 1, 0, 0, 0, 0, 0, 0, 1, 0x44, 0, 0};
/* PCR 16 of the SHA-256 bank, and 17, which locality 4 alone may reset. */
static const uint8_t read_16[] = {0x80, 1, 0, 0, 0, 0,  0, 0, 1, 0x7e,
                                  0,    0, 0, 1, 0, 11, 3, 0, 0, 1};
static const uint8_t extend_16[] = {
    0x80, 2,    0,  0,  0,  0,  0,  0,  1,  0x82, 0,  0,  0,  16, 0,  0,  0,
    9,    0x40, 0,  0,  9,  0,  0,  0,  0,  0,    0,  0,  0,  1,  0,  11, 1,
    2,    3,    4,  5,  6,  7,  8,  9,  10, 11,   12, 13, 14, 15, 16, 17, 18,
    19,   20,   21, 22, 23, 24, 25, 26, 27, 28,   29, 30, 31, 32};
static const uint8_t reset_20[] = {0x80, 2, 0, 0, 0,  0, 0, 0, 1,
                                   0x3d, 0, 0, 0, 20, 0, 0, 0, 9,
                                   0x40, 0, 0, 9, 0,  0, 0, 0, 0};

static bool is_pcr_zero(struct tpm *tpm)
{
    static const uint8_t zeros[32];
    EXPECT_EQ(command(tpm, false, 0, read_16, sizeof(read_16)), TPM_RC_SUCCESS);
    return memcmp(response + 30, zeros, sizeof(zeros)) == 0;
}

static bool has_swtpm(void)
{
    struct buffer out = {0};
    const char *arguments[] = {"swtpm", "--version", NULL};
    bool here = process_run(arguments, NULL, 0, &out, &out) == 0;
    buffer_fini(&out);
    return here;
}

static void remove_folder(const char *folder)
{
    static const char *const names[] = {".lock", "tpm2-00.permall"};
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        OWNED(free_at) char *path = xasprintf("%s/%s", folder, names[i]);
        unlink(path);
    }
    EXPECT_EQ(rmdir(folder), 0);
}

TEST(swtpm_keeps_pcrs_until_the_machine_is_reset)
{
    char folder[] = "/tmp/tpm-test-XXXXXX";
    struct tpm *tpm = NULL;
    struct error error = {""};
    if (!has_swtpm()) {
        SKIP("swtpm is not installed");
    }
    /* The folder is made anew. */
    REQUIRE(mkdtemp(folder) != NULL && rmdir(folder) == 0);
    for (unsigned i = 0; i < 2; i++) {
        REQUIRE(tpm_open(folder, PATIENCE_NS, &tpm, &error) == 0);
        EXPECT_EQ(command(tpm, true, 0, read_16, sizeof(read_16)),
                  TPM_RC_INITIALIZE);
        EXPECT_EQ(command(tpm, false, 0, startup, sizeof(startup)),
                  TPM_RC_SUCCESS);
        EXPECT(is_pcr_zero(tpm));
        EXPECT_EQ(command(tpm, false, 0, extend_16, sizeof(extend_16)),
                  TPM_RC_SUCCESS);
        EXPECT(!is_pcr_zero(tpm));
        EXPECT_EQ(command(tpm, true, 0, startup, sizeof(startup)),
                  TPM_RC_SUCCESS);
        EXPECT(is_pcr_zero(tpm));
        tpm_close(tpm);
    }
    /* The state is in the folder. */
    char *file = xasprintf("%s/tpm2-00.permall", folder);
    EXPECT_EQ(access(file, F_OK), 0);
    free(file);
    remove_folder(folder);
}

TEST(swtpm_goes_on_from_a_state_of_another)
{
    char folder[] = "/tmp/tpm-test-XXXXXX";
    struct tpm *tpm = NULL;
    struct error error = {""};
    struct buffer states[2] = {{0}, {0}};
    if (!has_swtpm()) {
        SKIP("swtpm is not installed");
    }
    REQUIRE(mkdtemp(folder) != NULL);
    REQUIRE(tpm_open(folder, PATIENCE_NS, &tpm, &error) == 0);
    EXPECT_EQ(command(tpm, true, 0, startup, sizeof(startup)), 0);
    EXPECT_EQ(tpm_save(tpm, &states[0], &error), 0);
    EXPECT_EQ(command(tpm, false, 0, extend_16, sizeof(extend_16)), 0);
    EXPECT_EQ(tpm_save(tpm, &states[1], &error), 0);
    EXPECT_STR(error.text, "");
    tpm_close(tpm);
    remove_folder(folder);
    REQUIRE(tpm_open(folder, PATIENCE_NS, &tpm, &error) == 0);
    for (unsigned i = 0; i < 4; i++) {
        EXPECT_EQ(
            tpm_load(tpm, states[i % 2].bytes, states[i % 2].size, &error), 0);
        EXPECT_EQ(is_pcr_zero(tpm), i % 2 == 0);
    }
    tpm_close(tpm);
    /* State that was in memory alone is in no file. */
    remove_folder(folder);
    buffer_fini(&states[0]);
    buffer_fini(&states[1]);
}

TEST(swtpm_knows_the_locality)
{
    char folder[] = "/tmp/tpm-test-XXXXXX";
    struct tpm *tpm = NULL;
    struct error error = {""};
    if (!has_swtpm()) {
        SKIP("swtpm is not installed");
    }
    REQUIRE(mkdtemp(folder) != NULL);
    REQUIRE(tpm_open(folder, PATIENCE_NS, &tpm, &error) == 0);
    EXPECT_EQ(command(tpm, true, 0, startup, sizeof(startup)), TPM_RC_SUCCESS);
    EXPECT_EQ(command(tpm, false, 0, reset_20, sizeof(reset_20)),
              0x907 /* TPM_RC_LOCALITY */);
    EXPECT_EQ(command(tpm, false, 2, reset_20, sizeof(reset_20)),
              TPM_RC_SUCCESS);
    tpm_close(tpm);
    remove_folder(folder);
}

TEST(a_folder_that_another_swtpm_has_is_refused_with_its_words)
{
    char folder[] = "/tmp/tpm-test-XXXXXX";
    struct tpm *first = NULL;
    struct tpm *second = NULL;
    struct error error = {""};
    if (!has_swtpm()) {
        SKIP("swtpm is not installed");
    }
    REQUIRE(mkdtemp(folder) != NULL);
    REQUIRE(tpm_open(folder, PATIENCE_NS, &first, &error) == 0);
    EXPECT_EQ(command(first, true, 0, startup, sizeof(startup)), 0);
    REQUIRE(tpm_open(folder, PATIENCE_NS, &second, &error) == 0);
    EXPECT_EQ(command(second, true, 0, startup, sizeof(startup)), UINT32_MAX);
    EXPECT(memcmp(response, "swtpm: CMD_INIT: result 0x9: ", 29) == 0);
    /* One that was given up ends as well. */
    uint64_t before = host_time_ns();
    tpm_close(second);
    EXPECT(host_time_ns() - before < PATIENCE_NS);
    EXPECT(is_pcr_zero(first));
    tpm_close(first);
    remove_folder(folder);
}

/* ---- A program of that name ---------------------------------------------- */

/* It is `echo`: what it prints has the name of the folder in it. */
TEST(the_last_line_of_a_program_that_ends_is_its_reason)
{
    static const char *const names[] = {"a", "a\nb", "\n\n",
                                        "a_name_that_is_so_long_that_the_line_"
                                        "is_longer_than_a_reason_has_room"};
    char folder[] = "/tmp/tpm-test-XXXXXX";
    struct tpm *tpm = NULL;
    OWNED(free_at) char *path = xstrdup(getenv("PATH"));
    REQUIRE(mkdtemp(folder) != NULL);
    OWNED(free_at) char *program = xasprintf("%s/swtpm", folder);
    OWNED(buffer_fini) struct buffer echo = {0};
    EXPECT_EQ(file_read("/bin/echo", 1 << 20, &echo, NULL), 0);
    EXPECT_EQ(file_write(program, echo.bytes, echo.size, NULL), 0);
    EXPECT_EQ(chmod(program, 0700), 0);
    EXPECT_EQ(setenv("PATH", folder, 1), 0);
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        struct error error = {""};
        test_case("%zu", i);
        char *state = xasprintf("%s/%s", folder, names[i]);
        char *printed = xasprintf(
            "socket --tpm2 --tpmstate dir=%s --ctrl "
            "type=unixio,clientfd=3 --terminate",
            state);
        const char *line = strrchr(printed, '\n');
        /* It may end before it is asked or after. */
        const int code = tpm_open(state, PATIENCE_NS, &tpm, &error);
        EXPECT(code == -EPIPE || code == -ECONNRESET);
        char *said = xasprintf("swtpm: CMD_GET_CAPABILITY: %s: %.100s",
                               strerror(-code), line ? line + 1 : printed);
        EXPECT_STR(error.text, said);
        EXPECT_EQ(rmdir(state), 0);
        free(state);
        free(printed);
        free(said);
    }
    unlink(program);
    struct error error = {""};
    EXPECT_EQ(tpm_open(folder, PATIENCE_NS, &tpm, &error), -ENOENT);
    EXPECT_STR(error.text, "swtpm is not installed");
    EXPECT_EQ(setenv("PATH", path, 1), 0);
    EXPECT_EQ(rmdir(folder), 0);
}

TEST(what_cannot_be_opened_is_named)
{
    static const struct {
        const char *what;
        int code;
        const char *said;
    } rows[] = {
        {"unix:/no/such/socket", -ENOENT,
         "cannot connect to 'unix:/no/such/socket': No such file or directory"   },
        {"/no/such/folder",      -ENOENT,
         "cannot make folder '/no/such/folder': No such file or directory"       },
        {"/dev/null",            -ENOTDIR, "'/dev/null' is no folder"            },
        {"unix,b",               -EINVAL,  "folder 'unix,b': a comma in its name"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct tpm *tpm;
        struct error error = {""};
        EXPECT_EQ(tpm_open(rows[i].what, PATIENCE_NS, &tpm, &error),
                  rows[i].code);
        EXPECT_STR(error.text, rows[i].said);
        EXPECT(tpm == NULL);
    }
}

/* However many descriptors there still are, all are given back. */
TEST(a_server_for_which_there_is_no_descriptor_is_not_started)
{
    char folder[] = "/tmp/tpm-test-XXXXXX";
    struct rlimit before;
    struct stat there = {.st_mode = 0};
    REQUIRE(mkdtemp(folder) && rmdir(folder) == 0 &&
            getrlimit(RLIMIT_NOFILE, &before) == 0);
    const int input = fcntl(STDIN_FILENO, F_GETFD);
    for (rlim_t more = 0; more < 4; more++) {
        struct tpm *tpm;
        struct error error = {""};
        const unsigned descriptors = test_descriptors();
        const int next = test_next_descriptor();
        const struct rlimit few = {(rlim_t)next + more, before.rlim_max};
        test_case("%u more", (unsigned)more);
        (void)setrlimit(RLIMIT_NOFILE, &few);
        const int code = tpm_open(folder, PATIENCE_NS, &tpm, &error);
        (void)setrlimit(RLIMIT_NOFILE, &before);
        EXPECT_EQ(code, -EMFILE);
        EXPECT(strstr(error.text, "Too many open files") != NULL);
        EXPECT(tpm == NULL);
        EXPECT_EQ(test_descriptors(), descriptors);
        EXPECT_EQ(fcntl(STDIN_FILENO, F_GETFD), input);
    }
    EXPECT_EQ(stat(folder, &there), 0);
    EXPECT_EQ(there.st_mode & 0777, 0700); /* it is made anyway */
    EXPECT_EQ(rmdir(folder), 0);
}
