/* SPDX-License-Identifier: Apache-2.0 */
/*
 * State that INTC0 and INTC1 of the AST2700 have in common: banks of an enable
 * and a status register, 10 (hexadecimal) apart, and three selector words that
 * give each interrupt the number of its route, one bit each.
 */
#ifndef DEVICES_ASPEED_AST2700_INTC_H
#define DEVICES_ASPEED_AST2700_INTC_H

#include "base/bits.h"
#include "bus/device.h"

/* As in the register space. */
struct intc_bank {
    uint32_t enable;
    uint32_t status;
    uint32_t reserved[2];
};
enum { INTC_BANK_WORDS = sizeof(struct intc_bank) / 4 };

/*
 * An enabled interrupt sets its status bit, which stays until it is cleared;
 * one whose line is still asserted then sets it again. Returns the bits that
 * assert the output: status bits of interrupts that are enabled.
 */
static inline uint32_t intc_latch(struct intc_bank *bank, uint32_t asserted)
{
    bank->status |= asserted & bank->enable;
    return bank->status & bank->enable;
}

/* A write to the bank's word; those behind enable and status do nothing. */
static inline void intc_write(struct intc_bank *bank, unsigned word,
                              uint32_t value)
{
    if (word == 0) {
        bank->enable = value;
    } else if (word == 1) {
        bank->status &= ~value;
    }
}

/* The interrupts of a group whose selectors say route. */
static inline uint32_t intc_routed(uint32_t bit0, uint32_t bit1, uint32_t bit2,
                                   unsigned route)
{
    return ((route & 1) != 0 ? bit0 : ~bit0) &
           ((route & 2) != 0 ? bit1 : ~bit1) &
           ((route & 4) != 0 ? bit2 : ~bit2);
}

/* The levels of 32 inputs, from the first on, or of fewer. */
static inline uint32_t intc_levels(const struct device *device, unsigned first,
                                   unsigned count)
{
    uint32_t levels = 0;

    for (unsigned i = 0; i < count; i++) {
        levels |= device->input_levels[first + i] != 0 ? BIT(i) : 0;
    }
    return levels;
}

#endif
