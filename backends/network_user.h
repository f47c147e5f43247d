/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of the user network: its options, and the library where there is one.
 */
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

#endif
