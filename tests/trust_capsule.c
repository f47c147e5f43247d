/* SPDX-License-Identifier: Apache-2.0 */
/* Makes capsules by the library and delivers them into the board's flash. */
#include "tests/trust_capsule.h"

#include <openssl/rsa.h>
#include <openssl/sha.h>
#include <string.h>

#include "abi/boot_mcu.h"
#include "base/bits.h"
#include "tests/harness.h"
#include "trust/caliptra/soc_manifest.h"
#include "trust/capsule/capsule.h"
#include "trust/keys/keys.h"

/* ---- Who signs
 * ---------------------------------------------------------------- */

static void make_signer(struct test_signer *made)
{
    EVP_PKEY *key = EVP_RSA_gen(2048);
    test_signer_make(made, key);
    EVP_PKEY_free(key);
}

const struct test_signer *trust_capsule_signer(void)
{
    static struct test_signer signer;
    if (signer.signer == NULL) {
        make_signer(&signer);
    }
    return &signer;
}

const struct test_signer *trust_capsule_stranger(void)
{
    static struct test_signer signer;
    if (signer.signer == NULL) {
        make_signer(&signer);
    }
    return &signer;
}

static struct key_ring *ring(void)
{
    static struct key_ring ring;
    static bool loaded;
    if (!loaded) {
        loaded = keys_load(&ring, TRUST_EMBEDDED "keys", NULL) == 0;
        EXPECT(loaded);
    }
    return &ring;
}

/* ---- Sets
 * --------------------------------------------------------------------- */

void trust_capsule_set(const struct trust_board *board, uint32_t version,
                       bool spoilt, struct buffer *out)
{
    const struct flash_bank *from = &board->flash.banks[0];
    struct flash_bank bank = {.count = from->count};
    struct buffer images[FLASH_IMAGES_MAX] = {0};
    struct caliptra_soc_image entries[FLASH_IMAGES_MAX];
    struct buffer manifest = {0};
    struct soc_manifest_pack pack;
    struct error error = {""};
    size_t count = 0;
    const struct caliptra_signing signing = {
        .keys = ring(), .lms = true, .lms_leaf = 1};
    soc_manifest_pack_init(&pack, &signing);
    for (unsigned i = 0; i < from->count; i++) {
        bank.parts[i] = from->parts[i];
        if (from->parts[i].id < FLASH_IMAGE_SOC) {
            continue;
        }
        buffer_append(&images[i], from->parts[i].bytes, from->parts[i].size);
        store_le32(images[i].bytes + offsetof(struct boot_image, version),
                   version);
        entries[count] = (struct caliptra_soc_image){
            .firmware_id = from->parts[i].id,
            .flags = CALIPTRA_SOC_SOURCE_IN_REQUEST,
        };
        SHA384(images[i].bytes, images[i].size, entries[count++].digest);
        if (spoilt && from->parts[i].id == FLASH_IMAGE_KERNEL) {
            images[i].bytes[200] ^= 1;
        }
        bank.parts[i].bytes = images[i].bytes;
    }
    pack.version = version;
    pack.images = entries;
    pack.count = count;
    EXPECT_EQ(soc_manifest_write(&pack, &manifest, &error), 0);
    for (unsigned i = 0; i < bank.count; i++) {
        if (bank.parts[i].id == FLASH_IMAGE_SOC_MANIFEST) {
            bank.parts[i].bytes = manifest.bytes;
            bank.parts[i].size = manifest.size;
        }
    }
    EXPECT_EQ(flash_bank_write(&bank, FLASH_BANK_SIZE, out, &error), 0);
    EXPECT_STR(error.text, "");
    buffer_fini(&manifest);
    for (unsigned i = 0; i < from->count; i++) {
        buffer_fini(&images[i]);
    }
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
                  : order->by_stranger ? trust_capsule_stranger()->signer
                                       : trust_capsule_signer()->signer,
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
    memcpy(fuses + BOOT_MCU_FUSES_SIGNER, trust_capsule_signer()->certificate,
           32);
    store_le32(fuses + BOOT_MCU_FUSES_FLOOR, (1u << floor) - 1);
}

void trust_capsule_deliver(struct trust_board *board,
                           const struct buffer *capsule)
{
    trust_board_write(board, FLASH_CAPSULE, capsule->bytes, capsule->size);
}
