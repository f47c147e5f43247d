/* SPDX-License-Identifier: Apache-2.0 */
/* Walks the structure element by element; every element must end within its
 * parent. */
#include "guest/kit/pkcs7/pkcs7.h"

#include <stdbool.h>

#include "guest/kit/memory/memory.h"
#include "guest/kit/rsa/rsa.h"
#include "guest/kit/sha256/sha256.h"

/* ---- DER (X.690) --------------------------------------------------------- */

enum tags {
    TAG_INTEGER = 0x02,
    TAG_BITS = 0x03,
    TAG_OCTETS = 0x04,
    TAG_NULL = 0x05,
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

/* The same for an element after which nothing comes. */
static bool enter_last(struct der *der, uint8_t tag)
{
    struct element element;
    if (!expect(der, tag, &element) || der->left != 0) {
        return false;
    }
    *der = element.body;
    return true;
}

static bool is_bytes(const struct element *element, uint8_t tag,
                     const void *bytes, size_t size)
{
    return element->tag == tag && element->body.left == size &&
           (size == 0 || memcmp(element->body.at, bytes, size) == 0);
}

/* ---- Names --------------------------------------------------------------- */

static const uint8_t signed_data[] = {0x2a, 0x86, 0x48, 0x86, 0xf7,
                                      0x0d, 0x01, 0x07, 0x02};
static const uint8_t data[] = {0x2a, 0x86, 0x48, 0x86, 0xf7,
                               0x0d, 0x01, 0x07, 0x01};
static const uint8_t message_digest[] = {0x2a, 0x86, 0x48, 0x86, 0xf7,
                                         0x0d, 0x01, 0x09, 0x04};
static const uint8_t sha256_name[] = {0x60, 0x86, 0x48, 0x01, 0x65,
                                      0x03, 0x04, 0x02, 0x01};
static const uint8_t rsa_name[] = {0x2a, 0x86, 0x48, 0x86, 0xf7,
                                   0x0d, 0x01, 0x01, 0x01};

static const uint8_t rsa_sha256_name[] = {0x2a, 0x86, 0x48, 0x86, 0xf7,
                                          0x0d, 0x01, 0x01, 0x0b};

/* The element is an AlgorithmIdentifier without parameters, which some write
 * as NULL. */
static bool is_algorithm(struct element algorithm, const uint8_t *name,
                         size_t size)
{
    struct element object;
    struct element parameters;
    if (algorithm.tag != TAG_SEQUENCE || !next(&algorithm.body, &object) ||
        !is_bytes(&object, TAG_OBJECT, name, size)) {
        return false;
    }
    return algorithm.body.left == 0 ||
           (next(&algorithm.body, &parameters) && parameters.tag == TAG_NULL &&
            parameters.body.left == 0 && algorithm.body.left == 0);
}

/* Version 1, of the structure and of its signer. */
static bool is_version(struct der *der)
{
    static const uint8_t version = 1;
    struct element element;
    return next(der, &element) &&
           is_bytes(&element, TAG_INTEGER, &version, sizeof(version));
}

/* ---- Certificate (RFC 5280) ---------------------------------------------- */

struct key {
    struct der modulus; /* without the sign byte */
    uint32_t exponent;
};

struct certificate {
    struct element issuer;
    struct element serial;
    struct key key;
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

static enum pkcs7_verdict read_certificate(struct der der,
                                           struct certificate *certificate)
{
    struct element element;
    if (!enter(&der, TAG_SEQUENCE) || !enter(&der, TAG_SEQUENCE) ||
        !next(&der, &certificate->serial)) {
        return PKCS7_MALFORMED;
    }
    if (certificate->serial.tag == TAG_CONTEXT_0 && /* a version */
        !next(&der, &certificate->serial)) {
        return PKCS7_MALFORMED;
    }
    if (!next(&der, &element) || /* signature algorithm */
        !next(&der, &certificate->issuer) ||
        !next(&der, &element) || /* validity */
        !next(&der, &element) || /* subject */
        !enter(&der, TAG_SEQUENCE) || !next(&der, &element)) {
        return PKCS7_MALFORMED;
    }
    if (!is_algorithm(element, rsa_name, sizeof(rsa_name))) {
        return PKCS7_UNSUPPORTED;
    }
    return expect(&der, TAG_BITS, &element) &&
                   read_key(element.body, &certificate->key)
               ? PKCS7_GOOD
               : PKCS7_MALFORMED;
}

/* ---- Signed data --------------------------------------------------------- */

static void hash(const void *bytes, size_t size, uint8_t digest[SHA256_SIZE])
{
    struct sha256 state;
    sha256_init(&state);
    sha256_add(&state, bytes, size);
    sha256_end(&state, digest);
}

/* True if the attributes name the digest, once. */
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

static bool is_same(const struct element *a, const struct element *b)
{
    return a->whole.left == b->whole.left &&
           memcmp(a->whole.at, b->whole.at, a->whole.left) == 0;
}

/* The issuer and the serial number by which a signer names its certificate. */
static bool names_certificate(struct der names,
                              const struct certificate *certificate)
{
    struct element issuer;
    struct element serial;
    return next(&names, &issuer) && next(&names, &serial) && names.left == 0 &&
           is_same(&issuer, &certificate->issuer) &&
           is_same(&serial, &certificate->serial);
}

/* Nothing, or attributes that are not signed. */
static bool is_end_of_signer(struct der rest)
{
    struct element element;
    return rest.left == 0 ||
           (expect(&rest, TAG_CONTEXT_1, &element) && rest.left == 0);
}

static enum pkcs7_verdict verify_signer(struct der signer,
                                        const uint8_t *content_digest,
                                        const struct certificate *certificate)
{
    const struct key *key = &certificate->key;
    struct element element;
    struct element attributes;
    uint8_t digest[SHA256_SIZE];
    if (!enter_last(&signer, TAG_SEQUENCE) || !is_version(&signer) ||
        !expect(&signer, TAG_SEQUENCE, &element)) {
        return PKCS7_MALFORMED;
    }
    if (!names_certificate(element.body, certificate)) {
        return PKCS7_UNTRUSTED;
    }
    if (!next(&signer, &element) ||
        !is_algorithm(element, sha256_name, sizeof(sha256_name)) ||
        !expect(&signer, TAG_CONTEXT_0, &attributes)) {
        return PKCS7_UNSUPPORTED;
    }
    if (!names_digest(attributes.body, content_digest)) {
        return PKCS7_WRONG_DIGEST;
    }
    if (!next(&signer, &element) ||
        (!is_algorithm(element, rsa_name, sizeof(rsa_name)) &&
         !is_algorithm(element, rsa_sha256_name, sizeof(rsa_sha256_name)))) {
        return PKCS7_UNSUPPORTED;
    }
    if (!expect(&signer, TAG_OCTETS, &element) || !is_end_of_signer(signer)) {
        return PKCS7_MALFORMED;
    }
    hash_attributes(&attributes.whole, digest);
    return element.body.left == key->modulus.left &&
                   rsa_verify(key->modulus.at, key->modulus.left, key->exponent,
                              element.body.at, digest)
               ? PKCS7_GOOD
               : PKCS7_WRONG_SIGNATURE;
}

/* The trusted one among the certificates that are included. */
static enum pkcs7_verdict find_certificate(struct der certificates,
                                           const uint8_t trusted[SHA256_SIZE],
                                           struct der *certificate)
{
    enum pkcs7_verdict verdict = PKCS7_UNTRUSTED;
    while (certificates.left != 0) {
        struct element element;
        uint8_t found[SHA256_SIZE];
        if (!expect(&certificates, TAG_SEQUENCE, &element)) {
            return PKCS7_MALFORMED;
        }
        hash(element.whole.at, element.whole.left, found);
        if (memcmp(found, trusted, sizeof(found)) == 0) {
            *certificate = element.whole;
            verdict = PKCS7_GOOD;
        }
    }
    return verdict;
}

/* Checks what the structure says of itself, up to the certificates. */
static enum pkcs7_verdict enter_signed_data(struct der *content)
{
    struct element element;
    struct element digest;
    if (!enter_last(content, TAG_SEQUENCE) || !next(content, &element) ||
        !is_bytes(&element, TAG_OBJECT, signed_data, sizeof(signed_data)) ||
        !enter_last(content, TAG_CONTEXT_0) ||
        !enter_last(content, TAG_SEQUENCE) || !is_version(content) ||
        !expect(content, TAG_SET, &element)) {
        return PKCS7_MALFORMED;
    }
    if (!next(&element.body, &digest) || element.body.left != 0 ||
        !is_algorithm(digest, sha256_name, sizeof(sha256_name))) {
        return PKCS7_UNSUPPORTED;
    }
    return expect(content, TAG_SEQUENCE, &element) &&
                   enter_last(&element.body, TAG_OBJECT) &&
                   element.body.left == sizeof(data) &&
                   memcmp(element.body.at, data, sizeof(data)) == 0
               ? PKCS7_GOOD
               : PKCS7_MALFORMED;
}

enum pkcs7_verdict pkcs7_verify(const uint8_t *der, size_t size,
                                const uint8_t digest[32],
                                const uint8_t trusted[32])
{
    struct der content = {der, size};
    struct der found;
    struct element certificates;
    struct element signers;
    struct certificate certificate;
    enum pkcs7_verdict verdict = enter_signed_data(&content);
    if (verdict != PKCS7_GOOD) {
        return verdict;
    }
    if (!expect(&content, TAG_CONTEXT_0, &certificates) ||
        !next(&content, &signers)) {
        return PKCS7_MALFORMED;
    }
    if (signers.tag == TAG_CONTEXT_1 && !next(&content, &signers)) {
        return PKCS7_MALFORMED; /* revocation lists are passed over */
    }
    if (signers.tag != TAG_SET || content.left != 0) {
        return PKCS7_MALFORMED;
    }
    verdict = find_certificate(certificates.body, trusted, &found);
    if (verdict == PKCS7_GOOD) {
        verdict = read_certificate(found, &certificate);
    }
    return verdict == PKCS7_GOOD
               ? verify_signer(signers.body, digest, &certificate)
               : verdict;
}
