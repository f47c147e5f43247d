/* SPDX-License-Identifier: Apache-2.0 */
/* The file of a run's inputs: writing one, and running by one. */
#ifndef SESSION_RECORD_H
#define SESSION_RECORD_H

#include "base/error.h"
#include "session/session.h"

/* Reads and checks the file to replay, or what identifies a run to record. */
int session_record_open(struct session *session, struct session_error *error);
/* Opens the file to write. */
int session_record_make_file(struct session *session,
                             struct session_error *error);
/* The machine is in the state that the run starts from. */
void session_record_begin(struct session *session);
/* Runs to the end of the file instead of by agent, console and limits: what the
 * run came to is what the recorded one did. */
int session_replay(struct session *session, struct cairn_error *words);
/* Writes what the run came to, and closes the file. */
int session_record_close(struct session *session, struct error *error);

#endif
