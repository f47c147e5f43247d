/* SPDX-License-Identifier: Apache-2.0 */
/* Files of inputs from inside: see cairn_record_open and cairn_replay_open. */
#ifndef PLATFORM_RECORD_RECORD_H
#define PLATFORM_RECORD_RECORD_H

#include "platform/machine/machine.h"

/* Closes the file that is written, which then lacks its end; or NULL. */
void recorder_destroy(struct recorder *recorder);
/* Runs as cairn_replay does, up to the end of the file; pause is called between
 * pieces of the run. -ENODEV: the machine has no file to run by. */
int replayer_run(struct cairn_machine *machine, void (*pause)(void *context),
                 void *context, struct error *error);
/* Frees what was read; or NULL. After the machine's events are gone, which may
 * have names from the file. */
void replayer_destroy(struct replayer *replayer);

#endif
