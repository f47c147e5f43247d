/* SPDX-License-Identifier: Apache-2.0 */
#include "base/error.h"

#include <string.h>

#include "tests/harness.h"

TEST(the_first_cause_wins)
{
    struct error error = {""};
    EXPECT_EQ(error_set(&error, -EINVAL, "size %d", 3), -EINVAL);
    EXPECT_EQ(error_set(&error, -EIO, "clean-up"), -EIO);
    EXPECT_STR(error.text, "size 3");
    error_clear(&error);
    error_set(&error, -EIO, "later");
    EXPECT_STR(error.text, "later");
}

TEST(a_prefix_goes_before_a_set_error_only)
{
    struct error error = {""};
    error_prefix(&error, "file '%s'", "a");
    EXPECT_STR(error.text, "");
    error_set(&error, -EIO, "short read");
    error_prefix(&error, "file '%s'", "a");
    EXPECT_STR(error.text, "file 'a': short read");
}

TEST(long_texts_are_cut_and_stay_terminated)
{
    struct error error = {""};
    char text[1000];
    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    error_set(&error, -EIO, "%s", text);
    EXPECT_EQ(strlen(error.text), sizeof(error.text) - 1);
    error_prefix(&error, "p");
    EXPECT_EQ(strncmp(error.text, "p: xxx", 6), 0);
    EXPECT(strlen(error.text) < sizeof(error.text));
    error_prefix(&error, "%s", text);
    EXPECT_EQ(strncmp(error.text, "p: xxx", 6), 0);
}

TEST(no_error_struct_is_fine_everywhere)
{
    EXPECT_EQ(error_set(NULL, -ENOENT, "x"), -ENOENT);
    error_prefix(NULL, "x");
    error_clear(NULL);
}
