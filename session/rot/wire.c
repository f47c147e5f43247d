/* SPDX-License-Identifier: Apache-2.0 */
/* The tables of the protocols, and the parser of frames. */
#include "session/rot/wire.h"

#include "base/assert.h"
#include "base/bits.h"

/* ---- Tables -------------------------------------------------------------- */

static const struct rot_command commands[] = {
#define REQUEST(protocol, name, number, least, most)                           \
    {ROT_PROTOCOL_##protocol, #name, number, least, most},
#include "session/rot/commands.def"
#undef REQUEST
};

static const struct {
    const char *name;
    uint32_t magic;
} protocols[] = {
    [ROT_PROTOCOL_REGISTERS] = {"CPTR", ROT_MAGIC_REGISTERS},
    [ROT_PROTOCOL_MAILBOX] = {"MBOX", ROT_MAGIC_MAILBOX  },
    [ROT_PROTOCOL_OWN] = {"CAIR", ROT_MAGIC_OWN      },
};

enum rot_protocol rot_protocol_find(uint32_t magic)
{
    for (unsigned i = 0; i < ARRAY_SIZE(protocols); i++) {
        if (protocols[i].magic == magic) {
            return (enum rot_protocol)i;
        }
    }
    return ROT_PROTOCOL_NONE;
}

const char *rot_protocol_name(enum rot_protocol protocol)
{
    return protocol < ARRAY_SIZE(protocols) ? protocols[protocol].name : "-";
}

const char *rot_error_text(enum rot_error error)
{
    switch (error) {
#define ROT_ERROR(name, code, text)                                            \
    case ROT_ERROR_##name:                                                     \
        return text;
#include "session/rot/errors.def"
#undef ROT_ERROR
    }
    return "an error without a name";
}

/* ---- Frames -------------------------------------------------------------- */

static const struct rot_command *find_command(enum rot_protocol protocol,
                                              uint16_t number)
{
    for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
        if (commands[i].protocol == protocol && commands[i].number == number) {
            return &commands[i];
        }
    }
    return NULL;
}

enum rot_parsed rot_frame_parse(enum rot_protocol protocol,
                                const uint8_t *bytes, size_t size,
                                struct rot_frame *frame, enum rot_error *error)
{
    assert(protocol < ROT_PROTOCOL_NONE);
    *error = ROT_ERROR_NONE;
    if (size < ROT_HEADER_SIZE) {
        return ROT_PARSED_MORE;
    }
    const uint32_t versions = load_le32(bytes + 4);
    const uint32_t length = load_le32(bytes + 8);
    if (load_le32(bytes) != protocols[protocol].magic) {
        *error = ROT_ERROR_MAGIC;
        return ROT_PARSED_LOST;
    }
    if ((versions & 0xffff) != ROT_VERSION) {
        *error = ROT_ERROR_VERSION;
        return ROT_PARSED_LOST;
    }
    const uint16_t number = (uint16_t)(versions >> 16);
    const struct rot_command *command = find_command(protocol, number);
    const uint32_t most = command && command->most > ROT_SMALL
                              ? command->most
                              : (uint32_t)ROT_SMALL;
    if (length > most) {
        *error = ROT_ERROR_LENGTH;
        return ROT_PARSED_LOST;
    }
    if (size - ROT_HEADER_SIZE < length) {
        return ROT_PARSED_MORE;
    }
    *frame = (struct rot_frame){
        .command = command,
        .number = number,
        .length = length,
        .payload = bytes + ROT_HEADER_SIZE,
    };
    if (!command) {
        *error = ROT_ERROR_COMMAND;
    } else if (length < command->least || length > command->most) {
        *error = ROT_ERROR_LENGTH;
    }
    return *error == ROT_ERROR_NONE ? ROT_PARSED_FRAME : ROT_PARSED_WRONG;
}

void rot_frame_begin(struct buffer *out, enum rot_protocol protocol,
                     uint16_t number, uint32_t length)
{
    uint8_t *header = buffer_grow(out, ROT_HEADER_SIZE);
    store_le32(header, protocols[protocol].magic);
    store_le32(header + 4, ROT_VERSION | (uint32_t)number << 16);
    store_le32(header + 8, length);
}
