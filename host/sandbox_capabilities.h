/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Acts that an attacker's code could try in a confined process: the one table
 * that a test compares with what such code meets (tests/planted/), and that the
 * man page shows.
 */
#ifndef HOST_SANDBOX_CAPABILITIES_H
#define HOST_SANDBOX_CAPABILITIES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bits.h"

/* In place of grants: all of them, and more; or none. */
#define SANDBOX_ALWAYS   UINT32_MAX
#define SANDBOX_NO_GRANT 0u

/* A grant beside enum sandbox_calls that takes no calls: the session reads all
 * of some folder later. */
#define SANDBOX_BESIDE BIT(31)

/* Tells whether the kernel's own rules may refuse it as well. */
enum sandbox_needs { SANDBOX_PLAIN_USER, SANDBOX_PRIVILEGED };

struct sandbox_capability {
    const char *name;
    const char *words;
    enum sandbox_needs needs;
    /* The grants (enum sandbox_calls, SANDBOX_BESIDE) any one of which makes
     * the filter of calls, or Landlock, let it through. */
    uint32_t calls;
    uint32_t files;
    int since; /* the version of Landlock that refuses it otherwise */
};

extern const struct sandbox_capability sandbox_capabilities[];
extern const size_t sandbox_capability_count;

static inline bool sandbox_lets(uint32_t granted_by, uint32_t grants)
{
    return granted_by == SANDBOX_ALWAYS || (granted_by & grants) != 0;
}

#endif
