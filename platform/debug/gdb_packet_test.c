/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/debug/gdb_packet.h"

#include <string.h>

#include "tests/harness.h"

static enum gdb_input feed(struct gdb_parser *parser, const char *text)
{
    enum gdb_input last = GDB_INPUT_NONE;
    for (; *text; text++) {
        last = gdb_parser_feed(parser, (uint8_t)*text);
    }
    return last;
}

TEST(a_packet_with_its_checksum_is_taken)
{
    struct gdb_parser parser;
    gdb_parser_init(&parser);
    EXPECT_EQ(feed(&parser, "$OK#9a"), GDB_INPUT_PACKET);
    EXPECT_STR((char *)parser.payload, "OK");
}

TEST(a_wrong_checksum_or_bad_digit_is_refused)
{
    struct gdb_parser parser;
    gdb_parser_init(&parser);
    EXPECT_EQ(feed(&parser, "$OK#9b"), GDB_INPUT_BAD);
    EXPECT_EQ(feed(&parser, "$OK#zz"), GDB_INPUT_BAD);
    EXPECT_EQ(feed(&parser, "$OK#9a"), GDB_INPUT_PACKET);
}

TEST(escaped_bytes_survive_a_round_trip)
{
    static const uint8_t bytes[] = {'a', '$', '#', '}', '*', 0x03, 0x80};
    OWNED(buffer_fini) struct buffer wire = {0};
    struct gdb_parser parser;
    enum gdb_input last = GDB_INPUT_NONE;

    gdb_packet_wrap(&wire, bytes, sizeof(bytes));
    gdb_parser_init(&parser);
    for (size_t i = 0; i < wire.size; i++) {
        last = gdb_parser_feed(&parser, wire.bytes[i]);
    }
    EXPECT_EQ(last, GDB_INPUT_PACKET);
    EXPECT_EQ(parser.size, sizeof(bytes));
    EXPECT_BYTES(parser.payload, bytes, sizeof(bytes));
}

TEST(a_packet_beyond_the_limit_is_refused_and_the_next_one_taken)
{
    struct gdb_parser parser;
    gdb_parser_init(&parser);
    gdb_parser_feed(&parser, '$');
    for (int i = 0; i < GDB_PACKET_MAX + 10; i++) {
        gdb_parser_feed(&parser, 'a');
    }
    EXPECT_EQ(feed(&parser, "#00"), GDB_INPUT_BAD);
    EXPECT_EQ(feed(&parser, "$#00"), GDB_INPUT_PACKET);
    EXPECT_EQ(parser.size, 0);
}

TEST(bytes_between_packets_are_signals_or_noise)
{
    struct gdb_parser parser;
    gdb_parser_init(&parser);
    EXPECT_EQ(gdb_parser_feed(&parser, 0x03), GDB_INPUT_INTERRUPT);
    EXPECT_EQ(gdb_parser_feed(&parser, '+'), GDB_INPUT_ACK);
    EXPECT_EQ(gdb_parser_feed(&parser, '-'), GDB_INPUT_NAK);
    EXPECT_EQ(gdb_parser_feed(&parser, 'x'), GDB_INPUT_NONE);
}

TEST(hexadecimal_is_read_with_its_limits)
{
    const char *text = "1fX";
    uint64_t value;
    uint8_t bytes[2];

    EXPECT(gdb_hex_value(&text, &value));
    EXPECT_EQ(value, 0x1f);
    EXPECT_EQ(*text, 'X');
    EXPECT(!gdb_hex_value(&text, &value));
    text = "11112222333344445";
    EXPECT(!gdb_hex_value(&text, &value));
    EXPECT(gdb_hex_bytes("0aFF", bytes, 2));
    EXPECT_EQ(bytes[1], 0xff);
    EXPECT(!gdb_hex_bytes("0aF", bytes, 2));
    EXPECT(!gdb_hex_bytes("0aFg", bytes, 2));
}
