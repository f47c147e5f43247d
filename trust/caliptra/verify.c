/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Checks of the ROM of either generation, in its order and with its
 * codes. Cold boot; an update reset adds comparisons with what the cold boot
 * saw, which are not made here.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "abi/caliptra_image.h"
#include "abi/caliptra_memory.h"
#include "abi/caliptra_soc_ifc.h"
#include "abi/caliptra_status.h"
#include "base/assert.h"
#include "base/bits.h"
#include "trust/caliptra/checks.h"
#include "trust/caliptra/words.h"

static bool note(struct checks *checks, const char *name,
                 enum caliptra_check_result result)
{
    struct caliptra_verdict *verdict = checks->verdict;
    /* The code of both ROMs, not the bundle, says how many checks there are. */
    assert(verdict->count < CALIPTRA_CHECKS_MAX);
    verdict->checks[verdict->count++] = (struct caliptra_check){name, result};
    return result != CALIPTRA_CHECK_FAILED;
}

bool checks_pass(struct checks *checks, const char *name)
{
    return note(checks, name, CALIPTRA_CHECK_PASSED);
}

bool checks_skip(struct checks *checks, const char *name)
{
    return note(checks, name, CALIPTRA_CHECK_SKIPPED);
}

bool checks_fail(struct checks *checks, const char *name, uint32_t code,
                 const char *format, ...)
{
    struct caliptra_verdict *verdict = checks->verdict;
    assert(code != 0);
    verdict->code = code;
    verdict->text = caliptra_error_text(code);
    va_list args;
    va_start(args, format);
    vsnprintf(verdict->detail, sizeof(verdict->detail), format, args);
    va_end(args);
    return note(checks, name, CALIPTRA_CHECK_FAILED);
}

bool checks_provisioned(const struct checks *checks)
{
    return checks->fuses != NULL &&
           checks->fuses->life_cycle != CALIPTRA_LIFECYCLE_UNPROVISIONED;
}

/* Keys ------------------------------------------------------------------- */

static bool compare_hash(struct checks *checks, const char *name,
                         const uint8_t *fuse, const void *keys, size_t size,
                         uint32_t code)
{
    uint8_t digest[CALIPTRA_DIGEST_SIZE];
    assert(fuse != NULL && size != 0);
    sha384(keys, size, digest);
    if (memcmp(digest, fuse, sizeof(digest)) == 0) {
        return checks_pass(checks, name);
    }
    return checks_fail(checks, name, code,
                       "keys hash to %08x%08x..., the fuse holds "
                       "%08x%08x...",
                       load_be32(digest), load_be32(digest + 4),
                       load_be32(fuse), load_be32(fuse + 4));
}

bool checks_vendor_hash(struct checks *checks, const void *keys, size_t size)
{
    static const char name[] = "vendor key hash";
    if (!checks_provisioned(checks)) {
        return checks_skip(checks, name);
    }
    const uint8_t *fuse = checks->fuses->vendor_key_hash;
    if (all_bytes(fuse, CALIPTRA_DIGEST_SIZE, 0)) {
        return checks_fail(checks, name, CALIPTRA_ERROR_VENDOR_KEY_HASH_INVALID,
                           "the fuse is not burnt");
    }
    return compare_hash(checks, name, fuse, keys, size,
                        CALIPTRA_ERROR_VENDOR_KEY_HASH_MISMATCH);
}

bool checks_owner_hash(struct checks *checks, const void *keys, size_t size)
{
    static const char name[] = "owner key hash";
    if (checks->fuses == NULL ||
        all_bytes(checks->fuses->owner_key_hash, CALIPTRA_DIGEST_SIZE, 0)) {
        return checks_skip(checks, name);
    }
    return compare_hash(checks, name, checks->fuses->owner_key_hash, keys, size,
                        CALIPTRA_ERROR_OWNER_KEY_HASH_MISMATCH);
}

bool checks_index(struct checks *checks, const struct index_check *check)
{
    assert(check->count != 0);
    if (check->index >= check->count) {
        return checks_fail(checks, check->name, check->bounds_code,
                           "index %u, the bundle has %u keys", check->index,
                           check->count);
    }
    if (check->index < check->count - 1 &&
        (check->revocation >> (check->index & 31) & 1) != 0) {
        return checks_fail(checks, check->name, check->revoked_code,
                           "index %u, revocation fuse 0x%x", check->index,
                           check->revocation);
    }
    return checks_pass(checks, check->name);
}

/* Signatures -------------------------------------------------------------- */

bool checks_ecc(struct checks *checks, const struct signature_check *check)
{
    const char *name = check->ecc_name;
    const struct caliptra_ecc_key *key = check->ecc_key;
    const struct caliptra_ecc_signature *stored = check->ecc_signature;
    if (all_bytes(key->x, sizeof(key->x), 0) ||
        all_bytes(key->y, sizeof(key->y), 0)) {
        return checks_fail(checks, name, check->key_zero_code,
                           "x or y of the key is zero");
    }
    if (all_bytes(stored->r, sizeof(stored->r), 0) ||
        all_bytes(stored->s, sizeof(stored->s), 0)) {
        return checks_fail(checks, name, check->signature_zero_code,
                           "r or s of the signature is zero");
    }
    uint8_t digest[CALIPTRA_DIGEST_SIZE];
    sha384(check->signed_bytes, check->signed_size, digest);
    switch (words_verify(key, stored, digest)) {
    case 0:
        return checks_pass(checks, name);
    case -ERANGE:
        return checks_fail(checks, name, check->ecc_failure_code,
                           "r or s is not below the order of the curve");
    case -EINVAL:
        return checks_fail(checks, name, check->ecc_failure_code,
                           "the key is not a point of the curve");
    default:
        return checks_fail(checks, name, check->ecc_invalid_code,
                           "header digest %08x%08x... was not signed with "
                           "this key",
                           load_be32(digest), load_be32(digest + 4));
    }
}

bool checks_lms(struct checks *checks, const struct signature_check *check)
{
    const char *name = check->lms_name;
    if (!check->lms) {
        return checks_skip(checks, name);
    }
    uint8_t digest[CALIPTRA_DIGEST_SIZE];
    sha384(check->signed_bytes, check->signed_size, digest);
    struct caliptra_lms_key key;
    struct caliptra_lms_signature signature;
    memcpy(&key, check->lms_key, sizeof(key));
    memcpy(&signature, check->lms_signature, sizeof(signature));
    /* The ROM takes the tree type from the signature, and of it the height
     * only: the key's own is not looked at. */
    store_be32(key.tree_type, CALIPTRA_LMS_TREE_TYPE);
    if (load_be32(signature.tree_type) == CALIPTRA_LMS_TREE_TYPE_N32) {
        store_be32(signature.tree_type, CALIPTRA_LMS_TREE_TYPE);
    }
    switch (lms_verify((const uint8_t *)&key, sizeof(key), digest,
                       sizeof(digest), (const uint8_t *)&signature,
                       sizeof(signature))) {
    case 0:
        return checks_pass(checks, name);
    case -EINVAL:
        return checks_fail(checks, name, check->lms_failure_code,
                           "types or leaf number do not fit the key");
    default:
        return checks_fail(checks, name, check->lms_invalid_code,
                           "header digest %08x%08x... was not signed with "
                           "this key",
                           load_be32(digest), load_be32(digest + 4));
    }
}

/* Table of contents and images -------------------------------------------- */

static bool check_toc_digest(struct checks *checks,
                             const struct toc_check *check)
{
    static const char name[] = "table of contents";
    assert(in_range(check->toc_offset,
                    CALIPTRA_TOC_ENTRIES * sizeof(struct caliptra_toc_entry),
                    checks->room));
    if (check->count != CALIPTRA_TOC_ENTRIES) {
        return checks_fail(checks, name, CALIPTRA_ERROR_TOC_COUNT_INVALID,
                           "the header has %u entries, not %d", check->count,
                           CALIPTRA_TOC_ENTRIES);
    }
    uint32_t digest[CALIPTRA_DIGEST_WORDS];
    words_sha384(digest, checks->bytes + check->toc_offset,
                 CALIPTRA_TOC_ENTRIES * sizeof(struct caliptra_toc_entry));
    if (memcmp(digest, check->digest, sizeof(digest)) != 0) {
        return checks_fail(checks, name, CALIPTRA_ERROR_TOC_DIGEST_MISMATCH,
                           "entries hash to %08x%08x..., the header says "
                           "%08x%08x...",
                           digest[0], digest[1], check->digest[0],
                           check->digest[1]);
    }
    return checks_pass(checks, name);
}

static bool check_sizes(struct checks *checks, const struct toc_check *check)
{
    static const char name[] = "image sizes";
    if (check->fmc->size == 0) {
        return checks_fail(checks, name, CALIPTRA_ERROR_FMC_SIZE_ZERO,
                           "FMC has size 0");
    }
    if (check->runtime->size == 0) {
        return checks_fail(checks, name, CALIPTRA_ERROR_RUNTIME_SIZE_ZERO,
                           "runtime has size 0");
    }
    uint64_t sum = (uint64_t)check->manifest_size + check->fmc->size +
                   check->runtime->size;
    if (sum > checks->size) {
        return checks_fail(checks, name, CALIPTRA_ERROR_IMAGES_EXCEED_BUNDLE,
                           "manifest and images have %llu bytes, the bundle "
                           "%zu",
                           (unsigned long long)sum, checks->size);
    }
    return checks_pass(checks, name);
}

static bool check_file_ranges(struct checks *checks,
                              const struct toc_check *check)
{
    static const char name[] = "image offsets";
    const struct caliptra_toc_entry *fmc = check->fmc;
    const struct caliptra_toc_entry *runtime = check->runtime;
    uint64_t fmc_end = (uint64_t)fmc->offset + fmc->size;
    uint64_t runtime_end = (uint64_t)runtime->offset + runtime->size;
    uint32_t code = 0;
    if (fmc_end > UINT32_MAX || runtime_end > UINT32_MAX) {
        code = CALIPTRA_ERROR_TOC_RANGE_OVERFLOW;
    } else if (fmc->offset < runtime_end && fmc_end > runtime->offset) {
        code = CALIPTRA_ERROR_FMC_RUNTIME_OVERLAP;
    } else if (fmc_end > runtime->offset) {
        code = CALIPTRA_ERROR_FMC_RUNTIME_ORDER;
    }
    if (code != 0) {
        return checks_fail(checks, name, code,
                           "FMC at 0x%x with 0x%x bytes, runtime at 0x%x with "
                           "0x%x",
                           fmc->offset, fmc->size, runtime->offset,
                           runtime->size);
    }
    return checks_pass(checks, name);
}

static bool check_load_ranges(struct checks *checks,
                              const struct toc_check *check)
{
    static const char name[] = "load addresses";
    const struct caliptra_toc_entry *fmc = check->fmc;
    const struct caliptra_toc_entry *runtime = check->runtime;
    uint64_t fmc_last = (uint64_t)fmc->load_address + fmc->size - 1;
    uint64_t runtime_last = (uint64_t)runtime->load_address + runtime->size - 1;
    uint32_t code = 0;
    if (fmc_last > UINT32_MAX) {
        code = CALIPTRA_ERROR_FMC_LOAD_ADDRESS_OVERFLOW;
    } else if (runtime_last > UINT32_MAX) {
        code = CALIPTRA_ERROR_RUNTIME_LOAD_ADDRESS_OVERFLOW;
    } else if (fmc->load_address <= runtime_last &&
               fmc_last >= runtime->load_address) {
        code = CALIPTRA_ERROR_LOAD_ADDRESS_OVERLAP;
    }
    if (code != 0) {
        return checks_fail(checks, name, code,
                           "FMC to 0x%08x with 0x%x bytes, runtime to 0x%08x "
                           "with 0x%x",
                           fmc->load_address, fmc->size, runtime->load_address,
                           runtime->size);
    }
    return checks_pass(checks, name);
}

/* The codes of one image. */
struct image_codes {
    const char *digest_name;
    const char *address_name;
    const char *svn_name;
    uint32_t digest_failure, digest_mismatch;
    uint32_t load_invalid, load_unaligned, entry_invalid, entry_unaligned;
    uint32_t svn_too_large, svn_below_fuse;
    uint32_t svn_max;
};

static const struct image_codes fmc_codes = {
    .digest_name = "FMC digest",
    .address_name = "FMC addresses",
    .svn_name = "FMC security version",
    .digest_failure = CALIPTRA_ERROR_FMC_DIGEST_FAILURE,
    .digest_mismatch = CALIPTRA_ERROR_FMC_DIGEST_MISMATCH,
    .load_invalid = CALIPTRA_ERROR_FMC_LOAD_ADDRESS_INVALID,
    .load_unaligned = CALIPTRA_ERROR_FMC_LOAD_ADDRESS_UNALIGNED,
    .entry_invalid = CALIPTRA_ERROR_FMC_ENTRY_INVALID,
    .entry_unaligned = CALIPTRA_ERROR_FMC_ENTRY_UNALIGNED,
    .svn_too_large = CALIPTRA_ERROR_FMC_SVN_TOO_LARGE,
    .svn_below_fuse = CALIPTRA_ERROR_FMC_SVN_BELOW_FUSE,
    .svn_max = CALIPTRA_FMC_SVN_MAX,
};

static const struct image_codes runtime_codes = {
    .digest_name = "runtime digest",
    .address_name = "runtime addresses",
    .svn_name = "runtime security version",
    .digest_failure = CALIPTRA_ERROR_RUNTIME_DIGEST_FAILURE,
    .digest_mismatch = CALIPTRA_ERROR_RUNTIME_DIGEST_MISMATCH,
    .load_invalid = CALIPTRA_ERROR_RUNTIME_LOAD_ADDRESS_INVALID,
    .load_unaligned = CALIPTRA_ERROR_RUNTIME_LOAD_ADDRESS_UNALIGNED,
    .entry_invalid = CALIPTRA_ERROR_RUNTIME_ENTRY_INVALID,
    .entry_unaligned = CALIPTRA_ERROR_RUNTIME_ENTRY_UNALIGNED,
    .svn_too_large = CALIPTRA_ERROR_RUNTIME_SVN_TOO_LARGE,
    .svn_below_fuse = CALIPTRA_ERROR_RUNTIME_SVN_BELOW_FUSE,
    .svn_max = CALIPTRA_RUNTIME_SVN_MAX,
};

static bool check_digest(struct checks *checks,
                         const struct caliptra_toc_entry *entry,
                         const struct image_codes *codes)
{
    if (!in_range(entry->offset, entry->size, checks->room)) {
        return checks_fail(checks, codes->digest_name, codes->digest_failure,
                           "offset 0x%x with 0x%x bytes is not in the mailbox",
                           entry->offset, entry->size);
    }
    uint32_t digest[CALIPTRA_DIGEST_WORDS];
    words_sha384(digest, checks->bytes + entry->offset, entry->size);
    if (memcmp(digest, entry->digest, sizeof(digest)) != 0) {
        return checks_fail(checks, codes->digest_name, codes->digest_mismatch,
                           "image hashes to %08x%08x..., its entry says "
                           "%08x%08x...",
                           digest[0], digest[1], entry->digest[0],
                           entry->digest[1]);
    }
    return checks_pass(checks, codes->digest_name);
}

static bool in_iccm(const struct checks *checks, uint32_t address)
{
    return address >= CALIPTRA_ICCM_BASE &&
           address - CALIPTRA_ICCM_BASE < checks->iccm_size;
}

static bool check_addresses(struct checks *checks,
                            const struct caliptra_toc_entry *entry,
                            const struct image_codes *codes)
{
    uint32_t last = entry->load_address + entry->size - 1;
    uint32_t code = 0;
    if (!in_iccm(checks, entry->load_address) || !in_iccm(checks, last)) {
        code = codes->load_invalid;
    } else if (entry->load_address % 4 != 0) {
        code = codes->load_unaligned;
    } else if (!in_iccm(checks, entry->entry_point)) {
        code = codes->entry_invalid;
    } else if (entry->entry_point % 4 != 0) {
        code = codes->entry_unaligned;
    }
    if (code != 0) {
        return checks_fail(checks, codes->address_name, code,
                           "load address 0x%08x, entry point 0x%08x, size 0x%x",
                           entry->load_address, entry->entry_point,
                           entry->size);
    }
    return checks_pass(checks, codes->address_name);
}

static bool check_svn(struct checks *checks, uint32_t svn, uint32_t fuse,
                      const struct image_codes *codes)
{
    if (!checks_provisioned(checks) ||
        checks->fuses->anti_rollback_disable != 0) {
        return checks_skip(checks, codes->svn_name);
    }
    if (svn > codes->svn_max) {
        return checks_fail(checks, codes->svn_name, codes->svn_too_large,
                           "version %u, the largest is %u", svn,
                           codes->svn_max);
    }
    if (svn < fuse) {
        return checks_fail(checks, codes->svn_name, codes->svn_below_fuse,
                           "version %u, the fuse says %u", svn, fuse);
    }
    return checks_pass(checks, codes->svn_name);
}

static bool check_image(struct checks *checks,
                        const struct caliptra_toc_entry *entry,
                        const struct image_codes *codes)
{
    return check_digest(checks, entry, codes) &&
           check_addresses(checks, entry, codes);
}

static bool check_images_1(struct checks *checks, const struct toc_check *check)
{
    const struct fuses *fuses = checks->fuses;
    return check_image(checks, check->fmc, &fmc_codes) &&
           check_svn(checks, check->fmc->svn,
                     fuses != NULL ? fuses->fmc_svn : 0, &fmc_codes) &&
           check_image(checks, check->runtime, &runtime_codes) &&
           check_svn(checks, check->runtime->svn,
                     fuses != NULL ? fuses->runtime_svn : 0, &runtime_codes);
}

bool checks_toc(struct checks *checks, const struct toc_check *check)
{
    if (!check_toc_digest(checks, check) || !check_sizes(checks, check) ||
        !check_file_ranges(checks, check) ||
        !check_load_ranges(checks, check)) {
        return false;
    }
    if (check->svn_2 == NULL) {
        return check_images_1(checks, check);
    }
    return check_image(checks, check->fmc, &fmc_codes) &&
           check_image(checks, check->runtime, &runtime_codes) &&
           check_svn(checks, *check->svn_2,
                     checks->fuses != NULL ? checks->fuses->runtime_svn : 0,
                     &runtime_codes);
}

void caliptra_bundle_verify(const void *bytes, size_t size, int generation,
                            const struct fuses *fuses,
                            struct caliptra_verdict *verdict)
{
    memset(verdict, 0, sizeof(*verdict));
    static void (*const verify[CALIPTRA_LAYOUTS])(struct checks * checks) = {
        [1] = caliptra_verify_1,
        [2] = caliptra_verify_2,
    };
    const struct caliptra_layout *layout = caliptra_layout(generation);
    struct checks checks = {
        .room = layout->room,
        .size = size,
        .iccm_size = layout->iccm_size,
        .fuses = fuses,
        .verdict = verdict,
    };
    if (size == 0 || size > checks.room) {
        checks_fail(&checks, "bundle size", CALIPTRA_ERROR_INVALID_IMAGE_SIZE,
                    "%zu bytes, the mailbox has room for %zu", size,
                    checks.room);
        return;
    }
    checks_pass(&checks, "bundle size");
    /* Past the end the ROM reads zeros from the mailbox and goes on. */
    uint8_t *padded = xcalloc(1, checks.room);
    memcpy(padded, bytes, size);
    checks.bytes = padded;
    verify[layout->number](&checks);
    free(padded);
}
