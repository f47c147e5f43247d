/* SPDX-License-Identifier: Apache-2.0 */
/* The 16-byte exchange of x86-64 (CMPXCHG16B), and whether 16-byte loads are
 * atomic. */
#include "host/atomic.h"

#include <string.h>
#include <sys/platform/x86.h>

__extension__ typedef unsigned __int128 wide;

/* SDM volume 3, 9.2.2: total store order. CMPXCHG16B is not on all. */
bool atomic_host_is_ordered(void)
{
    return CPU_FEATURE_ACTIVE(CMPXCHG16B);
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

void atomic_pause(unsigned count)
{
    while (count-- != 0) {
        __builtin_ia32_pause();
    }
}
