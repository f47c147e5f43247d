/* SPDX-License-Identifier: Apache-2.0 */
/* The first application at the end of a chain of trust: says so and turns the
 * machine off. */
#include <stdint.h>

#include "guest/kit/mmio/mmio.h"

enum { UART = 0x09000000, SYSTEM_OFF = 0x84000008 };

void main(void);

static void print(const char *text)
{
    while (*text != '\0') {
        mmio_write(UART, (uint8_t)*text++);
    }
}

static void print_number(uint64_t number)
{
    if (number >= 10) {
        print_number(number / 10);
    }
    mmio_write(UART, (uint32_t)('0' + number % 10));
}

void main(void)
{
    uint64_t level;
    __asm__ volatile("mrs %0, CurrentEL" : "=r"(level));
    print("hello from EL");
    print_number(level >> 2 & 3);
    print(", where nothing runs that was not authorised\n");
    register uint64_t x0 __asm__("x0") = SYSTEM_OFF;
    __asm__ volatile("smc #0" : "+r"(x0) : : "x1", "x2", "x3", "memory");
}
