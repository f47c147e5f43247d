/* SPDX-License-Identifier: Apache-2.0 */
/* A state machine over the bytes of the remote protocol. */
#include "platform/debug/gdb_packet.h"

#include <string.h>

void gdb_parser_init(struct gdb_parser *parser)
{
    memset(parser, 0, sizeof(*parser));
}

static int hex_digit(uint8_t c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    if (c >= 'A' && c <= 'F') {
        return c - 'A' + 10;
    }
    return -1;
}

static enum gdb_input feed_idle(struct gdb_parser *parser, uint8_t byte)
{
    switch (byte) {
    case '$':
        gdb_parser_init(parser);
        parser->state = GDB_BODY;
        return GDB_INPUT_NONE;
    case 0x03:
        return GDB_INPUT_INTERRUPT;
    case '+':
        return GDB_INPUT_ACK;
    case '-':
        return GDB_INPUT_NAK;
    default:
        return GDB_INPUT_NONE; /* line noise between packets */
    }
}

static void feed_body(struct gdb_parser *parser, uint8_t byte)
{
    if (byte == '#') {
        parser->state = GDB_CHECK_HIGH;
        return;
    }
    parser->sum = (uint8_t)(parser->sum + byte);
    if (byte == '}' && !parser->escaped) {
        parser->escaped = true;
        return;
    }
    if (parser->size == GDB_PACKET_MAX) {
        parser->too_long = true;
        return;
    }
    parser->payload[parser->size++] =
        parser->escaped ? (uint8_t)(byte ^ 0x20) : byte;
    parser->escaped = false;
}

enum gdb_input gdb_parser_feed(struct gdb_parser *parser, uint8_t byte)
{
    int digit;

    switch (parser->state) {
    case GDB_IDLE:
        return feed_idle(parser, byte);
    case GDB_BODY:
        feed_body(parser, byte);
        return GDB_INPUT_NONE;
    case GDB_CHECK_HIGH:
        digit = hex_digit(byte);
        parser->wanted = (uint8_t)((digit < 0 ? 0 : digit) << 4);
        parser->too_long |= digit < 0;
        parser->state = GDB_CHECK_LOW;
        return GDB_INPUT_NONE;
    case GDB_CHECK_LOW:
        digit = hex_digit(byte);
        parser->state = GDB_IDLE;
        parser->payload[parser->size] = '\0';
        if (digit < 0 || parser->too_long ||
            (parser->wanted | digit) != parser->sum) {
            return GDB_INPUT_BAD;
        }
        return GDB_INPUT_PACKET;
    }
    return GDB_INPUT_NONE;
}

void gdb_packet_wrap(struct buffer *out, const void *payload, size_t size)
{
    const uint8_t *bytes = payload;
    uint8_t sum = 0;

    buffer_append(out, "$", 1);
    for (size_t i = 0; i < size; i++) {
        uint8_t byte = bytes[i];
        if (byte == '$' || byte == '#' || byte == '}' || byte == '*') {
            uint8_t escape[2] = {'}', (uint8_t)(byte ^ 0x20)};
            buffer_append(out, escape, 2);
            sum = (uint8_t)(sum + escape[0] + escape[1]);
        } else {
            buffer_append(out, &byte, 1);
            sum = (uint8_t)(sum + byte);
        }
    }
    buffer_print(out, "#%02x", sum);
}

bool gdb_hex_value(const char **text, uint64_t *value)
{
    unsigned digits = 0;
    int digit;

    *value = 0;
    while ((digit = hex_digit((uint8_t) * *text)) >= 0) {
        if (*value >> 60) {
            return false;
        }
        *value = *value << 4 | (unsigned)digit;
        digits++;
        (*text)++;
    }
    return digits != 0;
}

bool gdb_hex_bytes(const char *text, void *bytes, size_t size)
{
    uint8_t *out = bytes;

    if (strlen(text) != 2 * size) {
        return false;
    }
    for (size_t i = 0; i < size; i++) {
        int high = hex_digit((uint8_t)text[2 * i]);
        int low = hex_digit((uint8_t)text[2 * i + 1]);
        if (high < 0 || low < 0) {
            return false;
        }
        out[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}
