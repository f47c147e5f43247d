/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The manufacturer of parts: a certificate authority that certifies their
 * IDevID keys. One is built in for development, whose private key everybody
 * has.
 */
#ifndef TRUST_KEYS_IDEVID_ISSUER_H
#define TRUST_KEYS_IDEVID_ISSUER_H

#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/error.h"
#include "crypto/ecdsa_p384.h"
#include "crypto/pem.h"

struct idevid_issuer;

/* From PEM with one certificate and its private key on P-384, in any order;
 * name is for messages, from the pass phrase of an encrypted key, or NULL. NULL
 * after an error. */
struct idevid_issuer *idevid_issuer_read(const char *name, const void *bytes,
                                         size_t size,
                                         const struct pass_phrase *from,
                                         struct error *error);
/* The one for development: always the same. */
struct idevid_issuer *idevid_issuer_development(void);
void idevid_issuer_destroy(struct idevid_issuer *issuer);

/* Its certificate in PEM: a root to trust. */
void idevid_issuer_print(const struct idevid_issuer *issuer,
                         struct buffer *out);

/*
 * Certifies the key (x, then y) of the part that the LDevID certificate is of.
 * On a manufacturing line a request says how the key is to be named; here the
 * LDevID certificate does, which names its issuer. Appends what is signed; the
 * part puts the signature to it (GET_IDEV_CERT). The same input gives the same
 * bytes. -EINVAL when ldevid is no certificate that tells.
 */
int idevid_issuer_certify(const struct idevid_issuer *issuer,
                          const struct buffer *ldevid,
                          const uint8_t key[2 * P384_SIZE], struct buffer *tbs,
                          struct ecdsa_p384_signature *signature,
                          struct error *error);

#endif
