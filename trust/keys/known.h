/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Public keys that the files of a run hold, by fingerprint (base/event.h): an
 * engine that verifies a signature sees a public key and nothing of its
 * origin; this table says which key of which file it is. Files are added by the
 * reader of their format (trust/caliptra/known.h).
 */
#ifndef TRUST_KEYS_KNOWN_H
#define TRUST_KEYS_KNOWN_H

#include <stddef.h>
#include <stdint.h>

#include "base/event.h"

struct known_key {
    uint8_t fingerprint[EVENT_FINGERPRINT_SIZE];
    char *name; /* "owner ECC key of trust.yaml" */
};

/* The list owns its keys. Zero-initialised is empty. */
struct known_keys {
    struct known_key *keys;
    size_t count;
};

/* SHA-384 of a public key in its standard encoding: X and Y of P-384, most
 * significant byte first, or the bytes of an ML-DSA key. */
struct event_key known_key_of(const void *public_key, size_t size);
/* A key that is there already gets the name as well, unless it has it. */
void known_keys_add(struct known_keys *known, const struct event_key *key,
                    const char *name);
/* NULL for a key that nothing names. */
const char *known_keys_name(const struct known_keys *known,
                            const struct event_key *key);
void known_keys_fini(struct known_keys *known);

#endif
