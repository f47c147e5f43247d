/* SPDX-License-Identifier: Apache-2.0 */
/* The temperature sensor LM75, for the device of its own and for adapters that
 * have one on their bus. */
#ifndef DEVICES_I2C_LM75_H
#define DEVICES_I2C_LM75_H

#include <stdbool.h>
#include <stdint.h>

enum { LM75_REGISTERS = 4 };

/* Zeros are the state after power-on. */
struct lm75 {
    uint8_t pointer;
    uint8_t place;   /* of the byte of its register, 0 or 1 */
    uint8_t written; /* this segment has had a byte */
    uint8_t reserved;
    /* By register; kept as the difference from the values after power-on. */
    uint16_t registers[LM75_REGISTERS];
};

void lm75_start(struct lm75 *chip, bool reads);
void lm75_put(struct lm75 *chip, uint8_t byte);
/* It measures a number of thousandths of a degree Celsius. */
uint8_t lm75_get(struct lm75 *chip, int32_t temperature);
/* It measures more than its limit, or has and is above its hysteresis: what
 * its output OS says in comparator mode. */
bool lm75_is_hot(const struct lm75 *chip, int32_t temperature, bool was);

#endif
