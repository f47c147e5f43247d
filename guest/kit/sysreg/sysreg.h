/* SPDX-License-Identifier: Apache-2.0 */
/* System registers of an AArch64 core, by the names that assembly has for them
 * (those of later extensions as S<op0>_<op1>_C<n>_C<m>_<op2>). */
#ifndef GUEST_KIT_SYSREG_H
#define GUEST_KIT_SYSREG_H

#include <stdint.h>

#define SYSREG_TEXT(name) #name

#define SYSREG_READ(name)                                                      \
    __extension__({                                                            \
        uint64_t sysreg_value;                                                 \
        __asm__ volatile("mrs %0, " SYSREG_TEXT(name) : "=r"(sysreg_value));   \
        sysreg_value;                                                          \
    })

#define SYSREG_WRITE(name, value)                                              \
    __asm__ volatile("msr " SYSREG_TEXT(name) ", %0"                           \
                     :                                                         \
                     : "r"((uint64_t)(value))                                  \
                     : "memory")

/* Earlier writes hold for the instructions that follow (DDI 0487, D13.1.2).
 */
#define SYSREG_SYNCHRONISE() __asm__ volatile("isb" : : : "memory")

#endif
