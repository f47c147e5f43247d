/* SPDX-License-Identifier: Apache-2.0 */
/* Reads and writes PEM by libcrypto, with answers to its questions. */
#include "crypto/pem.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/x509.h>
#include <string.h>

#include "base/memory.h"

/* One key, and the answer about it: libcrypto may ask twice. */
struct question {
    const struct pass_phrase *from;
    struct error *error;
    bool is_asked;
    int size; /* of the answer; negative: there is none */
    char text[PASS_PHRASE_MAX];
};

static int answer(struct question *question)
{
    const struct pass_phrase *from = question->from;

    if (!question->is_asked) {
        question->is_asked = true;
        question->size = from != NULL && from->ask != NULL
                             ? from->ask(from->context, from->name,
                                         question->text, question->error)
                             : error_set(question->error, -ENOKEY,
                                         "the private key is encrypted, and "
                                         "there is no pass phrase");
    }
    return question->size;
}

/* libcrypto's callback: a length, or -1 for no pass phrase. */
static int give(char *text, int size, int writing, void *context)
{
    struct question *question = context;
    int length = question != NULL ? answer(question) : -1;

    if (length < 0 || length > size) {
        return -1;
    }
    memcpy(text, question->text, (size_t)length);
    return length;
}

/* Says why there is no key, unless the function that was asked for the pass
 * phrase has said it. */
static int explain(const struct question *question)
{
    const char *reason = ERR_reason_error_string(ERR_peek_error());

    if (!question->is_asked) {
        return error_set(question->error, -EINVAL, "no key in PEM");
    }
    return question->size < 0
               ? question->size
               : error_set(question->error, -EACCES,
                           "the private key is encrypted, and the pass phrase "
                           "does not decrypt it (%s)",
                           reason != NULL ? reason : "no reason given");
}

static BIO *open_memory(const void *bytes, size_t size)
{
    BIO *bio = BIO_new_mem_buf(size != 0 ? bytes : "", (int)size);

    if (bio == NULL) {
        memory_exhausted();
    }
    return bio;
}

EVP_PKEY *pem_read_key(const void *bytes, size_t size,
                       const struct pass_phrase *from, bool *is_private,
                       struct error *error)
{
    struct question question = {.from = from, .error = error};
    BIO *bio = open_memory(bytes, size);

    ERR_clear_error();
    EVP_PKEY *key = PEM_read_bio_PrivateKey(bio, NULL, give, &question);
    *is_private = key != NULL;
    if (key == NULL && !question.is_asked) {
        (void)BIO_reset(bio);
        key = PEM_read_bio_PUBKEY(bio, NULL, give, NULL);
    }
    if (key == NULL) {
        explain(&question);
    }
    OPENSSL_cleanse(question.text, sizeof(question.text));
    ERR_clear_error();
    BIO_free(bio);
    return key;
}

/* The DER of an encrypted key in PKCS #8; NULL when it is none, or the answer
 * does not fit. */
static unsigned char *decrypt(const unsigned char *der, long size,
                              struct question *question, int *plain_size)
{
    X509_SIG *encrypted = d2i_X509_SIG(NULL, &der, size);
    PKCS8_PRIV_KEY_INFO *key = NULL;
    unsigned char *plain = NULL;

    if (encrypted != NULL && answer(question) >= 0) {
        key = PKCS8_decrypt(encrypted, question->text, question->size);
    }
    *plain_size = key != NULL ? i2d_PKCS8_PRIV_KEY_INFO(key, &plain) : 0;
    PKCS8_PRIV_KEY_INFO_free(key);
    X509_SIG_free(encrypted);
    return plain;
}

int pem_read_pkcs8(const void *bytes, size_t size,
                   const struct pass_phrase *from, struct buffer *der,
                   struct error *error)
{
    struct question question = {.from = from, .error = error};
    BIO *bio = open_memory(bytes, size);
    char *label = NULL;
    char *header = NULL;
    unsigned char *read = NULL;
    unsigned char *plain = NULL;
    long read_size = 0;
    int plain_size = 0;
    int status = 1;

    ERR_clear_error();
    if (PEM_read_bio(bio, &label, &header, &read, &read_size) != 1) {
        read_size = 0;
    } else if (strcmp(label, PEM_STRING_PKCS8INF) == 0) {
        buffer_append(der, read, (size_t)read_size);
        status = 0;
    } else if (strcmp(label, PEM_STRING_PKCS8) == 0) {
        plain = decrypt(read, read_size, &question, &plain_size);
    }
    if (plain != NULL && plain_size > 0) {
        buffer_append(der, plain, (size_t)plain_size);
        status = 0;
    }
    if (status != 0) {
        status = explain(&question);
    }
    OPENSSL_clear_free(plain, plain_size > 0 ? (size_t)plain_size : 0);
    OPENSSL_clear_free(read, (size_t)read_size);
    OPENSSL_free(label);
    OPENSSL_free(header);
    OPENSSL_cleanse(question.text, sizeof(question.text));
    ERR_clear_error();
    BIO_free(bio);
    return status;
}

X509 *pem_read_certificate(BIO *bio)
{
    return PEM_read_bio_X509(bio, NULL, give, NULL);
}

bool pem_write_key(const EVP_PKEY *key, const char *phrase, size_t phrase_size,
                   struct buffer *out)
{
    BIO *bio = BIO_new(BIO_s_secmem());
    const EVP_CIPHER *cipher = phrase != NULL ? EVP_aes_256_cbc() : NULL;
    char *text = NULL;
    bool good =
        bio != NULL && key != NULL &&
        PEM_write_bio_PKCS8PrivateKey(bio, key, cipher, phrase,
                                      (int)phrase_size, NULL, NULL) == 1;

    if (good) {
        long size = BIO_get_mem_data(bio, &text);
        buffer_append(out, text, (size_t)size);
    }
    BIO_free(bio);
    return good;
}
