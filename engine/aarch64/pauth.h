/* SPDX-License-Identifier: Apache-2.0 */
/* Arguments of the helpers of pointer authentication (FEAT_PAuth). */
#ifndef ENGINE_AARCH64_PAUTH_H
#define ENGINE_AARCH64_PAUTH_H

#include <stdbool.h>
#include <stdint.h>

struct aarch64;

/* In the order of their registers. */
enum aarch64_key {
    AARCH64_KEY_IA,
    AARCH64_KEY_IB,
    AARCH64_KEY_DA,
    AARCH64_KEY_DB,
    AARCH64_KEY_GA
};

/* Authenticates a return address at the present level; false: the use of the
 * instruction was trapped. */
bool aarch64_authenticate(struct aarch64 *pe, enum aarch64_key key,
                          uint64_t modifier, uint64_t *pointer);

/* QARMA-64 with five rounds and the S-box sigma 2 (qarma.c, FEAT_PACQARMA5). */
/* whitening and core are the halves w0 and k0 of the key: in an APxKey, Hi and
 * Lo. */
uint64_t qarma64(uint64_t text, uint64_t tweak, uint64_t whitening,
                 uint64_t core);

#endif
