/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where in its source files a board says something. Worked out only when there
 * is something to complain about, by having dtc annotate its sources.
 */
#ifndef PLATFORM_BOARD_PLACES_H
#define PLATFORM_BOARD_PLACES_H

#include "platform/board/board.h"

/* Appends "file:line", or only the board's name where no line is known.
 * property may be NULL, then the place is that of the node. */
void board_place(const struct board *board, const char *node_path,
                 const char *property, struct buffer *out);

/* Runs dtc on a source of the board, which reads in the board's folders alone.
 * flags is "dtb" or "dts"; "dts" annotates. Output goes to *out, dtc's
 * complaints to *complaints. Returns 0, -ENOENT when there is no dtc, -EINVAL
 * when it complained. */
int board_compile(const struct board *board, const char *path,
                  const char *format, struct buffer *out,
                  struct buffer *complaints);

#endif
