/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Certificates (RFC 5280) and the request (RFC 2986) of the DICE layers. Their
 * fields, and the order of these, are those of the released ROM 1.1 and
 * FMC 1.2: equal inputs give equal bytes. ROM 1.0 describes the FMC by other
 * fields.
 */
#ifndef GUEST_CALIPTRA_X509_H
#define GUEST_CALIPTRA_X509_H

#include "guest/caliptra/identity/identity.h"

/* The measurements of a layer, as TCG DICE Attestation Architecture 6.1.1 has
 * it. */
struct x509_tcb {
    const char *type;
    const uint8_t *digest; /* SHA-384 */
    uint8_t svn;
    const uint8_t *flags; /* 4 bytes, or NULL */
};

enum { X509_TCB_MAX = 2 };

struct x509_certificate {
    const char *issuer_name;
    const struct identity *issuer;
    const char *subject_name;
    const struct identity *subject;
    const uint8_t *not_before; /* GeneralizedTime, CALIPTRA_DATE_SIZE */
    const uint8_t *not_after;
    const uint8_t *ueid;
    uint8_t path_length;
    uint8_t key_usage; /* x509_key_usage */
    uint8_t tcb_count; /* several go into another extension than one */
    struct x509_tcb tcb[X509_TCB_MAX];
};

/* First byte of the bit string. */
enum x509_key_usage {
    X509_DIGITAL_SIGNATURE = 0x80,
    X509_KEY_CERT_SIGN = 0x04,
};

/* Names of the layers. */
#define X509_IDEVID    "Caliptra 1.0 IDevID"
#define X509_LDEVID    "Caliptra 1.0 LDevID"
#define X509_FMC_ALIAS "Caliptra 1.0 FMC Alias"
#define X509_RT_ALIAS  "Caliptra 1.0 Rt Alias"

/* Each returns the size of what it wrote, 0 if that does not fit. */

/* The part of a certificate that is signed. */
uint32_t x509_certificate(const struct x509_certificate *certificate,
                          uint8_t *buffer, uint32_t size);
/* The part of a request that is signed. */
uint32_t x509_request(const char *name, const struct identity *subject,
                      const uint8_t *ueid, uint8_t path_length, uint8_t *buffer,
                      uint32_t size);
/* The whole of either. */
uint32_t x509_signed(const uint8_t *body, uint32_t body_size,
                     const struct caliptra_ecc_signature *signature,
                     uint8_t *buffer, uint32_t size);

/* From the header of the bundle: the owner's dates, else the vendor's, else
 * all of the released firmware's time. Both may be NULL. */
void x509_validity(const struct caliptra_signed_data *vendor,
                   const struct caliptra_signed_data *owner,
                   const uint8_t **not_before, const uint8_t **not_after);

#endif
