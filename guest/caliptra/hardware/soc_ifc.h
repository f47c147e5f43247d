/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SOC_IFC as firmware sees it: what kind of device this is, its fuses, the
 * status and error registers that the SoC reads, the watchdog.
 */
#ifndef GUEST_CALIPTRA_SOC_IFC_H
#define GUEST_CALIPTRA_SOC_IFC_H

#include <stdbool.h>
#include <stdint.h>

enum soc_ifc_reset {
    SOC_IFC_RESET_COLD,
    SOC_IFC_RESET_WARM,
    SOC_IFC_RESET_UPDATE,
    SOC_IFC_RESET_UNKNOWN
};

enum soc_ifc_reset soc_ifc_reset_reason(void);
uint32_t soc_ifc_lifecycle(void);
bool soc_ifc_debug_locked(void);
/* Generation 1.0 has no Winternitz loop in its SHA-256 block. */
bool soc_ifc_generation_1_0(void);
bool soc_ifc_generation_2_0(void);

void soc_ifc_vendor_key_hash(uint32_t words[12]);
void soc_ifc_vendor_key_hash_2(uint32_t words[12]); /* of 2.x */
void soc_ifc_owner_key_hash(uint32_t words[12]);
uint32_t soc_ifc_ecc_revocation(void);
uint32_t soc_ifc_lms_revocation(void);
bool soc_ifc_lms_verify(void);
bool soc_ifc_anti_rollback_disabled(void);
uint32_t soc_ifc_fmc_svn(void);
uint32_t soc_ifc_runtime_svn(void);

/* How the IDevID's key identifier is made, from the fuses. */
enum soc_ifc_key_id {
    SOC_IFC_KEY_ID_SHA1,
    SOC_IFC_KEY_ID_SHA256,
    SOC_IFC_KEY_ID_SHA384,
    SOC_IFC_KEY_ID_FUSES,
};
enum soc_ifc_key_id soc_ifc_key_id_algorithm(void);
void soc_ifc_key_id(uint8_t bytes[20]);
/* Unique entity identifier: its type, then the manufacturer's number. */
void soc_ifc_ueid(uint8_t bytes[17]);
/* The SoC asks, on the manufacturing line, for a request for a certificate. */
bool soc_ifc_csr_wanted(void);

/* Where the boot is. The register is written only on devices open to debug;
 * the copy in DCCM always. */
void soc_ifc_boot_status(uint32_t status);
void soc_ifc_flow(uint32_t set, uint32_t clear);
void soc_ifc_set_rom_version(uint16_t version);
void soc_ifc_set_fmc_version(uint16_t version);
void soc_ifc_set_runtime_version(uint32_t version);

void soc_ifc_error_fatal(uint32_t code);
void soc_ifc_error_non_fatal(uint32_t code);
/* At the begin of a command: the error of the one before. */
void soc_ifc_clear_error_non_fatal(void);
void soc_ifc_error_extended(unsigned index, uint32_t word);

/* The watchdog runs on debug-locked devices only. */
void soc_ifc_watchdog_start(void);
void soc_ifc_watchdog_stop(void);
bool soc_ifc_watchdog_expired(void);

#endif
