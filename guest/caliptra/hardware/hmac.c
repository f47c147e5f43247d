/* SPDX-License-Identifier: Apache-2.0 */
/* Loads the HMAC block with key and message, and derives keys: SP 800-108 with
 * one block of counter mode. */
#include "guest/caliptra/hardware/hmac.h"

#include "abi/caliptra_registers.h"
#include "abi/caliptra_status.h"
#include "guest/caliptra/hardware/generation.h"
#include "guest/caliptra/hardware/soc_ifc.h"
#include "guest/caliptra/hardware/trng.h"
#include "guest/caliptra/hardware/vault.h"
#include "guest/kit/memory/memory.h"
#include "guest/kit/mmio/mmio.h"

#include <stdbool.h>

enum { BLOCK = 128, IN_THE_OPEN = -1 };
enum { SEED_WORDS = 12, SEED_WORDS_1_0 = 5 };

/* Entropy that blinds the block against power analysis. */
static uint32_t blind(void)
{
    uint32_t words[SEED_WORDS];
    uint32_t error = trng_draw(words);
    if (error == 0) {
        mmio_write_words(generation.hmac_seed, words,
                         soc_ifc_generation_1_0() ? SEED_WORDS_1_0
                                                  : SEED_WORDS);
    }
    return error;
}

/* The block forgets a key from the vault after each use, and what it wrote
 * there is not to be built on: both are named again for every block. */
static uint32_t issue(uint32_t command, int key_slot, int tag_slot)
{
    if (key_slot != IN_THE_OPEN &&
        !vault_port_read(CALIPTRA_HMAC_KEY_READ, (unsigned)key_slot)) {
        return CALIPTRA_ERROR_DRIVER_HMAC_KEY_READ;
    }
    if (tag_slot != IN_THE_OPEN) {
        vault_port_write(CALIPTRA_HMAC_TAG_WRITE, (unsigned)tag_slot,
                         CALIPTRA_VAULT_FOR_HMAC_KEY |
                             CALIPTRA_VAULT_FOR_ECC_SEED);
    }
    mmio_wait(CALIPTRA_HMAC_STATUS, CALIPTRA_STATUS_READY);
    mmio_write(CALIPTRA_HMAC_CTRL, command);
    mmio_wait(CALIPTRA_HMAC_STATUS, CALIPTRA_STATUS_VALID);
    if (tag_slot != IN_THE_OPEN &&
        !vault_port_written(CALIPTRA_HMAC_TAG_WRITE)) {
        return CALIPTRA_ERROR_DRIVER_HMAC_TAG_WRITE;
    }
    return 0;
}

static void write_block(const uint8_t block[BLOCK])
{
    for (unsigned i = 0; i < BLOCK; i += 4) {
        mmio_write(CALIPTRA_HMAC_BLOCK + i,
                   (uint32_t)block[i] << 24 | (uint32_t)block[i + 1] << 16 |
                       (uint32_t)block[i + 2] << 8 | block[i + 3]);
    }
}

static uint32_t run(uint32_t mode, int key_slot, const void *message,
                    uint32_t size, int tag_slot)
{
    if (size > HMAC_MESSAGE_MAX) {
        return CALIPTRA_ERROR_DRIVER_HMAC_MAX_DATA;
    }
    uint8_t blocks[2 * BLOCK] = {0};
    uint32_t used = size + 1 + 16 <= BLOCK ? BLOCK : 2 * BLOCK;
    memcpy(blocks, message, size);
    blocks[size] = 0x80;
    /* The key is one block of what is digested. */
    uint32_t bits = (BLOCK + size) * 8;
    blocks[used - 2] = (uint8_t)(bits >> 8);
    blocks[used - 1] = (uint8_t)bits;
    uint32_t error = blind();
    for (uint32_t at = 0; at < used && error == 0; at += BLOCK) {
        write_block(blocks + at);
        error = issue(mode | (at == 0 ? CALIPTRA_HMAC_CTRL_INIT
                                      : CALIPTRA_HMAC_CTRL_NEXT),
                      key_slot, tag_slot);
    }
    return error;
}

static uint32_t finish(uint32_t error)
{
    mmio_write(CALIPTRA_HMAC_CTRL, CALIPTRA_HMAC_CTRL_ZEROIZE);
    return error;
}

uint32_t hmac_bytes(unsigned key_slot, const void *message, uint32_t size,
                    unsigned tag_slot)
{
    return finish(
        run(generation.hmac_mode, (int)key_slot, message, size, (int)tag_slot));
}

uint32_t hmac_slot(unsigned key_slot, unsigned message_slot, unsigned tag_slot)
{
    uint32_t error = blind();
    if (error == 0 &&
        !vault_port_read(CALIPTRA_HMAC_BLOCK_READ, message_slot)) {
        error = CALIPTRA_ERROR_DRIVER_HMAC_DATA_READ;
    }
    if (error == 0) {
        error = issue(generation.hmac_mode | CALIPTRA_HMAC_CTRL_INIT,
                      (int)key_slot, (int)tag_slot);
    }
    return finish(error);
}

/* Returns the size, 0 if it is too large. */
static uint32_t compose(uint8_t message[HMAC_MESSAGE_MAX],
                        const struct hmac_input *input)
{
    static const uint8_t counter[4] = {0, 0, 0, 1};
    uint32_t size = sizeof counter + input->label_size;
    uint32_t separator = input->context != NULL;
    if (size + separator + input->context_size > HMAC_MESSAGE_MAX) {
        return 0;
    }
    memcpy(message, counter, sizeof counter);
    memcpy(message + sizeof counter, input->label, input->label_size);
    if (input->context != NULL) {
        message[size++] = 0;
        memcpy(message + size, input->context, input->context_size);
        size += input->context_size;
    }
    return size;
}

uint32_t hmac_derive_from(unsigned key_slot, const struct hmac_input *input,
                          unsigned tag_slot)
{
    uint8_t message[HMAC_MESSAGE_MAX];
    uint32_t size = compose(message, input);
    return size != 0 ? hmac_bytes(key_slot, message, size, tag_slot)
                     : CALIPTRA_ERROR_DRIVER_HMAC_MAX_DATA;
}

static uint32_t length(const char *text)
{
    uint32_t size = 0;
    while (text[size] != '\0') {
        size++;
    }
    return size;
}

uint32_t hmac_derive(unsigned key_slot, const char *label, const void *context,
                     uint32_t context_size, unsigned tag_slot)
{
    const struct hmac_input input = {label, length(label), context,
                                     context_size};
    return hmac_derive_from(key_slot, &input, tag_slot);
}

uint32_t hmac_derive_nothing(const char *label, unsigned tag_slot)
{
    static const uint32_t zeros[16];
    const struct hmac_input input = {label, length(label), NULL, 0};
    uint8_t message[HMAC_MESSAGE_MAX];
    uint32_t size = compose(message, &input);
    mmio_write_words(CALIPTRA_HMAC_KEY, zeros, generation.hmac_key_words);
    return finish(
        run(generation.hmac_mode, IN_THE_OPEN, message, size, (int)tag_slot));
}

uint32_t hmac_words(const uint32_t key[12], const void *message, uint32_t size,
                    uint32_t tag[12])
{
    mmio_write(CALIPTRA_HMAC_TAG_WRITE, 0);
    mmio_write_words(CALIPTRA_HMAC_KEY, key, 12);
    uint32_t error = run(0, IN_THE_OPEN, message, size, IN_THE_OPEN);
    if (error == 0) {
        mmio_read_words(CALIPTRA_HMAC_TAG, tag, 12);
    }
    return finish(error);
}
