/* SPDX-License-Identifier: Apache-2.0 */
/* Atomic accesses of a size that is known at run time, sequentially
 * consistent. Places are aligned to the size. Any thread. */
#ifndef HOST_ATOMIC_H
#define HOST_ATOMIC_H

#include <stdbool.h>
#include <stdint.h>

/* size is 1, 2, 4 or 8. */
uint64_t atomic_read(const void *place, unsigned size);
/* Writes `value` if the object holds *expected, and returns true; otherwise
 * *expected becomes its value. */
bool atomic_swap_if(void *place, unsigned size, uint64_t *expected,
                    uint64_t value);
/* The same for 16 bytes, the lower half first. */
bool atomic_swap_if_16(void *place, uint64_t expected[2],
                       const uint64_t value[2]);

/* So many times the host's hint that a loop waits for another processor. */
void atomic_pause(unsigned count);
/* True if the host orders memory as x86-64 does: loads among themselves, stores
 * among themselves, and loads before later stores; and has all of the above. */
bool atomic_host_is_ordered(void);

#endif
