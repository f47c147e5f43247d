/* SPDX-License-Identifier: Apache-2.0 */
/* Each right to a place, by what a child that has it alone can do there. */
#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/bits.h"
#include "base/buffer.h"
#include "host/sandbox.h"
#include "tests/harness.h"

/* In the folder: 0, or the errno value that it met. */
typedef int attempt_function(void);

static int try_open(const char *name, int flags)
{
    const int fd = open(name, flags, 0600);
    if (fd < 0) {
        return errno;
    }
    close(fd);
    return 0;
}

static int read_file(void)
{
    return try_open("file", O_RDONLY | O_CLOEXEC);
}

static int list_folder(void)
{
    return try_open(".", O_RDONLY | O_CLOEXEC);
}

static int write_file(void)
{
    return try_open("file", O_WRONLY | O_CLOEXEC);
}

static int cut_file(void)
{
    return truncate("file", 0) ? errno : 0;
}

static int make_file(void)
{
    return try_open("new", O_WRONLY | O_CREAT | O_CLOEXEC);
}

static int remove_file(void)
{
    return unlink("file") ? errno : 0;
}

static int run_file(void)
{
    (void)execl("file", "file", NULL);
    return errno == ENOEXEC ? 0 : errno;
}

static int make_folder(void)
{
    return mkdir("new", 0700) ? errno : 0;
}

static int remove_folder(void)
{
    return rmdir("empty") ? errno : 0;
}

static int make_link(void)
{
    return symlink("file", "new") ? errno : 0;
}

static int make_fifo(void)
{
    return mkfifo("new", 0600) ? errno : 0;
}

static int use_fifo(void)
{
    return try_open("fifo", O_RDWR | O_CLOEXEC);
}

static int make_socket(void)
{
    const struct sockaddr_un name = {AF_UNIX, "new"};
    return bind(socket(AF_UNIX, SOCK_DGRAM, 0), (const struct sockaddr *)&name,
                sizeof(name))
               ? errno
               : 0;
}

static int move_file(void)
{
    return rename("file", "empty/file") ? errno : 0;
}

static const struct {
    const char *name;
    attempt_function *attempt;
    unsigned since; /* version of Landlock */
    unsigned rights;
} attempts[] = {
    {"read",          read_file,     1, SANDBOX_READ | SANDBOX_SHARE                   },
    {"list",          list_folder,   1, SANDBOX_READ | SANDBOX_REPLACE | SANDBOX_SHARE },
    {"write",         write_file,    1, SANDBOX_WRITE | SANDBOX_REPLACE | SANDBOX_SHARE},
    {"cut",           cut_file,      3, SANDBOX_WRITE | SANDBOX_REPLACE | SANDBOX_SHARE},
    {"make",          make_file,     1, SANDBOX_REPLACE | SANDBOX_SHARE                },
    {"remove",        remove_file,   1,
     SANDBOX_REPLACE | SANDBOX_SHARE | SANDBOX_REMOVE                                  },
    {"run",           run_file,      1, 0                                              }, /* it is read, too */
    {"make a folder", make_folder,   1, SANDBOX_SHARE                                  },
    {"remove one",    remove_folder, 1, SANDBOX_SHARE                                  },
    {"make a link",   make_link,     1, SANDBOX_SHARE                                  },
    {"make a fifo",   make_fifo,     1, SANDBOX_SHARE                                  },
    {"make a socket", make_socket,   1, SANDBOX_SHARE                                  },
    {"move",          move_file,     2, SANDBOX_SHARE                                  },
};

/* Tries it in a child with rights to the place, which leaves no descriptor
 * behind: its answer, or 255. */
static int try_with(const char *folder, const char *place, unsigned rights,
                    attempt_function *attempt)
{
    const struct sandbox_place given = {place, rights};
    int status = 0;
    const pid_t child = fork();
    if (child == 0) {
        alarm(30);
        const int next = dup(STDIN_FILENO);
        close(next);
        bool good = chdir(folder) == 0 && sandbox_files(&given, 1, 0) >= 0 &&
                    fcntl(next, F_GETFD) < 0;
        _exit(good ? attempt() : 255);
    }
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static char *make_place(char *folder)
{
    EXPECT(mkdtemp(folder) != NULL);
    char *file = xasprintf("%s/file", folder);
    char *empty = xasprintf("%s/empty", folder);
    const int fd = open(file, O_WRONLY | O_CREAT | O_CLOEXEC, 0700);
    EXPECT_EQ(write(fd, "1", 1), 1);
    close(fd);
    EXPECT_EQ(mkdir(empty, 0700), 0);
    free(empty);
    return file;
}

TEST(each_right_permits_what_it_says_and_no_more)
{
    static const unsigned rights[] = {SANDBOX_READ,    SANDBOX_WRITE,
                                      SANDBOX_REPLACE, SANDBOX_SHARE,
                                      SANDBOX_REMOVE,  SANDBOX_EXECUTE};
    const int version = sandbox_landlock();
    if (version <= 0) {
        SKIP("this kernel has no Landlock");
    }
    for (size_t i = 0; i < ARRAY_SIZE(attempts); i++) {
        for (size_t j = 0; j < ARRAY_SIZE(rights); j++) {
            char folder[] = "/tmp/cairn-rights-XXXXXX";
            OWNED(free_at) char *file = make_place(folder);
            const bool granted = attempts[i].rights & rights[j];
            const int refusal = attempts[i].attempt == move_file ? EXDEV : 0;
            test_case("%s with right %x", attempts[i].name, rights[j]);
            if ((unsigned)version >= attempts[i].since) {
                const int met =
                    try_with(folder, folder, rights[j], attempts[i].attempt);
                EXPECT(granted ? met == 0
                               : met == EACCES || (met == refusal && met));
            }
            OWNED(free_at) char *clean = xasprintf("rm -r %s", folder);
            EXPECT_EQ(system(clean), 0);
        }
    }
}

/* A file has of the rights those that are a file's. */
TEST(rights_to_a_file_are_of_the_file_alone)
{
    static const struct {
        attempt_function *attempt;
        unsigned rights;
        int met;
    } rows[] = {
        {read_file,   SANDBOX_SHARE,                  0     },
        {write_file,  SANDBOX_SHARE,                  0     },
        {write_file,  SANDBOX_REPLACE,                0     },
        {write_file,  SANDBOX_READ,                   EACCES},
        {run_file,    SANDBOX_READ | SANDBOX_EXECUTE, 0     },
        {remove_file, SANDBOX_SHARE,                  EACCES},
        {make_file,   SANDBOX_SHARE,                  EACCES},
        {list_folder, SANDBOX_SHARE,                  EACCES},
    };
    if (sandbox_landlock() <= 0) {
        SKIP("this kernel has no Landlock");
    }
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        char folder[] = "/tmp/cairn-rights-XXXXXX";
        OWNED(free_at) char *file = make_place(folder);
        test_case("row %zu", i);
        EXPECT_EQ(try_with(folder, file, rows[i].rights, rows[i].attempt),
                  rows[i].met);
        EXPECT_EQ(try_with(folder, "/no/where", rows[i].rights, read_file),
                  EACCES);
        OWNED(free_at) char *clean = xasprintf("rm -r %s", folder);
        EXPECT_EQ(system(clean), 0);
    }
}

/* A place is looked up and not opened, which would wait for the other end. */
TEST(a_fifo_needs_no_other_end_to_be_granted)
{
    char folder[] = "/tmp/cairn-rights-XXXXXX";
    if (sandbox_landlock() <= 0) {
        SKIP("this kernel has no Landlock");
    }
    EXPECT(mkdtemp(folder) != NULL);
    OWNED(free_at) char *fifo = xasprintf("%s/fifo", folder);
    EXPECT_EQ(mkfifo(fifo, 0600), 0);
    EXPECT_EQ(try_with(folder, fifo, SANDBOX_WRITE, use_fifo), EACCES);
    EXPECT_EQ(try_with(folder, fifo, SANDBOX_READ | SANDBOX_WRITE, use_fifo),
              0);
    EXPECT_EQ(unlink(fifo), 0);
    EXPECT_EQ(rmdir(folder), 0);
}
