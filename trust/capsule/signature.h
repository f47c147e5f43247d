/* SPDX-License-Identifier: Apache-2.0 */
/* The PKCS #7 signature of a capsule, for trust/capsule/write.c. */
#ifndef TRUST_CAPSULE_SIGNATURE_H
#define TRUST_CAPSULE_SIGNATURE_H

#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/error.h"

struct capsule_signer;

/* Appends DER: SignedData, detached, SHA-256, with the signer's certificate
 * and the attributes content type, signing time and message digest, over the
 * payload and the count. */
int capsule_signature_make(const struct capsule_signer *signer,
                           const void *payload, size_t payload_size,
                           uint64_t monotonic_count, int64_t signing_time,
                           struct buffer *der, struct error *error);

#endif
