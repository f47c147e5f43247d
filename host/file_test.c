/* SPDX-License-Identifier: Apache-2.0 */
#include "host/file.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/bits.h"
#include "tests/harness.h"

static char folder[64];

static const char *in_folder(const char *name)
{
    static char path[128];
    if (!folder[0]) {
        snprintf(folder, sizeof(folder), "/tmp/cairn-file-test-XXXXXX");
        if (!mkdtemp(folder)) {
            abort();
        }
    }
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    return path;
}

static unsigned count_entries(void)
{
    unsigned count = 0;
    DIR *directory = opendir(folder);
    while (directory && readdir(directory)) {
        count++;
    }
    if (directory) {
        closedir(directory);
    }
    return count - 2;
}

TEST(a_suffix_is_of_the_file_and_no_folder)
{
    static const struct {
        const char *path;
        const char *suffix;
    } rows[] = {
        {"boot.svg",     ".svg"},
        {"a.b/boot.txt", ".txt"},
        {"a.b/boot",     ""    },
        {"boot",         ""    },
        {"boot.",        "."   },
        {"a.tar.gz",     ".gz" },
    };

    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        test_case("%s", rows[i].path);
        EXPECT_STR(file_suffix(rows[i].path), rows[i].suffix);
    }
}

FIXTURE(struct buffer, out, buffer_fini)

TEST_BEGINS(what_is_written_is_read_back, out)
{
    struct error error = {""};
    uint8_t bytes[200000];
    for (size_t i = 0; i < sizeof(bytes); i++) {
        bytes[i] = (uint8_t)(i * 7 + (i >> 8));
    }
    const char *path = in_folder("a");
    EXPECT_EQ(file_write(path, bytes, sizeof(bytes), &error), 0);
    uint64_t size = 0;
    EXPECT_EQ(file_size(path, &size, &error), 0);
    EXPECT_EQ(size, sizeof(bytes));
    buffer_print(out, "x");
    EXPECT_EQ(file_read(path, sizeof(bytes), out, &error), 0);
    REQUIRE(out->size == sizeof(bytes) + 1);
    EXPECT_BYTES(out->bytes + 1, bytes, sizeof(bytes));
    EXPECT_STR(error.text, "");
    unlink(path);
}

TEST_BEGINS(a_file_over_the_limit_is_refused_and_leaves_the_buffer_alone, out)
{
    struct error error = {""};
    const char *path = in_folder("b");
    EXPECT_EQ(file_write(path, "0123456789", 10, &error), 0);
    buffer_print(out, "x");
    EXPECT_EQ(file_read(path, 9, out, &error), -EFBIG);
    EXPECT_STR(buffer_text(out), "x");
    EXPECT(strstr(error.text, "limit of 9 bytes") != NULL);
    EXPECT_EQ(file_read(path, 10, out, NULL), 0);
    EXPECT_STR(buffer_text(out), "x0123456789");
    unlink(path);
}

TEST_BEGINS(failures_name_the_file_and_the_reason, out)
{
    struct error error = {""};
    uint64_t size;
    EXPECT_EQ(file_read("/nonexistent/a", 1, out, &error), -ENOENT);
    EXPECT_STR(
        error.text,
        "file '/nonexistent/a': cannot be opened: No such file or directory");
    EXPECT_EQ(file_write("/nonexistent/a", "", 0, NULL), -ENOENT);
    EXPECT_EQ(file_size("/nonexistent/a", &size, NULL), -ENOENT);
    EXPECT_EQ(file_size("/tmp", &size, NULL), -EINVAL);
    EXPECT_EQ(file_read("/tmp", 1, out, NULL), -EISDIR);
}

TEST_BEGINS(a_write_replaces_whole_and_leaves_no_temporary_behind, out)
{
    const char *path = in_folder("c");
    EXPECT_EQ(file_write(path, "long contents", 13, NULL), 0);
    EXPECT_EQ(chmod(path, 0640), 0);
    EXPECT_EQ(file_write(path, "new", 3, NULL), 0);
    EXPECT_EQ(file_read(path, 100, out, NULL), 0);
    EXPECT_STR(buffer_text(out), "new");
    struct stat there;
    EXPECT_EQ(stat(path, &there), 0);
    EXPECT_EQ(there.st_mode & 0777, 0640);
    EXPECT_EQ(count_entries(), 1);
    unlink(path);
}

TEST_BEGINS(a_draft_has_holes_and_is_there_as_a_whole_or_not_at_all, out)
{
    struct error error = {""};
    struct file_draft draft;
    struct stat there;
    const char *path = in_folder("sparse");
    EXPECT_EQ(file_write(path, "old", 3, &error), 0);
    REQUIRE(file_draft_open(&draft, path, &error) == 0);
    EXPECT_EQ(file_draft_put(&draft, 1 << 20, "far", 3, &error), 0);
    EXPECT_EQ(file_draft_put(&draft, 0, "near", 4, &error), 0);
    EXPECT_EQ(file_size(path, &(uint64_t){0}, &error), 0);
    EXPECT_EQ(file_draft_close(&draft, 2 << 20, 0, &error), 0);
    REQUIRE(stat(path, &there) == 0);
    EXPECT_EQ(there.st_size, 2 << 20);
    EXPECT(there.st_blocks * 512 < 1 << 20);
    EXPECT_EQ(file_read(path, 2 << 20, out, &error), 0);
    EXPECT_BYTES(out->bytes, "near\0", 5);
    EXPECT_BYTES(out->bytes + (1 << 20), "far\0", 4);

    REQUIRE(file_draft_open(&draft, path, &error) == 0);
    EXPECT_EQ(file_draft_close(&draft, 9, -EIO, &error), -EIO);
    EXPECT_EQ(stat(path, &there), 0);
    EXPECT_EQ(there.st_size, 2 << 20);
    EXPECT_EQ(count_entries(), 1);
    EXPECT_EQ(file_draft_open(&draft, "/dev/null", &error), -EINVAL);
    EXPECT_STR(error.text, "file '/dev/null': is no regular file");
    unlink(path);
}

TEST_BEGINS(zeros_are_written_as_holes_and_holes_read_as_zeros, out)
{
    enum { SIZE = 8 << 20 };
    OWNED(buffer_fini) struct buffer bytes = {0};
    struct stat there;
    const char *path = in_folder("holes");
    buffer_append_zeros(&bytes, SIZE);
    memcpy(bytes.bytes + (3 << 20), "in the middle", 13);
    EXPECT_EQ(file_write(path, bytes.bytes, SIZE, NULL), 0);
    REQUIRE(stat(path, &there) == 0);
    EXPECT_EQ(there.st_size, SIZE);
    EXPECT(there.st_blocks * 512 < 1 << 20);
    EXPECT_EQ(file_read(path, SIZE, out, NULL), 0);
    REQUIRE(out->size == SIZE);
    EXPECT_BYTES(out->bytes, bytes.bytes, SIZE);
    unlink(path);
}

TEST_BEGINS(what_is_too_large_is_refused_before_it_is_read, out)
{
    struct error error = {""};
    const char *path = in_folder("huge");
    REQUIRE(file_write(path, "", 0, NULL) == 0);
    REQUIRE(truncate(path, (off_t)1 << 40) == 0);
    EXPECT_EQ(file_read(path, 1 << 30, out, &error), -EFBIG);
    EXPECT(strstr(error.text, "limit of 1073741824 bytes") != NULL);
    EXPECT_EQ(out->capacity, 0);
    /* From a file without a size, no more is read than can be told to be too
     * much. */
    error_clear(&error);
    EXPECT_EQ(file_read("/dev/zero", 1 << 20, out, &error), -EFBIG);
    EXPECT(out->capacity < 4 << 20);
    error_clear(&error);
    EXPECT_EQ(file_read("/dev/zero", (size_t)1 << 40, out, &error), -EFBIG);
    EXPECT(strstr(error.text, "limit of 268435456 bytes") != NULL);
    unlink(path);
}

static char *link_target(const char *path)
{
    static char target[128];
    ssize_t size = readlink(path, target, sizeof(target) - 1);
    target[size > 0 ? size : 0] = '\0';
    return target;
}

TEST_BEGINS(a_symbolic_link_stays_and_what_it_leads_to_is_replaced, out)
{
    struct file_draft draft;
    struct error error = {""};
    char link[128];
    snprintf(link, sizeof(link), "%s", in_folder("link"));
    REQUIRE(mkdir(in_folder("there"), 0755) == 0);
    REQUIRE(symlink("there/real", link) == 0);
    /* It leads to nothing yet, then to a file. */
    for (unsigned turn = 0; turn < 2; turn++) {
        const char *text = turn == 0 ? "new" : "newer";
        EXPECT_EQ(file_write(link, text, strlen(text), &error), 0);
        EXPECT_STR(link_target(link), "there/real");
        buffer_clear(out);
        EXPECT_EQ(file_read(in_folder("there/real"), 9, out, &error), 0);
        EXPECT_STR(buffer_text(out), text);
    }
    REQUIRE(file_draft_open(&draft, link, &error) == 0);
    EXPECT_EQ(file_draft_put(&draft, 0, "piece", 5, &error), 0);
    EXPECT_EQ(file_draft_close(&draft, 5, 0, &error), 0);
    EXPECT_STR(link_target(link), "there/real");
    EXPECT_EQ(count_entries(), 2);

    unlink(link);
    REQUIRE(symlink("link", link) == 0);
    EXPECT_EQ(file_write(link, "", 0, &error), -ELOOP);
    /* A secret goes where its name is. */
    EXPECT_EQ(file_write_private(link, "key", 3, &error), 0);
    EXPECT_STR(link_target(link), "");
    unlink(link);
    unlink(in_folder("there/real"));
    rmdir(in_folder("there"));
}

static int make_file(const char *name)
{
    return open(in_folder(name), O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0600);
}

static bool is_there(const char *name)
{
    return access(in_folder(name), F_OK) == 0;
}

TEST(what_a_killed_process_left_goes_with_the_next_write)
{
    static const char *const others[] = {
        "flash.cairn-12345", "flash.cairn-1234567", "flash.cairn-12-456",
        "flash2.cairn-123456", "flash.tmp"};
    int left = make_file("flash.cairn-a1B2c3");
    int held = make_file("flash.cairn-d4E5f6");
    REQUIRE(left >= 0 && held >= 0);
    close(left);
    REQUIRE(flock(held, LOCK_EX) == 0);
    for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
        close(make_file(others[i]));
    }
    EXPECT_EQ(file_write(in_folder("flash"), "a", 1, NULL), 0);
    EXPECT(!is_there("flash.cairn-a1B2c3"));
    EXPECT(is_there("flash.cairn-d4E5f6"));
    for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
        test_case("%s", others[i]);
        EXPECT(is_there(others[i]));
        unlink(in_folder(others[i]));
    }
    close(held);
    EXPECT_EQ(file_write(in_folder("flash"), "b", 1, NULL), 0);
    EXPECT_EQ(count_entries(), 1);
    unlink(in_folder("flash"));
}

TEST_BEGINS(a_draft_under_way_is_not_taken_for_one_that_was_left, out)
{
    struct file_draft draft;
    struct error error = {""};
    char path[128];
    snprintf(path, sizeof(path), "%s", in_folder("twice"));
    REQUIRE(file_draft_open(&draft, path, &error) == 0);
    EXPECT_EQ(file_draft_put(&draft, 0, "slow", 4, &error), 0);
    EXPECT_EQ(file_write(path, "quick", 5, &error), 0);
    EXPECT_EQ(file_draft_close(&draft, 4, 0, &error), 0);
    EXPECT_EQ(file_read(path, 9, out, &error), 0);
    EXPECT_STR(buffer_text(out), "slow");
    EXPECT_EQ(count_entries(), 1);
    unlink(path);
}

TEST(places_of_a_file_are_read_and_a_change_is_noticed)
{
    struct error error = {""};
    struct file_stamp before;
    struct file_stamp after;
    char bytes[4] = "";
    uint64_t size = 0;
    int fd = -1;
    const char *path = in_folder("places");
    EXPECT_EQ(file_write(path, "0123456789", 10, &error), 0);
    REQUIRE(file_open(path, &fd, &size, &error) == 0);
    EXPECT_EQ(size, 10);
    EXPECT_EQ(file_read_at(fd, 3, bytes, 3, &error), 0);
    EXPECT_STR(bytes, "345");
    file_stamp(fd, &before);
    REQUIRE(truncate(path, 4) == 0);
    file_stamp(fd, &after);
    EXPECT_EQ(before.size, 10);
    EXPECT_EQ(after.size, 4);
    EXPECT_EQ(file_read_at(fd, 3, bytes, 3, &error), -EIO);
    EXPECT_STR(error.text,
               "byte 4: cannot be read: the file has become shorter");
    EXPECT_EQ(file_next_data(fd, 0), 0);
    EXPECT_EQ(file_next_data(fd, 4), UINT64_MAX);
    file_close(fd);
    error_clear(&error);
    EXPECT_EQ(file_open(in_folder(""), &fd, &size, &error), -EINVAL);
    unlink(in_folder("places"));
}

TEST(where_a_file_cannot_be_written_is_found_before)
{
    static const enum file_use uses[] = {FILE_IN_PLACE, FILE_REPLACED,
                                         FILE_DRAFTED};
    char path[128];
    snprintf(path, sizeof(path), "%s", in_folder("checked"));
    for (size_t i = 0; i < 3; i++) {
        test_case("%zu", i);
        EXPECT_EQ(file_check(path, uses[i], NULL), 0);
        EXPECT_EQ(file_check(folder, uses[i], NULL), -EISDIR);
        EXPECT_EQ(file_check("/nonexistent/file", uses[i], NULL), -ENOENT);
        EXPECT_EQ(file_check("/dev/null/file", uses[i], NULL), -ENOTDIR);
        EXPECT_EQ(file_check("", uses[i], NULL), -ENOENT);
        EXPECT_EQ(file_check("/dev/null", uses[i], NULL),
                  uses[i] == FILE_DRAFTED ? -EINVAL : 0);
        EXPECT(access(path, F_OK) != 0);
    }
}

TEST(a_private_file_is_for_its_owner_alone)
{
    struct stat there;
    const char *path = in_folder("d");
    EXPECT_EQ(file_write(path, "", 0, NULL), 0);
    EXPECT_EQ(file_write_private(path, "key", 3, NULL), 0);
    EXPECT_EQ(stat(path, &there), 0);
    EXPECT_EQ(there.st_mode & 0777, 0600);
    unlink(path);
    rmdir(folder);
}

TEST(devices_are_written_in_place)
{
    struct stat there;
    EXPECT_EQ(file_write("/dev/null", "abc", 3, NULL), 0);
    EXPECT_EQ(stat("/dev/null", &there), 0);
    EXPECT(S_ISCHR(there.st_mode));
}
