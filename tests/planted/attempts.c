/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Acts that planted code tries, by number: a function for each row of the table
 * of capabilities. Each returns 0 if it could, or the errno value that it met;
 * a call that the filter kills the process for returns nothing.
 */
#include "tests/planted/attempts.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

#include "base/bits.h"

enum { PAGE = 4096 };

static char paths[4][512];
static unsigned next;

/* Below the folder of the test; the last four live. */
static const char *at(const char *name)
{
    char *path = paths[next++ % ARRAY_SIZE(paths)];
    const char *folder = getenv("PLANTED_FOLDER");
    (void)snprintf(path, sizeof(paths[0]), "%s/%s", folder ? folder : "", name);
    return path;
}

static pid_t other(void)
{
    const char *process = getenv("PLANTED_PROCESS");
    return process ? (pid_t)strtol(process, NULL, 10) : 1;
}

static int result(long value)
{
    return value < 0 ? errno : 0;
}

static int descriptor(long fd)
{
    int code = result(fd);
    if (fd >= 0) {
        close((int)fd);
    }
    return code;
}

/* ---- Files --------------------------------------------------------------- */

static int try_look(void)
{
    struct stat there;
    return result(stat(at("outside/file"), &there));
}

static int try_read_link(void)
{
    char text[64];
    return result(readlink(at("outside/link"), text, sizeof(text)));
}

/* There may be none, or no file system that has them. */
static int valued(int code)
{
    return code == ENODATA || code == EOPNOTSUPP ? 0 : code;
}

static int try_read_value(void)
{
    char text[64];
    return valued(result(getxattr(at("outside/file"), "user.mark", text, 64)));
}

static int try_read_other(void)
{
    return descriptor(open(at("outside/file"), O_RDONLY));
}

static int try_list_other(void)
{
    return descriptor(open(at("outside"), O_RDONLY | O_DIRECTORY));
}

static int try_write_other(void)
{
    return descriptor(open(at("outside/file"), O_WRONLY));
}

static int try_make_beside(void)
{
    return descriptor(open(at("project/hooks/new"), O_WRONLY | O_CREAT, 0700));
}

static int try_remove_beside(void)
{
    return result(unlinkat(AT_FDCWD, at("project/hooks/old"), 0));
}

static int try_rename_other(void)
{
    return result(
        renameat(AT_FDCWD, at("outside/move"), AT_FDCWD, at("outside/moved")));
}

static int try_make_link(void)
{
    return result(symlinkat("file", AT_FDCWD, at("outside/new-link")));
}

static int try_make_folder(void)
{
    return result(mkdirat(AT_FDCWD, at("outside/new-folder"), 0700));
}

static int try_unlink_other(void)
{
    return result(unlink(at("outside/remove")));
}

static int try_truncate_other(void)
{
    return result(truncate(at("outside/file"), 1));
}

static int try_change_mode(void)
{
    return result(chmod(at("outside/file"), 0644));
}

static int try_change_mode_at(void)
{
    return result(fchmodat(AT_FDCWD, at("outside/file"), 0644, 0));
}

static int try_change_owner(void)
{
    return result(chown(at("outside/file"), getuid(), getgid()));
}

static int try_change_times(void)
{
    return result(utimensat(AT_FDCWD, at("outside/file"), NULL, 0));
}

static int try_set_value(void)
{
    return valued(result(setxattr(at("outside/file"), "user.new", "1", 1, 0)));
}

static int try_remove_value(void)
{
    return valued(result(removexattr(at("outside/file"), "user.gone")));
}

static int try_read_shared(void)
{
    return descriptor(open(at("shared/file"), O_RDONLY));
}

static int try_read_beside(void)
{
    return descriptor(open(at("beside/file"), O_RDONLY));
}

static int try_change_beside(void)
{
    return descriptor(open(at("beside/file"), O_WRONLY));
}

static int try_change_shared(void)
{
    return descriptor(open(at("shared/file"), O_WRONLY));
}

static int try_change_read_only(void)
{
    return descriptor(open(at("readonly/file"), O_WRONLY));
}

static int try_make_set_id(void)
{
    return result(
        mknodat(AT_FDCWD, at("shared/set-id"), S_IFREG | S_ISUID | 0755, 0));
}

static int try_make_device(void)
{
    return result(
        mknodat(AT_FDCWD, at("shared/device"), S_IFCHR | 0600, 0x103));
}

/* ---- Code and processes -------------------------------------------------- */

/* The contents are no program: that is said after the right to execute was
 * asked for. */
static int executed(int code)
{
    return code == ENOEXEC ? 0 : code;
}

static int try_execute_file(void)
{
    char *const none[] = {NULL};
    return executed(result(execve(at("outside/program"), none, none)));
}

static int try_execute_memory(void)
{
    char *const none[] = {NULL};
    int fd = memfd_create("program", MFD_CLOEXEC);
    if (fd < 0 || write(fd, "none", 4) != 4) {
        return errno;
    }
    int code = executed(
        result(syscall(SYS_execveat, fd, "", none, none, AT_EMPTY_PATH)));
    close(fd);
    return code;
}

static int try_start_child(void)
{
    long child = syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
    if (child == 0) {
        (void)syscall(SYS_exit_group, 0);
    }
    return result(child);
}

static void *nothing(void *context)
{
    return context;
}

static int try_start_thread(void)
{
    pthread_t thread;
    int code = pthread_create(&thread, NULL, nothing, NULL);
    return code ? code : pthread_join(thread, NULL);
}

static int try_unshare_user(void)
{
    return result(syscall(SYS_unshare, CLONE_NEWUSER));
}

static int mapped(void *address)
{
    int code = address == MAP_FAILED ? errno : 0;
    if (code == 0) {
        munmap(address, PAGE);
    }
    return code;
}

static int try_map_code(void)
{
    return mapped(mmap(NULL, PAGE, PROT_READ | PROT_EXEC,
                       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
}

static int try_protect_code(void)
{
    void *address = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    int code = result(mprotect(address, PAGE, PROT_READ | PROT_EXEC));
    (void)mapped(address);
    return code;
}

static int try_map_file_code(void)
{
    int fd = memfd_create("code", MFD_CLOEXEC);
    int code = ftruncate(fd, PAGE) != 0
                   ? errno
                   : mapped(mmap(NULL, PAGE, PROT_READ | PROT_EXEC, MAP_SHARED,
                                 fd, 0));
    close(fd);
    return code;
}

static int try_signal_other(void)
{
    return result(kill(other(), SIGCONT));
}

static int command(int number, long value)
{
    static const char *const name = "PLANTED_PIPE";
    const char *fd = getenv(name);
    return result(fcntl(fd ? (int)strtol(fd, NULL, 10) : -1, number, value));
}

static int try_choose_signal(void)
{
    return command(F_SETSIG, SIGCONT);
}

static int try_choose_owner(void)
{
    return command(F_SETOWN, other());
}

static int try_signal_at_input(void)
{
    return command(F_SETFL, O_ASYNC);
}

static int try_trace_other(void)
{
    return result(ptrace(PTRACE_SEIZE, other(), NULL, NULL));
}

static int try_read_memory(void)
{
    char bytes[8];
    const struct iovec here = {bytes, sizeof(bytes)};
    const struct iovec there = {paths, sizeof(bytes)};
    int code = result(process_vm_readv(other(), &here, 1, &there, 1, 0));
    return code == EFAULT ? 0 : code;
}

static int try_open_process(void)
{
    return descriptor(syscall(SYS_pidfd_open, other(), 0));
}

/* ---- Sockets ------------------------------------------------------------- */

static int try_use_tcp(void)
{
    return descriptor(socket(AF_INET, SOCK_STREAM, 0));
}

static struct sockaddr_in local(uint16_t port)
{
    return (struct sockaddr_in){.sin_family = AF_INET,
                                .sin_port = htons(port),
                                .sin_addr = {htonl(INADDR_LOOPBACK)}};
}

/* Port 9 has no listener, which is heard by who may connect. */
static int try_connect_tcp(void)
{
    const struct sockaddr_in name = local(9);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    int code =
        fd < 0
            ? errno
            : result(connect(fd, (const struct sockaddr *)&name, sizeof(name)));
    (void)descriptor(fd);
    return code == ECONNREFUSED ? 0 : code;
}

static int try_bind_tcp(void)
{
    const struct sockaddr_in name = local(0);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    int code =
        fd < 0 ? errno
               : result(bind(fd, (const struct sockaddr *)&name, sizeof(name)));
    (void)descriptor(fd);
    return code;
}

static int try_send_udp(void)
{
    const struct sockaddr_in name = local(9);
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    int code =
        fd < 0 ? errno
               : result(sendto(fd, "x", 1, 0, (const struct sockaddr *)&name,
                               sizeof(name)));
    (void)descriptor(fd);
    return code;
}

static int try_use_raw(void)
{
    return descriptor(socket(AF_INET, SOCK_RAW, IPPROTO_ICMP));
}

static int try_use_local(void)
{
    return descriptor(socket(AF_UNIX, SOCK_STREAM, 0));
}

/* By a socket that was open before. */
static int try_send_named(void)
{
    const char *number = getenv("PLANTED_SOCKET");
    int fd = number ? (int)strtol(number, NULL, 10) : -1;
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    (void)snprintf(name.sun_path, sizeof(name.sun_path), "%s", at("mailbox"));
    return result(sendto(fd, "x", 1, MSG_DONTWAIT,
                         (const struct sockaddr *)&name, sizeof(name)));
}

static int try_use_netlink(void)
{
    return descriptor(socket(AF_NETLINK, SOCK_RAW, 0));
}

static int try_use_packets(void)
{
    return descriptor(socket(AF_PACKET, SOCK_RAW, 0));
}

/* ---- The kernel ---------------------------------------------------------- */

static int try_type_at_terminal(void)
{
    return result(ioctl(STDIN_FILENO, TIOCSTI, "x"));
}

static int try_make_ring(void)
{
    uint32_t parameters[64] = {0};
    return descriptor(syscall(SYS_io_uring_setup, 1, parameters));
}

static int try_load_bpf(void)
{
    uint64_t attributes[16] = {0};
    return descriptor(syscall(SYS_bpf, 0, attributes, sizeof(attributes)));
}

static int try_count_events(void)
{
    uint32_t attributes[32] = {1, sizeof(attributes)};
    return descriptor(syscall(SYS_perf_event_open, attributes, 0, -1, -1, 0));
}

static int try_handle_faults(void)
{
    return descriptor(syscall(SYS_userfaultfd, 0));
}

static int try_add_key(void)
{
    return result(syscall(SYS_add_key, "user", "planted", "x", 1, -2));
}

static int try_mount_folder(void)
{
    return result(mount("none", at("outside"), "tmpfs", MS_REMOUNT, NULL));
}

static int try_change_root(void)
{
    return result(chroot("/"));
}

static int try_change_folder(void)
{
    return result(chdir("/"));
}

static int try_watch_files(void)
{
    return descriptor(inotify_init1(IN_CLOEXEC));
}

static int try_make_timer(void)
{
    timer_t timer;
    return result(timer_create(CLOCK_MONOTONIC, NULL, &timer));
}

static int try_raise_limits(void)
{
    struct rlimit limit;
    int code = result(getrlimit(RLIMIT_CORE, &limit));
    return code ? code : result(setrlimit(RLIMIT_CORE, &limit));
}

static int try_change_priority(void)
{
    return result(setpriority(PRIO_PROCESS, 0, 19));
}

static int try_name_process(void)
{
    return result(prctl(PR_SET_NAME, "planted", 0, 0, 0));
}

const struct planted_attempt planted_attempts[] = {
#define CAPABILITY(name, needs, calls, files, since, words) {#name, try_##name},
#include "host/sandbox_capabilities.def"
#undef CAPABILITY
};
const unsigned planted_attempt_count = ARRAY_SIZE(planted_attempts);
