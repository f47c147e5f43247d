/* SPDX-License-Identifier: Apache-2.0 */
#include "host/process.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/file.h"
#include "host/socket.h"
#include "host/time.h"
#include "tests/harness.h"

FIXTURE(struct buffer, complaints, buffer_fini)

TEST_BEGINS(output_and_complaints_are_kept_apart, complaints)
{
    OWNED(buffer_fini) struct buffer out = {0};
    const char *arguments[] = {"sh", "-c", "echo said; echo warned >&2", NULL};
    EXPECT_EQ(process_run(arguments, NULL, 0, &out, complaints), 0);
    EXPECT_STR(buffer_text(&out), "said\n");
    EXPECT_STR(buffer_text(complaints), "warned\n");
}

TEST_BEGINS(much_output_on_both_streams_does_not_block, complaints)
{
    OWNED(buffer_fini) struct buffer out = {0};
    const char *arguments[] = {
        "sh", "-c", "printf %300000s x; printf %300000s x >&2", NULL};
    EXPECT_EQ(process_run(arguments, NULL, 0, &out, complaints), 0);
    EXPECT_EQ(out.size, 300000);
    EXPECT_EQ(complaints->size, 300000);
}

FIXTURE(struct buffer, out, buffer_fini)

TEST_BEGINS(the_exit_status_is_returned, out)
{
    const char *arguments[] = {"sh", "-c", "exit 3", NULL};
    EXPECT_EQ(process_run(arguments, NULL, 0, out, out), 3);
}

/* The pass phrase of a key is for no program that is started. */
TEST_BEGINS(the_environment_is_passed_on_but_for_the_pass_phrase, out)
{
    const char *arguments[] = {
        "sh", "-c", "echo \"$PROCESS_TEST-${" PROCESS_SECRET "-none}\"", NULL};
    REQUIRE(setenv("PROCESS_TEST", "seen", 1) == 0);
    REQUIRE(setenv(PROCESS_SECRET, "secret", 1) == 0);
    EXPECT_EQ(process_run(arguments, NULL, 0, out, out), 0);
    EXPECT_STR(buffer_text(out), "seen-none\n");
    EXPECT_STR(getenv(PROCESS_SECRET), "secret");
    unsetenv(PROCESS_SECRET);
    unsetenv("PROCESS_TEST");
}

TEST_BEGINS(a_missing_program_is_reported_as_such, out)
{
    const char *arguments[] = {"no-such-program-here", NULL};
    EXPECT_EQ(process_run(arguments, NULL, 0, out, out), -ENOENT);
}

TEST(a_program_reads_in_the_folders_that_are_named)
{
    char folder[] = "/tmp/process-test-XXXXXX";
    REQUIRE(mkdtemp(folder) != NULL);
    char *file = xasprintf("%s/file", folder);
    char *script = xasprintf("read x <%s && echo $x", file);
    const char *arguments[] = {"sh", "-c", script, NULL};
    const char *folders[] = {folder};
    struct buffer out = {0};
    struct buffer complaints = {0};
    REQUIRE(file_write(file, "text\n", 5, NULL) == 0);
    EXPECT_EQ(process_run(arguments, folders, 1, &out, &complaints), 0);
    EXPECT_STR(buffer_text(&out), "text\n");
    int code = process_run(arguments, NULL, 0, &out, &complaints);
    unlink(file);
    rmdir(folder);
    free(file);
    free(script);
    bool confined = strstr(buffer_text(&complaints), "Permission denied");
    buffer_fini(&out);
    buffer_fini(&complaints);
    if (code == 0) {
        SKIP("this kernel has no Landlock");
    }
    EXPECT(confined);
}

TEST(a_program_beside_this_one_ends_when_it_is_left)
{
    struct process process;
    OWNED(buffer_fini) struct buffer printed = {0};
    int fds[2];
    struct error error;
    char byte = 0;
    const char *arguments[] = {
        "sh", "-c", "echo here; echo x >&3; read line <&3; exit 5", NULL};
    REQUIRE(host_socket_pair(fds, &error) == 0);
    EXPECT_EQ(process_start(&process, arguments, NULL, 0, fds[1]), 0);
    host_socket_close(fds[1]);
    uint64_t until_ns = host_time_ns() + 20000000000;
    EXPECT_EQ(host_socket_read(fds[0], &byte, 1, until_ns), 0);
    EXPECT_EQ(byte, 'x');
    process_printed(&process, &printed);
    EXPECT_STR(buffer_text(&printed), "here\n");
    host_socket_close(fds[0]);
    EXPECT_EQ(process_end(&process, 20000000000), 5);
    EXPECT_EQ(process_end(&process, 20000000000), 0);
}

TEST(a_program_beside_this_one_is_not_waited_for_for_ever)
{
    struct process process;
    int fds[2];
    struct error error;
    const char *arguments[] = {"sh", "-c", "read line <&3", NULL};
    REQUIRE(host_socket_pair(fds, &error) == 0);
    EXPECT_EQ(process_start(&process, arguments, NULL, 0, fds[1]), 0);
    host_socket_close(fds[1]);
    EXPECT_EQ(process_end(&process, 1000000), -ETIMEDOUT);
    host_socket_close(fds[0]);
    const char *none[] = {"no-such-program-here", NULL};
    EXPECT_EQ(process_start(&process, none, NULL, 0, -1), -ENOENT);
    EXPECT_EQ(process_end(&process, 1), 0);
}
