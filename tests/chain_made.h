/* SPDX-License-Identifier: Apache-2.0 */
/* Events of a chain, and the forms of its report, for tests. */
#ifndef TESTS_CHAIN_MADE_H
#define TESTS_CHAIN_MADE_H

#include <string.h>

#include "base/bits.h"
#include "tests/harness.h"
#include "trust/report/chain.h"

static const uint8_t digest[48] = {0xab, 0xcd, 1, 2, 3, 4, 5, 6, 7, 8};

typedef void writer(const struct event_list *list,
                    const struct chain_report *report, struct buffer *out);

static inline void add(struct event_list *list, uint64_t us,
                       enum event_fact fact, enum event_role role,
                       const char *agent, const char *name)
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

static inline void add_root(struct event_list *list, uint64_t us,
                            enum event_fact fact)
{
    add(list, us, fact, ROLE_ROOT_OF_TRUST, "soc_ifc", "");
}

static inline void add_processor(struct event_list *list, uint64_t us,
                                 enum event_fact fact, const char *name)
{
    add(list, us, fact, ROLE_RESETS, "reset", name);
}

static inline void add_pcr(struct event_list *list, uint64_t us,
                           unsigned number)
{
    add(list, us, FACT_PCR_EXTENDED, ROLE_PCR_VAULT, "pcr_vault", "");
    list->events[list->count - 1].number = number;
}

static inline void add_verified(struct event_list *list, uint64_t us,
                                enum event_fact fact)
{
    add(list, us, fact, ROLE_VERIFIER, "ecc", "owner");
}

static inline void add_start(struct event_list *list)
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

static inline void add_key(struct event_list *list, enum event_fact fact)
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

static inline void add_whole(struct event_list *list)
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

static inline const char *render(struct event_list *list, const char *outcome,
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
static inline const char *
render_as(void (*write)(const struct event_list *list,
                        const struct chain_report *report, struct buffer *out),
          struct event_list *list, const uint64_t *wall, size_t walls,
          struct buffer *out)
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

static inline size_t count(const char *text, const char *word)
{
    size_t n = 0;
    for (; (text = strstr(text, word)) != NULL; text += strlen(word)) {
        n++;
    }
    return n;
}

/* True if every element is closed in its order, by the rules of XML. */
static inline bool is_well_formed(const char *text)
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

#endif
