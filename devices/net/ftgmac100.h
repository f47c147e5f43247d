/* SPDX-License-Identifier: Apache-2.0 */
/* Between the files of the FTGMAC100: state, registers' bits, frames. */
#ifndef DEVICES_NET_FTGMAC100_H
#define DEVICES_NET_FTGMAC100_H

#include "base/bits.h"
#include "base/packet.h"
#include "bus/device.h"
#include "bus/dma.h"

enum {
    FTGMAC100_ADDRESS = 6,      /* bytes of a MAC address */
    FTGMAC100_SEQUENCE = 4,     /* of a frame's check sequence */
    FTGMAC100_LEAST = 60,       /* bytes of a frame on the wire, without it */
    FTGMAC100_FRAME_MAX = 1518, /* with it, without a VLAN tag */
    FTGMAC100_JUMBO_MAX = 9216,
    FTGMAC100_TAG = 4, /* bytes of a VLAN tag */
};

enum ftgmac100_interrupts {
    FTGMAC100_RECEIVED = 1 << 0,        /* RPKT_BUF: a frame is in memory */
    FTGMAC100_RECEIVED_FIFO = 1 << 1,   /* RPKT_FIFO */
    FTGMAC100_NO_BUFFER = 1 << 2,       /* NO_RXBUF */
    FTGMAC100_LOST = 1 << 3,            /* RPKT_LOST */
    FTGMAC100_SENT = 1 << 4,            /* XPKT_ETH */
    FTGMAC100_SENT_FIFO = 1 << 5,       /* XPKT_FIFO */
    FTGMAC100_NOTHING_TO_SEND = 1 << 6, /* NO_NPTXBUF */
    FTGMAC100_SENT_LOST = 1 << 7,       /* XPKT_LOST */
    FTGMAC100_BUS_ERROR = 1 << 8,       /* AHB_ERR */
};

enum ftgmac100_control {
    FTGMAC100_TXDMA_EN = 1 << 0,
    FTGMAC100_RXDMA_EN = 1 << 1,
    FTGMAC100_TXMAC_EN = 1 << 2,
    FTGMAC100_RXMAC_EN = 1 << 3,
    FTGMAC100_RM_VLAN = 1 << 4,
    FTGMAC100_LOOP_EN = 1 << 6,
    FTGMAC100_GIGA_MODE = 1 << 9,
    FTGMAC100_CRC_APD = 1 << 10,
    FTGMAC100_JUMBO_LF = 1 << 13,
    FTGMAC100_RX_ALL = 1 << 14,
    FTGMAC100_HT_MULTI_EN = 1 << 15,
    FTGMAC100_RX_MULTIPKT = 1 << 16,
    FTGMAC100_RX_BROADPKT = 1 << 17,
    FTGMAC100_FAST_MODE = 1 << 19,
};
#define FTGMAC100_SW_RST 0x80000000u

/* The counters, in the order of the registers' halves. */
enum ftgmac100_counts {
    FTGMAC100_COUNT_SENT,
    FTGMAC100_COUNT_RECEIVED,
    FTGMAC100_COUNT_BROADCAST,
    FTGMAC100_COUNT_MULTICAST,
    FTGMAC100_COUNT_TOO_LONG,
    FTGMAC100_COUNT_LOST,
    FTGMAC100_COUNTS,
};

struct ftgmac100_state {
    uint32_t isr;
    uint32_t ier;
    uint32_t mac_madr;
    uint32_t mac_ladr;
    uint32_t maht[2];
    uint32_t nptxr_badr;
    uint32_t rxr_badr;
    uint32_t hptxr_badr;
    uint32_t itc;
    uint32_t aptc;
    uint32_t dblac;
    uint32_t revr;
    uint32_t fear;
    uint32_t tpafcr;
    uint32_t rbsr;
    uint32_t maccr;
    uint32_t tm;
    uint32_t phycr;
    uint32_t phydata;
    uint32_t fcr;
    uint32_t bpr;
    uint32_t wolcr;
    uint32_t nptxr_badr_high;
    uint32_t rxr_badr_high;
    uint32_t hptxr_badr_high;
    uint32_t counts[FTGMAC100_COUNTS];
    uint64_t tx_at; /* the next descriptor of each ring */
    uint64_t rx_at;
    /* For a packet that comes again for its other segments: which one it is (0:
     * none), and how many of them are in memory. */
    uint64_t split;
    uint64_t split_done;
};

struct ftgmac100_wiring {
    struct dma dma;
    bool busy; /* within a walk over descriptors, whose accesses may come
                  back to the registers */
    uint8_t frame[PACKET_FRAME_MAX]; /* on its way in, and */
    uint8_t
        message[PACKET_HEADER + FTGMAC100_JUMBO_MAX + FTGMAC100_TAG]; /* out */
};

/* Sets bits of ISR. */
void ftgmac100_raise(struct device *device, uint32_t bits);

/* ---- Descriptors (ftgmac100_ring.c) -------------------------------------- */

/* Sends what the driver has put into the transmit ring. */
void ftgmac100_transmit(struct device *device);

enum ftgmac100_outcome {
    FTGMAC100_TAKEN,   /* or not wanted */
    FTGMAC100_NO_ROOM, /* for now */
};
/* A complete frame without check sequence comes in; `frame` has room for
 * padding, check sequence and another FTGMAC100_TAG bytes. */
enum ftgmac100_outcome ftgmac100_receive(struct device *device, uint8_t *frame,
                                         uint32_t size);
bool ftgmac100_receives(const struct ftgmac100_state *state);

/* ---- Frames (ftgmac100_frame.c) ------------------------------------------ */

/* CRC-32 as Ethernet has it, least significant bit first, not inverted at the
 * end. */
uint32_t ftgmac100_crc(const uint8_t *bytes, size_t size);

enum ftgmac100_kind {
    FTGMAC100_UNWANTED,
    FTGMAC100_UNICAST,
    FTGMAC100_MULTICAST,
    FTGMAC100_BROADCAST,
};
enum ftgmac100_kind ftgmac100_filter(const struct ftgmac100_state *state,
                                     const uint8_t *frame);

/* Checksums that the second word of a transmit descriptor asks for. */
void ftgmac100_fill_sums(uint8_t *frame, uint32_t size, uint32_t wanted);
/* Protocol and wrong checksums, as the second word of a receive descriptor. */
uint32_t ftgmac100_check_sums(const uint8_t *frame, uint32_t size);

#endif
