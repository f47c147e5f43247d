/* SPDX-License-Identifier: Apache-2.0 */
/* Finds a CSR by its number. */
#include "isa/riscv/csr.h"

const struct riscv_csr_info riscv_csrs[RISCV_CSRS] = {
#define CSR(number, name, presence, kind, reset, writable, section)            \
    {#name,    number, RISCV_CSR_##presence, RISCV_CSR_##kind, reset,          \
     writable, section},
#include "isa/riscv/csr.def"
#undef CSR
};

int riscv_csr_find(unsigned number)
{
    unsigned low = 0;
    unsigned high = RISCV_CSRS;

    while (low < high) {
        unsigned middle = (low + high) / 2;

        if (riscv_csrs[middle].number < number) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < RISCV_CSRS && riscv_csrs[low].number == number ? (int)low : -1;
}
