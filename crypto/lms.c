/* SPDX-License-Identifier: Apache-2.0 */
/* SHA256_Transform is the only way libcrypto offers to the bare compression
 * function, and only one call per chain step makes trees affordable. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "crypto/lms.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/sha.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/buffer.h"

/* Domain separators, RFC 8554, sections 4.3 and 5.3. */
enum { D_PBLC = 0x8080, D_MESG = 0x8181, D_LEAF = 0x8282, D_INTR = 0x8383 };
/* Chain number that the randomizer is derived with; no real chain has it. */
enum { RANDOMIZER_CHAIN = 0xfffd };

enum { CHAINS_MAX = 265, BLOCK_SIZE = 64 };

/* RFC 8554, table 1, and SP 800-208, table 1; index is the type. */
static const struct ots_row {
    uint8_t n, w;
    uint16_t chains;
    uint8_t shift;
} ots_rows[] = {
    {0,  0, 0,   0},
    {32, 1, 265, 7},
    {32, 2, 133, 6},
    {32, 4, 67,  4},
    {32, 8, 34,  0},
    {24, 1, 200, 8},
    {24, 2, 101, 6},
    {24, 4, 51,  4},
    {24, 8, 26,  0},
};

int lms_parameters(uint32_t lms_type, uint32_t ots_type,
                   struct lms_parameters *parameters)
{
    memset(parameters, 0, sizeof(*parameters));
    if (lms_type < 5 || lms_type > 14 || ots_type < 1 || ots_type > 8) {
        return -EINVAL;
    }
    const struct ots_row *row = &ots_rows[ots_type];
    unsigned n = lms_type < LMS_SHA256_M24_H5 ? 32 : 24;
    if (row->n != n) {
        return -EINVAL;
    }
    *parameters = (struct lms_parameters){
        .lms_type = lms_type,
        .ots_type = ots_type,
        .n = n,
        .height = 5 * (1 + (lms_type - 5) % 5),
        .w = row->w,
        .chains = row->chains,
        .shift = row->shift,
    };
    return 0;
}

size_t lms_public_key_size(const struct lms_parameters *parameters)
{
    return 8 + LMS_ID_SIZE + parameters->n;
}

static size_t ots_signature_size(const struct lms_parameters *p)
{
    return 4 + (size_t)p->n * (1 + p->chains);
}

size_t lms_signature_size(const struct lms_parameters *parameters)
{
    return 4 + ots_signature_size(parameters) + 4 +
           (size_t)parameters->height * parameters->n;
}

static void put16(uint8_t *p, unsigned value)
{
    p[0] = (uint8_t)(value >> 8);
    p[1] = (uint8_t)value;
}

static void put32(uint8_t *p, uint32_t value)
{
    put16(p, value >> 16);
    put16(p + 2, value & 0xffff);
}

static uint32_t get32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 |
           p[3];
}

/* One-block hashing of I || q || i || j || tmp, the shape of every chain step
 * and of every derived secret. Only bytes from 20 on change between calls. */
struct chain_block {
    SHA256_CTX fresh;
    uint8_t bytes[BLOCK_SIZE];
    unsigned n;
};

enum { AT_LEAF = 16, AT_CHAIN = 20, AT_STEP = 22, AT_VALUE = 23 };

static void chain_block_init(struct chain_block *block, unsigned n,
                             const uint8_t *id, uint32_t leaf)
{
    assert(n <= LMS_N_MAX && n % 4 == 0 && AT_VALUE + n < BLOCK_SIZE - 2);
    SHA256_Init(&block->fresh);
    memset(block->bytes, 0, sizeof(block->bytes));
    memcpy(block->bytes, id, LMS_ID_SIZE);
    put32(block->bytes + AT_LEAF, leaf);
    block->bytes[AT_VALUE + n] = 0x80;
    put16(block->bytes + BLOCK_SIZE - 2, (AT_VALUE + n) * 8);
    block->n = n;
}

/* Hashes the block and puts the result where the value was. */
static void chain_block_step(struct chain_block *block, unsigned step)
{
    SHA256_CTX context = block->fresh;
    block->bytes[AT_STEP] = (uint8_t)step;
    SHA256_Transform(&context, block->bytes);
    for (size_t i = 0; i < block->n / 4; i++) {
        put32(block->bytes + AT_VALUE + 4 * i, context.h[i]);
    }
}

/* RFC 8554, appendix A: the secret start of a chain. */
static void chain_block_secret(struct chain_block *block, unsigned chain,
                               const uint8_t *seed)
{
    put16(block->bytes + AT_CHAIN, chain);
    memcpy(block->bytes + AT_VALUE, seed, block->n);
    chain_block_step(block, 0xff);
}

static void hash_start(SHA256_CTX *context, const uint8_t *id, uint32_t number,
                       unsigned separator)
{
    uint8_t head[6];
    put32(head, number);
    put16(head + 4, separator);
    SHA256_Init(context);
    SHA256_Update(context, id, LMS_ID_SIZE);
    SHA256_Update(context, head, sizeof(head));
}

static void hash_end(SHA256_CTX *context, uint8_t *out, unsigned n)
{
    uint8_t digest[SHA256_DIGEST_LENGTH];
    assert(n <= sizeof(digest));
    SHA256_Final(digest, context);
    memcpy(out, digest, n);
}

/* Section 5.3: a node of the tree from its children, or a leaf from the
 * one-time public key. */
static void hash_node(const struct lms_parameters *p, const uint8_t *id,
                      uint32_t node, const uint8_t *left, const uint8_t *right,
                      uint8_t *out)
{
    SHA256_CTX context;
    hash_start(&context, id, node, D_INTR);
    SHA256_Update(&context, left, p->n);
    SHA256_Update(&context, right, p->n);
    hash_end(&context, out, p->n);
}

static void hash_leaf(const struct lms_parameters *p, const uint8_t *id,
                      uint32_t leaf, const uint8_t *ots_key, uint8_t *out)
{
    SHA256_CTX context;
    hash_start(&context, id, ((uint32_t)1 << p->height) + leaf, D_LEAF);
    SHA256_Update(&context, ots_key, p->n);
    hash_end(&context, out, p->n);
}

static void compute_leaf(const struct lms_private_key *key, uint32_t leaf,
                         uint8_t *out)
{
    const struct lms_parameters *p = &key->parameters;
    unsigned steps = (1u << p->w) - 1;
    struct chain_block block;
    chain_block_init(&block, p->n, key->id, leaf);
    SHA256_CTX all;
    hash_start(&all, key->id, leaf, D_PBLC);
    for (unsigned chain = 0; chain < p->chains; chain++) {
        chain_block_secret(&block, chain, key->seed);
        for (unsigned step = 0; step < steps; step++) {
            chain_block_step(&block, step);
        }
        SHA256_Update(&all, block.bytes + AT_VALUE, p->n);
    }
    uint8_t ots_key[LMS_N_MAX];
    hash_end(&all, ots_key, p->n);
    hash_leaf(p, key->id, leaf, ots_key, out);
}

/* Fills nodes[1..] with the subtree under a node of the given level; nodes[1]
 * is its root. levels is how deep the subtree reaches (to the leaves). */
static void compute_subtree(const struct lms_private_key *key, uint32_t root,
                            unsigned levels, uint8_t *nodes)
{
    const struct lms_parameters *p = &key->parameters;
    uint32_t count = (uint32_t)1 << levels;
    uint32_t first = (root << levels) - ((uint32_t)1 << p->height);
    for (uint32_t i = 0; i < count; i++) {
        compute_leaf(key, first + i, nodes + (size_t)(count + i) * p->n);
    }
    for (unsigned level = levels; level-- > 0;) {
        uint32_t width = (uint32_t)1 << level;
        for (uint32_t i = 0; i < width; i++) {
            uint32_t local = width + i;
            hash_node(p, key->id, (root << level) + i,
                      nodes + (size_t)(2 * local) * p->n,
                      nodes + (size_t)(2 * local + 1) * p->n,
                      nodes + (size_t)local * p->n);
        }
    }
}

static unsigned top_levels(const struct lms_parameters *p)
{
    return p->height > LMS_SUBTREE_HEIGHT ? p->height - LMS_SUBTREE_HEIGHT : 0;
}

static size_t subtree_size(const struct lms_private_key *key)
{
    unsigned levels = key->parameters.height - key->top_levels;
    return ((size_t)2 << levels) * key->parameters.n;
}

size_t lms_top_size(const struct lms_parameters *parameters)
{
    return ((size_t)2 << top_levels(parameters)) * parameters->n;
}

static uint8_t *allocate(size_t size)
{
    return xcalloc(1, size);
}

static int start_key(struct lms_private_key *key, uint32_t lms_type,
                     uint32_t ots_type, const uint8_t *id, const uint8_t *seed)
{
    memset(key, 0, sizeof(*key));
    int status = lms_parameters(lms_type, ots_type, &key->parameters);
    if (status != 0) {
        return status;
    }
    memcpy(key->id, id, LMS_ID_SIZE);
    memcpy(key->seed, seed, key->parameters.n);
    key->top_levels = top_levels(&key->parameters);
    key->top = allocate(lms_top_size(&key->parameters));
    return 0;
}

static void hash_top(const struct lms_private_key *key, uint8_t *top)
{
    unsigned n = key->parameters.n;
    for (uint32_t node = ((uint32_t)1 << key->top_levels) - 1; node > 0;
         node--) {
        hash_node(&key->parameters, key->id, node, top + (size_t)(2 * node) * n,
                  top + (size_t)(2 * node + 1) * n, top + (size_t)node * n);
    }
}

int lms_generate(struct lms_private_key *key, uint32_t lms_type,
                 uint32_t ots_type, const uint8_t id[LMS_ID_SIZE],
                 const uint8_t *seed, lms_progress *progress, void *context)
{
    int status = start_key(key, lms_type, ots_type, id, seed);
    if (status != 0) {
        return status;
    }
    unsigned n = key->parameters.n;
    unsigned below = key->parameters.height - key->top_levels;
    uint32_t width = (uint32_t)1 << key->top_levels;
    uint8_t *nodes = allocate(subtree_size(key));
    for (uint32_t i = 0; i < width; i++) {
        compute_subtree(key, width + i, below, nodes);
        memcpy(key->top + (size_t)(width + i) * n, nodes + n, n);
        if (progress != NULL) {
            progress(context, (i + 1) << below, width << below);
        }
    }
    free(nodes);
    hash_top(key, key->top);
    return 0;
}

int lms_restore(struct lms_private_key *key, uint32_t lms_type,
                uint32_t ots_type, const uint8_t id[LMS_ID_SIZE],
                const uint8_t *seed, const uint8_t *top)
{
    int status = start_key(key, lms_type, ots_type, id, seed);
    if (status != 0) {
        return status;
    }
    size_t size = lms_top_size(&key->parameters);
    unsigned n = key->parameters.n;
    memcpy(key->top, top, size);
    hash_top(key, key->top);
    uint8_t *nodes = allocate(subtree_size(key));
    uint32_t first = (uint32_t)1 << key->top_levels;
    compute_subtree(key, first, key->parameters.height - key->top_levels,
                    nodes);
    /* Nodes from 1 on; the slot of node 0 is unused. */
    bool good = memcmp(key->top + n, top + n, size - n) == 0 &&
                memcmp(nodes + n, top + (size_t)first * n, n) == 0;
    free(nodes);
    if (!good) {
        lms_fini(key);
        return -EBADMSG;
    }
    return 0;
}

void lms_fini(struct lms_private_key *key)
{
    free(key->top);
    OPENSSL_cleanse(key, sizeof(*key));
}

void lms_public_key(const struct lms_private_key *key, uint8_t *public_key)
{
    put32(public_key, key->parameters.lms_type);
    put32(public_key + 4, key->parameters.ots_type);
    memcpy(public_key + 8, key->id, LMS_ID_SIZE);
    memcpy(public_key + 8 + LMS_ID_SIZE, key->top + key->parameters.n,
           key->parameters.n);
}

/* Section 3.1.3: the i-th w-bit digit of a string. */
static unsigned digit(const uint8_t *string, unsigned i, unsigned w)
{
    unsigned per_byte = 8 / w;
    unsigned shift = 8 - w * (i % per_byte + 1);
    return (unsigned)string[i / per_byte] >> shift & ((1u << w) - 1);
}

/* Section 4.5: Q = H(I || q || D_MESG || C || message), then its checksum. */
static void message_digits(const struct lms_parameters *p, const uint8_t *id,
                           uint32_t leaf, const uint8_t *randomizer,
                           const void *message, size_t message_size,
                           uint8_t string[LMS_N_MAX + 2])
{
    SHA256_CTX context;
    hash_start(&context, id, leaf, D_MESG);
    SHA256_Update(&context, randomizer, p->n);
    SHA256_Update(&context, message, message_size);
    hash_end(&context, string, p->n);
    unsigned sum = 0;
    for (unsigned i = 0; i < p->n * 8 / p->w; i++) {
        sum += (1u << p->w) - 1 - digit(string, i, p->w);
    }
    put16(string + p->n, sum << p->shift & 0xffff);
}

static void sign_ots(const struct lms_private_key *key, uint32_t leaf,
                     const void *message, size_t message_size, uint8_t *out)
{
    const struct lms_parameters *p = &key->parameters;
    struct chain_block block;
    chain_block_init(&block, p->n, key->id, leaf);
    chain_block_secret(&block, RANDOMIZER_CHAIN, key->seed);
    put32(out, p->ots_type);
    uint8_t *randomizer = out + 4;
    memcpy(randomizer, block.bytes + AT_VALUE, p->n);
    uint8_t string[LMS_N_MAX + 2];
    message_digits(p, key->id, leaf, randomizer, message, message_size, string);
    uint8_t *value = randomizer + p->n;
    for (unsigned chain = 0; chain < p->chains; chain++, value += p->n) {
        chain_block_secret(&block, chain, key->seed);
        unsigned end = digit(string, chain, p->w);
        for (unsigned step = 0; step < end; step++) {
            chain_block_step(&block, step);
        }
        memcpy(value, block.bytes + AT_VALUE, p->n);
    }
    OPENSSL_cleanse(&block, sizeof(block));
}

/* Section 5.4.1: the sibling of each node from the leaf up to the root. */
static void sign_path(const struct lms_private_key *key, uint32_t leaf,
                      uint8_t *path)
{
    const struct lms_parameters *p = &key->parameters;
    unsigned below = p->height - key->top_levels;
    uint32_t node = ((uint32_t)1 << p->height) + leaf;
    uint8_t *nodes = allocate(subtree_size(key));
    compute_subtree(key, node >> below, below, nodes);
    uint32_t local =
        ((uint32_t)1 << below) + (node & (((uint32_t)1 << below) - 1));
    for (unsigned i = 0; i < below; i++, path += p->n) {
        memcpy(path, nodes + (size_t)((local >> i) ^ 1) * p->n, p->n);
    }
    for (unsigned i = below; i < p->height; i++, path += p->n) {
        memcpy(path, key->top + (size_t)((node >> i) ^ 1) * p->n, p->n);
    }
    free(nodes);
}

int lms_sign(const struct lms_private_key *key, uint32_t leaf,
             const void *message, size_t message_size, uint8_t *signature)
{
    const struct lms_parameters *p = &key->parameters;
    if (leaf >> p->height != 0) {
        return -ERANGE;
    }
    put32(signature, leaf);
    sign_ots(key, leaf, message, message_size, signature + 4);
    uint8_t *tail = signature + 4 + ots_signature_size(p);
    put32(tail, p->lms_type);
    sign_path(key, leaf, tail + 4);
    return 0;
}

/* Section 4.6, algorithm 4b: the one-time public key that the signature
 * claims. */
static void candidate_ots_key(const struct lms_parameters *p, const uint8_t *id,
                              uint32_t leaf, const uint8_t *ots,
                              const void *message, size_t message_size,
                              uint8_t *out)
{
    const uint8_t *randomizer = ots + 4;
    const uint8_t *value = randomizer + p->n;
    uint8_t string[LMS_N_MAX + 2];
    message_digits(p, id, leaf, randomizer, message, message_size, string);
    unsigned steps = (1u << p->w) - 1;
    struct chain_block block;
    chain_block_init(&block, p->n, id, leaf);
    SHA256_CTX all;
    hash_start(&all, id, leaf, D_PBLC);
    for (unsigned chain = 0; chain < p->chains; chain++, value += p->n) {
        put16(block.bytes + AT_CHAIN, chain);
        memcpy(block.bytes + AT_VALUE, value, p->n);
        for (unsigned step = digit(string, chain, p->w); step < steps; step++) {
            chain_block_step(&block, step);
        }
        SHA256_Update(&all, block.bytes + AT_VALUE, p->n);
    }
    hash_end(&all, out, p->n);
}

int lms_verify(const uint8_t *public_key, size_t public_key_size,
               const void *message, size_t message_size,
               const uint8_t *signature, size_t signature_size)
{
    struct lms_parameters p;
    if (public_key_size < 8 ||
        lms_parameters(get32(public_key), get32(public_key + 4), &p) != 0 ||
        public_key_size != lms_public_key_size(&p) ||
        signature_size != lms_signature_size(&p)) {
        return -EINVAL;
    }
    const uint8_t *id = public_key + 8;
    const uint8_t *tail = signature + 4 + ots_signature_size(&p);
    uint32_t leaf = get32(signature);
    if (get32(signature + 4) != p.ots_type || get32(tail) != p.lms_type ||
        leaf >> p.height != 0) {
        return -EINVAL;
    }
    uint8_t value[LMS_N_MAX];
    candidate_ots_key(&p, id, leaf, signature + 4, message, message_size,
                      value);
    hash_leaf(&p, id, leaf, value, value);
    const uint8_t *path = tail + 4;
    for (uint32_t node = ((uint32_t)1 << p.height) + leaf; node > 1;
         node >>= 1, path += p.n) {
        bool right = (node & 1) != 0;
        hash_node(&p, id, node >> 1, right ? path : value, right ? value : path,
                  value);
    }
    return memcmp(value, id + LMS_ID_SIZE, p.n) == 0 ? 0 : -EBADMSG;
}
