/* SPDX-License-Identifier: Apache-2.0 */
/* Inside the sandbox: the calls that its filter lets through, by host. */
#ifndef HOST_SANDBOX_CALLS_H
#define HOST_SANDBOX_CALLS_H

#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"

/* The required values of arguments; other values fail the call. The tests are
 * rows of host/sandbox_filter.c. */
enum sandbox_check {
    SANDBOX_ANY,
    SANDBOX_LOOK,      /* as ANY: looks at any path, whatever Landlock says */
    SANDBOX_NO_EXEC,   /* mmap, mprotect: nothing becomes executable */
    SANDBOX_READING,   /* openat: for reading alone */
    SANDBOX_OWN,       /* tgkill, kill: the process itself */
    SANDBOX_TERMINAL,  /* ioctl: of terminals, and none that types there */
    SANDBOX_COMMANDS,  /* fcntl: flags and locks; no signals, no leases */
    SANDBOX_INTERNET,  /* socket: TCP, UDP and echo requests of IPv4 and IPv6 */
    SANDBOX_SETTINGS,  /* setsockopt: what back ends and libslirp set */
    SANDBOX_NO_NAME,   /* sendto: to the peer that the socket has */
    SANDBOX_NO_CHILD,  /* clone: threads as pthread_create makes them */
    SANDBOX_ADVICE,    /* madvise: pages that are given back or populated */
    SANDBOX_PLAIN,     /* mknodat: no devices, no set-id bits */
    SANDBOX_NO_SET_ID, /* mkdirat: no such bits */
    SANDBOX_NEVER,     /* with any arguments; the caller has an alternative */
};

struct sandbox_call {
    uint32_t number;
    const char *name;
    unsigned when; /* any of enum sandbox_calls, or 0: always */
    enum sandbox_check check;
    int error; /* if the check fails */
};

/* AUDIT_ARCH_..., or 0: there is no table for this host. */
extern const uint32_t sandbox_architecture;
/* Calls of one number: the first whose `when` is met counts. */
extern const struct sandbox_call sandbox_table[];
extern const size_t sandbox_table_size;

/* Assembles the filter for grants, enum sandbox_calls; `otherwise` is what it
 * returns for all calls but those of the table (seccomp(2)). Returns how many
 * calls are allowed, if only in part. */
int sandbox_filter(struct buffer *filter, unsigned grants, uint32_t otherwise);

#endif
