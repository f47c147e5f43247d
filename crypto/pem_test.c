/* SPDX-License-Identifier: Apache-2.0 */
/* Keys in plain and encrypted, in both forms, and what may be wrong. */
#include "crypto/pem.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <string.h>

#include "base/bits.h"
#include "tests/harness.h"

/* An asker that gives this text, or -EPERM with NULL, and counts. */
struct teller {
    const char *text;
    unsigned asked;
    char name[32];
};

static int tell(void *context, const char *name, char *text,
                struct error *error)
{
    struct teller *teller = context;

    teller->asked++;
    snprintf(teller->name, sizeof(teller->name), "%s", name);
    if (teller->text == NULL) {
        return error_set(error, -EPERM, "nobody knows");
    }
    memcpy(text, teller->text, strlen(teller->text));
    return (int)strlen(teller->text);
}

static EVP_PKEY *key(void)
{
    static EVP_PKEY *made;

    if (made == NULL) {
        made = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-384");
    }
    return made;
}

enum form { PLAIN, PKCS8, TRADITIONAL, PUBLIC, FORMS };

/* The key as a file holds it. */
static void write(enum form form, const char *phrase, struct buffer *file)
{
    BIO *bio = BIO_new(BIO_s_mem());
    char *text = NULL;
    int size = (int)strlen(phrase);
    int done = 0;

    buffer_clear(file);
    if (form == PKCS8 || form == PLAIN) {
        EXPECT(pem_write_key(key(), form == PLAIN ? NULL : phrase,
                             strlen(phrase), file));
        done = 1;
    } else if (form == TRADITIONAL) {
        done = PEM_write_bio_PrivateKey_traditional(
            bio, key(), EVP_aes_128_cbc(), (unsigned char *)(uintptr_t)phrase,
            size, NULL, NULL);
    } else {
        done = PEM_write_bio_PUBKEY(bio, key());
    }
    EXPECT_EQ(done, 1);
    long length = BIO_get_mem_data(bio, &text);
    buffer_append(file, text, (size_t)length);
    BIO_free(bio);
}

TEST(keys_are_read_in_plain_and_by_their_pass_phrase)
{
    static const struct {
        enum form form;
        const char *label;
        unsigned asked;
        bool is_private;
    } rows[] = {
        {PLAIN,       "-----BEGIN PRIVATE KEY-----",           0, true },
        {PKCS8,       "-----BEGIN ENCRYPTED PRIVATE KEY-----", 1, true },
        {TRADITIONAL, "-----BEGIN EC PRIVATE KEY-----",        1, true },
        {PUBLIC,      "-----BEGIN PUBLIC KEY-----",            0, false},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct teller teller = {.text = "open sesame"};
        const struct pass_phrase from = {"key.pem", tell, &teller};
        OWNED(buffer_fini) struct buffer file = {0};
        struct error error = {""};
        bool is_private = !rows[i].is_private;
        test_case("%zu", i);
        write(rows[i].form, "open sesame", &file);
        EXPECT(strstr(buffer_text(&file), rows[i].label) != NULL);
        EVP_PKEY *read =
            pem_read_key(file.bytes, file.size, &from, &is_private, &error);
        EXPECT(read != NULL && EVP_PKEY_eq(read, key()) == 1);
        EXPECT_EQ(is_private, rows[i].is_private);
        EXPECT_EQ(teller.asked, rows[i].asked);
        EXPECT_STR(teller.name, rows[i].asked != 0 ? "key.pem" : "");
        EXPECT_STR(error.text, "");
        EVP_PKEY_free(read);
    }
}

/* Nobody is asked twice about a key. */
TEST(a_key_without_its_pass_phrase_is_refused)
{
    static const struct {
        const char *text; /* told */
        bool is_asked;
        const char *why;
    } rows[] = {
        {NULL,    false, "the private key is encrypted, and there is no pass "},
        {NULL,    true,  "nobody knows"                                       },
        {"wrong", true,  "and the pass phrase does not decrypt it ("          },
        {"",      true,  "and the pass phrase does not decrypt it ("          },
    };
    for (size_t i = 0; i < 2 * ARRAY_SIZE(rows); i++) {
        size_t row = i / 2;
        struct teller teller = {.text = rows[row].text};
        const struct pass_phrase from = {"key.pem", tell, &teller};
        OWNED(buffer_fini) struct buffer file = {0};
        struct buffer der = {0};
        struct error error = {""};
        bool is_private = false;
        test_case("%zu", i);
        write(i % 2 ? PKCS8 : TRADITIONAL, "open sesame", &file);
        EXPECT(pem_read_key(file.bytes, file.size,
                            rows[row].is_asked ? &from : NULL, &is_private,
                            &error) == NULL);
        EXPECT(strstr(error.text, rows[row].why) != NULL);
        EXPECT_EQ(teller.asked, rows[row].is_asked);
        if (i % 2) {
            error_clear(&error);
            EXPECT(pem_read_pkcs8(file.bytes, file.size,
                                  rows[row].is_asked ? &from : NULL, &der,
                                  &error) < 0);
            EXPECT(strstr(error.text, rows[row].why) != NULL);
            EXPECT_EQ(der.size, 0);
        }
    }
}

TEST(what_is_no_key_is_named)
{
    static const char *const files[] = {
        "", "no key", "-----BEGIN PRIVATE KEY-----\nAAAA\n",
        "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n"};
    for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
        struct error error = {""};
        struct error other = {""};
        struct buffer der = {0};
        bool is_private = true;
        test_case("%zu", i);
        EXPECT(pem_read_key(files[i], strlen(files[i]), NULL, &is_private,
                            &error) == NULL);
        EXPECT_STR(error.text, "no key in PEM");
        EXPECT(!is_private);
        EXPECT_EQ(
            pem_read_pkcs8(files[i], strlen(files[i]), NULL, &der, &other),
            -EINVAL);
        EXPECT_STR(other.text, "no key in PEM");
    }
}

/* libcrypto need not know the key's algorithm. */
TEST(the_der_of_a_key_is_that_before_it_was_encrypted)
{
    struct teller teller = {.text = "open sesame"};
    const struct pass_phrase from = {"key.pem", tell, &teller};
    OWNED(buffer_fini) struct buffer file = {0};
    OWNED(buffer_fini) struct buffer plain = {0};
    OWNED(buffer_fini) struct buffer der = {0};
    struct error error = {""};

    write(PLAIN, "", &file);
    EXPECT_EQ(pem_read_pkcs8(file.bytes, file.size, NULL, &plain, &error), 0);
    write(PKCS8, "open sesame", &file);
    EXPECT_EQ(pem_read_pkcs8(file.bytes, file.size, &from, &der, &error), 0);
    EXPECT_STR(error.text, "");
    REQUIRE(plain.size != 0 && plain.size == der.size);
    EXPECT_BYTES(plain.bytes, der.bytes, der.size);
}

/* libcrypto would ask the terminal about such a file. */
TEST(certificates_have_no_pass_phrase)
{
    static const char text[] =
        "-----BEGIN CERTIFICATE-----\n"
        "Proc-Type: 4,ENCRYPTED\n"
        "DEK-Info: AES-128-CBC,"
        "00112233445566778899AABBCCDDEEFF\n\n"
        "AAAAAAAAAAAAAAAAAAAAAA==\n"
        "-----END CERTIFICATE-----\n";
    BIO *bio = BIO_new_mem_buf(text, -1);

    EXPECT(pem_read_certificate(bio) == NULL);
    BIO_free(bio);
}
