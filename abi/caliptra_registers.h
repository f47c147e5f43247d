/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Registers of the Caliptra core that only its own processor reaches: those
 * that our firmware uses, at the addresses of generation 1.x. The mailbox, the
 * SHA accelerator and SOC_IFC are in abi/caliptra_soc_ifc.h. Only preprocessor
 * constants, so that assembly may include this too.
 */
#ifndef ABI_CALIPTRA_REGISTERS_H
#define ABI_CALIPTRA_REGISTERS_H

/* DOE: deobfuscation engine. */
#define CALIPTRA_DOE_IV     0x10000000 /* 4 words */
#define CALIPTRA_DOE_CTRL   0x10000010
#define CALIPTRA_DOE_STATUS 0x10000014

#define CALIPTRA_DOE_CTRL_UDS           0x1
#define CALIPTRA_DOE_CTRL_FE            0x2
#define CALIPTRA_DOE_CTRL_CLEAR_SECRETS 0x3
#define CALIPTRA_DOE_CTRL_SLOT_SHIFT    2

/* Ready and valid are bits 0 and 1 of the status of every crypto block. */
#define CALIPTRA_STATUS_READY 0x1
#define CALIPTRA_STATUS_VALID 0x2

/* ECC P-384. */
#define CALIPTRA_ECC_CTRL     0x10008010
#define CALIPTRA_ECC_STATUS   0x10008018
#define CALIPTRA_ECC_SEED     0x10008080 /* 12 words each */
#define CALIPTRA_ECC_MSG      0x10008100
#define CALIPTRA_ECC_PRIVKEY  0x10008180 /* made by key generation */
#define CALIPTRA_ECC_PUBKEY_X 0x10008200
#define CALIPTRA_ECC_PUBKEY_Y 0x10008280
#define CALIPTRA_ECC_SIGN_R   0x10008300
#define CALIPTRA_ECC_SIGN_S   0x10008380
#define CALIPTRA_ECC_VERIFY_R 0x10008400
#define CALIPTRA_ECC_IV       0x10008480
#define CALIPTRA_ECC_NONCE    0x10008500
#define CALIPTRA_ECC_KEY_IN   0x10008580 /* private, to sign with */
#define CALIPTRA_ECC_ERROR    0x10008814 /* interrupt state, W1C */
/* Ports to the key vault: each a control register, then a status. */
#define CALIPTRA_ECC_PRIVKEY_READ  0x10008600
#define CALIPTRA_ECC_SEED_READ     0x10008608
#define CALIPTRA_ECC_PRIVKEY_WRITE 0x10008610

#define CALIPTRA_ECC_CTRL_KEYGEN   0x1
#define CALIPTRA_ECC_CTRL_SIGN     0x2
#define CALIPTRA_ECC_CTRL_VERIFY   0x3
#define CALIPTRA_ECC_CTRL_ZEROIZE  0x4
#define CALIPTRA_ECC_CTRL_PCR_SIGN 0x8

/* HMAC. */
#define CALIPTRA_HMAC_CTRL         0x10010010
#define CALIPTRA_HMAC_STATUS       0x10010018
#define CALIPTRA_HMAC_KEY          0x10010040 /* 12 words */
#define CALIPTRA_HMAC_BLOCK        0x10010080 /* 32 words */
#define CALIPTRA_HMAC_TAG          0x10010100 /* 12 words */
#define CALIPTRA_HMAC_SEED         0x10010130 /* 12 words; 5 in 1.0 */
#define CALIPTRA_HMAC_KEY_READ     0x10010600 /* ports, as above */
#define CALIPTRA_HMAC_BLOCK_READ   0x10010608
#define CALIPTRA_HMAC_TAG_WRITE    0x10010610
#define CALIPTRA_HMAC_CTRL_INIT    0x1
#define CALIPTRA_HMAC_CTRL_NEXT    0x2
#define CALIPTRA_HMAC_CTRL_ZEROIZE 0x4
#define CALIPTRA2_HMAC_SEED        0x10010140
#define CALIPTRA2_HMAC_CTRL_512    0x8 /* keys and tags of 16 words */

/* Vaults. */
#define CALIPTRA_KV_KEY_CTRL      0x10018000 /* 32 words; 24 in 2.x */
#define CALIPTRA_KV_CTRL_LOCK_WR  0x1
#define CALIPTRA_KV_CTRL_LOCK_USE 0x2
#define CALIPTRA_KV_CTRL_CLEAR    0x4

#define CALIPTRA_PV_CTRL       0x1001a000 /* 32 words */
#define CALIPTRA_PV_ENTRY      0x1001a600 /* 32 x 12 words */
#define CALIPTRA_PV_CTRL_LOCK  0x1
#define CALIPTRA_PV_CTRL_CLEAR 0x2

#define CALIPTRA_DV_STICKY_CTRL           0x1001c000 /* 10 words */
#define CALIPTRA_DV_STICKY_ENTRY          0x1001c028 /* 10 x 12 words */
#define CALIPTRA_DV_NONSTICKY_CTRL        0x1001c208 /* 10 words */
#define CALIPTRA_DV_NONSTICKY_ENTRY       0x1001c230 /* 10 x 12 words */
#define CALIPTRA_DV_NONSTICKY_SCRATCHCTRL 0x1001c410 /* 10 words */
#define CALIPTRA_DV_NONSTICKY_SCRATCH     0x1001c438 /* 10 words */
#define CALIPTRA_DV_STICKY_SCRATCHCTRL    0x1001c480 /* 8 words */
#define CALIPTRA_DV_STICKY_SCRATCH        0x1001c4a0 /* 8 words */
#define CALIPTRA_DV_CTRL_LOCK             0x1

/* SHA-512/384. */
#define CALIPTRA_SHA512_CTRL         0x10020010
#define CALIPTRA_SHA512_STATUS       0x10020018
#define CALIPTRA_SHA512_BLOCK        0x10020080 /* 32 words */
#define CALIPTRA_SHA512_DIGEST       0x10020100 /* 16 words */
#define CALIPTRA_SHA512_VAULT_CTRL   0x10020600
#define CALIPTRA_SHA512_VAULT_STATUS 0x10020604

#define CALIPTRA_SHA512_PCR_HASH_NONCE  0x10020610 /* 8 words */
#define CALIPTRA_SHA512_PCR_HASH_CTRL   0x10020630
#define CALIPTRA_SHA512_PCR_HASH_STATUS 0x10020634
#define CALIPTRA_SHA512_PCR_HASH_DIGEST 0x10020638 /* 12 words */

#define CALIPTRA_SHA512_CTRL_INIT    0x1
#define CALIPTRA_SHA512_CTRL_NEXT    0x2
#define CALIPTRA_SHA512_CTRL_384     0x8 /* mode 2 in bits 3:2 */
#define CALIPTRA_SHA512_CTRL_ZEROIZE 0x10
#define CALIPTRA_SHA512_CTRL_LAST    0x20

#define CALIPTRA_VAULT_CTRL_READ  0x1
#define CALIPTRA_VAULT_CTRL_WRITE 0x1
/* Uses that a written slot may be put to. */
#define CALIPTRA_VAULT_FOR_HMAC_KEY     0x40
#define CALIPTRA_VAULT_FOR_ECC_PRIVKEY  0x200
#define CALIPTRA_VAULT_FOR_ECC_SEED     0x400
#define CALIPTRA_VAULT_CTRL_SLOT_SHIFT  1
#define CALIPTRA_VAULT_CTRL_HASH_EXTEND 0x40
#define CALIPTRA_VAULT_STATUS_ERROR     0x3fc

/* SHA-256, with the Winternitz loop from generation 1.1 on. */
#define CALIPTRA_SHA256_CTRL   0x10028010
#define CALIPTRA_SHA256_STATUS 0x10028018
#define CALIPTRA_SHA256_BLOCK  0x10028080 /* 16 words */
#define CALIPTRA_SHA256_DIGEST 0x10028100 /* 8 words */

#define CALIPTRA_SHA256_CTRL_INIT         0x1
#define CALIPTRA_SHA256_CTRL_NEXT         0x2
#define CALIPTRA_SHA256_CTRL_256          0x4
#define CALIPTRA_SHA256_CTRL_ZEROIZE      0x8
#define CALIPTRA_SHA256_CTRL_WNTZ         0x10
#define CALIPTRA_SHA256_CTRL_WNTZ_W_SHIFT 5

/* CSRNG and ENTROPY_SRC (internal TRNG). */
#define CALIPTRA_CSRNG_CTRL         0x20002014
#define CALIPTRA_CSRNG_CMD_REQ      0x20002018
#define CALIPTRA_CSRNG_CMD_STS      0x2000201c
#define CALIPTRA_CSRNG_GENBITS_VLD  0x20002020
#define CALIPTRA_CSRNG_GENBITS      0x20002024
#define CALIPTRA_CSRNG_ERR_CODE     0x20002038
#define CALIPTRA_CSRNG_CTRL_ENABLED 0x666 /* enable, sw_app, read_int_state */
#define CALIPTRA2_CSRNG_CMD_STS     0x2000202c
#define CALIPTRA2_CSRNG_GENBITS_VLD 0x20002030
#define CALIPTRA2_CSRNG_GENBITS     0x20002034
#define CALIPTRA2_CSRNG_ERR_CODE    0x20002054

#define CALIPTRA_ENTROPY_MODULE_ENABLE 0x20003020
#define CALIPTRA_ENTROPY_CONF          0x20003024
#define CALIPTRA_ENTROPY_REPCNT        0x20003034
#define CALIPTRA_ENTROPY_ADAPTP_HI     0x2000303c
#define CALIPTRA_ENTROPY_ADAPTP_LO     0x20003040
#define CALIPTRA_ENTROPY_ALERT_FAILS   0x200030a8
#define CALIPTRA_ENTROPY_SM_STATE      0x200030e0
#define CALIPTRA_ENTROPY_SM_ALERT      0x15c
#define CALIPTRA2_ENTROPY_SM_ALERT     0x1fb
#define CALIPTRA_ENTROPY_SM_RUNNING    0x1a2
#define CALIPTRA_ENTROPY_SM_BOOTED     0x08e
/* The OpenTitan way to write a boolean in four bits. */
#define CALIPTRA_MUBI_TRUE  0x6
#define CALIPTRA_MUBI_FALSE 0x9

/* PIC. */
#define CALIPTRA_PIC_MEIPL        0x60000000 /* + 4 x source */
#define CALIPTRA_PIC_MEIE         0x60002000 /* + 4 x source */
#define CALIPTRA_PIC_MEIGWCLR     0x60005000 /* + 4 x source */
#define CALIPTRA_PIC_SOURCE_NOTIF 20         /* SOC_IFC notifications */

#endif
