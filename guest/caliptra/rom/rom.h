/* SPDX-License-Identifier: Apache-2.0 */
/* The pieces of the ROM, and what it says about itself. */
#ifndef GUEST_CALIPTRA_ROM_H
#define GUEST_CALIPTRA_ROM_H

#include <stdint.h>

enum { ROM_VERSION = 1 };

/* Behind the code, 64-byte aligned: the SHA-256 digest of the blocks before
 * it as the processor reads their words, put in after linking. */
struct rom_info {
    uint32_t digest[8];
    uint8_t revision[20];
    uint32_t flags;
    uint16_t version;
    uint16_t reserved;
};

/* From start.S, which calls it. */
void rom_main(void);
_Noreturn void rom_exit(uint32_t entry);

/* With known answers (FIPS 140-3), of the ROM and of every block. Returns 0 or
 * a CALIPTRA_ERROR_ code. */
uint32_t rom_self_test(void);

/* The flows. Each returns 0 or a CALIPTRA_ERROR_ code. */
uint32_t cold_boot(void);
uint32_t update_boot(void);

#endif
