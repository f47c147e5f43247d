/* SPDX-License-Identifier: Apache-2.0 */
#include "trust/image/gzip.h"

#include <errno.h>
#include <string.h>
#include <zlib.h>

#include "tests/harness.h"

enum { SIZE = (3 << 20) + 5 }; /* more than is unpacked in one go */

static void pack(const struct buffer *bytes, struct buffer *out)
{
    z_stream stream = {0};
    REQUIRE(deflateInit2(&stream, 6, Z_DEFLATED, 16 + MAX_WBITS, 8,
                         Z_DEFAULT_STRATEGY) == Z_OK);
    size_t room = deflateBound(&stream, bytes->size);
    stream.next_in = bytes->bytes;
    stream.avail_in = (unsigned)bytes->size;
    stream.next_out = buffer_grow(out, room);
    stream.avail_out = (unsigned)room;
    EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
    out->size -= stream.avail_out;
    deflateEnd(&stream);
}

static void make(struct buffer *bytes, struct buffer *packed)
{
    buffer_append_zeros(bytes, SIZE);
    for (size_t i = 0; i < SIZE; i++) {
        bytes->bytes[i] = (uint8_t)(i * i >> 7);
    }
    pack(bytes, packed);
}

FIXTURE(struct buffer, out, buffer_fini)

TEST_BEGINS(what_was_packed_is_unpacked_behind_what_is_there, out)
{
    OWNED(buffer_fini) struct buffer bytes = {0};
    OWNED(buffer_fini) struct buffer packed = {0};
    struct error error = {""};
    make(&bytes, &packed);
    EXPECT(gzip_recognise(packed.bytes, packed.size));
    EXPECT(gzip_recognise(packed.bytes, 2));
    EXPECT(!gzip_recognise(packed.bytes, 1));
    EXPECT(!gzip_recognise(packed.bytes + 1, packed.size - 1));
    buffer_append(out, "before", 6);
    EXPECT_EQ(gzip_unpack(packed.bytes, packed.size, 1 << 30, out, &error), 0);
    EXPECT_STR(error.text, "");
    REQUIRE(out->size == 6 + SIZE);
    EXPECT_BYTES(out->bytes, "before", 6);
    EXPECT_BYTES(out->bytes + 6, bytes.bytes, SIZE);
}

TEST_BEGINS(what_is_cut_broken_or_too_much_is_refused, out)
{
    OWNED(buffer_fini) struct buffer bytes = {0};
    OWNED(buffer_fini) struct buffer packed = {0};
    struct error error = {""};
    make(&bytes, &packed);
    EXPECT_EQ(gzip_unpack(packed.bytes, packed.size - 1, 1 << 30, out, &error),
              -EINVAL);
    EXPECT_STR(error.text, "gzip data is broken: cut off");
    buffer_clear(out);
    error_clear(&error);
    packed.bytes[packed.size - 8] ^= 1; /* of its checksum */
    EXPECT_EQ(gzip_unpack(packed.bytes, packed.size, 1 << 30, out, &error),
              -EINVAL);
    EXPECT_STR(error.text, "gzip data is broken: incorrect data check");
    packed.bytes[packed.size - 8] ^= 1;
    buffer_clear(out);
    error_clear(&error);
    EXPECT_EQ(gzip_unpack(packed.bytes, packed.size, 3 << 20, out, &error),
              -EFBIG);
    EXPECT_STR(error.text, "unpacks to more than 3145728 bytes");
}
