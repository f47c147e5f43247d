/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Answers each key with its capital letter, says at which millisecond the power
 * key was pressed and turns the machine off. "!" restarts the machine.
 */
#include <stdint.h>

#include "guest/kit/mmio/mmio.h"

enum { UART = 0x09000000, UART_FR = 0x18, FR_RXFE = 1 << 4 };
enum {
    GPIO = 0x09030000,
    GPIO_IEV = 0x40c,
    GPIO_IE = 0x410,
    GPIO_MIS = 0x418,
    POWER_PIN = 1 << 3,
};
enum { SYSTEM_OFF = 0x84000008, SYSTEM_RESET = 0x84000009u };

void main(void);

static void print(const char *text)
{
    while (*text) {
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

static uint64_t milliseconds(void)
{
    uint64_t count;
    uint64_t frequency;
    __asm__ volatile("mrs %0, cntvct_el0" : "=r"(count));
    __asm__ volatile("mrs %0, cntfrq_el0" : "=r"(frequency));
    return count * 1000 / frequency;
}

static void ask_firmware(uint32_t function)
{
    register uint64_t x0 __asm__("x0") = function;
    __asm__ volatile("hvc #0" : "+r"(x0) : : "memory");
}

static void answer(uint32_t key)
{
    if (key == '!') {
        print("restart\n");
        ask_firmware(SYSTEM_RESET);
    }
    if (key == '\r') {
        key = '\n';
    }
    if (key >= 'a' && key <= 'z') {
        key -= 'a' - 'A';
    }
    mmio_write(UART, key);
}

void main(void)
{
    mmio_write(GPIO + GPIO_IEV, POWER_PIN);
    mmio_write(GPIO + GPIO_IE, POWER_PIN);
    print("ready\n");
    for (;;) {
        if (mmio_read(GPIO + GPIO_MIS) & POWER_PIN) {
            print("power key at ");
            print_number(milliseconds());
            print(" ms\n");
            ask_firmware(SYSTEM_OFF);
        }
        if (!(mmio_read(UART + UART_FR) & FR_RXFE)) {
            answer(mmio_read(UART));
        }
    }
}
