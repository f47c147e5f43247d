/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The cipher half of the engine: modes of AES. The context has the IV, which
 * comes back unless the command says that it is not to be saved, and the key.
 */
#include <string.h>

#include "base/bits.h"
#include "crypto/aes_modes.h"
#include "devices/aspeed/aspeed_hace.h"

enum command_bits {
    COMMAND_ENCRYPT = 1 << 7,
    COMMAND_RC4 = 1 << 8,
    COMMAND_NOT_SAVED = 1 << 9,
    COMMAND_COUNTER = 3 << 14,
    COMMAND_DES = 1 << 16,
    COMMAND_KEY_OTP = 1 << 24,
};
enum { REG_COMMAND = 0x10, CHUNK = 4096, KEY_OFFSET = 16 };
enum { KEY_SIZES = 3 };

/* False: nothing that the model has. */
static bool find_way(struct aes_way *way, uint32_t command)
{
    uint32_t mode = bits(command, 6, 4);
    uint32_t size = bits(command, 3, 2);

    if ((command & (COMMAND_RC4 | COMMAND_DES | COMMAND_KEY_OTP)) != 0 ||
        mode > AES_CTR || size >= KEY_SIZES ||
        (mode == AES_CTR && (command & COMMAND_COUNTER) != 0)) {
        return false;
    }
    *way = (struct aes_way){
        .mode = (enum aes_mode)mode,
        .encrypt = (command & COMMAND_ENCRYPT) != 0,
        .key_bits = 128 + 64 * size,
    };
    return true;
}

/* The last block may be a part of one where it is only a key stream that is
 * used. */
static size_t blocks_of(struct device *device, const struct aes_way *way,
                        size_t size)
{
    if (size % AES_BLOCK_BYTES != 0 && way->mode <= AES_CBC) {
        device_guest_error(device, REG_COMMAND,
                           "a cipher of no whole number of blocks");
    }
    return (size + AES_BLOCK_BYTES - 1) / AES_BLOCK_BYTES;
}

const struct logged_omission hace_other_cipher = {
    "CRYPT_CMD",
    "a cipher command of another kind: DES, RC4, GCM, counters of less than "
    "128 bits"};

bool hace_crypt_begin(struct device *device)
{
    struct aspeed_hace *state = device->state;
    const struct aspeed_hace_wiring *wiring = device->wiring;
    uint32_t command = state->crypt_command;
    uint64_t context = hace_address(state->crypt_context, state->crypt_high[2]);
    struct aes_way way;
    uint8_t bytes[KEY_OFFSET + sizeof(way.key)] = {0};

    if (!find_way(&way, command)) {
        device_omits(device, &hace_other_cipher);
        return false;
    }
    if (dma_read(&wiring->dma, gpa(context), bytes,
                 KEY_OFFSET + way.key_bits / 8) != 0) {
        return false;
    }
    state->crypt = (struct hace_crypt){
        .source = hace_stream_open(
            hace_address(state->crypt_source, state->crypt_high[0]),
            state->crypt_length, (command & HACE_LIST) != 0),
        .target = hace_stream_open(
            hace_address(state->crypt_target, state->crypt_high[1]),
            state->crypt_length, (command & HACE_TARGET_LIST) != 0),
        .context = context,
        .command = command,
        .left = state->crypt_length,
    };
    memcpy(state->crypt.iv, bytes, sizeof(state->crypt.iv));
    memcpy(state->crypt.key, bytes + KEY_OFFSET, way.key_bits / 8);
    return true;
}

/* A chunk; false: a stream has ended. */
static bool run_chunk(struct device *device, struct aes_way *way)
{
    struct aspeed_hace *state = device->state;
    struct hace_crypt *crypt = &state->crypt;
    uint8_t chunk[CHUNK] = {0};
    size_t wanted = crypt->left < CHUNK ? crypt->left : CHUNK;
    size_t got = hace_stream_read(device, &crypt->source, chunk, wanted);

    aes_blocks(way, chunk, chunk, blocks_of(device, way, got));
    if (got == 0 ||
        hace_stream_write(device, &crypt->target, chunk, got) != got) {
        return false;
    }
    crypt->left -= got < crypt->left ? (uint32_t)got : crypt->left;
    return crypt->left != 0;
}

bool hace_crypt_step(struct device *device)
{
    struct aspeed_hace *state = device->state;
    const struct aspeed_hace_wiring *wiring = device->wiring;
    struct hace_crypt *crypt = &state->crypt;
    bool goes_on = crypt->left != 0;
    struct aes_way way;

    if (!find_way(&way, crypt->command)) {
        return true; /* only a hostile snapshot has such a command */
    }
    memcpy(way.key, crypt->key, sizeof(way.key));
    memcpy(way.iv, crypt->iv, sizeof(way.iv));
    for (unsigned i = 0; goes_on && i < HACE_STEP / CHUNK; i++) {
        goes_on = run_chunk(device, &way);
    }
    memcpy(crypt->iv, way.iv, sizeof(way.iv));
    if (!goes_on && (crypt->command & COMMAND_NOT_SAVED) == 0 &&
        way.mode != AES_ECB) {
        dma_write(&wiring->dma, gpa(crypt->context), way.iv, sizeof(way.iv));
    }
    return !goes_on;
}
