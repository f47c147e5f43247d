/* SPDX-License-Identifier: Apache-2.0 */
/* Access rules of system registers: accesses that are UNDEFINED or trapped to a
 * level, and the register that a name reaches (DDI 0487, D1.15 and D5.6). */
#include "base/bits.h"
#include "engine/aarch64/aarch64.h"
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

/* Registers by the rules that they have besides that of the level. */
enum group {
    ORDINARY,
    MEMORY_CONTROL,   /* of stage 1: TVM and TRVM */
    IMPLEMENTATION,   /* TID1 */
    CACHES,           /* TID2 */
    AUXILIARY,        /* TACR */
    FP_CONTROL,       /* TCPAC */
    COUNTER,          /* traps at other places with E2H */
    TIMER,            /* likewise */
    SECURE_TIMER,     /* SCR_EL3.ST */
    LIMITED_ORDERING, /* TLOR */
    ERROR_RECORD,     /* TERR */
    KEY,              /* APK */
    PERFORMANCE,      /* TPM, TPMCR */
    OS_LOCK,          /* TDOSA */
    DEBUG_ROM,        /* TDRA */
    DEBUG,            /* TDA */
    RESET_VECTOR,     /* of the highest level alone */
    DEBUG_STATE,      /* UNDEFINED outside of it */
    STACK_POINTER,    /* UNDEFINED while it is the one in use */
    VENDOR,           /* TIDCP, and for writes ACTLR_EL2 and ACTLR_EL3 */
};

static const uint8_t groups[AARCH64_SYSTEM_REGISTERS] = {
    [AARCH64_SCTLR_EL1] = MEMORY_CONTROL,
    [AARCH64_TTBR0_EL1] = MEMORY_CONTROL,
    [AARCH64_TTBR1_EL1] = MEMORY_CONTROL,
    [AARCH64_TCR_EL1] = MEMORY_CONTROL,
    [AARCH64_ESR_EL1] = MEMORY_CONTROL,
    [AARCH64_FAR_EL1] = MEMORY_CONTROL,
    [AARCH64_AFSR0_EL1] = MEMORY_CONTROL,
    [AARCH64_AFSR1_EL1] = MEMORY_CONTROL,
    [AARCH64_MAIR_EL1] = MEMORY_CONTROL,
    [AARCH64_AMAIR_EL1] = MEMORY_CONTROL,
    [AARCH64_CONTEXTIDR_EL1] = MEMORY_CONTROL,
    [AARCH64_REVIDR_EL1] = IMPLEMENTATION,
    [AARCH64_AIDR_EL1] = IMPLEMENTATION,
    [AARCH64_CCSIDR_EL1... AARCH64_CLIDR_EL1] = CACHES,
    [AARCH64_CSSELR_EL1... AARCH64_CTR_EL0] = CACHES,
    [AARCH64_ACTLR_EL1] = AUXILIARY,
    [AARCH64_CPACR_EL1] = FP_CONTROL,
    [AARCH64_CPTR_EL2] = FP_CONTROL,
    [AARCH64_CNTPCT_EL0] = COUNTER,
    [AARCH64_CNTP_TVAL_EL0... AARCH64_CNTP_CVAL_EL0] = TIMER,
    [AARCH64_CNTPS_TVAL_EL1... AARCH64_CNTPS_CVAL_EL1] = SECURE_TIMER,
    [AARCH64_LORSA_EL1... AARCH64_LORID_EL1] = LIMITED_ORDERING,
    [AARCH64_ERRIDR_EL1... AARCH64_ERXMISC1_EL1] = ERROR_RECORD,
    [AARCH64_APIAKeyLo_EL1... AARCH64_APGAKeyHi_EL1] = KEY,
    [AARCH64_PMCR_EL0... AARCH64_PMCCFILTR_EL0] = PERFORMANCE,
    [AARCH64_MDCCINT_EL1... AARCH64_OSECCR_EL1] = DEBUG,
    [AARCH64_MDRAR_EL1] = DEBUG_ROM,
    [AARCH64_OSLAR_EL1... AARCH64_DBGPRCR_EL1] = OS_LOCK,
    [AARCH64_DBGCLAIMSET_EL1... AARCH64_DBGWCR3_EL1] = DEBUG,
    [AARCH64_RVBAR_EL1... AARCH64_RVBAR_EL3] = RESET_VECTOR,
    [AARCH64_DSPSR_EL0] = DEBUG_STATE,
    [AARCH64_DLR_EL0] = DEBUG_STATE,
    [AARCH64_SP_EL0] = STACK_POINTER,
    [AARCH64_L2CTLR_EL1... AARCH64_CBAR_EL1] = VENDOR,
    [AARCH64_CPUCFR_EL1... AARCH64_CPUPMR_EL3] = VENDOR,
};

/* Bit of ACTLR_EL2 and ACTLR_EL3 that lets lower levels write (TRM 100236,
 * 4.5.1; TRM 100616, B2.6), and one. */
static const uint8_t vendor_bits[AARCH64_SYSTEM_REGISTERS] = {
    [AARCH64_L2CTLR_EL1] = 5,      [AARCH64_L2ECTLR_EL1] = 6,
    [AARCH64_CPUACTLR_EL1] = 1,    [AARCH64_CPUECTLR_EL1] = 2,
    [AARCH64_N1_CPUACTLR_EL1] = 1, [AARCH64_CPUACTLR2_EL1] = 1,
    [AARCH64_CPUACTLR3_EL1] = 1,   [AARCH64_N1_CPUECTLR_EL1] = 2,
    [AARCH64_CPUPWRCTLR_EL1] = 8,
};

static bool vendor_refuses(uint64_t actlr, int row, bool read)
{
    return !read && vendor_bits[row] != 0 &&
           (actlr >> (vendor_bits[row] - 1) & 1) == 0;
}

/* TIDCP is of all encodings that are left to who makes the core. */
bool aarch64_traps_vendor(const struct aarch64 *pe, uint32_t e)
{
    unsigned crn = aarch64_crn_of(e);

    return (crn == 11 || crn == 15) && pe->state.level == 1 &&
           (aarch64_op0_of(e) == 1 || aarch64_op0_of(e) == 3) &&
           aarch64_hcr_controls(pe, 20);
}

static bool between(int row, enum aarch64_register first,
                    enum aarch64_register last)
{
    return row >= (int)first && row <= (int)last;
}

/* Traps of accesses that EL0 may not do though the table lets it. */
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
    } else if (groups[row] == PERFORMANCE) {
        allowed = aarch64_pmu_user_may(pe, row, read);
    } else if (between(row, AARCH64_MDCCSR_EL0, AARCH64_DBGDTRRX_EL0)) {
        allowed = (AARCH64_SYS(pe, MDSCR_EL1) >> 12 & 1) == 0;
    }
    return allowed ? 0 : aarch64_user_trap(pe);
}

bool aarch64_is_memory_control(int row)
{
    return groups[row] == MEMORY_CONTROL;
}

bool aarch64_reads_plainly(int row)
{
    const struct aarch64_register_spec *spec = &aarch64_registers[row];

    return (spec->read == NULL ||
            spec->read == aarch64_read_feature_register) &&
           spec->reader >= 1 && spec->reader <= 3 &&
           (groups[row] == ORDINARY || groups[row] == MEMORY_CONTROL) &&
           aarch64_register_feature((unsigned)row) == AARCH64_FEATURE_BASE;
}

/* Traps of EL1's access to the physical counter (0) and timer (1), at other
 * places with E2H; a host's EL0 has none. */
static bool counter_trapped(const struct aarch64 *pe, unsigned which)
{
    unsigned bit = aarch64_in_host(pe, 2) ? 10 + which : which;

    return !aarch64_in_host(pe, pe->state.level) &&
           (AARCH64_SYS(pe, CNTHCTL_EL2) >> bit & 1) == 0;
}

/* MDCR_EL2, with which TDE or TGE sets TDA, TDOSA and TDRA. */
static bool hypervisor_debugs(const struct aarch64 *pe, unsigned bit)
{
    uint64_t debug = AARCH64_SYS(pe, MDCR_EL2);
    bool all = (debug >> 8 & 1) != 0 || (aarch64_hcr(pe) >> 27 & 1) != 0;

    return (debug >> bit & 1) != 0 || (all && bit >= 9);
}

static bool hypervisor_wants(const struct aarch64 *pe, int row, bool read)
{
    switch ((enum group)groups[row]) {
    case MEMORY_CONTROL:
        return aarch64_hcr_controls(pe,
                                    read ? AARCH64_HCR_TRVM : AARCH64_HCR_TVM);
    case IMPLEMENTATION:
        return aarch64_hcr_controls(pe, 16);
    case CACHES:
        return aarch64_hcr_controls(pe, 17);
    case AUXILIARY:
        return aarch64_hcr_controls(pe, 21);
    case FP_CONTROL:
        return (AARCH64_SYS(pe, CPTR_EL2) >> 31 & 1) != 0;
    case COUNTER:
        return counter_trapped(pe, 0);
    case TIMER:
        return counter_trapped(pe, 1);
    case LIMITED_ORDERING:
        return aarch64_hcr_controls(pe, 35);
    case ERROR_RECORD:
        return aarch64_hcr_controls(pe, 36);
    case KEY:
        return !aarch64_hcr_controls(pe, 40);
    case VENDOR:
        return aarch64_hcr_controls(pe, 20) ||
               vendor_refuses(AARCH64_SYS(pe, ACTLR_EL2), row, read);
    case PERFORMANCE:
        return hypervisor_debugs(pe, 6) ||
               (row == AARCH64_PMCR_EL0 && hypervisor_debugs(pe, 5));
    case OS_LOCK:
        return hypervisor_debugs(pe, 10);
    case DEBUG_ROM:
        return hypervisor_debugs(pe, 11);
    case DEBUG:
        return hypervisor_debugs(pe, 9);
    default:
        return false;
    }
}

static bool monitor_wants(const struct aarch64 *pe, int row, bool read)
{
    const uint64_t debug = AARCH64_SYS(pe, MDCR_EL3);
    const uint64_t scr = AARCH64_SYS(pe, SCR_EL3);

    switch ((enum group)groups[row]) {
    case FP_CONTROL:
        return (AARCH64_SYS(pe, CPTR_EL3) >> 31 & 1) != 0;
    case PERFORMANCE:
        return (debug >> 6 & 1) != 0;
    case SECURE_TIMER:
        return (scr >> 11 & 1) == 0; /* ST */
    case LIMITED_ORDERING:
        return (scr >> 14 & 1) != 0;
    case ERROR_RECORD:
        return (scr >> 15 & 1) != 0;
    case KEY:
        return (scr >> 16 & 1) == 0;
    case VENDOR:
        return vendor_refuses(AARCH64_SYS(pe, ACTLR_EL3), row, read);
    case OS_LOCK:
        return (debug >> 10 & 1) != 0;
    case DEBUG:
    case DEBUG_ROM:
        return (debug >> 9 & 1) != 0;
    default:
        return false;
    }
}

/* UNDEFINED at a level that the table lets in. */
static bool is_undefined(const struct aarch64 *pe, int row, unsigned highest)
{
    const unsigned level = pe->state.level;

    switch ((enum group)groups[row]) {
    case LIMITED_ORDERING:
        return !aarch64_non_secure(pe);
    case RESET_VECTOR:
        return row - (int)AARCH64_RVBAR_EL1 + 1 != (int)highest;
    case DEBUG_STATE:
        return true;
    case STACK_POINTER:
        return pe->state.spsel == 0;
    case SECURE_TIMER:
        return level < 3 && (aarch64_non_secure(pe) || level == 2);
    default:
        return false;
    }
}

unsigned aarch64_check_access(const struct aarch64 *pe, int row, bool read)
{
    const struct aarch64_register_spec *spec = &aarch64_registers[row];
    unsigned level = pe->state.level;
    unsigned needed = read ? spec->reader : spec->writer;
    unsigned highest = pe->has_el3 ? 3 : pe->has_el2 ? 2 : 1;

    if (needed == 5) { /* the highest level */
        needed = highest;
    }
    if (needed > 3 || level < needed ||
        !aarch64_has(pe, aarch64_register_feature((unsigned)row)) ||
        (needed == 2 && !pe->has_el2 && level != 3) ||
        (needed == 3 && !pe->has_el3)) {
        return AARCH64_UNDEFINED;
    }
    if (groups[row] == ORDINARY && level != 0) {
        return 0;
    }
    if (is_undefined(pe, row, highest)) {
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
    return level < 3 && pe->has_el3 && monitor_wants(pe, row, read) ? 3 : 0;
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
    if (aarch64_op0_of(e) != 3 || aarch64_op1_of(e) != 5 ||
        pe->state.level < 2 || !aarch64_in_host(pe, 2)) {
        return -1;
    }
    bool timer = aarch64_crn_of(e) == 14 && aarch64_crm_of(e) >= 2;
    int row = aarch64_register_find((e & ~(7u << 11)) |
                                    (uint32_t)(timer ? 3 : 0) << 11);

    return row >= 0 && host_rows[row] != 0 ? row : -1;
}
