/* SPDX-License-Identifier: Apache-2.0 */
/* P-384 keys as PEM files, private (PKCS #8) or public. */
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/pem.h"
#include "trust/keys/files.h"

EVP_PKEY *key_pem_wrap(const struct ecdsa_p384_key *key)
{
    uint8_t point[1 + 2 * P384_SIZE] = {POINT_CONVERSION_UNCOMPRESSED};
    memcpy(point + 1, key->x, P384_SIZE);
    memcpy(point + 1 + P384_SIZE, key->y, P384_SIZE);
    BIGNUM *d = BN_secure_new();
    OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
    EVP_PKEY *pkey = NULL;
    OSSL_PARAM *parameters = NULL;
    if (d != NULL && build != NULL && context != NULL &&
        BN_bin2bn(key->d, P384_SIZE, d) != NULL &&
        OSSL_PARAM_BLD_push_utf8_string(build, OSSL_PKEY_PARAM_GROUP_NAME,
                                        "P-384", 0) == 1 &&
        OSSL_PARAM_BLD_push_octet_string(build, OSSL_PKEY_PARAM_PUB_KEY, point,
                                         sizeof(point)) == 1 &&
        OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_PRIV_KEY, d) == 1 &&
        (parameters = OSSL_PARAM_BLD_to_param(build)) != NULL &&
        EVP_PKEY_fromdata_init(context) == 1) {
        EVP_PKEY_fromdata(context, &pkey, EVP_PKEY_KEYPAIR, parameters);
    }
    OSSL_PARAM_free(parameters);
    EVP_PKEY_CTX_free(context);
    OSSL_PARAM_BLD_free(build);
    BN_clear_free(d);
    return pkey;
}

int key_pem_save(const struct ecc_signer *signer, const char *directory,
                 const char *name, struct error *error)
{
    char *path = xasprintf("%s/%s.pem", directory, name);
    EVP_PKEY *pkey = key_pem_wrap(&signer->key);
    struct buffer text = {0};
    int status = pkey != NULL && pem_write_key(pkey, NULL, 0, &text)
                     ? key_file_create(path, 0600, text.bytes, text.size, error)
                     : error_set(error, -EIO, "cannot encode '%s'", path);
    key_file_forget(&text);
    EVP_PKEY_free(pkey);
    free(path);
    return status;
}

static bool read_point(const EVP_PKEY *pkey, struct ecdsa_p384_key *key)
{
    BIGNUM *x = NULL;
    BIGNUM *y = NULL;
    bool good =
        EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_EC_PUB_X, &x) == 1 &&
        EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_EC_PUB_Y, &y) == 1 &&
        BN_bn2binpad(x, key->x, P384_SIZE) == P384_SIZE &&
        BN_bn2binpad(y, key->y, P384_SIZE) == P384_SIZE;
    BN_free(x);
    BN_free(y);
    return good;
}

int key_pem_unwrap(struct ecc_signer *signer, const EVP_PKEY *pkey,
                   bool is_private, const char *path, struct error *error)
{
    char group[32] = "";
    size_t size = 0;
    if (EVP_PKEY_get_utf8_string_param(pkey, OSSL_PKEY_PARAM_GROUP_NAME, group,
                                       sizeof(group), &size) != 1 ||
        strcmp(group, "secp384r1") != 0) {
        return error_set(error, -EINVAL,
                         "'%s' is not an elliptic-curve key on P-384", path);
    }
    if (!read_point(pkey, &signer->key)) {
        return error_set(error, -EINVAL, "'%s' has no usable public key", path);
    }
    BIGNUM *d = NULL;
    if (is_private &&
        EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_PRIV_KEY, &d) == 1) {
        signer->has_private =
            BN_bn2binpad(d, signer->key.d, P384_SIZE) == P384_SIZE;
    }
    BN_clear_free(d);
    return 0;
}

int key_pem_load(struct ecc_signer *signer, const char *directory,
                 const char *name, const struct pass_phrase *from,
                 struct error *error)
{
    char *path = xasprintf("%s/%s.pem", directory, name);
    const struct pass_phrase named = pass_phrase_named(from, path);
    struct buffer file = {0};
    struct error why = {""};
    bool is_private = false;
    int status = key_file_read(path, &file, error);
    if (status == -ENOENT) {
        error_set(error, status, "cannot open key '%s'", path);
    } else if (status == 0) {
        EVP_PKEY *pkey =
            pem_read_key(file.bytes, file.size, &named, &is_private, &why);
        status = pkey == NULL
                     ? error_set(error, -EINVAL, "'%s': %s", path, why.text)
                     : key_pem_unwrap(signer, pkey, is_private, path, error);
        EVP_PKEY_free(pkey);
    }
    key_file_forget(&file);
    free(path);
    return status;
}
