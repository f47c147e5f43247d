/* SPDX-License-Identifier: Apache-2.0 */
/* Parts that the pictures of a run have in common. */
#ifndef SESSION_SVG_H
#define SESSION_SVG_H

#include <stddef.h>

#include "base/buffer.h"

/* Appends at most size bytes of a string as text of XML: ASCII, as XML has no
 * control characters. */
void svg_escape(struct buffer *out, const char *text, size_t size);

#endif
