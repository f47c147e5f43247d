/* SPDX-License-Identifier: Apache-2.0 */
/* A guest that has nothing to do. */
#include "guest/kit/pl011/pl011.h"

void main(void);

void main(void)
{
    pl011_text("idle: from here on\n");
    for (;;) {
        __asm__ volatile("wfi");
    }
}
