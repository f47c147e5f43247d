/* SPDX-License-Identifier: Apache-2.0 */
/* Sends commands of serial NOR flash through the FMC controller, in user mode:
 * what is written to the chip's window goes out on the bus. */
#include "guest/bootmcu/flash.h"

#include "abi/ast2700.h"
#include "guest/ast2700/slots.h"
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

void flash_send(const uint8_t head[FLASH_HEAD_SIZE], const uint8_t *data,
                size_t size)
{
    static const uint8_t write_enable = WRITE_ENABLE;
    select();
    send(&write_enable, 1);
    deselect();
    select();
    send(head, FLASH_HEAD_SIZE);
    send(data, size);
    deselect();
    wait_until_done();
    mmio_write(CTRL0, READ_MODE);
}
