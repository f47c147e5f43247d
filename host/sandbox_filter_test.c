/* SPDX-License-Identifier: Apache-2.0 */
/* The filter of calls, run as the kernel would run it. */
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/bits.h"
#include "base/buffer.h"
#include "host/sandbox.h"
#include "host/sandbox_calls.h"
#include "tests/harness.h"

enum { OTHERWISE = SECCOMP_RET_LOG };

/* The verdict of the kernel by a classic filter of these instructions. */
static uint32_t verdict(const struct buffer *filter,
                        const struct seccomp_data *call)
{
    const size_t count = filter->size / sizeof(struct sock_filter);
    uint32_t word = 0;
    for (size_t at = 0; at < count; at++) {
        struct sock_filter one;
        memcpy(&one, filter->bytes + at * sizeof(one), sizeof(one));
        if (one.code == (BPF_RET | BPF_K)) {
            return one.k;
        }
        if (one.code == (BPF_LD | BPF_W | BPF_ABS)) {
            memcpy(&word, (const uint8_t *)call + one.k, sizeof(word));
        } else if (one.code == (BPF_ALU | BPF_AND | BPF_K)) {
            word &= one.k;
        } else {
            EXPECT_EQ(one.code, BPF_JMP | BPF_JEQ | BPF_K);
            at += word == one.k ? one.jt : one.jf;
        }
    }
    EXPECT(!"a filter ends in a return");
    return 0;
}

TEST(calls_are_judged_by_their_arguments)
{
    enum {
        ALLOW = SECCOMP_RET_ALLOW,
        FAIL = SECCOMP_RET_ERRNO,
        THREAD = 0x3d0f00, /* of pthread_create, glibc 2.36 */
        X32 = 0x40000000,
    };
/* This process. */
#define SELF       UINT64_MAX
#define HIGH(bits) ((uint64_t)(bits) << 32)
    static const struct {
        unsigned grants;
        uint32_t number;
        uint64_t args[6];
        uint32_t verdict;
    } cases[] = {
#include "host/sandbox_filter_test.def"
    };
    if (sandbox_architecture == 0) {
        SKIP("there is no table of calls for this host");
    }
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        OWNED(buffer_fini) struct buffer filter = {0};
        struct seccomp_data call = {.nr = (int)cases[i].number,
                                    .arch = sandbox_architecture};
        memcpy(call.args, cases[i].args, sizeof(call.args));
        if (call.args[0] == SELF) {
            call.args[0] = (uint32_t)getpid();
        }
        test_case("row %zu, call %u", i, cases[i].number);
        sandbox_filter(&filter, cases[i].grants, OTHERWISE);
        EXPECT_EQ(verdict(&filter, &call), cases[i].verdict);
        call.arch ^= 1;
        EXPECT_EQ(verdict(&filter, &call), SECCOMP_RET_KILL_PROCESS);
    }
}

TEST(calls_are_counted_and_those_that_look_at_paths_named)
{
    static const struct {
        unsigned grants;
        unsigned refused; /* with any arguments, by an error */
        const char *looks;
    } cases[] = {
        {0,                                 2,
         "stat, lstat, newfstatat, access, faccessat, faccessat2, readlink, "
         "readlinkat"                            },
        {SANDBOX_THREADS | SANDBOX_FOLDERS, 3,
         "stat, lstat, newfstatat, access, faccessat, faccessat2, readlink, "
         "readlinkat, statx, getxattr, listxattr"},
    };
    if (sandbox_architecture == 0) {
        SKIP("there is no table of calls for this host");
    }
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        OWNED(buffer_fini) struct buffer filter = {0};
        OWNED(buffer_fini) struct buffer looks = {0};
        int known = 0;
        test_case("case %zu", i);
        EXPECT_EQ(sandbox_filter(&filter, cases[i].grants, OTHERWISE),
                  sandbox_count(cases[i].grants));
        for (int number = 0; number < 1024; number++) {
            const struct seccomp_data call = {.nr = number,
                                              .arch = sandbox_architecture};
            known += verdict(&filter, &call) != OTHERWISE;
        }
        EXPECT_EQ(known - (int)cases[i].refused,
                  sandbox_count(cases[i].grants));
        sandbox_list_looks(cases[i].grants, &looks);
        EXPECT_STR(buffer_text(&looks), cases[i].looks);
    }
}
