/* SPDX-License-Identifier: Apache-2.0 */
/* Text in pictures. */
#include "session/svg.h"

#include "base/bits.h"

void svg_escape(struct buffer *out, const char *text, size_t size)
{
    static const char *const entities[] = {
        ['&'] = "&amp;", ['<'] = "&lt;", ['>'] = "&gt;", ['"'] = "&quot;"};

    for (size_t i = 0; i < size && text[i] != '\0'; i++) {
        unsigned char c = (unsigned char)text[i];

        if (c < ARRAY_SIZE(entities) && entities[c]) {
            buffer_print(out, "%s", entities[c]);
        } else {
            buffer_append(out, c < ' ' || c > '~' ? "?" : &text[i], 1);
        }
    }
}
