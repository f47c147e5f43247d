/* SPDX-License-Identifier: Apache-2.0 */
/* Disks of a session: which device has which image. */
#ifndef SESSION_DISKS_H
#define SESSION_DISKS_H

#include "session/error.h"

struct session;

/* Plugs in a virtio block device for each disk that names no device and finds
 * none left on the board that is open, in its order. */
int session_disks_plug(struct session *session, struct session_error *error);
/* Opens the images, once there is a machine. */
int session_disks_connect(struct session *session, struct session_error *error);

#endif
