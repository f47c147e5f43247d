/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Caliptra firmware bundles, generations 1.x and 2.x: read, write, sign,
 * verify, explain. The layouts are those of abi/caliptra_image.h.
 *
 * The reader trusts no length. The writer gives the same bytes for the same
 * input. Verification makes the checks of the real ROM in its order and ends
 * with its error code.
 */
#ifndef TRUST_CALIPTRA_BUNDLE_H
#define TRUST_CALIPTRA_BUNDLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "abi/caliptra_image.h"
#include "base/bits.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/json.h"
#include "trust/caliptra/errors.h"
#include "trust/caliptra/fuses.h"
#include "trust/keys/keys.h"
#include "trust/verdict/verdict.h"

/* Generations of the core; the layout depends on the tens only. */
enum caliptra_generation {
    CALIPTRA_1_0 = 10,
    CALIPTRA_1_1 = 11,
    CALIPTRA_2_0 = 20,
    CALIPTRA_2_1 = 21,
};

/* Numbers of layouts, from 1 on, and room for a row of each. */
enum { CALIPTRA_LAYOUTS = 3 };

/* A layout of bundles, and the memories that they are for. */
struct caliptra_layout {
    unsigned number;  /* 2 */
    const char *text; /* "2.x" */
    uint32_t marker;
    size_t manifest_size;
    size_t fmc; /* offsets of the images' entries in the manifest */
    size_t runtime;
    uint32_t iccm_size;
    size_t room; /* of the mailbox, which is the largest bundle */
};

/* "1.1" to CALIPTRA_1_1; -EINVAL for others. */
int caliptra_generation_parse(const char *text, int *generation);
const struct caliptra_layout *caliptra_layout(int generation);

/* Reading ------------------------------------------------------------------ */

/*
 * A view of a bundle: where its parts are. Offsets are checked against the
 * size; images that reach outside are marked absent, with size 0.
 */
struct caliptra_image_view {
    bool inside; /* offset and size lie in the bundle */
    uint32_t offset;
    uint32_t size;
    const struct caliptra_toc_entry *entry;
};

struct caliptra_bundle {
    const uint8_t *bytes;
    size_t size;
    int generation; /* 10 or 20, from the marker */
    union {
        struct caliptra_manifest v1;
        struct caliptra2_manifest v2;
    } manifest; /* a copy */
    struct caliptra_image_view fmc;
    struct caliptra_image_view runtime;
};

/*
 * Looks at bytes, which must outlive the view. Returns 0 when there is a whole
 * manifest with a known marker, -EINVAL with the place and the value otherwise.
 * Says nothing about digests and signatures.
 */
int caliptra_bundle_read(struct caliptra_bundle *bundle, const void *bytes,
                         size_t size, struct error *error);
/* Bundles of 2.x from before its release 2.0.0 have the marker of 1.x and a
 * larger manifest of a layout that is not known here; caliptra_bundle_read
 * takes one for 1.x. -EINVAL for such a bundle. */
int caliptra_bundle_check_age(const void *bytes, size_t size,
                              struct error *error);

/* SHA-384 of the vendor keys (1.x) or key descriptors (2.x), and of the owner
 * keys: what the fuses must hold. */
void caliptra_bundle_key_hashes(const struct caliptra_bundle *bundle,
                                uint8_t vendor[CALIPTRA_DIGEST_SIZE],
                                uint8_t owner[CALIPTRA_DIGEST_SIZE]);

/* Writing ------------------------------------------------------------------ */

struct caliptra_image {
    const void *bytes;
    size_t size; /* padded with zeros to a multiple of 4 in the bundle */
    uint32_t load_address;
    uint32_t entry_point;
    uint32_t version;
    uint32_t svn; /* 1.x */
    uint8_t revision[CALIPTRA_REVISION_SIZE];
};

struct caliptra_signing {
    struct key_ring *keys;
    uint32_t vendor_ecc_index;
    uint32_t vendor_pqc_index; /* LMS key in 1.x */
    bool lms; /* sign with LMS (2.x: or ML-DSA); false leaves zeros there */
    int64_t lms_leaf; /* KEYS_NEXT_LEAF, or a fixed one */
};

struct caliptra_pack {
    int generation;
    unsigned pqc_type; /* 2.x: CALIPTRA2_PQC_* */
    struct caliptra_image fmc;
    struct caliptra_image runtime;
    uint32_t svn; /* 2.x: of all firmware */
    bool pl0_valid;
    uint32_t pl0_pauser;
    uint32_t revision[2];
    char vendor_not_before[CALIPTRA_DATE_SIZE + 1]; /* "" for none */
    char vendor_not_after[CALIPTRA_DATE_SIZE + 1];
    char owner_not_before[CALIPTRA_DATE_SIZE + 1];
    char owner_not_after[CALIPTRA_DATE_SIZE + 1];
    struct caliptra_signing signing;
};

/* Defaults: generation 1.1, FMC at the start of ICCM, runtime behind it when
 * its load address is left 0, PL0 user 1, LMS signed. */
void caliptra_pack_init(struct caliptra_pack *pack, int generation);

/*
 * Lays out, digests and signs a bundle and appends it to out. Refuses with a
 * message what the ROM would refuse for its layout: empty images, addresses
 * outside ICCM or unaligned, overlaps, versions and indices out of range, a
 * bundle larger than the mailbox.
 */
int caliptra_bundle_write(const struct caliptra_pack *pack, struct buffer *out,
                          struct error *error);

/* Parts to bring up to date after bytes were changed. */
enum {
    CALIPTRA_RESIGN_IMAGES = 1, /* digests of FMC and runtime in the TOC */
    CALIPTRA_RESIGN_TOC = 2,    /* TOC digest in the header */
    CALIPTRA_RESIGN_VENDOR = 4, /* signatures over the header */
    CALIPTRA_RESIGN_OWNER = 8,
    CALIPTRA_RESIGN_ALL = 15,
};
static_assert(BITS_DIFFER(CALIPTRA_RESIGN_IMAGES, CALIPTRA_RESIGN_TOC,
                          CALIPTRA_RESIGN_VENDOR, CALIPTRA_RESIGN_OWNER),
              "parts are combined");

/*
 * Recomputes the chosen digests and signatures in place, in the order images,
 * TOC, signatures, and changes nothing else: a test spoils one field, has the
 * rest made consistent again, and reaches the check it means. Signs with the
 * keys that signing names, whatever the bundle says.
 */
int caliptra_bundle_resign(uint8_t *bytes, size_t size,
                           const struct caliptra_signing *signing,
                           unsigned what, struct error *error);

/* The fuses that a part needs to boot this bundle, on top of fuses_init. */
void caliptra_bundle_fuses(const struct caliptra_bundle *bundle,
                           struct fuses *fuses);

/* Verifying ---------------------------------------------------------------- */

enum caliptra_check_result {
    CALIPTRA_CHECK_PASSED,
    CALIPTRA_CHECK_FAILED,
    CALIPTRA_CHECK_SKIPPED, /* a fuse or life cycle turns it off */
};

struct caliptra_check {
    const char *name;
    enum caliptra_check_result result;
};

enum { CALIPTRA_CHECKS_MAX = 48 };

struct caliptra_verdict {
    uint32_t code;    /* 0: accepted; else what CPTRA_FW_ERROR_FATAL shows */
    const char *text; /* of the code */
    char detail[160]; /* the values that were compared; "" when accepted */
    unsigned count;
    struct caliptra_check checks[CALIPTRA_CHECKS_MAX]; /* in order */
};

/* Decides as a cold boot of the ROM does about these bytes on a part with these
 * fuses. fuses == NULL means: no fuse is known, skip what needs them. */
void caliptra_bundle_verify(const void *bytes, size_t size, int generation,
                            const struct fuses *fuses,
                            struct caliptra_verdict *verdict);

/* Which key hashes the verifier named: a hash that is computed from the keys in
 * the bundle agrees with them by itself, and proves nothing. */
struct caliptra_named {
    bool vendor;
    bool owner;
};

/*
 * Adds what the ROM decided about a bundle that lies at offset in the judged
 * file: with is_brief one check for the whole of it and one for each key hash
 * that nobody named, else all of the ROM's. Covers the bytes that the ROM's
 * checks cover.
 */
void caliptra_bundle_judge(const struct caliptra_bundle *bundle,
                           const struct caliptra_verdict *rom,
                           const struct caliptra_named *named, bool is_brief,
                           size_t offset, struct verdict *verdict);

/* The names of a bundle's fields, at offset in a file: for
 * verdict_name_uncovered. Returns how many were filled. */
enum { CALIPTRA_PLACES_MAX = 64 };
size_t caliptra_bundle_places(const struct caliptra_bundle *bundle,
                              size_t offset,
                              struct verdict_range places[CALIPTRA_PLACES_MAX]);

/* Explaining --------------------------------------------------------------- */

/* A tree of offsets, fields and digests for people, with the fuses needed. */
void caliptra_bundle_print(const struct caliptra_bundle *bundle,
                           struct buffer *out);
/* The same as members of a JSON object. */
void caliptra_bundle_print_json(const struct caliptra_bundle *bundle,
                                struct json *json);

#endif
