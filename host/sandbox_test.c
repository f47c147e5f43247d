/* SPDX-License-Identifier: Apache-2.0 */
#include "host/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/bits.h"
#include "base/buffer.h"
#include "host/file.h"
#include "host/sandbox_calls.h"
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

/* ---- What this host has -------------------------------------------------- */

/* NOLINTBEGIN(readability-identifier-naming): theirs */
extern void __asan_init(void) __attribute__((weak));
extern void __tsan_init(void) __attribute__((weak));
extern void __gcov_exit(void) __attribute__((weak));
/* NOLINTEND(readability-identifier-naming) */

/* The version of Landlock that must hold, by the kernel's own word; 0: none. */
static int kernel_version(void)
{
    long version = syscall(SYS_landlock_create_ruleset, NULL, 0,
                           LANDLOCK_CREATE_RULESET_VERSION);
    return __gcov_exit != NULL || version < 0 ? 0 : (int)version;
}

static bool kernel_filters(void)
{
    const uint32_t action = SECCOMP_RET_KILL_PROCESS;
    return __gcov_exit == NULL && sandbox_architecture != 0 &&
           syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0;
}

static int held_files(const struct sandbox *sandbox)
{
    return sandbox->files;
}

static int held_calls(const struct sandbox *sandbox)
{
    return sandbox->table;
}

/* The fact that a sandboxed child reports of its sandbox, of 8 bits. */
static int in_force(const struct sandbox *asked,
                    int (*held)(const struct sandbox *sandbox))
{
    pid_t child = fork();
    if (child == 0) {
        struct sandbox sandbox = *asked;
        sandbox_enter(&sandbox);
        _exit(held(&sandbox));
    }
    int status = 0;
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* ---- Files --------------------------------------------------------------- */

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
    const int version = kernel_version();
    if (version > 0) {
        EXPECT_EQ(in_force(&sandbox, held_files), version);
    }
    for (size_t i = 0; version > 0 && i < ARRAY_SIZE(cases); i++) {
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
    if (version <= 0) {
        SKIP("this kernel has no Landlock, or the program is instrumented");
    }
}

/* ---- Landlock alone ------------------------------------------------------ */

static int cut_named(const char *folder)
{
    char path[256];
    snprintf(path, sizeof(path), "%s/named", folder);
    return truncate(path, 0) ? errno : 0;
}

static int run_named(const char *folder)
{
    char path[256];
    snprintf(path, sizeof(path), "%s/program", folder);
    execl(path, "program", NULL);
    return errno;
}

static int link_named(const char *folder)
{
    char path[256];
    snprintf(path, sizeof(path), "%s/link", folder);
    return symlink("named", path) ? errno : 0;
}

static int control_device(const char *folder)
{
    int number = 0;
    int fd = open("/dev/ptmx", O_RDONLY | O_NOCTTY);
    return fd < 0 || ioctl(fd, TIOCGPTN, &number) ? errno : 0;
}

static int use_port(const char *folder)
{
    const struct sockaddr_in any = {.sin_family = AF_INET};
    return bind(socket(AF_INET, SOCK_STREAM, 0), (const struct sockaddr *)&any,
                sizeof(any))
               ? errno
               : 0;
}

/* Connects to the abstract name of a socket from outside of the sandbox. */
static int reach_abstract(const char *folder)
{
    const struct sockaddr_un peer = {AF_UNIX, "\0cairn-sandbox-test"};
    return connect(socket(AF_UNIX, SOCK_DGRAM, 0),
                   (const struct sockaddr *)&peer, sizeof(peer))
               ? errno
               : 0;
}

/* The answer of a child that sandbox_files alone holds. */
static int try_files(const struct sandbox_place *place, unsigned calls,
                     attempt_function *attempt, const char *folder)
{
    pid_t child = fork();
    if (child == 0) {
        if (sandbox_files(place, 1, calls) != kernel_version()) {
            _exit(255);
        }
        _exit(attempt(folder));
    }
    int status = 0;
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* Makes this process one of a kernel without Landlock. */
static bool lack_landlock(void)
{
    const struct sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_landlock_create_ruleset, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    const struct sock_fprog all = {ARRAY_SIZE(filter),
                                   (void *)(uintptr_t)filter};
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &all) == 0;
}

TEST(a_kernel_without_landlock_is_told)
{
    if (!kernel_filters()) {
        SKIP("this host filters no calls, or the program is instrumented");
    }
    pid_t child = fork();
    if (child == 0) {
        _exit(lack_landlock() && sandbox_landlock() == -ENOSYS &&
                      sandbox_files(NULL, 0, 0) == -ENOSYS
                  ? 0
                  : 1);
    }
    int status = 0;
    waitpid(child, &status, 0);
    EXPECT_EQ(status, 0);
}

TEST(each_version_of_landlock_adds_its_rights)
{
    static const struct {
        const char *path; /* NULL: the folder */
        attempt_function *attempt;
        int since; /* version of Landlock */
        unsigned rights;
        unsigned calls;
        int met;
    } cases[] = {
        {NULL,   run_named,      1, SANDBOX_READ,                   0,               EACCES },
        {NULL,   run_named,      1, SANDBOX_READ | SANDBOX_EXECUTE, 0,               ENOEXEC},
        {NULL,   link_named,     1, SANDBOX_REPLACE,                0,               EACCES },
        {NULL,   link_named,     1, SANDBOX_SHARE,                  0,               0      },
        {NULL,   cut_named,      3, SANDBOX_READ,                   0,               EACCES },
        {NULL,   cut_named,      3, SANDBOX_WRITE,                  0,               0      },
        {NULL,   use_port,       4, SANDBOX_READ,                   0,               EACCES },
        {NULL,   use_port,       4, SANDBOX_READ,                   SANDBOX_NETWORK, 0      },
        {"/dev", control_device, 5, SANDBOX_READ,                   0,               EACCES },
        {NULL,   reach_abstract, 6, SANDBOX_READ,                   0,               EPERM  },
    };
    const struct sockaddr_un name = {AF_UNIX, "\0cairn-sandbox-test"};
    char folder[] = "/tmp/sandbox-test-XXXXXX";
    const int peer = socket(AF_UNIX, SOCK_DGRAM, 0);
    if (kernel_version() == 0) {
        SKIP("this kernel has no Landlock, or the program is instrumented");
    }
    REQUIRE(mkdtemp(folder) != NULL);
    REQUIRE(bind(peer, (const struct sockaddr *)&name, sizeof(name)) == 0);
    write_file(folder, "named");
    write_file(folder, "program");
    char *path = xasprintf("%s/program", folder);
    REQUIRE(chmod(path, 0700) == 0);
    free(path);
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        const struct sandbox_place place = {
            cases[i].path ? cases[i].path : folder, cases[i].rights};
        test_case("case %zu", i);
        if (kernel_version() >= cases[i].since) {
            EXPECT_EQ(
                try_files(&place, cases[i].calls, cases[i].attempt, folder),
                cases[i].met);
        }
    }
    close(peer);
    path = xasprintf("rm -r %s", folder);
    EXPECT_EQ(system(path), 0);
    free(path);
}

/* ---- Calls --------------------------------------------------------------- */

static int connect_somewhere(const char *folder)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd < 0) {
        return errno;
    }
    close(fd);
    return 0;
}

static int receive_message(const char *folder)
{
    struct msghdr message = {0};
    return recvmsg(STDIN_FILENO, &message, 0) < 0 ? errno : 0;
}

static void *connect_thread(void *context)
{
    connect_somewhere(NULL);
    return context;
}

/* A thread whose call is refused takes all of the process with it. */
static int connect_in_thread(const char *folder)
{
    pthread_t thread;
    int code = pthread_create(&thread, NULL, connect_thread, NULL);
    return code ? code : pthread_join(thread, NULL);
}

static void ignore_signal(int number)
{
}

/* And no handler of a signal makes anything of it. */
static int connect_with_handler(const char *folder)
{
    signal(SIGSYS, ignore_signal);
    return connect_somewhere(folder);
}

static int start_program(const char *folder)
{
    execl("/bin/true", "true", NULL);
    return errno;
}

static int start_child(const char *folder)
{
    return fork() < 0 ? errno : 0;
}

static int make_code(const char *folder)
{
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
    void *address = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    int code = mprotect(address, 4096, PROT_READ | PROT_EXEC) ? errno : 0;
    munmap(address, 4096);
    return code;
}

static int open_to_write(const char *folder)
{
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
    return kill(parent, 0) ? errno : 0;
}

static int signal_itself(const char *folder)
{
    signal(SIGUSR1, SIG_IGN);
    return raise(SIGUSR1) || kill(getpid(), SIGUSR1) ? errno : 0;
}

static void *nothing(void *context)
{
    return context;
}

static int start_thread(const char *folder)
{
    pthread_t thread;
    int code = pthread_create(&thread, NULL, nothing, NULL);
    return code ? code : pthread_join(thread, NULL);
}

static int type_at_terminal(const char *folder)
{
    return ioctl(STDIN_FILENO, TIOCSTI, "x") ? errno : 0;
}

static int read_window(const char *folder)
{
    struct winsize size;
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
    return command_of(F_SETSIG, SIGKILL);
}

static int choose_owner(const char *folder)
{
    return command_of(F_SETOWN, parent);
}

static int signal_at_input(const char *folder)
{
    return command_of(F_SETFL, O_ASYNC);
}

static int not_wait(const char *folder)
{
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
    return socket_of(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
}

static int use_udp(const char *folder)
{
    return socket_of(AF_INET6, SOCK_DGRAM, 0);
}

static int use_raw(const char *folder)
{
    return socket_of(AF_INET, SOCK_RAW, IPPROTO_ICMP);
}

static int use_local(const char *folder)
{
    return socket_of(AF_UNIX, SOCK_STREAM, 0);
}

static int use_other_protocol(const char *folder)
{
    return socket_of(AF_INET, SOCK_STREAM, IPPROTO_MPTCP);
}

static int make_set_id(const char *folder)
{
    return mknodat(AT_FDCWD, "/tmp", S_IFREG | S_ISUID | 0755, 0) ? errno : 0;
}

static int take_device(const char *folder)
{
    return setsockopt(STDIN_FILENO, SOL_SOCKET, SO_BINDTODEVICE, "lo", 2)
               ? errno
               : 0;
}

static int lock_pages(const char *folder)
{
    return madvise((void *)((uintptr_t)&parent & ~(uintptr_t)4095), 4096,
                   MADV_DONTFORK)
               ? errno
               : 0;
}

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
        {"a socket",        SANDBOX_CHANGES, connect_somewhere,    KILLED,      true },
        {"in a thread",     SANDBOX_THREADS, connect_in_thread,    KILLED,      true },
        {"with a handler",  0,               connect_with_handler, KILLED,      false},
        {"a message",       0,               receive_message,      KILLED,      true },
        {"a program",       0,               start_program,        KILLED,      true },
        {"a child",         0,               start_child,          KILLED,      false},
        {"among threads",   SANDBOX_THREADS, start_child,          EPERM,       false},
        {"code",            0,               make_code,            EACCES,      true },
        {"code of data",    0,               turn_into_code,       EACCES,      true },
        {"a file to write", 0,               open_to_write,        EACCES,      true },
        {"another process", 0,               signal_others,        EPERM,       false},
        {"the process",     0,               signal_itself,        0,           true },
        {"a thread",        SANDBOX_THREADS, start_thread,         0,           true },
        {"typing",          0,               type_at_terminal,     ENOTTY,      true },
        {"a terminal",      0,               read_window,          0,           true },
        {"a folder shared", SANDBOX_FOLDERS, connect_somewhere,    KILLED,      true },
        {"shared, changed", SANDBOX_CHANGES, connect_somewhere,    KILLED,      true },
        {"a signal chosen", 0,               choose_signal,        EPERM,       false},
        {"and its process", 0,               choose_owner,         EPERM,       false},
        {"when it comes",   0,               signal_at_input,      EPERM,       false},
        {"not to wait",     0,               not_wait,             0,           true },
        {"TCP",             SANDBOX_NETWORK, use_tcp,              0,           true },
        {"UDP",             SANDBOX_NETWORK, use_udp,              0,           true },
        {"raw packets",     SANDBOX_NETWORK, use_raw,              EACCES,      true },
        {"local sockets",   SANDBOX_NETWORK, use_local,            EACCES,      true },
        {"odd protocols",   SANDBOX_NETWORK, use_other_protocol,   EACCES,      true },
        {"set-id files",    SANDBOX_CHANGES, make_set_id,          EPERM,       true },
        {"a network card",  SANDBOX_NETWORK, take_device,          ENOPROTOOPT, true },
        {"other advice",    0,               lock_pages,           EINVAL,      false},
    };
    int ends[2];
    REQUIRE(pipe(ends) == 0);
    input = ends[0];
    parent = getpid();
    bool checked = __asan_init != NULL || __tsan_init != NULL;
    if (!kernel_filters()) {
        SKIP("this host filters no calls, or the program is instrumented");
    }
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        const struct sandbox sandbox = {.calls = cases[i].calls};
        int met =
            checked && cases[i].met == KILLED ? 256 + SIGABRT : cases[i].met;
        test_case("%s", cases[i].what);
        if (!checked || cases[i].in_checked) {
            EXPECT_EQ(try(&sandbox, cases[i].attempt, ""), met);
        }
        if (!checked) {
            EXPECT_EQ(in_force(&sandbox, held_calls),
                      sandbox_count(cases[i].calls));
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
        {0,       0,       "Landlock (files), seccomp (0 calls)"    },
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
