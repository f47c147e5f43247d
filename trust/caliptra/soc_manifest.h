/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SoC manifests of a Caliptra 1.x system: write, sign, verify, explain. The
 * layout is that of abi/caliptra_soc_manifest.h.
 */
#ifndef TRUST_CALIPTRA_SOC_MANIFEST_H
#define TRUST_CALIPTRA_SOC_MANIFEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "abi/caliptra_soc_manifest.h"
#include "base/buffer.h"
#include "base/error.h"
#include "trust/caliptra/bundle.h"
#include "trust/keys/keys.h"

struct soc_manifest_pack {
    uint32_t version;
    bool vendor_signs; /* the image list too, not the keys alone */
    bool all_places; /* write and sign all 127 places, zeros behind the last */
    const struct caliptra_soc_image *images;
    size_t count;
    /* Whom the bundle's keys endorse: the keys that sign the list. They may be
     * the bundle's own. */
    struct key_ring *keys;
    uint32_t vendor_ecc_index;
    uint32_t vendor_lms_index;
    /* The bundle that the part runs, which endorses. */
    struct caliptra_signing bundle;
};

/* Vendor and owner of the ring sign everything, as in the bundle. */
void soc_manifest_pack_init(struct soc_manifest_pack *pack,
                            const struct caliptra_signing *bundle);

/*
 * Appends a manifest with as many entries as there are images, or with
 * pack->all_places with all that it has room for. -EINVAL with
 * the reason for none or too many images and for two with the same identifier,
 * -ENOKEY for keys without a private part.
 */
int soc_manifest_write(const struct soc_manifest_pack *pack, struct buffer *out,
                       struct error *error);

/* True if bytes start as a SoC manifest does. */
bool soc_manifest_recognise(const void *bytes, size_t size);

/* The image list of a manifest that is whole; NULL and *error otherwise. Says
 * nothing about signatures. */
const struct caliptra_soc_images *
soc_manifest_images(const void *bytes, size_t size, struct error *error);

/*
 * Decides as the runtime does about a manifest on a part that runs this 1.x
 * bundle: SET_AUTH_MANIFEST's checks in its order, with its error codes. lms is
 * the part's LMS fuse. Without a bundle (NULL) the endorsements are not
 * checked.
 */
void soc_manifest_verify(const void *bytes, size_t size,
                         const struct caliptra_bundle *bundle, bool lms,
                         struct caliptra_verdict *verdict);

/* Adds what the runtime decided, a check for each of its own. */
void soc_manifest_judge(const struct caliptra_verdict *runtime,
                        struct verdict *verdict);
/* Covers what the proven checks cover of a manifest at offset in the judged
 * file, of size bytes. */
void soc_manifest_cover(struct verdict *verdict, size_t offset, size_t size);
/* The same for a layout of another preamble, whose fields have rows. */
void soc_manifest_cover_fields(struct verdict *verdict, size_t offset,
                               size_t size, size_t preamble_size,
                               const struct verdict_range *rows, size_t count);
/* Rows of the fields that all preambles have. */
#define SOC_MANIFEST_FIELDS(type)                                              \
    VERDICT_FIELD(type, marker, "SoC manifest marker and size"),               \
        VERDICT_FIELD(type, size, "SoC manifest marker and size"),             \
        VERDICT_FIELD(type, version, "vendor ECC endorsement"),                \
        VERDICT_FIELD(type, flags, "vendor ECC endorsement"),                  \
        VERDICT_FIELD(type, vendor_keys, "vendor ECC endorsement"),            \
        VERDICT_FIELD(type, vendor_endorsement.ecc, "vendor ECC endorsement"), \
        VERDICT_FIELD(type, vendor_endorsement.lms, "vendor LMS endorsement"), \
        VERDICT_FIELD(type, owner_keys, "owner ECC endorsement"),              \
        VERDICT_FIELD(type, owner_endorsement.ecc, "owner ECC endorsement"),   \
        VERDICT_FIELD(type, owner_endorsement.lms, "owner LMS endorsement"),   \
        VERDICT_FIELD(type, vendor_metadata.ecc,                               \
                      "vendor ECC signature of the list"),                     \
        VERDICT_FIELD(type, vendor_metadata.lms,                               \
                      "vendor LMS signature of the list"),                     \
        VERDICT_FIELD(type, owner_metadata.ecc,                                \
                      "owner ECC signature of the list"),                      \
        VERDICT_FIELD(type, owner_metadata.lms,                                \
                      "owner LMS signature of the list")

/* Fields and images for people, and as members of a JSON object; for manifests
 * that soc_manifest_images takes. */
void soc_manifest_print(const void *bytes, size_t size, struct buffer *out);
void soc_manifest_print_json(const void *bytes, size_t size, struct json *json);

#endif
