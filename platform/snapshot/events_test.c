/* SPDX-License-Identifier: Apache-2.0 */
#include "platform/snapshot/events.h"

#include <stdio.h>
#include <string.h>

#include "base/bits.h"
#include "tests/harness.h"

/* One event: where its parts are, counted from the number of events on. */
enum {
    COUNT = 8, /* behind how many are omitted */
    FACT = COUNT + 4 + 8,
    ROLE = FACT + 4,
    AGENT = ROLE + 4 + 4,
    NAME = AGENT + 7 + 4,
    DIGEST_SIZE = NAME + 4 + 8 + 8 * EVENT_VALUES,
    KEY = DIGEST_SIZE + 4 + 3,
};

static void write_one(struct buffer *out)
{
    OWNED(event_list_fini) struct event_list list = {0};
    event_add(&list, &(struct event){
                         .time_ns = 77,
                         .fact = FACT_ECC_VALID,
                         .role = ROLE_VERIFIER,
                         .agent = "soc_ifc",
                         .name = "flow",
                         .number = 12,
                         .values = {1,  2, 3, 4, 5, 0x600000000},
                         .digest = event_digest("abc", 3),
                         .key = {.present = true, .fingerprint = {7, 8, 9}},
    });
    snapshot_events_write(&list, out);
}

static int read_all(const struct buffer *bytes, struct event_list *list,
                    struct error *error)
{
    const uint8_t *at = bytes->bytes;
    size_t size = bytes->size;
    *error = (struct error){""};
    int code = snapshot_events_read(list, &at, &size, error);
    EXPECT(code != 0 || size == 0);
    return code;
}

FIXTURE(struct buffer, bytes, buffer_fini)
FIXTURE_BEGIN(bytes, write_one(bytes))

TEST_ON(events_come_back_as_they_were, bytes)
{
    OWNED(event_list_fini) struct event_list list = {0};
    struct error error;
    EXPECT_EQ(read_all(bytes, &list, &error), 0);
    REQUIRE(list.count == 1);
    const struct event *event = &list.events[0];
    EXPECT_EQ(event->time_ns, 77);
    EXPECT_EQ(event->fact, FACT_ECC_VALID);
    EXPECT_EQ(event->role, ROLE_VERIFIER);
    EXPECT_EQ(event->digest.size, 3);
    EXPECT(memcmp(event->digest.bytes, "abc", 3) == 0);
    EXPECT_STR(event->agent, "soc_ifc");
    EXPECT_STR(event->name, "flow");
    EXPECT_EQ(event->number, 12);
    EXPECT_EQ(event->values[0], 1);
    EXPECT_EQ(event->values[5], 0x600000000);
    EXPECT(event->key.present);
    EXPECT_EQ(event->key.fingerprint[2], 9);
}

TEST_BEGINS(an_event_may_have_all_that_fits, bytes)
{
    static const uint8_t digest[EVENT_DIGEST_MAX] = {[EVENT_DIGEST_MAX - 1] =
                                                         9};
    struct event full = {
        .fact = EVENT_FACTS - 1,
        .role = EVENT_ROLES - 1,
        .digest = event_digest(digest, sizeof(digest)),
    };
    OWNED(event_list_fini) struct event_list list = {0};
    OWNED(event_list_fini) struct event_list read = {0};
    struct error error;
    memset(full.agent, ' ', sizeof(full.agent) - 1);
    memset(full.name, 0x7e, sizeof(full.name) - 1);
    event_add(&list, &full);
    snapshot_events_write(&list, bytes);
    EXPECT_EQ(read_all(bytes, &read, &error), 0);
    REQUIRE(read.count == 1);
    EXPECT_EQ(read.events[0].fact, EVENT_FACTS - 1);
    EXPECT_EQ(read.events[0].role, EVENT_ROLES - 1);
    EXPECT_STR(read.events[0].agent, full.agent);
    EXPECT_STR(read.events[0].name, full.name);
    EXPECT_EQ(read.events[0].digest.size, EVENT_DIGEST_MAX);
    EXPECT_EQ(read.events[0].digest.bytes[EVENT_DIGEST_MAX - 1], 9);
    EXPECT(!read.events[0].key.present);
}

TEST_BEGINS(a_full_list_says_how_many_were_omitted, bytes)
{
    OWNED(event_list_fini) struct event_list list = {0};
    OWNED(event_list_fini) struct event_list read = {0};
    struct error error;
    for (unsigned i = 0; i < EVENTS_FIRST; i++) {
        event_add(&list, &(struct event){.number = i});
    }
    list.omitted = 77;
    snapshot_events_write(&list, bytes);
    EXPECT_EQ(read_all(bytes, &read, &error), 0);
    EXPECT_EQ(read.count, EVENTS_FIRST);
    EXPECT_EQ(read.omitted, 77);
    EXPECT_EQ(read.events[EVENTS_FIRST - 1].number, EVENTS_FIRST - 1);
}

TEST(a_list_has_a_most)
{
    for (unsigned more = 0; more < 2; more++) {
        OWNED(buffer_fini) struct buffer bytes = {0};
        OWNED(event_list_fini) struct event_list list = {0};
        OWNED(event_list_fini) struct event_list read = {0};
        struct error error;
        for (unsigned i = 0; i < EVENTS_MAX; i++) {
            event_add(&list, &(struct event){.number = i});
        }
        snapshot_events_write(&list, &bytes);
        store_le32(bytes.bytes + COUNT, EVENTS_MAX + more);
        EXPECT_EQ(read_all(&bytes, &read, &error), more ? -EINVAL : 0);
        EXPECT_STR(error.text,
                   more ? "32769 events, more than a list can have" : "");
        EXPECT_EQ(read.count, more ? 0 : EVENTS_MAX);
    }
}

TEST_BEGINS(no_events_are_a_list_too, bytes)
{
    const struct event_list none = {0};
    struct event_list list = {0};
    struct error error;
    snapshot_events_write(&none, bytes);
    EXPECT_EQ(read_all(bytes, &list, &error), 0);
    EXPECT_EQ(list.count, 0);
}

TEST_ON(events_that_are_cut_anywhere_are_refused, bytes)
{
    size_t whole = bytes->size;
    for (size_t size = 0; size < whole; size++) {
        OWNED(event_list_fini) struct event_list list = {0};
        struct error error;
        bytes->size = size;
        EXPECT_EQ(read_all(bytes, &list, &error), -EINVAL);
        EXPECT(error.text[0] != '\0');
    }
}

TEST_ON(what_is_no_event_is_refused, bytes)
{
    static const struct {
        size_t at;
        uint8_t byte;
    } rows[] = {
        {0,               1                   }, /* omitted, of so few */
        {COUNT,           2                   }, /* more than are there */
        {COUNT + 3,       0x80                },
        {FACT,            EVENT_FACTS         },
        {FACT + 3,        1                   },
        {ROLE,            EVENT_ROLES         },
        {ROLE + 3,        1                   },
        {AGENT - 4,       32                  }, /* as long as its place, without the end */
        {AGENT - 1,       0xff                },
        {AGENT + 2,       '\0'                }, /* an end before the end */
        {AGENT + 2,       0x1b                },
        {AGENT + 2,       0x7f                },
        {NAME,            '\n'                },
        {DIGEST_SIZE,     EVENT_DIGEST_MAX + 1},
        {DIGEST_SIZE + 2, 1                   },
        {KEY,             2                   },
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        OWNED(event_list_fini) struct event_list list = {0};
        struct error error;
        uint8_t before = bytes->bytes[rows[i].at];
        bytes->bytes[rows[i].at] = rows[i].byte;
        if (!EXPECT_EQ(read_all(bytes, &list, &error), -EINVAL)) {
            fprintf(stderr, "  row %zu\n", i);
        }
        bytes->bytes[rows[i].at] = before;
    }
}
