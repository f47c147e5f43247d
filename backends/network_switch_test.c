/* SPDX-License-Identifier: Apache-2.0 */
/* The switch: where it learns that addresses are, and what it forgets. */
#include <stdlib.h>

#include "base/bits.h"
#include "tests/network_end.h"

static void send_between(struct end *end, const uint8_t from[6],
                         const uint8_t to[6])
{
    uint8_t frame[FRAME] = {[12] = 0x88, [13] = 0xb5, [14] = 0x77};
    memcpy(frame, to, 6);
    memcpy(frame + 6, from, 6);
    const struct packet packet = {.bytes = frame, .size = sizeof(frame)};
    network_send(end->network, &packet);
    settle(end->network->loop);
}

static void send_to(struct end *end, uint8_t from, uint8_t to, uint8_t last)
{
    const uint8_t source[6] = {from, from, from, from, from, from};
    const uint8_t target[6] = {to, to, to, to, to, last};
    send_between(end, source, target);
}

TEST(a_switch_learns_where_addresses_are)
{
    struct error error = {""};
    struct loop *loop = loop_create(&error);
    char folder[] = "/tmp/cairn-network-XXXXXX";
    REQUIRE(loop && mkdtemp(folder));
    OWNED(free_at) char *what = xasprintf("switch,path=%s/switch", folder);
    struct end ends[4];
    for (unsigned i = 0; i < ARRAY_SIZE(ends); i++) {
        REQUIRE(plug(&ends[i], loop, what, &error) == 0);
        settle(loop);
    }
    /* Nobody knows 0x24 yet. */
    send_from(&ends[1], 0x22, 0x24);
    settle(loop);
    static const unsigned first[] = {1, 0, 1, 1};
    static const unsigned second[] = {1, 1, 1, 1};
    static const unsigned third[] = {2, 1, 1, 1};
    for (unsigned i = 0; i < 4; i++) {
        EXPECT_EQ(ends[i].frames, first[i]);
    }
    send_from(&ends[3], 0x24, 0x22);
    settle(loop);
    for (unsigned i = 0; i < 4; i++) {
        EXPECT_EQ(ends[i].frames, second[i]);
    }
    /* The one that is the switch takes part too; groups go to all. */
    send_from(&ends[0], 0x20, 0x22);
    settle(loop);
    EXPECT_EQ(ends[1].frames, 2);
    send_from(&ends[1], 0x22, 0x20);
    settle(loop);
    EXPECT_EQ(ends[0].frames, third[0]);
    EXPECT_EQ(ends[2].frames, third[2]);
    send_from(&ends[2], 0x22, 0xff);
    settle(loop);
    EXPECT_EQ(ends[0].frames, 3);
    EXPECT_EQ(ends[3].frames, 2);
    /* Without it there is no link. */
    unplug(&ends[0]);
    settle(loop);
    EXPECT_EQ(ends[3].links, 1);
    EXPECT(!ends[3].up);
    for (unsigned i = 1; i < ARRAY_SIZE(ends); i++) {
        expect_trouble(&ends[i],
                       "the switch has gone, with its first machine: "
                       "the link is down\n");
        unplug(&ends[i]);
    }
    loop_destroy(loop);
    rmdir(folder);
}

TEST(a_switch_that_is_full_says_so)
{
    enum { PEERS = 32 };
    struct error error = {""};
    struct loop *loop = loop_create(&error);
    char folder[] = "/tmp/cairn-network-XXXXXX";
    REQUIRE(loop && mkdtemp(folder));
    OWNED(free_at) char *what = xasprintf("switch,path=%s/switch", folder);
    static struct end ends[PEERS + 2];
    for (unsigned i = 0; i < ARRAY_SIZE(ends); i++) {
        REQUIRE(plug(&ends[i], loop, what, &error) == 0);
        settle(loop);
    }
    EXPECT(ends[PEERS].network->up);
    EXPECT(!ends[PEERS + 1].network->up);
    expect_trouble(&ends[0], "a switch has no more than 32 peers\n");
    for (unsigned i = ARRAY_SIZE(ends); i-- > 0;) {
        buffer_clear(&ends[i].troubles);
        unplug(&ends[i]);
    }
    loop_destroy(loop);
    rmdir(folder);
}

TEST(a_switch_forgets_who_has_gone_and_keeps_frames_from_their_sender)
{
    char folder[] = "/tmp/cairn-network-XXXXXX";
    struct error error = {""};
    struct loop *loop = loop_create(&error);
    struct end ends[3];
    REQUIRE(mkdtemp(folder));
    OWNED(free_at) char *what = xasprintf("switch,path=%s/s", folder);
    for (unsigned i = 0; i < 3; i++) {
        REQUIRE(plug(&ends[i], loop, what, &error) == 0);
        loop_turn(loop, host_time_ns() + 1000000);
        send_to(&ends[i], (uint8_t)(2 * i + 2), 0xff, 0xff);
    }
    ends[0].frames = ends[1].frames = ends[2].frames = 0;
    /* To itself: to nobody. */
    send_to(&ends[1], 4, 4, 4);
    send_to(&ends[0], 2, 2, 2);
    EXPECT_EQ(ends[0].frames + ends[1].frames + ends[2].frames, 0);
    /* An address that differs in its last byte is another, by its place or not;
     * one that is a group's is learnt of nobody. */
    send_to(&ends[1], 4, 6, 7);
    EXPECT_EQ(ends[0].frames, 1);
    EXPECT_EQ(ends[2].frames, 1);
    send_to(&ends[1], 5, 6, 6);
    send_to(&ends[2], 6, 5, 5);
    EXPECT_EQ(ends[0].frames, 2);
    EXPECT_EQ(ends[1].frames, 1);
    EXPECT_EQ(ends[2].frames, 2);
    /* It moves to another machine. */
    send_to(&ends[0], 6, 0xff, 0xff);
    send_to(&ends[1], 4, 6, 6);
    EXPECT_EQ(ends[0].frames, 3);
    EXPECT_EQ(ends[2].frames, 3);
    send_to(&ends[2], 6, 0xff, 0xff);
    /* One that has gone is nowhere: frames for it go to all. */
    unplug(&ends[2]);
    for (unsigned i = 0; i < 10; i++) {
        loop_turn(loop, host_time_ns() + 1000000);
    }
    ends[0].frames = 0;
    send_to(&ends[1], 4, 6, 6);
    EXPECT_EQ(ends[0].frames, 1);
    send_to(&ends[0], 2, 4, 4);
    EXPECT_EQ(ends[1].frames, 4);
    /* The next has its place. */
    REQUIRE(plug(&ends[2], loop, what, &error) == 0);
    loop_turn(loop, host_time_ns() + 1000000);
    send_to(&ends[2], 8, 4, 4);
    EXPECT_EQ(ends[1].frames, 5);
    EXPECT_EQ(ends[0].frames, 1);
    for (unsigned i = 3; i-- > 0;) {
        unplug(&ends[i]);
    }
    loop_destroy(loop);
    EXPECT_EQ(rmdir(folder), 0);
}

/* Addresses as bridges and programs give them, and those whose places are the
 * first and the last. */
TEST(a_switch_tells_addresses_apart_and_forgets_each)
{
    static const uint8_t addresses[][6] = {
        {2, 0, 0,    0, 0, 1   },
        {2, 0, 0x20, 0, 0, 1   },
        {2, 0, 0,    0, 1, 1   },
        {2, 0, 0,    0, 0, 0xc1},
        {2, 0, 0,    0, 0, 0xc2},
        {4, 0, 0,    0, 0, 1   },
    };
    static const uint8_t host[6] = {2, 2, 2, 2, 2, 2};
    static const uint8_t nobody[6] = {0};
    static const uint8_t rival[6] = {2, 0, 0, 0, 8, 9}; /* of the first */
    struct error error = {""};
    struct loop *loop = loop_create(&error);
    char folder[] = "/tmp/cairn-network-XXXXXX";
    struct end ends[3];
    REQUIRE(loop && mkdtemp(folder));
    OWNED(free_at) char *what = xasprintf("switch,path=%s/switch", folder);
    for (unsigned i = 0; i < ARRAY_SIZE(ends); i++) {
        REQUIRE(plug(&ends[i], loop, what, &error) == 0);
        settle(loop);
    }
    /* Nobody has it, so that all get it. */
    send_between(&ends[0], host, nobody);
    EXPECT_EQ(ends[1].frames, 1);
    EXPECT_EQ(ends[2].frames, 1);
    for (unsigned i = 0; i < ARRAY_SIZE(addresses); i++) {
        send_between(&ends[1 + i % 2], addresses[i], host);
    }
    ends[1].frames = ends[2].frames = 0;
    for (unsigned i = 0; i < ARRAY_SIZE(addresses); i++) {
        test_case("address %u", i);
        send_between(&ends[0], host, addresses[i]);
        EXPECT_EQ(ends[1].frames, i / 2 + 1);
        EXPECT_EQ(ends[2].frames, (i + 1) / 2);
    }
    /* One of the place of another takes it. */
    send_between(&ends[2], rival, host);
    send_between(&ends[0], host, addresses[0]);
    EXPECT_EQ(ends[1].frames, 4);
    EXPECT_EQ(ends[2].frames, 4);
    ends[2].frames = 3;
    unplug(&ends[1]);
    settle(loop);
    for (unsigned i = 0; i < ARRAY_SIZE(addresses); i += 2) {
        send_between(&ends[0], host, addresses[i]);
        EXPECT_EQ(ends[2].frames, 4 + i / 2);
    }
    unplug(&ends[2]);
    unplug(&ends[0]);
    loop_destroy(loop);
    EXPECT_EQ(rmdir(folder), 0);
}
