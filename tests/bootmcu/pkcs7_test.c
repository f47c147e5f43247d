/* SPDX-License-Identifier: Apache-2.0 */
/* The kit's SHA-256, RSA and PKCS #7, against libcrypto and U-Boot's tool. */
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pkcs7.h>
#include <openssl/rsa.h>
#include <openssl/sha.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "guest/kit/pkcs7/pkcs7.h"
#include "guest/kit/rsa/rsa.h"
#include "guest/kit/sha256/sha256.h"
#include "tests/capsule_signer.h"
#include "tests/harness.h"
#include "trust/capsule/capsule.h"

TEST(sha_256_is_libcryptos_at_every_length)
{
    uint8_t bytes[300];
    for (size_t i = 0; i < sizeof(bytes); i++) {
        bytes[i] = (uint8_t)(i * 7 + 3);
    }
    for (size_t size = 0; size <= sizeof(bytes); size++) {
        uint8_t wanted[SHA256_SIZE];
        uint8_t digest[SHA256_SIZE];
        struct sha256 hash;
        test_case("%zu bytes", size);
        SHA256(bytes, size, wanted);
        sha256_init(&hash);
        sha256_add(&hash, bytes, size / 3);
        sha256_add(&hash, bytes + size / 3, size - size / 3);
        sha256_end(&hash, digest);
        EXPECT_BYTES(digest, wanted, sizeof(wanted));
    }
}

/* ---- RSA ----------------------------------------------------------------- */

struct signed_digest {
    uint8_t modulus[512];
    uint8_t signature[512];
    uint8_t digest[32];
    size_t size;
};

static EVP_PKEY *make_key(unsigned bits)
{
    EVP_PKEY *key = EVP_RSA_gen(bits);
    EXPECT(key != NULL);
    return key;
}

static void sign(EVP_PKEY *key, struct signed_digest *out)
{
    BIGNUM *modulus = NULL;
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(key, NULL);
    size_t size = sizeof(out->signature);
    SHA256((const uint8_t *)"message", 7, out->digest);
    EXPECT_EQ(EVP_PKEY_sign_init(context), 1);
    EXPECT_EQ(EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING), 1);
    EXPECT_EQ(EVP_PKEY_CTX_set_signature_md(context, EVP_sha256()), 1);
    EXPECT_EQ(EVP_PKEY_sign(context, out->signature, &size, out->digest, 32),
              1);
    EXPECT_EQ(EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_N, &modulus), 1);
    out->size = size;
    EXPECT_EQ(BN_bn2binpad(modulus, out->modulus, (int)size), size);
    BN_free(modulus);
    EVP_PKEY_CTX_free(context);
}

static bool verify(const struct signed_digest *s)
{
    return rsa_verify(s->modulus, s->size, 65537, s->signature, s->digest);
}

TEST(rsa_takes_libcryptos_signatures_and_no_changed_ones)
{
    static const unsigned sizes[] = {2048, 3072, 4096};
    for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
        struct signed_digest s;
        EVP_PKEY *key = make_key(sizes[i]);
        test_case("%u bits", sizes[i]);
        sign(key, &s);
        EXPECT_EQ(s.size * 8, sizes[i]);
        EXPECT(verify(&s));
        EXPECT(!rsa_verify(s.modulus, s.size, 3, s.signature, s.digest));
        s.digest[31] ^= 1;
        EXPECT(!verify(&s));
        s.digest[31] ^= 1;
        for (size_t byte = 0; byte < s.size; byte += 37) {
            s.signature[byte] ^= 0x20;
            EXPECT(!verify(&s));
            s.signature[byte] ^= 0x20;
            s.modulus[byte] ^= 0x20;
            EXPECT(!verify(&s));
            s.modulus[byte] ^= 0x20;
        }
        EXPECT(verify(&s));
        EVP_PKEY_free(key);
    }
}

TEST(rsa_refuses_numbers_that_are_out_of_range)
{
    struct signed_digest s;
    EVP_PKEY *key = make_key(2048);
    sign(key, &s);
    EXPECT(!rsa_verify(s.modulus, 128, 65537, s.signature, s.digest));
    EXPECT(!rsa_verify(s.modulus, 255, 65537, s.signature, s.digest));
    EXPECT(!rsa_verify(s.modulus, 516, 65537, s.signature, s.digest));
    EXPECT(!rsa_verify(s.modulus, s.size, 0, s.signature, s.digest));
    EXPECT(!rsa_verify(s.modulus, s.size, 1, s.signature, s.digest));
    memcpy(s.signature, s.modulus, s.size);
    EXPECT(!verify(&s));
    EVP_PKEY_free(key);
}

/* ---- PKCS #7 ------------------------------------------------------------- */

struct capsule_parts {
    struct buffer bytes;
    struct capsule capsule;
    struct test_signer signer;
    uint8_t trusted[32];
    uint8_t digest[32];
};

/* the payload, then the count */
static const uint8_t content[] = {'p', 'a', 'y', 'l', 'o', 'a', 'd', 5,
                                  0,   0,   0,   0,   0,   0,   0};

/* One for all: they take a while to find. */
static EVP_PKEY *signing_key(void)
{
    static EVP_PKEY *key;
    key = key != NULL ? key : make_key(2048);
    return key;
}

static void make(struct capsule_parts *parts, EVP_PKEY *key)
{
    struct error error = {""};
    *parts = (struct capsule_parts){0};
    test_signer_make(&parts->signer, key);
    memcpy(parts->trusted, parts->signer.certificate, sizeof(parts->trusted));
    struct capsule_pack pack = {
        .image_index = 1,
        .image = "payload",
        .image_size = 7,
        .signer = parts->signer.signer,
        .monotonic_count = 5,
    };
    EXPECT_EQ(capsule_write(&pack, &parts->bytes, &error), 0);
    EXPECT_STR(error.text, "");
    EXPECT_EQ(capsule_read(&parts->capsule, parts->bytes.bytes,
                           parts->bytes.size, &error),
              0);
    SHA256(content, sizeof(content), parts->digest);
    capsule_signer_destroy(parts->signer.signer);
}

static enum pkcs7_verdict check(const struct capsule_parts *parts)
{
    const struct capsule_item *item = &parts->capsule.items[0];
    return pkcs7_verify(item->pkcs7, item->pkcs7_size, parts->digest,
                        parts->trusted);
}

TEST(a_capsules_signature_is_judged_by_kind)
{
    struct capsule_parts parts;
    EVP_PKEY *key = signing_key();
    make(&parts, key);
    EXPECT_EQ(check(&parts), PKCS7_GOOD);
    parts.digest[0] ^= 1;
    EXPECT_EQ(check(&parts), PKCS7_WRONG_DIGEST);
    parts.digest[0] ^= 1;
    parts.trusted[5] ^= 1;
    EXPECT_EQ(check(&parts), PKCS7_UNTRUSTED);
    parts.trusted[5] ^= 1;
    const struct capsule_item *item = &parts.capsule.items[0];
    size_t end =
        (size_t)(item->pkcs7 - parts.bytes.bytes) + item->pkcs7_size - 1;
    parts.bytes.bytes[end] ^= 1;
    EXPECT_EQ(check(&parts), PKCS7_WRONG_SIGNATURE);
    buffer_fini(&parts.bytes);
}

TEST(an_ec_key_is_not_supported)
{
    struct capsule_parts parts;
    EVP_PKEY *key = EVP_EC_gen("P-384");
    make(&parts, key);
    EXPECT_EQ(check(&parts), PKCS7_UNSUPPORTED);
    buffer_fini(&parts.bytes);
    EVP_PKEY_free(key);
}

/* Each byte of the structure changed and each cut. */
TEST(no_changed_or_cut_structure_is_taken_for_another)
{
    struct capsule_parts parts;
    EVP_PKEY *key = signing_key();
    make(&parts, key);
    const struct capsule_item *item = &parts.capsule.items[0];
    uint8_t *copy = malloc(item->pkcs7_size);
    unsigned good = 0;
    for (size_t i = 0; i < item->pkcs7_size; i++) {
        memcpy(copy, item->pkcs7, item->pkcs7_size);
        copy[i] ^= 0x5a;
        good += pkcs7_verify(copy, item->pkcs7_size, parts.digest,
                             parts.trusted) == PKCS7_GOOD;
        uint8_t *cut = malloc(i + 1);
        memcpy(cut, item->pkcs7, i);
        EXPECT(pkcs7_verify(cut, i, parts.digest, parts.trusted) != PKCS7_GOOD);
        free(cut);
    }
    EXPECT_EQ(good, 0);
    free(copy);
    buffer_fini(&parts.bytes);
}

/* ---- The boot MCU and `cairn inspect --verify` judge the same ------------ */

/* The verdict of the device on a structure; that of the host must be the same.
 */
static bool judge(const struct capsule_parts *parts, const uint8_t *der,
                  size_t size)
{
    struct capsule_item item = parts->capsule.items[0];
    struct error error = {""};
    item.pkcs7 = der;
    item.pkcs7_size = size;
    bool device =
        pkcs7_verify(der, size, parts->digest, parts->trusted) == PKCS7_GOOD;
    bool host = capsule_verify(&item, parts->signer.der, parts->signer.der_size,
                               &error) == 0;
    EXPECT_EQ(device, host);
    EXPECT_EQ(host, error.text[0] == '\0');
    return device && host;
}

/* Wholly, where a structure says what it is; of a certificate and a signature
 * it is enough to try some. */
TEST(both_judges_refuse_every_changed_byte)
{
    struct capsule_parts parts;
    EVP_PKEY *key = signing_key();
    make(&parts, key);
    const struct capsule_item *item = &parts.capsule.items[0];
    size_t size = item->pkcs7_size;
    uint8_t *copy = malloc(size);
    memcpy(copy, item->pkcs7, size);
    EXPECT(judge(&parts, copy, size));
    for (size_t i = 0; i < size; i++) {
        bool bulk = (i > 70 && i < parts.signer.der_size) || i + 250 > size;
        const uint8_t changes[] = {0x20, 0x81, copy[i]};
        for (size_t j = 0; j < (bulk ? i % 16 == 0 : ARRAY_SIZE(changes));
             j++) {
            test_case("byte %zu changed by 0x%02x", i, changes[j]);
            copy[i] ^= changes[j];
            EXPECT(changes[j] == 0 || !judge(&parts, copy, size));
            copy[i] ^= changes[j];
        }
    }
    free(copy);
    buffer_fini(&parts.bytes);
}

TEST(both_judges_want_nothing_behind_the_structure)
{
    struct capsule_parts parts;
    EVP_PKEY *key = signing_key();
    make(&parts, key);
    const struct capsule_item *item = &parts.capsule.items[0];
    uint8_t *copy = calloc(1, item->pkcs7_size + 1);
    memcpy(copy, item->pkcs7, item->pkcs7_size);
    EXPECT(!judge(&parts, copy, item->pkcs7_size + 1));
    free(copy);
    buffer_fini(&parts.bytes);
}

/* Other forms in which libcrypto can sign the same content. */
struct variant {
    const char *name;
    const EVP_MD *(*digest)(void);
    int flags;
    bool issued;   /* by a certificate that the trusted one issued */
    bool stranger; /* in front: another's certificate */
    bool twice;    /* another signer besides */
    bool good;
};

static const struct variant variants[] = {
    {"plain",                       EVP_sha256, 0,             false, false, false, true },
    {"another certificate as well", EVP_sha256, 0,             false, true,  false, true },
    {"issued by the trusted",       EVP_sha256, 0,             true,  false, false, false},
    {"two signers",                 EVP_sha256, 0,             false, true,  true,  false},
    {"no attributes",               EVP_sha256, PKCS7_NOATTR,  false, false, false, false},
    {"no certificate",              EVP_sha256, PKCS7_NOCERTS, false, false, false, false},
    {"SHA-512",                     EVP_sha512, 0,             false, false, false, false},
    {"not detached",                EVP_sha256, 0,             false, false, false, false},
};

static X509 *issue(EVP_PKEY *key, const X509 *issuer, EVP_PKEY *issuer_key)
{
    X509 *made = X509_new();
    X509_set_version(made, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(made), 2);
    X509_gmtime_adj(X509_getm_notBefore(made), 0);
    X509_gmtime_adj(X509_getm_notAfter(made), 3600);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(made), "CN", MBSTRING_ASC,
                               (const uint8_t *)"issued", -1, -1, 0);
    X509_set_issuer_name(made, X509_get_subject_name(issuer));
    X509_set_pubkey(made, key);
    EXPECT(X509_sign(made, issuer_key, EVP_sha256()) > 0);
    return made;
}

static uint8_t *sign_variant(const struct variant *variant,
                             const struct capsule_parts *parts, EVP_PKEY *key,
                             EVP_PKEY *other_key, size_t *size)
{
    const uint8_t *der = parts->signer.der;
    X509 *trusted = d2i_X509(NULL, &der, (long)parts->signer.der_size);
    X509 *other = issue(other_key, trusted, key);
    bool attached = strcmp(variant->name, "not detached") == 0;
    int flags = PKCS7_BINARY | PKCS7_PARTIAL | PKCS7_NOSMIMECAP |
                (attached ? 0 : PKCS7_DETACHED);
    BIO *data = BIO_new_mem_buf(content, sizeof(content));
    uint8_t *out = NULL;
    PKCS7 *p7 = PKCS7_sign(NULL, NULL, NULL, NULL, flags);
    if (variant->stranger) {
        EXPECT_EQ(PKCS7_add_certificate(p7, other), 1);
    }
    EXPECT(PKCS7_sign_add_signer(p7, variant->issued ? other : trusted,
                                 variant->issued ? other_key : key,
                                 variant->digest(),
                                 flags | variant->flags) != NULL);
    if (variant->twice) {
        EXPECT(PKCS7_sign_add_signer(p7, other, other_key, EVP_sha256(),
                                     flags | PKCS7_NOCERTS) != NULL);
    }
    EXPECT_EQ(PKCS7_final(p7, data, flags), 1);
    int length = i2d_PKCS7(p7, &out);
    EXPECT(length > 0);
    *size = (size_t)length;
    PKCS7_free(p7);
    BIO_free(data);
    X509_free(other);
    X509_free(trusted);
    return out;
}

TEST(both_judges_take_one_kind_of_signature)
{
    struct capsule_parts parts;
    EVP_PKEY *key = signing_key();
    EVP_PKEY *other = make_key(2048);
    make(&parts, key);
    for (size_t i = 0; i < ARRAY_SIZE(variants); i++) {
        size_t size = 0;
        test_case("%s", variants[i].name);
        uint8_t *der = sign_variant(&variants[i], &parts, key, other, &size);
        EXPECT_EQ(judge(&parts, der, size), variants[i].good);
        OPENSSL_free(der);
    }
    buffer_fini(&parts.bytes);
    EVP_PKEY_free(other);
}
