/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calls of x86-64 that a run makes once its machine is built, as glibc 2.36
 * makes them and newer ones do. strace(1) with --no-sandbox shows others; in
 * a build with sanitizers the filter does (SIGSYS).
 */
#include "host/sandbox_calls.h"

#include <errno.h>
#include <linux/audit.h>
#include <sys/syscall.h>

#include "base/bits.h"
#include "host/sandbox.h"

enum { SANDBOX_TALK = SANDBOX_PEERS | SANDBOX_NETWORK };

#define CALL(name) SYS_##name, #name

const uint32_t sandbox_architecture = AUDIT_ARCH_X86_64;

const struct sandbox_call sandbox_table[] = {
  /* Descriptors. */
    {CALL(read),              0,                                   SANDBOX_ANY,       0          },
    {CALL(write),             0,                                   SANDBOX_ANY,       0          },
    {CALL(readv),             0,                                   SANDBOX_ANY,       0          },
    {CALL(writev),            0,                                   SANDBOX_ANY,       0          },
    {CALL(pread64),           0,                                   SANDBOX_ANY,       0          },
    {CALL(pwrite64),          0,                                   SANDBOX_ANY,       0          },
    {CALL(preadv2),           0,                                   SANDBOX_ANY,       0          },
    {CALL(pwritev2),          0,                                   SANDBOX_ANY,       0          },
    {CALL(lseek),             0,                                   SANDBOX_ANY,       0          },
    {CALL(close),             0,                                   SANDBOX_ANY,       0          },
    {CALL(fcntl),             SANDBOX_CHECKED,                     SANDBOX_ANY,       0          },
    {CALL(fcntl),             0,                                   SANDBOX_COMMANDS,  EPERM      },
    {CALL(poll),              0,                                   SANDBOX_ANY,       0          },
    {CALL(epoll_ctl),         0,                                   SANDBOX_ANY,       0          },
    {CALL(epoll_pwait2),      0,                                   SANDBOX_ANY,       0          },
    {CALL(ioctl),             0,                                   SANDBOX_TERMINAL,  ENOTTY     },
    {CALL(signalfd4),         0,                                   SANDBOX_ANY,       0          },
    {CALL(ftruncate),         0,                                   SANDBOX_ANY,       0          },
    {CALL(fallocate),         0,                                   SANDBOX_ANY,       0          },
    {CALL(fsync),             0,                                   SANDBOX_ANY,       0          },
    {CALL(fdatasync),         0,                                   SANDBOX_ANY,       0          },
    {CALL(flock),             0,                                   SANDBOX_ANY,       0          },
    {CALL(memfd_create),      0,                                   SANDBOX_ANY,       0          },
 /* Files by name, which Landlock looks at. */
    {CALL(openat),            SANDBOX_CHANGES,                     SANDBOX_ANY,       0          },
    {CALL(openat),            SANDBOX_CHECKED,                     SANDBOX_ANY,       0          },
    {CALL(openat),            0,                                   SANDBOX_READING,   EACCES     },
    {CALL(stat),              0,                                   SANDBOX_LOOK,      0          },
    {CALL(fstat),             0,                                   SANDBOX_ANY,       0          },
    {CALL(lstat),             0,                                   SANDBOX_LOOK,      0          },
    {CALL(newfstatat),        0,                                   SANDBOX_LOOK,      0          },
    {CALL(access),            0,                                   SANDBOX_LOOK,      0          },
    {CALL(faccessat),         0,                                   SANDBOX_LOOK,      0          },
    {CALL(faccessat2),        0,                                   SANDBOX_LOOK,      0          },
    {CALL(readlink),          0,                                   SANDBOX_LOOK,      0          },
    {CALL(readlinkat),        0,                                   SANDBOX_LOOK,      0          },
    {CALL(getdents64),        0,                                   SANDBOX_ANY,       0          },
    {CALL(getcwd),            0,                                   SANDBOX_ANY,       0          },
 /* Shared folders: in folders that are open, or by /proc/self/fd. */
    {CALL(statx),             SANDBOX_FOLDERS,                     SANDBOX_LOOK,      0          },
    {CALL(fstatfs),           SANDBOX_FOLDERS,                     SANDBOX_ANY,       0          },
    {CALL(mkdirat),           SANDBOX_CHANGES,                     SANDBOX_NO_SET_ID, EPERM      },
    {CALL(mknodat),           SANDBOX_CHANGES,                     SANDBOX_PLAIN,     EPERM      },
    {CALL(symlinkat),         SANDBOX_CHANGES,                     SANDBOX_ANY,       0          },
    {CALL(linkat),            SANDBOX_CHANGES,                     SANDBOX_ANY,       0          },
    {CALL(renameat),          SANDBOX_CHANGES,                     SANDBOX_ANY,       0          },
    {CALL(renameat2),         SANDBOX_CHANGES,                     SANDBOX_ANY,       0          },
    {CALL(unlinkat),          SANDBOX_CHANGES,                     SANDBOX_ANY,       0          },
    {CALL(getxattr),          SANDBOX_FOLDERS,                     SANDBOX_LOOK,      0          },
    {CALL(listxattr),         SANDBOX_FOLDERS,                     SANDBOX_LOOK,      0          },
    {CALL(copy_file_range),   SANDBOX_CHANGES,                     SANDBOX_ANY,       0          },
    {CALL(syncfs),            SANDBOX_FOLDERS,                     SANDBOX_ANY,       0          },
 /* Memory. */
    {CALL(brk),               0,                                   SANDBOX_ANY,       0          },
    {CALL(mmap),              0,                                   SANDBOX_NO_EXEC,   EACCES     },
    {CALL(mprotect),          0,                                   SANDBOX_NO_EXEC,   EACCES     },
    {CALL(munmap),            0,                                   SANDBOX_ANY,       0          },
    {CALL(mremap),            0,                                   SANDBOX_ANY,       0          },
    {CALL(madvise),           SANDBOX_CHECKED,                     SANDBOX_ANY,       0          },
    {CALL(madvise),           0,                                   SANDBOX_ADVICE,    EINVAL     },
 /* Time, chance, limits. */
    {CALL(clock_gettime),     0,                                   SANDBOX_ANY,       0          },
    {CALL(clock_getres),      0,                                   SANDBOX_ANY,       0          },
    {CALL(clock_nanosleep),   0,                                   SANDBOX_ANY,       0          },
    {CALL(gettimeofday),      0,                                   SANDBOX_ANY,       0          },
    {CALL(time),              0,                                   SANDBOX_ANY,       0          },
    {CALL(getrandom),         0,                                   SANDBOX_ANY,       0          },
    {CALL(getrusage),         0,                                   SANDBOX_ANY,       0          },
    {CALL(sysinfo),           0,                                   SANDBOX_ANY,       0          },
    {CALL(setitimer),         0,                                   SANDBOX_ANY,       0          },
    {CALL(prlimit64),         SANDBOX_CHECKED,                     SANDBOX_ANY,       0          },
    {CALL(prlimit64),         0,                                   SANDBOX_NEVER,     EPERM      },
 /* The process itself. */
    {CALL(futex),             0,                                   SANDBOX_ANY,       0          },
    {CALL(sched_yield),       0,                                   SANDBOX_ANY,       0          },
    {CALL(sched_getaffinity), 0,                                   SANDBOX_ANY,       0          },
    {CALL(getpid),            0,                                   SANDBOX_ANY,       0          },
    {CALL(gettid),            0,                                   SANDBOX_ANY,       0          },
    {CALL(getuid),            0,                                   SANDBOX_ANY,       0          },
    {CALL(geteuid),           0,                                   SANDBOX_ANY,       0          },
    {CALL(getgid),            0,                                   SANDBOX_ANY,       0          },
    {CALL(getegid),           0,                                   SANDBOX_ANY,       0          },
    {CALL(umask),             0,                                   SANDBOX_ANY,       0          },
    {CALL(rt_sigaction),      0,                                   SANDBOX_ANY,       0          },
    {CALL(rt_sigprocmask),    0,                                   SANDBOX_ANY,       0          },
    {CALL(rt_sigpending),     0,                                   SANDBOX_ANY,       0          },
    {CALL(rt_sigtimedwait),   0,                                   SANDBOX_ANY,       0          },
    {CALL(rt_sigsuspend),     0,                                   SANDBOX_ANY,       0          },
    {CALL(rt_sigreturn),      0,                                   SANDBOX_ANY,       0          },
    {CALL(sigaltstack),       0,                                   SANDBOX_ANY,       0          },
    {CALL(restart_syscall),   0,                                   SANDBOX_ANY,       0          },
    {CALL(kill),              SANDBOX_CHECKED,                     SANDBOX_ANY,       0          },
    {CALL(kill),              0,                                   SANDBOX_OWN,       EPERM      },
    {CALL(tgkill),            SANDBOX_CHECKED,                     SANDBOX_ANY,       0          },
    {CALL(tgkill),            0,                                   SANDBOX_OWN,       EPERM      },
    {CALL(exit),              0,                                   SANDBOX_ANY,       0          },
    {CALL(exit_group),        0,                                   SANDBOX_ANY,       0          },
 /* Threads: without clone3, whose flags a filter cannot read, glibc takes
  * clone. */
    {CALL(clone3),            0,                                   SANDBOX_NEVER,     ENOSYS     },
    {CALL(clone),             SANDBOX_CHECKED,                     SANDBOX_ANY,       0          },
    {CALL(clone),             SANDBOX_THREADS,                     SANDBOX_NO_CHILD,  EPERM      },
    {CALL(set_robust_list),   SANDBOX_THREADS,                     SANDBOX_ANY,       0          },
    {CALL(rseq),              SANDBOX_THREADS,                     SANDBOX_ANY,       0          },
    {CALL(prctl),             SANDBOX_CHECKED,                     SANDBOX_ANY,       0          },
    {CALL(prctl),             SANDBOX_THREADS,                     SANDBOX_NEVER,     EPERM      },
 /* Peers at sockets, such as a debugger. */
    {CALL(accept4),           SANDBOX_TALK,                        SANDBOX_ANY,       0          },
    {CALL(setsockopt),        SANDBOX_TALK,                        SANDBOX_SETTINGS,  ENOPROTOOPT},
    {CALL(getsockname),       SANDBOX_TALK,                        SANDBOX_ANY,       0          },
    {CALL(sendto),            SANDBOX_NETWORK | SANDBOX_DATAGRAMS, SANDBOX_ANY,       0          },
    {CALL(sendto),            SANDBOX_PEERS,                       SANDBOX_NO_NAME,   EISCONN    },
    {CALL(recvfrom),          SANDBOX_TALK,                        SANDBOX_ANY,       0          },
    {CALL(recvmsg),           SANDBOX_KEEPER,                      SANDBOX_ANY,       0          },
    {CALL(recvmsg),           SANDBOX_TALK,                        SANDBOX_ANY,       0          },
    {CALL(shutdown),          SANDBOX_TALK,                        SANDBOX_ANY,       0          },
 /* Connections for a guest. */
    {CALL(socket),            SANDBOX_NETWORK,                     SANDBOX_INTERNET,  EACCES     },
    {CALL(connect),           SANDBOX_NETWORK,                     SANDBOX_ANY,       0          },
    {CALL(bind),              SANDBOX_NETWORK,                     SANDBOX_ANY,       0          },
    {CALL(listen),            SANDBOX_NETWORK,                     SANDBOX_ANY,       0          },
    {CALL(accept),            SANDBOX_NETWORK,                     SANDBOX_ANY,       0          },
    {CALL(getsockopt),        SANDBOX_NETWORK,                     SANDBOX_ANY,       0          },
    {CALL(getpeername),       SANDBOX_NETWORK,                     SANDBOX_ANY,       0          },
    {CALL(sendmsg),           SANDBOX_CHANGES,                     SANDBOX_ANY,       0          },
    {CALL(sendmsg),           SANDBOX_NETWORK,                     SANDBOX_ANY,       0          },
 /* The leak checker stops the process and inspects it. */
    {CALL(open),              SANDBOX_CHECKED,                     SANDBOX_ANY,       0          },
    {CALL(getdents),          SANDBOX_CHECKED,                     SANDBOX_ANY,       0          },
    {CALL(nanosleep),         SANDBOX_CHECKED,                     SANDBOX_ANY,       0          },
    {CALL(dup2),              SANDBOX_CHECKED,                     SANDBOX_ANY,       0          },
    {CALL(ptrace),            SANDBOX_CHECKED,                     SANDBOX_ANY,       0          },
    {CALL(wait4),             SANDBOX_CHECKED,                     SANDBOX_ANY,       0          },
    {CALL(wait4),             SANDBOX_STARTED,                     SANDBOX_ANY,       0          },
    {CALL(process_vm_readv),  SANDBOX_CHECKED,                     SANDBOX_ANY,       0          },
    {CALL(getppid),           SANDBOX_CHECKED,                     SANDBOX_ANY,       0          },
    {CALL(uname),             SANDBOX_CHECKED,                     SANDBOX_ANY,       0          },
    {CALL(pipe2),             SANDBOX_CHECKED,                     SANDBOX_ANY,       0          },
    {CALL(arch_prctl),        SANDBOX_CHECKED,                     SANDBOX_ANY,       0          },
    {CALL(set_robust_list),   SANDBOX_CHECKED,                     SANDBOX_ANY,       0          },
    {CALL(rseq),              SANDBOX_CHECKED,                     SANDBOX_ANY,       0          },
};
const size_t sandbox_table_size = ARRAY_SIZE(sandbox_table);
