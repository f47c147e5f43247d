/* SPDX-License-Identifier: Apache-2.0 */
#include "base/event.h"

#include <string.h>

#include "tests/harness.h"

static void count_event(void *context, const struct event *event)
{
    unsigned *sum = context;
    *sum += event->digest.size;
}

static void add(struct event_list *list, uint64_t time_ns)
{
    event_add(list, &(struct event){
                        .time_ns = time_ns,
                        .fact = FACT_NUMBER_MEASURED,
                        .agent = "rom",
                        .values = {time_ns},
                        .digest = event_digest("ab", 2),
                    });
}

TEST(events_keep_their_order_and_are_announced)
{
    unsigned sum = 0;
    struct event_list list = {.added = count_event, .context = &sum};
    for (unsigned i = 0; i < 200; i++) {
        add(&list, i);
    }
    REQUIRE(list.count == 200);
    EXPECT_EQ(sum, 400);
    EXPECT_EQ(list.events[130].time_ns, 130);
    EXPECT_EQ(list.events[130].values[0], 130);
    event_list_truncate(&list, 5);
    EXPECT_EQ(list.count, 5);
    event_list_truncate(&list, 100);
    EXPECT_EQ(list.count, 5);
    event_list_fini(&list);
    EXPECT_EQ(list.count, 0);
}

/* Its first events, its last ones, and how many were between. */
TEST(a_list_that_is_full_keeps_both_ends)
{
    const uint64_t total = 3 * EVENTS_MAX + 1;
    OWNED(event_list_fini) struct event_list list = {0};
    for (uint64_t i = 0; i < total; i++) {
        add(&list, i);
        REQUIRE(list.count <= EVENTS_MAX);
        REQUIRE(event_list_total(&list) == i + 1);
    }
    EXPECT_EQ(list.events[0].time_ns, 0);
    EXPECT_EQ(list.events[EVENTS_FIRST - 1].time_ns, EVENTS_FIRST - 1);
    EXPECT_EQ(list.events[EVENTS_FIRST].time_ns, EVENTS_FIRST + list.omitted);
    EXPECT_EQ(list.events[list.count - 1].time_ns, total - 1);
    event_list_truncate(&list, total - 5);
    EXPECT_EQ(event_list_total(&list), total - 5);
    EXPECT_EQ(list.events[list.count - 1].time_ns, total - 6);
    /* To among those that went. */
    event_list_truncate(&list, EVENTS_FIRST + 7);
    EXPECT_EQ(event_list_total(&list), EVENTS_FIRST + 7);
    EXPECT_EQ(list.count, EVENTS_FIRST);
    EXPECT_EQ(list.omitted, 7);
    event_list_truncate(&list, 3);
    EXPECT_EQ(list.count, 3);
    EXPECT_EQ(list.omitted, 0);
}

TEST(long_names_are_cut)
{
    struct event event = {0};
    char name[300];
    memset(name, 'n', sizeof(name) - 1);
    name[sizeof(name) - 1] = '\0';
    event_set_agent(&event, name);
    event_set_name(&event, name);
    EXPECT_EQ(strlen(event.agent), sizeof(event.agent) - 1);
    EXPECT_EQ(strlen(event.name), sizeof(event.name) - 1);
}

TEST(a_fact_says_kind_subject_and_outcome)
{
    static const struct {
        enum event_fact fact;
        enum event_kind kind;
        enum event_subject subject;
        enum event_outcome outcome;
        bool bad;
    } rows[] = {
        {FACT_PROCESSOR_HELD,     EVENT_RESET,     SUBJECT_PROCESSOR,     OUTCOME_NONE,
         false                                                                                  },
        {FACT_ECC_VALID,          EVENT_VERIFY,    SUBJECT_ECC_SIGNATURE, OUTCOME_ACCEPTED,
         false                                                                                  },
        {FACT_IMAGE_OTHER_DIGEST, EVENT_AUTHORISE, SUBJECT_IMAGE,
         OUTCOME_REFUSED,                                                                   true},
        {FACT_FIRMWARE_FATAL,     EVENT_FAULT,     SUBJECT_FIRMWARE,      OUTCOME_FAULT,
         true                                                                                   },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct event event = {.fact = rows[i].fact};
        test_case("fact %d", (int)rows[i].fact);
        EXPECT_EQ(event_kind(&event), rows[i].kind);
        EXPECT_EQ(event_subject(&event), rows[i].subject);
        EXPECT_EQ(event_outcome(&event), rows[i].outcome);
        EXPECT_EQ(event_is_bad(&event), rows[i].bad);
    }
}

/* A search for faults by kind and one by outcome find the same events; a kind
 * that is a decision never has an open outcome. */
TEST(kind_and_outcome_of_each_fact_go_together)
{
    for (int i = 0; i < EVENT_FACTS; i++) {
        const struct event event = {.fact = (enum event_fact)i};
        enum event_kind kind = event_kind(&event);
        enum event_outcome outcome = event_outcome(&event);
        bool decides = kind == EVENT_VERIFY || kind == EVENT_AUTHORISE;
        test_case("fact %d", i);
        EXPECT_EQ(kind == EVENT_FAULT, outcome == OUTCOME_FAULT);
        EXPECT_EQ(decides,
                  outcome == OUTCOME_ACCEPTED || outcome == OUTCOME_REFUSED);
    }
}

TEST(every_kind_has_a_name_of_its_own)
{
    for (int i = 0; i < EVENT_KINDS; i++) {
        REQUIRE(event_kind_name((enum event_kind)i) != NULL);
        for (int j = 0; j < i; j++) {
            EXPECT(strcmp(event_kind_name((enum event_kind)i),
                          event_kind_name((enum event_kind)j)) != 0);
        }
    }
}
