/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Text and numbers to any console: a printer is a function that puts one
 * character, and the address that it is given.
 */
#ifndef GUEST_KIT_PRINT_H
#define GUEST_KIT_PRINT_H

#include <stdint.h>

struct printer {
    void (*put)(uint32_t port, char character);
    uint32_t port; /* for put: mostly the address of a UART */
};

void print_text(const struct printer *printer, const char *text);
/* Lower case, without "0x", as many digits as it takes but no fewer than
 * digits (1 to 2 x sizeof(value)). */
void print_hex(const struct printer *printer, unsigned long value,
               unsigned digits);
void print_decimal(const struct printer *printer, unsigned long value);

#endif
