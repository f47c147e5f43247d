/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Parts of certificates, requests and signed messages. Each
 * part is written before what stands before it (guest/kit/der/der.h).
 */
#ifndef GUEST_CALIPTRA_X509_PARTS_H
#define GUEST_CALIPTRA_X509_PARTS_H

#include "guest/caliptra/identity/identity.h"
#include "guest/kit/der/der.h"

#include <stdbool.h>
#include <stdint.h>

/* An object identifier, encoded. */
struct x509_oid {
    uint8_t size;
    uint8_t bytes[10];
};

extern const struct x509_oid x509_ecdsa_with_sha384;
extern const struct x509_oid x509_sha384;
extern const struct x509_oid x509_extension_request;
extern const struct x509_oid x509_basic_constraints;
extern const struct x509_oid x509_key_usage;
extern const struct x509_oid x509_extended_key_usage;
extern const struct x509_oid x509_subject_key_id;
extern const struct x509_oid x509_subject_alt_name;
extern const struct x509_oid x509_authority_key_id;
extern const struct x509_oid x509_tcg_ueid;
extern const struct x509_oid x509_tcg_tcb_info;
extern const struct x509_oid x509_tcg_multi_tcb_info;
extern const struct x509_oid x509_tcg_attest_loc;
extern const struct x509_oid x509_tcg_embedded_ca;

void x509_object(struct der *der, const struct x509_oid *oid);
void x509_text(struct der *der, uint8_t tag, const char *text);
/* The version of a certificate. */
void x509_version_3(struct der *der);
/* AlgorithmIdentifier of an algorithm without parameters. */
void x509_algorithm(struct der *der, const struct x509_oid *oid);
/* Common name, as a string of that tag, and serial number of the identity. */
void x509_name(struct der *der, uint8_t tag, const char *text,
               const struct identity *identity);
void x509_public_key(struct der *der, const struct identity *identity);
void x509_dates(struct der *der, const uint8_t *not_before,
                const uint8_t *not_after);
/* Ecdsa-Sig-Value, RFC 3279 2.2.3. */
void x509_signature(struct der *der,
                    const struct caliptra_ecc_signature *signature);
/* FWID of TCG DICE Attestation Architecture 6.1.1: a SHA-384 digest. */
void x509_fwid(struct der *der, const uint8_t digest[CALIPTRA_DIGEST_SIZE]);

/* The value of the extension was written since mark. */
void x509_extension(struct der *der, const struct x509_oid *type, bool critical,
                    const uint8_t *mark);
void x509_authority(struct der *der, const struct identity *issuer);
void x509_subject(struct der *der, const struct identity *subject);
void x509_ueid(struct der *der, const uint8_t *ueid, uint32_t size);
void x509_usage(struct der *der, uint8_t usage, uint8_t unused_bits);

/* A request's extensions, written since mark, become its attributes. */
void x509_request_attributes(struct der *der, const uint8_t *mark);

#endif
