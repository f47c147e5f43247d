/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Frames of the protocols by which a root of trust is offered to others: a
 * header of twelve bytes and a payload, all little-endian. This part is pure:
 * bytes in, frames or a refusal out.
 */
#ifndef SESSION_ROT_WIRE_H
#define SESSION_ROT_WIRE_H

#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"

enum rot_limit {
    ROT_HEADER_SIZE = 12,
    ROT_VERSION = 1,            /* of all three */
    ROT_SMALL = 4096,           /* payloads without bulk, and unknown ones */
    ROT_MAILBOX_MOST = 1 << 18, /* bytes: the largest mailbox of a part */
    ROT_FRAME_MOST = 1 << 21,   /* bytes of a command in MBOX, legal there */
    ROT_TEXT_MOST = 1 << 16,
    ROT_STATE_MOST = 1 << 24,
};

/* The words that the bytes spell as numbers, most significant byte first. */
#define ROT_MAGIC_REGISTERS 0x43505452u /* "CPTR" */
#define ROT_MAGIC_MAILBOX   0x4d424f58u /* "MBOX" */
#define ROT_MAGIC_OWN       0x43414952u /* "CAIR" */

enum rot_error {
#define ROT_ERROR(name, code, text) ROT_ERROR_##name = (code),
#include "session/rot/errors.def"
#undef ROT_ERROR
};

/* "the bus of the root of trust refuses the access" */
const char *rot_error_text(enum rot_error error);

enum rot_protocol {
    ROT_PROTOCOL_REGISTERS, /* "CPTR" */
    ROT_PROTOCOL_MAILBOX,   /* "MBOX" */
    ROT_PROTOCOL_OWN,       /* "CAIR" */
    ROT_PROTOCOL_NONE,      /* none is known yet */
};

/* The protocol whose frames start with these four bytes. */
enum rot_protocol rot_protocol_find(uint32_t magic);
/* "CPTR", or "-" for none. */
const char *rot_protocol_name(enum rot_protocol protocol);

struct rot_command {
    enum rot_protocol protocol;
    const char *name;
    uint16_t number;
    uint32_t least; /* bytes of the payload */
    uint32_t most;
};

struct rot_frame {
    const struct rot_command *command; /* NULL: none of the protocol's */
    uint16_t number;
    uint32_t length;
    const uint8_t *payload; /* in the bytes that were parsed */
};

enum rot_parsed {
    ROT_PARSED_FRAME, /* *frame is a request that may be served */
    ROT_PARSED_MORE,  /* the bytes end within a frame, or are none */
    /* The frame is whole, and its end is known, but *error says why it cannot
     * be served: the stream goes on behind it. */
    ROT_PARSED_WRONG,
    /* Where the next frame starts is unknown, or too far: *error says why. */
    ROT_PARSED_LOST,
};

/* Looks at the first frame in the bytes. *frame is filled for FRAME and WRONG;
 * it takes ROT_HEADER_SIZE + frame->length bytes. */
enum rot_parsed rot_frame_parse(enum rot_protocol protocol,
                                const uint8_t *bytes, size_t size,
                                struct rot_frame *frame, enum rot_error *error);

/* Appends a header of one of the three. */
void rot_frame_begin(struct buffer *out, enum rot_protocol protocol,
                     uint16_t number, uint32_t length);

#endif
