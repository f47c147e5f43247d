/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The whole chain of board trust: from fuses to the first application, and
 * which stage refuses a spoilt flash. tests/chain/spoil_test.c spoils all
 * fields of it.
 */
#include <stdio.h>

#include "base/bits.h"
#include "tests/caliptra/part.h"
#include "tests/chain/trust_board.h"
#include "tests/facts.h"
#include "tests/harness.h"
#include "tests/machine.h"

/* rom: in place of our own, or NULL. */
static bool start_with(struct trust_board *bench, const struct buffer *rom)
{
    if (!trust_board_read(bench)) {
        return false;
    }
    if (rom != NULL) {
        buffer_clear(&bench->images[TRUST_ROM]);
        buffer_append(&bench->images[TRUST_ROM], rom->bytes, rom->size);
    }
    return trust_board_start(bench);
}

static bool start(struct trust_board *bench)
{
    return start_with(bench, NULL);
}

/* ---- The good flash ------------------------------------------------------ */

FIXTURE(struct trust_board, bench, trust_board_finish)
FIXTURE_BEGIN(bench, REQUIRE(start(bench)))

TEST_ON(the_chain_ends_in_the_first_application, bench)
{
    EXPECT_EQ(trust_board_run(bench), CAIRN_STOP_OFF);
    EXPECT(trust_board_says(bench, "SoC manifest: accepted"));
    EXPECT(trust_board_says(bench, "image 0x1001: authorised"));
    EXPECT(trust_board_says(bench, "hello from EL1"));
    EXPECT(bench->released);
    EXPECT(bench->intact);
    EXPECT_EQ(bench->early, 0);
}

TEST_ON(no_application_core_moves_before_the_gate_opens, bench)
{
    uint32_t authorised = 0;
    while (!bench->released) {
        EXPECT_EQ(trust_board_instructions(bench), 0);
        enum cairn_stop stop = run_instructions(bench->machine, 10000);
        REQUIRE(stop == CAIRN_STOP_BUDGET || bench->released);
    }
    cairn_line_get(bench->machine, "soc_ifc.generic_output_wires1",
                   &authorised);
    EXPECT_EQ(authorised, 3);
    EXPECT_EQ(bench->early, 0);
}

TEST_BEGINS(the_trace_has_no_application_core_before_its_images_are_authorised,
            bench)
{
    REQUIRE(trust_board_read(bench));
    bench->trace = true;
    REQUIRE(trust_board_start(bench));
    EXPECT_EQ(trust_board_run(bench), CAIRN_STOP_OFF);
    EXPECT(bench->traced.lines > 1000000);
    EXPECT(bench->traced.authorised != 0);
    EXPECT(bench->traced.authorised < bench->traced.released);
    EXPECT(bench->traced.released < bench->traced.core);
}

TEST_BEGINS(the_trace_of_a_refused_image_has_no_application_core, bench)
{
    static const uint8_t spoilt[1] = {0xff};
    REQUIRE(trust_board_read(bench));
    bench->trace = true;
    REQUIRE(trust_board_start(bench));
    const struct flash_part *kernel =
        flash_bank_find(&bench->flash.banks[0], FLASH_IMAGE_KERNEL);
    trust_board_write(bench, flash_bank_offset(0) + kernel->offset + 100,
                      spoilt, sizeof(spoilt));
    EXPECT_EQ(trust_board_run(bench), CAIRN_STOP_LINE);
    EXPECT(bench->traced.lines > 1000000);
    EXPECT_EQ(bench->traced.authorised, 0);
    EXPECT_EQ(bench->traced.released, 0);
    EXPECT_EQ(bench->traced.core, 0);
}

TEST_ON(each_decision_about_an_image_is_told_before_its_core_is_released, bench)
{
    EXPECT_EQ(trust_board_run(bench), CAIRN_STOP_OFF);
    size_t at = fact_find(bench->machine, 0, FACT_IMAGE_AUTHORISED, 0x1000);
    at = fact_find(bench->machine, at + 1, FACT_IMAGE_AUTHORISED, 0x1001);
    at = fact_find(bench->machine, at + 1, FACT_PROCESSOR_RUNS, 0);
    REQUIRE(fact_at(bench->machine, at) != NULL);
    EXPECT_STR(fact_at(bench->machine, at)->name, "cpu0");
}

TEST(released_roms_boot_the_same_flash)
{
    static const char *const names[] = {
        "caliptra-rom-1.0.1-9342687.bin",
        "caliptra-rom-1.0.3-e8e23d9.bin",
        "caliptra-rom-1.1.1-d6713db.bin",
    };
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        struct trust_board bench;
        OWNED(buffer_fini) struct buffer rom = {0};
        test_case("%s", names[i]);
        if (!part_rom_read(names[i], true, &rom)) {
            return;
        }
        REQUIRE(start_with(&bench, &rom));
        EXPECT_EQ(trust_board_run(&bench), CAIRN_STOP_OFF);
        EXPECT(trust_board_says(&bench, "hello from EL1"));
        EXPECT(bench.intact);
        EXPECT_EQ(bench.early, 0);
        trust_board_finish(&bench);
    }
}

/* ---- Other banks --------------------------------------------------------- */

/* Copies bank 0 to another and spoils the kernel in bank 0. */
static void move_bank(struct trust_board *bench, unsigned to)
{
    static const uint8_t spoilt[4] = {0};
    const struct flash_part *kernel =
        flash_bank_find(&bench->flash.banks[0], FLASH_IMAGE_KERNEL);
    size_t from = flash_bank_offset(0);
    trust_board_write(bench, flash_bank_offset(to),
                      bench->images[TRUST_FLASH].bytes + from,
                      bench->images[TRUST_FLASH].size - from);
    trust_board_write(bench, from + kernel->offset + 100, spoilt,
                      sizeof(spoilt));
}

TEST_ON(a_refused_bank_gives_way_to_the_accepted_one, bench)
{
    OWNED(buffer_fini) struct buffer metadata = {0};
    bench->flash.metadata.bank_state[1] = FWU_BANK_ACCEPTED;
    bench->flash.metadata.previous = 1;
    fwu_write(&bench->flash.metadata, &metadata);
    trust_board_write(bench, FLASH_METADATA_0, metadata.bytes, metadata.size);
    move_bank(bench, 1);
    EXPECT_EQ(trust_board_run(bench), CAIRN_STOP_OFF);
    EXPECT(trust_board_says(bench,
                            "bank 0: refused: image: the digest is not the "
                            "manifest's"));
    EXPECT(trust_board_says(bench, "boot MCU: bank 1"));
    EXPECT(trust_board_says(bench, "hello from EL1"));
    EXPECT(bench->intact);
    size_t at = fact_find(bench->machine, 0, FACT_IMAGE_OTHER_DIGEST, 0x1001);
    fact_find(bench->machine, at, FACT_IMAGE_AUTHORISED, 0x1001);
}

TEST_ON(without_another_bank_recovery_boots, bench)
{
    move_bank(bench, FLASH_BANK_RECOVERY);
    EXPECT_EQ(trust_board_run(bench), CAIRN_STOP_OFF);
    EXPECT(trust_board_says(bench, "boot MCU: recovery bank"));
    EXPECT(trust_board_says(bench, "hello from EL1"));
}

TEST_ON(damaged_metadata_leads_to_recovery, bench)
{
    static const uint8_t nothing[64] = {0};
    move_bank(bench, FLASH_BANK_RECOVERY);
    trust_board_write(bench, FLASH_METADATA_0, nothing, sizeof(nothing));
    trust_board_write(bench, FLASH_METADATA_1, nothing, sizeof(nothing));
    EXPECT_EQ(trust_board_run(bench), CAIRN_STOP_OFF);
    EXPECT(trust_board_says(bench,
                            "recovery bank, the update metadata is damaged"));
    EXPECT(!trust_board_says(bench, "boot MCU: bank 0"));
}

/* ---- Changed flashes ----------------------------------------------------- */

/* Changes bytes of the flash of a machine at power-on, runs it, and puts
 * everything back. */
static enum cairn_stop run_changed(struct trust_board *bench,
                                   const struct cairn_snapshot *snapshot,
                                   size_t offset, uint8_t flip)
{
    buffer_clear(&bench->console);
    bench->released = false;
    EXPECT_EQ(cairn_restore(bench->machine, snapshot, NULL), 0);
    uint8_t changed = trust_board_flash(bench)[offset] ^ flip;
    trust_board_write(bench, offset, &changed, 1);
    enum cairn_stop stop = trust_board_run(bench);
    return stop;
}

static size_t part_offset(const struct trust_board *bench, uint32_t id)
{
    const struct flash_part *part = flash_bank_find(&bench->flash.banks[0], id);
    return flash_bank_offset(0) + (part != NULL ? part->offset : 0);
}

TEST_ON(each_object_that_is_spoilt_is_named_and_nothing_runs, bench)
{
    static const struct {
        const char *what;
        uint32_t id;
        size_t offset;
        const char *reason;
    } cases[] = {
        {"bundle marker",       0,      0,      "bank 0: refused: Caliptra bundle: refused"},
        {"bundle header",       0,      0x1600, "error 0xb000c"                            },
        {"bundle FMC",          0,      0x1700, "error 0xb0014"                            },
        {"manifest marker",     1,      0,      "error 0xe0045"                            },
        {"manifest flags",      1,      12,     "error 0xe0047"                            },
        {"manifest owner",      1,      1876,   "error 0xe0049"                            },
        {"manifest digest",     1,      7190,   "bank 0: refused: SoC manifest: refused"   },
        {"monitor magic",       0x1000, 0,      "image: no header"                         },
        {"monitor address",     0x1000, 27,
         "image: no memory where it wants to go"                                           },
        {"monitor entry",       0x1000, 33,
         "image: the digest is not the manifest's"                                         },
        {"monitor code",        0x1000, 100,
         "image: the digest is not the manifest's"                                         },
        {"kernel code",         0x1001, 80,     "image: the digest is not the manifest's"  },
        {"kernel over monitor", 0x1001, 20,
         "image: the digest is not the manifest's"                                         },
    };
    struct cairn_snapshot *snapshot = NULL;
    REQUIRE(cairn_snapshot(bench->machine, &snapshot, NULL) == 0);
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        test_case("%s", cases[i].what);
        EXPECT_EQ(run_changed(bench, snapshot,
                              part_offset(bench, cases[i].id) + cases[i].offset,
                              0x10),
                  CAIRN_STOP_LINE);
        EXPECT(!bench->released);
        EXPECT_EQ(trust_board_instructions(bench), 0);
        if (!EXPECT(trust_board_says(bench, cases[i].reason))) {
            printf("%s", buffer_text(&bench->console));
        }
    }
    cairn_snapshot_destroy(snapshot);
}

/* The directory is not signed, so it must not decide what a set is. */
TEST_ON(an_image_that_the_directory_leaves_out_is_missed, bench)
{
    const size_t id = FLASH_BANK_0 + sizeof(struct flash_directory) +
                      3 * sizeof(struct flash_entry) + 1;
    struct cairn_snapshot *snapshot = NULL;
    REQUIRE(cairn_snapshot(bench->machine, &snapshot, NULL) == 0);
    EXPECT_EQ(run_changed(bench, snapshot, id, 0x10), CAIRN_STOP_LINE);
    EXPECT(trust_board_says(bench, "image 0x1000: authorised"));
    EXPECT(trust_board_says(bench,
                            "bank 0: refused: images: one of the "
                            "manifest's is missing"));
    EXPECT_EQ(trust_board_instructions(bench), 0);
    cairn_snapshot_destroy(snapshot);
}
