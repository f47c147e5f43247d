/* SPDX-License-Identifier: Apache-2.0 */
#include "host/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/bits.h"
#include "base/buffer.h"
#include "host/file.h"
#include "tests/harness.h"

/* An act that a sandboxed child is to try: 0, or the errno value that it met.
 */
typedef int attempt_function(const char *folder);

/* Runs it in a child, as a process cannot leave its sandbox. Returns its
 * answer, or 256 and the signal that ended it. */
static int try(const struct sandbox *asked, attempt_function *attempt,
               const char *folder)
{
    pid_t child = fork();
    if (child == 0) {
        struct sandbox sandbox = *asked;
        if (freopen("/dev/null", "w", stderr) == NULL) {
            _exit(255);
        }
        sandbox_enter(&sandbox);
        _exit(attempt(folder));
    }
    int status = 0;
    waitpid(child, &status, 0);
    return WIFSIGNALED(status) ? 256 + WTERMSIG(status) : WEXITSTATUS(status);
}

static int open_path(const char *folder, const char *name, int flags)
{
    char path[256];
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    int fd = open(path, flags, 0600);
    int code = fd < 0 ? errno : 0;
    if (fd >= 0) {
        close(fd);
    }
    return code;
}

static int read_named(const char *folder)
{
    return open_path(folder, "in/named", O_RDONLY);
}

static int read_other(const char *folder)
{
    return open_path(folder, "in/other", O_RDONLY);
}

static int read_link(const char *folder)
{
    return open_path(folder, "out/link", O_RDONLY);
}

static int write_named(const char *folder)
{
    return open_path(folder, "in/named", O_WRONLY);
}

static int make_beside(const char *folder)
{
    return open_path(folder, "in/new", O_WRONLY | O_CREAT);
}

static int move(const char *folder, const char *from, const char *to)
{
    char old[256];
    char new[256];
    snprintf(old, sizeof(old), "%s/%s", folder, from);
    snprintf(new, sizeof(new), "%s/%s", folder, to);
    return renameat(AT_FDCWD, old, AT_FDCWD, new) ? errno : 0;
}

static int replace_output(const char *folder)
{
    int code = open_path(folder, "out/draft", O_WRONLY | O_CREAT);
    return code ? code : move(folder, "out/draft", "out/result");
}

static int move_out(const char *folder)
{
    return move(folder, "out/result", "in/result");
}

static void write_file(const char *folder, const char *name)
{
    char path[256];
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    REQUIRE(file_write(path, "1", 1, NULL) == 0);
}

TEST(files_are_those_that_were_named)
{
    static const struct {
        const char *what;
        attempt_function *attempt;
        int met;
    } cases[] = {
        {"what is named is read",     read_named,     0     },
        {"nothing else is",           read_other,     EACCES},
        {"nor by a link",             read_link,      EACCES},
        {"what is read stays",        write_named,    EACCES},
        {"and nothing is put beside", make_beside,    EACCES},
        {"an output is replaced",     replace_output, 0     },
        {"and goes nowhere else",     move_out,       EACCES},
    };
    char folder[] = "/tmp/sandbox-test-XXXXXX";
    REQUIRE(mkdtemp(folder) != NULL);
    char *in = xasprintf("%s/in", folder);
    char *out = xasprintf("%s/out", folder);
    char *named = xasprintf("%s/in/named", folder);
    char *link = xasprintf("%s/out/link", folder);
    REQUIRE(mkdir(in, 0700) == 0 && mkdir(out, 0700) == 0);
    REQUIRE(symlink("../in/other", link) == 0);
    write_file(folder, "in/named");
    write_file(folder, "in/other");
    write_file(folder, "out/result");
    const struct sandbox_place places[] = {
        {named,       SANDBOX_READ   },
        {out,         SANDBOX_REPLACE},
        {"/no/where", SANDBOX_READ   },
    };
    const struct sandbox sandbox = {.places = places,
                                    .place_count = ARRAY_SIZE(places),
                                    .calls = SANDBOX_CHANGES};
    struct sandbox held = sandbox;
    int status = 0;
    pid_t child = fork();
    if (child == 0) {
        sandbox_enter(&held);
        _exit(held.files > 0 ? 0 : 1);
    }
    waitpid(child, &status, 0);
    for (size_t i = 0; status == 0 && i < ARRAY_SIZE(cases); i++) {
        test_case("%s", cases[i].what);
        EXPECT_EQ(try(&sandbox, cases[i].attempt, folder), cases[i].met);
    }
    char *clean = xasprintf("rm -r %s", folder);
    EXPECT_EQ(system(clean), 0);
    free(clean);
    free(in);
    free(out);
    free(named);
    free(link);
    if (status != 0) {
        SKIP("this kernel has no Landlock");
    }
}

static int connect_somewhere(const char *folder)
{
    (void)folder;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd < 0) {
        return errno;
    }
    close(fd);
    return 0;
}

static int start_program(const char *folder)
{
    (void)folder;
    execl("/bin/true", "true", NULL);
    return errno;
}

static int start_child(const char *folder)
{
    (void)folder;
    return fork() < 0 ? errno : 0;
}

static int make_code(const char *folder)
{
    (void)folder;
    void *address = mmap(NULL, 4096, PROT_READ | PROT_EXEC,
                         MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (address == MAP_FAILED) {
        return errno;
    }
    munmap(address, 4096);
    return 0;
}

static int turn_into_code(const char *folder)
{
    (void)folder;
    void *address = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    int code = mprotect(address, 4096, PROT_READ | PROT_EXEC) ? errno : 0;
    munmap(address, 4096);
    return code;
}

static int open_to_write(const char *folder)
{
    (void)folder;
    int fd = open("/dev/null", O_WRONLY);
    if (fd < 0) {
        return errno;
    }
    close(fd);
    return 0;
}

static pid_t parent __attribute__((aligned(4096)));

static int signal_others(const char *folder)
{
    (void)folder;
    return kill(parent, 0) ? errno : 0;
}

static int signal_itself(const char *folder)
{
    (void)folder;
    signal(SIGUSR1, SIG_IGN);
    return raise(SIGUSR1) || kill(getpid(), SIGUSR1) ? errno : 0;
}

static void *nothing(void *context)
{
    return context;
}

static int start_thread(const char *folder)
{
    (void)folder;
    pthread_t thread;
    int code = pthread_create(&thread, NULL, nothing, NULL);
    return code ? code : pthread_join(thread, NULL);
}

static int type_at_terminal(const char *folder)
{
    (void)folder;
    return ioctl(STDIN_FILENO, TIOCSTI, "x") ? errno : 0;
}

static int read_window(const char *folder)
{
    struct winsize size;
    (void)folder;
    return ioctl(STDIN_FILENO, TIOCGWINSZ, &size) && errno == EINVAL ? 1 : 0;
}

/* ---- Calls with a command argument --------------------------------------- */

/* The reading end of a pipe that was made before. */
static int input = -1;

static int command_of(int command, intptr_t value)
{
    return fcntl(input, command, value) < 0 ? errno : 0;
}

static int choose_signal(const char *folder)
{
    (void)folder;
    return command_of(F_SETSIG, SIGKILL);
}

static int choose_owner(const char *folder)
{
    (void)folder;
    return command_of(F_SETOWN, parent);
}

static int signal_at_input(const char *folder)
{
    (void)folder;
    return command_of(F_SETFL, O_ASYNC);
}

static int not_wait(const char *folder)
{
    (void)folder;
    return command_of(F_SETFL, O_NONBLOCK);
}

static int socket_of(int family, int type, int protocol)
{
    int fd = socket(family, type, protocol);
    if (fd >= 0) {
        close(fd);
    }
    /* The kernel may have echo requests or not. */
    return fd >= 0 ? 0 : errno;
}

static int use_tcp(const char *folder)
{
    (void)folder;
    return socket_of(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
}

static int use_udp(const char *folder)
{
    (void)folder;
    return socket_of(AF_INET6, SOCK_DGRAM, 0);
}

static int use_raw(const char *folder)
{
    (void)folder;
    return socket_of(AF_INET, SOCK_RAW, IPPROTO_ICMP);
}

static int use_local(const char *folder)
{
    (void)folder;
    return socket_of(AF_UNIX, SOCK_STREAM, 0);
}

static int use_other_protocol(const char *folder)
{
    (void)folder;
    return socket_of(AF_INET, SOCK_STREAM, IPPROTO_MPTCP);
}

static int make_set_id(const char *folder)
{
    (void)folder;
    return mknodat(AT_FDCWD, "/tmp", S_IFREG | S_ISUID | 0755, 0) ? errno : 0;
}

static int take_device(const char *folder)
{
    (void)folder;
    return setsockopt(STDIN_FILENO, SOL_SOCKET, SO_BINDTODEVICE, "lo", 2)
               ? errno
               : 0;
}

static int lock_pages(const char *folder)
{
    (void)folder;
    return madvise((void *)((uintptr_t)&parent & ~(uintptr_t)4095), 4096,
                   MADV_DONTFORK)
               ? errno
               : 0;
}

/* NOLINTBEGIN(readability-identifier-naming): theirs */
extern void __asan_init(void) __attribute__((weak));
extern void __tsan_init(void) __attribute__((weak));
/* NOLINTEND(readability-identifier-naming) */

TEST(calls_are_those_that_a_run_needs)
{
    enum { KILLED = 256 + SIGSYS };
    static const struct {
        const char *what;
        unsigned calls;
        attempt_function *attempt;
        int met;
        bool in_checked; /* builds with sanitizers do not allow more */
    } cases[] = {
        {"a socket",        SANDBOX_CHANGES, connect_somewhere,  KILLED,      true },
        {"a program",       0,               start_program,      KILLED,      true },
        {"a child",         0,               start_child,        KILLED,      false},
        {"among threads",   SANDBOX_THREADS, start_child,        EPERM,       false},
        {"code",            0,               make_code,          EACCES,      true },
        {"code of data",    0,               turn_into_code,     EACCES,      true },
        {"a file to write", 0,               open_to_write,      EACCES,      true },
        {"another process", 0,               signal_others,      EPERM,       false},
        {"the process",     0,               signal_itself,      0,           true },
        {"a thread",        SANDBOX_THREADS, start_thread,       0,           true },
        {"typing",          0,               type_at_terminal,   ENOTTY,      true },
        {"a terminal",      0,               read_window,        0,           true },
        {"a folder shared", SANDBOX_FOLDERS, connect_somewhere,  KILLED,      true },
        {"shared, changed", SANDBOX_CHANGES, connect_somewhere,  KILLED,      true },
        {"a signal chosen", 0,               choose_signal,      EPERM,       false},
        {"and its process", 0,               choose_owner,       EPERM,       false},
        {"when it comes",   0,               signal_at_input,    EPERM,       false},
        {"not to wait",     0,               not_wait,           0,           true },
        {"TCP",             SANDBOX_NETWORK, use_tcp,            0,           true },
        {"UDP",             SANDBOX_NETWORK, use_udp,            0,           true },
        {"raw packets",     SANDBOX_NETWORK, use_raw,            EACCES,      true },
        {"local sockets",   SANDBOX_NETWORK, use_local,          EACCES,      true },
        {"odd protocols",   SANDBOX_NETWORK, use_other_protocol, EACCES,      true },
        {"set-id files",    SANDBOX_CHANGES, make_set_id,        EPERM,       true },
        {"a network card",  SANDBOX_NETWORK, take_device,        ENOPROTOOPT, true },
        {"other advice",    0,               lock_pages,         EINVAL,      false},
    };
    int ends[2];
    REQUIRE(pipe(ends) == 0);
    input = ends[0];
    parent = getpid();
    bool checked = __asan_init != NULL || __tsan_init != NULL;
    struct sandbox probe = {0};
    int status = 0;
    pid_t child = fork();
    if (child == 0) {
        sandbox_enter(&probe);
        _exit(probe.table > 0 ? 0 : 1);
    }
    waitpid(child, &status, 0);
    if (status != 0) {
        SKIP("this host filters no calls");
    }
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        const struct sandbox sandbox = {.calls = cases[i].calls};
        int met =
            checked && cases[i].met == KILLED ? 256 + SIGABRT : cases[i].met;
        test_case("%s", cases[i].what);
        if (!checked || cases[i].in_checked) {
            EXPECT_EQ(try(&sandbox, cases[i].attempt, ""), met);
        }
    }
    close(ends[0]);
    close(ends[1]);
}

TEST(what_held_is_told)
{
    static const struct {
        int files;
        int table;
        const char *text;
    } cases[] = {
        {2,       40,      "Landlock (files), seccomp (40 calls)"   },
        {-ENOSYS, 40,
         "seccomp (40 calls); Landlock not available: Function not "
         "implemented"                                              },
        {1,       -EINVAL,
         "Landlock (files); seccomp not available: Invalid argument"},
        {-ENOSYS, -ENOSYS, "not available: Function not implemented"},
        {-ENOSYS, -EINVAL,
         "not available: Landlock: Function not implemented, seccomp: Invalid "
         "argument"                                                 },
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        const struct sandbox held = {.files = cases[i].files,
                                     .table = cases[i].table};
        char text[160];
        sandbox_describe(&held, text, sizeof(text));
        EXPECT_STR(text, cases[i].text);
    }
}
