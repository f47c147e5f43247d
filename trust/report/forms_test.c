/* SPDX-License-Identifier: Apache-2.0 */
/* The forms of a report beside the page: picture, text and JSON. */
#include "tests/chain_made.h"

FIXTURE(struct buffer, out, buffer_fini)

TEST_BEGINS(keys_are_those_that_were_locked_last, out)
{
    struct event_list list = {0};
    add_start(&list);
    add_key(&list, FACT_VENDOR_KEYS_LOCKED);
    add_key(&list, FACT_OWNER_KEYS_LOCKED);
    add_key(&list, FACT_OWNER_KEYS_NONE);
    const char *page = render(&list, "it runs", true, out);
    EXPECT(strstr(page, "<b>vendor key hash</b></td><td><code>abcd0102") !=
           NULL);
    EXPECT_EQ(count(page, "<tr><td><b>owner key hash</b>"), 1);
    EXPECT(strstr(page, "<b>owner key hash</b></td><td>none is fused") != NULL);
    buffer_clear(out);
    add_start(&list);
    EXPECT(strstr(render(&list, "nothing", true, out), "None was locked."));
}

TEST_BEGINS(the_picture_has_a_bar_for_each_stage_and_all_events, out)
{
    OWNED(event_list_fini) struct event_list list = {0};
    add_whole(&list);
    add_key(&list, FACT_VENDOR_KEYS_LOCKED);
    buffer_print(out, "\n"); /* where a page has its document type */
    const char *picture = render_as(chain_report_svg, &list, NULL, 0, out);
    EXPECT(is_well_formed(picture));
    EXPECT(strstr(picture, "Reached: it &lt;runs&gt;") != NULL);
    EXPECT_EQ(count(picture, "fill=\"#0072b2\"/>"), 8 + 4);
    EXPECT_EQ(count(picture, "<circle "), 8 + list.count);
    EXPECT(strstr(picture, ">vendor key hash</text>") != NULL);
    EXPECT(strstr(picture, ">PCR 31</text>") != NULL);
    EXPECT_EQ(count(picture, "wall "), 0);
    EXPECT_EQ(count(picture, "href="), 0);
    EXPECT_EQ(count(picture, "<script"), 0);
}

TEST_BEGINS(a_broken_stage_is_red_in_the_picture, out)
{
    OWNED(event_list_fini) struct event_list list = {0};
    add_start(&list);
    add_verified(&list, 21, FACT_ECC_INVALID);
    const struct chain_report report = {.board = "b", .time_ns = 100000};
    buffer_print(out, "\n");
    chain_report_svg(&list, &report, out);
    EXPECT(is_well_formed(buffer_text(out)));
    EXPECT(strstr(buffer_text(out), "Failed: something was refused") != NULL);
    EXPECT_EQ(count(buffer_text(out), "height=\"14\" fill=\"#a3001b\"/>"), 1);
}

TEST_BEGINS(a_long_outcome_goes_on_in_the_next_line, out)
{
    struct event_list list = {0};
    OWNED(buffer_fini) struct buffer words = {0};
    for (int i = 0; i < 40; i++) {
        buffer_print(&words, "%sword%d", i ? " " : "", i);
    }
    const struct chain_report report = {.board = "b",
                                        .outcome = buffer_text(&words)};
    buffer_print(out, "\n");
    chain_report_svg(&list, &report, out);
    EXPECT(is_well_formed(buffer_text(out)));
    EXPECT(strstr(buffer_text(out), ">Failed: word0 word1 ") != NULL);
    EXPECT(strstr(buffer_text(out), " word39</text>") != NULL);
    EXPECT_EQ(count(buffer_text(out), "font:bold 16px"), 3);
    EXPECT(strstr(buffer_text(out), "translate(0 44)") != NULL);
}

TEST_BEGINS(text_lists_stages_and_pcrs_a_line_each, out)
{
    OWNED(event_list_fini) struct event_list list = {0};
    add_whole(&list);
    const char *text = render_as(chain_report_text, &list, NULL, 0, out);
    EXPECT(strstr(text,
                  "\n   8        0.070000       0.030000  Application "
                  "cores released") != NULL);
    EXPECT(strstr(text, " 2 releases\n") != NULL);
    EXPECT(strstr(text, "\n  PCR 31 abcd0102") != NULL);
    EXPECT_EQ(count(text, "\n  PCR "), 3);
    EXPECT_EQ(count(text, "wall"), 0);
}

TEST_BEGINS(json_says_the_same, out)
{
    OWNED(event_list_fini) struct event_list list = {0};
    add_whole(&list);
    add_key(&list, FACT_VENDOR_KEYS_LOCKED);
    const char *text = render_as(chain_report_json, &list, NULL, 0, out);
    EXPECT_EQ(count(text, "\"stage\":"), 8);
    EXPECT(strstr(text,
                  "{\"stage\":\"Application cores released\","
                  "\"begin_ns\":70000,\"took_ns\":30000,") != NULL);
    EXPECT_EQ(count(text, "{\"what\":"), 4);
    EXPECT(strstr(text, "{\"key\":\"vendor key hash\",\"digest\":\"abcd") !=
           NULL);
    EXPECT(strstr(text, "{\"pcr\":\"PCR 0\",\"value\":\"abcd0102") != NULL);
    EXPECT_EQ(count(text, "wall_ns"), 0);
    EXPECT_EQ(text[0], '{');
    EXPECT_EQ(text[strlen(text) - 1], '}');
}

/* The first event is at 0, each further one 100 us of wall time later. */
TEST_BEGINS(wall_times_are_shown_when_they_are_of_these_events, out)
{
    OWNED(event_list_fini) struct event_list list = {0};
    uint64_t wall[32];
    for (size_t i = 0; i < ARRAY_SIZE(wall); i++) {
        wall[i] = i * 100000;
    }
    add_whole(&list);
    REQUIRE(list.count < ARRAY_SIZE(wall));
    const char *text =
        render_as(chain_report_text, &list, wall, list.count, out);
    EXPECT(strstr(text, "took ms        wall ms\n") != NULL);
    test_case("two events are held processors");
    EXPECT(strstr(text,
                  "   1        0.000000       0.005000       0.200000  "
                  "Processors") != NULL);
    buffer_clear(out);
    EXPECT_EQ(count(render_as(chain_report_html, &list, wall, list.count, out),
                    " of wall time)"),
              8);
    buffer_clear(out);
    EXPECT_EQ(count(render_as(chain_report_svg, &list, wall, list.count, out),
                    ">wall "),
              8);
    buffer_clear(out);
    EXPECT_EQ(count(render_as(chain_report_json, &list, wall, list.count, out),
                    "\"wall_ns\":"),
              8);
    test_case("of other events");
    buffer_clear(out);
    EXPECT_EQ(
        count(render_as(chain_report_text, &list, wall, list.count - 1, out),
              "wall"),
        0);
}

TEST(a_key_is_named_in_every_form)
{
    static writer *const forms[] = {chain_report_html, chain_report_svg,
                                    chain_report_text, chain_report_json};
    OWNED(known_keys_fini) struct known_keys known = {0};
    struct event_key owner = known_key_of("owner", 5);
    struct event_key fused = {.present = true};
    memcpy(fused.fingerprint, digest, sizeof(digest));
    known_keys_add(&known, &owner, "owner key 1, of trust.yaml");
    known_keys_add(&known, &fused, "vendor keys of trust.yaml");
    for (size_t i = 0; i < ARRAY_SIZE(forms); i++) {
        OWNED(event_list_fini) struct event_list list = {0};
        OWNED(buffer_fini) struct buffer out = {0};
        const struct chain_report report = {.board = "b", .known = &known};
        test_case("form %zu", i);
        add_start(&list);
        add_key(&list, FACT_VENDOR_KEYS_LOCKED);
        forms[i](&list, &report, &out);
        EXPECT(strstr(buffer_text(&out), "owner key 1, of trust.yaml"));
        EXPECT_EQ(forms[i] != chain_report_svg,
                  strstr(buffer_text(&out), "vendor keys of trust.yaml") !=
                      NULL);
    }
}

TEST_BEGINS(a_key_that_no_file_names_is_said_to_be_so, out)
{
    static const uint8_t zeros[48];
    OWNED(event_list_fini) struct event_list list = {0};
    add_verified(&list, 1, FACT_ECC_INVALID);
    const char *text = render_as(chain_report_text, &list, NULL, 0, out);
    EXPECT(strstr(text,
                  "  0 valid, 1 refused  a key that is in no file of the run "
                  "[") != NULL);
    buffer_clear(out);
    test_case("a pair that was just made, and checked over zeros");
    add_verified(&list, 2, FACT_ECC_VALID);
    list.events[1].digest = event_digest(zeros, sizeof(zeros));
    text = render_as(chain_report_text, &list, NULL, 0, out);
    EXPECT(strstr(text,
                  "  1 valid, 1 refused  a key that the part made itself"
                  " [") != NULL);
}

/* ---- As people approved it ----------------------------------------------- */

/* A run of every kind of stage, with a second boot, keys and wall times. */
static void write_whole(writer *write, struct buffer *out)
{
    OWNED(event_list_fini) struct event_list list = {0};
    uint64_t wall[64];
    add_whole(&list);
    add_key(&list, FACT_VENDOR_KEYS_LOCKED);
    add_key(&list, FACT_OWNER_KEYS_NONE);
    add(&list, 8000, FACT_IMAGE_AUTHORISED, ROLE_MAILBOX, "mailbox", "");
    add(&list, 8100, FACT_SYSTEM_WARM_RESET, ROLE_RESET_CONTROLLER, "mcu_reset",
        "");
    add_start(&list);
    add_verified(&list, 9000, FACT_ECC_INVALID);
    add_root(&list, 9500, FACT_FIRMWARE_FATAL);
    for (size_t i = 0; i < ARRAY_SIZE(wall); i++) {
        wall[i] = i * i * 12345;
    }
    REQUIRE(list.count < ARRAY_SIZE(wall));
    const struct chain_report report = {
        .board = "a <board>",
        .outcome =
            "the firmware was refused: its owner's key is not the one "
            "that the fuses of this part name, so that nothing of it "
            "was entered & the processors stay where they are",
        .time_ns = 12345678,
        .instructions = 1234567,
        .unmodelled = 3,
        .state_hash = 0x123456789abcdef0,
        .command = "cairn run trust --rom 'a <b> & c'",
        .version = "1.2.3",
        .inputs =
            (const struct chain_input[]){
                                         {"rom", "a <b> & c", "00ff", NULL},
                                         {"kernel", "/dev/fd/3", NULL, "no regular file"}},
        .input_count = 2,
        .consoles =
            (const struct chain_console[]){{"uart <0>", "one & two\n\n# "}                                 },
        .console_count = 1,
        .wall_ns = wall,
        .wall_count = list.count,
        .wall_end_ns = 98765432,
    };
    write(&list, &report, out);
}

/* Reached, without what may be absent. */
static void write_plain(writer *write, struct buffer *out)
{
    struct event_list list = {0};
    const struct chain_report report = {
        .board = "b", .reached = true, .time_ns = 100000, .instructions = 7};
    add_whole(&list);
    buffer_print(out, "\n");
    write(&list, &report, out);
    event_list_fini(&list);
    buffer_print(out, "\n");
    write(&list, &report, out); /* no events */
    buffer_print(out, "\n");
}

TEST(all_forms_are_as_approved)
{
    OWNED(buffer_fini) struct buffer html = {0};
    OWNED(buffer_fini) struct buffer svg = {0};
    OWNED(buffer_fini) struct buffer text = {0};
    OWNED(buffer_fini) struct buffer json = {0};
    write_whole(chain_report_html, &html);
    write_plain(chain_report_html, &html);
    EXPECT_APPROVED(buffer_text(&html), "chain_report.html");
    write_whole(chain_report_svg, &svg);
    write_plain(chain_report_svg, &svg);
    EXPECT_APPROVED(buffer_text(&svg), "chain_report.svg");
    write_whole(chain_report_text, &text);
    write_plain(chain_report_text, &text);
    EXPECT_APPROVED(buffer_text(&text), "chain_report.txt");
    write_whole(chain_report_json, &json);
    write_plain(chain_report_json, &json);
    EXPECT_APPROVED(buffer_text(&json), "chain_report.json");
}

/* As many as are kept, and one. */
TEST_BEGINS(the_page_tells_of_omitted_events_in_their_place, out)
{
    OWNED(event_list_fini) struct event_list list = {0};
    for (unsigned i = 0; i <= EVENTS_MAX; i++) {
        add_processor(&list, i, FACT_PROCESSOR_HELD, "cpu0");
    }
    const struct chain_report report = {.board = "b", .time_ns = 100000};
    chain_report_html(&list, &report, out);
    const char *events = strstr(buffer_text(out), "<h2>Events</h2>");
    REQUIRE(events != NULL);
    const char *gap = strstr(events, "8192 events that are not listed");
    REQUIRE(gap != NULL);
    EXPECT_EQ(count(buffer_text(out), "events that are not listed"), 1);
    EXPECT_EQ(count(gap, "<td class=\"at\">"), list.count - EVENTS_FIRST);
}

/* "Failed: " and the outcome, which is large as long as it fits into a line. */
TEST(an_outcome_is_large_as_long_as_it_fits)
{
    enum { LARGE_MAX = 72, LINE_MAX_SMALL = 96 };
    static const struct {
        size_t length;
        unsigned large, small;
    } rows[] = {
        {LARGE_MAX - 1,      1, 0},
        {LARGE_MAX,          1, 0},
        {LARGE_MAX + 1,      0, 1},
        {LINE_MAX_SMALL,     0, 1},
        {LINE_MAX_SMALL + 1, 0, 2},
        {LINE_MAX_SMALL + 8, 0, 2}, /* the first breaks at its blank */
        {LINE_MAX_SMALL + 9, 0, 3},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        char outcome[256] = "";
        struct event_list list = {0};
        OWNED(buffer_fini) struct buffer out = {0};
        memset(outcome, 'x', rows[i].length - strlen("Failed: "));
        outcome[0] = 'X';
        const struct chain_report report = {.board = "b", .outcome = outcome};
        test_case("%zu characters", rows[i].length);
        chain_report_svg(&list, &report, &out);
        EXPECT_EQ(count(buffer_text(&out), "bold 23px"), rows[i].large);
        EXPECT_EQ(count(buffer_text(&out), "bold 16px"), rows[i].small);
    }
}
