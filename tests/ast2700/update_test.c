/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Updates of board ast2700 with two banks, and power that goes in any flash
 * operation of one, at any of its bytes: every later boot ends in the old set
 * or in the new one, and the floor never falls. CAIRN_CUTS says how many cuts
 * are tried, spread over the operations; CAIRN_SEED varies the bytes.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "abi/boot_mcu.h"
#include "base/bits.h"
#include "host/file.h"
#include "include/cairn/snapshot.h"
#include "tests/ast2700/board.h"
#include "tests/capsule_signer.h"
#include "tests/harness.h"
#include "tests/key_rings.h"
#include "tests/machine.h"
#include "trust/aspeed/make.h"
#include "trust/flash/image.h"

enum { DEFAULT_CUTS = 6, TORN = 4, LATER = 2, FILE_MAX = 1 << 20 };

#define AST2700  "build/out/guest/ast2700/"
#define CALIPTRA "build/out/guest/caliptra/"

/* ---- Sets ---------------------------------------------------------------- */

static int read_named(void *context, const char *name, struct buffer *out,
                      struct error *error)
{
    return file_read(name, FILE_MAX, out, error);
}

static void make(uint32_t version, struct flash_made *made)
{
    static const char format[] =
        "keys: k\nlayout: banks\nsecurity-version: %u\n"
        "caliptra: {fmc: " CALIPTRA "fmc.elf, runtime: " CALIPTRA
        "runtime.elf}\nimages: {mcu: " AST2700 "runtime.elf, bl31: " AST2700
        "bl31.elf, u-boot: " AST2700 "uboot.elf, ssp: " AST2700
        "ssp.elf, tsp: " AST2700 "tsp.elf}\n";
    const struct flash_source source = {.read = read_named};
    struct aspeed_recipe recipe;
    struct error error = {""};
    OWNED(free_at) char *text = xasprintf(format, version);
    *made = (struct flash_made){0};
    if (EXPECT_EQ(aspeed_recipe_read(&recipe, "r", text, strlen(text), &error),
                  0)) {
        EXPECT_EQ(aspeed_make(&recipe, test_ring_make("update", false), &source,
                              made, &error),
                  0);
        aspeed_recipe_fini(&recipe);
    }
    EXPECT_STR(error.text, "");
}

static void replace(struct buffer *to, const struct buffer *from)
{
    buffer_clear(to);
    buffer_append(to, from->bytes, from->size);
}

/* Version 1 in bank 0, in a part whose floor is 1 and that knows the signer. */
static bool start(struct ast2700_board *board)
{
    struct flash_made made;
    bool read = ast2700_board_read(board);
    make(1, &made);
    if (made.array.bytes == NULL) {
        EXPECT(false);
        return false;
    }
    memcpy(made.array.bytes + BOOT_MCU_FUSES_SIGNER,
           test_signer(0)->certificate, 32);
    store_le32(made.array.bytes + BOOT_MCU_FUSES_FLOOR, 1);
    replace(&board->images[AST2700_FILE_FLASH], &made.flash);
    replace(&board->images[AST2700_FILE_FUSES], &made.array);
    flash_made_fini(&made);
    return read &&
           EXPECT_EQ(aspeed_flash_read(
                         &board->flash, board->images[AST2700_FILE_FLASH].bytes,
                         board->images[AST2700_FILE_FLASH].size, NULL),
                     0) &&
           ast2700_board_start(board);
}

/* A capsule with a set of that version, accepted by its first boot or on trial;
 * spoilt: the root of trust will refuse one of its images. */
static void deliver(struct ast2700_board *board, uint32_t version, bool at_once,
                    bool spoilt)
{
    OWNED(flash_made_fini) struct flash_made made = {0};
    OWNED(buffer_fini) struct buffer capsule = {0};
    struct error error = {""};
    make(version, &made);
    if (spoilt && made.bank.bytes != NULL) {
        made.bank.bytes[made.bank.size - 8] ^= 1; /* of the TSP's firmware */
    }
    const struct capsule_pack pack = {
        .image_type = UEFI_GUID_BYTES(0x7f9a1a9e, 0x6f2c, 0x4f0c, 0x8f, 0x43,
                                      0x2a, 0x1d, 0x9b, 0x1c, 0x27, 0x00),
        .image_index = 1,
        .flags =
            UEFI_CAPSULE_PERSIST | (at_once ? 0u : UEFI_CAPSULE_OS_ACCEPTS),
        .versioned = true,
        .version = version,
        .lowest_supported_version = version,
        .image = made.bank.bytes,
        .image_size = made.bank.size,
        .signer = test_signer(0)->signer,
    };
    EXPECT_EQ(capsule_write(&pack, &capsule, &error), 0);
    EXPECT_STR(error.text, "");
    put_memory(board->machine, "boot_flash", FLASH_CAPSULE, capsule.bytes,
               capsule.size);
}

/* ---- Boots --------------------------------------------------------------- */

static void boot(struct ast2700_board *board)
{
    buffer_clear(&board->console);
    cairn_power(board->machine);
    EXPECT_EQ(ast2700_board_run(board), CAIRN_STOP_IDLE);
}

static uint32_t floor_of(struct ast2700_board *board)
{
    uint8_t *fuses = NULL;
    size_t size = 0;
    EXPECT_EQ(cairn_memory(board->machine, "soc_fuses", &fuses, &size), 0);
    return (uint32_t)__builtin_popcount(
        load_le32(fuses + BOOT_MCU_FUSES_FLOOR));
}

static uint32_t operations(struct ast2700_board *board)
{
    uint32_t count = 0;
    EXPECT_EQ(cairn_line_get(board->machine, "boot_nor.operations", &count), 0);
    return count;
}

static void expect_says(struct ast2700_board *board, const char *text)
{
    if (!EXPECT(ast2700_board_says(board, text))) {
        printf("no '%s' in:\n%s\n", text, buffer_text(&board->console));
    }
}

static void expect_runs(struct ast2700_board *board)
{
    expect_says(board, "BL31 (stand-in): core 3");
    expect_says(board, "TSP: hello");
    EXPECT(ast2700_board_is_intact(board));
}

FIXTURE(struct ast2700_board, board, ast2700_board_finish)
FIXTURE_BEGIN(board, REQUIRE(start(board)))

TEST_ON(a_capsule_is_installed_and_raises_the_floor, board)
{
    EXPECT_EQ(ast2700_board_run(board), CAIRN_STOP_IDLE);
    expect_says(board, "boot MCU: bank 0");
    expect_runs(board);
    deliver(board, 2, true, false);
    boot(board);
    expect_says(board, "update: bank 1 is active, on trial");
    expect_says(board, "update: bank 1 is accepted");
    expect_runs(board);
    EXPECT_EQ(floor_of(board), 2);
    deliver(board, 1, true, false);
    boot(board);
    expect_says(board,
                "update: refused: capsule: its version is below the floor");
    expect_says(board, "boot MCU: bank 1");
    expect_runs(board);
}

TEST_ON(a_trial_that_nobody_accepts_ends, board)
{
    deliver(board, 2, false, false);
    for (unsigned i = 0; i < FLASH_TRIAL_BOOTS; i++) {
        boot(board);
        expect_says(board, "boot MCU: bank 1");
        expect_runs(board);
    }
    boot(board);
    expect_says(board, "update: no boots are left of the trial");
    expect_says(board, "boot MCU: bank 0");
    expect_runs(board);
    EXPECT_EQ(floor_of(board), 1);
}

TEST_ON(a_refused_set_leaves_the_boot_to_the_other_bank, board)
{
    deliver(board, 2, true, true);
    boot(board);
    expect_says(board, "bank 1: refused: image: the digest is not the");
    expect_says(board, "boot MCU: bank 0");
    expect_runs(board);
    EXPECT_EQ(floor_of(board), 1);
}

/* The boot MCU runs again for each bank, which is no success. */
TEST_ON(a_flash_without_a_good_bank_does_not_reach_its_goal, board)
{
    const struct flash_part *part = flash_bank_find(
        &board->flash.image, aspeed_entry_of(ASPEED_FIRMWARE_TSP));
    REQUIRE(part != NULL);
    const uint8_t spoilt = part->bytes[0] ^ 1;
    put_memory(board->machine, "boot_flash",
               board->flash.image_place.offset + part->offset, &spoilt, 1);
    EXPECT_EQ(ast2700_board_run(board), CAIRN_STOP_IDLE);
    expect_says(board, "bank 0: refused: image: the digest is not the");
    expect_says(board, "stopped: no bank boots");
    EXPECT_EQ(ast2700_board_releases(board), 0);
    EXPECT_EQ(cairn_reached(board->machine, "application", NULL), -ENOENT);
}

/* ---- Cuts ---------------------------------------------------------------- */

static void plan_cut(struct ast2700_board *board, uint32_t operation,
                     uint32_t byte, uint32_t seed)
{
    struct cairn_machine *machine = board->machine;
    EXPECT_EQ(cairn_line_set(machine, "boot_nor.cut_byte", byte), 0);
    EXPECT_EQ(cairn_line_set(machine, "boot_nor.cut_seed", seed), 0);
    EXPECT_EQ(cairn_line_set(machine, "boot_nor.cut_operation", operation), 0);
}

/* Nothing of an operation, one byte, some, all but one of a page. */
static uint32_t torn_byte(uint64_t which, uint32_t random)
{
    const uint32_t bytes[TORN] = {0, 1, 2 + random % 250, FLASH_PAGE_SIZE - 1};
    return bytes[which % TORN];
}

static void boot_later(struct ast2700_board *board)
{
    uint32_t floor = floor_of(board);
    for (unsigned i = 0; i < LATER; i++) {
        boot(board);
        EXPECT(ast2700_board_says(board, "boot MCU: bank 0") ||
               ast2700_board_says(board, "boot MCU: bank 1"));
        expect_runs(board);
        EXPECT(floor_of(board) >= floor);
        floor = floor_of(board);
    }
    expect_says(board, "boot MCU: bank 1");
    EXPECT_EQ(floor, 2);
}

TEST_ON(power_may_go_in_any_operation_of_an_update, board)
{
    struct cairn_snapshot *snapshot = NULL;
    uint64_t seed = test_number("CAIRN_SEED", 1);
    deliver(board, 2, true, false);
    cairn_power(board->machine);
    uint32_t before = operations(board);
    REQUIRE(cairn_snapshot(board->machine, &snapshot, NULL) == 0);
    EXPECT_EQ(ast2700_board_run(board), CAIRN_STOP_IDLE);
    uint64_t count = operations(board) - before;
    uint64_t asked = test_number("CAIRN_CUTS", DEFAULT_CUTS);
    uint64_t cuts = asked < count * TORN ? asked : count * TORN;
    for (uint64_t cut = 0; cut < cuts; cut++) {
        uint64_t operation = cuts < count ? cut * count / cuts : cut % count;
        uint32_t lost = 0;
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        uint32_t byte = torn_byte(cuts < count ? cut : cut / count + operation,
                                  (uint32_t)(seed >> 33));
        test_case("operation %u of %u, byte %u", (unsigned)operation + 1,
                  (unsigned)count, byte);
        plan_cut(board, 0, 0, 0);
        EXPECT_EQ(cairn_restore(board->machine, snapshot, NULL), 0);
        plan_cut(board, before + 1 + (uint32_t)operation, byte,
                 (uint32_t)(seed >> 40));
        (void)ast2700_board_run(board);
        EXPECT_EQ(cairn_line_get(board->machine, "boot_nor.power_lost", &lost),
                  0);
        EXPECT_EQ(lost, 1);
        plan_cut(board, 0, 0, 0);
        boot_later(board);
    }
    printf("%u operations, power was cut %u times\n", (unsigned)count,
           (unsigned)cuts);
    cairn_snapshot_destroy(snapshot);
}
