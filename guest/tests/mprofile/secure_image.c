/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An image for the Secure slot. It says its version at each of two boots, so
 * that a boot loader may undo an upgrade in between, then starts the Non-secure
 * image. With an odd revision it confirms itself. At its first boot it installs
 * an upgrade of itself that waits behind the slots.
 */
#include "guest/tests/mprofile/slot.h"

#define SAU_CTRL REG(0xe000edd0)
#define SAU_RNR  REG(0xe000edd8)
#define SAU_RBAR REG(0xe000eddc)
#define SAU_RLAR REG(0xe000ede0)
#define MPC_CTRL REG(0x58007000)
#define MPC_IDX  REG(0x58007018)
#define MPC_LUT  REG(0x5800701c)

enum {
    BLOCK_BITS = 12, /* of the MPC: 4 KiB, 32 in a word of its table */
    NONSECURE_ALIAS = 0x10000000,
    IMAGE_OK = SLOT_SIZE - MCUBOOT_TRAILER_MAGIC_SIZE - 8,
    BOOTS = 2,
};

void handle(unsigned exception, struct frame *frame, uint32_t exc_return)
{
    say("secure image: exception", exception);
    say("secure image: pc", frame->pc);
    for (;;) {
    }
}

static void install(void)
{
    if (header_of(STAGED_UPGRADE)->magic == MCUBOOT_MAGIC) {
        copy_words(SECURE_UPGRADE, STAGED_UPGRADE, SLOT_SIZE);
        erase_sector(STAGED_UPGRADE);
        print("installed\n");
    }
}

/* The Non-secure slot for the Non-secure state, by MPC and SAU; then there. */
static void start_nonsecure(void)
{
    uint32_t image = NONSECURE_SLOT + header_of(NONSECURE_SLOT)->header_size;
    uint32_t first = (NONSECURE_SLOT - NONSECURE_ALIAS) >> BLOCK_BITS;

    MPC_CTRL = MPC_CTRL & ~0x100u;
    for (uint32_t at = 0; at < SLOT_SIZE >> BLOCK_BITS; at += 32) {
        MPC_IDX = (first + at) / 32;
        MPC_LUT = 0xffffffff;
    }
    SAU_RNR = 0;
    SAU_RBAR = NONSECURE_SLOT - NONSECURE_ALIAS;
    SAU_RLAR = (NONSECURE_SLOT - NONSECURE_ALIAS + SLOT_SIZE - 32) | 1;
    SAU_CTRL = 1;
    image -= NONSECURE_ALIAS;
    VTOR_NS = image;
    __asm__ volatile("dsb\n isb\n msr msp_ns, %0\n bxns %1" ::"r"(REG(image)),
                     "r"(REG(image + 4) & ~1u));
}

void program(void)
{
    say_version("secure image", SECURE_SLOT);
    if (LAST_WORDS == 0) {
        install();
    }
    if ((header_of(SECURE_SLOT)->version.revision & 1) != 0) {
        REG8(SECURE_SLOT + IMAGE_OK) = MCUBOOT_FLAG_SET;
    }
    LAST_WORDS = LAST_WORDS + 1;
    if (LAST_WORDS < BOOTS) {
        reset_all();
    }
    start_nonsecure();
}
