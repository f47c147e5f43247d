/* SPDX-License-Identifier: Apache-2.0 */
#include "host/process.h"

#include <errno.h>

#include "tests/harness.h"

TEST(output_and_complaints_are_kept_apart)
{
    struct buffer out = {0};
    struct buffer complaints = {0};
    const char *arguments[] = {"sh", "-c", "echo said; echo warned >&2", NULL};
    EXPECT_EQ(process_run(arguments, &out, &complaints), 0);
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
        "sh", "-c", "head -c 300000 /dev/zero; head -c 300000 /dev/zero >&2",
        NULL};
    EXPECT_EQ(process_run(arguments, &out, &complaints), 0);
    EXPECT_EQ(out.size, 300000);
    EXPECT_EQ(complaints.size, 300000);
    buffer_fini(&out);
    buffer_fini(&complaints);
}

TEST(the_exit_status_is_returned)
{
    struct buffer out = {0};
    const char *arguments[] = {"sh", "-c", "exit 3", NULL};
    EXPECT_EQ(process_run(arguments, &out, &out), 3);
    buffer_fini(&out);
}

TEST(a_missing_program_is_reported_as_such)
{
    struct buffer out = {0};
    const char *arguments[] = {"no-such-program-here", NULL};
    EXPECT_EQ(process_run(arguments, &out, &out), -ENOENT);
    buffer_fini(&out);
}
