/* SPDX-License-Identifier: Apache-2.0 */
/* Any message: what is a packet becomes frames, or is refused; each is within
 * its bounds, and together they have all of the payload. */
#include "base/packet.h"
#include "tests/fuzz.h"

#include <string.h>

FUZZ(data, size)
{
    static uint8_t frame[PACKET_FRAME_MAX];
    uint8_t header[PACKET_HEADER];
    struct packet packet;
    struct packet again;
    struct packet_split split;
    uint32_t count = 0;
    uint64_t payload = 0;
    uint32_t length;

    if (!packet_decode(data, size, &packet)) {
        return 0;
    }
    packet_encode(&packet, header);
    if (packet_decode(data, size, &again) && again.flags != packet.flags) {
        abort();
    }
    if (!packet_split_begin(&split, &packet)) {
        return 0;
    }
    while ((length = packet_split_next(&split, frame)) != 0) {
        count++;
        payload += length - split.headers;
        if (length < PACKET_ETHERNET || length > packet.size) {
            abort();
        }
    }
    if (count > PACKET_SEGMENTS_MAX || payload != packet.size - split.headers) {
        abort();
    }
    return 0;
}
