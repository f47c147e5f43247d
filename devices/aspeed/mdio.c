/* SPDX-License-Identifier: Apache-2.0 */
/*
 * MDIO controller of the AST2600 and AST2700 with a PHY at address
 * "cairn,phy-address" (0). Its link is up while the Ethernet controller of
 * "cairn,mac" is connected to a network. Commands take no time.
 */
#include "base/bits.h"
#include "bus/channel.h"
#include "bus/device.h"
#include "devices/net/rtl8211f.h"

enum { OPERATION_WRITE = 1, OPERATION_READ = 2, NOBODY = 0xffff };

#define CTRL_FIRE      0x80000000u
#define CTRL_CLAUSE_22 0x10000000u
#define DATA_IDLE      0x00010000u
#define DATA_SETTINGS  0xfff00000u

struct state {
    uint32_t ctrl;
    uint32_t data;
    struct rtl8211f phy;
};

struct wiring {
    const struct device *mac;
    uint32_t address; /* of the PHY */
};

static bool is_linked(const struct device *device)
{
    const struct wiring *wiring = device->wiring;

    return wiring->mac && channel_is_open(wiring->mac, 0);
}

static const struct logged_omission phy_register = {
    "CTRL",
    "a register of the PHY: MMD, interrupts, cable tests, EEE, wake-up"};

static uint16_t read_phy(struct device *device, unsigned number)
{
    struct state *state = device->state;
    uint16_t value;

    if (!rtl8211f_read(&state->phy, number, is_linked(device), &value)) {
        device_omits(device, &phy_register);
    }
    return value;
}

static void write_phy(struct device *device, unsigned number, uint16_t value)
{
    struct state *state = device->state;

    if (!rtl8211f_write(&state->phy, number, value)) {
        device_omits(device, &phy_register);
    }
}

static void perform(struct device *device, uint32_t command)
{
    struct state *state = device->state;
    const struct wiring *wiring = device->wiring;
    const unsigned number = bits(command, 20, 16);
    const unsigned operation = bits(command, 27, 26);
    uint16_t value = NOBODY;

    if ((command & CTRL_CLAUSE_22) == 0 ||
        bits(command, 25, 21) != wiring->address) {
        /* Nobody drives the wire. */
    } else if (operation == OPERATION_READ) {
        value = read_phy(device, number);
    } else if (operation == OPERATION_WRITE) {
        write_phy(device, number, (uint16_t)command);
    } else {
        device_guest_error(device, 0, "MDIO operation %u", operation);
    }
    if (operation == OPERATION_READ) {
        state->data = (state->data & DATA_SETTINGS) | DATA_IDLE | value;
    }
}

static void write_ctrl(struct device *device, const struct access *access,
                       unsigned index, uint32_t value)
{
    struct state *state = device->state;

    state->ctrl = value & ~CTRL_FIRE;
    if ((value & CTRL_FIRE) != 0) {
        perform(device, value);
    }
}

static int init(struct device *device, struct error *error)
{
    struct wiring *wiring = device->wiring;

    wiring->address = device_own_property_u32(device, "cairn,phy-address", 0);
    wiring->mac =
        device_peer(device, "cairn,mac", 0, "aspeed,ast2700-mac", error);
    return wiring->mac ? 0 : -ENOENT;
}

static void reset(struct device *device, enum reset_domain domain)
{
    struct state *state = device->state;

    rtl8211f_reset(&state->phy);
}

static const struct register_spec registers[] = {
#include "devices/aspeed/mdio.def"
};

const struct device_type aspeed_mdio = {
    .compatible = "aspeed,ast2700-mdio",
    .title = "ASPEED MDIO controller with a PHY",
    .reference =
        "U-Boot drivers/net/aspeed_mdio.c; Linux mdio-aspeed.c; IEEE 802.3 "
        "clause 22; RTL8211F",
    DEVICE_OMISSIONS(
        {"CTRL", OMITTED_VALUE, 0x90000000, 0x80000000, "MDIO of clause 45"},
        {NULL, OMITTED_UNSEEN, 0, 0, "the time of a command"},
        {"DATA", OMITTED_UNSEEN, 0, 0, "timing of the wires"},
        OMISSION_LOGGED(phy_register)),
    .state_size = sizeof(struct state),
    .wiring_size = sizeof(struct wiring),
    DEVICE_BANKS(REGISTER_BANK("mdio", 8, 4, registers)),
    DEVICE_FIELDS(STATE(struct state, phy, RESET_CORE)),
    .init = init,
    .reset = reset,
};
