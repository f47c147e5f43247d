/* SPDX-License-Identifier: Apache-2.0 */
/* Text and numbers on the UART of the boot MCU, which needs no setting up. */
#include "guest/bootmcu/console.h"

#include "abi/boot_mcu.h"
#include "guest/kit/mmio/mmio.h"
#include "guest/kit/print/print.h"

static void put(uint32_t port, char character)
{
    if (character == '\n') {
        mmio_write(port, '\r');
    }
    mmio_write(port, (uint8_t)character);
}

static const struct printer console = {put, BOOT_MCU_UART_DATA};

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
