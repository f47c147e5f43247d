/* SPDX-License-Identifier: Apache-2.0 */
/* The names, numbers and access rules of RISC-V CSRs, from csr.def. */
#ifndef ISA_RISCV_CSR_H
#define ISA_RISCV_CSR_H

#include <stdbool.h>
#include <stdint.h>

enum riscv_csr {
#define CSR(number, name, presence, kind, reset, writable, section)            \
    RISCV_CSR_##name,
#include "isa/riscv/csr.def"
#undef CSR
    RISCV_CSRS
};

enum riscv_csr_presence {
    RISCV_CSR_ALL,
    RISCV_CSR_PLAIN,
    RISCV_CSR_VEER,
    RISCV_CSR_IBEX,
    RISCV_CSR_USER,
    RISCV_CSR_PMP,
};

enum riscv_csr_kind {
    RISCV_CSR_STORED,
    RISCV_CSR_CONSTANT,
    RISCV_CSR_SPECIAL,
};

struct riscv_csr_info {
    const char *name;
    uint16_t number;
    uint8_t presence; /* enum riscv_csr_presence */
    uint8_t kind;     /* enum riscv_csr_kind */
    uint32_t reset;
    uint32_t writable;
    const char *section;
};

extern const struct riscv_csr_info riscv_csrs[RISCV_CSRS];

/* The row of a CSR number, or -1. Rows are sorted by number. */
int riscv_csr_find(unsigned number);

/* The lowest privilege that may access a CSR (0 U, 3 M), and whether it may be
 * written at all, both from its number (priv 2.1). */
static inline unsigned riscv_csr_privilege(unsigned number)
{
    return number >> 8 & 3;
}

static inline bool riscv_csr_read_only(unsigned number)
{
    return number >> 10 == 3;
}

#endif
