/* SPDX-License-Identifier: Apache-2.0 */
/* Keys of tokens, and what verify.c needs of them. */
#ifndef TRUST_PSA_KEY_H
#define TRUST_PSA_KEY_H

#include "trust/psa/token.h"

/* "ES256" of the key's curve, and COSE's number for it. */
const char *psa_key_algorithm_name(const struct psa_key *key);
int64_t psa_key_algorithm(const struct psa_key *key);
/* "ES256" of a number; NULL for others. */
const char *psa_algorithm_name(int64_t algorithm);

/* True if r and s, one behind the other, sign a message. */
bool psa_key_verifies(const struct psa_key *key, const void *message,
                      size_t size, const uint8_t *signature,
                      size_t signature_size);
size_t psa_key_signature_size(const struct psa_key *key);

/* The instance that a key makes a device: 01, then SHA-256 of the uncompressed
 * point. */
bool psa_key_instance(const struct psa_key *key,
                      uint8_t instance[PSA_INSTANCE_SIZE]);

#endif
