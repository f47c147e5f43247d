/* SPDX-License-Identifier: Apache-2.0 */
/* Vectors, the common entry of exceptions, and output by semihosting. */
#include "guest/tests/mprofile/mprofile.h"

enum { SYS_WRITE0 = 4, SYS_EXIT = 0x18, EXIT_CODE = 0x20026 };

extern uint32_t stack_top[];

static uint32_t ask(uint32_t operation, const void *argument)
{
    register uint32_t r0 __asm__("r0") = operation;
    register const void *r1 __asm__("r1") = argument;

    __asm__ volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
    return r0;
}

void print(const char *text)
{
    ask(SYS_WRITE0, text);
}

void say(const char *name, uint32_t value)
{
    char digits[] = " 00000000\n";

    for (unsigned i = 0; i < 8; i++) {
        digits[8 - i] = "0123456789abcdef"[value >> i * 4 & 15];
    }
    print(name);
    print(digits);
}

static _Noreturn void finish(void)
{
    ask(SYS_EXIT, (const void *)EXIT_CODE);
    for (;;) {
    }
}

/* Finds the frame by EXC_RETURN. */
__attribute__((naked)) void common(void)
{
    __asm__(
        "mov r1, sp\n"
        "mov r0, lr\n"
        "movs r2, #4\n"
        "tst r0, r2\n"
        "beq 1f\n"
        "mrs r1, psp\n"
        "1: mrs r0, ipsr\n"
        "mov r2, lr\n"
        "push {r2, r4}\n"
        "bl handle\n"
        "pop {r2, r4}\n"
        "mov lr, r2\n"
        "bx lr\n");
}

static void reset(void)
{
    program();
    finish();
}

__attribute__((section(".vectors"), aligned(256))) void (*vectors[48])(void) = {
    [0] = (void (*)(void))stack_top,
    [1] = reset,
    [2 ... 47] = common,
};
