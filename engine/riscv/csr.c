/* SPDX-License-Identifier: Apache-2.0 */
/* Reads and writes of CSRs, and their access rules (priv 2 and 3). */
#include "isa/riscv/csr.h"

#include <inttypes.h>

#include "base/bits.h"
#include "engine/riscv/omissions.h"
#include "engine/riscv/riscv.h"

static uint32_t mie_mask(const struct riscv *hart)
{
    uint32_t mask = BIT(MIP_MSIP) | BIT(MIP_MTIP) | BIT(MIP_MEIP);

    if (hart->veer) {
        mask |= BIT(MIP_MITIP0) | BIT(MIP_MITIP1) | BIT(MIP_MCEIP);
    }
    if (hart->ibex) {
        mask |= BIT(MIP_FAST0 + IBEX_FAST_INTERRUPTS) - BIT(MIP_FAST0);
    }
    return mask;
}

/* MPP and MPRV are WARL: only privileges that exist can be held. */
static void write_mstatus(struct riscv *hart, uint32_t value)
{
    uint32_t mask = MSTATUS_MIE | MSTATUS_MPIE;
    uint32_t mpp = (value & MSTATUS_MPP) >> 11;

    if (hart->vcpu.core.config.riscv.user_mode) {
        mask |= MSTATUS_MPRV | MSTATUS_TW;
        if (mpp == RISCV_USER || mpp == RISCV_MACHINE) {
            mask |= MSTATUS_MPP;
        }
    }
    RISCV_CSR(hart, mstatus) =
        (RISCV_CSR(hart, mstatus) & ~mask) | (value & mask);
    riscv_update_contexts(hart);
}

/* ---- Counters: mcycle and minstret both count retired instructions ------- */

static bool inhibited(const struct riscv *hart, unsigned bit)
{
    return (RISCV_CSR(hart, mcountinhibit) >> bit & 1) != 0;
}

static uint64_t counter(const struct riscv *hart, unsigned bit)
{
    uint64_t base =
        bit == 0 ? hart->state.cycle_base : hart->state.instret_base;

    return inhibited(hart, bit) ? base : hart->vcpu.core.retired + base;
}

/* From the next instruction on the counter reads value (priv 3.1.10). */
static void set_counter(struct riscv *hart, unsigned bit, uint64_t value)
{
    uint64_t *base =
        bit == 0 ? &hart->state.cycle_base : &hart->state.instret_base;

    *base =
        inhibited(hart, bit) ? value : value - (hart->vcpu.core.retired + 1);
}

static void write_counter(struct riscv *hart, unsigned bit, bool high,
                          uint32_t value)
{
    uint64_t now = counter(hart, bit);

    set_counter(hart, bit,
                high ? (uint64_t)value << 32 | (uint32_t)now
                     : (now & ~(uint64_t)UINT32_MAX) | value);
}

static void write_mcountinhibit(struct riscv *hart, uint32_t value)
{
    uint64_t cycle = counter(hart, 0);
    uint64_t instret = counter(hart, 2);
    /* The writing instruction itself is still counted as before. */
    uint64_t cycle_after = cycle + (inhibited(hart, 0) ? 0 : 1);
    uint64_t instret_after = instret + (inhibited(hart, 2) ? 0 : 1);

    RISCV_CSR(hart, mcountinhibit) =
        value & riscv_csrs[RISCV_CSR_mcountinhibit].writable;
    set_counter(hart, 0, cycle_after);
    set_counter(hart, 2, instret_after);
}

/* ---- Reads --------------------------------------------------------------- */

static uint32_t read_misa(const struct riscv *hart)
{
    uint32_t value = riscv_csrs[RISCV_CSR_misa].reset;

    return hart->vcpu.core.config.riscv.user_mode ? value | BIT('U' - 'A')
                                                  : value;
}

static bool read_special(struct riscv *hart, unsigned row, uint32_t *value)
{
    switch (row) {
    case RISCV_CSR_misa:
        *value = read_misa(hart);
        return true;
    case RISCV_CSR_mip:
        *value = riscv_mip(hart);
        return true;
    case RISCV_CSR_mhartid:
        *value = hart->vcpu.core.config.hart_id;
        return true;
    case RISCV_CSR_mcycle:
    case RISCV_CSR_cycle:
        *value = (uint32_t)counter(hart, 0);
        return true;
    case RISCV_CSR_mcycleh:
    case RISCV_CSR_cycleh:
        *value = (uint32_t)(counter(hart, 0) >> 32);
        return true;
    case RISCV_CSR_minstret:
    case RISCV_CSR_instret:
        *value = (uint32_t)counter(hart, 2);
        return true;
    case RISCV_CSR_minstreth:
    case RISCV_CSR_instreth:
        *value = (uint32_t)(counter(hart, 2) >> 32);
        return true;
    default:
        break;
    }
    if (hart->veer && riscv_veer_csr_read(hart, row, value)) {
        return true;
    }
    *value = hart->state.csr[row];
    return true;
}

bool riscv_csr_read(struct riscv *hart, unsigned row, uint32_t *value)
{
    if (!hart->has_csr[row]) {
        return false;
    }
    switch (riscv_csrs[row].kind) {
    case RISCV_CSR_STORED:
        *value = hart->state.csr[row];
        return true;
    case RISCV_CSR_CONSTANT:
        *value = riscv_csrs[row].reset;
        return true;
    default:
        return read_special(hart, row, value);
    }
}

/* ---- Writes -------------------------------------------------------------- */

static void write_special(struct riscv *hart, unsigned row, uint32_t value)
{
    switch (row) {
    case RISCV_CSR_mstatus:
        write_mstatus(hart, value);
        return;
    case RISCV_CSR_mie:
        RISCV_CSR(hart, mie) = value & mie_mask(hart);
        if (hart->veer) {
            riscv_veer_listen(hart);
        }
        return;
    case RISCV_CSR_mcountinhibit:
        write_mcountinhibit(hart, value);
        return;
    case RISCV_CSR_mcycle:
    case RISCV_CSR_mcycleh:
        write_counter(hart, 0, row == RISCV_CSR_mcycleh, value);
        return;
    case RISCV_CSR_minstret:
    case RISCV_CSR_minstreth:
        write_counter(hart, 2, row == RISCV_CSR_minstreth, value);
        return;
    default:
        break;
    }
    if (riscv_csrs[row].presence == RISCV_CSR_PMP) {
        riscv_pmp_write(hart, row, value);
    } else if (hart->veer) {
        riscv_veer_csr_write(hart, row, value);
    } else if (hart->ibex) {
        hart->state.csr[row] = riscv_ibex_csr_value(row, value);
    }
}

bool riscv_csr_write(struct riscv *hart, unsigned row, uint32_t value)
{
    uint32_t mask = riscv_csrs[row].writable;

    if (!hart->has_csr[row]) {
        return false;
    }
    if (hart->ibex) {
        value = riscv_ibex_csr_value(row, value);
    }
    if (riscv_csrs[row].kind == RISCV_CSR_STORED) {
        hart->state.csr[row] = (hart->state.csr[row] & ~mask) | (value & mask);
    } else if (riscv_csrs[row].kind == RISCV_CSR_SPECIAL) {
        write_special(hart, row, value);
    }
    return true;
}

/* ---- What has no effect -------------------------------------------------- */

const struct riscv_omission riscv_omissions[RISCV_OMISSIONS] = {
#define OMISSION(csr, bits, text) {RISCV_CSR_##csr, bits, text, true},
#define UNSEEN(csr, bits, text)   {RISCV_CSR_##csr, bits, text, false},
#include "engine/riscv/omissions.def"
#undef OMISSION
#undef UNSEEN
};

/* The row of a CSR that is logged, or NULL; most are asked in vain. */
static const char *omitted(unsigned row, uint32_t value)
{
    switch (row) {
#define OMISSION(csr, bits, text)                                              \
    case RISCV_CSR_##csr:                                                      \
        return (value & (bits)) != 0 ? (text) : NULL;
#define UNSEEN(...)
#include "engine/riscv/omissions.def"
#undef OMISSION
#undef UNSEEN
    default:
        return NULL;
    }
}

void riscv_tell_omitted(const struct riscv *hart, unsigned row, uint32_t value)
{
    const struct core *core = &hart->vcpu.core;
    const char *text = omitted(row, value);

    if (text != NULL &&
        (row != RISCV_CSR_mpmc || riscv_veer_waits_in_vain(hart))) {
        log_write(&core->config.fabric->log, LOG_UNMODELLED, core->name, row,
                  "%s <- 0x%08" PRIx32 ": %s", riscv_csrs[row].name, value,
                  text);
    }
}

/* Priv 2.1, and mcounteren (priv 3.1.11) for the counters in U mode. */
bool riscv_csr_accessible(struct riscv *hart, unsigned number, bool write)
{
    if (hart->state.privilege < riscv_csr_privilege(number) ||
        (write && riscv_csr_read_only(number))) {
        return false;
    }
    if (hart->state.privilege == RISCV_USER && (number & 0xf00) == 0xc00) {
        return (RISCV_CSR(hart, mcounteren) >> (number & 31) & 1) != 0;
    }
    return true;
}
