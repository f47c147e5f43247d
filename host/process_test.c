/* SPDX-License-Identifier: Apache-2.0 */
#include "host/process.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/file.h"
#include "tests/harness.h"

TEST(output_and_complaints_are_kept_apart)
{
    struct buffer out = {0};
    struct buffer complaints = {0};
    const char *arguments[] = {"sh", "-c", "echo said; echo warned >&2", NULL};
    EXPECT_EQ(process_run(arguments, NULL, 0, &out, &complaints), 0);
    EXPECT_STR(buffer_text(&out), "said\n");
    EXPECT_STR(buffer_text(&complaints), "warned\n");
    buffer_fini(&out);
    buffer_fini(&complaints);
}

TEST(much_output_on_both_streams_does_not_block)
{
    struct buffer out = {0};
    struct buffer complaints = {0};
    const char *arguments[] = {
        "sh", "-c", "printf %300000s x; printf %300000s x >&2", NULL};
    EXPECT_EQ(process_run(arguments, NULL, 0, &out, &complaints), 0);
    EXPECT_EQ(out.size, 300000);
    EXPECT_EQ(complaints.size, 300000);
    buffer_fini(&out);
    buffer_fini(&complaints);
}

TEST(the_exit_status_is_returned)
{
    struct buffer out = {0};
    const char *arguments[] = {"sh", "-c", "exit 3", NULL};
    EXPECT_EQ(process_run(arguments, NULL, 0, &out, &out), 3);
    buffer_fini(&out);
}

TEST(a_missing_program_is_reported_as_such)
{
    struct buffer out = {0};
    const char *arguments[] = {"no-such-program-here", NULL};
    EXPECT_EQ(process_run(arguments, NULL, 0, &out, &out), -ENOENT);
    buffer_fini(&out);
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
