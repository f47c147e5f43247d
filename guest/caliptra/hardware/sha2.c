/* SPDX-License-Identifier: Apache-2.0 */
/* Feeds the hash blocks with padded messages. */
#include "guest/caliptra/hardware/sha2.h"

#include "abi/caliptra_memory.h"
#include "abi/caliptra_registers.h"
#include "abi/caliptra_soc_ifc.h"
#include "guest/kit/memory/memory.h"
#include "guest/kit/mmio/mmio.h"

static uint32_t big_endian(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 |
           (uint32_t)bytes[2] << 8 | bytes[3];
}

static uint32_t reversed(uint32_t word)
{
    return word << 24 | (word & 0xff00) << 8 | (word >> 8 & 0xff00) |
           word >> 24;
}

/* ---- SHA-384 ------------------------------------------------------------- */

static void start_512(uint32_t command)
{
    mmio_wait(CALIPTRA_SHA512_STATUS, CALIPTRA_STATUS_READY);
    mmio_write(CALIPTRA_SHA512_CTRL, CALIPTRA_SHA512_CTRL_384 | command);
    mmio_wait(CALIPTRA_SHA512_STATUS, CALIPTRA_STATUS_READY);
}

static uint8_t mailbox_byte(uint32_t offset)
{
    uint32_t word = mmio_read(CALIPTRA_MBOX_SRAM + (offset & ~3u));
    return (uint8_t)(word >> 8 * (offset & 3));
}

/* The big-endian word at position of the message of size bytes at offset,
 * followed by the end mark and zeros. */
static uint32_t padded_word(uint32_t offset, uint32_t position, uint32_t size)
{
    if (position < size && size - position >= 4 && (offset & 3) == 0) {
        return reversed(mmio_read(CALIPTRA_MBOX_SRAM + offset + position));
    }
    uint32_t word = 0;
    for (uint32_t at = position; at < position + 4; at++) {
        uint32_t byte = at == size ? 0x80 : 0;
        if (at < size) {
            byte = mailbox_byte(offset + at);
        }
        word = word << 8 | byte;
    }
    return word;
}

bool sha2_384_mailbox(uint32_t offset, uint32_t size, uint32_t digest[12])
{
    if (offset > CALIPTRA_MBOX_SIZE || size > CALIPTRA_MBOX_SIZE - offset) {
        return false;
    }
    uint32_t blocks = (size + 1 + 16 + 127) / 128;
    for (uint32_t block = 0; block < blocks; block++) {
        bool last = block == blocks - 1;
        for (uint32_t i = 0; i < (last ? 31u : 32u); i++) {
            mmio_write(CALIPTRA_SHA512_BLOCK + 4 * i,
                       padded_word(offset, 128 * block + 4 * i, size));
        }
        if (last) {
            mmio_write(CALIPTRA_SHA512_BLOCK + 4 * 31, size * 8);
        }
        start_512((block == 0 ? CALIPTRA_SHA512_CTRL_INIT
                              : CALIPTRA_SHA512_CTRL_NEXT) |
                  (last ? CALIPTRA_SHA512_CTRL_LAST : 0));
    }
    mmio_wait(CALIPTRA_SHA512_STATUS, CALIPTRA_STATUS_VALID);
    mmio_read_words(CALIPTRA_SHA512_DIGEST, digest, 12);
    mmio_write(CALIPTRA_SHA512_CTRL, CALIPTRA_SHA512_CTRL_ZEROIZE);
    return true;
}

/* The big-endian word at position of size bytes, with their padding. */
static uint32_t word_of(const uint8_t *bytes, uint32_t position, uint32_t size)
{
    if (position < size && size - position >= 4) {
        return big_endian(bytes + position);
    }
    uint32_t word = 0;
    for (uint32_t at = position; at < position + 4; at++) {
        uint32_t byte = at == size ? 0x80 : 0;
        word = word << 8 | (at < size ? bytes[at] : byte);
    }
    return word;
}

void sha2_384(const void *bytes, uint32_t size, uint32_t digest[12])
{
    uint32_t blocks = (size + 1 + 16 + 127) / 128;
    for (uint32_t block = 0; block < blocks; block++) {
        bool last = block == blocks - 1;
        for (uint32_t i = 0; i < (last ? 31u : 32u); i++) {
            mmio_write(CALIPTRA_SHA512_BLOCK + 4 * i,
                       word_of(bytes, 128 * block + 4 * i, size));
        }
        if (last) {
            mmio_write(CALIPTRA_SHA512_BLOCK + 4 * 31, size * 8);
        }
        start_512((block == 0 ? CALIPTRA_SHA512_CTRL_INIT
                              : CALIPTRA_SHA512_CTRL_NEXT) |
                  (last ? CALIPTRA_SHA512_CTRL_LAST : 0));
    }
    mmio_wait(CALIPTRA_SHA512_STATUS, CALIPTRA_STATUS_VALID);
    mmio_read_words(CALIPTRA_SHA512_DIGEST, digest, 12);
    mmio_write(CALIPTRA_SHA512_CTRL, CALIPTRA_SHA512_CTRL_ZEROIZE);
}

bool sha2_384_extend(unsigned pcr, const uint8_t *data, uint32_t size)
{
    mmio_wait(CALIPTRA_SHA512_VAULT_STATUS, CALIPTRA_STATUS_READY);
    mmio_write(CALIPTRA_SHA512_VAULT_CTRL,
               CALIPTRA_VAULT_CTRL_READ | CALIPTRA_VAULT_CTRL_HASH_EXTEND |
                   pcr << CALIPTRA_VAULT_CTRL_SLOT_SHIFT);
    uint32_t status =
        mmio_wait(CALIPTRA_SHA512_VAULT_STATUS, CALIPTRA_STATUS_VALID);
    if ((status & CALIPTRA_VAULT_STATUS_ERROR) != 0) {
        return false;
    }
    /* The first 48 bytes hold the PCR already and ignore writes. */
    uint8_t block[128] = {0};
    memcpy(block + 48, data, size);
    block[48 + size] = 0x80;
    for (unsigned i = 12; i < 31; i++) {
        mmio_write(CALIPTRA_SHA512_BLOCK + 4 * i, big_endian(&block[4 * i]));
    }
    mmio_write(CALIPTRA_SHA512_BLOCK + 4 * 31, (48 + size) * 8);
    start_512(CALIPTRA_SHA512_CTRL_INIT | CALIPTRA_SHA512_CTRL_LAST);
    return true;
}

/* ---- SHA-256 ------------------------------------------------------------- */

static void start_256(uint32_t command)
{
    mmio_wait(CALIPTRA_SHA256_STATUS, CALIPTRA_STATUS_READY);
    mmio_write(CALIPTRA_SHA256_CTRL, CALIPTRA_SHA256_CTRL_256 | command);
    mmio_wait(CALIPTRA_SHA256_STATUS, CALIPTRA_STATUS_VALID);
}

static void write_block_256(const uint8_t block[64])
{
    for (unsigned i = 0; i < 16; i++) {
        mmio_write(CALIPTRA_SHA256_BLOCK + 4 * i, big_endian(&block[4 * i]));
    }
}

static void read_digest_256(uint8_t digest[32])
{
    for (unsigned i = 0; i < 8; i++) {
        uint32_t word = mmio_read(CALIPTRA_SHA256_DIGEST + 4 * i);
        for (unsigned k = 0; k < 4; k++) {
            digest[4 * i + k] = (uint8_t)(word >> (24 - 8 * k));
        }
    }
}

void sha2_256_begin(struct sha2_256 *sha)
{
    sha->used = 0;
    sha->total = 0;
}

static void flush(struct sha2_256 *sha, bool first)
{
    write_block_256(sha->block);
    start_256(first ? CALIPTRA_SHA256_CTRL_INIT : CALIPTRA_SHA256_CTRL_NEXT);
    sha->used = 0;
}

void sha2_256_add(struct sha2_256 *sha, const void *bytes, uint32_t size)
{
    const uint8_t *source = bytes;
    for (uint32_t i = 0; i < size; i++) {
        sha->block[sha->used++] = source[i];
        sha->total++;
        if (sha->used == 64) {
            flush(sha, sha->total == 64);
        }
    }
}

void sha2_256_end(struct sha2_256 *sha, uint8_t digest[32])
{
    bool first = sha->total < 64;
    sha->block[sha->used++] = 0x80;
    if (sha->used > 56) {
        memset(sha->block + sha->used, 0, 64 - sha->used);
        flush(sha, first);
        first = false;
    }
    memset(sha->block + sha->used, 0, 64 - sha->used);
    uint32_t bits = sha->total * 8;
    for (unsigned k = 0; k < 4; k++) {
        sha->block[60 + k] = (uint8_t)(bits >> (24 - 8 * k));
    }
    flush(sha, first);
    read_digest_256(digest);
}

void sha2_256_raw(const uint32_t *words, uint32_t blocks, uint32_t digest[8])
{
    for (uint32_t block = 0; block < blocks; block++) {
        mmio_write_words(CALIPTRA_SHA256_BLOCK, &words[16 * block], 16);
        start_256(block == 0 ? CALIPTRA_SHA256_CTRL_INIT
                             : CALIPTRA_SHA256_CTRL_NEXT);
    }
    const uint32_t padding[16] = {[0] = 0x80000000, [15] = blocks * 64 * 8};
    mmio_write_words(CALIPTRA_SHA256_BLOCK, padding, 16);
    start_256(CALIPTRA_SHA256_CTRL_NEXT);
    mmio_read_words(CALIPTRA_SHA256_DIGEST, digest, 8);
}

void sha2_256_chain(const uint8_t message[47], uint8_t digest[32])
{
    uint8_t block[64] = {0};
    memcpy(block, message, 47);
    block[47] = 0x80;
    block[62] = (47 * 8) >> 8;
    block[63] = (47 * 8) & 0xff;
    write_block_256(block);
    start_256(CALIPTRA_SHA256_CTRL_INIT | CALIPTRA_SHA256_CTRL_WNTZ |
              4 << CALIPTRA_SHA256_CTRL_WNTZ_W_SHIFT);
    read_digest_256(digest);
}
