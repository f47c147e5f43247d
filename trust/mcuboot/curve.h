/* SPDX-License-Identifier: Apache-2.0 */
/* P-256 and P-384 where libcrypto's key interface does not reach: keys from
 * given bytes, and the shared point of ECIES. */
#ifndef TRUST_MCUBOOT_CURVE_H
#define TRUST_MCUBOOT_CURVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct evp_pkey_st;

enum { CURVE_ENTROPY_MAX = 56, CURVE_POINT_P256 = 65 };

/* bits / 8 + 8 bytes of entropy to a private key (FIPS 186-4, B.4.1). NULL when
 * memory ran out. The caller frees it with EVP_PKEY_free. */
struct evp_pkey_st *curve_key_from_entropy(int bits, const uint8_t *entropy);

/* The public point of a key, uncompressed: 1 + 2 * bits / 8 bytes. */
bool curve_point(const struct evp_pkey_st *pkey, uint8_t *point, size_t size);
/* The private number, padded to size bytes. */
bool curve_private(const struct evp_pkey_st *pkey, uint8_t *number,
                   size_t size);

/* The secret that a private key on P-256 or X25519 and a point share: its x
 * coordinate. False for what is no point of the curve. */
bool curve_share(const struct evp_pkey_st *pkey, bool is_p256,
                 const uint8_t *point, uint8_t shared[32]);

#endif
