/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Spoilt flashes of board ast2700: bytes of each part of the flash that the
 * program carries are changed, one change per run. After any change nothing is
 * released and the reason names the part, or it was in bytes that no signature
 * covers and all that runs is signed. CAIRN_MUTATIONS sets the number of
 * changes
 * (`make check-ast2700-mutations` makes thousands), CAIRN_SEED selects the
 * bytes.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "include/cairn/snapshot.h"
#include "tests/ast2700/board.h"
#include "tests/harness.h"

enum { WAYS = 4, PARTS_MAX = 64, MUTATIONS = 100 };

/* A range of the flash, and the words of the refusals that name it. */
struct part {
    const char *name;
    size_t offset;
    size_t size;
    const char *words; /* "a|b" */
    bool counts;       /* no change of it may be without effect */
};

struct campaign {
    struct ast2700_board board;
    struct cairn_snapshot *snapshot; /* at power-on */
    unsigned count;
    struct part parts[PARTS_MAX];
    uint64_t state; /* of the choice of bytes */
    uint64_t refused;
    uint64_t harmless;
};

static uint64_t below(uint64_t *state, uint64_t limit)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state % limit;
}

/* ---- What is in the flash ------------------------------------------------ */

static void add(struct campaign *campaign, const char *name, size_t offset,
                size_t size, const char *words, bool counts)
{
    if (EXPECT(campaign->count < PARTS_MAX) && size != 0) {
        campaign->parts[campaign->count++] =
            (struct part){name, offset, size, words, counts};
    }
}

static void add_header(struct campaign *campaign)
{
    static const char any[] =
        "directory|flash image|FMC header|first mutable code";
    size_t header = sizeof(struct aspeed_fmc_v2);
    add(campaign, "FMC magic", 0, 4, any, true);
    add(campaign, "FMC version", 4, 4, any, true);
    add(campaign, "FMC key indices", 8, 8, any, false);
    add(campaign, "FMC ECC signature",
        offsetof(struct aspeed_fmc_v2, ecc_signature), 96, any, true);
    add(campaign, "FMC LMS signature",
        offsetof(struct aspeed_fmc_v2, lms_signature), 1620, any, false);
    add(campaign, "FMC body", offsetof(struct aspeed_fmc_v2, body),
        sizeof(struct aspeed_fmc_body), any, true);
    add(campaign, "FMC code", header, campaign->board.flash.fmc.code.size, any,
        true);
}

static void add_manifest(struct campaign *campaign, size_t at)
{
    static const char words[] = "SoC manifest";
#define FIELD(field, counts)                                                   \
    add(campaign, "manifest " #field,                                          \
        at + offsetof(struct aspeed_soc_preamble, field),                      \
        sizeof(((struct aspeed_soc_preamble *)0)->field), words, counts)
    FIELD(marker, true);
    FIELD(size, true);
    FIELD(version, true);
    FIELD(security_version, true);
    FIELD(flags, true);
    FIELD(vendor_keys, true);
    FIELD(vendor_endorsement, true);
    FIELD(owner_keys, true);
    FIELD(owner_endorsement, true);
    FIELD(owner_security_version.ecc, true);
    FIELD(owner_security_version.lms, false); /* the ROM checks ECC alone */
    FIELD(vendor_metadata, true);
    FIELD(owner_metadata, true);
#undef FIELD
    add(campaign, "manifest images", at + sizeof(struct aspeed_soc_preamble),
        sizeof(struct caliptra_soc_images), words, true);
}

static void add_parts(struct campaign *campaign)
{
    const struct aspeed_flash *flash = &campaign->board.flash;
    size_t base = flash->image_place.offset;
    add_header(campaign);
    add(campaign, "directory", base, 16 + 12 * (size_t)flash->image.count,
        "directory|flash image|Caliptra bundle|SoC manifest|image|root of "
        "trust",
        false);
    for (unsigned i = 0; i < flash->image.count; i++) {
        const struct flash_part *part = &flash->image.parts[i];
        size_t at = base + part->offset;
        if (part->id == ASPEED_ENTRY_MANIFEST) {
            add_manifest(campaign, at);
        } else if (part->id == ASPEED_ENTRY_CALIPTRA) {
            size_t head = sizeof(struct caliptra_manifest);
            add(campaign, "bundle manifest", at, head,
                "Caliptra bundle|root of trust", false);
            add(campaign, "bundle code", at + head, part->size - head,
                "Caliptra bundle", true);
        } else {
            add(campaign, "image", at, part->size, "image: the digest", true);
        }
    }
}

/* ---- Each run ------------------------------------------------------------ */

static uint8_t changed(uint8_t byte, uint64_t way, uint64_t random)
{
    switch (way) {
    case 0:
        return (uint8_t)(byte ^ 1u << (random % 8));
    case 1:
        return byte == 0xff ? 0 : 0xff;
    case 2:
        return byte == 0 ? 1 : 0;
    default:
        return (uint8_t)(byte + 1 + random % 255);
    }
}

static const struct part *spoil(struct campaign *campaign, uint64_t i)
{
    struct ast2700_board *board = &campaign->board;
    uint64_t count = campaign->count != 0 ? campaign->count : 1;
    const struct part *part = &campaign->parts[i % count];
    uint64_t round = i / count;
    size_t at =
        part->offset + (round == 0   ? 0
                        : round == 1 ? part->size - 1
                                     : below(&campaign->state, part->size));
    uint8_t *flash = NULL;
    size_t size = 0;
    buffer_clear(&board->console);
    EXPECT_EQ(cairn_restore(board->machine, campaign->snapshot, NULL), 0);
    EXPECT_EQ(cairn_memory_written(board->machine, "boot_flash", at, 1), 0);
    if (!EXPECT_EQ(cairn_memory(board->machine, "boot_flash", &flash, &size),
                   0)) {
        return part;
    }
    flash[at] = changed(flash[at], (i + round) % WAYS,
                        below(&campaign->state, 1 << 20));
    test_case("%s, 0x%zx: 0x%02x", part->name, at, flash[at]);
    return part;
}

/* True if the console has one of "a|b" behind "stopped: ". */
static bool names_part(struct ast2700_board *board, const char *words)
{
    const char *why = strstr(buffer_text(&board->console), "stopped: ");
    while (why != NULL && *words != '\0') {
        char word[64];
        size_t length = strcspn(words, "|");
        snprintf(word, sizeof(word), "%.*s", (int)length, words);
        if (strstr(why, word) != NULL) {
            return true;
        }
        words += length + (words[length] == '|');
    }
    return false;
}

static void run(struct campaign *campaign, uint64_t i)
{
    struct ast2700_board *board = &campaign->board;
    const struct part *part = spoil(campaign, i);
    uint64_t before = ast2700_board_instructions(board);
    EXPECT_EQ(ast2700_board_run(board), CAIRN_STOP_IDLE);
    if (ast2700_board_releases(board) == 0) {
        campaign->refused++;
        EXPECT_EQ(ast2700_board_instructions(board), before);
        if (!EXPECT(names_part(board, part->words))) {
            printf("%s\n", buffer_text(&board->console));
        }
    } else {
        campaign->harmless++;
        EXPECT(!part->counts);
        EXPECT_EQ(ast2700_board_releases(board), 6);
        EXPECT(ast2700_board_is_intact(board));
    }
}

TEST(a_change_of_any_byte_leaves_the_processors_held)
{
    static struct campaign campaign;
    uint64_t mutations = test_number("CAIRN_MUTATIONS", MUTATIONS);
    REQUIRE(ast2700_board_read(&campaign.board));
    REQUIRE(ast2700_board_start(&campaign.board));
    campaign.state = test_number("CAIRN_SEED", 1) * 0x9e3779b97f4a7c15u | 1;
    REQUIRE(cairn_snapshot(campaign.board.machine, &campaign.snapshot, NULL) ==
            0);
    add_parts(&campaign);
    for (uint64_t i = 0; i < mutations; i++) {
        run(&campaign, i);
    }
    test_case("all");
    printf("%llu changes of %u parts: %llu refused, %llu without effect\n",
           (unsigned long long)mutations, campaign.count,
           (unsigned long long)campaign.refused,
           (unsigned long long)campaign.harmless);
    EXPECT(mutations == 0 || campaign.refused > campaign.harmless);
    cairn_snapshot_destroy(campaign.snapshot);
    ast2700_board_finish(&campaign.board);
}
