/* SPDX-License-Identifier: Apache-2.0 */
/* An image for the Non-secure slot: says its version and ends the run. */
#include "guest/tests/mprofile/slot.h"

void handle(unsigned exception, struct frame *frame, uint32_t exc_return)
{
    for (;;) {
    }
}

void program(void)
{
    say_version("nonsecure image", NONSECURE_SLOT - 0x10000000);
}
