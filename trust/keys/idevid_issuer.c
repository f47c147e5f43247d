/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates by libcrypto, with the fields that the released tools give
 * them. */
#include "trust/keys/idevid_issuer.h"

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/pem.h"
#include "crypto/sha2.h"
#include "trust/keys/files.h"

#include "base/memory.h"

struct idevid_issuer {
    X509 *certificate;
    struct ecc_signer signer;
};

/* RFC 5280, 4.1.2.5: the latter stands for none. */
static const char not_before[] = "20230101000000Z";
static const char not_after[] = "99991231235959Z";

/* tcg-dice-Ueid */
static const char ueid_oid[] = "2.23.133.5.4.4";

void idevid_issuer_destroy(struct idevid_issuer *issuer)
{
    if (issuer != NULL) {
        X509_free(issuer->certificate);
        OPENSSL_cleanse(&issuer->signer, sizeof(issuer->signer));
        free(issuer);
    }
}

void idevid_issuer_print(const struct idevid_issuer *issuer, struct buffer *out)
{
    BIO *bio = BIO_new(BIO_s_mem());
    char *text = NULL;
    if (bio == NULL || PEM_write_bio_X509(bio, issuer->certificate) != 1) {
        memory_exhausted();
    }
    long size = BIO_get_mem_data(bio, &text);
    buffer_append(out, text, (size_t)size);
    BIO_free(bio);
}

/* ---- Signing ------------------------------------------------------------- */

/* libcrypto's nonces are random, and its certificates with them. So it signs
 * once for the sake of the fields that name the algorithm, and what it signed
 * is signed anew. */
static bool sign(const struct idevid_issuer *issuer, X509 *certificate,
                 struct buffer *tbs, struct ecdsa_p384_signature *signature)
{
    uint8_t *bytes = NULL;
    uint8_t digest[48];
    EVP_PKEY *key = key_pem_wrap(&issuer->signer.key);
    bool good = key && X509_sign(certificate, key, EVP_sha384()) > 0;
    EVP_PKEY_free(key);
    int size = good ? i2d_re_X509_tbs(certificate, &bytes) : -1;
    if (size < 0) {
        return false;
    }
    sha384(bytes, (size_t)size, digest);
    buffer_append(tbs, bytes, (size_t)size);
    OPENSSL_free(bytes);
    return ecdsa_p384_sign(&issuer->signer.key, digest, signature) == 0;
}

/* Puts the signature into the certificate. */
static bool set_signature(X509 *certificate,
                          const struct ecdsa_p384_signature *signature)
{
    const ASN1_BIT_STRING *bits = NULL;
    uint8_t *der = NULL;
    ECDSA_SIG *numbers = ECDSA_SIG_new();
    if (numbers == NULL) {
        return false;
    }
    ECDSA_SIG_set0(numbers, BN_bin2bn(signature->r, P384_SIZE, NULL),
                   BN_bin2bn(signature->s, P384_SIZE, NULL));
    int size = i2d_ECDSA_SIG(numbers, &der);
    ECDSA_SIG_free(numbers);
    X509_get0_signature(&bits, NULL, certificate);
    /* There is no call that sets it. */
    bool good = size > 0 && ASN1_STRING_set((ASN1_BIT_STRING *)(uintptr_t)bits,
                                            der, size) == 1;
    OPENSSL_free(der);
    return good;
}

/* ---- Fields -------------------------------------------------------------- */

static bool add_extension(X509 *certificate, int nid, const char *value)
{
    X509V3_CTX context;
    X509V3_set_ctx(&context, certificate, certificate, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
    bool good = extension && X509_add_ext(certificate, extension, -1) == 1;
    X509_EXTENSION_free(extension);
    return good;
}

/* Positive, and the same for the same key. */
static bool set_serial(X509 *certificate, const uint8_t key[2 * P384_SIZE])
{
    uint8_t digest[48];
    sha384(key, (size_t)2 * P384_SIZE, digest);
    digest[0] = (uint8_t)((digest[0] & 0x7f) | 0x40);
    BIGNUM *number = BN_bin2bn(digest, 20, NULL);
    bool good = number &&
                BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate));
    BN_free(number);
    return good;
}

static bool set_key(X509 *certificate, const uint8_t key[2 * P384_SIZE])
{
    struct ecdsa_p384_key number = {.d = {0}};
    memcpy(number.x, key, P384_SIZE);
    memcpy(number.y, key + P384_SIZE, P384_SIZE);
    number.d[P384_SIZE - 1] = 1; /* only the public half is used */
    EVP_PKEY *pkey = key_pem_wrap(&number);
    bool good = pkey && X509_set_pubkey(certificate, pkey) == 1;
    EVP_PKEY_free(pkey);
    return good;
}

static bool set_common(X509 *certificate, const X509_NAME *issuer,
                       const X509_NAME *subject,
                       const uint8_t key[2 * P384_SIZE])
{
    return X509_set_version(certificate, X509_VERSION_3) == 1 &&
           X509_set_issuer_name(certificate, issuer) == 1 &&
           X509_set_subject_name(certificate, subject) == 1 &&
           ASN1_TIME_set_string(X509_getm_notBefore(certificate), not_before) &&
           ASN1_TIME_set_string(X509_getm_notAfter(certificate), not_after) &&
           set_serial(certificate, key) && set_key(certificate, key);
}

/* ---- Issuers ------------------------------------------------------------- */

struct idevid_issuer *idevid_issuer_read(const char *name, const void *bytes,
                                         size_t size,
                                         const struct pass_phrase *from,
                                         struct error *error)
{
    const struct pass_phrase named = pass_phrase_named(from, name);
    struct idevid_issuer *issuer = xcalloc(1, sizeof(*issuer));
    struct error why = {""};
    bool is_private = false;
    BIO *bio = BIO_new_mem_buf(size ? bytes : "", (int)size);
    issuer->certificate = pem_read_certificate(bio);
    BIO_free(bio);
    EVP_PKEY *key = issuer->certificate != NULL
                        ? pem_read_key(bytes, size, &named, &is_private, &why)
                        : NULL;
    int result = 0;
    if (issuer->certificate == NULL) {
        result =
            error_set(error, -EINVAL, "'%s' has no certificate in PEM", name);
    } else if (key == NULL) {
        result = error_set(error, -EINVAL, "'%s': %s", name, why.text);
    } else if (!is_private) {
        result =
            error_set(error, -EINVAL, "'%s' has no private key in PEM", name);
    } else if (X509_check_private_key(issuer->certificate, key) != 1) {
        result = error_set(error, -EINVAL,
                           "'%s': certificate and private key are of "
                           "different keys",
                           name);
    } else {
        result = key_pem_unwrap(&issuer->signer, key, true, name, error);
    }
    ERR_clear_error();
    EVP_PKEY_free(key);
    if (result) {
        idevid_issuer_destroy(issuer);
        return NULL;
    }
    return issuer;
}

struct idevid_issuer *idevid_issuer_development(void)
{
    static const char seed[] = "cairn development manufacturer";
    struct idevid_issuer *issuer = xcalloc(1, sizeof(*issuer));
    struct ecdsa_p384_key *key = &issuer->signer.key;
    struct ecdsa_p384_signature signature;
    struct buffer tbs = {0};
    uint8_t entropy[64];
    uint8_t point[2 * P384_SIZE];
    X509_NAME *name = X509_NAME_new();
    sha512(seed, sizeof(seed) - 1, entropy);
    issuer->signer.has_private = ecdsa_p384_from_entropy(key, entropy) == 0;
    issuer->certificate = X509_new();
    memcpy(point, key->x, P384_SIZE);
    memcpy(point + P384_SIZE, key->y, P384_SIZE);
    X509 *made = issuer->certificate;
    if (name == NULL || made == NULL || !issuer->signer.has_private ||
        X509_NAME_add_entry_by_txt(
            name, "CN", MBSTRING_ASC,
            (const uint8_t *)"Cairn development manufacturer, not for products",
            -1, -1, 0) != 1 ||
        !set_common(made, name, name, point) ||
        !add_extension(made, NID_basic_constraints, "critical,CA:TRUE") ||
        !add_extension(made, NID_key_usage, "critical,keyCertSign") ||
        !add_extension(made, NID_subject_key_identifier, "hash") ||
        !sign(issuer, made, &tbs, &signature) ||
        !set_signature(made, &signature)) {
        memory_exhausted(); /* of constants: memory ran out */
    }
    X509_NAME_free(name);
    buffer_fini(&tbs);
    return issuer;
}

/* ---- Parts --------------------------------------------------------------- */

/* As the LDevID certificate names the issuer's key. */
static bool copy_key_id(X509 *certificate, X509 *ldevid)
{
    const ASN1_OCTET_STRING *id = X509_get0_authority_key_id(ldevid);
    return id && X509_add1_ext_i2d(certificate, NID_subject_key_identifier,
                                   (void *)(uintptr_t)id, 0, 0) == 1;
}

static bool add_authority(X509 *certificate, X509 *authority)
{
    X509V3_CTX context;
    if (X509_get0_subject_key_id(authority) == NULL) {
        return true;
    }
    X509V3_set_ctx(&context, authority, certificate, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(
        NULL, &context, NID_authority_key_identifier, "keyid:always");
    bool good = extension && X509_add_ext(certificate, extension, -1) == 1;
    X509_EXTENSION_free(extension);
    return good;
}

/* A part without one gets none. */
static bool copy_ueid(X509 *certificate, const X509 *ldevid)
{
    ASN1_OBJECT *oid = OBJ_txt2obj(ueid_oid, 1);
    int at = X509_get_ext_by_OBJ(ldevid, oid, -1);
    ASN1_OBJECT_free(oid);
    return at < 0 ||
           X509_add_ext(certificate, X509_get_ext(ldevid, at), -1) == 1;
}

static bool fill_in(const struct idevid_issuer *issuer, X509 *certificate,
                    X509 *ldevid, const uint8_t key[2 * P384_SIZE])
{
    char constraint[48];
    long below = X509_get_pathlen(ldevid);
    if (below >= 0) {
        snprintf(constraint, sizeof(constraint), "critical,CA:TRUE,pathlen:%ld",
                 below + 1);
    } else {
        snprintf(constraint, sizeof(constraint), "critical,CA:TRUE");
    }
    return set_common(certificate, X509_get_subject_name(issuer->certificate),
                      X509_get_issuer_name(ldevid), key) &&
           add_extension(certificate, NID_basic_constraints, constraint) &&
           add_extension(certificate, NID_key_usage, "critical,keyCertSign") &&
           copy_ueid(certificate, ldevid) && copy_key_id(certificate, ldevid) &&
           add_authority(certificate, issuer->certificate);
}

int idevid_issuer_certify(const struct idevid_issuer *issuer,
                          const struct buffer *ldevid,
                          const uint8_t key[2 * P384_SIZE], struct buffer *tbs,
                          struct ecdsa_p384_signature *signature,
                          struct error *error)
{
    const uint8_t *at = ldevid->bytes;
    X509 *below = d2i_X509(NULL, &at, (long)ldevid->size);
    X509 *certificate = X509_new();
    int result = 0;
    if (below == NULL) {
        result = error_set(error, -EINVAL,
                           "the LDevID certificate is not a certificate");
    } else if (certificate == NULL ||
               !fill_in(issuer, certificate, below, key) ||
               !sign(issuer, certificate, tbs, signature)) {
        result = error_set(error, -EINVAL,
                           "the LDevID certificate does not describe how to "
                           "certify the IDevID, or its key is none");
    }
    ERR_clear_error();
    X509_free(certificate);
    X509_free(below);
    return result;
}
