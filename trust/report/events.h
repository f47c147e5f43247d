/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Renderings of the chain's event list (base/event.h): the same events in the
 * same order as text, as JSON lines, and as a picture that needs nothing but
 * itself.
 */
#ifndef TRUST_REPORT_EVENTS_H
#define TRUST_REPORT_EVENTS_H

#include "base/buffer.h"
#include "base/event.h"

/* One line per event, then what each agent did, counted. */
void event_report_text(const struct event_list *list, struct buffer *out);
/* One JSON object per line. */
void event_report_json(const struct event_list *list, struct buffer *out);
/*
 * An SVG time line: a lane per agent, a row per event from the top down, the
 * time on the left, and a gap where much time passed. Colours tell kinds apart
 * and words repeat what colours say. Digests are whole in the tooltips.
 */
void event_report_svg(const struct event_list *list, const char *title,
                      struct buffer *out);
/* How wide and how high that is, in the picture's units. */
int event_report_width(const struct event_list *list);
int event_report_height(const struct event_list *list);

/* One half of an event's words (trust/report/event_text.h), escaped. */
void event_report_words(struct buffer *out, const struct event *event,
                        void (*print)(const struct event *event,
                                      struct buffer *out));
/* The colour that a kind is drawn in, as "#rrggbb". */
const char *event_report_colour(enum event_kind kind);

#endif
