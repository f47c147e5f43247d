/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Power that goes in any flash operation of an update of board trust, at any of
 * its bytes: every later boot ends in the old set or in the new one, and the
 * floor never falls. CAIRN_CUTS says how many cuts are tried of each kind of
 * update, spread over its operations (`make check-chain` tries each of them;
 * four times as many tear each in four ways), CAIRN_SEED varies the bytes.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "tests/chain/trust_board.h"
#include "tests/chain/trust_capsule.h"
#include "tests/harness.h"
#include "trust/capsule/capsule.h"

enum { DEFAULT_CUTS = 4, FLOOR = 1, NEW_FLOOR = 4, TORN = 4, LATER = 3 };

/* ---- What power goes in -------------------------------------------------- */

static void order(struct trust_board *board, const struct trust_order *wanted)
{
    OWNED(buffer_fini) struct buffer capsule = {0};
    trust_capsule_make(board, wanted, &capsule);
    trust_capsule_deliver(board, &capsule);
}

static void install_at_once(struct trust_board *board)
{
    const struct trust_order good = {
        .version = 5, .lowest = NEW_FLOOR, .at_once = true};
    order(board, &good);
}

static void install_on_trial(struct trust_board *board)
{
    const struct trust_order good = {.version = 5, .lowest = NEW_FLOOR};
    order(board, &good);
}

static void begin_trial(struct trust_board *board)
{
    install_on_trial(board);
    EXPECT_EQ(trust_board_boot(board), CAIRN_STOP_OFF);
    EXPECT_SAYS(board, "update: boot 1 of 3 on trial");
}

static void accept(struct trust_board *board)
{
    OWNED(buffer_fini) struct buffer capsule = {0};
    begin_trial(board);
    capsule_write_accept(&board->flash.metadata.images[0].image_type, &capsule);
    trust_capsule_deliver(board, &capsule);
}

static void revert(struct trust_board *board)
{
    OWNED(buffer_fini) struct buffer capsule = {0};
    begin_trial(board);
    capsule_write_revert(&capsule);
    trust_capsule_deliver(board, &capsule);
}

static void end_trial(struct trust_board *board)
{
    begin_trial(board);
    for (unsigned i = 1; i < FLASH_TRIAL_BOOTS; i++) {
        EXPECT_EQ(trust_board_boot(board), CAIRN_STOP_OFF);
    }
}

/* Over an accepted bank, which is no way back any more. */
static void install_over(struct trust_board *board)
{
    const struct trust_order newer = {
        .version = 6, .lowest = NEW_FLOOR, .at_once = true};
    install_at_once(board);
    EXPECT_EQ(trust_board_boot(board), CAIRN_STOP_OFF);
    EXPECT_SAYS(board, "update: bank 1 is accepted");
    order(board, &newer);
}

static const struct scenario {
    const char *name;
    void (*prepare)(struct trust_board *board);
    unsigned bank; /* in the end */
    uint32_t floor;
} scenarios[] = {
    {"an update without trial",  install_at_once,  1, NEW_FLOOR},
    {"an update on trial",       install_on_trial, 1, FLOOR    },
    {"an acceptance",            accept,           1, NEW_FLOOR},
    {"a way back",               revert,           0, FLOOR    },
    {"the end of a trial",       end_trial,        0, FLOOR    },
    {"an update of an accepted", install_over,     0, NEW_FLOOR},
};

/* ---- Cuts ---------------------------------------------------------------- */

struct prepared {
    struct trust_board board;
    struct cairn_snapshot *snapshot;
    uint32_t before; /* operations */
    uint32_t count;
    uint32_t floor;
};

static bool prepare(struct prepared *prepared, const struct scenario *scenario)
{
    struct trust_board *board = &prepared->board;
    if (!trust_board_read(board)) {
        return false;
    }
    trust_capsule_fuses(board, FLOOR);
    if (!trust_board_start(board)) {
        return false;
    }
    scenario->prepare(board);
    cairn_power(board->machine);
    prepared->before = trust_board_operations(board);
    prepared->floor = trust_board_floor(board);
    if (cairn_snapshot(board->machine, &prepared->snapshot, NULL) != 0) {
        return false;
    }
    EXPECT_EQ(trust_board_run(board), CAIRN_STOP_OFF);
    prepared->count = trust_board_operations(board) - prepared->before;
    EXPECT(prepared->count != 0);
    return true;
}

/* Nothing of an operation, one byte, some, all but one of a page. */
static uint32_t torn_byte(uint64_t which, uint32_t random)
{
    const uint32_t bytes[TORN] = {0, 1, 2 + random % 250, FLASH_PAGE_SIZE - 1};
    return bytes[which % TORN];
}

static void boot_later(struct prepared *prepared,
                       const struct scenario *scenario)
{
    struct trust_board *board = &prepared->board;
    uint32_t floor = trust_board_floor(board);
    EXPECT(floor >= prepared->floor);
    for (unsigned i = 0; i < LATER; i++) {
        EXPECT_EQ(trust_board_boot(board), CAIRN_STOP_OFF);
        EXPECT_SAYS(board, "hello from EL1");
        EXPECT(trust_board_says(board, "boot MCU: bank 0") ||
               trust_board_says(board, "boot MCU: bank 1"));
        EXPECT(board->intact);
        EXPECT_EQ(board->early, 0);
        EXPECT(trust_board_floor(board) >= floor);
        floor = trust_board_floor(board);
        /* It went on where it was cut; a trial that was not begun twice has
         * these boots, and no more. */
        if (i == 1) {
            EXPECT_SAYS(board, scenario->bank == 0 ? "boot MCU: bank 0"
                                                   : "boot MCU: bank 1");
            EXPECT_EQ(floor, scenario->floor);
        }
    }
}

static void cut_once(struct prepared *prepared, const struct scenario *scenario,
                     uint32_t operation, uint32_t byte, uint32_t seed)
{
    struct trust_board *board = &prepared->board;
    uint32_t lost = 0;
    test_case("%s, operation %u of %u, byte %u, seed %u", scenario->name,
              operation + 1, prepared->count, byte, seed);
    trust_board_cut(board, 0, 0, 0);
    EXPECT_EQ(cairn_restore(board->machine, prepared->snapshot, NULL), 0);
    trust_board_cut(board, prepared->before + 1 + operation, byte, seed);
    buffer_clear(&board->console);
    board->released = false;
    (void)trust_board_run(board);
    EXPECT_EQ(cairn_line_get(board->machine, "mcu_nor.power_lost", &lost), 0);
    EXPECT_EQ(lost, 1);
    trust_board_cut(board, 0, 0, 0);
    boot_later(prepared, scenario);
}

TEST(power_may_go_in_any_operation_of_an_update)
{
    uint64_t seed = test_number("CAIRN_SEED", 1);
    uint64_t asked = test_number("CAIRN_CUTS", DEFAULT_CUTS);
    for (size_t i = 0; i < ARRAY_SIZE(scenarios); i++) {
        struct prepared *prepared = xcalloc(1, sizeof(*prepared));
        test_case("%s", scenarios[i].name);
        REQUIRE(prepare(prepared, &scenarios[i]));
        uint64_t count = prepared->count;
        uint64_t cuts = asked < count * TORN ? asked : count * TORN;
        for (uint64_t cut = 0; cut < cuts; cut++) {
            uint64_t operation =
                cuts < count ? cut * count / cuts : cut % count;
            seed = seed * 6364136223846793005u + 1442695040888963407u;
            cut_once(prepared, &scenarios[i], (uint32_t)operation,
                     torn_byte(cuts < count ? cut : cut / count + operation,
                               (uint32_t)(seed >> 33)),
                     (uint32_t)(seed >> 40));
        }
        printf("%-28s %4u operations, power was cut %4u times\n",
               scenarios[i].name, prepared->count, (unsigned)cuts);
        cairn_snapshot_destroy(prepared->snapshot);
        trust_board_finish(&prepared->board);
        free(prepared);
    }
}
