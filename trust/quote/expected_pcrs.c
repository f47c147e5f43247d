/* SPDX-License-Identifier: Apache-2.0 */
/* Extends PCRs as ROM and FMC do, from the bundle, the fuses and the life
 * cycle. */
#include "trust/quote/expected_pcrs.h"

#include <errno.h>
#include <string.h>

#include "abi/caliptra_handoff.h"
#include "abi/caliptra_image.h"
#include "abi/flash_image.h"
#include "base/bits.h"
#include "crypto/sha2.h"

enum {
    DIGEST = CALIPTRA_DIGEST_SIZE,
    STATUS_MAX = 9,
    FMC_CURRENT = CALIPTRA_PCR_FMC_CURRENT,
    FMC_JOURNEY = CALIPTRA_PCR_FMC_JOURNEY,
    RT_CURRENT = CALIPTRA_PCR_RT_CURRENT,
    RT_JOURNEY = CALIPTRA_PCR_RT_JOURNEY,
    NO_LMS_INDEX = 0xff,
};

static void extend(struct expected_pcrs *pcrs, unsigned index,
                   const uint8_t *data, size_t size)
{
    uint8_t text[2 * DIGEST];
    memcpy(text, pcrs->values[index], DIGEST);
    memcpy(text + DIGEST, data, size);
    sha384(text, DIGEST + size, pcrs->values[index]);
    pcrs->known[index] = true;
}

static void extend_words(struct expected_pcrs *pcrs, unsigned index,
                         const uint32_t words[12])
{
    uint8_t bytes[DIGEST];
    for (size_t i = 0; i < 12; i++) {
        store_be32(bytes + 4 * i, words[i]);
    }
    extend(pcrs, index, bytes, sizeof(bytes));
}

/* The same fuses that fuses_registers writes, with what else decides. */
static void device_status(const struct caliptra_manifest *manifest,
                          const struct fuses *fuses, uint8_t status[STATUS_MAX])
{
    bool rollback = fuses->anti_rollback_disable != 0;
    bool any_owner = true;
    for (size_t i = 0; i < DIGEST; i++) {
        any_owner = any_owner && fuses->owner_key_hash[i] == 0;
    }
    const uint8_t bytes[STATUS_MAX] = {
        (uint8_t)fuses->life_cycle,
        fuses->debug_locked != 0,
        rollback,
        (uint8_t)manifest->preamble.vendor_ecc_index,
        (uint8_t)manifest->fmc.svn,
        rollback ? 0 : (uint8_t)fuses->fmc_svn,
        fuses->lms_verify ? (uint8_t)manifest->preamble.vendor_lms_index
                          : NO_LMS_INDEX,
        fuses->lms_verify != 0,
        !any_owner,
    };
    memcpy(status, bytes, sizeof(bytes));
}

int expected_pcrs_bundle(struct expected_pcrs *pcrs,
                         const struct caliptra_bundle *bundle,
                         const struct fuses *fuses)
{
    const struct caliptra_manifest *manifest = &bundle->manifest.v1;
    uint8_t status[STATUS_MAX];
    uint8_t vendor[DIGEST];
    uint8_t owner[DIGEST];
    uint8_t digest[DIGEST];
    if (bundle->generation != 10) {
        return -EINVAL;
    }
    device_status(manifest, fuses, status);
    caliptra_bundle_key_hashes(bundle, vendor, owner);
    extend(pcrs, FMC_CURRENT, status, sizeof(status));
    extend(pcrs, FMC_CURRENT, fuses->vendor_key_hash, DIGEST);
    extend(pcrs, FMC_CURRENT, owner, DIGEST);
    extend_words(pcrs, FMC_CURRENT, manifest->fmc.digest);
    sha384(manifest, sizeof(*manifest), digest);
    extend_words(pcrs, RT_CURRENT, manifest->runtime.digest);
    extend(pcrs, RT_CURRENT, digest, DIGEST);
    pcrs->known[FMC_JOURNEY] = true;
    pcrs->known[RT_JOURNEY] = true;
    memcpy(pcrs->values[FMC_JOURNEY], pcrs->values[FMC_CURRENT], DIGEST);
    memcpy(pcrs->values[RT_JOURNEY], pcrs->values[RT_CURRENT], DIGEST);
    return 0;
}

void expected_pcrs_images(struct expected_pcrs *pcrs,
                          const struct flash_bank *bank)
{
    uint8_t digest[DIGEST];
    for (unsigned i = 0; i < bank->count; i++) {
        if (bank->parts[i].id >= FLASH_IMAGE_SOC) {
            sha384(bank->parts[i].bytes, bank->parts[i].size, digest);
            extend(pcrs, CALIPTRA_PCR_STASH, digest, DIGEST);
        }
    }
}

void expected_pcrs_print(const struct expected_pcrs *pcrs, struct buffer *out)
{
    for (unsigned i = 0; i < ARRAY_SIZE(pcrs->known); i++) {
        if (pcrs->known[i]) {
            buffer_print(out, "PCR %-2u ", i);
            buffer_print_hex(out, pcrs->values[i], DIGEST);
            buffer_print(out, "\n");
        }
    }
}
