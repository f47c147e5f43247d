/* SPDX-License-Identifier: Apache-2.0 */
/* Records as Intel's specification of 1988 (revision A) has them. */
#include "trust/image/ihex.h"

#include <errno.h>
#include <string.h>

#include "base/bits.h"
#include "tests/harness.h"

enum { LIMIT = 1 << 20 };

static int read_text(const char *text, struct ihex_image *image,
                     struct error *error)
{
    return ihex_image_read(image, text, strlen(text), LIMIT, error);
}

TEST(records_lie_at_their_addresses_and_gaps_are_erased)
{
    struct ihex_image image;
    EXPECT_EQ(read_text(":020000040001F9\r\n"
                        ":0400060001020304EC\r\n"
                        ":02000000AABB99\n"
                        ":0400000500010007EF\n"
                        "\n"
                        ":00000001FF\n",
                        &image, NULL),
              0);
    EXPECT_EQ(image.load_address, 0x10000);
    EXPECT(image.has_entry_point);
    EXPECT_EQ(image.entry_point, 0x10007);
    REQUIRE(image.bytes.size == 10);
    EXPECT_BYTES(image.bytes.bytes, "\xaa\xbb\xff\xff\xff\xff\1\2\3\4", 10);
    buffer_fini(&image.bytes);
}

TEST(segments_are_multiples_of_16)
{
    struct ihex_image image;
    EXPECT_EQ(read_text(":020000021200EA\n:0100340055"
                        "76\n"
                        ":0400000312345678"
                        "E5\n:00000001FF\n",
                        &image, NULL),
              0);
    EXPECT_EQ(image.load_address, 0x12034);
    EXPECT_EQ(image.entry_point, 0x12340 + 0x5678);
    buffer_fini(&image.bytes);
}

TEST(a_file_is_recognised_by_its_colon)
{
    EXPECT(ihex_image_recognise(":00", 3));
    EXPECT(
        !ihex_image_recognise("\x7f"
                              "ELF",
                              4));
    EXPECT(!ihex_image_recognise("", 0));
}

TEST(wrong_lines_are_named)
{
    static const struct {
        const char *text;
        const char *error;
    } rows[] = {
        {":00000001FE\n",
         "line 1: no record of Intel HEX with the right length and sum"                                                    },
        {"\n:0000000\n",
         "line 2: no record of Intel HEX with the right length and sum"                                                    },
        {":01000000AA\n",
         "line 1: no record of Intel HEX with the right length and sum"                                                    },
        {":0100000g0055AA\n",
         "line 1: no record of Intel HEX with the right length and sum"                                                    },
        {"x00000001FF\n",
         "line 1: no record of Intel HEX with the right length and sum"                                                    },
        {":00000006FA\n",                                                "line 1: type 6 with 0 bytes is no record"        },
        {":0100000400FB\n",                                              "line 1: type 4 with 1 bytes is no record"        },
        {":0100000055AA\n",                                              "line 1: the record that ends the file is missing"},
        {":00000001FF\n:00000001FF\n",
         "line 2: something behind the record that ends the file"                                                          },
        {":00000001FF\n",                                                "the file has no bytes"                           },
        {":0200000055AAFF\n:0100010055A9\n:00000001FF\n",
         "line 2: the bytes at 0x1 are those of line 1, too"                                                               },
        {":02000004FFFFFC\n:02FFFF0055AA01\n:00000001FF\n",
         "line 2: 2 bytes at 0xffffffff pass the end of memory"                                                            },
        {":0100000055AA\n:020000041000EA\n:0100000055AA\n:00000001FF\n",
         "records from 0x0 to 0x10000001 are larger than 0x100000 bytes"                                                   },
        {":0100000055AA\n:02000004FFFFFC\n:01FFFF0055AC\n:00000001FF\n",
         "records from 0x0 to 0x100000000 are larger than 0x100000 bytes"                                                  },
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct ihex_image image;
        struct error error = {""};
        test_case("%zu", i);
        EXPECT(read_text(rows[i].text, &image, &error) < 0);
        EXPECT_STR(error.text, rows[i].error);
        buffer_fini(&image.bytes);
    }
}

TEST(what_is_written_is_read_again)
{
    static const struct {
        uint32_t address;
        int status;
        size_t size;
        const char *text; /* NULL: only read again */
    } rows[] = {
        {0,          0,       2,      ":020000000001FD\n:00000001FF\n"},
        {0x1ffff,    0,       2,
         ":020000040001F9\n:01FFFF000001\n:020000040002F8\n:010000000"
         "1FE\n:00000001FF\n"                                         },
        {0x08000200, 0,       100000, NULL                            },
        {0xfffffff0, 0,       16,     NULL                            },
        {0xfffffff0, -EINVAL, 17,     ""                              },
        {0xffff0000, 0,       65536,  NULL                            },
    };
    static uint8_t bytes[100000];
    for (size_t i = 0; i < sizeof(bytes); i++) {
        bytes[i] = (uint8_t)(i * 5 / 3 + i / 256);
    }
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct ihex_image image = {0};
        OWNED(buffer_fini) struct buffer text = {0};
        test_case("%zu", i);
        EXPECT_EQ(ihex_write(rows[i].address, bytes, rows[i].size, &text),
                  rows[i].status);
        if (rows[i].text != NULL) {
            buffer_append(&text, "", 1);
            EXPECT_STR((const char *)text.bytes, rows[i].text);
            text.size--;
        }
        if (rows[i].status == 0) {
            EXPECT_EQ(
                ihex_image_read(&image, text.bytes, text.size, LIMIT, NULL), 0);
            EXPECT_EQ(image.load_address, rows[i].address);
            REQUIRE(image.bytes.size == rows[i].size);
            EXPECT_BYTES(image.bytes.bytes, bytes, rows[i].size);
        }
        buffer_fini(&image.bytes);
    }
}
