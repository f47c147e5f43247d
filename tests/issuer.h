/* SPDX-License-Identifier: Apache-2.0 */
/* A vendor's certification authority, by OpenSSL. */
#ifndef TESTS_ISSUER_H
#define TESTS_ISSUER_H

#include <openssl/evp.h>
#include <openssl/x509.h>

/* A certificate of an authority for name and key: by the issuer, by itself
 * without one. */
X509 *issuer_certify(X509_NAME *name, EVP_PKEY *key, X509 *issuer,
                     EVP_PKEY *issuer_key);

/* Adds an extension of the certificate, as openssl.cnf writes it. */
void issuer_extend(X509 *certificate, X509 *issuer, int nid, const char *value);

#endif
