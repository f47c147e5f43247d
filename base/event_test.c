/* SPDX-License-Identifier: Apache-2.0 */
#include "base/event.h"

#include <string.h>

#include "tests/harness.h"

static void count_event(void *context, const struct event *event)
{
    unsigned *sum = context;
    *sum += event->digest_size;
}

TEST(events_keep_their_order_and_are_announced)
{
    unsigned sum = 0;
    struct event_list list = {.added = count_event, .context = &sum};
    for (unsigned i = 0; i < 200; i++) {
        event_add(&list, i, EVENT_MEASURE, "rom", "fmc", "ab", 2, "n=%u", i);
    }
    REQUIRE(list.count == 200);
    EXPECT_EQ(sum, 400);
    EXPECT_EQ(list.events[130].time_ns, 130);
    EXPECT_STR(list.events[130].detail, "n=130");
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
    struct event_list list = {0};
    for (uint64_t i = 0; i < total; i++) {
        event_add(&list, i, EVENT_RESET, "psci", "system", NULL, 0, "n");
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
    event_list_fini(&list);
}

TEST(long_names_are_cut)
{
    struct event_list list = {0};
    char name[300];
    memset(name, 'n', sizeof(name) - 1);
    name[sizeof(name) - 1] = '\0';
    struct event *event =
        event_add(&list, 0, EVENT_FAULT, name, name, NULL, 0, "%s", name);
    EXPECT_EQ(strlen(event->agent), sizeof(event->agent) - 1);
    EXPECT_EQ(strlen(event->subject), sizeof(event->subject) - 1);
    EXPECT_EQ(strlen(event->detail), sizeof(event->detail) - 1);
    event_list_fini(&list);
}

TEST(an_event_prints_as_text_and_as_json)
{
    struct event_list list = {0};
    struct buffer out = {0};
    const uint8_t digest[10] = {0xde, 0xad, 1, 2, 3, 4, 5, 6, 7, 8};
    struct event *event = event_add(&list, 12345678, EVENT_VERIFY, "rom",
                                    "header", digest, 10, "key \"%d\" good", 0);
    event_print_text(event, &out);
    EXPECT_STR(buffer_text(&out),
               "   12.345678 ms  verify     rom           header: key \"0\" "
               "good [dead010203040506...]");
    buffer_clear(&out);
    event_print_json(event, &out);
    EXPECT_STR(buffer_text(&out),
               "{\"time_ns\":12345678,\"event\":\"verify\",\"agent\":\"rom\","
               "\"subject\":\"header\",\"digest\":\"dead0102030405060708\","
               "\"detail\":\"key \\\"0\\\" good\"}");
    buffer_fini(&out);
    event_list_fini(&list);
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
