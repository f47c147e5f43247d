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
enum { REG_COMMAND = 0x10, CHUNK = 4096, KEY_OFFSET = 16, KEY_MAX = 32 };
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

static void run(struct device *device, struct aes_way *way)
{
    const struct aspeed_hace *state = device->state;
    uint32_t command = state->crypt_command;
    struct hace_stream source = hace_stream_open(
        device, hace_address(state->crypt_source, state->crypt_high[0]),
        state->crypt_length, (command & HACE_LIST) != 0);
    struct hace_stream target = hace_stream_open(
        device, hace_address(state->crypt_target, state->crypt_high[1]),
        state->crypt_length, (command & HACE_TARGET_LIST) != 0);
    uint32_t left = state->crypt_length;

    while (left != 0) {
        uint8_t chunk[CHUNK] = {0};
        size_t wanted = left < CHUNK ? left : CHUNK;
        size_t got = hace_stream_read(&source, chunk, wanted);

        aes_blocks(way, chunk, chunk, blocks_of(device, way, got));
        if (got == 0 || hace_stream_write(&target, chunk, got) != got) {
            break;
        }
        left -= (uint32_t)got;
    }
}

void hace_crypt(struct device *device)
{
    const struct aspeed_hace *state = device->state;
    const struct aspeed_hace_wiring *wiring = device->wiring;
    struct gpa context =
        gpa(hace_address(state->crypt_context, state->crypt_high[2]));
    uint8_t bytes[KEY_OFFSET + KEY_MAX] = {0};
    struct aes_way way;

    if (!find_way(&way, state->crypt_command)) {
        device_unmodelled(device, REG_COMMAND, "cipher command 0x%x",
                          state->crypt_command);
        return;
    }
    if (dma_read(&wiring->dma, context, bytes, KEY_OFFSET + way.key_bits / 8) !=
        0) {
        return;
    }
    memcpy(way.iv, bytes, sizeof(way.iv));
    memcpy(way.key, bytes + KEY_OFFSET, way.key_bits / 8);
    run(device, &way);
    if ((state->crypt_command & COMMAND_NOT_SAVED) == 0 &&
        way.mode != AES_ECB) {
        dma_write(&wiring->dma, context, way.iv, sizeof(way.iv));
    }
}
