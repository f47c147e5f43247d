/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes that are derived from others. */
#include "trust/mcuboot/kdf.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/sha.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/buffer.h"
#include "base/memory.h"

/* A parameter's bytes, which libcrypto does not change. */
static OSSL_PARAM octets(const char *name, const void *bytes, size_t size)
{
    union {
        const void *read;
        void *written;
    } value = {bytes};
    return OSSL_PARAM_construct_octet_string(name, value.written, size);
}

void mcuboot_hkdf(const char *digest, const void *key, size_t key_size,
                  const void *info, size_t info_size, void *out, size_t size)
{
    EVP_KDF *kdf = EVP_KDF_fetch(NULL, "HKDF", NULL);
    EVP_KDF_CTX *context = EVP_KDF_CTX_new(kdf);
    char *name = xstrdup(digest);
    const OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, name, 0),
        octets(OSSL_KDF_PARAM_KEY, key, key_size),
        octets(OSSL_KDF_PARAM_INFO, info, info_size),
        OSSL_PARAM_construct_end(),
    };

    if (EVP_KDF_derive(context, out, size, parameters) != 1) {
        memory_exhausted(); /* libcrypto without HKDF, or no memory */
    }
    free(name);
    EVP_KDF_CTX_free(context);
    EVP_KDF_free(kdf);
}

void mcuboot_mask(uint8_t *bytes, size_t size, const uint8_t *seed,
                  size_t seed_size)
{
    struct buffer input = {0};
    uint8_t digest[SHA256_DIGEST_LENGTH];
    size_t used = sizeof(digest);
    uint32_t counter = 0;

    buffer_append(&input, seed, seed_size);
    buffer_append_zeros(&input, sizeof(counter));
    for (size_t i = 0; i < size; i++) {
        if (used == sizeof(digest)) {
            store_be32(input.bytes + seed_size, counter++);
            SHA256(input.bytes, input.size, digest);
            used = 0;
        }
        bytes[i] ^= digest[used++];
    }
    buffer_fini(&input);
}
