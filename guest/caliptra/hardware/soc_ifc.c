/* SPDX-License-Identifier: Apache-2.0 */
/* Reads life cycle, fuses and reset reason, and writes status and errors. */
#include "guest/caliptra/hardware/soc_ifc.h"

#include "abi/caliptra_soc_ifc.h"
#include "guest/caliptra/hardware/generation.h"
#include "guest/kit/mmio/mmio.h"

enum soc_ifc_reset soc_ifc_reset_reason(void)
{
    switch (mmio_read(CALIPTRA_SOC_IFC_RESET_REASON) & 3) {
    case 0:
        return SOC_IFC_RESET_COLD;
    case CALIPTRA_RESET_REASON_WARM:
        return SOC_IFC_RESET_WARM;
    case CALIPTRA_RESET_REASON_FW_UPDATE:
        return SOC_IFC_RESET_UPDATE;
    default:
        return SOC_IFC_RESET_UNKNOWN;
    }
}

uint32_t soc_ifc_lifecycle(void)
{
    return mmio_read(CALIPTRA_SOC_IFC_SECURITY_STATE) &
           CALIPTRA_SECURITY_LIFECYCLE_MASK;
}

bool soc_ifc_debug_locked(void)
{
    return (mmio_read(CALIPTRA_SOC_IFC_SECURITY_STATE) &
            CALIPTRA_SECURITY_DEBUG_LOCKED) != 0;
}

/* Major version, minor version above it; without the patch level. */
static uint32_t revision(void)
{
    return mmio_read(CALIPTRA_SOC_IFC_HW_REV_ID) & 0xff;
}

bool soc_ifc_generation_1_0(void)
{
    return revision() == 0x01;
}

bool soc_ifc_generation_2_0(void)
{
    return revision() == 0x02;
}

void soc_ifc_vendor_key_hash(uint32_t words[12])
{
    mmio_read_words(CALIPTRA_SOC_IFC_FUSE_KEY_MANIFEST_PK_HASH, words, 12);
}

void soc_ifc_vendor_key_hash_2(uint32_t words[12])
{
    mmio_read_words(CALIPTRA2_SOC_IFC_FUSE_VENDOR_PK_HASH, words, 12);
}

void soc_ifc_owner_key_hash(uint32_t words[12])
{
    mmio_read_words(CALIPTRA_SOC_IFC_FUSE_OWNER_PK_HASH, words, 12);
}

uint32_t soc_ifc_ecc_revocation(void)
{
    return mmio_read(CALIPTRA_SOC_IFC_FUSE_KEY_MANIFEST_PK_HASH_MASK) & 0xf;
}

uint32_t soc_ifc_lms_revocation(void)
{
    return mmio_read(CALIPTRA_SOC_IFC_FUSE_LMS_REVOCATION);
}

bool soc_ifc_lms_verify(void)
{
    return (mmio_read(CALIPTRA_SOC_IFC_FUSE_LMS_VERIFY) & 1) != 0;
}

bool soc_ifc_anti_rollback_disabled(void)
{
    return (mmio_read(CALIPTRA_SOC_IFC_FUSE_ANTI_ROLLBACK_DISABLE) & 1) != 0;
}

/* A version is the position of the highest fuse blown, counted from 1. */
static uint32_t highest_bit(uint32_t word)
{
    uint32_t position = 0;
    for (; word != 0; word >>= 1) {
        position++;
    }
    return position;
}

uint32_t soc_ifc_fmc_svn(void)
{
    return highest_bit(mmio_read(CALIPTRA_SOC_IFC_FUSE_FMC_KEY_MANIFEST_SVN));
}

uint32_t soc_ifc_runtime_svn(void)
{
    uint32_t words[4];
    mmio_read_words(CALIPTRA_SOC_IFC_FUSE_RUNTIME_SVN, words, 4);
    for (uint32_t i = 4; i > 0; i--) {
        if (words[i - 1] != 0) {
            return 32 * (i - 1) + highest_bit(words[i - 1]);
        }
    }
    return 0;
}

/* Words of the IDevID attributes. */
enum { KEY_ID_FLAGS = 0, KEY_ID = 1, UEID_TYPE = 6, UEID_NUMBER = 7 };

static void attribute_bytes(unsigned word, uint8_t *bytes, unsigned size)
{
    for (unsigned i = 0; i < size; i++) {
        uint32_t value = mmio_read(CALIPTRA_SOC_IFC_FUSE_IDEVID_CERT_ATTR +
                                   4 * (word + i / 4));
        bytes[i] = (uint8_t)(value >> 8 * (i & 3));
    }
}

enum soc_ifc_key_id soc_ifc_key_id_algorithm(void)
{
    return mmio_read(CALIPTRA_SOC_IFC_FUSE_IDEVID_CERT_ATTR +
                     4 * KEY_ID_FLAGS) &
           3;
}

void soc_ifc_key_id(uint8_t bytes[20])
{
    attribute_bytes(KEY_ID, bytes, 20);
}

void soc_ifc_ueid(uint8_t bytes[17])
{
    attribute_bytes(UEID_TYPE, bytes, 1);
    attribute_bytes(UEID_NUMBER, bytes + 1, 16);
}

bool soc_ifc_csr_wanted(void)
{
    return (mmio_read(CALIPTRA_SOC_IFC_DBG_MANUF_SERVICE_REG) &
            CALIPTRA_DBG_MANUF_IDEVID_CSR) != 0;
}

void soc_ifc_boot_status(uint32_t status)
{
    mmio_write(generation_boot_status(), status);
    if (!soc_ifc_debug_locked()) {
        mmio_write(CALIPTRA_SOC_IFC_BOOT_STATUS, status);
    }
}

void soc_ifc_flow(uint32_t set, uint32_t clear)
{
    uint32_t flow = mmio_read(CALIPTRA_SOC_IFC_FLOW_STATUS);
    mmio_write(CALIPTRA_SOC_IFC_FLOW_STATUS, (flow & ~clear) | set);
}

void soc_ifc_set_rom_version(uint16_t version)
{
    uint32_t both = mmio_read(CALIPTRA_SOC_IFC_FW_REV_ID);
    mmio_write(CALIPTRA_SOC_IFC_FW_REV_ID, (both & 0xffff0000u) | version);
}

void soc_ifc_set_fmc_version(uint16_t version)
{
    uint32_t both = mmio_read(CALIPTRA_SOC_IFC_FW_REV_ID);
    mmio_write(CALIPTRA_SOC_IFC_FW_REV_ID,
               (both & 0xffffu) | (uint32_t)version << 16);
}

void soc_ifc_set_runtime_version(uint32_t version)
{
    mmio_write(CALIPTRA_SOC_IFC_FW_REV_ID + 4, version);
}

/* An error also publishes how far the boot came, debug locked or not. */
static void publish_boot_status(void)
{
    mmio_write(CALIPTRA_SOC_IFC_BOOT_STATUS,
               mmio_read(generation_boot_status()));
}

void soc_ifc_error_fatal(uint32_t code)
{
    mmio_write(CALIPTRA_SOC_IFC_FW_ERROR_FATAL, code);
    publish_boot_status();
}

void soc_ifc_error_non_fatal(uint32_t code)
{
    mmio_write(CALIPTRA_SOC_IFC_FW_ERROR_NON_FATAL, code);
    publish_boot_status();
}

/* Without an error nothing is published: a debug-locked part does not show how
 * far the boot came. */
void soc_ifc_clear_error_non_fatal(void)
{
    if (mmio_read(CALIPTRA_SOC_IFC_FW_ERROR_NON_FATAL) != 0) {
        soc_ifc_error_non_fatal(0);
    }
}

void soc_ifc_error_extended(unsigned index, uint32_t word)
{
    mmio_write(CALIPTRA_SOC_IFC_FW_EXTENDED_ERROR_INFO + 4 * index, word);
}

/* Timer 2 stays disabled: it then starts by itself when timer 1 expires, and
 * its own expiry is the non-maskable interrupt. */
void soc_ifc_watchdog_start(void)
{
    if (!soc_ifc_debug_locked()) {
        return;
    }
    uint32_t period[2];
    mmio_read_words(CALIPTRA_SOC_IFC_WDT_CFG, period, 2);
    if (period[0] == 0 && period[1] == 0) {
        period[0] = 1;
    }
    mmio_write_words(CALIPTRA_SOC_IFC_WDT_TIMER1_TIMEOUT_PERIOD, period, 2);
    mmio_write(CALIPTRA_SOC_IFC_WDT_TIMER2_TIMEOUT_PERIOD, 1);
    mmio_write(CALIPTRA_SOC_IFC_WDT_TIMER2_TIMEOUT_PERIOD + 4, 0);
    mmio_write(CALIPTRA_SOC_IFC_WDT_TIMER1_EN, 1);
    mmio_write(CALIPTRA_SOC_IFC_WDT_TIMER1_CTRL, 1);
}

void soc_ifc_watchdog_stop(void)
{
    mmio_write(CALIPTRA_SOC_IFC_WDT_TIMER1_EN, 0);
}

bool soc_ifc_watchdog_expired(void)
{
    return (mmio_read(CALIPTRA_SOC_IFC_WDT_STATUS) & 3) != 0;
}
