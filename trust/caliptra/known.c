/* SPDX-License-Identifier: Apache-2.0 */
/* Which keys a bundle or a SoC manifest holds, and how a report calls them. */
#include "trust/caliptra/known.h"

#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "trust/caliptra/bundle.h"
#include "trust/caliptra/soc_manifest.h"
#include "trust/caliptra/words.h"

static void add_named(struct known_keys *known, const struct event_key *key,
                      const char *what, const char *origin)
{
    char *name = xasprintf("%s of %s", what, origin);
    known_keys_add(known, key, name);
    free(name);
}

static void add(struct known_keys *known, const void *bytes, size_t size,
                const char *what, const char *origin)
{
    struct event_key key = known_key_of(bytes, size);
    add_named(known, &key, what, origin);
}

static void add_ecc(struct known_keys *known,
                    const struct caliptra_ecc_key *words, const char *what,
                    const char *origin)
{
    uint8_t key[2 * P384_SIZE];
    words_to_bytes(words->x, key);
    words_to_bytes(words->y, key + P384_SIZE);
    add(known, key, sizeof(key), what, origin);
}

static void add_bundle_1(struct known_keys *known,
                         const struct caliptra_preamble *preamble,
                         const char *origin)
{
    for (unsigned i = 0; i < CALIPTRA_VENDOR_ECC_KEYS; i++) {
        char *what = xasprintf("vendor ECC key %u", i);
        struct caliptra_ecc_key key = preamble->vendor_keys.ecc[i];
        add_ecc(known, &key, what, origin);
        free(what);
    }
    struct caliptra_ecc_key owner = preamble->owner_keys.ecc;
    add_ecc(known, &owner, "owner ECC key", origin);
}

/* Only the vendor keys that sign are in the bundle; of others it has digests.
 */
static void add_bundle_2(struct known_keys *known,
                         const struct caliptra2_manifest *manifest,
                         const char *origin)
{
    const struct caliptra2_preamble *preamble = &manifest->preamble;
    char *vendor = xasprintf("vendor ECC key %u", preamble->vendor_ecc_index);
    struct caliptra_ecc_key ecc = preamble->vendor_ecc_key;
    add_ecc(known, &ecc, vendor, origin);
    free(vendor);
    ecc = preamble->owner_keys.ecc;
    add_ecc(known, &ecc, "owner ECC key", origin);
    if (manifest->pqc_type == CALIPTRA2_PQC_MLDSA) {
        vendor = xasprintf("vendor ML-DSA key %u", preamble->vendor_pqc_index);
        add(known, preamble->vendor_pqc_key.bytes, CALIPTRA_MLDSA_KEY_SIZE,
            vendor, origin);
        free(vendor);
        add(known, preamble->owner_keys.pqc.bytes, CALIPTRA_MLDSA_KEY_SIZE,
            "owner ML-DSA key", origin);
    }
}

void known_keys_of_bundle(struct known_keys *known, const char *origin,
                          const void *bytes, size_t size)
{
    struct caliptra_bundle *bundle = xcalloc(1, sizeof(*bundle));
    struct error ignored = {""};
    if (caliptra_bundle_read(bundle, bytes, size, &ignored) != 0) {
        free(bundle);
        return;
    }
    struct event_key vendor = {.present = true};
    struct event_key owner = {.present = true};
    caliptra_bundle_key_hashes(bundle, vendor.fingerprint, owner.fingerprint);
    add_named(known, &vendor, "vendor keys", origin);
    add_named(known, &owner, "owner keys", origin);
    if (caliptra_layout(bundle->generation)->number == 2) {
        add_bundle_2(known, &bundle->manifest.v2, origin);
    } else {
        add_bundle_1(known, &bundle->manifest.v1.preamble, origin);
    }
    free(bundle);
}

void known_keys_of_manifest(struct known_keys *known, const char *origin,
                            const void *bytes, size_t size)
{
    struct caliptra_soc_preamble preamble;
    if (size < sizeof(preamble) || !soc_manifest_recognise(bytes, size)) {
        return;
    }
    memcpy(&preamble, bytes, sizeof(preamble));
    add_ecc(known, &preamble.vendor_keys.ecc, "manifest vendor ECC key",
            origin);
    add_ecc(known, &preamble.owner_keys.ecc, "manifest owner ECC key", origin);
}

/* Released ROMs of 1.1 and later test with the pair that an engine makes of a
 * seed and a nonce of zeros (devices/caliptra/ecc_test.c); next is that of 1.0,
 * and last sample_key of our own ROM's known answers. */
static const struct event_key self_test_keys[] = {
    {true,
     {0xf2, 0xba, 0x25, 0x02, 0x0c, 0x4f, 0x4b, 0x1c, 0x1c, 0x1e, 0xc2, 0xb5,
      0xe1, 0x9e, 0x93, 0x0e, 0x7a, 0xde, 0x0d, 0x41, 0xb7, 0x0e, 0x9d, 0xc6,
      0x36, 0x77, 0x6c, 0x8d, 0x66, 0x76, 0x18, 0xef, 0x89, 0xf4, 0x24, 0x46,
      0x9e, 0xdc, 0x69, 0x4a, 0xe5, 0x70, 0x40, 0xb6, 0x01, 0x48, 0x0e, 0xae}},
    {true,
     {0x35, 0xcb, 0xb7, 0x93, 0x26, 0x1c, 0x34, 0xd0, 0x13, 0xe4, 0x9f, 0x44,
      0x56, 0xca, 0x9f, 0x11, 0x4f, 0x4d, 0x9f, 0xe7, 0xb3, 0x1b, 0xa3, 0x95,
      0x37, 0x97, 0x6b, 0x61, 0x35, 0xaa, 0x0a, 0x70, 0xb3, 0x7b, 0x60, 0x8d,
      0x86, 0xab, 0x5c, 0x1e, 0xa9, 0xd6, 0x64, 0x48, 0x72, 0x9c, 0x43, 0x92}},
    {true,
     {0x79, 0x41, 0x13, 0xf2, 0x9e, 0xdd, 0x79, 0x6b, 0x85, 0xdf, 0xaa, 0xde,
      0x5d, 0x70, 0x7b, 0xe3, 0x45, 0x37, 0x13, 0x83, 0xe7, 0xba, 0xc4, 0x85,
      0xd6, 0x2e, 0xdb, 0xcb, 0xd3, 0x77, 0xba, 0x1f, 0xdd, 0xf0, 0xa1, 0x95,
      0x4b, 0xf9, 0xad, 0x18, 0x97, 0x92, 0xad, 0x0d, 0x87, 0x29, 0x9e, 0x03}},
};

void known_keys_of_self_test(struct known_keys *known)
{
    for (size_t i = 0; i < ARRAY_SIZE(self_test_keys); i++) {
        add_named(known, &self_test_keys[i], "self-test key", "the ROM");
    }
}
