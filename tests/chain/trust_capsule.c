/* SPDX-License-Identifier: Apache-2.0 */
/* Makes capsules by the library and delivers them into the board's flash. */
#include "tests/chain/trust_capsule.h"

#include <string.h>

#include "abi/boot_mcu.h"
#include "base/bits.h"
#include "tests/harness.h"
#include "trust/capsule/capsule.h"
#include "trust/flash/set.h"
#include "trust/keys/keys.h"

static struct key_ring *ring(void)
{
    static struct key_ring ring;
    static bool loaded;
    if (!loaded) {
        loaded = keys_load(&ring, CARRIED "keys", NULL, NULL) == 0;
        EXPECT(loaded);
    }
    return &ring;
}

/* ---- Sets ---------------------------------------------------------------- */

void trust_capsule_set(const struct trust_board *board, uint32_t version,
                       bool spoilt, struct buffer *out)
{
    const struct flash_bank *from = &board->flash.banks[0];
    struct flash_set set = {.version = version};
    struct error error = {""};
    const struct caliptra_signing signing = {
        .keys = ring(), .lms = true, .lms_leaf = 1};
    for (unsigned i = 0; i < from->count; i++) {
        const struct flash_part *part = &from->parts[i];
        if (part->id == FLASH_IMAGE_CALIPTRA) {
            buffer_append(&set.bundle, part->bytes, part->size);
        } else if (part->id >= FLASH_IMAGE_SOC) {
            uint8_t *bytes =
                flash_set_add(&set, part->id, part->bytes, part->size)
                    ->bytes.bytes;
            store_le32(bytes + offsetof(struct boot_image, version), version);
        }
    }
    EXPECT_EQ(flash_set_sign(&set, &signing, &error), 0);
    for (unsigned i = 0; i < set.count; i++) {
        if (spoilt && set.images[i].id == FLASH_IMAGE_KERNEL) {
            set.images[i].bytes.bytes[200] ^= 1;
        }
    }
    EXPECT_EQ(flash_set_write(&set, FLASH_BANK_SIZE, out, &error), 0);
    EXPECT_STR(error.text, "");
    flash_set_fini(&set);
}

void trust_capsule_make(const struct trust_board *board,
                        const struct trust_order *order, struct buffer *out)
{
    struct buffer set = {0};
    struct error error = {""};
    trust_capsule_set(board, order->version, order->spoilt, &set);
    struct capsule_pack pack = {
        .image_type = board->flash.metadata.images[0].image_type,
        .image_index = 1,
        .flags = UEFI_CAPSULE_PERSIST |
                 (order->at_once ? 0u : UEFI_CAPSULE_OS_ACCEPTS),
        .versioned = !order->unversioned,
        .version = order->version,
        .lowest_supported_version = order->lowest,
        .image = set.bytes,
        .image_size = set.size,
        .signer = order->unsigned_     ? NULL
                  : order->by_stranger ? test_signer(1)->signer
                                       : test_signer(0)->signer,
    };
    if (order->for_other) {
        pack.image_type.bytes[0] ^= 1;
    }
    EXPECT_EQ(capsule_write(&pack, out, &error), 0);
    EXPECT_STR(error.text, "");
    buffer_fini(&set);
}

/* ---- A board that takes them --------------------------------------------- */

void trust_capsule_fuses(struct trust_board *board, uint32_t floor)
{
    uint8_t *fuses = board->images[TRUST_FUSES].bytes;
    memcpy(fuses + BOOT_MCU_FUSES_SIGNER, test_signer(0)->certificate, 32);
    store_le32(fuses + BOOT_MCU_FUSES_FLOOR, (1u << floor) - 1);
}

void trust_capsule_deliver(struct trust_board *board,
                           const struct buffer *capsule)
{
    trust_board_write(board, FLASH_CAPSULE, capsule->bytes, capsule->size);
}
