/* SPDX-License-Identifier: Apache-2.0 */
/* Firmware of SSP and TSP: says hello on the processor's own console, and
 * waits. M4_NAME and M4_UART come from the build: one program for each. */
#include <stdint.h>

#include "abi/ast2700.h"

extern uint32_t stack_top[];

enum { THR = 0, LSR = 0x14 / 4, LSR_THR_EMPTY = 0x20 };

static _Noreturn void reset(void)
{
    static const char text[] = M4_NAME ": hello\r\n";
    volatile uint32_t *uart =
        (volatile uint32_t *)(AST2700_M4_PERIPHERALS + M4_UART);
    for (const char *at = text; *at != '\0'; at++) {
        while ((uart[LSR] & LSR_THR_EMPTY) == 0) {
        }
        uart[THR] = (uint8_t)*at;
    }
    for (;;) {
        __asm__ volatile("wfi");
    }
}

static _Noreturn void fault(void)
{
    for (;;) {
        __asm__ volatile("wfi");
    }
}

extern const uintptr_t vectors[16];
__attribute__((section(".vectors"), used)) const uintptr_t vectors[16] = {
    (uintptr_t)stack_top, (uintptr_t)reset, (uintptr_t)fault, (uintptr_t)fault,
    (uintptr_t)fault,     (uintptr_t)fault, (uintptr_t)fault,
};
