/* SPDX-License-Identifier: Apache-2.0 */
/* The list of events with its limit, and one event as text and as JSON. */
#include "base/event.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"

const char *event_kind_name(enum event_kind kind)
{
    static const char *const names[EVENT_KINDS] = {
        [EVENT_RESET] = "reset",         [EVENT_MEASURE] = "measure",
        [EVENT_VERIFY] = "verify",       [EVENT_EXTEND] = "extend",
        [EVENT_AUTHORISE] = "authorise", [EVENT_RELEASE] = "release",
        [EVENT_FAULT] = "fault",         [EVENT_UPDATE] = "update",
    };
    return names[kind];
}

void event_list_fini(struct event_list *list)
{
    free(list->events);
    list->events = NULL;
    list->count = 0;
    list->capacity = 0;
    list->omitted = 0;
}

static void copy(char *to, size_t size, const char *from)
{
    snprintf(to, size, "%s", from ? from : "");
}

static void make_room(struct event_list *list)
{
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
    struct event *event = &list->events[list->count++];
    *event = (struct event){0};
    return event;
}

struct event *event_add(struct event_list *list, uint64_t time_ns,
                        enum event_kind kind, const char *agent,
                        const char *subject, const void *digest,
                        size_t digest_size, const char *format, ...)
{
    struct event *event = append(list);
    event->time_ns = time_ns;
    event->kind = kind;
    copy(event->agent, sizeof(event->agent), agent);
    copy(event->subject, sizeof(event->subject), subject);
    assert(digest_size <= (digest ? EVENT_DIGEST_MAX : 0));
    if (digest) {
        event->digest_size = (uint8_t)digest_size;
        memcpy(event->digest, digest, digest_size);
    }
    va_list args;
    va_start(args, format);
    vsnprintf(event->detail, sizeof(event->detail), format, args);
    va_end(args);
    if (list->added) {
        list->added(list->context, event);
    }
    return event;
}

void event_list_replace(struct event_list *list, struct event_list *from)
{
    free(list->events);
    list->events = from->events;
    list->count = from->count;
    list->capacity = from->capacity;
    list->omitted = from->omitted;
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
    if (total >= EVENTS_FIRST + list->omitted) {
        list->count = (size_t)(total - list->omitted);
    } else {
        list->count = (size_t)(total < EVENTS_FIRST ? total : EVENTS_FIRST);
        list->omitted = total - list->count;
    }
}

/* The head of a digest tells digests apart for people; programs get it all. */
enum { DIGEST_HEAD_SIZE = 8 };

void event_print_text(const struct event *event, struct buffer *out)
{
    buffer_print(out, "%5" PRIu64 ".%06" PRIu64 " ms  %-9s  %-12s  %s",
                 event->time_ns / 1000000, event->time_ns % 1000000,
                 event_kind_name(event->kind), event->agent, event->subject);
    if (event->detail[0]) {
        buffer_print(out, ": %s", event->detail);
    }
    if (event->digest_size != 0) {
        bool cut = event->digest_size > DIGEST_HEAD_SIZE;
        buffer_print(out, " [");
        buffer_print_hex(out, event->digest,
                         cut ? DIGEST_HEAD_SIZE : event->digest_size);
        buffer_print(out, cut ? "...]" : "]");
    }
}

void event_print_json(const struct event *event, struct buffer *out)
{
    struct json json;
    json_init(&json, out);
    json_begin_object(&json, NULL);
    json_number(&json, "time_ns", event->time_ns);
    json_string(&json, "event", event_kind_name(event->kind));
    json_string(&json, "agent", event->agent);
    json_string(&json, "subject", event->subject);
    if (event->digest_size != 0) {
        json_bytes(&json, "digest", event->digest, event->digest_size);
    }
    if (event->detail[0]) {
        json_string(&json, "detail", event->detail);
    }
    json_end_object(&json);
}
