/* SPDX-License-Identifier: Apache-2.0 */
/* Commands to a flash chip under test, as a controller sends them. */
#ifndef DEVICES_FLASH_TEST_NOR_H
#define DEVICES_FLASH_TEST_NOR_H

#include "devices/flash/spi.h"
#include "devices/test_bus.h"

/* One command: bytes out, then bytes in. */
static inline void command(struct test_bus *bus, const uint8_t *out,
                           size_t out_size, uint8_t *in, size_t in_size)
{
    const struct spi_chip *chip = spi_chip_of(bus->device);

    chip->select(bus->device, true);
    for (size_t i = 0; i < out_size; i++) {
        (void)chip->exchange(bus->device, out[i]);
    }
    for (size_t i = 0; i < in_size; i++) {
        in[i] = chip->exchange(bus->device, 0);
    }
    chip->select(bus->device, false);
}

#define SEND(bus, ...)                                                         \
    do {                                                                       \
        static const uint8_t bytes_[] = {__VA_ARGS__};                         \
        command(bus, bytes_, sizeof(bytes_), NULL, 0);                         \
    } while (0)

#endif
