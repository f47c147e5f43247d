/* SPDX-License-Identifier: Apache-2.0 */
/* The FTGMAC100's work on frames: its filter of addresses, the check sequence,
 * and checksums of IPv4, TCP and UDP. */
#include <string.h>

#include "devices/net/ftgmac100.h"

enum { TYPE_IPV4 = 0x0800, TYPE_VLAN = 0x8100, IPV4_HEADER = 20 };
enum { PROTOCOL_TCP = 6, PROTOCOL_UDP = 17, TCP_SUM = 16, UDP_SUM = 6 };
enum { FRAGMENT_MASK = 0x3fff }; /* more fragments, or not the first */

/* The second word of descriptors. */
enum transmit_bits {
    TX_TCP_CHKSUM = 1 << 17,
    TX_UDP_CHKSUM = 1 << 18,
    TX_IP_CHKSUM = 1 << 19,
};
enum receive_bits {
    RX_PROT_IP = 1 << 20,
    RX_PROT_TCP = 2 << 20,
    RX_PROT_UDP = 3 << 20,
    RX_DF = 1 << 23,
    RX_TCP_CHKSUM_ERR = 1 << 25,
    RX_UDP_CHKSUM_ERR = 1 << 26,
    RX_IP_CHKSUM_ERR = 1 << 27,
};

uint32_t ftgmac100_crc(const uint8_t *bytes, size_t size)
{
    uint32_t crc = UINT32_MAX;

    for (size_t i = 0; i < size; i++) {
        crc ^= bytes[i];
        for (unsigned bit = 0; bit < 8; bit++) {
            crc = crc >> 1 ^ (0xedb88320u & -(crc & 1));
        }
    }
    return crc;
}

/* ---- The filter ---------------------------------------------------------- */

static bool is_own(const struct ftgmac100_state *state, const uint8_t *address)
{
    return load_be32(address + 2) == state->mac_ladr &&
           (uint32_t)address[0] << 8 == (state->mac_madr & 0xff00) &&
           address[1] == (state->mac_madr & 0xff);
}

static bool is_hashed(const struct ftgmac100_state *state,
                      const uint8_t *address)
{
    const uint32_t hash =
        ~(ftgmac100_crc(address, FTGMAC100_ADDRESS) >> 2) & 0x3f;

    return (state->maht[hash / 32] >> hash % 32 & 1) != 0;
}

enum ftgmac100_kind ftgmac100_filter(const struct ftgmac100_state *state,
                                     const uint8_t *frame)
{
    static const uint8_t everybody[FTGMAC100_ADDRESS] = {0xff, 0xff, 0xff,
                                                         0xff, 0xff, 0xff};
    const uint32_t control = state->maccr;
    const bool all = (control & FTGMAC100_RX_ALL) != 0;

    if (memcmp(frame, everybody, sizeof(everybody)) == 0) {
        return all || (control & FTGMAC100_RX_BROADPKT) != 0
                   ? FTGMAC100_BROADCAST
                   : FTGMAC100_UNWANTED;
    }
    if ((frame[0] & 1) != 0) {
        return all || (control & FTGMAC100_RX_MULTIPKT) != 0 ||
                       ((control & FTGMAC100_HT_MULTI_EN) != 0 &&
                        is_hashed(state, frame))
                   ? FTGMAC100_MULTICAST
                   : FTGMAC100_UNWANTED;
    }
    return all || is_own(state, frame) ? FTGMAC100_UNICAST : FTGMAC100_UNWANTED;
}

/* ---- Checksums ----------------------------------------------------------- */

/* Where an IPv4 packet and what it carries begin and end in a frame. */
struct layout {
    uint32_t network;
    uint32_t transport;
    uint32_t end;
    uint32_t sum; /* of the protocol's field behind transport; 0: no protocol
                     whose checksum this is about, or a fragment */
    uint8_t protocol;
};

static uint32_t load_be16(const uint8_t *at)
{
    return (uint32_t)at[0] << 8 | at[1];
}

static void store_be16(uint8_t *at, uint32_t value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

/* False: the frame has no complete IPv4 packet. */
static bool find_layout(const uint8_t *frame, uint32_t size,
                        struct layout *layout)
{
    const bool tagged = load_be16(frame + 12) == TYPE_VLAN;
    const uint32_t network = PACKET_ETHERNET + (tagged ? FTGMAC100_TAG : 0);
    const uint8_t *ip = frame + network;

    if (size < network + IPV4_HEADER || load_be16(ip - 2) != TYPE_IPV4 ||
        ip[0] >> 4 != 4) {
        return false;
    }
    *layout = (struct layout){
        .network = network,
        .transport = network + (ip[0] & 15u) * 4,
        .end = network + load_be16(ip + 2),
        .protocol = ip[9],
    };
    if (layout->transport < network + IPV4_HEADER || layout->end > size ||
        layout->end < layout->transport) {
        return false;
    }
    const uint32_t least = layout->protocol == PROTOCOL_TCP ? 20 : 8;
    if ((load_be16(ip + 6) & FRAGMENT_MASK) == 0 &&
        layout->end - layout->transport >= least) {
        layout->sum = layout->protocol == PROTOCOL_TCP   ? TCP_SUM
                      : layout->protocol == PROTOCOL_UDP ? UDP_SUM
                                                         : 0;
    }
    return true;
}

/* Over the packet's payload and the pseudo header; all ones where the checksum
 * in it is right. */
static uint32_t transport_sum(const uint8_t *frame, const struct layout *layout)
{
    const uint32_t length = layout->end - layout->transport;
    const uint32_t pseudo =
        packet_sum(length + layout->protocol, frame + layout->network + 12, 8);

    return packet_sum(pseudo, frame + layout->transport, length);
}

static uint32_t network_sum(const uint8_t *frame, const struct layout *layout)
{
    return packet_sum(0, frame + layout->network,
                      layout->transport - layout->network);
}

void ftgmac100_fill_sums(uint8_t *frame, uint32_t size, uint32_t wanted)
{
    struct layout layout;

    if (!find_layout(frame, size, &layout)) {
        return;
    }
    if ((wanted & TX_IP_CHKSUM) != 0) {
        uint8_t *field = frame + layout.network + 10;
        store_be16(field, 0);
        store_be16(field, ~network_sum(frame, &layout));
    }
    const uint32_t bit =
        layout.protocol == PROTOCOL_TCP ? TX_TCP_CHKSUM : TX_UDP_CHKSUM;
    if (layout.sum != 0 && (wanted & bit) != 0) {
        uint8_t *field = frame + layout.transport + layout.sum;
        store_be16(field, 0);
        const uint32_t sum = ~transport_sum(frame, &layout) & 0xffff;
        store_be16(field, sum != 0 ? sum : 0xffff); /* RFC 768 */
    }
}

uint32_t ftgmac100_check_sums(const uint8_t *frame, uint32_t size)
{
    struct layout layout;

    if (!find_layout(frame, size, &layout)) {
        return 0;
    }
    const uint32_t found =
        (network_sum(frame, &layout) != 0xffff ? RX_IP_CHKSUM_ERR : 0) |
        ((frame[layout.network + 6] & 0x40) != 0 ? RX_DF : 0);
    if (layout.sum == 0) {
        return found | RX_PROT_IP;
    }
    const bool tcp = layout.protocol == PROTOCOL_TCP;
    const bool none =
        !tcp && load_be16(frame + layout.transport + UDP_SUM) == 0;
    if (none || transport_sum(frame, &layout) == 0xffff) {
        return found | (tcp ? RX_PROT_TCP : RX_PROT_UDP);
    }
    return found | (tcp ? (uint32_t)RX_PROT_TCP | RX_TCP_CHKSUM_ERR
                        : (uint32_t)RX_PROT_UDP | RX_UDP_CHKSUM_ERR);
}
