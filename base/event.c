/* SPDX-License-Identifier: Apache-2.0 */
/* The table of facts (base/event.def) and the list of events. */
#include "base/event.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/buffer.h"

/* ---- Facts --------------------------------------------------------------- */

static const struct {
    enum event_kind kind;
    enum event_subject subject;
    enum event_outcome outcome;
} facts[EVENT_FACTS] = {
#define FACT(name, kind, subject, outcome)                                     \
    [FACT_##name] = {kind, subject, outcome},
#include "base/event.def"
#undef FACT
};

enum event_kind event_kind(const struct event *event)
{
    assert(event->fact < EVENT_FACTS);
    return facts[event->fact].kind;
}

enum event_subject event_subject(const struct event *event)
{
    assert(event->fact < EVENT_FACTS);
    return facts[event->fact].subject;
}

enum event_outcome event_outcome(const struct event *event)
{
    assert(event->fact < EVENT_FACTS);
    return facts[event->fact].outcome;
}

bool event_is_bad(const struct event *event)
{
    enum event_outcome outcome = event_outcome(event);
    return outcome == OUTCOME_REFUSED || outcome == OUTCOME_FAULT;
}

const char *event_kind_name(enum event_kind kind)
{
    static const char *const names[EVENT_KINDS] = {
        [EVENT_RESET] = "reset",         [EVENT_MEASURE] = "measure",
        [EVENT_VERIFY] = "verify",       [EVENT_EXTEND] = "extend",
        [EVENT_AUTHORISE] = "authorise", [EVENT_RELEASE] = "release",
        [EVENT_FAULT] = "fault",         [EVENT_UPDATE] = "update",
    };
    assert(kind < EVENT_KINDS);
    return names[kind];
}

struct event_digest event_digest(const void *bytes, size_t size)
{
    struct event_digest digest = {.size = (uint8_t)size};
    assert(size <= sizeof(digest.bytes));
    memcpy(digest.bytes, bytes, size);
    return digest;
}

void event_set_agent(struct event *event, const char *agent)
{
    snprintf(event->agent, sizeof(event->agent), "%s", agent);
}

void event_set_name(struct event *event, const char *name)
{
    snprintf(event->name, sizeof(event->name), "%s", name);
}

/* ---- The list ------------------------------------------------------------ */

void event_list_fini(struct event_list *list)
{
    free(list->events);
    list->events = NULL;
    list->count = 0;
    list->capacity = 0;
    list->omitted = 0;
}

static_assert(EVENTS_FIRST + EVENTS_DROPPED <= EVENTS_MAX, "room is made");

static void make_room(struct event_list *list)
{
    assert(list->count >= EVENTS_FIRST + EVENTS_DROPPED);
    struct event *from = list->events + EVENTS_FIRST;
    list->count -= EVENTS_DROPPED;
    list->omitted += EVENTS_DROPPED;
    memmove(from, from + EVENTS_DROPPED,
            (list->count - EVENTS_FIRST) * sizeof(*from));
}

static struct event *append(struct event_list *list)
{
    if (list->count == EVENTS_MAX) {
        make_room(list);
    }
    if (list->count == list->capacity) {
        size_t capacity = list->capacity ? list->capacity * 2 : 64;
        struct event *events = xcalloc(capacity, sizeof(*events));
        if (list->count != 0) {
            memcpy(events, list->events, list->count * sizeof(*events));
        }
        free(list->events);
        list->events = events;
        list->capacity = capacity;
    }
    assert(list->count < list->capacity);
    return &list->events[list->count++];
}

struct event *event_add(struct event_list *list, const struct event *event)
{
    struct event *added = append(list);
    list->changes++;
    assert(event->fact < EVENT_FACTS && event->role < EVENT_ROLES);
    *added = *event;
    if (list->added) {
        list->added(list->context, added);
    }
    return added;
}

void event_list_replace(struct event_list *list, struct event_list *from)
{
    free(list->events);
    list->events = from->events;
    list->count = from->count;
    list->capacity = from->capacity;
    list->omitted = from->omitted;
    list->changes++;
    *from = (struct event_list){0};
}

uint64_t event_list_total(const struct event_list *list)
{
    return list->count + list->omitted;
}

void event_list_truncate(struct event_list *list, uint64_t total)
{
    if (total >= event_list_total(list)) {
        return;
    }
    list->changes++;
    if (total >= EVENTS_FIRST + list->omitted) {
        list->count = (size_t)(total - list->omitted);
    } else {
        list->count = (size_t)(total < EVENTS_FIRST ? total : EVENTS_FIRST);
        list->omitted = total - list->count;
        assert(list->count <= list->capacity);
    }
}
