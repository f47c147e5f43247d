/* SPDX-License-Identifier: Apache-2.0 */
/* Signs certificates by OpenSSL. */
#include "tests/issuer.h"

#include <openssl/x509v3.h>

#include "tests/harness.h"

void issuer_extend(X509 *certificate, X509 *issuer, int nid, const char *value)
{
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, certificate, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
    if (EXPECT(extension != NULL)) {
        X509_add_ext(certificate, extension, -1);
        X509_EXTENSION_free(extension);
    }
}

X509 *issuer_certify(X509_NAME *name, EVP_PKEY *key, X509 *issuer,
                     EVP_PKEY *issuer_key)
{
    X509 *certificate = X509_new();
    X509_set_version(certificate, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
    ASN1_TIME_set_string(X509_getm_notBefore(certificate), "20230101000000Z");
    ASN1_TIME_set_string(X509_getm_notAfter(certificate), "99991231235959Z");
    X509_set_subject_name(certificate, name);
    X509_set_issuer_name(certificate,
                         issuer ? X509_get_subject_name(issuer) : name);
    X509_set_pubkey(certificate, key);
    issuer_extend(certificate, certificate, NID_basic_constraints,
                  "critical,CA:TRUE");
    issuer_extend(certificate, certificate, NID_key_usage,
                  "critical,keyCertSign");
    issuer_extend(certificate, certificate, NID_subject_key_identifier, "hash");
    if (issuer) {
        issuer_extend(certificate, issuer, NID_authority_key_identifier,
                      "keyid:always");
    }
    EXPECT(X509_sign(certificate, issuer_key, EVP_sha384()) > 0);
    return certificate;
}
