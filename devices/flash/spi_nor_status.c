/* SPDX-License-Identifier: Apache-2.0 */
/* Status registers of serial NOR flash and the blocks that they protect (data
 * sheets W25Q512JV, section 7; MX66L1G45G, section 9). */
#include "base/bits.h"
#include "devices/flash/spi_nor.h"

enum { BLOCK = 64 << 10 };

/* Bits that a write changes; of status 3 of Winbond also the drive strength and
 * the hold function, which have no effect here. */
static uint8_t writable(const struct spi_nor_part *part, unsigned number)
{
    static const uint8_t winbond[SPI_NOR_STATUS] = {0xfc, 0x43, 0xe6};
    static const uint8_t macronix[SPI_NOR_STATUS] = {0xfc, 0, 0x0f};

    return part->vendor == WINBOND ? winbond[number] : macronix[number];
}

uint8_t spi_nor_read_status(const struct device *device, unsigned number)
{
    const struct spi_nor_state *state = device->state;
    const struct spi_nor_wiring *wiring = device->wiring;
    unsigned value = state->status[number];

    if (number == 0 && state->write_enabled != 0) {
        value |= STATUS_WRITE_ENABLED;
    }
    if (number == 2 && state->four_byte != 0) {
        value |= wiring->part->vendor == WINBOND
                     ? (unsigned)STATUS_3_FOUR_BYTE
                     : (unsigned)CONFIGURATION_4_BYTE;
    }
    return (uint8_t)value;
}

static void write_one(struct device *device, unsigned number, uint8_t value)
{
    struct spi_nor_state *state = device->state;
    const struct spi_nor_wiring *wiring = device->wiring;
    uint8_t mask = writable(wiring->part, number);

    value &= mask;
    state->status[number] = (uint8_t)((state->status[number] & ~mask) | value);
    if (state->volatile_enabled == 0) {
        state->kept[number] =
            (uint8_t)((value ^ wiring->part->status[number]) & mask);
    }
}

void spi_nor_write_status(struct device *device, unsigned number)
{
    struct spi_nor_state *state = device->state;
    const struct spi_nor_wiring *wiring = device->wiring;

    if (state->position > 0) {
        write_one(device, number, state->page[0]);
    }
    if (state->position > 1 && number == 0) {
        write_one(device, wiring->part->vendor == WINBOND ? 1 : 2,
                  state->page[1]);
    }
}

void spi_nor_load_status(struct device *device)
{
    struct spi_nor_state *state = device->state;
    const struct spi_nor_wiring *wiring = device->wiring;

    for (unsigned i = 0; i < SPI_NOR_STATUS; i++) {
        state->status[i] = wiring->part->status[i] ^ state->kept[i];
    }
    state->four_byte = wiring->part->vendor == WINBOND &&
                       (state->status[2] & STATUS_3_START_4_BYTE) != 0;
}

bool spi_nor_quad_enabled(const struct device *device)
{
    const struct spi_nor_state *state = device->state;
    const struct spi_nor_wiring *wiring = device->wiring;

    return wiring->part->vendor == WINBOND
               ? (state->status[1] & STATUS_2_QUAD) != 0
               : (state->status[0] & STATUS_MACRONIX_QUAD) != 0;
}

/* BP is the number of bits of the count of protected blocks, which are the
 * first or the last ones of the chip; CMP protects all the others. */
bool spi_nor_is_protected(const struct device *device, uint64_t offset,
                          uint64_t size)
{
    const struct spi_nor_state *state = device->state;
    const struct spi_nor_wiring *wiring = device->wiring;
    uint64_t whole = wiring->contents->size_bytes;
    unsigned level = state->status[0] >> STATUS_PROTECT_SHIFT & 0xf;
    bool winbond = wiring->part->vendor == WINBOND;
    bool bottom = winbond ? (state->status[0] & STATUS_WINBOND_BOTTOM) != 0
                          : (state->status[2] & CONFIGURATION_BOTTOM) != 0;
    uint64_t bytes = level == 0 ? 0 : (uint64_t)BLOCK << (level - 1);

    bytes = bytes < whole ? bytes : whole;
    if (winbond && (state->status[1] & STATUS_2_COMPLEMENT) != 0) {
        bytes = whole - bytes;
        bottom = !bottom;
    }
    uint64_t first = bottom ? 0 : whole - bytes;
    return bytes != 0 && offset < first + bytes && offset + size > first;
}
