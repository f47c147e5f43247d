/* SPDX-License-Identifier: Apache-2.0 */
/* Reading, with offsets as MCUboot's bootutil/image.h has them. */
#include "trust/mcuboot/image.h"

#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "tests/mcuboot_made.h"

/* Header of 32 bytes, four bytes of image, a counter of 7, SHA-256. */
enum { PROTECTED_AT = 36, TLVS_AT = 48, IMAGE_SIZE = 88 };

static void write_image(struct buffer *out)
{
    struct mcuboot_pack pack = made_pack(NULL);

    pack.header_size = sizeof(struct mcuboot_header);
    pack.payload_size = 4;
    pack.has_counter = true;
    pack.counter = 7;
    EXPECT_EQ(mcuboot_write(&pack, out, NULL), 0);
    EXPECT_EQ(out->size, IMAGE_SIZE);
}

FIXTURE(struct buffer, bytes, buffer_fini)
FIXTURE_BEGIN(bytes, write_image(bytes))

TEST_ON(an_image_is_read_in_place, bytes)
{
    struct mcuboot_image image;
    EXPECT(mcuboot_recognise(bytes->bytes, bytes->size));
    EXPECT(!mcuboot_recognise(bytes->bytes, 3));
    REQUIRE(mcuboot_read(&image, bytes->bytes, bytes->size, NULL) == 0);
    EXPECT_EQ(image.header.version.revision, 3);
    EXPECT_EQ(image.header.image_size, 4);
    EXPECT_EQ(image.hashed_size, TLVS_AT);
    EXPECT_EQ(image.end, IMAGE_SIZE);
    EXPECT_EQ(image.count, 2);
    EXPECT_EQ(image.fields[0].type, MCUBOOT_TLV_SECURITY_COUNTER);
    EXPECT(image.fields[0].is_protected);
    EXPECT_EQ(image.fields[0].offset, PROTECTED_AT + 4);
    EXPECT_EQ(load_le32(image.fields[0].bytes), 7);
    EXPECT(mcuboot_hash(&image) == &image.fields[1]);
    EXPECT(!image.fields[1].is_protected);
    EXPECT(mcuboot_find(&image, MCUBOOT_TLV_KEY) == NULL);
    EXPECT_EQ(mcuboot_hash_state(&image), MCUBOOT_HASH_RIGHT);
    EXPECT(!image.trailer.is_present);
}

TEST(what_is_wrong_is_named_with_its_offset)
{
    static const struct {
        size_t offset;
        uint32_t value; /* of 16 bits */
        const char *text;
    } rows[] = {
        {0,                0,      "offset 0x0: magic 0x96f30000 is not 0x96f3b83d"     },
        {8,                31,     "offset 0x8: header size 0x1f is below 0x20"         },
        {12,               0x1000,
         "offset 0x8: header of 0x20, image of 0x1000 and protected TLVs of "
         "0xc bytes reach past 0x58"                                                    },
        {14,               0xffff,
         "offset 0x8: header of 0x20, image of 0xffff0004 and protected TLVs "
         "of 0xc bytes reach past 0x58"                                                 },
        {10,               0,      "offset 0x24: magic 0x6908 of the TLVs is not 0x6907"},
        {10,               4,
         "offset 0x24: protected TLVs of 0xc bytes, but the header says 0x4"            },
        {PROTECTED_AT,     0x6907,
         "offset 0x24: magic 0x6907 of the TLVs is not 0x6908"                          },
        {PROTECTED_AT + 2, 3,
         "offset 0x24: 0x3 bytes of TLVs are not between 0x4 and what is left, "
         "0x34"                                                                         },
        {PROTECTED_AT + 2, 0xffff,
         "offset 0x24: 0xffff bytes of TLVs are not between 0x4 and what is "
         "left, 0x34"                                                                   },
        {PROTECTED_AT + 2, 6,      "offset 0x28: head of a TLV reaches past 0x2a"       },
        {PROTECTED_AT + 6, 5,
         "offset 0x28: TLV 0x50 of 0x5 bytes reaches past 0x30"                         },
        {TLVS_AT,          0x6908,
         "offset 0x30: magic 0x6908 of the TLVs is not 0x6907"                          },
        {TLVS_AT + 6,      0xffff,
         "offset 0x34: TLV 0x10 of 0xffff bytes reaches past 0x58"                      },
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        OWNED(buffer_fini) struct buffer bytes = {0};
        struct mcuboot_image image;
        struct error error = {""};
        test_case("%zu", i);
        write_image(&bytes);
        bytes.bytes[rows[i].offset] = (uint8_t)rows[i].value;
        bytes.bytes[rows[i].offset + 1] = (uint8_t)(rows[i].value >> 8);
        EXPECT_EQ(mcuboot_read(&image, bytes.bytes, bytes.size, &error),
                  -EINVAL);
        EXPECT_STR(error.text, rows[i].text);
    }
}

TEST_ON(an_image_that_ends_anywhere_is_refused, bytes)
{
    for (size_t size = 0; size < bytes->size; size++) {
        struct mcuboot_image image;
        struct error error = {""};
        OWNED(free_at) uint8_t *part = xcalloc(1, size + 1);
        test_case("%zu", size);
        memcpy(part, bytes->bytes, size);
        EXPECT_EQ(mcuboot_read(&image, part, size, &error), -EINVAL);
        EXPECT(error.text[0] != '\0');
        if (size == TLVS_AT) {
            EXPECT_STR(error.text,
                       "offset 0x30: head of the TLVs reaches "
                       "past 0x30");
        }
    }
}

TEST_ON(more_tlvs_than_there_is_room_for_are_refused, bytes)
{
    struct mcuboot_image image;
    struct error error = {""};
    struct mcuboot_tlv_area area = {MCUBOOT_TLV_MAGIC,
                                    4 + 4 * (MCUBOOT_FIELDS_MAX + 1)};
    bytes->size = TLVS_AT;
    buffer_append(bytes, &area, sizeof(area));
    buffer_append_zeros(bytes, area.size - sizeof(area));
    EXPECT_EQ(mcuboot_read(&image, bytes->bytes, bytes->size, &error), -EINVAL);
    EXPECT_STR(error.text, "offset 0x130: more than 64 TLVs");
}

TEST(versions_are_numbers_of_their_widths)
{
    static const struct {
        const char *text;
        const char *printed; /* NULL: none */
    } rows[] = {
        {"0",                          "0.0.0+0"                 },
        {"1",                          "1.0.0+0"                 },
        {"1.2",                        "1.2.0+0"                 },
        {"1.2.3",                      "1.2.3+0"                 },
        {"1.2.3+4",                    "1.2.3+4"                 },
        {"255.255.65535+4294967295",   "255.255.65535+4294967295"},
        {"",                           NULL                      },
        {"256",                        NULL                      },
        {"1.256",                      NULL                      },
        {"1.2.65536",                  NULL                      },
        {"1.2.3+4294967296",           NULL                      },
        {"1.2.3+18446744073709551617", NULL                      },
        {"01",                         NULL                      },
        {"1.",                         NULL                      },
        {"1.2+3",                      NULL                      },
        {"1.2.3.4",                    NULL                      },
        {"1.2.3+4.5",                  NULL                      },
        {"-1",                         NULL                      },
        {"1 ",                         NULL                      },
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct mcuboot_version version;
        char text[MCUBOOT_VERSION_TEXT];
        test_case("%s", rows[i].text);
        int status = mcuboot_version_parse(rows[i].text, &version);
        EXPECT_EQ(status, rows[i].printed != NULL ? 0 : -EINVAL);
        if (status == 0) {
            mcuboot_version_print(&version, text);
            EXPECT_STR(text, rows[i].printed);
        }
    }
}

TEST(every_type_of_the_table_is_found_by_its_number)
{
    EXPECT_STR(mcuboot_tlv_kind(MCUBOOT_TLV_CLASS_UUID)->name, "class UUID");
    EXPECT(mcuboot_tlv_kind(MCUBOOT_TLV_KEY_HASH)->may_be_unprotected);
    EXPECT(!mcuboot_tlv_kind(MCUBOOT_TLV_SECURITY_COUNTER)->may_be_unprotected);
    EXPECT(mcuboot_tlv_kind(0xa0) == NULL);
    EXPECT_STR(mcuboot_hash_name(MCUBOOT_TLV_SHA384), "SHA384");
    EXPECT_EQ(mcuboot_hash_size(MCUBOOT_TLV_SHA512), 64);
    EXPECT(mcuboot_hash_name(MCUBOOT_TLV_KEY) == NULL);
    EXPECT_EQ(mcuboot_hash_size(MCUBOOT_TLV_KEY), 0);
}

/* The fields of a slot's end, by the distance from it. */
TEST(trailers_are_read_from_the_end)
{
    static const struct {
        unsigned alignment;
        size_t image_ok;
        uint8_t magic[MCUBOOT_TRAILER_MAGIC_SIZE];
    } rows[] = {
        {8,
         24, {0x77, 0xc2, 0x95, 0xf3, 0x60, 0xd2, 0xef, 0x7f, 0x35, 0x52, 0x50,
          0x0f, 0x2c, 0xb6, 0x79, 0x80}},
        {16,
         32, {0x10, 0x00, 0x2d, 0xe1, 0x5d, 0x29, 0x41, 0x0b, 0x8d, 0x77, 0x67,
          0x9c, 0x11, 0x0f, 0x1f, 0x8a}},
        {32,
         64, {0x20, 0x00, 0x2d, 0xe1, 0x5d, 0x29, 0x41, 0x0b, 0x8d, 0x77, 0x67,
          0x9c, 0x11, 0x0f, 0x1f, 0x8a}},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct mcuboot_pack pack = made_pack(NULL);
        struct mcuboot_image image;
        OWNED(buffer_fini) struct buffer bytes = {0};
        unsigned step = rows[i].alignment;
        test_case("%u", step);
        pack.slot.alignment = step;
        pack.slot.size = 4096;
        pack.is_padded = true;
        pack.is_confirmed = true;
        REQUIRE(mcuboot_write(&pack, &bytes, NULL) == 0);
        REQUIRE(bytes.size == 4096);
        uint8_t *end = bytes.bytes + bytes.size;
        EXPECT_BYTES(end - MCUBOOT_TRAILER_MAGIC_SIZE, rows[i].magic,
                     MCUBOOT_TRAILER_MAGIC_SIZE);
        EXPECT_EQ(end[-(int)rows[i].image_ok], 1);
        end[-(int)(rows[i].image_ok + step)] = 2;
        end[-(int)(rows[i].image_ok + 2 * step)] = 3;
        store_le32(end - rows[i].image_ok - 3 * (size_t)step, 0x12345678);
        REQUIRE(mcuboot_read(&image, bytes.bytes, bytes.size, NULL) == 0);
        EXPECT(image.trailer.is_present);
        EXPECT_EQ(image.trailer.alignment, step);
        EXPECT_EQ(image.trailer.image_ok, 1);
        EXPECT_EQ(image.trailer.copy_done, 2);
        EXPECT_EQ(image.trailer.swap_info, 3);
        EXPECT_EQ(image.trailer.swap_size, 0x12345678);
        end[-1] ^= 1;
        REQUIRE(mcuboot_read(&image, bytes.bytes, bytes.size, NULL) == 0);
        EXPECT(!image.trailer.is_present);
    }
}

TEST_BEGINS(a_magic_alone_is_no_trailer, bytes)
{
    struct mcuboot_trailer trailer;
    struct mcuboot_slot slot = {.size = 100, .alignment = 8, .erased = 0xff};
    mcuboot_trailer_write(&slot, false, bytes);
    mcuboot_trailer_read(&trailer, bytes->bytes + 52, 48);
    EXPECT(trailer.is_present);
    mcuboot_trailer_read(&trailer, bytes->bytes + 53, 47);
    EXPECT(!trailer.is_present);
    mcuboot_trailer_read(&trailer, bytes->bytes + 85, 15);
    EXPECT(!trailer.is_present);
}

TEST(an_image_is_explained_to_people)
{
    static const uint8_t uuid[MCUBOOT_UUID_SIZE] = {0x12, 0x34, 0x56, 0x78};
    struct mcuboot_key *key = made_key(MCUBOOT_ED25519);
    struct mcuboot_pack pack = made_pack(key);
    struct mcuboot_image image;
    struct buffer bytes = {0};
    struct buffer text = {0};
    struct json json;
    pack.flags = MCUBOOT_RAM_LOAD | MCUBOOT_NON_BOOTABLE;
    pack.load_address = 0x20000000;
    pack.has_counter = true;
    pack.counter = 9;
    pack.boot_record = "SPE";
    pack.dependency_count = 1;
    pack.dependencies[0] = (struct mcuboot_dependency){
        1, {0 },
         { 2, 0, 5, 0}
    };
    pack.vendor_uuid = uuid;
    pack.class_uuid = uuid;
    pack.is_pure = true;
    pack.slot.size = 4096;
    pack.is_padded = true;
    REQUIRE(mcuboot_write(&pack, &bytes, NULL) == 0);
    REQUIRE(mcuboot_read(&image, bytes.bytes, bytes.size, NULL) == 0);
    mcuboot_print(&image, &text);
    json_init(&json, &text);
    json_begin_object(&json, NULL);
    mcuboot_print_json(&image, &json);
    json_end_object(&json);
    buffer_print(&text, "\n");
    EXPECT_APPROVED(buffer_text(&text), "mcuboot.txt");
    buffer_fini(&text);
    buffer_fini(&bytes);
    mcuboot_key_destroy(key);
}

/* A value that has the type, but not the form of it, is shown as bytes. */
TEST(values_of_strangers_are_shown_as_bytes)
{
    static const struct {
        uint16_t type;
        uint8_t size;
        uint8_t bytes[8];
        const char *text;
    } rows[] = {
        {MCUBOOT_TLV_SECURITY_COUNTER, 2, {1, 2},                  "counter: 0102"                },
        {MCUBOOT_TLV_DEPENDENCY,       2, {1, 2},                  "dependency: 0102"             },
        {MCUBOOT_TLV_VENDOR_UUID,      2, {1, 2},                  "UUID: 0102"                   },
        {MCUBOOT_TLV_BOOT_RECORD,      2, {1, 2},                  "no boot record: 0102"         },
        {MCUBOOT_TLV_BOOT_RECORD,      3, {0xa1, 1, 2},            "type=(unsigned number)"       },
        {MCUBOOT_TLV_BOOT_RECORD,      5, {0xa1, 3, 0x62, 'a', 7}, "3=a."                         },
        {MCUBOOT_TLV_BOOT_RECORD,      3, {0xa2, 1, 2},            "no boot record: a20102"       },
        {0xa0,                         1, {9},                     "TLV 0xa0 at 0x34: unknown: 09"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        OWNED(buffer_fini) struct buffer bytes = {0};
        OWNED(buffer_fini) struct buffer text = {0};
        struct mcuboot_image image;
        struct mcuboot_tlv_area area = {MCUBOOT_TLV_MAGIC,
                                        (uint16_t)(8 + rows[i].size)};
        struct mcuboot_tlv tlv = {rows[i].type, rows[i].size};
        test_case("%zu", i);
        write_image(&bytes);
        bytes.size = TLVS_AT;
        buffer_append(&bytes, &area, sizeof(area));
        buffer_append(&bytes, &tlv, sizeof(tlv));
        buffer_append(&bytes, rows[i].bytes, rows[i].size);
        REQUIRE(mcuboot_read(&image, bytes.bytes, bytes.size, NULL) == 0);
        mcuboot_print(&image, &text);
        EXPECT(strstr(buffer_text(&text), rows[i].text) != NULL);
    }
}
