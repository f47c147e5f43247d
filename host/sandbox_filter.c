/* SPDX-License-Identifier: Apache-2.0 */
/* The seccomp filter, assembled from the table of calls and from the rows
 * below, which say what arguments a call may have. */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <stdbool.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include "base/bits.h"
#include "host/sandbox.h"
#include "host/sandbox_calls.h"

/* ---- Arguments ----------------------------------------------------------- */

/* An argument's half, of 32 bits on a little-endian host. Arguments that are
 * int in the kernel have only the lower one. */
#define LOWER(n) (2 * (n))
#define UPPER(n) (2 * (n) + 1)

/* (half & mask) == value. A test of mask 0 always holds. */
struct test {
    unsigned half;
    uint32_t mask;
    uint32_t value;
};

#define ALL UINT32_MAX
#define IS(n, value)                                                           \
    {                                                                          \
        LOWER(n), ALL, (value)                                                 \
    }
#define LACKS(n, bits)                                                         \
    {                                                                          \
        LOWER(n), (bits), 0                                                    \
    }
#define HOLDS                                                                  \
    {                                                                          \
        0, 0, 0                                                                \
    }
/* The number of this process stands for this value. */
#define OWN_PROCESS UINT32_MAX

enum {
    SET_ID = S_ISUID | S_ISGID,
    /* Among the types, this bit is in S_IFCHR and S_IFBLK alone. */
    DEVICE_TYPE = S_IFCHR & S_IFBLK,
    SOCKET_FLAGS = SOCK_CLOEXEC | SOCK_NONBLOCK,
    WRITING = O_ACCMODE | O_CREAT | O_TRUNC,
    THREAD = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD |
             CLONE_SYSVSEM | CLONE_SETTLS | CLONE_PARENT_SETTID |
             CLONE_CHILD_CLEARTID,
};

#define SOCKET(family, type, protocol)                                         \
    {                                                                          \
        SANDBOX_INTERNET,                                                      \
        {                                                                      \
            IS(0, family), {LOWER(1), ~(uint32_t)SOCKET_FLAGS, type},          \
                IS(2, protocol)                                                \
        }                                                                      \
    }
#define SETTING(level, name)                                                   \
    {                                                                          \
        SANDBOX_SETTINGS,                                                      \
        {                                                                      \
            IS(1, level), IS(2, name), HOLDS                                   \
        }                                                                      \
    }
#define COMMAND(number)                                                        \
    {                                                                          \
        SANDBOX_COMMANDS,                                                      \
        {                                                                      \
            IS(1, number), HOLDS, HOLDS                                        \
        }                                                                      \
    }
#define REQUEST(number)                                                        \
    {                                                                          \
        SANDBOX_TERMINAL,                                                      \
        {                                                                      \
            IS(1, number), HOLDS, HOLDS                                        \
        }                                                                      \
    }
#define ADVICE(number)                                                         \
    {                                                                          \
        SANDBOX_ADVICE,                                                        \
        {                                                                      \
            IS(2, number), HOLDS, HOLDS                                        \
        }                                                                      \
    }

/* A call passes a check if all tests of one of its rows hold. */
static const struct way {
    enum sandbox_check check;
    struct test tests[3];
} ways[] = {
    {SANDBOX_NO_EXEC,   {LACKS(2, PROT_EXEC), HOLDS, HOLDS}           },
    {SANDBOX_READING,   {LACKS(2, WRITING), HOLDS, HOLDS}             },
    {SANDBOX_OWN,       {IS(0, OWN_PROCESS), HOLDS, HOLDS}            },
    {SANDBOX_NO_CHILD,  {IS(0, THREAD), HOLDS, HOLDS}                 },
    {SANDBOX_NO_NAME,   {IS(4, 0), {UPPER(4), ALL, 0}, HOLDS}         },
    {SANDBOX_PLAIN,     {LACKS(2, SET_ID | DEVICE_TYPE), HOLDS, HOLDS}},
    {SANDBOX_NO_SET_ID, {LACKS(2, SET_ID), HOLDS, HOLDS}              },
    REQUEST(TCGETS),
    REQUEST(TCSETS),
    REQUEST(TCSETSW),
    REQUEST(TCSETSF),
    REQUEST(TIOCGWINSZ),
    REQUEST(TIOCGPGRP),
    REQUEST(FIONREAD),
    COMMAND(F_DUPFD),
    COMMAND(F_DUPFD_CLOEXEC),
    COMMAND(F_GETFD),
    COMMAND(F_SETFD),
    COMMAND(F_GETFL),
    {SANDBOX_COMMANDS,  {IS(1, F_SETFL), LACKS(2, O_ASYNC), HOLDS}    },
    COMMAND(F_GETLK),
    COMMAND(F_SETLK),
    COMMAND(F_OFD_GETLK),
    COMMAND(F_OFD_SETLK),
 /* No raw sockets, and no other protocol of the kernel. */
    SOCKET(AF_INET, SOCK_STREAM, 0),
    SOCKET(AF_INET6, SOCK_STREAM, 0),
    SOCKET(AF_INET, SOCK_DGRAM, 0),
    SOCKET(AF_INET6, SOCK_DGRAM, 0),
    SOCKET(AF_INET, SOCK_DGRAM, IPPROTO_ICMP),
    SOCKET(AF_INET6, SOCK_DGRAM, IPPROTO_ICMPV6),
    SETTING(SOL_SOCKET, SO_REUSEADDR),
    SETTING(SOL_SOCKET, SO_OOBINLINE),
    SETTING(SOL_SOCKET, SO_KEEPALIVE),
    SETTING(SOL_SOCKET, SO_SNDBUF),
    SETTING(SOL_SOCKET, SO_PASSCRED),
    SETTING(IPPROTO_TCP, TCP_NODELAY),
    SETTING(IPPROTO_IP, IP_TTL),
    SETTING(IPPROTO_IP, IP_RECVERR),
    SETTING(IPPROTO_IPV6, IPV6_V6ONLY),
    SETTING(IPPROTO_IPV6, IPV6_UNICAST_HOPS),
    SETTING(IPPROTO_IPV6, IPV6_RECVERR),
    ADVICE(MADV_DONTNEED),
    ADVICE(MADV_FREE),
    ADVICE(MADV_HUGEPAGE),
    ADVICE(MADV_NOHUGEPAGE),
    ADVICE(MADV_POPULATE_WRITE),
};

/* ---- Instructions -------------------------------------------------------- */

/* The filter is a program for the kernel's classic BPF, which looks at a struct
 * seccomp_data: a buffer of struct sock_filter. */
static void put(struct buffer *filter, unsigned code, uint32_t value)
{
    const struct sock_filter one = {.code = (uint16_t)code, .k = value};
    buffer_append(filter, &one, sizeof(one));
}

/* Passes over `yes` instructions if the loaded word is the value, over `no` if
 * it is another one. */
static void put_compare(struct buffer *filter, uint32_t value, unsigned yes,
                        unsigned no)
{
    const struct sock_filter one = {BPF_JMP | BPF_JEQ | BPF_K, (uint8_t)yes,
                                    (uint8_t)no, value};
    buffer_append(filter, &one, sizeof(one));
}

static void put_return(struct buffer *filter, uint32_t what)
{
    put(filter, BPF_RET | BPF_K, what);
}

static void put_load(struct buffer *filter, size_t offset)
{
    put(filter, BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset);
}

static unsigned length_of(const struct buffer *filter)
{
    const size_t count = filter->size / sizeof(struct sock_filter);
    assert(count <= UINT8_MAX);
    return (unsigned)count;
}

/* Goes on with what follows if the test holds, and behind it if not. */
static void put_test(struct buffer *filter, const struct test *test,
                     const struct buffer *what)
{
    const uint32_t value =
        test->value == OWN_PROCESS ? (uint32_t)getpid() : test->value;
    put_load(filter, offsetof(struct seccomp_data, args) + 4 * test->half);
    if (test->mask != ALL) {
        put(filter, BPF_ALU | BPF_AND | BPF_K, test->mask);
    }
    put_compare(filter, value, 0, length_of(what));
    buffer_append(filter, what->bytes, what->size);
}

/* Allows the call if the tests of this row hold, and goes on behind it. */
static void put_way(struct buffer *filter, const struct way *way)
{
    struct buffer row = {0};
    put_return(&row, SECCOMP_RET_ALLOW);
    for (size_t i = 0; i < ARRAY_SIZE(way->tests); i++) {
        if (way->tests[i].mask) {
            struct buffer inner = row;
            row = (struct buffer){0};
            put_test(&row, &way->tests[i], &inner);
            buffer_fini(&inner);
        }
    }
    buffer_append(filter, row.bytes, row.size);
    buffer_fini(&row);
}

static void put_check(struct buffer *filter, const struct sandbox_call *call)
{
    if (call->check == SANDBOX_ANY || call->check == SANDBOX_LOOK) {
        put_return(filter, SECCOMP_RET_ALLOW);
        return;
    }
    for (size_t i = 0; i < ARRAY_SIZE(ways); i++) {
        if (ways[i].check == call->check) {
            put_way(filter, &ways[i]);
        }
    }
    put_return(filter,
               SECCOMP_RET_ERRNO | ((uint32_t)call->error & SECCOMP_RET_DATA));
}

/* ---- Calls --------------------------------------------------------------- */

static bool is_met(const struct sandbox_call *call, unsigned grants)
{
    return call->when == 0 || (call->when & grants) != 0;
}

static const struct sandbox_call *table_end(void)
{
    return sandbox_table + sandbox_table_size;
}

/* The one row of its number that counts. */
static bool is_first(const struct sandbox_call *call, unsigned grants)
{
    const struct sandbox_call *first = sandbox_table;
    while (first->number != call->number || !is_met(first, grants)) {
        if (first == call) {
            return false;
        }
        first++;
    }
    return first == call;
}

/* Instructions of a call end in a return: behind them the number is loaded
 * still. */
static void put_call(struct buffer *filter, const struct sandbox_call *call)
{
    struct buffer inner = {0};
    put_check(&inner, call);
    put_compare(filter, call->number, 0, length_of(&inner));
    buffer_append(filter, inner.bytes, inner.size);
    buffer_fini(&inner);
}

int sandbox_filter(struct buffer *filter, unsigned grants, uint32_t otherwise)
{
    int count = 0;
    put_load(filter, offsetof(struct seccomp_data, arch));
    put_compare(filter, sandbox_architecture, 1, 0);
    put_return(filter, SECCOMP_RET_KILL_PROCESS);
    put_load(filter, offsetof(struct seccomp_data, nr));
    for (const struct sandbox_call *call = sandbox_table; call != table_end();
         call++) {
        if (is_first(call, grants)) {
            put_call(filter, call);
            count += call->check != SANDBOX_NEVER;
        }
    }
    put_return(filter, otherwise);
    return count;
}

int sandbox_count(unsigned grants)
{
    struct buffer filter = {0};
    int count = sandbox_filter(&filter, grants, SECCOMP_RET_KILL_PROCESS);
    buffer_fini(&filter);
    return count;
}

void sandbox_list_looks(unsigned grants, struct buffer *out)
{
    const char *between = "";
    for (const struct sandbox_call *call = sandbox_table; call != table_end();
         call++) {
        if (call->check == SANDBOX_LOOK && is_first(call, grants)) {
            buffer_print(out, "%s%s", between, call->name);
            between = ", ";
        }
    }
}
