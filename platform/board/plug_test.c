/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/bits.h"
#include "include/cairn/cairn.h"
#include "tests/harness.h"

OWNER(struct cairn_board, cairn_board_close)

static struct cairn_board *open_virt(void)
{
    const struct cairn_options options = {.size = sizeof(struct cairn_options),
                                          .board = "virt"};
    struct cairn_board *board = NULL;
    struct cairn_error error = {""};

    cairn_board_open(&options, &board, &error);
    EXPECT_STR(error.text, "");
    return board;
}

TEST(devices_are_named_by_kind_and_number)
{
    static const struct {
        const char *kind;
        const char *bus;
        const char *name;
    } rows[] = {
        {"blk", NULL,   "blk0"},
        {"rng", "mmio", "rng0"},
        {"blk", "pci",  "blk1"},
        {"blk", "mmio", "blk2"},
    };
    OWNED(cairn_board_close_at) struct cairn_board *board = open_virt();

    REQUIRE(board);
    EXPECT_EQ(cairn_board_disks(board), 0);
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        const struct cairn_plug plug = {.size = sizeof(struct cairn_plug),
                                        .kind = rows[i].kind,
                                        .bus = rows[i].bus};
        char name[CAIRN_PART_NAME_SIZE] = "";

        test_case("%s", rows[i].name);
        EXPECT_EQ(cairn_board_plug(board, &plug, name, NULL), 0);
        EXPECT_STR(name, rows[i].name);
    }
    EXPECT_EQ(cairn_board_disks(board), 3);
}

/* Roles are words of the blob, which plugging replaces. */
TEST(roles_are_found_after_plugging)
{
    OWNED(cairn_board_close_at) struct cairn_board *board = open_virt();
    char name[CAIRN_PART_NAME_SIZE] = "";

    REQUIRE(board);
    EXPECT_EQ(
        cairn_board_plug(board,
                         &(struct cairn_plug){.size = sizeof(struct cairn_plug),
                                              .kind = "blk"},
                         name, NULL),
        0);
    EXPECT_EQ(cairn_board_role(board, "power-key", name), 0);
    EXPECT_STR(name, "gpio");
}

TEST(what_cannot_be_plugged_is_refused_with_the_reason)
{
    static const struct {
        const char *kind;
        const char *bus;
        int code;
        const char *text;
    } rows[] = {
        {"toaster", NULL,  -EINVAL, "no virtio device 'toaster' for mmio"   },
        {"blk",     "isa", -EINVAL, "no bus 'isa': mmio, mmio-legacy or pci"},
    };
    OWNED(cairn_board_close_at) struct cairn_board *board = open_virt();

    REQUIRE(board);
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        const struct cairn_plug plug = {.size = sizeof(struct cairn_plug),
                                        .kind = rows[i].kind,
                                        .bus = rows[i].bus};
        char name[CAIRN_PART_NAME_SIZE];
        struct cairn_error error = {""};

        test_case("%s on %s", rows[i].kind, rows[i].bus ? rows[i].bus : "mmio");
        EXPECT_EQ(cairn_board_plug(board, &plug, name, &error), rows[i].code);
        EXPECT_STR(error.text, rows[i].text);
    }
}

TEST(a_full_bus_says_so)
{
    static const struct {
        const char *bus;
        unsigned slots;
    } rows[] = {
        {"mmio", 32},
        {"pci",  31}, /* number 0 is the host's */
    };
    OWNED(cairn_board_close_at) struct cairn_board *board = open_virt();

    REQUIRE(board);
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        const struct cairn_plug plug = {.size = sizeof(struct cairn_plug),
                                        .kind = "blk",
                                        .bus = rows[i].bus};
        char name[CAIRN_PART_NAME_SIZE];
        struct cairn_error error = {""};
        unsigned count = 0;

        test_case("%s", rows[i].bus);
        while (count < 40 &&
               cairn_board_plug(board, &plug, name, &error) == 0) {
            count++;
        }
        EXPECT_EQ(count, rows[i].slots);
        EXPECT(
            strstr(error.text, "board 'virt' has no free slot for 'blk' on"));
    }
}

TEST(targets_go_to_the_i2c_bus_that_is_named)
{
    static const uint8_t address[] = {0, 0, 0, 0x49};
    const struct cairn_property reg = {"reg", address, sizeof(address)};
    const struct cairn_options options = {.size = sizeof(struct cairn_options),
                                          .board = "ast2700"};
    struct cairn_plug plug = {.size = sizeof(struct cairn_plug),
                              .kind = "lm75",
                              .bus = "i2c3",
                              .properties = &reg,
                              .property_count = 1};
    OWNED(cairn_board_close_at) struct cairn_board *board = NULL;
    struct cairn_error error = {""};
    char name[CAIRN_PART_NAME_SIZE] = "";

    REQUIRE(cairn_board_open(&options, &board, &error) == 0);
    EXPECT_EQ(cairn_board_plug(board, &plug, name, &error), 0);
    EXPECT_STR(name, "lm75_0");
    plug.bus = "i2c16";
    EXPECT_EQ(cairn_board_plug(board, &plug, name, &error), -ENOSPC);
    EXPECT_STR(error.text,
               "board 'ast2700' has no free slot for 'lm75' on i2c16");
    plug.bus = "uart12"; /* no I2C bus */
    EXPECT_EQ(cairn_board_plug(board, &plug, name, &error), -ENOSPC);
}
