/* SPDX-License-Identifier: Apache-2.0 */
#include "host/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/bits.h"
#include "base/buffer.h"
#include "tests/harness.h"

/* A folder, and another beside it that must stay unreachable. */
struct places {
    char root[32];
    char inside[64];
    int folder;
};

static void make_file(const char *folder, const char *name)
{
    char path[128];
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    if (file) {
        fputs("text", file);
        fclose(file);
    }
}

static void link_to(const struct places *places, const char *target,
                    const char *name)
{
    char path[128];
    snprintf(path, sizeof(path), "%s/%s", places->inside, name);
    EXPECT_EQ(symlink(target, path), 0);
}

static bool set_up(struct places *places)
{
    char sub[96];
    strcpy(places->root, "/tmp/cairn-folder-XXXXXX");
    if (!mkdtemp(places->root)) {
        return false;
    }
    snprintf(places->inside, sizeof(places->inside), "%s/inside", places->root);
    snprintf(sub, sizeof(sub), "%s/sub", places->inside);
    mkdir(places->inside, 0700);
    mkdir(sub, 0700);
    make_file(places->root, "secret");
    make_file(places->inside, "file");
    make_file(sub, "file");
    link_to(places, "../secret", "link");
    link_to(places, "..", "up");
    link_to(places, "sub", "within");
    places->folder = folder_open(places->inside, NULL);
    return places->folder >= 0;
}

static void tear_down(struct places *places)
{
    char command[64];
    close(places->folder);
    snprintf(command, sizeof(command), "rm -rf '%s'", places->root);
    EXPECT_EQ(system(command), 0);
}

static int open_and_close(int folder, const char *name, int flags)
{
    int fd = folder_open_file(folder, name, flags);
    if (fd >= 0) {
        close(fd);
        return 0;
    }
    return fd;
}

FIXTURE(struct places, places, tear_down)
FIXTURE_BEGIN(places, REQUIRE(set_up(places)))

TEST_ON(names_lead_to_files_below_the_folder_and_nowhere_else, places)
{
    static const struct {
        const char *name;
        int code;
    } cases[] = {
        {"file",             0       },
        {"sub/file",         0       },
        {"none",             -ENOENT },
        {"none/file",        -ENOENT },
        {"",                 -EACCES },
        {"/",                -EACCES },
        {".",                -EACCES },
        {"..",               -EACCES },
        {"./file",           -EACCES },
        {"sub",              -EACCES },
        {"sub/",             -EACCES },
        {"sub//file",        -EACCES },
        {"/etc/passwd",      -EACCES },
        {"../secret",        -EACCES },
        {"sub/../../secret", -EACCES },
        {"link",             -EACCES },
        {"up/secret",        -ENOTDIR},
        {"within/file",      -ENOTDIR},
        {"file/x",           -ENOTDIR},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        test_case("'%s'", cases[i].name);
        EXPECT_EQ(open_and_close(places->folder, cases[i].name, O_RDONLY),
                  cases[i].code);
    }
}

TEST_ON(nothing_is_made_removed_or_renamed_outside, places)
{
    char secret[64];
    snprintf(secret, sizeof(secret), "%s/secret", places->root);
    EXPECT_EQ(open_and_close(places->folder, "../new", O_WRONLY | O_CREAT),
              -EACCES);
    EXPECT_EQ(open_and_close(places->folder, "link", O_WRONLY | O_CREAT),
              -EACCES);
    EXPECT_EQ(folder_remove(places->folder, "../secret"), -EACCES);
    EXPECT_EQ(folder_remove(places->folder, "up/secret"), -ENOTDIR);
    EXPECT_EQ(folder_rename(places->folder, "../secret", "mine"), -EACCES);
    EXPECT_EQ(folder_rename(places->folder, "file", "../secret"), -EACCES);
    EXPECT_EQ(folder_rename(places->folder, "file", "up/secret"), -ENOTDIR);
    EXPECT_EQ(access(secret, F_OK), 0);
    /* The link goes, not what it leads to. */
    EXPECT_EQ(folder_remove(places->folder, "link"), 0);
    EXPECT_EQ(access(secret, F_OK), 0);
    EXPECT_EQ(folder_rename(places->folder, "file", "sub/other"), 0);
    EXPECT_EQ(open_and_close(places->folder, "sub/other", O_RDONLY), 0);
    EXPECT_EQ(folder_remove(places->folder, "sub/other"), 0);
    EXPECT_EQ(folder_remove(places->folder, "sub/other"), -ENOENT);
}

TEST_ON(pipes_are_refused_without_waiting_for_their_other_end, places)
{
    char path[96];
    snprintf(path, sizeof(path), "%s/pipe", places->inside);
    REQUIRE(mkfifo(path, 0600) == 0);
    EXPECT_EQ(open_and_close(places->folder, "pipe", O_RDONLY), -EACCES);
    EXPECT(open_and_close(places->folder, "pipe", O_WRONLY) < 0);
}

TEST_ON(bytes_are_read_and_written_where_the_offset_says, places)
{
    char bytes[8] = "";
    int file = folder_open_file(places->folder, "new", O_RDWR | O_CREAT);
    REQUIRE(file >= 0);
    EXPECT_EQ(folder_write_at(file, "world", 5, 2), 5);
    EXPECT_EQ(folder_read_at(file, bytes, sizeof(bytes), 0), 7);
    EXPECT_BYTES(bytes, "\0\0world", 7);
    EXPECT_EQ(folder_read_at(file, bytes, 1, 7), 0);
    close(file);
    EXPECT_EQ(folder_read_at(-1, bytes, 1, 0), -EBADF);
    EXPECT_EQ(folder_write_at(-1, bytes, 1, 0), -EBADF);
}

TEST_ON(a_folder_holds_what_paths_lead_to, places)
{
    static const struct {
        const char *folder;
        const char *path;
        bool holds;
    } rows[] = {
        {"inside",     "inside/file",        true },
        {"inside",     "inside/sub/file",    true },
        {"inside",     "inside/within/file", true },
        {"inside/",    "inside/sub/../file", true },
        {"inside",     "inside",             true },
        {"/",          "inside/file",        true },
        {"inside/sub", "inside/file",        false},
        {"inside/sub", "inside/sub/../file", false},
        {"inside",     "secret",             false},
        {"inside",     "inside/link",        false},
        {"inside",     "inside/up/secret",   false},
        {"insid",      "inside/file",        false},
        {"inside",     "inside/none",        false},
        {"none",       "inside/file",        false},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        char *folder = rows[i].folder[0] == '/'
                           ? xstrdup(rows[i].folder)
                           : xasprintf("%s/%s", places->root, rows[i].folder);
        char *path = xasprintf("%s/%s", places->root, rows[i].path);
        test_case("%s in %s", rows[i].path, rows[i].folder);
        EXPECT_EQ(folder_holds(folder, path), rows[i].holds);
        free(folder);
        free(path);
    }
}
