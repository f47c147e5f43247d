/* SPDX-License-Identifier: Apache-2.0 */
/* The Landlock ruleset, and the entry into all of the sandbox. */
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
#include <sys/prctl.h>
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
    FIRST_RIGHTS = LANDLOCK_ACCESS_FS_REFER - 1,
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
    if (fstat(rule.parent_fd, &there) == 0) {
        if (!S_ISDIR(there.st_mode)) {
            rule.allowed_access &= ON_FILES;
        }
        (void)syscall(SYS_landlock_add_rule, ruleset,
                      LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
        close(rule.parent_fd);
    }
}

int sandbox_landlock(void)
{
    long version = syscall(SYS_landlock_create_ruleset, NULL, 0,
                           LANDLOCK_CREATE_RULESET_VERSION);
    return version == -1 ? -errno : (int)version;
}

int sandbox_files(const struct sandbox_place *places, size_t count,
                  unsigned calls)
{
    const long version = sandbox_landlock();
    struct ruleset wanted = {0};
    size_t size = 0;
    for (long i = 0; i < version && i < (long)ARRAY_SIZE(versions); i++) {
        wanted.files |= versions[i].files;
        wanted.network |= calls & SANDBOX_NETWORK ? 0 : versions[i].network;
        wanted.scopes |= versions[i].scopes;
        size = versions[i].size;
    }
    int ruleset = (int)syscall(SYS_landlock_create_ruleset, &wanted, size, 0);
    if (ruleset == -1) {
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

/* A call that no run needs is an attack, or, which sanitizers' builds are there
 * to find, a row that the table lacks. */
static void refused(int signal, siginfo_t *info, void *context)
{
    char text[64];
    int size =
        snprintf(text, sizeof(text), "cairn: sandbox: call %d was refused\n",
                 info->si_syscall);
    (void)!write(STDERR_FILENO, text, (size_t)size);
    abort();
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
    int count = sandbox_filter(&filter, calls, refusal());
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
    const bool no_files = files < 0;
    const bool no_table = table < 0;
    if (no_files && table == files) {
        snprintf(text, size, "not available: %s", strerror(-files));
    } else if (no_files && no_table) {
        snprintf(text, size, "not available: Landlock: %s, seccomp: %s",
                 strerror(-files), strerror(-table));
    } else if (no_table) {
        snprintf(text, size, "Landlock (files); seccomp not available: %s",
                 strerror(-table));
    } else if (no_files) {
        snprintf(text, size, "seccomp (%d calls); Landlock not available: %s",
                 table, strerror(-files));
    } else {
        snprintf(text, size, "Landlock (files), seccomp (%d calls)", table);
    }
}
