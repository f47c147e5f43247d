/* SPDX-License-Identifier: Apache-2.0 */
/* Updates of board trust by capsule: trials, acceptance, refusals. Power goes
 * meanwhile in tests/chain/power_test.c. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "abi/boot_mcu.h"
#include "base/bits.h"
#include "tests/chain/trust_board.h"
#include "tests/chain/trust_capsule.h"
#include "tests/harness.h"
#include "trust/capsule/capsule.h"

/* ---- A board with a capsule ---------------------------------------------- */

enum { FLOOR = 1 };

static bool start(struct trust_board *board)
{
    if (!trust_board_read(board)) {
        return false;
    }
    trust_capsule_fuses(board, FLOOR);
    return trust_board_start(board);
}

static void order(struct trust_board *board, struct trust_order wanted)
{
    OWNED(buffer_fini) struct buffer capsule = {0};
    trust_capsule_make(board, &wanted, &capsule);
    trust_capsule_deliver(board, &capsule);
}

FIXTURE(struct trust_board, board, trust_board_finish)
FIXTURE_BEGIN(board, REQUIRE(start(board)))

TEST_ON(a_good_capsule_is_on_trial_until_it_is_accepted, board)
{
    OWNED(buffer_fini) struct buffer capsule = {0};
    order(board, (struct trust_order){.version = 5, .lowest = 4});
    EXPECT_EQ(trust_board_boot(board), CAIRN_STOP_OFF);
    EXPECT_SAYS(board, "update: bank 1 is active, on trial");
    EXPECT_SAYS(board, "update: boot 1 of 3 on trial");
    EXPECT_SAYS(board, "boot MCU: bank 1");
    EXPECT_SAYS(board, "hello from EL1");
    EXPECT_EQ(trust_board_floor(board), FLOOR);
    EXPECT_EQ(trust_board_boot(board), CAIRN_STOP_OFF);
    EXPECT_SAYS(board, "update: boot 2 of 3 on trial");
    capsule_write_accept(&board->flash.metadata.images[0].image_type, &capsule);
    trust_capsule_deliver(board, &capsule);
    EXPECT_EQ(trust_board_boot(board), CAIRN_STOP_OFF);
    EXPECT_SAYS(board, "update: bank 1 is accepted");
    EXPECT(!trust_board_says(board, "on trial"));
    EXPECT_EQ(trust_board_floor(board), 4);
    EXPECT_EQ(trust_board_boot(board), CAIRN_STOP_OFF);
    EXPECT(!trust_board_says(board, "update:"));
    EXPECT_SAYS(board, "boot MCU: bank 1");
}

TEST_ON(a_trial_that_nobody_blesses_ends_after_its_boots, board)
{
    order(board, (struct trust_order){.version = 5, .lowest = 4});
    for (unsigned i = 0; i < FLASH_TRIAL_BOOTS; i++) {
        EXPECT_EQ(trust_board_boot(board), CAIRN_STOP_OFF);
        EXPECT_SAYS(board, "boot MCU: bank 1");
    }
    EXPECT_EQ(trust_board_boot(board), CAIRN_STOP_OFF);
    EXPECT_SAYS(board, "update: no boots are left of the trial");
    EXPECT_SAYS(board, "boot MCU: bank 0");
    EXPECT_EQ(trust_board_floor(board), FLOOR);
    EXPECT_EQ(trust_board_boot(board), CAIRN_STOP_OFF);
    EXPECT(!trust_board_says(board, "update:"));
}

TEST_ON(a_capsule_without_trial_is_accepted_by_its_first_boot, board)
{
    order(board,
          (struct trust_order){.version = 5, .lowest = 3, .at_once = true});
    EXPECT_EQ(trust_board_boot(board), CAIRN_STOP_OFF);
    EXPECT_SAYS(board, "update: bank 1 is accepted");
    EXPECT_EQ(trust_board_floor(board), 3);
}

TEST_ON(a_set_that_does_not_boot_falls_back_by_itself, board)
{
    order(board,
          (struct trust_order){
              .version = 5, .lowest = 5, .spoilt = true, .at_once = true});
    for (unsigned i = 0; i < FLASH_TRIAL_BOOTS; i++) {
        EXPECT_EQ(trust_board_boot(board), CAIRN_STOP_OFF);
        EXPECT_SAYS(board,
                    "bank 1: refused: image: the digest is not the "
                    "manifest's");
        EXPECT_SAYS(board, "boot MCU: bank 0");
        EXPECT_SAYS(board, "hello from EL1");
    }
    EXPECT_EQ(trust_board_boot(board), CAIRN_STOP_OFF);
    EXPECT_SAYS(board, "update: no boots are left of the trial");
    EXPECT(!trust_board_says(board, "bank 1: refused"));
    EXPECT_EQ(trust_board_floor(board), FLOOR);
}

TEST_ON(a_revert_capsule_goes_back_to_the_previous_bank, board)
{
    OWNED(buffer_fini) struct buffer capsule = {0};
    capsule_write_revert(&capsule);
    trust_capsule_deliver(board, &capsule);
    EXPECT_EQ(trust_board_boot(board), CAIRN_STOP_OFF);
    EXPECT_SAYS(board, "refused: revert capsule: there is no bank to go back");
    order(board, (struct trust_order){.version = 5});
    EXPECT_EQ(trust_board_boot(board), CAIRN_STOP_OFF);
    EXPECT_SAYS(board, "boot MCU: bank 1");
    trust_capsule_deliver(board, &capsule);
    EXPECT_EQ(trust_board_boot(board), CAIRN_STOP_OFF);
    EXPECT_SAYS(board, "update: bank 0 is active again");
    EXPECT_SAYS(board, "boot MCU: bank 0");
}

/* Power that goes between acceptance and floor leaves the old floor. */
TEST_ON(a_floor_that_is_not_up_yet_rises_before_the_next_capsule_is_judged,
        board)
{
    uint8_t *fuses = NULL;
    size_t size = 0;
    order(board,
          (struct trust_order){.version = 5, .lowest = 4, .at_once = true});
    EXPECT_EQ(trust_board_boot(board), CAIRN_STOP_OFF);
    EXPECT_EQ(trust_board_floor(board), 4);
    EXPECT_EQ(cairn_memory(board->machine, "soc_fuses", &fuses, &size), 0);
    store_le32(fuses + BOOT_MCU_FUSES_FLOOR, (1u << FLOOR) - 1);
    EXPECT_EQ(trust_board_floor(board), FLOOR);
    order(board, (struct trust_order){.version = 3, .lowest = 3});
    EXPECT_EQ(trust_board_boot(board), CAIRN_STOP_OFF);
    EXPECT_SAYS(board, "refused: capsule: its version is below the floor");
    EXPECT_SAYS(board, "boot MCU: bank 1");
    EXPECT_EQ(trust_board_floor(board), 4);
}

/* The record of a trial is not signed. */
TEST_ON(the_floor_does_not_rise_above_the_version_that_was_signed, board)
{
    OWNED(buffer_fini) struct buffer capsule = {0};
    struct flash_trial trial;
    order(board, (struct trust_order){.version = 5, .lowest = 4});
    EXPECT_EQ(trust_board_boot(board), CAIRN_STOP_OFF);
    memcpy(&trial, trust_board_flash(board) + FLASH_BOOT_RECORD, sizeof(trial));
    EXPECT_EQ(trial.lowest_version, 4);
    trial.lowest_version = 500;
    trial.crc32 = (uint32_t)crc32_z(0, (const uint8_t *)&trial,
                                    offsetof(struct flash_trial, crc32));
    trust_board_write(board, FLASH_BOOT_RECORD, &trial, sizeof(trial));
    capsule_write_accept(&board->flash.metadata.images[0].image_type, &capsule);
    trust_capsule_deliver(board, &capsule);
    EXPECT_EQ(trust_board_boot(board), CAIRN_STOP_OFF);
    EXPECT_SAYS(board, "update: bank 1 is accepted");
    EXPECT_EQ(trust_board_floor(board), 5);
    EXPECT_EQ(trust_board_boot(board), CAIRN_STOP_OFF);
    EXPECT_SAYS(board, "boot MCU: bank 1");
}

/* A signed image does not boot for ever: an attacker who spoils the new bank
 * does not get the old one back, and neither does a revert capsule. */
TEST_ON(a_bank_below_the_floor_does_not_boot, board)
{
    static const uint8_t spoilt[4] = {0};
    OWNED(buffer_fini) struct buffer capsule = {0};
    order(board,
          (struct trust_order){.version = 5, .lowest = 4, .at_once = true});
    EXPECT_EQ(trust_board_boot(board), CAIRN_STOP_OFF);
    EXPECT_EQ(trust_board_floor(board), 4);
    capsule_write_revert(&capsule);
    trust_capsule_deliver(board, &capsule);
    EXPECT_EQ(trust_board_boot(board), CAIRN_STOP_OFF);
    EXPECT_SAYS(board, "refused: revert capsule: there is no bank to go back");
    EXPECT_SAYS(board, "boot MCU: bank 1");
    const struct flash_part *kernel =
        flash_bank_find(&board->flash.banks[0], FLASH_IMAGE_KERNEL);
    trust_board_write(board, FLASH_BANK_1 + kernel->offset + 100, spoilt,
                      sizeof(spoilt));
    EXPECT_EQ(trust_board_boot(board), CAIRN_STOP_LINE);
    EXPECT_SAYS(board,
                "bank 1: refused: image: the digest is not the "
                "manifest's");
    EXPECT_SAYS(board,
                "bank 0: refused: images: their version is below the "
                "floor");
    EXPECT_SAYS(board, "stopped: no bank boots");
    EXPECT(!board->released);
    EXPECT_EQ(trust_board_instructions(board), 0);
}

/* ---- Refusals ------------------------------------------------------------ */

static void expect_refused(struct trust_board *board, const char *why)
{
    uint8_t *before = malloc(FLASH_SIZE);
    memcpy(before, trust_board_flash(board), FLASH_SIZE);
    EXPECT_EQ(trust_board_boot(board), CAIRN_STOP_OFF);
    EXPECT_SAYS(board, why);
    EXPECT_SAYS(board, "boot MCU: bank 0");
    EXPECT(memcmp(before, trust_board_flash(board), FLASH_SIZE) == 0);
    EXPECT_EQ(trust_board_floor(board), FLOOR);
    free(before);
}

TEST_ON(each_bad_capsule_has_its_own_refusal_and_changes_nothing, board)
{
    static const struct {
        struct trust_order order;
        const char *why;
    } cases[] = {
        {{.version = 5, .unsigned_ = true},   "capsule: not signed"                    },
        {{.version = 5, .by_stranger = true},
         "capsule: signed by somebody else"                                            },
        {{.version = 5, .for_other = true},   "capsule: for another component"         },
        {{.version = 0},                      "capsule: its version is below the floor"},
        {{.version = 5, .unversioned = true}, "capsule: no version"                    },
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        test_case("%s", cases[i].why);
        order(board, cases[i].order);
        expect_refused(board, cases[i].why);
    }
}

TEST_ON(spoilt_capsules_are_refused_by_what_is_wrong, board)
{
    static const struct {
        size_t offset; /* from the end, when large */
        const char *why;
    } cases[] = {
        {0x00,     "capsule: of no kind that is known"             },
        {0x10,     "capsule: sizes of its header are wrong"        },
        {0x18,     "capsule: cut off, or not of one image"         },
        {0x20,     "capsule: cut off, or not of one image"         },
        {0x44,     "capsule: cut off, or not of one image"         },
        {0x40,     "capsule: for another component"                },
        {0x55,     "capsule: has dependencies"                     },
        {0x6a,     "capsule: no PKCS #7 signature"                 },
        {0x7c,     "capsule: its signature is no PKCS #7 structure"},
        {0x5c,     "capsule: the payload is not what was signed"   },
        {SIZE_MAX, "capsule: the payload is not what was signed"   },
    };
    OWNED(buffer_fini) struct buffer capsule = {0};
    struct trust_order good = {.version = 5};
    trust_capsule_make(board, &good, &capsule);
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        size_t at =
            cases[i].offset < capsule.size ? cases[i].offset : capsule.size - 1;
        test_case("offset 0x%zx", at);
        capsule.bytes[at] ^= cases[i].offset == 0x55 ? 0 : 1;
        capsule.bytes[0x54] ^= cases[i].offset == 0x55 ? 2 : 0;
        trust_capsule_deliver(board, &capsule);
        expect_refused(board, cases[i].why);
        capsule.bytes[at] ^= cases[i].offset == 0x55 ? 0 : 1;
        capsule.bytes[0x54] ^= cases[i].offset == 0x55 ? 2 : 0;
    }
}

/* All that is to come is erased flash: the signature is whole, what it is over
 * is not. */
TEST_ON(a_capsule_whose_end_is_missing_is_refused, board)
{
    static const size_t missing[] = {1, 100, 40000};
    OWNED(buffer_fini) struct buffer capsule = {0};
    struct trust_order good = {.version = 5};
    trust_capsule_make(board, &good, &capsule);
    for (size_t i = 0; i < ARRAY_SIZE(missing); i++) {
        REQUIRE(missing[i] < capsule.size);
        test_case("%zu bytes", missing[i]);
        memset(capsule.bytes + capsule.size - missing[i], 0xff, missing[i]);
        trust_capsule_deliver(board, &capsule);
        expect_refused(board, "capsule: the payload is not what was signed");
    }
}

TEST_ON(an_accept_capsule_needs_a_trial_of_its_component, board)
{
    OWNED(buffer_fini) struct buffer capsule = {0};
    struct uefi_guid type;
    type = board->flash.metadata.images[0].image_type;
    capsule_write_accept(&type, &capsule);
    trust_capsule_deliver(board, &capsule);
    expect_refused(board, "refused: accept capsule: nothing is on trial");
    order(board, (struct trust_order){.version = 5, .lowest = 4});
    EXPECT_EQ(trust_board_boot(board), CAIRN_STOP_OFF);
    type.bytes[0] ^= 1;
    buffer_clear(&capsule);
    capsule_write_accept(&type, &capsule);
    trust_capsule_deliver(board, &capsule);
    EXPECT_EQ(trust_board_boot(board), CAIRN_STOP_OFF);
    EXPECT_SAYS(board, "refused: accept capsule: for another component");
    EXPECT_SAYS(board, "update: boot 2 of 3 on trial");
    EXPECT_EQ(trust_board_floor(board), FLOOR);
}

TEST_ON(what_is_active_already_is_not_installed_again, board)
{
    OWNED(buffer_fini) struct buffer capsule = {0};
    struct trust_order good = {.version = 5, .at_once = true};
    trust_capsule_make(board, &good, &capsule);
    trust_capsule_deliver(board, &capsule);
    EXPECT_EQ(trust_board_boot(board), CAIRN_STOP_OFF);
    EXPECT_SAYS(board, "update: bank 1 is accepted");
    trust_capsule_deliver(board, &capsule);
    uint8_t *before = malloc(FLASH_CAPSULE);
    memcpy(before, trust_board_flash(board), FLASH_CAPSULE);
    EXPECT_EQ(trust_board_boot(board), CAIRN_STOP_OFF);
    EXPECT_SAYS(board, "refused: capsule: its version is active already");
    EXPECT_SAYS(board, "boot MCU: bank 1");
    /* The capsule is spent, and that is all. */
    EXPECT(memcmp(before, trust_board_flash(board), FLASH_CAPSULE) == 0);
    free(before);
    EXPECT_EQ(trust_board_boot(board), CAIRN_STOP_OFF);
    EXPECT(!trust_board_says(board, "update:"));
}
