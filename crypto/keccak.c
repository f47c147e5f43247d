/* SPDX-License-Identifier: Apache-2.0 */
/* The permutation of FIPS 202, 3.2, and the sponge around it. */
#include "crypto/keccak.h"

#include <string.h>

#include "base/assert.h"
#include "base/bits.h"

enum { ROUNDS = 24 };

/* FIPS 202, 3.2.5. */
static const uint64_t round_constants[ROUNDS] = {
    0x0000000000000001, 0x0000000000008082, 0x800000000000808a,
    0x8000000080008000, 0x000000000000808b, 0x0000000080000001,
    0x8000000080008081, 0x8000000000008009, 0x000000000000008a,
    0x0000000000000088, 0x0000000080008009, 0x000000008000000a,
    0x000000008000808b, 0x800000000000008b, 0x8000000000008089,
    0x8000000000008003, 0x8000000000008002, 0x8000000000000080,
    0x000000000000800a, 0x800000008000000a, 0x8000000080008081,
    0x8000000000008080, 0x0000000080000001, 0x8000000080008008,
};

static_assert(sizeof(((struct keccak *)NULL)->lanes) == KECCAK_STATE_BYTES,
              "positions are those of bytes in the lanes");

/* The path that rho and pi take through the lanes, from lane 1 on: where the
 * next lane lies, and by how much it turns (FIPS 202, 3.2.2 and 3.2.3). */
static const uint8_t path[24] = {10, 7,  11, 17, 18, 3, 5,  16, 8,  21, 24, 4,
                                 15, 23, 19, 13, 12, 2, 20, 14, 22, 9,  6,  1};
static const uint8_t turns[24] = {1,  3,  6,  10, 15, 21, 28, 36,
                                  45, 55, 2,  14, 27, 41, 56, 8,
                                  25, 43, 62, 18, 39, 61, 20, 44};

static inline uint64_t turn(uint64_t lane, unsigned by)
{
    return lane << by | lane >> (64 - by);
}

static void theta(uint64_t lanes[KECCAK_LANES])
{
    uint64_t columns[5];

    for (int x = 0; x < 5; x++) {
        columns[x] = lanes[x] ^ lanes[x + 5] ^ lanes[x + 10] ^ lanes[x + 15] ^
                     lanes[x + 20];
    }
    for (int x = 0; x < 5; x++) {
        uint64_t d = columns[(x + 4) % 5] ^ turn(columns[(x + 1) % 5], 1);

        for (int y = 0; y < KECCAK_LANES; y += 5) {
            lanes[y + x] ^= d;
        }
    }
}

static void rho_pi(uint64_t lanes[KECCAK_LANES])
{
    uint64_t moving = lanes[1];

    for (int i = 0; i < 24; i++) {
        uint64_t next = lanes[path[i]];

        lanes[path[i]] = turn(moving, turns[i]);
        moving = next;
    }
}

static void chi(uint64_t lanes[KECCAK_LANES])
{
    for (int y = 0; y < KECCAK_LANES; y += 5) {
        uint64_t row[5];

        memcpy(row, lanes + y, sizeof(row));
        for (int x = 0; x < 5; x++) {
            lanes[y + x] = row[x] ^ (~row[(x + 1) % 5] & row[(x + 2) % 5]);
        }
    }
}

void keccak_permute(uint64_t lanes[KECCAK_LANES])
{
    for (int round = 0; round < ROUNDS; round++) {
        theta(lanes);
        rho_pi(lanes);
        chi(lanes);
        lanes[0] ^= round_constants[round];
    }
}

void keccak_start(struct keccak *keccak, uint32_t rate)
{
    assert(rate != 0 && rate % 8 == 0 && rate < KECCAK_STATE_BYTES);
    memset(keccak, 0, sizeof(*keccak));
    keccak->rate = rate;
}

static void add_byte(struct keccak *keccak, uint32_t position, uint8_t byte)
{
    keccak->lanes[position / 8] ^= (uint64_t)byte << position % 8 * 8;
}

void keccak_absorb(struct keccak *keccak, const void *bytes, size_t size)
{
    const uint8_t *from = bytes;

    while (size != 0) {
        if (keccak->position % 8 == 0 && size >= 8) {
            keccak->lanes[keccak->position / 8] ^= load_le64(from);
            keccak->position += 8;
            from += 8;
            size -= 8;
        } else {
            add_byte(keccak, keccak->position++, *from++);
            size--;
        }
        if (keccak->position == keccak->rate) {
            keccak_permute(keccak->lanes);
            keccak->position = 0;
        }
    }
}

void keccak_finish(struct keccak *keccak, enum keccak_suffix suffix)
{
    add_byte(keccak, keccak->position, (uint8_t)suffix);
    add_byte(keccak, keccak->rate - 1, 0x80);
    keccak_permute(keccak->lanes);
    keccak->position = 0;
}

void keccak_squeeze(struct keccak *keccak, void *bytes, size_t size)
{
    uint8_t *to = bytes;

    for (size_t i = 0; i < size; i++) {
        uint32_t position = keccak->position;

        if (position == keccak->rate) {
            keccak_permute(keccak->lanes);
            position = 0;
        }
        to[i] = (uint8_t)(keccak->lanes[position / 8] >> position % 8 * 8);
        keccak->position = position + 1;
    }
}

void shake256(const void *bytes, size_t size, void *digest, size_t digest_size)
{
    struct keccak keccak;

    keccak_start(&keccak, SHAKE256_RATE);
    keccak_absorb(&keccak, bytes, size);
    keccak_finish(&keccak, KECCAK_SHAKE);
    keccak_squeeze(&keccak, digest, digest_size);
}
