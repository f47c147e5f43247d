/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Updates of the boot flash: capsules, trials, acceptance, the floor. The state
 * machine is that of docs/design/trust/chain.md; every step can be cut off and
 * done again.
 */
#ifndef GUEST_BOOTMCU_UPDATE_H
#define GUEST_BOOTMCU_UPDATE_H

#include <stdint.h>

#include "guest/bootmcu/metadata.h"

/* Applies the capsule that waits in the flash, if any, or refuses it with a
 * reason. May change metadata. */
void update_apply(struct metadata *metadata);

/* Before the active bank boots: counts a boot of a trial, and goes back to the
 * previous bank when there is none left. May change metadata. */
void update_count_boot(struct metadata *metadata);

/* All images of the bank, which has this version, are authorised: ends a trial
 * that needs no acceptance by the guest, and raises the floor of an accepted
 * bank. */
void update_booted(struct metadata *metadata, unsigned bank, uint32_t version);

/*
 * Carries out the guest's wish while bank runs: to bless it, to have the
 * previous one back from the next boot on. An FWU status (abi/fwu.h); metadata
 * may be NULL.
 */
int update_bless(struct metadata *metadata, unsigned bank,
                 const struct uefi_guid *image_type);
int update_select_previous(struct metadata *metadata, unsigned bank);

/* The state of bank, which runs (BOOT_SERVICE_BANK_*), and how many
 * boots are left of its trial. */
unsigned update_state(const struct metadata *metadata, unsigned bank,
                      uint32_t *boots_left);

/* The least version that may be installed. */
uint32_t update_floor(void);

#endif
