/* SPDX-License-Identifier: Apache-2.0 */
/* The part of a man page that says what the sandbox leaves to code which should
 * not be in the process, made from the tables of host/. */
#ifndef COMMANDS_SANDBOX_PAGE_H
#define COMMANDS_SANDBOX_PAGE_H

#include "base/buffer.h"

/* The page of `cairn run`. */
void sandbox_page(struct buffer *out);
/* The page of `cairn serve rot`. */
void sandbox_page_served(struct buffer *out);

#endif
