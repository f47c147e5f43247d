/* SPDX-License-Identifier: Apache-2.0 */
#include "host/keeper.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/bits.h"
#include "base/buffer.h"
#include "host/file.h"
#include "host/sandbox.h"
#include "tests/harness.h"

static char *in(const char *folder, const char *name)
{
    return xasprintf("%s/%s", folder, name);
}

static mode_t mode_of(const char *path)
{
    struct stat there = {0};
    return stat(path, &there) == 0 ? there.st_mode & 07777 : 0;
}

static bool exists(const char *path)
{
    return access(path, F_OK) == 0;
}

/* Drafts that are left in the folder, by their number. */
static int drafts(const char *folder)
{
    char *line = xasprintf("exit $(ls -A %s | grep -c cairn-)", folder);
    int status = system(line);
    free(line);
    return WEXITSTATUS(status);
}

static int change_mode(const char *path, uint32_t mode)
{
    int fd = open(path, O_PATH | O_CLOEXEC);
    int code = keeper_change(
        fd, &(struct keeper_change){.kind = KEEPER_MODE, .mode = mode});
    close(fd);
    return code;
}

/* ---- The folder of a test ------------------------------------------------ */

static struct {
    char folder[32];
    char *out;
    char *pipe;
    char *other;
    char *shared;
    char *inner;
    char *sibling;
    char *socket;
} here;

static void put(const char *path)
{
    REQUIRE(file_write(path, "old", 3, NULL) == 0 && chmod(path, 0640) == 0);
}

static void begin(void)
{
    struct error error = {""};
    strcpy(here.folder, "/tmp/keeper-test-XXXXXX");
    REQUIRE(mkdtemp(here.folder) != NULL);
    here.out = in(here.folder, "out");
    here.pipe = in(here.folder, "pipe");
    here.other = in(here.folder, "other");
    here.shared = in(here.folder, "shared");
    here.inner = in(here.folder, "shared/inner");
    here.sibling = in(here.folder, "shared-not");
    here.socket = in(here.folder, "socket");
    REQUIRE(mkdir(here.shared, 0700) == 0 && mkfifo(here.pipe, 0600) == 0);
    put(here.out);
    put(here.other);
    put(here.inner);
    put(here.sibling);
    put(here.socket);
    const struct keeper_file files[] = {
        {here.out,    KEEPER_REPLACED},
        {here.pipe,   KEEPER_REPLACED},
        {here.socket, KEEPER_SOCKET  },
        {here.shared, KEEPER_FOLDER  },
    };
    REQUIRE(keeper_start(files, ARRAY_SIZE(files), &error) == 0);
}

static void end(void)
{
    char *clean = xasprintf("rm -r %s", here.folder);
    keeper_end();
    EXPECT_EQ(system(clean), 0);
    free(clean);
    free(here.out);
    free(here.pipe);
    free(here.other);
    free(here.shared);
    free(here.inner);
    free(here.sibling);
    free(here.socket);
}

static void expect_out(const char *text)
{
    OWNED(buffer_fini) struct buffer bytes = {0};
    EXPECT_EQ(file_read(here.out, 100, &bytes, NULL), 0);
    EXPECT_STR(buffer_text(&bytes), text);
}

/* ---- Tests --------------------------------------------------------------- */

TEST(a_file_is_replaced_with_its_mode_or_left_as_it_was)
{
    struct file_draft draft;
    begin();
    EXPECT_EQ(file_write(here.out, "new text", 8, NULL), 0);
    expect_out("new text");
    EXPECT_EQ(mode_of(here.out), 0640);
    EXPECT_EQ(file_draft_open(&draft, here.out, NULL), 0);
    EXPECT_EQ(file_draft_put(&draft, 0, "half", 4, NULL), 0);
    EXPECT_EQ(drafts(here.folder), 1);
    EXPECT_EQ(file_draft_close(&draft, 4, -ENOSPC, NULL), -ENOSPC);
    EXPECT_EQ(drafts(here.folder), 0);
    expect_out("new text");
    end();
}

TEST(what_is_no_file_is_written_where_it_is)
{
    struct file_draft draft;
    char text[8] = "";
    begin();
    int reader = open(here.pipe, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    EXPECT_EQ(file_write(here.pipe, "piped", 5, NULL), 0);
    EXPECT_EQ(read(reader, text, sizeof(text)), 5);
    EXPECT_STR(text, "piped");
    EXPECT_EQ(file_draft_open(&draft, here.pipe, NULL), -EINVAL);
    close(reader);
    end();
}

TEST(places_are_those_of_the_list_for_their_use)
{
    bool regular = false;
    begin();
    EXPECT_EQ(keeper_find(here.other, KEEPER_REPLACED), -1);
    EXPECT_EQ(keeper_find(here.shared, KEEPER_REPLACED), -1);
    EXPECT(keeper_open(3, &regular, NULL) < 0);
    EXPECT(keeper_open(4, &regular, NULL) < 0);
    EXPECT(keeper_open(-1, &regular, NULL) < 0);
    /* A file that lies in a socket's place stays unless it is a socket. */
    keeper_remove(0);
    keeper_remove(keeper_find(here.socket, KEEPER_SOCKET));
    EXPECT(exists(here.out));
    EXPECT(exists(here.socket));
    end();
}

TEST(files_change_in_the_folder_alone)
{
    begin();
    EXPECT_EQ(change_mode(here.inner, 06751), 0);
    EXPECT_EQ(mode_of(here.inner), 0751);
    EXPECT_EQ(change_mode(here.shared, 0711), 0);
    EXPECT_EQ(change_mode(here.other, 0777), -EACCES);
    EXPECT_EQ(change_mode(here.sibling, 0777), -EACCES);
    EXPECT_EQ(mode_of(here.other), 0640);
    EXPECT_EQ(keeper_change(-1, &(struct keeper_change){.kind = KEEPER_MODE}),
              -EINVAL);
    end();
}

/* Waits for the keeper, which ends by itself. */
TEST(a_draft_of_a_program_that_ends_is_removed)
{
    struct file_draft draft;
    begin();
    EXPECT_EQ(file_draft_open(&draft, here.out, NULL), 0);
    EXPECT_EQ(drafts(here.folder), 1);
    file_close(draft.fd);
    keeper_end();
    for (int i = 0; i < 500 && drafts(here.folder) != 0; i++) {
        usleep(10000);
    }
    EXPECT_EQ(drafts(here.folder), 0);
    expect_out("old");
    end();
}
