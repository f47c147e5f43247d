/* SPDX-License-Identifier: Apache-2.0 */
/* Makes rings of keys, and signs with their leaves. */
#include "trust/keys/keys.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "trust/keys/files.h"

enum { MASTER_SIZE = 64, DERIVED_SIZE = 64 };

/* HMAC-SHA-512 of the key's name: independent secrets from one seed. */
static void derive(const uint8_t master[MASTER_SIZE], const char *name,
                   uint8_t out[DERIVED_SIZE])
{
    unsigned size = DERIVED_SIZE;
    HMAC(EVP_sha512(), master, MASTER_SIZE, (const uint8_t *)name, strlen(name),
         out, &size);
}

static int make_master(const struct keys_options *options,
                       uint8_t master[MASTER_SIZE], struct error *error)
{
    if (options->seed != NULL) {
        SHA512(options->seed, options->seed_size, master);
        return 0;
    }
    if (RAND_priv_bytes(master, MASTER_SIZE) != 1) {
        return error_set(error, -EIO,
                         "the operating system returned no entropy");
    }
    return 0;
}

static int make_ecc(struct ecc_signer *signer, const uint8_t *master,
                    const char *name, struct error *error)
{
    uint8_t secret[DERIVED_SIZE];
    derive(master, name, secret);
    int status = ecdsa_p384_from_entropy(&signer->key, secret);
    OPENSSL_cleanse(secret, sizeof(secret));
    if (status != 0) {
        return error_set(error, status, "cannot make key '%s'", name);
    }
    signer->has_private = true;
    return 0;
}

static int make_lms(struct lms_signer *signer, const uint8_t *master,
                    const char *name, const struct keys_options *options,
                    struct error *error)
{
    uint8_t secret[DERIVED_SIZE];
    assert(!signer->has_private && signer->path == NULL);
    derive(master, name, secret);
    int status = lms_generate(
        &signer->key, CALIPTRA_LMS_TREE_TYPE, CALIPTRA_LMS_OTS_TYPE, secret,
        secret + LMS_ID_SIZE, options->progress, options->progress_context);
    OPENSSL_cleanse(secret, sizeof(secret));
    if (status != 0) {
        return error_set(error, status, "cannot make key '%s'", name);
    }
    lms_public_key(&signer->key, signer->public_key);
    signer->has_private = true;
    return 0;
}

static void make_mldsa(struct mldsa_signer *signer, const uint8_t *master,
                       const char *name)
{
    uint8_t secret[DERIVED_SIZE];
    derive(master, name, secret);
    memcpy(signer->seed, secret, sizeof(signer->seed));
    OPENSSL_cleanse(secret, sizeof(secret));
    key_mldsa_expand(signer);
}

void key_filler_lms(const struct key_ring *ring, unsigned index,
                    struct lms_signer *signer)
{
    static const char label[] = "cairn filler LMS key";
    uint8_t input[sizeof(label) + 1 + P384_SIZE];
    assert(index <= UINT8_MAX);
    memcpy(input, label, sizeof(label));
    input[sizeof(label)] = (uint8_t)index;
    memcpy(input + sizeof(label) + 1, ring->vendor_ecc[0].key.x, P384_SIZE);
    uint8_t digest[SHA512_DIGEST_LENGTH];
    SHA512(input, sizeof(input), digest);
    struct caliptra_lms_key key = {
        .tree_type = {0, 0, 0, CALIPTRA_LMS_TREE_TYPE},
        .ots_type = {0, 0, 0, CALIPTRA_LMS_OTS_TYPE },
    };
    memcpy(key.id, digest, sizeof(key.id));
    memcpy(key.root, digest + sizeof(key.id), sizeof(key.root));
    memset(signer, 0, sizeof(*signer));
    memcpy(signer->public_key, &key, sizeof(key));
}

static int make_vendor(struct key_ring *ring, const uint8_t *master,
                       const struct keys_options *options, struct error *error)
{
    char name[KEY_NAME_MAX];
    int status = 0;
    for (unsigned i = 0; status == 0 && i < CALIPTRA_VENDOR_ECC_KEYS; i++) {
        snprintf(name, sizeof(name), KEY_VENDOR_ECC, i);
        status = make_ecc(&ring->vendor_ecc[i], master, name, error);
    }
    for (unsigned i = 0; status == 0 && i < CALIPTRA_VENDOR_LMS_KEYS; i++) {
        if (i >= options->vendor_lms_count) {
            key_filler_lms(ring, i, &ring->vendor_lms[i]);
            continue;
        }
        snprintf(name, sizeof(name), KEY_VENDOR_LMS, i);
        status = make_lms(&ring->vendor_lms[i], master, name, options, error);
    }
    for (unsigned i = 0; i < CALIPTRA_VENDOR_MLDSA_KEYS; i++) {
        snprintf(name, sizeof(name), KEY_VENDOR_MLDSA, i);
        make_mldsa(&ring->vendor_mldsa[i], master, name);
    }
    return status;
}

static int make_owner(struct key_ring *ring, const uint8_t *master,
                      const struct keys_options *options, struct error *error)
{
    int status = make_ecc(&ring->owner_ecc, master, KEY_OWNER_ECC, error);
    if (status != 0) {
        return status;
    }
    make_mldsa(&ring->owner_mldsa, master, KEY_OWNER_MLDSA);
    if (!options->owner_lms) {
        key_filler_lms(ring, KEY_FILLER_OWNER, &ring->owner_lms);
        return 0;
    }
    return make_lms(&ring->owner_lms, master, KEY_OWNER_LMS, options, error);
}

int keys_generate(struct key_ring *ring, const struct keys_options *options,
                  struct error *error)
{
    memset(ring, 0, sizeof(*ring));
    if (options->vendor_lms_count > CALIPTRA_VENDOR_LMS_KEYS) {
        return error_set(error, -EINVAL,
                         "%u vendor LMS keys: a bundle has room for %d",
                         options->vendor_lms_count, CALIPTRA_VENDOR_LMS_KEYS);
    }
    uint8_t master[MASTER_SIZE];
    int status = make_master(options, master, error);
    if (status == 0) {
        ring->development = true;
        status = make_vendor(ring, master, options, error);
    }
    if (status == 0) {
        status = make_owner(ring, master, options, error);
    }
    OPENSSL_cleanse(master, sizeof(master));
    if (status != 0) {
        keys_fini(ring);
    }
    return status;
}

static void fini_lms(struct lms_signer *signer)
{
    lms_fini(&signer->key);
    free(signer->path);
}

void keys_fini(struct key_ring *ring)
{
    for (unsigned i = 0; i < CALIPTRA_VENDOR_LMS_KEYS; i++) {
        fini_lms(&ring->vendor_lms[i]);
    }
    fini_lms(&ring->owner_lms);
    OPENSSL_cleanse(ring, sizeof(*ring));
}

int key_leaf_left(const struct lms_signer *signer, struct error *error)
{
    if (signer->next_leaf >> CALIPTRA_LMS_HEIGHT == 0) {
        return 0;
    }
    return error_set(error, -ENOSPC,
                     "LMS key '%s' has used all its %u signatures",
                     signer->path != NULL ? signer->path : "in memory",
                     1u << CALIPTRA_LMS_HEIGHT);
}

static int take_leaf(struct lms_signer *signer, uint32_t *leaf,
                     struct error *error)
{
    if (signer->path != NULL) {
        return key_lms_take_leaf(signer, leaf, error);
    }
    int status = key_leaf_left(signer, error);
    if (status == 0) {
        *leaf = signer->next_leaf++;
    }
    return status;
}

int keys_sign_lms(struct lms_signer *signer, int64_t leaf, const void *message,
                  size_t message_size,
                  uint8_t signature[CALIPTRA_LMS_SIGNATURE_SIZE],
                  struct error *error)
{
    if (!signer->has_private) {
        return error_set(error, -ENOKEY,
                         "the LMS key is filler: it has no private part");
    }
    uint32_t number = 0;
    if (leaf == KEYS_NEXT_LEAF) {
        int status = take_leaf(signer, &number, error);
        if (status != 0) {
            return status;
        }
    } else if (leaf < 0 || leaf >> CALIPTRA_LMS_HEIGHT != 0) {
        return error_set(error, -ERANGE, "LMS index %lld is not below %u",
                         (long long)leaf, 1u << CALIPTRA_LMS_HEIGHT);
    } else {
        number = (uint32_t)leaf;
    }
    int status =
        lms_sign(&signer->key, number, message, message_size, signature);
    return status == 0 ? 0
                       : error_set(error, status,
                                   "cannot sign with LMS leaf %u", number);
}

int keys_sign_mldsa(const struct mldsa_signer *signer, const void *message,
                    size_t message_size,
                    uint8_t signature[CALIPTRA_MLDSA_SIGNATURE_SIZE],
                    struct error *error)
{
    static const uint8_t deterministic[MLDSA87_RANDOM_BYTES];
    uint8_t public[MLDSA87_PUBLIC_BYTES], private[MLDSA87_PRIVATE_BYTES];
    if (!signer->has_private) {
        return error_set(error, -ENOKEY, "the ML-DSA key has no private part");
    }
    mldsa87_keygen(signer->seed, public, private);
    memset(signature, 0, CALIPTRA_MLDSA_SIGNATURE_SIZE);
    mldsa87_sign(private, message, message_size, deterministic, signature);
    OPENSSL_cleanse(private, sizeof(private));
    return 0;
}
