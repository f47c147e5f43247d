/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/guest/image.h"

#include <string.h>
#include <zlib.h>

#include "base/bits.h"
#include "tests/harness.h"

enum { LIMIT = 1 << 20, FILE_SIZE = 256 };

static void make_image(uint8_t *file, uint64_t text_offset, uint64_t size,
                       uint64_t flags)
{
    memset(file, 0, FILE_SIZE);
    store_le64(file + 8, text_offset);
    store_le64(file + 16, size);
    store_le64(file + 24, flags);
    store_le32(file + 56, 0x644d5241); /* "ARM\x64" */
    file[FILE_SIZE - 1] = 0x5a;
}

FIXTURE(struct guest_image, image, guest_image_fini)

TEST_BEGINS(an_image_goes_to_its_offset_and_keeps_room_for_its_bss, image)
{
    uint8_t file[FILE_SIZE];
    make_image(file, 0x1000, 0x9000, 0xa);
    REQUIRE(guest_image_read(image, file, sizeof(file), LIMIT, NULL) == 0);
    EXPECT(!image->placed);
    EXPECT_EQ(image->address, 0x1000);
    EXPECT_EQ(image->entry, 0x1000);
    EXPECT_EQ(image->size_bytes, 0x9000);
    EXPECT_EQ(image->bytes.size, sizeof(file));
}

TEST_BEGINS(an_image_without_a_size_is_an_old_one, image)
{
    uint8_t file[FILE_SIZE];
    make_image(file, 0x1234, 0, 0);
    REQUIRE(guest_image_read(image, file, sizeof(file), LIMIT, NULL) == 0);
    EXPECT_EQ(image->address, 0x80000);
    EXPECT_EQ(image->size_bytes, sizeof(file));
}

TEST(headers_that_cannot_be_met_are_refused)
{
    static const struct {
        uint64_t text_offset;
        uint64_t size;
        uint64_t flags;
        const char *part;
    } rows[] = {
        {0,                 0x1000,     1, "big-endian"     },
        {UINT64_MAX,        0x1000,     0, "less than 2 GiB"},
        {0,                 UINT64_MAX, 0, "less than 2 GiB"},
        {(uint64_t)1 << 31, 0x1000,     0, "less than 2 GiB"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        uint8_t file[FILE_SIZE];
        struct guest_image image;
        struct error error = {""};
        make_image(file, rows[i].text_offset, rows[i].size, rows[i].flags);
        EXPECT_EQ(guest_image_read(&image, file, sizeof(file), LIMIT, &error),
                  -EINVAL);
        EXPECT(strstr(error.text, rows[i].part) != NULL);
    }
}

/* The gzip file of `size` bytes; returns its length. zlib writes to out. */
/* NOLINTNEXTLINE(readability-non-const-parameter) */
static size_t pack(const void *bytes, size_t size, uint8_t *out, size_t room)
{
    z_stream stream = {.avail_in = (unsigned)size,
                       .next_out = out,
                       .avail_out = (unsigned)room};
    memcpy(&stream.next_in, &bytes, sizeof(bytes));
    if (deflateInit2(&stream, 9, Z_DEFLATED, 16 + MAX_WBITS, 8,
                     Z_DEFAULT_STRATEGY) != Z_OK) {
        return 0;
    }
    deflate(&stream, Z_FINISH);
    deflateEnd(&stream);
    return room - stream.avail_out;
}

TEST_BEGINS(a_compressed_image_is_unpacked, image)
{
    uint8_t file[FILE_SIZE];
    uint8_t packed[2 * FILE_SIZE];
    make_image(file, 0, 0x9000, 0);
    size_t size = pack(file, sizeof(file), packed, sizeof(packed));
    REQUIRE(guest_image_read(image, packed, size, LIMIT, NULL) == 0);
    EXPECT_BYTES(image->bytes.bytes, file, sizeof(file));
    EXPECT_EQ(image->bytes.size, sizeof(file));
    EXPECT_EQ(image->size_bytes, 0x9000);
}

TEST(a_compressed_image_that_is_cut_off_anywhere_is_refused)
{
    uint8_t file[FILE_SIZE];
    uint8_t packed[2 * FILE_SIZE];
    make_image(file, 0, 0x9000, 0);
    size_t size = pack(file, sizeof(file), packed, sizeof(packed));
    for (size_t cut = 2; cut < size; cut++) {
        struct guest_image image;
        EXPECT_EQ(guest_image_read(&image, packed, cut, LIMIT, NULL), -EINVAL);
    }
}

TEST(an_image_that_unpacks_to_more_than_fits_is_refused)
{
    static uint8_t zeros[4 << 20];
    static uint8_t packed[64 << 10];
    struct guest_image image;
    size_t size = pack(zeros, sizeof(zeros), packed, sizeof(packed));
    EXPECT_EQ(guest_image_read(&image, packed, size, LIMIT, NULL), -EFBIG);
    EXPECT_EQ(guest_image_read(&image, zeros, LIMIT + 1, LIMIT, NULL), -EFBIG);
}

TEST(other_bytes_are_code_from_their_start)
{
    struct guest_image image;
    REQUIRE(guest_image_read(&image, "abcd", 4, LIMIT, NULL) == 0);
    EXPECT_EQ(image.address, 0);
    EXPECT_EQ(image.entry, 0);
    EXPECT_EQ(image.size_bytes, 4);
    guest_image_fini(&image);
    EXPECT_EQ(guest_image_read(&image, "", 0, LIMIT, NULL), -EINVAL);
}

TEST(the_first_bytes_of_a_file_tell_what_all_of_it_tells)
{
    uint8_t file[FILE_SIZE];
    struct guest_image whole;
    struct guest_image image;
    struct error error = {""};
    bool plain = false;
    make_image(file, 0x1000, 0x9000, 0xa);
    REQUIRE(guest_image_read(&whole, file, sizeof(file), LIMIT, NULL) == 0);
    EXPECT_EQ(guest_image_peek(&image, file, FILE_SIZE, LIMIT, &plain, NULL),
              0);
    EXPECT(plain && image.bytes.size == 0);
    EXPECT_EQ(image.address, whole.address);
    EXPECT_EQ(image.entry, whole.entry);
    EXPECT_EQ(image.size_bytes, whole.size_bytes);
    guest_image_fini(&whole);
    EXPECT_EQ(guest_image_peek(&image, (const uint8_t *)"\x1f\x8b", 2, LIMIT,
                               &plain, NULL),
              0);
    EXPECT(!plain);
    EXPECT_EQ(guest_image_peek(&image, (const uint8_t *)"\177ELF", 4, LIMIT,
                               &plain, NULL),
              0);
    EXPECT(!plain);
    EXPECT_EQ(guest_image_peek(&image, file, 0, LIMIT, &plain, &error),
              -EINVAL);
    EXPECT_STR(error.text, "the file is empty");
    EXPECT_EQ(guest_image_peek(&image, file, LIMIT + 1, LIMIT, &plain, NULL),
              -EFBIG);
}
