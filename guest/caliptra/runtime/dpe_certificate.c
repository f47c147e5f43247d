/* SPDX-License-Identifier: Apache-2.0 */
/* Writes certificates, requests and messages for keys of contexts. */
#include "guest/caliptra/runtime/dpe_certificate.h"

#include "guest/caliptra/identity/x509.h"
#include "guest/caliptra/identity/x509_parts.h"

enum { SERIAL_SIZE = 20 };

static const struct x509_oid id_data = {
    9, {0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x01}
};
static const struct x509_oid id_signed_data = {
    9, {0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02}
};

/* DMTF DSP0274, 10.8.2: the name of an SPDM device. */
static const struct x509_oid device_info = {
    10, {0x2b, 0x06, 0x01, 0x04, 0x01, 0x83, 0x1c, 0x82, 0x12, 0x01}
};

/* ---- Extensions ---------------------------------------------------------- */

/* DiceTcbInfo of a context: the last measurement; its holder's locality, as
 * vendor information; its type; and the cumulative measurement, as register
 * 0. */
static void tcb_info(struct der *der, const struct dpe_context *context,
                     bool registers)
{
    static const uint8_t register_number;
    const uint8_t holder[4] = {
        (uint8_t)(context->locality >> 24), (uint8_t)(context->locality >> 16),
        (uint8_t)(context->locality >> 8), (uint8_t)context->locality};
    const uint8_t *mark = der_mark(der);
    if (registers) {
        x509_fwid(der, context->cumulative);
        der_wrap(der, DER_CONTEXT_CONSTRUCTED + 2, mark);
        der_element(der, DER_CONTEXT + 1, &register_number, 1);
        der_wrap(der, DER_SEQUENCE, mark);
        der_wrap(der, DER_CONTEXT_CONSTRUCTED + 11, mark);
    }
    der_element(der, DER_CONTEXT + 9, &context->tci_type,
                sizeof context->tci_type);
    der_element(der, DER_CONTEXT + 8, holder, sizeof holder);
    const uint8_t *fwids = der_mark(der);
    x509_fwid(der, context->current);
    der_wrap(der, DER_CONTEXT_CONSTRUCTED + 6, fwids);
    der_wrap(der, DER_SEQUENCE, mark);
}

/* From the root on. */
static void measurements(struct der *der, const struct dpe_leaf *leaf)
{
    const struct dpe *dpe = leaf->runtime->dpe;
    uint8_t path[DPE_CONTEXTS];
    const uint8_t *mark = der_mark(der);
    unsigned count = dpe_path(dpe, leaf->index, path);
    for (unsigned i = 0; i < count; i++) {
        tcb_info(der, &dpe->contexts[path[i]], !leaf->authority);
    }
    der_wrap(der, DER_SEQUENCE, mark);
    x509_extension(der, &x509_tcg_multi_tcb_info, false, mark);
}

static bool named(const struct dpe_leaf *leaf)
{
    return leaf->other_name && leaf->runtime->other_name_size != 0;
}

/* GeneralNames, RFC 5280 4.2.1.6, with one otherName. */
static void other_name(struct der *der, const struct runtime *runtime)
{
    const uint8_t *mark = der_mark(der);
    der_element(der, DER_UTF8_STRING, runtime->other_name,
                runtime->other_name_size);
    der_wrap(der, DER_CONTEXT_CONSTRUCTED + 0, mark);
    x509_object(der, &device_info);
    der_wrap(der, DER_CONTEXT_CONSTRUCTED + 0, mark);
    der_wrap(der, DER_SEQUENCE, mark);
    x509_extension(der, &x509_subject_alt_name, false, mark);
}

static void extensions(struct der *der, const struct dpe_leaf *leaf)
{
    static const uint8_t yes = 0xff;
    const uint8_t *mark = der_mark(der);
    x509_object(der,
                leaf->authority ? &x509_tcg_embedded_ca : &x509_tcg_attest_loc);
    der_wrap(der, DER_SEQUENCE, mark);
    x509_extension(der, &x509_extended_key_usage, true, mark);
    if (leaf->authority) {
        x509_usage(der, X509_DIGITAL_SIGNATURE | X509_KEY_CERT_SIGN, 2);
    } else {
        x509_usage(der, X509_DIGITAL_SIGNATURE, 7);
    }
    mark = der_mark(der);
    if (leaf->authority) {
        der_element(der, DER_BOOLEAN, &yes, 1);
    }
    der_wrap(der, DER_SEQUENCE, mark);
    x509_extension(der, &x509_basic_constraints, true, mark);
    x509_ueid(der, leaf->ueid, leaf->ueid_size);
    measurements(der, leaf);
}

/* ---- Wholes -------------------------------------------------------------- */

static void subject(struct der *der, const struct dpe_leaf *leaf)
{
    x509_name(der, DER_PRINTABLE_STRING, "DPE Leaf", leaf->subject);
}

uint32_t dpe_certificate(const struct dpe_leaf *leaf, uint8_t *buffer,
                         uint32_t size)
{
    const uint8_t *not_before;
    const uint8_t *not_after;
    struct der der;
    x509_validity(leaf->runtime->handoff.vendor_data,
                  leaf->runtime->handoff.owner_data, &not_before, &not_after);
    der_begin(&der, buffer, size);
    const uint8_t *mark = der_mark(&der);
    if (named(leaf)) {
        other_name(&der, leaf->runtime);
    }
    x509_authority(&der, leaf->issuer);
    if (leaf->authority) {
        x509_subject(&der, leaf->subject);
    }
    extensions(&der, leaf);
    der_wrap(&der, DER_SEQUENCE, mark);
    der_wrap(&der, DER_CONTEXT_CONSTRUCTED + 3, mark);
    x509_public_key(&der, leaf->subject);
    subject(&der, leaf);
    x509_dates(&der, not_before, not_after);
    x509_name(&der, DER_UTF8_STRING,
              leaf->runtime->handoff.names->runtime_alias, leaf->issuer);
    x509_algorithm(&der, &x509_ecdsa_with_sha384);
    der_unsigned(&der, DER_INTEGER, leaf->subject->serial, SERIAL_SIZE);
    x509_version_3(&der);
    der_wrap(&der, DER_SEQUENCE, mark);
    return der_end(&der);
}

uint32_t dpe_certificate_issue(const struct dpe_leaf *leaf, uint8_t *scratch,
                               uint8_t *result, uint32_t *size)
{
    struct caliptra_ecc_signature signature;
    uint32_t signed_size = dpe_certificate(leaf, scratch, DPE_CERTIFICATE_MAX);
    uint32_t error =
        identity_sign(leaf->issuer, scratch, signed_size, &signature);
    if (error == 0 && signed_size != 0) {
        *size = x509_signed(scratch, signed_size, &signature, result,
                            DPE_CERTIFICATE_MAX);
    }
    return error;
}

uint32_t dpe_certificate_request(const struct dpe_leaf *leaf, uint8_t *buffer,
                                 uint32_t size)
{
    static const uint8_t version_1;
    struct der der;
    der_begin(&der, buffer, size);
    const uint8_t *mark = der_mark(&der);
    if (named(leaf)) {
        other_name(&der, leaf->runtime);
    }
    extensions(&der, leaf);
    x509_request_attributes(&der, mark);
    x509_public_key(&der, leaf->subject);
    subject(&der, leaf);
    der_element(&der, DER_INTEGER, &version_1, 1);
    der_wrap(&der, DER_SEQUENCE, mark);
    return der_end(&der);
}

/* SignerInfo, without attributes: the signature is that of the content. */
static void signer_info(struct der *der, const struct dpe_message *message,
                        uint8_t version)
{
    const uint8_t *mark = der_mark(der);
    x509_signature(der, message->signature);
    der_wrap(der, DER_OCTET_STRING, mark);
    x509_algorithm(der, &x509_ecdsa_with_sha384);
    x509_algorithm(der, &x509_sha384);
    der_element(der, DER_CONTEXT + 0, message->signer->key_id,
                sizeof message->signer->key_id);
    der_element(der, DER_INTEGER, &version, 1);
    der_wrap(der, DER_SEQUENCE, mark);
    der_wrap(der, DER_SET, mark);
}

uint32_t dpe_certificate_message(const struct dpe_message *message,
                                 uint8_t *buffer, uint32_t size)
{
    static const uint8_t version = 3; /* the signer is named by its key */
    struct der der;
    der_begin(&der, buffer, size);
    const uint8_t *mark = der_mark(&der);
    signer_info(&der, message, version);
    const uint8_t *part = der_mark(&der);
    der_element(&der, DER_OCTET_STRING, message->content, message->size);
    der_wrap(&der, DER_CONTEXT_CONSTRUCTED + 0, part);
    x509_object(&der, &id_data);
    der_wrap(&der, DER_SEQUENCE, part);
    part = der_mark(&der);
    x509_algorithm(&der, &x509_sha384);
    der_wrap(&der, DER_SET, part);
    der_element(&der, DER_INTEGER, &version, 1);
    der_wrap(&der, DER_SEQUENCE, mark);
    der_wrap(&der, DER_CONTEXT_CONSTRUCTED + 0, mark);
    x509_object(&der, &id_signed_data);
    der_wrap(&der, DER_SEQUENCE, mark);
    return der_end(&der);
}
