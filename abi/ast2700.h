/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ASPEED AST2700: where its parts are for each of its processors, and registers
 * of the two system control units, as offsets (ast2700-scu0.md and -scu1.md of
 * `make docs`). Only preprocessor constants, so that assembly may include this
 * too.
 *
 * Sources: U-Boot mach-aspeed/ast2700 (its headers of SCU and platform),
 * cpu/ast2700 and the device trees of both;
 * Linux dts/aspeed/aspeed-g7; vbootrom ast27x0; Zephyr
 * soc/aspeed/ast27xx (AspeedTech-BMC); TF-A plat/aspeed/ast2700.
 */
#ifndef ABI_AST2700_H
#define ABI_AST2700_H

/* ---- Addresses of the SoC, as the Cortex-A35 see them -------------------- */

#define AST2700_PSP_ROM      0x00000000 /* of vbootrom; none in hardware */
#define AST2700_PSP_ROM_SIZE 0x00020000
#define AST2700_SRAM0        0x10000000
#define AST2700_SRAM0_SIZE   0x00020000
#define AST2700_TCM          0x10800000 /* of the SSP */
#define AST2700_TCM_SIZE     0x00002000
#define AST2700_DP_MCU_RAM   0x11000000
#define AST2700_AHBC0        0x12000000
#define AST2700_HACE         0x12070000
#define AST2700_EMMC         0x12090000
#define AST2700_INTC0        0x12100000
#define AST2700_GICD         0x12200000
#define AST2700_GICR         0x12280000
#define AST2700_SDRAMC       0x12c00000
#define AST2700_SCU0         0x12c02000
#define AST2700_UFS          0x12c08000
#define AST2700_RTC          0x12c0f000
#define AST2700_TIMERS       0x12c10000
#define AST2700_GPIO0        0x12c11000
#define AST2700_SLI0         0x12c17000
#define AST2700_UART4        0x12c1a000
#define AST2700_IPC0         0x12c1c000
#define AST2700_DDR_PHY      0x13000000
#define AST2700_FMC          0x14000000
#define AST2700_SPI0         0x14010000
#define AST2700_SPI1         0x14020000
#define AST2700_SPI2         0x14030000
#define AST2700_MDIO0        0x14040000 /* + 8 x n */
#define AST2700_MAC0         0x14050000 /* + 10000 x n */
#define AST2700_SD           0x14080000
#define AST2700_AHBC1        0x140b0000
#define AST2700_PWM_TACH     0x140c0000
#define AST2700_SRAM1        0x14b80000
#define AST2700_SRAM1_SIZE   0x00060000
#define AST2700_ADC0         0x14c00000
#define AST2700_SCU1         0x14c02000
#define AST2700_OTP          0x14c07000
#define AST2700_FUSES        0x14c08000 /* a stand-in of ours: see boards */
#define AST2700_GPIO1        0x14c0b000
#define AST2700_I2C          0x14c0f000
#define AST2700_INTC1        0x14c18000
#define AST2700_SLI1         0x14c1e000
#define AST2700_UART7        0x14c33600
#define AST2700_UART12       0x14c33b00
#define AST2700_MCU_TIMER    0x14c36000
#define AST2700_WDT0         0x14c37000 /* + 80 x n */
#define AST2700_IPC1         0x14c39000
#define AST2700_CPTRA_MBOX   0x14c60000
#define AST2700_CPTRA_SHA    0x14c61000
#define AST2700_CPTRA_IFC    0x14c70000
#define AST2700_FMC_WINDOW   0x100000000
#define AST2700_SPI0_WINDOW  0x180000000
#define AST2700_SPI1_WINDOW  0x200000000
#define AST2700_SPI2_WINDOW  0x280000000
#define AST2700_WINDOW_SIZE  0x80000000
#define AST2700_DRAM         0x400000000

/* ---- As the boot MCU sees them: the same below 80000000, but ------------- */

#define AST2700_MCU_ROM          0x00000000 /* a choice of ours */
#define AST2700_MCU_ROM_SIZE     0x00020000
#define AST2700_MCU_RESET_VECTOR 0x00000080 /* as lowRISC's Ibex: ROM + 80 */
#define AST2700_MCU_FLASH        0x20000000 /* FMC's window */
#define AST2700_MCU_FLASH_SIZE   0x10000000
#define AST2700_MCU_DRAM         0x80000000
#define AST2700_MCU_DRAM_SIZE    0x80000000
#define AST2700_MCU_HZ           200000000

/* ---- As SSP and TSP see them: at their address + 60000000, but ----------- */

#define AST2700_M4_CODE        0x00000000 /* SCU0's remap registers */
#define AST2700_M4_CODE_SIZE   0x20000000
#define AST2700_M4_PERIPHERALS 0x60000000

/* ---- Both SCUs ----------------------------------------------------------- */

#define AST2700_SCU_REVISION      0x000
#define AST2700_SCU_STRAP1        0x010
#define AST2700_SCU_STRAP1_CLR    0x014
#define AST2700_SCU_STRAP1_LOCK   0x020 /* ones lock */
#define AST2700_SCU_STRAP1_SEC    0x024 /* three words */
#define AST2700_SCU_RESET_LOG1    0x050
#define AST2700_SCU_RESET_LOG2    0x060
#define AST2700_SCU_RESET_LOG3    0x070
#define AST2700_SCU_MISC          0x0c0
#define AST2700_SCU_DEBUG_CONTROL 0x0c8
#define AST2700_SCU_RNG_CONTROL   0x0f0
#define AST2700_SCU_RNG_DATA      0x0f4
#define AST2700_SCU_MODRST1       0x200 /* reset ids 0 to 31: ones assert */
#define AST2700_SCU_MODRST1_CLR   0x204 /* ones release */
#define AST2700_SCU_MODRST1_LOCK  0x210
#define AST2700_SCU_MODRST2       0x220 /* reset ids 32 to 63 */
#define AST2700_SCU_MODRST2_CLR   0x224
#define AST2700_SCU_MODRST2_LOCK  0x230
#define AST2700_SCU_CLKGATE1      0x240 /* ones stop clocks */
#define AST2700_SCU_CLKGATE1_CLR  0x244
#define AST2700_SCU_CLKGATE1_LOCK 0x250
#define AST2700_SCU_CLKSEL1       0x280
#define AST2700_SCU_CLKSEL2       0x284
#define AST2700_SCU_CLKSEL1_LOCK  0x290
#define AST2700_SCU_RESET_SELECT  0x2f0
#define AST2700_SCU_HPLL          0x300
#define AST2700_SCU_HPLL_EXT      0x304
#define AST2700_SCU_FREQ_CONTROL  0x3a0
#define AST2700_SCU_FREQ_COMPARE  0x3a4

#define AST2700_SCU_RESET_LOG_POWER_ON 0x1
#define AST2700_SCU_RESET_LOG_EXTERNAL 0x2
#define AST2700_SCU_RESET_LOG_ABR      0x4 /* SCU1's */

/* Resets that a watchdog asks for, and 4 bits of a reset log for each. */
#define AST2700_RESET_FULL     0x1
#define AST2700_RESET_CPU      0x2
#define AST2700_RESET_OF_SOC   0x4
#define AST2700_RESET_SOFTWARE 0x8

#define AST2700_SCU_FREQ_ENABLE 0x2
#define AST2700_SCU_FREQ_DONE   0x40
#define AST2700_SCU_PLL_LOCKED  0x80000000 /* of the second word */

/* Revisions; those of the two dies agree. */
#define AST2750_A0 0x06000003
#define AST2700_A0 0x06000103
#define AST2720_A0 0x06000203
#define AST2750_A1 0x06010003
#define AST2700_A1 0x06010103
#define AST2720_A1 0x06010203
#define AST2750_A2 0x06020003
#define AST2700_A2 0x06020103
#define AST2720_A2 0x06020203

/* ---- SCU0 ---------------------------------------------------------------- */

#define AST2700_SCU0_STRAP_NO_CA35 0x1 /* bit 0 of STRAP1 */

#define AST2700_SCU0_COUNTER      0x0e0 /* 64 bits at 25 MHz */
#define AST2700_SCU0_CA35_RELEASE 0x10c /* 1: the four Cortex-A35 start */
#define AST2700_SCU0_RVBAR        0x110 /* + 4 x n: entry / 16 */

#define AST2700_SCU0_SSP_CONTROL     0x120
#define AST2700_SCU0_SSP_AHB_BASE    0x124 /* of remap 1 in the SoC, / 16 */
#define AST2700_SCU0_SSP_DRAM_BASE   0x128 /* of remap 2 in the SoC, / 16 */
#define AST2700_SCU0_SSP_CACHEABLE   0x12c /* 2 words */
#define AST2700_SCU0_SSP_CACHE       0x138
#define AST2700_SCU0_SSP_REMAP0_BASE 0x140 /* to the TCM */
#define AST2700_SCU0_SSP_REMAP0_SIZE 0x144
#define AST2700_SCU0_SSP_REMAP1_BASE 0x148
#define AST2700_SCU0_SSP_REMAP1_SIZE 0x14c
#define AST2700_SCU0_SSP_REMAP2_BASE 0x150
#define AST2700_SCU0_SSP_REMAP2_SIZE 0x154
#define AST2700_SCU0_TSP_CONTROL     0x160
#define AST2700_SCU0_TSP_DRAM_BASE   0x168 /* of its window in the SoC, / 16 */
#define AST2700_SCU0_TSP_CACHEABLE   0x16c /* 2 words */
#define AST2700_SCU0_TSP_CACHE       0x178
#define AST2700_SCU0_TSP_REMAP_SIZE  0x194

/* SSP_CONTROL and TSP_CONTROL. */
#define AST2700_M4_ENABLE   0x001 /* starts one that is held; reads 0 */
#define AST2700_M4_HOLD     0x002 /* holds it at its next reset */
#define AST2700_M4_IN_RESET 0x100 /* it does not run */
#define AST2700_M4_HELD     0x200
#define AST2700_M4_ASSERTED 0x400 /* its reset line is */
#define AST2700_M4_AT_RESET 0x7fe

#define AST2700_SCU0_IRQ0_ENABLE 0x1d0
#define AST2700_SCU0_IRQ0_STATUS 0x1d4
#define AST2700_SCU0_IRQ1_ENABLE 0x1e0
#define AST2700_SCU0_IRQ1_STATUS 0x1e4

/* Hand-over to U-Boot and to the secondary Cortex-A35, 64 bits each. */
#define AST2700_SCU0_EP0           0x780 /* + 8 x n */
#define AST2700_SCU0_VGA           0x900
#define AST2700_SCU0_DRAM_DONE     0x40 /* bit 6 of it: DRAM is trained */
#define AST2700_SCU0_WRITE_PROTECT 0xe04

/* ---- SCU1 ---------------------------------------------------------------- */

#define AST2700_SCU1_STRAP2        0x030
#define AST2700_SCU1_STRAP2_CLR    0x034
#define AST2700_SCU1_STRAP2_LOCK   0x040
#define AST2700_SCU1_RESET_LOG4    0x080 /* 4 bits for each watchdog */
#define AST2700_SCU1_IRQ0_STATUS   0x100
#define AST2700_SCU1_IRQ0_ENABLE   0x104
#define AST2700_SCU1_IRQ1_STATUS   0x108
#define AST2700_SCU1_IRQ1_ENABLE   0x10c
#define AST2700_SCU1_CPTRA         0x130
#define AST2700_SCU1_CPTRA_READY   0x40000 /* ready for runtime */
#define AST2700_SCU1_SCRATCH       0x180   /* 32 words */
#define AST2700_SCU1_CLKGATE2      0x260
#define AST2700_SCU1_CLKGATE2_CLR  0x264
#define AST2700_SCU1_CLKGATE2_LOCK 0x270

#define AST2700_SCU1_STRAP_RECOVERY     0x10
#define AST2700_SCU1_STRAP_SECURE_BOOT  0x20
#define AST2700_SCU1_STRAP_DDR4         0x400
#define AST2700_SCU1_STRAP_EMMC_UFS     0x800
#define AST2700_SCU1_STRAP_NO_ROM       0x400000
#define AST2700_SCU1_STRAP_UFS          0x800000
#define AST2700_SCU1_STRAP_RECOVERY_USB 0x4000000
#define AST2700_SCU1_STRAP_RECOVERY_I2C 0x8000000
#define AST2700_SCU1_STRAP_NO_CPTRA     0x40000000

/* ---- SDRAM controller and DDR PHY ---------------------------------------- */

#define AST2700_SDRAMC_KEY         0x000
#define AST2700_SDRAMC_STATUS      0x004
#define AST2700_SDRAMC_CLEAR       0x008
#define AST2700_SDRAMC_MASK        0x00c
#define AST2700_SDRAMC_CONFIG      0x010 /* 4:2 size, from 256 MiB on */
#define AST2700_SDRAMC_CONTROL     0x014
#define AST2700_SDRAMC_MODE        0x048
#define AST2700_SDRAMC_BIST        0x0c0
#define AST2700_SDRAMC_BIST_RESULT 0x0d0
#define AST2700_SDRAMC_GRAPHICS    0x100
#define AST2700_SDRAMC_MPU         0x600 /* + 40 x n */

#define AST2700_SDRAMC_UNLOCK       0x1688a8a8
#define AST2700_SDRAMC_PHY_INIT     0x0001 /* of CONTROL, and of STATUS */
#define AST2700_SDRAMC_SELF_REFRESH 0x0002
#define AST2700_SDRAMC_PHY_ON       0x10000
#define AST2700_SDRAMC_PHY_RESET    0x20000
#define AST2700_SDRAMC_MODE_DONE    0x0002 /* of STATUS */
#define AST2700_SDRAMC_BIST_DONE    0x0100 /* and of BIST_RESULT */
#define AST2700_SDRAMC_REFRESH_DONE 0x0400

/* Registers of the PHY that its mailbox uses, of 16 bits, 2 bytes apart. */
#define AST2700_PHY_MESSAGE_PENDING 0xd0004 /* bit 0 clear: there is one */
#define AST2700_PHY_ACKNOWLEDGE     0xd0031 /* 0: taken; 1: next one */
#define AST2700_PHY_MESSAGE         0xd0032
#define AST2700_PHY_MICRO_RESET     0xd0099 /* 0: the firmware runs */
#define AST2700_PHY_TRAINED         0x07

/* ---- OTP controller ------------------------------------------------------ */

#define AST2700_OTP_KEY     0x00
#define AST2700_OTP_COMMAND 0x04 /* + 20 x n: of master n, as the next four */
#define AST2700_OTP_DATA    0x08 /* 4 words */
#define AST2700_OTP_STATUS  0x18 /* 0 busy, 7:4 result */
#define AST2700_OTP_ADDRESS 0x1c /* of a word of 16 bits */
#define AST2700_OTP_RESULT  0x20
#define AST2700_OTP_DEBUG   0xc4

#define AST2700_OTP_UNLOCK           0x349fe38a
#define AST2700_OTP_READ             0x23b1e361
#define AST2700_OTP_COMPARE          0x23b1e363
#define AST2700_OTP_PROGRAM          0x23b1e364
#define AST2700_OTP_PROGRAM_MULTIPLE 0x23b1e365

/* ---- SLI: three channels, 200 apart; UFS wrapper ------------------------- */

#define AST2700_SLI_CONTROL    0x00 /* 4 words */
#define AST2700_SLI_ENABLE     0x10
#define AST2700_SLI_STATUS     0x14
#define AST2700_SLI_RX_IDLE    0x01
#define AST2700_SLI_RX_SUSPEND 0x02
#define AST2700_SLI_TX_IDLE    0x04
#define AST2700_SLI_TX_SUSPEND 0x10

#define AST2700_UFS_PATH 0xe4

/* ---- A watchdog ---------------------------------------------------------- */

#define AST2700_WDT_COUNTER  0x00
#define AST2700_WDT_RELOAD   0x04
#define AST2700_WDT_RESTART  0x08
#define AST2700_WDT_CONTROL  0x0c
#define AST2700_WDT_STATUS   0x10
#define AST2700_WDT_CLEAR    0x14
#define AST2700_WDT_WIDTH    0x18
#define AST2700_WDT_MASK     0x1c /* 5 words: what a reset of the SoC resets */
#define AST2700_WDT_SOFTWARE 0x30 /* 6 words */
#define AST2700_WDT_DISABLE  0x48

#define AST2700_WDT_RELOAD_AT_RESET 0x14fb180
#define AST2700_WDT_MAGIC           0x4755 /* for RESTART */
#define AST2700_WDT_SOFTWARE_MAGIC  0xaeedf123
#define AST2700_WDT_ENABLE          0x01 /* of CONTROL */
#define AST2700_WDT_RESETS          0x02
#define AST2700_WDT_INTERRUPTS      0x04
#define AST2700_WDT_MODE_SOC        0x00
#define AST2700_WDT_MODE_FULL       0x20
#define AST2700_WDT_MODE_CPU        0x40
#define AST2700_WDT_MASK4_BOOT_MCU  0x100000

/* ---- Reset ids: cell of resets = <&scu0 id>, bit or 32 + bit ------------- */

#define AST2700_RESET0_SDRAM   0
#define AST2700_RESET0_DDR_PHY 1
#define AST2700_RESET0_HACE    4
#define AST2700_RESET0_SOC     5
#define AST2700_RESET0_UFS     16
#define AST2700_RESET0_EMMC    17
#define AST2700_RESET0_SSP     30
#define AST2700_RESET0_TSP     41

#define AST2700_RESET1_MII   2
#define AST2700_RESET1_PWM   4
#define AST2700_RESET1_MAC0  5
#define AST2700_RESET1_ADC   8
#define AST2700_RESET1_SD    9
#define AST2700_RESET1_SPI0  13
#define AST2700_RESET1_MCU0  32
#define AST2700_RESET1_MCU1  33
#define AST2700_RESET1_UART0 36
#define AST2700_RESET1_CPTRA 41
#define AST2700_RESET1_I2C   46
#define AST2700_RESET1_UART6 47

/* Behind the 64 ids: lines that other registers and watchdogs move. */
#define AST2700_RESET0_CA35     64 /* CA35_RELEASE */
#define AST2700_RESET0_SSP_CORE 65 /* SSP_CONTROL */
#define AST2700_RESET0_TSP_CORE 66
#define AST2700_RESET1_WHOLE    64 /* all of both dies */

/* ---- Interrupts of the boot MCU ------------------------------------------ */

#define AST2700_MCU_IRQ_TIMER    7
#define AST2700_MCU_IRQ_EXTERNAL 11

#endif
