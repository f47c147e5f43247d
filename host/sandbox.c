/* SPDX-License-Identifier: Apache-2.0 */
/* The Landlock ruleset, and the seccomp filter that is assembled from a table
 * of calls. */
#include "host/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/bits.h"
#include "base/buffer.h"
#include "host/sandbox_calls.h"

/* Present in instrumented builds only (sanitizers, coverage). */
/* NOLINTBEGIN(readability-identifier-naming): theirs */
extern void __asan_init(void) __attribute__((weak));
extern void __tsan_init(void) __attribute__((weak));
extern void __gcov_exit(void) __attribute__((weak));
/* NOLINTEND(readability-identifier-naming) */

static bool has_sanitizer(void)
{
    return __asan_init != NULL || __tsan_init != NULL;
}

/* ---- Files --------------------------------------------------------------- */

/* The rights that Landlock's first version can grant and refuse, and those that
 * later ones add: a ruleset must not name others than the kernel knows
 * (landlock(7)). */
enum {
    FIRST_RIGHTS = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1,
    MAKING = LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_REMOVE_FILE,
    TRUNCATE = 1 << 14, /* LANDLOCK_ACCESS_FS_..., of newer headers */
    DEVICE_CONTROL = 1 << 15,
    ON_FILES = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE |
               LANDLOCK_ACCESS_FS_EXECUTE | TRUNCATE,
};

/* struct landlock_ruleset_attr of newer headers. */
struct ruleset {
    uint64_t files;
    uint64_t network; /* to bind and to connect TCP sockets */
    uint64_t scopes;  /* abstract sockets and signals outside of us */
};

static const struct {
    uint64_t files;
    uint64_t network;
    uint64_t scopes;
    size_t size; /* of the struct that this version knows */
} versions[] = {
    {FIRST_RIGHTS,             0, 0, 8 },
    {LANDLOCK_ACCESS_FS_REFER, 0, 0, 8 },
    {TRUNCATE,                 0, 0, 8 },
    {0,                        3, 0, 16},
    {DEVICE_CONTROL,           0, 0, 16},
    {0,                        0, 3, 24},
};

static const struct {
    unsigned right; /* enum sandbox_right */
    uint64_t files;
} granted[] = {
    {SANDBOX_READ,    LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR                },
    {SANDBOX_WRITE,   LANDLOCK_ACCESS_FS_WRITE_FILE | TRUNCATE                                  },
    {SANDBOX_REPLACE, LANDLOCK_ACCESS_FS_READ_DIR |
                          LANDLOCK_ACCESS_FS_WRITE_FILE | TRUNCATE | MAKING},
    {SANDBOX_SHARE,
     LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR |
         LANDLOCK_ACCESS_FS_WRITE_FILE | TRUNCATE | MAKING |
         LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_MAKE_DIR |
         LANDLOCK_ACCESS_FS_MAKE_SYM | LANDLOCK_ACCESS_FS_MAKE_FIFO |
         LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_REFER                                },
    {SANDBOX_REMOVE,  LANDLOCK_ACCESS_FS_REMOVE_FILE                                            },
    {SANDBOX_EXECUTE, LANDLOCK_ACCESS_FS_EXECUTE                                                },
};

static void grant(int ruleset, uint64_t known,
                  const struct sandbox_place *place)
{
    struct stat there;
    struct landlock_path_beneath_attr rule = {
        .parent_fd = open(place->path, O_PATH | O_CLOEXEC),
    };
    for (size_t i = 0; i < ARRAY_SIZE(granted); i++) {
        if (place->rights & granted[i].right) {
            rule.allowed_access |= granted[i].files;
        }
    }
    rule.allowed_access &= known;
    if (rule.parent_fd >= 0 && fstat(rule.parent_fd, &there) == 0) {
        if (!S_ISDIR(there.st_mode)) {
            rule.allowed_access &= ON_FILES;
        }
        (void)syscall(SYS_landlock_add_rule, ruleset,
                      LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
    }
    if (rule.parent_fd >= 0) {
        close(rule.parent_fd);
    }
}

int sandbox_files(const struct sandbox_place *places, size_t count,
                  unsigned calls)
{
    long version = syscall(SYS_landlock_create_ruleset, NULL, 0,
                           LANDLOCK_CREATE_RULESET_VERSION);
    struct ruleset wanted = {0};
    size_t size = 0;
    if (version < 0) {
        return -errno;
    }
    for (long i = 0; i < version && i < (long)ARRAY_SIZE(versions); i++) {
        wanted.files |= versions[i].files;
        wanted.network |= calls & SANDBOX_NETWORK ? 0 : versions[i].network;
        wanted.scopes |= versions[i].scopes;
        size = versions[i].size;
    }
    int ruleset = (int)syscall(SYS_landlock_create_ruleset, &wanted, size, 0);
    if (ruleset < 0) {
        return -errno;
    }
    for (size_t i = 0; i < count; i++) {
        grant(ruleset, wanted.files, &places[i]);
    }
    bool held = prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
                syscall(SYS_landlock_restrict_self, ruleset, 0) == 0;
    int code = held ? (int)version : -errno;
    close(ruleset);
    return code;
}

/* ---- Calls --------------------------------------------------------------- */

/* The filter is a program for the kernel's classic BPF, which looks at a struct
 * seccomp_data: a buffer of struct sock_filter. */
static void put(struct buffer *filter, unsigned code, uint32_t value,
                unsigned yes, unsigned no)
{
    const struct sock_filter one = {(uint16_t)code, (uint8_t)yes, (uint8_t)no,
                                    value};
    buffer_append(filter, &one, sizeof(one));
}

static void put_return(struct buffer *filter, uint32_t what)
{
    put(filter, BPF_RET | BPF_K, what, 0, 0);
}

static void put_load(struct buffer *filter, size_t offset)
{
    put(filter, BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset, 0, 0);
}

/* The lower half, on a little-endian host. */
static void put_load_argument(struct buffer *filter, unsigned index)
{
    put_load(filter, offsetof(struct seccomp_data, args) + 8 * index);
}

enum { EQUAL = BPF_JMP | BPF_JEQ | BPF_K, ANY_OF = BPF_JMP | BPF_JSET | BPF_K };

/* Goes on behind the refusal that follows if `test` of the argument is `yes`.
 */
static void put_test(struct buffer *filter, unsigned index, unsigned test,
                     uint32_t value, bool yes)
{
    put_load_argument(filter, index);
    put(filter, test, value, yes, !yes);
}

static void put_terminal(struct buffer *filter)
{
    static const uint32_t requests[] = {TCGETS,    TCSETS,     TCSETSW,
                                        TCSETSF,   TIOCGWINSZ, TIOCGPGRP,
                                        TIOCSPGRP, FIONREAD};
    put_load_argument(filter, 1);
    for (unsigned i = 0; i < ARRAY_SIZE(requests); i++) {
        put(filter, EQUAL, requests[i], (unsigned)ARRAY_SIZE(requests) - i, 0);
    }
}

/* Thread, memory, descriptors, no signal at its end: pthread_create's. */
enum { THREAD_FLAGS = 0x00010000 };

static void put_check(struct buffer *filter, const struct sandbox_call *call)
{
    switch (call->check) {
    case SANDBOX_NO_EXEC:
        put_test(filter, 2, ANY_OF, PROT_EXEC, false);
        break;
    case SANDBOX_READING:
        put_test(filter, 2, ANY_OF, O_ACCMODE | O_CREAT | O_TRUNC, false);
        break;
    case SANDBOX_OWN:
        put_test(filter, 0, EQUAL, (uint32_t)getpid(), true);
        break;
    case SANDBOX_TERMINAL:
        put_terminal(filter);
        break;
    case SANDBOX_INTERNET:
        put_load_argument(filter, 0);
        put(filter, EQUAL, AF_INET, 2, 0);
        put(filter, EQUAL, AF_INET6, 1, 0);
        break;
    case SANDBOX_NO_CHILD:
        put_test(filter, 0, ANY_OF, THREAD_FLAGS, true);
        break;
    case SANDBOX_NEVER:
    case SANDBOX_ANY:
        break;
    }
    if (call->check != SANDBOX_ANY) {
        put_return(filter, SECCOMP_RET_ERRNO |
                               ((uint32_t)call->error & SECCOMP_RET_DATA));
    }
    if (call->check != SANDBOX_NEVER) {
        put_return(filter, SECCOMP_RET_ALLOW);
    }
}

static bool is_met(const struct sandbox_call *call, unsigned calls)
{
    return call->when == 0 || (call->when & calls) != 0;
}

/* The one row of its number that counts. */
static bool is_first(size_t index, unsigned calls)
{
    const struct sandbox_call *call = &sandbox_table[index];
    bool first = is_met(call, calls);
    for (size_t i = 0; i < index; i++) {
        first = first && !(sandbox_table[i].number == call->number &&
                           is_met(&sandbox_table[i], calls));
    }
    return first;
}

/* Returns how many calls are allowed, if only in part. */
static int put_table(struct buffer *filter, unsigned calls)
{
    int count = 0;
    put_load(filter, offsetof(struct seccomp_data, nr));
    for (size_t i = 0; i < sandbox_table_size; i++) {
        const struct sandbox_call *call = &sandbox_table[i];
        struct buffer inner = {0};
        if (!is_first(i, calls)) {
            continue;
        }
        put_check(&inner, call);
        put(filter, EQUAL, call->number, 0,
            (unsigned)(inner.size / sizeof(struct sock_filter)));
        buffer_append(filter, inner.bytes, inner.size);
        buffer_fini(&inner);
        count += call->check != SANDBOX_NEVER;
    }
    return count;
}

/* A call that no run needs is an attack, or, which sanitizers' builds are there
 * to find, a row that the table lacks. */
static void refused(int signal, siginfo_t *info, void *context)
{
    char text[64];
    int size =
        snprintf(text, sizeof(text), "cairn: sandbox: call %d was refused\n",
                 info->si_syscall);
    (void)signal;
    (void)context;
    if (write(STDERR_FILENO, text, (size_t)size) == size) {
        abort();
    }
    _exit(128 + SIGSYS);
}

static uint32_t refusal(void)
{
    const struct sigaction action = {.sa_sigaction = refused,
                                     .sa_flags = SA_SIGINFO};
    return has_sanitizer() && sigaction(SIGSYS, &action, NULL) == 0
               ? SECCOMP_RET_TRAP
               : SECCOMP_RET_KILL_PROCESS;
}

static int restrict_calls(unsigned calls)
{
    struct buffer filter = {0};
    if (sandbox_architecture == 0) {
        return -ENOTSUP;
    }
    const uint32_t otherwise = refusal();
    put_load(&filter, offsetof(struct seccomp_data, arch));
    put(&filter, EQUAL, sandbox_architecture, 1, 0);
    put_return(&filter, SECCOMP_RET_KILL_PROCESS);
    int count = put_table(&filter, calls);
    put_return(&filter, otherwise);
    const struct sock_fprog program = {
        .len = (uint16_t)(filter.size / sizeof(struct sock_filter)),
        .filter = (void *)filter.bytes,
    };
    /* Speculation as it was: older kernels slow all code of the process down
     * unless they are told. */
    bool held = prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
                syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
                        SECCOMP_FILTER_FLAG_SPEC_ALLOW, &program) == 0;
    int code = held ? count : -errno;
    buffer_fini(&filter);
    return code;
}

/* ---- All of it ----------------------------------------------------------- */

void sandbox_enter(struct sandbox *sandbox)
{
    if (__gcov_exit != NULL) {
        sandbox->files = sandbox->table = -EOPNOTSUPP;
        return;
    }
    sandbox->calls |= has_sanitizer() ? SANDBOX_CHECKED : 0;
    sandbox->files =
        sandbox_files(sandbox->places, sandbox->place_count, sandbox->calls);
    sandbox->table = restrict_calls(sandbox->calls);
}

void sandbox_describe(const struct sandbox *sandbox, char *text, size_t size)
{
    const int files = sandbox->files;
    const int table = sandbox->table;
    if (files < 0 && table == files) {
        snprintf(text, size, "not available: %s", strerror(-files));
    } else if (files < 0 && table < 0) {
        snprintf(text, size, "not available: Landlock: %s, seccomp: %s",
                 strerror(-files), strerror(-table));
    } else if (table < 0) {
        snprintf(text, size, "Landlock (files); seccomp not available: %s",
                 strerror(-table));
    } else if (files < 0) {
        snprintf(text, size, "seccomp (%d calls); Landlock not available: %s",
                 table, strerror(-files));
    } else {
        snprintf(text, size, "Landlock (files), seccomp (%d calls)", table);
    }
}
