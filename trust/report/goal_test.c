/* SPDX-License-Identifier: Apache-2.0 */
#include "trust/report/goal.h"

#include <stdio.h>
#include <string.h>

#include "base/bits.h"
#include "tests/harness.h"

static const struct {
    enum event_kind kind;
    const char *agent;
    const char *subject;
    const char *detail;
} life[] = {
    {EVENT_RESET,     "reset",   "cpu0",       "held, to start at 0x0"},
    {EVENT_UPDATE,    "soc_ifc", "fuses",      "written and locked"   },
    {EVENT_RELEASE,   "soc_ifc", "core",       "reset released"       },
    {EVENT_RELEASE,   "reset",   "cpu",        "runs from 0x0"        },
    {EVENT_VERIFY,    "ecc",     "ECC",        "valid"                },
    {EVENT_UPDATE,    "soc_ifc", "flow",       "ready for firmware"   },
    {EVENT_RELEASE,   "soc_ifc", "firmware",   "ICCM locked"          },
    {EVENT_UPDATE,    "soc_ifc", "flow",       "ready for runtime"    },
    {EVENT_AUTHORISE, "mailbox", "image 1000", "authorised"           },
    {EVENT_RELEASE,   "reset",   "cpu0",       "runs from 0x1000"     },
    {EVENT_RESET,     "psci",    "system",     "turned off"           },
};

/* Events [from, to) of a life without the one at `without`. */
static void add_life(struct event_list *list, size_t count, size_t without)
{
    for (size_t i = 0; i < count; i++) {
        if (i != without) {
            event_add(list, i, life[i].kind, life[i].agent, life[i].subject,
                      NULL, 0, "%s", life[i].detail);
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

/* Of each goal the events it is made of, all of life's, and what is said when
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
     "no processor was let run: no event 'release runs "
     "from' was seen"                                          },
    {"reset",          2,
     "the root of trust was not let go: no event "
     "'release soc_ifc core' was seen"                         },
    {"firmware-ready", 2,  "the root of trust was not let go"  },
    {"firmware-ready", 5,
     "the ROM has not asked for firmware: no event "
     "'update soc_ifc flow ready for firmware' was seen"       },
    {"fmc",            2,  "the root of trust was not let go"  },
    {"fmc",            5,  "the ROM has not asked for firmware"},
    {"fmc",            6,
     "the firmware was not entered: no event 'release "
     "soc_ifc firmware' was seen"                              },
    {"runtime",        5,  "the ROM has not asked for firmware"},
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

TEST(events_in_another_order_do_not_make_a_goal)
{
    struct event_list list = {0};
    struct error error = {""};
    event_add(&list, 1, EVENT_RELEASE, "reset", "cpu0", NULL, 0, "runs from 0");
    event_add(&list, 2, EVENT_AUTHORISE, "mailbox", "image", NULL, 0,
              "authorised");
    EXPECT_EQ(chain_goal_check(&list, "application", &error), -ENOENT);
    event_list_fini(&list);
}

TEST(what_was_refused_does_not_count)
{
    struct event_list list = {0};
    struct error error = {""};
    event_add(&list, 2, EVENT_AUTHORISE, "mailbox", "image", NULL, 0,
              "refused");
    event_add(&list, 3, EVENT_RELEASE, "reset", "cpu0", NULL, 0, "runs from 0");
    EXPECT_EQ(chain_goal_check(&list, "application", &error), -ENOENT);
    event_list_fini(&list);
}

TEST(other_goals_are_none)
{
    struct event_list list = {0};
    struct error error = {""};
    EXPECT_EQ(chain_goal_check(&list, "runtim", &error), -EINVAL);
    EXPECT_STR(error.text, "'runtim' is no goal");
    EXPECT(chain_goal_text("runtim") == NULL);
    EXPECT_STR(chain_goal_text("runtime"), "the runtime firmware is ready");
}
