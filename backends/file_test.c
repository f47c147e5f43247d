/* SPDX-License-Identifier: Apache-2.0 */
/* Files that take output: how they are made, and disks that are full. */
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "base/bits.h"
#include "host/file.h"
#include "tests/character_end.h"

TEST(a_file_takes_what_is_written)
{
    char path[] = "/tmp/cairn-character-XXXXXX";
    int fd = mkstemp(path);
    OWNED(free_at) char *what = xasprintf("file:%s", path);
    struct port port;
    struct buffer read = {0};
    EXPECT_EQ(write(fd, "old and long", 12), 12);
    close(fd);
    EXPECT_EQ(port_open(&port, what, NULL), 0);
    character_write(port.character, "new", 3);
    errno = EIO; /* of another call */
    EXPECT_EQ(character_end(port.character, NULL), 0);
    /* The descriptor may be another's then. */
    fd = dup(STDERR_FILENO);
    port_close(&port);
    EXPECT_EQ(close(fd), 0);
    EXPECT_EQ(file_read(path, 100, &read, NULL), 0);
    EXPECT_STR(buffer_text(&read), "new");
    buffer_fini(&read);
    unlink(path);
}

TEST(a_file_for_which_there_is_no_room_is_reported_once)
{
    OWNED(port_close) struct port port = {0};
    EXPECT_EQ(port_open(&port, "file:/dev/full", NULL), 0);
    say(&port, "1"); /* a byte alone */
    character_flush(port.character);
    character_flush(port.character);
    EXPECT_STR(buffer_text(&port.troubles),
               "cannot write '/dev/full', output is lost: No space left on "
               "device\n");
    struct error error = {""};
    EXPECT_EQ(character_end(port.character, &error), -ENOSPC);
    EXPECT_STR(error.text,
               "file '/dev/full': cannot be written: No space left on device");
}

TEST(a_file_is_made_for_all_whom_the_mask_lets)
{
    char path[] = "/tmp/cairn-character-XXXXXX";
    struct port port;
    struct stat there = {.st_mode = 0};
    close(mkstemp(path));
    REQUIRE(unlink(path) == 0);
    OWNED(free_at) char *what = xasprintf("file:%s", path);
    const mode_t mask = umask(022);
    EXPECT_EQ(port_open(&port, what, NULL), 0);
    (void)umask(mask);
    EXPECT_EQ(stat(path, &there), 0);
    EXPECT_EQ(there.st_mode & 0777, 0644);
    port_close(&port);
    unlink(path);
}

/* The disk is full, takes a byte, and is full again. */
TEST(trouble_is_told_of_again_when_there_was_none_between)
{
    static const rlim_t rows[] = {0, 1, 1};
    char path[] = "/tmp/cairn-character-XXXXXX";
    struct rlimit before;
    struct port port;
    close(mkstemp(path));
    OWNED(free_at) char *what = xasprintf("file:%s", path);
    REQUIRE(getrlimit(RLIMIT_FSIZE, &before) == 0);
    EXPECT_EQ(port_open(&port, what, NULL), 0);
    void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
    character_write(port.character, "12", 2);
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        const struct rlimit few = {rows[i], before.rlim_max};
        (void)setrlimit(RLIMIT_FSIZE, &few);
        character_flush(port.character);
        (void)setrlimit(RLIMIT_FSIZE, &before);
        EXPECT_EQ(byte_queue_size(&port.character->out), 2 - rows[i]);
    }
    (void)signal(SIGXFSZ, handler);
    OWNED(free_at)
    char *said = xasprintf(
        "cannot write '%s', output is lost: File too large\n"
        "cannot write '%s', output is lost: File too large\n",
        path, path);
    EXPECT_STR(buffer_text(&port.troubles), said);
    port_close(&port);
    unlink(path);
}

/* An error of which only the close tells, as on a disk of another host. */
TEST(a_file_that_cannot_be_closed_is_reported)
{
    struct error error = {""};
    OWNED(port_close)
    struct port port = {.loop = loop_create(NULL),
                        .input = fcntl(STDIN_FILENO, F_GETFD)};
    const int fd = test_next_descriptor();
    EXPECT_EQ(port_begin(&port, "file:/dev/null", &error), 0);
    EXPECT_EQ(close(fd), 0);
    EXPECT_EQ(character_end(port.character, &error), -EBADF);
    EXPECT_STR(error.text,
               "file '/dev/null': cannot be written: Bad file descriptor");
}
