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

struct covered {
    const char *check;
    size_t offset;
    size_t size;
};

#define FIELD(type, check, field)                                              \
    {                                                                          \
        check, offsetof(struct type, field), sizeof(((struct type *)0)->field) \
    }
#define SIGNED(type, check)                                                    \
    {                                                                          \
        check, offsetof(struct type, header),                                  \
            offsetof(struct type, header.owner_data) -                         \
                offsetof(struct type, header)                                  \
    }

static const struct covered covered_1[] = {
    FIELD(caliptra_manifest, "manifest marker and size", marker),
    FIELD(caliptra_manifest, "manifest marker and size", size),
    FIELD(caliptra_manifest, vendor_hash, preamble.vendor_keys),
    FIELD(caliptra_manifest, owner_hash, preamble.owner_keys),
    FIELD(caliptra_manifest, "vendor ECC signature",
          preamble.vendor_signatures.ecc),
    SIGNED(caliptra_manifest, "vendor ECC signature"),
    FIELD(caliptra_manifest, "vendor LMS signature",
          preamble.vendor_signatures.lms),
    FIELD(caliptra_manifest, "vendor LMS key", preamble.vendor_lms_index),
    FIELD(caliptra_manifest, "key indices in header",
          preamble.vendor_ecc_index),
    FIELD(caliptra_manifest, "owner ECC signature",
          preamble.owner_signatures.ecc),
    FIELD(caliptra_manifest, "owner ECC signature", header.owner_data),
    FIELD(caliptra_manifest, "owner LMS signature",
          preamble.owner_signatures.lms),
    FIELD(caliptra_manifest, "table of contents", fmc),
    FIELD(caliptra_manifest, "table of contents", runtime),
};

static const struct covered covered_2[] = {
    FIELD(caliptra2_manifest, "manifest marker and size", marker),
    FIELD(caliptra2_manifest, "manifest marker and size", size),
    FIELD(caliptra2_manifest, "PQC key type", pqc_type),
    FIELD(caliptra2_manifest, vendor_hash, preamble.ecc_descriptor),
    FIELD(caliptra2_manifest, vendor_hash, preamble.pqc_descriptor),
    FIELD(caliptra2_manifest, owner_hash, preamble.owner_keys),
    FIELD(caliptra2_manifest, "active vendor ECC key", preamble.vendor_ecc_key),
    FIELD(caliptra2_manifest, "key indices in header",
          preamble.vendor_ecc_index),
    FIELD(caliptra2_manifest, "key indices in header",
          preamble.vendor_pqc_index),
    FIELD(caliptra2_manifest, "vendor ECC signature",
          preamble.vendor_signatures.ecc),
    SIGNED(caliptra2_manifest, "vendor ECC signature"),
    FIELD(caliptra2_manifest, "owner ECC signature",
          preamble.owner_signatures.ecc),
    FIELD(caliptra2_manifest, "owner ECC signature", header.owner_data),
    FIELD(caliptra2_manifest, "table of contents", fmc),
    FIELD(caliptra2_manifest, "table of contents", runtime),
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
    const struct covered places[] = {
        {"active vendor PQC key",
         offsetof(struct caliptra2_manifest, preamble.vendor_pqc_key),        key},
        {"vendor PQC signature",
         offsetof(struct caliptra2_manifest, preamble.vendor_signatures.pqc),
         signature                                                               },
        {"owner PQC signature",
         offsetof(struct caliptra2_manifest, preamble.owner_signatures.pqc),
         signature                                                               },
    };
    for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
        if (has_passed(rom, places[i].check)) {
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
    bool is_2 = caliptra_is_2(bundle->generation);
    const struct covered *rows = is_2 ? covered_2 : covered_1;
    size_t count = is_2 ? ARRAY_SIZE(covered_2) : ARRAY_SIZE(covered_1);
    for (size_t i = 0; i < count; i++) {
        if (counts(rom, rows[i].check)) {
            verdict_cover(verdict, offset + rows[i].offset, rows[i].size);
        }
    }
    if (is_2) {
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
