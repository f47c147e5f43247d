/* SPDX-License-Identifier: Apache-2.0 */
/* Text and numbers of the boot MCU. */
#include "guest/bootmcu/console.h"

void console_text(const char *text)
{
    print_text(&console_printer, text);
}

void console_hex(uint32_t value)
{
    print_text(&console_printer, "0x");
    print_hex(&console_printer, value, 1);
}

void console_digit(unsigned value)
{
    print_decimal(&console_printer, value);
}

void console_trap(uint32_t cause, uint32_t pc, uint32_t value)
{
    console_text("trap ");
    console_hex(cause);
    console_text(" at ");
    console_hex(pc);
    console_text(", value ");
    console_hex(value);
    console_text("\n");
}
