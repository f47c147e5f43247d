/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The SoC manifest of a Caliptra 1.x system (its authorization manifest): the
 * digests of the images that a SoC may run, signed by vendor and owner. The
 * runtime takes it with SET_AUTH_MANIFEST and answers AUTHORIZE_AND_STASH from
 * it. (Caliptra runtime 1.2, README, "Authorization manifest")
 *
 * Freestanding C11, little-endian; keys and ECC signatures are words, as in
 * abi/caliptra_image.h; the digests of images are plain bytes.
 */
#ifndef ABI_CALIPTRA_SOC_MANIFEST_H
#define ABI_CALIPTRA_SOC_MANIFEST_H

#include "abi/caliptra_assert.h"
#include "abi/caliptra_image.h"

#define CALIPTRA_SOC_MANIFEST_MARKER 0x41544d4eu /* "NMTA" in memory */

enum {
    CALIPTRA_SOC_IMAGES_MAX = 127,
    /* of caliptra_soc_preamble.flags: the vendor signs the images too */
    CALIPTRA_SOC_VENDOR_SIGNATURE_REQUIRED = 1,
    /* of caliptra_soc_image.flags */
    CALIPTRA_SOC_SOURCE_MASK = 3,
    CALIPTRA_SOC_SOURCE_IN_REQUEST = 1,
    CALIPTRA_SOC_IGNORE_AUTH_CHECK = 4,
};

/* Vendor and owner have keys of their own here, endorsed by those of the
 * firmware bundle that runs: an endorsement signs the keys, a metadata
 * signature signs the image list. */
struct caliptra_soc_preamble {
    uint32_t marker;
    uint32_t size; /* of this struct */
    uint32_t version;
    uint32_t flags;
    struct caliptra_owner_keys vendor_keys;
    struct caliptra_signatures vendor_endorsement; /* from version on */
    struct caliptra_owner_keys owner_keys;
    struct caliptra_signatures owner_endorsement; /* over the owner keys */
    struct caliptra_signatures vendor_metadata;
    struct caliptra_signatures owner_metadata;
};

struct caliptra_soc_image {
    uint32_t firmware_id;
    uint32_t flags;
    uint8_t digest[CALIPTRA_DIGEST_SIZE]; /* SHA-384 */
};

/* Signed as a whole; the runtime wants no more bytes than the count says, and
 * accepts all 127 places. */
struct caliptra_soc_images {
    uint32_t count;
    struct caliptra_soc_image images[CALIPTRA_SOC_IMAGES_MAX];
};

struct caliptra_soc_manifest {
    struct caliptra_soc_preamble preamble;
    struct caliptra_soc_images images;
};

CALIPTRA_ASSERT_SIZE(caliptra_soc_image, 56);
CALIPTRA_ASSERT_OFFSET(caliptra_soc_preamble, vendor_endorsement, 160);
CALIPTRA_ASSERT_OFFSET(caliptra_soc_preamble, owner_keys, 1876);
CALIPTRA_ASSERT_OFFSET(caliptra_soc_preamble, owner_endorsement, 2020);
CALIPTRA_ASSERT_OFFSET(caliptra_soc_preamble, vendor_metadata, 3736);
CALIPTRA_ASSERT_OFFSET(caliptra_soc_preamble, owner_metadata, 5452);
CALIPTRA_ASSERT_SIZE(caliptra_soc_preamble, 7168);
CALIPTRA_ASSERT_SIZE(caliptra_soc_manifest, 14284);

/* Results of AUTHORIZE_AND_STASH. */
#define CALIPTRA_IMAGE_AUTHORISED     0xdeadc0deu
#define CALIPTRA_IMAGE_NOT_AUTHORISED 0x21523f21u
#define CALIPTRA_IMAGE_HASH_MISMATCH  0x8bfb95cbu

#endif
