/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ethernet controller FTGMAC100 of Faraday, as the AST2700 has it: its link is
 * the device's channel (bus/channel.h). ftgmac100_ring.c has its descriptors.
 *
 * "local-mac-address" is what the address registers have at power-on; without
 * it they are zero, as in the hardware, and the driver chooses one.
 *
 * A frame that finds no descriptor waits outside. The controller looks again
 * when RXPD is written and, with automatic polling, some time later: a driver
 * gives descriptors back in memory alone.
 */
#include "devices/net/ftgmac100.h"

#include <errno.h>

#include "bus/channel.h"
#include "bus/handlers.h"

/* In hardware automatic polling is by units of 1024 bits; here by one time. */
enum { POLL_NS = 50000 };

enum phycr_bits { PHYCR_MIIRD = 1 << 26, PHYCR_MIIWR = 1 << 27 };
enum { APTC_RXPOLL_CNT = 0xf, APTC_TXPOLL_CNT = 0xf00 };

static struct ftgmac100_state *state_of(const struct device *device)
{
    return device->state;
}

static void update(struct device *device)
{
    const struct ftgmac100_state *state = device->state;

    line_set(&device->outputs[0], (state->isr & state->ier) != 0);
}

void ftgmac100_raise(struct device *device, uint32_t bits)
{
    state_of(device)->isr |= bits;
    update(device);
}

/* ---- From outside -------------------------------------------------------- */

static void poll(struct device *device)
{
    channel_ready(device, 0);
}

static void wait_for_room(struct device *device)
{
    struct clock *clock = &device->fabric->clock;

    ftgmac100_raise(device, FTGMAC100_NO_BUFFER);
    if ((state_of(device)->aptc & APTC_RXPOLL_CNT) != 0) {
        timer_arm(clock, &device->timers[0], clock_now(clock) + POLL_NS);
    }
}

/* All frames of a packet, from the first one that is not in memory yet. */
static enum ftgmac100_outcome receive_packet(struct device *device,
                                             const struct packet *packet)
{
    struct ftgmac100_state *state = state_of(device);
    struct ftgmac100_wiring *wiring = device->wiring;
    const uint64_t mark = packet_mark(packet);
    const uint64_t done = state->split == mark ? state->split_done : 0;
    struct packet_split split;
    uint32_t size;

    state->split = 0;
    if (!packet_split_begin(&split, packet)) {
        return FTGMAC100_TAKEN;
    }
    for (uint64_t i = 0; (size = packet_split_next(&split, wiring->frame)) != 0;
         i++) {
        if (i < done) {
            continue;
        }
        if (ftgmac100_receive(device, wiring->frame, size) ==
            FTGMAC100_NO_ROOM) {
            state->split = mark;
            state->split_done = i;
            return FTGMAC100_NO_ROOM;
        }
    }
    return FTGMAC100_TAKEN;
}

static bool received(struct device *device, unsigned channel, const void *bytes,
                     size_t size)
{
    struct ftgmac100_wiring *wiring = device->wiring;
    struct packet packet;

    if (!packet_decode(bytes, size, &packet) ||
        !ftgmac100_receives(state_of(device))) {
        return true;
    }
    wiring->busy = true;
    const enum ftgmac100_outcome outcome = receive_packet(device, &packet);
    wiring->busy = false;
    if (outcome == FTGMAC100_NO_ROOM) {
        wait_for_room(device);
    }
    return outcome == FTGMAC100_TAKEN;
}

static const struct channel_client client = {
    .kind = CHANNEL_PACKETS,
    .channels = 1,
    .received = received,
};

/* ---- Registers ----------------------------------------------------------- */

static void write_isr(struct device *device, const struct access *access,
                      unsigned index, uint32_t value)
{
    state_of(device)->isr &= ~value;
    update(device);
}

static void write_ier(struct device *device, const struct access *access,
                      unsigned index, uint32_t value)
{
    state_of(device)->ier = value;
    update(device);
}

REGISTER_CALL(write_nptxpd, ftgmac100_transmit(device))
REGISTER_CALL(write_rxpd, channel_ready(device, 0))

static void write_hptxpd(struct device *device, const struct access *access,
                         unsigned index, uint32_t value)
{
}

/* A ring begins anew where its address is written. */
static void begin_transmit(struct ftgmac100_state *state)
{
    state->tx_at = (uint64_t)state->nptxr_badr_high << 32 | state->nptxr_badr;
}

static void begin_receive(struct ftgmac100_state *state)
{
    state->rx_at = (uint64_t)state->rxr_badr_high << 32 | state->rxr_badr;
}

static void write_nptxr_badr(struct device *device, const struct access *access,
                             unsigned index, uint32_t value)
{
    state_of(device)->nptxr_badr = value;
    begin_transmit(state_of(device));
}

static void write_nptxr_badr_high(struct device *device,
                                  const struct access *access, unsigned index,
                                  uint32_t value)
{
    state_of(device)->nptxr_badr_high = value;
    begin_transmit(state_of(device));
}

static void write_rxr_badr(struct device *device, const struct access *access,
                           unsigned index, uint32_t value)
{
    state_of(device)->rxr_badr = value;
    begin_receive(state_of(device));
}

static void write_rxr_badr_high(struct device *device,
                                const struct access *access, unsigned index,
                                uint32_t value)
{
    state_of(device)->rxr_badr_high = value;
    begin_receive(state_of(device));
}

static void write_aptc(struct device *device, const struct access *access,
                       unsigned index, uint32_t value)
{
    state_of(device)->aptc = value;
    channel_ready(device, 0);
}

static const struct logged_omission own_sequence = {
    "MACCR", "frames that end with a check sequence of the guest's (CRC_APD)"};

/* The reset leaves the speed and the address as they are. */
static void write_maccr(struct device *device, const struct access *access,
                        unsigned index, uint32_t value)
{
    const uint32_t kept = value & (FTGMAC100_GIGA_MODE | FTGMAC100_FAST_MODE);

    if ((value & FTGMAC100_SW_RST) != 0) {
        device_reset(device, RESET_CORE);
        state_of(device)->maccr = kept;
    } else {
        state_of(device)->maccr = value;
        if ((value & (FTGMAC100_TXMAC_EN | FTGMAC100_CRC_APD)) ==
            FTGMAC100_TXMAC_EN) {
            device_omits(device, &own_sequence);
        }
    }
    /* A frame that waits is wanted now, or no longer. */
    channel_ready(device, 0);
}

/* Nobody is at the wires, whose pull-up reads as ones. */
static void write_phycr(struct device *device, const struct access *access,
                        unsigned index, uint32_t value)
{
    struct ftgmac100_state *state = state_of(device);

    state->phycr = value & ~(uint32_t)(PHYCR_MIIRD | PHYCR_MIIWR);
    if ((value & PHYCR_MIIRD) != 0) {
        state->phydata = 0xffff0000u;
    }
}

REGISTER_VALUE(read_dmafifos, 0x0c000000)
REGISTER_VALUE(read_zero, 0)

/* A register that is part of the state. */
#define READ(name, expression)                                                 \
    static uint32_t read_##name(struct device *device,                         \
                                const struct access *access, unsigned index)   \
    {                                                                          \
        const struct ftgmac100_state *state = state_of(device);                \
                                                                               \
        return (uint32_t)(expression);                                         \
    }

READ(nptxr_ptr, state->tx_at)
READ(rxr_ptr, state->rx_at)
READ(tx, state->counts[FTGMAC100_COUNT_SENT])
READ(rx, state->counts[FTGMAC100_COUNT_RECEIVED])
READ(rx_bc, state->counts[FTGMAC100_COUNT_BROADCAST])
READ(rx_mc, state->counts[FTGMAC100_COUNT_MULTICAST])
READ(rx_ftl, state->counts[FTGMAC100_COUNT_TOO_LONG] & 0xffff)
READ(rx_lost, state->counts[FTGMAC100_COUNT_LOST] & 0xffff)

/* ---- Life ---------------------------------------------------------------- */

static const uint8_t *own_address(const struct device *device, size_t *size)
{
    return device->properties
               ? device->properties->find(device->node, "local-mac-address",
                                          false, size)
               : NULL;
}

static int init(struct device *device, struct error *error)
{
    struct ftgmac100_wiring *wiring = device->wiring;
    size_t size = FTGMAC100_ADDRESS;

    if (own_address(device, &size) && size != FTGMAC100_ADDRESS) {
        return error_set(error, -EINVAL,
                         "'local-mac-address' has %zu bytes, not %d", size,
                         FTGMAC100_ADDRESS);
    }
    return dma_open(&wiring->dma, device, error);
}

static void reset(struct device *device, enum reset_domain domain)
{
    struct ftgmac100_state *state = state_of(device);
    size_t size = 0;
    const uint8_t *address = own_address(device, &size);

    timer_cancel(&device->fabric->clock, &device->timers[0]);
    if (domain == RESET_POWER_ON && address) {
        state->mac_madr = (uint32_t)address[0] << 8 | address[1];
        state->mac_ladr = load_be32(address + 2);
    }
    update(device);
}

static const struct register_spec registers[] = {
#include "devices/net/ftgmac100.def"
};

static const struct omission omissions[] = {
    {"HPTXPD",          OMITTED_WRITE,  0,      0, "the high-priority transmit ring"     },
    {"APTC",            OMITTED_SET,    0x1f00, 0, "polling of the transmit ring"        },
    {"PHYCR",           OMITTED_WRITE,  0,      0, "a PHY at the controller's own MDIO"  },
    {"WOLCR",           OMITTED_SET,    0xffff, 0, "wake-up"                             },
    {"BPR",             OMITTED_SET,    1,      0, "back pressure"                       },
    {"TM",              OMITTED_UNSEEN, 0,      0, "arbitration and test modes"          },
    {"ITC",             OMITTED_UNSEEN, 0,      0,
     "interrupt mitigation: each frame interrupts"                                       },
    {"FCR",             OMITTED_UNSEEN, 0,      0,
     "pause frames: none come in and none are due"                                       },
    {"TPAFCR",          OMITTED_UNSEEN, 0,      0, "priorities and FIFO sizes"           },
    {"REVR",            OMITTED_UNSEEN, 0,      0, "NC-SI's filter"                      },
    {NULL,              OMITTED_UNSEEN, 0,      0, "the time that frames take"           },
    {"HPTXR_BADR",      OMITTED_UNSEEN, 0,      0,
     "the high-priority ring, whose start is logged, HPTXR_BADR_LOW too"                 },
    {"HPTXR_BADR_HIGH", OMITTED_UNSEEN, 0,      0,
     "the high-priority ring, whose start is logged"                                     },
    {"FEAR",            OMITTED_UNSEEN, 0,      0, "features that software chooses"      },
    {"MACCR",           OMITTED_UNSEEN, 0,      0,
     "half duplex; short frames and those with a wrong check sequence: none "
     "come in"                                                                           },
    {"MACSR",           OMITTED_UNSEEN, 0,      0, "states of pause frames: none come in"},
    OMISSION_LOGGED(own_sequence),
};

const struct device_type ftgmac100 = {
    .compatible = "aspeed,ast2700-mac",
    .title = "FTGMAC100 Ethernet controller of the AST2700",
    .reference =
        "U-Boot drivers/net/ftgmac100.c; Linux "
        "drivers/net/ethernet/faraday/ftgmac100.c",
    DEVICE_TABLE(omission, omissions),
    .state_size = sizeof(struct ftgmac100_state),
    .wiring_size = sizeof(struct ftgmac100_wiring),
    DEVICE_BANKS(REGISTER_BANK("mac", 0x1000, 4, registers)),
    DEVICE_FIELDS(STATE(struct ftgmac100_state, counts, RESET_CORE),
                  STATE(struct ftgmac100_state, tx_at, RESET_CORE),
                  STATE(struct ftgmac100_state, rx_at, RESET_CORE),
                  STATE(struct ftgmac100_state, split, RESET_CORE),
                  STATE(struct ftgmac100_state, split_done, RESET_CORE)),
    DEVICE_OUTPUTS({"interrupt", LINE_INTERRUPT}),
    DEVICE_TIMERS(poll),
    .init = init,
    .reset = reset,
    .restored = update,
    .channel = &client,
};
