/* SPDX-License-Identifier: Apache-2.0 */
/* Text on the serial port of the machine virt, which needs no setting up. */
#ifndef GUEST_KIT_PL011_H
#define GUEST_KIT_PL011_H

#include <stdint.h>

void pl011_text(const char *text);
void pl011_decimal(uint64_t number);

#endif
