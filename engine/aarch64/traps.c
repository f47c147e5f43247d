/* SPDX-License-Identifier: Apache-2.0 */
/* Access rules of system registers: accesses that are UNDEFINED or trapped to a
 * level, and the register that a name reaches (DDI 0487, D1.15 and D5.6). */
#include "base/bits.h"
#include "engine/aarch64/system.h"

bool aarch64_hcr_controls(const struct aarch64 *pe, unsigned bit)
{
    return pe->state.level < 2 && !aarch64_in_host(pe, pe->state.level) &&
           (aarch64_hcr(pe) >> bit & 1) != 0;
}

unsigned aarch64_user_trap(const struct aarch64 *pe)
{
    return (aarch64_hcr(pe) >> 27 & 1) != 0 ? 2 : 1;
}

bool aarch64_user_control(const struct aarch64 *pe, unsigned bit)
{
    return (pe->state.sys[aarch64_sctlr(pe, 0)] >> bit & 1) != 0;
}

static bool between(int row, enum aarch64_register first,
                    enum aarch64_register last)
{
    return row >= (int)first && row <= (int)last;
}

static bool is_pmu(int row)
{
    return between(row, AARCH64_PMCR_EL0, AARCH64_PMCCFILTR_EL0);
}

/* What EL0 may not do though the table lets it. */
static unsigned user_check(const struct aarch64 *pe, int row, bool read)
{
    /* CNTHCTL_EL2 has these bits at the same places with E2H. */
    uint64_t control = aarch64_in_host(pe, 0) ? AARCH64_SYS(pe, CNTHCTL_EL2)
                                              : AARCH64_SYS(pe, CNTKCTL_EL1);
    bool allowed = true;

    if (row == AARCH64_CTR_EL0) {
        allowed = aarch64_user_control(pe, 15);
    } else if (row == AARCH64_DAIF) {
        allowed = aarch64_user_control(pe, 9);
    } else if (row == AARCH64_CNTPCT_EL0) {
        allowed = (control & 1) != 0;
    } else if (row == AARCH64_CNTVCT_EL0) {
        allowed = (control & 2) != 0;
    } else if (row == AARCH64_CNTFRQ_EL0) {
        allowed = (control & 3) != 0;
    } else if (between(row, AARCH64_CNTP_TVAL_EL0, AARCH64_CNTP_CVAL_EL0)) {
        allowed = (control >> 9 & 1) != 0;
    } else if (between(row, AARCH64_CNTV_TVAL_EL0, AARCH64_CNTV_CVAL_EL0)) {
        allowed = (control >> 8 & 1) != 0;
    } else if (is_pmu(row)) {
        allowed = aarch64_pmu_user_may(pe, row, read);
    } else if (between(row, AARCH64_MDCCSR_EL0, AARCH64_DBGDTRRX_EL0)) {
        allowed = (AARCH64_SYS(pe, MDSCR_EL1) >> 12 & 1) == 0;
    }
    return allowed ? 0 : aarch64_user_trap(pe);
}

/* The registers of stage 1 that TVM and TRVM trap. */
bool aarch64_is_memory_control(int row)
{
    switch (row) {
    case AARCH64_SCTLR_EL1:
    case AARCH64_TTBR0_EL1:
    case AARCH64_TTBR1_EL1:
    case AARCH64_TCR_EL1:
    case AARCH64_ESR_EL1:
    case AARCH64_FAR_EL1:
    case AARCH64_AFSR0_EL1:
    case AARCH64_AFSR1_EL1:
    case AARCH64_MAIR_EL1:
    case AARCH64_AMAIR_EL1:
    case AARCH64_CONTEXTIDR_EL1:
        return true;
    default:
        return false;
    }
}

static bool is_key(int row)
{
    return between(row, AARCH64_APIAKeyLo_EL1, AARCH64_APGAKeyHi_EL1);
}

static bool is_limited_ordering(int row)
{
    return between(row, AARCH64_LORSA_EL1, AARCH64_LORID_EL1);
}

static bool is_error_record(int row)
{
    return between(row, AARCH64_ERRIDR_EL1, AARCH64_ERXMISC1_EL1);
}

/* Traps of EL1's access to the physical counter (0) and timer (1), at other
 * places with E2H; a host's EL0 has none. */
static bool counter_trapped(const struct aarch64 *pe, unsigned which)
{
    unsigned bit = aarch64_in_host(pe, 2) ? 10 + which : which;

    return !aarch64_in_host(pe, pe->state.level) &&
           (AARCH64_SYS(pe, CNTHCTL_EL2) >> bit & 1) == 0;
}

static bool hypervisor_wants(const struct aarch64 *pe, int row, bool read)
{
    uint64_t debug = AARCH64_SYS(pe, MDCR_EL2);

    if ((debug & 1 << 8) != 0 ||
        (aarch64_hcr(pe) >> 27 & 1) != 0) { /* TDE, TGE */
        debug |= 7 << 9;                    /* TDA, TDOSA, TDRA */
    }
    if (aarch64_is_memory_control(row)) {
        return aarch64_hcr_controls(pe,
                                    read ? AARCH64_HCR_TRVM : AARCH64_HCR_TVM);
    }
    if (row == AARCH64_REVIDR_EL1 || row == AARCH64_AIDR_EL1) {
        return aarch64_hcr_controls(pe, 16);
    }
    if (between(row, AARCH64_CCSIDR_EL1, AARCH64_CLIDR_EL1) ||
        row == AARCH64_CSSELR_EL1 || row == AARCH64_CTR_EL0) {
        return aarch64_hcr_controls(pe, 17);
    }
    if (row == AARCH64_ACTLR_EL1) {
        return aarch64_hcr_controls(pe, 21);
    }
    if (row == AARCH64_CPACR_EL1) {
        return (AARCH64_SYS(pe, CPTR_EL2) >> 31 & 1) != 0;
    }
    if (row == AARCH64_CNTPCT_EL0) {
        return counter_trapped(pe, 0);
    }
    if (between(row, AARCH64_CNTP_TVAL_EL0, AARCH64_CNTP_CVAL_EL0)) {
        return counter_trapped(pe, 1);
    }
    if (is_limited_ordering(row)) {
        return aarch64_hcr_controls(pe, 35);
    }
    if (is_error_record(row)) {
        return aarch64_hcr_controls(pe, 36);
    }
    if (is_key(row)) {
        return !aarch64_hcr_controls(pe, 40);
    }
    if (is_pmu(row)) {
        return (debug >> 6 & 1) != 0 ||
               (row == AARCH64_PMCR_EL0 && (debug >> 5 & 1) != 0);
    }
    if (between(row, AARCH64_OSLAR_EL1, AARCH64_DBGPRCR_EL1)) {
        return (debug >> 10 & 1) != 0;
    }
    return row >= 0 && aarch64_op0_of(aarch64_registers[row].encoding) == 2 &&
           (debug >> (row == AARCH64_MDRAR_EL1 ? 11 : 9) & 1) != 0;
}

static bool monitor_wants(const struct aarch64 *pe, int row)
{
    uint64_t debug = AARCH64_SYS(pe, MDCR_EL3);

    if (row == AARCH64_CPACR_EL1 || row == AARCH64_CPTR_EL2) {
        return (AARCH64_SYS(pe, CPTR_EL3) >> 31 & 1) != 0;
    }
    if (is_pmu(row)) {
        return (debug >> 6 & 1) != 0;
    }
    if (between(row, AARCH64_CNTPS_TVAL_EL1, AARCH64_CNTPS_CVAL_EL1)) {
        return (AARCH64_SYS(pe, SCR_EL3) >> 11 & 1) == 0; /* ST */
    }
    if (is_limited_ordering(row)) {
        return (AARCH64_SYS(pe, SCR_EL3) >> 14 & 1) != 0;
    }
    if (is_error_record(row)) {
        return (AARCH64_SYS(pe, SCR_EL3) >> 15 & 1) != 0;
    }
    if (is_key(row)) {
        return (AARCH64_SYS(pe, SCR_EL3) >> 16 & 1) == 0;
    }
    if (between(row, AARCH64_OSLAR_EL1, AARCH64_DBGPRCR_EL1)) {
        return (debug >> 10 & 1) != 0;
    }
    return aarch64_op0_of(aarch64_registers[row].encoding) == 2 &&
           (debug >> 9 & 1) != 0;
}

unsigned aarch64_check_access(const struct aarch64 *pe, int row, bool read)
{
    const struct aarch64_register_spec *spec = &aarch64_registers[row];
    unsigned level = pe->state.level;
    unsigned needed = read ? spec->access.read : spec->access.write;
    unsigned highest = pe->has_el3 ? 3 : pe->has_el2 ? 2 : 1;

    if (needed == 5) { /* the highest level */
        needed = highest;
    }
    if (needed > 3 || level < needed ||
        !aarch64_has(pe, aarch64_register_feature((unsigned)row)) ||
        (is_limited_ordering(row) && !aarch64_non_secure(pe))) {
        return AARCH64_UNDEFINED;
    }
    if ((needed == 2 && !pe->has_el2 && level != 3) ||
        (needed == 3 && !pe->has_el3)) {
        return AARCH64_UNDEFINED;
    }
    if (between(row, AARCH64_RVBAR_EL1, AARCH64_RVBAR_EL3) &&
        row - (int)AARCH64_RVBAR_EL1 + 1 != (int)highest) {
        return AARCH64_UNDEFINED;
    }
    if (row == AARCH64_DSPSR_EL0 || row == AARCH64_DLR_EL0) {
        return AARCH64_UNDEFINED; /* outside of Debug state */
    }
    if (row == AARCH64_SP_EL0 + (int)level && pe->state.spsel == 0 &&
        level == 0) {
        return AARCH64_UNDEFINED;
    }
    if (row == AARCH64_SP_EL0 && pe->state.spsel == 0) {
        return AARCH64_UNDEFINED; /* it is the one in use */
    }
    if (between(row, AARCH64_CNTPS_TVAL_EL1, AARCH64_CNTPS_CVAL_EL1) &&
        level < 3 && (aarch64_non_secure(pe) || level == 2)) {
        return AARCH64_UNDEFINED;
    }
    unsigned trap = level == 0 ? user_check(pe, row, read) : 0;
    if (trap != 0) {
        return trap;
    }
    if (level < 2 && aarch64_el2_enabled(pe) &&
        hypervisor_wants(pe, row, read)) {
        return 2;
    }
    return level < 3 && pe->has_el3 && monitor_wants(pe, row) ? 3 : 0;
}

/* ---- Host extensions (D5.6) ---------------------------------------------- */

/* With HCR_EL2.E2H, a name of EL1 is EL2's register at EL2, and the timers of
 * EL1 are EL2's at a host's EL0. */
static const uint16_t host_rows[AARCH64_SYSTEM_REGISTERS] = {
    [AARCH64_SCTLR_EL1] = AARCH64_SCTLR_EL2,
    [AARCH64_CPACR_EL1] = AARCH64_CPTR_EL2,
    [AARCH64_TTBR0_EL1] = AARCH64_TTBR0_EL2,
    [AARCH64_TTBR1_EL1] = AARCH64_TTBR1_EL2,
    [AARCH64_TCR_EL1] = AARCH64_TCR_EL2,
    [AARCH64_AFSR0_EL1] = AARCH64_AFSR0_EL2,
    [AARCH64_AFSR1_EL1] = AARCH64_AFSR1_EL2,
    [AARCH64_ESR_EL1] = AARCH64_ESR_EL2,
    [AARCH64_FAR_EL1] = AARCH64_FAR_EL2,
    [AARCH64_MAIR_EL1] = AARCH64_MAIR_EL2,
    [AARCH64_AMAIR_EL1] = AARCH64_AMAIR_EL2,
    [AARCH64_VBAR_EL1] = AARCH64_VBAR_EL2,
    [AARCH64_CONTEXTIDR_EL1] = AARCH64_CONTEXTIDR_EL2,
    [AARCH64_CNTKCTL_EL1] = AARCH64_CNTHCTL_EL2,
    [AARCH64_SPSR_EL1] = AARCH64_SPSR_EL2,
    [AARCH64_ELR_EL1] = AARCH64_ELR_EL2,
    [AARCH64_CNTP_TVAL_EL0] = AARCH64_CNTHP_TVAL_EL2,
    [AARCH64_CNTP_CTL_EL0] = AARCH64_CNTHP_CTL_EL2,
    [AARCH64_CNTP_CVAL_EL0] = AARCH64_CNTHP_CVAL_EL2,
    [AARCH64_CNTV_TVAL_EL0] = AARCH64_CNTHV_TVAL_EL2,
    [AARCH64_CNTV_CTL_EL0] = AARCH64_CNTHV_CTL_EL2,
    [AARCH64_CNTV_CVAL_EL0] = AARCH64_CNTHV_CVAL_EL2,
};

enum aarch64_register aarch64_host_row(int row)
{
    return (enum aarch64_register)host_rows[row];
}

enum aarch64_register aarch64_reached_row(const struct aarch64 *pe, int row)
{
    unsigned level = pe->state.level;

    if (host_rows[row] != 0 && (level == 2 || level == 0) &&
        aarch64_in_host(pe, level)) {
        return (enum aarch64_register)host_rows[row];
    }
    /* RAS: a virtual machine defers its virtual errors. */
    if (row == AARCH64_DISR_EL1 && level == 1 &&
        (aarch64_hcr(pe) >> 5 & 1) != 0) { /* AMO */
        return AARCH64_VDISR_EL2;
    }
    return (enum aarch64_register)row;
}

int aarch64_find_alias(const struct aarch64 *pe, uint32_t e)
{
    bool timer = aarch64_crn_of(e) == 14 && aarch64_crm_of(e) >= 2;
    int row = aarch64_register_find((e & ~(7u << 11)) |
                                    (uint32_t)(timer ? 3 : 0) << 11);

    return aarch64_op0_of(e) == 3 && aarch64_op1_of(e) == 5 && row >= 0 &&
                   host_rows[row] != 0 && pe->state.level >= 2 &&
                   aarch64_in_host(pe, 2)
               ? row
               : -1;
}
