/* SPDX-License-Identifier: Apache-2.0 */
/* Signers of update capsules, made for a test. */
#ifndef TESTS_CAPSULE_SIGNER_H
#define TESTS_CAPSULE_SIGNER_H

#include <openssl/evp.h>
#include <stdint.h>

#include "trust/capsule/capsule.h"

struct test_signer {
    struct capsule_signer *signer;
    uint8_t certificate[32]; /* SHA-256 of it */
    uint8_t der[2048];       /* the certificate itself */
    size_t der_size;
};

/* With a certificate that the key signed itself. The caller keeps the key. */
void test_signer_make(struct test_signer *made, EVP_PKEY *key);

/* Two signers with RSA keys, 0 and 1, which live over all tests. */
const struct test_signer *test_signer(unsigned number);

#endif
