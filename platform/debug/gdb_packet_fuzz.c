/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes from a debugger's socket: framing never oversteps its buffers. */
#include "platform/debug/gdb_packet.h"
#include "tests/fuzz.h"

FUZZ(data, size)
{
    static struct gdb_parser parser;

    gdb_parser_init(&parser);
    for (size_t i = 0; i < size; i++) {
        if (gdb_parser_feed(&parser, data[i]) == GDB_INPUT_PACKET) {
            const char *text = (const char *)parser.payload;
            uint8_t bytes[64];
            uint64_t value;
            if (parser.size > GDB_PACKET_MAX || parser.payload[parser.size]) {
                abort();
            }
            gdb_hex_value(&text, &value);
            gdb_hex_bytes(text, bytes, sizeof(bytes));
        }
    }
    return 0;
}
