/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ECDSA on P-384 (FIPS 186-5, SEC 2 secp384r1) as Caliptra's ECC block does it:
 * keys and the k of signatures come from its HMAC-DRBG, and verification
 * answers with the r it computed. All numbers are 48 big-endian bytes.
 *
 * Written for speed, not against side channels: no caller may hold secrets
 * that matter outside a simulated machine.
 */
#ifndef CRYPTO_P384_H
#define CRYPTO_P384_H

#include <stdbool.h>
#include <stdint.h>

enum { P384_SIZE = 48 };

/* Constants and multiples of the base point, about 7 KiB; never changes. */
struct p384;

struct p384 *p384_create(void);
void p384_destroy(struct p384 *p384);

/* A key pair from seed and nonce; always succeeds. */
void p384_keygen(const struct p384 *p384, const uint8_t seed[P384_SIZE],
                 const uint8_t nonce[P384_SIZE], uint8_t private[P384_SIZE],
                 uint8_t x[P384_SIZE], uint8_t y[P384_SIZE]);
/* Returns 0, or -EINVAL when private is not in [1, n). */
int p384_derive_public(const struct p384 *p384,
                       const uint8_t private[P384_SIZE], uint8_t x[P384_SIZE],
                       uint8_t y[P384_SIZE]);
/* Deterministic signature over a 48-byte digest. Returns 0; -EINVAL when
 * private is not in [1, n) or r or s came out zero. */
int p384_sign(const struct p384 *p384, const uint8_t private[P384_SIZE],
              const uint8_t digest[P384_SIZE], uint8_t r[P384_SIZE],
              uint8_t s[P384_SIZE]);
/* True when (x, y) is on the curve and both are below p. */
bool p384_public_valid(const struct p384 *p384, const uint8_t x[P384_SIZE],
                       const uint8_t y[P384_SIZE]);
/* Computes the r that the signature should have: the signature is good when
 * *computed_r equals r. Returns 0; -EINVAL when r or s is not in [1, n) or the
 * public key is not valid. */
int p384_verify(const struct p384 *p384, const uint8_t x[P384_SIZE],
                const uint8_t y[P384_SIZE], const uint8_t digest[P384_SIZE],
                const uint8_t r[P384_SIZE], const uint8_t s[P384_SIZE],
                uint8_t computed_r[P384_SIZE]);
/* The x coordinate of private times the point (ECDH). Returns 0; -EINVAL when
 * private is not in [1, n) or the public key is not valid. */
int p384_shared(const struct p384 *p384, const uint8_t private[P384_SIZE],
                const uint8_t x[P384_SIZE], const uint8_t y[P384_SIZE],
                uint8_t shared[P384_SIZE]);
/* The group order n. */
extern const uint8_t p384_order[P384_SIZE];

#endif
