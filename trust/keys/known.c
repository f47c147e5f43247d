/* SPDX-License-Identifier: Apache-2.0 */
/* The table of keys that a report can name. */
#include "trust/keys/known.h"

#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "crypto/sha2.h"

_Static_assert((int)EVENT_FINGERPRINT_SIZE == (int)SHA384_SIZE,
               "a fingerprint is a SHA-384 digest");

struct event_key known_key_of(const void *public_key, size_t size)
{
    struct event_key key = {.present = true};
    sha384(public_key, size, key.fingerprint);
    return key;
}

static struct known_key *find(const struct known_keys *known,
                              const struct event_key *key)
{
    for (size_t i = 0; i < known->count; i++) {
        if (memcmp(known->keys[i].fingerprint, key->fingerprint,
                   sizeof(key->fingerprint)) == 0) {
            return &known->keys[i];
        }
    }
    return NULL;
}

void known_keys_add(struct known_keys *known, const struct event_key *key,
                    const char *name)
{
    struct known_key *old = find(known, key);
    if (old && strstr(old->name, name)) {
        return;
    }
    if (old) {
        char *both = xasprintf("%s, %s", old->name, name);
        free(old->name);
        old->name = both;
        return;
    }
    struct known_key *keys = xcalloc(known->count + 1, sizeof(*keys));
    if (known->count != 0) {
        memcpy(keys, known->keys, known->count * sizeof(*keys));
    }
    free(known->keys);
    known->keys = keys;
    struct known_key *added = &keys[known->count++];
    memcpy(added->fingerprint, key->fingerprint, sizeof(added->fingerprint));
    added->name = xstrdup(name);
}

const char *known_keys_name(const struct known_keys *known,
                            const struct event_key *key)
{
    const struct known_key *found = known ? find(known, key) : NULL;
    return found ? found->name : NULL;
}

void known_keys_fini(struct known_keys *known)
{
    for (size_t i = 0; i < known->count; i++) {
        free(known->keys[i].name);
    }
    free(known->keys);
    *known = (struct known_keys){0};
}
