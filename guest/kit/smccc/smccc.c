/* SPDX-License-Identifier: Apache-2.0 */
/* The SMC instruction with its registers. */
#include "guest/kit/smccc/smccc.h"

void smccc_call(struct smccc *registers)
{
    register uint64_t x0 __asm__("x0") = registers->x[0];
    register uint64_t x1 __asm__("x1") = registers->x[1];
    register uint64_t x2 __asm__("x2") = registers->x[2];
    register uint64_t x3 __asm__("x3") = registers->x[3];
    register uint64_t x4 __asm__("x4") = registers->x[4];
    __asm__ volatile("smc #0"
                     : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3), "+r"(x4)
                     :
                     : "memory");
    *registers = (struct smccc){
        {x0, x1, x2, x3, x4}
    };
}
