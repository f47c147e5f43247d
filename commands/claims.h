/* SPDX-License-Identifier: Apache-2.0 */
/* Checks whether a command's outputs are files of their own, before it writes
 * one. */
#ifndef COMMANDS_CLAIMS_H
#define COMMANDS_CLAIMS_H

#include "commands/command.h"
#include "host/claim.h"

/* The options in `outputs`, a list that ends with NULL, are written; operands
 * and all other options whose value is a file or a folder of keys are read, and
 * so is what the caller put into *claims, which is freed. An exit code after
 * its complaint. */
int claims_check(const struct arguments *arguments, const char *const *outputs,
                 struct file_claims *claims);
/* The files of a folder of keys. */
void claims_add_keys(struct file_claims *claims, const char *name,
                     const char *folder);

#endif
