/* SPDX-License-Identifier: Apache-2.0 */
/* Writes characters, text and numbers to the UART at its fixed address. */
#include "guest/bootmcu/console.h"

#include "abi/boot_mcu.h"
#include "guest/kit/mmio/mmio.h"

static void put(char character)
{
    if (character == '\n') {
        mmio_write(BOOT_MCU_UART_DATA, '\r');
    }
    mmio_write(BOOT_MCU_UART_DATA, (uint8_t)character);
}

void console_text(const char *text)
{
    while (*text != '\0') {
        put(*text++);
    }
}

void console_hex(uint32_t value)
{
    static const char digits[] = "0123456789abcdef";
    int shift = 28;
    console_text("0x");
    while (shift != 0 && (value >> shift & 15) == 0) {
        shift -= 4;
    }
    for (; shift >= 0; shift -= 4) {
        put(digits[value >> shift & 15]);
    }
}

void console_digit(unsigned value)
{
    put((char)('0' + value));
}
