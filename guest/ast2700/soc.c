/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The AST2700 around its root of trust: reset line 41 of SCU1, and the OTP.
 * What the OTP holds where is not public: boards/ast2700-soc1.dtsi has a fuse
 * array of ours in its place, with the layout of board trust's.
 */
#include "guest/bootmcu/soc.h"

#include "abi/ast2700.h"
#include "abi/caliptra_soc_ifc.h"
#include "guest/ast2700/otp.h"
#include "guest/kit/mmio/mmio.h"

#define CPTRA_BIT (1u << (AST2700_RESET1_CPTRA - 32))

const uint32_t soc_caliptra = AST2700_CPTRA_MBOX;

void soc_caliptra_power_on(void)
{
    mmio_write(AST2700_SCU1 + AST2700_SCU_MODRST2, CPTRA_BIT);
    soc_caliptra_release();
}

/* The core's boot state machine waits for this where a debugger stops it, and
 * nowhere else. */
void soc_caliptra_release(void)
{
    mmio_write(AST2700_SCU1 + AST2700_SCU_MODRST2_CLR, CPTRA_BIT);
    mmio_write(
        soc_caliptra + (CALIPTRA_SOC_IFC_BOOTFSM_GO - CALIPTRA_MBOX_LOCK), 1);
}

uint32_t soc_fuse(unsigned word)
{
    return mmio_read(OTP_ARRAY + 4 * word);
}

void soc_burn_fuses(unsigned word, uint32_t bits)
{
    mmio_write(OTP_ADDRESS, 4 * word);
    mmio_write(OTP_BURN, bits);
}

void soc_report(uint32_t word, uint32_t version)
{
    mmio_write(OTP_UPDATE_VERSION, version);
    mmio_write(OTP_UPDATE, word);
}

void soc_lock_secrets(void)
{
    mmio_write(OTP_LOCK, BOOT_MCU_LOCK_SECRETS);
}
