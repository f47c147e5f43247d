/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Statements of CertifyKey about a key: a certificate (RFC 5280) or a
 * request (RFC 2986), both with all measurements that the key depends on (TCG
 * DICE Attestation Architecture 6.1.2), and the message (RFC 5652) around a
 * request. Each returns the size of what it wrote, 0 if that does not fit.
 */
#ifndef GUEST_CALIPTRA_DPE_CERTIFICATE_H
#define GUEST_CALIPTRA_DPE_CERTIFICATE_H

#include "guest/caliptra/identity/identity.h"
#include "guest/caliptra/runtime/runtime.h"

struct dpe_leaf {
    const struct runtime *runtime;
    unsigned index;      /* of the context */
    const uint8_t *ueid; /* whom it is for */
    uint32_t ueid_size;
    bool authority; /* may issue certificates, as only exported CDIs may */
    const struct identity *subject;
    const struct identity *issuer;
    bool other_name; /* with what the SoC calls its device, if it does */
};

/* The parts that are signed. */
uint32_t dpe_certificate(const struct dpe_leaf *leaf, uint8_t *buffer,
                         uint32_t size);
uint32_t dpe_certificate_request(const struct dpe_leaf *leaf, uint8_t *buffer,
                                 uint32_t size);

/* A certificate that the issuer signs; scratch has DPE_CERTIFICATE_MAX bytes,
 * as has the result. Returns 0 or a CALIPTRA_ERROR_DRIVER_ code; *size stays 0
 * if it does not fit. */
uint32_t dpe_certificate_issue(const struct dpe_leaf *leaf, uint8_t *scratch,
                               uint8_t *result, uint32_t *size);

struct dpe_message {
    const uint8_t *content;
    uint32_t size;
    const struct identity *signer;
    const struct caliptra_ecc_signature *signature; /* of the content */
};
uint32_t dpe_certificate_message(const struct dpe_message *message,
                                 uint8_t *buffer, uint32_t size);

#endif
