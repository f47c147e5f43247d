/* SPDX-License-Identifier: Apache-2.0 */
/* A board as an SVG picture. */
#include "platform/board_show.h"

void show_svg(struct cairn_machine *machine, struct buffer *out)
{
    (void)machine;
    buffer_print(out, "<svg xmlns=\"http://www.w3.org/2000/svg\"/>\n");
}
