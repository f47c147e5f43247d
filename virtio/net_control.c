/* SPDX-License-Identifier: Apache-2.0 */
/* The control virtqueue of the network device (virtio 1.2, 5.1.6.5): filters of
 * addresses and VLANs, the device's own address, announcements, pairs of
 * queues. */
#include "virtio/net_control.h"

#include <string.h>

enum { COMMAND = 2, ADDRESS = VIRTIO_NET_ADDRESS };

static struct virtio_net_state *state_of(const struct virtio *virtio)
{
    return (struct virtio_net_state *)virtio->state;
}

static const struct virtio_net_link *link_of(const struct virtio *virtio)
{
    return virtio->outside;
}

const uint8_t *virtio_net_mac(const struct virtio *virtio)
{
    const struct virtio_net_state *state = state_of(virtio);

    return state->has_mac ? state->mac : link_of(virtio)->mac;
}

/* ---- The filter ---------------------------------------------------------- */

static bool is_set(const struct virtio_net_state *state, unsigned command)
{
    const bool on = (state->modes >> command & 1) != 0;

    return command == VIRTIO_NET_CTRL_RX_PROMISC ? !on : on;
}

static bool is_in_table(const struct virtio_net_state *state,
                        const uint8_t *address)
{
    for (uint32_t i = 0; i < state->table_size; i++) {
        if (memcmp(state->table[i], address, ADDRESS) == 0) {
            return true;
        }
    }
    return false;
}

/* A driver that negotiated CTRL_VLAN names the VLANs that it wants
 * (5.1.6.5.3). */
static bool wants_vlan(const struct virtio *virtio, const struct packet *packet)
{
    const uint8_t *bytes = packet->bytes;

    if (!virtio_has(virtio, VIRTIO_NET_F_CTRL_VLAN) ||
        packet->size < PACKET_ETHERNET + 4 || bytes[12] != 0x81 ||
        bytes[13] != 0) {
        return true;
    }
    const unsigned vlan =
        ((unsigned)bytes[14] << 8 | bytes[15]) % VIRTIO_NET_VLANS;
    return (state_of(virtio)->vlans[vlan / 32] >> vlan % 32 & 1) != 0;
}

bool virtio_net_wants(const struct virtio *virtio, const struct packet *packet)
{
    static const uint8_t everybody[ADDRESS] = {255, 255, 255, 255, 255, 255};
    const struct virtio_net_state *state = state_of(virtio);
    const uint8_t *to = packet->bytes;

    if (!wants_vlan(virtio, packet)) {
        return false;
    }
    if (is_set(state, VIRTIO_NET_CTRL_RX_PROMISC)) {
        return true;
    }
    if (memcmp(to, everybody, ADDRESS) == 0) {
        return !is_set(state, VIRTIO_NET_CTRL_RX_NOBCAST);
    }
    if ((to[0] & 1) != 0) {
        return !is_set(state, VIRTIO_NET_CTRL_RX_NOMULTI) &&
               (is_set(state, VIRTIO_NET_CTRL_RX_ALLMULTI) || state->full[1] ||
                is_in_table(state, to));
    }
    return !is_set(state, VIRTIO_NET_CTRL_RX_NOUNI) &&
           (is_set(state, VIRTIO_NET_CTRL_RX_ALLUNI) || state->full[0] ||
            memcmp(to, virtio_net_mac(virtio), ADDRESS) == 0 ||
            is_in_table(state, to));
}

/* ---- Commands ------------------------------------------------------------ */

/* Data of a command: the driver's, behind class and number. */
static bool read_data(struct virtio *virtio, const struct virtio_chain *chain,
                      uint64_t offset, void *bytes, uint64_t size)
{
    return offset + size <= chain->readable_bytes - COMMAND &&
           virtio_read(virtio, chain, COMMAND + offset, bytes, size);
}

static bool set_mode(struct virtio *virtio, const struct virtio_chain *chain,
                     unsigned command)
{
    struct virtio_net_state *state = state_of(virtio);
    uint8_t on;

    if (command > VIRTIO_NET_CTRL_RX_NOBCAST ||
        !virtio_has(virtio, command <= VIRTIO_NET_CTRL_RX_ALLMULTI
                                ? VIRTIO_NET_F_CTRL_RX
                                : VIRTIO_NET_F_CTRL_RX_EXTRA) ||
        !read_data(virtio, chain, 0, &on, 1)) {
        return false;
    }
    const bool bit = (on != 0) != (command == VIRTIO_NET_CTRL_RX_PROMISC);
    state->modes = (state->modes & ~(1u << command)) | (uint32_t)bit << command;
    return true;
}

/* Two lists, of unicast and of group addresses, each behind its length; one
 * that is too long for the table lets all of its kind through. */
static bool set_table(struct virtio *virtio, const struct virtio_chain *chain)
{
    struct virtio_net_state *state = state_of(virtio);
    uint64_t offset = 0;
    uint32_t count;

    state->table_size = 0;
    state->full[0] = state->full[1] = 0;
    for (unsigned list = 0; list < 2; list++) {
        if (!read_data(virtio, chain, offset, &count, sizeof(count)) ||
            count > (chain->readable_bytes - COMMAND) / ADDRESS) {
            return false;
        }
        offset += sizeof(count);
        if (count > VIRTIO_NET_TABLE - state->table_size) {
            state->full[list] = 1;
        } else if (read_data(virtio, chain, offset,
                             state->table[state->table_size],
                             (uint64_t)count * ADDRESS)) {
            state->table_size += count;
        } else {
            return false;
        }
        offset += (uint64_t)count * ADDRESS;
    }
    return true;
}

static bool change_address(struct virtio *virtio,
                           const struct virtio_chain *chain, unsigned command)
{
    struct virtio_net_state *state = state_of(virtio);
    uint8_t mac[ADDRESS];

    if (command == VIRTIO_NET_CTRL_MAC_TABLE_SET) {
        return virtio_has(virtio, VIRTIO_NET_F_CTRL_RX) &&
               set_table(virtio, chain);
    }
    if (command != VIRTIO_NET_CTRL_MAC_ADDR_SET ||
        !virtio_has(virtio, VIRTIO_NET_F_CTRL_MAC_ADDR) ||
        !read_data(virtio, chain, 0, mac, sizeof(mac))) {
        return false;
    }
    memcpy(state->mac, mac, sizeof(mac));
    state->has_mac = 1;
    return true;
}

static bool change_vlan(struct virtio *virtio, const struct virtio_chain *chain,
                        unsigned command)
{
    struct virtio_net_state *state = state_of(virtio);
    uint16_t vlan;

    if (command > VIRTIO_NET_CTRL_VLAN_DEL ||
        !virtio_has(virtio, VIRTIO_NET_F_CTRL_VLAN) ||
        !read_data(virtio, chain, 0, &vlan, sizeof(vlan)) ||
        vlan >= VIRTIO_NET_VLANS) {
        return false;
    }
    if (command == VIRTIO_NET_CTRL_VLAN_ADD) {
        state->vlans[vlan / 32] |= 1u << vlan % 32;
    } else {
        state->vlans[vlan / 32] &= ~(1u << vlan % 32);
    }
    return true;
}

static bool announced(struct virtio *virtio, const struct virtio_chain *chain,
                      unsigned command)
{
    if (command != VIRTIO_NET_CTRL_ANNOUNCE_ACK ||
        !virtio_has(virtio, VIRTIO_NET_F_GUEST_ANNOUNCE)) {
        return false;
    }
    state_of(virtio)->announce = 0;
    return true;
}

static bool set_pairs(struct virtio *virtio, const struct virtio_chain *chain,
                      unsigned command)
{
    uint16_t pairs;

    if (command != VIRTIO_NET_CTRL_MQ_VQ_PAIRS_SET ||
        !virtio_has(virtio, VIRTIO_NET_F_MQ) ||
        !read_data(virtio, chain, 0, &pairs, sizeof(pairs)) || pairs == 0 ||
        pairs > link_of(virtio)->pairs) {
        return false;
    }
    state_of(virtio)->pairs = pairs;
    return true;
}

static bool (*const classes[])(struct virtio *virtio,
                               const struct virtio_chain *chain,
                               unsigned command) = {
    [VIRTIO_NET_CTRL_RX] = set_mode,
    [VIRTIO_NET_CTRL_MAC] = change_address,
    [VIRTIO_NET_CTRL_VLAN] = change_vlan,
    [VIRTIO_NET_CTRL_ANNOUNCE] = announced,
    [VIRTIO_NET_CTRL_MQ] = set_pairs,
};

void virtio_net_serve_control(struct virtio *virtio, unsigned queue)
{
    struct virtio_chain chain;
    uint8_t command[COMMAND];

    while (virtio_take(virtio, queue, &chain)) {
        if (chain.readable_bytes < COMMAND || chain.writable_bytes == 0) {
            virtio_fault(virtio, VIRTIO_FAULT_REQUEST_SHORT, queue,
                         chain.readable_bytes);
            return;
        }
        if (!virtio_read(virtio, &chain, 0, command, COMMAND)) {
            return;
        }
        const bool good = command[0] < sizeof(classes) / sizeof(classes[0]) &&
                          classes[command[0]](virtio, &chain, command[1]);
        const uint8_t ack = good ? VIRTIO_NET_OK : VIRTIO_NET_ERR;
        if (!virtio_write(virtio, &chain, 0, &ack, 1)) {
            return;
        }
        virtio_complete(virtio, &chain, 1);
    }
}
