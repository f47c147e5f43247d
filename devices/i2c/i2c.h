/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An I2C bus between a controller and its targets.
 *
 * A target is a device of its own, whose node is below that of the controller
 * and has its address in "reg". It attaches itself in its init. A controller is
 * a device whose type's interface is i2c_controller_interface and whose wiring
 * begins with a struct i2c_bus; it drives the bus byte by byte.
 */
#ifndef DEVICES_I2C_I2C_H
#define DEVICES_I2C_I2C_H

#include <stdbool.h>
#include <stdint.h>

#include "bus/device.h"

/* The interface of a target's type; all of it is about a target that is
 * addressed. */
struct i2c_target {
    /* A start, or a repeated one. */
    void (*start)(struct device *target, bool reads);
    /* False: the byte is not acknowledged. */
    bool (*put)(struct device *target, uint8_t byte);
    uint8_t (*get)(struct device *target);
    void (*stop)(struct device *target);
};

enum {
    I2C_TARGETS = 16,       /* on a bus */
    I2C_ADDRESS_MIN = 0x08, /* what is below and above is reserved */
    I2C_ADDRESS_MAX = 0x77,
    I2C_NOBODY = 0xff, /* what is read where nobody drives the bus */
};

extern const char i2c_controller_interface[];

struct i2c_bus {
    struct device *targets[I2C_TARGETS];
    uint8_t addresses[I2C_TARGETS];
    unsigned count;
};

/* In a target's init. 0, or -EINVAL and *error: it is below no controller, its
 * address is reserved or taken, or there are too many targets. */
int i2c_attach(struct device *target, struct error *error);

/*
 * For controllers. `selected` is the number of the addressed target + 1, or 0,
 * and part of the controller's state.
 */

/* False: nobody acknowledges the address, and nobody is selected. */
bool i2c_start(const struct i2c_bus *bus, uint32_t *selected, unsigned address,
               bool reads);
bool i2c_put(const struct i2c_bus *bus, uint32_t selected, uint8_t byte);
uint8_t i2c_get(const struct i2c_bus *bus, uint32_t selected);
void i2c_stop(const struct i2c_bus *bus, uint32_t *selected);

#endif
