/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers digit by digit, without a buffer. */
#include "guest/kit/print/print.h"

void print_text(const struct printer *printer, const char *text)
{
    while (*text != '\0') {
        printer->put(printer->port, *text++);
    }
}

void print_hex(const struct printer *printer, unsigned long value,
               unsigned digits)
{
    unsigned count = 2 * sizeof(value);
    while (count > digits && value >> 4 * (count - 1) == 0) {
        count--;
    }
    while (count-- != 0) {
        printer->put(printer->port,
                     "0123456789abcdef"[value >> 4 * count & 15]);
    }
}

void print_decimal(const struct printer *printer, unsigned long value)
{
    if (value >= 10) {
        print_decimal(printer, value / 10);
    }
    printer->put(printer->port, (char)('0' + value % 10));
}
