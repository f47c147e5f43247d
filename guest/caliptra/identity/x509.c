/* SPDX-License-Identifier: Apache-2.0 */
#include "guest/caliptra/identity/x509.h"

#include "guest/kit/der/der.h"
#include "guest/kit/memory/memory.h"

#include <stddef.h>

/* Object identifiers, encoded. */
static const uint8_t ecdsa_with_sha384[] = {0x2a, 0x86, 0x48, 0xce,
                                            0x3d, 0x04, 0x03, 0x03};
static const uint8_t ec_public_key[] = {0x2a, 0x86, 0x48, 0xce,
                                        0x3d, 0x02, 0x01};
static const uint8_t secp384r1[] = {0x2b, 0x81, 0x04, 0x00, 0x22};
static const uint8_t sha384[] = {0x60, 0x86, 0x48, 0x01, 0x65,
                                 0x03, 0x04, 0x02, 0x02};
static const uint8_t common_name[] = {0x55, 0x04, 0x03};
static const uint8_t serial_number[] = {0x55, 0x04, 0x05};
static const uint8_t extension_request[] = {0x2a, 0x86, 0x48, 0x86, 0xf7,
                                            0x0d, 0x01, 0x09, 0x0e};
static const uint8_t basic_constraints[] = {0x55, 0x1d, 0x13};
static const uint8_t key_usage[] = {0x55, 0x1d, 0x0f};
static const uint8_t subject_key_id[] = {0x55, 0x1d, 0x0e};
static const uint8_t authority_key_id[] = {0x55, 0x1d, 0x23};
static const uint8_t tcg_ueid[] = {0x67, 0x81, 0x05, 0x05, 0x04, 0x04};
static const uint8_t tcg_tcb_info[] = {0x67, 0x81, 0x05, 0x05, 0x04, 0x01};
static const uint8_t tcg_multi_tcb_info[] = {0x67, 0x81, 0x05,
                                             0x05, 0x04, 0x05};

#define OBJECT(der, oid) der_element(der, DER_OBJECT, oid, sizeof(oid))

static const uint8_t always_before[] = "20230101000000Z";
static const uint8_t always_after[] = "99991231235959Z";

/* The operational flags that this firmware knows of: not configured, not
 * secure, debug, and the fixed width of the rest. */
static const uint8_t flags_mask[4] = {0xd0, 0x00, 0x00, 0x01};

static uint32_t length(const char *text)
{
    uint32_t size = 0;
    while (text[size] != '\0') {
        size++;
    }
    return size;
}

/* ---- Parts, each written before what stands before it -------------------- */

static void algorithm(struct der *der)
{
    const uint8_t *mark = der_mark(der);
    OBJECT(der, ecdsa_with_sha384);
    der_wrap(der, DER_SEQUENCE, mark);
}

/* The value of an attribute of a name was written since mark. */
static void attribute(struct der *der, const uint8_t type[3],
                      const uint8_t *mark)
{
    der_element(der, DER_OBJECT, type, 3);
    der_wrap(der, DER_SEQUENCE, mark);
    der_wrap(der, DER_SET, mark);
}

static void name(struct der *der, const char *text,
                 const struct identity *identity)
{
    const uint8_t *mark = der_mark(der);
    der_element(der, DER_PRINTABLE_STRING, identity->serial,
                sizeof identity->serial);
    attribute(der, serial_number, mark);
    const uint8_t *common = der_mark(der);
    der_element(der, DER_UTF8_STRING, text, length(text));
    attribute(der, common_name, common);
    der_wrap(der, DER_SEQUENCE, mark);
}

static void public_key(struct der *der, const struct identity *identity)
{
    const uint8_t *mark = der_mark(der);
    der_bits(der, DER_BIT_STRING, identity->point, sizeof identity->point, 0);
    const uint8_t *type = der_mark(der);
    OBJECT(der, secp384r1);
    OBJECT(der, ec_public_key);
    der_wrap(der, DER_SEQUENCE, type);
    der_wrap(der, DER_SEQUENCE, mark);
}

static void validity(struct der *der, const uint8_t *not_before,
                     const uint8_t *not_after)
{
    const uint8_t *mark = der_mark(der);
    der_element(der, DER_GENERALIZED_TIME, not_after, CALIPTRA_DATE_SIZE);
    der_element(der, DER_GENERALIZED_TIME, not_before, CALIPTRA_DATE_SIZE);
    der_wrap(der, DER_SEQUENCE, mark);
}

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

/* The value of an extension was written since mark. */
static void extension(struct der *der, const uint8_t *type, uint32_t type_size,
                      bool critical, const uint8_t *mark)
{
    static const uint8_t yes = 0xff;
    der_wrap(der, DER_OCTET_STRING, mark);
    if (critical) {
        der_element(der, DER_BOOLEAN, &yes, 1);
    }
    der_element(der, DER_OBJECT, type, type_size);
    der_wrap(der, DER_SEQUENCE, mark);
}

static void authority(struct der *der, const struct identity *issuer)
{
    const uint8_t *mark = der_mark(der);
    der_element(der, DER_CONTEXT + 0, issuer->key_id, sizeof issuer->key_id);
    der_wrap(der, DER_SEQUENCE, mark);
    extension(der, authority_key_id, sizeof authority_key_id, false, mark);
}

static void subject_id(struct der *der, const struct identity *subject)
{
    const uint8_t *mark = der_mark(der);
    der_element(der, DER_OCTET_STRING, subject->key_id, sizeof subject->key_id);
    extension(der, subject_key_id, sizeof subject_key_id, false, mark);
}

/* DiceTcbInfo. The version has a one before it, so that its width is fixed. */
static void tcb_info(struct der *der, const struct x509_tcb *tcb)
{
    const uint8_t *mark = der_mark(der);
    const uint8_t svn[] = {1, tcb->svn};
    if (tcb->flags != NULL) {
        der_bits(der, DER_CONTEXT + 10, flags_mask, sizeof flags_mask, 0);
    }
    der_element(der, DER_CONTEXT + 9, tcb->type, length(tcb->type));
    if (tcb->flags != NULL) {
        der_bits(der, DER_CONTEXT + 7, tcb->flags, 4, 0);
    }
    const uint8_t *fwids = der_mark(der);
    der_element(der, DER_OCTET_STRING, tcb->digest, CALIPTRA_DIGEST_SIZE);
    OBJECT(der, sha384);
    der_wrap(der, DER_SEQUENCE, fwids);
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
        extension(der, tcg_multi_tcb_info, sizeof tcg_multi_tcb_info, false,
                  mark);
    } else if (count == 1) {
        extension(der, tcg_tcb_info, sizeof tcg_tcb_info, false, mark);
    }
}

/* Those that requests and certificates share. */
static void common_extensions(struct der *der, const uint8_t *ueid,
                              uint8_t path_length, uint8_t usage)
{
    static const uint8_t yes = 0xff;
    const uint8_t *mark = der_mark(der);
    der_element(der, DER_OCTET_STRING, ueid, IDENTITY_UEID_SIZE);
    der_wrap(der, DER_SEQUENCE, mark);
    extension(der, tcg_ueid, sizeof tcg_ueid, false, mark);
    mark = der_mark(der);
    der_bits(der, DER_BIT_STRING, &usage, 1, 2);
    extension(der, key_usage, sizeof key_usage, true, mark);
    mark = der_mark(der);
    der_unsigned(der, DER_INTEGER, &path_length, 1);
    der_element(der, DER_BOOLEAN, &yes, 1);
    der_wrap(der, DER_SEQUENCE, mark);
    extension(der, basic_constraints, sizeof basic_constraints, true, mark);
}

/* ---- Wholes ---------------------------------------------------------------
 */

uint32_t x509_certificate(const struct x509_certificate *certificate,
                          uint8_t *buffer, uint32_t size)
{
    static const uint8_t version_3 = 2;
    const struct x509_certificate *c = certificate;
    struct der der;
    der_begin(&der, buffer, size);
    const uint8_t *mark = der_mark(&der);
    authority(&der, c->issuer);
    subject_id(&der, c->subject);
    measurements(&der, c->tcb, c->tcb_count);
    common_extensions(&der, c->ueid, c->path_length, c->key_usage);
    der_wrap(&der, DER_SEQUENCE, mark);
    der_wrap(&der, DER_CONTEXT_CONSTRUCTED + 3, mark);
    public_key(&der, c->subject);
    name(&der, c->subject_name, c->subject);
    validity(&der, c->not_before, c->not_after);
    name(&der, c->issuer_name, c->issuer);
    algorithm(&der);
    serial(&der, c->subject);
    const uint8_t *version = der_mark(&der);
    der_element(&der, DER_INTEGER, &version_3, 1);
    der_wrap(&der, DER_CONTEXT_CONSTRUCTED + 0, version);
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
    der_wrap(&der, DER_SEQUENCE, mark);
    der_wrap(&der, DER_SET, mark);
    OBJECT(&der, extension_request);
    der_wrap(&der, DER_SEQUENCE, mark);
    der_wrap(&der, DER_CONTEXT_CONSTRUCTED + 0, mark);
    public_key(&der, subject);
    name(&der, subject_name, subject);
    der_element(&der, DER_INTEGER, &version_1, 1);
    der_wrap(&der, DER_SEQUENCE, mark);
    return der_end(&der);
}

uint32_t x509_signed(const uint8_t *body, uint32_t body_size,
                     const struct caliptra_ecc_signature *signature,
                     uint8_t *buffer, uint32_t size)
{
    static const uint8_t no_unused_bits;
    uint8_t number[48];
    struct der der;
    der_begin(&der, buffer, size);
    const uint8_t *mark = der_mark(&der);
    identity_bytes(signature->s, number);
    der_unsigned(&der, DER_INTEGER, number, sizeof number);
    identity_bytes(signature->r, number);
    der_unsigned(&der, DER_INTEGER, number, sizeof number);
    der_wrap(&der, DER_SEQUENCE, mark);
    der_bytes(&der, &no_unused_bits, 1);
    der_wrap(&der, DER_BIT_STRING, mark);
    algorithm(&der);
    der_bytes(&der, body, body_size);
    der_wrap(&der, DER_SEQUENCE, mark);
    return der_end(&der);
}

static bool given(const struct caliptra_signed_data *data)
{
    static const uint8_t none[CALIPTRA_DATE_SIZE];
    return memcmp(data->not_before, none, sizeof none) != 0 &&
           memcmp(data->not_after, none, sizeof none) != 0;
}

void x509_validity(const struct caliptra_header *header,
                   const uint8_t **not_before, const uint8_t **not_after)
{
    *not_before = always_before;
    *not_after = always_after;
    const struct caliptra_signed_data *data = NULL;
    if (header != NULL && given(&header->owner_data)) {
        data = &header->owner_data;
    } else if (header != NULL && given(&header->vendor_data)) {
        data = &header->vendor_data;
    }
    if (data != NULL) {
        *not_before = data->not_before;
        *not_after = data->not_after;
    }
}
