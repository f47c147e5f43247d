/* SPDX-License-Identifier: Apache-2.0 */
#include "trust/report/goal.h"

#include <stdio.h>
#include <string.h>

#include "base/bits.h"
#include "tests/harness.h"

static const struct {
    enum event_fact fact;
    enum event_role role;
} life[] = {
    {FACT_PROCESSOR_HELD,     ROLE_RESETS       },
    {FACT_FUSES_LOCKED,       ROLE_ROOT_OF_TRUST},
    {FACT_CORE_RELEASED,      ROLE_ROOT_OF_TRUST},
    {FACT_PROCESSOR_RUNS,     ROLE_RESETS       },
    {FACT_ECC_VALID,          ROLE_VERIFIER     },
    {FACT_READY_FOR_FIRMWARE, ROLE_ROOT_OF_TRUST},
    {FACT_FIRMWARE_ENTERED,   ROLE_ROOT_OF_TRUST},
    {FACT_READY_FOR_RUNTIME,  ROLE_ROOT_OF_TRUST},
    {FACT_IMAGE_AUTHORISED,   ROLE_MAILBOX      },
    {FACT_PROCESSOR_RUNS,     ROLE_RESETS       },
    {FACT_SYSTEM_TURNED_OFF,  ROLE_PSCI         },
};

/* Processors are application processors. */
static void add(struct event_list *list, uint64_t time_ns, enum event_fact fact,
                enum event_role role)
{
    event_add(list, &(struct event){
                        .time_ns = time_ns,
                        .fact = fact,
                        .role = role,
                        .values = {0, fact == FACT_PROCESSOR_RUNS},
    });
}

/* Events [from, to) of a life without the one at `without`. */
static void add_life(struct event_list *list, size_t count, size_t without)
{
    for (size_t i = 0; i < count; i++) {
        if (i != without) {
            add(list, i, life[i].fact, life[i].role);
        }
    }
}

static int check(size_t count, size_t without, const char *goal,
                 struct error *error)
{
    struct event_list list = {0};
    *error = (struct error){""};
    add_life(&list, count, without);
    int code = chain_goal_check(&list, goal, error);
    event_list_fini(&list);
    return code;
}

/* For each goal the events it is made of, all of life's, and what is said when
 * that one is missing. */
static const struct {
    const char *goal;
    size_t at;
    const char *missing;
} rows[] = {
    {"power",          0,
     "the machine was never turned on: no event 'reset"
     "' was seen"                                              },
    {"processor",      3,
     "no processor was released: no event 'release runs "
     "from' was seen"                                          },
    {"reset",          2,
     "the root of trust was not released: no event "
     "'release soc_ifc core' was seen"                         },
    {"firmware-ready", 2,  "the root of trust was not released"},
    {"firmware-ready", 5,
     "the ROM has not requested firmware: no event "
     "'update soc_ifc flow ready for firmware' was seen"       },
    {"fmc",            2,  "the root of trust was not released"},
    {"fmc",            5,  "the ROM has not requested firmware"},
    {"fmc",            6,
     "the firmware was not entered: no event 'release "
     "soc_ifc firmware' was seen"                              },
    {"runtime",        5,  "the ROM has not requested firmware"},
    {"runtime",        6,  "the firmware was not entered"      },
    {"runtime",        7,
     "the runtime firmware has not become ready: no "
     "event 'update soc_ifc flow ready for runtime' was "
     "seen"                                                    },
    {"application",    8,
     "no image was authorised: no event 'authorise "
     "authorised' was seen"                                    },
    {"application",    9,
     "no application core was released: no event "
     "'release reset' was seen"                                },
    {"off",            10,
     "the guest has not turned the machine off: no event "
     "'reset system turned off' was seen"                      },
};

TEST(a_goal_is_reached_with_its_last_event_and_not_before)
{
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct error error;
        size_t last = rows[i].at;
        test_case("%s", rows[i].goal);
        for (size_t n = i; n < ARRAY_SIZE(rows); n++) {
            if (strcmp(rows[n].goal, rows[i].goal) == 0) {
                last = rows[n].at;
            }
        }
        /* Any event at all of the power line will do. */
        if (last != 0 && last != 3) {
            EXPECT_EQ(check(last, SIZE_MAX, rows[i].goal, &error), -ENOENT);
        }
        EXPECT_EQ(check(last + 1, SIZE_MAX, rows[i].goal, &error), 0);
        EXPECT_STR(error.text, "");
    }
}

TEST(a_missing_event_is_named)
{
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct error error;
        size_t count = rows[i].at == 0   ? 1
                       : rows[i].at == 3 ? 8
                                         : ARRAY_SIZE(life);
        test_case("%s without event %zu", rows[i].goal, rows[i].at);
        EXPECT_EQ(check(count, rows[i].at, rows[i].goal, &error), -ENOENT);
        if (!EXPECT(strncmp(error.text, rows[i].missing,
                            strlen(rows[i].missing)) == 0)) {
            fprintf(stderr, "  it says: %s\n", error.text);
        }
    }
}

FIXTURE(struct event_list, list, event_list_fini)
FIXTURE_BEGIN(list, add(list, 2, FACT_IMAGE_AUTHORISED, ROLE_MAILBOX))

TEST_BEGINS(events_in_another_order_do_not_make_a_goal, list)
{
    struct error error = {""};
    add(list, 1, FACT_PROCESSOR_RUNS, ROLE_RESETS);
    add(list, 2, FACT_IMAGE_AUTHORISED, ROLE_MAILBOX);
    EXPECT_EQ(chain_goal_check(list, "application", &error), -ENOENT);
}

/* Why the root of trust gave up, in words: by the last of its errors. */
TEST_BEGINS(a_fatal_error_is_told_with_what_is_missing, list)
{
    struct error error = {""};
    struct event fatal = {.fact = FACT_FIRMWARE_FATAL, .agent = "soc_ifc"};
    fatal.values[0] = 0x000b0005;
    event_add(list, &fatal);
    EXPECT_EQ(chain_goal_check(list, "application", &error), -ENOENT);
    EXPECT(strstr(error.text,
                  "was seen; firmware of the root of trust: fatal 0x000b0005: "
                  "vendor keys do not match the fuse") != NULL);
}

TEST_BEGINS(what_was_refused_does_not_count, list)
{
    struct error error = {""};
    add(list, 2, FACT_IMAGE_OTHER_DIGEST, ROLE_MAILBOX);
    add(list, 3, FACT_PROCESSOR_RUNS, ROLE_RESETS);
    EXPECT_EQ(chain_goal_check(list, "application", &error), -ENOENT);
}

/* The boot MCU, which starts again after it has refused the rest. */
TEST_ON(a_processor_that_is_not_for_applications_does_not_count, list)
{
    struct error error = {""};
    event_add(list, &(struct event){.time_ns = 3,
                                    .fact = FACT_PROCESSOR_RUNS,
                                    .role = ROLE_RESETS});
    EXPECT_EQ(chain_goal_check(list, "application", &error), -ENOENT);
    add(list, 4, FACT_PROCESSOR_RUNS, ROLE_RESETS);
    EXPECT_EQ(chain_goal_check(list, "application", &error), 0);
}

/* A guest that starts a processor by PSCI opens no gate. */
TEST_ON(a_processor_that_a_guest_starts_does_not_count, list)
{
    struct error error = {""};
    add(list, 3, FACT_PROCESSOR_RUNS, ROLE_PSCI);
    EXPECT_EQ(chain_goal_check(list, "application", &error), -ENOENT);
    EXPECT_EQ(chain_goal_check(list, "processor", &error), 0);
}

TEST(other_goals_are_none)
{
    struct event_list list = {0};
    struct error error = {""};
    EXPECT_EQ(chain_goal_check(&list, "runtim", &error), -EINVAL);
    EXPECT_STR(error.text, "'runtim' is not a goal");
    EXPECT(chain_goal_text("runtim") == NULL);
    EXPECT_STR(chain_goal_text("runtime"), "the runtime firmware is ready");
}
