/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Key rings: the private keys that sign Caliptra firmware bundles, in memory
 * and as a directory.
 *
 *   vendor-ecc-0.pem .. vendor-ecc-3.pem   P-384, PKCS #8 PEM (a public key in
 *   owner-ecc.pem                          PEM is enough for keys not used)
 *   vendor-lms-0 .. vendor-lms-31          LMS, a text file with its state
 *   owner-lms
 *   vendor-mldsa-0.pem .. vendor-mldsa-3.pem   ML-DSA-87, PKCS #8 PEM of the
 *   owner-mldsa.pem                        seed (RFC 9881); not in older rings
 *   keys.txt                               contents of the directory
 *
 * A vendor LMS key without a file is filler: a public key that is only a hash
 * and has no private part. Bundles need all 32 places filled.
 */
#ifndef TRUST_KEYS_KEYS_H
#define TRUST_KEYS_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "abi/caliptra_image.h"
#include "base/error.h"
#include "crypto/ecdsa_p384.h"
#include "crypto/lms.h"
#include "crypto/mldsa.h"
#include "crypto/pem.h"

struct ecc_signer {
    struct ecdsa_p384_key key;
    bool has_private;
};

struct lms_signer {
    struct lms_private_key key; /* empty for filler */
    uint8_t public_key[CALIPTRA_LMS_KEY_SIZE];
    bool has_private;
    uint32_t next_leaf;
    /* The file whose state moves on before each signature; NULL for a key that
     * lives in memory only. Owned. */
    char *path;
};

struct mldsa_signer {
    uint8_t seed[MLDSA87_SEED_BYTES];
    uint8_t public_key[MLDSA87_PUBLIC_BYTES];
    bool has_private;
};

struct key_ring {
    struct ecc_signer vendor_ecc[CALIPTRA_VENDOR_ECC_KEYS];
    struct lms_signer vendor_lms[CALIPTRA_VENDOR_LMS_KEYS];
    struct mldsa_signer vendor_mldsa[CALIPTRA_VENDOR_MLDSA_KEYS];
    struct ecc_signer owner_ecc;
    struct lms_signer owner_lms;
    struct mldsa_signer owner_mldsa;
    bool development; /* marked as such: not for products */
};

struct keys_options {
    const void *seed; /* NULL: the operating system's entropy */
    size_t seed_size;
    unsigned vendor_lms_count; /* real vendor LMS keys; the rest is filler */
    bool owner_lms;            /* a real owner LMS key */
    lms_progress *progress;    /* may be NULL */
    void *progress_context;
};

/* The same seed gives the same ring. A real LMS key takes seconds. */
int keys_generate(struct key_ring *ring, const struct keys_options *options,
                  struct error *error);
void keys_fini(struct key_ring *ring);

/* Creates the directory if need be; private files get mode 0600. Refuses to
 * overwrite a ring (-EEXIST). */
int keys_save(struct key_ring *ring, const char *directory,
              struct error *error);
/* from: the pass phrases of encrypted keys in PEM, or NULL. */
int keys_load(struct key_ring *ring, const char *directory,
              const struct pass_phrase *from, struct error *error);

enum { KEYS_NEXT_LEAF = -1 };
/*
 * Signs with the next leaf, whose use is stored in the key's file first, or
 * with a given leaf, which leaves the state alone: reproducible, and the
 * caller's risk. -ENOKEY for filler, -ENOSPC when no leaf is left.
 */
int keys_sign_lms(struct lms_signer *signer, int64_t leaf, const void *message,
                  size_t message_size,
                  uint8_t signature[CALIPTRA_LMS_SIGNATURE_SIZE],
                  struct error *error);

/* Signs deterministically; the last byte is padding. -ENOKEY without a key. */
int keys_sign_mldsa(const struct mldsa_signer *signer, const void *message,
                    size_t message_size,
                    uint8_t signature[CALIPTRA_MLDSA_SIGNATURE_SIZE],
                    struct error *error);

#endif
