/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The hash half of the engine: a digest of the data, which the engine pads, or
 * accumulation, where the state before is in the digest buffer, the data are
 * whole blocks that software padded, and the state after goes back there.
 */
#include <string.h>

#include "base/bits.h"
#include "crypto/sha1.h"
#include "crypto/sha2.h"
#include "devices/aspeed/aspeed_hace.h"

enum command_bits {
    COMMAND_BIG_ENDIAN = 1 << 3,
    COMMAND_CASCADE = 3,
};
enum mode { MODE_DIGEST = 0, MODE_ACCUMULATE = 2 };
enum algorithm { SHA1 = 2, SHA224 = 4, SHA256 = 5, SHA512_SERIES = 6 };
enum { BLOCK_MAX = SHA512_BLOCK_SIZE, STATE_MAX = SHA512_SIZE };
enum { REG_COMMAND = 0x30 };

/* Constants of an algorithm. */
struct shape {
    enum algorithm algorithm;
    size_t block_size;
    size_t state_size;
    size_t digest_size;
};

/* By bits 12:10 of the command. */
static const uint8_t long_sizes[] = {SHA512_SIZE, SHA384_SIZE, SHA256_SIZE,
                                     SHA224_SIZE};

static bool is_long(const struct shape *shape)
{
    return shape->algorithm == SHA512_SERIES;
}

/* False: no command that the model has. */
static bool find_shape(struct shape *shape, uint32_t command)
{
    const uint32_t mode = bits(command, 8, 7);
    const uint32_t variant = bits(command, 12, 10);

    *shape = (struct shape){
        .algorithm = (enum algorithm)bits(command, 6, 4),
        .block_size = SHA256_BLOCK_SIZE,
        .state_size = SHA256_SIZE,
    };
    if ((mode != MODE_DIGEST && mode != MODE_ACCUMULATE) ||
        (command & COMMAND_CASCADE) != 0 ||
        (command & COMMAND_BIG_ENDIAN) == 0) {
        return false;
    }
    switch (shape->algorithm) {
    case SHA1:
        shape->state_size = SHA1_SIZE;
        shape->digest_size = SHA1_SIZE;
        return true;
    case SHA224:
        shape->digest_size = SHA224_SIZE;
        return true;
    case SHA256:
        shape->digest_size = SHA256_SIZE;
        return true;
    case SHA512_SERIES:
        if (variant >= ARRAY_SIZE(long_sizes)) {
            return false;
        }
        shape->block_size = SHA512_BLOCK_SIZE;
        shape->state_size = SHA512_SIZE;
        shape->digest_size = long_sizes[variant];
        return true;
    default:
        return false;
    }
}

static bool accumulates(uint32_t command)
{
    return bits(command, 8, 7) == MODE_ACCUMULATE;
}

/* The words before the first block. */
static void start_words(struct hace_hash *hash, const struct shape *shape)
{
    switch (shape->algorithm) {
    case SHA1:
        sha1_start(hash->words);
        break;
    case SHA224:
        sha224_start(hash->words);
        break;
    case SHA256:
        sha256_start(hash->words);
        break;
    case SHA512_SERIES:
        if (shape->digest_size == SHA512_SIZE) {
            sha512_start(hash->long_words);
        } else if (shape->digest_size == SHA384_SIZE) {
            sha384_start(hash->long_words);
        } else {
            sha512_t_start(hash->long_words, (unsigned)shape->digest_size * 8);
        }
        break;
    }
}

static void take_block(struct hace_hash *hash, const struct shape *shape,
                       const uint8_t *block)
{
    if (is_long(shape)) {
        sha512_block(hash->long_words, block);
    } else if (shape->algorithm == SHA1) {
        sha1_block(hash->words, block);
    } else {
        sha256_block(hash->words, block);
    }
}

static void load_state(struct hace_hash *hash, const uint8_t bytes[STATE_MAX])
{
    for (size_t i = 0; i < 8; i++) {
        hash->words[i] = load_be32(bytes + 4 * i);
        hash->long_words[i] = (uint64_t)load_be32(bytes + 8 * i) << 32 |
                              load_be32(bytes + 8 * i + 4);
    }
}

static void store_state(const struct hace_hash *hash, const struct shape *shape,
                        uint8_t bytes[STATE_MAX])
{
    if (is_long(shape)) {
        sha512_digest(hash->long_words, bytes);
        return;
    }
    for (size_t i = 0; i < 8; i++) {
        store_be32(bytes + 4 * i, hash->words[i]);
    }
}

/* FIPS 180-4, 5.1: the rest of the data, a one, zeros, and the length in bits,
 * which fits the last word. */
static void pad(struct hace_hash *hash, const struct shape *shape,
                uint8_t block[BLOCK_MAX], size_t rest)
{
    const size_t counter = is_long(shape) ? 16 : 8;

    block[rest++] = 0x80;
    if (rest > shape->block_size - counter) {
        memset(block + rest, 0, shape->block_size - rest);
        take_block(hash, shape, block);
        rest = 0;
    }
    memset(block + rest, 0, shape->block_size - rest);
    store_be32(block + shape->block_size - 4, hash->taken << 3);
    take_block(hash, shape, block);
}

/* The data has ended with a part of a block, or none. */
static void finish(struct device *device, const struct shape *shape,
                   uint8_t block[BLOCK_MAX], size_t rest)
{
    struct aspeed_hace *state = device->state;
    const struct aspeed_hace_wiring *wiring = device->wiring;
    struct hace_hash *hash = &state->hash;
    uint8_t bytes[STATE_MAX] = {0};

    if (!accumulates(hash->command)) {
        pad(hash, shape, block, rest);
    } else if (rest != 0) {
        device_guest_error(device, REG_COMMAND,
                           "accumulation of no whole number of blocks");
    }
    store_state(hash, shape, bytes);
    dma_write(&wiring->dma, gpa(hash->digest), bytes,
              accumulates(hash->command) ? shape->state_size
                                         : shape->digest_size);
}

const struct logged_omission hace_other_hash = {
    "HASH_CMD",
    "a hash command of another kind: MD5, HMAC, hash and cipher in one"};

bool hace_hash_begin(struct device *device)
{
    struct aspeed_hace *state = device->state;
    const struct aspeed_hace_wiring *wiring = device->wiring;
    uint32_t command = state->hash_command;
    uint8_t bytes[STATE_MAX] = {0};
    struct shape shape;

    if (!find_shape(&shape, command)) {
        device_omits(device, &hace_other_hash);
        return false;
    }
    state->hash = (struct hace_hash){
        .source = hace_stream_open(
            hace_address(state->hash_source, state->hash_high[0]),
            state->hash_length, (command & HACE_LIST) != 0),
        .digest = hace_address(state->hash_digest, state->hash_high[1]),
        .command = command,
        .left = state->hash_length,
    };
    start_words(&state->hash, &shape);
    if (accumulates(command) && dma_read(&wiring->dma, gpa(state->hash.digest),
                                         bytes, shape.state_size) == 0) {
        load_state(&state->hash, bytes);
    }
    return true;
}

bool hace_hash_step(struct device *device)
{
    struct aspeed_hace *state = device->state;
    struct hace_hash *hash = &state->hash;
    uint8_t block[BLOCK_MAX];
    struct shape shape;

    if (!find_shape(&shape, hash->command)) {
        return true; /* only a hostile snapshot has such a command */
    }
    for (size_t i = 0; i < HACE_STEP / shape.block_size; i++) {
        size_t wanted =
            hash->left < shape.block_size ? hash->left : shape.block_size;
        size_t got = hace_stream_read(device, &hash->source, block, wanted);

        hash->left -= got < hash->left ? (uint32_t)got : hash->left;
        hash->taken += (uint32_t)got;
        if (got < shape.block_size) {
            finish(device, &shape, block, got);
            return true;
        }
        take_block(hash, &shape, block);
    }
    return false;
}
