/* SPDX-License-Identifier: Apache-2.0 */
/* A guest that has nothing to do. */
#include "guest/kit/pl011/pl011.h"

void main(void);

void main(void)
{
    print_text(&pl011, "idle: from here on\n");
    for (;;) {
        __asm__ volatile("wfi");
    }
}
