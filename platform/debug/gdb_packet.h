/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Framing of GDB's remote serial protocol ("Overview" and "Packet
 * Acknowledgment" of the GDB manual, appendix E): bytes in, packets out. Knows
 * no socket and no machine, so that a fuzzer can sit at its door.
 */
#ifndef PLATFORM_DEBUG_GDB_PACKET_H
#define PLATFORM_DEBUG_GDB_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"

/* The longest packet that is accepted and, as PacketSize, announced. */
enum { GDB_PACKET_MAX = 16384 };

enum gdb_input {
    GDB_INPUT_NONE,      /* more bytes are needed */
    GDB_INPUT_PACKET,    /* a packet stands in payload */
    GDB_INPUT_BAD,       /* a packet with a wrong checksum: answer '-' */
    GDB_INPUT_INTERRUPT, /* the debugger pressed Ctrl-C */
    GDB_INPUT_ACK,
    GDB_INPUT_NAK, /* the debugger wants the last answer again */
};

struct gdb_parser {
    enum { GDB_IDLE, GDB_BODY, GDB_CHECK_HIGH, GDB_CHECK_LOW } state;
    uint8_t payload[GDB_PACKET_MAX + 1]; /* NUL-terminated, escapes undone */
    size_t size;
    uint8_t sum;
    uint8_t wanted;
    bool escaped;
    bool too_long;
};

void gdb_parser_init(struct gdb_parser *parser);
enum gdb_input gdb_parser_feed(struct gdb_parser *parser, uint8_t byte);

/* Wraps a payload as "$payload#xx", escaping what must be. */
void gdb_packet_wrap(struct buffer *out, const void *payload, size_t size);

/* Hexadecimal helpers. gdb_hex_value reads as many digits as stand at *text
 * and moves it on; false when there is none or the value exceeds 64 bits. */
bool gdb_hex_value(const char **text, uint64_t *value);
/* Exactly size bytes from 2 * size digits; false on anything else. */
bool gdb_hex_bytes(const char *text, void *bytes, size_t size);

#endif
