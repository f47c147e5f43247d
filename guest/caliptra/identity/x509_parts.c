/* SPDX-License-Identifier: Apache-2.0 */
/* Writes the parts in DER, each from its end to its start. */
#include "guest/caliptra/identity/x509_parts.h"

const struct x509_oid x509_ecdsa_with_sha384 = {
    8, {0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x03}
};
static const struct x509_oid ec_public_key = {
    7, {0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01}
};
static const struct x509_oid secp384r1 = {
    5, {0x2b, 0x81, 0x04, 0x00, 0x22}
};
const struct x509_oid x509_sha384 = {
    9, {0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x02}
};
static const struct x509_oid common_name = {
    3, {0x55, 0x04, 0x03}
};
static const struct x509_oid serial_number = {
    3, {0x55, 0x04, 0x05}
};
const struct x509_oid x509_extension_request = {
    9, {0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x0e}
};
const struct x509_oid x509_basic_constraints = {
    3, {0x55, 0x1d, 0x13}
};
const struct x509_oid x509_key_usage = {
    3, {0x55, 0x1d, 0x0f}
};
const struct x509_oid x509_extended_key_usage = {
    3, {0x55, 0x1d, 0x25}
};
const struct x509_oid x509_subject_key_id = {
    3, {0x55, 0x1d, 0x0e}
};
const struct x509_oid x509_subject_alt_name = {
    3, {0x55, 0x1d, 0x11}
};
const struct x509_oid x509_authority_key_id = {
    3, {0x55, 0x1d, 0x23}
};
const struct x509_oid x509_tcg_ueid = {
    6, {0x67, 0x81, 0x05, 0x05, 0x04, 0x04}
};
const struct x509_oid x509_tcg_tcb_info = {
    6, {0x67, 0x81, 0x05, 0x05, 0x04, 0x01}
};
const struct x509_oid x509_tcg_multi_tcb_info = {
    6, {0x67, 0x81, 0x05, 0x05, 0x04, 0x05}
};
const struct x509_oid x509_tcg_embedded_ca = {
    7, {0x67, 0x81, 0x05, 0x05, 0x04, 0x64, 0x0c}
};
const struct x509_oid x509_tcg_attest_loc = {
    7, {0x67, 0x81, 0x05, 0x05, 0x04, 0x64, 0x09}
};

void x509_object(struct der *der, const struct x509_oid *oid)
{
    der_element(der, DER_OBJECT, oid->bytes, oid->size);
}

void x509_text(struct der *der, uint8_t tag, const char *text)
{
    uint32_t size = 0;
    while (text[size] != '\0') {
        size++;
    }
    der_element(der, tag, text, size);
}

void x509_version_3(struct der *der)
{
    static const uint8_t version = 2;
    const uint8_t *mark = der_mark(der);
    der_element(der, DER_INTEGER, &version, 1);
    der_wrap(der, DER_CONTEXT_CONSTRUCTED + 0, mark);
}

void x509_algorithm(struct der *der, const struct x509_oid *oid)
{
    const uint8_t *mark = der_mark(der);
    x509_object(der, oid);
    der_wrap(der, DER_SEQUENCE, mark);
}

/* The value of an attribute of a name was written since mark. */
static void attribute(struct der *der, const struct x509_oid *type,
                      const uint8_t *mark)
{
    x509_object(der, type);
    der_wrap(der, DER_SEQUENCE, mark);
    der_wrap(der, DER_SET, mark);
}

void x509_name(struct der *der, uint8_t tag, const char *text,
               const struct identity *identity)
{
    const uint8_t *mark = der_mark(der);
    der_element(der, DER_PRINTABLE_STRING, identity->serial,
                sizeof identity->serial);
    attribute(der, &serial_number, mark);
    const uint8_t *common = der_mark(der);
    x509_text(der, tag, text);
    attribute(der, &common_name, common);
    der_wrap(der, DER_SEQUENCE, mark);
}

void x509_public_key(struct der *der, const struct identity *identity)
{
    const uint8_t *mark = der_mark(der);
    der_bits(der, DER_BIT_STRING, identity->point, sizeof identity->point, 0);
    const uint8_t *type = der_mark(der);
    x509_object(der, &secp384r1);
    x509_object(der, &ec_public_key);
    der_wrap(der, DER_SEQUENCE, type);
    der_wrap(der, DER_SEQUENCE, mark);
}

void x509_dates(struct der *der, const uint8_t *not_before,
                const uint8_t *not_after)
{
    const uint8_t *mark = der_mark(der);
    der_element(der, DER_GENERALIZED_TIME, not_after, CALIPTRA_DATE_SIZE);
    der_element(der, DER_GENERALIZED_TIME, not_before, CALIPTRA_DATE_SIZE);
    der_wrap(der, DER_SEQUENCE, mark);
}

void x509_signature(struct der *der,
                    const struct caliptra_ecc_signature *signature)
{
    const uint8_t *mark = der_mark(der);
    uint8_t number[48];
    identity_bytes(signature->s, number);
    der_unsigned(der, DER_INTEGER, number, sizeof number);
    identity_bytes(signature->r, number);
    der_unsigned(der, DER_INTEGER, number, sizeof number);
    der_wrap(der, DER_SEQUENCE, mark);
}

void x509_fwid(struct der *der, const uint8_t digest[CALIPTRA_DIGEST_SIZE])
{
    const uint8_t *mark = der_mark(der);
    der_element(der, DER_OCTET_STRING, digest, CALIPTRA_DIGEST_SIZE);
    x509_object(der, &x509_sha384);
    der_wrap(der, DER_SEQUENCE, mark);
}

/* ---- Extensions ---------------------------------------------------------- */

void x509_extension(struct der *der, const struct x509_oid *type, bool critical,
                    const uint8_t *mark)
{
    static const uint8_t yes = 0xff;
    der_wrap(der, DER_OCTET_STRING, mark);
    if (critical) {
        der_element(der, DER_BOOLEAN, &yes, 1);
    }
    x509_object(der, type);
    der_wrap(der, DER_SEQUENCE, mark);
}

void x509_authority(struct der *der, const struct identity *issuer)
{
    const uint8_t *mark = der_mark(der);
    der_element(der, DER_CONTEXT + 0, issuer->key_id, sizeof issuer->key_id);
    der_wrap(der, DER_SEQUENCE, mark);
    x509_extension(der, &x509_authority_key_id, false, mark);
}

void x509_subject(struct der *der, const struct identity *subject)
{
    const uint8_t *mark = der_mark(der);
    der_element(der, DER_OCTET_STRING, subject->key_id, sizeof subject->key_id);
    x509_extension(der, &x509_subject_key_id, false, mark);
}

void x509_ueid(struct der *der, const uint8_t *ueid, uint32_t size)
{
    const uint8_t *mark = der_mark(der);
    der_element(der, DER_OCTET_STRING, ueid, size);
    der_wrap(der, DER_SEQUENCE, mark);
    x509_extension(der, &x509_tcg_ueid, false, mark);
}

void x509_usage(struct der *der, uint8_t usage, uint8_t unused_bits)
{
    const uint8_t *mark = der_mark(der);
    der_bits(der, DER_BIT_STRING, &usage, 1, unused_bits);
    x509_extension(der, &x509_key_usage, true, mark);
}

void x509_request_attributes(struct der *der, const uint8_t *mark)
{
    der_wrap(der, DER_SEQUENCE, mark);
    der_wrap(der, DER_SET, mark);
    x509_object(der, &x509_extension_request);
    der_wrap(der, DER_SEQUENCE, mark);
    der_wrap(der, DER_CONTEXT_CONSTRUCTED + 0, mark);
}
