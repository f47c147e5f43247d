/* SPDX-License-Identifier: Apache-2.0 */
/* Registers by polling, without interrupts. */
#include "guest/kit/ns16550/ns16550.h"

#include "guest/kit/mmio/mmio.h"

enum {
    THR = 0x00, /* DLL with LCR_DLAB */
    IER = 0x04, /* DLM with LCR_DLAB */
    FCR = 0x08,
    LCR = 0x0c,
    LSR = 0x14,
    LCR_8_BITS = 0x03,
    LCR_DLAB = 0x80,
    FCR_ENABLE = 0x07, /* and cleared */
    LSR_THR_EMPTY = 0x20,
};

void ns16550_init(uint32_t port)
{
    mmio_write(port + LCR, LCR_8_BITS | LCR_DLAB);
    mmio_write(port + THR, 1);
    mmio_write(port + IER, 0);
    mmio_write(port + LCR, LCR_8_BITS);
    mmio_write(port + IER, 0);
    mmio_write(port + FCR, FCR_ENABLE);
}

void ns16550_put(uint32_t port, char character)
{
    (void)mmio_wait(port + LSR, LSR_THR_EMPTY);
    mmio_write(port + THR, (uint8_t)character);
}

void ns16550_put_line(uint32_t port, char character)
{
    if (character == '\n') {
        ns16550_put(port, '\r');
    }
    ns16550_put(port, character);
}
