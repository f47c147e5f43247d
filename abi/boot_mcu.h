/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Board trust as its boot MCU sees it (boards/trust.dts): addresses and
 * registers of the devices that its firmware drives. Only preprocessor
 * constants, so that assembly may include this too.
 */
#ifndef ABI_BOOT_MCU_H
#define ABI_BOOT_MCU_H

#include "abi/soc_reset.h"

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

/* Reset controller. */
#define BOOT_MCU_RESET_BASE       0x90030000
#define BOOT_MCU_RESET_CAUSE      (BOOT_MCU_RESET_BASE + SOC_RESET_CAUSE)
#define BOOT_MCU_RESET_LINES      (BOOT_MCU_RESET_BASE + SOC_RESET_LINES)
#define BOOT_MCU_RESET_ASSERT     (BOOT_MCU_RESET_BASE + SOC_RESET_ASSERT)
#define BOOT_MCU_RESET_RELEASE    (BOOT_MCU_RESET_BASE + SOC_RESET_RELEASE)
#define BOOT_MCU_RESET_AUTHORISED (BOOT_MCU_RESET_BASE + SOC_RESET_AUTHORISED)
#define BOOT_MCU_RESET_WARM       (BOOT_MCU_RESET_BASE + SOC_RESET_WARM)
#define BOOT_MCU_RESET_LOCK       (BOOT_MCU_RESET_BASE + SOC_RESET_LOCK)
#define BOOT_MCU_RESET_POWER_OFF  (BOOT_MCU_RESET_BASE + SOC_RESET_POWER_OFF)
#define BOOT_MCU_RESET_REQUIRED   (BOOT_MCU_RESET_BASE + SOC_RESET_REQUIRED)
#define BOOT_MCU_RESET_ENTRY      (BOOT_MCU_RESET_BASE + SOC_RESET_ENTRY)
#define BOOT_MCU_RESET_SCRATCH    (BOOT_MCU_RESET_BASE + SOC_RESET_SCRATCH)
#define BOOT_MCU_RESET_PERIOD     (BOOT_MCU_RESET_BASE + SOC_RESET_PERIOD)
#define BOOT_MCU_RESET_KICK       (BOOT_MCU_RESET_BASE + SOC_RESET_KICK)
#define BOOT_MCU_RESET_VERDICT    (BOOT_MCU_RESET_BASE + SOC_RESET_VERDICT)

/* State that the boot MCU keeps over warm resets, in SCRATCH. */
#define BOOT_MCU_KEPT_TRIED   (BOOT_MCU_RESET_SCRATCH + 0) /* a bit a bank */
#define BOOT_MCU_KEPT_TRYING  (BOOT_MCU_RESET_SCRATCH + 4) /* the same */
#define BOOT_MCU_KEPT_RUNNING (BOOT_MCU_RESET_SCRATCH + 8) /* bank + 1 */

/* Fuses: the array starts with the fuse registers of the Caliptra core, word
 * for word; secrets come first. */
#define BOOT_MCU_FUSES                0x90040000
#define BOOT_MCU_FUSES_ADDRESS        0x90040004
#define BOOT_MCU_FUSES_BURN           0x90040008
#define BOOT_MCU_FUSES_LOCK           0x9004000c
#define BOOT_MCU_FUSES_UPDATE_VERSION 0x90040010
#define BOOT_MCU_FUSES_UPDATE         0x90040014 /* abi/update_report.h */
#define BOOT_MCU_FUSES_ARRAY          0x90041000
#define BOOT_MCU_FUSES_FLOOR          0x200 /* words: as many ones as the floor */
#define BOOT_MCU_FUSES_FLOOR_WORDS    16
#define BOOT_MCU_FUSES_SIGNER         0x240 /* SHA-256 of the capsules' signer */
#define BOOT_MCU_LOCK_BURN            1
#define BOOT_MCU_LOCK_SECRETS         2

/* The SoC side of the Caliptra core: 0x30020000 of its own map. */
#define BOOT_MCU_CALIPTRA 0xa0000000

#endif
