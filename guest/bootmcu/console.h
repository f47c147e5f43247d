/* SPDX-License-Identifier: Apache-2.0 */
/* Lines on the boot MCU's serial port. */
#ifndef GUEST_BOOTMCU_CONSOLE_H
#define GUEST_BOOTMCU_CONSOLE_H

#include <stdint.h>

#include "guest/kit/print/print.h"

/* The board's. */
extern const struct printer console_printer;

void console_text(const char *text);
void console_hex(uint32_t value);
void console_digit(unsigned value); /* below 10 */
/* The line about an exception of the boot MCU. */
void console_trap(uint32_t cause, uint32_t pc, uint32_t value);

#endif
