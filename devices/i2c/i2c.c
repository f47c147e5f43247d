/* SPDX-License-Identifier: Apache-2.0 */
/* Targets of an I2C bus, and how a controller reaches them. */
#include "devices/i2c/i2c.h"

#include <errno.h>

const char i2c_controller_interface[] = "I2C controller";

static int find(const struct i2c_bus *bus, unsigned address)
{
    for (unsigned i = 0; i < bus->count; i++) {
        if (bus->addresses[i] == address) {
            return (int)i;
        }
    }
    return -1;
}

int i2c_attach(struct device *target, struct error *error)
{
    struct device *controller = device_parent(target);
    const uint32_t address = device_own_property_u32(target, "reg", 0);

    if (!controller ||
        controller->type->interface != i2c_controller_interface) {
        return error_set(error, -EINVAL, "must be below an I2C controller");
    }
    struct i2c_bus *bus = controller->wiring;
    if (address < I2C_ADDRESS_MIN || address > I2C_ADDRESS_MAX) {
        return error_set(error, -EINVAL,
                         "'reg' is 0x%x, and not an address of 0x%02x to 0x%x",
                         address, I2C_ADDRESS_MIN, I2C_ADDRESS_MAX);
    }
    const int taken = find(bus, address);
    if (taken >= 0) {
        return error_set(error, -EINVAL, "address 0x%x is taken by '%s'",
                         address, bus->targets[taken]->name);
    }
    if (bus->count == I2C_TARGETS) {
        return error_set(error, -EINVAL, "'%s' has %d targets already",
                         controller->name, I2C_TARGETS);
    }
    bus->addresses[bus->count] = (uint8_t)address;
    bus->targets[bus->count++] = target;
    return 0;
}

/* The target that is addressed, or NULL. */
static struct device *selected_of(const struct i2c_bus *bus, uint32_t selected)
{
    return selected != 0 && selected <= bus->count ? bus->targets[selected - 1]
                                                   : NULL;
}

static const struct i2c_target *target_of(const struct device *device)
{
    return device->type->interface;
}

bool i2c_start(const struct i2c_bus *bus, uint32_t *selected, unsigned address,
               bool reads)
{
    struct device *before = selected_of(bus, *selected);
    const int found = find(bus, address);

    if (before && found != (int)*selected - 1) {
        target_of(before)->stop(before);
    }
    *selected = (uint32_t)(found + 1);
    if (found >= 0) {
        target_of(bus->targets[found])->start(bus->targets[found], reads);
    }
    return found >= 0;
}

bool i2c_put(const struct i2c_bus *bus, uint32_t selected, uint8_t byte)
{
    struct device *target = selected_of(bus, selected);

    return target && target_of(target)->put(target, byte);
}

uint8_t i2c_get(const struct i2c_bus *bus, uint32_t selected)
{
    struct device *target = selected_of(bus, selected);

    return target ? target_of(target)->get(target) : I2C_NOBODY;
}

void i2c_stop(const struct i2c_bus *bus, uint32_t *selected)
{
    struct device *target = selected_of(bus, *selected);

    *selected = 0;
    if (target) {
        target_of(target)->stop(target);
    }
}
