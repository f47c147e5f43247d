/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SET_AUTH_MANIFEST: the images that the SoC may run. Keys of the bundle that
 * runs endorse the keys of the manifest, those sign the list. All faults of one
 * signer's ECC or LMS signatures have one code, as in the released runtime.
 */
#include "guest/caliptra/runtime/runtime.h"

#include "abi/caliptra_image.h"
#include "abi/caliptra_runtime.h"
#include "abi/caliptra_soc_manifest.h"
#include "abi/caliptra_status.h"
#include "guest/caliptra/hardware/ecc.h"
#include "guest/caliptra/hardware/lms.h"
#include "guest/caliptra/hardware/sha2.h"
#include "guest/caliptra/hardware/soc_ifc.h"
#include "guest/kit/ensure/ensure.h"
#include "guest/kit/memory/memory.h"

enum {
    PREAMBLE = sizeof(struct caliptra_soc_preamble),
    VENDOR_SIGNED = offsetof(struct caliptra_soc_preamble, version),
    VENDOR_SIGNED_SIZE =
        offsetof(struct caliptra_soc_preamble, vendor_endorsement) -
        VENDOR_SIGNED,
    COUNT_SIZE = offsetof(struct caliptra_soc_images, images),
};

struct signer {
    const struct caliptra_ecc_key *ecc;
    const struct caliptra_lms_key *lms;
    uint32_t ecc_error;
    uint32_t lms_error;
};

static struct signer vendor(const struct caliptra_ecc_key *ecc,
                            const struct caliptra_lms_key *lms)
{
    return (struct signer){ecc, lms,
                           CALIPTRA_ERROR_RUNTIME_SOC_VENDOR_ECC_SIGNATURE,
                           CALIPTRA_ERROR_RUNTIME_SOC_VENDOR_LMS_SIGNATURE};
}

static struct signer owner(const struct caliptra_owner_keys *keys)
{
    return (struct signer){&keys->ecc, &keys->lms,
                           CALIPTRA_ERROR_RUNTIME_SOC_OWNER_ECC_SIGNATURE,
                           CALIPTRA_ERROR_RUNTIME_SOC_OWNER_LMS_SIGNATURE};
}

static uint32_t check(const struct signer *signer,
                      const struct caliptra_signatures *signatures,
                      const uint32_t digest[12])
{
    uint32_t r[12];
    if (ecc_verify(signer->ecc, digest, &signatures->ecc, r) != 0 ||
        memcmp(r, signatures->ecc.r, sizeof r) != 0) {
        return signer->ecc_error;
    }
    if (!soc_ifc_lms_verify()) {
        return 0;
    }
    uint8_t root[CALIPTRA_LMS_N];
    if (lms_root(signer->lms, &signatures->lms, digest,
                 !soc_ifc_generation_1_0(), root) != 0 ||
        memcmp(root, signer->lms->root, sizeof root) != 0) {
        return signer->lms_error;
    }
    return 0;
}

static uint32_t check_endorsements(const struct caliptra_soc_preamble *preamble,
                                   const struct caliptra_preamble *firmware)
{
    const struct caliptra_vendor_keys *keys = &firmware->vendor_keys;
    uint32_t digest[12];
    if (firmware->vendor_ecc_index >= CALIPTRA_VENDOR_ECC_KEYS) {
        return CALIPTRA_ERROR_RUNTIME_SOC_VENDOR_ECC_SIGNATURE;
    }
    if (firmware->vendor_lms_index >= CALIPTRA_VENDOR_LMS_KEYS) {
        return CALIPTRA_ERROR_RUNTIME_SOC_VENDOR_LMS_SIGNATURE;
    }
    struct signer signer = vendor(&keys->ecc[firmware->vendor_ecc_index],
                                  &keys->lms[firmware->vendor_lms_index]);
    sha2_384((const uint8_t *)preamble + VENDOR_SIGNED, VENDOR_SIGNED_SIZE,
             digest);
    uint32_t error = check(&signer, &preamble->vendor_endorsement, digest);
    if (error != 0) {
        return error;
    }
    signer = owner(&firmware->owner_keys);
    sha2_384(&preamble->owner_keys, sizeof preamble->owner_keys, digest);
    return check(&signer, &preamble->owner_endorsement, digest);
}

static uint32_t check_count(const struct caliptra_soc_images *images,
                            uint32_t size)
{
    if (size < COUNT_SIZE) {
        return CALIPTRA_ERROR_RUNTIME_SOC_LIST_SIZE;
    }
    if (images->count == 0 || images->count > CALIPTRA_SOC_IMAGES_MAX) {
        return CALIPTRA_ERROR_RUNTIME_SOC_LIST_COUNT;
    }
    if (size < COUNT_SIZE + images->count * sizeof images->images[0]) {
        return CALIPTRA_ERROR_RUNTIME_SOC_LIST_SIZE;
    }
    return 0;
}

static uint32_t check_signatures(const struct caliptra_soc_preamble *preamble,
                                 const struct caliptra_soc_images *images,
                                 uint32_t size)
{
    uint32_t digest[12];
    sha2_384(images, size, digest);
    if ((preamble->flags & CALIPTRA_SOC_VENDOR_SIGNATURE_REQUIRED) != 0) {
        struct signer signer =
            vendor(&preamble->vendor_keys.ecc, &preamble->vendor_keys.lms);
        uint32_t error = check(&signer, &preamble->vendor_metadata, digest);
        if (error != 0) {
            return error;
        }
    }
    struct signer signer = owner(&preamble->owner_keys);
    return check(&signer, &preamble->owner_metadata, digest);
}

static uint32_t check_identifiers(const struct caliptra_soc_images *images)
{
    for (uint32_t i = 0; i < images->count; i++) {
        for (uint32_t j = 0; j < i; j++) {
            if (images->images[i].firmware_id ==
                images->images[j].firmware_id) {
                return CALIPTRA_ERROR_RUNTIME_SOC_LIST_DUPLICATE;
            }
        }
    }
    return 0;
}

static uint32_t check_preamble(const struct caliptra_soc_preamble *preamble,
                               uint32_t size)
{
    if (size < PREAMBLE) {
        return CALIPTRA_ERROR_RUNTIME_SOC_MANIFEST_TOO_SHORT;
    }
    if (preamble->marker != CALIPTRA_SOC_MANIFEST_MARKER) {
        return CALIPTRA_ERROR_RUNTIME_SOC_MANIFEST_MARKER;
    }
    return preamble->size != PREAMBLE ? CALIPTRA_ERROR_RUNTIME_SOC_MANIFEST_SIZE
                                      : 0;
}

static uint32_t verify(const struct caliptra_soc_manifest *manifest,
                       uint32_t size, const struct caliptra_preamble *firmware)
{
    const struct caliptra_soc_preamble *preamble = &manifest->preamble;
    uint32_t error = check_preamble(preamble, size);
    if (error == 0) {
        error = check_endorsements(preamble, firmware);
    }
    if (error != 0) {
        return error;
    }
    /* Signed is what was sent, so bytes behind the last image too. */
    uint32_t list_size = size - PREAMBLE;
    if (list_size > sizeof manifest->images) {
        list_size = sizeof manifest->images;
    }
    error = check_count(&manifest->images, list_size);
    if (error == 0) {
        error = check_signatures(preamble, &manifest->images, list_size);
    }
    return error != 0 ? error : check_identifiers(&manifest->images);
}

uint32_t manifest_set(struct runtime *runtime)
{
    struct caliptra_set_auth_manifest_request *request =
        (void *)runtime->request;
    if (runtime->size < sizeof *request ||
        request->manifest_size > CALIPTRA_AUTH_MANIFEST_MAX ||
        request->manifest_size > runtime->size - sizeof *request) {
        return CALIPTRA_ERROR_RUNTIME_INVALID_PARAMETERS;
    }
    const struct caliptra_soc_manifest *manifest = (const void *)(request + 1);
    const struct caliptra_manifest *firmware = runtime->handoff.manifest;
    uint32_t error =
        verify(manifest, request->manifest_size, &firmware->preamble);
    if (error != 0) {
        return error;
    }
    const struct caliptra_soc_images *images = &manifest->images;
    memset(runtime->images, 0, sizeof *runtime->images);
    memcpy(runtime->images, images,
           COUNT_SIZE + images->count * sizeof images->images[0]);
    gate_review(runtime);
    return 0;
}

const struct caliptra_soc_image *manifest_image(const struct runtime *runtime,
                                                uint32_t id)
{
    const struct caliptra_soc_images *images = runtime->images;
    ensure(images->count <= CALIPTRA_SOC_IMAGES_MAX);
    for (uint32_t i = 0; i < images->count; i++) {
        if (images->images[i].firmware_id == id) {
            return &images->images[i];
        }
    }
    return NULL;
}

bool manifest_allows(const struct caliptra_soc_image *image,
                     const uint8_t digest[CALIPTRA_DIGEST_SIZE])
{
    return (image->flags & CALIPTRA_SOC_IGNORE_AUTH_CHECK) != 0 ||
           memcmp(image->digest, digest, CALIPTRA_DIGEST_SIZE) == 0;
}
