/* SPDX-License-Identifier: Apache-2.0 */
/*
 * LMS, the stateful hash-based signature of RFC 8554, with the truncated
 * SHA-256/192 parameter sets of SP 800-208.
 *
 * A key of height h signs 2^h messages, one per leaf; a leaf used twice gives
 * the private key away. Which leaf comes next is the caller's to remember, and
 * to have stored before a signature leaves his hands.
 *
 * Private values are derived from a seed (RFC 8554, appendix A). A private key
 * keeps the top of its tree, so that a signature recomputes only one small
 * subtree of at most 2^LMS_SUBTREE_HEIGHT leaves.
 */
#ifndef CRYPTO_LMS_H
#define CRYPTO_LMS_H

#include <stddef.h>
#include <stdint.h>

enum {
    LMS_ID_SIZE = 16,
    LMS_N_MAX = 32,
    LMS_HEIGHT_MAX = 25,
    LMS_SUBTREE_HEIGHT = 7,
    LMS_PUBLIC_KEY_MAX = 24 + LMS_N_MAX,
};

/* Registered type numbers; the rest of each family counts on from these:
 * heights 5, 10, 15, 20, 25, and Winternitz 1, 2, 4, 8. */
enum {
    LMS_SHA256_M32_H5 = 5,
    LMS_SHA256_M24_H5 = 10,
    LMS_SHA256_M24_H15 = 12,
    LMOTS_SHA256_N32_W1 = 1,
    LMOTS_SHA256_N24_W1 = 5,
    LMOTS_SHA256_N24_W4 = 7,
};

struct lms_parameters {
    uint32_t lms_type;
    uint32_t ots_type;
    unsigned n;      /* bytes of a hash */
    unsigned height; /* of the tree */
    unsigned w;      /* bits of a Winternitz digit */
    unsigned chains; /* p of RFC 8554 */
    unsigned shift;  /* of the checksum, ls of RFC 8554 */
};

/* -EINVAL when a type is unknown or the two disagree about n. */
int lms_parameters(uint32_t lms_type, uint32_t ots_type,
                   struct lms_parameters *parameters);
size_t lms_public_key_size(const struct lms_parameters *parameters);
size_t lms_signature_size(const struct lms_parameters *parameters);

struct lms_private_key {
    struct lms_parameters parameters;
    uint8_t id[LMS_ID_SIZE];
    uint8_t seed[LMS_N_MAX]; /* the first n bytes count */
    unsigned top_levels;     /* levels of the tree below the root that are
                                kept in top */
    /* Node r (the root is 1) at r * n, for r below 2 << top_levels. Owned. */
    uint8_t *top;
};

/* How many bytes top holds for these parameters. */
size_t lms_top_size(const struct lms_parameters *parameters);

/* Called now and then while a tree is computed. */
typedef void lms_progress(void *context, uint32_t leaves_done,
                          uint32_t leaves_total);

/*
 * Makes a key from id and seed (n bytes). Height 15 with Winternitz 4 takes
 * seconds, heights of 20 and more minutes to hours. progress may be NULL.
 * Returns 0, or -EINVAL for unknown types; *key is then empty.
 */
int lms_generate(struct lms_private_key *key, uint32_t lms_type,
                 uint32_t ots_type, const uint8_t id[LMS_ID_SIZE],
                 const uint8_t *seed, lms_progress *progress, void *context);
/*
 * Makes a key whose top was stored; top holds lms_top_size bytes. Returns 0,
 * -EINVAL for unknown types, -EBADMSG when the top is not a hash tree or does
 * not belong to the seed (one subtree is recomputed to find out).
 */
int lms_restore(struct lms_private_key *key, uint32_t lms_type,
                uint32_t ots_type, const uint8_t id[LMS_ID_SIZE],
                const uint8_t *seed, const uint8_t *top);
/* Wipes the seed and frees the tree; fine on an empty key. */
void lms_fini(struct lms_private_key *key);

/* Writes lms_public_key_size bytes. */
void lms_public_key(const struct lms_private_key *key, uint8_t *public_key);

/*
 * Signs with a leaf; the caller vouches that the leaf was never used for
 * another message. The randomizer is derived from seed and leaf, so the same
 * call gives the same bytes. Writes lms_signature_size bytes. Returns 0, or
 * -ERANGE when the key has no such leaf.
 */
int lms_sign(const struct lms_private_key *key, uint32_t leaf,
             const void *message, size_t message_size, uint8_t *signature);

/*
 * Checks a signature against a public key, both as RFC 8554 encodes them.
 * Returns 0 when it holds, -EBADMSG when it does not, -EINVAL when key or
 * signature are malformed (type, size, leaf number) so that nothing could be
 * computed.
 */
int lms_verify(const uint8_t *public_key, size_t public_key_size,
               const void *message, size_t message_size,
               const uint8_t *signature, size_t signature_size);

#endif
