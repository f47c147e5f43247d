/* SPDX-License-Identifier: Apache-2.0 */
/* The PL011 UARTs of the machine virt (DDI 0183), which need no setting up. */
#ifndef GUEST_KIT_PL011_H
#define GUEST_KIT_PL011_H

#include "guest/kit/print/print.h"

enum { PL011_NORMAL = 0x09000000, PL011_SECURE = 0x09040000 };

/* Waits until the transmit FIFO has room. */
void pl011_put(uint32_t port, char character);
/* The same, with a carriage return before each line feed. */
void pl011_put_line(uint32_t port, char character);

/* The UART of the normal world, by pl011_put. */
extern const struct printer pl011;

#endif
