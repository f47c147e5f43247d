/* SPDX-License-Identifier: Apache-2.0 */
#include "host/atomic.h"

#include <cpuid.h>
#include <string.h>

__extension__ typedef unsigned __int128 wide;

/* SDM volume 3, 9.2.2: total store order. CMPXCHG16B is not on all. */
bool atomic_host_is_ordered(void)
{
    unsigned a, b, c, d;

    return __get_cpuid(1, &a, &b, &c, &d) != 0 && (c & 1u << 13) != 0;
}

__attribute__((target("cx16"))) bool
atomic_swap_if_16(void *place, uint64_t expected[2], const uint64_t value[2])
{
    wide old, new;

    memcpy(&old, expected, sizeof(old));
    memcpy(&new, value, sizeof(new));
    wide found = __sync_val_compare_and_swap((wide *)place, old, new);
    memcpy(expected, &found, sizeof(found));
    return found == old;
}
