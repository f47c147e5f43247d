/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The chain's event list: what decided what, in order. It is the spine of the
 * product: text, JSON lines and the report are renderings of it.
 *
 * Each event has the virtual time, the agent that acted, the subject it acted
 * on, a digest where there is one, and a short detail in plain words.
 */
#ifndef BASE_EVENT_H
#define BASE_EVENT_H

#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"

enum event_kind {
    EVENT_RESET,     /* a reset line moved, a core started over */
    EVENT_MEASURE,   /* something was digested */
    EVENT_VERIFY,    /* a signature or digest was compared */
    EVENT_EXTEND,    /* a PCR was extended */
    EVENT_AUTHORISE, /* an image was allowed or refused */
    EVENT_RELEASE,   /* a core was let go, or code was entered */
    EVENT_FAULT,     /* an error was reported, by hardware or firmware */
    EVENT_UPDATE,    /* firmware was loaded or replaced */
    EVENT_KINDS
};

enum { EVENT_DIGEST_MAX = 64 };

struct event {
    uint64_t time_ns;
    enum event_kind kind;
    uint8_t digest_size; /* 0, or up to EVENT_DIGEST_MAX */
    uint8_t digest[EVENT_DIGEST_MAX];
    char agent[32];
    char subject[64];
    char detail[128];
};

/*
 * What a list keeps: a guest that resets itself for ever makes events for ever.
 * When it is full the EVENTS_DROPPED behind the first EVENTS_FIRST go, so that
 * it always has how the run began and what came last.
 */
enum { EVENTS_FIRST = 8192, EVENTS_DROPPED = 8192, EVENTS_MAX = 32768 };

/* The list owns its events. Zero-initialised is empty. */
struct event_list {
    struct event *events;
    size_t count;
    size_t capacity;
    uint64_t omitted; /* that were behind the first EVENTS_FIRST, and went */
    /* Called for each event as it is added; may be NULL. */
    void (*added)(void *context, const struct event *event);
    void *context;
};

const char *event_kind_name(enum event_kind kind);
void event_list_fini(struct event_list *list);
/* Appends an event; digest may be NULL. Strings are cut to fit. Returns it;
 * good until the next append. */
struct event *event_add(struct event_list *list, uint64_t time_ns,
                        enum event_kind kind, const char *agent,
                        const char *subject, const void *digest,
                        size_t digest_size, const char *format, ...)
    __attribute__((format(printf, 8, 9)));
/* Moves the events of another list here, in place of those that are here;
 * nobody is told. */
void event_list_replace(struct event_list *list, struct event_list *from);
/* How many there were, those omitted too. */
uint64_t event_list_total(const struct event_list *list);
/* Drops all events past that total (a restored snapshot goes back in time). */
void event_list_truncate(struct event_list *list, uint64_t total);

/* One line of text, without line end: "   12.345678 ms  verify  ...". */
void event_print_text(const struct event *event, struct buffer *out);
/* One line of JSON, without line end. */
void event_print_json(const struct event *event, struct buffer *out);

#endif
