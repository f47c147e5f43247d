/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lowRISC Ibex (its reference guide, cs_registers and exception_interrupts):
 * traps are always vectored, 15 fast interrupts come before all others, the
 * non-maskable one is number 31 of the same table, and cpuctrl notes
 * synchronous exceptions in a handler of one.
 *
 * What depends on the configuration of the core is as if it had it: cpuctrl
 * keeps its switches, which change nothing. Not modelled are enhanced PMP,
 * triggers, and the copies of CSRs by which software can return from an
 * interrupt 31 that came in a handler.
 */
#include "base/bits.h"
#include "engine/riscv/riscv.h"

enum { MARCHID = 22, MTVEC_VECTORED = 1 };
enum {
    CPUCTRL_EXCEPTION_SEEN = 1 << 6,
    CPUCTRL_DOUBLE_FAULT_SEEN = 1 << 7,
    CPUCTRL_ALL = 0xff,
};

const struct input_spec riscv_ibex_inputs[RISCV_INPUTS + IBEX_FAST_INTERRUPTS] =
    {
        {"msip",       NULL},
        {"mtip",       NULL},
        {"meip",       NULL},
        {"nmi",        NULL},
        {"nmi_vector", NULL},
        {"reset",      NULL},
        {"fast0",      NULL},
        {"fast1",      NULL},
        {"fast2",      NULL},
        {"fast3",      NULL},
        {"fast4",      NULL},
        {"fast5",      NULL},
        {"fast6",      NULL},
        {"fast7",      NULL},
        {"fast8",      NULL},
        {"fast9",      NULL},
        {"fast10",     NULL},
        {"fast11",     NULL},
        {"fast12",     NULL},
        {"fast13",     NULL},
        {"fast14",     NULL},
};

/* The board's reset vector is the boot address + 80 (hexadecimal), and the
 * table of traps is at the boot address until software moves it. */
void riscv_ibex_reset(struct riscv *hart)
{
    RISCV_CSR(hart, mstatus) = riscv_csrs[RISCV_CSR_mstatus].reset;
    RISCV_CSR(hart, marchid) = MARCHID;
    RISCV_CSR(hart, mtvec) = riscv_ibex_csr_value(
        RISCV_CSR_mtvec, (uint32_t)hart->vcpu.core.config.reset_vector.value);
    hart->state.csr[IBEX_CPUCTRL] = 0;
}

void riscv_ibex_input(struct riscv *hart, unsigned number, uint32_t level)
{
    unsigned line = number - RISCV_INPUT_FAST;

    if (!hart->ibex || line >= IBEX_FAST_INTERRUPTS) {
        return;
    }
    hart->state.fast = level != 0 ? hart->state.fast | BIT(line)
                                  : hart->state.fast & ~BIT(line);
    hart->vcpu.attention = true;
    riscv_wake(hart);
}

uint32_t riscv_ibex_csr_value(unsigned row, uint32_t value)
{
    switch (row) {
    case RISCV_CSR_mtvec:
        return (value & ~(uint32_t)0xff) | MTVEC_VECTORED;
    case RISCV_CSR_mcause:
        return value & (RISCV_INTERRUPT | 0x1f);
    case IBEX_CPUCTRL:
        return value & CPUCTRL_ALL;
    default:
        return value;
    }
}

void riscv_ibex_exception(struct riscv *hart)
{
    uint32_t *cpuctrl = &hart->state.csr[IBEX_CPUCTRL];

    if ((*cpuctrl & CPUCTRL_EXCEPTION_SEEN) != 0) {
        *cpuctrl |= CPUCTRL_DOUBLE_FAULT_SEEN;
    }
    *cpuctrl |= CPUCTRL_EXCEPTION_SEEN;
}

void riscv_ibex_returned(struct riscv *hart)
{
    hart->state.csr[IBEX_CPUCTRL] &= ~(uint32_t)CPUCTRL_EXCEPTION_SEEN;
}
