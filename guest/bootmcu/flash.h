/* SPDX-License-Identifier: Apache-2.0 */
/* Writing the boot flash, which is mapped for reading otherwise. */
#ifndef GUEST_BOOTMCU_FLASH_H
#define GUEST_BOOTMCU_FLASH_H

#include <stddef.h>
#include <stdint.h>

/* The mapped bytes of a place. */
const uint8_t *flash_at(uint32_t place);
enum { FLASH_HEAD_SIZE = 5 };

/* By the board's controller: sends WRITE_ENABLE, and then one command, which is
 * code and address with data behind them. While it lasts the flash is not
 * mapped. */
void flash_send(const uint8_t head[FLASH_HEAD_SIZE], const uint8_t *data,
                size_t size);

/* Erases the block of FLASH_ERASE_SIZE that holds place. */
void flash_erase(uint32_t place);
/* Clears the bits that are zero in bytes, which may lie in the flash. */
void flash_program(uint32_t place, const void *bytes, size_t size);

#endif
