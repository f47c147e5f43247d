/* SPDX-License-Identifier: Apache-2.0 */
/* Virtio devices that options put into free slots of the board: entropy,
 * sockets, consoles, and those of --plug. */
#ifndef SESSION_VIRTIO_H
#define SESSION_VIRTIO_H

#include "session/internal.h"

/* On the board that is open. */
int session_virtio_plug(struct session *session, struct session_error *error);
/* Once there is a machine: what they have of the host. */
int session_virtio_connect(struct session *session,
                           struct session_error *error);

#endif
