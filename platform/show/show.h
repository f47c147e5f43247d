/* SPDX-License-Identifier: Apache-2.0 */
/* Declarations that the text and the picture of a board share. */
#ifndef PLATFORM_SHOW_SHOW_H
#define PLATFORM_SHOW_SHOW_H

#include "platform/machine/machine.h"

void show_text(struct cairn_machine *machine, struct buffer *out);
void show_svg(struct cairn_machine *machine, struct buffer *out);

/* "48 KiB", "400 MHz", what a window shows, "interrupt". */
void show_size(uint64_t size_bytes, char *text, size_t text_size);
void show_frequency(uint64_t hz, char *text, size_t text_size);
void show_target(const struct window *window, char *text, size_t text_size);
const char *show_line_kind(enum line_kind kind);
/* All windows of a space by rising address, in memory that the caller frees. */
const struct window **show_windows(const struct space *space, size_t *count);
/* True if a window of a master's Secure space is missing in the other one. */
bool show_is_secure_only(const struct node *node, const struct window *window);

/* Once the power is on: ", held", ", runs" or ", off" of a processor, and
 * ", asserted" of a reset line; else nothing. */
const char *show_core_state(const struct node *node);
const char *show_line_state(const struct cairn_machine *machine,
                            const struct line *line);

#endif
