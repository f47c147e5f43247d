/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of the user network: its options, the frames that go through it, and
 * the library where there is one. */
#ifndef BACKENDS_NETWORK_USER_H
#define BACKENDS_NETWORK_USER_H

#include <netinet/in.h>

#include "backends/network.h"

enum { USER_NAME_MAX = 255 };

/* A port of the host that leads to one of the guest. */
struct user_forward {
    bool udp;
    struct in_addr host;
    struct in_addr guest; /* 0: the one that DHCP gives */
    int host_port;
    int guest_port;
};

extern const struct network_option network_user_options[];

/* "tcp:[HOST:]PORT:[GUEST:]PORT"; 0, or -EINVAL and *error. */
int user_forward_parse(const char *text, struct user_forward *forward,
                       struct error *error);

/* ---- Frames (network_user_frames.c) -------------------------------------- */

enum {
    USER_MTU = 1500,          /* of the guest's link, unless mtu= says other */
    USER_LIBRARY_MTU = 65521, /* the most that the library takes */
};

struct user_frames {
    uint32_t mtu;     /* of the guest's link */
    uint32_t segment; /* the least that the guest has asked for */
    bool http;        /* the file that DHCP names is a URI */
    void (*give)(void *context, const struct packet *packet); /* to the guest */
    void *context;
    uint8_t frame[PACKET_FRAME_MAX]; /* the one at hand */
};

/* http, give and context are the caller's to set. */
void user_frames_init(struct user_frames *frames, uint32_t mtu);
/* The frame that the library gets in place of one of the guest; it holds until
 * the next call. */
const uint8_t *user_frames_to_library(struct user_frames *frames,
                                      const uint8_t *frame, uint32_t size);
/* Gives the guest the packets that a frame of the library becomes. */
void user_frames_to_guest(struct user_frames *frames, const uint8_t *frame,
                          uint32_t size);

#endif
