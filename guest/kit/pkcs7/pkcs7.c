/* SPDX-License-Identifier: Apache-2.0 */
#include "guest/kit/pkcs7/pkcs7.h"

#include <stdbool.h>

#include "guest/kit/memory/memory.h"
#include "guest/kit/rsa/rsa.h"
#include "guest/kit/sha256/sha256.h"

/* ---- DER (X.690) ------------------------------------------------------------
 */

enum tags {
    TAG_INTEGER = 0x02,
    TAG_BITS = 0x03,
    TAG_OCTETS = 0x04,
    TAG_OBJECT = 0x06,
    TAG_SEQUENCE = 0x30,
    TAG_SET = 0x31,
    TAG_CONTEXT_0 = 0xa0,
    TAG_CONTEXT_1 = 0xa1,
};

/* A run of elements, or the contents of one. */
struct der {
    const uint8_t *at;
    size_t left;
};

struct element {
    uint8_t tag;
    struct der body;
    struct der whole; /* with tag and length */
};

static bool read_length(struct der *der, size_t *length)
{
    if (der->left == 0) {
        return false;
    }
    uint8_t first = *der->at++;
    der->left--;
    if (first < 0x80) {
        *length = first;
        return *length <= der->left;
    }
    unsigned count = first & 0x7f;
    if (count == 0 || count > 3 || count > der->left) {
        return false;
    }
    *length = 0;
    for (unsigned i = 0; i < count; i++) {
        *length = *length << 8 | *der->at++;
        der->left--;
    }
    return *length >= 0x80 && *length <= der->left;
}

static bool next(struct der *der, struct element *element)
{
    element->whole.at = der->at;
    if (der->left == 0) {
        return false;
    }
    element->tag = *der->at++;
    der->left--;
    if (!read_length(der, &element->body.left)) {
        return false;
    }
    element->body.at = der->at;
    der->at += element->body.left;
    der->left -= element->body.left;
    element->whole.left = (size_t)(der->at - element->whole.at);
    return true;
}

static bool expect(struct der *der, uint8_t tag, struct element *element)
{
    return next(der, element) && element->tag == tag;
}

/* The next element is entered: *der becomes its contents. */
static bool enter(struct der *der, uint8_t tag)
{
    struct element element;
    if (!expect(der, tag, &element)) {
        return false;
    }
    *der = element.body;
    return true;
}

static bool is_bytes(const struct element *element, uint8_t tag,
                     const void *bytes, size_t size)
{
    return element->tag == tag && element->body.left == size &&
           memcmp(element->body.at, bytes, size) == 0;
}

/* ---- Names ------------------------------------------------------------------
 */

static const uint8_t signed_data[] = {0x2a, 0x86, 0x48, 0x86, 0xf7,
                                      0x0d, 0x01, 0x07, 0x02};
static const uint8_t message_digest[] = {0x2a, 0x86, 0x48, 0x86, 0xf7,
                                         0x0d, 0x01, 0x09, 0x04};
static const uint8_t sha256_name[] = {0x60, 0x86, 0x48, 0x01, 0x65,
                                      0x03, 0x04, 0x02, 0x01};
static const uint8_t rsa_name[] = {0x2a, 0x86, 0x48, 0x86, 0xf7,
                                   0x0d, 0x01, 0x01, 0x01};

/* An AlgorithmIdentifier that starts with the name. */
static bool is_algorithm(struct der *der, const uint8_t *name, size_t size)
{
    struct element algorithm;
    struct element object;
    return expect(der, TAG_SEQUENCE, &algorithm) &&
           next(&algorithm.body, &object) &&
           is_bytes(&object, TAG_OBJECT, name, size);
}

/* ---- Certificate (RFC 5280)
 * --------------------------------------------------- */

struct key {
    struct der modulus; /* without the sign byte */
    uint32_t exponent;
};

static bool read_key(struct der bits, struct key *key)
{
    struct element modulus;
    struct element exponent;
    if (bits.left < 1 || bits.at[0] != 0) { /* unused bits */
        return false;
    }
    bits.at++;
    bits.left--;
    if (!enter(&bits, TAG_SEQUENCE) || !expect(&bits, TAG_INTEGER, &modulus) ||
        !expect(&bits, TAG_INTEGER, &exponent) || exponent.body.left == 0 ||
        exponent.body.left > 4 || modulus.body.left < 2 ||
        modulus.body.at[0] != 0) {
        return false;
    }
    key->modulus = (struct der){modulus.body.at + 1, modulus.body.left - 1};
    key->exponent = 0;
    for (size_t i = 0; i < exponent.body.left; i++) {
        key->exponent = key->exponent << 8 | exponent.body.at[i];
    }
    return true;
}

static enum pkcs7_verdict certificate_key(struct der certificate,
                                          struct key *key)
{
    struct element element;
    if (!enter(&certificate, TAG_SEQUENCE) ||
        !enter(&certificate, TAG_SEQUENCE) || !next(&certificate, &element)) {
        return PKCS7_MALFORMED;
    }
    /* version is there or not; then serial, algorithm, issuer, validity,
     * subject */
    unsigned skipped = element.tag == TAG_CONTEXT_0 ? 5 : 4;
    while (skipped-- != 0) {
        if (!next(&certificate, &element)) {
            return PKCS7_MALFORMED;
        }
    }
    if (!enter(&certificate, TAG_SEQUENCE)) {
        return PKCS7_MALFORMED;
    }
    if (!is_algorithm(&certificate, rsa_name, sizeof(rsa_name))) {
        return PKCS7_UNSUPPORTED;
    }
    return expect(&certificate, TAG_BITS, &element) &&
                   read_key(element.body, key)
               ? PKCS7_GOOD
               : PKCS7_MALFORMED;
}

/* ---- Signed data
 * -------------------------------------------------------------- */

static void hash(const void *bytes, size_t size, uint8_t digest[SHA256_SIZE])
{
    struct sha256 state;
    sha256_init(&state);
    sha256_add(&state, bytes, size);
    sha256_end(&state, digest);
}

/* Whether the attributes name the digest, once. */
static bool names_digest(struct der attributes, const uint8_t *digest)
{
    struct element attribute;
    unsigned found = 0;
    bool right = false;
    while (next(&attributes, &attribute)) {
        struct element name;
        struct element value;
        if (attribute.tag != TAG_SEQUENCE || !next(&attribute.body, &name)) {
            return false;
        }
        if (is_bytes(&name, TAG_OBJECT, message_digest,
                     sizeof(message_digest))) {
            found++;
            right = enter(&attribute.body, TAG_SET) &&
                    next(&attribute.body, &value) &&
                    is_bytes(&value, TAG_OCTETS, digest, SHA256_SIZE);
        }
    }
    return attributes.left == 0 && found == 1 && right;
}

/* The signature is over the attributes as a SET, whatever tag they have here.
 */
static void hash_attributes(const struct der *whole,
                            uint8_t digest[SHA256_SIZE])
{
    static const uint8_t set = TAG_SET;
    struct sha256 state;
    sha256_init(&state);
    sha256_add(&state, &set, 1);
    sha256_add(&state, whole->at + 1, whole->left - 1);
    sha256_end(&state, digest);
}

static enum pkcs7_verdict verify_signer(struct der signer,
                                        const uint8_t *content_digest,
                                        const struct key *key)
{
    struct element element;
    struct element attributes;
    uint8_t digest[SHA256_SIZE];
    if (!enter(&signer, TAG_SEQUENCE) ||
        !expect(&signer, TAG_INTEGER, &element) ||  /* version */
        !expect(&signer, TAG_SEQUENCE, &element)) { /* issuer and serial */
        return PKCS7_MALFORMED;
    }
    if (!is_algorithm(&signer, sha256_name, sizeof(sha256_name)) ||
        !expect(&signer, TAG_CONTEXT_0, &attributes)) {
        return PKCS7_UNSUPPORTED;
    }
    if (!names_digest(attributes.body, content_digest)) {
        return PKCS7_WRONG_DIGEST;
    }
    if (!expect(&signer, TAG_SEQUENCE, &element) || /* signature algorithm */
        !expect(&signer, TAG_OCTETS, &element)) {
        return PKCS7_MALFORMED;
    }
    hash_attributes(&attributes.whole, digest);
    return element.body.left == key->modulus.left &&
                   rsa_verify(key->modulus.at, key->modulus.left, key->exponent,
                              element.body.at, digest)
               ? PKCS7_GOOD
               : PKCS7_WRONG_SIGNATURE;
}

enum pkcs7_verdict pkcs7_verify(const uint8_t *der, size_t size,
                                const uint8_t digest[32],
                                const uint8_t trusted[32])
{
    struct der content = {der, size};
    struct element element;
    struct element certificate;
    uint8_t found[SHA256_SIZE];
    struct key key;
    if (!enter(&content, TAG_SEQUENCE) || !next(&content, &element) ||
        !is_bytes(&element, TAG_OBJECT, signed_data, sizeof(signed_data)) ||
        !enter(&content, TAG_CONTEXT_0) || !enter(&content, TAG_SEQUENCE) ||
        !expect(&content, TAG_INTEGER, &element) ||  /* version */
        !expect(&content, TAG_SET, &element) ||      /* digest algorithms */
        !expect(&content, TAG_SEQUENCE, &element) || /* no content */
        !expect(&content, TAG_CONTEXT_0, &element) ||
        !next(&element.body, &certificate) || !next(&content, &element)) {
        return PKCS7_MALFORMED;
    }
    if (element.tag == TAG_CONTEXT_1 && !next(&content, &element)) {
        return PKCS7_MALFORMED; /* revocation lists are passed over */
    }
    if (element.tag != TAG_SET) {
        return PKCS7_MALFORMED;
    }
    hash(certificate.whole.at, certificate.whole.left, found);
    if (memcmp(found, trusted, sizeof(found)) != 0) {
        return PKCS7_UNTRUSTED;
    }
    enum pkcs7_verdict verdict = certificate_key(certificate.whole, &key);
    return verdict == PKCS7_GOOD ? verify_signer(element.body, digest, &key)
                                 : verdict;
}
