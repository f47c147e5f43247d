/* SPDX-License-Identifier: Apache-2.0 */
/* The part of a man page that says what the sandbox leaves to code which should
 * not be in the process, made from the tables of host/. */
#ifndef COMMANDS_SANDBOX_PAGE_H
#define COMMANDS_SANDBOX_PAGE_H

#include "base/buffer.h"

void sandbox_page(struct buffer *out);

#endif
