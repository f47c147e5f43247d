/* SPDX-License-Identifier: Apache-2.0 */
/* Bits of CSRs without effect (omissions.def). */
#ifndef ENGINE_RISCV_OMISSIONS_H
#define ENGINE_RISCV_OMISSIONS_H

#include <stdbool.h>
#include <stdint.h>

struct riscv_omission {
    unsigned csr; /* enum riscv_csr_row */
    uint32_t mask;
    const char *text;
    bool logged;
};

enum {
#define OMISSION(...) +1
#define UNSEEN(...)   +1
    RISCV_OMISSIONS = 0
#include "engine/riscv/omissions.def"
#undef OMISSION
#undef UNSEEN
};

extern const struct riscv_omission riscv_omissions[RISCV_OMISSIONS];

struct riscv;
/* A guest writes value: logs what it relies on. */
void riscv_tell_omitted(const struct riscv *hart, unsigned row, uint32_t value);

#endif
