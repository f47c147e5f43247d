/* SPDX-License-Identifier: Apache-2.0 */
/* Makes and verifies the signature by libcrypto, and refuses structures that
 * the device would refuse. */
#include "trust/capsule/signature.h"

#include <errno.h>
#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pkcs7.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "crypto/pem.h"
#include "trust/capsule/capsule.h"

struct capsule_signer {
    EVP_PKEY *key;
    X509 *certificate;
};

/* error_set with what libcrypto says last. */
static int crypto_error(struct error *error, int code, const char *what)
{
    const char *reason = ERR_reason_error_string(ERR_peek_last_error());
    int status = error_set(error, code, "%s: %s", what,
                           reason != NULL ? reason : "refused");

    ERR_clear_error();
    return status;
}

static X509 *read_certificate(const void *bytes, size_t size)
{
    const unsigned char *der = bytes;
    X509 *certificate = d2i_X509(NULL, &der, (long)size);

    if (certificate == NULL) {
        BIO *bio = BIO_new_mem_buf(bytes, (int)size);
        ERR_clear_error();
        certificate = pem_read_certificate(bio);
        BIO_free(bio);
    }
    return certificate;
}

/* Bounds of what guest/kit/rsa verifies: whole words, a small odd exponent. */
enum { SIGNER_BITS_MIN = 2048, SIGNER_BITS_MAX = 4096, EXPONENT_BITS_MAX = 31 };

static bool is_signers_key(const EVP_PKEY *key)
{
    BIGNUM *exponent = NULL;
    int bits = EVP_PKEY_get_bits(key);

    if (EVP_PKEY_get_base_id(key) != EVP_PKEY_RSA || bits < SIGNER_BITS_MIN ||
        bits > SIGNER_BITS_MAX || bits % 32 != 0 ||
        EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_E, &exponent) != 1) {
        return false;
    }
    bool good = BN_is_odd(exponent) && !BN_is_one(exponent) &&
                BN_num_bits(exponent) <= EXPONENT_BITS_MAX;
    BN_free(exponent);
    return good;
}

int capsule_signer_identity(const void *certificate, size_t size,
                            uint8_t digest[32], struct error *error)
{
    X509 *x509 = read_certificate(certificate, size);
    const EVP_PKEY *key = x509 != NULL ? X509_get0_pubkey(x509) : NULL;
    int status = 0;

    if (key == NULL) {
        return crypto_error(error, -EINVAL, "certificate");
    }
    if (!is_signers_key(key)) {
        status = error_set(error, -EINVAL,
                           "certificate: its key is not RSA of %d to %d bits, "
                           "a multiple of 32",
                           SIGNER_BITS_MIN, SIGNER_BITS_MAX);
    } else if (X509_digest(x509, EVP_sha256(), digest, NULL) != 1) {
        status = crypto_error(error, -EINVAL, "certificate");
    }
    X509_free(x509);
    return status;
}

struct capsule_signer *capsule_signer_create(const void *key, size_t key_size,
                                             const void *certificate,
                                             size_t certificate_size,
                                             const struct pass_phrase *from,
                                             struct error *error)
{
    struct capsule_signer *signer = xcalloc(1, sizeof(*signer));
    bool is_private = false;

    signer->key = pem_read_key(key, key_size, from, &is_private, error);
    if (signer->key == NULL) {
        error_prefix(error, "private key '%s'",
                     from != NULL && from->name != NULL ? from->name : "");
    } else if (!is_private) {
        error_set(error, -EINVAL, "private key: the file holds a public one");
    } else {
        signer->certificate = read_certificate(certificate, certificate_size);
        if (signer->certificate == NULL) {
            crypto_error(error, -EINVAL, "certificate");
        } else if (X509_check_private_key(signer->certificate, signer->key) !=
                   1) {
            crypto_error(error, -EINVAL, "certificate and private key");
        } else {
            return signer;
        }
    }
    capsule_signer_destroy(signer);
    return NULL;
}

void capsule_signer_destroy(struct capsule_signer *signer)
{
    if (signer != NULL) {
        EVP_PKEY_free(signer->key);
        X509_free(signer->certificate);
        free(signer);
    }
}

/* Payload and count as one stream. */
static BIO *content(const void *payload, size_t size, uint64_t count)
{
    BIO *bio = BIO_new(BIO_s_mem());
    uint8_t tail[8];

    store_le64(tail, count);
    if (bio != NULL &&
        (size == 0 || BIO_write(bio, payload, (int)size) == (int)size) &&
        BIO_write(bio, tail, sizeof(tail)) == sizeof(tail)) {
        return bio;
    }
    BIO_free(bio);
    return NULL;
}

/* SHA-256 without parameters, as RFC 5754 has it and mkeficapsule writes it;
 * libcrypto would add a NULL. */
static bool plain_digest_algorithm(PKCS7 *p7, PKCS7_SIGNER_INFO *info)
{
    X509_ALGOR *of_content = sk_X509_ALGOR_value(p7->d.sign->md_algs, 0);

    return X509_ALGOR_set0(info->digest_alg, OBJ_nid2obj(NID_sha256),
                           V_ASN1_UNDEF, NULL) == 1 &&
           X509_ALGOR_set0(of_content, OBJ_nid2obj(NID_sha256), V_ASN1_UNDEF,
                           NULL) == 1;
}

static bool sign(PKCS7 *p7, const struct capsule_signer *signer, BIO *data,
                 int64_t signing_time)
{
    ASN1_TIME *time = ASN1_TIME_set(NULL, (time_t)signing_time);
    PKCS7_SIGNER_INFO *info =
        PKCS7_sign_add_signer(p7, signer->certificate, signer->key,
                              EVP_sha256(), PKCS7_NOSMIMECAP | PKCS7_PARTIAL);

    if (info == NULL || time == NULL ||
        PKCS7_add0_attrib_signing_time(info, time) != 1) {
        ASN1_TIME_free(time);
        return false;
    }
    return plain_digest_algorithm(p7, info) &&
           PKCS7_final(p7, data, PKCS7_DETACHED | PKCS7_BINARY) == 1;
}

int capsule_signature_make(const struct capsule_signer *signer,
                           const void *payload, size_t payload_size,
                           uint64_t monotonic_count, int64_t signing_time,
                           struct buffer *der, struct error *error)
{
    BIO *data = content(payload, payload_size, monotonic_count);
    PKCS7 *p7 = PKCS7_sign(NULL, NULL, NULL, NULL,
                           PKCS7_DETACHED | PKCS7_BINARY | PKCS7_PARTIAL);
    unsigned char *bytes = NULL;
    int size = -1;

    if (data != NULL && p7 != NULL && sign(p7, signer, data, signing_time)) {
        size = i2d_PKCS7(p7, &bytes);
    }
    if (size > 0) {
        buffer_append(der, bytes, (size_t)size);
    }
    OPENSSL_free(bytes);
    PKCS7_free(p7);
    BIO_free(data);
    return size > 0 ? 0 : crypto_error(error, -EIO, "cannot sign");
}

/* ---- What a boot MCU takes (guest/kit/pkcs7) ----------------------------- */

/* libcrypto takes more: what the signature does not cover need not be right,
 * and the signer may be whom the trusted certificate issued.
 */

static bool is_algorithm(const X509_ALGOR *algorithm, int first, int second)
{
    const ASN1_OBJECT *object = NULL;
    int parameters = V_ASN1_UNDEF;

    X509_ALGOR_get0(&object, &parameters, NULL, algorithm);
    int name = OBJ_obj2nid(object);
    return (name == first || name == second) &&
           (parameters == V_ASN1_UNDEF || parameters == V_ASN1_NULL);
}

/* The signer names the certificate by the very bytes of it. */
static bool names_certificate(const PKCS7_SIGNER_INFO *info,
                              const X509 *certificate)
{
    const X509_NAME *names[2] = {info->issuer_and_serial->issuer,
                                 X509_get_issuer_name(certificate)};
    const unsigned char *der[2] = {NULL, NULL};
    size_t size[2] = {0, 0};

    return X509_NAME_get0_der(names[0], &der[0], &size[0]) == 1 &&
           X509_NAME_get0_der(names[1], &der[1], &size[1]) == 1 &&
           size[0] == size[1] && memcmp(der[0], der[1], size[0]) == 0 &&
           ASN1_INTEGER_cmp(info->issuer_and_serial->serial,
                            X509_get0_serialNumber(certificate)) == 0;
}

/* No other encoding of the same. */
static bool is_der(PKCS7 *p7, const struct capsule_item *item)
{
    unsigned char *bytes = NULL;
    int size = i2d_PKCS7(p7, &bytes);
    bool same = size > 0 && (size_t)size == item->pkcs7_size &&
                memcmp(bytes, item->pkcs7, item->pkcs7_size) == 0;

    OPENSSL_free(bytes);
    return same;
}

static const char *departure(PKCS7 *p7, const X509 *trusted,
                             const struct capsule_item *item)
{
    const PKCS7_SIGNED *sign = p7->d.sign;
    const PKCS7_SIGNER_INFO *info =
        sk_PKCS7_SIGNER_INFO_value(sign->signer_info, 0);

    if (PKCS7_get_detached(p7) != 1 ||
        OBJ_obj2nid(sign->contents->type) != NID_pkcs7_data) {
        return "it contains its content, but must be detached";
    }
    if (sk_PKCS7_SIGNER_INFO_num(sign->signer_info) != 1) {
        return "it does not have exactly one signer";
    }
    if (!names_certificate(info, trusted)) {
        return "its signer refers to another certificate";
    }
    if (sk_X509_ALGOR_num(sign->md_algs) != 1 ||
        !is_algorithm(sk_X509_ALGOR_value(sign->md_algs, 0), NID_sha256,
                      NID_sha256) ||
        !is_algorithm(info->digest_alg, NID_sha256, NID_sha256) ||
        !is_algorithm(info->digest_enc_alg, NID_rsaEncryption,
                      NID_sha256WithRSAEncryption)) {
        return "it does not use RSA and SHA-256";
    }
    if (sk_X509_ATTRIBUTE_num(info->auth_attr) <= 0) {
        return "it has no signed attributes";
    }
    return ASN1_INTEGER_get(sign->version) != 1 ||
                   ASN1_INTEGER_get(info->version) != 1 || !is_der(p7, item)
               ? "it is not version 1, in DER"
               : NULL;
}

static X509_STORE *trust_only(X509 *certificate)
{
    X509_STORE *store = X509_STORE_new();

    if (store != NULL && X509_STORE_add_cert(store, certificate) == 1) {
        X509_STORE_set_flags(store, X509_V_FLAG_NO_CHECK_TIME |
                                        X509_V_FLAG_PARTIAL_CHAIN);
        X509_STORE_set_purpose(store, X509_PURPOSE_ANY);
        return store;
    }
    X509_STORE_free(store);
    return NULL;
}

int capsule_verify(const struct capsule_item *item, const void *certificate,
                   size_t certificate_size, struct error *error)
{
    if (!item->authenticated) {
        return error_set(error, -EACCES, "the image is not signed");
    }
    X509 *trusted = read_certificate(certificate, certificate_size);
    if (trusted == NULL) {
        return crypto_error(error, -EINVAL, "certificate");
    }
    const unsigned char *der = item->pkcs7;
    PKCS7 *p7 = d2i_PKCS7(NULL, &der, (long)item->pkcs7_size);
    BIO *data =
        content(item->payload, item->payload_size, item->monotonic_count);
    X509_STORE *store = trust_only(trusted);
    uint8_t digest[32];
    int status =
        capsule_signer_identity(certificate, certificate_size, digest, error);

    if (status != 0) {
        /* no signer of capsules: what is signed does not matter */
    } else if (p7 == NULL || !PKCS7_type_is_signed(p7) || data == NULL ||
               store == NULL) {
        status = crypto_error(error, -EACCES, "signature");
    } else {
        /* First, as PKCS7_verify leaks a little where it meets such things. */
        const char *why = departure(p7, trusted, item);
        if (why != NULL) {
            status = error_set(error, -EACCES, "signature: %s", why);
        } else if (PKCS7_verify(p7, NULL, store, data, NULL, PKCS7_BINARY) !=
                   1) {
            status = crypto_error(error, -EACCES, "signature");
        }
    }
    X509_STORE_free(store);
    BIO_free(data);
    PKCS7_free(p7);
    X509_free(trusted);
    return status;
}

/* ---- What a capsule says of itself --------------------------------------- */

static X509 *claimed_certificate(const PKCS7 *p7)
{
    const PKCS7_SIGNED *sign = p7->d.sign;
    const PKCS7_SIGNER_INFO *info =
        sk_PKCS7_SIGNER_INFO_value(sign->signer_info, 0);

    for (int i = 0; info != NULL && i < sk_X509_num(sign->cert); i++) {
        X509 *certificate = sk_X509_value(sign->cert, i);
        if (names_certificate(info, certificate)) {
            return certificate;
        }
    }
    return NULL;
}

static bool print_subject(const X509 *certificate, struct buffer *subject)
{
    BIO *bio = BIO_new(BIO_s_mem());
    char *text = NULL;
    bool good = bio != NULL &&
                X509_NAME_print_ex(bio, X509_get_subject_name(certificate), 0,
                                   XN_FLAG_RFC2253) >= 0;
    long size = good ? BIO_get_mem_data(bio, &text) : 0;

    buffer_print(subject, "%.*s", (int)size, size > 0 ? text : "");
    BIO_free(bio);
    return good;
}

int capsule_claimed_signer(const struct capsule_item *item, uint8_t digest[32],
                           struct buffer *subject)
{
    const unsigned char *der = item->pkcs7;
    PKCS7 *p7 = item->authenticated
                    ? d2i_PKCS7(NULL, &der, (long)item->pkcs7_size)
                    : NULL;
    const X509 *certificate =
        p7 != NULL && PKCS7_type_is_signed(p7) && p7->d.sign != NULL
            ? claimed_certificate(p7)
            : NULL;
    bool good = certificate != NULL &&
                X509_digest(certificate, EVP_sha256(), digest, NULL) == 1 &&
                print_subject(certificate, subject);

    PKCS7_free(p7);
    ERR_clear_error();
    return good ? 0 : -ENOENT;
}
