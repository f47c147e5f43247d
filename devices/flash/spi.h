/* SPDX-License-Identifier: Apache-2.0 */
/* A chip on a serial peripheral bus, as the controller sees it: the interface
 * of its device type. */
#ifndef DEVICES_FLASH_SPI_H
#define DEVICES_FLASH_SPI_H

#include <stdbool.h>
#include <stdint.h>

#include "bus/device.h"

struct spi_chip {
    /* Chip select begins or ends. */
    void (*select)(struct device *chip, bool selected);
    /* Eight clocks with the chip selected: a byte in, a byte out. */
    uint8_t (*exchange)(struct device *chip, uint8_t byte);
};

static inline const struct spi_chip *spi_chip_of(const struct device *device)
{
    return device->type->interface;
}

#endif
