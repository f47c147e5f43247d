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

const uint32_t sandbox_architecture = AUDIT_ARCH_X86_64;

const struct sandbox_call sandbox_table[] = {
  /* Descriptors. */
    {SYS_read,              0,                                   SANDBOX_ANY,       0          },
    {SYS_write,             0,                                   SANDBOX_ANY,       0          },
    {SYS_readv,             0,                                   SANDBOX_ANY,       0          },
    {SYS_writev,            0,                                   SANDBOX_ANY,       0          },
    {SYS_pread64,           0,                                   SANDBOX_ANY,       0          },
    {SYS_pwrite64,          0,                                   SANDBOX_ANY,       0          },
    {SYS_preadv2,           0,                                   SANDBOX_ANY,       0          },
    {SYS_pwritev2,          0,                                   SANDBOX_ANY,       0          },
    {SYS_lseek,             0,                                   SANDBOX_ANY,       0          },
    {SYS_close,             0,                                   SANDBOX_ANY,       0          },
    {SYS_fcntl,             SANDBOX_CHECKED,                     SANDBOX_ANY,       0          },
    {SYS_fcntl,             0,                                   SANDBOX_COMMANDS,  EPERM      },
    {SYS_poll,              0,                                   SANDBOX_ANY,       0          },
    {SYS_ppoll,             0,                                   SANDBOX_ANY,       0          },
    {SYS_ioctl,             0,                                   SANDBOX_TERMINAL,  ENOTTY     },
    {SYS_signalfd4,         0,                                   SANDBOX_ANY,       0          },
    {SYS_ftruncate,         0,                                   SANDBOX_ANY,       0          },
    {SYS_fallocate,         0,                                   SANDBOX_ANY,       0          },
    {SYS_fsync,             0,                                   SANDBOX_ANY,       0          },
    {SYS_fdatasync,         0,                                   SANDBOX_ANY,       0          },
    {SYS_flock,             0,                                   SANDBOX_ANY,       0          },
    {SYS_memfd_create,      0,                                   SANDBOX_ANY,       0          },
 /* Files by name, which Landlock looks at. */
    {SYS_openat,            SANDBOX_CHANGES,                     SANDBOX_ANY,       0          },
    {SYS_openat,            SANDBOX_CHECKED,                     SANDBOX_ANY,       0          },
    {SYS_openat,            0,                                   SANDBOX_READING,   EACCES     },
    {SYS_stat,              0,                                   SANDBOX_ANY,       0          },
    {SYS_fstat,             0,                                   SANDBOX_ANY,       0          },
    {SYS_lstat,             0,                                   SANDBOX_ANY,       0          },
    {SYS_newfstatat,        0,                                   SANDBOX_ANY,       0          },
    {SYS_access,            0,                                   SANDBOX_ANY,       0          },
    {SYS_faccessat,         0,                                   SANDBOX_ANY,       0          },
    {SYS_faccessat2,        0,                                   SANDBOX_ANY,       0          },
    {SYS_readlink,          0,                                   SANDBOX_ANY,       0          },
    {SYS_readlinkat,        0,                                   SANDBOX_ANY,       0          },
    {SYS_getdents64,        0,                                   SANDBOX_ANY,       0          },
    {SYS_getcwd,            0,                                   SANDBOX_ANY,       0          },
 /* Shared folders: in folders that are open, or by /proc/self/fd. */
    {SYS_statx,             SANDBOX_FOLDERS,                     SANDBOX_ANY,       0          },
    {SYS_fstatfs,           SANDBOX_FOLDERS,                     SANDBOX_ANY,       0          },
    {SYS_mkdirat,           SANDBOX_CHANGES,                     SANDBOX_NO_SET_ID, EPERM      },
    {SYS_mknodat,           SANDBOX_CHANGES,                     SANDBOX_PLAIN,     EPERM      },
    {SYS_symlinkat,         SANDBOX_CHANGES,                     SANDBOX_ANY,       0          },
    {SYS_linkat,            SANDBOX_CHANGES,                     SANDBOX_ANY,       0          },
    {SYS_renameat,          SANDBOX_CHANGES,                     SANDBOX_ANY,       0          },
    {SYS_renameat2,         SANDBOX_CHANGES,                     SANDBOX_ANY,       0          },
    {SYS_unlinkat,          SANDBOX_CHANGES,                     SANDBOX_ANY,       0          },
    {SYS_getxattr,          SANDBOX_FOLDERS,                     SANDBOX_ANY,       0          },
    {SYS_listxattr,         SANDBOX_FOLDERS,                     SANDBOX_ANY,       0          },
    {SYS_copy_file_range,   SANDBOX_CHANGES,                     SANDBOX_ANY,       0          },
    {SYS_syncfs,            SANDBOX_FOLDERS,                     SANDBOX_ANY,       0          },
 /* Memory. */
    {SYS_brk,               0,                                   SANDBOX_ANY,       0          },
    {SYS_mmap,              0,                                   SANDBOX_NO_EXEC,   EACCES     },
    {SYS_mprotect,          0,                                   SANDBOX_NO_EXEC,   EACCES     },
    {SYS_munmap,            0,                                   SANDBOX_ANY,       0          },
    {SYS_mremap,            0,                                   SANDBOX_ANY,       0          },
    {SYS_madvise,           SANDBOX_CHECKED,                     SANDBOX_ANY,       0          },
    {SYS_madvise,           0,                                   SANDBOX_ADVICE,    EINVAL     },
 /* Time, chance, limits. */
    {SYS_clock_gettime,     0,                                   SANDBOX_ANY,       0          },
    {SYS_clock_getres,      0,                                   SANDBOX_ANY,       0          },
    {SYS_clock_nanosleep,   0,                                   SANDBOX_ANY,       0          },
    {SYS_gettimeofday,      0,                                   SANDBOX_ANY,       0          },
    {SYS_time,              0,                                   SANDBOX_ANY,       0          },
    {SYS_getrandom,         0,                                   SANDBOX_ANY,       0          },
    {SYS_getrusage,         0,                                   SANDBOX_ANY,       0          },
    {SYS_sysinfo,           0,                                   SANDBOX_ANY,       0          },
    {SYS_setitimer,         0,                                   SANDBOX_ANY,       0          },
    {SYS_prlimit64,         SANDBOX_CHECKED,                     SANDBOX_ANY,       0          },
    {SYS_prlimit64,         0,                                   SANDBOX_NEVER,     EPERM      },
 /* The process itself. */
    {SYS_futex,             0,                                   SANDBOX_ANY,       0          },
    {SYS_sched_yield,       0,                                   SANDBOX_ANY,       0          },
    {SYS_sched_getaffinity, 0,                                   SANDBOX_ANY,       0          },
    {SYS_getpid,            0,                                   SANDBOX_ANY,       0          },
    {SYS_gettid,            0,                                   SANDBOX_ANY,       0          },
    {SYS_getuid,            0,                                   SANDBOX_ANY,       0          },
    {SYS_geteuid,           0,                                   SANDBOX_ANY,       0          },
    {SYS_getgid,            0,                                   SANDBOX_ANY,       0          },
    {SYS_getegid,           0,                                   SANDBOX_ANY,       0          },
    {SYS_umask,             0,                                   SANDBOX_ANY,       0          },
    {SYS_rt_sigaction,      0,                                   SANDBOX_ANY,       0          },
    {SYS_rt_sigprocmask,    0,                                   SANDBOX_ANY,       0          },
    {SYS_rt_sigpending,     0,                                   SANDBOX_ANY,       0          },
    {SYS_rt_sigtimedwait,   0,                                   SANDBOX_ANY,       0          },
    {SYS_rt_sigsuspend,     0,                                   SANDBOX_ANY,       0          },
    {SYS_rt_sigreturn,      0,                                   SANDBOX_ANY,       0          },
    {SYS_sigaltstack,       0,                                   SANDBOX_ANY,       0          },
    {SYS_restart_syscall,   0,                                   SANDBOX_ANY,       0          },
    {SYS_kill,              SANDBOX_CHECKED,                     SANDBOX_ANY,       0          },
    {SYS_kill,              0,                                   SANDBOX_OWN,       EPERM      },
    {SYS_tgkill,            SANDBOX_CHECKED,                     SANDBOX_ANY,       0          },
    {SYS_tgkill,            0,                                   SANDBOX_OWN,       EPERM      },
    {SYS_exit,              0,                                   SANDBOX_ANY,       0          },
    {SYS_exit_group,        0,                                   SANDBOX_ANY,       0          },
 /* Threads: without clone3, whose flags a filter cannot read, glibc takes
  * clone. */
    {SYS_clone3,            0,                                   SANDBOX_NEVER,     ENOSYS     },
    {SYS_clone,             SANDBOX_CHECKED,                     SANDBOX_ANY,       0          },
    {SYS_clone,             SANDBOX_THREADS,                     SANDBOX_NO_CHILD,  EPERM      },
    {SYS_set_robust_list,   SANDBOX_THREADS,                     SANDBOX_ANY,       0          },
    {SYS_rseq,              SANDBOX_THREADS,                     SANDBOX_ANY,       0          },
    {SYS_prctl,             SANDBOX_CHECKED,                     SANDBOX_ANY,       0          },
    {SYS_prctl,             SANDBOX_THREADS,                     SANDBOX_NEVER,     EPERM      },
 /* Peers at sockets, such as a debugger. */
    {SYS_accept4,           SANDBOX_TALK,                        SANDBOX_ANY,       0          },
    {SYS_setsockopt,        SANDBOX_TALK,                        SANDBOX_SETTINGS,  ENOPROTOOPT},
    {SYS_getsockname,       SANDBOX_TALK,                        SANDBOX_ANY,       0          },
    {SYS_sendto,            SANDBOX_NETWORK | SANDBOX_DATAGRAMS, SANDBOX_ANY,       0          },
    {SYS_sendto,            SANDBOX_PEERS,                       SANDBOX_NO_NAME,   EISCONN    },
    {SYS_recvfrom,          SANDBOX_TALK,                        SANDBOX_ANY,       0          },
    {SYS_recvmsg,           SANDBOX_KEEPER,                      SANDBOX_ANY,       0          },
    {SYS_recvmsg,           SANDBOX_TALK,                        SANDBOX_ANY,       0          },
    {SYS_shutdown,          SANDBOX_TALK,                        SANDBOX_ANY,       0          },
 /* Connections for a guest. */
    {SYS_socket,            SANDBOX_NETWORK,                     SANDBOX_INTERNET,  EACCES     },
    {SYS_connect,           SANDBOX_NETWORK,                     SANDBOX_ANY,       0          },
    {SYS_bind,              SANDBOX_NETWORK,                     SANDBOX_ANY,       0          },
    {SYS_listen,            SANDBOX_NETWORK,                     SANDBOX_ANY,       0          },
    {SYS_accept,            SANDBOX_NETWORK,                     SANDBOX_ANY,       0          },
    {SYS_getsockopt,        SANDBOX_NETWORK,                     SANDBOX_ANY,       0          },
    {SYS_getpeername,       SANDBOX_NETWORK,                     SANDBOX_ANY,       0          },
    {SYS_sendmsg,           SANDBOX_CHANGES,                     SANDBOX_ANY,       0          },
    {SYS_sendmsg,           SANDBOX_NETWORK,                     SANDBOX_ANY,       0          },
 /* The leak checker stops the process and inspects it. */
    {SYS_open,              SANDBOX_CHECKED,                     SANDBOX_ANY,       0          },
    {SYS_getdents,          SANDBOX_CHECKED,                     SANDBOX_ANY,       0          },
    {SYS_nanosleep,         SANDBOX_CHECKED,                     SANDBOX_ANY,       0          },
    {SYS_dup2,              SANDBOX_CHECKED,                     SANDBOX_ANY,       0          },
    {SYS_ptrace,            SANDBOX_CHECKED,                     SANDBOX_ANY,       0          },
    {SYS_wait4,             SANDBOX_CHECKED,                     SANDBOX_ANY,       0          },
    {SYS_wait4,             SANDBOX_STARTED,                     SANDBOX_ANY,       0          },
    {SYS_process_vm_readv,  SANDBOX_CHECKED,                     SANDBOX_ANY,       0          },
    {SYS_getppid,           SANDBOX_CHECKED,                     SANDBOX_ANY,       0          },
    {SYS_uname,             SANDBOX_CHECKED,                     SANDBOX_ANY,       0          },
    {SYS_pipe2,             SANDBOX_CHECKED,                     SANDBOX_ANY,       0          },
    {SYS_arch_prctl,        SANDBOX_CHECKED,                     SANDBOX_ANY,       0          },
    {SYS_set_robust_list,   SANDBOX_CHECKED,                     SANDBOX_ANY,       0          },
    {SYS_rseq,              SANDBOX_CHECKED,                     SANDBOX_ANY,       0          },
};
const size_t sandbox_table_size = ARRAY_SIZE(sandbox_table);
