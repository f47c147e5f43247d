/* SPDX-License-Identifier: Apache-2.0 */
/* "user" of a program that was built without the headers of libslirp. */
#include <errno.h>

#include "backends/network_user.h"

static int open_user(struct network *network, struct error *error)
{
    return error_set(error, -ENOTSUP,
                     "this program was built without libslirp, which the user "
                     "network needs");
}

static void close_user(struct network *network)
{
}

static void send_user(struct network *network, const struct packet *packet)
{
}

const struct network_type network_user = {
    .name = "user",
    .purpose = "not in this program, which was built without libslirp",
    .options = network_user_options,
    .live = true,
    .connects = true,
    .open = open_user,
    .close = close_user,
    .send = send_user,
};
