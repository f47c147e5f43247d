/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/slots/slots.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "include/cairn/report.h"
#include "tests/harness.h"

/* Makes a machine of a board with that change, or an521 itself. */
static int make_with_slots(const char *board, const char *overlay,
                           struct cairn_error *error)
{
    const char *paths[] = {"overlay.dtso"};
    struct cairn_options options = {.size = sizeof(struct cairn_options),
                                    .board = board,
                                    .seed = 1,
                                    .reports_slots = true};
    struct cairn_machine *machine = NULL;
    FILE *file = overlay ? fopen(paths[0], "w") : NULL;

    if (file) {
        fputs(overlay, file);
        fclose(file);
        options.overlays = paths;
        options.overlay_count = 1;
    }
    int code = cairn_create(&options, &machine, error);
    cairn_destroy(machine);
    (void)unlink(paths[0]);
    return code;
}

TEST(slots_are_in_their_memory)
{
    static const struct {
        const char *board;
        const char *overlay;
        const char *text; /* NULL: is well */
    } rows[] = {
        {"an521", NULL,                                                  NULL                                                            },
        {"an505", NULL,                                                  "board 'an505' has no partition for a boot loader"              },
        {"an521",
         "/dts-v1/;/plugin/;&secure_slot { reg = <0x3ff000 0x2000>; };", "needs an offset and a size in the memory around the partitions"},
        {"an521", "/dts-v1/;/plugin/;&secure_slot { reg = <0x1000>; };",
         "needs an offset and a size in the memory around the partitions"                                                                },
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct cairn_error error = {""};
        test_case("row %zu: %s", i, error.text);
        EXPECT_EQ(make_with_slots(rows[i].board, rows[i].overlay, &error) == 0,
                  rows[i].text == NULL);
        EXPECT(strstr(error.text, rows[i].text ? rows[i].text : "") != NULL);
    }
}

/* Findings about a run that has ended: a snapshot is from where it goes on. */
TEST(a_saved_snapshot_leaves_findings_out_and_the_machine_keeps_them)
{
    const struct cairn_options options = {
        .size = sizeof(options), .board = "an521", .reports_slots = true};
    struct cairn_machine *machine;
    struct cairn_machine *other;
    uint8_t *bytes;
    size_t size;
    REQUIRE(cairn_create(&options, &machine, NULL) == 0);
    REQUIRE(cairn_create(&options, &other, NULL) == 0);
    cairn_power(machine);
    const size_t before = cairn_event_count(machine);
    cairn_judge_slots(machine);
    const size_t judged = cairn_event_count(machine);
    EXPECT(judged > before);
    REQUIRE(cairn_save_bytes(machine, &bytes, &size, NULL) == 0);
    EXPECT_EQ(cairn_event_count(machine), judged);
    cairn_judge_slots(machine);
    EXPECT_EQ(cairn_event_count(machine), judged);
    REQUIRE(cairn_load_bytes(other, bytes, size, NULL) == 0);
    EXPECT_EQ(cairn_event_count(other), before);
    cairn_judge_slots(other);
    EXPECT_EQ(cairn_event_count(other), judged);
    free(bytes);
    cairn_destroy(other);
    cairn_destroy(machine);
}
