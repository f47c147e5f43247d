/* SPDX-License-Identifier: Apache-2.0 */
/* The value of `cairn run --disk`: [DEVICE=]FILE[,OPTION...]. */
#ifndef COMMANDS_DISK_OPTION_H
#define COMMANDS_DISK_OPTION_H

#include "session/options.h"

/* Strings of *disk are in a copy of the text that is returned, which the caller
 * frees. What is no option at its end is of the file's name. */
char *disk_option_parse(const char *text, struct session_disk *disk);

#endif
