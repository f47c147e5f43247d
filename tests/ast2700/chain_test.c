/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Board ast2700 from fuses to its applications, by the firmware that the
 * program carries: who is released in which order and after which
 * authorisation, at a cold boot and when reset lines are asserted.
 */
#include <string.h>

#include "abi/aspeed_image.h"
#include "base/bits.h"
#include "tests/ast2700/board.h"
#include "tests/caliptra/part.h"
#include "tests/facts.h"
#include "tests/harness.h"

static const char *const order[] = {"cpu0", "cpu1",    "cpu2",
                                    "cpu3", "ssp_cpu", "tsp_cpu"};

static struct ast2700_board board;
static uint64_t early; /* instructions before the register was written */

static void ca35_line(void *context, uint32_t level)
{
    if (level == 0) {
        early = ast2700_board_instructions(&board);
    }
}

static bool start(void)
{
    early = UINT64_MAX;
    if (!ast2700_board_read(&board) || !ast2700_board_start(&board)) {
        return false;
    }
    cairn_line_watch(board.machine, "scu0.ca35", ca35_line, NULL);
    return true;
}

static bool is_release(const struct event *event, const char *processor)
{
    return event->fact == FACT_PROCESSOR_RUNS &&
           strcmp(event->name, processor) == 0;
}

/* The index behind the next release of all, which come in their order, after
 * the five images from `first` on were authorised and none before that. */
static size_t expect_releases(size_t first)
{
    static const uint32_t images[] = {
        ASPEED_FIRMWARE_MCU, ASPEED_FIRMWARE_BL31, ASPEED_FIRMWARE_UBOOT,
        ASPEED_FIRMWARE_SSP, ASPEED_FIRMWARE_TSP,
    };
    size_t authorised = 0;
    size_t released = 0;
    size_t count = cairn_event_count(board.machine);
    size_t i = first;
    for (; i < count && released < ARRAY_SIZE(order); i++) {
        const struct event *event = fact_at(board.machine, i);
        if (event->fact == FACT_IMAGE_AUTHORISED &&
            EXPECT(authorised < ARRAY_SIZE(images))) {
            EXPECT_EQ(event->number, images[authorised]);
            authorised++;
        }
        EXPECT(event_kind(event) != EVENT_AUTHORISE ||
               event->fact == FACT_IMAGE_AUTHORISED);
        for (size_t j = 0; j < ARRAY_SIZE(order); j++) {
            if (is_release(event, order[j])) {
                EXPECT_EQ(authorised, ARRAY_SIZE(images));
                EXPECT_EQ(released, j);
                released++;
            }
        }
    }
    EXPECT_EQ(released, ARRAY_SIZE(order));
    return i;
}

TEST(all_are_released_in_the_documented_order_after_all_is_authorised)
{
    REQUIRE(start());
    EXPECT_EQ(ast2700_board_run(&board), CAIRN_STOP_IDLE);
    size_t end = expect_releases(0);
    EXPECT_EQ(early, 0);
    EXPECT_EQ(ast2700_board_releases(&board), ARRAY_SIZE(order));
    EXPECT(end <= cairn_event_count(board.machine));
    EXPECT(ast2700_board_is_intact(&board));
    EXPECT(ast2700_board_says(&board, "BL31 (stand-in): core 3\r\n"));
    EXPECT(ast2700_board_says(&board, "SSP: hello\r\n"));
    EXPECT(ast2700_board_says(&board, "TSP: hello\r\n"));
    EXPECT(ast2700_board_says(&board, "U-Boot (stand-in): hello at EL2\r\n"));
    ast2700_board_finish(&board);
}

TEST(released_roms_boot_the_same_flash)
{
    static const char *const names[] = {
        "caliptra-rom-1.0.3-e8e23d9.bin",
        "caliptra-rom-1.1.1-d6713db.bin",
    };
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        OWNED(buffer_fini) struct buffer rom = {0};
        test_case("%s", names[i]);
        if (!part_rom_read(names[i], true, &rom)) {
            return;
        }
        REQUIRE(ast2700_board_read(&board));
        buffer_clear(&board.images[AST2700_FILE_ROM]);
        buffer_append(&board.images[AST2700_FILE_ROM], rom.bytes, rom.size);
        REQUIRE(ast2700_board_start(&board));
        EXPECT_EQ(ast2700_board_run(&board), CAIRN_STOP_IDLE);
        expect_releases(0);
        ast2700_board_finish(&board);
    }
}

/* A reset of the SoC is one from power-on for the root of trust. */
TEST(a_reset_of_the_soc_goes_round_the_whole_chain_again)
{
    REQUIRE(start());
    EXPECT_EQ(ast2700_board_run(&board), CAIRN_STOP_IDLE);
    size_t end = cairn_event_count(board.machine);
    EXPECT_EQ(cairn_reset_line(board.machine, "scu1.soc", true), 0);
    EXPECT_EQ(ast2700_board_run(&board), CAIRN_STOP_IDLE);
    expect_releases(end);
    ast2700_board_finish(&board);
}

/* The boot MCU is reset; its ROM has a watchdog reset the SoC. */
static void expect_a_reset_of_the_soc(void)
{
    size_t end = cairn_event_count(board.machine);
    EXPECT_EQ(cairn_reset_line(board.machine, "scu1.reset_mcu0", true), 0);
    EXPECT_EQ(cairn_reset_line(board.machine, "scu1.reset_mcu0", false), 0);
    EXPECT_EQ(ast2700_board_run(&board), CAIRN_STOP_IDLE);
    fact_find(board.machine, end, FACT_SYSTEM_WATCHDOG_RESET, 0);
    expect_releases(end);
}

TEST(a_reset_of_the_boot_mcu_alone_ends_in_one_of_the_soc)
{
    REQUIRE(start());
    EXPECT_EQ(ast2700_board_run(&board), CAIRN_STOP_IDLE);
    expect_a_reset_of_the_soc();
    ast2700_board_finish(&board);
}

/* The SSP could write to images of the others while they are authorised. */
TEST(a_reset_of_the_boot_mcu_while_a_coprocessor_runs_ends_in_one_of_the_soc)
{
    REQUIRE(start());
    EXPECT_EQ(ast2700_board_run(&board), CAIRN_STOP_IDLE);
    EXPECT_EQ(cairn_reset_line(board.machine, "scu0.ca35", true), 0);
    EXPECT_EQ(cairn_reset_line(board.machine, "scu0.tsp", true), 0);
    expect_a_reset_of_the_soc();
    ast2700_board_finish(&board);
}

/* DRAM of 256 MiB shows U-Boot where BL31 was copied to. */
TEST(an_image_that_another_one_overwrote_is_refused)
{
    REQUIRE(ast2700_board_read(&board));
    board.memory_bytes = 256 << 20;
    REQUIRE(ast2700_board_start(&board));
    EXPECT_EQ(ast2700_board_run(&board), CAIRN_STOP_IDLE);
    EXPECT_EQ(ast2700_board_releases(&board), 0);
    EXPECT(ast2700_board_says(&board, "BL31: refused\r\n"));
    EXPECT(ast2700_board_says(
        &board, "stopped: image: the digest is not the manifest's\r\n"));
    ast2700_board_finish(&board);
}

/* One that is reset alone is held as its registers say, and nothing else
 * moves. */
TEST(a_reset_of_one_coprocessor_leaves_the_others)
{
    REQUIRE(start());
    EXPECT_EQ(ast2700_board_run(&board), CAIRN_STOP_IDLE);
    unsigned before = ast2700_board_releases(&board);
    EXPECT_EQ(cairn_reset_line(board.machine, "scu0.reset_ssp", true), 0);
    EXPECT_EQ(cairn_reset_line(board.machine, "scu0.reset_ssp", false), 0);
    EXPECT_EQ(ast2700_board_run(&board), CAIRN_STOP_IDLE);
    EXPECT_EQ(ast2700_board_releases(&board), before + 1);
    ast2700_board_finish(&board);
}

TEST(an_owner_that_the_fuses_do_not_name_boots_nothing)
{
    REQUIRE(ast2700_board_read(&board));
    board.images[AST2700_FILE_FUSES].bytes[0x84] ^= 1; /* owner key hash */
    REQUIRE(ast2700_board_start(&board));
    EXPECT_EQ(ast2700_board_run(&board), CAIRN_STOP_IDLE);
    EXPECT_EQ(ast2700_board_releases(&board), 0);
    EXPECT(ast2700_board_says(&board, "stopped: Caliptra bundle: refused\r\n"));
    ast2700_board_finish(&board);
}

/* The floor has as many ones as its number; the carried flash has version 1. */
TEST(a_security_version_below_the_floor_boots_nothing)
{
    for (unsigned floor = 1; floor <= 2; floor++) {
        REQUIRE(ast2700_board_read(&board));
        board.images[AST2700_FILE_FUSES].bytes[0x200] = floor == 1 ? 0x1 : 0x3;
        REQUIRE(ast2700_board_start(&board));
        EXPECT_EQ(ast2700_board_run(&board), CAIRN_STOP_IDLE);
        EXPECT_EQ(ast2700_board_releases(&board), floor == 1 ? 6 : 0);
        EXPECT_EQ(ast2700_board_says(&board,
                                     "its security version is below the floor"),
                  floor == 2);
        ast2700_board_finish(&board);
    }
}
