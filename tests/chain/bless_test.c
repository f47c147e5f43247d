/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Board trust on trial, from the guest's side: the first application blesses
 * what runs, or wants the previous bank back, by calls to the monitor; and
 * power that is cut while the boot MCU writes it down. CAIRN_CUTS says how many
 * cuts are tried (`make check-chain` tries all), CAIRN_SEED varies the bytes.
 */
#include <stdio.h>
#include <string.h>

#include "abi/boot_mcu.h"
#include "base/bits.h"
#include "tests/capsule_signer.h"
#include "tests/chain/trust_board.h"
#include "tests/chain/trust_guest.h"
#include "tests/harness.h"
#include "trust/capsule/capsule.h"

/* BYTES: of the update metadata, which is all that is written. */
enum { DEFAULT_CUTS = 24, BYTES = 96 };
enum { VERSION = 5, FLOOR_BEFORE = 1, FLOOR_AFTER = 4 };

/* ---- A board with it ----------------------------------------------------- */

/* A capsule with the guest waits in the flash. */
static bool start(struct trust_board *board, const char *guest)
{
    struct buffer set = {0};
    struct buffer capsule = {0};
    if (!trust_board_read(board)) {
        return false;
    }
    uint8_t *fuses = board->images[TRUST_FUSES].bytes;
    memcpy(fuses + BOOT_MCU_FUSES_SIGNER, test_signer(0)->certificate, 32);
    store_le32(fuses + BOOT_MCU_FUSES_FLOOR, (1u << FLOOR_BEFORE) - 1);
    if (!trust_board_start(board)) {
        return false;
    }
    trust_guest_set(board, guest, VERSION, &set);
    const struct capsule_pack pack = {
        .image_type = board->flash.metadata.images[0].image_type,
        .image_index = 1,
        .flags = UEFI_CAPSULE_PERSIST | UEFI_CAPSULE_OS_ACCEPTS,
        .versioned = true,
        .version = VERSION,
        .lowest_supported_version = FLOOR_AFTER,
        .image = set.bytes,
        .image_size = set.size,
        .signer = test_signer(0)->signer,
    };
    EXPECT_EQ(capsule_write(&pack, &capsule, NULL), 0);
    trust_board_write(board, FLASH_CAPSULE, capsule.bytes, capsule.size);
    buffer_fini(&set);
    buffer_fini(&capsule);
    return true;
}

#define BLESS  "build/out/guest/virt/bless.elf"
#define REGRET "build/out/guest/virt/regret.elf"

FIXTURE(struct trust_board, board, trust_board_finish)
FIXTURE_BEGIN(board, REQUIRE(start(board, BLESS)))

TEST_ON(a_guest_blesses_what_it_runs_on, board)
{
    EXPECT_EQ(trust_board_boot(board), CAIRN_STOP_OFF);
    EXPECT_SAYS(board, "update: boot 1 of 3 on trial");
    EXPECT_SAYS(board, "bless: on trial, 2 boots left: blessed");
    EXPECT_SAYS(board, "update: bank 1 is accepted");
    EXPECT_EQ(trust_board_floor(board), FLOOR_AFTER);
    EXPECT_EQ(trust_board_boot(board), CAIRN_STOP_OFF);
    EXPECT_SAYS(board, "boot MCU: bank 1");
    EXPECT(!trust_board_says(board, "update:"));
    EXPECT_SAYS(board, "bless: nothing is on trial");
    EXPECT_EQ(trust_board_floor(board), FLOOR_AFTER);
}

TEST_BEGINS(a_guest_has_the_previous_bank_back, board)
{
    REQUIRE(start(board, REGRET));
    EXPECT_EQ(trust_board_boot(board), CAIRN_STOP_OFF);
    EXPECT_SAYS(board, "boot MCU: bank 1");
    EXPECT_SAYS(board, "a function that is not there: as it should be");
    EXPECT_SAYS(board, "blessing what is not here: as it should be");
    EXPECT_SAYS(board, "the previous bank: as it should be");
    EXPECT_SAYS(board, "update: bank 0 is active again");
    EXPECT_EQ(trust_board_boot(board), CAIRN_STOP_OFF);
    EXPECT_SAYS(board, "boot MCU: bank 0");
    EXPECT(!trust_board_says(board, "update:"));
    EXPECT_EQ(trust_board_floor(board), FLOOR_BEFORE);
}

/* Also in a flash that holds an image: what the image does not cover. */
TEST_BEGINS(flash_that_nobody_programmed_reads_as_ones, board)
{
    uint8_t *other = NULL;
    size_t size = 0;
    REQUIRE(trust_board_read(board) && trust_board_start(board));
    const uint8_t *flash = trust_board_flash(board);
    EXPECT_EQ(flash[FLASH_BOOT_RECORD], 0xff);
    EXPECT_EQ(flash[FLASH_BANK_1], 0xff);
    EXPECT_EQ(flash[FLASH_SIZE - 1], 0xff);
    EXPECT_EQ(cairn_memory(board->machine, "flash1", &other, &size), 0);
    EXPECT_EQ(other[0], 0xff);
    EXPECT_EQ(other[size - 1], 0xff);
}

/* Power may go between the flash and the fuses, where no flash operation is. */
TEST_ON(an_acceptance_without_its_floor_is_finished_by_the_next_boot, board)
{
    uint8_t *fuses = NULL;
    size_t size = 0;
    EXPECT_EQ(trust_board_boot(board), CAIRN_STOP_OFF);
    EXPECT_EQ(trust_board_floor(board), FLOOR_AFTER);
    EXPECT_EQ(cairn_memory(board->machine, "soc_fuses", &fuses, &size), 0);
    EXPECT_EQ(cairn_memory_written(board->machine, "soc_fuses",
                                   BOOT_MCU_FUSES_FLOOR, 4),
              0);
    store_le32(fuses + BOOT_MCU_FUSES_FLOOR, (1u << (FLOOR_BEFORE + 1)) - 1);
    EXPECT_EQ(trust_board_boot(board), CAIRN_STOP_OFF);
    EXPECT_EQ(trust_board_floor(board), FLOOR_AFTER);
}

/* ---- Power --------------------------------------------------------------- */

/* The guest blesses what is on trial, and power goes in that operation. After
 * it the bank is on trial as before, or accepted; the guest blesses it again if
 * it has to. */
static void cut_once(struct trust_board *board,
                     const struct cairn_snapshot *snapshot, uint32_t operation,
                     uint32_t byte, uint32_t seed)
{
    uint32_t lost = 0;
    test_case("operation %u, byte %u, seed %u", operation, byte, seed);
    trust_board_cut(board, 0, 0, 0);
    EXPECT_EQ(cairn_restore(board->machine, snapshot, NULL), 0);
    trust_board_cut(board, operation, byte, seed);
    buffer_clear(&board->console);
    (void)trust_board_run(board);
    EXPECT_EQ(cairn_line_get(board->machine, "mcu_nor.power_lost", &lost), 0);
    EXPECT_EQ(lost, 1);
    EXPECT(!trust_board_says(board, "blessed"));
    EXPECT_EQ(trust_board_floor(board), FLOOR_BEFORE);
    trust_board_cut(board, 0, 0, 0);
    EXPECT_EQ(trust_board_boot(board), CAIRN_STOP_OFF);
    EXPECT_SAYS(board, "boot MCU: bank 1");
    EXPECT(trust_board_says(board, "bless: on trial, 1 boots left: blessed") ||
           trust_board_says(board, "bless: nothing is on trial"));
    EXPECT_EQ(trust_board_floor(board), FLOOR_AFTER);
    EXPECT_EQ(trust_board_boot(board), CAIRN_STOP_OFF);
    EXPECT_SAYS(board, "boot MCU: bank 1");
    EXPECT(!trust_board_says(board, "update:"));
}

TEST_ON(power_may_go_in_any_operation_of_a_blessing, board)
{
    struct cairn_snapshot *snapshot = NULL;
    uint64_t cuts = test_number("CAIRN_CUTS", DEFAULT_CUTS);
    uint64_t seed = test_number("CAIRN_SEED", 1);
    const struct cairn_until released = {.size = sizeof(struct cairn_until),
                                         .line = "mcu_reset.verdict",
                                         .level = SOC_RESET_VERDICT_RELEASED};
    cairn_power(board->machine);
    EXPECT_EQ(cairn_run(board->machine, &released), CAIRN_STOP_LINE);
    uint32_t before = trust_board_operations(board);
    REQUIRE(cairn_snapshot(board->machine, &snapshot, NULL) == 0);
    EXPECT_EQ(trust_board_run(board), CAIRN_STOP_OFF);
    EXPECT_SAYS(board, "blessed");
    uint32_t count = trust_board_operations(board) - before;
    EXPECT_EQ(count, 4); /* two copies, erased and programmed */
    /* all of them in turn, or as many as asked for, spread */
    uint64_t all = (uint64_t)count * BYTES;
    cuts = cuts < all ? cuts : all;
    for (uint64_t i = 0; i < cuts; i++) {
        uint64_t cut = i * all / cuts;
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        cut_once(board, snapshot, before + 1 + (uint32_t)(cut % count),
                 (uint32_t)(cut / count), (uint32_t)(seed >> 40));
    }
    printf("power was cut in %llu of %llu places\n", (unsigned long long)cuts,
           (unsigned long long)all);
    cairn_snapshot_destroy(snapshot);
}
