/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signatures of the SoC's own: ECDSA384_VERIFY and LMS_VERIFY. The digest is
 * the one that the SoC left in the SHA accelerator; in 2.x it comes with the
 * request.
 */
#include "guest/caliptra/runtime/runtime.h"

#include "abi/caliptra2_runtime.h"
#include "abi/caliptra_image.h"
#include "abi/caliptra_runtime.h"
#include "abi/caliptra_soc_ifc.h"
#include "abi/caliptra_status.h"
#include "guest/caliptra/hardware/ecc.h"
#include "guest/caliptra/hardware/lms.h"
#include "guest/caliptra/hardware/soc_ifc.h"
#include "guest/kit/memory/memory.h"
#include "guest/kit/mmio/mmio.h"

static void words_of(uint32_t words[12], const uint8_t bytes[48])
{
    for (unsigned i = 0; i < 12; i++) {
        const uint8_t *at = bytes + 4 * (size_t)i;
        words[i] = (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 |
                   (uint32_t)at[2] << 8 | at[3];
    }
}

static void big_endian(uint8_t bytes[4], uint32_t word)
{
    for (unsigned k = 0; k < 4; k++) {
        bytes[k] = (uint8_t)(word >> (24 - 8 * k));
    }
}

static uint32_t check_ecdsa(const struct caliptra_ecdsa_request *request,
                            const uint32_t digest[12])
{
    struct caliptra_ecc_key key;
    struct caliptra_ecc_signature signature;
    uint32_t r[12];
    words_of(key.x, request->x);
    words_of(key.y, request->y);
    words_of(signature.r, request->r);
    words_of(signature.s, request->s);
    uint32_t error = ecc_verify(&key, digest, &signature, r);
    if (error != 0) {
        return error;
    }
    return memcmp(r, signature.r, sizeof r) == 0
               ? 0
               : CALIPTRA_ERROR_RUNTIME_ECC_SIGNATURE;
}

uint32_t verify_ecdsa(struct runtime *runtime)
{
    uint32_t digest[12];
    mmio_read_words(CALIPTRA_SHA_ACC_DIGEST, digest, 12);
    return check_ecdsa((const void *)runtime->request, digest);
}

uint32_t verify_ecdsa_given(struct runtime *runtime)
{
    const struct caliptra2_ecdsa_request *request =
        (const void *)runtime->request;
    uint32_t digest[12];
    words_of(digest, request->digest);
    return check_ecdsa(&request->base, digest);
}

static void take_key(struct caliptra_lms_key *key,
                     const struct caliptra_lms_request *request)
{
    big_endian(key->tree_type, request->key_tree_type);
    big_endian(key->ots_type, request->key_ots_type);
    memcpy(key->id, request->key_id, sizeof key->id);
    memcpy(key->root, request->key_root, sizeof key->root);
}

static void take_signature(struct caliptra_lms_signature *signature,
                           const struct caliptra_lms_request *request)
{
    big_endian(signature->q, request->q);
    memcpy((uint8_t *)signature +
               offsetof(struct caliptra_lms_signature, ots_type),
           request->ots, sizeof request->ots);
    big_endian(signature->tree_type, request->tree_type);
    memcpy(signature->path, request->path, sizeof request->path);
}

_Static_assert(offsetof(struct caliptra_lms_signature, tree_type) -
                       offsetof(struct caliptra_lms_signature, ots_type) ==
                   sizeof((struct caliptra_lms_request *)0)->ots,
               "the one-time signature is copied as one");

static uint32_t check_lms(const struct caliptra_lms_request *request,
                          const uint32_t digest[12])
{
    struct caliptra_lms_key key;
    struct caliptra_lms_signature signature;
    uint8_t root[CALIPTRA_LMS_N];
    if (request->key_tree_type != CALIPTRA_LMS_TREE_TYPE ||
        request->tree_type != CALIPTRA_LMS_TREE_TYPE) {
        return CALIPTRA_ERROR_RUNTIME_LMS_TREE_TYPE;
    }
    if (request->key_ots_type != CALIPTRA_LMS_OTS_TYPE) {
        return CALIPTRA_ERROR_RUNTIME_LMS_OTS_TYPE;
    }
    take_key(&key, request);
    take_signature(&signature, request);
    uint32_t error =
        lms_root(&key, &signature, digest, !soc_ifc_generation_1_0(), root);
    if (error != 0) {
        return error;
    }
    return memcmp(root, key.root, sizeof root) == 0
               ? 0
               : CALIPTRA_ERROR_RUNTIME_LMS_SIGNATURE;
}

uint32_t verify_lms(struct runtime *runtime)
{
    uint32_t digest[12];
    mmio_read_words(CALIPTRA_SHA_ACC_DIGEST, digest, 12);
    return check_lms((const void *)runtime->request, digest);
}

uint32_t verify_lms_given(struct runtime *runtime)
{
    const struct caliptra2_lms_request *request =
        (const void *)runtime->request;
    uint32_t digest[12];
    words_of(digest, request->digest);
    return check_lms(&request->base, digest);
}
