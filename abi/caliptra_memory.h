/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memories of the Caliptra core, and what its ROM and its runtime of generation
 * 1.x leave where in the DCCM (abi/caliptra2_handoff.h: 2.x). Only preprocessor
 * constants.
 */
#ifndef ABI_CALIPTRA_MEMORY_H
#define ABI_CALIPTRA_MEMORY_H

/* Memories of the 1.x core; 2.x has twice the ICCM, DCCM and mailbox. */
#define CALIPTRA_ROM_BASE   0x00000000u
#define CALIPTRA_ROM_SIZE   0x0000c000u
#define CALIPTRA_MBOX_SIZE  0x00020000u
#define CALIPTRA_ICCM_BASE  0x40000000u
#define CALIPTRA_ICCM_SIZE  0x00020000u
#define CALIPTRA_DCCM_BASE  0x50000000u
#define CALIPTRA_DCCM_SIZE  0x00020000u
#define CALIPTRA2_ROM_SIZE  0x00018000u
#define CALIPTRA2_MBOX_SIZE 0x00040000u
#define CALIPTRA2_ICCM_SIZE 0x00040000u
#define CALIPTRA2_DCCM_SIZE 0x00040000u

/* What the 1.x ROM leaves in DCCM. */
#define CALIPTRA_DCCM_CFI_STATE       0x500003e4u
#define CALIPTRA_DCCM_BOOT_STATUS     0x500003fcu
#define CALIPTRA_DCCM_MANIFEST1       0x50000400u
#define CALIPTRA_DCCM_MANIFEST2       0x50001c00u
#define CALIPTRA_DCCM_FHT             0x50003400u
#define CALIPTRA_DCCM_LDEVID_TBS      0x50003c00u
#define CALIPTRA_DCCM_FMCALIAS_TBS    0x50004000u
#define CALIPTRA_DCCM_RTALIAS_TBS     0x50004400u /* by the FMC */
#define CALIPTRA_DCCM_PCR_LOG         0x50004800u
#define CALIPTRA_DCCM_MEASUREMENT_LOG 0x50004c00u
#define CALIPTRA_DCCM_FUSE_LOG        0x50005000u
#define CALIPTRA_DCCM_IDEVID_CSR      0x50008800u /* ROMs since 1.2 */

/* Behind it the runtime keeps what outlives warm and update resets, at places
 * that the ROM leaves alone; the ROM's stack starts above. */
#define CALIPTRA_DCCM_DPE        0x50005400u /* contexts, 5 KiB */
#define CALIPTRA_DCCM_SOC_IMAGES 0x50006c00u /* of the SoC manifest, 7 KiB */
#define CALIPTRA_DCCM_RUNTIME    0x50009000u /* 5 KiB */
#define CALIPTRA_DCCM_REQUEST    0x5000a400u /* lost with each command, 32 KiB */

#endif
