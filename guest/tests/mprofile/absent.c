/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads the first word of each page where DAI 0521 and 101104 place a device of
 * AN521, and writes it to those that do nothing there. QEMU's models of these
 * pages differ, so tests/mprofile/absent-test.sh says what has to be named.
 */
#include "guest/tests/mprofile/mprofile.h"

static const uint32_t pages[] = {
    0x40110000, 0x40111000, 0x40112000, 0x40113000, /* DMA, behind MSCs */
    0x40301000,                                     /* audio */
    0x41000000, 0x41100000,                         /* display */
    0x42000000, 0x420000a4,                         /* Ethernet */
    0x50010000, 0x50011000,                         /* of each processor */
    0x50022000, 0x50023000, 0x50025000, 0x50029000, /* power policy units */
    0x5002a000, 0x5002b000, 0x5002c000, 0x5002d000,
};

static uint32_t faults;

void handle(unsigned exception, struct frame *frame, uint32_t exc_return)
{
    faults++;
    CFSR = 0xffffffff;
    frame->pc += *(volatile uint16_t *)frame->pc >= 0xe800 ? 4 : 2;
}

void program(void)
{
    for (unsigned i = 0; i < sizeof(pages) / sizeof(*pages); i++) {
        uint32_t address = pages[i];

        /* A device that is Secure alone after a reset is at its Secure address.
         */
        address |= address < 0x50000000 ? 0x10000000 : 0;
        REG(address) = REG(address);
    }
    /* Touch controller and audio codec on I2C: data falls, the clock is high.
     */
    REG(0x50207000) = 3;
    REG(0x50207004) = 2;
    REG(0x50208000) = 3;
    REG(0x50208004) = 2;
    /* Display and analogue converter on SPI: enabled, a frame. */
    REG(0x50206004) = 2;
    REG(0x50206008) = 0x55;
    REG(0x50209004) = 2;
    REG(0x50209008) = 0x55;
    say("faults", faults);
}
