/* SPDX-License-Identifier: Apache-2.0 */
/* Control and status registers of a RISC-V hart, by name or number. */
#ifndef GUEST_KIT_CSR_H
#define GUEST_KIT_CSR_H

#include <stdint.h>

#define CSR_READ(csr)                                                          \
    __extension__({                                                            \
        uint32_t csr_value;                                                    \
        __asm__ volatile("csrr %0, " #csr : "=r"(csr_value));                  \
        csr_value;                                                             \
    })

#define CSR_WRITE(csr, value)                                                  \
    do {                                                                       \
        uint32_t csr_value = (value);                                          \
        __asm__ volatile("csrw " #csr ", %0" : : "r"(csr_value) : "memory");   \
    } while (0)

#define CSR_SET(csr, bits)                                                     \
    __asm__ volatile("csrs " #csr ", %0" : : "r"((uint32_t)(bits)) : "memory")

#define CSR_MIE_MTIE (1u << 7)
#define CSR_MIE_MEIE (1u << 11)

#endif
