/* SPDX-License-Identifier: Apache-2.0 */
/* Where the ROM begins in C: cold, warm and update boots. */
#include "guest/caliptra/rom/rom.h"

#include "abi/caliptra_handoff.h"
#include "abi/caliptra_registers.h"
#include "abi/caliptra_soc_ifc.h"
#include "abi/caliptra_status.h"
#include "guest/caliptra/hardware/console.h"
#include "guest/caliptra/hardware/fatal.h"
#include "guest/caliptra/hardware/known_answers.h"
#include "guest/caliptra/hardware/sha2.h"
#include "guest/caliptra/hardware/soc_ifc.h"
#include "guest/caliptra/hardware/trng.h"
#include "guest/caliptra/hardware/vault.h"
#include "guest/kit/memory/memory.h"
#include "guest/kit/mmio/mmio.h"

const struct fatal_codes fatal_codes = {
    .nmi = CALIPTRA_ERROR_NMI,
    .exception = CALIPTRA_ERROR_EXCEPTION,
    .watchdog = CALIPTRA_ERROR_WATCHDOG_EXPIRED,
};

__attribute__((section(".rom_info"), used)) const struct rom_info rom_info = {
    .revision = "cairn",
    .version = ROM_VERSION,
};

/* Start of the image; address 0, which no C pointer to an object may have. */
extern const uint32_t rom_start[];

static uint32_t check_integrity(void)
{
    const volatile struct rom_info *info = &rom_info;
    uint32_t digest[8];
    sha2_256_raw(rom_start, (uint32_t)(uintptr_t)&rom_info / 64, digest);
    uint32_t differs = 0;
    for (unsigned i = 0; i < 8; i++) {
        differs |= digest[i] ^ info->digest[i];
    }
    console_value("[rom] digest", digest[0]);
    return differs != 0 ? CALIPTRA_ERROR_ROM_INTEGRITY : 0;
}

uint32_t rom_self_test(void)
{
    soc_ifc_boot_status(CALIPTRA_BOOT_KAT_STARTED);
    uint32_t error = known_answers_test_sha256();
    if (error == 0) {
        error = check_integrity();
    }
    if (error == 0) {
        error = known_answers_test();
    }
    if (error == 0) {
        soc_ifc_boot_status(CALIPTRA_BOOT_KAT_DONE);
    }
    return error;
}

/* Entropy for the masks of the ECC block against power analysis. */
static uint32_t seed_masks(void)
{
    uint32_t words[12];
    uint32_t error = trng_start();
    if (error == 0) {
        error = trng_draw(words);
    }
    if (error == 0) {
        mmio_write_words(CALIPTRA_ECC_IV, words, 12);
        soc_ifc_boot_status(CALIPTRA_BOOT_CFI);
    }
    memset(words, 0, sizeof words);
    return error;
}

static uint32_t warm_boot(void)
{
    if (vault_sticky_word(VAULT_COLD_BOOT_STATUS) != CALIPTRA_BOOT_COLD_DONE) {
        return CALIPTRA_ERROR_WARM_RESET_AFTER_FAILED_COLD;
    }
    if (vault_word(VAULT_UPDATE_STATUS) == CALIPTRA_BOOT_UPDATE_STARTED) {
        return CALIPTRA_ERROR_WARM_RESET_AFTER_FAILED_UPDATE;
    }
    return 0;
}

static uint32_t boot(enum soc_ifc_reset reset)
{
    switch (reset) {
    case SOC_IFC_RESET_COLD:
        console_text("[rom] cold reset\n");
        return cold_boot();
    case SOC_IFC_RESET_WARM:
        console_text("[rom] warm reset\n");
        return warm_boot();
    case SOC_IFC_RESET_UPDATE:
        console_text("[rom] update reset\n");
        return update_boot();
    default:
        return CALIPTRA_ERROR_UNKNOWN_RESET;
    }
}

/* The SHA accelerator belongs to us out of cold and warm reset. Once tested the
 * ROM has no use for it: the SoC may. */
static void release_accelerator(enum soc_ifc_reset reset)
{
    if (reset == SOC_IFC_RESET_COLD || reset == SOC_IFC_RESET_WARM) {
        mmio_write(CALIPTRA_SHA_ACC_LOCK, 1);
    }
}

/* Locks what the firmware may read but never change. */
static void lock(enum soc_ifc_reset reset)
{
    if (reset == SOC_IFC_RESET_COLD) {
        vault_lock_sticky_digest(VAULT_FMC_DIGEST);
        vault_lock_sticky_digest(VAULT_OWNER_KEY_HASH);
        vault_lock_sticky_word(VAULT_FMC_SVN);
        vault_lock_sticky_word(VAULT_FMC_ENTRY);
        vault_lock_sticky_word(VAULT_ECC_INDEX);
        vault_lock_sticky_word(VAULT_LMS_INDEX);
        vault_lock_sticky_word(VAULT_COLD_BOOT_STATUS);
    }
    vault_lock_digest(VAULT_RUNTIME_DIGEST);
    vault_lock_word(VAULT_RUNTIME_SVN);
    vault_lock_word(VAULT_RUNTIME_ENTRY);
    vault_lock_word(VAULT_MANIFEST_ADDRESS);
    vault_lock_word(VAULT_UPDATE_STATUS);
    vault_lock_pcr(CALIPTRA_PCR_FMC_CURRENT);
    vault_lock_pcr(CALIPTRA_PCR_FMC_JOURNEY);
    vault_lock_pcr(CALIPTRA_PCR_STASH);
    mmio_write(CALIPTRA_SOC_IFC_INTERNAL_ICCM_LOCK, 1);
}

void rom_main(void)
{
    console_text("\nCairn ROM for Caliptra 1.x\n");
    uint32_t error = seed_masks();
    if (error != 0) {
        fatal_halt(error);
    }
    console_value("[rom] security state",
                  mmio_read(CALIPTRA_SOC_IFC_SECURITY_STATE) & 7);
    soc_ifc_set_rom_version(ROM_VERSION);
    soc_ifc_watchdog_start();
    enum soc_ifc_reset reset = soc_ifc_reset_reason();
    release_accelerator(reset);
    error = rom_self_test();
    if (error != 0) {
        fatal_halt(error);
    }
    error = boot(reset);
    if (error != 0 && reset != SOC_IFC_RESET_UPDATE) {
        fatal_halt(error);
    }
    lock(reset);
    uint32_t entry = vault_sticky_word(VAULT_FMC_ENTRY);
    console_value("[rom] FMC at", entry);
    rom_exit(entry);
}
