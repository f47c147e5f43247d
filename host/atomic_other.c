/* SPDX-License-Identifier: Apache-2.0 */
/* Host architectures that were not examined: no ordering is promised. */
#include "host/atomic.h"

bool atomic_host_is_ordered(void)
{
    return false;
}

/* Not atomic; not used where the host promises no ordering. */
bool atomic_swap_if_16(void *place, uint64_t expected[2],
                       const uint64_t value[2])
{
    uint64_t *at = place;

    if (at[0] != expected[0] || at[1] != expected[1]) {
        expected[0] = at[0];
        expected[1] = at[1];
        return false;
    }
    at[0] = value[0];
    at[1] = value[1];
    return true;
}

void atomic_pause(unsigned count)
{
}
