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

TEST(a_keeper_does_what_it_was_started_for_and_nothing_else)
{
    char folder[] = "/tmp/keeper-test-XXXXXX";
    REQUIRE(mkdtemp(folder) != NULL);
    char *out = in(folder, "out");
    char *pipe = in(folder, "pipe");
    char *other = in(folder, "other");
    char *shared = in(folder, "shared");
    char *inner = in(folder, "shared/inner");
    char *sibling = in(folder, "shared-not");
    char *socket = in(folder, "socket");
    REQUIRE(mkdir(shared, 0700) == 0 && mkfifo(pipe, 0600) == 0);
    REQUIRE(file_write(out, "old", 3, NULL) == 0 && chmod(out, 0640) == 0);
    REQUIRE(file_write(other, "1", 1, NULL) == 0 && chmod(other, 0600) == 0);
    REQUIRE(file_write(inner, "1", 1, NULL) == 0);
    REQUIRE(file_write(sibling, "1", 1, NULL) == 0);
    REQUIRE(file_write(socket, "no socket", 9, NULL) == 0);
    const struct keeper_file files[] = {
        {out,    KEEPER_REPLACED},
        {pipe,   KEEPER_REPLACED},
        {socket, KEEPER_SOCKET  },
        {shared, KEEPER_FOLDER  },
    };
    struct error error = {""};
    struct buffer bytes = {0};
    bool regular = false;
    REQUIRE(keeper_start(files, ARRAY_SIZE(files), &error) == 0);

    /* The file is replaced, with the mode that it had. */
    EXPECT_EQ(file_write(out, "new text", 8, &error), 0);
    EXPECT_EQ(file_read(out, 100, &bytes, NULL), 0);
    EXPECT_STR(buffer_text(&bytes), "new text");
    EXPECT_EQ(mode_of(out), 0640);
    /* A draft that fails leaves the file, and no draft. */
    struct file_draft draft;
    EXPECT_EQ(file_draft_open(&draft, out, &error), 0);
    EXPECT_EQ(file_draft_put(&draft, 0, "half", 4, &error), 0);
    EXPECT_EQ(drafts(folder), 1);
    EXPECT_EQ(file_draft_close(&draft, 4, -ENOSPC, &error), -ENOSPC);
    EXPECT_EQ(drafts(folder), 0);
    buffer_clear(&bytes);
    EXPECT_EQ(file_read(out, 100, &bytes, NULL), 0);
    EXPECT_STR(buffer_text(&bytes), "new text");
    /* What has a reader is written where it is; a draft must be a file. */
    int reader = open(pipe, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    char text[8] = "";
    EXPECT_EQ(file_write(pipe, "piped", 5, &error), 0);
    EXPECT_EQ(read(reader, text, sizeof(text)), 5);
    EXPECT_STR(text, "piped");
    EXPECT_EQ(file_draft_open(&draft, pipe, &error), -EINVAL);
    close(reader);
    /* Places are those of the list, for their use. */
    EXPECT_EQ(keeper_find(other, KEEPER_REPLACED), -1);
    EXPECT_EQ(keeper_find(shared, KEEPER_REPLACED), -1);
    EXPECT(keeper_open(3, &regular, NULL) < 0);
    EXPECT(keeper_open(4, &regular, NULL) < 0);
    EXPECT(keeper_open(-1, &regular, NULL) < 0);
    /* What lies in a socket's place stays unless it is a socket. */
    keeper_remove(0);
    keeper_remove(keeper_find(socket, KEEPER_SOCKET));
    EXPECT(exists(out));
    EXPECT(exists(socket));
    /* Files outside the folder stay as they are. */
    EXPECT_EQ(change_mode(inner, 06751), 0);
    EXPECT_EQ(mode_of(inner), 0751);
    EXPECT_EQ(change_mode(shared, 0711), 0);
    EXPECT_EQ(change_mode(other, 0777), -EACCES);
    EXPECT_EQ(change_mode(sibling, 0777), -EACCES);
    EXPECT_EQ(mode_of(other), 0600);
    EXPECT_EQ(keeper_change(-1, &(struct keeper_change){.kind = KEEPER_MODE}),
              -EINVAL);
    /* A draft of a program that ends is removed. */
    EXPECT_EQ(file_draft_open(&draft, out, &error), 0);
    EXPECT_EQ(drafts(folder), 1);
    file_close(draft.fd);
    keeper_end();
    for (int i = 0; i < 500 && drafts(folder) != 0; i++) {
        usleep(10000);
    }
    EXPECT_EQ(drafts(folder), 0);
    char *clean = xasprintf("rm -r %s", folder);
    EXPECT_EQ(system(clean), 0);
    free(clean);
    buffer_fini(&bytes);
    free(out);
    free(pipe);
    free(other);
    free(shared);
    free(inner);
    free(sibling);
    free(socket);
}
