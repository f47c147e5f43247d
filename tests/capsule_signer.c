/* SPDX-License-Identifier: Apache-2.0 */
/* Makes a key and a certificate by OpenSSL. */
#include "tests/capsule_signer.h"

#include <openssl/pem.h>
#include <openssl/x509.h>

#include "tests/harness.h"

static void take_text(BIO *bio, struct buffer *out)
{
    char *text = NULL;
    long size = BIO_get_mem_data(bio, &text);
    buffer_append(out, text, (size_t)size);
    BIO_free(bio);
}

static X509 *certify(EVP_PKEY *key)
{
    X509 *certificate = X509_new();
    X509_set_version(certificate, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate), 0);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN",
                               MBSTRING_ASC, (const uint8_t *)"test", -1, -1,
                               0);
    X509_set_issuer_name(certificate, X509_get_subject_name(certificate));
    X509_set_pubkey(certificate, key);
    EXPECT(X509_sign(certificate, key, EVP_sha256()) > 0);
    return certificate;
}

void test_signer_make(struct test_signer *made, EVP_PKEY *key)
{
    X509 *certificate = certify(key);
    BIO *key_bio = BIO_new(BIO_s_mem());
    BIO *certificate_bio = BIO_new(BIO_s_mem());
    struct buffer key_text = {0};
    struct buffer certificate_text = {0};
    struct error error = {""};
    unsigned int size = sizeof(made->certificate);
    EXPECT_EQ(X509_digest(certificate, EVP_sha256(), made->certificate, &size),
              1);
    PEM_write_bio_PrivateKey(key_bio, key, NULL, NULL, 0, NULL, NULL);
    PEM_write_bio_X509(certificate_bio, certificate);
    take_text(key_bio, &key_text);
    take_text(certificate_bio, &certificate_text);
    uint8_t *der = made->der;
    int der_size = i2d_X509(certificate, NULL);
    EXPECT(der_size > 0 && (size_t)der_size <= sizeof(made->der));
    made->der_size = (size_t)i2d_X509(certificate, &der);
    made->signer = capsule_signer_create(key_text.bytes, key_text.size,
                                         certificate_text.bytes,
                                         certificate_text.size, NULL, &error);
    EXPECT_STR(error.text, "");
    buffer_fini(&key_text);
    buffer_fini(&certificate_text);
    X509_free(certificate);
}

const struct test_signer *test_signer(unsigned number)
{
    static struct test_signer signers[2];
    struct test_signer *signer = &signers[number];
    if (signer->signer == NULL) {
        EVP_PKEY *key = EVP_RSA_gen(2048);
        test_signer_make(signer, key);
        EVP_PKEY_free(key);
    }
    return signer;
}
