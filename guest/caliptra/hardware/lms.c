/* SPDX-License-Identifier: Apache-2.0 */
/* Computes the root of an LMS tree from a signature. */
#include "guest/caliptra/hardware/lms.h"

#include "abi/caliptra_image.h"
#include "abi/caliptra_status.h"
#include "guest/caliptra/hardware/sha2.h"
#include "guest/kit/memory/memory.h"

/* Domain separation, RFC 8554 section 4.2 and 5.3. */
static const uint8_t d_pblc[2] = {0x80, 0x80};
static const uint8_t d_mesg[2] = {0x81, 0x81};
static const uint8_t d_leaf[2] = {0x82, 0x82};
static const uint8_t d_intr[2] = {0x83, 0x83};

/* Registered types, SHA-256 of 32 bytes with height 5 to 24 bytes with 25. */
enum { FIRST_TREE_TYPE = 5, LAST_TREE_TYPE = 14 };

enum { W = 4, CHAIN_END = (1 << W) - 1, MESSAGE_NIBBLES = 2 * CALIPTRA_LMS_N };

static uint32_t load(const uint8_t bytes[4])
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 |
           (uint32_t)bytes[2] << 8 | bytes[3];
}

static void store(uint32_t word, uint8_t bytes[4])
{
    for (unsigned k = 0; k < 4; k++) {
        bytes[k] = (uint8_t)(word >> (24 - 8 * k));
    }
}

static void begin(struct sha2_256 *sha, const uint8_t id[16],
                  const uint8_t number[4], const uint8_t domain[2])
{
    sha2_256_begin(sha);
    sha2_256_add(sha, id, 16);
    sha2_256_add(sha, number, 4);
    sha2_256_add(sha, domain, 2);
}

static void end(struct sha2_256 *sha, uint8_t value[CALIPTRA_LMS_N])
{
    uint8_t digest[32];
    sha2_256_end(sha, digest);
    memcpy(value, digest, CALIPTRA_LMS_N);
}

static uint8_t nibble(const uint8_t *bytes, unsigned i)
{
    return (i & 1) != 0 ? bytes[i / 2] & 0xf : bytes[i / 2] >> 4;
}

/* Q || Cksm(Q), RFC 8554 section 4.4. */
static void message(const struct caliptra_lms_key *key,
                    const struct caliptra_lms_signature *signature,
                    const uint32_t digest[12],
                    uint8_t coefficients[CALIPTRA_LMS_N + 2])
{
    struct sha2_256 sha;
    begin(&sha, key->id, signature->q, d_mesg);
    sha2_256_add(&sha, signature->nonce, sizeof signature->nonce);
    for (unsigned i = 0; i < 12; i++) {
        uint8_t bytes[4];
        store(digest[i], bytes);
        sha2_256_add(&sha, bytes, sizeof bytes);
    }
    end(&sha, coefficients);
    uint32_t sum = 0;
    for (unsigned i = 0; i < MESSAGE_NIBBLES; i++) {
        sum += CHAIN_END - nibble(coefficients, i);
    }
    sum <<= 4; /* ls of N24_W4, RFC 8554 appendix B */
    coefficients[CALIPTRA_LMS_N] = (uint8_t)(sum >> 8);
    coefficients[CALIPTRA_LMS_N + 1] = (uint8_t)sum;
}

/* The rest of one chain. prefix is I || q || i || j || value. */
static void chain(uint8_t prefix[47], uint8_t from, bool in_hardware)
{
    uint8_t digest[32];
    if (in_hardware) {
        if (from < CHAIN_END) {
            prefix[22] = from;
            sha2_256_chain(prefix, digest);
            memcpy(prefix + 23, digest, CALIPTRA_LMS_N);
        }
        return;
    }
    for (unsigned j = from; j < CHAIN_END; j++) {
        struct sha2_256 sha;
        prefix[22] = (uint8_t)j;
        sha2_256_begin(&sha);
        sha2_256_add(&sha, prefix, 47);
        sha2_256_end(&sha, digest);
        memcpy(prefix + 23, digest, CALIPTRA_LMS_N);
    }
}

/* Kc of RFC 8554 algorithm 4b. The chain ends are collected first: the block
 * can hold one digest in the making. */
static void ots_key(const struct caliptra_lms_key *key,
                    const struct caliptra_lms_signature *signature,
                    const uint8_t *coefficients, bool in_hardware,
                    uint8_t candidate[CALIPTRA_LMS_N])
{
    uint8_t ends[CALIPTRA_LMS_CHAINS][CALIPTRA_LMS_N];
    uint8_t prefix[47];
    memcpy(prefix, key->id, 16);
    memcpy(prefix + 16, signature->q, 4);
    for (unsigned i = 0; i < CALIPTRA_LMS_CHAINS; i++) {
        prefix[20] = 0;
        prefix[21] = (uint8_t)i;
        memcpy(prefix + 23, signature->y[i], CALIPTRA_LMS_N);
        chain(prefix, nibble(coefficients, i), in_hardware);
        memcpy(ends[i], prefix + 23, CALIPTRA_LMS_N);
    }
    struct sha2_256 sha;
    begin(&sha, key->id, signature->q, d_pblc);
    sha2_256_add(&sha, ends, sizeof ends);
    end(&sha, candidate);
}

/* From the leaf to the root, RFC 8554 algorithm 6a. */
static void climb(const struct caliptra_lms_key *key,
                  const struct caliptra_lms_signature *signature, uint32_t node,
                  uint8_t value[CALIPTRA_LMS_N])
{
    struct sha2_256 sha;
    uint8_t number[4];
    store(node, number);
    begin(&sha, key->id, number, d_leaf);
    sha2_256_add(&sha, value, CALIPTRA_LMS_N);
    end(&sha, value);
    for (unsigned i = 0; node > 1; i++, node /= 2) {
        bool right = (node & 1) != 0;
        store(node / 2, number);
        begin(&sha, key->id, number, d_intr);
        sha2_256_add(&sha, right ? signature->path[i] : value, CALIPTRA_LMS_N);
        sha2_256_add(&sha, right ? value : signature->path[i], CALIPTRA_LMS_N);
        end(&sha, value);
    }
}

/* Only the height of the tree type counts, as in the released
 * ROMs: the type is not part of what is digested, and the hash is as wide as
 * the field. */
static uint32_t check_tree(uint32_t type)
{
    if (type == CALIPTRA_LMS_TREE_TYPE || type == CALIPTRA_LMS_TREE_TYPE_N32) {
        return 0;
    }
    return type >= FIRST_TREE_TYPE && type <= LAST_TREE_TYPE
               ? CALIPTRA_ERROR_DRIVER_LMS_TREE_HEIGHT
               : CALIPTRA_ERROR_DRIVER_LMS_TREE_TYPE;
}

uint32_t lms_root(const struct caliptra_lms_key *key,
                  const struct caliptra_lms_signature *signature,
                  const uint32_t digest[12], bool chains_in_hardware,
                  uint8_t root[CALIPTRA_LMS_N])
{
    if (memcmp(signature->ots_type, key->ots_type, 4) != 0) {
        return CALIPTRA_ERROR_DRIVER_LMS_OTS_MISMATCH;
    }
    uint32_t error = check_tree(load(signature->tree_type));
    if (error != 0) {
        return error;
    }
    uint32_t leaf = load(signature->q);
    if (leaf >= 1u << CALIPTRA_LMS_HEIGHT) {
        return CALIPTRA_ERROR_DRIVER_LMS_LEAF;
    }
    if (load(signature->ots_type) != CALIPTRA_LMS_OTS_TYPE) {
        return CALIPTRA_ERROR_DRIVER_LMS_PARAMETER_COUNT;
    }
    uint8_t coefficients[CALIPTRA_LMS_N + 2];
    message(key, signature, digest, coefficients);
    ots_key(key, signature, coefficients, chains_in_hardware, root);
    climb(key, signature, (1u << CALIPTRA_LMS_HEIGHT) + leaf, root);
    return 0;
}
