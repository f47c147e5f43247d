/* SPDX-License-Identifier: Apache-2.0 */
/* A machine's end of a network for tests. */
#ifndef TESTS_NETWORK_END_H
#define TESTS_NETWORK_END_H

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "backends/network.h"
#include "base/buffer.h"
#include "host/time.h"
#include "tests/harness.h"

enum { WAIT_NS = 2000000000, FRAME = 60 };

struct end {
    struct network *network;
    unsigned frames;
    unsigned links;
    int input; /* flags of descriptor 0, which is no back end's */
    bool up;
    uint8_t last[2048]; /* frame */
    size_t size;
    struct buffer troubles;
};

static inline bool received(void *context, const struct packet *packet)
{
    struct end *end = context;
    end->frames++;
    end->size = packet->size;
    memcpy(end->last, packet->bytes,
           packet->size < sizeof(end->last) ? packet->size : sizeof(end->last));
    return true;
}

static inline void linked(void *context, bool up)
{
    struct end *end = context;
    end->links++;
    end->up = up;
}

static inline void trouble(void *context, const char *text)
{
    struct end *end = context;
    buffer_print(&end->troubles, "%s\n", text);
}

static inline uint64_t now_ns(void *context)
{
    return UINT64_C(3000000007);
}

static inline int plug(struct end *end, struct loop *loop, const char *what,
                       struct error *error)
{
    const unsigned descriptors = test_descriptors();
    *end = (struct end){.input = fcntl(STDIN_FILENO, F_GETFD)};
    const struct network_events events = {received, linked, trouble, now_ns,
                                          end};
    int code = network_open(loop, what, &events, &end->network, error);
    if (code == 0 && (code = network_make_log(end->network, error)) != 0) {
        network_close(end->network);
    }
    EXPECT(end->input < 0 || fcntl(STDIN_FILENO, F_GETFD) == end->input);
    EXPECT(code == 0 || test_descriptors() == descriptors);
    return code;
}

static inline void unplug(struct end *end)
{
    network_close(end->network);
    EXPECT_EQ(fcntl(STDIN_FILENO, F_GETFD), end->input);
    EXPECT_STR(buffer_text(&end->troubles), "");
    buffer_fini(&end->troubles);
}

/* The trouble that its user heard, and nothing else. */
static inline void expect_trouble(struct end *end, const char *text)
{
    EXPECT_STR(buffer_text(&end->troubles), text);
    buffer_fini(&end->troubles);
    end->troubles = (struct buffer){0};
}

/* Turns the loop until an end has so many frames. */
static inline bool wait_for(struct loop *loop, const struct end *end,
                            unsigned frames)
{
    uint64_t until = host_time_ns() + WAIT_NS;
    while (end->frames < frames && host_time_ns() < until) {
        loop_turn(loop, host_time_ns() + 10000000);
    }
    return end->frames >= frames;
}

static inline void settle(struct loop *loop)
{
    for (unsigned i = 0; i < 20; i++) {
        loop_turn(loop, host_time_ns() + 1000000);
    }
}

static inline void send_from(struct end *end, uint8_t from, uint8_t to)
{
    uint8_t frame[FRAME] = {[12] = 0x88, [13] = 0xb5, [14] = 0x77};
    memset(frame, to, 6);
    memset(frame + 6, from, 6);
    const struct packet packet = {.bytes = frame, .size = sizeof(frame)};
    network_send(end->network, &packet);
}

#endif
