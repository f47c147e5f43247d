/* SPDX-License-Identifier: Apache-2.0 */
/* Text and numbers on the secure UART. */
#include "guest/kit/pl011/pl011.h"
#include "guest/monitor/monitor.h"

static const struct printer console = {pl011_put_line, PL011_SECURE};

void console_text(const char *text)
{
    print_text(&console, text);
}

void console_hex(uint64_t value)
{
    print_text(&console, "0x");
    print_hex(&console, value, 1);
}
