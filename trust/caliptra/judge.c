/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ROM's decision as a verdict on the file. The ROM compares key hashes with
 * fuses; when nobody named the hashes, the fuses are assumed to match, and all
 * that the signatures prove is that the bundle agrees with itself.
 */
#include <string.h>

#include "base/bits.h"
#include "trust/caliptra/bundle.h"

static const char vendor_hash[] = "vendor key hash";
static const char owner_hash[] = "owner key hash";

/* ---- Bytes that a check covers ------------------------------------------- */

#define SIGNED(type, check)                                                    \
    {                                                                          \
        offsetof(struct type, header),                                         \
            offsetof(struct type, header.owner_data) -                         \
                offsetof(struct type, header),                                 \
            check                                                              \
    }

static const struct verdict_range covered_1[] = {
    VERDICT_FIELD(caliptra_manifest, marker, "manifest marker and size"),
    VERDICT_FIELD(caliptra_manifest, size, "manifest marker and size"),
    VERDICT_FIELD(caliptra_manifest, preamble.vendor_keys, vendor_hash),
    VERDICT_FIELD(caliptra_manifest, preamble.owner_keys, owner_hash),
    VERDICT_FIELD(caliptra_manifest, preamble.vendor_signatures.ecc,
                  "vendor ECC signature"),
    SIGNED(caliptra_manifest, "vendor ECC signature"),
    VERDICT_FIELD(caliptra_manifest, preamble.vendor_signatures.lms,
                  "vendor LMS signature"),
    VERDICT_FIELD(caliptra_manifest, preamble.vendor_lms_index,
                  "vendor LMS key"),
    VERDICT_FIELD(caliptra_manifest, preamble.vendor_ecc_index,
                  "key indices in header"),
    VERDICT_FIELD(caliptra_manifest, preamble.owner_signatures.ecc,
                  "owner ECC signature"),
    VERDICT_FIELD(caliptra_manifest, header.owner_data, "owner ECC signature"),
    VERDICT_FIELD(caliptra_manifest, preamble.owner_signatures.lms,
                  "owner LMS signature"),
    VERDICT_FIELD(caliptra_manifest, fmc, "table of contents"),
    VERDICT_FIELD(caliptra_manifest, runtime, "table of contents"),
};

static const struct verdict_range covered_2[] = {
    VERDICT_FIELD(caliptra2_manifest, marker, "manifest marker and size"),
    VERDICT_FIELD(caliptra2_manifest, size, "manifest marker and size"),
    VERDICT_FIELD(caliptra2_manifest, pqc_type, "PQC key type"),
    VERDICT_FIELD(caliptra2_manifest, preamble.ecc_descriptor, vendor_hash),
    VERDICT_FIELD(caliptra2_manifest, preamble.pqc_descriptor, vendor_hash),
    VERDICT_FIELD(caliptra2_manifest, preamble.owner_keys, owner_hash),
    VERDICT_FIELD(caliptra2_manifest, preamble.vendor_ecc_key,
                  "active vendor ECC key"),
    VERDICT_FIELD(caliptra2_manifest, preamble.vendor_ecc_index,
                  "key indices in header"),
    VERDICT_FIELD(caliptra2_manifest, preamble.vendor_pqc_index,
                  "key indices in header"),
    VERDICT_FIELD(caliptra2_manifest, preamble.vendor_signatures.ecc,
                  "vendor ECC signature"),
    SIGNED(caliptra2_manifest, "vendor ECC signature"),
    VERDICT_FIELD(caliptra2_manifest, preamble.owner_signatures.ecc,
                  "owner ECC signature"),
    VERDICT_FIELD(caliptra2_manifest, header.owner_data, "owner ECC signature"),
    VERDICT_FIELD(caliptra2_manifest, fmc, "table of contents"),
    VERDICT_FIELD(caliptra2_manifest, runtime, "table of contents"),
};

static bool has_passed(const struct caliptra_verdict *rom, const char *check)
{
    for (unsigned i = 0; i < rom->count; i++) {
        if (strcmp(rom->checks[i].name, check) == 0) {
            return rom->checks[i].result == CALIPTRA_CHECK_PASSED;
        }
    }
    return false;
}

/* Covers what a key or signature of 2.x fills of its place, which is as large
 * as the larger kind. */
static void cover_pqc(const struct caliptra_bundle *bundle,
                      const struct caliptra_verdict *rom, size_t offset,
                      struct verdict *verdict)
{
    bool mldsa = bundle->manifest.v2.pqc_type == CALIPTRA2_PQC_MLDSA;
    size_t key = mldsa ? CALIPTRA_MLDSA_KEY_SIZE : CALIPTRA_LMS_KEY_SIZE;
    size_t signature =
        mldsa ? CALIPTRA_MLDSA_SIGNATURE_SIZE : CALIPTRA_LMS_SIGNATURE_SIZE;
    const struct verdict_range places[] = {
        {offsetof(struct caliptra2_manifest, preamble.vendor_pqc_key),        key,
         "active vendor PQC key"                                                                         },
        {offsetof(struct caliptra2_manifest, preamble.vendor_signatures.pqc),
         signature,                                                                "vendor PQC signature"},
        {offsetof(struct caliptra2_manifest, preamble.owner_signatures.pqc),
         signature,                                                                "owner PQC signature" },
    };
    for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
        if (has_passed(rom, places[i].name)) {
            verdict_cover(verdict, offset + places[i].offset, places[i].size);
        }
    }
}

/* An owner's signature by keys that the part does not know vouches for nothing:
 * anybody can sign again. */
static bool counts(const struct caliptra_verdict *rom, const char *check)
{
    return has_passed(rom, check) &&
           (strncmp(check, "owner ", 6) != 0 || has_passed(rom, owner_hash));
}

static void cover(const struct caliptra_bundle *bundle,
                  const struct caliptra_verdict *rom, size_t offset,
                  struct verdict *verdict)
{
    static const struct {
        const struct verdict_range *rows;
        size_t count;
    } covered[CALIPTRA_LAYOUTS] = {
        [1] = {covered_1, ARRAY_SIZE(covered_1)},
        [2] = {covered_2, ARRAY_SIZE(covered_2)},
    };
    const unsigned layout = caliptra_layout(bundle->generation)->number;
    const struct verdict_range *rows = covered[layout].rows;
    for (size_t i = 0; i < covered[layout].count; i++) {
        if (counts(rom, rows[i].name)) {
            verdict_cover(verdict, offset + rows[i].offset, rows[i].size);
        }
    }
    if (layout == 2) {
        cover_pqc(bundle, rom, offset, verdict);
    }
    if (has_passed(rom, "FMC digest")) {
        verdict_cover(verdict, offset + bundle->fmc.offset, bundle->fmc.size);
    }
    if (has_passed(rom, "runtime digest")) {
        verdict_cover(verdict, offset + bundle->runtime.offset,
                      bundle->runtime.size);
    }
}

/* ---- Checks -------------------------------------------------------------- */

static void judge_hash(const struct caliptra_check *check, bool is_vendor,
                       bool is_named, struct verdict *verdict)
{
    if (check->result == CALIPTRA_CHECK_SKIPPED) {
        verdict_add(verdict, is_vendor ? VERDICT_UNDECIDED : VERDICT_OPEN,
                    check->name,
                    "the part does not compare it: anybody's keys are taken");
    } else if (!is_named) {
        verdict_add(verdict, VERDICT_UNDECIDED, check->name,
                    "none was given: the file's own keys are compared with "
                    "themselves");
    } else {
        verdict_add(verdict, VERDICT_PROVEN, check->name,
                    "that of the part's fuses");
    }
}

static void refuse(const struct caliptra_verdict *rom, const char *name,
                   struct verdict *verdict)
{
    verdict_add(verdict, VERDICT_REFUSED, name, "0x%08x: %s: %s", rom->code,
                rom->text != NULL ? rom->text : "unknown", rom->detail);
}

void caliptra_bundle_judge(const struct caliptra_bundle *bundle,
                           const struct caliptra_verdict *rom,
                           const struct caliptra_named *named, bool is_brief,
                           size_t offset, struct verdict *verdict)
{
    static const char whole[] = "Caliptra bundle";
    for (unsigned i = 0; i < rom->count; i++) {
        const struct caliptra_check *check = &rom->checks[i];
        bool is_vendor = strcmp(check->name, vendor_hash) == 0;
        if (check->result == CALIPTRA_CHECK_FAILED) {
            refuse(rom, is_brief ? whole : check->name, verdict);
        } else if (is_vendor || strcmp(check->name, owner_hash) == 0) {
            judge_hash(check, is_vendor,
                       is_vendor ? named->vendor : named->owner, verdict);
        } else if (!is_brief) {
            bool passed = check->result == CALIPTRA_CHECK_PASSED;
            verdict_add(verdict, passed ? VERDICT_PROVEN : VERDICT_OPEN,
                        check->name, "%s",
                        passed ? "holds" : "a fuse or the life cycle skips it");
        }
    }
    if (rom->code == 0) {
        cover(bundle, rom, offset, verdict);
        if (is_brief) {
            verdict_add(verdict, VERDICT_PROVEN, whole, "%u checks of the ROM",
                        rom->count);
        }
    }
}
