/* SPDX-License-Identifier: Apache-2.0 */
/* Elements of pictures, one or more on a line of the file. */
#include "base/svg.h"

#include <string.h>

#include "base/bits.h"

static void begin(struct buffer *out, int width, int height, const char *style)
{
    buffer_print(out,
                 "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" "
                 "height=\"%d\" viewBox=\"0 0 %d %d\">\n",
                 width, height, width, height);
    if (style) {
        buffer_print(out, "<style>%s</style>\n", style);
    }
}

void svg_begin(struct buffer *out, int width, int height, const char *style,
               const char *ground)
{
    begin(out, width, height, style);
    buffer_print(out, "<rect width=\"100%%\" height=\"100%%\" fill=\"%s\"/>\n",
                 ground);
}

void svg_begin_file(struct buffer *out, int width, int height,
                    const char *style, const char *ground)
{
    buffer_print(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    begin(out, width, height, style);
    buffer_print(out, "<rect width=\"%d\" height=\"%d\" fill=\"%s\"/>\n", width,
                 height, ground);
}

void svg_escape(struct buffer *out, const char *text)
{
    svg_escape_part(out, text, SIZE_MAX);
}

void svg_escape_part(struct buffer *out, const char *text, size_t size)
{
    static const char *const entities[] = {
        ['&'] = "&amp;", ['<'] = "&lt;", ['>'] = "&gt;", ['"'] = "&quot;"};

    for (size_t i = 0; i < size && text[i] != '\0'; i++) {
        unsigned char c = (unsigned char)text[i];

        if (c < ARRAY_SIZE(entities) && entities[c]) {
            buffer_print(out, "%s", entities[c]);
        } else {
            bool held = c == '\n' || (c >= ' ' && c <= '~');

            buffer_append(out, held ? &text[i] : "?", 1);
        }
    }
}

void svg_escape_cut(struct buffer *out, const char *text, size_t most)
{
    bool cut = strlen(text) > most;

    svg_escape_part(out, text, cut ? most - 2 : most);
    buffer_print(out, "%s", cut ? ".." : "");
}

void svg_text(struct buffer *out, const char *text, size_t size,
              const char *format, ...)
{
    va_list args;

    va_start(args, format);
    buffer_print(out, "<text ");
    buffer_vprint(out, format, args);
    buffer_print(out, ">");
    svg_escape_part(out, text, size);
    buffer_print(out, "</text>\n");
    va_end(args);
}

void svg_rectangle(struct buffer *out, int x, int y, int width, int height,
                   const char *fill)
{
    buffer_print(out,
                 "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" "
                 "fill=\"%s\"/>\n",
                 x, y, width, height, fill);
}

bool svg_line_next(const char **text, size_t most, struct svg_line *line)
{
    const char *at = *text;
    size_t whole = strcspn(at, "\n");
    size_t size = whole <= most ? whole : most;

    if (*at == '\0') {
        return false;
    }
    while (size < whole && size > 0 && at[size] != ' ') {
        size--;
    }
    size = size > 0 || whole == 0 ? size : most;
    *line = (struct svg_line){at, size};
    at += size;
    at += size == whole ? *at == '\n' : strspn(at, " ");
    *text = at;
    return true;
}

int svg_line_count(const char *text, size_t most)
{
    struct svg_line line;
    int count = 0;

    while (svg_line_next(&text, most, &line)) {
        count++;
    }
    return count;
}
