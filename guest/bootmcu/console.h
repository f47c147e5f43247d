/* SPDX-License-Identifier: Apache-2.0 */
/* Lines on the boot MCU's serial port. */
#ifndef GUEST_BOOTMCU_CONSOLE_H
#define GUEST_BOOTMCU_CONSOLE_H

#include <stdint.h>

void console_text(const char *text);
void console_hex(uint32_t value);
void console_digit(unsigned value); /* below 10 */

#endif
