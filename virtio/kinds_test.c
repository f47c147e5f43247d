/* SPDX-License-Identifier: Apache-2.0 */
/* Identity, features and configuration that each kind of device shows, as
 * virtio 1.2 numbers them. */
#include <string.h>

#include "base/bits.h"
#include "tests/harness.h"
#include "virtio/input.h"
#include "virtio/test_kinds.h"

#define CORE     UINT64_C(0x14530000000)
#define IN_ORDER VIRTIO_FEATURE(VIRTIO_F_IN_ORDER)

static const struct virtio_blk_config blk = {
    .capacity = 128,
    .seg_max = 126, /* of a chain of 128, less header and status */
    .blk_size = 512,
    .physical_block_exp = 3,
    .writeback = 1,
    .num_queues = 2,
    .max_discard_sectors = 0x400000,
    .max_discard_seg = 1,
    .discard_sector_alignment = 8,
    .max_write_zeroes_sectors = 0x400000,
    .max_write_zeroes_seg = 1,
    .write_zeroes_may_unmap = 1,
};
static const struct virtio_console_config console = {80, 25, 1, 0};
static const struct virtio_net_config net = {
    {2, 0, 0, 0, 0, 1},
    VIRTIO_NET_S_LINK_UP, 1, 0
};
static const struct virtio_9p_config ninep = {5, "share"};
static const struct virtio_fs_config fs = {"share", 1, 0};
static const struct virtio_balloon_config balloon = {100, 0, 0, 0};
static const struct virtio_vsock_config vsock = {TEST_CID};
static const struct virtio_gpio_config gpio = {VIRTIO_GPIO_LINES, {0}, 0};

#define CONFIG(of) &(of), sizeof(of)
#define NO_CONFIG  NULL, 0

/* In the order of test_kinds.def, without the echo device. */
static const struct {
    const struct virtio_type *type;
    uint32_t id;
    unsigned queues;
    uint64_t features; /* and CORE */
    const void *config;
    size_t config_size;
} rows[] = {
    {&virtio_blk,     2,  4,  0xfe44,       CONFIG(blk)    },
    {&virtio_rng,     4,  1,  0,            NO_CONFIG      },
    {&virtio_console, 3,  18, IN_ORDER | 7, CONFIG(console)},
    {&virtio_net,     1,  9,  0xbfbba3,     CONFIG(net)    },
    {&virtio_9p,      9,  1,  1,            CONFIG(ninep)  },
    {&virtio_fs,      26, 2,  0,            CONFIG(fs)     },
    {&virtio_balloon, 5,  5,  0x36,         CONFIG(balloon)},
    {&virtio_vsock,   19, 3,  IN_ORDER | 7, CONFIG(vsock)  },
    {&virtio_gpio,    41, 2,  1,            CONFIG(gpio)   },
    {&virtio_i2c,     34, 1,  IN_ORDER | 1, NO_CONFIG      },
    {&virtio_rtc,     17, 2,  IN_ORDER | 1, NO_CONFIG      },
};

TEST(each_kind_has_its_identity_features_and_configuration)
{
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        const struct test_kind *kind = &test_kinds[i + 1];
        union test_outside outside;
        OWNED(test_driver_fini) struct test_driver driver;
        uint8_t config[128];
        uint8_t behind[sizeof(config)] = {0};

        test_case("%s", rows[i].type->name);
        EXPECT(kind->type == rows[i].type);
        EXPECT_EQ(kind->type->id, rows[i].id);
        EXPECT_EQ(kind->type->queues, rows[i].queues);
        EXPECT_EQ(kind->type->config_size, rows[i].config_size);
        test_kind_init(&driver, kind, &outside);
        EXPECT_EQ(virtio_features(&driver.virtio), CORE | rows[i].features);
        test_driver_start(&driver, UINT64_MAX, 1, 8);
        memset(config, 0xee, sizeof(config));
        virtio_read_config(&driver.virtio, 0, config, sizeof(config));
        EXPECT_BYTES(config, rows[i].config, rows[i].config_size);
        EXPECT_BYTES(config + rows[i].config_size, behind,
                     sizeof(config) - rows[i].config_size);
    }
    EXPECT_EQ(virtio_input.id, 18);
    EXPECT_EQ(virtio_input.config_size, 136);
    EXPECT(virtio_input.in_order && virtio_input.features == NULL);
}

/* ---- What is outside ----------------------------------------------------- */

static void make_read_only(struct virtio *virtio, union test_outside *outside)
{
    outside->medium.medium.read_only = true;
    virtio->queues = 1;
}

static void take_discards_away(struct virtio *virtio,
                               union test_outside *outside)
{
    outside->medium.medium.discards = false;
}

static void take_ports_away(struct virtio *virtio, union test_outside *outside)
{
    virtio->queues = 2;
}

static void add_pair_and_mtu(struct virtio *virtio, union test_outside *outside)
{
    outside->link.link.pairs = 2;
    outside->link.link.mtu = 1500;
}

TEST(features_follow_what_is_outside)
{
    static const struct {
        const char *name;
        unsigned kind;
        void (*change)(struct virtio *virtio, union test_outside *outside);
        uint64_t features;
    } changes[] = {
        {"one queue that cannot be written", 1, make_read_only,     0x8e64      },
        {"no discards",                      1, take_discards_away, 0x9e44      },
        {"one port",                         3, take_ports_away,    IN_ORDER | 5},
        {"two pairs, and an MTU",            4, add_pair_and_mtu,   0xffbbab    },
    };

    for (size_t i = 0; i < ARRAY_SIZE(changes); i++) {
        union test_outside outside;
        OWNED(test_driver_fini) struct test_driver driver;

        test_case("%s", changes[i].name);
        test_kind_init(&driver, &test_kinds[changes[i].kind], &outside);
        changes[i].change(&driver.virtio, &outside);
        EXPECT_EQ(virtio_features(&driver.virtio), CORE | changes[i].features);
    }
}

/* 5.1.3.1, 5.1.3.2: each row of the requirements is one of the standard's. */
TEST(features_of_the_network_device_need_others)
{
    static const struct {
        unsigned feature, needs;
    } needs[] = {
        {7,  1 },
        {8,  1 },
        {11, 0 },
        {12, 0 },
        {18, 17},
        {19, 17},
        {21, 17},
        {22, 17},
        {23, 17},
    };
    union test_outside outside;
    struct test_driver driver;

    for (size_t i = 0; i < ARRAY_SIZE(needs); i++) {
        for (unsigned alone = 0; alone < 2; alone++) {
            test_case("%u", needs[i].feature);
            test_kind_init(&driver, &test_kinds[4], &outside);
            outside.link.link.pairs = 2;
            virtio_accept(&driver.virtio,
                          VIRTIO_FEATURE(VIRTIO_F_VERSION_1) |
                              VIRTIO_FEATURE(needs[i].feature) |
                              (alone ? 0 : VIRTIO_FEATURE(needs[i].needs)));
            virtio_set_status(&driver.virtio, VIRTIO_ACKNOWLEDGE |
                                                  VIRTIO_DRIVER |
                                                  VIRTIO_FEATURES_OK);
            EXPECT_EQ(driver.faults[VIRTIO_FAULT_FEATURES_ALONE], alone);
            test_driver_fini(&driver);
        }
    }
}
