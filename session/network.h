/* SPDX-License-Identifier: Apache-2.0 */
/* Networks of a session: which device has which, and what they need of the
 * sandbox. */
#ifndef SESSION_NETWORK_H
#define SESSION_NETWORK_H

#include "session/error.h"
#include "session/options.h"

/* Checks whether the words are well-formed. */
int session_networks_check(const struct session_options *options,
                           struct session_error *error);
struct session;

/* Plugs in a virtio network device for each that names no device and finds none
 * left on the board that is open, in its order. */
int session_networks_plug(struct session *session, struct session_error *error);
/* Connects them. In a replay they are cables to nowhere. */
int session_networks_connect(struct session *session,
                             struct session_error *error);
/* Makes their packet logs. */
int session_networks_make_logs(struct session *session,
                               struct session_error *error);

/* True if the network's kind has a peer to connect to. */
bool session_net_connects(const struct session_net *net);
bool session_net_has_peers(const struct session_net *net);
/* True if each datagram names the Unix socket that it goes to. */
bool session_net_sends(const struct session_net *net);
/* "unix:PATH", whose file is removed at the end, or NULL; the caller frees it.
 */
char *session_net_address(const struct session_net *net);

#endif
