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

/* A hash under way. */
struct hash {
    uint32_t words[8];      /* SHA-1 to SHA-256 */
    uint64_t long_words[8]; /* SHA-384 and 512 */
    size_t block_size;
    size_t state_size;
    size_t digest_size;
    bool is_sha1;
};

static bool is_long(const struct hash *hash)
{
    return hash->block_size == SHA512_BLOCK_SIZE;
}

static void begin_short(struct hash *hash, bool is_sha1, size_t digest_size)
{
    hash->is_sha1 = is_sha1;
    hash->block_size = SHA256_BLOCK_SIZE;
    hash->state_size = is_sha1 ? SHA1_SIZE : SHA256_SIZE;
    hash->digest_size = digest_size;
}

static bool begin_long(struct hash *hash, unsigned variant)
{
    static const uint8_t sizes[] = {SHA512_SIZE, SHA384_SIZE, SHA256_SIZE,
                                    SHA224_SIZE};

    if (variant >= ARRAY_SIZE(sizes)) {
        return false;
    }
    hash->block_size = SHA512_BLOCK_SIZE;
    hash->state_size = SHA512_SIZE;
    hash->digest_size = sizes[variant];
    if (variant == 0) {
        sha512_start(hash->long_words);
    } else if (variant == 1) {
        sha384_start(hash->long_words);
    } else {
        sha512_t_start(hash->long_words, sizes[variant] * 8);
    }
    return true;
}

/* False: no algorithm that the model has. */
static bool begin(struct hash *hash, uint32_t command)
{
    *hash = (struct hash){.is_sha1 = false};
    switch (bits(command, 6, 4)) {
    case SHA1:
        begin_short(hash, true, SHA1_SIZE);
        sha1_start(hash->words);
        return true;
    case SHA224:
        begin_short(hash, false, SHA224_SIZE);
        sha224_start(hash->words);
        return true;
    case SHA256:
        begin_short(hash, false, SHA256_SIZE);
        sha256_start(hash->words);
        return true;
    case SHA512_SERIES:
        return begin_long(hash, bits(command, 12, 10));
    default:
        return false;
    }
}

static void take_block(struct hash *hash, const uint8_t *block)
{
    if (is_long(hash)) {
        sha512_block(hash->long_words, block);
    } else if (hash->is_sha1) {
        sha1_block(hash->words, block);
    } else {
        sha256_block(hash->words, block);
    }
}

static void load_state(struct hash *hash, const uint8_t bytes[STATE_MAX])
{
    for (size_t i = 0; i < 8; i++) {
        hash->words[i] = load_be32(bytes + 4 * i);
        hash->long_words[i] = (uint64_t)load_be32(bytes + 8 * i) << 32 |
                              load_be32(bytes + 8 * i + 4);
    }
}

static void store_state(const struct hash *hash, uint8_t bytes[STATE_MAX])
{
    if (is_long(hash)) {
        sha512_digest(hash->long_words, bytes);
        return;
    }
    for (size_t i = 0; i < 8; i++) {
        store_be32(bytes + 4 * i, hash->words[i]);
    }
}

/* FIPS 180-4, 5.1: the rest of the data, a one, zeros, and the length. */
static void finish(struct hash *hash, uint8_t block[BLOCK_MAX], size_t rest,
                   uint64_t length)
{
    size_t counter = is_long(hash) ? 16 : 8;

    block[rest++] = 0x80;
    if (rest > hash->block_size - counter) {
        memset(block + rest, 0, hash->block_size - rest);
        take_block(hash, block);
        rest = 0;
    }
    memset(block + rest, 0, hash->block_size - rest);
    store_be32(block + hash->block_size - 8, (uint32_t)(length >> 29));
    store_be32(block + hash->block_size - 4, (uint32_t)(length << 3));
    take_block(hash, block);
}

/* Takes in whole blocks; what is left stays in block. Returns its size. */
static size_t take_data(struct hash *hash, struct hace_stream *stream,
                        uint32_t length, uint8_t block[BLOCK_MAX],
                        uint64_t *taken)
{
    size_t got;

    *taken = 0;
    do {
        uint64_t left = length - *taken;
        size_t wanted =
            left < hash->block_size ? (size_t)left : hash->block_size;
        got = hace_stream_read(stream, block, wanted);
        *taken += got;
        if (got == hash->block_size) {
            take_block(hash, block);
        }
    } while (got == hash->block_size);
    return got;
}

static void run(struct device *device, struct hash *hash, bool accumulates)
{
    const struct aspeed_hace *state = device->state;
    const struct aspeed_hace_wiring *wiring = device->wiring;
    uint64_t digest = hace_address(state->hash_digest, state->hash_high[1]);
    struct hace_stream stream = hace_stream_open(
        device, hace_address(state->hash_source, state->hash_high[0]),
        state->hash_length, (state->hash_command & HACE_LIST) != 0);
    uint8_t bytes[STATE_MAX] = {0};
    uint8_t block[BLOCK_MAX];
    uint64_t length;

    if (accumulates &&
        dma_read(&wiring->dma, gpa(digest), bytes, hash->state_size) == 0) {
        load_state(hash, bytes);
    }
    size_t rest = take_data(hash, &stream, state->hash_length, block, &length);
    if (!accumulates) {
        finish(hash, block, rest, length);
    } else if (rest != 0) {
        device_guest_error(device, REG_COMMAND,
                           "accumulation of no whole number of blocks");
    }
    store_state(hash, bytes);
    dma_write(&wiring->dma, gpa(digest), bytes,
              accumulates ? hash->state_size : hash->digest_size);
}

void hace_hash(struct device *device)
{
    const struct aspeed_hace *state = device->state;
    uint32_t command = state->hash_command;
    uint32_t mode = bits(command, 8, 7);
    struct hash hash;

    if ((mode != MODE_DIGEST && mode != MODE_ACCUMULATE) ||
        (command & COMMAND_CASCADE) != 0 ||
        (command & COMMAND_BIG_ENDIAN) == 0 || !begin(&hash, command)) {
        device_unmodelled(device, REG_COMMAND, "hash command 0x%x", command);
        return;
    }
    run(device, &hash, mode == MODE_ACCUMULATE);
}
