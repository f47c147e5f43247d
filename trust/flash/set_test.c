/* SPDX-License-Identifier: Apache-2.0 */
/* Sets of images: signed, laid out, read back, and packed with another guest.
 */
#include "trust/flash/set.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "tests/harness.h"
#include "tests/key_rings.h"
#include "trust/caliptra/fuses.h"
#include "trust/caliptra/soc_manifest.h"
#include "trust/flash/image.h"
#include "trust/flash/repack.h"
#include "trust/keys/keys.h"

enum { VERSION = 7, ARRAY_BYTES = 4096 };

static struct caliptra_signing signing(void)
{
    return (struct caliptra_signing){.keys = test_ring_make("set test", false)};
}

static void add_bundle(struct flash_set *set)
{
    static const uint8_t program[256] = {1, 2, 3};
    struct caliptra_pack pack;
    caliptra_pack_init(&pack, CALIPTRA_1_1);
    pack.signing = signing();
    pack.fmc.bytes = pack.runtime.bytes = program;
    pack.fmc.size = pack.runtime.size = sizeof(program);
    EXPECT_EQ(caliptra_bundle_write(&pack, &set->bundle, NULL), 0);
}

static void add_image(struct flash_set *set, uint32_t id)
{
    uint8_t payload[40];
    struct boot_image header = {.id = id, .payload_size = sizeof(payload)};
    memset(payload, (int)id, sizeof(payload));
    EXPECT_EQ(flash_set_wrap(set, &header, payload, NULL, NULL), 0);
    EXPECT_EQ(header.version, set->version);
}

static void make_set(struct flash_set *set)
{
    const struct caliptra_signing keys = signing();
    *set = (struct flash_set){.version = VERSION, .vendor_signs = true};
    add_bundle(set);
    add_image(set, FLASH_IMAGE_MONITOR);
    add_image(set, FLASH_IMAGE_KERNEL);
    EXPECT_EQ(flash_set_sign(set, &keys, NULL), 0);
}

TEST(a_set_is_a_bank_of_bundle_manifest_and_images)
{
    struct flash_set set;
    struct flash_bank bank;
    OWNED(buffer_fini) struct buffer bytes = {0};
    make_set(&set);
    EXPECT_EQ(flash_set_write(&set, flash_bank_room(0), &bytes, NULL), 0);
    REQUIRE(flash_bank_read(&bank, bytes.bytes, bytes.size, NULL) == 0);
    EXPECT_EQ(bank.count, 4);
    EXPECT_EQ(bank.parts[0].id, FLASH_IMAGE_CALIPTRA);
    EXPECT_EQ(bank.parts[1].id, FLASH_IMAGE_SOC_MANIFEST);
    for (unsigned i = 0; i < set.count; i++) {
        EXPECT_EQ(bank.parts[2 + i].id, set.images[i].id);
        EXPECT_EQ(bank.parts[2 + i].size, set.images[i].bytes.size);
    }
    flash_set_fini(&set);
}

TEST(its_manifest_admits_the_images_on_a_part_with_its_bundle)
{
    OWNED(flash_set_fini) struct flash_set set;
    struct caliptra_bundle bundle;
    struct caliptra_verdict verdict;
    make_set(&set);
    REQUIRE(caliptra_bundle_read(&bundle, set.bundle.bytes, set.bundle.size,
                                 NULL) == 0);
    soc_manifest_verify(set.manifest.bytes, set.manifest.size, &bundle, false,
                        &verdict);
    EXPECT_EQ(verdict.code, 0);
    EXPECT_STR(verdict.detail, "");
    const struct caliptra_soc_images *images =
        soc_manifest_images(set.manifest.bytes, set.manifest.size, NULL);
    REQUIRE(images);
    EXPECT_EQ(images->count, 2);
}

TEST(a_set_has_room_for_so_many)
{
    OWNED(flash_set_fini) struct flash_set set = {.version = 1};
    for (unsigned i = 0; i < FLASH_SET_IMAGES_MAX; i++) {
        EXPECT(flash_set_add(&set, FLASH_IMAGE_SOC + i, "x", 1) != NULL);
    }
    EXPECT(flash_set_add(&set, FLASH_IMAGE_SOC, "x", 1) == NULL);
    EXPECT_EQ(set.count, FLASH_SET_IMAGES_MAX);
}

TEST(fuses_for_its_bundle_leave_the_rest_of_the_array)
{
    struct flash_set set;
    OWNED(buffer_fini) struct buffer array = {0};
    make_set(&set);
    memset(buffer_grow(&array, ARRAY_BYTES), 0x5a, ARRAY_BYTES);
    EXPECT_EQ(flash_set_burn(&set, &array, NULL), 0);
    EXPECT(load_le32(array.bytes) != 0x5a5a5a5a);
    for (size_t i = 4 * CALIPTRA_SOC_IFC_FUSE_WORDS; i < ARRAY_BYTES; i++) {
        EXPECT_EQ(array.bytes[i], 0x5a);
    }
    array.size = 4 * CALIPTRA_SOC_IFC_FUSE_WORDS - 1;
    EXPECT_EQ(flash_set_burn(&set, &array, NULL), -EINVAL);
    flash_set_fini(&set);
}

/* ---- The verdict on a flash ---------------------------------------------- */

static void make_flash(struct buffer *flash)
{
    struct flash_set set = {0};
    OWNED(buffer_fini) struct buffer bank = {0};
    make_set(&set);
    EXPECT_EQ(flash_set_write(&set, flash_bank_room(0), &bank, NULL), 0);
    const struct buffer *banks[FLASH_BANKS] = {&bank};
    const struct fwu metadata = {
        .bank_state = {FWU_BANK_ACCEPTED, FWU_BANK_INVALID, FWU_BANK_INVALID,
                       FWU_BANK_INVALID},
        .bank_count = 2,
        .image_count = 1,
    };
    flash_image_write(&metadata, banks, flash);
    flash_set_fini(&set);
}

/* On a part whose owner named both key hashes, or with neither. */
static void judge(const struct buffer *flash, bool is_named,
                  struct verdict *verdict)
{
    const struct caliptra_named named = {is_named, is_named};
    OWNED(free_at) struct flash_image *image = xcalloc(1, sizeof(*image));
    const struct flash_part *part;
    struct caliptra_bundle bundle;
    struct error error = {""};
    static struct fuses fuses; /* the part's, whatever becomes of the flash */
    if (flash_image_read(image, flash->bytes, flash->size, &error) != 0) {
        verdict_add(verdict, VERDICT_REFUSED, "flash", "%s", error.text);
    } else {
        part = flash_bank_find(&image->banks[0], FLASH_IMAGE_CALIPTRA);
        if (!is_named && part != NULL &&
            caliptra_bundle_read(&bundle, part->bytes, part->size, NULL) == 0) {
            caliptra_bundle_fuses(&bundle, &fuses);
        }
        flash_image_judge(image, flash->bytes, flash->size, &fuses, &named,
                          verdict);
    }
}

TEST(each_byte_of_a_flash_is_covered_or_named)
{
    OWNED(buffer_fini) struct buffer flash = {0};
    struct verdict verdict = {0};
    size_t tried = 0;
    make_flash(&flash);
    judge(&flash, false, &verdict);
    EXPECT_EQ(verdict_decide(&verdict), VERDICT_IS_UNDECIDED);
    verdict_fini(&verdict);
    judge(&flash, true, &verdict);
    EXPECT_EQ(verdict_decide(&verdict), VERDICT_IS_TRUSTED);
    for (size_t at = 0; at < flash.size; at += 5) {
        struct verdict other = {0};
        if (verdict_names_byte(&verdict, at)) {
            continue;
        }
        test_case("offset 0x%zx", at);
        flash.bytes[at] ^= (uint8_t)(1u << at % 8);
        judge(&flash, true, &other);
        EXPECT_EQ(verdict_decide(&other), VERDICT_IS_REFUSED);
        flash.bytes[at] ^= (uint8_t)(1u << at % 8);
        verdict_fini(&other);
        tried++;
    }
    EXPECT(tried > 500);
    EXPECT(verdict_names_byte(&verdict, FLASH_METADATA_0));
    verdict_fini(&verdict);
}

/* ---- Another guest ------------------------------------------------------- */

FIXTURE(struct buffer, fuses, buffer_fini)

TEST_BEGINS(a_guest_takes_the_place_of_the_one_in_the_flash, fuses)
{
    static const uint8_t kernel[64] = {9};
    static const uint8_t tree[48] = {0xd0, 0x0d, 0xfe, 0xed, 0xff};
    const struct flash_piece pieces[] = {
        {FLASH_IMAGE_KERNEL,      0x40080000, 0x40080000, kernel, sizeof(kernel)},
        {FLASH_IMAGE_DEVICE_TREE, 0x4f000000, 0,          tree,   sizeof(tree)  },
    };
    static struct flash_image image;
    struct boot_image header = {0};
    OWNED(buffer_fini) struct buffer flash = {0};
    make_flash(&flash);
    buffer_append_zeros(fuses, ARRAY_BYTES);
    const struct caliptra_signing keys = signing();
    EXPECT_EQ(flash_repack(pieces, ARRAY_SIZE(pieces), keys.keys, &flash, fuses,
                           NULL),
              0);
    REQUIRE(flash_image_read(&image, flash.bytes, flash.size, NULL) == 0);
    const struct flash_bank *bank = &image.banks[0];
    EXPECT_EQ(bank->count, 5);
    EXPECT(flash_bank_find(bank, FLASH_IMAGE_MONITOR) != NULL);
    const struct flash_part *part = flash_bank_find(bank, FLASH_IMAGE_KERNEL);
    REQUIRE(part && boot_image_read(&header, part, NULL) == 0);
    EXPECT_EQ(header.version, VERSION);
    EXPECT_EQ(header.load_address, 0x40080000);
    EXPECT_EQ(memcmp(part->bytes + sizeof(header), kernel, sizeof(kernel)), 0);
    part = flash_bank_find(bank, FLASH_IMAGE_DEVICE_TREE);
    REQUIRE(part);
    EXPECT_EQ(load_be32(part->bytes + sizeof(header) + 4), sizeof(tree));
}

TEST_BEGINS(what_the_chain_has_no_place_for_is_refused, fuses)
{
    static const uint8_t byte[4] = {0};
    static const struct flash_piece odd = {0x2000, 0, 0, byte, sizeof(byte)};
    const struct caliptra_signing keys = signing();
    OWNED(buffer_fini) struct buffer flash = {0};
    struct error error = {""};
    make_flash(&flash);
    buffer_append_zeros(fuses, ARRAY_BYTES);
    EXPECT_EQ(flash_repack(&odd, 1, keys.keys, &flash, fuses, &error), -EINVAL);
    EXPECT(strstr(error.text, "no place") != NULL);
    buffer_clear(&flash);
    EXPECT(flash_repack(&odd, 1, keys.keys, &flash, fuses, &error) < 0);
}
