/* SPDX-License-Identifier: Apache-2.0 */
/* Key, PCR and data vaults, and the deobfuscation engine that feeds them. */
#ifndef GUEST_CALIPTRA_VAULT_H
#define GUEST_CALIPTRA_VAULT_H

#include <stdbool.h>
#include <stdint.h>

/* Data vault entries by the numbers that the released ROMs give them. Sticky
 * ones last until power is lost, the others are unlocked by every reset. */
enum vault_sticky_digest {
    VAULT_LDEVID_CERT_R = 0,
    VAULT_LDEVID_CERT_S = 1,
    VAULT_LDEVID_KEY_X = 2,
    VAULT_LDEVID_KEY_Y = 3,
    VAULT_FMC_CERT_R = 4,
    VAULT_FMC_CERT_S = 5,
    VAULT_FMC_KEY_X = 6,
    VAULT_FMC_KEY_Y = 7,
    VAULT_FMC_DIGEST = 8,
    VAULT_OWNER_KEY_HASH = 9,
};
enum vault_sticky_word {
    VAULT_FMC_SVN = 0,
    VAULT_COLD_BOOT_STATUS = 1,
    VAULT_FMC_ENTRY = 2,
    VAULT_ECC_INDEX = 3,
    VAULT_LMS_INDEX = 4,
};
enum vault_digest { VAULT_RUNTIME_DIGEST = 0 };
enum vault_word {
    VAULT_RUNTIME_SVN = 0,
    VAULT_RUNTIME_ENTRY = 1,
    VAULT_MANIFEST_ADDRESS = 2,
    VAULT_RUNTIME_MIN_SVN = 3,
    VAULT_UPDATE_STATUS = 4,
};

void vault_set_sticky_digest(enum vault_sticky_digest entry,
                             const uint32_t words[12]);
void vault_sticky_digest(enum vault_sticky_digest entry, uint32_t words[12]);
void vault_lock_sticky_digest(enum vault_sticky_digest entry);
void vault_set_sticky_word(enum vault_sticky_word entry, uint32_t word);
uint32_t vault_sticky_word(enum vault_sticky_word entry);
void vault_lock_sticky_word(enum vault_sticky_word entry);

void vault_set_digest(enum vault_digest entry, const uint32_t words[12]);
void vault_digest(enum vault_digest entry, uint32_t words[12]);
void vault_lock_digest(enum vault_digest entry);
void vault_set_word(enum vault_word entry, uint32_t word);
uint32_t vault_word(enum vault_word entry);
void vault_lock_word(enum vault_word entry);

/* False if the PCR is locked. */
bool vault_clear_pcr(unsigned pcr);
void vault_lock_pcr(unsigned pcr);
void vault_pcr(unsigned pcr, uint32_t words[12]);

/* The secrets that the SoC hid in fuses: into key slots, then gone. */
void vault_unwrap_uds(unsigned slot);
void vault_unwrap_field_entropy(unsigned slot);
void vault_forget_secrets(void);
void vault_clear_key(unsigned slot);
void vault_clear_keys(void);
/* No block reads the slot until the next reset. */
void vault_lock_key_use(unsigned slot);

/* Key slots by the numbers that the released firmware gives them. */
enum vault_key {
    VAULT_KEY_UDS = 0,
    VAULT_KEY_FIELD_ENTROPY = 1,
    VAULT_KEY_SCRATCH = 3,
    VAULT_KEY_RUNTIME_CDI = 4,
    VAULT_KEY_LDEVID = 5,
    VAULT_KEY_RUNTIME = 5,
    VAULT_KEY_CDI = 6,
    VAULT_KEY_IDEVID = 7,
    VAULT_KEY_FMC = 7,
    VAULT_KEY_DPE_CDI = 8,
    VAULT_KEY_DPE = 9,
    VAULT_KEY_EXPORTED_CDI = 10,
};

/* A block's port to the key vault, by the address of its control register.
 * False if the vault refuses the block that slot. */
bool vault_port_read(uint32_t port, unsigned slot);
/* Where the block's next result goes and what it may be used for there; when
 * the block is done, whether it arrived. */
void vault_port_write(uint32_t port, unsigned slot, uint32_t uses);
bool vault_port_written(uint32_t port);

#endif
