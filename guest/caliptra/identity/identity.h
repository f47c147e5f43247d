/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One layer of DICE: a key pair made from the layer's compound device
 * identifier, whose private half never leaves the key vault, and the names
 * that certificates give its public half.
 */
#ifndef GUEST_CALIPTRA_IDENTITY_H
#define GUEST_CALIPTRA_IDENTITY_H

#include "abi/caliptra_image.h"

#include <stdint.h>

enum {
    IDENTITY_POINT_SIZE = 97, /* uncompressed, SEC 1 2.3.3 */
    IDENTITY_SERIAL_SIZE = 64,
    IDENTITY_KEY_ID_SIZE = 20,
    IDENTITY_UEID_SIZE = 17,
};

struct identity {
    struct caliptra_ecc_key key;
    unsigned key_slot;
    uint8_t point[IDENTITY_POINT_SIZE];
    uint8_t digest[32]; /* SHA-256 of the point, or the start of another */
    uint8_t serial[IDENTITY_SERIAL_SIZE]; /* that in hexadecimal */
    uint8_t key_id[IDENTITY_KEY_ID_SIZE]; /* the start of it */
};

/* Makes the key pair from a CDI in the key vault, and the names. Returns 0 or
 * a CALIPTRA_ERROR_ code. */
uint32_t identity_derive(struct identity *identity, unsigned cdi_slot,
                         const char *label, unsigned key_slot);
/* The names alone, of a key that is there already. */
void identity_name(struct identity *identity);
/* In two steps, for names from another digest: the point from the key; serial
 * number and key identifier from the digest. */
void identity_point(struct identity *identity);
void identity_number(struct identity *identity);

/* Signs the body of a certificate or of a request. */
uint32_t identity_sign(const struct identity *identity, const uint8_t *body,
                       uint32_t size, struct caliptra_ecc_signature *signature);

/* Big-endian bytes of words, and back. */
void identity_bytes(const uint32_t words[12], uint8_t bytes[48]);
void identity_words(const uint8_t bytes[48], uint32_t words[12]);

#endif
