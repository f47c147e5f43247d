/* SPDX-License-Identifier: Apache-2.0 */
/* The public keys of bundles and SoC manifests, named for reports. */
#ifndef TRUST_CALIPTRA_KNOWN_H
#define TRUST_CALIPTRA_KNOWN_H

#include <stddef.h>

#include "trust/keys/known.h"

/* Adds the keys that a file holds: "vendor ECC key 2 of ORIGIN", and the digest
 * of a bundle's key sets, which fuses hold: "owner keys of ORIGIN". Bytes that
 * are no such file add nothing. */
void known_keys_of_bundle(struct known_keys *known, const char *origin,
                          const void *bytes, size_t size);
void known_keys_of_manifest(struct known_keys *known, const char *origin,
                            const void *bytes, size_t size);
/* The keys that ROMs test their ECC engine with. */
void known_keys_of_self_test(struct known_keys *known);

#endif
