/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nRF51 factory information (reference manual 3.0, chapter 7) of an nRF51822
 * QFAA with 256 KiB of flash and 16 KiB of RAM. Identity and keys are made from
 * the board's name for it, cairn,device-id.
 */
#include "base/hash.h"
#include "devices/nordic/nrf51.h"

struct wiring {
    uint32_t id;
};

/* Words that differ from chip to chip. */
static uint32_t read_unique(struct device *device, const struct access *access,
                            unsigned index)
{
    const struct wiring *wiring = device->wiring;
    const uint32_t which[] = {wiring->id, index};

    return (uint32_t)hash64(0, which, sizeof(which));
}

static int init(struct device *device, struct error *error)
{
    struct wiring *wiring = device->wiring;

    wiring->id = device_property_u32(device, "cairn,device-id", 0);
    return 0;
}

#define FICR_ROW(offset, count, name, value, read, text)                       \
    {                                                                          \
        offset, count, name, {RO, RO}, RESET_NEVER, value, 0, NO_FIELD, read,  \
            NULL, text                                                         \
    }

static const struct register_spec registers[] = {
    FICR_ROW(0x010, 1, "CODEPAGESIZE", 0x400, NULL, "bytes of a page"),
    FICR_ROW(0x014, 1, "CODESIZE", 0x100, NULL, "pages"),
    FICR_ROW(0x028, 1, "CLENR0", UINT32_MAX, NULL, "no region 0"),
    FICR_ROW(0x02c, 1, "PPFC", UINT32_MAX, NULL, "no factory code"),
    FICR_ROW(0x034, 1, "NUMRAMBLOCK", 2, NULL, "blocks of RAM"),
    FICR_ROW(0x038, 4, "SIZERAMBLOCKS", 0x2000, NULL, "bytes of a block"),
    FICR_ROW(0x05c, 1, "CONFIGID", 0x00440044, NULL, "hardware and firmware"),
    FICR_ROW(0x060, 2, "DEVICEID", 0, read_unique, "unique"),
    FICR_ROW(0x080, 8, "ER_IR", 0, read_unique, "roots of keys"),
    FICR_ROW(0x0a0, 1, "DEVICEADDRTYPE", UINT32_MAX, NULL, "a random address"),
    FICR_ROW(0x0a4, 2, "DEVICEADDR", 0, read_unique, "address"),
    FICR_ROW(0x0ac, 1, "OVERRIDEEN", UINT32_MAX, NULL, "nothing overridden"),
};

/* Registers of the third generation of the chip, as start-up code asks for it.
 */
static const struct register_spec part_registers[] = {
    FICR_ROW(0xfe0, 1, "PID0", 0x01, NULL, "part number"),
    FICR_ROW(0xfe4, 1, "PID1", 0, NULL, "part number"),
    FICR_ROW(0xfe8, 1, "PID2", 0x70, NULL, "revision"),
    FICR_ROW(0xfec, 1, "PID3", 0, NULL, "changes"),
};

const struct device_type nrf51_ficr = {
    .compatible = "nordic,nrf51-ficr",
    .title = "nRF51 factory information",
    .reference = "nRF51 Series Reference Manual 3.0, chapter 7",
    .wiring_size = sizeof(struct wiring),
    DEVICE_BANKS(REGISTER_BANK("ficr", 0x1000, 1 | 2 | 4, registers),
                 REGISTER_BANK("part", 0x1000, 1 | 2 | 4, part_registers)),
    .init = init,
};
