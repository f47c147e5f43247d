/* SPDX-License-Identifier: Apache-2.0 */
#include "trust/report/events.h"

#include <string.h>

#include "base/bits.h"
#include "tests/harness.h"
#include "trust/report/event_text.h"

static const uint8_t bytes[48] = {0xab, 0xcd, 1, 2, 3, 4, 5, 6, 7, 8};

static void add(struct event_list *list, uint64_t time_ns, enum event_fact fact,
                const char *agent, size_t digest_size)
{
    struct event event = {
        .time_ns = time_ns,
        .fact = fact,
        .digest = event_digest(bytes, digest_size),
    };
    event_set_agent(&event, agent);
    event_set_name(&event, "key 0 & \"owner\" <signed>");
    event_add(list, &event);
}

static void make_list(struct event_list *list)
{
    memset(list, 0, sizeof(*list));
    add(list, 0, FACT_PROCESSOR_HELD, "soc", 0);
    add(list, 1500000, FACT_ECC_VALID, "rom", sizeof(bytes));
    add(list, 1500100, FACT_FIRMWARE_FATAL, "rom", 0);
}

static size_t count(const char *text, const char *word)
{
    size_t n = 0;
    for (; (text = strstr(text, word)) != NULL; text += strlen(word)) {
        n++;
    }
    return n;
}

FIXTURE(struct event_list, list, event_list_fini)
FIXTURE_BEGIN(list, make_list(list))

TEST_ON(text_has_a_line_per_event_and_per_agent, list)
{
    OWNED(buffer_fini) struct buffer out = {0};
    event_report_text(list, &out);
    EXPECT_EQ(count(buffer_text(&out), "\n"), 5);
    EXPECT(strstr(buffer_text(&out), "soc: 1 reset\n") != NULL);
    EXPECT(strstr(buffer_text(&out), "rom: 1 verify, 1 fault\n") != NULL);
}

TEST_ON(json_has_one_object_per_line, list)
{
    OWNED(buffer_fini) struct buffer out = {0};
    event_report_json(list, &out);
    EXPECT_EQ(count(buffer_text(&out), "}\n{"), 2);
    EXPECT_EQ(count(buffer_text(&out), "\"agent\":\"rom\""), 2);
}

TEST_ON(the_picture_has_a_dot_per_event_and_escapes_words, list)
{
    OWNED(buffer_fini) struct buffer out = {0};
    event_report_svg(list, "a < b", &out);
    const char *svg = buffer_text(&out);
    EXPECT_EQ(count(svg, "<circle "), 3);
    EXPECT_EQ(count(svg, "class=\"lane\"/>"), 2);
    EXPECT_EQ(count(svg, "<g>"), count(svg, "</g>"));
    EXPECT(strstr(svg, "a &lt; b") != NULL);
    EXPECT(strstr(svg, "key 0 &amp; &quot;owner&quot; &lt;signed&gt;") != NULL);
    EXPECT(strstr(svg, "abcd010203040506...") != NULL);
    EXPECT(strstr(svg, "1.500000 ms") != NULL);
    EXPECT_EQ(count(svg, "class=\"fault\""), 1);
}

TEST(an_empty_list_is_still_a_picture)
{
    struct event_list list = {0};
    OWNED(buffer_fini) struct buffer out = {0};
    event_report_svg(&list, "nothing", &out);
    EXPECT(strstr(buffer_text(&out), "</svg>") != NULL);
    buffer_clear(&out);
    event_report_text(&list, &out);
    EXPECT_EQ(out.size, 0);
}

TEST_BEGINS(more_agents_than_lanes_share_the_last, list)
{
    OWNED(buffer_fini) struct buffer out = {0};
    for (int i = 0; i < 50; i++) {
        char name[8] = {'a', (char)('0' + i / 10), (char)('0' + i % 10), 0};
        add(list, 0, FACT_CORE_WARM_RESET, name, 0);
    }
    event_report_svg(list, "many", &out);
    EXPECT_EQ(count(buffer_text(&out), "<circle "), 50);
    EXPECT_EQ(count(buffer_text(&out), "class=\"lane\"/>"), 32);
}

/* Every fact, long and short pauses, digests and none. */
static void make_rich_list(struct event_list *list)
{
    static const char *const agents[] = {"soc_ifc", "reset", "ecc"};
    uint64_t ns = 0;
    memset(list, 0, sizeof(*list));
    for (unsigned i = 0; i < EVENT_FACTS; i++) {
        struct event event = {
            .fact = (enum event_fact)i,
            .number = i,
            .name = "a <processor>",
            .values = {i, i % 2, 16 * i, i + 1, i + 2, i + 3},
            .digest = event_digest(bytes, i % 2 ? i % 49 : 0),
        };
        ns += i % 5 == 4 ? 2500000000000u : (uint64_t)i * 1234567;
        event.time_ns = ns;
        event_set_agent(&event, agents[i % ARRAY_SIZE(agents)]);
        event_add(list, &event);
    }
}

/* The longest words fit: so many letters of this size are no wider. */
TEST_BEGINS(a_picture_is_as_wide_as_its_longest_row, list)
{
    struct event event = {.fact = FACT_LINE_ASSERTED};
    event_set_agent(&event, "a");
    event_add(list, &event);
    int least = event_report_width(list);
    event.fact = FACT_A64_STUCK;
    for (size_t i = 0; i < EVENT_VALUES; i++) {
        event.values[i] = UINT64_MAX;
    }
    event_add(list, &event);
    OWNED(buffer_fini) struct buffer words = {0};
    event_print_detail(&event, &words);
    EXPECT((size_t)event_report_width(list) > 8 * words.size);
    EXPECT(event_report_width(list) > least);
}

TEST_BEGINS(all_forms_are_as_approved, list)
{
    OWNED(buffer_fini) struct buffer out = {0};
    make_rich_list(list);
    event_report_text(list, &out);
    EXPECT_APPROVED(buffer_text(&out), "event_report.txt");
    buffer_clear(&out);
    event_report_json(list, &out);
    EXPECT_APPROVED(buffer_text(&out), "event_report.json");
    buffer_clear(&out);
    event_report_svg(list, "approved", &out);
    EXPECT_APPROVED(buffer_text(&out), "event_report.svg");
}

/* A line says so where events of a long run are not there any more. */
static void check_gap(const char *text, const char *line)
{
    const char *found = strstr(text, line);
    size_t before = 0;
    REQUIRE(found != NULL);
    EXPECT(strstr(found + 1, line) == NULL);
    for (const char *at = text; at < found; at++) {
        before += *at == '\n';
    }
    EXPECT_EQ(before, EVENTS_FIRST);
}

TEST_BEGINS(events_that_were_omitted_are_told_in_their_place, list)
{
    OWNED(buffer_fini) struct buffer out = {0};
    for (unsigned i = 0; i <= EVENTS_MAX; i++) {
        add(list, i, FACT_CORE_WARM_RESET, "a", 0);
    }
    event_report_text(list, &out);
    check_gap(buffer_text(&out), "... 8192 events that are not listed\n");
    buffer_clear(&out);
    event_report_json(list, &out);
    check_gap(buffer_text(&out), "{\"omitted\":8192}\n");
}
