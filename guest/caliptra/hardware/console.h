/* SPDX-License-Identifier: Apache-2.0 */
/* Console text over the generic output wires: one byte per write. */
#ifndef GUEST_CALIPTRA_CONSOLE_H
#define GUEST_CALIPTRA_CONSOLE_H

#include <stdint.h>

void console_text(const char *text);
/* "text 0x0123abcd" and a line end. */
void console_value(const char *text, uint32_t value);
/* The same for a digest in words: 96 digits without a prefix. */
void console_digest(const char *text, const uint32_t words[12]);

#endif
