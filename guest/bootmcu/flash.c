/* SPDX-License-Identifier: Apache-2.0 */
/* Sends commands of serial NOR flash through the SPI controller. */
#include "guest/bootmcu/flash.h"

#include "abi/boot_mcu.h"
#include "abi/flash_image.h"
#include "guest/kit/memory/memory.h"
#include "guest/kit/mmio/mmio.h"

enum {
    CS_AUTO = 0,
    CS_HOLD = 2,
    FMT_SEND_ONLY = 0x80008, /* frames of 8 bits, nothing received */
    WRITE_ENABLE = 0x06,
    PROGRAM_4 = 0x12,
    BLOCK_ERASE_4 = 0xdc,
};

const uint8_t *flash_at(uint32_t place)
{
    return (const uint8_t *)(uintptr_t)(BOOT_MCU_FLASH + place);
}

static void send(const uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        mmio_write(BOOT_MCU_SPI_TXDATA, bytes[i]);
    }
}

/* One command on the wire. While it lasts the flash is not mapped. */
static void command(uint8_t code, uint32_t place, const uint8_t *data,
                    size_t size)
{
    static const uint8_t write_enable = WRITE_ENABLE;
    const uint8_t head[] = {code, (uint8_t)(place >> 24),
                            (uint8_t)(place >> 16), (uint8_t)(place >> 8),
                            (uint8_t)place};
    mmio_write(BOOT_MCU_SPI_FCTRL, 0);
    mmio_write(BOOT_MCU_SPI_FMT, FMT_SEND_ONLY);
    mmio_write(BOOT_MCU_SPI_CSMODE, CS_HOLD);
    send(&write_enable, 1);
    mmio_write(BOOT_MCU_SPI_CSMODE, CS_AUTO);
    mmio_write(BOOT_MCU_SPI_CSMODE, CS_HOLD);
    send(head, sizeof(head));
    send(data, size);
    mmio_write(BOOT_MCU_SPI_CSMODE, CS_AUTO);
    mmio_write(BOOT_MCU_SPI_FCTRL, 1);
}

void flash_erase(uint32_t place)
{
    command(BLOCK_ERASE_4, place & ~(uint32_t)(FLASH_ERASE_SIZE - 1), NULL, 0);
}

void flash_program(uint32_t place, const void *bytes, size_t size)
{
    const uint8_t *from = bytes;
    while (size != 0) {
        uint8_t page[FLASH_PAGE_SIZE];
        size_t part = FLASH_PAGE_SIZE - place % FLASH_PAGE_SIZE;
        part = part < size ? part : size;
        memcpy(page, from, part);
        command(PROGRAM_4, place, page, part);
        place += (uint32_t)part;
        from += part;
        size -= part;
    }
}
