/* SPDX-License-Identifier: Apache-2.0 */
/* Calls of the server for its clients; see session/rot/client.h. */
#ifndef SESSION_ROT_CLIENTS_H
#define SESSION_ROT_CLIENTS_H

#include "session/rot/client.h"

/* Bytes of rot_server.scratch. */
enum { ROT_SCRATCH_SIZE = 1 << 16 };

/* Takes over the descriptor. */
struct rot_client *rot_client_create(struct rot_server *server, int fd);
void rot_client_destroy(struct rot_client *client);
/* Serves what has come, as far as the bounds allow. */
void rot_client_serve(struct rot_client *client);
/* Writes what the peer takes without waiting. */
void rot_client_flush(struct rot_client *client);
/* Tells it why, and closes. */
void rot_client_end(struct rot_client *client, enum rot_error error);
/* Sets what it waits for from here on. */
void rot_client_settle(struct rot_client *client);

/* After one of them was served: those that waited for the mailbox are tried
 * again, notifications go out, and those that have gone are freed. */
void rot_clients_settle(struct rot_server *server);

#endif
