/* SPDX-License-Identifier: Apache-2.0 */
/* Polls the flag register, and writes to the data register. */
#include "guest/kit/pl011/pl011.h"

#include "guest/kit/mmio/mmio.h"

enum { UARTDR = 0x00, UARTFR = 0x18, UARTFR_TXFF = 1 << 5 };

const struct printer pl011 = {pl011_put, PL011_NORMAL};

void pl011_put(uint32_t port, char character)
{
    while ((mmio_read(port + UARTFR) & UARTFR_TXFF) != 0) {
    }
    mmio_write(port + UARTDR, (uint8_t)character);
}

void pl011_put_line(uint32_t port, char character)
{
    if (character == '\n') {
        pl011_put(port, '\r');
    }
    pl011_put(port, character);
}
