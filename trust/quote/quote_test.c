/* SPDX-License-Identifier: Apache-2.0 */
/* A part made by OpenSSL: what it says holds, and nothing that was changed
 * does. */
#include "tests/issuer.h"
#include "trust/quote/quote.h"

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <string.h>

#include "abi/caliptra2_runtime.h"
#include "abi/caliptra_mailbox.h"
#include "abi/caliptra_runtime.h"
#include "base/bits.h"
#include "crypto/ecdsa_p384.h"
#include "crypto/sha2.h"
#include "tests/harness.h"
#include "trust/keys/idevid_issuer.h"

/* 2026-11-21 */
#define NOW 1795219200

/* ---- A part -------------------------------------------------------------- */

struct part {
    EVP_PKEY *keys[QUOTE_LAYERS + 1]; /* the last is the root's */
    X509 *certificates[QUOTE_LAYERS + 1];
    struct quote quote;
    struct buffer roots;
    struct quote_wanted wanted;
    uint8_t nonce[QUOTE_NONCE_SIZE];
};

static const char *const names[QUOTE_LAYERS + 1] = {
    "Test Rt Alias", "Test FMC Alias", "Test LDevID", "Test IDevID", "a root"};

static X509 *certify(const struct part *part, int subject, int issuer,
                     const char *name, const char *until)
{
    X509 *certificate = X509_new();
    X509 *above = issuer == subject ? certificate : part->certificates[issuer];
    X509_set_version(certificate, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), subject + 1);
    ASN1_TIME_set_string(X509_getm_notBefore(certificate), "20230101000000Z");
    ASN1_TIME_set_string(X509_getm_notAfter(certificate), until);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN",
                               MBSTRING_ASC, (const uint8_t *)name, -1, -1, 0);
    X509_set_issuer_name(certificate, X509_get_subject_name(above));
    X509_set_pubkey(certificate, part->keys[subject]);
    issuer_extend(certificate, above, NID_basic_constraints,
                  "critical,CA:TRUE");
    issuer_extend(certificate, above, NID_key_usage, "critical,keyCertSign");
    issuer_extend(certificate, above, NID_subject_key_identifier, "hash");
    if (issuer != subject) {
        issuer_extend(certificate, above, NID_authority_key_identifier,
                      "keyid:always");
    }
    EXPECT(X509_sign(certificate, part->keys[issuer], EVP_sha384()) > 0);
    return certificate;
}

static void take_der(X509 *certificate, struct buffer *out)
{
    uint8_t *der = NULL;
    int size = i2d_X509(certificate, &der);
    buffer_clear(out);
    buffer_append(out, der, (size_t)size);
    OPENSSL_free(der);
}

/* Puts another certificate into the place of a layer. */
static void replace(struct part *part, int layer, X509 *certificate)
{
    X509_free(part->certificates[layer]);
    part->certificates[layer] = certificate;
    take_der(certificate, &part->quote.certificates[layer]);
}

static struct caliptra_quote_response *response(struct part *part)
{
    return (void *)part->quote.response.bytes;
}

static void sum_up(struct part *part)
{
    struct buffer *bytes = &part->quote.response;
    store_le32(bytes->bytes,
               caliptra_checksum(0, bytes->bytes + 4, bytes->size - 4));
}

/* Signs PCRs and nonce, with the key of a layer. */
static void sign(struct part *part, int layer)
{
    struct caliptra_quote_response *quote = response(part);
    uint8_t der[128];
    size_t size = sizeof(der);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    size_t signed_size = sizeof(quote->pcrs) + sizeof(quote->nonce);
    EVP_DigestSignInit(context, NULL, EVP_sha384(), NULL, part->keys[layer]);
    EXPECT_EQ(EVP_DigestSign(context, der, &size, (const uint8_t *)quote->pcrs,
                             signed_size),
              1);
    EVP_MD_CTX_free(context);
    const uint8_t *at = der;
    ECDSA_SIG *numbers = d2i_ECDSA_SIG(NULL, &at, (long)size);
    BN_bn2binpad(ECDSA_SIG_get0_r(numbers), quote->r, 48);
    BN_bn2binpad(ECDSA_SIG_get0_s(numbers), quote->s, 48);
    ECDSA_SIG_free(numbers);
    sha384(quote->pcrs, signed_size, quote->digest);
    sum_up(part);
}

static void make_quote(struct part *part)
{
    buffer_append_zeros(&part->quote.response,
                        sizeof(struct caliptra_quote_response));
    struct caliptra_quote_response *quote = response(part);
    for (unsigned i = 0; i < QUOTE_PCRS; i++) {
        memset(quote->pcrs[i], i < 4 ? (int)(0x10 + i) : 0, QUOTE_DIGEST_SIZE);
        part->wanted.pcrs[i].is_known = i < 4;
        memcpy(part->wanted.pcrs[i].value, quote->pcrs[i], QUOTE_DIGEST_SIZE);
    }
    for (unsigned i = 0; i < QUOTE_NONCE_SIZE; i++) {
        part->nonce[i] = quote->nonce[i] = (uint8_t)(7 * i + 1);
    }
    sign(part, QUOTE_FMC_ALIAS);
}

static void part_init(struct part *part)
{
    *part = (struct part){.wanted.time = NOW};
    for (int i = QUOTE_LAYERS; i >= 0; i--) {
        part->keys[i] = EVP_EC_gen("P-384");
        part->certificates[i] = certify(part, i, i < QUOTE_LAYERS ? i + 1 : i,
                                        names[i], "99991231235959Z");
        if (i < QUOTE_LAYERS) {
            take_der(part->certificates[i], &part->quote.certificates[i]);
        }
    }
    BIO *bio = BIO_new(BIO_s_mem());
    char *text = NULL;
    PEM_write_bio_X509(bio, part->certificates[QUOTE_LAYERS]);
    long size = BIO_get_mem_data(bio, &text);
    buffer_append(&part->roots, text, (size_t)size);
    BIO_free(bio);
    make_quote(part);
    part->wanted.roots = part->roots.bytes;
    part->wanted.roots_size = part->roots.size;
    part->wanted.nonce = part->nonce;
}

static void part_fini(struct part *part)
{
    for (int i = 0; i <= QUOTE_LAYERS; i++) {
        EVP_PKEY_free(part->keys[i]);
        X509_free(part->certificates[i]);
    }
    quote_fini(&part->quote);
    buffer_fini(&part->roots);
}

static bool is_trusted(const struct part *part)
{
    struct verdict verdict = {0};
    quote_verify(&part->quote, &part->wanted, &verdict);
    bool holds = verdict_decide(&verdict) == VERDICT_IS_TRUSTED;
    verdict_fini(&verdict);
    return holds;
}

/* The first check that refused is this one, with these words. */
static void expect_refused(const struct part *part, const char *check,
                           const char *words)
{
    OWNED(verdict_fini) struct verdict verdict = {0};
    unsigned i = 0;
    quote_verify(&part->quote, &part->wanted, &verdict);
    EXPECT_EQ(verdict_decide(&verdict), VERDICT_IS_REFUSED);
    while (i < verdict.count && verdict.checks[i].result != VERDICT_REFUSED) {
        i++;
    }
    if (EXPECT(i < verdict.count)) {
        EXPECT_STR(verdict.checks[i].name, check);
        if (!EXPECT(strstr(verdict.checks[i].text, words) != NULL)) {
            EXPECT_STR(verdict.checks[i].text, words);
        }
    }
}

/* ---- What holds ---------------------------------------------------------- */

FIXTURE(struct part, part, part_fini)
FIXTURE_BEGIN(part, part_init(part))

TEST_ON(a_good_quote_is_trusted_and_what_is_signed_is_proven, part)
{
    OWNED(verdict_fini) struct verdict verdict = {0};
    quote_verify(&part->quote, &part->wanted, &verdict);
    EXPECT_EQ(verdict_decide(&verdict), VERDICT_IS_TRUSTED);
    REQUIRE(verdict.count == 1 + QUOTE_LAYERS + 1 + 5 + 4 + 1);
    for (unsigned i = 0; i < verdict.count - 1; i++) {
        EXPECT_EQ(verdict.checks[i].result, VERDICT_PROVEN);
    }
    EXPECT_STR(verdict.checks[verdict.count - 1].name, "not covered");
    EXPECT_EQ(verdict.checks[verdict.count - 1].result, VERDICT_OPEN);
}

/* From the form of 1.x into that of 2.x: other places, another digest. */
static void turn_into_2(struct part *part)
{
    struct caliptra_quote_response old = *response(part);
    struct caliptra2_quote_response *quote = (void *)part->quote.response.bytes;
    size_t signed_size = sizeof(old.pcrs) + sizeof(old.nonce);
    struct ecdsa_p384_signature signature;
    struct ecdsa_p384_key key;
    uint8_t digest[64];
    uint8_t *point = NULL;
    BIGNUM *number = NULL;
    EVP_PKEY_get_bn_param(part->keys[QUOTE_FMC_ALIAS], "priv", &number);
    BN_bn2binpad(number, key.d, sizeof(key.d));
    EXPECT_EQ(
        EVP_PKEY_get1_encoded_public_key(part->keys[QUOTE_FMC_ALIAS], &point),
        97);
    memcpy(key.x, point + 1, 48);
    memcpy(key.y, point + 49, 48);
    sha512(old.pcrs, signed_size, digest);
    EXPECT_EQ(ecdsa_p384_sign(&key, digest, &signature), 0);
    memcpy(quote->resets, old.resets, sizeof(old.resets));
    memcpy(quote->digest, digest, sizeof(quote->digest));
    memcpy(quote->r, signature.r, 48);
    memcpy(quote->s, signature.s, 48);
    part->quote.form = QUOTE_FORM_2;
    sum_up(part);
    OPENSSL_free(point);
    BN_free(number);
}

TEST_ON(a_quote_of_generation_2_has_its_own_form, part)
{
    struct quote again;
    OWNED(buffer_fini) struct buffer text = {0};
    struct error error = {""};
    turn_into_2(part);
    quote_print(&part->quote, &text);
    EXPECT(strstr(buffer_text(&text), "BEGIN CALIPTRA 2 PCR QUOTE") != NULL);
    EXPECT_EQ(quote_read(&again, text.bytes, text.size, &error), 0);
    for (int form = QUOTE_FORM_2; form >= QUOTE_FORM_1; form--) {
        OWNED(verdict_fini) struct verdict verdict = {0};
        EXPECT(again.form >= (enum quote_form)form);
        again.form = (enum quote_form)form;
        quote_verify(&again, &part->wanted, &verdict);
        EXPECT_EQ(verdict_decide(&verdict) == VERDICT_IS_TRUSTED,
                  form == QUOTE_FORM_2);
    }
    quote_fini(&again);
}

TEST_ON(what_was_not_given_is_undecided_or_open, part)
{
    OWNED(verdict_fini) struct verdict verdict = {0};
    OWNED(buffer_fini) struct buffer out = {0};
    part->wanted.nonce = NULL;
    for (unsigned i = 0; i < QUOTE_PCRS; i++) {
        part->wanted.pcrs[i].is_known = false;
    }
    quote_verify(&part->quote, &part->wanted, &verdict);
    EXPECT_EQ(verdict_decide(&verdict), VERDICT_IS_UNDECIDED);
    quote_explain(&part->quote, &verdict, "file", &out);
    EXPECT(strstr(buffer_text(&out),
                  "file: undecided: 10 proven, 0 refused, 1 undecided, 2 "
                  "open\n") == buffer_text(&out));
    EXPECT(strstr(buffer_text(&out), "may be a replayed one") != NULL);
    EXPECT(strstr(buffer_text(&out), "the firmware is not checked") != NULL);
}

TEST_ON(the_file_holds_all_of_it, part)
{
    struct quote again;
    OWNED(buffer_fini) struct buffer text = {0};
    struct error error = {""};
    buffer_print(&text, "words before\n");
    quote_print(&part->quote, &text);
    buffer_print(&text, "words behind\n");
    EXPECT_EQ(quote_read(&again, text.bytes, text.size, &error), 0);
    EXPECT_STR(error.text, "");
    for (int i = 0; i < QUOTE_LAYERS; i++) {
        EXPECT_EQ(again.certificates[i].size, part->quote.certificates[i].size);
        EXPECT_BYTES(again.certificates[i].bytes,
                     part->quote.certificates[i].bytes,
                     again.certificates[i].size);
    }
    EXPECT_EQ(again.response.size, part->quote.response.size);
    EXPECT_BYTES(again.response.bytes, part->quote.response.bytes,
                 again.response.size);
    quote_fini(&again);
}

/* ---- The quote, field by field ------------------------------------------- */

/* Each field by itself, with a matching checksum, as an attacker would make
 * it. */
TEST(every_field_of_the_quote_is_refused_with_words_of_its_own_when_spoilt)
{
#define FIELD(name) offsetof(struct caliptra_quote_response, name)
    static const struct {
        const char *field;
        size_t offset;
        bool fits;
        const char *check;
        const char *words;
    } rows[] = {
        {"checksum",     0,                     false, "quote checksum",  "is 0x"                    },
        {"checksum of",  FIELD(pcrs[9]),        false, "quote checksum",  "expected 0x"              },
        {"FIPS status",  4,                     true,  "FIPS status",     "is 0x00000001, expected 0"},
        {"PCR 0",        FIELD(pcrs[0]),        true,  "quote digest",
         "of PCRs and nonce it is"                                                                   },
        {"PCR 31's end", FIELD(pcrs[31]) + 47,  true,  "quote digest",
         "of PCRs and nonce it is"                                                                   },
        {"nonce",        FIELD(nonce),          true,  "quote digest",
         "of PCRs and nonce it is"                                                                   },
        {"nonce's end",  FIELD(nonce) + 31,     true,  "quote digest",
         "of PCRs and nonce it is"                                                                   },
        {"digest",       FIELD(digest),         true,  "quote digest",
         "of PCRs and nonce it is"                                                                   },
        {"resets of 0",  FIELD(resets[0]),      true,  "PCR 0 resets",
         "are 1, expected 0"                                                                         },
        {"resets of 31", FIELD(resets[31]) + 3, true,  "PCR 31 resets",
         "are 16777216, expected 0"                                                                  },
        {"r",            FIELD(r) + 47,         true,  "quote signature",
         "by the key of the FMC alias"                                                               },
        {"s",            FIELD(s) + 47,         true,  "quote signature",
         "by the key of the FMC alias"                                                               },
    };
#undef FIELD
    OWNED(part_fini) struct part part;
    part_init(&part);
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        uint8_t *byte = &part.quote.response.bytes[rows[i].offset];
        test_case("%s", rows[i].field);
        *byte ^= 1;
        if (rows[i].fits) {
            sum_up(&part);
        }
        expect_refused(&part, rows[i].check, rows[i].words);
        *byte ^= 1;
        sum_up(&part);
        EXPECT(is_trusted(&part));
    }
}

TEST_ON(every_byte_of_the_quote_counts, part)
{
    for (size_t i = 0; i < part->quote.response.size; i += 13) {
        uint8_t *byte = &part->quote.response.bytes[i];
        test_case("byte %zu", i);
        *byte ^= 0x10;
        if (i >= 4) {
            sum_up(part);
        }
        EXPECT(!is_trusted(part));
        *byte ^= 0x10;
        sum_up(part);
    }
    EXPECT(is_trusted(part));
}

/* Digest and checksum made to fit what was changed: the signature is left. */
TEST_ON(a_forged_pcr_fails_at_the_signature, part)
{
    struct caliptra_quote_response *quote;
    quote = response(part);
    quote->pcrs[2][5] ^= 1;
    sha384(quote->pcrs, sizeof(quote->pcrs) + sizeof(quote->nonce),
           quote->digest);
    sum_up(part);
    expect_refused(part, "quote signature", "is not one of these PCRs");
}

TEST_ON(a_quote_signed_by_another_layer_is_refused, part)
{
    for (int i = 0; i <= QUOTE_LAYERS; i++) {
        if (i != QUOTE_FMC_ALIAS) {
            test_case("%s", names[i]);
            sign(part, i);
            expect_refused(part, "quote signature", "FMC alias");
        }
    }
}

TEST_ON(a_quote_of_another_size_is_refused, part)
{
    part->quote.response.size -= 4;
    expect_refused(part, "quote", "block 5: is 1844 bytes, expected 1848");
    part->quote.response.size = 0;
    expect_refused(part, "quote", "block 5: is 0 bytes, expected 1848");
}

TEST_ON(what_was_expected_is_named_beside_what_was_met, part)
{
    part->wanted.pcrs[3].value[0] = 0xee;
    expect_refused(part, "PCR 3", "is 1313131313");
    expect_refused(part, "PCR 3", "expected ee13131313");
    part->wanted.pcrs[3].is_known = false;
    part->nonce[0] = 0xee;
    expect_refused(part, "nonce", "expected ee08");
    part->nonce[0] = 1;
    response(part)->resets[4] = 2;
    sum_up(part);
    expect_refused(part, "PCR 4 resets", "are 2, expected 0");
    part->wanted.pcrs[4].resets = 2;
    part->wanted.pcrs[4].resets_known = true;
    EXPECT(is_trusted(part));
}

/* ---- Certificates -------------------------------------------------------- */

TEST_ON(every_byte_of_a_certificate_counts, part)
{
    for (int layer = 0; layer < QUOTE_LAYERS; layer++) {
        struct buffer *der = &part->quote.certificates[layer];
        for (size_t i = 0; i < der->size; i += i < 40 ? 1 : 17) {
            test_case("%s, byte %zu", names[layer], i);
            der->bytes[i] ^= 1;
            EXPECT(!is_trusted(part));
            der->bytes[i] ^= 1;
        }
    }
    EXPECT(is_trusted(part));
}

TEST_ON(each_certificate_is_refused_by_its_name, part)
{
    static const char *const checks[QUOTE_LAYERS] = {
        "runtime alias certificate", "FMC alias certificate",
        "LDevID certificate", "IDevID certificate"};
    for (int layer = 0; layer < QUOTE_LAYERS; layer++) {
        struct buffer *der = &part->quote.certificates[layer];
        size_t size = der->size;
        test_case("%s", names[layer]);
        der->bytes[size - 1] ^= 1;
        expect_refused(part, checks[layer],
                       "its signature is not by the issuer's key");
        der->bytes[size - 1] ^= 1;
        der->size = size - 1;
        expect_refused(part, checks[layer], "bytes: ");
        der->size = 0;
        expect_refused(part, checks[layer], "0 bytes: ");
        take_der(part->certificates[layer], der);
        buffer_append(der, "", 1);
        expect_refused(part, checks[layer], "its bytes are not DER");
        take_der(part->certificates[layer], der);
        EXPECT(is_trusted(part));
    }
}

TEST_ON(a_certificate_in_the_place_of_another_is_refused, part)
{
    take_der(part->certificates[QUOTE_LDEVID],
             &part->quote.certificates[QUOTE_FMC_ALIAS]);
    expect_refused(part, "FMC alias certificate",
                   "block 2 is that of 'Test LDevID'");
}

FIXTURE(struct part, other, part_fini)

TEST_BEGINS(another_part_s_certificate_is_refused, other)
{
    OWNED(part_fini) struct part part;
    part_init(&part);
    part_init(other);
    take_der(other->certificates[QUOTE_FMC_ALIAS],
             &part.quote.certificates[QUOTE_FMC_ALIAS]);
    expect_refused(&part, "FMC alias certificate",
                   "authority and subject key identifier mismatch");
}

TEST_BEGINS(another_manufacturer_s_part_is_refused, other)
{
    OWNED(part_fini) struct part part;
    part_init(&part);
    part_init(other);
    part.wanted.roots = other->roots.bytes;
    part.wanted.roots_size = other->roots.size;
    expect_refused(&part, "IDevID certificate",
                   "its issuer is not one of the roots");
    test_case("among two roots it is found");
    buffer_append(&other->roots, part.roots.bytes, part.roots.size);
    part.wanted.roots = other->roots.bytes;
    part.wanted.roots_size = other->roots.size;
    EXPECT(is_trusted(&part));
}

TEST_ON(roots_that_are_none_are_refused, part)
{
    part->wanted.roots_size = 0;
    expect_refused(part, "root", "certificate 1: is missing");
    part->wanted.roots_size = part->roots.size - 40;
    expect_refused(part, "root", "certificate 1: ");
}

TEST_ON(certificates_have_their_time, part)
{
    part->wanted.time = 1600000000;
    expect_refused(part, "IDevID certificate", "it is not valid yet");
    part->wanted.time = NOW;
    replace(part, QUOTE_RT_ALIAS,
            certify(part, QUOTE_RT_ALIAS, QUOTE_FMC_ALIAS, "Test Rt Alias",
                    "20240101000000Z"));
    expect_refused(part, "runtime alias certificate", "its validity has ended");
    part->wanted.time = 1680000000;
    EXPECT(is_trusted(part));
}

TEST_ON(keys_on_other_curves_are_refused, part)
{
    EVP_PKEY_free(part->keys[QUOTE_RT_ALIAS]);
    part->keys[QUOTE_RT_ALIAS] = EVP_EC_gen("P-256");
    replace(part, QUOTE_RT_ALIAS,
            certify(part, QUOTE_RT_ALIAS, QUOTE_FMC_ALIAS, "Test Rt Alias",
                    "99991231235959Z"));
    expect_refused(part, "runtime alias certificate",
                   "its key is not a P-384 key");
}

/* The runtime's key may certify others; what it certifies is no FMC. */
TEST_ON(a_chain_grown_from_the_runtime_s_key_is_refused, part)
{
    X509 *forged = certify(part, QUOTE_FMC_ALIAS, QUOTE_RT_ALIAS,
                           "Test FMC Alias", "99991231235959Z");
    replace(part, QUOTE_FMC_ALIAS, forged);
    expect_refused(part, "FMC alias certificate", "mismatch");
}

/* ---- The file's form ----------------------------------------------------- */

static void expect_unread(struct buffer *text, const char *words)
{
    struct quote quote;
    struct error error = {""};
    EXPECT_EQ(quote_read(&quote, text->bytes, text->size, &error), -EINVAL);
    EXPECT_STR(error.text, words);
    EXPECT_EQ(quote.response.size, 0);
}

TEST_ON(a_file_of_another_form_is_refused_at_its_block, part)
{
    OWNED(buffer_fini) struct buffer text = {0};
    expect_unread(&text, "block 1 (runtime alias): is missing");
    quote_print(&part->quote, &text);
    char *second =
        strstr(strstr((char *)text.bytes, "-----BEGIN") + 1, "-----BEGIN");
    test_case("cut");
    text.size = (size_t)(second - (char *)text.bytes);
    expect_unread(&text, "block 2 (FMC alias): is missing");
    test_case("base64");
    buffer_clear(&text);
    quote_print(&part->quote, &text);
    second[60] = '!';
    expect_unread(&text, "block 2 (FMC alias): bad base64 decode");
    test_case("twice");
    buffer_clear(&text);
    quote_print(&part->quote, &text);
    quote_print(&part->quote, &text);
    expect_unread(&text, "block 6: is 'CERTIFICATE', expected no more");
    test_case("another block in its place");
    buffer_clear(&text);
    quote_print(&part->quote, &text);
    second = strstr(strstr((char *)text.bytes, "-----BEGIN") + 1, "-----BEGIN");
    const char *last = strstr(second, "-----BEGIN CALIPTRA");
    REQUIRE(last != NULL);
    memmove(second, last, strlen(last) + 1);
    text.size = strlen((char *)text.bytes);
    expect_unread(&text,
                  "block 2 (FMC alias): is 'CALIPTRA PCR QUOTE', "
                  "expected 'CERTIFICATE'");
    test_case("label");
    buffer_clear(&text);
    quote_print(&part->quote, &text);
    memcpy(strstr((char *)text.bytes, "CALIPTRA PCR"), "caliptra", 8);
    expect_unread(&text, "block 5 (PCR quote): bad end line");
}

TEST_BEGINS(references_are_lines_of_pcrs, part)
{
    static const struct {
        const char *text;
        const char *complaint;
    } rows[] = {
        {"",                 "r: no line 'PCR N VALUE'"},
        {"nothing\n",        "r: no line 'PCR N VALUE'"},
        {"a\n  PCR 32 aa\n", "r:2: expected"           },
        {"PCR 0 aabb\n",     "r:1: expected"           },
        {"PCR x 00\n",       "r:1: expected"           },
        {"PCR -1 00\n",      "r:1: expected"           },
        {"PCR 1\n",          "r:1: expected"           },
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct quote_wanted wanted = {0};
        struct error error = {""};
        test_case("%s", rows[i].text);
        EXPECT_EQ(quote_take_reference(&wanted, "r", rows[i].text,
                                       strlen(rows[i].text), &error),
                  -EINVAL);
        EXPECT(strstr(error.text, rows[i].complaint) == error.text);
    }
    test_case("what is printed is a reference");
    struct quote_wanted wanted = {0};
    OWNED(verdict_fini) struct verdict verdict = {0};
    OWNED(buffer_fini) struct buffer text = {0};
    part_init(part);
    quote_verify(&part->quote, &part->wanted, &verdict);
    quote_explain(&part->quote, &verdict, "file", &text);
    EXPECT_EQ(quote_take_reference(&wanted, "r", text.bytes, text.size, NULL),
              0);
    for (unsigned i = 0; i < QUOTE_PCRS; i++) {
        EXPECT_EQ(wanted.pcrs[i].is_known, i < 4);
        if (i < 4) {
            EXPECT_BYTES(wanted.pcrs[i].value, response(part)->pcrs[i], 48);
        }
    }
    buffer_append(&text, "PCR 1 00", 8);
    EXPECT_EQ(quote_take_reference(&wanted, "r", text.bytes, text.size, NULL),
              -EINVAL);
}

/* ---- The development manufacturer ---------------------------------------- */

TEST_ON(the_development_manufacturer_certifies_the_same_every_time, part)
{
    struct buffer tbs[2] = {{0}};
    struct buffer roots[2] = {{0}};
    struct ecdsa_p384_signature signatures[2];
    uint8_t key[1 + 2 * P384_SIZE];
    size_t size = 0;
    EXPECT_EQ(EVP_PKEY_get_octet_string_param(part->keys[QUOTE_IDEVID], "pub",
                                              key, sizeof(key), &size),
              1);
    for (int i = 0; i < 2; i++) {
        struct idevid_issuer *issuer = idevid_issuer_development();
        struct error error = {""};
        idevid_issuer_print(issuer, &roots[i]);
        EXPECT_EQ(idevid_issuer_certify(
                      issuer, &part->quote.certificates[QUOTE_LDEVID], key + 1,
                      &tbs[i], &signatures[i], &error),
                  0);
        EXPECT_STR(error.text, "");
        idevid_issuer_destroy(issuer);
    }
    REQUIRE(tbs[0].size > 0 && tbs[0].size == tbs[1].size);
    EXPECT(tbs[0].size <= CALIPTRA_IDEVID_TBS_MAX);
    EXPECT_BYTES(tbs[0].bytes, tbs[1].bytes, tbs[0].size);
    EXPECT_STR(buffer_text(&roots[0]), buffer_text(&roots[1]));
    EXPECT_BYTES(&signatures[0], &signatures[1], sizeof(signatures[0]));
    for (int i = 0; i < 2; i++) {
        buffer_fini(&tbs[i]);
        buffer_fini(&roots[i]);
    }
}

TEST_ON(manufacturers_without_a_key_of_their_own_are_refused, part)
{
    struct error error = {""};
    OWNED(buffer_fini) struct buffer text = {0};
    EXPECT(idevid_issuer_read("ca", part->roots.bytes, part->roots.size, NULL,
                              &error) == NULL);
    EXPECT_STR(error.text, "'ca': no key in PEM");
    BIO *bio = BIO_new(BIO_s_mem());
    char *key = NULL;
    PEM_write_bio_PrivateKey(bio, part->keys[0], NULL, NULL, 0, NULL, NULL);
    long size = BIO_get_mem_data(bio, &key);
    buffer_append(&text, key, (size_t)size);
    BIO_free(bio);
    error_clear(&error);
    EXPECT(idevid_issuer_read("ca", text.bytes, text.size, NULL, &error) ==
           NULL);
    EXPECT_STR(error.text, "'ca' has no certificate in PEM");
    buffer_append(&text, part->roots.bytes, part->roots.size);
    error_clear(&error);
    EXPECT(idevid_issuer_read("ca", text.bytes, text.size, NULL, &error) ==
           NULL);
    EXPECT_STR(error.text,
               "'ca': certificate and private key are of "
               "different keys");
}

/* ---- For people ---------------------------------------------------------- */

/* Keys and signatures are others at every run: the verdict is made up. */
TEST_ON(explanations_are_as_approved, part)
{
    OWNED(verdict_fini) struct verdict verdict = {0};
    OWNED(buffer_fini) struct buffer out = {0};
    response(part)->resets[7] = 3;
    for (unsigned i = 0; i < 4; i++) {
        char name[16];
        snprintf(name, sizeof(name), "check %u", i);
        verdict_add(&verdict, (enum verdict_result)i, name,
                    "what it \"says\" %u", i);
    }
    for (int i = 0; i < 3; i++) {
        quote_explain(&part->quote, &verdict, "a file", &out);
        buffer_print(&out, "\n");
        quote_explain_json(&part->quote, &verdict, "a file", &out);
        buffer_print(&out, "\n");
        verdict.checks[VERDICT_REFUSED].result = VERDICT_PROVEN;
        part->quote.response.size -= i == 1 ? 4 : 0; /* then unreadable */
    }
    EXPECT_APPROVED(buffer_text(&out), "quote.txt");
}
