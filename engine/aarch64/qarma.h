/* SPDX-License-Identifier: Apache-2.0 */
/* The tweakable block cipher QARMA-64 with five rounds and the S-box sigma 2,
 * which makes pointer authentication codes (FEAT_PACQARMA5). */
#ifndef ENGINE_AARCH64_QARMA_H
#define ENGINE_AARCH64_QARMA_H

#include <stdint.h>

/* whitening and core are the halves w0 and k0 of the key: in an APxKey, Hi and
 * Lo. */
uint64_t qarma64(uint64_t text, uint64_t tweak, uint64_t whitening,
                 uint64_t core);

#endif
