/* SPDX-License-Identifier: Apache-2.0 */
/* Options that commands of `cairn disk` share. */
#ifndef COMMANDS_DISK_FORMAT_H
#define COMMANDS_DISK_FORMAT_H

#include "backends/image.h"
#include "commands/command.h"

/* The format of --format, or that which the name of a new file says; an exit
 * code. */
int disk_format_for(const struct arguments *arguments, const char *path,
                    const struct image_type **type);
/* Reads the value of --cluster-size, or 0; an exit code. */
int disk_format_cluster_bits(const struct arguments *arguments, unsigned *bits);
/* Fails for a file that is there, without --force: a disk is too much to lose
 * by a slip. An exit code. */
int disk_format_check_new(const struct arguments *arguments, const char *path);

#endif
