/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memories of the Caliptra core, and what its ROM and its runtime of generation
 * 1.x leave where in the DCCM (abi/caliptra2_handoff.h: 2.x). Only preprocessor
 * constants, so that assembly may include this too.
 */
#ifndef ABI_CALIPTRA_MEMORY_H
#define ABI_CALIPTRA_MEMORY_H

/* Memories of the 1.x core; 2.x has twice the ICCM, DCCM and mailbox. */
#define CALIPTRA_ROM_BASE   0x00000000
#define CALIPTRA_ROM_SIZE   0x0000c000
#define CALIPTRA_MBOX_SIZE  0x00020000
#define CALIPTRA_ICCM_BASE  0x40000000
#define CALIPTRA_ICCM_SIZE  0x00020000
#define CALIPTRA_DCCM_BASE  0x50000000
#define CALIPTRA_DCCM_SIZE  0x00020000
#define CALIPTRA2_ROM_SIZE  0x00018000
#define CALIPTRA2_MBOX_SIZE 0x00040000
#define CALIPTRA2_ICCM_SIZE 0x00040000
#define CALIPTRA2_DCCM_SIZE 0x00040000

/* Addresses of data that the 1.x ROM leaves in DCCM. */
#define CALIPTRA_DCCM_CFI_STATE       0x500003e4
#define CALIPTRA_DCCM_BOOT_STATUS     0x500003fc
#define CALIPTRA_DCCM_MANIFEST1       0x50000400
#define CALIPTRA_DCCM_MANIFEST2       0x50001c00
#define CALIPTRA_DCCM_FHT             0x50003400
#define CALIPTRA_DCCM_LDEVID_TBS      0x50003c00
#define CALIPTRA_DCCM_FMCALIAS_TBS    0x50004000
#define CALIPTRA_DCCM_RTALIAS_TBS     0x50004400 /* by the FMC */
#define CALIPTRA_DCCM_PCR_LOG         0x50004800
#define CALIPTRA_DCCM_MEASUREMENT_LOG 0x50004c00
#define CALIPTRA_DCCM_FUSE_LOG        0x50005000
#define CALIPTRA_DCCM_IDEVID_CSR      0x50008800 /* ROMs since 1.2 */

/* Behind it the runtime keeps what outlives warm and update resets, at places
 * that the ROM leaves alone; the ROM's stack starts above. */
#define CALIPTRA_DCCM_DPE        0x50005400 /* contexts, 5 KiB */
#define CALIPTRA_DCCM_SOC_IMAGES 0x50006c00 /* of the SoC manifest, 7 KiB */
#define CALIPTRA_DCCM_RUNTIME    0x50009000 /* 5 KiB */
#define CALIPTRA_DCCM_REQUEST    0x5000a400 /* lost with each command, 32 KiB */

#endif
