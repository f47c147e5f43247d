/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/bits.h"
#include "session/rot/wire.h"
#include "tests/harness.h"

/* A header, and bytes behind it. */
static size_t make(uint8_t *bytes, uint32_t magic, uint32_t version,
                   uint32_t number, uint32_t length)
{
    store_le32(bytes, magic);
    store_le32(bytes + 4, version | number << 16);
    store_le32(bytes + 8, length);
    return ROT_HEADER_SIZE + length;
}

static enum rot_parsed parse(const uint8_t *bytes, size_t size,
                             struct rot_frame *frame, enum rot_error *error)
{
    return rot_frame_parse(ROT_PROTOCOL_REGISTERS, bytes, size, frame, error);
}

TEST(the_four_bytes_of_a_protocol_are_those_of_the_wire)
{
    EXPECT_EQ(rot_protocol_find(load_le32("RTPC")), ROT_PROTOCOL_REGISTERS);
    EXPECT_EQ(rot_protocol_find(load_le32("XOBM")), ROT_PROTOCOL_MAILBOX);
    EXPECT_EQ(rot_protocol_find(load_le32("RIAC")), ROT_PROTOCOL_OWN);
    EXPECT_EQ(rot_protocol_find(load_le32("CPTR")), ROT_PROTOCOL_NONE);
    EXPECT(strcmp(rot_protocol_name(ROT_PROTOCOL_OWN), "CAIR") == 0);
    EXPECT(strcmp(rot_protocol_name(ROT_PROTOCOL_NONE), "-") == 0);
}

TEST(a_frame_is_whole_or_awaited)
{
    uint8_t bytes[64] = {0};
    struct rot_frame frame = {0};
    enum rot_error error;
    size_t size = make(bytes, ROT_MAGIC_REGISTERS, 1, 5, 8);
    store_le32(bytes + 12, 0x30030000);
    for (size_t i = 0; i < size; i++) {
        EXPECT_EQ(parse(bytes, i, &frame, &error), ROT_PARSED_MORE);
        EXPECT_EQ(error, ROT_ERROR_NONE);
    }
    EXPECT_EQ(parse(bytes, size + 3, &frame, &error), ROT_PARSED_FRAME);
    EXPECT_EQ(frame.number, 5);
    EXPECT_EQ(frame.length, 8);
    EXPECT(frame.payload == bytes + ROT_HEADER_SIZE);
    EXPECT(frame.command && strcmp(frame.command->name, "apb_write") == 0);
}

TEST(a_frame_with_an_end_can_be_skipped)
{
    uint8_t bytes[64] = {0};
    struct rot_frame frame = {0};
    enum rot_error error;
    size_t size = make(bytes, ROT_MAGIC_REGISTERS, 1, 77, 3);
    EXPECT_EQ(parse(bytes, size, &frame, &error), ROT_PARSED_WRONG);
    EXPECT_EQ(error, ROT_ERROR_COMMAND);
    EXPECT_EQ(frame.length, 3);
    EXPECT(!frame.command);
    size = make(bytes, ROT_MAGIC_REGISTERS, 1, 3, 3);
    EXPECT_EQ(parse(bytes, size, &frame, &error), ROT_PARSED_WRONG);
    EXPECT_EQ(error, ROT_ERROR_LENGTH);
    EXPECT_EQ(frame.number, 3);
    for (uint32_t length = 11; length < 14; length++) {
        size = make(bytes, ROT_MAGIC_OWN, 1, 3, length);
        EXPECT_EQ(
            rot_frame_parse(ROT_PROTOCOL_OWN, bytes, size, &frame, &error),
            length == 12 ? ROT_PARSED_FRAME : ROT_PARSED_WRONG);
        EXPECT_EQ(error, length == 12 ? ROT_ERROR_NONE : ROT_ERROR_LENGTH);
    }
}

TEST(a_stream_without_frames_is_lost_at_its_header)
{
    static const struct {
        uint32_t magic, version, number, length;
        enum rot_error error;
    } cases[] = {
        {ROT_MAGIC_MAILBOX,   1, 3, 4,             ROT_ERROR_MAGIC  },
        {ROT_MAGIC_REGISTERS, 2, 3, 4,             ROT_ERROR_VERSION},
        {ROT_MAGIC_REGISTERS, 1, 3, ROT_SMALL + 1, ROT_ERROR_LENGTH },
        {ROT_MAGIC_REGISTERS, 1, 9, UINT32_MAX,    ROT_ERROR_LENGTH },
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        uint8_t bytes[ROT_HEADER_SIZE];
        struct rot_frame frame = {0};
        enum rot_error error;
        (void)make(bytes, cases[i].magic, cases[i].version, cases[i].number,
                   cases[i].length);
        EXPECT_EQ(parse(bytes, sizeof(bytes), &frame, &error), ROT_PARSED_LOST);
        EXPECT_EQ(error, cases[i].error);
    }
}

/* Bulk is admitted where a request has it, and is not awaited for ever. */
TEST(the_table_bounds_each_request)
{
    static const struct {
        enum rot_protocol protocol;
        uint32_t magic, number, most;
    } cases[] = {
        {ROT_PROTOCOL_MAILBOX, ROT_MAGIC_MAILBOX, 1,  8 + ROT_FRAME_MOST   },
        {ROT_PROTOCOL_OWN,     ROT_MAGIC_OWN,     4,  12 + ROT_MAILBOX_MOST},
        {ROT_PROTOCOL_OWN,     ROT_MAGIC_OWN,     15, ROT_STATE_MOST       },
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        uint8_t bytes[ROT_HEADER_SIZE];
        struct rot_frame frame = {0};
        enum rot_error error;
        for (uint32_t more = 0; more < 2; more++) {
            (void)make(bytes, cases[i].magic, 1, cases[i].number,
                       cases[i].most + more);
            EXPECT_EQ(rot_frame_parse(cases[i].protocol, bytes, sizeof(bytes),
                                      &frame, &error),
                      more != 0 ? ROT_PARSED_LOST : ROT_PARSED_MORE);
        }
    }
}

TEST(a_header_is_what_the_parser_reads)
{
    OWNED(buffer_fini) struct buffer out = {0};
    struct rot_frame frame = {0};
    enum rot_error error;
    rot_frame_begin(&out, ROT_PROTOCOL_MAILBOX, 1, 8);
    buffer_append_zeros(&out, 8);
    EXPECT_EQ(out.size, 20);
    EXPECT_EQ(rot_frame_parse(ROT_PROTOCOL_MAILBOX, out.bytes, out.size, &frame,
                              &error),
              ROT_PARSED_FRAME);
    EXPECT(memcmp(out.bytes, "XOBM\1\0\1\0\10\0\0\0", 12) == 0);
}

TEST(each_error_has_its_words)
{
    for (unsigned i = 0; i <= ROT_ERROR_FULL + 1; i++) {
        for (unsigned j = 0; j < i; j++) {
            EXPECT(strcmp(rot_error_text((enum rot_error)i),
                          rot_error_text((enum rot_error)j)) != 0);
        }
    }
}
