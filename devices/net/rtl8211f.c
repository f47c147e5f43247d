/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The registers of an RTL8211F. Negotiation ends at once, with a partner that
 * offers all speeds with full duplex; interrupts, wake-up and MMD registers,
 * which read as 0, are not modelled.
 */
#include "devices/net/rtl8211f.h"

#include <stddef.h>
#include <string.h>

#include "base/bits.h"

enum registers {
    BMCR = 0,
    BMSR = 1,
    IDENTIFIER_1 = 2,
    IDENTIFIER_2 = 3,
    ANAR = 4,
    ANLPAR = 5,
    ANER = 6,
    GBCR = 9,
    GBSR = 10,
    MMD_CONTROL = 13,
    MMD_DATA = 14,
    GBESR = 15,
    PAGED = 16, /* from here on they depend on the page */
    PHYSR = 0x1a,
    INSR = 0x1d,
    PAGE_SELECT = 31,
};

enum bmcr_bits {
    BMCR_SPEED_1000 = 1 << 6,
    BMCR_FULL_DUPLEX = 1 << 8,
    BMCR_RESTART = 1 << 9,
    BMCR_NEGOTIATES = 1 << 12,
    BMCR_SPEED_100 = 1 << 13,
    BMCR_RESET = 1 << 15,
    BMCR_AT_RESET = BMCR_SPEED_1000 | BMCR_FULL_DUPLEX | BMCR_NEGOTIATES,
};
enum {
    BMSR_LINK = 1 << 2,
    BMSR_NEGOTIATED = 1 << 5,
    BMSR_ABILITIES = 0x7949,
    ANAR_AT_RESET = 0x01e1,
    ANAR_FULL_100 = 1 << 8,
    ANAR_100 = 3 << 7,
    ANAR_FULL_10 = 1 << 6,
    ANLPAR_LINKED = 0x45e1,
    ANER_LINKED = 0x0005,
    GBCR_FULL_1000 = 1 << 9,
    GBSR_LINKED = 0x3800,
    GBESR_FULL_1000 = 1 << 13,
};
/* Page 0 shows the first half of its registers from one page, the second from
 * another. */
enum { PAGE_CONTROL = 0xa42, PAGE_STATUS = 0xa43, SECOND_HALF = 24 };
enum { PHYSR_LINK = 1 << 2, PHYSR_FULL_DUPLEX = 1 << 3 };
enum speeds { SPEED_10, SPEED_100, SPEED_1000, PHYSR_SPEED_SHIFT = 4 };

/* Registers that drivers read and change: delays, LEDs, modes, interrupts. */
static const struct stored {
    uint16_t page;
    uint16_t number;
} stored[RTL8211F_STORED] = {
    {0xa42, 0x12}, /* INER */
    {0xa43, 0x18}, /* PHYCR1 */
    {0xa43, 0x19}, /* PHYCR2 */
    {0xd04, 0x10}, /* LCR */
    {0xd04, 0x11}, /* EEELCR */
    {0xd08, 0x11}, /* delay of what is sent */
    {0xd08, 0x15}, /* delay of what is received */
    {0xd40, 0x16}, /* pin of INTB or PMEB */
    {0xd8a, 0x10}, /* events that wake up */
    {0xd8a, 0x11}, /* wake-up */
    {0xd8c, 0x10}, /* the address that wakes up, in three words */
    {0xd8c, 0x11},
    {0xd8c, 0x12},
};

static unsigned page_of(const struct rtl8211f *phy, unsigned number)
{
    if (phy->page != 0) {
        return phy->page;
    }
    return number < SECOND_HALF ? PAGE_CONTROL : PAGE_STATUS;
}

/* The stored register of that number on the page, or -1. */
static int find_stored(const struct rtl8211f *phy, unsigned number)
{
    for (int i = 0; i < RTL8211F_STORED; i++) {
        if (stored[i].page == page_of(phy, number) &&
            stored[i].number == number) {
            return i;
        }
    }
    return -1;
}

void rtl8211f_reset(struct rtl8211f *phy)
{
    *phy = (struct rtl8211f){
        .control = BMCR_AT_RESET,
        .advertisement = ANAR_AT_RESET,
        .control_1000 = GBCR_FULL_1000,
    };
}

static enum speeds speed_of(const struct rtl8211f *phy)
{
    if ((phy->control & BMCR_NEGOTIATES) == 0) {
        return (phy->control & BMCR_SPEED_1000) != 0  ? SPEED_1000
               : (phy->control & BMCR_SPEED_100) != 0 ? SPEED_100
                                                      : SPEED_10;
    }
    return (phy->control_1000 & GBCR_FULL_1000) != 0 ? SPEED_1000
           : (phy->advertisement & ANAR_100) != 0    ? SPEED_100
                                                     : SPEED_10;
}

static bool is_full_duplex(const struct rtl8211f *phy)
{
    if ((phy->control & BMCR_NEGOTIATES) == 0) {
        return (phy->control & BMCR_FULL_DUPLEX) != 0;
    }
    switch (speed_of(phy)) {
    case SPEED_100:
        return (phy->advertisement & ANAR_FULL_100) != 0;
    case SPEED_10:
        return (phy->advertisement & ANAR_FULL_10) != 0;
    default:
        return true;
    }
}

static uint16_t specific_status(const struct rtl8211f *phy, bool link)
{
    return (uint16_t)((link ? PHYSR_LINK : 0) |
                      (is_full_duplex(phy) ? PHYSR_FULL_DUPLEX : 0) |
                      (unsigned)speed_of(phy) << PHYSR_SPEED_SHIFT);
}

static bool read_paged(const struct rtl8211f *phy, unsigned number, bool link,
                       uint16_t *value)
{
    const int place = find_stored(phy, number);
    const bool status = page_of(phy, number) == PAGE_STATUS;

    if (place >= 0) {
        *value = (uint16_t)phy->stored[place];
        return true;
    }
    *value = status && number == PHYSR ? specific_status(phy, link) : 0;
    /* No interrupt is ever pending. */
    return status && (number == PHYSR || number == INSR);
}

bool rtl8211f_read(const struct rtl8211f *phy, unsigned number, bool link,
                   uint16_t *value)
{
    const bool negotiates = (phy->control & BMCR_NEGOTIATES) != 0;
    const bool agreed = link && negotiates;
    const uint16_t fixed[PAGED] = {
        [BMCR] = (uint16_t)phy->control,
        [BMSR] = (uint16_t)(BMSR_ABILITIES | (link ? BMSR_LINK : 0) |
                            (agreed ? BMSR_NEGOTIATED : 0)),
        [IDENTIFIER_1] = 0x001c,
        [IDENTIFIER_2] = 0xc916,
        [ANAR] = (uint16_t)phy->advertisement,
        [ANLPAR] = agreed ? ANLPAR_LINKED : 0,
        [ANER] = agreed ? ANER_LINKED : 0,
        [GBCR] = (uint16_t)phy->control_1000,
        [GBSR] = agreed ? GBSR_LINKED : 0,
        [GBESR] = GBESR_FULL_1000,
    };

    if (number == PAGE_SELECT) {
        *value = (uint16_t)phy->page;
        return true;
    }
    if (number >= PAGED) {
        return read_paged(phy, number, link, value);
    }
    *value = fixed[number];
    return true;
}

bool rtl8211f_write(struct rtl8211f *phy, unsigned number, uint16_t value)
{
    const int place = number >= PAGED ? find_stored(phy, number) : -1;

    switch (number) {
    case BMCR:
        if ((value & BMCR_RESET) != 0) {
            rtl8211f_reset(phy);
        } else {
            phy->control = value & ~(uint32_t)BMCR_RESTART;
        }
        return true;
    case ANAR:
        phy->advertisement = value;
        return true;
    case GBCR:
        phy->control_1000 = value;
        return true;
    case PAGE_SELECT:
        phy->page = value;
        return true;
    case MMD_CONTROL:
    case MMD_DATA:
        return true;
    default:
        if (place >= 0) {
            phy->stored[place] = value;
        }
        return place >= 0;
    }
}
