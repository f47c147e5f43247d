/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Differences between the releases of Caliptra in blocks that have one set of
 * registers: a row of constants for each release (generation.c). A block whose
 * registers differ has a device type for each set instead; what these types do
 * differently is a table of constants in the block's file. No block compares
 * release numbers.
 */
#ifndef DEVICES_CALIPTRA_GENERATION_H
#define DEVICES_CALIPTRA_GENERATION_H

#include "bus/device.h"

/* Releases, 0xMMmm for release M.m, as "cairn,generation" has them. */
enum {
    GENERATION_1_0 = 0x0100,
    GENERATION_1_1 = 0x0101,
    GENERATION_2_0 = 0x0200,
    GENERATION_2_1 = 0x0201,
};

struct generation {
    uint32_t number;
    /* CPTRA_HW_REV_ID: 3:0 major, 7:4 minor, 15:8 patch. */
    uint32_t hw_revision;
    unsigned uds_words;
    unsigned hmac_seed_words;
    /* Key vault. */
    unsigned key_slots;
    unsigned key_consumers; /* bits of a slot's dest_valid */
    unsigned key_last_word; /* shift of it in KEY_CTRL */
    /* SHA-256 computes Winternitz chains, which HW_CONFIG shows too. */
    bool has_winternitz;
    /* Two crypto engines that run at once are a fatal error. */
    bool watches_engines;
    /* SHA-512 reads its block from the key vault too, not from PCRs alone. */
    bool sha512_reads_keys;
    /* The hash over all PCRs is SHA-512, not SHA-384. */
    bool pcr_hash_is_512;
    /* A part that is neither in manufacturing nor in production keeps no
     * secrets, as with debug unlocked. */
    bool opens_unprovisioned;
    /* The second stage of the watchdog restarts with the first alone. */
    bool second_stage_follows;
    bool ecc_shares_secrets; /* Diffie-Hellman */
    bool aes_swaps_bytes;
};

/* The row of a release; of a number between two, the lower one's. */
const struct generation *generation_row(uint32_t number);
/* The row of the release that the board has, 1.1 if it does not say. */
const struct generation *generation_of(const struct device *device);

#endif
