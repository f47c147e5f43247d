/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Data that one stage of the firmware leaves to the next, whatever the
 * generation of the core: the ROM to the FMC, both to the runtime. The table,
 * the data vault and the manifest that it is read from differ; a program is
 * linked with handoff_1.c or with handoff_2.c.
 */
#ifndef GUEST_CALIPTRA_HANDOFF_H
#define GUEST_CALIPTRA_HANDOFF_H

#include <stdbool.h>
#include <stdint.h>

#include "abi/caliptra_handoff.h"
#include "abi/caliptra_image.h"
#include "abi/caliptra_memory.h"
#include "guest/caliptra/hardware/soc_ifc.h"
#include "guest/caliptra/identity/measure.h"

/* The digest that was signed, and the signature. */
struct handoff_certificate {
    const uint8_t *tbs;
    uint32_t size; /* 0: there is none */
    struct caliptra_ecc_signature signature;
};

/* Names of a generation. */
struct handoff_names {
    const char *fmc_alias;
    const char *runtime_alias;
    const char *fmc_key_label; /* of the FMC's key, from its CDI */
    const char *cdi_label;     /* of the runtime's CDI */
    const char *key_label;     /* of its key */
};

struct handoff {
    const struct handoff_names *names;

    /* For the bundle that runs. */
    const void *manifest;
    uint32_t manifest_size;
    bool manifest_measured; /* the manifest's digest goes with the runtime's */
    const struct caliptra_toc_entry *fmc;
    const struct caliptra_toc_entry *runtime;
    const struct caliptra_signed_data *vendor_data;
    const struct caliptra_signed_data *owner_data;
    uint32_t flags; /* CALIPTRA_HEADER_ */
    uint32_t pl0_pauser;

    /* Values that the ROM found and locked. */
    uint32_t runtime_entry;
    uint32_t runtime_digest[12];
    uint32_t runtime_svn;
    uint32_t runtime_min_svn; /* lowest since power-on; set by the FMC in 1.x */
    uint32_t fmc_svn;         /* of the cold boot */
    uint32_t owner_key_hash[12];
    const struct caliptra_rom_info *rom;

    /* Identities. */
    const struct caliptra_ecc_key *idevid_key;
    const struct caliptra_idevid_csr *idevid_csr;
    struct handoff_certificate ldevid;
    struct handoff_certificate fmc_alias;
    unsigned fmc_cdi_slot;
    unsigned fmc_key_slot;
    uint32_t fmc_slots; /* all that the FMC locks when it is done: bit n, slot n
                         */
    struct caliptra_ecc_key fmc_key;

    /* Logs. */
    struct measure_log pcr_log;
    const struct caliptra_measurement_log_entry *stashes;
    uint32_t stash_count;

    /* Values that the FMC leaves, in the table. */
    uint32_t *runtime_cdi_handle;
    uint32_t *runtime_key_handle;
    struct caliptra_ecc_key *runtime_key;
    struct caliptra_ecc_signature *runtime_signature;
    uint16_t *runtime_tbs_size;
};

/* Returns 0, or CALIPTRA_ERROR_FMC_HANDOFF_INVALID. */
uint32_t handoff_read(struct handoff *handoff);

/* For the FMC, once, before it writes to the table: what this ROM knows nothing
 * of gets a value. */
void handoff_complete(enum soc_ifc_reset reset);
/* For the FMC, once: the lowest version of the runtime that has run since
 * power-on, unless the ROM noted it already. */
void handoff_note_svn(enum soc_ifc_reset reset, uint32_t svn);

/* The slot of a key vault handle; false for other handles. */
static inline bool handoff_slot(uint32_t handle, unsigned *slot)
{
    *slot = handle & 0xff;
    return (handle & ~0xffu) == CALIPTRA_HANDLE(CALIPTRA_VAULT_KEY, 0, 0);
}

static inline bool handoff_in_iccm(uint32_t address, uint32_t size)
{
    return address >= CALIPTRA_ICCM_BASE && address - CALIPTRA_ICCM_BASE < size;
}

#endif
