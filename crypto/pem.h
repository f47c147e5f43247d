/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keys and certificates in PEM, by libcrypto. A private key may be encrypted,
 * as PKCS #8 or in the older form of OpenSSL; its pass phrase comes from the
 * caller's function. libcrypto's own question at the terminal is never put.
 */
#ifndef CRYPTO_PEM_H
#define CRYPTO_PEM_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"
#include "base/error.h"

struct bio_st;
struct evp_pkey_st;
struct x509_st;

enum { PASS_PHRASE_MAX = 1024 };

/* Where the pass phrase of a key comes from. */
struct pass_phrase {
    const char *name; /* of the key, for a question */
    /* Puts it into text, of PASS_PHRASE_MAX bytes, and returns its length; or a
     * negative errno with *error. */
    int (*ask)(void *context, const char *name, char *text,
               struct error *error);
    void *context;
};

/* The same for a key of that name; from may be NULL: there is none. */
static inline struct pass_phrase
pass_phrase_named(const struct pass_phrase *from, const char *name)
{
    struct pass_phrase named = {.name = name};

    if (from != NULL) {
        named.ask = from->ask;
        named.context = from->context;
    }
    return named;
}

/*
 * Returns the private key in a file's contents, or with *is_private false the
 * public one if there is no private one; the caller frees it with
 * EVP_PKEY_free. NULL with *error: there is none, or a private one whose pass
 * phrase was not given or is wrong. from, or from->ask, may be NULL: there is
 * no pass phrase.
 */
struct evp_pkey_st *pem_read_key(const void *bytes, size_t size,
                                 const struct pass_phrase *from,
                                 bool *is_private, struct error *error);
/* Appends the DER of a private key in PKCS #8, encrypted or not, whatever its
 * algorithm is. 0; or with *error as above, -EINVAL: there is none; -ENOKEY or
 * -EACCES: its pass phrase is missing or wrong; or what from->ask returned. */
int pem_read_pkcs8(const void *bytes, size_t size,
                   const struct pass_phrase *from, struct buffer *der,
                   struct error *error);
/* The next certificate; NULL and libcrypto's error when there is none. */
struct x509_st *pem_read_certificate(struct bio_st *bio);

/* Appends a private key as PKCS #8, encrypted with AES-256 (PBES2, RFC 8018) by
 * a pass phrase, or in plain with NULL: false when libcrypto fails. */
bool pem_write_key(const struct evp_pkey_st *key, const char *phrase,
                   size_t phrase_size, struct buffer *out);

#endif
