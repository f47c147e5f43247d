/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stage 1 translation of AArch64 with a granule of 4 KiB and 39 bits of address
 * (DDI 0487, D5): one table of 512 entries of 1 GiB at level 1. Preprocessor
 * constants, so that assembly may include this too.
 */
#ifndef GUEST_KIT_MMU_H
#define GUEST_KIT_MMU_H

/* Memory types of MAIR: index 0 Device-nGnRnE, 1 Normal write-back, 2 Normal
 * without caches. */
#define MMU_MAIR 0x44ff00

/* Descriptors: a block of Device or Normal memory for the levels above EL0, a
 * page of Normal memory that is not global, the next table. */
#define MMU_BLOCK      0x001
#define MMU_TABLE      0x003
#define MMU_NORMAL     (1 << 2) /* AttrIndx 1 */
#define MMU_NON_SECURE (1 << 5)
#define MMU_USER_READ  (3 << 6) /* AP: read-only, for EL0 too */
#define MMU_SHARED     (3 << 8) /* inner shareable */
#define MMU_ACCESSED   (1 << 10)
#define MMU_NOT_GLOBAL (1 << 11)

#define MMU_DEVICE_BLOCK (MMU_BLOCK | MMU_ACCESSED)
#define MMU_NORMAL_BLOCK (MMU_BLOCK | MMU_NORMAL | MMU_SHARED | MMU_ACCESSED)

/* TCR_EL1: T0SZ 25, write-back inner shareable walks, no TTBR1, 40 bits of
 * physical address. */
#define MMU_TCR_EL1 0x200803519
/* SCTLR_EL1: M, C, I, SA and the reserved ones. */
#define MMU_SCTLR_EL1 0x30d0198d

#endif
