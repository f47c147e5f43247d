/* SPDX-License-Identifier: Apache-2.0 */
/* Files of inputs from inside: see cairn_record_open and cairn_replay_open. */
#ifndef PLATFORM_RECORD_RECORD_H
#define PLATFORM_RECORD_RECORD_H

#include "platform/machine/machine.h"

/* A file that is written and not ended lacks its end. */
extern const struct machine_extension recorder_extension;
extern const struct machine_extension replayer_extension;
/* True if the machine runs by a file. */
bool replayer_is_there(const struct cairn_machine *machine);
/* Runs as cairn_replay does, up to the end of the file; pause is called between
 * pieces of the run. -ENODEV: the machine has no file to run by. */
int replayer_run(struct cairn_machine *machine, void (*pause)(void *context),
                 void *context, struct error *error);

#endif
