/* SPDX-License-Identifier: Apache-2.0 */
/* 16550 UARTs with a register in each word, as ASPEED's SoCs have them. */
#ifndef GUEST_KIT_NS16550_H
#define GUEST_KIT_NS16550_H

#include <stdint.h>

/* 8 bits, no parity, 115200 baud from 1.8462 MHz; FIFOs on, no interrupts. */
void ns16550_init(uint32_t port);
/* Waits until the transmit FIFO is empty. */
void ns16550_put(uint32_t port, char character);
/* The same, with a carriage return before each line feed. */
void ns16550_put_line(uint32_t port, char character);

#endif
