/* SPDX-License-Identifier: Apache-2.0 */
/* Puts certificates and requests together from their parts. */
#include "guest/caliptra/identity/x509.h"

#include "guest/caliptra/identity/x509_parts.h"
#include "guest/kit/memory/memory.h"

#include <stddef.h>

static const uint8_t always_before[] = "20230101000000Z";
static const uint8_t always_after[] = "99991231235959Z";

/* The operational flags that this firmware knows of: not configured, not
 * secure, debug, and the fixed width of the rest. */
static const uint8_t flags_mask[4] = {0xd0, 0x00, 0x00, 0x01};

/* Twenty bytes of the digest of the subject's key, positive and with no zero
 * byte in front. */
static void serial(struct der *der, const struct identity *subject)
{
    uint8_t bytes[20];
    memcpy(bytes, subject->digest, sizeof bytes);
    bytes[0] = (uint8_t)((bytes[0] & 0x7f) | 0x04);
    der_unsigned(der, DER_INTEGER, bytes, sizeof bytes);
}

/* ---- Extensions ---------------------------------------------------------- */

/* DiceTcbInfo. The version has a one before it, so that its width is fixed. */
static void tcb_info(struct der *der, const struct x509_tcb *tcb)
{
    const uint8_t *mark = der_mark(der);
    const uint8_t svn[] = {1, tcb->svn};
    if (tcb->flags != NULL) {
        der_bits(der, DER_CONTEXT + 10, flags_mask, sizeof flags_mask, 0);
    }
    x509_text(der, DER_CONTEXT + 9, tcb->type);
    if (tcb->flags != NULL) {
        der_bits(der, DER_CONTEXT + 7, tcb->flags, 4, 0);
    }
    const uint8_t *fwids = der_mark(der);
    x509_fwid(der, tcb->digest);
    der_wrap(der, DER_CONTEXT_CONSTRUCTED + 6, fwids);
    der_unsigned(der, DER_CONTEXT + 3, svn, sizeof svn);
    der_wrap(der, DER_SEQUENCE, mark);
}

static void measurements(struct der *der, const struct x509_tcb *tcb,
                         unsigned count)
{
    const uint8_t *mark = der_mark(der);
    for (unsigned i = count; i > 0; i--) {
        tcb_info(der, &tcb[i - 1]);
    }
    if (count > 1) {
        der_wrap(der, DER_SEQUENCE, mark);
        x509_extension(der, &x509_tcg_multi_tcb_info, false, mark);
    } else if (count == 1) {
        x509_extension(der, &x509_tcg_tcb_info, false, mark);
    }
}

/* The extensions that requests and certificates share. */
static void common_extensions(struct der *der, const uint8_t *ueid,
                              uint8_t path_length, uint8_t usage)
{
    static const uint8_t yes = 0xff;
    x509_ueid(der, ueid, IDENTITY_UEID_SIZE);
    x509_usage(der, usage, 2);
    const uint8_t *mark = der_mark(der);
    der_unsigned(der, DER_INTEGER, &path_length, 1);
    der_element(der, DER_BOOLEAN, &yes, 1);
    der_wrap(der, DER_SEQUENCE, mark);
    x509_extension(der, &x509_basic_constraints, true, mark);
}

/* ---- Wholes -------------------------------------------------------------- */

uint32_t x509_certificate(const struct x509_certificate *certificate,
                          uint8_t *buffer, uint32_t size)
{
    const struct x509_certificate *c = certificate;
    struct der der;
    der_begin(&der, buffer, size);
    const uint8_t *mark = der_mark(&der);
    x509_authority(&der, c->issuer);
    x509_subject(&der, c->subject);
    measurements(&der, c->tcb, c->tcb_count);
    common_extensions(&der, c->ueid, c->path_length, c->key_usage);
    der_wrap(&der, DER_SEQUENCE, mark);
    der_wrap(&der, DER_CONTEXT_CONSTRUCTED + 3, mark);
    x509_public_key(&der, c->subject);
    x509_name(&der, DER_UTF8_STRING, c->subject_name, c->subject);
    x509_dates(&der, c->not_before, c->not_after);
    x509_name(&der, DER_UTF8_STRING, c->issuer_name, c->issuer);
    x509_algorithm(&der, &x509_ecdsa_with_sha384);
    serial(&der, c->subject);
    x509_version_3(&der);
    der_wrap(&der, DER_SEQUENCE, mark);
    return der_end(&der);
}

uint32_t x509_request(const char *subject_name, const struct identity *subject,
                      const uint8_t *ueid, uint8_t path_length, uint8_t *buffer,
                      uint32_t size)
{
    static const uint8_t version_1;
    struct der der;
    der_begin(&der, buffer, size);
    const uint8_t *mark = der_mark(&der);
    common_extensions(&der, ueid, path_length, X509_KEY_CERT_SIGN);
    x509_request_attributes(&der, mark);
    x509_public_key(&der, subject);
    x509_name(&der, DER_UTF8_STRING, subject_name, subject);
    der_element(&der, DER_INTEGER, &version_1, 1);
    der_wrap(&der, DER_SEQUENCE, mark);
    return der_end(&der);
}

uint32_t x509_signed(const uint8_t *body, uint32_t body_size,
                     const struct caliptra_ecc_signature *signature,
                     uint8_t *buffer, uint32_t size)
{
    static const uint8_t no_unused_bits;
    struct der der;
    der_begin(&der, buffer, size);
    const uint8_t *mark = der_mark(&der);
    x509_signature(&der, signature);
    der_bytes(&der, &no_unused_bits, 1);
    der_wrap(&der, DER_BIT_STRING, mark);
    x509_algorithm(&der, &x509_ecdsa_with_sha384);
    der_bytes(&der, body, body_size);
    der_wrap(&der, DER_SEQUENCE, mark);
    return der_end(&der);
}

static bool given(const struct caliptra_signed_data *data)
{
    static const uint8_t none[CALIPTRA_DATE_SIZE];
    return data != NULL && memcmp(data->not_before, none, sizeof none) != 0 &&
           memcmp(data->not_after, none, sizeof none) != 0;
}

void x509_validity(const struct caliptra_signed_data *vendor,
                   const struct caliptra_signed_data *owner,
                   const uint8_t **not_before, const uint8_t **not_after)
{
    *not_before = always_before;
    *not_after = always_after;
    const struct caliptra_signed_data *data = NULL;
    if (given(owner)) {
        data = owner;
    } else if (given(vendor)) {
        data = vendor;
    }
    if (data != NULL) {
        *not_before = data->not_before;
        *not_after = data->not_after;
    }
}
