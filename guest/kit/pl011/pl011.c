/* SPDX-License-Identifier: Apache-2.0 */
/* Writes to the data register; the transmit FIFO of this machine is never
 * full. */
#include "guest/kit/pl011/pl011.h"

#include "guest/kit/mmio/mmio.h"

enum { UART = 0x09000000 };

void pl011_text(const char *text)
{
    while (*text != '\0') {
        mmio_write(UART, (uint8_t)*text++);
    }
}

void pl011_decimal(uint64_t number)
{
    if (number >= 10) {
        pl011_decimal(number / 10);
    }
    mmio_write(UART, (uint32_t)('0' + number % 10));
}
