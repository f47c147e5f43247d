/* SPDX-License-Identifier: Apache-2.0 */
/* Words of --share, see run_request.h. */
#ifndef COMMANDS_RUN_SHARE_H
#define COMMANDS_RUN_SHARE_H

#include "commands/run_request.h"

/* Fills in request->shares and the options; an exit code after a complaint. */
int run_share_set(struct run_request *request);

#endif
