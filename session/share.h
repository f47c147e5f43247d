/* SPDX-License-Identifier: Apache-2.0 */
/* Folders that a run shares with its guest (--share). */
#ifndef SESSION_SHARE_H
#define SESSION_SHARE_H

#include "session/session.h"

/* Plugs in a device for each, on the board that is open. */
int session_share_plug(struct session *session, struct session_error *error);
/* Opens the folders, once there is a machine. */
int session_share_connect(struct session *session, struct session_error *error);

#endif
