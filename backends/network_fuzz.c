/* SPDX-License-Identifier: Apache-2.0 */
/* The words of a network, those of a forwarded port, what a peer sends over a
 * stream, and frames between a guest and the user network's library: the first
 * byte says which. */
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "backends/network_stream.h"
#include "backends/network_user.h"
#include "tests/fuzz.h"

static void framed(void *context, const uint8_t *bytes, size_t size)
{
    if (size < PACKET_ETHERNET || size > PACKET_FRAME_MAX ||
        bytes[0] + bytes[size - 1] > 510) {
        abort();
    }
}

static void ended(void *context)
{
    *(bool *)context = true;
}

static void parse(const uint8_t *data, size_t size, bool forward)
{
    char *text = calloc(1, size + 1);
    struct error error = {""};
    struct user_forward parsed;
    memcpy(text, data, size);
    int code = forward ? user_forward_parse(text, &parsed, &error)
                       : network_check(text, &error);
    if ((code == 0) != (error.text[0] == '\0')) {
        abort();
    }
    if (code == 0 && !forward) {
        free(network_words_option(text, "pcap", 0));
    }
    free(text);
}

/* In two parts, so that frames are cut. */
static void stream(const uint8_t *data, size_t size)
{
    struct loop *loop = loop_create(NULL);
    bool gone = false;
    struct network_stream one = {.watch = {.fd = -1},
                                 .framed = framed,
                                 .ended = ended,
                                 .context = &gone};
    int ends[2];
    if (!loop || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends)) {
        abort();
    }
    network_stream_open(&one, loop, ends[0]);
    for (size_t part = 0; part < 2 && !gone; part++) {
        size_t from = part * (size / 2);
        size_t count = part == 0 ? size / 2 : size - from;
        (void)!send(ends[1], data + from, count, MSG_DONTWAIT | MSG_NOSIGNAL);
        loop_turn(loop, 0);
    }
    close(ends[1]);
    while (!gone) {
        loop_turn(loop, 0);
    }
    network_stream_close(&one);
    loop_destroy(loop);
}

static void take(void *context, const struct packet *packet)
{
    uint8_t message[PACKET_HEADER];
    struct packet_split split;
    static uint8_t frame[PACKET_FRAME_MAX];
    const struct user_frames *frames = context;
    packet_encode(packet, message);
    if (packet->gso_type == PACKET_GSO_NONE) {
        return;
    }
    if (!packet_split_begin(&split, packet)) {
        abort();
    }
    uint32_t size;
    while ((size = packet_split_next(&split, frame)) != 0) {
        if (size > frames->mtu + PACKET_ETHERNET && packet->gso_size > 32) {
            abort();
        }
    }
}

/* In memory of their size, whose end a sanitizer sees. */
static void pass_frames(const uint8_t *data, size_t size)
{
    static struct user_frames frames;
    if (size < 2 + PACKET_ETHERNET || size > PACKET_FRAME_MAX) {
        return;
    }
    user_frames_init(&frames, 68u + data[0] * 8u);
    frames.http = data[0] % 2 != 0;
    frames.give = take;
    frames.context = &frames;
    uint8_t *frame = malloc(size - 1);
    if (!frame) {
        abort();
    }
    memcpy(frame, data + 1, size - 1);
    user_frames_to_library(&frames, frame, (uint32_t)size - 1);
    user_frames_to_guest(&frames, frame, (uint32_t)size - 1);
    free(frame);
}

FUZZ(data, size)
{
    if (size == 0) {
        return 0;
    }
    if (data[0] % 4 == 3) {
        pass_frames(data + 1, size - 1);
    } else if (data[0] % 4 == 2) {
        stream(data + 1, size - 1);
    } else {
        parse(data + 1, size - 1, data[0] % 4 == 1);
    }
    return 0;
}
