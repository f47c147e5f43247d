/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Serial peripheral interface with a memory-mapped flash (FE310-G002 manual,
 * chapter 19). The chip on select 0 is the peer cairn,chip; frames take no
 * time. The second bank shows the chip's memory (cairn,memory) while fctrl
 * says so; the two ways exclude each other, as in the hardware.
 */
#include "devices/flash/spi.h"
#include "base/assert.h"
#include "base/bits.h"
#include "bus/handlers.h"
#include "bus/region.h"

enum { FIFO_SIZE = 8, FLASH_WINDOW = 256 << 20 };
enum { CS_AUTO = 0, CS_HOLD = 2, CS_OFF = 3 };
enum { FMT_DIRECTION = 8, FMT_LENGTH_SHIFT = 16, FRAME_BITS = 8 };
enum { IP_TX = 1, IP_RX = 2 };

#define EMPTY 0x80000000u

struct state {
    uint32_t sckdiv;
    uint32_t sckmode;
    uint32_t csid;
    uint32_t csdef;
    uint32_t csmode;
    uint32_t delay0;
    uint32_t delay1;
    uint32_t fmt;
    uint32_t txmark;
    uint32_t rxmark;
    uint32_t fctrl;
    uint32_t ffmt;
    uint32_t ie;
    uint32_t selected;
    uint32_t count; /* bytes received */
    uint32_t first;
    uint8_t received[FIFO_SIZE];
};

struct wiring {
    struct device *chip;
    struct region *contents;
};

/* Nothing ever waits to be sent. */
static uint32_t pending(const struct state *state)
{
    return (state->txmark > 0 ? IP_TX : 0) |
           (state->count > state->rxmark ? IP_RX : 0);
}

static void update(struct device *device)
{
    const struct state *state = device->state;
    const struct wiring *wiring = device->wiring;

    line_set(&device->outputs[0], (pending(state) & state->ie) != 0);
    region_set_hidden(wiring->contents, state->fctrl == 0);
}

static void select(struct device *device, bool selected)
{
    struct state *state = device->state;
    const struct wiring *wiring = device->wiring;

    if (state->selected != selected && state->csid == 0) {
        state->selected = selected;
        spi_chip_of(wiring->chip)->select(wiring->chip, selected);
    }
}

static void write_cs(struct device *device, const struct access *access,
                     unsigned index, uint32_t value)
{
    struct state *state = device->state;

    if (value != state->csid) {
        select(device, false);
    }
    state->csid = value;
}

static void write_csmode(struct device *device, const struct access *access,
                         unsigned index, uint32_t value)
{
    struct state *state = device->state;

    state->csmode = value;
    if (value != CS_HOLD) {
        select(device, false);
    }
}

REGISTER_SET(write_fmt, fmt = value)
REGISTER_VALUE(read_txdata, 0)

static void receive(struct device *device, uint8_t byte)
{
    struct state *state = device->state;

    debug_assert(state->first < FIFO_SIZE && state->count <= FIFO_SIZE);
    if (state->count == FIFO_SIZE) {
        device_guest_error(device, 0x4c, "a received byte is lost: FIFO full");
        return;
    }
    state->received[(state->first + state->count) % FIFO_SIZE] = byte;
    state->count++;
}

static void write_txdata(struct device *device, const struct access *access,
                         unsigned index, uint32_t value)
{
    struct state *state = device->state;
    const struct wiring *wiring = device->wiring;
    uint8_t answer = 0xff;

    if (state->fctrl != 0) {
        device_guest_error(device, 0x48,
                           "a frame while the flash is memory-mapped");
        return;
    }
    if (state->csmode != CS_OFF) {
        select(device, true);
    }
    if (state->selected != 0) {
        answer =
            spi_chip_of(wiring->chip)->exchange(wiring->chip, (uint8_t)value);
    }
    if (state->csmode != CS_HOLD) {
        select(device, false);
    }
    if ((state->fmt & FMT_DIRECTION) == 0) {
        receive(device, answer);
    }
    update(device);
}

static uint32_t read_rxdata(struct device *device, const struct access *access,
                            unsigned index)
{
    struct state *state = device->state;

    if (state->count == 0) {
        return EMPTY;
    }
    uint8_t byte = state->received[state->first];
    if (!access->debug) {
        state->first = (state->first + 1) % FIFO_SIZE;
        state->count--;
        update(device);
    }
    return byte;
}

REGISTER_STORE(write_mark, txmark, update)
REGISTER_STORE(write_rxmark, rxmark, update)
REGISTER_STORE(write_ie, ie, update)
REGISTER_VALUE(read_ip, pending(device->state))

static void write_fctrl(struct device *device, const struct access *access,
                        unsigned index, uint32_t value)
{
    struct state *state = device->state;

    state->fctrl = value;
    if (value != 0) {
        select(device, false);
    }
    update(device);
}

/* ---- The mapped flash: reads of memory, unless it is hidden -------------- */

static int read_window(struct device *device, unsigned bank,
                       const struct access *access, uint64_t offset,
                       unsigned size, uint64_t *value)
{
    *value = 0;
    device_guest_error(device, offset, "the flash is not memory-mapped");
    return -EFAULT;
}

static int write_window(struct device *device, unsigned bank,
                        const struct access *access, uint64_t offset,
                        unsigned size, uint64_t value)
{
    device_guest_error(device, offset, "a mapped flash cannot be written");
    return -EFAULT;
}

static struct region *memory(struct device *device, unsigned bank)
{
    const struct wiring *wiring = device->wiring;

    return bank == 1 ? wiring->contents : NULL;
}

static int init(struct device *device, struct error *error)
{
    struct wiring *wiring = device->wiring;

    wiring->chip = device_peer(device, "cairn,chip", 0, "jedec,spi-nor", error);
    wiring->contents = device_memory(device, "cairn,memory", error);
    return wiring->chip != NULL && wiring->contents != NULL ? 0 : -ENOENT;
}

static void reset(struct device *device, enum reset_domain domain)
{
    const struct wiring *wiring = device->wiring;

    spi_chip_of(wiring->chip)->select(wiring->chip, false);
    update(device);
}

static const struct register_spec registers[] = {
#include "devices/sifive/spi.def"
};

static const struct omission omissions[] = {
    {"fmt",     OMITTED_SET,    7,       0,
     "frames on several lines, or the least significant bit first"                      },
    {"fmt",     OMITTED_OTHER,  0xf0000, 0x80000,
     "frames of other lengths than 8 bits"                                              },
    {"csid",    OMITTED_SET,    3,       0,       "chip selects other than 0"           },
    {"sckdiv",  OMITTED_UNSEEN, 0,       0,       "the duration of transfers"           },
    {"sckmode", OMITTED_UNSEEN, 0,       0,       "phase and polarity, which always fit"},
    {"csdef",   OMITTED_UNSEEN, 0,       0,
     "idle levels of the chip select, which chips do not see"                           },
    {"delay0",  OMITTED_UNSEEN, 0,       0,       "delays"                              },
    {"delay1",  OMITTED_UNSEEN, 0,       0,       "further delays"                      },
    {"ffmt",    OMITTED_UNSEEN, 0,       0,       "the command of mapped reads"         },
};

const struct device_type sifive_spi = {
    .compatible = "sifive,spi0",
    .title = "serial peripheral interface",
    .reference = "SiFive FE310-G002 manual v1p5, chapter 19",
    DEVICE_TABLE(omission, omissions),
    .state_size = sizeof(struct state),
    .wiring_size = sizeof(struct wiring),
    DEVICE_BANKS(REGISTER_BANK("registers", 0x1000, 4, registers),
                 {"flash", FLASH_WINDOW, 1 | 2 | 4 | 8, NULL, 0}),
    DEVICE_FIELDS(STATE(struct state, selected, RESET_CORE),
                  STATE_TO(struct state, count, RESET_CORE, FIFO_SIZE),
                  STATE_TO(struct state, first, RESET_CORE, FIFO_SIZE - 1),
                  STATE(struct state, received, RESET_CORE)),
    DEVICE_OUTPUTS({"interrupt", LINE_INTERRUPT}),
    .init = init,
    .reset = reset,
    .restored = update,
    .read = read_window,
    .write = write_window,
    .memory = memory,
};
