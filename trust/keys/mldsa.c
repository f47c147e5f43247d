/* SPDX-License-Identifier: Apache-2.0 */
/* ML-DSA-87 keys as PEM files of their seed (RFC 9881, 6: the seed form). */
#include <openssl/crypto.h>
#include <openssl/pem.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/pem.h"
#include "trust/keys/files.h"

/* The DER of a PKCS #8 key up to the seed: version 0, the algorithm
 * 2.16.840.1.101.3.4.3.19, and the seed tagged [0] in an octet string. */
static const uint8_t der_prefix[] = {
    0x30, 0x34, 0x02, 0x01, 0x00, 0x30, 0x0b, 0x06, 0x09, 0x60, 0x86,
    0x48, 0x01, 0x65, 0x03, 0x04, 0x03, 0x13, 0x04, 0x22, 0x80, 0x20,
};

enum { DER_SIZE = sizeof(der_prefix) + MLDSA87_SEED_BYTES };

void key_mldsa_expand(struct mldsa_signer *signer)
{
    uint8_t private[MLDSA87_PRIVATE_BYTES];
    mldsa87_keygen(signer->seed, signer->public_key, private);
    OPENSSL_cleanse(private, sizeof(private));
    signer->has_private = true;
}

static int read_der(struct mldsa_signer *signer, const char *path,
                    const struct buffer *file, const struct pass_phrase *from,
                    struct error *error)
{
    const struct pass_phrase named = pass_phrase_named(from, path);
    struct buffer der = {0};
    struct error why = {""};
    int status = pem_read_pkcs8(file->bytes, file->size, &named, &der, &why);

    if (der.size == DER_SIZE &&
        memcmp(der.bytes, der_prefix, sizeof(der_prefix)) == 0) {
        memcpy(signer->seed, der.bytes + sizeof(der_prefix),
               sizeof(signer->seed));
        key_mldsa_expand(signer);
    } else if (status == 0 || status == -EINVAL) {
        status =
            error_set(error, -EINVAL,
                      "'%s' is not the seed of an ML-DSA-87 key in PEM", path);
    } else {
        error_set(error, status, "'%s': %s", path, why.text);
    }
    key_file_forget(&der);
    return status;
}

int key_mldsa_load(struct mldsa_signer *signer, const char *directory,
                   const char *name, const struct pass_phrase *from,
                   struct error *error)
{
    char *path = xasprintf("%s/%s.pem", directory, name);
    struct buffer file = {0};
    int status = key_file_read(path, &file, error);
    if (status == -ENOENT) {
        status = 0;
    } else if (status == 0) {
        status = read_der(signer, path, &file, from, error);
    }
    key_file_forget(&file);
    free(path);
    return status;
}

int key_mldsa_save(const struct mldsa_signer *signer, const char *directory,
                   const char *name, struct error *error)
{
    if (!signer->has_private) {
        return 0;
    }
    uint8_t der[DER_SIZE];
    memcpy(der, der_prefix, sizeof(der_prefix));
    memcpy(der + sizeof(der_prefix), signer->seed, sizeof(signer->seed));
    char *path = xasprintf("%s/%s.pem", directory, name);
    BIO *bio = BIO_new(BIO_s_secmem());
    int status = 0;
    if (bio == NULL ||
        PEM_write_bio(bio, PEM_STRING_PKCS8INF, "", der, sizeof(der)) <= 0) {
        status = error_set(error, -EIO, "cannot encode '%s'", path);
    } else {
        char *text = NULL;
        long size = BIO_get_mem_data(bio, &text);
        status = key_file_create(path, 0600, text, (size_t)size, error);
    }
    OPENSSL_cleanse(der, sizeof(der));
    BIO_free(bio);
    free(path);
    return status;
}
