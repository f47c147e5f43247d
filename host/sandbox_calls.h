/* SPDX-License-Identifier: Apache-2.0 */
/* Inside the sandbox: the calls that its filter lets through, by host. */
#ifndef HOST_SANDBOX_CALLS_H
#define HOST_SANDBOX_CALLS_H

#include <stddef.h>
#include <stdint.h>

/* The required value of an argument; other values fail the call. */
enum sandbox_check {
    SANDBOX_ANY,
    SANDBOX_NO_EXEC,  /* mmap, mprotect: nothing becomes executable */
    SANDBOX_READING,  /* openat: for reading alone */
    SANDBOX_OWN,      /* tgkill, kill: the process itself */
    SANDBOX_TERMINAL, /* ioctl: of terminals, and none that types there */
    SANDBOX_INTERNET, /* socket: IPv4 and IPv6 */
    SANDBOX_NO_CHILD, /* clone: threads alone */
    SANDBOX_NEVER,    /* with any arguments; the caller has an alternative */
};

struct sandbox_call {
    uint32_t number;
    unsigned when; /* any of enum sandbox_calls, or 0: always */
    enum sandbox_check check;
    int error; /* if the check fails */
};

/* AUDIT_ARCH_..., or 0: there is no table for this host. */
extern const uint32_t sandbox_architecture;
/* Calls of one number: the first whose `when` is met counts. */
extern const struct sandbox_call sandbox_table[];
extern const size_t sandbox_table_size;

#endif
