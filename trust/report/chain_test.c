/* SPDX-License-Identifier: Apache-2.0 */
#include "trust/report/chain.h"

#include <string.h>

#include "base/bits.h"
#include "tests/harness.h"

static const uint8_t digest[48] = {0xab, 0xcd, 1, 2, 3, 4, 5, 6, 7, 8};

typedef void writer(const struct event_list *list,
                    const struct chain_report *report, struct buffer *out);

static void add(struct event_list *list, uint64_t us, enum event_fact fact,
                enum event_role role, const char *agent, const char *name)
{
    struct event event = {.time_ns = us * 1000, .fact = fact, .role = role};
    enum event_kind kind = event_kind(&event);
    if (kind == EVENT_VERIFY || kind == EVENT_EXTEND) {
        event.digest = event_digest(digest, sizeof(digest));
    }
    if (kind == EVENT_VERIFY) {
        event.key = known_key_of(name, strlen(name));
    }
    event_set_agent(&event, agent);
    event_set_name(&event, name);
    event_add(list, &event);
}

static void add_root(struct event_list *list, uint64_t us, enum event_fact fact)
{
    add(list, us, fact, ROLE_ROOT_OF_TRUST, "soc_ifc", "");
}

static void add_processor(struct event_list *list, uint64_t us,
                          enum event_fact fact, const char *name)
{
    add(list, us, fact, ROLE_RESETS, "reset", name);
}

static void add_pcr(struct event_list *list, uint64_t us, unsigned number)
{
    add(list, us, FACT_PCR_EXTENDED, ROLE_PCR_VAULT, "pcr_vault", "");
    list->events[list->count - 1].number = number;
}

static void add_verified(struct event_list *list, uint64_t us,
                         enum event_fact fact)
{
    add(list, us, fact, ROLE_VERIFIER, "ecc", "owner");
}

static void add_start(struct event_list *list)
{
    add_processor(list, 0, FACT_PROCESSOR_HELD, "cpu0");
    add_processor(list, 0, FACT_PROCESSOR_HELD, "cpu1");
    add_root(list, 5, FACT_CORE_WAITS_FOR_FUSES);
    add_root(list, 6, FACT_FUSES_LOCKED);
    add_root(list, 6, FACT_CORE_RELEASED);
    add_processor(list, 6, FACT_PROCESSOR_RUNS, "cpu");
    add_root(list, 9, FACT_READY_FOR_FIRMWARE);
    add_verified(list, 20, FACT_ECC_VALID);
}

static void add_key(struct event_list *list, enum event_fact fact)
{
    struct event event = {
        .time_ns = 7000,
        .fact = fact,
        .role = ROLE_ROOT_OF_TRUST,
        .agent = "soc_ifc",
    };
    if (fact == FACT_VENDOR_KEYS_LOCKED || fact == FACT_OWNER_KEYS_LOCKED) {
        event.digest = event_digest(digest, sizeof(digest));
    }
    event_add(list, &event);
}

static void add_whole(struct event_list *list)
{
    add_start(list);
    add_pcr(list, 30, 0);
    add_pcr(list, 31, 1);
    add_pcr(list, 32, 0);
    add_root(list, 40, FACT_READY_FOR_RUNTIME);
    add_verified(list, 50, FACT_ECC_VALID);
    add_pcr(list, 60, 31);
    add_processor(list, 70, FACT_PROCESSOR_RUNS, "cpu0");
    list->events[list->count - 1].values[0] = 0x1000;
    add_processor(list, 70, FACT_PROCESSOR_RUNS, "cpu1");
    list->events[list->count - 1].values[0] = 0x1000;
}

static const char *render(struct event_list *list, const char *outcome,
                          bool reached, struct buffer *out)
{
    const struct chain_report report = {
        .board = "a <board> & \"more\"",
        .outcome = outcome,
        .reached = reached,
        .time_ns = 100000,
        .instructions = 1234,
        .unmodelled = 5,
        .state_hash = 0xabcdef,
    };
    chain_report_html(list, &report, out);
    event_list_fini(list);
    return buffer_text(out);
}

/* In another form, of a run that was good. */
static const char *render_as(void (*write)(const struct event_list *list,
                                           const struct chain_report *report,
                                           struct buffer *out),
                             struct event_list *list, const uint64_t *wall,
                             size_t walls, struct buffer *out)
{
    const struct chain_report report = {
        .board = "a <board>",
        .outcome = "it <runs>",
        .reached = true,
        .time_ns = 100000,
        .instructions = 1234,
        .wall_ns = wall,
        .wall_count = walls,
        .wall_end_ns = 9000000,
    };
    write(list, &report, out);
    return buffer_text(out);
}

static size_t count(const char *text, const char *word)
{
    size_t n = 0;
    for (; (text = strstr(text, word)) != NULL; text += strlen(word)) {
        n++;
    }
    return n;
}

/* True if every element is closed in its order, by the rules of XML. */
static bool is_well_formed(const char *text)
{
    enum { DEPTH = 32, NAME = 16 };
    char open[DEPTH][NAME];
    size_t depth = 0;
    const char *at = strchr(text, '\n'); /* past the document type */
    while (at && (at = strchr(at, '<')) != NULL) {
        const char *end = strchr(at, '>');
        bool closes = at[1] == '/';
        const char *name = at + 1 + closes;
        size_t length = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789");
        if (!end || length == 0 || length >= NAME ||
            memchr(at + 1, '<', (size_t)(end - at - 1))) {
            return false;
        }
        if (closes) {
            if (depth == 0 || strlen(open[depth - 1]) != length ||
                strncmp(open[depth - 1], name, length) != 0) {
                return false;
            }
            depth--;
        } else if (end[-1] != '/') {
            if (depth == DEPTH) {
                return false;
            }
            memcpy(open[depth], name, length);
            open[depth++][length] = '\0';
        }
        at = end;
    }
    return depth == 0;
}

TEST(the_check_of_form_finds_what_is_not)
{
    EXPECT(is_well_formed("\n<p><b>x</b><br/></p>"));
    EXPECT(!is_well_formed("\n<p><b>x</p></b>"));
    EXPECT(!is_well_formed("\n<p>"));
    EXPECT(!is_well_formed("\n<p>a < b</p>"));
}

TEST(a_whole_chain_has_its_stages_in_order)
{
    static const char *const names[] = {
        "<b>Processors held in reset</b>",
        "<b>Fuses</b>",
        "<b>Root of trust: ROM</b>",
        "<b>Firmware bundle: signatures</b>",
        "<b>Firmware: measurements and identity</b>",
        "<b>Runtime firmware: requests and SoC manifest</b>",
        "<b>Images authorised or stashed</b>",
        "<b>Application cores released</b>",
    };
    struct event_list list = {0};
    struct buffer out = {0};
    add_whole(&list);
    const char *at = render(&list, "it runs", true, &out);
    EXPECT(is_well_formed(at));
    EXPECT(strstr(at, "class=\"outcome good\"><b>Reached: it runs</b>") !=
           NULL);
    EXPECT_EQ(count(at, "<li class=\"stage\">"), 8);
    EXPECT_EQ(count(at, "<li class=\"stage broken\">"), 0);
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        const char *found = strstr(at, names[i]);
        EXPECT(found != NULL);
        at = found ? found + 1 : at;
    }
    EXPECT(strstr(at, "at 0.070000 ms, took 0.030000 ms") != NULL);
    EXPECT(strstr(at, "width:30%") != NULL);
    EXPECT(strstr(at, "cpu0, cpu1: runs from 0x00001000") != NULL);
    buffer_fini(&out);
}

TEST(pcrs_are_counted_and_have_their_last_time)
{
    struct event_list list = {0};
    struct buffer out = {0};
    add_whole(&list);
    const char *page = render(&list, "it runs", true, &out);
    EXPECT_EQ(count(page, "<tr><td><b>PCR "), 3);
    EXPECT(strstr(page,
                  "<b>PCR 0</b></td><td>2</td><td class=\"at\">"
                  "0.032000 ms</td><td><code>abcd0102030405060708") != NULL);
    buffer_fini(&out);
}

TEST(the_page_holds_every_event_once)
{
    struct event_list list = {0};
    struct buffer out = {0};
    add_whole(&list);
    size_t events = list.count;
    const char *page = render(&list, "it runs", true, &out);
    /* Two processors that do the same at the same time share a row, twice;
     * and the times of the last extensions of three PCRs. */
    EXPECT_EQ(count(page, "<td class=\"at\">0."), events - 2 + 3);
    EXPECT_EQ(count(page, "</td><td>cpu0, cpu1: "), 2);
    EXPECT_EQ(count(page, "ready for runtime commands"), 1);
    EXPECT_EQ(count(page, "<circle "), 0);
    EXPECT_EQ(count(page, "<script"), 0);
    EXPECT_EQ(count(page, "href="), 0);
    EXPECT_EQ(count(page, "src="), 0);
    buffer_fini(&out);
}

TEST(what_was_refused_is_on_top_and_breaks_its_stage)
{
    struct event_list list = {0};
    struct buffer out = {0};
    add_start(&list);
    add_verified(&list, 21, FACT_ECC_INVALID);
    add_root(&list, 22, FACT_FIRMWARE_FATAL);
    const char *page = render(&list, "no core was released", false, &out);
    EXPECT(is_well_formed(page));
    EXPECT(strstr(page,
                  "class=\"outcome bad\"><b>Failed: no core was "
                  "released</b>1 check failed, 1 fault, 1 signature "
                  "valid, ") != NULL);
    EXPECT_EQ(count(page, "<li class=\"stage broken\">"), 1);
    EXPECT_EQ(count(page, "<b>Application cores released</b>"), 0);
    EXPECT_EQ(count(page, "<tr class=\"wrong\"><td class=\"at\">"), 2);
    buffer_fini(&out);
}

TEST(without_an_outcome_the_events_decide)
{
    struct event_list list = {0};
    struct buffer out = {0};
    add_start(&list);
    EXPECT(strstr(render(&list, NULL, false, &out), "Nothing was refused"));
    buffer_clear(&out);
    add_start(&list);
    add_verified(&list, 21, FACT_ECC_INVALID);
    EXPECT(strstr(render(&list, NULL, false, &out), "Something was refused"));
    buffer_fini(&out);
}

TEST(a_run_without_decisions_is_no_success)
{
    struct event_list list = {0};
    struct buffer out = {0};
    add_processor(&list, 0, FACT_PROCESSOR_HELD, "cpu0");
    const char *page = render(&list, NULL, false, &out);
    EXPECT(strstr(page, "class=\"outcome bad\"><b>Nothing was decided</b>"));
    buffer_fini(&out);
}

TEST(a_second_boot_has_stages_of_its_own)
{
    struct event_list list = {0};
    struct buffer out = {0};
    add_whole(&list);
    add_processor(&list, 80, FACT_PROCESSOR_HELD, "cpu0");
    add_root(&list, 81, FACT_CORE_WAITS_FOR_FUSES);
    const char *page = render(&list, "it runs", true, &out);
    EXPECT_EQ(count(page, "<b>Processors held in reset</b>"), 2);
    EXPECT_EQ(count(page, "<b>Fuses</b>"), 2);
    buffer_fini(&out);
}

/* The events of a microcontroller's boot: who entered what, and what is in the
 * slots. */
static void add_slot(struct event_list *list, uint64_t us, enum event_fact fact,
                     const char *slot)
{
    bool found = event_kind(&(struct event){.fact = fact}) != EVENT_RELEASE;
    add(list, us, fact, found ? ROLE_HOST : ROLE_PROCESSOR,
        found ? "bench" : "cpu0", slot);
}

static void add_slots(struct event_list *list)
{
    add_processor(list, 0, FACT_PROCESSOR_RUNS, "cpu0");
    add_slot(list, 0, FACT_BOOT_LOADER_ENTERED, "bl2");
    add_slot(list, 0, FACT_PROGRAM_MEASURED, "bl2");
    add_slot(list, 50, FACT_SECURE_IMAGE_ENTERED, "secure_slot");
    add_slot(list, 50, FACT_SLOT_VALID, "secure_slot");
    add_slot(list, 60, FACT_NONSECURE_STATE_ENTERED, "");
    add_slot(list, 60, FACT_NONSECURE_IMAGE_ENTERED, "nonsecure_slot");
    add_slot(list, 60, FACT_SLOT_VALID, "nonsecure_slot");
}

static void expect_stages(struct event_list *list, const char *const *names,
                          size_t count)
{
    struct buffer out = {0};
    const char *at = render(list, "it runs", true, &out);
    for (size_t i = 0; i < count; i++) {
        test_case("%s", names[i]);
        at = strstr(at, names[i]);
        REQUIRE(at != NULL);
    }
    buffer_fini(&out);
}

static void add_update(struct event_list *list, uint64_t us,
                       enum event_fact fact)
{
    add(list, us, fact, ROLE_FUSES, "mcu_fuses", "");
}

TEST(an_update_is_a_stage_before_the_chain_and_one_behind_it)
{
    static const char *const names[] = {
        "<b>Update</b>",
        "<b>Processors held in reset</b>",
        "<b>Update</b>",
        "<b>Fuses</b>",
        "<b>Application cores",
        "<b>Update: accepted or returned</b>",
        "<b>Processors held in reset</b>",
    };
    struct event_list list = {0};
    add(&list, 0, FACT_CAPSULE_RECEIVED, ROLE_HOST, "bench", "2.cap");
    add_processor(&list, 0, FACT_PROCESSOR_HELD, "cpu0");
    add_update(&list, 1, FACT_CAPSULE_VERIFIED);
    add_update(&list, 2, FACT_BANK_INSTALLS);
    add_root(&list, 5, FACT_CORE_WAITS_FOR_FUSES);
    add(&list, 6, FACT_IMAGE_AUTHORISED, ROLE_MAILBOX, "mailbox", "");
    add_update(&list, 7, FACT_BANK_BOOTED);
    add_processor(&list, 8, FACT_PROCESSOR_RUNS, "cpu0");
    add_update(&list, 9, FACT_BANK_ACCEPTED);
    add_processor(&list, 10, FACT_PROCESSOR_HELD, "cpu0");
    expect_stages(&list, names, ARRAY_SIZE(names));
}

TEST(a_microcontroller_has_a_stage_for_each_state)
{
    static const char *const names[] = {
        "<b>Processors held in reset</b>",
        "<b>Boot loader</b>",
        "<b>Secure image</b>",
        "<b>Non-secure image</b>",
        "<b>Processors held in reset</b>",
        "<b>Boot loader</b>",
    };
    struct event_list list = {0};
    add_slots(&list);
    add(&list, 70, FACT_SYSTEM_POWERED_AGAIN, ROLE_POWER, "power", "");
    add_slots(&list);
    expect_stages(&list, names, ARRAY_SIZE(names));
}

TEST(what_was_never_entered_is_a_stage_of_its_own)
{
    static const char *const names[] = {
        "<b>Boot loader</b>",
        "class=\"stage broken\"",
        "<b>Images in slots, at the end</b>",
    };
    struct event_list list = {0};
    add_slot(&list, 0, FACT_BOOT_LOADER_ENTERED, "bl2");
    add_slot(&list, 90, FACT_SLOT_NEVER_ENTERED, "secure_slot");
    add_slot(&list, 90, FACT_SLOT_OTHER_HASH, "secure_slot");
    expect_stages(&list, names, ARRAY_SIZE(names));
}

TEST(words_of_events_stay_words)
{
    struct event_list list = {0};
    struct buffer out = {0};
    add(&list, 0, FACT_PROCESSOR_RUNS, ROLE_RESETS, "<i>",
        "</li>&amp;<script>");
    const char *page = render(&list, "a < b & \xc3\xa4", false, &out);
    EXPECT(is_well_formed(page));
    EXPECT(strstr(page, "a &lt; b &amp; ??") != NULL);
    EXPECT(strstr(page, "a &lt;board&gt; &amp; &quot;more&quot;") != NULL);
    EXPECT_EQ(count(page, "<script"), 0);
    EXPECT(strstr(page, "&lt;/li&gt;&amp;amp;") != NULL);
    buffer_fini(&out);
}

TEST(no_events_are_a_page_too)
{
    struct event_list list = {0};
    struct buffer out = {0};
    const char *page = render(&list, "nothing to do", true, &out);
    EXPECT(is_well_formed(page));
    EXPECT(strstr(page, "No events.") != NULL);
    buffer_fini(&out);
}

/* A chain is what has to do with trust; each row is one event. */
TEST(a_run_without_trust_has_a_page_of_its_own)
{
    static const struct {
        enum event_fact fact;
        enum event_role role;
        bool plain;
    } rows[] = {
        {FACT_PROCESSOR_HELD,       ROLE_RESETS,        true },
        {FACT_PROCESSOR_RUNS,       ROLE_RESETS,        true },
        {FACT_SYSTEM_RESET,         ROLE_PSCI,          true },
        {FACT_CORE_WAITS_FOR_FUSES, ROLE_ROOT_OF_TRUST, false},
        {FACT_PCR_EXTENDED,         ROLE_PCR_VAULT,     false},
        {FACT_ECC_VALID,            ROLE_VERIFIER,      false},
        {FACT_BOOT_LOADER_ENTERED,  ROLE_PROCESSOR,     false},
    };
    static const char *const of_chains[] = {"Chain of trust", "The chain",
                                            "Keys", "Signatures", "PCRs"};
    static writer *const writers[] = {chain_report_html, chain_report_svg};
    const struct chain_report report = {.board = "b", .machine = "2 <cores>"};
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct event_list list = {0};
        add(&list, 7, rows[i].fact, rows[i].role, "agent", "");
        for (size_t n = 0; n < ARRAY_SIZE(writers); n++) {
            struct buffer out = {0};
            buffer_print(&out, n == 1 ? "\n" : "");
            writers[n](&list, &report, &out);
            const char *text = buffer_text(&out);
            test_case("row %zu, form %zu", i, n);
            EXPECT(is_well_formed(text));
            EXPECT_EQ(strstr(text, ">Run: b<") != NULL, rows[i].plain);
            EXPECT_EQ(strstr(text, ">Chain of trust: b<") == NULL,
                      rows[i].plain);
            EXPECT(count(text, ">0.007000 ms<") >= 1);
            for (size_t w = 0; w < ARRAY_SIZE(of_chains); w++) {
                EXPECT(!rows[i].plain || strstr(text, of_chains[w]) == NULL);
            }
            EXPECT_EQ(count(text, "2 &lt;cores&gt;"), n == 0 ? 1 : 0);
            buffer_fini(&out);
        }
        event_list_fini(&list);
    }
}

/* ---- The other forms ----------------------------------------------------- */

TEST(keys_are_those_that_were_locked_last)
{
    struct event_list list = {0};
    struct buffer out = {0};
    add_start(&list);
    add_key(&list, FACT_VENDOR_KEYS_LOCKED);
    add_key(&list, FACT_OWNER_KEYS_LOCKED);
    add_key(&list, FACT_OWNER_KEYS_NONE);
    const char *page = render(&list, "it runs", true, &out);
    EXPECT(strstr(page, "<b>vendor key hash</b></td><td><code>abcd0102") !=
           NULL);
    EXPECT_EQ(count(page, "<tr><td><b>owner key hash</b>"), 1);
    EXPECT(strstr(page, "<b>owner key hash</b></td><td>none is fused") != NULL);
    buffer_clear(&out);
    add_start(&list);
    EXPECT(strstr(render(&list, "nothing", true, &out), "None was locked."));
    buffer_fini(&out);
}

TEST(the_picture_has_a_bar_for_each_stage_and_all_events)
{
    struct event_list list = {0};
    struct buffer out = {0};
    add_whole(&list);
    add_key(&list, FACT_VENDOR_KEYS_LOCKED);
    buffer_print(&out, "\n"); /* where a page has its document type */
    const char *picture = render_as(chain_report_svg, &list, NULL, 0, &out);
    EXPECT(is_well_formed(picture));
    EXPECT(strstr(picture, "Reached: it &lt;runs&gt;") != NULL);
    EXPECT_EQ(count(picture, "fill=\"#0072b2\"/>"), 8 + 4);
    EXPECT_EQ(count(picture, "<circle "), 8 + list.count);
    EXPECT(strstr(picture, ">vendor key hash</text>") != NULL);
    EXPECT(strstr(picture, ">PCR 31</text>") != NULL);
    EXPECT_EQ(count(picture, "wall "), 0);
    EXPECT_EQ(count(picture, "href="), 0);
    EXPECT_EQ(count(picture, "<script"), 0);
    event_list_fini(&list);
    buffer_fini(&out);
}

TEST(a_broken_stage_is_red_in_the_picture)
{
    struct event_list list = {0};
    struct buffer out = {0};
    add_start(&list);
    add_verified(&list, 21, FACT_ECC_INVALID);
    const struct chain_report report = {.board = "b", .time_ns = 100000};
    buffer_print(&out, "\n");
    chain_report_svg(&list, &report, &out);
    EXPECT(is_well_formed(buffer_text(&out)));
    EXPECT(strstr(buffer_text(&out), "Failed: something was refused") != NULL);
    EXPECT_EQ(count(buffer_text(&out), "height=\"14\" fill=\"#a3001b\"/>"), 1);
    event_list_fini(&list);
    buffer_fini(&out);
}

TEST(a_long_outcome_goes_on_in_the_next_line)
{
    struct event_list list = {0};
    struct buffer out = {0};
    struct buffer words = {0};
    for (int i = 0; i < 40; i++) {
        buffer_print(&words, "%sword%d", i ? " " : "", i);
    }
    const struct chain_report report = {.board = "b",
                                        .outcome = buffer_text(&words)};
    buffer_print(&out, "\n");
    chain_report_svg(&list, &report, &out);
    EXPECT(is_well_formed(buffer_text(&out)));
    EXPECT(strstr(buffer_text(&out), ">Failed: word0 word1 ") != NULL);
    EXPECT(strstr(buffer_text(&out), " word39</text>") != NULL);
    EXPECT_EQ(count(buffer_text(&out), "font:bold 16px"), 3);
    EXPECT(strstr(buffer_text(&out), "translate(0 44)") != NULL);
    buffer_fini(&words);
    buffer_fini(&out);
}

TEST(text_lists_stages_and_pcrs_a_line_each)
{
    struct event_list list = {0};
    struct buffer out = {0};
    add_whole(&list);
    const char *text = render_as(chain_report_text, &list, NULL, 0, &out);
    EXPECT(strstr(text,
                  "\n   8        0.070000       0.030000  Application "
                  "cores released") != NULL);
    EXPECT(strstr(text, " 2 releases\n") != NULL);
    EXPECT(strstr(text, "\n  PCR 31 abcd0102") != NULL);
    EXPECT_EQ(count(text, "\n  PCR "), 3);
    EXPECT_EQ(count(text, "wall"), 0);
    event_list_fini(&list);
    buffer_fini(&out);
}

TEST(json_says_the_same)
{
    struct event_list list = {0};
    struct buffer out = {0};
    add_whole(&list);
    add_key(&list, FACT_VENDOR_KEYS_LOCKED);
    const char *text = render_as(chain_report_json, &list, NULL, 0, &out);
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
    event_list_fini(&list);
    buffer_fini(&out);
}

/* The first event is at 0, each further one 100 us of wall time later. */
TEST(wall_times_are_shown_when_they_are_of_these_events)
{
    struct event_list list = {0};
    struct buffer out = {0};
    uint64_t wall[32];
    for (size_t i = 0; i < ARRAY_SIZE(wall); i++) {
        wall[i] = i * 100000;
    }
    add_whole(&list);
    REQUIRE(list.count < ARRAY_SIZE(wall));
    const char *text =
        render_as(chain_report_text, &list, wall, list.count, &out);
    EXPECT(strstr(text, "took ms        wall ms\n") != NULL);
    test_case("two events are held processors");
    EXPECT(strstr(text,
                  "   1        0.000000       0.005000       0.200000  "
                  "Processors") != NULL);
    buffer_clear(&out);
    EXPECT_EQ(count(render_as(chain_report_html, &list, wall, list.count, &out),
                    " of wall time)"),
              8);
    buffer_clear(&out);
    EXPECT_EQ(count(render_as(chain_report_svg, &list, wall, list.count, &out),
                    ">wall "),
              8);
    buffer_clear(&out);
    EXPECT_EQ(count(render_as(chain_report_json, &list, wall, list.count, &out),
                    "\"wall_ns\":"),
              8);
    test_case("of other events");
    buffer_clear(&out);
    EXPECT_EQ(
        count(render_as(chain_report_text, &list, wall, list.count - 1, &out),
              "wall"),
        0);
    event_list_fini(&list);
    buffer_fini(&out);
}

TEST(a_key_is_named_in_every_form)
{
    static writer *const forms[] = {chain_report_html, chain_report_svg,
                                    chain_report_text, chain_report_json};
    struct known_keys known = {0};
    struct event_key owner = known_key_of("owner", 5);
    struct event_key fused = {.present = true};
    memcpy(fused.fingerprint, digest, sizeof(digest));
    known_keys_add(&known, &owner, "owner key 1, of trust.yaml");
    known_keys_add(&known, &fused, "vendor keys of trust.yaml");
    for (size_t i = 0; i < ARRAY_SIZE(forms); i++) {
        struct event_list list = {0};
        struct buffer out = {0};
        const struct chain_report report = {.board = "b", .known = &known};
        test_case("form %zu", i);
        add_start(&list);
        add_key(&list, FACT_VENDOR_KEYS_LOCKED);
        forms[i](&list, &report, &out);
        EXPECT(strstr(buffer_text(&out), "owner key 1, of trust.yaml"));
        EXPECT_EQ(forms[i] != chain_report_svg,
                  strstr(buffer_text(&out), "vendor keys of trust.yaml") !=
                      NULL);
        event_list_fini(&list);
        buffer_fini(&out);
    }
    known_keys_fini(&known);
}

TEST(a_key_that_no_file_names_is_said_to_be_so)
{
    static const uint8_t zeros[48];
    struct event_list list = {0};
    struct buffer out = {0};
    add_verified(&list, 1, FACT_ECC_INVALID);
    const char *text = render_as(chain_report_text, &list, NULL, 0, &out);
    EXPECT(strstr(text,
                  "  0 valid, 1 refused  a key that is in no file of the run "
                  "[") != NULL);
    buffer_clear(&out);
    test_case("a pair that was just made, and checked over zeros");
    add_verified(&list, 2, FACT_ECC_VALID);
    list.events[1].digest = event_digest(zeros, sizeof(zeros));
    text = render_as(chain_report_text, &list, NULL, 0, &out);
    EXPECT(strstr(text,
                  "  1 valid, 1 refused  a key that the part made itself"
                  " [") != NULL);
    event_list_fini(&list);
    buffer_fini(&out);
}

/* ---- As people approved it ----------------------------------------------- */

/* A run of every kind of stage, with a second boot, keys and wall times. */
static void write_whole(writer *write, struct buffer *out)
{
    struct event_list list = {0};
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
    event_list_fini(&list);
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
    struct buffer html = {0};
    struct buffer svg = {0};
    struct buffer text = {0};
    struct buffer json = {0};
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
    buffer_fini(&html);
    buffer_fini(&svg);
    buffer_fini(&text);
    buffer_fini(&json);
}

/* As many as are kept, and one. */
TEST(the_page_tells_of_omitted_events_in_their_place)
{
    struct event_list list = {0};
    struct buffer out = {0};
    for (unsigned i = 0; i <= EVENTS_MAX; i++) {
        add_processor(&list, i, FACT_PROCESSOR_HELD, "cpu0");
    }
    const struct chain_report report = {.board = "b", .time_ns = 100000};
    chain_report_html(&list, &report, &out);
    const char *events = strstr(buffer_text(&out), "<h2>Events</h2>");
    REQUIRE(events != NULL);
    const char *gap = strstr(events, "8192 events that are not listed");
    REQUIRE(gap != NULL);
    EXPECT_EQ(count(buffer_text(&out), "events that are not listed"), 1);
    EXPECT_EQ(count(gap, "<td class=\"at\">"), list.count - EVENTS_FIRST);
    event_list_fini(&list);
    buffer_fini(&out);
}

/* "Failed: " and the outcome, which is large as long as it fits into a line. */
TEST(an_outcome_is_large_as_long_as_it_fits)
{
    enum { LARGE_MAX = 72, LINE_MAX_SMALL = 112 };
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
        struct buffer out = {0};
        memset(outcome, 'x', rows[i].length - strlen("Failed: "));
        outcome[0] = 'X';
        const struct chain_report report = {.board = "b", .outcome = outcome};
        test_case("%zu characters", rows[i].length);
        chain_report_svg(&list, &report, &out);
        EXPECT_EQ(count(buffer_text(&out), "bold 23px"), rows[i].large);
        EXPECT_EQ(count(buffer_text(&out), "bold 16px"), rows[i].small);
        buffer_fini(&out);
    }
}
