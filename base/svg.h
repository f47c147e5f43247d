/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pictures as SVG: the page, text and rectangles. All that a picture says is
 * escaped here; attributes are the caller's and are written as they are.
 * Lengths are in pixels.
 */
#ifndef BASE_SVG_H
#define BASE_SVG_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"

/* The start of a picture: its size, rules of CSS or NULL, and the colour behind
 * everything. The caller writes the end. */
void svg_begin(struct buffer *out, int width, int height, const char *style,
               const char *ground);
/* The same of a picture that no other contains: it begins with an XML
 * declaration, and has no size in per cent, which some viewers cannot read. */
void svg_begin_file(struct buffer *out, int width, int height,
                    const char *style, const char *ground);

/* Text as XML and HTML hold it, also between quotes: ASCII and line ends, with
 * a question mark for each other byte. */
void svg_escape(struct buffer *out, const char *text);
/* The same of at most size bytes. */
void svg_escape_part(struct buffer *out, const char *text, size_t size);
/* The same of a text that is cut to most characters, at least 2; the last two
 * are dots then. */
void svg_escape_cut(struct buffer *out, const char *text, size_t most);
/* A text element of at most size bytes. The format makes its attributes. */
void svg_text(struct buffer *out, const char *text, size_t size,
              const char *format, ...) __attribute__((format(printf, 4, 5)));
void svg_rectangle(struct buffer *out, int x, int y, int width, int height,
                   const char *fill);

/* A line of a text, without a zero at its end. */
struct svg_line {
    const char *text;
    size_t size;
};

/* Takes the next line off the text: up to a line end or, where that is further
 * than most bytes, up to the last blank before, or else as many bytes. False at
 * the end of the text. */
bool svg_line_next(const char **text, size_t most, struct svg_line *line);
/* The number of lines that svg_line_next takes. */
int svg_line_count(const char *text, size_t most);

#endif
