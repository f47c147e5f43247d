/* SPDX-License-Identifier: Apache-2.0 */
/* A chip on a serial peripheral bus, as the controller sees it: the interface
 * of its device type. */
#ifndef DEVICES_FLASH_SPI_H
#define DEVICES_FLASH_SPI_H

#include <stdbool.h>
#include <stdint.h>

#include "bus/device.h"
#include "bus/region.h"

/* A read command as a controller forms it. */
struct spi_read {
    uint8_t code;
    uint8_t address_bytes;
    uint8_t dummy_bytes; /* between address and data */
};

/* A controller that shows a chip's contents as memory. */
struct spi_listener {
    void (*changed)(struct device *controller);
    struct device *controller;
};

struct spi_chip {
    /* Chip select begins or ends. */
    void (*select)(struct device *chip, bool selected);
    /* Eight clocks with the chip selected: a byte in, a byte out. */
    uint8_t (*exchange)(struct device *chip, uint8_t byte);
    /* The memory behind the chip; once it is initialised. */
    struct region *(*contents)(const struct device *chip);
    /* True if that command returns the contents from its address on and
     * changes nothing, so that the memory may be read in its place. */
    bool (*reads_contents)(const struct device *chip,
                           const struct spi_read *read);
    /* One listener, which is called after the answer of reads_contents may have
     * changed for another reason than the controller's own commands. */
    void (*listen)(struct device *chip, const struct spi_listener *listener);
};

static inline const struct spi_chip *spi_chip_of(const struct device *device)
{
    return device->type->interface;
}

#endif
