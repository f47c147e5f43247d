/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Events that followed a reset line that was asserted from outside: who was
 * held, what was authorised, who was released again, in this order. Made of
 * events alone.
 */
#ifndef TRUST_REPORT_RESETS_H
#define TRUST_REPORT_RESETS_H

#include "base/buffer.h"
#include "base/event.h"
#include "base/json.h"

/* Nothing if no line was asserted from outside. */
void chain_print_resets(const struct event_list *list, struct buffer *out);
void chain_write_resets(struct json *json, const struct event_list *list);

#endif
