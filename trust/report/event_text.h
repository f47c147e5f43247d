/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The words of an event (base/event.h), made from trust/report/event_words.def
 * where they are shown: a fact that is new needs a row in both tables.
 */
#ifndef TRUST_REPORT_EVENT_TEXT_H
#define TRUST_REPORT_EVENT_TEXT_H

#include "base/buffer.h"
#include "base/event.h"
#include "base/json.h"

/* "PCR 3", "new value": the subject, and what is said of it. */
void event_print_subject(const struct event *event, struct buffer *out);
void event_print_detail(const struct event *event, struct buffer *out);
/* Either of them as a field. */
void event_write_words(struct json *json, const char *field,
                       const struct event *event,
                       void (*print)(const struct event *event,
                                     struct buffer *out));
/* One line of text, without line end: "   12.345678 ms  verify  ...". */
/* The label of the digest of an event: "over digest " for a signature, which
 * is no part of the digest; "" where subject and detail say it. */
const char *event_digest_label(const struct event *event);
void event_print_text(const struct event *event, struct buffer *out);
/* One line of JSON, without line end. */
void event_print_json(const struct event *event, struct buffer *out);

#endif
