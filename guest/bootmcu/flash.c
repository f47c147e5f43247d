/* SPDX-License-Identifier: Apache-2.0 */
/* Sends commands of serial NOR flash through the SPI controller. */
#include "guest/bootmcu/flash.h"

#include "abi/boot_mcu.h"
#include "guest/kit/mmio/mmio.h"

enum {
    CS_AUTO = 0,
    CS_HOLD = 2,
    FMT_SEND_ONLY = 0x80008, /* frames of 8 bits, nothing received */
    WRITE_ENABLE = 0x06,
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

void flash_send(const uint8_t head[FLASH_HEAD_SIZE], const uint8_t *data,
                size_t size)
{
    static const uint8_t write_enable = WRITE_ENABLE;
    mmio_write(BOOT_MCU_SPI_FCTRL, 0);
    mmio_write(BOOT_MCU_SPI_FMT, FMT_SEND_ONLY);
    mmio_write(BOOT_MCU_SPI_CSMODE, CS_HOLD);
    send(&write_enable, 1);
    mmio_write(BOOT_MCU_SPI_CSMODE, CS_AUTO);
    mmio_write(BOOT_MCU_SPI_CSMODE, CS_HOLD);
    send(head, FLASH_HEAD_SIZE);
    send(data, size);
    mmio_write(BOOT_MCU_SPI_CSMODE, CS_AUTO);
    mmio_write(BOOT_MCU_SPI_FCTRL, 1);
}
