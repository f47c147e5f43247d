/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Board trust as its boot MCU sees it (boards/trust.dts): addresses and
 * registers of the devices that its firmware drives. Only preprocessor
 * constants, so that assembly may include this too.
 */
#ifndef ABI_BOOT_MCU_H
#define ABI_BOOT_MCU_H

#define BOOT_MCU_ROM       0x80000000
#define BOOT_MCU_SRAM      0x80100000
#define BOOT_MCU_SRAM_SIZE 0x00040000

/* Timer: as SiFive's CLINT, 10 MHz. */
#define BOOT_MCU_MTIMECMP 0x90004000
#define BOOT_MCU_MTIME    0x9000bff8
#define BOOT_MCU_TIMER_HZ 10000000

/* Serial port: PL011. */
#define BOOT_MCU_UART_DATA 0x90010000

/* SPI controller: as SiFive's. */
#define BOOT_MCU_SPI_CSMODE 0x90020018
#define BOOT_MCU_SPI_FMT    0x90020040
#define BOOT_MCU_SPI_TXDATA 0x90020048
#define BOOT_MCU_SPI_RXDATA 0x9002004c
#define BOOT_MCU_SPI_FCTRL  0x90020060
#define BOOT_MCU_FLASH      0xb0000000

/* Reset controller (docs/registers/soc-reset.md). */
#define BOOT_MCU_RESET_CAUSE      0x90030004
#define BOOT_MCU_RESET_LINES      0x90030008
#define BOOT_MCU_RESET_ASSERT     0x9003000c
#define BOOT_MCU_RESET_RELEASE    0x90030010
#define BOOT_MCU_RESET_AUTHORISED 0x90030014
#define BOOT_MCU_RESET_WARM       0x90030018
#define BOOT_MCU_RESET_LOCK       0x9003001c
#define BOOT_MCU_RESET_POWER_OFF  0x90030020
#define BOOT_MCU_RESET_REQUIRED   0x90030040 /* + 4 x line */
#define BOOT_MCU_RESET_ENTRY      0x90030080 /* + 4 x line, 16-byte units */
#define BOOT_MCU_RESET_SCRATCH    0x900300a0 /* 8 words */
#define BOOT_MCU_RESET_PERIOD     0x900300c0
#define BOOT_MCU_RESET_KICK       0x900300c4
#define BOOT_MCU_RESET_VERDICT    0x900300c8
#define BOOT_MCU_RESET_KEY        0x54534552
#define BOOT_MCU_POWER_OFF_KEY    0x2146464f

#define BOOT_MCU_CAUSE_WATCHDOG 4

/* What the boot MCU keeps over warm resets, in SCRATCH. */
#define BOOT_MCU_KEPT_TRIED                                                    \
    (BOOT_MCU_RESET_SCRATCH + 0) /* banks: a bit each                          \
                                  */
#define BOOT_MCU_KEPT_TRYING  (BOOT_MCU_RESET_SCRATCH + 4) /* the same */
#define BOOT_MCU_KEPT_RUNNING (BOOT_MCU_RESET_SCRATCH + 8) /* bank + 1 */

#define BOOT_MCU_VERDICT_RELEASED 1
#define BOOT_MCU_VERDICT_STOPPED  2

/* Lines 0 to 7 are the application cores'. */
#define BOOT_MCU_CORES      8
#define BOOT_MCU_LINE_POWER 8 /* the root of trust's power */
#define BOOT_MCU_LINE_ROT   9 /* its reset */

/* Fuses: the array starts with the fuse registers of the Caliptra core, word
 * for word; secrets come first. */
#define BOOT_MCU_FUSES_ADDRESS 0x90040004
#define BOOT_MCU_FUSES_BURN    0x90040008
#define BOOT_MCU_FUSES_LOCK    0x9004000c
#define BOOT_MCU_FUSES_ARRAY   0x90041000
#define BOOT_MCU_FUSES_FLOOR   0x200 /* 16 words: as many ones as the floor */
#define BOOT_MCU_FUSES_SIGNER  0x240 /* SHA-256 of the capsules' signer */
#define BOOT_MCU_LOCK_BURN     1
#define BOOT_MCU_LOCK_SECRETS  2

/* The SoC side of the Caliptra core: 0x30020000 of its own map. */
#define BOOT_MCU_CALIPTRA 0xa0000000

#endif
