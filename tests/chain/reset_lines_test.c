/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reset lines of board trust, asserted from outside at places all over a boot:
 * whatever follows, no application core runs but by images that the root of
 * trust authorised since it was reset itself, and equal resets are equal runs.
 */
#include <errno.h>
#include <string.h>

#include "base/bits.h"
#include "platform/machine/machine.h"
#include "tests/chain/trust_board.h"
#include "tests/facts.h"
#include "tests/harness.h"
#include "tests/machine.h"

enum { IMAGES = 2, PLACES = 3 };

/* In the ROM of the root of trust, while the manifest is checked, and when the
 * first application core runs. */
static const uint64_t places[PLACES] = {400000, 3700000, 3989000};

/* True if each release of an application core comes behind the authorisation of
 * all images, by a root of trust that was not reset meanwhile. */
static bool is_authorised(const struct cairn_machine *machine)
{
    const struct event_list *list = &machine->fabric.events;
    unsigned authorised = 0;

    for (size_t i = 0; i < list->count; i++) {
        const struct event *event = &list->events[i];
        switch (event->fact) {
        case FACT_CORE_POWER_LOST:
        case FACT_CORE_WARM_RESET:
            authorised = 0;
            break;
        case FACT_IMAGE_AUTHORISED:
            authorised++;
            break;
        case FACT_PROCESSOR_RUNS:
            if (strncmp(event->name, "cpu", 3) == 0 &&
                strcmp(event->name, "cpu") != 0 && authorised < IMAGES) {
                return false;
            }
            break;
        default:
            break;
        }
    }
    return true;
}

static bool has_fact(const struct cairn_machine *machine, size_t index,
                     enum event_fact fact)
{
    const struct event *event;

    while ((event = fact_at(machine, index)) != NULL && event->fact != fact) {
        index++;
    }
    return event != NULL;
}

/* A boot in which the line is asserted there, and released 1 us later, unless
 * the firmware held it anyway. */
static uint64_t boot(const char *line, uint64_t place)
{
    struct trust_board bench;
    const struct cairn_reset_at at = {sizeof(at), line, place, 1000};
    uint32_t held = 0;
    uint64_t hash = 0;

    if (!EXPECT(trust_board_read(&bench)) ||
        !EXPECT(trust_board_start(&bench))) {
        return 0;
    }
    cairn_run(bench.machine,
              &(struct cairn_until){.size = sizeof(struct cairn_until),
                                    .instructions = place});
    EXPECT_EQ(cairn_line_get(bench.machine, line, &held), 0);
    EXPECT_EQ(cairn_reset_line_at(bench.machine, &at), 0);
    /* A boot MCU that waits for the root of trust in vain waits for ever. */
    cairn_run(bench.machine,
              &(struct cairn_until){.size = sizeof(struct cairn_until),
                                    .instructions = 12000000});
    size_t asserted =
        fact_find(bench.machine, 0, FACT_LINE_ASSERTED_OUTSIDE, 0);
    EXPECT_EQ(has_fact(bench.machine, asserted, FACT_LINE_RELEASE_ASKED),
              held == 0);
    EXPECT(is_authorised(bench.machine));
    EXPECT_EQ(cairn_reset_lines_waiting(bench.machine), 0);
    hash = cairn_state_hash(bench.machine);
    trust_board_finish(&bench);
    return hash;
}

/* An application core, the root of trust's power and reset, everything. */
TEST(no_core_runs_by_what_was_authorised_before_a_reset)
{
    static const char *const lines[] = {"mcu_reset.line0", "mcu_reset.line8",
                                        "mcu_reset.line9", "mcu_reset.warm"};

    for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
        for (size_t p = 0; p < PLACES; p++) {
            test_case("%s at %u", lines[i], (unsigned)places[p]);
            boot(lines[i], places[p]);
        }
    }
}

TEST(equal_resets_are_equal_runs)
{
    uint64_t hash = boot("mcu_reset.line9", places[1]);

    EXPECT_EQ(boot("mcu_reset.line9", places[1]), hash);
    EXPECT(boot("mcu_reset.line9", places[1] + 1) != hash);
}

FIXTURE(struct trust_board, bench, trust_board_finish)
FIXTURE_BEGIN(bench, REQUIRE(trust_board_read(bench)))

/* However the run is cut up, and from a snapshot behind the release. */
TEST_ON(a_reset_comes_at_its_instruction, bench)
{
    const struct cairn_reset_at at = {sizeof(at), "mcu_reset.line8", 100003, 0};
    const struct cairn_reset_at past = {sizeof(past), "mcu_reset.line8", 1, 0};

    REQUIRE(trust_board_start(bench));
    EXPECT_EQ(cairn_reset_line_at(bench->machine, &at), 0);
    while (cairn_reset_lines_waiting(bench->machine) != 0) {
        run_instructions(bench->machine, 777);
    }
    EXPECT(cairn_instructions(bench->machine, NULL) < 100003 + 777);
    size_t index = fact_find(bench->machine, 0, FACT_LINE_ASSERTED_OUTSIDE, 0);
    uint64_t time_ns = fact_at(bench->machine, index)->time_ns;
    EXPECT_EQ(cairn_reset_line_at(bench->machine, &past), -ERANGE);
    trust_board_finish(bench);

    REQUIRE(trust_board_read(bench));
    REQUIRE(trust_board_start(bench));
    EXPECT_EQ(cairn_reset_line_at(bench->machine, &at), 0);
    cairn_run(bench->machine,
              &(struct cairn_until){.size = sizeof(struct cairn_until),
                                    .instructions = 200000});
    index = fact_find(bench->machine, 0, FACT_LINE_ASSERTED_OUTSIDE, 0);
    EXPECT_EQ(fact_at(bench->machine, index)->time_ns, time_ns);
}

TEST_ON(lines_that_no_registers_assert_are_refused, bench)
{
    REQUIRE(trust_board_start(bench));
    EXPECT_STR(cairn_reset_line_name(bench->machine, 0), "mcu_reset.line0");
    EXPECT_STR(cairn_reset_line_name(bench->machine, 10), "mcu_reset.warm");
    EXPECT(!cairn_reset_line_name(bench->machine, 11));
    EXPECT_EQ(cairn_reset_line(bench->machine, "nothing", true), -ENOENT);
    EXPECT_EQ(cairn_reset_line(bench->machine, "mcu_reset.verdict", true),
              -EPERM);
    EXPECT_EQ(cairn_reset_line(bench->machine, "soc_ifc.cptra_rst_b", true),
              -ENOENT);
}
