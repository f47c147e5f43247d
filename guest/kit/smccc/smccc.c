/* SPDX-License-Identifier: Apache-2.0 */
/* The two instructions with their registers. */
#include "guest/kit/smccc/smccc.h"

#define CONDUIT(instruction)                                                   \
    void smccc_##instruction(struct smccc *registers)                          \
    {                                                                          \
        register uint64_t x0 __asm__("x0") = registers->x[0];                  \
        register uint64_t x1 __asm__("x1") = registers->x[1];                  \
        register uint64_t x2 __asm__("x2") = registers->x[2];                  \
        register uint64_t x3 __asm__("x3") = registers->x[3];                  \
        register uint64_t x4 __asm__("x4") = registers->x[4];                  \
        __asm__ volatile(#instruction " #0"                                    \
                         : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3), "+r"(x4)    \
                         :                                                     \
                         : "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12",  \
                           "x13", "x14", "x15", "x16", "x17", "memory");       \
        registers->x[0] = x0;                                                  \
        registers->x[1] = x1;                                                  \
        registers->x[2] = x2;                                                  \
        registers->x[3] = x3;                                                  \
        registers->x[4] = x4;                                                  \
    }

CONDUIT(smc)
CONDUIT(hvc)
