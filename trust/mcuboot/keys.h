/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keys of MCUboot images: those that sign, and those that images are encrypted
 * for. Files are PEM, private (PKCS #8 or the older forms) or public; an AES
 * key is 16 or 32 bytes, raw or in base64.
 *
 * All that a signing key gives is deterministic, so that the same image and
 * key give the same bytes: nonces of ECDSA follow RFC 6979, the salt of
 * RSA-PSS and the keys that an image is encrypted with are derived from the
 * private key and what is signed.
 */
#ifndef TRUST_MCUBOOT_KEYS_H
#define TRUST_MCUBOOT_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/error.h"
#include "crypto/pem.h"

enum mcuboot_key_type {
    MCUBOOT_RSA_2048,
    MCUBOOT_RSA_3072,
    MCUBOOT_ECDSA_P256,
    MCUBOOT_ECDSA_P384,
    MCUBOOT_ED25519,
    MCUBOOT_X25519,
    MCUBOOT_AES_128,
    MCUBOOT_AES_256,
    MCUBOOT_KEY_TYPES
};

struct mcuboot_key {
    enum mcuboot_key_type type;
    bool is_private;
    struct evp_pkey_st *pkey; /* NULL for AES */
    uint8_t secret[32];       /* of AES */
};

/* "ecdsa-p256"; NULL past the last one. */
const char *mcuboot_key_name(enum mcuboot_key_type type);
/* -EINVAL for a name that is none. */
int mcuboot_key_type_parse(const char *name, enum mcuboot_key_type *type);

/* Reads a key from a file's contents. from gives the pass phrase of an
 * encrypted one, or is NULL. NULL with the reason. */
struct mcuboot_key *mcuboot_key_read(const void *bytes, size_t size,
                                     const struct pass_phrase *from,
                                     struct error *error);
void mcuboot_key_destroy(struct mcuboot_key *key);

/*
 * Appends a new private key as a file holds it. With a seed the same seed gives
 * the same key; RSA keys cannot be had so (-EINVAL).
 */
int mcuboot_key_generate(enum mcuboot_key_type type, const void *seed,
                         size_t seed_size, struct buffer *file,
                         struct error *error);

/* The public key as MCUboot has it: PKCS #1 of RSA, SubjectPublicKeyInfo of
 * others. Nothing of AES. */
void mcuboot_key_public(const struct mcuboot_key *key, struct buffer *der);
/* From that encoding; NULL for what is none of the types above. */
struct mcuboot_key *mcuboot_key_of_public(const void *der, size_t size);
/* The same as PEM (SubjectPublicKeyInfo). */
void mcuboot_key_public_pem(const struct mcuboot_key *key, struct buffer *pem);
/* The same, or its SHA-256, as an array in C with MCUboot's names. */
void mcuboot_key_print_c(const struct mcuboot_key *key, bool is_hash,
                         struct buffer *out);

/* The TLV that a key of that type signs with; 0 for one that does not sign. */
uint16_t mcuboot_signature_tlv(enum mcuboot_key_type type);
/* Bits of the hash that goes with it (256 or 384). */
unsigned mcuboot_hash_bits(enum mcuboot_key_type type);
/* True if it signs images with hashes of so many bits. */
bool mcuboot_hash_fits(enum mcuboot_key_type type, unsigned bits);

/* Appends the signature of a hash (of RSA and ECDSA), or with Ed25519 of the
 * message, whatever it is. -ENOKEY without a private part. */
int mcuboot_sign(const struct mcuboot_key *key, const void *message,
                 size_t size, struct buffer *signature, struct error *error);
/* Appends a signature that a file holds in base64, or as it is. */
void mcuboot_signature_read(const void *bytes, size_t size,
                            struct buffer *signature);
bool mcuboot_signature_holds(const struct mcuboot_key *key, const void *message,
                             size_t size, const void *signature,
                             size_t signature_size);

/* Fills out from the private key, by label and context, which tell uses apart;
 * at random when the key has no private part. */
void mcuboot_derive(const struct mcuboot_key *key, const char *label,
                    const void *context, size_t context_size, void *out,
                    size_t size);

#endif
