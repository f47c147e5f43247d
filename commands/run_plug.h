/* SPDX-License-Identifier: Apache-2.0 */
/* The option --plug of `cairn run`: virtio devices with their settings. */
#ifndef COMMANDS_RUN_PLUG_H
#define COMMANDS_RUN_PLUG_H

#include "commands/run_request.h"

/* COMMAND_DONE, or COMMAND_MISUSE after a message. */
int run_plug_set(struct run_request *request);

/* The devices and their settings, a line each. */
void run_plug_list(FILE *out);

#endif
