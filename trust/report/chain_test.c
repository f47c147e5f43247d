/* SPDX-License-Identifier: Apache-2.0 */
#include "trust/report/chain.h"

#include "tests/chain_made.h"

TEST(the_check_of_form_finds_what_is_not)
{
    EXPECT(is_well_formed("\n<p><b>x</b><br/></p>"));
    EXPECT(!is_well_formed("\n<p><b>x</p></b>"));
    EXPECT(!is_well_formed("\n<p>"));
    EXPECT(!is_well_formed("\n<p>a < b</p>"));
}

FIXTURE(struct buffer, out, buffer_fini)

TEST_BEGINS(a_whole_chain_has_its_stages_in_order, out)
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
    add_whole(&list);
    const char *at = render(&list, "it runs", true, out);
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
}

TEST_BEGINS(pcrs_are_counted_and_have_their_last_time, out)
{
    struct event_list list = {0};
    add_whole(&list);
    const char *page = render(&list, "it runs", true, out);
    EXPECT_EQ(count(page, "<tr><td><b>PCR "), 3);
    EXPECT(strstr(page,
                  "<b>PCR 0</b></td><td>2</td><td class=\"at\">"
                  "0.032000 ms</td><td><code>abcd0102030405060708") != NULL);
}

TEST_BEGINS(the_page_holds_every_event_once, out)
{
    struct event_list list = {0};
    add_whole(&list);
    size_t events = list.count;
    const char *page = render(&list, "it runs", true, out);
    /* Two processors that do the same at the same time share a row, twice;
     * and the times of the last extensions of three PCRs. */
    EXPECT_EQ(count(page, "<td class=\"at\">0."), events - 2 + 3);
    EXPECT_EQ(count(page, "</td><td>cpu0, cpu1: "), 2);
    EXPECT_EQ(count(page, "ready for runtime commands"), 1);
    EXPECT_EQ(count(page, "<circle "), 0);
    EXPECT_EQ(count(page, "<script"), 0);
    EXPECT_EQ(count(page, "href="), 0);
    EXPECT_EQ(count(page, "src="), 0);
}

TEST_BEGINS(what_was_refused_is_on_top_and_breaks_its_stage, out)
{
    struct event_list list = {0};
    add_start(&list);
    add_verified(&list, 21, FACT_ECC_INVALID);
    add_root(&list, 22, FACT_FIRMWARE_FATAL);
    const char *page = render(&list, "no core was released", false, out);
    EXPECT(is_well_formed(page));
    EXPECT(strstr(page,
                  "class=\"outcome bad\"><b>Failed: no core was "
                  "released</b>1 check failed, 1 fault, 1 signature "
                  "valid, ") != NULL);
    EXPECT_EQ(count(page, "<li class=\"stage broken\">"), 1);
    EXPECT_EQ(count(page, "<b>Application cores released</b>"), 0);
    EXPECT_EQ(count(page, "<tr class=\"wrong\"><td class=\"at\">"), 2);
}

TEST_BEGINS(without_an_outcome_the_events_decide, out)
{
    struct event_list list = {0};
    add_start(&list);
    EXPECT(strstr(render(&list, NULL, false, out), "Nothing was refused"));
    buffer_clear(out);
    add_start(&list);
    add_verified(&list, 21, FACT_ECC_INVALID);
    EXPECT(strstr(render(&list, NULL, false, out), "Something was refused"));
}

TEST_BEGINS(a_run_without_decisions_is_no_success, out)
{
    struct event_list list = {0};
    add_processor(&list, 0, FACT_PROCESSOR_HELD, "cpu0");
    const char *page = render(&list, NULL, false, out);
    EXPECT(strstr(page, "class=\"outcome bad\"><b>Nothing was decided</b>"));
}

TEST_BEGINS(a_second_boot_has_stages_of_its_own, out)
{
    struct event_list list = {0};
    add_whole(&list);
    add_processor(&list, 80, FACT_PROCESSOR_HELD, "cpu0");
    add_root(&list, 81, FACT_CORE_WAITS_FOR_FUSES);
    const char *page = render(&list, "it runs", true, out);
    EXPECT_EQ(count(page, "<b>Processors held in reset</b>"), 2);
    EXPECT_EQ(count(page, "<b>Fuses</b>"), 2);
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
    OWNED(buffer_fini) struct buffer out = {0};
    const char *at = render(list, "it runs", true, &out);
    for (size_t i = 0; i < count; i++) {
        test_case("%s", names[i]);
        at = strstr(at, names[i]);
        REQUIRE(at != NULL);
    }
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

TEST_BEGINS(words_of_events_stay_words, out)
{
    struct event_list list = {0};
    add(&list, 0, FACT_PROCESSOR_RUNS, ROLE_RESETS, "<i>",
        "</li>&amp;<script>");
    const char *page = render(&list, "a < b & \xc3\xa4", false, out);
    EXPECT(is_well_formed(page));
    EXPECT(strstr(page, "a &lt; b &amp; ??") != NULL);
    EXPECT(strstr(page, "a &lt;board&gt; &amp; &quot;more&quot;") != NULL);
    EXPECT_EQ(count(page, "<script"), 0);
    EXPECT(strstr(page, "&lt;/li&gt;&amp;amp;") != NULL);
}

TEST_BEGINS(no_events_are_a_page_too, out)
{
    struct event_list list = {0};
    const char *page = render(&list, "nothing to do", true, out);
    EXPECT(is_well_formed(page));
    EXPECT(strstr(page, "No events.") != NULL);
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
        OWNED(event_list_fini) struct event_list list = {0};
        add(&list, 7, rows[i].fact, rows[i].role, "agent", "");
        for (size_t n = 0; n < ARRAY_SIZE(writers); n++) {
            OWNED(buffer_fini) struct buffer out = {0};
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
        }
    }
}
