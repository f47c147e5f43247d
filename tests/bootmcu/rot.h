/* SPDX-License-Identifier: Apache-2.0 */
/* The root of trust of tests/bootmcu/soc.h, for that SoC alone. */
#ifndef TESTS_BOOTMCU_ROT_H
#define TESTS_BOOTMCU_ROT_H

#include <stdbool.h>
#include <stdint.h>

#include "tests/bootmcu/soc.h"

/* Registers of the reset controller and of the root of trust. */
#define RESET(soc, address) ((soc)->reset[((address)-BOOT_MCU_RESET_BASE) / 4])
#define ROT(soc, address)   ((soc)->rot[((address)-CALIPTRA_MBOX_LOCK) / 4])

bool boot_mcu_is_held(const struct boot_mcu_soc *soc, unsigned line);
/* After a change of its power or reset line, which were `before`. */
void boot_mcu_rot_moved(struct boot_mcu_soc *soc, uint32_t before);
uint32_t boot_mcu_rot_read(struct boot_mcu_soc *soc, uint32_t address);
void boot_mcu_rot_write(struct boot_mcu_soc *soc, uint32_t address,
                        uint32_t value);

#endif
