/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The events of a machine for tests, by their typed fields (base/event.h):
 * tests look for facts, so that the words of events can change.
 */
#ifndef TESTS_FACTS_H
#define TESTS_FACTS_H

#include "base/event.h"
#include "include/cairn/cairn.h"

/* NULL past the end; good until the machine runs on. */
const struct event *fact_at(const struct cairn_machine *machine, size_t index);
/* The newest event, or NULL. */
const struct event *fact_last(const struct cairn_machine *machine);
/* The name of a fact in base/event.def. */
const char *fact_name(enum event_fact fact);

/* Expects an event of that fact and number (which is 0 for most subjects) at
 * index or behind it. Returns the index of the first. */
size_t fact_find(const struct cairn_machine *machine, size_t index,
                 enum event_fact fact, uint64_t number);
/* Expects that the event at index is that fact, told by that agent. */
void fact_expect(const struct cairn_machine *machine, size_t index,
                 enum event_fact fact, enum event_role role, const char *agent);

#endif
