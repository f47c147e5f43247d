/* SPDX-License-Identifier: Apache-2.0 */
/* The filter and the control virtqueue of the network device (virtio 1.2,
 * 5.1.6.5), its status, and pairs of queues. */
#include "virtio/net_bench.h"

#include "base/bits.h"
#include "tests/harness.h"

/* ---- The control virtqueue (5.1.6.5) ------------------------------------- */

/* There is a buffer, which the packet takes or leaves. */
static bool passes(struct bench *bench, const struct packet *packet)
{
    if (bench->driver.queues[RX].room == SIZE) {
        give(bench, RX, 0, 200);
    }
    EXPECT(virtio_net_receive(&bench->driver.virtio, packet));
    return used(bench, RX) != 0;
}

static bool gets(struct bench *bench, uint8_t to)
{
    static uint8_t bytes[FRAME];
    const struct packet packet = frame_to(bytes, to, FRAME);

    return passes(bench, &packet);
}

FIXTURE(struct bench, bench, finish)
FIXTURE_BEGIN(bench, setup(bench, ALL))

TEST_ON(the_filter_lets_through_what_the_driver_asked_for, bench)
{
    static const uint8_t own[6] = {0x44, 0x44, 0x44, 0x44, 0x44, 0x44};
    static const uint8_t lists[4 + 6 + 4 + 6] = {
        1, 0, 0, 0, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66,
        1, 0, 0, 0, 0x33, 0x33, 0x33, 0x33, 0x33, 0x33};
    static const uint8_t on = 1;
    static const uint8_t off = 0;
    EXPECT(gets(bench, 0x66)); /* promiscuous at first */
    EXPECT_EQ(command(bench, 0, VIRTIO_NET_CTRL_RX_PROMISC, &off, 1), 0);
    EXPECT(!gets(bench, 0x66));
    EXPECT(!gets(bench, 0)); /* an empty table has no zeros */
    EXPECT(gets(bench, 0xff));
    EXPECT(!gets(bench, 0x33));
    EXPECT_EQ(command(bench, 0, VIRTIO_NET_CTRL_RX_ALLMULTI, &on, 1), 0);
    EXPECT(gets(bench, 0x33));
    EXPECT_EQ(command(bench, 0, VIRTIO_NET_CTRL_RX_ALLMULTI, &off, 1), 0);
    EXPECT_EQ(command(bench, 0, VIRTIO_NET_CTRL_RX_NOBCAST, &on, 1), 0);
    EXPECT(!gets(bench, 0xff));
    EXPECT_EQ(command(bench, 0, VIRTIO_NET_CTRL_RX_ALLUNI, &on, 1), 0);
    EXPECT(gets(bench, 0x66));
    EXPECT_EQ(command(bench, 0, VIRTIO_NET_CTRL_RX_ALLUNI, &off, 1), 0);
    EXPECT(!gets(bench, 0x44));
    EXPECT_EQ(command(bench, 1, VIRTIO_NET_CTRL_MAC_ADDR_SET, own, 6), 0);
    EXPECT(gets(bench, 0x44));
    struct virtio_net_config config;
    virtio_read_config(&bench->driver.virtio, 0, &config, sizeof(config));
    EXPECT_BYTES(config.mac, own, 6);
    const struct virtio_net_state *state = bench->driver.state;
    EXPECT_EQ(state->has_mac, 1);
    EXPECT_EQ(
        command(bench, 1, VIRTIO_NET_CTRL_MAC_TABLE_SET, lists, sizeof(lists)),
        0);
    EXPECT(gets(bench, 0x66));
    EXPECT(gets(bench, 0x33));
    EXPECT(!gets(bench, 0x68));
    EXPECT(!gets(bench, 0x35));
    EXPECT_EQ(bench->driver.virtio.state->faults, 0);
}

/* A bit each: the own address, one of the table, another one, a group of the
 * table, another one, everybody. */
TEST(each_mode_lets_its_own_addresses_through)
{
    enum { PROMISC, ALLMULTI, ALLUNI, NOMULTI, NOUNI, NOBCAST };
    static const uint8_t to[] = {0x44, 0x66, 0x68, 0x33, 0x35, 0xff};
    static const uint8_t lists[4 + 6 + 4 + 6] = {
        1, 0, 0, 0, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66,
        1, 0, 0, 0, 0x33, 0x33, 0x33, 0x33, 0x33, 0x33};
    static const struct {
        int modes[2]; /* that are on; -1: none */
        unsigned passes;
    } rows[] = {
        {{-1, -1},            0x2b},
        {{PROMISC, -1},       0x3f},
        {{ALLMULTI, -1},      0x3b},
        {{ALLUNI, -1},        0x2f},
        {{NOMULTI, -1},       0x23},
        {{NOUNI, -1},         0x28},
        {{NOBCAST, -1},       0x0b},
        {{NOMULTI, ALLMULTI}, 0x23},
        {{NOUNI, ALLUNI},     0x28},
        {{NOBCAST, ALLMULTI}, 0x1b},
        {{NOBCAST, PROMISC},  0x3f},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        static struct bench bench;
        unsigned passed = 0;
        test_case("row %zu", i);
        setup(&bench, ALL);
        memset(bench.link.mac, 0x44, sizeof(bench.link.mac));
        EXPECT_EQ(command(&bench, 1, 0, lists, sizeof(lists)), 0);
        for (int mode = PROMISC; mode <= NOBCAST; mode++) {
            const uint8_t on =
                mode == rows[i].modes[0] || mode == rows[i].modes[1] ? 2 : 0;
            EXPECT_EQ(command(&bench, 0, (uint8_t)mode, &on, 1), 0);
        }
        for (unsigned n = 0; n < sizeof(to); n++) {
            passed |= (unsigned)gets(&bench, to[n]) << n;
        }
        EXPECT_EQ(passed, rows[i].passes);
        finish(&bench);
    }
}

/* The lists have the table in common. */
TEST(lists_that_fit_are_kept_and_others_are_full)
{
    static const struct {
        uint8_t counts[2];
        uint32_t cut; /* bytes that the command lacks */
        uint8_t answer, full[2];
        uint32_t size;
    } rows[] = {
        {{0, 0},   0, 0, {0, 0}, 0 },
        {{64, 0},  0, 0, {0, 0}, 64},
        {{65, 0},  0, 0, {1, 0}, 0 },
        {{60, 4},  0, 0, {0, 0}, 64},
        {{60, 5},  0, 0, {0, 1}, 60},
        {{65, 65}, 0, 0, {1, 1}, 0 },
        {{65, 2},  0, 0, {1, 0}, 2 },
        {{1, 1},   1, 1, {0, 0}, 1 },
        {{1, 0},   4, 1, {0, 0}, 1 },
        {{2, 0},   5, 1, {0, 0}, 0 },
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        static struct bench bench;
        static uint8_t bytes[1024];
        const struct virtio_net_state *state;
        uint32_t at = 0;
        test_case("row %zu", i);
        setup(&bench, ALL);
        state = bench.driver.state;
        for (unsigned list = 0; list < 2; list++) {
            memset(bytes + at, 0, 4);
            bytes[at] = rows[i].counts[list];
            at += 4;
            for (unsigned n = 0; n < rows[i].counts[list] * 6u; n++) {
                bytes[at++] = (uint8_t)(n / 6 + list * 100);
            }
        }
        for (unsigned n = 0; n < 2; n++) { /* in place of those before */
            EXPECT_EQ(command(&bench, 1, 0, bytes, at - rows[i].cut),
                      rows[i].answer);
        }
        EXPECT_EQ(state->full[0], rows[i].full[0]);
        EXPECT_EQ(state->full[1], rows[i].full[1]);
        EXPECT_EQ(state->table_size, rows[i].size);
        for (uint32_t n = 0; n < state->table_size; n++) {
            const unsigned first = rows[i].full[0] ? 0 : rows[i].counts[0];
            EXPECT_EQ(state->table[n][0], n < first ? n : n - first + 100);
            EXPECT_EQ(state->table[n][5], state->table[n][0]);
        }
        finish(&bench);
    }
}

TEST_ON(a_list_that_is_too_long_lets_all_of_its_kind_through, bench)
{
    static uint8_t lists[4 + 6 * (VIRTIO_NET_TABLE + 1) + 4];
    static const uint8_t off = 0;
    EXPECT_EQ(command(bench, 0, VIRTIO_NET_CTRL_RX_PROMISC, &off, 1), 0);
    lists[0] = VIRTIO_NET_TABLE + 1;
    EXPECT_EQ(command(bench, 1, 0, lists, sizeof(lists)), 0);
    EXPECT(gets(bench, 0x66));
    EXPECT(!gets(bench, 0x33));
    /* More than there are bytes. */
    lists[1] = 0xff;
    EXPECT_EQ(command(bench, 1, 0, lists, sizeof(lists)), 1);
    lists[3] = 0xff;
    EXPECT_EQ(command(bench, 1, 0, lists, sizeof(lists)), 1);
    /* Groups, and not the others. */
    memset(lists, 0, 5);
    lists[4] = VIRTIO_NET_TABLE + 1;
    EXPECT_EQ(command(bench, 1, 0, lists, sizeof(lists)), 0);
    EXPECT(!gets(bench, 0x66));
    EXPECT(gets(bench, 0x33));
}

TEST_ON(vlans_are_those_that_the_driver_named, bench)
{
    static uint8_t bytes[FRAME];
    static const uint8_t five[2] = {5, 0};
    struct packet packet = frame_to(bytes, 0x52, FRAME);
    bytes[12] = 0x81;
    bytes[13] = 0;
    bytes[14] = 0x60; /* priority 3 */
    bytes[15] = 5;
    for (unsigned i = 0; i < 3; i++) {
        give(bench, RX, 0, 200);
        EXPECT(virtio_net_receive(&bench->driver.virtio, &packet));
        EXPECT_EQ(used(bench, RX), i == 1 ? HEADER + FRAME : 0);
        EXPECT_EQ(command(bench, 2, i == 0 ? 0 : 1, five, 2), 0);
    }
}

TEST_BEGINS(each_vlan_is_its_own, bench)
{
    enum { TAGGED = PACKET_ETHERNET + 4 };
    static const uint16_t numbers[] = {0, 1, 31, 32, 4095};
    static const uint8_t beyond[2] = {0, 0x10};
    static uint8_t bytes[FRAME];
    setup(bench, ALL);
    struct packet packet = frame_to(bytes, 0x52, FRAME);
    for (size_t i = 0; i < 2 * ARRAY_SIZE(numbers); i++) {
        const uint16_t number = numbers[i / 2];
        const uint8_t data[2] = {(uint8_t)number, (uint8_t)(number >> 8)};
        const bool added = i % 2 == 0;
        EXPECT_EQ(command(bench, 2, !added, data, 2), 0);
        for (size_t n = 0; n < ARRAY_SIZE(numbers); n++) {
            test_case("VLAN %u of %u", numbers[n], number);
            bytes[12] = 0x81;
            bytes[13] = 0;
            bytes[14] = (uint8_t)(0xa0 | numbers[n] >> 8);
            bytes[15] = (uint8_t)numbers[n];
            EXPECT_EQ(passes(bench, &packet), added && n == i / 2);
        }
    }
    EXPECT_EQ(command(bench, 2, 0, beyond, 2), 1);
    /* A frame without a tag, or without room for one, is of none. */
    for (unsigned i = 0; i < 4; i++) {
        static const uint8_t other[] = {0x81, 0x80, 0x81, 0x81};
        test_case("no tag %u", i);
        bytes[12] = other[i];
        bytes[13] = i == 2;
        packet.size = i == 3 ? TAGGED - 1 : TAGGED;
        EXPECT_EQ(passes(bench, &packet), i != 0);
    }
}

TEST(commands_that_are_none_are_refused)
{
    static const struct {
        uint8_t class;
        uint8_t number;
        uint8_t size;
        uint64_t without;
    } rows[] = {
        {0,   6, 1, 0                      },
        {0,   0, 0, 0                      },
        {0,   0, 1, FEATURE(CTRL_RX)       },
        {0,   5, 1, FEATURE(CTRL_RX_EXTRA) },
        {1,   2, 6, 0                      },
        {1,   1, 5, 0                      },
        {1,   1, 6, FEATURE(CTRL_MAC_ADDR) },
        {1,   0, 8, FEATURE(CTRL_RX)       },
        {1,   0, 7, 0                      },
        {2,   2, 2, 0                      },
        {2,   0, 1, 0                      },
        {2,   0, 2, FEATURE(CTRL_VLAN)     },
        {3,   1, 1, 0                      },
        {3,   0, 1, FEATURE(GUEST_ANNOUNCE)},
        {4,   0, 2, 0                      }, /* there is one pair */
        {5,   0, 8, 0                      },
        {255, 0, 1, 0                      },
    };
    static const uint8_t zeros[8];
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        static struct bench bench;
        test_case("row %zu", i);
        setup(&bench, ALL & ~rows[i].without);
        EXPECT_EQ(command(&bench, rows[i].class, rows[i].number, zeros,
                          rows[i].size != 0 ? rows[i].size : 1),
                  rows[i].size != 0 ? 1 : 0);
        finish(&bench);
    }
}

/* ---- Status and pairs ---------------------------------------------------- */

TEST_ON(a_link_that_comes_back_is_announced, bench)
{
    struct virtio_net_config config;
    static const uint8_t nothing;
    virtio_read_config(&bench->driver.virtio, 0, &config, sizeof(config));
    EXPECT_EQ(config.status, VIRTIO_NET_S_LINK_UP);
    EXPECT_EQ(config.mtu, 1500);
    EXPECT_EQ(config.mac[5], 3);
    bench->link.up = false;
    virtio_net_changed(&bench->driver.virtio);
    EXPECT_EQ(bench->driver.configured_calls, 1);
    virtio_read_config(&bench->driver.virtio, 0, &config, sizeof(config));
    EXPECT_EQ(config.status, 0);
    bench->link.up = true;
    virtio_net_changed(&bench->driver.virtio);
    virtio_read_config(&bench->driver.virtio, 0, &config, sizeof(config));
    EXPECT_EQ(config.status, VIRTIO_NET_S_LINK_UP | VIRTIO_NET_S_ANNOUNCE);
    EXPECT_EQ(command(bench, 3, 0, &nothing, 1), 0);
    virtio_read_config(&bench->driver.virtio, 0, &config, sizeof(config));
    EXPECT_EQ(config.status, VIRTIO_NET_S_LINK_UP);
}

TEST_BEGINS(a_driver_uses_as_many_pairs_as_there_are, bench)
{
    static const struct {
        uint8_t pairs[2];
        uint8_t answer;
    } rows[] = {
        {{0, 0}, 1},
        {{1, 0}, 0},
        {{2, 0}, 0},
        {{3, 0}, 1},
        {{0, 1}, 1},
    };
    const struct virtio_net_state *state;
    setup_pairs(bench, ALL, 2);
    state = bench->driver.state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        test_case("row %zu", i);
        const uint32_t before = state->pairs;
        EXPECT_EQ(command(bench, 4, 0, rows[i].pairs, 2), rows[i].answer);
        EXPECT_EQ(state->pairs,
                  rows[i].answer == 0 ? rows[i].pairs[0] : before);
        EXPECT_EQ(command(bench, 4, 1, rows[i].pairs, 2), 1);
    }
}

/* Addresses and ports are added up so that both directions are one flow: by
 * their bytes times 1 to 4, of which a port has the weights 3 and 1. */
TEST(a_flow_has_a_number_of_its_own)
{
    static const struct {
        const char *name;
        struct {
            uint8_t at, value;
        } bytes[8];
        uint32_t size;
        unsigned flow;
    } rows[] = {
        {"no address",          {{0}},                                LARGE, 0                },
        {"one of each",         {{26, 1}, {27, 1}, {28, 1}, {29, 1}}, LARGE, 10               },
        {"other addresses",
         {{26, 10}, {29, 3}, {30, 20}, {33, 5}},
         LARGE,                                                              10 + 12 + 20 + 20},
        {"first byte behind",   {{25, 99}},                           LARGE, 0                },
        {"ports",               {{34, 2}, {35, 7}, {36, 5}, {37, 9}}, LARGE, 6 + 7 + 15 + 9   },
        {"more than there are", {{26, 200}, {27, 100}},               LARGE, 400 - 256        },
        {"UDP",                 {{23, 17}, {35, 7}, {37, 9}},         LARGE, 16               },
        {"ICMP",                {{23, 1}, {35, 7}, {26, 3}},          LARGE, 3                },
        {"options",             {{14, 0x46}, {35, 7}, {26, 3}},       LARGE, 3                },
        {"ARP",                 {{13, 6}, {26, 3}},                   LARGE, 0                },
        {"IPv6",                {{12, 0x86}, {26, 3}},                LARGE, 0                },
        {"all ports",           {{26, 3}, {37, 9}},                   38,    12               },
        {"part of the ports",   {{26, 3}, {37, 9}},                   37,    0                },
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        static struct bench bench;
        static uint8_t bytes[LARGE];
        const uint8_t *flows;
        test_case("%s", rows[i].name);
        setup(&bench, ALL);
        struct packet packet = large(bytes, 0);
        packet.flags = packet.gso_type = 0;
        packet.size = rows[i].size;
        memset(bytes + 24, 0, 10);
        for (unsigned n = 0; n < 8 && rows[i].bytes[n].at != 0; n++) {
            bytes[rows[i].bytes[n].at] = rows[i].bytes[n].value;
        }
        struct virtio_net_state *state = bench.driver.state;
        memset(state->flows, 0xff, sizeof(state->flows));
        EXPECT(send(&bench, &packet));
        flows = state->flows;
        for (unsigned n = 0; n < VIRTIO_NET_FLOWS; n++) {
            EXPECT_EQ(flows[n], n == rows[i].flow ? 0 : 0xff);
        }
        finish(&bench);
    }
}

TEST_BEGINS(a_flow_is_received_beside_where_it_was_sent, bench)
{
    static uint8_t bytes[LARGE];
    unsigned id;
    uint32_t written;
    setup_pairs(bench, ALL, 2);
    struct virtio_net_state *state =
        (struct virtio_net_state *)bench->driver.state;
    state->pairs = 2;
    struct packet packet = large(bytes, 81);
    uint8_t *at = bench->driver.buffers + TX_AT;
    const struct test_buffer buffer = {TX_AT, HEADER + LARGE, false};
    memset(at, 0, HEADER);
    packet_encode(&packet, at);
    memcpy(at + HEADER, bytes, LARGE);
    EXPECT(test_add(&bench->driver, 3, &buffer, 1) >= 0);
    test_kick(&bench->driver, 3);
    EXPECT(test_used(&bench->driver, 3, &id, &written));
    EXPECT_EQ(bench->packets, 1);
    give(bench, 0, 0, 4000);
    give(bench, 2, 4000, 4000);
    /* The answer has the ports the other way round. */
    packet = large(bytes, 0);
    bytes[37] = 81;
    EXPECT(virtio_net_receive(&bench->driver.virtio, &packet));
    EXPECT_EQ(used(bench, 2), HEADER + LARGE);
    EXPECT_EQ(used(bench, 0), 0);
    packet = large(bytes, 99);
    EXPECT(virtio_net_receive(&bench->driver.virtio, &packet));
    EXPECT_EQ(used(bench, 0), HEADER + LARGE);
    /* A pair that is not used any more has no flows. */
    packet = large(bytes, 0);
    bytes[37] = 81;
    for (unsigned pairs = 0; pairs < 2; pairs++) {
        state->pairs = pairs;
        give(bench, 0, 0, 4000);
        EXPECT(virtio_net_receive(&bench->driver.virtio, &packet));
        EXPECT_EQ(used(bench, 0), HEADER + LARGE);
    }
    memset(state->flows, 2, sizeof(state->flows));
    state->pairs = 2;
    give(bench, 0, 0, 4000);
    EXPECT(virtio_net_receive(&bench->driver.virtio, &packet));
    EXPECT_EQ(used(bench, 0), HEADER + LARGE);
}
