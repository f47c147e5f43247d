/* SPDX-License-Identifier: Apache-2.0 */
/* The UART of board trust's boot MCU, which needs no setting up. */
#include "abi/boot_mcu.h"
#include "guest/bootmcu/console.h"
#include "guest/kit/mmio/mmio.h"

static void put(uint32_t port, char character)
{
    if (character == '\n') {
        mmio_write(port, '\r');
    }
    mmio_write(port, (uint8_t)character);
}

const struct printer console_printer = {put, BOOT_MCU_UART_DATA};
