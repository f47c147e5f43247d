/* SPDX-License-Identifier: Apache-2.0 */
/* A serial EEPROM of the 24C family, for the devices of their own and for
 * adapters that have one on their bus. */
#ifndef DEVICES_I2C_EEPROM_H
#define DEVICES_I2C_EEPROM_H

#include <stdbool.h>
#include <stdint.h>

enum { EEPROM_ERASED = 0xff };

/* Zeros are the state after power-on. */
struct eeprom {
    uint32_t at;      /* the byte that is read or written next */
    uint32_t written; /* bytes of this segment so far, address and data */
};

/* The constants of a chip. */
struct eeprom_kind {
    uint32_t size_bytes;    /* a power of two, at most 64 KiB */
    uint32_t page_bytes;    /* a power of two: what is written wraps in it */
    uint32_t address_bytes; /* 1 or 2 */
};

void eeprom_start(struct eeprom *chip);
/* True: *place is where the byte belongs; false: it was part of the address. */
bool eeprom_put(struct eeprom *chip, const struct eeprom_kind *kind,
                uint8_t byte, uint32_t *place);
/* The place of the byte that is read. */
uint32_t eeprom_get(struct eeprom *chip, const struct eeprom_kind *kind);

#endif
