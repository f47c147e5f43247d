/* SPDX-License-Identifier: Apache-2.0 */
/* Parts that programs for M-profile cores share: lines for the tester by
 * semihosting, registers, and exceptions that tell what was seen. */
#ifndef GUEST_TESTS_MPROFILE_MPROFILE_H
#define GUEST_TESTS_MPROFILE_MPROFILE_H

#include <stdbool.h>
#include <stdint.h>

#define REG(address)  (*(volatile uint32_t *)(address))
#define REG8(address) (*(volatile uint8_t *)(address))

#define SYST_CSR  REG(0xe000e010)
#define SYST_RVR  REG(0xe000e014)
#define SYST_CVR  REG(0xe000e018)
#define ISER      REG(0xe000e100)
#define ICER      REG(0xe000e180)
#define ISPR      REG(0xe000e200)
#define ICPR      REG(0xe000e280)
#define IPR(irq)  REG8(0xe000e400 + (irq))
#define ICSR      REG(0xe000ed04)
#define AIRCR     REG(0xe000ed0c)
#define SCR       REG(0xe000ed10)
#define CCR       REG(0xe000ed14)
#define SHPR(exc) REG8(0xe000ed14 + (exc))
#define SHCSR     REG(0xe000ed24)
#define CFSR      REG(0xe000ed28)
#define HFSR      REG(0xe000ed2c)
#define MMFAR     REG(0xe000ed34)
#define BFAR      REG(0xe000ed38)
#define CPACR     REG(0xe000ed88)
#define MPU_CTRL  REG(0xe000ed94)
#define MPU_RNR   REG(0xe000ed98)
#define MPU_RBAR  REG(0xe000ed9c)
#define MPU_RASR  REG(0xe000eda0)
#define STIR      REG(0xe000ef00)
#define FPCCR     REG(0xe000ef34)

/* Registers that an exception left on the stack. */
struct frame {
    uint32_t r[4];
    uint32_t r12, lr, pc, xpsr;
};

/* The program, which ends the run by returning. */
void program(void);
/* A line of the program's answer: its name and a number. */
void say(const char *name, uint32_t value);
void print(const char *text);

/* Called by the handler of every exception that a program does not take by
 * hand. */
void handle(unsigned exception, struct frame *frame, uint32_t exc_return);
extern void (*vectors[48])(void);
/* The common entry: calls handle(). */
void common(void);

static inline unsigned ipsr(void)
{
    unsigned value;

    __asm__ volatile("mrs %0, ipsr" : "=r"(value));
    return value;
}

#endif
