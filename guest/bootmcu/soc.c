/* SPDX-License-Identifier: Apache-2.0 */
/* Board trust: reset controller and fuse array. */
#include "guest/bootmcu/soc.h"

#include "abi/boot_mcu.h"
#include "guest/kit/mmio/mmio.h"

const uint32_t soc_caliptra = BOOT_MCU_CALIPTRA;

static void let_go(unsigned line)
{
    mmio_write(BOOT_MCU_RESET_REQUIRED + 4 * line, 0);
    mmio_write(BOOT_MCU_RESET_RELEASE, 1u << line);
}

void soc_caliptra_power_on(void)
{
    mmio_write(BOOT_MCU_RESET_ASSERT,
               1u << SOC_RESET_LINE_POWER | 1u << SOC_RESET_LINE_ROT);
    let_go(SOC_RESET_LINE_POWER);
    let_go(SOC_RESET_LINE_ROT);
}

void soc_caliptra_release(void)
{
    let_go(SOC_RESET_LINE_ROT);
}

uint32_t soc_fuse(unsigned word)
{
    return mmio_read(BOOT_MCU_FUSES_ARRAY + 4 * word);
}

void soc_burn_fuses(unsigned word, uint32_t bits)
{
    mmio_write(BOOT_MCU_FUSES_ADDRESS, 4 * word);
    mmio_write(BOOT_MCU_FUSES_BURN, bits);
}

void soc_report(uint32_t word, uint32_t version)
{
    mmio_write(BOOT_MCU_FUSES_UPDATE_VERSION, version);
    mmio_write(BOOT_MCU_FUSES_UPDATE, word);
}

void soc_lock_secrets(void)
{
    mmio_write(BOOT_MCU_FUSES_LOCK, BOOT_MCU_LOCK_SECRETS);
}
