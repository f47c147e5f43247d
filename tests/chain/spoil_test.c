/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Spoilt flashes of board trust: a byte of each field of each object in it, and
 * of a capsule that waits in it, is changed in every way, one per run. After
 * any change only signed code runs, or none does, and the refusing stage names
 * the object. CAIRN_MUTATIONS sets the number of changes (default: each field
 * once; `make check-chain` makes thousands), CAIRN_SEED selects the bytes.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "tests/chain/spoil.h"
#include "tests/chain/trust_board.h"
#include "tests/chain/trust_capsule.h"
#include "tests/harness.h"
#include "trust/caliptra/errors.h"

enum { FLOOR = 1, TEXT_MAX = 96 };

struct campaign {
    struct trust_board board;
    struct cairn_snapshot *snapshot; /* at power-on */
    struct spoil_fields list;
    struct spoil_table table;
    uint64_t state; /* of the choice of bytes */
    uint64_t count;
    uint8_t *before; /* the banks, to compare */
};

static uint64_t below(uint64_t *state, uint64_t limit)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state % limit;
}

/* True if the console has one of "a|b". */
static bool says_one(struct trust_board *board, const char *words)
{
    char word[TEXT_MAX];
    while (*words != '\0') {
        size_t length = strcspn(words, "|");
        snprintf(word, sizeof(word), "%.*s", (int)length, words);
        if (trust_board_says(board, word)) {
            return true;
        }
        words += length + (words[length] == '|');
    }
    return false;
}

/* ---- What was refused, in a line ----------------------------------------- */

/* The first refusal, and the root of trust's error if it was that. */
static void explain(struct trust_board *board, char text[TEXT_MAX])
{
    const char *console = buffer_text(&board->console);
    const char *refused = strstr(console, "refused: ");
    const char *error = strstr(console, "root of trust: error ");
    refused = refused != NULL ? refused + strlen("refused: ") : "no words";
    int length = (int)strcspn(refused, "\n");
    if (error != NULL && error < refused) {
        uint32_t code = (uint32_t)strtoul(strchr(error, 'x') - 1, NULL, 16);
        const char *known = caliptra_error_text(code);
        snprintf(text, TEXT_MAX, "%.*s, 0x%08x %s", length, refused, code,
                 known != NULL ? known : "an error without a name");
    } else {
        snprintf(text, TEXT_MAX, "%.*s", length, refused);
    }
    if (trust_board_says(board, "update metadata is damaged")) {
        snprintf(text, TEXT_MAX, "boot MCU: the update metadata is damaged");
    }
}

static void complain(const struct trust_board *board)
{
    printf("%s", buffer_text(&board->console));
}

/* ---- Each run ------------------------------------------------------------ */

/* Changes byte i of all that are to be changed: fields in turn, each time in
 * another way, at its first byte, its last, and then anywhere. */
static const struct spoil_field *next(struct campaign *campaign, uint64_t i)
{
    struct spoil_fields *list = &campaign->list;
    const struct spoil_field *field = &list->fields[i % list->count];
    uint64_t round = i / list->count;
    size_t at = round % 3 == 0   ? 0
                : round % 3 == 1 ? field->size - 1
                                 : below(&campaign->state, field->size);
    buffer_clear(&campaign->board.console);
    campaign->board.released = false;
    EXPECT_EQ(cairn_restore(campaign->board.machine, campaign->snapshot, NULL),
              0);
    /* Neighbours in the list start with different classes. */
    for (unsigned skip = 0; skip < SPOIL_CLASSES; skip++) {
        enum spoil_class class = (enum spoil_class)(
            (i % list->count + round + skip) % SPOIL_CLASSES);
        size_t where = spoil(&campaign->board, field, class, at);
        if (where != SIZE_MAX) {
            test_case("%s, %s, 0x%zx: %s", field->object, field->name, where,
                      spoil_class_names[class]);
            return field;
        }
    }
    EXPECT(false);
    return field;
}

/* Checks what the application cores were let go with. */
static void check_release(const struct trust_board *board)
{
    EXPECT(board->intact);
    EXPECT_EQ(board->early, 0);
    EXPECT_EQ(board->authorised, 3);
    EXPECT_EQ(trust_board_entry(board), board->signed_entry);
}

static void boot_spoilt(struct campaign *campaign, uint64_t i)
{
    struct trust_board *board = &campaign->board;
    const struct spoil_field *field = next(campaign, i);
    char refusal[TEXT_MAX];
    enum cairn_stop stop = trust_board_run(board);
    EXPECT(stop == CAIRN_STOP_OFF || stop == CAIRN_STOP_LINE);
    EXPECT_EQ(stop == CAIRN_STOP_OFF, board->released);
    if (board->released) {
        check_release(board);
        if (!EXPECT(field->harmless != NULL)) {
            complain(board);
        }
        spoil_count(&campaign->table, field, NULL);
        return;
    }
    EXPECT_EQ(trust_board_instructions(board), 0);
    if (!EXPECT(*field->words != '\0' && says_one(board, field->words))) {
        complain(board);
    }
    explain(board, refusal);
    spoil_count(&campaign->table, field, refusal);
}

static bool prepare(struct campaign *campaign)
{
    campaign->state = 0x9e3779b97f4a7c15u ^ test_number("CAIRN_SEED", 0);
    return cairn_snapshot(campaign->board.machine, &campaign->snapshot, NULL) ==
           0;
}

static void finish(struct campaign *campaign)
{
    spoil_print(&campaign->table, &campaign->list);
    if (campaign->count >= campaign->list.count * SPOIL_CLASSES) {
        printf("each of %zu fields in each of %d ways\n", campaign->list.count,
               SPOIL_CLASSES);
    }
    cairn_snapshot_destroy(campaign->snapshot);
    trust_board_finish(&campaign->board);
    free(campaign);
}

TEST(nothing_but_what_was_signed_runs_from_a_spoilt_flash)
{
    struct campaign *campaign = xcalloc(1, sizeof(*campaign));
    REQUIRE(trust_board_read(&campaign->board));
    REQUIRE(trust_board_start(&campaign->board));
    REQUIRE(prepare(campaign));
    spoil_list_flash(&campaign->board, &campaign->list);
    campaign->count = test_number("CAIRN_MUTATIONS", 0) * 4 / 5;
    if (campaign->count == 0) {
        campaign->count = campaign->list.count;
    }
    for (uint64_t i = 0; i < campaign->count; i++) {
        boot_spoilt(campaign, i);
    }
    finish(campaign);
}

/* ---- Capsules ------------------------------------------------------------ */

static const struct {
    size_t offset;
    size_t size;
} kept[] = {
    {FLASH_METADATA_0, FLASH_BOOT_RECORD + 2 * FLASH_ERASE_SIZE},
    {FLASH_BANK_0,     1 << 20                                 },
    {FLASH_BANK_1,     1 << 20                                 },
};

static void keep(struct campaign *campaign)
{
    const uint8_t *flash = trust_board_flash(&campaign->board);
    size_t at = 0;
    campaign->before = malloc(4 << 20);
    for (size_t i = 0; i < ARRAY_SIZE(kept); i++) {
        memcpy(campaign->before + at, flash + kept[i].offset, kept[i].size);
        at += kept[i].size;
    }
}

static bool is_kept(struct campaign *campaign)
{
    const uint8_t *flash = trust_board_flash(&campaign->board);
    size_t at = 0;
    bool same = true;
    for (size_t i = 0; i < ARRAY_SIZE(kept); i++) {
        same = same && memcmp(campaign->before + at, flash + kept[i].offset,
                              kept[i].size) == 0;
        at += kept[i].size;
    }
    return same;
}

static void update_spoilt(struct campaign *campaign, uint64_t i)
{
    struct trust_board *board = &campaign->board;
    const struct spoil_field *field = next(campaign, i);
    char refusal[TEXT_MAX];
    uint32_t before = trust_board_operations(board);
    EXPECT_EQ(trust_board_run(board), CAIRN_STOP_OFF);
    EXPECT(board->released);
    check_release(board);
    if (trust_board_says(board, "update: bank 1 gets the new set")) {
        EXPECT(field->harmless != NULL);
        EXPECT(trust_board_says(board, "boot MCU: bank 1"));
        spoil_count(&campaign->table, field, NULL);
        return;
    }
    EXPECT(trust_board_says(board, "boot MCU: bank 0"));
    EXPECT_EQ(trust_board_operations(board), before);
    EXPECT(is_kept(campaign));
    if (!trust_board_says(board, "update: ")) {
        EXPECT(*field->words == '\0' && field->harmless != NULL);
        spoil_count(&campaign->table, field, NULL);
        return;
    }
    if (!EXPECT(*field->words != '\0' && says_one(board, field->words))) {
        complain(board);
    }
    explain(board, refusal);
    spoil_count(&campaign->table, field, refusal);
}

TEST(a_spoilt_capsule_is_refused_and_changes_nothing)
{
    const struct trust_order good = {.version = 5, .lowest = 4};
    struct campaign *campaign = xcalloc(1, sizeof(*campaign));
    struct buffer capsule = {0};
    REQUIRE(trust_board_read(&campaign->board));
    trust_capsule_fuses(&campaign->board, FLOOR);
    REQUIRE(trust_board_start(&campaign->board));
    trust_capsule_make(&campaign->board, &good, &capsule);
    trust_capsule_deliver(&campaign->board, &capsule);
    keep(campaign);
    REQUIRE(prepare(campaign));
    spoil_list_capsule(capsule.bytes, &campaign->list);
    campaign->count = test_number("CAIRN_MUTATIONS", 0) / 5;
    if (campaign->count == 0) {
        campaign->count = campaign->list.count;
    }
    for (uint64_t i = 0; i < campaign->count; i++) {
        update_spoilt(campaign, i);
    }
    free(campaign->before);
    buffer_fini(&capsule);
    finish(campaign);
}
