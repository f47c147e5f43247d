/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Messages about connections, between a device of virtio/ and a server of
 * sockets, in one process or in two.
 *
 * Each connection has a line of its own, on which messages keep their order;
 * lines below VSOCK_LINES_OUT are for connections that the guest begins, the
 * others for those that the outside begins. The side that begins takes a line
 * that is free and says CONNECT. A line is free when both have said CLOSE, the
 * last that a side says of a connection, or after SYNC.
 *
 * A connection is a stream, or has sequenced packets: messages whose bounds are
 * kept, each one DATA or several, of which the last says VSOCK_LAST.
 *
 * The device says RESTART on a line beside these when it was reset: the outside
 * then forgets all connections and says SYNC on each line; what comes before it
 * is of the past.
 */
#ifndef ABI_VSOCK_OUTSIDE_H
#define ABI_VSOCK_OUTSIDE_H

#include <assert.h>
#include <stdint.h>

enum {
    VSOCK_LINES = 64,
    VSOCK_LINES_OUT = 32,
    /* Bytes that are on their way to the outside at most, for each line: of a
     * stream, and of sequenced packets, where it is the longest message too. */
    VSOCK_CREDIT = 256 << 10,
    VSOCK_PACKETS_CREDIT = 4 << 20,
    VSOCK_PIECE = 16 << 10, /* bytes of a message at most */
};

enum vsock_word {
    VSOCK_SYNC = 1, /* outside: the line is free; a: the longest message of
                       sequenced packets that the outside can take, or 0 */
    VSOCK_CONNECT,  /* a stream; a: port of the host, b: port of the guest */
    VSOCK_ACCEPT,   /* the other side takes the connection */
    VSOCK_DATA,     /* bytes follow, at least one unless it is the last of a
                       message; a: enum vsock_data */
    VSOCK_SHUTDOWN, /* a: this side will not receive (1), not send (2) */
    VSOCK_CLOSE,    /* there is no connection (any more); a: the device ends it,
                       as a message is longer than the guest's buffer (1) */
    /* Beside the lines. */
    VSOCK_TAKEN,   /* outside: has done with a more bytes of line b */
    VSOCK_RESTART, /* device: all connections are gone */
    /* On a line. */
    VSOCK_CONNECT_PACKETS, /* as CONNECT, with sequenced packets */
};

enum vsock_data {
    VSOCK_LAST = 1, /* a message of sequenced packets ends here */
};

struct vsock_message {
    uint32_t word; /* enum vsock_word */
    uint32_t a;
    uint32_t b;
};

static_assert(sizeof(struct vsock_message) == 12, "no padding");

#endif
