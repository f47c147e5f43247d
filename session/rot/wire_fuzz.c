/* SPDX-License-Identifier: Apache-2.0 */
/* Streams of any bytes, cut anywhere: the parser takes the same frames out of
 * them, in bounds, and comes to an end. */
#include <string.h>

#include "base/bits.h"
#include "session/rot/wire.h"
#include "tests/fuzz.h"

static void check(const struct rot_frame *frame, const uint8_t *at, size_t size)
{
    if (frame->payload != at + ROT_HEADER_SIZE ||
        size - ROT_HEADER_SIZE < frame->length ||
        frame->length > ROT_STATE_MOST ||
        (frame->command && frame->command->number != frame->number)) {
        abort();
    }
}

/* A frame that was awaited is found once its bytes are there, and no sooner. */
static void cut(enum rot_protocol protocol, const uint8_t *at, size_t whole)
{
    struct rot_frame frame;
    enum rot_error error;
    uint8_t *part = malloc(whole);
    for (size_t i = 0; i < whole && i < 32; i++) {
        memcpy(part, at, i);
        if (rot_frame_parse(protocol, part, i, &frame, &error) !=
            ROT_PARSED_MORE) {
            abort();
        }
    }
    free(part);
}

FUZZ(data, size)
{
    const enum rot_protocol protocol =
        size >= 4 ? rot_protocol_find(load_le32(data)) : ROT_PROTOCOL_NONE;
    size_t used = 0;
    while (protocol != ROT_PROTOCOL_NONE) {
        struct rot_frame frame = {0};
        enum rot_error error = ROT_ERROR_NONE;
        enum rot_parsed parsed =
            rot_frame_parse(protocol, data + used, size - used, &frame, &error);
        if ((error == ROT_ERROR_NONE) !=
            (parsed == ROT_PARSED_FRAME || parsed == ROT_PARSED_MORE)) {
            abort(); /* a refusal without a reason, or a reason without one */
        }
        if (parsed == ROT_PARSED_MORE || parsed == ROT_PARSED_LOST) {
            break;
        }
        check(&frame, data + used, size - used);
        cut(protocol, data + used, ROT_HEADER_SIZE + frame.length);
        used += ROT_HEADER_SIZE + frame.length;
    }
    return 0;
}
