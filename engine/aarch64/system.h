/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rules of MRS, MSR and SYS that system.c, traps.c, maintenance.c and the
 * compiler share: the fields of an encoding, what denies an access, and what is
 * true of a register besides its row of registers.def.
 */
#ifndef ENGINE_AARCH64_SYSTEM_H
#define ENGINE_AARCH64_SYSTEM_H

#include "engine/aarch64/aarch64.h"

/* Fields of an encoding. */
static inline unsigned aarch64_op0_of(uint32_t e)
{
    return e >> 14 & 3;
}

static inline unsigned aarch64_op1_of(uint32_t e)
{
    return e >> 11 & 7;
}

static inline unsigned aarch64_crn_of(uint32_t e)
{
    return e >> 7 & 15;
}

static inline unsigned aarch64_crm_of(uint32_t e)
{
    return e >> 3 & 15;
}

static inline unsigned aarch64_op2_of(uint32_t e)
{
    return e & 7;
}

/* Where an access ends: at a level's exception, or (0) done. */
enum { AARCH64_UNDEFINED = 4 };

/* The exception of an access that goes to `level`. */
enum vcpu_outcome aarch64_deny(struct aarch64 *pe, unsigned level, uint32_t e,
                               unsigned rt, bool read);
/* A control of HCR_EL2 over EL1 and EL0; not over a host's EL0. */
bool aarch64_hcr_controls(const struct aarch64 *pe, unsigned bit);
/* HCR_EL2.TIDCP: an access by this encoding goes to EL2. */
bool aarch64_traps_vendor(const struct aarch64 *pe, uint32_t e);
/* The level that traps of EL0 to EL1 go to: EL2 with TGE. */
unsigned aarch64_user_trap(const struct aarch64 *pe);
/* A bit of SCTLR of EL0's regime. */
bool aarch64_user_control(const struct aarch64 *pe, unsigned bit);

/* Bits of HCR_EL2 that trap writes and reads of stage 1's registers. */
enum { AARCH64_HCR_TVM = 26, AARCH64_HCR_TRVM = 30 };

/* The level that an access to a register goes to instead of its row: 0 none,
 * or AARCH64_UNDEFINED. */
unsigned aarch64_check_access(const struct aarch64 *pe, int row, bool read);
/* True if HCR_EL2.TVM and TRVM trap a register. */
bool aarch64_is_memory_control(int row);
/* True if a read gives what is stored (for identification, in rules.fixed), by
 * the rules of its level, of TID3 and of memory control alone. */
bool aarch64_reads_plainly(int row);
/* EL2's register that a name of EL1's reaches from EL2 with HCR_EL2.E2H; 0: the
 * name is the same register everywhere. */
enum aarch64_register aarch64_host_row(int row);
/* The row that a name reaches from here, once the access is allowed. */
enum aarch64_register aarch64_reached_row(const struct aarch64 *pe, int row);
/* EL1's registers by the names that end in _EL12 and _EL02: the encoding with
 * op1 5. -1 if it is none, or may not be used here. */
int aarch64_find_alias(const struct aarch64 *pe, uint32_t e);

#endif
