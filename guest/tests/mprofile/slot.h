/* SPDX-License-Identifier: Apache-2.0 */
/* Slots of board an521 at their Secure addresses, and what is in them. */
#ifndef GUEST_TESTS_MPROFILE_SLOT_H
#define GUEST_TESTS_MPROFILE_SLOT_H

#include "abi/mcuboot.h"
#include "guest/tests/mprofile/mprofile.h"

#define VTOR       REG(0xe000ed08)
#define VTOR_NS    REG(0xe002ed08)
#define RESET_KEY  0x05fa0000u
#define SYSRESET   4u
#define ERASED     0xffffffffu
#define LAST_WORDS REG(0x38040000) /* RAM that no program here uses */

enum {
    SLOT_SIZE = 0x80000,
    SECTOR_SIZE = 0x1000,
    SECURE_SLOT = 0x10080000,
    NONSECURE_SLOT = 0x10100000,
    SECURE_UPGRADE = 0x10180000,
    NONSECURE_UPGRADE = 0x10200000,
    STAGED_UPGRADE = 0x10310000, /* that an image installs: behind all else */
};

static inline const struct mcuboot_header *header_of(uint32_t slot)
{
    return (const struct mcuboot_header *)slot;
}

/* Stores words from the first to the last, as a driver of a flash would. */
static inline void copy_words(uint32_t to, uint32_t from, uint32_t size)
{
    for (uint32_t at = 0; at < size; at += 4) {
        REG(to + at) = REG(from + at);
    }
}

static inline void erase_sector(uint32_t sector)
{
    for (uint32_t at = 0; at < SECTOR_SIZE; at += 4) {
        REG(sector + at) = ERASED;
    }
}

static inline void say_version(const char *name, uint32_t slot)
{
    const struct mcuboot_version *version = &header_of(slot)->version;
    say(name, (uint32_t)version->major << 16 | version->revision);
}

static inline _Noreturn void reset_all(void)
{
    AIRCR = RESET_KEY | SYSRESET;
    for (;;) {
    }
}

#endif
