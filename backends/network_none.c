/* SPDX-License-Identifier: Apache-2.0 */
/* "none": a cable to nowhere. What is sent is lost, unless a packet log keeps
 * it, and nothing comes; a replay connects this in place of every other. */
#include "backends/network.h"

static int open_none(struct network *network, struct error *error)
{
    return 0;
}

static void close_none(struct network *network)
{
}

static void send_none(struct network *network, const struct packet *packet)
{
}

static const struct network_option options[] = {
    {NULL, NULL, NULL},
};

const struct network_type network_none = {
    .name = "none",
    .purpose = "a cable to nowhere",
    .options = options,
    .takes = NETWORK_ALL,
    .open = open_none,
    .close = close_none,
    .send = send_none,
};
