/* SPDX-License-Identifier: Apache-2.0 */
/* Atomic accesses by the compiler's built-in functions, one per size. */
#include "host/atomic.h"

uint64_t atomic_read(const void *place, unsigned size)
{
    switch (size) {
    case 1:
        return __atomic_load_n((const uint8_t *)place, __ATOMIC_SEQ_CST);
    case 2:
        return __atomic_load_n((const uint16_t *)place, __ATOMIC_SEQ_CST);
    case 4:
        return __atomic_load_n((const uint32_t *)place, __ATOMIC_SEQ_CST);
    default:
        return __atomic_load_n((const uint64_t *)place, __ATOMIC_SEQ_CST);
    }
}

#define SWAP_IF(type)                                                          \
    do {                                                                       \
        type old = (type)*expected;                                            \
        bool done = __atomic_compare_exchange_n(                               \
            (type *)place, &old, (type)value, false, __ATOMIC_SEQ_CST,         \
            __ATOMIC_SEQ_CST);                                                 \
        *expected = old;                                                       \
        return done;                                                           \
    } while (0)

bool atomic_swap_if(void *place, unsigned size, uint64_t *expected,
                    uint64_t value)
{
    switch (size) {
    case 1:
        SWAP_IF(uint8_t);
    case 2:
        SWAP_IF(uint16_t);
    case 4:
        SWAP_IF(uint32_t);
    default:
        SWAP_IF(uint64_t);
    }
}
