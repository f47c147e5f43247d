/* SPDX-License-Identifier: Apache-2.0 */
/* Text and numbers on the secure UART. */
#include "guest/kit/mmio/mmio.h"
#include "guest/monitor/monitor.h"

enum { SECURE_UART = 0x09040000 };

static void put(char character)
{
    if (character == '\n') {
        mmio_write(SECURE_UART, '\r');
    }
    mmio_write(SECURE_UART, (uint8_t)character);
}

void console_text(const char *text)
{
    while (*text != '\0') {
        put(*text++);
    }
}

void console_hex(uint64_t value)
{
    static const char digits[] = "0123456789abcdef";
    int shift = 60;
    console_text("0x");
    while (shift != 0 && (value >> shift & 15) == 0) {
        shift -= 4;
    }
    for (; shift >= 0; shift -= 4) {
        put(digits[value >> shift & 15]);
    }
}
