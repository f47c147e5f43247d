/* SPDX-License-Identifier: Apache-2.0 */
/* Sends commands of serial NOR flash through the FMC controller, in user mode:
 * what is written to the chip's window goes out on the bus. */
#include "guest/bootmcu/flash.h"

#include "abi/ast2700.h"
#include "abi/flash_image.h"
#include "guest/ast2700/slots.h"
#include "guest/kit/memory/memory.h"
#include "guest/kit/mmio/mmio.h"

enum {
    CONF = AST2700_FMC + 0x00,
    CE_CTRL = AST2700_FMC + 0x04,
    CTRL0 = AST2700_FMC + 0x10,
    CONF_WRITES = 1 << 16, /* to chip 0 */
    CE_CTRL_4_BYTES = 1,   /* of address, for chip 0 */
    USER_MODE = 3,
    DESELECT = 1 << 2,
    /* READ_4 with a dummy byte */
    READ_MODE = 0x0c << 16 | 1 << 6 | 1,
    STATUS = 0x05,
    STATUS_BUSY = 1,
    WRITE_ENABLE = 0x06,
    PROGRAM_4 = 0x12,
    BLOCK_ERASE_4 = 0xdc,
};

static volatile uint8_t *const window =
    (volatile uint8_t *)(uintptr_t)AST2700_MCU_FLASH;

const uint8_t *flash_at(uint32_t place)
{
    return (const uint8_t *)(uintptr_t)(AST2700_MCU_FLASH + place);
}

/* The controller's plain read sends as many bytes of address as it believes the
 * chip to expect, and reaches 16 MiB at power-on; READ_4 always has four. */
void slots_open_flash(void)
{
    mmio_write(CONF, mmio_read(CONF) | CONF_WRITES);
    mmio_write(CE_CTRL, mmio_read(CE_CTRL) | CE_CTRL_4_BYTES);
    mmio_write(CTRL0, READ_MODE);
}

static void select(void)
{
    mmio_write(CTRL0, USER_MODE | DESELECT);
    mmio_write(CTRL0, USER_MODE);
}

static void deselect(void)
{
    mmio_write(CTRL0, USER_MODE | DESELECT);
}

static void send(const uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        *window = bytes[i];
    }
}

static void wait_until_done(void)
{
    uint8_t status;
    do {
        static const uint8_t read_status = STATUS;
        select();
        send(&read_status, 1);
        status = *window;
        deselect();
    } while ((status & STATUS_BUSY) != 0);
}

/* One command on the wire. While it lasts the flash is not mapped. */
static void command(uint8_t code, uint32_t place, const uint8_t *data,
                    size_t size)
{
    static const uint8_t write_enable = WRITE_ENABLE;
    const uint8_t head[] = {code, (uint8_t)(place >> 24),
                            (uint8_t)(place >> 16), (uint8_t)(place >> 8),
                            (uint8_t)place};
    select();
    send(&write_enable, 1);
    deselect();
    select();
    send(head, sizeof(head));
    send(data, size);
    deselect();
    wait_until_done();
    mmio_write(CTRL0, READ_MODE);
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
