/* SPDX-License-Identifier: Apache-2.0 */
#include "trust/flash/image.h"

#include <string.h>

#include "abi/flash_image.h"
#include "base/bits.h"
#include "tests/harness.h"

enum { SECURE_ID = 0x1000, PLAIN_ID, BROKEN_ID };

/* An image with its header; of a wrong magic if it is broken. */
static void make_image(uint32_t id, const char *name, uint32_t flags,
                       size_t payload_size, struct buffer *out)
{
    struct boot_image header = {
        .magic = id == BROKEN_ID ? 0 : BOOT_IMAGE_MAGIC,
        .header_size = sizeof(header),
        .id = id,
        .version = id - 0xffe,
        .payload_size = (uint32_t)payload_size,
        .flags = flags,
        .load_address = 0xe000000,
        .entry_point = 0xe000040,
    };
    memcpy(header.name, name, strlen(name));
    buffer_append(out, &header, sizeof(header));
    buffer_append_zeros(out, payload_size);
}

static const uint8_t bundle[7] = "bundle";
static const uint8_t list[5] = "list";

/* How long its last image is decides how full it is, to a KiB. */
static void make_bank(size_t last_size, struct buffer *out)
{
    struct buffer images[3] = {0};
    struct error error = {""};
    struct flash_bank bank = {
        .count = 5,
        .parts = {{.id = FLASH_IMAGE_CALIPTRA,
                   .bytes = bundle,
                   .size = sizeof(bundle)},
                  {.id = FLASH_IMAGE_SOC_MANIFEST,
                   .bytes = list,
                   .size = sizeof(list)}},
    };
    make_image(SECURE_ID, "monitor", BOOT_IMAGE_SECURE | BOOT_IMAGE_STARTS,
               5000, &images[0]);
    make_image(PLAIN_ID, "a name of 24 characters!", 0, 1 << 18, &images[1]);
    make_image(BROKEN_ID, "broken", 0, last_size - sizeof(struct boot_image),
               &images[2]);
    for (unsigned i = 0; i < ARRAY_SIZE(images); i++) {
        bank.parts[2 + i] = (struct flash_part){.id = SECURE_ID + i,
                                                .bytes = images[i].bytes,
                                                .size = images[i].size};
    }
    EXPECT_EQ(flash_bank_write(&bank, flash_bank_room(0), out, &error), 0);
    EXPECT_STR(error.text, "");
    for (unsigned i = 0; i < ARRAY_SIZE(images); i++) {
        buffer_fini(&images[i]);
    }
}

static struct fwu make_metadata(void)
{
    struct fwu fwu = {
        .active = 1,
        .previous = 0,
        .bank_state = {FWU_BANK_ACCEPTED, FWU_BANK_VALID, FWU_BANK_INVALID,
                       FWU_BANK_INVALID},
        .bank_count = 2,
        .image_count = 3,
    };
    for (unsigned i = 0; i < fwu.image_count; i++) {
        memset(&fwu.images[i], (int)(0x11 * (i + 1)), sizeof(fwu.images[i]));
        for (unsigned bank = 0; bank < FWU_BANKS_MAX; bank++) {
            fwu.images[i].banks[bank].accepted = bank == i % 2;
        }
    }
    return fwu;
}

static void print(const struct buffer *flash, size_t size, struct buffer *out)
{
    struct flash_image image;
    struct error error = {""};
    int status = flash_image_read(&image, flash->bytes, size, &error);
    EXPECT_EQ(flash_image_recognise(flash->bytes, size), status == 0);
    if (status != 0) {
        EXPECT_EQ(status, -EINVAL);
        buffer_print(out, "%s\n\n", error.text);
        return;
    }
    flash_image_print(&image, out);
    struct json json;
    json_init(&json, out);
    json_begin_object(&json, NULL);
    flash_image_print_json(&image, &json);
    json_end_object(&json);
    buffer_print(out, "\n\n");
}

/* A good one, one cut within its second bank, one with a bad first copy of the
 * metadata, and one without any. */
TEST(maps_are_as_approved)
{
    const struct fwu metadata = make_metadata();
    OWNED(buffer_fini) struct buffer bank = {0};
    OWNED(buffer_fini) struct buffer fuller = {0};
    OWNED(buffer_fini) struct buffer flash = {0};
    OWNED(buffer_fini) struct buffer out = {0};
    make_bank(1024, &bank);
    make_bank(1025, &fuller);
    const struct buffer *const banks[FLASH_BANKS] = {&bank, NULL, &fuller};
    flash_image_write(&metadata, banks, &flash);
    print(&flash, flash.size, &out);
    print(&flash, flash_bank_offset(0) + 5000, &out);
    flash.bytes[FLASH_METADATA_0 + 20] ^= 1;
    print(&flash, flash.size, &out);
    flash.bytes[FLASH_METADATA_1 + 20] ^= 1;
    print(&flash, flash.size, &out);
    print(&flash, 0, &out);
    EXPECT_APPROVED(buffer_text(&out), "flash_image.txt");
}
