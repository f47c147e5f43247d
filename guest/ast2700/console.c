/* SPDX-License-Identifier: Apache-2.0 */
/* The console of the boot MCU's firmware: UART12, a 16550 with registers in
 * words, as U-Boot's SPL uses it. */
#include "guest/bootmcu/console.h"

#include "abi/ast2700.h"
#include "guest/kit/ns16550/ns16550.h"
#include "guest/kit/print/print.h"

static const struct printer console = {ns16550_put_line, AST2700_UART12};

void console_text(const char *text)
{
    print_text(&console, text);
}

void console_hex(uint32_t value)
{
    print_text(&console, "0x");
    print_hex(&console, value, 1);
}

void console_digit(unsigned value)
{
    print_decimal(&console, value);
}
