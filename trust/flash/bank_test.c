/* SPDX-License-Identifier: Apache-2.0 */
#include "trust/flash/bank.h"

#include <string.h>
#include <zlib.h>

#include "base/bits.h"
#include "tests/harness.h"

static const uint8_t first[] = {1, 2, 3, 4, 5};
static const uint8_t second[] = {9, 8, 7};

static void write_two(struct buffer *out)
{
    struct flash_bank bank = {
        .count = 2,
        .parts =
            {
                    {.id = FLASH_IMAGE_CALIPTRA,
                 .bytes = first,
                 .size = sizeof(first)},
                    {.id = 0x1000, .bytes = second, .size = sizeof(second)},
                    },
    };
    struct error error = {""};
    EXPECT_EQ(flash_bank_write(&bank, 1 << 20, out, &error), 0);
    EXPECT_STR(error.text, "");
    EXPECT_EQ(bank.parts[0].offset, 4096);
    EXPECT_EQ(bank.parts[1].offset, 8192);
}

FIXTURE(struct buffer, out, buffer_fini)
FIXTURE_BEGIN(out, write_two(out))

TEST_ON(a_bank_has_its_layout, out)
{
    static const uint8_t head[] = {'F', 'L', 'S', 'H', 1, 0, 2, 0};
    REQUIRE(out->size == 8192 + sizeof(second));
    EXPECT_BYTES(out->bytes, head, sizeof(head));
    EXPECT_EQ(load_le32(out->bytes + 16), 0);
    EXPECT_EQ(load_le32(out->bytes + 20), 4096);
    EXPECT_EQ(load_le32(out->bytes + 24), sizeof(first));
    EXPECT_EQ(load_le32(out->bytes + 28), 0x1000);
    EXPECT_EQ(out->bytes[40], 0xff);
    EXPECT_BYTES(out->bytes + 8192, second, sizeof(second));
}

TEST_ON(what_is_written_is_read_whatever_lies_behind, out)
{
    struct flash_bank bank;
    struct error error = {""};
    buffer_append_zeros(out, 100);
    EXPECT_EQ(flash_bank_read(&bank, out->bytes, out->size, &error), 0);
    EXPECT_STR(error.text, "");
    REQUIRE(bank.count == 2);
    const struct flash_part *part = flash_bank_find(&bank, 0x1000);
    REQUIRE(part != NULL && part->size == sizeof(second));
    EXPECT_BYTES(part->bytes, second, sizeof(second));
    EXPECT(flash_bank_find(&bank, 7) == NULL);
}

TEST_ON(every_flipped_bit_and_every_cut_is_refused, out)
{
    struct flash_bank bank;
    for (size_t byte = 0; byte < out->size; byte++) {
        struct error error = {""};
        test_case("byte %zu", byte);
        out->bytes[byte] ^= 0x10;
        EXPECT_EQ(flash_bank_read(&bank, out->bytes, out->size, &error),
                  -EINVAL);
        EXPECT(error.text[0] != '\0');
        out->bytes[byte] ^= 0x10;
        EXPECT_EQ(flash_bank_read(&bank, out->bytes, byte, NULL), -EINVAL);
    }
}

TEST(too_much_and_twice_are_refused)
{
    struct flash_bank bank = {
        .count = 2,
        .parts = {{.id = 5, .bytes = first, .size = sizeof(first)},
                  {.id = 5, .bytes = first, .size = sizeof(first)}},
    };
    struct buffer out = {0};
    struct error error = {""};
    EXPECT_EQ(flash_bank_write(&bank, 1 << 20, &out, &error), -EINVAL);
    EXPECT_STR(error.text, "images 0 and 1 have the same identifier 0x5");
    bank.parts[1].id = 6;
    error_clear(&error);
    EXPECT_EQ(flash_bank_write(&bank, 8192, &out, &error), -EFBIG);
    EXPECT_STR(error.text, "the images need 8197 bytes, a bank has 8192");
    bank.count = 0;
    error_clear(&error);
    EXPECT_EQ(flash_bank_write(&bank, 8192, &out, &error), -EINVAL);
    EXPECT_STR(error.text, "0 images; a bank has 1 to 32");
    EXPECT_EQ(out.size, 0);
}

TEST_BEGINS(an_images_header_must_fit_its_directory_entry, out)
{
    struct boot_image header = {
        .id = 0x1000,
        .payload_size = sizeof(first),
        .load_address = 0xe000000,
        .name = "monitor",
    };
    struct boot_image back;
    struct error error = {""};
    boot_image_write(&header, first, out);
    struct flash_part part = {
        .id = 0x1000, .bytes = out->bytes, .size = out->size};
    EXPECT_EQ(boot_image_read(&back, &part, &error), 0);
    EXPECT_EQ(back.load_address, 0xe000000);
    EXPECT_STR(back.name, "monitor");
    EXPECT_BYTES(out->bytes + sizeof(back), first, sizeof(first));
    part.id = 0x1001;
    EXPECT_EQ(boot_image_read(&back, &part, &error), -EINVAL);
    EXPECT_STR(error.text, "image 0x1001: its header has identifier 0x1000");
    part.id = 0x1000;
    part.size--;
    error_clear(&error);
    EXPECT_EQ(boot_image_read(&back, &part, &error), -EINVAL);
    EXPECT_STR(error.text,
               "image 0x1000: payload size 0x5, but 0x4 bytes follow");
    part.size = 10;
    EXPECT_EQ(boot_image_read(&back, &part, NULL), -EINVAL);
}

TEST(a_bank_is_written_behind_what_is_there)
{
    OWNED(buffer_fini) struct buffer alone = {0};
    OWNED(buffer_fini) struct buffer behind = {0};
    write_two(&alone);
    buffer_append(&behind, "before", 6);
    write_two(&behind);
    REQUIRE(behind.size == 6 + alone.size);
    EXPECT_BYTES(behind.bytes, "before", 6);
    EXPECT_BYTES(behind.bytes + 6, alone.bytes, alone.size);
}

/* Sums that fit, so that only the field is wrong. */
static void seal(struct buffer *bank)
{
    uint8_t *header = bank->bytes;
    store_le32(header + 12,
               (uint32_t)crc32(0, header + 16, (unsigned)bank->size - 16));
    store_le32(header + 8, (uint32_t)crc32(0, header, 8));
}

TEST(fields_out_of_bounds_are_refused_by_name)
{
    static const struct {
        size_t offset;
        uint32_t value;
        const char *error;
    } rows[] = {
        {4,  0x00020002,
         "offset 0x4: version 2 with 2 images; version 1 with 1 to 32 is "
         "supported"                                                     },
        {4,  0x00000001,
         "offset 0x4: version 1 with 0 images; version 1 with 1 to 32 is "
         "supported"                                                     },
        {4,  0x00210001,
         "offset 0x4: version 1 with 33 images; version 1 with 1 to 32 is "
         "supported"                                                     },
        {16, 0x1000,     "images 0 and 1 have the same identifier 0x1000"},
        {20, 39,
         "offset 0x10: image 0x0 at 0x27 with 0x5 bytes is not between 0x28 "
         "and 0x2003"                                                    },
        {32, 0x1004,
         "offset 0x1c: image 0x1000 at 0x1004 with 0x3 bytes is not between "
         "0x1005 and 0x2003"                                             },
        {36, 4,
         "offset 0x1c: image 0x1000 at 0x2000 with 0x4 bytes is not between "
         "0x1005 and 0x2003"                                             },
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        OWNED(buffer_fini) struct buffer out = {0};
        struct flash_bank bank;
        struct error error = {""};
        test_case("offset %zu", rows[i].offset);
        write_two(&out);
        seal(&out);
        EXPECT_EQ(flash_bank_read(&bank, out.bytes, out.size, &error), 0);
        EXPECT_STR(error.text, "");
        store_le32(out.bytes + rows[i].offset, rows[i].value);
        seal(&out);
        EXPECT_EQ(flash_bank_read(&bank, out.bytes, out.size, &error), -EINVAL);
        EXPECT_STR(error.text, rows[i].error);
    }
}

TEST(parts_begin_at_the_next_block)
{
    static const uint8_t bytes[4097];
    for (size_t size = 4095; size <= 4097; size++) {
        struct flash_bank bank = {
            .count = 2,
            .parts = {{.id = 5, .bytes = bytes, .size = size},
                      {.id = 6, .bytes = first, .size = sizeof(first)}},
        };
        OWNED(buffer_fini) struct buffer out = {0};
        test_case("%zu bytes", size);
        EXPECT_EQ(flash_bank_write(&bank, 1 << 20, &out, NULL), 0);
        EXPECT_EQ(bank.parts[1].offset, size <= 4096 ? 8192 : 12288);
        EXPECT_EQ(out.size, bank.parts[1].offset + sizeof(first));
    }
}
