/* SPDX-License-Identifier: Apache-2.0 */
/* Erases and programs serial NOR flash, by the commands of four address bytes
 * that JEDEC JESD216 names. */
#include "abi/flash_image.h"
#include "guest/bootmcu/flash.h"
#include "guest/kit/memory/memory.h"

enum { PROGRAM_4 = 0x12, BLOCK_ERASE_4 = 0xdc };

static void command(uint8_t code, uint32_t place, const uint8_t *data,
                    size_t size)
{
    const uint8_t head[FLASH_HEAD_SIZE] = {
        code, (uint8_t)(place >> 24), (uint8_t)(place >> 16),
        (uint8_t)(place >> 8), (uint8_t)place};
    flash_send(head, data, size);
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
