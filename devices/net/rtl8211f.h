/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A gigabit PHY behind an MDIO controller: Realtek RTL8211F, by its registers
 * (IEEE 802.3, clause 22, and the pages that drivers write).
 */
#ifndef DEVICES_NET_RTL8211F_H
#define DEVICES_NET_RTL8211F_H

#include <stdbool.h>
#include <stdint.h>

enum { RTL8211F_STORED = 13 };

/* Part of the state of its controller. */
struct rtl8211f {
    uint32_t control;
    uint32_t advertisement;
    uint32_t control_1000;
    uint32_t page;
    uint32_t stored[RTL8211F_STORED]; /* registers without effect */
};

void rtl8211f_reset(struct rtl8211f *phy);

/* Register numbers are below 32. `link` is whether a cable leads somewhere.
 * False: the model has no such register; it reads as 0. */
bool rtl8211f_read(const struct rtl8211f *phy, unsigned number, bool link,
                   uint16_t *value);
bool rtl8211f_write(struct rtl8211f *phy, unsigned number, uint16_t value);

#endif
