/* SPDX-License-Identifier: Apache-2.0 */
/* Declarations that the files of the serial NOR flash share. */
#ifndef DEVICES_FLASH_SPI_NOR_H
#define DEVICES_FLASH_SPI_NOR_H

#include <stdbool.h>
#include <stdint.h>

#include "devices/flash/nor.h"
#include "devices/flash/spi.h"

enum spi_nor_vendor { MACRONIX = 1, WINBOND = 2, ALL = MACRONIX | WINBOND };

enum { SPI_NOR_PAGE = 256, SPI_NOR_SFDP = 0x100, SPI_NOR_STATUS = 4 };

struct spi_nor_part {
    const char *name;
    uint8_t vendor;                 /* enum spi_nor_vendor */
    uint8_t identity[3];            /* manufacturer, type, density */
    uint8_t device;                 /* device ID of commands 90 and AB */
    uint8_t status[SPI_NOR_STATUS]; /* status registers as delivered */
    uint64_t size_bytes;
};

/* The part of that name, or NULL. */
const struct spi_nor_part *spi_nor_part_find(const char *name);
/* The parameters that the part describes itself by (JESD216B). */
void spi_nor_describe(const struct spi_nor_part *part,
                      uint8_t sfdp[SPI_NOR_SFDP]);

/* Status registers 1 to 3 of Winbond; of Macronix status and configuration
 * register, the latter as the third. There is no fourth. */
enum status_bits {
    STATUS_WRITE_ENABLED = 0x02,
    STATUS_PROTECT_SHIFT = 2, /* BP3 to BP0 */
    STATUS_MACRONIX_QUAD = 0x40,
    STATUS_WINBOND_BOTTOM = 0x40,
    STATUS_2_QUAD = 0x02,
    STATUS_2_COMPLEMENT = 0x40,
    STATUS_3_FOUR_BYTE = 0x01,    /* ADS */
    STATUS_3_START_4_BYTE = 0x02, /* ADP */
    CONFIGURATION_BOTTOM = 0x08,  /* Macronix: TB */
    CONFIGURATION_4_BYTE = 0x20,  /* Macronix */
};

struct spi_nor_state {
    struct nor_state nor;
    uint32_t selected;
    uint32_t command;  /* index into commands + 1; 0: none yet or unknown */
    uint32_t received; /* bytes since chip select began */
    uint32_t address;
    uint32_t position; /* bytes of data so far */
    uint32_t write_enabled;
    uint32_t volatile_enabled; /* the next write of a status is not kept */
    uint32_t four_byte;
    uint32_t extended_address; /* bits 31:24 of 3-byte addresses */
    uint32_t powered_down;
    uint32_t reset_enabled;
    /* Non-volatile bits that differ from those of a new chip, and what the
     * registers hold. */
    uint8_t kept[SPI_NOR_STATUS];
    uint8_t status[SPI_NOR_STATUS];
    uint8_t page[SPI_NOR_PAGE];
    uint8_t page_used[SPI_NOR_PAGE];
};

struct spi_nor_wiring {
    struct region *contents;
    const struct spi_nor_part *part;
    struct spi_listener listener;
    uint8_t sfdp[SPI_NOR_SFDP];
};

/* The register that command 05, 35 or 15 reads (number 0 to 2). */
uint8_t spi_nor_read_status(const struct device *device, unsigned number);
/* A status register is written with what came in (command 01 with number 0 goes
 * on into the next register). */
void spi_nor_write_status(struct device *device, unsigned number);
/* After power-on or the reset command: from the non-volatile bits. */
void spi_nor_load_status(struct device *device);
bool spi_nor_quad_enabled(const struct device *device);
/* True if block protection bars any byte of a range. */
bool spi_nor_is_protected(const struct device *device, uint64_t offset,
                          uint64_t size);

#endif
