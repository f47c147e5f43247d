/* SPDX-License-Identifier: Apache-2.0 */
/* Questions at the terminal whose answers are not shown. */
#ifndef HOST_TERMINAL_H
#define HOST_TERMINAL_H

#include <stddef.h>

/*
 * Prints the question on standard error and reads one line of standard input
 * without showing it, up to its end or size bytes; Backspace and Ctrl-U correct
 * it. Returns the length; -ENOTTY when standard input is no terminal, -EINTR
 * after Ctrl-C, -EMSGSIZE for a longer line, or -EIO at the end of input.
 */
int terminal_ask_secret(const char *question, char *text, size_t size);

#endif
