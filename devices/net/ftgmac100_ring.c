/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rings of descriptors of the FTGMAC100, as the AST2700 has them: four
 * words, of which the third has bits 34:32 of the buffer's address in bits
 * 18:16. A transmit descriptor belongs to the controller while bit 31 is set, a
 * receive descriptor while bit 31 is clear; bit 30 is that of a ring's last.
 *
 * Frames are sent and received at once, and as a whole: a frame without its
 * last descriptor stays where it is.
 */
#include <string.h>

#include "bus/channel.h"
#include "devices/net/ftgmac100.h"

enum { DESCRIPTOR_SIZE = 16, DESCRIPTOR_UNIT = 8 };
enum {
    PARTS_MAX = 64,     /* descriptors of a frame */
    WALK_MAX = 1 << 12, /* frames of one walk over the ring */
    SIZE_MASK = 0x3fff,
    RECEIVE_MIN = 64, /* a smaller RBSR counts as this */
};

/* The first word. */
enum transmit_bits { TX_LAST = 1 << 28, TX_FIRST = 1 << 29, TX_END = 1 << 30 };
enum receive_bits {
    RX_MULTICAST = 1 << 16,
    RX_BROADCAST = 1 << 17,
    RX_TOO_LONG = 1 << 20,
    RX_LAST = 1 << 28,
    RX_FIRST = 1 << 29,
    RX_END = 1 << 30,
};
#define TX_OWN   0x80000000u
#define RX_READY 0x80000000u

/* The second word. */
enum {
    TX_INSERT_TAG = 1 << 16,
    TX_SUMS = 7 << 17,
    TX_TO_FIFO = 1 << 30,
    RX_TAGGED = 1 << 24,
};

struct descriptor {
    uint32_t words[4];
};

static struct ftgmac100_state *state_of(const struct device *device)
{
    return device->state;
}

static const struct dma *dma_of(const struct device *device)
{
    return &((const struct ftgmac100_wiring *)device->wiring)->dma;
}

static bool fetch(struct device *device, uint64_t at,
                  struct descriptor *descriptor)
{
    uint8_t bytes[DESCRIPTOR_SIZE];

    if (dma_read(dma_of(device), gpa(at), bytes, sizeof(bytes)) != 0) {
        ftgmac100_raise(device, FTGMAC100_BUS_ERROR);
        return false;
    }
    for (unsigned i = 0; i < ARRAY_SIZE(descriptor->words); i++) {
        descriptor->words[i] = load_le32(bytes + 4 * (size_t)i);
    }
    return true;
}

/* The first `count` words. */
static bool put_back(struct device *device, uint64_t at,
                     const struct descriptor *descriptor, unsigned count)
{
    uint8_t bytes[DESCRIPTOR_SIZE];

    for (unsigned i = 0; i < count; i++) {
        store_le32(bytes + 4 * (size_t)i, descriptor->words[i]);
    }
    if (dma_write(dma_of(device), gpa(at), bytes, 4 * (size_t)count) != 0) {
        ftgmac100_raise(device, FTGMAC100_BUS_ERROR);
        return false;
    }
    return true;
}

static struct gpa buffer_of(const struct descriptor *descriptor)
{
    return gpa((uint64_t)bits(descriptor->words[2], 18, 16) << 32 |
               descriptor->words[3]);
}

/* Where the ring goes on behind a descriptor; sizes are those of DBLAC. */
static uint64_t next_of(const struct ftgmac100_state *state, bool transmits,
                        uint64_t at, bool end)
{
    const uint32_t units =
        transmits ? bits(state->dblac, 19, 16) : bits(state->dblac, 15, 12);
    const uint32_t size = units * DESCRIPTOR_UNIT;

    if (!end) {
        return at + (size < DESCRIPTOR_SIZE ? DESCRIPTOR_SIZE : size);
    }
    return transmits
               ? (uint64_t)state->nptxr_badr_high << 32 | state->nptxr_badr
               : (uint64_t)state->rxr_badr_high << 32 | state->rxr_badr;
}

/* ---- Transmission -------------------------------------------------------- */

/* A frame that the driver has made, in wiring->message. */
struct outgoing {
    uint32_t size;
    uint32_t flags; /* second word of its first descriptor */
    unsigned parts; /* descriptors */
    bool lost;      /* too long, without a first descriptor, or in no memory */
};

static uint32_t longest(const struct ftgmac100_state *state)
{
    return ((state->maccr & FTGMAC100_JUMBO_LF) != 0 ? FTGMAC100_JUMBO_MAX
                                                     : FTGMAC100_FRAME_MAX) +
           FTGMAC100_TAG - FTGMAC100_SEQUENCE;
}

static void gather_part(struct device *device,
                        const struct descriptor *descriptor,
                        struct outgoing *frame)
{
    struct ftgmac100_wiring *wiring = device->wiring;
    const uint32_t size = descriptor->words[0] & SIZE_MASK;

    if (frame->lost) {
        return;
    }
    if (frame->size + size > longest(state_of(device))) {
        device_guest_error(device, 0, "a frame is too long to be sent");
        frame->lost = true;
    } else if (dma_read(dma_of(device), buffer_of(descriptor),
                        wiring->message + PACKET_HEADER + frame->size,
                        size) != 0) {
        ftgmac100_raise(device, FTGMAC100_BUS_ERROR);
        frame->lost = true;
    } else {
        frame->size += size;
    }
}

/* True if there is a whole frame from the next descriptor on. */
static bool gather(struct device *device, struct outgoing *frame)
{
    uint64_t at = state_of(device)->tx_at;
    struct descriptor descriptor;

    *frame = (struct outgoing){0};
    while (frame->parts < PARTS_MAX) {
        if (!fetch(device, at, &descriptor) ||
            (descriptor.words[0] & TX_OWN) == 0) {
            return false;
        }
        if (frame->parts++ == 0) {
            frame->flags = descriptor.words[1];
            frame->lost = (descriptor.words[0] & TX_FIRST) == 0;
        }
        gather_part(device, &descriptor, frame);
        if ((descriptor.words[0] & TX_LAST) != 0) {
            return true;
        }
        at = next_of(state_of(device), true, at,
                     (descriptor.words[0] & TX_END) != 0);
    }
    device_guest_error(device, 0, "a frame has more than %d descriptors",
                       PARTS_MAX);
    frame->lost = true;
    return true;
}

/* Gives a frame's descriptors back to the driver. */
static bool release(struct device *device, unsigned parts)
{
    struct ftgmac100_state *state = state_of(device);
    struct descriptor descriptor;

    while (parts-- > 0) {
        if (!fetch(device, state->tx_at, &descriptor)) {
            return false;
        }
        descriptor.words[0] &= ~TX_OWN;
        if (!put_back(device, state->tx_at, &descriptor, 1)) {
            return false;
        }
        state->tx_at = next_of(state, true, state->tx_at,
                               (descriptor.words[0] & TX_END) != 0);
    }
    return true;
}

static void insert_tag(struct outgoing *frame, uint8_t *bytes)
{
    enum { ADDRESSES = 2 * FTGMAC100_ADDRESS };
    const uint8_t tag[] = {0x81, 0, (uint8_t)(frame->flags >> 8),
                           (uint8_t)frame->flags};

    memmove(bytes + ADDRESSES + sizeof(tag), bytes + ADDRESSES,
            frame->size - ADDRESSES);
    memcpy(bytes + ADDRESSES, tag, sizeof(tag));
    frame->size += (uint32_t)sizeof(tag);
}

static void loop_back(struct device *device, uint32_t size)
{
    struct ftgmac100_wiring *wiring = device->wiring;

    memcpy(wiring->frame, wiring->message + PACKET_HEADER, size);
    if (ftgmac100_receive(device, wiring->frame, size) == FTGMAC100_NO_ROOM) {
        state_of(device)->counts[FTGMAC100_COUNT_LOST]++;
        ftgmac100_raise(device, FTGMAC100_LOST);
    }
}

static void send(struct device *device, struct outgoing *frame)
{
    struct ftgmac100_state *state = state_of(device);
    struct ftgmac100_wiring *wiring = device->wiring;
    uint8_t *bytes = wiring->message + PACKET_HEADER;

    if ((frame->flags & TX_INSERT_TAG) != 0) {
        insert_tag(frame, bytes);
    }
    ftgmac100_fill_sums(bytes, frame->size, frame->flags & TX_SUMS);
    state->counts[FTGMAC100_COUNT_SENT]++;
    if ((state->maccr & FTGMAC100_LOOP_EN) != 0) {
        loop_back(device, frame->size);
        return;
    }
    const struct packet packet = {.bytes = bytes, .size = frame->size};
    packet_encode(&packet, wiring->message);
    channel_send(device, 0, wiring->message, PACKET_HEADER + frame->size);
}

static void send_all(struct device *device)
{
    struct outgoing frame;

    for (unsigned i = 0; i < WALK_MAX; i++) {
        if (!gather(device, &frame)) {
            ftgmac100_raise(device, FTGMAC100_NOTHING_TO_SEND);
            return;
        }
        const bool good = !frame.lost && frame.size >= PACKET_ETHERNET;
        if (good) {
            send(device, &frame);
        }
        if (!release(device, frame.parts)) {
            return;
        }
        ftgmac100_raise(device,
                        good ? FTGMAC100_SENT | ((frame.flags & TX_TO_FIFO) != 0
                                                     ? FTGMAC100_SENT_FIFO
                                                     : 0u)
                             : (uint32_t)FTGMAC100_SENT_LOST);
    }
    device_guest_error(device, 0, "the transmit ring has no end");
}

void ftgmac100_transmit(struct device *device)
{
    enum { ENABLES = FTGMAC100_TXDMA_EN | FTGMAC100_TXMAC_EN };
    struct ftgmac100_wiring *wiring = device->wiring;

    if ((state_of(device)->maccr & ENABLES) != ENABLES) {
        return;
    }
    if (wiring->busy) {
        device_guest_error(device, 0,
                           "a descriptor's accesses lead to the controller");
        return;
    }
    wiring->busy = true;
    send_all(device);
    wiring->busy = false;
}

/* ---- Reception ----------------------------------------------------------- */

/* A frame in memory before its last word is written. */
struct incoming {
    const uint8_t *bytes; /* with check sequence */
    uint32_t size;
    uint32_t flags;   /* for the first word of each descriptor */
    uint32_t details; /* the second word */
    uint32_t room;    /* of a buffer */
};

bool ftgmac100_receives(const struct ftgmac100_state *state)
{
    enum { ENABLES = FTGMAC100_RXDMA_EN | FTGMAC100_RXMAC_EN };

    return (state->maccr & ENABLES) == ENABLES;
}

static bool has_room(struct device *device, unsigned parts)
{
    uint64_t at = state_of(device)->rx_at;
    struct descriptor descriptor;

    while (parts-- > 0) {
        if (!fetch(device, at, &descriptor) ||
            (descriptor.words[0] & RX_READY) != 0) {
            return false;
        }
        at = next_of(state_of(device), false, at,
                     (descriptor.words[0] & RX_END) != 0);
    }
    return true;
}

/* The part from `done` on; the size of it, or 0 if memory does not answer. */
static uint32_t write_part(struct device *device, const struct incoming *frame,
                           uint32_t done)
{
    struct ftgmac100_state *state = state_of(device);
    const uint32_t left = frame->size - done;
    const uint32_t size = left < frame->room ? left : frame->room;
    struct descriptor descriptor;

    if (!fetch(device, state->rx_at, &descriptor) ||
        (descriptor.words[0] & RX_READY) != 0) { /* of a ring that is shorter */
        return 0;
    }
    if (dma_write(dma_of(device), buffer_of(&descriptor), frame->bytes + done,
                  size) != 0) {
        ftgmac100_raise(device, FTGMAC100_BUS_ERROR);
        return 0;
    }
    descriptor.words[0] = (descriptor.words[0] & RX_END) | RX_READY |
                          frame->flags | size | (done == 0 ? RX_FIRST : 0) |
                          (size == left ? RX_LAST : 0);
    descriptor.words[1] = frame->details;
    if (!put_back(device, state->rx_at, &descriptor, 2)) {
        return 0;
    }
    state->rx_at = next_of(state, false, state->rx_at,
                           (descriptor.words[0] & RX_END) != 0);
    return size;
}

static bool write_all(struct device *device, const struct incoming *frame)
{
    uint32_t part;

    for (uint32_t done = 0; done < frame->size; done += part) {
        part = write_part(device, frame, done);
        if (part == 0) {
            return false;
        }
    }
    return true;
}

static void count(struct ftgmac100_state *state, enum ftgmac100_kind kind)
{
    state->counts[FTGMAC100_COUNT_RECEIVED]++;
    state->counts[FTGMAC100_COUNT_BROADCAST] += kind == FTGMAC100_BROADCAST;
    state->counts[FTGMAC100_COUNT_MULTICAST] += kind == FTGMAC100_MULTICAST;
}

/* Takes the VLAN tag out of a frame, if the driver asked for that; what the
 * second word says of it. */
static uint32_t remove_tag(const struct ftgmac100_state *state, uint8_t *bytes,
                           uint32_t *size)
{
    enum { ADDRESSES = 2 * FTGMAC100_ADDRESS };

    if ((state->maccr & FTGMAC100_RM_VLAN) == 0 || bytes[ADDRESSES] != 0x81 ||
        bytes[ADDRESSES + 1] != 0 || *size < PACKET_ETHERNET + FTGMAC100_TAG) {
        return 0;
    }
    const uint32_t tag =
        (uint32_t)bytes[ADDRESSES + 2] << 8 | bytes[ADDRESSES + 3];
    *size -= FTGMAC100_TAG;
    memmove(bytes + ADDRESSES, bytes + ADDRESSES + FTGMAC100_TAG,
            *size - ADDRESSES);
    return RX_TAGGED | tag;
}

/* Pads a frame, cuts it at the longest that the controller takes, and puts the
 * check sequence behind it. */
static void finish(struct device *device, uint8_t *bytes,
                   struct incoming *frame)
{
    struct ftgmac100_state *state = state_of(device);

    if (frame->size > longest(state)) {
        frame->size = longest(state);
        frame->flags |= RX_TOO_LONG;
        state->counts[FTGMAC100_COUNT_TOO_LONG]++;
    }
    if (frame->size < FTGMAC100_LEAST) {
        memset(bytes + frame->size, 0, FTGMAC100_LEAST - frame->size);
        frame->size = FTGMAC100_LEAST;
    }
    store_le32(bytes + frame->size, ~ftgmac100_crc(bytes, frame->size));
    frame->size += FTGMAC100_SEQUENCE;
}

static enum ftgmac100_outcome store(struct device *device, uint8_t *bytes,
                                    uint32_t size, enum ftgmac100_kind kind)
{
    const struct ftgmac100_state *state = state_of(device);
    const uint32_t room = state->rbsr & SIZE_MASK;
    struct incoming frame = {
        .bytes = bytes,
        .flags = kind == FTGMAC100_BROADCAST   ? (uint32_t)RX_BROADCAST
                 : kind == FTGMAC100_MULTICAST ? (uint32_t)RX_MULTICAST
                                               : 0,
        .room = room < RECEIVE_MIN ? RECEIVE_MIN : room,
    };

    frame.details = remove_tag(state, bytes, &size);
    frame.details |= ftgmac100_check_sums(bytes, size);
    frame.size = size;
    finish(device, bytes, &frame);
    if (!has_room(device, (frame.size + frame.room - 1) / frame.room)) {
        return FTGMAC100_NO_ROOM;
    }
    if (write_all(device, &frame)) {
        count(state_of(device), kind);
        ftgmac100_raise(device, FTGMAC100_RECEIVED | FTGMAC100_RECEIVED_FIFO);
    }
    return FTGMAC100_TAKEN;
}

enum ftgmac100_outcome ftgmac100_receive(struct device *device, uint8_t *frame,
                                         uint32_t size)
{
    const enum ftgmac100_kind kind = ftgmac100_filter(state_of(device), frame);

    return kind == FTGMAC100_UNWANTED || !ftgmac100_receives(state_of(device))
               ? FTGMAC100_TAKEN
               : store(device, frame, size, kind);
}
