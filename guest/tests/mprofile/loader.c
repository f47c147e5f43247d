/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A boot loader for images of MCUboot that copies upgrades over what they
 * replace and starts what is in the Secure slot. It verifies nothing: that the
 * bench says so is what it is for. An upgrade is there until all of it is
 * copied, so that a copy that the power was lost in is made again.
 */
#include "guest/tests/mprofile/slot.h"

void handle(unsigned exception, struct frame *frame, uint32_t exc_return)
{
    say("loader: exception", exception);
    say("loader: pc", frame->pc);
    for (;;) {
    }
}

static void upgrade(uint32_t slot, uint32_t from)
{
    const struct mcuboot_header *header = header_of(from);
    uint32_t size = header->header_size + header->image_size + SECTOR_SIZE;

    if (header->magic != MCUBOOT_MAGIC || size > SLOT_SIZE - SECTOR_SIZE) {
        return;
    }
    for (uint32_t at = 0; at < size; at += SECTOR_SIZE) {
        erase_sector(slot + at);
        copy_words(slot + at, from + at, SECTOR_SIZE);
    }
    erase_sector(from);
}

void program(void)
{
    upgrade(SECURE_SLOT, SECURE_UPGRADE);
    upgrade(NONSECURE_SLOT, NONSECURE_UPGRADE);
    if (header_of(SECURE_SLOT)->magic != MCUBOOT_MAGIC) {
        print("loader: no image\n");
        return;
    }
    uint32_t image = SECURE_SLOT + header_of(SECURE_SLOT)->header_size;
    VTOR = image;
    __asm__ volatile("msr msp, %0\n bx %1" ::"r"(REG(image)),
                     "r"(REG(image + 4)));
}
